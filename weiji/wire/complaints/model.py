"""The words of complaints about merchant orders: what is asked, said and decided, and how that can end."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal
from weiji.wire.complaints.machine import OPEN, WITH_STAFF, ComplaintState
from weiji.word_rules import Action

WORDS_MAX: Final = 500
"""Characters of what somebody says at once."""

PROOF_MAX: Final = 9
"""Pictures that somebody shows at once."""

SAYINGS_MAX: Final = 40
"""What each side says at most, after what was asked."""

MARKS_MAX: Final = 100
"""Marks of one complaint; who says more that word rules find is marked enough."""

TIMES_MAX: Final = 3
"""Complaints about one order."""

DAYS_MAX: Final = 180
"""So long after it was paid an order may be complained about."""


class ComplaintReason(StrEnum):
    """What somebody complains of who paid a merchant order."""

    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    CHARGED_WRONG = "charged_wrong"
    """Twice, too much, or for something that was not ordered."""
    NO_ANSWER = "no_answer"
    """The merchant can't be reached."""
    NO_REFUND = "no_refund"
    """What was promised to come back did not."""
    FRAUD = "fraud"
    OTHER = "other"


class Ruling(Struct, frozen=True, kw_only=True):
    """What one of the operator's staff signed: how much goes back (fen; 0: nothing), and why."""

    amount: int
    words: str
    signed_by: UUID
    signed_at: datetime


class Objection(Struct, frozen=True, kw_only=True):
    """What another of the staff did not sign, and why."""

    ruling: Ruling
    words: str
    by: UUID
    at: datetime


class ComplaintMark(Struct, frozen=True, kw_only=True):
    """What a word rule found in what one side said: nothing comes of it but that the staff look."""

    by: Literal["buyer", "merchant"]
    rule_id: UUID
    name: str
    """What staff call the rule, when it was found."""
    action: Action
    """What the rule does elsewhere."""
    word: str
    found: str
    """The text as it was written."""
    at: datetime


class Complaint(Struct, kw_only=True):
    """What somebody asks for who paid a merchant order, and what became of it. Amounts are fen."""

    id: UUID
    order_id: UUID
    shop_id: UUID
    maker_id: UUID | None
    """The shop whose program made the order: the same, or its service provider's. None: old code wrote it."""
    payer_id: UUID
    number: int
    """The first about its order, or the second …"""
    reason: ComplaintReason
    words: str
    proof: tuple[str, ...]
    amount: int
    """What is to go back; 0: an answer will do. Once it is decided, what goes back."""
    state: ComplaintState
    said_last: Literal["buyer", "merchant"] | None = None
    """Who spoke last, as long as nothing was done since."""
    payer_said: int = 0
    shop_said: int = 0
    ruling: Ruling | None = None
    """What is proposed, or was decided by the staff."""
    objections: tuple[Objection, ...] = ()
    """What was proposed and not signed, the last at the end: for the staff alone."""
    refund_id: UUID | None = None
    due_at: datetime | None = None
    """When the clock acts; where the staff are to decide: until when they should."""
    asked_at: datetime
    further_at: datetime | None = None
    """Since when it is with the operator's staff."""
    ended_at: datetime | None = None
    marks: tuple[ComplaintMark, ...] = ()
    """What word rules found in what was said, once for each side, rule and word: for the staff alone."""
    decided_at: datetime | None = None
    """When the operator's staff decided it; None where its sides, or the money, ended it before."""

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided."""
        return self.state in OPEN

    @property
    def is_with_staff(self) -> bool:
        """Whether the operator's staff are to decide it."""
        return self.state in WITH_STAFF


class AskComplaint(Struct, frozen=True, kw_only=True):
    """Complain about a merchant order that one paid. The caller makes `id`, in the shard of the order.

    The edge has proved that the actor is the payer: signed in, or by the ticket that a guest got after paying.
    """

    id: UUID
    order_id: UUID
    reason: ComplaintReason
    words: str
    amount: int
    """What is to go back (fen); 0: an answer will do."""
    actor: Actor
    proof: tuple[str, ...] = ()


class ComplaintMove(Struct, frozen=True, kw_only=True):
    """Something done to a complaint. A payer is known by `actor.person_id`; a merchant names the shop."""

    complaint_id: UUID
    actor: Actor
    shop_id: UUID | None = None


class SayInComplaint(ComplaintMove, frozen=True, kw_only=True):
    """Tell the other side something, and show pictures."""

    words: str
    proof: tuple[str, ...] = ()


class RefuseComplaint(ComplaintMove, frozen=True, kw_only=True):
    """Say no to what is asked for, and why."""

    words: str
    proof: tuple[str, ...] = ()


class AgreeToComplaint(ComplaintMove, frozen=True, kw_only=True):
    """Give back what is asked for."""


class CompleteComplaint(ComplaintMove, frozen=True, kw_only=True):
    """Say that it is dealt with."""


class TakeComplaintFurther(ComplaintMove, frozen=True, kw_only=True):
    """Have the operator's staff decide."""


class WithdrawComplaint(ComplaintMove, frozen=True, kw_only=True):
    """End it: it is dealt with, or given up."""


class ExpireComplaint(ComplaintMove, frozen=True, kw_only=True):
    """End what its payer let pass."""


class StaffMove(ComplaintMove, frozen=True, kw_only=True):
    """Something that one of the operator's staff does, who works for `shops`."""

    shops: tuple[UUID, ...] = ()
    refusal: Refusal | None = None
    """Why the payment password that was to sign it opens nothing; the edge checked it."""


class DecideComplaint(StaffMove, frozen=True, kw_only=True):
    """Sign what comes of it: how much goes back (fen; 0: nothing), and why."""

    amount: int
    words: str


class SecondDecision(StaffMove, frozen=True, kw_only=True):
    """Sign, as another, what was proposed.

    `seen` is the hash of what was shown (`seal_of`): if it is another by now, in a word or a fen, nothing is done.
    """

    seen: str


class RejectDecision(StaffMove, frozen=True, kw_only=True):
    """Do not sign what another proposed, and say why; `seen` is as in `SecondDecision`."""

    seen: str
    words: str


class NoteOrderRefund(Struct, frozen=True, kw_only=True):
    """Note that money of an order is on its way back, or has arrived."""

    order_id: UUID
    refund_id: UUID
    is_whole: bool = False
    """Whether nothing is left of the order with this refund, which is on its way."""


class ComplaintStatus(StrEnum):
    """How an act on a complaint about a merchant order ended. Where several apply, the first listed is given."""

    DONE = "done"
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or somebody else paid it."""
    COMPLAINT_NOT_FOUND = "complaint_not_found"
    """There is none, or it is somebody else's."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """It signs what the staff decide."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    EXISTS = "exists"
    """It was done before."""
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The state of the order, or of the complaint, does not have it (docs/reference/machines.md)."""
    TOO_EARLY = "too_early"
    """Its time has not come."""
    TOO_LATE = "too_late"
    """The days for complaining are over."""
    COMPLAINT_OPEN = "complaint_open"
    """There is one about this order already."""
    TOO_MANY_COMPLAINTS = "too_many_complaints"
    """There were three about this order."""
    IS_PARTY = "is_party"
    """Whoever paid it, or works for the shop or the service provider that made its order, does not decide it."""
    ANOTHER_NEEDED = "another_needed"
    """Whoever signed it first is not the second."""
    DECISION_DIFFERS = "decision_differs"
    """What is proposed is not what was shown: look again."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """Less than nothing, or more than is left of the order; or no money is asked for."""
    WORDS_INVALID = "words_invalid"
    """Missing, too long, or no text."""
    WORDS_REFUSED = "words_refused"
    """They say what the operator's word rules refuse. With the staff nothing is refused: they read what was found."""
    PROOF_INVALID = "proof_invalid"
    """More than nine pictures, or one that was not uploaded for this order."""
    TOO_MANY_SAYINGS = "too_many_sayings"
    """This side spoke 40 times."""
    CHARGED_BACK = "charged_back"
    """A channel took so much back for its payer, and did not give it again: it goes back once."""
    SHARED_OUT = "shared_out"
    """Others have a part of the order's money: it comes back from them first."""


class DecisionResult(Struct, frozen=True, kw_only=True):
    """The answer to what one of the staff signs. What the payment password is told of, is for who typed it."""

    status: ComplaintStatus
    tries_left: int | None = None
    """How often it may be typed wrong until it is locked."""
    locked_until: datetime | None = None
