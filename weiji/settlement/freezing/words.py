"""How the pages of money that channels hold say things."""

from weiji.payments import BindSubMerchantStatus, UnfreezingStatus
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
