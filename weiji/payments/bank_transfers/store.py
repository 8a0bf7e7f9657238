"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.payments.bank_transfers.model import (
    BankBatch,
    BankPayer,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    BatchProgress,
)
from weiji.payments.channels.references import shard_of_reference

SQL = sql.beside(__file__)


def _transfer(row: Row) -> BankTransfer:
    values = dict(row)
    values["kind"] = BankTransferKind(values["kind"])
    values["status"] = BankTransferStatus(values["status"])
    return BankTransfer(**values)


async def add_transfers(tx: Transaction, transfers: Sequence[BankTransfer]) -> None:
    """Write new transfers."""
    if transfers:
        names = ("id", "kind", "subject_id", "attempt", "reference", "amount", "holder", "bank", "last4")
        shards = [shard_of(transfer.id) for transfer in transfers]
        await tx.run(SQL.add_transfers, shards, *columns(transfers, *names, "number_sealed", "created_at"))


async def get_transfers_of(reader: Reader, subject_ids: Sequence[UUID]) -> dict[UUID, BankTransfer]:
    """Read the last transfer of each payout or refund; those without one are left out."""
    shards = distinct_shards(subject_ids)
    return {row["subject_id"]: _transfer(row) for row in await reader.rows(SQL.get_transfers_of, shards, subject_ids)}


async def lock_transfers(tx: Transaction, references: Iterable[str]) -> dict[str, BankTransfer]:
    """Lock and read the transfers with these references; those that are nobody's are left out."""
    wanted = sorted(set(references))
    shards = sorted({shard_of_reference(each) for each in wanted})
    return {row["reference"]: _transfer(row) for row in await tx.rows(SQL.lock_transfers, shards, wanted)}


async def get_transfers(reader: Reader, references: Iterable[str]) -> dict[str, BankTransfer]:
    """Read the transfers with these references; those that are nobody's are left out."""
    wanted = sorted(set(references))
    shards = sorted({shard_of_reference(each) for each in wanted})
    return {row["reference"]: _transfer(row) for row in await reader.rows(SQL.get_transfers, shards, wanted)}


async def find_references(reader: Reader, references: Iterable[str]) -> dict[str, bool]:
    """Find which references are a transfer's, and whether money that comes with one is what it sent, back again."""
    wanted = sorted(set(references))
    shards = sorted({shard_of_reference(each) for each in wanted})
    rows = await reader.rows(SQL.find_references, shards, wanted)
    return {row["reference"]: row["comes_back"] for row in rows}


async def change_transfers(tx: Transaction, transfers: Sequence[BankTransfer]) -> None:
    """Write what became of transfers that are locked."""
    if transfers:
        shards = [shard_of(transfer.id) for transfer in transfers]
        await tx.run(
            SQL.change_transfers,
            shards,
            *columns(transfers, "id", "status", "told_at", "reason", "returned_by", "paid_by", "paid_again"),
        )


async def list_waiting(reader: Reader, limit: int) -> list[BankTransfer]:
    """Read the transfers that are in no file yet, oldest first."""
    return [_transfer(row) for row in await reader.rows(SQL.list_waiting, limit)]


async def send_transfers(tx: Transaction, filled: Mapping[UUID, Sequence[BankTransfer]]) -> set[UUID]:
    """Put transfers into files, in order; return the ids of those that nobody else took meanwhile."""
    places = [
        (transfer.id, batch_id, line)
        for batch_id, transfers in filled.items()
        for line, transfer in enumerate(transfers, 1)
    ]
    if not places:
        return set()
    ids, batches, lines = (list(column) for column in zip(*places, strict=True))
    return {row["id"] for row in await tx.rows(SQL.send_transfers, shards_of(ids), ids, batches, lines)}


async def list_of_batch(reader: Reader, batch_id: UUID, limit: int) -> list[BankTransfer]:
    """Read the transfers of a file, in its order."""
    return [_transfer(row) for row in await reader.rows(SQL.list_of_batch, batch_id, limit)]


async def add_batches(tx: Transaction, batches: Sequence[BankBatch]) -> None:
    """Write new files. One that somebody else wrote meanwhile is a lost race."""
    if batches:
        await tx.run(SQL.add_batches, *columns(batches, *BankBatch.__struct_fields__))


async def get_batches(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, BankBatch]:
    """Read files; those that there are not are left out."""
    return {row["id"]: BankBatch(**dict(row)) for row in await reader.rows(SQL.get_batches, sorted(set(ids)))}


async def list_batches(reader: Reader, before: datetime | None, limit: int) -> list[tuple[BankBatch, BatchProgress]]:
    """Read files, the last made first, with what was told of them."""
    found = []
    for row in await reader.rows(SQL.list_batches, before, limit):
        values = dict(row)
        progress = BatchProgress(**{name: values.pop(name) for name in BatchProgress.__struct_fields__})
        found.append((BankBatch(**values), progress))
    return found


async def add_payers(tx: Transaction, payers: Sequence[BankPayer]) -> None:
    """Note whom transfers came from, each once."""
    if payers:
        shards = [shard_of(payer.payment_id) for payer in payers]
        await tx.run(SQL.add_payers, shards, *columns(payers, *BankPayer.__struct_fields__))


async def get_payers(reader: Reader, captures: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], BankPayer]:
    """Read whom transfers came from: by payment, and the bank's number."""
    ids, references = [id for id, _ in captures], [reference for _, reference in captures]
    rows = await reader.rows(SQL.get_payers, distinct_shards(ids), ids, references)
    return {(row["payment_id"], row["reference"]): BankPayer(**dict(row)) for row in rows}
