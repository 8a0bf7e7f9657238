"""Cursors of lists: the sort key and id of the last row that was shown, as one opaque word."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"([0-9a-f]{1,15})\.([0-9a-f]{32})")


def write_cursor(key: int | datetime, id: UUID) -> str:
    """Write where a list goes on."""
    number = (key - _EPOCH) // timedelta(microseconds=1) if isinstance(key, datetime) else key
    return f"{number:x}.{id.hex}"


def read_cursor(text: str | None) -> tuple[int | None, UUID | None]:
    """Read the key and id that a list goes on after. A list begins at its beginning where there is no cursor."""
    match = _CURSOR.fullmatch(text or "")
    return (int(match[1], 16), UUID(match[2])) if match else (None, None)


def read_time_cursor(text: str | None) -> tuple[datetime | None, UUID | None]:
    """Read a cursor whose key is a time."""
    key, id = read_cursor(text)
    try:
        return (None if key is None else _EPOCH + timedelta(microseconds=key)), id
    except OverflowError:
        return None, None
