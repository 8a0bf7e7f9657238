"""Shops, files and a worker for the tests of porting."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from uuid import UUID

from weiji.catalog import ProductPage, get_goods_for_merchant, get_products
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.porting import (
    PART_MAX,
    AddPart,
    AddPartStatus,
    ConfirmImport,
    Contents,
    Line,
    MoveRun,
    MoveRunStatus,
    Run,
    StartExport,
    StartExportStatus,
    StartImport,
    StartImportStatus,
    UndoImport,
    add_parts,
    get_lines,
    get_run,
    move_runs,
    read_file,
    start_exports,
    start_imports,
)
from weiji.porting.exporting import Place
from weiji.porting.readers import Goods, open_goods
from weiji.porting.records import Item
from weiji.porting.worker import Exporter, Importer

SAMPLES = Path(__file__).with_name("samples")


def open_keys() -> None:
    """Take a master key: files are sealed."""
    KEYS.use(bytes(32))


async def upload(
    database: Database,
    shop_id: UUID,
    data: bytes,
    name: str = "goods.csv",
    actor: Actor = BY_SYSTEM,
    origin: str = "",
) -> UUID:
    """Give a file to a shop, and begin a run."""
    run_id = new_id(shop_id)
    async with database.transaction() as tx:
        parts = [
            AddPart(file_id=run_id, shop_id=shop_id, number=n, data=data[n * PART_MAX : (n + 1) * PART_MAX])
            for n in range(-(-len(data) // PART_MAX))
        ]
        assert set(await add_parts(tx, parts)) == {AddPartStatus.ADDED}
        start = StartImport(id=run_id, shop_id=shop_id, name=name, actor=actor, origin=origin)
        assert await start_imports(tx, [start]) == [StartImportStatus.CREATED]
    return run_id


async def work(database: Database, importer: Importer | None = None) -> None:
    """Let the worker do all there is to do."""
    importer = importer or Importer()
    while await importer.work(database, 1):
        pass
    importer.close()


async def move(
    database: Database, kind: type[MoveRun], run_id: UUID, shop_id: UUID, actor: Actor = BY_SYSTEM
) -> MoveRunStatus:
    """Go on with a run."""
    async with database.transaction() as tx:
        (status,) = await move_runs(tx, [kind(run_id=run_id, shop_id=shop_id, actor=actor)])
    return status


async def import_file(
    database: Database,
    shop_id: UUID,
    data: bytes,
    name: str = "goods.csv",
    actor: Actor = BY_SYSTEM,
    origin: str = "",
) -> UUID:
    """Bring a file in: upload, report, confirm."""
    run_id = await upload(database, shop_id, data, name, actor, origin)
    await work(database)
    assert await move(database, ConfirmImport, run_id, shop_id, actor) is MoveRunStatus.DONE
    await work(database)
    return run_id


async def undo(database: Database, run_id: UUID, shop_id: UUID, actor: Actor = BY_SYSTEM) -> None:
    """Take a run back."""
    assert await move(database, UndoImport, run_id, shop_id, actor) is MoveRunStatus.DONE
    await work(database)


async def read_run(database: Database, run_id: UUID) -> Run:
    """Read a run."""
    async with database.read() as reader:
        run = await get_run(reader, run_id)
    assert run
    return run


async def read_lines(database: Database, run_id: UUID) -> Sequence[Line]:
    """Read a run's report."""
    async with database.read() as reader:
        return await get_lines(reader, run_id)


async def goods_of(database: Database, shop_id: UUID) -> dict[str, ProductPage]:
    """Read everything that a shop has, by handle."""
    async with database.read() as reader:
        page = await get_goods_for_merchant(reader, shop_id, limit=100)
        found = await get_products(reader, [row.id for row in page.goods])
    return {product.handle: product for product in found if product}


async def export(database: Database, shop_id: UUID, contents: Contents, data: Path = Path("data")) -> bytes:
    """Have a file made, and read it."""
    export_id = new_id(shop_id)
    async with database.transaction() as tx:
        command = StartExport(id=export_id, shop_id=shop_id, contents=contents, actor=BY_SYSTEM)
        assert await start_exports(tx, [command]) == [StartExportStatus.CREATED]
    exporter = Exporter(Place("https://weiji.test", data))
    while await exporter.work(database, 1):
        pass
    return b"".join([part async for part in read_file(database, export_id)])


def read_goods(data: bytes) -> tuple[Goods, list[Item]]:
    """Read a whole file of goods; what it was found to be, and its items."""
    goods = open_goods(BytesIO(data))
    items = list(goods.items)
    goods.close()
    return goods, items
