"""The protocol's calls about orders: make, ask, close, refund; for oneself, or as a service provider for another."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.payments import Refund, RouteRefund, RouteRefundStatus, route_refunds
from weiji.payments import RefundStatus as PaymentRefundStatus
from weiji.payments import get_refunds as get_payment_refunds
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.errors import WireError, contradicts, not_allowed, used_otherwise, wrong
from weiji.wire.gate import NOTHING, ROUTES, Answer, Call
from weiji.wire.keys import Party
from weiji.wire.tickets import write_ticket
from weiji.wire.trade import (
    CloseMerchantOrder,
    CloseStatus,
    Kind,
    MerchantOrder,
    MerchantRefund,
    PlaceMerchantOrder,
    PlaceMerchantOrderStatus,
    RefundMerchantOrder,
    RefundStatus,
    close_merchant_orders,
    get_orders,
    get_refunds,
    order_id_of,
    place_merchant_orders,
    refund_id_of,
    refund_merchant_orders,
)
from weiji.wire.trade.describing import CURRENCY, describe, describe_refund
from weiji.wire.trade.rules import refund_difference

LASTS: Final = timedelta(days=7)
"""How long an order can be paid, where its maker says nothing."""
LASTS_MIN: Final = timedelta(minutes=1)
LASTS_MAX: Final = timedelta(days=90)

AMOUNT_MAX: Final = 10**12
"""The largest order, in fen."""

NO_ORDER: Final = "ORDER_NOT_EXIST"
"""How calls about orders say that there is none."""

NO_RESOURCE: Final = "RESOURCE_NOT_EXISTS"
"""How all others do: about refunds, and sharing."""

USER_BANK_CARD: Final = "USER_BANK_CARD"

REFUNDS_MAX: Final = 1_000
"""Refunds of one payment that are looked at."""

_NO_TERMS: Final = ("scene_info", "time_start")
"""What may be another when the same order is asked for again."""

Number = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_\-|*@]+\Z")]
OrderNumber = Annotated[str, Meta(min_length=6, max_length=32, pattern=r"^[0-9A-Za-z_\-|*@]+\Z")]
"""What a new order may be called. What asks about orders takes shorter ones, too: there are such of before."""
RefundNumber = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_\-|*@]+\Z")]
APPID_LENGTH_MAX: Final = 32
Appid = Annotated[str, Meta(min_length=1, max_length=APPID_LENGTH_MAX)]
Mchid = Annotated[str, Meta(min_length=1, max_length=32)]
GoodsTag = Annotated[str, Meta(min_length=1, max_length=32)]
"""What an order says of its goods: some coupons are good for such alone."""
Text = Annotated[str, Meta(min_length=1, max_length=127)]
Url = Annotated[str, Meta(min_length=1, max_length=255)]
Fen = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]


class Amount(Struct, kw_only=True):
    """What is to be paid."""

    total: Fen
    currency: str = CURRENCY


class Payer(Struct, kw_only=True, omit_defaults=True):
    """Who pays, as apps know them."""

    openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    sp_openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    sub_openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class SettleInfo(Struct, kw_only=True):
    """How the money goes on."""

    profit_sharing: bool = False
    subsidy_amount: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] | UnsetType = UNSET
    """What a platform may add of its own."""


class OrderBody(Struct, kw_only=True):
    """An order."""

    description: Text
    out_trade_no: OrderNumber
    notify_url: Url
    amount: Amount
    appid: Appid | None = None
    mchid: Mchid | None = None
    sp_appid: Appid | None = None
    sp_mchid: Mchid | None = None
    sub_appid: Appid | None = None
    sub_mchid: Mchid | None = None
    time_expire: datetime | None = None
    attach: Annotated[str, Meta(max_length=128)] | None = None
    goods_tag: GoodsTag | None = None
    payer: Payer | None = None
    settle_info: SettleInfo | None = None
    scene_info: dict[str, Any] | None = None


class CloseBody(Struct, kw_only=True):
    """Whose order is closed."""

    mchid: Mchid | None = None
    sp_mchid: Mchid | None = None
    sub_mchid: Mchid | None = None


class RefundAmount(Struct, kw_only=True):
    """What goes back, of what."""

    refund: Fen
    total: Fen
    currency: str = CURRENCY


class RefundBody(Struct, kw_only=True):
    """A refund."""

    out_refund_no: RefundNumber
    amount: RefundAmount
    transaction_id: Annotated[str, Meta(max_length=32)] | None = None
    out_trade_no: Number | None = None
    sub_mchid: Mchid | None = None
    reason: Annotated[str, Meta(max_length=80)] | None = None
    notify_url: Url | None = None


class AbnormalRefundBody(Struct, kw_only=True):
    """Where a refund may go that its channel refused."""

    out_refund_no: Annotated[str, Meta(min_length=1, max_length=64)]
    """That which ends a complaint has one that programs can't give."""
    type: Annotated[str, Meta(max_length=32)]
    sub_mchid: Mchid | None = None
    bank_type: Annotated[str, Meta(max_length=100)] | None = None
    bank_account: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us."""
    real_name: Annotated[str, Meta(max_length=2_000)] | None = None
    """Likewise."""


async def payee_of(call: Call, mchid: str | None, field: str) -> Party:
    """Find for whom a service provider acts. Raises WireError."""
    if not mchid:
        raise wrong(field, _("没有给"))
    party = await call.directory.find(mchid)
    if party is None:
        raise WireError(400, "PARAM_ERROR", _("这里没有这个商户号。"), field=field, value=mchid)
    if mchid != call.mchid and call.mchid not in party.merchant.partners:
        raise not_allowed(_("这个商户没有在密钥页把你设为服务商。"))
    return party


async def owner_of(call: Call, sub_mchid: str | None, field: str) -> Party:
    """Say whose money it is: the caller's, or that of whoever named it as a service provider. Raises WireError."""
    return await payee_of(call, sub_mchid, field) if sub_mchid else call.party


def check_self(call: Call, mchid: str | None, field: str) -> None:
    """Check that a request names who signed it. Raises WireError."""
    if not mchid:
        raise wrong(field, _("没有给"))
    if mchid != call.mchid:
        raise WireError(400, "PARAM_ERROR", _("不是给请求签名的商户。"), field=field, value=mchid)


def actor_of(call: Call) -> Actor:
    """Say that a merchant's program acts: it stands for the shop."""
    return Actor("merchant", call.party.merchant.shop_id, call.request_id, call.address)


async def place(call: Call, kind: Kind, *, is_partner: bool) -> Answer:
    """Make an order, and give what its payer comes to the cashier with."""
    body = call.read(OrderBody)
    if is_partner:
        if body.sp_appid is None:
            raise wrong("/sp_appid", _("没有给"))
        check_self(call, body.sp_mchid, "/sp_mchid")
        party = await payee_of(call, body.sub_mchid, "/sub_mchid")
    else:
        if body.appid is None:
            raise wrong("/appid", _("没有给"))
        check_self(call, body.mchid, "/mchid")
        party = call.party
    _check(body, kind, is_partner=is_partner)
    command = PlaceMerchantOrder(
        id=order_id_of(party.merchant.shop_id, call.mchid, body.out_trade_no),
        shop_id=party.merchant.shop_id,
        mchid=party.merchant.mchid,
        caller_mchid=call.mchid,
        number=body.out_trade_no,
        kind=kind,
        description=body.description,
        total=body.amount.total,
        notify_url=check_address(body.notify_url, "/notify_url"),
        shares_profit=body.settle_info is not None and body.settle_info.profit_sharing,
        terms=terms_of(body, kind),
        key_id=call.notice_key_id,
        expires_at=expires_at_of(body.time_expire),
        actor=actor_of(call),
    )
    result = await call.backend.batchers.of(place_merchant_orders).submit(command)
    if result.status not in (PlaceMerchantOrderStatus.CREATED, PlaceMerchantOrderStatus.EXISTS):
        refuse_order(result.status, result.difference)
    return lead(call, kind, write_ticket(command.id, clock.wall()))


def lead(call: Call, kind: Kind, ticket: str) -> Answer:
    """Give what a payer comes to the cashier with."""
    match kind:
        case Kind.NATIVE:
            return Answer(value={"code_url": f"{call.origin}/pay/{ticket}"})
        case Kind.H5:
            # Programs put `&redirect_url=…` behind it.
            return Answer(value={"h5_url": f"{call.origin}/pay/h5?prepay_id={ticket}"})
        case _:
            return Answer(value={"prepay_id": ticket})


def _check(body: OrderBody, kind: Kind, *, is_partner: bool) -> None:
    check_currency(body.amount.currency)
    if kind is Kind.JSAPI:
        names = ("sp_openid", "sub_openid") if is_partner else ("openid",)
        if not body.payer or not any(getattr(body.payer, name) for name in names):
            raise wrong(f"/payer/{names[0]}", _("没有给"))
    if kind is Kind.H5 and not body.scene_info:
        raise wrong("/scene_info", _("没有给"))


def check_currency(currency: str, at: str = "") -> None:
    """Check that an amount is in yuan. Raises WireError."""
    if currency != CURRENCY:
        raise wrong(f"{at}/amount/currency", _("要是 %(value)s", value=CURRENCY), currency)


def terms_of(body: Struct, kind: Kind, **others: str) -> dict[str, Any]:
    """Keep what was asked: the one place that tells whether another request with the same number is the same."""
    told = {**msgspec.to_builtins(body), "kind": kind.value, **others}
    return {name: value for name, value in told.items() if value is not None and name not in _NO_TERMS}


def expires_at_of(time_expire: datetime | None) -> datetime:
    """Say until when an order can be paid. The caller's clock is the machine's, ours may have been turned."""
    if time_expire is None:
        return clock.now() + LASTS
    if time_expire.tzinfo is None:
        raise wrong("/time_expire", _("要带时区，如 +08:00"))
    ahead = time_expire - clock.wall()
    if ahead < LASTS_MIN:
        raise wrong("/time_expire", _("至少要在一分钟以后"))
    return clock.now() + min(ahead, LASTS_MAX)


def refuse_order(status: PlaceMerchantOrderStatus, difference: str | None) -> NoReturn:
    """Say why an order was not made."""
    match status:
        case PlaceMerchantOrderStatus.ALREADY_PAID:
            raise WireError(400, "ORDERPAID", _("这个单号的订单已经付款。"))
        case PlaceMerchantOrderStatus.ALREADY_CLOSED:
            raise WireError(400, "ORDERCLOSED", _("这个单号的订单已经关闭，请换一个单号。"))
        case PlaceMerchantOrderStatus.EXISTS_WITH_DIFFERENT_TERMS if difference == "kind":  # No field says it.
            words = _("这个单号已经用于另一笔订单，是从别的路径下的。")
            raise WireError(400, "OUT_TRADE_NO_USED", words, field="path", location="uri")
        case PlaceMerchantOrderStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这个单号已经用于另一笔订单，%(field)s 不一样。", field=difference)
            raise WireError(400, "OUT_TRADE_NO_USED", words, field=f"/{difference}", location="body")
        case PlaceMerchantOrderStatus.SHOP_NOT_VERIFIED:
            raise not_allowed(_("店铺要先认证，程序才能收款。"))
        case _:
            raise not_allowed(_("店铺现在不接单。"))


@ROUTES.add("POST", "/v3/pay/transactions/jsapi")
async def place_jsapi(call: Call) -> Answer:
    """Make an order that is paid from a page of the merchant's."""
    return await place(call, Kind.JSAPI, is_partner=False)


@ROUTES.add("POST", "/v3/pay/transactions/native")
async def place_native(call: Call) -> Answer:
    """Make an order that is paid by scanning a code."""
    return await place(call, Kind.NATIVE, is_partner=False)


@ROUTES.add("POST", "/v3/pay/transactions/app")
async def place_app(call: Call) -> Answer:
    """Make an order that is paid from an app."""
    return await place(call, Kind.APP, is_partner=False)


@ROUTES.add("POST", "/v3/pay/transactions/h5")
async def place_h5(call: Call) -> Answer:
    """Make an order that is paid from a browser."""
    return await place(call, Kind.H5, is_partner=False)


@ROUTES.add("POST", "/v3/pay/partner/transactions/jsapi")
async def place_partner_jsapi(call: Call) -> Answer:
    """The same, for another merchant."""
    return await place(call, Kind.JSAPI, is_partner=True)


@ROUTES.add("POST", "/v3/pay/partner/transactions/native")
async def place_partner_native(call: Call) -> Answer:
    """The same, for another merchant."""
    return await place(call, Kind.NATIVE, is_partner=True)


@ROUTES.add("POST", "/v3/pay/partner/transactions/app")
async def place_partner_app(call: Call) -> Answer:
    """The same, for another merchant."""
    return await place(call, Kind.APP, is_partner=True)


@ROUTES.add("POST", "/v3/pay/partner/transactions/h5")
async def place_partner_h5(call: Call) -> Answer:
    """The same, for another merchant."""
    return await place(call, Kind.H5, is_partner=True)


@ROUTES.add("GET", "/v3/pay/transactions/out-trade-no/{number}")
async def show_by_number(call: Call) -> Answer:
    """Tell of an order, by the merchant's number."""
    check_self(call, call.ask("mchid"), "mchid")
    return Answer(value=describe(await find_by_number(call, call.party, call.params["number"])))


@ROUTES.add("GET", "/v3/pay/transactions/id/{transaction_id}")
async def show_by_id(call: Call) -> Answer:
    """Tell of an order, by ours."""
    check_self(call, call.ask("mchid"), "mchid")
    return Answer(value=describe(await find_by_id(call, call.params["transaction_id"], mchid=call.mchid)))


@ROUTES.add("GET", "/v3/pay/partner/transactions/out-trade-no/{number}")
async def show_partner_by_number(call: Call) -> Answer:
    """Tell a service provider of an order, by its number."""
    check_self(call, call.ask("sp_mchid"), "sp_mchid")
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    return Answer(value=describe(await find_by_number(call, party, call.params["number"])))


@ROUTES.add("GET", "/v3/pay/partner/transactions/id/{transaction_id}")
async def show_partner_by_id(call: Call) -> Answer:
    """Tell a service provider of an order, by our number."""
    check_self(call, call.ask("sp_mchid"), "sp_mchid")
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    return Answer(value=describe(await find_by_id(call, call.params["transaction_id"], mchid=party.merchant.mchid)))


@ROUTES.add("POST", "/v3/pay/transactions/out-trade-no/{number}/close")
async def close(call: Call) -> Answer:
    """Take nothing any more for an order."""
    check_self(call, call.read(CloseBody).mchid, "/mchid")
    return await _close(call, call.party)


@ROUTES.add("POST", "/v3/pay/partner/transactions/out-trade-no/{number}/close")
async def close_partner(call: Call) -> Answer:
    """Take nothing any more for an order of another merchant."""
    body = call.read(CloseBody)
    check_self(call, body.sp_mchid, "/sp_mchid")
    return await _close(call, await payee_of(call, body.sub_mchid, "/sub_mchid"))


async def _close(call: Call, party: Party) -> Answer:
    order_id = order_id_of(party.merchant.shop_id, call.mchid, call.params["number"])
    command = CloseMerchantOrder(order_id=order_id, caller_mchid=call.mchid, actor=actor_of(call))
    match await call.backend.batchers.of(close_merchant_orders, "order_id").submit(command):
        case CloseStatus.CLOSED:
            return NOTHING
        case CloseStatus.ALREADY_PAID:
            raise WireError(400, "ORDERPAID", _("订单已经付款，只能退款。"))
        case _:
            raise no_order()


@ROUTES.add("POST", "/v3/refund/domestic/refunds")
async def refund(call: Call) -> Answer:
    """Give a part of an order back, or all of it; asked again with the same number, tell how that stands."""
    body = call.read(RefundBody)
    party = await owner_of(call, body.sub_mchid, "/sub_mchid")
    check_currency(body.amount.currency)
    if body.transaction_id:
        order = await find_named(call, body.transaction_id, body.sub_mchid)
        if body.out_trade_no and body.out_trade_no != order.number:
            raise contradicts("/out_trade_no", "/transaction_id", body.out_trade_no)
    elif body.out_trade_no:
        order = await find_by_number(call, party, body.out_trade_no, NO_RESOURCE)
    else:
        raise wrong("/transaction_id", _("没有给，out_trade_no 也没有"))
    command = RefundMerchantOrder(
        id=refund_id_of(order.shop_id, call.mchid, body.out_refund_no),
        order_id=order.id,
        caller_mchid=call.mchid,
        number=body.out_refund_no,
        amount=body.amount.refund,
        total=body.amount.total,
        reason=body.reason or None,
        notify_url=check_address(body.notify_url, "/notify_url") if body.notify_url else None,
        key_id=call.notice_key_id,
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(refund_merchant_orders, "order_id").submit(command)
    if status is RefundStatus.EXISTS_WITH_DIFFERENT_TERMS:
        async with call.backend.database.read() as reader:
            found = (await get_refunds(reader, [command.id]))[command.id]
        raise used_otherwise(f"/{refund_difference(order, found, command)}")
    if status not in (RefundStatus.CREATED, RefundStatus.EXISTS):
        _refuse_refund(status)
    return await describe_found_refund(call, command.id)


def _refuse_refund(status: RefundStatus) -> NoReturn:
    match status:
        case RefundStatus.ORDER_NOT_FOUND:
            raise no_order(NO_RESOURCE)
        case RefundStatus.NOT_PAID:
            raise WireError(400, "INVALID_REQUEST", _("订单没有付款。"))
        case RefundStatus.TOTAL_DIFFERS:
            raise WireError(400, "PARAM_ERROR", _("不是订单的总金额。"), field="/amount/total", location="body")
        case RefundStatus.EXCEEDS_ORDER:
            words = _("超过了订单剩下的金额。")
            raise WireError(400, "INVALID_REQUEST", words, field="/amount/refund", location="body")
        case RefundStatus.CHARGED_BACK:
            raise WireError(400, "INVALID_REQUEST", _("付款人的渠道已经把这笔钱拿回去了（拒付），不能再退一次。"))
        case _:
            words = _("这笔订单已经分了账：请先回退。")
            raise WireError(403, "NOT_ENOUGH", words)


@ROUTES.add("GET", "/v3/refund/domestic/refunds/{number}")
async def show_refund(call: Call) -> Answer:
    """Tell how a refund stands."""
    party = await owner_of(call, call.query.get("sub_mchid"), "sub_mchid")
    return await describe_found_refund(call, refund_id_of(party.merchant.shop_id, call.mchid, call.params["number"]))


async def describe_found_refund(call: Call, refund_id: UUID, mchid: str | None = None) -> Answer:
    """Tell how a refund of the caller's stands; where the request says whose (*mchid*), it is. Raises WireError."""
    async with call.backend.database.read() as reader:
        found = (await get_refunds(reader, [refund_id])).get(refund_id)
        if found is None or found.caller_mchid != call.mchid or mchid not in (None, found.mchid):
            raise no_refund()
        order = (await get_orders(reader, [found.order_id]))[found.order_id]
        refused = await _read_refused(reader, order, found) if found.abnormal_at else None
    await payee_of(call, order.mchid, "refund_id")  # As in `_find`.
    # Where the channel took it after all, it went the way that it came.
    paid_by_hand = (PaymentRefundStatus.ABNORMAL, PaymentRefundStatus.BY_HAND)
    is_routed = refused is not None and refused.route_bank is not None and refused.status in paid_by_hand
    return Answer(value=describe_refund(order, found, is_routed=is_routed))


async def _read_refused(reader: Reader, order: MerchantOrder, refund: MerchantRefund) -> Refund | None:
    assert order.payment_id, "what is refunded was paid"
    found = await get_payment_refunds(reader, [order.payment_id], limit=REFUNDS_MAX)
    return next((each for each in found if each.source_id == refund.id), None)


@ROUTES.add("POST", "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund")
async def route_refund(call: Call) -> Answer:
    """Say to which bank account a refund may go that its channel refused; the operator pays it."""
    body = call.read(AbnormalRefundBody)
    party = await owner_of(call, body.sub_mchid, "/sub_mchid")
    if body.type != USER_BANK_CARD:
        words = _("渠道拒绝的退款只能给付款人，不能给商户：请填付款人的账户。")
        raise WireError(403, "RULE_LIMIT", words, field="/type", location="body")
    for name in ("bank_type", "bank_account", "real_name"):
        if getattr(body, name) is None:
            raise wrong(f"/{name}", _("没有给"))
    refund_id = refund_id_of(party.merchant.shop_id, call.mchid, body.out_refund_no)
    async with call.backend.database.read() as reader:
        found = (await get_refunds(reader, [refund_id])).get(refund_id)
        if found is None or found.id.hex != call.params["refund_id"].lower():
            raise no_refund()
        order = (await get_orders(reader, [found.order_id]))[found.order_id]
        refused = await _read_refused(reader, order, found)
    if refused is None:
        raise WireError(400, "INVALID_REQUEST", _("渠道没有拒绝这笔退款。"))
    command = RouteRefund(
        id=refused.id,
        bank=body.bank_type or "",
        holder=call.open("/real_name", body.real_name or ""),
        number=call.open("/bank_account", body.bank_account or ""),
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(route_refunds).submit(command):
        case RouteRefundStatus.ROUTED | RouteRefundStatus.EXISTS:
            return await describe_found_refund(call, refund_id)
        case RouteRefundStatus.BANK_INVALID:
            raise wrong("/bank_type", _("不是银行名"), body.bank_type)
        case RouteRefundStatus.HOLDER_INVALID:
            raise wrong("/real_name", _("不是姓名"))
        case RouteRefundStatus.NUMBER_INVALID:
            raise wrong("/bank_account", _("不是账号"))
        case _:
            raise WireError(400, "INVALID_REQUEST", _("渠道没有拒绝这笔退款，或者已经付了。"))


async def find_by_number(call: Call, party: Party, number: str, code: str = NO_ORDER) -> MerchantOrder:
    """Find an order by its maker's number; *code*: how the protocol says here that there is none. Raises WireError."""
    return await _find(call, order_id_of(party.merchant.shop_id, call.mchid, number), code)


async def find_by_id(call: Call, text: str, code: str = NO_ORDER, mchid: str | None = None) -> MerchantOrder:
    """Find an order by our number, likewise; where the request says whose it is (*mchid*), it is. Raises WireError."""
    try:
        order_id = UUID(hex=text)
    except ValueError:
        raise no_order(code) from None
    order = await _find(call, order_id, code)
    if mchid and order.mchid != mchid:
        raise WireError(404, code, _("这个商户没有这笔订单。"))
    return order


async def find_named(call: Call, text: str, sub_mchid: str | None) -> MerchantOrder:
    """Find an order that something is made of under a number, by ours: of whom the request names, or the caller's own.

    The number is then asked for beside the same name, so one made without it would not be found. Raises WireError.
    """
    order = await find_by_id(call, text, NO_RESOURCE, sub_mchid)
    if not sub_mchid and order.mchid != call.mchid:
        raise wrong("/sub_mchid", _("没有给：这笔订单是商户 %(mchid)s 的", mchid=order.mchid))
    return order


async def _find(call: Call, order_id: UUID, code: str) -> MerchantOrder:
    async with call.backend.database.read() as reader:
        order = (await get_orders(reader, [order_id])).get(order_id)
    if order is None or call.mchid not in (order.caller_mchid, order.mchid):
        raise no_order(code)
    await payee_of(call, order.mchid, "transaction_id")  # Who made it may be its service provider no longer.
    return order


def no_refund() -> WireError:
    """Refuse what is about a refund that is not the caller's, or not there."""
    return WireError(404, "RESOURCE_NOT_EXISTS", _("没有这个单号的退款。"))


def no_order(code: str = NO_ORDER) -> WireError:
    """Refuse what is about an order that is not the caller's, or not there."""
    return WireError(404, code, _("你没有这笔订单。"))
