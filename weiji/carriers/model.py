"""The words of carriers: parcels that are followed, what is told of them, and how following ends."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

EVENTS_MAX: Final = 100
"""Events of one parcel that one report may bring."""

TEXT_MAX: Final = 500
PLACE_MAX: Final = 100


class ParcelState(StrEnum):
    """How far a parcel is, as its carrier tells."""

    ANNOUNCED = "announced"
    """Its number was given; the carrier has told nothing yet."""
    COLLECTED = "collected"
    """The carrier has it."""
    IN_TRANSIT = "in_transit"
    DELIVERING = "delivering"
    """It is being brought to the door."""
    DELIVERED = "delivered"
    """Somebody took it."""
    PROBLEM = "problem"
    """It can't go on by itself: nobody there, a wrong address, damage."""
    RETURNING = "returning"
    """On its way back to the sender."""
    RETURNED = "returned"


class TrackingEvent(Struct, frozen=True, kw_only=True):
    """One line of what a carrier tells of a parcel."""

    at: datetime
    text: str
    state: ParcelState | None = None
    place: str = ""


class FollowParcel(Struct, frozen=True, kw_only=True):
    """Follow a parcel from now on. What no carrier is known for is kept, and nobody is asked about it."""

    id: UUID
    sent_as: UUID | None = None
    """What its sender calls it, who may call parcels of other orders the same; None: its id."""
    order_id: UUID
    shop_id: UUID
    carrier: str
    """As the sender wrote it."""
    tracking_number: str
    phone_end: str = ""
    """The last four digits of the receiver's phone: some carriers tell nobody else."""
    region: str = ""
    shipped_at: datetime
    case_id: UUID | None = None
    """The case of after-sale whose goods come back, or go out anew, in it; None: it went out with the order."""


class FollowStatus(StrEnum):
    """How beginning to follow a parcel ended."""

    FOLLOWED = "followed"
    EXISTS = "exists"
    """It is followed already."""


class Shipment(Struct, frozen=True, kw_only=True):
    """What a tracker is told of a parcel. `carrier` is the code in `known.py`."""

    id: UUID
    carrier: str
    tracking_number: str
    phone_end: str
    region: str
    shipped_at: datetime


class Parcel(Shipment, frozen=True, kw_only=True):
    """A parcel that is followed, as it stands."""

    sent_as: UUID | None = None
    """What its sender calls it; None: its id."""
    order_id: UUID
    shop_id: UUID
    state: ParcelState
    delivered_at: datetime | None
    told_at: datetime | None
    """When the newest event was, of those that were told."""
    poll_at: datetime | None
    subscribed_at: datetime | None
    """Since when its tracker tells by itself."""
    failures: int
    """How many questions in a row were not answered."""
    case_id: UUID | None = None
    """The case of after-sale whose goods come back in it."""


class Report(Struct, frozen=True, kw_only=True):
    """What a tracker says of a parcel: how it stands, and all events that it knows of, in any order."""

    state: ParcelState
    events: tuple[TrackingEvent, ...] = ()


class RecordReport(Struct, frozen=True, kw_only=True):
    """Take what a tracker said of a parcel; None: it did not answer."""

    parcel_id: UUID
    report: Report | None
    is_subscribed: bool = False
    """Whether the tracker promised to tell what is new by itself."""


class RecordStatus(StrEnum):
    """What became of a report. Where several apply, the first listed is given."""

    MOVED = "moved"
    """The parcel is in another state now."""
    RECORDED = "recorded"
    """There are new events, in the same state."""
    UNCHANGED = "unchanged"
    PARCEL_NOT_FOUND = "parcel_not_found"
