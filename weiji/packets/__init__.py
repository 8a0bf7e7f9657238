"""Red packets: money of a wallet that is given away in parts. See README.md."""

from weiji.packets.handlers import jobs, subscriptions
from weiji.packets.model import (
    ClaimPart,
    ClaimResult,
    ClaimStatus,
    Division,
    ExpirePacket,
    ExpireStatus,
    Packet,
    PacketState,
    PublishRedPacketRules,
    PublishRedPacketRulesStatus,
    ReceivedPacket,
    RedPacketRules,
    SendPacket,
    SendResult,
    SendStatus,
)
from weiji.packets.operations import (
    claim_parts,
    expire_packets,
    list_received,
    list_sent,
    publish_rules,
    send_packets,
)

__all__ = [
    "ClaimPart",
    "ClaimResult",
    "ClaimStatus",
    "Division",
    "ExpirePacket",
    "ExpireStatus",
    "Packet",
    "PacketState",
    "PublishRedPacketRules",
    "PublishRedPacketRulesStatus",
    "ReceivedPacket",
    "RedPacketRules",
    "SendPacket",
    "SendResult",
    "SendStatus",
    "claim_parts",
    "expire_packets",
    "jobs",
    "list_received",
    "list_sent",
    "publish_rules",
    "send_packets",
    "subscriptions",
]
