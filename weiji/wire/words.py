"""What pages say of the payment protocol."""

from datetime import datetime

from weiji.packets import PacketState
from weiji.web import gettext as _
from weiji.webhooks import Message, MessageStatus
from weiji.wire.keys import AddCertificateStatus, KeyKind, Merchant, PlatformKey, SetV2AccessStatus
from weiji.wire.listeners import Topic
from weiji.wire.red_packets import ShownPacket
from weiji.wire.trade import MerchantOrder, State
from weiji.wire.transfers import BillState


def platform_key_word(key: PlatformKey) -> str:
    """Name a key of the platform."""
    if key.kind is KeyKind.PUBLIC_KEY:
        return _("平台公钥 %(id)s", id=key.id)
    return _("平台证书 %(id)s", id=key.id)


def signing_word(merchant: Merchant, wall: datetime) -> str:
    """Say why the key signs that does, where a program names none."""
    if merchant.choice(wall) is not None:
        why = _("这把是你选的。")
    elif not merchant.uses_certificates:
        why = _("你的程序都没有取过平台证书，所以用公钥。")
    elif merchant.certificate_clients:
        clients = " ".join(merchant.certificate_clients)
        why = _("取过平台证书的程序（%(clients)s）用最新的证书，别的程序用公钥。", clients=clients)
    else:
        why = _("有程序取过平台证书，所以用最新的证书。")
    return _("请求里点了名（Wechatpay-Serial）的，就用点名的那把，它下的单的通知也是。没有点名的：%(why)s", why=why)


def csr_error(reason: str) -> str:
    """Say why a request for a certificate can't be granted."""
    return {
        "csr_missing": _("请贴上证书请求（CSR）或者选它的文件，也可以用上面的按钮在浏览器里生成密钥。"),
        "csr_too_long": _("太长了。要 PEM 格式的证书请求（CSR）。"),
        "csr_is_private_key": _("这是私钥，不要给任何人。我们没有留；请另外生成一把，只给证书请求（CSR）。"),
        "csr_unreadable": _("读不懂。要整段 PEM 格式的证书请求，从 -----BEGIN CERTIFICATE REQUEST----- 开始。"),
        "csr_signature_wrong": _("证书请求的签名不对，请重新生成一份。"),
        "key_not_rsa": _("要 RSA 密钥。"),
        "key_size_out_of_range": _("密钥要 2048 到 4096 位。"),
    }[reason]


def certificate_error(status: AddCertificateStatus) -> str:
    """Say why a certificate was not issued."""
    match status:
        case AddCertificateStatus.NAME_INVALID:
            return _("起个名字，一行，不超过 60 个字。")
        case AddCertificateStatus.EXCEEDS_LIMIT:
            return _("已经有 20 张证书在用，先停用一张。")
        case _:
            return _("没有办成，请再试一次。")


def v2_errors(status: SetV2AccessStatus) -> dict[str, str]:
    """Say, by field, why the old calls' key and addresses were not set."""
    if status is SetV2AccessStatus.V2_KEY_INVALID:
        return {"v2_key": _("要 32 个字母或数字。")}
    return {"addresses": _("要 IP 地址或网段，最多 20 个，例如 203.0.113.7 或 203.0.113.0/24。")}


def packet_word(packet: ShownPacket) -> tuple[str, str]:
    """Name where a red packet that a program sent stands, and the tone of its tag."""
    match packet.state:
        case PacketState.OPEN:
            return _("等人领"), "wait"
        case PacketState.EMPTY:
            return _("领完了"), "good"
        case PacketState.EXPIRED:
            return _("过期退回"), "plain"


def status_word(message: Message) -> tuple[str, str]:
    """Name where a message stands, and the tone of its tag."""
    match message.status:
        case MessageStatus.WAITING:
            return _("等着再发") if message.attempts else _("等着发"), "wait"
        case MessageStatus.DELIVERED:
            return _("已送达"), "good"
        case MessageStatus.GIVEN_UP:
            return _("没送到，不再发了"), "bad"


def order_word(order: MerchantOrder) -> tuple[str, str]:
    """Name where an order that a program made stands, and the tone of its tag."""
    if order.state is State.OPEN:
        return _("等付款"), "wait"
    if order.state is State.CLOSED:
        return _("已关闭"), "plain"
    if order.refunded:
        return (_("全部退了"), "plain") if order.refunded == order.total else (_("退了一部分"), "info")
    if order.held:
        return _("已付款，待分账"), "info"
    return (_("已付款，可提现"), "good") if order.settled_at else (_("已付款，待结算"), "good")


def bill_word(state: BillState) -> tuple[str, str]:
    """Name where money that a program gave to a person stands, and the tone of its tag."""
    match state:
        case BillState.WAITING:
            return _("等对方收下"), "wait"
        case BillState.CONFIRMED:
            return _("正在进对方钱包"), "info"
        case BillState.RECEIVED:
            return _("对方收到了"), "good"
        case BillState.CANCELED:
            return _("收回了"), "plain"
        case BillState.EXPIRED:
            return _("没人收，已退回"), "plain"


def tab_word(key: str) -> str:
    """Name a tab of the list of messages."""
    return {
        "": _("全部"),
        "waiting": _("等着发"),
        "given_up": _("没送到"),
        "delivered": _("已送达"),
    }[key]


def url_error() -> str:
    """Say what is wrong with an address to be told at."""
    return _("要一个 http 或 https 地址，不超过 255 个字符。")


def topic_word(topic: Topic) -> str:
    """Name what a merchant's server may be told of."""
    match topic:
        case Topic.COMPLAINTS:
            return _("有投诉，或投诉有进展")
        case Topic.PROFIT_SHARING:
            return _("收到、退回别人分的账")
        case Topic.COUPONS_USED:
            return _("店里的券用掉了")
        case Topic.COUPONS_SENT:
            return _("店里的券有人领了")


def type_word(type: str) -> str:
    """Name what a message tells of."""
    return {
        "TRANSACTION.SUCCESS": _("付款成功"),
        "REFUND.SUCCESS": _("退款到账"),
        "REFUND.CLOSED": _("退款没有成功"),
        "REFUND.ABNORMAL": _("退款被渠道退回"),
        "MCHTRANSFER.BILL.FINISHED": _("转账结束"),
        "MCHTRANSFER.BATCH.FINISHED": _("批量转账结束"),
        "SECURITY.ECHO": _("自检"),
        "COMPLAINT.CREATE": _("有投诉"),
        "COMPLAINT.STATE_CHANGE": _("投诉有进展"),
        "PROFITSHARING.SUCCESS": _("收到分账"),
        "PROFITSHARING.RETURN": _("退回分账"),
        "COUPON.USE": _("用了优惠券"),
        "COUPON.SEND": _("领了优惠券"),
    }.get(type, type)


def reason_word(reason: str) -> str:
    """Say why an attempt failed."""
    if reason.startswith("status_"):
        return _("对方回答 %(status)s", status=reason.removeprefix("status_"))
    return {
        "too_slow": _("5 秒内没有回答"),
        "unreachable": _("连不上"),
        "unknown_host": _("找不到这个域名"),
        "private_address": _("地址在内网，这里不允许"),
        "not_http": _("不是 http 地址"),
        "refused": _("对方回答 200，但内容说失败了"),
        "no_api_key": _("还没有 APIv3 密钥，没法加密"),
    }.get(reason, reason)
