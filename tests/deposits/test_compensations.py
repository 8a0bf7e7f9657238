"""Proves of compensation out of deposits: each status, batches, that no deposit pays more than it has however many are
awarded at once, and that two of the staff award it, both sides see it, and the shop fills its deposit again."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.deposits.examples import freeze, give
from tests.orders.market import Market, open_market
from weiji.approvals import (
    Compensation,
    DecideProposal,
    DecideStatus,
    ProposeDeed,
    ProposeStatus,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.deposits import CompensateBuyer, CompensateBuyerStatus, compensate_buyers, get_compensable
from weiji.deposits.model import COMPENSATION_LEAST, COMPENSATION_TIMES, ReceiveCompensation, ReceiveCompensationStatus
from weiji.deposits.operations import receive_compensations
from weiji.deposits.store import get_deposit_movements
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Code, Kind, chart, get_trial_balance
from weiji.payments import CreatePaymentStatus

MAKER, CHECKER = (Actor("staff", new_id()) for _ in range(2))
S = CompensateBuyerStatus
PAID, DEPOSIT = 9_800, 70_000


class Award:
    """An order that was paid, of a shop with a deposit."""

    def __init__(self, market: Market, buyer: UUID, order_id: UUID, payment_id: UUID) -> None:
        self.market = market
        self.buyer = buyer
        self.order_id = order_id
        self.payment_id = payment_id

    def command(self, amount: int) -> CompensateBuyer:
        shop_id = self.market.shop_id
        return CompensateBuyer(
            id=new_id(shop_id),
            shop_id=shop_id,
            order_id=self.order_id,
            payment_id=self.payment_id,
            amount=amount,
            actor=CHECKER,
        )

    async def balances(self) -> tuple[int, int]:
        """Read what the deposit and the buyer's wallet have."""
        deposit = await self.market.balance(chart.merchant_deposit(self.market.shop_id).id)
        return deposit, await self.market.balance(chart.wallet(self.buyer).id)


@pytest.fixture
async def award(database: Database, lanes: Lanes) -> AsyncIterator[Award]:
    async with open_market(database, lanes) as market:
        buyer = new_id()
        await market.fund([buyer], 10_000)
        order_id, _ = await market.place(buyer)
        assert await market.pay(buyer, order_id) is CreatePaymentStatus.CREATED
        async with database.transaction() as tx:
            await give(tx, chart.merchant_deposit(market.shop_id), DEPOSIT)
        payment_id = (await market.order(order_id)).payment_id
        assert payment_id
        yield Award(market, buyer, order_id, payment_id)


async def test_neither_who_bought_nor_who_sold_decides_about_it(award: Award) -> None:
    market = award.market
    deed = Compensation(shop_id=market.shop_id, order_id=award.order_id, payment_id=award.payment_id, amount=PAID)
    buyer, seller = Actor("staff", award.buyer), Actor("staff", market.seller_id)
    asked = [
        ProposeDeed(id=new_id(market.shop_id), deed=deed, reason="假一赔三", actor=actor)
        for actor in (buyer, seller, MAKER)
    ]
    made = asked[-1].id
    async with market.database.transaction() as tx:
        own = ProposeStatus.OWN_MONEY
        assert await propose_deeds(tx, asked) == [own, own, ProposeStatus.PROPOSED]
        agreed = [
            DecideProposal(id=made, verdict=Verdict.APPROVE, hash=hash_of(made, deed), actor=actor)
            for actor in (buyer, seller, CHECKER)
        ]
        statuses = [decided.status for decided in await decide_proposals(tx, agreed)]
        assert statuses == [DecideStatus.OWN_MONEY, DecideStatus.OWN_MONEY, DecideStatus.APPROVED]


async def test_two_award_it_and_both_sides_see_it(award: Award) -> None:
    market, database = award.market, award.market.database
    deed = Compensation(shop_id=market.shop_id, order_id=award.order_id, payment_id=award.payment_id, amount=3 * PAID)
    id = new_id(market.shop_id)
    async with database.transaction() as tx:
        elsewhere = replace(deed, shop_id=UUID(int=market.shop_id.int ^ 1))
        undisputed = replace(deed, case_id=award.order_id)
        given = (elsewhere, undisputed, deed)
        asked = [ProposeDeed(id=id, deed=each, reason="假一赔三", actor=MAKER) for each in given]
        expected = [ProposeStatus.PLACE_INVALID, ProposeStatus.CASE_NOT_FOUND, ProposeStatus.PROPOSED]
        assert await propose_deeds(tx, asked) == expected
    agreed = DecideProposal(id=id, verdict=Verdict.APPROVE, hash=hash_of(id, deed), actor=CHECKER)
    async with database.transaction() as tx:
        alone, done = await decide_proposals(tx, [replace(agreed, actor=MAKER), agreed])
    assert (alone.status, done.status) == (DecideStatus.OWN_PROPOSAL, DecideStatus.APPROVED)
    for _ in range(2):
        await market.settle_events()
    assert await award.balances() == (DEPOSIT - 3 * PAID, 10_000 - PAID + 3 * PAID)
    async with database.read() as reader:
        movements, _ = await get_deposit_movements(reader, market.shop_id, None, 5)
        told = [row["type"] for row in await get_trail(reader, award.order_id)]
        trial = await get_trial_balance(reader)
    assert (movements[0].kind, movements[0].amount, movements[0].order_id) == (
        Kind.COMPENSATION,
        -3 * PAID,
        award.order_id,
    )
    assert told[-1] == "BuyerCompensated"
    (transit,) = [row for row in trial if row["code"] == Code.TRANSIT]
    # The deposit of this shop was given by the test, out of transit.
    assert transit["debits_posted"] - transit["credits_posted"] == DEPOSIT


async def test_it_is_refused_for_each_reason(award: Award) -> None:
    most = COMPENSATION_TIMES * PAID
    assert most < COMPENSATION_LEAST, "below a price of 100 yuan the law has a least"
    done, much = award.command(DEPOSIT - 1), award.command(2)
    asked = [
        done,
        done,
        replace(award.command(1), payment_id=new_id()),
        replace(award.command(1), order_id=new_id(award.order_id)),
        replace(award.command(1), shop_id=new_id(award.market.shop_id)),
        award.command(COMPENSATION_LEAST + 1),
        replace(done, amount=1),
        much,
        much,
    ]
    expected = [
        S.COMPENSATED,
        S.EXISTS,
        S.ORDER_NOT_FOUND,
        S.ORDER_NOT_FOUND,
        S.ORDER_NOT_FOUND,
        S.EXCEEDS_LIMIT,
        S.ID_TAKEN,
        S.INSUFFICIENT_DEPOSIT,
        S.INSUFFICIENT_DEPOSIT,
    ]
    async with award.market.database.transaction() as tx:
        assert await compensate_buyers(tx, asked) == expected
        await give(tx, chart.merchant_deposit(award.market.shop_id), COMPENSATION_LEAST)
        left = COMPENSATION_LEAST - (DEPOSIT - 1)
        asked = [award.command(amount) for amount in (left + 1, left - 1, 2, 1, 1)]
        expected = [S.EXCEEDS_LIMIT, S.COMPENSATED, S.EXCEEDS_LIMIT, S.COMPENSATED, S.EXCEEDS_LIMIT]
        assert await compensate_buyers(tx, asked) == expected, "all that is awarded for one order counts"
        assert await compensate_buyers(tx, [done, asked[1]]) == [S.EXISTS, S.EXISTS]
    async with award.market.database.read() as reader:
        left = await get_compensable(reader, award.market.shop_id, award.order_id, award.payment_id)
        assert left == 0
        assert await get_compensable(reader, award.market.shop_id, award.order_id, new_id()) is None


async def test_what_a_court_holds_pays_nobody(award: Award) -> None:
    async with award.market.database.transaction() as tx:
        await freeze(tx, chart.merchant_deposit(award.market.shop_id))
        assert await compensate_buyers(tx, [award.command(1)]) == [S.SHOP_FROZEN]


async def test_no_deposit_pays_more_than_it_has_however_many_are_awarded_at_once(award: Award) -> None:
    async def run(command: CompensateBuyer) -> CompensateBuyerStatus:
        async with award.market.database.transaction() as tx:
            return (await compensate_buyers(tx, [command]))[0]

    answers = await asyncio.gather(*(run(award.command(40_000)) for _ in range(6)))
    assert sorted(answers) == [S.COMPENSATED] + [S.INSUFFICIENT_DEPOSIT] * 5
    for _ in range(2):
        await award.market.settle_events()
    assert await award.balances() == (DEPOSIT - 40_000, 10_000 - PAID + 40_000)


async def test_no_order_is_awarded_more_than_the_law_has_however_much_at_once(award: Award) -> None:
    async with award.market.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(award.market.shop_id), 5 * COMPENSATION_LEAST)

    async def run(command: CompensateBuyer) -> CompensateBuyerStatus:
        async with award.market.database.transaction() as tx:
            return (await compensate_buyers(tx, [command]))[0]

    answers = await asyncio.gather(*(run(award.command(COMPENSATION_LEAST // 2)) for _ in range(6)))
    assert sorted(answers) == [S.COMPENSATED] * 2 + [S.EXCEEDS_LIMIT] * 4


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2)), min_size=1, max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(tx: Transaction, drawn: list[tuple[int, int]]) -> None:
    """What arrives in one batch arrives as one by one; nothing arrives twice."""
    answers = []
    for size in (len(drawn), 1):
        person, order = new_id(), new_id()
        asked = [
            ReceiveCompensation(
                id=derive(order, "award", n), person_id=person, order_id=order, amount=100 * (n + 1), actor=MAKER
            )
            for n, times in drawn
            for _ in range(times)
        ]
        told: list[ReceiveCompensationStatus] = []
        for start in range(0, len(asked), size):
            told += await receive_compensations(tx, asked[start : start + size])
        answers.append(told)
        assert shard_of(person) >= 0
    assert answers[0] == answers[1]
