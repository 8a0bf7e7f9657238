"""How budgets follow what orders did, and what becomes of them when their campaigns are over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.coupons import store
from weiji.coupons.model import BookBudget, BookStep, ReturnBudget
from weiji.coupons.operations import book_budgets, return_budgets
from weiji.events import Delivered, Subscription
from weiji.events.coupons import BudgetTouched
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import FIRST, LAST, Deadlines
from weiji.kit.jobs import Job

RETURN: Final = "coupons.return_budgets"
RETURN_EVERY: Final = timedelta(hours=1)
RETURN_AFTER: Final = timedelta(days=1)
"""So long after the last coupon is over, what orders did with it has come to the budget by events."""


class Reactions:
    """What coupons do when orders tell something, and by the clock."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, RETURN, "campaign_id")

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
                    is_prepaid=delivered.event.is_prepaid,
                )
                for delivered in batch
            ]
        )

    async def return_budgets(self, database: Database, limit: int) -> int:
        """Give back what campaigns that are over with all their coupons did not use."""
        now, after = clock.now(), FIRST
        while True:
            async with database.read() as reader:
                aside = await self.deadlines.read(reader)
                ended = await store.get_ended_campaigns(reader, now - RETURN_AFTER, after, limit)
                left = await store.get_budgets(reader, ended)
            moves = (
                (return_budgets, ReturnBudget(campaign_id=id, shop_id=shop_id, at=now))
                for id, shop_id in ended.items()
                if left.get(id)
            )
            last = max(ended) if len(ended) == limit else LAST
            await self.deadlines.meet(database, aside, moves, after=after, last=last)
            if last == LAST:
                return 0  # Nothing is left that a second look would find today.
            after = last


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what coupons hear of."""
    return [Subscription(name="coupons.book", events=(BudgetTouched,), caller=Reactions(batchers).book)]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what coupons do by the clock."""
    return [Job(name=RETURN, every=RETURN_EVERY, work=Reactions(batchers).return_budgets)]
