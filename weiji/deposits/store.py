"""Types for the statements in `queries.sql`. Deposits have no tables: all of it is in views of other modules."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.deposits.model import Compensated, Movement, Stake
from weiji.kit import sql
from weiji.kit.db import Reader, Row
from weiji.kit.ids import distinct_shards
from weiji.ledger import Account, Code, Kind, TransferFlags, chart, get_debits, get_statement

SQL = sql.beside(__file__)

Which = Literal["all", "lacking", "owing"]

START_OF_TIME: Final = -(2**63)
END_OF_TIME: Final = 2**63 - 1

_OF_ORDERS: Final = frozenset({Kind.RECOVERY, Kind.COMPENSATION, Kind.POSTAGE})
"""What is moved because of an order, which it names."""


class Sums(Struct, frozen=True, kw_only=True):
    """What all shops have put up and owe, and how many of them lack something or owe."""

    deposits: int
    owed: int
    owing: int
    lacking: int


async def get_stakes(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, Stake]:
    """Read what shops have at stake. What is not there is left out."""
    wanted = sorted(set(shop_ids))
    rows = await reader.rows(SQL.get_stakes, distinct_shards(wanted), wanted)
    return {row["id"]: _stake(row) for row in rows}


async def list_stakes(reader: Reader, which: Which, before: UUID | None, limit: int) -> list[Stake]:
    """Read what shops have at stake, the newest shop first."""
    return [_stake(row) for row in await reader.rows(SQL.list_stakes, which, before, limit)]


async def get_deposit_movements(
    reader: Reader, shop_id: UUID, before: int | None, limit: int
) -> tuple[list[Movement], int | None]:
    """Read what moved a shop's deposit, the last first; and where to read on, None at the end."""
    return await _get_movements(reader, chart.merchant_deposit(shop_id), before, limit)


async def get_debt_movements(
    reader: Reader, shop_id: UUID, before: int | None, limit: int
) -> tuple[list[Movement], int | None]:
    """Read what moved what a shop owes, the last first; and where to read on, None at the end."""
    return await _get_movements(reader, chart.merchant_owed(shop_id), before, limit)


async def _get_movements(
    reader: Reader, account: Account, before: int | None, limit: int
) -> tuple[list[Movement], int | None]:
    if before is None or not START_OF_TIME <= before <= END_OF_TIME:
        before = END_OF_TIME
    rows = await get_statement(reader, account.id, before=before, limit=limit + 1)
    # A debt is an asset: debits make it more.
    is_asset = account.code == Code.MERCHANT_OWED
    movements = [
        Movement(
            id=row["id"],
            kind=Kind(row["code"]),
            amount=row["amount"] if (row["debit_account_id"] == account.id) == is_asset else -row["amount"],
            order_id=row["journal_id"] if row["code"] in _OF_ORDERS else None,
            at=datetime.fromtimestamp(row["timestamp"] / 1_000_000, UTC),
            cursor=row["timestamp"],
        )
        for row in rows[:limit]
        # What was only held, and steps that had nothing to give, moved nothing.
        if row["amount"] and not row["flags"] & (TransferFlags.PENDING | TransferFlags.VOID_PENDING_TRANSFER)
    ]
    return movements, rows[limit - 1]["timestamp"] if len(rows) > limit else None


async def get_compensations(
    reader: Reader, shop_ids: Collection[UUID], order_ids: Collection[UUID]
) -> dict[UUID, list[Compensated]]:
    """Read what went to buyers out of the deposits of shops, by order: of those for which anything did."""
    deposits = {chart.merchant_deposit(shop_id).id: shop_id for shop_id in shop_ids}
    found: dict[UUID, list[Compensated]] = {}
    for row in await get_debits(reader, deposits, order_ids, Kind.COMPENSATION):
        shop_id, order_id = deposits[row["debit_account_id"]], row["journal_id"]
        each = Compensated(id=row["id"], shop_id=shop_id, order_id=order_id, amount=row["amount"])
        found.setdefault(order_id, []).append(each)
    return found


async def sum_stakes(reader: Reader) -> Sums:
    """Add up what all shops have at stake."""
    row = await reader.row(SQL.sum_stakes)
    assert row is not None
    return Sums(**dict(row))


async def list_dues(reader: Reader, after: UUID, limit: int) -> list[UUID]:
    """Find shops of which something is to be collected."""
    return [row["shop_id"] for row in await reader.rows(SQL.list_dues, after, limit)]


def _stake(row: Row) -> Stake:
    return msgspec.convert(dict(row), Stake)
