"""What both sides say in complaints, as word rules are tried on it: counted, and shown to nobody."""

from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.events import Event
from weiji.events.outbox import get_trails
from weiji.events.wire import ComplaintRefused, ComplaintReplied
from weiji.kit.db import Reader
from weiji.wire.complaints import store
from weiji.wire.complaints.model import SAYINGS_MAX
from weiji.word_rules import WRITTEN, Field, Place, Slice, Written, slice_of

SAYINGS: Final[tuple[type[Event], ...]] = (ComplaintReplied, ComplaintRefused)


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read what was said in complaints of a shard since a time, in two statements."""
    rows = await store.get_written(reader, shard, after, since, limit)
    said = {row["id"]: [row["words"]] if row["asked_at"] > since else [] for row in rows}
    for row in await get_trails(reader, said, SAYINGS, 2 * SAYINGS_MAX) if said else ():
        if row["at"] > since:
            said[row["subject_id"]].append(row["data"]["words"])
    things = [
        Written(
            id=row["id"],
            shop_id=row["shop_id"],
            texts=[(Field.MESSAGE, text) for text in said[row["id"]] if text],
        )
        for row in rows
    ]
    return slice_of(things, [row["id"] for row in rows], limit)


WRITTEN[Place.COMPLAINT] = read_written
