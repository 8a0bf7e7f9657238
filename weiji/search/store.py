"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog import ProductCard
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.search.model import (
    CANDIDATES,
    FACETS,
    HOT_VISITORS,
    HOT_WORDS,
    INDEX_VERSION,
    SIMILAR,
    SUGGESTIONS,
    WALK,
    WINDOW,
    AttributeFacet,
    Beginning,
    CategoryFacet,
    HotWord,
    KindFacet,
    Place,
    Search,
    ShopFacet,
    Sort,
    Suggestions,
    word_id,
)
from weiji.search.rules import Entry, Listing, Query, score_of

SQL = sql.beside(__file__)


class Candidates(Struct, frozen=True):
    """What a search found among its candidates; of a broad one (`is_many`) there are no products."""

    total: int
    is_many: bool
    kinds: tuple[KindFacet, ...]
    shops: tuple[ShopFacet, ...]
    categories: tuple[CategoryFacet, ...]
    attributes: tuple[AttributeFacet, ...]
    prices: tuple[int, ...]
    products: tuple[ProductCard, ...]
    after: Place | None


async def lock_entries(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Lock the rows of products in the index until *tx* ends, those too that are not there yet. *ids* are sorted."""
    await tx.run(SQL.lock_entries, shards_of(ids), list(ids), tx.now)


async def get_listings(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Listing]:
    """Tell since when products can be bought, and how they are scored. What can't be bought is left out."""
    rows = await reader.rows(SQL.get_listings, distinct_shards(ids), list(ids), score_of(()))
    return {row["id"]: Listing(row["listed_at"], row["score"]) for row in rows}


async def save_scores(tx: Transaction, scores: Mapping[UUID, int]) -> None:
    """Keep what products score. The index is mended by it."""
    if scores:
        ids = sorted(scores)
        await tx.run(SQL.save_scores, shards_of(ids), ids, [scores[id] for id in ids])


async def save_entries(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Write rows that are locked."""
    if entries:
        ids, *facts = columns(entries)
        await tx.run(SQL.save_entries, shards_of(ids), ids, *facts, INDEX_VERSION)


async def remove_entries(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Take products out of the index."""
    if ids:
        await tx.run(SQL.remove_entries, distinct_shards(ids), list(ids))


async def get_products_after(reader: Reader, after: UUID, limit: int) -> list[UUID]:
    """Read the ids of all products, and of those in the index, in order."""
    return [row["id"] for row in await reader.rows(SQL.get_products_after, after, limit)]


async def get_goods_of_shops(reader: Reader, shop_ids: Sequence[UUID], after: UUID, limit: int) -> list[UUID]:
    """Read the ids of shops' products, and of those in the index, in order."""
    rows = await reader.rows(SQL.get_goods_of_shops, distinct_shards(shop_ids), shop_ids, after, limit)
    return [row["id"] for row in rows]


async def get_products_of_skus(reader: Reader, sku_ids: Collection[UUID]) -> list[UUID]:
    """Tell which products SKUs belong to."""
    ids = sorted(set(sku_ids))
    return [row["product_id"] for row in await reader.rows(SQL.get_products_of_skus, distinct_shards(ids), ids)]


async def get_stale(reader: Reader, after: UUID, size: int, limit: int) -> tuple[list[UUID], UUID | None]:
    """Find products of which the index says something else than the catalog or the stock, among *size* behind an id.

    Also tells where that slice ends; None where it is the last.
    """
    row = await reader.row(SQL.get_stale, after, size, INDEX_VERSION, limit, score_of(()))
    assert row is not None
    return row["stale"], row["last"]


async def find_products(reader: Reader, search: Search, query: Query, after: Place, limit: int) -> Candidates:
    """Find all that has the words, a page of it after a place, and what it is."""
    row = await reader.row(
        SQL.find_products,
        query.terms,
        query.patterns,
        query.phrase,
        search.sort,
        search.price_min,
        search.price_max,
        search.is_in_stock,
        search.kind,
        search.shop,
        CANDIDATES + 1,
        after.key,
        after.id,
        limit + 1,
        FACETS,
    )
    assert row is not None
    found: list[dict[str, Any]] = row["products"] or []
    last = found[limit - 1] if len(found) > limit else None
    return Candidates(
        min(row["found"], CANDIDATES),
        row["found"] > CANDIDATES,
        msgspec.convert(row["kinds"] or (), tuple[KindFacet, ...]),
        msgspec.convert(row["shops"] or (), tuple[ShopFacet, ...]),
        msgspec.convert(row["categories"] or (), tuple[CategoryFacet, ...]),
        msgspec.convert(row["attributes"] or (), tuple[AttributeFacet, ...]),
        tuple(row["prices"] or ()),
        _cards(found[:limit]),
        Place(last["key"], UUID(last["id"])) if last else None,
    )


async def walk_products(
    reader: Reader, search: Search, query: Query, after: Place, limit: int
) -> tuple[tuple[ProductCard, ...], Place | None]:
    """Walk the index of an order from a place until a page is full; return it, and where the next begins."""
    is_window = search.sort is Sort.RELEVANCE
    rows = await reader.rows(
        SQL.walk_products,
        query.patterns,
        query.phrase,
        search.sort,
        search.price_min,
        search.price_max,
        search.is_in_stock,
        search.kind,
        after.key,
        after.id,
        WALK,
        search.shop,
        after.passed,
        WINDOW if is_window else limit + 1,
        limit,
        search.category,
        search.attributes,
    )
    return _cards(rows), _next_place(rows, after, limit) if is_window else _next_key(rows, limit)


def _next_key(rows: Sequence[Row], limit: int) -> Place | None:
    return Place(rows[-1]["key"], rows[-1]["id"]) if rows and rows[0]["hits"] > limit else None


def _next_place(rows: Sequence[Row], after: Place, limit: int) -> Place | None:
    """Go on in the window; behind its end the next begins, if it was full."""
    if not rows:
        return None
    if after.passed + limit < rows[0]["hits"]:
        return Place(after.key, after.id, after.passed + limit)
    return Place(rows[0]["last_key"], rows[0]["last_id"]) if rows[0]["hits"] == WINDOW else None


async def find_similar(
    reader: Reader,
    search: Search,
    sound: str | None,
    slips: tuple[str, str] | None,
    some: tuple[str, Sequence[str]] | None,
    limit: int,
) -> tuple[tuple[ProductCard, ...], list[str]]:
    """Find what sounds or looks like the words, else what has some of them; return it, and its folded titles."""
    query, pattern = slips or (None, None)
    rows = await reader.rows(
        SQL.find_similar,
        sound,
        query,
        pattern,
        search.price_min,
        search.price_max,
        search.is_in_stock,
        CANDIDATES,
        limit,
        *(some or (None, ())),
    )
    return _cards(rows), [row["folded"] for row in rows]


async def suggest(reader: Reader, word: str, query: Query | None, sound: str | None, since: date) -> Suggestions:
    """Find words and titles for somebody who types."""
    rows = await reader.rows(
        SQL.suggest,
        word,
        since,
        HOT_VISITORS,
        query.terms if query else None,
        query.patterns if query else (),
        sound,
        SIMILAR,
        SUGGESTIONS,
    )
    return Suggestions(words=_texts(rows, "word"), titles=_texts(rows, "title"))


async def get_beginning(reader: Reader, since: date) -> Beginning:
    """Read the hot words, and the kinds of what is popular."""
    rows = await reader.rows(SQL.get_beginning, since, HOT_WORDS)
    return Beginning(hot_words=_texts(rows, "word"), kinds=_texts(rows, "kind"))


async def lock_words(tx: Transaction, words: Collection[str], day: date) -> dict[str, bytes]:
    """Lock the counts of words until *tx* ends. What was not searched yet is left out."""
    named = sorted(set(words))
    rows = await tx.rows(SQL.lock_words, _shards(named), named, day)
    return {row["word"]: row["bits"] for row in rows}


async def count_words_of_day(reader: Reader, day: date) -> int:
    """Count the words that are counted on a day."""
    count: int = await reader.value(SQL.count_words_of_day, day)
    return count


async def save_words(tx: Transaction, counts: dict[str, tuple[bytes, int]], day: date) -> None:
    """Write the bits of words, and how many visitors they stand for."""
    if counts:
        words = list(counts)
        bits, visitors = zip(*counts.values(), strict=True)
        await tx.run(SQL.save_words, _shards(words), words, list(bits), list(visitors), day)


async def forget_words(tx: Transaction, until: date, today: date) -> None:
    """Forget days, and of other days before *today* what too few have searched."""
    await tx.run(SQL.forget_words, until, today, HOT_VISITORS)


async def lock_hidden_words(tx: Transaction, words: Collection[str]) -> set[str]:
    """Tell which words are hidden, and lock them until *tx* ends."""
    named = sorted(set(words))
    return {row["word"] for row in await tx.rows(SQL.lock_hidden_words, _shards(named), named)}


async def add_hidden_words(tx: Transaction, words: Collection[str]) -> None:
    """Hide words."""
    if words:
        named = sorted(words)
        await tx.run(SQL.add_hidden_words, _shards(named), named, tx.now)


async def remove_hidden_words(tx: Transaction, words: Collection[str]) -> None:
    """Let words be shown."""
    if words:
        named = sorted(words)
        await tx.run(SQL.remove_hidden_words, _shards(named), named)


async def list_hot_words(reader: Reader, since: date, limit: int) -> list[HotWord]:
    """Read the hot words and the hidden ones, the most searched first."""
    rows = await reader.rows(SQL.list_hot_words, since, limit)
    return [HotWord(word=row["word"], visitors=row["visitors"], is_hidden=row["is_hidden"]) for row in rows]


def _shards(words: Sequence[str]) -> list[int]:
    return [shard_of(word_id(word)) for word in words]


def _texts(rows: Sequence[Row], what: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["text"] for row in rows if row["what"] == what))


def _cards(rows: Sequence[Row] | Sequence[dict[str, Any]]) -> tuple[ProductCard, ...]:
    """Make cards of what can be bought at this moment; the index may not know yet of what can't."""
    return tuple(msgspec.convert(dict(row), ProductCard) for row in rows if row["is_for_sale"])
