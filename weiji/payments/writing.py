"""What somebody writes down of what a channel told by letter, or didn't: it goes the way of every notice."""

from datetime import datetime
from typing import Final

from weiji.events import Actor
from weiji.payments.model import (
    BY_HAND,
    ChargebackNews,
    Notice,
    NoticeKind,
    Payment,
    Payout,
    PayoutEnd,
    TellPayout,
    WrittenChargeback,
)

KINDS: Final[dict[ChargebackNews, NoticeKind]] = {
    "received": NoticeKind.CHARGEBACK_RECEIVED,
    "won": NoticeKind.CHARGEBACK_WON,
    "lost": NoticeKind.CHARGEBACK_LOST,
}

OUTCOMES: Final[dict[PayoutEnd, NoticeKind]] = {
    "paid": NoticeKind.PAYOUT_PAID,
    "not_paid": NoticeKind.PAYOUT_REJECTED,
}

NO_CHANNEL: Final = "unknown"
"""Whose notice it is where there is no such payment: it is kept, and belongs to nothing."""


def notice_of(written: WrittenChargeback, payment: Payment | None, actor: Actor, now: datetime) -> Notice:
    """Make a notice of what two of the staff wrote down; the channel is the payment's.

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
        is_seconded=True,
    )


def told_payout(command: TellPayout, payout: Payout, now: datetime) -> Notice:
    """Make a notice of what two of the staff say became of a payout. Nobody says anything else of it by hand."""
    return Notice(
        channel=payout.channel,
        event_id=f"{BY_HAND}{command.outcome}:{payout.id.hex}",
        kind=OUTCOMES[command.outcome],
        subject_id=payout.id,
        reference=command.reference or payout.id.hex,
        amount=payout.amount,
        reason=command.reason,
        occurred_at=now,
        raw=f"told by {command.actor.person_id}".encode(),
        actor=command.actor,
        is_seconded=True,
    )
