"""Types for the statements in `queries.sql`."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog import Category, Tree
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import shard_of
from weiji.orders.fees.charging import HISTORY, Charging, Named, TradeVersion
from weiji.orders.fees.model import (
    NEWEST,
    TRADED_MAX,
    FeeRules,
    FeeVersion,
    PublishFees,
    Rate,
    Traded,
    TradedOrder,
)
from weiji.orders.fees.rules import Fees

SQL: Final = sql.beside(__file__)

_BARE: Final[dict[str, Any]] = {"position": 0, "attributes": (), "is_retired": False}
"""What other modules are not told of categories."""

_fees: dict[tuple[int, Rate], Fees] = {}
"""Versions of the rules never change, so those once read are kept: each by its number and what the rest is charged."""


class ChargedShop(Struct, frozen=True, kw_only=True):
    """A shop as its desk shows it, and its grade."""

    id: UUID
    handle: str
    name: str
    grade: int


async def get_fees(reader: Reader, version: int, rest: Rate) -> Fees:
    """Read a version of the rules; one that was read before costs nothing."""
    found = _fees.get((version, rest))
    if found is None:
        (row,) = await reader.rows(SQL.get_versions, [version])
        found = _fees[version, rest] = Fees(msgspec.convert(row["rules"], FeeRules), rest)
    return found


async def get_charging(reader: Reader, now: datetime) -> Charging:
    """Read what says what is taken. One statement."""
    row = await reader.row(SQL.get_charging, now, HISTORY)
    assert row is not None
    history = msgspec.convert(row["versions"], list[FeeVersion])
    place = next(place for place, version in enumerate(history) if version.effective_at <= now)
    return Charging(
        history=history,
        versions=history[: place + 1],
        trade_versions=msgspec.convert(row["trade_rules"], list[TradeVersion]),
        has_shops=row["has_shops"],
        tree=Tree([msgspec.convert(_BARE | each, Category) for each in row["categories"]]),
        shops={UUID(id): Named(*named) for id, named in row["shops"].items()},
    )


async def get_shop(reader: Reader, shop_id: UUID) -> ChargedShop | None:
    """Read a shop as its desk shows it, and its grade."""
    row = await reader.row(SQL.get_shop, shard_of(shop_id), shop_id)
    return ChargedShop(**dict(row)) if row else None


async def list_versions(reader: Reader, before: int | None, limit: int) -> list[FeeVersion]:
    """Read versions, the latest first, from the one before *before*."""
    return [_version(row) for row in await reader.rows(SQL.list_versions, before, limit)]


async def add_version(tx: Transaction, command: PublishFees) -> bool:
    """Write a version; tell whether nobody was faster."""
    return (
        await tx.value(
            SQL.add_version,
            command.version,
            command.effective_at or tx.now,
            command.rules,
            command.actor.person_id,
            command.reason,
            tx.now,
            command.approver_id,
            command.rules.fingerprint if command.actor.person_id else None,
        )
        is not None
    )


async def is_previewed(reader: Reader, version: int, rules: FeeRules, since: datetime) -> bool:
    """Tell whether somebody saw since a time what rules, as a version, would have taken."""
    return await reader.value(SQL.is_previewed, version, rules.fingerprint, since) is True


async def forget_previews(tx: Transaction, version: int) -> None:
    """Forget what was previewed as a version that is published now, or as one before."""
    await tx.run(SQL.forget_previews, version)


async def note_preview(tx: Transaction, version: int, rules: FeeRules) -> None:
    """Write that rules were previewed as a version."""
    await tx.run(SQL.note_preview, version, rules.fingerprint, tx.now)


async def get_traded(reader: Reader, since: datetime) -> tuple[list[Traded], list[TradedOrder]]:
    """Read what was sold since a time, by shop and category, and the newest orders."""
    row = await reader.row(SQL.get_traded, since, TRADED_MAX, NEWEST)
    assert row is not None
    return msgspec.convert(row["traded"], list[Traded]), msgspec.convert(row["orders"], list[TradedOrder])


def _version(row: Row) -> FeeVersion:
    return msgspec.convert(dict(row), FeeVersion)
