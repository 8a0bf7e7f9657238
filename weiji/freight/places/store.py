"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from weiji.freight.places.model import PLACES_MAX, Place
from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shards_of

SQL = sql.beside(__file__)


async def get_places(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """Read the pick-up places of shops, those that are open first."""
    found: dict[UUID, list[Place]] = {shop_id: [] for shop_id in shop_ids}
    for row in await reader.rows(SQL.get_places, distinct_shards(found), list(found), PLACES_MAX * len(found)):
        found[row["shop_id"]].append(msgspec.convert(dict(row), Place))
    return found


async def find_places(reader: Reader, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Say whose the ids of places are; those that there are not are left out."""
    rows = await reader.rows(SQL.find_places, distinct_shards(ids), list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def put_places(tx: Transaction, places: Sequence[Place]) -> None:
    """Write places."""
    if places:
        ids, *facts = columns(places, "id", "shop_id", "name", "address", "hours", "phone", "is_open")
        await tx.run(SQL.put_places, shards_of(ids), ids, *facts, tx.now)
