"""What the ledger reads and writes: the statements of queries.sql, typed."""

from collections.abc import Iterable
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

FAILURE: Final = 2
ACCOUNT: Final = 3
"""Kinds of rows of `read_batch`; 1 is a transfer."""


class Head(Struct, frozen=True):
    """The end of a lane's chain, locked."""

    lane: int
    batch: int
    timestamp: int
    hash: bytes
    lanes: int


def _shards(ids: Iterable[UUID]) -> list[int]:
    return [id.int & SHARD_MASK for id in ids]


def _distinct_shards(ids: Iterable[UUID]) -> list[int]:
    return sorted({id.int & SHARD_MASK for id in ids})


async def lock_head(tx: Transaction, shard: int) -> Head:
    """Lock the end of the chain of a shard's lane."""
    row = await tx.row(SQL.lock_head, shard)
    assert row is not None, "nothing is installed on this database"
    return Head(*row)


async def read_batch(tx: Transaction, state: State, ids: set[UUID], holds: set[UUID], accounts: set[UUID]) -> None:
    """Read into *state* what there is of the transfers *ids*, of *holds* and their accounts, and of *accounts*."""
    ids = ids | holds
    rows = await tx.rows(SQL.read_batch, _distinct_shards(ids | accounts), list(ids), list(accounts), list(holds))
    for row in rows:
        kind, id = row[0], row[1]
        if kind == ACCOUNT:
            # Its columns stand where a transfer has others.
            state.accounts[id] = AccountState(id, row[8], row[9], row[10], row[2], row[4], row[5], row[12], row[13])
        elif kind == FAILURE:
            state.failed.add(id)
        else:
            made = state.transfers[id] = Made(*row[1:14])
            if row[14] is not None:
                state.holds[id] = Hold(made, row[14], row[15], row[16])


async def write(tx: Transaction, state: State, head: Head) -> None:
    """Write what a batch came to, and chain it."""
    if state.time < state.first:
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
            _distinct_shards(h.made.id for h in resolved),
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
    records = chain.records_of(state)
    heading = chain.Heading(head.lane, head.batch + 1, head.lanes, len(records), state.first, state.time)
    made = state.made
    written = await tx.value(
        SQL.write_batch,
        _shards(m.id for m in made),
        [m.id for m in made],
        [m.debit_account_id for m in made],
        [m.credit_account_id for m in made],
        [m.amount for m in made],
        [m.requested for m in made],
        _given([m.pending_id for m in made]),
        [m.timeout for m in made],
        [m.ledger for m in made],
        [m.code for m in made],
        [m.flags for m in made],
        _given([m.journal_id for m in made]),
        _given([m.effective_at for m in made]),
        [m.timestamp for m in made],
        _distinct_shards(a.id for a in moved),
        _shards(a.id for a in moved),
        [a.id for a in moved],
        [a.flags for a in moved],
        *_counters(moved),
        heading.lane,
        heading.batch,
        heading.lanes,
        heading.size,
        heading.first_timestamp,
        heading.last_timestamp,
        head.hash,
        chain.batch_hash(head.hash, heading, records),
        chain.checks_of(records),
    )
    assert written == heading.batch, "the head of a chain moved while it was locked"


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


def _given(values: list[Any]) -> list[Any]:
    """Leave out a column that is null in every row: `unnest` fills it up."""
    return values if values.count(None) < len(values) else []


def _counters(accounts: list[AccountState]) -> list[list[Any]]:
    return [
        [a.debits_pending for a in accounts],
        [a.debits_posted for a in accounts],
        [a.credits_pending for a in accounts],
        [a.credits_posted for a in accounts],
    ]
