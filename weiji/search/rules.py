"""What is decided without a database: how a product is indexed, how a search is read, where a list goes on."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from html import unescape
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import AttributeKind, ProductPage, Tree
from weiji.kit.chinese import is_cjk
from weiji.search.folding import fold, join, pattern_of, query_of, terms_of, tokens_of
from weiji.search.model import (
    LAST_ID,
    PRIOR_REVIEWS,
    PRIOR_SCORE,
    QUERY_MAX,
    WINDOW,
    WORD_MAX,
    WORD_MIN,
    WORDS_MAX,
    Place,
    Search,
    Sort,
)
from weiji.search.sounds import sounds_of
from weiji.web.bodies import wrong_parameter
from weiji.web.cursors import Bigint, read_cursor, write_cursor
from weiji.web.locales import gettext as _

TEXT_MAX: Final = 20_000
"""Characters of a product's text that are indexed."""

NEWNESS_DAYS: Final = 90
"""So much newer is worth as much as e times the sales."""

NOUNS: Final = frozenset(
    "杯裙裤帽鞋袜靴盘瓶罐盒箱袋筐篮笼桶盆桌椅凳柜架梳镜勺筷刀叉铲扇刷绳链钩钉锤夹垫毯被枕帘帐褥本册夹袍袄褂珠镯坠"
)
"""What is also called with 子 behind it: who looks for 杯子 means 茶杯, too."""

SUFFIX: Final = "子"

EMPTY_WORDS: Final = frozenset(
    {"一个", "一款", "什么", "怎么", "以下", "以上", "左右", "以内", *"的了吗呢吧啊呀么", "the", "and", "for", "with"}
)
"""What says nothing of what somebody looks for."""

LOOSE_MIN: Final = 3
"""Letters of a Latin word that a title may have instead of all that was typed."""

CUT_MIN: Final = 4
"""Characters from which a CJK run of a search is cut into words, so that they may stand anywhere."""

SEPARATOR: Final = "\x1f"
"""Between attributes, which have no such character."""

RANK: Final = 10**12
"""What a rank counts beside popularity, which is below it."""

FIRST_KEY: Final = 2**62
FIRST_TIME: Final = 2**52
"""Keys before which every list begins; that of a time is in microseconds since 1970 (year 2112)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HANDLE: Final = re.compile("[a-z0-9-]{1,32}")
_TAG: Final = re.compile(r"<[^>]*>")
_LONG_NUMBER: Final = re.compile(r"\d{5}")


class Entry(Struct, frozen=True, kw_only=True):
    """A product as it is indexed."""

    id: UUID
    shop_id: UUID
    shop_handle: str
    kind: str
    title: str
    text: str
    terms: str
    """Separated by spaces, of which they have none."""
    price_min: int
    sold: int
    is_in_stock: bool
    popularity: int
    credit: int
    stars: int
    listed_at: datetime
    categories: str
    """Ids of its category and those that it lies in, separated by spaces."""
    attributes: str
    """Each `key=value`, separated by SEPARATOR."""


class Listing(Struct, frozen=True):
    """Since when a product can be bought, and its score in hundredths of a star."""

    listed_at: datetime
    score: int


class Query(Struct, frozen=True):
    """A search as it is asked of the database: a query of terms, and the patterns of its words and of all of them."""

    tokens: tuple[str, ...]
    """What was typed, folded."""
    terms: str | None
    patterns: tuple[str, ...]
    phrase: str


def index_product(product: ProductPage, listing: Listing, tree: Tree) -> Entry:
    """Say how a product that can be bought is indexed; *tree* has its category."""
    title = tokens_of(product.title)
    options = [word for option in product.options for word in (option.name, *option.values)]
    path = tree.path_of(product.category_id) if product.category_id else []
    categories = [name for category in path for name in (category.name, category.name_en)]
    description = unescape(_TAG.sub(" ", product.description_html))
    known = [*categories, *product.attributes.values()]
    said = "\n".join([product.kind, *product.tags, product.vendor, *options, *known, description])
    tokens = title + tokens_of(said[:TEXT_MAX])
    terms: set[str] = {shop_term(product.shop.handle), kind_term(product.kind)}
    lineage = [category.id for category in path]
    choices = [
        f"{attribute.key}={value}"
        for attribute in (tree.attributes_of(product.category_id) if product.category_id else ())
        if attribute.kind is AttributeKind.CHOICE and (value := product.attributes.get(attribute.key))
    ]
    terms |= {*map(category_term, lineage), *map(attribute_term, choices)}
    for token in set(tokens):
        terms |= terms_of(token)
    popularity = popularity_of(product.sold, listing.listed_at)
    return Entry(
        id=product.id,
        shop_id=product.shop_id,
        shop_handle=product.shop.handle,
        kind=product.kind,
        title=join(title),
        text=join(tokens),
        terms=" ".join(terms | sounds_of(title)),
        price_min=product.price_min,
        sold=product.sold,
        is_in_stock=any(sku.available > 0 for sku in product.skus),
        popularity=popularity,
        credit=product.shop.grade * RANK + popularity,
        stars=listing.score * RANK + popularity,
        listed_at=listing.listed_at,
        categories=" ".join(map(str, lineage)),
        attributes=SEPARATOR.join(choices),
    )


def popularity_of(sold: int, listed_at: datetime) -> int:
    """Weigh sales and newness against each other, in millionths. Nothing gets older: what is new begins higher."""
    days = (listed_at - _EPOCH).total_seconds() / 86_400
    return round((math.log1p(sold) + days / NEWNESS_DAYS) * 1_000_000)


def score_of(stars: Sequence[int]) -> int:
    """Score a product, in hundredths of a star, by how many reviews give how many stars, one star first.

    It is a Bayesian mean: five stars by one buyer go behind nearly five by a hundred, and what has no review goes
    between what is liked and what is not.
    """
    total = sum(star * number for star, number in enumerate(stars, 1))
    return (PRIOR_SCORE * PRIOR_REVIEWS + total * 100) // (PRIOR_REVIEWS + sum(stars))


def shop_term(handle: str) -> str:
    """Give the term that all goods of a shop have."""
    return f"shop:{handle}"


def kind_term(kind: str) -> str:
    """Give the term that all goods of a kind have."""
    return f"kind:{sha256(kind.encode()).hexdigest()[:16]}"


def category_term(id: UUID) -> str:
    """Give the term that all goods of a category have, and of those that lie in it."""
    return f"category:{id.hex}"


def attribute_term(attribute: str) -> str:
    """Give the term that all goods have of which something, `key=value`, is said."""
    return f"said:{sha256(attribute.encode()).hexdigest()[:16]}"


def read_search(search: Search) -> Query | None:
    """Read a search; None where nothing can have it."""
    tokens = tuple(tokens_of(search.text[:QUERY_MAX]))[:WORDS_MAX]
    if (search.text.strip() and not tokens) or (search.shop is not None and not _HANDLE.fullmatch(search.shop)):
        return None
    words = list(dict.fromkeys(word for token in tokens for word in cut(token)))
    terms = [query_of(word) for word in words] + filters_of(search)
    return Query(
        tokens, " & ".join(terms) or None, tuple(map(pattern_of, words)), f"%{join(tokens).rstrip().lstrip()}%"
    )


def filters_of(search: Search) -> list[str]:
    """Write the queries for what narrows a search by terms."""
    filters = [] if search.shop is None else [f"'{shop_term(search.shop)}'"]
    if search.kind is not None:
        filters.append(f"'{kind_term(search.kind)}'")
    if search.category is not None:
        filters.append(f"'{category_term(search.category)}'")
    return [*filters, *(f"'{attribute_term(attribute)}'" for attribute in search.attributes)]


@lru_cache(10_000)
def cut(token: str) -> tuple[str, ...]:
    """Cut a long CJK run of a search into words: each of them must be there, but they need not stand together."""
    if len(token) < CUT_MIN or not is_cjk(token):
        return (stem(token),)
    import rjieba  # Its dictionary takes 30 MB: only who searches loads it.

    return tuple(stem(word) for word in rjieba.cut(token))


def stem(word: str) -> str:
    """Take 子 from a noun that means the same without it."""
    return word[0] if len(word) == 2 and word[1] == SUFFIX and word[0] in NOUNS else word


def loosen(tokens: Sequence[str]) -> tuple[str, ...]:
    """Say of which words a title may have some, where nothing has all of them: 帆布包 may be a 布包, or something of
    帆布. Nothing, where there is but one.
    """
    words = [word for token in tokens for word in _loose(token)]
    return tuple(dict.fromkeys(word for word in words if word not in EMPTY_WORDS))[:WORDS_MAX]


@lru_cache(10_000)
def _loose(token: str) -> tuple[str, ...]:
    if not is_cjk(token):
        return (token,) if len(token) >= LOOSE_MIN else ()
    if len(token) < 2:
        return ()
    import rjieba

    last = rjieba.cut(token)[-1]
    heads = [last, *([last[-1]] if last[-1] in NOUNS else [])]
    return tuple(stem(word) for word in (*rjieba.cut_for_search(token), *heads) if len(word) > 1 or word in heads)


def first_place(sort: Sort, *, is_walked: bool) -> Place:
    """Say where a list begins."""
    if is_walked and sort is Sort.CHEAPEST:
        return Place(-1, UUID(int=0))
    return Place(FIRST_TIME if is_walked and sort is Sort.NEWEST else FIRST_KEY, LAST_ID)


def write_place(place: Place | None, *, is_walked: bool) -> str | None:
    """Write where a list goes on, and whether it is walked, as a word that nobody needs to understand."""
    return write_cursor(is_walked, place.key, place.id, place.passed) if place else None


def read_place(sort: Sort, after: str | None, *, is_walked: bool) -> tuple[bool, Place]:
    """Read where a list goes on; without a cursor, it begins. Raises Malformed."""
    found = read_cursor(after, tuple[bool, Bigint, UUID, int])
    if found is None:
        return is_walked, first_place(sort, is_walked=is_walked)
    if abs(found[1]) > (FIRST_TIME if sort is Sort.NEWEST else FIRST_KEY) or not 0 <= found[3] < WINDOW:
        raise wrong_parameter("after", _("这不是上一页给出的 next。"))
    return found[0], Place(*found[1:])


def estimate_visitors(bits: bytes | bytearray) -> int:
    """Tell how many visitors have probably set the bits, of whom some share one (linear counting)."""
    size = len(bits) * 8
    left = size - int.from_bytes(bits).bit_count()
    return round(size * math.log(size / max(left, 1)))


def word_of(text: str) -> str | None:
    """Give the word under which a search is counted; None where it is none: too short, too long, or a number that
    could be somebody's.
    """
    word = fold(text).strip()
    return word if WORD_MIN <= len(word) <= WORD_MAX and not _LONG_NUMBER.search(word.replace(" ", "")) else None


def most_common(meant: Sequence[str | None]) -> str | None:
    """Say what was meant most often; the first of several."""
    found = [one for one in meant if one]
    return max(dict.fromkeys(found), key=found.count) if found else None


def round_price(price: int) -> int:
    """Round a price to what people say: whole yuan, of one digit and zeros, or of 15, 25 and the like."""
    yuan = max(1, round(price / 100))
    step = max(1, int("1" + "0" * (len(str(yuan)) - 1)) // 2)
    return max(1, round(yuan / step) * step) * 100
