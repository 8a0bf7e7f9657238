"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.orders import desk
from weiji.settlement.model import Ran, Run, Schedule

SQL = sql.beside(__file__)


async def lock_schedules(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Schedule]:
    """Lock schedules until *tx* ends, in id order; shops that have none are left out."""
    ids = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_schedules, distinct_shards(ids), ids)
    return {row["shop_id"]: _schedule(row) for row in rows}


async def get_schedule(reader: Reader, shop_id: UUID) -> Schedule:
    """Read when a shop is paid out."""
    row = await reader.row(SQL.get_schedule, shard_of(shop_id), shop_id)
    return _schedule(row) if row else Schedule(shop_id=shop_id)


async def get_schedule_of_shop(reader: Reader, shop_id: UUID) -> tuple[desk.Shop, Schedule] | None:
    """Read a shop, and when it is paid out; None where there is no such shop."""
    row = await reader.row(SQL.get_schedule_of_shop, shard_of(shop_id), shop_id)
    if row is None:
        return None
    shop = desk.Shop(*(row[name] for name in desk.Shop.__struct_fields__))
    if row["every"] is None:
        return shop, Schedule(shop_id=shop_id)
    names = Schedule.__struct_fields__[1:]
    return shop, msgspec.convert({"shop_id": shop_id} | {name: row[name] for name in names}, Schedule)


async def put_schedules(tx: Transaction, schedules: Sequence[Schedule]) -> None:
    """Write schedules."""
    if schedules:
        ids, *facts = columns(schedules, "shop_id", "every", "day", "minimum", "account_id", "next_at")
        await tx.run(SQL.put_schedules, shards_of(ids), ids, *facts, tx.now)


async def get_due(reader: Reader, now: datetime, limit: int) -> list[Run]:
    """Read the schedules whose time has come, the longest due first. What their shops have is not read."""
    rows = await reader.rows(SQL.get_due, now, limit)
    return [Run(schedule=_schedule(row), available=0, may_withdraw=row["may_withdraw"]) for row in rows]


def with_money(runs: Sequence[Run], available: Sequence[int]) -> list[Run]:
    """Say what the shops of runs have."""
    return [replace(run, available=amount) for run, amount in zip(runs, available, strict=True)]


async def note_runs(tx: Transaction, runs: Sequence[Ran]) -> None:
    """Write what came of runs, and when the next are."""
    ids, *facts = columns(runs, "shop_id", "was_due_at", "next_at", "outcome", "amount")
    await tx.run(SQL.note_runs, shards_of(ids), ids, *facts, tx.now, distinct_shards(ids))


def _schedule(row: Row) -> Schedule:
    return msgspec.convert({name: row[name] for name in Schedule.__struct_fields__}, Schedule)


async def get_numbers(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read by which numbers a shop knows orders; what is none is left out."""
    ids = list(order_ids)
    rows = await reader.rows(SQL.get_numbers, distinct_shards(ids), ids) if ids else []
    return {row["id"]: row["number"] for row in rows}
