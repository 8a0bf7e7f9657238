"""What people may not call themselves: a module above that looks at words says so, before anybody has the name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Reader


class RefusedWord(Struct, frozen=True):
    """Words of a name that can't be in it: as they were written, and why."""

    found: str
    reason: str


ScreenNames: TypeAlias = Callable[[Reader, Sequence[tuple[UUID, str]]], Awaitable[list[list[RefusedWord]]]]
"""Says what can't be in names, each of a person, in their order."""

SCREENS: Final[list[ScreenNames]] = []


async def screen_names(reader: Reader, names: Sequence[tuple[UUID, str]]) -> list[list[RefusedWord]]:
    """Say what can't be in names, in their order; nothing is wrong with most."""
    found: list[list[RefusedWord]] = [[] for _ in names]
    for screen in SCREENS if names else ():
        for its, more in zip(found, await screen(reader, names), strict=True):
            its += more
    return found
