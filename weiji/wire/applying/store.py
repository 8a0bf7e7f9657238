"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.applying.model import Applyment, SettlementChange, SubmitApplyment
from weiji.wire.keys import NamedShop

SQL: Final = sql.beside(__file__)

CHANGES_SHOWN: Final = 20
"""Changes of a settlement account that a page shows."""


def _applyment(row: Row) -> Applyment:
    return Applyment(**{name: row[name] for name in Applyment.__struct_fields__})


def _change(row: Row) -> SettlementChange:
    return SettlementChange(**dict(row))


async def lock_applyments(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Applyment]:
    """Lock applications for others until *tx* ends."""
    ids = sorted(set(shop_ids))
    return {row["shop_id"]: _applyment(row) for row in await tx.rows(SQL.lock_applyments, shards_of(ids), ids)}


async def find_applyment(reader: Reader, provider_id: UUID, code: str | None, number: int | None) -> Applyment | None:
    """Find what a service provider sent in, by its number for it or by ours."""
    row = await reader.row(SQL.find_applyment, shard_of(provider_id), provider_id, code, number)
    return _applyment(row) if row else None


async def get_applied_shops(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, Applyment]:
    """Tell which shops a service provider applied for."""
    ids = sorted(set(shop_ids))
    return {row["shop_id"]: _applyment(row) for row in await reader.rows(SQL.get_applyments, shards_of(ids), ids)}


class Agreement(Struct, frozen=True, kw_only=True):
    """A shop, and what its owner is asked to agree to, and by whom."""

    shop: NamedShop
    applyment: Applyment | None
    """None: nobody applied for the shop but its owner."""
    provider: NamedShop | None


async def get_agreement(reader: Reader, shop_id: UUID) -> Agreement | None:
    """Read who applied for a shop; None: there is no such shop."""
    row = await reader.row(SQL.get_agreement, shard_of(shop_id), shop_id)
    if row is None:
        return None
    is_applied = row["shop_id"] is not None
    return Agreement(
        shop=NamedShop(id=row["id"], handle=row["handle"], name=row["name"]),
        applyment=_applyment(row) if is_applied else None,
        provider=NamedShop(id=row["provider_id"], handle=row["provider_handle"], name=row["provider_name"])
        if is_applied
        else None,
    )


async def count_begun(reader: Reader, provider_ids: Collection[UUID], since: datetime) -> dict[UUID, int]:
    """Count what service providers applied for since then."""
    ids = sorted(set(provider_ids))
    return {row["provider_id"]: row["n"] for row in await reader.rows(SQL.count_begun, shards_of(ids), ids, since)}


async def add_applyments(tx: Transaction, applyments: Sequence[Applyment]) -> None:
    """Write applications that are new."""
    if applyments:
        names = ("shop_id", "provider_id", "provider_mchid", "code", "number", "mark", "created_at")
        ids, *facts = columns(applyments, *names)
        await tx.run(SQL.add_applyments, shards_of(ids), ids, *facts)


async def mark_applyments(tx: Transaction, commands: Sequence[SubmitApplyment]) -> None:
    """Write what was handed in last."""
    if commands:
        ids, marks = columns(commands, "shop_id", "mark")
        await tx.run(SQL.mark_applyments, shards_of(ids), ids, marks)


async def sign_applyments(tx: Transaction, applyments: Sequence[Applyment]) -> None:
    """Write that it was agreed to."""
    if applyments:
        ids, times = columns(applyments, "shop_id", "signed_at")
        await tx.run(SQL.sign_applyments, shards_of(ids), ids, times)


async def lock_changes(
    tx: Transaction, shop_ids: Collection[UUID], ids: Collection[UUID]
) -> dict[UUID, SettlementChange]:
    """Lock changes until *tx* ends: those named, and all of their shops that wait."""
    shops = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_changes, shards_of(shops), shops, sorted(set(ids)))
    return {row["id"]: _change(row) for row in rows}


async def get_settlement_changes(reader: Reader, shop_id: UUID) -> list[SettlementChange]:
    """Read the changes that service providers asked for, the newest first."""
    return [_change(row) for row in await reader.rows(SQL.get_changes, shard_of(shop_id), shop_id, CHANGES_SHOWN)]


async def add_changes(tx: Transaction, changes: Sequence[SettlementChange]) -> None:
    """Write changes that are new."""
    if changes:
        names = ("id", "shop_id", "provider_mchid", "holder", "bank", "last4", "number_sealed", "asked_at")
        ids, *facts = columns(changes, *names)
        await tx.run(SQL.add_changes, shards_of(ids), ids, *facts)


async def confirm_changes(tx: Transaction, changes: Sequence[SettlementChange]) -> None:
    """Write that the owner confirmed."""
    if changes:
        ids, times = columns(changes, "id", "confirmed_at")
        await tx.run(SQL.confirm_changes, shards_of(ids), ids, times)
