"""What happens to deposits by events and by the clock."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.deposits import operations, store
from weiji.deposits.model import CollectDues, ReceiveCompensation, TakePaidDeposit
from weiji.events import Delivered, Subscription
from weiji.events.deposits import BuyerCompensated
from weiji.events.disputes import PostageAwarded
from weiji.events.payments import DepositCaptured
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import FIRST, LAST, Deadlines
from weiji.kit.ids import new_id
from weiji.kit.jobs import Job

COLLECT: Final = "deposits.collect"
COLLECT_EVERY: Final = timedelta(seconds=5)


class Keeper:
    """Brings what arrived into deposits, and lets what shops have go to what they owe."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, COLLECT, "shop_id")

    async def take_paid(self, _: Database, batch: Sequence[Delivered]) -> None:
        """DepositCaptured: the money comes into the shop's deposit."""
        commands = [
            TakePaidDeposit(
                payment_id=delivered.event.payment_id,
                shop_id=delivered.event.shop_id,
                amount=delivered.event.amount,
                channel=delivered.event.channel,
                actor=delivered.actor,
            )
            for delivered in batch
        ]
        await self.batchers.of(operations.take_paid_deposits, "shop_id").submit_all(commands)

    async def receive(self, _: Database, batch: Sequence[Delivered]) -> None:
        """BuyerCompensated, PostageAwarded: the money comes into the buyer's wallet."""
        commands = [
            ReceiveCompensation(
                id=delivered.event.compensation_id,
                person_id=delivered.event.person_id,
                order_id=delivered.event.order_id,
                amount=delivered.event.amount,
                is_postage=isinstance(delivered.event, PostageAwarded),
                actor=delivered.actor,
            )
            for delivered in batch
        ]
        await self.batchers.of(operations.receive_compensations, "person_id").submit_all(commands)

    async def collect(self, database: Database, limit: int) -> int:
        """Look at every shop that has something while it owes; return how many there were.

        Nobody who owes nothing costs anything here, and settling an order costs nothing more for anybody: one
        statement every few seconds finds those few. Whoever withdraws before that repays first all the same.
        """
        after, total = FIRST, 0
        while True:
            async with database.read() as reader:
                aside = await self.deadlines.read(reader)
                ids = await store.list_dues(reader, after, limit)
            moves = ((operations.collect_dues, CollectDues(id=new_id(id), shop_id=id)) for id in ids)
            last = ids[-1] if len(ids) == limit else LAST
            total += len(await self.deadlines.meet(database, aside, moves, after=after, last=last))
            if last == LAST:
                return total
            after = last


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what deposits hear of."""
    return [
        Subscription(name="deposits.take_paid", events=(DepositCaptured,), caller=Keeper(batchers).take_paid),
        Subscription(
            name="deposits.compensate", events=(BuyerCompensated, PostageAwarded), caller=Keeper(batchers).receive
        ),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name=COLLECT, every=COLLECT_EVERY, work=Keeper(batchers).collect)]
