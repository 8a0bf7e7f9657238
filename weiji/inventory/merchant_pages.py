"""The warehouses of a shop: a list, and a form for each."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec.structs import replace

from weiji.inventory.model import NAME_MAX, PRIORITY_MAX, SaveWarehouse, SaveWarehouseStatus, Warehouse
from weiji.inventory.operations import get_warehouses, save_warehouses
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, shop_staff
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.regions import chosen, picker, text_of
from weiji.web.requests import WebRequest


def saving_errors(status: SaveWarehouseStatus) -> dict[str, str]:
    """Say what is wrong with a warehouse, by the name of the field; under "form", with all of it."""
    match status:
        case SaveWarehouseStatus.NAME_MALFORMED:
            return {"name": ngettext("1 到 %(number)s 个看得见的字符。", "1 到 %(number)s 个看得见的字符。", NAME_MAX)}
        case SaveWarehouseStatus.REGION_NOT_FOUND:
            return {"region": _("没有这个地区，请再选一次。")}
        case SaveWarehouseStatus.PRIORITY_OUT_OF_RANGE:
            return {"priority": _("写 0 到 %(number)s 的整数。", number=PRIORITY_MAX)}
        case SaveWarehouseStatus.TOO_MANY_WAREHOUSES:
            return {"form": _("仓库已经够多了，不能再加。")}
        case SaveWarehouseStatus.DEFAULT_STAYS_OPEN:
            return {"form": _("默认仓库一直开着：没有放在别处的货都在这里。")}
        case _:
            return {"form": _("没有保存，请再试一次。")}


class MerchantWarehouses(Controller):
    """A shop's warehouses."""

    path = "/merchant/{shop_id:uuid}/warehouses"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List them, those first that come first."""
        shop, warehouses = await _find(request.database, shop_id)
        return page(
            request,
            "inventory/merchant_warehouses.html",
            shop=shop,
            warehouses=warehouses,
            region_of=lambda warehouse: text_of(warehouse.region_code) if warehouse.region_code else "",
        )

    @get("/new")
    async def show_new(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show an empty form."""
        shop, warehouses = await _find(request.database, shop_id)
        blank = replace(warehouses[0], id=new_id(shop_id), name="", region_code="", priority=0, is_open=True)
        return _show(request, shop, blank, is_new=True)

    @get("/{warehouse_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], warehouse_id: FromPath[UUID]) -> Response[str]:
        """Show a warehouse's form."""
        shop, warehouses = await _find(request.database, shop_id)
        found = next((each for each in warehouses if each.id == warehouse_id), None)
        if found is None:
            raise NotFoundException
        return _show(request, shop, found, is_new=False)

    @post("/{warehouse_id:uuid}", status_code=303)
    async def save(self, request: WebRequest, shop_id: FromPath[UUID], warehouse_id: FromPath[UUID]) -> Response[str]:
        """Save what the form says."""
        if shard_of(warehouse_id) != shard_of(shop_id):
            raise NotFoundException
        form = await read_form(request)
        entered = _read(form, shop_id, warehouse_id)
        priority = form.number("priority")
        errors: dict[str, str] = {}
        if form.text("then") != "next":
            if priority is None and form.text("priority"):
                errors = saving_errors(SaveWarehouseStatus.PRIORITY_OUT_OF_RANGE)
            else:
                command = SaveWarehouse(
                    id=entered.id,
                    shop_id=shop_id,
                    name=entered.name,
                    region_code=entered.region_code,
                    priority=priority or 0,
                    is_open=entered.is_open,
                    actor=request.actor("merchant"),
                )
                status = await request.batchers.of(save_warehouses).submit(command)
                if status is SaveWarehouseStatus.SAVED:
                    return redirect(request, f"/merchant/{shop_id}/warehouses", toast=_("仓库保存好了。"))
                if status is SaveWarehouseStatus.SHOP_NOT_FOUND:
                    raise NotFoundException
                errors = saving_errors(status)
        shop, _warehouses = await _find(request.database, shop_id)
        return _show(request, shop, entered, is_new=form.is_on("is_new"), errors=errors, form=form)


def _read(form: Form, shop_id: UUID, warehouse_id: UUID) -> Warehouse:
    return Warehouse(
        id=warehouse_id,
        shop_id=shop_id,
        name=form.text("name"),
        region_code=chosen(form.text("province"), form.text("city"), form.text("district")),
        priority=form.number("priority") or 0,
        is_open=form.is_on("is_open") or warehouse_id == shop_id,
    )


async def _find(database: Database, shop_id: UUID) -> tuple[Shop, list[Warehouse]]:
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
        if shop is None:
            raise NotFoundException
        return shop, await get_warehouses(reader, shop_id)


def _show(
    request: WebRequest,
    shop: Shop,
    warehouse: Warehouse,
    *,
    is_new: bool,
    errors: Mapping[str, str] | None = None,
    form: Form | None = None,
) -> Response[str]:
    return page(
        request,
        "inventory/merchant_warehouse.html",
        status_code=422 if errors else 200,
        shop=shop,
        warehouse=warehouse,
        priority=form.text("priority") if form else str(warehouse.priority),
        is_new=is_new,
        is_default=warehouse.id == shop.id,
        regions=picker(warehouse.region_code),
        errors=errors or {},
    )


ROUTES: Final = (MerchantWarehouses,)
"""What the program serves of this module."""
