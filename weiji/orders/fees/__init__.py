"""What the platform takes of a trade: rules by category and by shop, versioned, previewed before they are in force."""

from weiji.orders.fees.model import NOTICE, Rate

__all__ = [
    "NOTICE",
    "Rate",
]
