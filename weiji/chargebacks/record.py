"""What somebody writes down of what a channel told by letter: it goes the way of every notice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.payments import Notice, NoticeKind, get_payments

What = Literal["received", "won", "lost"]

KINDS: Final[dict[What, NoticeKind]] = {
    "received": NoticeKind.CHARGEBACK_RECEIVED,
    "won": NoticeKind.CHARGEBACK_WON,
    "lost": NoticeKind.CHARGEBACK_LOST,
}


NO_CHANNEL: Final = "unknown"
"""Whose notice it is where there is no such payment: it is kept, and belongs to nothing."""


class Written(Struct, frozen=True, kw_only=True):
    """What was written down: about which payment, under which number of the channel's."""

    payment_id: UUID
    reference: str
    what: What
    amount: int
    fee: int = 0
    reason: str = ""
    respond_by: datetime | None = None


async def read_written(database: Database, written: Sequence[Written], actor: Actor) -> list[Notice]:
    """Make notices of what was written down; the channel is the payment's. The same again is the same notice."""
    async with database.read() as reader:
        payments = await get_payments(reader, [one.payment_id for one in written])
    return [
        Notice(
            channel=payment.channel if payment else NO_CHANNEL,
            event_id=f"by hand:{one.what}:{one.payment_id}:{one.reference}"[:128],
            kind=KINDS[one.what],
            subject_id=one.payment_id,
            reference=one.reference,
            amount=one.amount,
            fee=one.fee,
            reason=one.reason,
            respond_by=one.respond_by,
            occurred_at=clock.now(),
            raw=f"written down by {actor.person_id}".encode(),
            actor=actor,
        )
        for one, payment in zip(written, payments, strict=True)
    ]
