"""What shops tell."""

from datetime import datetime
from uuid import UUID

from weiji.events.model import Event


class ShopOpened(Event, frozen=True, kw_only=True):
    """A shop was opened by its owner."""

    shop_id: UUID
    handle: str
    name: str
    owner_id: UUID


class ShopUpdated(Event, frozen=True, kw_only=True):
    """A shop has another name, story, colour or status."""

    shop_id: UUID
    name: str
    status: str


class ShopHandleChanged(Event, frozen=True, kw_only=True):
    """A shop has another short address; what led to the former one leads to it."""

    shop_id: UUID
    handle: str
    former_handle: str


class ShopVerified(Event, frozen=True, kw_only=True):
    """It is known who is behind a shop; it sells without limits from now on."""

    shop_id: UUID


class StaffInvited(Event, frozen=True, kw_only=True):
    """Somebody was asked to work in a shop; in the role `owner`, to take it over."""

    shop_id: UUID
    invitation_id: UUID
    person_id: UUID
    role: str


class InvitationAnswered(Event, frozen=True, kw_only=True):
    """Who was asked to work in a shop accepted, or declined."""

    shop_id: UUID
    invitation_id: UUID
    person_id: UUID
    role: str
    is_accepted: bool


class InvitationWithdrawn(Event, frozen=True, kw_only=True):
    """Somebody is not asked any more to work in a shop."""

    shop_id: UUID
    invitation_id: UUID
    person_id: UUID
    role: str


class StaffChanged(Event, frozen=True, kw_only=True):
    """Somebody of a shop's staff has another role."""

    shop_id: UUID
    person_id: UUID
    role: str


class StaffRemoved(Event, frozen=True, kw_only=True):
    """Somebody works in a shop no longer. Where the actor is the same person, they left."""

    shop_id: UUID
    person_id: UUID
    role: str


class ShopHandedOver(Event, frozen=True, kw_only=True):
    """A shop has another owner, who accepted it; who was, is a manager."""

    shop_id: UUID
    old_owner_id: UUID
    owner_id: UUID


class HolidayPut(Event, frozen=True, kw_only=True):
    """A shop said when it is on holiday, and whether it takes orders meanwhile."""

    shop_id: UUID
    starts_at: datetime
    ends_at: datetime
    takes_orders: bool
    notice: str


class HolidayStarted(Event, frozen=True, kw_only=True):
    """A shop's holiday has begun."""

    shop_id: UUID


class HolidayEnded(Event, frozen=True, kw_only=True):
    """A shop is on holiday no longer, or not at all."""

    shop_id: UUID


class ShopSuspended(Event, frozen=True, kw_only=True):
    """The operator's staff forbid a shop to sell, or to withdraw. `until` is null: until it is lifted."""

    shop_id: UUID
    suspension_id: UUID
    stops_sales: bool
    stops_withdrawals: bool
    reason: str
    until: datetime | None


class SuspensionAppealed(Event, frozen=True, kw_only=True):
    """A shop's owner said why a suspension is wrong."""

    shop_id: UUID
    suspension_id: UUID
    text: str


class AppealJudged(Event, frozen=True, kw_only=True):
    """Another of the operator's staff decided an appeal."""

    shop_id: UUID
    suspension_id: UUID
    is_granted: bool
    reason: str


class SuspensionEnded(Event, frozen=True, kw_only=True):
    """A suspension counts no longer: it was lifted, or the clock ended it."""

    shop_id: UUID
    suspension_id: UUID
    reason: str


class ShopClosing(Event, frozen=True, kw_only=True):
    """A shop's owner closes it: no new orders; the rest of its money goes to a bank account."""

    shop_id: UUID
    account_id: UUID


class ShopReopened(Event, frozen=True, kw_only=True):
    """A shop's owner closes it no longer."""

    shop_id: UUID


class ShopClosed(Event, frozen=True, kw_only=True):
    """A shop is closed for good: every order is over, and everything paid out."""

    shop_id: UUID


class ClosingResumed(Event, frozen=True, kw_only=True):
    """Money came to a shop that was closed: it is being closed again, until that is paid out, too."""

    shop_id: UUID


class ShopRestricted(Event, frozen=True, kw_only=True):
    """Penalties restrict a shop in other ways than before, or in none any more."""

    shop_id: UUID
    is_listing_frozen: bool
    is_limited: bool
    is_withdrawals_held: bool
