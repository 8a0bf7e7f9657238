"""What the operator's staff did. The stream is the person's own; of inquiries and penalties, the shop's; of proofs, the
books'.
"""

from uuid import UUID

from weiji.events.model import Event


class DeliveryResumed(Event, frozen=True, kw_only=True):
    """An event that a subscriber had failed to take was queued for it once more."""

    subscriber: str
    event_id: UUID


class ProofStarted(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff had the books proved. Stream and subject are the books."""


class ComplaintFiled(Event, frozen=True, kw_only=True):
    """Somebody complained of a product or a shop. What they said is for the operator's staff: no shop learns by which
    id it is read.
    """

    inquiry_id: UUID
    subject_kind: str
    subject_id: UUID
    kind: str


class NameAllowed(Event, frozen=True, kw_only=True):
    """Somebody of the staff let a name stand that word rules had marked. Stream and subject are whose name it is."""


class InquiryOpened(Event, frozen=True, kw_only=True):
    """Rules found something about a product or a shop; `verdict` is set where they took it down at once."""

    inquiry_id: UUID
    subject_kind: str
    subject_id: UUID
    verdict: str | None


class InquiryTaken(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff looks into an inquiry."""

    inquiry_id: UUID


class InquiryDecided(Event, frozen=True, kw_only=True):
    """An inquiry was decided: `dismissed`, `warned`, `taken_down`, `listing_frozen`, `limited`, `withdrawals_held` or
    `suspended`.
    """

    inquiry_id: UUID
    subject_kind: str
    subject_id: UUID
    verdict: str
    reason: str


class PenaltyAppealed(Event, frozen=True, kw_only=True):
    """A shop's owner said why a penalty is wrong."""

    penalty_id: UUID
    text: str


class PenaltyJudged(Event, frozen=True, kw_only=True):
    """Another of the operator's staff decided an appeal; granted, the penalty is lifted."""

    penalty_id: UUID
    is_granted: bool
    reason: str


class ConductRulesPublished(Event, frozen=True, kw_only=True):
    """The operator's staff put or retired rules on conduct, so many. The stream is the author's own."""

    version: int
    put: int
    retired: int
    reason: str


class ConductRuleTried(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff asked what a rule would have found. The stream is the person's own."""

    trial_id: UUID
    name: str


class WordRulesTried(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff asked what so many word rules would find. The stream is the person's own."""

    trial_id: UUID
    rules: int


class DeadlineResumed(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff had something tried again that a job could not do. The stream is their own."""

    job: str
    id: UUID


class PenaltyLifted(Event, frozen=True, kw_only=True):
    """No word rule refuses any more what one had taken down."""

    penalty_id: UUID


class PenaltyEnded(Event, frozen=True, kw_only=True):
    """The time of a penalty was over."""

    penalty_id: UUID
    kind: str


class StepReached(Event, frozen=True, kw_only=True):
    """A shop's points came to a step of the ladder, which imposed a penalty."""

    penalty_id: UUID
    points: int
    kind: str
