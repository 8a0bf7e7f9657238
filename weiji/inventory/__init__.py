"""Stock: what shops have, what is held for orders, what was sold."""

from weiji.inventory.model import (
    ON_HAND_MAX,
    AddStock,
    MoveKind,
    SetStock,
    SetStockStatus,
    Stock,
    StockMove,
    StockStatus,
)
from weiji.inventory.operations import add_stock, get_stock, lock_stock, move_stock, set_stock

__all__ = [
    "ON_HAND_MAX",
    "AddStock",
    "MoveKind",
    "SetStock",
    "SetStockStatus",
    "Stock",
    "StockMove",
    "StockStatus",
    "add_stock",
    "get_stock",
    "lock_stock",
    "move_stock",
    "set_stock",
]
