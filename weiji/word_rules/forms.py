"""The form of a rule, read: for where it is published, and where it is tried."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from weiji.web.forms import Form
from weiji.web.requests import WebRequest
from weiji.word_rules.model import Field, WordRule

AREA_MAX: Final = 20_000
"""Characters of a field with many lines."""


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
