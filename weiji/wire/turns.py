"""Batches whose later answers hang on what the ledger says to earlier ones: they are taken in a few turns."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

C = TypeVar("C")


def next_turn(commands: Sequence[C], key: Callable[[C], UUID]) -> Sequence[C]:
    """Give the first commands, up to one about the same thing as one before: mostly all."""
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if key(command) in seen:
            return commands[:place]
        seen.add(key(command))
    return commands
