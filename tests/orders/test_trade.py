"""Proves the trade: each way through it ends with the goods, the states and the money where they belong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.orders.market import ADDRESS, Market, open_market
from weiji.catalog import TakeDownProduct, TakeDownProductStatus, take_down_products
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.freight import Method, PutTemplate, Template, Zone, put_templates
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.deadlines import list_set_aside, try_again
from weiji.kit.ids import new_id
from weiji.ledger import verify
from weiji.orders import (
    CancelUnsent,
    MoveStatus,
    OrderItem,
    PlaceOrder,
    PlaceResult,
    PlaceStatus,
    PublishRules,
    PublishRulesStatus,
    RefundOrder,
    State,
    TradeRules,
    get_order,
    handlers,
    publish_rules,
)
from weiji.orders import operations as orders
from weiji.orders.desk import get_todo
from weiji.payments import CreatePaymentStatus
from weiji.shops import SuspendShop, finish_closings, resume_closings, suspend_shops

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market
        assert (await verify(database)).defects == []


async def test_a_trade_goes_straight_through(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, placed = await market.place(buyer, quantity=2)
    assert (placed.status, placed.total) == (PlaceStatus.PLACED, 19_600)
    assert await market.stock() == (100, 2, 0)
    assert await market.pay(buyer, order_id) is CreatePaymentStatus.CREATED
    assert (await market.order(order_id)).state is State.PAID
    assert await market.money(buyer, order_id) == {"wallet": 30_400, "escrow": 19_600, "pending": 0, "available": 0}
    assert await market.ship(order_id) is MoveStatus.DONE
    assert await market.stock() == (98, 0, 2)
    assert await market.confirm(buyer, order_id) is MoveStatus.DONE
    assert await market.money(buyer, order_id) == {"wallet": 30_400, "escrow": 0, "pending": 19_600, "available": 0}
    await market.turn(DAY + MINUTE)
    assert (await market.order(order_id)).state is State.COMPLETED
    assert await market.money(buyer, order_id) == {"wallet": 30_400, "escrow": 0, "pending": 0, "available": 19_600}


async def test_the_clock_confirms_and_settles_what_nobody_confirms(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.ship(order_id)
    await market.turn(10 * DAY + MINUTE)
    assert (await market.order(order_id)).state is State.RECEIVED
    await market.turn(DAY + MINUTE)
    assert (await market.money(buyer, order_id))["available"] == 9_800


async def test_a_clock_that_runs_out_too_early_is_put_off(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    unpaid = (await market.order(order_id)).due_at
    await market.pay(buyer, order_id)
    paid = (await market.order(order_id)).due_at
    assert unpaid
    assert paid
    assert unpaid < paid

    async def runs_out() -> Any:
        async with market.database.read() as reader:
            rows = await reader.connection.fetch(
                "select due_at from orders.alarms where $1 = any (order_ids)", order_id
            )
            return [row["due_at"] for row in rows]

    assert await runs_out() == [unpaid], "an order that goes on in time sets no alarm"
    await market.turn(16 * MINUTE)
    assert (await market.order(order_id)).state is State.PAID
    order = await market.order(order_id)
    assert order.paid_at
    assert await runs_out() == [order.paid_at + 36 * HOUR], "first the shop is reminded"
    await market.turn(36 * HOUR)
    assert await runs_out() == [paid]
    assert await market.reactions.meet_deadlines(market.database, 500) == 0
    async with market.database.read() as reader:
        assert await reader.connection.fetchval("select count(*) from orders.alarms") == 1, "what is over is dropped"


async def test_a_shop_is_reminded_once_of_what_it_has_not_shipped(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 500_000)
    late, _ = await market.place(buyer)
    await market.turn(16 * MINUTE)
    waiting, _ = await market.place(buyer)
    part, _ = await market.place(buyer, quantity=2)
    sent, _ = await market.place(buyer)
    for order_id in (late, waiting, part, sent):
        await market.pay(buyer, order_id)
        assert (await market.order(order_id)).state is State.PAID
    await market.ship(part, ((1, 1),))
    await market.ship(sent)

    async def reminded() -> dict[UUID, Any]:
        async with market.database.read() as reader:
            rows = await reader.connection.fetch(
                "select subject_id, data ->> 'promised_at' as at from events.events where type = 'ShippingReminded'"
            )
        assert len({row["subject_id"] for row in rows}) == len(rows), "once"
        return {row["subject_id"]: row["at"] for row in rows}

    async def soon() -> tuple[int, int]:
        async with market.database.read() as reader:
            todo = await get_todo(reader, market.shop_id, clock.now())
        return todo.soon, todo.late

    await market.turn(36 * HOUR - MINUTE)
    assert (await reminded(), await soon()) == ({}, (0, 0))
    await market.turn(2 * MINUTE)
    told = await reminded()
    assert told.keys() == {waiting, part, late}
    promised = (await market.order(waiting)).promised_at
    assert promised
    assert datetime.fromisoformat(told[waiting]) == promised
    assert await soon() == (3, 0)
    await market.turn(12 * HOUR)
    assert await soon() == (0, 3), "what is late is no reminder any more"
    assert (await reminded()) == told


async def test_a_shop_is_reminded_in_time_where_there_are_days_to_pay(market: Market) -> None:
    rules = PublishRules(
        version=2,
        effective_at=None,
        rules=TradeRules(pay_minutes=3 * 24 * 60),
        reason="慢慢付",
        actor=Actor("system"),
    )
    async with market.database.transaction() as tx:
        assert await publish_rules(tx, [rules]) == [PublishRulesStatus.PUBLISHED]
    await market.turn(MINUTE)
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.turn(36 * HOUR + MINUTE)
    async with market.database.read() as reader:
        reminded = await reader.connection.fetch("select subject_id from events.events where type = 'ShippingReminded'")
    assert [row["subject_id"] for row in reminded] == [order_id]


async def test_an_order_that_the_clock_can_do_nothing_for_keeps_no_other_waiting(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = new_id()
    (one, _), (stuck, _) = await asyncio.gather(market.place(buyer), market.place(buyer))  # One alarm names both.
    other, _ = await market.place(buyer)
    close, command = handlers._BY_CLOCK[State.CREATED]
    nowhere = command(new_id(market.shop_id))
    tried = {State.CREATED: (close, lambda id: nowhere if id == stuck else command(id))}
    monkeypatch.setattr(handlers, "_BY_CLOCK", {**handlers._BY_CLOCK, **tried})
    CLOCK.follow(CLOCK.offset + 16 * MINUTE)
    while await market.reactions.meet_deadlines(market.database, 2):
        pass
    states = [(await market.order(id)).state for id in (one, stuck, other)]
    assert states == [State.CLOSED, State.CREATED, State.CLOSED]


async def test_an_order_whose_move_raises_is_set_aside_and_tried_again_later_and_later(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = new_id()
    placed = [(await market.place(buyer))[0] for _ in range(4)]
    broken = set(placed[:2])
    tries: list[UUID] = []
    real, command = handlers._BY_CLOCK[State.CREATED]

    async def close(tx: Transaction, commands: Sequence[Any]) -> Sequence[Any]:
        if any(c.order_id in broken for c in commands):
            tries.extend(c.order_id for c in commands if len(commands) == 1)
            raise ZeroDivisionError("a fault of ours")
        return await real(tx, commands)

    async def run() -> tuple[list[State], list[tuple[UUID, int, str]]]:
        tries.clear()
        for _ in range(3):
            await market.reactions.meet_deadlines(market.database, 2)  # No more than there are broken ones.
        async with market.database.read() as reader:
            rows = await list_set_aside(reader, 9)
        aside = [(row["id"], row["attempts"], row["error"]) for row in rows]
        return [(await market.order(id)).state for id in placed], sorted(aside)

    monkeypatch.setattr(handlers, "_BY_CLOCK", {**handlers._BY_CLOCK, State.CREATED: (close, command)})
    CLOCK.follow(CLOCK.offset + 16 * MINUTE)
    met = [State.CREATED, State.CREATED, State.CLOSED, State.CLOSED]
    reason = "ZeroDivisionError: a fault of ours"
    assert await run() == (met, sorted((id, 1, reason) for id in broken))
    await run()
    assert not tries, "nothing is tried before its time"
    CLOCK.follow(CLOCK.offset + timedelta(seconds=11))
    assert await run() == (met, sorted((id, 2, reason) for id in broken))
    CLOCK.follow(CLOCK.offset + timedelta(seconds=11))
    await run()
    assert not tries, "it waits twice as long"
    async with market.database.transaction() as tx:
        named = (handlers.MEET_DEADLINES, placed[0])
        assert await try_again(tx, [named, (handlers.MEET_DEADLINES, placed[3])]) == {named}
    await run()
    assert tries == [placed[0]]
    broken.clear()
    CLOCK.follow(CLOCK.offset + HOUR)
    assert await run() == ([State.CLOSED] * 4, [])


async def test_an_unpaid_order_is_closed_by_the_clock_and_a_late_payment_reopens_it(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.turn(16 * MINUTE)
    assert (await market.order(order_id)).state is State.CLOSED
    assert await market.stock() == (100, 0, 0)
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.PAID
    assert await market.stock() == (100, 1, 0)


async def test_a_late_payment_goes_back_where_the_stock_is_gone(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes, stock=1) as market:
        buyer, other = new_id(), new_id()
        await market.fund([buyer, other], 50_000)
        order_id, _ = await market.place(buyer)
        await market.turn(16 * MINUTE)
        taken, placed = await market.place(other)
        assert placed.status is PlaceStatus.PLACED
        await market.pay(buyer, order_id)
        assert (await market.order(order_id)).state is State.CLOSED
        assert await market.money(buyer, order_id) == {"wallet": 50_000, "escrow": 0, "pending": 0, "available": 0}
        await market.pay(other, taken)
        assert (await market.order(taken)).state is State.PAID


@pytest.mark.parametrize("is_resumed", [False, True], ids=["closed", "closed once more"])
async def test_a_late_payment_goes_back_where_the_shop_is_closed_for_good(market: Market, is_resumed: bool) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.turn(16 * MINUTE)
    await market.close_shop()
    async with market.database.transaction() as tx:
        assert await finish_closings(tx, [market.shop_id]) == [True]
        if is_resumed:
            assert await resume_closings(tx, [market.shop_id]) == [True]
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.CLOSED, "nobody is there to send it"
    assert (await market.money(buyer, order_id))["wallet"] == 50_000


@pytest.mark.parametrize("is_taken_down", [True, False])
async def test_a_late_payment_goes_back_where_sale_was_stopped_meanwhile(market: Market, is_taken_down: bool) -> None:
    buyer, staff = new_id(), Actor("staff", new_id())
    await market.fund([buyer], 50_000)
    before, _ = await market.place(buyer)
    await market.pay(buyer, before)
    order_id, _ = await market.place(buyer)
    await market.turn(16 * MINUTE)
    async with market.database.transaction() as tx:
        if is_taken_down:
            product_id = (await market.order(order_id)).lines[0].product_id
            taking = TakeDownProduct(product_id=product_id, penalty_id=new_id(), reason="违禁", actor=staff)
            assert await take_down_products(tx, [taking]) == [TakeDownProductStatus.TAKEN_DOWN]
        else:
            suspending = SuspendShop(
                id=new_id(market.shop_id),
                shop_id=market.shop_id,
                stops_sales=True,
                stops_withdrawals=False,
                reason="投诉太多",
                days=None,
                actor=staff,
            )
            assert await suspend_shops(tx, [suspending]) == ["created"]
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.CLOSED
    assert (await market.money(buyer, order_id))["wallet"] == 40_200
    assert (await market.order(before)).state is State.PAID, "what was paid in time goes on"
    assert await market.stock() == (100, 1, 0)


async def test_a_late_payment_reopens_the_order_of_a_shop_that_is_being_closed(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.turn(16 * MINUTE)
    await market.close_shop()
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.PAID, "it goes on as those do that were paid in time"


async def test_a_second_payment_of_one_order_goes_back(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.pay(buyer, order_id)
    assert (await market.money(buyer, order_id)) == {"wallet": 40_200, "escrow": 9_800, "pending": 0, "available": 0}


async def test_a_refund_before_shipment_gives_everything_back(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    refund = RefundOrder(
        order_id=order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id), reason="缺货"
    )
    refunds = market.batchers.of(orders.refund_orders, "order_id")
    assert await refunds.submit(refund) is MoveStatus.DONE
    assert await refunds.submit(refund) is MoveStatus.EXISTS
    await market.settle_events()
    order = await market.order(order_id)
    assert order.state is State.REFUNDED
    assert order.refunded_at is not None
    assert await market.stock() == (100, 0, 0)
    assert (await market.money(buyer, order_id))["wallet"] == 50_000


async def test_an_order_that_is_never_shipped_is_refunded_by_the_clock(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.turn(14 * DAY + MINUTE)
    assert (await market.order(order_id)).state is State.REFUNDED
    assert (await market.money(buyer, order_id))["wallet"] == 50_000


async def test_parcels_go_one_by_one(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer, quantity=3)
    await market.pay(buyer, order_id)
    parcel = new_id(market.shop_id)
    assert await market.ship(order_id, ((1, 2),), id=parcel) is MoveStatus.DONE
    assert await market.ship(order_id, ((1, 2),), id=parcel) is MoveStatus.EXISTS
    assert await market.ship(order_id, ((1, 2),)) is MoveStatus.LINES_INVALID
    assert (await market.order(order_id)).state is State.PART_SHIPPED
    assert await market.ship(order_id) is MoveStatus.DONE
    assert (await market.order(order_id)).state is State.SHIPPED
    assert await market.stock() == (97, 0, 3)


async def _ship_a_part(market: Market, buyer: UUID) -> UUID:
    """Have three cups ordered and paid, and one of them shipped."""
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer, quantity=3)
    await market.pay(buyer, order_id)
    assert await market.ship(order_id, ((1, 1),)) is MoveStatus.DONE
    assert await market.stock() == (99, 2, 1)
    return order_id


async def test_what_is_never_sent_is_cancelled_by_the_clock_and_what_came_stays_sold(market: Market) -> None:
    buyer = new_id()
    order_id = await _ship_a_part(market, buyer)
    await market.turn(13 * DAY)
    assert (await market.order(order_id)).state is State.PART_SHIPPED
    await market.turn(DAY + MINUTE)
    order = await market.order(order_id)
    assert (order.state, order.units, order.units_shipped, order.refunded) == (State.SHIPPED, 1, 1, 19_600)
    assert order.shipped_at is not None
    assert order.due_at == order.shipped_at + 10 * DAY, "the buyer has as long as after the last parcel"
    assert (order.refund_id, order.refunded_at) == (None, None), "the order's own refund would be of all of it"
    assert await market.stock() == (99, 0, 1)
    assert await market.money(buyer, order_id) == {"wallet": 90_200, "escrow": 9_800, "pending": 0, "available": 0}
    assert await market.ship(order_id) is MoveStatus.NOT_ALLOWED_NOW
    await market.turn(11 * DAY)
    await market.turn(2 * DAY)
    assert await market.money(buyer, order_id) == {"wallet": 90_200, "escrow": 0, "pending": 0, "available": 9_800}


async def test_a_shop_gives_back_what_it_can_not_send_and_no_more(market: Market) -> None:
    buyer = new_id()
    order_id = await _ship_a_part(market, buyer)
    merchant = Actor("merchant", market.seller_id)
    refund = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=merchant)
    assert await market.batchers.of(orders.refund_orders, "order_id").submit(refund) is MoveStatus.NOT_ALLOWED_NOW
    command = CancelUnsent(order_id=order_id, shop_id=market.shop_id, actor=merchant, reason="断货")
    cancels = market.batchers.of(orders.cancel_unsent, "order_id")
    stranger = replace(command, shop_id=new_id())
    assert await cancels.submit(stranger) is MoveStatus.ORDER_NOT_FOUND
    assert await cancels.submit(command) is MoveStatus.DONE
    assert await cancels.submit(command) is MoveStatus.EXISTS
    await market.settle_events()
    assert await market.money(buyer, order_id) == {"wallet": 90_200, "escrow": 9_800, "pending": 0, "available": 0}
    async with market.database.read() as reader:
        trail = await get_trail(reader, order_id)
    (told,) = [row["data"] for row in trail if row["type"] == "UnsentCancelled"]
    assert (told["units"], told["amount"], told["reason"]) == (2, 19_600, "断货")


async def test_each_parcel_moves_the_deadline_and_the_last_has_the_buyer_confirm(market: Market) -> None:
    buyer = new_id()
    order_id = await _ship_a_part(market, buyer)
    await market.turn(13 * DAY)
    assert await market.ship(order_id, ((1, 1),)) is MoveStatus.DONE
    order = await market.order(order_id)
    assert order.due_at == order.parcels[-1].shipped_at + 14 * DAY
    await market.turn(13 * DAY)
    assert (await market.order(order_id)).state is State.PART_SHIPPED
    assert await market.ship(order_id) is MoveStatus.DONE
    order = await market.order(order_id)
    assert (order.state, order.due_at) == (State.SHIPPED, order.parcels[-1].shipped_at + 10 * DAY)


async def test_a_buyer_who_makes_do_with_what_came_pays_for_that_alone(market: Market) -> None:
    buyer = new_id()
    order_id = await _ship_a_part(market, buyer)
    assert await market.confirm(buyer, order_id) is MoveStatus.DONE
    assert await market.confirm(buyer, order_id) is MoveStatus.EXISTS
    await market.settle_events()
    assert await market.stock() == (99, 0, 1)
    assert await market.money(buyer, order_id) == {"wallet": 90_200, "escrow": 0, "pending": 9_800, "available": 0}
    assert await market.ship(order_id) is MoveStatus.NOT_ALLOWED_NOW
    await market.turn(DAY + MINUTE)
    assert (await market.order(order_id)).state is State.COMPLETED
    assert (await market.money(buyer, order_id))["available"] == 9_800


async def test_somebody_elses_order_is_not_found(market: Market) -> None:
    buyer, stranger = new_id(), new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    assert await market.confirm(stranger, order_id) is MoveStatus.ORDER_NOT_FOUND
    assert await market.close(Actor("buyer", stranger), order_id) is MoveStatus.ORDER_NOT_FOUND


async def test_freight_is_what_the_buyer_saw_and_is_split_over_the_lines(market: Market) -> None:
    buyer = new_id()
    far = "540102"
    zone = Zone(first=1, first_price=800, extra=1, extra_price=200)
    template = Template(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        name="小件",
        method=Method.PIECE,
        zones=(zone,),
        excluded=("540000",),
    )
    async with market.database.transaction() as tx:
        await put_templates(tx, [PutTemplate(template=template, actor=BY_SYSTEM)])

    async def place(freight: int, region_code: str = "330106") -> tuple[UUID, PlaceResult]:
        command = PlaceOrder(
            id=new_id(market.shop_id),
            shop_id=market.shop_id,
            buyer_id=buyer,
            buyer_name="买家",
            items=tuple(OrderItem(sku, 1, price) for sku, price in zip(market.skus, market.prices, strict=True)),
            address=replace(ADDRESS, region_code=region_code),
            freight=freight,
            actor=Actor("buyer", buyer),
        )
        return command.id, await market.batchers.of(orders.place_orders).submit(command)

    assert (await place(0))[1].status is PlaceStatus.FREIGHT_CHANGED
    assert (await place(1_000, far))[1].status is PlaceStatus.NOT_DELIVERED_THERE
    assert (await place(1_000, ""))[1].status is PlaceStatus.NOT_DELIVERED_THERE
    id, placed = await place(1_000)
    assert (placed.status, placed.total) == (PlaceStatus.PLACED, sum(market.prices) + 1_000)
    async with market.database.read() as reader:
        order = await get_order(reader, id)
    assert order is not None
    assert order.freight == 1_000
    assert [line.shares.freight for line in order.lines if line.shares] == [331, 669]
    assert [(reason.name, reason.units, reason.amount) for reason in order.freight_reasons] == [("小件", 2, 1_000)]
