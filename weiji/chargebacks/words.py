"""How pages tell of chargebacks."""

from weiji.chargebacks.machine import ChargebackState
from weiji.chargebacks.model import EVIDENCE_MAX, PICTURES_MAX, WORDS_MAX, Chargeback, ChargebackStatus, Purse, Stage
from weiji.payments import freezing_channels
from weiji.web import gettext as _
from weiji.web import ngettext


def state_word(state: ChargebackState) -> tuple[str, str]:
    """Say how a chargeback stands, and in which tone."""
    match state:
        case ChargebackState.RECEIVED:
            return _("渠道扣了钱，等答复"), "bad"
        case ChargebackState.REPRESENTED:
            return _("已经申诉，等渠道裁定"), "wait"
        case ChargebackState.WON:
            return _("赢了，钱回来了"), "good"
        case ChargebackState.LOST:
            return _("输了"), "plain"


def held_word(case: Chargeback) -> str:
    """Say where what is disputed stands, or where it went."""
    if case.state is ChargebackState.WON:
        return _("冻结的都放开了")
    match case.purse:
        case Purse.SHOP:
            return _("是商家自己程序的订单：先扣可提现，再扣保证金，不够的记欠款")
        case Purse.DEPOSIT:
            return _("是交的保证金：先扣保证金，再扣可提现，不够的记欠款")
        case Purse.WALLET:
            return _("是充值：从钱包里扣，不够的记欠款")
        case None if case.order_id is None:
            return _("不是平台上的订单，由平台承担")
    if case.held_at is None:
        return _("马上冻结")
    if case.state is ChargebackState.LOST and case.closed_at is None:
        return _("同一笔订单还有一个拒付没有结果，等它有了结果再扣")
    match case.stage:
        case Stage.ESCROW:
            return _("从这笔订单的托管里扣") if case.closed_at else _("冻结在这笔订单的托管里")
        case Stage.PENDING:
            return _("从这笔订单的待结算里扣") if case.closed_at else _("冻结在这笔订单的待结算里")
        case _ if case.channel in freezing_channels():
            # What it let go is the shop's own, at the channel: that is not asked for there.
            return (
                _("渠道先向平台扣，平台再向店铺扣：先扣可提现，再扣保证金，不够的记欠款")
                if case.closed_at
                else _("渠道先向平台扣，这里冻结可提现和保证金里有的")
            )
        case _:
            return _("先扣可提现，再扣保证金，不够的记欠款") if case.closed_at else _("冻结可提现和保证金里有的")


def evidence_error(status: ChargebackStatus) -> str:
    """Say why something was not taken in."""
    match status:
        case ChargebackStatus.OWN_ORDER:
            return _("这是你自己买的，请店里别的人来处理。")
        case ChargebackStatus.WORDS_INVALID:
            return ngettext("请写清楚，最多 %(number)s 个字。", "请写清楚，最多 %(number)s 个字。", WORDS_MAX)
        case ChargebackStatus.PICTURES_INVALID:
            return ngettext("最多放 %(number)s 张图片。", "最多放 %(number)s 张图片。", PICTURES_MAX)
        case ChargebackStatus.NUMBER_TAKEN:
            return ngettext(
                "刚刚有人也交了；最多交 %(number)s 次。", "刚刚有人也交了；最多交 %(number)s 次。", EVIDENCE_MAX
            )
        case _:
            return _("刚刚有了变化，这一步现在不能做。")
