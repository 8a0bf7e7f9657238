"""Wallets that nobody moved for long: told of, set aside, and given back at any time. See README.md."""

from weiji.dormancy.keeping import jobs
from weiji.dormancy.model import (
    NOTICE,
    Dormancy,
    DormancyState,
    FollowStatus,
    FollowWallet,
    GiveBack,
    GiveBackStatus,
)
from weiji.dormancy.operations import follow_wallets, give_back_dormant
from weiji.dormancy.store import Lying, get_dormancy

__all__ = [
    "NOTICE",
    "Dormancy",
    "DormancyState",
    "FollowStatus",
    "FollowWallet",
    "GiveBack",
    "GiveBackStatus",
    "Lying",
    "follow_wallets",
    "get_dormancy",
    "give_back_dormant",
    "jobs",
]
