"""What settlement tells. The stream and the subject are the shop."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class PayoutScheduleChanged(Event, frozen=True, kw_only=True):
    """A shop is paid out at other times from now on, or only when it asks."""

    every: Literal["by_hand", "day", "week", "month"]
    day: int
    minimum: int
    account_id: UUID | None
    next_at: datetime | None


class ScheduledPayoutSkipped(Event, frozen=True, kw_only=True):
    """The time of a shop's payout had come, and nothing was paid out. `available` is what the shop could withdraw."""

    reason: Literal["withdrawals_barred", "no_account", "no_channel", "owner_frozen", "account_name_differs"]
    available: int
