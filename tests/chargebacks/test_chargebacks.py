"""Proves of chargebacks: B1 and B3 through the sandbox's acquirer, whatever state the order is in; that a refund and a
chargeback of the same money exclude each other; each status; that `cb_pending` ends at 0; the law of batches."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.aftersale.shop import Shop
from tests.approvals.test_approvals import MAKER, approve, decide, propose
from tests.court_orders.test_court_orders import execute, obey, release, sweep
from tests.deposits.examples import give
from tests.disputes.court import Court
from tests.orders.market import Market, do_while_taken, open_market
from weiji import payments
from weiji.aftersale import AskCase, CaseKind, CaseState, CaseStatus
from weiji.aftersale.model import WithdrawCase
from weiji.aftersale.words import verdict_of
from weiji.approvals import ChargebackNotice, DecideStatus, ProposeStatus, decide_proposals, propose_deeds
from weiji.chargebacks import (
    Chargeback,
    ChargebackState,
    ChargebackStatus,
    EndChargeback,
    FollowChargeback,
    RepresentChargeback,
    ShowEvidence,
    TakeChargeback,
    end_chargebacks,
    follow_chargebacks,
    represent_chargebacks,
    show_evidence,
    store,
    take_chargebacks,
)
from weiji.chargebacks.handlers import Reactions
from weiji.chargebacks.machine import TRANSITIONS
from weiji.chargebacks.model import EVIDENCE_MAX, Stage, case_id_of
from weiji.court_orders import (
    CourtOrderStatus,
    HeldPlace,
    execute_court_orders,
    obey_court_orders,
    release_court_orders,
)
from weiji.credit import get_standings
from weiji.credit.model import Verdict
from weiji.credit.store import list_trades
from weiji.deposits.keeping import Keeper
from weiji.disputes import DisputeState, DisputeStatus, get_statistics
from weiji.disputes.model import AppealRuling, WithdrawDispute
from weiji.disputes.rules import bar_of
from weiji.disputes.words import ruling_word
from weiji.events import BY_CHANNEL, Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Code, Kind, chart, create_transfers, get_trial_balance, move, verify
from weiji.orders import MoveStatus, RefundOrder, RepriceOrder, State
from weiji.orders import operations as orders
from weiji.payments import (
    CreatePayment,
    Notice,
    NoticeKind,
    NoticeStatus,
    PayRefundByHandStatus,
    Refund,
    RefundStatus,
    RetryRefundStatus,
    WrittenChargeback,
    get_payments,
    notice_of,
    receive_notices,
    start_payments,
)
from weiji.payments.calls import deliver_sandbox_notices
from weiji.payments.channels import sandbox
from weiji.payments.channels.sandbox import CHARGEBACK_FEE, ActOnChargeback, ActStatus, ChargebackVerb
from weiji.reviews.model import LineReview, RateBuyer, RateStatus, Rating, ReviewStatus, ReviewTrade
from weiji.reviews.operations import rate_buyers, review_trades
from weiji.reviews.store import list_trades_of_buyer, list_trades_of_shop
from weiji.web import speaking

S = ChargebackStatus
OPERATOR = Actor("staff", new_id())
RESPOND_BY = datetime(2030, 1, 31, 8, tzinfo=UTC)
PRICE = 9_800


class Bank:
    """A market whose buyers pay by the sandbox's acquirer, and dispute it there."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.shop = Shop(market)
        self.reactions = Reactions(market.batchers)

    async def paid(self) -> UUID:
        """Bring an order to where it is paid, by a card."""
        order_id, _ = await self.market.place(self.shop.buyer)
        await self.pay(order_id)
        await self.settle()
        return order_id

    async def pay(self, order_id: UUID, amount: int = PRICE) -> UUID:
        """Pay an order by a card; nobody has heard of it yet."""
        command = CreatePayment(
            id=new_id(self.shop.buyer),
            payer_id=self.shop.buyer,
            subject_id=order_id,
            payee_id=self.market.shop_id,
            amount=amount,
            channel=sandbox.NAME,
            actor=self.shop.actor,
        )
        await self.market.batchers.of(payments.create_payments).submit(command)
        await start_payments(self.market.database, self.market.batchers.lanes, [command.id])
        pay = sandbox.ActOnCharge(id=command.id, verb=sandbox.ChargeVerb.PAY, actor=self.shop.actor)
        await self.market.batchers.of(sandbox.act_on_charges).submit(pay)
        return command.id

    async def received(self) -> UUID:
        """… where the buyer has the goods, and the money is not due yet."""
        order_id = await self.paid()
        await self.market.ship(order_id)
        assert await self.market.confirm(self.shop.buyer, order_id) is MoveStatus.DONE
        return order_id

    async def completed(self) -> UUID:
        """… where the shop may withdraw the money."""
        order_id = await self.received()
        await self.market.turn(timedelta(days=8))
        assert (await self.market.order(order_id)).state is State.COMPLETED
        return order_id

    async def act(self, order_id: UUID, verb: ChargebackVerb, amount: int | None = None) -> None:
        """Dispute a payment, or decide that, at the acquirer."""
        payment_id = (await self.market.order(order_id)).payment_id
        assert payment_id
        command = ActOnChargeback(id=payment_id, verb=verb, amount=amount, actor=self.shop.actor)
        assert await self.market.batchers.of(sandbox.act_on_chargebacks).submit(command) is ActStatus.DONE
        await self.settle()

    async def hear_early(self, order_id: UUID, payment_id: UUID) -> ChargebackStatus:
        """Hear that a payment is disputed before the order has heard of it."""
        early = TakeChargeback(
            near=order_id,
            payment_id=payment_id,
            order_id=order_id,
            shop_id=self.market.shop_id,
            channel=sandbox.NAME,
            reference=f"CB{payment_id.hex}",
            amount=PRICE,
            fee=0,
            reason="",
            respond_by=None,
            received_at=clock.now(),
            actor=BY_CHANNEL,
        )
        return await self.market.batchers.of(take_chargebacks, "near").submit(early)

    async def reprice(self, order_id: UUID, conceded: int) -> None:
        """Have the shop take so much off what an unpaid order costs."""
        command = RepriceOrder(
            order_id=order_id,
            shop_id=self.market.shop_id,
            conceded=conceded,
            freight=0,
            total=PRICE,
            actor=Actor("merchant", self.market.seller_id),
        )
        status = await self.market.batchers.of(orders.reprice_orders, "order_id").submit(command)
        assert status is MoveStatus.DONE

    async def settle(self) -> None:
        await deliver_sandbox_notices(self.market.database, self.market.batchers.lanes, 100)
        await self.market.settle_events()
        await self.reactions.follow(self.market.database, 100)

    async def case(self, order_id: UUID) -> Chargeback:
        """Read the case of an order."""
        payment_id = (await self.market.order(order_id)).payment_id
        assert payment_id
        return await self.case_of(order_id, payment_id)

    async def case_of(self, order_id: UUID, payment_id: UUID) -> Chargeback:
        """Read the case of an order about one of its payments."""
        id = case_id_of(order_id, sandbox.NAME, f"CB{payment_id.hex}")
        async with self.market.database.read() as reader:
            return (await store.get_cases(reader, [id]))[id]

    async def refunds(self, payment_id: UUID) -> list[Refund]:
        """Read the refunds of a payment."""
        async with self.market.database.read() as reader:
            return await payments.get_refunds(reader, [payment_id])

    async def retry(self, id: UUID) -> RetryRefundStatus:
        """Have the channel asked for a refund once more."""
        command = payments.RetryRefund(id=id, actor=OPERATOR)
        return await self.market.batchers.of(payments.retry_refunds).submit(command)

    async def pay_by_hand(self, id: UUID, amount: int) -> PayRefundByHandStatus:
        """Pay a refund by another route."""
        async with self.market.database.transaction() as tx:
            command = payments.PayRefundByHand(id=id, amount=amount, way="小镇银行", actor=OPERATOR)
            (status,) = await payments.pay_refunds_by_hand(tx, [command])
            return status

    async def books(self) -> dict[int, int]:
        """Add up each kind of account: debits less credits; every ledger sums to 0, and nothing is held twice."""
        async with self.market.database.read() as reader:
            rows = await get_trial_balance(reader)
        for ledger in {row["ledger"] for row in rows}:
            assert sum(row["debits_posted"] - row["credits_posted"] for row in rows if row["ledger"] == ledger) == 0
        return {row["code"]: row["debits_posted"] - row["credits_posted"] for row in rows}


async def _spend(tx: Transaction, shop_id: UUID, amount: int) -> None:
    source, way = chart.merchant_available(shop_id), chart.bank(shard_of(shop_id))
    (result,) = await create_transfers(tx, [move(shop_id, new_id(shop_id), source, way, amount, Kind.PAYOUT)], [way])
    assert result.is_made


@pytest.fixture
async def bank(database: Database, lanes: Lanes) -> AsyncIterator[Bank]:
    async with open_market(database, lanes) as market:
        yield Bank(market)


async def test_b1_a_lost_chargeback_runs_down_the_waterfall(bank: Bank) -> None:
    """Of what was settled the shop has 2,000 left, and a deposit of 1,500; it gets its fee back, and owes the rest."""
    order_id = await bank.completed()
    earned = await bank.market.balance(chart.merchant_available(bank.market.shop_id).id)
    fee = PRICE - earned
    async with bank.market.database.transaction() as tx:
        await _spend(tx, bank.market.shop_id, earned - 2_000)
    async with bank.market.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(bank.market.shop_id), 1_500)
    before = await bank.books()
    await bank.act(order_id, ChargebackVerb.RAISE)
    case = await bank.case(order_id)
    assert (case.state, case.stage, case.held) == (ChargebackState.RECEIVED, Stage.SETTLED, PRICE)
    assert (case.of_available, case.of_deposit) == (2_000, 1_500)
    books = await bank.books()
    assert books[Code.CHARGEBACK_PENDING] == PRICE
    assert books[Code.CHARGEBACK_FEE] == CHARGEBACK_FEE
    assert books[Code.CHANNEL_RECEIVABLE] - before[Code.CHANNEL_RECEIVABLE] == -PRICE - CHARGEBACK_FEE
    await bank.act(order_id, ChargebackVerb.LOSE)
    books = await bank.books()
    assert (books[Code.CHARGEBACK_PENDING], books[Code.MERCHANT_CLAIM]) == (0, 0)
    assert books[Code.MERCHANT_OWED] == PRICE - fee - 3_500
    assert (books[Code.MERCHANT_AVAILABLE], books[Code.MERCHANT_DEPOSIT], books[Code.FEE_INCOME]) == (0, 0, 0)
    assert books.get(Code.BAD_DEBT, 0) == 0
    assert await bank.market.balance(chart.refundable(order_id).id) == 0
    case = await bank.case(order_id)
    assert (case.state, case.borne, case.closed_at is not None) == (ChargebackState.LOST, 0, True)
    order = await bank.market.order(order_id)
    assert (order.refunded, order.open_cases, order.open_chargebacks) == (PRICE, 0, 0)


@pytest.mark.parametrize("is_court_first", [True, False])
async def test_a_court_that_freezes_in_between_and_the_payer_get_theirs_once_each(
    bank: Bank, *, is_court_first: bool
) -> None:
    """A court wants 12,000 of a shop that has 9,800 of one order, which its payer disputes.

    Who came first has what is there; the rest is owed, and repaid before the court takes more when the next order
    settles. The court takes 5,000 at last, and lets go of the rest: in the end the shop has the same, whoever came
    first.
    """
    market, shop_id = bank.market, bank.market.shop_id
    available, held, owed = chart.merchant_available(shop_id), chart.legal_hold(shop_id), chart.merchant_owed(shop_id)

    async def has() -> tuple[int, int, int]:
        return await market.balance(available.id), await market.balance(held.id), -await market.balance(owed.id)

    async def settle() -> None:
        """Do what the jobs do: debts are looked at before the court is, and after it."""
        await Keeper(market.batchers).collect(market.database, 10)
        async with market.database.transaction() as tx:
            await sweep(tx)
        await Keeper(market.batchers).collect(market.database, 10)

    order_id = await bank.completed()
    earned, _, _ = await has()
    court = obey(shop_id, 12_000, HeldPlace.MERCHANT_AVAILABLE)
    paid = execute(court.id, 5_000)
    if not is_court_first:
        await bank.act(order_id, ChargebackVerb.RAISE)
    async with market.database.transaction() as tx:
        assert await obey_court_orders(tx, [court]) == [CourtOrderStatus.DONE]
        if is_court_first:
            assert await execute_court_orders(tx, [paid]) == [CourtOrderStatus.DONE]
    if is_court_first:
        await bank.act(order_id, ChargebackVerb.RAISE)
    assert (await bank.case(order_id)).of_available == (0 if is_court_first else earned)
    await bank.act(order_id, ChargebackVerb.LOSE)
    assert await has() == ((0, earned - 5_000, earned) if is_court_first else (0, 0, 0))
    assert (await bank.case(order_id)).borne == 0

    await bank.completed()
    await settle()
    assert await has() == ((0, earned - 5_000, 0) if is_court_first else (0, earned, 0))
    async with market.database.transaction() as tx:
        done = [CourtOrderStatus.EXISTS if is_court_first else CourtOrderStatus.DONE]
        assert await execute_court_orders(tx, [paid]) == done
        assert await release_court_orders(tx, [release(court.id)]) == [CourtOrderStatus.DONE]
    await settle()
    assert await has() == (earned - 5_000, 0, 0)
    books = await bank.books()
    assert (books[Code.CHARGEBACK_PENDING], books[Code.MERCHANT_CLAIM], books.get(Code.BAD_DEBT, 0)) == (0, 0, 0)
    assert books[Code.CHANNEL_RECEIVABLE] == PRICE - CHARGEBACK_FEE, "of two orders one was paid back, once"
    assert (books[Code.BANK], -books[Code.FEE_INCOME]) == (-5_000, PRICE - earned)
    assert (await verify(market.database)).is_proved


async def test_b3_a_chargeback_that_is_won_leaves_everything_as_it_was(bank: Bank) -> None:
    for bring in (bank.paid, bank.received, bank.completed):
        order_id = await bring()
        before, due = await bank.books(), (await bank.market.order(order_id)).due_at
        await bank.act(order_id, ChargebackVerb.RAISE, 5_000)
        stopped = await bank.market.order(order_id)
        assert (stopped.due_at, stopped.open_cases, stopped.open_chargebacks) == (None, 1, 1)
        assert (await bank.books())[Code.CHARGEBACK_PENDING] == 5_000
        await bank.act(order_id, ChargebackVerb.WIN)
        books = await bank.books()
        fee = books.pop(Code.CHARGEBACK_FEE) - before.pop(Code.CHARGEBACK_FEE, 0)
        assert fee == CHARGEBACK_FEE
        assert books.pop(Code.CHANNEL_RECEIVABLE) == before.pop(Code.CHANNEL_RECEIVABLE) - fee
        assert {code: value for code, value in books.items() if value} == {c: v for c, v in before.items() if v}
        order = await bank.market.order(order_id)
        assert (order.open_cases, order.refunded) == (0, 0)
        assert (order.due_at is None) is (due is None)


async def test_what_is_in_escrow_pays_before_anything_was_sent(bank: Bank) -> None:
    order_id = await bank.paid()
    _, held_before, _ = await bank.market.stock()
    await bank.act(order_id, ChargebackVerb.RAISE)
    # The same money does not go back by another way meanwhile: not by the shop, not by a case of after-sale.
    refund = RefundOrder(order_id=order_id, shop_id=bank.market.shop_id, actor=bank.shop.seller)
    assert await bank.market.batchers.of(orders.refund_orders, "order_id").submit(refund) is MoveStatus.CASE_OPEN
    assert await bank.shop.submit(bank.shop.asking(order_id, CaseKind.CANCEL)) is CaseStatus.NOT_ALLOWED_NOW
    await bank.act(order_id, ChargebackVerb.LOSE)
    order = await bank.market.order(order_id)
    assert (order.state, order.refunded, order.refunded_at is not None) == (State.REFUNDED, PRICE, True)
    books = await bank.books()
    assert (books[Code.ESCROW], books[Code.CHARGEBACK_PENDING]) == (0, 0)
    assert await bank.market.balance(chart.merchant_available(bank.market.shop_id).id) == 0
    _, held, _ = await bank.market.stock()
    assert held == held_before - 1


async def test_a_part_of_what_is_pending_pays_and_the_rest_settles(bank: Bank) -> None:
    order_id = await bank.received()
    await bank.act(order_id, ChargebackVerb.RAISE, 4_900)
    await bank.market.turn(timedelta(days=30))
    assert (await bank.market.order(order_id)).state is State.RECEIVED
    await bank.act(order_id, ChargebackVerb.LOSE)
    await bank.market.turn(timedelta(days=30))
    order = await bank.market.order(order_id)
    assert (order.state, order.refunded) == (State.COMPLETED, 4_900)
    books = await bank.books()
    assert (books[Code.MERCHANT_PENDING], books[Code.CHARGEBACK_PENDING]) == (0, 0)
    assert -books[Code.MERCHANT_AVAILABLE] - books[Code.FEE_INCOME] == 4_900
    # What is left of the line is all that may still be asked for.
    asked = bank.shop.asking(order_id, CaseKind.REFUND, 1, 4_901)
    assert await bank.shop.submit(asked) in (CaseStatus.AMOUNT_OUT_OF_RANGE, CaseStatus.TOO_LATE)


@pytest.mark.parametrize("is_settled", [False, True])
async def test_of_a_trade_that_a_channel_took_whole_nothing_counts_nor_is_reviewed(
    bank: Bank, is_settled: bool
) -> None:
    """As of one that was refunded, whether it was settled by then or not."""
    order_id = await (bank.completed() if is_settled else bank.received())
    shop_id, buyer = bank.market.shop_id, bank.shop.buyer
    await bank.act(order_id, ChargebackVerb.RAISE)
    await bank.act(order_id, ChargebackVerb.LOSE)
    await bank.market.turn(timedelta(days=8))
    order = await bank.market.order(order_id)
    assert (order.state, order.refunded, order.settled_at is not None) == (State.COMPLETED, PRICE, True)
    lines = (LineReview(line=1, score=5, text="很好"),)
    review = ReviewTrade(order_id=order_id, service=5, shipping=5, lines=lines, actor=bank.shop.actor)
    seller = Actor("merchant", bank.market.seller_id)
    rating = RateBuyer(order_id=order_id, shop_id=shop_id, rating=Rating.GOOD, text="", actor=seller)
    async with bank.market.database.transaction() as tx:
        assert await review_trades(tx, [review]) == [ReviewStatus.UNDONE]
        assert await rate_buyers(tx, [rating]) == [RateStatus.UNDONE]
        (standing,) = await get_standings(tx, [shop_id])
        (trade,) = await list_trades(tx, shop_id, None, None, 5)
        assert await list_trades_of_buyer(tx, buyer, None, 10) == []
        assert await list_trades_of_shop(tx, shop_id, clock.now(), None, 10) == []
    assert (standing.score, standing.amount, trade.order_id, trade.verdict) == (0, 0, order_id, Verdict.REFUNDED)


async def test_what_was_refunded_before_nobody_is_charged_for(bank: Bank) -> None:
    """Hyperswitch #10533: a refund, and a chargeback of the same money. The shop pays once."""
    order_id = await bank.received()
    case_id = await bank.shop.ask(order_id, CaseKind.REFUND, 1, PRICE)
    await bank.shop.agree(case_id)
    await bank.settle()
    await bank.market.turn(timedelta(days=8))
    before = await bank.books()
    await bank.act(order_id, ChargebackVerb.RAISE)
    assert ((await bank.case(order_id)).held, (await bank.case(order_id)).of_available) == (0, None)
    await bank.act(order_id, ChargebackVerb.LOSE)
    books = await bank.books()
    assert books[Code.BAD_DEBT] == PRICE
    assert books[Code.CHARGEBACK_PENDING] == 0
    for code in (Code.MERCHANT_AVAILABLE, Code.MERCHANT_OWED, Code.MERCHANT_DEPOSIT):
        assert books.get(code, 0) == before.get(code, 0)
    assert (await bank.case(order_id)).borne == PRICE


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("is_won", [True, False])
async def test_of_two_chargebacks_one_that_is_lost_waits_for_the_other(bank: Bank, stage: Stage, is_won: bool) -> None:
    """The first holds all there is. The second is lost meanwhile: who pays it is known once the first is decided."""
    bring = {Stage.ESCROW: bank.paid, Stage.PENDING: bank.received, Stage.SETTLED: bank.completed}[stage]
    order_id = await bring()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    before = await bank.books()

    async def tell(number: int, kind: NoticeKind, amount: int) -> Chargeback:
        reference = f"CB{number}"
        notice = _notice(payment_id, kind, amount, reference=reference, event_id=f"{number}-{kind}")
        async with bank.market.database.transaction() as tx:
            assert await receive_notices(tx, [notice]) == [NoticeStatus.RECORDED]
        await bank.settle()
        id = case_id_of(order_id, sandbox.NAME, reference)
        async with bank.market.database.read() as reader:
            return (await store.get_cases(reader, [id]))[id]

    assert (await tell(1, NoticeKind.CHARGEBACK_RECEIVED, PRICE)).held == PRICE
    assert (await tell(2, NoticeKind.CHARGEBACK_RECEIVED, 5_000)).held == 0
    waiting = await tell(2, NoticeKind.CHARGEBACK_LOST, 5_000)
    assert (waiting.state, waiting.closed_at) == (ChargebackState.LOST, None)
    assert (await bank.books()).get(Code.BAD_DEBT, 0) == 0
    await tell(1, NoticeKind.CHARGEBACK_WON if is_won else NoticeKind.CHARGEBACK_LOST, PRICE)
    async with bank.market.database.read() as reader:
        over = (await store.get_cases(reader, [waiting.id]))[waiting.id]
    books = await bank.books()
    assert over.closed_at is not None
    assert books[Code.CHARGEBACK_PENDING] == 0
    assert (over.held, over.borne) == ((5_000, 0) if is_won else (0, 5_000))
    assert books.get(Code.BAD_DEBT, 0) == over.borne
    order = await bank.market.order(order_id)
    assert (order.refunded, order.open_cases, order.open_chargebacks) == (5_000 if is_won else PRICE, 0, 0)
    ours = {Stage.ESCROW: Code.ESCROW, Stage.PENDING: Code.MERCHANT_PENDING, Stage.SETTLED: Code.MERCHANT_AVAILABLE}
    assert before[ours[stage]] + order.refunded == books[ours[stage]]


@pytest.mark.parametrize("disputed", [PRICE, 5_000])
async def test_a_case_that_is_open_gives_nothing_while_a_channel_disputes_the_money(bank: Bank, disputed: int) -> None:
    """The clock of the case stands, so silence does not agree; what the channel keeps is not given back again."""
    order_id = await bank.paid()
    await bank.market.ship(order_id)
    case_id = await bank.shop.ask(order_id, CaseKind.REFUND, 1, PRICE)
    asked = await bank.shop.case(case_id)
    await bank.act(order_id, ChargebackVerb.RAISE, disputed)
    assert (await bank.case(order_id)).held == disputed
    assert await bank.shop.agree(case_id) is CaseStatus.SUSPENDED
    await bank.shop.turn(timedelta(days=30))
    case = await bank.shop.case(case_id)
    assert (case.state, case.suspended_at is not None) == (CaseState.ASKED, True)
    await bank.act(order_id, ChargebackVerb.LOSE)
    case, rest = await bank.shop.case(case_id), PRICE - disputed
    if rest:
        assert (case.state, case.amount, case.suspended_at) == (CaseState.ASKED, rest, None)
        assert asked.due_at
        assert case.due_at
        assert case.due_at - asked.due_at >= timedelta(days=30), "the shop has as long to answer as it had"
        assert await bank.shop.agree(case_id) is CaseStatus.DONE
        await bank.settle()
    else:
        assert case.state is CaseState.EXPIRED
    books, order = await bank.books(), await bank.market.order(order_id)
    assert (order.state, order.refunded, order.open_cases) == (State.REFUNDED, PRICE, 0)
    assert (books.get(Code.BAD_DEBT, 0), books[Code.CHARGEBACK_PENDING], books[Code.ESCROW]) == (0, 0, 0)


async def test_a_case_goes_on_when_the_chargeback_is_won(bank: Bank) -> None:
    order_id = await bank.received()
    case_id = await bank.shop.ask(order_id, CaseKind.REFUND, 1, 3_000)
    await bank.act(order_id, ChargebackVerb.RAISE)
    await bank.act(order_id, ChargebackVerb.WIN)
    case = await bank.shop.case(case_id)
    assert (case.state, case.amount, case.suspended_at) == (CaseState.ASKED, 3_000, None)
    assert await bank.shop.agree(case_id) is CaseStatus.DONE
    assert (await bank.market.order(order_id)).refunded == 3_000


@pytest.mark.parametrize("disputed", [PRICE, 5_000])
async def test_what_a_channel_keeps_arbiters_do_not_award_again(bank: Bank, disputed: int) -> None:
    """A dispute about a settled order holds the money; a channel that keeps a part of it has it first."""
    court = Court(bank.shop)
    order_id = await bank.received()
    await bank.market.turn(timedelta(days=2))
    assert (await bank.market.order(order_id)).state is State.COMPLETED
    case_id = await court.opened(await court.refuse(order_id, CaseKind.REFUND, 1))
    await bank.act(order_id, ChargebackVerb.RAISE, disputed)
    assert (await bank.case(order_id)).held == 0
    assert await court.rule(0, case_id, 100) is DisputeStatus.SUSPENDED
    assert bar_of(await court.dispute(case_id), new_id(), ()) is DisputeStatus.SUSPENDED, "no form asks for a ruling"
    await court.turn(days=30)
    assert await court.state(case_id) is DisputeState.DECIDING
    await bank.act(order_id, ChargebackVerb.LOSE)
    case = await bank.case(order_id)
    assert (case.held, case.borne) == (disputed, 0)
    assert await court.rule(0, case_id, 100) is DisputeStatus.DONE
    await court.turn(days=4)
    await bank.settle()
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.awarded, dispute.ruled) == (DisputeState.EXECUTED, PRICE - disputed, PRICE)
    books = await bank.books()
    assert (books.get(Code.BAD_DEBT, 0), books[Code.CHARGEBACK_PENDING]) == (0, 0)
    assert (await bank.market.order(order_id)).refunded == PRICE
    assert await bank.market.balance(chart.refundable(order_id).id) == 0
    assert (await verify(bank.market.database)).is_proved


async def test_a_court_that_freezes_in_between_has_only_what_neither_channel_nor_buyer_is_given(bank: Bank) -> None:
    """A dispute holds what a shop has, a court comes, a channel keeps a part, arbiters award a quarter."""
    court, shop_id = Court(bank.shop), bank.market.shop_id
    order_id = await bank.received()
    await bank.market.turn(timedelta(days=2))
    earned = await court.free()
    case_id = await court.opened(await court.refuse(order_id, CaseKind.REFUND, 1))
    assert await court.free() == 0
    await bank.act(order_id, ChargebackVerb.RAISE, 4_000)
    async with bank.market.database.transaction() as tx:
        freeze = obey(shop_id, None, HeldPlace.MERCHANT_AVAILABLE)
        assert await obey_court_orders(tx, [freeze]) == [CourtOrderStatus.DONE]
    await bank.act(order_id, ChargebackVerb.LOSE)
    assert await court.free() == 0, "what is left of it is held for the buyer again"
    assert await court.rule(0, case_id, 25) is DisputeStatus.DONE
    await court.turn(days=4)
    await bank.settle()
    async with bank.market.database.transaction() as tx:
        await sweep(tx)
    awarded = (await court.dispute(case_id)).awarded
    assert awarded == PRICE // 4
    accounts = (chart.merchant_available, chart.legal_hold, chart.merchant_owed)
    kept = earned * (PRICE - 4_000 - awarded) // PRICE
    assert [await bank.market.balance(make(shop_id).id) for make in accounts] == [0, kept, 0]
    assert (await verify(bank.market.database)).is_proved


async def test_what_a_dispute_held_and_gave_up_is_no_loss_of_the_platform(bank: Bank) -> None:
    court = Court(bank.shop)
    order_id = await bank.received()
    await bank.market.turn(timedelta(days=2))
    case_id = await court.opened(await court.refuse(order_id, CaseKind.REFUND, 1))
    await bank.act(order_id, ChargebackVerb.RAISE)
    assert (await bank.case(order_id)).held == 0
    assert await court.by_buyer(WithdrawDispute, case_id) is DisputeStatus.DONE
    await bank.act(order_id, ChargebackVerb.LOSE)
    case = await bank.case(order_id)
    assert (case.held, case.borne) == (PRICE, 0)
    assert (await bank.market.order(order_id)).refunded == PRICE


async def test_an_order_that_another_payment_paid_for_is_not_drawn_on(bank: Bank) -> None:
    order_id = await bank.paid()
    twice = await bank.pay(order_id)
    await bank.settle()
    before = await bank.market.order(order_id)
    assert before.due_at
    for verb in (ChargebackVerb.RAISE, ChargebackVerb.LOSE):
        command = ActOnChargeback(id=twice, verb=verb, actor=bank.shop.actor)
        assert await bank.market.batchers.of(sandbox.act_on_chargebacks).submit(command) is ActStatus.DONE
        await bank.settle()
        # Whom it is not about sends in time, and may be asked for a refund, as if nothing were.
        order = await bank.market.order(order_id)
        assert (order.due_at, order.open_cases, order.open_chargebacks) == (before.due_at, 0, 0)
    case = await bank.case_of(order_id, twice)
    assert (case.held, case.borne, case.closed_at is None) == (0, PRICE, False)
    order = await bank.market.order(order_id)
    assert (order.state, order.refunded, order.open_chargebacks) == (State.PAID, 0, 0)


async def test_an_order_goes_on_whose_other_payment_is_disputed(bank: Bank) -> None:
    """What was paid after its shop had changed the price went back, and is nothing to stop the order for."""
    order_id, _ = await bank.market.place(bank.shop.buyer)
    rejected = await bank.pay(order_id)
    await bank.reprice(order_id, conceded=800)
    await bank.settle()
    before = await bank.market.order(order_id)
    assert (before.state, before.payment_id, before.due_at is None) == (State.CREATED, None, False)
    raised = ActOnChargeback(id=rejected, verb=ChargebackVerb.RAISE, actor=bank.shop.actor)
    assert await bank.market.batchers.of(sandbox.act_on_chargebacks).submit(raised) is ActStatus.DONE
    await bank.settle()
    order = await bank.market.order(order_id)
    assert (order.state, order.due_at, order.open_cases, order.open_chargebacks) == (State.CREATED, before.due_at, 0, 0)
    assert (await bank.case_of(order_id, rejected)).held_at is None
    assert await bank.reactions.follow(bank.market.database, 100) == 0
    await bank.pay(order_id, PRICE - 800)
    await bank.settle()
    order = await bank.market.order(order_id)
    assert (order.state, order.due_at is None, order.open_chargebacks) == (State.PAID, False, 0)


async def test_an_order_goes_on_once_what_was_disputed_early_went_back(bank: Bank) -> None:
    """It stood still while nobody knew whether it would take the payment."""
    order_id, _ = await bank.market.place(bank.shop.buyer)
    payment_id = await bank.pay(order_id)
    assert await bank.hear_early(order_id, payment_id) is ChargebackStatus.DONE
    order = await bank.market.order(order_id)
    assert (order.due_at, order.open_chargebacks) == (None, 1)
    await bank.reprice(order_id, conceded=800)
    await bank.settle()
    order = await bank.market.order(order_id)
    assert (order.state, order.due_at is None, order.open_cases, order.open_chargebacks) == (State.CREATED, False, 0, 0)
    case = await bank.case_of(order_id, payment_id)
    assert (case.state, case.held_at, case.stage, case.held) == (ChargebackState.RECEIVED, None, None, 0)
    for verb in (ChargebackVerb.RAISE, ChargebackVerb.LOSE):
        await bank.market.batchers.of(sandbox.act_on_chargebacks).submit(
            ActOnChargeback(id=payment_id, verb=verb, actor=bank.shop.actor)
        )
        await bank.settle()
    case = await bank.case_of(order_id, payment_id)
    assert (case.borne, case.closed_at is None) == (PRICE, False)
    assert (await bank.books())[Code.CHARGEBACK_PENDING] == 0


@pytest.mark.parametrize("is_won", [True, False])
async def test_what_an_order_sends_back_waits_while_it_is_disputed(bank: Bank, is_won: bool) -> None:
    """The order refuses the payment when its channel has taken the money back already."""
    order_id, _ = await bank.market.place(bank.shop.buyer)
    payment_id = await bank.pay(order_id)
    await bank.reprice(order_id, conceded=800)
    await deliver_sandbox_notices(bank.market.database, bank.market.batchers.lanes, 100)
    raised = ActOnChargeback(id=payment_id, verb=ChargebackVerb.RAISE, actor=bank.shop.actor)
    assert await bank.market.batchers.of(sandbox.act_on_chargebacks).submit(raised) is ActStatus.DONE
    await bank.settle()
    await bank.settle()
    (refund,) = await bank.refunds(payment_id)
    assert (refund.status, refund.amount, refund.covered) == (RefundStatus.ABNORMAL, PRICE, 0)
    assert await bank.retry(refund.id) is RetryRefundStatus.DISPUTED
    assert await bank.pay_by_hand(refund.id, PRICE) is PayRefundByHandStatus.DISPUTED
    ended = ActOnChargeback(
        id=payment_id, verb=ChargebackVerb.WIN if is_won else ChargebackVerb.LOSE, actor=bank.shop.actor
    )
    assert await bank.market.batchers.of(sandbox.act_on_chargebacks).submit(ended) is ActStatus.DONE
    await bank.settle()
    (refund,) = await bank.refunds(payment_id)
    if is_won:  # It is asked for by itself.
        await bank.settle()
        (refund,) = await bank.refunds(payment_id)
        assert (refund.status, refund.covered) == (RefundStatus.SUCCEEDED, 0)
    else:
        assert (refund.status, refund.covered) == (RefundStatus.CHARGED_BACK, PRICE)
        assert await bank.pay_by_hand(refund.id, PRICE) is PayRefundByHandStatus.NOT_ALLOWED_NOW
    books = await bank.books()
    for code in (Code.BAD_DEBT, Code.CHARGEBACK_PENDING, Code.REFUND_CLEARING, Code.SUSPENSE):
        assert books.get(code, 0) == 0


@pytest.mark.parametrize(("disputed", "left"), [(PRICE, 0), (PRICE - 1_000, 1_000), (3_000, 6_800)])
async def test_a_refund_that_its_channel_refused_and_a_chargeback_pay_once(
    bank: Bank, disputed: int, left: int
) -> None:
    """Of what the channel keeps nothing is paid again, however much that is; the platform loses nothing."""
    order_id = await bank.received()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    faults = sandbox.SetFaults(id=payment_id, refunds="wait", actor=bank.shop.actor)
    await bank.market.batchers.of(sandbox.set_faults).submit(faults)
    await bank.shop.agree(await bank.shop.ask(order_id, CaseKind.REFUND, 1, 7_000))
    await bank.settle()
    (refund,) = await bank.refunds(payment_id)
    assert (refund.status, refund.amount) == (RefundStatus.SUBMITTED, 7_000)
    await bank.act(order_id, ChargebackVerb.RAISE, disputed)
    refuse = sandbox.ActOnRefund(id=refund.id, verb=sandbox.RefundVerb.REFUSE, actor=bank.shop.actor)
    assert await bank.market.batchers.of(sandbox.act_on_refunds).submit(refuse) is ActStatus.DONE
    await bank.settle()
    (refund,) = await bank.refunds(payment_id)
    assert refund.status is RefundStatus.ABNORMAL  # The buyer has a wallet, and would have the money twice.
    assert await bank.pay_by_hand(refund.id, 7_000) is PayRefundByHandStatus.DISPUTED
    before = await bank.market.balance_of(bank.shop.buyer)
    await bank.act(order_id, ChargebackVerb.LOSE)
    (refund,) = await bank.refunds(payment_id)
    assert refund.left == left
    assert refund.status is (RefundStatus.REJECTED if left else RefundStatus.CHARGED_BACK)
    assert await bank.market.balance_of(bank.shop.buyer) == before + left
    books = await bank.books()
    for code in (Code.BAD_DEBT, Code.CHARGEBACK_PENDING, Code.REFUND_CLEARING):
        assert books.get(code, 0) == 0


async def test_a_case_of_aftersale_that_is_given_up_leaves_everything(bank: Bank) -> None:
    order_id = await bank.paid()
    case_id = await bank.shop.ask(order_id, CaseKind.CANCEL)
    await bank.act(order_id, ChargebackVerb.RAISE)
    await bank.shop.by_buyer(WithdrawCase, case_id)
    await bank.settle()
    assert (await bank.case(order_id)).held == PRICE


def _notice(payment_id: UUID, kind: NoticeKind, amount: int = PRICE, reference: str = "CB1", **more: Any) -> Notice:
    values = {"event_id": f"{kind}:{reference}", "occurred_at": clock.now(), "raw": b"letter", **more}
    return Notice(channel=sandbox.NAME, kind=kind, subject_id=payment_id, reference=reference, amount=amount, **values)


async def test_notices_come_doubled_late_and_wrong(bank: Bank) -> None:
    order_id = await bank.paid()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    received, won, lost = NoticeKind.CHARGEBACK_RECEIVED, NoticeKind.CHARGEBACK_WON, NoticeKind.CHARGEBACK_LOST
    told = [
        (_notice(payment_id, won), NoticeStatus.UNMATCHED),
        (_notice(new_id(payment_id), received, event_id="a"), NoticeStatus.UNMATCHED),
        (_notice(payment_id, received, PRICE + 1, event_id="b"), NoticeStatus.CONTRADICTS),
        # By letter, with a fee beyond the amount, and who of the staff wrote it down.
        (
            replace(_notice(payment_id, received, 100, fee=1_500, actor=OPERATOR, event_id="c"), is_seconded=True),
            NoticeStatus.RECORDED,
        ),
        (_notice(payment_id, received, 100, event_id="d"), NoticeStatus.NO_EFFECT),
        (_notice(payment_id, received, 101, event_id="e"), NoticeStatus.CONTRADICTS),
        (_notice(payment_id, lost, 101, event_id="f"), NoticeStatus.CONTRADICTS),
        (_notice(payment_id, lost, 100), NoticeStatus.RECORDED),
        (_notice(payment_id, lost, 100, event_id="g"), NoticeStatus.NO_EFFECT),
        (_notice(payment_id, won, 100, event_id="h"), NoticeStatus.CONTRADICTS),
    ]
    async with bank.market.database.transaction() as tx:
        assert await receive_notices(tx, [notice for notice, _ in told]) == [status for _, status in told]
    await bank.settle()
    id = case_id_of(order_id, sandbox.NAME, "CB1")
    async with bank.market.database.read() as reader:
        case = (await store.get_cases(reader, [id]))[id]
        trail = await get_trail(reader, id)
    assert (case.state, case.held, case.fee) == (ChargebackState.LOST, 100, 1_500)
    assert [row["type"] for row in trail if row["actor_kind"] == "staff"] == ["ChargebackTaken"]
    assert (await bank.books())[Code.CHARGEBACK_PENDING] == 0


async def test_units_without_money_go_back_on_the_shelf(bank: Bank) -> None:
    """A channel took the money of one of two units, and the shop gives back the rest as that of the other."""
    order_id, _ = await bank.market.place(bank.shop.buyer, quantity=2)
    await bank.pay(order_id, 2 * PRICE)
    await bank.settle()
    await bank.act(order_id, ChargebackVerb.RAISE, PRICE)
    await bank.act(order_id, ChargebackVerb.LOSE)
    case_id = await bank.shop.ask(order_id, CaseKind.CANCEL, 1, PRICE)
    assert await bank.shop.agree(case_id) is CaseStatus.DONE
    order = await bank.market.order(order_id)
    assert (order.state, order.refunded, [line.left for line in order.lines]) == (State.REFUNDED, 2 * PRICE, [0])


@pytest.mark.parametrize("is_won", [True, False])
async def test_a_chargeback_that_overtakes_the_payment_has_its_money(bank: Bank, is_won: bool) -> None:
    order_id, _ = await bank.market.place(bank.shop.buyer)
    payment_id = await bank.pay(order_id)
    await deliver_sandbox_notices(bank.market.database, bank.market.batchers.lanes, 100)
    assert await bank.hear_early(order_id, payment_id) is ChargebackStatus.DONE
    await bank.settle()
    order = await bank.market.order(order_id)
    assert (order.state, order.due_at, order.open_chargebacks) == (State.PAID, None, 1)
    assert order.rules
    assert order.time_left == order.rules.refund_after
    assert (await bank.case_of(order_id, payment_id)).held == 0
    for verb in (ChargebackVerb.RAISE, ChargebackVerb.WIN if is_won else ChargebackVerb.LOSE):
        await bank.act(order_id, verb)
    order, case = await bank.market.order(order_id), await bank.case(order_id)
    assert (order.state, order.due_at is None) == ((State.PAID, False) if is_won else (State.REFUNDED, True))
    assert (case.held, case.borne) == ((0, 0) if is_won else (PRICE, 0))
    books = await bank.books()
    assert (books.get(Code.BAD_DEBT, 0), books[Code.CHARGEBACK_PENDING]) == (0, 0)


async def test_the_clock_of_an_order_that_was_closed_meanwhile_does_not_run_on(bank: Bank) -> None:
    order_id, _ = await bank.market.place(bank.shop.buyer)
    assert await bank.hear_early(order_id, new_id(bank.shop.buyer)) is ChargebackStatus.DONE
    assert (await bank.market.order(order_id)).time_left
    assert await bank.market.close(bank.shop.actor, order_id) is MoveStatus.DONE
    order = await bank.market.order(order_id)
    assert (order.state, order.due_at, order.time_left, order.open_chargebacks) == (State.CLOSED, None, None, 1)


async def test_an_order_that_a_channel_takes_whole_withholds_nothing_for_arbiters(bank: Bank) -> None:
    court = Court(bank.shop)
    order_id = await bank.paid()
    case_id = await court.opened(await court.refuse(order_id, CaseKind.CANCEL, 1))
    assert [line.withheld for line in (await bank.market.order(order_id)).lines] == [1]
    await bank.act(order_id, ChargebackVerb.RAISE)
    await bank.act(order_id, ChargebackVerb.LOSE)
    assert (await bank.case(order_id)).closed_at
    order = await bank.market.order(order_id)
    assert (order.state, [(line.withheld, line.cancelled) for line in order.lines]) == (State.REFUNDED, [(0, 1)])
    assert await court.rule(0, case_id, 100) is DisputeStatus.DONE
    await court.turn(days=4)
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.awarded, dispute.ruled) == (DisputeState.EXECUTED, 0, PRICE)
    assert dispute.ruling
    with speaking("zh_CN"):
        assert "商品款的 100% 给买家" in ruling_word(dispute, dispute.ruling)


@pytest.mark.parametrize("share", [100, 0])
@pytest.mark.parametrize("is_ruled_before", [True, False])
async def test_what_was_ruled_is_told_though_a_channel_left_nothing_to_pay(
    bank: Bank, share: int, *, is_ruled_before: bool
) -> None:
    court = Court(bank.shop)
    order_id = await bank.received()
    case_id = await court.opened(await court.refuse(order_id, CaseKind.REFUND, 1))
    if is_ruled_before:
        assert await court.rule(0, case_id, share) is DisputeStatus.DONE
    await bank.act(order_id, ChargebackVerb.RAISE)
    await bank.act(order_id, ChargebackVerb.LOSE)
    if not is_ruled_before:
        assert await court.rule(0, case_id, share) is DisputeStatus.DONE
    who_won = court.by_buyer if share else court.by_shop
    assert await who_won(AppealRuling, case_id, words="不服") is DisputeStatus.NOTHING_TO_APPEAL
    await court.turn(days=4)
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.awarded, dispute.ruled) == (DisputeState.EXECUTED, 0, PRICE * share // 100)
    case = await bank.shop.case(case_id)
    assert case.state is (CaseState.EXPIRED if share else CaseState.DISMISSED), "arbiters gave the buyer nothing"
    async with bank.market.database.read() as reader:
        found = await get_statistics(reader, bank.market.shop_id)
        trail = await get_trail(reader, case_id)
    assert (found.for_buyer, found.for_merchant) == ((1, 0) if share else (0, 1))
    assert found.awarded_amount == dispute.ruled
    with speaking("zh_CN"):
        told = verdict_of(trail)
    assert told is not None
    assert told.startswith("裁决支持买家" if share and not is_ruled_before else "裁决：")


@pytest.mark.parametrize("is_together", [True, False])
async def test_a_decision_that_overtakes_what_it_decides_is_kept_for_it(bank: Bank, is_together: bool) -> None:
    order_id = await bank.paid()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    told = [
        _notice(payment_id, NoticeKind.CHARGEBACK_WON, 101, event_id="of another amount"),
        _notice(payment_id, NoticeKind.CHARGEBACK_LOST, 100, event_id="by hand: too early"),
        _notice(payment_id, NoticeKind.CHARGEBACK_WON, 100, event_id="early"),
        _notice(payment_id, NoticeKind.CHARGEBACK_RECEIVED, 100, fee=1_500, event_id="late"),
        _notice(payment_id, NoticeKind.CHARGEBACK_WON, 100, event_id="again"),
    ]
    statuses = []
    for batch in [told] if is_together else [[one] for one in told]:
        async with bank.market.database.transaction() as tx:
            statuses += await receive_notices(tx, batch)
    assert statuses == [*[NoticeStatus.UNMATCHED] * 3, NoticeStatus.RECORDED, NoticeStatus.NO_EFFECT]
    await bank.settle()
    async with bank.market.database.read() as reader:
        id = case_id_of(order_id, sandbox.NAME, "CB1")
        case = (await store.get_cases(reader, [id]))[id]
    assert (case.state, case.fee, case.closed_at is None) == (ChargebackState.WON, 1_500, False)


async def test_many_small_ones_of_a_payment_take_two_as_a_large_one_does(bank: Bank) -> None:
    order_id = await bank.paid()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    received, lost = NoticeKind.CHARGEBACK_RECEIVED, NoticeKind.CHARGEBACK_LOST

    def alone(kind: NoticeKind, number: int, fee: int = 0) -> Notice:
        event_id = f"{kind}:{number}"
        return _notice(payment_id, kind, 100, f"CB{number}", event_id=event_id, fee=fee, actor=OPERATOR)

    async def told(*notices: Notice) -> list[NoticeStatus]:
        async with bank.market.database.transaction() as tx:
            return await receive_notices(tx, notices)

    recorded, needed = NoticeStatus.RECORDED, NoticeStatus.APPROVAL_NEEDED
    first, second, third = (alone(received, number) for number in (1, 2, 3))
    assert await told(first, second, third) == [needed] * 3
    assert await told(replace(first, is_seconded=True), replace(first, actor=BY_CHANNEL)) == [
        recorded,
        NoticeStatus.EXISTS,
    ]
    # What one of the staff was seconded in once is no leave to go on alone: how the channel decided moves the money.
    assert await told(alone(lost, 1), third) == [needed, needed]
    assert await told(replace(alone(lost, 1), is_seconded=True), second) == [recorded, needed]


async def test_what_is_large_and_by_letter_takes_two(bank: Bank) -> None:
    order_id = await bank.paid()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    received = NoticeKind.CHARGEBACK_RECEIVED
    alone = _notice(payment_id, received, 50_001, event_id="large", actor=OPERATOR)
    fee = _notice(payment_id, received, 1, fee=50_000, event_id="large", actor=OPERATOR)
    async with bank.market.database.transaction() as tx:
        assert await receive_notices(tx, [alone, fee, replace(fee, actor=BY_CHANNEL)]) == [
            NoticeStatus.APPROVAL_NEEDED,
            NoticeStatus.APPROVAL_NEEDED,
            NoticeStatus.RECORDED,
        ]
    for what, state in (("received", ChargebackState.RECEIVED), ("lost", ChargebackState.LOST)):
        deed = ChargebackNotice(
            payment_id=payment_id,
            reference="CB9",
            what=what,  # type: ignore[arg-type]
            amount=PRICE,
            respond_by=RESPOND_BY,
        )
        proposed = propose(deed, payment_id)
        async with bank.market.database.transaction() as tx:
            assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
            assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
            assert await decide(tx, approve(proposed)) is DecideStatus.APPROVED
        await bank.settle()
        async with bank.market.database.read() as reader:
            id = case_id_of(order_id, sandbox.NAME, "CB9")
            case = (await store.get_cases(reader, [id]))[id]
            assert {row["actor_kind"] for row in await get_trail(reader, id)} >= {"staff"}
        assert (case.state, case.respond_by) == (state, RESPOND_BY)
    again = propose(deed, payment_id)
    nowhere = propose(replace(deed, payment_id=order_id), order_id)
    async with bank.market.database.transaction() as tx:
        await propose_deeds(tx, [again, nowhere])
        results = await decide_proposals(tx, [approve(again), approve(nowhere)])
    # Within the same second it is the same notice.
    assert results[0].failure in ("exists", "no_effect")
    assert results[1].failure == "unmatched"


async def test_what_was_written_down_wrong_or_too_early_can_be_written_down_again(bank: Bank) -> None:
    order_id = await bank.paid()
    payment_id = (await bank.market.order(order_id)).payment_id
    assert payment_id
    wrong = WrittenChargeback(payment_id=payment_id, reference="C" * 64, what="received", amount=PRICE + 1)
    received, lost = replace(wrong, amount=100), replace(wrong, what="lost", amount=100)
    now = clock.now()
    async with bank.market.database.transaction() as tx:
        (payment,) = await get_payments(tx, [payment_id])
        written = [lost, wrong, received, lost, received, lost]
        notices = [notice_of(each, payment, OPERATOR, now + timedelta(seconds=n)) for n, each in enumerate(written)]
        assert await receive_notices(tx, notices) == [
            NoticeStatus.UNMATCHED,
            NoticeStatus.CONTRADICTS,
            NoticeStatus.RECORDED,
            NoticeStatus.RECORDED,
            NoticeStatus.NO_EFFECT,
            NoticeStatus.NO_EFFECT,
        ]


async def test_a_payment_for_none_of_our_orders_is_borne_by_the_platform(bank: Bank) -> None:
    near = new_id()
    take = TakeChargeback(
        near=near, payment_id=near, order_id=None, shop_id=None, channel="x", reference="R", amount=700, fee=0,
        reason="", respond_by=None, received_at=clock.now(), actor=BY_CHANNEL,
    )  # fmt: skip
    end = EndChargeback(near=near, channel="x", reference="R", is_won=False, actor=BY_CHANNEL)
    async with bank.market.database.transaction() as tx:
        assert await end_chargebacks(tx, [end]) == [S.CHARGEBACK_NOT_FOUND]
        assert await take_chargebacks(tx, [take, take]) == [S.DONE, S.EXISTS]
        assert await end_chargebacks(tx, [end, end, replace(end, is_won=True)]) == [S.DONE, S.EXISTS, S.NOT_ALLOWED_NOW]
        id = case_id_of(near, "x", "R")
        assert await follow_chargebacks(tx, [FollowChargeback(id=id), FollowChargeback(id=near)]) == [
            S.DONE,
            S.CHARGEBACK_NOT_FOUND,
        ]
    books = await bank.books()
    assert (books[Code.BAD_DEBT], books[Code.CHARGEBACK_PENDING]) == (700, 0)


async def test_a_clerk_who_bought_before_shows_nothing_against_themselves(bank: Bank) -> None:
    order_id = await bank.paid()
    await bank.act(order_id, ChargebackVerb.RAISE)
    id, shop_id = (await bank.case(order_id)).id, bank.market.shop_id
    own = Actor("merchant", bank.shop.buyer)
    show = ShowEvidence(id=id, shop_id=shop_id, number=1, words="签收了，有照片。", actor=bank.shop.seller)
    async with bank.market.database.transaction() as tx:
        given = [replace(show, words="没有发货。", actor=own), show, replace(show, actor=own)]
        assert await show_evidence(tx, given) == [S.OWN_ORDER, S.DONE, S.OWN_ORDER]
        assert [each.words for each in (await store.get_evidence(tx, [id]))[id]] == ["签收了，有照片。"]


async def test_the_shop_shows_and_the_operator_answers(bank: Bank) -> None:
    order_id = await bank.paid()
    await bank.act(order_id, ChargebackVerb.RAISE)
    id, shop_id = (await bank.case(order_id)).id, bank.market.shop_id
    show = ShowEvidence(id=id, shop_id=shop_id, number=1, words="签收了，有照片。", actor=bank.shop.seller)
    answer = RepresentChargeback(id=id, argument="已签收，见底单。", actor=OPERATOR)
    async with bank.market.database.transaction() as tx:
        assert await show_evidence(
            tx,
            [
                replace(show, shop_id=new_id()),
                replace(show, number=2),
                replace(show, words=" "),
                replace(show, pictures=("/media/other",)),
                show,
                show,
                replace(show, words="别的"),
                replace(show, number=2, words="再说一句。"),
                replace(show, number=EVIDENCE_MAX + 1),
            ],
        ) == [
            S.CHARGEBACK_NOT_FOUND, S.NUMBER_TAKEN, S.WORDS_INVALID, S.PICTURES_INVALID, S.DONE, S.EXISTS,
            S.NUMBER_TAKEN, S.DONE, S.NUMBER_TAKEN,
        ]  # fmt: skip
        assert await represent_chargebacks(
            tx,
            [replace(answer, id=order_id), replace(answer, argument=""), answer, answer, replace(answer, argument="x")],
        ) == [S.CHARGEBACK_NOT_FOUND, S.WORDS_INVALID, S.DONE, S.EXISTS, S.NOT_ALLOWED_NOW]
    await bank.act(order_id, ChargebackVerb.WIN)
    async with bank.market.database.transaction() as tx:
        assert await show_evidence(tx, [replace(show, number=3, words="晚了")]) == [S.NOT_ALLOWED_NOW]
        assert await represent_chargebacks(tx, [replace(answer, argument="晚了")]) == [S.NOT_ALLOWED_NOW]
        assert len((await store.get_evidence(tx, [id]))[id]) == 2


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    reached, moves = {ChargebackState.RECEIVED}, {(t.source, t.target) for t in TRANSITIONS}
    for _ in ChargebackState:
        reached |= {target for source, target in moves if source in reached}
    assert reached == set(ChargebackState)
    assert {source for source, _ in moves} == {ChargebackState.RECEIVED, ChargebackState.REPRESENTED}


async def test_a_batch_locks_stock_before_the_ledger(bank: Bank) -> None:
    """T5 found batches that waited for each other in a circle: a second of each, until one was thrown out."""
    market = bank.market
    order_id, _ = await market.place(bank.shop.buyer)
    payment_id = await bank.pay(order_id)
    assert await bank.hear_early(order_id, payment_id) is ChargebackStatus.DONE
    await bank.settle()
    losing = EndChargeback(
        near=order_id, channel=sandbox.NAME, reference=f"CB{payment_id.hex}", is_won=False, actor=BY_CHANNEL
    )
    answers = await do_while_taken(market, end_chargebacks, [losing, losing], sku=market.skus[0])
    assert answers == [ChargebackStatus.DONE, ChargebackStatus.EXISTS]
    assert await market.stock() == (100, 0, 0)


async def test_a_refund_and_a_chargeback_at_once_pay_once(bank: Bank) -> None:
    order_ids = [await bank.received() for _ in range(3)]
    asked: list[AskCase] = [bank.shop.asking(order_id, CaseKind.REFUND, 1, PRICE) for order_id in order_ids]

    async def refund(command: AskCase) -> None:
        if await bank.shop.submit(command) is CaseStatus.DONE:
            await bank.shop.agree(command.id)

    await asyncio.gather(
        *(refund(command) for command in asked), *(bank.act(id, ChargebackVerb.RAISE) for id in order_ids)
    )
    await bank.settle()
    for order_id in order_ids:
        await bank.act(order_id, ChargebackVerb.LOSE)
        case = await bank.case(order_id)
        order = await bank.market.order(order_id)
        assert order.refunded == PRICE, "the shop paid once"
        assert case.held + case.borne == PRICE
    books = await bank.books()
    assert books[Code.CHARGEBACK_PENDING] == 0


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(tx: Transaction, data: st.DataObject) -> None:
    """Of two rows of payments that are alike, one's are taken and decided in batches, the other's one by one."""
    asked = data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from([True, False])), max_size=6)
    )
    answers = []
    for size in (len(asked) or 1, 1):
        near = [new_id() for _ in range(3)]
        near = [UUID(int=id.int & ~63) for id in near]
        take = [
            TakeChargeback(
                near=near[n],
                payment_id=near[n],
                order_id=None,
                shop_id=None,
                channel="x",
                reference=f"R{r}",
                amount=r,
                fee=0,
                reason="",
                respond_by=None,
                received_at=tx.now,
                actor=BY_CHANNEL,
            )
            for n, r, _ in asked
        ]
        end = [
            EndChargeback(near=near[n], channel="x", reference=f"R{r}", is_won=is_won, actor=BY_CHANNEL)
            for n, r, is_won in asked
        ]
        told: list[ChargebackStatus] = []
        for start in range(0, len(asked), size):
            told += await take_chargebacks(tx, take[start : start + size])
        for start in range(0, len(asked), size):
            told += await end_chargebacks(tx, end[start : start + size])
        answers.append(told)
    assert answers[0] == answers[1]
