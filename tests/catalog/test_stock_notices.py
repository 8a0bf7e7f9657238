"""Proves that a shop is told once whenever a SKU runs low, whoever looks and however often, and not by the order."""

import asyncio
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.catalog.examples import opened_shop, simple, stock
from weiji.catalog import SaveProduct, WithdrawProduct, save_products, withdraw_products
from weiji.catalog.rounds import keep_round
from weiji.catalog.stock_notices import (
    BEGINNING,
    JOB,
    KEPT_FOR,
    StockNotice,
    StockWatch,
    count_stock_notices,
    forget_stock_notices,
    get_stock_notices,
)
from weiji.events import BY_SYSTEM
from weiji.events.outbox import get_events
from weiji.inventory import MoveKind, StockMove, move_stock
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id

LIMIT = 100
WATCH = StockWatch()
replace = msgspec.structs.replace


async def _watched(database: Database, left: int, on_hand: int) -> SaveProduct:
    async with database.transaction() as tx:
        cup = simple(await opened_shop(tx))
        cup = replace(cup, skus=(replace(cup.skus[0], low_stock=left),))
        await save_products(tx, [cup])
        await stock(tx, cup, on_hand)
    return cup


async def _hold(database: Database, cup: SaveProduct, units: int) -> None:
    hold = StockMove(order_id=new_id(cup.shop_id), kind=MoveKind.HOLD, lines=((cup.skus[0].id, units),))
    async with database.transaction() as tx:
        await move_stock(tx, [hold])


async def _told(database: Database, shop_id: UUID) -> list[int]:
    """Give how many were left whenever the shop was told, from its own log."""
    async with database.read() as reader:
        rows = await get_events(reader, shop_id, 0, LIMIT)
    return [row["data"]["available"] for row in rows if row["type"] == "StockRanLow"]


async def _notices(database: Database, shop_id: UUID) -> list[StockNotice]:
    async with database.read() as reader:
        return (await get_stock_notices(reader, shop_id, "")).notices


async def test_a_shop_is_told_once_each_time_that_a_sku_runs_low(database: Database) -> None:
    cup = await _watched(database, left=3, on_hand=5)
    await WATCH.look(database, LIMIT)
    assert await _told(database, cup.shop_id) == []
    await _hold(database, cup, 2)
    # The order itself told nobody.
    assert await _told(database, cup.shop_id) == []
    for units in (0, 1, 1):  # What is sold while it runs low is told of no more.
        if units:
            await _hold(database, cup, units)
        await WATCH.look(database, LIMIT)
    assert await _told(database, cup.shop_id) == [3]
    async with database.transaction() as tx:
        await stock(tx, cup, 20)
    await WATCH.look(database, LIMIT)
    async with database.transaction() as tx:
        assert await count_stock_notices(tx, cup.shop_id) == 0
        await stock(tx, cup, 4)
    await WATCH.look(database, LIMIT)
    assert await _told(database, cup.shop_id) == [3, 0]
    now, before = await _notices(database, cup.shop_id)
    assert (now.available, now.ended_at, now.title, now.choices) == (0, None, cup.title, [])
    assert before.ended_at is not None
    async with database.read() as reader:
        first = await get_stock_notices(reader, cup.shop_id, "", 1)
        assert [first.notices, (await get_stock_notices(reader, cup.shop_id, first.after or "", 1)).notices] == [
            [now],
            [before],
        ]


async def test_what_is_not_on_sale_runs_low_for_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    cup = await _watched(database, left=3, on_hand=1)
    unwatched = await _watched(database, left=0, on_hand=1)
    await WATCH.look(database, LIMIT)
    async with database.transaction() as tx:
        await withdraw_products(tx, [WithdrawProduct(product_id=cup.id, shop_id=cup.shop_id, actor=BY_SYSTEM)])
    await WATCH.look(database, LIMIT)
    (ended,) = await _notices(database, cup.shop_id)
    assert ended.ended_at is not None
    assert await _notices(database, unwatched.shop_id) == []
    await forget_stock_notices(database, LIMIT)
    assert await _notices(database, cup.shop_id) == [ended]
    later = clock.now() + KEPT_FOR
    monkeypatch.setattr(clock, "now", lambda: later)
    await forget_stock_notices(database, LIMIT)
    assert await _notices(database, cup.shop_id) == []


async def test_a_round_looks_at_a_part_and_all_of_it_is_seen_in_time(database: Database) -> None:
    cups = [await _watched(database, left=3, on_hand=1) for _ in range(3)]
    watch = StockWatch(watched=1)
    await keep_round(database, JOB, BEGINNING)

    async def count() -> int:
        return sum([len(await _told(database, cup.shop_id)) for cup in cups])

    for rounds in (1, 2, 3):
        await watch.look(database, LIMIT)
        assert await count() <= rounds
    while await count() < len(cups):  # What other tests left is watched, too: every round gets on.
        await watch.look(database, LIMIT)
    async with database.transaction() as tx:
        for cup in cups:
            await stock(tx, cup, 20)
    # It begins anew behind the last, and ends what is not low any more; at no more than one a round, it gets there.
    for cup in cups:
        while (await _notices(database, cup.shop_id))[0].ended_at is None:
            await watch.look(database, 1)
    await keep_round(database, JOB, BEGINNING)


async def test_another_process_goes_on_where_the_last_round_ended(database: Database) -> None:
    cups = [await _watched(database, left=3, on_hand=1) for _ in range(2)]
    first, second = sorted(cups, key=lambda cup: cup.shop_id)
    await keep_round(database, JOB, (first.shop_id, first.skus[0].id))
    await StockWatch().look(database, LIMIT)
    assert (await _told(database, first.shop_id), await _told(database, second.shop_id)) == ([], [1])
    await StockWatch().look(database, LIMIT)  # From the beginning.
    assert await _told(database, first.shop_id) == [1]


async def test_two_who_look_at_the_same_time_tell_it_once(database: Database) -> None:
    cups = [await _watched(database, left=3, on_hand=1) for _ in range(3)]
    await asyncio.gather(*(StockWatch().look(database, LIMIT) for _ in range(3)))
    assert [await _told(database, cup.shop_id) for cup in cups] == [[1]] * 3
    (notice,) = await _notices(database, cups[0].shop_id)
    async with database.transaction() as tx:
        with pytest.raises(asyncpg.UniqueViolationError, match="stock_notices_one_is_open"):
            await tx.connection.execute(
                "insert into catalog.stock_notices"
                " (shard, id, shop_id, product_id, sku_id, available, low_stock, noticed_at)"
                " select shard, $2, shop_id, product_id, sku_id, 0, 3, now() from catalog.stock_notices where id = $1",
                notice.id,
                new_id(cups[0].shop_id),
            )
