"""Reads what channels write: amounts, our ids, statements. What is not understood is not believed."""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from weiji.kit.clock import SHANGHAI
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.model import Notice, NoticeKind


def to_yuan(amount: int) -> str:
    """Write fen as yuan."""
    return f"{amount // 100}.{amount % 100:02d}"


def to_fen(text: Any) -> int:
    """Read yuan as fen. Raises GatewaySilent where it is no amount: what is not understood is not believed."""
    try:
        fen = Decimal(str(text).strip()) * 100
    except InvalidOperation:
        raise GatewaySilent("it is no amount") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise GatewaySilent("it is no amount")
    return int(fen)


def id_of(text: str) -> UUID | None:
    """Read a number that we gave a thing; None where it can't be one of ours."""
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def told(
    channel: str,
    event_id: str,
    kind: NoticeKind,
    subject: UUID | None,
    reference: str,
    amount: int,
    at: datetime,
    raw: bytes,
) -> Notice:
    """Make a notice."""
    return Notice(
        channel=channel,
        event_id=event_id,
        kind=kind,
        subject_id=subject,
        reference=reference,
        amount=amount,
        occurred_at=at,
        raw=raw,
    )


def fees_of(channel: str, day: date, fee: int) -> list[Notice]:
    """Tell of what a channel kept on a day; the rest of what it holds for us stays there until it is paid out."""
    if fee <= 0:
        return []
    at = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    number = f"fees:{day}"
    made = told(channel, number, NoticeKind.SETTLED, None, number, fee, at, number.encode())
    return [msgspec.structs.replace(made, fee=fee)]
