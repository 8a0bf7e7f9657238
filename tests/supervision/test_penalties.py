"""Proves that penalties add up by the ladder, restrict as long as they are in force, and give points back on appeal."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, simple
from tests.identity.people import make_people
from tests.supervision.test_inquiries import complaint, decision
from weiji.catalog import ListProduct, ListProductStatus, ProductState, SaveProductStatus, list_products, save_products
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import VerifyShop, get_barred, get_limits, get_shops, verify_shops
from weiji.supervision.conduct.model import ConductHit, ConductKind, Effect
from weiji.supervision.desks.model import DeskName
from weiji.supervision.desks.store import get_figures
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.ladder import COUNTED_FOR, DAYS, POINTS, STEPS
from weiji.supervision.inquiries.model import (
    DUE,
    FIGURES_OF,
    TAKEN_FOR,
    AppealPenalty,
    AppealPenaltyStatus,
    DecideInquiryStatus,
    EndPenalty,
    FileComplaint,
    JudgePenalty,
    JudgePenaltyStatus,
    OpenInquiry,
    Penalty,
    PenaltyKind,
    PenaltyState,
    SubjectKind,
    TakeInquiry,
    Verdict,
)
from weiji.supervision.inquiries.operations import (
    appeal_penalties,
    decide_inquiries,
    end_penalties,
    file_complaints,
    judge_penalties,
    open_inquiries,
    take_inquiries,
)
from weiji.supervision.inquiries.rules import Docket

D, K = DecideInquiryStatus, PenaltyKind
NOW = clock.now()
SHOP = UUID(int=64)
STAFF, OTHER = (Actor("staff", derive(SHOP, "staff", n)) for n in range(2))


def punished(docket: Docket, number: int, verdict: Verdict) -> Penalty:
    """Have somebody complain of the shop, and decide that."""
    command = complaint(SHOP, id=derive(SHOP, "complaint", number), subject_kind=SubjectKind.SHOP)
    docket.file(command)
    inquiry_id = derive(command.id, "inquiry")
    docket.take(TakeInquiry(inquiry_id=inquiry_id, actor=STAFF))
    assert docket.decide(decision(inquiry_id, verdict, STAFF)) is D.DECIDED
    return docket.penalties[derive(inquiry_id, "penalty")]


def too_many(shop_id: UUID) -> ConductHit:
    return ConductHit(
        rule_id=new_id(),
        name="退款太多",
        kind=ConductKind.REFUND_RATE,
        shop_id=shop_id,
        subject_id=shop_id,
        hour=NOW,
        on=NOW.date(),
        part=5,
        whole=9,
        window_hours=24,
        effect=Effect.FREEZE,
        reason="退款太多。",
        reason_en="Too many refunds.",
    )


def by_the_ladder(docket: Docket) -> list[tuple[int, PenaltyState]]:
    return sorted((p.step, p.state) for p in docket.penalties.values() if p.step)


def test_the_ladder_goes_up_by_every_penalty_and_each_step_is_harder() -> None:
    assert list(POINTS) == list(PenaltyKind)
    assert list(POINTS.values()) == sorted(POINTS.values())
    assert [step.kind for step in STEPS] == list(DAYS)
    assert [step.points for step in STEPS] == sorted(step.points for step in STEPS)


def test_points_that_come_to_a_step_impose_it_and_points_given_back_lift_it() -> None:
    docket = Docket(NOW, {}, {}, {}, {SHOP: SHOP})
    first = punished(docket, 0, Verdict.LISTING_FROZEN)
    assert (first.points, first.until, first.product_id) == (3, NOW + timedelta(days=7), None)
    assert by_the_ladder(docket) == []
    second = punished(docket, 1, Verdict.LISTING_FROZEN)
    assert docket.points_of(SHOP) == 6
    assert by_the_ladder(docket) == [(6, PenaltyState.IN_FORCE)]
    punished(docket, 2, Verdict.WITHDRAWALS_HELD)
    assert by_the_ladder(docket) == [(6, PenaltyState.IN_FORCE), (12, PenaltyState.IN_FORCE)]
    assert docket.restrictions_of(SHOP) == {K.LISTING_FROZEN, K.LIMITED, K.WITHDRAWALS_HELD}
    docket.appeal(AppealPenalty(penalty_id=second.id, shop_id=SHOP, text="不对", actor=BY_SYSTEM))
    docket.judge(JudgePenalty(penalty_id=second.id, is_granted=True, reason="对", actor=OTHER))
    assert docket.points_of(SHOP) == 9
    assert by_the_ladder(docket) == [(6, PenaltyState.IN_FORCE), (12, PenaltyState.LIFTED)]
    assert docket.restrictions_of(SHOP) == {K.LISTING_FROZEN, K.WITHDRAWALS_HELD}
    (lifted,) = (p for p in docket.penalties.values() if p.step == 12)
    too_late = AppealPenalty(penalty_id=lifted.id, shop_id=SHOP, text="不对", actor=BY_SYSTEM)
    assert docket.appeal(too_late) is AppealPenaltyStatus.LIFTED
    assert docket.penalties[lifted.id].appealed_at is None, "nobody is asked to judge it"


def hit_on(day: int, rule_id: UUID, effect: Effect = Effect.WARN) -> OpenInquiry:
    found = replace(too_many(SHOP), rule_id=rule_id, on=NOW.date() + timedelta(days=day), effect=effect)
    return OpenInquiry(subject_kind=SubjectKind.SHOP, subject_id=SHOP, shop_id=SHOP, hits=(found,))


def test_a_rule_warns_once_of_what_nobody_has_looked_into_and_not_at_all_where_nothing_is_wrong() -> None:
    docket = Docket(NOW, {}, {}, {}, {SHOP: SHOP})
    rules = [new_id() for _ in range(6)]
    for day in range(19):
        docket.now = NOW + timedelta(days=day)
        docket.open(hit_on(day, rules[0]))
    assert (docket.points_of(SHOP), by_the_ladder(docket)) == (1, [])
    for rule_id in rules:
        docket.open(hit_on(19, rule_id))
    assert (docket.points_of(SHOP), by_the_ladder(docket)) == (6, [(6, PenaltyState.IN_FORCE)])
    inquiry = docket.open_of(SHOP)
    assert inquiry
    docket.take(TakeInquiry(inquiry_id=inquiry.id, actor=STAFF))
    assert docket.decide(decision(inquiry.id, Verdict.DISMISSED, STAFF)) is D.DECIDED
    assert (docket.points_of(SHOP), by_the_ladder(docket)) == (0, [(6, PenaltyState.LIFTED)])
    assert docket.restrictions_of(SHOP) == frozenset()
    docket.open(hit_on(40, rules[0]))
    assert docket.points_of(SHOP) == 1, "it is looked into anew"


def test_whoever_gave_the_points_does_not_judge_the_step_that_they_came_to() -> None:
    docket = Docket(NOW, {}, {}, {}, {SHOP: SHOP})
    punished(docket, 0, Verdict.LIMITED)
    docket.open(OpenInquiry(subject_kind=SubjectKind.SHOP, subject_id=SHOP, shop_id=SHOP, hits=(too_many(SHOP),)))
    (provisional,) = (p for p in docket.penalties.values() if p.is_provisional)
    docket.appeal(AppealPenalty(penalty_id=provisional.id, shop_id=SHOP, text="不对", actor=BY_SYSTEM))
    docket.judge(JudgePenalty(penalty_id=provisional.id, is_granted=False, reason="对", actor=OTHER))
    docket.take(TakeInquiry(inquiry_id=provisional.inquiry_id, actor=OTHER))
    # Who denied its appeal does not make it final, too: nobody else would have looked.
    assert docket.decide(decision(provisional.inquiry_id, Verdict.LISTING_FROZEN, OTHER)) is D.SAME_PERSON
    docket.now += TAKEN_FOR
    docket.take(TakeInquiry(inquiry_id=provisional.inquiry_id, actor=STAFF))
    assert docket.decide(decision(provisional.inquiry_id, Verdict.LISTING_FROZEN, STAFF)) is D.DECIDED
    punished(docket, 1, Verdict.WITHDRAWALS_HELD)
    steps = [p for p in docket.penalties.values() if p.step]
    assert sorted(p.step for p in steps) == [6, 12]
    for step in steps:
        docket.appeal(AppealPenalty(penalty_id=step.id, shop_id=SHOP, text="不对", actor=BY_SYSTEM))
        judging = JudgePenalty(penalty_id=step.id, is_granted=True, reason="对", actor=STAFF)
        assert docket.judge(judging) is JudgePenaltyStatus.SAME_PERSON
        assert docket.judge(replace(judging, actor=OTHER)) is JudgePenaltyStatus.GRANTED


def test_points_lapse_after_a_year() -> None:
    docket = Docket(NOW, {}, {}, {}, {SHOP: SHOP})
    punished(docket, 0, Verdict.WITHDRAWALS_HELD)
    docket.now += COUNTED_FOR
    assert docket.points_of(SHOP) == 0
    punished(docket, 1, Verdict.WARNED)
    assert docket.points_of(SHOP) == 1
    assert len(by_the_ladder(docket)) == 1


async def decided(tx: Transaction, shop_id: UUID, verdict: Verdict, staff: Actor, **facts: object) -> UUID:
    command: FileComplaint = complaint(shop_id, id=new_id(shop_id), subject_kind=SubjectKind.SHOP)
    await file_complaints(tx, [command])
    inquiry_id = derive(command.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)])
    assert await decide_inquiries(tx, [decision(inquiry_id, verdict, staff, **facts)]) == [D.DECIDED]
    return derive(inquiry_id, "penalty")


async def test_a_frozen_shop_lists_nothing_more_until_the_time_is_over(tx: Transaction) -> None:
    staff = Actor("staff", (await make_people(tx, 1))[0])
    shop_id = await opened_shop(tx)
    sold, draft = simple(shop_id), simple(shop_id, state=ProductState.DRAFT)
    await save_products(tx, [sold, draft])
    penalty_id = await decided(tx, shop_id, Verdict.LISTING_FROZEN, staff, days=3)
    listing = ListProduct(product_id=draft.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listing, replace(listing, product_id=sold.id)]) == [
        ListProductStatus.LISTING_FROZEN,
        ListProductStatus.EXISTS,
    ]
    made = [simple(shop_id), simple(shop_id, state=ProductState.DRAFT), replace(sold, vendor="窑口")]
    assert [result.status for result in await save_products(tx, made)] == [
        SaveProductStatus.LISTING_FROZEN,
        SaveProductStatus.CREATED,
        SaveProductStatus.UPDATED,
    ]
    tx.now += timedelta(days=3) - timedelta(seconds=1)
    assert await store.get_penalties_to_end(tx, tx.now, 9) == []
    assert await end_penalties(tx, [EndPenalty(penalty_id=penalty_id)]) == [False]
    tx.now += timedelta(seconds=1)
    assert await store.get_penalties_to_end(tx, tx.now, 9) == [penalty_id]
    ending = EndPenalty(penalty_id=penalty_id)
    assert await end_penalties(tx, [ending, ending]) == [True, False]
    assert await list_products(tx, [listing]) == [ListProductStatus.LISTED]
    (found,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    record = await store.get_record(tx, shop_id, tx.now)
    assert record
    assert (found.penalty.state, record.points, record.is_suspended) == (PenaltyState.OVER, 3, False)


async def test_an_appeal_waits_for_its_judge_though_the_penalty_is_over(tx: Transaction) -> None:
    staff, judge = (Actor("staff", id) for id in await make_people(tx, 2))
    shop_id = await opened_shop(tx)
    penalty_id = await decided(tx, shop_id, Verdict.LISTING_FROZEN, staff, days=1)
    await appeal_penalties(tx, [AppealPenalty(penalty_id=penalty_id, shop_id=shop_id, text="不对", actor=BY_SYSTEM)])
    tx.now += timedelta(days=1)
    assert await end_penalties(tx, [EndPenalty(penalty_id=penalty_id)]) == [True]

    async def waiting() -> tuple[list[UUID], int, int]:
        figures = {each.desk: each.waiting for each in await get_figures(tx, tx.now)}
        listed = [each.penalty.id for each in await store.list_appeals(tx, None, 9)]
        return listed, (await store.get_statistics(tx, tx.now)).appeals, figures[DeskName.PENALTY_APPEALS]

    assert await waiting() == ([penalty_id], 1, 1)
    await judge_penalties(tx, [JudgePenalty(penalty_id=penalty_id, is_granted=True, reason="对", actor=judge)])
    record = await store.get_record(tx, shop_id, tx.now)
    assert record
    assert (await waiting(), record.points) == (([], 0, 0), 0)


async def test_a_limited_shop_sells_by_the_day_and_a_held_one_does_not_withdraw(tx: Transaction) -> None:
    staff, judge = (Actor("staff", id) for id in await make_people(tx, 2))
    shop_id = await opened_shop(tx)
    await verify_shops(tx, [VerifyShop(shop_id=shop_id, actor=staff)])

    async def limits() -> tuple[int | None, int | None]:
        row = await tx.connection.fetchrow(
            "select day_sales_max, total_sales_max from shops.public_shops where id = $1", shop_id
        )
        assert row is not None
        return row["day_sales_max"], row["total_sales_max"]

    assert await limits() == (None, None)
    await decided(tx, shop_id, Verdict.LIMITED, staff)
    held = await decided(tx, shop_id, Verdict.WITHDRAWALS_HELD, staff, days=2)
    assert await limits() == ((await get_limits(tx)).day_sales_max, None)
    assert await get_barred(tx, [shop_id]) == {shop_id: "owner_suspended"}
    await appeal_penalties(tx, [AppealPenalty(penalty_id=held, shop_id=shop_id, text="不对", actor=BY_SYSTEM)])
    judging = JudgePenalty(penalty_id=held, is_granted=True, reason="对", actor=judge)
    assert await judge_penalties(tx, [judging]) == [JudgePenaltyStatus.GRANTED]
    assert await get_barred(tx, [shop_id]) == {}
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    assert (shop.is_limited, shop.is_withdrawals_held) == (True, False)


async def test_days_are_one_to_a_year(tx: Transaction) -> None:
    staff = Actor("staff", (await make_people(tx, 1))[0])
    shop_id = await opened_shop(tx)
    command = complaint(shop_id, id=new_id(shop_id), subject_kind=SubjectKind.SHOP)
    await file_complaints(tx, [command])
    inquiry_id = derive(command.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)])
    wrong = [decision(inquiry_id, Verdict.LIMITED, staff, days=days) for days in (0, 366)]
    assert await decide_inquiries(tx, wrong) == [D.DAYS_INVALID, D.DAYS_INVALID]


@pytest.mark.parametrize("verdict", [Verdict.LISTING_FROZEN, Verdict.DISMISSED])
async def test_what_a_rule_restricts_waits_for_staff_who_make_it_final_or_undo_it(
    tx: Transaction, verdict: Verdict
) -> None:
    staff = Actor("staff", (await make_people(tx, 1))[0])
    shop_id = await opened_shop(tx)
    opening = OpenInquiry(subject_kind=SubjectKind.SHOP, subject_id=shop_id, shop_id=shop_id, hits=(too_many(shop_id),))
    (opened,) = await open_inquiries(tx, [opening])
    assert opened.inquiry_id
    (found,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    assert (found.penalty.kind, found.penalty.is_provisional, found.penalty.points) == (K.LISTING_FROZEN, True, 0)
    await take_inquiries(tx, [TakeInquiry(inquiry_id=opened.inquiry_id, actor=staff)])
    await decide_inquiries(tx, [decision(opened.inquiry_id, verdict, staff)])
    (after,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    is_final = verdict is Verdict.LISTING_FROZEN
    assert shop.is_listing_frozen is is_final
    assert (after.penalty.points, after.penalty.is_provisional) == (3 if is_final else 0, not is_final)


async def test_who_complained_hears_that_a_penalty_was_undone_once_what_was_decided_is(tx: Transaction) -> None:
    staff, judge = (Actor("staff", id) for id in await make_people(tx, 2))
    shop_id = await opened_shop(tx)
    opening = OpenInquiry(subject_kind=SubjectKind.SHOP, subject_id=shop_id, shop_id=shop_id, hits=(too_many(shop_id),))
    first, second = (complaint(shop_id, id=new_id(shop_id), subject_kind=SubjectKind.SHOP) for _ in range(2))

    async def decide(inquiry_id: UUID) -> UUID:
        tx.now += timedelta(hours=1)
        await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)])
        assert await decide_inquiries(tx, [decision(inquiry_id, Verdict.LISTING_FROZEN, staff)]) == [D.DECIDED]
        return derive(inquiry_id, "penalty")

    async def undo(penalty_id: UUID) -> None:
        tx.now += timedelta(hours=1)
        appeal = AppealPenalty(penalty_id=penalty_id, shop_id=shop_id, text="不对", actor=BY_SYSTEM)
        await appeal_penalties(tx, [appeal])
        judging = JudgePenalty(penalty_id=penalty_id, is_granted=True, reason="对", actor=judge)
        assert await judge_penalties(tx, [judging]) == [JudgePenaltyStatus.GRANTED]

    async def told(command: FileComplaint) -> datetime | None:
        found = await store.get_complaint(tx, command.id)
        assert found
        return found.undone_at

    # A rule froze the shop, which was undone; then staff froze it all the same.
    (opened,) = await open_inquiries(tx, [opening])
    await file_complaints(tx, [first])
    (by_rule,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    await undo(by_rule.penalty.id)
    assert await told(first) is None
    assert opened.inquiry_id
    await decide(opened.inquiry_id)
    assert await told(first) is None
    # What the ladder came to is undone, and then what was decided.
    await file_complaints(tx, [second])
    penalty_id = await decide(derive(second.id, "inquiry"))
    await undo(derive(penalty_id, "step", STEPS[0].points))
    assert await told(second) is None
    await undo(penalty_id)
    assert await told(second) == tx.now


async def test_two_decisions_at_once_come_to_a_step_once(database: Database) -> None:
    async with database.transaction() as tx:
        people = [Actor("staff", id) for id in await make_people(tx, 2)]
        shop_id = await opened_shop(tx)
        goods = [simple(shop_id) for _ in people]
        await save_products(tx, goods)
        complaints = [complaint(cup.id) for cup in goods]
        await file_complaints(tx, complaints)
        inquiries = [derive(command.id, "inquiry") for command in complaints]
        for inquiry_id, staff in zip(inquiries, people, strict=True):
            await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)])

    async def decide(inquiry_id: UUID, staff: Actor) -> list[DecideInquiryStatus]:
        async def work(tx: Transaction) -> list[DecideInquiryStatus]:
            return await decide_inquiries(tx, [decision(inquiry_id, Verdict.LISTING_FROZEN, staff)])

        return await database.retried(work)

    assert await asyncio.gather(*map(decide, inquiries, people)) == [[D.DECIDED]] * 2
    async with database.read() as reader:
        penalties = [each.penalty for each in await store.list_penalties_of_shop(reader, shop_id, None, 9)]
    assert sorted((p.points, p.step) for p in penalties) == [(0, 6), (3, 0), (3, 0)]
    assert all(p.imposed_by for p in penalties), "the step, too, is somebody's"


async def test_the_database_keeps_what_restricts_a_shop_within_a_time(tx: Transaction) -> None:
    staff = Actor("staff", (await make_people(tx, 1))[0])
    shop_id = await opened_shop(tx)
    await decided(tx, shop_id, Verdict.LIMITED, staff)
    with pytest.raises(asyncpg.CheckViolationError, match="penalties_restrict_for_a_time"):
        await tx.connection.execute("update supervision.penalties set until = null where shop_id = $1", shop_id)


async def test_the_database_has_a_penalty_made_final_by_another_than_judged_its_appeal(tx: Transaction) -> None:
    colleague, staff = (Actor("staff", id) for id in await make_people(tx, 2))
    shop_id = await opened_shop(tx)
    opening = OpenInquiry(subject_kind=SubjectKind.SHOP, subject_id=shop_id, shop_id=shop_id, hits=(too_many(shop_id),))
    await open_inquiries(tx, [opening])
    (found,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    penalty_id, inquiry_id = found.penalty.id, found.penalty.inquiry_id
    appealing = AppealPenalty(penalty_id=penalty_id, shop_id=shop_id, text="不对", actor=BY_SYSTEM)
    judging = JudgePenalty(penalty_id=penalty_id, is_granted=False, reason="对", actor=staff)
    assert await appeal_penalties(tx, [appealing]) == ["appealed"]
    assert await judge_penalties(tx, [judging]) == [JudgePenaltyStatus.DENIED]
    final = "update supervision.penalties set is_provisional = false, imposed_by = $2 where id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match="penalties_are_judged_by_another"):
        async with tx.connection.transaction():
            await tx.connection.execute(final, penalty_id, staff.person_id)
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=colleague)])
    deciding = decision(inquiry_id, Verdict.LISTING_FROZEN, colleague)
    assert await decide_inquiries(tx, [deciding]) == [D.DECIDED]
    (found,) = await store.list_penalties_of_shop(tx, shop_id, None, 9)
    assert (found.penalty.imposed_by, found.penalty.judged_by) == (colleague.person_id, staff.person_id)


async def test_the_desks_figures_tell_who_was_in_time(tx: Transaction) -> None:
    staff = Actor("staff", (await make_people(tx, 1))[0])
    shop_id = await opened_shop(tx)
    await decided(tx, shop_id, Verdict.WARNED, staff)
    late = complaint(shop_id, id=new_id(shop_id), subject_kind=SubjectKind.SHOP)
    await file_complaints(tx, [late])
    tx.now += DUE + timedelta(hours=1)
    waiting = await store.get_statistics(tx, tx.now)
    assert (waiting.open, waiting.overdue, waiting.oldest_at) == (1, 1, tx.now - DUE - timedelta(hours=1))
    inquiry_id = derive(late.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=staff)])
    await decide_inquiries(tx, [decision(inquiry_id, Verdict.DISMISSED, staff)])
    found = await store.get_statistics(tx, tx.now)
    (figures,) = found.staff
    assert (found.open, figures.person_id, figures.decided, figures.in_time) == (0, staff.person_id, 2, 1)
    assert (figures.percent_in_time, figures.seconds_mean) == (50, (DUE + timedelta(hours=1)).total_seconds() / 2)
    assert (await store.get_statistics(tx, tx.now + FIGURES_OF)).staff == ()
