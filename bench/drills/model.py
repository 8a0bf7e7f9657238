"""What a drill is."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

Outcome = dict[str, int | float]

LANES: Final = 2
"""Lanes of the drills' installations: what goes wrong between two is looked for, too."""


class Drill(Struct, frozen=True):
    """One drill.

    `run` takes `options` by name and returns the figures; those named in `zero` are defects, and must be 0.
    """

    name: str
    proves: str
    options: dict[str, tuple[int, str]]
    """Name → default and meaning."""
    zero: tuple[str, ...]
    run: Callable[..., Outcome]
