"""The words of disputes: what sides say, what arbiters rule, and how commands end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from weiji.aftersale import MONEY, CaseKind, Saying, SealedCase
from weiji.approvals import State
from weiji.carriers import TrackingEvent
from weiji.catalog import ProductText
from weiji.disputes.machine import BY_CLOCK, DisputeState, DisputeVerb
from weiji.events import Actor
from weiji.events.disputes import DisputeRulesPublished
from weiji.identity import Refusal
from weiji.rulebook import RuleSet
from weiji.word_rules import Action

CLAIM_MAX: Final = 1_000
"""Characters of a claim, an appeal, or an objection."""

WORDS_MAX: Final = 2_000
"""Characters of evidence, and of a ruling's reasons."""

PICTURES_MAX: Final = 9

RULINGS_MAX: Final = 100
"""Rulings of one dispute, those that were not seconded included."""


class Side(StrEnum):
    """One of the two that a dispute is between."""

    BUYER = "buyer"
    MERCHANT = "merchant"


class SaidIn(StrEnum):
    """Where one side of a dispute says something."""

    CASE = "case"
    """To the other side, about the case: before it was left to arbiters, or since."""
    CLAIM = "claim"
    EVIDENCE = "evidence"
    APPEAL = "appeal"


class Opener(StrEnum):
    """Who left a case to arbiters."""

    BUYER = "buyer"
    MERCHANT = "merchant"
    CLOCK = "clock"
    """Nobody did in time, and the shop has what was sent back."""


class DisputeRules(Struct, frozen=True, kw_only=True):
    """The times of disputes, and from which amount on two arbiters sign."""

    evidence_hours: Annotated[int, Meta(ge=1, le=720, description="Both sides hand in within this.")] = 48
    decide_days: Annotated[int, Meta(ge=1, le=90, description="Arbiters are to decide within this.")] = 7
    appeal_days: Annotated[int, Meta(ge=1, le=30, description="A first ruling may be appealed within this.")] = 3
    second_from: Annotated[
        int,
        Meta(
            ge=0,
            le=10**12,
            description="From so much in dispute of an order on (fen), return postage included, two arbiters sign.",
        ),
    ] = 100_000
    stop_days: Annotated[
        int, Meta(ge=1, le=180, description="What no arbiter decided within this is decided by these rules.")
    ] = 60
    custody_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description="The same of money that is still held, so long after it was paid: who keeps it keeps it no"
            " longer.",
        ),
    ] = 150
    stop_share: Annotated[
        int,
        Meta(
            ge=0, le=100, description="What the buyer gets then (percent), where neither the goods nor evidence tell."
        ),
    ] = 50
    postage_most: Annotated[
        int,
        Meta(
            ge=0,
            le=10**7,
            description="So much (fen) may be awarded at most for what the buyer laid out to send goods back.",
        ),
    ] = 10_000

    @property
    def evidence_for(self) -> timedelta:
        """How long both sides have."""
        return timedelta(hours=self.evidence_hours)

    @property
    def stop_within(self) -> timedelta:
        """When what no arbiter decided is decided by the rules."""
        return timedelta(days=self.stop_days)

    @property
    def custody_for(self) -> timedelta:
        """How long after it was paid money may be held."""
        return timedelta(days=self.custody_days)

    @property
    def decide_within(self) -> timedelta:
        """How long arbiters have."""
        return timedelta(days=self.decide_days)

    @property
    def appeal_within(self) -> timedelta:
        """How long a first ruling may be appealed."""
        return timedelta(days=self.appeal_days)


DISPUTE_RULES: Final = RuleSet(
    name="disputes",
    kind=DisputeRules,
    tell=lambda new: DisputeRulesPublished(version=new.version, reason=new.reason),
)


class OrderFile(Struct, frozen=True, kw_only=True):
    """The order as it was when the dispute was opened: money and times."""

    number: str
    state: str
    goods: int
    freight: int
    total: int
    refunded: int
    placed_at: datetime
    paid_at: datetime | None
    received_at: datetime | None
    settled_at: datetime | None


class DisputedParcel(Struct, frozen=True, kw_only=True):
    """A parcel of the order or of the case, and what its carrier tells of it: what neither side can say otherwise."""

    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    is_return: bool = False
    """Whether goods came back in it."""
    tracking: list[TrackingEvent]
    """The newest 30, or in a file 200; the newest first."""


class File(Struct, frozen=True, kw_only=True):
    """What a dispute is about, as it was when it was opened; the goods in it as they were when they were ordered."""

    case: SealedCase
    order: OrderFile
    goods: ProductText | UnsetType = UNSET
    """What their product said when they were ordered; where that may not be kept, when texts began to be (`as_of`).

    Files from before any were kept have none, nor has their hash.
    """
    sayings: tuple[Saying, ...] | UnsetType = UNSET
    """What both sides told each other about the case until then, the oldest first.

    Files from before it was kept have none, nor has their hash.
    """
    parcels: tuple[DisputedParcel, ...] | UnsetType = UNSET
    """What had been sent, and what had come back, with what its carriers had told until then: at most 200 each.

    Files from before it was kept have none, nor has their hash.
    """

    @property
    def said(self) -> ProductText | None:
        """The same; None: it was not kept."""
        return self.goods or None


class RepaymentKind(StrEnum):
    """What a buyer was given."""

    REFUND = "refund"
    """Of what they had paid."""
    POSTAGE = "postage"
    """What sending goods back cost them."""
    COMPENSATION = "compensation"
    """Out of the shop's deposit."""


class Repayment(Struct, frozen=True, kw_only=True):
    """Money that went to the buyer of the order, or that arrived."""

    at: datetime
    refund_id: UUID
    """Of its kind: of the refund, or of the compensation."""
    amount: int
    is_there: bool
    """Whether the buyer has it; else it left the order, or the shop, then."""
    kind: RepaymentKind = RepaymentKind.REFUND


class Repricing(Struct, frozen=True, kw_only=True):
    """A change of what the order cost before it was paid."""

    at: datetime
    before: int
    total: int


class Evidence(Struct, frozen=True, kw_only=True):
    """What one side said and showed."""

    side: Side
    words: str
    pictures: tuple[str, ...]
    hash: str
    submitted_at: datetime


class Posting(Struct, frozen=True, kw_only=True):
    """A transfer of a ruling, between kinds of accounts. `is_at_most`: as much as the one has, or the other lacks."""

    debit: str
    credit: str
    amount: int
    is_at_most: bool = False


class Basis(StrEnum):
    """Why a ruling says what it says."""

    ARBITER = "arbiter"
    """An arbiter read the file."""
    FIRST_RULING = "first_ruling"
    """By the clock: nobody decided the appeal, so the first ruling stands."""
    GOODS = "goods"
    """By the clock: the goods were never sent, or sent back; so the buyer gets everything."""
    ONE_SIDE = "one_side"
    """By the clock: one side handed nothing in."""
    SHARE = "share"
    """By the clock: both sides did, or neither; the operator's rules say how it is shared."""


class Ruling(Struct, kw_only=True):
    """What an arbiter, or the clock, ruled: a share for the buyer of what was asked for the goods (percent), who bears
    freight, what the shop pays the buyer for sending goods back (`postage`, fen; not in `amount`), what that posts, and
    whether the shop sends back what it has (`goods_back`), where nothing is awarded.
    """

    number: int
    is_appeal: bool
    share: int
    freight_by: Side
    amount: int
    words: str
    postings: tuple[Posting, ...]
    signed_by: UUID | None
    signed_at: datetime
    seconded_by: UUID | None = None
    seconded_at: datetime | None = None
    rejected_by: UUID | None = None
    rejected_at: datetime | None = None
    objection: str = ""
    basis: Basis = Basis.ARBITER
    postage: int = 0
    goods_back: bool = False

    @property
    def signers(self) -> set[UUID]:
        """Who had a part in it."""
        return {id for id in (self.signed_by, self.seconded_by, self.rejected_by) if id}


class Compensation(Struct, frozen=True, kw_only=True):
    """Money of the shop's deposit that one of the staff proposed for the buyer (fen), beyond what was in dispute."""

    id: UUID
    amount: int
    state: State
    """Where the proposal stands; what is approved is paid."""
    proposed_at: datetime
    expires_at: datetime
    decided_at: datetime | None


class Mark(Struct, frozen=True, kw_only=True):
    """What a word rule found in what one side said: nothing comes of it but that arbiters look."""

    side: Side
    place: SaidIn
    rule_id: UUID
    word: str
    name: str
    """What staff call the rule, when it was found."""
    action: Action
    """What the rule does elsewhere."""
    found: str
    """The text as it was written."""


class Dispute(Struct, kw_only=True):
    """A case that arbiters decide. Amounts are fen."""

    case_id: UUID
    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    opened_by: Opener
    claim: str
    """Why, as who opened it says; the clock says nothing."""
    file: File
    file_hash: str
    reason: str
    rules: DisputeRules
    goods: int
    """What of it is for goods: what was asked for; what they cost, where no money was."""
    most: int
    """The same with freight that was asked for. One that was opened before awards had that limit has more: `asked`."""
    state: DisputeState
    due_at: datetime | None
    stop_at: datetime | None
    """When the rules decide what nobody decided. None: it was over before there was such a day."""
    opened_at: datetime
    ended_at: datetime | None = None
    appealed_by: Side | None = None
    appealed_at: datetime | None = None
    """None also where it was appealed before this was written down."""
    appeal: str = ""
    awarded: int | None = None
    """What the buyer was given by it: what there was, where a channel took a part before."""
    ruled: int | None = None
    """What the ruling in force gives the buyer, be it there or not. None also where it was executed before this was
    written down, as it was."""
    evidence: list[Evidence] = msgspec.field(default_factory=list)
    rulings: list[Ruling] = msgspec.field(default_factory=list)
    parcels: list[DisputedParcel] = msgspec.field(default_factory=list)
    """What was sent of its order, and what came back."""
    compensations: list[Compensation] = msgspec.field(default_factory=list)
    """What was proposed because of it, the oldest first; its sides read what was paid."""
    marks: list[Mark] = msgspec.field(default_factory=list)
    """What word rules found in what both sides said; only arbiters read it."""
    payment_id: UUID | None = None
    """What the order was paid with."""
    sayings: list[Saying] = msgspec.field(default_factory=list)
    """What both sides told each other about the case, before it was left to arbiters and since, the oldest first."""
    repayments: list[Repayment] = msgspec.field(default_factory=list)
    """What the buyer was given because of the order, by whatever, and what of that arrived; refunds, of this case."""
    repricings: list[Repricing] = msgspec.field(default_factory=list)
    """How the order's price was changed before it was paid, the oldest first."""
    suspended_at: datetime | None = None
    """Since when it stands, because a channel disputes the payment of its order: nothing is decided meanwhile."""
    beside: dict[UUID, int] = msgspec.field(default_factory=dict)
    """What is at stake in each other dispute of its order, as it was read (`at_stake`)."""
    text_as_of: datetime | None = None
    """Of when the text of the goods is, where that may be younger than the order and the file is too old to say so."""

    @property
    def compensated(self) -> list[Compensation]:
        """What was paid to the buyer out of the shop's deposit."""
        return [each for each in self.compensations if each.state is State.APPROVED]

    @property
    def asked(self) -> int:
        """The most that can be awarded: what the buyer asked for; `most`, where that was no money."""
        case = self.file.case
        return min(self.most, case.amount) if case.kind in MONEY else self.most

    @property
    def said_as_of(self) -> datetime | None:
        """Of when what the goods said is, where that may not be what they said when they were ordered."""
        return (self.file.said.as_of or self.text_as_of) if self.file.said else None

    @property
    def said_since(self) -> list[Saying]:
        """What both sides told each other since it was left to arbiters: that is not in the file."""
        return [saying for saying in self.sayings if saying.at > self.opened_at]

    @property
    def followed(self) -> list[DisputedParcel]:
        """The parcels as they stand, with what the file has of them that is not among the newest any more."""
        sealed = {(each.tracking_number, each.is_return): each.tracking for each in self.file.parcels or ()}
        return [
            msgspec.structs.replace(
                parcel,
                tracking=[
                    *parcel.tracking,
                    *(
                        event
                        for event in sealed.get((parcel.tracking_number, parcel.is_return), ())
                        if event not in parcel.tracking
                    ),
                ],
            )
            for parcel in self.parcels
        ]

    @property
    def ruling(self) -> Ruling | None:
        """The last ruling that nobody rejected."""
        return next((each for each in reversed(self.rulings) if each.rejected_by is None), None)

    @property
    def given(self) -> int | None:
        """What the buyer is given in all, with what sending goods back cost; None: it is not decided."""
        return None if self.awarded is None else self.awarded + self.postage

    @property
    def postage(self) -> int:
        """What of it the shop pays for what was sent back."""
        return self.ruling.postage if self.awarded is not None and self.ruling else 0

    @property
    def decided_by(self) -> datetime | None:
        """When the rules decide at the latest; None: it is ruled already, or over."""
        return None if self.due_at is None or self.state is DisputeState.RULED else self.stop_at

    @property
    def acts_at(self) -> datetime | None:
        """When the clock does something; what arbiters are to do by `due_at` it only does at last."""
        return self.stop_at if BY_CLOCK.get(self.state) is DisputeVerb.DECIDE else self.due_at

    @property
    def postage_most(self) -> int:
        """The most that the shop can be told to pay for what was sent back: 0, where nothing was."""
        return self.rules.postage_most if self.was_sent_back else 0

    @property
    def was_sent_back(self) -> bool:
        """Whether the buyer sent something back, as they say."""
        return self.file.case.return_number is not None

    @property
    def standing(self) -> list[Ruling]:
        """The rulings that were made: neither rejected, nor one that waits for a second signature or never had it."""
        left = [each for each in self.rulings if each.rejected_by is None]
        return [
            each
            for each, after in zip_longest(left, left[1:])
            if each.signed_by is None or each.seconded_by or self._was_enough(each, after)
        ]

    def _was_enough(self, ruling: Ruling, after: Ruling | None) -> bool:
        """Tell whether one signature made a ruling: by what came after it, not by what rules say now that it takes."""
        if after is not None:
            return after.is_appeal and not ruling.is_appeal
        return self.state is not (DisputeState.APPEAL_PROPOSED if ruling.is_appeal else DisputeState.PROPOSED)

    @property
    def at_stake(self) -> int:
        """What is in dispute; where it is over, what was awarded."""
        return self.most if self.ended_at is None else self.awarded or 0

    def takes_two(self, postage: int, others: Mapping[UUID, "Dispute"] | None = None) -> bool:
        """Tell whether a ruling takes two arbiters: by what is in dispute, or was awarded, of its order, and what the
        ruling has the shop pay besides.

        Of *others* it is known how they stand now. What is a large sum stays one however many disputes it is cut into.
        """
        beside = self.beside | {
            id: each.at_stake for id, each in (others or {}).items() if each.order_id == self.order_id
        }
        elsewhere = sum(amount for id, amount in beside.items() if id != self.case_id)
        return self.most + elsewhere + postage >= self.rules.second_from

    @property
    def is_sealed(self) -> bool:
        """Whether each side reads only its own evidence."""
        return self.state is DisputeState.EVIDENCE or (
            self.state is DisputeState.WITHDRAWN and len(self.evidence) < len(Side)
        )


class ListedDispute(Struct, frozen=True, kw_only=True):
    """What a list shows of a dispute. Amounts are fen."""

    case_id: UUID
    order_id: UUID
    shop_id: UUID
    shop_name: str
    buyer_id: UUID
    buyer_name: str
    title: str
    """What was ordered."""
    kind: CaseKind
    reason: str
    opened_by: Opener
    goods: int
    most: int
    state: DisputeState
    due_at: datetime | None
    stop_at: datetime | None
    opened_at: datetime
    ended_at: datetime | None
    awarded: int | None
    suspended_at: datetime | None


class DisputeMove(Struct, frozen=True, kw_only=True):
    """Something done to a dispute. A buyer is known by `actor.person_id`; a merchant names the shop they work for.

    Whoever acts as staff is an arbiter; `shops` are those that they work for besides: they can't decide about them.
    What takes a payment password comes with why it was refused, if it was.
    """

    case_id: UUID
    actor: Actor
    shop_id: UUID | None = None
    shops: tuple[UUID, ...] = ()
    refusal: Refusal | None = None


class OpenDispute(DisputeMove, frozen=True, kw_only=True):
    """Leave a case that was refused to arbiters. The clock does without a claim, once it is time."""

    claim: str = ""


class SubmitEvidence(DisputeMove, frozen=True, kw_only=True):
    """Hand in what one side says and shows, once and for all."""

    words: str
    pictures: tuple[str, ...] = ()


class RuleDispute(DisputeMove, frozen=True, kw_only=True):
    """Rule. `seen` is the hash of the postings that were shown: if they would be others, nothing is signed.

    `postage` (fen) is what the buyer laid out to send goods back, where the shop bears freight. `goods_back` has the
    shop send back what it has, where nothing is awarded.
    """

    share: int
    freight_by: Side
    postage: int = 0
    goods_back: bool = False
    words: str
    seen: str


class SecondRuling(DisputeMove, frozen=True, kw_only=True):
    """Sign the ruling of another arbiter, as the second.

    Its number says which was read, to the last word: of a ruling nothing that is signed is ever changed, and the
    program's role of the database has no right to.
    """

    number: int


class RejectRuling(DisputeMove, frozen=True, kw_only=True):
    """Do not sign the ruling of another arbiter: it is decided anew."""

    number: int
    words: str


class AppealRuling(DisputeMove, frozen=True, kw_only=True):
    """Have another arbiter decide."""

    words: str


class WithdrawDispute(DisputeMove, frozen=True, kw_only=True):
    """Give it up."""


class AdvanceDispute(DisputeMove, frozen=True, kw_only=True):
    """Do what is due by the clock."""


class DisputeStatus(StrEnum):
    """How something done to a dispute ended. Where several apply, the first listed is given."""

    DONE = "done"
    EXISTS = "exists"
    """The same was done before."""
    DISPUTE_NOT_FOUND = "dispute_not_found"
    """There is no such case or dispute of yours."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """A ruling is signed with the payment password."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    IS_PARTY = "is_party"
    """Nobody decides about what they bought, or about a shop that they work for."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The state does not have it (machine.py)."""
    SUSPENDED = "suspended"
    """A channel disputes the payment of the order: nothing is decided until that is."""
    TOO_EARLY = "too_early"
    """The clock is not there yet."""
    ANOTHER_ARBITER_NEEDED = "another_arbiter_needed"
    """You signed, or had a part in the ruling that is appealed."""
    NOTHING_TO_APPEAL = "nothing_to_appeal"
    """That side got everything."""
    NOTHING_TO_AWARD = "nothing_to_award"
    """Nothing of this line can go back any more."""
    POSTAGE_OUT_OF_RANGE = "postage_out_of_range"
    """Nothing was sent back, the buyer bears freight, or it is more than `postage_most` of the dispute's rules."""
    WORDS_INVALID = "words_invalid"
    """Nothing was said, or too much."""
    PICTURES_INVALID = "pictures_invalid"
    """More than 9, or some that were not uploaded for this order."""
    SHARE_OUT_OF_RANGE = "share_out_of_range"
    """A share is 0 to 100 percent; of goods that are not sent any more it is all or nothing."""
    NO_GOODS_BACK = "no_goods_back"
    """Nothing was sent back, or something is awarded for it: then the goods stay with the shop."""
    POSTINGS_DIFFER = "postings_differ"
    """What would be posted is not what was shown: look again."""
    RULING_NOT_FOUND = "ruling_not_found"
    """The last ruling has another number."""


class DisputeResult(Struct, frozen=True, kw_only=True):
    """The answer to something done to a dispute."""

    status: DisputeStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class Statistics(Struct, frozen=True, kw_only=True):
    """How disputes of a shop, or of all, were decided. Amounts are fen."""

    decided: int
    for_buyer: int
    """It was ruled that the buyer gets everything; what their channel had given back before was not given again."""
    shared: int
    for_merchant: int
    """It was ruled that the buyer gets nothing."""
    appealed: int
    disputed_amount: int
    awarded_amount: int
    """What was ruled that buyers get."""
    withdrawn: int
    open: int


class SimilarCase(Struct, frozen=True, kw_only=True):
    """An earlier case with the same reason, and how it was decided."""

    case_id: UUID
    title: str
    kind: CaseKind
    share: int
    amount: int
    most: int
    words: str
    basis: Basis
    ended_at: datetime
