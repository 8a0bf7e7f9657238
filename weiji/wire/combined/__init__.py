"""Combined orders: several merchant orders that are paid at once."""

from weiji.wire.combined.model import (
    LINES_MAX,
    CombinedOrder,
    EndCombinedOrder,
    EndCombinedStatus,
    PlaceCombinedOrder,
    PlaceCombinedResult,
    PlaceCombinedStatus,
    combined_id_of,
)
from weiji.wire.combined.operations import end_combined_orders, place_combined_orders
from weiji.wire.combined.rules import compare
from weiji.wire.combined.store import find_combined_for_payer, get_combined

__all__ = [
    "LINES_MAX",
    "CombinedOrder",
    "EndCombinedOrder",
    "EndCombinedStatus",
    "PlaceCombinedOrder",
    "PlaceCombinedResult",
    "PlaceCombinedStatus",
    "combined_id_of",
    "compare",
    "end_combined_orders",
    "find_combined_for_payer",
    "get_combined",
    "place_combined_orders",
]
