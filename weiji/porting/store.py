"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from typing import IO, Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog import Category, SaveProduct, Tree
from weiji.events import Actor
from weiji.identity import read_roles
from weiji.kit import sql
from weiji.kit.db import Database, Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.porting import vault
from weiji.porting.model import (
    EXPORT_KEPT_FOR,
    KEPT_FOR,
    AddPart,
    Export,
    ExportState,
    LabelOfRun,
    Line,
    NameNumber,
    Outcome,
    Run,
    RunState,
    SaveLabel,
    StartExport,
    StartImport,
    Undoing,
)
from weiji.porting.records import (
    DesignRecord,
    HistoryKind,
    HistoryRecord,
    LineProblem,
    PaperRecord,
    ProfileRecord,
    VideoRecord,
)
from weiji.porting.shop_settings import Given
from weiji.web.caller import Caller
from weiji.web.permissions import ROLES, Permission

SQL = sql.beside(__file__)

PAPER_BYTES_MAX: Final = 1024**3
"""Bytes of the files of invoices that a shop may bring along. The database holds it, too (`papers_within_quota`)."""

PARTS_DELETED: Final = 64
"""Parts that are deleted at once."""


class Part(Struct, frozen=True):
    """A part of a file, without what is in it."""

    file_id: UUID
    number: int
    shop_id: UUID
    size: int


class Task(Struct, frozen=True):
    """A run that the worker has something to do with: how far it is, and for whom it acts."""

    id: UUID
    shop_id: UUID
    state: RunState
    done: int
    actor: Actor
    origin: str = ""


class VideoOfLine(Struct, frozen=True, kw_only=True):
    """The video that a line brings its product: as the file has it, where it is shown, and what was shown before."""

    video: VideoRecord
    shown: str = ""
    """Its address here, once it is there."""
    before: VideoRecord | None = None


class LineToSave(Struct, frozen=True, kw_only=True):
    """What became of an item, to be written."""

    number: int
    line: int
    rows: int
    handle: str
    title: str
    outcome: Outcome
    problems: tuple[LineProblem, ...]
    product_id: UUID | None = None
    version: int | None = None
    before: SaveProduct | None = None
    pictures: int = 0
    label: str = ""
    category_id: UUID | None = None
    video: VideoOfLine | None = None


class Brought(Struct, frozen=True, kw_only=True):
    """What became of a picture that a file names: where it is shown now, or why it is not. `run_id` tried it last."""

    source: str
    url: str | None = None
    fault: str = ""
    width: int | None = None
    height: int | None = None
    run_id: UUID


class PictureTask(Struct, frozen=True, kw_only=True):
    """A line of a run whose product has pictures to be brought."""

    run_id: UUID
    shop_id: UUID
    actor: Actor
    number: int
    product_id: UUID | None
    """None: those of the shop's page."""
    video: VideoOfLine | None = None


class PictureLine(Struct, frozen=True, kw_only=True):
    """Such a line, locked."""

    outcome: Outcome
    version: int | None
    before: SaveProduct | None
    problems: tuple[LineProblem, ...]
    pictures: int
    video: VideoOfLine | None


class LineToUndo(Struct, frozen=True):
    """A product that a run made or changed."""

    number: int
    outcome: Outcome
    product_id: UUID
    version: int
    before: SaveProduct | None
    video: VideoOfLine | None


async def get_parts(reader: Reader, file_ids: Collection[UUID]) -> dict[UUID, list[Part]]:
    """Read which parts files have."""
    ids = sorted(set(file_ids))
    found: dict[UUID, list[Part]] = {}
    for row in await reader.rows(SQL.get_parts, shards_of(ids), ids):
        found.setdefault(row["file_id"], []).append(Part(*row.values()))
    return found


async def get_used(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    """Read what the files of shops come to."""
    return await _by_shop(reader, SQL.get_used, shop_ids)


async def lock_shops(tx: Transaction, shop_ids: Collection[UUID]) -> None:
    """Lock what the files of shops come to until *tx* ends."""
    ids = sorted(set(shop_ids))
    await tx.run(SQL.add_shops, shards_of(ids), ids)
    await tx.rows(SQL.lock_shops, shards_of(ids), ids)


async def set_used(tx: Transaction, used: Mapping[UUID, int]) -> None:
    """Write what the files of shops come to, which are locked."""
    if used:
        await tx.run(SQL.set_used, shards_of(used), list(used), list(used.values()))


async def _by_shop(reader: Reader, statement: sql.Statement, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    ids = sorted(set(shop_ids))
    return {row[0]: row[1] for row in await reader.rows(statement, distinct_shards(ids), ids)}


async def add_parts(tx: Transaction, parts: Sequence[AddPart], due_at: datetime | None = None) -> None:
    """Write parts, sealed."""
    if parts:
        ids, numbers, shops = columns(parts, "file_id", "number", "shop_id")
        await tx.run(
            SQL.add_parts,
            shards_of(ids),
            ids,
            numbers,
            shops,
            [len(part.data) for part in parts],
            [vault.seal(part.data, part.file_id, part.number) for part in parts],
            due_at or tx.now + KEPT_FOR,
        )


async def read_part(reader: Reader, file_id: UUID, number: int) -> bytes | None:
    """Read what is in a part; None where it is gone."""
    sealed = await reader.value(SQL.read_part, shard_of(file_id), file_id, number)
    return None if sealed is None else vault.unseal(sealed, file_id, number)


async def write_file(database: Database, file_id: UUID, file: IO[bytes]) -> int:
    """Write a file's parts into *file*, one after another; say how many there are. No connection is held meanwhile."""
    number = 0
    while True:
        async with database.read() as reader:
            data = await read_part(reader, file_id, number)
        if data is None:
            return number
        file.write(data)
        number += 1


async def delete_parts(tx: Transaction, file_id: UUID) -> None:
    """Delete a file."""
    await tx.run(SQL.delete_parts, shard_of(file_id), file_id)


async def forget_exports(tx: Transaction, shop_ids: Collection[UUID]) -> None:
    """Delete the exports of shops that have customers in them."""
    ids = list(shop_ids)
    await tx.run(SQL.forget_exports, distinct_shards(ids), ids)


async def delete_due_parts(tx: Transaction) -> int:
    """Delete files that were kept long enough; say how many parts there were."""
    return len(await tx.rows(SQL.delete_due_parts, tx.now, PARTS_DELETED))


class Locked(Struct, frozen=True):
    """A run that is locked, and whether its file is still there."""

    run: Run
    has_file: bool


async def lock_runs(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Locked]:
    """Lock runs until *tx* ends. What is not there is left out."""
    wanted = sorted(set(ids))
    rows = await tx.rows(SQL.lock_runs, shards_of(wanted), wanted)
    return {row["id"]: Locked(_run(row), row["has_file"]) for row in rows}


def _run(row: Row) -> Run:
    return msgspec.convert({name: row[name] for name in Run.__struct_fields__}, Run)


async def get_run(reader: Reader, id: UUID) -> Run | None:
    """Read a run."""
    row = await reader.row(SQL.get_run, shard_of(id), id)
    return _run(row) if row else None


class ShopSign(Struct, frozen=True):
    """The shop that a page is about."""

    id: UUID
    handle: str
    name: str


Cursor = tuple[datetime, UUID] | None
"""Where a list goes on: time and id of the last row that was shown."""


async def get_desk(
    reader: Reader, shop_id: UUID, after: Cursor, exports_after: Cursor, limit: int
) -> tuple[ShopSign, list[Run], list[Export]] | None:
    """Read a shop with a page of its runs and one of its exports, in one statement."""
    cursors = (*(after or (None, None)), *(exports_after or (None, None)))
    row = await reader.row(SQL.get_desk, shard_of(shop_id), shop_id, *cursors, limit)
    if row is None:
        return None
    runs, exports = msgspec.convert((row["runs"] or [], row["exports"] or []), tuple[list[Run], list[Export]])
    return ShopSign(row["id"], row["handle"], row["name"]), runs, exports


async def get_run_and_shop(reader: Reader, id: UUID) -> tuple[Run, ShopSign] | None:
    """Read a run with the shop that it is of, in one statement."""
    row = await reader.row(SQL.get_run_and_shop, shard_of(id), id)
    return (_run(row), ShopSign(row["shop_id"], row["shop_handle"], row["shop_name"])) if row else None


async def get_runs_of_shop(reader: Reader, shop_id: UUID, after: Cursor, limit: int) -> list[Run]:
    """Read a page of a shop's runs, newest first."""
    rows = await reader.rows(SQL.get_runs_of_shop, shard_of(shop_id), shop_id, *(after or (None, None)), limit)
    return [_run(row) for row in rows]


async def get_runs_under_way(reader: Reader, limit: int) -> list[Task]:
    """Read which runs the worker has something to do with."""
    rows = await reader.rows(SQL.get_runs_under_way, limit)
    return [
        Task(
            row["id"],
            row["shop_id"],
            RunState(row["state"]),
            row["done"],
            msgspec.convert(row["actor"], Actor),
            row["origin"],
        )
        for row in rows
    ]


async def fail_run(tx: Transaction, id: UUID) -> int:
    """Write that a run failed; say how often it did since it last got on."""
    row = await tx.row(SQL.fail_run, shard_of(id), id, tx.now)
    return row["failures"] if row else 0


async def count_under_way(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the runs of shops that are under way."""
    return await _by_shop(reader, SQL.count_under_way, shop_ids)


async def add_runs(tx: Transaction, commands: Sequence[StartImport], sizes: Sequence[int]) -> None:
    """Write new runs."""
    if commands:
        ids, shops, names, actors, origins = columns(commands, "id", "shop_id", "name", "actor", "origin")
        await tx.run(SQL.add_runs, shards_of(ids), ids, shops, names, list(sizes), actors, origins, tx.now)


async def update_runs(tx: Transaction, runs: Sequence[Run], actors: Sequence[Actor | None] = ()) -> None:
    """Write whatever changed of runs that are locked."""
    if not runs:
        return
    names = (
        "state", "source", "problem", "done", "items", "rows", "made", "changed", "same", "refused", "warned", "undone",
        "kept", "checked_at", "confirmed_at", "imported_at", "undone_at",
    )  # fmt: skip
    ids = [run.id for run in runs]
    given = list(actors) or [None] * len(ids)
    pictures = columns(runs, "pictures", "pictures_taken", "pictures_missed", "history", "reading")
    await tx.run(SQL.update_runs, shards_of(ids), ids, *columns(runs, *names), tx.now, given, *pictures)


async def save_lines(
    tx: Transaction, run_id: UUID, lines: Sequence[LineToSave], pictures_due_at: datetime | None = None
) -> None:
    """Write what became of items; pictures are brought from *pictures_due_at* on, if at all."""
    if lines:
        await tx.run(SQL.save_lines, shard_of(run_id), run_id, *columns(lines), pictures_due_at)


async def get_pictures(reader: Reader, shop_id: UUID, sources: Collection[str]) -> dict[str, Brought]:
    """Read what became of pictures, by their addresses. What was never tried is left out."""
    if not sources:
        return {}
    digests = [_digest(source) for source in sources]
    rows = await reader.rows(SQL.get_pictures, shard_of(shop_id), shop_id, digests)
    return {row["source"]: Brought(**row) for row in rows}


async def save_picture(tx: Transaction, shop_id: UUID, found: Brought) -> None:
    """Write what became of a picture."""
    place = (shard_of(shop_id), shop_id, _digest(found.source))
    facts = (found.source, found.url, found.fault, found.width, found.height, found.run_id)
    await tx.run(SQL.save_picture, *place, *facts, tx.now)


def _digest(source: str) -> bytes:
    return sha256(source.encode()).digest()


async def get_lines_with_pictures(reader: Reader, now: datetime, limit: int) -> list[PictureTask]:
    """Read lines whose products are to be brought pictures, of several runs in turn: none waits for another's end."""
    runs = await reader.rows(SQL.get_runs_with_pictures, limit)
    found = [await reader.rows(SQL.get_lines_with_pictures, shard_of(run["id"]), run["id"], now, limit) for run in runs]
    tasks = [
        PictureTask(
            run_id=run["id"],
            shop_id=run["shop_id"],
            actor=msgspec.convert(run["actor"], Actor),
            number=line["number"],
            product_id=line["product_id"],
            video=msgspec.convert(line["video"], VideoOfLine | None),
        )
        for turn in zip_longest(*found)
        for run, line in zip(runs, turn, strict=True)
        if line
    ]
    return tasks[:limit]


async def claim_line(tx: Transaction, task: PictureTask, until: datetime) -> bool:
    """Claim a line until then; say whether nobody else has it."""
    place = (shard_of(task.run_id), task.run_id, task.number)
    return bool(await tx.rows(SQL.claim_line, *place, tx.now, until))


async def prolong_line(tx: Transaction, task: PictureTask, until: datetime) -> None:
    """Have a line a while longer."""
    await tx.run(SQL.prolong_line, shard_of(task.run_id), task.run_id, task.number, until)


async def lock_line(tx: Transaction, task: PictureTask) -> PictureLine | None:
    """Lock a line until *tx* ends; None where its pictures are dealt with."""
    row = await tx.row(SQL.lock_line, shard_of(task.run_id), task.run_id, task.number)
    return msgspec.convert(dict(row), PictureLine) if row else None


async def finish_line(tx: Transaction, task: PictureTask, line: PictureLine) -> None:
    """Write that a line's pictures are dealt with."""
    place = (shard_of(task.run_id), task.run_id, task.number)
    await tx.run(SQL.finish_line, *place, line.outcome, line.version, line.before, line.problems, line.video)


async def drop_pictures(tx: Transaction, run_id: UUID) -> None:
    """Bring no more pictures of a run."""
    await tx.run(SQL.drop_pictures, shard_of(run_id), run_id)


async def get_lines(reader: Reader, run_id: UUID, which: str, after: int, limit: int) -> list[Line]:
    """Read a page of a run's lines: of one outcome, all (``), those with problems (`told`), or `kept` in undoing."""
    rows = await reader.rows(SQL.get_lines, shard_of(run_id), run_id, after, which, limit)
    return [msgspec.convert(dict(row), Line) for row in rows]


async def get_lines_to_undo(reader: Reader, run_id: UUID, number: int, limit: int) -> list[LineToUndo]:
    """Read what is to be undone, from a number on."""
    rows = await reader.rows(SQL.get_lines_to_undo, shard_of(run_id), run_id, number, limit)
    return [_to_undo(row) for row in rows]


def _to_undo(row: Row) -> LineToUndo:
    return msgspec.convert(dict(row), LineToUndo)


async def set_undoing(tx: Transaction, run_id: UUID, undoing: dict[int, Undoing]) -> None:
    """Write what undoing did."""
    if undoing:
        await tx.run(SQL.set_undoing, shard_of(run_id), run_id, list(undoing), list(undoing.values()))


class HistoryRow(Struct, frozen=True):
    """Something that happened elsewhere: the line of the archive, as JSON."""

    id: UUID
    happened_at: datetime
    facts: bytes


async def add_history(tx: Transaction, shop_id: UUID, run_id: UUID, records: Sequence[HistoryRecord]) -> int:
    """Write what happened elsewhere, sealed; say how much of it was not there yet."""
    if not records:
        return 0
    found = {(record.kind, record.id): record for record in records}
    kinds, ids, times = columns(list(found.values()), "kind", "id", "happened_at")
    sealed = [vault.seal(record.facts, record.id, 0) for record in found.values()]
    place = (shard_of(shop_id), shop_id, run_id)
    return len(await tx.rows(SQL.add_history, *place, kinds, ids, times, sealed))


async def add_papers(tx: Transaction, shop_id: UUID, run_id: UUID, records: Sequence[PaperRecord]) -> list[PaperRecord]:
    """Write files of invoices, sealed; those that are there already stay. Give those that are empty, or too much."""
    if not records:
        return []
    await lock_shops(tx, [shop_id])
    place = (shard_of(shop_id), shop_id)
    there = {row["id"] for row in await tx.rows(SQL.find_papers, *place, [record.id for record in records])}
    room = PAPER_BYTES_MAX - (await tx.value(SQL.get_paper_bytes, *place) or 0)
    taken: dict[UUID, PaperRecord] = {}
    left = []
    for record in records:
        if record.id in there or record.id in taken:
            continue
        if not 0 < len(record.content) <= room:
            left.append(record)
            continue
        room -= len(record.content)
        taken[record.id] = record
    sealed = [vault.seal(record.content, record.id, 0) for record in taken.values()]
    await tx.run(SQL.add_papers, *place, run_id, list(taken), [len(each.content) for each in taken.values()], sealed)
    return left


async def get_paper(reader: Reader, shop_id: UUID, id: UUID) -> bytes | None:
    """Read the file of an invoice that a shop brought along."""
    sealed = await reader.value(SQL.get_paper, shard_of(shop_id), shop_id, id)
    return None if sealed is None else vault.unseal(sealed, id, 0)


async def list_papers(reader: Reader, shop_id: UUID, after: UUID, limit: int) -> list[tuple[UUID, bytes]]:
    """Read a page of the files of invoices that a shop brought along, by their ids."""
    rows = await reader.rows(SQL.list_papers, shard_of(shop_id), shop_id, after, limit)
    return [(row["id"], vault.unseal(row["sealed"], row["id"], 0)) for row in rows]


async def get_history(reader: Reader, shop_id: UUID, kind: HistoryKind, after: Cursor, limit: int) -> list[HistoryRow]:
    """Read a page of what happened elsewhere, newest first."""
    rows = await reader.rows(SQL.get_history, shard_of(shop_id), shop_id, kind, *(after or (None, None)), limit)
    return [HistoryRow(row["id"], row["happened_at"], vault.unseal(row["sealed"], row["id"], 0)) for row in rows]


async def get_history_of_shop(
    reader: Reader, shop_id: UUID, kind: HistoryKind, after: Cursor, limit: int
) -> tuple[ShopSign, list[HistoryRow]] | None:
    """Read a shop with a page of what happened elsewhere, in one statement."""
    place = (shard_of(shop_id), shop_id, kind)
    row = await reader.row(SQL.get_history_of_shop, *place, *(after or (None, None)), limit)
    if row is None:
        return None
    found = msgspec.convert(row["history"] or [], list[_SealedHistory])
    history = [
        HistoryRow(each.id, each.happened_at, vault.unseal(bytes.fromhex(each.sealed), each.id, 0)) for each in found
    ]
    return ShopSign(row["id"], row["handle"], row["name"]), history


class _SealedHistory(Struct, frozen=True):
    id: UUID
    happened_at: datetime
    sealed: str
    """In hexadecimal digits."""


async def delete_history(tx: Transaction, run_id: UUID) -> None:
    """Delete what a run brought of elsewhere."""
    await tx.run(SQL.delete_history, shard_of(run_id), run_id)
    await tx.run(SQL.delete_papers, shard_of(run_id), run_id)


async def set_profile(tx: Transaction, run_id: UUID, profile: ProfileRecord) -> None:
    """Write what a run gave the shop's profile."""
    await tx.run(SQL.set_profile, shard_of(run_id), run_id, profile)


async def get_profile(reader: Reader, run_id: UUID) -> ProfileRecord | None:
    """Read what a run gave the shop's profile."""
    found = await reader.value(SQL.get_profile, shard_of(run_id), run_id)
    return msgspec.convert(found, ProfileRecord) if found else None


async def get_permissions(reader: Reader, shop_id: UUID, actor: Actor) -> frozenset[Permission]:
    """Read what somebody may do in a shop, by their role there; who is no person, such as the terminal, may do all."""
    if actor.person_id is None:
        return frozenset(Permission)
    texts = await reader.value(SQL.get_roles, shard_of(actor.person_id), actor.person_id)
    role = Caller(person_id=actor.person_id, roles=read_roles(texts or ())).role_at(shop_id)
    return ROLES.get(role or "", frozenset())


async def set_settings(tx: Transaction, run_id: UUID, given: Given) -> None:
    """Write what a run gave the shop's settings."""
    await tx.run(SQL.set_settings, shard_of(run_id), run_id, given)


async def get_settings(reader: Reader, run_id: UUID) -> Given | None:
    """Read what a run gave the shop's settings."""
    found = await reader.value(SQL.get_settings, shard_of(run_id), run_id)
    return msgspec.convert(found, Given) if found else None


async def set_design(tx: Transaction, run_id: UUID, design: DesignRecord) -> None:
    """Write how a shop's page shall look, once its pictures are there."""
    await tx.run(SQL.set_design, shard_of(run_id), run_id, design)


async def get_design(reader: Reader, run_id: UUID) -> DesignRecord | None:
    """Read how a shop's page shall look."""
    found = await reader.value(SQL.get_design, shard_of(run_id), run_id)
    return msgspec.convert(found, DesignRecord, str_keys=True) if found else None


async def get_withdrawn(reader: Reader, product_ids: Sequence[UUID]) -> set[UUID]:
    """Tell which products were taken off sale by undoing a run."""
    ids = sorted(set(product_ids))
    return {row["product_id"] for row in await reader.rows(SQL.get_withdrawn, shards_of(ids), ids)}


async def get_unnamed(reader: Reader, run_id: UUID, limit: int) -> list[str]:
    """Read the numbers without a name that a run came across."""
    return [row["key"] for row in await reader.rows(SQL.get_unnamed, shard_of(run_id), run_id, limit)]


async def get_names(reader: Reader, shop_id: UUID) -> dict[str, str]:
    """Read what a shop calls numbers."""
    return {row["key"]: row["name"] for row in await reader.rows(SQL.get_names, shard_of(shop_id), shop_id)}


async def get_named(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """Read which numbers shops gave a name."""
    ids = sorted(set(shop_ids))
    found: dict[UUID, set[str]] = {id: set() for id in ids}
    for row in await reader.rows(SQL.get_named, distinct_shards(ids), ids):
        found[row["shop_id"]].add(row["key"])
    return found


async def save_names(tx: Transaction, commands: Sequence[NameNumber]) -> None:
    """Write names; the last of two for one number is it."""
    last = list({(command.shop_id, command.key): command for command in commands}.values())
    if last:
        shops, keys, names = columns(last, "shop_id", "key", "name")
        await tx.run(SQL.save_names, shards_of(shops), shops, keys, names)


async def get_labels(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, dict[str, UUID | None]]:
    """Read which categories shops say that labels are."""
    ids = sorted(set(shop_ids))
    found: dict[UUID, dict[str, UUID | None]] = {id: {} for id in ids}
    for row in await reader.rows(SQL.get_labels, distinct_shards(ids), ids):
        found[row["shop_id"]][row["label"]] = row["category_id"]
    return found


async def save_labels(tx: Transaction, commands: Sequence[SaveLabel]) -> None:
    """Write what shops say of labels; the last word of two for one label counts."""
    last = list({(command.shop_id, command.label): command for command in commands}.values())
    if last:
        shops, labels, categories, guessed = columns(last, "shop_id", "label", "category_id", "is_guessed")
        await tx.run(SQL.forget_labels, distinct_shards(shops), shops, labels, guessed)
        await tx.run(SQL.save_labels, shards_of(shops), shops, labels, categories, guessed)


async def get_labels_of_run(reader: Reader, run_id: UUID, limit: int) -> tuple[list[LabelOfRun], Tree]:
    """Read what a run's file calls goods, the most frequent first, and the categories: in one statement."""
    row = await reader.row(SQL.get_labels_of_run, shard_of(run_id), run_id, limit)
    assert row is not None
    labels = msgspec.convert(row["labels"] or [], list[LabelOfRun])
    return labels, Tree(msgspec.convert(row["categories"] or [], list[Category]))


async def get_exports(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Export]:
    """Read exports. What is not there is left out."""
    wanted = sorted(set(ids))
    return {row["id"]: _export(row) for row in await reader.rows(SQL.get_exports, shards_of(wanted), wanted)}


def _export(row: Row) -> Export:
    values: dict[str, Any] = dict(row)
    return msgspec.convert(values, Export)


async def get_exports_of_shop(reader: Reader, shop_id: UUID, after: Cursor, limit: int) -> list[Export]:
    """Read a page of a shop's exports, newest first."""
    rows = await reader.rows(SQL.get_exports_of_shop, shard_of(shop_id), shop_id, *(after or (None, None)), limit)
    return [_export(row) for row in rows]


async def count_exports_under_way(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the exports of shops that are under way."""
    return await _by_shop(reader, SQL.count_exports_under_way, shop_ids)


async def get_exports_under_way(reader: Reader, limit: int) -> list[Export]:
    """Read which exports are to be made."""
    return [_export(row) for row in await reader.rows(SQL.get_exports_under_way, limit)]


async def add_exports(tx: Transaction, commands: Sequence[StartExport]) -> None:
    """Write new exports."""
    if commands:
        ids, shops, contents, actors = columns(commands, "id", "shop_id", "contents", "actor")
        due_at = tx.now + EXPORT_KEPT_FOR
        await tx.run(SQL.add_exports, shards_of(ids), ids, shops, contents, actors, tx.now, due_at)


async def touch_export(tx: Transaction, id: UUID, items: int) -> None:
    """Write how far an export is."""
    await tx.run(SQL.touch_export, shard_of(id), id, items, tx.now)


async def finish_export(tx: Transaction, id: UUID, state: ExportState, items: int, size: int) -> bool:
    """Write that an export is made, or failed; say whether nobody else did."""
    due_at = tx.now + EXPORT_KEPT_FOR
    return bool(await tx.rows(SQL.finish_export, shard_of(id), id, state, items, size, tx.now, due_at))
