"""The pages of the catalog: home, a shop, a product."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.catalog.drawings import picture_url
from weiji.catalog.model import ProductOrder, ProductPage, ProductState
from weiji.catalog.operations import get_home, get_product_page, get_shop_page
from weiji.kit.db import Database
from weiji.shops import find_shop
from weiji.web import Caller, page

AnyRequest = Request[Any, Any, Any]

PRODUCTS: Final = 20
"""Products on one page of a list."""

PICTURES_MAX: Final = 8
"""Pictures of one product that are shown."""


class CatalogPages(Controller):
    """What anybody may look at."""

    include_in_schema = False

    @get("/")
    async def show_home(self, request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
        """Show what all shops sell."""
        is_best_sold = request.query_params.get("sort") == ProductOrder.BEST_SOLD
        order = ProductOrder.BEST_SOLD if is_best_sold else ProductOrder.NEWEST
        after = request.query_params.get("after")
        async with database.read() as reader:
            cards = await get_home(reader, order=order, after=after, limit=PRODUCTS)
        more = f"/?sort={order}&after={cards.after}" if cards.after else None
        return page(
            request,
            "catalog/home.html",
            products=cards.products,
            order=order.value,
            more=more,
            is_first=after is None,
            picture_of=picture_url,
        )

    @get("/shops/{handle:str}")
    async def show_shop(
        self, request: AnyRequest, handle: FromPath[str], database: NamedDependency[Database]
    ) -> Response[str]:
        """Show a shop and what it sells."""
        after = request.query_params.get("after")
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
            found = await get_shop_page(reader, shop_id, after=after, limit=PRODUCTS) if shop_id else None
        if found is None:
            raise NotFoundException
        more = f"/shops/{handle}?after={found.after}" if found.after else None
        return page(
            request,
            "catalog/shop.html",
            shop=found.shop,
            products=found.products,
            more=more,
            is_first=after is None,
            picture_of=picture_url,
        )

    @get("/products/{product_id:uuid}")
    async def show_product(
        self,
        request: AnyRequest,
        product_id: FromPath[UUID],
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> Response[str]:
        """Show a product. A draft is its shop's own business."""
        async with database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or (product.state is ProductState.DRAFT and not caller.may(product.shop_id)):
            raise NotFoundException
        available = sum(sku.available for sku in product.skus)
        dearer = [sku.compare_at for sku in product.skus if sku.compare_at and sku.price == product.price_min]
        return page(
            request,
            "catalog/product.html",
            product=product,
            pictures=_pictures(product),
            skus=_skus(product),
            options=[{"name": option.name, "values": option.values} for option in product.options],
            available=available,
            quantity_max=max(1, min(999, max((sku.available for sku in product.skus), default=1))),
            original=max(dearer, default=None),
            is_own=caller.may(product.shop_id),
        )


ROUTES: Final = (CatalogPages,)


def _pictures(product: ProductPage) -> list[str]:
    """Make the addresses of a product's pictures: of itself, then of each way that it looks."""
    urls = [picture_url(product.id, product.title, product.kind)]
    urls += [picture_url(product.id, product.title, product.kind, sku.choices) for sku in product.skus]
    return list(dict.fromkeys(urls))[:PICTURES_MAX]


def _skus(product: ProductPage) -> list[dict[str, Any]]:
    """Tell the picker what can be chosen."""
    return [
        {
            "id": str(sku.id),
            "values": sku.choices,
            "price": sku.price,
            "stock": max(0, sku.available),
            "image": picture_url(product.id, product.title, product.kind, sku.choices),
        }
        for sku in product.skus
    ]
