"""The coupons of the demo town: a shop's, with a code and without; the platform's, one of them without its budget."""

from datetime import timedelta
from typing import Final
from uuid import UUID

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
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    Terms,
    claim_coupons,
    create_campaigns,
    move_campaigns,
)
from weiji.demo.people import BY_HANDLE, COLLEAGUE, stroller_id
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.ledger import chart
from weiji.payments import PayInOwnFunds, pay_in_own_funds
from weiji.program import Program

LASTS: Final = timedelta(days=60)
CLAIMERS: Final = 18
"""People of the street who claim the shop's coupon."""


def campaign_id(near: UUID, name: str) -> UUID:
    """Name a campaign, the same in every town."""
    return derive(near, "demo", "campaign", name)


async def offer_coupons(program: Program, shop: UUID) -> None:
    """Let a shop and the platform give coupons, and people claim some."""
    colleague, operator = Actor("staff", COLLEAGUE.id), Actor("staff", BY_HANDLE["wenshan"].id)
    now = clock.now()
    money = chart.TREASURY
    # Name, near whom, amount, threshold, how many, code.
    rows = (
        ("open", shop, "满 200 减 20", 2_000, 20_000, 200, None),
        ("code", shop, "老朋友减 5 元", 500, 0, 50, "桂花香里"),
        ("platform", money, "微集满 2000 减 100", 10_000, 200_000, 30, None),
        ("unfunded", money, "双十二满 100 减 8", 800, 10_000, 1_000, None),
    )
    commands = [
        CreateCampaign(
            id=campaign_id(near, name),
            shop_id=None if near is money else near,
            name=title,
            terms=Terms(amount=amount, threshold=threshold),
            quantity=quantity,
            per_person=1,
            starts_at=now,
            ends_at=now + LASTS,
            code=code,
            actor=operator,
        )
        for name, near, title, amount, threshold, quantity, code in rows
    ]
    created = await program.batchers.of(create_campaigns).submit_all(commands)
    assert set(created) == {CreateCampaignStatus.CREATED}, created
    platform = commands[2]
    budget = platform.quantity * platform.terms.amount
    own = PayInOwnFunds(id=derive(money, "demo", "own funds"), amount=2 * budget, actor=operator)
    await program.batchers.of(pay_in_own_funds).submit(own)
    deed = Adjustment(
        debit=Place(kind=PlaceKind.OWN_FUNDS),
        credit=Place(kind=PlaceKind.BUDGET, owner_id=platform.id),
        amount=budget,
    )
    asked = ProposeDeed(id=derive(platform.id, "budget"), deed=deed, reason="冬天的补贴。", actor=colleague)
    await program.batchers.of(propose_deeds).submit(asked)
    agreed = DecideProposal(id=asked.id, verdict=Verdict.APPROVE, hash=hash_of(asked.id, deed), actor=operator)
    await program.batchers.of(decide_proposals).submit(agreed)
    starts = [
        MoveCampaign(id=each.id, shop_id=each.shop_id, verb=CampaignVerb.START, actor=operator) for each in commands[:3]
    ]
    await program.batchers.of(move_campaigns).submit_all(starts)
    buyer = BY_HANDLE["xiaoyu"].id
    people = [(commands[0].id, stroller_id(number)) for number in range(CLAIMERS)]
    claims = [
        ClaimCoupon(
            id=derive(campaign, "claim", person),
            campaign_id=campaign,
            person_id=person,
            actor=Actor("buyer", person),
        )
        for campaign, person in [*people, (platform.id, buyer)]
    ]
    await program.batchers.of(claim_coupons, "campaign_id").submit_all(claims)
