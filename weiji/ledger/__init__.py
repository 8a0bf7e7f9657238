"""Accounts, transfers, balances: double entry."""

from weiji.ledger.chart import Code, Kind
from weiji.ledger.model import (
    AMOUNT_MAX,
    BATCH_MAX,
    Account,
    AccountBalance,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferFlags,
    TransferResult,
    TransferStatus,
)
from weiji.ledger.operations import (
    create_accounts,
    create_transfers,
    expire_pending,
    get_balance_as_of,
    get_heads,
    get_statement,
    get_trial_balance,
    lookup_accounts,
    lookup_transfers,
    sign_heads,
)
from weiji.ledger.verify import Defect, Report, verify

__all__ = [
    "AMOUNT_MAX",
    "BATCH_MAX",
    "Account",
    "AccountBalance",
    "AccountFlags",
    "AccountStatus",
    "Code",
    "Defect",
    "Kind",
    "Report",
    "Transfer",
    "TransferFlags",
    "TransferResult",
    "TransferStatus",
    "create_accounts",
    "create_transfers",
    "expire_pending",
    "get_balance_as_of",
    "get_heads",
    "get_statement",
    "get_trial_balance",
    "lookup_accounts",
    "lookup_transfers",
    "sign_heads",
    "verify",
]
