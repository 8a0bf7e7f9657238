"""The verbs of the catalog. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import structs

from weiji.catalog import store
from weiji.catalog.categories import SaveCategory, SaveCategoryStatus, Tree, judge_categories
from weiji.catalog.former_texts import keep_former_texts
from weiji.catalog.model import (
    DESCRIPTION_MAX,
    PAGE_MAX,
    Delivery,
    GoodsPage,
    ListProduct,
    ListProductStatus,
    ProductCards,
    ProductOrder,
    ProductPage,
    ProductState,
    RestoreProduct,
    RestoreProductStatus,
    SaveProduct,
    SaveProductResult,
    SaveProductStatus,
    ScheduleProduct,
    ScheduleProductStatus,
    Shelf,
    ShopPage,
    SkuForSale,
    TakeDownProduct,
    TakeDownProductStatus,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.pricing import ChangePrice, ChangePriceStatus, PriceChange, PriceRow, judge_prices
from weiji.catalog.returning import ReturnRules, are_known, names_twice
from weiji.catalog.reviewing import (
    Content,
    DecideReview,
    DecideReviewStatus,
    Review,
    ReviewRules,
    ReviewState,
    TakeReview,
    TakeReviewStatus,
    judge_decisions,
    judge_takes,
    take_back,
    texts_of,
)
from weiji.catalog.rules import (
    Product,
    Saves,
    enter_queue,
    follow_review,
    judge_listings,
    judge_restorations,
    judge_saves,
    judge_schedules,
    judge_takings,
    judge_withdrawals,
    price_rows,
)
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.catalog import (
    CategorySaved,
    ProductListed,
    ProductRestored,
    ProductReviewed,
    ProductSaved,
    ProductScheduled,
    ProductSubmitted,
    ProductTakenDown,
    ProductWithdrawn,
    ReturnRulesPublished,
    ReviewRulesPublished,
    ReviewTaken,
)
from weiji.inventory import AddStock, CapStock, add_stock, cap_stock
from weiji.kit import clock
from weiji.kit.db import Reader, Transaction
from weiji.kit.text import is_text
from weiji.media import ShowVideo, ShowVideoStatus, UsePictures, show_videos, use_pictures
from weiji.rulebook import Publishing, PublishRulesStatus, RuleSet, get_in_force
from weiji.shops import Verification, get_shops
from weiji.word_rules import Action, Allowance, Hit, Text, allow_words, get_matcher, screen_shop_texts


async def lock_products(tx: Transaction, product_ids: Collection[UUID]) -> None:
    """Lock products until *tx* ends, all at once, for who changes some of them in several ways."""
    await store.lock_products(tx, product_ids)


async def save_products(
    tx: Transaction, commands: Sequence[SaveProduct], *, is_reviewed: bool = False
) -> list[SaveProductResult]:
    """Make products or replace them, SKUs included; results are in the order of *commands*.

    New SKUs begin with a stock of 0. Products named stay locked until *tx* ends. Publishes ProductSaved for each
    product that is another now, and ProductSubmitted for each that somebody has to look at: if the operator's rules
    or a word rule ask for it, and *is_reviewed* does not say that somebody has. What word rules refuse is refused all
    the same.
    """
    results, told = await write_products(tx, commands, is_reviewed=is_reviewed)
    await publish(tx, told)
    return results


async def write_products(
    tx: Transaction, commands: Sequence[SaveProduct], *, is_reviewed: bool = False
) -> tuple[list[SaveProductResult], list[Occurrence]]:
    """Do what `save_products` does, and return what is to be told, for who does more in the same transaction.

    Locks: products, then owners of pictures, then stock, then reviews. The heads of streams come after everything.
    """
    shops = await get_shops(tx, list({command.shop_id for command in commands}))
    products = await store.lock_products(tx, {command.id for command in commands})
    reviewing = ReviewRules() if is_reviewed else (await get_in_force(tx, REVIEW_RULES, tx.now)).rules
    tree = (
        await store.get_categories(tx)
        if reviewing.category_ids or any(command.category_id for command in commands)
        else Tree(())
    )
    handles, sku_products, prices = await store.get_names(
        tx,
        {(c.shop_id, c.handle or str(c.id)) for c in commands if is_text(c.handle, len(c.handle))},
        {sku.id for command in commands for sku in command.skus},
    )
    state = Saves(
        shop_ids={shop.id for shop in shops if shop},
        products=products,
        handles=handles,
        sku_products=sku_products,
        prices=prices,
        prices_before=dict(prices),
        tree=tree,
        reviewing=reviewing,
        verified={shop.id for shop in shops if shop and shop.verification is Verification.VERIFIED},
        frozen={shop.id for shop in shops if shop and shop.is_listing_frozen},
        contents=await _contents(tx, products) if reviewing.is_on and reviewing.changes else {},
        hits=await _screen(tx, commands, is_reviewed=is_reviewed),
    )
    replaced = set(products)
    presold = {id for id, product in products.items() if product.is_presold}
    results = judge_saves(state, commands, tx.now)
    saved = list(state.saved.values())
    await keep_former_texts(tx, [command for command in saved if command.id in replaced])
    await store.save_products(tx, saved, products)
    await store.withdraw_skus(tx, [command.id for command in saved if command.id in replaced])
    changes = list(state.skus.values())
    await store.save_skus(tx, changes)
    await use_pictures(tx, [_pictures_of(command) for command in saved])
    await add_stock(
        tx,
        [
            AddStock(
                sku_id=change.sku.id,
                shop_id=change.shop_id,
                is_keyed=products[change.product_id].delivery is Delivery.VIRTUAL,
            )
            for change in changes
        ],
    )
    await cap_stock(tx, [cap for each in saved if each.presale or each.id in presold for cap in _caps(each, tx.now)])
    await store.add_price_changes(tx, price_rows(state))
    told = [_occurrence(_saved(c.id, products[c.id]), c.id, c.shop_id, c.actor) for c in saved]
    await store.set_states(tx, {id: products[id] for id in state.unlisted})
    if not is_reviewed and (state.submitted or (reviewing.is_on and state.superseded)):
        actors = {command.id: command.actor for command in commands}
        told += await _submit(tx, products, state.submitted, state.superseded, actors)
    return results, told


def _caps(command: SaveProduct, now: datetime) -> list[CapStock]:
    """Say how many units of a product's SKUs its presale lets be ordered; all, if it has none."""
    presale = command.presale if command.presale and command.presale.is_on(now) else None
    quantity, until = (presale.quantity, presale.ends_at) if presale else (None, None)
    return [CapStock(sku_id=sku.id, quantity=quantity, until=until) for sku in command.skus]


async def _screen(tx: Transaction, commands: Sequence[SaveProduct], *, is_reviewed: bool) -> dict[int, list[Hit]]:
    """Say what word rules find in what is to be saved, by its place. What is too long is refused without them."""
    places = [place for place, command in enumerate(commands) if len(command.description_html) <= DESCRIPTION_MAX]
    things = [Text(subject_id=commands[place].id, texts=texts_of(commands[place])) for place in places]
    found = dict(zip(places, await screen_shop_texts(tx, things), strict=True))
    if is_reviewed:
        return {place: [hit for hit in hits if hit.action is Action.REFUSE] for place, hits in found.items()}
    return found


async def _contents(tx: Transaction, products: dict[UUID, Product]) -> dict[UUID, Content]:
    """Read what matters of products that are listed, or are again once they are restored."""
    listed = [id for id, product in products.items() if product.state_then is ProductState.LISTED]
    found = await store.get_products(tx, listed, tx.now) if listed else {}
    return {
        id: Content(page.title, page.description_html, page.pictures, page.category_id) for id, page in found.items()
    }


async def _submit(
    tx: Transaction,
    products: dict[UUID, Product],
    submitted: Mapping[UUID, SaveProduct | None],
    superseded: Collection[UUID],
    actors: Mapping[UUID, Actor],
) -> list[Occurrence]:
    """Put products into the reviewers' queue, or change what waits there; return what is to be told."""
    before = await store.lock_reviews(tx, {*submitted, *superseded})
    reviews = enter_queue(before, products, submitted, superseded, tx.now)
    await store.put_reviews(tx, reviews)
    told = []
    for review in reviews:
        id, shop_id = review.product_id, review.shop_id
        if review.state is ReviewState.WAITING:
            is_change = review.proposal is not None
            event = ProductSubmitted(product_id=id, shop_id=shop_id, revision=review.revision, is_change=is_change)
            told.append(_occurrence(event, id, shop_id, actors[id]))
    return told


def _pictures_of(command: SaveProduct) -> UsePictures:
    urls = [picture.url for picture in command.pictures] + [sku.picture for sku in command.skus if sku.picture]
    return UsePictures(holder_id=command.id, owner_id=command.shop_id, urls=tuple(urls))


async def list_products(tx: Transaction, commands: Sequence[ListProduct]) -> list[ListProductStatus]:
    """Offer products for sale; results are in the order of *commands*.

    Publishes ProductListed, or ProductSubmitted where the operator's rules have somebody look at them first.
    """
    statuses, told = await write_listings(tx, commands)
    await publish(tx, told)
    return statuses


async def write_listings(
    tx: Transaction, commands: Sequence[ListProduct]
) -> tuple[list[ListProductStatus], list[Occurrence]]:
    """Do what `list_products` does, and return what is to be told, for who does more in the same transaction."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    reviewing = (await get_in_force(tx, REVIEW_RULES, tx.now)).rules
    tree = await store.get_categories(tx) if reviewing.category_ids else Tree(())
    shops = [shop for shop in await get_shops(tx, list({p.shop_id for p in products.values()})) if shop]
    verified = {shop.id for shop in shops if shop.verification is Verification.VERIFIED}
    before = {id: product.state for id, product in products.items()}
    hits = await _screen_stored(tx, [id for id, state in before.items() if state is not ProductState.LISTED])
    statuses = judge_listings(
        products,
        commands,
        tx.now,
        lambda product: reviewing.asks(tree, product.category_id, is_verified=product.shop_id in verified),
        hits,
        {shop.id for shop in shops if shop.is_listing_frozen},
    )
    done = [c for c, status in zip(commands, statuses, strict=True) if status is ListProductStatus.LISTED]
    entered = {
        c.product_id: c.actor
        for c, status in zip(commands, statuses, strict=True)
        if status is ListProductStatus.IN_REVIEW and before[c.product_id] is not ProductState.IN_REVIEW
    }
    await store.set_states(tx, {id: products[id] for id in [*(c.product_id for c in done), *entered]})
    told = await _submit(tx, products, dict.fromkeys(entered), (), entered) if entered else []
    # The rules ask for it no more.
    await _take_back(tx, [c.product_id for c in done if before[c.product_id] is ProductState.IN_REVIEW])
    told += [
        _occurrence(ProductListed(product_id=c.product_id, shop_id=c.shop_id), c.product_id, c.shop_id, c.actor)
        for c in done
    ]
    return statuses, told


async def _screen_stored(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[Hit]]:
    """Say what word rules find in products as they are. Where there are no rules, nothing is read."""
    if not ids or not (await get_matcher(tx)).rules:
        return {}
    found = await store.get_products(tx, ids, tx.now)
    hits = await screen_shop_texts(tx, [Text(subject_id=id, texts=texts_of(page)) for id, page in found.items()])
    return dict(zip(found, hits, strict=True))


async def withdraw_products(tx: Transaction, commands: Sequence[WithdrawProduct]) -> list[WithdrawProductStatus]:
    """Take products off sale; results are in the order of *commands*. Publishes ProductWithdrawn."""
    statuses, told = await write_withdrawals(tx, commands)
    await publish(tx, told)
    return statuses


async def write_withdrawals(
    tx: Transaction, commands: Sequence[WithdrawProduct]
) -> tuple[list[WithdrawProductStatus], list[Occurrence]]:
    """Do what `withdraw_products` does, and return what is to be told, for who does more in the same transaction."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_withdrawals(products, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is WithdrawProductStatus.WITHDRAWN]
    await store.set_states(tx, {command.product_id: products[command.product_id] for command in done})
    await _take_back(tx, [command.product_id for command in done])
    return statuses, [
        _occurrence(ProductWithdrawn(product_id=c.product_id, shop_id=c.shop_id), c.product_id, c.shop_id, c.actor)
        for c in done
    ]


async def take_down_products(tx: Transaction, commands: Sequence[TakeDownProduct]) -> list[TakeDownProductStatus]:
    """Forbid products to be sold; results are in the order of *commands*. Publishes ProductTakenDown."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_takings(products, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is TakeDownProductStatus.TAKEN_DOWN]
    await store.set_states(tx, {command.product_id: products[command.product_id] for command in done})
    await _take_back(tx, [command.product_id for command in done])
    told = []
    for command in done:
        shop_id = products[command.product_id].shop_id
        event = ProductTakenDown(
            product_id=command.product_id, shop_id=shop_id, penalty_id=command.penalty_id, reason=command.reason
        )
        told.append(_occurrence(event, command.product_id, shop_id, command.actor))
    await publish(tx, told)
    return statuses


async def restore_products(tx: Transaction, commands: Sequence[RestoreProduct]) -> list[RestoreProductStatus]:
    """Let products be sold again that were; results are in the order of *commands*. Publishes ProductRestored."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_restorations(products, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is RestoreProductStatus.RESTORED]
    await store.set_states(tx, {command.product_id: products[command.product_id] for command in done})
    told = []
    for command in done:
        product = products[command.product_id]
        event = ProductRestored(
            product_id=command.product_id, shop_id=product.shop_id, penalty_id=command.penalty_id, status=product.state
        )
        told.append(_occurrence(event, command.product_id, product.shop_id, command.actor))
    await publish(tx, told)
    return statuses


async def _take_back(tx: Transaction, product_ids: Collection[UUID]) -> None:
    """Take products that nobody needs to look at any more out of the reviewers' queue."""
    if product_ids:
        reviews = await store.lock_reviews(tx, product_ids)
        await store.put_reviews(tx, take_back(reviews.values()))


async def schedule_products(tx: Transaction, commands: Sequence[ScheduleProduct]) -> list[ScheduleProductStatus]:
    """Tell the clock when to list and withdraw products; results are in order. Publishes ProductScheduled."""
    products = await store.lock_products(tx, {command.product_id for command in commands})
    statuses = judge_schedules(products, commands, tx.now)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is ScheduleProductStatus.SCHEDULED]
    await store.set_states(tx, {command.product_id: products[command.product_id] for command in done})
    await publish(
        tx,
        [
            _occurrence(
                ProductScheduled(
                    product_id=c.product_id, shop_id=c.shop_id, list_at=c.list_at, withdraw_at=c.withdraw_at
                ),
                c.product_id,
                c.shop_id,
                c.actor,
            )
            for c in done
        ],
    )
    return statuses


async def take_reviews(tx: Transaction, commands: Sequence[TakeReview]) -> list[TakeReviewStatus]:
    """Let reviewers look at products; results are in the order of *commands*. Publishes ReviewTaken."""
    reviews = await store.lock_reviews(tx, {command.product_id for command in commands})
    statuses = judge_takes(reviews, commands, tx.now)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is TakeReviewStatus.TAKEN]
    taken = {command.product_id: reviews[command.product_id] for command in done}
    await store.put_reviews(tx, list(taken.values()))
    told = []
    for command in done:
        review = reviews[command.product_id]
        event = ReviewTaken(product_id=command.product_id, revision=review.revision)
        told.append(_occurrence(event, command.product_id, review.shop_id, command.actor))
    await publish(tx, told)
    return statuses


async def decide_reviews(tx: Transaction, commands: Sequence[DecideReview]) -> list[DecideReviewStatus]:
    """Let products be sold as they are, or say what has to be mended; results are in the order of *commands*.

    Publishes ProductReviewed, and what comes of it: ProductListed, or ProductSaved.
    """
    statuses, told = await _decide_reviews(tx, commands)
    await publish(tx, told)
    return statuses


async def _decide_reviews(
    tx: Transaction, commands: Sequence[DecideReview]
) -> tuple[list[DecideReviewStatus], list[Occurrence]]:
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.product_id in seen:
            # What becomes of it depends on the first: the rest is a batch of its own.
            first, told_first = await _decide_reviews(tx, commands[:place])
            rest, told_then = await _decide_reviews(tx, commands[place:])
            return [*first, *rest], [*told_first, *told_then]
        seen.add(command.product_id)
    products = await store.lock_products(tx, seen)
    reviews = await store.lock_reviews(tx, seen)
    versions = {id: product.version for id, product in products.items()}
    waiting = [id for id, review in reviews.items() if review.state is ReviewState.WAITING]
    # Judged as if all could be saved; what could not be is judged again.
    unsaved, told = await _save_approved(tx, reviews, versions, commands)
    shops = await get_shops(tx, list({review.shop_id for review in reviews.values()}))
    frozen = {shop.id for shop in shops if shop and shop.is_listing_frozen}
    statuses = judge_decisions(reviews, versions, unsaved, commands, tx.now, frozen)
    done = [
        (c, reviews[c.product_id])
        for c, status in zip(commands, statuses, strict=True)
        if status in (DecideReviewStatus.APPROVED, DecideReviewStatus.REFUSED)
    ]
    over = [reviews[id] for id in waiting if reviews[id].state is ReviewState.TAKEN_BACK]
    await store.put_reviews(tx, [*(review for _, review in done), *over])
    approved = [c.product_id for c, review in done if review.state is ReviewState.APPROVED]
    # Somebody has looked: no rule asks for it again.
    hits = await _screen_stored(tx, approved)
    await allow_words(
        tx,
        {
            Allowance(id, hit.rule_id, hit.word)
            for id in approved
            for hit in hits.get(id, ())
            if hit.action is not Action.REFUSE
        },
    )
    moved: dict[UUID, Product] = {}
    for command, review in done:
        id, product = command.product_id, products[command.product_id]
        reviewed = ProductReviewed(
            product_id=id,
            shop_id=review.shop_id,
            revision=review.revision,
            is_approved=review.state is ReviewState.APPROVED,
            reasons={field.value: reason for field, reason in review.reasons.items()},
        )
        told.append(_occurrence(reviewed, id, review.shop_id, command.actor))
        if review.proposal is None and product.state is ProductState.IN_REVIEW:
            moved[id] = product
            if follow_review(product, review, tx.now):
                event = ProductListed(product_id=id, shop_id=review.shop_id)
                told.append(_occurrence(event, id, review.shop_id, command.actor))
    await store.set_states(tx, moved)
    return statuses, told


async def _save_approved(
    tx: Transaction, reviews: dict[UUID, Review], versions: Mapping[UUID, int], commands: Sequence[DecideReview]
) -> tuple[set[UUID], list[Occurrence]]:
    """Make listed products what was proposed and is agreed to; name those that can't be saved so, and what to tell."""
    trial = {id: structs.replace(review) for id, review in reviews.items()}
    statuses = judge_decisions(trial, versions, set(), commands, tx.now)
    proposals = [
        structs.replace(review.proposal, version=None, actor=command.actor)
        for command, status in zip(commands, statuses, strict=True)
        if status is DecideReviewStatus.APPROVED and (review := reviews[command.product_id]).proposal is not None
    ]
    if not proposals:
        return set(), []
    results, told = await write_products(tx, proposals, is_reviewed=True)
    good = (SaveProductStatus.UPDATED, SaveProductStatus.EXISTS)
    return {c.id for c, result in zip(proposals, results, strict=True) if result.status not in good}, told


async def _judge_reviews(tx: Transaction, new: Publishing[ReviewRules]) -> PublishRulesStatus | None:
    known = (await store.get_categories(tx)).categories
    return None if all(id in known for id in new.rules.category_ids) else PublishRulesStatus.CATEGORY_NOT_FOUND


REVIEW_RULES: Final = RuleSet(
    name="goods_reviews",
    kind=ReviewRules,
    tell=lambda new: ReviewRulesPublished(version=new.version, reason=new.reason),
    judge=_judge_reviews,
)
"""What is sold already is looked at when it is listed or changed next."""


async def _judge_returns(tx: Transaction, new: Publishing[ReturnRules]) -> PublishRulesStatus | None:
    if names_twice(new.rules):
        return PublishRulesStatus.RULE_TWICE
    return None if are_known(new.rules, await store.get_categories(tx)) else PublishRulesStatus.CATEGORY_NOT_FOUND


RETURN_RULES: Final = RuleSet(
    name="returns",
    kind=ReturnRules,
    tell=lambda new: ReturnRulesPublished(version=new.version, reason=new.reason),
    judge=_judge_returns,
)
"""For orders that are placed from then on: a line keeps its terms."""


async def get_review(reader: Reader, product_id: UUID) -> Review | None:
    """Read the latest review of a product."""
    return await store.get_review(reader, product_id)


def _occurrence(event: Event, product_id: UUID, shop_id: UUID, actor: Actor) -> Occurrence:
    return Occurrence(event, shop_id, product_id, actor)


def _now_of(reader: Reader) -> datetime:
    return reader.now if isinstance(reader, Transaction) else clock.now()


async def get_skus_for_sale(reader: Reader, sku_ids: Collection[UUID]) -> list[SkuForSale | None]:
    """Read what an order has to know of SKUs, in the order of *sku_ids*; None where there is no such SKU.

    One statement. Nothing is locked: a price that changes meanwhile is the one that was read.
    """
    found = await store.get_skus_for_sale(reader, sku_ids, _now_of(reader))
    return [found.get(id) for id in sku_ids]


async def get_products(reader: Reader, ids: Sequence[UUID]) -> list[ProductPage | None]:
    """Read products whole, drafts and withdrawn ones, too; in the order of *ids*, None where there is none."""
    found = await store.get_products(reader, ids, _now_of(reader))
    return [found.get(id) for id in ids]


async def find_products(reader: Reader, shop_id: UUID, handles: Collection[str]) -> dict[str, UUID]:
    """Tell which products of a shop have these handles; those that there are not are left out."""
    return await store.find_products(reader, shop_id, [handle for handle in handles if is_text(handle, len(handle))])


async def get_product_page(reader: Reader, product_id: UUID) -> ProductPage | None:
    """Read a product with its SKUs, its shop and its stock, in one statement; drafts and withdrawn ones, too."""
    return (await get_products(reader, [product_id]))[0]


async def get_shop_page(reader: Reader, shop_id: UUID, *, after: str | None = None, limit: int = 20) -> ShopPage | None:
    """Read a shop and a page of what it has listed, newest first, in one statement."""
    return await store.get_shop_page(reader, shop_id, after, _page(limit))


async def get_home(
    reader: Reader, *, order: ProductOrder = ProductOrder.NEWEST, after: str | None = None, limit: int = 20
) -> ProductCards:
    """Read a page of what all open shops have listed, in one statement."""
    return await store.get_home(reader, order, after, _page(limit))


async def get_goods_for_merchant(
    reader: Reader, shop_id: UUID, *, shelf: Shelf | None = None, after: str | None = None, limit: int = 20
) -> GoodsPage:
    """Read a page of everything a shop has (with *shelf*: only that), newest first, in one statement."""
    return await store.get_goods(reader, shop_id, shelf, after, _page(limit))


async def change_prices(tx: Transaction, commands: Sequence[ChangePrice]) -> list[ChangePriceStatus]:
    """Give SKUs other prices; results are in the order of *commands*. Their products stay locked until *tx* ends.

    Publishes ProductSaved for each product that is another now.
    """
    products = await store.lock_products(tx, {command.product_id for command in commands})
    skus = await store.get_sku_prices(tx, products)
    before = {id: (sku.price, sku.compare_at) for id, sku in skus.items()}
    reviewing = (await get_in_force(tx, REVIEW_RULES, tx.now)).rules
    asked = set[UUID]()
    if reviewing.is_on and reviewing.changes:
        tree = await store.get_categories(tx)
        shops = await get_shops(tx, list({product.shop_id for product in products.values()}))
        verified = {shop.id for shop in shops if shop and shop.verification is Verification.VERIFIED}
        asked = {
            id
            for id, product in products.items()
            if product.state_then is ProductState.LISTED
            and reviewing.asks(tree, product.category_id, is_verified=product.shop_id in verified)
        }
    statuses = judge_prices(skus, commands, asked, reviewing.price_jump_percent)
    moved = {id: sku for id, sku in skus.items() if (sku.price, sku.compare_at) != before[id]}
    ranges: dict[UUID, tuple[int, int]] = {}
    for sku in moved.values():
        costs = [each.price for each in skus.values() if each.product_id == sku.product_id]
        ranges[sku.product_id] = (min(costs), max(costs))
    for id in ranges:
        product = products[id]
        product.version += 1
        # What it is made of is not read here: no content has this digest, so no later save is taken for the same.
        product.content_hash = sha256(product.content_hash + b"%d" % product.version).digest()
    await store.set_sku_prices(tx, moved)
    await store.set_price_ranges(tx, ranges, products)
    rows = [PriceRow(id, products[sku.product_id].version, sku.price, sku.compare_at) for id, sku in moved.items()]
    await store.add_price_changes(tx, rows)
    actors = {command.product_id: command.actor for command in commands}
    told = [_occurrence(_saved(id, products[id]), id, products[id].shop_id, actors[id]) for id in ranges]
    # What waits for a reviewer is another thing now.
    waiting = [id for id in ranges if products[id].state is ProductState.IN_REVIEW]
    superseded = [id for id in ranges if products[id].state is ProductState.LISTED]
    if waiting or (reviewing.is_on and superseded):
        told += await _submit(tx, products, dict.fromkeys(waiting), superseded, actors)
    await publish(tx, told)
    return statuses


def _saved(id: UUID, product: Product) -> ProductSaved:
    return ProductSaved(
        product_id=id, shop_id=product.shop_id, version=product.version, title=product.title, status=product.state
    )


async def save_categories(tx: Transaction, commands: Sequence[SaveCategory]) -> list[SaveCategoryStatus]:
    """Make categories or replace them; results are in the order of *commands*. The tree is locked until *tx* ends.

    Publishes CategorySaved in the stream of who did it.
    """
    tree = await store.lock_categories(tx)
    before = dict(tree.categories)
    statuses = judge_categories(tree, commands)
    saved = [category for id, category in tree.categories.items() if before.get(id) != category]
    await store.save_categories(tx, saved)
    actors = {command.id: command.actor for command in commands}
    told = []
    for category in saved:
        actor = actors[category.id]
        event = CategorySaved(category_id=category.id, name=category.name, is_retired=category.is_retired)
        told.append(Occurrence(event, actor.person_id or category.id, category.id, actor))
    await publish(tx, told)
    return statuses


async def get_price_changes(reader: Reader, sku_ids: Collection[UUID]) -> list[PriceChange]:
    """Read what SKUs cost, and from when on, the oldest first, in one statement."""
    return await store.get_price_changes(reader, sku_ids)


async def show_product_videos(tx: Transaction, commands: Sequence[ShowVideo]) -> list[ShowVideoStatus]:
    """Say which videos products show. Results are in the order of *commands*: a product is one of the owner's."""
    found = await get_products(tx, list({command.holder_id for command in commands}))
    shops = {product.id: product.shop_id for product in found if product}
    mine = [shops.get(command.holder_id) == command.owner_id for command in commands]
    done = iter(await show_videos(tx, [c for c, is_mine in zip(commands, mine, strict=True) if is_mine]))
    return [next(done) if is_mine else ShowVideoStatus.HOLDER_NOT_FOUND for is_mine in mine]


async def get_categories(reader: Reader) -> Tree:
    """Read the tree of categories, in one statement."""
    return await store.get_categories(reader)


async def get_category_page(
    reader: Reader, category_ids: Sequence[UUID], *, after: str | None = None, limit: int = 20
) -> ProductCards:
    """Read a page of what open shops have listed in categories, newest first, in one statement."""
    return await store.get_category_page(reader, category_ids, after, _page(limit))


def _page(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))
