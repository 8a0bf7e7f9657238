"""Proves that the books come out right when notices are doubled, shuffled, late and lost, and the channel is flaky."""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from tests.payments.world import World
from weiji.events import BY_SYSTEM
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import Code, chart
from weiji.payments import (
    REGISTRY,
    Answer,
    CreatePayoutAccount,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    Refund,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    create_payout_accounts,
    list_all_payouts,
    list_payments,
    list_troubling_notices,
    request_payouts,
    start_payments,
)
from weiji.payments.channels.sandbox import LATER, ChargeVerb

T = TypeVar("T")

ORDERS = 60


class FlakyChannel(SandboxChannel):
    """The sandbox behind a bad line: a question may be lost on its way there, or its answer on its way back."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        super().__init__(database)
        self.dice = dice
        self.is_flaky = True

    async def _over_a_bad_line(
        self, ask: Callable[[Sequence[T]], Awaitable[list[Answer]]], things: Sequence[T]
    ) -> list[Answer]:
        fate = self.dice.random() if self.is_flaky else 1.0
        if fate < 0.15:
            return [Answer(is_silent=True)] * len(things)
        answers = await ask(things)
        return [Answer(is_silent=True)] * len(things) if fate < 0.3 else answers

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        return await self._over_a_bad_line(super().query, payments)

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        return await self._over_a_bad_line(super().close, payments)

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        return await self._over_a_bad_line(super().refund, refunds)

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        return await self._over_a_bad_line(super().find_refunds, refunds)

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:
        return await self._over_a_bad_line(super().pay_out, payouts)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_the_channel_does_the_books_come_out_right(world: World, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    channel = FlakyChannel(world.database, dice)
    REGISTRY.register(channel)
    people = [new_id() for _ in range(8)]
    shops = [new_id() for _ in range(3)]
    for person in people:
        await world.top_up(person, 5_000)
    orders = []
    for _ in range(ORDERS):
        order = world.order(dice.randrange(1, 2_000), dice.choice(shops))
        orders.append(order)
        payer = dice.choice(people)
        others = [world.order(dice.randrange(1, 500), dice.choice(shops)) for _ in range(dice.choice([0, 0, 1, 2]))]
        orders += others
        if dice.random() < 0.3:
            if await world.available(chart.wallet(payer)) >= sum(one.amount for one in [order, *others]):
                await world.pay(payer, order, "balance", others=others)
        else:
            payment = await world.pay(payer, order, "sandbox", others=others)
            await start_payments(world.database, world.lanes, [payment.id])
            verb = dice.choice([*ChargeVerb, ChargeVerb.PAY, ChargeVerb.PAY, None])
            await world.fault(
                payment.id,
                notices=dice.randrange(4),
                delay_seconds=dice.choice([0, 0, 3, 600, 7_200]),
                refunds=dice.choice(["succeed", "succeed", "refuse"]),
                is_silent=False,
            )
            if verb is not None:
                await world.act(payment.id, verb, hours=dice.uniform(0, 3) if verb in LATER else None)
            if verb is ChargeVerb.FAIL and dice.random() < 0.5:
                await world.act(payment.id, ChargeVerb.PAY)
        for one in [order, *others]:
            one.is_closed = dice.random() < 0.2
        if dice.random() < 0.3:
            await _pay_out(world, dice, dice.choice(people))
        if dice.random() < 0.5:
            await world.turn(seconds=dice.choice([1, 10, 100, 2_000]))
    await world.settle()
    for order in orders:
        if order.paid_by and dice.random() < 0.5:
            await world.refund(order, dice.randrange(1, order.paid_by.amount + 1))
    await world.turn(hours=4)
    channel.is_flaky = False
    for _ in range(10):
        await world.turn(hours=8)
    await _audit(world)


async def _pay_out(world: World, dice: random.Random, person: object) -> None:
    assert isinstance(person, type(new_id()))
    number = "622200001234" + dice.choice(["0001", "0002", "0003", "4321"])
    account = CreatePayoutAccount(
        id=new_id(person), owner_id=person, holder="张三", bank="中国银行", number=number, actor=BY_SYSTEM
    )
    command = RequestPayout(
        id=new_id(person),
        owner_id=person,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=dice.randrange(1, 500),
        fee=dice.choice([0, 5]),
        channel="sandbox",
        actor=BY_SYSTEM,
    )
    async with world.database.transaction() as tx:
        await create_payout_accounts(tx, [account])
        (status,) = await request_payouts(tx, [command])
    assert status in (RequestPayoutStatus.CREATED, RequestPayoutStatus.INSUFFICIENT_FUNDS)


async def _audit(world: World) -> None:
    """Compare the books with what the stand-in for orders, the payouts and the acquirer know."""
    balances = await world.balances()
    async with world.database.read() as reader:
        payments = await list_payments(reader, limit=1_000)
        payouts = await list_all_payouts(reader, limit=1_000)
        assert await list_troubling_notices(reader) == []
        taken = await reader.connection.fetchval("select sum(amount)::bigint from sandbox.transactions")
        returned = await reader.connection.fetchval(
            "select coalesce(sum(amount), 0)::bigint from sandbox.refunds where status = 'succeeded'"
        )
    assert {p.status for p in payments} <= {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CLOSED}
    assert balances[Code.TRANSIT] == 0
    assert balances.get(Code.SUSPENSE, 0) == 0
    assert balances.get(Code.REFUND_CLEARING, 0) == 0
    assert balances.get(Code.PAYOUT_CLEARING, 0) == sum(p.amount for p in payouts if p.status is PayoutStatus.ACCEPTED)
    assert {p.status for p in payouts} <= {
        PayoutStatus.SUBMITTED,  # Those that wait until somebody acts.
        PayoutStatus.PAID,
        PayoutStatus.REJECTED,
        PayoutStatus.RETURNED,
    }
    held = 0
    for order in world.orders.values():
        back = sum(r.amount for r in order.refunded if r.reason == "ordered")
        escrow = await world.available(chart.escrow(order.id))
        assert escrow == (order.paid_by.amount if order.paid_by else 0) - back
        held += escrow
    assert balances.get(Code.ESCROW, 0) == held
    paid_out = sum(p.amount for p in payouts if p.status is PayoutStatus.PAID)
    bank_fees = sum(p.bank_fee for p in payouts)
    channel_fee = -balances.get(Code.CHANNEL_FEE, 0)
    there = -balances[Code.CHANNEL_RECEIVABLE] - balances.get(Code.BANK, 0)
    assert there == taken - returned - channel_fee - paid_out - bank_fees
    assert sum(1 for p in payments if p.status is PaymentStatus.SUCCEEDED) > ORDERS // 3
    assert sum(order.rejected for order in world.orders.values()) > 0
