"""What the ledger reads and writes: the statements of queries.sql, typed."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Transaction
from weiji.kit.ids import SHARD_MASK
from weiji.ledger import chain
from weiji.ledger.bits import HISTORY
from weiji.ledger.rules import AccountState, Hold, Made, State

SQL: Final = sql.beside(__file__)


class Head(Struct, frozen=True):
    """The end of a lane's chain, locked."""

    lane: int
    batch: int
    timestamp: int
    hash: bytes
    lanes: int


def _shards(ids: Iterable[UUID]) -> list[int]:
    return [id.int & SHARD_MASK for id in ids]


async def get_pending_accounts(tx: Transaction, ids: Sequence[UUID]) -> list[UUID]:
    """Find the accounts of holds."""
    rows = await tx.rows(SQL.find_pendings, sorted(set(_shards(ids))), ids)
    return [row[side] for row in rows for side in ("debit_account_id", "credit_account_id")]


async def lock_accounts(tx: Transaction, ids: set[UUID]) -> dict[UUID, AccountState]:
    """Lock and read accounts, in id order; those that do not exist are left out."""
    rows = await tx.rows(SQL.lock_accounts, sorted(set(_shards(ids))), list(ids))
    return {row[0]: AccountState(*row) for row in rows}


async def lock_head(tx: Transaction, shard: int) -> Head:
    """Lock the end of the chain of a shard's lane."""
    row = await tx.row(SQL.lock_head, shard)
    assert row is not None, "nothing is installed on this database"
    return Head(*row)


async def read_batch(tx: Transaction, state: State, ids: set[UUID]) -> None:
    """Read into *state* the transfers, holds and failures that have these ids."""
    for row in await tx.rows(SQL.read_batch, sorted(set(_shards(ids))), list(ids)):
        if row["kind"] == 2:
            state.failed.add(row["id"])
            continue
        made = Made(*row[1:14])
        state.transfers[made.id] = made
        if row["state"] is not None:
            state.holds[made.id] = Hold(made, row["state"], row["expires_at"], row["resolved_by"])


async def write(tx: Transaction, state: State, head: Head) -> None:
    """Write what a batch came to, and chain it."""
    records = chain.records_of(state.opened, state.made, state.newly_failed)
    if not records:
        return
    if state.opened:
        await _open_accounts(tx, state.opened)
    if state.newly_failed:
        failed = state.newly_failed
        await tx.run(
            SQL.add_failures,
            _shards(f.id for f in failed),
            [f.id for f in failed],
            [str(f.status) for f in failed],
            [f.timestamp for f in failed],
        )
    if state.new_holds:
        holds = state.new_holds
        await tx.run(
            SQL.add_holds,
            _shards(h.made.id for h in holds),
            [h.made.id for h in holds],
            [h.state for h in holds],
            [h.expires_at for h in holds],
            [h.resolved_by for h in holds],
        )
    new = {hold.made.id for hold in state.new_holds}
    resolved = [hold for id, hold in state.resolved.items() if id not in new]
    if resolved:
        await tx.run(
            SQL.resolve_holds,
            _shards(h.made.id for h in resolved),
            [h.made.id for h in resolved],
            [h.state for h in resolved],
            [h.resolved_by for h in resolved],
        )
    moved = [account for account in state.touched.values() if not account.is_new]
    kept = [account for account in state.touched.values() if account.flags & HISTORY]
    if kept:
        await tx.run(
            SQL.add_snapshots,
            _shards(a.id for a in kept),
            [a.id for a in kept],
            [state.time] * len(kept),
            *_counters(kept),
        )
    number = head.batch + 1
    digest = chain.batch_hash(head.hash, records)
    made = state.made
    first = min(
        [m.timestamp for m in made[:1]]
        + [a.created_at for a in state.opened[:1]]
        + [f.timestamp for f in state.newly_failed[:1]]
    )
    written = await tx.value(
        SQL.write_batch,
        _shards(m.id for m in made),
        [m.id for m in made],
        [m.debit_account_id for m in made],
        [m.credit_account_id for m in made],
        [m.amount for m in made],
        [m.requested for m in made],
        [m.pending_id for m in made],
        [m.timeout for m in made],
        [m.ledger for m in made],
        [m.code for m in made],
        [m.flags for m in made],
        [m.journal_id for m in made],
        [m.effective_at for m in made],
        [m.timestamp for m in made],
        _shards(a.id for a in moved),
        [a.id for a in moved],
        [a.flags for a in moved],
        *_counters(moved),
        head.lane,
        number,
        head.lanes,
        len(records),
        first,
        state.time,
        head.hash,
        digest,
    )
    assert written == number, "the head of a chain moved while it was locked"


async def _open_accounts(tx: Transaction, opened: list[AccountState]) -> None:
    await tx.run(
        SQL.open_accounts,
        _shards(a.id for a in opened),
        [a.id for a in opened],
        [a.ledger for a in opened],
        [a.code for a in opened],
        [a.flags for a in opened],
        [a.owner_id for a in opened],
        *_counters(opened),
        [a.created_at for a in opened],
    )


def _counters(accounts: list[AccountState]) -> list[list[Any]]:
    return [
        [a.debits_pending for a in accounts],
        [a.debits_posted for a in accounts],
        [a.credits_pending for a in accounts],
        [a.credits_posted for a in accounts],
    ]
