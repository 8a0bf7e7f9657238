"""Proves that prices change exactly as told and as seen, and that what they were is kept and told."""

import asyncio
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.examples import opened_shop, product, simple, stock
from weiji.catalog import (
    ChangePrice,
    ChangePriceStatus,
    Option,
    SaveProduct,
    SaveProductStatus,
    Shelf,
    change_prices,
    get_goods_for_merchant,
    get_product_page,
    save_products,
)
from weiji.catalog.price_history import get_price_history
from weiji.catalog.pricing import How, SkuPrice, changed, judge_prices, read_percent
from weiji.events import BY_SYSTEM, outbox
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id

S = ChangePriceStatus
replace = msgspec.structs.replace


def change(command: SaveProduct, place: int, price: int, **more: Any) -> ChangePrice:
    sku = command.skus[place]
    facts: dict[str, Any] = {
        "sku_id": sku.id,
        "product_id": command.id,
        "shop_id": command.shop_id,
        "price_before": sku.price,
        "price": price,
        "compare_at": None,
        "actor": BY_SYSTEM,
    }
    return ChangePrice(**facts | more)


@given(st.integers(0, 10**12), st.integers(0, 99_999))
def test_percentages_are_exact_to_the_fen(amount: int, basis_points: int) -> None:
    def exact(share: int) -> int:
        return int((Decimal(amount) * share / 10_000).quantize(Decimal(1), ROUND_HALF_UP))

    assert changed(amount, How.RAISE_PERCENT, basis_points) == exact(10_000 + basis_points)
    if basis_points <= 10_000:
        assert changed(amount, How.LOWER_PERCENT, basis_points) == exact(10_000 - basis_points)
    assert changed(amount, How.LOWER, basis_points) == amount - basis_points
    assert changed(changed(amount, How.RAISE, basis_points), How.LOWER, basis_points) == amount
    assert changed(amount, How.SET, basis_points) == basis_points


@pytest.mark.parametrize(
    ("text", "basis_points"),
    [("10", 1_000), ("12.5%", 1_250), ("0.01", 1), ("100％", 10_000), ("", None), ("1.234", None), ("-5", None),
     ("1e2", None), ("5.", None), ("٣", None)],
)  # fmt: skip
def test_percentages_are_read_exactly_or_not_at_all(text: str, basis_points: int | None) -> None:
    assert read_percent(text) == basis_points


async def test_every_status(tx: Transaction) -> None:
    shop_id, other_id = await opened_shop(tx), await opened_shop(tx)
    cup = product(shop_id)
    await save_products(tx, [cup])
    statuses = await change_prices(
        tx,
        [
            change(cup, 0, 30_00, compare_at=38_00),
            change(cup, 0, 30_00, compare_at=38_00),
            change(cup, 0, 29_00),
            change(cup, 0, 29_00, price_before=30_00),
            change(cup, 1, 0),
            change(cup, 1, 10**12 + 1),
            change(cup, 1, 1, sku_id=new_id(shop_id)),
            change(cup, 1, 1, shop_id=other_id),
            change(cup, 1, 1, product_id=new_id(shop_id)),
        ],
    )
    assert statuses == [
        S.CHANGED, S.EXISTS, S.PRICE_MOVED, S.CHANGED, S.PRICE_OUT_OF_RANGE, S.PRICE_OUT_OF_RANGE,
        S.SKU_NOT_FOUND, S.SKU_NOT_FOUND, S.SKU_NOT_FOUND,
    ]  # fmt: skip
    found = await get_product_page(tx, cup.id)
    assert found
    assert (found.price_min, found.price_max, found.version) == (29_00, 42_00, 2)
    assert [(sku.price, sku.compare_at) for sku in found.skus] == [(29_00, None), (42_00, None)]
    assert [row["type"] for row in await outbox.get_events(tx, shop_id, 1, 9)] == ["ProductSaved"] * 2


async def test_a_form_that_was_open_meanwhile_overwrites_nothing(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    cup = simple(shop_id)
    await save_products(tx, [cup])
    await change_prices(tx, [change(cup, 0, 5_00)])
    (late,) = await save_products(tx, [replace(cup, version=1, title="旧的")])
    assert late.status is SaveProductStatus.VERSION_CONFLICT
    # And what was saved before is not taken for what is there now.
    (again,) = await save_products(tx, [cup])
    assert again.status is SaveProductStatus.UPDATED
    found = await get_product_page(tx, cup.id)
    assert found
    assert found.price_min == 9_99


IDS = [UUID(int=n) for n in range(1, 4)]
CHANGES = st.builds(
    ChangePrice,
    sku_id=st.sampled_from(IDS),
    product_id=st.sampled_from(IDS[:2]),
    shop_id=st.just(IDS[0]),
    price_before=st.integers(0, 3),
    price=st.integers(-1, 3),
    compare_at=st.sampled_from([None, 2]),
    actor=st.just(BY_SYSTEM),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, max_size=14))
def test_law_of_batches(batch: list[ChangePrice]) -> None:
    def skus() -> dict[UUID, SkuPrice]:
        return {id: SkuPrice(IDS[0], IDS[0], 1, None) for id in IDS[:2]}

    one, other = skus(), skus()
    whole = judge_prices(one, batch)
    assert whole == [status for command in batch for status in judge_prices(other, [command])]
    assert one == other


async def history(tx: Transaction, sku_id: UUID) -> list[tuple[int, int | None]]:
    rows = await tx.connection.fetch(
        "select price, compare_at from catalog.price_changes where sku_id = $1 order by version", sku_id
    )
    return [(row["price"], row["compare_at"]) for row in rows]


async def test_what_a_price_was_is_kept_whoever_changed_it(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    cup = simple(shop_id)
    sku = cup.skus[0]
    await save_products(tx, [cup])
    await save_products(tx, [replace(cup, title="别的")])
    await save_products(tx, [replace(cup, skus=(replace(sku, price=8_00, compare_at=9_99),))])
    await change_prices(tx, [change(cup, 0, 7_00, price_before=8_00)])
    assert await history(tx, sku.id) == [(9_99, None), (8_00, 9_99), (7_00, None)]
    for statement in ("update catalog.price_changes set price = 1", "delete from catalog.price_changes"):
        with pytest.raises(Exception, match="permission denied"):
            async with tx.connection.transaction():
                await tx.connection.execute(statement)


async def test_a_merchant_reads_what_a_product_cost_page_by_page(tx: Transaction) -> None:
    cup = product(await opened_shop(tx))
    blue, white = (sku.id for sku in cup.skus)
    await save_products(tx, [cup])
    await change_prices(tx, [change(cup, 0, 30_00, compare_at=38_00)])
    await save_products(tx, [replace(cup, skus=cup.skus[1:], options=(Option("颜色", ("白",)),))])
    steps, after = [], ""
    while True:
        found = await get_price_history(tx, cup.id, after, 2)
        assert found
        assert len(found.changes) <= 2
        steps += found.changes
        if found.after is None:
            break
        after = found.after
    assert [(step.sku_id, step.price_before, step.price, step.compare_at, step.is_listed) for step in steps] == [
        (blue, 38_00, 30_00, 38_00, False),
        *sorted(
            [(blue, None, 38_00, None, False), (white, None, 42_00, None, True)], key=lambda step: step[0], reverse=True
        ),
    ]
    assert await get_price_history(tx, new_id(), "") is None


async def test_the_lowest_of_thirty_days_before_is_told_where_a_price_is_struck_through(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    cup = simple(shop_id)
    start = tx.now
    seen = []
    # Day, price, struck through: what was lowest in the 30 days before that change, its own price left out.
    for day, price, was in ((0, 9_99, None), (10, 5_00, None), (20, 12_00, None), (35, 8_00, 12_00), (80, 7_00, 8_00)):
        tx.now = start + timedelta(days=day)
        await save_products(tx, [replace(cup, skus=(replace(cup.skus[0], price=price, compare_at=was),))])
        found = await get_product_page(tx, cup.id)
        assert found
        seen.append(found.skus[0].lowest)
    assert seen == [None, None, None, 5_00, 8_00]
    tx.now = start


async def test_two_who_saw_the_same_price_do_not_both_change_it(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        cup = simple(shop_id)
        await save_products(tx, [cup])

    async def cut(price: int) -> ChangePriceStatus:
        async with database.transaction() as tx:
            return (await change_prices(tx, [change(cup, 0, price)]))[0]

    assert sorted(await asyncio.gather(*(cut(price) for price in (1_00, 2_00, 3_00)))) == [
        S.CHANGED,
        S.PRICE_MOVED,
        S.PRICE_MOVED,
    ]


async def test_goods_that_run_out_are_found(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)

    def watched(left: int | None) -> SaveProduct:
        cup = simple(shop_id)
        return replace(cup, skus=(replace(cup.skus[0], low_stock=left),))

    plenty, few, none, unwatched = watched(2), watched(7), watched(0), watched(None)
    await save_products(tx, [plenty, few, none, unwatched])
    for command, on_hand in ((plenty, 3), (few, 7), (none, 0), (unwatched, 0)):
        await stock(tx, command, on_hand)
    for shelf, wanted in (
        (Shelf.LOW, {few.id, none.id}),
        (Shelf.SOLD_OUT, {none.id, unwatched.id}),
        (Shelf.LISTED, {plenty.id, few.id, none.id, unwatched.id}),
        (Shelf.DRAFT, set()),
    ):
        goods = (await get_goods_for_merchant(tx, shop_id, shelf=shelf)).goods
        assert {row.id for row in goods} == wanted, shelf
    (refused,) = await save_products(tx, [watched(-1)])
    assert refused.status is SaveProductStatus.LOW_STOCK_OUT_OF_RANGE
