"""Proves that stock in PostgreSQL moves as decided, sells exactly what there is, and refuses what a bug would write."""

import asyncio
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from weiji.events import BY_SYSTEM, outbox
from weiji.inventory import (
    AddStock,
    MoveKind,
    SetStock,
    SetStockStatus,
    StockMove,
    StockStatus,
    add_stock,
    get_stock,
    move_stock,
    set_stock,
)
from weiji.inventory.store import SQL
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction, count_statements
from weiji.kit.ids import new_id, shard_of


def _move(kind: MoveKind, *lines: tuple[UUID, int]) -> StockMove:
    return StockMove(order_id=new_id(lines[0][0]), kind=kind, lines=lines)


def _set(sku_id: UUID, shop_id: UUID, on_hand: int) -> SetStock:
    return SetStock(sku_id=sku_id, shop_id=shop_id, on_hand=on_hand, actor=BY_SYSTEM)


async def _stocked(tx: Transaction, *on_hand: int) -> tuple[UUID, list[UUID]]:
    shop_id = new_id()
    sku_ids = [new_id(shop_id) for _ in on_hand]
    await add_stock(tx, [AddStock(sku_id=id, shop_id=shop_id) for id in sku_ids])
    await set_stock(tx, [_set(id, shop_id, count) for id, count in zip(sku_ids, on_hand, strict=True)])
    return shop_id, sku_ids


async def _counters(tx: Transaction, sku_id: UUID) -> tuple[int, int, int]:
    (found,) = await get_stock(tx, [sku_id])
    assert found
    return found.on_hand, found.held, found.sold


async def test_a_sold_unit_is_held_then_taken_then_put_back(tx: Transaction) -> None:
    _, (sku,) = await _stocked(tx, 10)
    for kind, quantity, counters in (
        (MoveKind.HOLD, 4, (10, 4, 0)),
        (MoveKind.RELEASE, 1, (10, 3, 0)),
        (MoveKind.TAKE, 3, (7, 0, 3)),
        (MoveKind.PUT_BACK, 2, (9, 0, 1)),
    ):
        assert await move_stock(tx, [_move(kind, (sku, quantity))]) == [StockStatus.MOVED]
        assert await _counters(tx, sku) == counters


async def test_every_status_of_a_move(tx: Transaction) -> None:
    _, (sku,) = await _stocked(tx, 1)
    assert await move_stock(
        tx,
        [
            _move(MoveKind.HOLD, (sku, 1)),
            _move(MoveKind.HOLD, (sku, 1)),
            _move(MoveKind.HOLD, (sku, 1), (new_id(sku), 1)),
            _move(MoveKind.RELEASE, (sku, 2)),
            _move(MoveKind.PUT_BACK, (sku, 1)),
        ],
    ) == [
        StockStatus.MOVED,
        StockStatus.SOLD_OUT,
        StockStatus.SKU_NOT_FOUND,
        StockStatus.NOT_HELD,
        StockStatus.NOT_SOLD,
    ]


async def test_every_status_of_setting_stock(tx: Transaction) -> None:
    shop_id, (sku,) = await _stocked(tx, 5)
    await move_stock(tx, [_move(MoveKind.HOLD, (sku, 3))])
    assert await set_stock(
        tx,
        [
            _set(sku, shop_id, 3),
            _set(new_id(shop_id), shop_id, 3),
            _set(sku, new_id(), 3),
            _set(sku, shop_id, -1),
            _set(sku, shop_id, 2),
        ],
    ) == [
        SetStockStatus.SET,
        SetStockStatus.SKU_NOT_FOUND,
        SetStockStatus.SKU_NOT_FOUND,
        SetStockStatus.ON_HAND_OUT_OF_RANGE,
        SetStockStatus.BELOW_HELD,
    ]


async def test_setting_stock_is_told_once_and_only_where_it_changed(tx: Transaction) -> None:
    shop_id, (one, two) = await _stocked(tx, 5, 6)
    await set_stock(tx, [_set(one, shop_id, 7), _set(two, shop_id, 6), _set(one, shop_id, 8)])
    events = await outbox.get_events(tx, shop_id, 2, 10)
    assert [(row["type"], row["subject_id"], row["data"]) for row in events] == [
        ("StockChanged", one, {"sku_id": str(one), "on_hand_before": 5, "on_hand": 8})
    ]


async def test_counting_a_sku_again_keeps_its_stock(tx: Transaction) -> None:
    shop_id, (sku,) = await _stocked(tx, 5)
    await add_stock(tx, [AddStock(sku_id=sku, shop_id=shop_id)])
    assert await _counters(tx, sku) == (5, 0, 0)


async def test_a_batch_takes_two_statements(tx: Transaction) -> None:
    _, skus = await _stocked(tx, *[10] * 20)
    counter = count_statements()
    await move_stock(tx, [_move(MoveKind.HOLD, (sku, 1), (skus[0], 1)) for sku in skus[1:]])
    assert counter.statements == 2


async def test_the_database_refuses_to_oversell(tx: Transaction) -> None:
    _, (sku,) = await _stocked(tx, 5)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_not_oversold"):
        await tx.run(SQL.change_stock, [shard_of(sku)], [sku], [0], [6], [0], [shard_of(sku)])


async def test_a_rush_sells_exactly_what_there_is(database: Database, database_url: str, lanes: Lanes) -> None:
    """Two pools and batchers, 600 buyers of 1 to 3, 700 units, and a bystander SKU in every order."""
    async with database.transaction() as tx:
        _, (hot, other) = await _stocked(tx, 700, 10_000)
    second = await Database.connect(database_url)
    try:
        batchers = [
            Batcher(pool, move_stock, owner=lambda move: move.order_id, lanes=lanes, batch=37)
            for pool in (database, second)
        ]
        wanted = [1 + n % 3 for n in range(600)]
        # Lines in both orders: only locking in id order keeps two batches from waiting for each other.
        orders = [
            _move(MoveKind.HOLD, *([(hot, q), (other, 1)] if n % 2 else [(other, 1), (hot, q)]))
            for n, q in enumerate(wanted)
        ]
        statuses = await asyncio.gather(*(batchers[n % 2].submit(move) for n, move in enumerate(orders)))
    finally:
        await second.close()
    assert set(statuses) == {StockStatus.MOVED, StockStatus.SOLD_OUT}
    sold = sum(quantity for quantity, status in zip(wanted, statuses, strict=True) if status is StockStatus.MOVED)
    async with database.transaction() as tx:
        assert await _counters(tx, hot) == (700, sold, 0)
        assert await _counters(tx, other) == (10_000, Counter(statuses)[StockStatus.MOVED], 0)
    # Everyone who wanted one unit came before it was gone, or found none left.
    assert sold == 700
