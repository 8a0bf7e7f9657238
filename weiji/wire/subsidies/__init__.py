"""Subsidies: what a service provider adds of its own money to orders of merchants that named it."""

from weiji.wire.subsidies.model import (
    DeclineStatus,
    DeclineSubsidy,
    GiveSubsidy,
    GiveSubsidyStatus,
    ReceiveSubsidy,
    ReturnSubsidy,
    ReturnSubsidyStatus,
    TakeSubsidyBack,
    subsidy_id_of,
    subsidy_return_id_of,
)
from weiji.wire.subsidies.operations import (
    decline_subsidies,
    give_subsidies,
    receive_subsidies,
    return_subsidies,
    take_subsidies_back,
)
from weiji.wire.subsidies.store import get_subsidies, get_subsidy_returns

__all__ = [
    "DeclineStatus",
    "DeclineSubsidy",
    "GiveSubsidy",
    "GiveSubsidyStatus",
    "ReceiveSubsidy",
    "ReturnSubsidy",
    "ReturnSubsidyStatus",
    "TakeSubsidyBack",
    "decline_subsidies",
    "get_subsidies",
    "get_subsidy_returns",
    "give_subsidies",
    "receive_subsidies",
    "return_subsidies",
    "subsidy_id_of",
    "subsidy_return_id_of",
    "take_subsidies_back",
]
