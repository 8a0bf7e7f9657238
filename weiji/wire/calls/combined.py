"""The protocol's calls about combined orders: several merchants' orders that are paid at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from weiji.kit import clock
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.calls.trade import (
    Appid,
    Fen,
    GoodsTag,
    Mchid,
    Number,
    OrderNumber,
    SettleInfo,
    Text,
    Url,
    actor_of,
    check_currency,
    check_self,
    expires_at_of,
    lead,
    no_order,
    payee_of,
    refuse_order,
    terms_of,
)
from weiji.wire.combined import (
    LINES_MAX,
    CombinedOrder,
    PlaceCombinedOrder,
    PlaceCombinedResult,
    PlaceCombinedStatus,
    combined_id_of,
    compare,
    get_combined,
    place_combined_orders,
)
from weiji.wire.combined.describing import describe_combined
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import NOTHING, ROUTES, Answer, Call
from weiji.wire.keys import Party
from weiji.wire.tickets import COMBINED_PREFIX, write_ticket
from weiji.wire.trade import (
    CloseMerchantOrder,
    CloseStatus,
    Kind,
    Line,
    MerchantOrder,
    PlaceMerchantOrder,
    PlaceMerchantOrderResult,
    PlaceMerchantOrderStatus,
    State,
    close_merchant_orders,
    foresee_merchant_orders,
    get_orders,
    order_id_of,
    place_merchant_orders,
)
from weiji.wire.trade.describing import CURRENCY


class LineAmount(Struct, kw_only=True):
    """What is to be paid of one order."""

    total_amount: Fen
    currency: str = CURRENCY


class LineBody(Struct, kw_only=True):
    """One of the orders. A service provider writes itself as `mchid`, and who is paid as `sub_mchid`."""

    mchid: Mchid
    out_trade_no: OrderNumber
    amount: LineAmount
    description: Text
    attach: Annotated[str, Meta(max_length=128)] | None = None
    sub_mchid: Mchid | None = None
    sub_appid: Appid | None = None
    goods_tag: GoodsTag | UnsetType = UNSET
    settle_info: SettleInfo | None = None


class CombinePayer(Struct, kw_only=True, omit_defaults=True):
    """Who pays, as the app knows them."""

    openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    sub_openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class CombineBody(Struct, kw_only=True):
    """A combined order."""

    combine_appid: Appid
    combine_mchid: Mchid
    combine_out_trade_no: Number
    notify_url: Url
    sub_orders: Annotated[list[LineBody], Meta(min_length=1, max_length=LINES_MAX)]
    combine_payer_info: CombinePayer | None = None
    scene_info: dict[str, Any] | None = None
    time_start: datetime | None = None
    time_expire: datetime | None = None


class ClosedLine(Struct, kw_only=True):
    """An order that is to be closed."""

    mchid: Mchid
    out_trade_no: Number
    sub_mchid: Mchid | None = None


class CloseCombinedBody(Struct, kw_only=True):
    """Which orders of a combined order are closed: all of them."""

    combine_appid: Appid
    sub_orders: Annotated[list[ClosedLine], Meta(min_length=1, max_length=LINES_MAX)]


async def place(call: Call, kind: Kind) -> Answer:
    """Make the orders and what combines them, and give what their payer comes to the cashier with."""
    body = call.read(CombineBody)
    check_self(call, body.combine_mchid, "/combine_mchid")
    _check(body, kind)
    shop_id = call.party.merchant.shop_id
    combined_id = combined_id_of(shop_id, body.combine_out_trade_no)
    url = check_address(body.notify_url, "/notify_url")
    expires_at = expires_at_of(body.time_expire)
    orders = []
    for place, line in enumerate(body.sub_orders):
        party = await _payee(call, line, f"/sub_orders/{place}")
        orders.append(_order(call, body, kind, line, party, combined_id, url, expires_at))
    if len({order.id for order in orders}) != len(orders):
        raise wrong("/sub_orders", _("有一笔订单写了两次"))
    command = PlaceCombinedOrder(
        id=combined_id,
        shop_id=shop_id,
        mchid=call.mchid,
        number=body.combine_out_trade_no,
        kind=kind,
        lines=tuple(
            Line(
                order_id=order.id,
                shop_id=order.shop_id,
                description=order.description,
                total=order.total,
                tag=order.terms.get("goods_tag"),
            )
            for order in orders
        ),
        notify_url=url,
        terms=terms_of(body, kind),
        key_id=call.notice_key_id,
        expires_at=expires_at,
        actor=actor_of(call),
    )
    # What was asked for with this number before is compared first, and whether each order would be made: an order that
    # was made for nothing would keep its number. Then come the orders, and what combines them comes last: nobody can
    # pay before all are there.
    async with call.backend.database.read() as reader:
        found = (await get_combined(reader, [combined_id])).get(combined_id)
        foreseen = await foresee_merchant_orders(reader, orders, clock.now())
    if found is not None:
        _check_result(compare(found, command))
    _check_orders(foreseen)
    _check_orders(await call.backend.batchers.of(place_merchant_orders).submit_all(orders))
    _check_result(await call.backend.batchers.of(place_combined_orders).submit(command))
    return lead(call, kind, write_ticket(combined_id, clock.wall(), prefix=COMBINED_PREFIX))


def _check(body: CombineBody, kind: Kind) -> None:
    if kind is Kind.JSAPI and not (body.combine_payer_info and body.combine_payer_info.openid):
        raise wrong("/combine_payer_info/openid", _("没有给"))
    if kind is Kind.H5 and not body.scene_info:
        raise wrong("/scene_info", _("没有给"))
    for place, line in enumerate(body.sub_orders):
        check_currency(line.amount.currency, f"/sub_orders/{place}")


async def _payee(call: Call, line: LineBody, at: str) -> Party:
    """Find who is paid: the caller, who named the caller as a service provider, or the caller's sub-merchant."""
    if line.sub_mchid is None:
        return await payee_of(call, line.mchid, f"{at}/mchid")
    check_self(call, line.mchid, f"{at}/mchid")
    return await payee_of(call, line.sub_mchid, f"{at}/sub_mchid")


def _order(
    call: Call,
    body: CombineBody,
    kind: Kind,
    line: LineBody,
    party: Party,
    combined_id: UUID,
    url: str,
    expires_at: datetime,
) -> PlaceMerchantOrder:
    return PlaceMerchantOrder(
        id=order_id_of(party.merchant.shop_id, call.mchid, line.out_trade_no),
        shop_id=party.merchant.shop_id,
        mchid=party.merchant.mchid,
        caller_mchid=call.mchid,
        number=line.out_trade_no,
        kind=kind,
        description=line.description,
        total=line.amount.total_amount,
        notify_url=url,
        shares_profit=line.settle_info is not None and line.settle_info.profit_sharing,
        terms=terms_of(line, kind, appid=body.combine_appid, combine_out_trade_no=body.combine_out_trade_no),
        key_id=call.notice_key_id,
        expires_at=expires_at,
        combined_id=combined_id,
        actor=actor_of(call),
    )


def _check_orders(results: Sequence[PlaceMerchantOrderResult]) -> None:
    for result in results:
        if result.status not in (PlaceMerchantOrderStatus.CREATED, PlaceMerchantOrderStatus.EXISTS):
            refuse_order(result.status, result.difference)


def _check_result(result: PlaceCombinedResult) -> None:
    match result.status:
        case PlaceCombinedStatus.ALREADY_PAID:
            raise WireError(400, "ORDERPAID", _("这个单号的合单已经付款。"))
        case PlaceCombinedStatus.ALREADY_CLOSED:
            raise WireError(400, "ORDERCLOSED", _("这个单号的合单已经关闭，请换一个单号。"))
        case PlaceCombinedStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这个单号已经用于另一笔合单，%(field)s 不一样。", field=result.difference)
            raise WireError(400, "OUT_TRADE_NO_USED", words, field=f"/{result.difference}", location="body")
        case _:
            return


@ROUTES.add("POST", "/v3/combine-transactions/jsapi")
async def place_jsapi(call: Call) -> Answer:
    """Make orders that are paid at once, from a page of the merchant's."""
    return await place(call, Kind.JSAPI)


@ROUTES.add("POST", "/v3/combine-transactions/native")
async def place_native(call: Call) -> Answer:
    """Make orders that are paid at once, by scanning a code."""
    return await place(call, Kind.NATIVE)


@ROUTES.add("POST", "/v3/combine-transactions/app")
async def place_app(call: Call) -> Answer:
    """Make orders that are paid at once, from an app."""
    return await place(call, Kind.APP)


@ROUTES.add("POST", "/v3/combine-transactions/h5")
async def place_h5(call: Call) -> Answer:
    """Make orders that are paid at once, from a browser."""
    return await place(call, Kind.H5)


async def _find(call: Call) -> tuple[CombinedOrder, list[MerchantOrder]]:
    combined_id = combined_id_of(call.party.merchant.shop_id, call.params["number"])
    async with call.backend.database.read() as reader:
        found = (await get_combined(reader, [combined_id])).get(combined_id)
        if found is None:
            raise no_order()
        orders = await get_orders(reader, [line.order_id for line in found.lines])
    return found, [orders[line.order_id] for line in found.lines]


@ROUTES.add("GET", "/v3/combine-transactions/out-trade-no/{number}")
async def show(call: Call) -> Answer:
    """Tell of a combined order."""
    return Answer(value=describe_combined(*await _find(call)))


@ROUTES.add("POST", "/v3/combine-transactions/out-trade-no/{number}/close")
async def close(call: Call) -> Answer:
    """Take nothing any more for the orders of a combined order. All of them have to be named."""
    body = call.read(CloseCombinedBody)
    combined, orders = await _find(call)
    if body.combine_appid != combined.terms["combine_appid"]:
        raise WireError(400, "APPID_MCHID_NOT_MATCH", _("这不是下这笔合单的 appid。"))
    named = {(line.sub_mchid or line.mchid, line.out_trade_no) for line in body.sub_orders}
    if named != {(order.mchid, order.number) for order in orders}:
        raise wrong("/sub_orders", _("要写全这笔合单里的每一笔订单"))
    # If one is paid nothing is closed. What is paid just now is refused by those that were closed, and goes back.
    is_paid = any(order.state is State.PAID for order in orders)
    if not is_paid:
        commands = [
            CloseMerchantOrder(order_id=order.id, caller_mchid=call.mchid, actor=actor_of(call)) for order in orders
        ]
        statuses = await call.backend.batchers.of(close_merchant_orders, "order_id").submit_all(commands)
        is_paid = CloseStatus.ALREADY_PAID in statuses
    if is_paid:
        raise WireError(400, "ORDERPAID", _("这笔合单已经付款，只能退款。"))
    return NOTHING
