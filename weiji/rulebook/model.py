"""The words of the rulebook: sets of rules, their versions, and how publishing one ends."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor, Event
from weiji.kit.db import Transaction

REASON_MAX: Final = 500
"""Characters of why a version was published."""

VERSION_MAX: Final = 10**9

RULES_LENGTH_MAX: Final = 200_000
"""Bytes of the JSON of a version."""

R = TypeVar("R")


class Version(Struct, Generic[R], frozen=True, kw_only=True):
    """A version of rules: since or from when it is in force, who published it, and why."""

    version: int
    effective_at: datetime
    rules: R
    author_id: UUID | None
    reason: str
    created_at: datetime
    approver_id: UUID | None = None
    """Who else of the staff agreed, where it took two."""
    author: str | None = None
    """What whoever published it is called; null: it came with the program, or is not asked for here."""
    approver: str | None = None


class PublishRulesStatus(StrEnum):
    """How publishing rules ended. Where several apply, the first listed is given. Most are for some rules only."""

    PUBLISHED = "published"
    REASON_MISSING = "reason_missing"
    """There must be one, of at most 500 characters."""
    THRESHOLDS_DO_NOT_RISE = "thresholds_do_not_rise"
    """Each grade begins above the one before; the first with at least one point."""
    RULE_TWICE = "rule_twice"
    """Two rules are for the same."""
    CATEGORY_NOT_FOUND = "category_not_found"
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    PROPOSED = "proposed"
    """The operator's rules say that it takes two of the staff: it waits for another (`approvals`)."""


class RuleSet(Struct, Generic[R], frozen=True, eq=False):
    """Rules of one kind: a struct whose types and bounds say what may be chosen, and whose defaults are the program's.

    `judge` says what the types can't; None: nothing. `tell` makes the event of a version that was published.
    """

    name: str
    kind: type[R]
    tell: "Callable[[Publishing[R]], Event]"
    judge: "Callable[[Transaction, Publishing[R]], Awaitable[PublishRulesStatus | None]] | None" = None

    def __post_init__(self) -> None:
        """Be known by name."""
        PUBLISHERS[self.name] = self


class PublishRules(Struct, Generic[R], frozen=True, kw_only=True):
    """Let other rules be in force from `effective_at` on; None: at once. `version` is the one after the latest."""

    of: RuleSet[R]
    version: int
    rules: R
    reason: str
    actor: Actor
    effective_at: datetime | None = None
    approver_id: UUID | None = None
    """Who else of the staff agreed."""


class Publishing(Struct, Generic[R], frozen=True, kw_only=True):
    """What is to be published, with the time from which it will be in force."""

    version: int
    rules: R
    reason: str
    effective_at: datetime


class ReleaseRules(Struct, Generic[R], frozen=True, kw_only=True):
    """Publish the version that *author_id* proposed and *approver_id* agreed to."""

    of: str
    version: int
    rules: R
    reason: str
    effective_at: datetime | None
    author_id: UUID
    approver_id: UUID


class Publisher(Struct, Generic[R], frozen=True, eq=False):
    """How rules are released that another module keeps in a table of its own; `release` says why it did not."""

    name: str
    kind: type[R]
    release: Callable[[Transaction, ReleaseRules[R]], Awaitable[str | None]]

    def __post_init__(self) -> None:
        """Be known by name."""
        PUBLISHERS[self.name] = self


PUBLISHERS: Final[dict[str, RuleSet[Any] | Publisher[Any]]] = {}
"""All rules that there are, by their names: what is proposed and stored has only that."""
