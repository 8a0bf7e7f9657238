"""Proves fees: which rule is for what, that nobody is charged more without having been told, that an order keeps what
it was charged, and that a preview takes what would be taken."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.orders.market import ADDRESS, Market, open_market
from weiji import catalog
from weiji.catalog import SaveCategory, Tree
from weiji.catalog.categories import Category
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock, db
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.orders import (
    MoveStatus,
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    PublishRules,
    PublishRulesStatus,
    TradeRules,
    place_orders,
    publish_rules,
)
from weiji.orders.fees import store
from weiji.orders.fees.charging import changes_of
from weiji.orders.fees.model import (
    COMING_MAX,
    NOTICE,
    FeeRule,
    FeeRules,
    FeeVersion,
    PublishFees,
    PublishFeesStatus,
    Rate,
)
from weiji.orders.fees.operations import note_preview, preview_fees, publish_fees
from weiji.orders.fees.rules import Fees, find_changes, is_dearer, lineage_of, needs_notice
from weiji.orders.store import get_rules_in_force
from weiji.payments import CreatePaymentStatus

FOOD, TEA, GREEN, OTHER = (UUID(int=n) for n in range(1, 5))
SHOPS = [UUID(int=n) for n in range(10, 13)]
BOSS = Actor("staff", UUID(int=99))
S = PublishFeesStatus


def category(id: UUID, parent_id: UUID | None) -> Category:
    return Category(
        id=id, parent_id=parent_id, name=str(id.int), name_en="", position=0, attributes=(), is_retired=False
    )


TREE = Tree([category(FOOD, None), category(TEA, FOOD), category(GREEN, TEA), category(OTHER, None)])
RULES = st.builds(
    FeeRule,
    rate=st.builds(Rate, fee_ppm=st.integers(0, 3), commission_ppm=st.integers(0, 3)),
    shop_id=st.sampled_from([None, *SHOPS[:2]]),
    category_id=st.sampled_from([None, FOOD, TEA, GREEN]),
)
VERSIONS = st.lists(RULES, max_size=6, unique_by=lambda rule: (rule.shop_id, rule.category_id)).map(
    lambda rules: FeeRules(rules=tuple(rules))
)


def of(fee_percent: float, commission_percent: float = 0, **target: UUID) -> FeeRule:
    return FeeRule(
        rate=Rate(fee_ppm=int(fee_percent * 10_000), commission_ppm=int(commission_percent * 10_000)), **target
    )


def test_the_shops_own_rule_goes_first_and_then_the_innermost_category() -> None:
    shop, another = SHOPS[:2]
    fees = Fees(
        FeeRules(
            rules=(
                of(1, category_id=FOOD),
                of(2, category_id=TEA),
                of(3, shop_id=shop),
                of(4, shop_id=shop, category_id=FOOD),
            )
        ),
        Rate(fee_ppm=50_000),
    )

    def percent(shop_id: UUID, category_id: UUID | None) -> int:
        return fees.rate_of(shop_id, lineage_of(TREE, category_id)).fee_ppm // 10_000

    assert [percent(shop, each) for each in (GREEN, TEA, FOOD, OTHER, None)] == [4, 4, 4, 3, 3]
    assert [percent(another, each) for each in (GREEN, TEA, FOOD, OTHER, None)] == [2, 2, 1, 5, 5]


@given(before=VERSIONS, after=VERSIONS)
def test_changes_are_found_for_every_shop_and_category(before: FeeRules, after: FeeRules) -> None:
    """What is compared for the shops and categories that are named tells of all of them."""
    rest = Rate(fee_ppm=1)
    old, new = Fees(before, rest), Fees(after, rest)
    everywhere = [
        (old.rate_of(shop, lineage_of(TREE, category)), new.rate_of(shop, lineage_of(TREE, category)))
        for shop in SHOPS
        for category in (None, FOOD, TEA, GREEN, OTHER)
    ]
    found = find_changes(TREE, (before, rest), (after, rest))
    assert {pair for pair in everywhere if pair[0] != pair[1]} <= set(found.values())
    dearer = any(is_dearer(*pair) for pair in everywhere)
    versions = [
        FeeVersion(version=1, effective_at=clock.now(), rules=before, author_id=None, reason="", created_at=clock.now())
    ]
    # A rule may say more of a category in which nobody is that it concerns: to be told is then no harm.
    assert needs_notice(after, versions, rest, TREE) or not dearer


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


def publishing(version: int, *rules: FeeRule, after: timedelta | None = None, reason: str = "试试") -> PublishFees:
    effective_at = None if after is None else clock.now() + after
    return PublishFees(
        version=version, effective_at=effective_at, rules=FeeRules(rules=rules), reason=reason, actor=BOSS
    )


async def publish(database: Database, *commands: PublishFees) -> list[PublishFeesStatus]:
    async def work(tx: Transaction) -> list[PublishFeesStatus]:
        for command in commands:  # Untold: who tells holds their stream, so that nobody else would be at it at once.
            await store.note_preview(tx, command.version, command.rules)
        return await publish_fees(tx, commands)

    return await database.retried(work)


async def test_what_nobody_previewed_just_so_is_not_published(market: Market) -> None:
    database = market.database

    async def answer(command: PublishFees) -> PublishFeesStatus:
        return (await database.retried(lambda tx: publish_fees(tx, [command])))[0]

    async def preview(version: int, command: PublishFees) -> None:
        await database.retried(lambda tx: note_preview(tx, version, command.rules, command.actor))

    shop = market.shop_id
    tried = publishing(2, of(0), of(0, shop_id=shop))
    assert await answer(tried) is S.NOT_PREVIEWED
    # Neither other rules nor the same as another version are that.
    await preview(2, publishing(2, of(0)))
    await preview(3, tried)
    assert await answer(tried) is S.NOT_PREVIEWED
    await preview(2, publishing(2, of(0, shop_id=shop), of(0)))
    await database.pool.execute("update orders.fee_previews set previewed_at = previewed_at - interval '8 days'")
    assert await answer(tried) is S.NOT_PREVIEWED
    with pytest.raises(asyncpg.CheckViolationError, match="fee_rules_name_their_preview"):
        await database.pool.execute(
            "insert into orders.fee_rules (version, effective_at, rules, author_id, reason, created_at)"
            " values (2, now(), '{}', $1, '试试', now())",
            new_id(),
        )
    await preview(2, tried)
    assert await answer(tried) is S.PUBLISHED
    # The version keeps what it was previewed by; the previews of it are forgotten, and those of the next are not.
    assert await database.pool.fetchval("select fingerprint from orders.fee_rules where version = 2") == (
        tried.rules.fingerprint
    )
    assert [row["version"] for row in await database.pool.fetch("select version from orders.fee_previews")] == [3]


async def put_in_category(market: Market) -> tuple[UUID, UUID]:
    """Put the market's goods into a category that lies in another; give both."""
    outer, inner = new_id(), new_id()
    async with market.database.transaction() as tx:
        await catalog.save_categories(
            tx,
            [
                SaveCategory(id=outer, name="食品", actor=BOSS),
                SaveCategory(id=inner, name="茶", parent_id=outer, actor=BOSS),
            ],
        )
    await market.database.pool.execute("update catalog.products set category_id = $1", inner)
    return outer, inner


async def place(market: Market) -> dict[str, Any]:
    """Order one of each SKU (9,800 and 19,800 fen), and read what was written of it."""
    buyer = new_id()
    command = PlaceOrder(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        buyer_id=buyer,
        buyer_name="某人",
        items=tuple(OrderItem(sku, 1, price) for sku, price in zip(market.skus, market.prices, strict=True)),
        address=ADDRESS,
        actor=Actor("buyer", buyer),
    )
    async with market.database.transaction() as tx:
        (result,) = await place_orders(tx, [command])
    assert result.status is PlaceStatus.PLACED, result
    return dict(
        await market.database.pool.fetchrow(
            """select o.fee, o.fee_version, o.settle_days,
                 (select array_agg(coalesce((l.shares ->> 'commission')::int, 0) order by l.line) from orders.lines l
                  where l.order_id = o.id) as commissions
               from orders.orders o where o.id = $1""",
            command.id,
        )
    )


async def test_each_status(market: Market) -> None:
    database = market.database
    outer, _ = await put_in_category(market)
    shop, later = market.shop_id, NOTICE + timedelta(minutes=1)
    for command, status in (
        (publishing(2, of(1), reason=" "), S.REASON_MISSING),
        (publishing(2, of(1), reason="没\x00有"), S.REASON_MISSING),
        (publishing(2, of(1), of(2)), S.RULE_TWICE),
        (publishing(2, of(15, 15.1)), S.EXCEEDS_LIMIT),
        (publishing(2, of(1, category_id=FOOD)), S.CATEGORY_NOT_FOUND),
        (publishing(2, of(1, shop_id=new_id())), S.SHOP_NOT_FOUND),
        (publishing(2, of(0), after=-timedelta(seconds=1)), S.EFFECTIVE_IN_THE_PAST),
        (publishing(2, of(1)), S.NOTICE_TOO_SHORT),
        (publishing(3, of(0), after=later), S.VERSION_TAKEN),
        (publishing(2, of(0), of(2, 1, category_id=outer), of(1, shop_id=shop), after=later), S.PUBLISHED),
        (publishing(3, of(0)), S.EFFECTIVE_BEFORE_ANOTHER),
        # Cheaper than what was announced, dearer than what is in force, and sooner than seven days after that.
        (publishing(3, of(0), of(1, category_id=outer), after=later), S.PUBLISHED),
        (publishing(4, of(0.5), after=later), S.PUBLISHED),
    ):
        assert await publish(database, command) == [status], command
    async with database.read() as reader:
        charging = await store.get_charging(reader, clock.now())
        assert [each.version for each in charging.versions] == [4, 3, 2, 1]
        (latest,) = await store.list_versions(reader, None, 1)
    assert (latest.rules.rules, latest.reason, latest.author_id) == ((of(0.5),), "试试", BOSS.person_id)
    many = [publishing(version, after=later) for version in range(5, 5 + COMING_MAX)]
    assert await publish(database, *many) == [S.PUBLISHED] * (COMING_MAX - 3) + [S.TOO_MANY_COMING] * 3


async def test_the_database_refuses_more_than_three_tenths(database: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="fee_rules_leave_seven_tenths"):
        async with database.transaction() as tx:
            await store.add_version(tx, publishing(2, of(1), of(15, 16)))


async def test_an_order_keeps_what_was_in_force_when_it_was_placed(market: Market) -> None:
    database = market.database
    offset = clock.CLOCK.offset
    outer, _ = await put_in_category(market)
    assert await place(market) == {"fee": 0, "fee_version": 1, "settle_days": 1, "commissions": [0, 0]}
    later = NOTICE + timedelta(minutes=1)
    assert await publish(database, publishing(2, of(1), of(2, 3, category_id=outer), after=later)) == [S.PUBLISHED]
    assert (await place(market))["fee"] == 0, "it is only announced"
    clock.CLOCK.follow(offset + later)
    # 2 % of 29,600 and 3 % of it, shared by 9,800 and 19,800.
    charged = {"fee": 1_480, "fee_version": 2, "settle_days": 1, "commissions": [294, 594]}
    assert await place(market) == charged
    counter = db.count_statements()
    await place(market)
    statements = counter.statements
    # Cheaper for one shop: at once.
    rules = (of(1), of(2, 3, category_id=outer), of(1, shop_id=market.shop_id))
    assert await publish(database, publishing(3, *rules)) == [S.PUBLISHED]
    assert (await place(market))["fee"] == 296
    counter = db.count_statements()
    await place(market)
    assert counter.statements == statements, "rules cost no statement"
    clock.CLOCK.follow(offset)


async def test_of_many_at_once_one_is_published(market: Market) -> None:
    asked = [publishing(2, of(n / 10), after=NOTICE + timedelta(minutes=1)) for n in range(8)]
    # All for one moment: else the first of them may come after the last, which is told before its version is.
    alike = [replace(each, effective_at=asked[-1].effective_at) for each in asked]
    found = await asyncio.gather(*(publish(market.database, each) for each in alike))
    assert sorted(status for each in found for status in each) == [S.PUBLISHED, *[S.VERSION_TAKEN] * 7]


async def test_a_preview_takes_what_would_be_taken(market: Market) -> None:
    database = market.database
    outer, inner = await put_in_category(market)
    await publish(database, publishing(2, of(0)))
    for _ in range(3):
        await place(market)
    await database.pool.execute("update orders.orders set state = 'paid', payment_id = id, paid_at = placed_at")
    await place(market)  # Nobody has paid it.
    rules = FeeRules(rules=(of(0), of(2, 3, category_id=outer)))
    async with database.read() as reader:
        preview, charging = await preview_fees(reader, rules, clock.now())
        same, _ = await preview_fees(reader, charging.in_force.rules, clock.now())
    (sold,) = preview.traded
    assert (sold.shop_id, sold.category_id, sold.lines, sold.goods) == (market.shop_id, inner, 6, 3 * 29_600)
    assert (sold.fee, sold.new_fee) == (0, 3 * 1_480)
    assert [(order.fee, order.new_fee) for order in preview.orders] == [(0, 1_480)] * 3
    assert (preview.is_dearer, same.is_dearer) == (True, False)
    assert all(each.fee == each.new_fee for each in [*same.traded, *same.orders])


async def test_grades_steer_how_long_a_shop_waits_before_the_operator_says_anything(market: Market) -> None:
    waits = []
    for grade in (0, 5, 10, 11, 20):
        await market.database.pool.execute(
            """insert into credit.standings (shard, shop_id, rules_version, graded_at, score, grade, trades)
               values (kit.shard_of($1), $1, 1, now(), 300, $2, 300)
               on conflict (shop_id, shard) do update set grade = excluded.grade""",
            market.shop_id,
            grade,
        )
        waits.append((await place(market))["settle_days"])
    assert waits == [1, 1, 1, 0, 0]


async def test_a_better_grade_waits_less_and_the_order_keeps_it(market: Market) -> None:
    database = market.database
    rules = TradeRules(grade_settle_days=(7, 5, 3, 1, 0))
    assert [rules.settle_days_of(grade) for grade in (0, 1, 5, 6, 10, 11, 15, 16, 20)] == [7, 5, 5, 3, 3, 1, 1, 0, 0]
    async with database.transaction() as tx:
        await publish_rules(tx, [PublishRules(version=2, effective_at=tx.now, rules=rules, reason="等级", actor=BOSS)])
    assert (await place(market))["settle_days"] == 7
    await database.pool.execute(
        """insert into credit.standings (shard, shop_id, rules_version, graded_at, score, grade, trades)
           values (kit.shard_of($1), $1, 1, now(), 300, 6, 300)""",
        market.shop_id,
    )
    assert (await place(market))["settle_days"] == 3
    buyer = new_id()
    await market.fund([buyer], 50_000)
    order_id, _ = await market.place(buyer)
    assert await market.pay(buyer, order_id) == CreatePaymentStatus.CREATED
    await database.pool.execute("update credit.standings set grade = 0")
    assert await market.ship(order_id) is MoveStatus.DONE
    assert await market.confirm(buyer, order_id) is MoveStatus.DONE
    order = await market.order(order_id)
    assert order.received_at is not None
    assert order.due_at == order.received_at + timedelta(days=3)


COMMANDS = st.lists(
    st.tuples(st.integers(2, 5), st.lists(st.sampled_from([0.0, 1.0, 40.0]), max_size=2), st.sampled_from([0, 8, 9])),
    min_size=1,
    max_size=6,
)


@given(COMMANDS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(market: Market, drawn: list[tuple[int, list[float], int]]) -> None:
    commands = [publishing(n, *map(of, rates), after=timedelta(days=days, hours=1)) for n, rates, days in drawn]

    async def answers(batches: list[list[PublishFees]]) -> list[PublishFeesStatus]:
        async with market.database.transaction() as tx:
            await tx.connection.execute("savepoint before")
            for command in commands[::2]:
                await note_preview(tx, command.version, command.rules, command.actor)
            found = [status for batch in batches for status in await publish_fees(tx, batch)]
            await tx.connection.execute("rollback to before")
        return found

    assert await answers([commands]) == await answers([[command] for command in commands])


def test_rules_whose_name_is_misspelt_are_not_taken_for_none() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rule": [{"rate": {"fee_ppm": 20_000}}]}, FeeRules)


async def test_grades_steer_how_much_a_shop_sells_in_a_day_before_the_operator_says_anything(tx: Transaction) -> None:
    _version, rules = await get_rules_in_force(tx, tx.now)
    assert [rules.day_sales_of(grade) for grade in (0, 1, 5, 6, 10, 11, 20)] == [
        5_000_000, 20_000_000, 20_000_000, 100_000_000, 100_000_000, None, None,
    ]  # fmt: skip


async def test_rules_of_trade_that_make_it_dearer_are_told_before(market: Market) -> None:
    """Whatever way a shop comes to pay more, it is told seven days before, and sees it where it reads of fees."""
    database = market.database
    dearer = {"fee": TradeRules(fee_ppm=1), "withdrawals": TradeRules(withdrawal_fee=1)}

    async def publishing(
        rules: TradeRules, version: int, within: timedelta, actor: Actor = BY_SYSTEM
    ) -> PublishRulesStatus:
        async with database.transaction() as tx:
            command = PublishRules(
                version=version, effective_at=tx.now + within, rules=rules, reason="涨价", actor=actor
            )
            return (await publish_rules(tx, [command]))[0]

    for rules in dearer.values():
        assert await publishing(rules, 2, NOTICE - timedelta(seconds=1)) is PublishRulesStatus.NOTICE_TOO_SHORT
    assert await publishing(TradeRules(settle_days=3), 2, timedelta(0)) is PublishRulesStatus.PUBLISHED
    assert await publishing(dearer["fee"], 3, NOTICE, BOSS) is PublishRulesStatus.FEE_ELSEWHERE, "nobody previewed it"
    assert await publishing(dearer["fee"], 3, NOTICE) is PublishRulesStatus.PUBLISHED
    async with database.read() as reader:
        charging = await store.get_charging(reader, clock.now())
    (change,) = changes_of(charging, market.shop_id)
    assert (change.before, change.after, change.category_id) == (Rate(), Rate(fee_ppm=1), None)
    # What was told is no reason to charge it sooner.
    assert await publishing(dearer["fee"], 4, timedelta(days=1)) is PublishRulesStatus.NOTICE_TOO_SHORT


async def test_before_there_are_shops_nobody_has_to_be_told(tx: Transaction) -> None:
    command = PublishRules(
        version=2, effective_at=tx.now, rules=TradeRules(fee_ppm=20_000), reason="开张", actor=BY_SYSTEM
    )
    assert await publish_rules(tx, [command]) == [PublishRulesStatus.PUBLISHED]
    rules = FeeRules(rules=(FeeRule(rate=Rate(fee_ppm=30_000)),))
    first = PublishFees(version=2, effective_at=None, rules=rules, reason="开张", actor=BOSS)
    await note_preview(tx, 2, rules, BOSS)
    assert not (await preview_fees(tx, rules, tx.now))[0].is_dearer, "for nobody"
    assert await publish_fees(tx, [first]) == [S.PUBLISHED]
