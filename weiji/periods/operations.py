"""The verbs of periods. Each takes an open transaction; those that close months are called by two of the staff."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji import ledger
from weiji.events import Occurrence, publish
from weiji.events.periods import PeriodClosed
from weiji.kit import clock
from weiji.kit.clock import month_of
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import derive
from weiji.ledger import chart
from weiji.periods import rules, store
from weiji.periods.model import Blocker, ClosePeriod, ClosePeriodStatus, Document, Period, Sheet

MONTHS_AT_ONCE: Final = 12
"""Months that are summed in one walk."""

SIGNED_AS: bytes = b"weiji period\n"
"""Before the document, in what is signed: so no signature of something else is one of a month."""


async def read_sheet(reader: Reader, month: date, now: datetime, *, is_anew: bool = False) -> Sheet | None:
    """Read a month as it stands; None before the books began. Two statements; one of a month that is closed.

    What is recorded of a month that is over stays: a chain's times only rise. So this needs no lock, and what the clock
    summed once (`sum_months`) is not summed again, unless it is asked for *is_anew*.
    """
    until = rules.end_of(month)
    state = await store.get_state(reader, month, rules.next_month(month))
    blockers: tuple[Blocker, ...] = ()
    if state.period is not None:
        lines = rules.read_document(state.period.document).trial
    else:
        if state.kept is not None and not is_anew:
            began_on: date | None = state.kept.began_on
            totals = await ledger.get_trial_balance(reader)
            sums = {(row["ledger"], row["code"]): (row["debits_posted"], row["credits_posted"]) for row in totals}
            trial = rules.since(state.kept.trial, sums)
        else:
            began, trial = await ledger.get_trial_balance_at(reader, until)
            began_on = month_of(began) if began else None
        if began_on is None or month < began_on:
            return None
        lines = rules.lines_of(trial)
        blockers = rules.find_blockers(
            month,
            trial,
            latest=state.latest,
            began=began_on,
            open_breaks=state.open_breaks,
            unstated=state.unstated,
            now=now,
        )
    return Sheet(
        month=month,
        until=until,
        trial=lines,
        trial_hash=rules.hash_of(month, lines),
        blockers=blockers,
        period=state.period,
        maker=state.maker,
        checker=state.checker,
        corrections=state.corrections,
    )


async def close_periods(tx: Transaction, commands: Sequence[ClosePeriod]) -> list[ClosePeriodStatus]:
    """Close months, in turn: from then on the ledger records nothing before their end. Publishes PeriodClosed.

    Every lane of the ledger is locked until *tx* ends, but only once it was found that the month may be closed.
    """
    return [await _close(tx, command) for command in commands]


async def _close(tx: Transaction, command: ClosePeriod) -> ClosePeriodStatus:
    sheet = await read_sheet(tx, command.month, tx.now, is_anew=True)
    if sheet is None:
        return ClosePeriodStatus.PERIOD_NOT_FOUND
    status = rules.judge_closing(sheet.trial_hash, command.trial_hash, sheet.blockers, sheet.period)
    if status is ClosePeriodStatus.TRIAL_DIFFERS:
        # What was kept may be what they saw, and from before a process whose clock was behind recorded something.
        await store.mend_trial(tx, command.month, sheet.trial)
    if status is not ClosePeriodStatus.CLOSED:
        return status
    before = await store.list_periods(tx, command.month, 1)
    assert command.actor.person_id is not None, "a person approves"
    heads = await ledger.close_until(tx, sheet.until)
    month = rules.write_month(command.month)
    document = Document(
        month=month,
        until=sheet.until,
        trial=sheet.trial,
        trial_hash=sheet.trial_hash.hex(),
        heads=tuple(heads),
        previous=sha256(before[0].document.encode()).hexdigest() if before else "",
        proposal_id=command.proposal_id,
        proposed_by=command.proposed_by,
        approved_by=command.actor.person_id,
        closed_at=tx.now,
    )
    period = Period(
        month=command.month,
        document=rules.write_document(document),
        trial_hash=sheet.trial_hash,
        proposal_id=command.proposal_id,
        proposed_by=command.proposed_by,
        approved_by=command.actor.person_id,
        closed_at=tx.now,
    )
    if not await store.add_period(tx, period):
        return ClosePeriodStatus.EXISTS
    event = PeriodClosed(month=month, trial_hash=document.trial_hash, proposal_id=command.proposal_id)
    await publish(tx, [Occurrence(event, id_of(command.month), id_of(command.month), command.actor)])
    return ClosePeriodStatus.CLOSED


def id_of(month: date) -> UUID:
    """Name a month, for its events."""
    return derive(chart.TREASURY, "period", rules.write_month(month))


async def sign_periods(tx: Transaction, key: Ed25519PrivateKey) -> int:
    """Sign the months that were closed since; return how many."""
    found = await store.lock_unsigned(tx)
    if found:
        signatures = [key.sign(SIGNED_AS + document.encode()) for _, document in found]
        months = [month for month, _ in found]
        await store.sign_periods(tx, months, key.public_key().public_bytes_raw(), signatures)
    return len(found)


async def sum_months(database: Database, limit: int) -> int:
    """Sum what accounts had come to when months ended that are over and not closed, and keep it; return how many.

    It is read without a transaction that writes: what moved since may be much.
    """
    now = clock.now()
    async with database.read() as reader:
        began = await ledger.get_beginning(reader)
        months = rules.over(month_of(began), now) if began else []
        unkept = await store.find_unkept(reader, months, min(limit, MONTHS_AT_ONCE)) if months else []
        if began is None or not unkept:
            return 0
        _, trials = await ledger.get_trial_balances_at(reader, [rules.end_of(month) for month in unkept])
    async with database.transaction() as tx:
        kept = {month: rules.lines_of(trial) for month, trial in zip(unkept, trials, strict=True)}
        await store.keep_trials(tx, month_of(began), kept)
    return len(unkept)


async def find_open(reader: Reader, months: Collection[date]) -> set[date]:
    """Find which of some months are not closed."""
    latest = await store.get_latest(reader) if months else None
    return {month for month in months if latest is None or month > latest}


async def note_corrections(tx: Transaction, corrections: Sequence[tuple[UUID, date, int]]) -> None:
    """Note what was posted late, for which closed month: proposal, month, amount."""
    await store.add_corrections(tx, corrections)
