"""The arbiters' desk: what waits, each dispute with its file, and rulings whose postings are seen before signing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec.structs import replace

from weiji.aftersale import kind_words, saying_word
from weiji.disputes import operations, store
from weiji.disputes.machine import OPEN, DisputeState
from weiji.disputes.model import (
    CLAIM_MAX,
    DISPUTE_RULES,
    WORDS_MAX,
    Dispute,
    DisputeMove,
    DisputeResult,
    DisputeStatus,
    ListedDispute,
    RejectRuling,
    RuleDispute,
    SecondRuling,
    Side,
)
from weiji.disputes.rules import award_for, bar_of, fault_of, hash_of, preview, read_by_arbiter
from weiji.disputes.words import (
    asked_facts,
    basis_word,
    compensation_word,
    opener_word,
    place_word,
    posting_words,
    refusal,
    ruling_word,
    side_word,
    state_word,
    steps_of,
)
from weiji.identity import (
    PasswordCheckStatus,
    check_entered_password,
    payment_password_error,
)
from weiji.kit import clock
from weiji.kit.money import parse_yuan
from weiji.orders import get_order
from weiji.rulebook.forms import Field, days, hours, hundredths, yuan
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import Caller, fragment, page, rate, redirect, staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest
from weiji.word_rules.words import action_words

PAGE: Final = 30
SIMILAR: Final = 4

DONE: Final = (DisputeStatus.DONE, DisputeStatus.EXISTS)

TABS: Final[Mapping[str, tuple[DisputeState, ...]]] = {
    "waiting": (DisputeState.DECIDING, DisputeState.APPEALED),
    "second": (DisputeState.PROPOSED, DisputeState.APPEAL_PROPOSED),
    "evidence": (DisputeState.EVIDENCE,),
    "ruled": (DisputeState.RULED,),
    "marked": tuple(sorted(OPEN)),
    "over": (DisputeState.EXECUTED, DisputeState.WITHDRAWN),
}
"""The tabs of the list, and the states that each shows; `marked` those of them in which word rules found something."""


class ArbiterPages(Controller):
    """Everybody's disputes, for arbiters."""

    path = "/operator/disputes"
    guards = (staff("arbiter"),)
    include_in_schema = False

    @get("/")
    async def list(
        self, request: WebRequest, tab: FromQuery[str] = "waiting", after: FromQuery[str] = ""
    ) -> Response[str]:
        """List disputes: those that are over, the newest first; the others, the first that is due first."""
        tab = tab if tab in TABS else "waiting"
        beyond = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            counts, marked = await store.count_disputes(reader)
            if tab == "over":
                found = await operations.list_disputes(reader, TABS[tab], before=beyond, limit=PAGE + 1)
            else:
                found = await store.list_open_disputes(reader, TABS[tab], beyond, PAGE + 1, is_marked=tab == "marked")
        labels = {
            "waiting": _("等裁决"),
            "second": _("等另一位签字"),
            "evidence": _("交证据中"),
            "ruled": _("可以上诉"),
            "marked": _("有规则找到的词"),
            "over": _("已结束"),
        }
        return page(
            request,
            "disputes/operator_disputes.html",
            disputes=found[:PAGE],
            tab=tab,
            tabs=[
                {
                    "key": key,
                    "label": label,
                    "href": f"/operator/disputes?tab={key}",
                    "count": marked if key == "marked" else sum(counts.get(state, 0) for state in TABS[key]),
                }
                for key, label in labels.items()
            ],
            more=f"/operator/disputes?tab={tab}&after={_cursor(found[PAGE - 1])}" if len(found) > PAGE else None,
            state_word=state_word,
            side_word=side_word,
        )

    @get("/{case_id:uuid}")
    async def show(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show a dispute with its whole file; where it is to be decided, with the form of a ruling."""
        return await _show(request, case_id, Form({}))

    @get("/{case_id:uuid}/similar")
    async def show_similar(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show how others were decided that were opened for the same reason: what its page asks for afterwards."""
        async with request.database.read() as reader:
            dispute = await operations.get_dispute(reader, case_id, has_sayings=False)
            if dispute is None:
                raise NotFoundException
            similar = await operations.get_similar(reader, dispute, limit=SIMILAR)
        return fragment(
            request, "disputes/operator_similar.html", similar=similar, kinds=kind_words(), basis_word=basis_word
        )

    @get("/{case_id:uuid}/ruling")
    async def preview_ruling(
        self,
        request: WebRequest,
        case_id: FromPath[UUID],
        share: FromQuery[str] = "",
        freight_by: FromQuery[str] = "",
        words: FromQuery[str] = "",
        postage: FromQuery[str] = "",
        goods_back: FromQuery[str] = "",
    ) -> Response[str]:
        """Show what a ruling would post, and ask for the signature."""
        form = Form(
            {
                "share": [share],
                "freight_by": [freight_by],
                "words": [words],
                "postage": [postage],
                "goods_back": [goods_back],
            }
        )
        return await _show_ruling(request, case_id, form)

    @post("/{case_id:uuid}/ruling", opt=rate("password", "30/minute"))
    async def rule(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Sign a ruling: what was shown, or nothing."""
        form = await read_form(request)
        error = await _check(request, form)
        if error:
            return await _show_ruling(request, case_id, form, error)
        command = RuleDispute(
            case_id=case_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            share=_share(form),
            freight_by=_side(form),
            postage=_postage(form),
            goods_back=form.is_on("goods_back"),
            words=_words(form),
            seen=form.text("seen"),
        )
        result = await request.batchers.of(operations.rule_disputes, "case_id").submit(command)
        if result.status not in DONE:
            return await _show_ruling(request, case_id, form, refusal(result.status))
        return redirect(request, f"/operator/disputes/{case_id}", toast=_("裁决签好了。"))

    @post("/{case_id:uuid}/second", opt=rate("password", "30/minute"))
    async def second(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Sign another arbiter's ruling as the second."""
        form = await read_form(request)
        error = await _check(request, form)
        if error:
            return await _show(request, case_id, form, error)
        command = SecondRuling(
            case_id=case_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            number=form.number("number") or 0,
        )
        result = await request.batchers.of(operations.second_rulings, "case_id").submit(command)
        return await _done(request, case_id, result, _("签好了，裁决成立。"), command)

    @post("/{case_id:uuid}/objection")
    async def reject(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Do not sign another arbiter's ruling."""
        form = await read_form(request)
        command = RejectRuling(
            case_id=case_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            number=form.number("number") or 0,
            words=form.text("words"),
        )
        result = await request.batchers.of(operations.reject_rulings, "case_id").submit(command)
        return await _done(request, case_id, result, _("没有签，重新裁决。"), command)


_FIELDS: Final[Mapping[DisputeStatus, str]] = {
    DisputeStatus.SHARE_OUT_OF_RANGE: "share",
    DisputeStatus.POSTAGE_OUT_OF_RANGE: "postage",
    DisputeStatus.NO_GOODS_BACK: "goods_back",
}
"""Which field of a ruling's form a fault is told at."""


def _words(form: Form) -> str:
    """Read why somebody rules so: longer than what other forms take."""
    return form.long("words", WORDS_MAX).strip()


def _cursor(dispute: ListedDispute) -> str:
    at = dispute.opened_at if dispute.ended_at is not None else dispute.due_at or store.BEGINNING[0]
    return write_cursor(at, dispute.case_id)


def _side(form: Form) -> Side:
    return Side.MERCHANT if form.text("freight_by") == Side.MERCHANT else Side.BUYER


def _share(form: Form) -> int:
    """Read the buyer's share; what is no number is less than any."""
    share = form.number("share")
    return -1 if share is None else share


def _postage(form: Form) -> int:
    """Read what sending goods back cost; what is no amount is less than any."""
    typed = form.text("postage").strip()
    amount = parse_yuan(typed) if typed else 0
    return -1 if amount is None else amount


async def _check(request: WebRequest, form: Form) -> str | None:
    """Check the signature; say what was wrong with it."""
    check = await check_entered_password(request, form)
    return None if check.status is PasswordCheckStatus.CORRECT else payment_password_error(check)


async def _done(
    request: WebRequest, case_id: UUID, result: DisputeResult, toast: str, command: DisputeMove
) -> Response[str]:
    if result.status is DisputeStatus.DISPUTE_NOT_FOUND:
        raise NotFoundException
    if result.status not in DONE:
        return await _show(request, command.case_id, Form({}), refusal(result.status))
    return redirect(request, f"/operator/disputes/{case_id}", toast=toast)


async def _show(
    request: WebRequest, case_id: UUID, form: Form, error: str | None = None, fault: DisputeStatus | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        found = await operations.get_dispute(reader, case_id)
    if found is None:
        raise NotFoundException
    bar = bar_of(found, request.caller.person_id, request.caller.shop_ids)
    dispute = read_by_arbiter(found, request.caller.person_id, request.caller.shop_ids)
    is_second = dispute.state in TABS["second"] and bar is not DisputeStatus.IS_PARTY
    proposed = dispute.ruling if is_second else None
    return page(
        request,
        "disputes/operator_dispute.html",
        status_code=422 if error or fault else 200,
        dispute=dispute,
        state=state_word(dispute.state, is_suspended=dispute.suspended_at is not None),
        steps=steps_of(replace(found, compensations=dispute.compensations)),
        is_sealed=len(dispute.evidence) < len(found.evidence) or dispute.state is DisputeState.EVIDENCE,
        can_rule=dispute.state in TABS["waiting"] and dispute.suspended_at is None,
        proposed=proposed,
        records=[ruling for ruling in dispute.rulings if ruling is not proposed],
        bar=_bar_words(dispute, bar, request.caller) if bar else None,
        given={
            "share": form.text("share"),
            "freight_by": form.text("freight_by"),
            "postage": form.text("postage"),
            "goods_back": form.is_on("goods_back"),
            "words": _words(form),
        },
        compensation_word=compensation_word,
        may_compensate=bar is not DisputeStatus.IS_PARTY,
        wrong={_FIELDS.get(fault, "words"): refusal(fault)} if fault else {},
        saying_word=saying_word,
        ruling_word=ruling_word,
        basis_word=basis_word,
        posting_words=posting_words,
        side_word=side_word,
        asked=asked_facts(dispute),
        opener=opener_word(dispute.opened_by),
        place_word=place_word,
        actions=action_words(),
        error=error,
        words_max=WORDS_MAX,
        claim_max=CLAIM_MAX,
    )


def _bar_words(dispute: Dispute, bar: DisputeStatus, caller: Caller) -> str:
    """Say to an arbiter who may not decide it who has to, and what comes of it where nobody does."""
    if bar is not DisputeStatus.ANOTHER_ARBITER_NEEDED:
        return refusal(bar)
    ruling = dispute.ruling
    if dispute.state in TABS["second"] and ruling and ruling.signed_by == caller.person_id:
        return _("这是你签的，要等别人。")
    return _("第一次裁决你参与过，上诉要由没有参与过的仲裁员来裁。到最晚那天还没有人裁，第一次的裁决就生效。")


async def _show_ruling(request: WebRequest, case_id: UUID, form: Form, error: str | None = None) -> Response[str]:
    """Show a ruling and ask for the signature; where something is wrong with it, its form again, and no signature."""
    share, postage, words, goods_back = _share(form), _postage(form), _words(form), form.is_on("goods_back")
    async with request.database.read() as reader:
        dispute = await operations.get_dispute(reader, case_id, has_sayings=False)
        if dispute is None:
            raise NotFoundException
        bar = bar_of(dispute, request.caller.person_id, request.caller.shop_ids)
        is_waiting = dispute.state in TABS["waiting"] and bar is None
        given = share, _side(form), postage, words
        fault = fault_of(dispute, *given, goods_back=goods_back) if is_waiting else None
        order = await get_order(reader, dispute.order_id) if fault is None else None
    if order is None:
        return await _show(request, case_id, form, error, fault)
    amount = award_for(dispute, order, share, _side(form))
    shown = (order, dispute.file.case, amount, clock.now(), postage)
    postings = preview(*shown, goods_back=goods_back) if is_waiting else ()
    return page(
        request,
        "disputes/operator_ruling.html",
        status_code=422 if error else 200,
        dispute=dispute,
        share=share,
        freight_by=_side(form).value,
        is_as_asked=dispute.most == dispute.asked,
        amount=amount,
        postage=postage,
        goods_back=goods_back,
        words=words,
        postings=posting_words(postings),
        seen=hash_of(postings),
        is_waiting=is_waiting,
        bar=_bar_words(dispute, bar, request.caller) if bar else None,
        needs_second=dispute.takes_two(postage),
        error=error,
    )


def _fields() -> list[Field]:
    return [
        Field("evidence_hours", _("交证据"), hours()),
        Field("decide_days", _("裁决"), days()),
        Field("appeal_days", _("上诉"), days()),
        Field("second_from", _("多少钱起要两个人签字"), yuan()),
        Field("stop_days", _("最晚多久一定有结果"), days()),
        Field("custody_days", _("钱还在托管时，付款后最晚"), days()),
        Field("postage_most", _("最多判多少寄回的运费"), yuan()),
        Field("stop_share", _("证据分不出时给买家"), hundredths()),
    ]


def _words_of_rules() -> Words:
    return Words(
        title=_("纠纷规则"),
        about=_("新的一版从下一个纠纷起生效。已经在裁的不变。"),
        published=lambda version: _("第 %(version)s 版已经生效，从下一个纠纷起。", version=version),
        icon="scale",
        back=("/operator/disputes", _("返回纠纷")),
    )


class DisputeRulesPages(RulesPages):
    """The rules of disputes."""

    path = "/operator/disputes/rules"
    guards = (staff("arbiter"),)
    desk = RulesDesk(of=DISPUTE_RULES, path=path, fields=_fields, words=_words_of_rules)


ROUTES: Final = (ArbiterPages, DisputeRulesPages)
