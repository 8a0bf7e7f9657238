"""The words of trade over the protocol: merchant orders, their payments, closings, refunds."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive


class Kind(StrEnum):
    """Where the payer is when an order is made: how it comes to the cashier."""

    JSAPI = "jsapi"
    NATIVE = "native"
    APP = "app"
    H5 = "h5"
    CODE = "code"
    """At the merchant's till, with a code that is scanned."""


class State(StrEnum):
    """Where a merchant order stands."""

    OPEN = "open"
    PAID = "paid"
    """Its money came: it is with the shop, in escrow, shared, or on its way back, by the columns."""
    CLOSED = "closed"


def order_id_of(shop_id: UUID, caller_mchid: str, number: str) -> UUID:
    """Make the id of an order: whoever asks again with the same number means the same one."""
    return derive(shop_id, "merchant order", caller_mchid, number)


def refund_id_of(shop_id: UUID, caller_mchid: str, number: str) -> UUID:
    """Make the id of a refund, likewise."""
    return derive(shop_id, "merchant refund", caller_mchid, number)


CHOICES_MAX: Final = 20
"""Who may be about to pay an order with a coupon at once; what was chosen first makes room."""


class Line(Struct, frozen=True, kw_only=True):
    """An order as its payer sees it: alone, or one of several that are paid at once."""

    order_id: UUID
    shop_id: UUID
    """Who is paid."""
    description: str
    total: int
    tag: str | None = None
    """What it says of its goods: some coupons are good for such alone."""


class OrderCoupon(Struct, frozen=True, kw_only=True):
    """A coupon that an order has, and what it takes off. Whoever has it pays with it, and nobody else."""

    id: UUID
    campaign_id: UUID
    shop_id: UUID
    """Whose program sent it."""
    person_id: UUID
    name: str
    amount: int
    is_prepaid: bool
    """Whether that shop pays what it takes off; else the order's own forgoes it."""
    payment_id: UUID
    """For which payment it was chosen."""


class MerchantOrder(Struct, kw_only=True):
    """An order that a merchant's own program made. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    shop_id: UUID
    mchid: str
    """Who is paid."""
    caller_mchid: str
    """Who made it: the same, or its service provider."""
    number: str
    """The caller's (`out_trade_no`)."""
    kind: Kind
    description: str
    total: int
    notify_url: str | None
    shares_profit: bool
    """Its money stays in escrow until it was shared, or the rest unfrozen."""
    terms: dict[str, Any]
    """What was asked, as it was asked: asking again has to say the same."""
    key_id: str | None
    """The key of ours that the caller named: notices are signed with it."""
    fee_ppm: int
    settle_days: int
    state: State
    created_at: datetime
    expires_at: datetime
    due_at: datetime | None
    """When the clock acts: closes it, or lets the shop withdraw."""
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    settled_at: datetime | None = None
    payment_id: UUID | None = None
    payer_id: UUID | None = None
    channel: str | None = None
    released: int = 0
    """What went to the shop, gross."""
    fee: int = 0
    shared: int = 0
    """What went to others."""
    refunded: int = 0
    given_back: int = 0
    """What of the refunds came from what had been released."""
    fee_returned: int = 0
    combined_id: UUID | None = None
    """The combined order that it is paid with."""
    subsidy_id: UUID | None = None
    subsidy: int = 0
    """What its service provider added of its own."""
    subsidy_released: int = 0
    """What of that went to the shop."""
    subsidy_returned: int = 0
    """What of that went back."""
    subsidy_declined_at: datetime | None = None
    """When its service provider said that it will add nothing."""
    coupon: OrderCoupon | None = None
    """What its payer paid with; or, as long as it is open, what was chosen last."""
    others: tuple[OrderCoupon, ...] = ()
    """What others chose who are about to pay it, too: whose money comes first pays with their own."""
    discount: int = 0
    """What of the total nobody pays: the shop forgoes it. Of what was refunded, so much is `discount_refunded`."""
    discount_refunded: int = 0
    prepaid: int = 0
    """What of the total whoever sent the coupon pays. Of what was refunded, so much is `prepaid_refunded`."""
    prepaid_refunded: int = 0
    advanced: int = 0
    """What of the refunds the shop paid beyond what it got of the order: others have that still."""

    @property
    def line(self) -> Line:
        """What its payer sees of it."""
        return Line(
            order_id=self.id,
            shop_id=self.shop_id,
            description=self.description,
            total=self.total,
            tag=self.terms.get("goods_tag"),
        )

    @property
    def choices(self) -> tuple[OrderCoupon, ...]:
        """What was chosen, for each payer one."""
        return (*self.others, self.coupon) if self.coupon else self.others

    def choice_of(self, person_id: UUID | None) -> OrderCoupon | None:
        """What somebody chose who is about to pay."""
        return next((each for each in self.choices if each.person_id == person_id), None)

    @property
    def due(self) -> int:
        """What its payer pays."""
        return self.total - self.discount - self.prepaid

    @property
    def worth(self) -> int:
        """What the shop gets, whoever pays it: what is released, shared and given back are parts of this."""
        return self.total - self.discount

    @property
    def gone_back(self) -> int:
        """What of the refunds is its payer's."""
        return self.refunded - self.discount_refunded - self.prepaid_refunded

    @property
    def held(self) -> int:
        """What is in escrow."""
        of_escrow = self.refunded - self.discount_refunded - self.given_back - self.advanced
        gone = self.released + self.shared + of_escrow
        return self.worth - gone if self.payment_id else 0

    @property
    def held_subsidy(self) -> int:
        """What is in escrow beside it, of what was added."""
        return 0 if self.subsidy_released else self.subsidy - self.subsidy_returned

    @property
    def subsidy_max(self) -> int:
        """What may be added, as its maker said when it was made."""
        return int((self.terms.get("settle_info") or {}).get("subsidy_amount") or 0)


class MerchantRefund(Struct, kw_only=True):
    """Money of a merchant order on its way back."""

    id: UUID
    order_id: UUID
    shop_id: UUID
    mchid: str
    caller_mchid: str
    number: str
    amount: int
    reason: str | None
    notify_url: str | None
    key_id: str | None
    created_at: datetime
    fee_returned: int = 0
    """What of the fee came back with it."""
    coupon: int = 0
    """What of it is the coupon's, and not the payer's."""
    arrived_at: datetime | None = None
    arrived_at_wallet: bool | None = None
    """Whether the payer has it in the wallet: it came from there, or the channel refused."""
    abnormal_at: datetime | None = None
    """When its channel refused it, and the payer has no account: it waits for people."""


class PlaceMerchantOrder(Struct, frozen=True, kw_only=True):
    """Make an order. Its id comes from the caller's number (`order_id_of`)."""

    id: UUID
    shop_id: UUID
    mchid: str
    caller_mchid: str
    number: str
    kind: Kind
    description: str
    total: int
    notify_url: str | None
    shares_profit: bool
    terms: dict[str, Any]
    key_id: str | None
    expires_at: datetime
    actor: Actor
    combined_id: UUID | None = None


class PlaceMerchantOrderStatus(StrEnum):
    """How making an order ended. Where several apply, the first listed is given."""

    ALREADY_PAID = "already_paid"
    ALREADY_CLOSED = "already_closed"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for another order; the result names what differs."""
    EXISTS = "exists"
    SHOP_NOT_OPEN = "shop_not_open"
    SHOP_NOT_VERIFIED = "shop_not_verified"
    CREATED = "created"


class PlaceMerchantOrderResult(Struct, frozen=True, kw_only=True):
    """The answer to making an order."""

    status: PlaceMerchantOrderStatus
    difference: str | None = None
    """The first of the terms that differs."""


class ChooseCoupon(Struct, frozen=True, kw_only=True):
    """Choose what an order is paid with; None: without a coupon. What was chosen before is free again.

    Nobody but who is about to pay (`person_id`, `payment_id`) may ask. What others chose stays theirs: whose money
    comes first pays.
    """

    order_id: UUID
    person_id: UUID | None
    coupon_id: UUID | None
    payment_id: UUID
    actor: Actor


class ChooseCouponStatus(StrEnum):
    """How choosing ended. Where several apply, the first listed is given."""

    ORDER_NOT_OPEN = "order_not_open"
    """There is no such order, or it was paid or closed."""
    COUPON_NOT_USABLE = "coupon_not_usable"
    """It is not yours, not good for this order or not now, or another order has it."""
    LEFT = "left"
    """Others chose some, and you none: theirs stay with the order, and you pay the whole."""
    EXISTS = "exists"
    """It was chosen before."""
    CHOSEN = "chosen"


class ChooseCouponResult(Struct, frozen=True, kw_only=True):
    """The answer to choosing. `due` is what whoever chose is to pay now."""

    status: ChooseCouponStatus
    due: int = 0
    instead: UUID | None = None
    """The payment for which that was chosen whose place it takes: it is wanted no longer."""


class DropCoupon(Struct, frozen=True, kw_only=True):
    """A payment came to nothing: the coupon that was chosen for it is free."""

    order_id: UUID
    payment_id: UUID
    actor: Actor


class TakeMerchantPayment(Struct, frozen=True, kw_only=True):
    """A payment for an order arrived."""

    order_id: UUID
    payment_id: UUID
    payer_id: UUID
    shop_id: UUID
    amount: int
    channel: str
    actor: Actor
    is_part: bool = False


class TakeStatus(StrEnum):
    """What became of a payment. Where several apply, the first listed is given."""

    EXISTS = "exists"
    """The order has it."""
    CLOSED = "closed"
    """There is no such order, or it was closed: the money goes back."""
    ALREADY_PAID = "already_paid"
    AMOUNT_DIFFERS = "amount_differs"
    HELD = "held"


class CloseMerchantOrder(Struct, frozen=True, kw_only=True):
    """Take nothing any more for an order. Without a caller it is the clock, which closes what has expired."""

    order_id: UUID
    caller_mchid: str | None
    actor: Actor


class CloseStatus(StrEnum):
    """How closing ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    ALREADY_PAID = "already_paid"
    NOT_DUE = "not_due"
    """The clock asked too early."""
    CLOSED = "closed"
    """It is: now or before."""


class SettleMerchantOrder(Struct, frozen=True, kw_only=True):
    """Let the shop withdraw what an order brought."""

    order_id: UUID
    actor: Actor


class SettleStatus(StrEnum):
    """How settling ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    NOT_DUE = "not_due"
    """It is not paid, or it is too early."""
    EXISTS = "exists"
    UNFROZEN = "unfrozen"
    """It had waited in escrow for too long: the rest is the shop's, and settles in its time."""
    SETTLED = "settled"


class RefundMerchantOrder(Struct, frozen=True, kw_only=True):
    """Give a part of an order back, or all of it. Its id comes from the caller's number (`refund_id_of`)."""

    id: UUID
    order_id: UUID
    caller_mchid: str
    number: str
    amount: int
    total: int | None
    """What the caller takes for the order's total; it has to be."""
    reason: str | None
    notify_url: str | None
    key_id: str | None
    actor: Actor
    is_awarded: bool = False
    """Whether the operator's staff decided it: then it does not wait for what others have of the order."""


class RefundStatus(StrEnum):
    """How asking for a refund ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for a refund of another order or amount, or with another reason or address."""
    EXISTS = "exists"
    NOT_PAID = "not_paid"
    TOTAL_DIFFERS = "total_differs"
    EXCEEDS_ORDER = "exceeds_order"
    """More than is left of it."""
    CHARGED_BACK = "charged_back"
    """The payer's channel took so much back, and did not give it again: it goes back once."""
    SHARED_OUT = "shared_out"
    """Others have a part of it: it comes back from them first."""
    CREATED = "created"


class NoteMerchantRefund(Struct, frozen=True, kw_only=True):
    """The payer has the money of a refund again."""

    order_id: UUID
    refund_id: UUID
    to_wallet: bool


class NoteAbnormalRefund(Struct, frozen=True, kw_only=True):
    """A channel refused a refund, and no account takes it."""

    order_id: UUID
    refund_id: UUID


class NoteStatus(StrEnum):
    """What became of the news."""

    REFUND_NOT_FOUND = "refund_not_found"
    """It is no refund of a merchant order."""
    EXISTS = "exists"
    DONE = "done"
