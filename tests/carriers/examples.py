"""Parcels to follow, for the tests of carriers."""

from datetime import timedelta
from uuid import UUID

from weiji.carriers.model import FollowParcel, ParcelState, RecordReport, Report, TrackingEvent
from weiji.kit import clock
from weiji.kit.ids import new_id

NOW = clock.now()
HOUR = timedelta(hours=1)


def parcel(shop_id: UUID, number: str = "YT1234567890123", carrier: str = "圆通速递") -> FollowParcel:
    """A parcel that was sent a day ago."""
    return FollowParcel(
        id=new_id(shop_id),
        order_id=new_id(shop_id),
        shop_id=shop_id,
        carrier=carrier,
        tracking_number=number,
        phone_end="8000",
        region="浙江省杭州市西湖区",
        shipped_at=NOW - 24 * HOUR,
    )


def report(parcel_id: UUID, state: ParcelState, hours: float, text: str = "") -> RecordReport:
    """What a tracker says: one event, so many hours after sending."""
    at = NOW - 24 * HOUR + hours * HOUR
    event = TrackingEvent(at=at, text=text or f"{state} {hours}", state=state, place="杭州市")
    return RecordReport(parcel_id=parcel_id, report=Report(state=state, events=(event,)))
