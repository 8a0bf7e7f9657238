"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.transfers.model import BatchProgress, BillState, TransferBatch, TransferBill

SQL = sql.beside(__file__)

_CHANGING: Final = ("id", "state", "due_at", "person_id", "confirmed_at", "ended_at")


def _bill(row: Row) -> TransferBill:
    values = {name: row[name] for name in TransferBill.__struct_fields__}
    return TransferBill(**{**values, "state": BillState(values["state"])})


async def lock_bills(tx: Transaction, bill_ids: Collection[UUID]) -> dict[UUID, TransferBill]:
    """Lock bills until *tx* ends."""
    ids = sorted(set(bill_ids))
    return {row["id"]: _bill(row) for row in await tx.rows(SQL.lock_bills, shards_of(ids), ids)}


async def get_bills(reader: Reader, bill_ids: Collection[UUID]) -> dict[UUID, TransferBill]:
    """Read bills."""
    ids = sorted(set(bill_ids))
    return {row["id"]: _bill(row) for row in await reader.rows(SQL.get_bills, shards_of(ids), ids)}


async def find_bill_for_payee(reader: Reader, bill_id: UUID) -> tuple[TransferBill, str] | None:
    """Read a bill with the name of its shop."""
    row = await reader.row(SQL.find_bill_for_payee, shard_of(bill_id), bill_id)
    return (_bill(row), row["shop_name"]) if row else None


async def list_bills(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[TransferBill]:
    """Read the bills of a shop, the last first."""
    at, id = before or (None, None)
    return [_bill(row) for row in await reader.rows(SQL.list_bills, shard_of(shop_id), shop_id, at, id, limit)]


async def add_bills(tx: Transaction, bills: Sequence[TransferBill]) -> None:
    """Write bills that are new."""
    if bills:
        ids, *facts = columns(bills, *TransferBill.__struct_fields__)
        await tx.run(SQL.add_bills, shards_of(ids), ids, *facts)


async def change_bills(tx: Transaction, bills: Sequence[TransferBill]) -> None:
    """Write bills that are locked."""
    if bills:
        ids, *facts = columns(bills, *_CHANGING)
        await tx.run(SQL.change_bills, shards_of(ids), ids, *facts)


async def get_due_bills(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Read which bills the clock has to end."""
    return [row["id"] for row in await reader.rows(SQL.get_due_bills, now, limit)]


async def lock_batches(tx: Transaction, batch_ids: Collection[UUID]) -> dict[UUID, TransferBatch]:
    """Lock batches until *tx* ends."""
    ids = sorted(set(batch_ids))
    rows = await tx.rows(SQL.lock_batches, shards_of(ids), ids) if ids else []
    return {row["id"]: TransferBatch(**dict(row.items())) for row in rows}


async def get_batches(reader: Reader, batch_ids: Collection[UUID]) -> dict[UUID, TransferBatch]:
    """Read batches."""
    ids = sorted(set(batch_ids))
    rows = await reader.rows(SQL.get_batches, shards_of(ids), ids)
    return {row["id"]: TransferBatch(**dict(row.items())) for row in rows}


async def add_batches(tx: Transaction, batches: Sequence[TransferBatch]) -> None:
    """Write batches that are new."""
    if batches:
        ids, *facts = columns(batches, *TransferBatch.__struct_fields__[:-1])
        await tx.run(SQL.add_batches, shards_of(ids), ids, *facts)


async def end_batches(tx: Transaction, batch_ids: Collection[UUID]) -> set[UUID]:
    """Write which batches, that are locked, have no detail on its way any more; tell which ended so."""
    ids = sorted(batch_ids)
    return {row["id"] for row in await tx.rows(SQL.end_batches, shards_of(ids), ids, tx.now)}


async def get_progress(reader: Reader, batch_id: UUID) -> BatchProgress:
    """Tell how much of a batch its payees have."""
    row = await reader.row(SQL.get_progress, shard_of(batch_id), batch_id)
    return BatchProgress(**dict(row.items())) if row else BatchProgress()


async def list_details(
    reader: Reader, batch_id: UUID, state: BillState | None, offset: int, limit: int
) -> list[TransferBill]:
    """Read the bills of a batch, of one state or all."""
    rows = await reader.rows(SQL.list_details, shard_of(batch_id), batch_id, state, offset, limit)
    return [_bill(row) for row in rows]
