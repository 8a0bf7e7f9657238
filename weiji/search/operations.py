"""The verbs of the search."""

import hmac
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from weiji.catalog import get_categories, get_products
from weiji.events import Occurrence, publish
from weiji.events.search import WordHidden, WordShown
from weiji.kit import clock
from weiji.kit.chinese import is_cjk
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.kit.seal import KEYS
from weiji.search import store
from weiji.search.folding import pattern_of, query_of, tokens_of
from weiji.search.model import (
    HOT_DAYS,
    QUERY_MAX,
    WORDS_OF_DAY,
    Beginning,
    CountSearch,
    CountStatus,
    Found,
    HideWord,
    HideWordStatus,
    HotWord,
    Place,
    ScoreProduct,
    Search,
    ShowWord,
    ShowWordStatus,
    Suggestions,
)
from weiji.search.rules import (
    Query,
    estimate_visitors,
    filters_of,
    first_place,
    index_product,
    loosen,
    most_common,
    read_place,
    read_search,
    score_of,
    write_place,
)
from weiji.search.sounds import find_meant, query_by_slips, query_by_sound

PAGE_MAX: Final = 100
"""Products of a page, at most."""

BITS: Final = 4_096
"""Bits of a word and a day, one of which each visitor sets."""

VISITORS: Final = "search.visitors"
"""What the key is for."""

HOT_LISTED: Final = 200
"""Words that the operator sees."""


async def index_products(tx: Transaction, ids: Sequence[UUID]) -> int:
    """Bring the index up to date with what the catalog says of products; return how many can be bought.

    Whoever indexes the same product at the same time takes turns, and reads what is true after the other.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return 0
    await store.lock_entries(tx, wanted)
    listed = await store.get_listings(tx, wanted)
    products = [product for product in await get_products(tx, list(listed)) if product]
    tree = await get_categories(tx)
    await store.save_entries(tx, [index_product(product, listed[product.id], tree) for product in products])
    await store.remove_entries(tx, [id for id in wanted if id not in listed])
    return len(products)


async def score_products(tx: Transaction, commands: Sequence[ScoreProduct]) -> None:
    """Keep what products score by their reviews. The index follows when it is mended: no review waits for it."""
    await store.save_scores(tx, {command.product_id: score_of(command.stars) for command in commands})


async def find_products(reader: Reader, search: Search, *, after: str | None = None, limit: int = 20) -> Found:
    """Find products, in one statement; in two where the search is broad, or nothing has the words.

    Then what sounds or looks like them is found, on the first page only. Raises ValueError for a cursor that no page
    gave.
    """
    limit = max(1, min(limit, PAGE_MAX))
    query = read_search(search)
    if query is None:
        return Found(products=())
    is_walked, place = read_place(search.sort, after, is_walked=query.terms is None)
    if is_walked:
        return await _walk(reader, search, query, place, limit, Found(products=(), is_many=True))
    candidates = await store.find_products(reader, search, query, place, limit)
    if not candidates.total:
        return await _find_similar(reader, search, query, limit)
    found = Found(
        products=candidates.products,
        after=write_place(candidates.after, is_walked=False),
        total=candidates.total,
        is_many=candidates.is_many,
        kinds=candidates.kinds,
        shops=candidates.shops,
        categories=candidates.categories,
        attributes=candidates.attributes,
        prices=candidates.prices,
    )
    if candidates.is_many:
        # A list that had become a broad one begins again.
        return await _walk(reader, search, query, first_place(search.sort, is_walked=True), limit, found)
    return found


async def _walk(reader: Reader, search: Search, query: Query, place: Place, limit: int, found: Found) -> Found:
    products, after = await store.walk_products(reader, search, query, place, limit)
    return Found(
        products=products,
        after=write_place(after, is_walked=True),
        total=found.total,
        is_many=True,
        kinds=found.kinds,
        shops=found.shops,
        categories=found.categories,
        attributes=found.attributes,
        prices=found.prices,
    )


async def _find_similar(reader: Reader, search: Search, query: Query, limit: int) -> Found:
    narrowed = [f" & {each}" for each in filters_of(search)]
    sound, slips, some = query_by_sound(query.tokens), query_by_slips(query.tokens), loosen(query.tokens)
    if sound is None and not some:
        return Found(products=())
    products, titles = await store.find_similar(
        reader,
        search,
        sound and "".join([f"({sound})", *narrowed]),
        slips and ("".join([f"({slips[0]})", *narrowed]), slips[1]),
        ("".join([f"({' | '.join(f'({query_of(word)})' for word in some)})", *narrowed]), [*map(pattern_of, some)])
        if some
        else None,
        limit,
    )
    meant = most_common([find_meant(query.tokens, tokens_of(title)) for title in titles])
    return Found(products=products, total=len(products), is_similar=True, meant=meant)


async def suggest(reader: Reader, text: str) -> Suggestions:
    """Suggest words and products to somebody who has typed *text*, in one statement."""
    tokens = tuple(tokens_of(text[:QUERY_MAX]))
    if not tokens:
        return Suggestions(words=(), titles=())
    sound = None if any(map(is_cjk, tokens)) else query_by_sound(tokens)
    query = read_search(Search(text=text))
    return await store.suggest(reader, " ".join(tokens), query, sound, today() - timedelta(days=HOT_DAYS))


async def get_beginning(reader: Reader) -> Beginning:
    """Read what is shown before anything is searched, in one statement."""
    return await store.get_beginning(reader, today() - timedelta(days=HOT_DAYS))


async def count_searches(tx: Transaction, commands: Sequence[CountSearch]) -> list[CountStatus]:
    """Count words that visitors searched; results are in the order of *commands*.

    What is kept is one bit of 4,096 for each word and day, which many visitors share.
    """
    day = tx.now.astimezone(SHANGHAI).date()
    words = await store.lock_words(tx, {command.word for command in commands}, day)
    is_new = any(command.word not in words for command in commands)
    room = WORDS_OF_DAY - (await store.count_words_of_day(tx, day) if is_new else 0)
    changed: dict[str, bytearray] = {}
    statuses = []
    for command in commands:
        bits = changed.get(command.word) or bytearray(words.get(command.word) or b"")
        if not bits and room <= 0:
            statuses.append(CountStatus.TOO_MANY_WORDS)
            continue
        if not bits:
            bits = bytearray(BITS // 8)
            room -= 1
        place, bit = divmod(_bit_of(command, day), 8)
        if bits[place] >> bit & 1:
            statuses.append(CountStatus.EXISTS)
            continue
        bits[place] |= 1 << bit
        changed[command.word] = bits
        statuses.append(CountStatus.COUNTED)
    await store.save_words(
        tx, {word: (bytes(changed[word]), estimate_visitors(changed[word])) for word in sorted(changed)}, day
    )
    return statuses


async def forget_words(tx: Transaction) -> None:
    """Forget the searches of days that are over: old ones, and those that too few have made to be shown."""
    day = tx.now.astimezone(SHANGHAI).date()
    await store.forget_words(tx, day - timedelta(days=HOT_DAYS), day)


async def hide_words(tx: Transaction, commands: Sequence[HideWord]) -> list[HideWordStatus]:
    """Hide words from everybody; results are in the order of *commands*. Publishes WordHidden."""
    hidden = await store.lock_hidden_words(tx, {command.word for command in commands})
    statuses = []
    done: dict[str, HideWord] = {}
    for command in commands:
        if not tokens_of(command.word) or " ".join(tokens_of(command.word)) != command.word:
            statuses.append(HideWordStatus.INVALID_WORD)
        elif command.word in hidden or command.word in done:
            statuses.append(HideWordStatus.EXISTS)
        else:
            done[command.word] = command
            statuses.append(HideWordStatus.HIDDEN)
    await store.add_hidden_words(tx, done)
    await publish(tx, [_told(WordHidden(word=word), command) for word, command in done.items()])
    return statuses


async def show_words(tx: Transaction, commands: Sequence[ShowWord]) -> list[ShowWordStatus]:
    """Let words be shown again; results are in the order of *commands*. Publishes WordShown."""
    hidden = await store.lock_hidden_words(tx, {command.word for command in commands})
    statuses = []
    done: dict[str, ShowWord] = {}
    for command in commands:
        if command.word in hidden and command.word not in done:
            done[command.word] = command
            statuses.append(ShowWordStatus.SHOWN)
        else:
            statuses.append(ShowWordStatus.NOT_HIDDEN)
    await store.remove_hidden_words(tx, done)
    await publish(tx, [_told(WordShown(word=word), command) for word, command in done.items()])
    return statuses


async def list_hot_words(reader: Reader) -> list[HotWord]:
    """Read what visitors search most, and what is hidden, for the operator."""
    return await store.list_hot_words(reader, today() - timedelta(days=HOT_DAYS), HOT_LISTED)


def today() -> date:
    """Tell the day."""
    return clock.now().astimezone(SHANGHAI).date()


def _told(event: WordHidden | WordShown, command: HideWord | ShowWord) -> Occurrence:
    """Tell it in the stream of who did it."""
    person_id = command.actor.person_id
    assert person_id is not None
    return Occurrence(event, person_id, derive(person_id, "word", command.word), command.actor)


def _bit_of(command: CountSearch, day: date) -> int:
    """Say which bit a visitor sets: a hash that without the key, on another day or for another word says nothing."""
    said = f"{day}\n{command.word}\n{command.visitor}".encode()
    return int.from_bytes(hmac.digest(KEYS.derive(VISITORS), said, sha256)[:2]) % BITS
