"""Card keys: what is sold as a text that opens something elsewhere. See README.md."""

from weiji.card_keys.model import (
    KEYS_MAX,
    DiscardKey,
    DiscardStatus,
    Fault,
    HandOut,
    Sealed,
    StoreKeys,
    StoreResult,
    StoreStatus,
)
from weiji.card_keys.operations import (
    discard_keys,
    get_keys_of_orders,
    get_keys_of_sku,
    hand_out_keys,
    store_keys,
    take_back_keys,
)
from weiji.card_keys.sealing import open_keys, seal_lines

__all__ = [
    "KEYS_MAX",
    "DiscardKey",
    "DiscardStatus",
    "Fault",
    "HandOut",
    "Sealed",
    "StoreKeys",
    "StoreResult",
    "StoreStatus",
    "discard_keys",
    "get_keys_of_orders",
    "get_keys_of_sku",
    "hand_out_keys",
    "open_keys",
    "seal_lines",
    "store_keys",
    "take_back_keys",
]
