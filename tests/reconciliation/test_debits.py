"""Proves that what went from the bank account by nothing of ours is found, once, and ended by two people as what it is;
and that the books have as much at the bank as the bank has, from the statement on."""

from datetime import date, timedelta
from functools import partial

import pytest

from tests.reconciliation.conftest import agree_to_all
from tests.reconciliation.test_arrivals import PAYERS, TENPAY, withdraw
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import Code, get_trial_balance
from weiji.payments import BANK, PayInOwnFunds, pay_in_own_funds
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankImportStatus, BankStatement
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    LineKind,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    propose_resolutions,
)
from weiji.reconciliation.operations import pair_arrivals
from weiji.reconciliation.store import list_breaks

HEAD = "交易日期,收入金额,支出金额,交易流水号,对方户名,附言"
DONE = ResolutionStatus.DONE


def day_ago(days: int = 1) -> date:
    return clock.now().astimezone(SHANGHAI).date() - timedelta(days=days)


def went(amount: str, serial: str, payee: str = "", remark: str = "手续费") -> str:
    return f"{day_ago()},,{amount},{serial},{payee},{remark}"


async def bring(work: Reconciliation, database: Database, *lines: str, name: str = "明细.csv") -> BankStatement:
    """Bring the bank's statement, and do what its event has done."""
    content = "\n".join([HEAD, *lines])
    result = await import_statement(database, work.batchers, name, content.encode(), BY_SYSTEM)
    assert result.status is BankImportStatus.IMPORTED, result
    assert result.statement is not None
    await work.take_up(database, [])
    return result.statement


async def debits(database: Database) -> list[Break]:
    async with database.read() as reader:
        found = await list_breaks(reader, list(BreakState), None, BANK, None, 500, LineKind.DEBIT)
    return sorted(found, key=lambda one: (one.delta, one.reference))


async def moved(database: Database) -> dict[int, int]:
    """Say what was debited less what was credited, by code, where that is not nothing."""
    async with database.read() as reader:
        rows = await get_trial_balance(reader)
    sums = {row["code"]: row["debits_posted"] - row["credits_posted"] for row in rows}
    assert sum(sums.values()) == 0
    return {code: amount for code, amount in sums.items() if amount}


async def propose(work: Reconciliation, one: Break, resolution: Resolution, *transfers: str) -> ResolutionStatus:
    proposal = ProposeResolution(
        break_id=one.id,
        resolution=resolution,
        note="看过",
        actor=Actor("staff", new_id()),
        settlements=tuple((BANK, reference) for reference in transfers),
    )
    return (await work.batchers.of(propose_resolutions, "break_id").submit_all([proposal]))[0]


async def agree(database: Database, work: Reconciliation, one: Break) -> ResolutionStatus:
    agreement = AgreeToResolution(break_id=one.id, is_agreed=True, actor=Actor("staff", new_id()))
    return (await agree_to_all(database, work, [agreement]))[0]


async def end(
    database: Database, work: Reconciliation, one: Break, resolution: Resolution, *transfers: str
) -> tuple[ResolutionStatus, ResolutionStatus | None]:
    """Have two people end one."""
    status = await propose(work, one, resolution, *transfers)
    return status, await agree(database, work, one) if status is DONE else None


async def test_what_went_by_nothing_of_ours_is_a_break_and_is_in_suspense(
    database: Database, work: Reconciliation
) -> None:
    statement = await bring(work, database, went("20.00", "ZZ3"), went("3000.00", "ZZ4", "房东", "房租"))
    assert (statement.debits, statement.paid, statement.debits_unmatched) == (2, 0, 2)
    rent, fee = await debits(database)
    assert [(one.class_, one.ours, one.theirs, one.state) for one in (rent, fee)] == [
        (BreakClass.THEIRS_ONLY, None, 300_000, BreakState.OPEN),
        (BreakClass.THEIRS_ONLY, None, 2_000, BreakState.OPEN),
    ]
    assert (rent.payer, rent.remark, fee.reference) == ("房东", "房租", "ZZ3")
    assert await moved(database) == {Code.BANK: -302_000, Code.SUSPENSE_SHORT: 302_000}


async def test_a_line_counts_once_in_however_many_files_it_stands(database: Database, work: Reconciliation) -> None:
    # What a transfer cost has the number of it, at many banks; a line that is there twice is one.
    lines = [
        went("20.00", "A"),
        went("1.50", "A"),
        went("1.50", "A"),
        went("1.50", "A", "", "另一笔"),
        went("7.00", ""),
    ]
    first = await bring(work, database, *lines)
    again = await bring(work, database, *reversed(lines), went("0.30", "B"), name="下一份.csv")
    assert (first.debits_unmatched, again.debits_unmatched) == (4, 1)
    assert [(-one.delta, one.reference) for one in await debits(database) if one.reference[0] in "AB"] == [
        (2_000, "A"), (150, "A"), (150, "A#2"), (30, "B"),
    ]  # fmt: skip
    await work.take_up(database, [])
    assert await moved(database) == {Code.BANK: -3_030, Code.SUSPENSE_SHORT: 3_030}


@pytest.mark.parametrize(
    ("resolution", "left"),
    [
        (Resolution.FEE, {Code.BANK: 500_000 - 2_000, Code.OWN_FUNDS: -500_000, Code.PAYOUT_FEE: 2_000}),
        (Resolution.OWN_FUNDS, {Code.BANK: 500_000 - 2_000, Code.OWN_FUNDS: 2_000 - 500_000}),
        (Resolution.REVERSED, {Code.BANK: 500_000, Code.OWN_FUNDS: -500_000}),
    ],
)
async def test_two_people_end_it_as_what_it_is(
    database: Database, work: Reconciliation, resolution: Resolution, left: dict[int, int]
) -> None:
    paying = PayInOwnFunds(id=new_id(), amount=500_000, actor=BY_SYSTEM)
    await database.retried(lambda tx: pay_in_own_funds(tx, [paying]))
    await bring(work, database, went("20.00", "ZZ3"))
    (one,) = await debits(database)
    assert await end(database, work, one, resolution) == (DONE, DONE)
    assert await moved(database) == left
    (one,) = await debits(database)
    assert (one.state, one.resolution) == (BreakState.RESOLVED, resolution)
    # It is over: the same line in another file is no other.
    await bring(work, database, went("20.00", "ZZ3"), went("1.00", "ZZ9"), name="下一份.csv")
    assert [each.state for each in await debits(database)] == [BreakState.RESOLVED, BreakState.OPEN]


async def test_what_is_no_way_to_end_it_is_refused(database: Database, work: Reconciliation) -> None:
    await bring(work, database, went("20.00", "ZZ3"), f"{day_ago()},12.34,,ZZ1,,")
    (one,) = await debits(database)
    for resolution in (Resolution.ARRIVED, Resolution.RETURNED, Resolution.TOLD):
        assert await end(database, work, one, resolution) == (ResolutionStatus.NOT_A_DECISION, None)
    assert await end(database, work, one, Resolution.OWN_FUNDS) == (DONE, ResolutionStatus.OWN_FUNDS_SHORT)
    async with database.read() as reader:
        (came,) = await list_breaks(reader, list(BreakState), None, BANK, None, 10, LineKind.CHARGE)
    assert await end(database, work, came, Resolution.FEE) == (ResolutionStatus.NOT_A_DECISION, None)


async def test_however_much_went_what_came_is_known_again(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(work, database, *(went("1.00", f"F{n}") for n in range(5)))
    await withdraw(work, database, day_ago(), W1=8_800)
    await bring(work, database, f"{day_ago()},88.00,,C,{TENPAY},提现", name="下一份.csv")
    monkeypatch.setattr("weiji.reconciliation.operations.PAIRED_MAX", 3)
    assert await database.retried(partial(pair_arrivals, payers=PAYERS)) == 1
    assert len(await debits(database)) == 5
