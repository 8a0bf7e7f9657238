"""Proves that bugs of trades which other systems had are not there. README.md beside this has the whole list."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from tests.aftersale.shop import DAY, Shop
from tests.orders.market import Market
from tests.webhooks.test_sending import put, queue, sender
from tests.wire.world import receiving
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders import MoveStatus, PlaceStatus, State
from weiji.orders.model import PutInCart
from weiji.orders.operations import put_in_cart
from weiji.orders.store import get_cart


async def events_of(market: Market, order_id: UUID) -> list[str]:
    async with market.database.read() as reader:
        return [row["type"] for row in await get_trail(reader, order_id)]


async def test_a_cart_that_is_changed_on_two_devices_at_once_keeps_both(shop: Shop) -> None:
    market = shop.market
    putting = [PutInCart(person_id=shop.buyer, sku_id=sku, quantity=2) for sku in market.skus]
    await asyncio.gather(*(market.database.retried(lambda tx, one=one: put_in_cart(tx, [one])) for one in putting))
    async with market.database.read() as reader:
        cart = await get_cart(reader, shop.buyer, 10)
    assert {(line.sku_id, line.quantity) for line in cart} == {(sku, 2) for sku in market.skus}


async def test_what_an_unpaid_order_held_is_sold_to_the_next(shop: Shop) -> None:
    """No unit is sold twice, and none is kept from who would buy it."""
    market, other = shop.market, new_id()
    first, placed = await market.place(shop.buyer, quantity=100)
    assert placed.status is PlaceStatus.PLACED
    assert (await market.place(other))[1].status is PlaceStatus.SOLD_OUT
    assert await market.close(Actor("buyer", shop.buyer), first) is MoveStatus.DONE
    assert (await market.place(other, quantity=100))[1].status is PlaceStatus.PLACED


@pytest.mark.parametrize(("at_once", "sides"), [(500, 1), (1, 1), (1, 4), (500, 4)])
async def test_what_is_overdue_comes_to_the_same_however_it_is_looked_at(shop: Shop, at_once: int, sides: int) -> None:
    """Some at a time or all, by one process or by several at once: each order has one end, and its money one place."""
    market = shop.market
    overdue = []
    for _ in range(2):
        unpaid, _ = await market.place(shop.buyer)
        unsent = await shop.order(1)
        overdue += [unpaid, unsent, await shop.order(1, shipped=True)]
    clock.CLOCK.follow(clock.CLOCK.offset + 20 * DAY)

    async def look() -> None:
        while await market.reactions.meet_deadlines(market.database, at_once):
            pass

    await asyncio.gather(*(look() for _ in range(sides)))
    await market.settle_events()
    ended = [(await market.order(id)).state for id in overdue]
    assert ended == [State.CLOSED, State.REFUNDED, State.RECEIVED] * 2
    assert (await shop.money(overdue[1]))["wallet"] == 100_000 - 2 * 9_800, "only what was sent is paid for"
    for id in overdue:
        ends = {"OrderClosed", "RefundArrived", "OrderReceived"}
        assert len([name for name in await events_of(market, id) if name in ends]) == 1


async def test_a_receiver_that_does_not_answer_holds_up_no_other(database: Database, lanes: Lanes) -> None:
    """The silent one answers only when the other was told; one after the other, that would never be."""
    told = asyncio.Event()

    @asynccontextmanager
    async def silent() -> AsyncIterator[str]:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await told.wait()
            writer.write(b"HTTP/1.1 204 X\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told"
        finally:
            server.close()

    async with silent() as waits, receiving() as (url, heard):
        await put(database, queue(new_id(), waits))
        sending = sender(database, lanes)
        assert await sending.begin() == 1
        held_up = asyncio.gather(*sending._sending)
        await put(database, queue(new_id(), url))
        while not heard:
            await sending.begin()
            await asyncio.sleep(0)
        told.set()
        await held_up
