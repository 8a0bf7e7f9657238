"""Proves trades with coupons: the buyer's money and the subsidy stay apart, and both end where they came from."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.coupons.examples import claim, creating, fund_budget, place_with, start, subsidy_money
from tests.orders.market import Market, do_while_taken, open_market
from weiji import coupons
from weiji.chargebacks import ChargebackStatus, EndChargeback, TakeChargeback, end_chargebacks, take_chargebacks
from weiji.coupons import CampaignVerb, CouponState, MoveCampaign, MoveCampaignStatus, Terms
from weiji.coupons.handlers import Reactions as CouponReactions
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import chart, get_trial_balance, lookup_accounts, verify
from weiji.orders import MoveStatus, PlaceStatus, RefundOrder, State
from weiji.orders import operations as orders
from weiji.orders.model import TakePayment, TakeStatus

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BUDGET = 10_000
"""Ten coupons of ten yuan."""


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market
        assert (await verify(database)).defects == []
        async with database.read() as reader:
            for row in await get_trial_balance(reader):
                if row["code"] == chart.Code.TRANSIT:
                    assert row["debits_posted"] == row["credits_posted"], "all is quiet, and money is on its way"


async def state_of(market: Market, buyer: UUID, coupon_id: UUID) -> CouponState:
    async with market.database.read() as reader:
        found = await coupons.list_coupons(reader, buyer, "", clock.now(), None, 50)
    return next(coupon.state for coupon, _, _ in found if coupon.id == coupon_id)


async def paid_with_subsidy(market: Market) -> tuple[UUID, UUID, UUID, UUID]:
    """Pay 8,800 for goods of 9,800 with a coupon of the platform: campaign, buyer, coupon, order."""
    buyer = new_id()
    await market.fund([buyer], 50_000)
    campaign_id = await start(market, None)
    coupon_id = await claim(market, campaign_id, buyer)
    order_id, placed = await place_with(market, buyer, (coupon_id,), 1_000)
    assert (placed.status, placed.total) == (PlaceStatus.PLACED, 8_800)
    await market.settle_events()
    assert await state_of(market, buyer, coupon_id) is CouponState.RESERVED
    async with market.database.read() as reader:
        (budget,) = await lookup_accounts(reader, [chart.budget(campaign_id).id])
    assert (budget.debits_pending, budget.available) == (1_000, BUDGET - 1_000), "placing holds the budget"
    await market.pay(buyer, order_id)
    assert await state_of(market, buyer, coupon_id) is CouponState.USED
    assert await subsidy_money(market, campaign_id, order_id) == {
        "budget": BUDGET - 1_000,
        "escrow_subsidy": 1_000,
        "pending": 0,
        "escrow": 8_800,
    }
    return campaign_id, buyer, coupon_id, order_id


async def test_the_shop_is_paid_gross_and_the_subsidy_never_becomes_the_buyer_s(market: Market) -> None:
    campaign_id, buyer, _, order_id = await paid_with_subsidy(market)
    await market.ship(order_id)
    assert await market.confirm(buyer, order_id) is MoveStatus.DONE
    assert await subsidy_money(market, campaign_id, order_id) == {
        "budget": BUDGET - 1_000,
        "escrow_subsidy": 0,
        "pending": 9_800,
        "escrow": 0,
    }
    await market.turn(DAY + MINUTE)
    assert (await market.money(buyer, order_id))["available"] == 9_800
    async with market.database.read() as reader:
        shown = await coupons.get_campaign(reader, campaign_id)
        unasked = await coupons.get_campaign(reader, campaign_id, has_effect=False)
    assert shown is not None
    assert unasked is not None
    assert (shown.effect.used, shown.effect.amount, shown.effect.sales) == (1, 1_000, 9_800)
    assert (unasked.campaign, unasked.effect.used) == (shown.campaign, 0), "nothing is added up"


async def test_a_whole_refund_gives_each_its_own_and_the_coupon_back(market: Market) -> None:
    campaign_id, buyer, coupon_id, order_id = await paid_with_subsidy(market)
    refund = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
    assert await market.batchers.of(orders.refund_orders, "order_id").submit(refund) is MoveStatus.DONE
    await market.settle_events()
    assert await subsidy_money(market, campaign_id, order_id) == {
        "budget": BUDGET,
        "escrow_subsidy": 0,
        "pending": 0,
        "escrow": 0,
    }
    assert await market.balance(chart.wallet(buyer).id) == 50_000
    order = await market.order(order_id)
    assert (order.refunded, order.subsidy_refunded) == (8_800, 1_000)
    assert await state_of(market, buyer, coupon_id) is CouponState.UNUSED
    # And it can be used again.
    _, placed = await place_with(market, buyer, (coupon_id,), 1_000)
    assert placed.status is PlaceStatus.PLACED


async def test_a_lost_chargeback_before_receipt_gives_the_coupon_back(market: Market) -> None:
    """The payer has their money again, and no goods: the coupon is theirs as after any other whole refund."""
    campaign_id, buyer, coupon_id, order_id = await paid_with_subsidy(market)
    payment_id = (await market.order(order_id)).payment_id
    assert payment_id
    take = TakeChargeback(
        near=order_id, payment_id=payment_id, order_id=order_id, shop_id=market.shop_id, channel="x", reference="R",
        amount=8_800, fee=0, reason="", respond_by=None, received_at=clock.now(), actor=BY_CHANNEL,
    )  # fmt: skip
    end = EndChargeback(near=order_id, channel="x", reference="R", is_won=False, actor=BY_CHANNEL)
    assert await market.batchers.of(take_chargebacks, "near").submit(take) is ChargebackStatus.DONE
    # Locks are taken in the order in which an order is placed: coupons, then stock.
    assert await do_while_taken(market, end_chargebacks, [end], coupon_id=coupon_id) == [ChargebackStatus.DONE]
    await market.settle_events()
    money = await subsidy_money(market, campaign_id, order_id)
    assert money == {"budget": BUDGET, "escrow_subsidy": 0, "pending": 0, "escrow": 0}
    assert await state_of(market, buyer, coupon_id) is CouponState.UNUSED


async def test_closing_frees_the_coupon_and_a_late_payment_takes_it_again(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    campaign_id = await start(market, None)
    coupon_id = await claim(market, campaign_id, buyer)
    order_id, _ = await place_with(market, buyer, (coupon_id,), 1_000)
    await market.turn(31 * MINUTE)
    assert (await market.order(order_id)).state is State.CLOSED
    assert await state_of(market, buyer, coupon_id) is CouponState.UNUSED
    async with market.database.read() as reader:
        (budget,) = await lookup_accounts(reader, [chart.budget(campaign_id).id])
    assert budget.available == BUDGET
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.PAID
    assert await state_of(market, buyer, coupon_id) is CouponState.USED
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == BUDGET - 1_000


async def test_a_late_payment_goes_back_if_its_coupon_is_another_order_s(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    coupon_id = await claim(market, await start(market, market.shop_id), buyer)
    order_id, _ = await place_with(market, buyer, (coupon_id,), 1_000)
    await market.turn(31 * MINUTE)
    await place_with(market, buyer, (coupon_id,), 1_000)
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.CLOSED
    assert await market.balance(chart.wallet(buyer).id) == 50_000


async def test_of_payments_in_time_and_late_coupons_are_locked_before_stock(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        buyer = new_id()
        await market.fund([buyer], 50_000)
        coupon_id = await claim(market, await start(market, market.shop_id), buyer)
        late, _ = await market.place(buyer)
        await market.close(Actor("buyer", buyer), late)
        in_time, _ = await place_with(market, buyer, (coupon_id,), 1_000)
        taking = [
            TakePayment(
                order_id=order_id,
                payment_id=new_id(buyer),
                payer_id=buyer,
                shop_id=market.shop_id,
                amount=amount,
                channel="balance",
                actor=BY_CHANNEL,
            )
            for order_id, amount in ((late, 9_800), (in_time, 8_800))
        ]
        answers = await do_while_taken(market, orders.take_payments, taking, coupon_id=coupon_id)
        assert answers == [TakeStatus.HELD] * 2


async def test_a_shop_s_coupon_is_borne_by_the_shop(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    coupon_id = await claim(market, await start(market, market.shop_id), buyer)
    order_id, placed = await place_with(market, buyer, (coupon_id,), 1_000)
    assert placed.total == 8_800
    await market.pay(buyer, order_id)
    await market.ship(order_id)
    await market.confirm(buyer, order_id)
    await market.turn(DAY + MINUTE)
    order = await market.order(order_id)
    assert (order.discount, order.subsidy, order.fee) == (1_000, 0, 0)
    assert (await market.money(buyer, order_id))["available"] == 8_800


async def test_who_is_refused(market: Market) -> None:
    buyer, other = new_id(), new_id()
    campaign_id = await start(market, market.shop_id, Terms(amount=1_000, threshold=9_801))
    coupon_id, foreign = await claim(market, campaign_id, buyer), await claim(market, campaign_id, other)
    refused = PlaceStatus.COUPON_NOT_USABLE
    for ids in ((coupon_id,), (foreign,), (new_id(),), (coupon_id, foreign)):
        assert (await place_with(market, buyer, ids, 1_000))[1].status is refused, ids
    assert (await place_with(market, buyer, (coupon_id,), 999, (2,)))[1].status is PlaceStatus.REDUCTION_CHANGED
    assert (await place_with(market, buyer, (), 1_000))[1].status is PlaceStatus.REDUCTION_CHANGED
    both = await asyncio.gather(*(place_with(market, buyer, (coupon_id,), 1_000, (2,)) for _ in range(4)))
    assert sorted(placed.status for _, placed in both) == [refused] * 3 + [PlaceStatus.PLACED]


async def test_what_an_ended_campaign_did_not_use_is_the_operator_s_again(market: Market) -> None:
    campaign_id, _, _, order_id = await paid_with_subsidy(market)
    reactions = CouponReactions(market.batchers)
    await reactions.return_budgets(market.database, 100)
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == BUDGET - 1_000, "it is not over"
    await market.turn(31 * DAY)
    await reactions.return_budgets(market.database, 100)
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == 0
    assert await market.balance(chart.own_funds(0).id) >= BUDGET - 1_000


async def test_a_budget_stays_until_it_has_heard_of_a_coupon_that_was_used_late(market: Market) -> None:
    campaign_id, _, _, order_id = await paid_with_subsidy(market)
    await market.ship(order_id)
    await market.turn(32 * DAY)
    # An order at the cashier may have had its coupon past its time, and be paid just now.
    async with market.database.transaction() as tx:
        done = await tx.connection.execute(
            "update coupons.coupons set used_at = $2 where shard = $1 and campaign_id = $3 and state = 'used'",
            shard_of(campaign_id),
            clock.now(),
            campaign_id,
        )
    assert done == "UPDATE 1"
    reactions = CouponReactions(market.batchers)
    await reactions.return_budgets(market.database, 100)
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == BUDGET - 1_000
    await market.turn(DAY + MINUTE)
    await reactions.return_budgets(market.database, 100)
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == 0


async def moved(market: Market, campaign_id: UUID, verb: CampaignVerb) -> None:
    """Do something to a campaign of the platform."""
    async with market.database.transaction() as tx:
        move = MoveCampaign(id=campaign_id, shop_id=None, verb=verb, actor=BY_SYSTEM)
        assert await coupons.move_campaigns(tx, [move]) == [MoveCampaignStatus.DONE]


async def test_the_budget_of_a_campaign_that_was_never_started_is_the_operator_s_again(market: Market) -> None:
    commands = [creating(None), creating(None)]
    budgets = [chart.budget(command.id).id for command in commands]
    async with market.database.transaction() as tx:
        await coupons.create_campaigns(tx, commands)
    for command in commands:
        async with market.database.transaction() as tx:
            await fund_budget(tx, command.id, BUDGET)
    reactions = CouponReactions(market.batchers)
    await reactions.return_budgets(market.database, 100)
    assert [await market.balance(id) for id in budgets] == [BUDGET, BUDGET], "they may be started yet"
    for command in commands:
        await moved(market, command.id, CampaignVerb.STOP)
    await reactions.return_budgets(market.database, 1)
    assert [await market.balance(id) for id in budgets] == [0, 0], "however many there are"


async def test_a_budget_stays_while_a_used_coupon_may_come_back_and_take_more(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 500_000)
    campaign_id = await start(market, None, Terms(amount=2_000, percent=10), quantity=1)
    coupon_id = await claim(market, campaign_id, buyer)
    order_id, _ = await place_with(market, buyer, (coupon_id,), 980)
    await market.pay(buyer, order_id)
    await moved(market, campaign_id, CampaignVerb.STOP)
    await CouponReactions(market.batchers).return_budgets(market.database, 100)
    refund = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
    await market.batchers.of(orders.refund_orders, "order_id").submit(refund)
    await market.settle_events()
    order_id, placed = await place_with(market, buyer, (coupon_id,), 1_960, (2,))
    assert placed.status is PlaceStatus.PLACED
    await market.pay(buyer, order_id)
    assert (await subsidy_money(market, campaign_id, order_id))["budget"] == 40


async def test_a_late_payment_goes_back_if_the_platform_s_coupon_is_over(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 50_000)
    campaign_id = await start(market, None)
    coupon_id = await claim(market, campaign_id, buyer)
    order_id, _ = await place_with(market, buyer, (coupon_id,), 1_000)
    await market.turn(32 * DAY)
    await CouponReactions(market.batchers).return_budgets(market.database, 100)
    assert await market.balance(chart.budget(campaign_id).id) == 0
    await market.pay(buyer, order_id)
    assert (await market.order(order_id)).state is State.CLOSED
    assert await market.balance(chart.wallet(buyer).id) == 50_000
