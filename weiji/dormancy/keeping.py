"""What happens to wallets by the clock: all of them are gone through, a page at a time."""

from datetime import timedelta
from functools import partial
from typing import Final

from weiji.dormancy import store
from weiji.dormancy.model import MONTH, FollowWallet
from weiji.dormancy.operations import follow_wallets
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import FIRST, LAST, Deadlines
from weiji.kit.jobs import Job
from weiji.ledger import list_wallets

WALK: Final = "dormancy.walk"
WALK_EVERY: Final = timedelta(minutes=1)
"""How often a page of wallets is looked at: at 500 a page a million of them are seen in a day and a half."""


class Walker:
    """Goes through the wallets, from the first again after the last. Where it is, only it needs to know."""

    def __init__(self, batchers: Batchers) -> None:
        self.deadlines = Deadlines(batchers, WALK, "person_id")
        self._after = FIRST

    async def walk(self, database: Database, limit: int, *, after: timedelta) -> int:
        """Look at the next *limit* wallets; return for how many something may be due."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            found = await list_wallets(reader, self._after, limit)
            told = await store.find_told(reader, [each.person_id for each in found])
        after_id, last = self._after, found[-1].person_id if len(found) == limit else LAST
        self._after = FIRST if last == LAST else last
        quiet = clock.now() - after
        # One that was told of and moved since is awake; all others that moved lately, or have nothing, need no look.
        commands = [
            FollowWallet(person_id=each.person_id, after=after)
            for each in found
            if each.person_id in told or (each.available > 0 and each.moved_at is not None and each.moved_at < quiet)
        ]
        moves = ((follow_wallets, command) for command in commands)
        await self.deadlines.meet(database, aside, moves, after=after_id, last=last)
        # A full page is no reason to run again at once: the next is looked at in its turn.
        return min(len(commands), limit - 1)


def jobs(batchers: Batchers, months: int) -> list[Job]:
    """Say what happens by the clock, where wallets are set aside after so many *months*; 0: never."""
    if not months:
        return []
    return [Job(name=WALK, every=WALK_EVERY, work=partial(Walker(batchers).walk, after=months * MONTH))]
