"""Proves that a run reports before it does anything, does it once whatever happens, and can be taken back."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from tests.catalog.examples import opened_shop
from tests.orders.market import WAITING
from tests.porting.examples import (
    goods_of,
    import_file,
    move,
    read_lines,
    read_run,
    undo,
    upload,
    work,
)
from weiji.catalog import HANDLE_MAX, Picture, ProductState, lock_products, save_products
from weiji.events import BY_SYSTEM, outbox
from weiji.inventory import SetStock, get_stock, set_stock
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.porting import (
    KEPT_FOR,
    AddPart,
    AddPartStatus,
    CheckAgain,
    ConfirmImport,
    Fault,
    MoveRunStatus,
    NameNumber,
    NameNumberStatus,
    Outcome,
    RunState,
    StartImport,
    StartImportStatus,
    StopImport,
    UndoImport,
    Undoing,
    add_parts,
    name_numbers,
    start_imports,
    vault,
)
from weiji.porting import worker as working
from weiji.porting.importing import of_origin
from weiji.porting.jobs import remove_files
from weiji.porting.model import FAILURES_MAX
from weiji.porting.records import ProductRecord, Reading, saved
from weiji.porting.store import Task
from weiji.porting.worker import Importer

FILE = """\
Handle,Title,Type,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty,Gift Card
cup,杯,茶具,颜色,青,38,5,false
cup,,,,白,42.50,6,
pot,壶,茶具,Title,Default Title,198,2,
bad,坏,茶具,Title,Default Title,"1,9",2,
long,{long},茶具,Title,Default Title,1,2,
"""
TEXT = FILE.format(long="长" * 256)
DATA = TEXT.encode()


class Stumbling(Importer):
    """A worker that fails at the files of one shop."""

    def __init__(self, shop_id: UUID) -> None:
        super().__init__()
        self.shop_id = shop_id

    async def _get_on(self, database: Database, task: Task) -> None:
        if task.shop_id == self.shop_id:
            raise ZeroDivisionError
        await super()._get_on(database, task)


async def test_files_that_the_worker_fails_at_hold_nobody_up(database: Database, shop_id: UUID) -> None:
    for _ in range(working.AT_ONCE):
        await upload(database, shop_id, DATA)
    async with database.transaction() as tx:
        other_id = await opened_shop(tx)
    run_id = await upload(database, other_id, DATA)
    importer = Stumbling(shop_id)
    for _ in range(4):
        with suppress(ZeroDivisionError):
            await importer.work(database, 1)
    importer.close()
    assert (await read_run(database, run_id)).state is RunState.CHECKED


class Breaking(Importer):
    """A worker that takes over a batch, and then fails."""

    batches = 0

    async def _get_on(self, database: Database, task: Task) -> None:
        if self.batches == 0:
            raise ZeroDivisionError
        self.batches -= 1
        await super()._get_on(database, task)


async def break_off(database: Database, batches: int, failures: int) -> None:
    importer = Breaking()
    importer.batches = batches
    for _ in range(batches):
        await importer.work(database, 1)
    for _ in range(failures):
        with pytest.raises(ZeroDivisionError):
            await importer.work(database, 1)
    importer.close()


async def test_a_run_that_fails_again_and_again_ends_and_says_so(
    database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "ITEMS_AT_ONCE", 3)
    run_id = await upload(database, shop_id, _many(10))
    await break_off(database, 0, FAILURES_MAX - 1)
    assert (await read_run(database, run_id)).state is RunState.CHECKING
    await break_off(database, 1, FAILURES_MAX)  # What gets on counts anew.
    run = await read_run(database, run_id)
    assert (run.state, run.problem and run.problem.fault) == (RunState.REFUSED, Fault.GIVEN_UP)
    assert await move(database, CheckAgain, run_id, shop_id) is MoveRunStatus.DONE
    await work(database)
    await move(database, ConfirmImport, run_id, shop_id)
    await break_off(database, 1, FAILURES_MAX)
    run = await read_run(database, run_id)
    assert (run.state, run.problem and run.problem.fault) == (RunState.IMPORTED, Fault.GIVEN_UP)
    assert (run.made, run.items) == (3, 3)
    assert await move(database, UndoImport, run_id, shop_id) is MoveRunStatus.DONE
    await break_off(database, 0, FAILURES_MAX)
    assert (await read_run(database, run_id)).state is RunState.IMPORTED
    await undo(database, run_id, shop_id)
    run = await read_run(database, run_id)
    assert (run.state, run.undone, run.problem) == (RunState.UNDONE, 3, None)


async def test_a_run_is_stopped_where_it_is(database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "ITEMS_AT_ONCE", 3)
    run_id = await upload(database, shop_id, _many(10))
    assert await move(database, StopImport, run_id, shop_id) is MoveRunStatus.DONE
    assert await move(database, StopImport, run_id, shop_id) is MoveRunStatus.EXISTS
    run = await read_run(database, run_id)
    assert (run.state, run.problem and run.problem.fault) == (RunState.REFUSED, Fault.STOPPED)
    await move(database, CheckAgain, run_id, shop_id)
    await work(database)
    assert await move(database, StopImport, run_id, shop_id) is MoveRunStatus.NOT_ALLOWED_NOW
    await move(database, ConfirmImport, run_id, shop_id)
    await break_off(database, 1, 0)
    assert await move(database, StopImport, run_id, shop_id) is MoveRunStatus.DONE
    await work(database)
    assert len(await goods_of(database, shop_id)) == 3
    async with database.read() as reader:
        events = await outbox.get_events(reader, shop_id, 0, 99)
    assert [event["data"]["made"] for event in events if event["type"] == "GoodsImported"] == [3]
    await undo(database, run_id, shop_id)
    assert (await read_run(database, run_id)).undone == 3


async def test_a_report_says_what_would_be_and_nothing_is_done(database: Database, shop_id: UUID) -> None:
    run_id = await upload(database, shop_id, DATA)
    await work(database)
    run = await read_run(database, run_id)
    assert (run.state, run.source, run.items, run.rows) == (RunState.CHECKED, "shopify", 4, 5)
    assert (run.made, run.changed, run.same, run.refused) == (2, 0, 0, 2)
    assert run.reading == Reading(encoding="UTF-8", delimiter=",", decimal=".", is_mixed=True)
    lines = await read_lines(database, run_id)
    assert [(line.line, line.handle, line.outcome) for line in lines] == [
        (2, "cup", Outcome.NEW),
        (4, "pot", Outcome.NEW),
        (5, "bad", Outcome.REFUSED),
        (6, "long", Outcome.REFUSED),
    ]
    assert [(p.line, p.fault, p.value) for p in lines[2].problems] == [(5, Fault.INVALID_PRICE, "1,9")]
    assert [(p.fault, p.value) for p in lines[3].problems] == [(Fault.NOT_SAVED, "invalid_title")]
    assert await goods_of(database, shop_id) == {}


async def test_a_confirmed_run_takes_the_goods_over_with_their_stock(database: Database, shop_id: UUID) -> None:
    run_id = await import_file(database, shop_id, DATA)
    run = await read_run(database, run_id)
    assert (run.state, run.made, run.refused) == (RunState.IMPORTED, 2, 2)
    goods = await goods_of(database, shop_id)
    assert goods.keys() == {"cup", "pot"}
    assert [(s.choices, s.price, s.on_hand) for s in goods["cup"].skus] == [(("青",), 38_00, 5), (("白",), 42_50, 6)]
    assert goods["cup"].extra == {"Gift Card": "false"}
    async with database.read() as reader:
        (event,) = [e for e in await outbox.get_events(reader, shop_id, 0, 99) if e["type"] == "GoodsImported"]
    assert event["data"]["made"] == 2


async def test_running_again_changes_nothing_twice(database: Database, shop_id: UUID) -> None:
    await import_file(database, shop_id, DATA)
    before = await goods_of(database, shop_id)
    run = await read_run(database, await import_file(database, shop_id, DATA))
    assert (run.made, run.changed, run.same) == (0, 0, 2)
    assert await goods_of(database, shop_id) == before


async def test_another_file_changes_what_is_there_by_its_handle(database: Database, shop_id: UUID) -> None:
    await import_file(database, shop_id, DATA)
    before = await goods_of(database, shop_id)
    async with database.transaction() as tx:
        stock = SetStock(sku_id=before["cup"].skus[0].id, shop_id=shop_id, on_hand=1, actor=BY_SYSTEM)
        await set_stock(tx, [stock])
    changed = TEXT.replace("青,38,5", "青,39,5").replace("白,42.50,6", "黑,42.50,9").encode()
    run = await read_run(database, await import_file(database, shop_id, changed))
    assert (run.made, run.changed, run.same) == (0, 1, 1)
    cup = (await goods_of(database, shop_id))["cup"]
    assert [(s.choices, s.price, s.on_hand) for s in cup.skus] == [(("青",), 39_00, 1), (("黑",), 42_50, 9)]
    assert (cup.id, cup.skus[0].id) == (before["cup"].id, before["cup"].skus[0].id)


async def test_a_table_made_by_hand_leaves_alone_what_it_says_nothing_of(database: Database, shop_id: UUID) -> None:
    table = "名称,规格,价格,库存,重量（克）,图片地址\n茶,大,10,5,,\n茶,小,6,5,80,\n"
    await import_file(database, shop_id, table.encode())
    (tea,) = (await goods_of(database, shop_id)).values()
    command = saved(tea, BY_SYSTEM)
    shown = (Picture(url="/media/tea.webp"),)
    facts = {"code": "T-1", "barcode": "6901234567892", "weight_grams": 250, "picture": shown[0].url}
    skus = (replace(command.skus[0], **facts, compare_at=12_00), command.skus[1])
    words = {
        "description_html": "<p>明前</p>",
        "vendor": "茶园",
        "kind": "茶叶",
        "tags": ("绿茶",),
        "extra": {"产地": "杭州"},
    }
    edited = replace(command, **words, pictures=shown, skus=skus)
    async with database.transaction() as tx:
        await save_products(tx, [edited])
    run = await read_run(database, await import_file(database, shop_id, table.encode()))
    assert (run.changed, run.same) == (0, 1)
    for price, compare_at in (("11", 12_00), ("13", None)):  # What cost less before would be no bargain.
        await import_file(database, shop_id, table.replace("大,10", f"大,{price}").replace(",80,", ",90,").encode())
        (tea,) = (await goods_of(database, shop_id)).values()
        large = replace(skus[0], price=int(price) * 100, compare_at=compare_at)
        assert saved(tea, BY_SYSTEM) == replace(edited, skus=(large, replace(skus[1], weight_grams=90)))
    told = "名称,规格,价格,原价,描述\n茶,大,9,10,\n茶,小,6,,雨前\n"
    for each, compare_at in ((told, 10_00), (told.replace("9,10", "9,"), None)):
        await import_file(database, shop_id, each.encode())
        (tea,) = (await goods_of(database, shop_id)).values()
        assert (tea.description_html, tea.skus[0].compare_at, tea.skus[0].weight_grams) == ("雨前", compare_at, 250)


async def test_undoing_withdraws_what_was_made_and_puts_back_what_was_changed(
    database: Database, shop_id: UUID
) -> None:
    await import_file(database, shop_id, b"Handle,Title,Variant Price\ncup,Cup,10\njar,Jar,5\n")
    before = await goods_of(database, shop_id)
    run_id = await import_file(database, shop_id, DATA + b"jar,Jar,Type,Title,Default Title,6,1,\n")
    goods = await goods_of(database, shop_id)
    assert goods["jar"].price_min == 6_00
    async with database.transaction() as tx:  # The merchant edits one of them since.
        command = saved(goods["jar"], BY_SYSTEM)
        command = type(command)(
            **{name: getattr(command, name) for name in command.__struct_fields__} | {"title": "我的罐子"}
        )
        await save_products(tx, [command])
    async with database.transaction() as tx:
        # Whoever edits goods locks them before the head of the shop's stream: so does who takes a run back.
        await lock_products(tx, [goods["cup"].id])
        undoing = asyncio.create_task(undo(database, run_id, shop_id))
        async with database.read() as reader:
            while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                assert not undoing.done(), "it did not wait"
                await asyncio.sleep(0.01)
        await tx.connection.execute("set local lock_timeout = '1ms'")
        await tx.connection.execute("select from events.heads where stream = $1 for no key update", shop_id)
    await undoing
    run = await read_run(database, run_id)
    assert (run.state, run.undone, run.kept) == (RunState.UNDONE, 2, 1)
    after = await goods_of(database, shop_id)
    assert (after["cup"].title, after["cup"].price_min) == ("Cup", 10_00)
    assert [sku.id for sku in after["cup"].skus] == [sku.id for sku in before["cup"].skus]
    assert after["pot"].state is ProductState.WITHDRAWN
    assert after["jar"].title == "我的罐子"
    lines = await read_lines(database, run_id)
    assert {line.handle: line.undoing for line in lines if line.undoing} == {
        "cup": Undoing.PUT_BACK,
        "pot": Undoing.WITHDRAWN,
        "jar": Undoing.EDITED_SINCE,
    }


async def test_what_was_undone_can_be_brought_in_again(database: Database, shop_id: UUID) -> None:
    await undo(database, await import_file(database, shop_id, DATA), shop_id)
    run = await read_run(database, await import_file(database, shop_id, DATA))
    assert (run.made, run.same) == (2, 0)
    goods = await goods_of(database, shop_id)
    assert {product.state for product in goods.values()} == {ProductState.LISTED}
    async with database.read() as reader:
        stock = await get_stock(reader, [sku.id for sku in goods["cup"].skus])
    assert [each.on_hand for each in stock if each] == [5, 6]


async def test_what_a_merchant_withdrew_stays_withdrawn(database: Database, shop_id: UUID) -> None:
    from weiji.catalog import WithdrawProduct, withdraw_products

    await import_file(database, shop_id, DATA)
    cup = (await goods_of(database, shop_id))["cup"]
    async with database.transaction() as tx:
        await withdraw_products(tx, [WithdrawProduct(product_id=cup.id, shop_id=shop_id, actor=BY_SYSTEM)])
    await import_file(database, shop_id, DATA)
    assert (await goods_of(database, shop_id))["cup"].state is ProductState.WITHDRAWN


def _many(count: int) -> bytes:
    rows = "".join(f"p{n},Product {n},{n}.5,{n}\n" for n in range(count))
    return f"Handle,Title,Variant Price,Variant Inventory Qty\n{rows}".encode()


class _Crash(Exception):
    pass


@pytest.mark.parametrize("is_committed", [True, False])
async def test_a_run_that_breaks_off_is_gone_on_with_where_it_was(
    database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    monkeypatch.setattr(working, "ITEMS_AT_ONCE", 3)
    run_id = await upload(database, shop_id, _many(10))
    await work(database)
    await move(database, ConfirmImport, run_id, shop_id)
    importer = Importer()
    await importer.work(database, 1)
    if not is_committed:
        save = working.store.update_runs

        async def fail(tx: Transaction, *given: object) -> None:
            raise _Crash  # All was saved, and nothing is committed.

        monkeypatch.setattr(working.store, "update_runs", fail)
        with pytest.raises(_Crash):
            await importer.work(database, 1)
        monkeypatch.setattr(working.store, "update_runs", save)
    importer.close()
    assert (await read_run(database, run_id)).done == 3
    # Another process, which knows nothing of the first.
    await work(database)
    run = await read_run(database, run_id)
    assert (run.state, run.made, run.same, run.refused) == (RunState.IMPORTED, 10, 0, 0)
    goods = await goods_of(database, shop_id)
    assert sorted(sku.on_hand for product in goods.values() for sku in product.skus) == list(range(10))
    async with database.read() as reader:
        events = await outbox.get_events(reader, shop_id, 0, 99)
    assert sum(event["type"] == "ProductSaved" for event in events) == 10


async def test_two_workers_do_nothing_twice(database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(working, "ITEMS_AT_ONCE", 2)
    run_id = await upload(database, shop_id, _many(9))
    await asyncio.gather(work(database), work(database))
    assert (await read_run(database, run_id)).made == 9
    await move(database, ConfirmImport, run_id, shop_id)
    await asyncio.gather(work(database), work(database))
    run = await read_run(database, run_id)
    assert (run.state, run.made, run.done) == (RunState.IMPORTED, 9, 9)
    await move(database, UndoImport, run_id, shop_id)
    await asyncio.gather(work(database), work(database))
    run = await read_run(database, run_id)
    assert (run.state, run.undone) == (RunState.UNDONE, 9)


async def test_moves_are_answered_by_the_state_of_the_run(database: Database, shop_id: UUID) -> None:
    run_id = await upload(database, shop_id, DATA)
    assert await move(database, ConfirmImport, run_id, shop_id) is MoveRunStatus.NOT_ALLOWED_NOW
    assert await move(database, CheckAgain, run_id, shop_id) is MoveRunStatus.EXISTS
    await work(database)
    assert await move(database, UndoImport, run_id, shop_id) is MoveRunStatus.NOT_ALLOWED_NOW
    assert await move(database, CheckAgain, run_id, shop_id) is MoveRunStatus.DONE
    await work(database)
    assert (await read_run(database, run_id)).made == 2
    assert await move(database, ConfirmImport, run_id, shop_id) is MoveRunStatus.DONE
    assert await move(database, ConfirmImport, run_id, shop_id) is MoveRunStatus.EXISTS
    assert await move(database, ConfirmImport, new_id(shop_id), shop_id) is MoveRunStatus.RUN_NOT_FOUND
    async with database.transaction() as tx:
        other_id = await opened_shop(tx, near=shop_id)
    assert await move(database, UndoImport, run_id, other_id) is MoveRunStatus.RUN_NOT_FOUND


async def test_a_file_that_is_gone_is_not_imported(database: Database, shop_id: UUID) -> None:
    run_id = await upload(database, shop_id, DATA)
    await work(database)
    async with database.transaction() as tx:
        await working.store.delete_parts(tx, run_id)
    assert await move(database, ConfirmImport, run_id, shop_id) is MoveRunStatus.FILE_GONE


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xff\xff\xff\xff", Fault.UNREADABLE_TEXT),
        (b"Name,Cost\nx,1\n", Fault.NO_HEADER),
        (b"Name\0,Cost,and a column more that nothing knows\nx,1,2\n", Fault.NO_HEADER),
        (b"PK\x03\x04 and no more", Fault.BROKEN_PACKAGE),
    ],
)
async def test_a_file_that_is_none_of_goods_is_refused(
    database: Database, shop_id: UUID, data: bytes, fault: Fault
) -> None:
    run_id = await upload(database, shop_id, data)
    await work(database)
    run = await read_run(database, run_id)
    assert run.state is RunState.REFUSED
    assert run.problem
    assert run.problem.fault is fault


async def test_numbers_have_the_names_that_the_merchant_gives(database: Database, shop_id: UUID) -> None:
    text = (
        "title\tcid\tprice\tnum\tskuProps\tnum_id\n"
        "T恤\t1\t19.90\t3\t19.90:3::1627207:990001;29.90:4::1627207:990002;\t77\n"
    )
    run_id = await upload(database, shop_id, text.encode("utf-16"))
    await work(database)
    (line,) = await read_lines(database, run_id)
    assert {problem.value for problem in line.problems} == {"1627207:990001", "1627207:990002"}
    named = [
        NameNumber(shop_id=shop_id, key="1627207:990001", name="黑"),
        NameNumber(shop_id=shop_id, key="1627207:990002", name="蓝"),
        NameNumber(shop_id=shop_id, key="", name="蓝"),
        NameNumber(shop_id=shop_id, key="1", name=" "),
        NameNumber(shop_id=new_id(shop_id), key="1", name="a"),
    ]
    async with database.transaction() as tx:
        assert await name_numbers(tx, named) == [
            NameNumberStatus.NAMED,
            NameNumberStatus.NAMED,
            NameNumberStatus.INVALID_KEY,
            NameNumberStatus.INVALID_NAME,
            NameNumberStatus.SHOP_NOT_FOUND,
        ]
    await move(database, CheckAgain, run_id, shop_id)
    await work(database)
    (line,) = await read_lines(database, run_id)
    assert line.problems == ()
    await move(database, ConfirmImport, run_id, shop_id)
    await work(database)
    (product,) = (await goods_of(database, shop_id)).values()
    assert product.options[0].values == ("黑", "蓝")


async def test_parts_and_runs_are_answered_one_after_another(database: Database, shop_id: UUID) -> None:
    file_id, other_file_id = new_id(shop_id), new_id(shop_id)
    async with database.transaction() as tx:
        other_id = await opened_shop(tx, near=shop_id)
    part = AddPart(file_id=file_id, shop_id=shop_id, number=0, data=b"a")
    far = new_id()
    while far.int % 64 == shop_id.int % 64:
        far = new_id()
    commands = [
        part,
        part,
        AddPart(file_id=file_id, shop_id=shop_id, number=0, data=b"bb"),
        AddPart(file_id=file_id, shop_id=other_id, number=1, data=b"b"),
        AddPart(file_id=file_id, shop_id=shop_id, number=1024, data=b"b"),
        AddPart(file_id=file_id, shop_id=shop_id, number=1, data=b""),
        AddPart(file_id=far, shop_id=shop_id, number=0, data=b"b"),
        AddPart(file_id=file_id, shop_id=new_id(shop_id), number=0, data=b"b"),
        AddPart(file_id=other_file_id, shop_id=shop_id, number=1, data=b"b"),
    ]
    async with database.transaction() as tx:
        assert await add_parts(tx, commands) == [
            AddPartStatus.ADDED,
            AddPartStatus.EXISTS,
            AddPartStatus.ID_TAKEN,
            AddPartStatus.ID_TAKEN,
            AddPartStatus.PART_OUT_OF_RANGE,
            AddPartStatus.PART_OUT_OF_RANGE,
            AddPartStatus.ID_NOT_NEAR_SHOP,
            AddPartStatus.SHOP_NOT_FOUND,
            AddPartStatus.ADDED,
        ]
    start = StartImport(id=file_id, shop_id=shop_id, name="a.csv", actor=BY_SYSTEM)

    def other(**changes: object) -> StartImport:
        facts = {name: getattr(start, name) for name in StartImport.__struct_fields__}
        return StartImport(**facts | changes)

    async with database.transaction() as tx:
        assert await start_imports(
            tx,
            [
                other(name="\n"),
                other(origin="\n"),
                other(shop_id=other_id),
                other(id=other_file_id),
                start,
                start,
                other(shop_id=other_id),
                other(shop_id=new_id(shop_id)),
                other(id=far),
            ],
        ) == [
            StartImportStatus.INVALID_NAME,
            StartImportStatus.INVALID_ORIGIN,
            StartImportStatus.ID_TAKEN,
            StartImportStatus.FILE_INCOMPLETE,
            StartImportStatus.CREATED,
            StartImportStatus.EXISTS,
            StartImportStatus.ID_TAKEN,
            StartImportStatus.SHOP_NOT_FOUND,
            StartImportStatus.ID_NOT_NEAR_SHOP,
        ]
        assert await add_parts(tx, [AddPart(file_id=file_id, shop_id=shop_id, number=1, data=b"b")]) == [
            AddPartStatus.ID_TAKEN
        ]
        more = [new_id(shop_id) for _ in range(5)]
        await add_parts(tx, [AddPart(file_id=id, shop_id=shop_id, number=0, data=b"b") for id in more])
        statuses = await start_imports(tx, [other(id=id) for id in more])
        assert statuses == [StartImportStatus.CREATED] * 4 + [StartImportStatus.TOO_MANY_UNDER_WAY]


async def test_a_shop_has_a_quota(database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    from weiji.porting import rules

    monkeypatch.setattr(rules, "QUOTA", 10)
    parts = [AddPart(file_id=new_id(shop_id), shop_id=shop_id, number=0, data=b"1234") for _ in range(3)]
    async with database.transaction() as tx:
        assert await add_parts(tx, parts[:1]) == [AddPartStatus.ADDED]
        assert await add_parts(tx, parts[1:]) == [AddPartStatus.ADDED, AddPartStatus.EXCEEDS_QUOTA]


async def test_parts_that_come_at_the_same_moment_keep_to_the_quota(
    database: Database, shop_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from weiji.porting import rules

    monkeypatch.setattr(rules, "QUOTA", 10)

    async def add() -> AddPartStatus:
        async with database.transaction() as tx:
            (status,) = await add_parts(tx, [AddPart(file_id=new_id(shop_id), shop_id=shop_id, number=0, data=b"1234")])
            return status

    statuses = await asyncio.gather(*(add() for _ in range(6)))
    assert sorted(statuses) == [AddPartStatus.ADDED] * 2 + [AddPartStatus.EXCEEDS_QUOTA] * 4
    assert await database.pool.fetchval("select bytes from porting.shops where shop_id = $1", shop_id) == 8


async def test_files_are_removed_when_they_were_kept_long_enough(database: Database, shop_id: UUID) -> None:
    run_id = await upload(database, shop_id, DATA)
    await work(database)
    assert await remove_files(database, 1) == 0
    before = CLOCK.offset
    CLOCK.follow(KEPT_FOR)
    try:
        assert await remove_files(database, 1) == 1
        assert await remove_files(database, 1) == 0
    finally:
        CLOCK.follow(before)
    assert (await read_run(database, run_id)).made == 2
    assert await move(database, ConfirmImport, run_id, shop_id) is MoveRunStatus.FILE_GONE


async def test_what_is_stored_of_a_file_is_sealed(database: Database, shop_id: UUID) -> None:
    run_id = await upload(database, shop_id, DATA)
    sealed = await database.pool.fetchval("select sealed from porting.parts where file_id = $1", run_id)
    assert b"Handle" not in sealed
    assert vault.unseal(sealed, run_id, 0) == DATA
    with pytest.raises(InvalidTag):
        vault.unseal(sealed, run_id, 1)
    nonce = bytes(vault.NONCE_BYTES)
    before = nonce + AESGCM(KEYS.derive(vault.PURPOSE)).encrypt(nonce, DATA, f"{run_id}:0".encode())
    assert vault.unseal(before, run_id, 0) == DATA, "as it was sealed before parts had envelopes"


def test_handles_that_are_too_long_with_their_origin_are_told_apart() -> None:
    items = [
        ProductRecord(line=n, rows=(n,), handle=f"{'h' * (HANDLE_MAX - 1)}{n}", title="杯", skus=()) for n in range(2)
    ]
    handles = {item.handle for item in of_origin(items, "旧店") if isinstance(item, ProductRecord)}
    assert (len(handles), {len(handle) for handle in handles}) == (2, {HANDLE_MAX})


async def test_goods_of_two_shops_with_the_same_numbers_do_not_overwrite_each_other(
    database: Database, shop_id: UUID
) -> None:
    head = "ID,Type,SKU,Name,Published,Stock,Regular price\n"
    one, other = ((head + row).encode() for row in ("7,simple,CUP,青瓷杯,1,3,38\n", "7,simple,TEA,桂花乌龙,1,9,48\n"))
    await import_file(database, shop_id, one, origin="杯店")
    for _ in range(2):  # Again: nothing is made twice.
        await import_file(database, shop_id, other, origin="茶店")
    goods = await goods_of(database, shop_id)
    assert {handle: product.title for handle, product in goods.items()} == {
        "杯店-woocommerce-7": "青瓷杯",
        "茶店-woocommerce-7": "桂花乌龙",
    }
    # Whoever does not say where a file is from is asked to, before anything is lost.
    await import_file(database, shop_id, one)
    run_id = await import_file(database, shop_id, other)
    (line,) = await read_lines(database, run_id)
    assert (line.outcome, [(each.fault, each.value) for each in line.problems]) == (
        Outcome.REFUSED,
        [(Fault.ANOTHER_PRODUCT, "青瓷杯")],
    )
    # What has its number and anything else in common is the same, under another name.
    run_id = await import_file(database, shop_id, (head + "7,simple,CUP,A celadon cup,1,3,40\n").encode())
    (line,) = await read_lines(database, run_id)
    assert line.outcome is Outcome.CHANGED
    assert (await goods_of(database, shop_id))["woocommerce-7"].title == "A celadon cup"


async def test_what_the_shop_sells_keeps_its_price_where_a_file_has_none(database: Database, shop_id: UUID) -> None:
    head = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n"
    await import_file(database, shop_id, f"{head}cup,Cup,Size,S,5\ncup,,,M,6\nnew,New,Size,S,0\n".encode())
    for rows, price in (("S,0\ncup,,,M,6", 0), ("S,5\ncup,,,M,6\ncup,,,L,0", 5), ("S,7\ncup,,,M,6", 7)):
        run_id = await import_file(database, shop_id, f"{head}cup,Cup,Size,{rows}\nnew,New {price},Size,S,0\n".encode())
        cup, *_ = await read_lines(database, run_id)
        is_left = price < 7
        assert (cup.outcome is Outcome.REFUSED, Fault.FREE in {each.fault for each in cup.problems}) == (
            is_left,
            is_left,
        )
    goods = await goods_of(database, shop_id)
    assert [sku.price for sku in goods["cup"].skus] == [7_00, 6_00]
    assert (goods["new"].title, goods["new"].state) == ("New 7", ProductState.DRAFT)
