"""Proves the price calculation: the parts are the whole, to the fen, and what is shown is what is charged."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.coupons.test_pricing import coupon
from weiji.coupons import Goods, Terms, apply
from weiji.freight import Freight
from weiji.kit.money import allocate, portion
from weiji.orders.fees.model import Rate
from weiji.orders.prices import NO_FREIGHT, Item, Shares, calculate, recalculate, taken_of

SKU = UUID(int=1)
RATES = st.builds(Rate, fee_ppm=st.integers(0, 150_000), commission_ppm=st.integers(0, 150_000))


def items_at(rates: st.SearchStrategy[Rate]) -> st.SearchStrategy[list[Item]]:
    items = st.builds(Item, st.just(SKU), st.integers(0, 10**9), st.integers(1, 999), rates)
    return st.lists(items, min_size=1, max_size=50)


@given(items=items_at(RATES | st.sampled_from([Rate(), Rate(fee_ppm=20_000)])), freight=st.integers(0, 10**7))
def test_the_shares_of_the_lines_are_the_whole(items: list[Item], freight: int) -> None:
    shares = tuple(allocate(freight, [item.price for item in items]))
    price = calculate(items, freight=Freight(amount=freight, shares=shares, charges=()))
    assert price.goods == sum(item.price * item.quantity for item in items)
    assert price.total == price.goods + freight
    assert sum(line.shares.goods for line in price.lines) == price.goods
    assert sum(line.shares.freight for line in price.lines) == freight
    assert sum(line.shares.fee for line in price.lines) == price.fee
    for item, line in zip(items, price.lines, strict=True):
        assert line.item is item
        assert line.amount == line.shares.goods == sum(reason.amount for reason in line.reasons)
        assert 0 <= line.shares.commission <= line.shares.fee <= line.shares.goods + line.shares.freight
        assert line.shares.freight >= 0
        for reason in line.reasons:
            assert reason.amount == reason.unit_price * reason.quantity
    # Never more than the rates say, and what is lost by rounding is less than a fen for each rate, twice.
    exact = sum(
        (line.amount + line.shares.freight) * line.item.rate.fee_ppm + line.amount * line.item.rate.commission_ppm
        for line in price.lines
    )
    assert 0 <= exact - price.fee * 1_000_000 < 2_000_000 * len({item.rate for item in items})


@given(items=items_at(st.just(Rate(fee_ppm=17_500, commission_ppm=30_000))), freight=st.integers(0, 10**7))
def test_lines_of_one_rate_are_charged_together(items: list[Item], freight: int) -> None:
    shares = tuple(allocate(freight, [1] * len(items)))
    price = calculate(items, freight=Freight(amount=freight, shares=shares, charges=()))
    assert price.fee == portion(price.total, 17_500) + portion(price.goods, 30_000)


@given(items=items_at(st.just(Rate(fee_ppm=6_000))))
def test_no_line_pays_a_fen_more_than_its_portion_rounded_up(items: list[Item]) -> None:
    price = calculate(items, freight=NO_FREIGHT)
    for line in price.lines:
        exact = line.amount * price.fee
        assert not price.goods or exact // price.goods <= line.shares.fee <= -(-exact // price.goods)


def test_nothing_costs_more_than_it_is_paid_for() -> None:
    price = calculate([Item(SKU, 1, 1, Rate(fee_ppm=150_000, commission_ppm=150_000))] * 7, freight=NO_FREIGHT)
    assert price.fee == 2
    assert [line.shares.fee for line in price.lines] == [1, 1, 0, 0, 0, 0, 0]


def test_a_commission_is_charged_on_what_the_shop_is_paid_for_those_goods() -> None:
    """Tea costs a commission, cups do not; the shop takes 10 yuan off, the platform 20, both of all goods alike."""
    goods = [Goods(None, None, 6_000, 1), Goods(None, None, 4_000, 1)]
    shop, platform = coupon(Terms(amount=1_000)), coupon(Terms(amount=2_000), is_platform=True)
    tea, cup = Rate(fee_ppm=20_000, commission_ppm=100_000), Rate(fee_ppm=20_000)
    price = calculate(
        [Item(SKU, 6_000, 1, tea), Item(SKU, 4_000, 1, cup)],
        freight=Freight(amount=1_000, shares=(500, 500), charges=()),
        reductions=apply([shop, platform], goods) or (),
    )
    assert (price.total, price.discount, price.subsidy) == (8_000, 1_000, 2_000)
    assert [line.shares for line in price.lines] == [
        Shares(goods=4_200, freight=500, fee=118 + 540, discount=600, subsidy=1_200, commission=540),
        Shares(goods=2_800, freight=500, fee=82, discount=400, subsidy=800),
    ]
    assert price.fee == 118 + 540 + 82


@given(items=items_at(RATES), freight=st.integers(0, 10**7), parts=st.data())
def test_what_is_taken_off_by_hand_is_of_the_goods_and_coupons_stay(
    items: list[Item], freight: int, parts: st.DataObject
) -> None:
    goods = [Goods(None, None, item.price * item.quantity, item.quantity) for item in items]
    coupons = [coupon(Terms(amount=1_000)), coupon(Terms(amount=777), is_platform=True)]
    sent = Freight(amount=freight, shares=tuple(allocate(freight, [1] * len(items))), charges=())
    before = calculate(items, freight=sent, reductions=apply(coupons, goods) or ())
    taken = taken_of(before.coupons, [line.reasons for line in before.lines])
    assert recalculate(items, freight=sent, taken=taken) == before
    room = [max(0, line.shares.goods - line.item.quantity) for line in before.lines]
    conceded = parts.draw(st.integers(0, sum(room)))
    after = recalculate(items, freight=sent, taken=taken, conceded=conceded)
    assert (before.total - after.total, after.conceded, after.subsidy) == (conceded, conceded, before.subsidy)
    assert after.reduction == before.reduction
    assert taken_of(after.coupons, [line.reasons for line in after.lines]) == taken
    assert sum(line.shares.goods + line.shares.freight for line in after.lines) == after.total
    assert sum(line.shares.discount for line in after.lines) == after.discount
    assert after.fee <= before.fee + 2 * len({item.rate for item in items})  # By rounding, at most.
    for line in after.lines:
        paid = line.shares.goods + line.shares.subsidy + line.shares.freight
        assert line.shares.goods >= min(line.item.quantity, line.amount - line.shares.subsidy)
        assert 0 <= line.shares.commission <= line.shares.fee <= paid
        assert sum(reason.amount for reason in line.reasons) == line.shares.goods
