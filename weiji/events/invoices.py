"""What invoices tell. The stream is the shop, the subject is the order; of an offer, the shop."""

from datetime import date

from weiji.events.model import Event


class InvoiceOffered(Event, frozen=True, kw_only=True):
    """A shop said whether it makes out invoices."""

    is_offered: bool


class InvoiceRequested(Event, frozen=True, kw_only=True):
    """The buyer of an order wants an invoice, or one with another title."""

    kind: str
    """`person` or `company`."""


class InvoiceWithdrawn(Event, frozen=True, kw_only=True):
    """The buyer wants no invoice any more, or there is nothing left to make one out for."""

    is_refunded: bool = False


class InvoiceIssued(Event, frozen=True, kw_only=True):
    """The shop made out an invoice. The amount is fen."""

    number: str
    issued_on: date
    amount: int


class InvoiceRefused(Event, frozen=True, kw_only=True):
    """The shop makes out no invoice for an order."""

    reason: str


class InvoiceToBeCorrected(Event, frozen=True, kw_only=True):
    """Money of an order went back whose invoice had been made out: the shop has to take that back (红冲)."""

    amount: int
    """What the invoice says (fen)."""


class InvoiceCorrected(Event, frozen=True, kw_only=True):
    """The shop took an invoice back. `is_asked_again`: another one is to be made out, for what was kept."""

    number: str
    issued_on: date
    amount: int
    is_asked_again: bool
