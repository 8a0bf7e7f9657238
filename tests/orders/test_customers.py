"""Proves that a shop knows how to reach only who agreed, as long as they do, and that what it knew is gone after."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.orders.market import ADDRESS, Market, open_market
from weiji.events import Actor
from weiji.events.outbox import get_events
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders import OrderItem, PlaceOrder
from weiji.orders import operations as orders
from weiji.orders.customers import operations, store
from weiji.orders.customers.model import (
    TEXT_VERSION,
    Customer,
    GiveContact,
    GiveContactStatus,
    WithdrawContact,
    WithdrawContactStatus,
)
from weiji.orders.model import Gift


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    KEYS.use(bytes(range(32)))
    async with open_market(database, lanes) as opened:
        yield opened


def giving(market: Market, buyer: UUID, order_id: UUID) -> GiveContact:
    return GiveContact(
        shop_id=market.shop_id, order_id=order_id, text_version=TEXT_VERSION, actor=Actor("buyer", buyer)
    )


async def give(market: Market, command: GiveContact) -> GiveContactStatus:
    return await market.batchers.of(operations.give_contacts, "shop_id").submit(command)


async def withdraw(market: Market, person: UUID) -> WithdrawContactStatus:
    command = WithdrawContact(shop_id=market.shop_id, person_id=person, actor=Actor("buyer", person))
    return await market.batchers.of(operations.withdraw_contacts, "shop_id").submit(command)


async def customers(market: Market) -> list[Customer]:
    async with market.database.read() as reader:
        return await store.list_customers(reader, market.shop_id, None, 100)


async def test_who_agrees_is_there_until_they_no_longer_do(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 1_000_000)
    order_id, _ = await market.place(buyer)
    command = giving(market, buyer, order_id)
    assert await give(market, replace(command, actor=Actor("buyer", new_id()))) is GiveContactStatus.ORDER_NOT_FOUND
    assert await give(market, replace(command, shop_id=new_id())) is GiveContactStatus.ORDER_NOT_FOUND
    assert await give(market, replace(command, text_version=99)) is GiveContactStatus.TEXT_OUTDATED
    assert await customers(market) == []
    assert await give(market, command) is GiveContactStatus.GIVEN
    assert await give(market, command) is GiveContactStatus.EXISTS
    await market.pay(buyer, order_id)
    (found,) = await customers(market)
    assert (found.name, found.phone, found.orders, found.spent) == (ADDRESS.name, ADDRESS.phone, 1, 0)
    async with market.database.read() as reader:
        (reached,) = await store.list_reached(reader, buyer)
    assert (reached.shop_id, reached.name) == (market.shop_id, ADDRESS.name)
    assert await withdraw(market, buyer) is WithdrawContactStatus.WITHDRAWN
    assert await withdraw(market, buyer) is WithdrawContactStatus.EXISTS
    assert await customers(market) == []
    async with market.database.read() as reader:
        events = await get_events(reader, market.shop_id, 0, 100)
    told = [event for event in events if event["type"].startswith("Contact")]
    assert [event["type"] for event in told] == ["ContactGiven", "ContactWithdrawn"]
    assert ADDRESS.phone not in str([event["data"] for event in told])
    assert await give(market, command) is GiveContactStatus.GIVEN


async def test_to_whom_a_present_goes_has_not_agreed(market: Market) -> None:
    buyer = new_id()
    command = PlaceOrder(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        buyer_id=buyer,
        buyer_name="送礼的人",
        items=(OrderItem(market.skus[0], 1, market.prices[0]),),
        address=ADDRESS,
        gift=Gift(note="生日快乐"),
        actor=Actor("buyer", buyer),
    )
    await market.batchers.of(orders.place_orders).submit(command)
    await give(market, giving(market, buyer, command.id))
    (found,) = await customers(market)
    assert (found.name, found.phone) == ("送礼的人", "")


async def test_what_was_withdrawn_keeps_nothing_in_the_database(market: Market) -> None:
    buyer = new_id()
    order_id, _ = await market.place(buyer)
    await give(market, giving(market, buyer, order_id))
    with pytest.raises(asyncpg.CheckViolationError, match="consents_withdrawn_keep_nothing"):
        await market.database.pool.execute("update orders.consents set withdrawn_at = now()")
    await withdraw(market, buyer)
    assert await market.database.pool.fetchval("select contact from orders.consents") is None


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans()), min_size=1, max_size=8))
async def test_law_of_batches(market: Market, drawn: list[tuple[int, int, bool]]) -> None:
    answers = []
    for is_batch in (True, False):
        buyers = [new_id(), new_id()]
        placed = [(await market.place(buyer))[0] for buyer in buyers]
        commands = [
            replace(giving(market, buyers[who], placed[which]), text_version=TEXT_VERSION + is_old)
            for who, which, is_old in drawn
        ]
        batches = [commands] if is_batch else [[command] for command in commands]
        answers.append(
            [
                status
                for batch in batches
                for status in await market.database.retried(partial(operations.give_contacts, commands=batch))
            ]
        )
    assert answers[0] == answers[1]
