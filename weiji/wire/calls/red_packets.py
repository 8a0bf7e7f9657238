"""The old XML calls about cash red packets: one for a person, one for a group, and how one stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NoReturn

from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.packets import Claim, PacketState, show_packet
from weiji.web import gettext as _
from weiji.wire.errors import WireError
from weiji.wire.openids import openid_of, person_of
from weiji.wire.payees import find_payees
from weiji.wire.red_packets import (
    SendMerchantPacket,
    SendMerchantPacketResult,
    SendMerchantPacketStatus,
    ShownPacket,
    get_packets,
    packet_id_of,
    send_merchant_packets,
)
from weiji.wire.xml_gate import XML_ROUTES, XmlCall, wrong

PART_MIN: Final = 100
PART_MAX: Final = 20_000
"""What one person gets (of a group: on the average), in fen."""
SCENE_PART_MAX: Final = 49_900
"""The same, of a packet that says why it is more (`scene_id`)."""

GROUP_MIN: Final = 3
GROUP_MAX: Final = 20
"""People in a group."""

BILL_NUMBER_MAX: Final = 28

_TERMS: Final = (
    "wxappid",
    "re_openid",
    "total_amount",
    "total_num",
    "send_name",
    "wishing",
    "act_name",
    "remark",
    "scene_id",
)
"""What the same packet has to say when it is asked for again."""

_STATES: Final = {PacketState.OPEN: "SENT", PacketState.EMPTY: "RECEIVED", PacketState.EXPIRED: "REFUND"}


def _not_now() -> dict[SendMerchantPacketStatus, str]:
    """Say why a shop gives nothing away now."""
    return {
        SendMerchantPacketStatus.WITHDRAWALS_BARRED: _("这家店现在不能提现，所以也不能发钱。"),
        SendMerchantPacketStatus.OWES: _("这家店欠平台的钱，要先还上。"),
        SendMerchantPacketStatus.SHOP_FROZEN: _("这家店的钱被冻结了。"),
    }


@XML_ROUTES.add("/mmpaymkttransfers/sendredpack", moves_money=True)
async def send_one(call: XmlCall) -> dict[str, Any]:
    """Send a packet to a person, who finds it in the wallet."""
    if call.number("total_num") != 1:
        raise wrong("total_num", _("这里只能是 1；多个请用 sendgroupredpack"))
    call.text("client_ip", 45)  # Of packets for groups, none is named.
    return await _send(call, 1)


@XML_ROUTES.add("/mmpaymkttransfers/sendgroupredpack", moves_money=True)
async def send_group(call: XmlCall) -> dict[str, Any]:
    """Send a packet for a group to a person, who finds it in the wallet and hands its link on; parts are drawn."""
    parts = call.number("total_num")
    if not GROUP_MIN <= parts <= GROUP_MAX:
        raise wrong("total_num", _("不在 %(least)s 和 %(most)s 之间", least=GROUP_MIN, most=GROUP_MAX))
    if call.text("amt_type", 32) != "ALL_RAND":
        raise wrong("amt_type", _("不是 ALL_RAND"))
    return await _send(call, parts)


async def _send(call: XmlCall, parts: int) -> dict[str, Any]:
    number, appid, openid = _number(call), call.text("wxappid", 32), call.text("re_openid", 64)
    amount = call.number("total_amount")
    most = SCENE_PART_MAX if call.fields.get("scene_id") else PART_MAX
    if not PART_MIN * parts <= amount <= most * parts:
        raise WireError(400, "MONEY_LIMIT", _("每个人得 %(least)s 到 %(most)s 分。", least=PART_MIN, most=most))
    for name, length in (("send_name", 32), ("act_name", 32), ("remark", 256)):
        call.text(name, length)
    if call.fields.get("consume_mch_id", call.mchid) != call.mchid:
        raise WireError(403, "NO_AUTH", _("红包由发的商户自己出钱：consume_mch_id 填你自己的，或者不填。"))
    shop_id = call.party.merchant.shop_id
    packet_id, person_id = packet_id_of(shop_id, number), person_of(appid, openid)
    async with call.backend.database.read() as reader:
        is_here = bool(await get_packets(reader, [packet_id]) or await find_payees(reader, [(appid, openid)]))
    if person_id is None or not is_here:
        raise WireError(400, "OPENID_ERROR", _("这个 wxappid 下没有这个 openid。"))
    command = SendMerchantPacket(
        id=packet_id,
        shop_id=shop_id,
        shop_name=call.party.shop_name,
        mchid=call.mchid,
        number=number,
        appid=appid,
        openid=openid,
        person_id=person_id,
        amount=amount,
        parts=parts,
        greeting=call.text("wishing", 128),
        terms={name: value for name in _TERMS if (value := call.fields.get(name, "").strip())},
        actor=Actor("merchant", shop_id, call.request_id, call.address),
    )
    result = await call.backend.batchers.of(send_merchant_packets, "shop_id").submit(command)
    if result.status not in (SendMerchantPacketStatus.CREATED, SendMerchantPacketStatus.EXISTS):
        _refuse(result)
    return {
        "mch_billno": number,
        "mch_id": call.mchid,
        "wxappid": appid,
        "re_openid": openid,
        "total_amount": amount,
        "send_listid": command.id.hex,
    }


def _refuse(result: SendMerchantPacketResult) -> NoReturn:
    match result.status:
        case SendMerchantPacketStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这个 mch_billno 已经用过，%(field)s 不一样。", field=result.difference)
            raise WireError(400, "FATAL_ERROR", words)
        case SendMerchantPacketStatus.INSUFFICIENT_FUNDS:
            words = _("这家店可提的余额不够。够了以后，请用同一个 mch_billno 再发。")
            raise WireError(403, "NOTENOUGH", words)
        case SendMerchantPacketStatus.EXCEEDS_DAY_LIMIT:
            raise WireError(403, "SENDAMOUNT_LIMIT", _("运营方规定一家店一天只能发这么多。"))
        case SendMerchantPacketStatus.EXCEEDS_PACKET_LIMIT | SendMerchantPacketStatus.TOO_MANY_PARTS:
            raise WireError(400, "MONEY_LIMIT", _("运营方规定红包不能这么大，或者不能分这么多份。"))
        case SendMerchantPacketStatus.GREETING_INVALID:
            raise wrong("wishing", _("不是一行 1 到 60 个字"))
        case _:
            raise WireError(403, "NO_AUTH", _not_now()[result.status])


@XML_ROUTES.add("/mmpaymkttransfers/gethbinfo", moves_money=False)
async def show(call: XmlCall) -> dict[str, Any]:
    """Tell how a packet stands, and who got how much of it."""
    if call.text("bill_type", 32) != "MCHT":
        raise wrong("bill_type", _("不是 MCHT"))
    shop_id = call.party.merchant.shop_id
    packet_id = packet_id_of(shop_id, _number(call))
    async with call.backend.database.read() as reader:
        packet = (await get_packets(reader, [packet_id])).get(packet_id)
        shown = await show_packet(reader, packet_id, shop_id, None, limit=GROUP_MAX) if packet else None
    if packet is None or shown is None or packet.mchid != call.mchid:
        raise WireError(404, "NOT_FOUND", _("你没有这个 mch_billno 的红包。"))
    return _describe(packet, shown.claims)


def _describe(packet: ShownPacket, claims: Sequence[Claim]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "mch_billno": packet.number,
        "mch_id": packet.mchid,
        "detail_id": packet.id.hex,
        "status": _STATES[packet.state],
        "send_type": "API",
        "hb_type": "NORMAL" if packet.parts == 1 else "GROUP",
        "total_num": packet.parts,
        "total_amount": packet.amount,
        "send_time": _write_time(packet.created_at),
        "wishing": packet.greeting,
        "remark": packet.terms["remark"],
        "act_name": packet.terms["act_name"],
        "hblist": [{"hbinfo": _describe_claim(packet, claim)} for claim in reversed(claims)],
    }
    if packet.returned and packet.ended_at:
        told |= {"refund_time": _write_time(packet.ended_at), "refund_amount": packet.returned}
    return told


def _describe_claim(packet: ShownPacket, claim: Claim) -> dict[str, Any]:
    return {
        "openid": openid_of(packet.appid, claim.finder_id),
        "amount": claim.amount,
        "rcv_time": _write_time(claim.claimed_at),
    }


def _number(call: XmlCall) -> str:
    number = call.text("mch_billno", BILL_NUMBER_MAX)
    if not (number.isascii() and number.isalnum()):
        raise wrong("mch_billno", _("只能有字母和数字"))
    return number


def _write_time(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
