"""What invoices hear: that money of an order goes back, and that there will be none."""

from collections.abc import Sequence

from weiji.events import Delivered, Subscription
from weiji.events.orders import OrderClosed, RefundOrdered
from weiji.kit.db import Transaction
from weiji.orders.invoices.model import NoteRefund
from weiji.orders.invoices.operations import note_refunds


async def follow_refunds(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """RefundOrdered: an invoice that was made out is to be taken back, one that was not has nothing to be for.

    OrderClosed: nor has what was asked for at the checkout and never paid.
    """
    await note_refunds(tx, [NoteRefund(order_id=order_id) for order_id in {each.subject_id for each in batch}])


def subscriptions() -> list[Subscription]:
    """Say what invoices hear of."""
    return [Subscription(name="orders.correct_invoices", events=(RefundOrdered, OrderClosed), handler=follow_refunds)]
