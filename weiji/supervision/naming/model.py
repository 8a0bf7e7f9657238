"""The words of marked names."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.supervision.inquiries.model import Finding

REASON_MAX: Final = 300
"""Characters of why a name is taken."""

FINDINGS_MAX: Final = 20
"""Findings that a mark keeps: a name is short."""

DUE: Final = timedelta(hours=48)
"""How long staff have to look at a name: everybody sees it meanwhile."""


class NameVerdict(StrEnum):
    """What comes of a mark."""

    ALLOWED = "allowed"
    """The person may be called so: what was found in it may be said by them."""
    TAKEN = "taken"
    """The person has a plain name, and reads why."""
    CHANGED = "changed"
    """They took another before anybody looked."""


class MarkedName(Struct, frozen=True, kw_only=True):
    """A name in which word rules found something."""

    person_id: UUID
    name: str
    findings: tuple[Finding, ...]
    marked_at: datetime
    due_at: datetime
    verdict: NameVerdict | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None


class DecideName(Struct, frozen=True, kw_only=True):
    """Let a name stand, or take it. *name* is what was seen."""

    person_id: UUID
    name: str
    is_allowed: bool
    reason: str = ""
    actor: Actor


class DecideNameStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    DECIDED = "decided"
    NAME_NOT_FOUND = "name_not_found"
    """Nothing was marked of this person."""
    NAME_CHANGED = "name_changed"
    """They have another name by now."""
    EXISTS = "exists"
    """The same staff decided it so before."""
    ALREADY_DECIDED = "already_decided"
    OWN_NAME = "own_name"
    """Nobody decides about their own name."""
    REASON_MALFORMED = "reason_malformed"
    """Whose name is taken reads a reason of 1 to 300 characters in a line."""
