"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.inventory.model import AddStock, Stock
from weiji.inventory.rules import Changes
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shards_of

SQL = sql.beside(__file__)


async def lock_stock(tx: Transaction, sku_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """Lock the stock of SKUs until *tx* ends. What is not counted is left out."""
    ids = sorted(set(sku_ids))
    shards = shards_of(ids)
    return _stock(await tx.rows(SQL.lock_stock, shards, ids, sorted(set(shards))))


async def get_stock(reader: Reader, sku_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """Read the stock of SKUs. What is not counted is left out."""
    ids = sorted(set(sku_ids))
    shards = shards_of(ids)
    return _stock(await reader.rows(SQL.get_stock, shards, ids, sorted(set(shards))))


async def change_stock(tx: Transaction, changes: Changes) -> None:
    """Add to the counters of stock that is locked."""
    if changes:
        ids = list(changes)
        shards = shards_of(ids)
        counters = map(list, zip(*changes.values(), strict=True))
        await tx.run(SQL.change_stock, shards, ids, *counters, sorted(set(shards)))


async def add_stock(tx: Transaction, commands: Sequence[AddStock]) -> None:
    """Begin to count SKUs that are not counted yet."""
    if commands:
        ids = [command.sku_id for command in commands]
        shops, keyed = columns(commands, "shop_id", "is_keyed")
        await tx.run(SQL.add_stock, shards_of(ids), ids, shops, keyed)


def _stock(rows: Sequence[Row]) -> dict[UUID, Stock]:
    return {
        sku_id: Stock(sku_id=sku_id, shop_id=shop_id, on_hand=on_hand, held=held, sold=sold, is_keyed=is_keyed)
        for sku_id, shop_id, on_hand, held, sold, is_keyed in rows
    }
