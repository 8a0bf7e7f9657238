"""What reconciliation tells. Stream and subject are the break itself.

Amounts are fen: what the channel has more than our books; less is negative.
"""

from typing import Literal, TypeAlias

from weiji.events.model import Event

Way: TypeAlias = Literal[
    "own_funds",
    "reversed",
    "later_day",
    "told",
    "fee",
    "arrived",
    "returned",
    "paid",
    "corrected",
    "charged_back",
]
"""How a break ends."""


class BreakFound(Event, frozen=True, kw_only=True):
    """A channel's statement says something else than our books, and the difference is in suspense."""

    channel: str
    day: str
    kind: str
    class_name: str
    reference: str
    amount: int


class ResolutionProposed(Event, frozen=True, kw_only=True):
    """Somebody proposed how a break ends; somebody else is to agree."""

    resolution: Way
    amount: int
    note: str


class ResolutionRefused(Event, frozen=True, kw_only=True):
    """What was proposed for a break was sent back."""

    note: str


class BreakResolved(Event, frozen=True, kw_only=True):
    """A break ended: by itself, or since two people decided so."""

    resolution: Way
    amount: int
