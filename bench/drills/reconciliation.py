"""T8: statements with seeded defects, and what becomes of each: all are found, none invented, and the money clears.

Of a day, some of ours are missing, wrong, doubled, or of the next day on their side; some of theirs are unknown, and
some are fees. The next day brings what was missing. Of the bank account's statement, which is brought twice over, some
went by nothing of ours. Then two people end what is left, and suspense is empty again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import uvloop

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server
from bench.statements import CHANNEL, add_movements, found_in, in_parts, lines_of, missing_lines, seed_defects
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.ledger import Code
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
    seeded_debits, found_debits = await _bring(database, work, after, each)
    resolved = await _resolve(database, batchers)
    async with database.read() as reader:
        clearing = await get_clearing(reader)
    await batchers.close()
    await database.close()
    taken = (first.status, again.status, second.status)
    return {
        "lines": lines,
        "seeded": sum(map(len, expected.values())) + len(seeded_debits),
        "resolved_by_two": resolved,
        "not_found": sum(len(keys - found[name]) for name, keys in expected.items())
        + (seeded_debits - found_debits).total(),
        "invented": sum(len(keys - expected[name]) for name, keys in found.items())
        + (found_debits - seeded_debits).total(),
        "invented_next_day": second.statement.breaks if second.statement else 1,
        "not_taken": taken != (ImportStatus.MATCHED, ImportStatus.EXISTS, ImportStatus.MATCHED),
        "still_open": clearing.open,
        "not_cleared": sum(clearing.balances[code] != 0 for code in (Code.SUSPENSE, Code.SUSPENSE_SHORT)),
    }


async def _bring(
    database: Database, work: Reconciliation, day: date, each: int
) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    """Bring the bank account's statement, and another file with the same lines; give what went by nothing, and the
    breaks there are of that: numbers and amounts. Every other two have one number: a payment, and what it cost.
    """
    lines = [(f"B{i - i % 4 // 3}", 100 + i) for i in range(each)]
    rows = [f"{day},,{amount / 100:.2f},{serial},手续费" for serial, amount in lines]
    for content in (rows, rows[::-1]):
        text = "\n".join(["交易日期,收入金额,支出金额,交易流水号,附言", *content])
        await import_statement(database, work.batchers, "T8.csv", text.encode(), BY_SYSTEM, is_released=True)
        await work.take_up(database, [])
    breaks: list[Break] = []
    async with database.read() as reader:
        while part := await list_breaks(reader, [BreakState.OPEN], None, BANK, _place_of(breaks), PAGE, LineKind.DEBIT):
            breaks += part
    return Counter(lines), Counter((one.reference, -one.delta) for one in breaks)


def _place_of(breaks: Sequence[Break]) -> tuple[datetime, UUID] | None:
    return (breaks[-1].found_at, breaks[-1].id) if breaks else None


async def _resolve(database: Database, batchers: Batchers) -> int:
    """End what is open: one proposes, another agrees. Tells how many there were."""
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
                resolution=_resolution_of(one),
                note="T8",
                actor=maker,
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


def _resolution_of(one: Break) -> Resolution:
    if one.is_debit:
        return Resolution.FEE
    return Resolution.OWN_FUNDS if one.delta > 0 else Resolution.REVERSED


DRILL: Final = Drill(
    name="T8",
    proves="every defect of a channel's statement is found, none is invented, and clearing accounts come back to zero",
    options={
        "lines": (100_000, "lines of the statement"),
        "each": (150, "defects of each kind"),
        "seed": (1, "of the dice"),
    },
    zero=("not_found", "invented", "invented_next_day", "not_taken", "still_open", "not_cleared"),
    run=run,
)
