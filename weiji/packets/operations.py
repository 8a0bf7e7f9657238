"""The verbs of red packets. Each takes an open transaction and a batch, and answers every command.

Locks: what senders have sent today, in id order; allowances; packets, in id order; the ledger; the heads of streams.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random, SystemRandom
from secrets import token_bytes, token_urlsafe
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.events import BY_CLOCK, BY_SYSTEM, Event, Occurrence, publish
from weiji.events.packets import (
    RedPacketClaimed,
    RedPacketEmptied,
    RedPacketExpired,
    RedPacketReceived,
    RedPacketSent,
)
from weiji.identity import SpendAllowance, SpendAllowanceStatus, judge_spendings, write_spendings
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shard_of
from weiji.ledger import (
    TransferResult,
    TransferStatus,
    chart,
    create_transfers,
)
from weiji.packets import postings, store
from weiji.packets.model import (
    KEY_BYTES,
    NONCE_BYTES,
    RED_PACKET_RULES,
    ClaimPart,
    ClaimResult,
    ExpirePacket,
    ExpireStatus,
    OfferPacket,
    Packet,
    PacketState,
    ReceivedPacket,
    ReceivePart,
    ReceiveStatus,
    RedPacketRules,
    SendPacket,
    SendResult,
    SendStatus,
    Shown,
)
from weiji.packets.rules import (
    Sendings,
    commitment_of,
    day_of,
    divide,
    judge_claims,
    judge_expiry,
)
from weiji.packets.store import Ending, NewPacket
from weiji.rulebook import Version, get_in_force

RANDOM: Final[Random] = SystemRandom()
"""Where chance comes from: the operating system's secure source."""

_REFUSED_ALLOWANCES: Final = {
    SpendAllowanceStatus.NOT_FOUND: SendStatus.ALLOWANCE_NOT_FOUND,
    SpendAllowanceStatus.ID_TAKEN: SendStatus.ID_TAKEN,
    SpendAllowanceStatus.EXPIRED: SendStatus.ALLOWANCE_EXPIRED,
    SpendAllowanceStatus.EXCEEDS_ALLOWANCE: SendStatus.EXCEEDS_ALLOWANCE,
}

_REFUSED_BY_WALLETS: Final = {
    TransferStatus.EXCEEDS_CREDITS: SendStatus.INSUFFICIENT_FUNDS,
    # Whoever never had money has no wallet.
    TransferStatus.DEBIT_ACCOUNT_NOT_FOUND: SendStatus.INSUFFICIENT_FUNDS,
    TransferStatus.ID_ALREADY_FAILED: SendStatus.INSUFFICIENT_FUNDS,
    TransferStatus.DEBIT_ACCOUNT_FROZEN: SendStatus.WALLET_FROZEN,
    TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED: SendStatus.WALLET_FROZEN,
}

RETRY: Final = timedelta(days=1)
"""When it is tried again to give back what a wallet did not take."""

_CLOSED: Final = frozenset({TransferStatus.CREDIT_ACCOUNT_FROZEN, TransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED})


async def send_packets(tx: Transaction, commands: Sequence[SendPacket]) -> list[SendResult]:
    """Put money of wallets, or of shops, into packets; results are in the order of *commands*.

    Publishes RedPacketSent, and AllowanceSpent. What every sender named has sent today stays locked until *tx* ends.
    """
    results: list[SendResult] = []
    told: list[Occurrence] = []
    rules = await get_in_force(tx, RED_PACKET_RULES, tx.now)
    while len(results) < len(commands):
        results += await _send_some(tx, commands[len(results) :], rules, told)
    # The heads of streams are locked last.
    await publish(tx, told)
    return results


async def _send_some(
    tx: Transaction, commands: Sequence[SendPacket], rules: Version[RedPacketRules], told: list[Occurrence]
) -> list[SendResult]:
    """Send the first packets: mostly all, else up to one whose answer depends on what a wallet says to one before."""
    today = day_of(tx.now)
    days = await store.lock_days(tx, {command.sender_id for command in commands}, today)
    packets = await store.get_packets(tx, {command.id for command in commands})
    if_all, if_none = (Sendings(packets, days, rules.rules) for _ in range(2))
    statuses: list[SendStatus] = []
    new: dict[UUID, NewPacket] = {}
    for command in commands:
        status = if_all.judge(command)
        if status is not if_none.judge(command):
            break
        if status is SendStatus.CREATED:
            new[command.id] = _new_packet(command, rules, tx.now)
            if_all.add(new[command.id].packet)
        statuses.append(status)
    asking = [
        place for place, status in enumerate(statuses) if status is SendStatus.CREATED and commands[place].allowance_id
    ]
    judged = await judge_spendings(tx, [_spend(commands[place]) for place in asking]) if asking else None
    if judged:
        if len(judged.statuses) < len(asking):
            del statuses[asking[len(judged.statuses)] :]
            del asking[len(judged.statuses) :]
        for place, answer in zip(asking, judged.statuses, strict=True):
            statuses[place] = _REFUSED_ALLOWANCES.get(answer, statuses[place])
    funding = [place for place, status in enumerate(statuses) if status is SendStatus.CREATED]
    made = await _fund(tx, [commands[place] for place in funding])
    for place, result in zip(funding, made, strict=True):
        statuses[place] = SendStatus.CREATED if result.is_made else _REFUSED_BY_WALLETS[result.status]
    created = [c for c, status in zip(commands, statuses, strict=False) if status is SendStatus.CREATED]
    await store.add_packets(tx, [new[command.id] for command in created], rules)
    sent = Sendings(packets, days, rules.rules)
    for command in created:
        sent.add(new[command.id].packet)
        event = RedPacketSent(
            packet_id=command.id,
            amount=command.amount,
            parts=command.parts,
            recipient_id=command.recipient_id,
            offered_to_id=command.offered_to_id or command.recipient_id,
            expires_at=new[command.id].packet.expires_at,
        )
        told.append(Occurrence(event, command.sender_id, command.id, command.actor))
    await store.update_days(tx, [sent.days[id] for id in {command.sender_id for command in created}], today)
    if judged:
        told += await write_spendings(tx, judged, [statuses[place] is SendStatus.CREATED for place in asking])
    return [_answer(c, status, sent.packets) for c, status in zip(commands, statuses, strict=False)]


def _new_packet(command: SendPacket, rules: Version[RedPacketRules], now: datetime) -> NewPacket:
    nonce = token_bytes(NONCE_BYTES)
    split = divide(command.amount, command.parts, command.division, RANDOM)
    return NewPacket(
        packet=Packet(
            id=command.id,
            sender_id=command.sender_id,
            sender_name=command.sender_name,
            recipient_id=command.recipient_id,
            offered_to_id=command.offered_to_id,
            payer=command.payer,
            division=command.division,
            amount=command.amount,
            parts=command.parts,
            greeting=command.greeting,
            key=token_urlsafe(KEY_BYTES),
            commitment=commitment_of(command.id, nonce, split),
            state=PacketState.OPEN,
            taken=0,
            claimed=0,
            returned=0,
            created_at=now,
            expires_at=now + rules.rules.open_for,
            ended_at=None,
        ),
        nonce=nonce,
        split=split,
    )


def _spend(command: SendPacket) -> SpendAllowance:
    assert command.allowance_id is not None
    return SpendAllowance(
        id=command.id,
        allowance_id=command.allowance_id,
        person_id=command.sender_id,
        # Only a key spends an allowance: for a person without one there is none.
        key_id=command.key_id or command.sender_id,
        amount=command.amount,
        actor=command.actor,
    )


async def _fund(tx: Transaction, commands: Sequence[SendPacket]) -> list[TransferResult]:
    transfers = [postings.fund(command) for command in commands]
    return await create_transfers(tx, transfers, [chart.red_packet(command.id) for command in commands])


def _answer(command: SendPacket, status: SendStatus, packets: dict[UUID, Packet]) -> SendResult:
    if status in (SendStatus.CREATED, SendStatus.EXISTS):
        packet = packets[command.id]
        return SendResult(status=status, key=packet.key, commitment=packet.commitment.hex())
    refusal = command.refusal
    if refusal is None or status != refusal.status:
        return SendResult(status=status)
    return SendResult(status=status, tries_left=refusal.tries_left, locked_until=refusal.locked_until)


async def claim_parts(tx: Transaction, commands: Sequence[ClaimPart]) -> list[ClaimResult]:
    """Give each who asks a part of a packet, or say why not. Results are in the order of *commands*.

    All claims of a packet take turns: it stays locked until *tx* ends, and a batch of them is one update. Publishes
    RedPacketClaimed for each part, and RedPacketEmptied after the last.
    """
    locked = await store.lock_packets(tx, [command.packet_id for command in commands])
    held = {id: each for id, (each, _) in locked.items()}
    if held:
        for packet_id, claim in await store.find_claims(tx, [c for c in commands if c.packet_id in held]):
            held[packet_id].claims[claim.finder_id] = claim
    before = {id: each.packet for id, each in held.items()}
    results = judge_claims(held, commands, tx.now)
    changed = [each for each in held.values() if each.new]
    if not changed:
        return results
    claims = [(each.packet.id, claim) for each in changed for claim in each.new]
    await store.update_packets(
        tx,
        [
            Ending(
                packet=each.packet,
                due_at=each.packet.expires_at if each.packet.state is PacketState.OPEN else None,
                returns=locked[each.packet.id][1],
            )
            for each in changed
        ],
    )
    await store.add_claims(tx, claims)
    transit = {shard_of(each.packet.id): chart.transit(shard_of(each.packet.id)) for each in changed}
    made = await create_transfers(
        tx, [postings.part(packet_id, claim) for packet_id, claim in claims], list(transit.values())
    )
    assert all(result.is_made for result in made), f"a packet has less than its parts: {made}"
    actors = {(command.packet_id, command.finder_id): command.actor for command in reversed(commands)}
    told: list[Occurrence] = []
    for packet_id, claim in claims:
        event: Event = RedPacketClaimed(
            packet_id=packet_id, finder_id=claim.finder_id, amount=claim.amount, place=claim.place
        )
        actor = actors[packet_id, claim.finder_id]
        told.append(Occurrence(event, before[packet_id].sender_id, packet_id, actor))
        if claim.place == before[packet_id].parts:
            emptied = RedPacketEmptied(packet_id=packet_id)
            told.append(Occurrence(emptied, before[packet_id].sender_id, packet_id, actor))
    await publish(tx, told)
    return results


async def receive_parts(tx: Transaction, commands: Sequence[ReceivePart]) -> list[ReceiveStatus]:
    """Bring parts into the wallets of those who have them. Results are in the order of *commands*.

    Publishes RedPacketReceived.
    """
    distinct = {(command.finder_id, command.packet_id): command for command in commands}
    fresh = await store.add_received(tx, list(distinct.values()))
    new = [command for pair, command in distinct.items() if pair in fresh]
    transit = {shard_of(command.finder_id): chart.transit(shard_of(command.finder_id)) for command in new}
    made = await create_transfers(
        tx,
        [postings.receive(command) for command in new],
        [*transit.values(), *(chart.wallet(id) for id in {command.finder_id for command in new})],
    )
    # A wallet that takes nothing just now: nothing is written, the event comes again, and at last a person looks.
    assert all(result.is_made for result in made), f"a wallet took no red packet: {made}"
    await publish(
        tx,
        [
            Occurrence(
                RedPacketReceived(packet_id=command.packet_id, amount=command.amount),
                command.finder_id,
                command.finder_id,
                BY_SYSTEM,
            )
            for command in new
        ],
    )
    statuses = []
    for command in commands:
        pair = (command.finder_id, command.packet_id)
        statuses.append(ReceiveStatus.RECEIVED if pair in fresh else ReceiveStatus.EXISTS)
        fresh.discard(pair)
    return statuses


async def offer_packets(tx: Transaction, commands: Sequence[OfferPacket]) -> list[ReceiveStatus]:
    """Tell people of packets that are for them. Results are in the order of *commands*."""
    distinct = {(command.person_id, command.packet_id): command for command in commands}
    fresh = await store.add_offers(tx, list(distinct.values()))
    statuses = []
    for command in commands:
        pair = (command.person_id, command.packet_id)
        statuses.append(ReceiveStatus.RECEIVED if pair in fresh else ReceiveStatus.EXISTS)
        fresh.discard(pair)
    return statuses


async def expire_packets(tx: Transaction, commands: Sequence[ExpirePacket]) -> list[ExpireStatus]:
    """Give back what nobody has taken of packets whose time ran out. Results are in the order of *commands*.

    Every packet named stays locked until *tx* ends. Publishes RedPacketExpired.
    """
    locked = await store.lock_packets(tx, {command.packet_id for command in commands})
    packets = {id: held.packet for id, (held, _) in locked.items()}
    due = [id for id, packet in packets.items() if judge_expiry(packet, tx.now) is ExpireStatus.EXPIRED]
    made = await create_transfers(tx, [postings.give_back(packets[id], locked[id][1]) for id in due])
    tried: dict[UUID, ExpireStatus] = {}
    endings: list[Ending] = []
    told: list[Occurrence] = []
    for id, result in zip(due, made, strict=True):
        packet = packets[id]
        if result.status in _CLOSED:
            tried[id] = ExpireStatus.WALLET_CLOSED
            endings.append(Ending(packet=packet, due_at=tx.now + RETRY, returns=locked[id][1] + 1))
            continue
        assert result.is_made, f"what is left of packet {id} did not go back: {result}"
        tried[id] = ExpireStatus.EXPIRED
        packets[id] = replace(packet, state=PacketState.EXPIRED, returned=result.amount, ended_at=tx.now)
        endings.append(Ending(packet=packets[id], due_at=None, returns=locked[id][1]))
        event = RedPacketExpired(packet_id=id, returned=result.amount)
        told.append(Occurrence(event, packet.sender_id, id, BY_CLOCK))
    await store.update_packets(tx, endings)
    await publish(tx, told)
    statuses = []
    for command in commands:
        status = tried.get(command.packet_id) or judge_expiry(packets.get(command.packet_id), tx.now)
        if tried.get(command.packet_id) is ExpireStatus.EXPIRED:
            del tried[command.packet_id]  # Whoever asks again finds it ended.
        statuses.append(status)
    return statuses


async def list_sent(
    reader: Reader, person_id: UUID, *, before: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[Packet]:
    """Read packets that somebody sent, the last first."""
    return await store.list_sent(reader, person_id, before, limit)


async def list_received(
    reader: Reader, person_id: UUID, *, before: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[ReceivedPacket]:
    """Read packets that somebody got, or that wait for them alone, the last first."""
    return await store.list_received(reader, person_id, before, limit)


async def show_packet(
    reader: Reader,
    packet_id: UUID,
    reader_id: UUID | None,
    key: str | None,
    *,
    before_place: int | None = None,
    limit: int = 50,
) -> Shown | None:
    """Read what somebody may see of a packet: with its key, as its sender, or with a part of it; else None.

    Whoever has a key and no part sees nothing of those who have one until it has ended. One statement.
    """
    shown = await store.show_packet(reader, packet_id, reader_id, before_place, limit)
    if shown is None:
        return None
    is_party = shown.own is not None or reader_id in (
        shown.packet.sender_id,
        shown.packet.recipient_id,
        shown.packet.offered_to_id,
    )
    if reader_id is None or not is_party:
        if key != shown.packet.key:
            return None
        if shown.packet.state is PacketState.OPEN or reader_id is None:
            return Shown(packet=shown.packet, own=None, luckiest=None, claims=[], split=shown.split)
    return shown
