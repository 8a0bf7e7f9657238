"""The JSON API of the catalog: products as buyers see them, goods as their merchants do."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.catalog.categories import (
    ATTRIBUTES_MAX,
    Attribute,
    Category,
    SaveCategory,
    SaveCategoryStatus,
)
from weiji.catalog.model import (
    ALT_MAX,
    CODE_MAX,
    DESCRIPTION_MAX,
    EXTRA_MAX,
    HANDLE_MAX,
    OPTIONS_MAX,
    PICTURES_MAX,
    SKUS_MAX,
    TAGS_MAX,
    TITLE_MAX,
    URL_MAX,
    VIDEO_BODY_BYTES_MAX,
    VIDEO_BYTES_MAX,
    WEIGHT_MAX,
    WORDS_MAX,
    Delivery,
    GoodsRow,
    ListProduct,
    ListProductStatus,
    Option,
    Picture,
    Presale,
    ProductCard,
    ProductOrder,
    ProductPage,
    ProductState,
    SaveProduct,
    SaveProductResult,
    SaveSku,
    ScheduleProduct,
    ScheduleProductStatus,
    Shelf,
    ShopFront,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.operations import (
    change_prices,
    get_categories,
    get_category_page,
    get_goods_for_merchant,
    get_home,
    get_product_page,
    get_shop_page,
    list_products,
    save_categories,
    save_products,
    schedule_products,
    show_product_videos,
    withdraw_products,
)
from weiji.catalog.price_history import PriceStep, get_price_history
from weiji.catalog.pricing import ChangePrice, ChangePriceStatus
from weiji.catalog.returning import ReturnTerms
from weiji.catalog.stock_notices import StockNotice, get_stock_notices
from weiji.identity import Role
from weiji.inventory import ON_HAND_MAX
from weiji.media import ShowVideo, ShowVideoStatus, VideoResult, upload_video
from weiji.web import staff
from weiji.web.api import After, AmountOrNothing, ApiRequest, Batch, Limit, Moment, Page, Typed, operation, run
from weiji.web.permissions import Permission

Words = Annotated[str, Meta(max_length=WORDS_MAX)]
Code = Annotated[str, Meta(max_length=CODE_MAX)]
Url = Annotated[str, Meta(max_length=URL_MAX)]
Size = Annotated[int, Meta(ge=1, le=100_000)]
NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]


class OptionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something to choose, and its values in the order they are shown."""

    name: Words
    values: Annotated[tuple[Words, ...], Meta(max_length=SKUS_MAX)]


class PictureBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture. `url` is where it came from."""

    url: Url
    alt: Annotated[str, Meta(max_length=ALT_MAX)] = ""
    width: Size | None = None
    height: Size | None = None


class SkuBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU as it shall be, with one choice for each option. Prices are in fen."""

    id: NearShop
    price: AmountOrNothing
    choices: Annotated[tuple[Words, ...], Meta(max_length=OPTIONS_MAX)] = ()
    code: Code = ""
    barcode: Code = ""
    compare_at: AmountOrNothing | None = None
    weight_grams: Annotated[int, Meta(ge=0, le=WEIGHT_MAX)] = 0
    picture: Url | None = None
    low_stock: Annotated[int, Meta(ge=0, le=ON_HAND_MAX)] | None = None


class PresaleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Orders are taken until `ends_at`, and what the shop promises begins at `ships_at`.

    So many units of each SKU can be ordered until then; without a `quantity` as many as there are.
    """

    ends_at: Moment
    ships_at: Moment
    quantity: Annotated[int, Meta(ge=1, le=ON_HAND_MAX)] | None = None

    def presale(self) -> Presale:
        """Make what it says."""
        return Presale(ends_at=self.ends_at, ships_at=self.ships_at, quantity=self.quantity)


class ProductBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product as it shall be. SKUs that are left out are withdrawn.

    `version` is the one you saw; 0: it must be new; none: replace whatever is there. `handle` and `state` count only
    when the product is made; so does `delivery`, where left out it is as it is. `attributes` are what its category asks
    to be said, by key. Without `presale` the goods are there.
    """

    id: NearShop
    shop_id: UUID
    title: Annotated[str, Meta(max_length=TITLE_MAX)]
    skus: Annotated[tuple[SkuBody, ...], Meta(max_length=SKUS_MAX)]
    handle: Annotated[str, Meta(max_length=HANDLE_MAX)] = ""
    description_html: Annotated[str, Meta(max_length=DESCRIPTION_MAX)] = ""
    vendor: Words = ""
    kind: Words = ""
    tags: Annotated[tuple[Words, ...], Meta(max_length=TAGS_MAX)] = ()
    options: Annotated[tuple[OptionBody, ...], Meta(max_length=OPTIONS_MAX)] = ()
    pictures: Annotated[tuple[PictureBody, ...], Meta(max_length=PICTURES_MAX)] = ()
    extra: Annotated[dict[Words, Annotated[str, Meta(max_length=EXTRA_MAX)]], Meta(max_length=TAGS_MAX)] = {}
    category_id: UUID | None = None
    attributes: Annotated[dict[Words, Words], Meta(max_length=TAGS_MAX)] = {}
    delivery: Delivery | None = None
    presale: PresaleBody | None = None
    state: ProductState = ProductState.DRAFT
    version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


class ProductOfShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which product of which shop."""

    product_id: UUID
    shop_id: UUID


class ListProductAnswer(Struct):
    """How listing a product ended."""

    status: ListProductStatus


class WithdrawProductAnswer(Struct):
    """How withdrawing a product ended."""

    status: WithdrawProductStatus


class SkuAnswer(Struct, kw_only=True):
    """A SKU that can be bought. Prices are in fen."""

    id: UUID
    code: str
    choices: tuple[str, ...]
    price: int
    compare_at: int | None
    weight_grams: int
    picture: str | None
    available: int
    lowest: int | None
    """Where the price is struck through: the lowest of the 30 days before it was changed last."""


class ProductAnswer(Struct, kw_only=True):
    """A product as buyers see it."""

    id: UUID
    state: ProductState
    is_sold_out: bool
    title: str
    description_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    options: tuple[Option, ...]
    pictures: tuple[Picture, ...]
    category_id: UUID | None
    attributes: dict[str, str]
    delivery: Delivery
    presale: Presale | None
    price_min: int
    price_max: int
    sold: int
    terms: ReturnTerms
    """For how long it may be sent back, where it is ordered now."""
    shop: ShopFront
    skus: tuple[SkuAnswer, ...]


class ScheduleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """When the clock lists a product, and when it withdraws it."""

    product_id: UUID
    shop_id: UUID
    list_at: Moment | None = None
    withdraw_at: Moment | None = None


class ScheduleAnswer(Struct):
    """How scheduling a product ended."""

    status: ScheduleProductStatus


ScheduleBatch = Batch[ScheduleBody]
ProductBatch = Batch[ProductBody]
ProductOfShopBatch = Batch[ProductOfShopBody]


class ProductsApi(Controller):
    """Products."""

    path = "/api/v1/products"
    tags = ("products",)

    @post("/save", **operation("SaveProducts", "goods:write", repeat="key_taken"))
    async def save(self, request: ApiRequest, data: ProductBatch) -> Response[list[SaveProductResult]]:
        """Make or replace products of shops that you work for. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            SaveProduct(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                title=body.title,
                skus=tuple(
                    SaveSku(**{name: getattr(sku, name) for name in SkuBody.__struct_fields__}) for sku in body.skus
                ),
                actor=actor,
                handle=body.handle,
                description_html=body.description_html,
                vendor=body.vendor,
                kind=body.kind,
                tags=body.tags,
                options=tuple(Option(option.name, option.values) for option in body.options),
                pictures=tuple(
                    Picture(url=picture.url, alt=picture.alt, width=picture.width, height=picture.height)
                    for picture in body.pictures
                ),
                extra=body.extra,
                category_id=body.category_id,
                attributes=body.attributes,
                delivery=body.delivery,
                presale=body.presale.presale() if body.presale else None,
                state=body.state,
                version=body.version,
            )
            for body in data
        ]
        return await run(request, save_products, "shop_id", commands)

    @post("/list", **operation("ListProductsForSale", "goods:write", repeat="key_taken"))
    async def list_for_sale(self, request: ApiRequest, data: ProductOfShopBatch) -> Response[list[ListProductAnswer]]:
        """Offer products of shops that you work for. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            ListProduct(
                product_id=body.product_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, list_products, "shop_id", commands)

    @post("/withdraw", **operation("WithdrawProducts", "goods:write", repeat="key_taken"))
    async def withdraw(self, request: ApiRequest, data: ProductOfShopBatch) -> Response[list[WithdrawProductAnswer]]:
        """Take products of shops that you work for off sale. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            WithdrawProduct(
                product_id=body.product_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, withdraw_products, "shop_id", commands)

    @get("/", **operation("ListProducts", is_public=True))
    async def index(
        self,
        request: ApiRequest,
        shop_id: UUID | None = None,
        order: ProductOrder = ProductOrder.NEWEST,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ProductCard]:
        """List what can be bought, of all open shops or of one; what one shop has comes newest first."""
        async with request.database.read() as reader:
            if shop_id is None:
                home = await get_home(reader, order=order, after=after, limit=limit)
                return Page(items=[*home.products], next=home.after)
            page = await get_shop_page(reader, shop_id, after=after, limit=limit)
        if page is None:
            raise NotFoundException
        return Page(items=[*page.products], next=page.after)

    @get("/{product_id:uuid}", **operation("GetProduct", is_public=True))
    async def show(self, request: ApiRequest, product_id: FromPath[UUID]) -> ProductAnswer:
        """Read a product that is listed, or was: `state` tells, and `is_sold_out` whether any is left."""
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or product.state in (ProductState.DRAFT, ProductState.IN_REVIEW):
            raise NotFoundException
        return answer_product(product)

    @post("/schedule", **operation("ScheduleProducts", "goods:write", repeat="key_taken"))
    async def schedule(self, request: ApiRequest, data: ScheduleBatch) -> Response[list[ScheduleAnswer]]:
        """Have products of shops that you work for listed and withdrawn by the clock; a time left out is none."""
        actor = request.actor("merchant")
        commands = [
            ScheduleProduct(
                product_id=body.product_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                list_at=body.list_at,
                withdraw_at=body.withdraw_at,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, schedule_products, "product_id", commands)


class GoodsApi(Controller):
    """Goods, for those who sell them."""

    path = "/api/v1/goods"
    tags = ("goods",)

    @get("/", **operation("ListGoods", "goods:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: UUID,
        wanted: Annotated[Shelf | None, QueryParameter(name="state")] = None,  # `state` is Litestar's own name.
        after: After = None,
        limit: Limit = 20,
    ) -> Page[GoodsRow]:
        """List everything that a shop has which you work for, newest first."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            page = await get_goods_for_merchant(reader, shop_id, shelf=wanted, after=after, limit=limit)
        return Page(items=[*page.goods], next=page.after)

    @get("/stock-notices", **operation("ListStockNotices", "goods:read"))
    async def list_notices(
        self, request: ApiRequest, shop_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[StockNotice]:
        """List what a shop that you work for was told of running low, newest first. Each was an event, too, once."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_stock_notices(reader, shop_id, after or "", limit)
        return Page(items=found.notices, next=found.after)

    @get("/{product_id:uuid}", **operation("GetGoods", "goods:read"))
    async def show(self, request: ApiRequest, product_id: FromPath[UUID]) -> ProductPage:
        """Read all of a product of a shop that you work for, listed or not."""
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or not request.caller.may(product.shop_id, Permission.GOODS):
            raise NotFoundException
        return product


class ChangePriceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a SKU shall cost. `price_before` is what you saw. Prices are in fen."""

    sku_id: UUID
    product_id: UUID
    shop_id: UUID
    price_before: AmountOrNothing
    price: AmountOrNothing
    compare_at: AmountOrNothing | None = None


class ChangePriceAnswer(Struct):
    """How changing a price ended."""

    status: ChangePriceStatus


ChangePriceBatch = Batch[ChangePriceBody]


class PricesApi(Controller):
    """Prices."""

    path = "/api/v1/prices"
    tags = ("goods",)

    @get("/", **operation("ListPriceChanges", "goods:read"))
    async def index(
        self, request: ApiRequest, product_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[PriceStep]:
        """List what the SKUs of a product cost, of a shop that you work for, newest first."""
        async with request.database.read() as reader:
            found = await get_price_history(reader, product_id, after or "", limit)
        if found is None or not request.caller.may(found.shop.id, Permission.GOODS):
            raise NotFoundException
        return Page(items=found.changes, next=found.after)

    @post("/change", **operation("ChangePrices", "goods:write", repeat="key_taken"))
    async def change(self, request: ApiRequest, data: ChangePriceBatch) -> Response[list[ChangePriceAnswer]]:
        """Give SKUs of shops that you work for other prices. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            ChangePrice(
                sku_id=body.sku_id,
                product_id=body.product_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                price_before=body.price_before,
                price=body.price,
                compare_at=body.compare_at,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, change_prices, "product_id", commands)


def answer_product(product: ProductPage) -> ProductAnswer:
    """Tell of a product what is everybody's: not what its shop keeps beside it, nor how much it has in all."""
    facts = {
        name: getattr(product, name) for name in ProductAnswer.__struct_fields__ if name not in ("skus", "is_sold_out")
    }
    of_sku = SkuAnswer.__struct_fields__
    return ProductAnswer(
        **facts,
        is_sold_out=all(sku.available <= 0 for sku in product.skus),
        skus=tuple(SkuAnswer(**{name: getattr(sku, name) for name in of_sku}) for sku in product.skus),
    )


class CategoryBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A category as it shall be; `parent_id` is what it lies in."""

    id: UUID
    name: Typed
    parent_id: UUID | None = None
    name_en: Typed = ""
    position: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    attributes: Annotated[tuple[Attribute, ...], Meta(max_length=ATTRIBUTES_MAX)] = ()
    is_retired: bool = False


class SaveCategoryAnswer(Struct):
    """How saving a category ended."""

    status: SaveCategoryStatus


CategoryBatch = Batch[CategoryBody]


class CategoriesApi(Controller):
    """Categories."""

    path = "/api/v1/categories"
    tags = ("categories",)

    @get("/", **operation("ListCategories", is_public=True))
    async def index(self, request: ApiRequest) -> Page[Category]:
        """Read the whole tree, each category before what lies in it; there are at most 1,000."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        return Page(items=tree.all(), next=None)

    @get("/{category_id:uuid}/products", **operation("ListProductsOfCategory", is_public=True))
    async def products(
        self, request: ApiRequest, category_id: FromPath[UUID], after: After = None, limit: Limit = 20
    ) -> Page[ProductCard]:
        """List what can be bought in a category and in those that lie in it, newest first."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
            inside = [category.id for category in tree.inside(category_id)]
            if not inside:
                raise NotFoundException
            cards = await get_category_page(reader, inside, after=after, limit=limit)
        return Page(items=[*cards.products], next=cards.after)

    @post("/save", **operation("SaveCategories", "platform:write", repeat="key_taken", guards=(staff(Role.OPERATOR),)))
    async def save(self, request: ApiRequest, data: CategoryBatch) -> Response[list[SaveCategoryAnswer]]:
        """Make or replace categories, if you are the operator. The answer has one result for each, in order."""
        actor = request.actor("staff")
        names = CategoryBody.__struct_fields__
        commands = [SaveCategory(actor=actor, **{name: getattr(body, name) for name in names}) for body in data]
        return await run(request, save_categories, "id", commands)


class UploadVideoBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A video for a shop that you work for: the whole file, MP4 or WebM, in base64."""

    shop_id: UUID
    content: Annotated[bytes, Meta(min_length=1, max_length=VIDEO_BYTES_MAX)]


class ShowVideoBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which video a product shows: addresses that `UploadVideo` and `UploadPictures` gave. An empty `url`: none."""

    product_id: UUID
    shop_id: UUID
    url: Annotated[str, Meta(max_length=URL_MAX)]
    cover: Annotated[str, Meta(max_length=URL_MAX)] = ""
    alt: Annotated[str, Meta(max_length=ALT_MAX)] = ""


class ShowVideoAnswer(Struct):
    """How saying which video a product shows ended."""

    status: ShowVideoStatus


ShowVideoBatch = Batch[ShowVideoBody]


class VideosApi(Controller):
    """Videos of products."""

    path = "/api/v1/videos"
    tags = ("pictures",)

    @post("/upload", **operation("UploadVideo", "goods:write"), request_max_body_size=VIDEO_BODY_BYTES_MAX)
    async def upload(self, request: ApiRequest, data: UploadVideoBody) -> Response[VideoResult]:
        """Take in a video of a shop that you work for.

        What is not needed to play it (places, names, dates) is left out. Sending one again is safe: it `exists`. One
        that nothing shows within three days is removed.
        """
        owner_id = request.shop_if_may(data.shop_id, Permission.GOODS)
        return Response(await upload_video(request.batchers, request.settings, owner_id, data.content))

    @post("/show", **operation("ShowVideos", "goods:write", repeat="key_taken"))
    async def show(self, request: ApiRequest, data: ShowVideoBatch) -> Response[list[ShowVideoAnswer]]:
        """Say which videos products of shops that you work for show. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            ShowVideo(
                holder_id=body.product_id,
                owner_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                url=body.url,
                cover=body.cover,
                alt=body.alt,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, show_product_videos, "owner_id", commands)


ROUTES: Final = (ProductsApi, GoodsApi, PricesApi, CategoriesApi, VideosApi)
"""What the program serves of this module."""
