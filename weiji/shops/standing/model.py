"""The words of a shop's standing."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal

NOTICE_MAX: Final = 200
"""Characters of what buyers are told about a holiday."""

REASON_MAX: Final = 500
APPEAL_MAX: Final = 2_000
"""Characters of why a shop is suspended, and of what its owner says to that."""

HOLIDAY_MAX: Final = timedelta(days=90)
"""The longest holiday; whoever is away for longer sets their shop to rest."""

HOLIDAY_WITH_ORDERS_MAX: Final = timedelta(days=15)
"""The longest holiday on which orders are taken: what is not shipped after it goes back to its buyer."""

HOLIDAY_AHEAD_MAX: Final = timedelta(days=180)
"""How long before a holiday it may be said."""

SUSPENSION_DAYS_MAX: Final = 365

SUSPENSIONS_SHOWN: Final = 20
"""Suspensions of one shop that a page shows, the latest first."""


class PutHoliday(Struct, frozen=True, kw_only=True):
    """Say when a shop is on holiday, in the place of what was said before.

    With `takes_orders` it sells on, and buyers are told that what they buy is shipped from `ends_at` on.
    """

    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    notice: str
    takes_orders: bool
    actor: Actor


class PutHolidayStatus(StrEnum):
    """How saying it ended. Where several apply, the first listed is given."""

    PUT = "put"
    """It is as asked, whether or not it was before."""
    SHOP_NOT_FOUND = "shop_not_found"
    CLOSING = "closing"
    """The shop is being closed, or closed."""
    TIMES_INVALID = "times_invalid"
    """It ends before it starts, or is over, or lies more than 180 days ahead."""
    TOO_LONG = "too_long"
    """Over 90 days; over 15 if orders are taken."""
    NOTICE_MALFORMED = "notice_malformed"
    """Over 200 characters, or not text."""


class EndHoliday(Struct, frozen=True, kw_only=True):
    """End a holiday at once, or call off one to come."""

    shop_id: UUID
    actor: Actor


class EndHolidayStatus(StrEnum):
    """How ending it ended."""

    ENDED = "ended"
    EXISTS = "exists"
    """There is none."""
    SHOP_NOT_FOUND = "shop_not_found"


class SuspensionState(StrEnum):
    """Whether a suspension counts."""

    IN_FORCE = "in_force"
    LIFTED = "lifted"
    """The operator's staff took it back, of themselves or on appeal."""
    OVER = "over"
    """Its time was over."""


class Suspension(Struct, frozen=True, kw_only=True):
    """What the operator's staff forbid a shop for a time, and why."""

    id: UUID
    shop_id: UUID
    stops_sales: bool
    stops_withdrawals: bool
    reason: str
    suspended_by: UUID
    suspended_at: datetime
    until: datetime | None
    """None: until it is lifted."""
    state: SuspensionState = SuspensionState.IN_FORCE
    ended_at: datetime | None = None
    appeal: str = ""
    appealed_at: datetime | None = None
    judged_by: UUID | None = None
    judged_at: datetime | None = None
    is_granted: bool | None = None
    judgement: str = ""


class SuspendShop(Struct, frozen=True, kw_only=True):
    """Forbid a shop to sell, to withdraw, or both. Its running orders go on. The caller makes `id`, near the shop."""

    id: UUID
    shop_id: UUID
    stops_sales: bool
    stops_withdrawals: bool
    reason: str
    """The owner reads it."""
    days: int | None
    """None: until it is lifted."""
    actor: Actor
    is_own: bool = False
    """Whether the actor works for the shop."""


class SuspendShopStatus(StrEnum):
    """How suspending ended. Where several apply, the first listed is given."""

    CREATED = "created"
    SHOP_NOT_FOUND = "shop_not_found"
    EXISTS = "exists"
    """It was done before."""
    ID_TAKEN = "id_taken"
    """The id is that of another suspension."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    OWN_SHOP = "own_shop"
    """Nobody decides about a shop that they work for."""
    NOTHING_STOPPED = "nothing_stopped"
    REASON_MALFORMED = "reason_malformed"
    """Not 1 to 500 characters."""
    DAYS_OUT_OF_RANGE = "days_out_of_range"
    """Not 1 to 365."""
    CLOSED = "closed"
    """The shop is closed for good."""
    ALREADY_SUSPENDED = "already_suspended"
    """Lift the one in force first."""


class LiftSuspension(Struct, frozen=True, kw_only=True):
    """Take a suspension back."""

    suspension_id: UUID
    reason: str
    actor: Actor
    is_own: bool = False


class LiftSuspensionStatus(StrEnum):
    """How lifting ended. Where several apply, the first listed is given."""

    LIFTED = "lifted"
    EXISTS = "exists"
    """It is not in force any more."""
    SUSPENSION_NOT_FOUND = "suspension_not_found"
    OWN_SHOP = "own_shop"
    REASON_MALFORMED = "reason_malformed"


class AppealSuspension(Struct, frozen=True, kw_only=True):
    """Say why a suspension is wrong: the owner may, once. The caller checks that `actor` owns the shop.

    *shop_id* is the shop that they own: a suspension of another is as good as none.
    """

    suspension_id: UUID
    shop_id: UUID
    text: str
    actor: Actor


class AppealSuspensionStatus(StrEnum):
    """How appealing ended. Where several apply, the first listed is given."""

    APPEALED = "appealed"
    SUSPENSION_NOT_FOUND = "suspension_not_found"
    EXISTS = "exists"
    """Just this was said before."""
    ALREADY_APPEALED = "already_appealed"
    """There is one appeal for each suspension."""
    NOT_IN_FORCE = "not_in_force"
    TEXT_MALFORMED = "text_malformed"
    """Not 1 to 2,000 characters."""


class JudgeAppeal(Struct, frozen=True, kw_only=True):
    """Decide an appeal: granted, the suspension is lifted at once. By another than who suspended."""

    suspension_id: UUID
    is_granted: bool
    reason: str
    """The owner reads it."""
    actor: Actor
    is_own: bool = False


class JudgeAppealStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    GRANTED = "granted"
    DENIED = "denied"
    SUSPENSION_NOT_FOUND = "suspension_not_found"
    NOT_APPEALED = "not_appealed"
    EXISTS = "exists"
    """The same staff decided it so before."""
    ALREADY_JUDGED = "already_judged"
    OWN_SHOP = "own_shop"
    SAME_PERSON = "same_person"
    """Who suspended does not judge the appeal."""
    NOT_IN_FORCE = "not_in_force"
    REASON_MALFORMED = "reason_malformed"
    """Not 1 to 500 characters."""


class CloseShop(Struct, frozen=True, kw_only=True):
    """Begin to close a shop: it takes no orders from now on, and is closed once nothing of it is open.

    *account_id* is the bank account of the shop that the rest of its money goes to. Said again with another account,
    the rest goes there.
    """

    shop_id: UUID
    account_id: UUID
    actor: Actor
    refusal: Refusal | None = None


class CloseShopStatus(StrEnum):
    """How beginning to close ended. Where several apply, the first listed is given."""

    CLOSING = "closing"
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    ACCOUNT_NOT_FOUND = "account_not_found"
    """The shop has no such bank account."""
    SHOP_NOT_FOUND = "shop_not_found"
    EXISTS = "exists"
    """It is closing already, to this account."""
    CLOSED = "closed"
    """It is closed for good."""
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    """The bank account is in another name than those that were accepted for the shop."""


class CloseShopResult(Struct, frozen=True):
    """How beginning to close ended; where the payment password was not right, with what is left."""

    status: CloseShopStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class ReopenShop(Struct, frozen=True, kw_only=True):
    """Close a shop no longer, while it is not closed."""

    shop_id: UUID
    actor: Actor


class ReopenShopStatus(StrEnum):
    """How reopening ended. Where several apply, the first listed is given."""

    REOPENED = "reopened"
    EXISTS = "exists"
    """It is not being closed."""
    SHOP_NOT_FOUND = "shop_not_found"
    CLOSED = "closed"
    """It is closed for good."""
