"""How pages tell of months of the books."""

from weiji.kit.money import format_yuan
from weiji.ledger.words import code_words
from weiji.payments import channel_word
from weiji.periods.model import CLOSE_AFTER, Blocker, BlockerKind
from weiji.web import gettext as _
from weiji.web import ngettext


def blocker_word(blocker: Blocker) -> tuple[str, str | None]:
    """Say what stands in the way, and where it is dealt with."""
    match blocker.kind:
        case BlockerKind.NOT_OVER:
            text = ngettext("这个月还没有过去 %(number)s 天。", "这个月还没有过去 %(number)s 天。", CLOSE_AFTER.days)
            return text, None
        case BlockerKind.EARLIER_OPEN:
            return _("上一个月还没有关。"), None
        case BlockerKind.STATEMENTS_MISSING:
            text = ngettext(
                "%(channel)s还有 %(number)s 天的账单没有对过，最早 %(day)s。取不到的用 weiji reconcile 导入。",
                "%(channel)s还有 %(number)s 天的账单没有对过，最早 %(day)s。取不到的用 weiji reconcile 导入。",
                blocker.amount,
                channel=channel_word(blocker.channel),
                day=blocker.since,
            )
            return text, "/operator/reconciliation"
        case BlockerKind.BREAKS_OPEN:
            text = ngettext(
                "和渠道的账单还有 %(number)s 处差异没有了结。",
                "和渠道的账单还有 %(number)s 处差异没有了结。",
                blocker.amount,
            )
            return text, "/operator/reconciliation"
        case BlockerKind.NOT_CLEARED:
            account = code_words().get(blocker.code or 0, str(blocker.code))
            text = _(
                "%(account)s：月底剩下的还有 ¥%(amount)s 没有走完。",
                account=account,
                amount=format_yuan(blocker.amount),
            )
            return text, "/operator/reconciliation"
