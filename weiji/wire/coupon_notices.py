"""Tells merchants' servers of their shop's coupons, where they want to be told: who got one, which order used one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from weiji.coupons import Coupon, get_coupons
from weiji.events import Delivered, Subscription
from weiji.events.coupons import CouponClaimed, CouponUsed
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.wire.calls.coupons import describe_coupon
from weiji.wire.gate import write_time
from weiji.wire.keys import Merchant, get_merchants
from weiji.wire.listeners import Topic, find_listeners, get_stock_apps
from weiji.wire.notices import COUPONS, notice, send_notices
from weiji.wire.openids import openid_of
from weiji.wire.own_codes import get_codes_of_coupons


async def tell_uses(database: Database, batch: Sequence[Delivered]) -> None:
    """CouponUsed: an order was paid with a coupon of the shop."""
    await _tell(database, Topic.COUPONS_USED, "COUPON.USE", "代金券核销通知", batch)


async def tell_claims(database: Database, batch: Sequence[Delivered]) -> None:
    """CouponClaimed: somebody has a coupon of the shop, by a program or on its pages."""
    await _tell(database, Topic.COUPONS_SENT, "COUPON.SEND", "商家券领券通知", batch)


async def _tell(database: Database, topic: Topic, type: str, summary: str, batch: Sequence[Delivered]) -> None:
    async with database.read() as reader:
        listeners = await find_listeners(reader, topic, {each.stream for each in batch})
        near = [each for each in batch if listeners.get(each.stream)]
        coupons = await get_coupons(reader, {each.event.coupon_id for each in near})
        merchants = await get_merchants(reader, {one.mchid for found in listeners.values() for one in found})
        stocks = [(coupons[each.event.coupon_id].campaign_id, each.stream) for each in near]
        appids = await get_stock_apps(reader, stocks) if topic is Topic.COUPONS_SENT else {}
        codes = await get_codes_of_coupons(reader, coupons) if topic is Topic.COUPONS_SENT else {}
    # Uses are told in the stream of the order's shop, whoever pays the coupon: the platform's are none of its business.
    heard = [each for each in near if coupons[each.event.coupon_id].shop_id == each.stream]
    describe = _describe_use if topic is Topic.COUPONS_USED else _describe_claim
    messages = [
        notice(
            derive(listener.shop_id, "coupon notice", each.id),
            listener.shop_id,
            listener.mchid,
            each.event.coupon_id,
            type=type,
            original_type="coupon",
            summary=summary,
            url=listener.url,
            resource=describe(merchants[listener.mchid], coupons[each.event.coupon_id], each, appids, codes),
            kind=COUPONS,
        )
        for each in heard
        for listener in listeners[each.stream]
    ]
    await send_notices(database, messages)


def _describe_use(
    merchant: Merchant, coupon: Coupon, delivered: Delivered, _: Mapping[UUID, str], __: Mapping[UUID, str]
) -> dict[str, Any]:
    """Tell of a use, as it was: the coupon may have come back since."""
    return describe_coupon(merchant.mchid, coupon, delivered.at) | {
        "status": "USED",
        "consume_information": {
            "consume_time": write_time(delivered.at),
            "consume_mchid": merchant.mchid,
            "transaction_id": delivered.subject_id.hex,
            "consume_amount": delivered.event.amount,
        },
    }


def _describe_claim(
    merchant: Merchant,
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
        "send_merchant": merchant.mchid,
    }


def subscriptions() -> list[Subscription]:
    """Say what notices of coupons hear of."""
    return [
        Subscription(name="wire.tell_coupon_uses", events=(CouponUsed,), caller=tell_uses),
        Subscription(name="wire.tell_coupon_claims", events=(CouponClaimed,), caller=tell_claims),
    ]
