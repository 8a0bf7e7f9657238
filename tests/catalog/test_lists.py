"""Proves that every list shows each thing once, in order, page by page, in one statement."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, product, simple, stock
from tests.plans import plan
from weiji.catalog import (
    ProductOrder,
    ProductState,
    Shelf,
    get_goods_for_merchant,
    get_home,
    get_product_page,
    get_shop_page,
    get_skus_for_sale,
    save_products,
)
from weiji.catalog.handlers import SalesCount
from weiji.catalog.store import SQL
from weiji.events import BY_SYSTEM
from weiji.inventory import MoveKind, StockMove, move_stock
from weiji.kit.db import Database, Transaction, count_statements
from weiji.kit.ids import new_id, shard_of
from weiji.shops import ShopState, UpdateShop, update_shops


async def _all(read: Callable[[str | None], Awaitable[tuple[list[UUID], str | None]]]) -> list[UUID]:
    """Read a list to its end."""
    ids, after = await read(None)
    while after:
        more, after = await read(after)
        assert more
        ids += more
    return ids


async def test_a_shop_shows_what_it_has_listed(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    listed = [simple(shop_id) for _ in range(5)]
    await save_products(tx, [*listed, simple(shop_id, state=ProductState.DRAFT)])
    await stock(tx, listed[0], 1)

    async def read(after: str | None) -> tuple[list[UUID], str | None]:
        page = await get_shop_page(tx, shop_id, after=after, limit=2)
        assert page
        assert page.shop.id == shop_id
        return [card.id for card in page.products], page.after

    assert await _all(read) == sorted((command.id for command in listed), reverse=True)
    page = await get_shop_page(tx, shop_id)
    assert page
    assert {card.id: card.is_sold_out for card in page.products} == {c.id: c is not listed[0] for c in listed}
    assert page.products[0].price_min == 9_99
    assert await get_shop_page(tx, new_id()) is None


async def test_an_empty_shop_has_a_page(tx: Transaction) -> None:
    page = await get_shop_page(tx, await opened_shop(tx))
    assert page
    assert (page.products, page.after) == ((), None)


async def test_home_shows_what_open_shops_have_listed(tx: Transaction) -> None:
    one, two, closed = [await opened_shop(tx) for _ in range(3)]
    listed = [simple(one), simple(two), simple(one), product(two)]
    await save_products(tx, [*listed, simple(closed), simple(one, state=ProductState.DRAFT)])
    await update_shops(tx, [UpdateShop(shop_id=closed, actor=BY_SYSTEM, status=ShopState.CLOSED)])
    for order in ProductOrder:

        async def read(after: str | None, order: ProductOrder = order) -> tuple[list[UUID], str | None]:
            page = await get_home(tx, order=order, after=after, limit=3)
            return [card.id for card in page.products], page.after

        assert await _all(read) == sorted((command.id for command in listed), reverse=True)


async def test_the_best_sold_come_first_once_sales_are_counted(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, other_id = await opened_shop(tx), await opened_shop(tx)
        few, many, none = product(shop_id), product(other_id), product(shop_id)
        await save_products(tx, [few, many, none])
        for command, quantity in ((few, 1), (many, 4)):
            await stock(tx, command, 9)
            lines = tuple((sku.id, quantity) for sku in command.skus)
            for kind in (MoveKind.HOLD, MoveKind.TAKE):
                await move_stock(tx, [StockMove(order_id=new_id(command.shop_id), kind=kind, lines=lines)])
    # Each as if it were another process: it goes on where the last one got to.
    assert sorted([await SalesCount(counted=1).count(database, 10) for _ in range(3)]) == [0, 1, 1]
    assert [await SalesCount().count(database, 10) for _ in range(2)] == [0, 0]
    async with database.read() as reader:
        first = await get_home(reader, order=ProductOrder.BEST_SOLD, limit=2)
        last = await get_home(reader, order=ProductOrder.BEST_SOLD, limit=2, after=first.after)
    assert [(card.id, card.sold) for card in first.products + last.products] == [
        (many.id, 8),
        (few.id, 2),
        (none.id, 0),
    ]
    assert last.after is None


async def test_a_merchant_sees_all_goods_with_their_stock(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    commands = [product(shop_id), simple(shop_id, state=ProductState.DRAFT), simple(shop_id)]
    await save_products(tx, [*commands, simple(await opened_shop(tx))])
    await stock(tx, commands[0], 3)
    hold = StockMove(order_id=new_id(shop_id), kind=MoveKind.HOLD, lines=((commands[0].skus[0].id, 2),))
    await move_stock(tx, [hold])

    async def read(after: str | None) -> tuple[list[UUID], str | None]:
        page = await get_goods_for_merchant(tx, shop_id, after=after, limit=2)
        return [row.id for row in page.goods], page.after

    assert await _all(read) == sorted((command.id for command in commands), reverse=True)
    drafts = await get_goods_for_merchant(tx, shop_id, shelf=Shelf.DRAFT)
    assert [row.id for row in drafts.goods] == [commands[1].id]
    every = await get_goods_for_merchant(tx, shop_id)
    (row,) = [row for row in every.goods if row.id == commands[0].id]
    assert (row.skus, row.on_hand, row.held, row.price_min, row.price_max) == (2, 6, 2, 38_00, 42_00)


@pytest.mark.usefixtures("anew")
async def test_what_is_sold_out_or_nearly_is_read_from_the_stock(database: Database) -> None:
    # So many goods would change the plans of tests after it, in the database that all of them share.
    async with database.transaction() as tx:
        await _read_from_the_stock(tx)


async def _read_from_the_stock(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    watched = [product(shop_id) for _ in range(4)]
    watched = [replace(each, skus=tuple(replace(sku, low_stock=2) for sku in each.skus)) for each in watched]
    gone, fine, low, half = watched
    unwatched, never, draft = simple(shop_id), simple(shop_id), simple(shop_id, state=ProductState.DRAFT)
    await save_products(tx, [*watched, unwatched, never, draft, simple(await opened_shop(tx))])
    for command, on_hand in ((fine, 3), (low, 2), (half, 9), (unwatched, 1)):
        await stock(tx, command, on_hand)
    await stock(tx, replace(half, skus=half.skus[:1]), 0)

    async def read(shelf: Shelf, text: str) -> list[UUID]:
        rows = await tx.connection.fetch(text, shard_of(shop_id), shop_id, shelf, None, None, 9)
        return [row["id"] for row in rows]

    # Where it is few, and where it is more than is read first.
    for text in (SQL.get_goods.text, re.sub(r"\b200([01])\b", r"\1", SQL.get_goods.text)):
        assert await read(Shelf.SOLD_OUT, text) == sorted((gone.id, never.id), reverse=True)
        assert await read(Shelf.LOW, text) == sorted((gone.id, low.id, half.id), reverse=True)
    # Among a handful every index is as good.
    for _ in range(4):
        await save_products(tx, [product(shop_id) for _ in range(100)])
    await tx.connection.execute("set local enable_seqscan = off")
    told = await plan(tx, SQL.get_goods)
    for name, index in (("gone", "stock_of_a_shop"), ("few", "skus_watched_in_order")):
        assert re.search(rf"CTE {name}\n(?:(?! *CTE ).*\n)*?.*{index}\b", told), told
        assert re.search(rf"hashed SubPlan|CTE Scan on {name}", told), told


async def test_skus_for_sale_tell_what_an_order_needs(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    command = product(shop_id)
    await save_products(tx, [command])
    await stock(tx, command, 3)
    missing = new_id(shop_id)
    two, nothing, one = await get_skus_for_sale(tx, [command.skus[1].id, missing, command.skus[0].id])
    assert nothing is None
    assert one
    assert two
    assert (two.title, two.option_names, two.choices, two.price, two.weight_grams, two.available, two.is_listed) == (
        "手作陶瓷杯", ("颜色",), ("白",), 42_00, 320, 3, True,
    )  # fmt: skip
    assert (one.shop_id, one.shop_name, one.product_id) == (shop_id, "青瓷小铺", command.id)
    await update_shops(tx, [UpdateShop(shop_id=shop_id, actor=BY_SYSTEM, status=ShopState.CLOSED)])
    (one,) = await get_skus_for_sale(tx, [command.skus[0].id])
    assert one
    assert not one.is_listed


async def test_every_read_is_one_statement(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    command = product(shop_id)
    await save_products(tx, [command])
    for read in (
        get_product_page(tx, command.id),
        get_shop_page(tx, shop_id),
        get_home(tx),
        get_goods_for_merchant(tx, shop_id),
        get_skus_for_sale(tx, [sku.id for sku in command.skus]),
    ):
        counter = count_statements()
        await read
        assert counter.statements == 1
