"""Types for the statements in `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row
from weiji.payments import UnfreezingStatus

SQL = sql.beside(__file__)


class BoundShop(Struct, frozen=True, kw_only=True):
    """A shop that is a sub-merchant of a channel's, without its number: four digits of it are shown."""

    shop_id: UUID
    shop_name: str
    handle: str
    channel: str
    last4: str
    bound_at: datetime


class Binding(BoundShop, frozen=True, kw_only=True):
    """What a shop is at a channel, or was last, before it was bound otherwise or unbound."""

    unbound_at: datetime | None
    """None: it is that."""


class OrderUnfreezing(Struct, frozen=True, kw_only=True):
    """The money of a settled order that a channel is to let go."""

    id: UUID
    """The order's."""
    shop_id: UUID
    shop_name: str
    handle: str
    channel: str
    amount: int
    status: UnfreezingStatus
    reason: str
    """Why the channel has not let it go yet, in its words."""
    queries: int
    query_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


async def list_sub_merchants(reader: Reader, after: tuple[datetime, UUID, str] | None, limit: int) -> list[BoundShop]:
    """Read which shops are bound, the last first, after one of them."""
    rows = await reader.rows(SQL.list_sub_merchants, *(after or (None, None, None)), limit)
    return [BoundShop(**dict(row)) for row in rows]


async def list_bindings(reader: Reader, limit: int) -> tuple[list[Binding], list[Binding]]:
    """Read which shops are bound, and which were bound to what before, the last first, up to a limit of each."""
    rows = [Binding(**dict(row)) for row in await reader.rows(SQL.list_bindings, limit)]
    return [one for one in rows if one.unbound_at is None], [one for one in rows if one.unbound_at is not None]


async def list_unfreezings(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[OrderUnfreezing]:
    """Read what channels have not let go yet, the oldest first, after one of them."""
    return _unfreezings(await reader.rows(SQL.list_unfreezings, *(after or (None, None)), limit))


async def list_unfrozen(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[OrderUnfreezing]:
    """Read what channels have let go, the last first, after one of them."""
    return _unfreezings(await reader.rows(SQL.list_unfrozen, *(after or (None, None)), limit))


def _unfreezings(rows: Sequence[Row]) -> list[OrderUnfreezing]:
    return [OrderUnfreezing(**{**dict(row), "status": UnfreezingStatus(row["status"])}) for row in rows]
