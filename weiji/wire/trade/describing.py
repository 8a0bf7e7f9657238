"""How the protocol tells of merchant orders and refunds: the fields that clients read."""

from typing import Any, Final

from weiji.payments import BALANCE
from weiji.web import gettext as _
from weiji.wire.gate import write_time
from weiji.wire.openids import openid_of
from weiji.wire.trade.model import Kind, MerchantOrder, MerchantRefund, State

TRADE_TYPES: Final = {
    Kind.JSAPI: "JSAPI",
    Kind.NATIVE: "NATIVE",
    Kind.APP: "APP",
    Kind.H5: "MWEB",
    Kind.CODE: "MICROPAY",
}
CURRENCY: Final = "CNY"


def transaction_id(order: MerchantOrder) -> str:
    """Write the number under which the platform knows an order: its id, so that it tells where it lives."""
    return order.id.hex


def bank_type(channel: str | None) -> str:
    """Say where the money came from."""
    return "BALANCE" if channel == BALANCE else (channel or "").upper()


def describe(order: MerchantOrder) -> dict[str, Any]:
    """Tell of an order as a query and a notice do. What is not known yet is left out."""
    terms = order.terms
    told: dict[str, Any] = {
        name: terms[name]
        for name in ("appid", "mchid", "sp_appid", "sp_mchid", "sub_appid", "sub_mchid", "attach")
        if terms.get(name) is not None
    }
    told |= {
        "out_trade_no": order.number,
        "trade_type": TRADE_TYPES[order.kind],
        "trade_state": trade_state(order),
        "trade_state_desc": _state_words(trade_state(order)),
        "amount": {"total": order.total, "currency": CURRENCY, "payer_currency": CURRENCY},
        # Said where no coupon takes anything off, too, since some clients read no answer without it.
        "promotion_detail": _promotions(order),
    }
    if order.payment_id is not None and order.paid_at is not None:
        told |= {
            "transaction_id": transaction_id(order),
            "bank_type": bank_type(order.channel),
            "attach": terms.get("attach") or "",  # Likewise.
            "success_time": write_time(order.paid_at),
            "payer": payer_of(order),
            "amount": {
                "total": order.total,
                "payer_total": order.due,
                "currency": CURRENCY,
                "payer_currency": CURRENCY,
            },
        }
    elif order.kind is Kind.JSAPI and terms.get("payer"):
        told["payer"] = terms["payer"]
    return told


def _promotions(order: MerchantOrder) -> list[dict[str, Any]]:
    """Tell what was paid with a coupon, and by whom: the order's own shop, or another."""
    coupon = order.coupon
    if coupon is None or order.payment_id is None:
        return []
    is_own = coupon.shop_id == order.shop_id
    return [
        {
            "coupon_id": coupon.id.hex,
            "name": coupon.name,
            "scope": "GLOBAL",
            "type": "CASH" if coupon.is_prepaid else "NOCASH",
            "amount": coupon.amount,
            "stock_id": coupon.campaign_id.hex,
            "wechatpay_contribute": 0,
            "merchant_contribute": coupon.amount if is_own else 0,
            "other_contribute": 0 if is_own else coupon.amount,
            "currency": CURRENCY,
        }
    ]


def payer_of(order: MerchantOrder) -> dict[str, str]:
    """Name who paid an order, as its maker knows them."""
    asked = order.terms.get("payer")
    if asked:
        return dict(asked)
    assert order.payer_id, "a paid order has a payer"
    if "sp_appid" in order.terms:
        found = {"sp_openid": openid_of(order.terms["sp_appid"], order.payer_id)}
        if order.terms.get("sub_appid"):
            found["sub_openid"] = openid_of(order.terms["sub_appid"], order.payer_id)
        return found
    return {"openid": openid_of(order.terms["appid"], order.payer_id)}


def describe_line(order: MerchantOrder) -> dict[str, Any]:
    """Tell of one order of a combined one, as a query of that and its notice do."""
    told = describe(order)
    amount: dict[str, Any] = {"total_amount": order.total, "currency": CURRENCY}
    if order.paid_at is not None:
        amount |= {"payer_amount": order.due, "payer_currency": CURRENCY}
    return {name: told[name] for name in _LINE if name in told} | {"amount": amount}


_LINE: Final = (
    "mchid",
    "sub_mchid",
    "sub_appid",
    "out_trade_no",
    "trade_type",
    "trade_state",
    "trade_state_desc",
    "bank_type",
    "attach",
    "success_time",
    "transaction_id",
    "promotion_detail",
)


def _state_words(state: str) -> str:
    """Say where an order stands, in the words of the protocol."""
    match state:
        case "NOTPAY":
            return _("订单未支付")
        case "SUCCESS":
            return _("支付成功")
        case "REFUND":
            return _("转入退款")
        case "CLOSED":
            return _("订单已关闭")
        case "USERPAYING":
            return _("用户支付中，需要输入密码")
        case _:
            return _("订单已撤销")


def trade_state(order: MerchantOrder) -> str:
    """Name where an order stands."""
    is_code = order.kind is Kind.CODE
    if order.state is State.OPEN:
        return "USERPAYING" if is_code else "NOTPAY"
    if order.state is State.CLOSED:
        return "REVOKED" if is_code else "CLOSED"
    return "REFUND" if order.refunded else "SUCCESS"


def describe_refund(order: MerchantOrder, refund: MerchantRefund, *, is_routed: bool = False) -> dict[str, Any]:
    """Tell of a refund as the answer to it, and a query, do; *is_routed*: it may go to another account."""
    told: dict[str, Any] = {
        "refund_id": refund.id.hex,
        "out_refund_no": refund.number,
        "transaction_id": transaction_id(order),
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": _account(order, refund),
        "create_time": write_time(refund.created_at),
        "status": "PROCESSING",
        "funds_account": "AVAILABLE",
        "amount": {
            **_amounts(order, refund),
            "settlement_refund": settlement_refund(order, refund),
            "settlement_total": order.worth,
            "discount_refund": refund.coupon,
            "currency": CURRENCY,
            "from": [],
        },
        "promotion_detail": _returned_promotions(order, refund),
    }
    if refund.arrived_at is not None:
        told |= {"status": "SUCCESS", "success_time": write_time(refund.arrived_at)}
    elif refund.abnormal_at is not None and not is_routed:
        told["status"] = "ABNORMAL"
    return told | ({"channel": "OTHER_BANKCARD"} if is_routed else {})


def settlement_refund(order: MerchantOrder, refund: MerchantRefund) -> int:
    """Say what of a refund the shop gives back: nobody paid what it forwent."""
    return refund.amount - (refund.coupon if order.discount else 0)


def _returned_promotions(order: MerchantOrder, refund: MerchantRefund) -> list[dict[str, Any]]:
    coupon = order.coupon
    if coupon is None:
        return []
    return [
        {
            "promotion_id": coupon.id.hex,
            "scope": "GLOBAL",
            "type": "COUPON" if coupon.is_prepaid else "DISCOUNT",
            "amount": coupon.amount,
            "refund_amount": refund.coupon,
        }
    ]


def describe_refund_notice(order: MerchantOrder, refund: MerchantRefund) -> dict[str, Any]:
    """Tell of a refund as a notice does."""
    terms = order.terms
    ids: dict[str, Any] = {name: terms[name] for name in ("mchid", "sp_mchid", "sub_mchid") if name in terms}
    return {
        **ids,
        "out_trade_no": order.number,
        "transaction_id": transaction_id(order),
        "out_refund_no": refund.number,
        "refund_id": refund.id.hex,
        **(
            {"refund_status": "SUCCESS", "success_time": write_time(refund.arrived_at)}
            if refund.arrived_at
            else {"refund_status": "ABNORMAL"}
        ),
        "amount": _amounts(order, refund),
        "user_received_account": _account(order, refund),
    }


def _amounts(order: MerchantOrder, refund: MerchantRefund) -> dict[str, int]:
    return {
        "total": order.total,
        "refund": refund.amount,
        "payer_total": order.due,
        "payer_refund": refund.amount - refund.coupon,
    }


def _account(order: MerchantOrder, refund: MerchantRefund) -> str:
    is_wallet = order.channel == BALANCE or bool(refund.arrived_at_wallet)
    return "BALANCE" if is_wallet else (order.channel or "").upper()
