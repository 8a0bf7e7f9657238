"""Proves that settled trades become points in PostgreSQL as decided, once each, and the same when counted anew."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.orders.market import Market, open_market, person
from weiji.credit import get_standings, handlers, store
from weiji.credit.handlers import Following
from weiji.credit.model import (
    CountStatus,
    CountTrade,
    CreditRules,
    DiscountRing,
    DiscountStatus,
    NoteBond,
    Recomputed,
    ReduceStatus,
    ReduceTrade,
    RegradeShop,
    Standing,
    Verdict,
)
from weiji.credit.operations import (
    CREDIT_RULES,
    count_trades,
    discount_rings,
    note_bonds,
    reduce_trades,
    regrade_shops,
)
from weiji.credit.rules import pair_of
from weiji.events import BY_CLOCK, Actor, Delivered
from weiji.events.orders import OrderSettled
from weiji.events.outbox import get_events
from weiji.identity import sign_up_people
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import new_id
from weiji.orders import Casework, GiveBack
from weiji.rulebook import PublishRules, PublishRulesStatus, publish_rules
from weiji.shops import OpenShop, open_shops

NOW = clock.now()


def trade(shop_id: UUID, buyer_id: UUID | None = None, amount: int = 9_800, days: int = 0) -> CountTrade:
    return CountTrade(
        order_id=new_id(shop_id),
        shop_id=shop_id,
        buyer_id=buyer_id or new_id(),
        number="20261126000001",
        amount=amount,
        settled_at=NOW - timedelta(days=days),
    )


async def standing(tx: Transaction, shop_id: UUID) -> Standing:
    (found,) = await get_standings(tx, [shop_id])
    return found


async def untallied(reader: Reader, *shops: UUID) -> list[tuple[object, ...]]:
    """Tell where tallies of shops say something else than their trades."""
    rows = await reader.connection.fetch(
        """
        select shop_id, month, verdict, t.trades, n.trades
        from (select shop_id, month, verdict, count(*) as trades from credit.trades group by 1, 2, 3) n
        full join (select * from credit.tallies where trades <> 0) t using (shop_id, month, verdict)
        where t.trades is distinct from n.trades and shop_id = any ($1)
        """,
        shops,
    )
    return [tuple(row) for row in rows]


async def test_a_trade_counts_once(tx: Transaction) -> None:
    shop = new_id()
    command = trade(shop)
    assert await count_trades(tx, [command, command]) == [CountStatus.COUNTED, CountStatus.EXISTS]
    assert await count_trades(tx, [command]) == [CountStatus.EXISTS]
    found = await standing(tx, shop)
    assert (found.score, found.trades, found.amount) == (1, 1, 9_800)


async def test_what_is_too_small_or_too_often_has_no_point_and_is_still_a_trade(tx: Transaction) -> None:
    shop, buyer = new_id(), new_id()
    await count_trades(tx, [trade(shop, amount=499), *(trade(shop, buyer) for _ in range(8))])
    found = await standing(tx, shop)
    assert (found.score, found.trades) == (6, 9)
    verdicts = [each.verdict for each in await store.list_trades(tx, shop, None, None, 20)]
    assert (verdicts.count(Verdict.TOO_SMALL), verdicts.count(Verdict.SAME_BUYER)) == (1, 2)


async def test_a_trade_settled_with_nothing_left_was_refunded_however_little_counts(tx: Transaction) -> None:
    shop = new_id()
    await count_trades(tx, [trade(shop, amount=0), trade(shop)])
    verdicts = [each.verdict for each in await store.list_trades(tx, shop, None, None, 20)]
    assert sorted(verdicts) == [Verdict.COUNTED, Verdict.REFUNDED]


async def test_a_point_goes_with_the_money_and_gives_its_place(tx: Transaction) -> None:
    shop, buyer = new_id(), new_id()
    commands = [trade(shop, buyer, days=0) for _ in range(7)]
    await count_trades(tx, commands)
    first = min(commands, key=lambda command: command.order_id)
    some, most, late = (ReduceTrade(order_id=first.order_id, shop_id=shop, paid=paid) for paid in (500, 499, 600))
    unknown = replace(some, order_id=new_id(shop))
    assert await reduce_trades(tx, [unknown, some, some]) == [
        ReduceStatus.TRADE_NOT_FOUND,
        ReduceStatus.REDUCED,
        ReduceStatus.EXISTS,
    ]
    verdicts = {each.order_id: each.verdict for each in await store.list_trades(tx, shop, None, None, 20)}
    assert verdicts[first.order_id] is Verdict.COUNTED, "what is left is enough"
    assert await reduce_trades(tx, [most, late]) == [ReduceStatus.REDUCED, ReduceStatus.EXISTS]
    verdicts = {each.order_id: each.verdict for each in await store.list_trades(tx, shop, None, None, 20)}
    assert verdicts[first.order_id] is Verdict.REFUNDED
    assert Verdict.SAME_BUYER not in verdicts.values(), "the seventh has its place in the month"
    found = await standing(tx, shop)
    assert (found.score, found.trades, found.amount) == (6, 7, 6 * 9_800 + 499)
    assert await count_trades(tx, commands) == [CountStatus.EXISTS] * 7
    assert (await regrade_shops(tx, [RegradeShop(shop_id=shop)]))[0].amount == found.amount


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0, 300, 700, 9_800])), min_size=1, max_size=8))
async def test_reductions_are_answered_one_by_one(database: Database, batch: list[tuple[int, int]]) -> None:
    answers, ends = [], []
    for way in (0, 1):
        shops = [new_id(), new_id()]
        buyer = new_id()
        trades = [trade(shops[at % 2], buyer, amount=[600, 9_800][at // 2 % 2]) for at in range(4)]
        ids = [(each.order_id, each.shop_id) for each in trades] + [(new_id(shops[0]), shops[0])]
        commands = [ReduceTrade(order_id=ids[at][0], shop_id=ids[at][1], paid=paid) for at, paid in batch]
        async with database.transaction() as tx:
            await count_trades(tx, trades)
            if way:
                answers.append([(await reduce_trades(tx, [command]))[0] for command in commands])
            else:
                answers.append(await reduce_trades(tx, commands))
            found = await get_standings(tx, shops)
            ends.append([(each.score, each.trades, each.amount, each.grade) for each in found])
            assert await untallied(tx, *shops) == []
            for each in found:
                again = (await regrade_shops(tx, [RegradeShop(shop_id=each.shop_id)]))[0]
                assert (again.score, again.amount) == (each.score, each.amount)
    assert answers[0] == answers[1]
    assert ends[0] == ends[1]


async def test_a_shop_is_told_of_its_grade_when_it_changes(tx: Transaction) -> None:
    shop = new_id()
    await count_trades(tx, [trade(shop) for _ in range(4)])
    await count_trades(tx, [trade(shop)])
    events = await get_events(tx, shop, 0, 10)
    assert [(event["type"], event["data"]["grade_before"], event["data"]["grade"]) for event in events] == [
        ("ShopGraded", 0, 1)
    ]


async def test_a_ring_takes_its_points_away_and_gives_none_later(tx: Transaction) -> None:
    shop, buyer = new_id(), new_id()
    await count_trades(tx, [trade(shop, buyer), trade(shop, buyer), trade(shop)])
    ring = DiscountRing(shop_id=shop, buyer_id=buyer)
    assert await discount_rings(tx, [ring, ring]) == [DiscountStatus.DISCOUNTED, DiscountStatus.EXISTS]
    await count_trades(tx, [trade(shop, buyer)])
    found = await standing(tx, shop)
    assert (found.score, found.trades) == (1, 4)
    assert await untallied(tx, shop) == []


async def test_of_two_who_sell_to_each_other_both_shops_are_named(tx: Transaction) -> None:
    one, other = new_id(), new_id()
    shops = [new_id(), new_id()]
    pair = pair_of(one, other)
    there = NoteBond(pair_id=pair, shop_id=shops[0], seller_id=one, buyer_id=other)
    back = NoteBond(pair_id=pair, shop_id=shops[1], seller_id=other, buyer_id=one)
    assert [len(bonded.rings) for bonded in await note_bonds(tx, [there, there, back])] == [0, 0, 2]
    (again,) = await note_bonds(tx, [there])
    assert set(again.rings) == {(shops[0], other), (shops[1], one)}


async def test_of_two_directions_noted_at_once_one_finds_the_ring(database: Database, lanes: Lanes) -> None:
    for _ in range(10):
        one, other = new_id(), new_id()
        pair = pair_of(one, other)
        bonds = [
            NoteBond(pair_id=pair, shop_id=new_id(), seller_id=one, buyer_id=other),
            NoteBond(pair_id=pair, shop_id=new_id(), seller_id=other, buyer_id=one),
        ]
        processes = [Batcher(database, note_bonds, owner=lambda bond: bond.pair_id, lanes=lanes) for _ in bonds]
        answers = await asyncio.gather(*(each.submit(bond) for each, bond in zip(processes, bonds, strict=True)))
        assert sorted(len(answer.rings) for answer in answers) == [0, 2]


async def test_counting_at_once_loses_no_point(database: Database, lanes: Lanes) -> None:
    shop, buyers = new_id(), [new_id() for _ in range(5)]
    commands = [trade(shop, buyer) for buyer in buyers for _ in range(8)]
    processes = [Batcher(database, count_trades, owner=lambda each: each.shop_id, lanes=lanes) for _ in range(2)]
    await asyncio.gather(*(processes[at % 2].submit(command) for at, command in enumerate(commands)))
    async with database.transaction() as tx:
        found = await standing(tx, shop)
        assert (found.score, found.trades) == (30, 40)
        assert await regrade_shops(tx, [RegradeShop(shop_id=shop)]) == [
            Standing(**{name: getattr(found, name) for name in found.__struct_fields__})
        ]


BATCHES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2), st.sampled_from([50, 9_800]), st.integers(0, 5)), max_size=12
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=BATCHES)
async def test_law_of_batches(database: Database, batch: list[tuple[int, int, int, int]]) -> None:
    shops, buyers = [[new_id() for _ in range(2)] for _ in range(2)], [new_id() for _ in range(3)]
    answers, ends = [], []
    for way in (0, 1):
        orders = {at: new_id(shops[way][shop]) for at, (shop, _, _, _) in enumerate(batch)}
        commands = [
            CountTrade(
                order_id=orders[min(at, again)] if batch[min(at, again)][0] == shop else orders[at],
                shop_id=shops[way][shop], buyer_id=buyers[buyer], number="1", amount=amount, settled_at=NOW,
            )
            for at, (shop, buyer, amount, again) in enumerate(batch)
        ]  # fmt: skip
        async with database.transaction() as tx:
            if way:
                answers.append([(await count_trades(tx, [command]))[0] for command in commands])
            else:
                answers.append(await count_trades(tx, commands) if commands else [])
            found = await get_standings(tx, shops[way])
            ends.append([(each.score, each.trades, each.amount, each.grade) for each in found])
            assert await untallied(tx, *shops[way]) == []
    assert answers[0] == answers[1]
    assert ends[0] == ends[1]


async def test_other_rules_grade_every_shop_anew_in_one_run(
    database: Database, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_market(database, lanes) as market:
        shop = new_id()
        others = [trade(new_id()) for _ in range(2)]
        cheap = [trade(shop, amount=500) for _ in range(5)]
        await market.batchers.of(count_trades, "shop_id").submit_all([*cheap, *others])
        rules = PublishRules(
            of=CREDIT_RULES,
            version=2,
            rules=CreditRules(amount_min=1_000),
            reason="Too cheap.",
            actor=Actor("staff", new_id()),
        )
        taken = PublishRules(of=CREDIT_RULES, version=2, rules=CreditRules(), reason="Me too.", actor=rules.actor)
        async with database.transaction() as tx:
            assert await publish_rules(tx, [rules, taken]) == [
                PublishRulesStatus.PUBLISHED,
                PublishRulesStatus.VERSION_TAKEN,
            ]
        monkeypatch.setattr(handlers, "REGRADED_AT_ONCE", 1)
        assert await Following(market.batchers).regrade(database, 100) == 3
        assert await Following(market.batchers).regrade(database, 100) == 0
        async with database.transaction() as tx:
            found = await standing(tx, shop)
        assert (found.score, found.grade, found.trades, found.rules_version) == (0, 0, 5, 2)


async def test_a_settled_order_is_a_point_and_the_log_alone_gives_it_again(
    database: Database, database_url: str, lanes: Lanes
) -> None:
    async with open_market(database, lanes) as market:
        buyer = new_id()
        await market.fund([buyer], 100_000)
        order_id, _ = await market.place(buyer)
        await market.pay(buyer, order_id)
        await market.ship(order_id)
        await market.confirm(buyer, order_id)
        async with database.transaction() as tx:
            assert (await standing(tx, market.shop_id)).score == 0  # Confirmed, not settled.
        await market.turn(timedelta(days=2))
        async with database.transaction() as tx:
            found = await standing(tx, market.shop_id)
            (counted,) = await store.list_trades(tx, market.shop_id, None, None, 5)
        assert (found.score, found.amount, counted.order_id, counted.buyer_id) == (1, 9_800, order_id, buyer)
        following = Following(market.batchers)
        assert _wrong(await following.recompute(database, market.shop_id)) == (0, 0, 0)
        await _forget(database_url)
        assert _wrong(await following.recompute(database, market.shop_id)) == (1, 0, 0)
        async with database.transaction() as tx:
            again = await standing(tx, market.shop_id)
        assert (again.score, again.trades, again.amount, again.grade) == (1, 1, 9_800, 0)
        await _send_back(market, order_id, 9_400)
        for _ in range(2):
            async with database.transaction() as tx:
                found = await standing(tx, market.shop_id)
                (refunded,) = await store.list_trades(tx, market.shop_id, None, None, 5)
            assert (found.score, found.trades, found.amount) == (0, 1, 400), "accomplices have nothing of it"
            assert (refunded.verdict, refunded.refunded) == (Verdict.REFUNDED, 9_400)
            await _forget(database_url)
            await following.recompute(database, market.shop_id)
        await _tamper(database_url)
        found = await following.recompute(database, market.shop_id)
        assert (_wrong(found), found.before.score, found.after.score) == ((0, 1, 1), 2, 1), "what went back is told"
        async with database.transaction() as tx:
            assert await untallied(tx, market.shop_id) == []


def _wrong(found: Recomputed) -> tuple[int, int, int]:
    return found.missed, found.changed, found.unknown


async def _send_back(market: Market, order_id: UUID, amount: int) -> None:
    """Have the shop give money of a settled order back."""
    async with market.database.transaction() as tx:
        work = await Casework.lock(tx, [order_id])
        order = work.orders[order_id]
        work.give_back(
            GiveBack(
                order=order,
                line=order.lines[0],
                refund_id=new_id(order_id),
                amount=amount,
                actor=Actor("merchant", market.seller_id),
                reason="",
            )
        )
        await work.write(tx)
    await market.settle_events()


async def _forget(database_url: str) -> None:
    """Lose everything that is known of credit."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("truncate credit.trades, credit.standings")
    await connection.close()


async def _tamper(database_url: str) -> None:
    """Write, past the program, more than was paid, and a trade that never was."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("update credit.trades set amount = 98000, verdict = 'counted'")
    await connection.execute(
        "insert into credit.trades (shard, order_id, shop_id, buyer_id, number, amount, settled_at, month, verdict)"
        " select shard, overlay(order_id::text placing 'aaaa' from 1 for 4)::uuid, shop_id, buyer_id, number, amount,"
        " settled_at, month, verdict from credit.trades"
    )
    await connection.execute("update credit.standings set trades = 2, score = 2")
    await connection.close()


async def test_who_buy_from_each_other_have_no_points_of_it(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        buyer, theirs = new_id(), new_id()
        await market.fund([buyer], 100_000)
        following = Following(market.batchers)
        async with database.transaction() as tx:
            await _open(tx, theirs, buyer)
        for shop, person in ((theirs, market.seller_id), (market.shop_id, buyer), (market.shop_id, new_id())):
            await following.follow_trades(database, [_settled(shop, person)])
        async with database.transaction() as tx:
            scores = [each.score for each in await get_standings(tx, [theirs, market.shop_id])]
        assert scores == [0, 1]


async def _open(tx: Transaction, shop_id: UUID, owner_id: UUID) -> None:
    await sign_up_people(tx, [person(owner_id)])
    opening = OpenShop(
        id=shop_id, handle=f"t{shop_id.hex[-12:]}", name="对门", owner_id=owner_id, actor=Actor("person", owner_id)
    )
    assert await open_shops(tx, [opening]) == ["created"]


def _settled(shop_id: UUID, buyer_id: UUID) -> Delivered:
    event = OrderSettled(amount=9_800, buyer_id=buyer_id, paid=9_800, number="1")
    return Delivered(new_id(shop_id), shop_id, new_id(shop_id), BY_CLOCK, NOW, event)


async def test_a_score_above_the_trades_is_refused_by_the_database(tx: Transaction) -> None:
    shop = new_id()
    await count_trades(tx, [trade(shop)])
    with pytest.raises(asyncpg.CheckViolationError, match="standings_have_a_trade_for_each_point"):
        await store.update_standings(tx, [Standing(shop_id=shop, score=2, trades=1, rules_version=1)])
