"""What a program can tell of a number by itself: check digits, dates, regions. Pure functions over tidied text."""

import unicodedata
from datetime import date
from typing import Final

_CREDIT_CODE: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code by their value: I, O, S, V and Z are left out (GB 32100-2015, 4.2)."""

_CREDIT_CODE_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_CREDIT_CODE_DEPARTMENTS: Final = frozenset("123456789ANY")
"""Which department registered it: GB 32100-2015, table 1, and its later additions."""

_ID_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_ID_CHECK: Final = "10X98765432"
"""The check character by the sum modulo 11 (GB 11643-1999, 4.2; ISO/IEC 7064, MOD 11-2)."""

PROVINCES: Final = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
"""The first two digits of a region (GB/T 2260); 83 is on the residence permits of people from Taiwan."""

_OLDEST_BIRTH: Final = date(1900, 1, 1)

CARD_DIGITS: Final = range(12, 20)
"""How many digits a bank card has (ISO/IEC 7812-1)."""

ACCOUNT_DIGITS: Final = range(8, 31)
"""How many digits a company's account has: banks number them as they like, without a check digit in common."""


def tidy_number(text: str) -> str:
    """Write a number as it is compared: full-width characters narrow, letters large, no spaces and hyphens."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if not character.isspace() and character not in "-–—·")


def credit_code_check(first: str) -> str | None:
    """Give the check character that belongs to the first 17 of a credit code; None where one of them can't be there."""
    if len(first) != 17 or not set(first) <= set(_CREDIT_CODE):
        return None
    total = sum(
        _CREDIT_CODE.index(character) * weight for character, weight in zip(first, _CREDIT_CODE_WEIGHTS, strict=True)
    )
    return _CREDIT_CODE[-total % 31]


def is_credit_code(text: str) -> bool:
    """Tell whether this can be a unified social credit code: 18 characters whose last checks the others."""
    return (
        len(text) == 18
        and text[0] in _CREDIT_CODE_DEPARTMENTS
        and text[2:8].isdigit()
        and text[17] == credit_code_check(text[:17])
    )


def id_number_check(first: str) -> str | None:
    """Give the check character that belongs to the first 17 digits of a resident's number; None where they are none."""
    if len(first) != 17 or not (first.isascii() and first.isdigit()):
        return None
    return _ID_CHECK[sum(int(digit) * weight for digit, weight in zip(first, _ID_WEIGHTS, strict=True)) % 11]


def is_id_number(text: str, today: date) -> bool:
    """Tell whether this can be a resident's number: its check character, a birthday that was, a region that is."""
    if len(text) != 18 or text[17] != id_number_check(text[:17]) or text[:2] not in PROVINCES:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return _OLDEST_BIRTH <= born <= today


def luhn_check(first: str) -> str:
    """Give the digit that makes *first* pass Luhn's test (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in first[::-2])
    return str(-(sum(doubled) + sum(int(digit) for digit in first[-2::-2])) % 10)


def is_card_number(text: str) -> bool:
    """Tell whether this can be a bank card."""
    return text.isascii() and text.isdigit() and len(text) in CARD_DIGITS and text[-1] == luhn_check(text[:-1])


def is_account_number(text: str) -> bool:
    """Tell whether this can be a company's account at a bank."""
    return text.isascii() and text.isdigit() and len(text) in ACCOUNT_DIGITS


def sniff(content: bytes) -> str | None:
    """Tell what a document is by its first bytes, whatever it is called; None where it is nothing that is taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return None
