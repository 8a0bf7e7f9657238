"""The desk's page for sending many orders at once: a sheet is read, shown line by line, and then sent."""

import asyncio
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit.clock import SHANGHAI, now
from weiji.orders import MoveStatus, State, list_orders_of_shop, with_shipping
from weiji.orders.desk import get_desk
from weiji.orders.merchant_words import refusal
from weiji.orders.numbers import CheckStatus, doubt
from weiji.porting import words
from weiji.porting.exporting import CSV
from weiji.porting.records import LineProblem
from weiji.porting.shipping import (
    BYTES_MAX,
    LINES_MAX,
    Planned,
    Sheet,
    SheetStatus,
    plan_sheet,
    read_sheet,
    run_sheet,
    write_sheet,
    write_template,
)
from weiji.web import gettext as _
from weiji.web import page, redirect, shop_staff
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

FORM_MAX: Final = BYTES_MAX + 64 * 1024
"""Bytes of an upload: the sheet, and what is round it."""

TEMPLATE_MAX: Final = 500
"""Orders in the sheet that is given to be filled in."""


class Shipping(Controller):
    """Sending many orders at once."""

    path = "/merchant/{shop_id:uuid}/shipping"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show where a sheet may be given, and where the one to fill in is."""
        return await _show(request, shop_id)

    @get("/orders.csv")
    async def show_template(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Give the orders that are to be shipped as a sheet to fill in."""
        states = (State.PAID, State.PART_SHIPPED)
        async with request.database.read() as reader:
            orders = await list_orders_of_shop(reader, shop_id, states, None, TEMPLATE_MAX, is_picked_up=False)
            # What its payer disputes had better not be sent: the desk tells of it.
            orders = await with_shipping(reader, shop_id, [each for each in orders if not each.open_chargebacks])
        name = _("待发货订单") + f"-{now().astimezone(SHANGHAI):%Y%m%d}.csv"
        return Response(
            write_template(orders),
            media_type=CSV,
            headers={
                "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
                "cache-control": "no-store",
            },
        )

    @get(["/check", "/run"])
    async def show_again(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Lead who comes back to a sheet that was looked at to where it may be given again."""
        return redirect(request, f"/merchant/{shop_id}/shipping")

    @post("/check", status_code=200, request_max_body_size=FORM_MAX)
    async def check(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Read a sheet, and show what each line would do. Nothing is done."""
        sheet = await _sheet(request)
        if sheet is None:
            return await _show(request, shop_id, error=_("请选择一个文件。"))
        return await _show(request, shop_id, sheet=sheet)

    @post("/run", status_code=200, request_max_body_size=FORM_MAX)
    async def run(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Send what a sheet has, and show what became of each line. Sent again, it sends nothing twice."""
        sheet = await _sheet(request)
        if sheet is None:
            return await _show(request, shop_id, error=_("请选择一个文件。"))
        form = await request.form()
        with_unusual, mistakes = bool(form.get("with_unusual")), set(form.getall("mistake", []))
        async with request.database.read() as reader:
            planned = await plan_sheet(reader, shop_id, sheet)
        actor = request.actor("merchant")
        await run_sheet(request.batchers, shop_id, actor, planned, with_unusual=with_unusual, mistakes=mistakes)
        return await _show(request, shop_id, sheet=sheet, planned=planned)


async def _sheet(request: WebRequest) -> Sheet | None:
    """Read the sheet that a form brings: a file, or the text that the page before had put into it."""
    given = (await request.form()).get("sheet")
    if isinstance(given, UploadFile):
        data = await given.read(BYTES_MAX + 1)
        return await asyncio.to_thread(read_sheet, data[:BYTES_MAX]) if given.filename else None
    return await asyncio.to_thread(read_sheet, given.encode()) if isinstance(given, str) and given else None


async def _show(
    request: WebRequest,
    shop_id: UUID,
    *,
    sheet: Sheet | None = None,
    planned: list[Planned] | None = None,
    error: str | None = None,
) -> Response[str]:
    is_done = planned is not None
    async with request.database.read() as reader:
        found = await get_desk(reader, shop_id)
        if sheet is not None and planned is None and sheet.problem is None:
            planned = await plan_sheet(reader, shop_id, sheet)
    if sheet is not None and sheet.problem is not None:
        error = words.fault_word(LineProblem(line=0, fault=sheet.problem))
    elif sheet is not None and not sheet.lines:
        error = _("表里没有填了快递单号的行。")
    parcels = planned or []
    counts = {status: sum(each.status is status for each in parcels) for status in SheetStatus}
    ready, doubtful, sent = (counts[s] for s in (SheetStatus.READY, SheetStatus.DOUBTFUL, SheetStatus.SENT))
    mistakes = sum(each.status is SheetStatus.DOUBTFUL and bool(each.mistake) for each in parcels)
    return page(
        request,
        "porting/merchant_shipping.html",
        status_code=422 if error else 200,
        shop=found.shop,
        counts=found.counts,
        here=f"/merchant/{shop_id}/shipping",
        orders=f"/merchant/{shop_id}/orders",
        to_ship=found.to_ship,
        error=error,
        planned=[(each, *_said(each)) for each in parcels],
        is_done=is_done,
        is_cut=sheet is not None and sheet.is_cut,
        lines_max=LINES_MAX,
        ready=ready,
        doubtful=doubtful,
        unusual=doubtful - mistakes,
        mistakes=mistakes,
        sent=sent,
        wrong=len(parcels) - ready - doubtful - sent,
        sheet=write_sheet(sheet.lines) if sheet is not None else "",
    )


def _said(planned: Planned) -> tuple[str, str, str]:
    """Say what would become of a parcel, or did: the tag with its tone, and why."""
    why = ""
    match planned.status:
        case SheetStatus.READY:
            word, tone = _("可以发"), "good"
            why = doubt(planned.check) if planned.check else ""
        case SheetStatus.SENT:
            word, tone = _("已发货"), "good"
        case SheetStatus.DOUBTFUL if planned.check and planned.check.status is CheckStatus.CHARGED_BACK:
            word, tone, why = _("拒付中"), "bad", doubt(planned.check)
        case SheetStatus.DOUBTFUL:
            word, tone = (_("多半错了"), "bad") if planned.mistake else (_("有疑问"), "wait")
            why = doubt(planned.check) if planned.check else ""
        case SheetStatus.SHIPPED_BEFORE:
            word, tone = _("以前已发"), "plain"
        case _:
            word, tone = _("不能发"), "bad"
            why = _reason(planned)
    return word, tone, why


def _reason(planned: Planned) -> str:
    match planned.status:
        case SheetStatus.BROKEN_LINE:
            return _("这一行读不出来：引号不成对，或者格子太多。")
        case SheetStatus.ORDER_MISSING:
            return _("没有订单编号。")
        case SheetStatus.NUMBER_MISSING:
            return _("没有快递单号，或者太长。")
        case SheetStatus.QUANTITY_INVALID:
            return _("商品行和发货件数要一起填，都是从 1 起的整数。")
        case SheetStatus.CARRIER_UNCLEAR:
            return _("单看单号，认不出是哪家快递，请填写快递公司。")
        case SheetStatus.CARRIERS_DIFFER:
            return _("同一个包裹写了两家快递公司。")
        case SheetStatus.ORDER_NOT_FOUND:
            return _("店里没有这笔订单。")
        case SheetStatus.PICKED_UP:
            return refusal(MoveStatus.PICKED_UP)
        case SheetStatus.NOT_TO_SHIP:
            return _("这笔订单不用发货：没有付款、已经发齐、已经结束，或者是卡密。")
        case SheetStatus.LINES_INVALID:
            return _("订单里没有这一行商品，或者没有这么多还没发的。")
        case _:
            return refusal(planned.refused) if planned.refused else ""


ROUTES: Final = (Shipping,)
