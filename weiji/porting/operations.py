"""The verbs of porting. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from weiji.catalog import get_categories
from weiji.events import Occurrence, publish
from weiji.events.porting import ExportStarted, GoodsImported
from weiji.kit.db import Database, Reader, Transaction
from weiji.porting import store
from weiji.porting.model import (
    AddPart,
    AddPartStatus,
    Export,
    HistoryEntry,
    LabelOfRun,
    Line,
    MoveRun,
    MoveRunStatus,
    NameNumber,
    NameNumberStatus,
    Run,
    RunState,
    SaveLabel,
    SaveLabelStatus,
    StartExport,
    StartExportStatus,
    StartImport,
    StartImportStatus,
)
from weiji.porting.records import HistoryKind
from weiji.porting.rules import (
    Exports,
    Files,
    Labelling,
    Naming,
    judge_exports,
    judge_labels,
    judge_move,
    judge_names,
    judge_parts,
    judge_starts,
)
from weiji.shops import get_shops


async def _get_shop_ids(reader: Reader, ids: set[UUID]) -> set[UUID]:
    return {shop.id for shop in await get_shops(reader, list(ids)) if shop}


async def _read_files(tx: Transaction, file_ids: set[UUID], shop_ids: set[UUID], *, is_start: bool) -> Files:
    known = await _get_shop_ids(tx, shop_ids)
    if not is_start:
        await store.lock_shops(tx, known)
    parts = await store.get_parts(tx, file_ids)
    runs = await store.lock_runs(tx, file_ids)
    return Files(
        shop_ids=known,
        runs={id: locked.run.shop_id for id, locked in runs.items()},
        parts={id: {part.number: part.size for part in found} for id, found in parts.items()},
        owners={id: found[0].shop_id for id, found in parts.items()},
        used={} if is_start else await store.get_used(tx, shop_ids),
        under_way=await store.count_under_way(tx, shop_ids) if is_start else {},
    )


async def add_parts(tx: Transaction, commands: Sequence[AddPart]) -> list[AddPartStatus]:
    """Add parts to files. Results are in the order of *commands*.

    Shops are locked until *tx* ends: what their files come to is exact.
    """
    files = await _read_files(
        tx, {command.file_id for command in commands}, {command.shop_id for command in commands}, is_start=False
    )
    statuses = judge_parts(files, commands)
    added = [c for c, status in zip(commands, statuses, strict=True) if status is AddPartStatus.ADDED]
    await store.add_parts(tx, added)
    await store.set_used(tx, {command.shop_id: files.used[command.shop_id] for command in added})
    return statuses


async def start_imports(tx: Transaction, commands: Sequence[StartImport]) -> list[StartImportStatus]:
    """Begin runs: the worker reads their files. Results are in the order of *commands*."""
    files = await _read_files(
        tx, {command.id for command in commands}, {command.shop_id for command in commands}, is_start=True
    )
    statuses = judge_starts(files, commands)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is StartImportStatus.CREATED]
    await store.add_runs(tx, made, [sum(files.parts[command.id].values()) for command in made])
    return statuses


async def move_runs(tx: Transaction, commands: Sequence[MoveRun]) -> list[MoveRunStatus]:
    """Confirm, stop, undo or read again runs. Results are in the order of *commands*.

    The worker acts for who asked last. Publishes GoodsImported of what is stopped while it is taken over.
    """
    locked = await store.lock_runs(tx, {command.run_id for command in commands})
    runs = {id: found.run for id, found in locked.items()}
    actors = {}
    statuses = []
    stopped: list[Occurrence] = []
    for command in commands:
        found = locked.get(command.run_id)
        status, run = judge_move(runs.get(command.run_id), bool(found and found.has_file), command, tx.now)
        if run:
            if (runs[run.id].state, run.state) == (RunState.IMPORTING, RunState.IMPORTED):
                stopped.append(Occurrence(imported(run), run.shop_id, run.id, command.actor))
            runs[run.id] = run
            actors[run.id] = command.actor
        statuses.append(status)
    await publish(tx, stopped)
    await store.update_runs(tx, [runs[id] for id in actors], list(actors.values()))
    return statuses


def imported(run: Run) -> GoodsImported:
    """Tell what a run brought."""
    return GoodsImported(run_id=run.id, made=run.made, changed=run.changed, same=run.same, refused=run.refused)


async def name_numbers(tx: Transaction, commands: Sequence[NameNumber]) -> list[NameNumberStatus]:
    """Say what numbers are called. Results are in the order of *commands*."""
    shop_ids = {command.shop_id for command in commands}
    state = Naming(shop_ids=await _get_shop_ids(tx, shop_ids), named=await store.get_named(tx, shop_ids))
    statuses = judge_names(state, commands)
    await store.save_names(tx, [c for c, s in zip(commands, statuses, strict=True) if s is NameNumberStatus.NAMED])
    return statuses


async def save_labels(tx: Transaction, commands: Sequence[SaveLabel]) -> list[SaveLabelStatus]:
    """Say which categories goods are that files call so. Results are in the order of *commands*."""
    shop_ids = {command.shop_id for command in commands}
    said = await store.get_labels(tx, shop_ids)
    tree = await get_categories(tx)
    state = Labelling(
        shop_ids=await _get_shop_ids(tx, shop_ids),
        labels={id: set(labels) for id, labels in said.items()},
        category_ids={category.id for category in tree.all() if not category.is_retired},
    )
    statuses = judge_labels(state, commands)
    await store.save_labels(tx, [c for c, s in zip(commands, statuses, strict=True) if s is SaveLabelStatus.SAVED])
    return statuses


async def get_labels_of_run(reader: Reader, run_id: UUID, limit: int = 200) -> list[LabelOfRun]:
    """Read what a run's file calls goods, the most frequent first."""
    labels, _tree = await store.get_labels_of_run(reader, run_id, limit)
    return labels


async def start_exports(tx: Transaction, commands: Sequence[StartExport]) -> list[StartExportStatus]:
    """Have files made. Results are in the order of *commands*. Publishes ExportStarted: somebody takes data out."""
    shop_ids = {command.shop_id for command in commands}
    state = Exports(
        shop_ids=await _get_shop_ids(tx, shop_ids),
        exports={**await store.get_exports(tx, {command.id for command in commands})},
        under_way=await store.count_exports_under_way(tx, shop_ids),
    )
    statuses = judge_exports(state, commands)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is StartExportStatus.CREATED]
    await store.add_exports(tx, made)
    await publish(
        tx,
        [Occurrence(ExportStarted(export_id=c.id, contents=c.contents), c.shop_id, c.id, c.actor) for c in made],
    )
    return statuses


async def get_run(reader: Reader, run_id: UUID) -> Run | None:
    """Read a run."""
    return await store.get_run(reader, run_id)


async def get_runs(
    reader: Reader, shop_id: UUID, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[Run]:
    """Read a page of a shop's runs, newest first."""
    return await store.get_runs_of_shop(reader, shop_id, after, limit)


async def get_lines(reader: Reader, run_id: UUID, which: str = "", after: int = -1, limit: int = 100) -> list[Line]:
    """Read a page of a run's report, in the order of the file: all, or those of one outcome, or `told`, or `kept`."""
    return await store.get_lines(reader, run_id, which, after, limit)


async def get_history(
    reader: Reader, shop_id: UUID, kind: HistoryKind, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[HistoryEntry]:
    """Read a page of what a shop brought along of elsewhere, newest first."""
    rows = await store.get_history(reader, shop_id, kind, after, limit)
    return [entry_of(row) for row in rows]


def entry_of(row: store.HistoryRow) -> HistoryEntry:
    """Read what is told of something that happened elsewhere."""
    return HistoryEntry(id=row.id, happened_at=row.happened_at, facts=msgspec.json.decode(row.facts))


async def get_export(reader: Reader, export_id: UUID) -> Export | None:
    """Read an export."""
    return (await store.get_exports(reader, [export_id])).get(export_id)


async def get_exports(
    reader: Reader, shop_id: UUID, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[Export]:
    """Read a page of a shop's exports, newest first."""
    return await store.get_exports_of_shop(reader, shop_id, after, limit)


async def read_part(reader: Reader, file_id: UUID, number: int) -> bytes | None:
    """Read a part of a file; None where there is none, or it is gone."""
    return await store.read_part(reader, file_id, number)


async def read_file(database: Database, file_id: UUID) -> AsyncIterator[bytes]:
    """Read a file part by part; no connection is held between two of them. Nothing, where it is gone."""
    number = 0
    while True:
        async with database.read() as reader:
            data = await store.read_part(reader, file_id, number)
        if data is None:
            return
        yield data
        number += 1
