"""The JSON API of money that channels hold for shops, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from weiji.payments import (
    BindSubMerchant,
    BindSubMerchantStatus,
    RetryUnfreezing,
    RetryUnfreezingStatus,
    bind_sub_merchants,
    retry_unfreezings,
)
from weiji.settlement.freezing import store
from weiji.shops import NO_SHOP, get_shops
from weiji.web.api import ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff


class BindSubMerchantBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say which sub-merchant of a channel's a shop is: the number that the channel gave it."""

    shop_id: UUID
    channel: Annotated[str, Meta(min_length=1, max_length=32)]
    number: Annotated[str, Meta(min_length=1, max_length=40)]


class BindSubMerchantAnswer(Struct, frozen=True):
    """How binding ended."""

    status: BindSubMerchantStatus


class RetryUnfreezingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Have a channel asked at once to let an order's money go. `id` is the order's."""

    id: UUID


class RetryUnfreezingAnswer(Struct, frozen=True):
    """How asking once more ended."""

    status: RetryUnfreezingStatus


BindSubMerchantBatch = Batch[BindSubMerchantBody]
RetryUnfreezingBatch = Batch[RetryUnfreezingBody]


class SubMerchantsApi(Controller):
    """Who shops are at channels that hold their money."""

    path = "/api/v1/sub-merchants"
    tags = ("platform",)

    @get("/", **operation("ListSubMerchants", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        before: Annotated[datetime | None, QueryParameter(description="Bound before then.")] = None,
        limit: Limit = 50,
    ) -> Page[store.BoundShop]:
        """List the shops that are bound, the last first; `next` is what the next page is `before`."""
        async with request.desk.database.read() as reader:
            found = await store.list_sub_merchants(reader, before, limit)
        return Page(items=found, next=found[-1].bound_at.isoformat() if len(found) == limit else None)

    @post(
        "/bind",
        **operation(
            "BindSubMerchants",
            "platform:write",
            repeat="key_taken",
            guards=[staff("operator")],
            opt={"finds": True},
        ),
    )
    async def bind(self, request: ApiRequest, data: BindSubMerchantBatch) -> Response[list[BindSubMerchantAnswer]]:
        """Say which sub-merchants shops are. Payments go by it from now on; those of before stay where they are."""
        actor = request.actor("staff")
        async with request.desk.database.read() as reader:
            shops = await get_shops(reader, [body.shop_id for body in data])
        commands = [
            BindSubMerchant(shop_id=shop.id if shop else NO_SHOP, channel=body.channel, number=body.number, actor=actor)
            for body, shop in zip(data, shops, strict=True)
        ]
        return await run(request, bind_sub_merchants, "shop_id", commands)


class UnfreezingsApi(Controller):
    """What channels are to let go."""

    path = "/api/v1/unfreezings"
    tags = ("platform",)

    @get("/", **operation("ListUnfreezings", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        after: Annotated[datetime | None, QueryParameter(description="Asked for after then.")] = None,
        limit: Limit = 50,
    ) -> Page[store.OrderUnfreezing]:
        """List what channels have not let go yet, the oldest first; `next` is what the next page is `after`."""
        async with request.desk.database.read() as reader:
            found = await store.list_unfreezings(reader, after, limit)
        return Page(items=found, next=found[-1].created_at.isoformat() if len(found) == limit else None)

    @get("/done", **operation("ListUnfrozen", "platform:read", guards=[staff()]))
    async def done(
        self,
        request: ApiRequest,
        before: Annotated[datetime | None, QueryParameter(description="Let go before then.")] = None,
        limit: Limit = 50,
    ) -> Page[store.OrderUnfreezing]:
        """List what channels have let go, the last first; `next` is what the next page is `before`."""
        async with request.desk.database.read() as reader:
            found = await store.list_unfrozen(reader, before, limit)
        last = found[-1].ended_at if len(found) == limit else None
        return Page(items=found, next=last.isoformat() if last else None)

    @post("/retry", **operation("RetryUnfreezings", "platform:write", repeat="key_taken", guards=[staff("operator")]))
    async def retry(self, request: ApiRequest, data: RetryUnfreezingBatch) -> Response[list[RetryUnfreezingAnswer]]:
        """Have channels asked at once. They know what they were asked by its number: nothing is done twice."""
        actor = request.actor("staff")
        return await run(request, retry_unfreezings, "id", [RetryUnfreezing(id=body.id, actor=actor) for body in data])


ROUTES: Final = (SubMerchantsApi, UnfreezingsApi)
