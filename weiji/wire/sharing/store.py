"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.wire.keys.model import shard_of_mchid
from weiji.wire.sharing.model import Part, PutReceiver, ReceiverType, Return, ReturnState, Split

SQL = sql.beside(__file__)


async def put_receivers(tx: Transaction, commands: Sequence[PutReceiver]) -> None:
    """Write whom merchants may share with."""
    last = list({(command.mchid, command.account): command for command in commands}.values())
    mchids, *facts = columns(last, "mchid", "account", "relation_type", "is_removed")
    await tx.run(SQL.put_receivers, [shard_of_mchid(each) for each in mchids], mchids, *facts, tx.now)


async def get_receivers(reader: Reader, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Tell which pairs of a merchant and a receiver there are."""
    if not pairs:
        return set()
    mchids, accounts = sorted({mchid for mchid, _ in pairs}), sorted({account for _, account in pairs})
    rows = await reader.rows(SQL.get_receivers, [shard_of_mchid(each) for each in mchids], mchids, accounts)
    return {(row["mchid"], row["account"]) for row in rows} & set(pairs)


async def get_splits(reader: Reader, split_ids: Collection[UUID]) -> dict[UUID, Split]:
    """Read splits with their parts."""
    ids = sorted(set(split_ids))
    rows = await reader.rows(SQL.get_splits, shards_of(ids), ids)
    if not rows:
        return {}
    parts: dict[UUID, list[Part]] = {row["id"]: [] for row in rows}
    for row in await reader.rows(SQL.get_parts, shards_of(parts), list(parts)):
        parts[row["split_id"]].append(Part(**{**dict(row.items()), "type": ReceiverType(row["type"])}))
    return {row["id"]: Split(**dict(row.items()), parts=tuple(parts[row["id"]])) for row in rows}


async def add_splits(tx: Transaction, splits: Sequence[Split]) -> None:
    """Write splits that are new."""
    if not splits:
        return
    ids, *facts = columns(splits, *Split.__struct_fields__[:-1])
    await tx.run(SQL.add_splits, shards_of(ids), ids, *facts)
    parts = [part for split in splits for part in split.parts]
    if parts:
        names = ("split_id", "place", "mchid", "shop_id", "amount", "description", "type")
        ids, *facts = columns(parts, *names)
        await tx.run(SQL.add_parts, shards_of(ids), ids, *facts)


async def change_parts(tx: Transaction, parts: Iterable[Part]) -> None:
    """Write what comes back of parts."""
    changed = list({part.id: part for part in parts}.values())
    if changed:
        ids, *facts = columns(changed, "split_id", "place", "returned")
        await tx.run(SQL.change_parts, shards_of(ids), ids, *facts)


async def get_returns(reader: Reader, return_ids: Collection[UUID]) -> dict[UUID, Return]:
    """Read returns."""
    ids = sorted(set(return_ids))
    rows = await reader.rows(SQL.get_returns, shards_of(ids), ids)
    return {row["id"]: Return(**{**dict(row.items()), "state": ReturnState(row["state"])}) for row in rows}


async def list_splits(
    reader: Reader, mchid: str, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[Split]:
    """Read what was shared of a merchant's orders after one of these splits, until some time, the first first."""
    rows = await reader.rows(SQL.list_splits, shard_of_mchid(mchid), mchid, after[0], until, after[1], limit)
    found = await get_splits(reader, [row["id"] for row in rows]) if rows else {}
    return [found[row["id"]] for row in rows]


async def list_returns(
    reader: Reader, mchid: str, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[Return]:
    """Read what was asked back of a merchant's receivers after one of these, until some time, the first first."""
    rows = await reader.rows(SQL.list_returns, shard_of_mchid(mchid), mchid, after[0], until, after[1], limit)
    return [Return(**{**dict(row.items()), "state": ReturnState(row["state"])}) for row in rows]


async def add_returns(tx: Transaction, returns: Sequence[Return]) -> None:
    """Write returns that are new."""
    if returns:
        ids, *facts = columns(returns, *Return.__struct_fields__[:-1])
        await tx.run(SQL.add_returns, shards_of(ids), ids, *facts)


async def end_returns(tx: Transaction, returns: Sequence[Return]) -> None:
    """Write how returns ended."""
    if returns:
        ids, *facts = columns(returns, "id", "state", "ended_at")
        await tx.run(SQL.end_returns, shards_of(ids), ids, *facts)
