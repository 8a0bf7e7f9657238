"""The words of orders: commands, how they end, and an order as it is read."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.carriers import ParcelState, TrackingEvent
from weiji.catalog import Delivery
from weiji.events import Actor
from weiji.freight import Charge
from weiji.kit.ids import derive
from weiji.orders.machine import State
from weiji.orders.prices import OrderCoupon, Reason, Shares
from weiji.orders.trade_rules import TradeRules

LINES_MAX: Final = 50
"""Lines of one order, and of a cart."""

QUANTITY_MAX: Final = 999


class Address(Struct, frozen=True, kw_only=True):
    """Where to, as it was when the order was placed."""

    name: str
    phone: str
    region: str
    detail: str
    postcode: str = ""
    region_code: str = ""
    """The district's (GB/T 2260), by which freight is charged; empty where it is not known."""


REASON_MAX: Final = 500
"""Characters of why money goes back."""

GIFT_NOTE_MAX: Final = 200
"""Characters of what is written to whom a present goes."""


class Gift(Struct, frozen=True, kw_only=True):
    """That an order is a present: `note` is for whom it goes to."""

    note: str = ""
    hides_prices: bool = True
    """Whether the slip in the parcel is to be without prices."""


class Pickup(Struct, frozen=True, kw_only=True):
    """Where an order is picked up, as the shop said when it was placed."""

    place_id: UUID
    name: str
    address: str
    hours: str = ""
    phone: str = ""


class OrderItem(Struct, frozen=True):
    """What is ordered: a SKU, how many, and the price of one that the buyer saw (fen)."""

    sku_id: UUID
    quantity: int
    price: int


class PlaceOrder(Struct, frozen=True, kw_only=True):
    """Place an order at one shop. The caller makes `id`, in the shard of the shop."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    buyer_name: str
    items: tuple[OrderItem, ...]
    actor: Actor
    address: Address | None = None
    """Where parcels go to; virtual goods need none. Of what is picked up, who comes: the name and the phone number."""
    place_id: UUID | None = None
    """The shop's place where it is picked up; None: it is sent."""
    note: str = ""
    freight: int = 0
    """The freight that the buyer saw (fen)."""
    coupon_ids: tuple[UUID, ...] = ()
    """Coupons of the buyer's that it uses: one of the shop and one of the platform, at most."""
    reduction: int = 0
    """What the buyer saw them take off (fen)."""
    gift: Gift | None = None
    is_own: bool = False
    """Whether the buyer works for the shop, in whatever role."""


class PlaceStatus(StrEnum):
    """How placing an order ended. Where several apply, the first listed is given."""

    PLACED = "placed"
    EXISTS = "exists"
    """The same order was placed before."""
    EXISTS_WITH_DIFFERENT_ORDER = "exists_with_different_order"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    NOTHING_ORDERED = "nothing_ordered"
    TOO_MANY_LINES = "too_many_lines"
    """More than 50."""
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    """Less than 1, more than 999, or a SKU twice."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU."""
    NOT_FOR_SALE = "not_for_sale"
    """Withdrawn, or the shop is closed."""
    OWN_SHOP = "own_shop"
    """Nobody buys from their own shop, nor from one that they work for: it would praise itself."""
    PRESALE_ENDED = "presale_ended"
    """Orders were taken until some day, and the goods aren't there yet."""
    MIXED_DELIVERY = "mixed_delivery"
    """Goods that come in a parcel and goods that are handed out as card keys are ordered separately."""
    PLACE_NOT_FOUND = "place_not_found"
    """The shop hands nothing over there, or not what is ordered: card keys are not picked up."""
    ADDRESS_MISSING = "address_missing"
    """Parcels have to go somewhere, and of what is picked up the shop has to know who comes."""
    NOT_DELIVERED_THERE = "not_delivered_there"
    """The shop does not send one of the lines to the address, or the address names no district, which it depends on."""
    PRICE_CHANGED = "price_changed"
    """It costs something else now; look again."""
    FREIGHT_CHANGED = "freight_changed"
    """Sending it costs something else now; look again."""
    COUPON_NOT_USABLE = "coupon_not_usable"
    """A coupon is not the buyer's, is used or over, is not for these goods, or two of them do not go together."""
    REDUCTION_CHANGED = "reduction_changed"
    """The coupons take off something else now; look again."""
    TOTAL_OUT_OF_RANGE = "total_out_of_range"
    SHOP_LIMIT_REACHED = "shop_limit_reached"
    """The shop may not sell that much in a day: it is not verified yet, or by its credit; or not in all."""
    SOLD_OUT = "sold_out"


class PlaceResult(Struct, frozen=True):
    """The answer to placing an order. `total` (fen) and `due_at` are given when it is placed or exists."""

    status: PlaceStatus
    total: int = 0
    due_at: datetime | None = None


class Move(Struct, frozen=True, kw_only=True):
    """Something done to an order. A buyer is known by `actor.person_id`; a merchant names the shop they work for."""

    order_id: UUID
    actor: Actor
    shop_id: UUID | None = None


class CloseOrder(Move, frozen=True, kw_only=True):
    """Close an unpaid order."""


class RepriceOrder(Move, frozen=True, kw_only=True):
    """Change what an unpaid order costs: what the shop takes off the goods by hand, in all, and the freight (fen).

    `total` is what the shop saw that it costs: so nobody changes what another has changed.
    """

    conceded: int
    freight: int
    total: int


class RefundOrder(Move, frozen=True, kw_only=True):
    """Send back all money, as far as it has not gone back, of an order of which nothing was shipped."""

    reason: str = ""


class CancelUnsent(Move, frozen=True, kw_only=True):
    """Cancel what of an order that is shipped in part was not sent: its money goes back, and what was sent is all."""

    reason: str = ""


class Prolong(Move, frozen=True, kw_only=True):
    """Give the buyer more days to confirm receipt.

    `due_at` is the deadline that the caller saw: asked again, it has moved.
    """

    days: int
    due_at: datetime


class HandOutKeys(Move, frozen=True, kw_only=True):
    """Give the buyer of virtual goods the card keys that were paid."""


class ShowKeys(Move, frozen=True, kw_only=True):
    """Let the buyer see the card keys of an order. From then on they can't come back."""


class ShowPickupCode(Move, frozen=True, kw_only=True):
    """Let the buyer see the code for which an order is handed over."""


class ConfirmOrder(Move, frozen=True, kw_only=True):
    """Confirm receipt: the money goes to the shop. The edge has checked the payment password.

    Of an order that is shipped in part, its buyer may: what was not sent is cancelled first.
    """


class SettleOrder(Move, frozen=True, kw_only=True):
    """Let the shop withdraw what the order brought."""


def numbered_parcel(order_id: UUID, tracking_number: str) -> UUID:
    """Name an order's parcel with a number: sending it twice is sending it once."""
    return derive(order_id, "sheet", tracking_number)


class ShipParcel(Move, frozen=True, kw_only=True):
    """Send a parcel. `lines` are pairs of line number and quantity; None: everything that is left."""

    id: UUID
    """Of any shard. What follows from something else (version 5) would be the name of another parcel: only
    `numbered_parcel` may be.
    """
    carrier: str
    tracking_number: str
    lines: tuple[tuple[int, int], ...] | None = None
    warehouse_id: UUID | None = None
    """Where it leaves from; None: where what is in it is held."""


class WriteOff(Struct, frozen=True, kw_only=True):
    """Hand the goods of an order over for the code that its buyer has. `shop_id` is the shop that does so."""

    shop_id: UUID
    code: str
    actor: Actor
    is_trial: bool = False
    """Only say how it would end: nothing is handed over. Wrong codes count."""


class WriteOffResult(Struct, frozen=True):
    """How a write-off ended, and of which order, where the code is one of the shop's."""

    status: "MoveStatus"
    order_id: UUID | None = None
    number: str = ""
    handed_over_at: datetime | None = None
    """When it was: now, or before (`exists`)."""
    again_at: datetime | None = None
    """With `too_many_tries`: from when on codes are looked at again."""


class MoveStatus(StrEnum):
    """How an act on an order ended. Where several apply, the first listed is given."""

    DONE = "done"
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or it is somebody else's."""
    OWN_ORDER = "own_order"
    """Who acts for the shop bought it themselves, and it would give them money or time: somebody else of the shop has
    to.
    """
    EXISTS = "exists"
    """It was done before."""
    EXISTS_WITH_DIFFERENT_PARCEL = "exists_with_different_parcel"
    ID_INVALID = "id_invalid"
    """A UUID of version 5: it may name what follows from something else, such as what a buyer sends back. Make one of
    version 7 or 4.
    """
    TOO_MANY_TRIES = "too_many_tries"
    """Too many wrong codes were entered at the shop lately: for some minutes none is looked at."""
    CODE_NOT_FOUND = "code_not_found"
    """The shop has no order with that code."""
    PICKED_UP = "picked_up"
    """Its buyer picks it up: it is handed over for the code, and not sent."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The order's state does not have it (machine.py)."""
    TOTAL_CHANGED = "total_changed"
    """It costs something else now than whoever acts saw."""
    AMOUNTS_INVALID = "amounts_invalid"
    """Less than a fen is left of a unit; goods are to cost less beside a platform's coupon; or freight is charged of
    what is not sent, or more than ¥10,000.
    """
    CASE_OPEN = "case_open"
    """A case of after-sale is open: it has to end first."""
    KEYS_SHOWN = "keys_shown"
    """The buyer has seen the card keys: they can't come back."""
    TOO_EARLY = "too_early"
    """Its time has not come."""
    ALREADY_PROLONGED = "already_prolonged"
    """A buyer may prolong once."""
    DAYS_NOT_ALLOWED = "days_not_allowed"
    PROLONGED_TOO_FAR = "prolonged_too_far"
    """Money is not held for ever: `receipt_days_max` after payment receipt can't be prolonged any further."""
    DEADLINE_MOVED = "deadline_moved"
    """The deadline is not the one that the caller saw."""
    LINES_INVALID = "lines_invalid"
    """A line that is not there, or more than is left of it."""
    PARCEL_INVALID = "parcel_invalid"
    """Carrier or number is empty or too long."""
    SEVERAL_WAREHOUSES = "several_warehouses"
    """What is in the parcel is held in several warehouses: say which one it leaves."""
    NOT_IN_WAREHOUSE = "not_in_warehouse"
    """The warehouse has less than that, held for the order or free."""


class Parcel(Struct, frozen=True, kw_only=True):
    """A parcel that was sent."""

    id: UUID
    carrier: str
    tracking_number: str
    lines: tuple[tuple[int, int], ...]
    shipped_at: datetime
    warehouse_id: UUID | None = None
    """Where it left from; None: the shop had one warehouse only."""
    delivered_at: datetime | None = None
    """When it arrived, as far as its carrier told."""
    state: ParcelState | None = None
    """How far it is, as its carrier tells; None: nobody is asked. Given where one order is read whole."""
    tracking: list[TrackingEvent] = []
    """What its carrier told, the newest first. Given where one order is read whole."""


class Line(Struct, kw_only=True):
    """A line of an order, as it was when it was placed."""

    line: int
    sku_id: UUID
    product_id: UUID
    title: str
    choices: list[str]
    picture: str | None
    kind: str
    price: int
    quantity: int
    shipped: int
    amount: int
    reasons: tuple[Reason, ...] = ()
    shares: Shares | None = None
    cancelled: int = 0
    """Units that will not be sent: their money went back."""
    withheld: int = 0
    """Units that are not sent as long as a case about them is open."""
    returned: int = 0
    """Units that came back for their money."""
    refunded: int = 0
    """What of the line's goods and freight went back."""
    replaced_at: datetime | None = None
    """When something was sent anew for it last: the days for asking about it begin anew."""
    given_back_at: datetime | None = None
    """When what its buyer had sent back was given back to them last: they begin anew, but for returns for no reason."""
    no_reason_days: int | None = None
    """So long after receipt it may be sent back for no reason; 0: it may not; None: ordered before such terms."""
    aftersale_days: int | None = None
    """So long after receipt something may be asked for; None: as long as the rules of trade say."""

    @property
    def left(self) -> int:
        """How many units are to be sent yet."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def sendable(self) -> int:
        """How many units may be sent now."""
        return self.left - self.withheld


class Order(Struct):
    """An order. Amounts are fen. `due_at` is when the clock acts next (machine.py says how)."""

    id: UUID
    number: str
    shop_id: UUID
    shop_name: str
    buyer_id: UUID
    buyer_name: str
    state: State
    goods: int
    freight: int
    total: int
    fee: int
    rules_version: int
    units: int
    units_shipped: int
    due_at: datetime | None
    prolonged: int
    payment_id: UUID | None
    channel: str | None
    refund_id: UUID | None
    refund_reason: str | None
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    settled_at: datetime | None
    closed_at: datetime | None
    refunded_at: datetime | None
    delivery: Delivery = Delivery.PHYSICAL
    keys_shown_at: datetime | None = None
    """When the buyer first saw the card keys."""
    ships_at: datetime | None = None
    """Ordered in a presale: what the shop promises begins then, not before."""
    open_cases: int = 0
    """Cases of after-sale that are not over. As long as there are any, the clock stands: `due_at` is null."""
    time_left: timedelta | None = None
    """What was left on the clock when it was stopped."""
    refunded: int = 0
    """What of `total` went back."""
    fee_refunded: int = 0
    """What of `fee` the shop is not charged, or got back, since that much of `total` went back."""
    open_chargebacks: int = 0
    """How many of `open_cases` are no cases of after-sale, but a channel that disputes the payment."""
    discount: int = 0
    """What the shop forgoes: what its coupon took off, and what it `conceded`."""
    subsidy: int = 0
    """What the platform's coupon took off for the buyer: the shop is paid `total` + `subsidy`."""
    subsidy_refunded: int = 0
    """What of `subsidy` went back to its budget, since that much of `total` went back."""
    settle_days: int | None = None
    """So many days after receipt the shop may withdraw, by its grade when this was placed. None: as `rules` say."""
    coupons: list[OrderCoupon] | None = None
    """The coupons that it used."""
    pickup: Pickup | None = None
    """Where it is picked up; None: it is sent, or handed out. Its `address` says who comes, and where to."""
    conceded: int = 0
    """What of `discount` the shop took off by hand, before it was paid."""
    address: Address | None = None
    note: str = ""
    freight_reasons: list[Charge] = []
    """What each freight template charged."""
    gift: Gift | None = None
    lines: list[Line] = []
    parcels: list[Parcel] = []
    rules: TradeRules | None = None
    shop_handle: str = ""
    """Given where one order is read whole."""
    rejections: int = 0
    """How many payments of it went back. Given where one order is read whole."""
    bound_channels: list[str] | None = None
    """The channels where its shop has an account of its own, in which they hold what is paid for it. As above."""

    @property
    def freight_changed(self) -> int:
        """What the shop added to, or took off, the freight that its templates charged."""
        return self.freight - sum(charge.amount for charge in self.freight_reasons)

    @property
    def gross(self) -> int:
        """What the shop is paid in all, before the fee, less what went back."""
        return self.total - self.refunded + self.subsidy - self.subsidy_refunded

    @property
    def earned(self) -> int:
        """What the shop has of it: neither what went back, nor the fee of the rest."""
        return self.gross - (self.fee - self.fee_refunded)

    def start_clock(self, now: datetime, span: timedelta) -> None:
        """Let the clock act after *span*; where it stands, so much is left on it when it runs on."""
        if self.open_cases:
            self.due_at, self.time_left = None, span
        else:
            self.due_at, self.time_left = now + span, None

    def may_be_prolonged(self, due_at: datetime, days: int) -> bool:
        """Tell whether receipt may wait so many days longer than to *due_at*."""
        assert self.rules is not None
        assert self.paid_at is not None
        return due_at <= self.paid_at + self.rules.receipt_within - timedelta(days=days)

    @property
    def is_virtual(self) -> bool:
        """Whether card keys are handed out, and nothing is sent."""
        return self.delivery is Delivery.VIRTUAL

    def from_when(self, paid_at: datetime) -> datetime:
        """Say from when on the shop's promises count: when it was paid, or when presold goods are there."""
        return max(paid_at, self.ships_at) if self.ships_at else paid_at

    @property
    def send_within(self) -> timedelta:
        """How long a shop has at least to send what it could not send before: as long as it promises."""
        assert self.rules is not None
        return min(timedelta(hours=self.rules.ship_hours), self.rules.refund_after)

    @property
    def promised_at(self) -> datetime | None:
        """Until when the shop promised to send what it has not sent; None where nothing waits for that, or where it had
        better not: the payer disputes the payment.
        """
        if self.paid_at is None or self.rules is None or self.state not in (State.PAID, State.PART_SHIPPED):
            return None
        if self.pickup is not None or self.open_chargebacks:
            return None
        return self.from_when(self.paid_at) + timedelta(hours=self.rules.ship_hours)

    @property
    def cancels_at(self) -> datetime | None:
        """From when on its buyer has the money back for the asking, since the shop had its time to send it. None where
        that is not so: what is picked up it never was to send, and its buyer may be at the counter, with the goods in
        their hands.
        """
        if self.paid_at is None or self.rules is None or self.state is not State.PAID or self.pickup is not None:
            return None
        return self.from_when(self.paid_at) + self.rules.cancel_after

    @property
    def reminds_at(self) -> datetime | None:
        """When its shop is reminded of what it has not sent; None where nothing waits for that, or nobody is."""
        if self.promised_at is None or self.paid_at is None or self.rules is None or not self.rules.remind_hours:
            return None
        return self.from_when(self.paid_at) + timedelta(hours=self.rules.remind_hours)


class TakePayment(Struct, frozen=True, kw_only=True):
    """Take a payment that was captured into its order's escrow. `payment_id` is what makes it happen once."""

    order_id: UUID
    payment_id: UUID
    payer_id: UUID
    shop_id: UUID
    amount: int
    channel: str
    actor: Actor
    is_part: bool = False
    """Whether the payment is for other orders, too."""


class TakeStatus(StrEnum):
    """What became of a payment. Where several apply, the first listed is given."""

    HELD = "held"
    """It is in escrow, now or from before."""
    CLOSED = "closed"
    """The order is closed, and its stock is gone: the money goes back."""
    ALREADY_PAID = "already_paid"
    """Another payment was taken: this one goes back."""
    AMOUNT_DIFFERS = "amount_differs"
    """It is not what was due: it goes back."""


class NoteDelivery(Struct, frozen=True, kw_only=True):
    """Note that a parcel of an order arrived, as its carrier told."""

    order_id: UUID
    parcel_id: UUID
    delivered_at: datetime


class NoteRefund(Struct, frozen=True, kw_only=True):
    """Note that the payer has the money again."""

    order_id: UUID
    refund_id: UUID
    amount: int
    to: Literal["channel", "wallet", "bank"]


class CartItem(Struct, frozen=True):
    """A SKU in a cart."""

    sku_id: UUID
    quantity: int
    price_seen: int | None = None
    """What it cost when it was put in, in fen, where that is known."""


class PutInCart(Struct, frozen=True, kw_only=True):
    """Put a SKU into a cart, so many in all; 0 takes it out. Asking again changes nothing."""

    person_id: UUID
    sku_id: UUID
    quantity: int
    price_seen: int | None = None
    """The price that the buyer saw, in fen; None: as before."""


class CartStatus(StrEnum):
    """How putting something into a cart ended. Where several apply, the first listed is given."""

    PUT = "put"
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    CART_FULL = "cart_full"


class PublishRules(Struct, frozen=True, kw_only=True):
    """Change timers or fees for orders placed from `effective_at` on; None: from now on.

    `version` is the one after the latest.
    """

    version: int
    effective_at: datetime | None
    rules: TradeRules
    reason: str
    actor: Actor
    approver_id: UUID | None = None
    """Who else of the staff agreed."""


class PublishRulesStatus(StrEnum):
    """How publishing rules ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    EFFECTIVE_IN_THE_PAST = "effective_in_the_past"
    NOTICE_TOO_SHORT = "notice_too_short"
    """Fees get dearer for shops that there are: they are told seven days before."""
    FEE_ELSEWHERE = "fee_elsewhere"
    """`fee_ppm` differs from the version before: what is taken is changed by fee rules, which are previewed."""
    REASON_MISSING = "reason_missing"
    PROPOSED = "proposed"
    """The operator's rules say that it takes two of the staff: it waits for another (`approvals`)."""
