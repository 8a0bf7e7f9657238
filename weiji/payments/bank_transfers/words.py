"""How the operator's pages tell of transfers by file."""

from weiji.payments.bank.words import reason_word
from weiji.payments.bank_transfers.files import AMOUNT_UNREADABLE, REFERENCE_MISSING, RESULT_UNKNOWN
from weiji.payments.bank_transfers.model import (
    BankReturnsResult,
    BankReturnsStatus,
    BankTransferKind,
    BankTransferStatus,
    MakeBankBatchStatus,
    TellBankTransferStatus,
)
from weiji.web import gettext as _
from weiji.web import pgettext


def transfer_kind_word(kind: BankTransferKind) -> str:
    """Name what a transfer is for."""
    return pgettext("one", "提现") if kind is BankTransferKind.PAYOUT else pgettext("one", "退款")


def transfer_status_word(status: BankTransferStatus) -> tuple[str, str]:
    """Name the state of a transfer, and the tone of its tag."""
    match status:
        case BankTransferStatus.WAITING:
            return _("待打款"), "wait"
        case BankTransferStatus.SENT:
            return _("等银行结果"), "info"
        case BankTransferStatus.PAID:
            return _("已付出"), "good"
        case BankTransferStatus.REJECTED:
            return _("银行没有付"), "bad"
        case BankTransferStatus.RETURNED:
            return _("退票"), "bad"


def batch_error(status: MakeBankBatchStatus) -> str:
    """Say why no file was made."""
    if status is MakeBankBatchStatus.NOTHING_WAITING:
        return _("没有等着打的款，可能别人刚刚生成了文件。")
    return _("先在支付渠道里填好银行转账的账户。")


def returns_words(result: BankReturnsResult) -> str:
    """Say how a return file was taken in."""
    one = result.returns
    if result.status is BankReturnsStatus.HELD:
        return _("这份回单里的钱多，交给同事复核了，通过之后才记。")
    if one is None:
        return _("读不懂这份回单（%(reason)s），一笔都没有记。", reason=reason_word(result.reason or ""))
    return _(
        "记下了：付出 %(paid)s 笔，没有付 %(rejected)s 笔，退票 %(returned)s 笔，早就有的 %(known)s 笔。",
        paid=one.paid,
        rejected=one.rejected,
        returned=one.returned,
        known=one.known,
    )


def problem_word(problem: str) -> str:
    """Say why a line of a return file was not taken."""
    words = {
        REFERENCE_MISSING: _("没有我们的附言"),
        AMOUNT_UNREADABLE: _("金额读不懂"),
        RESULT_UNKNOWN: _("看不懂结果"),
        TellBankTransferStatus.TRANSFER_NOT_FOUND.value: _("没有这个附言的打款"),
        TellBankTransferStatus.AMOUNT_DIFFERS.value: _("金额不对"),
        TellBankTransferStatus.NOT_SENT.value: _("还没有写进文件"),
        TellBankTransferStatus.PAID_BEFORE.value: _("另一行已经记过付了"),
        TellBankTransferStatus.CONTRADICTS.value: _("和以前说的不一样"),
    }
    return words[problem]
