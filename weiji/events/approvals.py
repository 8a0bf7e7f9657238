"""What approvals tell. Stream and subject are the proposal."""

from uuid import UUID

from weiji.events.model import Event


class ProposalMade(Event, frozen=True, kw_only=True):
    """One of the staff proposed to move money by hand (`amount` None: what there is). `hash` is of exactly that."""

    proposal_id: UUID
    deed: str
    amount: int | None
    hash: str
    reason: str


class ProposalApproved(Event, frozen=True, kw_only=True):
    """Another of the staff approved what has this hash, and it was done."""

    proposal_id: UUID
    deed: str
    amount: int | None
    hash: str


class ProposalFailed(Event, frozen=True, kw_only=True):
    """Another of the staff approved it, and the ledger refused: nothing was moved."""

    proposal_id: UUID
    deed: str
    failure: str


class ProposalRejected(Event, frozen=True, kw_only=True):
    """Another of the staff rejected it."""

    proposal_id: UUID
    deed: str
    note: str


class ProposalWithdrawn(Event, frozen=True, kw_only=True):
    """Who had proposed it took it back."""

    proposal_id: UUID
    deed: str
