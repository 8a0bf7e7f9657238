"""How pages tell of court orders."""

from weiji.court_orders.model import CourtOrder, HeldPlace
from weiji.web import gettext as _


def place_words() -> dict[str, str]:
    """Name the money that an order may be about."""
    return {
        HeldPlace.WALLET.value: _("个人钱包"),
        HeldPlace.MERCHANT_AVAILABLE.value: _("店铺可提现"),
        HeldPlace.MERCHANT_PENDING.value: _("店铺待结算（到账一笔冻一笔）"),
        HeldPlace.MERCHANT_DEPOSIT.value: _("店铺保证金"),
    }


def place_word(place: HeldPlace) -> str:
    """Name the money that an order is about."""
    return place_words()[str(place)]  # By value: templates hand back plain text.


def state_word(order: CourtOrder) -> tuple[str, str]:
    """Say how an order stands, and in which tone."""
    if order.ended_at is not None:
        return (_("已解冻"), "plain") if order.release_number else (_("已全部扣划"), "plain")
    if order.missing is None:
        return _("冻结中，进一笔冻一笔"), "wait"
    return (_("已足额冻结"), "wait") if order.missing == 0 else (_("未足额，继续冻结"), "bad")
