"""The words of customers: what they agree to, and how it ends."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

TEXT_VERSION: Final = 1
"""The version of what buyers agree to (`words.consent_text`). Whoever changes the text raises it: those who agreed to
another one agreed to that one."""

CONSENTS_MAX: Final = 500
"""Shops on the page of those that may write to somebody; beyond it only the newest are shown."""


class Contact(Struct, frozen=True, kw_only=True):
    """How to reach somebody: to whom the order went, or the buyer's name where nothing was sent."""

    name: str
    phone: str = ""


class GiveContact(Struct, frozen=True, kw_only=True):
    """Agree, as the buyer of an order, that its shop keeps how to reach them and writes to them.

    `text_version` is that of the text that they saw.
    """

    shop_id: UUID
    order_id: UUID
    text_version: int
    actor: Actor


class GiveContactStatus(StrEnum):
    """How agreeing ended. Where several apply, the first listed is given."""

    GIVEN = "given"
    EXISTS = "exists"
    """They agreed before, to the same text."""
    ORDER_NOT_FOUND = "order_not_found"
    TEXT_OUTDATED = "text_outdated"
    """The text is another one now: it has to be read first."""


class WithdrawContact(Struct, frozen=True, kw_only=True):
    """Agree no longer. What the shop has here is forgotten at once."""

    shop_id: UUID
    person_id: UUID
    actor: Actor


class WithdrawContactStatus(StrEnum):
    """How withdrawing ended."""

    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    """The shop may not write to them (any more)."""


class Consent(Struct, frozen=True, kw_only=True):
    """That somebody agreed, by which order and to which text; without a contact it was withdrawn."""

    shop_id: UUID
    person_id: UUID
    order_id: UUID
    text_version: int
    contact: Contact | None
    agreed_at: datetime
    withdrawn_at: datetime | None = None


class Customer(Struct, frozen=True, kw_only=True):
    """Somebody who agreed, as their shop sees them. `spent` is what their trades that are over came to (fen)."""

    person_id: UUID
    name: str
    phone: str
    agreed_at: datetime
    text_version: int
    orders: int
    spent: int
    last_order_at: datetime | None


class Reached(Struct, frozen=True, kw_only=True):
    """A shop that may write to somebody, as they see it."""

    shop_id: UUID
    shop_name: str
    shop_handle: str
    agreed_at: datetime
    text_version: int
    name: str
    phone: str
