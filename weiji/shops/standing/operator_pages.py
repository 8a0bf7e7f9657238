"""The operator's desk for shops: who is suspended and why, and appeals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit.ids import new_id
from weiji.kit.text import is_text
from weiji.shops.operations import get_shops
from weiji.shops.standing import store, words
from weiji.shops.standing.model import (
    REASON_MAX,
    JudgeAppeal,
    JudgeAppealStatus,
    LiftSuspension,
    LiftSuspensionStatus,
    SuspendShop,
    SuspendShopStatus,
    SuspensionState,
)
from weiji.shops.standing.operations import judge_appeals, lift_suspensions, suspend_shops
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines of one page of a list."""

WORDS_MAX: Final = 100
"""Characters of what shops are looked for by."""


class ShopsDesk(Controller):
    """Shops, and what the operator's staff decide about them."""

    path = "/operator/shops"
    guards = (staff("operator", "arbiter"),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "shops", q: FromQuery[str] = "", after: FromQuery[str] = ""
    ) -> Response[str]:
        """Find shops; list appeals that wait, and suspensions."""
        tab = tab if tab in ("shops", "appeals", "suspensions") else "shops"
        asked = q.strip()[:WORDS_MAX] if is_text(q, 2 * WORDS_MAX) else ""
        shops: list[store.Found] = []
        listed: list[store.Listed] = []
        async with request.database.read() as reader:
            if tab == "shops":
                shops = await store.find_shops(reader, asked, PAGE)
            elif tab == "appeals":
                listed = await store.list_appeals(reader, read_cursor(after, tuple[datetime, UUID]), PAGE + 1)
            else:
                listed = await store.list_suspensions(reader, read_cursor(after, tuple[datetime, UUID]), PAGE + 1)
        last = listed[PAGE - 1] if len(listed) > PAGE else None
        at = last and (last.appealed_at if tab == "appeals" else last.suspended_at)
        labels = {"shops": _("店铺"), "appeals": _("待裁定的申诉"), "suspensions": _("处罚")}
        return page(
            request,
            "shops/operator_shops.html",
            tab=tab,
            q=asked,
            tabs=[{"key": key, "label": label, "href": f"/operator/shops?tab={key}"} for key, label in labels.items()],
            shops=shops,
            listed=listed[:PAGE],
            standing_word=words.standing_word,
            stops_word=words.stops_word,
            suspension_word=words.suspension_word,
            more=f"/operator/shops?tab={tab}&after={write_cursor(at, last.id)}" if last and at else None,
        )

    @get("/{shop_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show a shop's standing, with what may be decided."""
        return await _show(request, shop_id)

    @post("/{shop_id:uuid}/suspensions", status_code=303)
    async def suspend(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Forbid a shop to sell, or to withdraw."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("reason", "days", "sales", "withdrawals")}
        days = form.number("days")
        command = SuspendShop(
            id=form.id_near("id", shop_id),
            shop_id=shop_id,
            stops_sales=form.is_on("sales"),
            stops_withdrawals=form.is_on("withdrawals"),
            reason=given["reason"],
            days=(0 if days is None else days) if given["days"] else None,
            actor=request.actor("staff"),
            is_own=request.caller.works_for(shop_id),
        )
        status = await request.batchers.of(suspend_shops).submit(command)
        match status:
            case SuspendShopStatus.CREATED | SuspendShopStatus.EXISTS:
                return redirect(request, f"/operator/shops/{shop_id}", toast=_("已生效，店主看得到原因。"))
            case SuspendShopStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            case _:
                return await _show(request, shop_id, given, dict([words.suspension_error(status)]))

    @post("/{shop_id:uuid}/suspensions/{suspension_id:uuid}/lifting", status_code=303)
    async def lift(self, request: WebRequest, shop_id: FromPath[UUID], suspension_id: FromPath[UUID]) -> Response[str]:
        """Take a suspension back."""
        reason = (await read_form(request)).text("lifting")
        command = LiftSuspension(
            suspension_id=suspension_id,
            reason=reason,
            actor=request.actor("staff"),
            is_own=request.caller.works_for(shop_id),
        )
        status = await request.batchers.of(lift_suspensions, "suspension_id").submit(command)
        match status:
            case LiftSuspensionStatus.LIFTED:
                return redirect(request, f"/operator/shops/{shop_id}", toast=_("已解除。"))
            case LiftSuspensionStatus.SUSPENSION_NOT_FOUND:
                raise NotFoundException
            case _:
                errors = {"lifting": words.lifting_error(status)}
                return await _show(request, shop_id, {"lifting": reason}, errors)

    @post("/{shop_id:uuid}/suspensions/{suspension_id:uuid}/judgement", status_code=303)
    async def judge(self, request: WebRequest, shop_id: FromPath[UUID], suspension_id: FromPath[UUID]) -> Response[str]:
        """Decide an appeal."""
        form = await read_form(request)
        command = JudgeAppeal(
            suspension_id=suspension_id,
            is_granted=form.text("verdict") == "grant",
            reason=form.text("judgement"),
            actor=request.actor("staff"),
            is_own=request.caller.works_for(shop_id),
        )
        status = await request.batchers.of(judge_appeals, "suspension_id").submit(command)
        match status:
            case JudgeAppealStatus.GRANTED | JudgeAppealStatus.DENIED | JudgeAppealStatus.EXISTS:
                return redirect(request, f"/operator/shops/{shop_id}", toast=_("已裁定，店主会看到。"))
            case JudgeAppealStatus.SUSPENSION_NOT_FOUND:
                raise NotFoundException
            case _:
                errors = {"judgement": words.judgement_error(status)}
                return await _show(request, shop_id, {"judgement": command.reason}, errors)


async def _show(
    request: WebRequest, shop_id: UUID, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
        suspensions = await store.list_suspensions_of_shop(reader, shop_id)
    if shop is None:
        raise NotFoundException
    current = next((each for each in suspensions if each.state is SuspensionState.IN_FORCE), None)
    return page(
        request,
        "shops/operator_shop.html",
        status_code=422 if errors else 200,
        shop=shop,
        standing=words.standing_word(shop.standing),
        current=current,
        past=[each for each in suspensions if each is not current],
        is_own=request.caller.works_for(shop_id),
        stops_word=words.stops_word,
        suspension_word=words.suspension_word,
        suspension_id=str(new_id(shop_id)),
        reason_max=REASON_MAX,
        given=given or {},
        errors=errors or {},
    )


ROUTES: Final = (ShopsDesk,)
"""What the program serves of this module."""
