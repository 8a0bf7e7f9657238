"""Where reviewers look at applications, and where the operator says what is asked of shops."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit.money import parse_yuan, plain_yuan
from weiji.onboarding import store
from weiji.onboarding.model import (
    DOCUMENTS,
    REASON_MAX,
    TERMS_MAX,
    Checklist,
    DecideApplication,
    DecideStatus,
    Decision,
    Field,
    FieldState,
    Kind,
    LookAtDocument,
    LookStatus,
    PublishChecklist,
    PublishChecklistStatus,
    PutBackApplication,
    PutBackStatus,
    State,
    TakeApplication,
    TakeStatus,
)
from weiji.onboarding.operations import (
    decide_applications,
    look_at_documents,
    publish_checklists,
    put_back_applications,
    take_applications,
)
from weiji.onboarding.words import field_row, field_word, kind_word, state_word
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest

PAGE: Final = 30
VERSIONS: Final = 30
BEGINNING: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))

TABS: Final[Mapping[str, tuple[State, ...]]] = {
    "waiting": (State.SUBMITTED,),
    "in_review": (State.IN_REVIEW,),
    "returned": (State.RETURNED,),
    "approved": (State.APPROVED,),
    "rejected": (State.REJECTED,),
}

DOCUMENT_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}
"""Somebody else's file: nothing in it runs, and no browser keeps it."""


class ReviewPages(Controller):
    """The queue, and the applications in it."""

    path = "/operator/applications"
    guards = (staff("reviewer"),)
    include_in_schema = False

    @get("/")
    async def list_applications(
        self, request: WebRequest, tab: FromQuery[str] = "waiting", after: FromQuery[str] = ""
    ) -> Response[str]:
        """List the queue, the oldest first."""
        tab = tab if tab in TABS else "waiting"
        async with request.database.read() as reader:
            found = await store.list_applications(
                reader, TABS[tab], read_cursor(after, tuple[datetime, UUID]) or BEGINNING, PAGE + 1
            )
            counts = await store.count_states(reader)
        words = {
            "waiting": _("排队中"),
            "in_review": _("审核中"),
            "returned": _("等店主改"),
            "approved": _("已认证"),
            "rejected": _("没有通过"),
        }
        numbers = {"waiting": counts.get(State.SUBMITTED, 0), "in_review": counts.get(State.IN_REVIEW, 0)}
        last = found[PAGE - 1] if len(found) > PAGE else None
        return page(
            request,
            "onboarding/applications.html",
            applications=[(each, state_word(each.state)) for each in found[:PAGE]],
            tab=tab,
            tabs=[
                {
                    "key": key,
                    "label": word,
                    "href": f"/operator/applications?tab={key}",
                    "count": numbers.get(key, 0),
                }
                for key, word in words.items()
            ],
            more=f"/operator/applications?tab={tab}&after={write_cursor(last.submitted_at, last.shop_id)}"
            if last
            else None,
        )

    @get("/{shop_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show an application; its numbers only to who has taken it."""
        return await _show_case(request, shop_id)

    @get("/{shop_id:uuid}/documents/{document_id:uuid}")
    async def show_document(
        self, request: WebRequest, shop_id: FromPath[UUID], document_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Open a document, and note who did."""
        command = LookAtDocument(document_id=document_id, shop_id=shop_id, actor=request.actor("staff"))
        (look,) = await request.database.retried(partial(look_at_documents, commands=[command]))
        if look.status is not LookStatus.SEEN:
            raise NotFoundException
        kind = "attachment" if look.media_type == "application/pdf" else "inline"
        headers = {**DOCUMENT_HEADERS, "content-disposition": kind}
        return Response(look.content, media_type=look.media_type, headers=headers)

    @post("/{shop_id:uuid}/taking", status_code=303)
    async def take(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take an application out of the queue."""
        command = TakeApplication(
            shop_id=shop_id, actor=request.actor("staff"), is_own=request.caller.works_for(shop_id)
        )
        status = await request.batchers.of(take_applications, "shop_id").submit(command)
        here = f"/operator/applications/{shop_id}"
        match status:
            case TakeStatus.TAKEN | TakeStatus.EXISTS:
                return redirect(request, here)
            case TakeStatus.APPLICATION_NOT_FOUND:
                raise NotFoundException
            case TakeStatus.OWN_SHOP:
                toast = _("不能审核自己的店。")
            case TakeStatus.TAKEN_BY_ANOTHER:
                toast = _("同事刚刚拿走了这一份。")
            case TakeStatus.NOT_ALLOWED_NOW:
                toast = _("它已经不在队列里了。")
        return redirect(request, here, toast=toast, tone="warn")

    @post("/{shop_id:uuid}/putting-back", status_code=303)
    async def put_back(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Put an application back into its place in the queue."""
        command = PutBackApplication(shop_id=shop_id, actor=request.actor("staff"))
        status = await request.batchers.of(put_back_applications, "shop_id").submit(command)
        if status is PutBackStatus.APPLICATION_NOT_FOUND:
            raise NotFoundException
        if status is PutBackStatus.NOT_ALLOWED_NOW:
            here = f"/operator/applications/{shop_id}"
            return redirect(request, here, toast=_("它已经有结果了。"), tone="warn")
        return redirect(request, "/operator/applications", toast=_("放回原来的位置了。"))

    @post("/{shop_id:uuid}/decision", status_code=303)
    async def decide(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Decide field by field, or refuse the whole."""
        form = await read_form(request)
        is_rejection = form.text("then") == "reject"
        rejection = form.text("rejection")
        if is_rejection and not rejection:
            return await _show_case(request, shop_id, form, {"rejection": _("请写原因，店主会看到。")})
        decisions = tuple(
            Decision(name, form.text(f"verdict_{name}") == "accept", form.text(f"reason_{name}"))
            for name in Field
            if form.text(f"verdict_{name}")
        )
        command = DecideApplication(
            shop_id=shop_id,
            decisions=decisions,
            rejection=rejection if is_rejection else "",
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(decide_applications, "shop_id").submit(command)
        errors: dict[str, str] = {}
        match status:
            case DecideStatus.APPROVED:
                toast = _("通过了，这家店已认证。")
            case DecideStatus.RETURNED:
                toast = _("退回给店主了，只需要改没通过的几项。")
            case DecideStatus.REJECTED:
                toast = _("已拒绝，店主会看到原因。")
            case DecideStatus.APPLICATION_NOT_FOUND:
                raise NotFoundException
            case DecideStatus.NOT_TAKEN:
                here = f"/operator/applications/{shop_id}"
                return redirect(request, here, toast=_("这一份不在你手上。"), tone="warn")
            case DecideStatus.FIELDS_UNDECIDED:
                errors["form"] = _("每一项都要有结论。")
            case DecideStatus.REASON_MISSING:
                errors["form"] = ngettext(
                    "没通过的每一项都要写原因，不超过 %(number)s 个字。",
                    "没通过的每一项都要写原因，不超过 %(number)s 个字。",
                    REASON_MAX,
                )
                refused = [each for each in decisions if not each.is_accepted and not each.reason]
                errors |= {f"reason_{each.field}": _("请写原因，店主会看到。") for each in refused}
            case DecideStatus.NUMBER_IN_USE:
                errors["form"] = _("别的店主刚用同一个证件号码认证了一家店，这一份不能再通过。")
        if errors:
            return await _show_case(request, shop_id, form, errors)
        return redirect(request, "/operator/applications", toast=toast)


class ChecklistPages(Controller):
    """What is asked of shops."""

    path = "/operator/checklist"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the checklist in force, its history, and the form of a new version."""
        return await _show_checklist(request)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def publish(self, request: WebRequest) -> Response[str]:
        """Publish a version."""
        form = await read_form(request)
        terms = str((await request.form()).get("terms", "")).replace("\r\n", "\n").strip()
        checklist, errors = _read_checklist(form, terms)
        version = form.number("version")
        reason = form.text("reason")
        if not reason or len(reason) > REASON_MAX or "\x00" in reason:
            errors["reason"] = _reason_error()
        if version is None or version > 10**9:
            errors["form"] = _("没有发布成功，请再试一次。")
        if errors:
            return await _show_checklist(request, form, terms, errors)
        assert checklist is not None
        assert version is not None
        command = PublishChecklist(version=version, checklist=checklist, reason=reason, actor=request.actor("staff"))
        (status,) = await request.database.retried(partial(publish_checklists, commands=[command]))
        match status:
            case PublishChecklistStatus.PUBLISHED:
                toast = _("第 %(version)s 版清单已经生效。", version=version)
                return redirect(request, "/operator/checklist", toast=toast)
            case PublishChecklistStatus.VERSION_TAKEN:
                errors["form"] = _("刚刚有人发布了新的一版，请看看再决定。")
            case PublishChecklistStatus.REASON_MISSING:
                errors["reason"] = _reason_error()
            case PublishChecklistStatus.NOT_DOCUMENTS:
                errors["form"] = _("没有发布成功，请再试一次。")
        return await _show_checklist(request, form, terms, errors)


def _reason_error() -> str:
    return ngettext("请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX)


async def _show_case(
    request: WebRequest, shop_id: UUID, form: Form | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        case = await store.get_case(reader, shop_id)
        if case is None or case.application is None or case.application.state is State.DRAFT:
            raise NotFoundException
        application = case.application
        is_mine = application.state is State.IN_REVIEW and application.reviewer_id == request.caller.person_id
        twins = await store.find_twins(reader, application) if is_mine else []
    rows = []
    for name in case.checklist.wants(application.kind):
        entry = application.fields.get(name)
        if entry is not None:
            row = field_row(application, name, entry, is_masked=not is_mine)
            row["is_open"] = is_mine and entry.state is not FieldState.ACCEPTED
            row["verdict"] = form.text(f"verdict_{name}") if form else "accept"
            row["typed"] = form.text(f"reason_{name}") if form else ""
            rows.append(row)
    documents = {str(document.id): document for document in case.documents}
    return page(
        request,
        "onboarding/application.html",
        status_code=422 if errors else 200,
        shop=case.shop,
        application=application,
        state_word=state_word(application.state),
        rows=rows,
        documents=documents,
        is_mine=is_mine,
        is_waiting=application.state is State.SUBMITTED,
        is_in_review=application.state is State.IN_REVIEW,
        twins=[
            (twin, field_word(twin.field), state_word(twin.state), twin.owner_id == case.shop.owner_id)
            for twin in twins
        ],
        rejection=form.text("rejection") if form else "",
        reason_max=REASON_MAX,
        errors=errors or {},
    )


_AMOUNTS: Final = ("day_sales_max", "total_sales_max", "person_deposit", "company_deposit")
_NUMBERS: Final = {"review_hours": (1, 720), "keep_days": (0, 365), "deposit_freeze_days": (0, 365)}


def _read_checklist(form: Form, terms: str) -> tuple[Checklist | None, dict[str, str]]:
    errors: dict[str, str] = {}
    values: dict[str, Any] = {"terms": terms}
    if len(terms) > TERMS_MAX or "\x00" in terms:
        errors["terms"] = ngettext("不超过 %(number)s 个字。", "不超过 %(number)s 个字。", TERMS_MAX)
    values["kinds"] = [kind for kind in Kind if form.is_on(f"kind_{kind}")]
    if not values["kinds"]:
        errors["kinds"] = _("至少接受一种店主。")
    for kind in Kind:
        values[f"{kind}_documents"] = [name for name in DOCUMENTS if form.is_on(f"{kind}_{name}")]
    values["needs_account"] = form.is_on("needs_account")
    values["may_withdraw"] = form.is_on("may_withdraw")
    for name in _AMOUNTS:
        amount = parse_yuan(form.text(name))
        if amount is None or amount > 10**13:
            errors[name] = _("请写一个金额。")
        values[name] = amount
    for name, (low, high) in _NUMBERS.items():
        number = form.number(name)
        if number is None or not low <= number <= high:
            errors[name] = _("在 %(low)s 到 %(high)s 之间。", low=low, high=high)
        values[name] = number
    return (None if errors else msgspec.convert(values, Checklist)), errors


async def _show_checklist(
    request: WebRequest, form: Form | None = None, terms: str = "", errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        rows = await store.list_checklists(reader, None, VERSIONS)
    checklist = msgspec.convert(rows[0]["checklist"], Checklist)
    given: dict[str, str] = {name: plain_yuan(getattr(checklist, name)) for name in _AMOUNTS}
    given |= {name: str(getattr(checklist, name)) for name in _NUMBERS}
    given |= {"terms": checklist.terms, "reason": ""}
    wanted = {
        f"{kind}_{name}": name in (checklist.person_documents if kind is Kind.PERSON else checklist.company_documents)
        for kind in Kind
        for name in DOCUMENTS
    }
    on = {f"kind_{kind}": kind in checklist.kinds for kind in Kind} | wanted
    on |= {"needs_account": checklist.needs_account, "may_withdraw": checklist.may_withdraw}
    if form:
        given |= {name: form.text(name) for name in given} | {"terms": terms}
        on = {name: form.is_on(name) for name in on}
    return page(
        request,
        "onboarding/checklist.html",
        status_code=422 if errors else 200,
        current=rows[0]["version"],
        version=rows[0]["version"] + 1,
        history=[dict(row) for row in rows],
        given=given,
        on=on,
        kinds=[
            {
                "name": f"kind_{kind}",
                "label": kind_word(kind),
                "documents": [(f"{kind}_{name}", field_word(name)) for name in DOCUMENTS],
            }
            for kind in Kind
        ],
        errors=errors or {},
        reason_max=REASON_MAX,
        terms_max=TERMS_MAX,
    )


ROUTES: Final = (ReviewPages, ChecklistPages)
