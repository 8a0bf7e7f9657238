"""Money that is moved by hand: one of the staff proposes it, another approves exactly that."""

from weiji.approvals.model import (
    Adjustment,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideProposal,
    DecideResult,
    DecideStatus,
    PayoutRelease,
    PeriodClose,
    Place,
    PlaceKind,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    RefundByHand,
    State,
    Verdict,
    WriteOff,
)
from weiji.approvals.operations import decide_proposals, propose_deeds
from weiji.approvals.rules import hash_of

__all__ = [
    "Adjustment",
    "CourtExecution",
    "CourtFreeze",
    "CourtRelease",
    "DecideProposal",
    "DecideResult",
    "DecideStatus",
    "PayoutRelease",
    "PeriodClose",
    "Place",
    "PlaceKind",
    "Proposal",
    "ProposeDeed",
    "ProposeStatus",
    "RefundByHand",
    "State",
    "Verdict",
    "WriteOff",
    "decide_proposals",
    "hash_of",
    "propose_deeds",
]
