"""The words of fees: rates, rules, and what a version of them would have taken. Amounts are fen."""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.events import Actor
from weiji.kit.money import PPM

REASON_MAX: Final = 500

RULES_MAX: Final = 300
"""Rules of a version: all of them are compared with those in force before they are published."""

TAKEN_PPM_MAX: Final = PPM * 3 // 10
"""What fee and commission may come to. WeChat Pay splits no more than 30 % of an order off (平台收付通)."""

NOTICE: Final = timedelta(days=7)
"""So long before it gets dearer for anybody, shops are told.

E-Commerce Law of the PRC, article 34: changed rules are made public at least seven days before they are in force."""

PREVIEW_DAYS: Final = 30
"""A preview computes anew what was placed in this many days."""

TRADED_MAX: Final = 5_000
"""Pairs of a shop and a category that a preview counts: those that sold most."""

PREVIEWED_FOR: Final = timedelta(days=7)
"""How long a preview counts: rules may be published whose preview somebody saw in that time."""

NEWEST: Final = 500
"""Orders of a preview of which it shows the ones that change most."""

SAMPLE: Final = 12

COMING_MAX: Final = 20
"""Versions that may wait for their time."""

Ppm = Annotated[int, Meta(ge=0, le=TAKEN_PPM_MAX, description="Millionths: 20000 is 2 %.")]


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is taken: `fee_ppm` of all that the buyer pays, freight included, and `commission_ppm` of the goods."""

    fee_ppm: Ppm = 0
    commission_ppm: Ppm = 0

    @property
    def taken_ppm(self) -> int:
        """What is taken of goods that are sent for nothing."""
        return self.fee_ppm + self.commission_ppm


class FeeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate: for goods of a category and what lies in it, for a shop, for both, or, naming neither, for the rest."""

    rate: Rate
    shop_id: UUID | None = None
    category_id: UUID | None = None


class FeeRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules of a version. What none of them is for is charged by the `fee_ppm` of the rules of trade."""

    rules: Annotated[tuple[FeeRule, ...], Meta(max_length=RULES_MAX)] = ()

    @property
    def fingerprint(self) -> str:
        """What was previewed is known again by it; in which order rules stand says nothing."""
        return sha256(b"\n".join(sorted(map(msgspec.json.encode, self.rules)))).hexdigest()


class FeeVersion(Struct, frozen=True, kw_only=True):
    """A version of the rules: since or from when it is in force, and why it was published."""

    version: int
    effective_at: datetime
    rules: FeeRules
    author_id: UUID | None
    reason: str
    created_at: datetime
    approver_id: UUID | None = None
    """Who else of the staff agreed, where it took two."""


class PublishFees(Struct, frozen=True, kw_only=True):
    """Charge orders that are placed from `effective_at` on by these rules; `version` is the one after the latest.

    Without `effective_at` they are in force at once.
    """

    version: int
    effective_at: datetime | None
    rules: FeeRules
    reason: str
    actor: Actor
    approver_id: UUID | None = None
    """Who else of the staff agreed."""


class PublishFeesStatus(StrEnum):
    """How publishing fee rules ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    REASON_MISSING = "reason_missing"
    """There must be one, of at most 500 characters."""
    RULE_TWICE = "rule_twice"
    """Two rules are for the same shop and category."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """Fee and commission of a rule come to more than 30 %."""
    CATEGORY_NOT_FOUND = "category_not_found"
    SHOP_NOT_FOUND = "shop_not_found"
    EFFECTIVE_IN_THE_PAST = "effective_in_the_past"
    EFFECTIVE_BEFORE_ANOTHER = "effective_before_another"
    """A version that was published before takes effect later."""
    TOO_MANY_COMING = "too_many_coming"
    """20 versions wait for their time."""
    NOTICE_TOO_SHORT = "notice_too_short"
    """It gets dearer for somebody: shops are told seven days before."""
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    NOT_PREVIEWED = "not_previewed"
    """Nobody looked in the last seven days at what exactly these rules, as this version, would have taken."""
    PROPOSED = "proposed"
    """The operator's rules say that it takes two of the staff: it waits for another (`approvals`)."""


class Traded(Struct, frozen=True, kw_only=True):
    """What a shop sold of a category in the days of a preview: by the rules in force it would pay `fee` for that."""

    shop_id: UUID
    shop_name: str
    category_id: UUID | None
    lines: int
    goods: int
    freight: int
    fee: int = 0
    new_fee: int = 0


class TradedLine(Struct, frozen=True, kw_only=True):
    """A line of an order of a preview."""

    category_id: UUID | None
    goods: int
    freight: int


class TradedOrder(Struct, frozen=True, kw_only=True):
    """An order of a preview: by the rules in force it would cost `fee`."""

    id: UUID
    number: str
    shop_id: UUID
    shop_name: str
    placed_at: datetime
    lines: list[TradedLine]
    fee: int = 0
    new_fee: int = 0


class Preview(Struct, frozen=True, kw_only=True):
    """What rules would have taken of the trades of the last days, by shop and category, what rises most first.

    Amounts of `traded` are those of sums: of single orders each is rounded down.
    """

    days: int
    traded: list[Traded]
    orders: list[TradedOrder]
    """Of the newest orders those that change most."""
    is_dearer: bool = False
    """Whether somebody would pay more, so that shops must be told seven days before."""
