"""Who may propose what: operators everything, arbiters what a shop's deposit pays a buyer. Only operators agree."""

from collections.abc import Iterable
from typing import Final

from litestar.exceptions import PermissionDeniedException

from weiji.approvals.model import Verdict
from weiji.web.caller import Caller, staff

MAKERS: Final = staff("operator", "arbiter")
"""Lets in whoever may propose something."""

ARBITERS_DEED: Final = "compensation"


def check_may_propose(caller: Caller, deeds: Iterable[str]) -> None:
    """Answer 403 to an arbiter who would propose anything else."""
    if not caller.has_role("operator") and set(deeds) - {ARBITERS_DEED}:
        raise PermissionDeniedException


def check_may_decide(caller: Caller, verdicts: Iterable[str]) -> None:
    """Answer 403 to an arbiter who would do more than take their own back."""
    if not caller.has_role("operator") and set(verdicts) - {Verdict.WITHDRAW}:
        raise PermissionDeniedException
