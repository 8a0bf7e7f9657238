"""Proves that events are numbered without gaps, and reach every subscriber whatever fails."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from structlog.testing import capture_logs

from weiji.events import BY_SYSTEM, Delivered, Event, NotYet, Occurrence, Subscription, outbox, publish
from weiji.events.developers import KeyRevoked
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import TOTAL, Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.live import Live


class SomethingTried(Event, frozen=True, kw_only=True):
    """Happens in these tests only."""

    number: int


def _tried(stream: UUID, number: int) -> Occurrence:
    return Occurrence(SomethingTried(number=number), stream, stream, BY_SYSTEM)


async def test_a_stream_is_numbered_from_1_without_gaps(tx: Transaction) -> None:
    one, two = new_id(), new_id()
    await publish(tx, [_tried(one, 1), _tried(two, 1), _tried(one, 2)])
    await publish(tx, [_tried(one, 3)])
    rows = await outbox.get_events(tx, one, 0, 10)
    assert [(row["seq"], row["data"]["number"]) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    assert [row["seq"] for row in await outbox.get_events(tx, one, 2, 10)] == [3]


async def test_a_look_finds_everybody_and_reads_a_page_of_each_however_much_is_due(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK", 3)
    heard: dict[str, int] = dict.fromkeys("abc", 0)

    def subscription(name: str) -> Subscription:
        async def listen(_: Transaction, batch: Sequence[Delivered]) -> None:
            heard[name] += len(batch)

        return Subscription(name=name, events=(SomethingTried,), handler=listen)

    deliverer = outbox.Deliverer(database, [subscription(name) for name in heard], Lanes(1))
    await deliverer.install()
    for number in range(7):
        async with database.transaction() as tx:
            await publish(tx, [_tried(new_id(), number)])
    before = TOTAL.statements
    await deliverer._look()
    assert TOTAL.statements - before <= len(heard) + 1
    assert {name for name, _ in deliverer._woken} == set(heard)
    await deliverer.drain()
    assert heard == dict.fromkeys("abc", 7)


async def test_what_is_due_to_one_lane_hides_no_other_for_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK", 2)
    monkeypatch.setattr(outbox, "PAGES", 2)
    lanes = Lanes(2)

    async def listen(_: Transaction, __: Sequence[Delivered]) -> None: ...

    def subscription(name: str) -> Subscription:
        return Subscription(name=name, events=(SomethingTried,), handler=listen)

    async def look() -> set[tuple[str, int]]:
        deliverer._woken.clear()
        before = TOTAL.statements
        await deliverer._look()
        assert TOTAL.statements - before <= 2 * outbox.PAGES + 1
        return set(deliverer._woken)

    deliverer = outbox.Deliverer(database, [subscription(name) for name in "ab"], lanes)
    await deliverer.install()
    for lane in [0] * 8 + [1]:
        async with database.transaction() as tx:
            await publish(tx, [_tried(next(id for id in iter(new_id, None) if lanes.of(id) == lane), 1)])
    first, *others = [await look() for _ in range(4)]
    assert first == {("a", 0), ("b", 0)}
    assert {("a", 1), ("b", 1)} <= set().union(*others)


@pytest.mark.parametrize("way", ["handler", "caller"])
async def test_a_poison_event_is_set_aside_and_holds_nobody_up(database: Database, lanes: Lanes, way: str) -> None:
    heard: list[int] = []

    async def listen(_: Transaction | Database, batch: Sequence[Delivered]) -> None:
        for delivered in batch:
            if delivered.event.number == 2:
                raise ValueError("number 2 is poison")
        heard.extend(delivered.event.number for delivered in batch)

    subscription = Subscription(name="listen", events=(SomethingTried,), **{way: listen})
    deliverer = outbox.Deliverer(database, [subscription], lanes)
    await deliverer.install()
    stream = new_id()
    async with database.transaction() as tx:
        await publish(tx, [_tried(stream, n) for n in (1, 2, 3)])
    await deliverer.deliver()
    assert sorted(heard) == [1, 3]
    before = CLOCK.offset
    try:
        for _ in range(outbox.ATTEMPTS):
            CLOCK.follow(CLOCK.offset + timedelta(hours=1))
            await deliverer.deliver()
    finally:
        CLOCK.follow(before)
    async with database.read() as reader:
        rows = await outbox.get_set_aside(reader)
    assert [(row["subscriber"], "number 2 is poison" in row["error"]) for row in rows] == [("listen", True)]
    async with database.transaction() as tx:
        deliveries = [("listen", rows[0]["id"])]
        assert await outbox.resume_deliveries(tx, deliveries) == set(deliveries)


async def test_what_comes_too_early_is_given_again_without_an_alarm(
    database: Database, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []

    async def listen(_: Database, batch: Sequence[Delivered]) -> None:
        if len(batch) == 2 or (batch[0].event.number == 1 and not heard):
            raise NotYet("2 comes before 1 here")
        heard.append(batch[0].event.number)

    deliverer = outbox.Deliverer(
        database, [Subscription(name="listen", events=(SomethingTried,), caller=listen)], lanes
    )
    await deliverer.install()
    stream = new_id()
    async with database.transaction() as tx:
        await publish(tx, [_tried(stream, n) for n in (1, 2)])
    before = CLOCK.offset
    try:
        with capture_logs() as logs:
            monkeypatch.setattr(outbox, "log", structlog.get_logger())
            await deliverer.deliver()
            CLOCK.follow(before + timedelta(seconds=2))
            await deliverer.deliver()
    finally:
        CLOCK.follow(before)
    assert heard == [2, 1]
    assert not [line for line in logs if line["log_level"] == "error"]


@pytest.mark.parametrize("way", ["handler", "caller"])
async def test_of_many_events_in_a_row_two_processes_miss_none(database: Database, lanes: Lanes, way: str) -> None:
    stream, heard = new_id(), set[int]()

    async def listen(on: Transaction | Database, batch: Sequence[Delivered]) -> None:
        numbers = {delivered.event.number for delivered in batch}
        await asyncio.sleep(0.01)
        if 100 in numbers:
            raise ValueError("number 100 is poison")
        heard.update(numbers)

    subscription = Subscription(name="listen", events=(SomethingTried,), **{way: listen})
    deliverers = [outbox.Deliverer(database, [subscription], lanes) for _ in range(2)]
    await deliverers[0].install()
    async with database.transaction() as tx:
        await publish(tx, [_tried(stream, n) for n in range(150)])
        await publish(tx, [_tried(stream, n) for n in range(150, 160)])
    async with database.read() as reader:
        sizes = "select cardinality(seqs) from events.queue order by 1"
        assert [row[0] for row in await reader.connection.fetch(sizes)] == [10, 22, 64, 64]
    await asyncio.gather(*(deliverer.deliver() for deliverer in deliverers))
    for deliverer in deliverers:
        await deliverer.deliver()
    assert heard == set(range(160)) - {100}
    async with database.read() as reader:
        left = await reader.connection.fetch("select attempts, seqs from events.queue")
    assert [(row["seqs"], row["attempts"] > 0) for row in left] == [([101], True)]


async def test_slow_and_busy_subscribers_hold_nobody_up_and_what_was_put_off_is_looked_at_however_busy_it_is(
    database: Database, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL", 0.1)
    slow, tries, heard = set[str](), 0, asyncio.Event()

    async def wait(_: Database, __: Sequence[Delivered]) -> None:
        slow.add(str(len(slow)))
        await asyncio.Event().wait()

    async def listen(_: Transaction, __: Sequence[Delivered]) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:  # In the batch, and alone.
            raise ValueError("not yet")
        heard.set()

    async def toil(_: Transaction, __: Sequence[Delivered]) -> None:
        await asyncio.sleep(0)

    waiting = [f"wait{n}" for n in range(5)]
    toiling = [f"toil{n}" for n in range(outbox.AT_ONCE)]
    subscriptions = [
        *(Subscription(name=name, events=(SomethingTried,), caller=wait) for name in waiting),
        *(Subscription(name=name, events=(SomethingTried,), handler=toil) for name in toiling),
        Subscription(name="listen", events=(SomethingTried,), handler=listen),
    ]
    deliverer = outbox.Deliverer(database, subscriptions, lanes)
    await deliverer.install()
    async with database.transaction() as tx:
        await publish(tx, [_tried(new_id(), 1)])
    before = CLOCK.offset
    running = asyncio.create_task(deliverer.run())
    try:
        async with asyncio.timeout(60):
            while not heard.is_set() or len(slow) < len(waiting):
                deliverer.wake(" ".join(f"{name}/0" for name in toiling))
                await asyncio.sleep(0)
                CLOCK.follow(CLOCK.offset + timedelta(seconds=0.01))
    finally:
        running.cancel()
        await asyncio.wait([running])
        CLOCK.follow(before)


async def test_an_event_that_meets_a_row_at_each_try_is_poison(database: Database, lanes: Lanes) -> None:
    async def listen(tx: Transaction, _: Sequence[Delivered]) -> None:
        for _ in range(2):
            await tx.connection.execute("insert into events.heads (shard, stream, seq) values (0, $1, 1)", UUID(int=0))

    deliverer = outbox.Deliverer(
        database, [Subscription(name="listen", events=(SomethingTried,), handler=listen)], lanes
    )
    await deliverer.install()
    async with database.transaction() as tx:
        await publish(tx, [_tried(new_id(), 1)])
    assert await asyncio.wait_for(deliverer.deliver(), 60) == 0
    async with database.read() as reader:
        assert await reader.connection.fetchval("select attempts from events.queue") == 1


async def test_what_a_program_of_another_version_hears_of_is_kept_until_none_has_run_for_a_day(
    database: Database, lanes: Lanes
) -> None:
    heard: list[str] = []

    def program(*names: str) -> outbox.Deliverer:
        def subscription(name: str) -> Subscription:
            async def listen(_: Transaction, batch: Sequence[Delivered]) -> None:
                heard.extend([name] * len(batch))

            return Subscription(name=name, events=(SomethingTried,), handler=listen)

        return outbox.Deliverer(database, [subscription(name) for name in names], lanes)

    async def tell(count: int) -> None:
        stream = new_id()
        async with database.transaction() as tx:
            await publish(tx, [_tried(stream, n) for n in range(count)])

    async def left() -> list[tuple[str, int, bool]]:
        async with database.read() as reader:
            rows = await reader.connection.fetch(
                "select subscriber, cardinality(seqs), set_aside_at is not null from events.queue order by 1, id"
            )
        return [tuple(row) for row in rows]

    old, new = program("both", "old"), program("both", "new")
    await old.install()
    await new.install()
    await old.install()  # It starts again.
    assert await old.forget() == 0
    await tell(1)
    await new.drain()
    assert sorted(heard) == ["both", "new"]
    await old.drain()
    assert sorted(heard) == ["both", "new", "old"]
    async with database.transaction() as tx:  # What a program does that knows nothing of `seen_at`.
        await tx.connection.execute("delete from events.subscriptions where subscriber = 'new'")
    await new.install()
    async with database.transaction() as tx:
        await tx.connection.execute("update events.subscriptions set seen_at = seen_at - interval '25 hours'")
    await tell(3)
    await new.install()
    assert await new.forget() == 0, "it has not been due for long"
    await tell(1)
    assert await left() == [
        ("both", 3, False),
        ("both", 1, False),
        ("new", 3, False),
        ("new", 1, False),
        ("old", 3, False),
    ]
    before = CLOCK.offset
    try:
        CLOCK.follow(before + timedelta(hours=25))  # Turned: no program was away for as long.
        assert await new.forget() == 3
        await new.drain()
        assert await left() == [("old", 1, True)] * 3
        async with database.read() as reader:
            shown = await outbox.get_set_aside(reader)
        assert {(row["subscriber"], row["error"]) for row in shown} == {("old", "no program that runs takes it")}
        await old.install()
        async with database.transaction() as tx:
            await outbox.resume_deliveries(tx, [("old", row["id"]) for row in shown])
        heard.clear()
        await old.drain()
        assert heard == ["old"] * 3
    finally:
        CLOCK.follow(before)


async def test_who_somebody_is_changes_by_some_events_only(database: Database, database_url: str) -> None:
    live, told = Live(database_url), asyncio.Queue[Collection[str]]()
    live.on_callers = told.put_nowait
    listening = asyncio.create_task(live.run())
    try:
        assert await asyncio.wait_for(told.get(), 60) == (), "whoever begins to listen may have missed anybody"
        one, two = new_id(), new_id()
        for occurrence in (_tried(one, 1), Occurrence(KeyRevoked(key_id=new_id()), two, two, BY_SYSTEM)):
            async with database.transaction() as tx:
                await publish(tx, [occurrence])
        assert await asyncio.wait_for(told.get(), 60) == [str(two)]
        assert told.empty()
    finally:
        listening.cancel()
