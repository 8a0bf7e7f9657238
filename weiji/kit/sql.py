"""Reads the named statements of a `queries.sql`.

A statement begins at `-- name: its_name`; the comment lines after that belong to it.
"""

import re
from pathlib import Path
from typing import Final

from msgspec import Struct

_NAME: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Statement(Struct, frozen=True):
    """One statement: its name, for logs and metrics, and its text."""

    name: str
    text: str


class Statements:
    """The statements of one file, each an attribute by its name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: dict[str, Statement] = {}
        parts = _NAME.split(path.read_text("utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in self.all:
                raise ValueError(f"{path}: the statement {name} is there twice")
            self.all[name] = Statement(f"{path.parent.name}.{name}", text.strip())

    def __getattr__(self, name: str) -> Statement:
        try:
            return self.all[name]
        except KeyError:
            raise AttributeError(f"{self.path} has no statement {name}") from None


def beside(file: str) -> Statements:
    """Read `queries.sql` in the folder of *file*; call it as `sql.beside(__file__)`."""
    return Statements(Path(file).with_name("queries.sql"))
