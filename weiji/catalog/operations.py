"""The verbs of the catalog. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from uuid import UUID

from weiji.catalog import store
from weiji.catalog.categories import SaveCategory, SaveCategoryStatus, Tree, judge_categories
from weiji.catalog.model import (
    PAGE_MAX,
    Delivery,
    GoodsPage,
    ListProduct,
    ListProductStatus,
    ProductCards,
    ProductOrder,
    ProductPage,
    SaveProduct,
    SaveProductResult,
    Shelf,
    ShopPage,
    SkuForSale,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.pricing import ChangePrice, ChangePriceStatus, PriceChange, PriceRow, judge_prices
from weiji.catalog.rules import Product, Saves, judge_listings, judge_saves, judge_withdrawals, price_rows
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.catalog import CategorySaved, ProductListed, ProductSaved, ProductWithdrawn
from weiji.inventory import AddStock, add_stock
from weiji.kit.db import Reader, Transaction
from weiji.kit.text import is_text
from weiji.media import UsePictures, use_pictures
from weiji.shops import get_shops


async def save_products(tx: Transaction, commands: Sequence[SaveProduct]) -> list[SaveProductResult]:
    """Make products or replace them, SKUs included; results are in the order of *commands*.

    New SKUs begin with a stock of 0. Products named stay locked until *tx* ends. Publishes ProductSaved for each
    product that is another now.
    """
    shops = await get_shops(tx, list({command.shop_id for command in commands}))
    products = await store.lock_products(tx, {command.id for command in commands})
    tree = await store.get_categories(tx) if any(command.category_id for command in commands) else Tree(())
    handles, sku_products, prices = await store.get_names(
        tx,
        {(c.shop_id, c.handle or str(c.id)) for c in commands if is_text(c.handle, len(c.handle))},
        {sku.id for command in commands for sku in command.skus},
    )
    state = Saves(
        shop_ids={shop.id for shop in shops if shop},
        products=products,
        handles=handles,
        sku_products=sku_products,
        prices=prices,
        tree=tree,
    )
    replaced = set(products)
    results = judge_saves(state, commands, tx.now)
    saved = list(state.saved.values())
    await store.save_products(tx, saved, products)
    await store.withdraw_skus(tx, [command.id for command in saved if command.id in replaced])
    changes = list(state.skus.values())
    await store.save_skus(tx, changes)
    await add_stock(
        tx,
        [
            AddStock(
                sku_id=change.sku.id,
                shop_id=change.shop_id,
                is_keyed=products[change.product_id].delivery is Delivery.VIRTUAL,
            )
            for change in changes
        ],
    )
    await store.add_price_changes(tx, price_rows(state))
    await use_pictures(tx, [_pictures_of(command) for command in saved])
    await publish(
        tx,
        [
            _occurrence(
                _saved(command.id, products[command.id]),
                command.id,
                command.shop_id,
                command.actor,
            )
            for command in saved
        ],
    )
    return results


def _pictures_of(command: SaveProduct) -> UsePictures:
    urls = [picture.url for picture in command.pictures] + [sku.picture for sku in command.skus if sku.picture]
    return UsePictures(holder_id=command.id, owner_id=command.shop_id, urls=tuple(urls))


async def list_products(tx: Transaction, commands: Sequence[ListProduct]) -> list[ListProductStatus]:
    """Offer products for sale; results are in the order of *commands*. Publishes ProductListed."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_listings(products, commands, tx.now)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is ListProductStatus.LISTED]
    await _write_states(tx, products, done)
    await publish(
        tx,
        [
            _occurrence(ProductListed(product_id=c.product_id, shop_id=c.shop_id), c.product_id, c.shop_id, c.actor)
            for c in done
        ],
    )
    return statuses


async def withdraw_products(tx: Transaction, commands: Sequence[WithdrawProduct]) -> list[WithdrawProductStatus]:
    """Take products off sale; results are in the order of *commands*. Publishes ProductWithdrawn."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_withdrawals(products, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is WithdrawProductStatus.WITHDRAWN]
    await _write_states(tx, products, done)
    await publish(
        tx,
        [
            _occurrence(ProductWithdrawn(product_id=c.product_id, shop_id=c.shop_id), c.product_id, c.shop_id, c.actor)
            for c in done
        ],
    )
    return statuses


async def _write_states(
    tx: Transaction, products: dict[UUID, Product], done: Sequence[ListProduct] | Sequence[WithdrawProduct]
) -> None:
    await store.set_states(tx, {command.product_id: products[command.product_id] for command in done})


def _occurrence(event: Event, product_id: UUID, shop_id: UUID, actor: Actor) -> Occurrence:
    return Occurrence(event, shop_id, product_id, actor)


async def get_skus_for_sale(reader: Reader, sku_ids: Collection[UUID]) -> list[SkuForSale | None]:
    """Read what an order has to know of SKUs, in the order of *sku_ids*; None where there is no such SKU.

    One statement. Nothing is locked: a price that changes meanwhile is the one that was read.
    """
    found = await store.get_skus_for_sale(reader, sku_ids)
    return [found.get(id) for id in sku_ids]


async def get_products(reader: Reader, ids: Sequence[UUID]) -> list[ProductPage | None]:
    """Read products whole, drafts and withdrawn ones, too; in the order of *ids*, None where there is none."""
    found = await store.get_products(reader, ids)
    return [found.get(id) for id in ids]


async def find_products(reader: Reader, shop_id: UUID, handles: Collection[str]) -> dict[str, UUID]:
    """Tell which products of a shop have these handles; those that there are not are left out."""
    return await store.find_products(reader, shop_id, [handle for handle in handles if is_text(handle, len(handle))])


async def get_product_page(reader: Reader, product_id: UUID) -> ProductPage | None:
    """Read a product with its SKUs, its shop and its stock, in one statement; drafts and withdrawn ones, too."""
    return (await get_products(reader, [product_id]))[0]


async def get_shop_page(reader: Reader, shop_id: UUID, *, after: str | None = None, limit: int = 20) -> ShopPage | None:
    """Read a shop and a page of what it has listed, newest first, in one statement."""
    return await store.get_shop_page(reader, shop_id, after, _page(limit))


async def get_home(
    reader: Reader, *, order: ProductOrder = ProductOrder.NEWEST, after: str | None = None, limit: int = 20
) -> ProductCards:
    """Read a page of what all open shops have listed, in one statement."""
    return await store.get_home(reader, order, after, _page(limit))


async def get_goods_for_merchant(
    reader: Reader, shop_id: UUID, *, shelf: Shelf | None = None, after: str | None = None, limit: int = 20
) -> GoodsPage:
    """Read a page of everything a shop has (with *shelf*: only that), newest first, in one statement."""
    return await store.get_goods(reader, shop_id, shelf, after, _page(limit))


async def count_low_stock(reader: Reader, shop_id: UUID) -> int:
    """Count the SKUs on sale of which no more are left than their shop wants to be told of."""
    return await store.count_low_stock(reader, shop_id)


async def change_prices(tx: Transaction, commands: Sequence[ChangePrice]) -> list[ChangePriceStatus]:
    """Give SKUs other prices; results are in the order of *commands*. Their products stay locked until *tx* ends.

    Publishes ProductSaved for each product that is another now.
    """
    products = await store.lock_products(tx, {command.product_id for command in commands})
    skus = await store.get_sku_prices(tx, products)
    before = {id: (sku.price, sku.compare_at) for id, sku in skus.items()}
    statuses = judge_prices(skus, commands)
    moved = {id: sku for id, sku in skus.items() if (sku.price, sku.compare_at) != before[id]}
    ranges: dict[UUID, tuple[int, int]] = {}
    for sku in moved.values():
        costs = [each.price for each in skus.values() if each.product_id == sku.product_id]
        ranges[sku.product_id] = (min(costs), max(costs))
    for id in ranges:
        product = products[id]
        product.version += 1
        # What it is made of is not read here: no content has this digest, so no later save is taken for the same.
        product.content_hash = sha256(product.content_hash + b"%d" % product.version).digest()
    await store.set_sku_prices(tx, moved)
    await store.set_price_ranges(tx, ranges, products)
    rows = [PriceRow(id, products[sku.product_id].version, sku.price, sku.compare_at) for id, sku in moved.items()]
    await store.add_price_changes(tx, rows)
    actors = {command.product_id: command.actor for command in commands}
    await publish(tx, [_occurrence(_saved(id, products[id]), id, products[id].shop_id, actors[id]) for id in ranges])
    return statuses


def _saved(id: UUID, product: Product) -> ProductSaved:
    return ProductSaved(
        product_id=id, shop_id=product.shop_id, version=product.version, title=product.title, status=product.state
    )


async def save_categories(tx: Transaction, commands: Sequence[SaveCategory]) -> list[SaveCategoryStatus]:
    """Make categories or replace them; results are in the order of *commands*. The tree is locked until *tx* ends.

    Publishes CategorySaved in the stream of who did it.
    """
    tree = await store.lock_categories(tx)
    before = dict(tree.categories)
    statuses = judge_categories(tree, commands)
    saved = [category for id, category in tree.categories.items() if before.get(id) != category]
    await store.save_categories(tx, saved)
    actors = {command.id: command.actor for command in commands}
    told = []
    for category in saved:
        actor = actors[category.id]
        event = CategorySaved(category_id=category.id, name=category.name, is_retired=category.is_retired)
        told.append(Occurrence(event, actor.person_id or category.id, category.id, actor))
    await publish(tx, told)
    return statuses


async def get_price_changes(reader: Reader, sku_ids: Collection[UUID]) -> list[PriceChange]:
    """Read what SKUs cost, and from when on, the oldest first, in one statement."""
    return await store.get_price_changes(reader, sku_ids)


async def get_categories(reader: Reader) -> Tree:
    """Read the tree of categories, in one statement."""
    return await store.get_categories(reader)


async def get_category_page(
    reader: Reader, category_ids: Sequence[UUID], *, after: str | None = None, limit: int = 20
) -> ProductCards:
    """Read a page of what open shops have listed in categories, newest first, in one statement."""
    return await store.get_category_page(reader, category_ids, after, _page(limit))


def _page(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))
