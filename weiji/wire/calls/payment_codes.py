"""The protocol's calls about payment codes: a cashier scans a payer's code, and takes an order back."""

from datetime import timedelta
from typing import Annotated, Any, Final, NoReturn

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from msgspec import Meta, Struct
from msgspec.structs import replace

from weiji.events import Actor
from weiji.identity import count_by_digits
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.payments import BALANCE, CreatePaymentStatus, create_payments, get_payments
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.calls.trade import (
    Amount,
    Appid,
    GoodsTag,
    Mchid,
    OrderNumber,
    SettleInfo,
    Text,
    Url,
    actor_of,
    check_currency,
    check_self,
    find_by_number,
    payee_of,
    refuse_order,
    terms_of,
)
from weiji.wire.codes import (
    AMOUNT_MAX,
    TakeCode,
    TakeCodeResult,
    TakeCodeStatus,
    digest_of,
    shard_of_code,
    take_codes,
)
from weiji.wire.codes.model import near_code
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import NOTHING, ROUTES, Answer, Call
from weiji.wire.keys import Party
from weiji.wire.payables import Payable, choose_with, drop_chosen, of_order, payment_of, takings_of
from weiji.wire.trade import (
    CloseMerchantOrder,
    CloseStatus,
    Kind,
    MerchantOrder,
    PlaceMerchantOrder,
    PlaceMerchantOrderStatus,
    RefundMerchantOrder,
    RefundStatus,
    State,
    close_merchant_orders,
    order_id_of,
    place_merchant_orders,
    read_payer,
    refund_id_of,
    refund_merchant_orders,
    take_merchant_payments,
)
from weiji.wire.trade.describing import describe
from weiji.wire.trade.rules import find_difference

LASTS: Final = timedelta(minutes=5)
"""How long an order waits for its payer, who is at the till."""

WRONG: Final = parse("10/minute")
"""Codes that are none, or over, from one merchant: beyond them it has to wait, so nobody finds one by guessing."""

_limiter: Final = FixedWindowRateLimiter(MemoryStorage())


class CodePayer(Struct, kw_only=True):
    """Who pays: whoever showed this code."""

    auth_code: Annotated[str, Meta(min_length=1, max_length=32)]


class CodeBody(Struct, kw_only=True):
    """An order that is paid with a code."""

    description: Text
    out_trade_no: OrderNumber
    amount: Amount
    payer: CodePayer
    appid: Appid | None = None
    mchid: Mchid | None = None
    sp_appid: Appid | None = None
    sp_mchid: Mchid | None = None
    sub_appid: Appid | None = None
    sub_mchid: Mchid | None = None
    notify_url: Url | None = None
    attach: Annotated[str, Meta(max_length=128)] | None = None
    goods_tag: GoodsTag | None = None
    settle_info: SettleInfo | None = None
    scene_info: dict[str, Any] | None = None


class ReverseBody(Struct, kw_only=True):
    """Whose order is taken back."""

    mchid: Mchid | None = None
    sp_mchid: Mchid | None = None
    sub_mchid: Mchid | None = None


@ROUTES.add("POST", "/v3/pay/transactions/codepay")
async def pay(call: Call) -> Answer:
    """Have an order paid by whoever showed a code."""
    body = call.read(CodeBody)
    if body.appid is None:
        raise wrong("/appid", _("没有给"))
    check_self(call, body.mchid, "/mchid")
    return await _pay(call, call.party, body)


@ROUTES.add("POST", "/v3/pay/partner/transactions/codepay")
async def pay_partner(call: Call) -> Answer:
    """The same, for another merchant."""
    body = call.read(CodeBody)
    if body.sp_appid is None:
        raise wrong("/sp_appid", _("没有给"))
    check_self(call, body.sp_mchid, "/sp_mchid")
    return await _pay(call, await payee_of(call, body.sub_mchid, "/sub_mchid"), body)


async def _pay(call: Call, party: Party, body: CodeBody) -> Answer:
    check_currency(body.amount.currency)
    order, is_done = await _place(call, party, body)
    if is_done:
        return Answer(value=describe(order))
    taken = await _take(call, order, body.payer.auth_code)
    if await _charge(call, order, taken):
        order = await find_by_number(call, party, body.out_trade_no)
    if order.state is State.PAID:
        return Answer(value=describe(order))
    if order.state is State.CLOSED:
        raise WireError(400, "ORDERCLOSED", _("订单在这期间被撤销了：付了的钱会退回。"))
    told = {"code": "USERPAYING", "message": _("需要付款人确认：请过几秒再查询订单。")}
    return Answer(value={**told, **describe(order)}, status=202)


async def _place(call: Call, party: Party, body: CodeBody) -> tuple[MerchantOrder, bool]:
    """Make the order, or find it; tell whether it is paid already. Whose code pays it is no part of what it is."""
    terms = terms_of(body, Kind.CODE)
    del terms["payer"]
    command = PlaceMerchantOrder(
        id=order_id_of(party.merchant.shop_id, call.mchid, body.out_trade_no),
        shop_id=party.merchant.shop_id,
        mchid=party.merchant.mchid,
        caller_mchid=call.mchid,
        number=body.out_trade_no,
        kind=Kind.CODE,
        description=body.description,
        total=body.amount.total,
        notify_url=check_address(body.notify_url, "/notify_url") if body.notify_url else None,
        shares_profit=body.settle_info is not None and body.settle_info.profit_sharing,
        terms=terms,
        key_id=call.notice_key_id,
        expires_at=clock.now() + LASTS,
        actor=actor_of(call),
    )
    result = await call.backend.batchers.of(place_merchant_orders).submit(command)
    match result.status:
        case PlaceMerchantOrderStatus.CREATED | PlaceMerchantOrderStatus.EXISTS:
            return await find_by_number(call, party, body.out_trade_no), False
        case PlaceMerchantOrderStatus.ALREADY_PAID:
            order = await find_by_number(call, party, body.out_trade_no)
            if find_difference(order.terms, terms) is None:
                return order, True
    return refuse_order(result.status, result.difference)


async def _take(call: Call, order: MerchantOrder, code: str) -> TakeCodeResult:
    """Use the code for the order. Raises WireError."""
    if not await _limiter.test(WRONG, "codes", call.mchid):
        error = WireError(429, "FREQUENCY_LIMITED", _("无效或过期的付款码太多了。请等一分钟。"))
        error.headers["retry-after"] = "60"
        raise error
    shard = shard_of_code(code)
    if shard is None:
        await _refuse_code(call, TakeCodeStatus.CODE_NOT_FOUND)
    command = TakeCode(near=near_code(shard), digest=digest_of(code), order_id=order.id, actor=actor_of(call))
    result = await call.backend.batchers.of(take_codes, "near").submit(command)
    if result.status not in (TakeCodeStatus.TAKEN, TakeCodeStatus.EXISTS):
        await _refuse_code(call, result.status)
    return result


async def _refuse_code(call: Call, status: TakeCodeStatus) -> NoReturn:
    await _limiter.hit(WRONG, "codes", call.mchid)
    field = "/payer/auth_code"
    match status:
        case TakeCodeStatus.EXPIRED:
            raise WireError(400, "AUTH_CODE_EXPIRE", _("付款码已过期：请付款人刷新再扫。"), field=field)
        case TakeCodeStatus.USED:
            raise WireError(400, "AUTH_CODE_USED", _("付款码已经付过别的订单：一个码只能用一次。"), field=field)
        case _:
            raise WireError(400, "AUTH_CODE_INVALID", _("没有这个付款码。"), field=field)


async def _charge(call: Call, order: MerchantOrder, taken: TakeCodeResult) -> bool:
    """Take the money from the payer's wallet and bring it to the order; False: the payer has to confirm it.

    The coupon of theirs that takes off most is used without asking, as the cashier chooses it. What the event of the
    payment does later is done at once, since who scans waits for the answer; it finds it done. Raises WireError.
    """
    assert taken.person_id, "the code is somebody's"
    assert taken.code_id, "and has an id"
    backend, payer = call.backend, Actor("buyer", taken.person_id)
    payment_id = derive(taken.person_id, "code payment", taken.code_id)
    payable = of_order(order, "")
    async with backend.database.read() as reader:
        (begun,) = await get_payments(reader, [payment_id])
        __, (usable,) = await read_payer(reader, taken.person_id, payable.lines, clock.now())
    coupon, off = usable[0] if usable and not begun else (None, 0)
    due = begun.amount if begun else order.total - off
    # Six digits, for which the code was shown, let no more go on a day: else its payer proves more themselves.
    asked = [(derive(taken.person_id, "code", taken.code_id), due)]
    most = backend.settings.step_up_above
    if due > AMOUNT_MAX or await count_by_digits(backend.database, taken.person_id, asked, most) != [None]:
        return False
    chosen: Payable | None = replace(payable, dues=(due,))
    if not begun:
        coupons = [coupon.id if coupon else None]
        chosen = await choose_with(backend, payable, coupons, payment_id, taken.person_id, payer)
    if chosen is None:
        return False  # The coupon was just used elsewhere: whether to pay more is the payer's to say.
    paying = payment_of(chosen, payment_id, taken.person_id, BALANCE, payer)
    status = await backend.batchers.of(create_payments).submit(paying)
    if status in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
        await backend.batchers.of(take_merchant_payments, "order_id").submit_all(takings_of(chosen, paying))
        return True
    await drop_chosen(backend, chosen, payment_id, status, payer)
    if status is CreatePaymentStatus.INSUFFICIENT_FUNDS:
        raise WireError(403, "NOT_ENOUGH", _("付款人的钱包余额不足：付款人可以在页面上付，或者不付。"))
    raise WireError(403, "ACCOUNT_ERROR", _("付款人的钱包现在不能付款。"))


@ROUTES.add("POST", "/v3/pay/transactions/out-trade-no/{number}/reverse")
async def reverse(call: Call) -> Answer:
    """Take an order back: nothing is taken for it any more, and what was goes back."""
    check_self(call, call.read(ReverseBody).mchid, "/mchid")
    return await _reverse(call, call.party)


@ROUTES.add("POST", "/v3/pay/partner/transactions/out-trade-no/{number}/reverse")
async def reverse_partner(call: Call) -> Answer:
    """The same, for another merchant."""
    body = call.read(ReverseBody)
    check_self(call, body.sp_mchid, "/sp_mchid")
    return await _reverse(call, await payee_of(call, body.sub_mchid, "/sub_mchid"))


async def _reverse(call: Call, party: Party) -> Answer:
    order = await find_by_number(call, party, call.params["number"])
    if order.kind is not Kind.CODE:
        raise WireError(400, "INVALID_REQUEST", _("这笔不是付款码支付：请关单或退款。"))
    closing = CloseMerchantOrder(order_id=order.id, caller_mchid=call.mchid, actor=actor_of(call))
    if await call.backend.batchers.of(close_merchant_orders, "order_id").submit(closing) is CloseStatus.CLOSED:
        return NOTHING
    number = f"reverse.{order.number}"  # As none that a program may give: no other refund takes it first.
    refunding = RefundMerchantOrder(
        id=refund_id_of(order.shop_id, call.mchid, number),
        order_id=order.id,
        caller_mchid=call.mchid,
        number=number,
        amount=order.total,
        total=order.total,
        reason=None,
        notify_url=None,
        key_id=None,
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(refund_merchant_orders, "order_id").submit(refunding):
        case RefundStatus.CREATED | RefundStatus.EXISTS:
            return NOTHING
        case RefundStatus.EXCEEDS_ORDER:
            order = await find_by_number(call, party, order.number)
            if order.refunded == order.total:
                return NOTHING
            raise WireError(400, "INVALID_REQUEST", _("之前已经退过一部分：剩下的请用退款。"))
        case RefundStatus.CHARGED_BACK:
            raise WireError(400, "INVALID_REQUEST", _("付款人的渠道已经把这笔钱拿回去了（拒付），不能再退一次。"))
        case _:
            raise WireError(403, "NOT_ENOUGH", _("这笔订单已经分了账：请先回退。"))
