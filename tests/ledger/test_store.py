"""The ledger in PostgreSQL answers as the model does, keeps its history, and takes several writers at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from random import Random
from uuid import UUID

import pytest
from msgspec.structs import astuple

from tests.ledger.examples import ACCOUNT_ANSWERS, EXAMPLES, FIRST, HOME, SECOND, START, Counters, Example, play
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.naive import PENDING, VOID, Fate, Made, NaiveLedger
from tests.ledger.stored import ONE_LANE, StoredLedger, moment, set_one_lane
from weiji.kit.db import TOTAL, Database, Transaction
from weiji.kit.ids import SHARDS, derive, new_id
from weiji.ledger import (
    BATCH_MAX,
    create_accounts,
    create_transfers,
    expire_pending,
    get_balance_as_of,
    get_statement,
    get_trial_balance,
    get_trial_balances_at,
    lookup_accounts,
    lookup_transfers,
    operations,
    store,
    verify,
)
from weiji.ledger.model import Account, AccountBalance, AccountFlags, AccountStatus, Transfer, TransferFlags
from weiji.ledger.model import TransferStatus as Status
from weiji.ledger.operations import from_micros

DNX = AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS
SEEDS = range(200, 204)


def near(shard: int) -> UUID:
    return UUID(int=shard)


def account(shard: int = HOME, flags: AccountFlags = AccountFlags.NONE) -> Account:
    return Account(id=new_id(near(shard)), ledger=1, code=2010, flags=flags)


def transfer(debit: Account, credit: Account, amount: int = 1, **changes: object) -> Transfer:
    values: dict[str, object] = {
        "id": new_id(debit.id),
        "debit_account_id": debit.id,
        "credit_account_id": credit.id,
        "amount": amount,
        "ledger": 1,
        "code": 1,
    }
    return Transfer(**(values | changes))  # type: ignore[arg-type]


# The examples and workloads


@pytest.fixture
async def one_lane_tx(tx: Transaction) -> Transaction:
    await tx.connection.execute(f"set local role none; {ONE_LANE}; set local role weiji_app")
    return tx


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_an_example_comes_out_as_written(one_lane_tx: Transaction, example: Example) -> None:
    await play(StoredLedger(one_lane_tx), example)


@pytest.mark.parametrize(("event", "status"), ACCOUNT_ANSWERS)
async def test_opening_an_account_answers_with_the_first_status_that_applies(
    tx: Transaction, event: Account, status: AccountStatus
) -> None:
    assert await StoredLedger(tx).create_accounts([FIRST, event], START) == [AccountStatus.CREATED, status]


@pytest.fixture
async def one_lane(database_url: str) -> AsyncIterator[Database]:
    await set_one_lane(database_url)
    pool = await Database.connect(database_url)
    yield pool
    await pool.close()


async def play_workload(database: Database, seed: int) -> NaiveLedger:
    """Play a workload against the database, compare every answer and balance, and give the model it came from."""
    model, ledger = NaiveLedger(), StoredLedger(database)
    for step in workload(seed, model=model):
        match step:
            case OpenAccounts():
                assert await ledger.create_accounts(step.events, step.clock) == step.answers
            case Transfers():
                assert await ledger.create_transfers(step.batch, step.clock) == step.answers
            case Expire():
                assert await ledger.expire_pending(step.clock) == step.answers
        assert await ledger.balances() == model.balances()
    assert await ledger.account_flags() == model.account_flags()
    return model


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_workload_is_answered_as_the_model_answers_it_and_is_proved(one_lane: Database, seed: int) -> None:
    model = await play_workload(one_lane, seed)
    report = await verify(one_lane)
    assert report.defects == []
    assert (report.accounts, report.transfers) == (len(model.books.accounts), len(model.books.transfers))
    async with one_lane.read() as reader:
        rows = await lookup_transfers(reader, list(model.books.transfers))
    assert {row["id"]: (row["amount"], row["requested"], row["timestamp"]) for row in rows} == {
        id: (made.amount, made.submitted.amount, made.timestamp) for id, made in model.books.transfers.items()
    }


# History


def counters_at(model: NaiveLedger, account_id: UUID, time: int, *, by_effective_time: bool) -> Counters:
    """Sum the model's history of an account up to a time."""

    def is_there(made: Made) -> bool:
        effective_at = made.submitted.effective_at
        return (effective_at if by_effective_time and effective_at is not None else made.timestamp) <= time

    there = [made for made in model.books.transfers.values() if is_there(made)]
    resolved = {made.submitted.pending_id for made in there}
    counters = [0, 0, 0, 0]
    for made in there:
        for side, id in ((0, made.debit_account_id), (2, made.credit_account_id)):
            if id != account_id:
                continue
            if made.submitted.flags & PENDING:
                if made.submitted.id not in resolved:
                    counters[side] += made.amount
            elif not made.submitted.flags & VOID:
                counters[side + 1] += made.amount
    return counters[0], counters[1], counters[2], counters[3]


def of_balance(balance: AccountBalance | None) -> Counters:
    assert balance is not None
    return balance.debits_pending, balance.debits_posted, balance.credits_pending, balance.credits_posted


async def test_balances_as_of_a_moment_are_the_sums_of_the_history_until_then(one_lane: Database) -> None:
    model = await play_workload(one_lane, 300)
    random = Random(300)  # noqa: S311
    times = sorted({made.timestamp for made in model.books.transfers.values()})
    kept = 0
    async with one_lane.read() as reader:
        for id, counters in model.books.accounts.items():
            kept += bool(counters.flags & AccountFlags.HISTORY)
            for time in (*random.sample(times, 6), times[-1], START - 3 * SECOND):
                for by_effective_time in (False, True):
                    found = await get_balance_as_of(reader, id, moment(time), by_effective_time=by_effective_time)
                    expected = counters_at(model, id, time, by_effective_time=by_effective_time)
                    assert of_balance(found) == expected, (id, time, by_effective_time)
            assert of_balance(await get_balance_as_of(reader, id, moment(times[-1]))) == model.balances()[id]
    assert 0 < kept < len(model.books.accounts)


async def test_nobody_has_a_balance_who_has_no_account(tx: Transaction) -> None:
    assert await get_balance_as_of(tx, new_id(), moment(START)) is None
    assert await lookup_accounts(tx, [new_id()]) == []


async def test_business_time_counts_a_hold_until_what_resolved_it_takes_effect(tx: Transaction) -> None:
    payer, payee = account(), account()
    await create_accounts(tx, [payer, payee])
    hold = transfer(payer, payee, 10, flags=TransferFlags.PENDING, effective_at=START + 5 * SECOND)
    post = Transfer(
        id=new_id(hold.id), amount=4, pending_id=hold.id, flags=TransferFlags.POST_PENDING_TRANSFER, effective_at=START
    )
    await create_transfers(tx, [hold, post])
    for seconds, expected in ((-1, (0, 0, 0, 0)), (0, (0, 4, 0, 0)), (5, (0, 4, 0, 0))):
        at = moment(START + seconds * SECOND)
        assert of_balance(await get_balance_as_of(tx, payer.id, at, by_effective_time=True)) == expected


async def test_an_account_with_history_has_a_snapshot_after_each_batch_that_moved_it(tx: Transaction) -> None:
    kept, other, third = account(flags=AccountFlags.HISTORY), account(), account()
    await create_accounts(tx, [kept, other, third])
    for amounts in ((5, 6), (7,)):
        await create_transfers(tx, [transfer(other, kept, amount) for amount in amounts])
    await create_transfers(tx, [transfer(other, third)])
    rows = await tx.connection.fetch("select * from ledger.balance_snapshots where shard = $1 order by timestamp", HOME)
    assert [(row["account_id"], row["credits_posted"]) for row in rows] == [(kept.id, 11), (kept.id, 18)]


async def test_a_statement_shows_every_movement_once_page_by_page_newest_first(one_lane: Database) -> None:
    model = await play_workload(one_lane, 301)
    held = {id for id, fate in model.books.fates.items() if fate is Fate.OPEN}
    assert 0 < len(held) < len(model.books.fates)
    async with one_lane.read() as reader:
        for id in model.books.accounts:
            expected = [
                (made.submitted.id, made.amount, made.timestamp, made.submitted.id in held)
                for made in model.books.transfers.values()
                if id in (made.debit_account_id, made.credit_account_id)
            ]
            found = []
            page = await get_statement(reader, id, limit=7)
            while page:
                found += [(row["id"], row["amount"], row["timestamp"], row["is_held"]) for row in page]
                assert len(page) <= 7
                page = await get_statement(reader, id, before=page[-1]["timestamp"], limit=7)
            assert found == expected[::-1]


async def test_the_trial_balance_sums_all_accounts_by_ledger_and_kind(one_lane: Database) -> None:
    model = await play_workload(one_lane, 302)
    expected: dict[tuple[int, int], list[int]] = {}
    for counters in model.books.accounts.values():
        sums = expected.setdefault((counters.opened.ledger, counters.opened.code), [0, 0, 0, 0, 0])
        for place, value in enumerate(
            (1, counters.debits_pending, counters.debits_posted, counters.credits_pending, counters.credits_posted)
        ):
            sums[place] += value
    async with one_lane.read() as reader:
        rows = await get_trial_balance(reader)
    assert {(row["ledger"], row["code"]): list(row.values())[2:] for row in rows} == expected
    for ledger in (1, 2, 3):
        mine = [row for row in rows if row["ledger"] == ledger]
        assert sum(row["debits_posted"] for row in mine) == sum(row["credits_posted"] for row in mine)
        assert sum(row["debits_pending"] for row in mine) == sum(row["credits_pending"] for row in mine)


async def test_trial_balances_of_the_past_are_what_was_posted_before_however_small_the_slices(
    one_lane: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await play_workload(one_lane, 302)
    accounts = model.books.accounts
    async with one_lane.read() as reader:
        opened_at = {each.id: each.created_at for each in await lookup_accounts(reader, list(accounts))}
    moved = [made for made in model.books.transfers.values() if not made.submitted.flags & (PENDING | VOID)]
    times = sorted(made.timestamp for made in moved)
    moments = [times[len(times) // 3], times[len(times) // 3] + 1, times[len(times) // 2], times[-1] + 1]
    expected: list[dict[tuple[int, int], list[int]]] = []
    for at in moments:
        sums: dict[tuple[int, int], list[int]] = {}
        for id, counters in accounts.items():
            line = sums.setdefault((counters.opened.ledger, counters.opened.code), [0, 0, 0, 0, 0])
            line[0] += opened_at[id] < at
        for made in moved:
            for side, id in enumerate((made.debit_account_id, made.credit_account_id)):
                opened = accounts[id].opened
                sums[opened.ledger, opened.code][1 + side + 2 * (made.timestamp >= at)] += made.amount
        expected.append(sums)
    later = sum(time >= moments[0] for time in times)
    assert later > 128, "else nothing is sliced"
    for size, statements in ((operations.SLICE, range(2, 3)), (64, range(2 + later // 64, 50))):
        monkeypatch.setattr(operations, "SLICE", size)
        before = TOTAL.statements
        async with one_lane.read() as reader:
            _, trials = await get_trial_balances_at(reader, [from_micros(at) for at in moments])
        found = [{(line.ledger, line.code): list(astuple(line))[2:] for line in trial} for trial in trials]
        assert found == expected
        assert TOTAL.statements - before in statements


# Batches as callers make them


async def test_accounts_that_are_not_there_yet_are_opened_in_the_same_batch(tx: Transaction) -> None:
    payer, payee = account(), account(flags=DNX)
    for status in (Status.CREATED, Status.CREATED):
        result = (await create_transfers(tx, [transfer(payer, payee, 3)], opening=[payer, payee]))[0]
        assert result.status is status
    found = await lookup_accounts(tx, [payee.id, payer.id])
    assert [(balance.id, balance.available) for balance in found] == [(payee.id, 6), (payer.id, -6)]


async def test_an_account_to_open_that_is_another_is_our_mistake(tx: Transaction) -> None:
    payer, payee = account(), account()
    await create_accounts(tx, [payer, payee])
    changed = Account(id=payee.id, ledger=1, code=4010)
    with pytest.raises(AssertionError, match="exists_with_different_code"):
        await create_transfers(tx, [transfer(payer, payee)], opening=[changed])


async def test_a_batch_in_two_lanes_or_of_too_many_events_is_our_mistake(tx: Transaction) -> None:
    one, other = account(4), account(5)
    with pytest.raises(ValueError, match="one lane"):
        await create_accounts(tx, [one, other])
    with pytest.raises(ValueError, match="one lane"):
        await create_transfers(tx, [transfer(one, one), transfer(other, other)])
    with pytest.raises(ValueError, match="8190"):
        await create_transfers(tx, [transfer(one, one)] * (BATCH_MAX + 1))


async def test_an_event_whose_accounts_are_in_another_lane_is_refused_and_hurts_no_other(tx: Transaction) -> None:
    here, there, foreign = account(5), account(5), account(4)
    await create_accounts(tx, [here, there])
    await create_accounts(tx, [foreign])
    results = await create_transfers(tx, [transfer(here, foreign), transfer(here, there)])
    assert [result.status for result in results] == [
        Status.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER,
        Status.CREATED,
    ]


async def test_expiry_stops_at_its_limit_and_goes_on_the_next_time(tx: Transaction) -> None:
    payer, payee = account(), account()
    ledger = StoredLedger(tx)
    await ledger.create_accounts([payer, payee], START)
    holds = [transfer(payer, payee, flags=TransferFlags.PENDING, timeout=1) for _ in range(5)]
    await ledger.create_transfers(holds, START)
    tx.now = moment(START + 2 * SECOND)
    shards = list(range(HOME % 2, SHARDS, 2))
    assert [await expire_pending(tx, shards, 2) for _ in range(4)] == [2, 2, 1, 0]
    rows = await lookup_transfers(tx, [derive(hold.id, "expire") for hold in holds])
    assert sorted(row["pending_id"] for row in rows) == sorted(hold.id for hold in holds)


# Several writers


@pytest.fixture
async def two_pools(database_url: str) -> AsyncIterator[list[Database]]:
    pools = [await Database.connect(database_url), await Database.connect(database_url)]
    yield pools
    for pool in pools:
        await pool.close()


async def test_writers_on_two_pools_never_wait_in_a_circle_and_lose_nothing(two_pools: list[Database]) -> None:
    shards = (4, 5, 6, 7)
    accounts = {shard: [account(shard, DNX if n % 2 else AccountFlags.NONE) for n in range(6)] for shard in shards}
    for lane in ((4, 6), (5, 7)):
        async with two_pools[0].transaction() as tx:
            await create_accounts(tx, [a for shard in lane for a in accounts[shard]])
    moved: dict[UUID, int] = {a.id: 0 for group in accounts.values() for a in group}
    made = count()

    async def write(seed: int) -> None:
        random = Random(seed)  # noqa: S311
        for _ in range(30):
            group = [a for shard in random.choice(((4, 6), (5, 7))) for a in accounts[shard]]
            batch = []
            for _ in range(random.randrange(1, 20)):
                debit = random.choice(group)
                credit = random.choice([a for a in group if a.id.int & 63 == debit.id.int & 63 and a is not debit])
                batch.append(transfer(debit, credit, random.randrange(50)))
            async with two_pools[seed % 2].transaction() as tx:  # A deadlock would raise: nothing is retried here.
                results = await create_transfers(tx, batch)
            for event, result in zip(batch, results, strict=True):
                assert result.status in (Status.CREATED, Status.EXCEEDS_CREDITS)
                if result.is_made:
                    next(made)
                    assert event.debit_account_id is not None
                    assert event.credit_account_id is not None
                    moved[event.debit_account_id] -= event.amount
                    moved[event.credit_account_id] += event.amount

    await asyncio.gather(*(write(seed) for seed in range(8)))
    async with two_pools[0].read() as reader:
        balances = await lookup_accounts(reader, list(moved))
    assert {balance.id: balance.available for balance in balances} == moved
    report = await verify(two_pools[1])
    assert report.defects == []
    assert report.transfers == next(made)


async def test_of_writers_racing_on_one_id_one_creates_it_and_the_others_find_it(two_pools: list[Database]) -> None:
    payer, payee, other = account(), account(), account()
    async with two_pools[0].transaction() as tx:
        await create_accounts(tx, [payer, payee, other])

    async def write(pool: Database, event: Transfer) -> Status:
        async with pool.transaction() as tx:
            return (await create_transfers(tx, [event]))[0].status

    for _ in range(10):
        event = transfer(payer, payee, 2)
        twin = transfer(payer, other, 2, id=event.id)
        statuses = await asyncio.gather(*(write(pool, e) for pool in two_pools * 2 for e in (event, event, twin)))
        assert statuses.count(Status.CREATED) == 1
        same, different = statuses.count(Status.EXISTS), statuses.count(Status.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID)
        assert (same, different) in ((7, 4), (3, 8))
    assert (await verify(two_pools[0])).defects == []


async def test_writers_who_need_the_same_new_account_or_hold_see_what_the_one_before_made(
    two_pools: list[Database],
) -> None:
    for _ in range(10):
        payer, payee = account(), account()
        hold = transfer(payer, payee, 2, flags=TransferFlags.PENDING)
        post = Transfer(
            id=new_id(hold.id), amount=2, pending_id=hold.id, flags=TransferFlags.POST_PENDING_TRANSFER, code=1
        )

        async def begin(pool: Database, hold: Transfer, opening: list[Account]) -> Status:
            async with pool.transaction() as tx:
                return (await create_transfers(tx, [hold], opening=opening))[0].status

        async def end(pool: Database, post: Transfer) -> Status:
            async with pool.transaction() as tx:
                return (await create_transfers(tx, [post]))[0].status

        opening = [payer, payee]
        statuses = await asyncio.gather(
            begin(two_pools[0], hold, opening), begin(two_pools[1], hold, opening), end(two_pools[1], post)
        )
        assert sorted(statuses[:2]) == [Status.CREATED, Status.EXISTS]
        assert statuses[2] in (Status.CREATED, Status.PENDING_TRANSFER_NOT_FOUND)
    assert (await verify(two_pools[0])).defects == []


async def test_of_several_who_expire_and_post_at_once_each_hold_is_resolved_by_one(two_pools: list[Database]) -> None:
    payer, payee = account(), account()
    holds = [transfer(payer, payee, flags=TransferFlags.PENDING, timeout=1) for _ in range(40)]
    async with two_pools[0].transaction() as tx:
        tx.now = moment(START)
        await create_transfers(tx, holds, opening=[payer, payee])

    async def expire(pool: Database) -> int:
        async with pool.transaction() as tx:
            tx.now = moment(START + 2 * SECOND)
            return await expire_pending(tx, list(range(HOME % 2, SHARDS, 2)), 30)

    async def post(pool: Database, hold: Transfer) -> Status:
        async with pool.transaction() as tx:
            tx.now = moment(START)
            event = Transfer(
                id=new_id(hold.id), amount=1, pending_id=hold.id, flags=TransferFlags.POST_PENDING_TRANSFER
            )
            return (await create_transfers(tx, [event]))[0].status

    statuses, counts = await asyncio.gather(
        asyncio.gather(*(post(two_pools[n % 2], hold) for n, hold in enumerate(holds[:6]))),
        asyncio.gather(*(expire(two_pools[n % 2]) for n in range(6))),
    )
    posted = statuses.count(Status.CREATED)
    assert max(counts) <= 30
    while more := await expire(two_pools[0]):  # Those of six who came too late found nothing left of what they saw.
        counts.append(more)
    assert posted + sum(counts) == len(holds)
    async with two_pools[0].read() as reader:
        balance = (await lookup_accounts(reader, [payer.id]))[0]
    assert (balance.debits_pending, balance.debits_posted) == (0, posted)
    assert (await verify(two_pools[0])).defects == []


async def test_the_database_itself_refuses_what_no_rule_allows(one_lane: Database) -> None:
    """Even where a rule is wrong, an account can't be overdrawn nor history changed by the program's role."""
    payer, payee = account(flags=DNX), account()
    async with one_lane.transaction() as tx:
        await create_transfers(tx, [transfer(payee, payer, 5)], opening=[payer, payee])
    for statement, error in (
        ("update ledger.accounts set debits_posted = 6", "accounts_debits_do_not_exceed_credits"),
        ("update ledger.accounts set debits_posted = -1", "accounts_counters_are_not_negative"),
        ("update ledger.transfers set amount = 1", "permission denied"),
        ("delete from ledger.transfers", "permission denied"),
        ("delete from ledger.batches", "permission denied"),
        ("update ledger.failed_transfers set status = ''", "permission denied"),
        ("truncate ledger.transfers", "permission denied"),
        ("update ledger.signatures set hash = ''", "permission denied"),
    ):
        async with one_lane.pool.acquire() as connection:
            with pytest.raises(Exception, match=error):
                await connection.execute(statement)
    assert (await verify(one_lane)).defects == []


# What a process knows of accounts without reading them


async def test_what_another_process_wrote_is_read(database: Database, database_url: str) -> None:
    """Two processes take turns at one account: each knows what the other left."""
    other = await Database.connect(database_url)
    source, payer, payee = account(), account(flags=DNX), account()
    async with database.transaction() as tx:
        await create_transfers(tx, [transfer(source, payer, 10)], [source, payer, payee])
    statuses = []
    for turn in range(12):
        async with (database, other)[turn % 2].transaction() as tx:
            (result,) = await create_transfers(tx, [transfer(payer, payee)])
        statuses.append(result.status)
    await other.close()
    assert statuses == [Status.CREATED] * 10 + [Status.EXCEEDS_CREDITS] * 2
    assert (await verify(database)).is_proved


async def test_what_was_rolled_back_is_not_known(database: Database) -> None:
    source, payer, payee = account(), account(flags=DNX), account()
    async with database.transaction() as tx:
        await create_transfers(tx, [transfer(source, payer, 10)], [source, payer, payee])
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            (result,) = await create_transfers(tx, [transfer(payer, payee, 10)])
            assert result.status is Status.CREATED
            raise ZeroDivisionError
    async with database.transaction() as tx:
        # A part that is rolled back within a transaction is no more known than a whole one.
        with suppress(ZeroDivisionError):
            async with tx.connection.transaction():
                await create_transfers(tx, [transfer(payer, payee, 10)])
                raise ZeroDivisionError
    async with database.transaction() as tx:
        first, second = await create_transfers(tx, [transfer(payer, payee, 7), transfer(payer, payee, 7)])
    assert (first.status, second.status) == (Status.CREATED, Status.EXCEEDS_CREDITS)
    assert (await verify(database)).is_proved


async def test_what_is_known_needs_no_reading(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_MAX", 4)
    source, *payees = [account() for _ in range(7)]
    async with database.transaction() as tx:
        await create_transfers(tx, [transfer(source, payee) for payee in payees], [source, *payees])
    for payee in payees:  # Some of them were forgotten, and are read.
        async with database.transaction() as tx:
            await create_transfers(tx, [transfer(source, payee)])
        ((kind, _), kept), *rest = database.memory.items()
        assert (kind, rest) == (store.Kept, [])
        assert len(kept.accounts) <= 4
    async with database.read() as reader:
        balances = await lookup_accounts(reader, [payee.id for payee in payees])
    assert [balance.credits_posted for balance in balances] == [2] * 6
