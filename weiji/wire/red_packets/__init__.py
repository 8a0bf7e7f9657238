"""Red packets that a merchant's program sends, out of what its shop may withdraw."""

from weiji.wire.red_packets.model import (
    SendMerchantPacket,
    SendMerchantPacketResult,
    SendMerchantPacketStatus,
    packet_id_of,
)
from weiji.wire.red_packets.operations import send_merchant_packets
from weiji.wire.red_packets.store import ShownPacket, get_packets, list_packets

__all__ = [
    "SendMerchantPacket",
    "SendMerchantPacketResult",
    "SendMerchantPacketStatus",
    "ShownPacket",
    "get_packets",
    "list_packets",
    "packet_id_of",
    "send_merchant_packets",
]
