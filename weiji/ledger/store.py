"""What the ledger reads and writes: the statements of queries.sql, typed."""

from collections.abc import Iterable
from itertools import islice
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

KEPT_MAX: Final = 20_000
"""Accounts of a lane that are kept between its batches: some 10 MB."""


class Head(Struct, frozen=True):
    """The end of a lane's chain, locked. `known` are accounts of the lane that need not be read."""

    lane: int
    batch: int
    timestamp: int
    hash: bytes
    lanes: int
    closed_until: int
    known: dict[UUID, AccountState]


class Kept(Struct, frozen=True):
    """The accounts of a lane as this process's last batch left them, and that batch's hash."""

    hash: bytes
    accounts: dict[UUID, AccountState]


def _shards(ids: Iterable[UUID]) -> list[int]:
    return [id.int & SHARD_MASK for id in ids]


def _distinct_shards(ids: Iterable[UUID]) -> list[int]:
    return sorted({id.int & SHARD_MASK for id in ids})


async def lock_head(tx: Transaction, shard: int) -> Head:
    """Lock the end of the chain of a shard's lane.

    Whoever changes an account moves the head of its lane. So, while the head is where this process left it, the
    accounts are as this process left them.
    """
    row = await tx.row(SQL.lock_head, shard)
    assert row is not None, "nothing is installed on this database"
    kept: Kept | None = tx.memory.pop((Kept, row["lane"]), None)
    known = kept.accounts if kept and kept.hash == row["hash"] else {}
    return Head(row["lane"], row["batch"], row["timestamp"], row["hash"], row["lanes"], row["closed_until"], known)


async def lock_lane(tx: Transaction, shard: int) -> None:
    """Lock the lane of a shard until *tx* ends, and read nothing of it yet."""
    await tx.row(SQL.lock_head, shard)


async def read_batch(
    tx: Transaction, state: State, head: Head, ids: set[UUID], holds: set[UUID], accounts: set[UUID]
) -> None:
    """Read into *state* what there is of the transfers *ids*, of *holds* and their accounts, and of *accounts*."""
    ids = ids | holds
    unknown = []
    for id in accounts:
        account = head.known.get(id)
        if account is None:
            unknown.append(id)
        else:
            state.accounts[id] = account
    rows = await tx.rows(SQL.read_batch, _distinct_shards(ids | accounts), list(ids), unknown, list(holds))
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
        _keep(tx, head, head.hash, state)
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
    hash = chain.batch_hash(head.hash, heading, records)
    made = state.made
    amounts = [m.amount for m in made]
    requested = [m.requested for m in made]
    timeouts, timeout = _once([m.timeout for m in made])
    ledgers, ledger = _once([m.ledger for m in made])
    codes, code = _once([m.code for m in made])
    flags, flag = _once([m.flags for m in made])
    await tx.run(
        SQL.write_batch,
        _shards(m.id for m in made),
        [m.id for m in made],
        [m.debit_account_id for m in made],
        [m.credit_account_id for m in made],
        amounts,
        requested if requested != amounts else [],
        _given([m.pending_id for m in made]),
        timeouts,
        ledgers,
        codes,
        flags,
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
        hash,
        chain.checks_of(records),
        timeout,
        ledger,
        code,
        flag,
    )
    _keep(tx, head, hash, state)


def _keep(tx: Transaction, head: Head, hash: bytes, state: State) -> None:
    """Keep the accounts for the next batch, if this one is committed."""
    for account in state.opened:
        account.is_new = False
    accounts = head.known
    accounts.update(state.accounts)
    for id in [*islice(accounts, max(0, len(accounts) - KEPT_MAX))]:
        del accounts[id]
    tx.committed.append(lambda: tx.memory.update({(Kept, head.lane): Kept(hash, accounts)}))


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


def _once(values: list[int]) -> tuple[list[int], int | None]:
    """Give the one value of a column that is the same in every row instead of the column."""
    if values and values.count(values[0]) == len(values):
        return [], values[0]
    return values, None


def _counters(accounts: list[AccountState]) -> list[list[Any]]:
    return [
        [a.debits_pending for a in accounts],
        [a.debits_posted for a in accounts],
        [a.credits_pending for a in accounts],
        [a.credits_posted for a in accounts],
    ]
