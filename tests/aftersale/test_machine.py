"""Proves the machine of cases: every verb in every state, by everybody, is done, refused or repeated as the table says.

What comes of every order of events is for the drill T9: `bench/drills/exploration.py`.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from weiji.aftersale.machine import (
    ALLOWED,
    BY_CLOCK,
    FOR_ARBITERS,
    MONEY,
    OPEN,
    TRANSITIONS,
    CaseKind,
    CaseState,
    CaseVerb,
)
from weiji.aftersale.model import (
    AcceptOffer,
    AgreeCase,
    AskCase,
    Case,
    CaseStatus,
    CounterCase,
    CounterReturn,
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
    proof_owner,
)
from weiji.aftersale.reasons import Reason
from weiji.aftersale.rules import Desk
from weiji.events import BY_CLOCK as CLOCK
from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.orders import (
    Casework,
    Line,
    MoveStatus,
    Order,
    Prolong,
    Receiver,
    State,
    TradeRules,
    may_ask_aftersale,
)
from weiji.orders.casework import end_of_days
from weiji.orders.prices import Shares
from weiji.orders.rules import judge_prolong

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
SHOP: Final = new_id()
BUYER: Final = Actor("buyer", new_id())
SELLER: Final = Actor("merchant", new_id())
ADDRESS: Final = ReturnAddress(name="售后组", phone="0571-88001234", region="浙江省", detail="后门")
ACTORS: Final = {"buyer": BUYER, "merchant": SELLER, "clock": CLOCK}
ORDER_ID: Final = new_id(SHOP)
PHOTO: Final = "/media/photo-800.webp"
KEPT: Final = {(proof_owner(ORDER_ID), PHOTO)}


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
    return Desk(Casework({order.id: order}, now), cases, {SHOP: ADDRESS} if has_address else {}, KEPT, now)


def case_in(state: CaseState, kind: CaseKind, order: Order) -> Case:
    """Make a case that stands somewhere, as it would have come there."""
    is_open = state in OPEN
    is_offered = state in (CaseState.COUNTERED, CaseState.RETURN_COUNTERED)
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
        offered_kind=kind if is_offered else None,
        offered_amount=(9_801 if kind in MONEY else 0) if is_offered else None,
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
        case CaseVerb.COUNTER_RETURN:
            return CounterReturn(amount=77, words="用过了", **given)
        case CaseVerb.REFUSE_RETURN:
            return RefuseReturn(words="不对", proof=(PHOTO,), **given)
        case CaseVerb.RESHIP:
            return Reship(**parcel | {"tracking_number": "SF2"}, **given)
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
            desk.reship(command, Receiver(SHOP, "", ""))
        return status
    status = getattr(desk, verb.value)(command)
    assert isinstance(status, CaseStatus)
    return status


OF_ARBITERS: Final = {
    CaseVerb.DISPUTE,
    CaseVerb.AWARD,
    CaseVerb.DISMISS,
    CaseVerb.GOODS_BACK,
    CaseVerb.LAPSE,
    CaseVerb.GIVE_UP,
}
VERBS: Final = tuple(set(CaseVerb) - OF_ARBITERS - {CaseVerb.NOTE_REFUND})
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


@pytest.mark.parametrize("state", sorted(BY_CLOCK.keys() - FOR_ARBITERS))
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


@pytest.mark.parametrize(
    ("reason", "rules", "expected"),
    [
        (Reason.DEFECTIVE, TradeRules(), ("merchant", 9_801 + 400)),
        (Reason.NOT_WANTED, TradeRules(), ("buyer", 9_801)),
        (Reason.DEFECTIVE, TradeRules(shop_freight_reasons=()), ("buyer", 9_801)),
        (Reason.NOT_WANTED, TradeRules(shop_freight_reasons=(Reason.NOT_WANTED,)), ("merchant", 9_801 + 400)),
    ],
)
def test_who_bears_freight_is_said_by_the_rules_of_the_order_and_bears_it_both_ways(
    reason: Reason, rules: TradeRules, expected: tuple[str, int]
) -> None:
    order = order_in(State.SHIPPED, shipped=2)
    order.rules = rules
    desk = desk_of(order, {}, NOW)
    asking = AskCase(
        id=new_id(SHOP), order_id=ORDER_ID, line=1, kind=CaseKind.RETURN, quantity=1, reason=reason, actor=BUYER
    )
    assert desk.ask(asking) is CaseStatus.DONE
    case = desk.cases[asking.id]
    assert (case.freight_by, case.amount) == expected


@pytest.mark.parametrize(
    ("days", "at", "reason", "expected"),
    [
        (7, 8, Reason.NOT_WANTED, CaseStatus.NEEDS_A_REASON),
        (7, 8, Reason.DOES_NOT_FIT, CaseStatus.NEEDS_A_REASON),
        (7, 8, Reason.DEFECTIVE, CaseStatus.DONE),
        (7, 7, Reason.NOT_WANTED, CaseStatus.DONE),
        (0, 0, Reason.NOT_WANTED, CaseStatus.NEEDS_A_REASON),
        (0, 0, Reason.DEFECTIVE, CaseStatus.DONE),
        (None, 29, Reason.NOT_WANTED, CaseStatus.DONE),
    ],
)
@pytest.mark.parametrize("state", [State.SHIPPED, State.COMPLETED])
def test_goods_come_back_for_no_reason_as_long_as_they_were_ordered_so(
    days: int | None, at: int, reason: Reason, expected: CaseStatus, state: State
) -> None:
    """Before they are received the days have not begun; goods that do not come back at all do not then, either."""
    order = order_in(state, shipped=2)
    (line,) = order.lines
    line.no_reason_days, line.aftersale_days = days, 30
    asking = AskCase(
        id=new_id(SHOP), order_id=ORDER_ID, line=1, kind=CaseKind.RETURN, quantity=1, reason=reason, actor=BUYER
    )
    if state is State.SHIPPED and days:
        expected = CaseStatus.DONE
    assert desk_of(order, {}, NOW + timedelta(days=at)).ask(asking) is expected


def test_a_line_may_be_asked_about_for_as_long_as_its_kind_of_goods_may() -> None:
    order = order_in(State.COMPLETED, shipped=2)
    (line,) = order.lines
    line.aftersale_days = 2
    assert may_ask_aftersale(order, end_of_days(NOW, 2) - timedelta(seconds=1), line)
    assert not may_ask_aftersale(order, end_of_days(NOW, 2), line)
    line.aftersale_days = 30
    assert may_ask_aftersale(order, NOW + timedelta(days=29))
    line.no_reason_days, line.aftersale_days = 14, None
    assert may_ask_aftersale(order, end_of_days(NOW, 14) - timedelta(seconds=1), line), "it may be sent back until then"
    assert not may_ask_aftersale(order, end_of_days(NOW, 14), line)
    line.no_reason_days, line.aftersale_days = 0, 0
    assert not may_ask_aftersale(order, NOW, line), "no days are not even what is left of the first"


@pytest.mark.parametrize("received", ["2026-02-20T00:00:00+08:00", "2026-02-20T23:59:59+08:00"])
def test_days_begin_with_the_one_after_receipt_and_are_over_with_the_last_in_shanghai(received: str) -> None:
    """As the law counts them: who received it in the morning has no fewer than who did at night."""
    assert end_of_days(datetime.fromisoformat(received), 7) == datetime.fromisoformat("2026-02-28T00:00:00+08:00")


def test_the_days_for_asking_begin_anew_with_what_was_sent_for_a_line() -> None:
    order = order_in(State.COMPLETED, shipped=2)
    rules = TradeRules()
    (line,) = order.lines
    order.lines.append(other := deepcopy(line))
    other.line = 2
    assert may_ask_aftersale(order, NOW + timedelta(days=7), line)
    assert not may_ask_aftersale(order, NOW + timedelta(days=8), line)
    case = case_in(CaseState.RETURNED, CaseKind.EXCHANGE, order)
    desk = desk_of(order, {case.id: case}, sent := NOW + timedelta(days=18))
    assert do(desk, CaseVerb.RESHIP, command_of(CaseVerb.RESHIP, case, SELLER)) is CaseStatus.DONE
    last = end_of_days(sent + rules.confirm_after, rules.aftersale_days)
    for at, expected in ((last - timedelta(seconds=1), True), (last, False)):
        assert may_ask_aftersale(order, at, line) is expected
        assert may_ask_aftersale(order, at) is expected, "about any line"
        assert not may_ask_aftersale(order, at, other), "nothing was sent for that one"
        asking = AskCase(
            id=new_id(SHOP), order_id=ORDER_ID, line=2, kind=CaseKind.RETURN, quantity=1, reason=Reason.AGREED,
            actor=BUYER,
        )  # fmt: skip
        assert desk_of(order, {}, at).ask(asking) is CaseStatus.TOO_LATE


@pytest.mark.parametrize(("verb", "actor"), [(CaseVerb.EXPIRE, CLOCK), (CaseVerb.WITHDRAW, BUYER)])
def test_an_offer_that_nobody_took_leaves_no_address(verb: CaseVerb, actor: Actor) -> None:
    order = order_in(State.SHIPPED, shipped=2)
    case = case_in(CaseState.COUNTERED, CaseKind.RETURN, order)
    assert do(desk_of(order, {case.id: case}, NOW + 9 * DAY), verb, command_of(verb, case, actor)) is CaseStatus.DONE
    assert case.return_address is None


def test_receipt_is_not_prolonged_for_ever() -> None:
    order = order_in(State.SHIPPED, shipped=2)
    order.rules = TradeRules(receipt_days_max=30)
    statuses = []
    for _ in range(3):
        assert order.due_at is not None
        command = Prolong(order_id=ORDER_ID, actor=SELLER, shop_id=SHOP, days=10, due_at=order.due_at)
        statuses.append(judge_prolong(order, command))
    assert statuses == [MoveStatus.DONE, MoveStatus.DONE, MoveStatus.PROLONGED_TOO_FAR]
    # A deadline that nobody saw, at the end of time.
    command = Prolong(order_id=ORDER_ID, actor=SELLER, shop_id=SHOP, days=10, due_at=datetime.max.replace(tzinfo=UTC))
    assert judge_prolong(order, command) is MoveStatus.PROLONGED_TOO_FAR
    assert order.due_at == NOW + timedelta(days=30)
