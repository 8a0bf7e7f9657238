"""T8: statements with seeded defects, and what becomes of each: all are found, none invented, and the money clears.

Of a day, some of ours are missing, wrong, doubled, or of the next day on their side; some of theirs are unknown, and
some are fees. The next day brings what was missing. Of the bank account's statement, which is brought twice over, some
went by nothing of ours: lines that are alike, of one number, or of none; some are transfers of ours, named or not. Then
two people end what is left, and suspense is empty again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import uvloop

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server
from bench.statements import (
    CHANNEL,
    Debits,
    add_movements,
    add_transfers,
    amounts_of_transfers,
    found_in,
    in_parts,
    lines_of,
    missing_lines,
    seed_debits,
    seed_defects,
    write_debits,
)
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.ledger import Code, get_trial_balance
from weiji.payments import BANK
from weiji.payments.bank.importing import import_statement
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    ImportStatus,
    LineKind,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
    propose_resolutions,
)
from weiji.reconciliation.rules import hash_of
from weiji.reconciliation.store import get_clearing, list_breaks

PAGE: Final = 1_000


def run(lines: int, each: int, seed: int) -> Outcome:
    """Match a day of so many lines with *each* defects of every kind, and the day after."""
    with fresh_server(is_durable=False) as server:
        return uvloop.run(_run(server.url, lines, each, Random(seed)))  # noqa: S311


async def _run(url: str, lines: int, each: int, dice: Random) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    database = await Database.connect(url)
    batchers = Batchers(database, Lanes(LANES))
    work = Reconciliation(batchers)
    day = clock.now().astimezone(SHANGHAI).date() - timedelta(days=3)
    defects = seed_defects(lines, each, dice)
    await add_movements(database, day, lines, defects)
    first = await work.take(database, CHANNEL, day, in_parts(lines_of(day, lines, defects)))
    found = await found_in(database, day)
    expected = defects.expected
    again = await work.take(database, CHANNEL, day, in_parts(lines_of(day, lines, defects)))
    after = day + timedelta(days=1)
    second = await work.take(database, CHANNEL, after, in_parts(missing_lines(day, defects)))
    debits, found_debits, bank_differs = await _bring(database, work, each)
    resolved = await _resolve(database, batchers, debits.unnamed)
    unpaid = await _count_unpaid(database)
    async with database.read() as reader:
        clearing = await get_clearing(reader)
    await batchers.close()
    await database.close()
    taken = (first.status, again.status, second.status)
    return {
        "lines": lines,
        "seeded": sum(map(len, expected.values())) + debits.expected.total(),
        "resolved_by_two": resolved,
        "not_found": sum(len(keys - found[name]) for name, keys in expected.items())
        + (debits.expected - found_debits).total(),
        "invented": sum(len(keys - expected[name]) for name, keys in found.items())
        + (found_debits - debits.expected).total(),
        "invented_next_day": second.statement.breaks if second.statement else 1,
        "not_taken": taken != (ImportStatus.MATCHED, ImportStatus.EXISTS, ImportStatus.MATCHED),
        "bank_differs": bank_differs,
        "transfers_unpaid": unpaid,
        "still_open": clearing.open,
        "not_cleared": sum(clearing.balances[code] != 0 for code in (Code.SUSPENSE, Code.SUSPENSE_SHORT)),
    }


async def _bring(database: Database, work: Reconciliation, each: int) -> tuple[Debits, Counter[tuple[str, int]], int]:
    """Bring the bank account's statement, and another file with the same lines; give what went, the breaks there are
    of it, numbers and amounts, and by how much our books have another sum gone.
    """
    debits = seed_debits(each, await add_transfers(database, amounts_of_transfers(each)))
    before, day = await _at_bank(database), clock.now().astimezone(SHANGHAI).date()
    for lines in (debits.lines, debits.lines[::-1]):
        content = write_debits(day, lines)
        await import_statement(database, work.batchers, "T8.csv", content, BY_SYSTEM)
        await work.take_up(database, [])
    breaks: list[Break] = []
    async with database.read() as reader:
        while part := await list_breaks(reader, [BreakState.OPEN], None, BANK, _place_of(breaks), PAGE, LineKind.DEBIT):
            breaks += part
    numbered = {reference for reference, _ in debits.expected}
    found = Counter((one.reference if one.reference in numbered else "", -one.delta) for one in breaks)
    return debits, found, abs(before - debits.gone - await _at_bank(database))


async def _at_bank(database: Database) -> int:
    async with database.read() as reader:
        rows = await get_trial_balance(reader)
    return sum(row["debits_posted"] - row["credits_posted"] for row in rows if row["code"] == Code.BANK)


async def _count_unpaid(database: Database) -> int:
    """Count the withdrawals of which we do not know that they went."""
    async with database.read() as reader:
        unpaid = await reader.connection.fetchval(
            "select count(*) from payments.payouts where channel = $1 and status <> 'paid'", BANK
        )
    return int(unpaid)


def _place_of(breaks: Sequence[Break]) -> tuple[datetime, UUID] | None:
    return (breaks[-1].found_at, breaks[-1].id) if breaks else None


async def _resolve(database: Database, batchers: Batchers, unnamed: Mapping[int, str]) -> int:
    """End what is open: one proposes, another agrees. Tells how many there were. What is *unnamed* are transfers."""
    maker, checker = Actor("staff", new_id()), Actor("staff", new_id())
    total = 0
    while True:
        async with database.read() as reader:
            left = await list_breaks(reader, [BreakState.OPEN], None, None, None, PAGE)
        if not left:
            return total
        assert all(one.class_ is not BreakClass.OURS_ONLY for one in left), "the next day brought what was missing"
        proposals = [
            ProposeResolution(
                break_id=one.id,
                resolution=_resolution_of(one, unnamed),
                note="T8",
                actor=maker,
                settlements=((BANK, unnamed[-one.delta]),) if one.is_debit and -one.delta in unnamed else (),
            )
            for one in left
        ]
        statuses = await batchers.of(propose_resolutions, "break_id").submit_all(proposals)
        async with database.read() as reader:
            seen = await list_breaks(reader, [BreakState.PROPOSED], None, None, None, PAGE)
        agreements = [
            AgreeToResolution(break_id=one.id, is_agreed=True, actor=checker, hash=hash_of(one)) for one in seen
        ]
        statuses += await batchers.of(agree_to_resolutions, "break_id").submit_all(agreements)
        assert set(statuses) == {ResolutionStatus.DONE}, statuses
        total += len(left)


def _resolution_of(one: Break, unnamed: Mapping[int, str]) -> Resolution:
    if one.is_debit:
        return Resolution.PAID if -one.delta in unnamed else Resolution.FEE
    return Resolution.OWN_FUNDS if one.delta > 0 else Resolution.REVERSED


DRILL: Final = Drill(
    name="T8",
    proves="every defect of a channel's statement is found, none is invented, and clearing accounts come back to zero",
    options={
        "lines": (100_000, "lines of the statement"),
        "each": (150, "defects of each kind"),
        "seed": (1, "of the dice"),
    },
    zero=(
        "not_found",
        "invented",
        "invented_next_day",
        "not_taken",
        "bank_differs",
        "transfers_unpaid",
        "still_open",
        "not_cleared",
    ),
    run=run,
)
