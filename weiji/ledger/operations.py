"""The ledger's verbs. Each takes an open transaction and a batch, and answers every event of it.

A batch stays within one lane. Business rows are locked before, accounts here, and nothing of the ledger after: call it
once in a transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import shard_of
from weiji.ledger import chain, store
from weiji.ledger.model import (
    BATCH_MAX,
    Account,
    AccountBalance,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferResult,
)
from weiji.ledger.rules import State, judge_accounts, judge_expiries, judge_transfers
from weiji.ledger.store import SQL

END_OF_TIME: Final = 2**63 - 1


def to_micros(moment: datetime) -> int:
    """Turn a moment into microseconds since 1970."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


async def create_accounts(tx: Transaction, events: Sequence[Account]) -> list[AccountStatus]:
    """Open accounts. Results are in the order of *events*; the same account again `exists`."""
    if not events:
        return []
    ids = {event.id for event in events}
    head, state = await _begin(tx, ids, set(), must_lock=False)
    statuses = judge_accounts(state, events)
    await store.write(tx, state, head)
    return statuses


async def create_transfers(
    tx: Transaction, events: Sequence[Transfer], opening: Sequence[Account] = ()
) -> list[TransferResult]:
    """Move money. Results are in the order of *events*.

    Accounts of *opening* that do not exist yet are opened first. The accounts named stay locked until *tx* ends, and
    so does the lane's chain. Three statements, one more for each of: holds named, new accounts, holds made, holds
    resolved, failures.
    """
    if not events:
        return []
    if len(events) > BATCH_MAX:
        raise ValueError(f"{len(events)} events in one batch: {BATCH_MAX} are the most")
    accounts = {account.id for account in opening}
    ids = set()
    pendings = set()
    for event in events:
        ids.add(event.id)
        if event.debit_account_id is not None:
            accounts.add(event.debit_account_id)
        if event.credit_account_id is not None:
            accounts.add(event.credit_account_id)
        if event.pending_id is not None:
            pendings.add(event.pending_id)
    if pendings:
        accounts.update(await store.get_pending_accounts(tx, list(pendings)))
        ids |= pendings
    head, state = await _begin(tx, accounts, ids, must_lock=True)
    wrong = [status for status in judge_accounts(state, opening) if not status.startswith(("created", "exists"))]
    assert not wrong, f"accounts to open were refused: {wrong}"
    results = judge_transfers(state, events)
    await store.write(tx, state, head)
    return results


async def expire_pending(tx: Transaction, shards: Sequence[int], limit: int) -> int:
    """Free the holds of one lane's *shards* whose time has come, oldest first; return how many."""
    due = [row["id"] for row in await tx.rows(SQL.get_due_holds, shards, to_micros(tx.now), limit, shards[0])]
    if not due:
        return 0
    accounts = set(await store.get_pending_accounts(tx, due))
    head, state = await _begin(tx, accounts, set(due), must_lock=True)
    expired = judge_expiries(state, due)
    await store.write(tx, state, head)
    return len(expired)


async def _begin(tx: Transaction, accounts: set[UUID], ids: set[UUID], *, must_lock: bool) -> tuple[store.Head, State]:
    """Lock and read what a batch needs."""
    some = next(iter(accounts or ids), None)
    assert some is not None
    found = await store.lock_accounts(tx, accounts) if accounts else {}
    head = await store.lock_head(tx, shard_of(some))
    lanes = {shard_of(id) % head.lanes for id in accounts}
    if len(lanes) > 1:
        raise ValueError(f"a batch of the ledger stays in one lane, this one is in {sorted(lanes)}")
    state = State(max(to_micros(tx.now), head.timestamp + 1) - 1)
    state.accounts = found
    if must_lock and ids:
        await store.read_batch(tx, state, ids)
    return head, state


async def sign_heads(tx: Transaction, key: Ed25519PrivateKey) -> int:
    """Sign the end of every lane's chain that is not signed yet; return how many lanes there are."""
    heads = await tx.rows(SQL.get_heads)
    await tx.run(
        SQL.add_signatures,
        [head["lane"] for head in heads],
        [head["batch"] for head in heads],
        [head["hash"] for head in heads],
        key.public_key().public_bytes_raw(),
        [chain.sign(key, head["lane"], head["batch"], head["hash"]) for head in heads],
        tx.now,
    )
    return len(heads)


async def lookup_accounts(reader: Reader, ids: Sequence[UUID]) -> list[AccountBalance]:
    """Read the balances of accounts, in the order asked; those that were never opened are left out."""
    rows = await reader.rows(SQL.get_accounts, sorted({shard_of(id) for id in ids}), ids)
    found = {row["id"]: _balance(row) for row in rows}
    return [found[id] for id in ids if id in found]


async def lookup_transfers(reader: Reader, ids: Sequence[UUID]) -> list[Row]:
    """Read transfers by their ids, in no order."""
    return await reader.rows(SQL.get_transfers, sorted({shard_of(id) for id in ids}), ids)


async def get_statement(reader: Reader, account_id: UUID, *, before: int = END_OF_TIME, limit: int = 50) -> list[Row]:
    """Read the movements of an account, newest first, before a time (microseconds): the next page's cursor is the last
    row's timestamp."""
    return await reader.rows(SQL.get_statement, shard_of(account_id), account_id, before, limit)


async def get_balance_as_of(
    reader: Reader, account_id: UUID, at: datetime, *, by_effective_time: bool = False
) -> AccountBalance | None:
    """Compute an account's counters as they were at a moment, by the time of recording or by business time.

    It reads the account's history up to then; accounts that keep snapshots (flag HISTORY) answer from those.
    """
    now = await lookup_accounts(reader, [account_id])
    if not now:
        return None
    account = now[0]
    row = None
    if account.flags & AccountFlags.HISTORY and not by_effective_time:
        row = await reader.row(SQL.get_snapshot, shard_of(account_id), account_id, to_micros(at))
    if row is None:
        row = await reader.row(
            SQL.get_balance_as_of, shard_of(account_id), account_id, to_micros(at), by_effective_time
        )
    assert row is not None
    return AccountBalance(
        id=account.id,
        ledger=account.ledger,
        code=account.code,
        flags=account.flags,
        owner_id=account.owner_id,
        debits_pending=row["debits_pending"],
        debits_posted=row["debits_posted"],
        credits_pending=row["credits_pending"],
        credits_posted=row["credits_posted"],
        created_at=account.created_at,
    )


async def get_trial_balance(reader: Reader) -> list[Row]:
    """Sum all accounts by ledger and kind. For each ledger the debits equal the credits."""
    return await reader.rows(SQL.get_trial_balance)


def _balance(row: Row) -> AccountBalance:
    return AccountBalance(
        id=row["id"],
        ledger=row["ledger"],
        code=row["code"],
        flags=AccountFlags(row["flags"]),
        owner_id=row["owner_id"],
        debits_pending=row["debits_pending"],
        debits_posted=row["debits_posted"],
        credits_pending=row["credits_pending"],
        credits_posted=row["credits_posted"],
        created_at=row["created_at"],
    )
