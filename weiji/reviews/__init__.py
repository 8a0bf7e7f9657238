"""Reviews: what buyers say of what they bought, and shops of who bought. See README.md."""

from weiji.reviews.model import (
    FOLLOW_UP_WITHIN,
    PHOTOS_MAX,
    REVIEW_WITHIN,
    AnswerReview,
    FollowUp,
    LineReview,
    RateBuyer,
    Rating,
    ReportKind,
    ReportReview,
    ReviewTrade,
    RuleReview,
)
from weiji.reviews.operations import (
    answer_reviews,
    follow_up_reviews,
    rate_buyers,
    report_reviews,
    review_trades,
    rule_reviews,
)
from weiji.reviews.store import ShownReview, get_shop_reviews
from weiji.reviews.written import read_written

__all__ = [
    "FOLLOW_UP_WITHIN",
    "PHOTOS_MAX",
    "REVIEW_WITHIN",
    "AnswerReview",
    "FollowUp",
    "LineReview",
    "RateBuyer",
    "Rating",
    "ReportKind",
    "ReportReview",
    "ReviewTrade",
    "RuleReview",
    "ShownReview",
    "answer_reviews",
    "follow_up_reviews",
    "get_shop_reviews",
    "rate_buyers",
    "read_written",
    "report_reviews",
    "review_trades",
    "rule_reviews",
]
