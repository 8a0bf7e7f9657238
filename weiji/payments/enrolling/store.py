"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.kit.seal import KEYS
from weiji.payments.channels.enrolling import Paper
from weiji.payments.enrolling.model import PAPER_COLUMN, Enrolment, EnrolmentStatus, paper_id

SQL = sql.beside(__file__)

_CHANGED: Final = tuple(name for name in Enrolment.__struct_fields__ if name != "created_at")


def _enrolment(row: Row) -> Enrolment:
    was = EnrolmentStatus(row["was"]) if row["was"] else None
    return Enrolment(**{**dict(row), "status": EnrolmentStatus(row["status"]), "was": was})


async def lock_enrolments(tx: Transaction, places: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Enrolment]:
    """Lock and read enrolments, by shop and channel, until *tx* ends."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    shops = [shop for shop, _ in wanted]
    rows = await tx.rows(SQL.lock_enrolments, distinct_shards(shops), shops, [channel for _, channel in wanted])
    return {(row["shop_id"], row["channel"]): _enrolment(row) for row in rows}


async def get_enrolments(reader: Reader, shop_id: UUID) -> dict[str, Enrolment]:
    """Read how a shop stands, by channel: also where it was bound without having applied."""
    rows = await reader.rows(SQL.get_enrolments, shard_of(shop_id), shop_id)
    return {row["channel"]: _enrolment(row) for row in rows}


async def add_enrolments(tx: Transaction, places: Iterable[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Add enrolments that are wanted; return those that were not there, although they could not be locked."""
    new = sorted(set(places))
    if not new:
        return set()
    shops = [shop for shop, _ in new]
    rows = await tx.rows(SQL.add_enrolments, shards_of(shops), shops, [channel for _, channel in new], tx.now)
    return {(row["shop_id"], row["channel"]) for row in rows}


async def put_enrolments(tx: Transaction, enrolments: Sequence[Enrolment]) -> None:
    """Write enrolments that are locked."""
    if enrolments:
        shards = [shard_of(one.shop_id) for one in enrolments]
        await tx.run(SQL.put_enrolments, shards, *columns(enrolments, *_CHANGED))


async def get_due_enrolments(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Enrolment]:
    """Read what it is time to ask channels about."""
    return [_enrolment(row) for row in await reader.rows(SQL.get_due_enrolments, shards, now, limit)]


async def get_long_refused(
    reader: Reader, shards: Sequence[int], before: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """Read which enrolments were refused or set aside *before* and not mended since, by shop and channel."""
    rows = await reader.rows(SQL.get_long_refused, shards, before, limit)
    return [(row["shop_id"], row["channel"]) for row in rows]


async def put_papers(tx: Transaction, papers: Mapping[tuple[UUID, str, Paper], bytes]) -> None:
    """Write sealed pictures, over those of before."""
    if papers:
        shops = [shop for shop, _, _ in papers]
        channels, names = [channel for _, channel, _ in papers], [paper for _, _, paper in papers]
        await tx.run(SQL.put_papers, shards_of(shops), shops, channels, names, list(papers.values()))


async def get_papers(reader: Reader, shop_id: UUID, channel: str) -> dict[Paper, bytes]:
    """Open the pictures that were given for a channel."""
    return {
        (paper := Paper(row["paper"])): KEYS.unseal_bytes(
            row["sealed"], PAPER_COLUMN, paper_id(shop_id, channel, paper)
        )
        for row in await reader.rows(SQL.get_papers, shard_of(shop_id), shop_id, channel)
    }


async def remove_papers(tx: Transaction, places: Iterable[tuple[UUID, str]]) -> None:
    """Remove the pictures of enrolments that are over."""
    gone = list(places)
    if gone:
        shops = [shop for shop, _ in gone]
        await tx.run(SQL.remove_papers, shards_of(shops), shops, [channel for _, channel in gone])


async def remove_enrolments(tx: Transaction, shop_ids: Sequence[UUID]) -> None:
    """Remove whatever shops applied for, with its pictures."""
    shards = sorted(set(map(shard_of, shop_ids)))
    await tx.run(SQL.remove_enrolments, shards, list(shop_ids))
    await tx.run(SQL.remove_papers_of_shops, shards, list(shop_ids))


async def remove_sub_merchants(tx: Transaction, shop_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Unbind shops for good; return which of them were bound where."""
    shards = sorted(set(map(shard_of, shop_ids)))
    await tx.run(SQL.remove_former_sub_merchants, shards, list(shop_ids))
    rows = await tx.rows(SQL.remove_sub_merchants, shards, list(shop_ids))
    return sorted((row["shop_id"], row["channel"]) for row in rows)
