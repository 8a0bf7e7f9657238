"""Proves that word rules are tried on what people wrote wherever the rules hold, and not on what is long past; that
what only its sides read is counted and not shown, and what is refused today is told apart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.catalog.examples import opened_shop, simple
from tests.disputes.conftest import court as court
from tests.disputes.court import Court
from tests.reviews.test_operations import Town
from tests.reviews.test_operations import buyer as buyer
from tests.reviews.test_operations import town as town
from tests.storefronts.examples import design, publishing, saving
from tests.supervision.trials import tried
from tests.word_rules.examples import put, rule
from weiji import program
from weiji.aftersale import CaseKind, RefuseCase
from weiji.catalog import WithdrawProduct, WithdrawProductStatus, save_products, withdraw_products
from weiji.disputes import OpenDispute, SubmitEvidence
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.reviews.model import LineReview
from weiji.shops import UpdateShop, UpdateShopStatus, update_shops
from weiji.storefronts import Heading, publish_designs, save_drafts
from weiji.supervision.inquiries.model import PlaceFinds, RuleFinds
from weiji.word_rules import PRIVATE, WRITTEN, Allowance, Field, Place, WordRule, allow_words

AGO = timedelta(days=90)


@pytest.fixture
async def later() -> AsyncIterator[Any]:
    """Turn the clock, and nothing else."""
    before = clock.CLOCK.offset
    yield lambda by: clock.CLOCK.follow(clock.CLOCK.offset + by)
    clock.CLOCK.follow(before)


async def finds_of(database: Database, of: WordRule) -> RuleFinds:
    """Try a rule; say what it found."""
    return (await tried(database, of)).finds.get(of.id, RuleFinds())


async def counts_of(database: Database, of: WordRule) -> dict[Place, int]:
    return {place: its.found for place, its in (await finds_of(database, of)).places.items()}


def test_every_place_where_rules_hold_is_read_in_every_process() -> None:
    assert program, "what a worker runs, which has no pages"
    assert set(WRITTEN) == set(Place)


async def test_goods_are_tried_on_sale_or_not_and_long_after_only_on_sale(database: Database, later: Any) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        goods = [simple(shop_id, title=f"普洱 {number}") for number in range(3)]
        await save_products(tx, goods)
        gone = WithdrawProduct(product_id=goods[0].id, shop_id=shop_id, actor=BY_SYSTEM)
        assert await withdraw_products(tx, [gone]) == [WithdrawProductStatus.WITHDRAWN]
    tea = rule("普洱")
    found = await finds_of(database, tea)
    assert (found.found, found.recent, found.shops) == (3, 3, 1)
    assert found.places == {Place.PRODUCT: PlaceFinds(found=3, on_sale=2)}
    shown = {f"/products/{each.id}" for each in goods[1:]}
    assert {each.path for each in found.examples} == shown, "what nobody can look at is counted"
    later(AGO + timedelta(minutes=1))
    found = await finds_of(database, tea)
    assert (found.found, found.recent, found.places[Place.PRODUCT].on_sale) == (2, 0, 2)


async def test_names_and_pages_of_shops_are_tried_and_not_long_after(database: Database, later: Any) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        renamed = UpdateShop(shop_id=shop_id, name="普洱铺", story="只卖茶", status="open", actor=BY_SYSTEM)
        assert await update_shops(tx, [renamed]) == [UpdateShopStatus.UPDATED]
        await save_drafts(tx, [saving(shop_id, design(Heading(new_id(), "老普洱", "")))])
        await publish_designs(tx, [publishing(shop_id, 1)])
        other = await opened_shop(tx)
        await save_drafts(tx, [saving(other, design(Heading(new_id(), "普洱", "")))])
    tea = rule("普洱")
    found = await finds_of(database, tea)
    assert {place: its.found for place, its in found.places.items()} == {Place.SHOP: 1, Place.STOREFRONT: 1}
    assert {each.shop_id for each in found.examples} == {shop_id}
    assert all(each.path.startswith("/shops/") for each in found.examples)
    assert await counts_of(database, rule("普洱", fields=(Field.SHOP_NAME,))) == {Place.SHOP: 1}
    later(AGO + timedelta(minutes=1))
    assert await counts_of(database, tea) == {}


async def test_reviews_answers_and_follow_ups_are_tried_and_only_what_is_shown_is_named(
    town: Town, buyer: UUID, later: Any
) -> None:
    blind, shown = await town.settled(buyer), await town.settled(buyer)
    for order_id in (blind, shown):
        said = (LineReview(line=1, score=5, text="像普洱"),)
        assert await town.say(town.review(buyer, order_id, lines=said)) == "reviewed"
    assert await town.rate(town.rating(shown, text="懂普洱")) == "rated"
    tea, answer, more = rule("普洱"), rule("多喝"), rule("还香")
    found = await finds_of(town.database, tea)
    assert found.places == {Place.REVIEW: PlaceFinds(found=3)}, "two reviews, and what the shop said of a buyer"
    (example,) = found.examples
    assert example.path.endswith("/reviews")
    assert [finding.found for finding in example.findings] == ["普洱"]
    later(timedelta(days=60))
    assert await town.answer(shown, "请多喝") == "answered"
    later(timedelta(days=25))
    assert await town.follow_up(buyer, shown, "还香") == "added"
    for each in (answer, more):
        assert await counts_of(town.database, each) == {Place.REVIEW: 1}
    later(timedelta(days=10))
    assert await counts_of(town.database, tea) == {}, "95 days ago"
    assert await counts_of(town.database, answer) == {Place.REVIEW: 1}
    later(timedelta(days=60))
    assert await counts_of(town.database, answer) == {}
    assert await counts_of(town.database, more) == {Place.REVIEW: 1}
    later(timedelta(days=30))
    assert await counts_of(town.database, more) == {}


async def test_what_is_said_in_cases_and_disputes_is_counted_and_shown_to_nobody(court: Court, later: Any) -> None:
    order_id = await court.shop.order(2, shipped=True)
    case_id = await court.shop.ask(order_id, CaseKind.REFUND, 2, words="普洱碎了")
    assert await court.shop.by_shop(RefuseCase, case_id, words="没有问题的熟茶") == "done"
    tea, no, sealed, claim = rule("普洱"), rule("熟茶"), rule("照片"), rule("要赔")
    assert await counts_of(court.database, tea) == {Place.CASE: 1}
    assert await counts_of(court.database, no) == {Place.CASE: 1}
    assert await court.by_buyer(OpenDispute, case_id, claim="要赔") == "done"
    assert await court.by_buyer(SubmitEvidence, case_id, words="照片在这里") == "done"
    assert await counts_of(court.database, claim) == {Place.DISPUTE: 1}
    assert await counts_of(court.database, sealed) == {}, "it is sealed until both have handed in"
    assert await court.by_shop(SubmitEvidence, case_id, words="发出时是好的") == "done"
    for each in (tea, no, claim, sealed):
        found = await finds_of(court.database, each)
        assert (found.found, found.examples) == (1, ())
        assert set(found.places) <= PRIVATE
    later(AGO + timedelta(minutes=1))
    for each in (tea, no, claim, sealed):
        assert await counts_of(court.database, each) == {}


async def test_what_is_refused_today_is_told_apart_and_what_is_allowed_is_not_found(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        goods = [simple(shop_id, title=title) for title in ("熟普洱", "生普洱", "老普洱")]
        await save_products(tx, goods)
    ripe, tea = rule("熟普洱", fields=(Field.TITLE,)), rule("普洱")
    async with database.transaction() as tx:
        await put(tx, ripe)
        await allow_words(tx, [Allowance(goods[2].id, tea.id, "普洱")])
    found = await finds_of(database, tea)
    assert found.places == {Place.PRODUCT: PlaceFinds(found=2, refused=1, on_sale=2)}
    assert {each.title: each.is_refused for each in found.examples} == {"熟普洱": True, "生普洱": False}
