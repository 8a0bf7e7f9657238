"""What is decided about red packets: pure functions over what was read. Chance comes in as an argument."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from random import Random
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import shard_of
from weiji.kit.text import is_line
from weiji.ledger import AMOUNT_MAX
from weiji.packets.model import (
    GREETING_MAX,
    Claim,
    ClaimPart,
    ClaimResult,
    ClaimStatus,
    Day,
    Division,
    ExpireStatus,
    Packet,
    PacketState,
    Payer,
    RedPacketRules,
    SendPacket,
    SendStatus,
)

PACKET_MOVES: Final[dict[PacketState, frozenset[PacketState]]] = {
    PacketState.OPEN: frozenset({PacketState.EMPTY, PacketState.EXPIRED}),
    PacketState.EMPTY: frozenset(),
    PacketState.EXPIRED: frozenset(),
}
"""What a packet may become."""


# --- how a packet is divided ---


def divide(amount: int, parts: int, division: Division, random: Random) -> list[int]:
    """Divide *amount* into *parts* of at least 1 each, which add up to it. *random* is a secure source.

    Lucky: each part is drawn between 1 and less than twice the mean of what is left, so that its mean is that mean;
    then all are shuffled. Without shuffling the last would vary most, and be the luckiest too often.
    """
    assert 1 <= parts <= amount, "each part is at least 1"
    if division is Division.EQUAL:
        assert amount % parts == 0, "equal parts make up the whole"
        return [amount // parts] * parts
    drawn = []
    rest = amount
    for left in range(parts, 1, -1):
        drawn.append(random.randint(1, 2 * rest // left - 1))
        rest -= drawn[-1]
    drawn.append(rest)
    random.shuffle(drawn)
    return drawn


def sealed_text(packet_id: UUID, nonce: bytes, parts: Sequence[int]) -> str:
    """Write down how a packet was divided: the text whose SHA-256 is its commitment."""
    return f"{packet_id} {nonce.hex()} {','.join(map(str, parts))}"


def commitment_of(packet_id: UUID, nonce: bytes, parts: Sequence[int]) -> bytes:
    """Make what is told of a division before anybody has a part: it binds, and says nothing."""
    return sha256(sealed_text(packet_id, nonce, parts).encode()).digest()


# --- sending ---


def day_of(moment: datetime) -> date:
    """Tell the day of a moment in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def check_packet(command: SendPacket) -> SendStatus | None:
    """Say what is wrong with a command by itself; None if nothing is."""
    if command.refusal and command.refusal.bars(command.amount):
        return SendStatus(command.refusal.status)
    if shard_of(command.id) != shard_of(command.sender_id):
        return SendStatus.ID_IN_ANOTHER_SHARD
    if not is_line(command.greeting, GREETING_MAX):
        return SendStatus.GREETING_INVALID
    if command.recipient_id == command.sender_id:
        return SendStatus.RECIPIENT_IS_SENDER
    if command.recipient_id and command.parts != 1:
        return SendStatus.RECIPIENT_TAKES_ALL
    if not 1 <= command.parts <= command.amount <= AMOUNT_MAX:
        return SendStatus.AMOUNT_BELOW_PARTS
    if command.division is Division.EQUAL and command.amount % command.parts:
        return SendStatus.AMOUNT_NOT_DIVISIBLE
    return None


def compare_packet(command: SendPacket, packet: Packet) -> SendStatus:
    """Say whether a packet is what a command asks for."""
    if packet.sender_id != command.sender_id:
        return SendStatus.EXISTS_WITH_DIFFERENT_SENDER
    names = ("division", "amount", "parts", "greeting", "recipient_id", "offered_to_id")
    is_same = all(getattr(packet, name) == getattr(command, name) for name in names)
    return SendStatus.EXISTS if is_same else SendStatus.EXISTS_WITH_DIFFERENT_CONTENT


class Sendings:
    """What sending is judged against: packets there are, and what each sender has sent today."""

    def __init__(self, packets: Mapping[UUID, Packet], days: Mapping[UUID, Day], rules: RedPacketRules) -> None:
        self.packets = dict(packets)
        self.days = {id: replace(day) for id, day in days.items()}
        self.rules = rules

    def judge(self, command: SendPacket) -> SendStatus:
        """Answer a command, short of what the sender's wallet says. `created`: it may be."""
        wrong = check_packet(command)
        if wrong:
            return wrong
        if command.id in self.packets:
            return compare_packet(command, self.packets[command.id])
        if command.parts > self.rules.parts_max:
            return SendStatus.TOO_MANY_PARTS
        if command.amount > self.rules.amount_max:
            return SendStatus.EXCEEDS_PACKET_LIMIT
        day, rules = self.days[command.sender_id], self.rules
        amount_max, packets_max = rules.day_amount_max, rules.day_packets_max
        if command.payer is Payer.SHOP:
            amount_max, packets_max = rules.shop_day_amount_max, rules.shop_day_packets_max
        if day.amount + command.amount > amount_max or day.packets >= packets_max:
            return SendStatus.EXCEEDS_DAY_LIMIT
        return SendStatus.CREATED

    def add(self, packet: Packet) -> None:
        """Note that a packet was made."""
        self.packets[packet.id] = packet
        day = self.days[packet.sender_id]
        day.amount += packet.amount
        day.packets += 1


# --- claiming ---


class Held(Struct, kw_only=True):
    """A packet that is locked, and those of its next parts that a batch may come to need."""

    packet: Packet
    next_parts: Sequence[int]
    claims: dict[UUID, Claim] = msgspec.field(default_factory=dict)
    """The parts of those who ask, by finder."""
    new: list[Claim] = msgspec.field(default_factory=list)

    def claim(self, command: ClaimPart, now: datetime) -> ClaimResult:
        """Give somebody the next part, or say why not."""
        packet = self.packet
        own = self.claims.get(command.finder_id)
        if command.key != packet.key:
            return ClaimResult(status=ClaimStatus.PACKET_NOT_FOUND)
        if own:
            return ClaimResult(status=ClaimStatus.EXISTS, amount=own.amount, place=own.place)
        if not may_claim(packet, command.finder_id):
            return ClaimResult(status=ClaimStatus.NOT_FOR_YOU)
        if packet.state is PacketState.EMPTY:
            return ClaimResult(status=ClaimStatus.EMPTY)
        if packet.state is PacketState.EXPIRED or now >= packet.expires_at:
            return ClaimResult(status=ClaimStatus.EXPIRED)
        made = Claim(
            place=packet.taken + 1,
            finder_id=command.finder_id,
            finder_name=command.finder_name,
            amount=self.next_parts[len(self.new)],
            claimed_at=now,
        )
        self.claims[made.finder_id] = made
        self.new.append(made)
        is_last = made.place == packet.parts
        self.packet = replace(
            packet,
            taken=made.place,
            claimed=packet.claimed + made.amount,
            state=PacketState.EMPTY if is_last else packet.state,
            ended_at=now if is_last else None,
        )
        return ClaimResult(status=ClaimStatus.CLAIMED, amount=made.amount, place=made.place)


def may_claim(packet: Packet, person_id: UUID) -> bool:
    """Tell whether a packet is for somebody who has its key."""
    if packet.recipient_id:
        return packet.recipient_id == person_id
    # Whoever gives away one part does not take it back before its time; of many they may take one.
    return packet.parts > 1 or packet.sender_id != person_id


def judge_claims(held: Mapping[UUID, Held], commands: Sequence[ClaimPart], now: datetime) -> list[ClaimResult]:
    """Answer each command as if it came alone, after the ones before it."""
    missing = ClaimResult(status=ClaimStatus.PACKET_NOT_FOUND)
    return [
        held[command.packet_id].claim(command, now) if command.packet_id in held else missing for command in commands
    ]


def judge_expiry(packet: Packet | None, now: datetime) -> ExpireStatus:
    """Say whether what is left of a packet goes back."""
    if packet is None:
        return ExpireStatus.PACKET_NOT_FOUND
    if PacketState.EXPIRED not in PACKET_MOVES[packet.state]:
        return ExpireStatus.ENDED
    return ExpireStatus.EXPIRED if now >= packet.expires_at else ExpireStatus.NOT_DUE
