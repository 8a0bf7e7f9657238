"""The JSON API of the search: for everybody; what is hidden of it is the operator's."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from weiji.catalog import ProductCard
from weiji.search.model import (
    ATTRIBUTE_MAX,
    ATTRIBUTES_MAX,
    PRICE_MAX,
    QUERY_MAX,
    SEARCHES,
    SUGGESTED,
    AttributeFacet,
    Beginning,
    CategoryFacet,
    HideWord,
    HideWordStatus,
    HotWord,
    KindFacet,
    Search,
    ShopFacet,
    ShowWord,
    ShowWordStatus,
    Sort,
    Suggestions,
)
from weiji.search.operations import (
    find_products,
    get_beginning,
    hide_words,
    list_hot_words,
    show_words,
    suggest,
)
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.rates import rate

Text = Annotated[str, QueryParameter(name="q", max_length=QUERY_MAX, description="What is looked for.")]
Attribute = Annotated[str, Meta(max_length=ATTRIBUTE_MAX)]
Price = Annotated[int, QueryParameter(ge=0, le=PRICE_MAX, description="Minor units (fen).")]


class SearchAnswer(Struct, kw_only=True):
    """A page of what was found. `next` is null on the last one; facets are those of the first.

    Of a broad search (`is_many`) there are at least `total`. Where nothing has the words, `is_similar` says that the
    items sound or look like them, and `meant` what they probably stand for.
    """

    items: list[ProductCard]
    next: str | None
    total: int
    is_many: bool
    is_similar: bool
    meant: str | None
    kinds: list[KindFacet]
    shops: list[ShopFacet]
    categories: list[CategoryFacet]
    attributes: list[AttributeFacet]
    prices: list[int]


class HotWordBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A word, as it is listed."""

    word: Annotated[str, Meta(min_length=1, max_length=QUERY_MAX)]


class HideWordAnswer(Struct):
    """How hiding a word ended."""

    status: HideWordStatus


class ShowWordAnswer(Struct):
    """How letting a word be shown ended."""

    status: ShowWordStatus


class SearchApi(Controller):
    """Search."""

    path = "/api/v1/products"
    tags = ("products",)

    @get("/search", **operation("SearchProducts", is_public=True, opt=rate("search", SEARCHES)))
    async def index(
        self,
        request: ApiRequest,
        text: Text = "",
        shop: Annotated[str | None, QueryParameter(max_length=32, description="Only this shop's, by handle.")] = None,
        kind: Annotated[str | None, QueryParameter(max_length=200, description="Only of this kind.")] = None,
        category: Annotated[UUID | None, QueryParameter(description="Only of this category and those in it.")] = None,
        attribute: Annotated[
            list[Attribute] | None,
            QueryParameter(max_items=ATTRIBUTES_MAX, description="Only what this is said of: `key=value`."),
        ] = None,
        price_min: Price = 0,
        price_max: Price = PRICE_MAX,
        is_in_stock: Annotated[bool, QueryParameter(description="Leave out what is sold out.")] = False,
        sort: Sort = Sort.RELEVANCE,
        after: After = None,
        limit: Limit = 20,
    ) -> SearchAnswer:
        """Search what can be bought, in Chinese, English and pinyin; slips are forgiven where nothing has the words."""
        search = Search(
            text=text,
            shop=shop,
            kind=None if kind is None else kind.replace("\x00", ""),
            category=category,
            attributes=tuple(each.replace("\x00", "") for each in attribute or ()),
            price_min=price_min,
            price_max=price_max,
            is_in_stock=is_in_stock,
            sort=sort,
        )
        async with request.database.read() as reader:
            found = await find_products(reader, search, after=after, limit=limit)
        return SearchAnswer(
            items=[*found.products],
            next=found.after,
            total=found.total,
            is_many=found.is_many,
            is_similar=found.is_similar,
            meant=found.meant,
            kinds=[*found.kinds],
            shops=[*found.shops],
            categories=[*found.categories],
            attributes=[*found.attributes],
            prices=[*found.prices],
        )

    @get("/suggestions", **operation("SuggestProducts", is_public=True, opt=rate("suggestions", SUGGESTED)))
    async def suggest(self, request: ApiRequest, text: Text = "") -> Suggestions:
        """Suggest words that others search, and titles of products, for what somebody has typed so far."""
        async with request.database.read() as reader:
            return await suggest(reader, text)

    @get("/hot-words", **operation("GetHotWords", is_public=True, opt=rate("search", SEARCHES)))
    async def show_hot_words(self, request: ApiRequest) -> Beginning:
        """Read what is searched most these days, and the kinds of what is popular."""
        async with request.database.read() as reader:
            return await get_beginning(reader)


class HotWordsApi(Controller):
    """The words that are searched."""

    path = "/api/v1/hot-words"
    tags = ("platform",)

    @get("/", **operation("ListHotWords", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest) -> Page[HotWord]:
        """List what is searched most these days, and what is hidden."""
        async with request.database.read() as reader:
            return Page(items=await list_hot_words(reader), next=None)

    @post("/hide", **operation("HideHotWords", "platform:write", repeat="key_taken", guards=[staff("operator")]))
    async def hide(self, request: ApiRequest, data: Batch[HotWordBody]) -> Response[list[HideWordAnswer]]:
        """Hide words from the hot ones and from suggestions. The answer has one result for each, in order."""
        actor = request.actor("staff")
        return await run(request, hide_words, "id", [HideWord(word=body.word, actor=actor) for body in data])

    @post("/show", **operation("ShowHotWords", "platform:write", repeat="key_taken", guards=[staff("operator")]))
    async def show(self, request: ApiRequest, data: Batch[HotWordBody]) -> Response[list[ShowWordAnswer]]:
        """Let words be shown again. The answer has one result for each, in order."""
        actor = request.actor("staff")
        return await run(request, show_words, "id", [ShowWord(word=body.word, actor=actor) for body in data])


ROUTES: Final = (SearchApi, HotWordsApi)
"""What the program serves of this module."""
