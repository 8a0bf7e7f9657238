"""Takes in what the bank says of transfers: line by line, each by its reference, and once."""

import asyncio
from collections import Counter

from msgspec.structs import replace

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.payments.bank.holding import file_name, is_admitted
from weiji.payments.bank.model import LINES_MAX, FileKind
from weiji.payments.bank.reading import BankFileFault, StatementUnreadable
from weiji.payments.bank_transfers.files import read_returns
from weiji.payments.bank_transfers.model import (
    BankReturns,
    BankReturnsResult,
    BankReturnsStatus,
    BankTransferStatus,
    NoteBankReturns,
    TellBankTransferStatus,
    WrongLine,
)
from weiji.payments.bank_transfers.operations import note_bank_returns, tell_bank_transfers
from weiji.payments.bank_transfers.rules import sum_told
from weiji.payments.bank_transfers.store import get_transfers


async def import_returns(
    database: Database, batchers: Batchers, name: str, content: bytes, actor: Actor, *, agreed: int | None = None
) -> BankReturnsResult:
    """Take in a return file. A line that can't be taken is told of, and keeps no other from being taken.

    One by whose lines more would be moved than the staff may say alone in a day is held; so is one by which more would
    be than two have *agreed* to.
    """
    try:
        read = await asyncio.to_thread(read_returns, content, clock.now())
        lines = len(read.told) + len(read.wrong) + read.pending
        if not 0 < lines <= LINES_MAX:
            raise StatementUnreadable(BankFileFault.TOO_MANY_LINES if lines else BankFileFault.NO_LINE)
    except StatementUnreadable as wrong:
        return BankReturnsResult(status=BankReturnsStatus.UNREADABLE, reason=str(wrong))
    async with database.read() as reader:
        ours = await get_transfers(reader, {each for found in read.references for each in found})
    commands = [
        replace(command, reference=next((each for each in found if each in ours), command.reference), actor=actor)
        for (_, command), found in zip(read.told, read.references, strict=True)
    ]
    moving = sum_told(ours, commands)
    if not await is_admitted(batchers, FileKind.RETURNS, name, content, lines, moving, actor, agreed):
        return BankReturnsResult(status=BankReturnsStatus.HELD)
    statuses = await batchers.of(tell_bank_transfers, "owner_id").submit_all(commands) if commands else []
    fresh: Counter[BankTransferStatus] = Counter()
    known, wrong_lines = 0, list(read.wrong)
    for (line, _), command, status in zip(read.told, commands, statuses, strict=True):
        if status is TellBankTransferStatus.RECORDED:
            fresh[command.outcome] += 1
        elif status is TellBankTransferStatus.EXISTS:
            known += 1
        else:
            wrong_lines.append(WrongLine(line=line, reference=command.reference, problem=status.value))
    returns = BankReturns(
        lines=lines,
        paid=fresh[BankTransferStatus.PAID],
        rejected=fresh[BankTransferStatus.REJECTED],
        returned=fresh[BankTransferStatus.RETURNED],
        known=known,
        pending=read.pending,
        wrong=sorted(wrong_lines, key=lambda each: each.line),
    )
    note = NoteBankReturns(id=new_id(), name=file_name(name), returns=returns, actor=actor)
    await batchers.of(note_bank_returns).submit(note)
    return BankReturnsResult(status=BankReturnsStatus.IMPORTED, returns=returns)
