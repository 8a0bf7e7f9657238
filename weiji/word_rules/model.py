"""The words of word rules: what a rule is, what a hit is, and how publishing rules can end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.events import Actor

RULES_MAX: Final = 10_000
"""Rules that are in force at a time."""

WORDS_MAX: Final = 50
WORD_MAX: Final = 50
"""Words of a rule, and characters of each."""

EXAMPLES_MAX: Final = 20
EXAMPLE_MAX: Final = 300
"""Examples of a rule of each kind, and characters of each."""

NAME_MAX: Final = 60
REASON_MAX: Final = 300
"""Characters of a rule's name, and of what its merchants are told."""

NOTE_MAX: Final = 500
"""Characters of why a version was published."""

FAULTS_MAX: Final = 50
"""Faults of a publication that its answer tells of."""

DRAFTED_MAX: Final = 200
"""Rules that one proposal puts and retires, where it takes two: another reads each of them."""

TRIED_FOR: Final = timedelta(days=7)
"""How long a trial counts."""

PROPOSED_FOR: Final = timedelta(days=3)
"""How long a trial counts beyond that for what waits for another of the staff: a test holds it to `approvals`."""

SOUND_MIN: Final = 2
"""Ideographs of a word that is found by its sound: one alone sounds like too many."""


class Field(StrEnum):
    """Where words are looked for."""

    TITLE = "title"
    """A product's title, and its other short texts: kind, brand, tags, options."""
    DESCRIPTION = "description"
    """A product's description."""
    SHOP_NAME = "shop_name"
    """A shop's name and story."""
    STOREFRONT = "storefront"
    """What a shop's page says."""
    MESSAGE = "message"
    """What buyers and shops write to each other about a case after the sale, where only `refuse` does anything; and
    what they say in a dispute, where nothing is refused, and arbiters read what was found.
    """
    REVIEW = "review"
    """What buyers and shops write in reviews, answers and follow-ups; and what shops say of buyers, where `review`
    refuses, too.
    """
    PERSON_NAME = "person_name"
    """What people call themselves. Nothing is held: what `refuse` finds can't be taken as a name, and what the others
    find is marked for staff.
    """


class Place(StrEnum):
    """What kind of thing says something."""

    PRODUCT = "product"
    SHOP = "shop"
    """Its name and story."""
    STOREFRONT = "storefront"
    REVIEW = "review"
    """A review of a trade, with follow-up and answer; or what a shop says of a buyer."""
    CASE = "case"
    """A case after the sale: what both sides write in it."""
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    """A complaint that a program filed for a buyer: what is written in it."""
    PERSON = "person"
    """Somebody's name."""


PRIVATE: Final = frozenset({Place.CASE, Place.DISPUTE, Place.COMPLAINT, Place.PERSON})
"""What only its sides read, and people's names: what is found there is counted, and not shown."""


class Action(StrEnum):
    """What is done about a word, the strictest first."""

    REFUSE = "refuse"
    """It can't be saved; what was saved before is taken down."""
    REVIEW = "review"
    """Somebody looks at it before it is seen."""
    NOTE = "note"
    """It is noted for the operator's staff, and nothing else."""


Line = Annotated[str, Meta(min_length=1, max_length=WORD_MAX)]
Example = Annotated[str, Meta(min_length=1, max_length=EXAMPLE_MAX)]


class WordRule(Struct, frozen=True, kw_only=True):
    """What words are looked for, where, and what is done about them."""

    id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX, description="What staff call it.")]
    words: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=WORDS_MAX)]
    action: Action
    fields: Annotated[tuple[Field, ...], Meta(min_length=1, max_length=len(Field))]
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_MAX, description="What the merchant is told.")]
    by_sound: Annotated[
        bool, Meta(description="Whatever sounds like the words is found, too; at most, somebody looks at it.")
    ] = False
    hits: Annotated[tuple[Example, ...], Meta(max_length=EXAMPLES_MAX, description="Examples that it must find.")] = ()
    passes: Annotated[
        tuple[Example, ...], Meta(max_length=EXAMPLES_MAX, description="Examples that it must not find.")
    ] = ()

    @property
    def fingerprint(self) -> str:
        """What it finds, and what comes of it, depend on this alone: what was tried is known again by it."""
        facts = (sorted(set(self.words)), sorted(set(self.fields)), self.by_sound, self.action)
        return sha256(msgspec.json.encode(facts)).hexdigest()


class Refused(Struct, frozen=True, kw_only=True):
    """Words that can't be said: in which field, as they were written, and why."""

    field: Field
    found: str
    reason: str


class Hit(Struct, frozen=True, kw_only=True):
    """A rule found something in a text. `found` is the text as it was written, variants and all."""

    rule_id: UUID
    name: str
    action: Action
    field: Field
    word: str
    found: str
    reason: str
    is_by_sound: bool = False

    @property
    def refused(self) -> Refused:
        """Say it to whoever wrote the text."""
        return Refused(field=self.field, found=self.found, reason=self.reason)


class Text(Struct, frozen=True, kw_only=True):
    """A thing that says something: what it is, and what it says in each field."""

    subject_id: UUID
    texts: Sequence[tuple[Field, str]]


class Allowance(Struct, frozen=True):
    """A word of a rule that a thing may say: somebody looked at it, and found nothing wrong."""

    subject_id: UUID
    rule_id: UUID
    word: str


Allowed: TypeAlias = dict[UUID, set[tuple[UUID, str]]]
"""What things may say: rules with their words, by the thing."""


class FaultKind(StrEnum):
    """What is wrong with a rule."""

    INVALID_TEXT = "invalid_text"
    """A name, a reason, a word or an example is empty, too long, or is not text."""
    NO_WORDS = "no_words"
    """There is no word, or one of them has no letter, digit or ideograph."""
    NO_FIELDS = "no_fields"
    NO_EXAMPLES = "no_examples"
    """A rule has at least one example that it must find."""
    NOT_FOUND = "not_found"
    """It does not find an example that it must."""
    FOUND = "found"
    """It finds an example that it must not."""
    TWICE = "twice"
    """The same id is given twice."""
    NOT_TRIED = "not_tried"
    """It was not tried, as it is, in the last seven days."""


class RuleFault(Struct, frozen=True, kw_only=True):
    """What is wrong with a rule, and with which example."""

    rule_id: UUID
    name: str
    fault: FaultKind
    example: str = ""


class PublishWordRules(Struct, frozen=True, kw_only=True):
    """Put and retire rules; `version` is the one after the latest. All of it, or nothing."""

    version: int
    put: tuple[WordRule, ...]
    retire: tuple[UUID, ...]
    reason: str
    actor: Actor
    approver_id: UUID | None = None
    """Who else of the staff agreed."""


class PublishWordRulesStatus(StrEnum):
    """How publishing ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    REASON_MISSING = "reason_missing"
    """Not 1 to 500 characters in a line."""
    INVALID_RULES = "invalid_rules"
    """`faults` has what is wrong: words, or examples that a rule fails."""
    TOO_MANY_RULES = "too_many_rules"
    """Over 10,000 would be in force."""
    NOTHING_CHANGED = "nothing_changed"
    """Every rule is in force just so."""
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    TOO_MANY_CHANGES = "too_many_changes"
    """It takes two of the staff, and another can't read as much: at most 200 rules are put and retired at once."""
    PROPOSED = "proposed"
    """The operator's rules say that it takes two of the staff: it waits for another (`approvals`)."""


class PublishWordRulesResult(Struct, frozen=True):
    """How publishing ended; the version in force then, and what is wrong with rules."""

    status: PublishWordRulesStatus
    version: int = 0
    faults: tuple[RuleFault, ...] = ()


class WordRulesVersion(Struct, frozen=True, kw_only=True):
    """A version of the rules: how many there are, what changed, who did it and why."""

    version: int
    rules: int
    put: int
    retired: int
    author_id: UUID | None
    reason: str
    created_at: datetime
    approver_id: UUID | None = None
    """Who else of the staff agreed, where it took two."""


class Tried(Struct, frozen=True, kw_only=True):
    """When a rule was tried, by which trial, and in how many things of each kind it found something."""

    tried_at: datetime
    trial_id: UUID | None = None
    found: dict[Place, int] | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """What is to be changed of the rules, and what was known of it when it was proposed: trials by fingerprint."""

    put: tuple[WordRule, ...]
    retired: tuple[UUID, ...]
    trials: dict[str, Tried]

    @property
    def digest(self) -> str:
        """Another agrees to just this: the words, and what came of trying them."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    @property
    def told(self) -> "DraftedRules":
        """What a proposal says of it, with the newest of its trials."""
        newest = max(self.trials.values(), key=lambda each: each.tried_at, default=None)
        trial_id = newest.trial_id if newest else None
        return DraftedRules(digest=self.digest, put=len(self.put), retired=len(self.retired), trial_id=trial_id)


class DraftedRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a proposal says of a draft: its hash, how many rules it puts and retires, and a trial to look at."""

    digest: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    put: Annotated[int, Meta(ge=0, le=RULES_MAX)]
    retired: Annotated[int, Meta(ge=0, le=RULES_MAX)]
    trial_id: UUID | None = None
