"""Reads statements as banks' web pages give them: CSV, in UTF-8 or GB 18030, with whatever stands above the table.

Columns are known by their heads, of which the banks have their own for the same thing. What is not understood is
refused whole: nothing of a statement is taken by half.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final

from weiji.kit.clock import SHANGHAI
from weiji.payments.bank.model import AMOUNT_MAX, BYTES_MAX, LINES_MAX, Correction, Line, ReadStatement
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.reading import to_fen

DAY: Final = ("交易日期", "记账日期", "入账日期", "交易日", "日期", "交易时间", "date")
TIME: Final = ("交易时间", "记账时间", "时间", "time")
CREDIT: Final = ("贷方发生额", "贷方金额", "收入金额", "存入金额", "转入金额", "收入", "贷方", "credit")
DEBIT: Final = ("借方发生额", "借方金额", "支出金额", "付出金额", "转出金额", "支出", "借方", "debit")
AMOUNT: Final = ("交易金额", "发生额", "金额", "amount")
SIDE: Final = ("借贷标志", "借贷标识", "借贷方向", "收支标志", "收/支", "借贷", "收支")
REMARK: Final = ("附言", "交易附言", "客户附言", "用途", "摘要", "备注", "交易备注", "交易摘要", "个性化信息", "remark")
SERIAL: Final = (
    "交易流水号",
    "核心流水号",
    "账户明细编号",
    "业务流水号",
    "流水号",
    "参考号",
    "业务参考号",
    "交易序号",
    "reference",
)
PAYER: Final = (
    "对方户名",
    "对方名称",
    "对方单位",
    "对方账户名称",
    "收付方名称",
    "收方名称",
    "交易对手",
    "付款人名称",
    "name",
)

NUMBER: Final = (
    "对方账号",
    "对方帐号",
    "对方账户",
    "对方账户账号",
    "收付方账号",
    "付款人账号",
    "付款账号",
    "account",
)
BANK: Final = ("对方开户行", "对方行名", "对方开户机构", "对方银行", "收付方开户行名", "付款人开户行", "bank")

BALANCE: Final = ("余额", "账户余额", "本次余额", "交易后余额", "当前余额", "balance")

CAME: Final = frozenset({"贷", "收", "收入", "c", "cr", "credit", "转入", "贷方", "+"})
MINUS: Final = "-"
RED_INK: Final = ("冲正", "冲销", "冲账", "冲回", "冲红", "红冲", "红字", "抹账", "撤销", "反交易", "reversal")
"""What banks write to a line that takes back another."""

WENT: Final = frozenset({"借", "支", "支出", "d", "dr", "debit", "转出", "借方", MINUS})

HEAD_WITHIN: Final = 40
"""Lines in which the head of the table is looked for."""

HEAD_LENGTH_MAX: Final = 100
"""Characters of a cell by which it is known whether it is a head."""

SERIAL_LENGTH_MAX: Final = 50
TEXT_LENGTH_MAX: Final = 500

_REASON: Final = re.compile(r"(?:line (\d+): )?(.+)")
_UNITS: Final = re.compile(r"[（(].*?[）)]|[\s:：*/元]+\Z|^\s+")
_DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_TIME: Final = re.compile(r"(?:^|[ T日])(\d{1,2})[:：]?(\d{2})[:：]?(\d{2})")


Row = Mapping[str, str]
"""The cells of a line, by their heads."""

Move = tuple[datetime, int, int]
"""When something moved, what came, and what went, in fen."""


class BankFileFault(StrEnum):
    """What keeps a file of the bank from being read, as `reason` tells programs, with the line if it is one's."""

    TOO_LARGE = "it is too large"
    NO_TEXT = "it is no text"
    NO_TABLE = "it is no table"
    NO_HEAD = "no line names a day, an amount that came, and a remark"
    NO_HEAD_OF_RETURNS = "no line names a reference, an amount and a result"
    NO_LINE = "it has no line"
    TOO_MANY_LINES = f"it has more than {LINES_MAX} lines"
    NUMBER_TWICE = "another line has its number"
    NO_DAY = "it has no day that can be read"
    NO_AMOUNT = "it has no amount that can be read"
    TOO_MUCH = f"together with the lines before it, it moves more than {AMOUNT_MAX // 100} yuan"
    MINUSES = (
        "all that went has a minus, and nothing tells payments from reversals: export it with the balance of each line"
    )


class StatementUnreadable(ValueError):
    """A file is no statement; the text says what is missing, for programs."""

    def __init__(self, fault: BankFileFault, line: int | None = None) -> None:
        super().__init__(fault.value if line is None else f"line {line}: {fault.value}")


def read_reason(reason: str) -> tuple[BankFileFault, int | None]:
    """Take apart what a StatementUnreadable says: what is wrong, and of which line."""
    found = _REASON.fullmatch(reason)
    assert found is not None
    line, fault = found.groups()
    return BankFileFault(fault), None if line is None else int(line)


def read_statement(content: bytes) -> ReadStatement:
    """Read a statement. Raises StatementUnreadable."""
    rows = _table(read_cells(content))
    days = []
    lines: list[Line] = []
    debits: list[Line] = []
    corrections: list[Correction] = []
    by_serial: dict[str, Line] = {}
    alike: Counter[str] = Counter()
    moves = [_move(number, row) for number, row in rows]
    has_minuses = _has_minuses(rows, moves)
    total = 0
    for (number, row), (at, amount, moved) in zip(rows, moves, strict=True):
        went = -moved if has_minuses else moved
        days.append(at.date())
        total = add_up(total, abs(amount) + abs(went), number)
        if amount < 0 or went < 0:
            # Red ink: the bank takes back what it wrote. Nothing was paid by that, to us or by us.
            line = _line(row, at, abs(amount or went), alike)
            corrections.append(Correction(line=line, is_credit=amount < 0))
        elif amount > 0:
            line = _line(row, at, amount, alike)
            if by_serial.setdefault(line.serial, line) != line:
                # Taken for one, the money of the second would be nobody's.
                raise StatementUnreadable(BankFileFault.NUMBER_TWICE, number)
            lines.append(line)
        elif went:
            debits.append(_line(row, at, went, alike))
    if not days:
        raise StatementUnreadable(BankFileFault.NO_LINE)
    return ReadStatement(
        lines=len(days),
        credits=lines,
        debits=debits,
        corrections=corrections,
        first_on=min(days),
        last_on=max(days),
    )


def add_up(total: int, moved: int, number: int) -> int:
    """Add to *total* what a line moves, of its number. Raises StatementUnreadable.

    Whatever comes of a file, the books can hold, and people can agree to.
    """
    if total + moved > AMOUNT_MAX:
        raise StatementUnreadable(BankFileFault.TOO_MUCH, number)
    return total + moved


def read_cells(content: bytes) -> list[list[str]]:
    """Read the cells of a file that a bank's page gave. Raises StatementUnreadable."""
    text = read_text(content)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text[:4_000] else ","))
    except csv.Error as wrong:
        raise StatementUnreadable(BankFileFault.NO_TABLE) from wrong


def read_text(content: bytes) -> str:
    """Read a file's text, in either of the encodings that banks use. Raises StatementUnreadable."""
    if len(content) > BYTES_MAX:
        raise StatementUnreadable(BankFileFault.TOO_LARGE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeError:
            raise StatementUnreadable(BankFileFault.NO_TEXT) from None
    if "\x00" in text:
        raise StatementUnreadable(BankFileFault.NO_TEXT)
    return text


def read_rows(cells: Sequence[Sequence[str]], is_head: Callable[[Sequence[str]], bool]) -> list[tuple[int, Row]] | None:
    """Find the head of a table, and name the cells of the rows under it; None where there is no such head."""
    for place, row in enumerate(cells[:HEAD_WITHIN]):
        head = [_UNITS.sub("", cell[:HEAD_LENGTH_MAX]).strip().lower() for cell in row]
        if is_head(head):
            return [
                (number, {name: cell.strip().strip("\t'`=\"") for name, cell in zip(head, row, strict=False)})
                for number, row in enumerate(cells[place + 1 :], place + 2)
            ]
    return None


def _table(cells: Sequence[Sequence[str]]) -> list[tuple[int, Row]]:
    """Find the head of the table and the rows under it; what stands below them is no row."""
    rows = read_rows(cells, _is_head)
    if rows is None:
        raise StatementUnreadable(BankFileFault.NO_HEAD)
    found = [(number, row) for number, row in rows if _DAY.search(cell_of(row, DAY))]
    if len(found) > LINES_MAX:
        raise StatementUnreadable(BankFileFault.TOO_MANY_LINES)
    return found


def _is_head(head: Sequence[str]) -> bool:
    tells_amount = names_any(head, CREDIT) or (names_any(head, AMOUNT) and names_any(head, SIDE))
    return tells_amount and names_any(head, DAY) and names_any(head, REMARK)


def names_any(head: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a head has a column of one of these names."""
    return any(name in head for name in names)


def cell_of(row: Row, names: Sequence[str]) -> str:
    """Give the first cell under one of these names that is not empty."""
    return next((row[name] for name in names if row.get(name)), "")


def _when(row: Row) -> datetime:
    """Read when a line is of. Raises ValueError."""
    day = cell_of(row, DAY)
    found = _DAY.search(day)
    clock_time = _TIME.search(day[found.end() :]) if found else None
    clock_time = clock_time or _TIME.search(cell_of(row, TIME))
    year, month, date = (int(part) for part in found.groups()) if found else (0, 0, 0)
    hour, minute, second = (int(part) for part in clock_time.groups()) if clock_time else (0, 0, 0)
    return datetime(year, month, date, hour, minute, second, tzinfo=SHANGHAI)


def _move(number: int, row: Row) -> Move:
    try:
        at = _when(row)
    except ValueError as wrong:
        raise StatementUnreadable(BankFileFault.NO_DAY, number) from wrong
    try:
        return at, _moved(row, CREDIT, CAME), _moved(row, DEBIT, WENT)
    except GatewaySilent as wrong:
        raise StatementUnreadable(BankFileFault.NO_AMOUNT, number) from wrong


def _has_minuses(rows: Sequence[tuple[int, Row]], moves: Sequence[Move]) -> bool:
    """Tell whether a bank writes what went with a minus, which is no red ink then. Raises StatementUnreadable.

    Where all of it has one, the balances say so, or the sides, where they are nothing but signs; words of sides stand
    beside red ink as well. Where neither does, each line has to say of itself that it takes another back: red ink is
    booked at once, so nothing is guessed at.
    """
    gone = [(row, went) for (_, row), (_, _, went) in zip(rows, moves, strict=True) if went]
    if not gone or max(went for _, went in gone) > 0:
        return False
    said = _say_balances(rows, moves)
    if said is not None:
        return said
    if all(cell_of(row, SIDE) == MINUS for row, _ in gone):
        return True
    if all(_says_red_ink(row) for row, _ in gone):
        return False
    raise StatementUnreadable(BankFileFault.MINUSES)


def _says_red_ink(row: Row) -> bool:
    remarks = " ".join(row.get(name, "") for name in REMARK).lower()
    return any(word in remarks for word in RED_INK)


def _say_balances(rows: Sequence[tuple[int, Row]], moves: Sequence[Move]) -> bool | None:
    """Ask the balances whether what has a minus went; None: they don't say, or say both."""
    try:
        balances = [_fen(cell_of(row, BALANCE)) for _, row in rows]
    except GatewaySilent:
        return None
    if not all(cell_of(row, BALANCE) for _, row in rows):
        return None
    lines = list(zip(balances, moves, strict=True))
    if moves[0][0] > moves[-1][0]:
        lines.reverse()  # The latest stands first.
    ways = [lines] if moves[0][0] != moves[-1][0] else [lines, lines[::-1]]
    fits = {
        is_minus
        for is_minus in (True, False)
        for way in ways
        if all(
            after - before == came + (went if is_minus else -went)
            for (before, _), (after, (_, came, went)) in pairwise(way)
        )
        and any(went for _, (_, _, went) in way[1:])
    }
    return fits.pop() if len(fits) == 1 else None


def _moved(row: Row, names: Sequence[str], sides: Set[str]) -> int:
    """Read how much moved one way, in fen; 0 where it moved the other."""
    text = cell_of(row, names)
    if not text and cell_of(row, SIDE).lower() in sides:
        text = cell_of(row, AMOUNT)
    return _fen(text)


def _fen(text: str) -> int:
    plain = text.replace(",", "").replace("¥", "").replace("+", "").strip()
    return to_fen(plain) if plain and plain != "-" else 0


def _line(row: Row, at: datetime, amount: int, alike: Counter[str]) -> Line:
    remark = " ".join(row[name] for name in REMARK if row.get(name))[:TEXT_LENGTH_MAX]
    serial = cell_of(row, SERIAL)[:SERIAL_LENGTH_MAX]
    if not serial:
        # Two that say just the same are two: the file has each of them, and so has every file that overlaps it.
        said = "\x1f".join(f"{name}={value}" for name, value in sorted(row.items()))
        alike[said] += 1
        serial = sha256(f"{said}\x1f{alike[said]}".encode()).hexdigest()[:32]
    return Line(
        serial=serial,
        amount=amount,
        remark=remark,
        payer=cell_of(row, PAYER)[:TEXT_LENGTH_MAX],
        payer_bank=cell_of(row, BANK)[:TEXT_LENGTH_MAX],
        payer_number=cell_of(row, NUMBER).replace(" ", ""),
        occurred_at=at,
    )
