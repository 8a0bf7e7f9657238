"""The ledger's words: accounts, transfers, their flags, and how each command can end.

The vocabulary is TigerBeetle's (https://docs.tigerbeetle.com/reference/), with freezing added
and imports left out. README.md beside this file is the specification.
"""

from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

AMOUNT_MAX: Final = 2**53 - 1
"""The largest amount, in the ledger's smallest unit: exact in JSON. Posting it posts the whole hold."""

BATCH_MAX: Final = 8_190
"""Events in one batch, at most."""

TIMEOUT_MAX: Final = 2**31 - 1
"""Seconds until a pending transfer expires, at most: 68 years."""

CODE_MAX: Final = 2**15 - 1
"""The largest code of an account or a transfer: it takes two bytes, and PostgreSQL's have a sign."""

EFFECTIVE_AT_MAX: Final = 2**53 - 1
"""The last business time, in microseconds since 1970: in the year 2255, exact in JSON."""


class AccountFlags(IntFlag):
    """What an account is held to."""

    NONE = 0
    DEBITS_MUST_NOT_EXCEED_CREDITS = 1 << 0
    CREDITS_MUST_NOT_EXCEED_DEBITS = 1 << 1
    HISTORY = 1 << 2
    """Its balance after every batch is kept (`balance_snapshots`)."""
    CLOSED = 1 << 3
    """Set by a closing transfer, cleared by voiding that transfer. Never given at creation."""
    FROZEN_DEBITS = 1 << 4
    """Nothing more goes out than what was held before. Set by a freezing transfer, cleared by voiding that transfer.
    Never given at creation.
    """
    FROZEN_CREDITS = 1 << 5
    """Nothing more comes in. As above."""


ACCOUNT_FLAGS_AT_CREATION: Final = (
    AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS | AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS | AccountFlags.HISTORY
)


class TransferFlags(IntFlag):
    """How a transfer acts."""

    NONE = 0
    LINKED = 1 << 0
    """This event and the next stand or fall together."""
    PENDING = 1 << 1
    """Hold the amount; a later transfer posts or voids it."""
    POST_PENDING_TRANSFER = 1 << 2
    VOID_PENDING_TRANSFER = 1 << 3
    BALANCING_DEBIT = 1 << 4
    """Take at most what the debit account has."""
    BALANCING_CREDIT = 1 << 5
    """Give at most what the credit account lacks."""
    CLOSING_DEBIT = 1 << 6
    CLOSING_CREDIT = 1 << 7
    FREEZING_DEBIT = 1 << 8
    """Freeze the debits of the debit account, until voided."""
    FREEZING_CREDIT = 1 << 9
    """Freeze the credits of the credit account, until voided."""
    EXPIRED = 1 << 10
    """A void made by the clock. Only the ledger itself writes it; from a caller it is a reserved flag."""


class Account(Struct, frozen=True, kw_only=True):
    """Open an account.

    `id` carries the shard in its last six bits. `code` says what kind of account it is (see `chart.py`).
    """

    id: UUID
    ledger: int
    code: int
    flags: AccountFlags = AccountFlags.NONE
    owner_id: UUID | None = None


class Transfer(Struct, frozen=True, kw_only=True):
    """Move `amount` (smallest unit of `ledger`) from the debit to the credit account.

    The caller makes `id`, in the shard of both accounts, so that asking again is safe for ever.
    In a post or void, `debit_account_id` and `credit_account_id` None, and `ledger` and `code` 0,
    take over the pending transfer's.
    """

    id: UUID
    debit_account_id: UUID | None = None
    credit_account_id: UUID | None = None
    amount: int = 0
    pending_id: UUID | None = None
    timeout: int = 0
    """Seconds after which a pending transfer expires; 0: never."""
    ledger: int = 0
    code: int = 0
    flags: TransferFlags = TransferFlags.NONE
    journal_id: UUID | None = None
    """What this money was moved for: an order, a payment, a payout. Its events tell who moved it, and why."""
    effective_at: int | None = None
    """Business time, microseconds since 1970; None: when it is recorded."""


class AccountStatus(StrEnum):
    """How opening an account ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS_WITH_DIFFERENT_FLAGS = "exists_with_different_flags"
    EXISTS_WITH_DIFFERENT_LEDGER = "exists_with_different_ledger"
    EXISTS_WITH_DIFFERENT_CODE = "exists_with_different_code"
    EXISTS_WITH_DIFFERENT_OWNER_ID = "exists_with_different_owner_id"
    EXISTS = "exists"
    RESERVED_FLAG = "reserved_flag"
    FLAGS_ARE_MUTUALLY_EXCLUSIVE = "flags_are_mutually_exclusive"
    LEDGER_NOT_FOUND = "ledger_not_found"
    CODE_MUST_NOT_BE_ZERO = "code_must_not_be_zero"
    CODE_OUT_OF_RANGE = "code_out_of_range"


class TransferStatus(StrEnum):
    """How a transfer ended. Where several apply, the first listed is given."""

    CREATED = "created"
    LINKED_EVENT_FAILED = "linked_event_failed"
    """Another event of its chain failed."""
    LINKED_EVENT_CHAIN_OPEN = "linked_event_chain_open"
    """The batch ended inside its chain."""
    EXISTS_WITH_DIFFERENT_FLAGS = "exists_with_different_flags"
    EXISTS_WITH_DIFFERENT_PENDING_ID = "exists_with_different_pending_id"
    EXISTS_WITH_DIFFERENT_TIMEOUT = "exists_with_different_timeout"
    EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID = "exists_with_different_debit_account_id"
    EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID = "exists_with_different_credit_account_id"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_JOURNAL_ID = "exists_with_different_journal_id"
    EXISTS_WITH_DIFFERENT_EFFECTIVE_AT = "exists_with_different_effective_at"
    EXISTS_WITH_DIFFERENT_LEDGER = "exists_with_different_ledger"
    EXISTS_WITH_DIFFERENT_CODE = "exists_with_different_code"
    EXISTS = "exists"
    """The same transfer was made before; its amount and timestamp are given."""
    ID_ALREADY_FAILED = "id_already_failed"
    """This id met a passing obstacle before; its answer stands. A new attempt takes a new id."""
    RESERVED_FLAG = "reserved_flag"
    FLAGS_ARE_MUTUALLY_EXCLUSIVE = "flags_are_mutually_exclusive"
    DEBIT_ACCOUNT_ID_MUST_BE_GIVEN = "debit_account_id_must_be_given"
    CREDIT_ACCOUNT_ID_MUST_BE_GIVEN = "credit_account_id_must_be_given"
    ACCOUNTS_MUST_BE_DIFFERENT = "accounts_must_be_different"
    ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER = "accounts_must_be_in_the_shard_of_the_transfer"
    PENDING_ID_MUST_NOT_BE_GIVEN = "pending_id_must_not_be_given"
    PENDING_ID_MUST_BE_GIVEN = "pending_id_must_be_given"
    PENDING_ID_MUST_BE_DIFFERENT = "pending_id_must_be_different"
    TIMEOUT_RESERVED_FOR_PENDING_TRANSFER = "timeout_reserved_for_pending_transfer"
    TIMEOUT_OUT_OF_RANGE = "timeout_out_of_range"
    CLOSING_TRANSFER_MUST_BE_PENDING = "closing_transfer_must_be_pending"
    FREEZING_TRANSFER_MUST_BE_PENDING = "freezing_transfer_must_be_pending"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    LEDGER_MUST_NOT_BE_ZERO = "ledger_must_not_be_zero"
    CODE_MUST_NOT_BE_ZERO = "code_must_not_be_zero"
    CODE_OUT_OF_RANGE = "code_out_of_range"
    EFFECTIVE_AT_OUT_OF_RANGE = "effective_at_out_of_range"
    PERIOD_CLOSED = "period_closed"
    """It would take effect in a period that is closed: a correction takes effect in the open one."""
    DEBIT_ACCOUNT_NOT_FOUND = "debit_account_not_found"
    CREDIT_ACCOUNT_NOT_FOUND = "credit_account_not_found"
    ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER = "accounts_must_have_the_same_ledger"
    TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS = "transfer_must_have_the_same_ledger_as_accounts"
    PENDING_TRANSFER_NOT_FOUND = "pending_transfer_not_found"
    PENDING_TRANSFER_NOT_PENDING = "pending_transfer_not_pending"
    PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID = "pending_transfer_has_different_debit_account_id"
    PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID = "pending_transfer_has_different_credit_account_id"
    PENDING_TRANSFER_HAS_DIFFERENT_LEDGER = "pending_transfer_has_different_ledger"
    PENDING_TRANSFER_HAS_DIFFERENT_CODE = "pending_transfer_has_different_code"
    EXCEEDS_PENDING_TRANSFER_AMOUNT = "exceeds_pending_transfer_amount"
    PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT = "pending_transfer_has_different_amount"
    PENDING_TRANSFER_ALREADY_POSTED = "pending_transfer_already_posted"
    PENDING_TRANSFER_ALREADY_VOIDED = "pending_transfer_already_voided"
    PENDING_TRANSFER_EXPIRED = "pending_transfer_expired"
    DEBIT_ACCOUNT_ALREADY_CLOSED = "debit_account_already_closed"
    CREDIT_ACCOUNT_ALREADY_CLOSED = "credit_account_already_closed"
    DEBIT_ACCOUNT_FROZEN = "debit_account_frozen"
    CREDIT_ACCOUNT_FROZEN = "credit_account_frozen"
    OVERFLOWS_DEBITS = "overflows_debits"
    """The debit account's debits would pass 2^63 - 1, pending and posted together."""
    OVERFLOWS_CREDITS = "overflows_credits"
    EXCEEDS_CREDITS = "exceeds_credits"
    """The debit account has not enough."""
    EXCEEDS_DEBITS = "exceeds_debits"
    """The credit account may not be credited beyond its debits."""


TRANSIENT: Final = frozenset(
    {
        TransferStatus.DEBIT_ACCOUNT_NOT_FOUND,
        TransferStatus.CREDIT_ACCOUNT_NOT_FOUND,
        TransferStatus.PENDING_TRANSFER_NOT_FOUND,
        TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED,
        TransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED,
        TransferStatus.DEBIT_ACCOUNT_FROZEN,
        TransferStatus.CREDIT_ACCOUNT_FROZEN,
        TransferStatus.EXCEEDS_CREDITS,
        TransferStatus.EXCEEDS_DEBITS,
    }
)
"""Failures that might have gone well at another time. They are remembered: the id answers `id_already_failed` after."""


class TransferResult(Struct, frozen=True):
    """The answer to one transfer. `amount` and `timestamp` are 0 unless it was created or exists."""

    status: TransferStatus
    amount: int = 0
    timestamp: int = 0

    @property
    def is_made(self) -> bool:
        """Whether the transfer stands, made now or before."""
        return self.status is TransferStatus.CREATED or self.status is TransferStatus.EXISTS


class AccountBalance(Struct, frozen=True, kw_only=True):
    """An account with its four counters, all in the ledger's smallest unit."""

    id: UUID
    ledger: int
    code: int
    flags: AccountFlags
    owner_id: UUID | None
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    created_at: int

    @property
    def available(self) -> int:
        """What a credit account can still spend: posted credits less debits posted and held."""
        return self.credits_posted - self.debits_posted - self.debits_pending


class WalletBalance(Struct, frozen=True, kw_only=True):
    """What a person has, and when it last moved."""

    person_id: UUID
    available: int
    moved_at: datetime | None
    """None: nothing ever moved."""


class Total(Struct, frozen=True):
    """What transfers of one kind brought, or took."""

    code: int
    is_in: bool
    amount: int
    transfers: int


class Totals(Struct, frozen=True):
    """What was on accounts before and after a time, and what came in and went out meanwhile."""

    opening: int
    closing: int
    lines: list[Total]


def move(
    about: UUID,
    id: UUID,
    debit: Account,
    credit: Account,
    amount: int,
    kind: int,
    flags: TransferFlags = TransferFlags.NONE,
) -> Transfer:
    """Make the transfer of an amount between two accounts of one ledger. Statements tell what it was *about*."""
    return Transfer(
        id=id,
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=amount,
        ledger=debit.ledger,
        code=kind,
        flags=flags,
        journal_id=about,
    )


class TrialLine(Struct, frozen=True, kw_only=True):
    """A line of a trial balance of the past: what accounts of a kind came to, and what moved after."""

    ledger: int
    code: int
    accounts: int
    debits: int
    credits: int
    debits_later: int
    credits_later: int
