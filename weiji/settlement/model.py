"""Schedules of payouts. Amounts are fen."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal

MINIMUM_MAX: Final = 10**12
LAST_DAY: Final = 28
"""The last day of a month that every month has."""


class Every(StrEnum):
    """How often a shop is paid out."""

    BY_HAND = "by_hand"
    """Only when the shop asks."""
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class PayoutOutcome(StrEnum):
    """What came of a payout's time."""

    PAID_OUT = "paid_out"
    TOO_LITTLE = "too_little"
    """There is less than the shop's or the operator's minimum: it waits for the next time."""
    WITHDRAWALS_BARRED = "withdrawals_barred"
    """The shop is not verified, or its withdrawals are suspended."""
    NO_ACCOUNT = "no_account"
    """The bank account was removed."""
    NO_CHANNEL = "no_channel"
    """No channel pays out here."""
    OWNER_FROZEN = "owner_frozen"
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    """The bank account is in another name than those that were accepted since."""


class Schedule(Struct, frozen=True, kw_only=True):
    """When a shop is paid out: everything that is available, if it is at least `minimum`.

    `day` counts from Monday with `week`, and is the day of the month, up to 28, with `month`; else it is 1.
    """

    shop_id: UUID
    every: Every = Every.BY_HAND
    day: int = 1
    minimum: int = 1
    account_id: UUID | None = None
    next_at: datetime | None = None
    last_at: datetime | None = None
    last_outcome: PayoutOutcome | None = None
    last_amount: int | None = None


class PutSchedule(Struct, frozen=True, kw_only=True):
    """Say when a shop is to be paid out, and to which of its bank accounts."""

    shop_id: UUID
    every: Every
    day: int
    minimum: int
    account_id: UUID | None
    actor: Actor
    refusal: Refusal | None = None
    """Why the payment password that came with it is refused."""


class PutScheduleStatus(StrEnum):
    """How putting a schedule ended. Where several apply, the first listed is given."""

    SHOP_NOT_FOUND = "shop_not_found"
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    STEP_UP_NEEDED = "step_up_needed"
    """It takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    DAY_OUT_OF_RANGE = "day_out_of_range"
    """1 to 7 with `week`, 1 to 28 with `month`, 1 otherwise."""
    MINIMUM_OUT_OF_RANGE = "minimum_out_of_range"
    ACCOUNT_NOT_FOUND = "account_not_found"
    """The shop has no such bank account. Only with `by_hand` it may be left out."""
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    """The bank account is in another name than those that were accepted for the shop."""
    EXISTS = "exists"
    """It says so already."""
    SAVED = "saved"


class PutScheduleResult(Struct, frozen=True):
    """How putting a schedule ended; where the payment password was not right, with what is left."""

    status: PutScheduleStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class Run(Struct, frozen=True, kw_only=True):
    """A schedule whose time has come, what its shop has, and whether it may withdraw."""

    schedule: Schedule
    available: int
    may_withdraw: bool


class Ran(Struct, frozen=True, kw_only=True):
    """What came of a run, and when the next is."""

    shop_id: UUID
    was_due_at: datetime
    next_at: datetime
    outcome: PayoutOutcome
    amount: int | None
    available: int
