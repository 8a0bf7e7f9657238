"""Where a shop's owner shows who is behind it: a checklist with its progress, and a small form for each step."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.db import Database, Reader
from weiji.kit.ids import new_id
from weiji.onboarding import rules, store
from weiji.onboarding.documents import clean
from weiji.onboarding.model import (
    DOCUMENT_BYTES_MAX,
    DOCUMENTS,
    NUMBERS,
    VALUE_MAX,
    Fault,
    Field,
    FieldState,
    Kind,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveStatus,
    State,
    SubmitApplication,
    SubmitStatus,
    Value,
    WithdrawApplication,
    WithdrawStatus,
)
from weiji.onboarding.operations import put_documents, save_fields, submit_applications, withdraw_applications
from weiji.onboarding.words import (
    document_refusal,
    fault_word,
    field_row,
    field_word,
    fresh_id,
    kind_word,
    state_word,
    step_word,
)
from weiji.shops import Verification
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.formats import money
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

BODY_BYTES_MAX: Final = DOCUMENT_BYTES_MAX + 64 * 1024
"""A document, and the form around it."""

EDITABLE: Final = (State.DRAFT, State.RETURNED, State.WITHDRAWN, State.REJECTED)

TEXT_STEPS: Final = ("terms", "subject", "account")


class VerificationPages(Controller):
    """The application of a shop, for its owner."""

    path = "/merchant/{shop_id:uuid}/verification"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the checklist, how far it is, and how long the queue before it."""
        return await _show_checklist(request, shop_id)

    @get("/{step:str}")
    async def show_step(self, request: WebRequest, shop_id: FromPath[UUID], step: FromPath[str]) -> Response[str]:
        """Show the form of a step."""
        case, faults = await _get_case(request.database, shop_id)
        return _show_step(request, case, faults, step, {}, {})

    @post("/{step:str}", status_code=303, opt=rate("verification", "60/minute"))
    async def save_step(self, request: WebRequest, shop_id: FromPath[UUID], step: FromPath[str]) -> Response[str]:
        """Keep a step, and go on to the next that lacks something."""
        if step not in TEXT_STEPS:
            raise NotFoundException
        form = await read_form(request)
        case, faults = await _get_case(request.database, shop_id)
        typed = _read_step(form, case, faults, step)
        command = SaveFields(
            shop_id=shop_id,
            values=tuple(Value(name, value) for name, value in typed.items()),
            actor=request.actor("merchant"),
        )
        result = await request.batchers.of(save_fields, "shop_id").submit(command)
        match result.status:
            case SaveStatus.SAVED:
                # Who says that they are a company has other fields to fill in, on the same step.
                is_asked_more = step == "subject" and form.text("then") == "kind"
                path = f"/merchant/{shop_id}/verification" + ("/subject" if is_asked_more else "")
                return redirect(request, path, toast=None if is_asked_more else _("已保存。"))
            case SaveStatus.INVALID:
                errors = {fault.field.value: fault_word(fault.field, fault.fault) for fault in result.faults}
                return _show_step(request, case, faults, step, typed, errors)
            case SaveStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            case SaveStatus.ALREADY_ACCEPTED:
                toast = _("通过的几项不用再改。")
            case SaveStatus.NOT_ALLOWED_NOW:
                toast = _("资料已经交上去了，现在不能改。")
        return redirect(request, f"/merchant/{shop_id}/verification", toast=toast, tone="warn")

    @post(
        "/files/{field:str}",
        status_code=303,
        request_max_body_size=BODY_BYTES_MAX,
        opt=rate("documents", "60/minute"),
    )
    async def put_document(self, request: WebRequest, shop_id: FromPath[UUID], field: FromPath[str]) -> Response[str]:
        """Take a document, in the place of the one before."""
        if field not in DOCUMENTS:
            raise NotFoundException
        form = await request.form()
        given = form.get("file")
        content = await given.read() if isinstance(given, UploadFile) else b""
        errors: dict[str, str] = {}
        if content:
            try:
                id = UUID(str(form.get("id")))
            except ValueError:
                id = new_id(shop_id)
            command = PutDocument(
                id=id,
                shop_id=shop_id,
                field=Field(field),
                content=(await clean(shop_id, [content]))[0],
                actor=request.actor("merchant"),
            )
            (status,) = await request.database.retried(partial(put_documents, commands=[command]))
            if status in (PutDocumentStatus.CREATED, PutDocumentStatus.EXISTS):
                toast = _("已收到，只有审核员看得到，每次打开都有记录。")
                return redirect(request, f"/merchant/{shop_id}/verification/documents", toast=toast)
            if status is PutDocumentStatus.SHOP_NOT_FOUND:
                raise NotFoundException
            errors[field] = document_refusal(status)
        else:
            errors[field] = _("请选一个文件。")
        return _show_step(request, *await _get_case(request.database, shop_id), "documents", {}, errors)

    @post("/submission", status_code=303)
    async def submit(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Hand the application in."""
        command = SubmitApplication(shop_id=shop_id, actor=request.actor("merchant"))
        result = await request.batchers.of(submit_applications, "shop_id").submit(command)
        match result.status:
            case SubmitStatus.SUBMITTED | SubmitStatus.EXISTS:
                return redirect(
                    request, f"/merchant/{shop_id}/verification", toast=_("交上去了，审核完会在待办里告诉你。")
                )
            case SubmitStatus.INCOMPLETE:
                listed = [
                    f"{field_word(fault.field)}：{fault_word(fault.field, fault.fault)}" for fault in result.faults
                ]
                return await _show_checklist(request, shop_id, listed)
            case SubmitStatus.DEPOSIT_MISSING:
                return await _show_checklist(request, shop_id, [_("保证金还没有交够。")])
            case _:
                return redirect(request, f"/merchant/{shop_id}/verification", toast=_("请先填写资料。"), tone="warn")

    @post("/withdrawal", status_code=303)
    async def withdraw(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take the application back."""
        command = WithdrawApplication(shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(withdraw_applications, "shop_id").submit(command)
        here = f"/merchant/{shop_id}/verification"
        if status in (WithdrawStatus.WITHDRAWN, WithdrawStatus.EXISTS):
            case, _faults = await _get_case(request.database, shop_id)
            is_kept = case.application is not None and case.application.fields
            return redirect(request, here, toast=_("已撤回。") if is_kept else _("填过的资料都删掉了。"))
        return redirect(request, here, toast=_("现在不能撤回。"), tone="warn")


def _read_step(form: Form, case: store.Case, faults: Mapping[Field, Fault], step: str) -> dict[Field, str]:
    """Read the fields of a step. A number that is left empty stays as it is: pages show only its end."""
    if step == "terms":
        return {Field.TERMS: form.text("terms")}
    application = case.application
    kind = Kind(form.text("kind")) if form.text("kind") in tuple(Kind) else application.kind if application else None
    wanted = {each.name: each.fields for each in rules.steps_of(case.checklist, kind)}.get(step, ())
    if step == "subject" and form.text("then") == "kind":
        wanted = (Field.KIND,)
    typed: dict[Field, str] = {}
    for name in wanted:
        text = form.text(name.value)[: VALUE_MAX + 1]
        entry = application.fields.get(name) if application else None
        is_settled = entry is not None and entry.state is FieldState.ACCEPTED and name not in faults
        if entry is not None and (is_settled or (name in NUMBERS and not text)):
            text = entry.value
        typed[name] = text
    return typed


async def _get_case(database: Database, shop_id: UUID) -> tuple[store.Case, dict[Field, Fault]]:
    async with database.read() as reader:
        return await _read_case(reader, shop_id)


async def _read_case(reader: Reader, shop_id: UUID) -> tuple[store.Case, dict[Field, Fault]]:
    """Read what a page shows, and what the application lacks."""
    case = await store.get_case(reader, shop_id)
    if case is None:
        raise NotFoundException
    application = case.application
    applications = {shop_id: application} if application else {}
    # Another owner may have been verified with a number since it was accepted; as long as nothing can be changed, who
    # decides sees to that.
    is_editable = application is not None and application.state in EDITABLE
    state = rules.Applications(
        owners={shop_id: case.shop.owner_id},
        applications=applications,
        in_use=await store.find_verified_owners(reader, rules.numbers_of(applications.values())) if is_editable else {},
        version=case.version,
        checklist=case.checklist,
    )
    return case, rules.find_faults(state, shop_id, clock.now())


async def _show_checklist(request: WebRequest, shop_id: UUID, errors: list[str] | None = None) -> Response[str]:
    async with request.database.read() as reader:
        case, faults = await _read_case(reader, shop_id)
        application = case.application
        is_queued = application is not None and application.state is State.SUBMITTED
        ahead = await store.count_ahead(reader, application) if application and is_queued else 0
    # A shop may be verified without having applied: it was there before anybody was asked, or the operator knew it.
    is_known = application is None and case.shop.verification == Verification.VERIFIED
    state = application.state if application else State.APPROVED if is_known else State.DRAFT
    kind = application.kind if application else None
    is_editable = state in EDITABLE
    steps = []
    for step in () if is_known else rules.steps_of(case.checklist, kind):
        lacking = [name for name in step.fields if name in faults]
        refused = application is not None and any(
            (entry := application.fields.get(name)) is not None and entry.state is FieldState.REFUSED
            for name in step.fields
        )
        steps.append(
            {
                "name": step.name,
                "word": step_word(step.name),
                "is_done": not lacking,
                "is_refused": refused and bool(lacking),
                "note": field_word(lacking[0], kind) + " " + fault_word(lacking[0], faults[lacking[0]])
                if lacking and application is not None
                else None,
            }
        )
    deposit = 0 if is_known else case.checklist.deposit_of(kind)
    is_paid = case.deposit >= deposit
    if deposit:
        steps.append(
            {
                "name": "deposit",
                "word": step_word("deposit"),
                "is_done": is_paid,
                "is_refused": False,
                "note": _("要 %(amount)s，已交 %(paid)s", amount=money(deposit), paid=money(case.deposit)),
            }
        )
    fields = application.fields if application else {}
    return page(
        request,
        "onboarding/merchant_verification.html",
        status_code=422 if errors else 200,
        shop=case.shop,
        state=state.value,
        state_word=state_word(state),
        application=application,
        checklist=case.checklist,
        steps=steps,
        done=sum(1 for step in steps if step["is_done"]),
        is_editable=is_editable,
        is_ready=is_editable and not faults and is_paid and state in (State.DRAFT, State.RETURNED),
        can_withdraw=application is not None and state in (*EDITABLE[:2], State.SUBMITTED, State.IN_REVIEW),
        place=ahead + 1,
        refused=[
            field_row(application, name, entry, is_masked=True)
            for name, entry in fields.items()
            if application and entry.state is FieldState.REFUSED
        ],
        errors=errors or [],
    )


def _show_step(
    request: WebRequest,
    case: store.Case,
    faults: Mapping[Field, Fault],
    name: str,
    typed: Mapping[Field, str],
    errors: Mapping[str, str],
) -> Response[str]:
    application = case.application
    kind_typed = typed.get(Field.KIND)
    kind = Kind(kind_typed) if kind_typed in tuple(Kind) else application.kind if application else None
    if kind not in case.checklist.kinds:
        kind = None
    if kind is None and len(case.checklist.kinds) == 1:
        kind = case.checklist.kinds[0]
    step = next((each for each in rules.steps_of(case.checklist, kind) if each.name == name), None)
    if step is None:
        raise NotFoundException
    fields = application.fields if application else {}
    is_editable = application is None or application.state in EDITABLE
    documents = {document.field: document for document in case.documents}
    rows = []
    for field in step.fields:
        entry = fields.get(field)
        is_settled = entry is not None and entry.state is FieldState.ACCEPTED
        # What was accepted and holds no more is to be mended, and says why.
        outdated = fault_word(field, faults[field]) if is_settled and field in faults else None
        is_number = field in NUMBERS
        kept = entry.value if entry else ""
        rows.append(
            {
                "name": field.value,
                "label": field_word(field, kind),
                "value": typed.get(field, "" if is_number else kept),
                "kept": f"•••• {kept[-4:]}" if is_number and kept else "",
                "error": errors.get(field.value) or (entry.reason or None if entry else None) or outdated,
                "is_accepted": is_settled and field not in faults,
                "is_refused": entry is not None and entry.state is FieldState.REFUSED,
                "document": documents.get(field),
                "id": fresh_id(case.shop.id),
            }
        )
    return page(
        request,
        "onboarding/merchant_step.html",
        status_code=422 if errors else 200,
        shop=case.shop,
        step=name,
        title=step_word(name),
        rows=rows,
        kind=kind.value if kind else "",
        kinds=[{"value": each.value, "label": kind_word(each)} for each in case.checklist.kinds],
        checklist=case.checklist,
        mark=rules.mark_of(case.checklist),
        is_agreed=Field.TERMS in fields and fields[Field.TERMS].value == rules.mark_of(case.checklist),
        is_editable=is_editable,
        megabytes=DOCUMENT_BYTES_MAX // (1024 * 1024),
        errors=errors,
    )


ROUTES: Final = (VerificationPages,)
