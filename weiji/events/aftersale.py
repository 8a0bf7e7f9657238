"""What cases of after-sale tell. The stream is the shop, the subject is the case."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class CaseAsked(Event, frozen=True, kw_only=True):
    """A buyer asks for something about a line of an order. Without an answer the clock agrees at `due_at`."""

    order_id: UUID
    buyer_id: UUID
    line: int
    kind: Literal["cancel", "refund", "return", "exchange", "reship"]
    quantity: int
    amount: int
    reason: str
    words: str
    due_at: datetime


class CaseAgreed(Event, frozen=True, kw_only=True):
    """The shop, its silence, or the buyer of an offer agreed. At `due_at` the clock acts next, if the case goes on."""

    order_id: UUID
    buyer_id: UUID
    kind: Literal["cancel", "refund", "return", "exchange", "reship"]
    amount: int
    due_at: datetime | None


class CaseRefused(Event, frozen=True, kw_only=True):
    """The shop said no, or the buyer to an offer. Until `due_at` either side may take it further.

    `reason` is why the shop did before anything came back, of `ListReasons`.
    """

    order_id: UUID
    buyer_id: UUID
    reason: str | None = None
    words: str
    proof: tuple[str, ...] = ()
    due_at: datetime


class CaseReplied(Event, frozen=True, kw_only=True):
    """One side told the other something about a case, which stays where it is."""

    order_id: UUID
    buyer_id: UUID
    words: str
    proof: tuple[str, ...] = ()


class CaseCountered(Event, frozen=True, kw_only=True):
    """The shop offers something else. Without an answer the case ends at `due_at`."""

    order_id: UUID
    buyer_id: UUID
    kind: Literal["cancel", "refund", "return", "exchange", "reship"]
    amount: int
    words: str
    proof: tuple[str, ...] = ()
    due_at: datetime


class ReturnSent(Event, frozen=True, kw_only=True):
    """The buyer sent goods back. At `due_at` the clock takes them as good."""

    order_id: UUID
    buyer_id: UUID
    carrier: str
    tracking_number: str
    due_at: datetime


class ReturnDelivered(Event, frozen=True, kw_only=True):
    """What was sent back is there, as its carrier tells. At `due_at` the clock takes it as good."""

    order_id: UUID
    buyer_id: UUID
    delivered_at: datetime
    due_at: datetime


class ReturnTaken(Event, frozen=True, kw_only=True):
    """The shop, or the clock, took goods back. `is_restocked`: they are for sale again."""

    order_id: UUID
    buyer_id: UUID
    is_restocked: bool


class ReplacementSent(Event, frozen=True, kw_only=True):
    """The shop sent other goods, or what was missing. `units` left its stock: none, where it was a piece of a unit."""

    order_id: UUID
    buyer_id: UUID
    carrier: str
    tracking_number: str
    units: int | None = None
    """None: it was sent before this was told; then as many as the case is about."""


class GoodsGivenBack(Event, frozen=True, kw_only=True):
    """Arbiters gave the buyer nothing, and had the goods sent back: the shop sent them."""

    order_id: UUID
    buyer_id: UUID
    carrier: str
    tracking_number: str


class CaseRefundOrdered(Event, frozen=True, kw_only=True):
    """A case came to a refund: the money left the order. `RefundOrdered` tells payments the same."""

    order_id: UUID
    buyer_id: UUID
    refund_id: UUID
    amount: int


class CaseRefunded(Event, frozen=True, kw_only=True):
    """The payer has the money of a case again."""

    order_id: UUID
    buyer_id: UUID
    refund_id: UUID
    amount: int
    to: Literal["channel", "wallet", "bank"]


class CaseWithdrawn(Event, frozen=True, kw_only=True):
    """The buyer gave a case up."""

    order_id: UUID
    buyer_id: UUID


class CaseExpired(Event, frozen=True, kw_only=True):
    """The buyer did not act in time: the case is over."""

    order_id: UUID
    buyer_id: UUID


class CaseSuspended(Event, frozen=True, kw_only=True):
    """A channel disputes the payment of the order: the case and its clock stand until that is decided."""

    order_id: UUID
    buyer_id: UUID


class CaseResumed(Event, frozen=True, kw_only=True):
    """A channel decided, and the case goes on. `amount` is what may still go back of what it asks for."""

    order_id: UUID
    buyer_id: UUID
    amount: int
    due_at: datetime | None


class ReturnAddressSet(Event, frozen=True, kw_only=True):
    """A shop said where goods are to be sent back to. The subject is the shop."""
