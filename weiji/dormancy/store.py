"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.dormancy.model import Dormancy, DormancyState
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of

SQL = sql.beside(__file__)

_FIELDS: Final = Dormancy.__struct_fields__


class Totals(Struct, frozen=True, kw_only=True):
    """What is set aside of all wallets, and how many there are of each kind."""

    amount: int
    dormant: int
    told: int


class Lying(Struct, frozen=True, kw_only=True):
    """A wallet that was told of, with what is set aside of it, and what is in it."""

    dormancy: Dormancy
    dormant: int
    available: int


async def lock_wallets(tx: Transaction, person_ids: Collection[UUID]) -> dict[UUID, Dormancy]:
    """Lock the wallets that were told of until *tx* ends. Those that never were are left out."""
    wanted = sorted(set(person_ids))
    rows = await tx.rows(SQL.lock_wallets, distinct_shards(wanted), wanted)
    return {row["person_id"]: _dormancy(row) for row in rows}


async def put_wallets(tx: Transaction, wallets: Sequence[Dormancy]) -> None:
    """Write wallets that are new, or changed behind their locks."""
    if wallets:
        ids, *facts = columns(wallets, *_FIELDS)
        await tx.run(SQL.put_wallets, shards_of(ids), ids, *facts)


async def find_told(reader: Reader, person_ids: Sequence[UUID]) -> set[UUID]:
    """Find whose wallets were told of, and are not set aside."""
    shards = distinct_shards(person_ids)
    return {row["person_id"] for row in await reader.rows(SQL.find_told, shards, person_ids)}


async def get_dormant(tx: Transaction, person_ids: Collection[UUID]) -> dict[UUID, int]:
    """Read how much is set aside of wallets, behind their locks. Those of which nothing ever was are left out."""
    rows = await tx.rows(SQL.get_dormant, distinct_shards(person_ids), list(person_ids)) if person_ids else []
    return {row["owner_id"]: row["amount"] for row in rows}


async def get_dormancy(reader: Reader, person_id: UUID) -> Lying | None:
    """Read how somebody's wallet stands; None where it was never told of."""
    row = await reader.row(SQL.get_dormancy, shard_of(person_id), person_id)
    return _lying(row) if row else None


async def list_lying(
    reader: Reader, state: DormancyState, after: UUID | None, limit: int
) -> tuple[Totals, list[Lying]]:
    """Read wallets in a state, in the order of their owners, with the sums of all of them."""
    rows = await reader.rows(SQL.list_lying, state, after, limit)
    totals = Totals(amount=rows[0]["amount"], dormant=rows[0]["dormant_wallets"], told=rows[0]["told_wallets"])
    return totals, [_lying(row) for row in rows if row["person_id"] is not None]


def _lying(row: Row) -> Lying:
    return Lying(dormancy=_dormancy(row), dormant=row["dormant"], available=row["available"])


def _dormancy(row: Row) -> Dormancy:
    values = {name: row[name] for name in _FIELDS}
    return Dormancy(**{**values, "state": DormancyState(values["state"])})
