"""How the pages of money that channels hold say things."""

from weiji.payments import (
    BindSubMerchantStatus,
    RestoreSubMerchantStatus,
    UnbindSubMerchantStatus,
    UnfreezingStatus,
)
from weiji.settlement.freezing.store import OrderUnfreezing
from weiji.web import gettext as _


def unfreezing_words(unfreezing: OrderUnfreezing) -> tuple[str, str]:
    """Say how letting money go stands, and in which tone."""
    match unfreezing.status:
        case UnfreezingStatus.WAITING:
            return _("店铺的钱被冻结，解开再办"), "wait"
        case UnfreezingStatus.UNFROZEN:
            return _("已解冻"), "good"
        case _ if unfreezing.reason:
            return _("渠道没有办"), "bad"
        case _:
            return _("渠道在办"), "info"


def unbinding_word(status: UnbindSubMerchantStatus) -> str:
    """Say how taking a binding back ended."""
    if status is UnbindSubMerchantStatus.UNBOUND:
        return _("解除了。绑过的号码留着，随时可以恢复。")
    return _("这家店没有绑定。")


def restoring_word(status: RestoreSubMerchantStatus) -> str:
    """Say how binding to what was before ended."""
    match status:
        case RestoreSubMerchantStatus.RESTORED:
            return _("恢复了。从现在起，这家店的订单又可以用它付款。")
        case RestoreSubMerchantStatus.EXISTS:
            return _("现在绑的就是这个号码。")
        case RestoreSubMerchantStatus.FORMER_NOT_FOUND:
            return _("没有可以恢复的号码。")


def binding_errors(status: BindSubMerchantStatus) -> dict[str, str]:
    """Say what is wrong with the form of a binding, by field."""
    match status:
        case BindSubMerchantStatus.SHOP_NOT_FOUND:
            return {"handle": _("没有这家店铺。")}
        case BindSubMerchantStatus.NUMBER_INVALID:
            return {"number": _("8 到 32 位数字。")}
        case BindSubMerchantStatus.CHANNEL_NOT_FOUND:
            return {"channel": _("请选一个渠道。")}
        case _:
            return {"form": _("没有保存，请再试一次。")}
