"""Money is an integer number of the smallest unit (fen). There are no floats and no fractions.

Rates are in ppm (parts per million).
"""

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
    """Read an amount that a person wrote (`1,234.5`, `¥98`) as fen; None where it is not one."""
    cleaned = text.strip().lstrip("¥￥").replace(",", "").replace("，", "").strip()
    whole, dot, cents = cleaned.partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 15:
        return None
    if dot and not (cents.isascii() and cents.isdigit() and len(cents) <= 2):
        return None
    return int(whole) * 100 + int((cents + "00")[:2])
