"""How the operator's page tells of bank statements."""

from weiji.payments.bank.model import AMOUNT_MAX, LINES_MAX, BankImportResult, BankImportStatus
from weiji.payments.bank.reading import BankFileFault, read_reason
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


def import_words(result: BankImportResult) -> str:
    """Say how an import ended."""
    one = result.statement
    if result.status is BankImportStatus.HELD:
        return _("这份对账单里的钱多，交给同事复核了，通过之后才导入。")
    if result.status is BankImportStatus.UNREADABLE or one is None:
        return _("读不懂这份对账单（%(reason)s），一笔都没有导入。", reason=reason_word(result.reason or ""))
    if result.status is BankImportStatus.EXISTS:
        return _("这份对账单导过了，没有再记一遍。")
    said = _(
        "导入了：对上 %(matched)s 笔，早就有的 %(known)s 笔，无主的 %(unmatched)s 笔。",
        matched=one.matched,
        known=one.known,
        unmatched=one.unmatched,
    )
    if not one.debits_unmatched:
        return said
    return ngettext(
        "%(said)s另有 %(number)s 笔支出对不上。",
        "%(said)s另有 %(number)s 笔支出对不上。",
        one.debits_unmatched,
        said=said,
    )


def reason_word(reason: str) -> str:
    """Say why a file of the bank can't be read."""
    fault, line = read_reason(reason)
    word = _fault_word(fault)
    return word if line is None else _("第 %(line)s 行：%(problem)s", line=line, problem=word)


def _fault_word(fault: BankFileFault) -> str:
    match fault:
        case BankFileFault.TOO_LARGE:
            return _("文件太大")
        case BankFileFault.NO_TEXT:
            return _("不是文本文件，请从网银导出 CSV")
        case BankFileFault.NO_TABLE:
            return _("不是表格")
        case BankFileFault.NO_HEAD:
            return _("没有一行表头写着日期、收入金额和附言")
        case BankFileFault.NO_HEAD_OF_RETURNS:
            return _("没有一行表头写着附言、金额和结果")
        case BankFileFault.NO_LINE:
            return _("里面一行也没有")
        case BankFileFault.TOO_MANY_LINES:
            return _("超过 %(max)s 行", max=LINES_MAX)
        case BankFileFault.NUMBER_TWICE:
            return _("流水号和另一行一样，内容却不同")
        case BankFileFault.NO_DAY:
            return _("日期读不懂")
        case BankFileFault.NO_AMOUNT:
            return _("金额读不懂")
        case BankFileFault.TOO_MUCH:
            return _("金额加到这一行，超过了 %(max)s", max=money(AMOUNT_MAX))
        case BankFileFault.MINUSES:
            return _("支出全是负数，分不清是付款还是冲正，请导出带每行余额的明细")
