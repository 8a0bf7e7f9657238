"""Proves the machine of cases: every verb in every state, by everybody, is done, refused or repeated as the table says;
and whatever happens in whatever order, up to DEPTH events, money, units and clocks stay right. All of it in memory.
"""

from collections import deque
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from weiji.aftersale.machine import ALLOWED, BY_CLOCK, MONEY, OPEN, TRANSITIONS, CaseKind, CaseState, CaseVerb
from weiji.aftersale.model import (
    AcceptOffer,
    AgreeCase,
    AskCase,
    Case,
    CaseStatus,
    CounterCase,
    DeclineOffer,
    ExpireCase,
    Item,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    Reship,
    ReturnAddress,
    SendBack,
    TakeReturn,
    WithdrawCase,
)
from weiji.aftersale.reasons import REASONS, Reason
from weiji.aftersale.rules import Desk
from weiji.events import BY_CLOCK as CLOCK
from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, new_id
from weiji.kit.money import share_so_far
from weiji.orders import Casework, ConfirmOrder, Line, Order, State, TradeRules, refund_bounds
from weiji.orders.model import SettleOrder, ShipParcel
from weiji.orders.prices import Shares
from weiji.orders.rules import earned, judge_confirm, judge_settle, judge_ship

DEPTH: Final = 5
"""Events that are tried in every order, after an order is paid, or shipped, or received."""

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
SHOP: Final = new_id()
BUYER: Final = Actor("buyer", new_id())
SELLER: Final = Actor("merchant", new_id())
ADDRESS: Final = ReturnAddress(name="售后组", phone="0571-88001234", region="浙江省", detail="后门")
ACTORS: Final = {"buyer": BUYER, "merchant": SELLER, "clock": CLOCK}
ORDER_ID: Final = new_id(SHOP)


def order_in(state: State, *, quantity: int = 2, shipped: int = 0) -> Order:
    """Make an order of one line, with freight and a fee that do not divide evenly."""
    goods, freight, fee = 9_801 * quantity, 801, 401
    line = Line(
        line=1,
        sku_id=new_id(SHOP),
        product_id=new_id(SHOP),
        title="杯",
        choices=[],
        picture=None,
        kind="茶具",
        price=9_801,
        quantity=quantity,
        shipped=shipped,
        amount=goods,
        shares=Shares(goods, freight, fee),
    )
    received = NOW if state in (State.RECEIVED, State.COMPLETED) else None
    return Order(
        ORDER_ID, "1", SHOP, "店", BUYER.person_id, "买家", state, goods, freight, goods + freight, fee, 1, quantity,  # type: ignore[arg-type]
        shipped, NOW + 10 * DAY if state is not State.COMPLETED else None, 0, new_id(), "balance", None, None, NOW, NOW,
        NOW, received, None, None, None, lines=[line], rules=TradeRules(),
    )  # fmt: skip


def desk_of(order: Order, cases: dict[UUID, Case], now: datetime, *, has_address: bool = True) -> Desk:
    """Open a desk on an order."""
    return Desk(Casework({order.id: order}, now), cases, {SHOP: ADDRESS} if has_address else {}, frozenset(), now)


def case_in(state: CaseState, kind: CaseKind, order: Order) -> Case:
    """Make a case that stands somewhere, as it would have come there."""
    is_open = state in OPEN
    withheld = 1 if kind is CaseKind.CANCEL and is_open else 0
    if is_open:
        order.open_cases, order.time_left, order.due_at = 1, 10 * DAY, None
        order.lines[0].withheld = withheld
    return Case(
        id=new_id(SHOP),
        order_id=order.id,
        line=1,
        shop_id=SHOP,
        buyer_id=order.buyer_id,
        order_number="1",
        shop_name="店",
        buyer_name="买家",
        item=Item(
            sku_id=new_id(SHOP),
            product_id=SHOP,
            title="杯",
            choices=[],
            picture=None,
            kind="茶具",
            price=9_801,
            quantity=2,
        ),
        kind=kind,
        state=state,
        quantity=1,
        withheld=withheld,
        amount=9_801 if kind in MONEY else 0,
        reason=Reason.AGREED,
        words="",
        proof=(),
        offered_kind=kind if state is CaseState.COUNTERED else None,
        offered_amount=(9_801 if kind in MONEY else 0) if state is CaseState.COUNTERED else None,
        return_address=ADDRESS,
        due_at=NOW if is_open else None,
        asked_at=NOW,
    )


def command_of(verb: CaseVerb, case: Case, actor: Actor) -> Any:
    """Make the command of a verb."""
    given: dict[str, Any] = {"case_id": case.id, "actor": actor, "shop_id": SHOP}
    parcel = {"carrier": "顺丰", "tracking_number": "SF1"}
    match verb:
        case CaseVerb.AGREE:
            return AgreeCase(**given)
        case CaseVerb.REFUSE:
            return RefuseCase(words="不行", **given)
        case CaseVerb.COUNTER if case.kind is CaseKind.CANCEL:
            return CounterCase(kind=CaseKind.CANCEL, amount=9_850, **given)
        case CaseVerb.COUNTER:
            return CounterCase(kind=CaseKind.REFUND, amount=77, **given)
        case CaseVerb.ACCEPT:
            return AcceptOffer(**given)
        case CaseVerb.DECLINE:
            return DeclineOffer(**given)
        case CaseVerb.SEND_BACK:
            return SendBack(**parcel, **given)
        case CaseVerb.TAKE_RETURN:
            return TakeReturn(is_restocked=True, **given)
        case CaseVerb.REFUSE_RETURN:
            return RefuseReturn(words="不对", **given)
        case CaseVerb.RESHIP:
            return Reship(**parcel, **given)
        case CaseVerb.REFUND_INSTEAD:
            return RefundInstead(**given)
        case CaseVerb.WITHDRAW:
            return WithdrawCase(**given)
        case CaseVerb.EXPIRE:
            return ExpireCase(**given)
        case _:
            raise AssertionError(verb)


def do(desk: Desk, verb: CaseVerb, command: Any) -> CaseStatus:
    """Do a verb. The stock has everything."""
    if verb is CaseVerb.RESHIP:
        status = desk.check_reship(command)
        if status is CaseStatus.DONE:
            desk.reship(command)
        return status
    status = getattr(desk, verb.value)(command)
    assert isinstance(status, CaseStatus)
    return status


VERBS: Final = tuple(set(CaseVerb) - {CaseVerb.NOTE_REFUND, CaseVerb.DISPUTE, CaseVerb.AWARD, CaseVerb.DISMISS})
"""What people and the clock do here. That money arrived is told by channels, and disputes have tests of their own."""


@pytest.mark.parametrize("kind", CaseKind)
@pytest.mark.parametrize("state", CaseState)
def test_every_verb_by_everybody_is_as_the_table_says(state: CaseState, kind: CaseKind) -> None:
    for verb in VERBS:
        for name, actor in ACTORS.items():
            is_unsent = kind is CaseKind.CANCEL
            order = order_in(
                State.PART_SHIPPED if is_unsent else State.SHIPPED, quantity=3, shipped=1 if is_unsent else 3
            )
            order.units_shipped = order.lines[0].shipped
            case = case_in(state, kind, order)
            desk = desk_of(order, {case.id: case}, NOW + DAY)
            before = deepcopy((order, case))
            status = do(desk, verb, command_of(verb, case, actor))
            where = f"{verb} by {name} of a {kind} in {state}"
            target = ALLOWED.get((verb, state, kind, actor.kind))
            if target is None:
                assert status in (CaseStatus.NOT_ALLOWED_NOW, CaseStatus.EXISTS), where
                assert (order, case) == before, where
                assert not desk.told, where
            else:
                assert (status, case.state) == (CaseStatus.DONE, target), where
                assert desk.told, where
                assert order.open_cases == int(target in OPEN), where


@pytest.mark.parametrize("state", BY_CLOCK)
def test_the_clock_does_nothing_early(state: CaseState) -> None:
    verb = BY_CLOCK[state]
    kinds = {t.kinds[0] for t in TRANSITIONS if t.verb is verb and state in t.sources and "clock" in t.actors}
    assert kinds, state
    for kind in kinds:
        order = order_in(State.SHIPPED, shipped=2)
        case = case_in(state, kind, order)
        case.due_at = NOW + DAY
        for at, expected in ((NOW + DAY - timedelta(seconds=1), CaseStatus.TOO_EARLY), (NOW + DAY, CaseStatus.DONE)):
            desk = desk_of(deepcopy(order), {case.id: deepcopy(case)}, at)
            assert do(desk, verb, command_of(verb, case, CLOCK)) is expected, (state, kind)


def test_the_table_ends() -> None:
    """From every open state something leads on, by the clock alone too; from no end anything."""
    for state in CaseState:
        leads = {t.target for t in TRANSITIONS if state in t.sources}
        assert bool(leads) == (state in OPEN or state is CaseState.REFUNDING), state
        if state in OPEN:
            assert {t.target for t in TRANSITIONS if state in t.sources and "clock" in t.actors}, state


# --- every order of events ---


@dataclass
class World:
    """An order with its cases, and what went where."""

    order: Order
    now: datetime = NOW
    cases: dict[UUID, Case] = field(default_factory=dict)
    escrow: int = 0
    shop: int = 0
    fees: int = 0
    back: int = 0

    def key(self) -> Any:
        """Say what tells two worlds apart, for what may still happen: not how they were come by."""
        order = self.order
        line = order.lines[0]
        return (
            order.state, order.units_shipped, order.units, order.open_cases, order.refunded, order.fee_refunded,
            line.shipped, line.cancelled, line.withheld, line.returned, line.refunded, order.due_at, order.time_left,
            self.now,
            tuple(sorted((c.state, c.kind, c.amount, c.quantity, str(c.due_at)) for c in self.cases.values())),
        )  # fmt: skip


def _events(world: World) -> Iterator[tuple[Any, ...]]:
    for kind in CaseKind:
        for quantity in (1, 2):
            yield ("ask", kind, quantity)
    for case in world.cases.values():
        if case.state in OPEN:
            for verb in VERBS:
                for actor in (BUYER, SELLER):
                    if (verb, case.state, case.kind, actor.kind) in ALLOWED:
                        yield ("move", verb, case.id, actor)
    yield ("ship", 1)
    yield ("ship", None)
    yield ("confirm",)
    yield ("wait",)


def _happen(world: World, event: tuple[Any, ...]) -> bool:
    """Let something happen; tell whether anything did."""
    order, now = world.order, world.now
    before = deepcopy((order, world.cases))
    desk = desk_of(order, world.cases, now)
    if event[0] == "ask":
        _, kind, quantity = event
        id = derive(order.id, len(world.cases))
        reason = REASONS[kind][-1]
        ask = AskCase(id=id, order_id=order.id, line=1, kind=kind, quantity=quantity, reason=reason, actor=BUYER)
        desk.ask(ask)
    elif event[0] == "move":
        _, verb, id, actor = event
        do(desk, verb, command_of(verb, world.cases[id], actor))
    elif event[0] == "ship":
        number = None if event[1] is None else ((1, event[1]),)
        parcel = ShipParcel(
            id=new_id(SHOP),
            order_id=order.id,
            shop_id=SHOP,
            actor=SELLER,
            carrier="顺丰",
            tracking_number="1",
            lines=number,
        )
        judge_ship(order, parcel, now)
        order.parcels.clear()
    elif event[0] == "confirm":
        _receive(world, BUYER)
    else:
        world.now = min(
            [c.due_at for c in world.cases.values() if c.due_at] + ([order.due_at] if order.due_at else []), default=now
        )
        desk = desk_of(order, world.cases, world.now)
        for case in list(world.cases.values()):
            if case.due_at is not None and case.due_at <= world.now:
                verb = BY_CLOCK[case.state]
                assert do(desk, verb, command_of(verb, case, CLOCK)) is CaseStatus.DONE
        if order.due_at is not None and order.due_at <= world.now:
            if order.state is State.SHIPPED:
                _receive(world, CLOCK)
            elif order.state is State.RECEIVED:
                judge_settle(order, SettleOrder(order_id=order.id, actor=CLOCK), world.now)
    world.cases = desk.cases
    for told in desk.told:
        if type(told.event).__name__ == "CaseRefundOrdered":
            _give_back(world, told.event.amount)  # type: ignore[attr-defined]
    return (order, world.cases) != before


def _receive(world: World, actor: Actor) -> None:
    order = world.order
    if judge_confirm(order, ConfirmOrder(order_id=order.id, actor=actor), world.now) == "done":
        fee = order.fee - order.fee_refunded
        world.shop, world.fees, world.escrow = world.escrow - fee, fee, 0


def _give_back(world: World, amount: int) -> None:
    """Move the money as the postings do: from the escrow, or from the shop and the fee that it had paid."""
    order = world.order
    shares = order.lines[0].shares
    assert shares is not None
    whole = shares.goods + shares.freight
    fee = share_so_far(shares.fee, whole, order.refunded) - share_so_far(shares.fee, whole, order.refunded - amount)
    world.back += amount
    if order.received_at is None:
        world.escrow -= amount
    else:
        world.fees -= fee
        world.shop -= amount - fee


def _check(world: World) -> None:
    """Hold a world to what is always true."""
    order = world.order
    (line,) = order.lines
    open_cases = [case for case in world.cases.values() if case.state in OPEN]
    assert len(open_cases) <= 1, "at most one open case a line"
    assert order.open_cases == len(open_cases)
    assert (order.due_at is None) or not open_cases, "the clock stands"
    assert order.time_left is None or open_cases
    assert line.withheld == sum(case.withheld for case in open_cases)
    assert line.shipped + line.cancelled + line.withheld <= line.quantity
    assert 0 <= line.returned <= line.shipped
    assert order.units == line.quantity - line.cancelled
    assert 0 <= order.refunded == line.refunded == world.back <= order.total
    assert world.escrow + world.shop + world.fees + world.back == order.total, "no fen is lost or made"
    assert world.escrow >= 0
    assert world.shop >= 0
    if order.state is State.REFUNDED:
        assert (world.escrow, world.back) == (0, order.total)
    if order.state in (State.RECEIVED, State.COMPLETED):
        assert (world.escrow, world.shop) == (0, earned(order))
        assert world.fees == order.fee - order.fee_refunded
    if line.left:
        rest = refund_bounds(order, line, line.left, is_unsent=True)
        assert rest.most <= order.total - order.refunded
    if not open_cases and order.state in (State.PAID, State.PART_SHIPPED, State.SHIPPED, State.RECEIVED):
        assert order.due_at is not None, "the clock runs"


@pytest.mark.parametrize(("state", "shipped"), [(State.PAID, 0), (State.SHIPPED, 2), (State.RECEIVED, 2)])
def test_whatever_happens_in_whatever_order_stays_right(state: State, shipped: int) -> None:
    order = order_in(state, shipped=shipped)
    order.units_shipped = shipped
    first = World(order, escrow=order.total)
    if state is State.RECEIVED:
        first.shop, first.fees, first.escrow = order.total - order.fee, order.fee, 0
    _check(first)
    seen = {first.key()}
    ends: set[State] = set()
    cases: set[CaseState] = set()
    queue = deque([(first, 0)])
    while queue:
        world, depth = queue.popleft()
        ends.add(world.order.state)
        cases |= {case.state for case in world.cases.values()}
        if depth == DEPTH:
            continue
        for event in _events(world):
            next = deepcopy(world)
            if not _happen(next, event):
                continue
            try:
                _check(next)
            except AssertionError as error:
                raise AssertionError(f"{event} on {world.key()}: {error}") from error
            if next.key() not in seen:
                seen.add(next.key())
                queue.append((next, depth + 1))
    assert len(seen) > 500, "too little was tried"
    if state is State.PAID:
        assert ends >= {State.PAID, State.PART_SHIPPED, State.SHIPPED, State.RECEIVED, State.REFUNDED}
    else:
        told = {CaseState.REFUNDED, CaseState.DISPUTED, CaseState.DISMISSED}
        assert cases == set(CaseState) - told, "every state that no channel and no arbiter has to tell of"
