"""How budgets follow what orders did, and what becomes of them when their campaigns are over."""

from asyncio import gather
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.coupons import store
from weiji.coupons.model import BookBudget, BookStep
from weiji.coupons.operations import ReturnBudget, book_budgets, return_budgets
from weiji.events import Delivered, Subscription
from weiji.events.coupons import BudgetTouched
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job

RETURN_EVERY: Final = timedelta(hours=1)


class Reactions:
    """What coupons do when orders tell something, and by the clock."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def book(self, _: Database, batch: Sequence[Delivered]) -> None:
        """BudgetTouched: the order's money is booked in the shop's shard; here follows the budget, in its own."""
        await self.batchers.of(book_budgets, "campaign_id").submit_all(
            [
                BookBudget(
                    campaign_id=delivered.event.campaign_id,
                    order_id=delivered.subject_id,
                    step=BookStep(delivered.event.step),
                    amount=delivered.event.amount,
                    key=delivered.event.key,
                )
                for delivered in batch
            ]
        )

    async def return_budgets(self, database: Database, limit: int) -> int:
        """Give back what campaigns that are over with all their coupons did not use."""
        now = clock.now()
        async with database.read() as reader:
            ended = await store.get_ended_campaigns(reader, now, limit)
            budgets = await store.get_budgets(reader, ended)
        batcher = self.batchers.of(return_budgets, "campaign_id")
        left = [ReturnBudget(campaign_id=id, at=now) for id, available in budgets.items() if available > 0]
        await gather(*(batcher.submit(command) for command in left))
        return 0  # Nothing is left that a second look would find today.


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what coupons hear of."""
    return [Subscription(name="coupons.book", events=(BudgetTouched,), caller=Reactions(batchers).book)]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what coupons do by the clock."""
    return [Job(name="coupons.return_budgets", every=RETURN_EVERY, work=Reactions(batchers).return_budgets)]
