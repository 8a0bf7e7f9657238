"""The JSON API of stock."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from weiji.inventory.model import ON_HAND_MAX, STOCK_MAX, SetStock, SetStockStatus, Stock
from weiji.inventory.operations import get_stock, set_stock
from weiji.shops import NO_SHOP
from weiji.web.api import ApiRequest, Batch, Page, operation, run
from weiji.web.permissions import Permission


class SetStockBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How many units of a SKU there are, those promised to unshipped orders included.

    `on_hand_before` is what you saw; none: whatever it is.
    """

    sku_id: UUID
    shop_id: UUID
    on_hand: Annotated[int, Meta(ge=0, le=ON_HAND_MAX)]
    on_hand_before: Annotated[int, Meta(ge=0, le=ON_HAND_MAX)] | None = None


class SetStockAnswer(Struct):
    """How setting stock ended."""

    status: SetStockStatus


SetStockBatch = Batch[SetStockBody]


class StockApi(Controller):
    """Stock."""

    path = "/api/v1/stock"
    tags = ("stock",)

    @post("/set", **operation("SetStock", "stock:write", repeat="key_taken"))
    async def set(self, request: ApiRequest, data: SetStockBatch) -> Response[list[SetStockAnswer]]:
        """Say what shops that you work for have. The answer has one result for each, in order."""
        caller, actor = request.caller, request.actor("merchant")
        commands = [
            SetStock(
                sku_id=body.sku_id,
                shop_id=body.shop_id if caller.may(body.shop_id, Permission.GOODS) else NO_SHOP,
                on_hand=body.on_hand,
                on_hand_before=body.on_hand_before,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, set_stock, "shop_id", commands)

    @get("/", **operation("ListStock", "stock:read"))
    async def index(
        self, request: ApiRequest, sku_id: Annotated[list[UUID], QueryParameter(min_items=1, max_items=STOCK_MAX)]
    ) -> Page[Stock]:
        """Read the stock of SKUs of shops that you work for, in the order asked; others are left out."""
        async with request.desk.database.read() as reader:
            found = await get_stock(reader, sku_id)
        return Page(
            items=[stock for stock in found if stock and request.caller.may(stock.shop_id, Permission.GOODS)], next=None
        )


ROUTES: Final = (StockApi,)
"""What the program serves of this module."""
