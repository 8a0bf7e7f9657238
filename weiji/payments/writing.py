"""What somebody writes down of what a channel told by letter: it goes the way of every notice."""

from datetime import datetime
from typing import Final

from weiji.events import Actor
from weiji.payments.model import BY_HAND, ChargebackNews, Notice, NoticeKind, Payment, WrittenChargeback

KINDS: Final[dict[ChargebackNews, NoticeKind]] = {
    "received": NoticeKind.CHARGEBACK_RECEIVED,
    "won": NoticeKind.CHARGEBACK_WON,
    "lost": NoticeKind.CHARGEBACK_LOST,
}

NO_CHANNEL: Final = "unknown"
"""Whose notice it is where there is no such payment: it is kept, and belongs to nothing."""


def notice_of(
    written: WrittenChargeback, payment: Payment | None, actor: Actor, now: datetime, *, is_seconded: bool = False
) -> Notice:
    """Make a notice of what was written down; the channel is the payment's.

    Each time it is another notice: what was wrong, or came before its time, can be written down again. What was taken
    has no effect again, since a channel has one chargeback under a number.
    """
    return Notice(
        channel=payment.channel if payment else NO_CHANNEL,
        event_id=f"{BY_HAND}{written.what}:{written.payment_id.hex}:{written.reference}:{now.timestamp():.0f}"[:128],
        kind=KINDS[written.what],
        subject_id=written.payment_id,
        reference=written.reference,
        amount=written.amount,
        fee=written.fee,
        reason=written.reason,
        respond_by=written.respond_by,
        occurred_at=now,
        raw=f"written down by {actor.person_id}".encode(),
        actor=actor,
        is_seconded=is_seconded,
    )
