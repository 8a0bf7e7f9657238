"""What happens about enrolments by events and by the clock: shops are asked, applied for, followed, and forgotten."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from msgspec.structs import replace

from weiji.events import BY_SYSTEM, Delivered, Subscription
from weiji.events.onboarding import ApplicationApproved
from weiji.events.shops import ShopHandedOver
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes, is_unasked
from weiji.kit.db import LOST_RACES, UNREACHABLE, Database, Transaction
from weiji.kit.jobs import Job
from weiji.onboarding import get_checklist
from weiji.payments import (
    REGISTRY,
    Channel,
    Enrolled,
    Enrolment,
    EnrolmentStatus,
    Followed,
    RecordEnrolment,
    Refused,
    Standing,
    WantEnrolment,
    enrolment_number,
    forget_enrolments,
    forget_refused_enrolments,
    get_due_enrolments,
    get_long_refused,
    record_enrolments,
    want_enrolments,
)
from weiji.settlement.enrolling.papers import PAPERS_GONE, open_answers, read_applicant

FOLLOW_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)

AT_ONCE: Final = 8
"""Shops that are applied for in one run: each has megabytes of pictures."""

log = structlog.get_logger("weiji.enrolling")


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
                await self._record(its, said)
        return total

    async def _record(self, enrolments: Sequence[Enrolment], said: Sequence[Enrolled]) -> None:
        """Write down what was said of each; where that can't be, why."""
        commands = [
            RecordEnrolment(
                shop_id=each.shop_id,
                channel=each.channel,
                created_at=each.created_at,
                attempt=each.attempts,
                said=one,
            )
            for each, one in zip(enrolments, said, strict=True)
        ]
        answers = await self.batchers.try_each([(record_enrolments, command) for command in commands], "shop_id")
        failed = [
            replace(command, said=_fault_of(command, answer))
            for command, answer in zip(commands, answers, strict=True)
            if isinstance(answer, Exception) and not is_unasked(answer)
        ]
        await self.batchers.of(record_enrolments, "shop_id").submit_all(failed)
        for fault in filter(is_unasked, answers):
            raise fault  # What the channel said is no fault for that: it says it again.

    async def _ask(self, database: Database, channel: Channel, enrolments: Sequence[Enrolment]) -> list[Enrolled]:
        return await asyncio.gather(*(self._ask_one(database, channel, each) for each in enrolments))

    async def _ask_one(self, database: Database, channel: Channel, enrolment: Enrolment) -> Enrolled:
        """Hand in or ask about one; what fails with it keeps no other waiting, and is told to the operator."""
        try:
            if enrolment.status is not EnrolmentStatus.HANDED_IN:
                followed = Followed(enrolment_number(enrolment), enrolment.reference, open_answers(enrolment))
                (said,) = await channel.follow([followed])
            elif (applicant := await read_applicant(database, enrolment, self.base)) is None:
                return Enrolled(standing=Standing.REFUSED, refusals=(Refused("", PAPERS_GONE),))
            else:
                (said,) = await channel.enrol([applicant])
        except (*UNREACHABLE, *LOST_RACES) as error:
            log.warning("an enrolment could not be read", channel=enrolment.channel, error=str(error))
            return Enrolled()  # The database's trouble ends by itself, and is no fault of the application.
        except Exception as error:
            return _fault_of(enrolment, error)
        return said


def _fault_of(enrolment: Enrolment | RecordEnrolment, error: Exception) -> Enrolled:
    """Write a fault of ours down where our developers look, and where the operator does."""
    log.error("an enrolment failed", shop=str(enrolment.shop_id), channel=enrolment.channel, exc_info=error)
    return Enrolled(fault=f"{type(error).__name__}: {error}")


async def forget_refused(lanes: Lanes, database: Database, limit: int) -> int:
    """Remove what was answered where it was refused and not mended, after as long as applications here are kept."""
    total = 0
    async with database.read() as reader:
        _, checklist = await get_checklist(reader)
    before = clock.now() - timedelta(days=checklist.keep_days)
    for shards in lanes.shards:
        async with database.read() as reader:
            places = await get_long_refused(reader, shards, before, limit)
        if places:
            total += await database.retried(partial(forget_refused_enrolments, places=places, before=before))
    return total


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
    return [
        Job(name="settlement.follow_enrolments", every=FOLLOW_EVERY, work=Enrolling(batchers, base).follow),
        Job(
            name="settlement.forget_refused_enrolments",
            every=FORGET_EVERY,
            work=partial(forget_refused, batchers.lanes),
        ),
    ]
