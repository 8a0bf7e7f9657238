"""Proves that a shop's open orders are counted without reading what is over, and that none is ever left out of it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.orders.market import WAITING, Market, open_market
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.orders import State, horizons
from weiji.orders.closing import get_open
from weiji.orders.desk import get_desk
from weiji.orders.store import SQL

DAY = timedelta(days=1)

MANY = 300

OVER_LONG_AGO = """
insert into orders.orders
select (jsonb_populate_record(o, jsonb_build_object(
  'id', overlay(o.id::text placing lpad(to_hex(n), 8, '0') from 1 for 8),
  'placed_at', o.placed_at - n * interval '1 hour' - interval '100 days',
  'paid_at', o.paid_at - n * interval '1 hour' - interval '100 days'))).*
from orders.orders o, generate_series(1, $2) n
where o.id = $1
"""


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


async def _counted(market: Market) -> dict[State, int]:
    async with market.database.read() as reader:
        return (await get_desk(reader, market.shop_id)).states


async def _open_from(market: Market) -> Any:
    return await market.database.pool.fetchval(
        "select open_from from orders.horizons where shop_id = $1", market.shop_id
    )


def _scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") == "orders":
        yield node
    for inner in node.get("Plans", []):
        yield from _scans(inner)


async def _read_by(market: Market, name: str, *args: str) -> float:
    """Tell how many orders a statement reads, planned as the program does it."""
    asked = f"explain (analyze, format json) execute asked ({', '.join(args)})"
    async with market.database.pool.acquire() as connection:
        await connection.execute(f"prepare asked as {SQL.all[name].text}")
        (told,) = json.loads(await connection.fetchval(asked))
        await connection.execute("deallocate asked")
    return sum(
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
        for scan in _scans(told["Plan"])
    )


async def _settle(market: Market, buyer: UUID) -> UUID:
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.ship(order_id)
    await market.confirm(buyer, order_id)
    await market.turn(DAY + timedelta(minutes=1))
    assert (await market.order(order_id)).state is State.COMPLETED
    return order_id


def test_the_planner_is_told_that_few_are_open() -> None:
    for statement in SQL.all.values():
        endless = r"placed_at >= (?:h\.open_from|\(select open_from from horizon\))(?! and (?:o\.)?placed_at <)"
        assert not re.search(endless, statement.text), f"{statement.name}: see get_shop_figures"


@pytest.mark.usefixtures("anew")
async def test_what_is_open_is_counted_and_what_is_over_is_not_read(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    settled = await _settle(market, buyer)
    await market.database.pool.execute(OVER_LONG_AGO, settled, MANY)
    late, _ = await market.place(buyer)
    await market.turn(timedelta(minutes=16))
    waiting, _ = await market.place(buyer)
    await market.pay(buyer, waiting)
    assert await _counted(market) == {State.PAID: 1}, "before anybody looked"
    shop = f"{shard_of(market.shop_id)}, '{market.shop_id}'"
    asked = {
        "get_shop_desk": "100",
        "get_shop_todo": f"'{clock.now() - 30 * DAY}', now(), 20, 48, now(), null, null, 36",
        "get_shop_money": "'{}', now()",
        "get_shop_figures": f"now(), '{clock.now() - 30 * DAY}'",
        "list_orders_of_shop": "'{part_shipped}', 'infinity', null, 20, null",
    }
    before = {name: await _read_by(market, name, shop, rest) for name, rest in asked.items()}
    assert min(before.values()) > MANY, "else nothing would be spared"

    walk = horizons.Walk()
    assert await walk.work(market.database, 1) == 1, "there may be more"
    assert await walk.work(market.database, 1) == 0
    after = {name: await _read_by(market, name, shop, rest) for name, rest in asked.items()}
    assert max(after.values()) < 25, after
    assert await _counted(market) == {State.PAID: 1}

    # The clock refunds what nobody sends, so that it is over. What was closed can be opened again.
    await market.turn(10 * DAY)
    await market.turn(10 * DAY)
    assert (await market.order(waiting)).state is State.REFUNDED
    await walk.work(market.database, 1_000)
    assert (await market.order(late)).placed_at < await _open_from(market) <= clock.now() - horizons.KEPT
    assert await _counted(market) == {}
    async with market.database.transaction() as tx:
        await horizons.move_on([market.shop_id], tx)
        paying = asyncio.create_task(market.pay(buyer, late))
        while not await market.database.pool.fetchval(WAITING, tx.connection.get_server_pid()):
            assert not paying.done(), "it did not wait"
            await asyncio.sleep(0.01)
    await paying
    assert (await market.order(late)).state is State.PAID
    assert await _counted(market) == {State.PAID: 1}
    await walk.work(market.database, 1_000)
    assert await _open_from(market) == (await market.order(late)).placed_at


async def test_a_shop_that_is_being_closed_knows_its_last_order(market: Market) -> None:
    """Its horizon stands still: what is settled meanwhile is not read away."""
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.close_shop()
    await market.ship(order_id)
    await market.confirm(buyer, order_id)
    await market.turn(DAY + timedelta(minutes=1))
    settled_at = (await market.order(order_id)).settled_at
    await market.turn(20 * DAY)
    await horizons.Walk().work(market.database, 1_000)
    async with market.database.read() as reader:
        found = await get_open(reader, market.shop_id)
    assert (found.orders, found.last_settled_at) == (0, settled_at)
    assert settled_at is not None
