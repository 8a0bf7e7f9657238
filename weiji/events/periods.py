"""What periods tell. Stream and subject are the month's."""

from uuid import UUID

from weiji.events.model import Event


class PeriodClosed(Event, frozen=True, kw_only=True):
    """Two of the staff closed a month (2026-01): nothing posts into it any more.

    The hash is that of its trial balance.
    """

    month: str
    trial_hash: str
    proposal_id: UUID
