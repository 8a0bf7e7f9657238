"""The words of the search: what is asked, what is found, and how each command can end."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import ProductCard
from weiji.events import Actor
from weiji.kit.ids import derive

QUERY_MAX: Final = 100
"""Characters of a search that count."""

WORDS_MAX: Final = 10
"""Words of a search that count."""

PRICE_MAX: Final = 10**12
"""The highest price that can be asked for, in fen."""

CANDIDATES: Final = 2_000
"""Products that are ranked against each other, similar ones, too.

A search that has more is broad: the index of its order is walked.
"""

WALK: Final = 50_000
"""Products that such a walk looks at, at most."""

WINDOW: Final = 100
"""Products of a walk by popularity that are ranked against each other."""

SIMILAR: Final = 400
"""Products that are compared for what somebody types."""

FACETS: Final = 8
"""Kinds and shops that a search offers to narrow it."""

SUGGESTIONS: Final = 8

ATTRIBUTES_MAX: Final = 5
"""Attributes that a search asks for, at most."""

ATTRIBUTE_MAX: Final = 250
"""Characters of `key=value`."""

INDEX_VERSION: Final = 5
"""How rows of the index are made; whatever makes them otherwise raises it, and the job makes all of them anew."""

PRIOR_SCORE: Final = 400
PRIOR_REVIEWS: Final = 5
"""Each product is scored as if it had so many more reviews of so many hundredths of a star: few reviews say little."""

SEARCHES: Final = "600/minute"
SUGGESTED: Final = "1800/minute"
"""What one address may ask for; a whole office, or a mobile network, may be one."""

HOT_WORDS: Final = 12
HOT_DAYS: Final = 7
HOT_VISITORS: Final = 3
"""A word is shown to others from this many visitors on a day on: it is nobody's own any more."""

LAST_ID: Final = UUID(int=2**128 - 1)
"""The id that is after every other."""

WORDS_OF_DAY: Final = 10_000
"""Words that are counted on a day, at most."""

WORD_MIN: Final = 2
WORD_MAX: Final = 30
"""Characters of a word that is counted."""


class Sort(StrEnum):
    """How what is found is sorted."""

    RELEVANCE = "relevance"
    """The words together in the title, then all in it, then elsewhere; what is in stock, sold and new goes before."""
    SALES = "sales"
    NEWEST = "newest"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    CREDIT = "credit"
    """Goods of shops with a higher grade go before; within it, what is sold and new."""
    STARS = "stars"
    """What buyers give more stars goes before; few reviews count little. Within it, what is sold and new."""


class Search(Struct, frozen=True, kw_only=True):
    """What is looked for. Prices are in fen; a product's price is its lowest."""

    text: str = ""
    shop: str | None = None
    """The handle of a shop: search there only."""
    kind: str | None = None
    category: UUID | None = None
    """Of this category, or of one that lies in it."""
    attributes: tuple[str, ...] = ()
    """What must be said of it, each `key=value`; of attributes with choices."""
    price_min: int = 0
    price_max: int = PRICE_MAX
    is_in_stock: bool = False
    """Leave out what is sold out."""
    sort: Sort = Sort.RELEVANCE


class KindFacet(Struct, frozen=True, kw_only=True):
    """A kind among what was found, and how much there is of it."""

    kind: str
    products: int


class ShopFacet(Struct, frozen=True, kw_only=True):
    """A shop among those of what was found, and how much it has of it."""

    handle: str
    name: str
    products: int


class CategoryFacet(Struct, frozen=True, kw_only=True):
    """A category among those of what was found, and how much lies in it or below it."""

    id: UUID
    name: str
    name_en: str
    products: int


class AttributeFacet(Struct, frozen=True, kw_only=True):
    """Something said of what was found, `key=value`, and of how much of it."""

    attribute: str
    products: int

    @property
    def value(self) -> str:
        """What is said."""
        return self.attribute.partition("=")[2]


class Found(Struct, frozen=True, kw_only=True):
    """A page of what was found, and where the next begins; `after` is None on the last.

    `meant` is what was probably meant where nothing had the words, and `is_similar` says so: then the products are
    those that sound or look alike. Facets are those of the first page.
    """

    products: tuple[ProductCard, ...]
    after: str | None = None
    total: int = 0
    """How many there are; where `is_many`, at least as many."""
    is_many: bool = False
    is_similar: bool = False
    meant: str | None = None
    kinds: tuple[KindFacet, ...] = ()
    shops: tuple[ShopFacet, ...] = ()
    categories: tuple[CategoryFacet, ...] = ()
    attributes: tuple[AttributeFacet, ...] = ()
    prices: tuple[int, ...] = ()
    """The prices that a quarter, half and three quarters of what was found do not exceed."""


class Suggestions(Struct, frozen=True, kw_only=True):
    """What somebody who types may want: words that others search, and products."""

    words: tuple[str, ...]
    titles: tuple[str, ...]


class Beginning(Struct, frozen=True, kw_only=True):
    """What is shown before anything is searched."""

    hot_words: tuple[str, ...]
    kinds: tuple[str, ...]


class Place(Struct, frozen=True):
    """Where a list goes on: after the product with this key and id; in a window, after so many of it."""

    key: int
    id: UUID
    passed: int = 0


class ScoreProduct(Struct, frozen=True, kw_only=True):
    """Say how many of a product's reviews that are shown give how many stars, one star first."""

    product_id: UUID
    stars: tuple[int, ...]


class CountSearch(Struct, frozen=True, kw_only=True):
    """Count that somebody searched a word and found something. `visitor` is kept nowhere."""

    word: str
    visitor: str

    @property
    def id(self) -> UUID:
        """What tells the shard of the word."""
        return word_id(self.word)


class CountStatus(StrEnum):
    """How counting a search ended. Where several apply, the first listed is given."""

    COUNTED = "counted"
    EXISTS = "exists"
    """The visitor's bit is set already: the word was searched by them, or by somebody who shares it."""
    TOO_MANY_WORDS = "too_many_words"
    """The day has as many words as are counted."""


class HideWord(Struct, frozen=True, kw_only=True):
    """Never show a word among the hot ones and the suggestions. The actor is one of the operator's staff."""

    word: str
    actor: Actor

    @property
    def id(self) -> UUID:
        """What tells the shard of the word."""
        return word_id(self.word)


class HideWordStatus(StrEnum):
    """How hiding a word ended. Where several apply, the first listed is given."""

    HIDDEN = "hidden"
    EXISTS = "exists"
    """It was hidden before."""
    INVALID_WORD = "invalid_word"
    """Nothing in it can be searched."""


class ShowWord(Struct, frozen=True, kw_only=True):
    """Let a word be shown again. The actor is one of the operator's staff."""

    word: str
    actor: Actor

    @property
    def id(self) -> UUID:
        """What tells the shard of the word."""
        return word_id(self.word)


class ShowWordStatus(StrEnum):
    """How letting a word be shown ended."""

    SHOWN = "shown"
    NOT_HIDDEN = "not_hidden"


class HotWord(Struct, frozen=True, kw_only=True):
    """A word, by how many visitors it was searched in the last days, and whether it is hidden."""

    word: str
    visitors: int
    is_hidden: bool


def word_id(word: str) -> UUID:
    """Make the id of a word: the same for ever, in a shard that follows from the word."""
    return derive(UUID(int=sum(word.encode("utf-8", "replace"))), "search", word)
