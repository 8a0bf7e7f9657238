"""What the inventory tells."""

from uuid import UUID

from weiji.events.model import Event


class StockChanged(Event, frozen=True, kw_only=True):
    """A shop said how many units of a SKU it has. Orders moving stock do not publish this."""

    sku_id: UUID
    on_hand_before: int
    on_hand: int
