"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.packets import PacketState
from weiji.wire.red_packets.model import MerchantPacket

SQL = sql.beside(__file__)


class ShownPacket(MerchantPacket, frozen=True, kw_only=True):
    """A packet with how it stands. Amounts are fen."""

    amount: int
    parts: int
    greeting: str
    state: PacketState
    taken: int
    claimed: int
    returned: int
    expires_at: datetime
    ended_at: datetime | None


async def add_packets(tx: Transaction, packets: Sequence[MerchantPacket]) -> None:
    """Write what was asked of packets that are new."""
    if packets:
        ids, *facts = columns(packets, *MerchantPacket.__struct_fields__)
        await tx.run(SQL.add_packets, shards_of(ids), ids, *facts)


async def get_packets(reader: Reader, packet_ids: Collection[UUID]) -> dict[UUID, ShownPacket]:
    """Read packets of merchants."""
    ids = sorted(set(packet_ids))
    return {row["id"]: _shown(row) for row in await reader.rows(SQL.get_packets, shards_of(ids), ids)}


async def list_packets(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ShownPacket]:
    """Read the packets of a shop, the last first."""
    at, id = before or (None, None)
    return [_shown(row) for row in await reader.rows(SQL.list_packets, shard_of(shop_id), shop_id, at, id, limit)]


def _shown(row: Any) -> ShownPacket:
    return msgspec.convert(dict(row), ShownPacket)
