"""The words of shops."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

NAME_MAX: Final = 60
STORY_MAX: Final = 2_000
"""Characters of a shop's name and story."""

SHOPS_MAX: Final = 100
"""Shops that one request may read."""

SHOPS_OWNED_MAX: Final = 50
"""Shops of one person that are not closed: each is read whenever they ask for anything, and has a short address."""

HANDLE_MAX: Final = 32
"""Characters of a shop's short address."""

HANDLE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]")
NEW_HANDLE: Final = re.compile(rf"(?![0-9a-f]{{32}}\Z){HANDLE.pattern}")
"""What a shop may be called from now on: what is not the id of another, which is read before a name in many places."""
COLOUR: Final = re.compile(r"#[0-9a-f]{6}")

COLOUR_DEFAULT: Final = "#06803f"


class ShopState(StrEnum):
    """Whether a shop sells."""

    OPEN = "open"
    CLOSED = "closed"
    """Its page is there, and nothing can be bought."""


class Verification(StrEnum):
    """Whether the operator's reviewers know who is behind a shop."""

    UNVERIFIED = "unverified"
    """It sells within limits."""
    VERIFIED = "verified"


class Limits(Struct, frozen=True, kw_only=True):
    """What a shop may do that is not verified. Amounts are fen."""

    day_sales_max: int
    """What it is paid on one day in Shanghai, less what of that went back."""
    total_sales_max: int
    may_withdraw: bool


class Standing(StrEnum):
    """Whether a shop can be bought at, and why not. Where several apply, the first listed is given."""

    CLOSED = "closed"
    """For good: everything is over and paid out."""
    CLOSING = "closing"
    """Its owner closes it: no new orders, running ones go on."""
    SUSPENDED = "suspended"
    """The operator's staff stopped its sales."""
    AWAY = "away"
    """On holiday, and takes no orders."""
    RESTING = "resting"
    """Its owner set it to rest until further notice."""
    OPEN = "open"
    """Also on a holiday on which it takes orders."""


class Holiday(Struct, frozen=True, kw_only=True):
    """When a shop is on holiday, and what buyers are told."""

    starts_at: datetime
    ends_at: datetime
    notice: str
    takes_orders: bool


class Shop(Struct, frozen=True, kw_only=True):
    """A shop, with what its staff know of it."""

    id: UUID
    handle: str
    name: str
    story: str
    owner_id: UUID
    status: ShopState
    """What its owner wishes; whether it sells, `standing` says."""
    colour: str
    created_at: datetime
    verification: Verification = Verification.UNVERIFIED
    holiday: Holiday | None = None
    is_away: bool = False
    """The holiday runs."""
    is_sales_suspended: bool = False
    is_withdrawals_suspended: bool = False
    is_listing_frozen: bool = False
    """A penalty keeps it from putting more on sale."""
    is_limited: bool = False
    """A penalty has it sell within the daily limit of shops that are not verified."""
    is_withdrawals_held: bool = False
    """A penalty keeps it from withdrawing."""
    suspended_until: datetime | None = None
    """None: not suspended, or until that is lifted."""
    closing_at: datetime | None = None
    closing_account_id: UUID | None = None
    """Where the rest of its money goes."""
    closed_at: datetime | None = None
    was_closed: bool = False
    """It is being closed once more, for money that came: it was closed for good, and is not opened again."""

    @property
    def is_gone(self) -> bool:
        """Whether it has been closed for good, even if money came to it since."""
        return self.closed_at is not None or self.was_closed

    @property
    def standing(self) -> Standing:
        """Say whether the shop can be bought at, and why not: as `shops.public_shops` does."""
        if self.closed_at:
            return Standing.CLOSED
        if self.closing_at:
            return Standing.CLOSING
        if self.is_sales_suspended:
            return Standing.SUSPENDED
        if self.is_away and self.holiday and not self.holiday.takes_orders:
            return Standing.AWAY
        return Standing.OPEN if self.status is ShopState.OPEN else Standing.RESTING

    @property
    def sells(self) -> ShopState:
        """Say whether orders are taken: `open`, or `closed`."""
        return ShopState.OPEN if self.standing is Standing.OPEN else ShopState.CLOSED

    @property
    def turn_at(self) -> datetime | None:
        """Say when the clock changes something of it next."""
        holiday = self.holiday
        turns = [self.suspended_until, holiday and (holiday.ends_at if self.is_away else holiday.starts_at)]
        return min((at for at in turns if at), default=None)


class RestrictShop(Struct, frozen=True, kw_only=True):
    """Let a shop be restricted by just these of its penalties, whatever was before."""

    shop_id: UUID
    is_listing_frozen: bool
    is_limited: bool
    is_withdrawals_held: bool


class OpenShop(Struct, frozen=True, kw_only=True):
    """Open a shop. The caller makes `id`; everything the shop ever has lives in its shard.

    `handle` is its short address: 2 to 32 of a-z, 0-9 and hyphens. `colour` is `#rrggbb`.
    """

    id: UUID
    handle: str
    name: str
    owner_id: UUID
    actor: Actor
    story: str = ""
    colour: str = COLOUR_DEFAULT


class OpenShopStatus(StrEnum):
    """How opening a shop ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """The owner opened this shop before, with this handle."""
    ID_TAKEN = "id_taken"
    """The id is another shop's."""
    OWNER_NOT_FOUND = "owner_not_found"
    EXCEEDS_LIMIT = "exceeds_limit"
    """The owner has 50 shops that are not closed."""
    INVALID_HANDLE = "invalid_handle"
    INVALID_NAME = "invalid_name"
    """Not 1 to 60 characters in one line."""
    INVALID_STORY = "invalid_story"
    """Over 2,000 characters, or not text."""
    INVALID_COLOUR = "invalid_colour"
    HANDLE_TAKEN = "handle_taken"
    WORDS_REFUSED = "words_refused"
    """Its name or story says what the operator's word rules refuse: `CheckWords` tells what, and why."""


class UpdateShop(Struct, frozen=True, kw_only=True):
    """Change what is given; None leaves it. The caller checks that `actor` may act for the shop."""

    shop_id: UUID
    actor: Actor
    name: str | None = None
    story: str | None = None
    colour: str | None = None
    status: ShopState | None = None


class UpdateShopStatus(StrEnum):
    """How changing a shop ended. Where several apply, the first listed is given."""

    UPDATED = "updated"
    """It is as asked, whether or not it was before."""
    SHOP_NOT_FOUND = "shop_not_found"
    INVALID_NAME = "invalid_name"
    INVALID_STORY = "invalid_story"
    INVALID_COLOUR = "invalid_colour"
    WORDS_REFUSED = "words_refused"
    """Its name or story says what the operator's word rules refuse: `CheckWords` tells what, and why."""


class VerifyShop(Struct, frozen=True, kw_only=True):
    """Say that it is known who is behind a shop: its limits fall. The caller has judged that."""

    shop_id: UUID
    actor: Actor


class VerifyShopStatus(StrEnum):
    """How verifying a shop ended. Where several apply, the first listed is given."""

    VERIFIED = "verified"
    EXISTS = "exists"
    """It was verified before."""
    SHOP_NOT_FOUND = "shop_not_found"
