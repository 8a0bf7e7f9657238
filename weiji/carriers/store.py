"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from weiji.carriers.known import find_carrier, squeeze
from weiji.carriers.model import FollowParcel, Parcel, ParcelState, TrackingEvent
from weiji.carriers.rules import FIRST_POLL, FOLLOWED_FOR
from weiji.kit import sql
from weiji.kit.batch import Lanes
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import derive, shards_of

SQL = sql.beside(__file__)


async def follow_parcels(tx: Transaction, commands: Sequence[FollowParcel]) -> set[UUID]:
    """Write parcels that are not there yet; tell which were not."""
    if not commands:
        return set()
    ids, orders, shops, phones, regions, times, cases, names = columns(
        commands, "id", "order_id", "shop_id", "phone_end", "region", "shipped_at", "case_id", "sent_as"
    )
    carriers = [find_carrier(command.carrier) for command in commands]
    polls = [
        max(command.shipped_at + FIRST_POLL, tx.now) if carrier and tx.now < command.shipped_at + FOLLOWED_FOR else None
        for command, carrier in zip(commands, carriers, strict=True)
    ]
    rows = await tx.rows(
        SQL.follow_parcels,
        shards_of(ids),
        ids,
        orders,
        shops,
        [carrier.code if carrier else None for carrier in carriers],
        [squeeze(command.tracking_number) for command in commands],
        phones,
        regions,
        times,
        polls,
        cases,
        names,
    )
    return {row["id"] for row in rows}


async def get_newest(reader: Reader) -> datetime | None:
    """Tell when the newest parcel of an order that is followed was sent."""
    newest: datetime | None = await reader.value(SQL.get_newest)
    return newest


async def lease_due_parcels(tx: Transaction, lanes: Lanes, limit: int, lease: timedelta) -> list[Parcel]:
    """Take parcels that it is time to ask for, of a lane those first that waited longest.

    Nobody else takes them meanwhile.
    """
    parcels: list[Parcel] = []
    for shards in lanes.shards:
        if len(parcels) < limit:
            parcels += _parcels(await tx.rows(SQL.lock_due_parcels, shards, tx.now, limit - len(parcels)))
    if parcels:
        ids = [parcel.id for parcel in parcels]
        await tx.run(SQL.put_off, shards_of(ids), ids, tx.now + lease)
    return parcels


async def find_parcels(
    reader: Reader, numbers: Sequence[str], since: datetime, limit: int
) -> list[tuple[UUID, str | None, str]]:
    """Find parcels by their numbers, each id, carrier and number."""
    return [tuple(row) for row in await reader.rows(SQL.find_parcels, numbers, since, limit)]


async def lock_parcels(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Parcel]:
    """Lock parcels until *tx* ends, in id order; those that are not followed are left out."""
    wanted = sorted(set(ids))
    return {parcel.id: parcel for parcel in _parcels(await tx.rows(SQL.lock_parcels, shards_of(wanted), wanted))}


async def add_events(tx: Transaction, events: Sequence[tuple[UUID, TrackingEvent]]) -> None:
    """Write events of parcels that are not there yet. What and when make their ids."""
    if events:
        ids = [parcel_id for parcel_id, _ in events]
        await tx.run(
            SQL.add_events,
            shards_of(ids),
            ids,
            [derive(parcel_id, "event", event.at.isoformat(), event.text) for parcel_id, event in events],
            *columns([event for _, event in events], "at", "state", "place", "text"),
        )


async def update_parcels(tx: Transaction, parcels: Sequence[Parcel]) -> None:
    """Write how locked parcels stand."""
    if parcels:
        ids, *facts = columns(parcels, "id", "state", "delivered_at", "told_at", "poll_at", "subscribed_at", "failures")
        await tx.run(SQL.update_parcels, shards_of(ids), ids, *facts)


def _parcels(rows: Iterable[Row]) -> Iterable[Parcel]:
    for row in rows:
        facts = dict(row)
        yield Parcel(**facts | {"state": ParcelState(facts["state"]), "carrier": facts["carrier"] or ""})
