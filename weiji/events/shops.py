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


class ShopVerified(Event, frozen=True, kw_only=True):
    """It is known who is behind a shop; it sells without limits from now on."""

    shop_id: UUID
