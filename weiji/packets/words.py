"""How pages tell of red packets."""

from weiji.packets.model import (
    GREETING_MAX,
    ClaimStatus,
    Division,
    Packet,
    PacketState,
    RedPacketRules,
    SendResult,
    SendStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


def division_word(packet: Packet) -> str:
    """Name the kind of a packet."""
    if packet.recipient_id:
        return _("给一个人")
    if packet.parts == 1:
        return _("一份红包")
    return _("拼手气红包") if packet.division is Division.LUCKY else _("普通红包")


def state_words(packet: Packet) -> tuple[str, str]:
    """Say how a packet stands, and in which tone."""
    match packet.state:
        case PacketState.EMPTY:
            return _("已领完"), "plain"
        case PacketState.EXPIRED:
            return (_("剩下的退回了"), "plain") if packet.returned < packet.amount else (_("没人领，退回了"), "plain")
        case PacketState.OPEN:
            words = ngettext("还剩 %(number)s 份", "还剩 %(number)s 份", packet.left)
            return words, "good"


def claim_words(status: ClaimStatus) -> str:
    """Say why nobody can have a part."""
    match status:
        case ClaimStatus.EMPTY:
            return _("手慢了，红包领完了。")
        case ClaimStatus.EXPIRED:
            return _("红包过了时间，剩下的退回去了。")
        case ClaimStatus.NOT_FOR_YOU:
            return _("这个红包不是给你的。")
        case _:
            return _("没有这个红包。")


def send_errors(result: SendResult, rules: RedPacketRules) -> dict[str, str]:
    """Say what is wrong with the form of a packet, by field."""
    match result.status:
        case SendStatus.RECIPIENT_NOT_FOUND:
            return {"recipient": _("没有找到这个人，看看用户名对不对。")}
        case SendStatus.RECIPIENT_IS_SENDER:
            return {"recipient": _("不能发给自己。")}
        case SendStatus.GREETING_INVALID:
            return {
                "greeting": ngettext("1 到 %(number)s 个字符。", "1 到 %(number)s 个字符。", GREETING_MAX),
            }
        case SendStatus.AMOUNT_BELOW_PARTS:
            return {"amount": _("每一份至少 0.01 元。")}
        case SendStatus.TOO_MANY_PARTS:
            return {"parts": ngettext("最多 %(number)s 份。", "最多 %(number)s 份。", rules.parts_max)}
        case SendStatus.EXCEEDS_PACKET_LIMIT:
            return {"amount": _("一个红包最多 %(amount)s。", amount=money(rules.amount_max))}
        case SendStatus.EXCEEDS_DAY_LIMIT:
            packets = ngettext("%(number)s 个", "%(number)s 个", rules.day_packets_max)
            return {
                "form": _(
                    "今天发得够多了：一天最多 %(amount)s、%(packets)s。",
                    amount=money(rules.day_amount_max),
                    packets=packets,
                )
            }
        case SendStatus.INSUFFICIENT_FUNDS:
            return {"funds": _("钱包余额不够。")}
        case SendStatus.WALLET_FROZEN:
            return {"form": _("钱包暂时被冻结，不能发红包。请联系平台。")}
        case _:
            return {"form": _("没有发成，也没有扣钱。请再试一次。")}
