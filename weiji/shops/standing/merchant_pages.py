"""What a shop's own people see of its standing: its holiday, and why it is suspended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.shops.model import Shop
from weiji.shops.operations import get_shops
from weiji.shops.standing import store, words
from weiji.shops.standing.model import (
    APPEAL_MAX,
    NOTICE_MAX,
    AppealSuspension,
    AppealSuspensionStatus,
    EndHoliday,
    EndHolidayStatus,
    PutHoliday,
    PutHolidayStatus,
    SuspensionState,
)
from weiji.shops.standing.operations import appeal_suspensions, end_holidays, put_holidays
from weiji.web import Permission, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest


class HolidayPages(Controller):
    """A shop's holiday."""

    path = "/merchant/{shop_id:uuid}/holiday"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show when the shop is on holiday, or a form for it."""
        return await _show_holiday(request, shop_id)

    @post("/", status_code=303)
    async def put(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say when it is."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("starts", "ends", "notice", "orders")}
        errors: dict[str, str] = {}
        times = {name: form.time(name) for name in ("starts", "ends")}
        for name, at in times.items():
            if at is None:
                errors[name] = _("请写日期和时间。")
        if times["starts"] and times["ends"]:
            command = PutHoliday(
                shop_id=shop_id,
                starts_at=times["starts"],
                ends_at=times["ends"],
                notice=given["notice"],
                takes_orders=given["orders"] == "take",
                actor=request.actor("merchant"),
            )
            status = await request.batchers.of(put_holidays, "shop_id").submit(command)
            if status is PutHolidayStatus.PUT:
                return redirect(request, f"/merchant/{shop_id}/holiday", toast=_("已保存，买家会看到。"))
            if status is PutHolidayStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            name, error = words.holiday_error(status)
            errors[name] = error
        return await _show_holiday(request, shop_id, given, errors)

    @post("/end", status_code=303)
    async def end(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """End it now, or call it off."""
        command = EndHoliday(shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(end_holidays, "shop_id").submit(command)
        if status is EndHolidayStatus.SHOP_NOT_FOUND:
            raise NotFoundException
        return redirect(request, f"/merchant/{shop_id}/holiday", toast=_("休假结束了，欢迎回来。"))


class SuspensionPages(Controller):
    """What the operator's staff forbade a shop, and why."""

    path = "/merchant/{shop_id:uuid}/suspension"
    guards = (shop_staff(Permission.DESK),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what is forbidden, and what was."""
        return await _show_suspension(request, shop_id)

    @post("/{suspension_id:uuid}/appeal", status_code=303, guards=(shop_staff(Permission.OWNERSHIP),))
    async def appeal(
        self, request: WebRequest, shop_id: FromPath[UUID], suspension_id: FromPath[UUID]
    ) -> Response[str]:
        """Say why it is wrong, once."""
        # What is read of a form is short; an appeal may be longer.
        text = str((await request.form()).get("text", ""))[: APPEAL_MAX + 1].strip().replace("\r\n", "\n")
        command = AppealSuspension(
            suspension_id=suspension_id, shop_id=shop_id, text=text, actor=request.actor("merchant")
        )
        status = await request.batchers.of(appeal_suspensions, "suspension_id").submit(command)
        match status:
            case AppealSuspensionStatus.APPEALED | AppealSuspensionStatus.EXISTS:
                toast = _("申诉已提交，会由另一位同事裁定。")
                return redirect(request, f"/merchant/{shop_id}/suspension", toast=toast)
            case AppealSuspensionStatus.SUSPENSION_NOT_FOUND:
                raise NotFoundException
            case _:
                return await _show_suspension(request, shop_id, text, words.appeal_error(status))


async def _show_holiday(
    request: WebRequest, shop_id: UUID, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    shop = await _get_shop(request.database, shop_id)
    holiday = shop.holiday
    said = {
        "starts": _write_time(holiday.starts_at) if holiday else "",
        "ends": _write_time(holiday.ends_at) if holiday else "",
        "notice": holiday.notice if holiday else "",
        "orders": "take" if holiday and holiday.takes_orders else "refuse",
    }
    return page(
        request,
        "shops/merchant_holiday.html",
        status_code=422 if errors else 200,
        shop=shop,
        given=given or said,
        errors=errors or {},
        notice_max=NOTICE_MAX,
    )


async def _show_suspension(
    request: WebRequest, shop_id: UUID, text: str = "", error: str | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
        suspensions = await store.list_suspensions_of_shop(reader, shop_id)
    if shop is None:
        raise NotFoundException
    return page(
        request,
        "shops/merchant_suspension.html",
        status_code=422 if error else 200,
        shop=shop,
        current=next((each for each in suspensions if each.state is SuspensionState.IN_FORCE), None),
        past=[each for each in suspensions if each.state is not SuspensionState.IN_FORCE],
        stops_word=words.stops_word,
        suspension_word=words.suspension_word,
        text=text,
        error=error,
        appeal_max=APPEAL_MAX,
    )


async def _get_shop(database: Database, shop_id: UUID) -> Shop:
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    if shop is None:
        raise NotFoundException
    return shop


def _write_time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


ROUTES: Final = (HolidayPages, SuspensionPages)
"""What the program serves of this module."""
