"""The forms of a rule and of a file of rules, read: for where they are published, and where they are tried."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from weiji.web import gettext as _
from weiji.web.forms import Form
from weiji.web.requests import WebRequest
from weiji.word_rules.files import read_rules
from weiji.word_rules.model import Field, WordRule

AREA_MAX: Final = 20_000
"""Characters of a field with many lines."""

FILE_BYTES_MAX: Final = 10 * 1024 * 1024
"""A file of rules: ten thousand with examples are some three."""

FAULTS_SHOWN: Final = 50
"""Faults of a file that are told at once."""


async def read_rule_form(request: WebRequest, form: Form) -> dict[str, Any]:
    """Read the form of a rule; fields with many lines are longer than others."""
    sent = await request.form()
    areas = {name: str(sent.get(name, ""))[:AREA_MAX].replace("\x00", "") for name in ("words", "hits", "passes")}
    return {
        "name": form.text("name"),
        "reason": form.text("reason"),
        "note": form.text("note"),
        "action": form.text("action"),
        "fields": form.all("field", len(Field)),
        "by_sound": form.is_on("by_sound"),
        **areas,
    }


def rule_of(rule_id: UUID, given: Mapping[str, Any]) -> WordRule | None:
    """Make a rule of what was typed; None where something is empty or too long."""
    lists = {
        name: tuple(filter(None, map(str.strip, given[name].splitlines()))) for name in ("words", "hits", "passes")
    }
    facts = {name: given[name] for name in ("name", "reason", "action", "fields", "by_sound")}
    try:
        return msgspec.convert(facts | lists | {"id": rule_id}, WordRule)
    except msgspec.ValidationError:
        return None


async def read_rule_file(request: WebRequest) -> tuple[list[WordRule], list[str]]:
    """Read the file of rules that was sent, and say what is wrong with it."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return [], [_("请选一个 CSV 文件。")]
    rules, faults = read_rules(await file.read())
    return rules, [
        _("第 %(line)s 行的 %(column)s 看不懂。", line=fault.line, column=fault.column)
        if fault.column
        else _("第 %(line)s 行看不懂。", line=fault.line)
        for fault in faults[:FAULTS_SHOWN]
    ]


def unreadable() -> str:
    """Say that a rule could not be made of what was typed."""
    return _("名称、说明、词和例子都不能空，也不能太长；至少选一个地方。")
