"""What pages say of credit."""

from weiji.credit.model import Verdict
from weiji.web import gettext as _


def verdict_word(verdict: Verdict) -> tuple[str, str]:
    """Name what a trade counted for, and the tone of its tag."""
    match verdict:
        case Verdict.COUNTED:
            return _("记 1 分"), "good"
        case Verdict.RING:
            return _("来回买卖，不记分"), "wait"
        case Verdict.TOO_SMALL:
            return _("金额太小，不记分"), "plain"
        case Verdict.REFUNDED:
            return _("钱退了，不记分"), "wait"
        case Verdict.SAME_BUYER:
            return _("同一买家本月已记满"), "plain"
