"""Reads statements as banks' web pages give them: CSV, in UTF-8 or GB 18030, with whatever stands above the table.

Columns are known by their heads, of which the banks have their own for the same thing. What is not understood is
refused whole: nothing of a statement is taken by half.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from weiji.kit.clock import SHANGHAI
from weiji.payments.bank.model import BYTES_MAX, LINES_MAX, Line, ReadStatement
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.reading import to_fen

DAY: Final = ("交易日期", "记账日期", "入账日期", "交易日", "日期", "交易时间", "date")
TIME: Final = ("交易时间", "记账时间", "时间", "time")
CREDIT: Final = ("贷方发生额", "贷方金额", "收入金额", "存入金额", "转入金额", "收入", "贷方", "credit")
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

CAME: Final = frozenset({"贷", "收", "收入", "c", "cr", "credit", "转入", "贷方", "+"})

HEAD_WITHIN: Final = 40
"""Lines in which the head of the table is looked for."""

HEAD_LENGTH_MAX: Final = 100
"""Characters of a cell by which it is known whether it is a head."""

SERIAL_LENGTH_MAX: Final = 50
TEXT_LENGTH_MAX: Final = 500

_UNITS: Final = re.compile(r"[（(].*?[）)]|[\s:：*/元]+$|^\s+")
_DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_TIME: Final = re.compile(r"(?:^|[ T日])(\d{1,2})[:：]?(\d{2})[:：]?(\d{2})")


class StatementUnreadable(ValueError):
    """A file is no statement; the text says what is missing, for people."""


def read_statement(content: bytes) -> ReadStatement:
    """Read a statement. Raises StatementUnreadable."""
    if len(content) > BYTES_MAX:
        raise StatementUnreadable("it is too large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeError:
            raise StatementUnreadable("it is no text") from None
    rows = _table(text)
    days = []
    lines: list[Line] = []
    by_serial: dict[str, Line] = {}
    alike: Counter[str] = Counter()
    for number, row in rows:
        try:
            at = _when(row)
            amount = _came(row)
        except GatewaySilent as wrong:
            raise StatementUnreadable(f"line {number}: {wrong}") from wrong
        days.append(at.date())
        if amount > 0:
            line = _line(row, at, amount, alike)
            if by_serial.setdefault(line.serial, line) != line:
                # Taken for one, the money of the second would be nobody's.
                raise StatementUnreadable(f"line {number}: another line has its number")
            lines.append(line)
    if not days:
        raise StatementUnreadable("it has no line")
    return ReadStatement(lines=len(days), credits=lines, first_on=min(days), last_on=max(days))


def _table(text: str) -> list[tuple[int, Mapping[str, str]]]:
    """Find the head of the table and the rows under it; what stands below them is no row."""
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text[:4_000] else ","))
    except csv.Error as wrong:
        raise StatementUnreadable("it is no table") from wrong
    begin, head = _head(cells)
    found: list[tuple[int, Mapping[str, str]]] = []
    for number, row in enumerate(cells[begin:], begin + 1):
        named = {name: cell.strip().strip("\t'`=\"") for name, cell in zip(head, row, strict=False)}
        if _DAY.search(_of(named, DAY)):
            found.append((number, named))
    if len(found) > LINES_MAX:
        raise StatementUnreadable(f"it has more than {LINES_MAX} lines")
    return found


def _head(cells: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Find the head of the table; give the place of the row after it, too."""
    for place, row in enumerate(cells[:HEAD_WITHIN]):
        head = [_UNITS.sub("", cell[:HEAD_LENGTH_MAX]).strip().lower() for cell in row]
        tells_amount = _has(head, CREDIT) or (_has(head, AMOUNT) and _has(head, SIDE))
        if tells_amount and _has(head, DAY) and _has(head, REMARK):
            return place + 1, head
    raise StatementUnreadable("no line names a day, an amount that came, and a remark")


def _has(head: Sequence[str], names: Sequence[str]) -> bool:
    return any(name in head for name in names)


def _of(row: Mapping[str, str], names: Sequence[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _when(row: Mapping[str, str]) -> datetime:
    day = _of(row, DAY)
    found = _DAY.search(day)
    clock_time = _TIME.search(day[found.end() :]) if found else None
    clock_time = clock_time or _TIME.search(_of(row, TIME))
    try:
        year, month, date = (int(part) for part in found.groups()) if found else (0, 0, 0)
        hour, minute, second = (int(part) for part in clock_time.groups()) if clock_time else (0, 0, 0)
        return datetime(year, month, date, hour, minute, second, tzinfo=SHANGHAI)
    except ValueError:
        raise GatewaySilent("it has no day that can be read") from None


def _came(row: Mapping[str, str]) -> int:
    """Read how much came, in fen; 0 where money went."""
    credit = _of(row, CREDIT)
    side = _of(row, SIDE).lower()
    if not credit and side in CAME:
        credit = _of(row, AMOUNT)
    plain = credit.replace(",", "").replace("¥", "").replace("+", "").strip()
    return to_fen(plain) if plain and plain != "-" else 0


def _line(row: Mapping[str, str], at: datetime, amount: int, alike: Counter[str]) -> Line:
    remark = " ".join(row[name] for name in REMARK if row.get(name))[:TEXT_LENGTH_MAX]
    serial = _of(row, SERIAL)[:SERIAL_LENGTH_MAX]
    if not serial:
        # Two that say just the same are two: the file has each of them, and so has every file that overlaps it.
        said = "\x1f".join(f"{name}={value}" for name, value in sorted(row.items()))
        alike[said] += 1
        serial = sha256(f"{said}\x1f{alike[said]}".encode()).hexdigest()[:32]
    return Line(serial=serial, amount=amount, remark=remark, payer=_of(row, PAYER)[:TEXT_LENGTH_MAX], occurred_at=at)
