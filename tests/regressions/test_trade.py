"""Proves that bugs of trades which other systems had are not there. README.md beside this has the whole list."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.aftersale.shop import Shop
from tests.webhooks.test_sending import put, queue, sender
from tests.wire.world import receiving
from weiji.events import Actor
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders import MoveStatus, PlaceStatus
from weiji.orders.model import PutInCart
from weiji.orders.operations import put_in_cart
from weiji.orders.store import get_cart


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
