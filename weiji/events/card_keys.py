"""What card keys tell, and never a key itself. The stream is the shop, the subject is the SKU."""

from uuid import UUID

from weiji.events.model import Event


class KeysStored(Event, frozen=True, kw_only=True):
    """Card keys of a SKU were stored: so many more can be sold."""

    upload_id: UUID
    sku_id: UUID
    stored: int


class KeysDiscarded(Event, frozen=True, kw_only=True):
    """Card keys that nobody had were discarded."""

    sku_id: UUID
    discarded: int
