"""Proves what is found in which order, by slips and by sound, and that nobody finds what can't be bought."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.catalog.examples import simple, stock
from tests.search.market import open_market
from weiji.catalog import Delivery, Presale, WithdrawProduct, WithdrawProductStatus, get_categories, withdraw_products
from weiji.credit.model import CountTrade
from weiji.credit.operations import count_trades
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.chinese import blur
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.search import ScoreProduct, Sort, handlers, index_products, model, operations, score_products, store
from weiji.search.folding import tokens_of
from weiji.search.handlers import Mender
from weiji.search.rules import score_of
from weiji.search.sounds import find_meant
from weiji.shops import ShopState, UpdateShop, get_shops, update_shops
from weiji.web.bodies import Malformed


async def test_titles_come_before_descriptions_and_what_is_sold_out_last(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("陶壶", description_html="<p>可以配青瓷茶杯</p>")
    await market.put("茶杯 青瓷")
    await market.put("青瓷茶杯 卖完", on_hand=0)
    await market.put("青瓷茶杯")
    assert await market.titles("青瓷茶杯") == ["青瓷茶杯", "青瓷茶杯 卖完", "茶杯 青瓷", "陶壶"]
    assert await market.titles("青瓷茶杯", is_in_stock=True) == ["青瓷茶杯", "茶杯 青瓷", "陶壶"]


async def test_what_is_found_is_sorted_as_asked_page_by_page(tx: Transaction) -> None:
    market = await open_market(tx)
    for number, price in enumerate((300, 100, 200, 200, 500)):
        await market.put(f"杯{number}", price=price)
    await tx.connection.execute("update search.products set sold = price_min % 7")
    expected: dict[Sort, list[int]] = {
        Sort.CHEAPEST: [100, 200, 200, 300, 500],
        Sort.DEAREST: [500, 300, 200, 200, 100],
    }
    for sort in Sort:
        whole = [product.id for product in (await market.search("杯", sort=sort)).products]
        assert len(whole) == 5
        pages, after = [], None
        for _ in range(5):
            found = await market.search("杯", sort=sort, limit=2, after=after)
            pages += [product.id for product in found.products]
            after = found.after
            if after is None:
                break
        assert pages == whole, sort
        if sort in expected:
            found = await market.search("杯", sort=sort)
            assert [product.price_min for product in found.products] == expected[sort]


@pytest.mark.parametrize("sort", Sort)
async def test_a_broad_search_shows_everything_once(
    tx: Transaction, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CANDIDATES", 5)
    monkeypatch.setattr(store, "WINDOW", 4)
    market = await open_market(tx)
    for number in range(13):
        await market.put(f"杯{number}" if number % 2 else f"碗{number}", price=100 + number // 3, kind="杯")
    pages: list[Any] = []
    after, turns = None, 0
    while True:
        found = await market.search("杯", sort=sort, limit=3, after=after)
        assert found.is_many
        pages += found.products
        after, turns = found.after, turns + 1
        if after is None:
            break
    assert turns >= 5
    assert len({product.id for product in pages}) == len(pages) == 13
    prices = [product.price_min for product in pages]
    if sort is Sort.CHEAPEST:
        assert prices == sorted(prices)
    if sort is Sort.DEAREST:
        assert prices == sorted(prices, reverse=True)


@pytest.mark.parametrize(("text", "candidates"), [("卡", 100), ("卡", 1), ("lipinka", 100)])
async def test_what_is_found_tells_how_it_comes_to_its_buyer(
    tx: Transaction, text: str, candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CANDIDATES", candidates)
    market = await open_market(tx)
    soon = Presale(ends_at=clock.now() + timedelta(days=9), ships_at=clock.now() + timedelta(days=9))
    await market.put("礼品卡 甲", presale=soon)
    await market.put("礼品卡 乙")
    code = simple(market.shop_id, title="礼品卡 丙", delivery=Delivery.VIRTUAL)
    await market.save([code])
    await market.index([code])
    found = await market.search(text)
    assert (found.is_many, found.is_similar) == (candidates == 1, text != "卡")
    assert {product.title: (product.delivery, product.presale) for product in found.products} == {
        "礼品卡 甲": (Delivery.PHYSICAL, soon),
        "礼品卡 乙": (Delivery.PHYSICAL, None),
        "礼品卡 丙": (Delivery.VIRTUAL, None),
    }


async def test_nothing_asked_for_is_everything_of_the_shop_or_the_kind(tx: Transaction) -> None:
    market, other = await open_market(tx), await open_market(tx)
    await market.put("甲", "乙", kind="茶")
    await other.put("丙", kind="茶 ' & |")
    assert sorted(await market.titles("", shop=market.handle)) == ["乙", "甲"]
    assert await market.titles("", kind="茶 ' & |") == ["丙"]
    assert len(await market.titles("")) == 3
    assert await market.titles("", shop="没有 这家") == []
    assert await market.titles("丙", shop=market.handle) == []


async def test_facets_tell_what_was_found(tx: Transaction) -> None:
    market, other = await open_market(tx), await open_market(tx)
    await market.put("青杯", "白杯", kind="杯子", price=1_000)
    await market.put("杯架", kind="架子", price=5_000)
    await other.put("大杯", kind="杯子", price=2_000)
    found = await market.search("杯")
    assert [(facet.kind, facet.products) for facet in found.kinds] == [("杯子", 3), ("架子", 1)]
    assert sorted((facet.handle, facet.products) for facet in found.shops) == sorted(
        [(market.handle, 3), (other.handle, 1)]
    )
    assert found.prices == (1_000, 1_000, 2_000)
    assert await market.titles("杯", price_min=1_500, price_max=2_000) == ["大杯"]
    assert await market.titles("杯", kind="架子") == ["杯架"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pingguo", "苹果"), ("pinguo", "苹果"), ("PingGuo", "苹果"), ("pg", "苹果"), ("hongfushi", "红富士"),
        ("hfspg", "红富士苹果"), ("平果", "苹果"), ("红富土苹果", "红富士苹果"),
        ("富红士", "红富士"), ("保温怀", "保温杯"), ("宝温杯", "保温杯"), ("iphnoe", "iphone"), ("ipone", "iphone"),
        ("iphonee", "iphone"), ("ihpone", "iphone"), ("qingwa", "青蛙"), ("chongqin", "重庆"),
    ],
)  # fmt: skip
async def test_what_was_meant_is_found(tx: Transaction, text: str, meant: str) -> None:
    market = await open_market(tx)
    await market.put("新鲜红富士苹果 五斤", "iPhone 保护套", "青蛙玩具", "重庆小面", "便携保温杯", "别的东西")
    found = await market.search(text)
    assert (found.is_similar, found.meant) == (True, meant)
    assert meant in found.products[0].title.lower()
    assert len(found.products) == 1


async def test_of_many_that_are_alike_the_most_popular_is_shown_first(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("新鲜红富士苹果")
    await tx.connection.execute("set local role none")
    await tx.connection.execute(
        "create temp table twins as select p.*, n from search.products p, generate_series(1, 1000) n;"
        "update twins set popularity = 0, id = overlay(id::text placing lpad(n::text, 8, '0') from 1)::uuid;"
        "alter table twins drop column n; insert into search.products select * from twins"
    )
    await tx.connection.execute("update search.products set popularity = 9 where popularity > 0")
    for text in ("pingguo", "便宜的苹果"):
        found = await market.search(text, limit=1)
        assert [each.title for each in found.products] == ["新鲜红富士苹果"], text


async def test_who_looks_for_a_noun_with_a_suffix_finds_what_is_called_without(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("青瓷茶杯", "马克杯子 大号", "电器")
    assert await market.titles("杯子") == ["马克杯子 大号", "青瓷茶杯"]
    assert await market.titles("电子") == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("便宜的茶", "明前绿茶"), ("茶叶 礼盒", "月饼礼盒"), ("帆布挎包", "帆布鞋"),
        ("longjing loose tea", "Oolong tea"), ("咖啡杯", "马克杯"), ("的", None), ("xy", None),
    ],
)  # fmt: skip
async def test_what_has_some_of_the_words_is_shown_where_nothing_has_them_all(
    tx: Transaction, text: str, first: str | None
) -> None:
    market = await open_market(tx)
    await market.put("明前绿茶", "月饼礼盒", "帆布鞋", "Oolong tea", "马克杯")
    found = await market.search(text)
    assert [each.title for each in found.products][:1] == ([first] if first else [])
    assert found.is_similar or not found.products


async def test_a_particle_is_not_one_of_the_words(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("会响的铃")
    assert await market.titles("送女友的") == []


async def test_categories_in_both_languages_and_what_is_said_of_goods_are_searched(tx: Transaction) -> None:
    market = await open_market(tx)
    tree = await get_categories(tx)
    category = tree.find(["手作与艺术"])
    assert category
    await market.put("山水", category_id=category.id, attributes={"maker": "文山"})
    for text in ("手作", "crafts", "文山"):
        assert await market.titles(text) == ["山水"], text


@pytest.mark.parametrize("text", ["红富苹果", "红红富士", "保保温杯"])
async def test_words_that_are_there_need_no_guess(tx: Transaction, text: str) -> None:
    market = await open_market(tx)
    await market.put("红富士苹果 保温杯")
    assert await market.titles(text) == ["红富士苹果 保温杯"]


@pytest.mark.parametrize("text", ["zzqqx", "香蕉", "土豆丝", "1234567"])
async def test_what_is_like_nothing_is_not_found(tx: Transaction, text: str) -> None:
    market = await open_market(tx)
    await market.put("新鲜红富士苹果 五斤", "iPhone 保护套")
    found = await market.search(text)
    assert (found.products, found.total, found.meant) == ((), 0, None)


async def test_what_sounds_alike_is_narrowed_too(tx: Transaction) -> None:
    market, other = await open_market(tx), await open_market(tx)
    await market.put("苹果", price=100)
    await other.put("苹果干", price=900)
    assert [p.title for p in (await market.search("pingguo", shop=other.handle)).products] == ["苹果干"]
    assert [p.title for p in (await market.search("pingguo", price_max=500)).products] == ["苹果"]


def test_speakers_who_do_not_tell_sounds_apart_are_understood() -> None:
    assert blur("pingguo") == blur("pinguo")
    assert blur("shanghai") == blur("sanhai")
    assert blur("cang") == blur("chan")
    assert find_meant(["pg"], tokens_of("红富士苹果")) == "苹果"


async def test_what_is_withdrawn_is_gone_and_comes_back(tx: Transaction) -> None:
    market = await open_market(tx)
    goods = await market.put("青瓷茶杯")
    withdraw = WithdrawProduct(product_id=goods[0].id, shop_id=market.shop_id, actor=BY_SYSTEM)
    assert await withdraw_products(tx, [withdraw]) == [WithdrawProductStatus.WITHDRAWN]
    # Before the index hears of it.
    assert await market.titles("茶杯") == []
    await market.index(goods)
    assert (await market.search("茶杯")).total == 0
    assert await tx.connection.fetchval("select count(*) from search.products") == 0


async def test_a_shop_that_is_closed_sells_nothing(tx: Transaction) -> None:
    market = await open_market(tx)
    goods = await market.put("青瓷茶杯")

    async def set_status(status: ShopState) -> None:
        (shop,) = await get_shops(tx, [market.shop_id])
        assert shop is not None
        update = UpdateShop(
            shop_id=shop.id, name=shop.name, story=shop.story, colour=shop.colour, status=status, actor=BY_SYSTEM
        )
        await update_shops(tx, [update])

    await set_status(ShopState.CLOSED)
    assert await market.titles("茶杯") == []
    assert await stale(tx) == [goods[0].id]
    await market.index(goods)
    assert (await market.search("茶杯")).total == 0
    assert await stale(tx) == []
    await set_status(ShopState.OPEN)
    assert await stale(tx) == [goods[0].id]
    await market.index(goods)
    assert await market.titles("茶杯") == ["青瓷茶杯"]


async def stale(tx: Transaction) -> list[UUID]:
    """All that the index has otherwise."""
    ids, last = await store.get_stale(tx, UUID(int=0), 100, 10)
    assert last is None
    return ids


async def test_the_job_goes_on_slice_by_slice_and_begins_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "SLICE", 2)
    async with database.transaction() as tx:
        market = await open_market(tx)
        goods = sorted(await market.put(*(f"茶杯 {n}" for n in range(5))), key=lambda each: each.id)
    mender = Mender(Lanes(2))
    for _ in range(2):  # Twice round: 2, 2, 1.
        await database.pool.execute("update search.products set sold = 1000")
        assert [await mender.work(database, 10) for _ in range(3)] == [2, 2, 1]
        assert mender.after == UUID(int=0)
        assert await database.pool.fetchval("select count(*) from search.products where sold = 1000") == 0
    await database.pool.execute("update search.products set version = 0")
    # What is over the limit is of the same slice, and dealt with at once.
    assert [await mender.work(database, 1) for _ in range(3)] == [1, 1, 0]
    assert mender.after == goods[1].id


async def test_stock_and_sales_that_changed_are_found_by_the_job(tx: Transaction) -> None:
    market = await open_market(tx)
    goods = await market.put("青瓷茶杯", "白瓷茶杯")
    assert await stale(tx) == []
    await stock(tx, goods[0], 0)
    assert await stale(tx) == [goods[0].id]
    await tx.connection.execute("update search.products set sold = 100")
    await tx.connection.execute("update catalog.products set sold = 105")
    assert await stale(tx) == [goods[0].id]
    await tx.connection.execute("update catalog.products set sold = 106")
    assert len(await stale(tx)) == 2


async def test_what_many_buyers_like_goes_before_what_one_does_and_the_index_is_mended_by_it(tx: Transaction) -> None:
    market = await open_market(tx)
    goods = await market.put("青瓷杯一", "青瓷杯二", "青瓷杯三", "青瓷杯四")
    stars = ((0, 0, 0, 0, 1), (0, 0, 0, 30, 70), (3, 0, 0, 0, 0))
    await score_products(
        tx, [ScoreProduct(product_id=one.id, stars=each) for one, each in zip(goods, stars, strict=False)]
    )
    assert await stale(tx) == sorted(one.id for one in goods[:3])
    await market.index(goods)
    assert await stale(tx) == []
    assert await market.titles("青瓷杯", sort=Sort.STARS) == ["青瓷杯二", "青瓷杯一", "青瓷杯四", "青瓷杯三"]
    # What is withdrawn keeps its score for when it is listed again; what is not so any more counts no more.
    await score_products(tx, [ScoreProduct(product_id=goods[1].id, stars=(0, 0, 0, 0, 0))])
    assert await stale(tx) == [goods[1].id]


def test_few_reviews_say_little() -> None:
    assert score_of((0, 0, 0, 0, 0)) == 400
    assert score_of((0, 0, 0, 0, 1)) == 416
    assert score_of((1, 0, 0, 0, 0)) == 350
    assert score_of((0, 0, 0, 0, 1_000)) == 499
    assert score_of((10**6, 0, 0, 0, 0)) == 100


async def test_indexing_again_changes_nothing_and_a_new_title_is_found(tx: Transaction) -> None:
    market = await open_market(tx)
    goods = await market.put("青瓷茶杯")
    before = await tx.connection.fetch("select * from search.products")
    await market.index([*goods, *goods])
    assert await tx.connection.fetch("select * from search.products") == before


@pytest.mark.parametrize("after", ["x", "AAAA", "k8LPf_________8"])
async def test_a_cursor_of_nobody_is_refused(tx: Transaction, after: str) -> None:
    market = await open_market(tx)
    with pytest.raises(Malformed):
        await market.search("杯", after=after)


def test_newness_and_sales_are_weighed() -> None:
    from weiji.kit import clock
    from weiji.search.rules import RANK, popularity_of

    now = clock.now()
    assert popularity_of(0, now) > popularity_of(0, now - timedelta(days=1))
    assert popularity_of(10, now - timedelta(days=90)) > popularity_of(0, now)
    assert 0 < popularity_of(10**12, now + timedelta(days=36_500)) < RANK


def test_limits_fit_together() -> None:
    assert model.WINDOW < model.CANDIDATES < model.WALK
    assert operations.PAGE_MAX <= model.WINDOW


async def test_goods_of_shops_with_a_higher_grade_go_before(tx: Transaction) -> None:
    known, new = await open_market(tx), await open_market(tx)
    await known.put("青瓷杯")
    await new.put("青瓷杯新款", "青瓷杯旧款")
    commands = [
        CountTrade(
            order_id=new_id(known.shop_id), shop_id=known.shop_id, buyer_id=new_id(), number="1", amount=9_800,
            settled_at=clock.now(),
        )
        for _ in range(4)
    ]  # fmt: skip
    await count_trades(tx, commands)
    before = (await known.search("青瓷杯", sort=Sort.CREDIT)).products
    await index_products(tx, [product.id for product in before])
    after = (await known.search("青瓷杯", sort=Sort.CREDIT)).products
    assert before[0].shop_id == new.shop_id
    assert after[0].shop_id == known.shop_id
    assert len(after) == 3


async def test_goods_are_narrowed_by_category_and_by_what_is_said_of_them(tx: Transaction) -> None:
    tree = await get_categories(tx)
    tea, food = tree.find(("食品", "茶")), tree.find(("食品",))
    assert tea is not None
    assert food is not None
    market = await open_market(tx)
    told = {"net_weight": "100", "shelf_life": "360"}
    for number, kind in enumerate(("绿茶", "绿茶", "红茶")):
        await market.put(f"好茶{number}", category_id=tea.id, attributes={**told, "tea_kind": kind})
    await market.put("好茶杯")
    found = await market.search("好茶")
    assert {facet.id: facet.products for facet in found.categories} == {tea.id: 3, food.id: 3}
    assert [(facet.value, facet.products) for facet in found.attributes] == [("绿茶", 2), ("红茶", 1)]
    green = found.attributes[0].attribute
    assert set(await market.titles("好茶", category=food.id)) == {"好茶0", "好茶1", "好茶2"}
    assert set(await market.titles("好茶", category=tea.id, attributes=(green,))) == {"好茶0", "好茶1"}
    assert set(await market.titles("", category=food.id, attributes=(green,))) == {"好茶0", "好茶1"}


async def test_a_broad_search_is_narrowed_the_same(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CANDIDATES", 1)
    tea = (await get_categories(tx)).find(("食品", "茶"))
    assert tea is not None
    market = await open_market(tx)
    told = {"net_weight": "100", "shelf_life": "360"}
    for number, kind in enumerate(("绿茶", "红茶", "红茶", "红茶")):
        await market.put(f"好茶{number}", category_id=tea.id, attributes={**told, "tea_kind": kind})
    await market.put("好茶杯")
    found = await market.search("好茶", category=tea.id)
    assert found.is_many
    assert len(found.products) == 4
    red = await market.search("好茶", category=tea.id, attributes=("tea_kind=红茶",))
    assert {product.title for product in red.products} == {"好茶1", "好茶2", "好茶3"}
