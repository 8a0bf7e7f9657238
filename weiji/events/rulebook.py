"""What the rulebook tells of rules that two of the staff decide about. Streams are their authors'."""

from datetime import datetime

from weiji.events.model import Event


class RulesProposed(Event, frozen=True, kw_only=True):
    """One of the staff proposed a version of the rules `of` (JSON): it takes another to publish it.

    `effective_at` None: they are to be in force as soon as that is done.
    """

    of: str
    version: int
    effective_at: datetime | None
    rules: str
    reason: str


class ApprovalRulesPublished(Event, frozen=True, kw_only=True):
    """The operator published what takes two of the staff, from now on."""

    version: int
    reason: str
