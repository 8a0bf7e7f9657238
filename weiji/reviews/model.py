"""The words of reviews: what buyers and shops say of a trade, what becomes of it, and how each command ends."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

REVIEW_WITHIN: Final = timedelta(days=15)
"""How long after a trade is settled both may say what they think of it; then whatever was said is revealed."""

FOLLOW_UP_WITHIN: Final = timedelta(days=180)
"""How long after a trade is settled its buyer may add something."""

TEXT_MAX: Final = 1_000
"""Characters of a review and of what is added to it."""

ANSWER_MAX: Final = 500
"""Characters of what a shop says, of a reason and of a report."""

HELD_WORDS_MAX: Final = 50
"""Words that a hold keeps."""

PHOTOS_MAX: Final = 6
"""Photos of one line."""

MONTHS_SHOWN: Final = 6
"""Months whose scores stand beside a shop's name."""

STARS: Final = range(1, 6)


class LineReview(Struct, frozen=True, kw_only=True):
    """What a buyer says of one line: how far the goods are what was described, in words, and with photos."""

    line: int
    score: int
    text: str = ""
    photos: tuple[str, ...] = ()
    """Addresses of pictures that were uploaded for the trade."""


class ReviewTrade(Struct, frozen=True, kw_only=True):
    """Say, as its buyer, what one thinks of a settled trade: of every line, of the service, of the shipping."""

    order_id: UUID
    service: int
    shipping: int
    lines: tuple[LineReview, ...]
    actor: Actor
    is_anonymous: bool = True
    shops: tuple[UUID, ...] = ()
    """For which shops they work."""


class ReviewStatus(StrEnum):
    """How reviewing a trade ended. Where several apply, the first listed is given."""

    REVIEWED = "reviewed"
    HELD = "held"
    """It is kept, but some of its words are looked at before anybody sees them, or they count."""
    EXISTS = "exists"
    """The same was said before."""
    ORDER_NOT_FOUND = "order_not_found"
    ALREADY_REVIEWED = "already_reviewed"
    """Something else was said before: what is said is said. Later something can be added."""
    OWN_SHOP = "own_shop"
    """They work for the shop by now."""
    NOT_SETTLED = "not_settled"
    """The trade is not settled (yet): without money that changed hands nobody reviews."""
    UNDONE = "undone"
    """All of its money went back: there was no trade to review."""
    TOO_LATE = "too_late"
    """More than 15 days after the settlement."""
    LINES_DIFFER = "lines_differ"
    """Not each line of the order once."""
    SCORE_OUT_OF_RANGE = "score_out_of_range"
    """1 to 5."""
    TEXT_MALFORMED = "text_malformed"
    """More than 1,000 characters."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse: `CheckWords` tells what, and why."""
    PHOTOS_NOT_FOUND = "photos_not_found"
    """More than 6 of a line, or one that was not uploaded for this trade."""


class Rating(StrEnum):
    """What a shop thinks of a buyer."""

    GOOD = "good"
    NEUTRAL = "neutral"
    BAD = "bad"


class RateBuyer(Struct, frozen=True, kw_only=True):
    """Say, as the shop, what one thinks of the buyer of a settled trade."""

    order_id: UUID
    shop_id: UUID
    rating: Rating
    text: str
    actor: Actor


class RateStatus(StrEnum):
    """How rating a buyer ended. Where several apply, the first listed is given."""

    RATED = "rated"
    EXISTS = "exists"
    ORDER_NOT_FOUND = "order_not_found"
    ALREADY_RATED = "already_rated"
    NOT_SETTLED = "not_settled"
    UNDONE = "undone"
    """All of its money went back."""
    TOO_LATE = "too_late"
    TEXT_MALFORMED = "text_malformed"
    """More than 500 characters."""
    OFFERS_PAYMENT = "offers_payment"
    """It offers something for a review, which is forbidden."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse, or want looked at: nothing said of a buyer is held. `CheckWords`
    tells what, and why.
    """


class RevealTrade(Struct, frozen=True, kw_only=True):
    """Let what was said of a trade be seen, now that its time is up."""

    order_id: UUID


class UndoTrade(Struct, frozen=True, kw_only=True):
    """Let what was said of a trade count for nothing, now that all of its money went back."""

    order_id: UUID


class AnswerReview(Struct, frozen=True, kw_only=True):
    """Answer, as the shop, what a buyer said of a line, once it is seen."""

    order_id: UUID
    line: int
    shop_id: UUID
    text: str
    actor: Actor


class AnswerStatus(StrEnum):
    """How answering ended. Where several apply, the first listed is given."""

    ANSWERED = "answered"
    HELD = "held"
    """It is kept, but its words are looked at before anybody sees them."""
    EXISTS = "exists"
    REVIEW_NOT_FOUND = "review_not_found"
    """There is none of the shop's, or nobody sees it yet."""
    ALREADY_ANSWERED = "already_answered"
    UNDONE = "undone"
    """All of the trade's money went back: nobody sees the review any more."""
    TEXT_MALFORMED = "text_malformed"
    """1 to 500 characters."""
    OFFERS_PAYMENT = "offers_payment"
    """It offers something for a review, which is forbidden."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse: `CheckWords` tells what, and why."""


class FollowUp(Struct, frozen=True, kw_only=True):
    """Add something, as the buyer, to what one said of a line, once it is seen."""

    order_id: UUID
    line: int
    text: str
    actor: Actor
    shops: tuple[UUID, ...] = ()
    """For which shops they work."""


class FollowUpStatus(StrEnum):
    """How adding ended. Where several apply, the first listed is given."""

    ADDED = "added"
    HELD = "held"
    """It is kept, but its words are looked at before anybody sees them."""
    EXISTS = "exists"
    REVIEW_NOT_FOUND = "review_not_found"
    ALREADY_ADDED = "already_added"
    OWN_SHOP = "own_shop"
    """They work for the shop by now."""
    UNDONE = "undone"
    """All of the trade's money went back: nobody sees the review any more."""
    TOO_LATE = "too_late"
    """More than 180 days after the settlement."""
    TEXT_MALFORMED = "text_malformed"
    """1 to 1,000 characters."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse: `CheckWords` tells what, and why."""


class Part(StrEnum):
    """What of a review somebody wrote."""

    REVIEW = "review"
    ANSWER = "answer"
    FOLLOW_UP = "follow_up"


class Screening(StrEnum):
    """What word rules, and then staff, make of what somebody wrote. What is written is never changed."""

    CLEAR = "clear"
    """It may be seen."""
    HELD = "held"
    """Somebody looks at it first."""
    REFUSED = "refused"
    """Somebody did, and said no."""


class HeldWord(Struct, frozen=True, kw_only=True):
    """Why something is held: which rule found which word, as it was written."""

    rule_id: UUID
    name: str
    found: str
    reason: str


class Hold(Struct, frozen=True, kw_only=True):
    """That something somebody wrote is held, and what staff said to it."""

    order_id: UUID
    line: int
    part: Part
    shop_id: UUID
    words: tuple[HeldWord, ...]
    held_at: datetime
    judged_at: datetime | None = None
    judged_by: UUID | None = None
    is_released: bool | None = None
    reason: str = ""


class JudgeHold(Struct, frozen=True, kw_only=True):
    """Release, as the operator's staff, what is held, or refuse it and say why."""

    order_id: UUID
    line: int
    part: Part
    is_released: bool
    reason: str
    """Who wrote it reads it; of a review that is refused, everybody."""
    actor: Actor
    is_own: bool = False
    """Whether whoever judges works for the shop."""


class JudgeHoldStatus(StrEnum):
    """How judging ended. Where several apply, the first listed is given."""

    RELEASED = "released"
    REFUSED = "refused"
    EXISTS = "exists"
    """The same staff judged it so before."""
    HOLD_NOT_FOUND = "hold_not_found"
    ALREADY_JUDGED = "already_judged"
    OWN_SHOP = "own_shop"
    """Nobody judges what was said of a shop that they work for, or by themselves."""
    REASON_MALFORMED = "reason_malformed"
    """A refusal has a reason; at most 500 characters."""


class ReportKind(StrEnum):
    """What somebody complains of."""

    PAID = "paid"
    """The shop gives something for reviews."""
    ABUSE = "abuse"
    PRIVACY = "privacy"
    """It tells of somebody what is nobody's business."""
    ADVERT = "advert"
    UNTRUE = "untrue"


class ReportReview(Struct, frozen=True, kw_only=True):
    """Complain of a review that is seen. Of line 0, the trade itself, only its buyer may. The caller makes `id`."""

    id: UUID
    order_id: UUID
    line: int
    kind: ReportKind
    text: str
    actor: Actor


class ReportStatus(StrEnum):
    """How reporting ended. Where several apply, the first listed is given."""

    REPORTED = "reported"
    EXISTS = "exists"
    """The same person complained of it before."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    REVIEW_NOT_FOUND = "review_not_found"
    ID_TAKEN = "id_taken"
    """Another report has it."""
    TEXT_MALFORMED = "text_malformed"
    """More than 500 characters."""


class RuleReview(Struct, frozen=True, kw_only=True):
    """Rule, as the operator's staff, whether a review is removed; all open reports of it are answered by that."""

    order_id: UUID
    line: int
    is_removed: bool
    reason: str
    actor: Actor
    is_own: bool = False
    """Whether whoever rules works for the shop."""


class RuleStatus(StrEnum):
    """How ruling ended. Where several apply, the first listed is given."""

    RULED = "ruled"
    EXISTS = "exists"
    """It is so already, and no report waits."""
    REVIEW_NOT_FOUND = "review_not_found"
    OWN_SHOP = "own_shop"
    """Nobody rules on what was said of a shop that they work for, or by themselves."""
    REASON_MALFORMED = "reason_malformed"
    """1 to 500 characters."""
    NOTHING_TO_REMOVE = "nothing_to_remove"
    """Line 0 is the trade: of what the shop did, only reports are answered."""


class Review(Struct, frozen=True, kw_only=True):
    """What a buyer said of a line, and what came of it."""

    order_id: UUID
    line: int
    shop_id: UUID
    product_id: UUID
    title: str
    choices: tuple[str, ...]
    score: int
    text: str
    photos: tuple[str, ...]
    written_at: datetime
    revealed_at: datetime | None = None
    answer: str = ""
    answered_at: datetime | None = None
    follow_up: str = ""
    followed_up_at: datetime | None = None
    removed_at: datetime | None = None
    removed_by: UUID | None = None
    removal_reason: str = ""
    text_screening: Screening = Screening.CLEAR
    answer_screening: Screening = Screening.CLEAR
    follow_up_screening: Screening = Screening.CLEAR

    @property
    def is_shown(self) -> bool:
        """Whether what it says is seen, and counts."""
        is_clear = self.text_screening is Screening.CLEAR
        return self.revealed_at is not None and self.removed_at is None and is_clear


class ReviewedTrade(Struct, frozen=True, kw_only=True):
    """A trade of which somebody said something."""

    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    number: str
    buyer_name: str
    settled_at: datetime
    due_at: datetime
    is_anonymous: bool = True
    service: int | None = None
    shipping: int | None = None
    written_at: datetime | None = None
    rating: Rating | None = None
    rating_text: str = ""
    rated_at: datetime | None = None
    revealed_at: datetime | None = None
    undone_at: datetime | None = None
    """When the last of its money had gone back: what was said of it counts for nothing."""


class Report(Struct, frozen=True, kw_only=True):
    """That somebody complained, and what was ruled."""

    id: UUID
    order_id: UUID
    line: int
    shop_id: UUID
    person_id: UUID
    kind: ReportKind
    text: str
    reported_at: datetime
    ruled_at: datetime | None = None
    ruled_by: UUID | None = None
    is_removed: bool | None = None
    ruling: str = ""


class Scores(Struct, frozen=True, kw_only=True):
    """What a shop scored over six months, in hundredths of a star; 0 without a review."""

    goods: int = 0
    service: int = 0
    shipping: int = 0
    trades: int = 0


class Month(Struct, frozen=True, kw_only=True):
    """What the trades of a shop that were revealed in a month scored."""

    shop_id: UUID
    month: date
    goods_sum: int = 0
    goods_number: int = 0
    service_sum: int = 0
    shipping_sum: int = 0
    trades: int = 0
