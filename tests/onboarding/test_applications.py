"""Proves of applications: each status, what is legal in which state, the law of batches, that documents and numbers are
nowhere readable in the database, and that each look at a document is noted."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.deposits.examples import give
from tests.onboarding.examples import (
    JPEG,
    PDF,
    accept,
    company_values,
    make_card_number,
    make_id_number,
    open_shop,
    person_values,
    put,
    save,
)
from weiji.events import Actor, outbox
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import chart
from weiji.onboarding import Checklist, Field, Kind, State, Value, rules, store
from weiji.onboarding.handlers import forget, note_kinds
from weiji.onboarding.model import (
    Application,
    DecideApplication,
    DecideStatus,
    Decision,
    Entry,
    Fault,
    FieldFault,
    HandInResult,
    HandInStatus,
    HandInWhole,
    LookAtDocument,
    LookStatus,
    PublishChecklist,
    PublishChecklistStatus,
    PutBackApplication,
    PutBackStatus,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveStatus,
    SubmitApplication,
    SubmitStatus,
    TakeApplication,
    TakeStatus,
    WithdrawApplication,
    WithdrawStatus,
)
from weiji.onboarding.operations import (
    decide_applications,
    hand_in_whole,
    look_at_documents,
    publish_checklists,
    put_back_applications,
    put_documents,
    save_fields,
    submit_applications,
    take_applications,
    void_applications,
    withdraw_applications,
)
from weiji.payments import list_payout_accounts
from weiji.shops import Limits, Verification, get_limits, get_shops

OWNER = Actor("merchant", new_id())
REVIEWER = Actor("staff", new_id())
COLLEAGUE = Actor("staff", new_id())
WANTED = Checklist().wants(Kind.PERSON)


async def fill(tx: Transaction, shop_id: UUID, seed: int = 1) -> None:
    """Fill in everything that a person must."""
    (saved,) = await save_fields(tx, [save(shop_id, person_values(seed))])
    assert saved.status is SaveStatus.SAVED, saved
    both = [put(shop_id, Field.ID_FRONT), put(shop_id, Field.ID_BACK, PDF)]
    assert await put_documents(tx, both) == ["created", "created"]


async def submit(tx: Transaction, shop_id: UUID) -> SubmitStatus:
    (result,) = await submit_applications(tx, [SubmitApplication(shop_id=shop_id, actor=OWNER)])
    return result.status


async def take(tx: Transaction, shop_id: UUID, actor: Actor = REVIEWER) -> TakeStatus:
    return (await take_applications(tx, [TakeApplication(shop_id=shop_id, actor=actor)]))[0]


async def decide(tx: Transaction, shop_id: UUID, *decisions: Decision, **more: Any) -> DecideStatus:
    command = DecideApplication(shop_id=shop_id, decisions=decisions, **{"actor": REVIEWER, **more})
    return (await decide_applications(tx, [command]))[0]


async def approve(tx: Transaction, shop_id: UUID, seed: int = 1) -> None:
    await fill(tx, shop_id, seed)
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    assert await decide(tx, shop_id, *accept(*WANTED)) is DecideStatus.APPROVED


async def read(tx: Transaction, shop_id: UUID) -> Application:
    return (await store.lock_applications(tx, [shop_id]))[shop_id]


async def test_an_application_is_handed_in_once_the_deposit_is_paid(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await fill(tx, shop_id)
    version, checklist = await store.get_checklist(tx)
    asking = replace(checklist, person_deposit=50_000, company_deposit=60_000)
    publish = PublishChecklist(version=version + 1, checklist=asking, reason="保证金。", actor=REVIEWER)
    assert await publish_checklists(tx, [publish]) == [PublishChecklistStatus.PUBLISHED]
    assert await submit(tx, shop_id) is SubmitStatus.DEPOSIT_MISSING
    await give(tx, chart.merchant_deposit(shop_id), 49_999)
    assert await submit(tx, shop_id) is SubmitStatus.DEPOSIT_MISSING
    await give(tx, chart.merchant_deposit(shop_id), 1)
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED


async def test_old_applications_learn_beside_their_sealed_fields_who_is_behind_the_shop(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, _ = await open_shop(tx)
        await approve(tx, shop_id)
        await tx.connection.execute("update onboarding.applications set kind = null")
    assert await note_kinds(database, 10) == 1
    assert await note_kinds(database, 10) == 0
    async with database.read() as reader:
        kind = await reader.connection.fetchval("select kind from onboarding.applications")
    assert kind == "person"


async def test_a_shop_is_verified_after_one_document_is_mended(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await fill(tx, shop_id)
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    assert await submit(tx, shop_id) is SubmitStatus.EXISTS
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    refused = Decision(Field.ID_BACK, is_accepted=False, reason="太糊了，请重拍。")
    others = [name for name in WANTED if name is not Field.ID_BACK]
    assert await decide(tx, shop_id, *accept(*others), refused) is DecideStatus.RETURNED
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    assert shop.verification is Verification.UNVERIFIED
    # As it was, it is not taken again; and what was accepted can't be changed any more.
    again = SubmitApplication(shop_id=shop_id, actor=OWNER)
    (result,) = await submit_applications(tx, [again])
    assert (result.status, result.faults) == ("incomplete", (FieldFault(Field.ID_BACK, Fault.NOT_MENDED),))
    (other,) = await save_fields(tx, [save(shop_id, {Field.NAME: "别人"})])
    assert other.status is SaveStatus.ALREADY_ACCEPTED
    assert await put_documents(tx, [put(shop_id, Field.ID_FRONT)]) == [PutDocumentStatus.ALREADY_ACCEPTED]
    # What is as it was may be sent along.
    (same,) = await save_fields(tx, [save(shop_id, {Field.NAME: "周山"})])
    assert same.status is SaveStatus.SAVED
    assert await put_documents(tx, [put(shop_id, Field.ID_BACK)]) == [PutDocumentStatus.CREATED]
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    assert await decide(tx, shop_id) is DecideStatus.FIELDS_UNDECIDED
    assert await decide(tx, shop_id, *accept(Field.ID_BACK)) is DecideStatus.APPROVED
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    assert shop.verification is Verification.VERIFIED
    (account,) = await list_payout_accounts(tx, shop_id)
    assert (account.holder, account.last4) == ("周山", person_values()[Field.ACCOUNT_NUMBER][-4:])
    told = [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 50)]
    assert told == [
        "ShopOpened",
        "DocumentAdded",
        "DocumentAdded",
        "ApplicationSubmitted",
        "ApplicationTaken",
        "ApplicationReturned",
        "DocumentAdded",
        "ApplicationSubmitted",
        "ApplicationTaken",
        "ShopVerified",
        "ApplicationApproved",
    ]


async def test_terms_that_changed_since_they_were_accepted_are_agreed_to_again(tx: Transaction) -> None:
    checklist = Checklist(terms="诚实做生意。", person_documents=(), needs_account=False)
    staff = Actor("staff", new_id())
    publish = PublishChecklist(version=2, checklist=checklist, reason="试试", actor=staff)
    other = replace(checklist, terms="更诚实地做生意。")
    await publish_checklists(tx, [publish])
    shop_id, _ = await open_shop(tx)
    values = {name: person_values()[name] for name in (Field.KIND, Field.NAME, Field.ID_NUMBER)}
    await save_fields(tx, [save(shop_id, values | {Field.TERMS: rules.mark_of(checklist)})])
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    refused = Decision(Field.ID_NUMBER, is_accepted=False, reason="和身份证上的不一样。")
    assert await decide(tx, shop_id, *accept(*values, Field.TERMS), refused) is DecideStatus.RETURNED
    await publish_checklists(tx, [replace(publish, version=3, checklist=other)])
    mended = {Field.ID_NUMBER: person_values(2)[Field.ID_NUMBER], Field.TERMS: rules.mark_of(other)}
    (saved,) = await save_fields(tx, [save(shop_id, mended)])
    assert saved.status is SaveStatus.SAVED
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    # A reviewer who refuses the terms has them agreed to again, too: there is no other answer.
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    refused = Decision(Field.TERMS, is_accepted=False, reason="请再读一遍。")
    assert await decide(tx, shop_id, *accept(Field.ID_NUMBER), refused) is DecideStatus.RETURNED
    assert await submit(tx, shop_id) is SubmitStatus.INCOMPLETE
    await save_fields(tx, [save(shop_id, {Field.TERMS: rules.mark_of(other)})])
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED


async def test_what_is_wrong_is_said_at_once_and_nothing_of_the_step_is_kept(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    wrong = {
        Field.KIND: "person",
        Field.NAME: "",
        Field.ID_NUMBER: "11010519491231002Y",
        Field.CREDIT_CODE: "91110000600037341X",
        Field.ACCOUNT_NUMBER: "6217000012345678900",
        Field.BANK: "建设\n银行",
        Field.TERMS: "x",
        Field.ID_FRONT: "no id",
    }
    (result,) = await save_fields(tx, [save(shop_id, wrong)])
    assert result.status is SaveStatus.INVALID
    assert {each.field: each.fault for each in result.faults} == {
        Field.NAME: Fault.MISSING,
        Field.ID_NUMBER: Fault.WRONG_NUMBER,
        Field.CREDIT_CODE: Fault.WRONG_NUMBER,
        Field.ACCOUNT_NUMBER: Fault.WRONG_NUMBER,
        Field.BANK: Fault.MALFORMED,
        Field.TERMS: Fault.MALFORMED,
        Field.ID_FRONT: Fault.MALFORMED,
    }
    assert await store.lock_applications(tx, [shop_id]) == {}
    (result,) = await save_fields(tx, [save(shop_id, {Field.KIND: "robot"})])
    assert result.faults == (FieldFault(Field.KIND, Fault.MALFORMED),)


async def test_an_account_must_be_the_owners(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    values = person_values()
    (result,) = await save_fields(tx, [save(shop_id, {**values, Field.HOLDER: "李四"})])
    assert result.faults == (FieldFault(Field.HOLDER, Fault.NAME_DIFFERS),)
    # Changing the name later is found when it is handed in.
    await fill(tx, shop_id)
    (result,) = await save_fields(tx, [save(shop_id, {Field.NAME: "李四"})])
    assert result.status is SaveStatus.SAVED
    (handed,) = await submit_applications(tx, [SubmitApplication(shop_id=shop_id, actor=OWNER)])
    assert handed.faults == (FieldFault(Field.HOLDER, Fault.NAME_DIFFERS),)


async def test_a_companys_account_has_no_check_digit_and_may_be_its_representatives(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    holder, number = "杭州(西湖) 茶业有限公司", "3300 1616 7350 5000 0001"
    values = {**company_values(7), Field.HOLDER: holder, Field.ACCOUNT_NUMBER: number}
    (result,) = await save_fields(tx, [save(shop_id, values)])
    assert result.status is SaveStatus.SAVED, result
    (result,) = await save_fields(tx, [save(shop_id, {Field.HOLDER: "周山"})])
    assert result.status is SaveStatus.SAVED
    (handed,) = await submit_applications(tx, [SubmitApplication(shop_id=shop_id, actor=OWNER)])
    assert [fault.field for fault in handed.faults] == [Field.LICENCE, Field.ID_FRONT, Field.ID_BACK]


async def test_a_number_of_another_owners_verified_shop_is_in_use(tx: Transaction) -> None:
    first, owner_id = await open_shop(tx)
    await approve(tx, first, seed=5)
    second, _ = await open_shop(tx)
    (result,) = await save_fields(tx, [save(second, person_values(5))])
    assert result.faults == (FieldFault(Field.ID_NUMBER, Fault.IN_USE),)
    # Whoever has a shop may have another.
    third, _ = await open_shop(tx, owner_id)
    (result,) = await save_fields(tx, [save(third, person_values(5))])
    assert result.status is SaveStatus.SAVED
    # The reviewer sees that there is another; of drafts and applications, too.
    twins = await store.find_twins(tx, await read(tx, third))
    assert {(twin.field, twin.id, twin.state) for twin in twins} == {
        (Field.ID_NUMBER, first, State.APPROVED),
        (Field.ACCOUNT_NUMBER, first, State.APPROVED),
    }


async def test_of_two_owners_who_handed_in_one_number_one_is_approved(tx: Transaction) -> None:
    (first, _), (second, _) = await open_shop(tx), await open_shop(tx)
    for shop_id in (first, second):
        await fill(tx, shop_id, 7)
        assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
        assert await take(tx, shop_id) is TakeStatus.TAKEN
    wanted = tuple(accept(*WANTED))
    commands = [DecideApplication(shop_id=id, decisions=wanted, actor=REVIEWER) for id in (first, second)]
    assert await decide_applications(tx, commands) == [DecideStatus.APPROVED, DecideStatus.NUMBER_IN_USE]
    assert await decide_applications(tx, commands[1:]) == [DecideStatus.NUMBER_IN_USE]
    assert await decide(tx, second, rejection="不是本人") is DecideStatus.REJECTED


async def test_of_two_owners_with_one_number_who_are_decided_at_once_one_is_approved(database: Database) -> None:
    async with database.transaction() as tx:
        shops = [(await open_shop(tx))[0] for _ in range(2)]
        for shop_id in shops:
            await fill(tx, shop_id, 7)
            assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
            assert await take(tx, shop_id) is TakeStatus.TAKEN
    wanted = tuple(accept(*WANTED))
    first, second = (DecideApplication(shop_id=id, decisions=wanted, actor=REVIEWER) for id in shops)
    async with database.transaction() as tx:
        assert await decide_applications(tx, [first]) == [DecideStatus.APPROVED]
        other = asyncio.create_task(database.retried(partial(decide_applications, commands=[second])))
        await asyncio.wait([other], timeout=0.3)  # It has read by then, unless it waits.
    assert await other == [DecideStatus.NUMBER_IN_USE]
    async with database.read() as reader:
        assert await reader.connection.fetchval("select count(*) from onboarding.numbers") == 0, "they are not kept"


async def test_what_an_owner_of_that_kind_need_not_send_is_removed(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await fill(tx, shop_id)
    extra = put(shop_id, Field.LICENCE, PDF)
    await put_documents(tx, [extra])
    await save_fields(tx, [save(shop_id, {Field.COMPANY_NAME: "没有的公司"})])
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED
    assert set((await read(tx, shop_id)).fields) == set(WANTED)
    assert extra.id not in await store.get_documents(tx, [extra.id], [])


async def test_every_status_of_a_document(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    other, _ = await open_shop(tx)
    first = put(shop_id, Field.ID_FRONT)
    second = put(shop_id, Field.ID_FRONT, PDF)
    far = new_id(shop_id)
    far = UUID(int=far.int ^ 1)
    assert await put_documents(
        tx,
        [
            first,
            first,
            put(shop_id, Field.ID_BACK, id=first.id),
            put(new_id(), Field.ID_FRONT),
            put(shop_id, Field.ID_BACK, id=far),
            put(shop_id, Field.NAME),
            put(shop_id, Field.ID_BACK, JPEG + bytes(4 * 1024 * 1024)),
            put(shop_id, Field.ID_BACK, b"<svg/>"),
            second,
        ],
    ) == [
        "created",
        "exists",
        "id_taken",
        "shop_not_found",
        "id_in_another_shard",
        "not_a_document",
        "too_large",
        "unreadable",
        "created",
    ]
    # The one before is gone with what was in it.
    assert list(await store.get_documents(tx, [], [shop_id, other])) == [second.id]
    await fill(tx, shop_id)
    await submit(tx, shop_id)
    assert await put_documents(tx, [put(shop_id, Field.ID_FRONT)]) == [PutDocumentStatus.NOT_ALLOWED_NOW]


def whole(
    shop_id: UUID, values: dict[Field, str], front: UUID, back: UUID, content: bytes = JPEG, seed: int = 1
) -> HandInWhole:
    """Write the command that sends in a person's application whole."""
    told = {**person_values(seed), **values}
    return HandInWhole(
        shop_id=shop_id,
        values=tuple(Value(name, value) for name, value in told.items()),
        documents=(put(shop_id, Field.ID_FRONT, content, front), put(shop_id, Field.ID_BACK, id=back)),
        actor=OWNER,
    )


async def test_every_status_of_sending_in_a_whole_application(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    front, back, other = (new_id(shop_id) for _ in range(3))

    async def send(holder: str = "周山", id: UUID = shop_id, **other: Any) -> HandInResult:
        command = whole(id, {Field.HOLDER: holder}, **{"front": front, "back": back, **other})
        (result,) = await hand_in_whole(tx, [command])
        return result

    assert (await send(id=new_id(shop_id))).status is HandInStatus.SHOP_NOT_FOUND
    found = await send("王五")
    assert (found.status, found.faults) == (
        HandInStatus.INVALID,
        (FieldFault(Field.HOLDER, Fault.NAME_DIFFERS),),
    )
    found = await send(content=b"<svg/>")
    assert (found.status, [each.field for each in found.faults]) == (
        HandInStatus.DOCUMENT_UNREADABLE,
        [Field.ID_FRONT],
    )
    # Nobody had looked at it: what is good of it is kept.
    assert set(WANTED) - {Field.ID_FRONT} == set((await read(tx, shop_id)).fields)
    assert (await send()).status is HandInStatus.SUBMITTED
    assert (await send()).status is HandInStatus.NOT_ALLOWED_NOW
    await take(tx, shop_id)
    decisions = [*accept(*[name for name in WANTED if name is not Field.ID_FRONT])]
    assert await decide(tx, shop_id, *decisions, Decision(Field.ID_FRONT, False, "糊")) is DecideStatus.RETURNED
    returned, documents = await read(tx, shop_id), await store.get_documents(tx, [], [shop_id])
    # Whatever is wrong with it, all is as the reviewer left it: with the reason, and the picture that was refused.
    wrongs: tuple[tuple[dict[str, Any], HandInStatus, tuple[Field, ...]], ...] = (
        ({"front": other, "back": new_id(shop_id)}, HandInStatus.ALREADY_ACCEPTED, (Field.ID_BACK,)),
        ({"front": other, "seed": 2}, HandInStatus.ALREADY_ACCEPTED, (Field.ID_NUMBER, Field.ACCOUNT_NUMBER)),
        ({"front": other, "content": b"<svg/>"}, HandInStatus.DOCUMENT_UNREADABLE, ()),
        ({}, HandInStatus.INVALID, ()),
    )
    for changed, status, accepted in wrongs:
        found = await send(**changed)
        assert (found.status, found.accepted) == (status, accepted), changed
        assert await read(tx, shop_id) == returned
        assert await store.get_documents(tx, [], [shop_id]) == documents
    assert found.faults == (FieldFault(Field.ID_FRONT, Fault.NOT_MENDED),)
    assert (await send(front=other)).status is HandInStatus.SUBMITTED
    assert set(await store.get_documents(tx, [], [shop_id])) == {other, back}
    await take(tx, shop_id)
    assert await decide(tx, shop_id, rejection="不做这一行") is DecideStatus.REJECTED
    assert (await send("王五", front=other)).status is not HandInStatus.SUBMITTED
    assert (await read(tx, shop_id)).reason == "不做这一行"
    # A deposit is asked of whoever is named in what begins anew.
    version, checklist = await store.get_checklist(tx)
    asking = replace(checklist, person_deposit=100)
    publishing = PublishChecklist(version=version + 1, checklist=asking, reason="押金", actor=REVIEWER)
    assert await publish_checklists(tx, [publishing]) == [PublishChecklistStatus.PUBLISHED]
    assert (await send(front=other)).status is HandInStatus.DEPOSIT_MISSING
    assert (await read(tx, shop_id)).state is State.DRAFT


async def test_every_status_of_reviewing(tx: Transaction) -> None:
    shop_id, owner_id = await open_shop(tx)
    nowhere = new_id()
    assert await take(tx, nowhere) is TakeStatus.APPLICATION_NOT_FOUND
    assert await decide(tx, nowhere) is DecideStatus.APPLICATION_NOT_FOUND
    assert await submit(tx, nowhere) is SubmitStatus.APPLICATION_NOT_FOUND
    back = PutBackApplication(shop_id=shop_id, actor=REVIEWER)
    assert await put_back_applications(tx, [back]) == [PutBackStatus.APPLICATION_NOT_FOUND]
    await fill(tx, shop_id)
    assert await take(tx, shop_id) is TakeStatus.NOT_ALLOWED_NOW
    assert await put_back_applications(tx, [back]) == [PutBackStatus.NOT_ALLOWED_NOW]
    await submit(tx, shop_id)
    assert await take(tx, shop_id, Actor("staff", owner_id)) is TakeStatus.OWN_SHOP
    own = TakeApplication(shop_id=shop_id, actor=REVIEWER, is_own=True)
    assert await take_applications(tx, [own]) == [TakeStatus.OWN_SHOP]
    assert await take(tx, shop_id) is TakeStatus.TAKEN
    assert await take(tx, shop_id) is TakeStatus.EXISTS
    assert await take(tx, shop_id, COLLEAGUE) is TakeStatus.TAKEN_BY_ANOTHER
    assert await decide(tx, shop_id, *accept(*WANTED), actor=COLLEAGUE) is DecideStatus.NOT_TAKEN
    silent = Decision(Field.NAME, is_accepted=False, reason=" ")
    others = accept(*[name for name in WANTED if name is not Field.NAME])
    assert await decide(tx, shop_id, *others, silent) is DecideStatus.REASON_MISSING
    assert await decide(tx, shop_id, rejection="x" * 501) is DecideStatus.REASON_MISSING
    before = (await read(tx, shop_id)).submitted_at
    assert await put_back_applications(tx, [back, back]) == [PutBackStatus.PUT_BACK, PutBackStatus.EXISTS]
    assert (await read(tx, shop_id)).submitted_at == before, "it keeps its place"
    assert await take(tx, shop_id, COLLEAGUE) is TakeStatus.TAKEN
    assert await decide(tx, shop_id, rejection="证件是假的。", actor=COLLEAGUE) is DecideStatus.REJECTED
    assert await submit(tx, shop_id) is SubmitStatus.NOT_ALLOWED_NOW
    leave = WithdrawApplication(shop_id=shop_id, actor=OWNER)
    assert await withdraw_applications(tx, [leave]) == [WithdrawStatus.NOT_ALLOWED_NOW]
    # The owner may begin anew, with what was typed.
    (saved,) = await save_fields(tx, [save(shop_id, {Field.BANK: "农业银行"})])
    assert saved.status is SaveStatus.SAVED
    found = await read(tx, shop_id)
    assert (found.state, found.forget_at, found.fields[Field.NAME].value) == (State.DRAFT, None, "周山")
    assert await withdraw_applications(tx, [leave, leave]) == [WithdrawStatus.WITHDRAWN, WithdrawStatus.EXISTS]


EDITABLE = {State.DRAFT, State.RETURNED, State.REJECTED, State.WITHDRAWN}
LEGAL: dict[str, set[State]] = {
    "save": EDITABLE,
    "submit": {State.DRAFT, State.RETURNED},
    "withdraw": {State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.RETURNED},
    "take": {State.SUBMITTED},
    "put_back": {State.IN_REVIEW},
    "decide": {State.IN_REVIEW},
}
"""From which states what leads on; README.md has the same as a table."""


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("verb", LEGAL)
def test_what_is_not_legal_changes_nothing(verb: str, before: State) -> None:
    now = clock.now()
    shop_id = new_id()
    values = {name: Entry(value=value) for name, value in person_values().items()}
    values |= {Field.ID_FRONT: Entry(value=str(new_id(shop_id))), Field.ID_BACK: Entry(value=str(new_id(shop_id)))}
    application = Application(
        shop_id=shop_id,
        state=before,
        created_at=now,
        submitted_at=now,
        promised_at=now,
        reviewer_id=REVIEWER.person_id,
        fields=values,
    )
    state = rules.Applications(owners={shop_id: new_id()}, applications={shop_id: application})
    verbs: dict[str, Any] = {
        "save": lambda: rules.judge_save(state, save(shop_id, {Field.BANK: "农业银行"}), now),
        "submit": lambda: rules.judge_submit(state, SubmitApplication(shop_id=shop_id, actor=OWNER), now),
        "withdraw": lambda: rules.judge_withdraw(state, WithdrawApplication(shop_id=shop_id, actor=OWNER), now),
        "take": lambda: rules.judge_take(state, TakeApplication(shop_id=shop_id, actor=REVIEWER)),
        "put_back": lambda: rules.judge_put_back(state, PutBackApplication(shop_id=shop_id, actor=REVIEWER)),
        "decide": lambda: rules.judge_decide(
            state, DecideApplication(shop_id=shop_id, decisions=accept(*values), actor=REVIEWER), now
        ),
    }
    verbs[verb]()
    is_changed = state.applications[shop_id] != application
    assert is_changed is (before in LEGAL[verb])


# Nothing is readable


async def test_documents_and_numbers_are_sealed_in_the_database(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await fill(tx, shop_id)
    rows = await tx.connection.fetch("select * from onboarding.documents where shop_id = $1", shop_id)
    assert len(rows) == 2
    for row in rows:
        assert b"picture" not in row["sealed"]
        assert JPEG[:8] not in row["sealed"]
        assert b"%PDF" not in row["sealed"]
    fields = await tx.connection.fetch("select * from onboarding.fields where shop_id = $1", shop_id)
    values = person_values()
    assert len(fields) == len(values) + 2
    everything = b"".join(bytes(str(row).encode()) + row["sealed"] + (row["index"] or b"") for row in fields)
    for value in (values[Field.ID_NUMBER], values[Field.NAME], values[Field.ACCOUNT_NUMBER]):
        assert value.encode() not in everything


async def test_each_look_at_a_document_is_noted_and_only_who_took_it_may(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await fill(tx, shop_id)
    document_id = next(iter(await store.get_documents(tx, [], [shop_id])))
    look = LookAtDocument(document_id=document_id, shop_id=shop_id, actor=REVIEWER)
    await submit(tx, shop_id)
    assert [each.status for each in await look_at_documents(tx, [look])] == [LookStatus.NOT_TAKEN]
    await take(tx, shop_id)
    by_colleague = LookAtDocument(document_id=document_id, shop_id=shop_id, actor=COLLEAGUE)
    elsewhere = LookAtDocument(document_id=document_id, shop_id=new_id(), actor=REVIEWER)
    looks = await look_at_documents(tx, [look, by_colleague, elsewhere, look])
    assert [each.status for each in looks] == ["seen", "not_taken", "document_not_found", "seen"]
    assert looks[0].content in (JPEG, PDF)
    noted = [row for row in await outbox.get_trail(tx, document_id) if row["type"] == "DocumentSeen"]
    assert [row["actor_id"] for row in noted] == [REVIEWER.person_id] * 2
    await decide(tx, shop_id, *accept(*WANTED))
    assert [each.status for each in await look_at_documents(tx, [look])] == [LookStatus.NOT_TAKEN]


async def test_what_was_sent_in_is_removed_in_time(database: Database) -> None:
    offset = clock.CLOCK.offset
    async with database.transaction() as tx:
        shop_id, _ = await open_shop(tx)
        kept, _ = await open_shop(tx)
        for each in (shop_id, kept):
            await fill(tx, each, seed=shard_of(each))
            await submit(tx, each)
        await withdraw_applications(tx, [WithdrawApplication(shop_id=shop_id, actor=OWNER)])
    clock.CLOCK.follow(offset + timedelta(days=29))
    assert await forget(database, 500) == 0
    clock.CLOCK.follow(offset + timedelta(days=31))
    assert await forget(database, 500) == 1
    clock.CLOCK.follow(offset)
    async with database.transaction() as tx:
        assert (await read(tx, shop_id)).fields == {}
        documents = await store.get_documents(tx, [], [shop_id, kept])
        assert {document.shop_id for document in documents.values()} == {kept}
        told = [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 50)]
        assert told[-1] == "ApplicationForgotten"


async def test_what_was_never_handed_in_is_removed_with_the_withdrawal(tx: Transaction) -> None:
    (left, _), (handed_in, _) = await open_shop(tx), await open_shop(tx)
    for shop_id in (left, handed_in):
        await fill(tx, shop_id, seed=shard_of(shop_id))
    await submit(tx, handed_in)
    leave, other = (WithdrawApplication(shop_id=shop_id, actor=OWNER) for shop_id in (left, handed_in))
    assert await withdraw_applications(tx, [leave, other, leave]) == ["withdrawn", "withdrawn", "exists"]
    documents = await store.get_documents(tx, [], [left, handed_in])
    assert {document.shop_id for document in documents.values()} == {handed_in}
    assert ((await read(tx, left)).fields, (await read(tx, left)).forget_at) == ({}, None)
    assert (await read(tx, handed_in)).fields
    told = [row["type"] for row in await outbox.get_events(tx, left, 0, 50)]
    assert told[-2:] == ["ApplicationWithdrawn", "ApplicationForgotten"]


async def test_a_checklist_is_in_force_at_once_with_its_limits(tx: Transaction) -> None:
    checklist = Checklist(
        terms="诚实做生意。", person_documents=(), needs_account=False, day_sales_max=100, may_withdraw=True
    )
    staff = Actor("staff", new_id())

    def publish(version: int, reason: str = "试试", its: Checklist = checklist) -> PublishChecklist:
        return PublishChecklist(version=version, checklist=its, reason=reason, actor=staff)

    twice = Checklist(person_documents=(Field.ID_FRONT, Field.ID_FRONT))
    no_document = Checklist(company_documents=(Field.NAME,))
    assert await publish_checklists(
        tx, [publish(2), publish(2), publish(4), publish(3, " "), publish(3, its=twice), publish(3, its=no_document)]
    ) == [
        PublishChecklistStatus.PUBLISHED,
        PublishChecklistStatus.VERSION_TAKEN,
        PublishChecklistStatus.VERSION_TAKEN,
        PublishChecklistStatus.REASON_MISSING,
        PublishChecklistStatus.NOT_DOCUMENTS,
        PublishChecklistStatus.NOT_DOCUMENTS,
    ]
    assert await get_limits(tx) == Limits(day_sales_max=100, total_sales_max=5_000_000, may_withdraw=True)
    shop_id, _ = await open_shop(tx)
    values = {
        name: value for name, value in person_values().items() if name in (Field.KIND, Field.NAME, Field.ID_NUMBER)
    }
    await save_fields(tx, [save(shop_id, values)])
    (result,) = await submit_applications(tx, [SubmitApplication(shop_id=shop_id, actor=OWNER)])
    assert result.faults == (FieldFault(Field.TERMS, Fault.MISSING),)
    await save_fields(tx, [save(shop_id, {Field.TERMS: rules.mark_of(checklist)})])
    assert await submit(tx, shop_id) is SubmitStatus.SUBMITTED


async def test_the_queue_is_in_order(tx: Transaction) -> None:
    shops = [(await open_shop(tx))[0] for _ in range(3)]
    for place, shop_id in enumerate(shops):
        await fill(tx, shop_id, seed=place)
        tx.now += timedelta(seconds=1)
        await submit(tx, shop_id)
    found = [await read(tx, shop_id) for shop_id in shops]
    assert [await store.count_ahead(tx, each) for each in found] == [0, 1, 2]
    await take(tx, shops[0])
    assert [await store.count_ahead(tx, each) for each in found[1:]] == [0, 1]
    assert await store.count_states(tx) == {State.SUBMITTED: 2, State.IN_REVIEW: 1}


# The law of batches

SHOPS = 2
WORDS = {
    Field.KIND: ["person", "company", "?"],
    Field.NAME: ["周山", "李四", ""],
    Field.ID_NUMBER: [make_id_number(1), "1"],
    Field.BANK: ["建设银行"],
    Field.HOLDER: ["周山"],
    Field.ACCOUNT_NUMBER: [make_card_number(1), "33001616735050000001"],
}
VERBS = st.one_of(
    st.tuples(
        st.just("save"),
        st.integers(0, SHOPS),
        st.lists(
            st.sampled_from([(name, word) for name, words in WORDS.items() for word in words]), min_size=1, max_size=6
        ),
    ),
    st.tuples(st.just("fill"), st.integers(0, SHOPS), st.just([])),
    st.tuples(
        st.just("put"),
        st.integers(0, SHOPS),
        st.tuples(st.integers(0, 3), st.sampled_from([Field.ID_FRONT, Field.ID_BACK])),
    ),
    st.tuples(
        st.just("whole"),
        st.integers(0, SHOPS),
        st.tuples(st.sampled_from(["周山", "王五"]), st.integers(0, 3), st.sampled_from([JPEG, b"<svg/>"])),
    ),
    st.tuples(st.sampled_from(["submit", "withdraw", "take", "put_back"]), st.integers(0, SHOPS), st.just([])),
    st.tuples(st.just("decide"), st.integers(0, SHOPS), st.sampled_from(["all", "none", "reject", "some"])),
)


def _commands(verb: Any, shop_ids: Sequence[UUID]) -> list[Any]:
    kind, place, more = verb
    shop_id = [*shop_ids, UUID(int=6400)][place]
    match kind:
        case "save":
            return [save(shop_id, dict(more))]
        case "fill":
            ids = [derive(shop_id, "document", number) for number in (8, 9)]
            return [
                save(shop_id, person_values()),
                put(shop_id, Field.ID_FRONT, id=ids[0]),
                put(shop_id, Field.ID_BACK, id=ids[1]),
            ]
        case "put":
            number, name = more
            return [put(shop_id, name, id=derive(shop_id, "document", number))]
        case "whole":
            name, number, content = more
            ids = [derive(shop_id, "document", each) for each in (number, 9)]
            return [whole(shop_id, {Field.NAME: name}, front=ids[0], back=ids[1], content=content)]
        case "submit":
            return [SubmitApplication(shop_id=shop_id, actor=OWNER)]
        case "withdraw":
            return [WithdrawApplication(shop_id=shop_id, actor=OWNER)]
        case "take":
            return [TakeApplication(shop_id=shop_id, actor=REVIEWER)]
        case "put_back":
            return [PutBackApplication(shop_id=shop_id, actor=REVIEWER)]
        case _:
            decisions = {
                "all": accept(*Field),
                "none": tuple(Decision(name, is_accepted=False, reason="?") for name in Field),
                "some": (*accept(*[n for n in Field if n is not Field.NAME]), Decision(Field.NAME, False, "?")),
                "reject": (),
            }[more]
            return [
                DecideApplication(
                    shop_id=shop_id, decisions=decisions, rejection="?" if more == "reject" else "", actor=REVIEWER
                )
            ]


OPERATIONS: dict[type[Any], Any] = {
    SaveFields: save_fields,
    PutDocument: put_documents,
    SubmitApplication: submit_applications,
    HandInWhole: hand_in_whole,
    WithdrawApplication: withdraw_applications,
    TakeApplication: take_applications,
    PutBackApplication: put_back_applications,
    DecideApplication: decide_applications,
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(verbs=st.lists(VERBS, min_size=1, max_size=14))
async def test_law_of_batches(shared_database: Database, verbs: list[Any]) -> None:
    """Runs of one operation in one batch answer and leave what they would one by one."""
    outcomes = []
    ids = [new_id() for _ in range(SHOPS)]
    owners = [new_id() for _ in range(SHOPS)]
    for is_batched in (True, False):
        async with shared_database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                tx = Transaction(connection, datetime(2030, 1, 1, tzinfo=UTC))
                outcomes.append(await _run(tx, list(zip(ids, owners, strict=True)), verbs, is_batched=is_batched))
            finally:
                await transaction.rollback()
    assert outcomes[0] == outcomes[1]


async def _run(tx: Transaction, shops: Sequence[tuple[UUID, UUID]], verbs: list[Any], *, is_batched: bool) -> Any:
    for id, owner_id in shops:
        await _write_shop(tx, id, owner_id)
    shop_ids = [id for id, _ in shops]
    commands = [command for verb in verbs for command in _commands(verb, shop_ids)]
    answers: list[Any] = []
    start = 0
    while start < len(commands):
        end = start + 1
        while is_batched and end < len(commands) and type(commands[end]) is type(commands[start]):
            end += 1
        answers += await OPERATIONS[type(commands[start])](tx, commands[start:end])
        start = end
    return answers, await store.lock_applications(tx, shop_ids), await store.get_documents(tx, [], shop_ids)


async def _write_shop(tx: Transaction, id: UUID, owner_id: UUID) -> None:
    await tx.connection.execute(
        "insert into shops.shops (shard, id, handle, name, story, owner_id, status, colour, created_at, updated_at)"
        " values ($1, $2, $3, '店', '', $4, 'open', '#000000', $5, $5)",
        shard_of(id),
        id,
        f"s{id.hex[-12:]}",
        owner_id,
        tx.now,
    )


async def test_what_was_sent_in_goes_when_a_shop_is_handed_over(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    await approve(tx, shop_id, seed=31)
    assert await void_applications(tx, [shop_id]) == 1
    case = await store.get_case(tx, shop_id)
    assert case
    assert case.application
    assert (case.application.state, case.application.fields, case.documents) == (State.WITHDRAWN, {}, [])
    # The new owner begins anew: nobody saw anything of theirs yet, so that taking it back removes it at once.
    assert case.application.attempts == 0
    (saved,) = await save_fields(tx, [save(shop_id, {Field.KIND: "person"})])
    assert saved.status is SaveStatus.SAVED
    assert await void_applications(tx, [new_id()]) == 0
