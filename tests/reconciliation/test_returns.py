"""Proves that a withdrawal that came back is undone once, whichever line came first; of doubts two people decide."""

from datetime import date, datetime, timedelta
from functools import partial

import asyncpg
import pytest

from bench.statements import in_parts
from tests.reconciliation.conftest import agree_to_all
from tests.reconciliation.test_arrivals import TENPAY, WX, bring, day_ago, look, standing
from tests.reconciliation.test_matching import Mute
from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import Code
from weiji.payments import REGISTRY, StatedLine
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakState,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
    propose_resolutions,
)
from weiji.reconciliation.handlers import pair
from weiji.reconciliation.model import BreakClass, LineKind, Settlement
from weiji.reconciliation.operations import pair_arrivals
from weiji.reconciliation.rules import pair_returns
from weiji.reconciliation.store import get_clearing, list_breaks, list_under_way
from weiji.reconciliation.words import explain

DONE, NOT_FOUND = ResolutionStatus.DONE, ResolutionStatus.SETTLEMENT_NOT_FOUND


def out(reference: str, amount: int, about: str = "") -> tuple[str, str, int, str]:
    """A withdrawal of a statement."""
    return "settlement", reference, amount, about


def back(reference: str, amount: int, about: str = "") -> tuple[str, str, int, str]:
    """One that came back."""
    return "settlement_return", reference, amount, about


async def take(
    work: Reconciliation, database: Database, day: date, *lines: tuple[str, str, int, str], channel: str = WX
) -> None:
    """Take a statement of the channel."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    stated = [
        StatedLine(kind=kind, reference=reference, request_id=None, amount=amount, occurred_at=at, about=about)  # type: ignore[arg-type]
        for kind, reference, amount, about in lines
    ]
    await work.take(database, channel, day, in_parts(iter(stated)))


async def breaks_of(database: Database, kind: LineKind, channel: str = WX) -> list[Break]:
    async with database.read() as reader:
        return await list_breaks(reader, list(BreakState), None, channel, None, 20, kind)


async def receivable(database: Database) -> int:
    async with database.read() as reader:
        return (await get_clearing(reader)).balances[Code.CHANNEL_RECEIVABLE]


@pytest.mark.parametrize("is_return_first", [True, False])
async def test_a_withdrawal_that_came_back_leaves_everything_as_it_was(
    database: Database, work: Reconciliation, *, is_return_first: bool
) -> None:
    before, held = await standing(database), await receivable(database)
    if is_return_first:
        # Statements of past days may be brought by hand, in any order.
        await take(work, database, day_ago(2), back("r1", 8_800))
        (one,) = await breaks_of(database, LineKind.SETTLEMENT_RETURN)
        assert (one.state, one.told, "退回来了" in explain(one)) == (BreakState.OPEN, None, True)
        assert (await standing(database))[0] == before[0] + 8_800
    await take(work, database, day_ago(3), out("w1", 8_800))
    if not is_return_first:
        assert (await standing(database))[1] == before[1] + 8_800
        await take(work, database, day_ago(2), back("r1", 8_800))
    (one,) = await breaks_of(database, LineKind.SETTLEMENT_RETURN)
    assert (one.state, one.resolution) == (BreakState.RESOLVED, Resolution.RETURNED)
    assert [each.reference for each in one.settlements] == ["w1"]
    assert "银行存款已经冲回" in explain(one)
    # Suspense, the bank and the channel are as they were before the withdrawal; nothing is on its way.
    assert (await standing(database), await receivable(database)) == (before, held)
    async with database.read() as reader:
        settlements = (await get_clearing(reader, 0, [(day_ago(9), day_ago(0))])).settlements
        assert await list_under_way(reader, day_ago(9), None, 9) == []
    assert [(each.reference, each.is_returned) for each in settlements] == [("w1", True)]
    # Withdrawn again, it is the second that comes to the bank, though the first had the same amount.
    await take(work, database, day_ago(1), out("w2", 8_800))
    await bring(work, database, f"{day_ago(0)},88.00,,s1,{TENPAY},提现")
    assert await look(database) == 1
    (came,) = await breaks_of(database, LineKind.CHARGE, "bank")
    assert [each.reference for each in came.settlements] == ["w2"]
    assert await standing(database) == (before[0], before[1] + 8_800, before[2])
    with pytest.raises(asyncpg.UniqueViolationError, match="returns_pkey"):
        async with database.transaction() as tx:
            await tx.connection.execute("insert into reconciliation.returns select * from reconciliation.returns")


async def test_people_say_which_withdrawal_came_back_and_none_does_twice(
    database: Database, work: Reconciliation
) -> None:
    proposals = work.batchers.of(propose_resolutions, "break_id")
    agreements = work.batchers.of(agree_to_resolutions, "break_id")
    before = await standing(database)
    await take(work, database, day_ago(4), out("w1", 8_800), out("w2", 8_800), out("w3", 500))
    # A channel whose bill does not name it: money that came, for nothing that we know.
    await take(work, database, day_ago(2), back("r1", 8_800), ("charge", "c1", 8_800, ""), ("charge", "c2", 500, ""))
    (named,) = await breaks_of(database, LineKind.SETTLEMENT_RETURN)
    charges = {one.reference: one for one in await breaks_of(database, LineKind.CHARGE)}
    unnamed, other = charges["c1"], charges["c2"]
    assert named.state is unnamed.state is BreakState.OPEN, "it may be either"

    def propose(one: Break, reference: str, resolution: Resolution = Resolution.RETURNED) -> ProposeResolution:
        actor = Actor("staff", new_id())
        its = ((WX, reference),)
        return ProposeResolution(break_id=one.id, resolution=resolution, note="问过", actor=actor, settlements=its)

    def agree(one: Break, *, is_agreed: bool = True) -> AgreeToResolution:
        return AgreeToResolution(break_id=one.id, is_agreed=is_agreed, actor=Actor("staff", new_id()))

    answers = [
        await proposals.submit(each)
        for each in (
            propose(named, "w1", Resolution.ARRIVED),
            propose(named, "nobody's"),
            propose(named, "w3"),
            propose(named, "w1"),
            propose(unnamed, "w1"),
        )
    ]
    assert answers == [
        ResolutionStatus.NOT_A_DECISION, NOT_FOUND, ResolutionStatus.SETTLEMENTS_DIFFER, DONE, NOT_FOUND,
    ]  # fmt: skip
    # Sent back, it is free for another.
    assert await agreements.submit(agree(named, is_agreed=False)) is DONE
    assert await proposals.submit_all([propose(unnamed, "w1"), propose(other, "w3")]) == [DONE, DONE]
    # One of the two is known now: the job needs nobody for what is left.
    assert await pair(database) == 1
    (named,) = await breaks_of(database, LineKind.SETTLEMENT_RETURN)
    assert [each.reference for each in named.settlements] == ["w2"]
    assert await agree_to_all(database, work, [agree(unnamed), agree(other)]) == [DONE, DONE]
    assert await agreements.submit(agree(unnamed)) is ResolutionStatus.NOT_ALLOWED_NOW
    assert await standing(database) == before


async def test_what_the_bank_had_and_gave_back_is_for_people(database: Database, work: Reconciliation) -> None:
    before = await standing(database)
    await take(work, database, day_ago(4), out("w1", 8_800))
    await take(work, database, day_ago(2), back("r1", 8_800))
    await bring(work, database, f"{day_ago(3)},88.00,,s1,{TENPAY},提现")
    payers = {WX: ("财付通",)}
    assert await database.retried(partial(pair_arrivals, payers=payers)) == 0, "another may be on its way"
    (one,) = await breaks_of(database, LineKind.CHARGE, "bank")
    command = ProposeResolution(
        break_id=one.id, resolution=Resolution.ARRIVED, note="银行又退了", actor=Actor("staff", new_id()),
        settlements=((WX, "w1"),),
    )  # fmt: skip
    assert await work.batchers.of(propose_resolutions, "break_id").submit(command) is DONE
    agreed = AgreeToResolution(break_id=one.id, is_agreed=True, actor=Actor("staff", new_id()))
    assert await agree_to_all(database, work, [agreed]) == [DONE]
    assert await standing(database) == before


async def test_what_one_of_two_apps_of_an_account_withdrew_the_other_may_tell_is_back(
    database: Database, work: Reconciliation
) -> None:
    closed, other = Mute("app1"), Mute("app2")
    closed.beside, other.beside = (other.name,), (closed.name,)
    REGISTRY.register(closed, is_open=False)
    REGISTRY.register(other)
    try:
        before = await standing(database)
        withdrawn = out("w1", 8_800, "n1"), out("w2", 300), out("w3", 500)
        await take(work, database, day_ago(4), *withdrawn, channel=closed.name)
        back_again = back("r1", 8_800, "n1"), back("r2", 300)
        await take(work, database, day_ago(2), *back_again, channel=other.name)
        named, unnamed = sorted(
            await breaks_of(database, LineKind.SETTLEMENT_RETURN, other.name), key=lambda one: one.reference
        )
        assert [(each.channel, each.reference) for each in named.settlements] == [(closed.name, "w1")]
        # They may be of two accounts: an amount alone says nothing, and people may know.
        assert unnamed.state is BreakState.OPEN
        command = ProposeResolution(
            break_id=unnamed.id, resolution=Resolution.RETURNED, note="一个账户", actor=Actor("staff", new_id()),
            settlements=((closed.name, "w2"),),
        )  # fmt: skip
        assert await work.batchers.of(propose_resolutions, "break_id").submit(command) is DONE
        agreed = AgreeToResolution(break_id=unnamed.id, is_agreed=True, actor=Actor("staff", new_id()))
        assert await agree_to_all(database, work, [agreed]) == [DONE]
        assert await standing(database) == (before[0], before[1] + 500, before[2])
    finally:
        REGISTRY.remove(closed.name)
        REGISTRY.remove(other.name)


NOON = datetime(2026, 10, 9, 12, tzinfo=SHANGHAI)


def returned(amount: int, reference: str = "r", about: str = "") -> Break:
    kind, class_ = LineKind.SETTLEMENT_RETURN, BreakClass.THEIRS_ONLY
    return Break(
        id=new_id(), channel=WX, day=NOON.date(), kind=kind, class_=class_, reference=reference, subject_id=None,
        ours=None, theirs=amount, occurred_at=NOON, delta=amount, found_at=NOON, about=about,
    )  # fmt: skip


def paid(days_ago: float, amount: int, about: str = "", *, channel: str = WX, is_arrived: bool = False) -> Settlement:
    at = NOON - timedelta(days=days_ago)
    return Settlement(
        shard=0, channel=channel, reference=f"w{days_ago}", amount=amount, at=at, about=about, is_arrived=is_arrived
    )


def test_only_what_can_be_nothing_else_came_back() -> None:
    def found(returns: list[Break], *withdrawals: Settlement) -> list[str]:
        return [each.reference for _, its in pair_returns(returns, withdrawals, {}) for each in its]

    one, two = paid(3, 500), paid(2, 500)
    assert found([returned(500)], one) == ["w3"]
    assert found([returned(500)], one, two) == found([returned(500), returned(500)], one) == []
    assert found([returned(500)], paid(11, 500), paid(-0.01, 500), paid(1, 499), paid(1, 500, channel="other")) == []
    # The number that both have says which it is, however long ago, and leaves the other for the other.
    named = paid(30, 500, "n1")
    assert found([returned(500, about="n1")], named, one) == ["w30"]
    assert found([returned(500, about="n1"), returned(500)], paid(3, 500, "n1"), two) == ["w3", "w2"]
    assert found([returned(500, "w2")], one, two) == ["w2"], "a statement may give both one number"
    # What has a number is not what has another's amount; nor is what another line has the number of.
    assert found([returned(400, about="n1")], named, paid(2, 400)) == []
    assert found([returned(400, about="n1"), returned(500)], paid(3, 500, "n1")) == []
    assert found([returned(400, about="n2"), returned(500)], one) == ["w3"], "a number that nothing else has"
    # What is known to have come to the bank came back sooner than nothing, and later than what is not.
    assert found([returned(500)], paid(3, 500, is_arrived=True)) == ["w3"]
    assert found([returned(500)], paid(3, 500, is_arrived=True), two) == ["w2"]
