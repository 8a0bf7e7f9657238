"""Where the operator says which words are said nowhere, and tries out what a rule finds."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.identity import Role
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.rulebook.telling import TELLERS, Change, Teller
from weiji.rulebook.words import proposed
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import TEXT_MAX, read_form
from weiji.web.requests import WebRequest
from weiji.word_rules import store
from weiji.word_rules.files import write_rules
from weiji.word_rules.forms import FILE_BYTES_MAX, read_rule_file, read_rule_form, rule_of, unreadable
from weiji.word_rules.model import (
    NAME_MAX,
    NOTE_MAX,
    REASON_MAX,
    Action,
    DraftedRules,
    Field,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    WordRule,
)
from weiji.word_rules.operations import WORD_RULES, get_matcher, publish_word_rules
from weiji.word_rules.words import (
    action_words,
    fault_line,
    field_words,
    publishing_error,
    rule_line,
    tried_line,
)

PAGE: Final = 50
"""Rules on one page of the list."""

VERSIONS: Final = 10
"""Versions that the list shows, and that the history of a rule has."""


class WordRulePages(Controller):
    """The word rules."""

    path = "/operator/word-rules"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def list_rules(
        self, request: WebRequest, q: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Response[str]:
        """List the rules in force, by name."""
        asked = q.strip()[:100].replace("\x00", "")
        async with request.database.read() as reader:
            found = await store.find_rules(reader, asked, read_cursor(after, tuple[str, UUID]), PAGE + 1)
            versions = await store.list_versions(reader, None, VERSIONS)
        last = found[PAGE - 1] if len(found) > PAGE else None
        further = {"q": asked, "after": write_cursor(last.name, last.id)} if last else {}
        return page(
            request,
            "word_rules/operator_rules.html",
            rules=found[:PAGE],
            q=asked,
            more=f"/operator/word-rules?{urlencode(further)}" if last else None,
            count=versions[0].rules,
            version=versions[0].version,
            versions=versions,
            actions=action_words(),
            fields=field_words(),
        )

    @get("/trial")
    async def try_text(self, request: WebRequest, text: FromQuery[str] = "") -> Response[str]:
        """Show what the rules in force find in a text, wherever it may stand."""
        shown = text[:TEXT_MAX]
        async with request.database.read() as reader:
            matcher = await get_matcher(reader)
        return page(
            request,
            "word_rules/operator_trial.html",
            text=shown,
            hits=matcher.find([(field, shown) for field in Field]) if shown else [],
            actions=action_words(),
            fields=field_words(),
            text_max=TEXT_MAX,
        )

    @get("/new", guards=(staff(Role.OPERATOR),))
    async def show_new(self, request: WebRequest) -> Response[str]:
        """Show an empty form."""
        given = {"action": Action.REFUSE.value, "fields": [Field.TITLE.value, Field.DESCRIPTION.value]}
        return await _show(request, new_id(), given, [])

    @get("/{rule_id:uuid}")
    async def show(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Show a rule as a form, and what it was."""
        return await _show(request, rule_id, None, [])

    @post("/{rule_id:uuid}", status_code=303, guards=(staff(Role.OPERATOR),))
    async def publish(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Publish a version with this rule as it is typed, or without it."""
        form = await read_form(request)
        is_retired = form.text("then") == "retire"
        given = await read_rule_form(request, form)
        rule = None if is_retired else rule_of(rule_id, given)
        if rule is None and not is_retired:
            return await _show(request, rule_id, given, [unreadable()])
        command = PublishWordRules(
            version=form.number("version") or 0,
            put=(rule,) if rule else (),
            retire=(rule_id,) if is_retired else (),
            reason=form.text("note"),
            actor=request.actor("staff"),
        )
        (result,) = await request.database.retried(partial(publish_word_rules, commands=[command]))
        if told := _done(request, result):
            return told
        errors = [fault_line(fault) for fault in result.faults] or [publishing_error(result.status)]
        return await _show(request, rule_id, given, errors)

    @get("/file", guards=(staff(Role.OPERATOR),))
    async def export(self, request: WebRequest) -> Response[str]:
        """Give all rules in force as a file."""
        async with request.database.read() as reader:
            latest = await store.get_latest(reader)
            rules = await store.get_rules_of_version(reader, latest.version)
        name = f"word-rules-{latest.version}.csv"
        return Response(
            write_rules(rules),
            media_type="text/csv",
            headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
        )

    @get("/import", guards=(staff(Role.OPERATOR),))
    async def show_import(self, request: WebRequest) -> Response[str]:
        """Show the form for a file of rules."""
        return await _show_import(request, "", [])

    @post("/import", status_code=303, guards=(staff(Role.OPERATOR),), request_max_body_size=FILE_BYTES_MAX)
    async def take_file(self, request: WebRequest) -> Response[str]:
        """Publish a version with the rules of a file: all of them, or nothing."""
        form = await read_form(request)
        note = form.text("note")
        rules, wrong = await read_rule_file(request)
        if wrong:
            return await _show_import(request, note, wrong)
        command = PublishWordRules(
            version=form.number("version") or 0,
            put=tuple(rules),
            retire=(),
            reason=note,
            actor=request.actor("staff"),
        )
        (result,) = await request.database.retried(partial(publish_word_rules, commands=[command]))
        if told := _done(request, result):
            return told
        errors = [fault_line(fault) for fault in result.faults] or [publishing_error(result.status)]
        return await _show_import(request, note, errors)


def _done(request: WebRequest, result: PublishWordRulesResult) -> Response[str] | None:
    """Say that a version is published, or waits for somebody else of the staff; None: it is neither."""
    match result.status:
        case PublishWordRulesStatus.PUBLISHED:
            toast = _("第 %(version)s 版已生效。", version=result.version)
            return redirect(request, "/operator/word-rules", toast=toast)
        case PublishWordRulesStatus.PROPOSED:
            return redirect(request, "/operator/approvals", toast=proposed())
        case _:
            return None


def _shown(rule: WordRule) -> dict[str, Any]:
    lists = {name: "\n".join(getattr(rule, name)) for name in ("words", "hits", "passes")}
    fields = [field.value for field in rule.fields]
    return {"name": rule.name, "reason": rule.reason, "action": rule.action.value, "by_sound": rule.by_sound} | {
        "fields": fields,
        **lists,
    }


async def _show(
    request: WebRequest, rule_id: UUID, given: Mapping[str, Any] | None, errors: Sequence[str]
) -> Response[str]:
    async with request.database.read() as reader:
        versions = await store.list_versions(reader, None, 1)
        history = await store.get_history(reader, rule_id, VERSIONS)
    if given is None and not history:
        raise NotFoundException
    shown = given or _shown(history[0].rule)
    return page(
        request,
        "word_rules/operator_rule.html",
        status_code=422 if errors else 200,
        id=rule_id,
        given=shown,
        errors=errors,
        version=versions[0].version + 1,
        history=history,
        is_new=not history,
        is_in_force=bool(history) and history[0].to_version is None,
        actions=action_words(),
        fields=field_words(),
        name_max=NAME_MAX,
        reason_max=REASON_MAX,
        note_max=NOTE_MAX,
    )


async def _show_import(request: WebRequest, note: str, errors: Sequence[str]) -> Response[str]:
    async with request.database.read() as reader:
        versions = await store.list_versions(reader, None, 1)
    return page(
        request,
        "word_rules/operator_import.html",
        status_code=422 if errors else 200,
        version=versions[0].version + 1,
        note=note,
        errors=errors,
        note_max=NOTE_MAX,
    )


async def _tell_changes(reader: Reader, _before: Any, rules: Any) -> list[Change]:
    """Say what a draft changes of rules, and what those that it puts found when they were tried."""
    found = await store.get_draft(reader, msgspec.convert(rules, DraftedRules).digest)
    if found is None:
        return [(_("词语规则"), "–", _("草稿已经不在了"))]
    draft, known = found
    retired = [(known[id].name, rule_line(known[id]), _("停用")) for id in draft.retired if id in known]
    put = [
        (
            rule.name,
            rule_line(known[rule.id]) if rule.id in known else "–",
            f"{rule_line(rule)}\n{tried_line(draft.trials.get(rule.fingerprint))}",
        )
        for rule in draft.put
    ]
    return [*retired, *put]


def _trial_page(rules: Any) -> str | None:
    trial_id = msgspec.convert(rules, DraftedRules).trial_id
    return f"/operator/word-rules/trials/{trial_id}" if trial_id else None


TELLERS[WORD_RULES.name] = Teller(lambda: _("词语规则"), "/operator/word-rules", _tell_changes, _trial_page)

ROUTES: Final = (WordRulePages,)
"""What the program serves of this module."""
