"""Commands for a terminal: what `weiji` can do with goods from elsewhere."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import click

from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.installation import get_installation, open_keys
from weiji.kit.reaching import open_database
from weiji.kit.seal import Source
from weiji.porting.importing import ITEMS_AT_ONCE, take_kept, try_out
from weiji.porting.model import (
    NAME_MAX,
    PART_MAX,
    AddPart,
    AddPartStatus,
    ConfirmImport,
    Line,
    Outcome,
    Run,
    RunState,
    StartImport,
    StartImportStatus,
)
from weiji.porting.operations import add_parts, get_lines, get_run, move_runs, start_imports
from weiji.porting.pictures import TICK, Bringer
from weiji.porting.readers import open_goods
from weiji.porting.store import LineToSave, get_names
from weiji.porting.worker import Importer, Session
from weiji.settings import Settings
from weiji.shops import find_shop


class Counts:
    """What came of an import."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(Outcome, 0)
        self.problems = 0
        self.taken = self.missed = 0

    def tell(self, lines: Sequence[LineToSave | Line]) -> None:
        """Count lines, and tell what is wrong with them."""
        for line in lines:
            self.outcomes[line.outcome] += 1
            for problem in line.problems:
                self.problems += 1
                where = f" ({line.handle})" if line.handle else ""
                what = f": {problem.column} «{problem.value}»" if problem.column or problem.value else ""
                click.echo(f"line {problem.line}{where}: {problem.fault}{what.replace(':  «', ': «')}", err=True)


@click.command("import-goods")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "handle", required=True, help="The handle of the shop that the goods are for.")
@click.option("--origin", default="", help="The shop elsewhere that the file is from, if you bring those of several.")
@click.option("--pictures", "has_pictures", is_flag=True, help="Bring the pictures along, too, and wait for them.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def import_goods(settings: Settings, file: Path, handle: str, origin: str, has_pictures: bool, dry_run: bool) -> None:
    """Take goods of another platform's file into a shop. Running it again changes nothing twice.

    With pictures it is a run like those of the shop's own page, which shows it and can undo it.

    Shopify, WooCommerce, Taobao data packages (CSV or Excel), Google Merchant feeds, and archives of weiji.
    """
    doing = _run(settings, file, handle, origin) if has_pictures and not dry_run else None
    counts = asyncio.run(doing or _import(settings, file, handle, origin, dry_run))
    click.echo(
        f"{'would be ' if dry_run else ''}made {counts.outcomes[Outcome.NEW]},"
        f" updated {counts.outcomes[Outcome.CHANGED]}, unchanged {counts.outcomes[Outcome.SAME]};"
        f" problems {counts.problems}"
        + (f"; pictures taken {counts.taken}, missed {counts.missed}" if has_pictures and not dry_run else "")
    )
    if counts.outcomes[Outcome.REFUSED]:
        raise SystemExit(1)


async def _run(settings: Settings, file: Path, handle: str, origin: str) -> Counts:
    """Import by a run, and stay until its pictures are brought: whether a server runs meanwhile, or not."""
    async with open_database(settings.database_url, settings.data) as database:
        installation = await get_installation(database)
        await open_keys(database, Source.of(settings))
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
        if shop_id is None:
            raise click.ClickException(f"there is no shop {handle}")
        run_id = await _start(database, shop_id, file, origin)
        run = await _get_on(database, run_id, RunState.CHECKING)
        if run.problem:
            raise click.ClickException(f"{run.problem.fault} {run.problem.value}".strip())
        confirm = ConfirmImport(run_id=run_id, shop_id=shop_id, actor=BY_SYSTEM)
        await database.retried(lambda tx: move_runs(tx, [confirm]))
        await _get_on(database, run_id, RunState.IMPORTING)
        batchers = Batchers(database, Lanes(installation.lanes), settings.queue)
        bringer = Bringer(database, batchers, settings)
        try:
            while (run := await _find(database, run_id)).is_bringing:
                if not await bringer.work():
                    await asyncio.sleep(TICK)
        finally:
            bringer.close()
            await batchers.close()
        counts = Counts()
        after = -1
        while lines := await _lines(database, run_id, after):
            counts.tell(lines)
            after = lines[-1].number
        counts.taken, counts.missed = run.pictures_taken, run.pictures_missed
        return counts


async def _start(database: Database, shop_id: UUID, file: Path, origin: str) -> UUID:
    """Put a file where runs read theirs, part by part, and begin one."""
    run_id = new_id(shop_id)
    number = 0
    with file.open("rb") as source:  # Nothing else runs in this process.
        while data := source.read(PART_MAX):
            part = AddPart(file_id=run_id, shop_id=shop_id, number=number, data=data)
            (added,) = await database.retried(partial(add_parts, commands=[part]))
            if added is not AddPartStatus.ADDED:
                raise click.ClickException(added.value)
            number += 1
    start = StartImport(id=run_id, shop_id=shop_id, name=file.name[-NAME_MAX:], actor=BY_SYSTEM, origin=origin)
    (started,) = await database.retried(partial(start_imports, commands=[start]))
    if started is not StartImportStatus.CREATED:
        raise click.ClickException(started.value)
    return run_id


async def _get_on(database: Database, run_id: UUID, state: RunState) -> Run:
    """Get a run on until it is through with a state. Whatever else is under way gets on as well."""
    importer = Importer()
    try:
        while (run := await _find(database, run_id)).state is state:
            await importer.work(database, ITEMS_AT_ONCE)
    finally:
        importer.close()
    return run


async def _find(database: Database, run_id: UUID) -> Run:
    async with database.read() as reader:
        run = await get_run(reader, run_id)
    assert run, "a run stays"
    return run


async def _lines(database: Database, run_id: UUID, after: int) -> list[Line]:
    async with database.read() as reader:
        return await get_lines(reader, run_id, "", after, ITEMS_AT_ONCE)


async def _import(settings: Settings, file: Path, handle: str, origin: str, is_dry_run: bool) -> Counts:
    async with open_database(settings.database_url, settings.data) as database:
        await get_installation(database)
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
            if shop_id is None:
                raise click.ClickException(f"there is no shop {handle}")
            names = await get_names(reader, shop_id)
        counts = Counts()
        do = try_out if is_dry_run else take_kept
        with file.open("rb") as source:  # Nothing else runs in this process.
            goods = open_goods(source, names, clock.now())
            if goods.problem:
                raise click.ClickException(f"{goods.problem.fault} {goods.problem.value}".strip())
            session = Session(source, goods, origin)
            while items := session.next():
                counts.tell((await do(database, shop_id, None, goods.source, items, 0, BY_SYSTEM)).lines)
            session.close()
            if goods.problem:
                raise click.ClickException(f"{goods.problem.fault} {goods.problem.value}".strip())
        return counts
