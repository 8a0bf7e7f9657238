"""Where the operator's staff say what conduct is too much, try it over the last ninety days, and see what was found."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.identity import Role
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.kit.ids import SHARDS, new_id
from weiji.rulebook.telling import TELLERS, Change, Teller
from weiji.rulebook.words import proposed
from weiji.supervision.conduct import store
from weiji.supervision.conduct.model import (
    EXAMPLES_MAX,
    NAME_MAX,
    NOTE_MAX,
    REASON_MAX,
    TRIAL,
    TRIED_FOR,
    ConductExample,
    ConductKind,
    ConductRule,
    ConductRulesChange,
    Effect,
    PublishConductRules,
    PublishConductRulesResult,
    PublishConductRulesStatus,
    TryConductRule,
    TryConductRuleStatus,
)
from weiji.supervision.conduct.operations import CONDUCT_RULES, publish_conduct_rules, try_conduct_rules
from weiji.supervision.conduct.rules import find_faults
from weiji.supervision.conduct.words import (
    days_between,
    effect_words,
    fault_line,
    found_line,
    kind_notes,
    kind_words,
    publishing_error,
    rule_line,
    tried_line,
    untried_line,
)
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form, read_id
from weiji.web.rates import rate
from weiji.web.requests import WebRequest

PAGE: Final = 30

VERSIONS: Final = 10
"""Versions that the list shows, and that the history of a rule has."""

TRIALS_LIMIT: Final = "60/hour"
"""Trials that one address may ask for: each reads ninety days."""

HERE: Final = "/operator/conduct-rules"


class ConductRulePages(Controller):
    """The rules on conduct."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def list_rules(self, request: WebRequest) -> Response[str]:
        """List the rules in force, with what they found in ninety days and what staff made of it."""
        async with request.database.read() as reader:
            rules = await store.list_rules(reader, clock.now() - TRIAL)
            versions = await store.list_versions(reader, None, VERSIONS)
        return page(
            request,
            "supervision/conduct_rules.html",
            rules=rules,
            versions=versions,
            kinds=kind_words(),
            effects=effect_words(),
        )

    @get("/hits")
    async def list_hits(
        self,
        request: WebRequest,
        rule: FromQuery[str] = "",
        shop: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """List what rules found, the latest first."""
        rule_id, shop_id = read_id(rule), read_id(shop)
        async with request.database.read() as reader:
            cursor = read_cursor(after, tuple[datetime, UUID])
            found = await store.list_hits(reader, rule_id, shop_id, cursor, PAGE + 1)
        last = found[PAGE - 1] if len(found) > PAGE else None
        asked = f"rule={rule_id or ''}&shop={shop_id or ''}"
        return page(
            request,
            "supervision/conduct_hits.html",
            found=[(each, found_line(each.hit)) for each in found[:PAGE]],
            more=f"{HERE}/hits?{asked}&after={write_cursor(last.hit.hour, last.id)}" if last else None,
            kinds=kind_words(),
            effects=effect_words(),
        )

    @get("/new", guards=(staff(Role.OPERATOR),))
    async def show_new(self, request: WebRequest) -> Response[str]:
        """Show an empty form."""
        given = {"kind": ConductKind.PRICE_RISE.value, "effect": Effect.CASE.value, "window_hours": "24"}
        return await _show(request, new_id(), given, [])

    @get("/{rule_id:uuid}")
    async def show(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Show a rule as a form, and what it was."""
        return await _show(request, rule_id, None, [])

    @post("/{rule_id:uuid}", status_code=303, guards=(staff(Role.OPERATOR),), opt=rate("trials", TRIALS_LIMIT))
    async def try_rule(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Try a rule as it is typed."""
        form = await read_form(request)
        given = _given(form)
        rule = _rule_of(rule_id, given)
        if rule is None:
            return await _show(request, rule_id, given, [_unread()])
        command = TryConductRule(id=new_id(), rule=rule, actor=request.actor("staff"))
        (status,) = await request.database.retried(partial(try_conduct_rules, commands=[command]))
        if status is TryConductRuleStatus.QUEUED:
            return redirect(request, f"{HERE}/{rule_id}/trials/{command.id}")
        return await _show(request, rule_id, given, [fault_line(fault) for fault in find_faults([rule])])

    @post("/{rule_id:uuid}/retirement", status_code=303, guards=(staff(Role.OPERATOR),))
    async def retire(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Publish a version without a rule."""
        form = await read_form(request)
        command = PublishConductRules(
            version=form.number("version") or 0,
            put=(),
            retire=(rule_id,),
            reason=form.text("note"),
            actor=request.actor("staff"),
        )
        (result,) = await request.database.retried(partial(publish_conduct_rules, commands=[command]))
        if told := _done(request, result):
            return told
        return await _show(request, rule_id, None, [publishing_error(result.status)])

    @get("/{rule_id:uuid}/trials/{trial_id:uuid}")
    async def show_trial(
        self,
        request: WebRequest,
        rule_id: FromPath[UUID],
        trial_id: FromPath[UUID],
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """Show what a rule would have found, and let it be published."""
        return await _show_trial(request, rule_id, trial_id, "", [], after=after)

    @post("/{rule_id:uuid}/trials/{trial_id:uuid}", status_code=303, guards=(staff(Role.OPERATOR),))
    async def publish(self, request: WebRequest, rule_id: FromPath[UUID], trial_id: FromPath[UUID]) -> Response[str]:
        """Publish a version with the rule that was tried."""
        form = await read_form(request)
        note = form.text("note")
        async with request.database.read() as reader:
            trial = (await store.get_trials(reader, [trial_id])).get(trial_id)
        if trial is None or trial.rule.id != rule_id:
            raise NotFoundException
        command = PublishConductRules(
            version=form.number("version") or 0,
            put=(trial.rule,),
            retire=(),
            reason=note,
            actor=request.actor("staff"),
        )
        (result,) = await request.database.retried(partial(publish_conduct_rules, commands=[command]))
        if told := _done(request, result):
            return told
        errors = [fault_line(fault) for fault in result.faults] or [publishing_error(result.status)]
        return await _show_trial(request, rule_id, trial_id, note, errors)


def _done(request: WebRequest, result: PublishConductRulesResult) -> Response[str] | None:
    """Say that a version is published, or waits for somebody else of the staff; None: it is neither."""
    match result.status:
        case PublishConductRulesStatus.PUBLISHED:
            return redirect(request, HERE, toast=_("第 %(version)s 版已生效。", version=result.version))
        case PublishConductRulesStatus.PROPOSED:
            return redirect(request, "/operator/approvals", toast=proposed())
        case _:
            return None


_FIELDS: Final = ("name", "kind", "window_hours", "threshold", "at_least", "effect", "reason", "reason_en")


def _given(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in _FIELDS} | {
        name: form.long(name, NOTE_MAX) for name in ("hits", "passes")
    }


def _rule_of(rule_id: UUID, given: Mapping[str, str]) -> ConductRule | None:
    """Make a rule of what was typed; None where something can't be read."""
    numbers = {name: given[name] or "0" for name in ("window_hours", "threshold", "at_least")}
    lists = {name: _examples(given[name]) for name in ("hits", "passes")}
    try:
        return msgspec.convert({**given, **numbers, **lists, "id": rule_id}, ConductRule, strict=False)
    except (msgspec.ValidationError, ValueError):
        return None


def _examples(text: str) -> list[dict[str, str]]:
    """Read examples, each a line such as 8/20. What is none of them lacks a number."""
    lines = filter(None, map(str.strip, text.splitlines()))
    return [dict(zip(("part", "whole"), map(str.strip, line.split("/", 1)), strict=False)) for line in lines]


def _typed(examples: Sequence[ConductExample]) -> str:
    return "\n".join(f"{each.part}/{each.whole}" for each in examples)


def _shown(rule: ConductRule) -> dict[str, str]:
    return {name: str(getattr(rule, name)) for name in _FIELDS} | {
        "hits": _typed(rule.hits),
        "passes": _typed(rule.passes),
    }


def _unread() -> str:
    return _("有看不懂的地方：数字要是整数，例子一行一个，写成 8/20。")


async def _show(
    request: WebRequest, rule_id: UUID, given: Mapping[str, str] | None, errors: Sequence[str]
) -> Response[str]:
    async with request.database.read() as reader:
        version = await store.get_latest(reader)
        history = await store.get_history(reader, rule_id, VERSIONS)
    if given is None and not history:
        raise NotFoundException
    return page(
        request,
        "supervision/conduct_rule.html",
        status_code=422 if errors else 200,
        id=rule_id,
        given=given or _shown(history[0].rule),
        errors=errors,
        version=version + 1,
        history=history,
        is_new=not history,
        is_in_force=bool(history) and history[0].to_version is None,
        kinds=kind_words(),
        notes=kind_notes(),
        effects=effect_words(),
        name_max=NAME_MAX,
        reason_max=REASON_MAX,
        note_max=NOTE_MAX,
        examples_max=EXAMPLES_MAX,
    )


async def _show_trial(
    request: WebRequest, rule_id: UUID, trial_id: UUID, note: str, errors: Sequence[str], *, after: str | None = None
) -> Response[str]:
    cursor = read_cursor(after, tuple[int])
    begins = max(0, cursor[0]) if cursor else 0
    async with request.database.read() as reader:
        view = await store.get_trial(reader, trial_id, begins, PAGE + 1)
        shown = view.found[:PAGE] if view else ()
        names = await store.get_names(reader, shown)
    if view is None or view.trial.rule.id != rule_id:
        raise NotFoundException
    trial = view.trial
    here = f"{HERE}/{rule_id}/trials/{trial_id}"
    days = days_between(trial.begins_at, trial.ends_at - timedelta(microseconds=1))
    return page(
        request,
        "supervision/conduct_trial.html",
        status_code=422 if errors else 200,
        trial=trial,
        rule=trial.rule,
        shown=[(hit, found_line(hit), names.get(hit.subject_id), names.get(hit.shop_id)) for hit in shown],
        more=f"{here}?after={write_cursor(begins + PAGE)}" if len(view.found) > PAGE else None,
        kept=view.kept,
        days=[day.strftime("%m-%d") for day in days],
        by_day=[trial.by_day.get(day.isoformat(), 0) for day in days],
        busiest=max(trial.by_day.values(), default=0),
        percent=trial.next_shard * 100 // SHARDS,
        is_fresh=trial.done_at is not None and trial.done_at > clock.now() - TRIED_FOR,
        version=view.version + 1,
        note=note,
        errors=errors,
        kinds=kind_words(),
        notes=kind_notes(),
        effects=effect_words(),
        note_max=NOTE_MAX,
    )


async def _tell_changes(reader: Reader, _before: Any, rules: Any) -> list[Change]:
    """Say what a publication changes of rules, and what those that it puts found when they were tried."""
    change = msgspec.convert(rules, ConductRulesChange)
    known, trials = await store.get_compared(reader, change)
    changes = []
    for rule in change.put:
        trial = trials.get(rule.fingerprint)
        tried = tried_line(trial.hits, trial.shops) if trial else untried_line()
        before = rule_line(known[rule.id]) if rule.id in known else "–"
        changes.append((rule.name, before, f"{rule_line(rule)}\n{tried}"))
    return changes + [(known[id].name, rule_line(known[id]), _("停用")) for id in change.retire if id in known]


def _trial_page(rules: Any) -> str | None:
    change = msgspec.convert(rules, ConductRulesChange)
    is_one = len(change.put) == len(change.trials) == 1
    return f"{HERE}/{change.put[0].id}/trials/{change.trials[0]}" if is_one else None


TELLERS[CONDUCT_RULES.name] = Teller(lambda: _("行为规则"), HERE, _tell_changes, _trial_page)

ROUTES: Final = (ConductRulePages,)
"""What the program serves of this module."""
