"""Invoices (发票): asked for by the buyer, made out by the shop, taken back when the money goes back."""

from weiji.orders.invoices.files import sniff
from weiji.orders.invoices.model import FILE_BYTES_MAX, REQUEST_WITHIN, InvoiceState, NoteRefund, OfferInvoices, Paper
from weiji.orders.invoices.operations import note_refunds, offer_invoices
from weiji.orders.invoices.store import WholeInvoice, get_file, get_offering, list_whole_of_shop

__all__ = [
    "FILE_BYTES_MAX",
    "REQUEST_WITHIN",
    "InvoiceState",
    "NoteRefund",
    "OfferInvoices",
    "Paper",
    "WholeInvoice",
    "get_file",
    "get_offering",
    "list_whole_of_shop",
    "note_refunds",
    "offer_invoices",
    "sniff",
]
