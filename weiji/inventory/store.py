"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import convert

from weiji.events import Actor
from weiji.inventory.model import DEFAULT_NAME, AddStock, CapStock, Reason, Shelf, Stock, StockChange, Warehouse
from weiji.inventory.rules import Floor, Hold, Line
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, new_id, shard_of, shards_of

SQL = sql.beside(__file__)


async def lock_stock(tx: Transaction, sku_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """Lock the stock of SKUs until *tx* ends. What is not counted is left out."""
    ids = sorted(set(sku_ids))
    shards = shards_of(ids)
    return _stock(await tx.rows(SQL.lock_stock, shards, ids, sorted(set(shards))))


async def lock_shelves(tx: Transaction, warehouse: Warehouse) -> list[Stock]:
    """Lock the stock of whatever a warehouse has or had."""
    rows = await tx.rows(SQL.lock_shelves, shard_of(warehouse.id), warehouse.shop_id, str(warehouse.id))
    return list(_stock(rows).values())


async def get_stock(reader: Reader, sku_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """Read the stock of SKUs. What is not counted is left out."""
    ids = sorted(set(sku_ids))
    shards = shards_of(ids)
    return _stock(await reader.rows(SQL.get_stock, shards, ids, sorted(set(shards))))


async def change_stock(tx: Transaction, floor: Floor) -> None:
    """Write what was decided of stock that is locked: one statement."""
    changes = floor.changes
    if not changes:
        return
    ids = list(changes)
    shards = shards_of(ids)
    counters = map(list, zip(*changes.values(), strict=True))
    if not floor.has_shelves:
        await tx.run(SQL.change_stock, shards, ids, *counters, sorted(set(shards)))
        return
    rows = [floor.stock[id] for id in ids]
    holds = floor.changed_holds
    order_ids = [order_id for order_id, _, _ in holds]
    await tx.run(
        SQL.change_shelves,
        shards,
        ids,
        *counters,
        [row.shut for row in rows],
        [row.shelves for row in rows],
        sorted(set(shards)),
        shards_of(order_ids),
        order_ids,
        [sku_id for _, sku_id, _ in holds],
        [warehouse_id for _, _, warehouse_id in holds],
        [hold.held for hold in holds.values()],
        [hold.taken for hold in holds.values()],
    )


async def get_holds(reader: Reader, order_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], dict[UUID, Hold]]:
    """Read where the units of orders lie or lay; of SKUs that lie in one warehouse there is nothing."""
    ids = sorted(set(order_ids))
    found: dict[tuple[UUID, UUID], dict[UUID, Hold]] = {}
    for order_id, sku_id, warehouse_id, held, taken in await reader.rows(SQL.get_holds, distinct_shards(ids), ids):
        found.setdefault((order_id, sku_id), {})[warehouse_id] = Hold(held, taken)
    return found


async def get_order_holds(reader: Reader, shop_id: UUID, order_id: UUID) -> dict[UUID, dict[UUID, Hold]]:
    """Read where the units of a shop's order lie or lay, by SKU and warehouse."""
    found: dict[UUID, dict[UUID, Hold]] = {}
    for sku_id, warehouse_id, held, taken in await reader.rows(
        SQL.get_order_holds, shard_of(shop_id), order_id, shop_id
    ):
        found.setdefault(sku_id, {})[warehouse_id] = Hold(held, taken)
    return found


async def add_stock(tx: Transaction, commands: Sequence[AddStock]) -> None:
    """Begin to count SKUs that are not counted yet."""
    if commands:
        ids = [command.sku_id for command in commands]
        shops, keyed = columns(commands, "shop_id", "is_keyed")
        await tx.run(SQL.add_stock, shards_of(ids), ids, shops, keyed)


async def cap_stock(tx: Transaction, commands: Sequence[CapStock]) -> None:
    """Write caps of SKUs, or lift them."""
    if commands:
        ids, quantities, untils = columns(commands, "sku_id", "quantity", "until")
        shards = shards_of(ids)
        await tx.run(SQL.cap_stock, shards, ids, quantities, untils, sorted(set(shards)), tx.now)


async def get_due_caps(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Find SKUs whose cap is over."""
    return [row["sku_id"] for row in await reader.rows(SQL.get_due_caps, now, limit)]


async def lift_caps(tx: Transaction, sku_ids: list[UUID]) -> None:
    """Lift the caps of SKUs that are locked, if they are over."""
    shards = shards_of(sku_ids)
    await tx.run(SQL.lift_caps, shards, sku_ids, sorted(set(shards)), tx.now)


async def get_warehouses(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, Warehouse]:
    """Read the warehouses of shops, those first that come first."""
    ids = sorted(set(shop_ids))
    return _warehouses(await reader.rows(SQL.get_warehouses, distinct_shards(ids), ids))


async def share_warehouses(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Warehouse]:
    """Read the warehouses of shops, and keep them as they are until *tx* ends."""
    ids = sorted(set(shop_ids))
    return _warehouses(await tx.rows(SQL.share_warehouses, distinct_shards(ids), ids))


async def lock_warehouses(
    tx: Transaction, shop_ids: Collection[UUID], warehouse_ids: Collection[UUID]
) -> dict[UUID, Warehouse]:
    """Lock the warehouses of shops, and those named, until *tx* ends. The default ones are made."""
    ids, named = sorted(set(shop_ids)), sorted(set(warehouse_ids))
    await tx.run(SQL.add_default_warehouses, shards_of(ids), ids, DEFAULT_NAME, tx.now)
    return _warehouses(await tx.rows(SQL.lock_warehouses, distinct_shards([*ids, *named]), ids, named))


async def save_warehouses(tx: Transaction, warehouses: Collection[Warehouse]) -> None:
    """Write warehouses that are new, or otherwise than before."""
    ids = [each.id for each in warehouses]
    if ids:
        await tx.run(
            SQL.save_warehouses,
            shards_of(ids),
            ids,
            [each.shop_id for each in warehouses],
            [each.name for each in warehouses],
            [each.region_code for each in warehouses],
            [each.priority for each in warehouses],
            [each.is_open for each in warehouses],
            tx.now,
        )


async def add_changes(tx: Transaction, lines: Sequence[Line], by: Sequence[tuple[UUID, Actor]]) -> None:
    """Write lines of the journal; *by* has the shop and who changed it, for each command of the batch."""
    if not lines:
        return
    told = [by[line.place] for line in lines]
    ids = [line.id or new_id(shop_id) for line, (shop_id, _) in zip(lines, told, strict=True)]
    await tx.run(
        SQL.add_changes,
        shards_of(ids),
        ids,
        [shop_id for shop_id, _ in told],
        [line.sku_id for line in lines],
        [line.warehouse_id for line in lines],
        [line.units for line in lines],
        [line.on_hand for line in lines],
        [line.reason for line in lines],
        [line.note for line in lines],
        [actor.kind for _, actor in told],
        [actor.person_id for _, actor in told],
        tx.now,
    )


async def get_changes(reader: Reader, ids: Collection[UUID]) -> list[StockChange]:
    """Read lines of the journal by their ids. Those that are not there are left out."""
    wanted = list(set(ids))
    return [_change(row) for row in await reader.rows(SQL.get_changes, distinct_shards(wanted), wanted)]


async def list_changes(
    reader: Reader, shop_id: UUID, sku_id: UUID | None, after: tuple[datetime, UUID], limit: int
) -> list[StockChange]:
    """Read a page of the journal of a shop, or of one of its SKUs, the newest first."""
    place = (shard_of(shop_id), shop_id, *after, limit)
    rows = await (
        reader.rows(SQL.list_changes_of_sku, *place, sku_id)
        if sku_id
        else reader.rows(SQL.list_changes_of_shop, *place)
    )
    return [_change(row) for row in rows]


def _change(row: Row) -> StockChange:
    values: dict[str, Any] = dict(row)
    return StockChange(**values | {"reason": Reason(values["reason"])})


def _warehouses(rows: Sequence[Row]) -> dict[UUID, Warehouse]:
    return {row["id"]: Warehouse(**dict(row)) for row in rows}


def _stock(rows: Sequence[Row]) -> dict[UUID, Stock]:
    return {
        sku_id: Stock(
            sku_id=sku_id,
            shop_id=shop_id,
            on_hand=on_hand,
            held=held,
            sold=sold,
            shut=shut,
            shelves=None if shelves is None else convert(shelves, dict[UUID, Shelf]),
            is_keyed=is_keyed,
            cap=cap,
        )
        for sku_id, shop_id, on_hand, held, sold, shut, shelves, is_keyed, cap in rows
    }
