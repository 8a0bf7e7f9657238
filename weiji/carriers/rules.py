"""Judges what trackers say of parcels, and when they are asked again: pure functions. No I/O, no clock."""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from weiji.carriers.model import (
    EVENTS_MAX,
    PLACE_MAX,
    TEXT_MAX,
    Parcel,
    ParcelState,
    RecordReport,
    RecordStatus,
    Report,
    TrackingEvent,
)

_S = ParcelState

ENDS: Final = frozenset({_S.DELIVERED, _S.RETURNED})
"""Nothing is asked any more of a parcel that is there."""

FOLLOWED_FOR: Final = timedelta(days=30)
"""How long a parcel is asked for at most: numbers are given out anew some time."""

FIRST_POLL: Final = timedelta(hours=1)
"""From sending until the first question: before, carriers know nothing."""

POLL_EVERY: Final = {
    _S.ANNOUNCED: timedelta(hours=2),
    _S.DELIVERING: timedelta(minutes=30),
    _S.PROBLEM: timedelta(hours=8),
    _S.RETURNING: timedelta(hours=12),
}
POLL_ELSE: Final = timedelta(hours=4)
QUIET_AFTER: Final = timedelta(days=2)
"""A parcel of which nothing is known for so long is asked for twice a day only."""
POLL_QUIET: Final = timedelta(hours=12)
POLL_SUBSCRIBED: Final = timedelta(days=1)
"""A tracker that promised to tell is asked once a day all the same: promises get lost."""

RETRY: Final = timedelta(minutes=10)
RETRY_MAX: Final = timedelta(hours=12)

BEFORE_SHIPPING: Final = timedelta(days=3)
"""An event that is older belongs to another parcel that had the number before."""
AHEAD_MAX: Final = timedelta(days=1)
"""An event that is further in the future is a fault of the tracker."""


def judge_report(
    parcel: Parcel, command: RecordReport, now: datetime
) -> tuple[RecordStatus, Parcel, list[TrackingEvent]]:
    """Say what becomes of a report, how the parcel stands then, and which events are worth keeping.

    Events that are kept already come again: whoever writes them knows them by their ids. A report that knows less than
    an earlier one changes no state: messages overtake each other.
    """
    if command.is_subscribed and parcel.subscribed_at is None:
        parcel = replace(parcel, subscribed_at=now)
    if command.report is None:
        failed = replace(parcel, failures=parcel.failures + 1)
        return RecordStatus.UNCHANGED, replace(failed, poll_at=next_poll(failed, now)), []
    events = _worth_keeping(parcel, command.report, now)
    newest = max((event.at for event in events), default=None)
    after = replace(parcel, failures=0)
    if newest is not None and (parcel.told_at is None or newest >= parcel.told_at):
        state = command.report.state
        after = replace(
            after,
            state=state,
            told_at=newest,
            # Never before it was sent: whoever has days from then on, has them of this way.
            delivered_at=parcel.delivered_at or (max(newest, parcel.shipped_at) if state is _S.DELIVERED else None),
        )
    after = replace(after, poll_at=next_poll(after, now))
    if after.state is not parcel.state:
        return RecordStatus.MOVED, after, events
    return (RecordStatus.UNCHANGED if after.told_at == parcel.told_at else RecordStatus.RECORDED), after, events


def _worth_keeping(parcel: Parcel, report: Report, now: datetime) -> list[TrackingEvent]:
    low, high = parcel.shipped_at - BEFORE_SHIPPING, now + AHEAD_MAX
    kept = [
        replace(event, text=event.text.strip()[:TEXT_MAX], place=event.place.strip()[:PLACE_MAX])
        for event in report.events
        if low <= event.at <= high and event.text.strip()
    ]
    return sorted(kept, key=lambda event: event.at)[-EVENTS_MAX:]


def next_poll(parcel: Parcel, now: datetime) -> datetime | None:
    """Say when a parcel is asked for again; None: never."""
    if parcel.state in ENDS or not parcel.carrier or now >= parcel.shipped_at + FOLLOWED_FOR:
        return None
    if parcel.failures:
        doubled: int = 1 << min(parcel.failures - 1, 10)
        return now + min(RETRY * doubled, RETRY_MAX)
    if parcel.subscribed_at is not None:
        return now + POLL_SUBSCRIBED
    if parcel.state is _S.ANNOUNCED and now >= parcel.shipped_at + QUIET_AFTER:
        return now + POLL_QUIET
    return now + POLL_EVERY.get(parcel.state, POLL_ELSE)
