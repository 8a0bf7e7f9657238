"""What is decided about red packets of merchants, as pure functions over what was read."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit.text import is_line
from weiji.packets import GREETING_MAX, Division, Payer, SendPacket, SendStatus
from weiji.wire.red_packets.model import (
    MerchantPacket,
    SendMerchantPacket,
    SendMerchantPacketResult,
    SendMerchantPacketStatus,
)
from weiji.wire.trade.rules import find_difference

STATUSES: Final = {
    SendStatus.CREATED: SendMerchantPacketStatus.CREATED,
    SendStatus.TOO_MANY_PARTS: SendMerchantPacketStatus.TOO_MANY_PARTS,
    SendStatus.EXCEEDS_PACKET_LIMIT: SendMerchantPacketStatus.EXCEEDS_PACKET_LIMIT,
    SendStatus.EXCEEDS_DAY_LIMIT: SendMerchantPacketStatus.EXCEEDS_DAY_LIMIT,
    SendStatus.INSUFFICIENT_FUNDS: SendMerchantPacketStatus.INSUFFICIENT_FUNDS,
    SendStatus.WALLET_FROZEN: SendMerchantPacketStatus.SHOP_FROZEN,
}
"""What packets answer to a shop whose number is new."""


def check_packet(command: SendMerchantPacket) -> SendMerchantPacketStatus | None:
    """Say what is wrong with a command by itself; None if nothing is."""
    if not is_line(command.greeting, GREETING_MAX):
        return SendMerchantPacketStatus.GREETING_INVALID
    return None if 1 <= command.parts <= command.amount else SendMerchantPacketStatus.AMOUNT_BELOW_PARTS


def judge_shop(
    barred: Collection[UUID], claims: Mapping[UUID, int], command: SendMerchantPacket
) -> SendMerchantPacketStatus | None:
    """Say why a shop gives nothing away now; None: it may."""
    if command.shop_id in barred:
        return SendMerchantPacketStatus.WITHDRAWALS_BARRED
    return SendMerchantPacketStatus.OWES if claims.get(command.shop_id) else None


def judge_send(
    found: MerchantPacket | None,
    refusal: SendMerchantPacketStatus | None,
    sent: SendStatus | None,
    command: SendMerchantPacket,
) -> SendMerchantPacketResult:
    """Answer a command: with what packets said (*sent*), or, where its number was used before, with what there is.

    *refusal* is why they were not asked. What is wrong with the command itself comes before all.
    """
    if sent in STATUSES:
        return SendMerchantPacketResult(status=STATUSES[sent])
    if found is None or check_packet(command):
        assert refusal is not None, f"packets said {sent} of a packet that is not there"
        return SendMerchantPacketResult(status=refusal)
    difference = find_difference(found.terms, command.terms)
    status = SendMerchantPacketStatus.EXISTS_WITH_DIFFERENT_TERMS if difference else SendMerchantPacketStatus.EXISTS
    return SendMerchantPacketResult(status=status, difference=difference)


def packet_of(command: SendMerchantPacket) -> SendPacket:
    """Make the packet that a command asks for."""
    is_for_one = command.parts == 1
    return SendPacket(
        id=command.id,
        sender_id=command.shop_id,
        sender_name=command.shop_name,
        division=Division.EQUAL if is_for_one else Division.LUCKY,
        amount=command.amount,
        parts=command.parts,
        greeting=command.greeting,
        recipient_id=command.person_id if is_for_one else None,
        offered_to_id=command.person_id,
        payer=Payer.SHOP,
        actor=command.actor,
    )


def asked_of(command: SendMerchantPacket, now: datetime) -> MerchantPacket:
    """Note what a command asked for."""
    return MerchantPacket(
        id=command.id,
        shop_id=command.shop_id,
        mchid=command.mchid,
        number=command.number,
        appid=command.appid,
        openid=command.openid,
        terms=command.terms,
        created_at=now,
    )
