"""Where the operator says what trades count for, and which score is which grade."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.response import Response

from weiji.credit import store
from weiji.credit.model import (
    GRADES,
    REASON_MAX,
    CreditRules,
    PublishCreditRules,
    PublishCreditRulesStatus,
    RulesVersion,
)
from weiji.credit.operations import publish_rules
from weiji.kit.db import Database
from weiji.kit.money import format_yuan, parse_yuan
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, staff
from weiji.web.actors import actor_of
from weiji.web.forms import Form, read_form

AnyRequest = Request[Any, Any, Any]

VERSIONS: Final = 30
"""Versions that the history shows."""


class CreditRulesPages(Controller):
    """The rules of credit."""

    path = "/operator/credit"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
        """Show the rules in force, their history, and the form of a new version."""
        return await _show(request, database, {}, {})

    @post("/", status_code=303, guards=(staff("operator"),))
    async def publish(self, request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
        """Publish a version."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("amount_min", "buyer_month_max", "thresholds", "reason")}
        rules, errors = _read(form)
        version = form.number("version")
        if rules is None or errors or version is None:
            return await _show(request, database, given, errors or {"form": _("没有发布成功，请再试一次。")})
        command = PublishCreditRules(
            version=min(version, 10**9), rules=rules, reason=given["reason"], actor=actor_of(request.scope, "staff")
        )
        (status,) = await database.retried(partial(publish_rules, commands=[command]))
        match status:
            case PublishCreditRulesStatus.PUBLISHED:
                toast = _("第 %(version)s 版已经生效，所有店铺会重新算一遍。", version=version)
                return redirect(request, "/operator/credit", toast=toast)
            case PublishCreditRulesStatus.VERSION_TAKEN:
                errors["form"] = _("刚刚有人发布了新的一版，请看看再决定。")
            case PublishCreditRulesStatus.REASON_MISSING:
                errors["reason"] = ngettext(
                    "请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX
                )
            case PublishCreditRulesStatus.THRESHOLDS_DO_NOT_RISE:
                errors["thresholds"] = _("每一级都要比前一级高，第一级至少 1 分。")
        return await _show(request, database, given, errors)


def _read(form: Form) -> tuple[CreditRules | None, dict[str, str]]:
    errors: dict[str, str] = {}
    amount, months = parse_yuan(form.text("amount_min")), form.number("buyer_month_max")
    thresholds = re.findall(r"\d+", form.text("thresholds").replace(",", ""))
    if amount is None or not 0 <= amount <= 100_000_000:
        errors["amount_min"] = _("请写一个金额，例如 1 或 0.5。")
    if months is None or not 1 <= months <= 1_000:
        errors["buyer_month_max"] = _("1 到 1000 的整数。")
    if len(thresholds) != GRADES or any(len(number) > 12 for number in thresholds):
        errors["thresholds"] = _("请写 20 个整数，用空格隔开。")
    if errors:
        return None, errors
    rules = {"amount_min": amount, "buyer_month_max": months, "thresholds": [int(number) for number in thresholds]}
    return msgspec.convert(rules, CreditRules), errors


def _shown(rules: CreditRules) -> dict[str, str]:
    return {
        "amount_min": format_yuan(rules.amount_min),
        "buyer_month_max": str(rules.buyer_month_max),
        "thresholds": " ".join(map(str, rules.thresholds)),
        "reason": "",
    }


async def _show(
    request: AnyRequest, database: Database, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    async with database.read() as reader:
        history: list[RulesVersion] = await store.get_rules(reader, VERSIONS)
    return page(
        request,
        "credit/operator_credit.html",
        status_code=422 if errors else 200,
        current=history[0].version,
        rules=history[0].rules,
        given=given or _shown(history[0].rules),
        errors=errors,
        history=history,
        reason_max=REASON_MAX,
    )


ROUTES: Final = (CreditRulesPages,)
