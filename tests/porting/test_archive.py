"""Proves that an archive gives the same shop in another installation: its goods whole, and its past to be read."""

import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.catalog.examples import opened_shop
from tests.conftest import LANES
from tests.databases import copied
from tests.identity.people import make_people
from tests.media.examples import picture
from tests.media.test_videos import STEAM
from tests.orders.market import Market, open_market
from tests.porting.examples import export, goods_of, import_file, read_lines, read_run, undo, upload, work
from tests.porting.goods import products
from weiji.aftersale import ReturnAddress, SetReturnAddress, get_return_addresses, set_return_addresses
from weiji.catalog import (
    Attribute,
    ChangePrice,
    Picture,
    ProductPage,
    SaveCategory,
    Tree,
    change_prices,
    get_categories,
    save_categories,
    save_products,
)
from weiji.demo import films
from weiji.events import BY_SYSTEM, Actor
from weiji.freight import (
    AssignTemplate,
    Method,
    PutTemplate,
    Template,
    Way,
    Zone,
    assign_templates,
    get_templates,
    put_templates,
)
from weiji.identity import GrantRole, RevokeRole, Role, grant_roles, revoke_roles
from weiji.inventory import SaveWarehouse, SetStock, get_warehouses, save_warehouses, set_stock
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import chart, lookup_accounts
from weiji.media import ShowVideo, files, show_videos, upload_pictures, upload_video
from weiji.orders.invoices.model import IssueInvoice, OfferInvoices, RequestInvoice, Title, TitleKind
from weiji.orders.invoices.operations import issue_invoices, offer_invoices, request_invoices
from weiji.orders.invoices.store import get_offering
from weiji.porting import Contents, Fault, HistoryKind, RunState, SaveLabel, exporting, get_history, save_labels, store
from weiji.porting.importing import take
from weiji.porting.pictures import Bringer
from weiji.porting.readers import open_goods
from weiji.porting.readers.archive import DESIGN, LINE_MAX
from weiji.porting.records import ProductRecord, ProfileRecord, SettingsRecord, record_of, saved
from weiji.porting.worker import Session
from weiji.settings import Settings
from weiji.shops import COLOUR_DEFAULT, NO_SHOP, UpdateShop, get_shops, update_shops
from weiji.storefronts import (
    Banner,
    Chosen,
    Design,
    Grid,
    Heading,
    Look,
    PublishDesign,
    SaveDraft,
    Slide,
    Story,
    ToProduct,
    get_storefront,
    publish_designs,
    save_drafts,
)
from weiji.web.pictures import read_address


@asynccontextmanager
async def installed(server_url: str, template: str) -> AsyncIterator[Database]:
    """Another installation: a database of its own."""
    async with copied(server_url, template, "elsewhere") as url:
        database = await Database.connect(url)
        try:
            yield database
        finally:
            await database.close()


async def add_category(database: Database, *, asks_for: str = "age") -> None:
    """Make a category below 食品, with an attribute that must be said."""
    async with database.transaction() as tx:
        tree = await get_categories(tx)
        food = tree.find(["食品"])
        assert food
        attribute = Attribute(key=asks_for, name=asks_for, is_required=True)
        command = SaveCategory(id=new_id(), name="老茶", parent_id=food.id, attributes=(attribute,), actor=BY_SYSTEM)
        assert await save_categories(tx, [command]) == ["created"]


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator[Market]:
    """A shop with all there is: a story, goods with pictures in a category, prices that changed, orders, money."""
    async with open_market(database, Lanes(LANES)) as market:
        await _fill(database, market, tmp_path)
        yield market


async def _fill(database: Database, market: Market, data: Path) -> None:
    buyer, other = new_id(), new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.ship(order_id)
    await market.place(other)
    await add_category(database)
    content = [picture(60, 40), picture(50, 40)]
    uploaded = await upload_pictures(market.batchers, Settings(data=data), market.shop_id, content)
    urls = [each.url for each in uploaded if each.url]
    video = await upload_video(market.batchers, Settings(data=data), market.shop_id, STEAM)
    assert video.url
    (cup,) = (await goods_of(database, market.shop_id)).values()
    async with database.transaction() as tx:
        category = (await get_categories(tx)).find(["食品", "老茶"])
        assert category
        shown = replace(
            saved(cup, BY_SYSTEM),
            pictures=tuple(Picture(url=url, width=60 - 10 * n, height=40) for n, url in enumerate(urls)),
            category_id=category.id,
            attributes={"age": "十年", "net_weight": "50", "shelf_life": "3650"},
        )
        shown = replace(shown, skus=(replace(shown.skus[0], picture=urls[1], low_stock=3), *shown.skus[1:]))
        (result,) = await save_products(tx, [shown])
        assert result.status == "updated", result
        change = ChangePrice(
            sku_id=cup.skus[0].id,
            product_id=cup.id,
            shop_id=market.shop_id,
            price_before=9_800,
            price=8_800,
            compare_at=9_800,
            actor=BY_SYSTEM,
        )
        assert await change_prices(tx, [change]) == ["changed"]
        show = ShowVideo(
            holder_id=cup.id, owner_id=market.shop_id, url=video.url, cover=urls[1], alt="热气", actor=BY_SYSTEM
        )
        assert await show_videos(tx, [show]) == ["done"]
        said = [
            SaveLabel(shop_id=market.shop_id, label="Old tea", category_id=category.id),
            SaveLabel(shop_id=market.shop_id, label="Odds and ends"),
        ]
        assert await save_labels(tx, said) == ["saved"] * 2
        about = UpdateShop(shop_id=market.shop_id, actor=BY_SYSTEM, story="从一只杯子开始。", colour="#336699")
        await update_shops(tx, [about])
    await _set_up(database, market, cup, urls)
    await _make_out(database, buyer, order_id, market.shop_id)


async def _set_up(database: Database, market: Market, cup: ProductPage, urls: Sequence[str]) -> None:
    """Say how the shop is set up, and how its page looks."""
    shop_id = market.shop_id
    paper, glass, south = new_id(shop_id), new_id(shop_id), new_id(shop_id)
    anywhere = Zone(first=1, first_price=800, extra=1, extra_price=200)
    islands = Zone(regions=("460000",), first=1, first_price=2_000, extra=1, extra_price=900, free_amount=90_000)
    templates = [
        Template(id=paper, shop_id=shop_id, name="纸箱", method=Method.PIECE, zones=(anywhere,), is_default=True),
        Template(
            id=glass,
            shop_id=shop_id,
            name="易碎",
            method=Method.PIECE,
            zones=(anywhere, islands),
            excluded=("810000",),
        ),
    ]
    slide = Slide("从杯子开始", picture=urls[0], alt="杯子", target=ToProduct(cup.id))
    blocks = (
        Banner(new_id(shop_id), (slide, Slide(picture=urls[1], alt="茶"))),
        Grid(new_id(shop_id), Chosen((cup.id,)), "招牌"),
        Story(new_id(shop_id), "关于我们", urls[1], "老周"),
    )
    design = Design(Look(logo=urls[0], motto="慢慢来"), blocks)
    draft = Design(design.look, (*blocks, Heading(new_id(shop_id), "还没发布")))
    async with database.transaction() as tx:
        assert set(await put_templates(tx, [PutTemplate(template=each, actor=BY_SYSTEM) for each in templates])) == {
            "created"
        }
        assign = AssignTemplate(product_id=cup.id, shop_id=shop_id, way=Way.TEMPLATE, template_id=glass)
        assert await assign_templates(tx, [assign]) == ["assigned"]
        warehouses = [
            SaveWarehouse(id=shop_id, shop_id=shop_id, name="杭州", region_code="330106", actor=BY_SYSTEM),
            SaveWarehouse(id=south, shop_id=shop_id, name="广州", region_code="440100", priority=5, actor=BY_SYSTEM),
        ]
        assert set(await save_warehouses(tx, warehouses)) == {"saved"}
        stock = SetStock(sku_id=cup.skus[1].id, shop_id=shop_id, on_hand=7, warehouse_id=south, actor=BY_SYSTEM)
        assert await set_stock(tx, [stock]) == ["set"]
        address = ReturnAddress(name="老周", phone="13800138000", region="浙江省杭州市西湖区", detail="文三路 1 号")
        assert await set_return_addresses(
            tx, [SetReturnAddress(shop_id=shop_id, address=address, actor=BY_SYSTEM)]
        ) == ["set"]
        assert await offer_invoices(tx, [OfferInvoices(shop_id=shop_id, is_offered=True, actor=BY_SYSTEM)]) == ["put"]
        command = SaveDraft(shop_id=shop_id, design=design, version=0, actor=BY_SYSTEM)
        assert (await save_drafts(tx, [command]))[0].status == "saved"
        assert (await publish_designs(tx, [PublishDesign(shop_id=shop_id, version=1, actor=BY_SYSTEM)]))[
            0
        ].status == "published"
        command = SaveDraft(shop_id=shop_id, design=draft, version=1, actor=BY_SYSTEM)
        assert (await save_drafts(tx, [command]))[0].status == "saved"


PAPER = b"%PDF-1.7 an invoice"


async def _make_out(database: Database, buyer: UUID, order_id: UUID, shop_id: UUID) -> None:
    """Ask for the invoice of an order, and make it out."""
    title = Title(kind=TitleKind.PERSON, name="李雷")
    ask = RequestInvoice(order_id=order_id, title=title, actor=Actor("buyer", buyer))
    issue = IssueInvoice(
        id=new_id(shop_id),
        order_id=order_id,
        shop_id=shop_id,
        number="12345678",
        issued_on=clock.now().astimezone(clock.SHANGHAI).date(),
        content=PAPER,
        actor=BY_SYSTEM,
    )
    async with database.transaction() as tx:
        assert await request_invoices(tx, [ask]) == ["requested"]
        assert await issue_invoices(tx, [issue]) == ["issued"]


async def opened(database: Database) -> UUID:
    """Open a shop that has nothing yet."""
    async with database.transaction() as tx:
        return await opened_shop(tx)


async def bring(database: Database, data: Path) -> None:
    """Bring the pictures of what was imported."""
    batchers = Batchers(database, Lanes(LANES))
    bringer = Bringer(database, batchers, Settings(data=data))
    while await bringer.work():
        pass
    bringer.close()
    await batchers.close()


async def whole_shop(database: Database, shop_id: UUID, data: Path) -> object:
    """All that makes a shop, but for ids and what the addresses of its pictures are."""
    async with database.read() as reader:
        tree = await get_categories(reader)
        (about,) = await get_shops(reader, [shop_id])
    assert about
    with zipfile.ZipFile(BytesIO(await export(database, shop_id, Contents.ARCHIVE, data))) as package:
        lines = {
            name: sorted(
                (msgspec.json.decode(line) for line in package.read(name).splitlines()), key=lambda each: each["id"]
            )
            for name in ("orders.jsonl", "statements.jsonl", "invoices.jsonl", "reviews.jsonl", "customers.jsonl")
        }
        set_up = settled(package)
        papers = {name: package.read(name) for name in package.namelist() if name.startswith("invoices/")}
        prices = [msgspec.json.decode(line) for line in package.read("prices.jsonl").splitlines()]
    goods = {handle: plain(record_of(each, tree)) for handle, each in (await goods_of(database, shop_id)).items()}
    # What a SKU costs from its import on is added to what it cost elsewhere.
    costs = {(each["handle"], *each["choices"], each["price"], each["compare_at"]) for each in prices}
    return goods, lines, costs, about.story, about.colour, set_up, papers


def settled(package: zipfile.ZipFile) -> object:
    """How a shop is set up, how its page looks, by which template and from where its goods are sent, without ids."""
    told = msgspec.json.decode(package.read("settings.json"))
    for part in (*told["templates"], *told["warehouses"]):
        del part["id"]
    goods = [msgspec.json.decode(line) for line in package.read("goods.jsonl").splitlines()]
    places = {
        each["handle"]: (
            each["freight"] and (each["freight"]["way"], each["freight"]["name"]),
            [[(shelf["name"], shelf["on_hand"]) for shelf in sku["shelves"]] for sku in each["skus"]],
            [sku["low_stock"] for sku in each["skus"]],
        )
        for each in goods
    }
    page = package.read("design.json").decode()
    record = msgspec.json.decode(page)
    for id, handle in record["products"].items():
        page = page.replace(id, handle)
    pictures = list(dict.fromkeys(re.findall(r"/media/[^\"]*", page)))
    assert len(pictures) == 2
    for number, url in enumerate(pictures):
        page = page.replace(url, str(number))
    return told, places, page


def plain(record: ProductRecord) -> ProductRecord:
    """Name pictures by their places."""
    places = {each.url: str(n) for n, each in enumerate(record.pictures)}
    assert all(read_address(url) for url in places)
    return replace(
        record,
        pictures=tuple(replace(each, url=places[each.url]) for each in record.pictures),
        skus=tuple(replace(sku, picture=places.get(sku.picture or "")) for sku in record.skus),
        video=record.video and replace(record.video, url="video", cover=places[record.video.cover]),
    )


async def test_an_archive_gives_the_same_shop_in_another_installation(
    database: Database, shop: Market, server_url: str, template: str, tmp_path: Path
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    with zipfile.ZipFile(BytesIO(data)) as package:
        (invoice,) = map(msgspec.json.decode, package.read("invoices.jsonl").splitlines())
        assert package.read(invoice["papers"][0]["file"]) == PAPER
    # What is told of settings holds the head of the shop's stream: goods, whose stock is locked before it, come after.
    session = Session(BytesIO(), open_goods(BytesIO(data), {}, clock.now()))
    assert [type(item) for item in session.next()] == [ProfileRecord, SettingsRecord]
    assert ProductRecord in map(type, session.next())
    session.close()
    ours = await whole_shop(database, shop.shop_id, tmp_path)
    theirs_path = tmp_path / "elsewhere"
    async with installed(server_url, template) as elsewhere:
        await add_category(elsewhere)
        there_id = await opened(elsewhere)
        run_id = await import_file(elsewhere, there_id, data, "shop.zip")
        await bring(elsewhere, theirs_path)
        run = await read_run(elsewhere, run_id)
        assert (run.made, run.refused, run.warned, run.pictures_taken, run.pictures_missed) == (1, 0, 0, 5, 0)
        assert run.history > 4
        assert await whole_shop(elsewhere, there_id, theirs_path) == ours
        # Pictures are files of the other installation, and money is where it was.
        (cup,) = (await goods_of(elsewhere, there_id)).values()
        for each in cup.pictures:
            found = read_address(each.url)
            assert found
            assert files.read(theirs_path, *found)
        assert cup.video
        assert files.read_video(theirs_path, cup.video.url)
        async with elsewhere.read() as reader:
            accounts = [chart.merchant_pending(there_id).id, chart.merchant_available(there_id).id]
            assert await lookup_accounts(reader, accounts) == []
        assert await elsewhere.pool.fetchval("select count(*) from orders.orders") == 0
        # And back again, over a second export: what happened here is here, and is no history.
        again = await export(elsewhere, there_id, Contents.ARCHIVE, theirs_path)
        run = await read_run(database, await import_file(database, shop.shop_id, again, "back.zip"))
        assert (run.made, run.refused) == (0, 0)
        await bring(database, tmp_path)
        assert await whole_shop(database, shop.shop_id, tmp_path) == ours
        async with database.read() as reader:
            for kind in (HistoryKind.ORDER, HistoryKind.MOVEMENT, HistoryKind.INVOICE):
                assert await get_history(reader, shop.shop_id, kind) == []


async def test_what_moves_between_two_accounts_of_the_shop_is_kept_on_both_sides(database: Database) -> None:
    transfer, elsewhere = new_id(), new_id()
    sides = {"pending": {"in": 0, "out": 500}, "available": {"in": 500, "out": 0}}
    lines = [
        {"id": transfer, "transfer": transfer, "at": clock.now(), "shop": elsewhere, "account": name, "what": "settle"}
        | sums
        for name, sums in sides.items()
    ]
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("manifest.json", msgspec.json.encode({"shop": {"id": elsewhere}}))
        package.writestr("goods.jsonl", b"")
        package.writestr("statements.jsonl", b"\n".join(map(msgspec.json.encode, lines)))
    shop_id = await opened(database)
    for times in range(2):
        run = await read_run(database, await import_file(database, shop_id, target.getvalue(), "shop.zip"))
        assert run.history == (0 if times else 2)
    async with database.read() as reader:
        found = await get_history(reader, shop_id, HistoryKind.MOVEMENT)
    assert sorted(entry.facts["account"] for entry in found) == ["available", "pending"]
    with zipfile.ZipFile(BytesIO(await export(database, shop_id, Contents.ARCHIVE))) as package:
        told = [msgspec.json.decode(line) for line in package.read("statements.jsonl").splitlines()]
    assert {(line["id"], line["account"]) for line in told} == {(str(transfer), name) for name in sides}


async def test_an_archive_that_comes_again_changes_nothing_and_is_undone_whole(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    other_id = await opened(database)
    run_id = await import_file(database, other_id, data)
    await bring(database, tmp_path)
    before = await goods_of(database, other_id)
    again = await read_run(database, await import_file(database, other_id, data))
    assert (again.made, again.changed, again.same, again.history, again.pictures) == (0, 0, 1, 0, 0)
    assert await goods_of(database, other_id) == before
    async with database.read() as reader:
        orders = await get_history(reader, other_id, HistoryKind.ORDER)
    assert [order.facts["state"] for order in orders] == ["created", "shipped"]
    assert {order.facts["address"]["name"] for order in orders} == {"李雷"}
    async with database.read() as reader:
        assert [content for _, content in await store.list_papers(reader, other_id, NO_SHOP, 9)] == [PAPER]
        assert set((await store.get_labels(reader, [other_id]))[other_id]) == {"Old tea", "Odds and ends"}
    await undo(database, run_id, other_id)
    async with database.read() as reader:
        assert await store.list_papers(reader, other_id, NO_SHOP, 9) == []
        assert await reader.value(store.SQL.get_paper_bytes, shard_of(other_id), other_id) == 0
        assert (await store.get_labels(reader, [other_id]))[other_id] == {}
        for kind in HistoryKind:
            assert await get_history(reader, other_id, kind) == []
        (about,) = await get_shops(reader, [other_id])
        assert about
        assert (about.story, about.colour) == ("", COLOUR_DEFAULT)
        assert (await get_templates(reader, [other_id]))[other_id] == []
        warehouses = await get_warehouses(reader, other_id)
        assert other_id not in await get_offering(reader, [other_id])
    # Goods may lie in a warehouse: it stays, and is shut.
    assert [(each.name, each.is_open) for each in warehouses] == [("默认仓库", True), ("广州", False)]


async def test_undoing_shows_the_video_again_that_a_product_had(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    other_id = await opened(database)
    await import_file(database, other_id, data)
    await bring(database, tmp_path)
    (cup,) = (await goods_of(database, other_id)).values()
    brought = cup.video
    assert brought
    batchers = Batchers(database, Lanes(LANES))
    other = await upload_video(batchers, Settings(data=tmp_path), other_id, films.film()[0])
    await batchers.close()
    assert other.url
    show = ShowVideo(holder_id=cup.id, owner_id=other_id, url=other.url, cover=brought.cover, alt="", actor=BY_SYSTEM)
    async with database.transaction() as tx:
        assert await show_videos(tx, [show]) == ["done"]
    run_id = await import_file(database, other_id, data)
    await bring(database, tmp_path)
    assert (await goods_of(database, other_id))[cup.handle].video == brought
    await undo(database, run_id, other_id)
    video = (await goods_of(database, other_id))[cup.handle].video
    assert video
    assert video.url == other.url


async def test_who_brings_goods_in_says_no_more_of_the_shop_than_they_may_by_hand(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    other_id = await opened(database)
    runs: list[UUID] = []
    async with database.transaction() as tx:
        clerk, manager, stranger = await make_people(tx, 3)
        roles = [(clerk, Role.GOODS), (manager, Role.MANAGER)]
        await grant_roles(
            tx,
            [
                GrantRole(person_id=id, scope=str(other_id), role=role, actor=BY_SYSTEM)
                for id, role in [*roles, (stranger, Role.GOODS)]
            ],
        )
        # Whoever lost the role since counts as what they are now.
        await revoke_roles(tx, [RevokeRole(person_id=stranger, scope=str(other_id), role=Role.GOODS, actor=BY_SYSTEM)])

    async def told(person_id: UUID) -> list[str]:
        """Import everything, and say what was not taken over."""
        run_id = await import_file(database, other_id, data, "shop.zip", Actor("merchant", person_id))
        runs.append(run_id)
        await bring(database, tmp_path)
        problems = [each for line in await read_lines(database, run_id) for each in line.problems]
        return [each.column for each in problems if each.fault is Fault.SETTING_NOT_TAKEN]

    async def said() -> tuple[bool, bool, bool, bool]:
        """Say what the shop has of its own: an address for returns, invoices, a story, a page."""
        async with database.read() as reader:
            (about,) = await get_shops(reader, [other_id])
            assert about
            return (
                other_id in await get_return_addresses(reader, [other_id]),
                other_id in await get_offering(reader, [other_id]),
                about.story != "",
                (await get_storefront(reader, other_id)).version > 0,
            )

    for person_id in (clerk, stranger):
        assert await told(person_id) == ["not_allowed"] * 3
        assert await said() == (False, False, False, False)
    async with database.read() as reader:
        assert {each.name for each in (await get_templates(reader, [other_id]))[other_id]} == {"纸箱", "易碎"}
        assert {each.name for each in await get_warehouses(reader, other_id)} == {"杭州", "广州"}
    assert await told(manager) == []
    assert await said() == (True, True, True, True)
    await undo(database, runs[-1], other_id, Actor("merchant", clerk))
    assert await said() == (True, True, True, True)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("慢慢来", r"\u0000", ["invalid_text"]),
        ("慢慢来", "慢" * 500_000, ["invalid_text"]),
        ('"/media/', r'"https://weiji.test/\u0000', []),
        ('"/media/', f'"https://weiji.test/{"a" * 3_000}', []),
    ],
)
async def test_a_page_that_nobody_could_save_is_told_of_and_the_goods_come_all_the_same(
    database: Database, shop: Market, tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    target = BytesIO()
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(target, "w") as changed:
        for name in package.namelist():
            content = package.read(name)
            changed.writestr(name, content.replace(before.encode(), after.encode()) if name == DESIGN else content)
    other_id = await opened(database)
    run_id = await import_file(database, other_id, target.getvalue(), "shop.zip")
    run = await read_run(database, run_id)
    problems = [each for line in await read_lines(database, run_id) for each in line.problems]
    assert (run.state, run.made) == (RunState.IMPORTED, 1)
    assert [each.column for each in problems] == told
    async with database.read() as reader:
        front = await get_storefront(reader, other_id)
    assert bool(front.published) is not bool(told)


async def test_an_archive_with_a_part_that_is_too_large_is_refused_and_nothing_of_it_is_taken(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    target = BytesIO()
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(target, "w") as changed:
        for name in package.namelist():
            changed.writestr(name, b" " * (LINE_MAX + 1) if name == DESIGN else package.read(name))
    other_id = await opened(database)
    run_id = await upload(database, other_id, target.getvalue(), "shop.zip")
    await work(database)
    run = await read_run(database, run_id)
    assert run.state is RunState.REFUSED
    assert run.problem
    assert (run.problem.fault, run.problem.value) == (Fault.PACKAGE_TOO_LARGE, DESIGN)
    assert await goods_of(database, other_id) == {}


async def test_a_shop_that_says_something_of_itself_keeps_it(database: Database, shop: Market, tmp_path: Path) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    other_id = await opened(database)
    async with database.transaction() as tx:
        await update_shops(tx, [UpdateShop(shop_id=other_id, actor=BY_SYSTEM, story="我的故事")])
    run_id = await import_file(database, other_id, data)
    async with database.read() as reader:
        (about,) = await get_shops(reader, [other_id])
    assert about
    assert (about.story, about.colour) == ("我的故事", "#336699")
    await undo(database, run_id, other_id)
    async with database.read() as reader:
        (after,) = await get_shops(reader, [other_id])
    assert after
    assert after.story == "我的故事"
    assert after.colour != "#336699"


async def test_an_archive_taken_back_into_its_own_shop_changes_nothing(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    before = await goods_of(database, shop.shop_id)
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    run = await read_run(database, await import_file(database, shop.shop_id, data))
    assert (run.made, run.changed, run.same, run.history, run.pictures) == (0, 0, 1, 0, 0)
    assert await goods_of(database, shop.shop_id) == before


@pytest.mark.parametrize("asks_for", ["", "origin_of_leaf"])
async def test_a_category_that_is_not_here_is_told_of_and_the_product_comes_without(
    database: Database, shop: Market, server_url: str, template: str, tmp_path: Path, asks_for: str
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    async with installed(server_url, template) as elsewhere:
        if asks_for:
            await add_category(elsewhere, asks_for=asks_for)
        there_id = await opened(elsewhere)
        run_id = await import_file(elsewhere, there_id, data)
        (line,) = [line for line in await read_lines(elsewhere, run_id) if line.product_id]
        assert [(each.fault, each.value) for each in line.problems] == [(Fault.CATEGORY_NOT_TAKEN, "食品 > 老茶")]
        (cup,) = (await goods_of(elsewhere, there_id)).values()
        assert (cup.category_id, cup.attributes) == (None, {})


async def test_pictures_that_an_archive_has_no_room_for_are_named_by_address(
    database: Database, shop: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PICTURES_MAX", 0)
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    with zipfile.ZipFile(BytesIO(data)) as package:
        assert not [name for name in package.namelist() if name.startswith("media/")]
    other_id = await opened(database)
    await import_file(database, other_id, data)
    (cup,) = (await goods_of(database, other_id)).values()
    assert all(each.url.startswith("https://weiji.test/media/") for each in cup.pictures)


async def test_broken_lines_of_history_are_told_of_and_stop_nothing(
    database: Database, shop: Market, tmp_path: Path
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    target = BytesIO()
    lines = (
        b"{",
        b"\xff\n[]",
        b'{"id": "x"}',
        b'{"id": "%s", "at": "2024-01-01T00:00:00"}' % str(new_id()).encode(),
        b'{"id": "%s", "at": "2024-01-01T00:00:00Z", "lines": 7, "total": "x", "state": []}' % str(new_id()).encode(),
        b'{"transfer": "%s", "at": "2024-01-01T00:00:00Z", "a": "%s"}' % (str(new_id()).encode(), b"a" * 70_000),
    )
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(target, "w") as changed:
        for name in package.namelist():
            changed.writestr(name, b"\n".join(lines) if name == "orders.jsonl" else package.read(name))
    other_id = await opened(database)
    run_id = await import_file(database, other_id, target.getvalue())
    refused = [each for line in await read_lines(database, run_id) for each in line.problems if each.column]
    assert [(each.line, each.fault, each.column) for each in refused] == [
        (1, Fault.BROKEN_LINE, "orders.jsonl"),
        (2, Fault.BROKEN_LINE, "orders.jsonl"),
        (3, Fault.BROKEN_LINE, "orders.jsonl"),
        (4, Fault.BROKEN_LINE, "orders.jsonl"),
        (5, Fault.BROKEN_LINE, "orders.jsonl"),
        (7, Fault.LINE_TOO_LONG, "orders.jsonl"),
    ]
    async with database.read() as reader:
        (order,) = await get_history(reader, other_id, HistoryKind.ORDER)
    assert order.facts["lines"] == 7


async def test_files_of_invoices_that_are_none_or_too_much_are_told_of_and_the_rest_is_taken(
    database: Database, shop: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)

    async def brought(content: bytes | None) -> tuple[UUID, list[Fault]]:
        target = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(target, "w") as changed:
            for name in package.namelist():
                is_paper = name.startswith("invoices/")
                if content is not None or not is_paper:
                    changed.writestr(name, content if content is not None and is_paper else package.read(name))
        shop_id = await opened(database)
        lines = await read_lines(database, await import_file(database, shop_id, target.getvalue()))
        return shop_id, [each.fault for line in lines for each in line.problems]

    for content in (None, b"<html><script>alert(1)</script>", b"%PDF-" + b"0" * 2 * 1024**2):
        shop_id, faults = await brought(content)
        assert faults == [Fault.PAPER_NOT_TAKEN]
        async with database.read() as reader:
            assert len(await get_history(reader, shop_id, HistoryKind.INVOICE)) == 1
            assert await store.list_papers(reader, shop_id, shop_id, 9) == []
    monkeypatch.setattr(store, "PAPER_BYTES_MAX", len(PAPER) - 1)
    assert (await brought(PAPER))[1] == [Fault.PAPER_NOT_TAKEN]
    monkeypatch.setattr(store, "PAPER_BYTES_MAX", len(PAPER))
    assert (await brought(PAPER))[1] == []


async def test_what_is_kept_of_elsewhere_is_sealed(database: Database, shop: Market, tmp_path: Path) -> None:
    data = await export(database, shop.shop_id, Contents.ARCHIVE, tmp_path)
    await import_file(database, await opened(database), data)
    sealed = await database.pool.fetch("select sealed from porting.history")
    assert sealed
    assert not [row for row in sealed if b"shop" in row["sealed"]]


class _Undone(Exception):
    pass


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(products(), min_size=1, max_size=3, unique_by=lambda product: product.handle))
async def test_any_goods_that_a_shop_has_are_the_same_after_export_and_import(
    shared_database: Database, goods: list[ProductRecord]
) -> None:
    """What the catalog stores of any goods is what it stores of them again, read from their archive."""
    from weiji.porting.readers import archive

    no_tree = Tree(())

    async def stored(shop_id: UUID, records: list[ProductRecord]) -> list[ProductRecord]:
        from weiji.catalog import find_products, get_products

        await take(tx, shop_id, None, "weiji", records, 0, BY_SYSTEM)
        ids = await find_products(tx, shop_id, {record.handle for record in records})
        pages = [page for page in await get_products(tx, list(ids.values())) if page]
        return sorted((record_of(page, no_tree) for page in pages), key=lambda each: each.handle)

    with suppress(_Undone):
        async with shared_database.transaction() as tx:
            ours = await stored(await opened_shop(tx), goods)
            file = BytesIO(b"".join(archive.archived(record) for record in ours))
            read = [item for item in archive.read(file) if isinstance(item, ProductRecord)]
            assert await stored(await opened_shop(tx), read) == ours
            raise _Undone
