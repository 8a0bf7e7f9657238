"""What both sides say in cases, as word rules are tried on it: counted, and shown to nobody."""

from datetime import datetime
from uuid import UUID

from weiji.aftersale import store
from weiji.aftersale.operations import get_sayings
from weiji.kit.db import Reader
from weiji.word_rules import WRITTEN, Field, Place, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read what was said in cases of a shard since a time, in two statements."""
    rows = await store.get_written(reader, shard, after, since, limit)
    sayings = await get_sayings(reader, [row["id"] for row in rows]) if rows else {}
    things = []
    for row in rows:
        texts = [row["words"]] if row["asked_at"] > since else []
        texts += [saying.words for saying in sayings[row["id"]] if saying.at > since]
        said = [(Field.MESSAGE, text) for text in texts if text]
        things.append(Written(id=row["id"], shop_id=row["shop_id"], texts=said))
    return slice_of(things, [row["id"] for row in rows], limit)


WRITTEN[Place.CASE] = read_written
