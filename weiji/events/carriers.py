"""What carriers tell. The stream is the shop, the subject is the order, or the case whose goods come back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class ParcelMoved(Event, frozen=True, kw_only=True):
    """A parcel is further on, or in trouble, as its carrier tells. `case_id`: goods of this case come back in it."""

    parcel_id: UUID
    state: Literal[
        "announced", "collected", "in_transit", "delivering", "delivered", "problem", "returning", "returned"
    ]
    moved_at: datetime
    case_id: UUID | None = None


class ParcelDelivered(Event, frozen=True, kw_only=True):
    """Somebody took a parcel, as its carrier tells. `case_id`: goods of this case came back in it."""

    parcel_id: UUID
    delivered_at: datetime
    case_id: UUID | None = None
