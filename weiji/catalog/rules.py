"""What is decided about products: pure functions over what was read and locked."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
import nh3
from msgspec import Struct

from weiji.catalog.categories import Tree, are_values, missing
from weiji.catalog.model import (
    ALT_MAX,
    CODE_MAX,
    DESCRIPTION_MAX,
    EXTRA_MAX,
    HANDLE_MAX,
    OPTIONS_MAX,
    PICTURES_MAX,
    PRESALE_DAYS_MAX,
    PRESALE_FROM,
    PRICE_MAX,
    PRICE_MIN,
    SCHEDULE_DAYS_MAX,
    SKUS_MAX,
    TAGS_MAX,
    TITLE_MAX,
    URL_MAX,
    WEIGHT_MAX,
    WORDS_MAX,
    Delivery,
    ListProduct,
    ListProductStatus,
    ProductState,
    RestoreProduct,
    RestoreProductStatus,
    SaveProduct,
    SaveProductResult,
    SaveProductStatus,
    SaveSku,
    ScheduleProduct,
    ScheduleProductStatus,
    TakeDownProduct,
    TakeDownProductStatus,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.pricing import PriceRow
from weiji.catalog.reviewing import (
    Content,
    Review,
    ReviewRules,
    ReviewState,
    content_of,
    is_material,
    take_back,
)
from weiji.events import BY_SYSTEM
from weiji.inventory import ON_HAND_MAX
from weiji.kit.ids import shard_of
from weiji.kit.text import is_line, is_text
from weiji.word_rules import Action, Hit

TAGS: Final = nh3.ALLOWED_TAGS - {"img", "map", "area", "input", "form", "button"}
"""Elements that a description may have. Pictures have a place of their own: a page loads nothing from other hosts."""

SCHEMES: Final = {"http", "https", "mailto", "tel"}
"""Schemes that a description's links may have."""

DIMENSION_MAX: Final = 100_000
"""Pixels of a picture's side."""

S = SaveProductStatus


class Product(Struct):
    """What decisions need of a stored product."""

    shop_id: UUID
    title: str
    state: ProductState
    content_hash: bytes
    version: int
    listed_at: datetime | None
    delivery: Delivery = Delivery.PHYSICAL
    category_id: UUID | None = None
    list_at: datetime | None = None
    withdraw_at: datetime | None = None
    taken_down_from: ProductState | None = None
    """What it was before it was taken down, and becomes again once it is restored."""
    penalty_id: UUID | None = None
    """What took it down, and why."""
    taking_reason: str = ""
    is_presold: bool = False
    """Whether it has a presale, as it was read."""
    is_unpriced: bool = False
    """Whether something of it costs nothing, as it was read."""

    @property
    def state_then(self) -> ProductState:
        """What it is, or becomes again once it is restored."""
        return self.taken_down_from or self.state


class SkuChange(Struct, frozen=True):
    """A SKU to write, and whether its product still has it."""

    product_id: UUID
    shop_id: UUID
    position: int
    sku: SaveSku
    is_listed: bool


FOR_SALE: Final = frozenset({ProductState.LISTED, ProductState.IN_REVIEW})
"""In which a product that is made begins if it is to be sold."""


class Saves(Struct):
    """What a batch of saves is judged against, and what comes of it."""

    shop_ids: set[UUID]
    products: dict[UUID, Product]
    handles: dict[tuple[UUID, str], UUID]
    sku_products: dict[UUID, UUID]
    prices: dict[UUID, tuple[int, int | None]] = {}
    """What SKUs cost, with what is struck through."""
    prices_before: dict[UUID, tuple[int, int | None]] = {}
    """What they cost before the batch."""
    tree: Tree = Tree(())
    reviewing: ReviewRules = ReviewRules()
    verified: set[UUID] = set()
    """Shops of which somebody knows who is behind them."""
    frozen: set[UUID] = set()
    """Shops that a penalty keeps from putting more on sale."""
    contents: dict[UUID, Content] = {}
    """What listed products are, where changes of them are reviewed."""
    hits: dict[int, list[Hit]] = {}
    """What word rules find in commands, by their place in the batch."""
    submitted: dict[UUID, SaveProduct | None] = {}
    """Products that somebody has to look at, with what listed ones shall become."""
    unlisted: set[UUID] = set()
    """Products that are taken down, and are not listed again when that is over: nobody looked at what they are now."""
    superseded: set[UUID] = set()
    """Products whose proposal nobody needs to look at any more."""
    saved: dict[UUID, SaveProduct] = {}
    """The last accepted command for each product, cleaned."""
    skus: dict[UUID, SkuChange] = {}


def judge_saves(state: Saves, commands: Sequence[SaveProduct], now: datetime) -> list[SaveProductResult]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_save(state, command, state.hits.get(place, ()), now) for place, command in enumerate(commands)]


def _save(state: Saves, command: SaveProduct, hits: Sequence[Hit], now: datetime) -> SaveProductResult:
    found = state.products.get(command.id)
    refusal = _refuse_place(state, command, found)
    if refusal:
        return SaveProductResult(refusal)
    command = _clean(command, found)
    fault = _find_fault(command) or _find_missing(state.tree, command) or _find_delivery_fault(command, found, now)
    state_then = found.state_then if found else command.state
    if not fault and state_then in FOR_SALE and any(sku.price < PRICE_MIN for sku in command.skus):
        fault = S.PRICE_OUT_OF_RANGE
    digest = b"" if fault else content_hash(command)
    if found and found.content_hash == digest:
        _supersede(state, command.id)
        return SaveProductResult(S.EXISTS, found.version)
    refusal = _refuse_version(command, found) or fault or _refuse_names(state, command, found)
    if refusal:
        return SaveProductResult(refusal)
    refused = tuple(hit.refused for hit in hits if hit.action is Action.REFUSE)
    if refused:
        return SaveProductResult(S.WORDS_REFUSED, refusals=refused)
    if found is None and command.shop_id in state.frozen and command.state in FOR_SALE:
        return SaveProductResult(S.LISTING_FROZEN)
    is_suspect = any(hit.action is Action.REVIEW for hit in hits)
    if found and ((is_suspect and state_then is ProductState.LISTED) or _matters(state, command, found)):
        if found.state is ProductState.LISTED:
            state.submitted[command.id] = command
            return SaveProductResult(S.SUBMITTED, found.version)
        # Nobody sees it meanwhile: its shop asks again once it is restored.
        found.taken_down_from = ProductState.WITHDRAWN
        state.unlisted.add(command.id)
    command = _enter(state, command, found, is_suspect=is_suspect)
    _accept(state, command, found, digest, now)
    return SaveProductResult(S.UPDATED if found else S.CREATED, state.products[command.id].version)


def _matters(state: Saves, command: SaveProduct, found: Product) -> bool:
    """Tell whether somebody has to look at a change before a listed product becomes so."""
    before = state.contents.get(command.id)
    if found.state_then is not ProductState.LISTED or before is None or not state.reviewing.changes:
        return False
    if not any(_asks(state, command.shop_id, id) for id in (command.category_id, found.category_id)):
        return False
    percent = state.reviewing.price_jump_percent
    return is_material(before, content_of(command), state.prices, command.skus, percent)


def _asks(state: Saves, shop_id: UUID, category_id: UUID | None) -> bool:
    return state.reviewing.asks(state.tree, category_id, is_verified=shop_id in state.verified)


def _enter(state: Saves, command: SaveProduct, found: Product | None, *, is_suspect: bool) -> SaveProduct:
    """Say which state a product begins in, and whether somebody has to look at what it is now."""
    if found:
        if found.state is ProductState.IN_REVIEW:
            state.submitted[command.id] = None
        else:
            _supersede(state, command.id)
        return command
    if command.state not in FOR_SALE:
        return command
    is_asked = is_suspect or _asks(state, command.shop_id, command.category_id)
    if is_asked:
        state.submitted[command.id] = None
    return msgspec.structs.replace(command, state=ProductState.IN_REVIEW if is_asked else ProductState.LISTED)


def _supersede(state: Saves, id: UUID) -> None:
    if state.products[id].state is ProductState.LISTED:
        state.superseded.add(id)
        state.submitted.pop(id, None)


def _clean(command: SaveProduct, found: Product | None) -> SaveProduct:
    is_html = is_text(command.description_html, DESCRIPTION_MAX)
    return msgspec.structs.replace(
        command,
        handle=command.handle or str(command.id),
        delivery=command.delivery or (found.delivery if found else Delivery.PHYSICAL),
        description_html=clean_html(command.description_html) if is_html else command.description_html,
    )


def _refuse_place(state: Saves, command: SaveProduct, found: Product | None) -> S | None:
    """Find the first reason why the product can't be in this shop."""
    if command.shop_id not in state.shop_ids:
        return S.SHOP_NOT_FOUND
    shard = shard_of(command.shop_id)
    if shard_of(command.id) != shard or any(shard_of(sku.id) != shard for sku in command.skus):
        return S.ID_NOT_NEAR_SHOP
    if found and found.shop_id != command.shop_id:
        return S.ID_TAKEN
    return None


def _refuse_version(command: SaveProduct, found: Product | None) -> S | None:
    if found and command.version == 0:
        return S.ID_TAKEN
    if not found and command.version:
        return S.PRODUCT_NOT_FOUND
    if found and command.version is not None and command.version != found.version:
        return S.VERSION_CONFLICT
    return None


def _find_fault(command: SaveProduct) -> S | None:
    """Find the first fault in what the product shall be."""
    if not is_line(command.title, TITLE_MAX):
        return S.INVALID_TITLE
    if not _has_texts(command):
        return S.INVALID_TEXT
    if len(command.options) > OPTIONS_MAX:
        return S.TOO_MANY_OPTIONS
    names = [option.name for option in command.options]
    if len(set(names)) < len(names) or not all(_is_option(o.name, o.values) for o in command.options):
        return S.INVALID_OPTIONS
    if not command.skus:
        return S.NO_SKUS
    if len(command.skus) > SKUS_MAX:
        return S.TOO_MANY_SKUS
    values = [set(option.values) for option in command.options]
    for sku in command.skus:
        if len(sku.choices) != len(values) or any(c not in v for c, v in zip(sku.choices, values, strict=True)):
            return S.INVALID_CHOICES
    if len({sku.choices for sku in command.skus}) < len(command.skus):
        return S.DUPLICATE_CHOICES
    if not all(0 <= price <= PRICE_MAX for sku in command.skus for price in (sku.price, sku.compare_at or 0)):
        return S.PRICE_OUT_OF_RANGE
    if not all(0 <= sku.weight_grams <= WEIGHT_MAX for sku in command.skus):
        return S.WEIGHT_OUT_OF_RANGE
    if not all(0 <= (sku.low_stock or 0) <= ON_HAND_MAX for sku in command.skus):
        return S.LOW_STOCK_OUT_OF_RANGE
    return None


def _find_missing(tree: Tree, command: SaveProduct) -> S | None:
    """Find the first fault in what is said of the product as one of its category."""
    if command.category_id is None:
        return S.INVALID_ATTRIBUTES if command.attributes else None
    if command.category_id not in tree.categories:
        return S.CATEGORY_NOT_FOUND
    attributes = tree.attributes_of(command.category_id)
    if not are_values(attributes, command.attributes):
        return S.INVALID_ATTRIBUTES
    return S.MISSING_ATTRIBUTE if missing(attributes, command.attributes) else None


def _find_delivery_fault(command: SaveProduct, found: Product | None, now: datetime) -> S | None:
    """Find the first fault in how, and from when on, the product comes to its buyer."""
    if found and command.delivery is not found.delivery:
        return S.DELIVERY_FIXED
    presale = command.presale
    if presale and (
        command.delivery is Delivery.VIRTUAL
        or not PRESALE_FROM <= presale.ends_at <= presale.ships_at
        or presale.ships_at > now + timedelta(days=PRESALE_DAYS_MAX)
        or not (presale.quantity is None or 1 <= presale.quantity <= ON_HAND_MAX)
    ):
        return S.INVALID_PRESALE
    return None


def _is_option(name: str, values: tuple[str, ...]) -> bool:
    return (
        is_line(name, WORDS_MAX)
        and 0 < len(values) == len(set(values))
        and len(values) <= SKUS_MAX
        and all(is_line(value, WORDS_MAX) for value in values)
    )


def _refuse_names(state: Saves, command: SaveProduct, found: Product | None) -> S | None:
    if not found and (command.shop_id, command.handle) in state.handles:
        return S.HANDLE_TAKEN
    ids = {sku.id for sku in command.skus}
    if len(ids) < len(command.skus) or any(state.sku_products.get(id, command.id) != command.id for id in ids):
        return S.SKU_ID_TAKEN
    return None


def _has_texts(command: SaveProduct) -> bool:
    """Tell whether every text but the title and the options can be stored."""
    words = (command.vendor, command.kind, *command.tags)
    codes = (code for sku in command.skus for code in (sku.code, sku.barcode))
    return (
        is_line(command.handle, HANDLE_MAX)
        and is_text(command.description_html, DESCRIPTION_MAX)
        and all(is_text(word, WORDS_MAX) for word in words)
        and all(is_text(code, CODE_MAX) for code in codes)
        and all(sku.picture is None or is_line(sku.picture, URL_MAX) for sku in command.skus)
        and len(command.tags) <= TAGS_MAX
        and len(command.pictures) <= PICTURES_MAX
        and all(is_line(picture.url, URL_MAX) and is_text(picture.alt, ALT_MAX) for picture in command.pictures)
        and all(0 < side <= DIMENSION_MAX for p in command.pictures for side in (p.width, p.height) if side is not None)
        and sum(len(key) + len(value) for key, value in command.extra.items()) <= EXTRA_MAX
        and all(is_text(text, EXTRA_MAX) for item in command.extra.items() for text in item)
    )


def _accept(state: Saves, command: SaveProduct, found: Product | None, digest: bytes, now: datetime) -> None:
    """Take over what *command* says."""
    if found:
        found.title = command.title
        found.content_hash = digest
        found.version += 1
        found.category_id = command.category_id
        if command.id in state.contents:
            state.contents[command.id] = content_of(command)
        state.prices |= {sku.id: (sku.price, sku.compare_at) for sku in command.skus}
        earlier = state.saved.get(command.id)
        if earlier:  # Made in this batch, with the handle and state it was made with.
            command = msgspec.structs.replace(command, handle=earlier.handle, state=earlier.state)
    else:
        state.products[command.id] = Product(
            shop_id=command.shop_id,
            title=command.title,
            state=command.state,
            content_hash=digest,
            version=1,
            listed_at=now if command.state is ProductState.LISTED else None,
            delivery=command.delivery or Delivery.PHYSICAL,
            category_id=command.category_id,
        )
        state.prices |= {sku.id: (sku.price, sku.compare_at) for sku in command.skus}
        if command.state is ProductState.LISTED and state.reviewing.is_on:
            state.contents[command.id] = content_of(command)
        state.handles[command.shop_id, command.handle] = command.id
    state.saved[command.id] = command
    for id, change in state.skus.items():
        if change.product_id == command.id:
            state.skus[id] = msgspec.structs.replace(change, is_listed=False)
    for position, sku in enumerate(command.skus):
        state.sku_products[sku.id] = command.id
        state.skus[sku.id] = SkuChange(command.id, command.shop_id, position, sku, True)


def price_rows(state: Saves) -> list[PriceRow]:
    """List what is to be added to the history of prices: SKUs that cost something else now, or are new."""
    return [
        PriceRow(id, state.products[change.product_id].version, change.sku.price, change.sku.compare_at)
        for id, change in state.skus.items()
        if change.is_listed and state.prices_before.get(id) != (change.sku.price, change.sku.compare_at)
    ]


def clean_html(html: str) -> str:
    """Take out of a description whatever can run, or load from another host."""
    return nh3.clean(html, tags=TAGS, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow") if html else ""


def content_hash(command: SaveProduct) -> bytes:
    """Digest what a cleaned command says of its product; equal products have equal digests."""
    content: tuple[object, ...] = (
        command.title,
        command.description_html,
        command.vendor,
        command.kind,
        command.tags,
        command.options,
        command.pictures,
        command.extra,
        command.skus,
        command.category_id,
        command.attributes,
    )
    if command.presale or command.delivery is Delivery.VIRTUAL:
        # Left out elsewhere: the digests of what was saved before there were any stay the same.
        content += (command.delivery, command.presale)
    return sha256(msgspec.json.encode(content, order="sorted")).digest()


def judge_listings(
    products: dict[UUID, Product],
    commands: Sequence[ListProduct],
    now: datetime,
    asks: Callable[[Product], bool],
    hits: Mapping[UUID, Sequence[Hit]] = {},
    frozen: Collection[UUID] = (),
) -> list[ListProductStatus]:
    """Answer each command as if it came alone, after the ones before it; *products* are changed to what comes of it.

    *asks* tells whether somebody has to look at a product before it is listed; *hits* what word rules find in it;
    *frozen* are shops that a penalty keeps from putting more on sale.
    """
    return [
        _list(products, command, now, asks, hits.get(command.product_id, ()), is_frozen=command.shop_id in frozen)
        for command in commands
    ]


def _list(
    products: dict[UUID, Product],
    command: ListProduct,
    now: datetime,
    asks: Callable[[Product], bool],
    hits: Sequence[Hit],
    *,
    is_frozen: bool,
) -> ListProductStatus:
    product = products.get(command.product_id)
    if product is None or product.shop_id != command.shop_id:
        return ListProductStatus.PRODUCT_NOT_FOUND
    if product.state is ProductState.LISTED:
        return ListProductStatus.EXISTS
    if product.state is ProductState.TAKEN_DOWN:
        return ListProductStatus.TAKEN_DOWN
    if product.is_unpriced:
        return ListProductStatus.UNPRICED
    actions = {hit.action for hit in hits}
    if Action.REFUSE in actions:
        return ListProductStatus.WORDS_REFUSED
    if is_frozen:
        return ListProductStatus.LISTING_FROZEN
    product.list_at = None
    if Action.REVIEW in actions or asks(product):
        product.state = ProductState.IN_REVIEW
        return ListProductStatus.IN_REVIEW
    product.state = ProductState.LISTED
    product.listed_at = now
    return ListProductStatus.LISTED


def judge_withdrawals(
    products: dict[UUID, Product], commands: Sequence[WithdrawProduct]
) -> list[WithdrawProductStatus]:
    """Answer each command as if it came alone, after the ones before it; *products* are changed to what comes of it."""
    return [_withdraw(products, command) for command in commands]


def _withdraw(products: dict[UUID, Product], command: WithdrawProduct) -> WithdrawProductStatus:
    product = products.get(command.product_id)
    if product is None or product.shop_id != command.shop_id:
        return WithdrawProductStatus.PRODUCT_NOT_FOUND
    if product.state_then not in FOR_SALE:
        return WithdrawProductStatus.EXISTS
    product.withdraw_at = None
    if product.taken_down_from:  # It is not listed again when that is over.
        product.taken_down_from = ProductState.WITHDRAWN
    else:
        product.state = _off_sale(product)
    return WithdrawProductStatus.WITHDRAWN


def _off_sale(product: Product) -> ProductState:
    return ProductState.WITHDRAWN if product.listed_at else ProductState.DRAFT


def judge_takings(products: dict[UUID, Product], commands: Sequence[TakeDownProduct]) -> list[TakeDownProductStatus]:
    """Answer each command as if it came alone, after the ones before it; *products* are changed to what comes of it."""
    return [_take_down(products.get(command.product_id), command) for command in commands]


def _take_down(product: Product | None, command: TakeDownProduct) -> TakeDownProductStatus:
    if product is None:
        return TakeDownProductStatus.PRODUCT_NOT_FOUND
    if product.state is ProductState.TAKEN_DOWN:
        is_same = product.penalty_id == command.penalty_id
        return TakeDownProductStatus.EXISTS if is_same else TakeDownProductStatus.ALREADY_TAKEN_DOWN
    before: ProductState = product.state
    if before is ProductState.IN_REVIEW:  # Nobody looks at it meanwhile: its shop asks again.
        before = _off_sale(product)
    product.taken_down_from, product.penalty_id = before, command.penalty_id
    product.taking_reason = command.reason
    product.state = ProductState.TAKEN_DOWN
    product.list_at = None
    return TakeDownProductStatus.TAKEN_DOWN


def judge_restorations(products: dict[UUID, Product], commands: Sequence[RestoreProduct]) -> list[RestoreProductStatus]:
    """Answer each command as if it came alone, after the ones before it; *products* are changed to what comes of it."""
    return [_restore(products.get(command.product_id), command) for command in commands]


def _restore(product: Product | None, command: RestoreProduct) -> RestoreProductStatus:
    if product is None:
        return RestoreProductStatus.PRODUCT_NOT_FOUND
    if product.taken_down_from is None or product.penalty_id != command.penalty_id:
        return RestoreProductStatus.EXISTS
    product.state = product.taken_down_from
    if product.state is ProductState.LISTED and product.is_unpriced:
        product.state = ProductState.WITHDRAWN
    product.taken_down_from, product.penalty_id, product.taking_reason = None, None, ""
    return RestoreProductStatus.RESTORED


def judge_schedules(
    products: dict[UUID, Product], commands: Sequence[ScheduleProduct], now: datetime
) -> list[ScheduleProductStatus]:
    """Answer each command as if it came alone, after the ones before it; *products* are changed to what comes of it."""
    return [_schedule(products, command, now) for command in commands]


def _schedule(products: dict[UUID, Product], command: ScheduleProduct, now: datetime) -> ScheduleProductStatus:
    product = products.get(command.product_id)
    if product is None or product.shop_id != command.shop_id:
        return ScheduleProductStatus.PRODUCT_NOT_FOUND
    if (product.list_at, product.withdraw_at) == (command.list_at, command.withdraw_at):
        return ScheduleProductStatus.EXISTS
    times = [at for at in (command.list_at, command.withdraw_at) if at is not None]
    if any(not now < at <= now + timedelta(days=SCHEDULE_DAYS_MAX) for at in times) or times != sorted(set(times)):
        return ScheduleProductStatus.INVALID_TIMES
    product.list_at, product.withdraw_at = command.list_at, command.withdraw_at
    return ScheduleProductStatus.SCHEDULED


def enter_queue(
    before: Mapping[UUID, Review],
    products: Mapping[UUID, Product],
    submitted: Mapping[UUID, SaveProduct | None],
    superseded: Collection[UUID],
    now: datetime,
) -> list[Review]:
    """Put products into the reviewers' queue, or change what waits there; give the reviews that are others now.

    What waits keeps its place; whoever looked at it has to look again. *superseded* are products of which nobody needs
    to look at what was proposed; *before* are the reviews of all of them.
    """
    reviews = []
    for id, proposal in submitted.items():
        old, product = before.get(id), products[id]
        waits = old is not None and old.state is ReviewState.WAITING
        review = Review(
            product_id=id,
            shop_id=product.shop_id,
            state=ReviewState.WAITING,
            revision=old.revision + 1 if old else 1,
            version=product.version,
            # Whose request it was is told by the event.
            proposal=msgspec.structs.replace(proposal, actor=BY_SYSTEM) if proposal else None,
            submitted_at=old.submitted_at if old and waits else now,
            reviewer_id=old.reviewer_id if old and waits else None,
            taken_at=old.taken_at if old and waits else None,
        )
        reviews.append(review)
    ended = [before[id] for id in superseded if id in before and id not in submitted]
    return reviews + take_back(ended, {ReviewState.WAITING, ReviewState.REFUSED})


def follow_review(product: Product, review: Review, now: datetime) -> bool:
    """Let a product that was in review be listed, or not, as somebody decided; tell whether it is listed now."""
    is_listed = review.state is ReviewState.APPROVED and not product.is_unpriced
    product.state = ProductState.LISTED if is_listed else _off_sale(product)
    product.listed_at = now if is_listed else product.listed_at
    return is_listed
