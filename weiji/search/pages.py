"""The pages of the search: for whoever buys, and the hot words for the operator."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.background_tasks import BackgroundTask
from litestar.response import Response

from weiji.catalog import show_picture
from weiji.kit.batch import Batchers, QueueFull, Unavailable
from weiji.kit.money import format_yuan, parse_yuan, plain_yuan
from weiji.search.folding import tokens_of
from weiji.search.model import (
    ATTRIBUTE_MAX,
    ATTRIBUTES_MAX,
    PRICE_MAX,
    QUERY_MAX,
    SEARCHES,
    SUGGESTED,
    CategoryFacet,
    CountSearch,
    Found,
    HideWord,
    Search,
    ShowWord,
    Sort,
)
from weiji.search.operations import (
    count_searches,
    find_products,
    get_beginning,
    hide_words,
    list_hot_words,
    show_words,
    suggest,
)
from weiji.search.rules import round_price, word_of
from weiji.web import fragment, page, rate, redirect, staff
from weiji.web import gettext as _
from weiji.web.forms import read_form, read_id
from weiji.web.locales import current
from weiji.web.requests import WebRequest

PRODUCTS: Final = 20
"""Products on one page."""

CURSOR_MAX: Final = 200


class SearchPages(Controller):
    """What anybody may search."""

    include_in_schema = False

    @get("/search", opt=rate("search", SEARCHES))
    async def show(self, request: WebRequest) -> Response[str]:
        """Search goods; without anything to search, show what others search."""
        search = read_query(request)
        link = _links(search)
        if not search.text.strip() and not (search.shop or search.kind or search.category):
            async with request.database.read() as reader:
                beginning = await get_beginning(reader)
            return page(request, "search/beginning.html", beginning=beginning, link=link)
        after = request.query_params.get("after", "")[:CURSOR_MAX] or None
        async with request.database.read() as reader:
            found = await find_products(reader, search, after=after, limit=PRODUCTS)
        answer = page(
            request,
            "search/results.html",
            search=search,
            sort=search.sort.value,
            found=found,
            products=found.products,
            shop_name=_shop_name(search, found),
            ranges=_ranges(found.prices),
            tabs=[{"key": sort.value, "label": word, "href": link(sort=sort)} for sort, word in _sorts().items()],
            link=link,
            more=link(after=found.after) if found.after else None,
            is_first=after is None,
            category=_category(search, found),
            chosen=[
                (link(attribute=[other for other in search.attributes if other != one] or None), one.partition("=")[2])
                for one in search.attributes
            ],
            attributes=[
                (facet, link(attribute=[*search.attributes, facet.attribute]))
                for facet in found.attributes
                if facet.attribute not in search.attributes and len(search.attributes) < ATTRIBUTES_MAX
            ],
            categories=[(each, category_name(each)) for each in found.categories if each.id != search.category],
            has_filters=bool(
                search.shop
                or search.kind
                or search.category
                or search.attributes
                or _has_price(search)
                or search.is_in_stock
            ),
            price_from=format_yuan(search.price_min) if search.price_min else "",
            price_to=format_yuan(search.price_max) if search.price_max < PRICE_MAX else "",
            picture_of=show_picture,
        )
        word = word_of(search.text)
        if word and after is None and found.total and not found.is_similar:
            visitor = str(request.caller.person_id or (request.client.host if request.client else ""))
            answer.background = BackgroundTask(_count, request.batchers, CountSearch(word=word, visitor=visitor))
        return answer

    @get("/search/suggestions", opt=rate("suggestions", SUGGESTED))
    async def suggest(self, request: WebRequest) -> Response[str]:
        """Suggest words and goods to somebody who types."""
        async with request.database.read() as reader:
            suggestions = await suggest(reader, request.query_params.get("q", ""))
        return fragment(request, "search/suggestions.html", suggestions=suggestions, link=_links(Search()))


class HotWordPages(Controller):
    """The words that are searched, for the operator's staff."""

    path = "/operator/words"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """Show what is searched most, and what is hidden."""
        async with request.database.read() as reader:
            words = await list_hot_words(reader)
        return page(request, "search/words.html", words=words)

    @post("/concealment", status_code=303, guards=(staff("operator"),))
    async def hide(self, request: WebRequest) -> Response[str]:
        """Hide a word."""
        word = word_of_operator((await read_form(request)).text("word"))
        command = HideWord(word=word, actor=request.actor("staff"))
        status = await request.batchers.of(hide_words).submit(command)
        if status == "invalid_word":
            return redirect(request, "/operator/words", toast=_("这里面没有可以搜索的字。"), tone="bad")
        return redirect(request, "/operator/words", toast=_("「%(word)s」不会再出现在热搜和提示里。", word=word))

    @post("/showing", status_code=303, guards=(staff("operator"),))
    async def show(self, request: WebRequest) -> Response[str]:
        """Let a word be shown again."""
        word = word_of_operator((await read_form(request)).text("word"))
        await request.batchers.of(show_words).submit(ShowWord(word=word, actor=request.actor("staff")))
        return redirect(request, "/operator/words", toast=_("「%(word)s」可以再出现了。", word=word))


ROUTES: Final = (SearchPages, HotWordPages)


def read_query(request: WebRequest) -> Search:
    """Read a search from an address; what makes no sense in it is left out."""
    given = request.query_params
    sort = given.get("sort", "")
    low, high = parse_yuan(given.get("from", "")), parse_yuan(given.get("to", ""))
    return Search(
        text=given.get("q", "")[:QUERY_MAX],
        shop=given.get("shop") or None,
        kind=given.get("kind", "")[:200].replace("\x00", "") or None,
        category=read_id(given.get("category", "")),
        attributes=tuple(
            text[:ATTRIBUTE_MAX].replace("\x00", "") for text in given.getall("attribute", [])[:ATTRIBUTES_MAX] if text
        ),
        price_min=min(low or 0, PRICE_MAX),
        price_max=min(PRICE_MAX if high is None else high, PRICE_MAX),
        is_in_stock=bool(given.get("stock")),
        sort=Sort(sort) if sort in {known.value for known in Sort} else Sort.RELEVANCE,
    )


def _links(search: Search) -> Callable[..., str]:
    """Make what writes the address of the same search with something changed; None leaves it out."""
    given = {
        "q": search.text or None,
        "shop": search.shop,
        "kind": search.kind,
        "category": search.category,
        "attribute": search.attributes or None,
        "from": plain_yuan(search.price_min) if search.price_min else None,
        "to": plain_yuan(search.price_max) if search.price_max < PRICE_MAX else None,
        "stock": "1" if search.is_in_stock else None,
        "sort": None if search.sort is Sort.RELEVANCE else search.sort,
    }

    def link(**changes: Any) -> str:
        named = {"start": "from", "end": "to"}  # `from` can't be written as an argument.
        new = given | {named.get(name, name): value for name, value in changes.items()}
        return "/search?" + urlencode({name: value for name, value in new.items() if value is not None}, doseq=True)

    return link


def _sorts() -> dict[Sort, str]:
    return {
        Sort.RELEVANCE: _("相关"),
        Sort.SALES: _("销量"),
        Sort.STARS: _("评分"),
        Sort.CREDIT: _("信用"),
        Sort.NEWEST: _("新品"),
        Sort.CHEAPEST: _("价格低"),
        Sort.DEAREST: _("价格高"),
    }


def _shop_name(search: Search, found: Found) -> str | None:
    """Name the shop that is searched, where something of it was found."""
    names = [shop.name for shop in found.shops] or [product.shop_name for product in found.products]
    return (names or [search.shop])[0] if search.shop else None


def category_name(category: CategoryFacet) -> str:
    """Name a category in the reader's language, where it has a name there."""
    return category.name_en if current() == "en" and category.name_en else category.name


def _category(search: Search, found: Found) -> str | None:
    """Name the category that is searched: what was found is all in it."""
    if search.category is None:
        return None
    return next((category_name(each) for each in found.categories if each.id == search.category), _("类目"))


def _has_price(search: Search) -> bool:
    return search.price_min > 0 or search.price_max < PRICE_MAX


def _ranges(prices: Sequence[int]) -> list[tuple[str | None, str | None]]:
    """Offer ranges of prices, in yuan, of about a quarter of the products each."""
    marks = sorted({round_price(price) for price in prices if price})
    if not marks:
        return []
    yuan = [str(mark // 100) for mark in marks]
    return list(zip([None, *yuan], [*yuan, None], strict=True))


def word_of_operator(text: str) -> str:
    """Read a word as it is counted."""
    return " ".join(tokens_of(text[:QUERY_MAX]))


async def _count(batchers: Batchers, command: CountSearch) -> None:
    """Count a search after it was answered. A figure may be lost where the database is busy."""
    with suppress(QueueFull, Unavailable):
        await batchers.of(count_searches).submit(command)
