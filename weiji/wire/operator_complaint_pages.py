"""The staff's desk of complaints about what programs sold: what waits, and each with what both sides said of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.events.outbox import get_trail
from weiji.identity import PasswordCheckStatus, check_entered_password, payment_password_error
from weiji.kit import clock
from weiji.kit.money import parse_yuan
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest
from weiji.wire import complaint_words as words
from weiji.wire.complaint_pages import DONE, TRAIL_MAX
from weiji.wire.complaints import (
    WORDS_MAX,
    ComplaintState,
    ComplaintStatus,
    DecideComplaint,
    RejectDecision,
    SecondDecision,
    decide_complaints,
    get_file,
    is_party,
    list_decided,
    list_with_staff,
    reject_decisions,
    seal_of,
    second_decisions,
)
from weiji.word_rules.words import action_words

PAGE: Final = 30

HERE: Final = "/operator/payment-complaints"


class OperatorComplaintPages(Controller):
    """Complaints that the operator's staff are to decide, or did."""

    path = HERE
    guards = (staff("arbiter"),)
    include_in_schema = False

    @get("/")
    async def list(self, request: WebRequest) -> Response[str]:
        """List what waits, whose time ends first; or what is over, the newest first."""
        tab = "over" if request.query_params.get("tab") == "over" else "waiting"
        beyond = read_cursor(request.query_params.get("after"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await (list_decided if tab == "over" else list_with_staff)(reader, beyond, PAGE + 1)
        last = found[PAGE - 1].complaint if len(found) > PAGE else None
        at = (last.further_at if tab == "over" else last.due_at) if last else None
        return page(
            request,
            "wire/operator_complaints.html",
            files=found[:PAGE],
            tab=tab,
            tabs=[
                {"key": "waiting", "label": _("待处理"), "href": HERE},
                {"key": "over", "label": _("已结束"), "href": f"{HERE}?tab=over"},
            ],
            now=clock.now(),
            theirs={
                file.complaint.id
                for file in found
                if is_party(file.complaint, request.caller.person_id, request.caller.shop_ids)
            },
            state_word=words.state_word,
            wanted_word=words.wanted_word,
            more=f"{HERE}?tab={tab}&after={write_cursor(at, last.id)}" if last and at else None,
        )

    @get("/{complaint_id:uuid}")
    async def show(self, request: WebRequest, complaint_id: FromPath[UUID]) -> Response[str]:
        """Show a complaint with all that was said of it; where it is to be decided, with the form."""
        return await _show(request, complaint_id, Form({}))

    @post("/{complaint_id:uuid}/ruling", opt=rate("password", "30/minute"))
    async def decide(self, request: WebRequest, complaint_id: FromPath[UUID]) -> Response[str]:
        """Sign what comes of it."""
        form = await read_form(request)
        typed = form.text("amount").strip()
        amount = 0 if form.text("outcome") == "nothing" else parse_yuan(typed)
        if amount is None or (form.text("outcome") != "nothing" and amount <= 0):
            wrong = words.refusal(ComplaintStatus.AMOUNT_OUT_OF_RANGE)
            return await _show(request, complaint_id, form, {"amount": wrong})
        if error := await _check(request, form):
            return await _show(request, complaint_id, form, {"form": error})
        command = DecideComplaint(
            complaint_id=complaint_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            amount=amount,
            words=form.long("words", WORDS_MAX).strip(),
        )
        status = (await request.batchers.of(decide_complaints, "complaint_id").submit(command)).status
        fields = {ComplaintStatus.AMOUNT_OUT_OF_RANGE: "amount", ComplaintStatus.WORDS_INVALID: "words"}
        return await _done(request, complaint_id, status, form, _("签好了。"), fields)

    @post("/{complaint_id:uuid}/second", opt=rate("password", "30/minute"))
    async def second(self, request: WebRequest, complaint_id: FromPath[UUID]) -> Response[str]:
        """Sign, as another, what was proposed."""
        form = await read_form(request)
        if error := await _check(request, form):
            return await _show(request, complaint_id, form, {"form": error})
        command = SecondDecision(
            complaint_id=complaint_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            seen=form.text("seen"),
        )
        status = (await request.batchers.of(second_decisions, "complaint_id").submit(command)).status
        return await _done(request, complaint_id, status, form, _("签好了。"))

    @post("/{complaint_id:uuid}/objection")
    async def reject(self, request: WebRequest, complaint_id: FromPath[UUID]) -> Response[str]:
        """Do not sign what another proposed."""
        form = await read_form(request)
        command = RejectDecision(
            complaint_id=complaint_id,
            actor=request.actor("staff"),
            shops=request.caller.shop_ids,
            seen=form.text("seen"),
            words=form.long("words", WORDS_MAX).strip(),
        )
        status = await request.batchers.of(reject_decisions, "complaint_id").submit(command)
        fields = {ComplaintStatus.WORDS_INVALID: "words"}
        return await _done(request, complaint_id, status, form, _("没有签，重新处理。"), fields)


async def _check(request: WebRequest, form: Form) -> str | None:
    """Check the signature; say what was wrong with it."""
    check = await check_entered_password(request, form)
    return None if check.status is PasswordCheckStatus.CORRECT else payment_password_error(check)


async def _done(
    request: WebRequest,
    complaint_id: UUID,
    status: ComplaintStatus,
    form: Form,
    toast: str,
    fields: Mapping[ComplaintStatus, str] = MappingProxyType({}),
) -> Response[str]:
    """Lead on, or say why not: at one of the *fields* that the form has, else above it."""
    if status is ComplaintStatus.COMPLAINT_NOT_FOUND:
        raise NotFoundException
    if status in DONE:
        return redirect(request, f"{HERE}/{complaint_id}", toast=toast)
    return await _show(request, complaint_id, form, {fields.get(status, "form"): words.refusal(status)})


async def _show(
    request: WebRequest, complaint_id: UUID, form: Form, errors: dict[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        file = await get_file(reader, complaint_id)
        trail = await get_trail(reader, complaint_id, TRAIL_MAX)
    # What the two sides have among themselves is theirs.
    if file is None or file.complaint.further_at is None:
        raise NotFoundException
    complaint, caller = file.complaint, request.caller
    is_theirs = is_party(complaint, caller.person_id, caller.shop_ids)
    bar = words.refusal(ComplaintStatus.IS_PARTY) if is_theirs else None
    proposed = complaint.ruling if complaint.state is ComplaintState.PROPOSED else None
    if not is_theirs and proposed and proposed.signed_by == caller.person_id:
        bar = words.refusal(ComplaintStatus.ANOTHER_NEEDED)
    return page(
        request,
        "wire/operator_complaint.html",
        status_code=422 if errors else 200,
        here=f"{HERE}/{complaint_id}",
        file=file,
        complaint=complaint,
        state=words.state_word(complaint.state),
        reason=words.reason_words()[complaint.reason],
        wanted=words.wanted_word(complaint),
        said=words.sayings_of(trail),
        who=words.who_words(),
        actions=action_words(),
        # Whoever is concerned reads no more here than as what they are: nothing that the staff propose.
        steps=words.steps_of(trail, "buyer" if is_theirs else "staff"),
        objections=() if is_theirs else complaint.objections,
        marks=() if is_theirs else complaint.marks,
        most=min(complaint.amount, file.rest) if complaint.amount else file.rest,
        can_decide=complaint.state is ComplaintState.REVIEWING and bar is None,
        proposed=proposed if bar is None else None,
        seen=seal_of(complaint) if proposed else None,
        bar=bar if complaint.is_with_staff else None,
        given={name: form.text(name) for name in ("outcome", "amount")} | {"words": form.long("words", WORDS_MAX)},
        errors=errors or {},
        words_max=WORDS_MAX,
    )


ROUTES: Final = (OperatorComplaintPages,)
