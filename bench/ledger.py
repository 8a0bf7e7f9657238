"""Measures durable transfers per second: batches of several sizes, and single commands from concurrent callers.

Beside pgbench on the same server, before and after each pair of sections. `make bench-ledger`.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

import uvloop
from msgspec import Struct

from bench.server import analyze, cpu_seconds, fresh_server, log_only_errors, pgbench, prepare, settle_memory
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import SHARDS, new_id
from weiji.kit.installation import LANES
from weiji.ledger import (
    Account,
    AccountFlags,
    Transfer,
    TransferResult,
    TransferStatus,
    create_accounts,
    create_transfers,
    verify,
)

SIZES: Final = (1, 64, 256, 1_000, 8_000)
CALLERS: Final = 32
ACCOUNTS: Final = 10_000
"""Accounts of the uniform load, over all shards."""

PAYERS: Final = 2_000
"""Accounts that pay to the hot one, all in its shard."""

DNX: Final = AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS
HOT_SHARD: Final = 0
HELD: Final = 10**15
"""What each account has at first: nothing is refused here."""

Make = Callable[[int], list[Transfer]]
Run = Callable[[Database, Sequence[Sequence[Transfer]]], Awaitable[None]]


class Figure(Struct, frozen=True):
    """One line of the table."""

    name: str
    rate: float
    python_us: float
    postgres_us: float


class Load:
    """Accounts with money in every shard, and transfers among them."""

    def __init__(self) -> None:
        self.random = random.Random(1)  # noqa: S311 - it has to be repeatable, not secret.
        self.by_shard = [[self.account(shard) for _ in range(ACCOUNTS // SHARDS)] for shard in range(SHARDS)]
        self.by_shard[HOT_SHARD] += [self.account(HOT_SHARD) for _ in range(PAYERS)]
        self.sources = [Account(id=new_id(UUID(int=shard)), ledger=1, code=1010) for shard in range(SHARDS)]

    async def open(self, database: Database) -> None:
        """Open all accounts and give them money."""
        for lane in range(LANES):
            for shard in range(lane, SHARDS, LANES):
                accounts, source = self.by_shard[shard], self.sources[shard]
                async with database.transaction() as tx:
                    await create_accounts(tx, [source, *accounts])
                async with database.transaction() as tx:
                    await create_transfers(tx, [self.transfer(source, account, HELD) for account in accounts])

    def account(self, shard: int) -> Account:
        return Account(id=new_id(UUID(int=shard)), ledger=1, code=2010, flags=DNX)

    def transfer(self, debit: Account, credit: Account, amount: int = 1) -> Transfer:
        return Transfer(
            id=new_id(debit.id), debit_account_id=debit.id, credit_account_id=credit.id, amount=amount, ledger=1, code=1
        )

    def uniform(self, lane: int) -> Make:
        """Transfers between random accounts of the lane's shards."""
        shards = range(lane, SHARDS, LANES)

        def make(size: int) -> list[Transfer]:
            batch = []
            for _ in range(size):
                shard = self.by_shard[self.random.choice(shards)]
                debit, credit = self.random.sample(shard[: ACCOUNTS // SHARDS], 2)
                batch.append(self.transfer(debit, credit))
            return batch

        return make

    def uniform_everywhere(self) -> Make:
        """Transfers between random accounts of all shards: never one batch."""
        lanes = [self.uniform(lane) for lane in range(LANES)]
        return lambda size: [self.random.choice(lanes)(1)[0] for _ in range(size)]

    def hot(self) -> Make:
        """Transfers from random accounts of one shard to one and the same."""
        hot, *others = self.by_shard[HOT_SHARD]
        return lambda size: [self.transfer(self.random.choice(others), hot) for _ in range(size)]


async def run_batches(database: Database, batches: Sequence[Sequence[Transfer]]) -> None:
    """Run batches one after another, each in a transaction of its own."""
    for batch in batches:
        async with database.transaction() as tx:
            results = await create_transfers(tx, batch)
        assert all(result.status is TransferStatus.CREATED for result in results)


async def run_singles(database: Database, batches: Sequence[Sequence[Transfer]]) -> None:
    """Let concurrent callers submit one transfer at a time; each waits for its answer before the next."""
    batcher: Batcher[Transfer, TransferResult] = Batcher(
        database, create_transfers, owner=lambda transfer: transfer.id, lanes=Lanes(LANES)
    )
    left = iter([transfer for batch in batches for transfer in batch])

    async def caller() -> None:
        for transfer in left:
            result = await batcher.submit(transfer)
            assert result.status is TransferStatus.CREATED

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    await batcher.close()


async def measure(
    server: EmbeddedDatabase, name: str, database: Database, make: Make, size: int, seconds: float, run: Run
) -> Figure:
    """Warm up for a quarter of the time, then run as many batches as fit into *seconds*; they are made beforehand."""
    count = 1
    while True:
        batches = [make(size) for _ in range(count)]
        begun = time.perf_counter()
        await run(database, batches)
        took = time.perf_counter() - begun
        if took > seconds / 8:
            break
        count *= 2
    batches = [make(size) for _ in range(max(1, round(count * seconds / took)))]
    settle_memory()
    postgres, python = cpu_seconds(server), time.process_time()
    begun = time.perf_counter()
    await run(database, batches)
    took = time.perf_counter() - begun
    transfers = size * len(batches)
    return Figure(
        name,
        transfers / took,
        (time.process_time() - python) / transfers * 1e6,
        (cpu_seconds(server) - postgres) / transfers * 1e6,
    )


async def bench(server: EmbeddedDatabase, seconds: float, names: Sequence[str]) -> dict[str, object]:
    """Measure everything; print it line by line."""
    await prepare(server)
    database = await Database.connect(server.url)
    load = Load()
    await load.open(database)
    await analyze(server)
    pairs: list[list[tuple[str, Make, int, Run]]] = [
        [
            (f"{size}_uniform", load.uniform(0), size, run_batches),
            (f"{size}_hot", load.hot(), size, run_batches),
        ]
        for size in SIZES
    ]
    pairs.append(
        [
            (f"single_{CALLERS}", load.uniform_everywhere(), CALLERS, run_singles),
            (f"single_{CALLERS}_hot", load.hot(), CALLERS, run_singles),
        ]
    )
    print(f"{'':<16}{'per second':>12}{'x pgbench':>11}{'Python µs':>11}{'PostgreSQL µs':>15}")
    yardsticks = [await measure_pgbench(server, seconds)]
    rates: dict[str, int] = {}
    ratios: dict[str, float] = {}
    for pair in pairs:
        chosen = [section for section in pair if not names or section[0] in names]
        if not chosen:
            continue
        figures = [await measure(server, name, database, make, size, seconds, run) for name, make, size, run in chosen]
        yardsticks.append(await measure_pgbench(server, seconds))
        beside = sum(yardsticks[-2:]) / 2
        for figure in figures:
            rates[figure.name] = round(figure.rate)
            ratios[f"ratio_{figure.name}"] = round(figure.rate / beside, 2)
            print(
                f"{figure.name:<16}{figure.rate:>12,.0f}{figure.rate / beside:>11.1f}"
                f"{figure.python_us:>11.1f}{figure.postgres_us:>15.1f}",
                flush=True,
            )
    begun = time.perf_counter()
    report = await verify(database)
    took = time.perf_counter() - begun
    assert report.is_proved, report.defects
    print(f"{'verify':<16}{report.transfers / took:>12,.0f}")
    await database.close()
    return {
        "bench": "ledger",
        "pgbench_tps": round(sum(yardsticks) / len(yardsticks)),
        **ratios,
        **rates,
        "verify_per_second": round(report.transfers / took),
    }


async def measure_pgbench(server: EmbeddedDatabase, seconds: float) -> float:
    """Run the yardstick before and after each pair of sections: what else runs on a machine changes by the minute."""
    rate = await pgbench(server, seconds)
    print(f"{'pgbench -c 8':<16}{rate:>12,.0f}", flush=True)
    return rate


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="bench.ledger", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="for each section (3)")
    parser.add_argument("--only", nargs="*", default=[], help="names of sections")
    arguments = parser.parse_args()
    log_only_errors()
    with fresh_server() as server:
        print(json.dumps(uvloop.run(bench(server, arguments.seconds, arguments.only))))


if __name__ == "__main__":
    main()
