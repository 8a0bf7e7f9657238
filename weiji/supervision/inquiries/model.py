"""The words of inquiries, complaints and penalties."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.supervision.conduct.model import ConductHit
from weiji.word_rules import Action, Field, Hit, Place, RuleFault, WordRule

REASON_MAX: Final = 500
"""Characters of a reason, and of an answer to those who complained."""

TEXT_MAX: Final = 1_000
"""Characters of a complaint."""

APPEAL_MAX: Final = 2_000
"""Characters of an appeal."""

FINDINGS_MAX: Final = 50
"""Findings of word rules that an inquiry keeps."""

HITS_MAX: Final = 50
"""Hits of rules on conduct that an inquiry keeps."""

COMPLAINTS_MAX: Final = 1_000
"""Complaints that one inquiry counts: more say nothing new."""

COMPLAINTS_SHOWN: Final = 20
"""Complaints of an inquiry that a page shows, the oldest first."""

TRIED_SHOWN: Final = 1_000
TRIED_SHOWN_MIN: Final = 20
"""What a trial names of those in which a rule finds something: its rules share the first, each has the second."""

EXAMPLES_MAX: Final = 5_000
"""Things that a trial names in all."""

FINDINGS_SHOWN: Final = 10
"""Findings in one of them that it names."""

LOOKED_AT_ONCE: Final = 20_000
"""Things that the job which tries word rules looks at in one run: some fifteen seconds."""

FAILURES_MAX: Final = 3
"""How often a trial may fail, until it is given up."""

TRIED_AT_ONCE: Final = 100
"""Rules of one trial by the API."""

SLICE: Final = 250
"""Products, or rows of what else is written, that are looked at together: some 0.2 s."""

TRIAL_OF: Final = timedelta(days=90)
"""How far back a trial looks at what was written: what is on sale it looks at whenever that was."""

FIGURES_OF: Final = timedelta(days=30)
"""How far back the desk's figures look."""

STAFF_SHOWN: Final = 100
"""People whom the desk's figures name, those first who decided most."""

DUE: Final = timedelta(hours=48)
"""How long staff have to decide an inquiry."""

NOTE_DUE: Final = timedelta(days=7)
"""How long they have where a rule only noted something."""

TAKEN_FOR: Final = timedelta(hours=24)
"""How long an inquiry is somebody's who does not decide it; after it a colleague may take it."""


class SubjectKind(StrEnum):
    """What an inquiry is about."""

    PRODUCT = "product"
    SHOP = "shop"


class ComplaintKind(StrEnum):
    """What somebody complains of."""

    COUNTERFEIT = "counterfeit"
    FORBIDDEN = "forbidden"
    """It may not be sold."""
    MISLEADING = "misleading"
    """It is not what it says."""
    INFRINGING = "infringing"
    """It is somebody else's work or mark."""
    FRAUD = "fraud"
    OTHER = "other"


class InquiryState(StrEnum):
    """Whether an inquiry is decided."""

    OPEN = "open"
    DECIDED = "decided"


class Verdict(StrEnum):
    """What comes of an inquiry, from nothing to the hardest."""

    DISMISSED = "dismissed"
    """Nothing is wrong: what rules imposed is lifted. What word rules found may be said from now on."""
    WARNED = "warned"
    """Its shop is told, and nothing else."""
    TAKEN_DOWN = "taken_down"
    """The product can't be bought."""
    LISTING_FROZEN = "listing_frozen"
    """For a time the shop puts nothing more on sale."""
    LIMITED = "limited"
    """For a time it sells within the daily limit of shops that are not verified."""
    WITHDRAWALS_HELD = "withdrawals_held"
    """For a time it can't withdraw."""
    SUSPENDED = "suspended"
    """The shop can't be bought at: a suspension of `shops`, with an appeal of its own."""


class PenaltyKind(StrEnum):
    """What a penalty does. Suspensions are those of `shops`."""

    WARNING = "warning"
    TAKEN_DOWN = "taken_down"
    LISTING_FROZEN = "listing_frozen"
    LIMITED = "limited"
    WITHDRAWALS_HELD = "withdrawals_held"


class PenaltyState(StrEnum):
    """Whether a penalty counts."""

    IN_FORCE = "in_force"
    LIFTED = "lifted"
    """An appeal was granted, whoever looked undid what a rule had imposed, or no rule says so any more."""
    OVER = "over"
    """Its time was over."""


class Finding(Struct, frozen=True, kw_only=True):
    """What a word rule found: evidence."""

    rule_id: UUID
    name: str
    action: Action
    field: Field
    word: str
    found: str
    reason: str

    @classmethod
    def of(cls, hit: Hit) -> "Finding":
        """Keep a hit."""
        return cls(
            rule_id=hit.rule_id,
            name=hit.name,
            action=hit.action,
            field=hit.field,
            word=hit.word,
            found=hit.found,
            reason=hit.reason,
        )


class Inquiry(Struct, frozen=True, kw_only=True):
    """Something that the operator's staff look into. One at most of a subject is open."""

    id: UUID
    shop_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    state: InquiryState = InquiryState.OPEN
    complaints: int = 0
    findings: tuple[Finding, ...] = ()
    opened_at: datetime
    due_at: datetime
    assignee_id: UUID | None = None
    assigned_at: datetime | None = None
    decided_by: UUID | None = None
    """None of a decided one: a word rule did it."""
    decided_at: datetime | None = None
    verdict: Verdict | None = None
    reason: str = ""
    """Its shop reads it, if there is a penalty."""
    answer: str = ""
    """Who complained reads it."""
    hits: tuple[ConductHit, ...] = ()

    @property
    def taken_until(self) -> datetime | None:
        """As long as nobody else may take it."""
        return self.assigned_at + TAKEN_FOR if self.assigned_at else None

    def is_taken(self, now: datetime) -> bool:
        """Tell whether somebody looks into it whom nobody may take it from yet."""
        return self.taken_until is not None and now < self.taken_until


class Complaint(Struct, frozen=True, kw_only=True):
    """What somebody complained of. Without a person it was a stranger, who has its address."""

    id: UUID
    inquiry_id: UUID
    shop_id: UUID
    subject_id: UUID
    person_id: UUID | None
    kind: ComplaintKind
    text: str
    filed_at: datetime


class Penalty(Struct, frozen=True, kw_only=True):
    """What an inquiry meant for a shop, and the appeal against it."""

    id: UUID
    inquiry_id: UUID
    shop_id: UUID
    product_id: UUID | None
    kind: PenaltyKind
    reason: str
    findings: tuple[Finding, ...] = ()
    imposed_by: UUID | None = None
    """Who decided on it or, for a step of the ladder, who gave the points that came to it. None: a rule."""
    imposed_at: datetime
    state: PenaltyState = PenaltyState.IN_FORCE
    ended_at: datetime | None = None
    appeal: str = ""
    appealed_at: datetime | None = None
    judged_by: UUID | None = None
    judged_at: datetime | None = None
    is_granted: bool | None = None
    judgement: str = ""
    hits: tuple[ConductHit, ...] = ()
    is_provisional: bool = False
    """A rule imposed it until staff have looked: whoever decides the inquiry makes it final, or undoes it."""
    until: datetime | None = None
    """When it ends by itself: what restricts the whole shop does."""
    points: int = 0
    """What it adds to the shop's points; nothing as long as it is provisional."""
    step: int = 0
    """At how many points the ladder imposed it; 0: it was not the ladder."""


class TriedThing(Struct, frozen=True, kw_only=True):
    """Something that everybody may read in which a rule that is tried finds something: a product, a review."""

    place: Place
    path: str
    title: str
    shop_id: UUID
    shop_name: str
    findings: tuple[Finding, ...]
    is_refused: bool = False
    """Whether rules in force refuse it as it is."""


class TryWordRules(Struct, frozen=True, kw_only=True):
    """Try word rules, together, as they would be published, on what was written in ninety days, and on all that is on
    sale. The caller makes `id`.
    """

    id: UUID
    rules: tuple[WordRule, ...]
    actor: Actor


class TryWordRulesStatus(StrEnum):
    """How asking for a trial ended. Where several apply, the first listed is given."""

    EXISTS = "exists"
    """It was asked for before."""
    ID_TAKEN = "id_taken"
    """Another trial has this id."""
    INVALID_RULES = "invalid_rules"
    """They could not be published: `faults` say why. Nothing is tried."""
    QUEUED = "queued"
    """It is tried now; `GET /api/v1/word-rules/trials/{id}` tells how far it is."""


class TryWordRulesResult(Struct, frozen=True):
    """How asking for a trial ended, and what is wrong with its rules."""

    status: TryWordRulesStatus
    faults: tuple[RuleFault, ...] = ()


class PlaceFinds(Struct, frozen=True, kw_only=True):
    """What a word rule would find in things of one kind."""

    found: int = 0
    """In how many of them it finds something."""
    refused: int = 0
    """How many of these rules in force refuse already, as they are."""
    on_sale: int = 0
    """How many are goods on sale, which publishing the rule looks at."""


class RuleFinds(Struct, frozen=True, kw_only=True):
    """What a word rule would find in what was written in ninety days, and in what is on sale."""

    found: int = 0
    """In how many things it finds something."""
    recent: int = 0
    """How many of these were written in the ninety days before the trial was asked for."""
    shops: int = 0
    """Of how many shops they are."""
    places: dict[Place, PlaceFinds] = {}
    """The same by kind; what is left out has nothing."""
    examples: tuple[TriedThing, ...] = ()
    """Some of those that everybody may read: of a rule alone the first 1,000."""


class WordTrial(Struct, frozen=True, kw_only=True):
    """What word rules would find in what was written in ninety days wherever they hold, and in what is on sale.

    What they refuse of the latter is taken down as soon as they are published, until staff have looked. Elsewhere
    (shops' names, pages, reviews, cases) they are asked about what is written from then on.
    """

    id: UUID
    rules: tuple[WordRule, ...]
    asked_by: UUID | None
    asked_at: datetime
    next_shard: int = 0
    """Of 64: how far it is."""
    looked: int = 0
    """How many things were looked at."""
    finds: dict[UUID, RuleFinds] = {}
    """What rules found, by their ids; those that found nothing are left out."""
    failures: int = 0
    """How often it failed, and was begun again where it was."""
    failed_at: datetime | None = None
    """When it was given up."""
    done_at: datetime | None = None
    """When all was looked at: for seven days the rules may be published, just as they are."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.done_at is not None or self.failed_at is not None


class FileComplaint(Struct, frozen=True, kw_only=True):
    """Complain of a product or a shop. Anybody may, signed in or not. The caller makes `id`, near the subject."""

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    kind: ComplaintKind
    text: str
    actor: Actor
    """A stranger is the system, with an address."""


class FileComplaintStatus(StrEnum):
    """How complaining ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """It was filed before."""
    ID_TAKEN = "id_taken"
    SUBJECT_NOT_FOUND = "subject_not_found"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    TEXT_MALFORMED = "text_malformed"
    """Not 1 to 1,000 characters."""
    ALREADY_COMPLAINED = "already_complained"
    """This person did, and it is not decided yet."""
    TOO_MANY_COMPLAINTS = "too_many_complaints"
    """The inquiry has 1,000 already: it is being looked into."""


class OpenInquiry(Struct, frozen=True, kw_only=True):
    """Look into what rules found.

    What a word rule refuses, or a rule on conduct has looked at first, is taken down at once, until somebody decides:
    it broke no rule when it was put on sale.
    """

    subject_kind: SubjectKind
    subject_id: UUID
    shop_id: UUID
    findings: tuple[Finding, ...] = ()
    hits: tuple[ConductHit, ...] = ()


class OpenInquiryStatus(StrEnum):
    """How opening an inquiry ended. Where several apply, the first listed is given."""

    CREATED = "created"
    JOINED = "joined"
    """One is open already: it has these findings, too."""
    EXISTS = "exists"
    """It had them."""
    TAKEN_DOWN = "taken_down"
    """A rule refuses it, or has it looked at: it can't be bought any more."""


class OpenInquiryResult(Struct, frozen=True):
    """How opening an inquiry ended, and which one it is; none where there was nothing to open."""

    status: OpenInquiryStatus
    inquiry_id: UUID | None


class TakeInquiry(Struct, frozen=True, kw_only=True):
    """Take an inquiry to look into, so that no colleague does the same meanwhile."""

    inquiry_id: UUID
    actor: Actor
    is_own: bool = False
    """Whether the actor works for the shop."""


class TakeInquiryStatus(StrEnum):
    """How taking an inquiry ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    INQUIRY_NOT_FOUND = "inquiry_not_found"
    DECIDED = "decided"
    OWN_SHOP = "own_shop"
    """Nobody decides about a shop that they work for."""
    EXISTS = "exists"
    """You have it."""
    TAKEN_BY_ANOTHER = "taken_by_another"
    """A colleague looks into it; after 24 hours anybody may take it."""


class DecideInquiry(Struct, frozen=True, kw_only=True):
    """Decide an inquiry that one took."""

    inquiry_id: UUID
    verdict: Verdict
    reason: str
    answer: str
    actor: Actor
    days: int | None = None
    """Of a suspension, None: until it is lifted; of what else ends by itself, None: as long as the ladder says."""
    is_own: bool = False


class DecideInquiryStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    DECIDED = "decided"
    INQUIRY_NOT_FOUND = "inquiry_not_found"
    EXISTS = "exists"
    """The same staff decided it so before."""
    ALREADY_DECIDED = "already_decided"
    OWN_SHOP = "own_shop"
    NOT_TAKEN = "not_taken"
    """You did not take it, or a colleague has since."""
    REASON_MALFORMED = "reason_malformed"
    """A penalty has a reason of 1 to 500 characters; an answer has at most 500."""
    NOT_A_PRODUCT = "not_a_product"
    """Only products are taken down."""
    ALREADY_TAKEN_DOWN = "already_taken_down"
    NOT_SUSPENDED = "not_suspended"
    """The shop is suspended already, or closed; or the days are not 1 to 365."""
    DAYS_INVALID = "days_invalid"
    """Not 1 to 365."""
    SAME_PERSON = "same_person"
    """You judged the appeal against what a rule imposed: somebody else makes it final."""


class AppealPenalty(Struct, frozen=True, kw_only=True):
    """Say why a penalty is wrong: the owner may, once. *shop_id* is the shop that the actor owns."""

    penalty_id: UUID
    shop_id: UUID
    text: str
    actor: Actor


class AppealPenaltyStatus(StrEnum):
    """How appealing ended. Where several apply, the first listed is given."""

    APPEALED = "appealed"
    PENALTY_NOT_FOUND = "penalty_not_found"
    EXISTS = "exists"
    """Just this was said before."""
    ALREADY_APPEALED = "already_appealed"
    """There is one appeal for each penalty."""
    LIFTED = "lifted"
    """It counts for nothing any more."""
    TEXT_MALFORMED = "text_malformed"
    """Not 1 to 2,000 characters."""


class JudgePenalty(Struct, frozen=True, kw_only=True):
    """Decide an appeal: granted, the penalty is lifted at once. By another than who imposed it."""

    penalty_id: UUID
    is_granted: bool
    reason: str
    """The owner reads it."""
    actor: Actor
    is_own: bool = False


class JudgePenaltyStatus(StrEnum):
    """How deciding an appeal ended. Where several apply, the first listed is given."""

    GRANTED = "granted"
    DENIED = "denied"
    PENALTY_NOT_FOUND = "penalty_not_found"
    NOT_APPEALED = "not_appealed"
    EXISTS = "exists"
    """The same staff decided it so before."""
    ALREADY_JUDGED = "already_judged"
    OWN_SHOP = "own_shop"
    SAME_PERSON = "same_person"
    """Who imposed a penalty does not judge the appeal."""
    REASON_MALFORMED = "reason_malformed"
    """Not 1 to 500 characters."""


class EndPenalty(Struct, frozen=True, kw_only=True):
    """End a penalty whose time is over."""

    penalty_id: UUID
