"""The verbs of payment codes. Each takes an open transaction and a batch, and answers every command, in its order."""

from collections.abc import Sequence
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.wire import PaymentCodeShown, PaymentCodeUsed
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.wire.codes import rules, store
from weiji.wire.codes.model import (
    REMEMBERED,
    IssueCode,
    IssueCodeStatus,
    PaymentCode,
    TakeCode,
    TakeCodeResult,
    TakeCodeStatus,
)


async def issue_codes(tx: Transaction, commands: Sequence[IssueCode]) -> list[IssueCodeStatus]:
    """Show codes; of each payer, the last is good. Publishes PaymentCodeShown."""
    codes = await store.lock_codes_of_people(tx, commands)
    before = set(codes)
    over: dict[UUID, PaymentCode] = {}
    told = []
    statuses = []
    for command in commands:
        status, ended = rules.judge_issue(codes, command, tx.now)
        statuses.append(status)
        over |= {code.id: code for code in ended if code.id in before}
        if status is IssueCodeStatus.CREATED:
            shown = PaymentCodeShown(code_id=command.id)
            told.append(Occurrence(shown, command.person_id, command.person_id, command.actor))
    await store.change_codes(tx, list(over.values()))
    await store.add_codes(tx, [code for id, code in codes.items() if id not in before])
    await publish(tx, told)
    return statuses


async def take_codes(tx: Transaction, commands: Sequence[TakeCode]) -> list[TakeCodeResult]:
    """Use codes that were scanned, each for one order. Publishes PaymentCodeUsed."""
    codes = await store.lock_codes(tx, commands)
    changed = []
    told = []
    results = []
    for command in commands:
        result = rules.judge_take(codes, command, tx.now)
        results.append(result)
        if result.status is TakeCodeStatus.TAKEN:
            code = codes[command.digest]
            changed.append(code)
            used = PaymentCodeUsed(code_id=code.id, order_id=command.order_id)
            told.append(Occurrence(used, code.person_id, code.person_id, command.actor))
    await store.change_codes(tx, changed)
    await publish(tx, told)
    return results


async def forget_codes(database: Database, _limit: int) -> int:
    """Forget codes that have been over for a day."""
    async with database.transaction() as tx:
        await store.forget_codes(tx, clock.now() - REMEMBERED)
    return 0
