"""How the buyer's pages tell of orders: states, where the money is, what happened, and why something can't be done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from weiji.carriers import ParcelState, tracking_steps
from weiji.events.deposits import BuyerCompensated
from weiji.events.orders import (
    OrderChargedBack,
    OrderDelivered,
    OrderRepriced,
    PaymentRejected,
    ReceiptProlonged,
    RefundArrived,
    UnsentCancelled,
)
from weiji.kit.db import Row
from weiji.orders.machine import State
from weiji.orders.model import MoveStatus, Order, Parcel, PlaceStatus
from weiji.orders.rules import CHARGED_BACK, NOT_SHIPPED, RECEIVED_IN_PART
from weiji.payments import BALANCE, CreatePaymentStatus, payer_word
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


class Words(Struct, frozen=True):
    """How an order stands: in a word with its tone and icon, and which clock runs, if one does."""

    word: str
    tone: str
    icon: str
    clock: str | None = None
    """What the time until `due_at` is called."""


def words_of(order: Order) -> Words:
    """Say how an order stands."""
    match order.state:
        case State.CREATED:
            return Words(_("待付款"), "wait", "wallet", _("付款剩余"))
        case State.PAID | State.PART_SHIPPED | State.SHIPPED | State.RECEIVED if order.open_chargebacks:
            return Words(_("拒付中"), "wait", "shield-alert")
        case State.PAID | State.PART_SHIPPED | State.SHIPPED | State.RECEIVED if order.open_cases:
            return Words(_("售后中"), "wait", "undo-2")
        case State.RECEIVED | State.COMPLETED if order.refunded == order.total:
            return Words(_("已全额退款"), "plain", "undo-2")
        case State.PAID if order.pickup is not None:
            return Words(_("待提货"), "info", "store", _("自动退款剩余"))
        case State.PAID:
            return Words(_("待发货"), "info", "package")
        case State.PART_SHIPPED:
            return Words(_("部分发货"), "info", "package-open", _("自动退款剩余"))
        case State.SHIPPED if order.is_virtual:
            return Words(_("卡密已发"), "info", "key-round", _("自动确认剩余"))
        case State.SHIPPED:
            return Words(_("待收货"), "info", "truck", _("自动确认剩余"))
        case State.RECEIVED if order.refunded:
            return Words(_("已收货，退了一部分"), "good", "package-check")
        case State.COMPLETED if order.refunded:
            return Words(_("已完成，退了一部分"), "plain", "badge-check")
        case State.RECEIVED:
            return Words(_("已收货"), "good", "package-check")
        case State.COMPLETED:
            return Words(_("已完成"), "plain", "badge-check")
        case State.CLOSED:
            return Words(_("已关闭"), "plain", "circle-x")
        case State.REFUNDED if order.refunded_at is None:
            return Words(_("退款中"), "wait", "undo-2")
        case State.REFUNDED:
            return Words(_("已退款"), "plain", "undo-2")


class Whereabouts(Struct, frozen=True):
    """Where an order's money is: the component's state, a sentence, and a note."""

    state: str
    sentence: str
    note: str | None = None


def whereabouts_of(order: Order, held: int, trail: Sequence[Row] = ()) -> Whereabouts:
    """Say where the money is. *held* is what the books have in the order's escrow account.

    Of money that went back, *trail* tells whether the channel took it.
    """
    amount = money(order.total if order.state is State.REFUNDED else order.total - order.refunded)
    if held > 0:
        sentence = _("%(amount)s 由平台为你保管", amount=money(held))
        return Whereabouts("held", sentence, _held_note(order))
    match order.state:
        case State.CREATED:
            return Whereabouts("unpaid", _("还没有付款"), _("付款以后，钱先由平台保管，不会直接给卖家。"))
        case State.CLOSED:
            return Whereabouts("unpaid", _("没有付款，订单已关闭"), _("如果刚好付了，钱会自己退回来。"))
        case State.REFUNDED if order.refunded_at is None:
            return Whereabouts("refunding", _("%(amount)s 正在退回", amount=amount), _("卖家碰不到这笔钱了。"))
        case State.REFUNDED:
            return _gone_back(order, amount, trail)
        case State.RECEIVED | State.COMPLETED if order.refunded == order.total:
            # The order does not know whether it arrived: the case does.
            sentence = _("%(amount)s 全部退款", amount=money(order.total))
            return Whereabouts("refunded", sentence, _charged_back_note(trail) or _("到账了没有，看这笔订单的售后。"))
        case State.COMPLETED:
            note = _("另外 %(amount)s 退给了你。", amount=money(order.refunded)) if order.refunded else None
            return Whereabouts("settled", _("%(amount)s 已经结算给卖家", amount=amount), note)
        case State.RECEIVED if order.open_chargebacks:
            note = _("渠道裁定以前，卖家不能提现。")
            return Whereabouts("released", _("%(amount)s 已经放款给卖家", amount=amount), note)
        case State.RECEIVED if order.open_cases:
            note = _("有售后没有结束：到结束为止，卖家不能提现。")
            return Whereabouts("released", _("%(amount)s 已经放款给卖家", amount=amount), note)
        case State.RECEIVED:
            note = _("结算以后，卖家才能提现，你也可以评价了。")
            return Whereabouts("released", _("%(amount)s 已经放款给卖家", amount=amount), note)
        case _:
            return Whereabouts("held", _("%(amount)s 由平台为你保管", amount=amount))


def _gone_back(order: Order, amount: str, trail: Sequence[Row]) -> Whereabouts:
    if order.refund_reason == CHARGED_BACK:
        return Whereabouts("refunded", _("%(amount)s 已经退给付款人", amount=amount), _charged_back_note(trail))
    to = next((row["data"]["to"] for row in trail if row["type"] == RefundArrived.__name__), None)
    if order.channel == BALANCE:
        return Whereabouts("refunded", _("%(amount)s 已经退回你的钱包", amount=amount))
    if to == "wallet":
        note = _("%(channel)s没有收，所以退到钱包。", channel=payer_word(order.channel))
        return Whereabouts("refunded", _("%(amount)s 已经退回你的钱包", amount=amount), note)
    if to == "bank":
        return Whereabouts("refunded", _("%(amount)s 已经由平台转到你的银行账户", amount=amount))
    return Whereabouts("refunded", _("%(amount)s 已经原路退回", amount=amount))


def _charged_back_note(trail: Sequence[Row]) -> str | None:
    sums = [row["data"]["amount"] for row in trail if row["type"] == OrderChargedBack.__name__]
    return _("渠道按拒付退了 %(amount)s。", amount=money(sum(sums))) if sums else None


def _held_note(order: Order) -> str | None:
    match order.state:
        case State.PAID | State.PART_SHIPPED | State.SHIPPED if order.open_chargebacks:
            return _("渠道裁定以前，钱不会放款给卖家。")
        case State.SHIPPED if order.is_virtual and order.keys_shown_at is None:
            return _("还没有看过卡密，可以不要了，全额退。看过就不能直接退了。")
        case State.SHIPPED if order.due_at is not None:
            return _("没有问题就确认收货；到时没有确认，会自动放款。")
        case State.PAID | State.PART_SHIPPED | State.SHIPPED if order.open_cases:
            return _("有售后没有结束：到结束为止，钱哪里也不去。")
        case State.PAID if order.pickup is not None:
            return _("出示提货码、拿到货，钱才放款给卖家。提货前，随时可以申请退款；到时没有提货，钱会自动退给你。")
        case State.PAID:
            return _("卖家发货前，随时可以申请退款。")
        case State.PART_SHIPPED:
            return _("还有东西没有发出。卖家到时没有发齐，没发的会自动退给你。")
        case _:
            return None


def returned_of(trail: Sequence[Row]) -> int | None:
    """Say what was last paid of another price than the order has, and goes back; None: nothing did."""
    sums = [row["data"]["amount"] for row in trail if _is_of_another_price(row)]
    return sums[-1] if sums else None


def returns_of(trail: Sequence[Row]) -> dict[UUID, tuple[int, str]]:
    """Say of orders what was last paid for each and goes back, and the reason that it was not taken for."""
    return {
        row["subject_id"]: (row["data"]["amount"], row["data"]["reason"])
        for row in trail
        if row["type"] == PaymentRejected.__name__
    }


def returned_note(order: Row, returned: tuple[int, str] | None) -> str:
    """Say where the money of an order is that was paid with others."""
    is_open = order["state"] == State.CREATED
    if returned is not None:
        amount, reason = money(returned[0]), returned[1]
        if reason == "already_paid":
            return _("已付款，多付的 %(amount)s 原路退回", amount=amount)
        if is_open:
            return _("付的 %(amount)s 不是现在的价钱，原路退回；还等付款", amount=amount)
        if order["state"] == State.CLOSED:
            return _("已关闭，付的 %(amount)s 原路退回", amount=amount)
    if is_open:
        return _("等付款")
    if order["state"] == State.CLOSED:
        return _("已关闭，钱会退回")
    return _("已退款") if order["state"] == State.REFUNDED else _("已付款")


def changes_of(orders: Sequence[Row], seen: Mapping[UUID, int]) -> list[str]:
    """Say what became of orders that somebody was about to pay, who saw what each cost; and what is to be paid now."""
    found = []
    for row in orders:
        if row["state"] == State.CLOSED:
            found.append(_("「%(shop)s」的订单已经关闭，不用付了。", shop=row["shop_name"]))
        elif row["state"] != State.CREATED:
            found.append(_("「%(shop)s」的订单已经付过。", shop=row["shop_name"]))
        elif (before := seen.get(row["id"])) is not None and before != row["total"]:
            was, now = money(before), money(row["total"])
            found.append(_("「%(shop)s」改了价：原来 %(was)s，现在 %(now)s。", shop=row["shop_name"], was=was, now=now))
    left = sum(row["total"] for row in orders if row["state"] == State.CREATED)
    if left:
        found.append(_("现在一共要付 %(amount)s。看一看再付。", amount=money(left)))
    return found


def _is_of_another_price(row: Row) -> bool:
    return bool(row["type"] == PaymentRejected.__name__ and row["data"]["reason"] == "amount_differs")


def changed_error(total: int) -> str:
    """Say that a shop changed what an order costs while its buyer was about to pay."""
    return _("卖家刚刚改了价，现在要付 %(amount)s。看一看再付。", amount=money(total))


def events_of(order: Order, trail: Sequence[Row]) -> list[dict[str, Any]]:
    """List what happened to an order, the last first. Of what its row does not remember, *trail* tells."""
    steps: list[tuple[datetime, str, str, str | None]] = [(order.placed_at, _("订单已提交"), "shopping-bag", None)]
    if order.paid_at:
        steps.append((order.paid_at, _("付款成功，平台保管"), "shield-check", payer_word(order.channel)))
    for parcel in order.parcels:
        title = _("卖家发出了包裹")
        steps.append((parcel.shipped_at, title, "truck", f"{parcel.carrier} {parcel.tracking_number}"))
    if order.is_virtual and order.shipped_at and order.units_shipped:
        steps.append((order.shipped_at, _("卡密已自动发出"), "key-round", None))
    if order.keys_shown_at:
        steps.append((order.keys_shown_at, _("你查看了卡密"), "eye", None))
    if order.pickup and order.shipped_at:
        steps.append((order.shipped_at, _("凭提货码提了货"), "scan-line", order.pickup.name))
    if order.received_at:
        title = _("没有发齐，按收到的确认，放款给卖家") if is_short(order) else _("确认收货，放款给卖家")
        steps.append((order.received_at, title, "package-check", None))
    for row in trail:
        if row["type"] == OrderRepriced.__name__:
            before, total = money(row["data"]["before"]), money(row["data"]["total"])
            title = _("卖家改价：%(before)s 改成 %(total)s", before=before, total=total)
            steps.append((row["at"], title, "tag", None))
        elif row["type"] == PaymentRejected.__name__:
            title = _("付的 %(amount)s 退回去了", amount=money(row["data"]["amount"]))
            why = _("和订单的价钱不一样") if _is_of_another_price(row) else _("订单已经付过，或者已经关闭")
            steps.append((row["at"], title, "undo-2", why))
        elif row["type"] == ReceiptProlonged.__name__:
            title = _("你延长了收货期限") if row["actor_kind"] == "buyer" else _("卖家延长了收货期限")
            days = ngettext("多了 %(number)s 天", "多了 %(number)s 天", row["data"]["days"])
            steps.append((row["at"], title, "calendar-clock", days))
        elif row["type"] == OrderDelivered.__name__ and row["data"]["is_sooner"]:
            steps.append((row["at"], _("全部送达，会提前自动确认收货"), "calendar-clock", None))
        elif row["type"] == BuyerCompensated.__name__:
            title = _("平台用店铺的保证金赔你 %(amount)s", amount=money(row["data"]["amount"]))
            steps.append((row["at"], title, "shield-check", _("付到你的钱包")))
        elif row["type"] == OrderChargedBack.__name__:
            title = _("付款人拒付成功，渠道退回 %(amount)s", amount=money(row["data"]["amount"]))
            steps.append((row["at"], title, "shield-alert", _("由渠道退给付款人")))
        elif row["type"] == UnsentCancelled.__name__:
            steps.append(
                (
                    row["at"],
                    _("没发的取消了，退给你 %(amount)s", amount=money(row["data"]["amount"])),
                    "undo-2",
                    unsent_reason(row["data"]["reason"]),
                )
            )
    if order.settled_at:
        steps.append((order.settled_at, _("交易完成，结算给卖家"), "badge-check", None))
    if order.closed_at:
        steps.append((order.closed_at, _("订单关闭"), "circle-x", None))
    if order.refunded_at and not (order.refund_reason == CHARGED_BACK and _charged_back_note(trail)):
        steps.append((order.refunded_at, _("退款到账"), "wallet", None))
    steps.sort(key=lambda step: step[0], reverse=True)
    return [
        {"title": title, "at": at, "note": note, "icon_name": icon, "state": "now" if place == 0 else "done"}
        for place, (at, title, icon, note) in enumerate(steps)
    ]


def unsent_reason(reason: str) -> str | None:
    """Say why what was not sent is cancelled; nothing where the buyer knows."""
    if reason == RECEIVED_IN_PART:
        return None
    return _("到时没有发出") if reason == NOT_SHIPPED else _("卖家说：%(reason)s", reason=reason)


def is_short(order: Order) -> bool:
    """Tell whether something of an order was not sent, though something was."""
    return 0 < order.units_shipped < order.units


def parcel_steps(order: Order, parcel: Parcel) -> list[dict[str, Any]]:
    """Tell the way of a parcel, as its carrier told, or as far as anybody knows it."""
    if parcel.tracking:
        return _tracked_steps(order, parcel)
    is_there = order.received_at is not None
    steps: list[dict[str, Any]] = []
    if is_there:
        steps.append({"title": _("已收货"), "at": order.received_at, "state": "now", "icon_name": "package-check"})
    else:
        steps.append({"title": _("送到以后，请检查再确认收货"), "state": "todo", "icon_name": "house"})
    steps.append(
        {
            "title": _("在路上"),
            "at": parcel.shipped_at,
            "state": "done" if is_there else "now",
            "icon_name": "truck",
            "note": _("运输信息以快递公司为准"),
        }
    )
    return steps


def _tracked_steps(order: Order, parcel: Parcel) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if order.received_at is None and parcel.state is ParcelState.DELIVERED:
        steps.append({"title": _("送到以后，请检查再确认收货"), "state": "todo", "icon_name": "house"})
    steps += tracking_steps(parcel.tracking)
    steps.append({"title": _("卖家发出了包裹"), "at": parcel.shipped_at, "icon_name": "package", "state": "done"})
    return steps


def payment_error(status: CreatePaymentStatus) -> str:
    """Say why a payment was not made."""
    match status:
        case CreatePaymentStatus.INSUFFICIENT_FUNDS:
            return _("钱包余额不够。先充值，或换一种付款方式。")
        case CreatePaymentStatus.WALLET_FROZEN:
            return _("钱包暂时被冻结，不能付款。请联系平台。")
        case CreatePaymentStatus.CHANNEL_NOT_FOUND:
            return _("这种付款方式现在不能用，请换一种。")
        case _:
            return _("没有付成，也没有扣钱。请再试一次。")


def limit_error(shop_name: str) -> str:
    """Say why what a shop is to have can't be paid now."""
    return _("%(shop)s 现在收不下这么多钱，平台有限额。没有扣钱，也不用再付：订单会自己关闭。", shop=shop_name)


def place_error(status: PlaceStatus) -> str:
    """Say why an order was not placed."""
    match status:
        case PlaceStatus.SOLD_OUT:
            return _("刚刚被别人买走了，库存不够。改一改数量，或换一个规格。")
        case PlaceStatus.PRICE_CHANGED:
            return _("价格刚刚变了。下面是新的价格，请看过再提交。")
        case PlaceStatus.FREIGHT_CHANGED:
            return _("运费刚刚变了。下面是新的运费，请看过再提交。")
        case PlaceStatus.COUPON_NOT_USABLE:
            return _("有一张优惠券现在不能用。下面是新的价格，请看过再提交。")
        case PlaceStatus.REDUCTION_CHANGED:
            return _("优惠刚刚变了。下面是新的价格，请看过再提交。")
        case PlaceStatus.NOT_DELIVERED_THERE:
            return _("有东西不送到这个地址。换一个地址，或先去掉它。")
        case PlaceStatus.NOT_FOR_SALE | PlaceStatus.SKU_NOT_FOUND:
            return _("有东西已经下架了，请先去掉它。")
        case PlaceStatus.PRESALE_ENDED:
            return _("有东西的预售已经结束，还没有到货。")
        case PlaceStatus.MIXED_DELIVERY:
            return _("要发快递的和发卡密的商品，请分开下单。")
        case PlaceStatus.PLACE_NOT_FOUND:
            return _("这个自提点现在不能选了。请换一个，或者选快递。")
        case PlaceStatus.ADDRESS_MISSING:
            return _("请选一个收货地址。")
        case PlaceStatus.OWN_SHOP:
            return _("不能从自己的店，或者自己在里面工作的店里买东西。")
        case PlaceStatus.QUANTITY_OUT_OF_RANGE:
            return _("每种最多买 999 件。")
        case PlaceStatus.SHOP_LIMIT_REACHED:
            return _("这家店现在收不下这么多钱，平台有限额。没有下成单，也没有扣钱。可以买少一点，或过一天再来。")
        case PlaceStatus.TOTAL_OUT_OF_RANGE:
            return _("这笔订单的金额超出了范围。")
        case _:
            return _("没有下成单，也没有占用库存。请再试一次。")


def move_error(status: MoveStatus) -> str:
    """Say why an act on an order was not done."""
    match status:
        case MoveStatus.CASE_OPEN:
            return _("有售后没有结束，先等它结束。")
        case MoveStatus.KEYS_SHOWN:
            return _("已经看过卡密了，不能直接退款。有问题请和卖家商量。")
        case MoveStatus.PROLONGED_TOO_FAR:
            return _("付款已经太久，不能再延长收货。")
        case MoveStatus.ALREADY_PROLONGED:
            return _("已经延长过一次了。")
        case MoveStatus.DEADLINE_MOVED:
            return _("期限刚刚变了，请看看新的期限。")
        case _:
            return _("订单刚刚变了，这一步现在不能做。")
