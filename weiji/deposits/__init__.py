"""What shops put up for what they may come to owe, and what they owe."""

from weiji.deposits.keeping import jobs, subscriptions
from weiji.deposits.model import (
    CompensateBuyer,
    CompensateBuyerStatus,
    PayDeposit,
    PayDepositStatus,
    ReleaseDeposit,
    Stake,
    TakeBackDeposit,
    TakeBackDepositStatus,
)
from weiji.deposits.operations import (
    compensate_buyers,
    get_compensable,
    pay_deposits,
    release_deposits,
    repay_debts,
    take_back_deposits,
)
from weiji.deposits.store import get_compensations, get_stakes

__all__ = [
    "CompensateBuyer",
    "CompensateBuyerStatus",
    "PayDeposit",
    "PayDepositStatus",
    "ReleaseDeposit",
    "Stake",
    "TakeBackDeposit",
    "TakeBackDepositStatus",
    "compensate_buyers",
    "get_compensable",
    "get_compensations",
    "get_stakes",
    "jobs",
    "pay_deposits",
    "release_deposits",
    "repay_debts",
    "subscriptions",
    "take_back_deposits",
]
