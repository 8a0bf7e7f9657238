"""What a page's form sent: text, ids and numbers by name, whatever somebody made of them."""

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id, shard_of

TEXT_MAX: Final = 1_000
"""Characters of a field that are read: more than any of ours takes, so that too long is told as that."""

DIGITS_MAX: Final = 18
NUMBER_MAX: Final = 10**DIGITS_MAX - 1
INTEGER_MAX: Final = 2**31 - 1
"""The largest number where the database has an integer: a version, a place in a list."""

YEARS: Final = range(1900, 9999)
"""Years of times that are read: no clock on earth has one that a database could not turn into another zone's."""


class Form:
    """The fields of a form. A field that isn't there is empty."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Read a field, without the spaces round it."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """Read a field just as it was typed: a password, say."""
        values = self._fields.get(name)
        return values[0][: TEXT_MAX + 1] if values else ""

    def long(self, name: str, length_max: int) -> str:
        """Read a field that may have many lines, such as a key; line ends are those of Unix."""
        values = self._fields.get(name)
        return values[0].replace("\r\n", "\n")[: length_max + 1] if values else ""

    def all(self, name: str, limit: int) -> list[str]:
        """Read the fields of one name, at most *limit*."""
        return [value[: TEXT_MAX + 1] for value in self._fields.get(name, [])[:limit]]

    def but(self, values: Mapping[str, str]) -> "Form":
        """Give the same form with other values in some fields."""
        return Form({**self._fields, **{name: [value] for name, value in values.items()}})

    def id(self, name: str) -> UUID | None:
        """Read an id; None where it is none."""
        return read_id(self.text(name))

    def id_near(self, name: str, near: UUID) -> UUID:
        """Read the id that the page made near *near*; a new one where it is none, or lies in another shard."""
        id = self.id(name)
        return id if id and shard_of(id) == shard_of(near) else new_id(near)

    def number(self, name: str) -> int | None:
        """Read a whole number; None where it is none."""
        return read_number(self.text(name))

    def time(self, name: str) -> datetime | None:
        """Read what a field for date and time gives, by the clock of Shanghai; None where it is none."""
        return read_time(self.text(name))

    def is_on(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return bool(self.raw(name))


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """Read the form of a request. Files are passed over."""
    fields: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return Form(fields)


def read_id(text: str | None) -> UUID | None:
    """Read an id; None where it is none."""
    with suppress(ValueError):
        return UUID(text) if text else None
    return None


def read_number(text: str | None, most: int = NUMBER_MAX) -> int | None:
    """Read a whole number of ordinary length, in wide digits, too; None where it is none, or more than *most*."""
    text = unicodedata.normalize("NFKC", text) if text else text
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None
    return number if number is not None and number <= most else None


def read_time(text: str) -> datetime | None:
    """Read what a field for date and time gives, by the clock of Shanghai; None where it is none."""
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=SHANGHAI) if found.year in YEARS else None
    return None
