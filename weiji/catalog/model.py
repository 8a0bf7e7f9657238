"""The words of the catalog: products, their options and SKUs, and how each command can end."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.catalog.returning import ReturnTerms
from weiji.events import Actor
from weiji.freight import Place, Template
from weiji.word_rules import Refused

OPTIONS_MAX: Final = 6
"""Options of a product: as many as Google's feed tells items apart by."""

SKUS_MAX: Final = 2_048
"""SKUs of a product: as many as Shopify lets it have; Taobao's are 600."""

PRICE_MIN: Final = 1
"""The lowest price of what is sold, in fen: for nothing there is nothing to pay, hold or give back."""

PRICE_MAX: Final = 10**12
"""The highest price, in fen: ten thousand million yuan."""

WEIGHT_MAX: Final = 10**8
"""The heaviest SKU, in grams."""

TITLE_MAX: Final = 255
HANDLE_MAX: Final = 255
WORDS_MAX: Final = 200
"""Characters of a vendor, a kind, a tag, an option's name, a choice."""
CODE_MAX: Final = 100
"""Characters of a SKU's code and of its barcode."""
DESCRIPTION_MAX: Final = 100_000
"""Characters of a description, HTML included."""
TAGS_MAX: Final = 250
PICTURES_MAX: Final = 250
URL_MAX: Final = 2_000
VIDEO_BYTES_MAX: Final = 500 * 1024**2
"""The largest video that a setting may allow."""

VIDEO_BODY_BYTES_MAX: Final = 700 * 1024**2
"""The largest request with a video: base64 makes four thirds of it."""

ALT_MAX: Final = 1_000
EXTRA_MAX: Final = 100_000
"""Characters of what an import kept of columns that mean nothing here, as JSON."""

PAGE_MAX: Final = 100
"""Products that one page may list."""


class ProductState(StrEnum):
    """Whether a product can be bought."""

    DRAFT = "draft"
    """Not shown yet."""
    IN_REVIEW = "in_review"
    """To be listed, once somebody has looked at it."""
    LISTED = "listed"
    WITHDRAWN = "withdrawn"
    """Was listed before."""
    TAKEN_DOWN = "taken_down"
    """The operator's staff forbid it: its shop can change it, and not list it."""


class Delivery(StrEnum):
    """How a product comes to its buyer. It is said when the product is made, and stays."""

    PHYSICAL = "physical"
    """In a parcel."""
    VIRTUAL = "virtual"
    """As a card key for each unit, handed out once it is paid."""


PRESALE_DAYS_MAX: Final = 180
"""Days from now that a presale may promise to ship in."""


PRESALE_FROM: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before it none ended: what is written of a year like 1 can't be turned into another zone's time."""


class Presale(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product is sold before it is there. Who orders pays now; what the shop promises begins at `ships_at`."""

    ends_at: Annotated[datetime, Meta(tz=True)]
    """Orders are taken until then."""
    ships_at: Annotated[datetime, Meta(tz=True)]
    """When the goods will be there: not before `ends_at`. From then on they are sold like any other."""
    quantity: int | None = None
    """How many units of each SKU may be ordered in it; None: as many as there are."""

    def is_on(self, now: datetime) -> bool:
        """Whether it is ordered before it is there."""
        return now < self.ends_at

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be ordered: the presale is over, and the goods aren't there yet."""
        return self.ends_at <= now < self.ships_at


class Option(Struct, frozen=True):
    """Something to choose: a name (颜色) and its values (红, 蓝), in the order they are shown."""

    name: str
    values: tuple[str, ...]


class Picture(Struct, frozen=True, kw_only=True):
    """A picture of a product. `url` is where it came from, or the key of a local file."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


class SaveSku(Struct, frozen=True, kw_only=True):
    """A SKU as it shall be. `choices` has one value for each option of the product; `price` is in fen."""

    id: UUID
    price: int
    choices: tuple[str, ...] = ()
    code: str = ""
    barcode: str = ""
    compare_at: int | None = None
    """The struck-through price, in fen."""
    weight_grams: int = 0
    picture: str | None = None
    """The `url` of a picture of its own."""
    low_stock: int | None = None
    """The merchant is told once no more than these are left; None: never."""


class SaveProduct(Struct, frozen=True, kw_only=True):
    """Make a product, or replace all of one, SKUs included. The caller checks that `actor` may act for the shop.

    The caller makes `id` and the SKUs' ids in the shop's shard. SKUs that are left out are withdrawn. `version` is
    the one the caller saw: 0 for a product that must be new; None replaces whatever is there. `handle` and `state`
    count only when the product is made: listing and withdrawing are operations of their own.
    """

    id: UUID
    shop_id: UUID
    title: str
    skus: tuple[SaveSku, ...]
    actor: Actor
    handle: str = ""
    """The product's name in addresses and files, the only one in its shop; without one, its id."""
    description_html: str = ""
    """Anything that can run, or load from elsewhere, is taken out."""
    vendor: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[Picture, ...] = ()
    extra: Mapping[str, str] = {}
    """What an import found and has no place for: column → text."""
    category_id: UUID | None = None
    attributes: Mapping[str, str] = {}
    """What the category asks to be said: key of an attribute → value."""
    delivery: Delivery | None = None
    """None: as it is, or in a parcel if the product is new."""
    presale: Presale | None = None
    state: ProductState = ProductState.DRAFT
    version: int | None = None


class SaveProductStatus(StrEnum):
    """How saving a product ended. Where several apply, the first listed is given."""

    CREATED = "created"
    UPDATED = "updated"
    EXISTS = "exists"
    """It is already exactly so: nothing was written."""
    SUBMITTED = "submitted"
    """It is sold as it was until somebody has looked at the change."""
    SHOP_NOT_FOUND = "shop_not_found"
    ID_NOT_NEAR_SHOP = "id_not_near_shop"
    """The id of the product or of a SKU is not in the shop's shard."""
    ID_TAKEN = "id_taken"
    """The id is a product of another shop, or with version 0, another product."""
    PRODUCT_NOT_FOUND = "product_not_found"
    """A version was given, and there is no such product."""
    VERSION_CONFLICT = "version_conflict"
    """Somebody else saved it meanwhile."""
    INVALID_TITLE = "invalid_title"
    """Not 1 to 255 characters in one line."""
    INVALID_TEXT = "invalid_text"
    """Another text, or a list of them, is too long or is not text."""
    TOO_MANY_OPTIONS = "too_many_options"
    """Over 6."""
    INVALID_OPTIONS = "invalid_options"
    """Options without a name or values, or twice the same."""
    NO_SKUS = "no_skus"
    TOO_MANY_SKUS = "too_many_skus"
    """Over 2,048."""
    INVALID_CHOICES = "invalid_choices"
    """A SKU does not have one of the values of each option."""
    DUPLICATE_CHOICES = "duplicate_choices"
    """Two SKUs have the same choices."""
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    """Not 1 … 10^12 fen; 0 while it is a draft, or not on sale: its price is to be said before it is."""
    """Not 1 … 10^12 fen."""
    WEIGHT_OUT_OF_RANGE = "weight_out_of_range"
    LOW_STOCK_OUT_OF_RANGE = "low_stock_out_of_range"
    """Not 0 … 1,000,000,000."""
    CATEGORY_NOT_FOUND = "category_not_found"
    INVALID_ATTRIBUTES = "invalid_attributes"
    """The category does not ask for one of them, or it can't have this value."""
    MISSING_ATTRIBUTE = "missing_attribute"
    """The category asks for one that is not said."""
    DELIVERY_FIXED = "delivery_fixed"
    """How the product comes to its buyer was said when it was made."""
    INVALID_PRESALE = "invalid_presale"
    """It ends after the goods are there, promises them for more than 180 days from now, is of nothing, or of virtual
    goods."""
    HANDLE_TAKEN = "handle_taken"
    """The shop has another product with this handle."""
    SKU_ID_TAKEN = "sku_id_taken"
    """A SKU's id is another product's SKU, or there twice."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse: `refusals` tell what, where and why."""
    LISTING_FROZEN = "listing_frozen"
    """A penalty keeps the shop from putting more on sale for a time: it can be saved as a draft."""


class SaveProductResult(Struct, frozen=True):
    """The answer to one command; `version` is the product's now, 0 where it was refused."""

    status: SaveProductStatus
    version: int = 0
    refusals: tuple[Refused, ...] = ()


class ListProduct(Struct, frozen=True, kw_only=True):
    """Offer a product for sale. The caller checks that `actor` may act for the shop."""

    product_id: UUID
    shop_id: UUID
    actor: Actor


class ListProductStatus(StrEnum):
    """How listing a product ended. Where several apply, the first listed is given."""

    LISTED = "listed"
    IN_REVIEW = "in_review"
    """Somebody has to look at it first."""
    EXISTS = "exists"
    """It was listed before."""
    PRODUCT_NOT_FOUND = "product_not_found"
    """The shop has no such product."""
    TAKEN_DOWN = "taken_down"
    """The operator's staff forbid it; its shop may appeal."""
    UNPRICED = "unpriced"
    """Something of it costs nothing: say its price first."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse by now: saving it tells what."""
    LISTING_FROZEN = "listing_frozen"
    """A penalty keeps the shop from putting more on sale for a time."""


class WithdrawProduct(Struct, frozen=True, kw_only=True):
    """Take a product off sale. The caller checks that `actor` may act for the shop."""

    product_id: UUID
    shop_id: UUID
    actor: Actor


class WithdrawProductStatus(StrEnum):
    """How withdrawing a product ended. Where several apply, the first listed is given."""

    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    """It was neither listed nor in review."""
    PRODUCT_NOT_FOUND = "product_not_found"
    """The shop has no such product."""


class SkuForSale(Struct, frozen=True, kw_only=True):
    """What an order or a cart has to know of a SKU. Money is in fen."""

    sku_id: UUID
    product_id: UUID
    shop_id: UUID
    shop_name: str
    shop_handle: str
    shop_owner_id: UUID
    title: str
    kind: str
    option_names: tuple[str, ...]
    choices: tuple[str, ...]
    code: str
    price: int
    weight_grams: int
    picture: str | None
    """Where its picture came from; `catalog.show_picture` says what is shown."""
    is_on_shelf: bool
    """Whether SKU and product are listed."""
    is_listed: bool
    """Whether it can be bought: the shop is open, too."""
    available: int
    """What is free at this moment; only holding it promises it."""
    shop_standing: str = "open"
    """Why its shop does not sell, if it does not."""
    shop_away_until: datetime | None = None
    """Until when its shop is on holiday, if it is."""
    delivery: Delivery = Delivery.PHYSICAL
    presale: Presale | None = None
    freight: Template | None = None
    """By what sending it is charged; None: it is sent for nothing."""
    category_id: UUID | None = None
    categories: tuple[UUID, ...] = ()
    """Those it lies in, the innermost first."""
    terms: ReturnTerms = ReturnTerms()
    """For how long it may be sent back, where it is ordered now."""


class ShopFront(Struct, frozen=True, kw_only=True):
    """The shop of what is on a page."""

    id: UUID
    handle: str
    name: str
    story: str
    colour: str
    status: str
    standing: str
    """Why it does not sell, if it does not."""
    away_until: datetime | None
    """Until when it is on holiday, if it is."""
    away_notice: str
    grade: int = 0
    """What it is known for, 0 to 20; given where the product is read whole."""
    places: tuple[Place, ...] = ()
    """Where it hands goods over to who ordered them; given where the product is read whole."""


class ProductSku(Struct, frozen=True, kw_only=True):
    """A SKU on its product's page. Money is in fen."""

    id: UUID
    code: str
    barcode: str
    choices: tuple[str, ...]
    price: int
    compare_at: int | None
    weight_grams: int
    picture: str | None
    on_hand: int
    held: int
    sold: int
    available: int
    """How many can be bought."""
    low_stock: int | None = None
    lowest: int | None = None
    """Where the price is struck through: the lowest of the 30 days before it was changed last."""


class ReviewNote(Struct, frozen=True, kw_only=True):
    """How the latest review of a product stands, for its shop: waiting, or refused with reasons by field."""

    state: str
    reasons: dict[str, str]
    proposal: SaveProduct | None
    """What the product shall become; None: it is to be listed as it is."""


class Taking(Struct, frozen=True, kw_only=True):
    """Why the operator's staff took a product down, and by which penalty."""

    penalty_id: UUID
    reason: str


class TakeDownProduct(Struct, frozen=True, kw_only=True):
    """Forbid a product to be sold, until it is restored. The caller has judged that, as a penalty."""

    product_id: UUID
    penalty_id: UUID
    reason: str
    """Its shop reads it."""
    actor: Actor


class TakeDownProductStatus(StrEnum):
    """How taking a product down ended. Where several apply, the first listed is given."""

    TAKEN_DOWN = "taken_down"
    PRODUCT_NOT_FOUND = "product_not_found"
    EXISTS = "exists"
    """This penalty took it down before."""
    ALREADY_TAKEN_DOWN = "already_taken_down"
    """Another penalty did."""


class RestoreProduct(Struct, frozen=True, kw_only=True):
    """Let a product be sold again that was: it becomes what it was before the penalty. The caller has judged that."""

    product_id: UUID
    penalty_id: UUID
    actor: Actor


class RestoreProductStatus(StrEnum):
    """How restoring a product ended. Where several apply, the first listed is given."""

    RESTORED = "restored"
    PRODUCT_NOT_FOUND = "product_not_found"
    EXISTS = "exists"
    """It is not taken down by this penalty."""


class ProductVideo(Struct, frozen=True, kw_only=True):
    """The video of a product, with its cover: a picture that is shown until it is played."""

    url: str
    cover: str
    alt: str
    width: int
    height: int
    duration_ms: int


class ProductPage(Struct, frozen=True, kw_only=True):
    """A product with its listed SKUs, its shop and its stock."""

    id: UUID
    shop_id: UUID
    handle: str
    title: str
    description_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    options: tuple[Option, ...]
    pictures: tuple[Picture, ...]
    state: ProductState
    extra: dict[str, str]
    category_id: UUID | None
    attributes: dict[str, str]
    delivery: Delivery
    video: ProductVideo | None
    presale: Presale | None
    list_at: datetime | None
    withdraw_at: datetime | None
    price_min: int
    price_max: int
    sold: int
    version: int
    created_at: datetime
    updated_at: datetime
    shop: ShopFront
    skus: tuple[ProductSku, ...]
    review: ReviewNote | None = None
    taking: Taking | None = None
    """Why it is taken down, if it is."""
    terms: ReturnTerms = ReturnTerms()
    """For how long it may be sent back, where it is ordered now."""

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be bought, stock aside."""
        return self.state is ProductState.LISTED and self.shop.status == "open"


class ProductCard(Struct, frozen=True, kw_only=True):
    """A product in a list for buyers. Money is in fen."""

    id: UUID
    shop_id: UUID
    shop_name: str
    shop_handle: str
    title: str
    kind: str
    picture: str | None
    price_min: int
    price_max: int
    sold: int
    is_sold_out: bool
    delivery: Delivery = Delivery.PHYSICAL
    presale: Presale | None = None


class ProductCards(Struct, frozen=True, kw_only=True):
    """A page of products, and where the next begins; `after` is None on the last."""

    products: tuple[ProductCard, ...]
    after: str | None


class ShopPage(Struct, frozen=True, kw_only=True):
    """A shop with a page of its listed products."""

    shop: ShopFront
    products: tuple[ProductCard, ...]
    after: str | None


class GoodsRow(Struct, frozen=True, kw_only=True):
    """A product in its merchant's list. Money is in fen; stock is summed over the listed SKUs."""

    id: UUID
    handle: str
    title: str
    kind: str
    picture: str | None
    state: ProductState
    price_min: int
    price_max: int
    skus: int
    on_hand: int
    held: int
    available: int
    """How many can be bought."""
    sold: int
    low: int
    """How many SKUs have no more left than their merchant wants to be told of."""
    version: int
    updated_at: datetime
    delivery: Delivery = Delivery.PHYSICAL
    presale: Presale | None = None
    review: str | None = None
    """How its latest review stands, if it waits or was refused."""
    list_at: datetime | None = None
    withdraw_at: datetime | None = None
    """When the clock lists and withdraws it."""


class GoodsPage(Struct, frozen=True, kw_only=True):
    """A page of a merchant's goods, and where the next begins; `after` is None on the last."""

    goods: tuple[GoodsRow, ...]
    after: str | None


class ScheduleProduct(Struct, frozen=True, kw_only=True):
    """Have the clock list a product, withdraw it, or both; None: it does not. The caller checks `actor`."""

    product_id: UUID
    shop_id: UUID
    list_at: datetime | None
    withdraw_at: datetime | None
    actor: Actor


class ScheduleProductStatus(StrEnum):
    """How scheduling a product ended. Where several apply, the first listed is given."""

    SCHEDULED = "scheduled"
    EXISTS = "exists"
    """It is already so."""
    PRODUCT_NOT_FOUND = "product_not_found"
    """The shop has no such product."""
    INVALID_TIMES = "invalid_times"
    """In the past, more than 365 days ahead, or withdrawn before it is listed."""


SCHEDULE_DAYS_MAX: Final = 365
"""Days ahead that the clock may be told to list or withdraw."""


class Shelf(StrEnum):
    """Which of a merchant's goods are listed."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    """To be listed, or changed, once somebody has looked at it."""
    REFUSED = "refused"
    """A reviewer said what has to be mended."""
    LISTED = "listed"
    """On sale, sold out or not."""
    SOLD_OUT = "sold_out"
    """On sale, and nothing of it left."""
    LOW = "low"
    """On sale, and of a SKU no more left than the merchant wants to be told of."""
    WITHDRAWN = "withdrawn"
    TAKEN_DOWN = "taken_down"
    """The operator's staff forbid it."""


class ProductOrder(StrEnum):
    """How products are sorted for buyers."""

    NEWEST = "newest"
    BEST_SOLD = "best_sold"
