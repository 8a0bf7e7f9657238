"""The verbs of stock. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.inventory import StockChanged
from weiji.inventory import store
from weiji.inventory.model import AddStock, SetStock, SetStockStatus, Stock, StockMove, StockStatus
from weiji.inventory.rules import judge_moves, judge_settings
from weiji.kit.db import Reader, Transaction


async def move_stock(tx: Transaction, moves: Sequence[StockMove]) -> list[StockStatus]:
    """Hold, release, take or put back units; each move whole or not at all. Results are in the order of *moves*.

    Two statements, whatever the number. Every SKU named stays locked until *tx* ends: moves of one SKU take turns.
    Publishes nothing: the order tells what happened to it.
    """
    stock = await store.lock_stock(tx, {sku_id for move in moves for sku_id, _ in move.lines})
    statuses, changes = judge_moves(stock, moves)
    await store.change_stock(tx, changes)
    return statuses


async def set_stock(tx: Transaction, commands: Sequence[SetStock]) -> list[SetStockStatus]:
    """Say what shops have. Results are in the order of *commands*. Publishes StockChanged for each SKU that changed."""
    stock = await store.lock_stock(tx, {command.sku_id for command in commands})
    before = {sku_id: row.on_hand for sku_id, row in stock.items()}
    statuses, changes = judge_settings(stock, commands)
    await store.change_stock(tx, changes)
    last = {
        command.sku_id: command
        for command, status in zip(commands, statuses, strict=True)
        if status is SetStockStatus.SET and changes.get(command.sku_id, [0])[0]
    }
    await publish(
        tx,
        [
            Occurrence(
                StockChanged(sku_id=sku_id, on_hand_before=before[sku_id], on_hand=stock[sku_id].on_hand),
                command.shop_id,
                sku_id,
                command.actor,
            )
            for sku_id, command in last.items()
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
