"""Types for the statements in `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Transaction
from weiji.kit.ids import distinct_shards
from weiji.twin.model import SKEW_MAX, TICKET_LASTS, Ticket

SQL = sql.beside(__file__)


async def add_tickets(tx: Transaction, tickets: Sequence[Ticket], wall: datetime) -> set[UUID]:
    """Note tickets as used; tell which of them were not yet."""
    ids = [ticket.id for ticket in tickets]
    shards = distinct_shards(ids)
    await tx.run(SQL.forget_tickets, shards, wall - SKEW_MAX)
    rows = await tx.rows(
        SQL.add_tickets,
        shards,
        ids,
        [ticket.shop_id for ticket in tickets],
        [ticket.person_id for ticket in tickets],
        [ticket.written_at + TICKET_LASTS for ticket in tickets],
    )
    return {row["id"] for row in rows}
