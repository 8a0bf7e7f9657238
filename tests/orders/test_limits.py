"""Proves that a shop that is not verified is paid and withdraws only as much as the operator lets it, to the fen; that
who pays nothing blocks nobody, and who has the money back no longer; that what was begun in time is taken; that what
was paid is counted to the fen, whatever becomes of orders; and that the law of batches holds at the limit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.credit.test_operations import trade
from tests.orders.market import ADDRESS, Market, open_market
from weiji.credit.operations import count_trades
from weiji.events import Actor
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock, db
from weiji.kit.batch import Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.migrate import read_migrations
from weiji.orders import (
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    PublishRules,
    RefundOrder,
    TradeRules,
    place_orders,
    publish_rules,
    refund_orders,
)
from weiji.orders.casework import Casework, GiveBack
from weiji.orders.machine import State
from weiji.orders.paying import PayOrder, PayStatus, pay_orders
from weiji.orders.sales import Sales
from weiji.orders.store import SQL
from weiji.payments import BALANCE, get_payments
from weiji.shops import Limits, VerifyShop, get_barred, set_limits, verify_shops

PRICE = 9_800


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        await database.pool.execute("update shops.shops set verification = 'unverified' where id = $1", market.shop_id)
        yield market


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


async def pay(market: Market, *commands: PlaceOrder) -> list[PayStatus]:
    """Pay for orders from the wallets of their buyers, each alone and all at once, and let the money arrive."""
    await market.fund([command.buyer_id for command in commands], 10**5)
    paying = [pay_order(command) for command in commands]
    results = await market.batchers.of(pay_orders, "payer_id").submit_all(paying)
    await market.settle_events()
    return [result.status for result in results]


def pay_order(command: PlaceOrder, *others: PlaceOrder) -> PayOrder:
    return PayOrder(
        id=new_id(command.buyer_id),
        payer_id=command.buyer_id,
        order_ids=(command.id, *(other.id for other in others)),
        channel=BALANCE,
        actor=command.actor,
    )


async def sales(market: Market) -> tuple[int, int]:
    """Tell what counts of a shop today and in all, by the counter, once it is what the orders say."""
    today = clock.now().astimezone(SHANGHAI).date()
    counted = await market.database.pool.fetchrow(
        """
        select coalesce(sum(day_sales) filter (where sold_on = $2), 0)::bigint, coalesce(sum(total_sales), 0)::bigint
        from orders.sales where shop_id = $1
        """,
        market.shop_id,
        today,
    )
    told = await market.database.pool.fetchrow(
        """
        select coalesce(sum(kept) filter (where paid_on = $2), 0)::bigint, coalesce(sum(kept), 0)::bigint
        from (
          select (paid_at at time zone 'Asia/Shanghai')::date as paid_on, total - refunded as kept
          from orders.orders where shop_id = $1 and state not in ('created', 'closed')) as paid
        """,
        market.shop_id,
        today,
    )
    assert tuple(counted) == tuple(told)
    return tuple(counted)


async def test_who_does_not_pay_fills_no_shop(market: Market) -> None:
    database = market.database
    await limit(database, PRICE * 2, PRICE * 3)
    flood = [order(market) for _ in range(9)]
    assert await place(database, *flood) == ["placed"] * 9
    assert await sales(market) == (0, 0)
    # None of them keeps another buyer from buying, nor from paying.
    honest = order(market, 2)
    assert await place(database, honest) == ["placed"]
    assert await pay(market, honest) == ["created"]
    assert await sales(market) == (PRICE * 2, PRICE * 2)
    assert await place(database, order(market)) == ["shop_limit_reached"]


async def test_a_day_ends_and_a_total_does_not(market: Market) -> None:
    database = market.database
    offset = clock.CLOCK.offset
    await limit(database, PRICE * 2, PRICE * 3)
    first, second, third = order(market), order(market), order(market)
    assert await place(database, first, second, third, order(market, 3)) == [*["placed"] * 3, "shop_limit_reached"]
    assert await pay(market, first) == ["created"]
    assert await place(database, first, order(market, 2), order(market)) == ["exists", "shop_limit_reached", "placed"]
    assert await pay(market, second) == ["created"]
    assert await place(database, first, order(market)) == ["exists", "shop_limit_reached"]
    assert await pay(market, third) == ["shop_limit_reached"]
    clock.CLOCK.follow(offset + timedelta(days=1))
    tomorrow = order(market)
    assert await place(database, order(market, 2), tomorrow) == ["shop_limit_reached", "placed"]
    assert await pay(market, tomorrow) == ["created"]
    assert await sales(market) == (PRICE, PRICE * 3)
    assert await place(database, order(market)) == ["shop_limit_reached"], "the total is no day's"
    async with database.transaction() as tx:
        assert await verify_shops(tx, [VerifyShop(shop_id=market.shop_id, actor=Actor("system"))]) == ["verified"]
    assert await place(database, order(market, 9)) == ["placed"]
    clock.CLOCK.follow(offset)


async def test_what_goes_back_makes_room_and_is_counted_to_the_fen(market: Market) -> None:
    database = market.database
    offset = clock.CLOCK.offset
    await limit(database, PRICE * 3, PRICE * 6)
    first, second, third = order(market), order(market), order(market)
    await place(database, first, second, third)
    assert await pay(market, first, second, third) == ["created"] * 3
    assert await place(database, order(market)) == ["shop_limit_reached"]
    async with database.transaction() as tx:  # All of one goes back; of another a part.
        refund = RefundOrder(order_id=first.id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
        assert await refund_orders(tx, [refund]) == ["done"]
        work = await Casework.lock(tx, [second.id])
        back = work.orders[second.id]
        work.give_back(
            GiveBack(
                order=back,
                line=back.lines[0],
                refund_id=new_id(market.shop_id),
                amount=98,
                actor=Actor("merchant", market.seller_id),
                reason="",
            )
        )
        await work.write(tx)
    assert await sales(market) == (PRICE * 2 - 98, PRICE * 2 - 98)
    fourth = order(market)
    assert await place(database, fourth) == ["placed"]
    assert await pay(market, fourth) == ["created"]
    # What goes back another day is taken off in all, and off no other day.
    clock.CLOCK.follow(offset + timedelta(days=1))
    fifth = order(market)
    assert await place(database, fifth) == ["placed"]
    assert await pay(market, fifth) == ["created"]
    async with database.transaction() as tx:
        refund = RefundOrder(order_id=third.id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
        assert await refund_orders(tx, [refund]) == ["done"]
    assert await sales(market) == (PRICE, PRICE * 3 - 98)
    clock.CLOCK.follow(offset)


async def test_what_was_begun_while_there_was_room_is_taken(market: Market) -> None:
    """Payments that are under way are not counted, else anybody could fill a shop by beginning them."""
    database = market.database
    await limit(database, PRICE * 2, PRICE * 9)
    chosen = [order(market) for _ in range(5)]
    await place(database, *chosen)
    assert await pay(market, *chosen) == ["created"] * 5
    assert await sales(market) == (PRICE * 5, PRICE * 5)
    assert {(await market.order(each.id)).state for each in chosen} == {State.PAID}
    assert await place(database, order(market)) == ["shop_limit_reached"]


async def test_what_is_refused_was_begun_nowhere(market: Market) -> None:
    await limit(market.database, PRICE * 3, PRICE * 9)
    first, second, third = order(market), order(market, 3), order(market)
    await place(market.database, first, second, third)
    paying = market.batchers.of(pay_orders, "payer_id")
    begun, refused = (replace(pay_order(each), channel="sandbox") for each in (first, third))
    assert (await paying.submit(begun)).status == "created"
    assert await pay(market, second) == ["created"]
    # Who began while there was room comes back to it; nobody else is sent to a channel.
    assert [result.status for result in await paying.submit_all([begun, refused])] == ["exists", "shop_limit_reached"]
    async with market.database.read() as reader:
        assert await get_payments(reader, [refused.id]) == [None]


async def test_orders_of_one_shop_are_paid_together_within_its_limit(market: Market) -> None:
    await limit(market.database, PRICE * 3, PRICE * 9)
    buyer_id = new_id()
    both = [replace(order(market, 2), buyer_id=buyer_id, actor=Actor("buyer", buyer_id)) for _ in range(2)]
    assert await place(market.database, *both) == ["placed"] * 2
    await market.fund([buyer_id], PRICE * 4)
    paying = market.batchers.of(pay_orders, "payer_id")
    assert (await paying.submit(pay_order(*both))).status == "shop_limit_reached"
    assert (await paying.submit(pay_order(both[0]))).status == "created"


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

    some = [order(market, 2), order(market, 2), order(market, 3)]
    assert await place(database, *some) == ["placed", "placed", "shop_limit_reached"]
    assert await pay(market, some[0]) == ["created"]
    assert await pay(market, some[1]) == ["shop_limit_reached"]
    assert await place(database, order(market)) == ["shop_limit_reached"]
    await graded(4)
    assert await place(database, order(market, 2), order(market, 3)) == ["placed", "shop_limit_reached"]
    assert await pay(market, some[1]) == ["created"]
    assert await place(database, order(market)) == ["shop_limit_reached"]
    await graded(260)
    assert await place(database, order(market, 9)) == ["placed"], "the last is for all above it, and without a limit"


async def test_of_many_paid_at_once_each_is_counted(market: Market) -> None:
    await limit(market.database, PRICE * 100, PRICE * 100)
    chosen = [order(market) for _ in range(12)]
    await asyncio.gather(*(place(market.database, each) for each in chosen))
    assert await asyncio.gather(*(pay(market, each) for each in chosen)) == [["created"]] * 12
    assert await sales(market) == (PRICE * 12, PRICE * 12)


async def test_what_was_paid_before_the_counter_was_there_is_counted(market: Market) -> None:
    database = market.database
    offset = clock.CLOCK.offset
    await limit(database, 10**9, 10**9)
    for day in (0, 1):
        clock.CLOCK.follow(offset + timedelta(days=day))
        some = [order(market) for _ in range(day + 2)]
        await place(database, *some, order(market))
        await pay(market, *some)
    refund = RefundOrder(order_id=some[0].id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
    assert await market.batchers.of(refund_orders, "order_id").submit(refund) == "done"
    counted = await sales(market)
    assert counted == (PRICE * 2, PRICE * 4)
    migration = next(each.text for each in read_migrations() if each.number == 490)
    was_paid = migration[migration.index("select distinct on") :].strip(" ;\n")
    (row,) = [row for row in await database.pool.fetch(was_paid) if row["shop_id"] == market.shop_id]
    assert (row["paid_on"], row["day_sales"], row["sum"]) == (clock.now().astimezone(SHANGHAI).date(), *counted)


async def test_the_counter_knows_the_day(tx: Transaction) -> None:
    """Batches may come in another order than their times, round midnight."""
    shop_id = new_id()

    async def count(day: int, amount: int) -> tuple[int, int, int]:
        sums = ([shard_of(shop_id)], [shop_id], [amount], [amount])
        await tx.run(SQL.count_sales, date(2026, 5, day), *sums)
        row = await tx.connection.fetchrow("select * from orders.sales where shop_id = $1", shop_id)
        assert row is not None
        return row["sold_on"].day, row["day_sales"], row["total_sales"]

    assert await count(1, 5) == (1, 5, 5)
    assert await count(1, 3) == (1, 8, 8)
    assert await count(2, 2) == (2, 2, 10)
    assert await count(1, 4) == (2, 2, 14)
    assert await count(2, -2) == (2, 0, 12)


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


async def test_a_limit_costs_no_statement(market: Market) -> None:
    async def count() -> int:
        counter = db.count_statements()
        assert await place(market.database, order(market)) == ["placed"]
        return counter.statements

    await count()
    limited = await count()
    async with market.database.transaction() as tx:
        await verify_shops(tx, [VerifyShop(shop_id=market.shop_id, actor=Actor("system"))])
        command = PublishRules(version=2, effective_at=tx.now, rules=TradeRules(), reason="不限", actor=Actor("system"))
        assert await publish_rules(tx, [command]) == ["published"]
    await count()
    assert await count() == limited


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 50), st.integers(0, 50), st.integers(1, 120))
def test_the_limit_itself_is_within(day: int, total: int, today: int, before: int, more: int) -> None:
    sales = Sales(day_max=day, total_max=total, day=today, total=before + today)
    is_over = today + more > day or before + today + more > total
    assert sales.have_room(more, TradeRules()) is not is_over
    assert sales.have_room(more, TradeRules(grade_day_sales=(today + more,))) is not is_over
    assert not sales.have_room(more + 1, TradeRules(grade_day_sales=(today + more,)))
    assert Sales().have_room(10**15, TradeRules())


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    quantities=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1)), min_size=1, max_size=8),
    day=st.integers(0, 12),
    stock=st.integers(0, 8),
)
async def test_law_of_batches_at_the_limit(
    market: Market, quantities: list[tuple[int, int]], day: int, stock: int
) -> None:
    """Whether there is stock for an order hangs on whether the one before it is within the limit."""
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
