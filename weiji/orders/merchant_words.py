"""How the desk of a shop tells of orders: states, events and refusals in the reader's words."""

from typing import Any

from weiji.carriers import ParcelState
from weiji.carriers import state_word as parcel_word
from weiji.events.model import ActorKind
from weiji.orders.machine import State
from weiji.orders.model import MoveStatus, Order
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


def state_word(state: State) -> tuple[str, str]:
    """Name a state, and the tone of its tag."""
    match state:
        case State.CREATED:
            return _("待付款"), "wait"
        case State.PAID:
            return _("待发货"), "wait"
        case State.PART_SHIPPED:
            return _("部分发货"), "wait"
        case State.SHIPPED:
            return _("待收货"), "info"
        case State.RECEIVED:
            return _("待结算"), "good"
        case State.COMPLETED:
            return _("已完成"), "plain"
        case State.CLOSED:
            return _("已关闭"), "plain"
        case State.REFUNDED:
            return _("已退款"), "bad"


def state_words() -> dict[str, tuple[str, str]]:
    """Name all states."""
    return {state.value: state_word(state) for state in State}


def actor_word(kind: ActorKind) -> str:
    """Name who did something."""
    words = {
        "buyer": _("买家"),
        "merchant": _("卖家"),
        "staff": _("平台"),
        "clock": _("到时自动"),
        "channel": _("支付渠道"),
        "system": _("系统"),
    }
    return words.get(kind, _("个人"))


def event_word(type: str, data: dict[str, Any], actor: ActorKind | None = None) -> tuple[str, str, str]:
    """Tell what happened to an order: in words, with an icon, and the tone of a step in a timeline."""
    match type:
        case "OrderPlaced":
            return _("买家下单"), "shopping-bag", "done"
        case "OrderPaid":
            reopened = data.get("is_reopened")
            return _("迟到的付款到账，订单重新打开") if reopened else _("买家付款，平台保管"), "shield-check", "done"
        case "OrderRepriced":
            before, total = money(data["before"]), money(data["total"])
            return _("卖家改价：%(before)s 改成 %(total)s", before=before, total=total), "tag", "done"
        case "OrderClosed":
            return _("订单关闭，库存放回"), "circle-x", "bad"
        case "ParcelShipped":
            carrier, number = data["carrier"], data["tracking_number"]
            return _("发出包裹：%(carrier)s %(number)s", carrier=carrier, number=number), "truck", "done"
        case "ParcelMoved":
            word, tone, icon = parcel_word(ParcelState(data["state"]))
            return _("快递：%(state)s", state=word), icon, "bad" if tone == "bad" else "done"
        case "ParcelDelivered":
            return _("快递：%(state)s", state=parcel_word(ParcelState.DELIVERED)[0]), "package-check", "done"
        case "OrderDelivered" if data["is_sooner"]:
            return _("全部送达，会提前自动确认收货"), "calendar-clock", "done"
        case "OrderDelivered":
            return _("全部送达"), "package-check", "done"
        case "ShippingReminded":
            return _("还没发齐，提醒卖家发货"), "timer", "done"
        case "KeysOrdered":
            return _("等着自动发卡密"), "hourglass", "done"
        case "KeysHandedOut":
            return _("卡密已自动发出"), "key-round", "done"
        case "KeysShown":
            return _("买家查看了卡密"), "eye", "done"
        case "ReceiptProlonged":
            return (
                ngettext("收货期限延长 %(number)s 天", "收货期限延长 %(number)s 天", data["days"]),
                "calendar-clock",
                "done",
            )
        case "OrderPickedUp":
            return _("凭提货码核销，货交给了买家：%(place)s", place=data["place"]), "scan-line", "done"
        case "OrderReceived" if data.get("is_part_shipped"):
            return _("没有发齐，买家按收到的确认，货款归卖家"), "package-check", "done"
        case "OrderReceived":
            return _("确认收货，货款归卖家"), "package-check", "done"
        case "OrderSettled":
            return _("结算完成，可以提现"), "badge-check", "done"
        case "UnsentCancelled":
            return (
                ngettext("没发的 %(number)s 件取消了", "没发的 %(number)s 件取消了", data["units"]),
                "package-x",
                "bad",
            )
        case "RefundAsked":
            return _("买家申请退款：%(reason)s", reason=data["reason"]), "undo-2", "bad"
        case "RefundOrdered":
            return _("开始退款 %(amount)s", amount=money(data["amount"])), "undo-2", "bad"
        case "RefundArrived":
            return _("退款到账"), "wallet", "done"
        case "OrderChargedBack":
            return _("付款人拒付成功，渠道扣回 %(amount)s", amount=money(data["amount"])), "shield-alert", "bad"
        case "PaymentRejected" if data["reason"] == "amount_differs":
            return _("付来的钱和订单的价钱不一样，原路退回"), "undo-2", "bad"
        case "PaymentRejected":
            return _("多余的付款原路退回"), "undo-2", "bad"
        case "BudgetTouched":
            return _budget_word(data.get("step")), "ticket", "done"
        case _:
            return _later_word(_by_itself(type, data, actor)) or (type, "activity", "done")


def _by_itself(type: str, data: dict[str, Any], actor: ActorKind | None) -> str:
    """Tell what became of an invoice because of the order's money apart from what its buyer wants; postage, too, from
    what else comes into a wallet.
    """
    if type == "CompensationReceived" and data.get("is_postage"):
        return "PostageReceived"
    if actor != "system":
        return type
    match type:
        case "InvoiceWithdrawn":
            return "InvoiceRefunded" if data.get("is_refunded") else "InvoiceLapsed"
        case "InvoiceRequested":
            return "InvoiceResumed"
        case _:
            return type


def _budget_word(step: str | None) -> str:
    """Tell what became of what the platform adds to what a buyer pays."""
    match step:
        case "hold":
            return _("平台出的优惠留好了")
        case "pay":
            return _("平台出的优惠记到账上")
        case "free":
            return _("平台出的优惠不用了")
        case _:
            return _("平台出的优惠退回平台")


def _later_word(type: str) -> tuple[str, str, str] | None:
    """Tell what happened with an order's coupons, invoice and reviews, and what of a deposit went to its buyer."""
    return {
        "CouponUsed": (_("用了一张优惠券"), "ticket", "done"),
        "CouponReturned": (_("优惠券还给买家了"), "ticket", "done"),
        "BuyerCompensated": (_("保证金赔给了买家"), "shield-check", "bad"),
        "CompensationReceived": (_("买家收到了赔付"), "wallet", "done"),
        "PostageReceived": (_("买家收到了寄回的运费"), "wallet", "done"),
        "InvoiceRequested": (_("买家要发票"), "receipt-text", "done"),
        "InvoiceWithdrawn": (_("买家不要发票了"), "receipt-text", "done"),
        "InvoiceLapsed": (_("没有付款，不用开票"), "receipt-text", "done"),
        "InvoiceRefunded": (_("退了款，不用开票"), "receipt-text", "done"),
        "InvoiceResumed": (_("款到了，买家要的发票照开"), "receipt-text", "done"),
        "InvoiceIssued": (_("发票开好了"), "receipt-text", "done"),
        "InvoiceRefused": (_("发票没有开"), "receipt-text", "bad"),
        "InvoiceToBeCorrected": (_("退了款，发票要红冲"), "receipt-text", "bad"),
        "InvoiceCorrected": (_("发票红冲了"), "receipt-text", "done"),
        "TradeReviewed": (_("买家写了评价"), "star", "done"),
        "BuyerRated": (_("卖家评了买家"), "star", "done"),
        "TradeRevealed": (_("评价公开了"), "eye", "done"),
        "ReviewAnswered": (_("卖家回复了评价"), "star", "done"),
        "ReviewFollowedUp": (_("买家追评"), "star", "done"),
        "ReviewReported": (_("有人举报评价"), "flag", "bad"),
        "ReviewRuled": (_("平台处理了举报"), "flag", "done"),
        "ReviewHeld": (_("评价先看再公开"), "hourglass", "done"),
        "ReviewHoldJudged": (_("平台看过了评价"), "eye", "done"),
    }.get(type)


def refusal(status: MoveStatus) -> str:
    """Say why an act on an order was not done."""
    match status:
        case MoveStatus.ORDER_NOT_FOUND:
            return _("没有这笔订单。")
        case MoveStatus.OWN_ORDER:
            return _("这是你自己买的：改价、退款、延长收货，请店里别的人来做。")
        case MoveStatus.EXISTS:
            return _("这一步已经做过了。")
        case MoveStatus.EXISTS_WITH_DIFFERENT_PARCEL:
            return _("这个包裹已经发出，单号不能再改。")
        case MoveStatus.PICKED_UP:
            return _("这笔订单由买家自提：凭提货码核销，不发快递。")
        case MoveStatus.CODE_NOT_FOUND:
            return _("没有这个提货码：请对照买家的手机再看一遍。")
        case MoveStatus.TOO_MANY_TRIES:
            return _("输错的次数太多了，过几分钟再试。")
        case MoveStatus.ID_INVALID:
            return _("这个编号不能用来发货，请重新打开发货页面再发。")
        case MoveStatus.CASE_OPEN:
            return _("有售后没有结束：先答复买家。")
        case MoveStatus.KEYS_SHOWN:
            return _("买家已经看过卡密，不能直接退款。")
        case MoveStatus.TOO_EARLY:
            return _("还没有到时间。")
        case MoveStatus.DAYS_NOT_ALLOWED:
            return _("只能延长规则允许的天数。")
        case MoveStatus.DEADLINE_MOVED:
            return _("期限刚刚变了，请看看新的期限。")
        case MoveStatus.TOTAL_CHANGED:
            return _("价钱刚刚变了，请看一看现在的价钱再改。")
        case MoveStatus.AMOUNTS_INVALID:
            return _("商品每件至少收一分；用了平台券的，只能改运费；自提和卡密没有运费，运费最多一万元。")
        case MoveStatus.LINES_INVALID:
            return _("件数不对：至少发一件，而且不能超过还没发的件数。")
        case MoveStatus.PARCEL_INVALID:
            return _("快递公司和单号都要填，各不超过 40 个字。")
        case MoveStatus.SEVERAL_WAREHOUSES:
            return _("这些货分在几个仓库里：请按仓库分成几个包裹发。")
        case MoveStatus.NOT_IN_WAREHOUSE:
            return _("这个仓库里没有这么多货，请换一个仓库，或者少发几件。")
        case _:
            return _("订单的状态已经变了，这一步不能做了。")


def whereabouts(order: Order) -> tuple[str, str, str]:
    """Say where the money of an order is, as the shop sees it: a state, a sentence, and a note."""
    state, sentence, note = _whereabouts(order)
    if note and order.open_cases:
        note = _("有了结果以前，订单的时间停着，钱也不动。")
    return state, sentence, note


def _whereabouts(order: Order) -> tuple[str, str, str]:
    match order.state:
        case State.CREATED:
            return "unpaid", _("买家还没有付款"), _("库存已经为这笔订单留好，到时没有付款会自动放回。")
        case State.PART_SHIPPED:
            return "held", _("买家已付款，由平台保管"), _("还有东西没有发出。到时没有发齐，没发的会自动退给买家。")
        case State.PAID if order.pickup is not None:
            return (
                "held",
                _("买家已付款，由平台保管"),
                _("买家来提货时核销提货码，货款就归你。到时没有人来，钱会退给买家。"),
            )
        case State.PAID:
            return "held", _("买家已付款，由平台保管"), _("发货之后，买家确认收货，货款就归你。")
        case State.SHIPPED:
            return "held", _("货款由平台保管，等买家确认收货"), _("到时没有确认，系统会自动确认。")
        case State.RECEIVED | State.COMPLETED if order.refunded == order.total:
            return "refunded", _("货款已经全部退回给买家"), ""
        case State.RECEIVED:
            return "released", _("货款已经归你，等待结算"), _("结算之后就可以提现。")
        case State.COMPLETED:
            return "settled", _("货款已经结算，可以提现"), ""
        case State.REFUNDED if order.refunded_at is None:
            return "refunding", _("货款正在退回给买家"), ""
        case State.REFUNDED:
            return "refunded", _("货款已经退回给买家"), ""
        case State.CLOSED:
            return "unpaid", _("订单已关闭，没有收到货款"), ""
