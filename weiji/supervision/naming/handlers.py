"""How marked names follow what people call themselves, and what rules look for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from weiji.events import Delivered, Subscription
from weiji.events.identity import NameTaken, PersonSignedUp, ProfileChanged
from weiji.events.word_rules import WordRulesPublished
from weiji.identity import get_named_since
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS
from weiji.supervision.naming.operations import screen_people

SLICE: Final = 250
"""Names that are looked at together."""

BEGINNING: Final = UUID(int=0)

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Nobody has had their name for longer."""


async def follow_names(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Look at names that somebody has now: what is refused was before. Once more finds nothing new."""
    await screen_people(tx, [delivered.stream for delivered in batch])


async def follow_rules(database: Database, _batch: Sequence[Delivered]) -> None:
    """Look at what everybody is called: they took it under other rules. Once more finds nothing new."""
    for shard in range(SHARDS):
        after: UUID | None = BEGINNING
        while after:
            async with database.read() as reader:
                people = await get_named_since(reader, shard, after, EVER, SLICE)
            if people:
                await database.retried(partial(screen_people, person_ids=[each.id for each in people]))
            after = people[-1].id if len(people) == SLICE else None


def subscriptions() -> list[Subscription]:
    """Say what marked names hear of."""
    events = (PersonSignedUp, ProfileChanged, NameTaken)
    return [
        Subscription(name="supervision.follow_names", events=events, handler=follow_names),
        Subscription(name="supervision.follow_rules_on_names", events=(WordRulesPublished,), caller=follow_rules),
    ]
