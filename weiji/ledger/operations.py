"""The ledger's verbs. Each takes an open transaction and a batch, and answers every event of it.

A batch stays within one lane. Business rows are locked before, the lane here, and nothing of the ledger after: call it
once in a transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import distinct_shards, shard_of
from weiji.ledger import bits, chain, chart, store
from weiji.ledger.model import (
    BATCH_MAX,
    Account,
    AccountBalance,
    AccountFlags,
    AccountStatus,
    Total,
    Totals,
    Transfer,
    TransferResult,
    TrialLine,
    WalletBalance,
)
from weiji.ledger.rules import State, judge_accounts, judge_expiries, judge_transfers
from weiji.ledger.store import SQL

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
START_OF_TIME: Final = -(2**63)
_MOVES_NOTHING: Final = bits.PENDING | bits.VOID
END_OF_TIME: Final = 2**63 - 1

SLICE: Final = 100_000
"""Transfers summed in one statement, at the most. Of a microsecond each lane has one, so any slice can be halved."""


def to_micros(moment: datetime) -> int:
    """Turn a moment into microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Turn microseconds since 1970 into a moment."""
    return EPOCH + micros * MICROSECOND


async def create_accounts(tx: Transaction, events: Sequence[Account]) -> list[AccountStatus]:
    """Open accounts. Results are in the order of *events*; the same account again `exists`."""
    if not events:
        return []
    ids = {event.id for event in events}
    head, state = await _begin(tx, {shard_of(id) for id in ids}, set(), set(), ids)
    statuses = judge_accounts(state, events)
    await store.write(tx, state, head)
    return statuses


async def create_transfers(
    tx: Transaction, events: Sequence[Transfer], opening: Sequence[Account] = ()
) -> list[TransferResult]:
    """Move money. Results are in the order of *events*.

    Accounts of *opening* that do not exist yet are opened first. The lane stays locked until *tx* ends. Four
    statements, one more for each of: new accounts, holds made, holds resolved, failures, snapshots.
    """
    if not events:
        return []
    if len(events) > BATCH_MAX:
        raise ValueError(f"{len(events)} events in one batch: {BATCH_MAX} are the most")
    accounts = {account.id for account in opening}
    ids: set[UUID] = set()
    pendings: set[UUID] = set()
    for event in events:
        ids.add(event.id)
        if event.debit_account_id is not None:
            accounts.add(event.debit_account_id)
        if event.credit_account_id is not None:
            accounts.add(event.credit_account_id)
        if event.pending_id is not None:
            pendings.add(event.pending_id)
    shards = {shard_of(id) for id in ids}
    shards.update(shard_of(account.id) for account in opening)
    head, state = await _begin(tx, shards, ids, pendings, accounts)
    for account, status in zip(opening, judge_accounts(state, opening), strict=True):
        assert status is AccountStatus.CREATED or status is AccountStatus.EXISTS, f"{status}: {account}"
    results = judge_transfers(state, events)
    await store.write(tx, state, head)
    return results


async def lock_lane(tx: Transaction, id: UUID) -> None:
    """Lock the lane in which the accounts of *id* are, until *tx* ends: what is read of them then changes no more.

    It is for whoever decides by them what to post. The lane is locked longer for it.
    """
    await store.lock_lane(tx, shard_of(id))


async def expire_pending(tx: Transaction, shards: Sequence[int], limit: int) -> int:
    """Free the holds of one lane's *shards* whose time has come, oldest first; return how many."""
    due = [row["id"] for row in await tx.rows(SQL.get_due_holds, shards, to_micros(tx.now), limit, shards[0])]
    if not due:
        return 0
    head, state = await _begin(tx, {shard_of(id) for id in due}, set(), set(due), set())
    expired = judge_expiries(state, due)
    await store.write(tx, state, head)
    return len(expired)


async def _begin(
    tx: Transaction, shards: set[int], ids: set[UUID], holds: set[UUID], accounts: set[UUID]
) -> tuple[store.Head, State]:
    """Lock the lane of *shards*; read what there is of transfers *ids*, of *holds* and their accounts, of *accounts*.

    The lock comes first: what is read after it is what the batch before left, and nothing of it changes until *tx*
    ends. Accounts need no locks of their own, since whoever changes one has its lane.
    """
    head = await store.lock_head(tx, min(shards))
    lanes = {shard % head.lanes for shard in shards}
    if len(lanes) > 1:
        raise ValueError(f"a batch of the ledger stays in one lane, this one is in {sorted(lanes)}")
    state = State(max(to_micros(tx.now), head.timestamp + 1, head.closed_until) - 1, head.closed_until)
    await store.read_batch(tx, state, head, ids, holds, accounts)
    return head, state


async def sign_heads(tx: Transaction, key: Ed25519PrivateKey) -> int:
    """Sign the end of every lane's chain that grew since it was signed; return how many were signed."""
    rows = await tx.rows(SQL.lock_unsigned_heads)
    if not rows:
        return 0
    heads = [
        chain.Signed(row["lane"], row["batch"], row["signed_batch"], row["hash"], to_micros(tx.now)) for row in rows
    ]
    await tx.run(
        SQL.add_signatures,
        [head.lane for head in heads],
        [head.batch for head in heads],
        [head.previous_batch for head in heads],
        [head.hash for head in heads],
        key.public_key().public_bytes_raw(),
        [chain.sign(key, head) for head in heads],
        tx.now,
    )
    return len(heads)


async def lookup_accounts(reader: Reader, ids: Sequence[UUID]) -> list[AccountBalance]:
    """Read the balances of accounts, in the order asked; those that were never opened are left out."""
    rows = await reader.rows(SQL.get_accounts, sorted({shard_of(id) for id in ids}), ids)
    found = {row["id"]: _balance(row) for row in rows}
    return [found[id] for id in ids if id in found]


async def list_wallets(reader: Reader, after: UUID, limit: int) -> list[WalletBalance]:
    """Read a page of wallets with when each last moved, in the order of their owners, after one of them."""
    return [_wallet(row) for row in await reader.rows(SQL.list_wallets, after, limit)]


async def get_wallets(reader: Reader, person_ids: Collection[UUID]) -> dict[UUID, WalletBalance]:
    """Read wallets with when each last moved, by their owners; those that were never opened are left out."""
    ids = [chart.wallet(id).id for id in person_ids]
    rows = await reader.rows(SQL.get_wallets, sorted({shard_of(id) for id in ids}), ids) if ids else []
    return {row["owner_id"]: _wallet(row) for row in rows}


def _wallet(row: Row) -> WalletBalance:
    moved = row["moved"]
    return WalletBalance(
        person_id=row["owner_id"],
        available=row["available"],
        moved_at=from_micros(moved) if moved is not None else None,
    )


async def lookup_transfers(reader: Reader, ids: Sequence[UUID]) -> list[Row]:
    """Read transfers by their ids, in no order."""
    return await reader.rows(SQL.get_transfers, sorted({shard_of(id) for id in ids}), ids)


async def get_debits(
    reader: Reader, account_ids: Collection[UUID], journal_ids: Collection[UUID], kind: chart.Kind
) -> list[Row]:
    """Read what went out of accounts for business documents, of a kind, in no order. Meant for accounts that little
    goes out of: all of it is looked through."""
    accounts = sorted(set(account_ids))
    return await reader.rows(SQL.get_debits, distinct_shards(accounts), accounts, sorted(set(journal_ids)), kind)


async def get_statement(reader: Reader, account_id: UUID, *, before: int = END_OF_TIME, limit: int = 50) -> list[Row]:
    """Read the movements of an account, newest first, before a time (microseconds): the next page's cursor is the last
    row's timestamp."""
    return await reader.rows(SQL.get_statement, shard_of(account_id), account_id, before, limit)


async def get_totals(reader: Reader, account_ids: Sequence[UUID], since: datetime, until: datetime) -> Totals:
    """Sum what came into accounts of one shard and went out of them between two moments, by kind.

    Transfers among the accounts count for nothing. It reads what moved since the first moment.
    """
    shard = shard_of(account_ids[0])
    rows = await reader.rows(SQL.get_totals, shard, account_ids, to_micros(since), to_micros(until), _MOVES_NOTHING)
    lines = [row for row in rows if row["code"] is not None]
    closing = rows[0]["balance"] - sum(_signed(row) for row in lines if row["is_later"])
    within = [row for row in lines if not row["is_later"]]
    return Totals(
        opening=closing - sum(map(_signed, within)),
        closing=closing,
        lines=[Total(row["code"], row["is_in"], row["amount"], row["transfers"]) for row in within],
    )


def _signed(row: Row) -> int:
    amount: int = row["amount"]
    return amount if row["is_in"] else -amount


async def list_moved(reader: Reader, account_ids: Sequence[UUID], since: datetime, until: datetime) -> set[UUID]:
    """Read which of some accounts have movements between two moments: at least those for which `get_movements` has."""
    shards = sorted({shard_of(id) for id in account_ids})
    rows = await reader.rows(SQL.list_moved, shards, account_ids, to_micros(since), to_micros(until))
    return {row["id"] for row in rows}


async def get_movements(
    reader: Reader, account_ids: Sequence[UUID], since: datetime, until: datetime, *, after: int, limit: int
) -> list[Row]:
    """Read what `get_totals` sums, oldest first: from *since* on and after a time (microseconds), before *until*."""
    shard, first = shard_of(account_ids[0]), max(after, to_micros(since) - 1)
    return await reader.rows(SQL.get_movements, shard, account_ids, first, to_micros(until), _MOVES_NOTHING, limit)


async def get_balance_as_of(
    reader: Reader, account_id: UUID, at: datetime, *, by_effective_time: bool = False
) -> AccountBalance | None:
    """Compute an account's counters as they were at a moment, by the time of recording or by business time.

    It reads the account's history up to then; that of an account that keeps snapshots (flag HISTORY) only since the
    last one, except by business time. By business time a hold counts from when it takes effect until what resolved
    it does.
    """
    now = await lookup_accounts(reader, [account_id])
    if not now:
        return None
    account, shard, moment = now[0], shard_of(account_id), to_micros(at)
    if by_effective_time:
        row = await reader.row(SQL.get_balance_by_effective_time, shard, account_id, moment)
    else:
        since = None
        if account.flags & AccountFlags.HISTORY:
            since = await reader.value(SQL.get_snapshot_time, shard, account_id, moment)
        row = await reader.row(
            SQL.get_balance_as_of, shard, account_id, moment, START_OF_TIME if since is None else since
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


async def get_trial_balance_at(reader: Reader, at: datetime) -> tuple[datetime | None, list[TrialLine]]:
    """Sum what all accounts came to before a moment, by ledger and kind; and read when the books began, if they did.

    Cost: see `get_trial_balances_at`.
    """
    began, trials = await get_trial_balances_at(reader, [at])
    return began, trials[0]


async def get_trial_balances_at(
    reader: Reader, moments: Sequence[datetime]
) -> tuple[datetime | None, list[list[TrialLine]]]:
    """Sum what all accounts came to before each of some moments, in rising order, by ledger and kind; and read when the
    books began, if they did.

    It is what they come to now less what moved since, and needs no snapshot: what was recorded before a time that was
    seen stays as it is.

    Cost: one statement reads every account. What moved since the first moment is read once, however many the moments
    are, in statements of at most `SLICE` transfers each, some 0.6 s of a core: so the time grows with what moved, and
    that of a statement doesn't. Where all of it is one slice, as in most installations, these are two statements.
    """
    times = [to_micros(at) for at in moments]
    posted = await reader.rows(SQL.get_posted, times)
    heads: list[int] = posted[0]["heads"] if posted else []
    moved: defaultdict[tuple[int, int, int], Counter[str]] = defaultdict(Counter)
    begin, end = times[0], max(heads, default=0) + 1
    span = end - begin
    while begin < end:
        until = min(begin + span, end)
        rows = await reader.rows(SQL.get_moved, begin, until, heads, times, _MOVES_NOTHING, SLICE)
        transfers: int = rows[0]["transfers"]
        if transfers > SLICE:
            span //= 2
            continue
        for row in rows:
            if row["ledger"] is not None:
                moved[row["ledger"], row["code"], row["later"]].update(debits=row["debits"], credits=row["credits"])
        begin = until
        if transfers <= SLICE // 4:
            span *= 2
    kinds = [(kind, list(rows)) for kind, rows in groupby(posted, key=lambda row: (row["ledger"], row["code"]))]
    places = range(1, len(times) + 1)
    trials = [
        [
            _trial_line(*kind, place, rows, [moved[*kind, later] for later in places[place - 1 :]])
            for kind, rows in kinds
        ]
        for place in places
    ]
    return (from_micros(posted[0]["began_at"]) if posted else None), trials


def _trial_line(ledger: int, code: int, place: int, posted: Sequence[Row], later: Sequence[Counter[str]]) -> TrialLine:
    debits, credits = sum(each["debits"] for each in later), sum(each["credits"] for each in later)
    return TrialLine(
        ledger=ledger,
        code=code,
        accounts=sum(row["accounts"] for row in posted if row["opened"] < place),
        debits=sum(row["debits"] for row in posted) - debits,
        credits=sum(row["credits"] for row in posted) - credits,
        debits_later=debits,
        credits_later=credits,
    )


async def get_beginning(reader: Reader) -> datetime | None:
    """Read when the first batch was recorded."""
    first = await reader.value(SQL.get_beginning)
    return None if first is None else from_micros(first)


async def close_until(tx: Transaction, at: datetime) -> list[tuple[int, int, str]]:
    """Let nothing be recorded, or take effect, before a moment from now on: lanes, batches and hashes of where the
    chains that are in use stand.

    Every lane is locked until *tx* ends, so what is summed after this of the time before is what stays.
    """
    rows = await tx.rows(SQL.lock_heads)
    assert all(row["closed_until"] <= to_micros(at) for row in rows), "what is closed stays closed"
    await tx.run(SQL.close_heads, to_micros(at))
    return [(row["lane"], row["batch"], row["hash"].hex()) for row in rows if row["batch"]]


async def get_closed_until(reader: Reader) -> datetime | None:
    """Read before when nothing is recorded any more; None where no period was closed."""
    until = await reader.value(SQL.get_closed_until)
    return from_micros(until) if until else None


async def get_batch_hashes(reader: Reader, batches: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Read the hashes of batches, each by its lane and number; those that are not there are left out."""
    lanes, numbers = [lane for lane, _ in batches], [number for _, number in batches]
    rows = await reader.rows(SQL.get_batch_hashes, lanes, numbers)
    return {(row["lane"], row["batch"]): row["hash"] for row in rows}


async def get_heads(reader: Reader) -> list[Row]:
    """Read where the chain of each lane ends, and when that was last signed."""
    return await reader.rows(SQL.get_heads)


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
