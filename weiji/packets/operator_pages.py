"""Where the operator says how much may be given away by red packets."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.response import Response

from weiji.kit.db import Database
from weiji.kit.money import format_yuan, parse_yuan
from weiji.packets import store
from weiji.packets.model import (
    REASON_MAX,
    PublishRedPacketRules,
    PublishRedPacketRulesStatus,
    RedPacketRules,
    RedPacketRulesVersion,
)
from weiji.packets.operations import publish_rules
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, staff
from weiji.web.actors import actor_of
from weiji.web.forms import Form, read_form

AnyRequest = Request[Any, Any, Any]

VERSIONS: Final = 30
"""Versions that the history shows."""

MONEY: Final = ("amount_max", "day_amount_max", "shop_day_amount_max")
NUMBERS: Final = ("parts_max", "day_packets_max", "shop_day_packets_max", "open_hours")


class RedPacketRulesPages(Controller):
    """The rules of red packets."""

    path = "/operator/red-packets"
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
        given = {name: form.text(name) for name in (*MONEY, *NUMBERS, "reason")}
        rules, errors = _read(form)
        version = form.number("version")
        if rules is None or version is None:
            return await _show(request, database, given, errors or {"form": _("没有发布成功，请再试一次。")})
        command = PublishRedPacketRules(
            version=min(version, 10**9), rules=rules, reason=given["reason"], actor=actor_of(request.scope, "staff")
        )
        (status,) = await database.retried(partial(publish_rules, commands=[command]))
        match status:
            case PublishRedPacketRulesStatus.PUBLISHED:
                toast = _("第 %(version)s 版已经生效，从下一个红包起。", version=version)
                return redirect(request, "/operator/red-packets", toast=toast)
            case PublishRedPacketRulesStatus.VERSION_TAKEN:
                errors["form"] = _("刚刚有人发布了新的一版，请看看再决定。")
            case PublishRedPacketRulesStatus.REASON_MISSING:
                errors["reason"] = ngettext(
                    "请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX
                )
        return await _show(request, database, given, errors)


def _read(form: Form) -> tuple[RedPacketRules | None, dict[str, str]]:
    """Read the form; each field by itself, so that everything wrong is told at once."""
    errors: dict[str, str] = {}
    values: dict[str, int | None] = {name: parse_yuan(form.text(name)) for name in MONEY}
    values |= {name: form.number(name) for name in NUMBERS}
    for name, value in values.items():
        try:
            msgspec.convert({name: value}, RedPacketRules)
        except msgspec.ValidationError:
            errors[name] = _("请写一个金额，例如 200。") if name in MONEY else _("这个数不行。")
    return (None, errors) if errors else (msgspec.convert(values, RedPacketRules), {})


def _shown(rules: RedPacketRules) -> dict[str, str]:
    values = {name: format_yuan(getattr(rules, name)) for name in MONEY}
    return values | {name: str(getattr(rules, name)) for name in NUMBERS} | {"reason": ""}


async def _show(
    request: AnyRequest, database: Database, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    async with database.read() as reader:
        history: list[RedPacketRulesVersion] = await store.get_rules(reader, VERSIONS)
    return page(
        request,
        "packets/operator_rules.html",
        status_code=422 if errors else 200,
        current=history[0].version,
        rules=history[0].rules,
        given=given or _shown(history[0].rules),
        errors=errors,
        history=history,
        reason_max=REASON_MAX,
    )


ROUTES: Final = (RedPacketRulesPages,)
