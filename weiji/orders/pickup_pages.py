"""The shop's page that hands over what is picked up: a code is entered or scanned, looked at, and written off."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog import picture_of
from weiji.orders import desk, picking_up, store
from weiji.orders.merchant_words import refusal
from weiji.orders.model import MoveStatus, WriteOff, WriteOffResult
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest


class PickupDeskPages(Controller):
    """Handing over what buyers come for."""

    path = "/merchant/{shop_id:uuid}/pickup"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], code: FromQuery[str] = "") -> Response[str]:
        """Ask for a code; who scanned one finds it filled in."""
        return await _show(request, shop_id, picking_up.read_code(code))

    @post("/", status_code=200, opt=rate("pickup", "60/minute"))
    async def write_off(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what a code is for; asked to, hand that over."""
        form = await read_form(request)
        is_trial = form.text("then") != "hand_over"
        code = picking_up.read_code(form.text("code"))
        command = WriteOff(shop_id=shop_id, code=code, actor=request.actor("merchant"), is_trial=is_trial)
        result = await request.batchers.of(picking_up.write_off, "shop_id").submit(command)
        if result.status is MoveStatus.DONE and not is_trial:
            way = f"/merchant/{shop_id}/orders/{result.order_id}"
            return redirect(request, way, toast=_("核销好了，可以把货交给买家了：货款归你。"))
        return await _show(request, shop_id, code, result)


async def _show(request: WebRequest, shop_id: UUID, code: str, result: WriteOffResult | None = None) -> Response[str]:
    """Show the form, and what became of a code."""
    async with request.database.read() as reader:
        found = await desk.get_desk(reader, shop_id)
        order = await store.get_order(reader, result.order_id) if result and result.order_id else None
    is_refused = result is not None and result.status is not MoveStatus.DONE
    return page(
        request,
        "orders/merchant_pickup.html",
        headers={"cache-control": "no-store"},
        status_code=422 if is_refused else 200,
        shop=found.shop,
        counts=found.counts,
        code=picking_up.write_code(code),
        result=result,
        order=order,
        error=refusal(result.status) if result and is_refused and result.status is not MoveStatus.EXISTS else None,
        picture_of=picture_of,
    )


ROUTES: Final = (PickupDeskPages,)
