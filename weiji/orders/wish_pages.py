"""Pieces of pages about what a buyer may wish besides the goods: an invoice, and to hear from the shop.

The checkout and the order's page ask for them when they are there: neither pays for what few wish.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.orders.customers import store as customers
from weiji.orders.customers.model import TEXT_VERSION, GiveContact
from weiji.orders.customers.operations import give_contacts
from weiji.orders.customers.words import consent_text
from weiji.orders.invoices import store as invoices
from weiji.orders.invoices.model import RequestInvoice, RequestStatus, Title
from weiji.orders.invoices.operations import request_invoices
from weiji.orders.invoices.words import state_word
from weiji.orders.model import LINES_MAX, PlaceOrder
from weiji.web import fragment, signed_in
from weiji.web.forms import Form, read_id
from weiji.web.requests import WebRequest


class Wishes(Struct, frozen=True):
    """What was wished at a checkout, by shop."""

    title_id: UUID | None = None
    invoiced: frozenset[UUID] = frozenset()
    """The shops that are to make out an invoice."""
    contacted: frozenset[UUID] = frozenset()
    """The shops that may write to the buyer."""
    text_version: int = TEXT_VERSION

    @classmethod
    def read(cls, form: Form) -> "Wishes":
        """Read the form."""
        return cls(
            form.id("invoice_title"),
            _read_ids(form.all("invoice", LINES_MAX)),
            _read_ids(form.all("contact", LINES_MAX)),
            form.number("text_version") or TEXT_VERSION,
        )

    @property
    def query(self) -> list[tuple[str, str]]:
        """Say it again, for the piece of the page that is asked for once more."""
        titles = [("invoice_title", str(self.title_id))] if self.title_id else []
        return [
            *titles,
            *(("invoice", str(id)) for id in self.invoiced),
            *(("contact", str(id)) for id in self.contacted),
        ]


async def grant(
    database: Database, batchers: Batchers, wishes: Wishes, placed: Sequence[PlaceOrder], actor: Actor
) -> None:
    """Ask for what was wished with orders that were placed just now.

    It follows the order in a transaction of its own: should it be lost between the two, the order's page asks again.
    """
    assert actor.person_id
    agreeing = [
        GiveContact(shop_id=order.shop_id, order_id=order.id, text_version=wishes.text_version, actor=actor)
        for order in placed
        if order.shop_id in wishes.contacted
    ]
    if agreeing:
        await batchers.of(give_contacts, "shop_id").submit_all(agreeing)
    invoiced = [order.id for order in placed if order.shop_id in wishes.invoiced]
    if not invoiced or wishes.title_id is None:
        return
    async with database.read() as reader:
        titles = await invoices.get_titles(reader, actor.person_id)
    title = next((each for each in titles if each.id == wishes.title_id), None)
    if title is not None:
        meant = Title(kind=title.kind, name=title.name, tax_number=title.tax_number, email=title.email)
        asked = [RequestInvoice(order_id=id, title=meant, actor=actor) for id in invoiced]
        statuses = await batchers.of(request_invoices, "order_id").submit_all(asked)
        assert RequestStatus.ORDER_NOT_FOUND not in statuses, "they were placed just now"


class WishPages(Controller):
    """What may be wished, where it is asked for."""

    include_in_schema = False
    guards = (signed_in,)

    @get("/checkout/wishes")
    async def show_at_checkout(self, request: WebRequest) -> Response[str]:
        """Ask which shops are to make out an invoice, for whom, and which may write to the buyer."""
        query = request.query_params
        ids = _read_ids(query.getall("shop", [])[:LINES_MAX])
        async with request.database.read() as reader:
            shops = await customers.get_wishable(reader, ids, request.person_id) if ids else []
            titles = await invoices.get_titles(reader, request.person_id)
        return fragment(
            request,
            "orders/checkout_wishes.html",
            shops=shops,
            titles=[(str(each.id), each.name) for each in titles],
            wishes=Wishes(
                read_id(query.get("invoice_title")),
                _read_ids(query.getall("invoice", [])),
                _read_ids(query.getall("contact", [])),
            ),
            text_of=consent_text,
            text_version=TEXT_VERSION,
        )

    @get("/orders/{order_id:uuid}/wishes")
    async def show_at_order(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show what became of the invoice, and whether the shop may write."""
        async with request.database.read() as reader:
            found = await invoices.get_invoice(reader, order_id)
            if found is None or found.buyer_id != request.caller.person_id:
                raise NotFoundException
            agreed = await customers.get_agreed(reader, [found.shop_id], request.person_id)
        return fragment(
            request,
            "orders/order_wishes.html",
            found=found,
            word=state_word,
            is_agreed=bool(agreed),
            text=consent_text(found.shop_name),
            text_version=TEXT_VERSION,
        )


ROUTES: Final = (WishPages,)
"""What the program serves of this module."""


def _read_ids(texts: Sequence[str]) -> frozenset[UUID]:
    return frozenset(id for text in texts if (id := read_id(text)))
