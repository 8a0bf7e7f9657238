"""What orders tell. The stream is the shop, the subject is the order."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class OrderPlaced(Event, frozen=True, kw_only=True):
    """A buyer placed an order; stock is held for it until `due_at`. Amounts are fen."""

    buyer_id: UUID
    total: int
    units: int
    due_at: datetime


class OrderPaid(Event, frozen=True, kw_only=True):
    """The money of an order is held in its escrow."""

    buyer_id: UUID
    payment_id: UUID
    channel: str
    amount: int
    due_at: datetime
    is_reopened: bool = False
    """It had been closed, and the money came late; the stock could still be had."""


class OrderClosed(Event, frozen=True, kw_only=True):
    """An order was closed unpaid; its stock is free again."""

    reason: Literal["buyer", "merchant", "expired"]


class ParcelShipped(Event, frozen=True, kw_only=True):
    """A parcel of an order is on its way. `lines` are pairs of line number and quantity.

    At `due_at` the clock confirms receipt after the last parcel, and refunds the order after any other.
    """

    parcel_id: UUID
    carrier: str
    tracking_number: str
    lines: tuple[tuple[int, int], ...]
    is_last: bool
    due_at: datetime | None
    warehouse_id: UUID | None = None


class OrderDelivered(Event, frozen=True, kw_only=True):
    """Every parcel of an order is there, as their carriers tell. At `due_at` the clock confirms receipt."""

    due_at: datetime | None
    is_sooner: bool
    """Whether the clock confirms sooner because of it."""


class OrderRepriced(Event, frozen=True, kw_only=True):
    """The shop changed what an unpaid order costs (fen): from `before` to `total`."""

    before: int
    total: int
    conceded: int
    """What it takes off the goods by hand, in all."""
    freight: int


class KeysOrdered(Event, frozen=True, kw_only=True):
    """The money of an order of virtual goods is held: its card keys are to be handed out."""

    buyer_id: UUID


class KeysHandedOut(Event, frozen=True, kw_only=True):
    """The buyer of an order may see its card keys. At `due_at` the clock confirms receipt; None: it stands."""

    units: int
    due_at: datetime | None


class KeysShown(Event, frozen=True, kw_only=True):
    """The buyer looked at the card keys of an order; if it is the first time, they can't come back from then on."""

    is_first: bool


class ShippingReminded(Event, frozen=True, kw_only=True):
    """Not all of an order is shipped yet, though it was paid a while ago; the shop promised to until `promised_at`."""

    promised_at: datetime


class ReceiptProlonged(Event, frozen=True, kw_only=True):
    """The buyer has more time until receipt is confirmed by the clock."""

    days: int
    due_at: datetime


class UnsentCancelled(Event, frozen=True, kw_only=True):
    """What of an order was not sent will not be: its money is on its way back, and the order goes on with what was."""

    buyer_id: UUID
    units: int
    amount: int
    """What goes back; 0 where nothing is left to give."""
    reason: str
    """The shop's words; `not_shipped` by the clock, `received_in_part` where its buyer confirms what came."""


class OrderPickedUp(Event, frozen=True, kw_only=True):
    """The shop handed the goods of an order over for the code that its buyer has; who did so is who acts."""

    place_id: UUID
    place: str
    """What the place was called when the order was placed."""
    units: int


class OrderReceived(Event, frozen=True, kw_only=True):
    """Receipt was confirmed, by the buyer, by the code of what is picked up, or by the clock.

    The money went to the shop, less the fee.
    """

    amount: int
    fee: int
    due_at: datetime
    is_part_shipped: bool = False
    """Not everything was shipped: the buyer made do with what came. `UnsentCancelled` told what became of the rest."""


class OrderSettled(Event, frozen=True, kw_only=True):
    """The shop may withdraw what the order brought: the trade is over."""

    amount: int
    """What the shop has of it, the fee taken."""
    buyer_id: UUID | None = None
    paid: int = 0
    """What the buyer paid, less what went back."""
    number: str = ""
    """The order's, for people."""


class TradeReduced(Event, frozen=True, kw_only=True):
    """Money of a settled trade went back, by a refund or a chargeback that was lost: so much of it is left."""

    buyer_id: UUID
    paid: int
    """What the buyer paid, less all that went back."""


class OrderChargedBack(Event, frozen=True, kw_only=True):
    """A payer has so much of an order's money again by way of their channel, which found for them: nothing is refunded
    for it.
    """

    buyer_id: UUID
    case_id: UUID
    amount: int


class RefundOrdered(Event, frozen=True, kw_only=True):
    """Money of an order, all or a part, is on its way back to the payer: payments carry it out."""

    payment_id: UUID
    payer_id: UUID
    order_id: UUID
    amount: int
    refund_id: UUID
    reason: str
    is_settled: bool = False
    """The shop had been given the order's money before."""
    of_shop: int | None = None
    """What the shop gave back then: without the fee that it had again, with the coupon's part. Of old: None."""


class PaymentRejected(Event, frozen=True, kw_only=True):
    """A payment arrived that its order can't take: it goes back as it came."""

    payment_id: UUID
    payer_id: UUID
    order_id: UUID
    amount: int
    reason: Literal["closed", "already_paid", "amount_differs"]
    is_part: bool = False
    """Whether the payment was for other orders, too: only this one's part goes back."""


class RefundArrived(Event, frozen=True, kw_only=True):
    """The payer has the money again, all that was left of an order."""

    refund_id: UUID
    amount: int
    to: Literal["channel", "wallet", "bank"]


class FeesPreviewed(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff saw what fees would have come to: as this version they may be published."""

    version: int


class FeesPublished(Event, frozen=True, kw_only=True):
    """The operator changed what is taken of trades, for orders placed from `effective_at` on."""

    version: int
    effective_at: datetime
    reason: str


class TradeRulesPublished(Event, frozen=True, kw_only=True):
    """The operator changed timers or fees, for orders placed from `effective_at` on."""

    version: int
    effective_at: datetime
    reason: str
