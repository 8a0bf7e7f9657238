"""Proves the price calculation: the parts are the whole, to the fen, and what is shown is what is charged."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from weiji.freight import Freight
from weiji.kit.money import allocate
from weiji.orders.prices import NO_FREIGHT, Item, calculate

SKU = UUID(int=1)
ITEMS = st.lists(st.builds(Item, st.just(SKU), st.integers(0, 10**9), st.integers(1, 999)), min_size=1, max_size=50)


@given(items=ITEMS, freight=st.integers(0, 10**7), fee_ppm=st.integers(0, 300_000))
def test_the_shares_of_the_lines_are_the_whole(items: list[Item], freight: int, fee_ppm: int) -> None:
    shares = tuple(allocate(freight, [item.price for item in items]))
    price = calculate(items, freight=Freight(amount=freight, shares=shares, charges=()), fee_ppm=fee_ppm)
    assert price.goods == sum(item.price * item.quantity for item in items)
    assert price.total == price.goods + freight
    assert price.fee == price.total * fee_ppm // 1_000_000
    assert sum(line.shares.goods for line in price.lines) == price.goods
    assert sum(line.shares.freight for line in price.lines) == freight
    assert sum(line.shares.fee for line in price.lines) == price.fee
    for item, line in zip(items, price.lines, strict=True):
        assert line.item is item
        assert line.amount == line.shares.goods == sum(reason.amount for reason in line.reasons)
        assert min(line.shares.freight, line.shares.fee) >= 0
        for reason in line.reasons:
            assert reason.amount == reason.unit_price * reason.quantity


@given(items=ITEMS, fee_ppm=st.integers(0, 300_000))
def test_no_line_pays_a_fen_more_than_its_portion_rounded_up(items: list[Item], fee_ppm: int) -> None:
    price = calculate(items, freight=NO_FREIGHT, fee_ppm=fee_ppm)
    for line in price.lines:
        exact = line.amount * price.fee
        assert not price.goods or exact // price.goods <= line.shares.fee <= -(-exact // price.goods)
