"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from weiji.court_orders.model import CourtOrder, ExecuteCourtOrder, HeldPlace
from weiji.court_orders.rules import key_of_notice, key_of_order
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of

SQL = sql.beside(__file__)


class Execution(Struct, frozen=True, kw_only=True):
    """What was paid to the court."""

    id: UUID
    amount: int
    number: str
    way: str
    executed_at: datetime


async def lock_court_orders(
    tx: Transaction, ids: Iterable[UUID], account_ids: Iterable[UUID] = ()
) -> dict[UUID, CourtOrder]:
    """Lock court orders until *tx* ends, with all that are in force about the same accounts, and about *account_ids*.

    What is not there is left out.
    """
    wanted, accounts = sorted(set(ids)), sorted(set(account_ids))
    shards = distinct_shards([*wanted, *accounts])
    rows = await tx.rows(SQL.lock_court_orders, shards, wanted, accounts)
    return {row["id"]: _order(row) for row in rows}


async def add_court_orders(tx: Transaction, orders: Sequence[CourtOrder]) -> None:
    """Write new court orders."""
    if orders:
        ids, *facts = columns(
            orders, "id", "owner_id", "place", "amount", "court", "number", "taken", "takes", "obeyed_at", "freezes",
            "is_freezing",
        )  # fmt: skip
        keys = [key_of_order(order.place, order.owner_id, order.number) for order in orders]
        accounts, numbers = [account_id for account_id, _ in keys], [number for _, number in keys]
        await tx.run(SQL.add_court_orders, shards_of(ids), ids, *facts, accounts, numbers)


async def change_court_orders(tx: Transaction, orders: Sequence[CourtOrder]) -> None:
    """Write what became of court orders that are locked.

    Those that freeze nothing come first: at any moment, within a statement too, one order freezes an account.
    """
    for is_freezing in (False, True):
        some = [order for order in orders if order.is_freezing is is_freezing]
        if not some:
            continue
        ids, *facts = columns(
            some, "id", "taken", "executed", "released", "takes", "ended_at", "release_number", "freezes",
            "is_freezing",
        )  # fmt: skip
        await tx.run(SQL.change_court_orders, shards_of(ids), ids, *facts)


async def get_executions(tx: Transaction, ids: Sequence[UUID]) -> set[UUID]:
    """Find which executions there are."""
    rows = await tx.rows(SQL.get_executions, distinct_shards(ids), ids)
    return {row["id"] for row in rows}


async def find_obeyed(reader: Reader, keys: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Find by which of these orders (`key_of_order`) money is held: they are in force."""
    account_ids = sorted({account_id for account_id, _ in keys})
    rows = await reader.rows(SQL.find_in_force, distinct_shards(account_ids), account_ids)
    in_force = {key_of_order(HeldPlace(row["place"]), row["owner_id"], row["number"]) for row in rows}
    return in_force & set(keys)


async def get_notices(reader: Reader, court_order_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Tell by which notices money was paid that court orders hold, as `key_of_notice` makes them."""
    rows = await reader.rows(SQL.get_notices, distinct_shards(court_order_ids), list(court_order_ids))
    return {key_of_notice(row["court_order_id"], row["number"]) for row in rows}


async def add_executions(tx: Transaction, commands: Sequence[ExecuteCourtOrder]) -> None:
    """Write what is paid to courts."""
    if commands:
        ids, *facts = columns(commands, "id", "court_order_id", "amount", "number", "way")
        await tx.run(SQL.add_executions, shards_of(ids), ids, *facts, tx.now)


async def get_court_order(reader: Reader, id: UUID) -> tuple[CourtOrder, str | None] | None:
    """Read a court order, and the name of the shop that it is about; None where there is none."""
    row = await reader.row(SQL.get_court_order, shard_of(id), id)
    return (_order(row), row["shop"]) if row else None


async def get_owners(reader: Reader, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Tell whose money court orders hold; those that there are not are left out."""
    rows = await reader.rows(SQL.get_owners, distinct_shards(ids), list(ids))
    return {row["id"]: row["owner_id"] for row in rows}


async def list_executions(reader: Reader, court_order_id: UUID, limit: int) -> list[Execution]:
    """Read what was paid to the court, the first first."""
    rows = await reader.rows(SQL.list_executions, shard_of(court_order_id), court_order_id, limit)
    return [Execution(**dict(row)) for row in rows]


async def list_court_orders(
    reader: Reader, *, is_over: bool, before: UUID | None, limit: int
) -> list[tuple[CourtOrder, str | None]]:
    """Read all court orders that hold, or that are over, the newest first; each with the name of its shop."""
    rows = await reader.rows(SQL.list_court_orders, is_over, before, limit)
    return [(_order(row), row["shop"]) for row in rows]


async def list_of_owner(reader: Reader, owner_id: UUID, limit: int) -> list[CourtOrder]:
    """Read the court orders about somebody's money, the newest first."""
    return [_order(row) for row in await reader.rows(SQL.list_of_owner, shard_of(owner_id), owner_id, limit)]


async def get_due(reader: Reader, limit: int) -> list[UUID]:
    """Find orders that lack something while there is something to take."""
    return [row["id"] for row in await reader.rows(SQL.get_due, limit)]


def _order(row: Row) -> CourtOrder:
    values = {name: row[name] for name in CourtOrder.__struct_fields__}
    return CourtOrder(**{**values, "place": HeldPlace(values["place"])})
