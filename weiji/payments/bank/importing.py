"""Imports a statement: every line of money that came becomes a notice of the bank's, and goes the way of every notice.

A line has one id for ever, so that a statement that overlaps another, or whose import was cut off, is imported again
with no harm: only what is new counts.
"""

import asyncio
from hashlib import sha256
from uuid import UUID

import msgspec

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.payments.bank import store
from weiji.payments.bank.model import (
    NAME_LENGTH_MAX,
    BankImportResult,
    BankImportStatus,
    BankStatement,
    Line,
    ReadStatement,
    RecordStatement,
)
from weiji.payments.bank.operations import record_statements
from weiji.payments.bank.reading import StatementUnreadable, read_statement
from weiji.payments.calls import hear_notices
from weiji.payments.channels.bank import NAME, find_references
from weiji.payments.channels.reading import told
from weiji.payments.model import Notice, NoticeKind, NoticeStatus
from weiji.payments.opening.model import channel_id


async def import_statement(
    database: Database, batchers: Batchers, name: str, content: bytes, actor: Actor
) -> BankImportResult:
    """Import a statement: match what came to payments, and put the rest in suspense."""
    id = derive(channel_id(NAME), "statement", sha256(content).hexdigest())
    async with database.read() as reader:
        before = await store.get_statement(reader, id)
    if before is not None:
        return BankImportResult(status=BankImportStatus.EXISTS, statement=before)
    try:
        read, written = await asyncio.to_thread(_read, content)
    except StatementUnreadable as wrong:
        return BankImportResult(status=BankImportStatus.UNREADABLE, reason=str(wrong))
    async with database.read() as reader:
        payments = await store.find_references(reader, (each for found in written.values() for each in found))
    owners = {
        serial: next((payments[each] for each in found if each in payments), None) for serial, found in written.items()
    }
    statuses = await hear_notices(batchers, [_came(line, owners[line.serial]) for line in read.credits])
    # The money is on the account already: nothing is left that the bank would owe us.
    await hear_notices(batchers, [_settled(line) for line in read.credits])
    pairs = list(zip(read.credits, statuses, strict=True))
    fresh = [(line, status) for line, status in pairs if status is not NoticeStatus.EXISTS]
    unmatched = [line for line, status in fresh if status is NoticeStatus.UNMATCHED]
    statement = BankStatement(
        id=id,
        name=" ".join(name.split())[:NAME_LENGTH_MAX] or "csv",
        lines=read.lines,
        matched=len(fresh) - len(unmatched),
        known=len(pairs) - len(fresh),
        unmatched=len(unmatched),
        amount=sum(line.amount for line, _ in fresh),
        first_on=read.first_on,
        last_on=read.last_on,
        imported_at=clock.now(),
        imported_by=actor.person_id,
    )
    status = await batchers.of(record_statements).submit(RecordStatement(statement=statement, actor=actor))
    return BankImportResult(status=status, statement=statement)


def _read(content: bytes) -> tuple[ReadStatement, dict[str, list[str]]]:
    """Read a statement, and what may be references in each of its lines. Slow (1 s of 20 000): call it in a thread."""
    read = read_statement(content)
    return read, {line.serial: find_references(line.remark) for line in read.credits}


def _came(line: Line, payment_id: UUID | None) -> Notice:
    raw = msgspec.json.encode(line)
    kind = NoticeKind.CHARGE_SUCCEEDED
    return told(NAME, f"line:{line.serial}", kind, payment_id, line.serial, line.amount, line.occurred_at, raw)


def _settled(line: Line) -> Notice:
    number = f"settled:{line.serial}"
    kind = NoticeKind.SETTLED
    return told(NAME, number, kind, None, line.serial, line.amount, line.occurred_at, number.encode())
