"""The verbs of stock. Each takes an open transaction and a batch, and answers every command.

Locks: warehouses, then stock, then the heads of streams; each in id order.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.inventory import StockChanged, StockTransferred, WarehouseSaved
from weiji.inventory import store
from weiji.inventory.model import (
    DEFAULT_NAME,
    AddStock,
    AdjustStock,
    CapStock,
    ChangeStockStatus,
    MoveKind,
    SaveWarehouse,
    SaveWarehouseStatus,
    SetStock,
    SetStockStatus,
    Stock,
    StockChange,
    StockMove,
    StockStatus,
    Taken,
    TransferStock,
    Warehouse,
)
from weiji.inventory.rules import (
    Floor,
    Hold,
    Line,
    Yard,
    arrival_of,
    judge_adjustments,
    judge_moves,
    judge_settings,
    judge_transfers,
    judge_warehouses,
    known,
    turn_shelves,
)
from weiji.kit.db import Reader, Transaction
from weiji.shops import get_shops


async def move_stock(tx: Transaction, moves: Sequence[StockMove]) -> list[StockStatus]:
    """Hold, release, take or put back units; each move whole or not at all. Results are in the order of *moves*.

    Two statements, whatever the number. Every SKU named stays locked until *tx* ends: moves of one SKU take turns.
    Publishes nothing: the order tells what happened to it. Where SKUs lie in several warehouses, one more statement
    reads which these are, and one where orders have what is released, taken or put back.
    """
    return [taken.status for taken in await _move(tx, moves)]


async def take_stock(tx: Transaction, moves: Sequence[StockMove]) -> list[Taken]:
    """Take units for parcels, as `move_stock` does, and say which warehouse each leaves."""
    assert all(move.kind is MoveKind.TAKE for move in moves), "parcels take"
    return await _move(tx, moves)


async def _move(tx: Transaction, moves: Sequence[StockMove]) -> list[Taken]:
    floor = Floor(await store.lock_stock(tx, {sku_id for move in moves for sku_id, _ in move.lines}))
    if floor.has_shelves:
        shops = {row.shop_id for row in floor.stock.values() if row.shelves is not None}
        floor.warehouses = await store.get_warehouses(tx, shops)
        ids = {move.order_id for move in moves if move.kind is not MoveKind.HOLD}
        if ids:
            floor.holds = await store.get_holds(tx, ids)
    taken = judge_moves(floor, moves)
    await store.change_stock(tx, floor)
    return taken


async def cap_stock(tx: Transaction, commands: Sequence[CapStock]) -> None:
    """Say how many units of SKUs may be ordered until when, or that all may that there are. One statement.

    Every SKU named stays locked until *tx* ends.
    """
    await store.cap_stock(tx, commands)


async def set_stock(tx: Transaction, commands: Sequence[SetStock]) -> list[SetStockStatus]:
    """Say what shops have. Results are in the order of *commands*. Publishes StockChanged for each SKU that changed."""
    statuses, told = await write_stock(tx, commands)
    await publish(tx, told)
    return statuses


async def write_stock(tx: Transaction, commands: Sequence[SetStock]) -> tuple[list[SetStockStatus], list[Occurrence]]:
    """Do what `set_stock` does, and return what is to be told, for who does more in the same transaction."""
    floor = await _lock(tx, [c for c in commands if c.warehouse_id is not None], commands)
    before = {sku_id: row.on_hand for sku_id, row in floor.stock.items()}
    statuses, lines = judge_settings(floor, commands)
    await _write(tx, floor, lines, commands)
    return statuses, _changed(floor, before, commands, lines)


async def adjust_stock(tx: Transaction, commands: Sequence[AdjustStock]) -> list[ChangeStockStatus]:
    """Correct stock, with a reason. Results are in the order of *commands*. Publishes StockChanged, as `set_stock`."""
    floor = await _lock(tx, [c for c in commands if c.warehouse_id is not None], commands)
    before = {sku_id: row.on_hand for sku_id, row in floor.stock.items()}
    there = known(await store.get_changes(tx, [command.id for command in commands]))
    statuses, lines = judge_adjustments(floor, commands, there)
    await _write(tx, floor, lines, commands)
    await publish(tx, _changed(floor, before, commands, lines))
    return statuses


async def transfer_stock(tx: Transaction, commands: Sequence[TransferStock]) -> list[ChangeStockStatus]:
    """Carry units from warehouse to warehouse. Results are in the order of *commands*. Publishes StockTransferred."""
    floor = await _lock(tx, commands, commands)
    there = known(await store.get_changes(tx, [id for c in commands for id in (c.id, arrival_of(c.id))]))
    statuses, lines = judge_transfers(floor, commands, there)
    await _write(tx, floor, lines, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is ChangeStockStatus.CHANGED]
    await publish(
        tx,
        [
            _told(c, StockTransferred(sku_id=c.sku_id, from_id=c.from_id, to_id=c.to_id, quantity=c.quantity))
            for c in done
        ],
    )
    return statuses


Command = SetStock | AdjustStock | TransferStock


async def _lock(tx: Transaction, placed: Sequence[Command], commands: Sequence[Command]) -> Floor:
    """Lock the stock of *commands*; of those that name a warehouse, *placed*, those of their shops first."""
    warehouses = await store.share_warehouses(tx, [command.shop_id for command in placed]) if placed else {}
    return Floor(await store.lock_stock(tx, {command.sku_id for command in commands}), warehouses)


async def _write(tx: Transaction, floor: Floor, lines: Sequence[Line], commands: Sequence[Command]) -> None:
    await store.change_stock(tx, floor)
    await store.add_changes(tx, lines, [(command.shop_id, command.actor) for command in commands])


def _changed(
    floor: Floor, before: dict[UUID, int], commands: Sequence[SetStock | AdjustStock], lines: Sequence[Line]
) -> list[Occurrence]:
    last = {line.sku_id: commands[line.place] for line in lines}
    return [
        _told(command, StockChanged(sku_id=sku_id, on_hand_before=before[sku_id], on_hand=floor.stock[sku_id].on_hand))
        for sku_id, command in last.items()
        if before[sku_id] != floor.stock[sku_id].on_hand
    ]


def _told(command: Command, event: Event) -> Occurrence:
    return Occurrence(event, command.shop_id, command.sku_id, command.actor)


async def save_warehouses(tx: Transaction, commands: Sequence[SaveWarehouse]) -> list[SaveWarehouseStatus]:
    """Make warehouses, or change them. Results are in the order of *commands*. Publishes WarehouseSaved.

    What one that is opened or closed has of each SKU stays locked until *tx* ends.
    """
    asked = sorted({command.shop_id for command in commands})
    shops = [shop.id for shop in await get_shops(tx, asked) if shop]
    before = await store.lock_warehouses(tx, shops, [command.id for command in commands])
    yard = Yard(dict(before))
    statuses = judge_warehouses(yard, commands)
    await store.save_warehouses(tx, yard.saved.values())
    for id in sorted(yard.saved):
        saved, found = yard.saved[id], before.get(id)
        if found is not None and found.is_open != saved.is_open:
            rows = await store.lock_shelves(tx, saved)
            await store.change_stock(tx, turn_shelves(rows, id, is_open=saved.is_open))
    actors: dict[UUID, Actor] = {command.id: command.actor for command in commands}
    await publish(
        tx,
        [
            Occurrence(
                WarehouseSaved(
                    warehouse_id=each.id,
                    name=each.name,
                    region_code=each.region_code,
                    priority=each.priority,
                    is_open=each.is_open,
                ),
                each.shop_id,
                each.id,
                actors[each.id],
            )
            for each in yard.saved.values()
        ],
    )
    return statuses


async def lock_stock(tx: Transaction, sku_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """Lock the stock of SKUs until *tx* ends, for whoever keeps something that goes with it.

    What is not counted is left out.
    """
    return await store.lock_stock(tx, sku_ids)


async def add_stock(tx: Transaction, commands: Sequence[AddStock]) -> None:
    """Begin to count SKUs, at 0; those that are counted keep what they have. The catalog does it for every SKU."""
    await store.add_stock(tx, commands)


async def get_stock(reader: Reader, sku_ids: Sequence[UUID]) -> list[Stock | None]:
    """Read the stock of SKUs, in the order of *sku_ids*; None where there is no such SKU."""
    found = await store.get_stock(reader, sku_ids)
    return [found.get(sku_id) for sku_id in sku_ids]


async def get_warehouses(reader: Reader, shop_id: UUID) -> list[Warehouse]:
    """Read the warehouses of a shop, those first that come first. Every shop has its default one."""
    found = (await store.get_warehouses(reader, [shop_id])).values()
    return list(found) or [default_warehouse(shop_id)]


def default_warehouse(shop_id: UUID) -> Warehouse:
    """Describe the warehouse of a shop that has never said anything of it."""
    return Warehouse(id=shop_id, shop_id=shop_id, name=DEFAULT_NAME, region_code="", priority=0, is_open=True)


async def get_order_holds(reader: Reader, shop_id: UUID, order_id: UUID) -> dict[UUID, dict[UUID, Hold]]:
    """Read where the units of a shop's order lie or lay, by SKU and warehouse."""
    return await store.get_order_holds(reader, shop_id, order_id)


async def list_changes(
    reader: Reader, shop_id: UUID, sku_id: UUID | None, after: tuple[datetime, UUID], limit: int
) -> list[StockChange]:
    """Read a page of the journal of a shop, or of one of its SKUs, the newest first."""
    return await store.list_changes(reader, shop_id, sku_id, after, limit)
