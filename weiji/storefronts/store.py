"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from weiji.catalog import ProductCard
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.storefronts.model import (
    CATEGORIES_MAX,
    KINDS_MAX,
    KINDS_SEEN,
    CategoryOfGoods,
    Design,
    Filmed,
    Front,
    FrontShop,
    KindOfGoods,
    Shelf,
    Storefront,
    Version,
)
from weiji.storefronts.rules import Publication, shelves_of
from weiji.web.cursors import write_cursor

SQL = sql.beside(__file__)


async def lock_designs(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Storefront]:
    """Lock the designs of shops that there are until *tx* ends; those that have none yet are made."""
    wanted = sorted(set(shop_ids))
    await tx.run(SQL.add_designs, shards_of(wanted), wanted)
    return _storefronts(await tx.rows(SQL.lock_designs, shards_of(wanted), wanted))


async def get_designs(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, Storefront]:
    """Read designs. Shops that have none are left out."""
    wanted = sorted(set(shop_ids))
    return _storefronts(await reader.rows(SQL.get_designs, shards_of(wanted), wanted))


async def save_designs(tx: Transaction, fronts: Mapping[UUID, Storefront]) -> None:
    """Write designs that are locked."""
    if fronts:
        ids, found = list(fronts), list(fronts.values())
        await tx.run(
            SQL.save_designs,
            shards_of(ids),
            ids,
            *columns(found, "draft", "version", "published", "number", "published_from", "published_at"),
            # Tuples: lists in a list would be one array of two dimensions.
            [tuple(shelves_of(front.published)) if front.published else None for front in found],
        )


async def add_versions(tx: Transaction, published: Sequence[Publication]) -> None:
    """Write versions that are new."""
    if published:
        ids, *facts = columns(published, "shop_id", "number", "design", "person_id")
        await tx.run(SQL.add_versions, shards_of(ids), ids, *facts, tx.now)


async def remove_versions(tx: Transaction, dropped: Sequence[tuple[UUID, int]]) -> None:
    """Remove versions that are kept no more."""
    if dropped:
        ids = [shop_id for shop_id, _ in dropped]
        await tx.run(SQL.remove_versions, shards_of(ids), ids, [number for _, number in dropped])


async def get_versions(reader: Reader, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Design]:
    """Read versions. Those that there are not are left out."""
    pairs = sorted(set(wanted))
    ids = [shop_id for shop_id, _ in pairs]
    rows = await reader.rows(SQL.get_versions, shards_of(ids), ids, [number for _, number in pairs])
    return {(row["shop_id"], row["number"]): msgspec.convert(row["design"], Design) for row in rows}


async def list_versions(reader: Reader, shop_id: UUID, limit: int) -> list[Version]:
    """List the versions of a shop, the newest first."""
    rows = await reader.rows(SQL.list_versions, shard_of(shop_id), shop_id, limit)
    return [Version(**dict(row)) for row in rows]


async def get_front(
    reader: Reader, shop_id: UUID, shelves: Sequence[Shelf] | None, otherwise: Sequence[Shelf], page: int | None = None
) -> Front | None:
    """Read what a shop's page is made of: *shelves*, if given; else its design's; else those for a shop without one.

    With *page*, the one shelf that is given is a list of so many products, and one more where it goes on.
    """
    row = await reader.row(
        SQL.get_front, shard_of(shop_id), shop_id, shelves, list(otherwise), KINDS_SEEN, KINDS_MAX, CATEGORIES_MAX
    )
    if row is None:
        return None
    found: list[list[dict[str, Any]]] = row["shelves"] or []
    after = None
    if page is not None and len(found[0]) > page:
        found[0] = found[0][:page]
        after = write_cursor(found[0][-1]["key"], UUID(found[0][-1]["id"]))
    return Front(
        shop=msgspec.convert(dict(row) | {"brought": row["brought"] or [], "places": row["places"] or []}, FrontShop),
        design=msgspec.convert(row["design"], Design | None),
        published_at=row["published_at"],
        shelves=tuple(tuple(map(_card, shelf)) for shelf in found),
        kinds=msgspec.convert(row["kinds"] or [], tuple[KindOfGoods, ...]),
        categories=msgspec.convert(row["categories"] or [], tuple[CategoryOfGoods, ...]),
        after=after,
    )


async def get_open_shards(reader: Reader) -> list[tuple[int, datetime]]:
    """Tell which shards have open shops, and when the last page of each changed."""
    return [(row["shard"], row["changed_at"]) for row in await reader.rows(SQL.get_open_shards)]


async def get_addresses(reader: Reader, shard: int, limit: int) -> list[tuple[str, datetime]]:
    """List the pages of a shard that anybody may find."""
    return [(row["path"], row["changed_at"]) for row in await reader.rows(SQL.get_addresses, shard, limit)]


def _storefronts(rows: Sequence[Row]) -> dict[UUID, Storefront]:
    return {
        row["shop_id"]: Storefront(
            draft=msgspec.convert(row["draft"], Design | None),
            version=row["version"],
            published=msgspec.convert(row["published"], Design | None),
            number=row["number"],
            published_from=row["published_from"],
            published_at=row["published_at"],
        )
        for row in rows
    }


def _card(found: dict[str, Any]) -> ProductCard:
    return msgspec.convert(found, Filmed if found.get("video") else ProductCard)


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read pages of a shard since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)
