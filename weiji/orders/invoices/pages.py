"""The buyer's pages of invoices: titles, and the invoice of an order."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec import Struct

from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.orders.invoices import store
from weiji.orders.invoices.model import (
    EMAIL_MAX,
    MEDIA_TYPES,
    REQUEST_WITHIN,
    TITLE_MAX,
    TITLES_MAX,
    InvoiceState,
    KeptTitle,
    PutTitle,
    PutTitleStatus,
    RemoveTitle,
    RequestInvoice,
    RequestStatus,
    Title,
    TitleKind,
    WithdrawInvoice,
    WithdrawStatus,
)
from weiji.orders.invoices.operations import put_titles, remove_titles, request_invoices, withdraw_invoices
from weiji.orders.invoices.store import InvoiceOfOrder
from weiji.orders.invoices.words import request_error, state_word, title_errors, withdraw_error
from weiji.web import Caller, page, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest


class EnteredTitle(Struct, frozen=True, kw_only=True):
    """What a form of a title says."""

    id: UUID
    kind: str = TitleKind.PERSON
    name: str = ""
    tax_number: str = ""
    email: str = ""

    @classmethod
    def read(cls, form: Form, id: UUID) -> "EnteredTitle":
        """Read the form."""
        kind = TitleKind.COMPANY if form.text("kind") == TitleKind.COMPANY else TitleKind.PERSON
        return cls(
            id=id,
            kind=kind,
            name=form.text("title"),
            # What stays in the field of another kind does not count.
            tax_number=form.text("tax_number") if kind is TitleKind.COMPANY else "",
            email=form.text("email"),
        )

    def title(self) -> KeptTitle:
        """Make the title."""
        return KeptTitle(
            id=self.id, kind=TitleKind(self.kind), name=self.name, tax_number=self.tax_number, email=self.email
        )


class InvoiceTitlePages(Controller):
    """The book of titles."""

    path = "/me/invoice-titles"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List the titles."""
        async with request.database.read() as reader:
            titles = await store.get_titles(reader, request.person_id)
        return page(request, "orders/invoice_titles.html", titles=titles, limit=TITLES_MAX)

    @get("/new")
    async def show_new(self, request: WebRequest) -> Response[str]:
        """Ask for a new title."""
        return _title_page(request, EnteredTitle(id=new_id(request.person_id)), {}, is_new=True)

    @get("/{title_id:uuid}")
    async def show(self, request: WebRequest, title_id: FromPath[UUID]) -> Response[str]:
        """Show a title, to be changed."""
        async with request.database.read() as reader:
            titles = await store.get_titles(reader, request.person_id)
        found = next((title for title in titles if title.id == title_id), None)
        if found is None:
            raise NotFoundException
        entered = EnteredTitle(
            id=found.id, kind=found.kind, name=found.name, tax_number=found.tax_number, email=found.email
        )
        return _title_page(request, entered, {}, is_new=False)

    @post("/{title_id:uuid}")
    async def put(self, request: WebRequest, title_id: FromPath[UUID]) -> Response[str]:
        """Write a title."""
        form = await read_form(request)
        entered = EnteredTitle.read(form, title_id)
        command = PutTitle(person_id=request.person_id, title=entered.title())
        status = await request.batchers.of(put_titles, "person_id").submit(command)
        if status in (PutTitleStatus.PUT, PutTitleStatus.EXISTS):
            return redirect(request, "/me/invoice-titles", toast=_("已保存。"))
        return _title_page(request, entered, title_errors(status), is_new=form.is_on("is_new"))

    @post("/{title_id:uuid}/removal")
    async def remove(self, request: WebRequest, title_id: FromPath[UUID]) -> Response[str]:
        """Take a title out of the book."""
        command = RemoveTitle(person_id=request.person_id, id=title_id)
        await request.batchers.of(remove_titles, "person_id").submit(command)
        return redirect(request, "/me/invoice-titles", toast=_("抬头删掉了"))


class InvoicePages(Controller):
    """The invoice of an order, for its buyer."""

    path = "/orders/{order_id:uuid}/invoice"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(
        self, request: WebRequest, order_id: FromPath[UUID], change: FromQuery[bool] = False
    ) -> Response[str]:
        """Show what became of the invoice, or ask whom it is for."""
        async with request.database.read() as reader:
            found = await _of_buyer(reader, order_id, request.caller)
            titles = await store.get_titles(reader, request.person_id)
        return _invoice_page(request, found, titles, is_changing=change)

    @post("/")
    async def ask(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask for it, with a title of the book or one that is entered, which comes into the book."""
        form = await read_form(request)
        person_id = request.person_id
        async with request.database.read() as reader:
            found = await _of_buyer(reader, order_id, request.caller)
            titles = await store.get_titles(reader, person_id)
        kept = next((title for title in titles if title.id == form.id("kept")), None)
        entered = EnteredTitle.read(form, form.id("title_id") or new_id(person_id))
        title = kept or entered.title()
        command = RequestInvoice(
            order_id=order_id,
            title=Title(kind=title.kind, name=title.name, tax_number=title.tax_number, email=title.email),
            actor=request.actor("buyer"),
        )
        status = await request.batchers.of(request_invoices, "order_id").submit(command)
        if status in (RequestStatus.REQUESTED, RequestStatus.EXISTS):
            if kept is None:
                # That the book is full stops nothing: the invoice was asked for.
                await request.batchers.of(put_titles, "person_id").submit(
                    PutTitle(person_id=person_id, title=entered.title())
                )
            return redirect(request, f"/orders/{order_id}/invoice", toast=_("发票申请好了，卖家会开给你。"))
        if status is RequestStatus.ORDER_NOT_FOUND:
            raise NotFoundException
        errors = title_errors(status)
        if "form" in errors:
            errors = {"form": request_error(status)}
        return _invoice_page(request, found, titles, entered=entered, errors=errors, is_changing=True)

    @post("/withdrawal")
    async def withdraw(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask for it no longer."""
        command = WithdrawInvoice(order_id=order_id, actor=request.actor("buyer"))
        status = await request.batchers.of(withdraw_invoices, "order_id").submit(command)
        here = f"/orders/{order_id}/invoice"
        if status is WithdrawStatus.ORDER_NOT_FOUND:
            raise NotFoundException
        if status is WithdrawStatus.NOT_REQUESTED:
            return redirect(request, here, toast=withdraw_error(status), tone="warn")
        return redirect(request, here, toast=_("不用开了"))

    @get("/papers/{paper_id:uuid}")
    async def show_file(
        self, request: WebRequest, order_id: FromPath[UUID], paper_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Hand out the file of a paper."""
        async with request.database.read() as reader:
            found = await store.get_file(reader, paper_id)
        if found is None or found.order_id != order_id or found.buyer_id != request.caller.person_id:
            raise NotFoundException
        return hand_out(found.content, found.media_type, found.number)


ROUTES: Final = (InvoiceTitlePages, InvoicePages)
"""What the program serves of this module."""


def hand_out(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """Make the answer with a file: a download that no browser opens as a page of ours."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="invoice-{name}.{MEDIA_TYPES[media_type]}"',
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        },
    )


async def _of_buyer(reader: Reader, order_id: UUID, caller: Caller) -> InvoiceOfOrder:
    found = await store.get_invoice(reader, order_id)
    if found is None or found.buyer_id != caller.person_id:
        raise NotFoundException
    return found


def _title_page(request: WebRequest, entered: EnteredTitle, errors: dict[str, str], *, is_new: bool) -> Response[str]:
    return page(
        request,
        "orders/invoice_title.html",
        status_code=422 if errors else 200,
        entered=entered,
        errors=errors,
        is_new=is_new,
        name_max=TITLE_MAX,
        email_max=EMAIL_MAX,
    )


def _invoice_page(
    request: WebRequest,
    found: InvoiceOfOrder,
    titles: tuple[KeptTitle, ...],
    *,
    entered: EnteredTitle | None = None,
    errors: dict[str, str] | None = None,
    is_changing: bool = False,
) -> Response[str]:
    state = found.invoice.state if found.invoice else None
    may_ask = found.is_offered and not found.is_over
    is_open = state is None or state in (InvoiceState.REFUSED, InvoiceState.WITHDRAWN)
    return page(
        request,
        "orders/invoice.html",
        status_code=422 if errors else 200,
        found=found,
        word=state_word,
        titles=titles,
        entered=entered or EnteredTitle(id=new_id(request.person_id)),
        errors=errors or {},
        is_asking=may_ask and (is_open or (is_changing and state is InvoiceState.REQUESTED)),
        until=found.settled_at + REQUEST_WITHIN if found.settled_at else None,
        days=REQUEST_WITHIN.days,
        name_max=TITLE_MAX,
        email_max=EMAIL_MAX,
    )
