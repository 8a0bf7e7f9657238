"""The JSON API of money that channels hold for shops, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from weiji.identity import proof_in, refuse_changes
from weiji.payments import (
    BindSubMerchant,
    RestoreSubMerchant,
    RetryUnfreezing,
    RetryUnfreezingStatus,
    UnbindSubMerchant,
    UnbindSubMerchantStatus,
    retry_unfreezings,
    unbind_sub_merchants,
)
from weiji.settlement.freezing import store
from weiji.settlement.freezing.proving import (
    BindingResult,
    ProvedBinding,
    ProvedRestoration,
    RestorationResult,
    bind_proved,
    restore_proved,
)
from weiji.shops import NO_SHOP, get_shops
from weiji.web.api import (
    After,
    ApiRequest,
    Batch,
    Limit,
    Page,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    operation,
    run,
)
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate


class BindSubMerchantBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say which sub-merchant of a channel's a shop is: the number that the channel gave it."""

    shop_id: UUID
    channel: Annotated[str, Meta(min_length=1, max_length=32)]
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class SubMerchantBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop at a channel."""

    shop_id: UUID
    channel: Annotated[str, Meta(min_length=1, max_length=32)]


class RestoreSubMerchantBody(SubMerchantBody, forbid_unknown_fields=True, kw_only=True):
    """A shop at a channel, and how the number ends that it was bound to last."""

    last4: Annotated[str, Meta(min_length=4, max_length=4, pattern=r"^[0-9]{4}\Z")]
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class UnbindSubMerchantAnswer(Struct, frozen=True):
    """How unbinding ended."""

    status: UnbindSubMerchantStatus


class RetryUnfreezingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Have a channel asked at once to let an order's money go. `id` is the order's."""

    id: UUID


class RetryUnfreezingAnswer(Struct, frozen=True):
    """How asking once more ended."""

    status: RetryUnfreezingStatus


BindSubMerchantBatch = Batch[BindSubMerchantBody]
SubMerchantBatch = Batch[SubMerchantBody]
RestoreSubMerchantBatch = Batch[RestoreSubMerchantBody]
RetryUnfreezingBatch = Batch[RetryUnfreezingBody]


class SubMerchantsApi(Controller):
    """Who shops are at channels that hold their money."""

    path = "/api/v1/sub-merchants"
    tags = ("platform",)

    @get("/", **operation("ListSubMerchants", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[store.BoundShop]:
        """List the shops that are bound, the last first."""
        cursor = read_cursor(after, tuple[datetime, UUID, str])
        async with request.database.read() as reader:
            found = await store.list_sub_merchants(reader, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.bound_at, last.shop_id, last.channel) if last else None)

    @post(
        "/bind",
        **operation(
            "BindSubMerchants",
            repeat="key_taken",
            guards=[staff("operator")],
            opt={"finds": True, **rate("password", "30/minute")},
        ),
    )
    async def bind(self, request: ApiRequest, data: BindSubMerchantBatch) -> Response[list[BindingResult]]:
        """Say which sub-merchants shops are: with the payment password, and a `code` of your app, or without one your
        `login_password`. Payments go by it from now on; those of before stay where they are.
        """
        actor = request.actor("staff")
        refusals = await refuse_changes(request, [proof_in(body) for body in data])
        async with request.database.read() as reader:
            shops = await get_shops(reader, [body.shop_id for body in data])
        commands = [
            ProvedBinding(
                BindSubMerchant(
                    shop_id=shop.id if shop else NO_SHOP, channel=body.channel, number=body.number, actor=actor
                ),
                refusals[proof_in(body)],
            )
            for body, shop in zip(data, shops, strict=True)
        ]
        return await run(request, bind_proved, "command.shop_id", commands)

    @post(
        "/unbind", **operation("UnbindSubMerchants", "platform:write", repeat="key_taken", guards=[staff("operator")])
    )
    async def unbind(self, request: ApiRequest, data: SubMerchantBatch) -> Response[list[UnbindSubMerchantAnswer]]:
        """Take bindings back. What was paid stays; what a shop was bound to, and was to apply for, is kept."""
        actor = request.actor("staff")
        commands = [UnbindSubMerchant(shop_id=body.shop_id, channel=body.channel, actor=actor) for body in data]
        return await run(request, unbind_sub_merchants, "shop_id", commands)

    @post(
        "/restore",
        **operation(
            "RestoreSubMerchants",
            repeat="key_taken",
            guards=[staff("operator")],
            opt=rate("password", "30/minute"),
        ),
    )
    async def restore(self, request: ApiRequest, data: RestoreSubMerchantBatch) -> Response[list[RestorationResult]]:
        """Bind shops again to what they were bound to last, before they were bound otherwise or unbound: proved as
        binding is.
        """
        actor = request.actor("staff")
        refusals = await refuse_changes(request, [proof_in(body) for body in data])
        commands = [
            ProvedRestoration(
                RestoreSubMerchant(shop_id=body.shop_id, channel=body.channel, last4=body.last4, actor=actor),
                refusals[proof_in(body)],
            )
            for body in data
        ]
        return await run(request, restore_proved, "command.shop_id", commands)


class UnfreezingsApi(Controller):
    """What channels are to let go."""

    path = "/api/v1/unfreezings"
    tags = ("platform",)

    @get("/", **operation("ListUnfreezings", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[store.OrderUnfreezing]:
        """List what channels have not let go yet, the oldest first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_unfreezings(reader, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.created_at, last.id) if last else None)

    @get("/done", **operation("ListUnfrozen", "platform:read", guards=[staff()]))
    async def done(
        self,
        request: ApiRequest,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[store.OrderUnfreezing]:
        """List what channels have let go, the last first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_unfrozen(reader, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.ended_at, last.id) if last else None)

    @post("/retry", **operation("RetryUnfreezings", "platform:write", repeat="key_taken", guards=[staff("operator")]))
    async def retry(self, request: ApiRequest, data: RetryUnfreezingBatch) -> Response[list[RetryUnfreezingAnswer]]:
        """Have channels asked at once. They know what they were asked by its number: nothing is done twice."""
        actor = request.actor("staff")
        return await run(request, retry_unfreezings, "id", [RetryUnfreezing(id=body.id, actor=actor) for body in data])


ROUTES: Final = (SubMerchantsApi, UnfreezingsApi)
