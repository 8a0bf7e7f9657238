"""Reconciliation: what channels say they did, held against our books. See README.md."""

from weiji.reconciliation.handlers import Reconciliation, jobs
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
    Statement,
    TakeUpCapture,
    TakeUpStatus,
)
from weiji.reconciliation.operations import (
    agree_to_resolutions,
    break_id_of,
    import_statement,
    propose_resolutions,
    take_up_captures,
)

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
    "Statement",
    "TakeUpCapture",
    "TakeUpStatus",
    "agree_to_resolutions",
    "break_id_of",
    "import_statement",
    "jobs",
    "propose_resolutions",
    "take_up_captures",
]
