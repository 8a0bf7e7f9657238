"""The protocol's calls about where a merchant wants to be told of its coupons."""

from typing import Final

from msgspec import Struct

from weiji.kit import clock
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.calls.trade import Mchid, Url, actor_of, check_self
from weiji.wire.errors import WireError
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.listeners import PutListener, Topic, Wish, get_listener, put_listeners

_USED: Final = "/v3/marketing/favor/callbacks"
_SENT: Final = "/v3/marketing/busifavor/callbacks"


class CallbackBody(Struct, kw_only=True):
    """Where a merchant wants to be told."""

    notify_url: Url
    mchid: Mchid | None = None
    switch: bool = True
    """Whether it is told at all."""


@ROUTES.add("POST", _USED)
async def set_used(call: Call) -> Answer:
    """Say where the merchant is told which of its shop's coupons orders were paid with."""
    return await _set(call, Topic.COUPONS_USED)


@ROUTES.add("GET", _USED)
async def show_used(call: Call) -> Answer:
    """Tell where that is."""
    return await _show(call, Topic.COUPONS_USED)


@ROUTES.add("POST", _SENT)
async def set_sent(call: Call) -> Answer:
    """Say where the merchant is told who got its shop's coupons."""
    return await _set(call, Topic.COUPONS_SENT)


@ROUTES.add("GET", _SENT)
async def show_sent(call: Call) -> Answer:
    """Tell where that is."""
    return await _show(call, Topic.COUPONS_SENT)


async def _set(call: Call, topic: Topic) -> Answer:
    body = call.read(CallbackBody)
    if body.mchid is not None:
        check_self(call, body.mchid, "/mchid")
    command = PutListener(
        mchid=call.mchid,
        topic=topic,
        shop_id=call.party.merchant.shop_id,
        wish=Wish.PUT if body.switch else Wish.REMOVE,
        url=check_address(body.notify_url, "/notify_url"),
        key_id=call.notice_key_id,
        actor=actor_of(call),
    )
    # Whoever is told no more, and was told nothing before, has what it wants.
    await call.backend.batchers.of(put_listeners, "shop_id").submit(command)
    async with call.backend.database.read() as reader:
        found = await get_listener(reader, call.mchid, topic)
    at = found.put_at if found else clock.now()
    return Answer(value={"mchid": call.mchid, "notify_url": body.notify_url, "update_time": write_time(at)})


async def _show(call: Call, topic: Topic) -> Answer:
    if "mchid" in call.query:
        check_self(call, call.query["mchid"], "mchid")
    async with call.backend.database.read() as reader:
        found = await get_listener(reader, call.mchid, topic)
    if found is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("你没有设置接收优惠券通知的地址。"))
    return Answer(value={"mchid": call.mchid, "notify_url": found.url})
