"""Writes events in the transaction of what they tell of, and delivers them afterwards."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
import structlog

from weiji.events.model import Actor, Delivered, Event, NotYet, Occurrence, Subscription
from weiji.kit import clock, sql
from weiji.kit.batch import Lanes, is_unasked
from weiji.kit.db import LOST_RACES, RETRIES, UNREACHABLE, Database, Reader, Row, Transaction
from weiji.kit.deadlines import LAST
from weiji.kit.ids import distinct_shards, new_id, shard_of, shards_of
from weiji.kit.metrics import EVENTS_DELIVERED, EVENTS_SET_ASIDE, TASKS_FAILED

SQL = sql.beside(__file__)

BATCH: Final = 1_000
"""Events handed to a subscriber at once, and some more: a row of the queue names up to 64, and is taken whole."""

ATTEMPTS: Final = 8
"""Failures after which an event is set aside for a person to look at."""

AT_ONCE: Final = 2
"""Handlers that have their transaction at a time in one process."""

LEASE: Final = timedelta(seconds=60)
"""How long a call outside may take before the event is given to somebody else."""

LOOK: Final = 256
"""Rows of the queue that are looked at in one statement to find who has something due."""

PAGES: Final = 4
"""Statements that one look has for a subscriber, at the most, where much is due to some of its lanes."""

POLL: Final = 1.0
"""Seconds between two looks where no notification comes: a notification is only a hint."""

MEND_EVERY: Final = timedelta(minutes=1)
"""How often a process sees to it that its subscribers are written down: a program from before `seen_at` removes those
that it doesn't know when it starts."""

FORGET_EVERY: Final = timedelta(hours=1)
"""How often it is looked for what no process takes any more."""

FORGOTTEN: Final = timedelta(days=1)
"""After how long without a process that knows it a subscription is removed, and what waits for it set aside."""

LIVE_MAX: Final = 200
"""Ids in one live notification; PostgreSQL takes 8,000 bytes."""

log = structlog.get_logger("weiji.events")


async def publish(tx: Transaction, occurrences: Sequence[Occurrence]) -> None:
    """Write events into their streams and queue them for their subscribers, in the transaction of what they tell of.

    Call it last: it locks the head of every stream named until *tx* ends. One statement, whatever the number.
    """
    if not occurrences:
        return
    streams = [o.stream for o in occurrences]
    later: dict[UUID, int] = {}
    backs = []
    for stream in reversed(streams):
        back = later.get(stream, 0)
        later[stream] = back + 1
        backs.append(back)
    backs.reverse()
    touched = {o.subject_id for o in occurrences}.union(streams)
    callers = {o.stream for o in occurrences if o.event.CHANGES_CALLER}
    actors = [o.actor for o in occurrences]
    await tx.run(
        SQL.publish_events,
        shards_of(streams),
        streams,
        backs,
        [new_id(stream) for stream in streams],
        [type(o.event).__name__ for o in occurrences],
        [o.subject_id for o in occurrences],
        [a.kind for a in actors],
        [a.person_id for a in actors],
        _or_empty([a.request_id for a in actors]),
        _or_empty([a.address for a in actors]),
        [o.event for o in occurrences],
        tx.now,
        _payload(touched),
        _payload(callers) if callers else None,
    )


def _payload(ids: Collection[UUID]) -> str:
    """Name ids in a notification. Where they are too many, an empty one says "look at everything"."""
    return " ".join(map(str, ids)) if len(ids) <= LIVE_MAX else ""


def _or_empty(values: list[str | None]) -> list[str | None]:
    """Spare a column without values: clocks and benches have no address."""
    return values if any(values) else []


async def get_events(reader: Reader, stream: UUID, after: int, limit: int) -> list[Row]:
    """Read the log of a stream, in order, from the first number greater than *after*."""
    return await reader.rows(SQL.get_events, shard_of(stream), stream, after, limit)


async def get_logs(
    reader: Reader,
    parts: Sequence[tuple[UUID, int, int]],
    told: Collection[type[Event]],
    noted: Collection[type[Event]],
    acting: str,
) -> list[Row]:
    """Read parts of logs, each of a stream, from the first number greater than one up to another; in order.

    Events of the types *told* come with their data, those of the types *noted* without; and so does whatever somebody
    of the kind *acting* did from an address.
    """
    streams = [stream for stream, _, _ in parts]
    return await reader.rows(
        SQL.get_logs,
        shards_of(streams),
        streams,
        [after for _, after, _ in parts],
        [upto for _, _, upto in parts],
        [event.__name__ for event in told],
        [event.__name__ for event in noted],
        acting,
    )


async def get_addresses(reader: Reader, subjects: Collection[UUID], event: type[Event]) -> dict[UUID, Any]:
    """Read from which addresses events of one type came, by what they are about."""
    ids = sorted(subjects)
    rows = await reader.rows(SQL.get_addresses, distinct_shards(ids), ids, event.__name__)
    return {row["subject_id"]: row["address"] for row in rows}


async def get_firsts(reader: Reader, subjects: Collection[UUID], event: type[Event]) -> dict[UUID, int]:
    """Read which number the first event of one type about each thing has in its stream."""
    ids = sorted(subjects)
    rows = await reader.rows(SQL.get_firsts, distinct_shards(ids), ids, event.__name__)
    return {row["subject_id"]: row["seq"] for row in rows}


async def get_trail(reader: Reader, subject: UUID, limit: int = 200) -> list[Row]:
    """Read what happened to one thing, and who did it. The thing must be in the shard of its stream."""
    return await reader.rows(SQL.get_trail, shard_of(subject), subject, limit)


async def list_trail(reader: Reader, subject: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Read what happened to one thing, and who did it, the latest first, before one that was seen."""
    return await reader.rows(SQL.list_trail, shard_of(subject), subject, before, limit)


async def list_log(reader: Reader, stream: UUID, before: int | None, limit: int) -> list[Row]:
    """Read what is in a stream, and who did it, the latest first, before the number of what was seen."""
    return await reader.rows(SQL.list_log, shard_of(stream), stream, before, limit)


async def get_trails(
    reader: Reader,
    subjects: Collection[UUID],
    told: Collection[type[Event]],
    limit: int,
    *,
    status: str | None = None,
) -> list[Row]:
    """Read what of some types happened to several things, of each the last so many, the oldest first.

    With *status*, of events that tell of a status only those that tell of this one.
    """
    ids = sorted(subjects)
    return await reader.rows(SQL.get_trails, distinct_shards(ids), ids, [e.__name__ for e in told], limit, status)


async def list_staff_acts(
    reader: Reader,
    *,
    person_id: UUID | None = None,
    type: str | None = None,
    about: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """Read what the operator's staff did, the latest first: by person, type, thing and time."""
    facts = (type, about, since, until, *(before or (None, None)), limit)
    if person_id is None:
        return await reader.rows(SQL.list_staff_acts, *facts)
    return await reader.rows(SQL.list_acts_of_person, *facts, person_id)


async def list_acts_of_colleagues(
    reader: Reader, person_id: UUID | None, types: Collection[type[Event]], since: datetime, limit: int
) -> list[Row]:
    """Read what of some types the operator's staff did since a time, but for one of them: the latest first."""
    return await reader.rows(SQL.list_acts_of_colleagues, since, [each.__name__ for each in types], person_id, limit)


async def get_set_aside(reader: Reader, limit: int = 100) -> list[Row]:
    """Read the deliveries that failed too often, newest first."""
    return await reader.rows(SQL.get_set_aside, limit)


async def is_quiet(reader: Reader) -> bool:
    """Tell whether every event has been dealt with, but for those that were set aside. It may look at a whole queue."""
    quiet: bool = await reader.value(SQL.is_quiet)
    return quiet


async def resume_deliveries(tx: Transaction, deliveries: Sequence[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Queue deliveries that were set aside once more, each (subscriber, event id). Returns those that there were."""
    shards = [shard_of(id) for _, id in deliveries]
    rows = await tx.rows(
        SQL.resume_deliveries, shards, [name for name, _ in deliveries], [id for _, id in deliveries], tx.now
    )
    return {(row["subscriber"], row["id"]) for row in rows}


class Deliverer:
    """Takes queued events to their subscribers. Each lane of each goes on by itself: a slow one holds nobody up."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription], lanes: Lanes) -> None:
        self.database = database
        self.subscriptions = {subscription.name: subscription for subscription in subscriptions}
        self.lanes = lanes
        self._woken: set[tuple[str, int]] = set()
        self._busy: set[tuple[str, int]] = set()
        self._wake = asyncio.Event()
        self._seen: dict[str, UUID] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def install(self) -> None:
        """Write down who hears of what, so that every process that publishes queues for the same subscribers.

        What this program doesn't know is left alone: a process of another version may take it.
        """
        pairs = [(event.__name__, s.name) for s in self.subscriptions.values() for event in s.events]
        async with self.database.transaction() as tx:
            await tx.run(
                SQL.keep_subscriptions, [event for event, _ in pairs], [name for _, name in pairs], clock.wall()
            )

    async def _mend(self) -> None:
        """Look after the subscriptions, until cancelled."""
        loop = asyncio.get_running_loop()
        forgets_at = loop.time()
        while True:
            await asyncio.sleep(MEND_EVERY.total_seconds())
            try:
                await self.install()
                if loop.time() >= forgets_at:
                    await self.forget()
                    forgets_at = loop.time() + FORGET_EVERY.total_seconds()
            except (*UNREACHABLE, *LOST_RACES) as error:
                self.database.outage.warn(log, "subscriptions not looked after", error)

    async def forget(self) -> int:
        """Remove what no process has known for a day, and set aside what has been due to such for as long.

        Returns the number of events set aside: people see them, and may resume them for a program that takes them.
        """
        async with self.database.read() as reader:
            await reader.run(SQL.remove_subscriptions, clock.wall() - FORGOTTEN)
            known = {row["subscriber"] for row in await reader.rows(SQL.get_subscribers)}
        known.update(self.subscriptions)
        due, _ = await self._find_due(clock.now() - FORGOTTEN, {})
        return sum([await self._set_aside_all(name, lane) for name, lane in sorted(due) if name not in known])

    async def _set_aside_all(self, name: str, lane: int) -> int:
        """Set aside what has been due for long to somebody whom no process knows, each event by itself."""
        total = 0
        while True:
            async with self.database.transaction() as tx:
                rows = await _lease(tx, name, self.lanes.shards[lane], tx.now - FORGOTTEN)
                if not rows:
                    return total
                await _split(tx, name, rows)
                shards, ids = sorted({row["shard"] for row in rows}), [row["id"] for row in rows]
                await tx.run(SQL.set_aside_deliveries, shards, name, ids, tx.now, "no program that runs takes it")
            log.error("events that nobody takes were set aside", subscriber=name, events=len(rows))
            EVENTS_SET_ASIDE.labels(name).inc(len(rows))
            total += len(rows)

    def wake(self, due: str) -> None:
        """Look at once where something is due: `subscriber/shard`, separated by spaces. The last may be cut off."""
        for one in due.split():
            name, _, shard = one.partition("/")
            if name in self.subscriptions:
                self._woken.add((name, int(shard or 0) % self.lanes.count))
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self.install()
        loop = asyncio.get_running_loop()
        looks_at = loop.time()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mend())
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(looks_at):
                        await self._wake.wait()
                self._wake.clear()
                if loop.time() >= looks_at:  # However often it is woken: nobody wakes it for what was put off.
                    try:
                        await self._look()
                    except UNREACHABLE as error:
                        self.database.outage.warn(log, "not looked for what is due", error)
                    looks_at = loop.time() + POLL
                for place in self._woken - self._busy:
                    self._busy.add(place)
                    group.create_task(self._go_on(place))

    async def _go_on(self, place: tuple[str, int]) -> None:
        """Deliver to a lane of a subscriber for as long as it is woken.

        Handlers have turns, a batch each: each holds a connection. Callers hold none while they wait for somebody.
        """
        name, lane = place
        try:
            subscription = self.subscriptions[name]
            while place in self._woken:
                async with self._turns if subscription.handler else nullcontext():
                    self._woken.discard(place)
                    count = await self._deliver_batch(subscription, self.lanes.shards[lane])
                if count >= BATCH:
                    self._woken.add(place)
        except (*UNREACHABLE, *LOST_RACES) as error:  # The next look finds what is left.
            self.database.outage.warn(log, "not delivered", error, subscriber=name)
        except Exception:
            log.exception("not delivered", subscriber=name)
            TASKS_FAILED.labels("deliverer").inc()
        finally:
            self._busy.discard(place)

    async def _look(self) -> None:
        """Ask the database to whom something is due."""
        due, self._seen = await self._find_due(clock.now(), self._seen)
        self._woken.update(place for place in due if place[0] in self.subscriptions)

    async def _find_due(self, at: datetime, seen: Mapping[str, UUID]) -> tuple[set[tuple[str, int]], dict[str, UUID]]:
        """Read to whom something was due at a moment, subscribers and lanes, those that others know among them.

        However much is: of a subscriber that has more than some pages, one lane may hide the others. Returned is also
        up to where such were *seen*; of these, the next look reads the first page and goes on from there.
        """
        due: set[tuple[str, int]] = set()
        cut: dict[str, UUID] = {}
        name, id, pages = "", LAST, 0
        async with self.database.read() as reader:
            while rows := await reader.rows(SQL.get_due_subscribers, at, name, id, LOOK):
                due.update((row["subscriber"], row["shard"] % self.lanes.count) for row in rows)
                if len(rows) < LOOK:
                    break
                last, id = rows[-1]["subscriber"], rows[-1]["id"]
                name, pages = last, pages + 1 if last == name else 1
                if all((name, lane) in due for lane in range(self.lanes.count)):  # On to the next subscriber.
                    id = LAST
                elif pages == 1:
                    id = max(id, seen.get(name, id))
                elif pages == PAGES:
                    cut[name], id = id, LAST
        return due, cut

    async def deliver_woken(self) -> int:
        """Deliver what `wake` told of, and no more; return how many there were."""
        woken, self._woken = self._woken, set()
        return await self.deliver(woken)

    async def deliver_due(self) -> int:
        """Ask the database to whom something is due, and deliver that; return how many there were."""
        await self._look()
        return await self.deliver_woken()

    async def deliver(self, woken: Collection[tuple[str, int]] | None = None) -> int:
        """Deliver what is due to subscribers, until nothing is; return how many there were.

        *woken* names subscribers and their lanes; without it, all are looked at.
        """
        total = 0
        for name, subscription in self.subscriptions.items():
            lanes = [lane for lane in range(self.lanes.count) if woken is None or (name, lane) in woken]
            total += sum(
                await asyncio.gather(*(self._deliver_lane(subscription, self.lanes.shards[lane]) for lane in lanes))
            )
        return total

    async def _deliver_lane(self, subscription: Subscription, shards: list[int]) -> int:
        total = 0
        while True:
            count = await self._deliver_batch(subscription, shards)
            total += count
            if count < BATCH:
                return total

    async def drain(self) -> None:
        """Deliver until no subscriber has anything due: what one does may be another's event."""
        while await self.deliver_due():
            pass

    async def _deliver_batch(self, subscription: Subscription, shards: list[int]) -> int:
        deliver = self._handle if subscription.handler else self._call
        for attempt in range(1, RETRIES + 1):
            try:
                count = await deliver(subscription, shards)
                break
            except UNREACHABLE:
                raise
            except Exception as error:
                if isinstance(error, LOST_RACES) and attempt < RETRIES:
                    continue  # Nothing was taken off the queue.
                if is_unasked(error):
                    self.database.outage.warn(log, "not delivered", error, subscriber=subscription.name)
                    return 0  # The next look finds them.
                if not isinstance(error, NotYet):
                    log.exception("subscriber failed; giving it its events one by one", subscriber=subscription.name)
                count = await self._one_by_one(subscription, shards)
                break
        EVENTS_DELIVERED.labels(subscription.name).inc(count)
        return count

    async def _handle(self, subscription: Subscription, shards: list[int]) -> int:
        assert subscription.handler
        async with self.database.transaction() as tx:
            rows = await _lease(tx, subscription.name, shards)
            if rows:
                await subscription.handler(tx, [_delivered(row) for row in rows])
                await _end(tx, subscription.name, rows)
        return len(rows)

    async def _call(self, subscription: Subscription, shards: list[int]) -> int:
        assert subscription.caller
        async with self.database.read() as reader:
            rows = await _lease(reader, subscription.name, shards)
        if rows:
            try:
                await subscription.caller(self.database, [_delivered(row) for row in rows])
            except UNREACHABLE:
                raise
            except Exception:
                async with self.database.read() as reader:
                    await reader.run(SQL.end_leases, *_ids_of(rows, subscription.name), clock.now())
                raise
            async with self.database.read() as reader:
                await _end(reader, subscription.name, rows)
        return len(rows)

    async def _one_by_one(self, subscription: Subscription, shards: list[int]) -> int:
        """Give a subscriber that failed its events singly, and put off or set aside the one that it can't take."""
        count = 0
        async with self.database.transaction() as tx:
            rows = await _lease(tx, subscription.name, shards)
            await _split(tx, subscription.name, rows)
        for row in rows:
            try:
                if subscription.caller:
                    await subscription.caller(self.database, [_delivered(row)])
                async with self.database.transaction() as tx:
                    if subscription.handler:
                        await subscription.handler(tx, [_delivered(row)])
                    await tx.run(SQL.end_deliveries, [row["shard"]], subscription.name, [row["id"]])
                count += 1
            except Exception as error:
                is_unique = isinstance(error, asyncpg.UniqueViolationError)  # Which it may be at each try.
                if is_unasked(error) or (isinstance(error, (*UNREACHABLE, *LOST_RACES)) and not is_unique):
                    continue  # Its lease runs out, and it comes again.
                await self._put_off(subscription, row, error)
        return count

    async def _put_off(self, subscription: Subscription, row: Row, error: Exception) -> None:
        attempts = row["attempts"] + 1
        is_last = attempts >= ATTEMPTS
        is_early = isinstance(error, NotYet) and not is_last
        (log.info if is_early else log.error)(
            "event came too early" if is_early else "event failed",
            subscriber=subscription.name,
            event_id=str(row["id"]),
            attempts=attempts,
            set_aside=is_last,
            exc_info=None if is_early else error,
        )
        async with self.database.transaction() as tx:
            await tx.run(
                SQL.fail_delivery,
                row["shard"],
                subscription.name,
                row["id"],
                tx.now + timedelta(seconds=2**attempts),
                f"{type(error).__name__}: {error}"[:2_000].replace("\x00", ""),
                tx.now if is_last else None,
            )
        if is_last:
            EVENTS_SET_ASIDE.labels(subscription.name).inc()


async def _lease(reader: Reader, name: str, shards: list[int], due_at: datetime | None = None) -> list[Row]:
    """Take what is due to a subscriber off the queue until the lease ends."""
    now = clock.now()
    return await reader.rows(SQL.lease_deliveries, shards, name, due_at or now, BATCH, now + LEASE)


async def _split(tx: Transaction, name: str, rows: Sequence[Row]) -> None:
    """Have a row of the queue for each event that was leased."""
    await tx.run(SQL.split_deliveries, *_ids_of(rows, name))
    await tx.run(SQL.keep_first_events, *_ids_of(rows, name))


async def _end(reader: Reader, name: str, rows: Sequence[Row]) -> None:
    """Take events off the queue for good: all of those that were leased together."""
    await reader.run(SQL.end_deliveries, *_ids_of(rows, name))


def _ids_of(rows: Sequence[Row], name: str) -> tuple[list[int], str, list[UUID]]:
    deliveries = {row["delivery_id"]: row["shard"] for row in rows}
    return sorted(set(deliveries.values())), name, list(deliveries)


def _delivered(row: Row) -> Delivered:
    kind: Any = Event.TYPES[row["type"]]
    return Delivered(
        row["id"],
        row["stream"],
        row["subject_id"],
        Actor(row["actor_kind"], row["actor_id"], row["request_id"]),
        row["at"],
        msgspec.json.decode(row["data"], type=kind),
    )
