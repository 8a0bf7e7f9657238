"""Proves that of many who do the same at once exactly one does it, and that rules hold for orders placed after."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.orders.market import ADDRESS, Market, do_while_taken, open_market, until_it_waits
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor
from weiji.events.orders import OrderReceived
from weiji.events.outbox import get_events
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart, verify
from weiji.orders import (
    CancelUnsent,
    ConfirmOrder,
    MoveStatus,
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    PublishRules,
    PublishRulesStatus,
    RefundOrder,
    ShipParcel,
    State,
    TradeRules,
    closing,
)
from weiji.orders import operations as orders
from weiji.orders.fees.model import NOTICE
from weiji.orders.model import TakePayment, TakeStatus
from weiji.shops import finish_closings

HALVES = 8
"""Callers in each of two processes."""


async def _race(market: Market, other: Batchers, operation: Any, owner: str, commands: list[Any]) -> Counter[str]:
    """Let two pools, as two processes have, run commands at once, each in a batch of its own; count the answers."""

    async def one(batchers: Batchers, command: Any) -> Any:
        async def work(tx: Any) -> Any:
            return (await operation(tx, [command]))[0]

        return await batchers.database.retried(work)

    answers = await asyncio.gather(
        *(one(market.batchers if place % 2 else other, command) for place, command in enumerate(commands))
    )
    return Counter(str(getattr(answer, "status", answer)) for answer in answers)


async def test_one_of_many_wins(database: Database, database_url: str, lanes: Lanes) -> None:
    second = await Database.connect(database_url)
    other = Batchers(second, lanes)
    async with open_market(database, lanes, stock=5) as market:
        buyer = new_id()
        await market.fund([buyer], 500_000)
        item = (OrderItem(market.skus[0], 1, 9_800),)
        placing = [
            PlaceOrder(
                id=new_id(market.shop_id),
                shop_id=market.shop_id,
                buyer_id=buyer,
                buyer_name="买家",
                items=item,
                address=ADDRESS,
                actor=Actor("buyer", buyer),
            )
            for _ in range(2 * HALVES)
        ]
        assert await _race(market, other, orders.place_orders, "id", placing) == {"placed": 5, "sold_out": 11}
        assert await market.stock() == (5, 5, 0)
        placed = [p for p in placing if await _is_there(database, p.id)]
        again = [placed[0]] * HALVES
        assert await _race(market, other, orders.place_orders, "id", again) == {"exists": HALVES}

        order_id = placed[0].id
        taking = [
            TakePayment(
                order_id=order_id,
                payment_id=new_id(buyer),
                payer_id=buyer,
                shop_id=market.shop_id,
                amount=9_800,
                channel="balance",
                actor=BY_CHANNEL,
            )
            for _ in range(HALVES)
        ]
        assert await _race(market, other, orders.take_payments, "order_id", taking) == {
            TakeStatus.HELD: 1,
            TakeStatus.ALREADY_PAID: HALVES - 1,
        }
        merchant = Actor("merchant", market.seller_id)
        refund = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=merchant, reason="缺货")
        parcel = ShipParcel(
            id=new_id(market.shop_id),
            order_id=order_id,
            shop_id=market.shop_id,
            actor=merchant,
            carrier="顺丰",
            tracking_number="1",
        )

        async def move(batchers: Batchers, operation: Any, command: Any) -> Any:
            return await batchers.of(operation, "order_id").submit(command)

        shipped, refunded = await asyncio.gather(
            move(market.batchers, orders.ship_parcels, parcel), move(other, orders.refund_orders, refund)
        )
        assert sorted([shipped, refunded]) == [MoveStatus.DONE, MoveStatus.NOT_ALLOWED_NOW]
        if refunded is MoveStatus.DONE:
            assert (await market.order(order_id)).state is State.REFUNDED
            assert await market.balance(chart.escrow(order_id).id) == 0
        else:
            confirm = ConfirmOrder(order_id=order_id, actor=Actor("buyer", buyer))
            assert await _race(market, other, orders.confirm_orders, "order_id", [confirm] * HALVES) == {
                MoveStatus.DONE: 1,
                MoveStatus.EXISTS: HALVES - 1,
            }
            assert await market.balance(chart.merchant_pending(market.shop_id).id) == 9_800
        assert (await verify(database)).defects == []
    await other.close()
    await second.close()


@pytest.mark.parametrize("round", range(4))
async def test_who_ends_a_trade_shipped_in_part_ends_it_alone(
    database: Database, database_url: str, lanes: Lanes, round: int
) -> None:
    """The buyer makes do with what came, the shop gives the rest up, and sends it, all at once."""
    second = await Database.connect(database_url)
    other = Batchers(second, lanes)
    async with open_market(database, lanes, stock=5) as market:
        buyer = new_id()
        await market.fund([buyer], 50_000)
        order_id, _ = await market.place(buyer, quantity=3)
        await market.pay(buyer, order_id)
        await market.ship(order_id, ((1, 1),))
        merchant = Actor("merchant", market.seller_id)
        confirm = ConfirmOrder(order_id=order_id, actor=Actor("buyer", buyer))
        cancel = CancelUnsent(order_id=order_id, shop_id=market.shop_id, actor=merchant, reason="缺货")
        racing = [
            other.of(orders.confirm_orders, "order_id").submit(confirm),
            market.batchers.of(orders.cancel_unsent, "order_id").submit(cancel),
            market.ship(order_id),
        ]
        await asyncio.gather(*(racing[(place + round) % 3] for place in range(3)))
        await market.settle_events()
        order = await market.order(order_id)
        money = await market.money(buyer, order_id)
        shipped = order.units_shipped
        assert order.state in (State.SHIPPED, State.RECEIVED)
        assert shipped in (1, 3)
        assert await market.stock() == (5 - shipped, 0, shipped)
        paid = 9_800 * shipped
        assert money["wallet"] == 50_000 - paid, "what was sent is paid for, and nothing else"
        assert (money["escrow"], money["pending"]) == ((paid, 0) if order.state is State.SHIPPED else (0, paid))
        assert (await verify(database)).defects == []
    await other.close()
    await second.close()


async def test_a_batch_locks_stock_in_one_order_though_it_takes_rounds(database: Database, lanes: Lanes) -> None:
    """T5 found batches that waited for each other in a circle: a second of each, until one was thrown out."""
    async with open_market(database, lanes) as market:
        buyer = new_id()
        await market.fund([buyer], 500_000)
        first, last = (market.skus.index(sku) for sku in sorted(market.skus))

        def placing(sku: int, id: UUID) -> PlaceOrder:
            return PlaceOrder(
                id=id,
                shop_id=market.shop_id,
                buyer_id=buyer,
                buyer_name="买家",
                items=(OrderItem(market.skus[sku], 2, market.prices[sku]),),
                address=ADDRESS,
                actor=Actor("buyer", buyer),
            )

        def parcel(order_id: UUID, lines: tuple[tuple[int, int], ...] | None) -> ShipParcel:
            return ShipParcel(
                id=new_id(market.shop_id),
                order_id=order_id,
                shop_id=market.shop_id,
                actor=Actor("merchant", market.seller_id),
                carrier="顺丰",
                tracking_number="1",
                lines=lines,
            )

        one, two = new_id(market.shop_id), new_id(market.shop_id)
        # The same id again splits the batch.
        placed = [placing(last, one), placing(last, one), placing(first, two)]
        answers = await do_while_taken(market, orders.place_orders, placed)
        assert [answer.status for answer in answers] == [PlaceStatus.PLACED, PlaceStatus.EXISTS, PlaceStatus.PLACED]
        for order_id in (one, two):
            await market.pay(buyer, order_id)
        # So does another parcel of the same order.
        parcels = [parcel(one, ((1, 1),)), parcel(one, None), parcel(two, None)]
        assert await do_while_taken(market, orders.ship_parcels, parcels) == [MoveStatus.DONE] * 3


async def _is_there(database: Database, id: Any) -> bool:
    async with database.read() as reader:
        return bool(await reader.connection.fetchval("select true from orders.orders where id = $1", id))


async def test_rules_hold_for_orders_placed_after(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        buyer = new_id()
        await market.fund([buyer], 100_000)
        early, _ = await market.place(buyer)
        command = PublishRules(
            version=2,
            effective_at=clock.now() + NOTICE + timedelta(minutes=1),
            rules=TradeRules(pay_minutes=60, fee_ppm=6_000, settle_days=2),
            reason="试行",
            actor=BY_SYSTEM,
        )
        async with database.transaction() as tx:
            assert await orders.publish_rules(tx, [command, command]) == [
                PublishRulesStatus.PUBLISHED,
                PublishRulesStatus.VERSION_TAKEN,
            ]
        between, _ = await market.place(buyer)
        for order_id in (early, between):
            await market.pay(buyer, order_id)
        await market.turn(NOTICE + timedelta(minutes=2))
        late, placed = await market.place(buyer)
        assert placed.status is PlaceStatus.PLACED
        assert placed.due_at is not None
        assert timedelta(minutes=59) < placed.due_at - clock.now() <= timedelta(minutes=60)
        await market.pay(buyer, late)
        fees = {}
        for order_id in (early, between, late):
            await market.ship(order_id)
            assert await market.confirm(buyer, order_id) is MoveStatus.DONE
            order = await market.order(order_id)
            fees[order_id] = (order.rules_version, order.fee, order.due_at - order.received_at)
        one, two = (1, 0, timedelta(days=1)), (2, 58, timedelta(days=2))
        assert fees == {early: one, between: one, late: two}
        assert await market.balance(chart.merchant_pending(market.shop_id).id) == 3 * 9_800 - 58
        async with database.read() as reader:
            told = [
                row for row in await get_events(reader, market.shop_id, 0, 100) if row["type"] == OrderReceived.__name__
            ]
        assert [row["data"]["fee"] for row in told] == [0, 0, 58]


@pytest.mark.parametrize("is_restocked", [True, False])
async def test_a_payment_that_was_rejected_stays_rejected(database: Database, lanes: Lanes, is_restocked: bool) -> None:
    """Its event may come again, after the stock is there again: by then the money is on its way back."""
    async with open_market(database, lanes, stock=1) as market:
        buyer = new_id()
        await market.fund([buyer], 50_000)
        order_id, _ = await market.place(buyer)
        await market.close(Actor("buyer", buyer), order_id)
        other, _ = await market.place(buyer)
        late = TakePayment(
            order_id=order_id,
            payment_id=new_id(buyer),
            payer_id=buyer,
            shop_id=market.shop_id,
            amount=9_800,
            channel="balance",
            actor=BY_CHANNEL,
        )
        take = market.batchers.of(orders.take_payments, "order_id").submit
        assert await take(late) is TakeStatus.CLOSED
        if is_restocked:
            await market.close(Actor("buyer", buyer), other)
        assert await take(late) is TakeStatus.CLOSED
        assert (await market.order(order_id)).state is State.CLOSED
        assert await market.stock() == (1, 0 if is_restocked else 1, 0)


async def test_a_shop_is_closed_for_good_or_a_late_payment_opens_its_order_again(
    database: Database, lanes: Lanes
) -> None:
    async with open_market(database, lanes) as market:
        buyer = new_id()
        late = []
        for _ in range(2):
            order_id, _ = await market.place(buyer)
            await market.close(Actor("buyer", buyer), order_id)
            late.append(
                TakePayment(
                    order_id=order_id,
                    payment_id=new_id(buyer),
                    payer_id=buyer,
                    shop_id=market.shop_id,
                    amount=9_800,
                    channel="balance",
                    actor=BY_CHANNEL,
                )
            )
        await market.close_shop()
        clock.CLOCK.follow(clock.CLOCK.offset + closing.GRACE)
        closer = closing.Closer(market.batchers)

        async def take(tx: Transaction) -> list[TakeStatus]:
            return await orders.take_payments(tx, late[1:])

        async with database.transaction() as tx:
            assert await orders.take_payments(tx, late[:1]) == [TakeStatus.HELD]
            finishing = asyncio.create_task(closer.work(database, 10))
            await until_it_waits(market.database, finishing, tx)
        assert await finishing == 0
        assert await market.close(Actor("buyer", buyer), late[0].order_id) is MoveStatus.NOT_ALLOWED_NOW
        refund = RefundOrder(
            order_id=late[0].order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id), reason="关店"
        )
        async with database.transaction() as tx:
            assert await orders.refund_orders(tx, [refund]) == [MoveStatus.DONE]
        async with database.transaction() as tx:
            assert await finish_closings(tx, [market.shop_id]) == [True]
            taking = asyncio.create_task(database.retried(take))
            await until_it_waits(market.database, taking, tx)
        assert await taking == [TakeStatus.CLOSED]
