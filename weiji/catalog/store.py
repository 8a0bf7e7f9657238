"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from weiji.catalog.categories import Category, Tree
from weiji.catalog.model import (
    Delivery,
    GoodsPage,
    GoodsRow,
    Picture,
    Presale,
    ProductCard,
    ProductCards,
    ProductOrder,
    ProductPage,
    ProductState,
    SaveProduct,
    Shelf,
    ShopFront,
    ShopPage,
    SkuForSale,
)
from weiji.catalog.pricing import PriceChange, PriceRow, SkuPrice
from weiji.catalog.returning import ReturnRules, ReturnTerms
from weiji.catalog.reviewing import (
    TAKEN_FOR,
    Look,
    LookedAt,
    Review,
    ReviewField,
    ReviewRules,
)
from weiji.catalog.rules import Product, SkuChange
from weiji.freight import Method, Template, Zone
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.web.cursors import Bigint, read_cursor, write_cursor

SQL = sql.beside(__file__)

_TAKING: Final = ("taken_down_from", "penalty_id", "taking_reason")

FEW: Final = 1_000
"""Goods that are sorted where several categories are shown. Of more, a page is soon met on a walk through all."""

_FRONT: Final = ("handle", "name", "story", "colour", "status", "standing", "away_until", "away_notice")


async def lock_products(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Product]:
    """Lock products until *tx* ends. What is not there is left out."""
    wanted = sorted(set(ids))
    rows = await tx.rows(SQL.lock_products, shards_of(wanted), wanted)
    return {
        row["id"]: Product(
            shop_id=row["shop_id"],
            title=row["title"],
            state=ProductState(row["status"]),
            content_hash=row["content_hash"],
            version=row["version"],
            listed_at=row["listed_at"],
            delivery=Delivery(row["delivery"]),
            category_id=row["category_id"],
            list_at=row["list_at"],
            withdraw_at=row["withdraw_at"],
            taken_down_from=ProductState(row["taken_down_from"]) if row["taken_down_from"] else None,
            penalty_id=row["penalty_id"],
            taking_reason=row["taking_reason"],
            is_presold=row["is_presold"],
            is_unpriced=row["is_unpriced"],
        )
        for row in rows
    }


async def get_names(
    tx: Transaction, handles: Collection[tuple[UUID, str]], sku_ids: Collection[UUID]
) -> tuple[dict[tuple[UUID, str], UUID], dict[UUID, UUID], dict[UUID, tuple[int, int | None]]]:
    """Tell which products have these handles in their shops, which have these SKUs, and what those cost."""
    shop_ids = [shop_id for shop_id, _ in handles]
    ids = sorted(set(sku_ids))
    rows = await tx.rows(
        SQL.get_names, shards_of(shop_ids), shop_ids, [handle for _, handle in handles], shards_of(ids), ids
    )
    taken: dict[tuple[UUID, str], UUID] = {}
    owners: dict[UUID, UUID] = {}
    prices: dict[UUID, tuple[int, int | None]] = {}
    for row in rows:
        if row["sku_id"] is None:
            taken[row["shop_id"], row["handle"]] = row["product_id"]
        else:
            owners[row["sku_id"]] = row["product_id"]
            prices[row["sku_id"]] = (row["price"], row["compare_at"])
    return taken, owners, prices


async def save_products(tx: Transaction, saved: Sequence[SaveProduct], products: dict[UUID, Product]) -> None:
    """Write products whole; SKUs are left out."""
    if not saved:
        return
    ids, *facts = columns(
        saved, "id", "shop_id", "handle", "title", "description_html", "vendor", "kind", "tags", "options", "pictures"
    )
    await tx.run(
        SQL.save_products,
        shards_of(ids),
        ids,
        *facts,
        [command.state for command in saved],
        [command.extra for command in saved],
        [min(sku.price for sku in command.skus) for command in saved],
        [max(sku.price for sku in command.skus) for command in saved],
        [products[id].content_hash for id in ids],
        [products[id].version for id in ids],
        tx.now,
        *columns(saved, "category_id", "attributes", "delivery", "presale"),
    )


async def withdraw_skus(tx: Transaction, product_ids: Sequence[UUID]) -> None:
    """Take every SKU from products."""
    if product_ids:
        ids = list(product_ids)
        await tx.run(SQL.withdraw_skus, shards_of(ids), ids, tx.now)


async def save_skus(tx: Transaction, changes: Sequence[SkuChange]) -> None:
    """Write SKUs whole."""
    if not changes:
        return
    skus = [change.sku for change in changes]
    ids = [sku.id for sku in skus]
    await tx.run(
        SQL.save_skus,
        shards_of(ids),
        ids,
        *columns(changes, "product_id", "shop_id"),
        *columns(skus, "code", "barcode", "choices", "price", "compare_at", "weight_grams", "picture"),
        [change.position for change in changes],
        ["listed" if change.is_listed else "withdrawn" for change in changes],
        [sku.low_stock for sku in skus],
        tx.now,
    )


async def add_price_changes(tx: Transaction, rows: Sequence[PriceRow]) -> None:
    """Add to the history of prices."""
    if rows:
        ids, *facts = columns(rows, "sku_id", "version", "price", "compare_at")
        await tx.run(SQL.add_price_changes, shards_of(ids), ids, *facts, tx.now)


async def get_price_changes(reader: Reader, sku_ids: Collection[UUID]) -> list[PriceChange]:
    """Read what SKUs cost, and from when on, the oldest first."""
    ids = sorted(set(sku_ids))
    return [PriceChange(**row) for row in await reader.rows(SQL.get_price_changes, shards_of(ids), ids)]


async def list_unweighed(reader: Reader, shop_id: UUID, limit: int) -> list[Row]:
    """Read the id and title of listed products that go by weight, and whose SKUs don't all have one."""
    return await reader.rows(SQL.list_unweighed, shard_of(shop_id), shop_id, limit)


async def get_sku_prices(tx: Transaction, product_ids: Collection[UUID]) -> dict[UUID, SkuPrice]:
    """Read what the listed SKUs of products cost, which are locked."""
    ids = sorted(set(product_ids))
    rows = await tx.rows(SQL.get_sku_prices, shards_of(ids), ids)
    return {row["id"]: SkuPrice(row["product_id"], row["shop_id"], row["price"], row["compare_at"]) for row in rows}


async def set_sku_prices(tx: Transaction, prices: Mapping[UUID, SkuPrice]) -> None:
    """Write what SKUs cost, whose products are locked."""
    if prices:
        ids, found = list(prices), list(prices.values())
        await tx.run(SQL.set_sku_prices, shards_of(ids), ids, *columns(found, "price", "compare_at"))


async def set_price_ranges(
    tx: Transaction, ranges: Mapping[UUID, tuple[int, int]], products: dict[UUID, Product]
) -> None:
    """Write what products cost, with their versions and hashes."""
    if ranges:
        ids = list(ranges)
        await tx.run(
            SQL.set_price_ranges,
            shards_of(ids),
            ids,
            [low for low, _ in ranges.values()],
            [high for _, high in ranges.values()],
            [products[id].content_hash for id in ids],
            [products[id].version for id in ids],
            tx.now,
        )


async def get_categories(reader: Reader) -> Tree:
    """Read the tree of categories."""
    return _tree(await reader.rows(SQL.get_categories))


async def lock_categories(tx: Transaction) -> Tree:
    """Lock the tree of categories until *tx* ends."""
    return _tree(await tx.rows(SQL.lock_categories))


def _tree(rows: Sequence[Row]) -> Tree:
    return Tree([msgspec.convert(dict(row), Category) for row in rows])


async def save_categories(tx: Transaction, categories: Sequence[Category]) -> None:
    """Write categories whole."""
    if categories:
        await tx.run(SQL.save_categories, *columns(categories), tx.now)


async def get_category_page(
    reader: Reader, category_ids: Sequence[UUID], after: str | None, limit: int
) -> ProductCards:
    """Read a page of what is listed in categories, newest first."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    rows = await reader.rows(SQL.get_category_page, list(category_ids), at, id, limit + 1, FEW)
    return ProductCards(products=_cards(rows[:limit]), after=_after(rows, limit, "at"))


async def set_states(tx: Transaction, products: dict[UUID, Product]) -> None:
    """Write the state of products that are locked."""
    if products:
        ids = list(products)
        await tx.run(
            SQL.set_states,
            shards_of(ids),
            ids,
            *columns(list(products.values()), "state", "listed_at", "list_at", "withdraw_at", *_TAKING),
            tx.now,
        )


async def get_skus_for_sale(reader: Reader, sku_ids: Collection[UUID], now: datetime) -> dict[UUID, SkuForSale]:
    """Read what orders that are placed *now* have to know of SKUs. What is not there is left out."""
    ids = sorted(set(sku_ids))
    shards = shards_of(ids)
    # Each shard once more: an index scan sorts the array that it is given again for every row.
    rows = await reader.rows(SQL.get_skus_for_sale, shards, ids, sorted(set(shards)), now)
    rules = _return_rules(rows)
    return {
        row["sku_id"]: SkuForSale(
            sku_id=row["sku_id"],
            product_id=row["product_id"],
            shop_id=row["shop_id"],
            shop_name=row["shop_name"],
            shop_handle=row["shop_handle"],
            shop_owner_id=row["shop_owner_id"],
            shop_standing=row["shop_standing"],
            shop_away_until=row["shop_away_until"],
            title=row["title"],
            kind=row["kind"],
            option_names=tuple(option["name"] for option in row["options"]),
            choices=tuple(row["choices"]),
            code=row["code"],
            price=row["price"],
            weight_grams=row["weight_grams"],
            picture=row["picture"],
            is_on_shelf=row["is_on_shelf"],
            is_listed=row["is_listed"],
            available=row["available"],
            delivery=Delivery(row["delivery"]),
            presale=msgspec.convert(row["presale"], Presale | None),
            freight=_freight(row) if row["freight_id"] else None,
            category_id=row["category_id"],
            categories=tuple(row["categories"] or ()),
            terms=_terms(row, rules),
        )
        for row in rows
    }


def _return_rules(rows: Sequence[Row]) -> ReturnRules:
    """Find the rules in the one row that has them."""
    found: Any = next((row["return_rules"] for row in rows if row["return_rules"] is not None), {})
    return msgspec.convert(found, ReturnRules)


def _terms(row: Row, rules: ReturnRules) -> ReturnTerms:
    return rules.terms_of(row["categories"] or (), is_virtual=row["delivery"] == Delivery.VIRTUAL)


def _freight(row: Row) -> Template:
    return Template(
        id=row["freight_id"],
        shop_id=row["shop_id"],
        name=row["freight_name"],
        method=Method(row["method"]),
        zones=msgspec.convert(row["zones"], tuple[Zone, ...]),
        excluded=tuple(row["excluded"]),
        is_default=row["is_default"],
    )


async def get_products(reader: Reader, ids: Collection[UUID], now: datetime) -> dict[UUID, ProductPage]:
    """Read products whole, as they are sold *now*. What is not there is left out."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_products, shards_of(wanted), wanted, now)
    rules = _return_rules(rows)
    return {row["id"]: _product(row, rules) for row in rows}


async def find_products(reader: Reader, shop_id: UUID, handles: Collection[str]) -> dict[str, UUID]:
    """Tell which products of a shop have these handles."""
    rows = await reader.rows(SQL.find_products, shard_of(shop_id), shop_id, sorted(set(handles)))
    return {row["handle"]: row["id"] for row in rows}


async def get_home(reader: Reader, order: ProductOrder, after: str | None, limit: int) -> ProductCards:
    """Read a page of what all shops have listed."""
    if order is ProductOrder.NEWEST:
        at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
        rows = await reader.rows(SQL.get_home_newest, at, id, limit + 1)
        return ProductCards(products=_cards(rows[:limit]), after=_after(rows, limit, "at"))
    sold, id = read_cursor(after, tuple[Bigint, UUID]) or (None, None)
    rows = await reader.rows(SQL.get_home_best_sold, sold, id, limit + 1)
    return ProductCards(products=_cards(rows[:limit]), after=_after(rows, limit, "sold"))


async def get_shop_page(reader: Reader, shop_id: UUID, after: str | None, limit: int) -> ShopPage | None:
    """Read a shop with a page of what it has listed."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    row = await reader.row(SQL.get_shop_page, shard_of(shop_id), shop_id, at, id, limit + 1)
    if row is None:
        return None
    found: list[dict[str, Any]] = row["products"] or []
    for product in found:
        product["at"] = datetime.fromisoformat(product["at"])
        product["id"] = UUID(product["id"])
    shop = ShopFront(id=row["id"], **{name: row[name] for name in _FRONT})
    return ShopPage(shop=shop, products=_cards(found[:limit]), after=_after(found, limit, "at"))


async def get_goods(reader: Reader, shop_id: UUID, shelf: Shelf | None, after: str | None, limit: int) -> GoodsPage:
    """Read a page of everything a shop has."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    rows = await reader.rows(SQL.get_goods, shard_of(shop_id), shop_id, shelf, at, id, limit + 1)
    goods = tuple(msgspec.convert(dict(row), GoodsRow) for row in rows[:limit])
    return GoodsPage(goods=goods, after=_after(rows, limit, "at"))


async def get_uncounted_sales(
    reader: Reader, after: UUID, size: int, limit: int
) -> tuple[list[tuple[UUID, int]], UUID | None]:
    """Find products whose figure of sales is not what their stock says, among *size* behind an id.

    Also tells where that part ends; None where it is the last.
    """
    row = await reader.row(SQL.get_uncounted_sales, after, size, limit)
    assert row is not None
    return list(zip(row["ids"], row["sold"], strict=True)), row["last"]


async def count_sales(tx: Transaction, sales: Sequence[tuple[UUID, int]]) -> None:
    """Write the figures of sales of products that are locked."""
    ids = [id for id, _ in sales]
    await tx.run(SQL.count_sales, shards_of(ids), ids, [sold for _, sold in sales])


def _product(row: Row, rules: ReturnRules) -> ProductPage:
    front = {name: row[f"shop_{name}"] for name in (*_FRONT, "grade")}
    front |= {"id": row["shop_id"], "places": row["shop_places"] or []}
    values = dict(row) | {"shop": front, "skus": row["skus"] or []}
    values["terms"] = msgspec.to_builtins(_terms(row, rules))
    if row["penalty_id"]:
        values["taking"] = {"penalty_id": row["penalty_id"], "reason": row["taking_reason"]}
    return msgspec.convert(values, ProductPage)


def _cards(rows: Sequence[Row] | Sequence[dict[str, Any]]) -> tuple[ProductCard, ...]:
    return tuple(msgspec.convert(dict(row), ProductCard) for row in rows)


def _after(rows: Sequence[Row] | Sequence[dict[str, Any]], limit: int, key: str) -> str | None:
    """Say where the next page begins: one row more than the page was asked for."""
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return write_cursor(last[key], last["id"])


async def lock_reviews(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Review]:
    """Lock the latest reviews of products, whose rows are locked or not needed; what there is not is left out."""
    wanted = sorted(set(ids))
    rows = await tx.rows(SQL.lock_reviews, distinct_shards(wanted), wanted)
    return {row["product_id"]: msgspec.convert(dict(row), Review) for row in rows}


async def put_reviews(tx: Transaction, reviews: Sequence[Review]) -> None:
    """Write reviews whole."""
    if reviews:
        ids, *facts = columns(
            reviews, "product_id", "shop_id", "state", "revision", "version", "proposal", "submitted_at",
            "reviewer_id", "taken_at", "decided_at", "reasons",
        )  # fmt: skip
        await tx.run(SQL.put_reviews, shards_of(ids), ids, *facts)


async def get_waiting_reviews(reader: Reader, now: datetime, limit: int) -> list[Row]:
    """Find the products that have waited longest and that nobody looks at."""
    return await reader.rows(SQL.get_waiting_reviews, now - TAKEN_FOR, limit)


async def get_taken_reviews(reader: Reader, person_id: UUID, limit: int) -> list[Look]:
    """Read what a reviewer looks at, what has waited longest first."""
    return [_look(row) for row in await reader.rows(SQL.get_taken_reviews, person_id, limit)]


def _look(row: Row) -> Look:
    is_change = row["proposal"] is not None
    before = {UUID(sku["id"]): sku["price"] for sku in row["skus"] or []} if is_change else {}
    now = row["proposal"] or dict(row)
    changed = []
    if is_change:
        changed = [
            field
            for field, is_other in {
                ReviewField.TITLE: now["title"] != row["title"],
                ReviewField.PICTURES: now["pictures"] != row["pictures"],
                ReviewField.DESCRIPTION: now["description_html"] != row["description_html"],
                ReviewField.CATEGORY: now["category_id"] != (str(row["category_id"]) if row["category_id"] else None),
                ReviewField.PRICE: any(before.get(UUID(sku["id"])) != sku["price"] for sku in now["skus"]),
            }.items()
            if is_other
        ]
    return Look(
        **{
            name: row[name]
            for name in ("product_id", "shop_id", "shop_name", "shop_handle", "revision", "submitted_at")
        },
        is_verified=row["verification"] == "verified",
        is_change=is_change,
        changed=tuple(changed),
        title=now["title"],
        kind=now["kind"],
        description_html=now["description_html"],
        pictures=msgspec.convert(now["pictures"], tuple[Picture, ...]),
        category_id=msgspec.convert(now["category_id"], UUID | None),
        skus=tuple(
            LookedAt(
                choices=tuple(sku.get("choices", ())),
                price=sku["price"],
                price_before=old if (old := before.get(UUID(sku["id"]))) != sku["price"] else None,
            )
            for sku in now["skus"] or []
        ),
    )


async def get_review_desk(reader: Reader, now: datetime) -> dict[str, Any]:
    """Count what waits, tell since when, and read the templates of reasons and the names of categories."""
    row = await reader.row(SQL.get_review_desk, now)
    assert row is not None, "there are no rules"
    rules = msgspec.convert(row["rules"], ReviewRules)
    return {
        "waiting": row["waiting"],
        "since": row["since"],
        "templates": rules.templates,
        "names": row["names"] or {},
    }


async def get_review(reader: Reader, product_id: UUID) -> Review | None:
    """Read the latest review of a product."""
    row = await reader.row(SQL.get_review, shard_of(product_id), product_id)
    return msgspec.convert(dict(row), Review) if row else None


async def get_scheduled(reader: Reader, now: datetime, limit: int) -> list[Row]:
    """Find products that are to be listed or withdrawn now."""
    return await reader.rows(SQL.get_scheduled, now, limit)


async def forget_schedules(tx: Transaction, ids: Sequence[UUID], now: datetime) -> None:
    """Forget the times of products that have come."""
    await tx.run(SQL.forget_schedules, distinct_shards(ids), list(ids), now)


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[UUID]:
    """Find what is on sale in a shard, and what else was saved since a time: some, by id."""
    return [row["id"] for row in await reader.rows(SQL.get_written, shard, after, since, limit)]
