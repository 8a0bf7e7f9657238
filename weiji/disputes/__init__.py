"""Disputes: what arbiters decide about cases of after-sale that came to nothing. See README.md."""

from weiji.disputes.handlers import jobs, subscriptions
from weiji.disputes.machine import DisputeState
from weiji.disputes.model import (
    DISPUTE_RULES,
    AppealRuling,
    Dispute,
    DisputeResult,
    DisputeRules,
    DisputeStatus,
    OpenDispute,
    RejectRuling,
    RuleDispute,
    SecondRuling,
    Side,
    SubmitEvidence,
    WithdrawDispute,
)
from weiji.disputes.operations import (
    appeal_rulings,
    get_dispute,
    get_statistics,
    open_disputes,
    reject_rulings,
    rule_disputes,
    second_rulings,
    submit_evidence,
    withdraw_disputes,
)
from weiji.disputes.rules import award_for, hash_of, preview
from weiji.disputes.written import read_written

__all__ = [
    "DISPUTE_RULES",
    "AppealRuling",
    "Dispute",
    "DisputeResult",
    "DisputeRules",
    "DisputeState",
    "DisputeStatus",
    "OpenDispute",
    "RejectRuling",
    "RuleDispute",
    "SecondRuling",
    "Side",
    "SubmitEvidence",
    "WithdrawDispute",
    "appeal_rulings",
    "award_for",
    "get_dispute",
    "get_statistics",
    "hash_of",
    "jobs",
    "open_disputes",
    "preview",
    "read_written",
    "reject_rulings",
    "rule_disputes",
    "second_rulings",
    "submit_evidence",
    "subscriptions",
    "withdraw_disputes",
]
