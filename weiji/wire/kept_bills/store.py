"""Types for the statements in `queries.sql`."""

from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.kept_bills.model import KeptBill, Page
from weiji.wire.keys.model import shard_of_mchid

SQL = sql.beside(__file__)

PAGES_MAX: Final = 500
"""Pages that are forgotten in one transaction: each may have some hundred kilobytes."""


async def add_page(tx: Transaction, page: Page) -> None:
    """Write a page of a bill that may have more."""
    await tx.run(SQL.add_page, shard_of(page.bill_id), page.bill_id, page.place, page.ends_at, page.content)


async def add_bill(tx: Transaction, bill: KeptBill) -> None:
    """Write a bill whose pages are all there."""
    facts = (getattr(bill, name) for name in KeptBill.__struct_fields__)
    await tx.run(SQL.add_bill, shard_of(bill.id), *facts)


async def get_bill(reader: Reader, bill_id: UUID, now: datetime) -> KeptBill | None:
    """Read a bill; None: there is none, or it is over."""
    row = await reader.row(SQL.get_bill, shard_of(bill_id), bill_id, now)
    return KeptBill(**dict(row.items())) if row else None


async def find_late(reader: Reader, mchid: str, what: str, after: datetime, patience: timedelta) -> KeptBill | None:
    """Read the newest bill that was asked for so and done after some time, longer than its asker waited, if any."""
    row = await reader.row(SQL.find_late, shard_of_mchid(mchid), mchid, what, after, patience)
    return KeptBill(**dict(row.items())) if row else None


async def weigh_kept(reader: Reader, mchid: str, now: datetime, most: int) -> tuple[int, int]:
    """Count the bills that a merchant asked for and that are kept, up to so many, and their bytes, packed."""
    row = await reader.row(SQL.weigh_kept, shard_of_mchid(mchid), mchid, now, most)
    assert row
    return row["bills"], row["packed_bytes"]


async def get_page(reader: Reader, bill_id: UUID, place: int) -> bytes | None:
    """Read a page; None: it is over."""
    content = await reader.value(SQL.get_page, shard_of(bill_id), bill_id, place)
    assert content is None or isinstance(content, bytes)
    return content


async def forget_over(tx: Transaction, now: datetime, limit: int) -> int:
    """Forget bills that are over, and pages of those that were never done; say how many there were, of either.

    Only so many pages go at a time, or those of one bill that has more. Where that leaves some, it says *limit*.
    """
    over = await tx.rows(SQL.list_over, now, limit)
    together = accumulate(row["pages"] for row in over)
    fitting = sum(pages <= PAGES_MAX for pages in together)
    ids = [row["id"] for row in over[: max(fitting, 1)]]
    if ids:
        await tx.run(SQL.forget_pages_of, shards_of(ids), ids)
        await tx.run(SQL.forget_bills, shards_of(ids), ids)
    left = await tx.rows(SQL.list_left, now, PAGES_MAX)
    if left:
        of = [row["bill_id"] for row in left]
        await tx.run(SQL.forget_left, shards_of(of), of, [row["place"] for row in left])
    is_more = len(ids) < len(over) or len(left) == PAGES_MAX
    return limit if is_more else max(len(ids), len(left))
