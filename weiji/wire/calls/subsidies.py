"""The protocol's calls about subsidies: what a platform adds to orders of merchants on it."""

from typing import Annotated, NoReturn
from uuid import UUID

from msgspec import Meta, Struct

from weiji.web import gettext as _
from weiji.wire.calls.sharing import Description, TransactionId
from weiji.wire.calls.trade import NO_RESOURCE, Fen, Mchid, RefundNumber, actor_of, find_by_id, payee_of
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.subsidies import (
    DeclineStatus,
    DeclineSubsidy,
    GiveSubsidy,
    GiveSubsidyStatus,
    ReturnSubsidy,
    ReturnSubsidyStatus,
    decline_subsidies,
    get_subsidies,
    get_subsidy_returns,
    give_subsidies,
    return_subsidies,
    subsidy_id_of,
    subsidy_return_id_of,
)
from weiji.wire.trade import MerchantOrder, State
from weiji.wire.trade.describing import transaction_id

_SUBSIDIES = "/v3/ecommerce/subsidies"


class GiveBody(Struct, kw_only=True):
    """What is added to an order."""

    sub_mchid: Mchid
    transaction_id: TransactionId
    amount: Fen
    description: Description
    out_subsidy_no: RefundNumber | None = None


class ReturnBody(Struct, kw_only=True):
    """What goes back of it."""

    sub_mchid: Mchid
    transaction_id: TransactionId
    out_order_no: RefundNumber
    amount: Fen
    description: Description
    refund_id: Annotated[str, Meta(max_length=64)] | None = None


class CancelBody(Struct, kw_only=True):
    """That nothing will be added."""

    sub_mchid: Mchid
    transaction_id: TransactionId
    description: Description


async def _order_of(call: Call, sub_mchid: str, transaction: str) -> MerchantOrder:
    """Find an order that the caller made for another merchant. Raises WireError."""
    await payee_of(call, sub_mchid, "/sub_mchid")
    order = await find_by_id(call, transaction, NO_RESOURCE)
    if order.mchid != sub_mchid or order.caller_mchid != call.mchid:
        raise _nothing()
    return order


@ROUTES.add("POST", f"{_SUBSIDIES}/create")
async def give(call: Call) -> Answer:
    """Add to an order, once; asked again with the same number, tell what was added."""
    body = call.read(GiveBody)
    order = await _order_of(call, body.sub_mchid, body.transaction_id)
    payer_id = call.party.merchant.shop_id
    subsidy_id = subsidy_id_of(payer_id, order.id)
    async with call.backend.database.read() as reader:
        is_new = not await get_subsidies(reader, [subsidy_id])
    if is_new:
        _check(order, body.amount)
    command = GiveSubsidy(
        id=subsidy_id,
        payer_id=payer_id,
        mchid=call.mchid,
        order_id=order.id,
        shop_id=order.shop_id,
        number=body.out_subsidy_no,
        amount=body.amount,
        description=body.description,
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(give_subsidies, "payer_id").submit(command):
        case GiveSubsidyStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这笔订单已经补过差，金额不一样：只能补一次。")
            raise WireError(400, "INVALID_REQUEST", words, field="/amount", location="body")
        case GiveSubsidyStatus.INSUFFICIENT_FUNDS:
            words = _("账户里可提的余额不够。请换一个单号。")
            raise WireError(403, "NOT_ENOUGH", words)
    async with call.backend.database.read() as reader:
        found = (await get_subsidies(reader, [subsidy_id]))[subsidy_id]
    told = {
        "sub_mchid": body.sub_mchid,
        "transaction_id": transaction_id(order),
        "subsidy_id": found.id.hex,
        "description": found.description,
        "amount": found.amount,
        "result": "SUCCESS",
        "success_time": write_time(found.created_at),
    }
    return Answer(value=told | ({"out_subsidy_no": found.number} if found.number else {}))


def _check(order: MerchantOrder, amount: int) -> None:
    """Check that an order takes something. It may be finished meanwhile: then what is added is its shop's at once."""
    if order.state is not State.PAID:
        raise WireError(400, "INVALID_REQUEST", _("订单没有付款。"))
    if not order.shares_profit or not order.subsidy_max:
        raise WireError(403, "RULE_LIMIT", _("下单时没有带 settle_info.subsidy_amount。"))
    if order.subsidy_declined_at is not None:
        raise WireError(403, "RULE_LIMIT", _("这笔订单已经取消补差。"))
    if not order.held:
        raise WireError(403, "RULE_LIMIT", _("订单已经完结，没有冻结的钱了。"))
    if amount > order.subsidy_max:
        raise wrong("/amount", _("超过了订单的 subsidy_amount（%(most)s）", most=order.subsidy_max), amount)


@ROUTES.add("POST", f"{_SUBSIDIES}/return")
async def give_back(call: Call) -> Answer:
    """Take back what was added, or some of it."""
    body = call.read(ReturnBody)
    order = await _order_of(call, body.sub_mchid, body.transaction_id)
    payer_id = call.party.merchant.shop_id
    return_id = subsidy_return_id_of(order.id, payer_id, body.out_order_no)
    command = ReturnSubsidy(
        id=return_id,
        order_id=order.id,
        payer_id=payer_id,
        number=body.out_order_no,
        refund_id=_read_id(body.refund_id) if body.refund_id else None,
        amount=body.amount,
        description=body.description,
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(return_subsidies, "order_id").submit(command)
    if status not in (ReturnSubsidyStatus.CREATED, ReturnSubsidyStatus.EXISTS):
        _refuse_return(status)
    async with call.backend.database.read() as reader:
        found = (await get_subsidy_returns(reader, [return_id]))[return_id]
    told = {
        "sub_mchid": body.sub_mchid,
        "transaction_id": transaction_id(order),
        "subsidy_refund_id": found.id.hex,
        "out_order_no": found.number,
        "amount": found.amount,
        "description": found.description,
        "result": "SUCCESS",
        "success_time": write_time(found.created_at),
    }
    return Answer(value=told | ({"refund_id": found.refund_id.hex} if found.refund_id else {}))


def _refuse_return(status: ReturnSubsidyStatus) -> NoReturn:
    match status:
        case ReturnSubsidyStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这个单号已经用于另一次补差回退：金额或退款单不一样。")
            raise WireError(400, "INVALID_REQUEST", words, field="/out_order_no", location="body")
        case ReturnSubsidyStatus.NOT_SUBSIDIZED:
            raise WireError(400, "INVALID_REQUEST", _("这笔订单没有补差，或者还在路上。"))
        case ReturnSubsidyStatus.REFUND_NOT_FOUND:
            words = _("这笔订单没有这个单号的退款。")
            raise WireError(404, "RESOURCE_NOT_EXISTS", words, field="/refund_id", location="body")
        case ReturnSubsidyStatus.REFUND_HAS_ONE:
            words = _("一笔退款只能回退一次补差：这一笔已经回退过。")
            raise WireError(403, "RULE_LIMIT", words, field="/refund_id", location="body")
        case ReturnSubsidyStatus.EXCEEDS_SUBSIDY:
            raise WireError(403, "NOT_ENOUGH", _("超过了补差剩下的金额。"))
        case ReturnSubsidyStatus.INSUFFICIENT_FUNDS:
            words = _("商户已经拿到，现在可提的余额不够。请以后换一个单号再来。")
            raise WireError(403, "NOT_ENOUGH", words)
        case _:
            raise _nothing()


@ROUTES.add("POST", f"{_SUBSIDIES}/cancel")
async def cancel(call: Call) -> Answer:
    """Say that nothing will be added to an order."""
    body = call.read(CancelBody)
    order = await _order_of(call, body.sub_mchid, body.transaction_id)
    async with call.backend.database.read() as reader:
        if await get_subsidies(reader, [subsidy_id_of(call.party.merchant.shop_id, order.id)]):
            raise _added()
    command = DeclineSubsidy(order_id=order.id, caller_mchid=call.mchid, actor=actor_of(call))
    match await call.backend.batchers.of(decline_subsidies, "order_id").submit(command):
        case DeclineStatus.DECLINED:
            told = {"sub_mchid": body.sub_mchid, "transaction_id": transaction_id(order)}
            return Answer(value={**told, "result": "SUCCESS", "description": body.description})
        case DeclineStatus.NOT_PAID:
            raise WireError(400, "INVALID_REQUEST", _("订单没有付款。"))
        case DeclineStatus.NOT_SUBSIDIZED:
            raise WireError(403, "RULE_LIMIT", _("下单时没有带 settle_info.subsidy_amount。"))
        case DeclineStatus.ALREADY_SUBSIDIZED:
            raise _added()
        case _:
            raise _nothing()


def _added() -> WireError:
    return not_allowed(_("这笔订单已经补差：请回退。"))


def _read_id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise wrong("/refund_id", _("不是退款单号"), text) from None


def _nothing() -> WireError:
    return WireError(404, "RESOURCE_NOT_EXISTS", _("这个商户没有你下的这笔订单。"))
