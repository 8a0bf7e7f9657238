"""Payment codes: a payer shows one, a cashier scans it, one order is paid from the wallet."""

from weiji.wire.codes.model import (
    AMOUNT_MAX,
    LASTS,
    CodeUse,
    IssueCode,
    IssueCodeStatus,
    TakeCode,
    TakeCodeResult,
    TakeCodeStatus,
    digest_of,
    draw_code,
    shard_of_code,
)
from weiji.wire.codes.operations import forget_codes, issue_codes, take_codes
from weiji.wire.codes.store import get_codes

__all__ = [
    "AMOUNT_MAX",
    "LASTS",
    "CodeUse",
    "IssueCode",
    "IssueCodeStatus",
    "TakeCode",
    "TakeCodeResult",
    "TakeCodeStatus",
    "digest_of",
    "draw_code",
    "forget_codes",
    "get_codes",
    "issue_codes",
    "shard_of_code",
    "take_codes",
]
