"""The words of coupons: campaigns, coupons, commands, and how they end. Amounts are fen."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

NAME_MAX: Final = 40
"""Characters of a campaign's name."""

AMOUNT_MAX: Final = 100_000_000
"""The most that one coupon takes off: a million yuan."""

THRESHOLD_MAX: Final = 10**12

PERCENT_MAX: Final = 99

QUANTITY_MAX: Final = 10_000_000
"""Coupons of one campaign."""

PER_PERSON_MAX: Final = 100
"""Coupons of one campaign that one person may claim."""

VALID_DAYS_MAX: Final = 365

LASTS_MAX_DAYS: Final = 730
"""How long a campaign may last, and how far ahead it may begin."""

PRODUCTS_MAX: Final = 100
"""Products that a campaign may name."""

CATEGORIES_MAX: Final = 1_000
"""Categories that a campaign may come to with all that lie in those it names."""

CODE_MIN: Final = 4
CODE_MAX: Final = 20

WALLET_MAX: Final = 100
"""Coupons that a checkout looks at: those of the shops and of the platform that end soonest."""


class CampaignState(StrEnum):
    """Where a campaign stands. `rules.CAMPAIGN_MOVES` says what may follow what; that its time is over is no state."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    """Nobody can claim; what was claimed can be used."""
    STOPPED = "stopped"
    """As above, for ever."""


class CouponState(StrEnum):
    """Where a coupon stands. `rules.COUPON_MOVES` says what may follow what; that its time is over is no state."""

    UNUSED = "unused"
    RESERVED = "reserved"
    """An order that is not paid yet has it."""
    USED = "used"


class Cashier(Struct, frozen=True, kw_only=True):
    """How coupons are good at the cashier, for orders of programs."""

    goods_tags: frozenset[str] = frozenset()
    """Such orders that say one of these; none: any."""
    shop_ids: frozenset[UUID] = frozenset()
    """The shops whose orders they are good for; none: those of whoever sends them."""
    is_prepaid: bool = False
    """The shop that sends them pays what they take off, beforehand; else it forgoes that."""


class Terms(Struct, frozen=True, kw_only=True):
    """What a coupon takes off, and of what.

    `percent` 0: exactly `amount`. Otherwise that part of the goods, and `amount` at most.
    """

    amount: int
    percent: int = 0
    threshold: int = 0
    """What the goods it is for come to at least, after the shop's own coupon."""
    product_ids: frozenset[UUID] = frozenset()
    """What it is for; with neither products nor categories: everything."""
    category_ids: frozenset[UUID] = frozenset()
    cashier: Cashier | None = None
    """How they are good at the cashier; None: they are not."""

    @property
    def is_for_cashiers(self) -> bool:
        """Whether they are good there alone: nothing else knows of tags, or of what was paid beforehand."""
        return self.cashier is not None and (bool(self.cashier.goods_tags) or self.cashier.is_prepaid)


class Campaign(Struct, kw_only=True):
    """Coupons that are alike, so many of them. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    shop_id: UUID | None
    """The shop that bears what its coupons take off; None: the platform pays it from a budget."""
    name: str
    state: CampaignState
    terms: Terms
    quantity: int
    claimed: int
    per_person: int
    starts_at: datetime
    ends_at: datetime
    valid_days: int
    """How long a coupon can be used since it was claimed; 0: until the campaign ends."""
    code: str | None
    """The word that it is claimed with; None: by whoever sees it."""
    created_at: datetime
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def is_platform(self) -> bool:
        """Whether the platform pays."""
        return self.shop_id is None

    @property
    def left(self) -> int:
        """How many can be claimed yet."""
        return self.quantity - self.claimed

    @property
    def cost_max(self) -> int:
        """What all its coupons together take off, at most."""
        return self.quantity * self.terms.amount


class Coupon(Struct, kw_only=True):
    """Somebody's coupon, with what its campaign says of it."""

    id: UUID
    campaign_id: UUID
    shop_id: UUID | None
    name: str
    person_id: UUID
    state: CouponState
    terms: Terms
    starts_at: datetime
    claimed_at: datetime
    expires_at: datetime
    order_id: UUID | None = None
    """The order that has it; `at_till` the use there."""
    at_till: bool = False
    """The shop used it at its till, outside of orders."""
    ended_at: datetime | None = None
    """When its shop ended it, before its time was over."""

    @property
    def is_platform(self) -> bool:
        """Whether the platform pays."""
        return self.shop_id is None


class CreateCampaign(Struct, frozen=True, kw_only=True):
    """Create a campaign of a shop, or of the platform. `id` is made near the shop, or near the treasury.

    The edge has checked that `actor` may act for the shop, and that products and categories are there.
    """

    id: UUID
    shop_id: UUID | None
    name: str
    terms: Terms
    quantity: int
    per_person: int
    starts_at: datetime
    ends_at: datetime
    actor: Actor
    valid_days: int = 0
    code: str | None = None


class CreateCampaignStatus(StrEnum):
    """How creating a campaign ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    EXISTS_WITH_DIFFERENT_CAMPAIGN = "exists_with_different_campaign"
    SHOP_NOT_FOUND = "shop_not_found"
    """There is none, or you do not work there."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the shop, or near the treasury."""
    NAME_INVALID = "name_invalid"
    """Not one line of 1…40 characters."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """Not between 1 fen and a million yuan; or a fixed amount that is not below its threshold."""
    PERCENT_OUT_OF_RANGE = "percent_out_of_range"
    THRESHOLD_OUT_OF_RANGE = "threshold_out_of_range"
    SCOPE_INVALID = "scope_invalid"
    """Products and categories together, or too many of them, or some that are not there."""
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    PER_PERSON_OUT_OF_RANGE = "per_person_out_of_range"
    TIME_INVALID = "time_invalid"
    """It ends before it begins, is over already, or lasts for more than two years or begins only after these."""
    VALID_DAYS_OUT_OF_RANGE = "valid_days_out_of_range"
    CODE_INVALID = "code_invalid"
    """A code has 4 to 20 characters and no spaces."""
    CODE_TAKEN = "code_taken"
    """Another campaign has the code, or had it."""


class CampaignVerb(StrEnum):
    """What may be done to a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class MoveCampaign(Struct, frozen=True, kw_only=True):
    """Start, pause, resume or stop a campaign of a shop, or of the platform (`shop_id` None)."""

    id: UUID
    shop_id: UUID | None
    verb: CampaignVerb
    actor: Actor


class MoveCampaignStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    DONE = "done"
    CAMPAIGN_NOT_FOUND = "campaign_not_found"
    """There is none, or it is another's."""
    EXISTS = "exists"
    """It is so already."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """Its state does not have that, or its time is over."""
    BUDGET_MISSING = "budget_missing"
    """A campaign starts when its budget covers all of its coupons; a prepaid one, when its shop has as much."""


class ClaimCoupon(Struct, frozen=True, kw_only=True):
    """Claim a coupon of a campaign. The caller makes `id`, near the campaign, so that asking again is safe."""

    id: UUID
    campaign_id: UUID
    person_id: UUID
    actor: Actor
    code: str | None = None


class ClaimCouponStatus(StrEnum):
    """How claiming a coupon ended. Where several apply, the first listed is given."""

    CLAIMED = "claimed"
    EXISTS = "exists"
    """This coupon was claimed before."""
    CAMPAIGN_NOT_FOUND = "campaign_not_found"
    """There is none, it was not started yet, or the code is another."""
    ID_TAKEN = "id_taken"
    """The id is somebody else's coupon, or is in another shard than the campaign."""
    NOT_NOW = "not_now"
    """The campaign has not begun, is paused, or is over."""
    PERSON_HAS_ALL = "person_has_all"
    """You have as many as one person may have."""
    ALL_CLAIMED = "all_claimed"
    """There are none left."""


class ClaimCouponResult(Struct, frozen=True, kw_only=True):
    """The answer to claiming a coupon."""

    status: ClaimCouponStatus
    expires_at: datetime | None = None
    """Until when it can be used."""


class CouponVerb(StrEnum):
    """What a shop may do to a coupon of its own that somebody has."""

    USE = "use"
    """At its till: what it takes off is the till's to reckon."""
    TAKE_BACK = "take_back"
    """It was used there by mistake, or what was bought came back: it can be used again while it is valid."""
    END = "end"
    """It can be used no more."""


class ServeCoupon(Struct, frozen=True, kw_only=True):
    """Use somebody's coupon at the till of the shop that bears it, take that back, or end it.

    The caller makes `use_id` for each use, once for ever. Taking back names the one that is meant; or it has an id of
    its own and means whichever there is: asked again, it takes nothing back that came later.
    """

    coupon_id: UUID
    shop_id: UUID
    verb: CouponVerb
    use_id: UUID | None
    actor: Actor
    return_id: UUID | None = None


class ServeCouponStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    USE_ID_MISSING = "use_id_missing"
    """Each use has an id of its own; taking back names it, or has one."""
    COUPON_NOT_FOUND = "coupon_not_found"
    """There is none, or another shop bears it, or the platform."""
    EXISTS = "exists"
    """It is so already."""
    NOT_AT_TILLS = "not_at_tills"
    """It takes a part off, and nobody told of what; or it is good at the cashier only."""
    TAKEN = "taken"
    """An order has it, or it was used otherwise."""
    NOT_USED = "not_used"
    """No till used it: there is nothing to take back."""
    NOT_NOW = "not_now"
    """Its time has not come, or is over."""
    DONE = "done"


class Taking(Struct, frozen=True, kw_only=True):
    """That an order takes a coupon: what it takes off, and what the order is worth to the shop."""

    coupon_id: UUID
    order_id: UUID
    amount: int
    sales: int


class BookStep(StrEnum):
    """What an order does to the budget that pays for its coupon."""

    HOLD = "hold"
    """It was placed."""
    PAY = "pay"
    """It was paid."""
    FREE = "free"
    """It was closed unpaid."""
    RETURN = "return"
    """Some of it, or all, was refunded."""


class BookBudget(Struct, frozen=True, kw_only=True):
    """Book in a campaign's budget what an order did. `key` makes it happen once."""

    campaign_id: UUID
    order_id: UUID
    step: BookStep
    amount: int
    key: UUID
    """What holds the budget (for the first three), or the refund."""
    is_prepaid: bool = False
    """Whether a shop set it apart."""


class BookBudgetStatus(StrEnum):
    """How booking ended."""

    BOOKED = "booked"
    EXISTS = "exists"


class ReturnBudget(Struct, frozen=True, kw_only=True):
    """Make what is left of an ended campaign's budget the operator's own again, or its shop's; once a day at most."""

    campaign_id: UUID
    shop_id: UUID | None
    at: datetime


class CouponUse(Struct, frozen=True, kw_only=True):
    """That a coupon was used: by an order, or `at_till`."""

    id: UUID
    person_id: UUID
    order_id: UUID
    """The order; at a till the use."""
    at_till: bool
    amount: int
    sales: int
    """What the order was worth; 0 at a till, which tells nobody."""
    used_at: datetime
    returned_at: datetime | None = None
    """When it came back, to be used again; a use it was all the same."""


class PastUses(Struct, kw_only=True):
    """What tills did to coupons before: pairs of a coupon and the id of a use, or of taking one back."""

    uses: set[tuple[UUID, UUID]]
    returns: set[tuple[UUID, UUID]]


class Effect(Struct, frozen=True, kw_only=True):
    """What a campaign brought."""

    claimed: int = 0
    reserved: int = 0
    used: int = 0
    amount: int = 0
    """What its used coupons took off."""
    sales: int = 0
    """What the orders were worth that used one."""


class ShownCampaign(Struct, frozen=True, kw_only=True):
    """A campaign as lists show it: with its shop, what it brought, and what its budget has."""

    campaign: Campaign
    shop_name: str | None = None
    shop_handle: str | None = None
    effect: Effect = Effect()
    budget: int = 0
    """What is left of the budget and not held (of the platform's)."""
    own: int = 0
    """How many the reader has claimed."""
