"""What court orders tell. The stream is the owner of the money; the subject is the court order."""

from uuid import UUID

from weiji.events.model import Event


class CourtOrderObeyed(Event, frozen=True, kw_only=True):
    """Money is held as a court ordered: `amount` (None: everything), of which `taken` was there at once."""

    owner_id: UUID
    place: str
    amount: int | None
    taken: int
    court: str
    number: str


class MoneyHeld(Event, frozen=True, kw_only=True):
    """What came in was taken into the hold that a court ordered."""

    amount: int


class CourtOrderExecuted(Event, frozen=True, kw_only=True):
    """扣划: what was held, or a part of it, was paid to the court by a notice of this number."""

    amount: int
    number: str
    way: str


class CourtOrderReleased(Event, frozen=True, kw_only=True):
    """解冻: what was held was let go by an order of this number, and nothing more is taken."""

    amount: int
    number: str
