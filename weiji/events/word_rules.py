"""What word rules tell. The stream is the author's own."""

from weiji.events.model import Event


class WordRulesPublished(Event, frozen=True, kw_only=True):
    """The operator's staff put or retired word rules: `put` and `retired` say how many."""

    version: int
    put: int
    retired: int
    reason: str
