"""Shops: who sells, and under which name and address."""

from weiji.shops.model import (
    COLOUR_DEFAULT,
    NO_SHOP,
    OpenShop,
    OpenShopStatus,
    Shop,
    ShopState,
    UpdateShop,
    UpdateShopStatus,
)
from weiji.shops.operations import find_shop, get_shops, open_shops, update_shops

__all__ = [
    "COLOUR_DEFAULT",
    "NO_SHOP",
    "OpenShop",
    "OpenShopStatus",
    "Shop",
    "ShopState",
    "UpdateShop",
    "UpdateShopStatus",
    "find_shop",
    "get_shops",
    "open_shops",
    "update_shops",
]
