"""Types for the statements in `queries.sql`."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.payments import get_owners, get_payout_accounts
from weiji.shops.standing.model import SUSPENSIONS_SHOWN, Suspension, SuspensionState
from weiji.shops.standing.rules import Standings
from weiji.shops.store import lock_shops, update_shops

SQL = sql.beside(__file__)

_ESCAPED: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


async def lock_standings(
    tx: Transaction,
    shop_ids: Collection[UUID],
    suspension_ids: Collection[UUID] = (),
    account_ids: Collection[UUID] = (),
) -> Standings:
    """Lock shops, and those of suspensions, until *tx* ends; read what their standing is made of."""
    wanted = set(shop_ids)
    if suspension_ids:
        wanted |= {each.shop_id for each in (await get_suspensions(tx, suspension_ids, ())).values()}
    shops = await lock_shops(tx, wanted)
    accounts = await get_payout_accounts(tx, account_ids) if account_ids else {}
    owners = await get_owners(tx, {account.owner_id for account in accounts.values()})
    return Standings(
        shops=shops,
        suspensions=await get_suspensions(tx, suspension_ids, shops),
        accounts={id: account.owner_id for id, account in accounts.items()},
        now=tx.now,
        misnamed=frozenset(id for id, each in accounts.items() if not owners[each.owner_id].has_name(each.holder)),
    )


async def get_suspensions(
    reader: Reader, ids: Collection[UUID], shop_ids: Collection[UUID] = ()
) -> dict[UUID, Suspension]:
    """Read suspensions by their ids, and those in force of shops."""
    shards = distinct_shards([*ids, *shop_ids])
    rows = await reader.rows(SQL.get_suspensions, shards, sorted(set(ids)), list(shop_ids))
    return {row["id"]: msgspec.convert(dict(row), Suspension) for row in rows}


async def write_standings(tx: Transaction, before: Standings, after: Standings) -> None:
    """Write whatever changed."""
    await update_shops(tx, [shop for id, shop in after.shops.items() if before.shops[id] != shop])
    # What is over first: at no moment are two in force.
    changed = sorted(
        (each for id, each in after.suspensions.items() if before.suspensions.get(id) != each),
        key=lambda each: each.state is SuspensionState.IN_FORCE,
    )
    if changed:
        ids, *facts = columns(changed)
        await tx.run(SQL.put_suspensions, shards_of(ids), ids, *facts)


async def list_suspensions_of_shop(reader: Reader, shop_id: UUID) -> list[Suspension]:
    """Read the suspensions of a shop, the latest first."""
    rows = await reader.rows(SQL.list_suspensions_of_shop, shard_of(shop_id), shop_id, SUSPENSIONS_SHOWN)
    return [msgspec.convert(dict(row), Suspension) for row in rows]


class Listed(Struct, frozen=True, kw_only=True):
    """A suspension among others."""

    id: UUID
    shop_id: UUID
    name: str
    handle: str
    stops_sales: bool
    stops_withdrawals: bool
    reason: str
    suspended_by: UUID
    suspended_at: datetime
    until: datetime | None
    state: SuspensionState
    appealed_at: datetime | None
    judged_at: datetime | None
    is_granted: bool | None


async def list_suspensions(reader: Reader, before: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Read all suspensions, the latest first."""
    rows = await reader.rows(SQL.list_suspensions, *(before or (None, None)), limit)
    return [msgspec.convert(dict(row), Listed) for row in rows]


async def list_appeals(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Read the suspensions whose appeals wait for a judgement, the oldest first."""
    rows = await reader.rows(SQL.list_appeals, *(after or (None, None)), limit)
    return [msgspec.convert(dict(row), Listed) for row in rows]


class Found(Struct, frozen=True, kw_only=True):
    """A shop, as the operator's staff find it."""

    id: UUID
    name: str
    handle: str
    standing: str
    is_withdrawals_suspended: bool
    created_at: datetime


async def find_shops(reader: Reader, words: str, limit: int) -> list[Found]:
    """Find shops by address, id, or what their name has in it; without words the newest."""
    rows = await reader.rows(SQL.find_shops, words, f"%{words.translate(_ESCAPED)}%", limit)
    return [msgspec.convert(dict(row), Found) for row in rows]


async def get_closing_shops(reader: Reader, after: UUID, limit: int) -> list[UUID]:
    """Find shops that are being closed, in the order of their ids."""
    return [row["id"] for row in await reader.rows(SQL.get_closing_shops, after, limit)]
