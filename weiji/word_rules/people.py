"""What people call themselves, as word rules look at it: before a name is taken, and when rules are tried."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from weiji.identity import SCREENS, RefusedWord, get_named_since
from weiji.kit.db import Reader
from weiji.word_rules.model import Action, Field, Place, Text
from weiji.word_rules.operations import screen_texts
from weiji.word_rules.written import WRITTEN, Slice, Written, slice_of


async def refuse_names(reader: Reader, names: Sequence[tuple[UUID, str]]) -> list[list[RefusedWord]]:
    """Say which words can't be in names of people. Nobody waits until somebody looked: the rest is marked."""
    things = [Text(subject_id=id, texts=[(Field.PERSON_NAME, name)]) for id, name in names]
    return [
        [RefusedWord(hit.found, hit.reason) for hit in hits if hit.action is Action.REFUSE]
        for hits in await screen_texts(reader, things)
    ]


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read the names of a shard that were taken since a time, in one statement. They stand wherever people write."""
    people = await get_named_since(reader, shard, after, since, limit)
    things = [
        Written(id=person.id, shop_id=None, texts=[(Field.PERSON_NAME, person.display_name)]) for person in people
    ]
    return slice_of(things, [person.id for person in people], limit)


SCREENS.append(refuse_names)
WRITTEN[Place.PERSON] = read_written
