"""Reads what channels write: amounts, our ids, forms, statements. What is not understood is not believed."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.ledger import AMOUNT_MAX
from weiji.payments.channels import Answer, NoticeRefused, StatedLine, whole_fees_number
from weiji.payments.channels.gateway import STATEMENT_BYTES_MAX, GatewaySilent
from weiji.payments.model import Notice, NoticeKind, Payment, Refund

FIELDS_MAX: Final = 100

BILLS_AFTER: Final = timedelta(hours=34)
"""How long after a day began WeChat Pay and Alipay have made its bills: they say ten o'clock of the next."""

YUAN_MAX: Final = Decimal(AMOUNT_MAX) / 100


def to_fen(text: Any) -> int:
    """Read yuan as fen. Raises GatewaySilent where it is no amount: what is not understood is not believed."""
    try:
        yuan = Decimal(str(text).strip())
    except InvalidOperation:
        raise GatewaySilent("it is no amount") from None
    if not yuan.is_finite() or yuan.copy_abs() > YUAN_MAX or (fen := yuan * 100) != fen.to_integral_value():
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


def ended(channel: str, kind: NoticeKind, number: str, amount: int, raw: bytes) -> Notice:
    """Tell how something of ours ended, by its number; told of again, it is the same notice."""
    return told(channel, f"{kind}:{number}", kind, id_of(number), number, amount, clock.now(), raw)


def answer_ended(
    channel: str, kind: NoticeKind, thing: Payment | Refund, raw: bytes, amount: int | None = None
) -> Answer:
    """Answer that something of ours ended; with its own amount, unless the channel told of another."""
    return Answer(notices=(ended(channel, kind, thing.id.hex, thing.amount if amount is None else amount, raw),))


def fees_of(day: date, fee: int) -> list[StatedLine]:
    """Tell of all that trades of a day cost; the rest of what a channel holds for us stays there until it is paid out.

    It is less than nothing where the channel gave back more than it kept: with refunds, it does.
    """
    return [charged(whole_fees_number(day), fee, _end_of(day))] if fee else []


def fees_charged_on(day: date, fee: int) -> list[StatedLine]:
    """Tell of what of the cost of a day's trades was charged on that day: the rest may be on another, by itself."""
    return [charged(f"charged:{day}", fee, _end_of(day))] if fee else []


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)


def charged(number: str, fee: int, at: datetime, about: str = "") -> StatedLine:
    """Tell of a fee by itself, less than nothing if it was given back; *about* is the trade that it is of."""
    return StatedLine(kind="fee", reference=number, request_id=None, amount=fee, occurred_at=at, about=about)


def may_lack(day: date) -> bool:
    """Tell whether one of a day's bills may be to come, where another is made."""
    return clock.now() < datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + BILLS_AFTER


def withdrawn(number: str, amount: int, at: datetime, about: str = "") -> StatedLine:
    """Tell of what left the account that a channel holds for us, for our bank: its bill is the only word of it.

    *about* is the number that this has in common with what tells that it came back.
    """
    return StatedLine(kind="settlement", reference=number, request_id=None, amount=amount, occurred_at=at, about=about)


def came_back(number: str, amount: int, at: datetime, about: str = "") -> StatedLine:
    """Tell of a withdrawal that our bank did not take, or gave back: it is on that account again."""
    return StatedLine(
        kind="settlement_return", reference=number, request_id=None, amount=amount, occurred_at=at, about=about
    )


def moved(channel: str, number: str, amount: int, at: datetime, raw: bytes, *, is_out: bool) -> Notice:
    """Tell of what else came to that account, or left it, for nothing that we know: two people end it."""
    kind = NoticeKind.REFUND_SUCCEEDED if is_out else NoticeKind.CHARGE_SUCCEEDED
    return told(channel, f"funds:{number}", kind, None, number, amount, at, raw)


def read_form(body: bytes, bytes_max: int) -> dict[str, str]:
    """Read a form that a channel sent, which has no field twice. Raises NoticeRefused."""
    if len(body) > bytes_max:
        raise NoticeRefused("it is too long")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS_MAX)
    except (UnicodeError, ValueError) as error:
        raise NoticeRefused("it is no form") from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise NoticeRefused("a field is there twice")
    return values


def unpack(content: bytes, files_max: int, named: str = "") -> Iterator[bytes]:
    """Unpack the first files of a statement, but only those that have *named* in their names. Raises GatewaySilent."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist()[:files_max]:
                if info.file_size > STATEMENT_BYTES_MAX:
                    raise GatewaySilent("the statement is too large")
                if named in info.filename:
                    yield archive.read(info)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise GatewaySilent("the statement can't be read") from error
