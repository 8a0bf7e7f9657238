"""What freight tells. The stream is the shop, the subject the template, or the place."""

from uuid import UUID

from weiji.events.model import Event


class FreightTemplateChanged(Event, frozen=True, kw_only=True):
    """A shop charges something else for sending from now on: a template was written or removed."""

    template_id: UUID
    shop_id: UUID
    is_removed: bool


class PickupPlaceChanged(Event, frozen=True, kw_only=True):
    """A place where a shop hands goods over was written. Orders keep what it said when they were placed."""

    place_id: UUID
    name: str
    is_open: bool
    """Whether it can be chosen from now on."""
