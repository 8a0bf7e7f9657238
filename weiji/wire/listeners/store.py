"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.wire.keys.model import shard_of_mchid
from weiji.wire.listeners.model import Listener, NoteStockApp, Topic

SQL: Final = sql.beside(__file__)

_Key = tuple[str, Topic]


async def get_listeners(reader: Reader, keys: Collection[_Key]) -> list[Listener]:
    """Read where merchants, by their numbers, want to be told of topics; those that don't are left out."""
    if not keys:
        return []
    given = sorted(set(keys))
    rows = await reader.rows(SQL.get_listeners, *_split(given))
    return [Listener(**{**dict(row), "topic": Topic(row["topic"])}) for row in rows]


async def get_listener(reader: Reader, mchid: str, topic: Topic) -> Listener | None:
    """Read where one merchant wants to be told of a topic."""
    return next(iter(await get_listeners(reader, [(mchid, topic)])), None)


async def get_topics(reader: Reader, mchid: str) -> dict[Topic, Listener]:
    """Read all that a merchant wants to be told of."""
    return {each.topic: each for each in await get_listeners(reader, [(mchid, topic) for topic in Topic])}


async def find_listeners(
    reader: Reader, topic: Topic, shop_ids: Collection[UUID], *, with_partners: bool = False
) -> dict[UUID, list[Listener]]:
    """Tell who is to hear of shops: their own servers and, *with_partners*, those of their service providers."""
    ids = sorted(set(shop_ids))
    parties = await reader.rows(SQL.get_parties, shards_of(ids), ids)
    wanted = {row["shop_id"]: [row["mchid"], *(row["partners"] if with_partners else ())] for row in parties}
    keys = [(mchid, topic) for mchids in wanted.values() for mchid in mchids]
    found = {each.mchid: each for each in await get_listeners(reader, keys)}
    return {shop_id: [found[each] for each in mchids if each in found] for shop_id, mchids in wanted.items()}


async def add_stock_apps(tx: Transaction, commands: Sequence[NoteStockApp]) -> set[UUID]:
    """Write by which apps' names merchants are told of stocks; return those of which nothing was written before."""
    shops, *values = columns(commands, "shop_id", "campaign_id", "appid")
    return {row["campaign_id"] for row in await tx.rows(SQL.add_stock_apps, shards_of(shops), *values)}


async def get_stock_apps(reader: Reader, stocks: Collection[tuple[UUID, UUID]]) -> dict[UUID, str]:
    """Read by which apps' names merchants are told of stocks, each (campaign, shop); those of none are left out."""
    if not stocks:
        return {}
    ids, shops = (list(each) for each in zip(*sorted(set(stocks)), strict=True))
    rows = await reader.rows(SQL.get_stock_apps, shards_of(shops), ids)
    return {row["campaign_id"]: row["appid"] for row in rows}


async def put_listeners(tx: Transaction, listeners: Sequence[tuple[str, Topic, UUID, str, str | None]]) -> None:
    """Write where merchants want to be told."""
    if listeners:
        mchids, topics, shops, urls, keys = (list(each) for each in zip(*listeners, strict=True))
        await tx.run(SQL.put_listeners, shards_of(shops), mchids, topics, shops, urls, keys, tx.now)


async def remove_listeners(tx: Transaction, keys: Sequence[_Key]) -> None:
    """Forget where merchants wanted to be told."""
    if keys:
        await tx.run(SQL.remove_listeners, *_split(keys))


def _split(keys: Sequence[_Key]) -> tuple[list[int], list[str], list[str]]:
    return [shard_of_mchid(mchid) for mchid, _ in keys], [mchid for mchid, _ in keys], [topic for _, topic in keys]
