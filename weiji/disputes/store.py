"""What disputes read and write: the statements of queries.sql, typed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.aftersale import Case, return_parcel
from weiji.disputes.machine import DisputeState
from weiji.disputes.model import (
    Dispute,
    DisputedParcel,
    Evidence,
    ListedDispute,
    Mark,
    Ruling,
    SimilarCase,
    Statistics,
)
from weiji.kit import sql
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.deadlines import FIRST, LAST
from weiji.kit.ids import SHARDS, distinct_shards, shard_of, shards_of

SQL: Final = sql.beside(__file__)

BEGINNING: Final = (datetime(9999, 1, 1, tzinfo=SHANGHAI), UUID(int=2**128 - 1))
"""The cursor of a first page: later than everything."""

TRACKING_MAX: Final = 30
"""Lines of what a carrier tells of a parcel that a dispute has."""

SEALED_MAX: Final = 200
"""The same in a file: as good as all there are."""

COMPARED: Final = 1_000
"""Earlier cases of the same reason, the newest, that are compared with a dispute."""

_ALL_SHARDS: Final = list(range(SHARDS))


async def read_disputes(reader: Reader, case_ids: Collection[UUID]) -> dict[UUID, Dispute]:
    """Read disputes whole, by case; cases without one are left out."""
    ids = sorted(set(case_ids))
    if not ids:
        return {}
    rows = await reader.rows(
        SQL.read_disputes, distinct_shards(ids), ids, TRACKING_MAX, [return_parcel(id) for id in ids]
    )
    return {row["case_id"]: _dispute(row) for row in rows}


async def read_parcels(tx: Transaction, cases: Sequence[Case]) -> dict[UUID, list[DisputedParcel]]:
    """Read what was sent of the orders of cases and what came back, with what carriers told of it."""
    ids, orders, carriers = columns(cases, "id", "order_id", "return_carrier")
    rows = await tx.rows(
        SQL.read_parcels, shards_of(ids), ids, orders, [return_parcel(id) for id in ids], carriers, SEALED_MAX
    )
    found: dict[UUID, list[DisputedParcel]] = {id: [] for id in ids}
    for row in rows:
        parcel = {name: row[name] for name in DisputedParcel.__struct_fields__}
        found[row["case_id"]].append(msgspec.convert(parcel, DisputedParcel))
    return found


async def add_disputes(tx: Transaction, new: Sequence[Dispute]) -> None:
    """Write disputes that are new."""
    if new:
        names = ("case_id", "order_id", "shop_id", "buyer_id", "opened_by", "claim")
        ids, *first = columns(new, *names)
        files = [msgspec.to_builtins(dispute.file) for dispute in new]
        hashes, reasons = columns(new, "file_hash", "reason")
        rules = [msgspec.to_builtins(dispute.rules) for dispute in new]
        rest = columns(new, "goods", "most", "state", "due_at", "stop_at", "opened_at", "ended_at")
        await tx.run(SQL.add_disputes, shards_of(ids), ids, *first, files, hashes, reasons, rules, *rest)


async def change_disputes(tx: Transaction, changed: Sequence[Dispute]) -> None:
    """Write how disputes stand whose orders are locked."""
    if changed:
        ids, *facts = columns(
            changed,
            "case_id",
            "state",
            "due_at",
            "stop_at",
            "ended_at",
            "appealed_by",
            "appealed_at",
            "appeal",
            "awarded",
            "ruled",
        )
        await tx.run(SQL.change_disputes, shards_of(ids), ids, *facts)


async def add_evidence(tx: Transaction, new: Sequence[tuple[UUID, Evidence, UUID | None]]) -> None:
    """Write what sides said and showed."""
    if new:
        ids, people = [case_id for case_id, _, _ in new], [person for _, _, person in new]
        sides, words, pictures, hashes = columns([each for _, each, _ in new], "side", "words", "pictures", "hash")
        shown = [msgspec.json.encode(urls).decode() for urls in pictures]
        await tx.run(SQL.add_evidence, shards_of(ids), ids, sides, words, shown, hashes, people, tx.now)


async def put_rulings(tx: Transaction, rulings: Mapping[tuple[UUID, int], Ruling]) -> None:
    """Write rulings, or who signed or rejected them."""
    if rulings:
        ids = [case_id for case_id, _ in rulings]
        made = list(rulings.values())
        names = ("number", "is_appeal", "share", "freight_by", "amount", "words")
        signed = (
            "signed_by",
            "signed_at",
            "seconded_by",
            "seconded_at",
            "rejected_by",
            "rejected_at",
            "objection",
            "basis",
            "postage",
            "goods_back",
        )
        shown = [msgspec.json.encode(ruling.postings).decode() for ruling in made]
        await tx.run(SQL.put_rulings, shards_of(ids), ids, *columns(made, *names), shown, *columns(made, *signed))


async def add_marks(tx: Transaction, new: Sequence[tuple[Dispute, Mark]]) -> None:
    """Write what word rules found, where that is new."""
    if new:
        ids = [dispute.case_id for dispute, _ in new]
        facts = columns([mark for _, mark in new], "side", "place", "rule_id", "word", "name", "action", "found")
        await tx.run(SQL.add_marks, shards_of(ids), ids, *facts, tx.now, [dispute.opened_at for dispute, _ in new])


async def get_due_disputes(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Find disputes for which the clock has something to do, those first that waited longest."""
    return [row["case_id"] for row in await reader.rows(SQL.get_due_disputes, now, limit)]


async def list_disputes(
    reader: Reader,
    states: Collection[DisputeState],
    before: tuple[datetime, UUID] | None,
    limit: int,
    *,
    is_marked: bool = False,
) -> list[ListedDispute]:
    """Read a page of everybody's disputes, newest first; where *is_marked*, of those alone that have marks."""
    start = before or BEGINNING
    statement = SQL.list_marked_disputes if is_marked else SQL.list_disputes
    rows = await reader.rows(statement, [state.value for state in states], *start, limit)
    return [msgspec.convert(dict(row), ListedDispute) for row in rows]


async def list_open_disputes(
    reader: Reader,
    states: Collection[DisputeState],
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    is_marked: bool = False,
) -> list[ListedDispute]:
    """Read a page of everybody's disputes that are not over, the first that is due first; or of those with marks."""
    start = after or (datetime(1, 1, 2, tzinfo=SHANGHAI), UUID(int=0))
    chosen = [state.value for state in states]
    rows = await reader.rows(SQL.list_open_disputes, chosen, *start, limit, BEGINNING[0], is_marked)
    return [msgspec.convert(dict(row), ListedDispute) for row in rows]


async def count_disputes(reader: Reader) -> tuple[dict[DisputeState, int], int]:
    """Count the disputes that are not over, by state; and those of them that have marks."""
    rows = await reader.rows(SQL.count_disputes)
    return {DisputeState(row["state"]): row["n"] for row in rows}, sum(row["marked"] for row in rows)


async def get_similar(reader: Reader, dispute: Dispute, limit: int) -> list[SimilarCase]:
    """Read disputes that were decided for the same reason, those most like it first."""
    case = dispute.file.case
    rows = await reader.rows(
        SQL.get_similar,
        dispute.reason,
        dispute.case_id,
        limit,
        COMPARED,
        str(case.item.product_id),
        case.item.kind,
        case.kind.value,
    )
    return [msgspec.convert(dict(row), SimilarCase) for row in rows]


async def get_statistics(reader: Reader, shop_id: UUID | None) -> Statistics:
    """Count how disputes of a shop, or of all, were decided."""
    shards, first, last = ([shard_of(shop_id)], shop_id, shop_id) if shop_id else (_ALL_SHARDS, FIRST, LAST)
    row = await reader.row(SQL.get_statistics, shards, first, last)
    assert row is not None, "a count is always there"
    return Statistics(**dict(row))


def _dispute(row: Row) -> Dispute:
    """Read the dispute in a row; what was said and paid back since is not in it."""
    names = set(Dispute.__struct_fields__) - {"sayings", "repayments", "repricings"}
    return msgspec.convert({name: row[name] for name in names}, Dispute)


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read what was said to arbiters in a shard since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)
