"""The verbs of coupons. Each takes an open transaction and a batch, and answers every command.

Locks: campaigns, or coupons, each in id order; the ledger; the heads of streams. What orders call comes after their own
rows and before their stock.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from weiji.coupons import store
from weiji.coupons.model import (
    BookBudget,
    BookBudgetStatus,
    Campaign,
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponResult,
    Coupon,
    CouponState,
    CouponVerb,
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    ReturnBudget,
    ServeCoupon,
    ServeCouponStatus,
    Taking,
)
from weiji.coupons.rules import (
    Claims,
    book,
    campaign_of,
    fold_code,
    is_booked,
    judge_claims,
    judge_create,
    judge_move,
    judge_serve,
    return_budget,
)
from weiji.events import BY_CLOCK, NotYet, Occurrence, publish
from weiji.events.coupons import BudgetReturned, CampaignCreated, CampaignMoved, CouponClaimed, CouponServed
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Account, Kind, Transfer, chart, create_transfers, move
from weiji.payments import get_claims
from weiji.shops import get_barred


async def create_campaigns(tx: Transaction, commands: Sequence[CreateCampaign]) -> list[CreateCampaignStatus]:
    """Create campaigns; results are in the order of *commands*. Publishes CampaignCreated."""
    campaigns = await store.lock_campaigns(tx, {command.id for command in commands})
    codes = await store.find_codes(tx, {fold_code(command.code) for command in commands if command.code})
    new: list[Campaign] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        status = judge_create(campaigns, codes, command, tx.now)
        statuses.append(status)
        if status is not CreateCampaignStatus.CREATED:
            continue
        made = campaign_of(command, tx.now)
        campaigns[made.id] = made
        if made.code is not None:
            codes[made.code] = made.id
        new.append(made)
        event = CampaignCreated(
            campaign_id=made.id,
            name=made.name,
            amount=made.terms.amount,
            percent=made.terms.percent,
            threshold=made.terms.threshold,
            quantity=made.quantity,
        )
        told.append(Occurrence(event, made.shop_id or made.id, made.id, command.actor))
    if not await store.add_campaigns(tx, new):
        raise asyncpg.SerializationError("a code was taken by somebody faster")
    await publish(tx, told)
    return statuses


async def move_campaigns(tx: Transaction, commands: Sequence[MoveCampaign]) -> list[MoveCampaignStatus]:
    """Start, pause, resume and stop campaigns; results are in the order of *commands*. Publishes CampaignMoved.

    A campaign of the platform starts when its budget, which only coupons take from, covers every coupon of it; one that
    its shop prepays, when that has as much to withdraw.
    """
    campaigns = await store.lock_campaigns(tx, {command.id for command in commands})
    paying = {
        command.id
        for command in commands
        if command.verb is CampaignVerb.START and command.id in campaigns and campaigns[command.id].is_platform
    }
    budgets = await store.get_budgets(tx, paying)
    changed: dict[UUID, Campaign] = {}
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        campaign = campaigns.get(command.id)
        before = (campaign.state, campaign.started_at) if campaign else None
        status = judge_move(campaign, command, budgets.get(command.id, 0), tx.now)
        is_begun = campaign is not None and command.verb is CampaignVerb.START and status is MoveCampaignStatus.DONE
        if campaign is not None and before is not None and is_begun and not await _prepay(tx, campaign):
            campaign.state, campaign.started_at = before
            status = MoveCampaignStatus.BUDGET_MISSING
        statuses.append(status)
        if campaign is not None and status is MoveCampaignStatus.DONE:
            changed[campaign.id] = campaign
            event = CampaignMoved(campaign_id=campaign.id, verb=command.verb.value)
            told.append(Occurrence(event, campaign.shop_id or campaign.id, campaign.id, command.actor))
    await store.update_campaigns(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def _prepay(tx: Transaction, campaign: Campaign) -> bool:
    """Set apart what all coupons of a campaign take off, of what its shop may withdraw; False: it has less.

    It may come to other shops: who may withdraw nothing, or owes something, sets nothing apart.
    """
    if campaign.shop_id is None or campaign.terms.cashier is None or not campaign.terms.cashier.is_prepaid:
        return True
    if await get_barred(tx, [campaign.shop_id]) or (await get_claims(tx, [campaign.shop_id])).get(campaign.shop_id):
        return False
    shop, apart = chart.merchant_available(campaign.shop_id), chart.prepaid(campaign.id)
    # What was refused once is refused for ever under its id: each try has one of its own.
    id = new_id(campaign.id)
    (result,) = await create_transfers(
        tx, [move(campaign.id, id, shop, apart, campaign.cost_max, Kind.PREPAID)], [shop, apart]
    )
    return result.is_made


async def claim_coupons(tx: Transaction, commands: Sequence[ClaimCoupon]) -> list[ClaimCouponResult]:
    """Give each command a coupon, or say why not; results are in the order of *commands*.

    Every campaign named stays locked until *tx* ends: claims of one campaign take turns, and a batch of them is one
    update. Publishes CouponClaimed.
    """
    campaigns = await store.lock_campaigns(tx, {command.campaign_id for command in commands})
    known = [command for command in commands if command.campaign_id in campaigns]
    if not known:
        return judge_claims(Claims({}, {}, (), tx.now), commands)
    counts = await store.count_claims(tx, known)
    claimed = await store.find_claimed(tx, {command.id for command in known})
    state = Claims(campaigns, counts, claimed, tx.now)
    results = judge_claims(state, commands)
    if state.new:
        touched = {each.campaign_id for each in state.new}
        await store.update_campaigns(tx, [campaigns[id] for id in sorted(touched)])
        await store.add_coupons(tx, state.new, campaigns)
        actors = {command.id: command.actor for command in reversed(commands)}
        await publish(
            tx,
            [
                Occurrence(
                    CouponClaimed(campaign_id=each.campaign_id, coupon_id=each.id, person_id=each.person_id),
                    campaigns[each.campaign_id].shop_id or each.campaign_id,
                    each.campaign_id,
                    actors[each.id],
                )
                for each in state.new
            ],
        )
    return results


async def lock_campaigns(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Campaign]:
    """Lock campaigns until *tx* ends, so that none is moved meanwhile; those that are not there are left out."""
    return await store.lock_campaigns(tx, set(ids))


# What orders do


async def lock_coupons(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Coupon]:
    """Lock coupons that orders want to take, until *tx* ends; those that are not there are left out."""
    return await store.lock_coupons(tx, ids)


async def reserve_coupons(tx: Transaction, takings: Sequence[Taking]) -> None:
    """Write that orders that are placed have coupons, which are locked."""
    await store.take_coupons(tx, takings, CouponState.RESERVED)


async def use_coupons(tx: Transaction, takings: Sequence[Taking]) -> None:
    """Write that orders with coupons are paid."""
    await store.take_coupons(tx, takings, CouponState.USED)
    await store.note_uses_by_orders(tx, takings)


async def free_coupons(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Let coupons be used again, each named with the order that had it. Those whose time is over stay over."""
    await store.free_coupons(tx, pairs)
    await store.return_uses(tx, [(coupon_id, order_id, None) for coupon_id, order_id in pairs])


async def serve_coupons(tx: Transaction, commands: Sequence[ServeCoupon]) -> list[ServeCouponStatus]:
    """Use coupons at the tills of the shops that bear them, take that back, end them. Publishes CouponServed."""
    found = await store.lock_coupons(tx, {command.coupon_id for command in commands})
    past = await store.find_past_uses(tx, commands)
    changed: dict[UUID, Coupon] = {}
    used: list[tuple[Coupon, UUID]] = []
    returned: list[tuple[UUID, UUID, UUID | None]] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        coupon = found.get(command.coupon_id)
        before = coupon and coupon.order_id
        status = judge_serve(coupon, past, command, tx.now)
        statuses.append(status)
        if coupon is not None and status is ServeCouponStatus.DONE:
            changed[coupon.id] = coupon
            if command.verb is CouponVerb.USE and command.use_id:
                used.append((coupon, command.use_id))
            elif command.verb is CouponVerb.TAKE_BACK and before:
                returned.append((coupon.id, before, command.return_id))
            event = CouponServed(
                campaign_id=coupon.campaign_id,
                coupon_id=coupon.id,
                person_id=coupon.person_id,
                verb=command.verb.value,
                amount=coupon.terms.amount,
            )
            told.append(Occurrence(event, command.shop_id, coupon.campaign_id, command.actor))
    await store.serve_coupons(tx, list(changed.values()))
    await store.note_uses_at_tills(tx, used)
    await store.return_uses(tx, returned)
    await publish(tx, told)
    return statuses


# The budgets of the platform's campaigns


async def book_budgets(tx: Transaction, commands: Sequence[BookBudget]) -> list[BookBudgetStatus]:
    """Book what orders did to the budgets that pay for their coupons; results are in the order of *commands*.

    Each step makes what comes before it, where its news was faster. The budget covered every coupon when the campaign
    was started, and a coupon takes at most once what it is worth. But what an order let go of and another has is held
    twice, until somebody hears of the first: where there is less then, nothing is booked, and the news comes again.
    """
    transfers: list[Transfer] = []
    slices: list[slice] = []
    opening: dict[UUID, Account] = {}
    for command in commands:
        budget = (chart.prepaid if command.is_prepaid else chart.budget)(command.campaign_id)
        way = chart.transit(shard_of(command.campaign_id))
        opening |= {budget.id: budget, way.id: way}
        begin = len(transfers)
        transfers += book(command, budget, way)
        slices.append(slice(begin, len(transfers)))
    results = await create_transfers(tx, transfers, list(opening.values()))
    its = [results[each] for each in slices]
    if not all(is_booked(command, each) for command, each in zip(commands, its, strict=True)):
        raise NotYet(f"a budget has less than its coupons: {results}")
    return [BookBudgetStatus.BOOKED if each[-1].status == "created" else BookBudgetStatus.EXISTS for each in its]


async def return_budgets(tx: Transaction, commands: Sequence[ReturnBudget]) -> list[int]:
    """Give back what ended campaigns did not use; tell how much each had. Publishes BudgetReturned."""
    moves = [return_budget(command) for command in commands]
    results = await create_transfers(
        tx, [moved for moved, _ in moves], list({own.id: own for _, own in moves}.values())
    )
    told = [
        Occurrence(
            BudgetReturned(campaign_id=command.campaign_id, amount=result.amount),
            command.shop_id or command.campaign_id,
            command.campaign_id,
            BY_CLOCK,
        )
        for command, result in zip(commands, results, strict=True)
        if result.status == "created" and result.amount
    ]
    await publish(tx, told)
    return [result.amount for result in results]
