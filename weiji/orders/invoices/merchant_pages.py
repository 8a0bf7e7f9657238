"""A shop's desk of invoices: what was asked for, and making it out, refusing it and taking it back."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders.invoices import store
from weiji.orders.invoices.model import (
    FILE_BYTES_MAX,
    REASON_MAX,
    CorrectInvoice,
    InvoiceState,
    IssueInvoice,
    OfferInvoices,
    PaperStatus,
    RefuseInvoice,
    RefuseStatus,
)
from weiji.orders.invoices.operations import correct_invoices, issue_invoices, offer_invoices, refuse_invoices
from weiji.orders.invoices.pages import hand_out
from weiji.orders.invoices.store import InvoiceOfOrder
from weiji.orders.invoices.words import paper_errors, refuse_error, state_word
from weiji.web import fragment, page, rate, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Invoices on one page of a list."""

BODY_BYTES_MAX: Final = FILE_BYTES_MAX + 256 * 1024
"""A file, and the form around it: one that is a little too large is told of in words."""

TABS: Final[Mapping[str, tuple[InvoiceState, ...]]] = {
    "requested": (InvoiceState.REQUESTED,),
    "to_correct": (InvoiceState.TO_CORRECT,),
    "issued": (InvoiceState.ISSUED, InvoiceState.CORRECTED),
    "other": (InvoiceState.REFUSED, InvoiceState.WITHDRAWN),
}
"""The tabs of the desk, and the states that each shows."""


class MerchantInvoices(Controller):
    """What a shop was asked for."""

    path = "/merchant/{shop_id:uuid}/invoices"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def index(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "requested",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """List what was asked for, by where it stands."""
        tab = tab if tab in TABS else "requested"
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            desk = await store.get_desk(reader, shop_id)
            if desk is None:
                raise NotFoundException
            found = await store.list_of_shop(reader, shop_id, TABS[tab], before, PAGE + 1)
        here = f"/merchant/{shop_id}/invoices"
        words = {
            "requested": _("待开票"),
            "to_correct": _("待冲红"),
            "issued": _("已开票"),
            "other": _("没有开的"),
        }
        shown = found[:PAGE]
        last = shown[-1] if len(found) > PAGE else None
        more = f"{here}?tab={tab}&after={write_cursor(last.requested_at, last.order_id)}" if last else None
        return page(
            request,
            "orders/merchant_invoices.html",
            shop=desk,
            invoices=shown,
            more=more,
            tab=tab,
            tabs=[
                {
                    "key": key,
                    "label": words[key],
                    "href": f"{here}?tab={key}",
                    "count": sum(desk.counts.get(state, 0) for state in states),
                }
                for key, states in TABS.items()
            ],
            word=state_word,
        )

    @post("/offer", guards=(shop_staff(Permission.SHOP),))
    async def offer(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say whether the shop makes out invoices."""
        form = await read_form(request)
        is_offered = form.is_on("is_offered")
        command = OfferInvoices(shop_id=shop_id, is_offered=is_offered, actor=request.actor("merchant"))
        await request.batchers.of(offer_invoices, "shop_id").submit(command)
        toast = _("买家可以申请发票了。") if is_offered else _("不再接受新的申请；已有的还要处理完。")
        return redirect(request, f"/merchant/{shop_id}/invoices", toast=toast)

    @get("/{order_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Show an invoice that was asked for, with what can be done."""
        return _invoice_page(request, await _of_shop(request.database, shop_id, order_id))

    @get("/{order_id:uuid}/cell")
    async def show_cell(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Show where it stands: a piece of the order's page. Empty where nobody asked."""
        async with request.database.read() as reader:
            found = await store.get_invoice(reader, order_id)
        if found is None or found.shop_id != shop_id:
            raise NotFoundException
        return fragment(request, "orders/merchant_invoice_cell.html", found=found, word=state_word)

    @post(
        "/{order_id:uuid}/papers",
        request_max_body_size=BODY_BYTES_MAX,
        opt=rate("invoices", "120/minute"),
    )
    async def enter(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Enter an invoice that was made out; or, of one that is to be taken back, what does so."""
        found = await _of_shop(request.database, shop_id, order_id)
        form = await request.form()
        file = form.get("file")
        given = {name: str(form.get(name) or "").strip() for name in ("id", "number", "issued_on")}
        content = await file.read() if isinstance(file, UploadFile) else b""
        try:
            id = UUID(given["id"])
        except ValueError:
            id = new_id(shop_id)
        try:
            issued_on = date.fromisoformat(given["issued_on"])
        except ValueError:
            return _invoice_page(request, found, given, paper_errors(PaperStatus.DATE_OUT_OF_RANGE))
        actor = request.actor("merchant")
        assert found.invoice
        # Megabytes ride in no batch with others.
        if found.invoice.state is InvoiceState.TO_CORRECT:
            red = CorrectInvoice(
                id=id, order_id=order_id, shop_id=shop_id, number=given["number"], issued_on=issued_on,
                actor=actor, content=content,
            )  # fmt: skip
            (status,) = await request.database.retried(partial(correct_invoices, commands=[red]))
        else:
            blue = IssueInvoice(
                id=id, order_id=order_id, shop_id=shop_id, number=given["number"], issued_on=issued_on,
                actor=actor, content=content,
            )  # fmt: skip
            (status,) = await request.database.retried(partial(issue_invoices, commands=[blue]))
        if status in (PaperStatus.ISSUED, PaperStatus.CORRECTED, PaperStatus.EXISTS):
            toast = _("冲红登记好了。") if status is PaperStatus.CORRECTED else _("发票交给买家了。")
            return redirect(request, f"/merchant/{shop_id}/invoices/{order_id}", toast=toast)
        return _invoice_page(request, found, given, paper_errors(status))

    @post("/{order_id:uuid}/refusal")
    async def refuse(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Make out none, and say why."""
        form = await read_form(request)
        command = RefuseInvoice(
            order_id=order_id, shop_id=shop_id, reason=form.text("reason"), actor=request.actor("merchant")
        )
        status = await request.batchers.of(refuse_invoices, "order_id").submit(command)
        here = f"/merchant/{shop_id}/invoices/{order_id}"
        if status is RefuseStatus.ORDER_NOT_FOUND:
            raise NotFoundException
        if status in (RefuseStatus.REFUSED, RefuseStatus.EXISTS):
            return redirect(request, here, toast=_("已告诉买家。"))
        return redirect(request, f"{here}#refusal", toast=refuse_error(status), tone="warn")

    @get("/{order_id:uuid}/papers/{paper_id:uuid}")
    async def show_file(
        self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID], paper_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Hand out the file of a paper."""
        async with request.database.read() as reader:
            found = await store.get_file(reader, paper_id)
        if found is None or (found.order_id, found.shop_id) != (order_id, shop_id):
            raise NotFoundException
        return hand_out(found.content, found.media_type, found.number)


ROUTES: Final = (MerchantInvoices,)
"""What the program serves of this module."""


async def _of_shop(database: Database, shop_id: UUID, order_id: UUID) -> InvoiceOfOrder:
    async with database.read() as reader:
        found = await store.get_invoice(reader, order_id)
    if found is None or found.shop_id != shop_id or found.invoice is None:
        raise NotFoundException
    return found


def _invoice_page(
    request: WebRequest,
    found: InvoiceOfOrder,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    today = clock.now().astimezone(SHANGHAI).date()
    return page(
        request,
        "orders/merchant_invoice.html",
        status_code=422 if errors else 200,
        shop={"id": found.shop_id, "name": found.shop_name, "handle": found.shop_handle},
        found=found,
        word=state_word,
        given=given or {"id": str(new_id(found.shop_id)), "number": "", "issued_on": today.isoformat()},
        errors=errors or {},
        reason_max=REASON_MAX,
    )
