"""Which topics there are, for whom, and in which order."""

from weiji.help.model import Audience, Section
from weiji.web import gettext as _


def sections() -> tuple[Section, ...]:
    """List the sections, those for buyers first."""
    buyers, merchants, staff = Audience
    return (
        Section(
            audience=buyers,
            title=_("钱和付款"),
            icon="shield-check",
            topics=("money-held", "how-to-pay", "guest", "red-packets"),
        ),
        Section(
            audience=buyers,
            title=_("等货和收货"),
            icon="truck",
            topics=("not-shipped", "not-arrived", "pick-up", "confirm-receipt"),
        ),
        Section(
            audience=buyers,
            title=_("退货、退款和纠纷"),
            icon="undo-2",
            topics=("wrong-goods", "return-goods", "refund-when", "seller-refuses"),
        ),
        Section(
            audience=buyers,
            title=_("账号和密码"),
            icon="key-round",
            topics=("forgotten-password", "two-step", "payment-password"),
        ),
        Section(
            audience=buyers,
            title=_("店铺和评价"),
            icon="star",
            topics=("trust-shop", "reviews", "complaints"),
        ),
        Section(
            audience=merchants,
            title=_("开张"),
            icon="store",
            topics=("open-shop", "verification", "first-goods", "bring-goods", "freight", "shop-page"),
        ),
        Section(
            audience=merchants,
            title=_("订单、发货和售后"),
            icon="package",
            topics=("first-order", "shipping", "pick-up-places", "answer-aftersale", "chargebacks", "invoices"),
        ),
        Section(
            audience=merchants,
            title=_("钱"),
            icon="wallet",
            topics=("when-money", "fees", "statements", "deposit"),
        ),
        Section(
            audience=merchants,
            title=_("信用和规矩"),
            icon="gem",
            topics=("credit", "penalties"),
        ),
        Section(
            audience=merchants,
            title=_("人手、休息和离开"),
            icon="users",
            topics=("staff", "holiday", "leave", "own-program"),
        ),
        Section(
            audience=staff,
            title=_("运营这个站"),
            icon="sliders-horizontal",
            topics=("begin-operating", "rules", "write-help"),
        ),
    )
