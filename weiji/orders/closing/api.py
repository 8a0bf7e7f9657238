"""The JSON API of closing shops."""

from typing import Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from weiji.identity import refuse_payment_passwords
from weiji.orders import closing
from weiji.orders.closing import OpenMatters
from weiji.shops import (
    CloseShop,
    CloseShopResult,
    ReopenShop,
    ReopenShopStatus,
    close_shops,
    reopen_shops,
)
from weiji.web.api import ApiRequest, Batch, PaymentPassword, operation, run
from weiji.web.permissions import Permission
from weiji.web.rates import rate


class CloseShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The shop to close, and the bank account of it that the rest of its money goes to."""

    shop_id: UUID
    account_id: UUID
    payment_password: PaymentPassword | None = None


class ReopenShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The shop to close no longer."""

    shop_id: UUID


class ReopenShopAnswer(Struct):
    """How reopening ended."""

    status: ReopenShopStatus


CloseShopBatch = Batch[CloseShopBody]
ReopenShopBatch = Batch[ReopenShopBody]


class ClosingsApi(Controller):
    """Closing shops."""

    path = "/api/v1/closings"
    tags = ("shops",)

    @get("/{shop_id:uuid}", **operation("GetClosing", "shops:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> OpenMatters:
        """Read what of a shop of yours is still open."""
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            raise NotFoundException
        async with request.database.read() as reader:
            return await closing.add_payout(reader, await closing.get_open(reader, shop_id))

    @post("/close", **operation("CloseShops", repeat="key_needed", opt=rate("password", "30/minute")))
    async def close(self, request: ApiRequest, data: CloseShopBatch) -> Response[list[CloseShopResult]]:
        """Begin to close shops of yours, with the payment password: no new orders from now on."""
        actor = request.actor("merchant")
        passwords = [body.payment_password for body in data]
        refusals = await refuse_payment_passwords(request, passwords)
        commands = [
            CloseShop(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                account_id=body.account_id,
                actor=actor,
                refusal=refusals[body.payment_password],
            )
            for body in data
        ]
        return await run(request, close_shops, "shop_id", commands)

    @post("/reopen", **operation("ReopenShops", "shops:write", repeat="key_taken"))
    async def reopen(self, request: ApiRequest, data: ReopenShopBatch) -> Response[list[ReopenShopAnswer]]:
        """Close shops of yours no longer, while they are not closed."""
        actor = request.actor("merchant")
        commands = [
            ReopenShop(shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP), actor=actor) for body in data
        ]
        return await run(request, reopen_shops, "shop_id", commands)


ROUTES: Final = (ClosingsApi,)
"""What the program serves of this module."""
