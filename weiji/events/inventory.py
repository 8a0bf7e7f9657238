"""What the inventory tells."""

from uuid import UUID

from weiji.events.model import Event


class StockChanged(Event, frozen=True, kw_only=True):
    """A shop said how many units of a SKU it has. Orders moving stock do not publish this."""

    sku_id: UUID
    on_hand_before: int
    on_hand: int


class StockTransferred(Event, frozen=True, kw_only=True):
    """A shop carried units of a SKU from one warehouse to another."""

    sku_id: UUID
    from_id: UUID
    to_id: UUID
    quantity: int


class WarehouseSaved(Event, frozen=True, kw_only=True):
    """A shop has a new warehouse, or has changed one."""

    warehouse_id: UUID
    name: str
    region_code: str
    priority: int
    is_open: bool
