"""The words of conduct: what is counted, rules over it, what they find, and trials."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.events import Actor

RULES_MAX: Final = 100
"""Rules in force."""

NAME_MAX: Final = 60
"""Characters of what staff call a rule."""

REASON_MAX: Final = 200
"""Characters of what a shop is told."""

NOTE_MAX: Final = 500
"""Characters of why a version is as it is."""

EXAMPLES_MAX: Final = 10
"""Examples of a rule that it must find, and as many that it must not."""

WINDOW_HOURS_MAX: Final = 720
"""Hours that a rule may look back: thirty days."""

BUYERS_WINDOW_HOURS_MAX: Final = 168
"""Hours that a rule about buyers may look back: their counts are one for each order."""

PAST: Final = timedelta(days=30)
"""What is usual: the time before the window, against which a surge, or a new place, is one."""

TRIAL: Final = timedelta(days=90)
"""How far back a rule is tried before it takes effect."""

TRIED_FOR: Final = timedelta(days=7)
"""How long a trial counts."""

KEPT: Final = timedelta(days=180)
"""How long counts are kept: a trial and whatever its first hour looks back to."""

LATE: Final = timedelta(hours=48)
"""After which goods that were paid, or whose presale ended, are shipped late."""

GRACE: Final = timedelta(minutes=1)
"""How long after an hour it is judged: longer than a transaction takes. What comes later counts in the next."""

QUIET: Final = timedelta(days=7)
"""How long a rule opens no other inquiry about what staff have just decided."""

ABOUT_MAX: Final = 20
"""People or SKUs that a hit names."""

PRICES_MAX: Final = 60
"""Prices of a SKU in an hour that are kept one by one. One that changes oftener is taken to have gone all the way down,
up and down again: whoever hides a jump among changes hides none.
"""

EXAMPLES_SHOWN: Final = 20
"""Hits that a trial itself gives as examples."""

TRIAL_HITS_MAX: Final = 10_000
"""Hits of a trial that are kept to be read: a rule that finds more is none that anybody would publish."""


class Measure(StrEnum):
    """What is counted of a shop, by the hour."""

    PAID = "paid"
    """Orders whose money came, and how much."""
    REFUNDED = "refunded"
    """Orders of which money went back for the first time; and how much went back, of whichever."""
    SHIPPED = "shipped"
    """Orders whose last parcel was sent."""
    LATE = "late"
    """Those of them that were sent later than 48 hours."""
    BOUGHT = "bought"
    """Orders of one buyer from one place."""
    PRICED = "priced"
    """The price of a SKU of a product: what it was at first, all that it was offered at, and at the end of the hour."""
    ACTED = "acted"
    """What one of the shop's people did from one place."""
    SIGNED_IN = "signed_in"
    """How often one of the shop's people signed in on one device."""


class ConductKind(StrEnum):
    """What a rule looks at. An example, and what it finds, is two numbers: a part, and what it is measured by."""

    PRICE_RISE = "price_rise"
    """A SKU's price, against its lowest in the window (fen)."""
    PRICE_FALL = "price_fall"
    """A SKU's price, against its highest in the window (fen)."""
    SALES_SURGE = "sales_surge"
    """Orders in the window, against as long a time as usual in the thirty days before."""
    REFUND_RATE = "refund_rate"
    """Orders of which money went back for the first time in the window, against orders that were paid."""
    LATE_SHIPPING = "late_shipping"
    """Orders that were sent late in the window, against all that were sent."""
    SAME_BUYER = "same_buyer"
    """Orders of one buyer in the window, among all that were paid."""
    SHARED_PLACE = "shared_place"
    """Buyers who ordered from one network in the window, among all orders that were paid."""
    NEW_PLACES = "new_places"
    """Networks that one of the shop's people worked from for the first time, against those known before."""
    NEW_DEVICES = "new_devices"
    """Devices that one of the shop's people signed in on for the first time, against those known before."""


class Effect(StrEnum):
    """What comes of a hit, from nothing to the hardest."""

    NOTE = "note"
    """It is in the list, and nothing else."""
    CASE = "case"
    """Staff look into it."""
    WARN = "warn"
    """The shop is warned, and staff look into it."""
    FREEZE = "freeze"
    """The shop puts nothing more on sale until staff have looked, or the time of the penalty is over."""
    LIMIT = "limit"
    """It sells within a daily limit until then."""
    HOLD = "hold"
    """It can't withdraw until then."""
    REVIEW = "review"
    """The product can't be bought until staff have looked at it."""


OF_GOODS: Final = frozenset({ConductKind.PRICE_RISE, ConductKind.PRICE_FALL})
"""Kinds whose hits are about a product; others are about the shop."""

AGAINST_PAST: Final = frozenset({ConductKind.SALES_SURGE, ConductKind.NEW_PLACES, ConductKind.NEW_DEVICES})
"""Kinds that look at what was usual before."""

OF_BUYERS: Final = frozenset({ConductKind.SAME_BUYER, ConductKind.SHARED_PLACE})

COUNTED: Final = OF_BUYERS | {ConductKind.NEW_PLACES, ConductKind.NEW_DEVICES}
"""Kinds whose threshold is a number, and no share."""

Count = Annotated[int, Meta(ge=0, le=10**12)]


class ConductExample(Struct, frozen=True):
    """Two numbers that a rule must find, or must not."""

    part: Count
    whole: Count


class ConductRule(Struct, frozen=True, kw_only=True):
    """What is looked at, over how long, from when on it is too much, and what comes of it."""

    id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX, description="What staff call it.")]
    kind: ConductKind
    window_hours: Annotated[int, Meta(ge=1, le=WINDOW_HOURS_MAX)]
    threshold: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Percent; of buyers, networks and devices a number."),
    ]
    at_least: Annotated[
        int,
        Meta(
            ge=0,
            le=10**9,
            description="Below it nothing is found: fen of a price's move, orders of a surge, else of the whole.",
        ),
    ] = 0
    effect: Effect
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_MAX, description="What the shop is told, in Chinese.")]
    reason_en: Annotated[str, Meta(min_length=1, max_length=REASON_MAX, description="And in English.")]
    hits: Annotated[tuple[ConductExample, ...], Meta(max_length=EXAMPLES_MAX, description="What it must find.")] = ()
    passes: Annotated[tuple[ConductExample, ...], Meta(max_length=EXAMPLES_MAX, description="What it must not.")] = ()

    @property
    def window(self) -> timedelta:
        """How long it looks back."""
        return timedelta(hours=self.window_hours)

    @property
    def span(self) -> timedelta:
        """How far back it reads."""
        return self.window + (PAST if self.kind in AGAINST_PAST else timedelta())

    @property
    def fingerprint(self) -> str:
        """What it finds depends on this alone: what was tried is known again by it."""
        facts = (self.kind, self.window_hours, self.threshold, self.at_least)
        return sha256(msgspec.json.encode(facts)).hexdigest()


class Tally(Struct, frozen=True, kw_only=True):
    """What was counted of a shop in an hour. Of prices, `before` is what a SKU cost at first, `amount` at the end, and
    `prices` are those that it was offered at, one after another.
    """

    shop_id: UUID
    hour: datetime
    measure: Measure
    subject_id: UUID
    """Who or what is counted: the shop, a buyer, a SKU, a person of the shop."""
    about_id: UUID
    """A network, by a keyed hash; a SKU's product; else the subject."""
    count: int = 1
    amount: int = 0
    before: int | None = None
    prices: tuple[int, ...] = ()


class NoteDevice(Struct, frozen=True, kw_only=True):
    """Note that one of a shop's people signed in on a device, by the name that it has of that person."""

    shop_id: UUID
    person_id: UUID
    device: str
    at: datetime


class NoteDeviceStatus(StrEnum):
    """How noting a device ended."""

    NOTED = "noted"
    SHOP_NOT_WATCHED = "shop_not_watched"
    """It was opened a moment ago: what happened before is no past."""


class ConductHit(Struct, frozen=True, kw_only=True):
    """What a rule found in an hour, in the two numbers of its kind."""

    rule_id: UUID
    name: str
    kind: ConductKind
    shop_id: UUID
    subject_id: UUID
    """A product, or the shop."""
    hour: datetime
    on: date
    """The day in Shanghai: of a subject, a rule finds one thing a day."""
    part: int
    whole: int
    window_hours: int
    effect: Effect
    reason: str
    reason_en: str
    about: tuple[UUID, ...] = ()
    """SKUs, buyers, or people of the shop."""


class ConductFaultKind(StrEnum):
    """What is wrong with a rule."""

    INVALID_TEXT = "invalid_text"
    """A name or a reason is empty, too long, or is not a line."""
    WINDOW_TOO_LONG = "window_too_long"
    """A rule about buyers looks back 168 hours at most."""
    EFFECT_DOES_NOT_FIT = "effect_does_not_fit"
    """Only what is about goods sends them to review."""
    NO_EXAMPLES = "no_examples"
    """A rule has at least one example that it must find."""
    NOT_FOUND = "not_found"
    """It does not find an example that it must."""
    FOUND = "found"
    """It finds an example that it must not."""
    TWICE = "twice"
    """The same id is given twice."""
    NOT_TRIED = "not_tried"
    """It was not tried over the last ninety days, as it is, in the last seven days."""


class ConductFault(Struct, frozen=True, kw_only=True):
    """What is wrong with a rule, and with which example."""

    rule_id: UUID
    name: str
    fault: ConductFaultKind
    example: ConductExample | None = None


class PublishConductRules(Struct, frozen=True, kw_only=True):
    """Put and retire rules; `version` is the one after the latest. All of it, or nothing."""

    version: int
    put: tuple[ConductRule, ...]
    retire: tuple[UUID, ...]
    reason: str
    actor: Actor
    approver_id: UUID | None = None
    """Who else of the staff agreed."""


class ConductRulesChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a proposal says of a publication: the rules themselves, and the trials that were done of them."""

    put: tuple[ConductRule, ...]
    retire: tuple[UUID, ...]
    trials: tuple[UUID, ...]


class PublishConductRulesStatus(StrEnum):
    """How publishing ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    REASON_MISSING = "reason_missing"
    """Not one line of 1 to 500 characters."""
    INVALID_RULES = "invalid_rules"
    """`faults` tell what is wrong."""
    TOO_MANY_RULES = "too_many_rules"
    """Over 100 would be in force; or, where it takes two, more is put at once than a proposal has room for."""
    NOTHING_CHANGED = "nothing_changed"
    """Every rule is in force just so."""
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    PROPOSED = "proposed"
    """The operator's rules say that it takes two of the staff: it waits for another (`approvals`)."""


class PublishConductRulesResult(Struct, frozen=True):
    """How publishing ended; the version in force then, and what is wrong with rules."""

    status: PublishConductRulesStatus
    version: int = 0
    faults: tuple[ConductFault, ...] = ()


class ConductRulesVersion(Struct, frozen=True, kw_only=True):
    """A version of the rules: what changed, who did it and why."""

    version: int
    put: int
    retired: int
    author_id: UUID | None
    reason: str
    created_at: datetime
    approver_id: UUID | None = None
    """Who else of the staff agreed, where it took two."""


class TryConductRule(Struct, frozen=True, kw_only=True):
    """Try a rule over the last ninety days. The caller makes `id`."""

    id: UUID
    rule: ConductRule
    actor: Actor


class TryConductRuleStatus(StrEnum):
    """How asking for a trial ended. Where several apply, the first listed is given."""

    QUEUED = "queued"
    """It is tried now; `GET /api/v1/conduct-rules/trials/{id}` tells how far it is."""
    EXISTS = "exists"
    ID_TAKEN = "id_taken"
    INVALID_RULE = "invalid_rule"
    """It could not be published as it is."""


class Trial(Struct, frozen=True, kw_only=True):
    """What a rule would have found: how many shops, how often, on which days, with examples."""

    id: UUID
    rule: ConductRule
    asked_by: UUID | None
    asked_at: datetime
    begins_at: datetime
    ends_at: datetime
    next_shard: int = 0
    """Of 64: how far it is."""
    done_at: datetime | None = None
    shops: int = 0
    hits: int = 0
    by_day: dict[str, int] = {}
    examples: tuple[ConductHit, ...] = ()
