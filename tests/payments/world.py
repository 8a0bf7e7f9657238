"""A small world round payments: a stand-in for orders that takes money into escrow, and hands to turn the clock."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from weiji.events import BY_SYSTEM, Delivered, Occurrence, Subscription, outbox, publish
from weiji.events.orders import PaymentRejected, RefundOrdered
from weiji.events.payments import PaymentCaptured, PaymentPart, RefundSucceeded
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import AccountBalance, Kind, Transfer, chart, create_transfers, get_trial_balance, lookup_accounts
from weiji.payments import (
    CreatePayment,
    CreatePaymentStatus,
    Payment,
    TopUpWallet,
    create_payments,
    get_payments,
    jobs,
    subscriptions,
    top_up_wallets,
)
from weiji.payments.channels.sandbox import ActOnCharge, ActStatus, ChargeVerb, SetFaults, act_on_charges, set_faults

C = TypeVar("C")
R = TypeVar("R")


class Order:
    """What the stand-in knows of an order."""

    def __init__(self, shop_id: UUID, amount: int) -> None:
        self.id = new_id(shop_id)
        self.shop_id = shop_id
        self.amount = amount
        self.is_closed = False
        self.paid_by: PaymentCaptured | None = None
        self.rejected = 0
        self.refunded: list[RefundSucceeded] = []


class World:
    """Payments, their jobs and subscriptions, and a stand-in for orders."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.database = database
        self.lanes = lanes
        self.orders: dict[UUID, Order] = {}
        self.jobs = jobs(lanes)
        own = [
            Subscription(name="test.take", events=(PaymentCaptured,), caller=self._take),
            Subscription(name="test.note", events=(RefundSucceeded,), caller=self._note),
        ]
        self.deliverer = outbox.Deliverer(database, [*subscriptions(lanes), *own], lanes)

    async def run(
        self,
        operation: Callable[[Transaction, Sequence[C]], Awaitable[Sequence[R]]],
        commands: Sequence[C],
        owner: Callable[[C], UUID],
    ) -> list[R]:
        """Run commands of any lanes, each lane's in one batch."""
        return await Batcher(self.database, operation, owner=owner, lanes=self.lanes).submit_all(commands)

    async def top_up(self, person_id: UUID, amount: int) -> None:
        """Give a person money."""
        command = TopUpWallet(id=new_id(person_id), person_id=person_id, amount=amount, actor=BY_SYSTEM)
        (status,) = await self.run(top_up_wallets, [command], lambda c: c.id)
        assert status is CreatePaymentStatus.CREATED

    def order(self, amount: int, shop_id: UUID | None = None) -> Order:
        """Place an order with the stand-in."""
        order = Order(shop_id or new_id(), amount)
        self.orders[order.id] = order
        return order

    async def pay(
        self,
        payer_id: UUID,
        order: Order,
        channel: str,
        *,
        amount: int | None = None,
        minutes: int = 30,
        others: Sequence[Order] = (),
    ) -> CreatePayment:
        """Begin to pay an order, or several together."""
        together = [order, *others] if others else []
        id = new_id(payer_id)
        command = CreatePayment(
            id=id,
            payer_id=payer_id,
            subject_id=id if others else order.id,
            payee_id=payer_id if others else order.shop_id,
            amount=sum(one.amount for one in [order, *others]) if amount is None else amount,
            channel=channel,
            actor=BY_SYSTEM,
            expires_at=clock.now() + timedelta(minutes=minutes),
            parts=tuple(PaymentPart(order_id=one.id, shop_id=one.shop_id, amount=one.amount) for one in together),
        )
        (status,) = await self.run(create_payments, [command], lambda c: c.id)
        assert status is CreatePaymentStatus.CREATED, status
        return command

    async def act(self, payment_id: UUID, verb: ChargeVerb, *, hours: float | None = None) -> None:
        """Do something to a charge at the sandbox."""
        at = None if hours is None else clock.now() + timedelta(hours=hours)
        command = ActOnCharge(id=payment_id, verb=verb, at=at, actor=BY_SYSTEM)
        assert await self.run(act_on_charges, [command], lambda c: c.id) == [ActStatus.DONE]

    async def fault(self, payment_id: UUID, **faults: object) -> None:
        """Say what goes wrong with a charge at the sandbox."""
        command = SetFaults(id=payment_id, actor=BY_SYSTEM, **faults)  # type: ignore[arg-type]
        assert await self.run(set_faults, [command], lambda c: c.id) == [ActStatus.DONE]

    async def payment(self, id: UUID) -> Payment:
        """Read a payment."""
        async with self.database.read() as reader:
            (found,) = await get_payments(reader, [id])
        assert found
        return found

    async def settle(self) -> None:
        """Deliver every event and run every job, until nothing is left to do at this time."""
        for _ in range(20):
            done = await self.deliverer.deliver_due()
            for job in self.jobs:
                done += await job.work(self.database, 500)
            if not done:
                return
        raise AssertionError("there is always something left to do")

    async def turn(self, **delta: float) -> None:
        """Turn the clock forward, and let happen what then should."""
        CLOCK.follow(CLOCK.offset + timedelta(**delta))
        await self.settle()

    async def balances(self) -> dict[chart.Code, int]:
        """Add up each kind of account over all shards: credits less debits; every ledger sums to 0."""
        async with self.database.read() as reader:
            rows = await get_trial_balance(reader)
        sums: dict[int, int] = {}
        for row in rows:
            for side in ("posted", "pending"):
                sums[row["ledger"]] = sums.get(row["ledger"], 0) + row[f"credits_{side}"] - row[f"debits_{side}"]
        assert all(value == 0 for value in sums.values()), sums
        return {chart.Code(row["code"]): row["credits_posted"] - row["debits_posted"] for row in rows}

    async def available(self, account: chart.Account) -> int:
        """Read what an account can spend."""
        async with self.database.read() as reader:
            found: list[AccountBalance] = await lookup_accounts(reader, [account.id])
        return found[0].available if found else 0

    async def refund(self, order: Order, amount: int | None = None) -> UUID:
        """Let the stand-in send money of an order back."""
        paid = order.paid_by
        assert paid
        refund_id = new_id(order.id)
        amount = paid.amount if amount is None else amount
        shard = shard_of(order.id)
        event = RefundOrdered(
            payment_id=paid.payment_id,
            payer_id=paid.payer_id,
            order_id=order.id,
            amount=amount,
            refund_id=refund_id,
            reason="test",
        )
        async with self.database.transaction() as tx:
            await self._move(
                tx, derive(refund_id, "out"), chart.escrow(order.id), chart.transit(shard), amount, Kind.REFUND
            )
            await publish(tx, [Occurrence(event, order.shop_id, order.id, BY_SYSTEM)])
        return refund_id

    async def _take(self, database: Database, batch: Sequence[Delivered]) -> None:
        for event in [event for delivered in batch for event in _parts_of(delivered.event)]:
            order = self.orders[event.subject_id]
            if order.paid_by and order.paid_by.payment_id == event.payment_id:
                continue
            reason = None
            if event.amount != order.amount:
                reason = "amount_differs"
            elif order.paid_by:
                reason = "already_paid"
            elif order.is_closed:
                reason = "closed"
            async with database.transaction() as tx:
                if reason is None:
                    transit, escrow = chart.transit(shard_of(order.id)), chart.escrow(order.id)
                    id = derive(order.id, "in", event.payment_id)
                    await self._move(tx, id, transit, escrow, event.amount, Kind.HOLD)
                    order.paid_by = event
                    continue
                order.rejected += 1
                rejected = PaymentRejected(
                    payment_id=event.payment_id,
                    payer_id=event.payer_id,
                    order_id=order.id,
                    amount=event.amount,
                    reason=reason,  # type: ignore[arg-type]
                    is_part=bool(event.parts),
                )
                await publish(tx, [Occurrence(rejected, order.shop_id, order.id, BY_SYSTEM)])

    async def _note(self, _: Database, batch: Sequence[Delivered]) -> None:
        for delivered in batch:
            # What was paid twice is for no order, where it was for several.
            if delivered.event.order_id in self.orders:
                self.orders[delivered.event.order_id].refunded.append(delivered.event)

    async def _move(
        self, tx: Transaction, id: UUID, debit: chart.Account, credit: chart.Account, amount: int, kind: Kind
    ) -> None:
        transfer = Transfer(
            id=id,
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount=amount,
            ledger=chart.CNY,
            code=kind,
        )
        (result,) = await create_transfers(tx, [transfer], [debit, credit])
        assert result.is_made, result


def _parts_of(event: PaymentCaptured) -> list[PaymentCaptured]:
    """Tell of each part as if it were a payment of its own."""
    return [
        replace(event, subject_id=part.order_id, payee_id=part.shop_id, amount=part.amount) for part in event.parts
    ] or [event]
