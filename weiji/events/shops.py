"""What shops tell."""

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
