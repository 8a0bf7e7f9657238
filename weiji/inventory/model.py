"""The words of stock: what moves it, what people change of it, where it lies, and how each can end."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

ON_HAND_MAX: Final = 1_000_000_000
"""Units of one SKU that a shop may have."""

STOCK_MAX: Final = 100
"""SKUs whose stock one request may read."""

WAREHOUSES_MAX: Final = 20
"""Warehouses of one shop."""

NAME_MAX: Final = 40
NOTE_MAX: Final = 200
"""Characters of a warehouse's name, and of what somebody notes beside a change."""

PRIORITY_MAX: Final = 999

DEFAULT_NAME: Final = "默认仓库"
"""What the warehouse is called that every shop has, until the shop calls it otherwise. Its id is the shop's."""


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

    `lines` are pairs of SKU and quantity; quantities are positive. The caller sees to it that a move happens once, and
    that an order which asks for a hold has none of these SKUs: it holds the lock of the order's row, whose state says
    what was moved. Card keys are stored and discarded by whatever id their upload has.
    """

    order_id: UUID
    kind: MoveKind
    lines: tuple[tuple[UUID, int], ...]
    region: str = ""
    """Of a hold: where the order goes to, by code or as an address says it; the nearest warehouse is chosen. It is read
    only where there are several.
    """
    warehouse_id: UUID | None = None
    """Of a take: where the parcel leaves from. None: where the units are held."""
    is_handed_over: bool = False
    """Of a take: there is no parcel, so that units may leave several warehouses, each the one where it is held."""


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
    SEVERAL_WAREHOUSES = "several_warehouses"
    """The units of a take are held in more than one warehouse, and it names none."""
    NOT_IN_WAREHOUSE = "not_in_warehouse"
    """The warehouse that a take names has less than that, held for the order or free."""


class Taken(Struct, frozen=True):
    """How a take ended, and where the units left from. None: the shop has one warehouse only, or nothing was taken."""

    status: StockStatus
    warehouse_id: UUID | None = None


class AddStock(Struct, frozen=True, kw_only=True):
    """Begin to count a SKU, at 0. Counting it already is fine."""

    sku_id: UUID
    shop_id: UUID
    is_keyed: bool = False
    """Its units are card keys: there are as many as were stored, and nobody sets their number."""


class SetStock(Struct, frozen=True, kw_only=True):
    """Say how many units of a SKU there are, those promised to unshipped orders included.

    In one warehouse, if it is named; else in all together, where the default warehouse has more or less for it.
    """

    sku_id: UUID
    shop_id: UUID
    on_hand: int
    actor: Actor
    on_hand_before: int | None = None
    """What the caller saw: another number is not overwritten unseen. None: whatever it is."""
    warehouse_id: UUID | None = None


class SetStockStatus(StrEnum):
    """How setting stock ended. Where several apply, the first listed is given."""

    SET = "set"
    """It is as asked, whether or not it was before."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU."""
    KEYED = "keyed"
    """Its units are card keys: store or discard some."""
    WAREHOUSE_NOT_FOUND = "warehouse_not_found"
    """The shop has no such warehouse."""
    ON_HAND_OUT_OF_RANGE = "on_hand_out_of_range"
    """Not 0 … 1,000,000,000."""
    BELOW_HELD = "below_held"
    """More is promised to unshipped orders."""
    STOCK_MOVED = "stock_moved"
    """There are not as many as you saw: something was shipped, or counted, meanwhile."""


class Reason(StrEnum):
    """Why the units in a warehouse became more or fewer."""

    SET = "set"
    """Somebody said how many there are."""
    MOVED = "moved"
    """They were carried from one warehouse to another."""
    RECEIVED = "received"
    """New ones came in."""
    COUNTED = "counted"
    """They were counted."""
    DAMAGED = "damaged"
    LOST = "lost"
    FOUND = "found"
    RETURNED = "returned"
    """They came back, otherwise than by an order."""
    OTHER = "other"


CORRECTIONS: Final = (
    Reason.RECEIVED,
    Reason.COUNTED,
    Reason.DAMAGED,
    Reason.LOST,
    Reason.FOUND,
    Reason.RETURNED,
    Reason.OTHER,
)
"""Reasons that somebody may give for a correction."""


class AdjustStock(Struct, frozen=True, kw_only=True):
    """Correct how many units of a SKU a warehouse has, by so many more or fewer. The caller makes `id`."""

    id: UUID
    sku_id: UUID
    shop_id: UUID
    units: int
    """How many more there are than before; fewer, where it is negative."""
    reason: Reason
    actor: Actor
    warehouse_id: UUID | None = None
    """None: the default one."""
    note: str = ""


class TransferStock(Struct, frozen=True, kw_only=True):
    """Carry units of a SKU from one warehouse to another. What is promised to orders stays. The caller makes `id`."""

    id: UUID
    sku_id: UUID
    shop_id: UUID
    from_id: UUID
    to_id: UUID
    quantity: int
    actor: Actor
    note: str = ""


class ChangeStockStatus(StrEnum):
    """How a correction, or carrying units over, ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    EXISTS = "exists"
    """The same was done before."""
    EXISTS_WITH_DIFFERENT_CHANGE = "exists_with_different_change"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """Its last six bits are not those of the shop."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU."""
    KEYED = "keyed"
    """Its units are card keys: store or discard some."""
    WAREHOUSE_NOT_FOUND = "warehouse_not_found"
    """The shop has no such warehouse, or both are the same."""
    REASON_NOT_ALLOWED = "reason_not_allowed"
    """It is none that somebody may give."""
    NOTE_MALFORMED = "note_malformed"
    """More than 200 characters, or some that are none."""
    UNITS_OUT_OF_RANGE = "units_out_of_range"
    """None at all, or the warehouse would have less than nothing, or the shop more than 1,000,000,000."""
    BELOW_HELD = "below_held"
    """More is promised to unshipped orders."""


class SaveWarehouse(Struct, frozen=True, kw_only=True):
    """Make a warehouse, or change it. The default one has the shop's id; others have ids made by the caller."""

    id: UUID
    shop_id: UUID
    name: str
    actor: Actor
    region_code: str = ""
    """Where it is: the code of a province, city or district (`weiji.web.regions`), or nothing."""
    priority: int = 0
    """Of warehouses equally near the lowest comes first."""
    is_open: bool = True


class SaveWarehouseStatus(StrEnum):
    """How saving a warehouse ended. Where several apply, the first listed is given."""

    SAVED = "saved"
    """It is as asked, whether or not it was before."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """Its last six bits are not those of the shop."""
    SHOP_NOT_FOUND = "shop_not_found"
    """There is none, or it is somebody else's; or the warehouse is another shop's."""
    NAME_MALFORMED = "name_malformed"
    """A name has 1 to 40 characters, in one line."""
    REGION_NOT_FOUND = "region_not_found"
    """No province, city or district has this code."""
    PRIORITY_OUT_OF_RANGE = "priority_out_of_range"
    """Not 0 … 999."""
    TOO_MANY_WAREHOUSES = "too_many_warehouses"
    """A shop has 20 at most."""
    DEFAULT_STAYS_OPEN = "default_stays_open"
    """The default warehouse is never closed: what lies nowhere else lies there."""


class Warehouse(Struct, frozen=True, kw_only=True):
    """A place where a shop has its goods."""

    id: UUID
    shop_id: UUID
    name: str
    region_code: str
    priority: int
    is_open: bool


class Shelf(Struct, array_like=True):
    """What one warehouse has of a SKU."""

    on_hand: int
    held: int
    sold: int
    is_open: bool

    @property
    def free(self) -> int:
        """Units that are not promised."""
        return self.on_hand - self.held


class Stock(Struct, kw_only=True):
    """The stock of one SKU: the sums of all warehouses, and of a SKU that lies in several, what each has."""

    sku_id: UUID
    shop_id: UUID
    on_hand: int
    held: int
    sold: int
    shut: int = 0
    """Free units of closed warehouses."""
    shelves: dict[UUID, Shelf] | None = None
    """By warehouse. None: all of it lies in the default one."""
    is_keyed: bool = False
    """Its units are card keys, which are counted as they are stored and handed out."""
    cap: int | None = None
    """How many may be held and sold in all while a presale takes orders, if that is not all there is."""

    @property
    def available(self) -> int:
        """How many units can be held."""
        free = self.on_hand - self.held - self.shut
        return free if self.cap is None else min(free, self.cap - self.held - self.sold)

    def lies(self) -> dict[UUID, Shelf]:
        """Say what each warehouse has; of a SKU that lies in one, the default one has all."""
        return self.shelves or {self.shop_id: Shelf(self.on_hand, self.held, self.sold, True)}


class CapStock(Struct, frozen=True, kw_only=True):
    """Let no more than `quantity` units of a SKU be ordered until then, as a presale does. The caller may say so.

    They are counted from when a cap was said first; where more were ordered since, nothing more can be. None lifts it.
    """

    sku_id: UUID
    quantity: int | None = None
    until: datetime | None = None


class StockChange(Struct, frozen=True, kw_only=True):
    """A line of the journal: that somebody made the units of a SKU in a warehouse more or fewer."""

    id: UUID
    shop_id: UUID
    sku_id: UUID
    warehouse_id: UUID
    units: int
    on_hand: int
    """How many the warehouse had afterwards."""
    reason: Reason
    note: str
    actor_kind: str
    actor_id: UUID | None
    at: datetime
