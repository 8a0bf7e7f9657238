"""What carriers tell. The stream is the shop, the subject is the order."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class ParcelMoved(Event, frozen=True, kw_only=True):
    """A parcel of an order is further on, or in trouble, as its carrier tells."""

    parcel_id: UUID
    state: Literal[
        "announced", "collected", "in_transit", "delivering", "delivered", "problem", "returning", "returned"
    ]
    moved_at: datetime


class ParcelDelivered(Event, frozen=True, kw_only=True):
    """Somebody took a parcel of an order, as its carrier tells."""

    parcel_id: UUID
    delivered_at: datetime
