"""Proves campaigns and claims: every answer, the law of batches, and that claims never exceed what there is."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.coupons.examples import TEN_OFF, claiming, creating, fund_budget
from weiji import coupons
from weiji.coupons import (
    CampaignState,
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponResult,
    ClaimCouponStatus,
    CouponState,
    CouponVerb,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    ServeCoupon,
    ServeCouponStatus,
    Terms,
)
from weiji.coupons.model import BookBudget, BookBudgetStatus, BookStep, PastUses
from weiji.coupons.operations import book_budgets
from weiji.coupons.rules import CAMPAIGN_MOVES, Claims, campaign_of, judge_claims, judge_serve
from weiji.events import BY_SYSTEM, NotYet
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart, lookup_accounts
from weiji.shops import NO_SHOP

SHOP = new_id()
PLACES = [new_id(SHOP) for _ in range(3)]

C, M, K = CreateCampaignStatus, MoveCampaignStatus, ClaimCouponStatus
DAY = timedelta(days=1)


async def move(tx: Transaction, id: UUID, verb: str, shop_id: UUID | None) -> MoveCampaignStatus:
    (status,) = await coupons.move_campaigns(
        tx, [MoveCampaign(id=id, shop_id=shop_id, verb=CampaignVerb(verb), actor=BY_SYSTEM)]
    )
    return status


async def test_a_shops_campaigns_are_found_by_when_they_were_made_whatever_their_ids(tx: Transaction) -> None:
    shop_id = new_id()
    ids = sorted((new_id(shop_id) for _ in range(3)), reverse=True)
    for id in ids:
        assert await coupons.create_campaigns(tx, [creating(shop_id, id=id)]) == [C.CREATED]
        tx.now += timedelta(hours=1)
    await move(tx, ids[0], "start", shop_id)
    pages = [await coupons.find_campaigns(tx, shop_id, None, None, None, offset, 2) for offset in (0, 2)]
    assert [[each.campaign.id for each in found] for found, _ in pages] == [[ids[2], ids[1]], [ids[0]]]
    assert {total for _, total in pages} == {3}
    since = tx.now - timedelta(hours=2)
    assert (await coupons.find_campaigns(tx, shop_id, None, since, since, 0, 2))[1] == 1
    (running,), total = await coupons.find_campaigns(tx, shop_id, CampaignState.RUNNING, None, None, 0, 2)
    assert (running.campaign.id, total) == (ids[0], 1)


async def test_every_answer_to_creating(tx: Transaction) -> None:
    shop_id = new_id()
    good = creating(shop_id, code="Spring2027")
    percent = Terms(amount=1_000, percent=10, threshold=500)
    cases = {
        C.CREATED: good,
        C.EXISTS: good,
        C.EXISTS_WITH_DIFFERENT_CAMPAIGN: replace(good, quantity=11),
        C.SHOP_NOT_FOUND: creating(NO_SHOP),
        C.ID_IN_ANOTHER_SHARD: creating(shop_id, id=UUID(int=shop_id.int ^ 1)),
        C.NAME_INVALID: creating(shop_id, name="两\n行"),
        C.AMOUNT_OUT_OF_RANGE: creating(shop_id, Terms(amount=1_000, threshold=1_000)),
        C.PERCENT_OUT_OF_RANGE: creating(shop_id, replace(percent, percent=100)),
        C.THRESHOLD_OUT_OF_RANGE: creating(shop_id, replace(percent, threshold=-1)),
        C.SCOPE_INVALID: creating(
            shop_id, replace(percent, product_ids=frozenset({shop_id}), category_ids=frozenset({shop_id}))
        ),
        C.QUANTITY_OUT_OF_RANGE: creating(shop_id, quantity=0),
        C.PER_PERSON_OUT_OF_RANGE: creating(shop_id, per_person=101),
        C.TIME_INVALID: creating(shop_id, ends_at=tx.now),
        C.VALID_DAYS_OUT_OF_RANGE: creating(shop_id, valid_days=366),
        C.CODE_INVALID: creating(shop_id, code="a b c d"),
        C.CODE_TAKEN: creating(shop_id, code="SPRING2027"),
    }
    assert cases.keys() == set(C)
    assert await coupons.create_campaigns(tx, list(cases.values())) == list(cases)
    assert await coupons.create_campaigns(tx, [creating(shop_id, percent)]) == [C.CREATED]
    # Nor so far away that no page can write it.
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert await coupons.create_campaigns(tx, [creating(shop_id, starts_at=last - DAY, ends_at=last)]) == [
        C.TIME_INVALID
    ]
    found = await coupons.find_by_code(tx, "spring2027")
    assert found is not None
    assert found.id == good.id


async def test_every_answer_to_moving(tx: Transaction) -> None:
    shop_id = new_id()
    mine, platform = creating(shop_id), creating(None)
    await coupons.create_campaigns(tx, [mine, platform])
    assert await move(tx, mine.id, "start", None) is M.CAMPAIGN_NOT_FOUND
    assert await move(tx, mine.id, "pause", shop_id) is M.NOT_ALLOWED_NOW
    assert await move(tx, mine.id, "start", shop_id) is M.DONE
    assert await move(tx, mine.id, "start", shop_id) is M.EXISTS
    assert await move(tx, platform.id, "start", None) is M.BUDGET_MISSING
    await fund_budget(tx, platform.id, 9_999)
    assert await move(tx, platform.id, "start", None) is M.BUDGET_MISSING
    await fund_budget(tx, platform.id, 1)
    assert await move(tx, platform.id, "start", None) is M.DONE
    for verb in ("pause", "resume", "pause", "stop"):
        assert await move(tx, mine.id, verb, shop_id) is M.DONE
    assert await move(tx, mine.id, "resume", shop_id) is M.NOT_ALLOWED_NOW


async def test_a_budget_that_has_not_heard_of_what_was_let_go_books_what_comes_then_later(database: Database) -> None:
    campaign_id, key = new_id(chart.TREASURY), new_id()
    first, second = new_id(), new_id()
    async with database.transaction() as tx:
        await fund_budget(tx, campaign_id, 1_000)

    async def book(order_id: UUID, step: BookStep) -> BookBudgetStatus:
        command = BookBudget(campaign_id=campaign_id, order_id=order_id, step=step, amount=1_000, key=key)
        (status,) = await database.retried(partial(book_budgets, commands=[command]))
        return status

    assert await book(first, BookStep.HOLD) is BookBudgetStatus.BOOKED
    with pytest.raises(NotYet):
        await book(second, BookStep.PAY)
    assert await book(first, BookStep.FREE) is BookBudgetStatus.BOOKED
    assert await book(second, BookStep.PAY) is BookBudgetStatus.BOOKED
    # What was let go of before it was held needs no room, and is never held.
    third = new_id()
    assert await book(third, BookStep.FREE) is BookBudgetStatus.EXISTS
    assert await book(third, BookStep.FREE) is BookBudgetStatus.EXISTS
    assert await book(first, BookStep.RETURN) is BookBudgetStatus.BOOKED
    assert await book(third, BookStep.HOLD) is BookBudgetStatus.EXISTS
    async with database.read() as reader:
        (budget,) = await lookup_accounts(reader, [chart.budget(campaign_id).id])
    assert (budget.available, budget.debits_pending) == (1_000, 0)


S, V = ServeCouponStatus, CouponVerb


async def test_a_till_neither_uses_nor_gives_back_what_an_order_has(tx: Transaction) -> None:
    shop_id, order_id = new_id(), new_id()
    campaign = creating(shop_id)
    await coupons.create_campaigns(tx, [campaign])
    await move(tx, campaign.id, "start", shop_id)
    claim = claiming(campaign.id, new_id())
    assert (await coupons.claim_coupons(tx, [claim]))[0].status is K.CLAIMED
    taking = coupons.Taking(coupon_id=claim.id, order_id=order_id, amount=1_000, sales=5_000)
    at_till = [
        ServeCoupon(coupon_id=claim.id, shop_id=shop_id, verb=verb, use_id=order_id, actor=BY_SYSTEM)
        for verb in (V.USE, V.TAKE_BACK)
    ]
    for take in (coupons.reserve_coupons, coupons.use_coupons):
        await take(tx, [taking])
        assert await coupons.serve_coupons(tx, at_till) == [S.TAKEN, S.TAKEN]


async def test_every_answer_to_serving_at_a_till(tx: Transaction) -> None:
    shop_id, person_id = new_id(), new_id()
    fixed, percent = creating(shop_id), creating(shop_id, Terms(amount=1_000, percent=10))
    await coupons.create_campaigns(tx, [fixed, percent])
    ids = []
    for campaign in (fixed, fixed, percent):
        await move(tx, campaign.id, "start", shop_id)
        command = claiming(campaign.id, person_id)
        assert (await coupons.claim_coupons(tx, [command]))[0].status is K.CLAIMED
        ids.append(command.id)
    mine, ordered, part = ids
    taking = coupons.Taking(coupon_id=ordered, order_id=new_id(shop_id), amount=1_000, sales=5_000)
    await coupons.reserve_coupons(tx, [taking])
    use, other, third, back = new_id(), new_id(), new_id(), new_id()

    def serving(coupon_id: UUID, verb: CouponVerb, use_id: UUID | None, shop: UUID = shop_id) -> ServeCoupon:
        return ServeCoupon(coupon_id=coupon_id, shop_id=shop, verb=verb, use_id=use_id, actor=BY_SYSTEM)

    def returning(return_id: UUID) -> ServeCoupon:
        return replace(serving(mine, V.TAKE_BACK, None), return_id=return_id)

    cases = [
        (serving(mine, V.USE, None), S.USE_ID_MISSING),
        (serving(new_id(shop_id), V.USE, use), S.COUPON_NOT_FOUND),
        (serving(mine, V.USE, use, new_id()), S.COUPON_NOT_FOUND),
        (serving(part, V.USE, use), S.NOT_AT_TILLS),
        (serving(ordered, V.USE, use), S.TAKEN),
        (serving(mine, V.USE, use), S.DONE),
        (serving(mine, V.USE, use), S.EXISTS),
        (serving(mine, V.USE, other), S.TAKEN),
        (serving(mine, V.END, None), S.TAKEN),
        (serving(mine, V.TAKE_BACK, other), S.TAKEN),
        (serving(mine, V.TAKE_BACK, use), S.DONE),
        (serving(mine, V.TAKE_BACK, use), S.EXISTS),
        # Asked again, late, neither uses it once more nor takes back what came since.
        (serving(mine, V.USE, use), S.EXISTS),
        (returning(back), S.NOT_USED),
        (serving(mine, V.USE, other), S.DONE),
        (serving(mine, V.TAKE_BACK, use), S.EXISTS),
        (returning(back), S.DONE),
        (serving(mine, V.USE, third), S.DONE),
        (returning(back), S.EXISTS),
        (serving(mine, V.TAKE_BACK, third), S.DONE),
        (serving(mine, V.END, None), S.DONE),
        (serving(mine, V.END, None), S.EXISTS),
        (serving(mine, V.USE, new_id()), S.NOT_NOW),
    ]
    assert {status for _, status in cases} == set(S)
    half = len(cases) // 2
    answers = [
        await coupons.serve_coupons(tx, [command for command, _ in part]) for part in (cases[:half], cases[half:])
    ]
    assert [*answers[0], *answers[1]] == [status for _, status in cases]
    # What came back was used all the same.
    soon = tx.now + DAY
    uses, returned = [
        await read(tx, fixed.id, None, soon, 9) for read in (coupons.list_uses, coupons.list_returned_uses)
    ]
    assert sorted(each.order_id for each in uses) == sorted([use, other, third])
    assert all(each.returned_at for each in uses)
    assert sorted(each.order_id for each in returned) == sorted([use, other, third])
    # No order takes what a till used, nor lets go of it.
    (first,) = (await coupons.lock_coupons(tx, [mine])).values()
    assert (first.state, first.at_till) == ("unused", False)


served = st.builds(
    ServeCoupon,
    coupon_id=st.sampled_from(PLACES),
    shop_id=st.just(SHOP),
    verb=st.sampled_from(V),
    use_id=st.sampled_from([*PLACES, None]),
    return_id=st.sampled_from([SHOP, None]),
    actor=st.just(BY_SYSTEM),
)


@given(st.lists(served, max_size=12))
def test_a_coupon_is_served_by_a_till_once_until_it_is_taken_back(commands: list[ServeCoupon]) -> None:
    now = clock.now()
    state = {
        id: coupons.Coupon(
            id=id, campaign_id=SHOP, shop_id=SHOP, name="x", person_id=SHOP, state=CouponState.UNUSED, terms=TEN_OFF,
            starts_at=now, claimed_at=now, expires_at=now + DAY,
        )
        for id in PLACES
    }  # fmt: skip
    used: dict[UUID, UUID] = {}
    past = PastUses(uses=set(), returns=set())
    returned: set[tuple[UUID, UUID]] = set()
    ended: set[UUID] = set()
    for command in commands:
        status, id = judge_serve(state[command.coupon_id], past, command, now), command.coupon_id
        if status is S.DONE:
            match command.verb:
                case CouponVerb.USE:
                    assert id not in used
                    assert id not in ended
                    assert (id, command.use_id) not in returned
                    used[id] = command.use_id or SHOP
                case CouponVerb.TAKE_BACK:
                    assert command.use_id in (used[id], None)
                    assert (id, command.return_id) not in returned
                    returned |= {(id, used.pop(id)), (id, command.return_id or id)}
                case CouponVerb.END:
                    assert id not in used
                    ended.add(id)
        assert state[id].at_till == (id in used) == (state[id].state is CouponState.USED)
        assert state[id].order_id == used.get(id)


async def test_of_many_tills_that_use_one_coupon_one_does(database: Database) -> None:
    shop_id, person_id = new_id(), new_id()
    campaign = creating(shop_id)
    command = claiming(campaign.id, person_id)
    async with database.transaction() as tx:
        await coupons.create_campaigns(tx, [campaign])
        await move(tx, campaign.id, "start", shop_id)
        await coupons.claim_coupons(tx, [command])

    async def use() -> ServeCouponStatus:
        serving = ServeCoupon(coupon_id=command.id, shop_id=shop_id, verb=V.USE, use_id=new_id(), actor=BY_SYSTEM)
        return (await database.retried(lambda tx: coupons.serve_coupons(tx, [serving])))[0]

    assert Counter(await asyncio.gather(*(use() for _ in range(6)))) == {S.DONE: 1, S.TAKEN: 5}


def test_every_state_has_the_verbs_of_the_table_and_no_others() -> None:
    reached = {CampaignState.CREATED} | {after for _, after in CAMPAIGN_MOVES.values()}
    assert reached == set(CampaignState)
    assert all(CampaignState.STOPPED not in before for before, _ in CAMPAIGN_MOVES.values())


async def test_every_answer_to_claiming(tx: Transaction) -> None:
    shop_id, one, two = new_id(), new_id(), new_id()
    open_one = creating(shop_id, quantity=3, valid_days=7)
    coded = creating(shop_id, code="letmein")
    later = creating(shop_id, starts_at=tx.now + DAY)
    not_started = creating(shop_id)
    await coupons.create_campaigns(tx, [open_one, coded, later, not_started])
    for each in (open_one, coded, later):
        await move(tx, each.id, "start", shop_id)
    first = claiming(open_one.id, one)
    commands = [
        (first, K.CLAIMED),
        (first, K.EXISTS),
        (replace(first, person_id=two), K.ID_TAKEN),
        (claiming(open_one.id, one), K.CLAIMED),
        (claiming(open_one.id, one), K.PERSON_HAS_ALL),
        (claiming(open_one.id, two), K.CLAIMED),
        (claiming(open_one.id, two), K.ALL_CLAIMED),
        (claiming(coded.id, one), K.CAMPAIGN_NOT_FOUND),
        (claiming(coded.id, one, code=" LetMeIn"), K.CLAIMED),
        (claiming(later.id, one), K.NOT_NOW),
        (claiming(not_started.id, one), K.CAMPAIGN_NOT_FOUND),
        (claiming(new_id(), one), K.CAMPAIGN_NOT_FOUND),
        (claiming(coded.id, two, id=UUID(int=coded.id.int ^ 1), code="letmein"), K.ID_TAKEN),
    ]
    results = await coupons.claim_coupons(tx, [command for command, _ in commands])
    assert [result.status for result in results] == [status for _, status in commands]
    assert {status for _, status in commands} == set(K)
    assert results[0].expires_at == tx.now + 7 * DAY
    assert results[8].expires_at == coded.ends_at
    again = await coupons.claim_coupons(tx, [first])
    assert again == [ClaimCouponResult(status=K.EXISTS, expires_at=results[0].expires_at)]
    found = await coupons.list_coupons(tx, one, "usable", tx.now, None, 10)
    assert len(found) == 3


@dataclass(frozen=True)
class Try:
    campaign: int
    person: int
    coupon: int


NOW = datetime.fromisoformat("2027-02-05T12:00:00+08:00")
SHOP = new_id()
CAMPAIGNS = [replace(creating(SHOP, quantity=4, per_person=2), starts_at=NOW, ends_at=NOW + DAY) for _ in range(2)]
PEOPLE = [new_id() for _ in range(3)]
IDS = [new_id(SHOP) for _ in range(6)]


def fresh() -> Claims:
    made = {}
    for command in CAMPAIGNS:
        campaign = campaign_of(command, NOW)
        campaign.state = CampaignState.RUNNING
        made[campaign.id] = campaign
    return Claims(made, {}, (), NOW)


@given(
    st.lists(st.builds(Try, st.integers(0, 1), st.integers(0, 2), st.integers(0, 5)), max_size=30),
    st.lists(st.integers(0, 30), max_size=3),
)
def test_a_batch_is_answered_as_its_claims_one_by_one(tries: list[Try], cuts: list[int]) -> None:
    commands = [
        ClaimCoupon(
            id=IDS[each.coupon],
            campaign_id=CAMPAIGNS[each.campaign].id,
            person_id=PEOPLE[each.person],
            actor=BY_SYSTEM,
        )
        for each in tries
    ]
    whole = judge_claims(fresh(), commands)
    # In batches that are cut anywhere, each reading what the one before wrote.
    state, answers = fresh(), []
    places = sorted({0, len(commands), *(cut for cut in cuts if cut < len(commands))})
    for start, end in pairwise(places):
        answers += judge_claims(state, commands[start:end])
        state = Claims(state.campaigns, state.counts, state.claimed.values(), NOW)
    assert answers == whole
    claimed = Counter(c.campaign_id for c, r in zip(commands, whole, strict=True) if r.status is K.CLAIMED)
    assert all(number <= 4 for number in claimed.values())


async def test_many_who_claim_at_once_never_get_more_than_there_are(database: Database) -> None:
    shop_id = new_id()
    command = creating(shop_id, quantity=7, per_person=2)
    async with database.transaction() as tx:
        await coupons.create_campaigns(tx, [command])
        await move(tx, command.id, "start", shop_id)
    people = [new_id() for _ in range(6)]
    claims = [claiming(command.id, person) for person in people for _ in range(4)]

    async def one(claim: ClaimCoupon) -> ClaimCouponStatus:
        # Each in a transaction of its own, as in as many processes, and each twice, as after a lost answer.
        first = (await database.retried(lambda tx: coupons.claim_coupons(tx, [claim])))[0]
        again = (await database.retried(lambda tx: coupons.claim_coupons(tx, [claim])))[0]
        assert again.status is (K.EXISTS if first.status is K.CLAIMED else first.status)
        return first.status

    statuses = await asyncio.gather(*(one(claim) for claim in claims))
    assert statuses.count(K.CLAIMED) == 7
    async with database.read() as reader:
        shown = await coupons.get_campaign(reader, command.id)
        assert shown is not None
        assert shown.campaign.claimed == 7
        counts = [len(await coupons.list_coupons(reader, person, "", clock.now(), None, 10)) for person in people]
    assert sum(counts) == 7
    assert max(counts) <= 2


async def test_the_wallet_tells_what_can_be_used(tx: Transaction) -> None:
    shop_id, person = new_id(), new_id()
    mine, others = creating(shop_id, TEN_OFF), creating(new_id())
    await coupons.create_campaigns(tx, [mine, others])
    for each in (mine, others):
        await move(tx, each.id, "start", each.shop_id)
    await coupons.claim_coupons(tx, [claiming(mine.id, person), claiming(others.id, person)])
    usable = await coupons.list_usable(tx, person, [shop_id], tx.now, 10)
    assert [coupon.campaign_id for coupon in usable] == [mine.id]
    assert await coupons.list_usable(tx, person, [shop_id], tx.now + 31 * DAY, 10) == []
    assert len(await coupons.list_coupons(tx, person, "expired", tx.now + 31 * DAY, None, 10)) == 2
