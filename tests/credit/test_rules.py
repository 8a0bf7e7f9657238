"""Proves of what trades count for that only the set of them matters, not how it was heard of; and of grades."""

from copy import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.credit.model import (
    THRESHOLDS,
    Bond,
    CreditRules,
    NoteBond,
    Trade,
    Verdict,
)
from weiji.credit.rules import (
    DEFAULT,
    do_rise,
    find_rings,
    grade_of,
    group_of,
    judge_bonds,
    judge_trades,
    pair_of,
)
from weiji.kit.clock import month_of
from weiji.kit.ids import derive, shard_of

START = datetime(2026, 1, 15, tzinfo=UTC)
SHOPS = [UUID(int=1 << 70), UUID(int=2 << 70)]
BUYERS = [UUID(int=3 << 70), UUID(int=4 << 70), UUID(int=5 << 70)]
RULES = CreditRules(amount_min=100, buyer_month_max=2)


@st.composite
def sets_of_trades(draw: st.DrawFn) -> list[Trade]:
    made = []
    for number in range(draw(st.integers(0, 30))):
        shop = draw(st.sampled_from(SHOPS))
        settled_at = START + timedelta(days=draw(st.integers(0, 40)))
        made.append(
            Trade(
                order_id=derive(shop, number),
                shop_id=shop,
                buyer_id=draw(st.sampled_from(BUYERS)),
                number=str(number),
                amount=draw(st.sampled_from([99, 100, 5_000])),
                settled_at=settled_at,
                month=month_of(settled_at),
            )
        )
    return made


def verdicts(trades: list[Trade]) -> dict[UUID, Verdict]:
    return {trade.order_id: trade.verdict for trade in trades}


@given(trades=sets_of_trades(), data=st.data())
def test_trades_heard_of_in_any_order_and_parts_end_with_the_same_verdicts(
    trades: list[Trade], data: st.DataObject
) -> None:
    rings = {(SHOPS[0], BUYERS[0])}
    whole = [copy(trade) for trade in trades]
    judge_trades(whole, rings, RULES)
    heard: list[Trade] = []
    for trade in data.draw(st.permutations([copy(trade) for trade in trades])):
        heard.append(trade)
        judge_trades([other for other in heard if group_of(other) == group_of(trade)], rings, RULES)
    assert verdicts(heard) == verdicts(whole)


@given(trades=sets_of_trades())
def test_a_buyer_gives_a_shop_no_more_points_in_a_month_than_the_rules_say(trades: list[Trade]) -> None:
    judge_trades(trades, set(), RULES)
    for trade in trades:
        group = [other for other in trades if group_of(other) == group_of(trade)]
        counted = sum(other.verdict is Verdict.COUNTED for other in group)
        large = sum(other.amount >= RULES.amount_min for other in group)
        assert counted == min(large, RULES.buyer_month_max)


@given(trades=sets_of_trades())
def test_judging_tells_just_what_changes(trades: list[Trade]) -> None:
    before = verdicts(trades)
    changed = judge_trades(trades, set(), RULES)
    after = verdicts(trades)
    assert {trade.order_id for trade in changed} == {id for id in after if after[id] != before[id]}
    assert judge_trades(trades, set(), RULES) == []


def test_the_earliest_trades_of_a_month_are_those_that_count() -> None:
    shop, buyer = SHOPS[0], BUYERS[0]
    trades = [
        Trade(
            order_id=derive(shop, day), shop_id=shop, buyer_id=buyer, number="", amount=100,
            settled_at=START - timedelta(days=day), month=month_of(START),
        )
        for day in (1, 2, 3)
    ]  # fmt: skip
    judge_trades(trades, set(), RULES)
    assert [trade.verdict for trade in trades] == [Verdict.SAME_BUYER, Verdict.COUNTED, Verdict.COUNTED]


def test_a_month_is_one_in_shanghai() -> None:
    assert month_of(datetime(2026, 1, 31, 15, 59, tzinfo=UTC)).month == 1
    assert month_of(datetime(2026, 1, 31, 16, 0, tzinfo=UTC)).month == 2


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (0, 0),
        (3, 0),
        (4, 1),
        (10, 1),
        (11, 2),
        (250, 5),
        (251, 6),
        (10_000, 10),
        (10_001, 11),
        (500_001, 16),
        (10**9, 20),
    ],
)
def test_grades_begin_where_everybody_knows_them_to(score: int, grade: int) -> None:
    assert grade_of(score, DEFAULT) == grade


def test_a_pair_is_the_same_whoever_is_named_first() -> None:
    one, other = BUYERS[:2]
    assert pair_of(one, other) == pair_of(other, one) != pair_of(one, BUYERS[2])
    assert shard_of(pair_of(one, other)) in (shard_of(one), shard_of(other))


def bond(shop: UUID, seller: UUID, buyer: UUID) -> NoteBond:
    return NoteBond(pair_id=pair_of(seller, buyer), shop_id=shop, seller_id=seller, buyer_id=buyer)


def test_who_only_buys_is_in_no_ring() -> None:
    one, other = BUYERS[:2]
    assert find_rings([Bond(SHOPS[0], one, other), Bond(SHOPS[1], one, other)]) == ()


def test_who_sells_to_each_other_is_in_a_ring_in_both_shops() -> None:
    one, other = BUYERS[:2]
    commands = [bond(SHOPS[0], one, other), bond(SHOPS[1], other, one), bond(SHOPS[0], one, other)]
    answers, new = judge_bonds({commands[0].pair_id: []}, commands)
    both = ((SHOPS[0], other), (SHOPS[1], one))
    assert [answer.rings for answer in answers] == [(), both, both]
    assert new == commands[:2]


@pytest.mark.parametrize(
    ("thresholds", "answer"),
    [(THRESHOLDS, True), ((0, *THRESHOLDS[1:]), False), ((11, *THRESHOLDS[1:]), False)],
)
def test_each_grade_takes_more_points_than_the_one_before(thresholds: tuple[int, ...], answer: bool) -> None:
    assert do_rise(thresholds) is answer
