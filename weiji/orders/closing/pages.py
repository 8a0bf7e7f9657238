"""Closing a shop: what is still open, where the rest of the money goes, and the way back."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec.structs import replace

from weiji import payments
from weiji.identity import PasswordCheckStatus, check_entered_password, payment_password_error
from weiji.kit import clock
from weiji.orders import closing
from weiji.shops import (
    CloseShop,
    CloseShopStatus,
    ReopenShop,
    ReopenShopStatus,
    close_shops,
    reopen_shops,
)
from weiji.web import Permission, page, rate, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest


class ClosingPages(Controller):
    """The way out of a shop."""

    path = "/merchant/{shop_id:uuid}/closing"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], change: FromQuery[bool] = False
    ) -> Response[str]:
        """Show what is open, and why; or let another account be chosen."""
        return await _show(request, shop_id, is_changing=change)

    @post("/", status_code=303, opt=rate("password", "30/minute"))
    async def close(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Begin to close, or name another account, with the payment password."""
        form = await read_form(request)
        given = {"account": form.text("account")}
        account_id = form.id("account")
        if account_id is None:
            return await _show(request, shop_id, given, {"account": _("请选择一个银行账户。")})
        check = await check_entered_password(request, form)
        if check.status is not PasswordCheckStatus.CORRECT:
            return await _show(request, shop_id, given, {"password": payment_password_error(check)})
        command = CloseShop(shop_id=shop_id, account_id=account_id, actor=request.actor("merchant"))
        result = await request.batchers.of(close_shops, "shop_id").submit(command)
        match result.status:
            case CloseShopStatus.CLOSING | CloseShopStatus.EXISTS | CloseShopStatus.CLOSED:
                toast = _("店铺不再接单了。都结清之后，钱会转到你选的账户。")
                return redirect(request, f"/merchant/{shop_id}/closing", toast=toast)
            case CloseShopStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            case CloseShopStatus.ACCOUNT_NAME_DIFFERS:
                error = _("这个账户的户名和认证的不一样，钱提不到那里。请换一个账户。")
                return await _show(request, shop_id, given, {"account": error})
            case _:
                return await _show(request, shop_id, given, {"account": _("没有这个银行账户。")})

    @post("/reopening", status_code=303)
    async def reopen(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Go on with the shop."""
        command = ReopenShop(shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(reopen_shops, "shop_id").submit(command)
        here = f"/merchant/{shop_id}/closing"
        match status:
            case ReopenShopStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            case ReopenShopStatus.CLOSED:
                return redirect(request, here, toast=_("店铺已经关了，开不回来。"), tone="bad")
            case _:
                return redirect(request, here, toast=_("店铺又营业了。"))


async def _show(
    request: WebRequest,
    shop_id: UUID,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    is_changing: bool = False,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await closing.get_open(reader, shop_id)
        destinations = await payments.list_destinations(reader, shop_id, clock.now())
    found = replace(found, last_payout=destinations.last_payout)
    # What could have gone by now waits for another account, if it is not on its way.
    is_misnamed = found.is_to_go and found.closing_account_id not in {account.id for account in destinations.fitting}
    return page(
        request,
        "orders/merchant_closing.html",
        status_code=422 if errors else 200,
        shop=found,
        open=found,
        is_choosing=bool(errors) or is_changing or found.closing_at is None,
        accounts=payments.destination_choices(destinations),
        is_misnamed=is_misnamed,
        given=given or {"account": str(found.closing_account_id or "")},
        errors=errors or {},
    )


ROUTES: Final = (ClosingPages,)
"""What the program serves of this module."""
