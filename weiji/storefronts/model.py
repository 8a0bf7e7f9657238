"""The words of storefronts: a design, its look and its blocks, and how each command can end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.catalog import ProductCard, ProductVideo
from weiji.events import Actor
from weiji.freight import Place
from weiji.word_rules import Refused

BLOCKS_MAX: Final = 30
"""Blocks of a design."""

SLIDES_MAX: Final = 6
"""Slides of a banner."""

COLUMNS_MAX: Final = 3
"""Columns of a grid, on a phone; a desk has more."""

PRODUCTS_MAX: Final = 30
"""Products of one grid."""

SHELVES_PRODUCTS_MAX: Final = 120
"""Products of all grids of a design."""

LINE_MAX: Final = 40
"""Characters of a title."""

NOTE_MAX: Final = 120
"""Characters of a motto, of a notice, and of what stands below a title."""

TEXT_MAX: Final = 10_000
"""Characters of a text, HTML included."""

WORDS_MAX: Final = 200
"""Characters of a kind or a tag: as many as the catalog takes."""

VERSIONS_MAX: Final = 30
"""Versions that a shop keeps; the oldest goes when one more is published."""

CHOICES_MAX: Final = 200
"""Products that a form offers to choose from, the newest first."""

CATEGORIES_MAX: Final = 100
"""Categories that a form offers to choose from."""

KINDS_MAX: Final = 12
"""Kinds that the navigation shows."""

KINDS_SEEN: Final = 1_000
"""Products whose kinds are counted for it, the newest first."""

GOODS_MAX: Final = 100
"""Products of one page of all goods."""


class GoodsOrder(StrEnum):
    """How a shop's goods are sorted."""

    NEWEST = "newest"
    BEST_SOLD = "best_sold"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


class Header(StrEnum):
    """How the name of a shop stands above its page."""

    COVER = "cover"
    """On its cover picture, or on its pattern."""
    CENTRED = "centred"
    """In the middle, on a quiet ground, below its sign."""
    SIGN = "sign"
    """In one line with its sign, on its colour."""


class Pattern(StrEnum):
    """What is drawn where a shop has no cover picture."""

    MOUNTAINS = "mountains"
    WAVES = "waves"
    CLOUDS = "clouds"
    LATTICE = "lattice"
    PETALS = "petals"
    THREADS = "threads"


class BannerShape(StrEnum):
    """How high a banner is for its width."""

    WIDE = "wide"
    TALL = "tall"


class SpacerSize(StrEnum):
    """How high a spacer is."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a design: it is stored as it is sent."""


class Look(_Part, frozen=True):
    """What stands above the blocks. Pictures are addresses of the shop's own uploaded ones."""

    header: Header = Header.COVER
    pattern: Pattern = Pattern.MOUNTAINS
    logo: str | None = None
    cover: str | None = None
    motto: str = ""
    """One line below the name."""


class ToProduct(_Part, frozen=True, tag="product"):
    """Leads to a product of the shop."""

    product_id: UUID


class ToKind(_Part, frozen=True, tag="kind"):
    """Leads to the shop's goods of a kind."""

    kind: str


class ToGoods(_Part, frozen=True, tag="goods"):
    """Leads to all goods of the shop."""

    order: GoodsOrder = GoodsOrder.NEWEST


Target: TypeAlias = ToProduct | ToKind | ToGoods
"""Where a link of a design leads: always inside the shop."""


class Chosen(_Part, frozen=True, tag="chosen"):
    """These products, in this order; those that are not listed are left out."""

    product_ids: tuple[UUID, ...]


class Ranked(_Part, frozen=True, tag="ranked"):
    """The first of the shop's goods in an order."""

    order: GoodsOrder = GoodsOrder.NEWEST
    limit: int = 6


class OfKind(_Part, frozen=True, tag="kind"):
    """The newest of a kind."""

    kind: str
    limit: int = 6


class Tagged(_Part, frozen=True, tag="tag"):
    """The newest with a tag."""

    tag: str
    limit: int = 6


class InCategory(_Part, frozen=True, tag="category"):
    """The newest that lie in one of the operator's categories, or in one inside it."""

    category_id: UUID
    limit: int = 6


Source: TypeAlias = Chosen | Ranked | OfKind | Tagged | InCategory
"""What a grid shows."""


class Slide(_Part, frozen=True):
    """A picture of a banner with words on it, or words alone. Without a picture, that of the product it leads to."""

    title: str = ""
    note: str = ""
    picture: str | None = None
    alt: str = ""
    """What the picture shows, for those who can't see it."""
    target: Target | None = None


class Banner(_Part, frozen=True, tag="banner"):
    """Slides, one after another at a touch."""

    id: UUID
    slides: tuple[Slide, ...]
    shape: BannerShape = BannerShape.WIDE


class Grid(_Part, frozen=True, tag="grid"):
    """Products. One that shows only what is above it already is left out."""

    id: UUID
    source: Source
    title: str = ""
    columns: int = 2


class Coupons(_Part, frozen=True, tag="coupons"):
    """The place of the shop's coupons that can be claimed: without any, buyers see nothing of it."""

    id: UUID


class Text(_Part, frozen=True, tag="text"):
    """Words with headings, lists and links. Anything that can run, or load from elsewhere, is taken out."""

    id: UUID
    html: str


class Notice(_Part, frozen=True, tag="notice"):
    """A line that appears and ends by itself."""

    id: UUID
    text: str
    from_at: datetime | None = None
    """None: from when it is published on."""
    until_at: datetime | None = None
    """None: until somebody takes it away."""
    target: Target | None = None


class Heading(_Part, frozen=True, tag="heading"):
    """A title between blocks."""

    id: UUID
    text: str
    note: str = ""


class Spacer(_Part, frozen=True, tag="spacer"):
    """Nothing, or a line with nothing round it."""

    id: UUID
    size: SpacerSize = SpacerSize.MEDIUM
    has_line: bool = False


class Kinds(_Part, frozen=True, tag="kinds"):
    """The kinds of the shop's goods, each with a picture, as a way to them. Fewer than two are not shown."""

    id: UUID
    title: str = ""


class Story(_Part, frozen=True, tag="story"):
    """The shop's story, as its settings have it, with a picture of who tells it."""

    id: UUID
    title: str = ""
    picture: str | None = None
    alt: str = ""


class Video(_Part, frozen=True, tag="video"):
    """The video of a product, with a way to it. One that is not listed, or has none by now, is not shown."""

    id: UUID
    product_id: UUID | None = None
    """None: the product that got a video last."""
    title: str = ""


Block: TypeAlias = Banner | Grid | Coupons | Text | Notice | Heading | Spacer | Kinds | Story | Video


class Design(_Part, frozen=True):
    """How a shop's page looks: what stands above, and its blocks in order."""

    look: Look = Look()
    blocks: tuple[Block, ...] = ()


class Storefront(Struct, frozen=True, kw_only=True):
    """A shop's one design as its merchant has it: the draft, and what buyers see."""

    draft: Design | None = None
    """None: nothing was ever saved, and buyers see what is made of the shop by itself."""
    version: int = 0
    """The draft's; every save that changes something counts it up."""
    published: Design | None = None
    number: int = 0
    """The version that is published; 0: none was."""
    published_from: int = 0
    """The draft's version that was published."""
    published_at: datetime | None = None

    @property
    def is_published(self) -> bool:
        """Whether buyers see what the draft has."""
        return self.number > 0 and self.draft == self.published


class SaveDraft(Struct, frozen=True, kw_only=True):
    """Replace the draft of a shop. The caller checks that `actor` may act for the shop.

    `version` is that of the draft that the writer saw; 0 where there was none.
    """

    shop_id: UUID
    design: Design
    version: int
    actor: Actor


class SaveDraftStatus(StrEnum):
    """How saving a draft ended. Where several apply, the first listed is given."""

    SAVED = "saved"
    EXISTS = "exists"
    """The draft is already exactly so: nothing was written."""
    SHOP_NOT_FOUND = "shop_not_found"
    TOO_MANY_BLOCKS = "too_many_blocks"
    """Over 30."""
    DUPLICATE_BLOCKS = "duplicate_blocks"
    """Two blocks have the same id."""
    TOO_MANY_PRODUCTS = "too_many_products"
    """Over 120 in all grids together."""
    INVALID_TEXT = "invalid_text"
    """A text is missing, too long, or not text."""
    INVALID_PICTURE = "invalid_picture"
    """A picture is not one that was uploaded."""
    INVALID_SLIDES = "invalid_slides"
    """A banner has no slides or over 6, or a slide has nothing to see."""
    INVALID_SOURCE = "invalid_source"
    """A grid has columns other than 1 to 3, products other than 1 to 30, or one twice."""
    INVALID_TIMES = "invalid_times"
    """A notice ends before it begins."""
    VERSION_CONFLICT = "version_conflict"
    """Somebody else saved it meanwhile."""


class SaveDraftResult(Struct, frozen=True):
    """The answer to one command: the draft's version now, and the block that is wrong, if one is."""

    status: SaveDraftStatus
    version: int = 0
    block_id: UUID | None = None


class PublishDesign(Struct, frozen=True, kw_only=True):
    """Show buyers the draft. The caller checks that `actor` may act for the shop. `version` is the draft's."""

    shop_id: UUID
    version: int
    actor: Actor


class PublishDesignStatus(StrEnum):
    """How publishing a design ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    EXISTS = "exists"
    """Buyers see exactly this already."""
    NO_DRAFT = "no_draft"
    """Nothing was ever saved."""
    VERSION_CONFLICT = "version_conflict"
    """Somebody else saved the draft meanwhile: look at it first."""
    WORDS_REFUSED = "words_refused"
    """It says what the operator's word rules refuse: `refusals` tell what, and why."""


class PublishDesignResult(Struct, frozen=True):
    """The answer to one command: the number of the version that is published now."""

    status: PublishDesignStatus
    number: int = 0
    refusals: tuple[Refused, ...] = ()


class RestoreVersion(Struct, frozen=True, kw_only=True):
    """Make the draft what a version was. The caller checks that `actor` may act for the shop.

    `version` is that of the draft that is given up.
    """

    shop_id: UUID
    number: int
    version: int
    actor: Actor


class RestoreVersionStatus(StrEnum):
    """How restoring a version ended. Where several apply, the first listed is given."""

    RESTORED = "restored"
    EXISTS = "exists"
    """The draft is already exactly so."""
    VERSION_NOT_FOUND = "version_not_found"
    """The shop never had this version, or keeps it no more."""
    VERSION_CONFLICT = "version_conflict"
    """Somebody else saved the draft meanwhile."""


class RestoreVersionResult(Struct, frozen=True):
    """The answer to one command: the draft's version now."""

    status: RestoreVersionStatus
    version: int = 0


class Version(Struct, frozen=True, kw_only=True):
    """A version that was published."""

    number: int
    published_at: datetime
    person_id: UUID | None
    """Who published it."""
    blocks: int


class Shelf(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Products that are read for a page: `chosen` ones, those with a `video`, or the first in an order."""

    rule: str
    limit: int
    kind: str | None = None
    tag: str | None = None
    category: UUID | None = None
    ids: tuple[UUID, ...] | None = None
    key: int | None = None
    after: UUID | None = None


class KindOfGoods(Struct, frozen=True, kw_only=True):
    """A kind of a shop's goods, and what of it was sold most."""

    kind: str
    products: int
    id: UUID
    title: str
    picture: str | None


class CategoryOfGoods(Struct, frozen=True, kw_only=True):
    """One of the operator's categories that goods of a shop lie in, or that such a category lies in."""

    id: UUID
    parent_id: UUID | None
    name: str
    name_en: str


class Filmed(ProductCard, frozen=True, kw_only=True):
    """A product with its video."""

    video: ProductVideo


class BroughtGrade(Struct, frozen=True, kw_only=True):
    """What a shop is known for elsewhere, by a certificate of the *issuer*, another installation."""

    issuer: str
    grade: int
    expires_at: datetime

    @property
    def place(self) -> str:
        """The issuer's name, as people know it."""
        return urlsplit(self.issuer).netloc


class FrontShop(Struct, frozen=True, kw_only=True):
    """The shop of a page."""

    id: UUID
    handle: str
    name: str
    story: str
    colour: str
    status: str
    verification: str
    created_at: datetime
    grade: int = 0
    """What it is known for, 0 to 20."""
    brought: tuple[BroughtGrade, ...] = ()
    """What it is known for elsewhere, the best first; some may have expired since."""
    standing: str = "open"
    """Why it does not sell, if it does not."""
    away_until: datetime | None = None
    """Until when it is on holiday, if it is."""
    away_notice: str = ""
    places: tuple[Place, ...] = ()
    """Where it hands goods over to who ordered them."""


class Front(Struct, frozen=True, kw_only=True):
    """What a shop's page is made of: its shop, its published design, and what is on each shelf that was asked for."""

    shop: FrontShop
    design: Design | None
    published_at: datetime | None
    shelves: tuple[tuple[ProductCard, ...], ...]
    kinds: tuple[KindOfGoods, ...]
    categories: tuple[CategoryOfGoods, ...] = ()
    """Those that a form may choose from, where it was asked for them."""
    after: str | None = None
    """Where the page of goods goes on, where one was asked for."""


class Shown(Struct, frozen=True, kw_only=True):
    """A block as a page shows it: with its products and kinds."""

    block: Block
    products: tuple[ProductCard, ...] = ()
    kinds: tuple[KindOfGoods, ...] = ()
    is_hidden: bool = False
    """Whether buyers see nothing of it; its merchant is told."""

    @property
    def type(self) -> str:
        """What the block is called."""
        return type_of(self.block)


def type_of(block: Block) -> str:
    """Say what a kind of block is called."""
    return str(block.__struct_config__.tag)


def with_pictures(design: Design, shown: Callable[[str], str | None]) -> Design:
    """Show other pictures in the places of those of a design; none, where *shown* gives none."""

    def put(url: str | None) -> str | None:
        return shown(url) if url else None

    blocks: list[Block] = []
    for block in design.blocks:
        if isinstance(block, Banner):
            slides = tuple(replace(slide, picture=put(slide.picture)) for slide in block.slides)
            blocks.append(replace(block, slides=slides))
        else:
            blocks.append(replace(block, picture=put(block.picture)) if isinstance(block, Story) else block)
    look = replace(design.look, logo=put(design.look.logo), cover=put(design.look.cover))
    return Design(look=look, blocks=tuple(blocks))


def products_of(design: Design) -> set[UUID]:
    """List the products that a design names."""
    found: set[UUID] = set()
    for block in design.blocks:
        if isinstance(block, Grid) and isinstance(block.source, Chosen):
            found.update(block.source.product_ids)
        if isinstance(block, Video) and block.product_id:
            found.add(block.product_id)
        for target in _targets_of(block):
            if isinstance(target, ToProduct):
                found.add(target.product_id)
    return found


def categories_of(design: Design) -> set[UUID]:
    """List the categories that a design names."""
    sources = [block.source for block in design.blocks if isinstance(block, Grid)]
    return {source.category_id for source in sources if isinstance(source, InCategory)}


def _targets_of(block: Block) -> Sequence[Target | None]:
    if isinstance(block, Banner):
        return [slide.target for slide in block.slides]
    return [block.target] if isinstance(block, Notice) else []


def with_products(design: Design, known: Mapping[UUID, UUID], categories: Mapping[UUID, UUID] | None = None) -> Design:
    """Name other products in the places of those of a design, and other categories if *categories* are given.

    Those that are not known are left out.
    """

    def lead(target: Target | None) -> Target | None:
        if not isinstance(target, ToProduct):
            return target
        found = known.get(target.product_id)
        return ToProduct(found) if found else None

    blocks: list[Block] = []
    for block in design.blocks:
        match block:
            case Grid(source=Chosen(product_ids=ids)):
                there = tuple(known[id] for id in ids if id in known)
                blocks.append(replace(block, source=Chosen(there)) if there else replace(block, source=Ranked()))
            case Grid(source=InCategory(category_id=category_id, limit=limit)) if categories is not None:
                here = categories.get(category_id)
                blocks.append(replace(block, source=InCategory(here, limit) if here else Ranked(limit=limit)))
            case Video(product_id=UUID() as product_id):
                blocks.append(replace(block, product_id=known.get(product_id)))
            case Banner():
                slides = tuple(replace(slide, target=lead(slide.target)) for slide in block.slides)
                blocks.append(replace(block, slides=slides))
            case Notice():
                blocks.append(replace(block, target=lead(block.target)))
            case _:
                blocks.append(block)
    return replace(design, blocks=tuple(blocks))


def pictures_of(design: Design) -> Sequence[str]:
    """List the pictures that a design shows."""
    found = [design.look.logo, design.look.cover]
    for block in design.blocks:
        if isinstance(block, Banner):
            found += [slide.picture for slide in block.slides]
        elif isinstance(block, Story):
            found.append(block.picture)
    return [url for url in found if url]
