"""What a program may be allowed: the scopes of API keys."""

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What an API key may be given. A scope never goes beyond what the key's person may do."""

    PROFILE_READ = "profile:read"
    ADDRESSES_READ = "addresses:read"
    ADDRESSES_WRITE = "addresses:write"
    SHOPS_READ = "shops:read"
    SHOPS_WRITE = "shops:write"
    GOODS_READ = "goods:read"
    GOODS_WRITE = "goods:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_WRITE = "payouts:write"
    EVENTS_READ = "events:read"
    PLATFORM_READ = "platform:read"
    PLATFORM_WRITE = "platform:write"


KNOWN: Final = frozenset(scope.value for scope in Scope)

DESCRIPTIONS: Final = {
    Scope.PROFILE_READ: "Read who you are.",
    Scope.ADDRESSES_READ: "Read your address book.",
    Scope.ADDRESSES_WRITE: "Change your address book.",
    Scope.SHOPS_READ: "Read the settings of your shops.",
    Scope.SHOPS_WRITE: "Open shops and change them.",
    Scope.GOODS_READ: "Read the goods of your shops, those not on sale too.",
    Scope.GOODS_WRITE: "Create and change the goods of your shops.",
    Scope.STOCK_READ: "Read how much your shops have in stock.",
    Scope.STOCK_WRITE: "Change how much your shops have in stock.",
    Scope.ORDERS_READ: "Read your orders, and those of your shops.",
    Scope.ORDERS_WRITE: "Place and change your orders; ship and change those of your shops.",
    Scope.PAYMENTS_READ: "Read your payments, your wallet, and the money of your shops.",
    Scope.PAYMENTS_WRITE: "Pay, within an allowance of yours; refund what your shops sold.",
    Scope.PAYOUTS_READ: "Read your withdrawals.",
    Scope.PAYOUTS_WRITE: "Withdraw the money of your shops to the accounts they have.",
    Scope.EVENTS_READ: "Read what happened to you and in your shops.",
    Scope.PLATFORM_READ: "Read what the operator's staff sees, if you are one of them.",
    Scope.PLATFORM_WRITE: "Do what the operator's staff does, if you are one of them.",
}
"""What each scope allows, in one sentence."""
