"""Proves that goods are reviewed where the operator wants it: before they are listed, and before a change shows."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.catalog.examples import opened_shop, product, simple
from tests.identity.people import make_people
from tests.plans import plan
from weiji.catalog import (
    ChangePrice,
    ChangePriceStatus,
    DecideReview,
    DecideReviewStatus,
    ListProduct,
    ListProductStatus,
    ProductPage,
    ProductState,
    RestoreProduct,
    ReviewField,
    ReviewRules,
    SaveProduct,
    SaveProductStatus,
    ScheduleProduct,
    ScheduleProductStatus,
    Shelf,
    TakeDownProduct,
    TakeReview,
    TakeReviewStatus,
    WithdrawProduct,
    WithdrawProductStatus,
    change_prices,
    decide_reviews,
    get_categories,
    get_goods_for_merchant,
    get_product_page,
    get_products,
    list_products,
    restore_products,
    save_products,
    schedule_products,
    take_down_products,
    take_reviews,
    withdraw_products,
)
from weiji.catalog.handlers import meet_schedules
from weiji.catalog.operations import REVIEW_RULES, get_review
from weiji.catalog.reviewing import TAKEN_FOR, Review, ReviewState, judge_decisions, judge_takes
from weiji.catalog.store import SQL
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.migrate import read_migrations
from weiji.rulebook import PublishRules, PublishRulesStatus, publish_rules
from weiji.shops import RestrictShop, VerifyShop, restrict_shops, verify_shops

S = SaveProductStatus


async def publish(tx: Transaction, version: int = 2, **rules: Any) -> PublishRulesStatus:
    command = PublishRules(
        of=REVIEW_RULES, version=version, rules=ReviewRules(**rules), reason="试一试", actor=BY_SYSTEM
    )
    (status,) = await publish_rules(tx, [command])
    return status


async def page_of(tx: Transaction, command: SaveProduct) -> ProductPage:
    found = await get_product_page(tx, command.id)
    assert found is not None
    return found


async def save(tx: Transaction, command: SaveProduct) -> SaveProductStatus:
    (result,) = await save_products(tx, [command])
    return result.status


class Reviewer:
    """Somebody who looks at goods."""

    def __init__(self, tx: Transaction, id: UUID) -> None:
        self.tx = tx
        self.actor = Actor("staff", id)

    async def take(self, command: SaveProduct) -> TakeReviewStatus:
        (status,) = await take_reviews(self.tx, [TakeReview(product_id=command.id, actor=self.actor)])
        return status

    async def decide(
        self, command: SaveProduct, reasons: dict[ReviewField, str] | None = None, revision: int | None = None
    ) -> DecideReviewStatus:
        review = await get_review(self.tx, command.id)
        assert review is not None
        decision = DecideReview(
            product_id=command.id,
            revision=revision or review.revision,
            actor=self.actor,
            reasons=reasons or {},
        )
        (status,) = await decide_reviews(self.tx, [decision])
        return status


async def reviewer(tx: Transaction) -> Reviewer:
    (id,) = await make_people(tx, 1)
    return Reviewer(tx, id)


async def test_by_default_nothing_is_reviewed(tx: Transaction) -> None:
    cup = product(await opened_shop(tx))
    assert await save(tx, cup) is S.CREATED
    assert (await page_of(tx, cup)).state is ProductState.LISTED
    assert await get_review(tx, cup.id) is None


async def shelves(tx: Transaction, shop_id: UUID) -> tuple[list[UUID], ...]:
    found = [await get_goods_for_merchant(tx, shop_id, shelf=shelf) for shelf in (Shelf.IN_REVIEW, Shelf.REFUSED)]
    return tuple([row.id for row in page.goods] for page in found)


async def test_a_product_waits_is_refused_with_reasons_mended_and_listed(tx: Transaction) -> None:
    assert await publish(tx, everything=True) is PublishRulesStatus.PUBLISHED
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = product(shop_id, state=ProductState.DRAFT)
    assert await save(tx, cup) is S.CREATED
    assert await save(tx, product(shop_id, state=ProductState.DRAFT)) is S.CREATED
    listing = ListProduct(product_id=cup.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listing, listing]) == [ListProductStatus.IN_REVIEW] * 2
    assert (await page_of(tx, cup)).state is ProductState.IN_REVIEW
    assert await shelves(tx, shop_id) == ([cup.id], [])
    assert [row["type"] for row in await get_trail(tx, cup.id)] == ["ProductSaved", "ProductSubmitted"]
    assert await looker.decide(cup) is DecideReviewStatus.NOT_TAKEN
    assert await looker.take(cup) is TakeReviewStatus.TAKEN
    assert await looker.take(cup) is TakeReviewStatus.EXISTS
    assert await (await reviewer(tx)).take(cup) is TakeReviewStatus.TAKEN_BY_ANOTHER
    assert await looker.decide(cup, {ReviewField.TITLE: ""}) is DecideReviewStatus.INVALID_REASON
    assert await looker.decide(cup, {ReviewField.TITLE: "写清楚是什么杯子"}) is DecideReviewStatus.REFUSED
    assert await shelves(tx, shop_id) == ([], [cup.id])
    seen = await page_of(tx, cup)
    assert seen.state is ProductState.DRAFT
    assert seen.review is not None
    assert seen.review.reasons == {"title": "写清楚是什么杯子"}
    assert await looker.decide(cup) is DecideReviewStatus.REVIEW_NOT_FOUND

    mended = structs.replace(cup, title="手作陶瓷茶杯")
    assert await save(tx, mended) is S.UPDATED
    assert await list_products(tx, [listing]) == [ListProductStatus.IN_REVIEW]
    assert await looker.take(cup) is TakeReviewStatus.TAKEN
    assert await looker.decide(cup) is DecideReviewStatus.APPROVED
    seen = await page_of(tx, cup)
    assert (seen.state, seen.title, seen.review) == (ProductState.LISTED, "手作陶瓷茶杯", None)
    assert await shelves(tx, shop_id) == ([], [])


async def test_what_waits_of_a_shop_that_may_list_nothing_is_not_approved_but_may_be_refused(tx: Transaction) -> None:
    assert await publish(tx, everything=True) is PublishRulesStatus.PUBLISHED
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup, pot = product(shop_id), product(shop_id)
    for each in (cup, pot):
        assert await save(tx, each) is S.CREATED
        assert await looker.take(each) is TakeReviewStatus.TAKEN
    frozen = RestrictShop(shop_id=shop_id, is_listing_frozen=True, is_limited=False, is_withdrawals_held=False)
    await restrict_shops(tx, [frozen])
    assert await looker.decide(cup) is DecideReviewStatus.LISTING_FROZEN
    assert (await page_of(tx, cup)).state is ProductState.IN_REVIEW
    assert await looker.decide(pot, {ReviewField.TITLE: "写清楚是什么壶"}) is DecideReviewStatus.REFUSED
    await restrict_shops(tx, [structs.replace(frozen, is_listing_frozen=False)])
    assert await looker.decide(cup) is DecideReviewStatus.APPROVED
    assert (await page_of(tx, cup)).state is ProductState.LISTED


async def test_what_is_reviewed_is_not_looked_for_among_all_goods(tx: Transaction) -> None:
    await tx.connection.execute("set local enable_bitmapscan = off")
    told = await plan(tx, SQL.get_goods)
    assert re.search(r"using reviews_of_shop on .*\n *Index Cond: \(shop_id = \$2\)", told), told


async def test_what_changes_while_somebody_looks_is_looked_at_again(tx: Transaction) -> None:
    await publish(tx, everything=True)
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = product(shop_id)
    assert await save(tx, cup) is S.CREATED
    assert (await page_of(tx, cup)).state is ProductState.IN_REVIEW
    await looker.take(cup)
    await save(tx, structs.replace(cup, title="另一个杯子"))
    assert await looker.decide(cup, revision=1) is DecideReviewStatus.CHANGED
    assert await looker.decide(cup, revision=2) is DecideReviewStatus.APPROVED


async def test_a_change_that_matters_shows_only_after_somebody_agreed(tx: Transaction) -> None:
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = product(shop_id)
    await save(tx, cup)
    await publish(tx, everything=True, price_jump_percent=50)
    other = structs.replace(cup, title="镀金的杯子")
    assert await save(tx, other) is S.SUBMITTED
    seen = await page_of(tx, cup)
    assert (seen.state, seen.title) == (ProductState.LISTED, "手作陶瓷杯")
    assert seen.review is not None
    assert seen.review.proposal is not None
    assert seen.review.proposal.title == "镀金的杯子"
    await looker.take(cup)
    assert await looker.decide(cup) is DecideReviewStatus.APPROVED
    assert (await page_of(tx, cup)).title == "镀金的杯子"

    dear = structs.replace(other, skus=(structs.replace(other.skus[0], price=58_00), other.skus[1]))
    assert await save(tx, dear) is S.SUBMITTED
    await looker.take(cup)
    assert await looker.decide(cup, {ReviewField.PRICE: "涨得太多了"}) is DecideReviewStatus.REFUSED
    seen = await page_of(tx, cup)
    assert (seen.state, seen.price_min) == (ProductState.LISTED, 38_00)


async def test_what_does_not_matter_shows_at_once_and_ends_what_waits(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    cup = product(shop_id)
    await save(tx, cup)
    await publish(tx, everything=True)
    assert await save(tx, structs.replace(cup, title="镀金的杯子")) is S.SUBMITTED
    cheaper = structs.replace(cup, skus=(structs.replace(cup.skus[0], price=30_00), cup.skus[1]))
    assert await save(tx, cheaper) is S.UPDATED
    review = await get_review(tx, cup.id)
    assert review is not None
    assert review.state is ReviewState.TAKEN_BACK
    assert (await page_of(tx, cup)).price_min == 30_00


async def change_price(tx: Transaction, cup: SaveProduct, before: int, price: int) -> ChangePriceStatus:
    command = ChangePrice(
        sku_id=cup.skus[0].id,
        product_id=cup.id,
        shop_id=cup.shop_id,
        price_before=before,
        price=price,
        compare_at=None,
        actor=BY_SYSTEM,
    )
    return (await change_prices(tx, [command]))[0]


async def test_a_change_of_what_was_changed_since_waits_no_more_once_somebody_looks(tx: Transaction) -> None:
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = simple(shop_id)
    await save(tx, cup)
    await publish(tx, everything=True)
    assert await save(tx, structs.replace(cup, title="镀金的杯子")) is S.SUBMITTED
    await publish(tx, 3)
    assert await save(tx, structs.replace(cup, title="镀银的杯子")) is S.UPDATED
    assert await looker.take(cup) is TakeReviewStatus.TAKEN
    assert await looker.decide(cup) is DecideReviewStatus.CHANGED
    assert await looker.take(cup) is TakeReviewStatus.REVIEW_NOT_FOUND
    assert (await page_of(tx, cup)).title == "镀银的杯子"


async def test_a_leap_of_a_price_alone_is_not_let_through(tx: Transaction) -> None:
    cup = simple(await opened_shop(tx))
    await save(tx, cup)
    await publish(tx, everything=True, price_jump_percent=20)
    assert await change_price(tx, cup, 9_99, 15_00) is ChangePriceStatus.TO_BE_REVIEWED
    assert await change_price(tx, cup, 9_99, 11_00) is ChangePriceStatus.CHANGED


async def test_what_costs_something_else_while_it_waits_can_be_agreed_to(tx: Transaction) -> None:
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    sold, entered = simple(shop_id), simple(shop_id)
    await save(tx, sold)
    await publish(tx, everything=True)
    await save(tx, entered)
    assert await looker.take(entered) is TakeReviewStatus.TAKEN
    assert await change_price(tx, entered, 9_99, 11_00) is ChangePriceStatus.CHANGED
    assert await looker.decide(entered, revision=1) is DecideReviewStatus.CHANGED
    assert await looker.decide(entered) is DecideReviewStatus.APPROVED
    # A change of what is sold would undo the price: it is proposed anew.
    assert await save(tx, structs.replace(sold, title="镀金的杯子")) is S.SUBMITTED
    assert await change_price(tx, sold, 9_99, 11_00) is ChangePriceStatus.CHANGED
    assert await looker.take(sold) is TakeReviewStatus.REVIEW_NOT_FOUND


async def test_what_became_something_else_while_it_was_taken_down_is_not_sold_unseen(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    changed, dear, withdrawn, same = [simple(shop_id) for _ in range(4)]
    penalty = {"penalty_id": new_id(shop_id), "actor": BY_SYSTEM}
    for cup in (changed, dear, withdrawn, same):
        await save(tx, cup)
        await take_down_products(tx, [TakeDownProduct(product_id=cup.id, reason="", **penalty)])
    await publish(tx, everything=True)
    assert await save(tx, structs.replace(changed, title="镀金的杯子")) is S.UPDATED
    assert await change_price(tx, dear, 9_99, 99_00) is ChangePriceStatus.TO_BE_REVIEWED
    assert await save(tx, structs.replace(dear, skus=(structs.replace(dear.skus[0], price=99_00),))) is S.UPDATED
    withdrawal = WithdrawProduct(product_id=withdrawn.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await withdraw_products(tx, [withdrawal, withdrawal]) == ["withdrawn", "exists"]
    assert await save(tx, structs.replace(same, vendor="景德镇")) is S.UPDATED
    for cup in (changed, dear, withdrawn, same):
        assert (await page_of(tx, cup)).state is ProductState.TAKEN_DOWN
        await restore_products(tx, [RestoreProduct(product_id=cup.id, **penalty)])
    states = [(await page_of(tx, cup)).state for cup in (changed, dear, withdrawn, same)]
    assert states == [ProductState.WITHDRAWN] * 3 + [ProductState.LISTED]


async def test_whose_goods_are_reviewed(tx: Transaction) -> None:
    tree = await get_categories(tx)
    food = next(each for each in tree.all() if each.name == "食品")
    tea = next(each for each in tree.all() if each.name == "茶")
    assert await publish(tx, category_ids=(new_id(),)) is PublishRulesStatus.CATEGORY_NOT_FOUND
    assert await publish(tx, unverified_shops=True, category_ids=(food.id,)) is PublishRulesStatus.PUBLISHED
    assert await publish(tx, everything=True) is PublishRulesStatus.VERSION_TAKEN
    known, unknown = await opened_shop(tx), await opened_shop(tx)
    await verify_shops(tx, [VerifyShop(shop_id=known, actor=BY_SYSTEM)])
    said = {"net_weight": "50", "shelf_life": "365"}
    cases = [
        (simple(known), ProductState.LISTED),
        (simple(unknown), ProductState.IN_REVIEW),
        (simple(known, category_id=tea.id, attributes=said), ProductState.IN_REVIEW),
    ]
    for command, state in cases:
        assert await save(tx, command) is S.CREATED
        assert (await page_of(tx, command)).state is state


async def test_what_its_shop_takes_back_waits_no_more(tx: Transaction) -> None:
    await publish(tx, everything=True)
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = simple(shop_id)
    await save(tx, cup)
    withdrawal = WithdrawProduct(product_id=cup.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await withdraw_products(tx, [withdrawal]) == [WithdrawProductStatus.WITHDRAWN]
    assert (await page_of(tx, cup)).state is ProductState.DRAFT
    assert await looker.take(cup) is TakeReviewStatus.REVIEW_NOT_FOUND
    # Nor does what no rule asks for any more, once its shop lists it.
    other = simple(shop_id)
    await save(tx, other)
    await publish(tx, 3)
    listing = ListProduct(product_id=other.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listing]) == [ListProductStatus.LISTED]
    assert await looker.take(other) is TakeReviewStatus.REVIEW_NOT_FOUND


async def test_a_proposal_that_can_not_be_saved_any_more_is_not_agreed_to(tx: Transaction) -> None:
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = product(shop_id)
    await save(tx, cup)
    await publish(tx, everything=True)
    await save(tx, structs.replace(cup, title="镀金的杯子"))
    # What can be saved changes with the program and the categories; here the proposal is broken by hand.
    await tx.connection.execute(
        "update catalog.reviews set proposal = jsonb_set(proposal, '{title}', '\"\"') where product_id = $1", cup.id
    )
    await looker.take(cup)
    assert await looker.decide(cup) is DecideReviewStatus.NOT_SAVED
    assert await looker.decide(cup, {ReviewField.OTHER: "请再保存一次"}) is DecideReviewStatus.REFUSED


async def test_the_clock_lists_and_withdraws(database: Database) -> None:
    hour = timedelta(hours=1)
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        cup = simple(shop_id, state=ProductState.DRAFT)
        await save(tx, cup)
        now = tx.now

        def schedule(list_at: Any, withdraw_at: Any, product_id: UUID = cup.id) -> ScheduleProduct:
            return ScheduleProduct(
                product_id=product_id, shop_id=shop_id, list_at=list_at, withdraw_at=withdraw_at, actor=BY_SYSTEM
            )

        commands = [
            schedule(None, None, new_id(shop_id)),
            schedule(now - hour, None),
            schedule(now + 2 * hour, now + hour),
            schedule(now + timedelta(days=400), None),
            schedule(now + hour, now + 2 * hour),
            schedule(now + hour, now + 2 * hour),
        ]
        assert await schedule_products(tx, commands) == [
            ScheduleProductStatus.PRODUCT_NOT_FOUND,
            ScheduleProductStatus.INVALID_TIMES,
            ScheduleProductStatus.INVALID_TIMES,
            ScheduleProductStatus.INVALID_TIMES,
            ScheduleProductStatus.SCHEDULED,
            ScheduleProductStatus.EXISTS,
        ]
    states = []
    for _ in range(3):
        await meet_schedules(database, 100)
        async with database.transaction() as tx:
            found = await page_of(tx, cup)
            states.append((found.state, found.list_at is not None, found.withdraw_at is not None))
        clock.CLOCK.follow(clock.CLOCK.offset + hour)
    assert states == [
        (ProductState.DRAFT, True, True),
        (ProductState.LISTED, False, True),
        (ProductState.WITHDRAWN, False, False),
    ]


async def test_the_clock_withdraws_what_is_taken_down_too(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        cup = simple(shop_id)
        await save(tx, cup)
        ends_at = tx.now + timedelta(hours=1)
        schedule = ScheduleProduct(
            product_id=cup.id, shop_id=shop_id, list_at=None, withdraw_at=ends_at, actor=BY_SYSTEM
        )
        await schedule_products(tx, [schedule])
        penalty = {"product_id": cup.id, "penalty_id": new_id(shop_id), "actor": BY_SYSTEM}
        await take_down_products(tx, [TakeDownProduct(reason="", **penalty)])
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(hours=2))
    await meet_schedules(database, 100)
    async with database.transaction() as tx:
        assert (await page_of(tx, cup)).state is ProductState.TAKEN_DOWN
        await restore_products(tx, [RestoreProduct(**penalty)])
        assert (await page_of(tx, cup)).state is ProductState.WITHDRAWN


async def test_what_has_no_price_from_before_gets_on_sale_by_no_way(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, looker = await opened_shop(tx), await reviewer(tx)
        listed, taken = simple(shop_id), simple(shop_id, handle="taken")
        assert [await save(tx, each) for each in (listed, taken)] == [S.CREATED] * 2
        await publish(tx, everything=True)
        waiting = simple(shop_id, handle="waiting")
        assert await save(tx, waiting) is S.CREATED
        assert await looker.take(waiting) is TakeReviewStatus.TAKEN
        penalty = {"product_id": taken.id, "penalty_id": new_id(shop_id), "actor": BY_SYSTEM}
        await take_down_products(tx, [TakeDownProduct(reason="", **penalty)])
        free = structs.replace(taken, skus=(structs.replace(taken.skus[0], price=0),))
        assert await save(tx, free) is S.PRICE_OUT_OF_RANGE
        # As programs of before left it.
        ids = [each.id for each in (listed, taken, waiting)]
        await tx.connection.execute("update catalog.products set price_min = 0, price_max = 0 where id = any ($1)", ids)
        await restore_products(tx, [RestoreProduct(**penalty)])
        assert await looker.decide(waiting) is DecideReviewStatus.APPROVED
        await tx.connection.execute(next(each.text for each in read_migrations() if each.number == 346))
    await meet_schedules(database, 100)
    async with database.transaction() as tx:
        states = [(await page_of(tx, each)).state for each in (listed, taken, waiting)]
        assert states == [ProductState.WITHDRAWN, ProductState.WITHDRAWN, ProductState.DRAFT]
        assert (await get_trail(tx, listed.id))[-1]["type"] == "ProductWithdrawn"


async def test_of_two_reviewers_at_once_one_takes_and_one_decides(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        await publish(tx, everything=True)
        shop_id, people = await opened_shop(tx), await make_people(tx, 2)
        cups = [simple(shop_id) for _ in range(10)]
        await save_products(tx, cups)
    actors = [Actor("staff", id) for id in people]
    # Two processes of one installation: each has a batcher of its own.
    takers = [Batcher(database, take_reviews, owner=lambda each: each.product_id, lanes=lanes) for _ in actors]
    deciders = [Batcher(database, decide_reviews, owner=lambda each: each.product_id, lanes=lanes) for _ in actors]
    for cup in cups:
        taking = [TakeReview(product_id=cup.id, actor=actor) for actor in actors]
        taken = await asyncio.gather(*(each.submit(c) for each, c in zip(takers, taking, strict=True)))
        assert sorted(taken) == [TakeReviewStatus.TAKEN, TakeReviewStatus.TAKEN_BY_ANOTHER]

        # Who took it says yes in one window, and no in another; the other reviewer says yes, too.
        first = taken.index(TakeReviewStatus.TAKEN)
        yes, no, others = [
            DecideReview(product_id=cup.id, revision=1, actor=actors[who], reasons=reasons)
            for who, reasons in ((first, {}), (first, {ReviewField.TITLE: "写清楚"}), (1 - first, {}))
        ]
        said, unsaid, theirs = await asyncio.gather(
            deciders[0].submit(yes), deciders[1].submit(no), deciders[1].submit(others)
        )
        assert theirs in (DecideReviewStatus.NOT_TAKEN, DecideReviewStatus.REVIEW_NOT_FOUND)
        is_approved = said is DecideReviewStatus.APPROVED
        assert is_approved or unsaid is DecideReviewStatus.REFUSED
        assert (unsaid if is_approved else said) is DecideReviewStatus.REVIEW_NOT_FOUND
        async with database.read() as reader:
            review, (seen,) = await get_review(reader, cup.id), await get_products(reader, [cup.id])
        assert review is not None
        assert seen is not None
        assert (review.state, seen.state, review.reviewer_id) == (
            (ReviewState.APPROVED, ProductState.LISTED, people[first])
            if is_approved
            else (ReviewState.REFUSED, ProductState.DRAFT, people[first])
        )
    told = await database.pool.fetch("select type, count(*) from events.events group by type")
    counts = {row["type"]: row["count"] for row in told}
    assert (counts["ReviewTaken"], counts["ProductReviewed"]) == (len(cups), len(cups))


async def test_of_a_decision_and_a_change_by_its_shop_at_once_none_is_lost(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        await publish(tx, everything=True)
        shop_id, (person,) = await opened_shop(tx), await make_people(tx, 1)
        cups = [simple(shop_id) for _ in range(10)]
        await save_products(tx, cups)
        actor = Actor("staff", person)
        await take_reviews(tx, [TakeReview(product_id=cup.id, actor=actor) for cup in cups])
    decider = Batcher(database, decide_reviews, owner=lambda each: each.product_id, lanes=lanes)
    saver = Batcher(database, save_products, owner=lambda each: each.shop_id, lanes=lanes)
    for cup in cups:
        decided, saved = await asyncio.gather(
            decider.submit(DecideReview(product_id=cup.id, revision=1, actor=actor)),
            saver.submit(structs.replace(cup, title="镀金的杯子")),
        )
        async with database.read() as reader:
            review, (seen,) = await get_review(reader, cup.id), await get_products(reader, [cup.id])
        assert review is not None
        assert seen is not None
        # What nobody has looked at is never sold: it was approved as it was, or it is looked at anew.
        assert (decided, saved.status, seen.title == cup.title, seen.state, review.state) in (
            (DecideReviewStatus.APPROVED, S.SUBMITTED, True, ProductState.LISTED, ReviewState.WAITING),
            (DecideReviewStatus.CHANGED, S.UPDATED, False, ProductState.IN_REVIEW, ReviewState.WAITING),
            (DecideReviewStatus.NOT_TAKEN, S.UPDATED, False, ProductState.IN_REVIEW, ReviewState.WAITING),
        )


async def test_who_took_it_too_long_ago_takes_it_anew(database: Database) -> None:
    async with database.transaction() as tx:
        await publish(tx, everything=True)
        shop_id, people = await opened_shop(tx), await make_people(tx, 2)
        cup = simple(shop_id)
        await save(tx, cup)
        (status,) = await take_reviews(tx, [TakeReview(product_id=cup.id, actor=Actor("staff", people[0]))])
        assert status is TakeReviewStatus.TAKEN
    clock.CLOCK.follow(clock.CLOCK.offset + TAKEN_FOR)
    async with database.transaction() as tx:
        commands = [TakeReview(product_id=cup.id, actor=Actor("staff", person)) for person in people]
        assert await take_reviews(tx, commands) == [TakeReviewStatus.TAKEN, TakeReviewStatus.TAKEN_BY_ANOTHER]


NOW = clock.now()
IDS = [UUID(int=n * 64) for n in range(2)]
PEOPLE = [UUID(int=n) for n in (1, 2)]


def _reviews() -> dict[UUID, Review]:
    return {
        IDS[0]: Review(IDS[0], IDS[0], ReviewState.WAITING, 1, 1, None, NOW),
        IDS[1]: Review(IDS[1], IDS[1], ReviewState.WAITING, 2, 1, None, NOW, PEOPLE[0], NOW - TAKEN_FOR),
    }


takes = st.builds(
    lambda id, who: TakeReview(product_id=id, actor=Actor("staff", who)),
    st.sampled_from([*IDS, UUID(int=999)]),
    st.sampled_from(PEOPLE),
)
decisions = st.builds(
    lambda id, who, revision, reasons: DecideReview(
        product_id=id, revision=revision, actor=Actor("staff", who), reasons=reasons
    ),
    st.sampled_from([*IDS, UUID(int=999)]),
    st.sampled_from(PEOPLE),
    st.integers(1, 2),
    st.sampled_from([{}, {ReviewField.TITLE: "改"}, {ReviewField.TITLE: " "}]),
)


@given(st.lists(takes, max_size=6), st.lists(decisions, max_size=6))
def test_law_of_batches(first: list[TakeReview], then: list[DecideReview]) -> None:
    versions = dict.fromkeys(IDS, 1)
    together, apart = _reviews(), _reviews()
    assert judge_takes(together, first, NOW) == [judge_takes(apart, [c], NOW)[0] for c in first]
    one_by_one = [judge_decisions(apart, versions, set(), [c], NOW)[0] for c in then]
    assert judge_decisions(together, versions, set(), then, NOW) == one_by_one
    assert together == apart
