"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shards_of
from weiji.media.model import AddPicture, ShowVideo
from weiji.media.rules import Kept, Owner

SQL = sql.beside(__file__)

Key = tuple[UUID, bytes]
"""An owner, and the hash of a picture."""


async def lock_owners(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Lock owners until *tx* ends; those that have nothing yet are made."""
    wanted = sorted(set(ids))
    await tx.run(SQL.add_owners, shards_of(wanted), wanted)
    rows = await tx.rows(SQL.lock_owners, shards_of(wanted), wanted)
    return {row["owner_id"]: Owner(row["pictures"], row["bytes"]) for row in rows}


async def get_owners(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Read how much owners have. Those with nothing are left out."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_owners, shards_of(wanted), wanted)
    return {row["owner_id"]: Owner(row["pictures"], row["bytes"]) for row in rows}


async def get_pictures(reader: Reader, keys: Collection[Key]) -> dict[Key, Kept]:
    """Read pictures. What is not there is left out."""
    owner_ids, hashes = _columns(keys)
    rows = await reader.rows(SQL.get_pictures, shards_of(owner_ids), owner_ids, hashes)
    return {
        (row["owner_id"], row["hash"]): Kept(row["sweep_at"], row["width"], row["height"], row["duration_ms"])
        for row in rows
    }


async def add_pictures(tx: Transaction, added: Sequence[AddPicture], sweep_at: datetime) -> None:
    """Write pictures that are new."""
    if added:
        ids = [command.owner_id for command in added]
        await tx.run(
            SQL.add_pictures,
            shards_of(ids),
            ids,
            [command.hash for command in added],
            [command.width for command in added],
            [command.height for command in added],
            [command.bytes for command in added],
            tx.now,
            sweep_at,
            [command.duration_ms for command in added],
        )


async def show_videos(tx: Transaction, shown: Sequence[tuple[ShowVideo, bytes, Kept]]) -> None:
    """Write which videos things show."""
    if shown:
        ids = [command.holder_id for command, _, _ in shown]
        await tx.run(
            SQL.show_videos,
            shards_of(ids),
            ids,
            [command.owner_id for command, _, _ in shown],
            [hash for _, hash, _ in shown],
            [kept.width for _, _, kept in shown],
            [kept.height for _, _, kept in shown],
            [kept.duration_ms for _, _, kept in shown],
            [command.cover for command, _, _ in shown],
            [command.alt for command, _, _ in shown],
            tx.now,
        )


async def hide_videos(tx: Transaction, holder_ids: Collection[UUID]) -> None:
    """Write that things show no video."""
    if holder_ids:
        ids = list(holder_ids)
        await tx.run(SQL.hide_videos, shards_of(ids), ids)


async def set_sweeps(tx: Transaction, sweeps: Mapping[Key, datetime]) -> None:
    """Write when pictures are to be swept."""
    if sweeps:
        owner_ids, hashes = _columns(sweeps)
        await tx.run(SQL.set_sweeps, shards_of(owner_ids), owner_ids, hashes, list(sweeps.values()))


async def set_owners(tx: Transaction, owners: Mapping[UUID, Owner]) -> None:
    """Write how much owners have, which are locked."""
    if owners:
        ids, found = list(owners), list(owners.values())
        await tx.run(
            SQL.set_owners, shards_of(ids), ids, [owner.pictures for owner in found], [owner.bytes for owner in found]
        )


async def get_uses(tx: Transaction, holder_ids: Collection[UUID]) -> dict[UUID, set[Key]]:
    """Read what holders use."""
    ids = sorted(set(holder_ids))
    uses: dict[UUID, set[Key]] = {}
    for row in await tx.rows(SQL.get_uses, shards_of(ids), ids):
        uses.setdefault(row["holder_id"], set()).add((row["owner_id"], row["hash"]))
    return uses


async def add_uses(tx: Transaction, uses: Sequence[tuple[UUID, Key]]) -> None:
    """Write that holders use pictures."""
    if uses:
        ids = [holder_id for holder_id, _ in uses]
        owner_ids, hashes = _columns([key for _, key in uses])
        await tx.run(SQL.add_uses, shards_of(ids), ids, owner_ids, hashes)


async def remove_uses(tx: Transaction, uses: Sequence[tuple[UUID, Key]]) -> None:
    """Write that holders use pictures no more."""
    if uses:
        ids = [holder_id for holder_id, _ in uses]
        await tx.run(SQL.remove_uses, shards_of(ids), ids, [hash for _, (_, hash) in uses])


async def note_uses(tx: Transaction, keys: Collection[Key], sweep_at: datetime) -> None:
    """Take the end from pictures that are used, and give it to those that are not."""
    if keys:
        owner_ids, hashes = _columns(keys)
        await tx.run(SQL.note_uses, shards_of(owner_ids), owner_ids, hashes, sweep_at)


async def get_due(reader: Reader, now: datetime, limit: int) -> list[Key]:
    """Find pictures that are to be swept."""
    return [(row["owner_id"], row["hash"]) for row in await reader.rows(SQL.get_due, now, limit)]


async def remove_pictures(tx: Transaction, keys: Collection[Key]) -> list[tuple[Key, int]]:
    """Remove pictures that are still due; say which, and their bytes."""
    owner_ids, hashes = _columns(keys)
    rows = await tx.rows(SQL.remove_pictures, shards_of(owner_ids), owner_ids, hashes, tx.now)
    return [((row["owner_id"], row["hash"]), row["bytes"]) for row in rows]


def _columns(keys: Collection[Key]) -> tuple[list[UUID], list[bytes]]:
    return [owner_id for owner_id, _ in keys], [hash for _, hash in keys]
