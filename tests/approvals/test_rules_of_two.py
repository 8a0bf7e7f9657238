"""Proves of rules that take two: another publishes what one proposes, whichever rules; nobody ends that alone."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.catalog.examples import opened_shop
from tests.supervision.test_conduct import rule as conduct_rule
from tests.word_rules.examples import put as put_words
from tests.word_rules.examples import rule as word_rule
from weiji.approvals import (
    EXPIRES_AFTER,
    DecideProposal,
    DecideResult,
    DecideStatus,
    ProposeDeed,
    ProposeStatus,
    RulesRelease,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.approvals.handlers import proposal_of
from weiji.approvals.store import get_proposal
from weiji.events import Actor, Delivered
from weiji.events.outbox import get_events
from weiji.events.rulebook import RulesProposed
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import PublishRules as PublishTrade
from weiji.orders import TradeRules
from weiji.orders import publish_rules as publish_trade
from weiji.orders.fees import operator_pages as _fee_pages  # noqa: F401  These pages say how rules are told of.
from weiji.orders.fees.model import FeeRule, FeeRules, PublishFees, Rate
from weiji.orders.fees.operations import note_preview, publish_fees
from weiji.packets import RED_PACKET_RULES, RedPacketRules
from weiji.packets import operator_pages as _packet_pages  # noqa: F401
from weiji.rulebook import APPROVAL_RULES, ApprovalRules, PublishRules, get_in_force, publish_rules
from weiji.rulebook.telling import TELLERS
from weiji.supervision.conduct import operator_pages as _conduct_pages  # noqa: F401
from weiji.supervision.conduct.model import (
    ConductExample,
    ConductKind,
    ConductRule,
    PublishConductRules,
    TryConductRule,
)
from weiji.supervision.conduct.operations import go_on_trying, publish_conduct_rules, try_conduct_rules
from weiji.word_rules import Field, Place, PublishWordRules, note_trials, publish_word_rules
from weiji.word_rules import get_matcher as get_words
from weiji.word_rules import operator_pages as _word_pages  # noqa: F401
from weiji.word_rules.model import DRAFTED_MAX, PROPOSED_FOR, TRIED_FOR
from weiji.word_rules.operations import DRAFTED_FOR

MAKER_ID = new_id()
MAKER, CHECKER = Actor("staff", MAKER_ID), Actor("staff", new_id())


def publishing(of: Any, rules: Any, version: int = 2, actor: Actor = MAKER) -> PublishRules[Any]:
    return PublishRules(of=of, version=version, rules=rules, reason="试试", actor=actor)


ON = publishing(APPROVAL_RULES, ApprovalRules(rules_take_two=True))
OFF = publishing(APPROVAL_RULES, ApprovalRules(), 3)
PACKETS = publishing(RED_PACKET_RULES, RedPacketRules(parts_max=20))


def release(of: str, version: int, rules: dict[str, Any], **more: Any) -> ProposeDeed:
    deed = RulesRelease(of=of, version=version, rules=rules, **more)
    return ProposeDeed(id=new_id(chart.TREASURY), deed=deed, reason="试试", actor=MAKER)


def approve(proposed: ProposeDeed) -> DecideProposal:
    hash = hash_of(proposed.id, proposed.deed)
    return DecideProposal(id=proposed.id, verdict=Verdict.APPROVE, hash=hash, actor=CHECKER)


async def propose_trade(tx: Transaction) -> str:
    rules = TradeRules(pay_minutes=31)
    return (
        await publish_trade(tx, [PublishTrade(version=2, effective_at=None, rules=rules, reason="慢", actor=MAKER)])
    )[0]


async def propose_fees(tx: Transaction) -> str:
    rules = FeeRules(rules=(FeeRule(rate=Rate(commission_ppm=0)),))
    await note_preview(tx, 2, rules, MAKER)
    return (await publish_fees(tx, [PublishFees(version=2, effective_at=None, rules=rules, reason="免", actor=MAKER)]))[
        0
    ]


async def propose_packets(tx: Transaction) -> str:
    return (await publish_rules(tx, [PACKETS]))[0]


TEA = word_rule("假茶")


async def propose_words(tx: Transaction) -> str:
    await note_trials(tx, [TEA], {TEA.id: {Place.PRODUCT: 3, Place.CASE: 1}})
    command = PublishWordRules(version=2, put=(TEA,), retire=(), reason="假的不卖", actor=MAKER)
    return (await publish_word_rules(tx, [command]))[0].status


REFUNDS = conduct_rule(ConductKind.REFUND_RATE)


async def try_refunds(tx: Transaction, rule: ConductRule = REFUNDS) -> None:
    await try_conduct_rules(tx, [TryConductRule(id=new_id(), rule=rule, actor=MAKER)])
    while await go_on_trying(tx):
        pass


async def propose_conduct(tx: Transaction) -> str:
    await try_refunds(tx)
    command = PublishConductRules(version=2, put=(REFUNDS,), retire=(), reason="退得多", actor=MAKER)
    return (await publish_conduct_rules(tx, [command]))[0].status


OF = {
    "trade": (propose_trade, "orders.rules"),
    "fees": (propose_fees, "orders.fee_rules"),
    "red_packets": (propose_packets, "rulebook.versions"),
    "word_rules": (propose_words, "word_rules.versions"),
    "conduct_rules": (propose_conduct, "supervision.conduct_versions"),
}


async def proposal_made(tx: Transaction) -> ProposeDeed:
    """Make the proposal that a worker makes of the latest RulesProposed."""
    events = await get_events(tx, MAKER_ID, 0, 99)
    *_, told = [row for row in events if row["type"] == "RulesProposed"]
    event = msgspec.convert(told["data"], RulesProposed)
    return proposal_of(Delivered(told["id"], MAKER_ID, told["subject_id"], MAKER, tx.now, event))


@pytest.mark.parametrize("of", OF)
async def test_whatever_rules_are_published_by_two_where_that_is_asked_for(tx: Transaction, of: str) -> None:
    propose, table = OF[of]
    assert await publish_rules(tx, [ON]) == ["published"]
    assert await propose(tx) == "proposed"
    proposed = await proposal_made(tx)
    assert await propose_deeds(tx, [proposed, proposed]) == [ProposeStatus.PROPOSED, ProposeStatus.EXISTS]
    assert await decide_proposals(tx, [approve(proposed)]) == [DecideResult(status=DecideStatus.APPROVED)]
    name = " and name = 'red_packets'" if table == "rulebook.versions" else ""
    query = f"select author_id, approver_id from {table} where version = 2{name}"  # noqa: S608
    (published,) = await tx.connection.fetch(query)
    assert tuple(published) == (MAKER_ID, CHECKER.person_id)


async def test_whoever_agrees_to_word_rules_reads_them_with_what_their_trial_found(tx: Transaction) -> None:
    assert await publish_rules(tx, [ON]) == ["published"]
    assert await propose_words(tx) == "proposed"
    assert (await get_words(tx)).find([(Field.TITLE, "假茶")]) == [], "nothing is in force yet"
    proposed = await proposal_made(tx)
    assert isinstance(proposed.deed, RulesRelease)
    told = await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)
    ((name, before, after),) = told
    assert (name, before) == (TEA.name, "–")
    assert all(part in after for part in ("假茶", "不让保存", TEA.reason, "商品 3", "售后 1")), after
    # Another trial, or another word, is another proposal: what was agreed to can't become it.
    await note_trials(tx, [TEA], {TEA.id: {Place.PRODUCT: 300}})
    command = PublishWordRules(version=2, put=(TEA,), retire=(), reason="假的不卖", actor=MAKER)
    assert [each.status for each in await publish_word_rules(tx, [command])] == ["proposed"]
    later = await proposal_made(tx)
    assert isinstance(later.deed, RulesRelease)
    assert later.deed.rules["digest"] != proposed.deed.rules["digest"]
    assert (await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)) == told
    assert await propose_deeds(tx, [proposed, later]) == [ProposeStatus.PROPOSED] * 2
    seen = replace(approve(later), hash=approve(proposed).hash)
    own = replace(approve(proposed), actor=MAKER)
    results = await decide_proposals(tx, [seen, own])
    assert [each.status for each in results] == [DecideStatus.HASH_DIFFERS, DecideStatus.OWN_PROPOSAL]
    assert [r.status for r in await decide_proposals(tx, [approve(proposed)])] == [DecideStatus.APPROVED]
    assert (await get_words(tx)).find([(Field.TITLE, "假茶")])
    (result,) = await decide_proposals(tx, [approve(later)])
    assert (result.status, result.failure) == (DecideStatus.LEDGER_REFUSED, "rules_nothing_changed")


async def test_to_retire_word_rules_takes_two_as_well(tx: Transaction) -> None:
    await put_words(tx, TEA)
    assert await publish_rules(tx, [ON]) == ["published"]
    command = PublishWordRules(version=3, put=(), retire=(TEA.id,), reason="错了", actor=MAKER)
    assert [each.status for each in await publish_word_rules(tx, [command])] == ["proposed"]
    proposed = await proposal_made(tx)
    assert isinstance(proposed.deed, RulesRelease)
    assert [row[::2] for row in await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)] == [("假茶", "停用")]
    assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
    assert [r.status for r in await decide_proposals(tx, [approve(proposed)])] == [DecideStatus.APPROVED]
    assert (await get_words(tx)).find([(Field.TITLE, "假茶")]) == []


async def test_what_retires_the_same_again_is_kept_as_long_as_it_may_wait(tx: Transaction) -> None:
    await put_words(tx, TEA)
    assert await publish_rules(tx, [ON]) == ["published"]
    command = PublishWordRules(version=3, put=(), retire=(TEA.id,), reason="错了", actor=MAKER)
    began = tx.now
    for _ in range(2):
        assert [each.status for each in await publish_word_rules(tx, [command])] == ["proposed"]
        proposed = await proposal_made(tx)
        assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
        tx.now += DRAFTED_FOR - timedelta(days=1)
    assert isinstance(proposed.deed, RulesRelease)
    tx.now = began + DRAFTED_FOR + timedelta(days=1)  # Two days after it was proposed again.
    other = word_rule("假壶")
    await note_trials(tx, [other], {})
    assert [each.status for each in await publish_word_rules(tx, [replace(command, put=(other,), retire=())])] == [
        "proposed"
    ]
    assert [row[::2] for row in await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)] == [("假茶", "停用")]
    assert [r.status for r in await decide_proposals(tx, [approve(proposed)])] == [DecideStatus.APPROVED]
    # What nobody signed in time is forgotten, and its page does not say that it changes nothing.
    tx.now += 2 * DRAFTED_FOR
    again = replace(command, version=4, retire=(), put=(other,))
    await note_trials(tx, [other], {})
    assert [each.status for each in await publish_word_rules(tx, [again])] == ["proposed"]
    ((_name, _before, after),) = await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)
    assert after == "草稿已经不在了"


async def test_no_more_word_rules_are_proposed_at_once_than_another_can_read(tx: Transaction) -> None:
    rules = [word_rule(f"假茶{number}") for number in range(DRAFTED_MAX)]
    await put_words(tx, TEA)
    await note_trials(tx, rules, {})
    assert await publish_rules(tx, [ON]) == ["published"]
    many = PublishWordRules(version=3, put=tuple(rules), retire=(TEA.id,), reason="假的", actor=MAKER)
    assert [each.status for each in await publish_word_rules(tx, [many])] == ["too_many_changes"]
    most = replace(many, put=tuple(rules[1:]))
    assert [each.status for each in await publish_word_rules(tx, [most])] == ["proposed"]
    proposed = await proposal_made(tx)
    assert isinstance(proposed.deed, RulesRelease)
    told = await TELLERS["word_rules"].tell(tx, None, proposed.deed.rules)
    assert [row[0] for row in told] == [TEA.name, *(each.name for each in rules[1:])], "what ends is read first"


async def test_word_rules_are_released_with_the_trial_that_was_told_of_and_not_long_after(tx: Transaction) -> None:
    assert await publish_rules(tx, [ON]) == ["published"]
    assert await propose_words(tx) == "proposed"
    proposed = await proposal_made(tx)
    assert isinstance(proposed.deed, RulesRelease)
    other = release("word_rules", 2, proposed.deed.rules | {"trial_id": str(new_id())})
    assert PROPOSED_FOR == EXPIRES_AFTER
    tx.now += TRIED_FOR + PROPOSED_FOR
    late = release("word_rules", 2, proposed.deed.rules)
    assert await propose_deeds(tx, [other, late]) == [ProposeStatus.PROPOSED] * 2
    results = await decide_proposals(tx, [approve(other), approve(late)])
    assert [each.failure for each in results] == ["rules_draft_not_found", "rules_invalid_rules"]
    assert (await get_words(tx)).find([(Field.TITLE, "假茶")]) == []


async def test_word_rules_that_nobody_drafted_are_not_released(tx: Transaction) -> None:
    forged = release("word_rules", 2, {"digest": "0" * 64, "put": 1, "retired": 0})
    assert await propose_deeds(tx, [forged]) == [ProposeStatus.PROPOSED]
    (result,) = await decide_proposals(tx, [approve(forged)])
    assert (result.status, result.failure) == (DecideStatus.LEDGER_REFUSED, "rules_draft_not_found")


async def test_whoever_agrees_to_rules_on_conduct_reads_them_with_their_trial(tx: Transaction) -> None:
    assert await publish_rules(tx, [ON]) == ["published"]
    assert await propose_conduct(tx) == "proposed"
    proposed = await proposal_made(tx)
    assert isinstance(proposed.deed, RulesRelease)
    rules = proposed.deed.rules
    ((name, before, after),) = await TELLERS["conduct_rules"].tell(tx, None, rules)
    assert (name, before) == (REFUNDS.name, "–")
    assert all(part in after for part in ("退款率", REFUNDS.reason, "试过最近 90 天：找到 0 次，0 家店。")), after
    assert TELLERS["conduct_rules"].see(rules) == f"/operator/conduct-rules/{REFUNDS.id}/trials/{rules['trials'][0]}"
    # Whoever leaves the trial out, or names that of another rule, gets nothing published.
    other = replace(REFUNDS, id=new_id(), threshold=99)
    await try_refunds(tx, other)
    wrong = [release("conduct_rules", 2, rules | {"trials": trials}) for trials in ([], [str(new_id())])]
    wrong.append(release("conduct_rules", 2, rules | {"put": [msgspec.to_builtins(other)]}))
    for each in wrong:
        assert await propose_deeds(tx, [each]) == [ProposeStatus.PROPOSED]
        (result,) = await decide_proposals(tx, [approve(each)])
        assert (result.status, result.failure) == (DecideStatus.LEDGER_REFUSED, "rules_invalid_rules")


async def test_more_rules_on_conduct_than_a_proposal_has_room_for_are_refused_at_once(tx: Transaction) -> None:
    assert await publish_rules(tx, [ON]) == ["published"]
    await try_refunds(tx)
    most = (ConductExample(10**12, 10**12),) * 10
    said: dict[str, Any] = {"name": "名" * 60, "reason": "说" * 200, "reason_en": "说" * 200, "hits": most}
    many = tuple(replace(REFUNDS, id=new_id(), **said) for _ in range(100))
    command = PublishConductRules(version=2, put=many, retire=(), reason="多", actor=MAKER)
    assert [each.status for each in await publish_conduct_rules(tx, [command])] == ["too_many_rules"]


WORKER = """
from importlib import import_module
from importlib.util import find_spec

import weiji.program
from weiji.rulebook.model import PUBLISHERS

known = set(PUBLISHERS)
from weiji.app import ROUTES_OF
from weiji.rulebook.telling import TELLERS

for name in ROUTES_OF:
    if find_spec(name):
        import_module(name)
assert set(PUBLISHERS) == known == set(TELLERS), (set(PUBLISHERS) - known, known ^ set(TELLERS))
"""


def test_a_process_without_pages_knows_all_rules_too_and_each_has_a_page() -> None:
    # It is what proposes them: what it did not know would never be proposed.
    subprocess.run([sys.executable, "-c", WORKER], check=True)  # noqa: S603


async def test_nobody_turns_it_off_alone(tx: Transaction) -> None:
    assert await publish_rules(tx, [ON, OFF, PACKETS]) == ["published", "proposed", "proposed"]
    assert (await get_in_force(tx, APPROVAL_RULES, tx.now)).rules.rules_take_two
    proposed = release("approvals", 3, {})
    assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
    assert (await decide_proposals(tx, [approve(proposed)]))[0].status is DecideStatus.APPROVED
    assert await publish_rules(tx, [PACKETS]) == ["published"]


async def test_what_is_no_version_of_any_rules_is_not_proposed(tx: Transaction) -> None:
    wrong = [
        release("weather", 2, {}),
        release("red_packets", 2, {"parts_max": 0}),
        release("red_packets", 2, {"colour": "red"}),
        release("fees", 2, {"rules": [{"rate": {}}] * 301}),
    ]
    assert await propose_deeds(tx, wrong) == [ProposeStatus.DETAILS_MISSING] * len(wrong)
    elsewhere = new_id(UUID(int=chart.TREASURY.int ^ 1))
    moved = replace(release("red_packets", 2, {}), id=elsewhere)
    assert await propose_deeds(tx, [moved]) == [ProposeStatus.PLACE_INVALID]


async def test_what_may_not_be_published_any_more_fails_and_changes_nothing(tx: Transaction) -> None:
    early = {"effective_at": tx.now - timedelta(seconds=1)}
    late = [
        release("red_packets", 3, {}),
        release("red_packets", 2, {}, **early),
        release("trade", 2, {}, **early),
        release("fees", 2, {"rules": [{"rate": {}, "category_id": str(new_id())}]}),
    ]
    assert await propose_deeds(tx, late) == [ProposeStatus.PROPOSED] * len(late)
    failures = [result.failure for result in await decide_proposals(tx, [approve(each) for each in late])]
    why = ["version_taken", "effective_in_the_past", "effective_in_the_past", "category_not_found"]
    assert failures == [f"rules_{each}" for each in why]
    assert (await get_in_force(tx, RED_PACKET_RULES, tx.now)).version == 1


async def test_what_makes_it_dearer_is_told_seven_days_before_however_late_the_second_agrees(tx: Transaction) -> None:
    await opened_shop(tx)
    await publish_rules(tx, [ON])
    rules = FeeRules(rules=(FeeRule(rate=Rate(commission_ppm=10_000)),))
    await note_preview(tx, 2, rules, MAKER)

    async def propose(after: timedelta) -> str:
        command = PublishFees(version=2, effective_at=tx.now + after, rules=rules, reason="贵", actor=MAKER)
        return (await publish_fees(tx, [command]))[0]

    week = timedelta(days=7)
    assert await propose(week + EXPIRES_AFTER - timedelta(seconds=1)) == "notice_too_short"
    assert await propose(week + EXPIRES_AFTER) == "proposed"


async def test_who_agrees_sees_that_a_version_to_come_would_be_undone(tx: Transaction) -> None:
    later = tx.now + timedelta(days=30)
    packets = replace(publishing(RED_PACKET_RULES, RedPacketRules(parts_max=20)), effective_at=later)
    dear = FeeRules(rules=(FeeRule(rate=Rate(commission_ppm=10_000)),))
    fees = PublishFees(version=2, effective_at=later, rules=dear, reason="贵", actor=MAKER)
    await note_preview(tx, 2, dear, MAKER)
    assert (await publish_rules(tx, [packets]), await publish_fees(tx, [fees])) == (["published"], ["published"])
    # What is proposed is what is in force today: seen from there, nothing changes.
    proposed = release("red_packets", 3, {})
    await propose_deeds(tx, [proposed])
    found = await get_proposal(tx, proposed.id)
    assert found
    changes = await TELLERS["red_packets"].tell(tx, found.latest, {})
    assert [change[1:] for change in changes] == [("20 份", "100 份")]
    assert len(await TELLERS["fees"].tell(tx, None, {"rules": []})) == 1


async def test_of_two_who_agree_at_once_one_publishes(database: Database) -> None:
    proposed = [release("red_packets", 2, {"parts_max": parts}) for parts in (20, 30)]
    async with database.transaction() as tx:
        await propose_deeds(tx, proposed)

    async def agree(command: ProposeDeed) -> DecideStatus:
        return (await database.retried(lambda tx: decide_proposals(tx, [approve(command)])))[0].status

    assert sorted(await asyncio.gather(*map(agree, proposed))) == ["approved", "ledger_refused"]


COMMANDS = st.sampled_from([ON, OFF, PACKETS, replace(PACKETS, version=3)])


class _TakenBack(Exception):
    """What a batch did is undone, so that it may be done otherwise."""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(COMMANDS, max_size=5), cut=st.integers(0, 5))
async def test_law_of_batches(tx: Transaction, batch: list[PublishRules[Any]], cut: int) -> None:
    async def answers(*batches: Sequence[PublishRules[Any]]) -> list[str]:
        found: list[str] = []
        try:
            async with tx.connection.transaction():
                for part in batches:
                    found += await publish_rules(tx, part)
                raise _TakenBack
        except _TakenBack:
            return found

    assert await answers(batch) == await answers(batch[:cut], batch[cut:])
