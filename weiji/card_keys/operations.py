"""The verbs of card keys. Each takes an open transaction and a batch; stock and keys change in it together.

Locks: whoever changes which keys are in the store holds the stock of their SKUs, so that the counter and the keys never
tell different things. Only storing doubles waits for another's insert: in the order of the indexes.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from weiji.card_keys import store
from weiji.card_keys.model import (
    DiscardKey,
    DiscardStatus,
    HandedOutKey,
    HandOut,
    StoredKey,
    StoreKeys,
    StoreResult,
)
from weiji.card_keys.rules import Stores, judge_discards, judge_stores
from weiji.catalog import get_skus_for_sale
from weiji.events import Occurrence, publish
from weiji.events.card_keys import KeysDiscarded, KeysStored
from weiji.inventory import MoveKind, StockMove, StockStatus, lock_stock, move_stock
from weiji.kit.db import Reader, Transaction


async def store_keys(tx: Transaction, commands: Sequence[StoreKeys]) -> list[StoreResult]:
    """Store keys, so that as many more can be sold; doubles are told, not stored. Publishes KeysStored.

    Results are in the order of *commands*. The stock of every SKU named stays locked until *tx* ends.
    """
    wanted = list({command.sku_id for command in commands})
    # Two uploads of the same SKU take turns here, so that neither misses what the other stored.
    await lock_stock(tx, wanted)
    skus = {sku.sku_id: sku for sku in await get_skus_for_sale(tx, wanted) if sku}
    known = await store.find_doubles(tx, [(c.shop_id, key.blind_index) for c in commands for key in c.keys])
    state = Stores(skus=skus, known=known)
    results = judge_stores(state, commands)
    await store.add_keys(tx, state.new)
    moves = [
        StockMove(order_id=command.id, kind=MoveKind.STORE, lines=((command.sku_id, result.stored),))
        for command, result in zip(commands, results, strict=True)
        if result.stored
    ]
    assert all(status is StockStatus.MOVED for status in await move_stock(tx, moves)), "there is always room"
    await publish(
        tx,
        [
            Occurrence(
                KeysStored(upload_id=command.id, sku_id=command.sku_id, stored=result.stored),
                command.shop_id,
                command.sku_id,
                command.actor,
            )
            for command, result in zip(commands, results, strict=True)
            if result.stored
        ],
    )
    return results


async def discard_keys(tx: Transaction, commands: Sequence[DiscardKey]) -> list[DiscardStatus]:
    """Take keys out of the store that nobody has bought. Publishes KeysDiscarded for each SKU."""
    stock = await lock_stock(tx, {command.sku_id for command in commands})
    keys = await store.find_keys(tx, [command.id for command in commands])
    free = {sku_id: row.available for sku_id, row in stock.items()}
    statuses = judge_discards(keys, free, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is DiscardStatus.DISCARDED]
    await store.delete_keys(tx, [command.id for command in done])
    counts = Counter(command.sku_id for command in done)
    moves = [StockMove(order_id=id, kind=MoveKind.DISCARD, lines=((id, count),)) for id, count in counts.items()]
    assert all(status is StockStatus.MOVED for status in await move_stock(tx, moves)), "what is free was counted"
    last = {command.sku_id: command for command in done}
    await publish(
        tx,
        [
            Occurrence(KeysDiscarded(sku_id=id, discarded=counts[id]), command.shop_id, id, command.actor)
            for id, command in last.items()
        ],
    )
    return statuses


async def hand_out_keys(tx: Transaction, hand_outs: Sequence[HandOut]) -> None:
    """Give orders the keys that are held for them, those first that were stored first; the stock leaves with them.

    The caller holds the orders' rows, and sees to it that each gets its keys once. Publishes nothing: the order tells.
    """
    if not hand_outs:
        return
    moves = [
        StockMove(order_id=each.order_id, kind=MoveKind.TAKE, lines=tuple((sku_id, n) for _, sku_id, n in each.lines))
        for each in hand_outs
    ]
    moved = await move_stock(tx, moves)
    assert all(status is StockStatus.MOVED for status in moved), f"held stock is gone: {moved}"
    wanted = Counter[UUID]()
    for each in hand_outs:
        for _, sku_id, quantity in each.lines:
            wanted[sku_id] += quantity
    found = await store.pick_keys(tx, wanted)
    given: list[tuple[UUID, UUID, int]] = []
    for each in hand_outs:
        for line, sku_id, quantity in each.lines:
            keys = found[sku_id]
            assert len(keys) >= quantity, f"SKU {sku_id} counts more units than it has keys"
            given += [(keys.pop(0), each.order_id, line) for _ in range(quantity)]
    await store.give_keys(tx, given)


async def take_back_keys(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Put the keys of orders back, which nobody has seen; they can be sold again."""
    if not order_ids:
        return
    moves = []
    for order_id, counts in (await store.count_keys(tx, order_ids)).items():
        moves.append(StockMove(order_id=order_id, kind=MoveKind.PUT_BACK, lines=tuple(counts.items())))
    moved = await move_stock(tx, moves)
    assert all(status is StockStatus.MOVED for status in moved), f"what was handed out was not counted: {moved}"
    await store.take_keys_back(tx, order_ids)


async def get_keys_of_orders(reader: Reader, order_ids: Sequence[UUID]) -> dict[UUID, list[HandedOutKey]]:
    """Read the keys of orders, sealed, by line; orders without any are left out."""
    return await store.get_keys_of_orders(reader, order_ids)


async def get_keys_of_sku(
    reader: Reader, sku_id: UUID, *, after: str | None = None, limit: int = 20
) -> tuple[list[StoredKey], str | None]:
    """Read a page of the keys of a SKU, what was stored last first, and where the next begins."""
    return await store.get_keys_of_sku(reader, sku_id, after, limit)
