"""The verbs of bank statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from weiji.events import Actor, Occurrence, publish
from weiji.events.payments import BankStatementHeld, BankStatementImported, BankStatementReleased
from weiji.kit.db import Transaction
from weiji.payments.bank import store
from weiji.payments.bank.model import (
    WAITS_FOR,
    AdmitFile,
    BankImportStatus,
    HoldAgain,
    RecordStatement,
    ReleaseStatement,
    ReleaseStatementStatus,
)
from weiji.payments.model import BANK
from weiji.payments.opening.model import channel_id
from weiji.payments.opening.store import lock_channels
from weiji.rulebook import APPROVAL_RULES, get_in_force

DAY: Final = timedelta(days=1)


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
                debits_unmatched=one.debits_unmatched,
            )
            told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), command.actor))
    await publish(tx, told)
    return statuses


async def admit_files(tx: Transaction, commands: Sequence[AdmitFile]) -> list[bool]:
    """Tell of each file whether it may be taken in by one of the staff alone; keep the others until another agrees.

    All of a day counts together: many small files are a large one. Whoever asks holds the bank's channel until *tx*
    ends, so that of two who ask at once the second finds what the first said. Publishes BankStatementHeld.
    """
    await lock_channels(tx, [BANK])
    limit = (await get_in_force(tx, APPROVAL_RULES, tx.now)).rules.statement_above
    today, known = await store.get_said(tx, tx.now - DAY, [command.id for command in commands])
    admitted, told = [], []
    for command in commands:
        file = command.file
        is_admitted = command.id in known or today + file.amount <= limit
        admitted.append(is_admitted)
        if command.id in known:
            continue
        if is_admitted:
            known.add(command.id)
            today += file.amount
            await store.say(tx, command.id, file.amount)
        elif await store.hold(tx, file, tx.now - WAITS_FOR):
            # One that waits has its proposal, until that expires: another might undo what comes of it.
            event = BankStatementHeld(
                statement_id=file.id, name=file.name, lines=file.lines, amount=file.amount, kind=file.kind.value
            )
            told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), command.actor))
    await publish(tx, told)
    return admitted


async def hold_again(tx: Transaction, commands: Sequence[HoldAgain]) -> list[None]:
    """Keep files for two once more that were let in, by which more would be paid now. Publishes BankStatementHeld.

    Who brought a file asks again.
    """
    held = await store.lock_held(tx, [command.id for command in commands])
    told = []
    for command in commands:
        before = held.get(command.id)
        if before is None or not await store.hold_again(tx, command):
            continue  # That was done before.
        event = BankStatementHeld(
            statement_id=before.id,
            name=before.name,
            lines=before.lines,
            amount=command.amount,
            kind=before.kind.value,
            agreed=before.amount,
        )
        told.append(Occurrence(event, channel_id(BANK), channel_id(BANK), Actor("staff", before.held_by)))
    await publish(tx, told)
    return [None] * len(commands)


async def drop_statements(tx: Transaction, rejected: Mapping[UUID, datetime]) -> None:
    """Forget files that nobody is to let in any more: with each comes by when it was held. Held anew, it waits."""
    await store.drop(tx, rejected)


async def release_statements(tx: Transaction, commands: Sequence[ReleaseStatement]) -> list[ReleaseStatementStatus]:
    """Let in what was held, statements and result files: it is imported then. Results are in the order of *commands*.

    Publishes BankStatementReleased.
    """
    held = await store.lock_held(tx, [command.id for command in commands])
    statuses, told = [], []
    released: set[UUID] = set()
    for command in commands:
        one = held.get(command.id)
        is_there = one is not None and (one.content is not None or one.released_at is not None)
        if one is None or not is_there or (one.lines, one.amount) != (command.lines, command.amount):
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
