"""Proves what coupons take off: the parts are the whole, every unit stays refundable, and the best is the best."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from weiji.coupons import Coupon, CouponState, Goods, Terms, apply, assign, choose, is_usable
from weiji.freight import Freight
from weiji.kit.ids import new_id
from weiji.kit.money import allocate, portion
from weiji.orders.fees.model import Rate
from weiji.orders.prices import NO_FREIGHT, Item, calculate

NOW = datetime(2027, 2, 5, 12, tzinfo=UTC)
SHOP, BUYER, SKU = (new_id() for _ in range(3))
PRODUCTS = [new_id() for _ in range(3)]
CATEGORY = new_id()


def coupon(
    terms: Terms, *, is_platform: bool = False, days: int = 7, state: CouponState = CouponState.UNUSED
) -> Coupon:
    return Coupon(
        id=new_id(),
        campaign_id=new_id(),
        shop_id=None if is_platform else SHOP,
        name="券",
        person_id=BUYER,
        state=state,
        terms=terms,
        starts_at=NOW,
        claimed_at=NOW,
        expires_at=NOW + timedelta(days=days),
    )


OFFERS = st.lists(st.dictionaries(st.sampled_from([new_id() for _ in range(4)]), st.integers(1, 9)), max_size=4)


@given(OFFERS)
def test_no_other_way_to_give_orders_coupons_takes_off_more(offers: list[dict[UUID, int]]) -> None:
    def off(chosen: Sequence[UUID | None]) -> int:
        return sum(its[each] for its, each in zip(offers, chosen, strict=True) if each)

    def ways(place: int, taken: frozenset[UUID]) -> int:
        if place == len(offers):
            return 0
        left = {coupon: its for coupon, its in offers[place].items() if coupon not in taken}
        return max([ways(place + 1, taken), *(its + ways(place + 1, taken | {each}) for each, its in left.items())])

    chosen = assign(offers)
    assert all(each is None or each in its for each, its in zip(chosen, offers, strict=True))
    assert len({each for each in chosen if each}) == sum(each is not None for each in chosen)
    assert off(chosen) == ways(0, frozenset())


TERMS = st.builds(
    Terms,
    amount=st.integers(1, 50_000),
    percent=st.integers(0, 99),
    threshold=st.integers(0, 30_000),
    product_ids=st.sampled_from([frozenset[UUID](), frozenset(PRODUCTS[:1]), frozenset(PRODUCTS[1:])]),
)
LINES = st.lists(
    st.tuples(st.sampled_from(PRODUCTS), st.integers(0, 20_000), st.integers(1, 9)), min_size=1, max_size=6
)


def goods_of(lines: Sequence[tuple[UUID, int, int]]) -> list[Goods]:
    return [Goods(product, None, price * quantity, quantity) for product, price, quantity in lines]


@given(
    lines=LINES,
    shop=TERMS,
    platform=TERMS,
    freight=st.integers(0, 5_000),
    fee_ppm=st.integers(0, 150_000),
    commission_ppm=st.integers(0, 150_000),
)
def test_the_shares_of_a_reduced_price_are_the_whole(
    lines: list[tuple[UUID, int, int]],
    shop: Terms,
    platform: Terms,
    freight: int,
    fee_ppm: int,
    commission_ppm: int,
) -> None:
    goods = goods_of(lines)
    reductions = choose([coupon(shop), None], [coupon(platform, is_platform=True), None], goods)
    rate = Rate(fee_ppm=fee_ppm, commission_ppm=commission_ppm)
    items = [Item(SKU, price, quantity, rate) for _, price, quantity in lines]
    sent = Freight(amount=freight, shares=tuple(allocate(freight, [1] * len(items))), charges=())
    price = calculate(items, freight=sent, reductions=reductions)
    assert price.total == price.goods + price.freight - price.discount - price.subsidy
    # Of what the shop is paid, the subsidy included; the commission of what of that is for goods.
    paid = price.total + price.subsidy
    assert price.fee == portion(paid, fee_ppm) + portion(paid - price.freight, commission_ppm)
    assert sum(line.shares.goods + line.shares.freight for line in price.lines) == price.total
    assert sum(line.shares.fee for line in price.lines) == price.fee
    assert sum(line.shares.discount for line in price.lines) == price.discount
    assert sum(line.shares.subsidy for line in price.lines) == price.subsidy
    for item, line in zip(items, price.lines, strict=True):
        assert line.shares.goods == sum(reason.amount for reason in line.reasons)
        # Every unit costs its buyer something, so that each can be refunded by itself.
        assert line.shares.goods >= (item.quantity if item.price else 0)


@given(lines=LINES, terms=st.lists(TERMS, max_size=3), more=st.lists(TERMS, max_size=3))
def test_the_best_combination_is_the_best_of_all_whatever_their_order(
    lines: list[tuple[UUID, int, int]], terms: list[Terms], more: list[Terms]
) -> None:
    goods = goods_of(lines)
    shops = [coupon(each) for each in terms]
    platforms = [coupon(each, is_platform=True) for each in more]
    best = choose([*shops, None], [*platforms, None], goods)
    amounts = [
        sum(reduction.amount for reduction in found)
        for shop in (*shops, None)
        for platform in (*platforms, None)
        if (found := apply([each for each in (shop, platform) if each], goods)) is not None
    ]
    assert sum(reduction.amount for reduction in best) == max(amounts)
    again = choose([None, *reversed(shops)], [None, *reversed(platforms)], goods)
    assert [reduction.coupon.id for reduction in again] == [reduction.coupon.id for reduction in best]


def test_a_percentage_has_its_cap_and_a_threshold_counts_what_the_coupon_is_for() -> None:
    goods = [Goods(PRODUCTS[0], CATEGORY, 6_000, 1), Goods(PRODUCTS[1], None, 4_000, 1)]
    (reduction,) = apply([coupon(Terms(amount=500, percent=10))], goods) or ()
    assert (reduction.amount, reduction.shares) == (500, (300, 200))
    (reduction,) = apply([coupon(Terms(amount=5_000, percent=10))], goods) or ()
    assert reduction.amount == 1_000
    only = Terms(amount=1_000, threshold=6_000, category_ids=frozenset({CATEGORY}))
    (reduction,) = apply([coupon(only)], goods) or ()
    assert reduction.shares == (1_000, 0)
    assert apply([coupon(Terms(amount=1_000, threshold=6_001, category_ids=frozenset({CATEGORY})))], goods) is None


def test_the_threshold_of_the_platform_is_measured_after_the_shop_s_coupon() -> None:
    goods = [Goods(None, None, 10_000, 1)]
    shop, platform = coupon(Terms(amount=1_000)), coupon(Terms(amount=2_000, threshold=9_500), is_platform=True)
    assert apply([shop, platform], goods) is None
    assert [each.coupon.id for each in choose([shop, None], [platform, None], goods)] == [platform.id]
    assert apply([shop, coupon(Terms(amount=1))], goods) is None, "two of one kind do not go together"


def test_the_tables_of_the_design() -> None:
    """Goods of 60 and 40 yuan, ten off by the platform: 54 + 6 and 36 + 4; the fee is of the gross."""
    goods = [Goods(None, None, 6_000, 1), Goods(None, None, 4_000, 1)]
    reductions = apply([coupon(Terms(amount=1_000), is_platform=True)], goods) or ()
    rate = Rate(fee_ppm=50_000)
    price = calculate([Item(SKU, 6_000, 1, rate), Item(SKU, 4_000, 1, rate)], freight=NO_FREIGHT, reductions=reductions)
    assert (price.total, price.subsidy, price.fee) == (9_000, 1_000, 500)
    assert [(line.shares.goods, line.shares.subsidy, line.shares.fee) for line in price.lines] == [
        (5_400, 600, 300),
        (3_600, 400, 200),
    ]


def test_who_may_use_a_coupon() -> None:
    good = coupon(Terms(amount=1))
    assert is_usable(good, BUYER, SHOP, NOW)
    assert not is_usable(good, SHOP, SHOP, NOW)
    assert not is_usable(good, BUYER, BUYER, NOW)
    assert not is_usable(good, BUYER, SHOP, NOW - timedelta(seconds=1))
    assert not is_usable(good, BUYER, SHOP, good.expires_at)
    assert not is_usable(coupon(Terms(amount=1), state=CouponState.RESERVED), BUYER, SHOP, NOW)
    assert is_usable(coupon(Terms(amount=1), is_platform=True), BUYER, SHOP, NOW)
