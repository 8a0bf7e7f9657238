"""Shops and products for the tests of the catalog."""

from typing import Any
from uuid import UUID

from tests.identity.people import make_people
from weiji.catalog import Option, ProductState, SaveProduct, SaveSku
from weiji.events import BY_SYSTEM
from weiji.inventory import SetStock, set_stock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.shops import OpenShop, OpenShopStatus, open_shops


async def opened_shop(tx: Transaction, name: str = "青瓷小铺", near: UUID | None = None) -> UUID:
    """Open a shop with a handle of its own; in the shard of *near*, if given."""
    shop_id = new_id(near)
    (owner_id,) = await make_people(tx, 1)
    opening = OpenShop(id=shop_id, handle=f"s{shop_id.hex[-12:]}", name=name, owner_id=owner_id, actor=BY_SYSTEM)
    assert await open_shops(tx, [opening]) == [OpenShopStatus.CREATED]
    return shop_id


def product(shop_id: UUID, **changes: Any) -> SaveProduct:
    """A listed cup in two colours, at 38 and 42 yuan."""
    facts: dict[str, Any] = {
        "id": new_id(shop_id),
        "shop_id": shop_id,
        "title": "手作陶瓷杯",
        "kind": "茶具",
        "options": (Option("颜色", ("青", "白")),),
        "skus": (
            SaveSku(id=new_id(shop_id), choices=("青",), price=38_00, code="CUP-1"),
            SaveSku(id=new_id(shop_id), choices=("白",), price=42_00, code="CUP-2", weight_grams=320),
        ),
        "state": ProductState.LISTED,
        "actor": BY_SYSTEM,
    }
    return SaveProduct(**facts | changes)


def simple(shop_id: UUID, **changes: Any) -> SaveProduct:
    """A listed product without options, at 9.99 yuan."""
    return product(shop_id, **{"options": (), "skus": (SaveSku(id=new_id(shop_id), price=9_99),)} | changes)


async def stock(tx: Transaction, command: SaveProduct, on_hand: int) -> None:
    """Give every SKU of a product the same stock."""
    await set_stock(
        tx,
        [SetStock(sku_id=sku.id, shop_id=command.shop_id, on_hand=on_hand, actor=BY_SYSTEM) for sku in command.skus],
    )
