"""Types for the statements in `queries.sql`. What owners send in is sealed on its way to the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import derive, distinct_shards, shard_of, shards_of
from weiji.kit.seal import KEYS, Place, column
from weiji.ledger import chart
from weiji.onboarding.model import (
    NUMBERS,
    Application,
    Checklist,
    Document,
    Entry,
    Field,
    FieldState,
    Kind,
    State,
)

SQL: Final = sql.beside(__file__)

VALUE_COLUMN: Final = column(
    "onboarding.fields:sealed",
    Place(table="onboarding.fields", column="sealed", of=("shop_id", "field"), id=derive),
)
CONTENT_COLUMN: Final = column("onboarding.documents:sealed")
"""What fields and documents are sealed for."""

_APPLICATION: Final = (
    "shop_id", "state", "created_at", "attempts", "checklist_version", "submitted_at", "promised_at", "reviewer_id",
    "decided_at", "reason", "forget_at",
)  # fmt: skip


def index_of(field: Field, value: str) -> bytes:
    """Make what a number is found by."""
    return KEYS.blind_index(value, f"onboarding.fields:{field}")


def _seal(shop_id: UUID, field: Field, value: str) -> bytes:
    return KEYS.seal(value, VALUE_COLUMN, derive(shop_id, field))


def _unseal(shop_id: UUID, field: Field, sealed: bytes) -> str:
    return KEYS.unseal(sealed, VALUE_COLUMN, derive(shop_id, field))


def open_name(shop_id: UUID, field: str, sealed: bytes) -> str:
    """Open a name of `public_names`."""
    return _unseal(shop_id, Field(field), sealed)


async def get_checklist(reader: Reader) -> tuple[int, Checklist]:
    """Read the checklist in force, and its version."""
    row = await reader.row(SQL.get_checklist)
    assert row is not None, "there is no checklist"
    return row["version"], msgspec.convert(row["checklist"], Checklist)


async def list_checklists(reader: Reader, before: int | None, limit: int) -> list[Row]:
    """Read versions of the checklist, the latest first, from the one before *before*."""
    return await reader.rows(SQL.list_checklists, before, limit)


async def lock_applications(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Application]:
    """Lock applications until *tx* ends, and read them with their fields."""
    wanted = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_applications, shards_of(wanted), wanted)
    found = {row["shop_id"]: _application(row) for row in rows}
    if found:
        for row in await tx.rows(SQL.get_fields, shards_of(wanted), wanted):
            field = Field(row["field"])
            value = _unseal(row["shop_id"], field, row["sealed"])
            found[row["shop_id"]].fields[field] = Entry(
                value=value, state=FieldState(row["state"]), reason=row["reason"]
            )
    return found


def _application(row: Row) -> Application:
    values = {name: row[name] for name in _APPLICATION}
    return Application(**{**values, "state": State(row["state"]), "fields": {}})


async def get_documents(reader: Reader, ids: Collection[UUID], shop_ids: Collection[UUID]) -> dict[UUID, Document]:
    """Read documents by their ids, and all those of shops, without what is in them."""
    shards = distinct_shards([*ids, *shop_ids])
    rows = await reader.rows(SQL.get_documents, shards, list(ids), list(shop_ids))
    return {row["id"]: msgspec.convert(dict(row), Document) for row in rows}


async def find_verified_owners(
    reader: Reader, numbers: Iterable[tuple[Field, str]]
) -> dict[tuple[Field, str], set[UUID]]:
    """Tell who owns the verified shops that have any of these numbers."""
    by_index = {index_of(field, value): (field, value) for field, value in numbers}
    found: dict[tuple[Field, str], set[UUID]] = {}
    if by_index:
        for row in await reader.rows(SQL.find_verified_owners, list(by_index)):
            found.setdefault(by_index[row["index"]], set()).add(row["owner_id"])
    return found


async def hold_numbers(tx: Transaction, numbers: Iterable[tuple[Field, str]]) -> None:
    """Keep others from approving owners with any of these numbers until *tx* ends.

    Whoever is read to have a number afterwards is all there is. Applications of one number lie in different shards, and
    none is there of a number that is new: there is no row of theirs to lock. No number stays written here.
    """
    if indexes := sorted({index_of(field, value) for field, value in numbers}):
        await tx.run(SQL.hold_numbers, indexes)
        await tx.run(SQL.clear_numbers, indexes)


async def get_subject_numbers(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, str]:
    """Tell by which number it is known who is behind shops: a company's code, else a person's; others are left out.

    It is for comparing, and not to be kept, told or written to a log.
    """
    ids = sorted(set(shop_ids))
    rows = await reader.rows(SQL.get_subjects, shards_of(ids), ids)
    return {row["shop_id"]: _unseal(row["shop_id"], Field(row["field"]), row["sealed"]) for row in rows}


class Twin(Struct, frozen=True):
    """Another shop whose application has the same number."""

    field: Field
    id: UUID
    name: str
    handle: str
    owner_id: UUID
    state: State


async def find_twins(reader: Reader, application: Application) -> list[Twin]:
    """Find other shops whose applications have a number of this one."""
    indexes = [index_of(name, entry.value) for name, entry in application.fields.items() if name in NUMBERS]
    rows = await reader.rows(SQL.find_twins, indexes, application.shop_id)
    return [msgspec.convert(dict(row), Twin) for row in rows]


async def put_applications(tx: Transaction, before: dict[UUID, Application], after: dict[UUID, Application]) -> None:
    """Write whatever changed in locked applications, and those that are new."""
    changed = [application for id, application in after.items() if application != before.get(id)]
    if not changed:
        return
    shop_ids, *facts = columns(changed, *_APPLICATION, "kind")
    await tx.run(SQL.put_applications, shards_of(shop_ids), shop_ids, *facts)
    nothing: dict[Field, Entry] = {}
    was = {id: application.fields for id, application in before.items()}
    put = [
        (a.shop_id, name, entry)
        for a in changed
        for name, entry in a.fields.items()
        if entry != was.get(a.shop_id, nothing).get(name)
    ]
    if put:
        await tx.run(
            SQL.put_fields,
            [shard_of(id) for id, _, _ in put],
            [id for id, _, _ in put],
            [name for _, name, _ in put],
            [_seal(id, name, entry.value) for id, name, entry in put],
            [index_of(name, entry.value) if name in NUMBERS else None for _, name, entry in put],
            [entry.state for _, _, entry in put],
            [entry.reason for _, _, entry in put],
            tx.now,
        )
    gone = [(a.shop_id, name) for a in changed for name in was.get(a.shop_id, nothing) if name not in a.fields]
    if gone:
        ids = [id for id, _ in gone]
        await tx.run(SQL.remove_fields, shards_of(ids), ids, [name for _, name in gone])


async def put_documents(
    tx: Transaction,
    before: dict[UUID, Document],
    after: dict[UUID, Document],
    contents: dict[UUID, bytes],
) -> None:
    """Write documents that are new, and remove those that are there no longer."""
    gone = [id for id, document in before.items() if after.get(id) != document]
    if gone:
        await tx.run(SQL.remove_documents, shards_of(gone), gone)
    new = [document for id, document in after.items() if before.get(id) != document]
    if new:
        ids, shop_ids, fields, media_types, sizes = columns(new, "id", "shop_id", "field", "media_type", "size")
        sealed = [KEYS.seal_bytes(contents[id], CONTENT_COLUMN, id) for id in ids]
        times = [document.added_at for document in new]
        await tx.run(SQL.add_documents, shards_of(ids), ids, shop_ids, fields, media_types, sizes, sealed, times)


class Content(Struct, frozen=True):
    """A document with what is in it, and who has taken its application."""

    shop_id: UUID
    field: Field
    media_type: str
    content: bytes
    state: State
    reviewer_id: UUID | None


async def get_contents(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Content]:
    """Open documents."""
    wanted = sorted(set(ids))
    return {
        row["id"]: Content(
            row["shop_id"],
            Field(row["field"]),
            row["media_type"],
            KEYS.unseal_bytes(row["sealed"], CONTENT_COLUMN, row["id"]),
            State(row["state"]),
            row["reviewer_id"],
        )
        for row in await reader.rows(SQL.get_contents, shards_of(wanted), wanted)
    }


class CaseShop(Struct, frozen=True):
    """The shop that a case is about."""

    id: UUID
    handle: str
    name: str
    owner_id: UUID
    status: str
    verification: str
    opened_at: datetime


class Case(Struct, frozen=True, kw_only=True):
    """A shop, its application if it has one, and the checklist in force."""

    shop: CaseShop
    version: int
    checklist: Checklist
    application: Application | None
    documents: list[Document]
    deposit: int
    """What the shop has put up, in fen."""


async def get_case(reader: Reader, shop_id: UUID) -> Case | None:
    """Read all that a page about an application shows; None where there is no such shop."""
    row = await reader.row(SQL.get_case, shard_of(shop_id), shop_id, chart.merchant_deposit(shop_id).id)
    if row is None:
        return None
    application = None
    if row["shop_id"] is not None:
        application = _application(row)
        for name, sealed, state, reason in row["fields"] or []:
            value = _unseal(shop_id, Field(name), bytes.fromhex(sealed))
            application.fields[Field(name)] = Entry(value=value, state=FieldState(state), reason=reason)
    return Case(
        shop=CaseShop(*(row[name] for name in CaseShop.__struct_fields__)),
        version=row["version"],
        checklist=msgspec.convert(row["checklist"], Checklist),
        application=application,
        documents=msgspec.convert(row["documents"] or [], list[Document]),
        deposit=row["deposit"],
    )


async def count_ahead(reader: Reader, application: Application) -> int:
    """Tell how many applications in the queue were handed in before."""
    found: int = await reader.value(SQL.count_ahead, application.submitted_at, application.shop_id)
    return found


class Queued(Struct, frozen=True, kw_only=True):
    """An application as the queue shows it: without anything that was sent in."""

    shop_id: UUID
    name: str
    handle: str
    state: State
    attempts: int
    submitted_at: datetime
    promised_at: datetime | None
    reviewer_id: UUID | None
    decided_at: datetime | None


async def list_applications(
    reader: Reader, states: Sequence[State], after: tuple[datetime, UUID], limit: int
) -> list[Queued]:
    """Read a page of applications, those first that were handed in first."""
    rows = await reader.rows(SQL.list_applications, list(states), *after, limit)
    return [msgspec.convert(dict(row), Queued) for row in rows]


async def count_states(reader: Reader) -> dict[State, int]:
    """Count the applications that wait, and those that reviewers have."""
    return {State(row["state"]): row["n"] for row in await reader.rows(SQL.count_states)}


async def get_due_to_forget(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Find the applications whose contents are to be removed."""
    return [row["shop_id"] for row in await reader.rows(SQL.get_due_to_forget, now, limit)]


async def get_without_kind(reader: Reader, limit: int) -> list[UUID]:
    """Find applications that were handed in and do not say beside their sealed fields who is behind the shop."""
    return [row["shop_id"] for row in await reader.rows(SQL.get_without_kind, limit)]


async def note_kinds(tx: Transaction, kinds: Mapping[UUID, Kind]) -> None:
    """Write who is behind shops."""
    if kinds:
        ids = list(kinds)
        await tx.run(SQL.note_kinds, shards_of(ids), ids, list(kinds.values()))


async def add_checklist(
    tx: Transaction, version: int, checklist: Checklist, author_id: UUID | None, reason: str
) -> bool:
    """Write a version of the checklist; False where it is not the next."""
    made: Any = await tx.value(SQL.add_checklist, version, checklist, author_id, reason, tx.now)
    return made is not None
