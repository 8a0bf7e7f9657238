"""Proves that rules are published in turn, that nothing reaches back, and that a form reads what it wrote."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from weiji.credit.model import THRESHOLDS, CreditRules
from weiji.credit.operations import CREDIT_RULES
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.packets import RED_PACKET_RULES, RedPacketRules
from weiji.rulebook import PublishRules, PublishRulesStatus, get_in_force, list_versions, publish_rules
from weiji.rulebook.forms import (
    LINES_MAX,
    Amounts,
    Choices,
    Field,
    Lines,
    Numbers,
    Percent,
    Switch,
    Unit,
    compare,
    days,
    yuan,
)
from weiji.rulebook.model import REASON_MAX
from weiji.rulebook.pages import tell_history
from weiji.web.forms import Form

S = PublishRulesStatus
BOSS = Actor("staff", new_id())


def publishing(version: int = 2, parts: int = 50, **changes: object) -> PublishRules[RedPacketRules]:
    command = PublishRules(
        of=RED_PACKET_RULES, version=version, rules=RedPacketRules(parts_max=parts), reason="少一点", actor=BOSS
    )
    return replace(command, **changes)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (publishing(), S.PUBLISHED),
        (publishing(1), S.VERSION_TAKEN),
        (publishing(3), S.VERSION_TAKEN),
        (publishing(3, reason="  "), S.REASON_MISSING),
        (publishing(reason="x" * (REASON_MAX + 1)), S.REASON_MISSING),
        (publishing(reason="a\x00b"), S.REASON_MISSING),
        (
            PublishRules(
                of=CREDIT_RULES,
                version=2,
                rules=CreditRules(thresholds=(9, *THRESHOLDS[1:])),
                reason="高一点",
                actor=BOSS,
            ),
            S.PUBLISHED,
        ),
        (
            PublishRules(
                of=CREDIT_RULES,
                version=3,
                rules=CreditRules(thresholds=(0, *THRESHOLDS[1:])),
                reason="免费",
                actor=BOSS,
            ),
            S.THRESHOLDS_DO_NOT_RISE,
        ),
    ],
)
async def test_publishing(tx: Transaction, command: PublishRules[object], status: S) -> None:
    assert await publish_rules(tx, [command]) == [status]


async def test_what_was_published_later_is_in_force_and_says_who_and_why(tx: Transaction) -> None:
    before = await get_in_force(tx, RED_PACKET_RULES, tx.now)
    assert (before.version, before.rules) == (1, RedPacketRules())
    later = publishing(2, 20, effective_at=tx.now + timedelta(days=1))
    assert await publish_rules(tx, [later]) == [S.PUBLISHED]
    assert (await get_in_force(tx, RED_PACKET_RULES, tx.now)).version == 1
    coming = await get_in_force(tx, RED_PACKET_RULES, tx.now + timedelta(days=1))
    assert (coming.version, coming.rules.parts_max, coming.author_id, coming.reason) == (
        2,
        20,
        BOSS.person_id,
        "少一点",
    )
    fields = [Field("parts_max", "最多分成", days())]
    versions = await list_versions(tx, RED_PACKET_RULES)
    told = tell_history(versions, fields, tx.now)
    assert [(each["version"], each["is_coming"], each["is_current"]) for each in told] == [
        (2, True, False),
        (1, False, True),
    ]
    assert told[0]["changes"] == [("最多分成", "100 天", "20 天")]
    # One that is published now goes before what was to come, for ever.
    assert await publish_rules(tx, [publishing(3, 30)]) == [S.PUBLISHED]
    assert (await get_in_force(tx, RED_PACKET_RULES, tx.now + timedelta(days=2))).version == 3
    assert [version.version for version in await list_versions(tx, RED_PACKET_RULES, 3, 1)] == [2]


async def test_nothing_reaches_back_and_no_version_changes(tx: Transaction) -> None:
    early = publishing(effective_at=tx.now - timedelta(seconds=1))
    with pytest.raises(asyncpg.CheckViolationError, match="versions_never_reach_back"):
        async with tx.connection.transaction():
            await publish_rules(tx, [early])
    for forbidden in ("update rulebook.versions set reason = 'x'", "delete from rulebook.versions"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.connection.transaction():
                await tx.connection.execute(forbidden)


async def test_of_two_who_publish_at_once_one_is_late(database: Database) -> None:
    found = await asyncio.gather(
        *(database.retried(lambda tx, n=n: publish_rules(tx, [publishing(2, n)])) for n in (10, 20))
    )
    assert sorted(status for (status,) in found) == [S.PUBLISHED, S.VERSION_TAKEN]


class _TakenBack(Exception):
    """Whatever was tried is undone."""


@given(
    asked=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "为了试试"])), min_size=1, max_size=5),
    cut=st.integers(0, 5),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(tx: Transaction, asked: list[tuple[int, str]], cut: int) -> None:
    commands = [publishing(version, reason=reason, actor=BY_SYSTEM) for version, reason in asked]

    async def answers(*batches: list[PublishRules[RedPacketRules]]) -> list[S]:
        found: list[S] = []
        try:
            async with tx.connection.transaction():
                for batch in batches:
                    found += await publish_rules(tx, batch)
                raise _TakenBack
        except _TakenBack:
            return found

    assert await answers(commands) == await answers(commands[:cut], commands[cut:])


@pytest.mark.parametrize(
    ("unit", "value", "typed"),
    [
        (days(), 3, "3"),
        (yuan(), 12_345_60, "12345.60"),
        (yuan(), 50_000, "500"),
        (Percent(), 17_500, "1.75"),
        (Numbers("天", str, "几个数"), [3, 5, 7], "3, 5, 7"),
        (Numbers("", str, "几个数", is_long=True), [4, 11], "4 11"),
        (Amounts("元", str), [5_000_000, 20_000_050, 0], "50000, 200000.50, 0"),
        (Lines(), ["一条", "又一条"], "一条\n又一条"),
    ],
)
def test_what_a_form_writes_it_reads(unit: Unit, value: object, typed: str) -> None:
    assert unit.write(value) == typed
    assert unit.parse(Form({"x": [typed]}), "x") == value


@pytest.mark.parametrize(
    ("unit", "typed"),
    [
        (days(), "三"),
        (yuan(), "很多"),
        (Percent(), "1.234567"),
        (Percent(), "多"),
        (Percent(), "1e999999"),
        (Lines(), "a\x00b"),
        (Lines(), "x" * (LINES_MAX + 1)),
        (Numbers("天", str, "几个数"), "3, x"),
        (Numbers("天", str, "几个数", low=1, high=90), "0, 3"),
        (Amounts("元", str), "50,000"),
        (Amounts("元", str), "x"),
    ],
)
def test_what_is_no_rule_is_told(unit: Unit, typed: str) -> None:
    assert unit.parse(Form({"x": [typed]}), "x") is None
    assert unit.complain()


def test_what_differs_is_said_in_words() -> None:
    before, after = RedPacketRules(), RedPacketRules(amount_max=100, open_hours=24)
    fields = [Field("amount_max", "一个红包最多", yuan()), Field("open_hours", "多久", days())]
    assert compare(fields, before, after) == [("一个红包最多", "¥5,000.00", "¥1.00")]
    assert (Switch().show(True), Choices([("a", "甲"), ("b", "乙")], "都不").show([])) == ("是", "都不")
    assert Choices([("a", "甲"), ("b", "乙")], "都不").show(["b", "a"]) == "甲、乙"
