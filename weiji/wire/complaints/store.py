"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shards_of
from weiji.wire.keys.model import shard_of_mchid

SQL: Final = sql.beside(__file__)


class Listener(Struct, frozen=True, kw_only=True):
    """Where a merchant wants to be told of complaints."""

    mchid: str
    shop_id: UUID
    url: str


async def get_listeners(reader: Reader, mchids: Collection[str]) -> list[Listener]:
    """Read where merchants want to be told; those that don't are left out."""
    given = sorted(set(mchids))
    rows = await reader.rows(SQL.get_listeners, [shard_of_mchid(each) for each in given], given)
    return [Listener(**dict(row)) for row in rows]


async def get_listener(reader: Reader, mchid: str) -> Listener | None:
    """Read where one merchant wants to be told."""
    return next(iter(await get_listeners(reader, [mchid])), None)


async def find_listeners(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, list[Listener]]:
    """Tell who is to hear of complaints about shops: their own servers, and those of their service providers."""
    ids = sorted(set(shop_ids))
    parties = await reader.rows(SQL.get_parties, shards_of(ids), ids)
    if not parties:
        return {}
    wanted = {row["shop_id"]: [row["mchid"], *row["partners"]] for row in parties}
    found = {each.mchid: each for each in await get_listeners(reader, [id for ids in wanted.values() for id in ids])}
    return {shop_id: [found[each] for each in mchids if each in found] for shop_id, mchids in wanted.items()}


async def put_listeners(tx: Transaction, listeners: Sequence[tuple[str, UUID, str]]) -> None:
    """Write where merchants want to be told."""
    if listeners:
        mchids, shops, urls = (list(each) for each in zip(*listeners, strict=True))
        await tx.run(SQL.put_listeners, shards_of(shops), mchids, shops, urls, tx.now)


async def remove_listeners(tx: Transaction, mchids: Sequence[str]) -> None:
    """Forget where merchants wanted to be told."""
    if mchids:
        await tx.run(SQL.remove_listeners, [shard_of_mchid(each) for each in mchids], list(mchids))
