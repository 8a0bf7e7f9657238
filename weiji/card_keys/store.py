"""Types for the statements in `queries.sql`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.card_keys.model import HandedOutKey, Sealed, StoredKey, StoreKeys
from weiji.card_keys.rules import Found
from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.web.cursors import read_cursor, write_cursor

SQL: Final = sql.beside(__file__)


async def find_doubles(tx: Transaction, asked: Sequence[tuple[UUID, bytes]]) -> set[tuple[UUID, bytes]]:
    """Tell which keys shops have stored before, by shop and blind index."""
    if not asked:
        return set()
    shops, indexes = [shop_id for shop_id, _ in asked], [index for _, index in asked]
    shards = shards_of(shops)
    rows = await tx.rows(SQL.find_doubles, shards, shops, indexes, sorted(set(shards)))
    return {(row["shop_id"], row["blind_index"]) for row in rows}


async def add_keys(tx: Transaction, new: Sequence[tuple[StoreKeys, Sealed]]) -> None:
    """Write keys."""
    if new:
        ids, *facts = columns([key for _, key in new], "id", "sealed", "tail", "blind_index")
        shops, skus = columns([command for command, _ in new], "shop_id", "sku_id")
        await tx.run(SQL.add_keys, shards_of(ids), ids, shops, skus, *facts, tx.now)


async def find_keys(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Found]:
    """Read whose keys are, and whether they are in the store."""
    rows = await tx.rows(SQL.find_keys, distinct_shards(ids), list(ids))
    return {row["id"]: Found(row["shop_id"], row["sku_id"], row["is_handed_out"]) for row in rows}


async def delete_keys(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Forget keys."""
    if ids:
        await tx.run(SQL.delete_keys, distinct_shards(ids), list(ids))


async def pick_keys(tx: Transaction, wanted: Mapping[UUID, int]) -> dict[UUID, list[UUID]]:
    """Find so many keys of SKUs whose stock is locked: those that were stored first."""
    ids = list(wanted)
    rows = await tx.rows(SQL.pick_keys, shards_of(ids), ids, list(wanted.values()))
    return {row["sku_id"]: list(row["ids"]) for row in rows}


async def give_keys(tx: Transaction, given: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Write which order, and which line of it, has which key."""
    ids = [id for id, _, _ in given]
    orders = [order_id for _, order_id, _ in given]
    lines = [line for _, _, line in given]
    await tx.run(SQL.give_keys, shards_of(ids), ids, orders, lines, tx.now, distinct_shards(ids))


async def count_keys(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Count the keys that orders have, by SKU."""
    found: dict[UUID, dict[UUID, int]] = {}
    for row in await tx.rows(SQL.count_keys, distinct_shards(order_ids), list(order_ids)):
        found.setdefault(row["order_id"], {})[row["sku_id"]] = row["keys"]
    return found


async def take_keys_back(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Put the keys of orders back into the store."""
    await tx.run(SQL.take_keys_back, distinct_shards(order_ids), list(order_ids))


async def get_keys_of_orders(reader: Reader, order_ids: Sequence[UUID]) -> dict[UUID, list[HandedOutKey]]:
    """Read the keys of orders, sealed, by line."""
    found: dict[UUID, list[HandedOutKey]] = {}
    for row in await reader.rows(SQL.get_keys_of_orders, distinct_shards(order_ids), list(order_ids)):
        found.setdefault(row["order_id"], []).append(msgspec.convert(dict(row), HandedOutKey))
    return found


async def get_keys_of_sku(
    reader: Reader, sku_id: UUID, after: str | None, limit: int
) -> tuple[list[StoredKey], str | None]:
    """Read a page of the keys of a SKU, what was stored last first."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    rows = await reader.rows(SQL.get_keys_of_sku, shard_of(sku_id), sku_id, at, id, limit + 1)
    keys = [msgspec.convert(dict(row), StoredKey) for row in rows[:limit]]
    return keys, write_cursor(keys[-1].stored_at, keys[-1].id) if len(rows) > limit else None
