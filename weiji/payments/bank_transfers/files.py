"""The files themselves: what is written for the bank, and what it writes back. CSV, with heads of each bank's own."""

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Final

import msgspec
from msgspec import Struct

from weiji.kit.money import plain_yuan
from weiji.kit.seal import KEYS
from weiji.payments.bank.reading import (
    AMOUNT,
    REMARK,
    TEXT_LENGTH_MAX,
    BankFileFault,
    StatementUnreadable,
    add_up,
    cell_of,
    names_any,
    read_cells,
    read_rows,
)
from weiji.payments.bank_transfers.model import (
    NUMBER_COLUMN,
    BankBatch,
    BankTransfer,
    BankTransferStatus,
    TellBankTransfer,
    WrongLine,
)
from weiji.payments.bank_transfers.rules import shown
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.reading import to_fen
from weiji.payments.channels.references import find_references

FIELDS: Final = ("line", "number", "holder", "bank", "amount", "reference", "batch")
"""What a column can have; anything between quotes is itself, in every line."""

NEEDED: Final = ("number", "holder", "amount", "reference")
"""Without these no bank could make a transfer, or no file of the bank's would lead back to it."""

COLUMNS_MAX: Final = 40
COLUMNS_LENGTH_MAX: Final = 2_000

DEFAULT_COLUMNS: Final = """序号 = line
收款账号 = number
收款户名 = holder
收款银行 = bank
金额 = amount
附言 = reference
批次号 = batch"""
"""A table that people can read. A bank's own page wants its own heads: a setting of the channel has them."""

ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""The first has the mark by which spreadsheets know it."""

RESULT: Final = ("处理状态", "交易状态", "处理结果", "交易结果", "转账结果", "转账状态", "状态", "结果", "result")
REASON: Final = ("失败原因", "退票原因", "原因", "返回信息", "错误信息", "处理信息", "reason")
FEE: Final = ("手续费", "手续费金额", "fee")
REFERENCE: Final = ("附言", "客户附言", "交易附言", "用途", "摘要", "备注", "客户业务编号", "业务参考号", "reference")

WORDS: Final = {
    BankTransferStatus.PAID: ("成功", "交易成功", "转账成功", "处理成功", "支付成功", "已入账", "success", "paid"),
    BankTransferStatus.REJECTED: ("失败", "交易失败", "转账失败", "处理失败", "支付失败", "拒绝", "failed", "rejected"),
    BankTransferStatus.RETURNED: ("退票", "已退票", "退汇", "已退汇", "退回", "returned"),
}
PENDING: Final = ("处理中", "待处理", "已受理", "待复核", "待授权", "银行处理中", "pending")

_OUTCOMES: Final = {word: status for status, words in WORDS.items() for word in words}

_SPREADSHEET: Final = "=+-@"
"""What a name must not begin with, or a spreadsheet takes it for a formula."""

REFERENCE_MISSING: Final = "reference_missing"
AMOUNT_UNREADABLE: Final = "amount_unreadable"
RESULT_UNKNOWN: Final = "result_unknown"


class ColumnsWrong(ValueError):
    """What was said of the columns can't be used; the text says where."""


class ReadReturns(Struct, frozen=True, kw_only=True):
    """A return file that was read: what it says of transfers, by line, and the lines that say nothing usable."""

    told: list[tuple[int, TellBankTransfer]]
    references: list[list[str]]
    """All that may be the reference of each that is told: a number of the bank's may look like one of ours."""
    pending: int
    wrong: list[WrongLine]


def read_columns(text: str) -> list[tuple[str, str]]:
    """Read columns, one a line, each `head = field`. Raises ColumnsWrong."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        head, equals, field = (part.strip() for part in line.rpartition("="))
        is_fixed = len(field) >= len('""') and field[0] == field[-1] == '"'
        if not equals or not head or not (field in FIELDS or is_fixed):
            raise ColumnsWrong(line.strip())
        found.append((head, field))
    missing = [field for field in NEEDED if field not in {field for _, field in found}]
    if missing or len(found) > COLUMNS_MAX or len(text) > COLUMNS_LENGTH_MAX:
        raise ColumnsWrong(", ".join(missing))
    return found


def write_batch(batch: BankBatch, transfers: Sequence[BankTransfer]) -> bytes:
    """Write the file of a batch: the same whenever it is written."""
    columns = read_columns(batch.columns)
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow([head for head, _ in columns])
    for transfer in transfers:
        values = {
            "line": str(transfer.line),
            "number": KEYS.unseal(transfer.number_sealed, NUMBER_COLUMN, transfer.id),
            "holder": transfer.holder.lstrip(_SPREADSHEET),
            "bank": transfer.bank.lstrip(_SPREADSHEET),
            "amount": plain_yuan(transfer.amount),
            "reference": shown(transfer.reference),
            "batch": batch.number,
        }
        writer.writerow([values.get(field, field.strip('"')) for _, field in columns])
    # A name with a letter that the bank's encoding lacks is written without it.
    return file.getvalue().encode(batch.encoding, errors="replace")


def read_returns(content: bytes, now: datetime) -> ReadReturns:
    """Read what a bank says of transfers. Raises StatementUnreadable."""
    rows = read_rows(read_cells(content), _is_head)
    if rows is None:
        raise StatementUnreadable(BankFileFault.NO_HEAD_OF_RETURNS)
    told, found, wrong, pending, total = [], [], [], 0, 0
    for number, row in rows:
        text = " ".join(row[name] for name in (*REFERENCE, *REMARK) if row.get(name))
        word = cell_of(row, RESULT).lower()
        if not text and not word:
            continue  # What stands below the table.
        # All of it may be a reference, or a part: whose it is, is looked up.
        references = find_references(text)
        if word in PENDING:
            pending += 1
            continue
        outcome = _OUTCOMES.get(word)
        problem = REFERENCE_MISSING if not references else RESULT_UNKNOWN if outcome is None else None
        amount = fee = 0
        try:
            amount = to_fen(_plain(cell_of(row, AMOUNT)))
            fee = to_fen(_plain(cell_of(row, FEE)) or "0")
        except GatewaySilent:
            problem = problem or AMOUNT_UNREADABLE
        if problem or outcome is None:
            wrong.append(WrongLine(line=number, reference=text[:40], problem=problem or RESULT_UNKNOWN))
            continue
        total = add_up(total, abs(amount) + abs(fee), number)
        found.append(references)
        told.append(
            (
                number,
                TellBankTransfer(
                    reference=references[0],
                    outcome=outcome,
                    amount=amount,
                    fee=fee,
                    occurred_at=now,
                    reason=cell_of(row, REASON),
                    raw=msgspec.json.encode(
                        {"remark": text[:TEXT_LENGTH_MAX], "amount": amount, "fee": fee, "result": word}
                    ),
                ),
            )
        )
    return ReadReturns(told=told, references=found, pending=pending, wrong=wrong)


def _is_head(head: Sequence[str]) -> bool:
    return names_any(head, REFERENCE) and names_any(head, AMOUNT) and names_any(head, RESULT)


def _plain(text: str) -> str:
    return text.replace(",", "").replace("¥", "").strip()
