"""How the operator's pages tell of channels."""

from weiji.payments.channels import Ability, ChannelKind, Check, CheckFault
from weiji.payments.opening.model import ChangeChannelResult, ChangeChannelStatus
from weiji.web import gettext as _
from weiji.web.formats import listed


def ability_word(ability: Ability) -> str:
    """Name what a channel can do."""
    match ability:
        case Ability.PAGE:
            return _("电脑网页支付")
        case Ability.PHONE:
            return _("手机网页支付")
        case Ability.APP:
            return _("应用内支付")
        case Ability.JSAPI:
            return _("微信内支付")
        case Ability.CODE:
            return _("扫码支付")
        case Ability.TRANSFER:
            return _("银行转账")
        case Ability.REFUND:
            return _("原路退款")
        case Ability.PAY_OUT:
            return _("付款到银行账户")
        case Ability.FREEZE:
            return _("冻结到结算")
        case Ability.ENROL:
            return _("替店铺进件")
        case Ability.STATEMENT:
            return _("每日账单")


def check_error(kind: ChannelKind, check: Check) -> str:
    """Say what a channel said against the credentials, and which of them that is about; or why that is not known."""
    if check.fault is CheckFault.SILENT:
        return _(
            "渠道没有应答（%(said)s），凭据对不对还不知道。过一会儿再检查；总是这样，就看看这台机器能不能连到它。",
            said=check.said,
        )
    if check.fault is CheckFault.CLOCK_OFF:
        return _(
            "这台机器的时钟差得太多，渠道不认它的签名，凭据对不对还不知道。%(said)s把时钟校准了再检查。",
            said=check.said,
        )
    labels = [one.label for one in kind.settings if one.name in check.settings]
    if labels:
        return _("渠道不认，请看：%(names)s。%(said)s", names=listed(labels), said=check.said)
    return _("渠道不认：%(said)s", said=check.said)


def change_error(result: ChangeChannelResult) -> str:
    """Say why a channel was not saved."""
    match result.status:
        case ChangeChannelStatus.LIVE_ONLY:
            return _("这个渠道动真钱，只能在正式运行的平台上打开。这里的时钟是可以拨的。")
        case ChangeChannelStatus.VERSION_TAKEN:
            return _("刚刚有人改过，请看看再改。")
        case ChangeChannelStatus.SETTING_WRONG:
            return _("有几处要改，已经标出来了。什么都还没有保存。")
        case _:
            return _("没有保存，请再试一次。")
