"""The words of payment codes.

A code has eighteen digits, as the protocol's have: its kind, the payer's shard (so whoever has it knows where to look),
and fourteen that are drawn by the operating system. It is shown once and kept nowhere: the table has its keyed digest.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import SHARDS, first_id, shard_of
from weiji.kit.seal import KEYS

KIND: Final = "13"
"""What the first two digits of a code say: clients tell acquirers apart by them."""
DRAWN: Final = 14
"""Digits that are drawn: with ten codes in force in a shard, a guess is right once in ten million million times."""
LASTS: Final = timedelta(minutes=3)
"""How long a code is good; the payer gave the payment password for it."""
AMOUNT_MAX: Final = 100_000
"""The most that a code pays by itself, in fen; beyond that the payer confirms the order at the cashier."""
REMEMBERED: Final = timedelta(days=1)
"""How long a code that is over is kept: asking again what came of it finds it."""

_CODE: Final = re.compile(rf"{KIND}(\d\d)\d{{{DRAWN}}}")
_PURPOSE: Final = "wire.payment codes"


def draw_code(person_id: UUID) -> str:
    """Draw a code for a payer."""
    return f"{KIND}{shard_of(person_id):02}{secrets.randbelow(10**DRAWN):0{DRAWN}}"


def shard_of_code(code: str) -> int | None:
    """Tell where a code lives; None: it is none of ours."""
    found = _CODE.fullmatch(code) if code.isascii() else None
    shard = int(found[1]) if found else SHARDS
    return shard if shard < SHARDS else None


def digest_of(code: str) -> bytes:
    """Make what a code is found by."""
    return hmac.digest(KEYS.derive(_PURPOSE), code.encode(), "sha256")


class PaymentCode(Struct, kw_only=True):
    """A code that was shown. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    digest: bytes
    person_id: UUID
    created_at: datetime
    expires_at: datetime
    order_id: UUID | None = None
    """The one order that it was used for."""
    used_at: datetime | None = None


class CodeUse(StrEnum):
    """Where a code stands, for its payer."""

    SHOWN = "shown"
    EXPIRED = "expired"
    TO_CONFIRM = "to_confirm"
    """It was scanned, and the order waits for the payer at the cashier: it is large, or the wallet had too little.

    Or it takes more than the payment password, after all that this let go on that day.
    """
    PAID = "paid"
    CLOSED = "closed"
    """The order was taken back before it was paid."""


class IssueCode(Struct, frozen=True, kw_only=True):
    """Show a code to whoever gave the payment password; those shown before are over."""

    id: UUID
    person_id: UUID
    digest: bytes
    actor: Actor


class IssueCodeStatus(StrEnum):
    """How showing a code ended. Where several apply, the first listed is given."""

    ID_TAKEN = "id_taken"
    """The id was used, or is in another shard than the person."""
    CREATED = "created"


class TakeCode(Struct, frozen=True, kw_only=True):
    """Use a code that was scanned for an order. `near` says where it lives."""

    near: UUID
    digest: bytes
    order_id: UUID
    actor: Actor


def near_code(shard: int) -> UUID:
    """Give what `near` of a code in a shard is."""
    return first_id(shard, "payment codes")


class TakeCodeStatus(StrEnum):
    """How using a code ended. Where several apply, the first listed is given."""

    CODE_NOT_FOUND = "code_not_found"
    EXISTS = "exists"
    """It was used for this order."""
    USED = "used"
    """It was used for another one."""
    EXPIRED = "expired"
    TAKEN = "taken"


class TakeCodeResult(Struct, frozen=True, kw_only=True):
    """The answer to using a code: whose it is, where it may be used."""

    status: TakeCodeStatus
    code_id: UUID | None = None
    person_id: UUID | None = None
