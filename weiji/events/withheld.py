"""What a shop no more reads of events that were told in its log before, since they name who complained of it."""

from collections.abc import Mapping
from typing import Any, Final

OF_TRADES: Final = frozenset({"ReviewReported", "ReviewRuled"})
"""Of line 0 they tell that the order's buyer complained: they are `TradeReported` and `TradeReportRuled` now."""


def told_to_shop(type: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the data of an event as the shop reads it in whose log it is; None for one that it does not read at all."""
    if type in OF_TRADES and data.get("line") == 0:
        return None
    # Whoever has the id of a stranger's complaint reads what they wrote.
    hidden = {"complaint_id"} if type == "ComplaintFiled" else frozenset()
    return {name: value for name, value in data.items() if name not in hidden}
