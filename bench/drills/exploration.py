"""T9: every order of events, up to a depth, over all machines that move money.

Those of a trade: order, payment, cases, disputes, chargebacks, payouts; what a shop has: deposit, debt, court orders;
red packets; and each of the machines around them by itself. `explorer` goes from world to world; the worlds say what
may happen, and what must be true.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from bench.drills import channel_world, explorer
from bench.drills.application_world import applications
from bench.drills.approval_world import approvals
from bench.drills.bank_world import files
from bench.drills.break_world import breaks
from bench.drills.complaint_world import complaints
from bench.drills.coupon_world import campaigns
from bench.drills.dormancy_world import wallets
from bench.drills.enrolment_world import enrolments
from bench.drills.explorer import Event, Explorer
from bench.drills.goods_world import goods
from bench.drills.inquiry_world import inquiries
from bench.drills.invoice_world import invoices
from bench.drills.merchant_world import merchants
from bench.drills.model import Drill, Outcome
from bench.drills.packet_world import FINDERS, PacketWorld
from bench.drills.purse_world import ORDERED, REFUNDED, TOTAL, PurseWorld
from bench.drills.review_world import ReportSeen, ReviewSeen, TradeSeen, reviews
from bench.drills.standing_world import standings
from bench.drills.trade_world import (
    ARBITERS,
    ASKED,
    BUYER,
    DISPUTED,
    PAYMENTS,
    PRICE,
    SELLER,
    SHARES,
    TradeWorld,
    first_world,
)
from bench.drills.transfer_world import transfers
from bench.drills.unfreezing_world import unfreezings
from weiji.aftersale import CaseKind, CaseState, CaseVerb
from weiji.approvals.model import State as ApprovalState
from weiji.carriers import ParcelState
from weiji.catalog.model import ProductState
from weiji.catalog.reviewing import ReviewState
from weiji.chargebacks.machine import ChargebackState
from weiji.chargebacks.model import Stage
from weiji.coupons.model import CampaignState, CampaignVerb, CouponState
from weiji.court_orders import HeldPlace
from weiji.credit.certificates.model import BroughtState, CertificateState
from weiji.disputes import DisputeRules, DisputeState
from weiji.disputes.machine import DisputeVerb
from weiji.dormancy.model import DormancyState
from weiji.onboarding import model as onboarding
from weiji.onboarding.model import FieldState
from weiji.orders import State
from weiji.orders.invoices.model import InvoiceState
from weiji.packets.model import PacketState, Payer
from weiji.payments.bank_transfers.model import BankTransferStatus
from weiji.payments.enrolling.model import EnrolmentStatus
from weiji.payments.freezing.model import UnfreezingStatus
from weiji.payments.model import NoticeKind, PaymentStatus, PayoutStatus, RefundStatus
from weiji.porting.model import ExportState, RunState
from weiji.reconciliation.model import BreakState
from weiji.reviews.model import Screening
from weiji.shops import ShopState
from weiji.shops.staff.model import InvitationState
from weiji.shops.standing.model import SuspensionState
from weiji.supervision.inquiries.model import InquiryState, PenaltyState
from weiji.twin import TwinState
from weiji.wire.complaints import ComplaintState
from weiji.wire.sharing.model import ReturnState
from weiji.wire.trade import model as wire_trade
from weiji.wire.transfers.model import BillState


def _pay(world: TradeWorld) -> TradeWorld:
    world = world.after(("ask_payment", PAYMENTS[0])).after(("capture", PAYMENTS[0], "1"))
    return world.after(("hear", ("captured", PAYMENTS[0])))


def _paid_out(world: TradeWorld) -> TradeWorld:
    world = world.after(("withdraw",))
    (payout_id,) = world.payouts
    return world.after(("payout_ends", payout_id, NoticeKind.PAYOUT_ACCEPTED))


def _charge_back(world: TradeWorld) -> TradeWorld:
    (captured,) = (payment for payment in world.payments.values() if payment.captured)
    told = ("charged_back", captured.id, DISPUTED[0], captured.captured)
    return world.after(("charge_back", *told[1:])).after(("hear", told))


def _refuse(world: TradeWorld, kind: CaseKind = CaseKind.RETURN, amount: int | None = None) -> TradeWorld:
    world = world.after(("ask", 1, kind, world.order.lines[0].quantity, amount or ASKED[kind][0]))
    (case_id,) = world.cases
    return world.after(("case", CaseVerb.REFUSE, case_id, SELLER))


def _dispute(world: TradeWorld) -> TradeWorld:
    (case_id,) = world.cases
    world = world.after(("dispute", case_id, BUYER)).after(("side", DisputeVerb.SUBMIT, case_id, BUYER))
    return world.after(("side", DisputeVerb.SUBMIT, case_id, SELLER))


def _send_back(world: TradeWorld, kind: CaseKind) -> TradeWorld:
    world = world.after(("ask", 1, kind, 1, None))
    (case_id,) = world.cases
    return world.after(("case", CaseVerb.AGREE, case_id, SELLER)).after(("case", CaseVerb.SEND_BACK, case_id, BUYER))


def _have_given_back(world: TradeWorld, kind: CaseKind) -> TradeWorld:
    """Have arbiters give nothing for what was sent back, but the goods."""
    world = _send_back(world, kind)
    (case_id,) = world.cases
    world = _dispute(world.after(("case", CaseVerb.REFUSE_RETURN, case_id, SELLER)))
    return world.after(("arbiter", DisputeVerb.RULE, case_id, ARBITERS[0], SHARES[-1])).after(("wait",))


def beginnings() -> dict[str, TradeWorld]:
    """Make the worlds from which it begins. The later ones save depth: the first leads to all of them."""
    placed = first_world()
    paid = _pay(placed)
    two_lines = _pay(first_world((1, 1)))
    subsidised = _pay(first_world(is_subsidised=True))
    shipped = paid.after(("ship", None))
    received = shipped.after(("confirm", BUYER))
    settled = received.after(("wait",))
    two = first_world(rules=DisputeRules(second_from=0))
    two_shipped = _pay(two).after(("ship", None))
    ruled = _dispute(_refuse(settled, CaseKind.REFUND))
    disputed = _dispute(_refuse(two_shipped))
    (case_id,) = ruled.cases
    proposed = disputed.after(("arbiter", DisputeVerb.PROPOSE, case_id, ARBITERS[0], SHARES[1]))
    seconded = proposed.after(("arbiter", DisputeVerb.SECOND, case_id, ARBITERS[1], None))
    twice = _pay(first_world(chargebacks_max=2))
    twice_settled = twice.after(("ship", None)).after(("confirm", BUYER)).after(("wait",))
    paid_twice = _pay(placed.after(("ask_payment", PAYMENTS[1])).after(("hear", ("captured", PAYMENTS[1]))))
    sued = _pay(first_world(chargebacks_max=2, is_sued=True)).after(("ship", None)).after(("confirm", BUYER))
    sued = sued.after(("wait",))
    return {
        "placed": placed,
        "paid": paid,
        "two lines paid": two_lines,
        "repriced, paid": _pay(first_world((1, 1)).after(("reprice",))),
        "subsidised, repriced, paid": _pay(first_world(is_subsidised=True).after(("reprice",))),
        "two lines, one sent, the other disputed": _dispute(_refuse(two_lines, CaseKind.CANCEL).after(("ship", None))),
        "to be picked up": _pay(first_world(is_picked_up=True)),
        "picked up": _pay(first_world(is_picked_up=True)).after(("write_off",)),
        "subsidised": subsidised,
        "subsidised, shipped": subsidised.after(("ship", None)),
        "subsidised, settled": subsidised.after(("ship", None)).after(("confirm", BUYER)).after(("wait",)),
        "subsidised, disputed": _dispute(_refuse(subsidised.after(("ship", None)))),
        "shipped in part": paid.after(("ship", 1)),
        "shipped": shipped,
        "received": received,
        "settled": settled,
        "sent back": _send_back(shipped, CaseKind.RETURN),
        "sent back for others": _send_back(settled, CaseKind.EXCHANGE),
        "to be given back": _have_given_back(shipped, CaseKind.RETURN),
        "settled, to be given back": _have_given_back(settled, CaseKind.EXCHANGE),
        "withdrawn": _paid_out(settled),
        "refused": _refuse(shipped),
        "charged back": _charge_back(twice),
        "charged back, shipped in part": _charge_back(twice.after(("ship", 1))),
        "charged back, settled": _charge_back(twice_settled),
        "charged back, withdrawn": _charge_back(_paid_out(twice_settled)),
        "charged back, disputed": _charge_back(_dispute(_refuse(twice_settled, CaseKind.REFUND))),
        "charged back, to be given back": _charge_back(_have_given_back(twice_settled, CaseKind.RETURN)),
        "sued, charged back": _charge_back(sued),
        "frozen, disputed": _dispute(_refuse(sued.after(("obey",)))),
        "frozen, charged back": _charge_back(sued.after(("obey",))),
        "paid twice": paid_twice,
        "charged back, subsidised": _charge_back(
            _pay(first_world(is_subsidised=True, chargebacks_max=2)).after(("ship", None)).after(("confirm", BUYER))
        ),
        "disputed": _dispute(_refuse(shipped, CaseKind.REFUND)),
        "disputed without freight": _dispute(_refuse(shipped, amount=2 * PRICE)),
        "disputed after settlement": ruled,
        "disputed, with two arbiters": disputed,
        "ruled, with two arbiters": seconded,
        "ruled": ruled.after(("arbiter", DisputeVerb.RULE, case_id, ARBITERS[0], SHARES[1])),
    }


def shops() -> dict[str, PurseWorld]:
    """Make the shops from whose purses money is taken."""
    shop = PurseWorld()
    indebted = shop.after(("withdraw",)).after(("give_back", REFUNDED)).after(("give_back", TOTAL - REFUNDED))
    frozen = shop.after(("obey", HeldPlace.MERCHANT_AVAILABLE, ORDERED))
    paid = shop.after(("deposit",))
    paid = paid.after(("hear", paid.waiting[0]))
    return {
        "a shop": shop,
        "indebted": indebted,
        "frozen": frozen,
        "frozen, twice": frozen.after(("obey", HeldPlace.MERCHANT_AVAILABLE, None)),
        "deposit frozen": paid.after(("obey", HeldPlace.MERCHANT_DEPOSIT, ORDERED)),
        "deposit disputed": paid.after(("charge_back",)),
    }


def red_packets() -> dict[str, PacketWorld]:
    """Make the red packets that are sent."""
    return {
        "a packet": PacketWorld(),
        "a packet of a shop": PacketWorld(Payer.SHOP),
        "a packet for one": PacketWorld(recipient_id=FINDERS[1]),
    }


class Ground(Struct, frozen=True, kw_only=True):
    """Worlds of one kind: how they begin, how far it goes, and which machines are explored there."""

    name: str
    """Of the option that says how far."""
    what: str
    """What they are about."""
    depth: int
    begin: Callable[[], Mapping[str, explorer.World]]
    machines: tuple[type[StrEnum], ...]
    """By their states."""


GROUNDS: Final = (
    Ground(
        name="depth",
        what="a trade",
        depth=4,
        begin=beginnings,
        machines=(State, CaseState, DisputeState, ChargebackState),
    ),
    Ground(name="purses", what="what a shop has", depth=4, begin=shops, machines=()),
    Ground(name="packets", what="a red packet", depth=7, begin=red_packets, machines=(PacketState,)),
    Ground(
        name="payments", what="a payment by a channel", depth=8, begin=channel_world.payments, machines=(PaymentStatus,)
    ),
    Ground(name="refunds", what="what goes back", depth=7, begin=channel_world.refunds, machines=(RefundStatus,)),
    Ground(
        name="disputed",
        what="what goes back of a payment that is disputed",
        depth=5,
        begin=channel_world.disputed_refunds,
        machines=(RefundStatus,),
    ),
    Ground(name="payouts", what="a withdrawal", depth=8, begin=channel_world.payouts, machines=(PayoutStatus,)),
    Ground(
        name="reviews",
        what="what is said of a trade",
        depth=4,
        begin=reviews,
        machines=(TradeSeen, ReviewSeen, ReportSeen, Screening),
    ),
    Ground(
        name="inquiries",
        what="what is looked into",
        depth=4,
        begin=inquiries,
        machines=(InquiryState, PenaltyState),
    ),
    Ground(name="goods", what="goods", depth=3, begin=goods, machines=(ProductState, ReviewState)),
    Ground(
        name="coupons",
        what="a campaign of coupons",
        depth=5,
        begin=campaigns,
        machines=(CampaignState, CouponState),
    ),
    Ground(name="breaks", what="what a statement has otherwise", depth=8, begin=breaks, machines=(BreakState,)),
    Ground(name="wallets", what="a wallet that lies", depth=7, begin=wallets, machines=(DormancyState,)),
    Ground(name="standings", what="a shop that is suspended", depth=6, begin=standings, machines=(SuspensionState,)),
    Ground(name="approvals", what="what is proposed", depth=6, begin=approvals, machines=(ApprovalState,)),
    Ground(
        name="merchants",
        what="an order of a merchant's program",
        depth=3,
        begin=merchants,
        machines=(wire_trade.State, ReturnState),
    ),
    Ground(
        name="complaints",
        what="a complaint about such an order",
        depth=3,
        begin=complaints,
        machines=(ComplaintState,),
    ),
    Ground(
        name="unfreezings",
        what="what a channel holds frozen",
        depth=6,
        begin=unfreezings,
        machines=(UnfreezingStatus,),
    ),
    Ground(name="files", what="what a bank is asked for by file", depth=6, begin=files, machines=(BankTransferStatus,)),
    Ground(
        name="enrolments",
        what="a shop that is applied for at a channel",
        depth=6,
        begin=enrolments,
        machines=(EnrolmentStatus,),
    ),
    Ground(name="transfers", what="what a program gives to people", depth=5, begin=transfers, machines=(BillState,)),
    Ground(
        name="applications",
        what="an application to be verified",
        depth=5,
        begin=applications,
        machines=(onboarding.State, FieldState),
    ),
    Ground(name="invoices", what="an invoice", depth=8, begin=invoices, machines=(InvoiceState,)),
)
"""All worlds that are explored."""


UNEXPLORED: Final[Mapping[type[StrEnum], str]] = {
    Stage: "It is where money was found, and never changes.",
    ShopState: "A shop is opened once; what stops it is a suspension.",
    InvitationState: "No money and no trade hangs on it.",
    ParcelState: "Carriers tell it, in any order: there is no table, and orders hear of the end alone.",
    CertificateState: "What other installations say of themselves; it moves nothing here.",
    BroughtState: "What other installations say of themselves; it moves nothing here.",
    RunState: "It moves files, and no money.",
    ExportState: "It moves files, and no money.",
    TwinState: "It is a process that is there, or is not.",
    CampaignVerb: "It is a verb.",
}
"""Machines that no world has, and why."""


class Explored(Struct):
    """What came of exploring from some beginnings."""

    reached: int
    outcome: Counter[str] = msgspec.field(default_factory=Counter)
    defects: list[str] = []
    tried: set[Event] = set()
    to_try: set[Event] = set()

    @property
    def untried(self) -> set[Event]:
        """List what was never tried: a move of a table, or a verb in a state."""
        return self.to_try - self.tried


def explore(worlds: Mapping[str, explorer.World], depth: int, seconds: float) -> Explored:
    """Explore from each of the worlds, which have as much time each, and what those before them left."""
    explored = Explored(depth)
    ended: set[Any] = set()
    end = time.monotonic() + seconds
    for left, (name, world) in zip(range(len(worlds), 0, -1), worlds.items(), strict=True):
        now = time.monotonic()
        its = Explorer(depth, now + (end - now) / left, ended)
        its.explore(name, world)
        explored.reached = min(explored.reached, its.reached)
        explored.defects += its.defects
        explored.tried |= world.tried
        explored.to_try.update(world.transitions())
        explored.outcome.update({"worlds": its.worlds, "steps": its.steps, "defects": len(its.defects)})
        explored.outcome.update(its.ends)
    return explored


def run(seconds: int, **depths: int) -> Outcome:
    """Explore everywhere; each beginning has as much time, and trades, which take longest, what the others left."""
    grounds = {ground.name: ground.begin() for ground in GROUNDS}
    total = left = sum(len(worlds) for worlds in grounds.values())
    end = time.monotonic() + seconds
    outcome: Counter[str] = Counter()
    reached = dict.fromkeys(grounds, 0)
    tried: set[Event] = set()
    to_try: set[Event] = set()
    for name, worlds in reversed(grounds.items()):
        explored = explore(worlds, depths[name], (end - time.monotonic()) * len(worlds) / left)
        left -= len(worlds)
        for defect in explored.defects[:5]:
            print(defect, flush=True)
        reached[name] = explored.reached
        outcome += explored.outcome
        tried |= explored.tried
        to_try |= explored.to_try
    for each in sorted(" ".join(str(word) for word in each) for each in to_try - tried):
        print(f"not tried: {each}", flush=True)
    return {
        **reached,
        "beginnings": total,
        "transitions": len(tried),
        "transitions_untried": len(to_try - tried),
        "defects": 0,
        **outcome,
    }


DRILL: Final = Drill(
    name="T9",
    proves="Every order of events up to a depth, over all machines of the trade and its money: it holds, and all ends.",
    options={ground.name: (ground.depth, f"events after each beginning of {ground.what}") for ground in GROUNDS}
    | {"seconds": (900, "to stop after")},
    zero=("defects", "transitions_untried"),
    run=run,
)
