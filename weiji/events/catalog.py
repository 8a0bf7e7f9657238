"""What the catalog tells."""

from datetime import datetime
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


class ProductSubmitted(Event, frozen=True, kw_only=True):
    """A product waits for a reviewer: to be listed, or to become what its shop proposes (`is_change`)."""

    product_id: UUID
    shop_id: UUID
    revision: int
    is_change: bool


class ReviewTaken(Event, frozen=True, kw_only=True):
    """A reviewer looks at a product."""

    product_id: UUID
    revision: int


class ProductReviewed(Event, frozen=True, kw_only=True):
    """A reviewer said whether a product may be sold as it is; `reasons` tell by field what has to be mended."""

    product_id: UUID
    shop_id: UUID
    revision: int
    is_approved: bool
    reasons: dict[str, str]


class ReviewRulesPublished(Event, frozen=True, kw_only=True):
    """The operator said anew which goods are reviewed before they are sold. The stream is the person's own."""

    version: int
    reason: str


class ReturnRulesPublished(Event, frozen=True, kw_only=True):
    """The operator said anew for how long goods may be sent back. The stream is the person's own."""

    version: int
    reason: str


class ProductScheduled(Event, frozen=True, kw_only=True):
    """A shop told the clock when to list a product, and when to withdraw it."""

    product_id: UUID
    shop_id: UUID
    list_at: datetime | None
    withdraw_at: datetime | None


class ProductTakenDown(Event, frozen=True, kw_only=True):
    """The operator's staff, or a rule of theirs, forbid a product; its shop may appeal."""

    product_id: UUID
    shop_id: UUID
    penalty_id: UUID
    reason: str


class ProductRestored(Event, frozen=True, kw_only=True):
    """A product that was taken down is what it was before: `status`."""

    product_id: UUID
    shop_id: UUID
    penalty_id: UUID
    status: str


class StockRanLow(Event, frozen=True, kw_only=True):
    """No more of a SKU on sale is left than its shop wants to be told of. Told once, until there is more again."""

    product_id: UUID
    sku_id: UUID
    title: str
    choices: tuple[str, ...]
    available: int
    low_stock: int


class ProductWithdrawn(Event, frozen=True, kw_only=True):
    """A product can't be bought any more."""

    product_id: UUID
    shop_id: UUID
