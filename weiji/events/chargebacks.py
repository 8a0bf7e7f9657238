"""What chargebacks tell. The stream is the shop, or the case where there is none; the subject is the case."""

from uuid import UUID

from weiji.events.model import Event


class ChargebackTaken(Event, frozen=True, kw_only=True):
    """拒付: a channel took back what a payer disputes of an order, and a fee of its own."""

    order_id: UUID | None
    amount: int
    fee: int
    channel: str
    reference: str
    reason: str


class ChargebackHeld(Event, frozen=True, kw_only=True):
    """So much of the order's money is held until the channel decides; the order's clock stands."""

    amount: int


class EvidenceShown(Event, frozen=True, kw_only=True):
    """The shop said and showed something, to be answered to the channel."""

    number: int


class ChargebackRepresented(Event, frozen=True, kw_only=True):
    """One of the staff answered the channel."""

    argument: str


class ChargebackClosed(Event, frozen=True, kw_only=True):
    """The channel decided, and the money was dealt with: what is `recovered` came from the order or its shop.

    `borne` is what nobody could be charged for.
    """

    order_id: UUID | None
    is_won: bool
    recovered: int
    borne: int
