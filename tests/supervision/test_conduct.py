"""Proves that what shops do is counted once, that rules find the same now and in a trial of the past, in whatever
pieces it came, and that none takes effect untried."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, product, simple
from tests.identity.people import make_people
from weiji.catalog import (
    ChangePrice,
    ChangePriceStatus,
    ListProduct,
    Option,
    Picture,
    ProductState,
    RestoreProduct,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
    TakeDownProduct,
    WithdrawProduct,
    change_prices,
    get_product_page,
    list_products,
    restore_products,
    save_products,
    take_down_products,
    withdraw_products,
)
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor, Event, Occurrence, publish
from weiji.events.orders import OrderPaid, OrderPlaced, RefundOrdered
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, new_id, shard_of
from weiji.supervision.conduct import store
from weiji.supervision.conduct.course import Counted, counts, prices
from weiji.supervision.conduct.model import (
    GRACE,
    PRICES_MAX,
    ConductExample,
    ConductFaultKind,
    ConductHit,
    ConductKind,
    ConductRule,
    Effect,
    Measure,
    PublishConductRules,
    PublishConductRulesResult,
    PublishConductRulesStatus,
    Tally,
    TryConductRule,
    TryConductRuleStatus,
)
from weiji.supervision.conduct.operations import (
    go_on_trying,
    hit_id,
    publish_conduct_rules,
    replay,
    try_conduct_rules,
    watch_shops,
)
from weiji.supervision.conduct.rules import day_of, hour_of, judge_publication, judge_shop
from weiji.supervision.conduct.tallying import (
    FORMERS_OF,
    OFFERS_READ,
    Known,
    Offer,
    OfferedSku,
    Priced,
    Told,
    last_before,
    measured,
    place_of,
    priced,
    tally,
    together,
)
from weiji.supervision.conduct.words import found_line
from weiji.supervision.inquiries.model import (
    AppealPenalty,
    DecideInquiry,
    JudgePenalty,
    Penalty,
    PenaltyState,
    TakeInquiry,
    Verdict,
)
from weiji.supervision.inquiries.operations import appeal_penalties, decide_inquiries, judge_penalties, take_inquiries
from weiji.supervision.inquiries.store import list_open, list_penalties_of_shop
from weiji.web import speaking

K, M, P, T = ConductKind, Measure, PublishConductRulesStatus, TryConductRuleStatus
HOUR = timedelta(hours=1)
SHOP = new_id()
START = datetime(2026, 3, 1, tzinfo=SHANGHAI).astimezone(UTC)
SHARDS_ALL = list(range(SHARDS))
ONE, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))

GIVEN: dict[ConductKind, tuple[int, int, int, ConductExample]] = {
    K.PRICE_RISE: (48, 100, 100, ConductExample(300, 100)),
    K.PRICE_FALL: (48, 50, 100, ConductExample(100, 300)),
    K.SALES_SURGE: (24, 300, 3, ConductExample(9, 2)),
    K.REFUND_RATE: (48, 50, 2, ConductExample(2, 4)),
    K.LATE_SHIPPING: (48, 50, 2, ConductExample(2, 4)),
    K.SAME_BUYER: (24, 3, 0, ConductExample(3, 9)),
    K.SHARED_PLACE: (24, 2, 0, ConductExample(2, 9)),
    K.NEW_PLACES: (24, 1, 1, ConductExample(1, 1)),
    K.NEW_DEVICES: (24, 1, 1, ConductExample(1, 1)),
}


def rule(kind: ConductKind, **facts: Any) -> ConductRule:
    hours, threshold, at_least, example = GIVEN[kind]
    given: dict[str, Any] = {
        "id": new_id(),
        "name": kind.value,
        "kind": kind,
        "window_hours": hours,
        "threshold": threshold,
        "at_least": at_least,
        "effect": Effect.CASE,
        "reason": "不像平常。",
        "reason_en": "Not as usual.",
        "hits": (example,),
    }
    return ConductRule(**given | facts)


def counted(
    hour: float, measure: Measure, count: int = 1, subject: UUID = SHOP, about: UUID | None = None, **facts: Any
) -> Tally:
    return Tally(
        shop_id=SHOP,
        hour=hour_of(START + hour * HOUR),
        measure=measure,
        subject_id=subject,
        about_id=about or subject,
        count=count,
        **facts,
    )


CASES: dict[ConductKind, tuple[list[Tally], tuple[int, int, int] | None]] = {
    # Against the lowest of two days: not what it cost a moment before.
    K.PRICE_RISE: (
        [
            counted(0, M.PRICED, subject=ONE, about=OTHER, amount=100, before=None),
            counted(5, M.PRICED, subject=ONE, about=OTHER, amount=180, before=100),
            counted(9, M.PRICED, subject=ONE, about=OTHER, amount=250, before=180),
        ],
        (9, 250, 100),
    ),
    K.PRICE_FALL: (
        [
            counted(0, M.PRICED, subject=ONE, about=OTHER, amount=900, before=1_000),
            counted(70, M.PRICED, subject=ONE, about=OTHER, amount=300, before=900),
        ],
        (70, 300, 900),
    ),
    K.SALES_SURGE: (
        [counted(day * 24, M.PAID, 2) for day in range(30)] + [counted(30 * 24 + 1, M.PAID, 6)],
        (721, 6, 2),
    ),
    K.REFUND_RATE: (
        [counted(0, M.PAID, 4), counted(1, M.REFUNDED, 1), counted(3, M.REFUNDED, 1), counted(90, M.REFUNDED, 1)],
        (3, 2, 4),
    ),
    K.LATE_SHIPPING: ([counted(0, M.SHIPPED, 3), counted(4, M.SHIPPED), counted(4, M.LATE, 2)], (4, 2, 4)),
    K.SAME_BUYER: (
        [counted(hour, M.BOUGHT, 1, ONE) for hour in (0, 30, 40, 50)] + [counted(50, M.PAID, 7)],
        (50, 3, 7),
    ),
    K.SHARED_PLACE: (
        [
            counted(0, M.BOUGHT, 2, ONE, THIRD),
            counted(6, M.BOUGHT, 1, OTHER, OTHER),
            counted(9, M.BOUGHT, 1, OTHER, THIRD),
            counted(9, M.PAID, 4),
        ],
        (9, 2, 4),
    ),
    K.NEW_PLACES: ([counted(0, M.ACTED, 1, ONE, OTHER), counted(40, M.ACTED, 1, ONE, THIRD)], (40, 1, 1)),
    K.NEW_DEVICES: ([counted(0, M.SIGNED_IN, 1, ONE, OTHER), counted(40, M.SIGNED_IN, 1, ONE, THIRD)], (40, 1, 1)),
}


@pytest.mark.parametrize("kind", list(K))
def test_each_kind_finds_what_it_is_for_and_no_sooner(kind: ConductKind) -> None:
    tallies, wanted = CASES[kind]
    hits = judge_shop([rule(kind)], tallies, {each.hour for each in tallies})
    assert [((hit.hour - START) // HOUR, hit.part, hit.whole) for hit in hits] == ([wanted] if wanted else [])
    harder = rule(kind, threshold=GIVEN[kind][1] * 3 + 100_00)
    assert judge_shop([harder], tallies, {each.hour for each in tallies}) == []


def test_a_new_price_and_a_draft_are_no_jump() -> None:
    new = [counted(0, M.PRICED, subject=ONE, about=OTHER, amount=9_000, before=None)]
    draft = [counted(3, M.PRICED, 0, subject=ONE, about=OTHER, amount=90, before=9_000)]
    assert judge_shop([rule(K.PRICE_RISE), rule(K.PRICE_FALL)], new + draft, {each.hour for each in new + draft}) == []


def test_a_price_that_came_back_within_the_hour_jumped_and_fell_in_the_order_in_which_it_did() -> None:
    up = [counted(4, M.PRICED, 2, subject=ONE, about=OTHER, amount=100, before=100, prices=(300, 100))]
    (hit,) = judge_shop([rule(K.PRICE_RISE)], up, {each.hour for each in up})
    assert (hit.part, hit.whole, hit.about) == (300, 100, (ONE,))
    (hit,) = judge_shop([rule(K.PRICE_FALL)], up, {each.hour for each in up})
    assert (hit.part, hit.whole) == (100, 300)
    # Dear at first, it only fell: no rule on rises finds that.
    down = [counted(4, M.PRICED, 2, subject=ONE, about=OTHER, amount=100, before=300, prices=(200, 100))]
    assert judge_shop([rule(K.PRICE_RISE)], down, {each.hour for each in down}) == []
    old = [counted(4, M.PRICED, subject=ONE, about=OTHER, amount=300, before=100)]
    assert len(judge_shop([rule(K.PRICE_RISE)], old, {each.hour for each in old})) == 1, "as it was counted before"


def test_who_changes_a_price_more_often_than_is_kept_hides_no_jump() -> None:
    jump, *others = (
        counted(4, M.PRICED, subject=ONE, about=OTHER, amount=price, before=100, prices=(price,))
        for price in (300, *(100 + number % 2 for number in range(200)))
    )
    found = jump
    for each in others:
        found = together(found, each)
    assert len(found.prices) <= PRICES_MAX
    (hit,) = judge_shop([rule(K.PRICE_RISE)], [found], {found.hour})
    assert (hit.part, hit.whole) == (300, 100)


OF_SHOPS = [M.PAID, M.REFUNDED, M.SHIPPED, M.LATE]

tallies = st.lists(
    st.one_of(
        st.builds(
            counted, st.integers(0, 90), st.sampled_from([M.PAID, M.REFUNDED, M.SHIPPED, M.LATE]), st.integers(1, 4)
        ),
        st.builds(
            counted,
            st.integers(0, 90),
            st.sampled_from([M.BOUGHT, M.ACTED, M.SIGNED_IN]),
            st.integers(1, 3),
            st.sampled_from([ONE, OTHER]),
            st.sampled_from([ONE, OTHER, THIRD]),
        ),
        st.builds(
            partial(counted, subject=ONE, about=THIRD, measure=M.PRICED),
            st.integers(0, 90),
            count=st.integers(0, 1),
            amount=st.sampled_from([50, 100, 300]),
            before=st.sampled_from([None, 100, 400]),
            prices=st.sampled_from([(), (100,), (300, 50)]),
        ),
    ),
    max_size=30,
    unique_by=lambda each: (each.hour, each.measure, each.subject_id, each.about_id),
)


@given(tallies)
def test_hour_by_hour_rules_find_what_they_find_in_all_hours_at_once(given: list[Tally]) -> None:
    rules = [replace(rule(kind), window_hours=10) for kind in K]
    hours = {each.hour for each in given}
    live: list[ConductHit] = []
    for hour in sorted(hours):
        for each in rules:
            read = [tally for tally in given if hour - each.span <= tally.hour <= hour]
            for hit in judge_shop([each], read, {hour}):
                if all((h.rule_id, h.subject_id, h.on) != (hit.rule_id, hit.subject_id, hit.on) for h in live):
                    live.append(hit)
    assert judge_shop(rules, given, hours) == live


def told(minute: int, event: Event, subject_id: UUID, actor: Actor = BY_SYSTEM, seq: int = 1) -> Told:
    return Told(
        shop_id=SHOP,
        seq=seq,
        type=type(event).__name__,
        subject_id=subject_id,
        actor_kind=actor.kind,
        actor_id=actor.person_id,
        address=ip_address(actor.address) if actor.address else None,
        at=START + timedelta(minutes=minute),
        data=msgspec.to_builtins(event),
    )


def paid(buyer_id: UUID, amount: int = 100) -> OrderPaid:
    return OrderPaid(buyer_id=buyer_id, payment_id=ONE, channel="balance", amount=amount, due_at=START)


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from([ONE, OTHER])), max_size=14), st.integers(0, 14))
def test_the_law_of_batches_holds_for_counting(orders: list[tuple[int, UUID]], cut: int) -> None:
    log = [
        told(minute, paid(buyer), THIRD, Actor("merchant", ONE, None, "9.9.9.9")) for minute, buyer in sorted(orders)
    ]
    until = {SHOP: START}
    whole = {_key(each): each for each in tally(log, until, Known())}
    parts: dict[object, Tally] = {}
    for part in (log[:cut], log[cut:]):
        for each in tally(part, until, Known()):
            key = _key(each)
            parts[key] = together(parts[key], each) if key in parts else each
    assert parts == whole


def _key(each: Tally) -> tuple[object, ...]:
    return each.hour, each.measure, each.subject_id, each.about_id


def test_what_is_told_of_an_hour_that_was_judged_counts_in_the_next() -> None:
    (first, *_) = tally([told(5, paid(ONE), OTHER)], {SHOP: START + 3 * HOUR}, Known())
    assert first.hour == START + 3 * HOUR


def test_places_are_networks_that_no_other_shop_can_compare() -> None:
    here = place_of(SHOP, ip_address("8.8.8.8"))
    assert here == place_of(SHOP, ip_address("8.8.8.200")) != place_of(SHOP, ip_address("8.8.9.8"))
    assert here != place_of(new_id(), ip_address("8.8.8.8"))
    assert place_of(SHOP, ip_address("127.0.0.1")) is place_of(SHOP, ip_address("10.0.0.1")) is None


def test_a_course_keeps_a_price_until_the_next_and_begins_with_the_one_before() -> None:
    days = [START.date() + timedelta(days=number) for number in range(4)]

    def on(day: int, sku: UUID, amount: int, before: int | None) -> Counted:
        return Counted(measure=M.PRICED, subject_id=sku, on=days[day], count=1, amount=amount, before=before)

    course = [on(1, ONE, 300, 100), on(1, OTHER, 50, None), on(3, ONE, 200, 300)]
    assert prices(course, days) == [("", [100, 300, 300, 200]), ("", [None, 50, 50, 50])]
    paid = [Counted(measure=M.PAID, subject_id=SHOP, on=days[2], count=7, amount=0, before=None)]
    assert counts(paid, M.PAID, days) == [0, 0, 7, 0]


# In the database


async def put(tx: Transaction, *rules: ConductRule) -> PublishConductRulesResult:
    """Try rules, and put them in force."""
    staff = Actor("staff", (await make_people(tx, 1))[0])
    asked = [TryConductRule(id=new_id(), rule=each, actor=staff) for each in rules]
    assert set(await try_conduct_rules(tx, asked)) == {T.QUEUED}
    while await go_on_trying(tx):
        pass
    version = await store.get_latest(tx)
    command = PublishConductRules(version=version + 1, put=rules, retire=(), reason="试试", actor=staff)
    (result,) = await publish_conduct_rules(tx, [command])
    assert result.status is P.PUBLISHED, result
    return result


async def trade(tx: Transaction, shop_id: UUID, buyer_id: UUID, address: str, *, is_refunded: bool = False) -> UUID:
    order_id, actor = new_id(shop_id), Actor("buyer", buyer_id, None, address)
    placed = OrderPlaced(buyer_id=buyer_id, total=100, units=1, due_at=tx.now)
    events: list[tuple[Event, Actor]] = [(placed, actor), (paid(buyer_id), BY_CHANNEL)]
    if is_refunded:
        events.append((refund(order_id, 100), BY_SYSTEM))
    await publish(tx, [Occurrence(event, shop_id, order_id, actor) for event, actor in events])
    return order_id


def refund(order_id: UUID, amount: int) -> RefundOrdered:
    return RefundOrdered(payment_id=ONE, payer_id=ONE, order_id=order_id, amount=amount, refund_id=ONE, reason="")


async def watch(tx: Transaction) -> None:
    while await watch_shops(tx, SHARDS_ALL, 100):
        pass


async def test_a_trial_finds_just_what_was_found_when_it_happened(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    await watch(tx)
    begin = tx.now = datetime.combine(day_of(tx.now), datetime.min.time(), SHANGHAI) + timedelta(days=1)
    rules = [rule(kind) for kind in (K.SALES_SURGE, K.REFUND_RATE, K.SAME_BUYER, K.SHARED_PLACE)]
    await put(tx, *rules)
    buyers = await make_people(tx, 3)
    for step, (buyer, refunded) in enumerate([(0, 0), (0, 1), (1, 1), (0, 0), (2, 1), (0, 1), (1, 0), (2, 1)]):
        for number in range(1 + step % 3):
            await trade(tx, shop_id, buyers[buyer], f"8.8.{number}.{buyer}", is_refunded=bool(refunded))
        tx.now += timedelta(minutes=100 * (step + 1) + 17)
        await watch(tx)
    tx.now += 2 * HOUR
    await watch(tx)
    live = {found.hit for found in await store.list_hits(tx, None, shop_id, None, 99)}
    assert {hit.kind for hit in live} == {each.kind for each in rules}
    assert set(await replay(tx, rules, [shop_id], begin, tx.now)) == live
    trial = TryConductRule(id=new_id(), rule=replace(rules[1], id=new_id()), actor=BY_SYSTEM)
    assert await try_conduct_rules(tx, [trial]) == [T.QUEUED]
    while await go_on_trying(tx):
        pass
    found = (await store.get_trials(tx, [trial.id]))[trial.id]
    mine = {replace(hit, rule_id=trial.rule.id) for hit in live if hit.rule_id == rules[1].id}
    assert (set(found.examples), found.hits, found.shops, found.done_at) == (mine, len(mine), 1, tx.now)
    assert found.by_day == {hit.on.isoformat(): 1 for hit in mine}
    pages = [await store.get_trial(tx, trial.id, after, 2) for after in range(0, len(mine) + 2, 2)]
    assert [hit for view in pages if view for hit in view.found] == list(found.examples), "and all of it can be read"
    # As a process of before there were rows leaves a trial, and then its rows.
    kept = await tx.connection.fetch("delete from supervision.trial_hits where trial_id = $1 returning *", trial.id)
    old = await store.get_trial(tx, trial.id, 1, 99)
    assert old is not None
    assert (old.found, old.kept) == (found.examples[1:], len(mine)), "of an old one examples are listed"
    await tx.connection.executemany("insert into supervision.trial_hits values ($1, $2, $3)", map(tuple, kept))
    await tx.connection.execute("delete from supervision.trials where id = $1", trial.id)
    await store.forget_trials(tx, tx.now - HOUR)
    assert not await tx.connection.fetch("select from supervision.trial_hits where trial_id = $1", trial.id)


async def test_an_order_counts_once_as_refunded_however_often_money_of_it_goes_back(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    await watch(tx)
    begin = tx.now = hour_of(tx.now) + HOUR
    often = rule(K.REFUND_RATE, threshold=50, at_least=4)
    await put(tx, often)
    buyers = await make_people(tx, 5)
    orders = [await trade(tx, shop_id, buyer, "8.8.8.8") for buyer in buyers]
    # Twenty applications of a fen on two of five orders, in one batch and in later hours.
    for _ in range(3):
        some = [refund(orders[number % 2], 1) for number in range(20)]
        await publish(tx, [Occurrence(back, shop_id, back.order_id, BY_SYSTEM) for back in some])
        await watch(tx)
        tx.now += HOUR
    await watch(tx)
    assert await store.list_hits(tx, None, shop_id, None, 9) == [], "two of five are no half"
    found = (await store.get_tallies(tx, {shop_id: (begin, tx.now)}, 9 * HOUR, [M.REFUNDED]))[shop_id]
    assert [(each.count, each.amount) for each in found] == [(2, 20), (0, 20), (0, 20)]
    await publish(tx, [Occurrence(refund(orders[4], 1), shop_id, orders[4], BY_SYSTEM)])
    tx.now += HOUR + GRACE
    await watch(tx)
    (listed,) = await store.list_hits(tx, None, shop_id, None, 9)
    assert (listed.hit.part, listed.hit.whole) == (3, 5)
    assert await replay(tx, [often], [shop_id], begin, tx.now) == [listed.hit], "a trial counts the same"
    with speaking("zh_CN"):
        assert found_line(listed.hit) == "48 小时里付款 5 单，3 单退过款"


async def test_what_two_watchers_see_at_once_is_counted_once(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        (buyer_id,) = await make_people(tx, 1)
        await trade(tx, shop_id, buyer_id, "8.8.8.8")
    shards = [shard_of(shop_id)]
    await asyncio.gather(*(database.retried(partial(watch_shops, shards=shards, limit=9)) for _ in range(4)))
    now = clock.now()
    async with database.read() as reader:
        found = await store.get_tallies(reader, {shop_id: (now - HOUR, now + HOUR)}, HOUR, [M.PAID, M.BOUGHT])
    assert sorted((each.measure, each.count) for each in found[shop_id]) == [(M.BOUGHT, 1), (M.PAID, 1)]
    (bought,) = (each for each in found[shop_id] if each.measure is M.BOUGHT)
    assert bought.about_id == place_of(shop_id, ip_address("8.8.8.1"))


async def test_a_price_that_jumps_is_reviewed_and_opens_nothing_again_once_it_was_dismissed(tx: Transaction) -> None:
    jump = rule(K.PRICE_RISE, effect=Effect.REVIEW)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    tx.now += HOUR
    await _reprice(tx, cup, cup.skus[0].price, cup.skus[0].price * 3)
    await watch(tx)
    assert await list_open(tx, None, None, 9) == []  # The hour is not over.
    tx.now += HOUR + GRACE
    await watch(tx)
    (listed,) = await list_open(tx, None, None, 9)
    (hit,) = listed.inquiry.hits
    assert (hit.part, hit.whole, hit.subject_id) == (cup.skus[0].price * 3, cup.skus[0].price, cup.id)
    assert await _state(tx, cup.id) is ProductState.TAKEN_DOWN
    course = await store.get_course(tx, cup.shop_id, cup.id, tx.now - timedelta(days=2))
    assert course[-1].amount == cup.skus[0].price * 3
    staff = Actor("staff", (await make_people(tx, 1))[0])
    await take_inquiries(tx, [TakeInquiry(inquiry_id=listed.inquiry.id, actor=staff)])
    decision = DecideInquiry(inquiry_id=listed.inquiry.id, verdict=Verdict.DISMISSED, reason="", answer="", actor=staff)
    await decide_inquiries(tx, [decision])
    assert await _state(tx, cup.id) is ProductState.LISTED
    tx.now += timedelta(days=1)
    await _reprice(tx, cup, cup.skus[0].price * 3, cup.skus[0].price * 9)
    tx.now += HOUR + GRACE
    await watch(tx)
    assert await list_open(tx, None, None, 9) == []
    again, first = await store.list_hits(tx, jump.id, None, None, 9)
    assert (again.inquiry_id, first.inquiry_id, first.id) == (None, listed.inquiry.id, hit_id(hit))


async def test_a_price_that_came_back_within_the_hour_is_found_now_and_in_a_trial(tx: Transaction) -> None:
    jump = rule(K.PRICE_RISE)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    await put(tx, jump)
    tx.now += HOUR
    price = cup.skus[0].price
    for before, after in ((price, price * 10), (price * 10, price)):
        await _reprice(tx, cup, before, after)
        await watch(tx)  # Each is counted by itself, in the same hour.
        tx.now += timedelta(minutes=20)
    tx.now += HOUR + GRACE
    await watch(tx)
    (found,) = await store.list_hits(tx, jump.id, None, None, 9)
    assert (found.hit.part, found.hit.whole) == (price * 10, price)
    assert await replay(tx, [jump], [cup.shop_id], tx.now - timedelta(days=9), tx.now) == [found.hit]
    # What is kept is bounded, and what was seen is not forgotten.
    hour = found.hit.hour
    for number in range(3):
        many = tuple(price + number % 2 for number in range(PRICES_MAX // 2 + number))
        facts = {"shop_id": cup.shop_id, "subject_id": cup.skus[0].id, "about_id": cup.id, "prices": many}
        await store.add_tallies(tx, [Tally(hour=hour, measure=M.PRICED, amount=price, before=price, **facts)])
    counts = (await store.get_tallies(tx, {cup.shop_id: (hour, hour + HOUR)}, HOUR, [M.PRICED]))[cup.shop_id]
    (its,) = (each for each in counts if each.hour == hour)
    assert (max(its.prices), len(its.prices) <= PRICES_MAX) == (price * 10, True)


async def test_goods_taken_down_again_after_an_appeal_keep_what_was_said_of_the_first_time(tx: Transaction) -> None:
    await put(tx, rule(K.PRICE_RISE, effect=Effect.REVIEW))
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    staff, judge = [Actor("staff", id) for id in await make_people(tx, 2)]

    async def jump(before: int, after: int) -> Penalty:
        tx.now += timedelta(days=1)
        await _reprice(tx, cup, before, after)
        tx.now += HOUR + GRACE
        await watch(tx)
        assert await _state(tx, cup.id) is ProductState.TAKEN_DOWN
        found = [each.penalty for each in await list_penalties_of_shop(tx, cup.shop_id, None, 9)]
        (penalty,) = (each for each in found if each.state is PenaltyState.IN_FORCE)
        appeal = AppealPenalty(penalty_id=penalty.id, shop_id=cup.shop_id, text="涨得有道理", actor=BY_SYSTEM)
        assert await appeal_penalties(tx, [appeal]) == ["appealed"]
        return penalty

    price = cup.skus[0].price
    first = await jump(price, price * 3)
    verdict = JudgePenalty(penalty_id=first.id, is_granted=True, reason="是的", actor=judge)
    assert await judge_penalties(tx, [verdict]) == ["granted"]
    assert await _state(tx, cup.id) is ProductState.LISTED
    second = await jump(price * 3, price * 9)
    assert second.id != first.id
    (listed,) = await list_open(tx, None, None, 9)
    assert first.inquiry_id == second.inquiry_id == listed.inquiry.id
    await take_inquiries(tx, [TakeInquiry(inquiry_id=listed.inquiry.id, actor=staff)])
    decision = DecideInquiry(inquiry_id=listed.inquiry.id, verdict=Verdict.DISMISSED, reason="", answer="", actor=staff)
    assert await decide_inquiries(tx, [decision]) == ["decided"]
    # The appeal waited meanwhile: whatever is said to it, what was undone stays so.
    verdict = JudgePenalty(penalty_id=second.id, is_granted=False, reason="不对", actor=judge)
    assert await judge_penalties(tx, [verdict]) == ["denied"]
    assert await _state(tx, cup.id) is ProductState.LISTED
    found = [each.penalty for each in await list_penalties_of_shop(tx, cup.shop_id, None, 9)]
    assert {each.id: (each.state, each.is_granted) for each in found} == {
        first.id: (PenaltyState.LIFTED, True),
        second.id: (PenaltyState.LIFTED, False),
    }


async def _reprice(tx: Transaction, cup: SaveProduct, before: int, after: int) -> None:
    change = ChangePrice(
        sku_id=cup.skus[0].id,
        product_id=cup.id,
        shop_id=cup.shop_id,
        price_before=before,
        price=after,
        compare_at=None,
        actor=BY_SYSTEM,
    )
    assert await change_prices(tx, [change]) == [ChangePriceStatus.CHANGED]


async def _state(tx: Transaction, product_id: UUID) -> ProductState:
    page = await get_product_page(tx, product_id)
    assert page is not None
    return page.state


async def test_every_status_of_publishing_and_trying(tx: Transaction) -> None:
    good = rule(K.REFUND_RATE)
    command = PublishConductRules(version=2, put=(good,), retire=(), reason="试试", actor=BY_SYSTEM)
    untried = await publish_conduct_rules(tx, [command])
    assert [(r.status, [f.fault for f in r.faults]) for r in untried] == [
        (P.INVALID_RULES, [ConductFaultKind.NOT_TRIED])
    ]
    asked = TryConductRule(id=new_id(), rule=good, actor=BY_SYSTEM)
    bad = replace(asked, id=new_id(), rule=replace(good, hits=()))
    assert await try_conduct_rules(tx, [asked, asked, replace(asked, rule=bad.rule), bad]) == [
        T.QUEUED,
        T.EXISTS,
        T.ID_TAKEN,
        T.INVALID_RULE,
    ]
    while await go_on_trying(tx):
        pass
    results = await publish_conduct_rules(
        tx,
        [
            replace(command, reason=" "),
            replace(command, version=3),
            command,
            replace(command, version=3),
            # Other words need no other trial, a lower threshold does.
            replace(command, version=3, put=(replace(good, reason="退得太多。"),)),
            replace(command, version=4, put=(replace(good, threshold=1),)),
            replace(command, version=4, put=(), retire=(good.id,)),
        ],
    )
    assert [result.status for result in results] == [
        P.REASON_MISSING,
        P.VERSION_TAKEN,
        P.PUBLISHED,
        P.NOTHING_CHANGED,
        P.PUBLISHED,
        P.INVALID_RULES,
        P.PUBLISHED,
    ]
    faulty = [
        replace(good, id=new_id(), name=""),
        rule(K.SAME_BUYER, window_hours=169),
        rule(K.SAME_BUYER, effect=Effect.REVIEW),
        rule(K.SAME_BUYER, hits=()),
        rule(K.SAME_BUYER, hits=(ConductExample(1, 1),)),
        rule(K.SAME_BUYER, passes=(ConductExample(5, 5),)),
        good,
        good,
    ]
    (result,) = await publish_conduct_rules(tx, [replace(command, version=5, put=tuple(faulty))])
    assert [fault.fault for fault in result.faults] == [
        kind for kind in ConductFaultKind if kind is not ConductFaultKind.NOT_TRIED
    ]
    many = {id: replace(good, id=id) for id in (new_id() for _ in range(100))}
    assert judge_publication(command, 1, many, {good.fingerprint})[0].status is P.TOO_MANY_RULES


async def _on_sale_again(tx: Transaction, saved: SaveProduct, *saves: SaveProduct) -> None:
    """Take a product off sale, save it while it is not, and list it."""
    gone = WithdrawProduct(product_id=saved.id, shop_id=saved.shop_id, actor=BY_SYSTEM)
    assert await withdraw_products(tx, [gone]) == ["withdrawn"]
    for each in saves:
        tx.now += timedelta(minutes=1)
        (result,) = await save_products(tx, [each])
        assert result.status is SaveProductStatus.UPDATED, result
    tx.now += timedelta(minutes=1)
    back = ListProduct(product_id=saved.id, shop_id=saved.shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [back]) == ["listed"]


@pytest.mark.parametrize("hours", [0, 100])
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_no_price_jumps_unseen_while_its_product_is_not_on_sale(
    tx: Transaction, hours: int, is_replaced: bool
) -> None:
    """Neither of a SKU that is repriced meanwhile, for however long that was, nor of another that takes its place."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    price = cup.skus[0].price
    tx.now += HOUR + GRACE
    await watch(tx)
    dear = replace(cup.skus[0], price=price * 9, id=new_id(cup.shop_id) if is_replaced else cup.skus[0].id)
    tx.now += hours * HOUR
    await _on_sale_again(tx, cup, replace(cup, skus=(dear,)))
    tx.now += HOUR + GRACE
    await watch(tx)
    (found,) = await store.list_hits(tx, jump.id, None, None, 9)
    assert (found.hit.part, found.hit.whole, found.hit.about) == (price * 9, price, (dear.id,))
    assert await replay(tx, [jump], [cup.shop_id], tx.now - timedelta(days=9), tx.now) == [found.hit]


async def test_what_is_saved_before_and_after_hides_no_jump_of_what_is_listed_again(tx: Transaction) -> None:
    """Neither more saves while nobody can buy than are read of its past, nor one more once it is on sale."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    price = cup.skus[0].price
    tx.now += HOUR + GRACE
    await watch(tx)
    tx.now += 100 * HOUR  # No count of an hour that is looked at tells of it.
    dear = replace(cup, skus=(replace(cup.skus[0], price=price * 9),))
    await _on_sale_again(tx, cup, *(replace(dear, title=f"杯 {number}") for number in range(OFFERS_READ + 1)))
    tx.now += timedelta(seconds=9)
    assert (await save_products(tx, [replace(dear, title="杯")]))[0].status is SaveProductStatus.UPDATED
    tx.now += HOUR + GRACE
    await watch(tx)
    (found,) = await store.list_hits(tx, jump.id, None, None, 9)
    assert (found.hit.part, found.hit.whole) == (price * 9, price)


def test_what_comes_later_is_not_what_was_offered_before() -> None:
    at = hour_of(clock.now())
    first, listed, later = Offer(ONE, at, 1), Offer(ONE, at + HOUR), Offer(ONE, at + 2 * HOUR, 3)
    trail = [first, listed, later]
    assert [last_before(each, trail) for each in trail] == [None, first.at, listed.at]
    assert last_before(listed, [first, Offer(ONE, listed.at, 2)]) == listed.at, "saved and listed at once"


async def test_what_was_never_offered_is_no_price_that_jumps(tx: Transaction) -> None:
    """A draft's price, one that came and went while nobody could buy, and one more SKU beside the others."""
    rules = [rule(K.PRICE_RISE), rule(K.PRICE_FALL)]
    await put(tx, *rules)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx))
    price = cup.skus[0].price

    def at(amount: int) -> SaveProduct:
        return replace(cup, skus=(replace(cup.skus[0], price=amount),))

    assert (await save_products(tx, [replace(at(1), state=ProductState.DRAFT)]))[0].status is SaveProductStatus.CREATED
    tx.now += HOUR
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.UPDATED
    listed = ListProduct(product_id=cup.id, shop_id=cup.shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listed]) == ["listed"]
    tx.now += HOUR
    await watch(tx)
    await _on_sale_again(tx, cup, at(price * 9), cup)
    tx.now += HOUR + GRACE
    await watch(tx)
    for each in rules:
        assert await store.list_hits(tx, each.id, None, None, 9) == []


def test_a_sku_is_measured_by_the_one_whose_place_it_took_and_one_more_by_none() -> None:
    def sku(id: UUID, price: int, before: int | None, choices: str, **facts: Any) -> OfferedSku:
        given: dict[str, Any] = {"position": 0, "is_withdrawn": False, "is_beside": False}
        return OfferedSku(id, price, before, (choices,), **given | facts)

    red = sku(ONE, 100, 100, "红", is_withdrawn=True)
    assert priced([red, sku(OTHER, 900, None, "红")]) == [Priced(OTHER, 900, 100)]
    assert priced([red, sku(OTHER, 900, None, "大红")]) == [Priced(OTHER, 900, 100)], "nothing else is left"
    assert priced([red, sku(OTHER, 900, None, "大红", is_beside=True)]) == [Priced(OTHER, 900, None)]
    assert priced([red, sku(OTHER, 100, None, "红"), sku(THIRD, 5, 0, "白")]) == [Priced(THIRD, 5, 0)]


def test_a_renamed_sku_is_measured_beside_others_and_what_is_added_is_not() -> None:
    """One takes the place of one that went, in either order; what a product has besides may cost what it will."""
    at = hour_of(clock.now())

    def sku(id: int, name: str, price: int, before: int | None, began: int, **facts: Any) -> OfferedSku:
        given: dict[str, Any] = {"position": id, "is_withdrawn": False, "is_beside": True}
        return OfferedSku(UUID(int=id), price, before, (name,), **given | facts, began_at=at + began * HOUR)

    def went(hours: int) -> dict[str, Any]:
        return {"is_withdrawn": True, "withdrawn_at": at + hours * HOUR}

    def found(*skus: OfferedSku, last: int = 0) -> dict[int, tuple[int, int | None]]:
        return {each.sku_id.int: (each.price, each.before) for each in priced(skus, at + last * HOUR)}

    blue = sku(9, "蓝", 100, 100, 0)
    red = sku(1, "红", 100, 100, 0, **went(5))
    assert found(blue, red, sku(2, "大红", 900, None, 5, position=1)) == {2: (900, 100)}, "renamed"
    assert found(blue, red, sku(2, "大红", 900, None, 5, position=7)) == {2: (900, 100)}, "and moved"
    assert found(blue, red, sku(2, "大红", 900, None, 300)) == {2: (900, 100)}, "some days later"
    assert found(blue, red, sku(2, "大红", 900, 900, 3), last=4) == {2: (900, 100)}, "before the other went"
    assert found(blue, red, sku(2, "红", 900, 900, 0), last=4) == {2: (900, 100)}, "by one of before"
    assert found(blue, red, sku(2, "朱砂", 900, None, 24 * 6)) == {2: (900, 100)}, "within a week by any name"
    assert found(blue, red, sku(2, "朱砂", 900, 900, 5, is_new=True), last=4) == {2: (900, 100)}, "by one seeded before"
    assert found(blue, red, sku(2, "朱砂", 900, 100, 5, is_new=True), last=4) == {2: (900, 100)}, "and by its own price"
    # What must not be found.
    assert found(blue, red, sku(2, "礼盒", 900, None, 24 * 8)) == {2: (900, None)}, "really another"
    small = sku(1, "50克", 100, 100, 0, **went(5))
    assert found(blue, small, sku(2, "250克", 900, None, 24 * 8)) == {2: (900, None)}, "five times as much"
    assert found(blue, small, sku(2, "50 克装", 900, None, 24 * 8)) == {2: (900, 100)}, "but as much is the same"
    assert found(blue, sku(2, "大红", 900, None, 5)) == {2: (900, None)}, "nothing went"
    assert found(blue, red, sku(2, "大红", 900, None, 24 * 31 + 5)) == {2: (900, None)}, "it went long ago"
    assert found(blue, red, sku(2, "大红", 900, 900, 3), last=6) == {}, "it went before the last time"
    same = sku(3, "大红", 100, None, 5, position=1)
    assert found(blue, red, sku(2, "礼盒", 900, None, 5), same).get(2) == (900, None), "a place is one SKU's"
    settled = sku(3, "大红", 100, 100, 5, position=1)
    assert found(blue, red, settled, sku(2, "礼盒", 900, None, 100), last=9) == {2: (900, None)}, "and stays its own"
    assert found(blue, sku(2, "特大", 900, 900, -99), red, last=4) == {}, "it was there as long as the other"


async def test_no_price_jumps_unseen_by_another_name_of_its_option(tx: Transaction) -> None:
    """A SKU that is renamed beside another is measured by what it cost; one that is added is measured by nothing."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = product(await opened_shop(tx))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    green, white = cup.skus
    tx.now += HOUR + GRACE
    await watch(tx)
    tx.now += 100 * HOUR
    large = replace(white, id=new_id(cup.shop_id), choices=("特大",), price=white.price * 9, code="CUP-3")
    more = replace(cup, options=(Option("颜色", ("青", "白", "特大")),), skus=(green, white, large))
    assert (await save_products(tx, [more]))[0].status is SaveProductStatus.UPDATED
    tx.now += HOUR + GRACE
    await watch(tx)
    assert await store.list_hits(tx, jump.id, None, None, 9) == []
    tx.now += 100 * HOUR
    dear = replace(green, id=new_id(cup.shop_id), choices=("天青",), price=green.price * 9, code="CUP-4")
    renamed = replace(cup, options=(Option("颜色", ("白", "特大", "天青")),), skus=(white, large, dear))
    assert (await save_products(tx, [renamed]))[0].status is SaveProductStatus.UPDATED
    tx.now += HOUR + GRACE
    await watch(tx)
    (found,) = await store.list_hits(tx, jump.id, None, None, 9)
    assert (found.hit.part, found.hit.whole, found.hit.about) == (dear.price, green.price, (dear.id,))
    assert await replay(tx, [jump], [cup.shop_id], tx.now - timedelta(days=9), tx.now) == [found.hit]


@pytest.mark.parametrize(
    ("was_there", "name", "is_found"),
    [
        (timedelta(minutes=1), "天青", True),
        (timedelta(minutes=1), "预备", True),
        (timedelta(days=3), "朱砂", True),
        (None, "天青", True),
        # It was really sold at that price, and still is called so.
        (timedelta(days=3), "预备", False),
    ],
)
async def test_no_price_jumps_unseen_by_an_option_of_before(
    tx: Transaction, was_there: timedelta | None, name: str, *, is_found: bool
) -> None:
    """One that is put in for a moment, or while nobody can buy (None), and comes again in the place of a cheap one."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = product(await opened_shop(tx))
    green, white = cup.skus
    ready = replace(green, id=new_id(cup.shop_id), choices=("预备",), price=green.price * 9, code="CUP-3")
    more = replace(cup, options=(Option("颜色", ("青", "白", "预备")),), skus=(green, white, ready))
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    tx.now += 100 * HOUR
    await watch(tx)
    if was_there is None:
        await _on_sale_again(tx, cup, more, cup)
    else:
        assert (await save_products(tx, [more]))[0].status is SaveProductStatus.UPDATED
        tx.now += was_there
        assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.UPDATED
    tx.now += 30 * HOUR
    await watch(tx)
    dear = replace(ready, choices=(name,))
    swapped = replace(cup, options=(Option("颜色", (name, "白")),), skus=(dear, white))
    assert (await save_products(tx, [swapped]))[0].status is SaveProductStatus.UPDATED
    tx.now += HOUR + GRACE
    await watch(tx)
    hits = [found.hit for found in await store.list_hits(tx, jump.id, None, None, 9)]
    assert [(hit.part, hit.whole, hit.about) for hit in hits] == [(dear.price, green.price, (dear.id,))] * is_found
    assert await replay(tx, [jump], [cup.shop_id], tx.now - timedelta(days=9), tx.now) == hits


async def test_what_is_put_in_and_taken_out_at_once_is_known_to_have_gone(tx: Transaction) -> None:
    """Two saves of one request take the cheap one out; a new one beside another is measured by it all the same."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = product(await opened_shop(tx))
    green, white = cup.skus
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    tx.now += HOUR + GRACE
    await watch(tx)
    tx.now += 100 * HOUR
    dear = replace(green, id=new_id(cup.shop_id), choices=("朱砂",), price=green.price * 9, code="CUP-4")
    swapped = replace(cup, options=(Option("颜色", ("朱砂", "白")),), skus=(dear, white))
    saved = await save_products(tx, [replace(cup, title="杯"), swapped])
    assert [each.status for each in saved] == [SaveProductStatus.UPDATED] * 2
    tx.now += HOUR + GRACE
    await watch(tx)
    (found,) = await store.list_hits(tx, jump.id, None, None, 9)
    assert (found.hit.part, found.hit.whole, found.hit.about) == (dear.price, green.price, (dear.id,))


PHOTO = Picture(url="/media/" + "a" * 64 + "-800.webp", width=800)


@pytest.mark.parametrize(
    ("former", "later", "goes", "is_found"),
    [
        ({}, {"title": "手作 陶瓷杯！"}, "withdrawn", True),
        ({"pictures": (PHOTO,)}, {"title": "全新青瓷", "pictures": (PHOTO,)}, "withdrawn", True),
        ({}, {}, "renamed", True),
        ({}, {}, "taken down", True),
        ({"pictures": (PHOTO,)}, {"pictures": (PHOTO,)}, "stays", True),
        ({"pictures": (PHOTO,)}, {"pictures": (PHOTO,)}, "late", True),
        ({}, {}, "stays", False),
        ({"pictures": (PHOTO,)}, {"title": "全新青瓷", "pictures": (PHOTO,)}, "stays", False),
        ({}, {"title": "全新青瓷"}, "withdrawn", False),
        ({}, {}, "long ago", False),
        ({}, {}, "replaced", False),
    ],
)
async def test_no_price_jumps_unseen_by_a_product_in_the_place_of_another(
    tx: Transaction, former: dict[str, Any], later: dict[str, Any], goes: str, is_found: bool
) -> None:
    """What has the title or the picture of goods that went is measured by them, and so is what has both of any."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    cup = simple(await opened_shop(tx), **former)
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    price = cup.skus[0].price
    tx.now += 100 * HOUR
    await watch(tx)
    gone = WithdrawProduct(product_id=cup.id, shop_id=cup.shop_id, actor=BY_SYSTEM)
    if goes in ("withdrawn", "renamed", "long ago", "replaced"):
        assert await withdraw_products(tx, [gone]) == ["withdrawn"]
    if goes == "renamed":  # And repriced, since it can't be bought.
        tx.now += GRACE
        other = replace(cup, title="旧货", skus=(replace(cup.skus[0], price=price * 9),))
        assert (await save_products(tx, [other]))[0].status is SaveProductStatus.UPDATED
    if goes == "taken down":
        taking = TakeDownProduct(product_id=cup.id, penalty_id=new_id(cup.shop_id), reason="看看", actor=BY_SYSTEM)
        assert await take_down_products(tx, [taking]) == ["taken_down"]
    tx.now += HOUR if goes != "long ago" else timedelta(days=31)
    if goes == "replaced":
        same = simple(cup.shop_id, handle="same", title=cup.title)
        assert (await save_products(tx, [same]))[0].status is SaveProductStatus.CREATED
        tx.now += 50 * HOUR
    await watch(tx)
    dear = simple(cup.shop_id, handle="dear", skus=(SaveSku(id=new_id(cup.shop_id), price=price * 9),), **later)
    assert (await save_products(tx, [dear]))[0].status is SaveProductStatus.CREATED
    if goes == "late":
        assert await withdraw_products(tx, [gone]) == ["withdrawn"]
    tx.now += HOUR + GRACE
    await watch(tx)
    hits = [found.hit for found in await store.list_hits(tx, jump.id, None, None, 9)]
    assert [(hit.part, hit.whole, hit.subject_id) for hit in hits] == [(price * 9, price, dear.id)] * is_found
    assert await replay(tx, [jump], [cup.shop_id], tx.now - timedelta(days=40), tx.now) == hits


OTHER_PHOTO = Picture(url="/media/" + "b" * 64 + "-800.webp", width=800)


class Swap:
    """A shop that has a cheap product on sale, and a dear one, and what it does with them."""

    def __init__(self, tx: Transaction, shop_id: UUID) -> None:
        self.tx = tx
        self.cheap = simple(shop_id, pictures=(PHOTO,))
        self.price = self.cheap.skus[0].price
        skus = (SaveSku(id=new_id(shop_id), price=self.price * 9),)
        self.dear = simple(shop_id, handle="dear", pictures=(OTHER_PHOTO,), skus=skus)

    async def save(self, *saves: SaveProduct) -> None:
        for result in await save_products(self.tx, saves):
            assert result.status in (SaveProductStatus.CREATED, SaveProductStatus.UPDATED)

    async def wait(self, **time: int) -> None:
        """Let time go by, in which what was done is counted."""
        self.tx.now += timedelta(minutes=1)
        await watch(self.tx)
        self.tx.now += timedelta(**time)

    async def take_off(self, gone: SaveProduct) -> None:
        command = WithdrawProduct(product_id=gone.id, shop_id=gone.shop_id, actor=BY_SYSTEM)
        assert await withdraw_products(self.tx, [command]) == ["withdrawn"]

    async def put_on(self, back: SaveProduct) -> None:
        command = ListProduct(product_id=back.id, shop_id=back.shop_id, actor=BY_SYSTEM)
        assert await list_products(self.tx, [command]) == ["listed"]

    async def take_down(self, gone: SaveProduct) -> None:
        command = TakeDownProduct(product_id=gone.id, penalty_id=new_id(gone.shop_id), reason="看看", actor=BY_SYSTEM)
        assert await take_down_products(self.tx, [command]) == ["taken_down"]


async def _the_dear_one_comes_first(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(days=3)
    await swap.take_off(swap.cheap)


async def _the_cheap_one_is_taken_down(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(days=3)
    await swap.take_down(swap.cheap)


async def _the_cheap_one_gets_another_title_later(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(days=3)
    await swap.save(replace(swap.cheap, title="旧货"))


async def _the_cheap_one_had_another_title_by_then(swap: Swap) -> None:
    await swap.save(replace(swap.cheap, title="旧货"))
    await swap.wait(days=3)
    await swap.save(swap.dear)


async def _the_cheap_one_gets_another_title_off_sale(swap: Swap) -> None:
    await swap.take_off(swap.cheap)
    await swap.wait(hours=1)
    await swap.save(replace(swap.cheap, title="旧货"))
    await swap.put_on(swap.cheap)
    await swap.wait(days=3)
    await swap.save(swap.dear)


async def _one_of_before_takes_title_and_picture(swap: Swap) -> None:
    await swap.save(replace(swap.dear, title="旧货"))
    await swap.wait(days=3)
    await swap.take_off(swap.dear)
    await swap.take_off(swap.cheap)
    await swap.wait(hours=1)
    await swap.save(replace(swap.dear, pictures=(PHOTO,)))
    await swap.put_on(swap.dear)


async def _one_on_sale_takes_the_title(swap: Swap) -> None:
    await swap.save(replace(swap.dear, title="旧货"))
    await swap.wait(days=3)
    await swap.take_off(swap.cheap)
    await swap.wait(hours=1)
    await swap.save(swap.dear)


async def _one_had_the_title_for_a_moment(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(minutes=1)
    await swap.take_off(swap.dear)
    await swap.wait(days=3)
    await swap.take_off(swap.cheap)
    await swap.wait(hours=1)
    await swap.put_on(swap.dear)


async def _another_says_a_thousand_things(swap: Swap) -> None:
    other = simple(swap.cheap.shop_id, handle="other", title="旧货")
    await swap.save(other)
    await swap.wait(days=1)
    await swap.take_off(swap.cheap)
    await swap.tx.connection.execute(
        "insert into catalog.former_texts"
        " (shard, product_id, version, title, description_html, attributes, pictures, until_at)"
        " select $1, $2, number, '旧货' || number, '', '{}', '[]', $3 from generate_series(1, 1001) number",
        shard_of(other.id),
        other.id,
        swap.tx.now + timedelta(minutes=1),
    )
    await swap.wait(hours=1)
    await swap.take_off(other)
    await swap.save(swap.dear)


async def _others_of_the_title_come_at_once(swap: Swap) -> None:
    await swap.save(replace(swap.dear, pictures=(PHOTO,)))
    swap.tx.now += timedelta(seconds=9)
    shop_id = swap.cheap.shop_id
    await swap.save(*(simple(shop_id, handle=f"d-{n}", pictures=(PHOTO,)) for n in range(FORMERS_OF + 1)))


@pytest.mark.parametrize(
    "way",
    [
        _others_of_the_title_come_at_once,
        _the_dear_one_comes_first,
        _the_cheap_one_is_taken_down,
        _the_cheap_one_gets_another_title_later,
        _the_cheap_one_had_another_title_by_then,
        _the_cheap_one_gets_another_title_off_sale,
        _one_of_before_takes_title_and_picture,
        _one_on_sale_takes_the_title,
        _one_had_the_title_for_a_moment,
        _another_says_a_thousand_things,
    ],
)
async def test_whatever_takes_the_title_of_goods_is_measured_by_them(
    tx: Transaction, way: Callable[[Swap], Awaitable[None]]
) -> None:
    """In whatever order they come and go, and whether it is a new one."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    swap = Swap(tx, await opened_shop(tx))
    await swap.save(swap.cheap)
    await swap.wait(days=5)
    await way(swap)
    await swap.wait(hours=1)
    await watch(tx)
    hits = [found.hit for found in await store.list_hits(tx, jump.id, None, None, 9)]
    assert [(hit.part, hit.whole, hit.subject_id) for hit in hits] == [(swap.price * 9, swap.price, swap.dear.id)]
    assert await replay(tx, [jump], [swap.cheap.shop_id], tx.now - timedelta(days=40), tx.now) == hits


async def _both_were_there_for_long(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(days=31)
    await swap.take_off(swap.cheap)
    await swap.wait(days=1)
    await swap.save(replace(swap.dear, title=f"{swap.dear.title}！"))  # Still its title.
    await swap.wait(days=1)
    await swap.take_off(swap.dear)
    await swap.put_on(swap.dear)


async def _they_are_of_one_range(swap: Swap) -> None:
    sister = simple(swap.cheap.shop_id, handle="sister", title="一套")
    await swap.save(sister, replace(swap.dear, title="一套"))
    await swap.wait(days=3)
    await swap.take_off(sister)


async def _the_cheap_one_says_more_of_itself(swap: Swap) -> None:
    await swap.save(swap.dear)
    await swap.wait(days=3)
    await swap.save(replace(swap.cheap, description_html="<p>手作</p>", pictures=(OTHER_PHOTO,)))


async def _the_picture_is_one_of_weeks_ago(swap: Swap) -> None:
    await swap.take_off(swap.cheap)
    await swap.wait(days=20)
    await swap.save(replace(swap.dear, title="茶台", pictures=(PHOTO,)))


async def _the_picture_is_the_shop_s(swap: Swap) -> None:
    await swap.save(simple(swap.cheap.shop_id, handle="third", title="茶则", pictures=(PHOTO,)))
    await swap.wait(days=3)
    await swap.take_off(swap.cheap)
    await swap.wait(hours=1)
    await swap.save(replace(swap.dear, title="茶台", pictures=(PHOTO,)))


@pytest.mark.parametrize(
    "way",
    [
        _both_were_there_for_long,
        _they_are_of_one_range,
        _the_cheap_one_says_more_of_itself,
        _the_picture_is_one_of_weeks_ago,
        _the_picture_is_the_shop_s,
    ],
)
async def test_what_is_another_thing_is_measured_by_nothing(
    tx: Transaction, way: Callable[[Swap], Awaitable[None]]
) -> None:
    rules = [rule(K.PRICE_RISE), rule(K.PRICE_FALL)]
    await put(tx, *rules)
    tx.now = hour_of(tx.now) + HOUR
    swap = Swap(tx, await opened_shop(tx))
    await swap.save(swap.cheap)
    await swap.wait(days=5)
    await way(swap)
    await swap.wait(hours=1)
    await watch(tx)
    for each in rules:
        assert await store.list_hits(tx, each.id, None, None, 9) == []


@pytest.mark.parametrize(("hours", "is_found"), [(0, True), (2, True), (72, False)])
async def test_what_rises_by_steps_under_other_names_is_found_as_if_it_had_one(
    tx: Transaction, hours: int, *, is_found: bool
) -> None:
    """Of goods, and of options: two steps, each of which a rule lets pass, are one that it does not, in its window."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    swap = Swap(tx, await opened_shop(tx))
    pot = product(swap.cheap.shop_id, handle="pot", title="壶")
    green, white = pot.skus
    await swap.save(swap.cheap, pot)
    await swap.wait(days=5)

    def at(saved: SaveProduct, price: int) -> SaveProduct:
        return replace(saved, skus=(replace(saved.skus[0], price=price),))

    def of(name: str, price: int) -> SaveProduct:
        sku = replace(green, id=new_id(pot.shop_id), choices=(name,), price=price, code=name)
        return replace(pot, options=(Option("颜色", (name, "白")),), skus=(sku, white))

    steps = [(saved.price, saved.price * 19 // 10, saved.price * 36 // 10) for saved in (swap.cheap.skus[0], green)]
    await swap.save(at(swap.cheap, steps[0][1]), of("天青", steps[1][1]))
    await swap.wait(hours=hours)
    await swap.take_off(swap.cheap)
    await swap.save(at(swap.dear, steps[0][2]), of("朱砂", steps[1][2]))
    await swap.wait(hours=1)
    await watch(tx)
    hits = [found.hit for found in await store.list_hits(tx, jump.id, None, None, 9)]
    wanted = {(steps[0][2], steps[0][0], swap.dear.id), (steps[1][2], steps[1][0], pot.id)} if is_found else set()
    assert {(hit.part, hit.whole, hit.subject_id) for hit in hits} == wanted
    again = await replay(tx, [jump], [pot.shop_id], tx.now - timedelta(days=40), tx.now)
    assert {hit.subject_id: hit for hit in again} == {hit.subject_id: hit for hit in hits}


async def test_goods_restored_within_the_day_are_not_measured_again(tx: Transaction) -> None:
    """What staff took down and gave back came when it first did, and is what it was."""
    jump = rule(K.PRICE_RISE)
    await put(tx, jump)
    tx.now = hour_of(tx.now) + HOUR
    swap = Swap(tx, await opened_shop(tx))
    await swap.save(swap.cheap)
    await swap.wait(days=5)
    await swap.take_off(swap.cheap)
    await swap.save(swap.dear)
    await swap.wait(hours=2)
    await watch(tx)
    penalty_id = new_id(swap.dear.shop_id)
    taking = TakeDownProduct(product_id=swap.dear.id, penalty_id=penalty_id, reason="看看", actor=BY_SYSTEM)
    assert await take_down_products(tx, [taking]) == ["taken_down"]
    await swap.wait(days=2)
    restoring = RestoreProduct(product_id=swap.dear.id, penalty_id=penalty_id, actor=BY_SYSTEM)
    assert await restore_products(tx, [restoring]) == ["restored"]
    await swap.wait(hours=2)
    await watch(tx)
    assert len(await store.list_hits(tx, jump.id, None, None, 9)) == 1, "as it was offered first"


def test_what_a_new_product_has_besides_is_measured_by_nothing() -> None:
    skus = [Priced(ONE, 900, None), Priced(OTHER, 120, None), Priced(THIRD, 30, None)]
    choices = {ONE: ("礼盒",), OTHER: ("大",), THIRD: ("小",)}
    assert measured(skus, choices, [(("大",), 100)]) == [skus[0], Priced(OTHER, 120, 100), skus[2]]
    assert measured(skus, choices, [((), 50)]) == [skus[0], skus[1], Priced(THIRD, 30, 50)]
    assert measured(skus, choices, []) == skus
    known = [Priced(ONE, 900, 500), Priced(OTHER, 120, 120), Priced(THIRD, 30, 300)]
    assert measured(known, choices, [(("礼盒",), 100), (("小",), 40)]) == [
        Priced(ONE, 900, 100),
        known[1],
        known[2],
    ], "by the farther of both"
