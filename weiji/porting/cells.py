"""What single cells say: barcodes, lists, pictures; and cells that no spreadsheet takes for a formula."""

import re
from html.parser import HTMLParser
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_QUOTED: Final = re.compile(r"'+[=+\-@\t\r]")
_GTIN_LENGTHS: Final = (8, 12, 13, 14)


def write_safe(text: str) -> str:
    """Write a cell so that a spreadsheet takes it for text, not for a formula: with a quote before it.

    OWASP, "CSV Injection". What has such a quote already gets one more, so that reading it back is exact.
    """
    return "'" + text if _FORMULA.match(text) else text


def read_safe(text: str) -> str:
    """Take away the quote that `write_safe` put there."""
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text


def is_gtin(text: str) -> bool:
    """Tell whether a barcode's check digit fits (GS1 General Specifications, 7.9); what is no GTIN fits, too."""
    if not text.isascii() or not text.isdigit() or len(text) not in _GTIN_LENGTHS:
        return True
    digits = [int(digit) for digit in reversed(text)]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def split_list(text: str, separator: str = ",") -> tuple[str, ...]:
    """Split a list in a cell; each part once, without spaces around it."""
    return tuple(dict.fromkeys(part for each in text.split(separator) if (part := each.strip())))


class _Images(HTMLParser):
    """Gathers the pictures of a description."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a picture is."""
        values = dict(attrs)
        if tag == "img":
            self.found.append(((values.get("src") or "").strip(), values.get("alt") or ""))


def find_pictures(html: str) -> list[tuple[str, str]]:
    """Find the pictures that a description shows, which itself is stored without them: pairs of address and words."""
    if "<img" not in html.lower():
        return []
    parser = _Images()
    try:
        parser.feed(html)
    except AssertionError:  # The parser of the standard library gives up on `<![` that is no declaration.
        return parser.found
    return [(url, alt) for url, alt in parser.found if url and not url.startswith("data:")]
