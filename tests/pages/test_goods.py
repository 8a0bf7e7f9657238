"""Proves of goods in bulk, their categories and their states: pages do what they say, without a script, within three
statements, and for nobody else's shop."""

import asyncio
import re
from html import unescape
from uuid import UUID

from msgspec.structs import replace

from tests.orders.market import WAITING
from tests.pages.site import PRICES, Browser, Site, forms_of
from weiji.catalog import (
    SKUS_MAX,
    Option,
    ProductPage,
    ProductState,
    ReviewRules,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
    get_categories,
    get_product_page,
    get_products,
    save_products,
)
from weiji.catalog.operations import REVIEW_RULES
from weiji.catalog.product_forms import SKUS_SHOWN
from weiji.catalog.stock_notices import StockWatch
from weiji.events import Actor
from weiji.freight import AssignTemplate, Method, PutTemplate, Template, Way, Zone, assign_templates, put_templates
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.inventory import SetStock, lock_stock, set_stock
from weiji.kit.ids import new_id
from weiji.kit.jobs import LIMIT
from weiji.rulebook import PublishRules, publish_rules
from weiji.shops import OpenShop, open_shops

STATEMENTS_MAX = 3


async def product_of(site: Site) -> ProductPage:
    async with site.program.database.read() as reader:
        product = await get_product_page(reader, site.product_id)
    assert product
    return product


def seller_of(site: Site) -> str:
    return f"s{site.seller_id.hex[-8:]}"


async def preview(site: Site, browser: Browser, **fields: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    page = await browser.visit(f"/merchant/{site.shop_id}/goods/changes?product={site.product_id}&{query}")
    assert browser.statements <= STATEMENTS_MAX
    return page


async def test_many_prices_are_lowered_as_they_were_shown(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/goods"
    async with site.browser(seller_of(site)) as seller, site.browser() as stranger:
        page = await seller.visit(here)
        assert f'name="product" value="{site.product_id}"' in page
        await preview(site, seller, what="price", how="lower_percent", by="12.5", keeps="1")
        assert "85.75" in seller.text  # 98.00 less an eighth, and 198.00.
        assert "173.25" in seller.text
        seen = re.findall(r'name="seen" value="([^"]+)"', unescape(seller.page))
        await post(seller, site, seen, what="price", how="lower_percent", by="12.5", keeps="1")
        assert seller.path == here, seller.text

        product = await product_of(site)
        assert [(sku.price, sku.compare_at) for sku in product.skus] == [(85_75, 98_00), (173_25, 198_00)]
        await stranger.visit(f"/products/{site.product_id}")
        assert "降价前 30 天内最低价 ¥98.00" in stranger.text
        assert stranger.statements <= STATEMENTS_MAX


async def post(browser: Browser, site: Site, seen: list[str], **fields: str) -> int:
    """Send the second form of the page, with what the preview had."""
    token = re.findall(r'name="csrf_token" value="(\w+)"', browser.page)[0]
    data = {"csrf_token": token, "product": str(site.product_id), "seen": seen, **fields}
    answer = await browser.client.post(f"/merchant/{site.shop_id}/goods/changes", data=data, follow_redirects=True)
    browser._take(answer)
    return answer.status_code


async def test_what_moved_meanwhile_is_shown_again_and_not_overwritten(site: Site) -> None:
    async with site.browser(seller_of(site)) as seller:
        page = unescape(await preview(site, seller, what="stock", how="raise", by="5"))
        seen = re.findall(r'name="seen" value="([^"]+)"', page)
        assert len(seen) == 2
        counted = SetStock(sku_id=site.skus[0], shop_id=site.shop_id, on_hand=9, actor=Actor("person", site.seller_id))
        async with site.program.database.transaction() as tx:
            await set_stock(tx, [counted])
        assert await post(seller, site, seen, what="stock", how="raise", by="5") == 409
        assert "刚才有变动" in seller.text
        assert [sku.on_hand for sku in (await product_of(site)).skus] == [9, 50]
        seen = re.findall(r'name="seen" value="([^"]+)"', unescape(seller.page))
        assert await post(seller, site, seen, what="stock", how="raise", by="5") == 200
        assert [sku.on_hand for sku in (await product_of(site)).skus] == [14, 55]


async def test_saving_a_product_takes_turns_with_its_sales(site: Site) -> None:
    """Whoever sells locks stock before the head of the shop's stream; the other way round each waited for the other."""
    async with site.browser(seller_of(site)) as seller:
        await seller.visit(f"/merchant/{site.shop_id}/goods/{site.product_id}")
        assert re.search(rf"http\S+/products/{site.product_id}", seller.text), "it can be sent on"
        async with site.program.database.transaction() as tx:
            await lock_stock(tx, site.skus)
            saving = asyncio.create_task(seller.send("/goods/", title="新的名字", sku_0_stock="41", then="save"))
            async with site.program.database.read() as reader:
                while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                    assert not saving.done(), "it did not wait"
                    await asyncio.sleep(0.01)
            await tx.connection.execute("set local lock_timeout = '1ms'")
            await tx.connection.execute("select from events.heads where stream = $1 for no key update", site.shop_id)
        await saving
        product = await product_of(site)
        assert (product.title, product.skus[0].on_hand) == ("新的名字", 41)


async def test_what_can_not_be_is_said_and_changes_nothing(site: Site) -> None:
    async with site.browser(seller_of(site)) as seller:
        for what, how, by, complaint in (
            ("price", "lower", "98", "价格要在"),
            ("price", "lower_percent", "100", "价格要在"),
            ("stock", "lower", "51", "库存不能小于"),
            ("price", "set", "abc", "写成 5"),
            ("stock", "raise_percent", "10", "写成 5"),
        ):
            page = unescape(await preview(site, seller, what=what, how=how, by=by))
            assert complaint in seller.text, (what, how, by)
            assert 'name="seen"' not in page
        assert (
            await post(
                seller,
                site,
                [f"{sku}:{p}" for sku, p in zip(site.skus, PRICES, strict=True)],
                what="price",
                how="lower",
                by="98",
            )
            == 200
        )
        assert [sku.price for sku in (await product_of(site)).skus] == list(PRICES)
        await seller.visit(f"/merchant/{site.shop_id}/goods/changes")
        assert "还没有选商品" in seller.text


async def test_other_peoples_goods_are_not_changed(site: Site) -> None:
    await site.person("mei")
    other = UUID(int=site.shop_id.int ^ (1 << 80))
    async with site.browser("mei") as stranger, site.browser(seller_of(site)) as seller:
        await stranger.visit(f"/merchant/{site.shop_id}/goods/changes?product={site.product_id}")
        assert stranger.status == 404
        await seller.visit(f"/merchant/{other}/goods/changes?product={site.product_id}")
        assert seller.status == 404


async def test_a_product_is_in_a_category_and_says_what_it_asks(site: Site) -> None:
    async with site.program.database.read() as reader:
        tea = next(each for each in (await get_categories(reader)).all() if each.name == "茶")
    path = f"/merchant/{site.shop_id}/goods/{site.product_id}"
    async with site.browser(seller_of(site)) as seller, site.browser() as stranger:
        await seller.visit(path)
        assert seller.statements <= STATEMENTS_MAX
        await seller.send(path, category_id=str(tea.id), title="手工桂花乌龙茶", then="save")
        assert seller.status == 422
        assert "这个类目要写明这一项" in seller.text
        wrong = {"attribute_net_weight": "many", "attribute_shelf_life": "540", "attribute_origin": "武夷山"}
        await seller.send(path, **wrong, then="save")
        assert (seller.status, "请填一个数字" in seller.text) == (422, True)
        await seller.send(path, attribute_net_weight="250", attribute_tea_kind="乌龙茶", then="save")
        assert seller.status == 200, seller.text
        product = await product_of(site)
        assert product.attributes == {
            "net_weight": "250",
            "shelf_life": "540",
            "origin": "武夷山",
            "tea_kind": "乌龙茶",
        }

        await stranger.visit(f"/products/{site.product_id}")
        assert "净含量 250 g" in stranger.text
        assert stranger.statements <= STATEMENTS_MAX
        await stranger.visit("/categories")
        assert stranger.statements <= STATEMENTS_MAX
        for id in (tea.id, tea.parent_id):
            await stranger.visit(f"/categories/{id}")
            assert product.title in stranger.text
            assert stranger.statements <= STATEMENTS_MAX
        await stranger.visit(f"/categories/{site.product_id}")
        assert stranger.status == 404


async def test_the_operator_makes_and_changes_categories(site: Site) -> None:
    boss = await site.person("boss", "文山")
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [GrantRole(person_id=boss, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))])
    async with site.browser("boss") as operator, site.browser() as stranger, site.browser(seller_of(site)) as seller:
        await seller.visit("/operator/categories")
        assert seller.status == 403
        await operator.visit("/operator/categories")
        assert operator.statements <= STATEMENTS_MAX
        await operator.visit("/operator/categories/new")
        row = {"attribute_0_name": "窑口", "attribute_0_kind": "choice", "attribute_0_more": "龙泉，景德镇"}
        await operator.send("/operator/categories/", name="瓷器", name_en="Porcelain", **row)
        assert operator.path == "/operator/categories"
        async with site.program.database.read() as reader:
            made = next(each for each in (await get_categories(reader)).all() if each.name == "瓷器")
        assert made.attributes[0].choices == ("龙泉", "景德镇")
        await stranger.visit("/categories")
        assert "瓷器" in stranger.text

        path = f"/operator/categories/{made.id}"
        await operator.visit(path)
        await operator.send(path, parent_id=str(made.id))
        assert (operator.status, "不能放到自己里面" in operator.text) == (422, True)
        await operator.visit(path)
        await operator.send(path, is_retired="1")
        assert "停用" in operator.text
        await stranger.visit("/categories")
        assert "瓷器" not in stranger.text


async def test_a_product_with_as_many_skus_as_may_be_is_edited_a_part_at_a_time(site: Site) -> None:
    """Not all of its combinations are sold, and one of its colours has a comma in its name."""
    names = ("青,白", *(f"颜色 {n}" for n in range(63)))
    sizes = tuple(f"{n} 码" for n in range(33))
    chosen = [(name, size) for name in names for size in sizes][:SKUS_MAX]
    seller = Actor("merchant", site.seller_id)
    command = SaveProduct(
        id=new_id(site.shop_id),
        shop_id=site.shop_id,
        title="什么颜色都有的袜子",
        options=(Option("颜色", names), Option("尺码", sizes)),
        skus=tuple(SaveSku(id=new_id(site.shop_id), choices=choices, price=9_90) for choices in chosen),
        state=ProductState.LISTED,
        actor=seller,
    )
    last = command.skus[SKUS_MAX - 1]
    async with site.program.database.transaction() as tx:
        assert [result.status for result in await save_products(tx, [command])] == [SaveProductStatus.CREATED]
        await set_stock(tx, [SetStock(sku_id=last.id, shop_id=site.shop_id, on_hand=3, actor=seller)])
    path = f"/merchant/{site.shop_id}/goods/{command.id}"
    async with site.browser(seller_of(site)) as desk, site.browser() as stranger:
        await desk.visit(f"{path}?first={SKUS_MAX - SKUS_MAX % SKUS_SHOWN}")
        assert desk.statements <= STATEMENTS_MAX
        assert f"到 {SKUS_MAX} 种" in desk.text
        await desk.send(path, title="袜子", then="save", **{f"sku_{SKUS_MAX - 1}_price": "8.80"})
        assert desk.status == 200, desk.text
        async with site.program.database.read() as reader:
            saved = await get_product_page(reader, command.id)
        assert saved
        assert (saved.title, saved.options) == ("袜子", command.options)
        assert [(sku.id, sku.choices, sku.price) for sku in saved.skus] == [
            (sku.id, sku.choices, 8_80 if sku is last else 9_90) for sku in command.skus
        ]
        assert saved.skus[-1].on_hand == 3
        page = await stranger.visit(f"/products/{command.id}")
        assert stranger.statements <= STATEMENTS_MAX
        assert page.count(str(last.id)) == 1
        await desk.visit(f"/merchant/{site.shop_id}/stock")
        assert f"还有 {SKUS_MAX - 100} 种规格没有列出来" in desk.text


async def test_what_the_table_has_no_room_for_asks_for_one_price(site: Site) -> None:
    """Twelve colours in twelve sizes: a hundred are in the table, and the others have the price beside it."""
    here = f"/merchant/{site.shop_id}/goods"
    async with site.browser(seller_of(site)) as desk:
        await desk.visit(f"{here}/new")
        (action,) = {form.action for form in forms_of(desk.page) if re.search(r"/goods/[0-9a-f-]{36}$", form.action)}
        many = {"option_0_name": "颜色", "option_1_name": "尺码"}
        many |= {f"option_{n}_values": "，".join(f"{n}{value}" for value in range(12)) for n in (0, 1)}
        await desk.send(action, title="很多规格", then="spread", **many)
        prices = {f"sku_{n}_price": "9.90" for n in range(SKUS_SHOWN)}
        await desk.send(action, then="draft", **prices)
        assert desk.status == 422
        assert desk.page.count('aria-invalid="true"') == 1
        assert "表里没有列出的规格还没有价格" in desk.text
        await desk.send(action, then="draft", price="8.80")
        assert desk.status == 200, desk.text
        async with site.program.database.read() as reader:
            saved = await get_product_page(reader, UUID(action[-36:]))
        assert saved
        assert [sku.price for sku in saved.skus] == [9_90] * SKUS_SHOWN + [8_80] * (144 - SKUS_SHOWN)


async def test_goods_that_go_by_weight_and_have_none_are_told_of(site: Site) -> None:
    async with site.browser(seller_of(site)) as browser:
        desk = f"/merchant/{site.shop_id}"
        form, freight = f"{desk}/freight/products/{site.product_id}/weight", f"{desk}/goods/unweighed"
        zone = Zone(first=1000, first_price=800, extra=1000, extra_price=200)
        template = Template(
            id=new_id(site.shop_id),
            shop_id=site.shop_id,
            name="按件",
            method=Method.PIECE,
            zones=(zone,),
            is_default=True,
        )
        product = await product_of(site)

        async def warned() -> list[bool]:
            said = []
            for path in (form, form + "?weight=250", freight):
                await browser.visit(path)
                said.append("只收首重的钱" in browser.text)
            return said

        for method, expected in ((Method.PIECE, [False, False, False]), (Method.WEIGHT, [True, False, True])):
            put = PutTemplate(template=replace(template, method=method), actor=Actor("merchant", site.seller_id))
            await site.program.batchers.of(put_templates, "template.shop_id").submit(put)
            assert await warned() == expected
        assert product.title in browser.text
        free = AssignTemplate(product_id=site.product_id, shop_id=site.shop_id, way=Way.FREE)
        await site.program.batchers.of(assign_templates, "shop_id").submit(free)
        assert await warned() == [False, False, False]


async def test_goods_that_run_out_are_told_of(site: Site) -> None:
    here = f"/merchant/{site.shop_id}"
    async with site.browser(seller_of(site)) as seller:
        await seller.visit(here)
        assert "库存不多" not in seller.text
        path = f"{here}/goods/{site.product_id}"
        await seller.visit(path)
        await seller.send(path, sku_0_low_stock="50", sku_1_low_stock="x", then="save")
        assert seller.status == 422
        await seller.send(path, sku_1_low_stock="49", then="save")
        await StockWatch().look(site.program.database, LIMIT)  # As the clock does, each half a minute.
        await seller.visit(here)
        assert "1 种规格库存不多了" in seller.text
        assert seller.statements <= STATEMENTS_MAX
        await seller.visit(f"{here}/goods?tab=low")
        assert "手工桂花乌龙茶" in seller.text
        assert seller.statements <= STATEMENTS_MAX
        stock = [SetStock(sku_id=id, shop_id=site.shop_id, on_hand=0, actor=Actor("system")) for id in site.skus]
        async with site.program.database.transaction() as tx:
            await set_stock(tx, stock)
        await seller.visit(f"{here}/goods?tab=sold_out")
        assert "卖完了" in seller.text
        assert "手工桂花乌龙茶" in seller.text


async def test_many_goods_are_listed_and_withdrawn_with_an_answer_for_each(site: Site) -> None:
    actor = Actor("system")
    draft_id, other_shop, owner_id = new_id(site.shop_id), new_id(), await site.person("other")
    other_id = new_id(other_shop)
    async with site.program.database.transaction() as tx:
        await open_shops(
            tx, [OpenShop(id=other_shop, handle="other-shop", name="别家", owner_id=owner_id, actor=actor)]
        )
        for id, shop_id, title in ((draft_id, site.shop_id, "没上过架的茶"), (other_id, other_shop, "别家的杯子")):
            sku = SaveSku(id=new_id(shop_id), choices=(), price=100)
            command = SaveProduct(id=id, shop_id=shop_id, title=title, skus=(sku,), actor=actor)
            (saved,) = await save_products(tx, [command])
            assert saved.status is SaveProductStatus.CREATED
    here = f"/merchant/{site.shop_id}/goods"
    async with site.browser(seller_of(site)) as seller, site.browser("other") as stranger:

        async def many(then: str, *ids: object) -> dict[str, str]:
            await seller.visit(here)
            assert seller.statements <= STATEMENTS_MAX
            token = re.findall(r'name="csrf_token" value="(\w+)"', seller.page)[0]
            data = {"csrf_token": token, "then": then, "product": [str(id) for id in ids]}
            seller._take(await seller.client.post(f"{here}/many", data=data, follow_redirects=True))
            rows = re.findall(r'<th scope="row">(.*?)</th><td[^>]*>(.*?)</td>', seller.page, re.DOTALL)
            return {title: re.sub(r"<[^>]+>", "", answer).strip() for title, answer in rows}

        tea, draft, unknown = "手工桂花乌龙茶", "没上过架的茶", "–"
        asked = (site.product_id, draft_id, other_id)
        assert await many("list", *asked) == {tea: "本来就在卖", draft: "已上架", unknown: "没有这件商品"}
        assert "别家的杯子" not in seller.text
        assert await many("withdraw", *asked) == {tea: "已下架", draft: "已下架", unknown: "没有这件商品"}
        assert await many("withdraw", site.product_id) == {tea: "本来就没有在卖"}
        async with site.program.database.read() as reader:
            found = await get_products(reader, [site.product_id, draft_id, other_id])
        assert [each and each.state for each in found] == [
            ProductState.WITHDRAWN,
            ProductState.WITHDRAWN,
            ProductState.DRAFT,
        ]

        async with site.program.database.transaction() as tx:
            rules = PublishRules(
                of=REVIEW_RULES, version=2, rules=ReviewRules(everything=True), reason="试一试", actor=actor
            )
            await publish_rules(tx, [rules])
        assert await many("list", draft_id) == {draft: "交给平台看了"}
        assert await many("list") == {}
        assert "先勾选要一起改的商品" in seller.text
        assert await many("list", "no-id", "0") == {}
        await stranger.visit("/me/addresses/new")
        token = re.findall(r'name="csrf_token" value="(\w+)"', stranger.page)[0]
        answer = await stranger.client.post(f"{here}/many", data={"csrf_token": token, "then": "list"})
        assert answer.status_code == 404


async def test_the_texts_of_a_form_with_pictures_are_no_more_than_those_of_another(site: Site) -> None:
    """Else so many words as a body with pictures may have would be read, refused, and shown again."""
    path = f"/merchant/{site.shop_id}/goods/{site.product_id}"
    async with site.browser(seller_of(site)) as browser:
        await browser.visit(path)
        form = next(form for form in forms_of(browser.page) if form.action == path)
        picture = {"picture_file": ("tea.jpg", b"\xff" * 3 * 1024**2, "image/jpeg")}
        for much, status in (({"description": "茶" * 1024**2}, 413), ({"description": "茶" * 9}, 422)):
            sent = {**dict(form.fields), "title": "", **much}
            for files in (picture, None):
                browser._take(await browser.client.post(path, data=sent, files=files))
                assert browser.status == status, browser.text
                assert ("太大了" in browser.text) is (status == 413)
                assert len(browser.page) < 200_000
