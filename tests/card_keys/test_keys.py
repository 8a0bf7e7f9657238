"""Proves that card keys are stored once, that nobody reads them in the database, and that stock counts exactly them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.card_keys.examples import card_shop, disagreements, texts_in_tables, upload
from tests.catalog.examples import opened_shop, simple
from weiji.card_keys import (
    KEYS_MAX,
    DiscardKey,
    DiscardStatus,
    Fault,
    HandOut,
    Sealed,
    StoreKeys,
    StoreStatus,
    discard_keys,
    get_keys_of_orders,
    get_keys_of_sku,
    hand_out_keys,
    open_keys,
    seal_lines,
    store_keys,
    take_back_keys,
)
from weiji.card_keys.rules import Found, Stores, judge_discards, judge_stores
from weiji.card_keys.sealing import tail_of
from weiji.catalog import Delivery, SaveProductStatus, SkuForSale, save_products
from weiji.events import BY_SYSTEM
from weiji.inventory import (
    MoveKind,
    SetStock,
    SetStockStatus,
    StockMove,
    StockStatus,
    get_stock,
    move_stock,
    set_stock,
)
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS, Unsealable


async def stock_of(tx: Transaction, sku_id: UUID) -> tuple[int, int, int]:
    (found,) = await get_stock(tx, [sku_id])
    assert found is not None
    return found.on_hand, found.held, found.sold


async def test_keys_are_stored_doubles_are_told_and_stock_counts_them(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    lines = ["AAAA-1111", "", "  BBBB-2222  ", "AAAA-1111", "C" * 501, "bad\x07key"]
    first, again = await store_keys(
        tx, [upload(shop_id, sku_id, lines), upload(shop_id, sku_id, ["BBBB-2222", "DDDD-4444"])]
    )
    assert (first.status, first.stored) == (StoreStatus.STORED, 2)
    assert first.faults == ((4, Fault.DOUBLE), (5, Fault.TOO_LONG), (6, Fault.INVALID))
    assert (again.stored, again.faults) == (1, ((1, Fault.DOUBLE),))
    assert await stock_of(tx, sku_id) == (3, 0, 0)
    assert await disagreements(tx) == 0
    keys, _ = await get_keys_of_sku(tx, sku_id)
    assert {key.tail for key in keys} == {"111", "222", "444"}


async def test_what_cannot_be_stored(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    other = await opened_shop(tx)
    cup = simple(shop_id)
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    too_many = upload(shop_id, sku_id, [f"key-{n}" for n in range(KEYS_MAX + 1)])
    results = await store_keys(
        tx,
        [
            upload(other, sku_id, ["a-key-of-mine"]),
            upload(shop_id, cup.skus[0].id, ["a-key-of-mine"]),
            too_many,
            upload(shop_id, sku_id, ["", "  "]),
        ],
    )
    assert [result.status for result in results] == [
        StoreStatus.SKU_NOT_FOUND,
        StoreStatus.NOT_VIRTUAL,
        StoreStatus.TOO_MANY_KEYS,
        StoreStatus.NO_KEYS,
    ]
    assert await stock_of(tx, sku_id) == (0, 0, 0)


async def test_no_table_has_the_text_of_a_key(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    await store_keys(tx, [upload(shop_id, sku_id, ["SECRET-TEXT-9473"])])
    assert await texts_in_tables(tx, "SECRET") == []
    assert await texts_in_tables(tx, "9473") == ["card_keys.keys"]  # Its end, which the shop knows it by.


def test_a_sealed_key_opens_in_its_own_row_only() -> None:
    (key,), _ = seal_lines(new_id(), ["AAAA-1111"])
    with pytest.raises(Unsealable):
        KEYS.unseal(key.sealed, "card_keys.keys:sealed", new_id())


@pytest.mark.parametrize(("text", "tail"), [("AB", ""), ("ABC", "C"), ("ABCDEF", "EF"), ("ABCDEFGHIJKLMNOP", "MNOP")])
def test_a_shop_sees_at_most_a_third_of_a_key(text: str, tail: str) -> None:
    assert tail_of(text) == tail


async def test_the_number_of_keys_is_not_anybodys_to_set(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    setting = SetStock(sku_id=sku_id, shop_id=shop_id, on_hand=9, actor=BY_SYSTEM)
    assert await set_stock(tx, [setting]) == [SetStockStatus.KEYED]


async def test_keys_are_handed_out_in_the_order_they_came_and_come_back(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    await store_keys(tx, [upload(shop_id, sku_id, [f"KEY-{n:04}" for n in range(5)])])
    orders = [new_id(shop_id), new_id(shop_id)]
    lines = ((sku_id, 2),)
    holds = [StockMove(order_id=order, kind=MoveKind.HOLD, lines=lines) for order in orders]
    assert await move_stock(tx, holds) == [StockStatus.MOVED] * 2
    await hand_out_keys(tx, [HandOut(order_id=order, lines=((1, sku_id, 2),)) for order in orders])
    found = await get_keys_of_orders(tx, orders)
    texts = [text for order in orders for _, text in open_keys(found[order])]
    assert len(set(texts)) == 4
    assert await stock_of(tx, sku_id) == (1, 0, 4)
    assert await disagreements(tx) == 0
    await take_back_keys(tx, orders[:1])
    assert await stock_of(tx, sku_id) == (3, 0, 2)
    assert await disagreements(tx) == 0
    assert list(await get_keys_of_orders(tx, orders)) == orders[1:]


async def test_a_key_is_discarded_unless_somebody_has_or_was_promised_it(tx: Transaction) -> None:
    shop_id, sku_id = await card_shop(tx)
    await store_keys(tx, [upload(shop_id, sku_id, ["KEY-A", "KEY-B", "KEY-C"])])
    order = new_id(shop_id)
    await move_stock(tx, [StockMove(order_id=order, kind=MoveKind.HOLD, lines=((sku_id, 1),))])
    await hand_out_keys(tx, [HandOut(order_id=order, lines=((1, sku_id, 1),))])
    await move_stock(tx, [StockMove(order_id=new_id(shop_id), kind=MoveKind.HOLD, lines=((sku_id, 1),))])
    keys, _ = await get_keys_of_sku(tx, sku_id)
    gone = next(key.id for key in keys if key.order_id == order)
    free = [key.id for key in keys if key.order_id is None]

    def discard(id: UUID, shop: UUID = shop_id) -> DiscardKey:
        return DiscardKey(id=id, shop_id=shop, sku_id=sku_id, actor=BY_SYSTEM)

    commands = [discard(gone), discard(free[0], new_id(shop_id)), discard(free[0]), discard(free[0]), discard(free[1])]
    assert await discard_keys(tx, commands) == [
        DiscardStatus.HANDED_OUT,
        DiscardStatus.KEY_NOT_FOUND,
        DiscardStatus.DISCARDED,
        DiscardStatus.KEY_NOT_FOUND,
        DiscardStatus.PROMISED,
    ]
    assert await stock_of(tx, sku_id) == (1, 1, 1)
    assert await disagreements(tx) == 0


async def test_the_same_keys_uploaded_at_once_are_stored_once(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, sku_id = await card_shop(tx)
        other = simple(shop_id, delivery=Delivery.VIRTUAL)
        await save_products(tx, [other])
    lines = [f"KEY-{n:04}" for n in range(50)]
    uploads = [
        upload(shop_id, sku, lines[::step])
        for sku, step in [(sku_id, 1), (sku_id, -1), (other.skus[0].id, -1), (other.skus[0].id, 1)]
    ]

    async def store(command: StoreKeys) -> int:
        async def work(tx: Transaction) -> int:
            (result,) = await store_keys(tx, [command])
            return result.stored

        return await database.retried(work)

    assert sum(await asyncio.gather(*map(store, uploads))) == 50
    async with database.transaction() as tx:
        assert await disagreements(tx) == 0


async def test_orders_that_are_handed_keys_at_once_never_share_one(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, sku_id = await card_shop(tx)
        await store_keys(tx, [upload(shop_id, sku_id, [f"KEY-{n:04}" for n in range(40)])])
        orders = [new_id(shop_id) for _ in range(20)]
        lines = ((sku_id, 2),)
        await move_stock(tx, [StockMove(order_id=id, kind=MoveKind.HOLD, lines=lines) for id in orders])

    async def give(order_id: UUID) -> None:
        await database.retried(lambda tx: hand_out_keys(tx, [HandOut(order_id=order_id, lines=((1, sku_id, 2),))]))

    await asyncio.gather(*map(give, orders))
    async with database.transaction() as tx:
        found = await get_keys_of_orders(tx, orders)
        assert {len(keys) for keys in found.values()} == {2}
        assert len({text for keys in found.values() for _, text in open_keys(keys)}) == 40
        assert await stock_of(tx, sku_id) == (0, 0, 40)
        assert await disagreements(tx) == 0


SHOP, SKU, OTHER = new_id(), new_id(), new_id()
INDEXES = [bytes([n]) * 32 for n in range(4)]
KEY_IDS = [UUID(int=n) for n in range(4)]


def _sku(sku_id: UUID, delivery: Delivery) -> SkuForSale:
    facts: dict[str, Any] = dict.fromkeys(SkuForSale.__struct_fields__)
    return SkuForSale(**facts | {"sku_id": sku_id, "shop_id": SHOP, "available": 0, "delivery": delivery})


def _state() -> Stores:
    return Stores(
        skus={SKU: _sku(SKU, Delivery.VIRTUAL), OTHER: _sku(OTHER, Delivery.PHYSICAL)}, known={(SHOP, INDEXES[3])}
    )


uploads = st.builds(
    lambda shop_id, sku_id, picked: StoreKeys(
        id=SHOP,
        shop_id=shop_id,
        sku_id=sku_id,
        keys=tuple(Sealed(id=KEY_IDS[n], line=n + 1, sealed=b"", tail="", blind_index=INDEXES[n]) for n in picked),
        actor=BY_SYSTEM,
    ),
    st.sampled_from([SHOP, OTHER]),
    st.sampled_from([SKU, OTHER, UUID(int=9)]),
    st.lists(st.integers(0, 3), unique=True),
)


@given(st.lists(uploads, max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_law_of_batches_of_stores(batch: list[StoreKeys]) -> None:
    together, apart = _state(), _state()
    assert judge_stores(together, batch) == [judge_stores(apart, [command])[0] for command in batch]
    assert together == apart
    stored = [(command.shop_id, key.blind_index) for command, key in together.new]
    assert len(stored) == len(set(stored))


discards = st.builds(
    lambda id, sku_id: DiscardKey(id=id, shop_id=SHOP, sku_id=sku_id, actor=BY_SYSTEM),
    st.sampled_from(KEY_IDS),
    st.sampled_from([SKU, OTHER]),
)


@given(st.lists(discards, max_size=8), st.integers(0, 3))
def test_law_of_batches_of_discards(batch: list[DiscardKey], free: int) -> None:
    def state() -> tuple[dict[UUID, Found], dict[UUID, int]]:
        return {id: Found(SHOP, SKU, n == 0) for n, id in enumerate(KEY_IDS[:3])}, {SKU: free}

    (keys, left), (keys_apart, left_apart) = state(), state()
    together = judge_discards(keys, left, batch)
    assert together == [judge_discards(keys_apart, left_apart, [command])[0] for command in batch]
    assert (keys, left) == (keys_apart, left_apart)
    assert left[SKU] == free - together.count(DiscardStatus.DISCARDED) >= 0
