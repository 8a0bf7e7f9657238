"""Proves that every seeded difference is found and named, that none is invented, and that what is found clears."""

import asyncio
import csv
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from bench.statements import NO_DEFECTS, add_movements, found_in, in_parts, lines_of, missing_lines, seed_defects
from tests.reconciliation.conftest import agree_to_all, as_seen
from weiji.events import Actor
from weiji.identity import Refusal
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, new_id, shard_of
from weiji.ledger import Code, chart
from weiji.payments import (
    Ability,
    Channel,
    GatewaySilent,
    Notice,
    NoticeKind,
    PayInOwnFunds,
    StatedLine,
    StatementUnavailable,
    TradesMissing,
    list_troubling_notices,
    list_unmatched_captures,
    pay_in_own_funds,
)
from weiji.payments.channels import Registry
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    ImportStatus,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
    propose_resolutions,
)
from weiji.reconciliation.files import HEADER, read_file
from weiji.reconciliation.handlers import find_unfinished, statement_of
from weiji.reconciliation.operations import Imported
from weiji.reconciliation.store import get_clearing, list_breaks, list_statements

C = BreakClass
S = ResolutionStatus
DAY = timedelta(days=1)
_numbers = count()


def day_ago(days: int) -> date:
    return clock.now().astimezone(SHANGHAI).date() - days * DAY


async def take(work: Reconciliation, database: Database, day: date, lines: list[StatedLine], channel: str) -> Imported:
    return await work.take(database, channel, day, in_parts(iter(lines)))


async def breaks_of(database: Database, channel: str) -> list[Break]:
    async with database.read() as reader:
        return await list_breaks(reader, list(BreakState), None, channel, None, 1_000)


async def cleared(database: Database) -> dict[int, int]:
    async with database.read() as reader:
        clearing = await get_clearing(reader)
    return {code: clearing.balances[code] for code in (Code.SUSPENSE, Code.SUSPENSE_SHORT)}


@given(st.integers(60, 300), st.integers(0, 8), st.integers(0, 2**32))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_all_that_is_seeded_is_found_and_nothing_is_invented(
    database: Database, work: Reconciliation, lines: int, each: int, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311
    channel, day = f"c{next(_numbers)}", day_ago(4)
    defects = seed_defects(lines, each, dice)
    await add_movements(database, day, lines, defects, channel)
    theirs = list(lines_of(day, lines, defects, channel))
    dice.shuffle(theirs)
    imported = await take(work, database, day, theirs, channel)
    assert imported.status is ImportStatus.MATCHED
    assert await found_in(database, day, channel) == defects.expected
    assert imported.statement is not None
    assert imported.statement.lines == len(theirs)
    assert imported.statement.matched == lines - each * 4 - len(defects.wrong_fee)
    # The day after brings what was missing; what the day before had early is no break of it.
    after = await take(work, database, day + DAY, list(missing_lines(day, defects, channel)), channel)
    assert after.statement is not None
    assert after.statement.breaks == 0
    found = await breaks_of(database, channel)
    assert {one.resolution for one in found if one.class_ is C.OURS_ONLY} <= {Resolution.LATER_DAY}
    assert not [one for one in found if one.is_due or one.is_to_tell]


async def test_a_statement_is_taken_once_and_only_of_a_day_that_is_over(
    database: Database, work: Reconciliation
) -> None:
    day = day_ago(2)
    await add_movements(database, day, 50, NO_DEFECTS)
    lines = list(lines_of(day, 50, NO_DEFECTS))
    results = await asyncio.gather(
        *(take(work, database, day, lines, "bench") for _ in range(4)), return_exceptions=True
    )
    taken = [result.status for result in results if isinstance(result, Imported)]
    assert taken.count(ImportStatus.MATCHED) == 1
    lost = [result for result in results if not isinstance(result, Imported)]
    assert all(isinstance(error, asyncpg.UniqueViolationError) for error in lost)
    assert (await take(work, database, day, lines, "bench")).status is ImportStatus.EXISTS
    assert (await take(work, database, day, lines[1:], "bench")).status is ImportStatus.EXISTS_WITH_DIFFERENT_LINES
    assert (await take(work, database, day_ago(0), lines, "bench")).status is ImportStatus.DAY_NOT_OVER
    async with database.read() as reader:
        assert await reader.connection.fetchval("select count(*) from reconciliation.staged_lines") == 0


def notices_of(lines: Iterable[StatedLine]) -> list[Notice]:
    kinds = {
        "charge": NoticeKind.CHARGE_SUCCEEDED,
        "refund": NoticeKind.REFUND_SUCCEEDED,
        "payout": NoticeKind.PAYOUT_PAID,
        "payout_return": NoticeKind.PAYOUT_RETURNED,
        "settlement": NoticeKind.SETTLED,
        "chargeback": NoticeKind.CHARGEBACK_RECEIVED,
    }
    return [
        Notice(
            channel="mute",
            event_id=f"bill:{line.reference}",
            kind=kinds[line.kind],
            subject_id=line.request_id,
            reference=line.reference,
            amount=line.amount,
            fee=line.fee,
            occurred_at=line.occurred_at,
            raw=b"",
        )
        for line in lines
    ]


async def last_day_of(database: Database, channel: str) -> date:
    async with database.read() as reader:
        return (await get_clearing(reader)).last_days[channel]


class Mute(Channel):
    """A channel that says it has no statement, or fails to say anything; it only pays out."""

    abilities = frozenset({Ability.PAY_OUT, Ability.STATEMENT})

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_broken = False
        self.has: dict[date, list[Notice]] = {}
        self.has_besides: dict[date, list[Notice]] = {}

    async def read_statement(self, day: date) -> list[Notice] | None:
        if self.is_broken:
            raise GatewaySilent("no answer")
        if day in self.has_besides and day not in self.has:
            raise TradesMissing(self.has_besides[day])
        return self.has.get(day)


async def test_a_day_on_which_nothing_happened_does_not_stop_a_channel(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = Mute(f"mute{next(_numbers)}")
    registry = Registry()
    registry.register(channel)
    monkeypatch.setattr("weiji.reconciliation.handlers.REGISTRY", registry)
    await take(work, database, day_ago(6), [], channel.name)
    await add_movements(database, day_ago(3), 20, NO_DEFECTS, channel.name)
    for number, day in (("w4", day_ago(4)), ("w3", day_ago(3))):
        at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
        withdrawal = StatedLine(kind="settlement", reference=number, request_id=None, amount=500, occurred_at=at)
        channel.has_besides[day] = notices_of([withdrawal])

    async def withdrawn() -> list[tuple[str, BreakState]]:
        return [(one.reference, one.state) for one in await breaks_of(database, channel.name)]

    await work.fetch(database)
    # Two quiet days are over; the third has movements of ours, so "none" is not believed.
    assert await last_day_of(database, channel.name) == day_ago(4)
    # What else happened on a quiet day is taken, and told.
    assert await withdrawn() == [("w4", BreakState.RESOLVED)]
    channel.has[day_ago(3)] = notices_of(lines_of(day_ago(3), 20, NO_DEFECTS, channel.name))
    channel.is_broken = True
    await work.fetch(database)
    assert await last_day_of(database, channel.name) == day_ago(4)
    channel.is_broken = False
    await work.fetch(database)
    # Yesterday's may still come: it is empty only once it is long over.
    assert await last_day_of(database, channel.name) in (day_ago(2), day_ago(3))
    assert await withdrawn() == [("w4", BreakState.RESOLVED)]


async def test_a_channel_that_is_read_wrongly_keeps_no_other_from_being_matched(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in one channel is raised, once the others were fetched."""

    class Wrong(Mute):
        async def read_statement(self, day: date) -> list[Notice] | None:
            raise ZeroDivisionError(f"{day} can't be read")

    registry = Registry()
    wrong, channel = Wrong(f"a{next(_numbers)}"), Mute(f"b{next(_numbers)}")
    for each in (wrong, channel):
        registry.register(each)
    monkeypatch.setattr("weiji.reconciliation.handlers.REGISTRY", registry)
    channel.has = {day_ago(days): [] for days in range(1, 10)}
    with pytest.raises(ZeroDivisionError):
        await work.fetch(database)
    assert await last_day_of(database, channel.name) >= day_ago(2)


class Clearing(Channel):
    """A channel that pays what a day came to by itself, as UnionPay does."""

    abilities = frozenset({Ability.STATEMENT, Ability.PAGE})

    def __init__(self, name: str, came: dict[date, int]) -> None:
        self.name = name
        self.came = came
        self.asked: list[date] = []

    async def read_statement(self, day: date) -> list[StatedLine]:
        at = datetime(day.year, day.month, day.day, 23, tzinfo=SHANGHAI)
        return [
            StatedLine(
                kind="settlement", reference=f"cleared:{day}", request_id=None, amount=self.came.get(day, 0),
                occurred_at=at, is_net=True,
            )
        ]  # fmt: skip

    async def read_shortage(self, day: date) -> int | None:
        self.asked.append(day)
        return -20


async def test_a_shortage_is_carried_for_as_long_as_it_is_one(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = {day_ago(30): -5_000, day_ago(29): 10, day_ago(12): 30, day_ago(4): 5_000, day_ago(3): 70}
    channel = Clearing(f"c{next(_numbers)}", came)
    registry = Registry()
    registry.register(channel)
    monkeypatch.setattr("weiji.reconciliation.handlers.REGISTRY", registry)
    monkeypatch.setattr("weiji.reconciliation.handlers.FIRST_DAYS", 31)
    assert await work.fetch(database) > 25
    # It was short of 20 before the first day, so it paid 20 of the 5,000, of which 4,980 made up for what was missing.
    assert len(channel.asked) == 1, "our books know it of the others"
    assert {(one.reference, one.theirs) for one in await breaks_of(database, channel.name)} == {
        (f"cleared:{day_ago(4)}", 20), (f"cleared:{day_ago(3)}", 70),
    }  # fmt: skip
    async with database.read() as reader:
        kept = {one.day: one.shortage for one in await list_statements(reader, None, 40) if one.channel == channel.name}
    assert [kept[day_ago(days)] for days in (30, 29, 13, 12, 5, 4, 3)] == [-5_020, -5_010, -5_010, -4_980, -4_980, 0, 0]
    # What was told anew is what was told.
    again = await work.take(database, channel.name, day_ago(4), statement_of(channel, day_ago(4)), kept[day_ago(5)])
    assert again.status is ImportStatus.EXISTS


async def test_a_channel_that_was_switched_off_is_followed_until_nothing_of_it_is_open(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, name = Registry(), f"off{next(_numbers)}"
    channel = Clearing(name, {})
    registry.register(channel, is_open=False)
    monkeypatch.setattr("weiji.reconciliation.handlers.REGISTRY", registry)
    assert name not in registry.names | registry.payout_names

    async def unfinished() -> bool:
        async with database.read() as reader:
            return name in await find_unfinished(reader)

    assert not await unfinished()
    assert await work.fetch(database) == 0
    # Money that it has for nothing is open; ended by own funds it is still there, until it is withdrawn.
    stray = StatedLine(kind="charge", reference="s", request_id=None, amount=500, occurred_at=clock.now() - 40 * DAY)
    await take(work, database, day_ago(40), [stray], name)
    assert await unfinished()
    (one,) = await breaks_of(database, name)
    await work.batchers.of(propose_resolutions, "break_id").submit(_propose(one, new_id(), Resolution.OWN_FUNDS))
    await agree_to_all(database, work, [_agree(one, new_id())])
    assert await unfinished()
    channel.came[day_ago(20)] = 520
    # It lay at rest for long: what no channel gives any more is not asked for.
    assert await work.fetch(database) == 31
    # All went to the bank; it may come back for a while.
    async with database.read() as reader:
        account = chart.channel_receivable
        ids = [account(shard, name).id for shard in range(SHARDS)]
        text = "select sum(debits_posted - credits_posted) from ledger.accounts where id = any ($1)"
        assert await reader.connection.fetchval(text, ids) == 0
    assert await unfinished()
    monkeypatch.setattr("weiji.reconciliation.handlers.FOLLOWED_FOR", 19 * DAY)
    assert not await unfinished()
    # What moved since the last statement counts, whatever it comes to: nobody stated it yet.
    await add_movements(database, day_ago(0), 1, NO_DEFECTS, name)
    assert await unfinished()


async def test_what_an_account_did_is_booked_once_though_two_channels_state_it(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    one, other, stranger = (Mute(f"shared{next(_numbers)}") for _ in range(3))
    one.beside, other.beside = (other.name,), (one.name,)
    for each in (one, other, stranger):
        registry.register(each, is_open=each is not one)
    monkeypatch.setattr("weiji.reconciliation.handlers.REGISTRY", registry)
    at = datetime.combine(day_ago(3), datetime.min.time(), SHANGHAI)
    lines = [
        StatedLine(kind=kind, reference=f"{number}{other.name}", request_id=None, amount=amount, occurred_at=at)
        for kind, number, amount in (("settlement", "w", 8_800), ("settlement_return", "r", 300), ("fee", "f", 10))
    ]
    charge = structs.replace(lines[0], kind="charge", reference=f"c{other.name}", amount=50)

    async def at_bank() -> int:
        async with database.read() as reader:
            text = (
                "select coalesce(sum(debits_posted - credits_posted), 0)::bigint from ledger.accounts where code = $1"
            )
            return int(await reader.connection.fetchval(text, Code.BANK))

    before = await at_bank()
    await take(work, database, day_ago(3), lines, other.name)
    assert await at_bank() == before + 8_800
    # The one that was switched off is followed again, and has its own, and the same.
    imported = await take(work, database, day_ago(3), [*lines, charge], one.name)
    assert imported.statement is not None
    assert (imported.statement.lines, imported.statement.theirs) == (1, 50)
    assert [each.reference for each in await breaks_of(database, one.name)] == [charge.reference]
    assert await at_bank() == before + 8_800
    assert (await take(work, database, day_ago(3), [*lines, charge], one.name)).status is ImportStatus.EXISTS
    # Of another account the same numbers are something else.
    await take(work, database, day_ago(3), lines, stranger.name)
    assert len(await breaks_of(database, stranger.name)) == 3


async def test_a_statement_of_another_account_is_not_taken(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("operations", "store"):
        monkeypatch.setattr(f"weiji.reconciliation.{module}.BREAKS_MAX", 20)
    day = day_ago(2)
    lines = list(lines_of(day, 30, NO_DEFECTS, "other"))
    assert (await take(work, database, day, lines, "other")).status is ImportStatus.UNLIKE
    assert await breaks_of(database, "other") == []


async def _found(database: Database, work: Reconciliation, channel: str = "bench") -> list[Break]:
    """Have one break of each class that people decide about: too much, and too little."""
    day = day_ago(2)
    await add_movements(database, day, 20, NO_DEFECTS, channel)
    lines = [line for line in lines_of(day, 20, NO_DEFECTS, channel) if line.reference not in ("r3", "r4")]
    lines.append(
        StatedLine(kind="charge", reference="x1", request_id=None, amount=900, occurred_at=lines[0].occurred_at)
    )
    await take(work, database, day, lines, channel)
    return [one for one in await breaks_of(database, channel) if one.state is BreakState.OPEN]


def _propose(
    one: Break, who: UUID, resolution: Resolution = Resolution.REVERSED, note: str = "查过了"
) -> ProposeResolution:
    return ProposeResolution(break_id=one.id, resolution=resolution, note=note, actor=Actor("staff", who))


def _agree(one: Break, who: UUID, *, is_agreed: bool = True) -> AgreeToResolution:
    return AgreeToResolution(break_id=one.id, is_agreed=is_agreed, actor=Actor("staff", who))


async def test_two_people_end_a_break_and_suspense_is_empty_again(database: Database, work: Reconciliation) -> None:
    breaks = await _found(database, work)
    long = next(one for one in breaks if one.class_ is C.THEIRS_ONLY)
    other, short = sorted((one for one in breaks if one.class_ is C.OURS_ONLY), key=lambda one: one.delta)
    assert (long.delta, short.delta, other.delta) == (900, -103, -104)
    assert (long.told, long.posted_at is not None) == ("unmatched", True), "payments put it into suspense"
    assert await cleared(database) == {Code.SUSPENSE: -900, Code.SUSPENSE_SHORT: 207}

    async def unknown_money() -> list[int]:
        async with database.read() as reader:
            captures = [each.amount for each in await list_unmatched_captures(reader)]
            told = [row["amount"] for row in await list_troubling_notices(reader) if row["kind"] == "charge_succeeded"]
        assert captures == told
        return captures

    assert await unknown_money() == [900]
    maker, checker = new_id(), new_id()

    async def propose(command: ProposeResolution) -> S:
        return await work.batchers.of(propose_resolutions, "break_id").submit(command)

    async def agree(command: AgreeToResolution) -> S:
        return (await agree_to_all(database, work, [command]))[0]

    unknown = ProposeResolution(
        break_id=new_id(), resolution=Resolution.REVERSED, note="x", actor=Actor("staff", maker)
    )
    assert await propose(unknown) is S.BREAK_NOT_FOUND
    assert await propose(_propose(long, maker, note=" ")) is S.NOTE_MISSING
    assert await propose(_propose(long, maker, Resolution.TOLD)) is S.NOT_A_DECISION
    assert await agree(_agree(long, checker)) is S.NOT_ALLOWED_NOW
    assert await propose(_propose(long, maker, Resolution.OWN_FUNDS)) is S.DONE
    assert await propose(_propose(long, maker, Resolution.OWN_FUNDS)) is S.EXISTS
    assert await propose(_propose(long, checker)) is S.NOT_ALLOWED_NOW
    assert await agree(_agree(long, maker)) is S.SAME_PERSON
    assert await agree(_agree(long, checker, is_agreed=False)) is S.DONE
    assert await propose(_propose(long, maker, Resolution.OWN_FUNDS)) is S.DONE
    statuses = await asyncio.gather(*(agree(_agree(long, checker)) for _ in range(5)))
    assert sorted(statuses) == [S.DONE, S.EXISTS, S.EXISTS, S.EXISTS, S.EXISTS]
    assert await unknown_money() == [], "nobody has to ask any more whose it is"
    assert await propose(_propose(short, maker, Resolution.OWN_FUNDS)) is S.DONE
    shard = shard_of(short.id)
    assert shard != shard_of(long.id)
    assert await agree(_agree(short, checker)) is S.DONE, "own funds are one sum, wherever they lie"
    assert (await own_funds_at(database, shard_of(long.id))) == long.delta + short.delta
    assert await propose(_propose(other, maker)) is S.DONE
    assert await agree(_agree(other, checker)) is S.DONE
    assert await cleared(database) == {Code.SUSPENSE: 0, Code.SUSPENSE_SHORT: 0}
    async with database.read() as reader:
        assert (await get_clearing(reader)).balances[Code.TRANSIT] == 0
        kinds = [
            row["type"]
            for row in await reader.connection.fetch(
                "select type from events.events where stream = $1 order by seq", long.id
            )
        ]
    assert kinds == ["BreakFound", "ResolutionProposed", "ResolutionRefused", "ResolutionProposed", "BreakResolved"]


async def test_nobody_agrees_to_what_they_have_not_seen(database: Database, work: Reconciliation) -> None:
    """While the second person looked at it, the first took it back and proposed something else."""
    long = next(one for one in await _found(database, work) if one.class_ is C.THEIRS_ONLY)
    proposals = work.batchers.of(propose_resolutions, "break_id")
    agreements = work.batchers.of(agree_to_resolutions, "break_id")
    maker, checker = new_id(), new_id()
    assert await proposals.submit(_propose(long, maker)) is S.DONE
    async with database.transaction() as tx:
        (seen,) = await as_seen(tx, [_agree(long, checker)])
    for changed in (
        _propose(long, maker, Resolution.OWN_FUNDS),
        _propose(long, maker, note="别的"),
        _propose(long, new_id()),
    ):
        assert await agreements.submit(_agree(long, new_id(), is_agreed=False)) is S.DONE
        assert await proposals.submit(changed) is S.DONE
        assert await agreements.submit(seen) is S.CHANGED
    assert await agreements.submit(_agree(long, checker)) is S.CHANGED, "nor what they say nothing of"
    wrong = replace(seen, refusal=Refusal("payment_password_wrong"))
    assert await agreements.submit(wrong) is S.CHANGED
    assert await agreements.submit(_agree(long, new_id(), is_agreed=False)) is S.DONE
    assert await proposals.submit(_propose(long, maker)) is S.DONE
    assert await agreements.submit(wrong) is S.PAYMENT_PASSWORD_WRONG
    assert await agreements.submit(seen) is S.DONE, "it is what they saw, again"


async def own_funds_at(database: Database, shard: int) -> int:
    async with database.read() as reader:
        left = await reader.connection.fetchval(
            "select credits_posted - debits_posted from ledger.accounts where id = $1", chart.own_funds(shard).id
        )
    return int(left)


async def test_own_funds_bear_what_is_missing(database: Database, work: Reconciliation) -> None:
    short = next(one for one in await _found(database, work) if one.class_ is C.OURS_ONLY)
    await work.batchers.of(propose_resolutions, "break_id").submit(_propose(short, new_id(), Resolution.OWN_FUNDS))
    assert await agree_to_all(database, work, [_agree(short, new_id())]) == [S.OWN_FUNDS_SHORT]
    funds = PayInOwnFunds(id=new_id(short.id), amount=10_000, actor=Actor("system"))
    await work.batchers.of(pay_in_own_funds).submit(funds)
    assert await agree_to_all(database, work, [_agree(short, new_id())]) == [S.DONE]
    assert await own_funds_at(database, shard_of(short.id)) == 10_000 + short.delta


DECISIONS = st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.booleans(), st.booleans()), min_size=1, max_size=8)


@given(DECISIONS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(
    database: Database, work: Reconciliation, decisions: list[tuple[bool, int, bool, bool]]
) -> None:
    """A batch is answered as its commands would be, one after another."""
    people = [new_id(), new_id()]
    ends = []
    for is_batch in (True, False):
        breaks = (await _found(database, work, f"c{next(_numbers)}"))[:3]
        answers: list[S] = []

        class Undo(Exception):
            pass

        try:
            async with database.transaction() as tx:
                for is_proposal in (True, False):
                    commands: list[Any] = [
                        _propose(breaks[n], people[first])
                        if is_proposal
                        else _agree(breaks[n], people[first], is_agreed=second)
                        for wanted, n, first, second in decisions
                        if wanted is is_proposal
                    ]
                    operation = propose_resolutions if is_proposal else agree_to_resolutions
                    commands = commands if is_proposal else await as_seen(tx, commands)
                    parts = [commands] if is_batch else [[command] for command in commands]
                    for part in parts:
                        answers += await _in_lanes(tx, operation, part)
                raise Undo
        except Undo:
            ends.append(answers)
    assert ends[0] == ends[1]


async def _in_lanes(tx: Transaction, operation: object, commands: list[object]) -> list[S]:
    """A batch stays in one lane; the answers are in order all the same."""
    answers: dict[int, S] = {}
    for lane in range(2):
        places = [n for n, c in enumerate(commands) if shard_of(c.break_id) % 2 == lane]  # type: ignore[attr-defined]
        found = await operation(tx, [commands[n] for n in places]) if places else []  # type: ignore[operator]
        answers |= dict(zip(places, found, strict=True))
    return [answers[n] for n in range(len(commands))]


async def test_the_database_refuses_a_break_that_one_person_ended(database: Database, work: Reconciliation) -> None:
    one = (await _found(database, work))[0]
    async with database.read() as reader:
        for change, name in (
            ("state = 'resolved'", "breaks_resolved_somehow"),
            ("resolved_by = $2, proposed_by = $2", "breaks_resolved_by_two"),
        ):
            args = [one.id, new_id()] if "$2" in change else [one.id]
            with pytest.raises(asyncpg.CheckViolationError, match=name):
                await reader.connection.execute(f"update reconciliation.breaks set {change} where id = $1", *args)  # noqa: S608


async def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    lines = list(lines_of(day_ago(2), 25, NO_DEFECTS))
    lines.append(structs.replace(lines[0], kind="fee", amount=-20, fee=0))
    with path.open("w", newline="") as file:
        file.write(",".join(HEADER) + "\r\n")
        csv.writer(file).writerows(
            (each.kind, each.reference, each.request_id or "", each.amount, each.fee, each.occurred_at.isoformat())
            for each in lines
        )
    assert [line async for part in read_file(path) for line in part] == lines
    for wrong in (
        "kind\n",
        "charge,r1,,12\n",
        "charge,,,12,0,2026-11-20T00:00:00Z\n",
        "bribe,r1,,12,0,2026-11-20T00:00:00Z\n",
        "charge,r1,,-1,0,2026-11-20T00:00:00Z\n",
        "charge,r1,,1,0,2026-11-20T00:00:00\n",
    ):
        path.write_text("" if wrong == "kind\n" else ",".join(HEADER) + "\n" + wrong)
        with pytest.raises(StatementUnavailable):
            _ = [part async for part in read_file(path)]


async def test_postings_of_a_break_are_those_of_the_table(database: Database, work: Reconciliation) -> None:
    """Z1: what is too much stands in suspense, what is missing came out of what the channel owes us."""
    breaks = await _found(database, work)
    async with database.read() as reader:
        for one in breaks:
            if one.class_ is not C.OURS_ONLY:
                continue
            shard = shard_of(one.id)
            row = await reader.connection.fetchrow(
                "select 1 from ledger.transfers where debit_account_id = $1 and credit_account_id = $2 and amount = $3",
                chart.suspense_short(shard, "bench").id, chart.channel_receivable(shard, "bench").id, -one.delta,
            )  # fmt: skip
            assert row is not None
