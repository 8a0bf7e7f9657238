"""The desk: what waits, what it is about, and what is decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.identity import Person, Role, get_people
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import SHARDS, new_id
from weiji.supervision.conduct.course import counts, prices
from weiji.supervision.conduct.model import TRIAL, Measure
from weiji.supervision.conduct.store import get_course
from weiji.supervision.conduct.words import days_between, found_line
from weiji.supervision.inquiries import store, words
from weiji.supervision.inquiries.ladder import DAYS, SUSPENSION_POINTS
from weiji.supervision.inquiries.model import (
    FIGURES_OF,
    REASON_MAX,
    TRIAL_OF,
    DecideInquiry,
    DecideInquiryStatus,
    JudgePenalty,
    JudgePenaltyStatus,
    SubjectKind,
    TakeInquiry,
    TakeInquiryStatus,
    TryWordRules,
    Verdict,
    WordTrial,
)
from weiji.supervision.inquiries.operations import decide_inquiries, judge_penalties, take_inquiries
from weiji.supervision.inquiries.rules import PENALTIES
from weiji.supervision.inquiries.trying import try_word_rules
from weiji.web import fragment, page, redirect, staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.rates import rate
from weiji.web.requests import WebRequest
from weiji.word_rules import PRIVATE, RuleFault, WordRule
from weiji.word_rules.forms import FILE_BYTES_MAX, read_rule_file, read_rule_form, rule_of, unreadable
from weiji.word_rules.words import action_words, fault_line, field_words, place_words

Cursor = tuple[datetime, UUID]

PAGE: Final = 30

WORD_TRIALS_LIMIT: Final = "120/hour"
"""Trials that one address may ask for: each reads what is on sale."""

TRIALS_SHOWN: Final = 50
"""Rules of a file that its trial shows: those that find most."""

DESK: Final = (staff(Role.OPERATOR, Role.REVIEWER, Role.ARBITER),)
"""Who looks into inquiries."""


class InquiryPages(Controller):
    """Inquiries and appeals."""

    path = "/operator/inquiries"
    guards = DESK
    include_in_schema = False

    @get("/")
    async def list_inquiries(
        self, request: WebRequest, tab: FromQuery[str] = "open", after: FromQuery[str | None] = None
    ) -> Response[str]:
        """List what waits, whose time ends first; what is one's own, appeals, and what is decided."""
        tab = tab if tab in words.tab_words() else "open"
        cursor = read_cursor(after, tuple[datetime, UUID])
        inquiries: list[store.ListedInquiry] = []
        appeals: list[store.ListedPenalty] = []
        people: dict[UUID, Person] = {}
        mark: Cursor | None = None
        async with request.database.read() as reader:
            if tab == "appeals":
                appeals = await store.list_appeals(reader, cursor, PAGE + 1)
                if len(appeals) > PAGE and (at := appeals[PAGE - 1].penalty.appealed_at):
                    mark = at, appeals[PAGE - 1].penalty.id
            elif tab == "decided":
                inquiries = await store.list_decided(reader, cursor, PAGE + 1)
                if len(inquiries) > PAGE and (at := inquiries[PAGE - 1].inquiry.decided_at):
                    mark = at, inquiries[PAGE - 1].inquiry.id
            else:
                inquiries = await store.list_open(
                    reader, request.caller.person_id if tab == "mine" else None, cursor, PAGE + 1
                )
                if len(inquiries) > PAGE:
                    mark = inquiries[PAGE - 1].inquiry.due_at, inquiries[PAGE - 1].inquiry.id
                assignees = {each.inquiry.assignee_id for each in inquiries if each.inquiry.assignee_id}
                people = await get_people(reader, sorted(assignees)) if assignees else {}
        return page(
            request,
            "supervision/inquiries.html",
            tab=tab,
            tabs=_tabs(),
            inquiries=inquiries[:PAGE],
            people=people,
            appeals=appeals[:PAGE],
            more=f"/operator/inquiries?tab={tab}&after={write_cursor(*mark)}" if mark else None,
            verdicts=words.verdict_words(),
            penalties=words.penalty_words(),
        )

    @get("/figures")
    async def show_figures(self, request: WebRequest) -> Response[str]:
        """Show what waits and how old it is, and whether staff kept their times."""
        async with request.database.read() as reader:
            figures = await store.get_statistics(reader, clock.now())
            people = await get_people(reader, [each.person_id for each in figures.staff])
        return page(
            request,
            "supervision/inquiry_figures.html",
            tabs=_tabs(),
            figures=figures,
            oldest=clock.now() - figures.oldest_at if figures.oldest_at else None,
            rows=[(people.get(each.person_id), each, timedelta(seconds=each.seconds_mean)) for each in figures.staff],
            days=FIGURES_OF.days,
        )

    @get("/{inquiry_id:uuid}")
    async def show(self, request: WebRequest, inquiry_id: FromPath[UUID]) -> Response[str]:
        """Show an inquiry with its evidence, and what may be decided."""
        return await _show(request, inquiry_id)

    @post("/{inquiry_id:uuid}/taking", status_code=303)
    async def take(self, request: WebRequest, inquiry_id: FromPath[UUID]) -> Response[str]:
        """Take an inquiry to look into."""
        is_own = request.caller.works_for(await _shop_of(request.database, inquiry_id))
        command = TakeInquiry(inquiry_id=inquiry_id, actor=request.actor("staff"), is_own=is_own)
        status = await request.batchers.of(take_inquiries, "inquiry_id").submit(command)
        if status in (TakeInquiryStatus.TAKEN, TakeInquiryStatus.EXISTS):
            return redirect(request, f"/operator/inquiries/{inquiry_id}")
        toast = words.taking_error(status)
        return redirect(request, f"/operator/inquiries/{inquiry_id}", toast=toast, tone="warn")

    @post("/{inquiry_id:uuid}/decision", status_code=303)
    async def decide(self, request: WebRequest, inquiry_id: FromPath[UUID]) -> Response[str]:
        """Decide an inquiry that one took."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("verdict", "reason", "answer", "days")}
        days = form.number("days")
        if given["verdict"] not in tuple(Verdict):
            return await _show(request, inquiry_id, given, {"verdict": _("请选一个结论。")})
        command = DecideInquiry(
            inquiry_id=inquiry_id,
            verdict=Verdict(given["verdict"]),
            reason=given["reason"],
            answer=given["answer"],
            days=(0 if days is None else days) if given["days"] else None,
            actor=request.actor("staff"),
            is_own=request.caller.works_for(await _shop_of(request.database, inquiry_id)),
        )
        status = await request.batchers.of(decide_inquiries, "inquiry_id").submit(command)
        match status:
            case DecideInquiryStatus.DECIDED | DecideInquiryStatus.EXISTS:
                return redirect(request, "/operator/inquiries?tab=mine", toast=_("有结论了，该知道的人会看到。"))
            case DecideInquiryStatus.INQUIRY_NOT_FOUND:
                raise NotFoundException
            case _:
                errors = dict([words.decision_error(status)])
                return await _show(request, inquiry_id, given, errors)

    @post("/{inquiry_id:uuid}/penalties/{penalty_id:uuid}/judgement", status_code=303)
    async def judge(self, request: WebRequest, inquiry_id: FromPath[UUID], penalty_id: FromPath[UUID]) -> Response[str]:
        """Decide an appeal."""
        form = await read_form(request)
        command = JudgePenalty(
            penalty_id=penalty_id,
            is_granted=form.text("ruling") == "grant",
            reason=form.text("judgement"),
            actor=request.actor("staff"),
            is_own=request.caller.works_for(await _shop_of(request.database, inquiry_id)),
        )
        status = await request.batchers.of(judge_penalties, "penalty_id").submit(command)
        match status:
            case JudgePenaltyStatus.GRANTED | JudgePenaltyStatus.DENIED | JudgePenaltyStatus.EXISTS:
                return redirect(request, f"/operator/inquiries/{inquiry_id}", toast=_("已裁定，店主会看到。"))
            case JudgePenaltyStatus.PENALTY_NOT_FOUND:
                raise NotFoundException
            case _:
                given, errors = {"judgement": command.reason}, {"judgement": words.judging_error(status)}
                return await _show(request, inquiry_id, given, errors)


class WordTrialPages(Controller):
    """What word rules would find, before they are published: asked for on the page of the rule, or of a file."""

    path = "/operator/word-rules"
    guards = (staff(Role.OPERATOR),)
    include_in_schema = False

    @post("/{rule_id:uuid}/trial", status_code=200, opt=rate("word_trials", WORD_TRIALS_LIMIT))
    async def try_rule(self, request: WebRequest, rule_id: FromPath[UUID]) -> Response[str]:
        """Try a rule as it is typed on what was written lately. Just so it may be published then."""
        rule = rule_of(rule_id, await read_rule_form(request, await read_form(request)))
        return await _try(request, [rule] if rule else [], [] if rule else [unreadable()])

    @post(
        "/import/trial",
        status_code=200,
        opt=rate("word_trials", WORD_TRIALS_LIMIT),
        request_max_body_size=FILE_BYTES_MAX,
    )
    async def try_file(self, request: WebRequest) -> Response[str]:
        """Try the rules of a file on what was written lately. Just so they may be published then."""
        await read_form(request)
        return await _try(request, *await read_rule_file(request))

    @get("/trials/{trial_id:uuid}")
    async def show_trial(self, request: WebRequest, trial_id: FromPath[UUID]) -> Response[str]:
        """Show how far a trial is, and what it found. Where it was asked for, its page takes this piece of it."""
        trial = await _trial_of(request.database, trial_id)
        return page(request, "supervision/word_trial_page.html", **_shown(trial))


async def _try(request: WebRequest, rules: Sequence[WordRule], errors: list[str]) -> Response[str]:
    """Ask for a trial, and show where it is; or what is wrong with the rules."""
    faults: Sequence[RuleFault] = ()
    id = new_id()
    if rules and not errors:
        command = TryWordRules(id=id, rules=tuple(rules), actor=request.actor("staff"))
        (result,) = await try_word_rules(request.database, [command])
        faults = result.faults
    errors += [fault_line(fault) for fault in dict.fromkeys(faults)]
    if errors or not rules:
        return fragment(request, "supervision/word_trial.html", errors=errors[:TRIALS_SHOWN])
    return fragment(request, "supervision/word_trial.html", **_shown(await _trial_of(request.database, id)))


async def _trial_of(database: Database, trial_id: UUID) -> WordTrial:
    async with database.read() as reader:
        found = (await store.get_word_trials(reader, [trial_id])).get(trial_id)
    if found is None:
        raise NotFoundException
    return found


def _shown(trial: WordTrial) -> dict[str, Any]:
    """Give a template what it shows of a trial: of many rules those that find most."""
    telling = [(rule, trial.finds[rule.id]) for rule in trial.rules if rule.id in trial.finds]
    telling.sort(key=lambda each: -each[1].found)
    return {
        "errors": [],
        "trial": trial,
        "tried": telling[:TRIALS_SHOWN],
        "silent": [rule for rule in trial.rules if rule.id not in trial.finds],
        "more": len(telling[TRIALS_SHOWN:]),
        "fields": field_words(),
        "days": TRIAL_OF.days,
        "shards": SHARDS,
        "places": {place.value: word for place, word in place_words().items()},
        "private": [place.value for place in PRIVATE],
    }


def _tabs() -> list[dict[str, str]]:
    here = "/operator/inquiries"
    lists = [{"key": key, "label": word, "href": f"{here}?tab={key}"} for key, word in words.tab_words().items()]
    return [*lists, {"key": "figures", "label": _("统计"), "href": f"{here}/figures"}]


async def _shop_of(database: Database, inquiry_id: UUID) -> UUID:
    async with database.read() as reader:
        found = (await store.get_inquiries(reader, [inquiry_id])).get(inquiry_id)
    if found is None:
        raise NotFoundException
    return found.shop_id


async def _show(
    request: WebRequest,
    inquiry_id: UUID,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_file(reader, inquiry_id, clock.now())
        if found is None:
            raise NotFoundException
        inquiry = found.inquiry
        is_product = inquiry.subject_kind is SubjectKind.PRODUCT
        product_id = inquiry.subject_id if is_product else None
        ended_at = inquiry.decided_at or clock.now()
        course = await get_course(reader, inquiry.shop_id, product_id, ended_at - TRIAL)
    days = days_between(ended_at - TRIAL, ended_at)
    lines = (
        [{"label": name or _("价格"), "values": line} for name, line in prices(course, days)]
        if is_product
        else [
            {"label": _("付款的订单"), "values": counts(course, Measure.PAID, days)},
            {"label": _("退过款的订单"), "values": counts(course, Measure.REFUNDED, days)},
        ]
    )
    verdicts = words.verdict_words()
    meanings = words.meaning_words()
    notes = {
        Verdict.DISMISSED.value: _("什么都不做；规则找到的词以后可以写。"),
        Verdict.WARNED.value: _("店铺看到原因，可以申诉。"),
        Verdict.TAKEN_DOWN.value: _("不能再买；店铺看到原因，可以申诉。"),
        **{
            verdict.value: _("%(meaning)s不填天数是 %(days)s 天。", meaning=meanings[kind], days=DAYS[kind])
            for verdict, kind in PENALTIES.items()
            if kind in DAYS
        },
        Verdict.SUSPENDED.value: _("整家店不能下单；店主可以申诉。"),
    }
    return page(
        request,
        "supervision/inquiry.html",
        status_code=422 if errors else 200,
        file=found,
        is_own=request.caller.works_for(found.inquiry.shop_id),
        taken_until=inquiry.taken_until if inquiry.is_taken(clock.now()) else None,
        choices=[
            {"value": key, "label": word, "note": notes[key]}
            for key, (word, _tone) in verdicts.items()
            if key != Verdict.TAKEN_DOWN or found.inquiry.subject_kind is SubjectKind.PRODUCT
        ],
        verdicts=verdicts,
        kinds=words.kind_words(),
        penalties=words.penalty_words(),
        fields=field_words(),
        lines=[found_line(hit) for hit in inquiry.hits],
        days=[day.strftime("%m-%d") for day in days],
        course=lines if course else [],
        actions=action_words(),
        given=given or {},
        errors=errors or {},
        reason_max=REASON_MAX,
        suspension_points=SUSPENSION_POINTS,
    )


ROUTES: Final = (InquiryPages, WordTrialPages)
"""What the program serves of this module."""
