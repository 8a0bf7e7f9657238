"""What happens about enrolments by events and by the clock: shops are asked, applied for, followed, and forgotten."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.events import BY_SYSTEM, Delivered, Subscription
from weiji.events.onboarding import ApplicationApproved
from weiji.events.shops import ShopHandedOver
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.kit.jobs import Job
from weiji.payments import (
    REGISTRY,
    Applicant,
    Channel,
    Enrolled,
    Enrolment,
    EnrolmentStatus,
    Followed,
    RecordEnrolment,
    WantEnrolment,
    enrolment_number,
    forget_enrolments,
    get_due_enrolments,
    record_enrolments,
    want_enrolments,
)
from weiji.settlement.enrolling.papers import PAPERS_GONE, read_applicant

FOLLOW_EVERY: Final = timedelta(seconds=5)

AT_ONCE: Final = 8
"""Shops that are applied for in one run: each has megabytes of pictures."""


class Enrolling:
    """Enrolments, by the operations everybody uses. *base* is the address at which everybody reaches this platform."""

    def __init__(self, batchers: Batchers, base: str | None = None) -> None:
        self.batchers = batchers
        self.base = base

    async def want(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ApplicationApproved: whoever showed here who they are is asked to apply where shops are taken on."""
        commands = [
            WantEnrolment(shop_id=delivered.event.shop_id, channel=channel, actor=BY_SYSTEM)
            for delivered in batch
            for channel in sorted(REGISTRY.enrolling_names)
        ]
        await self.batchers.of(want_enrolments, "shop_id").submit_all(commands)

    async def follow(self, database: Database, limit: int) -> int:
        """Hand in and ask about whatever it is time for; return how many there were."""
        total = 0
        for shards in self.batchers.lanes.shards:
            async with database.read() as reader:
                due = await get_due_enrolments(reader, shards, clock.now(), min(limit, AT_ONCE))
            total += len(due)
            for name in sorted({each.channel for each in due}):
                its = [each for each in due if each.channel == name]
                channel = REGISTRY.find(name)
                said = await self._ask(database, channel, its) if channel else [Enrolled()] * len(its)
                commands = [
                    RecordEnrolment(
                        shop_id=each.shop_id,
                        channel=name,
                        created_at=each.created_at,
                        attempt=each.attempts,
                        said=one,
                    )
                    for each, one in zip(its, said, strict=True)
                ]
                await self.batchers.of(record_enrolments, "shop_id").submit_all(commands)
        return total

    async def _ask(self, database: Database, channel: Channel, enrolments: Sequence[Enrolment]) -> list[Enrolled]:
        new = [each for each in enrolments if each.status is EnrolmentStatus.HANDED_IN]
        applicants: dict[int, Applicant | None] = {}
        for each in new:
            applicants[id(each)] = await read_applicant(database, each, self.base)
        ready = [each for each in new if applicants[id(each)]]
        old = [each for each in enrolments if each.status is not EnrolmentStatus.HANDED_IN]
        said = {id(each): Enrolled(fault=PAPERS_GONE) for each in new}
        asked = [applicant for each in ready if (applicant := applicants[id(each)])]
        said |= dict(zip(map(id, ready), await channel.enrol(asked) if asked else [], strict=True))
        followed = [Followed(enrolment_number(each), each.reference) for each in old]
        said |= dict(zip(map(id, old), await channel.follow(followed) if followed else [], strict=True))
        return [said[id(each)] for each in enrolments]


async def forget(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """ShopHandedOver: the new owner is no sub-merchant, and what the one before answered is removed."""
    await forget_enrolments(tx, sorted({delivered.event.shop_id for delivered in batch}))


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what enrolments hear of."""
    return [
        Subscription(name="settlement.want_enrolments", events=(ApplicationApproved,), caller=Enrolling(batchers).want),
        Subscription(name="settlement.forget_enrolments", events=(ShopHandedOver,), handler=forget),
    ]


def jobs(batchers: Batchers, base: str | None) -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name="settlement.follow_enrolments", every=FOLLOW_EVERY, work=Enrolling(batchers, base).follow)]
