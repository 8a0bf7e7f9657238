"""What credit tells. The stream is the shop; for the rules, their author."""

from uuid import UUID

from weiji.events.model import Event


class ShopGraded(Event, frozen=True, kw_only=True):
    """A shop has another grade: 0 for none yet, 1…5 hearts, 6…10 diamonds, 11…15 blue crowns, 16…20 gold crowns."""

    shop_id: UUID
    grade_before: int
    grade: int
    score: int


class CreditRulesPublished(Event, frozen=True, kw_only=True):
    """The operator changed what counts, or which score is which grade. Every shop is graded anew."""

    version: int
    reason: str
