"""Proves that a shop can take out everything it owns, whatever an operator sets, and bring it in elsewhere."""

import csv
import errno
import inspect
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from tests.catalog.examples import opened_shop, product, simple
from tests.porting.examples import export, goods_of, import_file, open_keys, read_lines, read_run
from weiji import porting
from weiji.catalog import Delivery, Picture, Presale, ProductState, SaveProductStatus, Tree, save_products
from weiji.events import BY_SYSTEM
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, Transfer, TransferStatus, chart, create_transfers
from weiji.porting import Contents, StartExport, StartExportStatus, start_exports
from weiji.porting import worker as working
from weiji.porting.exporting import Place
from weiji.porting.model import FAILURES_MAX, ExportState
from weiji.porting.operations import get_export
from weiji.porting.records import Fault, record_of
from weiji.porting.rules import Exports, judge_exports
from weiji.porting.words import save_word
from weiji.porting.worker import Exporter
from weiji.settings import Settings
from weiji.supervision import rule_forms

NO_TREE = Tree(())

GOODS = (Contents.SHOPIFY, Contents.WOOCOMMERCE, Contents.GOOGLE, Contents.TAOBAO, Contents.ARCHIVE)


@pytest.fixture
async def stocked(database: Database, shop_id: UUID) -> UUID:
    """A shop with goods of several kinds and states."""
    cup = product(
        shop_id,
        handle="cup",
        title='=杯, "青"',
        description_html="<p>一只\n杯</p>",
        tags=("手作", "a,b"),
        vendor="+窑",
        pictures=(Picture(url="https://img.example/1.jpg", alt="正"), Picture(url="/media/2.webp")),
        extra={"cid": "50000671"},
    )
    jar = simple(shop_id, handle="-jar", title="罐", state=ProductState.DRAFT)
    old = simple(shop_id, title="旧货", state=ProductState.WITHDRAWN)
    code = simple(shop_id, handle="code", title="礼品卡", delivery=Delivery.VIRTUAL)
    soon = clock.now() + timedelta(days=20)
    plum = simple(shop_id, handle="plum", title="青梅", presale=Presale(ends_at=soon, ships_at=soon))
    async with database.transaction() as tx:
        saved = await save_products(tx, [cup, jar, old, code, plum])
        assert {each.status for each in saved} == {SaveProductStatus.CREATED}
        stock = [SetStock(sku_id=sku.id, shop_id=shop_id, on_hand=7, actor=BY_SYSTEM) for sku in (*cup.skus, *jar.skus)]
        await set_stock(tx, stock)
    return shop_id


@pytest.mark.parametrize("contents", GOODS)
async def test_goods_taken_out_are_the_same_goods_elsewhere(
    database: Database, stocked: UUID, contents: Contents
) -> None:
    data = await export(database, stocked, contents)
    async with database.transaction() as tx:
        other_id = await opened_shop(tx)
    run = await read_run(database, await import_file(database, other_id, data))
    assert (run.made, run.refused) == (5, 0)
    ours, theirs = await goods_of(database, stocked), await goods_of(database, other_id)
    assert {handle: record_of(each, NO_TREE) for handle, each in theirs.items()} == {
        handle: record_of(each, NO_TREE) for handle, each in ours.items()
    }
    assert (theirs["code"].delivery, theirs["plum"].presale) == (Delivery.VIRTUAL, ours["plum"].presale)
    assert theirs["plum"].presale is not None
    told = {line.handle: [each.fault for each in line.problems] for line in await read_lines(database, run.id)}
    assert told["code"] == [Fault.KEYS_MISSING]
    assert sorted(sku.on_hand for each in theirs.values() for sku in each.skus) == [0, 0, 0, 7, 7, 7]


@pytest.mark.parametrize("contents", GOODS)
async def test_what_is_sent_never_becomes_card_keys(database: Database, stocked: UUID, contents: Contents) -> None:
    data = await export(database, stocked, contents)
    async with database.transaction() as tx:
        other_id = await opened_shop(tx)
        await save_products(tx, [simple(other_id, handle="code", title="礼品卡")])
    run = await read_run(database, await import_file(database, other_id, data))
    assert (run.made, run.refused) == (4, 1)
    (problem,) = next(line.problems for line in await read_lines(database, run.id) if line.handle == "code")
    assert (problem.fault, problem.value) == (Fault.NOT_SAVED, SaveProductStatus.DELIVERY_FIXED)
    assert "发快递还是发卡密" in save_word(problem.value)
    assert (await goods_of(database, other_id))["code"].delivery is Delivery.PHYSICAL


@pytest.mark.parametrize("contents", GOODS)
async def test_goods_taken_out_and_brought_back_are_as_they_were(
    database: Database, stocked: UUID, contents: Contents
) -> None:
    before = await goods_of(database, stocked)
    run = await read_run(database, await import_file(database, stocked, await export(database, stocked, contents)))
    assert (run.made, run.changed, run.same, run.refused) == (0, 0, 5, 0)
    assert await goods_of(database, stocked) == before


async def test_an_archive_says_what_is_in_it(database: Database, stocked: UUID) -> None:
    with zipfile.ZipFile(BytesIO(await export(database, stocked, Contents.ARCHIVE))) as package:
        manifest = msgspec.json.decode(package.read("manifest.json"))
        assert manifest["format"] == 1
        assert set(manifest["files"]) == set(package.namelist()) - {"manifest.json"}
        for name, facts in manifest["files"].items():
            data = package.read(name)
            assert (facts["sha256"], facts["bytes"]) == (sha256(data).hexdigest(), len(data)), name
        assert len(package.read("goods.jsonl").splitlines()) == manifest["files"]["goods.jsonl"]["lines"] == 5
        assert package.read("customers.jsonl") == b""


@pytest.mark.parametrize("contents", GOODS[:-1])
async def test_no_cell_is_a_formula(database: Database, stocked: UUID, contents: Contents) -> None:
    text = (await export(database, stocked, contents)).decode("utf-8-sig")
    delimiter = "\t" if contents in (Contents.GOOGLE, Contents.TAOBAO) else ","
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    assert len(rows) > 3
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]


async def test_every_movement_of_a_shops_money_is_in_its_statements(
    database: Database, stocked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(porting.exporting, "PAGE", 2)
    bank, available = chart.bank(shard_of(stocked)), chart.merchant_available(stocked)
    transfers = [
        Transfer(
            id=new_id(stocked),
            debit_account_id=(available if amount < 0 else bank).id,
            credit_account_id=(bank if amount < 0 else available).id,
            amount=abs(amount),
            ledger=available.ledger,
            code=Kind.SETTLE,
        )
        for amount in (100, 250, 5_00, -80, 1)
    ]
    for transfer in transfers:
        async with database.transaction() as tx:
            (result,) = await create_transfers(tx, [transfer], [bank, available])
            assert result.status is TransferStatus.CREATED
    text = (await export(database, stocked, Contents.STATEMENTS)).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [(row["in"], row["out"]) for row in rows] == [
        ("0.01", ""),
        ("", "0.80"),
        ("5.00", ""),
        ("2.50", ""),
        ("1.00", ""),
    ]
    assert [row["transfer"] for row in reversed(rows)] == [str(transfer.id) for transfer in transfers]
    assert {(row["account"], row["what"], row["state"]) for row in rows} == {("available", "settle", "done")}
    with zipfile.ZipFile(BytesIO(await export(database, stocked, Contents.ARCHIVE))) as package:
        lines = [msgspec.json.decode(line) for line in package.read("statements.jsonl").splitlines()]
    assert [line["in"] - line["out"] for line in lines] == [1, -80, 500, 250, 100]


async def test_exports_are_answered_one_after_another(database: Database, shop_id: UUID) -> None:
    start = StartExport(id=new_id(shop_id), shop_id=shop_id, contents=Contents.SHOPIFY, actor=BY_SYSTEM)

    def other(**changes: object) -> StartExport:
        return StartExport(**{name: getattr(start, name) for name in StartExport.__struct_fields__} | changes)

    far = new_id()
    while far.int % 64 == shop_id.int % 64:
        far = new_id()
    more = [other(id=new_id(shop_id)) for _ in range(5)]
    async with database.transaction() as tx:
        commands = [start, start, other(contents=Contents.ORDERS), other(id=far), other(shop_id=new_id(shop_id)), *more]
        assert await start_exports(tx, commands) == [
            StartExportStatus.CREATED,
            StartExportStatus.EXISTS,
            StartExportStatus.ID_TAKEN,
            StartExportStatus.ID_NOT_NEAR_SHOP,
            StartExportStatus.SHOP_NOT_FOUND,
            *[StartExportStatus.CREATED] * 4,
            StartExportStatus.TOO_MANY_UNDER_WAY,
        ]
    async with database.transaction() as tx:
        assert await start_exports(tx, [start]) == [StartExportStatus.EXISTS]


async def test_an_export_that_fails_again_and_again_ends_and_makes_room(
    database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault: Exception = OSError(errno.ENOSPC, "No space left on device")

    async def broken(*_: object) -> AsyncIterator[int]:
        raise fault
        yield 0

    monkeypatch.setattr(working, "make", broken)
    export_id = new_id(shop_id)
    command = StartExport(id=export_id, shop_id=shop_id, contents=Contents.ORDERS, actor=BY_SYSTEM)
    async with database.transaction() as tx:
        await start_exports(tx, [command])
    exporter = Exporter(Place("", Path("data")))
    for _ in range(FAILURES_MAX):  # The machine fails, and not the export: it is still there when that is over.
        with pytest.raises(OSError, match="No space"):
            await exporter.work(database, 1)
    fault = ZeroDivisionError()
    for _ in range(FAILURES_MAX):
        with pytest.raises(ZeroDivisionError):
            await exporter.work(database, 1)
    assert await exporter.work(database, 1) == 0
    async with database.read() as reader:
        found = await get_export(reader, export_id)
    assert found
    assert found.state is ExportState.FAILED


def test_nothing_that_an_operator_sets_switches_export_off() -> None:
    """What decides has the shop, the ids and what is under way before it: no settings, no rules, no state of a shop."""
    open_keys()
    assert set(Exports.__struct_fields__) == {"shop_ids", "exports", "under_way"}
    assert list(inspect.signature(judge_exports).parameters) == ["state", "commands"]
    for module in (porting.rules, porting.operations, porting.exporting):
        source = inspect.getsource(module)
        assert not hasattr(module, "Settings"), module
        assert "TradeRules" not in source, module
    words = ("export", "porting")
    assert not [name for name in Settings.__struct_fields__ if any(word in name for word in words)]
    assert not [word for word in words if word in inspect.getsource(rule_forms)]


async def test_a_closed_shop_takes_its_goods_along(database: Database, stocked: UUID) -> None:
    from weiji.shops import ShopState, UpdateShop, update_shops

    async with database.transaction() as tx:
        await update_shops(tx, [UpdateShop(shop_id=stocked, actor=BY_SYSTEM, status=ShopState.CLOSED)])
    assert b"cup" in await export(database, stocked, Contents.SHOPIFY)
