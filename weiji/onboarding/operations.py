"""The verbs of onboarding. Each takes an open transaction and a batch, and answers every command.

Locks: applications, in the order of their shops; then shops; then the heads of streams.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from weiji.events import BY_CLOCK, BY_SYSTEM, Actor, Event, Occurrence, publish
from weiji.events.onboarding import (
    ApplicationApproved,
    ApplicationForgotten,
    ApplicationPutBack,
    ApplicationRejected,
    ApplicationReturned,
    ApplicationSubmitted,
    ApplicationTaken,
    ApplicationWithdrawn,
    ChecklistPublished,
    DocumentAdded,
    DocumentSeen,
)
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.ledger import chart, lookup_accounts
from weiji.onboarding import rules, store
from weiji.onboarding.model import (
    ACCOUNT,
    DOCUMENTS,
    REASON_MAX,
    UNIQUE,
    Application,
    DecideApplication,
    DecideStatus,
    Field,
    FieldState,
    HandInResult,
    HandInStatus,
    HandInWhole,
    Look,
    LookAtDocument,
    LookStatus,
    PublishChecklist,
    PublishChecklistStatus,
    PutBackApplication,
    PutBackStatus,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveResult,
    State,
    SubmitApplication,
    SubmitResult,
    SubmitStatus,
    TakeApplication,
    TakeStatus,
    WithdrawApplication,
    WithdrawStatus,
)
from weiji.payments import CreatePayoutAccount, CreatePayoutAccountStatus, create_payout_accounts
from weiji.shops import Limits, VerifyShop, get_shops, set_limits, verify_shops

C = TypeVar("C", bound=Any)
S = TypeVar("S")


async def save_fields(tx: Transaction, commands: Sequence[SaveFields]) -> list[SaveResult]:
    """Keep steps of applications. Results are in the order of *commands*. Publishes nothing: a draft is its owner's."""
    state = await _read(tx, [command.shop_id for command in commands])
    state.in_use = await store.find_verified_owners(
        tx, _numbers(commands) | rules.numbers_of(state.applications.values())
    )
    before = dict(state.applications)
    results = [rules.judge_save(state, command, tx.now) for command in commands]
    await store.put_applications(tx, before, state.applications)
    return results


def _numbers(commands: Sequence[SaveFields] | Sequence[HandInWhole]) -> set[tuple[Field, str]]:
    return {
        (value.field, rules.tidy(value.field, value.value))
        for command in commands
        for value in command.values
        if value.field in UNIQUE
    }


async def put_documents(tx: Transaction, commands: Sequence[PutDocument]) -> list[PutDocumentStatus]:
    """Put documents into applications, sealed. Results are in the order of *commands*. Publishes DocumentAdded."""
    shop_ids = {command.shop_id for command in commands}
    state = await _read(tx, shop_ids)
    state.documents = await store.get_documents(tx, {command.id for command in commands}, shop_ids)
    before, had = dict(state.applications), dict(state.documents)
    contents: dict[UUID, bytes] = {}
    told = []
    statuses = []
    for command in commands:
        status = rules.judge_put_document(state, command, tx.now)
        statuses.append(status)
        if status is PutDocumentStatus.CREATED:
            contents[command.id] = command.content
            event = DocumentAdded(document_id=command.id, field=command.field)
            told.append(Occurrence(event, command.shop_id, command.id, command.actor))
    await store.put_applications(tx, before, state.applications)
    await store.put_documents(tx, had, state.documents, contents)
    await publish(tx, told)
    return statuses


async def submit_applications(tx: Transaction, commands: Sequence[SubmitApplication]) -> list[SubmitResult]:
    """Hand applications in. Results are in the order of *commands*. Publishes ApplicationSubmitted.

    What an owner of that kind need not send is removed.
    """
    shop_ids = {command.shop_id for command in commands}
    state = await _read(tx, shop_ids)
    state.in_use = await store.find_verified_owners(tx, rules.numbers_of(state.applications.values()))
    state.documents = await store.get_documents(tx, (), shop_ids)
    state.deposits = await _read_deposits(tx, state, shop_ids)
    before, had = dict(state.applications), dict(state.documents)
    results = [rules.judge_submit(state, command, tx.now) for command in commands]
    await store.put_applications(tx, before, state.applications)
    await store.put_documents(tx, had, state.documents, {})
    await publish(
        tx,
        [
            _told(command, ApplicationSubmitted(shop_id=command.shop_id, attempt=_of(state, command).attempts))
            for command, result in zip(commands, results, strict=True)
            if result.status is SubmitStatus.SUBMITTED
        ],
    )
    return results


async def hand_in_whole(tx: Transaction, commands: Sequence[HandInWhole]) -> list[HandInResult]:
    """Keep what programs send in, and hand it in. Results are in the order of *commands*.

    Publishes DocumentAdded and ApplicationSubmitted.
    """
    shop_ids = {command.shop_id for command in commands}
    sent = [document for command in commands for document in command.documents]
    state = await _read(tx, shop_ids)
    state.in_use = await store.find_verified_owners(
        tx, _numbers(commands) | rules.numbers_of(state.applications.values())
    )
    state.documents = await store.get_documents(tx, {document.id for document in sent}, shop_ids)
    state.deposits = await _read_deposits(tx, state, shop_ids)
    before, had = dict(state.applications), dict(state.documents)
    results = [rules.judge_hand_in(state, command, tx.now) for command in commands]
    new = {id for id, document in state.documents.items() if had.get(id) != document}
    added = {document.id: document for document in sent if document.id in new}
    await store.put_applications(tx, before, state.applications)
    await store.put_documents(tx, had, state.documents, {id: document.content for id, document in added.items()})
    told = [
        Occurrence(DocumentAdded(document_id=id, field=document.field), document.shop_id, id, document.actor)
        for id, document in added.items()
    ]
    told += [
        _told(command, ApplicationSubmitted(shop_id=command.shop_id, attempt=_of(state, command).attempts))
        for command, result in zip(commands, results, strict=True)
        if result.status is HandInStatus.SUBMITTED
    ]
    await publish(tx, told)
    return results


async def withdraw_applications(tx: Transaction, commands: Sequence[WithdrawApplication]) -> list[WithdrawStatus]:
    """Take applications back. Results are in the order of *commands*. Publishes ApplicationWithdrawn.

    What was never handed in is removed at once: nobody has seen it. Publishes ApplicationForgotten of that.
    """
    state = await _read(tx, [command.shop_id for command in commands])
    before = dict(state.applications)
    statuses = [rules.judge_withdraw(state, command, tx.now) for command in commands]
    await store.put_applications(tx, before, state.applications)
    emptied = [id for id, application in state.applications.items() if before[id].fields and not application.fields]
    documents = await store.get_documents(tx, (), emptied) if emptied else {}
    await store.put_documents(tx, documents, {}, {})
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is not WithdrawStatus.WITHDRAWN:
            continue
        told.append(_told(command, ApplicationWithdrawn(shop_id=command.shop_id)))
        if command.shop_id in emptied:
            removed = sum(document.shop_id == command.shop_id for document in documents.values())
            told.append(_told(command, ApplicationForgotten(shop_id=command.shop_id, documents=removed)))
    await publish(tx, told)
    return statuses


async def take_applications(tx: Transaction, commands: Sequence[TakeApplication]) -> list[TakeStatus]:
    """Take applications out of the queue. Results are in the order of *commands*. Publishes ApplicationTaken."""
    return await _move(
        tx,
        commands,
        rules.judge_take,
        TakeStatus.TAKEN,
        lambda command: ApplicationTaken(shop_id=command.shop_id),
    )


async def put_back_applications(tx: Transaction, commands: Sequence[PutBackApplication]) -> list[PutBackStatus]:
    """Put applications back into the queue. Results are in the order of *commands*. Publishes ApplicationPutBack."""
    return await _move(
        tx,
        commands,
        rules.judge_put_back,
        PutBackStatus.PUT_BACK,
        lambda command: ApplicationPutBack(shop_id=command.shop_id),
    )


async def decide_applications(tx: Transaction, commands: Sequence[DecideApplication]) -> list[DecideStatus]:
    """Decide applications. Results are in the order of *commands*.

    Those that are approved make their shops verified, and let them withdraw to their settlement accounts. Publishes
    ApplicationApproved, ApplicationReturned or ApplicationRejected.
    """
    state = await _read(tx, [command.shop_id for command in commands])
    numbers = rules.numbers_of(state.applications.values())
    await store.hold_numbers(tx, numbers)
    state.in_use = await store.find_verified_owners(tx, numbers)
    before = dict(state.applications)
    statuses = []
    told = []
    approved = []
    accounts = []
    for command in commands:
        status = rules.judge_decide(state, command, tx.now)
        statuses.append(status)
        match status:
            case DecideStatus.APPROVED:
                approved.append(VerifyShop(shop_id=command.shop_id, actor=command.actor))
                accounts += _accounts(_of(state, command), command.actor)
                told.append(_told(command, ApplicationApproved(shop_id=command.shop_id)))
            case DecideStatus.RETURNED:
                refused = tuple(
                    name.value
                    for name, entry in _of(state, command).fields.items()
                    if entry.state is FieldState.REFUSED
                )
                told.append(_told(command, ApplicationReturned(shop_id=command.shop_id, fields=refused)))
            case DecideStatus.REJECTED:
                reason = _of(state, command).reason
                told.append(_told(command, ApplicationRejected(shop_id=command.shop_id, reason=reason)))
    await store.put_applications(tx, before, state.applications)
    opened = await create_payout_accounts(tx, accounts) if accounts else []
    known = (CreatePayoutAccountStatus.CREATED, CreatePayoutAccountStatus.EXISTS)
    assert all(status in known for status in opened), f"accounts that were checked are refused: {opened}"
    await verify_shops(tx, approved)
    await publish(tx, told)
    return statuses


async def look_at_documents(tx: Transaction, commands: Sequence[LookAtDocument]) -> list[Look]:
    """Open documents for who has taken their applications. Results are in the order of *commands*.

    Publishes DocumentSeen for every look.
    """
    found = await store.get_contents(tx, [command.document_id for command in commands])
    looks = []
    told = []
    for command in commands:
        document = found.get(command.document_id)
        if document is None or document.shop_id != command.shop_id:
            looks.append(Look(LookStatus.DOCUMENT_NOT_FOUND))
        elif document.state is not State.IN_REVIEW or document.reviewer_id != command.actor.person_id:
            looks.append(Look(LookStatus.NOT_TAKEN))
        else:
            looks.append(Look(LookStatus.SEEN, document.media_type, document.content))
            event = DocumentSeen(document_id=command.document_id, field=document.field)
            told.append(Occurrence(event, command.shop_id, command.document_id, command.actor))
    await publish(tx, told)
    return looks


async def forget_applications(tx: Transaction, shop_ids: Sequence[UUID]) -> int:
    """Remove what was sent in with applications whose time is over. Publishes ApplicationForgotten."""
    locked = await store.lock_applications(tx, shop_ids)
    due = {id: application for id, application in locked.items() if rules.is_to_forget(application, tx.now)}
    documents = await store.get_documents(tx, (), list(due)) if due else {}
    after = {id: rules.forget(application) for id, application in due.items()}
    await store.put_applications(tx, due, after)
    await store.put_documents(tx, documents, {}, {})
    counts = {id: sum(1 for document in documents.values() if document.shop_id == id) for id in due}
    await publish(
        tx, [Occurrence(ApplicationForgotten(shop_id=id, documents=n), id, id, BY_CLOCK) for id, n in counts.items()]
    )
    return len(due)


async def note_kinds(tx: Transaction, shop_ids: Sequence[UUID]) -> int:
    """Write beside applications who is behind their shops: those of before that was asked lack it."""
    locked = await store.lock_applications(tx, shop_ids)
    await store.note_kinds(tx, {id: application.kind for id, application in locked.items() if application.kind})
    return len(locked)


async def void_applications(tx: Transaction, shop_ids: Sequence[UUID]) -> int:
    """Let applications count for nothing, and remove what was sent in with them: it was of an owner who is none now.

    Publishes ApplicationForgotten.
    """
    locked = await store.lock_applications(tx, shop_ids)
    documents = await store.get_documents(tx, (), list(locked)) if locked else {}
    await store.put_applications(tx, locked, {id: rules.void(application) for id, application in locked.items()})
    await store.put_documents(tx, documents, {}, {})
    counts = {id: sum(1 for document in documents.values() if document.shop_id == id) for id in locked}
    await publish(
        tx, [Occurrence(ApplicationForgotten(shop_id=id, documents=n), id, id, BY_SYSTEM) for id, n in counts.items()]
    )
    return len(locked)


async def publish_checklists(tx: Transaction, commands: Sequence[PublishChecklist]) -> list[PublishChecklistStatus]:
    """Publish checklists, and with them the limits of shops that are not verified. Publishes ChecklistPublished."""
    statuses = []
    told = []
    for command in commands:
        checklist = command.checklist
        lists = (checklist.person_documents, checklist.company_documents)
        if not command.reason.strip() or len(command.reason) > REASON_MAX:
            statuses.append(PublishChecklistStatus.REASON_MISSING)
            continue
        if not all(set(names) <= set(DOCUMENTS) and len(set(names)) == len(names) for names in lists):
            statuses.append(PublishChecklistStatus.NOT_DOCUMENTS)
            continue
        author_id = command.actor.person_id
        assert author_id is not None, "a person publishes"
        if not await store.add_checklist(tx, command.version, checklist, author_id, command.reason):
            statuses.append(PublishChecklistStatus.VERSION_TAKEN)
            continue
        limits = Limits(
            day_sales_max=checklist.day_sales_max,
            total_sales_max=checklist.total_sales_max,
            may_withdraw=checklist.may_withdraw,
        )
        await set_limits(tx, limits)
        event = ChecklistPublished(version=command.version, reason=command.reason)
        subject = derive(author_id, "checklist", command.version)
        told.append(Occurrence(event, author_id, subject, command.actor))
        statuses.append(PublishChecklistStatus.PUBLISHED)
    await publish(tx, told)
    return statuses


# Shared


async def _read(tx: Transaction, shop_ids: Collection[UUID]) -> rules.Applications:
    """Lock and read what a batch is judged against: applications, shops, the checklist."""
    wanted = sorted(set(shop_ids))
    applications = await store.lock_applications(tx, wanted)
    version, checklist = await store.get_checklist(tx)
    return rules.Applications(
        owners={shop.id: shop.owner_id for shop in await get_shops(tx, wanted) if shop},
        applications=applications,
        version=version,
        checklist=checklist,
    )


async def _read_deposits(tx: Transaction, state: rules.Applications, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    """Say what shops have put up, where any is asked for."""
    if not (state.checklist.person_deposit or state.checklist.company_deposit):
        return {}
    accounts = await lookup_accounts(tx, [chart.merchant_deposit(id).id for id in shop_ids])
    return {each.owner_id: each.available for each in accounts if each.owner_id}


async def _move(
    tx: Transaction,
    commands: Sequence[C],
    judge: Callable[[rules.Applications, C], S],
    done: S,
    tell: Callable[[C], Event],
) -> list[S]:
    """Judge commands, write what comes of them, and tell of those that were done."""
    state = await _read(tx, [command.shop_id for command in commands])
    before = dict(state.applications)
    statuses = [judge(state, command) for command in commands]
    await store.put_applications(tx, before, state.applications)
    pairs = zip(commands, statuses, strict=True)
    await publish(tx, [_told(command, tell(command)) for command, status in pairs if status is done])
    return statuses


def _of(state: rules.Applications, command: Any) -> Application:
    return state.applications[command.shop_id]


def _accounts(application: Application, actor: Actor) -> list[CreatePayoutAccount]:
    """Say which bank account an application names; its id comes from its number, so that it is named once."""
    if Field.ACCOUNT_NUMBER not in application.fields:
        return []
    bank, holder, number = (application.fields[name].value for name in ACCOUNT)
    id = derive(application.shop_id, "settlement", store.index_of(Field.ACCOUNT_NUMBER, number).hex())
    return [
        CreatePayoutAccount(id=id, owner_id=application.shop_id, holder=holder, bank=bank, number=number, actor=actor)
    ]


def _told(command: Any, event: Event) -> Occurrence:
    actor: Actor = command.actor
    return Occurrence(event, command.shop_id, command.shop_id, actor)
