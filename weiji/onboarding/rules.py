"""What is decided about applications: pure functions over what was read."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import shard_of
from weiji.kit.text import is_line, is_text, tidy_name
from weiji.onboarding import checks
from weiji.onboarding.model import (
    ACCOUNT,
    DOCUMENT_BYTES_MAX,
    DOCUMENTS,
    NUMBERS,
    REASON_MAX,
    SUBJECT,
    UNIQUE,
    VALUE_MAX,
    Application,
    Checklist,
    DecideApplication,
    DecideStatus,
    Document,
    Entry,
    Fault,
    Field,
    FieldFault,
    FieldState,
    HandInResult,
    HandInStatus,
    HandInWhole,
    Kind,
    PutBackApplication,
    PutBackStatus,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveResult,
    SaveStatus,
    State,
    SubmitApplication,
    SubmitResult,
    SubmitStatus,
    TakeApplication,
    TakeStatus,
    WithdrawApplication,
    WithdrawStatus,
)

OVER: Final = (State.WITHDRAWN, State.REJECTED)
"""An application in one of these is begun anew by keeping a step."""


class Applications(Struct):
    """What a batch is judged against: applications and documents of the shops it names, and the owners of the shops."""

    owners: dict[UUID, UUID]
    """Each shop's owner; shops that are not there are left out."""
    applications: dict[UUID, Application]
    documents: dict[UUID, Document] = field(default_factory=dict)
    in_use: dict[tuple[Field, str], set[UUID]] = field(default_factory=dict)
    """Who owns the verified shops that have a number."""
    deposits: dict[UUID, int] = field(default_factory=dict)
    """What shops have put up; those that are not there: nothing."""
    version: int = 0
    checklist: Checklist = field(default_factory=Checklist)


def mark_of(checklist: Checklist) -> str:
    """Give what stands for the terms that an owner agrees to: other terms have another mark."""
    return sha256(checklist.terms.encode()).hexdigest()[:16]


def tidy(name: Field, text: str) -> str:
    """Write what was typed as it is kept."""
    return checks.tidy_number(text) if name in NUMBERS else text.strip()


# Keeping a step


def judge_save(state: Applications, command: SaveFields, now: datetime) -> SaveResult:
    """Keep a step, all of it or nothing; *state* is changed to what comes of it."""
    if command.shop_id not in state.owners:
        return SaveResult(SaveStatus.SHOP_NOT_FOUND)
    before = state.applications.get(command.shop_id)
    values = {value.field: tidy(value.field, value.value) for value in command.values}
    if before is not None and before.state not in (State.DRAFT, State.RETURNED, *OVER):
        return SaveResult(SaveStatus.NOT_ALLOWED_NOW)
    if before is not None and _accepted_of(state, before, values, now):
        return SaveResult(SaveStatus.ALREADY_ACCEPTED)
    after = _begun(before, command.shop_id, now)
    for name, value in values.items():
        entry = after.fields.get(name)
        # Terms that were refused are mended by agreeing again: there is one answer only.
        if entry is None or entry.value != value or (name is Field.TERMS and entry.state is FieldState.REFUSED):
            after.fields[name] = Entry(value=value)
    found = [
        FieldFault(name, fault or Fault.MALFORMED)
        for name in values
        if (fault := _fault(state, after, name, now)) is not None or name in DOCUMENTS
    ]
    # A step that is kept as it was refused is no mistake yet: handing it in would be.
    faults = tuple(f for f in found if f.fault is not Fault.NOT_MENDED)
    if faults:
        return SaveResult(SaveStatus.INVALID, faults)
    state.applications[command.shop_id] = after
    return SaveResult(SaveStatus.SAVED)


def _accepted_of(
    state: Applications, application: Application, values: Mapping[Field, str], now: datetime
) -> tuple[Field, ...]:
    """Name what would be changed that a reviewer accepted and that holds: other terms, say, are asked again."""
    return tuple(
        name
        for name, value in values.items()
        if (entry := application.fields.get(name)) is not None
        and entry.state is FieldState.ACCEPTED
        and entry.value != value
        and _fault(state, application, name, now) is None
    )


def _begun(before: Application | None, shop_id: UUID, now: datetime) -> Application:
    """Give a copy to change: of what is there, or a new draft. What is over is begun anew with what was typed."""
    if before is None:
        return Application(shop_id=shop_id, state=State.DRAFT, created_at=now, fields={})
    if before.state not in OVER:
        return replace(before, fields=dict(before.fields))
    fields = {name: Entry(value=entry.value) for name, entry in before.fields.items()}
    return replace(before, state=State.DRAFT, reason="", reviewer_id=None, forget_at=None, fields=fields)


def _fault(state: Applications, application: Application, name: Field, now: datetime) -> Fault | None:
    """Tell what is wrong with a field, if anything is."""
    entry = application.fields.get(name)
    if entry is None or not entry.value:
        return Fault.MISSING
    fault = None if name in DOCUMENTS else _text_fault(state, application, name, entry.value, now)
    if fault is None and entry.state is FieldState.REFUSED:
        return Fault.NOT_MENDED
    return fault


def _text_fault(state: Applications, application: Application, name: Field, value: str, now: datetime) -> Fault | None:
    if not is_line(value, VALUE_MAX):
        return Fault.MALFORMED
    match name:
        case Field.KIND:
            if value not in tuple(Kind):
                return Fault.MALFORMED
            return None if Kind(value) in state.checklist.kinds else Fault.NOT_WANTED
        case Field.TERMS:
            # Who agreed to other terms is asked again.
            return None if value == mark_of(state.checklist) else Fault.MALFORMED
        case Field.ID_NUMBER | Field.CREDIT_CODE | Field.ACCOUNT_NUMBER:
            if not _is_number(application, name, value, now.astimezone(SHANGHAI).date()):
                return Fault.WRONG_NUMBER
            others = state.in_use.get((name, value), set()) - {state.owners[application.shop_id]}
            return Fault.IN_USE if others and name in UNIQUE else None
        case Field.HOLDER:
            return None if _is_holder(application, value) else Fault.NAME_DIFFERS
        case _:
            return None


def _kind_of(application: Application) -> Kind | None:
    entry = application.fields.get(Field.KIND)
    return Kind(entry.value) if entry and entry.value in tuple(Kind) else None


def _is_number(application: Application, name: Field, value: str, today: date) -> bool:
    if name is Field.ID_NUMBER:
        return checks.is_id_number(value, today)
    if name is Field.CREDIT_CODE:
        return checks.is_credit_code(value)
    is_company = _kind_of(application) is Kind.COMPANY
    return checks.is_card_number(value) or (is_company and checks.is_account_number(value))


def _is_holder(application: Application, holder: str) -> bool:
    """Tell whether the account is the owner's: a company's may be its representative's, as households' often are."""
    names = [Field.NAME, Field.COMPANY_NAME] if _kind_of(application) is Kind.COMPANY else [Field.NAME]
    told = [tidy_name(application.fields[name].value) for name in names if name in application.fields]
    return not told or tidy_name(holder) in told


# Documents


def judge_put_document(state: Applications, command: PutDocument, now: datetime) -> PutDocumentStatus:
    """Put a document in the place of the one before; *state* is changed to what comes of it."""
    found = state.documents.get(command.id)
    if found is not None:
        is_same = (found.shop_id, found.field) == (command.shop_id, command.field)
        return PutDocumentStatus.EXISTS if is_same else PutDocumentStatus.ID_TAKEN
    if command.shop_id not in state.owners:
        return PutDocumentStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return PutDocumentStatus.ID_IN_ANOTHER_SHARD
    before = state.applications.get(command.shop_id)
    if before is not None and before.state not in (State.DRAFT, State.RETURNED, *OVER):
        return PutDocumentStatus.NOT_ALLOWED_NOW
    if before is not None and _accepted_of(state, before, {command.field: str(command.id)}, now):
        return PutDocumentStatus.ALREADY_ACCEPTED
    if command.field not in DOCUMENTS:
        return PutDocumentStatus.NOT_A_DOCUMENT
    if len(command.content) > DOCUMENT_BYTES_MAX:
        return PutDocumentStatus.TOO_LARGE
    media_type = checks.sniff(command.content)
    if media_type is None:
        return PutDocumentStatus.UNREADABLE
    after = _begun(before, command.shop_id, now)
    replaced = after.fields.get(command.field)
    if replaced is not None:
        state.documents.pop(UUID(replaced.value), None)
    after.fields[command.field] = Entry(value=str(command.id))
    state.documents[command.id] = Document(
        id=command.id,
        shop_id=command.shop_id,
        field=command.field,
        media_type=media_type,
        size=len(command.content),
        added_at=now,
    )
    state.applications[command.shop_id] = after
    return PutDocumentStatus.CREATED


# Handing in and taking back


def judge_submit(state: Applications, command: SubmitApplication, now: datetime) -> SubmitResult:
    """Hand in; *state* is changed to what comes of it. Fields that this kind of owner needs none of are dropped."""
    before = state.applications.get(command.shop_id)
    if before is None:
        return SubmitResult(SubmitStatus.APPLICATION_NOT_FOUND)
    if before.state in (State.SUBMITTED, State.IN_REVIEW, State.APPROVED):
        return SubmitResult(SubmitStatus.EXISTS, promised_at=before.promised_at)
    if before.state in OVER:
        return SubmitResult(SubmitStatus.NOT_ALLOWED_NOW)
    wanted = state.checklist.wants(_kind_of(before))
    faults = tuple(
        FieldFault(name, fault) for name in wanted if (fault := _fault(state, before, name, now)) is not None
    )
    if faults:
        return SubmitResult(SubmitStatus.INCOMPLETE, faults)
    if state.deposits.get(command.shop_id, 0) < state.checklist.deposit_of(_kind_of(before)):
        return SubmitResult(SubmitStatus.DEPOSIT_MISSING)
    promised_at = now + timedelta(hours=state.checklist.review_hours)
    dropped = [before.fields[name].value for name in before.fields if name in DOCUMENTS and name not in wanted]
    for id in dropped:
        state.documents.pop(UUID(id), None)
    state.applications[command.shop_id] = replace(
        before,
        state=State.SUBMITTED,
        attempts=before.attempts + 1,
        checklist_version=state.version,
        submitted_at=now,
        promised_at=promised_at,
        decided_at=None,
        reviewer_id=None,
        fields={name: before.fields[name] for name in wanted},
    )
    return SubmitResult(SubmitStatus.SUBMITTED, promised_at=promised_at)


def judge_hand_in(state: Applications, command: HandInWhole, now: datetime) -> HandInResult:
    """Keep what was sent in and hand it in; *state* is changed to what comes of it."""
    before, documents = state.applications.get(command.shop_id), dict(state.documents)
    result = _hand_in(state, command, now)
    is_draft = before is None or before.state is State.DRAFT
    # What is over is begun anew: the deposit is asked of whoever is named in it.
    is_unpaid = before is not None and before.state in OVER and result.status is HandInStatus.DEPOSIT_MISSING
    if before is not None and not (is_draft or is_unpaid or result.status is HandInStatus.SUBMITTED):
        state.applications[command.shop_id], state.documents = before, documents
    return result


def _hand_in(state: Applications, command: HandInWhole, now: datetime) -> HandInResult:
    before = state.applications.get(command.shop_id)
    saved = judge_save(state, SaveFields(shop_id=command.shop_id, values=command.values, actor=command.actor), now)
    if saved.status in (SaveStatus.SHOP_NOT_FOUND, SaveStatus.NOT_ALLOWED_NOW):
        return HandInResult(status=HandInStatus(saved.status))
    wanted = {value.field: tidy(value.field, value.value) for value in command.values}
    wanted |= {document.field: str(document.id) for document in command.documents}
    if before is not None and (accepted := _accepted_of(state, before, wanted, now)):
        return HandInResult(status=HandInStatus.ALREADY_ACCEPTED, accepted=accepted)
    if saved.status is SaveStatus.INVALID:
        return HandInResult(status=HandInStatus.INVALID, faults=saved.faults)
    put = [(document.field, judge_put_document(state, document, now)) for document in command.documents]
    there = (PutDocumentStatus.CREATED, PutDocumentStatus.EXISTS)
    unreadable = tuple(FieldFault(name, Fault.MALFORMED) for name, status in put if status not in there)
    if unreadable:
        return HandInResult(status=HandInStatus.DOCUMENT_UNREADABLE, faults=unreadable)
    submitted = judge_submit(state, SubmitApplication(shop_id=command.shop_id, actor=command.actor), now)
    match submitted.status:
        case SubmitStatus.SUBMITTED | SubmitStatus.DEPOSIT_MISSING:
            return HandInResult(status=HandInStatus(submitted.status))
        case _:
            return HandInResult(status=HandInStatus.INVALID, faults=submitted.faults)


def judge_withdraw(state: Applications, command: WithdrawApplication, now: datetime) -> WithdrawStatus:
    """Take back; *state* is changed to what comes of it."""
    before = state.applications.get(command.shop_id)
    if before is None:
        return WithdrawStatus.APPLICATION_NOT_FOUND
    if before.state is State.WITHDRAWN:
        return WithdrawStatus.EXISTS
    if before.state in (State.APPROVED, State.REJECTED):
        return WithdrawStatus.NOT_ALLOWED_NOW
    was_handed_in = before.attempts > 0
    state.applications[command.shop_id] = replace(
        before,
        state=State.WITHDRAWN,
        submitted_at=None,
        promised_at=None,
        reviewer_id=None,
        forget_at=now + timedelta(days=state.checklist.keep_days) if was_handed_in else None,
        fields=before.fields if was_handed_in else {},
    )
    return WithdrawStatus.WITHDRAWN


# Reviewing


def judge_take(state: Applications, command: TakeApplication) -> TakeStatus:
    """Take out of the queue; *state* is changed to what comes of it."""
    before = state.applications.get(command.shop_id)
    if before is None:
        return TakeStatus.APPLICATION_NOT_FOUND
    if before.state is State.IN_REVIEW and before.reviewer_id == command.actor.person_id:
        return TakeStatus.EXISTS
    if command.is_own or state.owners[command.shop_id] == command.actor.person_id:
        return TakeStatus.OWN_SHOP
    if before.state is State.IN_REVIEW:
        return TakeStatus.TAKEN_BY_ANOTHER
    if before.state is not State.SUBMITTED:
        return TakeStatus.NOT_ALLOWED_NOW
    state.applications[command.shop_id] = replace(before, state=State.IN_REVIEW, reviewer_id=command.actor.person_id)
    return TakeStatus.TAKEN


def judge_put_back(state: Applications, command: PutBackApplication) -> PutBackStatus:
    """Put back into the queue, in its old place; *state* is changed to what comes of it."""
    before = state.applications.get(command.shop_id)
    if before is None:
        return PutBackStatus.APPLICATION_NOT_FOUND
    if before.state is State.SUBMITTED:
        return PutBackStatus.EXISTS
    if before.state is not State.IN_REVIEW:
        return PutBackStatus.NOT_ALLOWED_NOW
    state.applications[command.shop_id] = replace(before, state=State.SUBMITTED, reviewer_id=None)
    return PutBackStatus.PUT_BACK


def judge_decide(state: Applications, command: DecideApplication, now: datetime) -> DecideStatus:
    """Decide; *state* is changed to what comes of it."""
    before = state.applications.get(command.shop_id)
    if before is None:
        return DecideStatus.APPLICATION_NOT_FOUND
    if before.state is not State.IN_REVIEW or before.reviewer_id != command.actor.person_id:
        return DecideStatus.NOT_TAKEN
    if command.rejection:
        if not _is_reason(command.rejection):
            return DecideStatus.REASON_MISSING
        state.applications[command.shop_id] = replace(
            before,
            state=State.REJECTED,
            decided_at=now,
            reason=command.rejection.strip(),
            forget_at=now + timedelta(days=state.checklist.keep_days),
        )
        return DecideStatus.REJECTED
    decided = {decision.field: decision for decision in command.decisions}
    open_fields = [name for name, entry in before.fields.items() if entry.state is not FieldState.ACCEPTED]
    if not set(open_fields) <= decided.keys():
        return DecideStatus.FIELDS_UNDECIDED
    fields = dict(before.fields)
    for name in open_fields:
        decision = decided[name]
        if not decision.is_accepted and not _is_reason(decision.reason):
            return DecideStatus.REASON_MISSING
        outcome = FieldState.ACCEPTED if decision.is_accepted else FieldState.REFUSED
        reason = "" if decision.is_accepted else decision.reason.strip()
        fields[name] = Entry(value=fields[name].value, state=outcome, reason=reason)
    is_approved = all(entry.state is FieldState.ACCEPTED for entry in fields.values())
    if is_approved:
        owner_id = state.owners[command.shop_id]
        numbers = [(name, fields[name].value) for name in UNIQUE if name in fields]
        if any(state.in_use.get(number, set()) - {owner_id} for number in numbers):
            return DecideStatus.NUMBER_IN_USE
        for number in numbers:
            state.in_use.setdefault(number, set()).add(owner_id)
    state.applications[command.shop_id] = replace(
        before, state=State.APPROVED if is_approved else State.RETURNED, decided_at=now, reason="", fields=fields
    )
    return DecideStatus.APPROVED if is_approved else DecideStatus.RETURNED


# What is removed


def is_to_forget(application: Application, now: datetime) -> bool:
    """Tell whether the time is over for which what was sent in is kept."""
    return application.forget_at is not None and application.forget_at <= now


def forget(application: Application) -> Application:
    """Keep of an application that there was one."""
    return replace(application, forget_at=None, fields={})


def void(application: Application) -> Application:
    """Let an application count for nothing: its shop is another's now."""
    return forget(
        replace(
            application,
            state=State.WITHDRAWN,
            attempts=0,
            submitted_at=None,
            promised_at=None,
            reviewer_id=None,
            reason="",
        )
    )


def _is_reason(text: str) -> bool:
    return bool(text.strip()) and is_text(text, REASON_MAX)


# What pages show


class Step(Struct, frozen=True):
    """A step of an application, and the fields that are filled in there."""

    name: str
    fields: tuple[Field, ...]


def steps_of(checklist: Checklist, kind: Kind | None) -> list[Step]:
    """Give the steps in their order."""
    steps = [Step("terms", (Field.TERMS,))] if checklist.terms else []
    steps.append(Step("subject", SUBJECT[kind] if kind else (Field.KIND,)))
    wanted = tuple(name for name in checklist.wants(kind) if name in DOCUMENTS)
    if wanted:
        steps.append(Step("documents", wanted))
    if checklist.needs_account:
        steps.append(Step("account", ACCOUNT))
    return steps


def numbers_of(applications: Iterable[Application]) -> set[tuple[Field, str]]:
    """Give the numbers that no two owners of verified shops have."""
    return {
        (name, application.fields[name].value)
        for application in applications
        for name in UNIQUE
        if name in application.fields
    }


def find_faults(state: Applications, shop_id: UUID, now: datetime) -> dict[Field, Fault]:
    """Tell what an application lacks before it can be handed in."""
    application = state.applications.get(shop_id) or Application(
        shop_id=shop_id, state=State.DRAFT, created_at=now, fields={}
    )
    wanted = state.checklist.wants(_kind_of(application))
    return {name: fault for name in wanted if (fault := _fault(state, application, name, now)) is not None}
