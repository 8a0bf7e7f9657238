"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.credit.certificates.model import Brought
from weiji.credit.model import (
    Bond,
    CreditRules,
    NoteBond,
    Record,
    RecordedShop,
    Standing,
    Tally,
    Trade,
    Verdict,
)
from weiji.credit.rules import Group
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of

SQL = sql.beside(__file__)

FIRST_BUYER: Final = UUID(int=0)


async def lock_standings(tx: Transaction, shop_ids: Collection[UUID], rules_version: int) -> dict[UUID, Standing]:
    """Lock where shops stand until *tx* ends; those that have no trade yet begin with nothing."""
    ids = sorted(set(shop_ids))
    found = _standings(await tx.rows(SQL.lock_standings, shards_of(ids), ids))
    if new := [id for id in ids if id not in found]:
        await tx.run(SQL.add_standings, shards_of(new), new, rules_version, tx.now)
        found = _standings(await tx.rows(SQL.lock_standings, shards_of(ids), ids))
    return found


async def get_standings(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Read where shops stand. Those without a trade are left out."""
    ids = sorted(set(shop_ids))
    return _standings(await reader.rows(SQL.get_standings, shards_of(ids), ids))


async def update_standings(tx: Transaction, standings: Sequence[Standing]) -> None:
    """Write where shops stand that are locked."""
    if standings:
        ids, *facts = columns(standings, "shop_id", "score", "grade", "trades", "amount", "rules_version")
        await tx.run(SQL.update_standings, shards_of(ids), ids, *facts, tx.now)


async def add_trades(tx: Transaction, trades: Sequence[Trade]) -> set[UUID]:
    """Write trades that are not there yet; tell which were not."""
    if not trades:
        return set()
    names = ("order_id", "shop_id", "buyer_id", "number", "amount", "settled_at", "month")
    ids, *facts = columns(trades, *names)
    return {row["order_id"] for row in await tx.rows(SQL.add_trades, shards_of(ids), ids, *facts)}


async def get_groups(tx: Transaction, groups: Iterable[Group]) -> list[Trade]:
    """Read all trades of groups."""
    asked = sorted(set(groups))
    if not asked:
        return []
    shops = [shop for shop, _, _ in asked]
    rows = await tx.rows(
        SQL.get_groups, shards_of(shops), shops, [buyer for _, buyer, _ in asked], [month for _, _, month in asked]
    )
    return [_trade(row) for row in rows]


async def get_trades_of_buyers(tx: Transaction, pairs: Collection[tuple[UUID, UUID]]) -> list[Trade]:
    """Read all trades of buyers with shops, each pair a shop and a buyer."""
    shops = [shop for shop, _ in pairs]
    rows = await tx.rows(SQL.get_trades_of_buyers, shards_of(shops), shops, [buyer for _, buyer in pairs])
    return [_trade(row) for row in rows]


async def get_groups_after(reader: Reader, shop_id: UUID, after: tuple[UUID, date] | None, limit: int) -> list[Trade]:
    """Read some of a shop's trades, by buyer and month; the last group may be cut off."""
    buyer_id, month = after or (FIRST_BUYER, date.min)
    rows = await reader.rows(SQL.get_groups_after, shard_of(shop_id), shop_id, buyer_id, month, limit)
    return [_trade(row) for row in rows]


async def judge_trades(tx: Transaction, trades: Sequence[Trade]) -> None:
    """Write the verdicts of trades."""
    if trades:
        ids, verdicts = columns(trades, "order_id", "verdict")
        await tx.run(SQL.judge_trades, shards_of(ids), ids, verdicts)


async def clear_tallies(tx: Transaction, shop_id: UUID) -> None:
    """Begin to count the trades of a shop anew."""
    await tx.run(SQL.clear_tallies, shard_of(shop_id), shop_id)


async def move_tallies(tx: Transaction, moved: Mapping[tuple[UUID, date, Verdict], int]) -> None:
    """Add to how many trades shops have in a month and with a verdict; their standings are locked."""
    changes = sorted((*key, by) for key, by in moved.items() if by)
    if changes:
        shops, months, verdicts, numbers = map(list, zip(*changes, strict=True))
        await tx.run(SQL.add_tallies, shards_of(shops), shops, months, verdicts)
        await tx.run(SQL.move_tallies, shards_of(shops), shops, months, verdicts, numbers)


async def get_trades(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Trade]:
    """Read trades; those that were never counted are left out."""
    ids = sorted(set(order_ids))
    return {row["order_id"]: _trade(row) for row in await reader.rows(SQL.get_trades, shards_of(ids), ids)}


async def reduce_trades(tx: Transaction, trades: Sequence[Trade]) -> None:
    """Write what went back of trades."""
    if trades:
        ids, refunded = columns(trades, "order_id", "refunded")
        await tx.run(SQL.reduce_trades, shards_of(ids), ids, refunded)


async def get_rings(tx: Transaction, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Tell which pairs of a shop and a buyer are rings."""
    asked = sorted(set(pairs))
    shops = [shop for shop, _ in asked]
    rows = await tx.rows(SQL.get_rings, shards_of(shops), shops, [buyer for _, buyer in asked])
    return {(row["shop_id"], row["buyer_id"]) for row in rows}


async def get_rings_of_shop(tx: Transaction, shop_id: UUID) -> set[tuple[UUID, UUID]]:
    """Tell which buyers form a ring with a shop."""
    return {(shop_id, row["buyer_id"]) for row in await tx.rows(SQL.get_rings_of_shop, shard_of(shop_id), shop_id)}


async def add_rings(tx: Transaction, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Note rings that are not noted yet; tell which were not."""
    asked = sorted(set(pairs))
    shops = [shop for shop, _ in asked]
    rows = await tx.rows(SQL.add_rings, shards_of(shops), shops, [buyer for _, buyer in asked], tx.now)
    return {(row["shop_id"], row["buyer_id"]) for row in rows}


async def lift_rings(tx: Transaction, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Forget that pairs of a shop and a buyer are rings."""
    shops = [shop for shop, _ in pairs]
    await tx.run(SQL.lift_rings, shards_of(shops), shops, [buyer for _, buyer in pairs])


async def lock_pairs(tx: Transaction, pair_ids: Collection[UUID]) -> None:
    """Lock pairs of people until *tx* ends, those that are new among them."""
    ids = sorted(set(pair_ids))
    await tx.run(SQL.lock_pairs, shards_of(ids), ids, tx.now)


async def get_bonds(reader: Reader, pair_ids: Collection[UUID]) -> dict[UUID, list[Bond]]:
    """Read the bonds of pairs; a pair without any has an empty list."""
    ids = sorted(set(pair_ids))
    bonds: dict[UUID, list[Bond]] = {id: [] for id in ids}
    for row in await reader.rows(SQL.get_bonds, shards_of(ids), ids):
        bonds[row["pair_id"]].append(_bond(row))
    return bonds


async def get_bonds_of_shop(reader: Reader, shop_id: UUID, buyer_ids: Collection[UUID]) -> list[Bond]:
    """Read what a shop sold to some people, whoever owned it then."""
    return [_bond(row) for row in await reader.rows(SQL.get_bonds_of_shop, shop_id, sorted(buyer_ids))]


BONDS_PAGE: Final = 1_000
"""Bonds that are read at a time, where those of a few people may be many."""


async def get_owners(reader: Reader, person_ids: Collection[UUID]) -> set[UUID]:
    """Tell which people have a shop."""
    return {row["owner_id"] for row in await reader.rows(SQL.get_owners, sorted(person_ids))}


async def get_sellers_to(reader: Reader, buyer_ids: Collection[UUID], each_max: int) -> list[Bond]:
    """Read at which shops people bought first, *each_max* of each.

    One statement for most; of somebody who bought at more shops than fill a page, the rest is not read.
    """
    found: dict[UUID, list[Bond]] = {}
    left = sorted(buyer_ids)
    while left:
        rows = await reader.rows(SQL.get_sellers_to, left, max(BONDS_PAGE, each_max))
        page: dict[UUID, list[Bond]] = {}
        for row in rows:
            page.setdefault(row["buyer_id"], []).append(_bond(row))
        found |= page
        if len(rows) < max(BONDS_PAGE, each_max):
            break
        last = rows[-1]["buyer_id"]
        # Of the last one there may be more: read from there on, unless there is enough of them.
        is_enough = len(page[last]) >= each_max
        left = [id for id in left if id > last or (id == last and not is_enough)]
    return [bond for bonds in found.values() for bond in bonds[:each_max]]


async def get_sales_between(reader: Reader, seller_ids: Collection[UUID], buyer_ids: Collection[UUID]) -> list[Bond]:
    """Read what any of some people sold to any of others."""
    return [_bond(row) for row in await reader.rows(SQL.get_sales_between, sorted(seller_ids), sorted(buyer_ids))]


async def count_trades_of_buyers(reader: Reader, pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """Count the trades of buyers with shops, each pair a shop and a buyer."""
    shops = [shop for shop, _ in pairs]
    rows = await reader.rows(SQL.count_trades_of_buyers, shards_of(shops), shops, [buyer for _, buyer in pairs])
    return {(row["shop_id"], row["buyer_id"]): row["trades"] for row in rows}


async def add_bonds(tx: Transaction, bonds: Sequence[NoteBond]) -> None:
    """Note who sold to whom."""
    if bonds:
        ids, *facts = columns(bonds, "pair_id", "shop_id", "seller_id", "buyer_id")
        await tx.run(SQL.add_bonds, shards_of(ids), ids, *facts, tx.now)


async def list_trades(
    reader: Reader,
    shop_id: UUID,
    verdicts: Sequence[Verdict] | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Trade]:
    """Read trades of a shop, newest first, before one that was seen."""
    at, id = before or (None, None)
    rows = await reader.rows(SQL.list_trades, shard_of(shop_id), shop_id, verdicts, at, id, limit)
    return [_trade(row) for row in rows]


async def get_record(reader: Reader, shop_id: UUID, since: date, now: datetime) -> Record | None:
    """Read a shop's record, its tallies from a month on, and what it brought from elsewhere. One statement."""
    row = await reader.row(SQL.get_record, shard_of(shop_id), shop_id, since, now)
    if row is None:
        return None
    standing = Standing(shop_id=shop_id)
    if row["score"] is not None:
        facts = ("score", "grade", "trades", "amount", "rules_version", "graded_at")
        standing = Standing(shop_id=shop_id, **{name: row[name] for name in facts})
    return Record(
        shop=RecordedShop(
            id=shop_id, handle=row["handle"], name=row["name"], colour=row["colour"], created_at=row["created_at"]
        ),
        standing=standing,
        rules=msgspec.convert(row["rules"], CreditRules),
        tallies=[
            Tally(month=date.fromisoformat(month), verdict=Verdict(verdict), trades=trades)
            for month, verdict, trades in row["tallies"] or []
        ],
        brought=msgspec.convert(row["brought"] or [], list[Brought]),
    )


async def get_stale(reader: Reader, version: int, limit: int) -> list[UUID]:
    """Name shops that were graded by older rules."""
    return [row["shop_id"] for row in await reader.rows(SQL.get_stale, version, limit)]


def _standings(rows: Iterable[Row]) -> dict[UUID, Standing]:
    return {row["shop_id"]: Standing(**dict(row)) for row in rows}


def _bond(row: Row) -> Bond:
    return Bond(row["shop_id"], row["seller_id"], row["buyer_id"])


def _trade(row: Row) -> Trade:
    facts = dict(row)
    return Trade(**facts | {"verdict": Verdict(facts["verdict"])})
