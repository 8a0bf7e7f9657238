"""Proves that a shop may change what an unpaid order costs, and that its buyer pays that or nothing."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from tests.orders.market import Market, open_market
from weiji.events import BY_CHANNEL, Actor
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.money import portion
from weiji.orders import MoveStatus, RepriceOrder, State, reprice_orders
from weiji.orders.model import RefundOrder, TakePayment, TakeStatus
from weiji.orders.operations import refund_orders, take_payments
from weiji.orders.paying import PayOrder, PayResult, PayStatus, pay_orders
from weiji.payments import BALANCE

PRICE = 9_800
FUNDS = 100_000


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


async def _placed(market: Market) -> tuple[UUID, UUID]:
    buyer = new_id()
    await market.fund([buyer], FUNDS)
    order_id, _ = await market.place(buyer, quantity=2)
    return buyer, order_id


async def _reprice(market: Market, order_id: UUID, **other: Any) -> MoveStatus:
    values = {
        "order_id": order_id,
        "shop_id": market.shop_id,
        "actor": Actor("merchant", market.seller_id),
        "conceded": 601,
        "freight": 1_000,
        "total": 2 * PRICE,
    }
    command = RepriceOrder(**{**values, **other})
    return await market.batchers.of(reprice_orders, "order_id").submit(command)


async def test_the_buyer_pays_what_it_costs_now_and_the_shop_has_that(market: Market) -> None:
    buyer, order_id = await _placed(market)
    assert await _reprice(market, order_id) is MoveStatus.DONE
    order = await market.order(order_id)
    total = 2 * PRICE - 601 + 1_000
    assert (order.total, order.discount, order.conceded, order.freight) == (total, 601, 601, 1_000)
    assert order.rules is not None
    assert order.fee == portion(total, order.rules.fee_ppm)
    (line,) = order.lines
    assert line.shares is not None
    assert (line.shares.goods, line.shares.freight, line.shares.fee) == (2 * PRICE - 601, 1_000, order.fee)
    assert [(each.kind, each.amount) for each in line.reasons] == [("unit_price", 2 * PRICE), ("conceded", -601)]
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.PAID
    await market.ship(order_id)
    await market.confirm(buyer, order_id)
    money = await market.money(buyer, order_id)
    assert (money["wallet"], money["pending"], money["escrow"]) == (FUNDS - total, total - order.fee, 0)


async def test_money_of_what_it_cost_before_goes_back(market: Market) -> None:
    buyer, order_id = await _placed(market)
    await _reprice(market, order_id)
    await market.pay(buyer, order_id, amount=2 * PRICE)
    assert (await market.order(order_id)).state is State.CREATED
    assert await market.balance_of(buyer) == FUNDS
    await market.pay(buyer, order_id)
    refund = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
    assert await market.batchers.of(refund_orders, "order_id").submit(refund) is MoveStatus.DONE
    await market.settle_events()
    assert await market.balance_of(buyer) == FUNDS


async def test_money_that_went_back_is_not_taken_once_the_price_is_what_it_was(market: Market) -> None:
    """Its event may come again: who takes it then gives goods for money that the buyer has again."""
    buyer, order_id = await _placed(market)
    await _reprice(market, order_id)
    taking = TakePayment(
        order_id=order_id,
        payment_id=new_id(buyer),
        payer_id=buyer,
        shop_id=market.shop_id,
        amount=2 * PRICE,
        channel=BALANCE,
        actor=BY_CHANNEL,
    )
    take = market.batchers.of(take_payments, "order_id").submit
    assert await take(taking) is TakeStatus.AMOUNT_DIFFERS
    now = (await market.order(order_id)).total
    assert await _reprice(market, order_id, conceded=0, freight=0, total=now) is MoveStatus.DONE
    assert await take(taking) is TakeStatus.AMOUNT_DIFFERS
    assert (await market.order(order_id)).state is State.CREATED


async def test_it_is_changed_back_and_again(market: Market) -> None:
    _, order_id = await _placed(market)
    placed = await market.order(order_id)
    assert await _reprice(market, order_id) is MoveStatus.DONE
    assert await _reprice(market, order_id) is MoveStatus.EXISTS
    now = (await market.order(order_id)).total
    assert await _reprice(market, order_id, conceded=0, freight=0, total=now) is MoveStatus.DONE
    assert await market.order(order_id) == placed


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"total": 2 * PRICE - 1}, MoveStatus.TOTAL_CHANGED),
        ({"conceded": -1}, MoveStatus.AMOUNTS_INVALID),
        ({"conceded": 2 * PRICE + 1}, MoveStatus.AMOUNTS_INVALID),
        ({"conceded": 2 * PRICE - 1}, MoveStatus.AMOUNTS_INVALID),  # Each unit costs a fen at least.
        ({"freight": 1_000_001}, MoveStatus.AMOUNTS_INVALID),
        ({"freight": -1}, MoveStatus.AMOUNTS_INVALID),
        ({"shop_id": new_id()}, MoveStatus.ORDER_NOT_FOUND),
        ({"actor": Actor("buyer", new_id())}, MoveStatus.ORDER_NOT_FOUND),
    ],
)
async def test_nonsense_and_strangers_change_nothing(market: Market, other: Any, status: MoveStatus) -> None:
    _, order_id = await _placed(market)
    before = await market.order(order_id)
    assert await _reprice(market, order_id, **other) is status
    assert await market.order(order_id) == before


async def test_nobody_pays_another_total_than_they_saw(market: Market) -> None:
    buyer, order_id = await _placed(market)
    await _reprice(market, order_id)

    async def pay(total: int | None) -> PayResult:
        command = PayOrder(
            id=new_id(buyer),
            payer_id=buyer,
            order_ids=(order_id,),
            channel=BALANCE,
            total=total,
            actor=Actor("buyer", buyer),
        )
        return await market.batchers.of(pay_orders, "payer_id").submit(command)

    assert await pay(2 * PRICE) == PayResult(status=PayStatus.TOTAL_CHANGED)
    assert await pay(None) == PayResult(status=PayStatus.TOTAL_CHANGED)  # It is more than when it was placed.
    assert (await pay(2 * PRICE - 601 + 1_000)).status is PayStatus.CREATED
    await market.settle_events()
    assert (await market.order(order_id)).state is State.PAID
