"""How pages tell of channels, movements of a wallet, and withdrawals."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from weiji.kit import clock
from weiji.ledger import Kind
from weiji.payments.channels import REGISTRY, Ability, Device, Payer, find_kinds
from weiji.payments.holders import Owner, hint_at
from weiji.payments.model import (
    BALANCE,
    BANK,
    CreatePayoutAccountStatus,
    Destinations,
    Movement,
    NoticeKind,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Purpose,
    RequestPayoutStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.actors import address_of
from weiji.web.formats import listed
from weiji.web.requests import WebRequest

NAMES_SHOWN: Final = 5
"""In how many names bank accounts may be is told at most: whoever owns many shops knows."""


def channel_word(channel: str | None) -> str:
    """Name a way to pay."""
    own = {BALANCE: _("钱包"), "sandbox": _("模拟收单")}
    if not channel or channel in own:
        return own.get(channel or "", "")
    kind = find_kinds().get(channel)
    return kind.label if kind else channel


def payer_word(channel: str | None) -> str:
    """Name a way to pay to whoever pays by it."""
    kind = find_kinds().get(channel or "")
    return (kind.payers_label if kind else "") or channel_word(channel)


def notice_words() -> dict[str, str]:
    """Say what a channel tells of."""
    return {
        NoticeKind.CHARGE_SUCCEEDED: _("付款成功"),
        NoticeKind.CHARGE_FAILED: _("付款失败"),
        NoticeKind.CHARGE_CLOSED: _("付款已关闭"),
        NoticeKind.REFUND_SUCCEEDED: _("退款成功"),
        NoticeKind.REFUND_REJECTED: _("退款被拒"),
        NoticeKind.PAYOUT_ACCEPTED: _("提现已受理"),
        NoticeKind.PAYOUT_REJECTED: _("提现被拒"),
        NoticeKind.PAYOUT_PAID: _("提现已到账"),
        NoticeKind.PAYOUT_RETURNED: _("提现被退回"),
        NoticeKind.UNFREEZING_SUCCEEDED: _("货款已解冻"),
        NoticeKind.CHARGEBACK_RECEIVED: _("付款人拒付"),
        NoticeKind.CHARGEBACK_WON: _("拒付申辩成功"),
        NoticeKind.CHARGEBACK_LOST: _("拒付申辩失败"),
        NoticeKind.SETTLED: _("渠道结算"),
        NoticeKind.DEBITED: _("银行支出"),
        NoticeKind.CREDIT_TAKEN_BACK: _("冲正收入"),
        NoticeKind.DEBIT_TAKEN_BACK: _("冲正支出"),
    }


TRANSFERS_NEED: Final = timedelta(days=1)
"""How long something has to be open to be paid by a transfer: banks tell of what came a day later."""


class WayToPay(Struct, frozen=True):
    """A channel, as payers choose among them."""

    channel: str
    label: str
    note: str
    icon: str


def ways_to_pay(until: datetime | None, bound: Iterable[str] = ()) -> list[WayToPay]:
    """Name the channels by which something may be paid that is open *until* then; what takes days comes last, and is
    left out where that is too long and there is another.

    *bound* are those that hold money for the shop that is paid. Where payers know two by one name, they get that one.
    """
    freezing = REGISTRY.freezing_names & set(bound)
    labels = {name: payer_word(name) for name in freezing | REGISTRY.names}
    held = {labels[name] for name in freezing}
    names = {name for name, label in labels.items() if name in freezing or label not in held}
    transfers = {name for name in names if takes_transfers(name)}
    if until is not None and until - clock.now() < TRANSFERS_NEED and names > transfers:
        names -= transfers
    return [_way_to_pay(name, labels[name]) for name in sorted(names, key=lambda name: (name in transfers, name))]


def takes_transfers(channel: str) -> bool:
    """Tell whether a channel is paid by transfers from banks, which take days."""
    found = REGISTRY.find(channel)
    return found is not None and Ability.TRANSFER in found.abilities


def _way_to_pay(channel: str, label: str) -> WayToPay:
    if channel == "sandbox":
        return WayToPay(channel, label, _("另一家公司的演示收单，不动真钱"), "credit-card")
    if takes_transfers(channel):
        return WayToPay(channel, label, _("从你的银行转账，写上给你的附言"), "landmark")
    return WayToPay(channel, label, _("下一步到%(name)s付款", name=label), "credit-card")


def no_answer_words(channel: str) -> str:
    """Say that a channel did not say where it can be paid: so nobody can have paid."""
    return _("%(name)s现在没有回应，没有扣钱。请再试一次，或者换一种方式。", name=payer_word(channel))


def result_path(payment: Payment) -> str:
    """Tell where a payer sees what became of what they paid for."""
    if payment.purpose is Purpose.TOP_UP:
        return "/wallet"
    if payment.purpose is Purpose.DEPOSIT:
        return f"/merchant/{payment.subject_id}/deposit"
    if payment.purpose is Purpose.MERCHANT_ORDER:
        return f"/pay/orders/{payment.parts[0].order_id if payment.parts else payment.subject_id}"
    if payment.parts:
        return "/payment/result?" + "&".join(f"order={part.order_id}" for part in payment.parts)
    return f"/orders/{payment.subject_id}/payment/result"


def ways_path(payment: Payment) -> str:
    """Tell where a payer chooses another way to pay for the same."""
    if payment.purpose is Purpose.MERCHANT_ORDER:
        return f"{result_path(payment)}/ways"
    if payment.purpose is not Purpose.ORDER:
        return result_path(payment)
    return result_path(payment).replace("/payment/result", "/payment")


def is_other_amount(payment: Payment) -> bool:
    """Tell whether a channel took another amount for an order than it costs: then all of it goes back."""
    is_for_order = payment.purpose in (Purpose.ORDER, Purpose.MERCHANT_ORDER)
    return is_for_order and payment.status is PaymentStatus.SUCCEEDED and payment.captured != payment.amount


def pay_path(payment: Payment) -> str | None:
    """Tell where a payer goes to pay; None where the channel has not said how yet."""
    if payment.pay_url is None:
        return None
    return payment.pay_url if payment.pay_url.startswith("/") else f"/cashier/{payment.id}"


def payer_of(request: WebRequest) -> Payer:
    """Tell what a channel wants to know of whoever sent a request from a page."""
    # The one word that all telephones' browsers say, and no desktop's.
    browser = request.headers.get("user-agent", "").lower()
    device = Device.PHONE if "mobi" in browser else Device.DESKTOP
    if "micromessenger" in browser:
        device = Device.WECHAT
    return Payer(device=device, address=address_of(request.scope))


def way_of(payment: Payment | None) -> dict[str, str | None]:
    """Tell a program where and how a payment is paid."""
    url = payment.pay_url if payment else None
    return {"pay_url": url, "pay_way": payment.pay_way.value if payment and url else None}


def movement_words(movement: Movement) -> tuple[str, str, str | None]:
    """Say what moved money of a wallet, with an icon, and where more is told of it."""
    order = f"/orders/{movement.subject_id}" if movement.subject_id else None
    match movement.kind:
        case Kind.CAPTURE:
            return _("订单付款"), "shopping-bag", order
        case Kind.MERCHANT_CAPTURE:
            return _("在商家的网站或应用付款"), "store", f"/pay/orders/{movement.subject_id}"
        case Kind.MERCHANT_REFUND:
            return _("商家退款"), "undo-2", f"/pay/orders/{movement.subject_id}"
        case Kind.TRANSFER:
            return _("商家转账"), "store", f"/transfers/bills/{movement.subject_id}"
        case Kind.SHARE:
            # Of somebody else's order: there is nothing more to show.
            return _("商家分账"), "share-2", None
        case Kind.REFUND:
            return _("退款"), "undo-2", order
        case Kind.COMPENSATION:
            return _("平台判的赔付，从店铺保证金付"), "gavel", order
        case Kind.POSTAGE:
            return _("寄回的运费，平台判店铺付"), "truck", order
        case Kind.TOP_UP:
            return _("充值"), "plus", None
        case Kind.PAYOUT | Kind.PAYOUT_SETTLED:
            return _("提现到银行"), "landmark", "/wallet/withdrawals"
        case Kind.PAYOUT_FEE:
            return _("提现手续费"), "landmark", "/wallet/withdrawals"
        case Kind.PAYOUT_RETURNED:
            return _("提现退回"), "landmark", "/wallet/withdrawals"
        case Kind.RED_PACKET:
            return _("发红包"), "gift", _packet_of(movement)
        case Kind.RED_PACKET_PART:
            return _("收到红包"), "gift", _packet_of(movement)
        case Kind.RED_PACKET_RETURNED:
            return _("红包没领完，退回"), "gift", _packet_of(movement)
        case Kind.ADJUSTMENT:
            return _("平台人工调账"), "scale", None
        case Kind.DORMANCY if movement.amount > 0:
            return _("另存的钱取回"), "undo-2", "/wallet/dormant"
        case Kind.DORMANCY:
            return _("很久没动，另存"), "archive", "/wallet/dormant"
        case Kind.CHARGEBACK | Kind.RECOVERY:
            return _("付款人拒付，充值的钱收回"), "shield-alert", None
        case Kind.LEGAL_HOLD if movement.amount > 0:
            return _("司法解冻"), "lock-open", "/wallet/court-orders"
        case Kind.LEGAL_HOLD:
            return _("司法冻结"), "lock", "/wallet/court-orders"
        case _:
            return _("其他"), "arrow-left-right", None


def _packet_of(movement: Movement) -> str:
    return f"/red-packets/{movement.subject_id}"


def payout_words(payout: Payout) -> tuple[str, str]:
    """Say how a withdrawal stands, and in which tone."""
    match payout.status:
        case PayoutStatus.IN_REVIEW:
            return _("复核中"), "wait"
        case PayoutStatus.REFUSED:
            return _("没有通过复核，钱已退回"), "bad"
        case PayoutStatus.REQUESTED:
            return _("等着提交银行"), "wait"
        case PayoutStatus.SUBMITTED if payout.channel == BANK:
            # People carry it there, in a file.
            return _("平台打款中"), "wait"
        case PayoutStatus.SUBMITTED:
            return _("已提交银行"), "wait"
        case PayoutStatus.UNKNOWN:
            return _("等银行答复"), "wait"
        case PayoutStatus.ACCEPTED:
            return _("银行处理中"), "info"
        case PayoutStatus.PAID:
            return _("已到账"), "good"
        case PayoutStatus.REJECTED:
            return _("银行没有受理，钱已退回"), "bad"
        case PayoutStatus.RETURNED:
            return _("银行退票，钱已退回"), "bad"


def payout_error(status: RequestPayoutStatus) -> str:
    """Say why a withdrawal was not made."""
    match status:
        case RequestPayoutStatus.INSUFFICIENT_FUNDS:
            return _("余额不够提现金额和手续费。")
        case RequestPayoutStatus.OWNER_FROZEN:
            return _("钱包暂时被冻结，不能提现。请联系平台。")
        case RequestPayoutStatus.ACCOUNT_NOT_FOUND:
            return _("请选一个银行账户。")
        case RequestPayoutStatus.ACCOUNT_NAME_DIFFERS:
            return _("这个账户的户名和认证的不一样，钱提不到那里。请换一个账户。")
        case RequestPayoutStatus.CHANNEL_NOT_FOUND:
            return _("提现现在不能用。")
        case RequestPayoutStatus.AMOUNT_OUT_OF_RANGE:
            return _("这个金额不能提现。")
        case _:
            return _("没有提成，也没有扣钱。请再试一次。")


def payout_account_errors(status: CreatePayoutAccountStatus, owner: Owner) -> dict[str, str]:
    """Say what is wrong with the form of a bank account, by field."""
    match status:
        case CreatePayoutAccountStatus.HOLDER_INVALID:
            return {"holder": ngettext("1 到 %(number)s 个字符。", "1 到 %(number)s 个字符。", 100)}
        case CreatePayoutAccountStatus.NAME_DIFFERS:
            return {"holder": holder_hint(owner) or _("没有保存，请再试一次。")}
        case CreatePayoutAccountStatus.BANK_INVALID:
            return {"bank": ngettext("1 到 %(number)s 个字符。", "1 到 %(number)s 个字符。", 100)}
        case CreatePayoutAccountStatus.NUMBER_INVALID:
            return {"number": _("8 到 30 位数字。")}
        case _:
            return {"form": _("没有保存，请再试一次。")}


def holder_hint(owner: Owner) -> str | None:
    """Say in which names bank accounts may be, to those who have these names; None where they may be in any."""
    names = listed(hint_at(name) for name in owner.names[:NAMES_SHOWN])
    if owner.are_accepted:
        return _("户名要和认证的一致：%(names)s。", names=names)
    return _("所有账户要同一个户名：%(names)s。", names=names) if names else None


def destination_choices(found: Destinations) -> list[dict[str, object]]:
    """Offer bank accounts to choose from; those in another name than they may be can't be."""
    fitting = {account.id for account in found.fitting}
    return [
        {
            "value": str(account.id),
            "label": f"{account.bank} · {account.last4}",
            "note": account.holder if account.id in fitting else f"{account.holder} · {_('户名不符，提不到这里')}",
            "is_disabled": account.id not in fitting,
        }
        for account in found.accounts
    ]
