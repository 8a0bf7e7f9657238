"""Measures whole trades per second, in process and through HTTP, the statements of one trade alone, and a rush.

Beside pgbench on the same server, before and after. `make bench-trade`.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uvloop
from msgspec.structs import replace

from bench.server import analyze, cpu_seconds, fresh_server, pgbench, prepare, settle_memory
from bench.street import PRICE, Shop, Street, open_shop, order
from weiji import orders, payments
from weiji.events import Actor, Delivered
from weiji.kit import clock
from weiji.kit.db import TOTAL, Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import new_id
from weiji.orders import MoveStatus, PlaceOrder, PlaceStatus, TradeRules
from weiji.payments import CreatePaymentStatus
from weiji.program import Program, open_program
from weiji.settings import Settings

SHOPS: Final = 64
BUYERS: Final = 400
WAVE: Final = 1_024
"""Trades that go through their verbs together."""

WAVES: Final = 4
"""Waves under way at a time, each at another verb."""

RUSH_UNITS: Final = 10_000
RUSH_BUYERS: Final = 30_000
RUSH_CALLERS: Final = 4_000
"""Buyers of the rush who wait for their answer at a time."""


@asynccontextmanager
async def running(server: EmbeddedDatabase, data: Path) -> AsyncIterator[Program]:
    """Run weiji's program as `weiji worker` does: it listens, delivers events and runs jobs."""
    async with open_program(Settings(database_url=server.url, data=data, mode="sandbox")) as program:
        await program.deliverer.install()
        await program.listen()
        await program.work()
        yield program


class Arrivals:
    """Tells when the money of orders is in escrow: it hears what the program's own subscriber has dealt with."""

    def __init__(self, program: Program) -> None:
        subscriptions = program.deliverer.subscriptions
        self._subscription = subscriptions["orders.take_payments"]
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        subscriptions[self._subscription.name] = replace(self._subscription, caller=self._take)

    def of(self, ids: Sequence[UUID]) -> "asyncio.Future[list[None]]":
        """Wait for the money of orders. Call it before they are paid."""
        loop = asyncio.get_running_loop()
        for id in ids:
            self._waiting[id] = loop.create_future()
        return asyncio.gather(*(self._waiting[id] for id in ids))

    async def _take(self, database: Database, batch: Sequence[Delivered]) -> None:
        assert self._subscription.caller
        await self._subscription.caller(database, batch)
        for delivered in batch:
            arrived = self._waiting.pop(delivered.event.subject_id, None)
            if arrived:
                arrived.set_result(None)


class Market:
    """The verbs of trades, by the batchers that everybody uses."""

    def __init__(self, program: Program, street: Street) -> None:
        self.program = program
        self.batchers = program.batchers
        self.arrivals = Arrivals(program)
        self.owners = {shop.id: shop.owner_id for shop in street.shops}

    async def trade(self, placing: Sequence[PlaceOrder]) -> None:
        """Bring orders from placed to received; the clock settles them."""
        placed = await self.batchers.of(orders.place_orders).submit_all(placing)
        assert all(result.status is PlaceStatus.PLACED for result in placed)
        arrived = self.arrivals.of([order.id for order in placing])
        await self.pay(placing)
        await arrived
        await self.ship(placing)
        await self.confirm(placing)

    async def pay(self, placing: Sequence[PlaceOrder]) -> None:
        """Pay orders from the wallets of their buyers."""
        commands = [
            payments.CreatePayment(
                id=new_id(order.buyer_id),
                payer_id=order.buyer_id,
                subject_id=order.id,
                payee_id=order.shop_id,
                amount=PRICE,
                channel=payments.BALANCE,
                actor=order.actor,
            )
            for order in placing
        ]
        statuses = await self.batchers.of(payments.create_payments).submit_all(commands)
        assert set(statuses) == {CreatePaymentStatus.CREATED}

    async def ship(self, placing: Sequence[PlaceOrder]) -> None:
        """Ship orders whole."""
        commands = [
            orders.ShipParcel(
                id=new_id(order.id),
                order_id=order.id,
                shop_id=order.shop_id,
                carrier="顺丰",
                tracking_number="SF1234567890",
                actor=Actor("merchant", self.owners[order.shop_id]),
            )
            for order in placing
        ]
        statuses = await self.batchers.of(orders.ship_parcels, "order_id").submit_all(commands)
        assert set(statuses) == {MoveStatus.DONE}

    async def confirm(self, placing: Sequence[PlaceOrder]) -> None:
        """Confirm receipt."""
        commands = [orders.ConfirmOrder(order_id=order.id, actor=order.actor) for order in placing]
        statuses = await self.batchers.of(orders.confirm_orders, "order_id").submit_all(commands)
        assert set(statuses) == {MoveStatus.DONE}

    async def settled(self) -> None:
        """Wait until the clock has settled everything."""
        async with self.program.database.read() as reader:
            while await reader.connection.fetchval("select exists (select from orders.deadlines)"):
                await asyncio.sleep(0.02)


async def settle_at_once(program: Program) -> None:
    """Publish rules by which a trade is settled as soon as it is received, so that no clock has to be turned."""
    command = orders.PublishRules(
        version=2,
        effective_at=clock.now() + timedelta(seconds=1),
        rules=TradeRules(settle_days=0, fee_ppm=6_000),
        reason="The bench does not wait a day.",
        actor=Actor("staff", new_id()),
    )
    async with program.database.transaction() as tx:
        assert await orders.publish_rules(tx, [command]) == [orders.PublishRulesStatus.PUBLISHED]
    await asyncio.sleep(1.1)


async def measure_in_process(market: Market, street: Street, count: int) -> dict[str, float]:
    """Run *count* trades, in waves that overtake each other; return trades and CPU microseconds."""
    waves = iter([street.orders(WAVE) for _ in range(count // WAVE)])
    settle_memory()
    pids = await backends(market.program.database)
    statements, postgres, python = TOTAL.statements, sum(map(cpu_seconds, pids)), time.process_time()
    begun = time.perf_counter()

    async def buyers() -> None:
        for wave in waves:
            await market.trade(wave)

    await asyncio.gather(*(buyers() for _ in range(WAVES)))
    await market.settled()
    took = time.perf_counter() - begun
    return {
        "trades_per_second": count / took,
        "python_us": (time.process_time() - python) / count * 1e6,
        "postgres_us": (sum(map(cpu_seconds, pids)) - postgres) / count * 1e6,
        "statements": (TOTAL.statements - statements) / count,
    }


async def backends(database: Database) -> list[int]:
    """Name the processes of the server that work for weiji."""
    async with database.read() as reader:
        found = await reader.connection.fetch("select pid from pg_stat_activity where application_name = 'weiji'")
    return [row["pid"] for row in found]
