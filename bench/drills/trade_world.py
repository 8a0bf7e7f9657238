"""A shop, a buyer and one order, in memory: what may happen to them next, and what must be true of them always.

The rules of orders, after-sale, disputes, payments and the ledger are the real ones (their `rules.py` and tables). They
are put together here as the operations put them together; messages between modules arrive in any order, and again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, at_once, require
from tests.ledger.memory import MemoryLedger
from weiji import escrow
from weiji.aftersale import OPEN, REASONS, Case, CaseKind, CaseState, CaseStatus, CaseVerb, Desk, ReturnAddress, model
from weiji.aftersale.machine import ALLOWED as CASE_ALLOWED
from weiji.aftersale.machine import BY_CLOCK as CASE_BY_CLOCK
from weiji.aftersale.machine import FOR_ARBITERS
from weiji.aftersale.rules import is_held
from weiji.chargebacks.machine import ALLOWED as CHARGEBACK_ALLOWED
from weiji.chargebacks.machine import OPEN as CHARGEBACK_OPEN
from weiji.chargebacks.machine import ChargebackState, ChargebackVerb, target
from weiji.chargebacks.model import Chargeback, ChargebackStatus, EndChargeback, Stage, TakeChargeback, case_id_of
from weiji.chargebacks.rules import Docket, judge_end, new_case
from weiji.coupons.pricing import Reduction
from weiji.court_orders import CourtOrder, ExecuteCourtOrder, HeldPlace, ObeyCourtOrder, ReleaseCourtOrder
from weiji.court_orders import rules as courts
from weiji.deposits.model import CollectDues, Stake
from weiji.deposits.rules import collect
from weiji.disputes import Dispute, DisputeRules, DisputeState, DisputeStatus, Side, hash_of, preview
from weiji.disputes import model as words
from weiji.disputes.machine import ALLOWED as DISPUTE_ALLOWED
from weiji.disputes.machine import BY_CLOCK as DISPUTE_BY_CLOCK
from weiji.disputes.machine import OPEN as DISPUTE_OPEN
from weiji.disputes.machine import DisputeVerb
from weiji.disputes.rules import Bench, award_for
from weiji.events import BY_CHANNEL, BY_CLOCK, Actor
from weiji.events.coupons import BudgetTouched
from weiji.events.orders import OrderChargedBack, RefundOrdered, TradeReduced, UnsentCancelled
from weiji.events.payments import ChargebackEnded, ChargebackReceived, PaymentCaptured, RefundSucceeded
from weiji.freight import Freight
from weiji.inventory import MoveKind
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.money import share_so_far
from weiji.ledger import Account, Transfer, TransferResult, TransferStatus, chart, move
from weiji.ledger.chart import Code, Kind
from weiji.orders import Casework, Line, Order, Receiver, State, TradeRules
from weiji.orders import model as trade
from weiji.orders.fees.model import Rate
from weiji.orders.machine import TRANSITIONS as ORDER_TRANSITIONS
from weiji.orders.prices import NO_FREIGHT, Item, OrderCoupon, calculate
from weiji.orders.rules import (
    judge_cancel,
    judge_close,
    judge_confirm,
    judge_prolong,
    judge_refund,
    judge_reprice,
    judge_settle,
    judge_ship,
    judge_take,
    judge_write_off,
)
from weiji.payments import BALANCE, repay_debt
from weiji.payments import model as acquiring
from weiji.payments import rules as channels
from weiji.payments.model import NoticeKind, NoticeStatus, PayoutStatus, RefundStatus

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
SHOP: Final = new_id()
BUYER: Final = Actor("buyer", new_id(SHOP))
SELLER: Final = Actor("merchant", new_id())
ARBITERS: Final = tuple(Actor("staff", new_id()) for _ in range(4))
ORDER: Final = new_id(SHOP)
SKUS: Final = (new_id(SHOP), new_id(SHOP))
ADDRESS: Final = ReturnAddress(name="售后组", phone="0571-88001234", region="浙江省", detail="后门")
PARCEL: Final[dict[str, Any]] = {"carrier": "顺丰", "tracking_number": "SF1"}

CHANNEL: Final = "acquirer"
PAYMENTS: Final = (new_id(SHOP), new_id(SHOP))
"""Of one order: by the acquirer, and from the wallet."""

PRICE: Final = 9_801
FREIGHT: Final = 801
CONCEDED: Final = 401
"""What the shop takes off by hand."""
REPRICED_FREIGHT: Final = 500
FEE_PPM: Final = 20_003
SUBSIDY: Final = 1_001
DEPOSIT: Final = 5_000
STOCK: Final = 4
"""Units of each SKU: enough to send some anew, and not all."""

DISPUTED: Final = ("1", "2")
"""The numbers that the channel gives its chargebacks."""

DISPUTED_PART: Final = 5_001
"""What a payer disputes who does not dispute all of it."""

PART: Final = 5_003
"""What a buyer asks for who does not ask for all."""

ASKED: Final[Mapping[CaseKind, tuple[int | None, ...]]] = dict.fromkeys(CaseKind, (None,)) | {
    CaseKind.REFUND: (PART,),
    CaseKind.RETURN: (None, PART),
}
"""What is asked for of each kind; None: what is usual."""

CHARGEBACK_FEE: Final = 1_500

WITHDRAWALS_MAX: Final = 2
"""How often a shop asks for what it has: again, when that came back."""

BANK_NEWS: Final = {
    NoticeKind.PAYOUT_ACCEPTED: PayoutStatus.ACCEPTED,
    NoticeKind.PAYOUT_REJECTED: PayoutStatus.REJECTED,
    NoticeKind.PAYOUT_PAID: PayoutStatus.PAID,
    NoticeKind.PAYOUT_RETURNED: PayoutStatus.RETURNED,
}
"""What a bank says of a payout, and where that leads."""

SHARES: Final = (
    (0, Side.BUYER, False),
    (50, Side.BUYER, False),
    (100, Side.MERCHANT, False),
    (0, Side.MERCHANT, False),
    (0, Side.BUYER, True),
)
"""What arbiters rule: nothing, half, everything, freight alone, that goods go back."""

PAYOUTS: Final = frozenset(
    (before, after)
    for before in (PayoutStatus.REQUESTED, PayoutStatus.ACCEPTED, PayoutStatus.PAID)
    for after in BANK_NEWS.values()
    if after in channels.PAYOUT_MOVES[before]
)
"""Where banks lead a payout from and to."""

TRANSITIONS: Final = frozenset(
    {
        ("case", verb, state, kind, actor)
        for verb, state, kind, actor in CASE_ALLOWED
        if verb
        not in (
            CaseVerb.NOTE_REFUND,
            CaseVerb.AWARD,
            CaseVerb.DISMISS,
            CaseVerb.GOODS_BACK,
            CaseVerb.LAPSE,
            CaseVerb.GIVE_UP,
        )
        and not (verb is CaseVerb.EXPIRE and state in FOR_ARBITERS)
    }
    | {("dispute", verb, state, actor) for verb, state, actor in DISPUTE_ALLOWED}
    | {
        ("chargeback", verb, state, "staff" if verb is ChargebackVerb.REPRESENT else "channel")
        for verb in (ChargebackVerb.REPRESENT, ChargebackVerb.WIN, ChargebackVerb.LOSE)
        for state in CHARGEBACK_OPEN
        if verb is not ChargebackVerb.REPRESENT or state is ChargebackState.RECEIVED
    }
    | {("payout", before, after) for before, after in PAYOUTS}
)
"""What is to be tried of the tables. What disputes do to cases comes with the transitions of disputes."""

HELD: Final = (State.PAID, State.PART_SHIPPED, State.SHIPPED)
RELEASED: Final = (State.RECEIVED, State.COMPLETED)

Moves = Mapping[tuple[object, ...], Collection[object]]
"""What each state may become, by the name of the machine; a case's by its kind, too."""


def moves() -> Moves:
    """Read from the tables what may become of what."""
    found: dict[tuple[object, ...], set[object]] = {}
    for step in ORDER_TRANSITIONS:
        for source in step.sources:
            found.setdefault(("order", source), set()).update([step.target] if step.target else [])
    for held in HELD:
        found.setdefault(("order", held), set()).add(State.REFUNDED)  # Whatever sends back the last of the money.
    for (_, state, kind, _), after in CASE_ALLOWED.items():
        found.setdefault(("case", kind, state), set()).add(after)
        if state in OPEN - {CaseState.DISPUTED}:
            found["case", kind, state].add(CaseState.EXPIRED)  # Nothing is left to ask for.
    for (_, before, _), its in DISPUTE_ALLOWED.items():
        found.setdefault(("dispute", before), set()).add(its)
    for (_, was, _), then in CHARGEBACK_ALLOWED.items():
        found.setdefault(("chargeback", was), set()).add(then)
    return found


ENDED: Final = frozenset({State.REFUNDED, State.COMPLETED})
"""What an order stays in. A closed one may be paid late, and reopened."""

SHARD: Final = shard_of(ORDER)
_PLATFORM: Final = {
    "transit": chart.transit(SHARD),
    "fee": chart.fee_income(SHARD),
    "suspense": chart.suspense(SHARD, CHANNEL),
    "refund_clearing": chart.refund_clearing(SHARD, CHANNEL),
    "payout_clearing": chart.payout_clearing(SHARD, CHANNEL),
    "escrow": chart.escrow(ORDER),
    "escrow_subsidy": chart.escrow_subsidy(ORDER),
    "budget": chart.own_funds(SHARD),
    "refundable": chart.refundable(ORDER),
    "pending": chart.merchant_pending(SHOP),
    "available": chart.merchant_available(SHOP),
    "deposit": chart.merchant_deposit(SHOP),
    "owed": chart.merchant_owed(SHOP),
    "claim": chart.merchant_claim(SHOP),
    "wallet": chart.wallet(BUYER.person_id or SHOP),
    "receivable": chart.channel_receivable(SHARD, CHANNEL),
    "bad_debt": chart.bad_debt(SHARD),
}
_IDS: Final = {name: account.id for name, account in _PLATFORM.items()}

_LOST: Final = ChargebackState.LOST
_OF_PAYMENT: Final = (acquiring.RefundReason.ORDERED, acquiring.RefundReason.REJECTED)
"""Why what a payment captured goes back. What was captured twice is another matter."""

PHOTO: Final = "/media/photo-800.webp"
KEPT: Final = frozenset({(model.proof_owner(ORDER), PHOTO)})
"""What was uploaded for the order: what came back is refused with a picture."""

_DO: Final[dict[CaseVerb, tuple[Callable[..., Any], dict[str, Any]]]] = {
    CaseVerb.AGREE: (model.AgreeCase, {}),
    CaseVerb.REFUSE: (model.RefuseCase, {"words": "不行"}),
    CaseVerb.ACCEPT: (model.AcceptOffer, {}),
    CaseVerb.DECLINE: (model.DeclineOffer, {}),
    CaseVerb.SEND_BACK: (model.SendBack, PARCEL),
    CaseVerb.COUNTER_RETURN: (model.CounterReturn, {"amount": 77, "words": "用过了"}),
    CaseVerb.TAKE_RETURN: (model.TakeReturn, {"is_restocked": True}),
    CaseVerb.REFUSE_RETURN: (model.RefuseReturn, {"words": "不对", "proof": (PHOTO,)}),
    CaseVerb.RESHIP: (model.Reship, PARCEL),
    CaseVerb.REFUND_INSTEAD: (model.RefundInstead, {}),
    CaseVerb.WITHDRAW: (model.WithdrawCase, {}),
    CaseVerb.EXPIRE: (model.ExpireCase, {}),
}
"""The command of each verb of a case, but for offers."""


def first_world(
    quantities: Sequence[int] = (2,),
    *,
    rules: DisputeRules | None = None,
    is_subsidised: bool = False,
    chargebacks_max: int = 1,
    is_sued: bool = False,
    is_picked_up: bool = False,
) -> "TradeWorld":
    """Place an order of so many units of one or two SKUs: amounts that divide evenly by nothing."""
    rate = Rate(fee_ppm=FEE_PPM)
    items = [Item(sku, PRICE, quantity, rate) for sku, quantity in zip(SKUS, quantities, strict=False)]
    shares = (FREIGHT,) if len(items) == 1 else (FREIGHT // 3, FREIGHT - FREIGHT // 3)
    sending = NO_FREIGHT if is_picked_up else Freight(amount=FREIGHT, shares=shares, charges=())
    coupon: Any = OrderCoupon(id=SHOP, campaign_id=SHOP, name="平台券", amount=SUBSIDY, is_platform=True)
    takes_off = (SUBSIDY,) if len(items) == 1 else (SUBSIDY // 3, SUBSIDY - SUBSIDY // 3)
    price = calculate(
        items,
        freight=sending,
        reductions=[Reduction(coupon, SUBSIDY, takes_off)] if is_subsidised else [],
    )
    lines = [
        Line(
            line=number,
            sku_id=line.item.sku_id,
            product_id=SKUS[0],
            title="杯",
            choices=[],
            picture=None,
            kind="茶具",
            price=PRICE,
            quantity=line.item.quantity,
            shipped=0,
            amount=line.amount,
            reasons=line.reasons,
            shares=line.shares,
        )
        for number, line in enumerate(price.lines, 1)
    ]
    assert BUYER.person_id is not None
    order = Order(
        id=ORDER,
        number="1",
        shop_id=SHOP,
        shop_name="店",
        buyer_id=BUYER.person_id,
        buyer_name="买家",
        state=State.CREATED,
        goods=price.goods,
        freight=price.freight,
        total=price.total,
        fee=price.fee,
        rules_version=1,
        units=sum(quantities),
        units_shipped=0,
        due_at=NOW + timedelta(minutes=15),
        prolonged=0,
        payment_id=None,
        channel=None,
        refund_id=None,
        refund_reason=None,
        placed_at=NOW,
        paid_at=None,
        shipped_at=None,
        received_at=None,
        settled_at=None,
        closed_at=None,
        refunded_at=None,
        lines=lines,
        rules=TradeRules(),
        subsidy=price.subsidy,
        coupons=list(price.coupons),
        pickup=trade.Pickup(place_id=SHOP, name="店里", address="柜台") if is_picked_up else None,
    )
    return TradeWorld(order, rules or DisputeRules(), chargebacks_max, is_sued=is_sued)


class TradeWorld:
    """An order with all that belongs to it, the books, the shelf, and messages that are on their way."""

    def __init__(self, order: Order, rules: DisputeRules, chargebacks_max: int, *, is_sued: bool) -> None:
        self.now = NOW
        self.order = order
        self.rules = rules
        self.moves = moves()
        self.chargebacks_max = chargebacks_max
        """How often the payer disputes it."""
        self.is_sued = is_sued
        """Whether a court may hold what the shop has."""
        self.court_order: CourtOrder | None = None
        self.cases: dict[UUID, Case] = {}
        self.disputes: dict[UUID, Dispute] = {}
        self.payments: dict[UUID, acquiring.Payment] = {}
        self.refunds: dict[UUID, acquiring.Refund] = {}
        self.captures: frozenset[tuple[str, str]] = frozenset()
        self.rejected: frozenset[UUID] = frozenset()
        self.waiting: tuple[Event, ...] = ()
        """Messages that nobody has heard yet."""
        self.heard: frozenset[Event] = frozenset()
        self.noticed: tuple[acquiring.Notice, ...] = ()
        self.disputed: dict[tuple[str, str], acquiring.Chargeback] = {}
        """Chargebacks that the channel told of; each becomes one of `chargebacks` when that is heard."""
        self.chargebacks: dict[UUID, Chargeback] = {}
        self.payouts: dict[UUID, acquiring.Payout] = {}
        self.collections = 0
        self._key: Any = None
        self.tried: set[Event] = set()
        """Which transitions of the tables were gone, of this world and of all that came of it."""
        self.free = {line.sku_id: STOCK - line.quantity for line in order.lines}
        self.sold = dict.fromkeys(self.free, 0)
        self.ledger = MemoryLedger()
        self.ledger.create_accounts(list(_PLATFORM.values()), 0)
        wallet, deposit = _PLATFORM["wallet"], _PLATFORM["deposit"]
        receivable = _PLATFORM["receivable"]
        self._post(
            [
                move(SHOP, derive(SHOP, "deposit"), receivable, deposit, DEPOSIT, Kind.DEPOSIT),
                move(SHOP, derive(SHOP, "top up"), receivable, wallet, order.total, Kind.TOP_UP),
                move(SHOP, derive(SHOP, "budget"), receivable, _PLATFORM["budget"], SUBSIDY, Kind.ADJUSTMENT),
            ]
        )

    def transitions(self) -> Collection[Event]:
        """List all that is to be tried in such worlds."""
        return TRANSITIONS

    def copy(self) -> Self:
        """Copy what may change."""
        world = copy(self)
        world._key = None
        world.order = copy(self.order)
        world.order.lines = [copy(line) for line in self.order.lines]
        world.order.parcels = list(self.order.parcels)
        world.cases = {id: copy(case) for id, case in self.cases.items()}
        world.disputes = {id: _copied(dispute) for id, dispute in self.disputes.items()}
        world.payments = {id: copy(payment) for id, payment in self.payments.items()}
        world.refunds = {id: copy(refund) for id, refund in self.refunds.items()}
        world.disputed = {key: copy(told) for key, told in self.disputed.items()}
        world.chargebacks = {id: copy(case) for id, case in self.chargebacks.items()}
        world.court_order = copy(self.court_order)
        world.payouts = {id: copy(payout) for id, payout in self.payouts.items()}
        world.free, world.sold = dict(self.free), dict(self.sold)
        world.ledger = self.ledger.copy()
        return world

    def balance(self, name: str) -> int:
        """Say what is in an account, credits less debits."""
        return self.ledger.balance(_IDS[name])

    def free_of(self, name: str) -> int:
        """Say what may be taken from an account: what is held is not there."""
        return self.ledger.available(_IDS[name])

    def key(self) -> Any:
        """Say what tells two worlds apart, for what may still happen: not how they were come by. Times are from now.

        Nothing happens in a world itself, but in a copy of it, so it is asked once.
        """
        if self._key is None:
            self._key = self._tell_apart()
        return self._key

    def _tell_apart(self) -> Any:
        order, now, court = self.order, self.now, self.court_order

        def since(at: datetime | None) -> timedelta | None:
            return None if at is None else now - at

        return (
            order.pickup is None,
            order.state, order.total, order.units, order.units_shipped, order.refunded, order.fee_refunded,
            order.subsidy_refunded,
            order.open_cases, order.open_chargebacks, self.chargebacks_max - len(self.disputed),
            since(order.due_at), order.time_left, order.prolonged, order.payment_id, order.refund_id is None,
            order.refunded_at is None, since(order.paid_at), since(order.received_at),
            tuple((of.shipped, of.cancelled, of.withheld, of.returned, of.refunded) for of in order.lines),
            tuple(
                (c.line, c.state, c.kind, c.amount, c.quantity, c.withheld, c.reserved, since(c.due_at), c.offered_kind,
                 c.return_number is None, since(c.suspended_at), c.hold)
                for c in self.cases.values()
            ),
            tuple((told.reference, told.payment_id, told.amount, told.is_won) for told in self.disputed.values()),
            tuple(
                (c.reference, c.state, c.stage, c.held, c.of_available, c.of_deposit, c.borne, since(c.held_at),
                 since(c.closed_at))
                for c in self.chargebacks.values()
            ),
            tuple((p.status, p.amount, p.paid_at is None) for p in self.payouts.values()),
            self.is_sued, court and (court.taken, court.executed, court.released, court.is_freezing),
            tuple(
                (d.state, since(d.due_at), since(d.stop_at) if d.state in DISPUTE_OPEN else None, d.appealed_by,
                 tuple(e.side for e in d.evidence),
                 tuple((r.share, r.freight_by, r.goods_back, r.signed_by, r.seconded_by, r.rejected_by)
                       for r in d.rulings))
                for d in self.disputes.values()
            ),
            tuple((p.id, p.status, p.captured, p.refunded) for p in self.payments.values()),
            frozenset((r.id, r.status, r.amount) for r in self.refunds.values()),
            frozenset(self.waiting), self.heard, self.captures, tuple(self.free.items()),
            tuple(self.balance(name) for name in ("pending", "available", "deposit", "owed", "payout_clearing")),
            self.free_of("available"), self.free_of("deposit"),
        )  # fmt: skip

    # --- what may happen ---

    def events(self) -> Iterator[Event]:
        """List what may happen next. What is refused then changes nothing."""
        order = self.order
        for payment_id in PAYMENTS:
            if payment_id not in self.payments and order.state in (State.CREATED, State.CLOSED):
                yield ("ask_payment", payment_id)
        for payment in self.payments.values():
            if payment.channel == CHANNEL:
                if payment.captured == 0:
                    yield ("capture", payment.id, "1")
                    yield ("channel_closes", payment.id)
                elif not self.captures:
                    yield ("capture", payment.id, "2")
        for refund in self.refunds.values():
            if refund.status is RefundStatus.APPROVED:
                yield ("refund_ends", refund.id, True)
                yield ("refund_ends", refund.id, False)
        yield from (("hear", message) for message in self.waiting if self.is_audible(message))
        if order.state is State.CREATED:
            yield ("close", BUYER)
            yield ("reprice",)
        if order.pickup is not None and order.state is State.PAID:
            yield ("write_off",)
        if order.state in (State.PAID, State.PART_SHIPPED):
            yield ("ship", 1)
            yield ("ship", None)
        if order.state is State.PAID:
            yield ("refund", SELLER)
        if order.state is State.PART_SHIPPED:
            yield ("cancel_unsent", SELLER)
        if order.state in (State.PART_SHIPPED, State.SHIPPED):
            yield ("confirm", BUYER)
            yield ("prolong", BUYER)
        if self.free_of("available") > 0 and len(self.payouts) < WITHDRAWALS_MAX:
            yield ("withdraw",)
        for payout in self.payouts.values():
            for kind, status in BANK_NEWS.items():
                if status in channels.PAYOUT_MOVES[payout.status]:
                    yield ("payout_ends", payout.id, kind)
        if self.has_dues():
            yield ("collect",)
        yield from self._court_events()
        yield from self._chargeback_events()
        yield from self._case_events()
        yield from self._dispute_events()
        if self.due():
            yield ("wait",)

    def _case_events(self) -> Iterator[Event]:
        order = self.order
        if order.payment_id is not None and order.state is not State.REFUNDED:
            for line in order.lines:
                for kind in CaseKind:
                    for quantity in {1, line.quantity}:
                        for amount in ASKED[kind]:
                            yield ("ask", line.line, kind, quantity, amount)
        for case in self.cases.values():
            for verb, state, kind, actor in CASE_ALLOWED:
                if (state, kind) == (case.state, case.kind) and actor in ("buyer", "merchant"):
                    if verb is CaseVerb.COUNTER:
                        offers = {(CaseKind.REFUND, 77), (CaseKind.RETURN, PRICE), (CaseKind.EXCHANGE, 0)}
                        offers |= {(CaseKind.RESHIP, 0)}
                        if case.kind is CaseKind.CANCEL:
                            offers = {(CaseKind.CANCEL, case.amount + 50)}
                        for offer in sorted(offers - {(case.kind, case.amount)}):
                            yield ("counter", case.id, *offer)
                    elif verb in _DO:
                        yield ("case", verb, case.id, BUYER if actor == "buyer" else SELLER)
                    elif verb is CaseVerb.DISPUTE:
                        yield ("dispute", case.id, BUYER if actor == "buyer" else SELLER)

    def _court_events(self) -> Iterator[Event]:
        court = self.court_order
        if self.is_sued and court is None:
            yield ("obey",)
        if court is not None and court.ended_at is None:
            yield ("release",)
            if court.held:
                yield ("execute",)
        if self.to_sweep():
            yield ("sweep",)

    def _chargeback_events(self) -> Iterator[Event]:
        for payment in self.payments.values():
            if payment.channel == CHANNEL and payment.captured and len(self.disputed) < self.chargebacks_max:
                # A part where another may follow. Alone it leads nowhere that all of it does not.
                for amount in (payment.captured, DISPUTED_PART)[: self.chargebacks_max]:
                    yield ("charge_back", payment.id, DISPUTED[len(self.disputed)], amount)
        for told in self.disputed.values():
            if told.is_won is None:
                yield ("decide", told.reference, True)
                yield ("decide", told.reference, False)
        for case in self.chargebacks.values():
            if case.state is ChargebackState.RECEIVED:
                yield ("represent", case.id)
        if self.to_follow():
            yield ("follow",)

    def _dispute_events(self) -> Iterator[Event]:
        for id, dispute in self.disputes.items():
            for verb, state, actor in DISPUTE_ALLOWED:
                if state is not dispute.state or actor in ("clock", "system"):
                    continue
                if actor == "staff":
                    yield from self._arbiters(id, dispute, verb)
                elif verb is not DisputeVerb.SUBMIT_LAST:  # As `submit`: which of the two it is, is for the rules.
                    yield ("side", verb, id, BUYER if actor == "buyer" else SELLER)

    def _arbiters(self, id: UUID, dispute: Dispute, verb: DisputeVerb) -> Iterator[Event]:
        is_appeal = dispute.state in (DisputeState.APPEALED, DisputeState.APPEAL_PROPOSED)
        if verb in (DisputeVerb.SECOND, DisputeVerb.REJECT):
            yield ("arbiter", verb, id, ARBITERS[3 if is_appeal else 1], None)
        elif (verb is DisputeVerb.PROPOSE) == dispute.takes_two(0, self.disputes):
            for ruling in SHARES:
                if dispute.was_sent_back or not ruling[2]:
                    yield ("arbiter", verb, id, ARBITERS[2 if is_appeal else 0], ruling)

    def due(self) -> list[datetime]:
        """List when clocks run out."""
        clocks = [self.order.due_at]
        clocks += [case.due_at for case in self.cases.values() if case.suspended_at is None]
        clocks += [dispute.acts_at for dispute in self.disputes.values()]
        return [at for at in clocks if at is not None]

    def next(self) -> Event | None:
        """Say what happens where nobody does anything: messages arrive, channels and banks answer, clocks run out."""
        for message in self.waiting:
            if self.is_audible(message):
                return ("hear", message)
        for refund in self.refunds.values():
            if refund.status is RefundStatus.APPROVED:
                return ("refund_ends", refund.id, True)
        for payout in self.payouts.values():
            if payout.status in (PayoutStatus.REQUESTED, PayoutStatus.ACCEPTED):
                return ("payout_ends", payout.id, NoticeKind.PAYOUT_PAID)
        for told in self.disputed.values():
            if told.is_won is None:
                return ("decide", told.reference, told.reference != DISPUTED[0])
        if self.to_follow():
            return ("follow",)
        if self.to_sweep():
            return ("sweep",)
        if self.has_dues():
            return ("collect",)
        return ("wait",) if self.due() else None

    def is_audible(self, message: Event) -> bool:
        """Tell whether a message can be heard already. What a channel decided is told again until its case is there."""
        return message[0] != "decided" or case_id_of(ORDER, CHANNEL, message[1]) in self.chargebacks

    def to_follow(self) -> list[Chargeback]:
        """List the chargebacks whose money is still to be held, or to be dealt with: as `get_due` finds them."""
        its = self.chargebacks.values()
        taken = self.order.payment_id
        astray = {id for id in self.payments if id in self.rejected or taken not in (None, id)}
        holding = [case for case in its if case.state in CHARGEBACK_OPEN and case.held > 0]
        due = [case for case in its if case.closed_at is None]
        due = [
            case
            for case in due
            if case.state not in CHARGEBACK_OPEN or (case.held_at is None) == (case.payment_id not in astray)
        ]
        waits = (case.state is ChargebackState.LOST and case.held_at and case.held < case.amount for case in due)
        return [case for case, is_short in zip(due, waits, strict=True) if not (is_short and holding)]

    def has_dues(self) -> bool:
        """Tell whether the shop has something that goes to what it owes, or to what its deposit lacks."""
        is_free = self.free_of("available") > 0 and not self.is_frozen()
        return is_free and (self.balance("owed") < 0 or self.balance("deposit") < DEPOSIT)

    def is_frozen(self) -> bool:
        """Tell whether nothing goes out of what the shop has available: a court lacks some of it."""
        return self.ledger.is_frozen(_IDS["available"])

    def to_sweep(self) -> bool:
        """Tell whether there is something that a court lacks."""
        court = self.court_order
        return court is not None and court.ended_at is None and self.free_of("available") > 0

    # --- what happens ---

    def after(self, event: Event) -> Self:
        """Let something happen, in a copy of this world."""
        world = self.copy()
        getattr(world, f"_{event[0]}")(*event[1:])
        self._watch(world)
        return world

    def _watch(self, after: Self) -> None:
        """Hold what moved to its table."""
        self._hold_to(("order",), self.order.state, after.order.state)
        for id, case in self.cases.items():
            self._hold_to(("case", after.cases[id].kind), case.state, after.cases[id].state)
        for id, dispute in self.disputes.items():
            self._hold_to(("dispute",), dispute.state, after.disputes[id].state)
        for id, chargeback in self.chargebacks.items():
            self._hold_to(("chargeback",), chargeback.state, after.chargebacks[id].state)

    def _hold_to(self, machine: tuple[object, ...], before: object, after: object) -> None:
        if before is not after:
            known = self.moves.get((*machine, before), ())
            require(after in known, f"{machine[0]}: {before} became {after}, which its table does not have")
            self.tried.add(("moves", *machine, before, after))

    def check_again(self) -> None:
        """Hear every message and every notice once more: nothing changes, now or ever."""
        world = self.copy()
        for message in self.heard:
            world._listen(message)
        for number, notice in enumerate(self.noticed):
            anew = acquiring.Notice(
                **{name: getattr(notice, name) for name in notice.__struct_fields__} | {"event_id": f"again {number}"}
            )
            status = world._notice(anew, is_again=True)
            require(status in (NoticeStatus.NO_EFFECT, NoticeStatus.RECORDED), f"{notice.kind} again: {status}")
        require(world.key() == self.key(), "a message heard again changed something")

    def _post(self, transfers: Sequence[Transfer], opening: Sequence[Account] = ()) -> list[TransferResult]:
        if opening:
            self.ledger.create_accounts(opening, self._clock())
        results = self.ledger.create_transfers(transfers, self._clock())
        for result in results:
            is_made = result.status in (TransferStatus.CREATED, TransferStatus.EXISTS)
            require(is_made, f"the ledger refused: {result.status}")
        return results

    def _clock(self) -> int:
        return int((self.now - NOW).total_seconds() * 1_000_000)

    def _post_chain(self, chain: escrow.Chain) -> None:
        self._post(chain.transfers, chain.opening)

    async def _post_all(self, chains: Sequence[escrow.Chain]) -> list[int]:
        return [self._post(chain.transfers, chain.opening)[0].amount for chain in chains]

    def _tell(self, message: Event) -> None:
        if message not in self.heard and message not in self.waiting:
            self.waiting += (message,)

    # Payments

    def _ask_payment(self, id: UUID) -> None:
        order = self.order
        command = acquiring.CreatePayment(
            id=id,
            payer_id=order.buyer_id,
            subject_id=order.id,
            payee_id=SHOP,
            amount=order.total,
            channel=CHANNEL if id == PAYMENTS[0] else BALANCE,
            actor=BUYER,
        )
        require(channels.check_payment(command, frozenset({CHANNEL, BALANCE})) is None, "a payment is refused")
        payment = self.payments[id] = channels.new_payment(command, self.now)
        if payment.channel == BALANCE:
            wallet, transit = _PLATFORM["wallet"], _PLATFORM["transit"]
            self._post([move(order.id, derive(id, "capture"), wallet, transit, payment.amount, Kind.CAPTURE)])
            self._tell(("captured", id))

    def _notice(self, notice: acquiring.Notice, *, is_again: bool = False) -> NoticeStatus:
        books, known = channels.Books(self.now), channels.Known()
        known.payments, known.refunds = self.payments, self.refunds
        known.captures = set(self.captures)
        known.payouts, known.chargebacks = self.payouts, self.disputed
        (status,) = channels.judge_notices(books, known, [notice])
        if not is_again:
            self.noticed += (notice,)
        self.captures = frozenset(known.captures)
        self._book(books)
        return status

    def _book(self, books: channels.Books) -> None:
        if books.transfers:
            self._post(books.transfers, list(books.opening.values()))
        for refund in books.new_refunds:
            self.refunds[refund.id] = refund
        for told in books.occurrences:
            event = told.event
            if isinstance(event, PaymentCaptured):
                self._tell(("captured", event.payment_id))
            elif isinstance(event, RefundSucceeded) and event.reason == "ordered":
                self._tell(("refunded", event.refund_id, event.amount, event.to))
            elif isinstance(event, ChargebackReceived):
                self._tell(("charged_back", event.payment_id, event.reference, event.amount))
            elif isinstance(event, ChargebackEnded):
                self._tell(("decided", event.reference, event.is_won))

    def _about(self, kind: NoticeKind, subject: UUID, amount: int, reference: str, fee: int = 0) -> None:
        notice = acquiring.Notice(
            channel=CHANNEL,
            event_id=f"{kind} {subject} {reference}",
            kind=kind,
            subject_id=subject,
            reference=reference,
            amount=amount,
            fee=fee,
            occurred_at=self.now,
            raw=b"",
        )
        status = self._notice(notice)
        require(status in (NoticeStatus.RECORDED, NoticeStatus.NO_EFFECT), f"{kind}: {status}")

    def _capture(self, id: UUID, reference: str) -> None:
        self._about(NoticeKind.CHARGE_SUCCEEDED, id, self.payments[id].amount, reference)

    def _channel_closes(self, id: UUID) -> None:
        self._about(NoticeKind.CHARGE_CLOSED, id, self.payments[id].amount, "")

    def _refund_ends(self, id: UUID, is_done: bool) -> None:
        kind = NoticeKind.REFUND_SUCCEEDED if is_done else NoticeKind.REFUND_REJECTED
        self._about(kind, id, self.refunds[id].amount, str(id))

    def _withdraw(self) -> None:
        """Ask for all there is. What is owed goes first."""
        id = derive(SHOP, "payout", len(self.payouts))
        if self.balance("owed") < 0:
            self._post([repay_debt(SHOP, id)])
        amount = self.free_of("available")
        if not amount or self.is_frozen():
            return
        books = channels.Books(self.now)
        command = acquiring.RequestPayout(
            id=id,
            owner_id=SHOP,
            source=acquiring.PayoutSource.MERCHANT_AVAILABLE,
            account_id=SHOP,
            amount=amount,
            fee=0,
            channel=CHANNEL,
            actor=SELLER,
        )
        channels.hold_payout(books, command)
        self._book(books)
        self.payouts[id] = channels.new_payout(command, command.amount, self.now)

    def _payout_ends(self, id: UUID, kind: NoticeKind) -> None:
        payout = self.payouts[id]
        self.tried.add(("payout", payout.status, BANK_NEWS[kind]))
        self._about(kind, id, payout.amount, "")

    def _collect(self) -> None:
        self.collections += 1
        stake = Stake(
            id=SHOP,
            handle="shop",
            name="店",
            required=DEPOSIT,
            freeze_days=30,
            deposit=self.balance("deposit"),
            has_paid=True,
            owed=-self.balance("owed"),
            available=self.free_of("available"),
            closing_at=None,
            closed_at=None,
        )
        self._post(collect(CollectDues(id=derive(SHOP, "collect", self.collections), shop_id=SHOP), stake))

    # A court that holds everything the shop has, and whatever comes

    def _obey(self) -> None:
        command = ObeyCourtOrder(
            id=derive(SHOP, "court"),
            owner_id=SHOP,
            place=HeldPlace.MERCHANT_AVAILABLE,
            amount=None,
            court="法院",
            number="1",
            actor=ARBITERS[0],
        )
        self.court_order = courts.new_order(command, self.now)
        self._sweep()

    def _sweep(self) -> None:
        assert self.court_order is not None
        _, freezing = at_once(courts.serve([self.court_order], self._post_all, self._repay))
        for chain in freezing:
            self._post_chain(chain)

    async def _repay(self, causes: Mapping[UUID, UUID]) -> None:
        if self.balance("owed") < 0:
            self._post([repay_debt(SHOP, causes[SHOP])])

    def _execute(self) -> None:
        court = self.court_order
        assert court is not None
        id = derive(court.id, "execution", court.executed)
        command = ExecuteCourtOrder(
            id=id, court_order_id=court.id, amount=court.held, number="2", way="", actor=ARBITERS[0]
        )
        _, chain = courts.judge_execution(court, frozenset(), frozenset(), command, self.now)
        require(chain is not None, "what is held can't be paid out")
        assert chain is not None
        self._post_chain(chain)

    def _release(self) -> None:
        court = self.court_order
        assert court is not None
        command = ReleaseCourtOrder(id=derive(SHOP, "end"), court_order_id=court.id, number="3", actor=ARBITERS[0])
        is_freezing = court.is_freezing
        _, chain = courts.judge_release(court, command, self.now)
        for one in ([courts.thaw(court)] if is_freezing else []) + ([chain] if chain else []):
            self._post_chain(one)

    # Chargebacks

    def _charge_back(self, payment_id: UUID, reference: str, amount: int) -> None:
        self._about(NoticeKind.CHARGEBACK_RECEIVED, payment_id, amount, reference, CHARGEBACK_FEE)

    def _decide(self, reference: str, is_won: bool) -> None:
        told = self.disputed[CHANNEL, reference]
        kind = NoticeKind.CHARGEBACK_WON if is_won else NoticeKind.CHARGEBACK_LOST
        self._about(kind, told.payment_id, told.amount, reference)

    def _docket(self, desk: Desk) -> Docket:
        async def cases_of(_: Collection[UUID]) -> Mapping[UUID, Sequence[Chargeback]]:
            return {ORDER: list(self.chargebacks.values())}

        rejected = {(ORDER, id) for id in self.rejected}
        return Docket(desk, self._post_all, cases_of, rejected, self.now)

    def _take_chargeback(self, payment_id: UUID, reference: str, amount: int) -> None:
        id = case_id_of(ORDER, CHANNEL, reference)
        if id in self.chargebacks:
            return
        command = TakeChargeback(
            near=ORDER,
            payment_id=payment_id,
            order_id=ORDER,
            shop_id=SHOP,
            channel=CHANNEL,
            reference=reference,
            amount=amount,
            fee=CHARGEBACK_FEE,
            reason="",
            respond_by=None,
            received_at=self.now,
            actor=BY_CHANNEL,
        )
        case = self.chargebacks[id] = new_case(id, command, is_ours=True)
        desk = self._desk()
        at_once(self._docket(desk).receive([case]))
        require(case.held_at is None or payment_id not in self.rejected, "an order stands for what it sent back")
        self._shut(desk)

    def _end_chargeback(self, reference: str, is_won: bool) -> None:
        case = self.chargebacks[case_id_of(ORDER, CHANNEL, reference)]
        verb = ChargebackVerb.WIN if is_won else ChargebackVerb.LOSE
        before = case.state
        command = EndChargeback(near=ORDER, channel=CHANNEL, reference=reference, is_won=is_won, actor=BY_CHANNEL)
        if judge_end(case, command, self.now) is ChargebackStatus.DONE:
            self.tried.add(("chargeback", verb, before, "channel"))
            self._deal(case)

    def _deal(self, case: Chargeback) -> None:
        desk = self._desk()
        at_once(self._docket(desk).deal([case], _serve_no_courts))
        self._shut(desk)

    def _represent(self, id: UUID) -> None:
        case = self.chargebacks[id]
        state = target(ChargebackVerb.REPRESENT, case.state, "staff")
        assert state is not None
        self.tried.add(("chargeback", ChargebackVerb.REPRESENT, case.state, "staff"))
        case.state = state

    def _follow(self) -> None:
        for case in self.to_follow():
            self._deal(case)

    # Messages

    def _hear(self, message: Event) -> None:
        self.waiting = tuple(each for each in self.waiting if each != message)
        self.heard |= {message}
        self._listen(message)

    def _listen(self, message: Event) -> None:
        match message:
            case ("captured", payment_id):
                self._take(self.payments[payment_id])
            case ("rejected", payment_id, amount):
                self._approve(payment_id, payment_id, amount, acquiring.RefundReason.REJECTED)
            case ("refund_ordered", payment_id, refund_id, amount):
                self._approve(payment_id, refund_id, amount, acquiring.RefundReason.ORDERED)
            case ("refunded", refund_id, amount, _):
                self._note_refund(refund_id, amount)
            case ("charged_back", payment_id, reference, amount):
                self._take_chargeback(payment_id, reference, amount)
            case ("decided", reference, is_won):
                self._end_chargeback(reference, is_won)
            case ("subsidy_paid", key, amount):
                self._move_budget(derive(key, "paid"), "budget", "transit", amount)
            case ("subsidy_returned", key, amount):
                self._move_budget(derive(key, "returned"), "transit", "budget", amount)

    def _move_budget(self, id: UUID, source: str, target: str, amount: int) -> None:
        """Book the budget's half of what an order took of it, or gave back. Its campaign is not of this world."""
        self._post([move(ORDER, id, _PLATFORM[source], _PLATFORM[target], amount, Kind.SUBSIDY)])

    def _take(self, payment: acquiring.Payment) -> None:
        order = self.order
        is_late = order.state is State.CLOSED and payment.captured == order.total
        can_reopen = is_late and all(self.free[line.sku_id] >= line.left for line in order.lines)
        command = trade.TakePayment(
            order_id=order.id,
            payment_id=payment.id,
            payer_id=payment.payer_id,
            shop_id=SHOP,
            amount=payment.captured,
            channel=payment.channel,
            actor=BY_CHANNEL,
        )
        before = order.state
        rejected = {(order.id, id) for id in self.rejected}
        status, is_new = judge_take(order, command, {order.id} if can_reopen else set(), rejected, self.now)
        if status is not trade.TakeStatus.HELD:
            self.rejected |= {payment.id}
            self._tell(("rejected", payment.id, payment.captured))
        elif is_new:
            if before is State.CLOSED:
                self._shelve(-1)
            self._post_chain(escrow.hold(order.id, SHOP, payment.id, order.total, subsidy=order.subsidy))
            if order.subsidy:
                self._tell(("subsidy_paid", payment.id, order.subsidy))

    def _approve(self, payment_id: UUID, source_id: UUID, amount: int, reason: acquiring.RefundReason) -> None:
        books = channels.Books(self.now)
        command = acquiring.ApproveRefund(
            payment_id=payment_id, source_id=source_id, amount=amount, reason=reason, actor=BY_CHANNEL, order_id=ORDER
        )
        status = channels.judge_refund(books, self.payments[payment_id], set(self.refunds), command)
        fine = (acquiring.ApproveRefundStatus.CREATED, acquiring.ApproveRefundStatus.EXISTS)
        require(status in fine, f"a refund that can't be: {status}")
        self._book(books)

    def _note_refund(self, refund_id: UUID, amount: int) -> None:
        order = self.order
        if order.refund_id == refund_id and order.refunded_at is None:
            order.refunded_at = self.now
        for case in self.cases.values():
            if case.refund_id == refund_id:
                require(case.state in (CaseState.REFUNDING, CaseState.REFUNDED), f"money for a case in {case.state}")
                require(amount == case.amount, "a case is given another amount")
                case.state, case.ended_at = CaseState.REFUNDED, case.ended_at or self.now

    # Orders

    def _shelve(self, sign: int) -> None:
        """Put what an order has left to send back on the shelf, or take it from there."""
        for line in self.order.lines:
            self.free[line.sku_id] += sign * line.left

    def _close(self, actor: Actor) -> None:
        if judge_close(self.order, trade.CloseOrder(order_id=ORDER, actor=actor), self.now) is trade.MoveStatus.DONE:
            self._shelve(1)

    def _reprice(self) -> None:
        """Let the shop take something off, of goods and freight, and nothing any more the next time."""
        order, before = self.order, self.order.total
        is_less = order.conceded == 0 and order.freight != REPRICED_FREIGHT
        freight = 0 if order.pickup else REPRICED_FREIGHT if is_less else FREIGHT
        command = trade.RepriceOrder(
            order_id=ORDER,
            actor=SELLER,
            shop_id=SHOP,
            conceded=CONCEDED if is_less and not order.subsidy else 0,  # Not beside a coupon of the platform.
            freight=freight,
            total=before,
        )
        status = judge_reprice(order, command, [Rate(fee_ppm=FEE_PPM)] * len(order.lines))
        require(status is trade.MoveStatus.DONE, f"not priced anew: {status}")
        require((order.total < before) == is_less, f"{before} before, {order.total} now")
        parts = [line.shares for line in order.lines if line.shares]
        require(sum(of.goods + of.freight for of in parts) == order.total, "the shares are not the whole")
        require(sum(of.fee for of in parts) == order.fee, "the fees of the lines are not the whole")

    def _ship(self, units: int | None) -> None:
        order = self.order
        lines = None if units is None else ((1, units),)
        parcel = trade.ShipParcel(
            id=UUID(int=1 + len(order.parcels)), order_id=ORDER, actor=SELLER, shop_id=SHOP, lines=lines,
            **PARCEL,
        )  # fmt: skip
        _, sent = judge_ship(order, parcel, self.now)
        for number, quantity in sent.lines if sent else ():
            self.sold[order.lines[number - 1].sku_id] += quantity

    def _write_off(self) -> None:
        order = self.order
        command = trade.WriteOff(shop_id=SHOP, code="", actor=SELLER)
        if judge_write_off(order, command, self.now) is trade.MoveStatus.DONE:
            for line in order.lines:
                self.sold[line.sku_id] += line.left
                line.shipped += line.left
            self._give_to_shop()

    def _refund(self, actor: Actor) -> None:
        order = self.order
        command = trade.RefundOrder(order_id=ORDER, actor=actor, shop_id=SHOP, reason="缺货")
        if judge_refund(order, command, self.now) is not trade.MoveStatus.DONE:
            return
        assert order.refund_id is not None
        self._shelve(1)
        rest, subsidy = order.total - order.refunded, order.subsidy - order.subsidy_refunded
        order.refunded, order.fee_refunded, order.subsidy_refunded = order.total, order.fee, order.subsidy
        self._post_chain(escrow.refund(ORDER, order.refund_id, rest, subsidy=subsidy))
        if subsidy:
            self._tell(("subsidy_returned", order.refund_id, subsidy))
        self._tell(("refund_ordered", order.payment_id, order.refund_id, rest))

    def _cancel_unsent(self, actor: Actor) -> None:
        desk = self._desk()
        command = trade.CancelUnsent(order_id=ORDER, actor=actor, shop_id=SHOP, reason="缺货")
        judge_cancel(self.order, command, self.now, lambda reason: desk.work.cancel_unsent(self.order, actor, reason))
        self._shut(desk)

    def _prolong(self, actor: Actor) -> None:
        if self.order.due_at is not None:
            judge_prolong(self.order, trade.Prolong(order_id=ORDER, actor=actor, days=3, due_at=self.order.due_at))

    def _confirm(self, actor: Actor) -> None:
        order, desk = self.order, self._desk()
        command = trade.ConfirmOrder(order_id=ORDER, actor=actor)
        status = judge_confirm(order, command, self.now, lambda reason: desk.work.cancel_unsent(order, actor, reason))
        self._shut(desk)
        if status is trade.MoveStatus.DONE and order.state is State.RECEIVED:
            self._give_to_shop()

    def _give_to_shop(self) -> None:
        order = self.order
        subsidy = order.subsidy - order.subsidy_refunded
        cash, fee = order.total - order.refunded, order.fee - order.fee_refunded
        self._post_chain(escrow.release(ORDER, SHOP, cash, fee, subsidy=subsidy))

    def _settle(self) -> None:
        order = self.order
        command = trade.SettleOrder(order_id=ORDER, actor=BY_CLOCK)
        if judge_settle(order, command, self.now) is trade.MoveStatus.DONE and order.earned:
            self._post_chain(escrow.settle(ORDER, SHOP, order.earned))

    # Cases

    def _desk(self) -> Desk:
        holds = {case.hold_id: derive(ORDER, "dispute", case.hold_id) for case in self.cases.values()}
        made = self.ledger.transfers
        held = {hold_id: made[id].amount for hold_id, id in holds.items() if id in made}
        return Desk(Casework({ORDER: self.order}, self.now, held), self.cases, {SHOP: ADDRESS}, KEPT, self.now)

    def _shut(self, desk: Desk) -> None:
        """Write what a desk came to."""
        self.cases = desk.cases
        for stock in desk.work.moves:
            ((sku, units),) = stock.lines
            self.free[sku] += units
            self.sold[sku] -= units if stock.kind is MoveKind.PUT_BACK else 0
        for chain in desk.work.chains:
            self._post_chain(chain)
        for told in desk.work.told:
            event = told.event
            if isinstance(event, BudgetTouched):
                self._tell(("subsidy_returned", event.key, event.amount))
                continue
            if isinstance(event, OrderChargedBack | UnsentCancelled | TradeReduced):
                continue
            assert isinstance(event, RefundOrdered)
            self._tell(("refund_ordered", event.payment_id, event.refund_id, event.amount))

    def _ask(self, line: int, kind: CaseKind, quantity: int, amount: int | None) -> None:
        desk = self._desk()
        command = model.AskCase(
            id=derive(ORDER, "case", len(self.cases)),
            order_id=ORDER,
            line=line,
            kind=kind,
            quantity=quantity,
            reason=REASONS[kind][-1],
            amount=amount,
            actor=BUYER,
        )
        desk.ask(command)
        self._shut(desk)

    def _try_case(self, verb: CaseVerb, id: UUID, actor: Actor) -> None:
        case = self.cases[id]
        kind = case.offered_kind if verb is CaseVerb.ACCEPT else case.kind
        if case.suspended_at is None or verb is CaseVerb.WITHDRAW:
            self.tried.add(("case", verb, case.state, kind, actor.kind))

    def _try_dispute(self, verb: DisputeVerb, id: UUID, actor: Actor) -> None:
        if self.cases[id].suspended_at is None:
            self.tried.add(("dispute", verb, self.disputes[id].state, actor.kind))

    def _counter(self, id: UUID, kind: CaseKind, amount: int) -> None:
        self._try_case(CaseVerb.COUNTER, id, SELLER)
        desk = self._desk()
        desk.counter(model.CounterCase(case_id=id, actor=SELLER, shop_id=SHOP, kind=kind, amount=amount))
        self._shut(desk)

    def _case(self, verb: CaseVerb, id: UUID, actor: Actor) -> None:
        self._try_case(verb, id, actor)
        desk = self._desk()
        of_verb, more = _DO[verb]
        if more is PARCEL:  # Each goes under a number of its own.
            more = PARCEL | {"tracking_number": f"{verb}{id.int % 100}"}
        command: Any = of_verb(case_id=id, actor=actor, shop_id=SHOP, **more)
        if verb is CaseVerb.RESHIP:
            case, reserved = self.cases[id], self.cases[id].reserved
            units = 0 if case.state is CaseState.TO_GIVE_BACK else case.quantity
            if self.free[case.sent_sku_id] + reserved < units:
                if case.kind is not CaseKind.RESHIP:
                    return
                units = 0  # A piece of one can be sent.
            command = replace(command, units=units)
            status = desk.check_reship(command)
            if status is CaseStatus.DONE:
                desk.reship(command, Receiver(SHOP, "", ""))
                self.free[case.sent_sku_id] -= units - reserved
                self.sold[case.sent_sku_id] += units
        else:
            status = getattr(desk, verb.value)(command)
        for case in desk.to_reserve:
            case.reserved = case.quantity if self.free[case.sent_sku_id] >= case.quantity else 0
            self.free[case.sent_sku_id] -= case.reserved
        stands = self.cases[id].suspended_at is not None and verb is not CaseVerb.WITHDRAW
        fine = CaseStatus.SUSPENDED if stands else CaseStatus.DONE
        require(status is fine, f"the table has {verb}, and it is {status}")
        self._shut(desk)

    # Disputes

    def _bench(self) -> Bench:
        return Bench(self._desk(), self.disputes, self.rules, self.now)

    def _rise(self, bench: Bench, status: DisputeStatus, *fine: DisputeStatus) -> None:
        if status is DisputeStatus.SUSPENDED:
            require(self.order.open_chargebacks > 0, "it stands, and no channel has to decide")
        else:
            require(status is DisputeStatus.DONE or status in fine, f"the table has it, and it is {status}")
        self.disputes = bench.disputes
        self._shut(bench.desk)

    def _dispute(self, id: UUID, actor: Actor) -> None:
        self._try_case(CaseVerb.DISPUTE, id, actor)
        bench = self._bench()
        command = words.OpenDispute(case_id=id, actor=actor, shop_id=SHOP, claim="" if actor is BY_CLOCK else "不同意")
        self._rise(bench, bench.open(command), DisputeStatus.NOTHING_TO_AWARD)

    def _side(self, verb: DisputeVerb, id: UUID, actor: Actor) -> None:
        is_last = verb is DisputeVerb.SUBMIT and {e.side.value for e in self.disputes[id].evidence} - {actor.kind}
        self._try_dispute(DisputeVerb.SUBMIT_LAST if is_last else verb, id, actor)
        bench = self._bench()
        given: dict[str, Any] = {"case_id": id, "actor": actor, "shop_id": SHOP}
        if verb is DisputeVerb.SUBMIT:
            self._rise(
                bench, bench.submit(words.SubmitEvidence(**given, words="请看")),
                DisputeStatus.EXISTS,
            )  # fmt: skip
        elif verb is DisputeVerb.APPEAL:
            status = bench.appeal(words.AppealRuling(**given, words="不服"))
            self._rise(bench, status, DisputeStatus.NOTHING_TO_APPEAL)
        else:
            self._rise(bench, bench.withdraw(words.WithdrawDispute(**given)))

    def _arbiter(self, verb: DisputeVerb, id: UUID, actor: Actor, ruling: tuple[int, Side, bool] | None) -> None:
        self._try_dispute(verb, id, actor)
        bench = self._bench()
        dispute = self.disputes[id]
        given: dict[str, Any] = {"case_id": id, "actor": actor}
        if ruling is None:
            number = dispute.rulings[-1].number
            if verb is DisputeVerb.SECOND:
                status = bench.second(words.SecondRuling(**given, number=number))
            else:
                status = bench.reject(words.RejectRuling(**given, number=number, words="不妥"))
            self._rise(bench, status)
            return
        share, freight_by, goods_back = ruling
        amount = award_for(dispute, self.order, share, freight_by)
        seen = hash_of(preview(self.order, self.cases[id], amount, self.now, goods_back=goods_back))
        said: dict[str, Any] = {"share": share, "freight_by": freight_by, "goods_back": goods_back, "words": "如此"}
        command = words.RuleDispute(**given, **said, seen=seen)
        self._rise(bench, bench.rule(command), DisputeStatus.SHARE_OUT_OF_RANGE)

    # Time

    def _wait(self) -> None:
        """Wait for the next clock that runs out, and do what is due."""
        self.now = max(self.now, min(self.due()))
        for id, case in list(self.cases.items()):
            if case.due_at is not None and case.due_at <= self.now and case.suspended_at is None:
                if case.state in FOR_ARBITERS:
                    self._dispute(id, BY_CLOCK)
                else:
                    self._case(CASE_BY_CLOCK[case.state], id, BY_CLOCK)
        for id, dispute in list(self.disputes.items()):
            if dispute.acts_at is not None and dispute.acts_at <= self.now:
                self._try_dispute(DISPUTE_BY_CLOCK[dispute.state], id, BY_CLOCK)
                bench = self._bench()
                self._rise(bench, bench.advance(words.AdvanceDispute(case_id=id, actor=BY_CLOCK)))
        order = self.order
        if order.due_at is not None and order.due_at <= self.now:
            {
                State.CREATED: lambda: self._close(BY_CLOCK),
                State.PAID: lambda: self._refund(BY_CLOCK),
                State.PART_SHIPPED: lambda: self._cancel_unsent(BY_CLOCK),
                State.SHIPPED: lambda: self._confirm(BY_CLOCK),
                State.RECEIVED: self._settle,
            }[order.state]()

    # --- what is always true ---

    def check(self) -> None:
        """Hold the world to what is true of it at any moment."""
        self._check_books()
        self._check_cases()
        self._check_shelf()

    def _check_books(self) -> None:
        order = self.order
        for ledger in {account.ledger for account in self.ledger.accounts.values()}:
            its = [account for account in self.ledger.accounts.values() if account.ledger == ledger]
            require(sum(a.debits_posted - a.credits_posted for a in its) == 0, "debits and credits differ")
            require(sum(a.debits_pending - a.credits_pending for a in its) == 0, "holds differ")
        is_held = order.state in HELD
        is_released = order.state in RELEASED
        left = order.total - order.refunded
        require(0 <= order.refunded <= order.total, f"{order.refunded} of {order.total} went back")
        require(self.balance("escrow") == (left if is_held else 0), f"escrow {self.balance('escrow')}")
        subsidy = order.subsidy - order.subsidy_refunded
        require(self.balance("escrow_subsidy") == (subsidy if is_held else 0), "the escrow of the subsidy")
        require(0 <= order.subsidy_refunded <= order.subsidy, "more subsidy went back than came")
        require(self.balance("refundable") == (left if is_released else 0), "what may be claimed back")
        fee = order.fee - order.fee_refunded if is_released else 0
        require(self.balance("fee") == fee, f"fee {self.balance('fee')}, not {fee}")
        have = sum(self.balance(name) for name in ("pending", "available", "deposit", "owed", "payout_clearing"))
        have += sum(payout.amount for payout in self.payouts.values() if payout.status is PayoutStatus.PAID)
        court = self.court_order
        if court is not None:
            have += court.held + court.executed
            its_hold = self.ledger.accounts.get(chart.legal_hold(SHOP).id)
            require(
                (its_hold.credits_posted - its_hold.debits_posted if its_hold else 0) == court.held,
                "what the court holds",
            )
            require(self.is_frozen() == (court.ended_at is None), "a court freezes, or not any more")
        gained = order.earned if is_released else 0
        require(have == DEPOSIT + gained, f"the shop has {have}, and earned {gained}")
        require(self.balance("claim") == self.balance("suspense") == 0, "something is stuck")
        under_way = sum(self._carries(message) for message in self.waiting)
        require(self.balance("transit") == under_way, f"transit {self.balance('transit')}, not {under_way}")
        asked = sum(refund.amount for refund in self.refunds.values() if refund.status is RefundStatus.APPROVED)
        require(self.balance("refund_clearing") == asked, "refunds that the channel was asked for")
        self._check_chargebacks()
        self._check_holds()

    def _carries(self, message: Event) -> int:
        """Say how much money is on its way with a message."""
        match message:
            case ("captured", payment_id):
                return self.payments[payment_id].captured
            case ("rejected" | "refund_ordered" | "subsidy_returned", *_, int(amount)):
                return amount
            case ("subsidy_paid", _, int(amount)):
                return -amount
        return 0

    def _check_chargebacks(self) -> None:
        for case in self.chargebacks.values():
            account = self.ledger.accounts[chart.chargeback_pending(case.id).id]
            pending = account.debits_posted - account.credits_posted
            require(pending == (case.amount if case.closed_at is None else 0), f"a chargeback has {pending} pending")
            require(0 <= case.held <= case.amount, "more is held than is disputed")
            require(case.closed_at is None or case.state not in CHARGEBACK_OPEN, "closed before it was decided")
            told = self.disputed[CHANNEL, case.reference]
            is_decided = case.state not in CHARGEBACK_OPEN
            require(not is_decided or (case.state is _LOST) == (told.is_won is False), f"{case.state}, told otherwise")
        held = [case for case in self.chargebacks.values() if case.held_at is not None and case.closed_at is None]
        for case in self.chargebacks.values():
            require(not case.held or case.payment_id == self.order.payment_id, "another payment's money is held")
        require(self.order.open_chargebacks == len(held), "open chargebacks are not counted")
        for each in self.cases.values():
            require((each.suspended_at is not None) == (each.state in OPEN and bool(held)), "who stands, and who not")
        lost = sum(case.borne for case in self.chargebacks.values())
        require(-self.balance("bad_debt") == lost, "losses")

    def _check_holds(self) -> None:
        """Hold the books to this: all that is held is so for something that is open, and all that is open holds."""
        holders = [derive(id, "hold") for id, payout in self.payouts.items() if payout.status is PayoutStatus.REQUESTED]
        if self.court_order is not None and self.court_order.is_freezing:
            holders.append(derive(self.court_order.id, "freeze", self.court_order.freezes))
        for case in self.cases.values():
            if is_held(case) and self.order.state is State.COMPLETED:
                holders += [derive(ORDER, word, case.hold_id) for word in ("dispute refundable", "dispute")]
        for each in self.chargebacks.values():
            if each.held_at is not None and each.closed_at is None:
                root = each.id if each.hold == 1 else derive(each.id, "hold", each.hold)
                holders.append(derive(root, "held"))
                of = ((each.of_available, Code.MERCHANT_AVAILABLE), (each.of_deposit, Code.MERCHANT_DEPOSIT))
                holders += [derive(root, "held of", int(code)) for amount, code in of if amount is not None]
        pending = [id for id, hold in self.ledger.holds.items() if hold.resolved_by is None]
        require(sorted(pending) == sorted(holders), "what is held, and what holds it, differ")

    def _check_cases(self) -> None:
        order = self.order
        opened = [case for case in self.cases.values() if case.state in OPEN]
        require(len({case.line for case in opened}) == len(opened), "two open cases of a line")
        stands = bool(opened or order.open_chargebacks)
        require(order.open_cases == len(opened) + order.open_chargebacks, "open cases are not counted")
        require(order.due_at is None or not stands, "the clock does not stand")
        require(order.time_left is None or stands, "the clock does not run on")
        if not stands and order.state not in (*ENDED, State.CLOSED):
            require(order.due_at is not None, "the clock does not run")
        for case in opened:
            dispute = self.disputes.get(case.id)
            is_disputed = case.state is CaseState.DISPUTED
            require(is_disputed == (dispute is not None and dispute.state in DISPUTE_OPEN), "a case and its dispute")
            clock = dispute.due_at if is_disputed and dispute else case.due_at
            require(clock is not None, f"a case in {case.state} without a clock")
        for dispute in self.disputes.values():
            asked = dispute.file.case.amount or dispute.most
            require((dispute.awarded or 0) <= asked, "more is awarded than was asked for")
        for line in order.lines:
            its = sum(case.withheld for case in opened if case.line == line.line)
            require(line.withheld == its, "units withheld")
            require(line.shipped + line.cancelled + line.withheld <= line.quantity, "units sent or given up twice")
            require(0 <= line.returned <= line.shipped, "units returned that were not sent")
            assert line.shares is not None
            require(0 <= line.refunded <= line.shares.goods + line.shares.freight, "more than a line's share went back")
            given_up = share_so_far(line.shares.goods, line.quantity, line.cancelled)
            require(line.refunded >= given_up or order.state is State.REFUNDED, "units cancelled and not given back")
            if order.state in (State.SHIPPED, *RELEASED):
                require(not line.left, "something is left that nobody will send, and that is paid for")
        require(order.units == sum(line.quantity - line.cancelled for line in order.lines), "units")

    def _check_shelf(self) -> None:
        order = self.order
        is_waiting = order.state in (State.CREATED, State.PAID, State.PART_SHIPPED, State.SHIPPED)
        for line in order.lines:
            held = line.left if is_waiting else 0
            held += sum(case.reserved for case in self.cases.values() if case.sent_sku_id == line.sku_id)
            require(self.free[line.sku_id] >= 0, "sold what is not there")
            require(self.free[line.sku_id] + self.sold[line.sku_id] + held == STOCK, "units are lost, or made")

    def check_since(self, before: Self) -> None:
        """Hold a step to what it must leave as it was: what ended stays as it ended."""
        if before.order.state in ENDED:
            require(self.order.state is before.order.state, f"{before.order.state} became {self.order.state}")
        for case in before.cases.values():
            if case.state not in OPEN and case.state is not CaseState.REFUNDING:
                require(self.cases[case.id].state is case.state, f"a case that ended as {case.state} moved")
        for id, dispute in before.disputes.items():
            if dispute.state not in DISPUTE_OPEN:
                require(self.disputes[id].state is dispute.state, f"a dispute that ended as {dispute.state} moved")
        for id, chargeback in before.chargebacks.items():
            if chargeback.closed_at is not None:
                require(self.chargebacks[id] == chargeback, f"a chargeback that was {chargeback.state} moved")
        for id, refund in before.refunds.items():
            if refund.status is not RefundStatus.APPROVED:
                require(self.refunds[id].status is refund.status, f"a refund that {refund.status} moved")
        lost = [message for message in before.waiting if message not in self.waiting and message not in self.heard]
        require(not lost, f"lost: {lost}")

    def end(self) -> str:
        """Name how it ended."""
        return str(self.order.state)

    def check_end(self) -> None:
        """Hold a world in which nothing is left to happen to what money.md calls the terminal invariant."""
        order = self.order
        require(order.state in (*ENDED, State.CLOSED), f"the order ends as {order.state}")
        require(not self.waiting, "something was not heard")
        for case in self.cases.values():
            require(case.state not in OPEN and case.state is not CaseState.REFUNDING, f"a case ends as {case.state}")
        for name in ("escrow", "escrow_subsidy", "transit", "refund_clearing", "suspense", "pending"):
            require(self.balance(name) == 0, f"{name} ends at {self.balance(name)}")
        # Apart: the buyer's cash, and what the platform added.
        for account, ways in (
            ("escrow", (Kind.RELEASE, Kind.REFUND)),
            ("escrow_subsidy", (Kind.SUBSIDY_RELEASED, Kind.SUBSIDY_RETURNED)),
        ):
            made = self.ledger.transfers.values()
            paid = sum(each.amount for each in made if each.credit_account_id == _IDS[account])
            out = sum(each.amount for each in made if each.debit_account_id == _IDS[account] and each.code in ways)
            if account == "escrow":
                its = self.chargebacks.values()
                out += sum(case.held for case in its if case.state is _LOST and case.stage is Stage.ESCROW)
            require(paid == out, f"{account}: {paid} was paid, {out} released and refunded")
        spent = order.subsidy - order.subsidy_refunded if order.state is State.COMPLETED else 0
        require(self.balance("budget") == SUBSIDY - spent, "the budget")
        require(order.refund_id is None or order.refunded_at is not None, "nobody noted that the money arrived")
        back = sum(r.amount for r in self.refunds.values() if r.reason is acquiring.RefundReason.ORDERED)
        kept = sum(case.held for case in self.chargebacks.values() if case.state is _LOST)
        require(back + kept == order.refunded, f"{back} and {kept} went back, {order.refunded} was ordered")
        require(not self.has_dues(), "the shop has something, and owes")
        for payment in self.payments.values():
            self._check_losses(payment)

    def _check_losses(self, payment: acquiring.Payment) -> None:
        """Whoever has money again is paid by who has it: the platform bears what went back twice."""
        its = [case for case in self.chargebacks.values() if case.payment_id == payment.id]
        lost = sum(case.amount for case in its if case.state is _LOST)
        back = sum(r.amount for r in self.refunds.values() if r.payment_id == payment.id and r.reason in _OF_PAYMENT)
        borne = sum(case.borne for case in its)
        require(borne == max(lost + back - payment.captured, 0), f"{lost} lost, {back} refunded, {borne} borne")


async def _serve_no_courts(_shop_ids: Collection[UUID]) -> None:
    """No court is about in this world."""


def _copied(dispute: Dispute) -> Dispute:
    dispute = copy(dispute)
    dispute.evidence = list(dispute.evidence)
    dispute.rulings = [copy(ruling) for ruling in dispute.rulings]
    return dispute
