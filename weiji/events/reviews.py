"""What reviews tell. The stream is the shop, the subject is the order. What was said blind, and what rules or staff say
of it, is in no event of theirs.
"""

from uuid import UUID

from weiji.events.model import Event


class TradeReviewed(Event, frozen=True, kw_only=True):
    """The buyer of a settled trade said what they think of it. Nobody sees it yet, unless `is_revealed`."""

    is_revealed: bool


class BuyerRated(Event, frozen=True, kw_only=True):
    """The shop said what it thinks of the buyer of a settled trade. Nobody sees it yet, unless `is_revealed`."""

    buyer_id: UUID
    is_revealed: bool


class TradeRevealed(Event, frozen=True, kw_only=True):
    """What was said of a trade is seen from now on: both have said something, or the time was up.

    Scores are 1 to 5, None where the buyer said nothing; `goods` are of each line that is seen.
    """

    buyer_id: UUID
    goods: tuple[int, ...] = ()
    service: int | None = None
    shipping: int | None = None
    rating: str | None = None
    """`good`, `neutral` or `bad`: what the shop said of the buyer."""


class ReviewAnswered(Event, frozen=True, kw_only=True):
    """The shop answered what a buyer said of a line."""

    line: int
    product_id: UUID


class ReviewFollowedUp(Event, frozen=True, kw_only=True):
    """The buyer added something to what they said of a line."""

    line: int
    product_id: UUID


class ReviewReported(Event, frozen=True, kw_only=True):
    """Somebody complained of a review."""

    line: int
    kind: str


class ReviewRuled(Event, frozen=True, kw_only=True):
    """The operator's staff ruled on a review: it is removed, or it is (again) shown."""

    line: int
    is_removed: bool
    reason: str


class TradeReported(Event, frozen=True, kw_only=True):
    """The buyer of a trade complained of how its shop comes by its reviews. The stream is the person's own: only one
    can have complained, and the shop does not learn of it.
    """

    order_id: UUID
    kind: str


class TradeReportRuled(Event, frozen=True, kw_only=True):
    """The operator's staff answered what the buyer of a trade complained of. The stream is the person's own who ruled:
    its shop does not learn that somebody complained.
    """

    order_id: UUID
    reason: str


class ReviewHeld(Event, frozen=True, kw_only=True):
    """Word rules found something in what somebody wrote: it is not seen, and does not count, until staff have looked.
    Of a review that is blind, it is told once the trade is revealed, if it still waits then.

    `part` is `review`, `answer` or `follow_up`; `rules` are the names of what found it.
    """

    line: int
    part: str
    rules: tuple[str, ...]


class ReviewHoldJudged(Event, frozen=True, kw_only=True):
    """The operator's staff released what was held, or refused it. Of a review that was blind then, only a refusal is
    told, once the trade is revealed.
    """

    line: int
    part: str
    is_released: bool
    reason: str


class BlindReviewJudged(Event, frozen=True, kw_only=True):
    """The operator's staff released a held review that its shop does not see yet, or refused it. The stream is the
    person's own.
    """

    order_id: UUID
    line: int
    is_released: bool
    reason: str
