"""The words of invoices: titles, requests, papers, and how each command ends."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

TITLES_MAX: Final = 20
"""Titles of one person."""

TITLE_MAX: Final = 100
"""Characters of a title's name: what fits on the form."""

EMAIL_MAX: Final = 254
"""RFC 5321, section 4.5.3.1."""

REASON_MAX: Final = 200

FILE_BYTES_MAX: Final = 2 * 1024**2
"""The largest file of an invoice; they have 30 to 300 KB."""

MEDIA_TYPES: Final = {"application/pdf": "pdf", "application/ofd": "ofd", "application/xml": "xml"}
"""The forms in which invoices are handed over, and how their files are called (公告 2024-11: PDF, OFD, XML)."""

REQUEST_WITHIN: Final = timedelta(days=180)
"""How long after the trade is completed its invoice can be asked for."""

DATED_BACK_MAX: Final = timedelta(days=366)
"""How long ago an invoice may have been made out when it is entered."""

PAPERS_SHOWN: Final = 20
"""Papers of one order that are read, the latest first."""


class TitleKind(StrEnum):
    """Who an invoice is made out to."""

    PERSON = "person"
    COMPANY = "company"


class Title(Struct, frozen=True, kw_only=True):
    """Whom an invoice is made out to (发票抬头). A company has a unified social credit code as its tax number."""

    kind: TitleKind
    name: str
    tax_number: str = ""
    email: str = ""
    """Where the shop may send the file besides; what it uploads is on the order's page in any case."""


class KeptTitle(Title, frozen=True, kw_only=True):
    """A title in a person's book."""

    id: UUID


class PutTitle(Struct, frozen=True, kw_only=True):
    """Write a title into a person's book, or over what the id said before."""

    person_id: UUID
    title: KeptTitle


class PutTitleStatus(StrEnum):
    """How writing a title ended. Where several apply, the first listed is given."""

    PUT = "put"
    EXISTS = "exists"
    """The book says the same already."""
    NAME_MALFORMED = "name_malformed"
    """One line of 1 to 100 characters."""
    TAX_NUMBER_INVALID = "tax_number_invalid"
    """A company needs a unified social credit code whose check character is right; a person has none."""
    EMAIL_MALFORMED = "email_malformed"
    TOO_MANY_TITLES = "too_many_titles"
    """A book has room for 20."""


class RemoveTitle(Struct, frozen=True, kw_only=True):
    """Take a title out of a person's book. What was asked for with it stays as it was."""

    person_id: UUID
    id: UUID


class RemoveTitleStatus(StrEnum):
    """How removing a title ended."""

    REMOVED = "removed"
    EXISTS = "exists"
    """There is no such title (any more)."""


class OfferInvoices(Struct, frozen=True, kw_only=True):
    """Say whether a shop makes out invoices."""

    shop_id: UUID
    is_offered: bool
    actor: Actor


class OfferStatus(StrEnum):
    """How saying it ended."""

    PUT = "put"
    EXISTS = "exists"
    """It said so already."""
    SHOP_NOT_FOUND = "shop_not_found"


class InvoiceState(StrEnum):
    """Where the invoice of an order stands."""

    REQUESTED = "requested"
    """The buyer asked for it; the shop is to make it out, once the order is paid."""
    ISSUED = "issued"
    TO_CORRECT = "to_correct"
    """Money went back after it was made out: the shop is to take it back (红冲)."""
    CORRECTED = "corrected"
    """Taken back; nothing is left to make another one out for."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """The buyer wants it no more, or the money went back before it was made out, or never came."""


class RequestInvoice(Struct, frozen=True, kw_only=True):
    """Ask for the invoice of an order, as its buyer; again with another title, as long as it is not made out."""

    order_id: UUID
    title: Title
    actor: Actor


class RequestStatus(StrEnum):
    """How asking for an invoice ended. Where several apply, the first listed is given."""

    REQUESTED = "requested"
    EXISTS = "exists"
    """It was asked for with this title."""
    ORDER_NOT_FOUND = "order_not_found"
    NAME_MALFORMED = "name_malformed"
    TAX_NUMBER_INVALID = "tax_number_invalid"
    EMAIL_MALFORMED = "email_malformed"
    ALREADY_ISSUED = "already_issued"
    """It was made out: the shop has to be asked by hand."""
    NOTHING_PAID = "nothing_paid"
    """The order was closed, or all of its money went back."""
    NOT_OFFERED = "not_offered"
    """The shop makes out no invoices."""
    TOO_LATE = "too_late"
    """More than 180 days after the trade was completed."""


class WithdrawInvoice(Struct, frozen=True, kw_only=True):
    """Ask for an invoice no longer, as the buyer."""

    order_id: UUID
    actor: Actor


class WithdrawStatus(StrEnum):
    """How withdrawing a request ended. Where several apply, the first listed is given."""

    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    ORDER_NOT_FOUND = "order_not_found"
    """There is no such order of theirs with a request."""
    NOT_REQUESTED = "not_requested"
    """It was made out or refused meanwhile."""


class IssueInvoice(Struct, frozen=True, kw_only=True):
    """Enter an invoice that the shop made out, with its file. The amount is what was paid, less what went back.

    The caller makes `id`, near the shop.
    """

    id: UUID
    order_id: UUID
    shop_id: UUID
    number: str
    issued_on: date
    content: bytes
    actor: Actor


class CorrectInvoice(Struct, frozen=True, kw_only=True):
    """Enter the red invoice that takes one back; a file need not come with it. The caller makes `id`, near the shop."""

    id: UUID
    order_id: UUID
    shop_id: UUID
    number: str
    issued_on: date
    actor: Actor
    content: bytes = b""


class PaperStatus(StrEnum):
    """How entering an invoice, or what takes it back, ended. Where several apply, the first listed is given."""

    ISSUED = "issued"
    CORRECTED = "corrected"
    EXISTS = "exists"
    """The same was entered before."""
    ID_TAKEN = "id_taken"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    ORDER_NOT_FOUND = "order_not_found"
    """No invoice was asked for of such an order of the shop."""
    NOT_REQUESTED = "not_requested"
    """It is not to be made out: it was already, or refused, or withdrawn."""
    NOT_TO_CORRECT = "not_to_correct"
    """It is not to be taken back."""
    NOTHING_PAID = "nothing_paid"
    """Nobody paid yet, or all of the money went back."""
    NUMBER_MALFORMED = "number_malformed"
    """8 digits, or the 20 of a fully digital one."""
    DATE_OUT_OF_RANGE = "date_out_of_range"
    """In the future, or more than a year ago."""
    FILE_TOO_LARGE = "file_too_large"
    """More than 2 MB."""
    FILE_NOT_TAKEN = "file_not_taken"
    """Neither a PDF nor an OFD nor an XML without a document type."""
    NUMBER_TAKEN = "number_taken"
    """The shop entered another paper with this number."""


class RefuseInvoice(Struct, frozen=True, kw_only=True):
    """Make out no invoice for an order, and say why."""

    order_id: UUID
    shop_id: UUID
    reason: str
    actor: Actor


class RefuseStatus(StrEnum):
    """How refusing ended. Where several apply, the first listed is given."""

    REFUSED = "refused"
    EXISTS = "exists"
    ORDER_NOT_FOUND = "order_not_found"
    NOT_REQUESTED = "not_requested"
    REASON_MALFORMED = "reason_malformed"
    """1 to 200 characters."""


class NoteRefund(Struct, frozen=True, kw_only=True):
    """Note that money of an order went back, never came, or came late.

    Its invoice may have to be taken back, or not be made, or be made after all.
    """

    order_id: UUID


class Invoice(Struct, frozen=True, kw_only=True):
    """What was asked for of an order, and where it stands. `amount` is what the invoice in force says (fen)."""

    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    state: InvoiceState
    title: Title
    requested_at: datetime
    changed_at: datetime
    amount: int = 0
    reason: str = ""
    """Why it was refused."""
    is_lapsed: bool = False
    """It is withdrawn because nobody paid, and not by its buyer: asked for still, should the money come late."""


class PaperKind(StrEnum):
    """What a paper does: a blue one says that money was taken, a red one takes that back."""

    BLUE = "blue"
    RED = "red"


class Paper(Struct, frozen=True, kw_only=True):
    """An invoice, or what takes one back, as the shop entered it. Without a file `size` is 0."""

    id: UUID
    kind: PaperKind
    number: str
    issued_on: date
    amount: int
    added_at: datetime
    media_type: str | None = None
    size: int = 0
