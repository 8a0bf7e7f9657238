"""What conduct does by the clock: it counts, judges hours that are over, tries rules, and forgets."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from weiji.events import Delivered, Subscription
from weiji.events.identity import SessionStarted
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.supervision.conduct import store
from weiji.supervision.conduct.model import KEPT, NoteDevice
from weiji.supervision.conduct.operations import go_on_trying, note_devices, watch_shops

WATCH_EVERY: Final = timedelta(seconds=30)
TRY_EVERY: Final = timedelta(seconds=2)

SHOPS: Final = 100
"""Shops of one transaction."""

SLICES: Final = 64
"""Shards that one run of the job tries a rule on."""


class Watcher:
    """Watches all shops, lane by lane."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes

    async def watch(self, database: Database, limit: int) -> int:
        """Count and judge what is due, until nothing is left in any lane; each step is a transaction."""
        total = 0
        for shards in self.lanes.shards:
            while total < limit:
                count = await database.retried(partial(watch_shops, shards=shards, limit=SHOPS))
                total += count
                if count < SHOPS:
                    break
        return min(total, limit)


class SignIns:
    """Notes on which devices the people of shops sign in."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def note(self, database: Database, batch: Sequence[Delivered]) -> None:
        """SessionStarted: of whoever works for shops, each of them counts the device."""
        told = [each for each in batch if isinstance(each.event, SessionStarted) and each.event.device]
        if not told:
            return
        async with database.read() as reader:
            shops = await store.get_shops_of(reader, {each.stream for each in told})
        commands = [
            NoteDevice(shop_id=shop_id, person_id=each.stream, device=each.event.device, at=each.at)
            for each in told
            if isinstance(each.event, SessionStarted) and each.event.device
            for shop_id in shops.get(each.stream, ())
        ]
        await self.batchers.of(note_devices, "shop_id").submit_all(commands)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what conduct hears of."""
    note = SignIns(batchers).note
    return [Subscription(name="supervision.note_devices", events=(SessionStarted,), caller=note)]


async def try_rules(database: Database, limit: int) -> int:
    """Go on with trials, shard by shard."""
    for _ in range(SLICES):
        if not await database.retried(go_on_trying):
            return 0
    return limit


async def forget(database: Database, _limit: int) -> int:
    """Delete counts and trials that are too old to be of use."""
    async with database.transaction() as tx:
        await store.forget_tallies(tx, tx.now - KEPT)
        await store.forget_trials(tx, tx.now - KEPT)
    return 0


def jobs(lanes: Lanes) -> list[Job]:
    """Say what conduct does by the clock."""
    return [
        Job(name="supervision.watch_shops", every=WATCH_EVERY, work=Watcher(lanes).watch),
        Job(name="supervision.try_rules", every=TRY_EVERY, work=try_rules),
        Job(name="supervision.forget_tallies", every=timedelta(hours=6), work=forget),
    ]
