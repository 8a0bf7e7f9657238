"""The ladder: how many points a penalty costs, and what so many points lead to."""

from datetime import timedelta
from typing import Final

from msgspec import Struct

from weiji.supervision.inquiries.model import PenaltyKind

COUNTED_FOR: Final = timedelta(days=365)
"""How long points count."""

DAYS_MAX: Final = 365
"""Days that a penalty lasts at most."""

POINTS: Final = {
    PenaltyKind.WARNING: 1,
    PenaltyKind.TAKEN_DOWN: 2,
    PenaltyKind.LISTING_FROZEN: 3,
    PenaltyKind.LIMITED: 4,
    PenaltyKind.WITHDRAWALS_HELD: 6,
}
"""Points of a penalty that staff or a rule impose. One that an appeal lifts gives them back."""

DAYS: Final = {PenaltyKind.LISTING_FROZEN: 7, PenaltyKind.LIMITED: 15, PenaltyKind.WITHDRAWALS_HELD: 30}
"""How long what restricts a shop lasts, where nobody says for how long."""


class Step(Struct, frozen=True, kw_only=True):
    """What a shop comes to by so many points."""

    points: int
    kind: PenaltyKind
    days: int


STEPS: Final = (
    Step(points=6, kind=PenaltyKind.LISTING_FROZEN, days=7),
    Step(points=12, kind=PenaltyKind.LIMITED, days=15),
    Step(points=18, kind=PenaltyKind.WITHDRAWALS_HELD, days=30),
)
"""What the ladder imposes by itself, as soon as points come to it. It costs no points."""

SUSPENSION_POINTS: Final = 24
"""From how many points on staff look into suspending the shop: that no clock and no rule does."""
