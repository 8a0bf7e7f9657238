"""What disputes tell. The stream is the shop, the subject is the case; for the rules, their author."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event

Side = Literal["buyer", "merchant"]


class DisputeOpened(Event, frozen=True, kw_only=True):
    """Buyer, shop or clock left a case to arbiters. Case and order, as they were then, have this hash (SHA-256)."""

    order_id: UUID
    buyer_id: UUID
    by: Literal["buyer", "merchant", "clock"]
    file_hash: str
    due_at: datetime


class EvidenceSubmitted(Event, frozen=True, kw_only=True):
    """One side handed in what it says and shows. What that is, is told later; its hash (SHA-256) is told now."""

    by: Side
    hash: str


class EvidenceUnsealed(Event, frozen=True, kw_only=True):
    """Both sides are in, or the time was up: each may read what the other said, and arbiters may decide."""

    due_at: datetime


class RulingProposed(Event, frozen=True, kw_only=True):
    """An arbiter signed a ruling that takes a second arbiter."""

    number: int


class RulingRejected(Event, frozen=True, kw_only=True):
    """A second arbiter did not sign a ruling: it is decided anew."""

    number: int


class DisputeRuled(Event, frozen=True, kw_only=True):
    """Arbiters ruled: *share* percent of what the buyer asked for the goods (of what they cost, where it was no money
    that was asked for), and who bears freight: that is *ruled*. Of it *amount* goes to the buyer, as far as no channel
    gave it back before; and *postage* for sending goods back.

    A first ruling may be appealed until `due_at`; one on appeal is final (then there is none). `goods_back`: once it
    is in force, the shop is to send back what the buyer had sent back.
    """

    order_id: UUID
    buyer_id: UUID
    number: int
    share: int
    freight_by: Side
    ruled: int | None = None
    """None: it was ruled before this was told."""
    amount: int
    postage: int = 0
    goods_back: bool = False
    due_at: datetime | None


class RulingAppealed(Event, frozen=True, kw_only=True):
    """One side appealed: another arbiter decides."""

    by: Side
    due_at: datetime


class RulingExecuted(Event, frozen=True, kw_only=True):
    """A ruling is in force, and its money on its way. The shop is to send goods back by `send_by`; None: it is not."""

    order_id: UUID
    buyer_id: UUID
    number: int
    amount: int
    postage: int = 0
    send_by: datetime | None = None


class PostageAwarded(Event, frozen=True, kw_only=True):
    """What a buyer laid out for sending goods back is on its way to their wallet; the shop pays it."""

    compensation_id: UUID
    shop_id: UUID
    order_id: UUID
    person_id: UUID
    amount: int


class DisputeWithdrawn(Event, frozen=True, kw_only=True):
    """The buyer gave it up: the case ends with nothing."""

    order_id: UUID
    buyer_id: UUID


class DisputeRulesPublished(Event, frozen=True, kw_only=True):
    """The operator changed the times of disputes, or from which amount on two arbiters sign."""

    version: int
    reason: str
