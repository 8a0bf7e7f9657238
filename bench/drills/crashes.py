"""T3: the whole database is killed at random moments while four writers move money; nothing acknowledged is lost."""

import asyncio
from random import Random
from typing import Final
from uuid import UUID

import asyncpg
import uvloop
from msgspec import Struct

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server, kill, restart
from weiji.kit.db import UNREACHABLE, Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.ledger import (
    Account,
    AccountFlags,
    Transfer,
    TransferFlags,
    TransferResult,
    create_accounts,
    create_transfers,
    lookup_accounts,
    lookup_transfers,
    verify,
)
from weiji.ledger.model import AMOUNT_MAX, TransferStatus

WRITERS: Final = 4
ACCOUNTS: Final = 12
"""Accounts of each writer's shard."""

AWAY: Final = (*UNREACHABLE, TimeoutError, asyncpg.InternalClientError)
"""What a writer sees of a crash. Whether its batch was written, it can't know."""

FRESH: Final = frozenset({TransferStatus.CREATED, TransferStatus.EXCEEDS_CREDITS})
AGAIN: Final = frozenset({TransferStatus.EXISTS, TransferStatus.ID_ALREADY_FAILED})


class Books(Struct):
    """What the writers know: every transfer that was acknowledged, with its answer."""

    made: dict[UUID, tuple[Transfer, TransferResult]] = {}
    refused: int = 0
    asked_again: int = 0
    found_again: int = 0
    """Batches that were asked again, and had been written."""
    contradictions: int = 0
    """Batches of which a part was written, or that were written though never sent before."""
    is_over: bool = False


def run(crashes: int, seed: int) -> Outcome:
    """Kill and recover the database so many times."""
    with fresh_server() as server:
        return uvloop.run(_run(server, crashes, seed))


async def _run(server: EmbeddedDatabase, crashes: int, seed: int) -> Outcome:
    await migrate(server.url)
    await install(server.url, mode="sandbox", lanes=LANES)
    database = await Database.connect(server.url)
    random = Random(seed)  # noqa: S311
    books = Books(made={})
    groups = [await _open_accounts(database, shard) for shard in range(WRITERS)]
    assert LANES < WRITERS, "some writers share a lane"
    outcome: Outcome = {"crashes": 0, "lost": 0, "doubled": 0, "unbalanced": 0, "defects": 0}
    writers = [
        asyncio.create_task(_write(database, group, Random(f"{seed} {number}"), books))  # noqa: S311
        for number, group in enumerate(groups)
    ]
    looked_at = verified = 0
    for _ in range(crashes):
        await asyncio.sleep(random.uniform(0.05, 1))
        kill(server)
        await asyncio.to_thread(restart, server)
        outcome["crashes"] += 1
        # What the crash might have taken is looked for at once, and everything each time that the books have doubled.
        known = [*books.made.values()]
        outcome["lost"] += await _count_lost(database, known[looked_at:])
        looked_at = len(known)
        if looked_at >= 2 * verified:
            outcome["defects"] += await _count_defects(database)
            verified = looked_at
    books.is_over = True
    await asyncio.gather(*writers)
    outcome["lost"] += await _count_lost(database, [*books.made.values()])
    async with database.read() as reader:
        there = await reader.connection.fetchval("select count(*) from ledger.transfers")
        outcome["doubled"] = there - len(books.made)
        balances = await lookup_accounts(reader, [account.id for group in groups for account in group])
    sums = _sums(books)
    outcome["unbalanced"] = sum(
        (b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted) != tuple(sums.get(b.id, [0] * 4))
        for b in balances
    )
    outcome["defects"] += await _count_defects(database)
    await database.close()
    return outcome | {
        "transfers": len(books.made),
        "refused": books.refused,
        "batches_in_doubt": books.asked_again,
        "of_them_written": books.found_again,
        "contradictions": books.contradictions,
    }


async def _open_accounts(database: Database, shard: int) -> list[Account]:
    flags = (AccountFlags.NONE, AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS, AccountFlags.HISTORY)
    accounts = [
        Account(id=new_id(UUID(int=shard)), ledger=1, code=2010, flags=flags[n % len(flags)]) for n in range(ACCOUNTS)
    ]
    async with database.transaction() as tx:
        await create_accounts(tx, accounts)
    return accounts


async def _write(database: Database, accounts: list[Account], random: Random, books: Books) -> None:
    """Write batch after batch; ask again for each until it is acknowledged."""
    holds: list[Transfer] = []
    while not books.is_over:
        batch = [_event(accounts, holds, random) for _ in range(random.choice((1, 3, 20)))]
        results = await _insist(database, batch, books)
        for event, result in zip(batch, results, strict=True):
            if result.is_made:
                books.made[event.id] = (event, result)
                if event.flags & TransferFlags.PENDING:
                    holds.append(event)
            else:
                books.refused += 1
        await asyncio.sleep(random.uniform(0, 0.01))


def _event(accounts: list[Account], holds: list[Transfer], random: Random) -> Transfer:
    if holds and random.random() < 0.2:
        hold = holds.pop(random.randrange(len(holds)))
        is_void = random.random() < 0.3
        return Transfer(
            id=new_id(hold.id),
            amount=0 if is_void else random.choice((AMOUNT_MAX, hold.amount // 2)),
            pending_id=hold.id,
            flags=TransferFlags.VOID_PENDING_TRANSFER if is_void else TransferFlags.POST_PENDING_TRANSFER,
        )
    debit, credit = random.sample(accounts, 2)
    return Transfer(
        id=new_id(debit.id),
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=random.randrange(1_000),
        ledger=1,
        code=1,
        flags=TransferFlags.PENDING if random.random() < 0.3 else TransferFlags.NONE,
    )


async def _insist(database: Database, batch: list[Transfer], books: Books) -> list[TransferResult]:
    is_again = False
    while True:
        try:
            async with database.transaction() as tx:
                results = await create_transfers(tx, batch)
            break
        except AWAY:
            books.asked_again += not is_again
            is_again = True
            await asyncio.sleep(0.1)  # Each question costs a server that recovers a process.
    statuses = {result.status for result in results}
    if is_again and statuses <= AGAIN:
        books.found_again += 1
    elif not statuses <= FRESH:  # A part of a batch, or an answer to what was never asked.
        books.contradictions += 1
    return results


async def _count_lost(database: Database, known: list[tuple[Transfer, TransferResult]]) -> int:
    """Count acknowledged transfers that are not there, or not as they were answered."""
    ids = [transfer.id for transfer, _ in known]
    there: dict[UUID, tuple[int, int]] = {}
    async with database.read() as reader:
        for start in range(0, len(ids), 5_000):
            rows = await lookup_transfers(reader, ids[start : start + 5_000])
            there |= {row["id"]: (row["amount"], row["timestamp"]) for row in rows}
    return sum(there.get(transfer.id) != (result.amount, result.timestamp) for transfer, result in known)


async def _count_defects(database: Database) -> int:
    report = await verify(database)
    for defect in report.defects:
        print(f"{defect.where}: {defect.what}", flush=True)
    return len(report.defects)


def _sums(books: Books) -> dict[UUID, list[int]]:
    """Sum what was acknowledged: what the counters must be."""
    sums: dict[UUID, list[int]] = {}
    for event, result in books.made.values():
        hold, held = (event, result) if event.pending_id is None else books.made[event.pending_id]
        assert hold.debit_account_id is not None
        assert hold.credit_account_id is not None
        debit = sums.setdefault(hold.debit_account_id, [0] * 4)
        credit = sums.setdefault(hold.credit_account_id, [0] * 4)
        if event.flags & TransferFlags.PENDING:
            debit[0] += result.amount
            credit[2] += result.amount
            continue
        if event.pending_id is not None:
            debit[0] -= held.amount
            credit[2] -= held.amount
        if not event.flags & TransferFlags.VOID_PENDING_TRANSFER:
            debit[1] += result.amount
            credit[3] += result.amount
    return sums


DRILL: Final = Drill(
    name="T3",
    proves="no acknowledged transfer is lost or doubled when the whole database is killed",
    options={"crashes": (20, "times to kill it"), "seed": (1, "when, and what is written")},
    zero=("lost", "doubled", "unbalanced", "defects", "contradictions"),
    run=run,
)
