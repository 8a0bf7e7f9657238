"""Inquiries: what the operator's staff look into, complaints about it, and penalties with their appeals."""

from weiji.supervision.inquiries.ladder import COUNTED_FOR, SUSPENSION_POINTS
from weiji.supervision.inquiries.model import (
    AppealPenalty,
    ComplaintKind,
    DecideInquiry,
    FileComplaint,
    SubjectKind,
    TakeInquiry,
    TryWordRules,
    Verdict,
)
from weiji.supervision.inquiries.operations import (
    appeal_penalties,
    decide_inquiries,
    file_complaints,
    screen_products,
    take_inquiries,
)
from weiji.supervision.inquiries.store import list_appeals, list_open, list_penalties_of_shop
from weiji.supervision.inquiries.trying import Trier, try_word_rules

__all__ = [
    "COUNTED_FOR",
    "SUSPENSION_POINTS",
    "AppealPenalty",
    "ComplaintKind",
    "DecideInquiry",
    "FileComplaint",
    "SubjectKind",
    "TakeInquiry",
    "Trier",
    "TryWordRules",
    "Verdict",
    "appeal_penalties",
    "decide_inquiries",
    "file_complaints",
    "list_appeals",
    "list_open",
    "list_penalties_of_shop",
    "screen_products",
    "take_inquiries",
    "try_word_rules",
]
