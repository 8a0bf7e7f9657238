"""Where a shop's owner applies at channels, and the operator sees how that goes."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit.db import Database
from weiji.onboarding import Case, get_case
from weiji.payments import (
    REGISTRY,
    DecideNumber,
    Enrolment,
    EnrolmentStatus,
    HandInEnrolmentResult,
    HandInEnrolmentStatus,
    Paper,
    RecheckEnrolment,
    Task,
    WantEnrolment,
    WantEnrolmentStatus,
    channel_word,
    decide_numbers,
    get_enrolments,
    hand_in_enrolments,
    may_hand_in,
    open_told,
    recheck_enrolments,
    want_enrolments,
)
from weiji.settlement.enrolling import store
from weiji.settlement.enrolling.papers import (
    ANSWER_MAX,
    is_verified,
    open_answers,
    papers_of,
    pictures_here,
    prove_hand_in,
    questions_of,
)
from weiji.settlement.enrolling.words import (
    decision_word,
    errand_words,
    fact_word,
    fault_word,
    hand_in_error,
    lacks_word,
    operator_word,
    part_word,
    reason_word,
    recheck_word,
    status_word,
    want_errors,
)
from weiji.shops import NO_SHOP, find_shop
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff, staff
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.qr import qr_inline
from weiji.web.requests import WebRequest

PICTURE_BYTES_MAX: Final = 4 * 1024 * 1024
BODY_BYTES_MAX: Final = len(Paper) * PICTURE_BYTES_MAX + 64 * 1024
"""All pictures, and the form around them."""

HERE: Final = "/operator/enrolments"
SHOWN: Final = 50
"""Lines of the operator's list."""


class EnrolmentPages(Controller):
    """A shop's applications at channels, for its owner."""

    path = "/merchant/{shop_id:uuid}/enrolments"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show at which channels the shop may apply, and how it stands with each."""
        case, enrolments = await _read(request.database, shop_id)
        names = sorted(REGISTRY.enrolling_names | enrolments.keys())
        rows = [(name, channel_word(name), status_word(_status(enrolments.get(name)))) for name in names]
        return page(request, "settlement/enrolments.html", shop=case.shop, rows=rows, lacks=lacks_word(case))

    @get("/{channel:str}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Show how the shop stands with a channel, and what there is to do."""
        return await _show(request, shop_id, channel)

    @post(
        "/{channel:str}",
        status_code=303,
        request_max_body_size=BODY_BYTES_MAX,
        opt=rate("documents", "60/minute"),
    )
    async def hand_in(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Hand the application in, for the first time or again."""
        form, sent = await read_form(request), await request.form()
        pictures, faults = {}, {}
        for paper in Paper:
            file = sent.get(paper.value)
            if isinstance(file, UploadFile) and (content := await file.read(PICTURE_BYTES_MAX + 1)):
                if len(content) > PICTURE_BYTES_MAX:
                    faults[paper.value] = _("超过 4 MB。")
                pictures[paper] = content
        if faults:
            return await _show(request, shop_id, channel, form=form, errors=faults)
        given = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
        command = await prove_hand_in(request.database, shop_id, channel, given, pictures, request.actor("merchant"))
        # Pictures ride in no batch with others.
        (result,) = await request.database.retried(lambda tx: hand_in_enrolments(tx, [command]))
        here = f"/merchant/{shop_id}/enrolments/{channel}"
        if result.status in (HandInEnrolmentStatus.HANDED_IN, HandInEnrolmentStatus.EXISTS):
            return redirect(request, here, toast=_("交给渠道了，有结果会在待办里告诉你。"))
        return await _show(request, shop_id, channel, form=form, result=result)

    @post("/{channel:str}/recheck", status_code=303, opt=rate("enrolments", "30/minute"))
    async def recheck(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Have the channel asked at once, after something was signed there."""
        command = RecheckEnrolment(shop_id=shop_id, channel=channel, actor=request.actor("merchant"))
        status = await request.batchers.of(recheck_enrolments, "shop_id").submit(command)
        return redirect(request, f"/merchant/{shop_id}/enrolments/{channel}", toast=recheck_word(status))


class OperatorEnrolmentPages(Controller):
    """All shops' applications at channels."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """Show how applications stand: what waits for people, then the last changed."""
        return await _list(request)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def want(self, request: WebRequest) -> Response[str]:
        """Ask a shop to apply."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("handle", "channel")}
        async with request.database.read() as reader:
            shop_id = await find_shop(reader, given["handle"].removeprefix("@"))
        actor = request.actor("staff")
        command = WantEnrolment(shop_id=shop_id or NO_SHOP, channel=given["channel"], actor=actor)
        status = await request.batchers.of(want_enrolments, "shop_id").submit(command)
        if status in (WantEnrolmentStatus.WANTED, WantEnrolmentStatus.EXISTS):
            return redirect(request, HERE, toast=_("店主会在待办里看到。"))
        return await _list(request, given=given, errors=want_errors(status))

    @post("/{shop_id:uuid}/{channel:str}/recheck", status_code=303, guards=(staff("operator"),))
    async def recheck(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Have the channel asked at once, after what stood in the way was mended."""
        command = RecheckEnrolment(shop_id=shop_id, channel=channel, actor=request.actor("staff"))
        status = await request.batchers.of(recheck_enrolments, "shop_id").submit(command)
        return redirect(request, HERE, toast=recheck_word(status))

    @post("/{shop_id:uuid}/{channel:str}/number", status_code=303, guards=(staff("operator"),))
    async def decide(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Say whether the shop goes by the number that the channel gave it."""
        is_taken = (await read_form(request)).text("take") == "1"
        actor = request.actor("staff")
        command = DecideNumber(shop_id=shop_id, channel=channel, is_taken=is_taken, actor=actor)
        status = await request.batchers.of(decide_numbers, "shop_id").submit(command)
        return redirect(request, HERE, toast=decision_word(status, is_taken=is_taken))


async def _read(database: Database, shop_id: UUID) -> tuple[Case, dict[str, Enrolment]]:
    async with database.read() as reader:
        case = await get_case(reader, shop_id)
        enrolments = await get_enrolments(reader, shop_id)
    if case is None:
        raise NotFoundException
    return case, enrolments


def _status(enrolment: Enrolment | None) -> EnrolmentStatus | None:
    return enrolment.status if enrolment else None


async def _show(
    request: WebRequest,
    shop_id: UUID,
    channel: str,
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    result: HandInEnrolmentResult | None = None,
) -> Response[str]:
    case, enrolments = await _read(request.database, shop_id)
    enrolment = enrolments.get(channel)
    if enrolment is None and channel not in REGISTRY.enrolling_names:
        raise NotFoundException
    questions = questions_of(channel, case)
    told = open_told(enrolment) if enrolment else None
    before = open_answers(enrolment) if enrolment else {}
    faults = {**(errors or {}), **({one.name: one.reason for one in result.faults} if result else {})}
    if told is not None:
        faults = {**{one.part: reason_word(one.reason) for one in told.refusals}, **faults} if form is None else faults
    kept = {question.name for question in questions if question.is_secret and before.get(question.name)}
    values = {
        question.name: form.text(question.name) if form else "" if question.is_secret else before.get(question.name, "")
        for question in questions
    }
    name = channel_word(channel)
    shown = {paper.value for paper in papers_of(case.application.kind)} if case.application else set()
    here = pictures_here(case)
    is_open = channel in REGISTRY.enrolling_names
    return page(
        request,
        "settlement/enrolment.html",
        status_code=422 if errors or result else 200,
        shop=case.shop,
        channel=channel,
        name=name,
        state=status_word(_status(enrolment)),
        status=enrolment.status.value if enrolment else None,
        lacks=lacks_word(case),
        is_form=is_open and is_verified(case) and (enrolment is None or may_hand_in(enrolment)),
        is_stuck=bool(enrolment and enrolment.fault),
        is_set_aside=enrolment is not None and enrolment.is_set_aside,
        error=hand_in_error(result.status) if result else None,
        questions=questions,
        values=values,
        errors=faults,
        kept=kept,
        papers=[(paper.value, part_word(paper, ()), paper in here) for paper in Paper if paper.value in shown],
        tasks=[_task(task) for task in told.tasks] if told else [],
        refusals=[(part_word(one.part, questions), reason_word(one.reason)) for one in told.refusals] if told else [],
        answer_max=ANSWER_MAX,
    )


def _task(task: Task) -> dict[str, Any]:
    title, words = errand_words(task)
    facts = [(fact_word(fact), text) for fact, text in task.facts]
    is_page = task.url is not None and task.url.startswith("https://")
    code = qr_inline(task.url) if task.url else None
    return {"title": title, "words": words, "code": code, "url": task.url if is_page else None, "facts": facts}


async def _list(
    request: WebRequest, *, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        waiting = await store.list_waiting(reader, SHOWN + 1)
        others = await store.list_enrolments(reader, None, SHOWN + 1)
    # What waits for people stays on top, however much has changed since.
    found = [*waiting, *(each for each in others if not each.waits_for_people)]
    return page(
        request,
        "settlement/operator_enrolments.html",
        status_code=422 if errors else 200,
        here=HERE,
        rows=[(each, operator_word(each), fault_word(each.fault)) for each in found[:SHOWN]],
        shown=SHOWN,
        has_more=len(found) > SHOWN or len(others) > SHOWN,
        channels=[(name, channel_word(name)) for name in sorted(REGISTRY.enrolling_names)],
        channel_word=channel_word,
        given=given or {},
        errors=errors or {},
    )


ROUTES: Final = (EnrolmentPages, OperatorEnrolmentPages)
