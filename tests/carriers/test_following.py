"""Proves that what trackers say is recorded once, in whatever order, and that each parcel is asked for in time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.carriers.examples import HOUR, NOW, parcel, report
from weiji.carriers import FollowStatus, ParcelState, follow_parcels, store
from weiji.carriers.model import EVENTS_MAX, Parcel, RecordReport, RecordStatus, Report, TrackingEvent
from weiji.carriers.operations import record_reports
from weiji.carriers.polling import Polling
from weiji.carriers.rules import FIRST_POLL, FOLLOWED_FOR, judge_report, next_poll
from weiji.carriers.trackers import REGISTRY, Told
from weiji.carriers.trackers.simulated import SimulatedTracker
from weiji.kit.batch import Batcher, Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id

S = ParcelState


async def standing(tx: Transaction, id: UUID) -> Parcel:
    return (await store.lock_parcels(tx, [id]))[id]


async def told(tx: Transaction, shop_id: UUID) -> list[tuple[str, str]]:
    rows = await tx.connection.fetch("select type, data from events.events where stream = $1 order by seq", shop_id)
    return [(row["type"], row["data"].get("state", "")) for row in rows]


async def test_a_parcel_is_followed_once_and_asked_for_an_hour_after_it_was_sent(tx: Transaction) -> None:
    first = parcel(new_id())
    unknown = parcel(new_id(), "123", "同城配送")
    assert await follow_parcels(tx, [first, unknown, first]) == [
        FollowStatus.FOLLOWED, FollowStatus.FOLLOWED, FollowStatus.EXISTS,
    ]  # fmt: skip
    assert await follow_parcels(tx, [first]) == [FollowStatus.EXISTS]
    found = await standing(tx, first.id)
    assert (found.carrier, found.state, found.phone_end) == ("yto", S.ANNOUNCED, "8000")
    assert found.poll_at == max(first.shipped_at + FIRST_POLL, tx.now)
    assert (await standing(tx, unknown.id)).poll_at is None, "nobody can be asked about it"


async def test_reports_move_parcels_and_tell_of_it(tx: Transaction) -> None:
    one = parcel(new_id())
    await follow_parcels(tx, [one])
    assert await record_reports(
        tx,
        [
            report(one.id, S.COLLECTED, 2),
            report(one.id, S.COLLECTED, 3, "称重"),
            report(one.id, S.COLLECTED, 3, "称重"),
            report(new_id(), S.COLLECTED, 2),
            report(one.id, S.DELIVERED, 20),
            report(one.id, S.IN_TRANSIT, 10, "late"),
        ],
    ) == [
        RecordStatus.MOVED, RecordStatus.RECORDED, RecordStatus.UNCHANGED, RecordStatus.PARCEL_NOT_FOUND,
        RecordStatus.MOVED, RecordStatus.UNCHANGED,
    ]  # fmt: skip
    found = await standing(tx, one.id)
    assert found.state is S.DELIVERED
    assert found.delivered_at == one.shipped_at + 20 * HOUR
    assert found.poll_at is None
    texts = await tx.connection.fetch("select text from carriers.events where parcel_id = $1 order by at", one.id)
    assert [row["text"] for row in texts] == ["collected 2", "称重", "late", "delivered 20"]
    assert await told(tx, one.shop_id) == [("ParcelMoved", "collected"), ("ParcelDelivered", "")]


async def test_nothing_was_delivered_before_it_was_sent(tx: Transaction) -> None:
    one = parcel(new_id())
    await follow_parcels(tx, [one])
    await record_reports(tx, [report(one.id, S.DELIVERED, -70)])
    found = await standing(tx, one.id)
    assert (found.state, found.delivered_at) == (S.DELIVERED, one.shipped_at)


async def test_what_was_delivered_and_goes_back_keeps_when_it_was_delivered(tx: Transaction) -> None:
    one = parcel(new_id())
    await follow_parcels(tx, [one])
    await record_reports(tx, [report(one.id, S.DELIVERED, 12), report(one.id, S.RETURNING, 14)])
    await record_reports(tx, [report(one.id, S.DELIVERED, 16)])
    assert (await standing(tx, one.id)).delivered_at == one.shipped_at + 12 * HOUR
    assert [name for name, _ in await told(tx, one.shop_id)] == ["ParcelDelivered", "ParcelMoved", "ParcelMoved"]


STATES = st.sampled_from([S.COLLECTED, S.IN_TRANSIT, S.DELIVERING, S.DELIVERED, S.PROBLEM])
SAYINGS = st.lists(st.tuples(st.integers(0, 2), STATES, st.integers(0, 30), st.booleans()), min_size=1, max_size=14)


@given(SAYINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(tx: Transaction, sayings: list[tuple[int, S, int, bool]]) -> None:
    """A batch is answered as its commands would be, one after another."""
    ends = []
    for is_batch in (True, False):
        shop = new_id()
        parcels = [parcel(shop), parcel(shop)]  # Of three that are named, one is not followed.
        await follow_parcels(tx, parcels)
        ids = [each.id for each in parcels] + [new_id(shop)]
        commands = [
            RecordReport(parcel_id=ids[which], report=None) if is_silent else report(ids[which], state, hours)
            for which, state, hours, is_silent in sayings
        ]
        answers = (
            await record_reports(tx, commands)
            if is_batch
            else [(await record_reports(tx, [command]))[0] for command in commands]
        )
        found = [await standing(tx, id) for id in ids[:2]]
        facts = [(each.state, each.delivered_at, each.told_at, each.poll_at, each.failures) for each in found]
        count = await tx.connection.fetchval(
            "select count(*) from carriers.events where parcel_id = any($1::uuid[])", ids
        )
        ends.append((answers, facts, count, await told(tx, shop)))
    assert ends[0] == ends[1]


@given(st.permutations([(S.COLLECTED, 2), (S.IN_TRANSIT, 8), (S.DELIVERING, 30), (S.DELIVERED, 31)]))
def test_the_order_in_which_reports_come_does_not_matter(order: list[tuple[S, int]]) -> None:
    standing = example()
    for state, hours in order:
        _, standing, _ = judge_report(standing, report(standing.id, state, hours), NOW)
    assert (standing.state, standing.told_at) == (S.DELIVERED, standing.shipped_at + 31 * HOUR)


def example(state: S = S.ANNOUNCED, failures: int = 0) -> Parcel:
    shop = new_id()
    return Parcel(
        id=new_id(shop), carrier="yto", tracking_number="YT1", phone_end="", region="", shipped_at=NOW - 24 * HOUR,
        order_id=new_id(shop), shop_id=shop, state=state, delivered_at=None, told_at=None, poll_at=NOW,
        subscribed_at=None, failures=failures,
    )  # fmt: skip


def test_events_of_another_parcel_with_the_number_and_of_the_future_are_no_events() -> None:
    one = example()
    for hours in (-80, 24 + 25):
        status, after, kept = judge_report(one, report(one.id, S.DELIVERED, hours), NOW)
        assert (status, after.state, kept) == (RecordStatus.UNCHANGED, S.ANNOUNCED, [])
    many = tuple(TrackingEvent(at=NOW, text=f"{n}") for n in range(EVENTS_MAX + 5))
    _, _, kept = judge_report(one, RecordReport(parcel_id=one.id, report=Report(state=S.COLLECTED, events=many)), NOW)
    assert len(kept) == EVENTS_MAX


def test_questions_become_rarer_and_end() -> None:
    waits = [next_poll(example(failures=n), NOW) for n in range(1, 12)]
    assert waits == sorted(waits, key=lambda at: at or NOW)
    assert waits[0] == NOW + timedelta(minutes=10)
    assert waits[-1] == NOW + 12 * HOUR
    assert next_poll(example(S.DELIVERING), NOW) == NOW + timedelta(minutes=30)
    assert next_poll(example(), NOW + FOLLOWED_FOR) is None
    assert next_poll(example(S.DELIVERED), NOW) is None
    assert next_poll(example(S.RETURNED), NOW) is None


async def test_two_reports_at_once_deliver_once(database: Database) -> None:
    one = parcel(new_id())
    async with database.transaction() as tx:
        await follow_parcels(tx, [one])

    async def record(hours: float) -> RecordStatus:
        async with database.transaction() as tx:
            return (await record_reports(tx, [report(one.id, S.DELIVERED, hours)]))[0]

    statuses = await asyncio.gather(*(record(12 + n / 10) for n in range(8)))
    assert statuses.count(RecordStatus.MOVED) == 1
    async with database.transaction() as tx:
        assert [name for name, _ in await told(tx, one.shop_id)] == ["ParcelDelivered"]


async def test_the_database_refuses_what_can_not_be(tx: Transaction) -> None:
    one = parcel(new_id())
    await follow_parcels(tx, [one])
    for change, name in (
        ("state = 'delivered'", "parcels_delivered_at_some_time"),
        ("state = 'lost'", "parcels_state_is_known"),
        ("failures = -1", "parcels_failures_range"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=name):
            async with tx.connection.transaction():
                await tx.connection.execute(f"update carriers.parcels set {change} where id = $1", one.id)  # noqa: S608


class Tracker(SimulatedTracker):
    """One that may be silent, and that promises to tell."""

    pushes = True

    def __init__(self) -> None:
        self.is_silent = False
        self.asked = 0
        self.promises = 0

    async def query(self, shipments: object) -> list[Report | None]:
        reports = await super().query(shipments)  # type: ignore[arg-type]
        self.asked += len(reports)
        return [None for _ in reports] if self.is_silent else reports

    async def subscribe(self, shipments: object) -> list[bool]:
        self.promises += len(shipments)  # type: ignore[arg-type]
        return [True for _ in shipments]  # type: ignore[attr-defined]


async def test_the_job_asks_once_until_the_next_time_and_takes_what_is_told(database: Database, lanes: Lanes) -> None:
    batchers = Batchers(database, lanes)
    polling = Polling(batchers)
    REGISTRY.register(None)
    one, two = parcel(new_id()), parcel(new_id(), "JT1234567890123", "极兔速递")
    async with database.transaction() as tx:
        await follow_parcels(tx, [one, two])
    assert await polling.poll(database, 500) == 0, "nobody is there to ask"
    tracker = Tracker()
    REGISTRY.register(tracker)
    try:
        tracker.is_silent = True
        assert await polling.poll(database, 500) == 2
        async with database.transaction() as tx:
            assert (await standing(tx, one.id)).failures == 1
            await tx.connection.execute("update carriers.parcels set poll_at = $1", tx.now)
        tracker.is_silent = False
        assert await polling.poll(database, 500) == 2
        assert await polling.poll(database, 500) == 0
        assert (tracker.asked, tracker.promises) == (4, 2)
        async with database.transaction() as tx:
            found = await standing(tx, one.id)
            assert found.state not in (S.ANNOUNCED, S.DELIVERED)
            assert found.failures == 0
            assert found.poll_at is not None
            assert found.poll_at > tx.now + 23 * HOUR, "it promised to tell"
        said = report(one.id, S.DELIVERED, 23.9).report
        assert said is not None
        taken = await polling.take(
            database, [Told("YT1234567890123", "yto", said), Told("JT1234567890123", "yto", said)]
        )
        assert taken == 1, "the second is another carrier's parcel"
        async with database.transaction() as tx:
            assert (await standing(tx, one.id)).state is S.DELIVERED
            assert (await standing(tx, two.id)).state is not S.DELIVERED
    finally:
        REGISTRY.register(None)
        await batchers.close()


async def test_commands_of_many_callers_ride_together(database: Database, lanes: Lanes) -> None:
    batcher = Batcher(database, follow_parcels, owner=lambda command: command.order_id, lanes=lanes)
    commands = [parcel(new_id()) for _ in range(20)]
    assert await asyncio.gather(*map(batcher.submit, commands)) == [FollowStatus.FOLLOWED] * 20
    await batcher.close()
