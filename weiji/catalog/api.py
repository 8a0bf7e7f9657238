"""The JSON API of the catalog: products as buyers see them, goods as their merchants do."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.catalog.model import (
    GoodsRow,
    ListProduct,
    ListProductStatus,
    Option,
    Picture,
    ProductCard,
    ProductOrder,
    ProductPage,
    ProductState,
    SaveProduct,
    SaveProductResult,
    SaveSku,
    ShopFront,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.operations import (
    get_goods_for_merchant,
    get_home,
    get_product_page,
    get_shop_page,
    list_products,
    save_products,
    withdraw_products,
)
from weiji.shops import NO_SHOP
from weiji.web.api import BATCH_MAX, After, ApiRequest, Limit, Page, operation, run

Text = Annotated[str, Meta(max_length=200_000)]
"""What is typed. Longer than whatever is right, so that what is wrong is answered by a status."""


class SkuBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU as it shall be, with one choice for each option. Prices are in fen."""

    id: UUID
    price: int
    choices: tuple[Text, ...] = ()
    code: Text = ""
    barcode: Text = ""
    compare_at: int | None = None
    weight_grams: int = 0
    picture: Text | None = None


class ProductBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product as it shall be. SKUs that are left out are withdrawn.

    `version` is the one you saw; 0: it must be new; none: replace whatever is there. `handle` and `state` count only
    when the product is made.
    """

    id: UUID
    shop_id: UUID
    title: Text
    skus: tuple[SkuBody, ...]
    handle: Text = ""
    description_html: Text = ""
    vendor: Text = ""
    kind: Text = ""
    tags: tuple[Text, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[Picture, ...] = ()
    extra: dict[str, str] = {}
    state: ProductState = ProductState.DRAFT
    version: int | None = None


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


class ProductAnswer(Struct, kw_only=True):
    """A product as buyers see it."""

    id: UUID
    title: str
    description_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    options: tuple[Option, ...]
    pictures: tuple[Picture, ...]
    price_min: int
    price_max: int
    sold: int
    shop: ShopFront
    skus: tuple[SkuAnswer, ...]


ProductBatch = Annotated[list[ProductBody], Meta(min_length=1, max_length=BATCH_MAX)]
ProductOfShopBatch = Annotated[list[ProductOfShopBody], Meta(min_length=1, max_length=BATCH_MAX)]


class ProductsApi(Controller):
    """Products."""

    path = "/api/v1/products"
    tags = ("products",)

    @post("/save", **operation("SaveProducts", "goods:write", repeat="key_taken"))
    async def save(self, request: ApiRequest, data: ProductBatch) -> Response[list[SaveProductResult]]:
        """Make or replace products of shops that you work for. The answer has one result for each, in order."""
        caller, actor = request.caller, request.actor("merchant")
        commands = [
            SaveProduct(
                id=body.id,
                shop_id=body.shop_id if caller.may(body.shop_id) else NO_SHOP,
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
                options=body.options,
                pictures=body.pictures,
                extra=body.extra,
                state=body.state,
                version=body.version,
            )
            for body in data
        ]
        return await run(request, save_products, "shop_id", commands)

    @post("/list", **operation("ListProductsForSale", "goods:write", repeat="key_taken"))
    async def list_for_sale(self, request: ApiRequest, data: ProductOfShopBatch) -> Response[list[ListProductAnswer]]:
        """Offer products of shops that you work for. The answer has one result for each, in order."""
        caller, actor = request.caller, request.actor("merchant")
        commands = [
            ListProduct(
                product_id=body.product_id, shop_id=body.shop_id if caller.may(body.shop_id) else NO_SHOP, actor=actor
            )
            for body in data
        ]
        return await run(request, list_products, "shop_id", commands)

    @post("/withdraw", **operation("WithdrawProducts", "goods:write", repeat="key_taken"))
    async def withdraw(self, request: ApiRequest, data: ProductOfShopBatch) -> Response[list[WithdrawProductAnswer]]:
        """Take products of shops that you work for off sale. The answer has one result for each, in order."""
        caller, actor = request.caller, request.actor("merchant")
        commands = [
            WithdrawProduct(
                product_id=body.product_id, shop_id=body.shop_id if caller.may(body.shop_id) else NO_SHOP, actor=actor
            )
            for body in data
        ]
        return await run(request, withdraw_products, "shop_id", commands)

    @get("/", **operation("ListProducts", "goods:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: UUID | None = None,
        order: ProductOrder = ProductOrder.NEWEST,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ProductCard]:
        """List what can be bought, of all open shops or of one; what one shop has comes newest first."""
        async with request.desk.database.read() as reader:
            if shop_id is None:
                home = await get_home(reader, order=order, after=after, limit=limit)
                return Page(items=[*home.products], next=home.after)
            page = await get_shop_page(reader, shop_id, after=after, limit=limit)
        if page is None:
            raise NotFoundException
        return Page(items=[*page.products], next=page.after)

    @get("/{product_id:uuid}", **operation("GetProduct", "goods:read"))
    async def show(self, request: ApiRequest, product_id: FromPath[UUID]) -> ProductAnswer:
        """Read a product that is listed."""
        async with request.desk.database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or product.state is not ProductState.LISTED:
            raise NotFoundException
        return answer_product(product)


class GoodsApi(Controller):
    """Goods, for those who sell them."""

    path = "/api/v1/goods"
    tags = ("goods",)

    @get("/", **operation("ListGoods", "goods:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: UUID,
        wanted: Annotated[ProductState | None, QueryParameter(name="state")] = None,  # `state` is Litestar's own name.
        after: After = None,
        limit: Limit = 20,
    ) -> Page[GoodsRow]:
        """List everything that a shop has which you work for, newest first."""
        if not request.caller.may(shop_id):
            raise NotFoundException
        async with request.desk.database.read() as reader:
            page = await get_goods_for_merchant(reader, shop_id, state=wanted, after=after, limit=limit)
        return Page(items=[*page.goods], next=page.after)

    @get("/{product_id:uuid}", **operation("GetGoods", "goods:read"))
    async def show(self, request: ApiRequest, product_id: FromPath[UUID]) -> ProductPage:
        """Read all of a product of a shop that you work for, listed or not."""
        async with request.desk.database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or not request.caller.may(product.shop_id):
            raise NotFoundException
        return product


def answer_product(product: ProductPage) -> ProductAnswer:
    """Tell of a product what is everybody's: not what its shop keeps beside it, nor how much it has in all."""
    facts = {name: getattr(product, name) for name in ProductAnswer.__struct_fields__ if name != "skus"}
    names = SkuAnswer.__struct_fields__
    return ProductAnswer(
        **facts, skus=tuple(SkuAnswer(**{name: getattr(sku, name) for name in names}) for sku in product.skus)
    )


ROUTES: Final = (ProductsApi, GoodsApi)
"""What the program serves of this module."""
