"""Where the operator says what is taken: the rules, what they would have taken last month, and what was before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.response import Response
from msgspec import Struct

from weiji.catalog import get_categories
from weiji.catalog.category_words import category_choices
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Reader
from weiji.orders.fees import store
from weiji.orders.fees.charging import Charging
from weiji.orders.fees.model import (
    NOTICE,
    REASON_MAX,
    RULES_MAX,
    TAKEN_PPM_MAX,
    FeeRule,
    FeeRules,
    FeeVersion,
    Preview,
    PublishFees,
    PublishFeesStatus,
    Rate,
    Traded,
)
from weiji.orders.fees.operations import FEES, note_preview, preview_fees, publish_fees
from weiji.orders.fees.rules import find_changes, first_midnight
from weiji.orders.fees.words import category_words, publish_error, rate_words, read_percent, target_words, write_percent
from weiji.rulebook.telling import TELLERS, Change, Teller
from weiji.rulebook.words import proposed
from weiji.shops import find_shop
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.forms import Form, read_form, read_id
from weiji.web.requests import WebRequest

NEW_ROWS: Final = 3
"""Empty rows of the form, for new rules."""

HIT: Final = 10
"""Shops that a preview names."""


class Row(Struct, kw_only=True):
    """A rule as the form has it."""

    name: str = ""
    """Whom it is for, where it was there before."""
    is_kept: bool = False
    shop_id: str = ""
    shop: str = ""
    """The handle that was typed."""
    category_id: str = ""
    fee: str = ""
    commission: str = ""
    error: str | None = None


class Compared(Struct):
    """What is taken of something, by the rules in force and by the new ones."""

    name: str
    href: str | None = None
    lines: int = 0
    sold: int = 0
    fee: int = 0
    new_fee: int = 0

    def add(self, traded: Traded) -> None:
        """Count more of it."""
        self.lines += traded.lines
        self.sold += traded.goods + traded.freight
        self.fee += traded.fee
        self.new_fee += traded.new_fee


class FeePages(Controller):
    """The rules of fees."""

    path = "/operator/fees"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the rules in force, those to come, their history, and the form of a new version."""
        return await _show(request, None, None, {})

    @post("/preview", guards=(staff("operator"),), opt=rate("previews", "30/minute"))
    async def preview(self, request: WebRequest) -> Response[str]:
        """Show what the rules that were typed would have taken of last month's trades."""
        form = await read_form(request)
        rows = _rows(form)
        rules, errors = await _read(request.database, form, rows)
        effective_at = _read_time(form, errors)
        if errors or rules is None:
            return await _show(request, rows, form, errors)
        async with request.database.read() as reader:
            preview, charging = await preview_fees(reader, rules, clock.now())
        version = charging.versions[0].version + 1
        actor = request.actor("staff")
        await request.database.retried(partial(note_preview, version=version, rules=rules, actor=actor))
        if effective_at is None and preview.is_dearer:
            effective_at = _first_day(charging)
        return _show_preview(request, form, rows, preview, charging, effective_at)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def publish(self, request: WebRequest) -> Response[str]:
        """Publish a version."""
        form = await read_form(request)
        rows = _rows(form)
        rules, errors = await _read(request.database, form, rows)
        effective_at = _read_time(form, errors)
        version = form.number("version")
        if errors or rules is None or version is None:
            return await _show(request, rows, form, errors or {"form": _("没有发布成功，请再试一次。")})
        command = PublishFees(
            version=min(version, 10**9),
            effective_at=effective_at,
            rules=rules,
            reason=form.text("reason"),
            actor=request.actor("staff"),
        )
        (status,) = await request.database.retried(partial(publish_fees, commands=[command]))
        if status is PublishFeesStatus.PUBLISHED:
            toast = _("第 %(version)s 版费率已经发布。", version=version)
            return redirect(request, "/operator/fees", toast=toast)
        if status is PublishFeesStatus.PROPOSED:
            return redirect(request, "/operator/approvals", toast=proposed())
        return await _show(request, rows, form, dict([publish_error(status)]))


def _rows(form: Form) -> list[Row]:
    count = min(form.number("rows") or 0, RULES_MAX + NEW_ROWS)
    return [
        Row(
            is_kept=form.is_on(f"kept_{n}"),
            shop_id=form.text(f"shop_id_{n}"),
            shop=form.text(f"shop_{n}"),
            category_id=form.text(f"category_{n}"),
            fee=form.text(f"fee_{n}"),
            commission=form.text(f"commission_{n}"),
        )
        for n in range(count)
    ]


async def _read(database: Database, form: Form, rows: list[Row]) -> tuple[FeeRules | None, dict[str, str]]:
    """Read the rules that were typed; what is wrong is said in the rows. A row without a rate is no rule."""
    errors: dict[str, str] = {}
    typed = {row.shop for row in rows if row.shop and (row.fee or row.commission)}
    async with database.read() as reader:
        found = {handle: await find_shop(reader, handle) for handle in sorted(typed)[:NEW_ROWS]}
    rules = []
    for row in rows:
        if not row.fee and not row.commission:
            continue
        rate_typed = _read_rate(row)
        shop_id = found.get(row.shop) if row.shop else read_id(row.shop_id)
        category_id = read_id(row.category_id)
        if rate_typed is None:
            row.error = _("请写百分数，例如 2 或 1.5；两个加起来不超过 30。")
        elif row.shop and shop_id is None:
            row.error = _("没有这个店铺。写它的网址名，例如 wanwu。")
        elif shop_id is None and category_id is None:
            row.error = _("选一个类目，或者写一家店铺。")
        else:
            rules.append(FeeRule(rate=rate_typed, shop_id=shop_id, category_id=category_id))
    rest = _read_rate(Row(fee=form.text("rest_fee"), commission=form.text("rest_commission")))
    if rest is None:
        errors["rest"] = _("请写百分数，例如 2 或 1.5；两个加起来不超过 30。")
    else:
        rules.append(FeeRule(rate=rest))
    if any(row.error for row in rows):
        errors["rows"] = _("有几处要改，已经标出来了。什么都还没有发布。")
    if len(rules) > RULES_MAX:
        errors["form"] = _("规则太多了。")
    return (None if errors else FeeRules(rules=tuple(rules))), errors


def _read_rate(row: Row) -> Rate | None:
    fee, commission = read_percent(row.fee or "0"), read_percent(row.commission or "0")
    if fee is None or commission is None or fee < 0 or commission < 0 or fee + commission > TAKEN_PPM_MAX:
        return None
    return Rate(fee_ppm=fee, commission_ppm=commission)


def _read_time(form: Form, errors: dict[str, str]) -> datetime | None:
    """Read when rules take effect, in the zone of the business; None: as soon as they may."""
    effective_at = form.time("effective_at")
    if effective_at is None and form.text("effective_at"):
        errors["effective_at"] = _("时间写成 2026-01-31T08:00 这样。")
    return effective_at


def _first_day(charging: Charging) -> datetime:
    """Find the first midnight at which it may get dearer, and at which no other version is to come."""
    return max(first_midnight(clock.now()), charging.versions[0].effective_at)


async def _show(
    request: WebRequest, rows: list[Row] | None, form: Form | None, errors: Mapping[str, str]
) -> Response[str]:
    async with request.database.read() as reader:
        charging = await store.get_charging(reader, clock.now())
        tree = await get_categories(reader)
    latest = charging.versions[0]
    shown = rows if rows is not None else [*_rows_of(latest), *(Row() for _n in range(NEW_ROWS))]
    for row in shown:
        if row.is_kept:
            rule = FeeRule(rate=Rate(), shop_id=read_id(row.shop_id), category_id=read_id(row.category_id))
            row.name = target_words(rule, charging.tree, charging.shops)
    rest = charging.fees_of(latest.rules).rate_of(None, ())
    return page(
        request,
        "orders/operator_fees.html",
        status_code=422 if errors else 200,
        current=charging.in_force.version,
        version=latest.version + 1,
        rows=shown,
        categories=category_choices(tree, None),
        rest_fee=form.text("rest_fee") if form else write_percent(rest.fee_ppm),
        rest_commission=form.text("rest_commission") if form else write_percent(rest.commission_ppm),
        reason=form.text("reason") if form else "",
        effective_at=form.text("effective_at") if form else "",
        errors=errors,
        history=[_describe(version, charging) for version in charging.history],
        reason_max=REASON_MAX,
        notice_days=NOTICE.days,
    )


def _rows_of(version: FeeVersion) -> list[Row]:
    return [
        Row(
            is_kept=True,
            shop_id=str(rule.shop_id or ""),
            category_id=str(rule.category_id or ""),
            fee=write_percent(rule.rate.fee_ppm),
            commission=write_percent(rule.rate.commission_ppm),
        )
        for rule in version.rules.rules
        if rule.shop_id or rule.category_id
    ]


def _describe(version: FeeVersion, charging: Charging) -> dict[str, Any]:
    ordered = sorted(version.rules.rules, key=lambda rule: (rule.shop_id is None, rule.category_id is None))
    return {
        "version": version.version,
        "effective_at": version.effective_at,
        "reason": version.reason,
        "is_current": version is charging.in_force,
        "is_coming": version in charging.versions and version is not charging.in_force,
        "rules": [(target_words(rule, charging.tree, charging.shops), rate_words(rule.rate)) for rule in ordered],
    }


def _show_preview(
    request: WebRequest,
    form: Form,
    rows: list[Row],
    preview: Preview,
    charging: Charging,
    effective_at: datetime | None,
) -> Response[str]:
    categories: dict[UUID | None, Compared] = {}
    shops: dict[UUID, Compared] = {}
    total = Compared("")
    for each in preview.traded:
        category = categories.setdefault(each.category_id, Compared(category_words(charging.tree, each.category_id)))
        shop = shops.setdefault(each.shop_id, Compared(each.shop_name, f"/operator/shops/{each.shop_id}"))
        for compared in (category, shop, total):
            compared.add(each)
    hit = _most_first(shops.values())
    return page(
        request,
        "orders/operator_fees_preview.html",
        fields=_fields(form, rows),
        version=form.text("version"),
        reason=form.text("reason"),
        effective_at=effective_at,
        effective_text=f"{effective_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if effective_at else "",
        preview=preview,
        total=total,
        categories=_most_first(categories.values()),
        shops=hit[:HIT],
        dearer=sum(1 for shop in hit if shop.new_fee > shop.fee),
        cheaper=sum(1 for shop in hit if shop.new_fee < shop.fee),
        notice_days=NOTICE.days,
    )


def _most_first(compared: Iterable[Compared]) -> list[Compared]:
    return sorted(compared, key=lambda each: (each.fee - each.new_fee, -each.sold))


def _fields(form: Form, rows: list[Row]) -> list[tuple[str, str]]:
    """List what a form must send on so that the same rules are read again."""
    fields = [(name, form.text(name)) for name in ("version", "rest_fee", "rest_commission")]
    for n, row in enumerate(rows):
        if row.fee or row.commission:
            said = {
                "kept": "1" if row.is_kept else "",
                "shop_id": row.shop_id,
                "shop": row.shop,
                "category": row.category_id,
                "fee": row.fee,
                "commission": row.commission,
            }
            fields += [(f"{name}_{n}", value) for name, value in said.items() if value]
    return [*fields, ("rows", str(len(rows)))]


async def _tell_changes(reader: Reader, _before: Any, rules: Any) -> list[Change]:
    """Say for whom another rate comes than by the version that was published last, and which."""
    charging = await store.get_charging(reader, clock.now())
    new = msgspec.convert(rules, FeeRules)
    latest = charging.versions[0]
    changes = find_changes(charging.tree, (latest.rules, charging.rest), (new, charging.rest))
    told = []
    for (shop_id, category_id), (before, after) in changes.items():
        rule = FeeRule(rate=after, shop_id=shop_id, category_id=category_id)
        told.append((target_words(rule, charging.tree, charging.shops), rate_words(before), rate_words(after)))
    return told


TELLERS[FEES.name] = Teller(lambda: _("费率"), "/operator/fees", _tell_changes)

ROUTES: Final = (FeePages,)
"""What the program serves of this module."""
