"""Proves that what the bank takes back, in red ink, is booked at once and once, so that the books have as much at the
bank as the bank has; that it ends with the line that it takes back where that is named, and else as two people say."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.reconciliation.test_debits import DONE, agree, bring, day_ago, end, moved, propose
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import Code
from weiji.payments import BANK, PayInOwnFunds, list_unmatched_captures, pay_in_own_funds
from weiji.payments.bank.correcting import RedInk, find_taken_back
from weiji.payments.bank.model import Line
from weiji.payments.channels.references import reference_of
from weiji.reconciliation import (
    Break,
    BreakClass,
    BreakState,
    LineKind,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    propose_resolutions,
    rules,
)
from weiji.reconciliation.store import list_breaks
from weiji.reconciliation.words import explain, next_step

CREDIT, DEBIT = LineKind.CREDIT_TAKEN_BACK, LineKind.DEBIT_TAKEN_BACK
OPEN, RESOLVED = BreakState.OPEN, BreakState.RESOLVED
CORRECTED = Resolution.CORRECTED
OURS = reference_of(new_id())


def came(amount: str, serial: str, remark: str = "转账", payer: str = "路人") -> str:
    return f"{day_ago()},{amount},,{serial},{payer},{remark}"


def went(amount: str, serial: str, remark: str = "手续费") -> str:
    remark = "冲正手续费" if amount.startswith("-") and remark == "手续费" else remark  # Else nothing tells what it is.
    return f"{day_ago()},,{amount},{serial},,{remark}"


async def all_of_the_bank(database: Database) -> list[Break]:
    async with database.read() as reader:
        return await list_breaks(reader, list(BreakState), None, BANK, None, 500)


async def of_the_bank(database: Database) -> dict[tuple[str, str], Break]:
    """Read the breaks of the account, by kind and the bank's number."""
    return {(one.kind, one.reference): one for one in await all_of_the_bank(database)}


async def in_suspense(database: Database) -> int:
    async with database.read() as reader:
        return sum(one.amount for one in await list_unmatched_captures(reader))


async def own_funds(database: Database, amount: int = 500_000) -> None:
    paying = PayInOwnFunds(id=new_id(), amount=amount, actor=BY_SYSTEM)
    await database.retried(lambda tx: pay_in_own_funds(tx, [paying]))


async def take_back(work: Reconciliation, one: Break, line: Break | str) -> ResolutionStatus:
    """Propose that one takes back a line."""
    proposal = ProposeResolution(
        break_id=one.id,
        resolution=CORRECTED,
        note="看过",
        actor=Actor("staff", new_id()),
        settlements=((BANK, line if isinstance(line, str) else str(line.id)),),
    )
    return (await work.batchers.of(propose_resolutions, "break_id").submit_all([proposal]))[0]


@pytest.mark.parametrize("how", ["one number", "the number is written to it", "one reference"])
@pytest.mark.parametrize("is_first", [False, True])
async def test_a_line_and_what_takes_it_back_end_with_each_other_and_nothing_is_left(
    database: Database, work: Reconciliation, how: str, is_first: bool
) -> None:
    serial, remark = {
        "one number": ("NUMBER-C", "冲正"),
        "the number is written to it": ("RED-C", "冲正 NUMBER-C NUMBER-D"),
        "one reference": ("RED-C", f"冲正 {OURS}"),
    }[how]
    lines = [came("50.00", "NUMBER-C", OURS), went("20.00", "NUMBER-D", OURS)]
    red = [came("-50.00", serial, remark), went("-20.00", serial.replace("-C", "-D"), remark)]
    other = went("1.00", "OTHER", "")
    await bring(work, database, *(red if is_first else lines), other)
    at_bank = {Code.BANK: -3_100, Code.SUSPENSE: -2_000} if is_first else {Code.BANK: 2_900, Code.SUSPENSE: -5_000}
    assert await moved(database) == at_bank | {Code.SUSPENSE_SHORT: 5_100 if is_first else 2_100}
    await bring(work, database, *(lines if is_first else red), other, name="下一份.csv")
    # The other line is there still; of all else neither the bank nor the books have anything.
    assert await moved(database) == {Code.BANK: -100, Code.SUSPENSE_SHORT: 100}
    assert await in_suspense(database) == 0
    breaks = await of_the_bank(database)
    assert len(breaks) == 5
    ended = {one.id: one for (_, number), one in breaks.items() if number != "OTHER"}
    assert {(one.state, one.resolution, one.resolved_by) for one in ended.values()} == {(RESOLVED, CORRECTED, None)}
    for one in ended.values():
        (other_one,) = one.settlements
        partner = next(each for each in ended.values() if str(each.id) == other_one.reference)
        assert (partner.delta, other_one.amount, other_one.about) == (-one.delta, abs(one.delta), partner.reference)
    await bring(work, database, *lines, *red, other, went("0.50", "NEW"), name="第三份.csv")
    assert await moved(database) == {Code.BANK: -150, Code.SUSPENSE_SHORT: 150}


async def test_red_ink_counts_once_in_however_many_files_it_stands(database: Database, work: Reconciliation) -> None:
    red = [
        came("-5.00", "A"),
        came("-5.00", "A"),
        came("-5.00", "A", "另一笔"),
        came("-0.70", "A"),
        went("-5.00", "A"),
        came("-3.00", ""),
        came("-3.00", ""),
    ]
    first = await bring(work, database, *red, went("1.00", "B"))
    again = await bring(work, database, *reversed(red), went("1.00", "B"), came("-0.20", "C"), name="下一份.csv")
    assert (first.corrections, again.corrections) == (7, 8)
    # A line that is there twice, with a number, is one; without, two that say the same are two.
    booked = sorted(one.delta for one in await all_of_the_bank(database) if one.kind in (CREDIT, DEBIT))
    assert booked == [-500, -500, -300, -300, -70, -20, 500]
    await work.take_up(database, [])
    assert await moved(database) == {Code.BANK: 500 - 1_690 - 100, Code.SUSPENSE: -500, Code.SUSPENSE_SHORT: 1_790}


async def test_each_line_is_taken_back_once(database: Database, work: Reconciliation) -> None:
    await bring(work, database, went("5.00", "TWO"), went("5.00", "TWO", "另一笔"), went("9.00", "ONE"))
    await bring(
        work, database, went("-5.00", "TWO"), went("-9.00", "ONE"), went("-9.00", "ONE", "又一笔"), went("1.00", "Z"),
        name="下一份.csv",
    )  # fmt: skip
    breaks = await of_the_bank(database)
    assert {key: one.state for key, one in breaks.items()} == {
        (LineKind.DEBIT, "TWO"): RESOLVED, (LineKind.DEBIT, "TWO#2"): OPEN, (DEBIT, "TWO"): RESOLVED,
        (LineKind.DEBIT, "ONE"): RESOLVED, (DEBIT, "ONE"): RESOLVED, (DEBIT, "ONE#2"): OPEN,
        (LineKind.DEBIT, "Z"): OPEN,
    }  # fmt: skip
    assert await moved(database) == {Code.BANK: 300, Code.SUSPENSE: -900, Code.SUSPENSE_SHORT: 600}


async def test_what_is_not_named_is_for_people_however_alike_it_is(database: Database, work: Reconciliation) -> None:
    await bring(work, database, came("50.00", "S1"), came("50.00", "S2"), came("40.00", "S3"))
    # S1 and S2 are too short to be known by in what was written; another amount is another line.
    await bring(work, database, came("-50.00", "R1", "冲正 S1"), came("-41.00", "S3"), name="下一份.csv")
    breaks = await of_the_bank(database)
    assert {one.state for one in breaks.values()} == {OPEN}
    one, line = breaks[CREDIT, "R1"], breaks[LineKind.CHARGE, "S1"]
    for nonsense in ("x", str(new_id()), str(one.id), str(breaks[LineKind.CHARGE, "S3"].id)):
        assert await take_back(work, one, nonsense) is ResolutionStatus.SETTLEMENT_NOT_FOUND
    assert await propose(work, one, CORRECTED) is ResolutionStatus.SETTLEMENT_NOT_FOUND
    assert await take_back(work, line, one) is ResolutionStatus.NOT_A_DECISION
    assert await take_back(work, one, line) is DONE
    assert await take_back(work, one, line) is ResolutionStatus.NOT_ALLOWED_NOW
    assert await agree(database, work, one) is DONE
    breaks = await of_the_bank(database)
    assert breaks[LineKind.CHARGE, "S2"].state is OPEN
    for ended in (breaks[CREDIT, "R1"], breaks[LineKind.CHARGE, "S1"]):
        assert (ended.state, ended.resolution, ended.note) == (RESOLVED, CORRECTED, "看过")
        assert None not in {ended.proposed_by, ended.resolved_by}
        assert ended.proposed_by != ended.resolved_by
    assert await moved(database) == {
        Code.BANK: 14_000 - 9_100, Code.SUSPENSE: -9_000, Code.SUSPENSE_SHORT: 4_100,
    }  # fmt: skip
    assert await in_suspense(database) == 9_000


async def test_a_line_that_ended_otherwise_meanwhile_is_not_taken_back(
    database: Database, work: Reconciliation
) -> None:
    await own_funds(database)
    await bring(work, database, came("50.00", "S1"), went("20.00", "S2"))
    await bring(work, database, came("-50.00", "R1"), went("-20.00", "R2"), went("1.00", "Z"), name="下一份.csv")
    breaks = await of_the_bank(database)
    pairs = [
        (breaks[CREDIT, "R1"], breaks[LineKind.CHARGE, "S1"], Resolution.OWN_FUNDS),
        (breaks[DEBIT, "R2"], breaks[LineKind.DEBIT, "S2"], Resolution.FEE),
    ]
    for one, line, way in pairs:
        assert await take_back(work, one, line) is DONE
        assert await end(database, work, line, way) == (DONE, DONE)
        before = await moved(database)
        assert await agree(database, work, one) is ResolutionStatus.SETTLEMENT_NOT_FOUND
        assert await moved(database) == before
    states = {key: each.state for key, each in (await of_the_bank(database)).items()}
    assert (states[CREDIT, "R1"], states[DEBIT, "R2"]) == (BreakState.PROPOSED, BreakState.PROPOSED)


async def test_of_two_that_take_back_one_line_at_once_one_does(database: Database, work: Reconciliation) -> None:
    await bring(work, database, came("50.00", "S1"))
    red = [f"R{n}" for n in range(6)]
    await bring(work, database, *(came("-50.00", serial) for serial in red), name="下一份.csv")
    breaks = await of_the_bank(database)
    line = breaks[LineKind.CHARGE, "S1"]
    assert {await take_back(work, breaks[CREDIT, serial], line) for serial in red} == {DONE}
    others = [Batchers(database, work.batchers.lanes) for _ in red]
    works = [Reconciliation(batchers) for batchers in others]
    agreed = await asyncio.gather(
        *(agree(database, other, breaks[CREDIT, serial]) for other, serial in zip(works, red, strict=True))
    )
    for batchers in others:
        await batchers.close()
    assert sorted(agreed) == [DONE] + [ResolutionStatus.SETTLEMENT_NOT_FOUND] * 5
    assert await moved(database) == {Code.BANK: 5_000 - 30_000, Code.SUSPENSE_SHORT: 25_000}
    assert await in_suspense(database) == 0


@pytest.mark.parametrize(
    ("kind", "way", "left"),
    [
        (CREDIT, Resolution.OWN_FUNDS, {Code.BANK: 495_000, Code.OWN_FUNDS: -495_000}),
        (CREDIT, Resolution.REVERSED, {Code.BANK: 500_000, Code.OWN_FUNDS: -500_000}),
        (
            CREDIT,
            Resolution.CHARGED_BACK,
            {Code.BANK: 495_000, Code.OWN_FUNDS: -500_000, Code.CHANNEL_RECEIVABLE: 5_000},
        ),
        (DEBIT, Resolution.OWN_FUNDS, {Code.BANK: 505_000, Code.OWN_FUNDS: -505_000}),
        (DEBIT, Resolution.REVERSED, {Code.BANK: 500_000, Code.OWN_FUNDS: -500_000}),
        (DEBIT, Resolution.FEE, {Code.BANK: 505_000, Code.OWN_FUNDS: -500_000, Code.PAYOUT_FEE: -5_000}),
    ],
)
async def test_two_people_end_what_takes_back_no_line_that_waits(
    database: Database, work: Reconciliation, kind: LineKind, way: Resolution, left: dict[int, int]
) -> None:
    await own_funds(database)
    await bring(work, database, came("-50.00", "R") if kind is CREDIT else went("-50.00", "R"))
    one = (await of_the_bank(database))[kind, "R"]
    # What is still to be done is said beside what it is, and only until it is done.
    assert "在这里选" in next_step(one)
    assert await end(database, work, one, way) == (DONE, DONE)
    assert await moved(database) == left
    ended = (await of_the_bank(database))[kind, "R"]
    assert (ended.state, explain(ended)) == (RESOLVED, explain(one))
    assert not any(word in explain(ended) for word in ("对上", "选", "还没有了结"))


async def test_what_is_no_way_to_end_it_is_refused(database: Database, work: Reconciliation) -> None:
    await bring(work, database, came("-50.00", "R"), went("-20.00", "R"), went("1.00", "Z"))
    breaks = await of_the_bank(database)
    one, other = breaks[CREDIT, "R"], breaks[DEBIT, "R"]
    for way in (Resolution.ARRIVED, Resolution.RETURNED, Resolution.PAID, Resolution.TOLD, Resolution.FEE):
        assert await end(database, work, one, way) == (ResolutionStatus.NOT_A_DECISION, None)
    assert await end(database, work, other, Resolution.CHARGED_BACK) == (ResolutionStatus.NOT_A_DECISION, None)
    assert await end(database, work, one, Resolution.OWN_FUNDS) == (DONE, ResolutionStatus.OWN_FUNDS_SHORT)


def _line(serial: str, amount: int, remark: str = "") -> Line:
    written = {"payer": "", "payer_bank": "", "payer_number": ""}
    return Line(serial=serial, amount=amount, remark=remark, occurred_at=datetime(2026, 11, 25, tzinfo=UTC), **written)


def test_of_lines_with_one_reference_as_many_pay_nothing_as_are_taken_back() -> None:
    wrong, right = _line("S1", 9_800, OURS), _line("S3", 9_800, OURS)
    lines = [(wrong, OURS), (right, OURS), (_line("S4", 9_700, OURS), OURS)]

    def taken(*red: RedInk) -> set[str]:
        return {line.serial for line in find_taken_back(lines, red, {})}

    def red(serial: str, remark: str = "", amount: int = 9_800, *, is_new: bool = True) -> RedInk:
        return RedInk(serial=serial, amount=amount, remark=remark, is_new=is_new)

    assert taken(red("S3")) == {"S3"}
    assert taken(red("R1", f"冲正 {OURS}")) == {"S1"}
    assert taken(red("R1", f"冲正 {OURS}"), red("R2", OURS), red("R3", OURS)) == {"S1", "S3"}
    # Of an earlier file: it may have taken back a line of that; by number there is but one that it can be.
    assert taken(red("R1", OURS, is_new=False), red("S1", is_new=False)) == {"S1"}
    assert taken(red("S1", amount=9_900), red("R1", "冲正 S1"), red("R2", "冲正")) == set()


async def test_however_many_are_of_one_amount_what_was_written_is_read_once_of_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def find(text: str) -> list[str]:
        read.append(text)
        return [text]

    monkeypatch.setattr(rules, "find_references", find)
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def line(number: int, kind: LineKind, delta: int) -> Break:
        return Break(
            id=new_id(),
            channel=BANK,
            day=at.date(),
            kind=kind,
            class_=BreakClass.THEIRS_ONLY,
            reference=f"{kind}{number}",
            subject_id=None,
            ours=None,
            theirs=abs(delta),
            occurred_at=at + timedelta(seconds=number),
            delta=delta,
            found_at=at,
            posted_at=at,
            remark=str(number),
        )

    lines = [line(number, LineKind.DEBIT, -500) for number in range(40)]
    red = [line(number, DEBIT, 500) for number in range(40)]
    assert rules.pair_corrections(red, lines) == list(zip(red, lines, strict=True))
    assert len(read) == len(lines) + len(red)
