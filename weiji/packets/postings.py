"""The postings of red packets. Each id says what happens once; README.md has the table."""

from uuid import UUID

from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Account, Kind, Transfer, TransferFlags, chart, move
from weiji.packets.model import Claim, Packet, Payer, ReceivePart, SendPacket


def purse(packet: SendPacket | Packet) -> Account:
    """Say whose money is in a packet, and gets what is left of it."""
    own = chart.merchant_available if packet.payer is Payer.SHOP else chart.wallet
    return own(packet.sender_id)


def fund(command: SendPacket) -> Transfer:
    """Put money into a packet."""
    # What was refused is refused for ever. A shop may try again with the same id: that is another transfer.
    id = new_id(command.id) if command.payer is Payer.SHOP else derive(command.id, "fund")
    return move(command.id, id, purse(command), chart.red_packet(command.id), command.amount, Kind.RED_PACKET)


def part(packet_id: UUID, claim: Claim) -> Transfer:
    """Send a part on its way to who has it."""
    source, way = chart.red_packet(packet_id), chart.transit(shard_of(packet_id))
    return move(packet_id, derive(packet_id, "part", claim.place), source, way, claim.amount, Kind.RED_PACKET_PART)


def receive(command: ReceivePart) -> Transfer:
    """Bring a part into the wallet of who has it."""
    way, wallet = chart.transit(shard_of(command.finder_id)), chart.wallet(command.finder_id)
    id = derive(command.finder_id, "red packet", command.packet_id)
    return move(command.packet_id, id, way, wallet, command.amount, Kind.RED_PACKET_PART)


def give_back(packet: Packet, number: int) -> Transfer:
    """Give back what is left, by the ledger's own count. *number* counts the tries: a purse may take nothing."""
    source, id = chart.red_packet(packet.id), derive(packet.id, "return", number)
    flags = TransferFlags.BALANCING_DEBIT
    return move(packet.id, id, source, purse(packet), packet.amount, Kind.RED_PACKET_RETURNED, flags)
