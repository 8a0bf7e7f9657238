"""The protocol's calls about profit sharing."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NoReturn, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from weiji.web import gettext as _
from weiji.wire.calls.trade import (
    NO_RESOURCE,
    Appid,
    Fen,
    RefundNumber,
    actor_of,
    find_by_id,
    find_named,
    owner_of,
    payee_of,
)
from weiji.wire.complaints import get_claims
from weiji.wire.errors import WireError, contradicts, used_otherwise, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.keys import Party
from weiji.wire.payees import find_payees
from weiji.wire.sealing import seal_field
from weiji.wire.sharing import (
    PARTS_MAX,
    PutReceiver,
    ReceiverType,
    Return,
    ReturnSplit,
    ReturnState,
    ReturnStatus,
    Split,
    SplitOrder,
    SplitStatus,
    Wish,
    get_returns,
    get_splits,
    put_receivers,
    return_id_of,
    return_splits,
    shareable,
    split_id_of,
    split_orders,
)
from weiji.wire.sharing.rules import return_difference, split_difference
from weiji.wire.trade import MerchantOrder, get_disputed, get_orders
from weiji.wire.trade.describing import transaction_id

MAX_RATIO: Final = 10_000
"""How much of an order may be shared, in ten thousandths: all of it."""

SPENT: Final = "BALANCE_NOT_ENOUGH"
"""Why nothing came back of a receiver: it has less."""

_RETURNS: Final = {
    ReturnState.PROCESSING: "PROCESSING",
    ReturnState.SUCCESS: "SUCCESS",
    ReturnState.FAILED: "FAILED",
}

UNFROZEN: Final = "解冻给分账方"
"""What the protocol says of the rest of an order where nobody said more: programs compare it."""

UNENDED: Final = "1970-01-01T08:00:00+08:00"
"""What the protocol says in the place of when something ended that did not end yet."""

RELATIONS: Final = (
    "SERVICE_PROVIDER",
    "STORE",
    "STAFF",
    "STORE_OWNER",
    "PARTNER",
    "HEADQUARTER",
    "BRAND",
    "DISTRIBUTOR",
    "USER",
    "SUPPLIER",
    "PLATFORM",
    "OTHERS",
    "CUSTOM",
)
"""What a receiver may be to a merchant, in the protocol's words."""

Description = Annotated[str, Meta(min_length=1, max_length=80)]
Account = Annotated[str, Meta(min_length=1, max_length=64)]
TransactionId = Annotated[str, Meta(min_length=1, max_length=32)]


class ReceiverBody(Struct, kw_only=True):
    """Somebody whom a merchant may share with."""

    type: ReceiverType
    account: Account
    appid: Appid | None = None
    sub_appid: Appid | None = None
    relation_type: Annotated[str, Meta(min_length=1, max_length=32)] = "PARTNER"
    custom_relation: Annotated[str, Meta(min_length=1, max_length=10)] | None = None
    name: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us; it is checked that it can be opened, told back, and kept nowhere."""
    sub_mchid: Account | None = None


class PartBody(Struct, kw_only=True):
    """What one receiver gets."""

    type: ReceiverType
    account: Account
    amount: Fen
    description: Description
    name: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us; it is checked that it can be opened, and kept nowhere."""


class SplitBody(Struct, kw_only=True):
    """How an order is shared."""

    transaction_id: TransactionId
    out_order_no: RefundNumber
    unfreeze_unsplit: bool
    receivers: Annotated[list[PartBody], Meta(max_length=PARTS_MAX)] = []
    appid: Appid | None = None
    sub_appid: Appid | None = None
    sub_mchid: Account | None = None


class UnfreezeBody(Struct, kw_only=True):
    """That the rest of an order is the shop's."""

    transaction_id: TransactionId
    out_order_no: RefundNumber
    description: Description
    sub_mchid: Account | None = None


class ReturnBody(Struct, kw_only=True):
    """What a receiver gives back."""

    out_return_no: RefundNumber
    return_mchid: Account
    amount: Fen
    description: Description
    out_order_no: RefundNumber | None = None
    order_id: TransactionId | None = None
    sub_mchid: Account | None = None


@ROUTES.add("POST", "/v3/profitsharing/receivers/add")
async def add_receiver(call: Call) -> Answer:
    """Name somebody whom the merchant may share with."""
    body = call.read(ReceiverBody)
    if body.relation_type not in RELATIONS:
        raise wrong("/relation_type", _("要是其中之一：%(names)s", names="、".join(RELATIONS)), body.relation_type)
    if body.relation_type == "CUSTOM" and body.custom_relation is None:
        raise wrong("/custom_relation", _("没有给"))
    name = call.open("/name", body.name) if body.name is not None else None
    told = await put_receiver(call, body, is_removed=False)
    told["relation_type"] = body.relation_type
    if body.custom_relation is not None:
        told["custom_relation"] = body.custom_relation
    if name is not None:
        _info, key = call.party.certificates[call.serial]
        told["name"] = seal_field(key, name)
    return Answer(value=told)


@ROUTES.add("POST", "/v3/profitsharing/receivers/delete")
async def delete_receiver(call: Call) -> Answer:
    """Take the name back."""
    return Answer(value=await put_receiver(call, call.read(ReceiverBody), is_removed=True))


async def put_receiver(call: Call, body: ReceiverBody, *, is_removed: bool) -> dict[str, Any]:
    """Name a receiver, or take the name back; say who it is. Raises WireError."""
    await owner_of(call, body.sub_mchid, "/sub_mchid")
    # Where none is named it isn't known yet whose orders are meant: a service provider may share theirs with itself.
    await find_receivers(call, body, [(body.type, body.account, "")], body.sub_mchid)
    command = PutReceiver(
        shop_id=call.party.merchant.shop_id,
        mchid=call.mchid,
        account=body.account,
        relation_type=body.relation_type,
        is_removed=is_removed,
        actor=actor_of(call),
    )
    await call.backend.batchers.of(put_receivers, "shop_id").submit(command)
    told: dict[str, Any] = {"type": body.type, "account": body.account}
    return told | ({"sub_mchid": body.sub_mchid} if body.sub_mchid else {})


class Named(Protocol):
    """A body that says by which apps people are named."""

    appid: str | None
    sub_appid: str | None


async def find_receivers(
    call: Call, body: Named, asked: Sequence[tuple[ReceiverType, str, str]], owner: str | None
) -> list[UUID]:
    """Find those whom money is shared with, each named by type, account, and where that is said: shops and people.

    The merchant whose orders are shared (*owner*) gets the rest of them, and is none. Raises WireError.
    """
    names = {}
    for type, account, at in asked:
        if type.is_person:
            field = "appid" if type is ReceiverType.PERSONAL_OPENID else "sub_appid"
            appid = getattr(body, field)
            if appid is None:
                raise wrong(f"/{field}", _("没有给：要靠它知道是谁的 openid"))
            names[at] = appid, account
    async with call.backend.database.read() as reader:
        people = await find_payees(reader, names.values()) if names else {}
    found = []
    for type, account, at in asked:
        if type.is_person:
            if names[at] not in people:
                raise wrong(f"{at}/account", _("这里没有这个人，或者是别的 appid 的"), account)
            found.append(people[names[at]])
            continue
        party = await call.directory.find(account)
        if party is None or account == owner:
            raise wrong(f"{at}/account", _("不是这里的其他商户"), account)
        found.append(party.merchant.shop_id)
    return found


@ROUTES.add("POST", "/v3/profitsharing/orders")
async def split(call: Call) -> Answer:
    """Share an order, and unfreeze the rest if that is wanted."""
    body = call.read(SplitBody)
    await owner_of(call, body.sub_mchid, "/sub_mchid")
    if not body.receivers and not body.unfreeze_unsplit:
        raise wrong("/receivers", _("是空的"))
    for place, part in enumerate(body.receivers):
        if part.name is not None:
            call.open(f"/receivers/{place}/name", part.name)
    order = await find_named(call, body.transaction_id, body.sub_mchid)
    asked = [(part.type, part.account, f"/receivers/{place}") for place, part in enumerate(body.receivers)]
    found = await find_receivers(call, body, asked, order.mchid)
    wishes = [
        Wish(
            mchid=part.account,
            shop_id=receiver_id,
            amount=part.amount,
            description=part.description,
            type=part.type,
        )
        for part, receiver_id in zip(body.receivers, found, strict=True)
    ]
    made = await share(call, order, body.out_order_no, tuple(wishes), unfreezes=body.unfreeze_unsplit)
    return Answer(value=_describe(order, made))


@ROUTES.add("POST", "/v3/profitsharing/orders/unfreeze")
async def unfreeze(call: Call) -> Answer:
    """Give the rest of an order to its shop."""
    body = call.read(UnfreezeBody)
    await owner_of(call, body.sub_mchid, "/sub_mchid")
    order = await find_named(call, body.transaction_id, body.sub_mchid)
    found = await share(call, order, body.out_order_no, (), unfreezes=True, description=body.description)
    return Answer(value=_describe(order, found))


async def share(
    call: Call,
    order: MerchantOrder,
    number: str,
    wishes: tuple[Wish, ...],
    *,
    unfreezes: bool,
    description: str = "",
    names: Mapping[str, str] = {},
) -> Split:
    """Share an order; asked again with the same number, give what there is. Raises WireError.

    *names* are those of the fields that the caller's half of the protocol calls otherwise.
    """
    command = SplitOrder(
        id=split_id_of(order.shop_id, call.mchid, number),
        order_id=order.id,
        caller_mchid=call.mchid,
        number=number,
        wishes=wishes,
        unfreezes=unfreezes,
        description=description,
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(split_orders, "order_id").submit(command)
    is_other = status is SplitStatus.EXISTS_WITH_DIFFERENT_TERMS
    if status not in (SplitStatus.CREATED, SplitStatus.EXISTS) and not is_other:
        _refuse_split(status)
    async with call.backend.database.read() as reader:
        found = (await get_splits(reader, [command.id]))[command.id]
    if is_other:
        path = (split_difference(found, command) or "").split("/")
        raise used_otherwise("/" + "/".join(names.get(name, name) for name in path))
    return found


def _refuse_split(status: SplitStatus) -> NoReturn:
    match status:
        case SplitStatus.NOT_PAID:
            raise WireError(400, "INVALID_REQUEST", _("订单没有付款。"))
        case SplitStatus.NOT_SHARED:
            raise WireError(400, "INVALID_REQUEST", _("下单时没有带 profit_sharing。"))
        case SplitStatus.NOTHING_LEFT:
            raise WireError(403, "NOT_ENOUGH", _("这笔订单已经全部分账或解冻。"))
        case SplitStatus.RECEIVER_NOT_FOUND:
            words = _("有接收方还没有添加。")
            raise WireError(400, "PARAM_ERROR", words, field="/receivers", location="body")
        case SplitStatus.EXCEEDS_ORDER:
            raise WireError(403, "NOT_ENOUGH", _("超过了订单剩下的金额。"))
        case SplitStatus.COMPLAINED:
            raise WireError(403, "NOT_ENOUGH", _("付款的人在投诉这笔订单：要退的钱在投诉结束之前不能分出去。"))
        case SplitStatus.CHARGED_BACK:
            raise WireError(403, "NOT_ENOUGH", _("付款人的渠道把钱拿回去了（拒付）：拿走的部分不能分出去。"))
        case _:
            raise WireError(404, "RESOURCE_NOT_EXISTS", _("你没有这笔订单。"))


def _describe(order: MerchantOrder, split: Split) -> dict[str, Any]:
    """Tell of a split as this half of the protocol does: the rest of the order is one more part, of the shop's own."""
    told = describe_split(order, split)
    if split.released:
        at = write_time(split.created_at)
        rest = {
            "type": ReceiverType.MERCHANT_ID.value,
            "account": order.mchid,
            "amount": split.released,
            "description": split.description or UNFROZEN,
            "result": "SUCCESS",
            "create_time": at,
            "finish_time": at,
            "detail_id": split.rest_id.hex,
        }
        told["receivers"] = [*told["receivers"], rest]
    return told


def describe_split(order: MerchantOrder, split: Split) -> dict[str, Any]:
    """Tell of a split, and what others got of it."""
    at = write_time(split.created_at)
    told: dict[str, Any] = {
        "transaction_id": transaction_id(order),
        "out_order_no": split.number,
        "order_id": split.id.hex,
        "state": "FINISHED",
        "receivers": [
            {
                "type": part.type.value,
                "account": part.mchid,
                "amount": part.amount,
                "description": part.description,
                "result": "SUCCESS",
                "create_time": at,
                "finish_time": at,
                "detail_id": part.id.hex,
            }
            for part in split.parts
        ],
    }
    return told | ({"sub_mchid": order.mchid} if order.mchid != split.caller_mchid else {})


@ROUTES.add("GET", "/v3/profitsharing/orders/{number}")
async def show_split(call: Call) -> Answer:
    """Tell how an order was shared."""
    return Answer(value=_describe(*await find_split(call, call.params["number"])))


async def find_split(call: Call, number: str) -> tuple[MerchantOrder, Split]:
    """Find what was shared of the order that the query names, and whose it is if it says so. Raises WireError."""
    sub_mchid = call.query.get("sub_mchid")
    await owner_of(call, sub_mchid, "sub_mchid")
    order = await find_by_id(call, call.ask("transaction_id"), NO_RESOURCE, sub_mchid)
    split_id = split_id_of(order.shop_id, call.mchid, number)
    async with call.backend.database.read() as reader:
        found = (await get_splits(reader, [split_id])).get(split_id)
    if found is None or found.order_id != order.id:
        raise _nothing()
    return order, found


@ROUTES.add("GET", "/v3/profitsharing/transactions/{transaction_id}/amounts")
async def show_amounts(call: Call) -> Answer:
    """Tell what of an order can still be shared."""
    order = await find_by_id(call, call.params["transaction_id"], NO_RESOURCE)
    async with call.backend.database.read() as reader:
        claims, disputed = await get_claims(reader, [order]), await get_disputed(reader, [order])
    kept = claims.get(order.id, 0), disputed.get(order.id, 0)
    unsplit = shareable(order, *kept) if order.shares_profit else 0
    return Answer(value={"transaction_id": transaction_id(order), "unsplit_amount": unsplit})


@ROUTES.add("GET", "/v3/profitsharing/merchant-configs/{sub_mchid}")
async def show_config(call: Call) -> Answer:
    """Tell how much of its orders a merchant may share."""
    await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    return Answer(value={"sub_mchid": call.params["sub_mchid"], "max_ratio": MAX_RATIO})


@ROUTES.add("POST", "/v3/profitsharing/return-orders")
async def give_back(call: Call) -> Answer:
    """Have a receiver give back what it got."""
    body = call.read(ReturnBody)
    party = await owner_of(call, body.sub_mchid, "/sub_mchid")
    order, found = await _find_split_by(call, party, body.out_order_no, body.order_id, body.sub_mchid, at="/")
    command = ReturnSplit(
        id=await _return_id_of(call, party, order, body.out_return_no),
        order_id=found.order_id,
        split_id=found.id,
        caller_mchid=call.mchid,
        number=body.out_return_no,
        mchid=body.return_mchid,
        amount=body.amount,
        description=body.description,
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(return_splits, "order_id").submit(command):
        case ReturnStatus.CREATED | ReturnStatus.EXISTS:
            return await _show_return(call, order, found, command.id)
        case ReturnStatus.EXISTS_WITH_DIFFERENT_TERMS:
            async with call.backend.database.read() as reader:
                before = (await get_returns(reader, [command.id]))[command.id]
            raise used_otherwise(f"/{return_difference(before, command)}")
        case ReturnStatus.RECEIVER_NOT_FOUND:
            raise wrong("/return_mchid", _("没有从中分到钱"), body.return_mchid)
        case ReturnStatus.EXCEEDS_PART:
            raise WireError(403, "NOT_ENOUGH", _("超过了接收方从中分到、还剩下的钱。"))
        case _:
            raise _nothing()


async def _find_split_by(
    call: Call, party: Party, number: str | None, order_id: str | None, sub_mchid: str | None, *, at: str = ""
) -> tuple[MerchantOrder, Split]:
    """Find a split by the caller's number or by ours, which name the same where both are given. *at*: in a body.

    Where the request says whose order was shared (*sub_mchid*), it is that merchant's.
    """
    if not order_id:
        if not number:
            raise wrong(f"{at}out_order_no", _("没有给，order_id 也没有"))
        return await _read_split(call, split_id_of(party.merchant.shop_id, call.mchid, number))
    try:
        split_id = UUID(hex=order_id)
    except ValueError:
        raise _nothing() from None
    order, found = await _read_split(call, split_id)
    if sub_mchid and order.mchid != sub_mchid:
        raise _nothing()
    if number and number != found.number:
        raise contradicts(f"{at}out_order_no", f"{at}order_id", number)
    return order, found


@ROUTES.add("GET", "/v3/profitsharing/return-orders/{number}")
async def show_return(call: Call) -> Answer:
    """Tell how a return stands."""
    return await find_return(call, call.params["number"])


async def find_return(call: Call, number: str) -> Answer:
    """Tell how a return of the split that the query names stands. Raises WireError."""
    sub_mchid = call.query.get("sub_mchid")
    party = await owner_of(call, sub_mchid, "sub_mchid")
    number_of_split, order_id = call.query.get("out_order_no"), call.query.get("order_id")
    order, found = await _find_split_by(call, party, number_of_split, order_id, sub_mchid)
    return await _show_return(call, order, found, await _return_id_of(call, party, order, number))


async def _return_id_of(call: Call, party: Party, order: MerchantOrder, number: str) -> UUID:
    """Make the id of a return, near its order.

    It was once made near the caller, where the request did not say whose order it is. Such a one of this order is
    found, or asking for it again would be another return.
    """
    made, once = (return_id_of(shop_id, call.mchid, number) for shop_id in (order.shop_id, party.merchant.shop_id))
    if once == made:
        return made
    async with call.backend.database.read() as reader:
        found = (await get_returns(reader, [once])).get(once)
    return once if found and found.order_id == order.id else made


async def _read_split(call: Call, split_id: UUID) -> tuple[MerchantOrder, Split]:
    async with call.backend.database.read() as reader:
        found = (await get_splits(reader, [split_id])).get(split_id)
        orders = await get_orders(reader, [found.order_id]) if found else {}
    if found is None or found.caller_mchid != call.mchid:
        raise _nothing()
    order = orders[found.order_id]
    await payee_of(call, order.mchid, "order_id")  # Who shared it may be its service provider no longer.
    return order, found


async def _show_return(call: Call, order: MerchantOrder, split: Split, return_id: UUID) -> Answer:
    async with call.backend.database.read() as reader:
        found = (await get_returns(reader, [return_id])).get(return_id)
    if found is None or found.split_id != split.id:
        raise _nothing()
    return Answer(value=describe_return(order, split, found))


def describe_return(order: MerchantOrder, split: Split, found: Return) -> dict[str, Any]:
    """Tell of a return."""
    told: dict[str, Any] = {
        "order_id": split.id.hex,
        "out_order_no": split.number,
        "out_return_no": found.number,
        "return_id": found.id.hex,
        "return_mchid": found.mchid,
        "transaction_id": transaction_id(order),
        "amount": found.amount,
        "description": found.description,
        "result": _RETURNS[found.state],
        "create_time": write_time(found.created_at),
        "finish_time": write_time(found.ended_at) if found.ended_at else UNENDED,
    }
    if found.state is ReturnState.FAILED:
        told["fail_reason"] = SPENT
    return told | ({"sub_mchid": order.mchid} if order.mchid != found.caller_mchid else {})


def _nothing() -> WireError:
    return WireError(404, "RESOURCE_NOT_EXISTS", _("你没有这个单号的记录。"))
