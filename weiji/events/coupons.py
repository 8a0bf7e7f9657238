"""What coupons tell.

The stream is the shop, or the campaign where the platform pays; of what orders do with coupons it is the order's shop,
whoever pays.
"""

from typing import Literal
from uuid import UUID

from weiji.events.model import Event


class CampaignCreated(Event, frozen=True, kw_only=True):
    """A campaign of coupons was created; nobody can claim any yet."""

    campaign_id: UUID
    name: str
    amount: int
    percent: int
    threshold: int
    quantity: int


class CampaignMoved(Event, frozen=True, kw_only=True):
    """A campaign was started, paused, resumed or stopped."""

    campaign_id: UUID
    verb: Literal["start", "pause", "resume", "stop"]


class CouponClaimed(Event, frozen=True, kw_only=True):
    """Somebody has a coupon of a campaign."""

    campaign_id: UUID
    coupon_id: UUID
    person_id: UUID


class CouponUsed(Event, frozen=True, kw_only=True):
    """An order with a coupon was paid. The subject is the order."""

    campaign_id: UUID
    coupon_id: UUID
    person_id: UUID
    amount: int


class CouponReturned(Event, frozen=True, kw_only=True):
    """An order was wholly refunded, and its coupon can be used again. The subject is the order."""

    campaign_id: UUID
    coupon_id: UUID
    person_id: UUID


class CouponServed(Event, frozen=True, kw_only=True):
    """A shop used somebody's coupon at its till, took that back, or ended the coupon."""

    campaign_id: UUID
    coupon_id: UUID
    person_id: UUID
    verb: Literal["use", "take_back", "end"]
    amount: int
    """What the coupon takes off."""


class BudgetTouched(Event, frozen=True, kw_only=True):
    """What an order did to the budget of a campaign of the platform, or a prepaid one: to be booked where that lies."""

    campaign_id: UUID
    step: Literal["hold", "pay", "free", "return"]
    amount: int
    key: UUID
    """What holds the budget, or the refund: it is booked once."""
    is_prepaid: bool = False
    """Whether a shop set the money apart for coupons that its program sends, and not the platform."""


class BudgetReturned(Event, frozen=True, kw_only=True):
    """A campaign is over; what its budget had left is the operator's own again."""

    campaign_id: UUID
    amount: int
