"""Reads amounts and other numbers of a file: exactly, or not at all.

A comma or a point may stand before a fraction or between thousands. Most numbers tell which by themselves; `1.290` and
`1,290` do not. What the prices of a file tell is counted once, and holds for all of it.
"""

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.porting.records import Fault

NUMBER_MAX: Final = 10**15
"""Numbers and fen are lower than this."""

EXPONENT_MAX: Final = 30
"""The highest power of ten that a number of a spreadsheet is read with."""

CLEAR: Final = 10
"""How many times as many prices must tell one sign as tell the other, before it decides what might be either."""

_SPACES: Final = r"['’ \u00a0\u2009\u202f]"
_PLAIN: Final = re.compile(r"\d+", re.ASCII)
_SPACED: Final = re.compile(rf"(\d{{1,3}}(?:{_SPACES}\d{{3}})+)(?:([.,])(\d+))?", re.ASCII)
_BOTH: Final = re.compile(r"(\d{1,3}(?:([.,])\d{3})+)(?!\2)([.,])(\d+)", re.ASCII)
_GROUPS: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+", re.ASCII)
_ONE: Final = re.compile(r"(\d*)([.,])(\d+)", re.ASCII)
_GROUP: Final = 3

_YUAN: Final = frozenset({"", "¥", "￥", "cn¥", "cn￥", "cny", "rmb", "rmb¥", "元", "圆", "人民币", "人民币元", "yuan"})
_CURRENCY: Final = re.compile(r"[^\W\d_]{1,3}\.?")
_NO_CENTS: Final = frozenset({".-", ",-", ".–", ",–", ".—", ",—"})
_EXPONENT: Final = re.compile(r"([+-]?)([\d.,'’ \u00a0\u2009\u202f]+?)(?:e([+-]?\d{1,3}))?", re.ASCII | re.IGNORECASE)


class Sign(StrEnum):
    """What stands before a fraction."""

    POINT = "."
    COMMA = ","


class Decimals(Struct, frozen=True):
    """How numbers of a file are to be read."""

    sign: Sign = Sign.POINT
    is_told: bool = False
    """Whether the file tells so, clearly enough to decide what might be either."""
    is_comma_grouping: bool = False
    """Whether `1,290` is over a thousand where the file does not tell: this format is never written with commas."""


class Parts(Struct, frozen=True):
    """A number without its marks. `sign` is what it tells of them, if anything."""

    whole: str
    fraction: str = ""
    sign: Sign | None = None
    is_certain: bool = True
    """Whether it can be read but one way, whatever the rest of the file says."""
    is_either: bool = False
    """Whether `sign` might as well stand between thousands."""


def take_apart(text: str) -> Parts | None:
    """Take a number apart; None where it is none."""
    if _PLAIN.fullmatch(text):
        return Parts(text)
    if match := _SPACED.fullmatch(text):
        return Parts(re.sub(_SPACES, "", match[1]), match[3] or "", Sign(match[2]) if match[2] else None)
    if match := _BOTH.fullmatch(text):
        # One kind of mark between all thousands.
        whole = match[1].replace(match[2], "")
        return Parts(whole, match[4], Sign(match[3])) if whole.isdecimal() else None
    if match := _GROUPS.fullmatch(text):
        return Parts(text.replace(match[1], ""), "", Sign.COMMA if match[1] == Sign.POINT else Sign.POINT)
    if match := _ONE.fullmatch(text):
        whole, mark, fraction = match.groups()
        is_either = len(fraction) == _GROUP and 0 < len(whole) <= _GROUP and not whole.startswith("0")
        return Parts(whole or "0", fraction, Sign(mark), is_certain=False, is_either=is_either)
    return None


class Marks:
    """Counts what the numbers of a file tell of the marks in them."""

    def __init__(self, *, is_comma_grouping: bool = False) -> None:
        self.is_comma_grouping = is_comma_grouping
        self._told = {Sign.POINT: 0, Sign.COMMA: 0}

    def count(self, text: str) -> None:
        """Count what an amount tells."""
        parts = take_apart(split_currency(text)[0]) if text else None
        if parts and parts.sign and not parts.is_either:
            self._told[parts.sign] += 1

    @property
    def tells(self) -> bool:
        """Whether any of them tells anything."""
        return any(self._told.values())

    @property
    def is_mixed(self) -> bool:
        """Whether some tell one thing and some the other."""
        return all(self._told.values())

    @property
    def decimals(self) -> Decimals:
        """Decide: what more of them tell. Where it is even, a point."""
        points, commas = self._told[Sign.POINT], self._told[Sign.COMMA]
        sign = Sign.COMMA if commas > points else Sign.POINT
        more, fewer = max(points, commas), min(points, commas)
        return Decimals(sign, more > 0 and fewer * CLEAR <= more, self.is_comma_grouping)


def settle(text: str, decimals: Decimals) -> tuple[str, str] | Fault:
    """Read a number's whole and fraction as the file is to be read."""
    parts = take_apart(text)
    if parts is None:
        return Fault.INVALID_NUMBER
    if parts.is_certain:
        return parts.whole, parts.fraction
    if parts.is_either:
        if decimals.is_told:
            is_fraction = parts.sign is decimals.sign
        elif parts.sign is Sign.COMMA and decimals.is_comma_grouping:
            is_fraction = False
        else:
            return Fault.AMBIGUOUS_NUMBER
        return (parts.whole, parts.fraction) if is_fraction else (parts.whole + parts.fraction, "")
    # `9,99` where points stand before cents might be ten or a thousand.
    return (parts.whole, parts.fraction) if parts.sign is decimals.sign else Fault.INVALID_NUMBER


def split_currency(text: str) -> tuple[str, str]:
    """Part the number of an amount from the words and signs around it, which are given back together."""
    places = [place for place, sign in enumerate(text) if sign.isascii() and sign.isdigit()]
    if not places:
        return "", text.strip()
    before, number, after = text[: places[0]], text[places[0] : places[-1] + 1], text[places[-1] + 1 :].strip()
    if before[-1:] in (Sign.POINT, Sign.COMMA) and not before[-2:-1].isalpha():
        before, number = before[:-1], before[-1] + number
    after = "" if after in _NO_CENTS else after
    return number, " ".join(filter(None, (before.strip(), after)))


def read_price(text: str, decimals: Decimals) -> int | Fault:
    """Read an amount as fen, or say why it can't be."""
    number, words = split_currency(text)
    for word in words.split():
        if word.casefold() not in _YUAN:
            is_currency = _CURRENCY.fullmatch(word) or any(unicodedata.category(sign) == "Sc" for sign in word)
            return Fault.OTHER_CURRENCY if number and is_currency else Fault.INVALID_PRICE
    found = settle(number, decimals)
    if isinstance(found, Fault):
        return Fault.INVALID_PRICE if found is Fault.INVALID_NUMBER else Fault.AMBIGUOUS_PRICE
    whole, fraction = found[0], found[1].rstrip("0")
    if len(fraction) > len("00") or len(whole) >= len(str(NUMBER_MAX)):
        return Fault.INVALID_PRICE
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def read_whole(text: str, decimals: Decimals, unit: Decimal = Decimal(1)) -> int | Fault:
    """Read a number of *unit*, rounded to a whole one, or say why it can't be; nothing is 0."""
    if not text:
        return 0
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return Fault.INVALID_NUMBER
    found, exponent = settle(match[2], decimals), int(match[3] or 0)
    if isinstance(found, Fault):
        return found
    if abs(exponent) > EXPONENT_MAX or len(found[0]) + len(found[1]) > EXPONENT_MAX:
        return Fault.INVALID_NUMBER
    number = Decimal(f"{match[1]}{found[0]}.{found[1]}").scaleb(exponent) * unit
    return round(number) if abs(number) < NUMBER_MAX else Fault.INVALID_NUMBER
