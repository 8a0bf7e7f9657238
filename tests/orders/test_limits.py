"""Proves that a shop that is not verified sells and withdraws only as much as the operator lets it, to the fen,
whatever is placed at once; that what is closed makes room again; and that the law of batches holds at the limit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.credit.test_operations import trade
from tests.orders.market import ADDRESS, Market
from weiji.credit.operations import count_trades
from weiji.events import Actor
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock, db
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.orders import (
    CloseOrder,
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    PublishRules,
    TradeRules,
    close_orders,
    place_orders,
    publish_rules,
)
from weiji.orders.rules import is_within
from weiji.shops import Limits, VerifyShop, get_barred, set_limits, verify_shops

PRICE = 9_800


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    market = Market(database, lanes)
    await market.open()
    await database.pool.execute("update shops.shops set verification = 'unverified' where id = $1", market.shop_id)
    yield market
    await market.batchers.close()


async def limit(database: Database, day: int, total: int, *, may_withdraw: bool = False) -> None:
    async with database.transaction() as tx:
        await set_limits(tx, Limits(day_sales_max=day, total_sales_max=total, may_withdraw=may_withdraw))


def order(market: Market, quantity: int = 1, sku: int = 0) -> PlaceOrder:
    buyer_id = new_id()
    return PlaceOrder(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        buyer_id=buyer_id,
        buyer_name="某人",
        items=(OrderItem(market.skus[sku], quantity, market.prices[sku]),),
        address=ADDRESS,
        actor=Actor("buyer", buyer_id),
    )


async def place(database: Database, *commands: PlaceOrder) -> list[PlaceStatus]:
    async def work(tx: Transaction) -> list[PlaceStatus]:
        return [result.status for result in await place_orders(tx, commands)]

    return await database.retried(work)


async def test_a_day_ends_and_a_total_does_not(market: Market) -> None:
    database = market.database
    offset = clock.CLOCK.offset
    await limit(database, PRICE * 2, PRICE * 3)
    first, second, third = order(market), order(market), order(market)
    assert await place(database, first, second, third) == ["placed", "placed", "shop_limit_reached"]
    assert await place(database, first, order(market)) == ["exists", "shop_limit_reached"]
    # What is closed makes room for something else.
    async with database.transaction() as tx:
        closing = CloseOrder(order_id=first.id, actor=first.actor)
        assert await close_orders(tx, [closing]) == ["done"]
    assert await place(database, order(market)) == ["placed"]
    clock.CLOCK.follow(offset + timedelta(days=1))
    assert await place(database, order(market, 2), order(market)) == ["shop_limit_reached", "placed"]
    assert await place(database, order(market)) == ["shop_limit_reached"]
    clock.CLOCK.follow(offset + timedelta(days=9))
    assert await place(database, order(market)) == ["shop_limit_reached"], "the total is no day's"
    async with database.transaction() as tx:
        assert await verify_shops(tx, [VerifyShop(shop_id=market.shop_id, actor=Actor("system"))]) == ["verified"]
    assert await place(database, order(market, 9)) == ["placed"]
    clock.CLOCK.follow(offset)


async def test_a_shop_sells_in_a_day_what_its_grade_allows(market: Market) -> None:
    database = market.database
    async with database.transaction() as tx:
        assert await verify_shops(tx, [VerifyShop(shop_id=market.shop_id, actor=Actor("system"))]) == ["verified"]
        rules = TradeRules(grade_day_sales=(PRICE * 2, PRICE * 4, 0))
        command = PublishRules(version=2, effective_at=tx.now, rules=rules, reason="试试", actor=Actor("system"))
        assert await publish_rules(tx, [command]) == ["published"]

    async def graded(points: int) -> None:
        commands = [trade(market.shop_id) for _ in range(points)]
        async with database.transaction() as tx:
            await count_trades(tx, commands)

    assert await place(database, *(order(market) for _ in range(3))) == ["placed", "placed", "shop_limit_reached"]
    await graded(4)
    statuses = await asyncio.gather(*(place(database, order(market)) for _ in range(5)))
    assert sorted(status for each in statuses for status in each) == ["placed"] * 2 + ["shop_limit_reached"] * 3
    await graded(260)
    assert await place(database, order(market, 9)) == ["placed"], "the last is for all above it, and without a limit"


async def test_of_many_at_once_only_so_many_are_placed(market: Market) -> None:
    await limit(market.database, PRICE * 5, PRICE * 100)
    statuses = await asyncio.gather(*(place(market.database, order(market)) for _ in range(12)))
    found = sorted(status for each in statuses for status in each)
    assert found == ["placed"] * 5 + ["shop_limit_reached"] * 7


async def test_a_shop_withdraws_when_it_is_verified_or_the_operator_does_not_mind(market: Market) -> None:
    database, shop_id = market.database, market.shop_id

    async def barred() -> set[UUID]:
        async with database.read() as reader:
            return set(await get_barred(reader, [shop_id, new_id()]))

    assert await barred() == {shop_id}
    await limit(database, 1, 1, may_withdraw=True)
    assert await barred() == set()
    await limit(database, 1, 1)
    async with database.transaction() as tx:
        await verify_shops(tx, [VerifyShop(shop_id=shop_id, actor=Actor("system"))])
    assert await barred() == set()


async def test_verified_shops_cost_no_statement_more(market: Market) -> None:
    async def count() -> int:
        counter = db.count_statements()
        assert await place(market.database, order(market)) == ["placed"]
        return counter.statements

    async with market.database.transaction() as tx:  # Nor has their grade a limit: that would cost as much.
        command = PublishRules(version=2, effective_at=tx.now, rules=TradeRules(), reason="不限", actor=Actor("system"))
        assert await publish_rules(tx, [command]) == ["published"]
    await count()
    limited = await count()
    async with market.database.transaction() as tx:
        await verify_shops(tx, [VerifyShop(shop_id=market.shop_id, actor=Actor("system"))])
    assert await count() == limited - 2


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 50), st.integers(0, 50), st.integers(0, 120))
def test_the_limit_itself_is_within(day: int, total: int, today: int, before: int, more: int) -> None:
    limits = Limits(day_sales_max=day, total_sales_max=total, may_withdraw=False)
    is_over = today + more > day or before + today + more > total
    assert is_within(limits, (today, before + today), more) is not is_over


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    quantities=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=8),
    day=st.integers(0, 12),
    stock=st.integers(0, 8),
)
async def test_law_of_batches_at_the_limit(
    market: Market, quantities: list[tuple[int, int]], day: int, stock: int
) -> None:
    """Whether there is room for an order may hang on whether there was stock for the one before it."""
    commands = [order(market, quantity, sku) for quantity, sku in quantities]
    outcomes: list[Any] = []
    for is_batched in (True, False):
        async with market.database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                tx = Transaction(connection, clock.now())
                await set_limits(tx, Limits(day_sales_max=PRICE * day, total_sales_max=10**9, may_withdraw=False))
                await _set_stock(tx, market, stock)
                groups = [commands] if is_batched else [[command] for command in commands]
                outcomes.append([each.status for group in groups for each in await place_orders(tx, group)])
            finally:
                await transaction.rollback()
    assert outcomes[0] == outcomes[1]


async def _set_stock(tx: Transaction, market: Market, stock: int) -> None:
    actor = Actor("merchant", market.seller_id)
    await set_stock(
        tx, [SetStock(sku_id=sku, shop_id=market.shop_id, on_hand=stock, actor=actor) for sku in market.skus]
    )
