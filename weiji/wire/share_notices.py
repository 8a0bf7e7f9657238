"""Tells merchants' servers what they got of others' orders, and gave back, where they want to be told."""

from collections.abc import Sequence
from typing import Any, Final

from weiji.events import Delivered
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.webhooks import QueueMessage
from weiji.wire.gate import write_time
from weiji.wire.listeners import Listener, Topic, find_listeners
from weiji.wire.notices import notice, send_notices
from weiji.wire.sharing import get_returns, get_splits
from weiji.wire.sharing.model import Part, Split
from weiji.wire.trade import MerchantOrder, get_orders
from weiji.wire.trade.describing import transaction_id

_SHARED: Final = "PROFITSHARING.SUCCESS"
_RETURNED: Final = "PROFITSHARING.RETURN"


async def tell_shares(database: Database, batch: Sequence[Delivered]) -> None:
    """Tell of what others shared: of ProfitShared, once the money is there."""
    shared = [each for each in batch if not each.event.is_person and each.event.split_id is not None]
    async with database.read() as reader:
        shops = {each.event.receiver_id for each in shared}
        listeners = await find_listeners(reader, Topic.PROFIT_SHARING, shops) if shared else {}
        heard = [each for each in shared if listeners.get(each.event.receiver_id)]
        splits = await get_splits(reader, [each.event.split_id for each in heard])
        orders = await get_orders(reader, [each.subject_id for each in heard])
    messages = []
    for each in heard:
        order, split = orders[each.subject_id], splits[each.event.split_id]
        part = next(part for part in split.parts if part.id == each.event.share_id)
        told = _describe(order, part, split.id.hex, split.number, part.amount, each)
        messages += [_notice(one, _SHARED, each, told) for one in listeners[each.event.receiver_id]]
    await send_notices(database, messages)


async def tell_returns(database: Database, batch: Sequence[Delivered]) -> None:
    """Tell of what was given back: of ShareReturned, whose stream is the shop that did."""
    given = [each for each in batch if each.event.is_given]
    async with database.read() as reader:
        shops = {each.stream for each in given}
        listeners = await find_listeners(reader, Topic.PROFIT_SHARING, shops) if given else {}
        heard = [each for each in given if listeners.get(each.stream)]
        returns = await get_returns(reader, [each.event.return_id for each in heard])
        splits = await get_splits(reader, [found.split_id for found in returns.values()])
        orders = await get_orders(reader, [each.event.order_id for each in heard])
    messages = []
    for each in heard:
        found = returns[each.event.return_id]
        part = _part_of(splits[found.split_id], found.place)
        told = _describe(orders[each.event.order_id], part, found.id.hex, found.number, found.amount, each)
        messages += [_notice(one, _RETURNED, each, told) for one in listeners[each.stream]]
    await send_notices(database, messages)


def _part_of(split: Split, place: int) -> Part:
    return next(part for part in split.parts if part.place == place)


def _describe(
    order: MerchantOrder, part: Part, id: str, number: str, amount: int, delivered: Delivered
) -> dict[str, Any]:
    """Tell of what moved; *id* and *number* are the split's, or the return's."""
    provider = order.terms.get("sp_mchid")
    return {
        **({"sp_mchid": provider, "sub_mchid": order.mchid} if provider else {"mchid": order.mchid}),
        "transaction_id": transaction_id(order),
        "order_id": id,
        "out_order_no": number,
        "receiver": {
            "type": part.type.value,
            "account": part.mchid,
            "amount": amount,
            "description": part.description,
        },
        "success_time": write_time(delivered.at),
    }


def _notice(listener: Listener, type: str, delivered: Delivered, resource: dict[str, Any]) -> QueueMessage:
    return notice(
        derive(listener.shop_id, "share notice", delivered.id),
        listener.shop_id,
        listener.mchid,
        delivered.subject_id,
        type=type,
        original_type="profitsharing",
        summary="分账" if type == _SHARED else "分账回退",
        url=listener.url,
        listener_key_id=listener.key_id,
        resource=resource,
    )
