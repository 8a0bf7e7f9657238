"""Proves of the pages of the search that they work by links and forms alone, in at most three statements, count what
is searched, and follow what shops do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from limits import parse

from tests.card_keys.examples import upload
from tests.pages.site import Site, open_site
from weiji.app import ROUTES_OF
from weiji.card_keys import store_keys
from weiji.catalog import (
    Delivery,
    Presale,
    ProductState,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
    WithdrawProduct,
    save_products,
    withdraw_products,
)
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.ids import new_id
from weiji.search import Search, find_products, rebuild
from weiji.search.handlers import Mender
from weiji.search.model import SEARCHES
from weiji.web.rates import RateMiddleware

STATEMENTS_MAX = 3


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> Any:
    """The whole program, with a shop that is open and whose goods are indexed."""
    async with open_site(database_url, tmp_path) as opened:
        opened.edges = ROUTES_OF
        await opened.settle()
        yield opened


async def test_goods_are_found_by_the_form_in_three_statements_at_most(site: Site) -> None:
    await site.person("mei")
    product = f"/products/{site.product_id}"
    async with site.browser("mei") as browser:
        for path in ("/", f"/shops/{site.handle}"):
            await browser.visit(path)
            await browser.send("/search", q="烏龍")
            assert (browser.status, browser.statements <= STATEMENTS_MAX) == (200, True), browser.text
            assert product in browser.links
        for query, is_there in (
            ("q=guihua", True), ("q=wulongcha&stock=1", True), ("q=乌茏茶", True), ("q=乌龙茶&from=1000", False),
            ("q=乌龙茶&from=50&to=99", True), ("q=乌龙茶&kind=茶&sort=cheapest", True), ("q=乌龙茶&kind=水", False),
            ("q=xyzw", False), ("kind=茶", True), ("q=龙&sort=odd&from=x&to=-1&kind=%00", True), ("q=。。。", False),
            (f"q=xyzw&shop={site.handle}", False), ("q=乌龙&shop=%27", False), ("q=%00乌龙", True),
        ):  # fmt: skip
            await browser.visit(f"/search?{query}")
            assert browser.status == 200, browser.text
            assert browser.statements <= STATEMENTS_MAX, query
            assert (product in browser.links) == is_there, query
        assert "¥9,800" not in browser.text
        await browser.visit("/search?q=乌龙&after=nonsense")
        assert browser.status == 400


async def test_cards_say_what_is_sold_before_it_is_there_and_what_is_a_card_key(site: Site) -> None:
    actor, soon = Actor("system"), clock.now() + timedelta(days=9)
    goods = [
        SaveProduct(
            id=new_id(site.shop_id),
            shop_id=site.shop_id,
            title=title,
            kind=kind,
            skus=(SaveSku(id=new_id(site.shop_id), price=100),),
            actor=actor,
            state=ProductState.LISTED,
            delivery=delivery,
            presale=presale,
        )
        for title, kind, delivery, presale in (
            ("早春的青梅", "果", Delivery.PHYSICAL, Presale(ends_at=soon, ships_at=soon)),
            ("读书会的月卡", "卡", Delivery.VIRTUAL, None),
        )
    ]
    async with site.program.database.transaction() as tx:
        assert {each.status for each in await save_products(tx, goods)} == {SaveProductStatus.CREATED}
        await store_keys(tx, [upload(site.shop_id, goods[1].skus[0].id, ["KEY-0001"])])
        plums = SetStock(sku_id=goods[0].skus[0].id, shop_id=site.shop_id, on_hand=5, actor=actor)
        await set_stock(tx, [plums])
    await site.settle()
    async with site.browser() as browser:
        await browser.visit("/")
        assert ("预售" in browser.text, "自动发卡密" in browser.text) == (True, True)
        assert browser.statements <= STATEMENTS_MAX
        for query, tags in (("青梅", (True, False)), ("月卡", (False, True)), ("桂花", (False, False))):
            await browser.visit(f"/search?q={query}")
            assert ("预售" in browser.text, "自动发卡密" in browser.text) == tags, query
            assert browser.statements <= STATEMENTS_MAX


async def test_nothing_found_says_what_to_do(site: Site) -> None:
    async with site.browser() as browser:
        await browser.visit("/search?q=xyzw&stock=1")
        assert "没有找到「xyzw」" in browser.text
        assert "/search?q=xyzw" in browser.links
        await browser.visit("/search?q=guihua")
        assert "你要找的可能是 桂花" in browser.text
        assert "/search?q=%E6%A1%82%E8%8A%B1" in browser.links


async def test_what_three_visitors_search_is_hot_until_it_is_hidden(site: Site) -> None:
    operator_id = await site.person("wen", "文山")
    async with site.program.database.transaction() as tx:
        grant = GrantRole(person_id=operator_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("person", operator_id))
        await grant_roles(tx, [grant])
    for number in range(3):
        handle = f"visitor{number}"
        await site.person(handle)
        async with site.browser(handle) as browser:
            for query in ("乌龙茶", "没有的", "乌龙茶", "wulongcha"):
                await browser.visit(f"/search?q={query}")
    async with site.browser() as stranger, site.browser("wen") as operator:
        await stranger.visit("/search")
        assert stranger.statements <= STATEMENTS_MAX
        assert "大家在搜 1 乌龙茶 逛逛这些 茶" in stranger.text
        await stranger.visit("/search/suggestions?q=乌")
        assert stranger.text.startswith("乌龙茶 ")
        await stranger.visit("/operator/words")
        assert stranger.path.startswith("/sign-in")
        await operator.visit("/operator/words")
        assert operator.statements <= STATEMENTS_MAX
        await operator.send("/concealment", word="烏龍茶")
        assert "已隐藏" in operator.text
        await stranger.visit("/search")
        assert "大家在搜" not in stranger.text
        await operator.send("/concealment", word="！")
        assert "没有可以搜索的字" in operator.text
        await operator.send("/showing", word="乌龙茶")
        await stranger.visit("/search")
        assert "大家在搜" in stranger.text
        await operator.visit("/operator/audit")
        assert "WordHidden" in operator.page


async def test_somebody_who_is_no_operator_hides_nothing(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit("/operator/words")
        assert browser.status == 403


async def test_the_index_follows_what_shops_do(site: Site) -> None:
    program = site.program

    async def found() -> int:
        async with program.database.read() as reader:
            return (await find_products(reader, Search(text="乌龙茶"))).total

    assert await found() == 1
    withdraw = WithdrawProduct(
        product_id=site.product_id, shop_id=site.shop_id, actor=Actor("merchant", site.seller_id)
    )
    async with program.database.transaction() as tx:
        await withdraw_products(tx, [withdraw])
    await site.settle()
    assert await found() == 0


async def test_an_index_that_was_lost_is_built_anew(site: Site) -> None:
    database = site.program.database

    async def lose() -> None:
        async with database.pool.acquire() as connection:
            await connection.execute("delete from search.products")

    async def found() -> int:
        async with database.read() as reader:
            return (await find_products(reader, Search(text="乌龙茶"))).total

    for lanes in (Lanes(1), Lanes(2)):
        await lose()
        assert [seen async for seen in rebuild(database, lanes)] == [1]
        assert await found() == 1
        await lose()
        assert await Mender(lanes).work(database, 500) == 1
        assert await found() == 1
        assert await Mender(lanes).work(database, 500) == 0


async def test_programs_search_as_pages_do(site: Site) -> None:
    async with site.browser() as browser:
        answer = (await browser.client.get("/api/v1/products/search", params={"q": "guihua"})).json()
        assert (answer["meant"], answer["is_similar"], answer["items"][0]["id"]) == ("桂花", True, str(site.product_id))
        answer = (await browser.client.get("/api/v1/products/search", params={"q": "乌龙", "price_max": 1})).json()
        assert (answer["items"], answer["total"]) == ([], 0)
        answer = (await browser.client.get("/api/v1/products/suggestions", params={"q": "gh"})).json()
        assert answer == {"words": [], "titles": ["手工桂花乌龙茶"]}
        assert (await browser.client.get("/api/v1/products/search", params={"after": "x"})).status_code == 400
        assert (await browser.client.get("/api/v1/hot-words")).status_code == 401


async def test_one_address_may_not_search_without_end(site: Site) -> None:
    async with site.browser() as browser:
        (rates,) = (part for part in site.app.app.middleware if isinstance(part, RateMiddleware))
        assert await rates.limiter.hit(parse(SEARCHES), "search", "203.0.113.7", cost=597)  # As if they had searched.
        codes = [(await browser.client.get("/search")).status_code for _ in range(4)]
    assert (SEARCHES, codes) == ("600/minute", [200, 200, 200, 429])
