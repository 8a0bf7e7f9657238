"""Marked names in the reader's words."""

from weiji.supervision.naming.model import REASON_MAX, DecideNameStatus
from weiji.web import gettext as _
from weiji.web import ngettext


def deciding_error(status: DecideNameStatus) -> str:
    """Say why nothing was decided."""
    match status:
        case DecideNameStatus.NAME_CHANGED:
            return _("对方已经换了名字，请看新的。")
        case DecideNameStatus.ALREADY_DECIDED:
            return _("同事已经处理过了。")
        case DecideNameStatus.OWN_NAME:
            return _("自己的名字，请同事来看。")
        case _:
            return ngettext(
                "请写理由，不超过 %(number)s 个字：对方会看到。",
                "请写理由，不超过 %(number)s 个字：对方会看到。",
                REASON_MAX,
            )
