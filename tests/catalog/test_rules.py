"""Proves that a batch of saves is answered as its commands one by one, and what a description may have."""

from copy import deepcopy
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from weiji.catalog import ListProduct, Option, ProductState, SaveProduct, SaveSku, WithdrawProduct
from weiji.catalog.rules import Product, Saves, clean_html, judge_listings, judge_saves, judge_withdrawals
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.ids import derive

SHOPS = [derive(UUID(int=n), "shop") for n in (1, 2, 3)]
PRODUCTS = [derive(shop, "product", n) for shop in SHOPS[:2] for n in (1, 2)]
SKUS = [derive(shop, "sku", n) for shop in SHOPS[:2] for n in (1, 2)]

skus = st.builds(
    SaveSku,
    id=st.sampled_from([*SKUS, *SKUS[:2]]),
    price=st.sampled_from([0, 1, 10**12, 10**12 + 1, -1]),
    choices=st.sampled_from([(), ("红",), ("蓝",), ("红", "蓝")]),
    weight_grams=st.sampled_from([0, 10, -1]),
)
saves = st.builds(
    SaveProduct,
    id=st.sampled_from([*PRODUCTS, *PRODUCTS[:2]]),
    shop_id=st.sampled_from([SHOPS[0], SHOPS[0], SHOPS[1], SHOPS[2]]),
    title=st.sampled_from(["杯", "壶", ""]),
    skus=st.lists(skus, max_size=2).map(tuple),
    actor=st.just(BY_SYSTEM),
    handle=st.sampled_from(["", "cup", "pot", "\n"]),
    options=st.sampled_from([(), (), (Option("颜色", ("红", "蓝")),), (Option("", ("红",)),)]),
    state=st.sampled_from(ProductState),
    version=st.sampled_from([None, None, 0, 1, 2]),
)


def _state() -> Saves:
    return Saves(shop_ids=set(SHOPS[:2]), products={}, handles={}, sku_products={}, saved={}, skus={})


def _stored(state: Saves) -> tuple[object, ...]:
    """What a batch leaves behind. Who acted last is told only in events."""
    return state.products, state.handles, state.sku_products, state.skus


@given(st.lists(saves, max_size=14))
def test_law_of_batches(batch: list[SaveProduct]) -> None:
    now = clock.now()
    together, single = _state(), _state()
    answers = judge_saves(together, batch, now)
    alone = []
    written = {}
    for command in batch:
        alone += judge_saves(single, [command], now)
        for id, saved in single.saved.items():
            # As the database keeps them: the handle and state of the first time stay.
            first = written.get(id, saved)
            written[id] = SaveProduct(
                **{
                    name: getattr(first if name in ("handle", "state") else saved, name)
                    for name in SaveProduct.__struct_fields__
                }
            )
        single.saved = {}
    assert answers == alone
    assert _stored(together) == _stored(single)
    assert together.saved == written


@given(st.lists(saves, max_size=8), st.lists(st.tuples(st.booleans(), st.sampled_from(PRODUCTS)), max_size=8))
def test_law_of_batches_of_listings(made: list[SaveProduct], asked: list[tuple[bool, UUID]]) -> None:
    now = clock.now()
    state = _state()
    judge_saves(state, made, now)
    together, single = state.products, deepcopy(state.products)

    def asks(product: Product) -> bool:
        return product.version % 2 == 0

    lists = [ListProduct(product_id=id, shop_id=SHOPS[0], actor=BY_SYSTEM) for flag, id in asked if flag]
    withdrawals = [WithdrawProduct(product_id=id, shop_id=SHOPS[0], actor=BY_SYSTEM) for flag, id in asked if not flag]
    assert judge_listings(together, lists, now, asks) == [judge_listings(single, [c], now, asks)[0] for c in lists]
    assert judge_withdrawals(together, withdrawals) == [judge_withdrawals(single, [c])[0] for c in withdrawals]
    assert together == single


def test_a_description_keeps_its_words_and_loses_what_runs_or_loads() -> None:
    html = (
        '<p style="position:fixed" onclick="x()">好 <b>茶</b></p><script>alert(1)</script><img src="https://e.example/a.png">'
        '<a href="javascript:x()">x</a><a href="https://e.example/">y</a><iframe src="//e.example"></iframe>'
        '<form action="/orders"><input name="a"></form>'
    )
    assert clean_html(html) == (
        '<p>好 <b>茶</b></p><a rel="noopener noreferrer nofollow">x</a>'
        '<a href="https://e.example/" rel="noopener noreferrer nofollow">y</a>'
    )
