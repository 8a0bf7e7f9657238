"""Reconciliation: what channels say they did, held against our books. See README.md."""

from weiji.reconciliation.handlers import Reconciliation, due_days, jobs, subscriptions
from weiji.reconciliation.model import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    ImportStatus,
    LineKind,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
)
from weiji.reconciliation.operations import agree_to_resolutions, import_statement, propose_resolutions
from weiji.reconciliation.store import accounts_of

__all__ = [
    "AgreeToResolution",
    "Break",
    "BreakClass",
    "BreakState",
    "ImportStatus",
    "LineKind",
    "ProposeResolution",
    "Reconciliation",
    "Resolution",
    "ResolutionStatus",
    "accounts_of",
    "agree_to_resolutions",
    "due_days",
    "import_statement",
    "jobs",
    "propose_resolutions",
    "subscriptions",
]
