"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.wire.complaints.machine import ComplaintState
from weiji.wire.complaints.model import Complaint
from weiji.wire.trade import MerchantOrder

SQL = sql.beside(__file__)

After = tuple[datetime, UUID] | None

_COLUMNS: Final = (
    "id", "order_id", "shop_id", "maker_id", "payer_id", "number", "reason", "words", "proof", "amount", "state",
    "said_last", "payer_said", "shop_said", "ruling", "objections", "refund_id", "due_at", "asked_at", "further_at",
    "ended_at", "decided_at", "marks",
)  # fmt: skip
"""All of a complaint, in the order of the table."""

_CHANGING: Final = (
    "id", "amount", "state", "said_last", "payer_said", "shop_said", "ruling", "objections", "refund_id", "due_at",
    "further_at", "ended_at", "decided_at", "marks",
)  # fmt: skip
"""What of a complaint may change."""


class ComplaintFile(Struct, frozen=True, kw_only=True):
    """A complaint with what it is about."""

    complaint: Complaint
    order_number: str
    """The merchant's (`out_trade_no`)."""
    description: str
    total: int
    refunded: int
    off: int
    """What of the total its payer did not pay: a coupon did."""
    mchid: str
    paid_at: datetime
    channel: str
    shop_name: str
    shop_handle: str

    @property
    def rest(self) -> int:
        """What of the order could still go back."""
        return self.total - self.refunded


def _complaint(row: Row) -> Complaint:
    return msgspec.convert({name: row[name] for name in _COLUMNS}, Complaint)


def _file(row: Row) -> ComplaintFile:
    facts: dict[str, Any] = {name: row[name] for name in ComplaintFile.__struct_fields__ if name != "complaint"}
    return ComplaintFile(complaint=_complaint(row), **facts)


async def find_orders(reader: Reader, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Say which orders complaints are about; those that do not exist are left out."""
    rows = await reader.rows(SQL.find_orders, distinct_shards(ids), list(ids))
    return {row["id"]: row["order_id"] for row in rows}


async def find_complained(reader: Reader, order_ids: Collection[UUID]) -> set[UUID]:
    """Say about which of some orders somebody complained."""
    rows = await reader.rows(SQL.find_complained, distinct_shards(order_ids), list(order_ids))
    return {row["order_id"] for row in rows}


async def read_complaints(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Complaint]:
    """Read all complaints about orders, the oldest first."""
    rows = await reader.rows(SQL.read_complaints, distinct_shards(order_ids), list(order_ids))
    return {row["id"]: _complaint(row) for row in rows}


async def get_claims(reader: Reader, orders: Iterable[MerchantOrder]) -> dict[UUID, int]:
    """Say how much of orders may yet go back by complaints that are open; orders without one are left out.

    Where no money is asked for, the staff may award any of it once they are to decide.
    """
    rests = {order.id: order.total - order.refunded for order in orders}
    found = (await read_complaints(reader, rests)).values() if rests else ()
    return {
        each.order_id: min(each.amount, rests[each.order_id]) if each.amount else rests[each.order_id]
        for each in found
        if each.is_open and (each.amount or each.is_with_staff)
    }


async def add_complaints(tx: Transaction, complaints: Sequence[Complaint]) -> None:
    """Write complaints that are new."""
    if complaints:
        ids, *facts = columns(complaints, *_COLUMNS)
        await tx.run(SQL.add_complaints, shards_of(ids), ids, *facts)


async def change_complaints(tx: Transaction, complaints: Sequence[Complaint]) -> None:
    """Write what changed in complaints whose orders are locked."""
    if complaints:
        ids, *facts = columns(complaints, *_CHANGING)
        await tx.run(SQL.change_complaints, shards_of(ids), ids, *facts)


async def get_files(reader: Reader, ids: Collection[UUID]) -> dict[UUID, ComplaintFile]:
    """Read complaints with what they are about; those that do not exist are left out."""
    rows = await reader.rows(SQL.get_files, distinct_shards(ids), list(ids))
    return {row["id"]: _file(row) for row in rows}


async def get_file(reader: Reader, id: UUID) -> ComplaintFile | None:
    """Read one complaint with what it is about."""
    return (await get_files(reader, [id])).get(id)


async def get_last_of_order(reader: Reader, order_id: UUID) -> ComplaintFile | None:
    """Read the last complaint about an order, with what it is about."""
    row = await reader.row(SQL.get_last_of_order, shard_of(order_id), order_id)
    return _file(row) if row else None


async def list_of_shop(reader: Reader, shop_id: UUID, before: After, limit: int) -> list[ComplaintFile]:
    """Read complaints against a shop, the newest first."""
    rows = await reader.rows(SQL.list_of_shop, shard_of(shop_id), shop_id, *(before or (None, None)), limit)
    return [_file(row) for row in rows]


async def list_of_payer(reader: Reader, payer_id: UUID, before: After, limit: int) -> list[ComplaintFile]:
    """Read what somebody complained of, the newest first."""
    rows = await reader.rows(SQL.list_of_payer, payer_id, *(before or (None, None)), limit)
    return [_file(row) for row in rows]


async def list_with_staff(reader: Reader, after: After, limit: int) -> list[ComplaintFile]:
    """Read what waits for the operator's staff, whose time ends first."""
    return [_file(row) for row in await reader.rows(SQL.list_with_staff, *(after or (None, None)), limit)]


async def list_decided(reader: Reader, before: After, limit: int) -> list[ComplaintFile]:
    """Read what was with the staff and is not any more, the newest first."""
    return [_file(row) for row in await reader.rows(SQL.list_decided, *(before or (None, None)), limit)]


async def get_due_complaints(reader: Reader, now: datetime, limit: int) -> list[tuple[UUID, ComplaintState]]:
    """Find those whose sides let their time pass, those first that waited longest."""
    return [(row["id"], ComplaintState(row["state"])) for row in await reader.rows(SQL.get_due, now, limit)]


async def list_asked(
    reader: Reader, shop_ids: Collection[UUID], since: datetime, until: datetime, offset: int, limit: int
) -> tuple[list[tuple[UUID, bool]], int]:
    """List what was asked against shops in a time, the newest first, each with whether it is about goods; count all."""
    ids = sorted(shop_ids)
    rows = await reader.rows(SQL.list_asked, distinct_shards(ids), ids, since, until, offset, limit)
    return [(row["id"], row["is_case"]) for row in rows if row["id"] is not None], rows[0]["total"]


async def list_shops_asked(reader: Reader, shop_ids: Collection[UUID], since: datetime, until: datetime) -> list[UUID]:
    """Say against which of some shops anything was asked in a time."""
    ids = sorted(shop_ids)
    rows = await reader.rows(SQL.list_shops_asked, distinct_shards(ids), ids, since, until)
    return [row["shop_id"] for row in rows]


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read complaints of a shard with something said since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)
