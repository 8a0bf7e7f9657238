"""What chargebacks do by themselves: they hear what channels told payments, and follow what had to wait."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.chargebacks import store
from weiji.chargebacks.model import ChargebackStatus, EndChargeback, FollowChargeback, Purse, TakeChargeback
from weiji.chargebacks.operations import end_chargebacks, follow_chargebacks, take_chargebacks
from weiji.events import Delivered, NotYet, Subscription
from weiji.events.payments import ChargebackEnded, ChargebackReceived
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job

FOLLOW: Final = "chargebacks.follow"
FOLLOW_EVERY: Final = timedelta(seconds=30)


class Reactions:
    """What happens by events and by the clock."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, FOLLOW, "id")

    async def take(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ChargebackReceived: it is booked near its order, and what is disputed is held."""
        commands = [
            TakeChargeback(
                near=_near(delivered.event),
                payment_id=delivered.event.payment_id,
                order_id=delivered.event.order_id,
                shop_id=delivered.event.shop_id,
                purse=Purse(delivered.event.purse) if delivered.event.purse else None,
                debtor_id=delivered.event.debtor_id,
                recoverable=delivered.event.recoverable,
                channel=delivered.event.channel,
                reference=delivered.event.reference,
                amount=delivered.event.amount,
                fee=delivered.event.fee,
                reason=delivered.event.reason,
                respond_by=delivered.event.respond_by,
                received_at=delivered.event.received_at,
                actor=delivered.actor,
            )
            for delivered in batch
        ]
        await self.batchers.of(take_chargebacks, "near").submit_all(commands)

    async def end(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ChargebackEnded: the money goes where it belongs. One that was not taken yet is given again later."""
        commands = [
            EndChargeback(
                near=_near(delivered.event),
                channel=delivered.event.channel,
                reference=delivered.event.reference,
                is_won=delivered.event.is_won,
                actor=delivered.actor,
            )
            for delivered in batch
        ]
        statuses = await self.batchers.of(end_chargebacks, "near").submit_all(commands)
        # What was received before purses were told of lies near its payment.
        before = [
            replace(command, near=delivered.event.payment_id)
            for command, delivered, status in zip(commands, batch, statuses, strict=True)
            if status is ChargebackStatus.CHARGEBACK_NOT_FOUND and delivered.event.near_id is not None
        ]
        if before:
            again = iter(await self.batchers.of(end_chargebacks, "near").submit_all(before))
            statuses = [
                next(again) if status is ChargebackStatus.CHARGEBACK_NOT_FOUND and one.event.near_id else status
                for status, one in zip(statuses, batch, strict=True)
            ]
        if ChargebackStatus.CHARGEBACK_NOT_FOUND in statuses:
            raise NotYet("a chargeback was decided that was not taken yet")

    async def follow(self, database: Database, limit: int) -> int:
        """Hold what had to wait, and deal with what is decided; return how many cases there were."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await store.get_due(reader, aside.room(limit))
        moves = ((follow_chargebacks, FollowChargeback(id=id)) for id in due)
        return len(await self.deadlines.meet(database, aside, moves))


def _near(event: ChargebackReceived | ChargebackEnded) -> UUID:
    """Say near what a case lies: the order, whose money it came to, or the payment."""
    return event.order_id or event.near_id or event.payment_id


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what chargebacks hear of."""
    reactions = Reactions(batchers)
    return [
        Subscription(name="chargebacks.take", events=(ChargebackReceived,), caller=reactions.take),
        Subscription(name="chargebacks.end", events=(ChargebackEnded,), caller=reactions.end),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name=FOLLOW, every=FOLLOW_EVERY, work=Reactions(batchers).follow)]
