"""The JSON API of stock and warehouses."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from weiji.inventory.model import (
    ON_HAND_MAX,
    PRIORITY_MAX,
    STOCK_MAX,
    AdjustStock,
    ChangeStockStatus,
    Reason,
    SaveWarehouse,
    SaveWarehouseStatus,
    SetStock,
    SetStockStatus,
    Stock,
    StockChange,
    TransferStock,
    Warehouse,
)
from weiji.inventory.operations import (
    adjust_stock,
    get_order_holds,
    get_stock,
    get_warehouses,
    list_changes,
    save_warehouses,
    set_stock,
    transfer_stock,
)
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

END: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
"""The cursor of a first page of the journal: later than everything."""

OnHand = Annotated[int, Meta(ge=0, le=ON_HAND_MAX)]
NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]


class SetStockBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How many units of a SKU there are, those promised to unshipped orders included.

    In one warehouse; without `warehouse_id` in all together, where the default one has more or less for it.
    `on_hand_before` is what you saw; none: whatever it is.
    """

    sku_id: UUID
    shop_id: UUID
    on_hand: OnHand
    on_hand_before: OnHand | None = None
    warehouse_id: UUID | None = None


class SetStockAnswer(Struct):
    """How setting stock ended."""

    status: SetStockStatus


class AdjustStockBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """So many units of a SKU more (or fewer, if negative) than before in a warehouse; none: the default one."""

    id: NearShop
    sku_id: UUID
    shop_id: UUID
    units: Annotated[int, Meta(ge=-ON_HAND_MAX, le=ON_HAND_MAX)]
    reason: Reason
    warehouse_id: UUID | None = None
    note: Typed = ""


class TransferStockBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Units of a SKU that are carried from one warehouse to another. What is promised to orders stays."""

    id: NearShop
    sku_id: UUID
    shop_id: UUID
    from_id: UUID
    to_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=ON_HAND_MAX)]
    note: Typed = ""


class ChangeStockAnswer(Struct):
    """How a correction, or carrying units over, ended."""

    status: ChangeStockStatus


class ShelfAnswer(Struct, kw_only=True):
    """What one warehouse has of a SKU."""

    warehouse_id: UUID
    on_hand: int
    held: int
    sold: int
    is_open: bool


class StockAnswer(Struct, kw_only=True):
    """The stock of one SKU. `available` is what can be sold: neither held, nor in a closed warehouse.

    `warehouses` are those that have or had any, `on_hand`, `held` and `sold` their sums.
    """

    sku_id: UUID
    shop_id: UUID
    on_hand: int
    held: int
    sold: int
    available: int
    warehouses: list[ShelfAnswer]


class HoldAnswer(Struct, kw_only=True):
    """What an order has of a SKU in a warehouse: held for it, and taken by its parcels."""

    sku_id: UUID
    warehouse_id: UUID
    held: int
    taken: int


class SaveWarehouseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A warehouse as it shall be. The default one, which every shop has, has the shop's id.

    `region_code` says where it is: the code of a province (330000), city (330100) or district (330106), by GB/T 2260.
    An order goes to the nearest; of those equally near to the one with the lowest `priority`. A closed one gets none.
    """

    id: NearShop
    shop_id: UUID
    name: Typed
    region_code: Annotated[str, Meta(max_length=6)] = ""
    priority: Annotated[int, Meta(ge=0, le=PRIORITY_MAX)] = 0
    is_open: bool = True


class SaveWarehouseAnswer(Struct):
    """How saving a warehouse ended."""

    status: SaveWarehouseStatus


SetStockBatch = Batch[SetStockBody]
AdjustStockBatch = Batch[AdjustStockBody]
TransferStockBatch = Batch[TransferStockBody]
SaveWarehouseBatch = Batch[SaveWarehouseBody]


class StockApi(Controller):
    """Stock."""

    path = "/api/v1/stock"
    tags = ("stock",)

    @post("/set", **operation("SetStock", "stock:write", repeat="key_taken"))
    async def set(self, request: ApiRequest, data: SetStockBatch) -> Response[list[SetStockAnswer]]:
        """Say what shops that you work for have. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            SetStock(
                sku_id=body.sku_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                on_hand=body.on_hand,
                on_hand_before=body.on_hand_before,
                warehouse_id=body.warehouse_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, set_stock, "shop_id", commands)

    @post("/adjust", **operation("AdjustStock", "stock:write", repeat="key_taken"))
    async def adjust(self, request: ApiRequest, data: AdjustStockBatch) -> Response[list[ChangeStockAnswer]]:
        """Correct stock of shops that you work for, with a reason. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            AdjustStock(
                id=body.id,
                sku_id=body.sku_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                units=body.units,
                reason=body.reason,
                warehouse_id=body.warehouse_id,
                note=body.note,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, adjust_stock, "id", commands)

    @post("/transfer", **operation("TransferStock", "stock:write", repeat="key_taken"))
    async def transfer(self, request: ApiRequest, data: TransferStockBatch) -> Response[list[ChangeStockAnswer]]:
        """Carry units between warehouses of shops that you work for. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            TransferStock(
                id=body.id,
                sku_id=body.sku_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                from_id=body.from_id,
                to_id=body.to_id,
                quantity=body.quantity,
                note=body.note,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, transfer_stock, "id", commands)

    @get("/", **operation("ListStock", "stock:read"))
    async def index(
        self, request: ApiRequest, sku_id: Annotated[list[UUID], QueryParameter(min_items=1, max_items=STOCK_MAX)]
    ) -> Page[StockAnswer]:
        """Read the stock of SKUs of shops that you work for, in the order asked; others are left out."""
        async with request.database.read() as reader:
            found = await get_stock(reader, sku_id)
        items = [_answer(stock) for stock in found if stock and request.caller.may(stock.shop_id, Permission.GOODS)]
        return Page(items=items, next=None)

    @get("/changes", **operation("ListStockChanges", "stock:read"))
    async def changes(
        self,
        request: ApiRequest,
        shop_id: UUID,
        sku_id: UUID | None = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[StockChange]:
        """Read the journal of a shop that you work for, or of one of its SKUs: who changed what and why, newest first.

        What orders moved, the orders tell.
        """
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        cursor = read_cursor(after, tuple[datetime, UUID]) or END
        async with request.database.read() as reader:
            found = await list_changes(reader, shop_id, sku_id, cursor, limit + 1)
        more = write_cursor(found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None
        return Page(items=found[:limit], next=more)

    @get("/holds", **operation("ListStockHolds", "stock:read"))
    async def holds(self, request: ApiRequest, shop_id: UUID, order_id: UUID) -> Page[HoldAnswer]:
        """Tell in which warehouses an order of a shop that you work for has its units.

        Of SKUs that lie in one warehouse there is nothing: all of it lies there.
        """
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_order_holds(reader, shop_id, order_id)
        items = [
            HoldAnswer(sku_id=sku_id, warehouse_id=warehouse_id, held=hold.held, taken=hold.taken)
            for sku_id, noted in found.items()
            for warehouse_id, hold in noted.items()
        ]
        return Page(items=items, next=None)


def _answer(stock: Stock) -> StockAnswer:
    shelves = [
        ShelfAnswer(warehouse_id=id, on_hand=shelf.on_hand, held=shelf.held, sold=shelf.sold, is_open=shelf.is_open)
        for id, shelf in stock.lies().items()
    ]
    return StockAnswer(
        sku_id=stock.sku_id,
        shop_id=stock.shop_id,
        on_hand=stock.on_hand,
        held=stock.held,
        sold=stock.sold,
        available=stock.available,
        warehouses=shelves,
    )


class WarehousesApi(Controller):
    """Warehouses."""

    path = "/api/v1/warehouses"
    tags = ("stock",)

    @post("/save", **operation("SaveWarehouses", "stock:write", repeat="key_taken"))
    async def save(self, request: ApiRequest, data: SaveWarehouseBatch) -> Response[list[SaveWarehouseAnswer]]:
        """Make warehouses of shops that you work for, or change them. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            SaveWarehouse(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                name=body.name,
                region_code=body.region_code,
                priority=body.priority,
                is_open=body.is_open,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, save_warehouses, "id", commands)

    @get("/", **operation("ListWarehouses", "stock:read"))
    async def index(self, request: ApiRequest, shop_id: UUID) -> Page[Warehouse]:
        """List the warehouses of a shop that you work for, those first that come first."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_warehouses(reader, shop_id)
        return Page(items=found, next=None)


ROUTES: Final = (StockApi, WarehousesApi)
"""What the program serves of this module."""
