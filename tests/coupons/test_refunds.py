"""Proves refunds of orders with coupons: however many there are, exactly what was taken goes back, each to its own."""

from collections import Counter
from itertools import cycle
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.coupons.test_pricing import SHOP, coupon
from weiji.coupons import Goods, Terms, apply
from weiji.events import BY_SYSTEM
from weiji.events.coupons import BudgetTouched
from weiji.freight import Freight
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.money import allocate, share_so_far
from weiji.ledger import TransferFlags, chart
from weiji.orders import Casework, GiveBack, Line, Order, State, TradeRules, refund_bounds, unsent_of
from weiji.orders.fees.model import Rate
from weiji.orders.prices import Item, Price, calculate

RATES = st.builds(Rate, fee_ppm=st.integers(0, 150_000), commission_ppm=st.integers(0, 150_000))


def priced(lines: list[tuple[int, int]], discount: int, subsidy: int, freight: int, rates: list[Rate]) -> Price | None:
    """Price an order with both kinds of coupons; None where they take nothing."""
    goods = [Goods(None, None, price * quantity, quantity) for price, quantity in lines]
    reductions = apply([coupon(Terms(amount=discount)), coupon(Terms(amount=subsidy), is_platform=True)], goods)
    if reductions is None:
        return None
    sent = Freight(amount=freight, shares=tuple(allocate(freight, [1] * len(lines))), charges=())
    items = [
        Item(new_id(SHOP), price, quantity, rate) for (price, quantity), rate in zip(lines, cycle(rates), strict=False)
    ]
    return calculate(items, freight=sent, reductions=reductions)


def order_of(price: Price, state: State) -> Order:
    """Make an order that is paid, received or settled."""
    now = clock.now()
    units = sum(line.item.quantity for line in price.lines)
    order = Order(
        new_id(SHOP), "1", SHOP, "店", new_id(), "买家", state, price.goods, price.freight, price.total, price.fee, 1,
        units, units, None, 0, new_id(), "balance", None, None, now, now, now, None, None, None, None,
    )  # fmt: skip
    order.discount, order.subsidy, order.coupons = price.discount, price.subsidy, list(price.coupons)
    order.rules = TradeRules()
    order.lines = [
        Line(
            line=number,
            sku_id=line.item.sku_id,
            product_id=new_id(SHOP),
            title="杯",
            choices=[],
            picture=None,
            kind="",
            price=line.item.price,
            quantity=line.item.quantity,
            shipped=line.item.quantity,
            amount=line.amount,
            shares=line.shares,
        )
        for number, line in enumerate(price.lines, 1)
    ]
    return order


def balances(work: Casework) -> Counter[UUID]:
    """Sum what chains post; of balancing transfers it is not known beforehand."""
    moved: Counter[UUID] = Counter()
    for chain in work.chains:
        for transfer in chain.transfers:
            if transfer.flags & TransferFlags.BALANCING_CREDIT:
                continue
            assert transfer.debit_account_id
            assert transfer.credit_account_id
            moved[transfer.debit_account_id] -= transfer.amount
            moved[transfer.credit_account_id] += transfer.amount
    return moved


@given(
    lines=st.lists(st.tuples(st.integers(1, 9_000), st.integers(1, 5)), min_size=1, max_size=4),
    discount=st.integers(1, 3_000),
    subsidy=st.integers(1, 3_000),
    freight=st.integers(0, 900),
    rates=st.lists(RATES, min_size=1, max_size=2),
    state=st.sampled_from([State.SHIPPED, State.RECEIVED, State.COMPLETED]),
    dice=st.lists(st.integers(1, 5_000), max_size=12),
)
def test_any_number_of_partial_refunds_gives_back_exactly_what_was_taken(
    lines: list[tuple[int, int]],
    discount: int,
    subsidy: int,
    freight: int,
    rates: list[Rate],
    state: State,
    dice: list[int],
) -> None:
    price = priced(lines, discount, subsidy, freight, rates)
    assume(price is not None)
    assert price is not None
    order = order_of(price, state)
    work = Casework({order.id: order}, clock.now())
    rest = iter(dice)
    for line in order.lines:
        assert line.shares is not None
        whole = line.shares.goods + line.shares.freight
        while line.refunded < whole:
            # As the dice say, and then what is left of the line.
            amount = min(next(rest, whole), whole - line.refunded)
            work.give_back(
                GiveBack(order=order, line=line, refund_id=new_id(SHOP), amount=amount, actor=BY_SYSTEM, reason="")
            )
            assert 0 <= order.subsidy_refunded <= order.subsidy
            assert 0 <= order.fee_refunded <= order.fee
    assert all(transfer.amount >= 0 for chain in work.chains for transfer in chain.transfers)
    assert (order.refunded, order.subsidy_refunded, order.fee_refunded) == (order.total, order.subsidy, order.fee)
    moved, way = balances(work), chart.transit(order.id.int & 63).id
    # All the cash is on its way to the buyer, and all the subsidy to its budget, as the news of it says.
    assert moved[way] == order.total + order.subsidy
    told = [each.event for each in work._told if isinstance(each.event, BudgetTouched)]
    assert sum(event.amount for event in told) == order.subsidy
    assert len({event.key for event in told}) == len(told)
    if state is State.SHIPPED:
        assert moved[chart.escrow(order.id).id] == -order.total
        assert moved[chart.escrow_subsidy(order.id).id] == -order.subsidy
    elif state is State.RECEIVED:
        assert moved[chart.merchant_pending(SHOP).id] == order.fee - order.total - order.subsidy
        assert moved[chart.refundable(order.id).id] == -order.total
    else:
        assert moved[chart.refundable(order.id).id] == -order.total


@given(
    lines=st.lists(st.tuples(st.integers(1, 9_000), st.integers(1, 5)), min_size=2, max_size=4),
    discount=st.integers(1, 3_000),
    subsidy=st.integers(1, 3_000),
    freight=st.integers(0, 900),
    rates=st.lists(RATES, min_size=1, max_size=2),
    sent=st.lists(st.integers(0, 5), min_size=4, max_size=4),
    before=st.integers(0, 9_000),
)
def test_what_was_not_sent_goes_back_by_its_shares_and_what_was_stays_paid(
    lines: list[tuple[int, int]],
    discount: int,
    subsidy: int,
    freight: int,
    rates: list[Rate],
    sent: list[int],
    before: int,
) -> None:
    price = priced(lines, discount, subsidy, freight, rates)
    assume(price is not None)
    assert price is not None
    order = order_of(price, State.PART_SHIPPED)
    for line, units in zip(order.lines, sent, strict=False):
        line.shipped = min(units, line.quantity)
    order.units_shipped = sum(line.shipped for line in order.lines)
    assume(0 < order.units_shipped < order.units)
    work = Casework({order.id: order}, clock.now())
    for line in order.lines:
        # What buyer and shop agreed on about units that came.
        if line.shipped and (amount := min(before, refund_bounds(order, line, 1, is_unsent=False).most)):
            work.give_back(
                GiveBack(order=order, line=line, refund_id=new_id(SHOP), amount=amount, actor=BY_SYSTEM, reason="")
            )
    spent, left = order.refunded, {line.line: line.left for line in order.lines}
    foreseen = unsent_of(order)
    work.cancel_unsent(order, BY_SYSTEM, "")
    assert order.refunded == spent + foreseen
    for line in order.lines:
        assert line.shares is not None
        share = line.shares.goods - share_so_far(line.shares.goods, line.quantity, line.quantity - left[line.line])
        assert (line.left, line.cancelled) == (0, left[line.line])
        whole = line.shares.goods + line.shares.freight
        assert line.refunded >= min(share_so_far(line.shares.goods, line.quantity, line.cancelled), whole)
        assert line.refunded <= whole
        if not before:
            assert abs(line.refunded - share) <= 1, "freight and what came stay paid"
    assert order.units == order.units_shipped
    assert order.state is (State.REFUNDED if order.refunded == order.total else State.SHIPPED)
    moved = balances(work)
    assert moved[chart.escrow(order.id).id] == -order.refunded
    assert moved[chart.escrow_subsidy(order.id).id] == -order.subsidy_refunded
    assert sum(move.lines[0][1] for move in work.moves) == sum(left.values())
