"""Proves that word rules are tried on all that is there, once, beside the request; that a trial goes on where it was,
and that what could not be tried is not published."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, simple
from tests.supervision.trials import ask, do_trials, trial_of, tried
from tests.word_rules.examples import rule
from weiji.catalog import save_products
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import list_staff_acts
from weiji.kit import clock
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.supervision.inquiries import trying
from weiji.supervision.inquiries.model import FAILURES_MAX, RuleFinds, TryWordRules, TryWordRulesStatus
from weiji.supervision.inquiries.trying import Trier, try_word_rules
from weiji.word_rules import (
    TRIED_FOR,
    WRITTEN,
    Place,
    PublishWordRules,
    PublishWordRulesStatus,
    Slice,
    WordRule,
    publish_word_rules,
)
from weiji.word_rules import store as words

S = TryWordRulesStatus
PLANTED = 5
SHOPS = 3
"""Whose names are looked at, too."""

LOOKED = 3 * PLANTED + 3 + 2 * SHOPS
"""Goods, shops and the people whose they are."""


async def plant(tx: Transaction) -> list[UUID]:
    """Have three shops, two of them in one shard, put goods on sale that say tea or not; name the shops."""
    near = await opened_shop(tx)
    shops = [near, await opened_shop(tx, near=near), await opened_shop(tx)]
    while shard_of(shops[2]) == shard_of(near):
        shops[2] = await opened_shop(tx)
    for shop in shops:
        titles = [f"普洱 {number}" for number in range(PLANTED)] + ["白瓷杯"]
        await save_products(tx, [simple(shop, title=title) for title in titles])
    return shops


async def publish(database: Database, *rules: WordRule) -> PublishWordRulesStatus:
    async def work(tx: Transaction) -> PublishWordRulesStatus:
        latest = await words.get_latest(tx)
        command = PublishWordRules(version=latest.version + 1, put=rules, retire=(), reason="试试", actor=BY_SYSTEM)
        return (await publish_word_rules(tx, [command]))[0].status

    return await database.retried(work)


async def test_who_asked_for_a_trial_is_in_the_log_of_staff_once(database: Database) -> None:
    asked = TryWordRules(id=new_id(), rules=(rule("普洱"),), actor=Actor("staff", new_id()))
    for _ in range(2):
        await try_word_rules(database, [asked])
    async with database.read() as reader:
        (act,) = await list_staff_acts(reader, type="WordRulesTried")
    assert (act["actor_id"], act["data"]["rules"]) == (asked.actor.person_id, 1)


async def test_each_way_that_asking_ends(database: Database) -> None:
    tea = rule("普洱")
    one = TryWordRules(id=new_id(), rules=(tea,), actor=BY_SYSTEM)
    other = replace(one, rules=(rule("杯"),))
    faulty = replace(one, id=new_id(), rules=(tea, replace(tea, id=new_id(), hits=("好茶",))))
    answered = await try_word_rules(database, [one, one, other, faulty])
    assert [result.status for result in answered] == [S.QUEUED, S.EXISTS, S.ID_TAKEN, S.INVALID_RULES]
    assert [bool(result.faults) for result in answered] == [False, False, False, True]
    (again,) = await try_word_rules(database, [one])
    assert again.status is S.EXISTS


@pytest.mark.parametrize("size", [1, 2, 250])
async def test_everything_on_sale_is_looked_at_and_each_shop_counted_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(trying, "SLICE", size)
    async with database.transaction() as tx:
        await plant(tx)
    tea, cup, none = rule("普洱"), rule("白瓷杯"), rule("包治百病")
    trial = await tried(database, tea, cup, none)
    assert (trial.looked, trial.next_shard) == (LOOKED, 64)
    assert trial.done_at is not None
    counted = {id: (its.found, its.recent, its.shops) for id, its in trial.finds.items()}
    assert counted == {tea.id: (3 * PLANTED, 3 * PLANTED, 3), cup.id: (3, 3, 3)}
    assert len({each.path for each in trial.finds[tea.id].examples}) == 3 * PLANTED


async def test_what_is_tried_may_be_published_and_nothing_before_the_end(database: Database) -> None:
    async with database.transaction() as tx:
        await plant(tx)
    tea = rule("普洱")
    id = await ask(database, tea)
    assert await publish(database, tea) is PublishWordRulesStatus.INVALID_RULES, "nothing was looked at yet"
    assert (await trial_of(database, id)).next_shard == 0
    await do_trials(database)
    assert (await trial_of(database, id)).is_over
    harder = replace(tea, words=("普洱", "熟普"))
    assert await publish(database, harder) is PublishWordRulesStatus.INVALID_RULES, "not just so"
    assert await publish(database, tea) is PublishWordRulesStatus.PUBLISHED


async def test_a_trial_goes_on_where_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database.transaction() as tx:
        await plant(tx)
    read: list[UUID] = []

    real = WRITTEN[Place.PRODUCT]

    async def counted(reader: Reader, shard: int, *more: Any) -> Slice:
        found = await real(reader, shard, *more)
        read.extend(each.id for each in found.things)
        return found

    monkeypatch.setitem(WRITTEN, Place.PRODUCT, counted)
    monkeypatch.setattr(trying, "LOOKED_AT_ONCE", 1)
    tea = rule("普洱")
    id = await ask(database, tea)
    assert await Trier().work(database, 1) == 1, "there is more to do"
    part = await trial_of(database, id)
    assert 0 < part.looked < LOOKED
    assert part.done_at is None
    assert await publish(database, tea) is PublishWordRulesStatus.INVALID_RULES
    while await Trier().work(database, 1):  # Another process each time.
        pass
    whole = await trial_of(database, id)
    assert (whole.looked, whole.finds[tea.id].shops) == (LOOKED, 3)
    assert len(read) == len(set(read)), "what was looked at is not looked at again"


async def test_of_two_who_look_at_the_same_shard_one_counts(database: Database) -> None:
    async with database.transaction() as tx:
        await plant(tx)
    tea = rule("普洱")
    id = await ask(database, tea)
    await asyncio.gather(*(do_trials(database) for _ in range(3)))
    trial = await trial_of(database, id)
    assert trial.finds == {tea.id: replace(trial.finds[tea.id], found=3 * PLANTED, recent=3 * PLANTED, shops=3)}
    assert trial.looked == LOOKED


async def test_a_trial_that_fails_again_and_again_is_given_up_and_holds_no_other_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as tx:
        await plant(tx)

    async def broken(*_: Any) -> Slice:
        raise RuntimeError("the goods can't be read")

    tea, cup = rule("普洱"), rule("白瓷杯")
    failed = await ask(database, tea)
    waiting = await ask(database, cup)
    with monkeypatch.context() as during:
        during.setitem(WRITTEN, Place.PRODUCT, broken)
        for failures in range(1, FAILURES_MAX + 1):
            with pytest.raises(RuntimeError):
                await Trier().work(database, 1)
            trial = await trial_of(database, failed)
            assert (trial.failures, trial.failed_at is not None) == (failures, failures == FAILURES_MAX)
    assert trial.is_over
    await do_trials(database)
    assert (await trial_of(database, failed)).done_at is None
    assert await publish(database, tea) is PublishWordRulesStatus.INVALID_RULES
    assert (await trial_of(database, waiting)).done_at is not None
    assert await publish(database, cup) is PublishWordRulesStatus.PUBLISHED


async def test_examples_are_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database.transaction() as tx:
        await plant(tx)
    for name, number in (("TRIED_SHOWN", 8), ("TRIED_SHOWN_MIN", 2), ("EXAMPLES_MAX", 9)):
        monkeypatch.setattr(trying, name, number)
    one = await tried(database, tea := rule("普洱"))
    assert len(one.finds[tea.id].examples) == 8
    many = await tried(database, *(rules := [rule("普洱") for _ in range(3)]))
    assert [many.finds[each.id].found for each in rules] == [3 * PLANTED] * 3
    assert max(len(its.examples) for its in many.finds.values()) <= 2
    assert sum(len(its.examples) for its in many.finds.values()) <= 9
    assert RuleFinds().examples == ()


async def test_trials_are_forgotten_with_what_they_count_for(database: Database) -> None:
    id = await ask(database, rule("普洱"))
    offset = clock.CLOCK.offset
    try:
        await trying.forget(database, 1)
        assert (await trial_of(database, id)).id == id
        clock.CLOCK.follow(offset + TRIED_FOR * 2)
        await trying.forget(database, 1)
        with pytest.raises(KeyError):
            await trial_of(database, id)
    finally:
        clock.CLOCK.follow(offset)
