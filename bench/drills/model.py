"""What a drill is."""

from collections.abc import Callable

from msgspec import Struct

Outcome = dict[str, int | float]


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
