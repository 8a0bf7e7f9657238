"""Tells merchants' servers of coupons that they sent, where they want to be told: who got one, which order used one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from weiji.coupons import Coupon, get_coupons
from weiji.events import Delivered, Subscription
from weiji.events.coupons import CouponClaimed, CouponUsed
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.webhooks import QueueMessage
from weiji.wire.calls.coupons import describe_coupon
from weiji.wire.gate import write_time
from weiji.wire.listeners import Listener, Topic, find_listeners, get_stock_apps
from weiji.wire.notices import COUPONS, notice, send_notices
from weiji.wire.openids import openid_of
from weiji.wire.own_codes import get_codes_of_coupons
from weiji.wire.trade import get_orders


async def tell_uses(database: Database, batch: Sequence[Delivered]) -> None:
    """CouponUsed: an order was paid with a coupon. Who sent it hears of it, whosever order that was; the platform has
    no program, and nobody else is told of its own.
    """
    async with database.read() as reader:
        coupons = await get_coupons(reader, {each.event.coupon_id for each in batch})
        heard = [(each, coupons[each.event.coupon_id]) for each in batch]
        senders = {coupon.shop_id for _, coupon in heard if coupon.shop_id}
        listeners = await find_listeners(reader, Topic.COUPONS_USED, senders) if senders else {}
        near = [(each, coupon) for each, coupon in heard if coupon.shop_id and listeners.get(coupon.shop_id)]
        # Another's order is one of the protocol's: coupons of a shop's own are good on its pages, too.
        orders = await get_orders(reader, [each.subject_id for each, coupon in near if coupon.shop_id != each.stream])
    messages = [
        _notice(
            listener,
            each,
            "COUPON.USE",
            "代金券核销通知",
            _describe_use(listener.mchid, orders[each.subject_id].mchid if is_others else listener.mchid, coupon, each),
        )
        for each, coupon in near
        if coupon.shop_id
        for is_others in [coupon.shop_id != each.stream]
        for listener in listeners[coupon.shop_id]
    ]
    await send_notices(database, messages)


async def tell_claims(database: Database, batch: Sequence[Delivered]) -> None:
    """CouponClaimed: somebody has a coupon of the shop, by a program or on its pages."""
    async with database.read() as reader:
        listeners = await find_listeners(reader, Topic.COUPONS_SENT, {each.stream for each in batch})
        near = [each for each in batch if listeners.get(each.stream)]
        coupons = await get_coupons(reader, {each.event.coupon_id for each in near})
        stocks = [(coupons[each.event.coupon_id].campaign_id, each.stream) for each in near]
        appids = await get_stock_apps(reader, stocks)
        codes = await get_codes_of_coupons(reader, coupons)
    messages = [
        _notice(
            listener,
            each,
            "COUPON.SEND",
            "商家券领券通知",
            _describe_claim(listener.mchid, coupons[each.event.coupon_id], each, appids, codes),
        )
        for each in near
        for listener in listeners[each.stream]
    ]
    await send_notices(database, messages)


def _notice(
    listener: Listener, delivered: Delivered, type: str, summary: str, resource: Mapping[str, Any]
) -> QueueMessage:
    return notice(
        derive(listener.shop_id, "coupon notice", delivered.id),
        listener.shop_id,
        listener.mchid,
        delivered.event.coupon_id,
        type=type,
        original_type="coupon",
        summary=summary,
        url=listener.url,
        listener_key_id=listener.key_id,
        resource=resource,
        kind=COUPONS,
    )


def _describe_use(mchid: str, consumer: str, coupon: Coupon, delivered: Delivered) -> dict[str, Any]:
    """Tell of a use, as it was: the coupon may have come back since. *consumer* is whose order it was."""
    return describe_coupon(mchid, coupon, delivered.at) | {
        "status": "USED",
        "consume_information": {
            "consume_time": write_time(delivered.at),
            "consume_mchid": consumer,
            "transaction_id": delivered.subject_id.hex,
            "consume_amount": delivered.event.amount,
        },
    }


def _describe_claim(
    mchid: str,
    coupon: Coupon,
    delivered: Delivered,
    appids: Mapping[UUID, str],
    codes: Mapping[UUID, str],
) -> dict[str, Any]:
    """Tell who got a coupon, as the app calls them that was said with its stock; where none was, not who."""
    appid, is_by_program = appids.get(coupon.campaign_id), delivered.actor.kind == "merchant"
    return {
        "event_type": "EVENT_TYPE_BUSICOUPON_SEND",
        "coupon_code": codes.get(coupon.id) or coupon.id.hex,
        "stock_id": coupon.campaign_id.hex,
        "send_time": write_time(delivered.at),
        **({"openid": openid_of(appid, coupon.person_id)} if appid else {}),
        "send_channel": "BUSICOUPON_SEND_CHANNEL_API" if is_by_program else "BUSICOUPON_SEND_CHANNEL_H5",
        "send_merchant": mchid,
    }


def subscriptions() -> list[Subscription]:
    """Say what notices of coupons hear of."""
    return [
        Subscription(name="wire.tell_coupon_uses", events=(CouponUsed,), caller=tell_uses),
        Subscription(name="wire.tell_coupon_claims", events=(CouponClaimed,), caller=tell_claims),
    ]
