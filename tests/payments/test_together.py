"""Proves that one payment for several orders is split as asked, gives back only what it should, and loses nothing."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.payments.world import Order, World
from weiji.events import BY_SYSTEM
from weiji.events.payments import PaymentPart
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.ledger import Code, chart
from weiji.payments import CreatePayment, CreatePaymentStatus, create_payments, get_wallet, start_payments
from weiji.payments.channels.sandbox import ChargeVerb
from weiji.payments.model import PARTS_MAX, ApproveRefund, RefundReason
from weiji.payments.operations import approve_refunds

S = CreatePaymentStatus


async def _paid(world: World, payer: UUID, channel: str, orders: list[Order]) -> UUID:
    command = await world.pay(payer, orders[0], channel, others=orders[1:])
    if channel != "balance":
        await start_payments(world.database, world.lanes, [command.id])
        await world.act(command.id, ChargeVerb.PAY)
    await world.settle()
    return command.id


@pytest.mark.parametrize("channel", ["balance", "sandbox"])
async def test_each_order_takes_its_part_and_a_refund_gives_back_one(world: World, channel: str) -> None:
    payer = new_id()
    await world.top_up(payer, 1_000)
    orders = [world.order(amount) for amount in (100, 250, 7)]
    payment_id = await _paid(world, payer, channel, orders)
    assert [await world.available(chart.escrow(order.id)) for order in orders] == [100, 250, 7]
    assert (await world.balances())[Code.TRANSIT] == 0
    await world.refund(orders[1])
    await world.turn(hours=2)
    assert [[r.amount for r in order.refunded] for order in orders] == [[], [250], []]
    assert [await world.available(chart.escrow(order.id)) for order in orders] == [100, 0, 7]
    assert (await world.payment(payment_id)).refunded == 250
    assert (await world.balances())[Code.TRANSIT] == 0


@pytest.mark.parametrize("channel", ["balance", "sandbox"])
async def test_an_order_that_cant_take_its_part_gives_back_only_that(world: World, channel: str) -> None:
    payer = new_id()
    await world.top_up(payer, 1_000)
    good, closed = world.order(100), world.order(30)
    closed.is_closed = True
    payment_id = await _paid(world, payer, channel, [good, closed])
    await world.turn(hours=2)
    assert await world.available(chart.escrow(good.id)) == 100
    assert [(r.reason, r.amount, r.order_id) for r in closed.refunded] == [("rejected", 30, closed.id)]
    assert good.refunded == []
    assert (await world.payment(payment_id)).refunded == 30
    balances = await world.balances()
    assert (balances[Code.TRANSIT], balances.get(Code.SUSPENSE, 0)) == (0, 0)


async def test_a_statement_has_a_line_for_each_order(world: World) -> None:
    payer = new_id()
    await world.top_up(payer, 1_000)
    orders = [world.order(100), world.order(30)]
    await _paid(world, payer, "balance", orders)
    async with world.database.read() as reader:
        wallet = await get_wallet(reader, payer)
    assert {(m.subject_id, m.amount) for m in wallet.movements[:2]} == {(orders[0].id, -100), (orders[1].id, -30)}


async def test_a_wallet_pays_for_all_of_them_or_for_none(world: World) -> None:
    payer = new_id()
    await world.top_up(payer, 120)
    orders = [world.order(100), world.order(30)]
    command = _command(payer, [(order.id, order.amount) for order in orders])
    assert await world.run(create_payments, [command], lambda c: c.id) == [S.INSUFFICIENT_FUNDS]
    assert await world.available(chart.wallet(payer)) == 120
    assert await world.run(create_payments, [command], lambda c: c.id) == [S.INSUFFICIENT_FUNDS]


def _command(payer: UUID, parts: list[tuple[UUID, int]], **facts: Any) -> CreatePayment:
    id = new_id(payer)
    return CreatePayment(
        **{
            "id": id,
            "payer_id": payer,
            "subject_id": id,
            "payee_id": payer,
            "amount": sum(amount for _, amount in parts),
            "channel": "balance",
            "actor": BY_SYSTEM,
            "expires_at": clock.now(),
            "parts": tuple(PaymentPart(order_id=o, shop_id=new_id(), amount=amount) for o, amount in parts),
        }
        | facts
    )


async def test_parts_that_are_none_are_refused(world: World) -> None:
    payer, one = new_id(), new_id()
    await world.top_up(payer, 10_000)
    two = [(new_id(), 10), (new_id(), 20)]
    refused = [
        _command(payer, two[:1]),
        _command(payer, [(one, 10), (one, 20)]),
        _command(payer, [(one, 0), (new_id(), 20)]),
        _command(payer, two, amount=31),
        _command(payer, [(new_id(), 1) for _ in range(PARTS_MAX + 1)]),
    ]
    assert await world.run(create_payments, refused, lambda c: c.id) == [S.PARTS_INVALID] * len(refused)
    good = _command(payer, two)
    assert await world.run(create_payments, [good, good], lambda c: c.id) == [S.CREATED, S.EXISTS]
    other = _command(payer, [(new_id(), 10), (new_id(), 20)], id=good.id, subject_id=good.id)
    assert await world.run(create_payments, [other], lambda c: c.id) == [S.EXISTS_WITH_DIFFERENT_SUBJECT]


async def _refund_part(world: World, payment_id: UUID, order: Order, amount: int, source: UUID | None = None) -> str:
    """Have a part of an order's part go back, in a batch of its own."""
    command = ApproveRefund(
        payment_id=payment_id,
        source_id=source or new_id(order.id),
        amount=amount,
        reason=RefundReason.ORDERED,
        actor=BY_SYSTEM,
        order_id=order.id,
    )

    async def work(tx: Transaction) -> str:
        (status,) = await approve_refunds(tx, [command])
        return status

    return await world.database.retried(work)


@pytest.mark.parametrize("channel", ["balance", "sandbox"])
async def test_partial_refunds_of_an_order_are_at_most_its_part(world: World, channel: str) -> None:
    """Concurrent refunds of one part are never made from another's: hyperswitch#13182 once more."""
    payer = new_id()
    await world.top_up(payer, 1_000)
    orders = [world.order(amount) for amount in (100, 250)]
    payment_id = await _paid(world, payer, channel, orders)
    answers = await asyncio.gather(*(_refund_part(world, payment_id, orders[0], 60) for _ in range(4)))
    assert sorted(answers) == ["created", *["exceeds_capture"] * 3]
    assert await _refund_part(world, payment_id, orders[0], 41) == "exceeds_capture"
    source = new_id(orders[0].id)
    assert await _refund_part(world, payment_id, orders[0], 40, source) == "created"
    assert await _refund_part(world, payment_id, orders[0], 40, source) == "exists"
    assert await _refund_part(world, payment_id, orders[0], 1) == "exceeds_capture"
    assert await _refund_part(world, payment_id, orders[1], 250) == "created"
    assert (await world.payment(payment_id)).refunded == 350


async def test_the_database_refuses_more_than_a_part(world: World) -> None:
    payer = new_id()
    await world.top_up(payer, 1_000)
    orders = [world.order(100), world.order(250)]
    payment_id = await _paid(world, payer, "balance", orders)
    assert await _refund_part(world, payment_id, orders[0], 60) == "created"
    async with world.database.transaction() as tx:
        with pytest.raises(asyncpg.CheckViolationError, match="part_refunds_not_beyond_part"):
            await tx.connection.execute("update payments.part_refunds set refunded = 101")
