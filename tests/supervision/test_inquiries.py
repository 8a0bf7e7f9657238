"""Proves that what is complained of, or found by word rules, is looked into once, decided by who took it, and undone on
an appeal that another person judges."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, simple
from tests.identity.people import make_people
from tests.supervision.trials import tried
from tests.word_rules.examples import put, rule
from weiji.catalog import (
    ListProduct,
    ListProductStatus,
    ProductState,
    RestoreProduct,
    RestoreProductStatus,
    SaveProduct,
    SaveProductStatus,
    TakeDownProduct,
    TakeDownProductStatus,
    WithdrawProduct,
    WithdrawProductStatus,
    get_product_page,
    get_skus_for_sale,
    list_products,
    restore_products,
    save_products,
    take_down_products,
    withdraw_products,
)
from weiji.events import BY_SYSTEM, Actor, Delivered
from weiji.events.word_rules import WordRulesPublished
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import Standing, get_shops
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.handlers import follow_rules
from weiji.supervision.inquiries.model import (
    COMPLAINTS_MAX,
    TAKEN_FOR,
    AppealPenalty,
    AppealPenaltyStatus,
    ComplaintKind,
    DecideInquiry,
    DecideInquiryStatus,
    EndPenalty,
    FileComplaint,
    FileComplaintStatus,
    Finding,
    Inquiry,
    InquiryState,
    JudgePenalty,
    JudgePenaltyStatus,
    OpenInquiry,
    OpenInquiryStatus,
    PenaltyState,
    SubjectKind,
    TakeInquiry,
    TakeInquiryStatus,
    TryWordRules,
    Verdict,
)
from weiji.supervision.inquiries.operations import (
    appeal_penalties,
    decide_inquiries,
    file_complaints,
    judge_penalties,
    screen_products,
    take_inquiries,
)
from weiji.supervision.inquiries.rules import Docket
from weiji.supervision.inquiries.trying import try_word_rules
from weiji.word_rules import (
    Action,
    Field,
    PublishWordRules,
    PublishWordRulesStatus,
    RuleFault,
    WordRule,
    find_faults,
    publish_word_rules,
)
from weiji.word_rules.model import FaultKind

F, D, J = FileComplaintStatus, DecideInquiryStatus, JudgePenaltyStatus
NOW = clock.now()


def complaint(subject_id: UUID, person_id: UUID | None = None, **facts: object) -> FileComplaint:
    given: dict[str, object] = {
        "id": new_id(subject_id),
        "subject_kind": SubjectKind.PRODUCT,
        "subject_id": subject_id,
        "kind": ComplaintKind.FRAUD,
        "text": "不是真的",
        "actor": Actor("person", person_id) if person_id else BY_SYSTEM,
    }
    return FileComplaint(**given | facts)  # type: ignore[arg-type]


async def listed(tx: Transaction, **facts: object) -> SaveProduct:
    cup = simple(await opened_shop(tx), **facts)
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    return cup


async def state_of(tx: Transaction, cup: SaveProduct) -> ProductState:
    page = await get_product_page(tx, cup.id)
    assert page is not None
    return page.state


async def can_be_bought(tx: Transaction, cup: SaveProduct) -> bool:
    (sku,) = await get_skus_for_sale(tx, [cup.skus[0].id])
    return sku is not None and sku.is_listed


async def taken(tx: Transaction, cup: SaveProduct, staff: Actor) -> UUID:
    """Complain of a product and take the inquiry."""
    command = complaint(cup.id)
    assert await file_complaints(tx, [command]) == [F.CREATED]
    inquiry_id = derive(command.id, "inquiry")
    assert await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)]) == [TakeInquiryStatus.TAKEN]
    return inquiry_id


def decision(inquiry_id: UUID, verdict: Verdict, staff: Actor, reason: str = "不行", **facts: object) -> DecideInquiry:
    given = {"inquiry_id": inquiry_id, "verdict": verdict, "reason": reason, "answer": "处理了", "actor": staff}
    return DecideInquiry(**given | facts)  # type: ignore[arg-type]


async def people(tx: Transaction, number: int) -> list[Actor]:
    return [Actor("staff", id) for id in await make_people(tx, number)]


async def test_every_status_of_complaining(tx: Transaction) -> None:
    cup, draft = await listed(tx), await listed(tx, state=ProductState.DRAFT)
    (person,) = await make_people(tx, 1)
    first = complaint(cup.id, person)
    assert await file_complaints(
        tx,
        [
            first,
            first,
            replace(first, actor=BY_SYSTEM),
            complaint(draft.id),
            complaint(cup.shop_id),
            complaint(cup.id, id=UUID(int=cup.id.int ^ 1)),
            complaint(cup.id, text=" "),
            complaint(cup.id, person),
            complaint(cup.id),
            complaint(cup.shop_id, subject_kind=SubjectKind.SHOP),
        ],
    ) == [
        F.CREATED,
        F.EXISTS,
        F.ID_TAKEN,
        F.SUBJECT_NOT_FOUND,
        F.SUBJECT_NOT_FOUND,
        F.ID_IN_ANOTHER_SHARD,
        F.TEXT_MALFORMED,
        F.ALREADY_COMPLAINED,
        F.CREATED,
        F.CREATED,
    ]
    found = await store.get_file(tx, derive(first.id, "inquiry"), tx.now)
    assert found is not None
    assert (found.inquiry.complaints, [each.person_id for each in found.filed]) == (2, [person, None])
    full = Docket(
        NOW, {found.inquiry.id: replace(found.inquiry, complaints=COMPLAINTS_MAX)}, subjects={cup.id: cup.shop_id}
    )
    assert full.file(complaint(cup.id)) is F.TOO_MANY_COMPLAINTS


async def test_of_many_who_complain_at_once_one_inquiry_comes(database: Database) -> None:
    async with database.transaction() as tx:
        cup = await listed(tx)
    commands = [complaint(cup.id) for _ in range(6)]
    statuses = await asyncio.gather(*(database.retried(partial(file_complaints, commands=[c])) for c in commands))
    assert statuses == [[F.CREATED]] * 6
    async with database.read() as reader:
        (found,) = await store.list_open(reader, None, None, 9)
    assert found.inquiry.complaints == 6


async def test_a_inquiry_is_taken_by_one_and_by_another_once_it_lies_too_long(tx: Transaction) -> None:
    one, other = await people(tx, 2)
    cup = await listed(tx)
    inquiry_id = await taken(tx, cup, one)
    take = TakeInquiry(inquiry_id=inquiry_id, actor=other)
    assert await take_inquiries(
        tx, [replace(take, actor=one), take, replace(take, is_own=True), replace(take, inquiry_id=new_id())]
    ) == [
        TakeInquiryStatus.EXISTS,
        TakeInquiryStatus.TAKEN_BY_ANOTHER,
        TakeInquiryStatus.OWN_SHOP,
        TakeInquiryStatus.INQUIRY_NOT_FOUND,
    ]
    docket = await store.lock_docket(tx, inquiry_ids=[inquiry_id])
    docket.now += TAKEN_FOR
    assert docket.take(take) is TakeInquiryStatus.TAKEN
    assert await decide_inquiries(tx, [decision(inquiry_id, Verdict.DISMISSED, one)]) == [D.DECIDED]
    assert await take_inquiries(tx, [take]) == [TakeInquiryStatus.DECIDED]


async def test_every_status_of_deciding(tx: Transaction) -> None:
    one, other = await people(tx, 2)
    cup = await listed(tx)
    inquiry_id = await taken(tx, cup, one)
    shop_inquiry = complaint(cup.shop_id, subject_kind=SubjectKind.SHOP)
    await file_complaints(tx, [shop_inquiry])
    of_shop = derive(shop_inquiry.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=of_shop, actor=one)])
    take_down = decision(inquiry_id, Verdict.TAKEN_DOWN, one)
    assert await decide_inquiries(
        tx,
        [
            decision(new_id(), Verdict.WARNED, one),
            replace(take_down, is_own=True),
            replace(take_down, actor=other),
            replace(take_down, reason=" "),
            decision(of_shop, Verdict.TAKEN_DOWN, one),
            decision(of_shop, Verdict.SUSPENDED, one, days=999),
            take_down,
            take_down,
            decision(inquiry_id, Verdict.WARNED, one),
            decision(of_shop, Verdict.SUSPENDED, one, days=7),
        ],
    ) == [
        D.INQUIRY_NOT_FOUND,
        D.OWN_SHOP,
        D.NOT_TAKEN,
        D.REASON_MALFORMED,
        D.NOT_A_PRODUCT,
        D.NOT_SUSPENDED,
        D.DECIDED,
        D.EXISTS,
        D.ALREADY_DECIDED,
        D.DECIDED,
    ]
    assert await state_of(tx, cup) is ProductState.TAKEN_DOWN
    (shop,) = await get_shops(tx, [cup.shop_id])
    assert shop is not None
    assert shop.standing is Standing.SUSPENDED
    told = await store.get_complaint(tx, shop_inquiry.id)
    assert told is not None
    assert (told.state, told.answer) == (InquiryState.DECIDED, "处理了")
    again = complaint(cup.id)
    assert await file_complaints(tx, [again]) == [F.CREATED]
    again_id = derive(again.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=again_id, actor=one)])
    assert await decide_inquiries(tx, [decision(again_id, Verdict.TAKEN_DOWN, one)]) == [D.ALREADY_TAKEN_DOWN]


async def test_goods_taken_down_cannot_be_bought_and_are_restored_on_appeal_by_another(tx: Transaction) -> None:
    one, other = await people(tx, 2)
    cup = await listed(tx)
    await decide_inquiries(tx, [decision(await taken(tx, cup, one), Verdict.TAKEN_DOWN, one, "看着不对")])
    assert not await can_be_bought(tx, cup)
    page = await get_product_page(tx, cup.id)
    assert page is not None
    assert page.taking is not None
    assert page.taking.reason == "看着不对"
    (found,) = await store.list_penalties_of_shop(tx, cup.shop_id, None, 9)
    id = found.penalty.id
    appeal = AppealPenalty(penalty_id=id, shop_id=cup.shop_id, text="是真的", actor=BY_SYSTEM)
    judge = JudgePenalty(penalty_id=id, is_granted=True, reason="看错了", actor=other)
    assert await judge_penalties(tx, [replace(judge, penalty_id=new_id()), judge]) == [
        J.PENALTY_NOT_FOUND,
        J.NOT_APPEALED,
    ]
    assert await appeal_penalties(
        tx,
        [
            replace(appeal, shop_id=new_id()),
            replace(appeal, text=" "),
            appeal,
            appeal,
            replace(appeal, text="再说一遍"),
        ],
    ) == [
        AppealPenaltyStatus.PENALTY_NOT_FOUND,
        AppealPenaltyStatus.TEXT_MALFORMED,
        AppealPenaltyStatus.APPEALED,
        AppealPenaltyStatus.EXISTS,
        AppealPenaltyStatus.ALREADY_APPEALED,
    ]
    assert [each.penalty.id for each in await store.list_appeals(tx, None, 9)] == [id]
    assert await judge_penalties(
        tx,
        [
            replace(judge, is_own=True),
            replace(judge, actor=one),
            replace(judge, reason=""),
            judge,
            judge,
            replace(judge, is_granted=False),
        ],
    ) == [J.OWN_SHOP, J.SAME_PERSON, J.REASON_MALFORMED, J.GRANTED, J.EXISTS, J.ALREADY_JUDGED]
    assert await can_be_bought(tx, cup)
    (found,) = await store.list_penalties_of_shop(tx, cup.shop_id, None, 9)
    assert found.penalty.state is PenaltyState.LIFTED


async def test_a_denied_appeal_leaves_goods_down(tx: Transaction) -> None:
    one, other = await people(tx, 2)
    cup = await listed(tx)
    await decide_inquiries(tx, [decision(await taken(tx, cup, one), Verdict.TAKEN_DOWN, one)])
    (found,) = await store.list_penalties_of_shop(tx, cup.shop_id, None, 9)
    appeal = AppealPenalty(penalty_id=found.penalty.id, shop_id=cup.shop_id, text="是真的", actor=BY_SYSTEM)
    await appeal_penalties(tx, [appeal])
    judge = JudgePenalty(penalty_id=found.penalty.id, is_granted=False, reason="没有证据", actor=other)
    assert await judge_penalties(tx, [judge]) == [J.DENIED]
    assert not await can_be_bought(tx, cup)


async def test_a_warning_leaves_goods_on_sale(tx: Transaction) -> None:
    (one,) = await people(tx, 1)
    cup = await listed(tx)
    await decide_inquiries(tx, [decision(await taken(tx, cup, one), Verdict.WARNED, one)])
    assert await can_be_bought(tx, cup)
    assert [each.penalty.product_id for each in await store.list_penalties_of_shop(tx, cup.shop_id, None, 9)] == [
        cup.id
    ]


# ==== Word rules ====


async def test_a_new_rule_takes_down_what_its_trial_found_and_a_granted_appeal_lets_it_say_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cures = rule("祖传秘方", reason="不能说能治病。")
    async with database.transaction() as tx:
        cup = await listed(tx, title="祖传秘方酒")
        other = await listed(tx, title="好茶")
    lent = []

    def faults_of(rules: Sequence[WordRule]) -> list[RuleFault]:
        lent.append(database.pool.get_size() - database.pool.get_idle_size())
        return find_faults(rules)

    monkeypatch.setattr("weiji.supervision.inquiries.trying.find_faults", faults_of)
    idle = rule("包治百病")
    trial = await tried(database, cures, idle)
    assert set(lent) == {0}, "nothing is lent while words are looked for"
    before = trial.finds[cures.id]
    (example,) = [each for each in before.examples if each.path.endswith(str(cup.id))]
    assert [finding.found for finding in example.findings] == ["祖传秘方"]
    assert (before.found, before.recent, before.shops) == (1, 1, 1)
    assert (trial.done_at is not None, idle.id in trial.finds) == (True, False)
    faulty = TryWordRules(id=new_id(), rules=(replace(cures, hits=("好茶",)),), actor=BY_SYSTEM)
    (refused,) = await try_word_rules(database, [faulty])
    assert [fault.fault for fault in refused.faults] == [FaultKind.NOT_FOUND]
    offset = clock.CLOCK.offset
    clock.CLOCK.follow(offset + timedelta(days=91))
    later = (await tried(database, cures)).finds[cures.id]
    clock.CLOCK.follow(offset)
    assert (later.found, later.recent) == (1, 0)
    async with database.transaction() as tx:
        assert await can_be_bought(tx, cup), "a trial only looks"
        await put(tx, cures)
    event = WordRulesPublished(version=2, put=1, retired=0, reason="试试")
    told = Delivered(id=new_id(), stream=new_id(), subject_id=new_id(), actor=BY_SYSTEM, at=NOW, event=event)
    for _ in range(2):  # At least once.
        await follow_rules(database, [told])
    async with database.transaction() as tx:
        assert await state_of(tx, cup) is ProductState.TAKEN_DOWN
        assert await can_be_bought(tx, other)
        (found,) = await store.list_penalties_of_shop(tx, cup.shop_id, None, 9)
        penalty = found.penalty
        assert (penalty.imposed_by, penalty.reason) == (None, "不能说能治病。")
        assert (penalty.is_provisional, penalty.points) == (True, 0), "it broke no rule when it was put on sale"
        (inquiry,) = await store.list_open(tx, None, None, 9)
        assert inquiry.inquiry.findings[0].found == "祖传秘方"
        (staff,) = await people(tx, 1)
        appeal = AppealPenalty(penalty_id=found.penalty.id, shop_id=cup.shop_id, text="是酒名", actor=BY_SYSTEM)
        await appeal_penalties(tx, [appeal])
        judge = JudgePenalty(penalty_id=found.penalty.id, is_granted=True, reason="是酒名", actor=staff)
        assert await judge_penalties(tx, [judge]) == [J.GRANTED]
    await follow_rules(database, [told])
    async with database.transaction() as tx:
        assert await can_be_bought(tx, cup)
        assert (await save_products(tx, [replace(cup, vendor="酒坊")]))[0].status is SaveProductStatus.UPDATED
    assert not (await tried(database, cures)).finds, "it may say so now"


async def test_what_only_a_rule_took_down_comes_back_when_no_rule_refuses_it_any_more(database: Database) -> None:
    """A dozen goods of one shop: with points it would be restricted by the ladder. What staff decided stays."""
    tea, cups = rule("普洱"), rule("杯")
    async with database.transaction() as tx:
        (staff,) = await people(tx, 1)
        shop_id = await opened_shop(tx)
        goods = [simple(shop_id, title=f"普洱{n}") for n in range(13)]
        both, judged = simple(shop_id, title="普洱杯"), simple(shop_id, title="普洱饼")
        await save_products(tx, [*goods, both, judged])
        await put(tx, tea, cups)
    event = WordRulesPublished(version=2, put=2, retired=0, reason="试试")
    told = Delivered(id=new_id(), stream=new_id(), subject_id=new_id(), actor=BY_SYSTEM, at=NOW, event=event)
    await follow_rules(database, [told])
    async with database.transaction() as tx:
        assert {await state_of(tx, each) for each in [*goods, both, judged]} == {ProductState.TAKEN_DOWN}
        record = await store.get_record(tx, shop_id, tx.now)
        (shop,) = await get_shops(tx, [shop_id])
        assert record
        assert shop
        assert record.points == 0
        assert {shop.is_listing_frozen, shop.is_limited, shop.is_withdrawals_held} == {False}
        opened = {each.inquiry.subject_id: each.inquiry.id for each in await store.list_open(tx, None, None, 99)}
        await take_inquiries(tx, [TakeInquiry(inquiry_id=opened[judged.id], actor=staff)])
        await decide_inquiries(tx, [decision(opened[judged.id], Verdict.TAKEN_DOWN, staff)])
        assert await file_complaints(tx, [complaint(goods[0].id)]) == [F.CREATED]
        retirement = PublishWordRules(version=3, put=(), retire=(tea.id,), reason="错了", actor=staff)
        (result,) = await publish_word_rules(tx, [retirement])
        assert result.status is PublishWordRulesStatus.PUBLISHED
    for _ in range(2):  # At least once.
        await follow_rules(database, [told])
    async with database.transaction() as tx:
        assert {await state_of(tx, each) for each in goods} == {ProductState.LISTED}
        assert [await state_of(tx, each) for each in (both, judged)] == [ProductState.TAKEN_DOWN] * 2
        left = {each.inquiry.subject_id for each in await store.list_open(tx, None, None, 99)}
        assert left == {goods[0].id, both.id}, "of the one somebody complains, the other is refused by another rule"
        lifted = [each.penalty for each in await store.list_penalties_of_shop(tx, shop_id, None, 99)]
        assert sum(each.state is PenaltyState.LIFTED for each in lifted) == len(goods)


async def test_what_a_rule_notes_is_looked_into_once_and_no_more_once_dismissed(tx: Transaction) -> None:
    (staff,) = await people(tx, 1)
    await put(tx, rule("全网最低", action=Action.NOTE))
    cup = await listed(tx, title="全网最低价")
    assert await screen_products(tx, [cup.id]) == [OpenInquiryStatus.CREATED]
    assert await screen_products(tx, [cup.id]) == [OpenInquiryStatus.EXISTS]
    (found,) = await store.list_open(tx, None, None, 9)
    await put(tx, rule("最低价", action=Action.NOTE))
    assert await screen_products(tx, [cup.id]) == [OpenInquiryStatus.JOINED]
    assert await can_be_bought(tx, cup)
    await take_inquiries(tx, [TakeInquiry(inquiry_id=found.inquiry.id, actor=staff)])
    assert await decide_inquiries(tx, [decision(found.inquiry.id, Verdict.DISMISSED, staff, "")]) == [D.DECIDED]
    assert await screen_products(tx, [cup.id]) == []


# ==== Goods ====


async def test_goods_that_are_down_change_and_are_not_listed_by_their_shop(tx: Transaction) -> None:
    cup, draft = await listed(tx), await listed(tx, state=ProductState.DRAFT)
    take = TakeDownProduct(product_id=cup.id, penalty_id=new_id(cup.id), reason="不行", actor=BY_SYSTEM)
    assert await take_down_products(
        tx,
        [
            take,
            take,
            replace(take, penalty_id=new_id(cup.id)),
            replace(take, product_id=new_id()),
            replace(take, product_id=draft.id),
        ],
    ) == [
        TakeDownProductStatus.TAKEN_DOWN,
        TakeDownProductStatus.EXISTS,
        TakeDownProductStatus.ALREADY_TAKEN_DOWN,
        TakeDownProductStatus.PRODUCT_NOT_FOUND,
        TakeDownProductStatus.TAKEN_DOWN,
    ]
    listing = ListProduct(product_id=cup.id, shop_id=cup.shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listing]) == [ListProductStatus.TAKEN_DOWN]
    withdrawal = WithdrawProduct(product_id=cup.id, shop_id=cup.shop_id, actor=BY_SYSTEM)
    assert await withdraw_products(tx, [withdrawal]) == [WithdrawProductStatus.WITHDRAWN], "for when it is restored"
    assert await withdraw_products(tx, [withdrawal]) == [WithdrawProductStatus.EXISTS]
    assert (await save_products(tx, [replace(cup, title="改过的杯子")]))[0].status is SaveProductStatus.UPDATED
    assert await state_of(tx, cup) is ProductState.TAKEN_DOWN
    restore = RestoreProduct(product_id=cup.id, penalty_id=take.penalty_id, actor=BY_SYSTEM)
    assert await restore_products(
        tx,
        [
            replace(restore, penalty_id=new_id()),
            replace(restore, product_id=new_id()),
            restore,
            restore,
            replace(restore, product_id=draft.id),
        ],
    ) == [
        RestoreProductStatus.EXISTS,
        RestoreProductStatus.PRODUCT_NOT_FOUND,
        RestoreProductStatus.RESTORED,
        RestoreProductStatus.EXISTS,
        RestoreProductStatus.RESTORED,
    ]
    assert await state_of(tx, cup) is ProductState.WITHDRAWN
    assert await state_of(tx, draft) is ProductState.DRAFT


# ==== The law ====

SHOP = UUID(int=64)
PRODUCTS = [derive(SHOP, "product", n) for n in range(2)]
STAFF = [Actor("staff", derive(SHOP, "staff", n)) for n in range(2)]
INQUIRIES = [derive(derive(id, "complaint", 0), "inquiry") for id in PRODUCTS]
FOUND = Finding(
    rule_id=SHOP, name="-", action=Action.REFUSE, field=Field.TITLE, word="-", found="-", reason="不能这样说。"
)
commands = st.one_of(
    st.builds(
        lambda subject, n, actor: complaint(subject, id=derive(subject, "complaint", n), actor=actor),
        st.sampled_from([*PRODUCTS, SHOP]),
        st.integers(0, 2),
        st.sampled_from([BY_SYSTEM, Actor("person", SHOP)]),
    ),
    st.builds(
        OpenInquiry,
        subject_kind=st.just(SubjectKind.PRODUCT),
        subject_id=st.sampled_from(PRODUCTS),
        shop_id=st.just(SHOP),
        findings=st.sampled_from([(FOUND,), (replace(FOUND, action=Action.NOTE),)]),
    ),
    st.builds(TakeInquiry, inquiry_id=st.sampled_from(INQUIRIES), actor=st.sampled_from(STAFF), is_own=st.booleans()),
    st.builds(
        DecideInquiry,
        inquiry_id=st.sampled_from(INQUIRIES),
        verdict=st.sampled_from(Verdict),
        reason=st.sampled_from(["", "不行"]),
        answer=st.just(""),
        actor=st.sampled_from(STAFF),
        days=st.sampled_from([None, 0, 30]),
    ),
    st.builds(EndPenalty, penalty_id=st.sampled_from([derive(id, "penalty") for id in INQUIRIES])),
    st.builds(
        AppealPenalty,
        penalty_id=st.sampled_from([derive(id, "penalty") for id in INQUIRIES]),
        shop_id=st.just(SHOP),
        text=st.sampled_from(["不对", ""]),
        actor=st.just(BY_SYSTEM),
    ),
    st.builds(
        JudgePenalty,
        penalty_id=st.sampled_from([derive(id, "penalty") for id in INQUIRIES]),
        is_granted=st.booleans(),
        reason=st.just("看过"),
        actor=st.sampled_from(STAFF),
    ),
)


def answer(docket: Docket, command: object) -> str | bool:
    match command:
        case EndPenalty():
            return docket.end(command)
        case FileComplaint():
            return docket.file(command)
        case OpenInquiry():
            return docket.open(command)
        case TakeInquiry():
            return docket.take(command)
        case DecideInquiry():
            return docket.decide(command)
        case AppealPenalty():
            return docket.appeal(command)
        case JudgePenalty():
            return docket.judge(command)
    raise AssertionError(command)


@given(st.lists(commands, max_size=30))
def test_law_of_batches_and_what_always_holds(batch: list[object]) -> None:
    subjects = {SHOP: SHOP, **dict.fromkeys(PRODUCTS, SHOP)}
    together = Docket(NOW, {}, {}, {}, subjects)
    alone = Docket(NOW, {}, {}, {}, subjects)
    answers = [answer(together, command) for command in batch]
    for command, expected in zip(batch, answers, strict=True):
        alone = alone.copied()  # As if written, and read again.
        assert answer(alone, command) == expected
    for id in subjects:
        its: list[Inquiry] = [inquiry for inquiry in together.inquiries.values() if inquiry.subject_id == id]
        assert sum(inquiry.state is InquiryState.OPEN for inquiry in its) <= 1
        in_force = [p for p in together.penalties.values() if p.product_id == id and p.kind == "taken_down"]
        assert sum(p.state is PenaltyState.IN_FORCE for p in in_force) <= 1
    assert all(p.judged_by is None or p.judged_by != p.imposed_by for p in together.penalties.values())
