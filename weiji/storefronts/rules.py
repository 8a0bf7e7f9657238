"""What is decided about storefronts: pure functions over what was read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import nh3
from msgspec import Struct
from msgspec.structs import replace

from weiji.catalog import ProductCard
from weiji.kit.text import is_line, is_text
from weiji.storefronts.model import (
    BLOCKS_MAX,
    CATEGORIES_MAX,
    CHOICES_MAX,
    COLUMNS_MAX,
    KINDS_MAX,
    LINE_MAX,
    NOTE_MAX,
    PRODUCTS_MAX,
    SHELVES_PRODUCTS_MAX,
    SLIDES_MAX,
    TEXT_MAX,
    VERSIONS_MAX,
    WORDS_MAX,
    Banner,
    Block,
    Chosen,
    Design,
    Front,
    GoodsOrder,
    Grid,
    Heading,
    InCategory,
    Kinds,
    Notice,
    OfKind,
    PublishDesign,
    PublishDesignResult,
    PublishDesignStatus,
    Ranked,
    RestoreVersion,
    RestoreVersionResult,
    RestoreVersionStatus,
    SaveDraft,
    SaveDraftResult,
    SaveDraftStatus,
    Shelf,
    Shown,
    Slide,
    Source,
    Storefront,
    Story,
    Tagged,
    Target,
    Text,
    ToKind,
    ToProduct,
    Video,
    pictures_of,
)
from weiji.web.pictures import read_address
from weiji.word_rules import Action, Field, Hit

TAGS: Final = frozenset(
    {"a", "b", "blockquote", "br", "em", "h3", "h4", "hr", "i", "li", "ol", "p", "s", "small", "strong", "u", "ul"}
)
"""Elements that a text may have. Pictures and titles of the page have blocks of their own."""

SCHEMES: Final = {"http", "https", "mailto", "tel"}
"""Schemes that a text's links may have."""

KINDS_RULE: Final = "kinds"

VIDEO_RULE: Final = "video"

CATEGORIES_RULE: Final = "categories"

CHOICES: Final = (
    Shelf(rule=CATEGORIES_RULE, limit=CATEGORIES_MAX),
    Shelf(rule=VIDEO_RULE, limit=CHOICES_MAX),
    Shelf(rule=GoodsOrder.NEWEST, limit=CHOICES_MAX),
)
"""What is read for a form to choose from."""

S = SaveDraftStatus


class Publication(Struct, frozen=True):
    """A version that is new."""

    shop_id: UUID
    number: int
    design: Design
    person_id: UUID | None


class Fronts(Struct):
    """What a batch is judged against, and what comes of it."""

    fronts: dict[UUID, Storefront]
    """Of every shop that there is."""
    versions: Mapping[tuple[UUID, int], Design] = {}
    """Those that are to be restored."""
    hits: Mapping[UUID, Sequence[Hit]] = {}
    """What word rules find in the drafts of shops."""
    changed: set[UUID] = set()
    published: list[Publication] = []
    dropped: list[tuple[UUID, int]] = []
    """Versions that are kept no more."""


def judge_saves(state: Fronts, commands: Sequence[SaveDraft]) -> list[SaveDraftResult]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_save(state, command) for command in commands]


def _save(state: Fronts, command: SaveDraft) -> SaveDraftResult:
    front = state.fronts.get(command.shop_id)
    if front is None:
        return SaveDraftResult(S.SHOP_NOT_FOUND)
    fault, block_id = find_fault(command.design)
    if fault:
        return SaveDraftResult(fault, front.version, block_id)
    design = clean(command.design)
    if design == front.draft:
        return SaveDraftResult(S.EXISTS, front.version)
    if command.version != front.version:
        return SaveDraftResult(S.VERSION_CONFLICT, front.version)
    _change(state, command.shop_id, replace(front, draft=design, version=front.version + 1))
    return SaveDraftResult(S.SAVED, front.version + 1)


def judge_publications(state: Fronts, commands: Sequence[PublishDesign], now: datetime) -> list[PublishDesignResult]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_publish(state, command, now) for command in commands]


def _publish(state: Fronts, command: PublishDesign, now: datetime) -> PublishDesignResult:
    front = state.fronts.get(command.shop_id)
    if front is None or front.draft is None:
        return PublishDesignResult(PublishDesignStatus.NO_DRAFT)
    if command.version != front.version:
        return PublishDesignResult(PublishDesignStatus.VERSION_CONFLICT, front.number)
    if front.is_published:
        return PublishDesignResult(PublishDesignStatus.EXISTS, front.number)
    refused = tuple(hit.refused for hit in state.hits.get(command.shop_id, ()) if hit.action is Action.REFUSE)
    if refused:
        return PublishDesignResult(PublishDesignStatus.WORDS_REFUSED, front.number, refused)
    number = front.number + 1
    state.published.append(Publication(command.shop_id, number, front.draft, command.actor.person_id))
    if number > VERSIONS_MAX:
        state.dropped.append((command.shop_id, number - VERSIONS_MAX))
    after = replace(front, published=front.draft, number=number, published_from=front.version, published_at=now)
    _change(state, command.shop_id, after)
    return PublishDesignResult(PublishDesignStatus.PUBLISHED, number)


def judge_restorations(state: Fronts, commands: Sequence[RestoreVersion]) -> list[RestoreVersionResult]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_restore(state, command) for command in commands]


def _restore(state: Fronts, command: RestoreVersion) -> RestoreVersionResult:
    front = state.fronts.get(command.shop_id)
    design = state.versions.get((command.shop_id, command.number))
    if front is None or design is None:
        return RestoreVersionResult(RestoreVersionStatus.VERSION_NOT_FOUND, front.version if front else 0)
    if design == front.draft:
        return RestoreVersionResult(RestoreVersionStatus.EXISTS, front.version)
    if command.version != front.version:
        return RestoreVersionResult(RestoreVersionStatus.VERSION_CONFLICT, front.version)
    _change(state, command.shop_id, replace(front, draft=design, version=front.version + 1))
    return RestoreVersionResult(RestoreVersionStatus.RESTORED, front.version + 1)


def _change(state: Fronts, shop_id: UUID, front: Storefront) -> None:
    state.fronts[shop_id] = front
    state.changed.add(shop_id)


# ==== What a design says ====


def texts_of(design: Design) -> list[tuple[Field, str]]:
    """Say what a design says, for word rules."""
    said = [design.look.motto]
    for block in design.blocks:
        match block:
            case Banner():
                said += [text for slide in block.slides for text in (slide.title, slide.note, slide.alt)]
            case Text():
                said.append(block.html)
            case Notice():
                said.append(block.text)
            case Heading():
                said += [block.text, block.note]
            case Story():
                said += [block.title, block.alt]
            case Grid() | Kinds() | Video():
                said.append(block.title)
            case _:
                pass
    return [(Field.STOREFRONT, text) for text in said if text]


# ==== What a design may be ====


def find_fault(design: Design) -> tuple[SaveDraftStatus | None, UUID | None]:
    """Say what is wrong with a design first, and with which of its blocks."""
    blocks = design.blocks
    if len(blocks) > BLOCKS_MAX:
        return S.TOO_MANY_BLOCKS, None
    if len({block.id for block in blocks}) < len(blocks):
        return S.DUPLICATE_BLOCKS, None
    look = design.look
    if not _is_note(look.motto):
        return S.INVALID_TEXT, None
    if not all(_is_picture(url) for url in (look.logo, look.cover)):
        return S.INVALID_PICTURE, None
    for block in blocks:
        fault = fault_of(block)
        if fault:
            return fault, block.id
    if sum(_size(block.source) for block in blocks if isinstance(block, Grid)) > SHELVES_PRODUCTS_MAX:
        return S.TOO_MANY_PRODUCTS, None
    return None, None


def fault_of(block: Block) -> SaveDraftStatus | None:
    """Say what is wrong with a block."""
    match block:
        case Banner():
            return _fault_of_banner(block)
        case Grid():
            is_right = 1 <= block.columns <= COLUMNS_MAX and _is_source(block.source)
            return _text_or(_is_title(block.title), None if is_right else S.INVALID_SOURCE)
        case Text():
            return _text_or(is_text(block.html, TEXT_MAX) and bool(clean_html(block.html).strip()))
        case Notice():
            is_right = block.from_at is None or block.until_at is None or block.from_at < block.until_at
            is_said = is_line(block.text, NOTE_MAX) and _is_target(block.target)
            return _text_or(is_said, None if is_right else S.INVALID_TIMES)
        case Heading():
            return _text_or(is_line(block.text, LINE_MAX) and _is_note(block.note))
        case Kinds() | Video():
            return _text_or(_is_title(block.title))
        case Story():
            is_right = _is_picture(block.picture)
            return _text_or(_is_title(block.title) and _is_note(block.alt), None if is_right else S.INVALID_PICTURE)
        case _:
            return None


def _text_or(is_said: bool, otherwise: SaveDraftStatus | None = None) -> SaveDraftStatus | None:
    return otherwise if is_said else S.INVALID_TEXT


def _fault_of_banner(banner: Banner) -> SaveDraftStatus | None:
    slides = banner.slides
    if not all(
        _is_title(slide.title) and _is_note(slide.note) and _is_note(slide.alt) and _is_target(slide.target)
        for slide in slides
    ):
        return S.INVALID_TEXT
    if not all(_is_picture(slide.picture) for slide in slides):
        return S.INVALID_PICTURE
    if not 1 <= len(slides) <= SLIDES_MAX or not all(slide.title or slide.picture for slide in slides):
        return S.INVALID_SLIDES
    return None


def _is_title(text: str) -> bool:
    return text == "" or is_line(text, LINE_MAX)


def _is_note(text: str) -> bool:
    return text == "" or is_line(text, NOTE_MAX)


def _is_word(text: str) -> bool:
    return is_line(text, WORDS_MAX)


def _is_picture(url: str | None) -> bool:
    return url is None or read_address(url) is not None


def _is_target(target: Target | None) -> bool:
    return not isinstance(target, ToKind) or _is_word(target.kind)


def _is_source(source: Source) -> bool:
    if isinstance(source, Chosen):
        ids = source.product_ids
        return 1 <= len(ids) <= PRODUCTS_MAX and len(set(ids)) == len(ids)
    word = source.kind if isinstance(source, OfKind) else source.tag if isinstance(source, Tagged) else None
    return 1 <= source.limit <= PRODUCTS_MAX and (word is None or _is_word(word))


def _size(source: Source) -> int:
    return len(source.product_ids) if isinstance(source, Chosen) else source.limit


def clean(design: Design) -> Design:
    """Take out of the texts of a design whatever can run, or load from elsewhere."""
    return replace(
        design,
        blocks=tuple(
            replace(block, html=clean_html(block.html)) if isinstance(block, Text) else block for block in design.blocks
        ),
    )


def clean_html(html: str) -> str:
    """Take out whatever can run, or load from elsewhere."""
    return nh3.clean(
        html, tags=set(TAGS), attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel="noopener nofollow"
    )


# ==== Editing ====


def add_block(design: Design, block: Block, place: int | None = None) -> Design:
    """Put a block at a place; at the end, if none is given."""
    blocks = [each for each in design.blocks if each.id != block.id]
    blocks.insert(len(blocks) if place is None else max(0, min(place, len(blocks))), block)
    return replace(design, blocks=tuple(blocks))


def replace_block(design: Design, block: Block) -> Design:
    """Put a block in the place of the one that has its id."""
    return replace(design, blocks=tuple(block if each.id == block.id else each for each in design.blocks))


def remove_block(design: Design, id: UUID) -> Design:
    """Take a block out."""
    return replace(design, blocks=tuple(each for each in design.blocks if each.id != id))


def move_block(design: Design, id: UUID, place: int) -> Design:
    """Move a block to a place among the others."""
    found = find_block(design, id)
    return add_block(design, found, place) if found else design


def find_block(design: Design, id: UUID) -> Block | None:
    """Find a block."""
    return next((block for block in design.blocks if block.id == id), None)


# ==== What a page shows ====


def shelves_of(design: Design) -> list[Shelf]:
    """Say what is read of the goods for a design, a shelf for each block that shows some, in order."""
    return [shelf for block in design.blocks if (shelf := _shelf_of(block))]


def _shelf_of(block: Block) -> Shelf | None:
    if isinstance(block, Kinds):
        return Shelf(rule=KINDS_RULE, limit=KINDS_MAX)
    if isinstance(block, Grid):
        match block.source:
            case Chosen(product_ids=ids):
                return Shelf(rule="chosen", limit=len(ids), ids=ids)
            case OfKind(kind=kind, limit=limit):
                return Shelf(rule="newest", limit=limit, kind=kind)
            case InCategory(category_id=category_id, limit=limit):
                return Shelf(rule="newest", limit=limit, category=category_id)
            case Tagged(tag=tag, limit=limit):
                return Shelf(rule="newest", limit=limit, tag=tag)
            case Ranked(order=order, limit=limit):
                return Shelf(rule=order.value, limit=limit)
    if isinstance(block, Video):
        return Shelf(rule=VIDEO_RULE, limit=1, ids=(block.product_id,) if block.product_id else None)
    if isinstance(block, Banner):
        # The pictures of products that stand for slides without one.
        ids = tuple(dict.fromkeys(_products_of(block.slides)))
        return Shelf(rule="chosen", limit=len(ids), ids=ids) if ids else None
    return None


def _products_of(slides: Iterable[Slide]) -> list[UUID]:
    return [slide.target.product_id for slide in slides if not slide.picture and isinstance(slide.target, ToProduct)]


def compose(design: Design, front: Front, now: datetime) -> list[Shown]:
    """Say what a page shows of a design, and what of it buyers do not see."""
    shelves = iter(front.shelves)
    seen: set[UUID] = set()
    shown = []
    for block in design.blocks:
        products = next(shelves) if _shelf_of(block) else ()
        one = Shown(block=block, products=products, kinds=front.kinds if isinstance(block, Kinds) else ())
        shown.append(replace(one, is_hidden=_is_hidden(one, front, seen, now)))
        if isinstance(block, Grid):
            seen |= {product.id for product in products}
    return shown


def _is_hidden(shown: Shown, front: Front, seen: set[UUID], now: datetime) -> bool:
    match shown.block:
        case Grid(source=source):
            new = [product for product in shown.products if product.id not in seen]
            return not shown.products or (not isinstance(source, Chosen) and not new)
        case Kinds():
            return len(shown.kinds) < 2
        case Video():
            return not shown.products
        case Notice(from_at=from_at, until_at=until_at):
            return (from_at is not None and now < from_at) or (until_at is not None and now >= until_at)
        case Story():
            return not front.shop.story
        case _:
            return False


def card_of(shown: Shown, product_id: UUID) -> ProductCard | None:
    """Find a product that a block has read."""
    return next((product for product in shown.products if product.id == product_id), None)


def urls_of(design: Design | None) -> tuple[str, ...]:
    """List the pictures that a design uses."""
    return tuple(dict.fromkeys(pictures_of(design))) if design else ()
