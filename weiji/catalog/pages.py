"""The pages of the catalog: home, a product, categories."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.catalog.categories import Category, Tree
from weiji.catalog.category_words import name_of, said
from weiji.catalog.model import ProductOrder, ProductPage, ProductState
from weiji.catalog.operations import get_categories, get_category_page, get_home, get_product_page
from weiji.catalog.return_words import no_reason_note, no_reason_word
from weiji.catalog.sharing import share_of
from weiji.catalog.showing import own_pictures, show_picture
from weiji.kit import clock
from weiji.web import page
from weiji.web.permissions import Permission
from weiji.web.pictures import smallest
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

PRODUCTS: Final = 20
"""Products on one page of a list."""

PICTURES_MAX: Final = 20
"""Pictures of one product that are shown."""

DRAWN_MAX: Final = 8
"""Pictures that we draw of a product which has none."""


class CatalogPages(Controller):
    """What anybody may look at."""

    include_in_schema = False

    @get("/")
    async def show_home(self, request: WebRequest) -> Response[str]:
        """Show what all shops sell."""
        is_best_sold = request.query_params.get("sort") == ProductOrder.BEST_SOLD
        order = ProductOrder.BEST_SOLD if is_best_sold else ProductOrder.NEWEST
        after = request.query_params.get("after")
        async with request.database.read() as reader:
            cards = await get_home(reader, order=order, after=after, limit=PRODUCTS)
        more = f"/?sort={order}&after={cards.after}" if cards.after else None
        return page(
            request,
            "catalog/home.html",
            products=cards.products,
            order=order.value,
            more=more,
            is_first=after is None,
            picture_of=show_picture,
        )

    @get("/products/{product_id:uuid}")
    async def show_product(self, request: WebRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Show a product. A draft is its shop's own business."""
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
            tree = await get_categories(reader) if product and product.category_id else Tree(())
        if product is None or (
            product.state in (ProductState.DRAFT, ProductState.IN_REVIEW)
            and not request.caller.may(product.shop_id, Permission.GOODS)
        ):
            raise NotFoundException
        is_over = product.presale is not None and product.presale.is_over(clock.now())
        available = sum(sku.available for sku in product.skus)
        dearer = [sku.compare_at for sku in product.skus if sku.compare_at and sku.price == product.price_min]
        return page(
            request,
            "catalog/product.html",
            product=product,
            share=share_of(product, base_of(request)),
            pictures=_pictures(product),
            skus=_skus(product),
            options=[{"name": option.name, "values": option.values} for option in product.options],
            available=available,
            quantity_max=max(1, min(999, max((sku.available for sku in product.skus), default=1))),
            original=max(dearer, default=None),
            lowest=min(
                (sku.lowest for sku in product.skus if sku.lowest and sku.price == product.price_min), default=None
            ),
            said=said(tree, product.category_id, product.attributes),
            is_own=request.caller.works_for(product.shop_id),
            is_presale_over=is_over,
            no_reason=(no_reason_word(product.terms), no_reason_note(product.terms)),
            can_be_bought=product.is_for_sale and available > 0 and not is_over,
        )


class CategoryPages(Controller):
    """What there is, by its kind."""

    path = "/categories"
    include_in_schema = False

    @get("/")
    async def show_all(self, request: WebRequest) -> Response[str]:
        """Show the tree."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        outer = [(each, _open_in(tree, each.id)) for each in _open_in(tree, None)]
        return page(request, "catalog/categories.html", outer=outer, name_of=name_of)

    @get("/{category_id:uuid}")
    async def show(self, request: WebRequest, category_id: FromPath[UUID]) -> Response[str]:
        """Show what a category has, and what lies in it."""
        after = request.query_params.get("after")
        async with request.database.read() as reader:
            tree = await get_categories(reader)
            inside = [category.id for category in tree.inside(category_id)]
            if not inside:
                raise NotFoundException
            cards = await get_category_page(reader, inside, after=after, limit=PRODUCTS)
        return page(
            request,
            "catalog/category.html",
            path_to=tree.path_of(category_id)[:-1],
            category=tree.categories[category_id],
            inner=_open_in(tree, category_id),
            name_of=name_of,
            products=cards.products,
            more=f"/categories/{category_id}?after={cards.after}" if cards.after else None,
            is_first=after is None,
            picture_of=show_picture,
        )


def _open_in(tree: Tree, id: UUID | None) -> list[Category]:
    return [category for category in tree.children_of(id) if not category.is_retired]


ROUTES: Final = (CatalogPages, CategoryPages)


def _pictures(product: ProductPage) -> list[tuple[str, str]]:
    """List a product's pictures with their words: the shop's own; else drawn ones, of each way that it looks."""
    own = own_pictures(product.pictures)
    if own:
        return [(picture.url, picture.alt or (product.title if n == 0 else "")) for n, picture in enumerate(own)][
            :PICTURES_MAX
        ]
    urls = [show_picture(None, product.id, product.title, product.kind)]
    urls += [show_picture(None, product.id, product.title, product.kind, sku.choices) for sku in product.skus]
    drawn = list(dict.fromkeys(urls))[:DRAWN_MAX]
    return [(url, product.title if n == 0 else "") for n, url in enumerate(drawn)]


def _skus(product: ProductPage) -> list[dict[str, Any]]:
    """Tell the picker what can be chosen."""
    own = own_pictures(product.pictures)
    cover = own[0].url if own else None
    return [
        {
            "id": str(sku.id),
            "values": sku.choices,
            "price": sku.price,
            "stock": max(0, sku.available),
            "image": smallest(show_picture(sku.picture or cover, product.id, product.title, product.kind, sku.choices)),
        }
        for sku in product.skus
    ]
