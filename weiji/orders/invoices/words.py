"""What pages say of invoices."""

from weiji.orders.invoices.model import (
    REASON_MAX,
    TITLE_MAX,
    TITLES_MAX,
    InvoiceState,
    PaperStatus,
    PutTitleStatus,
    RefuseStatus,
    RequestStatus,
    WithdrawStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext


def state_word(state: InvoiceState) -> tuple[str, str]:
    """Say where an invoice stands, and the tone of its tag."""
    match state:
        case InvoiceState.REQUESTED:
            return _("等卖家开票"), "wait"
        case InvoiceState.ISSUED:
            return _("已开票"), "good"
        case InvoiceState.TO_CORRECT:
            return _("待冲红"), "bad"
        case InvoiceState.CORRECTED:
            return _("已冲红"), "plain"
        case InvoiceState.REFUSED:
            return _("卖家不开"), "bad"
        case InvoiceState.WITHDRAWN:
            return _("不用开了"), "plain"


def title_errors(status: PutTitleStatus | RequestStatus) -> dict[str, str]:
    """Say what is wrong with a title, by the name of the field; under "form", with all of it."""
    match status.value:
        case PutTitleStatus.NAME_MALFORMED.value:
            return {"name": ngettext("1 到 %(number)s 个看得见的字符。", "1 到 %(number)s 个看得见的字符。", TITLE_MAX)}
        case PutTitleStatus.TAX_NUMBER_INVALID.value:
            return {"tax_number": _("税号是 18 位的统一社会信用代码，请再对一遍。")}
        case PutTitleStatus.EMAIL_MALFORMED.value:
            return {"email": _("这个邮箱不对，可以不填。")}
        case PutTitleStatus.TOO_MANY_TITLES.value:
            text = ngettext(
                "最多 %(number)s 个抬头，请先删掉一个。", "最多 %(number)s 个抬头，请先删掉一个。", TITLES_MAX
            )
            return {"form": text}
        case _:
            return {"form": _("没有保存，请再试一次。")}


def request_error(status: RequestStatus) -> str:
    """Say why an invoice was not asked for."""
    match status:
        case RequestStatus.ALREADY_ISSUED:
            return _("已经开票了，要改请和卖家商量。")
        case RequestStatus.NOTHING_PAID:
            return _("钱没有付，或已经退了，没有可以开票的金额。")
        case RequestStatus.NOT_OFFERED:
            return _("这家店现在不开发票。")
        case RequestStatus.TOO_LATE:
            return _("交易完成太久了，不能再申请。")
        case _:
            return next(iter(title_errors(status).values()))


def withdraw_error(status: WithdrawStatus) -> str:
    """Say why a request was not withdrawn."""
    if status is WithdrawStatus.NOT_REQUESTED:
        return _("卖家刚刚处理了，请看看现在的状态。")
    return _("没有保存，请再试一次。")


def refuse_error(status: RefuseStatus) -> str:
    """Say why refusing was not possible."""
    if status is RefuseStatus.REASON_MALFORMED:
        return ngettext("请写上原因，最多 %(number)s 个字。", "请写上原因，最多 %(number)s 个字。", REASON_MAX)
    return _("这张发票刚刚变了，请看看现在的状态。")


def paper_errors(status: PaperStatus) -> dict[str, str]:
    """Say what is wrong with an invoice that was entered, by the name of the field."""
    match status:
        case PaperStatus.NUMBER_MALFORMED:
            return {"number": _("发票号码是 8 位或 20 位数字。")}
        case PaperStatus.NUMBER_TAKEN:
            return {"number": _("这个号码已经登记过了。")}
        case PaperStatus.DATE_OUT_OF_RANGE:
            return {"issued_on": _("开票日期在一年以内，不能晚于今天。")}
        case PaperStatus.FILE_TOO_LARGE:
            return {"file": _("文件最大 2 MB。")}
        case PaperStatus.FILE_NOT_TAKEN:
            return {"file": _("请上传税务局给的 PDF、OFD 或 XML 文件。")}
        case PaperStatus.NOTHING_PAID:
            return {"form": _("钱没有付，或已经退了，没有可以开票的金额。")}
        case _:
            return {"form": _("这张发票刚刚变了，请看看现在的状态。")}
