"""Campaigns and coupons for tests."""

from datetime import timedelta
from uuid import UUID

from tests.orders.market import ADDRESS, Market
from weiji import coupons
from weiji.approvals import (
    Adjustment,
    DecideProposal,
    Place,
    PlaceKind,
    ProposeDeed,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.coupons import (
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponStatus,
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    Terms,
)
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import OrderItem, PlaceOrder, PlaceResult
from weiji.orders import operations as orders
from weiji.payments import PayInOwnFunds, pay_in_own_funds

TEN_OFF = Terms(amount=1_000, threshold=5_000)


def creating(shop_id: UUID | None, terms: Terms = TEN_OFF, **facts: object) -> CreateCampaign:
    """Make the command that creates a campaign, which runs for a month from now."""
    now = clock.now()
    given: dict[str, object] = {
        "id": new_id(shop_id or chart.TREASURY),
        "shop_id": shop_id,
        "name": "满 50 减 10",
        "terms": terms,
        "quantity": 10,
        "per_person": 2,
        "starts_at": now - timedelta(minutes=1),
        "ends_at": now + timedelta(days=30),
        "actor": BY_SYSTEM,
    }
    return CreateCampaign(**(given | facts))  # type: ignore[arg-type]


def claiming(campaign_id: UUID, person_id: UUID, **facts: object) -> ClaimCoupon:
    """Make the command that claims a coupon."""
    given: dict[str, object] = {
        "id": new_id(campaign_id),
        "campaign_id": campaign_id,
        "person_id": person_id,
        "actor": Actor("buyer", person_id),
    }
    return ClaimCoupon(**(given | facts))  # type: ignore[arg-type]


async def fund_budget(tx: Transaction, campaign_id: UUID, amount: int) -> None:
    """Fill a budget: the operator pays money in, one of the staff proposes, another approves."""
    maker, checker = (Actor("staff", new_id()) for _ in range(2))
    await pay_in_own_funds(tx, [PayInOwnFunds(id=new_id(chart.TREASURY), amount=amount, actor=maker)])
    deed = Adjustment(
        debit=Place(kind=PlaceKind.OWN_FUNDS),
        credit=Place(kind=PlaceKind.BUDGET, owner_id=campaign_id),
        amount=amount,
    )
    id = new_id(campaign_id)
    await propose_deeds(tx, [ProposeDeed(id=id, deed=deed, reason="补贴", actor=maker)])
    verdict = DecideProposal(id=id, verdict=Verdict.APPROVE, hash=hash_of(id, deed), actor=checker)
    (decided,) = await decide_proposals(tx, [verdict])
    assert decided.status == "approved", decided


async def start(market: Market, shop_id: UUID | None, terms: Terms = TEN_OFF, **facts: object) -> UUID:
    """Create a campaign, fill its budget if the platform pays, and start it."""
    command = creating(shop_id, terms, **facts)
    async with market.database.transaction() as tx:
        assert await coupons.create_campaigns(tx, [command]) == [CreateCampaignStatus.CREATED]
    if shop_id is None:
        async with market.database.transaction() as tx:
            await fund_budget(tx, command.id, command.quantity * terms.amount)
    async with market.database.transaction() as tx:
        move = MoveCampaign(id=command.id, shop_id=shop_id, verb=CampaignVerb.START, actor=BY_SYSTEM)
        assert await coupons.move_campaigns(tx, [move]) == [MoveCampaignStatus.DONE]
    return command.id


async def claim(market: Market, campaign_id: UUID, person_id: UUID) -> UUID:
    """Claim a coupon."""
    command = claiming(campaign_id, person_id)
    result = await market.batchers.of(coupons.claim_coupons, "campaign_id").submit(command)
    assert result.status is ClaimCouponStatus.CLAIMED
    return command.id


async def place_with(
    market: Market, buyer: UUID, coupon_ids: tuple[UUID, ...], reduction: int, quantities: tuple[int, ...] = (1,)
) -> tuple[UUID, PlaceResult]:
    """Place an order with coupons."""
    command = PlaceOrder(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        buyer_id=buyer,
        buyer_name="买家",
        items=tuple(
            OrderItem(sku, quantity, price)
            for sku, price, quantity in zip(market.skus, market.prices, quantities, strict=False)
        ),
        address=ADDRESS,
        coupon_ids=coupon_ids,
        reduction=reduction,
        actor=Actor("buyer", buyer),
    )
    return command.id, await market.batchers.of(orders.place_orders).submit(command)


async def subsidy_money(market: Market, campaign_id: UUID, order_id: UUID) -> dict[str, int]:
    """Say where the money of a campaign's budget is, as to one order."""
    return {
        "budget": await market.balance(chart.budget(campaign_id).id),
        "escrow_subsidy": await market.balance(chart.escrow_subsidy(order_id).id),
        "pending": await market.balance(chart.merchant_pending(market.shop_id).id),
        "escrow": await market.balance(chart.escrow(order_id).id),
    }
