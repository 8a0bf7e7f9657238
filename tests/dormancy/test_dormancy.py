"""Proves of wallets that lie: each status and posting, that their owners are told first, have it back once and whole,
that what moved lately is left alone, the law of batches, and what the pages say."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.approvals.test_approvals import MAKER, approve, decide, propose
from tests.deposits.examples import give
from tests.pages.site import PAYMENT_PASSWORD, open_site
from weiji.approvals import DecideStatus, DormantReturn, ProposeStatus, decide_proposals, propose_deeds
from weiji.dormancy import (
    Dormancy,
    DormancyState,
    FollowStatus,
    FollowWallet,
    GiveBack,
    GiveBackStatus,
    follow_wallets,
    give_back_dormant,
)
from weiji.dormancy.keeping import Walker
from weiji.dormancy.model import MONTH, NOTICE
from weiji.dormancy.rules import MOVES, judge_following
from weiji.dormancy.store import get_dormancy, list_lying
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.ledger import WalletBalance, chart, get_trial_balance, lookup_accounts
from weiji.payments import custody_of

_F = FollowStatus
_S = DormancyState
AFTER = 3 * MONTH
NOW = datetime.fromisoformat("2026-11-26T08:00:00+00:00")


def follow(person_id: UUID) -> FollowWallet:
    return FollowWallet(person_id=person_id, after=AFTER)


def giving(person_id: UUID) -> GiveBack:
    return GiveBack(person_id=person_id, actor=Actor("person", person_id))


async def money(tx: Transaction, person_id: UUID) -> tuple[int, int]:
    """Read what is in a wallet, and what is set aside of it."""
    accounts = (chart.wallet(person_id), chart.dormant(person_id))
    found = {each.id: each.available for each in await lookup_accounts(tx, [account.id for account in accounts])}
    return found.get(accounts[0].id, 0), found.get(accounts[1].id, 0)


async def test_a_wallet_that_lies_is_told_of_then_set_aside_and_given_back(tx: Transaction) -> None:
    person, other = new_id(), new_id()
    assert await follow_wallets(tx, [follow(person)]) == [_F.UNCHANGED], "there is none"
    assert await give_back_dormant(tx, [giving(person)]) == [GiveBackStatus.NOTHING_DORMANT]
    await give(tx, chart.wallet(person), 700)
    await give(tx, chart.wallet(other), 50)
    owed = custody_of(await get_trial_balance(tx)).owed
    assert await follow_wallets(tx, [follow(person)]) == [_F.UNCHANGED], "it moved lately"
    tx.now += AFTER + timedelta(hours=1)
    assert await follow_wallets(tx, [follow(person), follow(other), follow(person)]) == [_F.TOLD, _F.TOLD, _F.UNCHANGED]
    tx.now += NOTICE - timedelta(minutes=1)
    assert await follow_wallets(tx, [follow(person)]) == [_F.UNCHANGED], "it waits for its time"
    # Whoever moves something meanwhile is awake.
    await give(tx, chart.wallet(other), 1)
    tx.now += timedelta(minutes=1)
    assert await follow_wallets(tx, [follow(person), follow(other), follow(person)]) == [
        _F.SET_ASIDE,
        _F.AWOKE,
        _F.UNCHANGED,
    ]
    # The posting: all of it, to the same owner, and what is owed to others is what it was.
    assert await money(tx, person) == (0, 700)
    assert await money(tx, other) == (51, 0)
    assert custody_of(await get_trial_balance(tx)).owed == owed
    totals, lying = await list_lying(tx, _S.DORMANT, None, 5)
    assert (totals.amount, totals.dormant, totals.told) == (700, 1, 0)
    assert [(each.dormancy.person_id, each.dormant) for each in lying] == [(person, 700)]
    # What comes in stays in the wallet, however long, until the rest is given back.
    await give(tx, chart.wallet(person), 5)
    tx.now += AFTER + NOTICE
    assert await follow_wallets(tx, [follow(person)]) == [_F.UNCHANGED]
    assert await give_back_dormant(tx, [giving(person), giving(person)]) == [
        GiveBackStatus.GIVEN_BACK,
        GiveBackStatus.EXISTS,
    ]
    assert await money(tx, person) == (705, 0)
    trail = [(row["type"], row["actor_kind"]) for row in await get_trail(tx, person)]
    assert trail == [("DormancyAnnounced", "clock"), ("WalletSetAside", "clock"), ("DormantGivenBack", "person")]
    # And again, years later.
    for expected in (_F.TOLD, _F.SET_ASIDE):
        tx.now += AFTER + NOTICE
        assert await follow_wallets(tx, [follow(person)]) == [expected]
    assert await give_back_dormant(tx, [giving(person)]) == [GiveBackStatus.GIVEN_BACK]
    assert await money(tx, person) == (705, 0)


@pytest.mark.parametrize("state", [None, *DormancyState])
@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("is_due", [True, False])
def test_a_wallet_becomes_only_what_the_table_has(state: DormancyState | None, quiet: bool, is_due: bool) -> None:
    person = new_id()
    told_at = NOW - (NOTICE if is_due else timedelta(days=1))
    found = state and Dormancy(person_id=person, state=state, times=1, told_at=told_at, due_at=told_at + NOTICE)
    moved_at = NOW - AFTER - NOTICE if quiet else NOW - timedelta(days=1)
    wallet = WalletBalance(person_id=person, available=1, moved_at=moved_at)
    status, after = judge_following(found or None, wallet, follow(person), NOW)
    assert (after is None) == (status is _F.UNCHANGED)
    if after is not None and state is not None:
        assert after.state in MOVES[state]
    assert (status is _F.SET_ASIDE) == (state is _S.TOLD and quiet and is_due)
    assert (status is _F.TOLD) == (state in (None, _S.AWAKE) and quiet)


async def test_the_staff_give_back_only_two_of_them_and_what_they_saw(tx: Transaction) -> None:
    person = new_id()
    await give(tx, chart.wallet(person), 700)
    for wait in (AFTER + NOTICE, AFTER + NOTICE):
        tx.now += wait
        await follow_wallets(tx, [follow(person)])
    alone = GiveBack(person_id=person, actor=MAKER)
    assert await give_back_dormant(tx, [alone]) == [GiveBackStatus.APPROVAL_NEEDED]
    wrong, right = (DormantReturn(person_id=person, amount=amount) for amount in (699, 700))
    owner, first, second, again = (
        propose(deed, person, actor=actor)
        for deed, actor in ((right, Actor("staff", person)), (wrong, MAKER), (right, MAKER), (right, MAKER))
    )
    made = ProposeStatus.PROPOSED
    assert await propose_deeds(tx, [owner, first, second, again]) == [ProposeStatus.OWN_MONEY, made, made, made]
    assert await decide(tx, approve(second, MAKER)) is DecideStatus.OWN_PROPOSAL
    assert await decide(tx, approve(second, Actor("staff", person))) is DecideStatus.OWN_MONEY
    assert await money(tx, person) == (0, 700)
    results = await decide_proposals(tx, [approve(each) for each in (first, second, again)])
    assert [each.failure for each in results] == ["amount_differs", None, "exists"]
    assert await money(tx, person) == (700, 0)


@given(moves=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(tx: Transaction, moves: list[tuple[int, bool]]) -> None:
    """Of two towns that are alike one is followed in batches, the other one by one."""
    towns = [[derive(new_id(), "person", n) for n in range(3)] for _ in range(2)]
    answers = []
    for people, size in zip(towns, (len(moves), 1), strict=True):
        for person in people[:2]:
            await give(tx, chart.wallet(person), 90)
        tx.now += AFTER + timedelta(days=1)
        await follow_wallets(tx, [follow(people[0])])
        tx.now += NOTICE
        given: list[str] = []
        for start in range(0, len(moves), size):
            some = moves[start : start + size]
            given += await follow_wallets(tx, [follow(people[who]) for who, _ in some])
        for start in range(0, len(moves), size):
            some = moves[start : start + size]
            given += await give_back_dormant(tx, [giving(people[who]) for who, _ in some])
        answers.append((given, [await money(tx, person) for person in people]))
    assert answers[0] == answers[1]


async def test_of_many_who_ask_at_once_one_gives_back_and_nothing_is_doubled(database: Database, lanes: Lanes) -> None:
    person, before = new_id(), clock.CLOCK.offset
    batchers = Batchers(database, lanes)
    walker = Walker(batchers)
    try:
        async with database.transaction() as tx:
            await give(tx, chart.wallet(person), 300)
        for _ in range(2):
            clock.CLOCK.follow(clock.CLOCK.offset + AFTER + NOTICE)
            # The clock finds it by itself; two processes do at once.
            await asyncio.gather(*(each.walk(database, 500, after=AFTER) for each in (walker, Walker(batchers))))
        async with database.transaction() as tx:
            assert await money(tx, person) == (0, 300)
        answers = await asyncio.gather(
            *(database.retried(lambda tx: give_back_dormant(tx, [giving(person)])) for _ in range(4))
        )
        assert sorted(status for (status,) in answers) == ["exists"] * 3 + ["given_back"]
        async with database.transaction() as tx:
            assert await money(tx, person) == (300, 0)
            lying = await get_dormancy(tx, person)
            assert lying is not None
            assert (lying.dormancy.state, lying.dormant, lying.available) == (_S.AWAKE, 0, 300)
    finally:
        clock.CLOCK.follow(before)
        await batchers.close()


async def test_the_owner_and_the_staff_read_of_it_and_give_it_back(database_url: str, tmp_path: Path) -> None:
    async with open_site(database_url, tmp_path) as site:
        people = [await site.person(handle, name, money=4_200) for handle, name in (("ada", "阿达"), ("bob", "阿宝"))]
        staff = [await site.person(handle, "文山", money=1) for handle in ("boss", "twin")]
        async with site.program.database.transaction() as tx:
            await grant_roles(
                tx, [GrantRole(person_id=id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM) for id in staff]
            )
        commands = [FollowWallet(person_id=person, after=MONTH) for person in people]
        following = site.program.batchers.of(follow_wallets, "person_id")
        before = clock.CLOCK.offset
        try:
            for says in ("会另存起来", "另存着"):
                clock.CLOCK.follow(clock.CLOCK.offset + MONTH + NOTICE)
                await following.submit_all(commands)
                async with site.browser("ada") as ada:
                    assert says in await ada.visit("/wallet/dormant/note")
                    await ada.visit("/wallet/dormant")
                    assert ada.statements <= 3
                    assert "42 .00" in ada.text
            async with site.browser("ada") as ada:
                await ada.visit("/wallet/dormant")
                await ada.send("/wallet/dormant")
                assert "42.00" in ada.text
                assert "另存的钱取回" in ada.text
            async with site.browser("boss") as boss, site.browser("twin") as twin:
                await boss.visit("/operator/dormant-wallets")
                assert boss.statements <= 3
                assert "阿宝" in boss.text
                assert "阿达" not in boss.text
                (form,) = [link for link in boss.links if "deed=dormant_return" in link]
                await boss.visit(form)
                assert ("阿宝" in boss.text, 'value="42.00"' in boss.page) == (True, True)
                given = {"id": str(new_id()), "deed": "dormant_return", "owner": str(people[1]), "reason": "来函"}
                await boss.send("/operator/approvals", **given, amount="41")
                assert (boss.status, "要还就都还" in boss.text) == (422, True)
                await boss.send("/operator/approvals", **{**given, "owner": "ada"}, amount="42")
                assert (boss.status, "没有另存着的钱" in boss.text) == (422, True)
                await boss.send("/operator/approvals", **given, amount="42")
                assert "等人复核" in boss.text
                await twin.visit(boss.path)
                await twin.send(boss.path, verdict="approve", payment_password=PAYMENT_PASSWORD)
                assert "已执行" in twin.text
            async with site.program.database.transaction() as tx:
                assert [await money(tx, person) for person in people] == [(4_200, 0)] * 2
                trail = await get_trail(tx, people[1])
            assert trail[-1]["actor_id"] == staff[1]
        finally:
            clock.CLOCK.follow(before)
