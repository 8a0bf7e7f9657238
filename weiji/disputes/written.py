"""What both sides say to arbiters, as word rules are tried on it: counted, and shown to nobody.

What they told each other before is the case's.
"""

from datetime import datetime
from uuid import UUID

from weiji.disputes import store
from weiji.kit.db import Reader
from weiji.word_rules import WRITTEN, Field, Place, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read what was said in disputes of a shard since a time, in one statement. What is sealed nobody looks at."""
    rows = await store.get_written(reader, shard, after, since, limit)
    things = [
        Written(
            id=row["case_id"],
            shop_id=row["shop_id"],
            texts=[(Field.MESSAGE, text) for text in row["said"] if text],
        )
        for row in rows
    ]
    return slice_of(things, [row["case_id"] for row in rows], limit)


WRITTEN[Place.DISPUTE] = read_written
