"""Who may say whose sub-merchant gets a shop's money: whoever proved that it is them. See `identity.Refusal`."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from weiji.identity import Refusal
from weiji.kit.db import Transaction
from weiji.payments import BindSubMerchant, RestoreSubMerchant, bind_sub_merchants, restore_sub_merchants


class ProvedBinding(Struct, frozen=True):
    """Bind a shop, with why that is refused before anything is looked at."""

    command: BindSubMerchant
    refusal: Refusal | None


class ProvedRestoration(Struct, frozen=True):
    """Bind a shop to what it was bound to, with why that is refused before anything is looked at."""

    command: RestoreSubMerchant
    refusal: Refusal | None


class BindingResultStatus(StrEnum):
    """How binding ended. Where several apply, the first listed is given."""

    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """It takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is installed that holds money for sub-merchants."""
    SHOP_NOT_FOUND = "shop_not_found"
    NUMBER_INVALID = "number_invalid"
    """Not 8…32 digits."""
    EXISTS = "exists"
    """The shop is bound to it already."""
    BOUND = "bound"


class BindingResult(Struct, frozen=True):
    """How binding ended; where the proof was not right, with what is left."""

    status: BindingResultStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class RestorationResultStatus(StrEnum):
    """How restoring ended. Where several apply, the first listed is given."""

    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """It takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    FORMER_NOT_FOUND = "former_not_found"
    """The shop was not bound to such a number last, or has another owner since."""
    EXISTS = "exists"
    """The shop is bound to it."""
    RESTORED = "restored"


class RestorationResult(Struct, frozen=True):
    """How restoring ended; where the proof was not right, with what is left."""

    status: RestorationResultStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


async def bind_proved(tx: Transaction, commands: Sequence[ProvedBinding]) -> list[BindingResult]:
    """Bind shops of those who proved that they may; results are in the order of *commands*."""
    statuses = iter(await bind_sub_merchants(tx, [each.command for each in commands if each.refusal is None]))
    return [
        BindingResult(BindingResultStatus(each.refusal.status), each.refusal.tries_left, each.refusal.locked_until)
        if each.refusal
        else BindingResult(BindingResultStatus(next(statuses).value))
        for each in commands
    ]


async def restore_proved(tx: Transaction, commands: Sequence[ProvedRestoration]) -> list[RestorationResult]:
    """Bind shops to what they were; results are in the order of *commands*."""
    statuses = iter(await restore_sub_merchants(tx, [each.command for each in commands if each.refusal is None]))
    return [
        RestorationResult(
            RestorationResultStatus(each.refusal.status), each.refusal.tries_left, each.refusal.locked_until
        )
        if each.refusal
        else RestorationResult(RestorationResultStatus(next(statuses).value))
        for each in commands
    ]
