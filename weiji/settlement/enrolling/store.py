"""Types for the statements in `queries.sql`."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row
from weiji.payments import EnrolmentStatus

SQL = sql.beside(__file__)


class ShopEnrolment(Struct, frozen=True, kw_only=True):
    """How a shop's application at a channel stands, without anything that was answered or told."""

    shop_id: UUID
    shop_name: str
    handle: str
    channel: str
    status: EnrolmentStatus
    attempts: int
    fault: str
    """What stands in the way that is not the shop's, in the channel's words."""
    query_at: datetime | None
    """When the channel is asked next. None of one that is handed in: it is set aside, until somebody has it asked."""
    created_at: datetime
    changed_at: datetime
    given_last4: str | None
    """How the number ends by which the channel took the shop on, where it is bound to another: people are to decide."""
    bound_last4: str | None
    """How the number ends that the shop is bound to."""

    @property
    def is_set_aside(self) -> bool:
        """Whether the channel is asked no longer, though it has not taken the application."""
        return self.status is EnrolmentStatus.HANDED_IN and self.query_at is None

    @property
    def waits_for_people(self) -> bool:
        """Whether it goes on only once somebody of the operator's staff does something."""
        return self.is_set_aside or self.given_last4 is not None


async def list_enrolments(reader: Reader, after: tuple[datetime, UUID, str] | None, limit: int) -> list[ShopEnrolment]:
    """Read enrolments, the last changed first, after one of them."""
    rows = await reader.rows(SQL.list_enrolments, *(after or (None, None, None)), limit)
    return [_read(row) for row in rows]


async def list_waiting(reader: Reader, limit: int) -> list[ShopEnrolment]:
    """Read enrolments that wait for people, to mend what stands in the way or to decide, the longest waiting first."""
    return [_read(row) for row in await reader.rows(SQL.list_waiting_enrolments, limit)]


def _read(row: Row) -> ShopEnrolment:
    return ShopEnrolment(**{**dict(row), "status": EnrolmentStatus(row["status"])})
