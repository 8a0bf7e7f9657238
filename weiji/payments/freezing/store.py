"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.payments.freezing.model import FormerSubMerchant, SubMerchant, Unfreezing, UnfreezingStatus

SQL = sql.beside(__file__)

_BEGINNING: Final = (
    "id", "shop_id", "payment_id", "channel", "amount", "frozen", "status", "reference", "attempts", "queries",
    "query_at", "reason", "created_at", "ended_at",
)  # fmt: skip
_CHANGING: Final = (
    "id", "status", "reference", "attempts", "queries", "query_at", "reason", "ended_at", "gone_back", "taken_off",
    "fees_back", "rest", "part", "decisions",
)  # fmt: skip


def _unfreezing(row: Row) -> Unfreezing:
    values = dict(row)
    values["status"] = UnfreezingStatus(values["status"])
    return Unfreezing(**values)


async def get_sub_merchants(reader: Reader, wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], SubMerchant]:
    """Read which sub-merchants shops are at channels: by shop and channel."""
    places = sorted(set(wanted))
    if not places:
        return {}
    shops, channels = [shop for shop, _ in places], [channel for _, channel in places]
    rows = await reader.rows(SQL.get_sub_merchants, distinct_shards(shops), shops, channels)
    return {(row["shop_id"], row["channel"]): SubMerchant(**dict(row)) for row in rows}


async def put_sub_merchants(tx: Transaction, bound: Sequence[SubMerchant]) -> None:
    """Write which sub-merchants shops are, over those that they were."""
    if bound:
        shards = [shard_of(one.shop_id) for one in bound]
        await tx.run(SQL.put_sub_merchants, shards, *columns(bound, *SubMerchant.__struct_fields__))


async def get_former_sub_merchants(
    reader: Reader, wanted: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], FormerSubMerchant]:
    """Read which sub-merchants shops were at channels last: by shop and channel."""
    places = sorted(set(wanted))
    if not places:
        return {}
    shops, channels = [shop for shop, _ in places], [channel for _, channel in places]
    rows = await reader.rows(SQL.get_former_sub_merchants, sorted(set(shards_of(shops))), shops, channels)
    return {(row["shop_id"], row["channel"]): FormerSubMerchant(**dict(row)) for row in rows}


async def put_former_sub_merchants(tx: Transaction, former: Sequence[FormerSubMerchant]) -> None:
    """Write which sub-merchants shops were, over those that they were before."""
    if former:
        shards = [shard_of(one.shop_id) for one in former]
        await tx.run(SQL.put_former_sub_merchants, shards, *columns(former, *FormerSubMerchant.__struct_fields__))


async def forget_former_sub_merchants(tx: Transaction, places: Iterable[tuple[UUID, str]]) -> None:
    """Forget which sub-merchants shops were at channels."""
    if gone := sorted(set(places)):
        shops, channels = [shop for shop, _ in gone], [channel for _, channel in gone]
        await tx.run(SQL.forget_former_sub_merchants, sorted(set(shards_of(shops))), shops, channels)


async def unbind_sub_merchants(
    tx: Transaction, places: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], SubMerchant]:
    """Write that shops are no sub-merchants at channels; return what they were: by shop and channel."""
    wanted = sorted(set(places))
    shops, channels = [shop for shop, _ in wanted], [channel for _, channel in wanted]
    rows = await tx.rows(SQL.unbind_sub_merchants, sorted(set(shards_of(shops))), shops, channels)
    return {(row["shop_id"], row["channel"]): SubMerchant(**dict(row)) for row in rows}


async def add_frozen_payments(tx: Transaction, frozen: Mapping[UUID, tuple[UUID, bytes]]) -> None:
    """Note whose money payments are: each has its shop, and the number, sealed."""
    if frozen:
        ids, values = list(frozen), list(frozen.values())
        await tx.run(
            SQL.add_frozen_payments, shards_of(ids), ids, [shop for shop, _ in values], [sealed for _, sealed in values]
        )


async def get_frozen_payments(reader: Reader, payment_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Read at which sub-merchants the money of payments is: the sealed number of each."""
    ids = sorted(set(payment_ids))
    rows = await reader.rows(SQL.get_frozen_payments, distinct_shards(ids), ids)
    return {row["payment_id"]: row["number_sealed"] for row in rows}


async def get_refunding(reader: Reader, unfreezings: Sequence[Unfreezing]) -> set[UUID]:
    """Find the payments of which money is on its way back, or will be once what their orders told is heard.

    Those of which more went back than their unfreezings were told of are among them.
    """
    if not unfreezings:
        return set()
    ids = [each.payment_id for each in unfreezings]
    rows = await reader.rows(
        SQL.get_refunding, distinct_shards(ids), *columns(unfreezings, "payment_id", "frozen", "gone_back")
    )
    return {row["payment_id"] for row in rows}


async def get_left(reader: Reader, payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Read how much of payments channels have yet."""
    ids = sorted(set(payment_ids))
    if not ids:
        return {}
    rows = await reader.rows(SQL.get_left, distinct_shards(ids), ids)
    return {row["payment_id"]: row["frozen"] for row in rows}


async def get_waiting(reader: Reader, shop_ids: Iterable[UUID], limit: int) -> list[tuple[UUID, UUID]]:
    """Read which unfreezings wait, up to a limit of each shop: each with its shop."""
    ids = sorted(set(shop_ids))
    rows = await reader.rows(SQL.get_waiting, distinct_shards(ids), ids, limit) if ids else []
    return [(row["id"], row["shop_id"]) for row in rows]


async def sum_waiting(reader: Reader, shop_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Add up what waits of shops."""
    ids = sorted(set(shop_ids))
    rows = await reader.rows(SQL.sum_waiting, distinct_shards(ids), ids) if ids else []
    return {row["shop_id"]: row["amount"] for row in rows}


async def add_unfreezings(tx: Transaction, unfreezings: Sequence[Unfreezing]) -> None:
    """Write what channels are to let go."""
    if unfreezings:
        shards = [shard_of(each.id) for each in unfreezings]
        await tx.run(SQL.add_unfreezings, shards, *columns(unfreezings, *_BEGINNING))


async def lock_unfreezings(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Unfreezing]:
    """Lock and read what channels are to let go, until *tx* ends."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await tx.rows(SQL.lock_unfreezings, distinct_shards(wanted), wanted)
    return {row["id"]: _unfreezing(row) for row in rows}


async def change_unfreezings(tx: Transaction, unfreezings: Sequence[Unfreezing]) -> None:
    """Write what became of what is locked."""
    if unfreezings:
        await tx.run(
            SQL.change_unfreezings,
            [shard_of(each.id) for each in unfreezings],
            *columns(unfreezings, *_CHANGING),
        )


async def get_due_unfreezings(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Unfreezing]:
    """Read what it is time to ask about."""
    return [_unfreezing(row) for row in await reader.rows(SQL.get_due_unfreezings, shards, now, limit)]
