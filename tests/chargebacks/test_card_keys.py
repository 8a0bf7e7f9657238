"""Proves what becomes of card keys whose money a channel takes back: unseen they can be sold again, seen they can't."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.chargebacks.test_chargebacks import Bank
from tests.orders.market import open_as
from tests.orders.test_handing_out import Cards
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.seal import KEYS
from weiji.orders import MoveStatus, State
from weiji.payments.channels.sandbox import ChargebackVerb

PRICE = 5_000


@pytest.fixture
async def bank(database: Database, lanes: Lanes) -> AsyncIterator[Bank]:
    KEYS.use(bytes(range(32)))
    async with open_as(Cards, database, lanes) as market:
        yield Bank(market)


@pytest.mark.parametrize("state", [State.REFUNDED, State.RECEIVED, State.COMPLETED])
@pytest.mark.parametrize("is_seen", [False, True])
async def test_keys_whose_money_a_channel_took_are_sold_again_if_nobody_saw_them(
    bank: Bank, state: State, *, is_seen: bool
) -> None:
    market, buyer = bank.market, bank.shop.buyer
    assert isinstance(market, Cards)
    order_id, _ = await market.place(buyer, sku=2, quantity=2)
    await bank.pay(order_id, 2 * PRICE)
    await bank.settle()
    if is_seen:
        assert await market.show(buyer, order_id) is MoveStatus.DONE
    if state is not State.REFUNDED:  # It is received by the clock.
        await market.turn(timedelta(days=2, minutes=1))
    if state is State.COMPLETED:
        await market.turn(timedelta(days=8))
    assert await market.stock(2) == (4, 0, 2)
    await bank.act(order_id, ChargebackVerb.RAISE)
    assert await market.stock(2) == (4, 0, 2), "the bank may decide for the shop yet"
    await bank.act(order_id, ChargebackVerb.LOSE)
    order = await market.order(order_id)
    assert (order.state, order.refunded) == (state, order.total)
    assert await market.stock(2) == ((4, 0, 2) if is_seen else (6, 0, 0))
    await market.agree()


async def test_keys_of_which_a_channel_took_a_part_of_the_money_stay_with_their_buyer(bank: Bank) -> None:
    market, buyer = bank.market, bank.shop.buyer
    assert isinstance(market, Cards)
    order_id, _ = await market.place(buyer, sku=2, quantity=2)
    await bank.pay(order_id, 2 * PRICE)
    await bank.settle()
    await bank.act(order_id, ChargebackVerb.RAISE, PRICE)
    await bank.act(order_id, ChargebackVerb.LOSE)
    assert await market.stock(2) == (4, 0, 2)
    assert await market.show(buyer, order_id) is MoveStatus.DONE
