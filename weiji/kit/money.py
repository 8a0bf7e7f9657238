"""Money is an integer number of the smallest unit (fen). There are no floats and no fractions.

Rates are in ppm (parts per million).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

PPM: Final = 1_000_000


def portion(amount: int, ppm: int) -> int:
    """Take *ppm* millionths of *amount*, rounded down: a fee is never more than its rate."""
    return amount * ppm // PPM


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split *amount* in proportion to *weights*, so that the parts add up to the whole.

    Largest remainder (Hamilton); ties go to the earlier part. Weights are not negative. Where all
    are 0, the first part takes everything.
    """
    if amount < 0:
        return [-part for part in allocate(-amount, weights)]
    total = sum(weights)
    if total == 0:
        return [amount] + [0] * (len(weights) - 1) if weights else []
    parts = [amount * weight // total for weight in weights]
    rest = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for index in by_remainder[:rest]:
        parts[index] += 1
    return parts


def allocate_within(amount: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """Split *amount* in proportion to *weights*, or, where a part had no room for its share, to what there is of that.

    *amount* is at most all the *room* together, none of which is negative.
    """
    parts = allocate(amount, weights)
    if any(part > most for part, most in zip(parts, room, strict=True)):
        return allocate(amount, room)
    return parts


def share_so_far(part: int, whole: int, done: int) -> int:
    """Say how much of a frozen share *part* belongs to the first *done* of *whole*.

    Refunds take differences of this, so that any number of partial refunds gives back exactly the
    share: the last one takes the remainder.
    """
    return part * done // whole if whole else part


def format_yuan(fen: int) -> str:
    """Write an amount as people read it: 123456 → `1,234.56`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def plain_yuan(fen: int) -> str:
    """Write an amount as programs and fields take it: 123456 → `1234.56`."""
    return format_yuan(fen).replace(",", "")


def parse_yuan(text: str) -> int | None:
    """Read an amount that a person wrote as fen: `1,234.5`, `¥98`; None where it is none.

    A Chinese keyboard writes `９８。５元`. Commas stand between thousands: `9,99` is no amount, rather than 999 yuan.
    """
    plain = unicodedata.normalize("NFKC", text).replace("。", ".")
    match = _YUAN.fullmatch(plain.strip())
    if match is None:
        return None
    whole, cents = match[1].replace(",", ""), match[2] or ""
    return int(whole) * 100 + int((cents + "00")[:2]) if len(whole) <= WHOLE_MAX else None


WHOLE_MAX: Final = 15
"""Digits of an amount in yuan."""
_YUAN: Final = re.compile(r"¥?\s*([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?\s*元?")
