"""T6: a rush on scarce stock from several processes: what is there is sold, all of it, and not a unit more.

Each process has a pool and batchers of its own, and knows nothing of the others; they meet in PostgreSQL. Four waves:
one scarce SKU; two of two shops in opposite orders, with a third that is plenty; the same with buyers who close their
orders again; and whoever comes afterwards for what they left.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
import uvloop

import bench
from bench.drills.model import LANES, Drill, Outcome
from bench.rushers import Answers, Wish
from bench.server import fresh_server
from bench.street import Shop, lift_limits, make_shop, open_shop
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate

COUNTED: Final = ("orders", "units_sold", "refused", "failed", "oversold", "unsold", "mistold")
"""What the outcome counts."""

SOLD_PERCENT: Final = 40
"""Units of what is scarce, of those that are asked for."""

PLENTY: Final = 1_000_000
LINE_MAX: Final = 65_536 * 256
"""Bytes of one answer of a worker."""


def run(orders: int, processes: int, seed: int) -> Outcome:
    """Let so many processes place so many orders in each wave."""
    with fresh_server(is_durable=False) as server:
        return uvloop.run(_run(server.url, orders, processes, Random(seed)))  # noqa: S311


async def _run(url: str, orders: int, processes: int, dice: Random) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    database = await Database.connect(url)
    batchers = Batchers(database, Lanes(LANES))
    await database.retried(lift_limits)
    shops = [make_shop(3), make_shop(3)]
    for shop in shops:
        await open_shop(batchers, shop, PLENTY)
    rush = Rush(database, shops, dice)
    workers = [await _start(url) for _ in range(processes)]
    try:
        for make in (rush.one, rush.crossed, rush.closing):
            await rush.wave(workers, orders, make)
        await rush.wave(workers, orders, rush.crossed, is_stocked=False)
    finally:
        for worker in workers:
            assert worker.stdin
            worker.stdin.close()
            await worker.wait()
    async with database.read() as reader:
        deadlocks = await reader.connection.fetchval(
            "select deadlocks from pg_stat_database where datname = current_database()"
        )
    await batchers.close()
    await database.close()
    return rush.outcome | {"deadlocks": deadlocks}


async def _start(url: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.rushers", url,
        stdin=PIPE, stdout=PIPE, limit=LINE_MAX, cwd=Path(bench.__file__).parent.parent,
    )  # fmt: skip


class Rush:
    """The waves, and what they are to come to."""

    def __init__(self, database: Database, shops: Sequence[Shop], dice: Random) -> None:
        self.database = database
        self.shops = shops
        self.dice = dice
        self.outcome: Outcome = dict.fromkeys(COUNTED, 0)

    async def wave(
        self, workers: Sequence[Process], orders: int, make: Callable[[int], Wish], *, is_stocked: bool = True
    ) -> None:
        """Let the workers place orders together, and compare what they were told with what is there."""
        wishes = [make(number) for number in range(orders)]
        asked: Counter[UUID] = Counter()
        for wish in wishes:
            asked.update(dict(wish.lines))
        scarce = {sku for shop in self.shops for sku in shop.skus[:2]}
        before = await self._stock({sku: asked[sku] * SOLD_PERCENT // 100 for sku in scarce} if is_stocked else {})
        parts = [wishes[number :: len(workers)] for number in range(len(workers))]
        for worker, part in zip(workers, parts, strict=True):
            await _tell(worker, msgspec.json.encode(part))
        for worker in workers:
            await _hear(worker)
        for worker in workers:
            await _tell(worker, b"go")
        told: dict[UUID, str] = {}
        for worker, part in zip(workers, parts, strict=True):
            answers = msgspec.json.decode(await _hear(worker), type=Answers)
            told |= dict(zip((wish.id for wish in part), answers.statuses, strict=True))
        await self._audit(wishes, told, before)

    def one(self, number: int) -> Wish:
        """One scarce SKU, one to three units."""
        return self._wish(self.shops[0], [(0, 1 + number % 3)])

    def crossed(self, number: int) -> Wish:
        """The SKUs of one of two shops, two of them scarce, in every order."""
        lines = [(place, self.dice.randint(1, 3)) for place in range(3)]
        self.dice.shuffle(lines)
        return self._wish(self.shops[number // 2 % 2], lines[: self.dice.choice((2, 3, 3))])

    def closing(self, number: int) -> Wish:
        """The same; every second buyer closes the order again."""
        return msgspec.structs.replace(self.crossed(number), closes=number % 4 < 2)

    def _wish(self, shop: Shop, lines: Sequence[tuple[int, int]]) -> Wish:
        return Wish(
            id=new_id(shop.id),
            shop_id=shop.id,
            buyer_id=new_id(),
            lines=tuple((shop.skus[place], quantity) for place, quantity in lines),
        )

    async def _stock(self, free: dict[UUID, int]) -> dict[UUID, int]:
        """Let so much of SKUs be free; tell how much is held of every SKU."""
        async with self.database.transaction() as tx:
            for sku_id, units in free.items():
                await tx.connection.execute(
                    "update inventory.stock set on_hand = held + $2 where sku_id = $1", sku_id, units
                )
        return {row["sku_id"]: row["held"] for row in await self._rows("select sku_id, held from inventory.stock")}

    async def _audit(self, wishes: Sequence[Wish], told: dict[UUID, str], before: dict[UUID, int]) -> None:
        """Nothing but what is there is sold; who was refused asked for more than was left; orders are as was told."""
        states = {
            row["id"]: {"created": "placed"}.get(row["state"], row["state"])
            for row in await self._rows("select id, state from orders.orders")
        }
        sold: Counter[UUID] = Counter()
        for wish in wishes:
            self.outcome["orders"] += 1
            status = told[wish.id]
            self.outcome["failed"] += status.startswith("error")
            self.outcome["refused"] += status == "sold_out"
            self.outcome["mistold"] += states.get(wish.id, "sold_out") != status
            if status == "placed":
                sold.update(dict(wish.lines))
        self.outcome["units_sold"] += sold.total()
        free: dict[UUID, int] = {}
        for row in await self._rows("select sku_id, on_hand, held from inventory.stock"):
            sku_id = row["sku_id"]
            free[sku_id] = row["on_hand"] - row["held"]
            self.outcome["oversold"] += free[sku_id] < 0 or row["held"] - before[sku_id] != sold[sku_id]
        # What is free only shrinks while nobody closes an order: whoever was refused would be refused now, too.
        if not any(wish.closes for wish in wishes):
            self.outcome["unsold"] += sum(
                told[wish.id] == "sold_out" and all(quantity <= free[sku_id] for sku_id, quantity in wish.lines)
                for wish in wishes
            )

    async def _rows(self, text: str) -> list[Any]:
        async with self.database.read() as reader:
            return list(await reader.connection.fetch(text))


async def _tell(worker: Process, line: bytes) -> None:
    assert worker.stdin
    worker.stdin.write(line + b"\n")
    await worker.stdin.drain()


async def _hear(worker: Process) -> bytes:
    assert worker.stdout
    line = await worker.stdout.readline()
    assert line, "a worker died"
    return line


DRILL: Final = Drill(
    name="T6",
    proves="in a rush from several processes all that is there is sold, nothing else, and nobody gets an error",
    options={
        "orders": (10_000, "orders placed in each of four waves"),
        "processes": (2, "that place them"),
        "seed": (1, "what is ordered"),
    },
    zero=("failed", "oversold", "unsold", "mistold", "deadlocks"),
    run=run,
)
