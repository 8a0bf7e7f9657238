"""What buyers and shops say of trades, as word rules are tried on it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from weiji.kit.db import Reader, Row
from weiji.kit.ids import derive
from weiji.reviews import store
from weiji.word_rules import WRITTEN, Field, Place, Shown, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read what was said of trades of a shard since a time, in one statement.

    What is still blind, was removed, or only the buyer reads, is counted: who tries rules is shown what everybody is.
    """
    rows = await store.get_written(reader, shard, after, since, limit)
    things = [each for row in rows for each in _things(row)]
    return slice_of(things, [row["order_id"] for row in rows], limit)


def _things(row: Row) -> Iterator[Written]:
    if row["rating_text"]:
        yield _written(row, 0, [row["rating_text"]], None)
    for line in row["lines"] or ():
        texts = [line[part] for part in ("text", "answer", "follow_up") if line[part]]
        yield _written(row, line["line"], texts, _shown(row, line) if line["is_shown"] else None)


def _shown(row: Row, line: dict[str, Any]) -> Shown:
    return Shown(f"/products/{line['product_id']}/reviews", line["title"], row["shop_name"])


def _written(row: Row, line: int, texts: list[str], shown: Shown | None) -> Written:
    return Written(
        id=derive(row["order_id"], "review", line),
        shop_id=row["shop_id"],
        texts=[(Field.REVIEW, text) for text in texts],
        shown=shown,
    )


WRITTEN[Place.REVIEW] = read_written
