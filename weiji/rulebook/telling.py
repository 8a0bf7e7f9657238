"""How whoever is to agree to a version of rules reads it: in the words of the page that it is of."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from msgspec import Struct

from weiji.kit.db import Reader

Change: TypeAlias = tuple[str, str, str]
"""What a rule is called, what it was, what it is to be."""


class Teller(Struct, frozen=True, eq=False):
    """Tells of the rules of one kind: what they are called, where they stand, and what a version changes.

    *tell* takes the last version and the new one, as JSON has them; the former is None for rules that are not in the
    rulebook. What is in force is no measure: a version that was published, and comes into force later, would be undone
    unseen. At most one statement. *see* names the page that shows what was tried of them, if any.
    """

    name: Callable[[], str]
    path: str
    tell: Callable[[Reader, Any, Any], Awaitable[list[Change]]]
    see: Callable[[Any], str | None] = lambda _: None


TELLERS: Final[dict[str, Teller]] = {}
"""By the names of the rules."""
