"""The JSON API of orders: carts, orders and what is done to them, and the operator's rules of trade.

Who acts is said by the caller: without a `shop_id` they act as a buyer, on orders of their own; with one, for a shop
that they work for. What is somebody else's is not there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from msgspec import Meta, Struct

from weiji.card_keys import get_keys_of_orders, open_keys
from weiji.carriers import name_of
from weiji.catalog import PRICE_MAX, SkuForSale, get_skus_for_sale
from weiji.coupons import WALLET_MAX, Coupon, apply, list_usable
from weiji.freight import Charge
from weiji.identity import Refusal, Spending, proof_in, refuse_payment_passwords, refuse_spendings
from weiji.kit import clock
from weiji.orders import handing_out, operations, picking_up, store
from weiji.orders.choosing import pick, usable
from weiji.orders.fees.rules import Fees
from weiji.orders.machine import State
from weiji.orders.model import (
    GIFT_NOTE_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    REASON_MAX,
    Address,
    CancelUnsent,
    CartItem,
    CartStatus,
    CloseOrder,
    Gift,
    MoveStatus,
    Order,
    OrderItem,
    PlaceOrder,
    PlaceResult,
    Prolong,
    PublishRules,
    PublishRulesStatus,
    PutInCart,
    RefundOrder,
    RepriceOrder,
    ShipParcel,
    ShowKeys,
    ShowPickupCode,
    WriteOff,
    WriteOffResult,
)
from weiji.orders.numbers import CheckParcel, ParcelCheck, check_parcels
from weiji.orders.paying import (
    ConfirmResult,
    PayOrder,
    PayResult,
    ProvedConfirmation,
    ShowCodeStatus,
    confirm_proved_orders,
    pay_orders,
    refuse_confirmations,
)
from weiji.orders.prices import NO_FREIGHT, TOTAL_MAX, Item, OrderCoupon, Price, calculate, freight_of, goods_of
from weiji.orders.rules import FREIGHT_MAX
from weiji.orders.trade_rules import TradeRules
from weiji.payments import BALANCE, PARTS_MAX, Device, OpenId, start_payments_on, way_of
from weiji.web.api import (
    After,
    AmountOrNothing,
    ApiRequest,
    Batch,
    Limit,
    Moment,
    Page,
    PaymentPassword,
    RegionCode,
    StepUpCode,
    StepUpPassword,
    operation,
    run,
)
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.web.regions import district_in

OPERATORS: Final = ("operator",)

Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Line = Annotated[str, Meta(min_length=1, max_length=40)]
Reason = Annotated[str, Meta(max_length=REASON_MAX)]
ForShop = Annotated[UUID | None, Meta(description="The shop that you act for; none: you act as the buyer.")]


class AddressBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to. It is kept with the order as it is now."""

    name: Line
    phone: Annotated[str, Meta(min_length=1, max_length=32)]
    region: Annotated[str, Meta(min_length=1, max_length=100)]
    detail: Annotated[str, Meta(min_length=1, max_length=200)]
    postcode: Annotated[str, Meta(max_length=12)] = ""
    region_code: RegionCode = ""

    def address(self) -> Address:
        """Make the address; without a code, its district is the one that its region names."""
        return Address(
            name=self.name,
            phone=self.phone,
            region=self.region,
            detail=self.detail,
            postcode=self.postcode,
            region_code=self.region_code or district_in(self.region),
        )


class ItemBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU, how many, and the price of one that you saw: if it is another now, nothing is placed."""

    sku_id: UUID
    quantity: Quantity
    price: AmountOrNothing


ItemBodies = Annotated[list[ItemBody], Meta(min_length=1, max_length=LINES_MAX)]


class PickupBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where an order is picked up, of the places that the shop has (`ListPickupPlaces`), and who comes."""

    place_id: UUID
    name: Line
    phone: Annotated[str, Meta(min_length=1, max_length=32)]


class GiftBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """That it is a present: what is to be written to whom it goes, and whether the slip is to be without prices."""

    note: Annotated[str, Meta(max_length=GIFT_NOTE_MAX)] = ""
    hides_prices: bool = True


class PlaceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order at one shop."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]
    shop_id: UUID
    items: ItemBodies
    address: Annotated[
        AddressBody | None,
        Meta(description="Virtual goods, and what is picked up, need none; of the latter none is kept."),
    ] = None
    pickup: Annotated[PickupBody | None, Meta(description="Nothing is sent then, and `freight` is 0.")] = None
    freight: Annotated[AmountOrNothing, Meta(description="What you saw it cost to send (`PriceOrders`), in fen.")] = 0
    coupon_ids: Annotated[
        list[UUID], Meta(max_length=2, description="Coupons of yours: one of the shop, and one of the platform.")
    ] = []
    reduction: Annotated[AmountOrNothing, Meta(description="What you saw them take off (`PriceOrders`), in fen.")] = 0
    note: Annotated[str, Meta(max_length=500)] = ""
    gift: GiftBody | None = None


class PriceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an order at one shop would have."""

    shop_id: UUID
    items: Annotated[list["PricedItemBody"], Meta(min_length=1, max_length=LINES_MAX)]
    region_code: RegionCode = ""
    is_picked_up: Annotated[bool, Meta(description="Nothing is sent, so nothing is charged for sending.")] = False
    coupon_ids: Annotated[
        Annotated[list[UUID], Meta(max_length=2)] | None,
        Meta(description="Coupons of yours to use; null: the best, that no order before it takes."),
    ] = None


class PricedItemBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU, and how many."""

    sku_id: UUID
    quantity: Quantity


class PriceLineAnswer(Struct, kw_only=True):
    """A line as it would be charged. `status` says what stands against it."""

    status: str
    sku_id: UUID
    quantity: int
    price: int = 0
    amount: int = 0
    title: str = ""
    choices: list[str] = []
    available: int = 0


class PriceAnswer(Struct, kw_only=True):
    """What an order would cost, in fen: what is shown here is what is charged.

    `status` is `priced`; `not_for_sale` where a line can't be bought; `not_delivered_there` where one is not sent to
    the region, or depends on it and none is given; `coupon_not_usable` where a coupon is not yours or not for that.
    `fee` is the platform's, of `total` + `subsidy`, which is what the shop is paid.
    """

    status: str
    lines: list[PriceLineAnswer]
    goods: int = 0
    freight: int = 0
    total: int = 0
    fee: int = 0
    freight_reasons: list[Charge] = []
    """What each freight template charges."""
    discount: int = 0
    """What the shop's coupon takes off."""
    subsidy: int = 0
    """What the platform's coupon takes off; the platform pays it to the shop."""
    coupons: list[OrderCoupon] = []


class CloseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An unpaid order to close."""

    order_id: UUID
    shop_id: ForShop = None


SeenTotal = Annotated[
    int, Meta(ge=0, le=TOTAL_MAX, description="What you saw that it costs (fen): its shop may have changed it.")
]


class RepriceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an unpaid order of your shop is to cost (fen): what you take off its goods, in all, and its freight."""

    order_id: UUID
    shop_id: UUID
    conceded: Annotated[int, Meta(ge=0, le=TOTAL_MAX)]
    freight: Annotated[int, Meta(ge=0, le=FREIGHT_MAX)]
    total: SeenTotal


class PayBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order to pay; the amount is the order's. From the wallet (`balance`) with a payment password or an allowance.

    Other channels answer with a `pay_url`, where the payer goes.
    """

    order_id: UUID
    with_order_ids: Annotated[
        list[UUID], Meta(max_length=PARTS_MAX - 1, description="Orders that the same payment is for, too.")
    ] = []
    payment_id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of your own id.")]
    channel: Annotated[str, Meta(min_length=1, max_length=40)] = BALANCE
    total: SeenTotal | None = None
    device: Device = Device.DESKTOP
    openid: OpenId | None = None
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None
    allowance_id: UUID | None = None


class ShipLine(Struct, forbid_unknown_fields=True, kw_only=True):
    """How many of a line."""

    line: Annotated[int, Meta(ge=1, le=LINES_MAX)]
    quantity: Quantity


class ShipBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A parcel of an order. Without `lines` it has everything that is left.

    `warehouse_id` is where it leaves from; without one it leaves where what is in it is held.
    """

    id: UUID
    order_id: UUID
    shop_id: UUID
    carrier: Line
    tracking_number: Line
    lines: Annotated[list[ShipLine], Meta(min_length=1, max_length=LINES_MAX)] | None = None
    warehouse_id: UUID | None = None


class CheckBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A parcel of an order that you are about to send."""

    order_id: UUID
    shop_id: UUID
    carrier: Line
    tracking_number: Line


class ProlongBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """More days for the buyer to confirm receipt. `due_at` is the deadline as you saw it."""

    order_id: UUID
    days: Annotated[int, Meta(ge=1, le=90)]
    due_at: Moment
    shop_id: ForShop = None


class ConfirmBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order that you received. The shop gets the money, so it needs a payment password or an allowance."""

    order_id: UUID
    payment_password: PaymentPassword | None = None
    allowance_id: UUID | None = None


class RefundBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order all of whose money goes back: by its shop until something is shipped; unseen card keys by both."""

    order_id: UUID
    reason: Reason = ""
    shop_id: ForShop = None


class CancelUnsentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order of your shop that is shipped in part, and why you can't send the rest; its buyer reads that."""

    order_id: UUID
    shop_id: UUID
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_MAX)]


class WriteOffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The code that a buyer brought to your shop, and whether only to say how handing over would end."""

    shop_id: UUID
    code: Annotated[str, Meta(max_length=40, description="Twelve digits; what stands between them is passed over.")]
    is_trial: bool = False


class ShowPickupCodeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order of yours that you pick up. Its code lets the money go: it needs a payment password or an allowance."""

    order_id: UUID
    payment_password: PaymentPassword | None = None
    allowance_id: UUID | None = None


class ShowPickupCodeAnswer(Struct, kw_only=True):
    """How asking for a code ended, and what it is."""

    status: ShowCodeStatus
    code: str | None = None
    tries_left: int | None = None
    locked_until: datetime | None = None


class ShowKeysBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order of yours whose card keys you want to see."""

    order_id: UUID


class KeyAnswer(Struct):
    """A card key of a line of an order."""

    line: int
    text: str


class ShowKeysAnswer(Struct, kw_only=True):
    """How asking for card keys ended, and what they are."""

    status: MoveStatus
    keys: list[KeyAnswer] = []


class CartBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU for your cart, and how many in all; 0 takes it out. Without `price_seen` the price seen before stays."""

    sku_id: UUID
    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]
    price_seen: Annotated[int, Meta(ge=0, le=PRICE_MAX)] | None = None
    """What it cost when you chose it, in fen."""


class MoveAnswer(Struct):
    """How an act on an order ended."""

    status: MoveStatus


class CartAnswer(Struct):
    """How putting something into the cart ended."""

    status: CartStatus


class CartLine(Struct, kw_only=True):
    """A line of a cart, with what it costs now. `is_for_sale` is false where it can't be bought any more."""

    sku_id: UUID
    quantity: int
    shop_id: UUID | None = None
    shop_name: str = ""
    product_id: UUID | None = None
    title: str = ""
    choices: list[str] = []
    price: int = 0
    price_seen: int | None = None
    available: int = 0
    is_for_sale: bool = False


class FiguresAnswer(Struct, kw_only=True):
    """What a shop has to do, and its last 30 days."""

    states: dict[State, int]
    in_aftersale: int
    late: int
    days: list["DayAnswer"]


class DayAnswer(Struct, kw_only=True):
    """A day's sales: orders that were paid, and their total."""

    day: str
    orders: int
    total: int


class RulesAnswer(Struct, kw_only=True):
    """A version of the rules of trade. An order keeps those it was placed under."""

    version: int
    effective_at: datetime
    rules: TradeRules
    reason: str
    created_at: datetime


class RulesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules for orders placed from `effective_at` on. `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=2, le=2**31 - 1)]
    effective_at: Moment
    rules: TradeRules
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


PlaceBatch = Batch[PlaceBody]
PriceBatch = Batch[PriceBody]
CloseBatch = Batch[CloseBody]
RepriceBatch = Batch[RepriceBody]
PayBatch = Batch[PayBody]
ShipBatch = Batch[ShipBody]
CheckBatch = Batch[CheckBody]
ProlongBatch = Batch[ProlongBody]
ConfirmBatch = Batch[ConfirmBody]
RefundBatch = Batch[RefundBody]
CancelUnsentBatch = Batch[CancelUnsentBody]
ShowKeysBatch = Batch[ShowKeysBody]
WriteOffBatch = Batch[WriteOffBody]
ShowPickupCodeBatch = Batch[ShowPickupCodeBody]
CartBatch = Batch[CartBody]
RulesBatch = Batch[RulesBody]


class Parts:
    """In which part the caller acts, command by command: as the buyer, or for a shop."""

    def __init__(self, request: ApiRequest) -> None:
        self.caller = request.caller
        self.buyer = request.actor("buyer")
        self.merchant = request.actor("merchant")

    def of(self, shop_id: UUID | None) -> dict[str, Any]:
        """Say who acts. For a shop that is none of theirs there is no order."""
        if shop_id is None:
            return {"actor": self.buyer}
        return {"actor": self.merchant, "shop_id": shop_id if self.caller.may(shop_id, Permission.ORDERS) else None}


class OrdersApi(Controller):
    """Orders."""

    path = "/api/v1/orders"
    tags = ("orders",)

    @get("/", **operation("ListOrders", "orders:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: Annotated[
            UUID | None, QueryParameter(description="A shop you work for; none: what you bought.")
        ] = None,
        wanted: Annotated[State | None, QueryParameter(name="state", description="Only orders in this state.")] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[Order]:
        """List orders, the newest first: those you placed, or those of a shop you work for."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        states = [wanted] if wanted else list(State)
        async with request.database.read() as reader:
            if shop_id is None:
                found = await store.list_orders_of_buyer(reader, request.person_id, states, cursor, limit + 1)
            elif request.caller.may(shop_id, Permission.ORDERS):
                found = await store.list_orders_of_shop(reader, shop_id, states, cursor, limit + 1)
            else:
                raise NotFoundException
        return _page(found, limit)

    @get("/{order_id:uuid}", **operation("GetOrder", "orders:read"))
    async def show(self, request: ApiRequest, order_id: FromPath[UUID]) -> Order:
        """Read an order that you placed, or one of a shop you work for."""
        async with request.database.read() as reader:
            order = await store.get_order(reader, order_id)
        if order is None or not (
            order.buyer_id == request.person_id or request.caller.may(order.shop_id, Permission.ORDERS)
        ):
            raise NotFoundException
        return order

    @get("/figures", **operation("GetShopFigures", "orders:read"))
    async def show_figures(self, request: ApiRequest, shop_id: UUID) -> FiguresAnswer:
        """Read what a shop you work for has to do, and what it sold in the last 30 days."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        async with request.database.read() as reader:
            _version, rules = await store.get_rules_in_force(reader, clock.now())
            row = await store.get_shop_figures(reader, shop_id, clock.now(), timedelta(hours=rules.ship_hours))
        return FiguresAnswer(
            states={State(name): count for name, count in (row["states"] or {}).items()},
            in_aftersale=row["in_aftersale"],
            late=row["late"],
            days=[DayAnswer(day=day, orders=orders, total=total) for day, orders, total in row["days"] or []],
        )

    @post("/price", **operation("PriceOrders", "orders:read", repeat="key_taken"))
    async def price(self, request: ApiRequest, data: PriceBatch) -> list[PriceAnswer]:
        """Price orders without placing them, as a checkout does, with the best of your coupons. Nothing is held."""
        wanted = list({item.sku_id for body in data for item in body.items})
        async with request.database.read() as reader:
            _, fees = await store.get_terms_in_force(reader, clock.now())
            skus = dict(zip(wanted, await get_skus_for_sale(reader, wanted), strict=True))
            shops = {body.shop_id for body in data if body.coupon_ids != []}
            found = await list_usable(reader, request.person_id, shops, clock.now(), WALLET_MAX) if shops else []
        taken: set[UUID] = set()
        return [_price(body, skus, fees, found, request.person_id, taken) for body in data]

    @post("/place", **operation("PlaceOrders", "orders:write", repeat="key_needed"))
    async def place(self, request: ApiRequest, data: PlaceBatch) -> Response[list[PlaceResult]]:
        """Place orders. Their stock is held for you until `due_at`; pay them before."""
        actor = request.actor("buyer")
        person_id = request.person_id
        name = request.caller.display_name
        commands = [
            PlaceOrder(
                id=body.id,
                shop_id=body.shop_id,
                buyer_id=person_id,
                buyer_name=name,
                items=tuple(OrderItem(item.sku_id, item.quantity, item.price) for item in body.items),
                address=_receiver(body),
                place_id=body.pickup.place_id if body.pickup else None,
                freight=body.freight,
                coupon_ids=tuple(body.coupon_ids),
                reduction=body.reduction,
                gift=Gift(note=body.gift.note, hides_prices=body.gift.hides_prices) if body.gift else None,
                is_own=request.caller.works_for(body.shop_id),
                note=body.note,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.place_orders, "id", commands)

    @post("/show-keys", **operation("ShowCardKeys", "orders:write"))
    async def show_keys(self, request: ApiRequest, data: ShowKeysBatch) -> list[ShowKeysAnswer]:
        """See the card keys of orders of yours: from then on they can't come back. Each look is told in the events.

        No Idempotency-Key is taken: an answer with keys is stored nowhere, and looking again changes nothing.
        """
        actor = request.actor("buyer")
        commands = [ShowKeys(order_id=body.order_id, actor=actor) for body in data]
        statuses = await request.batchers.of(handing_out.show_keys, "order_id").submit_all(commands)
        shown = [c.order_id for c, status in zip(commands, statuses, strict=True) if status is MoveStatus.DONE]
        async with request.database.read() as reader:
            found = await get_keys_of_orders(reader, shown) if shown else {}
        return [
            ShowKeysAnswer(
                status=status,
                keys=[KeyAnswer(*key) for key in open_keys(found.get(command.order_id, []))]
                if status is MoveStatus.DONE
                else [],
            )
            for command, status in zip(commands, statuses, strict=True)
        ]

    @post("/show-pickup-codes", **operation("ShowPickupCodes", "payments:write"))
    async def show_pickup_codes(self, request: ApiRequest, data: ShowPickupCodeBatch) -> list[ShowPickupCodeAnswer]:
        """See the codes for which orders of yours are handed over. Show one only where you get the goods for it.

        No Idempotency-Key is taken: an answer with codes is stored nowhere, and looking again changes nothing.
        """
        confirmations = await _prove_confirmations(request, data)
        refusals = await request.batchers.of(refuse_confirmations, "order_id").submit_all(confirmations)
        proved = [c.order_id for c, refusal in zip(confirmations, refusals, strict=True) if refusal is None]
        commands = [ShowPickupCode(order_id=id, actor=request.actor("buyer")) for id in proved]
        statuses = await request.batchers.of(picking_up.show_codes, "order_id").submit_all(commands)
        shown = [id for id, status in zip(proved, statuses, strict=True) if status is MoveStatus.DONE]
        async with request.database.read() as reader:
            found = await store.get_pickups(reader, shown) if shown else {}
        codes = {id: picking_up.open_code(order) for id, order in found.items()}
        answers = iter(
            ShowPickupCodeAnswer(status=ShowCodeStatus(status.value), code=codes.get(id))
            for id, status in zip(proved, statuses, strict=True)
        )
        return [
            ShowPickupCodeAnswer(
                status=ShowCodeStatus(refusal.status), tries_left=refusal.tries_left, locked_until=refusal.locked_until
            )
            if refusal
            else next(answers)
            for refusal in refusals
        ]

    @post("/write-off", **operation("WriteOffOrders", "orders:write", repeat="key_taken"))
    async def write_off(self, request: ApiRequest, data: WriteOffBatch) -> Response[list[WriteOffResult]]:
        """Hand orders of your shop over for the codes that their buyers brought: the money is released to the shop.

        Look before you hand over: `is_trial` says which order it is, and whether it may be. Wrong codes count, by shop.
        """
        actor = request.actor("merchant")
        commands = [
            WriteOff(
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                code=picking_up.read_code(body.code),
                actor=actor,
                is_trial=body.is_trial,
            )
            for body in data
        ]
        return await run(request, picking_up.write_off, "shop_id", commands)

    @post("/close", **operation("CloseOrders", "orders:write", repeat="key_needed"))
    async def close(self, request: ApiRequest, data: CloseBatch) -> Response[list[MoveAnswer]]:
        """Close unpaid orders: your own, or those of your shop. Their stock is free again."""
        parts = Parts(request)
        commands = [CloseOrder(order_id=body.order_id, **parts.of(body.shop_id)) for body in data]
        return await run(request, operations.close_orders, "order_id", commands)

    @post("/reprice", **operation("RepriceOrders", "orders:write", repeat="key_needed"))
    async def reprice(self, request: ApiRequest, data: RepriceBatch) -> Response[list[MoveAnswer]]:
        """Change what unpaid orders of your shop cost: their goods for less, another freight. Their buyers see it.

        A payment that was begun before goes back by itself, should its money arrive.
        """
        parts = Parts(request)
        commands = [
            RepriceOrder(
                order_id=body.order_id,
                conceded=body.conceded,
                freight=body.freight,
                total=body.total,
                **parts.of(body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.reprice_orders, "order_id", commands)

    @post("/pay", **operation("PayOrders", "payments:write", repeat="key_needed"))
    async def pay(self, request: ApiRequest, data: PayBatch) -> Response[list[PayResult]]:
        """Pay orders of yours. The money is held until you confirm receipt.

        With `with_order_ids` one payment is for orders of several shops, all of it or nothing; each order takes its
        part then, and a part that its order can't take goes back alone.

        An API key spends an allowance, which only what is paid uses up; a payment password opens the wallet, too. Large
        sums take a `code` of your app as well, or without an app your `login_password`. The same in several commands is
        checked, and counted, once. From another channel the money comes when you have paid at `pay_url`.
        """
        payer_id = request.person_id
        actor = request.actor("buyer")
        proofs = await _prove_payments(request, data)
        commands = [
            PayOrder(
                id=body.payment_id,
                payer_id=payer_id,
                order_ids=(body.order_id, *body.with_order_ids),
                channel=body.channel,
                total=body.total,
                key_id=request.caller.key_id,
                allowance_id=body.allowance_id if _is_by_allowance(body) else None,
                refusal=refusal,
                proved=proved,
                actor=actor,
            )
            for body, (refusal, proved) in zip(data, proofs, strict=True)
        ]

        async def finish(results: list[Any]) -> list[Any]:
            return await _add_pay_urls(request, data, results)

        is_asking = any(body.channel != BALANCE for body in data)
        return await run(request, pay_orders, "payer_id", commands, finish if is_asking else None)

    @post("/ship", **operation("ShipOrders", "orders:write", repeat="key_needed"))
    async def ship(self, request: ApiRequest, data: ShipBatch) -> Response[list[MoveAnswer]]:
        """Send parcels of orders of your shop. When nothing is left, the buyer's time to confirm begins.

        As long as something is left, `due_at` of the order is when the clock refunds it all.
        """
        parts = Parts(request)
        commands = [
            ShipParcel(
                id=body.id,
                order_id=body.order_id,
                carrier=name_of(body.carrier),
                tracking_number=body.tracking_number,
                lines=None if body.lines is None else tuple((line.line, line.quantity) for line in body.lines),
                warehouse_id=body.warehouse_id,
                **parts.of(body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.ship_parcels, "order_id", commands)

    @post("/check-parcels", **operation("CheckParcels", "orders:read", repeat="key_taken", opt={"finds": True}))
    async def check_parcels(self, request: ApiRequest, data: CheckBatch) -> list[ParcelCheck]:
        """Say what there is to say against parcels that you are about to send. Nothing is done.

        All of them are of one shop that you work for.
        """
        shop_id = data[0].shop_id
        if any(body.shop_id != shop_id for body in data) or not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        parcels = [CheckParcel(body.order_id, body.carrier, body.tracking_number) for body in data]
        async with request.database.read() as reader:
            return await check_parcels(reader, shop_id, parcels)

    @post("/prolong", **operation("ProlongOrders", "orders:write", repeat="key_needed"))
    async def prolong(self, request: ApiRequest, data: ProlongBatch) -> Response[list[MoveAnswer]]:
        """Give buyers more days to confirm receipt: yourself, once; or your shop's buyers."""
        parts = Parts(request)
        commands = [
            Prolong(order_id=body.order_id, days=body.days, due_at=body.due_at, **parts.of(body.shop_id))
            for body in data
        ]
        return await run(request, operations.prolong_receipts, "order_id", commands)

    @post("/confirm", **operation("ConfirmOrders", "payments:write", repeat="key_needed"))
    async def confirm(self, request: ApiRequest, data: ConfirmBatch) -> Response[list[ConfirmResult]]:
        """Confirm that you received orders of yours: the money goes to the shop.

        Of an order that is shipped in part you may, too: what was not sent never will be, and its money goes back.
        """
        commands = await _prove_confirmations(request, data)
        return await run(request, confirm_proved_orders, "order_id", commands)

    @post("/refund", **operation("RefundOrders", "payments:write", repeat="key_needed"))
    async def refund(self, request: ApiRequest, data: RefundBatch) -> Response[list[MoveAnswer]]:
        """Send back all money of orders: your shop's of which nothing was shipped, or of card keys that nobody saw.

        Once something is shipped there is `CancelUnsent`; what the buyer asks for is a case of after-sale.
        """
        parts = Parts(request)
        commands = [RefundOrder(order_id=body.order_id, reason=body.reason, **parts.of(body.shop_id)) for body in data]
        return await run(request, operations.refund_orders, "order_id", commands)

    @post("/cancel-unsent", **operation("CancelUnsent", "payments:write", repeat="key_needed"))
    async def cancel_unsent(self, request: ApiRequest, data: CancelUnsentBatch) -> Response[list[MoveAnswer]]:
        """Cancel what you can't send of your shop's orders that are shipped in part.

        The price of those units goes back to the buyer, less what of it went back before, and their stock is free. The
        freight stays: buyer and shop may agree on it by a case. The order is then `shipped`, with what was sent.
        """
        parts = Parts(request)
        commands = [CancelUnsent(order_id=body.order_id, reason=body.reason, **parts.of(body.shop_id)) for body in data]
        return await run(request, operations.cancel_unsent, "order_id", commands)


class CartApi(Controller):
    """The cart."""

    path = "/api/v1/cart"
    tags = ("cart",)

    @get("/", **operation("GetCart", "orders:read"))
    async def show(self, request: ApiRequest) -> Page[CartLine]:
        """Read your cart with what everything costs now, what was put in last first. It has at most 50 lines."""
        async with request.database.read() as reader:
            items = await store.get_cart(reader, request.person_id, LINES_MAX)
            skus = await get_skus_for_sale(reader, [item.sku_id for item in items]) if items else []
        lines = [_cart_line(item, sku) for item, sku in zip(items, skus, strict=True)]
        return Page(items=lines, next=None)

    @post("/put", **operation("PutInCart", "orders:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: CartBatch) -> Response[list[CartAnswer]]:
        """Put SKUs into your cart, or take them out."""
        person_id = request.person_id
        commands = [
            PutInCart(person_id=person_id, sku_id=body.sku_id, quantity=body.quantity, price_seen=body.price_seen)
            for body in data
        ]
        return await run(request, operations.put_in_cart, "person_id", commands)


class RulesApi(Controller):
    """The operator's rules of trade: timers and fees."""

    path = "/api/v1/rules"
    tags = ("platform",)

    @get("/", **operation("ListRules", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[RulesAnswer]:
        """List the versions of the rules of trade, the latest first, for the operator's staff."""
        before = read_cursor(after, tuple[int])
        async with request.database.read() as reader:
            rows = await store.list_rules(reader, before[0] if before else None, limit + 1)
        found = [
            RulesAnswer(
                version=row["version"],
                effective_at=row["effective_at"],
                rules=store.read_rules(row),
                reason=row["reason"],
                created_at=row["created_at"],
            )
            for row in rows[:limit]
        ]
        return Page(items=found, next=write_cursor(found[-1].version) if len(rows) > limit else None)

    @post("/publish", **operation("PublishRules", "platform:write", repeat="key_needed", guards=[staff(*OPERATORS)]))
    async def publish(self, request: ApiRequest, data: RulesBatch) -> Response[list["RulesStatusAnswer"]]:
        """Publish versions of the rules, for orders placed from a time to come."""
        actor = request.actor("staff")
        commands = [
            PublishRules(
                version=body.version,
                effective_at=body.effective_at,
                rules=body.rules,
                reason=body.reason,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.publish_rules, "actor.person_id", commands)


class RulesStatusAnswer(Struct):
    """How publishing rules ended."""

    status: PublishRulesStatus


ROUTES: Final = (OrdersApi, CartApi, RulesApi)
"""What the program serves of this module."""


def _page(found: list[Order], limit: int) -> Page[Order]:
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(items=shown, next=write_cursor(last.placed_at, last.id) if last else None)


def _receiver(body: PlaceBody) -> Address | None:
    """Say who gets an order, and where; of what is picked up, who comes: where they live is nothing to the shop."""
    if body.pickup:
        return Address(name=body.pickup.name, phone=body.pickup.phone, region="", detail="")
    return body.address.address() if body.address else None


def _price(
    body: PriceBody,
    skus: dict[UUID, SkuForSale | None],
    fees: Fees,
    coupons: Sequence[Coupon],
    buyer_id: UUID,
    taken: set[UUID],
) -> PriceAnswer:
    lines = [_price_line(item, skus.get(item.sku_id), body.shop_id) for item in body.items]
    if any(line.status == "not_for_sale" for line in lines):
        return PriceAnswer(status="not_for_sale", lines=lines)
    found = [sku for item in body.items if (sku := skus[item.sku_id]) is not None]
    quantities = [item.quantity for item in body.items]
    freight = NO_FREIGHT if body.is_picked_up else freight_of(found, quantities, body.region_code)
    if freight.undeliverable:
        for place in freight.undeliverable:
            lines[place].status = "not_delivered_there"
        return PriceAnswer(status="not_delivered_there", lines=lines)
    wanted = [
        Item(line.sku_id, line.price, line.quantity, fees.rate_of(body.shop_id, sku.categories))
        for line, sku in zip(lines, found, strict=True)
    ]
    having = usable(coupons, buyer_id, body.shop_id, clock.now(), taken)
    goods = goods_of(found, quantities)
    if body.coupon_ids is None:
        reductions = pick(having, goods)
    else:
        chosen = [coupon for coupon in having if coupon.id in body.coupon_ids]
        applied = apply(chosen, goods) if len(chosen) == len(body.coupon_ids) else None
        if applied is None:
            return PriceAnswer(status="coupon_not_usable", lines=lines)
        reductions = applied
    taken.update(reduction.coupon.id for reduction in reductions)
    price = calculate(wanted, freight=freight, reductions=reductions)
    if not 1 <= price.total <= TOTAL_MAX:
        return PriceAnswer(status="total_out_of_range", lines=lines)
    return _priced(price, lines)


def _priced(price: Price, lines: list[PriceLineAnswer]) -> PriceAnswer:
    for line, priced in zip(lines, price.lines, strict=True):
        line.amount = priced.amount
    return PriceAnswer(
        status="priced",
        lines=lines,
        goods=price.goods,
        freight=price.freight,
        total=price.total,
        fee=price.fee,
        freight_reasons=list(price.freight_reasons),
        discount=price.discount,
        subsidy=price.subsidy,
        coupons=list(price.coupons),
    )


def _price_line(item: PricedItemBody, sku: SkuForSale | None, shop_id: UUID) -> PriceLineAnswer:
    if sku is None or sku.shop_id != shop_id or not sku.is_listed:
        return PriceLineAnswer(status="not_for_sale", sku_id=item.sku_id, quantity=item.quantity)
    return PriceLineAnswer(
        status="sold_out" if sku.available < item.quantity else "for_sale",
        sku_id=item.sku_id,
        quantity=item.quantity,
        price=sku.price,
        title=sku.title,
        choices=list(sku.choices),
        available=sku.available,
    )


def _cart_line(item: CartItem, sku: SkuForSale | None) -> CartLine:
    if sku is None:
        return CartLine(sku_id=item.sku_id, quantity=item.quantity, price_seen=item.price_seen)
    return CartLine(
        sku_id=item.sku_id,
        quantity=item.quantity,
        price_seen=item.price_seen,
        shop_id=sku.shop_id,
        shop_name=sku.shop_name,
        product_id=sku.product_id,
        title=sku.title,
        choices=list(sku.choices),
        price=sku.price,
        available=sku.available,
        is_for_sale=sku.is_listed,
    )


# The buyer's word


async def _prove_payments(request: ApiRequest, data: Sequence[PayBody]) -> list[tuple[Refusal | None, int | None]]:
    """Say why what came with each command does not let the wallet pay (None where it does), and how much is proved.

    (None, None) where nothing has to be. Who pays for an order that is placed meanwhile pays for none.
    """
    asked = {n: body for n, body in enumerate(data) if body.channel == BALANCE and not _is_by_allowance(body)}
    if not asked:
        return [(None, None)] * len(data)
    wanted = {n: (body.order_id, *body.with_order_ids) for n, body in asked.items()}
    async with request.database.read() as reader:
        found = await store.read_payable(reader, list(set().union(*wanted.values())), clock.now())
    totals = {id: row["total"] for id, row in found.items() if row["buyer_id"] == request.person_id}
    spendings = {
        n: Spending(
            id=body.payment_id,
            amount=sum(totals.get(id, 0) for id in wanted[n]),
            proof=proof_in(body),
        )
        for n, body in asked.items()
    }
    refusals = await refuse_spendings(request, spendings.values())
    return [(refusals[spendings[n]], spendings[n].amount) if n in spendings else (None, None) for n in range(len(data))]


async def _prove_confirmations(
    request: ApiRequest, data: Sequence[ConfirmBody | ShowPickupCodeBody]
) -> list[ProvedConfirmation]:
    """Check what lets the money of orders go to their shops, now or when their code is given."""
    refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
    return [
        ProvedConfirmation(
            order_id=body.order_id,
            person_id=request.person_id,
            actor=request.actor("buyer"),
            key_id=request.caller.key_id,
            allowance_id=body.allowance_id if _is_by_allowance(body) else None,
            refusal=None if _is_by_allowance(body) else refusals[body.payment_password],
        )
        for body in data
    ]


def _is_by_allowance(body: PayBody | ConfirmBody | ShowPickupCodeBody) -> bool:
    return body.payment_password is None and body.allowance_id is not None


async def _add_pay_urls(request: ApiRequest, data: Sequence[PayBody], results: list[Any]) -> list[Any]:
    """Ask the channels that are not the wallet for their money, and say where to pay it."""
    asked = [
        place
        for place, (body, result) in enumerate(zip(data, results, strict=True))
        if body.channel != BALANCE and result["status"] in ("created", "exists")
    ]
    if asked:
        pairs = [(data[place].payment_id, data[place].device, data[place].openid) for place in asked]
        address = request.actor().address
        started = await start_payments_on(request.database, request.lanes, pairs, address)
        for place in asked:
            results[place] = {**results[place], **way_of(started.get(data[place].payment_id))}
    return results
