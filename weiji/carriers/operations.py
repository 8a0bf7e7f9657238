"""The verbs of carriers. Each takes an open transaction and a batch, and answers every command.

Locks: parcels in id order, then the heads of streams.
"""

from collections.abc import Sequence

from weiji.carriers import store
from weiji.carriers.model import (
    FollowParcel,
    FollowStatus,
    Parcel,
    ParcelState,
    RecordReport,
    RecordStatus,
    TrackingEvent,
)
from weiji.carriers.rules import judge_report
from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.carriers import ParcelDelivered, ParcelMoved
from weiji.kit.db import Transaction


async def follow_parcels(tx: Transaction, commands: Sequence[FollowParcel]) -> list[FollowStatus]:
    """Begin to follow parcels. Results are in the order of *commands*. One statement, whatever the number."""
    first = {command.id: command for command in reversed(commands)}
    new = await store.follow_parcels(tx, list(first.values()))
    statuses = []
    for command in commands:
        statuses.append(FollowStatus.FOLLOWED if command.id in new else FollowStatus.EXISTS)
        new.discard(command.id)
    return statuses


async def record_reports(tx: Transaction, commands: Sequence[RecordReport]) -> list[RecordStatus]:
    """Take what trackers said. Results are in the order of *commands*. Publishes ParcelMoved and ParcelDelivered.

    Every parcel named stays locked until *tx* ends.
    """
    parcels = await store.lock_parcels(tx, (command.parcel_id for command in commands))
    events: list[tuple[Parcel, TrackingEvent]] = []
    told: list[Occurrence] = []
    changed: dict[object, Parcel] = {}
    statuses = []
    for command in commands:
        before = parcels.get(command.parcel_id)
        if before is None:
            statuses.append(RecordStatus.PARCEL_NOT_FOUND)
            continue
        status, after, kept = judge_report(before, command, tx.now)
        statuses.append(status)
        parcels[after.id] = changed[after.id] = after
        events += [(after, event) for event in kept]
        if status is RecordStatus.MOVED:
            told.append(_told(after, is_first=before.delivered_at is None))
    await store.add_events(tx, [(parcel.id, event) for parcel, event in events])
    await store.update_parcels(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


def _told(parcel: Parcel, *, is_first: bool) -> Occurrence:
    event: ParcelDelivered | ParcelMoved
    parcel_id = parcel.sent_as or parcel.id
    if parcel.state is ParcelState.DELIVERED and is_first:
        assert parcel.delivered_at is not None
        event = ParcelDelivered(parcel_id=parcel_id, case_id=parcel.case_id, delivered_at=parcel.delivered_at)
    else:
        assert parcel.told_at is not None
        event = ParcelMoved(
            parcel_id=parcel_id, case_id=parcel.case_id, state=parcel.state.value, moved_at=parcel.told_at
        )
    return Occurrence(event, parcel.shop_id, parcel.case_id or parcel.order_id, BY_SYSTEM)
