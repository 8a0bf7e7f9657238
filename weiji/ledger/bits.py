"""The flags as plain integers: operations on an IntFlag cost a microsecond each, and rules run for every transfer."""

from typing import Final

from weiji.ledger.model import ACCOUNT_FLAGS_AT_CREATION, AccountFlags, TransferFlags

LINKED: Final = int(TransferFlags.LINKED)
PENDING: Final = int(TransferFlags.PENDING)
POST: Final = int(TransferFlags.POST_PENDING_TRANSFER)
VOID: Final = int(TransferFlags.VOID_PENDING_TRANSFER)
BALANCING_DEBIT: Final = int(TransferFlags.BALANCING_DEBIT)
BALANCING_CREDIT: Final = int(TransferFlags.BALANCING_CREDIT)
BALANCING: Final = BALANCING_DEBIT | BALANCING_CREDIT
CLOSING_DEBIT: Final = int(TransferFlags.CLOSING_DEBIT)
CLOSING_CREDIT: Final = int(TransferFlags.CLOSING_CREDIT)
CLOSING: Final = CLOSING_DEBIT | CLOSING_CREDIT
FREEZING_DEBIT: Final = int(TransferFlags.FREEZING_DEBIT)
FREEZING_CREDIT: Final = int(TransferFlags.FREEZING_CREDIT)
FREEZING: Final = FREEZING_DEBIT | FREEZING_CREDIT
EXPIRED: Final = int(TransferFlags.EXPIRED)
KNOWN: Final = 2 * FREEZING_CREDIT - 1
RESOLVING: Final = POST | VOID
TWO_PHASE: Final = PENDING | RESOLVING

DNX: Final = int(AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS)
CNX: Final = int(AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS)
HISTORY: Final = int(AccountFlags.HISTORY)
AT_CREATION: Final = int(ACCOUNT_FLAGS_AT_CREATION)
CLOSED: Final = int(AccountFlags.CLOSED)
FROZEN_DEBITS: Final = int(AccountFlags.FROZEN_DEBITS)
FROZEN_CREDITS: Final = int(AccountFlags.FROZEN_CREDITS)


HOLD_PENDING: Final = 1
HOLD_POSTED: Final = 2
HOLD_VOIDED: Final = 3
HOLD_EXPIRED: Final = 4
"""States of a hold."""
