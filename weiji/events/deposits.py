"""What deposits tell. The stream is the shop's, and so is the subject."""

from uuid import UUID

from weiji.events.model import Event


class DepositPaid(Event, frozen=True, kw_only=True):
    """A shop put up money as its deposit: out of what it had, or by a channel."""

    shop_id: UUID
    amount: int
    channel: str | None = None
    """None: out of what the shop had."""


class DepositTakenBack(Event, frozen=True, kw_only=True):
    """A shop took back what its deposit had beyond what is asked."""

    shop_id: UUID
    amount: int


class DepositRefilled(Event, frozen=True, kw_only=True):
    """What a shop had available went into its deposit, which had less than is asked."""

    shop_id: UUID
    amount: int


class DepositReleased(Event, frozen=True, kw_only=True):
    """A shop that is being closed has its deposit back: nobody claimed anything of it in time."""

    shop_id: UUID
    amount: int


class BuyerCompensated(Event, frozen=True, kw_only=True):
    """Two of the staff awarded a buyer money of the shop's deposit; it is on its way to their wallet.

    In the shop's stream; the subject is the order.
    """

    compensation_id: UUID
    shop_id: UUID
    order_id: UUID
    person_id: UUID
    amount: int


class CompensationReceived(Event, frozen=True, kw_only=True):
    """What was awarded is in the buyer's wallet. In the buyer's stream; the subject is the order."""

    compensation_id: UUID
    order_id: UUID
    amount: int
    is_postage: bool = False
    """Whether it is what sending goods back cost. Before this was told it may be, too."""


class DebtRepaid(Event, frozen=True, kw_only=True):
    """What a shop had available went to what it owes."""

    shop_id: UUID
    amount: int
    owed: int
    """What it owes still."""
