"""Where a list of orders goes on: after the order that was shown last."""

from datetime import datetime
from uuid import UUID

from weiji.orders.model import Order


def write_cursor(order: Order) -> str:
    """Say after which order a list goes on."""
    return f"{order.placed_at:%Y%m%dT%H%M%S.%fZ}{order.id.hex}"


def read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """Read where a list goes on; None where that is nothing of ours: at its beginning."""
    try:
        return datetime.strptime(f"{text[:22]}+0000", "%Y%m%dT%H%M%S.%f%z"), UUID(hex=text[23:])
    except ValueError:
        return None
