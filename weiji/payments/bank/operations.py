"""The verbs of bank statements."""

from collections.abc import Sequence
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.payments import BankStatementHeld, BankStatementImported, BankStatementReleased
from weiji.kit.db import Transaction
from weiji.payments.bank import store
from weiji.payments.bank.model import (
    BankImportStatus,
    HoldStatement,
    RecordStatement,
    ReleaseStatement,
    ReleaseStatementStatus,
)
from weiji.payments.model import BANK
from weiji.payments.opening.model import channel_id


async def record_statements(tx: Transaction, commands: Sequence[RecordStatement]) -> list[BankImportStatus]:
    """Note that statements were imported, each once. Publishes BankStatementImported; the stream is the channel."""
    statuses = []
    told = []
    for command in commands:
        one = command.statement
        is_new = await store.add_statement(tx, one)
        statuses.append(BankImportStatus.IMPORTED if is_new else BankImportStatus.EXISTS)
        if is_new:
            event = BankStatementImported(
                statement_id=one.id,
                name=one.name,
                lines=one.lines,
                matched=one.matched,
                known=one.known,
                unmatched=one.unmatched,
                amount=one.amount,
                debits=one.debits,
                paid=one.paid,
                corrections=one.corrections,
            )
            told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), command.actor))
    await publish(tx, told)
    return statuses


async def hold_statements(tx: Transaction, commands: Sequence[HoldStatement]) -> list[BankImportStatus]:
    """Keep statements that take two of the staff. One that was held before, and not let in, is told of again.

    Publishes BankStatementHeld.
    """
    told = []
    for command in commands:
        one = command.statement
        await store.hold(tx, one)
        event = BankStatementHeld(statement_id=one.id, name=one.name, lines=one.lines, amount=one.amount)
        told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), command.actor))
    await publish(tx, told)
    return [BankImportStatus.HELD] * len(commands)


async def release_statements(tx: Transaction, commands: Sequence[ReleaseStatement]) -> list[ReleaseStatementStatus]:
    """Let in what was held: it is imported then. Results are in the order of *commands*.

    Publishes BankStatementReleased.
    """
    held = await store.lock_held(tx, [command.id for command in commands])
    statuses, told = [], []
    released: set[UUID] = set()
    for command in commands:
        one = held.get(command.id)
        if one is None or (one.lines, one.amount) != (command.lines, command.amount):
            statuses.append(ReleaseStatementStatus.STATEMENT_NOT_FOUND)
        elif one.released_at is not None or one.id in released:
            statuses.append(ReleaseStatementStatus.ALREADY_RELEASED)
        else:
            statuses.append(ReleaseStatementStatus.RELEASED)
            released.add(one.id)
            event = BankStatementReleased(statement_id=one.id, name=one.name)
            told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), command.actor))
    await store.release(tx, released)
    await publish(tx, told)
    return statuses
