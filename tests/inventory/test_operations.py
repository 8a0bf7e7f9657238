"""Proves that stock in PostgreSQL moves as decided, sells exactly what there is, and refuses what a bug would write."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from tests.identity.people import PASSWORD_HASH
from weiji.events import BY_SYSTEM, Actor, outbox
from weiji.identity import SignUpPerson, sign_up_people
from weiji.inventory import (
    AddStock,
    AdjustStock,
    CapStock,
    ChangeStockStatus,
    MoveKind,
    Reason,
    SaveWarehouse,
    SaveWarehouseStatus,
    SetStock,
    SetStockStatus,
    StockMove,
    StockStatus,
    Taken,
    TransferStock,
    add_stock,
    adjust_stock,
    cap_stock,
    get_stock,
    get_warehouses,
    list_changes,
    move_stock,
    save_warehouses,
    set_stock,
    take_stock,
    transfer_stock,
)
from weiji.inventory.handlers import lift_caps
from weiji.inventory.store import SQL
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction, count_statements
from weiji.kit.ids import new_id, shard_of
from weiji.shops import OpenShop, OpenShopStatus, open_shops


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


async def _capped(tx: Transaction, sku_id: UUID, quantity: int | None) -> None:
    await cap_stock(tx, [CapStock(sku_id=sku_id, quantity=quantity, until=tx.now + timedelta(days=1))])


async def test_a_cap_counts_what_is_ordered_from_when_it_was_said(tx: Transaction) -> None:
    _, (sku,) = await _stocked(tx, 10)
    before = _move(MoveKind.HOLD, (sku, 2))
    assert await move_stock(tx, [before]) == [StockStatus.MOVED]
    await _capped(tx, sku, 3)

    async def available() -> int:
        (found,) = await get_stock(tx, [sku])
        assert found
        assert found.available == await tx.connection.fetchval(
            "select available from inventory.public_stock where sku_id = $1", sku
        )
        return found.available

    assert await available() == 3
    orders = [_move(MoveKind.HOLD, (sku, count)) for count in (2, 2, 1)]
    assert await move_stock(tx, orders) == [StockStatus.MOVED, StockStatus.SOLD_OUT, StockStatus.MOVED]
    await _capped(tx, sku, 4)
    assert await available() == 1
    await _capped(tx, sku, 1)
    assert await available() == 0, "less than was ordered: nothing more can be"
    taken = _move(MoveKind.TAKE, (sku, 2))
    assert await move_stock(tx, [taken]) == [StockStatus.MOVED], "what was ordered is shipped all the same"
    assert await move_stock(tx, [_move(MoveKind.HOLD, (sku, 1))]) == [StockStatus.SOLD_OUT]
    await _capped(tx, sku, None)
    assert await available() == 5


async def test_a_cap_holds_whatever_lies_in_several_warehouses(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 5)
    await _split(tx, shop_id, [sku], 5)
    await _capped(tx, sku, 7)
    orders = [_move(MoveKind.HOLD, (sku, count)) for count in (6, 2, 1)]
    assert await move_stock(tx, orders) == [StockStatus.MOVED, StockStatus.SOLD_OUT, StockStatus.MOVED]


async def test_the_clock_lifts_a_cap_that_is_over(database: Database) -> None:
    async with database.transaction() as tx:
        _, (over, going) = await _stocked(tx, 5, 5)
        await cap_stock(
            tx,
            [
                CapStock(sku_id=over, quantity=1, until=tx.now),
                CapStock(sku_id=going, quantity=1, until=tx.now + timedelta(days=1)),
            ],
        )
    assert await lift_caps(database, 100) >= 1
    async with database.transaction() as tx:
        assert [found.available for found in await get_stock(tx, [over, going]) if found] == [5, 1]


async def test_the_database_refuses_more_than_a_cap(tx: Transaction) -> None:
    _, (sku,) = await _stocked(tx, 5)
    await _capped(tx, sku, 2)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_within_cap"):
        await tx.run(SQL.change_stock, [shard_of(sku)], [sku], [0], [3], [0], [shard_of(sku)])


async def test_a_rush_on_a_presale_orders_exactly_its_quantity(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        _, (sku,) = await _stocked(tx, 100)
        await _capped(tx, sku, 9)
    batcher = Batcher(database, move_stock, owner=lambda move: move.order_id, lanes=lanes, batch=5)
    statuses = await asyncio.gather(*(batcher.submit(_move(MoveKind.HOLD, (sku, 1))) for _ in range(40)))
    assert Counter(statuses) == {StockStatus.MOVED: 9, StockStatus.SOLD_OUT: 31}
    async with database.transaction() as tx:
        assert await _counters(tx, sku) == (100, 9, 0)


async def _split(tx: Transaction, shop_id: UUID, skus: list[UUID], *on_hand: int) -> UUID:
    """Give a shop a second warehouse that has so many of each SKU."""
    second = new_id(shop_id)
    statuses = await save_warehouses(
        tx, [SaveWarehouse(id=second, shop_id=shop_id, name="南仓", region_code="440000", priority=1, actor=BY_SYSTEM)]
    )
    assert statuses == [SaveWarehouseStatus.SAVED]
    settings = [
        SetStock(sku_id=sku, shop_id=shop_id, on_hand=count, actor=BY_SYSTEM, warehouse_id=second)
        for sku, count in zip(skus, on_hand, strict=True)
    ]
    assert set(await set_stock(tx, settings)) == {SetStockStatus.SET}
    return second


def _person(id: UUID) -> SignUpPerson:
    return SignUpPerson(
        id=id,
        handle=f"p{id.hex[-12:]}",
        phone=None,
        display_name="店主",
        locale="zh-CN",
        password_hash=PASSWORD_HASH,
        actor=Actor("person", id),
    )


async def _open_shop(tx: Transaction, *on_hand: int, id: UUID | None = None) -> tuple[UUID, list[UUID]]:
    shop_id, owner = id or new_id(), new_id()
    await sign_up_people(tx, [_person(owner)])
    opening = OpenShop(id=shop_id, handle=f"s{shop_id.hex[-12:]}", name="小店", owner_id=owner, actor=BY_SYSTEM)
    assert await open_shops(tx, [opening]) == [OpenShopStatus.CREATED]
    sku_ids = [new_id(shop_id) for _ in on_hand]
    await add_stock(tx, [AddStock(sku_id=id, shop_id=shop_id) for id in sku_ids])
    await set_stock(tx, [_set(id, shop_id, count) for id, count in zip(sku_ids, on_hand, strict=True)])
    return shop_id, sku_ids


async def _shelves(tx: Transaction, sku_id: UUID) -> dict[UUID, tuple[int, int, int]]:
    (found,) = await get_stock(tx, [sku_id])
    assert found
    assert found.shelves
    return {id: (shelf.on_hand, shelf.held, shelf.sold) for id, shelf in found.shelves.items()}


async def test_units_go_back_to_the_warehouse_where_they_were_held(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 1)
    second = await _split(tx, shop_id, [sku], 5)
    order = new_id(shop_id)
    held = StockMove(order_id=order, kind=MoveKind.HOLD, lines=((sku, 4),), region="广东省深圳市南山区")
    assert await move_stock(tx, [held]) == [StockStatus.MOVED]
    assert await _shelves(tx, sku) == {shop_id: (1, 0, 0), second: (5, 4, 0)}
    take = StockMove(order_id=order, kind=MoveKind.TAKE, lines=((sku, 3),))
    assert await take_stock(tx, [take]) == [Taken(StockStatus.MOVED, second)]
    release = StockMove(order_id=order, kind=MoveKind.RELEASE, lines=((sku, 1),))
    back = StockMove(order_id=order, kind=MoveKind.PUT_BACK, lines=((sku, 2),))
    assert await move_stock(tx, [release, back]) == [StockStatus.MOVED] * 2
    assert await _shelves(tx, sku) == {shop_id: (1, 0, 0), second: (4, 0, 1)}
    assert await _counters(tx, sku) == (5, 0, 1)


async def test_a_parcel_may_leave_another_warehouse_if_that_has_enough(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 3)
    second = await _split(tx, shop_id, [sku], 4)
    order = new_id(shop_id)
    held = StockMove(order_id=order, kind=MoveKind.HOLD, lines=((sku, 6),))
    assert await move_stock(tx, [held]) == [StockStatus.MOVED]
    take = StockMove(order_id=order, kind=MoveKind.TAKE, lines=((sku, 5),))
    elsewhere = StockMove(order_id=order, kind=MoveKind.TAKE, lines=((sku, 4),), warehouse_id=second)
    too_many = StockMove(order_id=order, kind=MoveKind.TAKE, lines=((sku, 1),), warehouse_id=new_id(shop_id))
    assert await take_stock(tx, [take, elsewhere, too_many]) == [
        Taken(StockStatus.SEVERAL_WAREHOUSES),
        Taken(StockStatus.MOVED, second),
        Taken(StockStatus.NOT_IN_WAREHOUSE),
    ]
    assert await _shelves(tx, sku) == {shop_id: (3, 2, 0), second: (0, 0, 4)}


async def test_closing_a_warehouse_shuts_what_it_has(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 1)
    second = await _split(tx, shop_id, [sku], 5)
    for is_open, available in ((False, 1), (True, 6)):
        command = SaveWarehouse(id=second, shop_id=shop_id, name="南仓", actor=BY_SYSTEM, is_open=is_open)
        assert await save_warehouses(tx, [command]) == [SaveWarehouseStatus.SAVED]
        (found,) = await get_stock(tx, [sku])
        assert found
        assert found.available == available


async def test_nobody_saves_a_warehouse_of_another_shop(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 1)
    second = await _split(tx, shop_id, [sku], 1)
    other, _ = await _open_shop(tx, id=new_id(shop_id))
    stolen = SaveWarehouse(id=second, shop_id=other, name="我的", actor=BY_SYSTEM)
    unknown = SaveWarehouse(id=new_id(shop_id), shop_id=new_id(shop_id), name="我的", actor=BY_SYSTEM)
    assert await save_warehouses(tx, [unknown, stolen]) == [SaveWarehouseStatus.SHOP_NOT_FOUND] * 2
    assert {each.name for each in await get_warehouses(tx, shop_id)} == {"默认仓库", "南仓"}


async def test_the_journal_says_who_changed_what_and_why(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 3)
    second = await _split(tx, shop_id, [sku], 4)
    merchant = Actor("merchant", new_id())
    adjust = AdjustStock(
        id=new_id(shop_id), sku_id=sku, shop_id=shop_id, units=-2, reason=Reason.DAMAGED, actor=merchant,
        warehouse_id=second, note="摔了",
    )  # fmt: skip
    carry = TransferStock(
        id=new_id(shop_id), sku_id=sku, shop_id=shop_id, from_id=second, to_id=shop_id, quantity=2, actor=merchant
    )
    assert await adjust_stock(tx, [adjust, adjust]) == [ChangeStockStatus.CHANGED, ChangeStockStatus.EXISTS]
    assert await transfer_stock(tx, [carry, carry]) == [ChangeStockStatus.CHANGED, ChangeStockStatus.EXISTS]
    assert await adjust_stock(tx, [adjust]) == [ChangeStockStatus.EXISTS]
    assert await transfer_stock(tx, [carry]) == [ChangeStockStatus.EXISTS]
    assert await _shelves(tx, sku) == {shop_id: (5, 0, 0), second: (0, 0, 0)}
    end = (datetime(9999, 1, 1, tzinfo=UTC), new_id())
    lines = await list_changes(tx, shop_id, sku, end, 10)
    told = Counter((c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_id) for c in lines)
    assert told == Counter(
        [
            (shop_id, 3, 3, Reason.SET, "", None),
            (second, 4, 4, Reason.SET, "", None),
            (second, -2, 2, Reason.DAMAGED, "摔了", merchant.person_id),
            (second, -2, 0, Reason.MOVED, "", merchant.person_id),
            (shop_id, 2, 5, Reason.MOVED, "", merchant.person_id),
        ]
    )
    assert [line.id for line in await list_changes(tx, shop_id, None, end, 10)] == [line.id for line in lines]
    first, *rest = lines
    assert await list_changes(tx, shop_id, sku, (first.at, first.id), 10) == rest


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"units": -4}, ChangeStockStatus.UNITS_OUT_OF_RANGE),
        ({"units": 0}, ChangeStockStatus.UNITS_OUT_OF_RANGE),
        ({"units": 10**9}, ChangeStockStatus.UNITS_OUT_OF_RANGE),
        ({"units": -2}, ChangeStockStatus.BELOW_HELD),
        ({"reason": Reason.MOVED}, ChangeStockStatus.REASON_NOT_ALLOWED),
        ({"note": "长" * 201}, ChangeStockStatus.NOTE_MALFORMED),
        ({"note": "\x00"}, ChangeStockStatus.NOTE_MALFORMED),
        ({"warehouse_id": new_id()}, ChangeStockStatus.WAREHOUSE_NOT_FOUND),
        ({"sku_id": new_id()}, ChangeStockStatus.SKU_NOT_FOUND),
        ({"shard": 1}, ChangeStockStatus.ID_IN_ANOTHER_SHARD),
    ],
)
async def test_every_refusal_of_a_correction(
    tx: Transaction, fields: dict[str, Any], status: ChangeStockStatus
) -> None:
    shop_id, (sku,) = await _stocked(tx, 3)
    await move_stock(tx, [_move(MoveKind.HOLD, (sku, 2))])
    id = new_id(UUID(int=shop_id.int ^ 1)) if fields.pop("shard", None) else new_id(shop_id)
    command = AdjustStock(
        **{"id": id, "sku_id": sku, "shop_id": shop_id, "units": 1, "reason": Reason.FOUND, "actor": BY_SYSTEM} | fields
    )
    assert await adjust_stock(tx, [command]) == [status]
    again = AdjustStock(id=new_id(shop_id), sku_id=sku, shop_id=shop_id, units=1, reason=Reason.LOST, actor=BY_SYSTEM)
    other = AdjustStock(id=again.id, sku_id=sku, shop_id=shop_id, units=2, reason=Reason.LOST, actor=BY_SYSTEM)
    assert await adjust_stock(tx, [again, other]) == [
        ChangeStockStatus.CHANGED,
        ChangeStockStatus.EXISTS_WITH_DIFFERENT_CHANGE,
    ]


async def test_every_refusal_of_carrying_over(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 3)
    second = await _split(tx, shop_id, [sku], 4)
    await move_stock(tx, [_move(MoveKind.HOLD, (sku, 2))])
    first = TransferStock(
        id=new_id(shop_id), sku_id=sku, shop_id=shop_id, from_id=shop_id, to_id=second, quantity=1, actor=BY_SYSTEM
    )
    tries = [
        first,
        replace(first, quantity=2),
        replace(first, id=new_id(UUID(int=shop_id.int ^ 1))),
        replace(first, id=new_id(shop_id), sku_id=new_id(shop_id)),
        replace(first, id=new_id(shop_id), to_id=shop_id),
        replace(first, id=new_id(shop_id), note="长" * 201),
        replace(first, id=new_id(shop_id), quantity=9),
        replace(first, id=new_id(shop_id), quantity=0),
        replace(first, id=new_id(shop_id), quantity=2),
    ]
    assert await transfer_stock(tx, tries) == [
        ChangeStockStatus.CHANGED,
        ChangeStockStatus.EXISTS_WITH_DIFFERENT_CHANGE,
        ChangeStockStatus.ID_IN_ANOTHER_SHARD,
        ChangeStockStatus.SKU_NOT_FOUND,
        ChangeStockStatus.WAREHOUSE_NOT_FOUND,
        ChangeStockStatus.NOTE_MALFORMED,
        ChangeStockStatus.UNITS_OUT_OF_RANGE,
        ChangeStockStatus.UNITS_OUT_OF_RANGE,
        ChangeStockStatus.BELOW_HELD,
    ]


async def test_the_database_refuses_shelves_that_do_not_add_up(tx: Transaction) -> None:
    shop_id, (sku,) = await _open_shop(tx, 3)
    second = await _split(tx, shop_id, [sku], 4)
    shelves = {str(shop_id): [3, 0, 0, True], str(second): [3, 0, 0, True]}
    with pytest.raises(asyncpg.CheckViolationError, match="stock_is_the_sum_of_its_shelves"):
        await tx.connection.execute("update inventory.stock set shelves = $2 where sku_id = $1", sku, shelves)


async def test_a_rush_on_two_warehouses_sells_exactly_what_there_is(
    database: Database, database_url: str, lanes: Lanes
) -> None:
    """Two pools; buyers near one or the other, somebody who carries units over and opens and closes one meanwhile."""
    async with database.transaction() as tx:
        shop_id, (sku,) = await _open_shop(tx, 150)
        second = await _split(tx, shop_id, [sku], 150)
    other = await Database.connect(database_url)

    async def hold(pool: Database, number: int) -> tuple[StockStatus, int]:
        quantity = 1 + number % 3
        move = StockMove(
            order_id=new_id(shop_id), kind=MoveKind.HOLD, lines=((sku, quantity),), region="440305" * (number % 2)
        )
        return (await pool.retried(lambda tx: move_stock(tx, [move])))[0], quantity

    async def carry(pool: Database, number: int) -> None:
        places = (shop_id, second) if number % 2 else (second, shop_id)
        command = TransferStock(
            id=new_id(shop_id), sku_id=sku, shop_id=shop_id, from_id=places[0], to_id=places[1], quantity=7,
            actor=BY_SYSTEM,
        )  # fmt: skip
        turn = SaveWarehouse(id=second, shop_id=shop_id, name="南仓", actor=BY_SYSTEM, is_open=bool(number % 2))
        await pool.retried(lambda tx: transfer_stock(tx, [command]))
        await pool.retried(lambda tx: save_warehouses(tx, [turn]))

    try:
        held, _ = await asyncio.gather(
            asyncio.gather(*(hold((database, other)[n % 2], n) for n in range(200))),
            asyncio.gather(*(carry((database, other)[n % 2], n) for n in range(12))),
        )
        turn = SaveWarehouse(id=second, shop_id=shop_id, name="南仓", actor=BY_SYSTEM)
        await database.retried(lambda tx: save_warehouses(tx, [turn]))
        held += await asyncio.gather(*(hold((database, other)[n % 2], 3 * n) for n in range(200)))
    finally:
        await other.close()
    sold = sum(quantity for status, quantity in held if status is StockStatus.MOVED)
    async with database.transaction() as tx:
        assert sold == 300
        assert await _counters(tx, sku) == (300, 300, 0)
        noted = await tx.connection.fetch(
            "select warehouse_id, sum(held)::bigint from inventory.holds where sku_id = $1 group by 1", sku
        )
        assert {row[0]: row[1] for row in noted} == {id: s[1] for id, s in (await _shelves(tx, sku)).items()}
