"""How the operator's page tells of bank statements."""

from weiji.payments.bank.model import BankImportResult, BankImportStatus
from weiji.web import gettext as _


def import_words(result: BankImportResult) -> str:
    """Say how an import ended."""
    one = result.statement
    if result.status is BankImportStatus.HELD:
        return _("这份对账单里的钱多，交给同事复核了，通过之后才导入。")
    if result.status is BankImportStatus.UNREADABLE or one is None:
        return _("读不懂这份对账单（%(reason)s），一笔都没有导入。", reason=result.reason or "")
    if result.status is BankImportStatus.EXISTS:
        return _("这份对账单导过了，没有再记一遍。")
    return _(
        "导入了：对上 %(matched)s 笔，早就有的 %(known)s 笔，无主的 %(unmatched)s 笔。",
        matched=one.matched,
        known=one.known,
        unmatched=one.unmatched,
    )
