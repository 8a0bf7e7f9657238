"""What the operator's staff may do beside what modules offer: each leaves a trace of who did it."""

from collections.abc import Sequence
from datetime import MINYEAR, date, datetime, time
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor, Occurrence, publish
from weiji.events.outbox import resume_deliveries
from weiji.events.supervision import DeadlineResumed, DeliveryResumed
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Transaction
from weiji.kit.deadlines import try_again
from weiji.kit.ids import derive, new_id


class ResumeDelivery(Struct, frozen=True, kw_only=True):
    """Give a subscriber an event once more that it failed to take. The actor is a person."""

    subscriber: str
    event_id: UUID
    actor: Actor


class ResumeStatus(StrEnum):
    """How resuming ended."""

    RESUMED = "resumed"
    NOT_FOUND = "not_found"
    """It is not set aside: somebody resumed it already, or it never was."""


async def resume_set_aside(tx: Transaction, commands: Sequence[ResumeDelivery]) -> list[ResumeStatus]:
    """Queue deliveries that were set aside once more. Publishes DeliveryResumed in the stream of who did it."""
    left = await resume_deliveries(tx, list({(c.subscriber, c.event_id): None for c in commands}))
    statuses = []
    told = []
    for command in commands:
        key = (command.subscriber, command.event_id)
        if key not in left:
            statuses.append(ResumeStatus.NOT_FOUND)
            continue
        left.remove(key)
        statuses.append(ResumeStatus.RESUMED)
        person_id = command.actor.person_id
        assert person_id is not None
        event = DeliveryResumed(subscriber=command.subscriber, event_id=command.event_id)
        told.append(Occurrence(event, person_id, derive(person_id, "resumed", *key), command.actor))
    await publish(tx, told)
    return statuses


class ResumeDeadline(Struct, frozen=True, kw_only=True):
    """Have something tried again that a job could not do. The actor is a person."""

    job: str
    id: UUID
    actor: Actor


async def resume_deadlines(tx: Transaction, commands: Sequence[ResumeDeadline]) -> list[ResumeStatus]:
    """Have what jobs set aside tried again in their next run. Publishes DeadlineResumed in the stream of who asked."""
    left = await try_again(tx, sorted({(c.job, c.id) for c in commands}))
    told = []
    for command in commands:
        person_id = command.actor.person_id
        assert person_id is not None
        if (command.job, command.id) in left:
            event = DeadlineResumed(job=command.job, id=command.id)
            told.append(Occurrence(event, person_id, new_id(person_id), command.actor))
    await publish(tx, told)
    return [ResumeStatus.RESUMED if (c.job, c.id) in left else ResumeStatus.NOT_FOUND for c in commands]


def time_of(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """Say from when until when days in Shanghai are, for a search of what staff did."""
    # The first year begins before time does, in UTC.
    since = datetime.combine(first, time.min, SHANGHAI) if first and first.year > MINYEAR else None
    return since, datetime.combine(last, time.max, SHANGHAI) if last else None
