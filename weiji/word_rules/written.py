"""What people wrote lately, wherever word rules hold. Each module that has some says here how it is read.

Whoever tries rules reads it by shard, some at a time: a module that has texts of its own registers its reader, so that
modules above whoever tries them are read, too.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Reader
from weiji.word_rules.model import Field, Place


class Shown(Struct, frozen=True):
    """Where something that everybody may read stands, and what it is called there."""

    path: str
    title: str
    shop_name: str


class Written(Struct, frozen=True, kw_only=True):
    """A thing with what was written of it, as rules look at it when it is saved."""

    id: UUID
    """What words are allowed of."""
    shop_id: UUID | None
    """None: it is no shop's."""
    texts: Sequence[tuple[Field, str]]
    shown: Shown | None = None
    """None: not everybody may read it, so it is counted and not shown."""
    is_recent: bool = True
    """Whether it was written in the time that was asked for; what is on sale is read whenever that was."""
    is_on_sale: bool = False
    """Whether rules that are published look at it at once."""


class Slice(Struct, frozen=True):
    """Some things that were written, and what those behind them come after; None: there are no more."""

    things: Sequence[Written]
    next: UUID | None


ReadWritten: TypeAlias = Callable[[Reader, int, UUID, datetime, int], Awaitable[Slice]]
"""Reads what was written in a shard since a time: behind an id, in the order of ids, so many rows at most."""

WRITTEN: Final[dict[Place, ReadWritten]] = {}


def slice_of(things: Sequence[Written], read: Sequence[UUID], limit: int) -> Slice:
    """Give *things* that were found among rows, *read* by id; those that say nothing are left out."""
    return Slice([each for each in things if each.texts], read[-1] if len(read) == limit else None)
