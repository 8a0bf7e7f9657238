"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.coupons import WALLET_MAX, Coupon, read_coupons
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.ledger import chart
from weiji.wire.keys.model import shard_of_mchid
from weiji.wire.trade.model import Kind, Line, MerchantOrder, MerchantRefund, NoteMerchantRefund, OrderCoupon, State
from weiji.wire.trade.rules import reduce_line

SQL = sql.beside(__file__)

_NEW: Final = (
    "id",
    "shop_id",
    "mchid",
    "caller_mchid",
    "number",
    "kind",
    "description",
    "total",
    "notify_url",
    "shares_profit",
    "terms",
    "key_id",
    "fee_ppm",
    "settle_days",
    "state",
    "created_at",
    "expires_at",
    "due_at",
    "combined_id",
)
_CHANGING: Final = (
    "id",
    "state",
    "due_at",
    "paid_at",
    "closed_at",
    "settled_at",
    "payment_id",
    "payer_id",
    "channel",
    "released",
    "fee",
    "shared",
    "refunded",
    "given_back",
    "fee_returned",
    "subsidy_id",
    "subsidy",
    "subsidy_released",
    "subsidy_returned",
    "subsidy_declined_at",
    "coupon",
    "discount",
    "discount_refunded",
    "prepaid",
    "prepaid_refunded",
    "advanced",
    "others",
)


def _order(row: Row) -> MerchantOrder:
    values = {name: row[name] for name in MerchantOrder.__struct_fields__}
    coupon = msgspec.convert(row["coupon"], OrderCoupon) if row["coupon"] else None
    values["others"] = msgspec.convert(row["others"], tuple[OrderCoupon, ...])
    return MerchantOrder(**{**values, "kind": Kind(values["kind"]), "state": State(values["state"]), "coupon": coupon})


async def lock_orders(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, MerchantOrder]:
    """Lock orders until *tx* ends."""
    ids = sorted(set(order_ids))
    return {row["id"]: _order(row) for row in await tx.rows(SQL.lock_orders, shards_of(ids), ids)}


async def get_orders(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, MerchantOrder]:
    """Read orders."""
    ids = sorted(set(order_ids))
    return {row["id"]: _order(row) for row in await reader.rows(SQL.get_orders, shards_of(ids), ids)}


async def find_for_payer(reader: Reader, order_id: UUID) -> tuple[MerchantOrder, str] | None:
    """Read an order with the name of its shop."""
    row = await reader.row(SQL.find_for_payer, shard_of(order_id), order_id)
    return (_order(row), row["shop_name"]) if row else None


async def read_payer(
    reader: Reader, person_id: UUID, lines: Sequence[Line], now: datetime
) -> tuple[int, list[list[tuple[Coupon, int]]]]:
    """Read what somebody's wallet has, and for each order which of their coupons are good, with what each takes off.

    What takes off most comes first; of equals, what ends sooner.
    """
    wallet = chart.wallet(person_id).id
    shops, orders = columns(lines, "shop_id", "order_id")
    rows = await reader.rows(SQL.read_payer, shard_of(wallet), wallet, person_id, shops, orders, now, WALLET_MAX)
    coupons = read_coupons(row for row in rows if row["id"] is not None)
    good = [
        [(coupon, off.amount) for coupon in coupons if (off := reduce_line(line, coupon, person_id, now))]
        for line in lines
    ]
    return rows[0]["balance"], [sorted(each, key=lambda one: -one[1]) for each in good]


async def list_orders(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[MerchantOrder]:
    """Read the orders of a shop, made before one that was made then, the newest first."""
    at, id = before or (None, None)
    return [_order(row) for row in await reader.rows(SQL.list_orders, shard_of(shop_id), shop_id, at, id, limit)]


async def add_orders(tx: Transaction, orders: Sequence[MerchantOrder]) -> None:
    """Write orders that are new."""
    if orders:
        ids, *facts = columns(orders, *_NEW)
        await tx.run(SQL.add_orders, shards_of(ids), ids, *facts)


async def change_orders(tx: Transaction, orders: Sequence[MerchantOrder]) -> None:
    """Write orders that are locked."""
    if orders:
        ids, *facts = columns(orders, *_CHANGING)
        await tx.run(SQL.change_orders, shards_of(ids), ids, *facts)


async def get_due_orders(reader: Reader, now: datetime, limit: int) -> list[tuple[UUID, State]]:
    """Read which orders the clock has to do with."""
    return [(row["id"], State(row["state"])) for row in await reader.rows(SQL.get_due_orders, now, limit)]


async def get_refunds(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, MerchantRefund]:
    """Read refunds."""
    ids = sorted(set(refund_ids))
    rows = await reader.rows(SQL.get_refunds, shards_of(ids), ids)
    return {row["id"]: MerchantRefund(**dict(row.items())) for row in rows}


async def get_refunds_of_order(reader: Reader, order_id: UUID, limit: int) -> list[MerchantRefund]:
    """Read the refunds of an order."""
    rows = await reader.rows(SQL.get_refunds_of_order, shard_of(order_id), order_id, limit)
    return [MerchantRefund(**dict(row.items())) for row in rows]


async def add_refunds(tx: Transaction, refunds: Sequence[MerchantRefund]) -> None:
    """Write refunds that are new."""
    if refunds:
        names = (
            "id", "order_id", "shop_id", "mchid", "caller_mchid", "number", "amount", "reason", "notify_url", "key_id",
            "created_at", "fee_returned", "coupon", "arrived_at", "arrived_at_wallet",
        )  # fmt: skip
        ids, *facts = columns(refunds, *names)
        await tx.run(SQL.add_refunds, shards_of(ids), ids, *facts)


async def note_refunds(tx: Transaction, commands: Sequence[NoteMerchantRefund]) -> None:
    """Write that refunds arrived."""
    if commands:
        ids, to_wallet = columns(commands, "refund_id", "to_wallet")
        await tx.run(SQL.note_refunds, shards_of(ids), ids, to_wallet, tx.now)


async def note_abnormal_refunds(tx: Transaction, ids: list[UUID]) -> None:
    """Write that channels refused refunds."""
    if ids:
        await tx.run(SQL.note_abnormal_refunds, shards_of(ids), ids, tx.now)


async def list_paid(
    reader: Reader, mchid: str, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[MerchantOrder]:
    """Read the orders that were paid to a merchant after one of them, until some time, the first first."""
    rows = await reader.rows(SQL.list_paid, shard_of_mchid(mchid), mchid, after[0], until, after[1], limit)
    return [_order(row) for row in rows]


async def list_refunds(
    reader: Reader, mchid: str, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[MerchantRefund]:
    """Read the refunds that a merchant made after one of them, until some time, the first first."""
    rows = await reader.rows(SQL.list_refunds, shard_of_mchid(mchid), mchid, after[0], until, after[1], limit)
    return [MerchantRefund(**dict(row.items())) for row in rows]
