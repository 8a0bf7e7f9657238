"""What is decided about coupons: pure functions over what was read. Time is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.coupons.model import (
    AMOUNT_MAX,
    CATEGORIES_MAX,
    CODE_MAX,
    CODE_MIN,
    LASTS_MAX_DAYS,
    NAME_MAX,
    PER_PERSON_MAX,
    PERCENT_MAX,
    PRODUCTS_MAX,
    QUANTITY_MAX,
    THRESHOLD_MAX,
    VALID_DAYS_MAX,
    BookBudget,
    BookStep,
    Campaign,
    CampaignState,
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponResult,
    ClaimCouponStatus,
    Coupon,
    CouponState,
    CouponVerb,
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    PastUses,
    ReturnBudget,
    ServeCoupon,
    ServeCouponStatus,
)
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_line
from weiji.ledger import AMOUNT_MAX as LEDGER_MAX
from weiji.ledger import Account, Kind, Transfer, TransferFlags, TransferResult, TransferStatus, chart, move
from weiji.shops import NO_SHOP

CAMPAIGN_MOVES: Final[Mapping[CampaignVerb, tuple[frozenset[CampaignState], CampaignState]]] = {
    CampaignVerb.START: (frozenset({CampaignState.CREATED}), CampaignState.RUNNING),
    CampaignVerb.PAUSE: (frozenset({CampaignState.RUNNING}), CampaignState.PAUSED),
    CampaignVerb.RESUME: (frozenset({CampaignState.PAUSED}), CampaignState.RUNNING),
    CampaignVerb.STOP: (
        frozenset({CampaignState.CREATED, CampaignState.RUNNING, CampaignState.PAUSED}),
        CampaignState.STOPPED,
    ),
}
"""From which states a verb leads to which."""

COUPON_MOVES: Final[Mapping[CouponState, frozenset[CouponState]]] = {
    # Used at once: at a till, or by an order whose money comes once it was closed.
    CouponState.UNUSED: frozenset({CouponState.RESERVED, CouponState.USED}),
    CouponState.RESERVED: frozenset({CouponState.USED, CouponState.UNUSED}),
    CouponState.USED: frozenset({CouponState.UNUSED}),
}
"""What may become of a coupon."""

_C = CreateCampaignStatus


def fold_code(code: str) -> str:
    """Make of a code what it is known by: people type it as they like."""
    return code.strip().lower()


def read_code(text: str) -> str | None:
    """Read what somebody typed as a code; None if it can't be one."""
    folded = fold_code(text)
    is_word = CODE_MIN <= len(folded) <= CODE_MAX and folded.isprintable() and not any(c.isspace() for c in folded)
    return folded if is_word else None


def check_campaign(command: CreateCampaign, now: datetime) -> CreateCampaignStatus | None:
    """Say what is wrong with a campaign by itself; None if nothing is."""
    terms = command.terms
    if command.shop_id == NO_SHOP:
        return _C.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id or chart.TREASURY):
        return _C.ID_IN_ANOTHER_SHARD
    if not is_line(command.name, NAME_MAX):
        return _C.NAME_INVALID
    if not 1 <= terms.amount <= AMOUNT_MAX or (not terms.percent and 0 < terms.threshold <= terms.amount):
        return _C.AMOUNT_OUT_OF_RANGE
    if not 0 <= terms.percent <= PERCENT_MAX:
        return _C.PERCENT_OUT_OF_RANGE
    if not 0 <= terms.threshold <= THRESHOLD_MAX:
        return _C.THRESHOLD_OUT_OF_RANGE
    if (
        (terms.product_ids and terms.category_ids)
        or len(terms.product_ids) > PRODUCTS_MAX
        or len(terms.category_ids) > CATEGORIES_MAX
    ):
        return _C.SCOPE_INVALID
    if not 1 <= command.quantity <= QUANTITY_MAX:
        return _C.QUANTITY_OUT_OF_RANGE
    if not 1 <= command.per_person <= PER_PERSON_MAX:
        return _C.PER_PERSON_OUT_OF_RANGE
    starts, ends, most = command.starts_at, command.ends_at, timedelta(days=LASTS_MAX_DAYS)
    if ends <= now or not timedelta() < ends - starts <= most or starts > now + most:
        return _C.TIME_INVALID
    if not 0 <= command.valid_days <= VALID_DAYS_MAX:
        return _C.VALID_DAYS_OUT_OF_RANGE
    if command.code is not None and read_code(command.code) is None:
        return _C.CODE_INVALID
    return None


def campaign_of(command: CreateCampaign, now: datetime) -> Campaign:
    """Make the campaign that a command asks for."""
    return Campaign(
        id=command.id,
        shop_id=command.shop_id,
        name=command.name,
        state=CampaignState.CREATED,
        terms=command.terms,
        quantity=command.quantity,
        claimed=0,
        per_person=command.per_person,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        valid_days=command.valid_days,
        code=fold_code(command.code) if command.code is not None else None,
        created_at=now,
    )


_SAME: Final = ("shop_id", "name", "terms", "quantity", "per_person", "starts_at", "ends_at", "valid_days", "code")


def judge_create(
    campaigns: Mapping[UUID, Campaign], codes: Mapping[str, UUID], command: CreateCampaign, now: datetime
) -> CreateCampaignStatus:
    """Judge whether a campaign may be created, where those of the same ids and codes are as given."""
    found = campaigns.get(command.id)
    if found is not None:
        asked = campaign_of(command, now)
        is_same = all(getattr(found, name) == getattr(asked, name) for name in _SAME)
        return _C.EXISTS if is_same else _C.EXISTS_WITH_DIFFERENT_CAMPAIGN
    wrong = check_campaign(command, now)
    if wrong is not None:
        return wrong
    if command.code is not None and fold_code(command.code) in codes:
        return _C.CODE_TAKEN
    return _C.CREATED


def judge_move(campaign: Campaign | None, command: MoveCampaign, budget: int, now: datetime) -> MoveCampaignStatus:
    """Move a campaign, which is changed. *budget* is what the platform has set apart for it."""
    if campaign is None or campaign.shop_id != command.shop_id:
        return MoveCampaignStatus.CAMPAIGN_NOT_FOUND
    before, after = CAMPAIGN_MOVES[command.verb]
    if campaign.state is after:
        return MoveCampaignStatus.EXISTS
    is_late = command.verb is not CampaignVerb.STOP and campaign.ends_at <= now
    if campaign.state not in before or is_late:
        return MoveCampaignStatus.NOT_ALLOWED_NOW
    if command.verb is CampaignVerb.START and campaign.is_platform and budget < campaign.cost_max:
        return MoveCampaignStatus.BUDGET_MISSING
    campaign.state = after
    if command.verb is CampaignVerb.START:
        campaign.started_at = now
    if after is CampaignState.STOPPED:
        campaign.stopped_at = now
    return MoveCampaignStatus.DONE


class Claimed(Struct, frozen=True, kw_only=True):
    """A coupon that was claimed."""

    id: UUID
    campaign_id: UUID
    person_id: UUID
    place: int
    """It is this person's first of the campaign, their second …"""
    expires_at: datetime


class Claims:
    """What claims are judged against: campaigns, how many each person has, and coupons of the ids that are asked."""

    def __init__(
        self,
        campaigns: Mapping[UUID, Campaign],
        counts: Mapping[tuple[UUID, UUID], int],
        claimed: Iterable[Claimed],
        now: datetime,
    ) -> None:
        self.campaigns = dict(campaigns)
        self.counts = dict(counts)
        self.claimed = {each.id: each for each in claimed}
        self.now = now
        self.new: list[Claimed] = []

    def claim(self, command: ClaimCoupon) -> ClaimCouponResult:
        """Give somebody a coupon, or say why not."""
        status = self._judge(command)
        found = self.claimed.get(command.id)
        if status is ClaimCouponStatus.EXISTS:
            assert found is not None
            return ClaimCouponResult(status=status, expires_at=found.expires_at)
        if status is not ClaimCouponStatus.CLAIMED:
            return ClaimCouponResult(status=status)
        campaign = self.campaigns[command.campaign_id]
        key = (campaign.id, command.person_id)
        place = self.counts[key] = self.counts.get(key, 0) + 1
        made = Claimed(
            id=command.id,
            campaign_id=campaign.id,
            person_id=command.person_id,
            place=place,
            expires_at=self.now + timedelta(days=campaign.valid_days) if campaign.valid_days else campaign.ends_at,
        )
        campaign.claimed += 1
        self.claimed[made.id] = made
        self.new.append(made)
        return ClaimCouponResult(status=status, expires_at=made.expires_at)

    def _judge(self, command: ClaimCoupon) -> ClaimCouponStatus:
        campaign = self.campaigns.get(command.campaign_id)
        if campaign is None or campaign.state is CampaignState.CREATED:
            return ClaimCouponStatus.CAMPAIGN_NOT_FOUND
        found = self.claimed.get(command.id)
        if found is not None:
            is_same = (found.campaign_id, found.person_id) == (command.campaign_id, command.person_id)
            return ClaimCouponStatus.EXISTS if is_same else ClaimCouponStatus.ID_TAKEN
        if shard_of(command.id) != shard_of(campaign.id):
            return ClaimCouponStatus.ID_TAKEN
        if campaign.code is not None and fold_code(command.code or "") != campaign.code:
            return ClaimCouponStatus.CAMPAIGN_NOT_FOUND
        if campaign.state is not CampaignState.RUNNING or not campaign.starts_at <= self.now < campaign.ends_at:
            return ClaimCouponStatus.NOT_NOW
        if self.counts.get((campaign.id, command.person_id), 0) >= campaign.per_person:
            return ClaimCouponStatus.PERSON_HAS_ALL
        if not campaign.left:
            return ClaimCouponStatus.ALL_CLAIMED
        return ClaimCouponStatus.CLAIMED


def judge_claims(state: Claims, commands: Sequence[ClaimCoupon]) -> list[ClaimCouponResult]:
    """Answer each command as if it came alone, after the ones before it."""
    return [state.claim(command) for command in commands]


def judge_serve(coupon: Coupon | None, past: PastUses, command: ServeCoupon, now: datetime) -> ServeCouponStatus:
    """Judge what a shop does to a coupon; it and what happened before are changed."""
    if command.use_id is None and (command.verb is CouponVerb.USE or _names_no_return(command)):
        return ServeCouponStatus.USE_ID_MISSING
    if coupon is None or coupon.shop_id is None or coupon.shop_id != command.shop_id:
        return ServeCouponStatus.COUPON_NOT_FOUND
    match command.verb:
        case CouponVerb.USE:
            return _judge_use(coupon, past, command, now)
        case CouponVerb.TAKE_BACK:
            return _judge_take_back(coupon, past, command)
        case CouponVerb.END:
            if coupon.state is not CouponState.UNUSED:
                return ServeCouponStatus.TAKEN
            if coupon.expires_at <= now:
                return ServeCouponStatus.EXISTS
            coupon.expires_at = coupon.ended_at = now
            return ServeCouponStatus.DONE


def _names_no_return(command: ServeCoupon) -> bool:
    return command.verb is CouponVerb.TAKE_BACK and command.return_id is None


def _judge_use(coupon: Coupon, past: PastUses, command: ServeCoupon, now: datetime) -> ServeCouponStatus:
    assert command.use_id, "each use has an id"
    use = coupon.id, command.use_id
    if coupon.order_id == command.use_id:
        return ServeCouponStatus.EXISTS if coupon.at_till else ServeCouponStatus.TAKEN
    if use in past.uses:
        return ServeCouponStatus.EXISTS
    if coupon.terms.percent or coupon.terms.is_for_cashiers:
        return ServeCouponStatus.NOT_AT_TILLS
    if coupon.state is not CouponState.UNUSED:
        return ServeCouponStatus.TAKEN
    if not coupon.starts_at <= now < coupon.expires_at:
        return ServeCouponStatus.NOT_NOW
    coupon.state, coupon.order_id, coupon.at_till = CouponState.USED, command.use_id, True
    past.uses.add(use)
    return ServeCouponStatus.DONE


def _judge_take_back(coupon: Coupon, past: PastUses, command: ServeCoupon) -> ServeCouponStatus:
    if command.return_id is not None and (coupon.id, command.return_id) in past.returns:
        return ServeCouponStatus.EXISTS
    is_this = coupon.at_till and command.use_id in (None, coupon.order_id)
    if not coupon.at_till and command.use_id is not None and command.use_id == coupon.order_id:
        return ServeCouponStatus.TAKEN  # An order has it.
    if command.use_id is not None and not is_this and (coupon.id, command.use_id) in past.uses:
        return ServeCouponStatus.EXISTS
    if coupon.state is CouponState.UNUSED:
        return ServeCouponStatus.NOT_USED
    if not is_this:
        return ServeCouponStatus.TAKEN
    coupon.state, coupon.order_id, coupon.at_till = CouponState.UNUSED, None, False
    if command.return_id is not None:
        past.returns.add((coupon.id, command.return_id))
    return ServeCouponStatus.DONE


def allowed_from(state: CouponState) -> list[CouponState]:
    """List where a coupon may be that an order takes; that it is so already is no mistake."""
    return [before for before, after in COUPON_MOVES.items() if state in after or before is state]


def is_free_still(coupon: Coupon | None, now: datetime) -> bool:
    """Tell whether an order that was closed may have a coupon again that it had.

    The time of a shop's may have run out meanwhile: the order was placed in time. Behind one of the platform's there
    may be no budget then.
    """
    return (
        coupon is not None
        and coupon.state is CouponState.UNUSED
        and (not coupon.is_platform or now < coupon.expires_at)
    )


def book(command: BookBudget, budget: Account, way: Account) -> list[Transfer]:
    """Say what a step of an order moves of a budget, with what comes before it."""
    campaign, order = command.campaign_id, command.order_id
    if command.step is BookStep.RETURN:
        id = derive(campaign, "return", order, command.key)
        return [move(order, id, way, budget, command.amount, Kind.SUBSIDY_RETURNED)]
    hold = derive(campaign, "hold", order, command.key)
    held = move(order, hold, budget, way, command.amount, Kind.SUBSIDY, TransferFlags.PENDING)
    if command.step is BookStep.HOLD:
        return [held]
    is_paid = command.step is BookStep.PAY
    flags = TransferFlags.POST_PENDING_TRANSFER if is_paid else TransferFlags.VOID_PENDING_TRANSFER
    ended = Transfer(
        id=derive(campaign, command.step, order, command.key),
        pending_id=hold,
        amount=command.amount,
        flags=flags,
        journal_id=order,
    )
    return [held, ended]


_LET_GO: Final[Mapping[BookStep, tuple[TransferStatus, ...]]] = {
    BookStep.FREE: (TransferStatus.EXCEEDS_CREDITS, TransferStatus.ID_ALREADY_FAILED),
    BookStep.HOLD: (TransferStatus.ID_ALREADY_FAILED,),
}


def is_booked(command: BookBudget, results: Sequence[TransferResult]) -> bool:
    """Tell whether the ledger took a step; else nothing of it may stay, and it comes again.

    What an order let go of before it was held needs no room: it is never held, since the ledger remembers that it
    refused it.
    """
    return all(result.is_made for result in results) or results[0].status in _LET_GO.get(command.step, ())


def return_budget(command: ReturnBudget) -> tuple[Transfer, Account]:
    """Say what an ended campaign did not use, and whose account it goes to."""
    id, shop_id = command.campaign_id, command.shop_id
    budget = chart.prepaid(id) if shop_id else chart.budget(id)
    own = chart.merchant_available(shop_id) if shop_id else chart.own_funds(shard_of(id))
    kind = Kind.PREPAID if shop_id else Kind.BUDGET_RETURNED
    # Balancing: whatever is left, by the ledger's own count.
    flags = TransferFlags.BALANCING_DEBIT
    return move(id, derive(id, "ended", command.at.date()), budget, own, LEDGER_MAX, kind, flags), own


def word_of(coupon: Coupon, now: datetime) -> str:
    """Say how a coupon stands for its owner: one of usable, waiting, reserved, used, ended, expired."""
    if coupon.state is CouponState.USED:
        return "used"
    if coupon.state is CouponState.RESERVED:
        return "reserved"
    if coupon.ended_at is not None:
        return "ended"
    if coupon.expires_at <= now:
        return "expired"
    return "usable" if coupon.starts_at <= now else "waiting"
