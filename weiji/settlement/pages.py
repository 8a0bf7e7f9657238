"""A shop's statements, month by month, and when it is paid out by the clock."""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response, Stream

from weiji import payments
from weiji.identity import change_refusal_error, refuse_entered_change
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.money import format_yuan, parse_yuan
from weiji.orders import desk
from weiji.orders.merchant_money import kind_word
from weiji.settlement import files, statements, store
from weiji.settlement.model import LAST_DAY, Every, PutSchedule, PutScheduleStatus, Schedule
from weiji.settlement.operations import put_schedules
from weiji.settlement.words import every_word, outcome_word, schedule_error, weekdays
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest


class StatementPages(Controller):
    """The statements of a shop's months."""

    path = "/merchant/{shop_id:uuid}/money/statements"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show_latest(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the month that runs."""
        return await _show_statement(request, shop_id, statements.month_of(clock.now()))

    @get("/{month:str}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], month: FromPath[str]) -> Response[str]:
        """Show a month."""
        return await _show_statement(request, shop_id, month)

    @get("/{month:str}/csv", opt=rate("statements", "30/minute"))
    async def send_csv(self, request: WebRequest, shop_id: FromPath[UUID], month: FromPath[str]) -> Stream:
        """Send every movement of a month."""
        shop, statement = await _read(request.database, shop_id, month)
        lines = files.write_csv(statements.get_entries(request.database, statement))
        return Stream(lines, media_type="text/csv", headers=_named(shop, statement, "csv"))

    @get("/{month:str}/pdf", opt=rate("statements", "30/minute"))
    async def send_pdf(self, request: WebRequest, shop_id: FromPath[UUID], month: FromPath[str]) -> Response[bytes]:
        """Send a month as a document to print."""
        shop, statement = await _read(request.database, shop_id, month)
        entries: list[statements.Entry] = []
        async for some in statements.get_entries(request.database, statement):
            entries += some
            if len(entries) >= files.ENTRIES_MAX:
                break
        made = await asyncio.to_thread(files.write_pdf, statement, shop.name, entries[: files.ENTRIES_MAX])
        return Response(made, media_type="application/pdf", headers=_named(shop, statement, "pdf"))


class SchedulePages(Controller):
    """When a shop is paid out by the clock."""

    path = "/merchant/{shop_id:uuid}/money/schedule"
    guards = (shop_staff(Permission.WITHDRAWALS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what the shop has said, to be changed."""
        return await _show_schedule(request, shop_id)

    @post("/", status_code=303, opt=rate("password", "30/minute"))
    async def put(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say when the shop is to be paid out, with the payment password."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("every", "weekday", "monthday", "minimum", "account")}
        errors: dict[str, str] = {}
        every = Every(given["every"]) if given["every"] in set(Every) else Every.BY_HAND
        day = {Every.WEEK: given["weekday"], Every.MONTH: given["monthday"]}.get(every, "1")
        minimum = parse_yuan(given["minimum"])
        if minimum is None:
            errors["minimum"] = _("请写一个金额，例如 1234.50。")
        if refusal := await refuse_entered_change(request, form):
            errors["password" if refusal.above is None else "proof"] = change_refusal_error(refusal)
        if not errors:
            command = PutSchedule(
                shop_id=shop_id,
                every=every,
                day=int(day) if day.isascii() and day.isdigit() and len(day) < 3 else 0,
                minimum=minimum or 0,
                account_id=form.id("account"),
                actor=request.actor("merchant"),
            )
            status = (await request.batchers.of(put_schedules, "shop_id").submit(command)).status
            if status in (PutScheduleStatus.SAVED, PutScheduleStatus.EXISTS):
                return redirect(request, f"/merchant/{shop_id}/money/schedule", toast=_("保存好了"))
            field, error = schedule_error(status)
            errors[field] = error
        return await _show_schedule(request, shop_id, given=given, errors=errors)


async def _read(database: Database, shop_id: UUID, month: str) -> tuple[desk.Shop, statements.Statement]:
    begun = statements.read_month(month)
    now = clock.now()
    if begun is None:
        raise NotFoundException
    async with database.read() as reader:
        money = await desk.get_money(reader, shop_id, now)
        if month not in statements.months_since(money.shop.created_at, now):
            raise NotFoundException
        return money.shop, await statements.get_statement(reader, shop_id, begun, now)


def _named(shop: desk.Shop, statement: statements.Statement, ending: str) -> dict[str, str]:
    name = quote(f"{shop.handle}-{statement.month}.{ending}")
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}"}


async def _show_statement(request: WebRequest, shop_id: UUID, month: str) -> Response[str]:
    shop, statement = await _read(request.database, shop_id, month)
    return page(
        request,
        "settlement/statement.html",
        shop=shop,
        statement=statement,
        months=statements.months_since(shop.created_at, clock.now()),
        kind_word=kind_word,
    )


async def _show_schedule(
    request: WebRequest,
    shop_id: UUID,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_schedule_of_shop(reader, shop_id)
        destinations = await payments.list_destinations(reader, shop_id, clock.now())
    if found is None:
        raise NotFoundException
    shop, schedule = found
    fitting = [str(account.id) for account in destinations.fitting]
    return page(
        request,
        "settlement/schedule.html",
        status_code=422 if errors else 200,
        shop=shop,
        schedule=schedule,
        outcome=outcome_word(schedule.last_outcome) if schedule.last_outcome else None,
        accounts=payments.destination_choices(destinations),
        first=fitting[0] if fitting else "",
        is_misnamed=schedule.next_at is not None and str(schedule.account_id) not in fitting,
        everies=[{"value": every.value, "label": every_word(every)} for every in Every],
        weekdays=list(enumerate(weekdays(), 1)),
        monthdays=[(day, _("%(day)s 日", day=day)) for day in range(1, LAST_DAY + 1)],
        given=given or _given(schedule),
        errors=errors or {},
    )


def _given(schedule: Schedule) -> dict[str, str]:
    return {
        "every": schedule.every.value,
        "weekday": str(schedule.day) if schedule.every is Every.WEEK else "1",
        "monthday": str(schedule.day) if schedule.every is Every.MONTH else "1",
        "minimum": format_yuan(schedule.minimum).replace(",", "") if schedule.minimum > 1 else "100",
        "account": str(schedule.account_id) if schedule.account_id else "",
    }


ROUTES: Final = (StatementPages, SchedulePages)
"""What the program serves of this module."""
