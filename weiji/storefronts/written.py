"""What pages of shops say, as word rules are tried on it."""

from datetime import datetime
from uuid import UUID

import msgspec

from weiji.kit.db import Reader
from weiji.storefronts import store
from weiji.storefronts.model import Design
from weiji.storefronts.rules import texts_of
from weiji.word_rules import WRITTEN, Place, Shown, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read pages of a shard that were published since a time, in one statement. Drafts nobody reads."""
    rows = await store.get_written(reader, shard, after, since, limit)
    things = [
        Written(
            id=row["shop_id"],
            shop_id=row["shop_id"],
            texts=texts_of(msgspec.convert(row["published"], Design)),
            shown=Shown(f"/shops/{row['handle']}", row["name"], row["name"]),
        )
        for row in rows
    ]
    return slice_of(things, [row["shop_id"] for row in rows], limit)


WRITTEN[Place.STOREFRONT] = read_written
