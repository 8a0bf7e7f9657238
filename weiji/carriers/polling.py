"""Asks the tracker where parcels are, by the clock, and takes what it tells by itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.carriers import store
from weiji.carriers.model import Parcel, RecordReport, Report
from weiji.carriers.operations import record_reports
from weiji.carriers.rules import FOLLOWED_FOR
from weiji.carriers.trackers import REGISTRY, Told, Tracker
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job

EVERY: Final = timedelta(seconds=10)

LEASE: Final = timedelta(minutes=10)
"""How long asking may take before somebody else asks."""

SAME_NUMBER_MAX: Final = 1_000
"""Parcels that one message may be about: those of several orders may have one number."""


class Polling:
    """What is done with the tracker, outside of transactions."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def poll(self, database: Database, limit: int) -> int:
        """Ask for parcels whose time has come; return how many there were."""
        tracker = REGISTRY.tracker
        if tracker is None:
            return 0
        async with database.transaction() as tx:
            parcels = await store.lease_due_parcels(tx, self.batchers.lanes, min(limit, tracker.batch_max), LEASE)
        if not parcels:
            return 0
        promised = await self._subscribe(tracker, parcels)
        reports = await tracker.query(parcels)
        await self.batchers.of(record_reports, "parcel_id").submit_all(
            [
                RecordReport(parcel_id=parcel.id, report=report, is_subscribed=is_promised)
                for parcel, report, is_promised in zip(parcels, reports, promised, strict=True)
            ]
        )
        # Where the tracker takes fewer at once than a run may deal with, a full batch means that there are more.
        return limit if len(parcels) == tracker.batch_max else len(parcels)

    async def _subscribe(self, tracker: Tracker, parcels: Sequence[Parcel]) -> list[bool]:
        new = [parcel for parcel in parcels if tracker.pushes and parcel.subscribed_at is None]
        promised = dict(zip((parcel.id for parcel in new), await tracker.subscribe(new), strict=True)) if new else {}
        return [promised.get(parcel.id, False) for parcel in parcels]

    async def take(self, database: Database, told: Sequence[Told]) -> int:
        """Take what the tracker told by itself; return of how many parcels that was."""
        by_number: dict[str, list[tuple[str, Report]]] = {}
        for one in told:
            by_number.setdefault(one.tracking_number, []).append((one.carrier, one.report))
        async with database.read() as reader:
            found = await store.find_parcels(
                reader, list(by_number), clock.now() - FOLLOWED_FOR - LEASE, SAME_NUMBER_MAX
            )
        commands = [
            RecordReport(parcel_id=id, report=report)
            for id, carrier, number in found
            for said, report in by_number[number]
            if not said or said == carrier
        ]
        await self.batchers.of(record_reports, "parcel_id").submit_all(commands)
        return len(commands)


def jobs(batchers: Batchers) -> list[Job]:
    """Say what carriers do by the clock."""
    return [Job(name="carriers.poll", every=EVERY, work=Polling(batchers).poll)]
