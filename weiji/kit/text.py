"""What counts as text: PostgreSQL takes no NUL and no half of a surrogate pair, and a line has no line breaks."""

import re
import unicodedata
from typing import Final

_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_LINES: Final = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")


def is_text(text: str, length_max: int) -> bool:
    """Tell whether *text* can be stored and has at most *length_max* characters."""
    return len(text) <= length_max and not _NOT_TEXT.search(text)


def is_line(text: str, length_max: int) -> bool:
    """Tell whether *text* is one line with something to see in it, of at most *length_max* characters."""
    return len(text) <= length_max and not _NOT_IN_LINES.search(text) and not text.isspace() and text != ""


def tidy_name(text: str) -> str:
    """Write a name as it is compared: `（` is `(`, and neither spaces nor the dots inside a name count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character not in "·•・.")


def read_hash(text: str) -> bytes:
    """Read a hash in hex; what is none is no thing's."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
