"""The old XML calls about cash red packets: one for a person, one for a group, and how one stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NoReturn

from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.packets import Claim, PacketState, show_packet
from weiji.wire.errors import WireError
from weiji.wire.openids import openid_of, person_of
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

_NOT_NOW: Final = {
    SendMerchantPacketStatus.WITHDRAWALS_BARRED: "The shop may not withdraw now, so it gives nothing away either.",
    SendMerchantPacketStatus.OWES: "The shop owes the platform something: that comes first.",
    SendMerchantPacketStatus.SHOP_FROZEN: "The shop's money is frozen.",
}


@XML_ROUTES.add("/mmpaymkttransfers/sendredpack", moves_money=True)
async def send_one(call: XmlCall) -> dict[str, Any]:
    """Send a packet to a person, who finds it in the wallet."""
    if call.number("total_num") != 1:
        raise wrong("total_num", "is 1 here; sendgroupredpack is for more")
    call.text("client_ip", 45)  # Of packets for groups, none is named.
    return await _send(call, 1)


@XML_ROUTES.add("/mmpaymkttransfers/sendgroupredpack", moves_money=True)
async def send_group(call: XmlCall) -> dict[str, Any]:
    """Send a packet for a group to a person, who finds it in the wallet and hands its link on; parts are drawn."""
    parts = call.number("total_num")
    if not GROUP_MIN <= parts <= GROUP_MAX:
        raise wrong("total_num", f"is not between {GROUP_MIN} and {GROUP_MAX}")
    if call.text("amt_type", 32) != "ALL_RAND":
        raise wrong("amt_type", "is not ALL_RAND")
    return await _send(call, parts)


async def _send(call: XmlCall, parts: int) -> dict[str, Any]:
    number, appid, openid = _number(call), call.text("wxappid", 32), call.text("re_openid", 64)
    amount = call.number("total_amount")
    most = SCENE_PART_MAX if call.fields.get("scene_id") else PART_MAX
    if not PART_MIN * parts <= amount <= most * parts:
        raise WireError(400, "MONEY_LIMIT", f"A person gets between {PART_MIN} and {most} fen.")
    for name, length in (("send_name", 32), ("act_name", 32), ("remark", 256)):
        call.text(name, length)
    if call.fields.get("consume_mch_id", call.mchid) != call.mchid:
        raise WireError(403, "NO_AUTH", "A packet is paid by who sends it: consume_mch_id is your own, or left out.")
    person_id = person_of(appid, openid)
    if person_id is None:
        raise WireError(400, "OPENID_ERROR", "Nobody has this openid under this wxappid.")
    shop_id = call.party.merchant.shop_id
    command = SendMerchantPacket(
        id=packet_id_of(shop_id, number),
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
    result = await call.desk.batchers.of(send_merchant_packets, "shop_id").submit(command)
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
            words = f"This mch_billno was used for a packet with another {result.difference}."
            raise WireError(400, "FATAL_ERROR", words)
        case SendMerchantPacketStatus.INSUFFICIENT_FUNDS:
            words = "The shop has not as much that it may withdraw. Ask again with the same mch_billno when it has."
            raise WireError(403, "NOTENOUGH", words)
        case SendMerchantPacketStatus.EXCEEDS_DAY_LIMIT:
            raise WireError(403, "SENDAMOUNT_LIMIT", "The operator's rules let a shop give no more away on one day.")
        case SendMerchantPacketStatus.EXCEEDS_PACKET_LIMIT | SendMerchantPacketStatus.TOO_MANY_PARTS:
            raise WireError(400, "MONEY_LIMIT", "The operator's rules allow no packet as large, or with as many parts.")
        case SendMerchantPacketStatus.GREETING_INVALID:
            raise wrong("wishing", "is not one line of 1 to 60 characters")
        case _:
            raise WireError(403, "NO_AUTH", _NOT_NOW[result.status])


@XML_ROUTES.add("/mmpaymkttransfers/gethbinfo", moves_money=False)
async def show(call: XmlCall) -> dict[str, Any]:
    """Tell how a packet stands, and who got how much of it."""
    if call.text("bill_type", 32) != "MCHT":
        raise wrong("bill_type", "is not MCHT")
    shop_id = call.party.merchant.shop_id
    packet_id = packet_id_of(shop_id, _number(call))
    async with call.desk.database.read() as reader:
        packet = (await get_packets(reader, [packet_id])).get(packet_id)
        shown = await show_packet(reader, packet_id, shop_id, None, limit=GROUP_MAX) if packet else None
    if packet is None or shown is None or packet.mchid != call.mchid:
        raise WireError(404, "NOT_FOUND", "There is no packet of this mch_billno of yours.")
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
        raise wrong("mch_billno", "has something else than letters and digits in it")
    return number


def _write_time(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
