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


class DebtRepaid(Event, frozen=True, kw_only=True):
    """What a shop had available went to what it owes."""

    shop_id: UUID
    amount: int
    owed: int
    """What it owes still."""
