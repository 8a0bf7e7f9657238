"""What shops say of themselves, as word rules are tried on it."""

from datetime import datetime
from uuid import UUID

from weiji.kit.db import Reader
from weiji.shops import store
from weiji.shops.rules import texts_of
from weiji.word_rules import WRITTEN, Place, Shown, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read names and stories of a shard that were changed since a time, in one statement."""
    rows = await store.get_written(reader, shard, after, since, limit)
    things = [
        Written(
            id=row["id"],
            shop_id=row["id"],
            texts=texts_of(row["name"], row["story"]),
            shown=Shown(f"/shops/{row['handle']}", row["name"], row["name"]),
        )
        for row in rows
    ]
    return slice_of(things, [row["id"] for row in rows], limit)


WRITTEN[Place.SHOP] = read_written
