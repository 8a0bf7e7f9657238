"""What of payments needs the owner's word: naming a bank account, and withdrawing. See `identity.Refusal`."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from weiji.identity import Refusal
from weiji.kit.db import Transaction
from weiji.payments.model import CreatePayoutAccount, RequestPayout
from weiji.payments.operations import create_payout_accounts, request_payouts


class ProvedPayout(Struct, frozen=True):
    """Ask for money at the bank, with why it is refused before anything is looked at."""

    command: RequestPayout
    refusal: Refusal | None


class PayoutResultStatus(StrEnum):
    """How asking for a withdrawal ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    OWNER_NOT_FOUND = "owner_not_found"
    """The money is neither yours nor that of a shop you own."""
    SIGN_IN_NEEDED = "sign_in_needed"
    """An API key does not empty its person's wallet."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """Who is signed in withdraws with the payment password."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """So much takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    OWNER_SUSPENDED = "owner_suspended"
    """The operator's staff stopped the shop's withdrawals."""
    OWNER_NOT_VERIFIED = "owner_not_verified"
    """The operator wants shops to be verified before they withdraw."""
    BELOW_MINIMUM = "below_minimum"
    """The operator's rules say the least that may be withdrawn."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the owner."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name pays out here."""
    ACCOUNT_NOT_FOUND = "account_not_found"
    """The owner has no such bank account, or has removed it."""
    EXISTS_WITH_DIFFERENT_OWNER = "exists_with_different_owner"
    EXISTS_WITH_DIFFERENT_SOURCE = "exists_with_different_source"
    EXISTS_WITH_DIFFERENT_ACCOUNT = "exists_with_different_account"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_FEE = "exists_with_different_fee"
    """The rules have changed since; the withdrawal goes on under the old ones."""
    EXISTS_WITH_DIFFERENT_CHANNEL = "exists_with_different_channel"
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    """The bank account is in another name than those that were accepted since, or than the person's first account."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """There is not enough for amount and fee. The id is used up: a new attempt takes a new one."""
    OWNER_FROZEN = "owner_frozen"
    """Nothing may go out of the owner's account. As above."""


class PayoutResult(Struct, frozen=True, kw_only=True):
    """The answer to asking for a withdrawal, and what it costs."""

    status: PayoutResultStatus
    fee: int
    tries_left: int | None = None
    locked_until: datetime | None = None


class ProvedPayoutAccount(Struct, frozen=True):
    """Name a bank account, with why it is refused before anything is looked at."""

    command: CreatePayoutAccount
    refusal: Refusal | None


class PayoutAccountResultStatus(StrEnum):
    """How naming a bank account ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    OWNER_NOT_FOUND = "owner_not_found"
    """The owner is neither you nor a shop you own."""
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
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the owner."""
    HOLDER_INVALID = "holder_invalid"
    """Not one line of 1…100 characters."""
    BANK_INVALID = "bank_invalid"
    """Not one line of 1…100 characters."""
    NUMBER_INVALID = "number_invalid"
    """Not 8…30 digits."""
    ID_TAKEN = "id_taken"
    """Another account has this id."""
    NAME_DIFFERS = "name_differs"
    """It is in nobody's name that was accepted: for the shop, or for a shop of the person's. Where none was, a person's
    are in that of their first which was not removed."""


class PayoutAccountResult(Struct, frozen=True, kw_only=True):
    """The answer to naming a bank account."""

    status: PayoutAccountResultStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


async def request_proved_payouts(tx: Transaction, commands: Sequence[ProvedPayout]) -> list[PayoutResult]:
    """Ask for withdrawals of those who proved that they may; results are in the order of *commands*."""
    proved = [each.command for each in commands if each.refusal is None]
    statuses = iter(await request_payouts(tx, proved) if proved else [])
    return [
        PayoutResult(
            status=PayoutResultStatus(each.refusal.status),
            fee=each.command.fee,
            tries_left=each.refusal.tries_left,
            locked_until=each.refusal.locked_until,
        )
        if each.refusal
        else PayoutResult(status=PayoutResultStatus(next(statuses).value), fee=each.command.fee)
        for each in commands
    ]


async def create_proved_payout_accounts(
    tx: Transaction, commands: Sequence[ProvedPayoutAccount]
) -> list[PayoutAccountResult]:
    """Name bank accounts of those who proved that they may; results are in the order of *commands*."""
    proved = [each.command for each in commands if each.refusal is None]
    statuses = iter(await create_payout_accounts(tx, proved) if proved else [])
    return [
        PayoutAccountResult(
            status=PayoutAccountResultStatus(each.refusal.status),
            tries_left=each.refusal.tries_left,
            locked_until=each.refusal.locked_until,
        )
        if each.refusal
        else PayoutAccountResult(status=PayoutAccountResultStatus(next(statuses).value))
        for each in commands
    ]
