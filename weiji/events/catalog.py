"""What the catalog tells."""

from uuid import UUID

from weiji.events.model import Event


class ProductSaved(Event, frozen=True, kw_only=True):
    """A product was made (version 1) or changed."""

    product_id: UUID
    shop_id: UUID
    version: int
    title: str
    status: str


class CategorySaved(Event, frozen=True, kw_only=True):
    """The operator made a category, or changed it. The stream is the person's own."""

    category_id: UUID
    name: str
    is_retired: bool


class ProductListed(Event, frozen=True, kw_only=True):
    """A product can be bought."""

    product_id: UUID
    shop_id: UUID


class ProductWithdrawn(Event, frozen=True, kw_only=True):
    """A product can't be bought any more."""

    product_id: UUID
    shop_id: UUID
