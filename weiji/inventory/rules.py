"""What is decided about stock: pure functions over the rows that were locked."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from weiji.inventory.model import ON_HAND_MAX, MoveKind, SetStock, SetStockStatus, Stock, StockMove, StockStatus

Changes = dict[UUID, list[int]]
"""What a batch adds to the counters of each SKU: on hand, held, sold."""


class Counters(Struct):
    """How a kind of move counts: the sign of its effect on each counter, and what refuses it."""

    on_hand: int
    held: int
    sold: int
    refusal: StockStatus


EFFECTS = {
    MoveKind.HOLD: Counters(0, +1, 0, StockStatus.SOLD_OUT),
    MoveKind.RELEASE: Counters(0, -1, 0, StockStatus.NOT_HELD),
    MoveKind.TAKE: Counters(-1, -1, +1, StockStatus.NOT_HELD),
    MoveKind.PUT_BACK: Counters(+1, 0, -1, StockStatus.NOT_SOLD),
    MoveKind.STORE: Counters(+1, 0, 0, StockStatus.NOT_FREE),
    MoveKind.DISCARD: Counters(-1, 0, 0, StockStatus.NOT_FREE),
}


def judge_moves(stock: dict[UUID, Stock], moves: Sequence[StockMove]) -> tuple[list[StockStatus], Changes]:
    """Answer each move as if it came alone, after the ones before it; *stock* is changed to what comes of it."""
    changes: Changes = {}
    return [_move(stock, move, changes) for move in moves], changes


def _move(stock: dict[UUID, Stock], move: StockMove, changes: Changes) -> StockStatus:
    effect = EFFECTS[move.kind]
    on_hand, held, sold = effect.on_hand, effect.held, effect.sold
    for sku_id, _ in move.lines:
        if sku_id not in stock:
            return StockStatus.SKU_NOT_FOUND
    for done, (sku_id, quantity) in enumerate(move.lines):
        assert quantity > 0, "a move has positive quantities"
        row = stock[sku_id]
        row.on_hand += on_hand * quantity
        row.held += held * quantity
        row.sold += sold * quantity
        if not 0 <= row.held <= row.on_hand or row.sold < 0:
            for undone_id, back in move.lines[: done + 1]:
                row = stock[undone_id]
                row.on_hand -= on_hand * back
                row.held -= held * back
                row.sold -= sold * back
            return effect.refusal
    for sku_id, quantity in move.lines:
        change = changes.get(sku_id)
        if change is None:
            change = changes[sku_id] = [0, 0, 0]
        change[0] += on_hand * quantity
        change[1] += held * quantity
        change[2] += sold * quantity
    return StockStatus.MOVED


def judge_settings(stock: dict[UUID, Stock], commands: Sequence[SetStock]) -> tuple[list[SetStockStatus], Changes]:
    """Answer each command as if it came alone, after the ones before it; *stock* is changed to what comes of it."""
    changes: Changes = {}
    return [_set(stock, command, changes) for command in commands], changes


def _set(stock: dict[UUID, Stock], command: SetStock, changes: Changes) -> SetStockStatus:
    row = stock.get(command.sku_id)
    if row is None or row.shop_id != command.shop_id:
        return SetStockStatus.SKU_NOT_FOUND
    if row.is_keyed:
        return SetStockStatus.KEYED
    if not 0 <= command.on_hand <= ON_HAND_MAX:
        return SetStockStatus.ON_HAND_OUT_OF_RANGE
    if command.on_hand < row.held:
        return SetStockStatus.BELOW_HELD
    if command.on_hand_before not in (None, row.on_hand):
        return SetStockStatus.STOCK_MOVED
    if command.on_hand != row.on_hand:
        changes.setdefault(command.sku_id, [0, 0, 0])[0] += command.on_hand - row.on_hand
        row.on_hand = command.on_hand
    return SetStockStatus.SET
