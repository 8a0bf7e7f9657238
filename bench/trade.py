"""Measures whole trades per second, in process and through HTTP, the statements of one trade alone, and a rush.

Beside pgbench on the same server, before and after. `make bench-trade`. The lone trade is at a shop whose grade limits
what it sells in a day, as new shops are; those of the crowd sell more than that, and have no limit.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import msgspec
import uvloop
from msgspec.structs import replace

from bench.callers import Buyer, Done, Seller, Work
from bench.server import (
    analyze,
    cpu_seconds,
    free_port,
    fresh_server,
    log_only_errors,
    pgbench,
    prepare,
    settle_memory,
)
from bench.street import PRICE, Shop, Street, make_shop, open_shop, order
from weiji import orders, payments
from weiji.catalog import get_product_page
from weiji.developers import CreateKey, CreateKeyStatus, create_keys
from weiji.developers.tokens import KeyToken
from weiji.events import BY_SYSTEM, Actor, Delivered
from weiji.events.outbox import is_quiet
from weiji.identity.model import GrantAllowance, GrantAllowanceStatus
from weiji.identity.operations import grant_allowances
from weiji.inventory import get_stock
from weiji.kit import clock
from weiji.kit.db import TOTAL, Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import distinct_shards, new_id
from weiji.orders import MoveStatus, PlaceOrder, PlaceResult, PlaceStatus, TradeRules
from weiji.orders.handlers import Reactions
from weiji.payments import CreatePaymentStatus
from weiji.program import Program, open_program
from weiji.settings import Settings

SHOPS: Final = 64
BUYERS: Final = 400
WAVE: Final = 1_024
"""Trades that go through their verbs together."""

WAVES: Final = 4
"""Waves under way at a time, each at another verb."""

TRADES: Final = 32_768
"""Trades of the run in process, in two parts, with pgbench between them. The clock settles the last ones up to a second
after they are received: a part is long beside that."""

RUSH_UNITS: Final = 10_000
RUSH_BUYERS: Final = 30_000
RUSH_CALLERS: Final = 4_000
"""Buyers of the rush who wait for their answer at a time."""

CLIENTS: Final = 32
ALLOWANCE: Final = 5_000_000
DAY_SALES: Final = 10**12
"""More than a shop sells, in fen: a limit that is looked at, and holds nobody up."""


@asynccontextmanager
async def opened(server: EmbeddedDatabase, data: Path) -> AsyncIterator[Program]:
    """Open weiji's program, without HTTP. It listens; `program.work()` makes it deliver events and run jobs."""
    async with open_program(Settings(database_url=server.url, data=data, mode="sandbox")) as program:
        await program.deliverer.install()
        await program.listen()
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
        self.received: list[UUID] = []

    async def trade(self, placing: Sequence[PlaceOrder]) -> None:
        """Bring orders from placed to received; the clock settles them."""
        assert all(result.status is PlaceStatus.PLACED for result in await self.place(placing))
        arrived = self.arrivals.of([order.id for order in placing])
        await self.pay(placing)
        await arrived
        await self.ship(placing)
        await self.confirm(placing)
        self.received.extend(order.id for order in placing)

    async def place(self, placing: Sequence[PlaceOrder]) -> Sequence[PlaceResult]:
        """Place orders."""
        return await self.batchers.of(orders.place_orders).submit_all(placing)

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
        """Wait until the clock has settled what was received."""
        async with self.program.database.read() as reader:
            for _ in range(1_000):
                self.received = await reader.connection.fetchval(
                    """select array(
                      select id from orders.orders
                      where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and settled_at is null)""",
                    distinct_shards(self.received),
                    self.received,
                )
                if not self.received:
                    return
                await asyncio.sleep(0.1)
        raise TimeoutError("not everything was settled")

    async def quiet(self) -> None:
        """Wait until everybody has heard of what happened: else that would be at the cost of what is measured next."""
        async with self.program.database.read() as reader:
            for _ in range(1_000):
                if await is_quiet(reader):
                    return
                await asyncio.sleep(0.1)
        raise TimeoutError("not everything was dealt with")


async def settle_at_once(program: Program, version: int, day_sales: tuple[int, ...]) -> None:
    """Publish rules by which a trade is settled as soon as it is received, so that no clock has to be turned."""
    command = orders.PublishRules(
        version=version,
        effective_at=clock.now() + timedelta(seconds=1),
        rules=TradeRules(settle_days=0, fee_ppm=6_000, grade_day_sales=day_sales),
        reason="The bench does not wait a day.",
        actor=BY_SYSTEM,
    )
    async with program.database.transaction() as tx:
        assert await orders.publish_rules(tx, [command]) == [orders.PublishRulesStatus.PUBLISHED]
    await asyncio.sleep(1.1)


async def measure_in_process(server: EmbeddedDatabase, market: Market, street: Street, count: int) -> dict[str, float]:
    """Run *count* trades, in waves that overtake each other; return what they took and wrote."""
    waves = iter([street.orders(WAVE) for _ in range(count // WAVE)])
    settle_memory()
    database = market.program.database
    rows, log_bytes = await _written(database)
    statements, postgres, python = TOTAL.statements, cpu_seconds(server), time.process_time()
    begun = time.perf_counter()

    async def buyers() -> None:
        for wave in waves:
            await market.trade(wave)

    await asyncio.gather(*(buyers() for _ in range(WAVES)))
    await market.settled()
    took = time.perf_counter() - begun
    figures = {
        "trades_per_second": count / took,
        "python_us": (time.process_time() - python) / count * 1e6,
        "postgres_us": (cpu_seconds(server) - postgres) / count * 1e6,
        "statements": (TOTAL.statements - statements) / count,
    }
    await market.quiet()
    after = await _written(database)
    return figures | {"rows_written": (after[0] - rows) / count, "log_bytes": (after[1] - log_bytes) / count}


async def _written(database: Database) -> tuple[int, int]:
    """Tell how many rows were written so far, and bytes of log. Connections tell of their own a second late."""
    await asyncio.sleep(1.5)
    async with database.read() as reader:
        row = await reader.connection.fetchrow(
            """select tup_inserted + tup_updated + tup_deleted, wal_bytes::bigint
            from pg_stat_database, pg_stat_wal where datname = current_database()"""
        )
    assert row
    return row[0], row[1]


async def count_statements(market: Market, shop: Shop, buyer: UUID) -> int:
    """Count the statements of one trade alone: from looking at the product until the shop may withdraw the money.

    What runs is what a running system does: subscribers are looked at where a notification woke them, and the job finds
    the order when its time has come. Its other polls, which go on without trades too, are not counted, nor is what
    hears of the settlement afterwards.
    """
    program = market.program
    # What the trade before it set off is over, and its notifications are heard.
    await program.deliverer.drain()
    await asyncio.sleep(0.2)
    await program.deliverer.deliver_woken()
    placing = order(buyer, shop, shop.skus[0])
    woken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    program.live.on_events = woken.set_result
    before = TOTAL.statements
    async with program.database.read() as reader:
        assert await get_product_page(reader, shop.product_id)
    assert (await market.place([placing]))[0].status is PlaceStatus.PLACED
    await market.pay([placing])
    program.deliverer.wake(await woken)
    program.live.on_events = program.deliverer.wake
    await program.deliverer.deliver_woken()
    await market.ship([placing])
    await market.confirm([placing])
    assert await Reactions(market.batchers).meet_deadlines(program.database, 1) == 1
    return TOTAL.statements - before


async def measure_rush(market: Market, street: Street, units: int, buyers: int) -> dict[str, Any]:
    """Let more buyers place orders for one SKU than there are units; beside it, as many orders spread over all SKUs."""
    shop = make_shop(1)
    await open_shop(market.batchers, shop, units)
    people = [new_id() for _ in range(buyers)]
    spread = await _place_singly(market, [order(one, *street.choose()) for one in people])
    rush = await _place_singly(market, [order(one, shop, shop.skus[0]) for one in people])
    assert spread["placed"] == buyers, spread
    async with market.program.database.read() as reader:
        (stock,) = await get_stock(reader, shop.skus)
    assert stock is not None
    errors = rush["errors"] + spread["errors"] + abs(stock.held - rush["placed"])
    return {
        "rush_sold": rush["placed"],
        "rush_errors": errors,
        "rush_ratio": round(rush["places_per_second"] / spread["places_per_second"], 2),
        "rush_places_per_second": round(rush["places_per_second"]),
        "rush_answers_per_second": round(rush["answers_per_second"]),
        "places_per_second": round(spread["places_per_second"]),
    }


async def _place_singly(market: Market, commands: Sequence[PlaceOrder]) -> dict[str, Any]:
    """Let concurrent callers place one order at a time. Sales are counted until the last one, answers to the end."""
    batcher = market.batchers.of(orders.place_orders)
    statuses: Counter[str] = Counter()
    left = iter(commands)
    last_placed = 0.0

    async def caller() -> None:
        nonlocal last_placed
        for command in left:
            try:
                status = (await batcher.submit(command)).status
                statuses[status] += 1
                if status is PlaceStatus.PLACED:
                    last_placed = time.perf_counter()
            except Exception as error:  # Whatever it is, it is counted.
                statuses[f"error: {error}"] += 1

    settle_memory()
    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(RUSH_CALLERS)))
    took = time.perf_counter() - begun
    placed, sold_out = statuses[PlaceStatus.PLACED], statuses[PlaceStatus.SOLD_OUT]
    return {
        "places_per_second": placed / (last_placed - begun),
        "answers_per_second": len(commands) / took,
        "placed": placed,
        "errors": len(commands) - placed - sold_out,
    }


async def give_keys(market: Market, street: Street, port: int, seconds: float) -> Work:
    """Make keys for the program that trades through HTTP, and allowances for those of the buyers."""
    ends = clock.now() + timedelta(days=1)
    scopes = ("orders:read", "orders:write", "payments:write")
    people = [*street.buyers, *(shop.owner_id for shop in street.shops)]
    tokens = [KeyToken.make("sandbox", person) for person in people]
    keys = [
        CreateKey(
            id=token.key_id,
            person_id=person,
            name="bench",
            scopes=scopes,
            secret_hash=token.secret_hash,
            expires_at=ends,
            actor=Actor("person", person),
        )
        for person, token in zip(people, tokens, strict=True)
    ]
    assert set(await market.batchers.of(create_keys).submit_all(keys)) == {CreateKeyStatus.CREATED}
    allowances = [
        GrantAllowance(
            id=new_id(person),
            person_id=person,
            key_id=token.key_id,
            amount=ALLOWANCE,
            expires_at=ends,
            actor=Actor("person", person),
        )
        for person, token in zip(street.buyers, tokens, strict=False)
    ]
    granted = await market.batchers.of(grant_allowances).submit_all(allowances)
    assert set(granted) == {GrantAllowanceStatus.CREATED}
    buyers = [Buyer(one.person_id, token.text, one.id) for one, token in zip(allowances, tokens, strict=False)]
    sellers = [
        Seller(shop.id, token.text, list(shop.skus))
        for shop, token in zip(street.shops, tokens[len(street.buyers) :], strict=True)
    ]
    return Work(port, CLIENTS, seconds / 4, seconds, PRICE, buyers, sellers)


async def measure_http(server: EmbeddedDatabase, data: Path, work: Work) -> dict[str, Any]:
    """Run `weiji up` and, as another process, the program that trades; return what it did, and the server's memory."""
    environment = os.environ | {
        "WEIJI_DATABASE_URL": server.url,
        "WEIJI_DATA": str(data),
        "WEIJI_MODE": "sandbox",
        "WEIJI_PORT": str(work.port),
    }
    up = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "weiji", "up", env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await _until_ready(up, work.port)
        callers = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.callers", stdin=PIPE, stdout=PIPE)
        output, _ = await callers.communicate(msgspec.json.encode(work))
        done = msgspec.json.decode(output, type=Done)
        memory = memory_mb(up.pid)
    finally:
        if up.returncode is None:
            up.terminate()
        await up.wait()
    assert not done.refusals, done.refusals
    return {
        "http_trades_per_second": round(done.trades / work.seconds, 1),
        "http_requests_per_second": round(done.requests / work.seconds),
        "http_latency_ms_p50": done.latency_ms_p50,
        "http_latency_ms_p99": done.latency_ms_p99,
        "memory_mb": round(memory),
    }


def memory_mb(pid: int) -> float:
    """Tell how much memory a process has (its resident set)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1_024


async def _until_ready(server: Process, port: int) -> None:
    for _ in range(1_200):
        if server.returncode is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError("the server did not come up")


async def bench(server: EmbeddedDatabase, data: Path, seconds: float, trades: int) -> dict[str, Any]:
    """Measure everything; print it as it comes."""
    await prepare(server)
    street = Street(SHOPS, BUYERS)
    figures: dict[str, Any] = {}
    async with opened(server, data) as program:
        await settle_at_once(program, 2, (DAY_SALES,))  # Dearer rules take a notice of days once there are shops.
        await street.open(program.batchers)
        await analyze(server)
        market = Market(program, street)
        for _ in range(2):  # The first time some accounts of the platform and the shop have to be opened.
            figures["statements_alone"] = await count_statements(market, street.shops[0], street.buyers[0])
        _tell(figures)
        await settle_at_once(program, 3, ())

        await program.work()
        await measure_in_process(server, market, street, WAVE * WAVES)
        tps = [await pgbench(server, seconds)]
        parts = []
        for _ in range(2):
            parts.append(await measure_in_process(server, market, street, trades // 2))
            tps.append(await pgbench(server, seconds))
        figures |= {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}
        _tell(figures)

        figures |= await measure_rush(market, street, RUSH_UNITS, RUSH_BUYERS)
        _tell(figures)
        work = await give_keys(market, street, free_port(), seconds * 3)
    await analyze(server)
    figures |= await measure_http(server, data, work)
    tps.append(await pgbench(server, seconds))
    mean = sum(tps) / len(tps)
    return {
        "bench": "trade",
        "pgbench_tps": round(mean),
        "pgbench_tps_range": [round(min(tps)), round(max(tps))],
        "ratio_in_process": round(figures["trades_per_second"] / mean, 2),
        "ratio_http": round(figures["http_trades_per_second"] / mean, 3),
        **{name: round(value, 1) if isinstance(value, float) else value for name, value in figures.items()},
    }


def _tell(figures: dict[str, Any]) -> None:
    print(", ".join(f"{name} {value:,.4g}" for name, value in figures.items()), flush=True)


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="bench.trade", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="for each run of pgbench; a third of the HTTP run (5)")
    parser.add_argument("--trades", type=int, default=TRADES, help=f"in process ({TRADES})")
    arguments = parser.parse_args()
    log_only_errors()
    with fresh_server() as server, TemporaryDirectory(prefix="weiji-bench-data-") as data:
        run = bench(server, Path(data), arguments.seconds, arguments.trades)
        print(json.dumps(uvloop.run(run)))


if __name__ == "__main__":
    main()
