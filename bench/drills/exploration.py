"""T9: every order of events, up to a depth, over all machines that move money.

Those of a trade: order, payment, cases, disputes, chargebacks, payouts; what a shop has: deposit, debt, court orders;
and red packets. `explorer` goes from world to world; the worlds say what may happen, and what must be true.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from bench.drills import explorer
from bench.drills.explorer import Event, Explorer
from bench.drills.model import Drill, Outcome
from bench.drills.packet_world import FINDERS, PacketWorld
from bench.drills.packet_world import TRANSITIONS as PACKET_TRANSITIONS
from bench.drills.purse_world import ORDERED, REFUNDED, TOTAL, PurseWorld
from bench.drills.trade_world import (
    ARBITERS,
    ASKED,
    BUYER,
    DISPUTED,
    PAYMENTS,
    PRICE,
    SELLER,
    SHARES,
    TRANSITIONS,
    TradeWorld,
    first_world,
)
from weiji.aftersale import CaseKind, CaseVerb
from weiji.court_orders import HeldPlace
from weiji.disputes import DisputeRules
from weiji.disputes.machine import DisputeVerb
from weiji.packets.model import Payer
from weiji.payments.model import NoticeKind


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
        "two lines, one sent, the other disputed": _dispute(_refuse(two_lines, CaseKind.CANCEL).after(("ship", None))),
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
        "withdrawn": _paid_out(settled),
        "refused": _refuse(shipped),
        "charged back": _charge_back(twice),
        "charged back, shipped in part": _charge_back(twice.after(("ship", 1))),
        "charged back, settled": _charge_back(twice_settled),
        "charged back, withdrawn": _charge_back(_paid_out(twice_settled)),
        "charged back, disputed": _charge_back(_dispute(_refuse(twice_settled, CaseKind.REFUND))),
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


def run(depth: int, purses: int, packets: int, seconds: int) -> Outcome:
    """Explore from every beginning; each has as much time."""
    depths: list[tuple[Mapping[str, explorer.World], int]] = [
        (beginnings(), depth),
        (shops(), purses),
        (red_packets(), packets),
    ]
    total = sum(len(worlds) for worlds, _ in depths)
    outcome: Counter[str] = Counter()
    reached = []
    tried: set[Event] = set()
    for worlds, most in depths:
        reached.append(most)
        ended: set[Any] = set()
        for name, world in worlds.items():
            its = Explorer(most, time.monotonic() + seconds / total, ended)
            its.explore(name, world)
            for defect in its.defects[:5]:
                print(defect, flush=True)
            reached[-1] = min(reached[-1], its.reached)
            tried |= world.tried
            outcome.update({"worlds": its.worlds, "steps": its.steps, "defects": len(its.defects)})
            outcome.update(its.ends)
    return {
        "depth": reached[0],
        "purses": reached[1],
        "packets": reached[2],
        "beginnings": total,
        "transitions": len(tried),
        "transitions_untried": len((TRANSITIONS | PACKET_TRANSITIONS) - tried),
        **outcome,
    }


DRILL: Final = Drill(
    name="T9",
    proves="Every order of events up to a depth, over all machines that move money: it holds, and all of it ends.",
    options={
        "depth": (4, "events after each beginning of a trade"),
        "purses": (4, "events after each beginning of what a shop has"),
        "packets": (7, "events after each beginning of a red packet"),
        "seconds": (900, "to stop after"),
    },
    zero=("defects", "transitions_untried"),
    run=run,
)
