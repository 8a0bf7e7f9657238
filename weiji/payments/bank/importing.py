"""Imports a statement: every line of money that came becomes a notice of the bank's, and goes the way of every notice;
so does money that went by no transfer of ours, and what the bank takes back, in red ink, of what it wrote.

A line has one id for ever, so that a statement that overlaps another, or whose import was cut off, is imported again
with no harm: only what is new counts.
"""

import asyncio
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Reader
from weiji.kit.seal import KEYS
from weiji.payments.bank import store
from weiji.payments.bank.correcting import RedInk, find_taken_back
from weiji.payments.bank.holding import file_id, file_name, is_admitted
from weiji.payments.bank.model import (
    BankImportResult,
    BankImportStatus,
    BankStatement,
    Correction,
    FileKind,
    Line,
    ReadStatement,
    RecordStatement,
)
from weiji.payments.bank.operations import record_statements
from weiji.payments.bank.reading import StatementUnreadable, read_statement
from weiji.payments.bank_transfers.model import (
    PAYER_NUMBER_COLUMN,
    BankPayer,
    BankTransferStatus,
    TellBankTransfer,
    TellBankTransferStatus,
)
from weiji.payments.bank_transfers.operations import note_bank_payers, tell_bank_transfers
from weiji.payments.bank_transfers.rules import sum_told
from weiji.payments.bank_transfers.store import find_references as find_transfers
from weiji.payments.bank_transfers.store import get_transfers
from weiji.payments.calls import hear_notices
from weiji.payments.channels.reading import told
from weiji.payments.channels.references import find_references
from weiji.payments.model import BANK, Notice, NoticeKind, NoticeStatus
from weiji.payments.rules import is_account_number
from weiji.payments.store import get_payments, list_unheard

_TAKEN: Final = frozenset({TellBankTransferStatus.RECORDED, TellBankTransferStatus.EXISTS})
"""What comes of a line that is a transfer's."""


async def import_statement(
    database: Database, batchers: Batchers, name: str, content: bytes, actor: Actor, *, agreed: int | None = None
) -> BankImportResult:
    """Import a statement: match what came to payments, and what went to transfers; the rest is for people to end.

    One by whose lines more would be paid, in or out, than the staff may say alone in a day is held; so is one by which
    more would be than two have *agreed* to.
    """
    kind, name = FileKind.STATEMENT, file_name(name)
    id = file_id(kind, content)
    async with database.read() as reader:
        before = await store.get_statement(reader, id)
    if before is not None:
        return BankImportResult(status=BankImportStatus.EXISTS, statement=before)
    try:
        read, came, went = await asyncio.to_thread(_read, content)
    except StatementUnreadable as wrong:
        return BankImportResult(status=BankImportStatus.UNREADABLE, reason=str(wrong))
    async with database.read() as reader:
        payments = await store.find_references(reader, _all(came))
        ours = await find_transfers(reader, _all(went))
        back_to = await find_transfers(reader, _all(came))
        standing = await get_transfers(reader, {*ours, *back_to})
        owners = {
            line.serial: payments[its] if (its := _first(found, payments)) else None
            for line, found in zip(read.credits, came, strict=True)
        }
        owned = [notice for line in read.credits if (notice := _came(line, owners[line.serial])).subject_id]
        fresh_to_us = await list_unheard(reader, owned) if owned else []
        new_to_us = {notice.reference for notice in fresh_to_us}
        paying_us = [
            (line, its)
            for line, found in zip(read.credits, came, strict=True)
            if line.serial in new_to_us and (its := _first(found, payments))
        ]
        may_be_back = [
            (line, its)
            for line, found in zip(read.credits, came, strict=True)
            if owners[line.serial] is None and (its := _first(found, back_to))
        ]
        leaving = [(line, its) for line, found in zip(read.debits, went, strict=True) if (its := _first(found, ours))]
        corrections = _correct(read.corrections)
        new_back = [(line, its) for line, its in may_be_back if standing[its].returned_by != line.serial]
        new_gone = [(line, its) for line, its in leaving if standing[its].paid_by != line.serial]
        # A transfer is told nothing by what is for people to end, nor by what the bank has taken back.
        left_out = await _find_booked(reader, {line: _came(line, None) for line, _ in new_back})
        left_out |= await _find_booked(reader, {line: _went(line, line.serial) for line, _ in new_gone})
        standing_payments = await get_payments(reader, {payments[its] for _, its in paying_us})
        booked = {
            line: number
            for line, its in paying_us
            if (payment := standing_payments[payments[its]]).captured
            and (number := payment.channel_reference) is not None
        } | {line: number for line, its in new_gone if (number := standing[its].paid_by) is not None}
        taken_back = await _find_taken_back(
            reader,
            corrections,
            booked,
            came=[*paying_us, *(each for each in new_back if each[0] not in left_out)],
            went=[each for each in new_gone if each[0] not in left_out],
        )
    left_out |= taken_back
    may_be_back = [(line, its) for line, its in may_be_back if line not in left_out]
    leaving = [(line, its) for line, its in leaving if line not in left_out]
    gone = _telling(leaving, BankTransferStatus.PAID)
    # What belongs to nothing pays nothing, and what was said before pays nothing again.
    paying = sum_told(standing, [*gone, *_telling(may_be_back, BankTransferStatus.RETURNED)])
    paying += sum(line.amount for line, _ in paying_us if line not in taken_back)
    if not await is_admitted(batchers, kind, name, content, read.lines, paying, actor, agreed):
        return BankImportResult(status=BankImportStatus.HELD)
    paid = await _tell(batchers, gone)
    async with database.read() as reader:
        ours = await find_transfers(reader, {its for _, its in may_be_back})
    back = [(line, its) for line, its in may_be_back if ours.get(its)]
    told_back = await _tell(batchers, _telling(back, BankTransferStatus.RETURNED))
    came_back = {line.serial: status for (line, _), status in zip(back, told_back, strict=True)}
    # What did not come back is money like any other.
    credits = [line for line in read.credits if came_back.get(line.serial) not in _TAKEN]
    # Who wants it back at once is to find where it came from. What was heard before came from where its line said then:
    # it pays nothing now, so one of the staff alone would say where it goes back.
    await _note_payers(batchers, (line for line in credits if line.serial in new_to_us), owners)
    heard_of = [_came(line, owners[line.serial], is_taken_back=line in taken_back) for line in credits]
    statuses = await hear_notices(batchers, heard_of)
    # The money is on the account already: nothing is left that the bank would owe us.
    await hear_notices(batchers, [_settled(line) for line in credits])
    await hear_notices(batchers, corrections)
    # What is no transfer's went all the same, whatever reference it has.
    explained = await _explained(database, leaving, paid)
    debits = _name_lines(line for line in read.debits if line not in explained)
    heard = await hear_notices(batchers, [_went(line, reference) for line, reference in debits])
    pairs = list(zip(credits, statuses, strict=True))
    fresh = [(line, status) for line, status in pairs if status is not NoticeStatus.EXISTS]
    unmatched = [line for line, status in fresh if status is NoticeStatus.UNMATCHED]
    returned = [line for line in read.credits if came_back.get(line.serial) is TellBankTransferStatus.RECORDED]
    known_returns = len(read.credits) - len(credits) - len(returned)
    statement = BankStatement(
        id=id,
        name=name,
        lines=read.lines,
        matched=len(fresh) - len(unmatched) + len(returned),
        known=len(pairs) - len(fresh) + known_returns,
        unmatched=len(unmatched),
        amount=sum(line.amount for line, _ in fresh) + sum(line.amount for line in returned),
        first_on=read.first_on,
        last_on=read.last_on,
        imported_at=clock.now(),
        imported_by=actor.person_id,
        debits=len(read.debits),
        paid=sum(status in _TAKEN for status in paid),
        corrections=len(read.corrections),
        paying=paying if agreed is None else 0,
        debits_unmatched=sum(status is not NoticeStatus.EXISTS for status in heard),
    )
    status = await batchers.of(record_statements).submit(RecordStatement(statement=statement, actor=actor))
    return BankImportResult(status=status, statement=statement)


def _read(content: bytes) -> tuple[ReadStatement, list[list[str]], list[list[str]]]:
    """Read a statement, and what may be references in each line of money that came, and that went.

    Slow (1 s of 20 000): call it in a thread.
    """
    read = read_statement(content)
    came, went = ([find_references(line.remark) for line in lines] for lines in (read.credits, read.debits))
    return read, came, went


def _all(references: Sequence[Sequence[str]]) -> set[str]:
    return {each for found in references for each in found}


def _first(found: Sequence[str], known: Container[str]) -> str | None:
    return next((each for each in found if each in known), None)


def _telling(lines: Sequence[tuple[Line, str]], outcome: BankTransferStatus) -> list[TellBankTransfer]:
    return [
        TellBankTransfer(
            reference=reference,
            outcome=outcome,
            amount=line.amount,
            occurred_at=line.occurred_at,
            raw=_raw(line),
            reason=line.remark if outcome is BankTransferStatus.RETURNED else "",
            serial=line.serial,
        )
        for line, reference in lines
    ]


async def _tell(batchers: Batchers, commands: Sequence[TellBankTransfer]) -> list[TellBankTransferStatus]:
    return await batchers.of(tell_bank_transfers, "owner_id").submit_all(commands) if commands else []


async def _note_payers(batchers: Batchers, credits: Iterable[Line], owners: Mapping[str, UUID | None]) -> None:
    payers = [
        BankPayer(
            payment_id=payment_id,
            reference=line.serial,
            holder=line.payer,
            bank=line.payer_bank,
            number_sealed=KEYS.seal(line.payer_number, PAYER_NUMBER_COLUMN, payment_id),
        )
        for line in credits
        if (payment_id := owners[line.serial]) is not None and is_account_number(line.payer_number) and line.payer
    ]
    if payers:
        await batchers.of(note_bank_payers).submit_all(payers)


def _raw(line: Line) -> bytes:
    """Write a line as it is kept: without the number of an account, which is sealed elsewhere."""
    return msgspec.json.encode(replace(line, payer_number=line.payer_number[-4:]))


def _came(line: Line, payment_id: UUID | None, *, is_taken_back: bool = False) -> Notice:
    raw = _raw(line)
    kind = NoticeKind.CHARGE_SUCCEEDED
    notice = told(BANK, f"line:{line.serial}", kind, payment_id, line.serial, line.amount, line.occurred_at, raw)
    # Else it is the same, of the same payment: told of again, it pays nothing either.
    return replace(notice, is_taken_back=is_taken_back)


def _settled(line: Line) -> Notice:
    number = f"settled:{line.serial}"
    kind = NoticeKind.SETTLED
    return told(BANK, number, kind, None, line.serial, line.amount, line.occurred_at, number.encode())


async def _explained(
    database: Database, leaving: Sequence[tuple[Line, str]], statuses: Sequence[TellBankTransferStatus]
) -> set[Line]:
    """Find which lines of money that went are a transfer's: those by which it went, and, of one that the bank refused,
    that by which it went before it came back.
    """
    told = list(zip(leaving, statuses, strict=True))
    refused = [(line, its) for (line, its), status in told if status is TellBankTransferStatus.CONTRADICTS]
    async with database.read() as reader:
        standing = await get_transfers(reader, {its for _, its in refused}) if refused else {}
    explained = {line for (line, _), status in told if status in _TAKEN}
    return explained | {line for line, its in refused if standing[its].returned_by}


def _name_lines(lines: Iterable[Line]) -> list[tuple[Line, str]]:
    """Give each line a reference that it has in every file: the bank's number, with another for a second such line.

    Banks write a transfer and what it cost under one number, so only lines of one amount are told apart.
    """
    alike: Counter[tuple[str, int]] = Counter()
    named = []
    for line in dict.fromkeys(lines):
        alike[line.serial, line.amount] += 1
        count = alike[line.serial, line.amount]
        named.append((line, line.serial if count == 1 else f"{line.serial}#{count}"))
    return named


def _went(line: Line, reference: str) -> Notice:
    number = f"debit:{reference}:{line.amount}"
    return told(BANK, number, NoticeKind.DEBITED, None, reference, line.amount, line.occurred_at, _raw(line))


def _correct(corrections: Sequence[Correction]) -> list[Notice]:
    """Write what the bank takes back: like what went, it is booked by nobody but reconciliation."""
    notices = []
    for kind in (NoticeKind.CREDIT_TAKEN_BACK, NoticeKind.DEBIT_TAKEN_BACK):
        is_credit = kind is NoticeKind.CREDIT_TAKEN_BACK
        for line, reference in _name_lines(each.line for each in corrections if each.is_credit is is_credit):
            number = f"{kind}:{reference}:{line.amount}"
            notices.append(told(BANK, number, kind, None, reference, line.amount, line.occurred_at, _raw(line)))
    return notices


async def _find_booked(reader: Reader, notices: Mapping[Line, Notice]) -> set[Line]:
    """Find which lines were heard of before as what is nothing of ours: it is for people to end."""
    unheard = await _find_unheard(reader, list(notices.values()))
    return {line for line, notice in notices.items() if notice.event_id not in unheard}


async def _find_taken_back(
    reader: Reader,
    corrections: Sequence[Notice],
    booked: Mapping[Line, str],
    *,
    came: Sequence[tuple[Line, str]],
    went: Sequence[tuple[Line, str]],
) -> set[Line]:
    """Find which new lines with a reference of ours the bank takes back: in this file, or did in one before."""
    found = set[Line]()
    unheard = await _find_unheard(reader, corrections) if came or went else set()
    for kind, lines in ((NoticeKind.CREDIT_TAKEN_BACK, came), (NoticeKind.DEBIT_TAKEN_BACK, went)):
        if lines:
            before = await store.find_red_ink(reader, kind, {line.amount for line, _ in lines})
            here = [
                msgspec.json.decode(each.raw, type=Line)
                for each in corrections
                if each.kind is kind and each.event_id in unheard
            ]
            red_ink = [RedInk.of(line, is_new=False) for line in before] + [RedInk.of(line) for line in here]
            found |= find_taken_back(lines, red_ink, booked)
    return found


async def _find_unheard(reader: Reader, notices: Sequence[Notice]) -> set[str]:
    return {notice.event_id for notice in await list_unheard(reader, notices)} if notices else set()
