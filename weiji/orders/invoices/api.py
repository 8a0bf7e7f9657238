"""The JSON API of invoices."""

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.orders.invoices import store
from weiji.orders.invoices.model import (
    FILE_BYTES_MAX,
    CorrectInvoice,
    InvoiceState,
    IssueInvoice,
    KeptTitle,
    OfferInvoices,
    OfferStatus,
    PaperStatus,
    PutTitle,
    PutTitleStatus,
    RefuseInvoice,
    RefuseStatus,
    RemoveTitle,
    RemoveTitleStatus,
    RequestInvoice,
    RequestStatus,
    Title,
    TitleKind,
    WithdrawInvoice,
    WithdrawStatus,
)
from weiji.orders.invoices.operations import (
    correct_invoices,
    issue_invoices,
    offer_invoices,
    put_titles,
    refuse_invoices,
    remove_titles,
    request_invoices,
    withdraw_invoices,
)
from weiji.orders.invoices.store import InvoiceDesk, InvoiceOfOrder, ListedInvoice
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

CONTENT_MAX: Final = (FILE_BYTES_MAX + 2) // 3 * 4 + 4
"""Characters of a file in base64, with one byte more than is taken."""

BODY_BYTES_MAX: Final = 16 * 1024**2
"""A request with files: as many as it holds."""

Number = Annotated[str, Meta(max_length=100, description="8 digits, or the 20 of a fully digital one.")]
Content = Annotated[str, Meta(max_length=CONTENT_MAX, description="A PDF, OFD or XML of at most 2 MB, in base64.")]


class TitleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom an invoice is made out to."""

    kind: TitleKind
    name: Typed
    tax_number: Typed = ""
    email: Typed = ""

    def title(self) -> Title:
        """Make the title."""
        return Title(kind=self.kind, name=self.name, tax_number=self.tax_number, email=self.email)


class PutTitleBody(TitleBody, forbid_unknown_fields=True, kw_only=True):
    """A title to write into your book under its id."""

    id: UUID


class RemoveTitleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A title to take out of your book."""

    id: UUID


class OfferBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a shop makes out invoices."""

    shop_id: UUID
    is_offered: bool


class RequestBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The order of yours whose invoice you want, and whom it is to be made out to."""

    order_id: UUID
    title: TitleBody


class OrderBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order."""

    order_id: UUID


class IssueBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An invoice that was made out. The id is made near the shop."""

    id: UUID
    order_id: UUID
    shop_id: UUID
    number: Number
    issued_on: date
    content: Content


class CorrectBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The red invoice that takes one back. The id is made near the shop."""

    id: UUID
    order_id: UUID
    shop_id: UUID
    number: Number
    issued_on: date
    content: Content = ""


class RefuseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order for which no invoice is made out, and why."""

    order_id: UUID
    shop_id: UUID
    reason: Typed


class PutTitleAnswer(Struct):
    """How writing a title ended."""

    status: PutTitleStatus


class RemoveTitleAnswer(Struct):
    """How removing a title ended."""

    status: RemoveTitleStatus


class OfferAnswer(Struct):
    """How saying it ended."""

    status: OfferStatus


class RequestAnswer(Struct):
    """How asking for an invoice ended."""

    status: RequestStatus


class WithdrawAnswer(Struct):
    """How withdrawing a request ended."""

    status: WithdrawStatus


class PaperAnswer(Struct):
    """How entering a paper ended."""

    status: PaperStatus


class RefuseAnswer(Struct):
    """How refusing ended."""

    status: RefuseStatus


class PaperContent(Struct):
    """The file of an invoice, in base64."""

    media_type: str
    content: str


class InvoiceTitlesApi(Controller):
    """The titles that you have invoices made out to."""

    path = "/api/v1/invoice-titles"
    tags = ("invoices",)

    @get("/", **operation("ListInvoiceTitles", "addresses:read"))
    async def index(self, request: ApiRequest) -> Page[KeptTitle]:
        """Read your titles, the one written last first. There are at most 20."""
        async with request.database.read() as reader:
            return Page(items=list(await store.get_titles(reader, request.person_id)), next=None)

    @post("/put", **operation("PutInvoiceTitles", "addresses:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: Batch[PutTitleBody]) -> Response[list[PutTitleAnswer]]:
        """Write titles into your book, or over what the same ids said before."""
        commands = [
            PutTitle(
                person_id=request.person_id,
                title=KeptTitle(
                    id=body.id, kind=body.kind, name=body.name, tax_number=body.tax_number, email=body.email
                ),
            )
            for body in data
        ]
        return await run(request, put_titles, "person_id", commands)

    @post("/remove", **operation("RemoveInvoiceTitles", "addresses:write", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: Batch[RemoveTitleBody]) -> Response[list[RemoveTitleAnswer]]:
        """Take titles out of your book."""
        commands = [RemoveTitle(person_id=request.person_id, id=body.id) for body in data]
        return await run(request, remove_titles, "person_id", commands)


class InvoicesApi(Controller):
    """Invoices of orders."""

    path = "/api/v1/invoices"
    tags = ("invoices",)

    @get("/", **operation("ListInvoices", "orders:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: FromQuery[UUID | None] = None,
        stands: FromQuery[InvoiceState | None] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[ListedInvoice]:
        """List what you asked for; or, with `shop_id`, what was asked of a shop whose orders you may see."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            if shop_id is None:
                found = await store.list_of_buyer(reader, request.person_id, before, limit + 1)
            elif request.caller.may(shop_id, Permission.ORDERS):
                states = [stands] if stands else list(InvoiceState)
                found = await store.list_of_shop(reader, shop_id, states, before, limit + 1)
            else:
                raise NotFoundException
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.requested_at, last.order_id) if last else None)

    @get("/offers/{shop_id:uuid}", **operation("GetInvoiceDesk", "orders:read"))
    async def show_desk(self, request: ApiRequest, shop_id: FromPath[UUID]) -> InvoiceDesk:
        """Read whether a shop of yours makes out invoices, and how many wait for what."""
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.get_desk(reader, shop_id)
        if found is None:
            raise NotFoundException
        return found

    @get("/{order_id:uuid}", **operation("GetInvoice", "orders:read"))
    async def show(self, request: ApiRequest, order_id: FromPath[UUID]) -> InvoiceOfOrder:
        """Read the invoice of an order that is yours or your shop's, asked for or not."""
        async with request.database.read() as reader:
            found = await store.get_invoice(reader, order_id)
        if found is None or not _sees(request, found.buyer_id, found.shop_id):
            raise NotFoundException
        return found

    @get("/{order_id:uuid}/papers/{paper_id:uuid}", **operation("GetInvoiceFile", "orders:read"))
    async def show_file(
        self, request: ApiRequest, order_id: FromPath[UUID], paper_id: FromPath[UUID]
    ) -> Response[PaperContent]:
        """Read the file of an invoice of an order that is yours or your shop's."""
        async with request.database.read() as reader:
            found = await store.get_file(reader, paper_id)
        if found is None or found.order_id != order_id or not _sees(request, found.buyer_id, found.shop_id):
            raise NotFoundException
        content = base64.b64encode(found.content).decode()
        return Response(PaperContent(found.media_type, content), headers={"cache-control": "no-store"})

    @post("/offer", **operation("OfferInvoices", "shops:write", repeat="key_taken"))
    async def offer(self, request: ApiRequest, data: Batch[OfferBody]) -> Response[list[OfferAnswer]]:
        """Say whether shops of yours make out invoices."""
        actor = request.actor("merchant")
        commands = [
            OfferInvoices(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                is_offered=body.is_offered,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, offer_invoices, "shop_id", commands)

    @post("/request", **operation("RequestInvoices", "orders:write", repeat="key_taken"))
    async def ask(self, request: ApiRequest, data: Batch[RequestBody]) -> Response[list[RequestAnswer]]:
        """Ask for the invoices of orders of yours, until 180 days after the trade is completed."""
        actor = request.actor("buyer")
        commands = [RequestInvoice(order_id=body.order_id, title=body.title.title(), actor=actor) for body in data]
        return await run(request, request_invoices, "order_id", commands)

    @post("/withdraw", **operation("WithdrawInvoices", "orders:write", repeat="key_taken"))
    async def withdraw(self, request: ApiRequest, data: Batch[OrderBody]) -> Response[list[WithdrawAnswer]]:
        """Ask for the invoices of orders of yours no longer."""
        actor = request.actor("buyer")
        commands = [WithdrawInvoice(order_id=body.order_id, actor=actor) for body in data]
        return await run(request, withdraw_invoices, "order_id", commands)

    @post("/refuse", **operation("RefuseInvoices", "orders:write", repeat="key_taken"))
    async def refuse(self, request: ApiRequest, data: Batch[RefuseBody]) -> Response[list[RefuseAnswer]]:
        """Make out no invoices for orders of your shops, and say why."""
        actor = request.actor("merchant")
        commands = [
            RefuseInvoice(
                order_id=body.order_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                reason=body.reason,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, refuse_invoices, "order_id", commands)

    @post("/issue", request_max_body_size=BODY_BYTES_MAX, **operation("IssueInvoices", "orders:write"))
    async def issue(self, request: ApiRequest, data: Batch[IssueBody]) -> Response[list[PaperAnswer]]:
        """Enter invoices that your shops made out. The same id again changes nothing."""
        actor = request.actor("merchant")
        commands = [
            IssueInvoice(
                id=body.id,
                order_id=body.order_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                number=body.number,
                issued_on=body.issued_on,
                content=read_content(body.content),
                actor=actor,
            )
            for body in data
        ]
        # Megabytes ride in no batch with others.
        return _answered(await request.database.retried(partial(issue_invoices, commands=commands)))

    @post("/correct", request_max_body_size=BODY_BYTES_MAX, **operation("CorrectInvoices", "orders:write"))
    async def correct(self, request: ApiRequest, data: Batch[CorrectBody]) -> Response[list[PaperAnswer]]:
        """Enter the red invoices that take back those of refunded orders. The same id again changes nothing."""
        actor = request.actor("merchant")
        commands = [
            CorrectInvoice(
                id=body.id,
                order_id=body.order_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                number=body.number,
                issued_on=body.issued_on,
                content=read_content(body.content),
                actor=actor,
            )
            for body in data
        ]
        return _answered(await request.database.retried(partial(correct_invoices, commands=commands)))


def _answered(statuses: Sequence[PaperStatus]) -> Response[list[PaperAnswer]]:
    return Response([PaperAnswer(status) for status in statuses])


def _sees(request: ApiRequest, buyer_id: UUID, shop_id: UUID) -> bool:
    return buyer_id == request.person_id or request.caller.may(shop_id, Permission.ORDERS)


def read_content(text: str) -> bytes:
    """Read base64; what is none is a file of no kind."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b"?"


ROUTES: Final = (InvoiceTitlesApi, InvoicesApi)
"""What the program serves of this module."""
