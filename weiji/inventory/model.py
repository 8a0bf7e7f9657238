"""The words of stock: what moves it, what sets it, and how each can end."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

ON_HAND_MAX: Final = 1_000_000_000
"""Units of one SKU that a shop may have."""

STOCK_MAX: Final = 100
"""SKUs whose stock one request may read."""


class MoveKind(StrEnum):
    """What a move does with each of its SKUs."""

    HOLD = "hold"
    """An order was placed: the units are promised to it."""
    RELEASE = "release"
    """The order was closed unshipped: the units are free again."""
    TAKE = "take"
    """The order was shipped: the held units leave."""
    PUT_BACK = "put_back"
    """Shipped units came back and can be sold again."""
    STORE = "store"
    """Card keys were stored: there are more units."""
    DISCARD = "discard"
    """Card keys that nobody has were discarded."""


class StockMove(Struct, frozen=True, kw_only=True):
    """Move units for an order: all of its lines, or none.

    `lines` are pairs of SKU and quantity; quantities are positive. The caller sees to it that a move happens once:
    it holds the lock of the order's row, whose state says what was moved. Card keys are stored and discarded by
    whatever id their upload has.
    """

    order_id: UUID
    kind: MoveKind
    lines: tuple[tuple[UUID, int], ...]


class StockStatus(StrEnum):
    """How a move ended. Where several apply, the first listed is given."""

    MOVED = "moved"
    SKU_NOT_FOUND = "sku_not_found"
    SOLD_OUT = "sold_out"
    """A hold asks for more than is free."""
    NOT_HELD = "not_held"
    """A release or take names more than is held."""
    NOT_SOLD = "not_sold"
    """Something to put back names more than was sold."""
    NOT_FREE = "not_free"
    """Something to discard names more than is free."""


class AddStock(Struct, frozen=True, kw_only=True):
    """Begin to count a SKU, at 0. Counting it already is fine."""

    sku_id: UUID
    shop_id: UUID
    is_keyed: bool = False
    """Its units are card keys: there are as many as were stored, and nobody sets their number."""


class SetStock(Struct, frozen=True, kw_only=True):
    """Say how many units of a SKU a shop has, those promised to unshipped orders included."""

    sku_id: UUID
    shop_id: UUID
    on_hand: int
    actor: Actor
    on_hand_before: int | None = None
    """What the caller saw: another number is not overwritten unseen. None: whatever it is."""


class SetStockStatus(StrEnum):
    """How setting stock ended. Where several apply, the first listed is given."""

    SET = "set"
    """It is as asked, whether or not it was before."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU."""
    KEYED = "keyed"
    """Its units are card keys: store or discard some."""
    ON_HAND_OUT_OF_RANGE = "on_hand_out_of_range"
    """Not 0 … 1,000,000,000."""
    BELOW_HELD = "below_held"
    """More is promised to unshipped orders."""
    STOCK_MOVED = "stock_moved"
    """There are not as many as you saw: something was shipped, or counted, meanwhile."""


class Stock(Struct, kw_only=True):
    """The stock of one SKU. What is free is `on_hand` less `held`."""

    sku_id: UUID
    shop_id: UUID
    on_hand: int
    held: int
    sold: int
    is_keyed: bool = False
    """Its units are card keys, which are counted as they are stored and handed out."""

    @property
    def available(self) -> int:
        """How many units can be held."""
        return self.on_hand - self.held
