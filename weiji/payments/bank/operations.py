"""The verb of bank statements."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.payments import BankStatementImported
from weiji.kit.db import Transaction
from weiji.payments.bank import store
from weiji.payments.bank.model import BankImportStatus, RecordStatement
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
