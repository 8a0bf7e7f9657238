"""Types for the statements in `queries.sql`."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.packets.model import (
    Claim,
    ClaimPart,
    Day,
    OfferPacket,
    Packet,
    ReceivedPacket,
    ReceivePart,
    RedPacketRules,
    Shown,
    Split,
)
from weiji.packets.rules import Held
from weiji.rulebook import Version

SQL: Final = sql.beside(__file__)

LAST_PLACE: Final = 2**31 - 1


class NewPacket(Struct, frozen=True, kw_only=True):
    """A packet to be written, with what nobody is told of it yet."""

    packet: Packet
    nonce: bytes
    split: Sequence[int]


class Ending(Struct, frozen=True, kw_only=True):
    """How a packet that is locked stands now. `due_at` is when its time runs out, or is to be tried to end again."""

    packet: Packet
    due_at: datetime | None
    returns: int = 0
    """How often it was tried to give back what is left."""


async def lock_days(tx: Transaction, people: Collection[UUID], on: date) -> dict[UUID, Day]:
    """Lock what people have sent on a day until *tx* ends."""
    ids = sorted(people)
    rows = await tx.rows(SQL.lock_days, shards_of(ids), ids, on)
    return {row["person_id"]: Day(**dict(row)) for row in rows}


async def update_days(tx: Transaction, days: Sequence[Day], on: date) -> None:
    """Write what people have sent on a day that is locked."""
    if days:
        ids, amounts, packets = columns(days, "person_id", "amount", "packets")
        await tx.run(SQL.update_days, shards_of(ids), ids, on, amounts, packets)


async def add_packets(tx: Transaction, new: Sequence[NewPacket], rules: Version[RedPacketRules]) -> None:
    """Write packets."""
    if not new:
        return
    to_whom = ("id", "sender_id", "sender_name", "recipient_id", "offered_to_id", "payer")
    names = (*to_whom, "division", "amount", "parts", "greeting", "key")
    ids, *facts = columns([each.packet for each in new], *names)
    shards, until = shards_of(ids), tx.now + rules.rules.open_for
    await tx.run(SQL.add_packets, shards, ids, *facts, rules.version, tx.now, until)
    amounts, commitments = columns([each.packet for each in new], "amount", "commitment")
    splits, nonces = [",".join(map(str, each.split)) for each in new], [each.nonce for each in new]
    await tx.run(SQL.add_splits, shards, ids, amounts, splits, nonces, commitments)


async def get_packets(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Packet]:
    """Read packets; those that are not there are left out."""
    if not ids:
        return {}
    wanted = sorted(ids)
    rows = await reader.rows(SQL.get_packets, distinct_shards(wanted), wanted)
    return {row["id"]: _packet(row) for row in rows}


async def lock_packets(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, tuple[Held, int]]:
    """Lock packets until *tx* ends, each with as many of its next parts as it is named in *ids*, and its returns."""
    asked = Counter(ids)
    wanted = sorted(asked)
    rows = await tx.rows(SQL.lock_packets, shards_of(wanted), wanted, [asked[id] for id in wanted])
    return {row["id"]: (Held(packet=_packet(row), next_parts=row["next_parts"]), row["returns"]) for row in rows}


async def find_claims(tx: Transaction, commands: Sequence[ClaimPart]) -> list[tuple[UUID, Claim]]:
    """Read which of those who ask have a part already, by packet."""
    pairs = sorted({(command.packet_id, command.finder_id) for command in commands})
    packets = [packet_id for packet_id, _ in pairs]
    rows = await tx.rows(SQL.find_claims, shards_of(packets), packets, [finder_id for _, finder_id in pairs])
    return [(row["packet_id"], msgspec.convert(dict(row), Claim)) for row in rows]


async def add_claims(tx: Transaction, claims: Sequence[tuple[UUID, Claim]]) -> None:
    """Write who has which part of which packet."""
    if claims:
        packets = [packet_id for packet_id, _ in claims]
        facts = columns([claim for _, claim in claims], "place", "finder_id", "finder_name", "amount")
        await tx.run(SQL.add_claims, shards_of(packets), packets, *facts, tx.now)


async def update_packets(tx: Transaction, endings: Sequence[Ending]) -> None:
    """Write how packets that are locked stand now."""
    if endings:
        ids, *facts = columns([each.packet for each in endings], "id", "state", "taken", "claimed", "returned")
        (ended,) = columns([each.packet for each in endings], "ended_at")
        due, returns = [each.due_at for each in endings], [each.returns for each in endings]
        await tx.run(SQL.update_packets, shards_of(ids), ids, *facts, returns, due, ended)


async def get_due_packets(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[UUID]:
    """Find open packets whose time ran out, the longest ago first."""
    return [row["id"] for row in await reader.rows(SQL.get_due_packets, shards, now, limit)]


async def add_received(tx: Transaction, parts: Sequence[ReceivePart]) -> set[tuple[UUID, UUID]]:
    """Write who got what; tell of whom, by finder and packet, that was not known before."""
    names = ("finder_id", "packet_id", "sender_id", "sender_name", "greeting", "amount", "place")
    ids, *facts = columns(parts, *names)
    rows = await tx.rows(SQL.add_received, shards_of(ids), ids, *facts, tx.now)
    return {(row["person_id"], row["packet_id"]) for row in rows}


async def add_offers(tx: Transaction, offers: Sequence[OfferPacket]) -> set[tuple[UUID, UUID]]:
    """Write what waits for whom; tell of whom, by person and packet, that was not known before."""
    names = ("person_id", "packet_id", "sender_id", "sender_name", "greeting", "key", "expires_at")
    ids, *facts = columns(offers, *names)
    rows = await tx.rows(SQL.add_offers, shards_of(ids), ids, *facts, tx.now)
    return {(row["person_id"], row["packet_id"]) for row in rows}


async def list_sent(reader: Reader, person_id: UUID, before: tuple[datetime, UUID] | None, limit: int) -> list[Packet]:
    """Read packets that somebody sent, the last first."""
    at, id = before or (None, None)
    return [_packet(row) for row in await reader.rows(SQL.list_sent, shard_of(person_id), person_id, at, id, limit)]


async def list_received(
    reader: Reader, person_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ReceivedPacket]:
    """Read packets that somebody got, or that wait for them, the last first."""
    at, id = before or (None, None)
    rows = await reader.rows(SQL.list_received, shard_of(person_id), person_id, at, id, limit)
    return [ReceivedPacket(**dict(row)) for row in rows]


async def show_packet(
    reader: Reader, id: UUID, reader_id: UUID | None, before_place: int | None, limit: int
) -> Shown | None:
    """Read all that is shown of a packet; None where there is none."""
    row = await reader.row(SQL.show_packet, shard_of(id), id, reader_id, before_place or LAST_PLACE, limit)
    if row is None:
        return None
    return Shown(
        packet=_packet(row),
        own=_read(row["own"], Claim),
        luckiest=_read(row["luckiest"], Claim),
        claims=msgspec.convert(row["claims"], list[Claim]),
        split=_read(row["split"], Split),
    )


def _read(value: Any, kind: type[Any]) -> Any:
    return None if value is None else msgspec.convert(value, kind)


def _packet(row: Row) -> Packet:
    return msgspec.convert({name: row[name] for name in Packet.__struct_fields__}, Packet)
