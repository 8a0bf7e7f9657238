"""The frame round every page of rules: what is in force, the form of a new version, and what each version changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec
from litestar import Controller, get, post
from litestar.response import Response
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.rulebook import store
from weiji.rulebook.forms import Field, compare, read_fields, show_fields
from weiji.rulebook.model import REASON_MAX, VERSION_MAX, PublishRules, PublishRulesStatus, RuleSet, Version
from weiji.rulebook.operations import publish_rules
from weiji.rulebook.rules import is_reason
from weiji.rulebook.telling import TELLERS, Change, Teller
from weiji.rulebook.words import proposed, reason_missing, refusal
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.formats import listed
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest

R = TypeVar("R")

APPROVALS: Final = "/operator/approvals"
"""Where what takes two waits for the other."""

VERSIONS: Final = 30
"""Versions that the history shows."""


class Words(Struct, frozen=True, kw_only=True):
    """What a page of rules is called, and what it says of a new version."""

    title: str
    about: str
    """For what the new version is."""
    published: Callable[[int], str]
    """What is said once a version is published."""
    icon: str = "info"
    back: tuple[str, str] | None = None
    """Where it leads back to: the address, and its name."""


class RulesDesk(Struct, Generic[R], frozen=True, kw_only=True, eq=False):
    """What is particular about one page of rules."""

    of: RuleSet[R]
    path: str
    fields: Callable[..., Sequence[Field]]
    words: Callable[[], Words]
    template: str = "rulebook/rules.html"
    load: Callable[[Reader], Awaitable[Any]] | None = None
    """Reads what `fields` then takes: the categories to choose from, say. One statement."""

    async def read_fields(self, reader: Reader) -> Sequence[Field]:
        """Make the fields."""
        return self.fields(await self.load(reader)) if self.load else self.fields()

    async def tell_changes(self, reader: Reader, before: Any, rules: Any) -> list[Change]:
        """Say what rules (as JSON has them) change."""
        old, new = (msgspec.convert(each, self.of.kind) for each in (before, rules))
        return compare(await self.read_fields(reader), old, new)


class RulesPages(Controller):
    """A page of rules. Who makes one names its desk and its path."""

    desk: ClassVar[RulesDesk[Any]]
    guards = (staff(),)
    include_in_schema = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Whoever is to agree to a version reads it in the words of its page."""
        super().__init_subclass__(**options)
        TELLERS[cls.desk.of.name] = Teller(lambda: cls.desk.words().title, cls.desk.path, cls.desk.tell_changes)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the rules in force, their history, and the form of a new version."""
        return await _show(request, self.desk)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def publish(self, request: WebRequest) -> Response[str]:
        """Publish a version."""
        desk, form = self.desk, await read_form(request)
        async with request.database.read() as reader:
            fields = await desk.read_fields(reader)
        rules, errors = read_fields(desk.of.kind, fields, form)
        version = form.number("version")
        if not is_reason(form.text("reason")):
            errors["reason"] = reason_missing()
        if version is None or version > VERSION_MAX:
            errors["form"] = _("没有发布成功，请再试一次。")
        if errors or rules is None or version is None:
            return await _show(request, desk, form, errors)
        command = PublishRules(
            of=desk.of,
            version=version,
            rules=rules,
            reason=form.text("reason"),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(publish_rules, "actor.person_id").submit(command)
        if status is PublishRulesStatus.PUBLISHED:
            return redirect(request, desk.path, toast=desk.words().published(version))
        if status is PublishRulesStatus.PROPOSED:
            return redirect(request, APPROVALS, toast=proposed())
        return await _show(request, desk, form, dict([refusal(status)]))


async def _show(
    request: WebRequest, desk: RulesDesk[Any], form: Form | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    now = clock.now()
    async with request.database.read() as reader:
        versions = await store.list_versions(reader, desk.of, limit=VERSIONS)
        fields = await desk.read_fields(reader)
    current = next(version for version in versions if version.effective_at <= now)
    latest = versions[0]
    return page(
        request,
        desk.template,
        status_code=422 if errors else 200,
        desk=desk,
        words=desk.words(),
        current=current,
        rules=current.rules,
        in_force=[(field.label, field.unit.show(getattr(current.rules, field.name))) for field in fields],
        fields=show_fields(fields, latest.rules, form),
        history=tell_history(versions, fields, now),
        version=latest.version + 1,
        reason=form.text("reason") if form else "",
        errors=errors or {},
        reason_max=REASON_MAX,
    )


def tell_history(versions: Sequence[Version[Any]], fields: Sequence[Field], now: datetime) -> list[dict[str, Any]]:
    """Tell of versions, the latest first: who published each and why, and what it changed."""
    current = next(version for version in versions if version.effective_at <= now)
    before = [*versions[1:], None]
    return [
        {
            "version": version.version,
            "effective_at": version.effective_at,
            "people": listed(name for name in (version.author, version.approver) if name),
            "reason": version.reason,
            "changes": compare(fields, older.rules, version.rules) if older else [],
            "is_current": version is current,
            "is_coming": version.effective_at > now and version.version > current.version,
        }
        for version, older in zip(versions, before, strict=True)
    ]
