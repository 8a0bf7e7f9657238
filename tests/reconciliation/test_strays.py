"""Proves that money for nothing that both sides have is ended by two people, and never twice, whoever is how fast."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from bench.statements import in_parts
from tests.orders.market import WAITING
from tests.reconciliation.conftest import agree_to_all, as_seen
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Code, chart
from weiji.payments import (
    BANK,
    Notice,
    NoticeKind,
    NoticeStatus,
    StatedLine,
    list_unmatched_captures,
    receive_notices,
)
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
    import_statement,
    propose_resolutions,
)
from weiji.reconciliation.operations import RecordTold, record_told, take_up_strays
from weiji.reconciliation.store import get_clearing, list_breaks

AMOUNT = 6_600
WX = "wx"
OWN, REVERSED = Resolution.OWN_FUNDS, Resolution.REVERSED


def at_noon(days_ago: int) -> datetime:
    today = clock.now().astimezone(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)


def line(at: datetime) -> StatedLine:
    return StatedLine(kind="charge", reference="stray", request_id=None, amount=AMOUNT, occurred_at=at)


async def hear(database: Database, at: datetime, channel: str = WX) -> NoticeStatus:
    """Hear the channel tell of it, with an id that its statement knows nothing of; the bank by an old line."""
    notice = Notice(
        channel=channel, event_id="line:stray", kind=NoticeKind.CHARGE_SUCCEEDED, subject_id=None, reference="stray",
        amount=AMOUNT, occurred_at=at, raw='{"payer":"李四","remark":""}'.encode(),
    )  # fmt: skip
    (status,) = await database.retried(lambda tx: receive_notices(tx, [notice]))
    return status


async def import_day(tx: Transaction, at: datetime) -> int:
    imported = await import_statement(tx, WX, at.date(), in_parts(iter([line(at)])))
    assert imported.statement is not None
    return imported.statement.breaks


async def breaks_of(database: Database, channel: str = WX) -> list[Break]:
    async with database.read() as reader:
        return await list_breaks(reader, list(BreakState), None, channel, None, 100)


async def standing(database: Database) -> tuple[int, int]:
    """Say what is in suspense, and how much money for nothing people are shown."""
    async with database.read() as reader:
        clearing = await get_clearing(reader)
        return -clearing.balances[Code.SUSPENSE], sum(one.amount for one in await list_unmatched_captures(reader))


async def gained(database: Database, breaks: list[Break]) -> int:
    accounts = [chart.own_funds(shard_of(one.id)).id for one in breaks]
    async with database.read() as reader:
        gain = await reader.connection.fetchval(
            "select coalesce(sum(credits_posted - debits_posted), 0)::bigint from ledger.accounts where id = any ($1)",
            accounts,
        )
    return int(gain)


def propose(one: Break, resolution: Resolution = OWN) -> ProposeResolution:
    return ProposeResolution(break_id=one.id, resolution=resolution, note="找不到是谁", actor=Actor("staff", new_id()))


def agree(one: Break) -> AgreeToResolution:
    return AgreeToResolution(break_id=one.id, is_agreed=True, actor=Actor("staff", new_id()))


async def end(
    database: Database, work: Reconciliation, breaks: list[Break], resolution: Resolution = OWN
) -> list[ResolutionStatus]:
    """Have two people end each."""
    await work.batchers.of(propose_resolutions, "break_id").submit_all([propose(one, resolution) for one in breaks])
    return await agree_to_all(database, work, [agree(one) for one in breaks])


async def test_what_a_statement_agrees_with_waits_for_two_people(database: Database, work: Reconciliation) -> None:
    at = at_noon(2)
    assert await hear(database, at) is NoticeStatus.UNMATCHED
    await work.take(database, WX, date.fromordinal(at.toordinal() - 1), in_parts(iter([])))
    assert await breaks_of(database) == [], "no statement has it yet"
    await work.take(database, WX, at.date(), in_parts(iter([line(at)])))
    (one,) = await breaks_of(database)
    assert (one.class_, one.ours, one.theirs, one.state) == (BreakClass.THEIRS_ONLY, AMOUNT, AMOUNT, BreakState.OPEN)
    assert await standing(database) == (AMOUNT, AMOUNT), "it was booked once"
    assert await end(database, work, [one]) == [ResolutionStatus.DONE]
    assert await standing(database) == (0, 0)
    assert await gained(database, [one]) == AMOUNT


async def test_what_is_heard_of_while_its_line_waits_is_ended_all_the_same(
    database: Database, work: Reconciliation
) -> None:
    at = at_noon(2)
    async with database.transaction() as tx:
        await import_day(tx, at)
    assert await hear(database, at) is NoticeStatus.UNMATCHED
    await work.follow_up(database, 100)
    (one,) = await breaks_of(database)
    assert (one.told, one.state) == ("unmatched", BreakState.OPEN)
    assert await standing(database) == (AMOUNT, AMOUNT)
    assert await end(database, work, [one], REVERSED) == [ResolutionStatus.DONE]
    assert await standing(database) == (0, 0)


async def test_what_came_on_the_bank_account_needs_no_other_statement(database: Database, work: Reconciliation) -> None:
    assert await hear(database, at_noon(0), BANK) is NoticeStatus.UNMATCHED
    assert [await database.retried(take_up_strays) for _ in range(2)] == [1, 0]
    (one,) = await breaks_of(database, BANK)
    assert one.payer == "李四", "lines once had nothing of the payer's bank"
    assert await end(database, work, [one], REVERSED) == [ResolutionStatus.DONE]
    assert await standing(database) == (0, 0)
    async with database.read() as reader:
        left = await reader.connection.fetchval(
            "select debits_posted - credits_posted from ledger.accounts where id = $1", chart.bank(shard_of(one.id)).id
        )
    assert left == -AMOUNT, "it went back from the account on which it was"


Step = Callable[[Transaction], Awaitable[object]]


async def race(database: Database, first: Step, second: Step) -> None:
    """Do *first*; have *second* begin, and wait for it; only then commit *first*."""
    async with database.transaction() as tx:
        await first(tx)
        waiting = asyncio.create_task(database.retried(second))
        async with database.read() as reader:
            while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                assert not waiting.done(), "the second did not wait for the first"
                await asyncio.sleep(0.01)
    await waiting


@pytest.mark.parametrize("is_named_first", [True, False])
async def test_two_statements_about_one_sum_end_it_once(
    database: Database, work: Reconciliation, *, is_named_first: bool
) -> None:
    """Of two days that list it, one was held against our books before we heard of it, the other after."""
    early, late = at_noon(3), at_noon(2)
    async with database.transaction() as tx:
        await import_day(tx, early)
    (before,) = await breaks_of(database)
    assert await hear(database, late) is NoticeStatus.UNMATCHED
    telling = RecordTold(break_id=before.id, status=NoticeStatus.NO_EFFECT)
    steps: list[Step] = [lambda tx: import_day(tx, late), lambda tx: record_told(tx, [telling])]
    await race(database, *(steps if is_named_first else reversed(steps)))
    await work.follow_up(database, 100)
    breaks = await breaks_of(database)
    assert [one.told for one in breaks].count("unmatched") == 1, "one break ends what was heard of"
    # The channel has it twice where both are there: what it has more is a sum of its own, booked by its own break.
    held, shown = await standing(database)
    assert (held, shown) == (AMOUNT * len(breaks), AMOUNT)
    assert await end(database, work, breaks) == [ResolutionStatus.DONE] * len(breaks)
    assert await standing(database) == (0, 0)
    assert await gained(database, breaks) == AMOUNT * len(breaks)


async def test_what_is_being_ended_gets_no_other_break(database: Database, work: Reconciliation) -> None:
    early, late = at_noon(3), at_noon(2)
    assert await hear(database, late) is NoticeStatus.UNMATCHED
    async with database.transaction() as tx:
        await import_day(tx, late)
    (one,) = await breaks_of(database)
    await work.batchers.of(propose_resolutions, "break_id").submit(propose(one))
    async with database.transaction() as tx:
        seen = await as_seen(tx, [agree(one)])
    await race(database, lambda tx: agree_to_resolutions(tx, seen), lambda tx: import_day(tx, early))
    await work.follow_up(database, 100)
    breaks = await breaks_of(database)
    assert [each.told for each in breaks].count("unmatched") == 1
    left = [each for each in breaks if each.state is BreakState.OPEN]
    assert await end(database, work, left) in ([], [ResolutionStatus.DONE])
    assert (await standing(database))[0] == 0
    assert await gained(database, breaks) == AMOUNT * len([each for each in breaks if each.resolution is OWN])


async def test_what_no_statement_will_tell_of_again_waits_for_two_people(
    database: Database, work: Reconciliation
) -> None:
    """It is heard of once the statement of its day is matched; what statements may still have waits for them."""
    for days_ago in (4, 3):
        await work.take(database, WX, at_noon(days_ago).date(), in_parts(iter([])))
    assert await hear(database, at_noon(2)) is NoticeStatus.UNMATCHED
    take_up = partial(take_up_strays, channel=WX)
    assert await database.retried(take_up) == 0, "the statement of its day is to come"
    await work.take(database, WX, at_noon(2).date(), in_parts(iter([])))
    (missing,) = await breaks_of(database)
    assert (missing.class_, await database.retried(take_up)) == (BreakClass.OURS_ONLY, 0), "another day may have it"
    assert await end(database, work, [missing]) == [ResolutionStatus.OWN_FUNDS_SHORT]
    back = AgreeToResolution(break_id=missing.id, is_agreed=False, actor=Actor("staff", new_id()))
    await work.batchers.of(agree_to_resolutions, "break_id").submit(back)
    assert await end(database, work, [missing], REVERSED) == [ResolutionStatus.DONE]
    assert [await database.retried(take_up) for _ in range(2)] == [1, 0]
    (one,) = [each for each in await breaks_of(database) if each.told]
    assert await end(database, work, [one], REVERSED) == [ResolutionStatus.DONE]
    assert await standing(database) == (0, 0)


async def test_a_break_that_ended_before_it_was_heard_of_keeps_it_from_nobody(
    database: Database, work: Reconciliation
) -> None:
    at = at_noon(2)
    async with database.transaction() as tx:
        await import_day(tx, at)
    (ended,) = await breaks_of(database)
    await work.batchers.of(record_told, "break_id").submit(RecordTold(break_id=ended.id, status=NoticeStatus.NO_EFFECT))
    assert await hear(database, at) is NoticeStatus.UNMATCHED
    assert await database.retried(partial(take_up_strays, channel=WX)) == 1
    (one,) = [each for each in await breaks_of(database) if each.state is BreakState.OPEN]
    assert await end(database, work, [one]) == [ResolutionStatus.DONE]
    assert await standing(database) == (0, 0)
