"""Proves that an allowance is used up by what it pays for or confirms, in the same transaction, and by nothing else."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from tests.identity.undone import undone
from tests.orders.market import Market, open_market
from weiji.events import Actor, outbox
from weiji.identity.model import GrantAllowance, GrantAllowanceStatus, RevokeAllowance
from weiji.identity.operations import grant_allowances, revoke_allowances
from weiji.identity.store import get_allowances
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.orders.machine import State
from weiji.orders.paying import (
    ConfirmStatus,
    PayableOrder,
    PayOrder,
    PayResult,
    PayStatus,
    ProvedConfirmation,
    confirm_proved_orders,
    pay_orders,
)
from weiji.payments import BALANCE

KEY = UUID(int=7)
SMALL, LARGE = 9_800, 19_800


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


async def _grant(market: Market, buyer: UUID, amount: int) -> UUID:
    command = GrantAllowance(
        id=new_id(),
        person_id=buyer,
        key_id=KEY,
        amount=amount,
        expires_at=clock.now() + timedelta(days=80),
        actor=Actor("person", buyer),
    )
    async with market.database.transaction() as tx:
        assert await grant_allowances(tx, [command]) == [GrantAllowanceStatus.CREATED]
    return command.id


async def _payable(market: Market, buyer: UUID, sku: int = 0) -> PayableOrder:
    order_id, _ = await market.place(buyer, sku=sku)
    order = await market.order(order_id)
    return PayableOrder(order.id, order.shop_id, buyer, State.CREATED, order.total, order.due_at)


def _pay(order: PayableOrder, allowance_id: UUID | None) -> PayOrder:
    """Pay an order by an allowance; without one, as with the right payment password."""
    return PayOrder(
        id=new_id(order.buyer_id),
        payer_id=order.buyer_id,
        order_ids=(order.id,),
        channel=BALANCE,
        actor=Actor("buyer", order.buyer_id),
        key_id=KEY,
        allowance_id=allowance_id,
    )


async def _do(market: Market, *commands: PayOrder) -> list[PayStatus]:
    return [result.status for result in await market.batchers.of(pay_orders, "payer_id").submit_all(commands)]


async def _spent(market: Market, buyer: UUID) -> list[int]:
    """Read what is spent of a person's allowances, newest first, and see that the events say the same."""
    async with market.database.read() as reader:
        found = await get_allowances(reader, buyer)
        events = await outbox.get_events(reader, buyer, 0, 1_000)
    told = {each.id: 0 for each in found}
    for row in events:
        if row["type"] == "AllowanceSpent":
            told[UUID(row["data"]["allowance_id"])] += row["data"]["amount"]
    assert told == {each.id: each.spent for each in found}
    return [each.spent for each in found]


async def test_an_allowance_is_not_used_up_where_the_wallet_lacks_money(market: Market) -> None:
    buyer = new_id()
    order = await _payable(market, buyer)
    allowance = await _grant(market, buyer, SMALL)
    refused = _pay(order, allowance)
    assert await _do(market, refused) == [PayStatus.INSUFFICIENT_FUNDS]
    assert await _spent(market, buyer) == [0]
    await market.fund([buyer], SMALL)
    # The id has failed for ever; a new attempt has all of the allowance.
    assert await _do(market, refused) == [PayStatus.INSUFFICIENT_FUNDS]
    paid = _pay(order, allowance)
    assert await _do(market, paid, paid) == [PayStatus.CREATED, PayStatus.EXISTS]
    assert await _do(market, paid) == [PayStatus.EXISTS]
    assert await _spent(market, buyer) == [SMALL]


async def test_what_a_wallet_refuses_leaves_the_allowance_to_the_next_of_the_batch(market: Market) -> None:
    buyer = new_id()
    large, small = await _payable(market, buyer, 1), await _payable(market, buyer)
    allowance = await _grant(market, buyer, LARGE)
    await market.fund([buyer], SMALL)
    assert await _do(market, _pay(large, allowance), _pay(small, allowance), _pay(small, allowance)) == [
        PayStatus.INSUFFICIENT_FUNDS,
        PayStatus.CREATED,
        PayStatus.INSUFFICIENT_FUNDS,
    ]
    assert await _spent(market, buyer) == [SMALL]


async def test_a_payment_that_was_made_with_the_password_uses_up_no_allowance(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], LARGE)
    order = await _payable(market, buyer)
    allowance = await _grant(market, buyer, LARGE)
    paid = _pay(order, None)
    again = PayOrder(
        id=paid.id,
        payer_id=buyer,
        order_ids=(order.id,),
        channel=BALANCE,
        actor=paid.actor,
        key_id=KEY,
        allowance_id=allowance,
    )
    assert await _do(market, paid, again) == [PayStatus.CREATED, PayStatus.EXISTS]
    assert await _spent(market, buyer) == [0]


@pytest.mark.parametrize("seed", range(6))
async def test_law_of_batches_for_paying(market: Market, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    buyers = [first := new_id(), new_id(first)]
    orders: dict[UUID, list[PayableOrder]] = {}
    allowances: dict[UUID, list[UUID | None]] = {}
    for buyer in buyers:
        await market.fund([buyer], dice.choice([SMALL, LARGE, LARGE + SMALL, 60_000]))
        orders[buyer] = [await _payable(market, buyer, dice.randrange(2)) for _ in range(4)]
        amounts = dice.choices([SMALL, LARGE, LARGE + SMALL, 60_000], k=2)
        allowances[buyer] = [None, *[await _grant(market, buyer, amount) for amount in amounts]]
    commands: list[PayOrder] = []
    for _ in range(14):
        buyer = dice.choice(buyers)
        if commands and dice.random() < 0.2:
            commands.append(dice.choice(commands))
        else:
            commands.append(_pay(dice.choice(orders[buyer]), dice.choice(allowances[buyer])))

    async def answers(tx: Transaction, parts: Sequence[Sequence[PayOrder]]) -> tuple[list[PayResult], list[int]]:
        async with undone(tx):
            results = [result for part in parts for result in await pay_orders(tx, part)]
            return results, [each.spent for buyer in buyers for each in await get_allowances(tx, buyer)]

    async with market.database.transaction() as tx:
        assert await answers(tx, [commands]) == await answers(tx, [[command] for command in commands])


def _confirm(buyer: UUID, order_id: UUID, allowance_id: UUID) -> ProvedConfirmation:
    return ProvedConfirmation(
        order_id=order_id, person_id=buyer, actor=Actor("buyer", buyer), key_id=KEY, allowance_id=allowance_id
    )


async def test_confirming_by_an_allowance_is_one_with_what_it_confirms(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], LARGE)
    allowance = await _grant(market, buyer, 100)
    order = await _payable(market, buyer)
    await market.pay(buyer, order.id)
    confirming = market.batchers.of(confirm_proved_orders, "order_id")
    command = _confirm(buyer, order.id, allowance)

    async def told() -> int:
        async with market.database.read() as reader:
            return [row["type"] for row in await outbox.get_events(reader, buyer, 0, 1_000)].count("AllowanceSpent")

    # Nothing was shipped: nothing is confirmed, and no allowance was used for it.
    assert (await confirming.submit(command)).status is ConfirmStatus.NOT_ALLOWED_NOW
    assert await told() == 0
    await market.ship(order.id)
    results = await confirming.submit_all([_confirm(buyer, order.id, new_id()), command, command])
    assert [result.status for result in results] == [
        ConfirmStatus.ALLOWANCE_NOT_FOUND,
        ConfirmStatus.DONE,
        ConfirmStatus.EXISTS,
    ]
    assert await told() == 1
    async with market.database.transaction() as tx:
        await revoke_allowances(tx, [RevokeAllowance(id=allowance, person_id=buyer, actor=command.actor)])
    # What was confirmed by it stays so.
    assert (await confirming.submit(command)).status is ConfirmStatus.EXISTS
    assert await told() == 1


async def test_an_allowance_that_was_taken_back_confirms_nothing(market: Market) -> None:
    buyer, stranger = new_id(), new_id()
    await market.fund([buyer], LARGE)
    allowance = await _grant(market, buyer, 100)
    order = await _payable(market, buyer)
    await market.pay(buyer, order.id)
    await market.ship(order.id)
    confirming = market.batchers.of(confirm_proved_orders, "order_id")
    theirs = await _grant(market, stranger, 100)
    stolen = _confirm(buyer, order.id, theirs)
    assert (await confirming.submit(stolen)).status is ConfirmStatus.ALLOWANCE_NOT_FOUND
    async with market.database.transaction() as tx:
        await revoke_allowances(tx, [RevokeAllowance(id=allowance, person_id=buyer, actor=Actor("person", buyer))])
    refused = await confirming.submit(_confirm(buyer, order.id, allowance))
    assert refused.status is ConfirmStatus.ALLOWANCE_EXPIRED
    assert (await market.order(order.id)).state is State.SHIPPED
