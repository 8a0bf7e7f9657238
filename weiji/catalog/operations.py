"""The verbs of the catalog. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.catalog import store
from weiji.catalog.model import (
    PAGE_MAX,
    GoodsPage,
    ListProduct,
    ListProductStatus,
    ProductCards,
    ProductOrder,
    ProductPage,
    ProductState,
    SaveProduct,
    SaveProductResult,
    ShopPage,
    SkuForSale,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.rules import Product, Saves, judge_listings, judge_saves, judge_withdrawals
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.catalog import ProductListed, ProductSaved, ProductWithdrawn
from weiji.inventory import AddStock, add_stock
from weiji.kit.db import Reader, Transaction
from weiji.kit.text import is_text
from weiji.shops import get_shops


async def save_products(tx: Transaction, commands: Sequence[SaveProduct]) -> list[SaveProductResult]:
    """Make products or replace them, SKUs included; results are in the order of *commands*.

    New SKUs begin with a stock of 0. Products named stay locked until *tx* ends. Publishes ProductSaved for each
    product that is another now.
    """
    shops = await get_shops(tx, list({command.shop_id for command in commands}))
    products = await store.lock_products(tx, {command.id for command in commands})
    handles, sku_products = await store.get_names(
        tx,
        {(c.shop_id, c.handle or str(c.id)) for c in commands if is_text(c.handle, len(c.handle))},
        {sku.id for command in commands for sku in command.skus},
    )
    state = Saves(
        shop_ids={shop.id for shop in shops if shop}, products=products, handles=handles, sku_products=sku_products
    )
    replaced = set(products)
    results = judge_saves(state, commands, tx.now)
    saved = list(state.saved.values())
    await store.save_products(tx, saved, products)
    await store.withdraw_skus(tx, [command.id for command in saved if command.id in replaced])
    changes = list(state.skus.values())
    await store.save_skus(tx, changes)
    await add_stock(tx, [AddStock(sku_id=change.sku.id, shop_id=change.shop_id) for change in changes])
    await publish(
        tx,
        [
            _occurrence(
                ProductSaved(
                    product_id=command.id,
                    shop_id=command.shop_id,
                    version=products[command.id].version,
                    title=command.title,
                    status=products[command.id].state,
                ),
                command.id,
                command.shop_id,
                command.actor,
            )
            for command in saved
        ],
    )
    return results


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
    reader: Reader, shop_id: UUID, *, state: ProductState | None = None, after: str | None = None, limit: int = 20
) -> GoodsPage:
    """Read a page of everything a shop has (with *state*: of that state only), newest first, in one statement."""
    return await store.get_goods(reader, shop_id, state, after, _page(limit))


def _page(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))
