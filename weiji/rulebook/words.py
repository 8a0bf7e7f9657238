"""What pages say of rules that were not published."""

from weiji.rulebook.model import REASON_MAX, PublishRulesStatus
from weiji.web import gettext as _
from weiji.web import ngettext


def reason_missing() -> str:
    """Ask for the reason."""
    return ngettext("请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX)


def refusal(status: PublishRulesStatus) -> tuple[str, str]:
    """Say why rules were not published, and at which field."""
    match status:
        case PublishRulesStatus.REASON_MISSING:
            return "reason", reason_missing()
        case PublishRulesStatus.THRESHOLDS_DO_NOT_RISE:
            return "thresholds", _("每一级都要比前一级高，第一级至少 1 分。")
        case PublishRulesStatus.RULE_TWICE:
            return "categories", _("有两行管的是同一个类目，请留下一行。")
        case PublishRulesStatus.CATEGORY_NOT_FOUND:
            return "form", _("有一个类目已经没有了，请另选一个。")
        case _:
            return "form", _("刚刚有人发布了新的一版，请看看再决定。")


def proposed() -> str:
    """Say that another of the staff is to agree."""
    return _("发布规则要两个人：交给同事复核了，通过之后才发布。")
