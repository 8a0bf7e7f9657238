"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.shops.model import Holiday, Limits, RestrictShop, Shop, ShopState, Verification

SQL = sql.beside(__file__)


async def get_shops(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Shop]:
    """Read shops. What is not there is left out."""
    wanted = sorted(set(ids))
    return _shops(await reader.rows(SQL.get_shops, shards_of(wanted), wanted))


async def lock_shops(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Shop]:
    """Lock shops until *tx* ends. What is not there is left out."""
    wanted = sorted(set(ids))
    return _shops(await tx.rows(SQL.lock_shops, shards_of(wanted), wanted))


async def count_owned(reader: Reader, owners: Collection[UUID]) -> dict[UUID, int]:
    """Count the shops of owners that are not closed; who has none is left out."""
    return {row["owner_id"]: row["shops"] for row in await reader.rows(SQL.count_owned, list(owners))}


async def get_handles(reader: Reader, handles: Collection[str]) -> dict[str, UUID]:
    """Tell which shops have these handles."""
    rows = await reader.rows(SQL.get_handles, sorted(set(handles)))
    return {row["handle"]: row["shop_id"] for row in rows}


async def add_shops(tx: Transaction, shops: Sequence[Shop]) -> None:
    """Write new shops and their handles."""
    if not shops:
        return
    await tx.run(SQL.add_handles, *columns(shops, "handle", "id"))
    ids, *facts = columns(shops, "id", "handle", "name", "story", "owner_id", "colour")
    await tx.run(SQL.add_shops, shards_of(ids), ids, *facts, tx.now)


async def update_shops(tx: Transaction, shops: Sequence[Shop]) -> None:
    """Write what changes of shops that are locked."""
    if shops:
        ids, *facts = columns(shops, "id", "name", "story", "colour", "status", "verification", "owner_id")
        holidays = [shop.holiday for shop in shops]
        told = [
            [holiday and holiday.starts_at for holiday in holidays],
            [holiday and holiday.ends_at for holiday in holidays],
            [holiday.notice if holiday else "" for holiday in holidays],
            [bool(holiday and holiday.takes_orders) for holiday in holidays],
        ]
        more = columns(
            shops,
            "is_away",
            "is_sales_suspended",
            "is_withdrawals_suspended",
            "suspended_until",
            "closing_at",
            "closing_account_id",
            "closed_at",
            "was_closed",
            "turn_at",
        )
        await tx.run(SQL.update_shops, shards_of(ids), ids, *facts, *told, *more, tx.now)


async def restrict_shops(tx: Transaction, commands: Sequence[RestrictShop]) -> None:
    """Write by what shops that are locked are restricted."""
    if commands:
        ids, *facts = columns(commands)
        await tx.run(SQL.restrict_shops, shards_of(ids), ids, *facts, tx.now)


async def get_shops_to_turn(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Find shops of which the clock changes something now."""
    return [row["id"] for row in await reader.rows(SQL.get_shops_to_turn, now, limit)]


async def lock_handles(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """Lock shops until *tx* ends; give their handles, and those that they had before."""
    wanted = sorted(set(ids))
    rows = await tx.rows(SQL.lock_handles, shards_of(wanted), wanted)
    return {row["id"]: (row["handle"], row["former_handle"]) for row in rows}


async def change_handles(tx: Transaction, changed: Mapping[UUID, tuple[str, str]]) -> None:
    """Write other handles of shops that are locked: the new one, and the former."""
    if changed:
        ids, handles = list(changed), [handle for handle, _ in changed.values()]
        await tx.run(SQL.add_handles, handles, ids)
        await tx.run(
            SQL.change_handles, shards_of(ids), ids, handles, [former for _, former in changed.values()], tx.now
        )


async def get_limits(reader: Reader) -> Limits:
    """Read what shops may do that are not verified."""
    row = await reader.row(SQL.get_limits)
    assert row is not None, "there are no limits"
    return _limits(row)


def _limits(row: Row) -> Limits:
    return Limits(
        day_sales_max=row["day_sales_max"], total_sales_max=row["total_sales_max"], may_withdraw=row["may_withdraw"]
    )


async def get_barred(reader: Reader, ids: Collection[UUID]) -> dict[UUID, bool]:
    """Tell which of these shops may not withdraw now, and whether because they are suspended."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_barred, shards_of(wanted), wanted)
    return {row["id"]: row["is_withdrawals_suspended"] for row in rows}


async def add_limits(tx: Transaction, limits: Limits) -> None:
    """Write other limits."""
    await tx.run(SQL.add_limits, limits.day_sales_max, limits.total_sales_max, limits.may_withdraw, tx.now)


def _shops(rows: Sequence[Row]) -> dict[UUID, Shop]:
    return {
        row["id"]: Shop(
            id=row["id"],
            handle=row["handle"],
            name=row["name"],
            story=row["story"],
            owner_id=row["owner_id"],
            status=ShopState(row["status"]),
            colour=row["colour"],
            created_at=row["created_at"],
            verification=Verification(row["verification"]),
            holiday=Holiday(
                starts_at=row["holiday_starts_at"],
                ends_at=row["holiday_ends_at"],
                notice=row["holiday_notice"],
                takes_orders=row["holiday_takes_orders"],
            )
            if row["holiday_starts_at"]
            else None,
            is_away=row["is_away"],
            is_sales_suspended=row["is_sales_suspended"],
            is_withdrawals_suspended=row["is_withdrawals_suspended"],
            is_listing_frozen=row["is_listing_frozen"],
            is_limited=row["is_limited"],
            is_withdrawals_held=row["is_withdrawals_held"],
            suspended_until=row["suspended_until"],
            closing_at=row["closing_at"],
            closing_account_id=row["closing_account_id"],
            closed_at=row["closed_at"],
            was_closed=row["was_closed"],
        )
        for row in rows
    }


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read what shops of a shard say of themselves since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)
