"""What storefronts tell. The stream and the subject are the shop's."""

from uuid import UUID

from weiji.events.model import Event


class DesignPublished(Event, frozen=True, kw_only=True):
    """Buyers see another version of a shop's page."""

    shop_id: UUID
    number: int
