"""The protocol's calls of platforms for merchants on them: the same sharing and refunds, under names of their own."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from weiji.web import gettext as _
from weiji.wire.calls.sharing import (
    UNFROZEN,
    Account,
    Description,
    ReceiverBody,
    TransactionId,
    delete_receiver,
    describe_split,
    find_receivers,
    find_return,
    find_split,
    give_back,
    put_receiver,
    share,
    show_amounts,
)
from weiji.wire.calls.trade import (
    NO_RESOURCE,
    Appid,
    Fen,
    Mchid,
    RefundNumber,
    describe_found_refund,
    find_by_id,
    no_refund,
    payee_of,
    refund,
    route_refund,
    show_refund,
)
from weiji.wire.errors import contradicts, wrong
from weiji.wire.gate import ROUTES, Answer, Call
from weiji.wire.sharing import PARTS_MAX, ReceiverType, Split, Wish
from weiji.wire.trade import MerchantOrder

_SHARING = "/v3/ecommerce/profitsharing"
_REFUNDS = "/v3/ecommerce/refunds"

# These say the same in both halves of the protocol.
ROUTES.add("POST", f"{_SHARING}/receivers/delete")(delete_receiver)
ROUTES.add("GET", f"{_SHARING}/orders/{{transaction_id}}/amounts")(show_amounts)
ROUTES.add("POST", f"{_REFUNDS}/apply")(refund)
ROUTES.add("GET", f"{_REFUNDS}/out-refund-no/{{number}}")(show_refund)
ROUTES.add("POST", f"{_REFUNDS}/{{refund_id}}/apply-abnormal-refund")(route_refund)


_NAMES = {"unfreeze_unsplit": "finish", "account": "receiver_account"}
"""What the other half calls otherwise."""


class PlatformReceiverBody(ReceiverBody, kw_only=True):
    """Somebody whom the merchant may share with. `name` is not sealed here: that of a shop is no secret."""

    encrypted_name: Annotated[str, Meta(max_length=2_000)] | None = None
    """A person's."""


class PartBody(Struct, kw_only=True):
    """What one receiver gets. Old clients write only `receiver_mchid`."""

    amount: Fen
    description: Description
    type: ReceiverType = ReceiverType.MERCHANT_ID
    receiver_account: Account | None = None
    receiver_mchid: Account | None = None
    receiver_name: Annotated[str, Meta(max_length=10_240)] | None = None
    """Sealed for us; it is checked that it can be opened, and kept nowhere."""


class SplitBody(Struct, kw_only=True):
    """How an order is shared."""

    sub_mchid: Mchid
    transaction_id: TransactionId
    out_order_no: RefundNumber
    receivers: Annotated[list[PartBody], Meta(max_length=PARTS_MAX)] = []
    finish: bool = False
    appid: Appid | None = None
    sub_appid: Appid | None = None


class FinishBody(Struct, kw_only=True):
    """That the rest of an order is its merchant's."""

    sub_mchid: Mchid
    transaction_id: TransactionId
    out_order_no: RefundNumber
    description: Description


@ROUTES.add("POST", f"{_SHARING}/receivers/add")
async def add_receiver(call: Call) -> Answer:
    """Name somebody whom the merchant may share with."""
    body = call.read(PlatformReceiverBody)
    if body.encrypted_name is not None:
        call.open("/encrypted_name", body.encrypted_name)
    return Answer(value=await put_receiver(call, body, is_removed=False))


@ROUTES.add("POST", f"{_SHARING}/orders")
async def split(call: Call) -> Answer:
    """Share an order, and let go of the rest if that is wanted."""
    body = call.read(SplitBody)
    await payee_of(call, body.sub_mchid, "/sub_mchid")
    if not body.receivers and not body.finish:
        raise wrong("/receivers", _("是空的"))
    asked = []
    for place, part in enumerate(body.receivers):
        account = part.receiver_account or part.receiver_mchid
        if account is None:
            raise wrong(f"/receivers/{place}/receiver_account", _("没有给"))
        if part.receiver_mchid not in (None, account):
            at = f"/receivers/{place}/receiver_"
            raise contradicts(f"{at}mchid", f"{at}account", part.receiver_mchid)
        if part.receiver_name is not None:
            call.open(f"/receivers/{place}/receiver_name", part.receiver_name)
        asked.append((part.type, account, f"/receivers/{place}"))
    order = await find_by_id(call, body.transaction_id, NO_RESOURCE, body.sub_mchid)
    receivers = await find_receivers(call, body, asked, order.mchid)
    wishes = [
        Wish(
            mchid=account,
            shop_id=receiver_id,
            amount=part.amount,
            description=part.description,
            type=type,
        )
        for part, (type, account, _place), receiver_id in zip(body.receivers, asked, receivers, strict=True)
    ]
    found = await share(call, order, body.out_order_no, tuple(wishes), unfreezes=body.finish, names=_NAMES)
    return Answer(value=_describe(order, found))


@ROUTES.add("GET", f"{_SHARING}/orders")
async def show_split(call: Call) -> Answer:
    """Tell how an order was shared."""
    call.ask("sub_mchid")
    order, found = await find_split(call, call.ask("out_order_no"))
    told = _describe(order, found)
    if found.unfreezes:
        told |= {"finish_amount": found.released, "finish_description": found.description or UNFROZEN}
    return Answer(value=told)


@ROUTES.add("POST", f"{_SHARING}/finish-order")
async def finish(call: Call) -> Answer:
    """Let go of the rest of an order: it is its merchant's."""
    body = call.read(FinishBody)
    await payee_of(call, body.sub_mchid, "/sub_mchid")
    order = await find_by_id(call, body.transaction_id, NO_RESOURCE, body.sub_mchid)
    found = await share(call, order, body.out_order_no, (), unfreezes=True, description=body.description)
    told = _describe(order, found)
    return Answer(value={name: told[name] for name in ("sub_mchid", "transaction_id", "out_order_no", "order_id")})


def _describe(order: MerchantOrder, found: Split) -> dict[str, Any]:
    told = describe_split(order, found)
    receivers = [
        {**part, "receiver_account": part["account"], "receiver_mchid": part["account"]} for part in told["receivers"]
    ]
    return {**told, "sub_mchid": order.mchid, "status": told["state"], "receivers": receivers}


@ROUTES.add("POST", f"{_SHARING}/returnorders")
async def return_split(call: Call) -> Answer:
    """Have a receiver give back what it got."""
    return _name_return(await give_back(call))


@ROUTES.add("GET", f"{_SHARING}/returnorders")
async def show_return(call: Call) -> Answer:
    """Tell how a return stands."""
    return _name_return(await find_return(call, call.ask("out_return_no")))


def _name_return(answer: Answer) -> Answer:
    told = {**answer.value, "return_no": answer.value["return_id"]}
    # This half of the protocol has no word for too little money.
    return Answer(value=told | ({"fail_reason": "ACCOUNT_ABNORMAL"} if "fail_reason" in told else {}))


@ROUTES.add("GET", f"{_REFUNDS}/id/{{refund_id}}")
async def show_refund_by_id(call: Call) -> Answer:
    """Tell how a refund stands, by our number."""
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    try:
        refund_id = UUID(hex=call.params["refund_id"])
    except ValueError:
        raise no_refund() from None
    return await describe_found_refund(call, refund_id, party.merchant.mchid)
