"""Statements as files: a table of our own, for channels whose statements somebody fetches by hand.

CSV in UTF-8, the first line `kind,reference,request_id,amount,fee,occurred_at`. Amounts are whole fen; `occurred_at` is
RFC 3339 with its zone; `request_id` is our number, or empty. docs/operating/reconciliation.md tells of each kind.
"""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from weiji.payments import StatedLine, StatementUnavailable
from weiji.reconciliation.model import OF_BANK_LINES, LineKind

HEADER: Final = ("kind", "reference", "request_id", "amount", "fee", "occurred_at")

PART: Final = 20_000
"""Lines that are read at once."""

REFERENCE_MAX: Final = 64
AMOUNT_MAX: Final = 2**53 - 1

_KINDS: Final[dict[str, LineKind]] = {kind.value: kind for kind in LineKind if kind not in OF_BANK_LINES}
"""What files may have. What moved on our bank account by nothing of ours its own statements tell (`payments.bank`)."""


async def read_file(path: Path) -> AsyncIterator[Sequence[StatedLine]]:
    """Read a statement from a file, in parts. Raises StatementUnavailable, with the line that can't be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _read(file)
        while part := list(islice(lines, PART)):
            yield part


def _read(file: TextIO) -> Iterator[StatedLine]:
    rows = csv.reader(file, strict=True)
    try:
        if tuple(next(rows, ())) != HEADER:
            raise StatementUnavailable(f"the first line is not {','.join(HEADER)}")
        for row in rows:
            if row:
                yield _line(row)
    except (csv.Error, ValueError, KeyError, UnicodeError) as error:
        raise StatementUnavailable(f"line {rows.line_num}: {error}") from error


def _line(row: list[str]) -> StatedLine:
    kind, reference, request_id, amount, fee, occurred_at = row
    at = datetime.fromisoformat(occurred_at)
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    if not 1 <= len(reference) <= REFERENCE_MAX or not reference.isprintable():
        raise ValueError("the reference is empty or too long")
    line = StatedLine(
        kind=_KINDS[kind].value,
        reference=reference,
        request_id=UUID(request_id) if request_id else None,
        amount=int(amount),
        fee=int(fee),
        occurred_at=at,
    )
    # Only a fee may be less than nothing: it was given back.
    size = abs(line.amount) if line.kind == "fee" else line.amount
    if not 1 <= size <= AMOUNT_MAX or not 0 <= line.fee <= AMOUNT_MAX:
        raise ValueError("an amount is out of range")
    return line
