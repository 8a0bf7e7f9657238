"""The stock on a shop's desk: how many there are of everything, one SKU with all that can be done, and the journal."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog.showing import show_picture
from weiji.catalog.stock_desk import (
    PRODUCTS,
    SKUS_OF_PRODUCT,
    Change,
    Goods,
    SkuPage,
    StockPage,
    get_journal_page,
    get_sku_page,
    get_stock_page,
)
from weiji.catalog.stock_notices import count_stock_notices, get_stock_notices
from weiji.inventory import (
    CORRECTIONS,
    ON_HAND_MAX,
    AdjustStock,
    ChangeStockStatus,
    Reason,
    SetStock,
    SetStockStatus,
    TransferStock,
    adjust_stock,
    set_stock,
    transfer_stock,
)
from weiji.kit.ids import new_id
from weiji.web import fragment, ngettext, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import Form, read_form, read_id, read_number
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

ROWS_MAX: Final = PRODUCTS * SKUS_OF_PRODUCT
"""SKUs that one form may set."""


def reason_words() -> dict[Reason, str]:
    """Name why stock was changed."""
    return {
        Reason.SET: _("改库存"),
        Reason.MOVED: _("调拨"),
        Reason.RECEIVED: _("进货"),
        Reason.COUNTED: _("盘点"),
        Reason.DAMAGED: _("损坏"),
        Reason.LOST: _("丢失"),
        Reason.FOUND: _("找到"),
        Reason.RETURNED: _("退回"),
        Reason.OTHER: _("其他"),
    }


def setting_word(status: SetStockStatus) -> str:
    """Say why a number was not taken."""
    match status:
        case SetStockStatus.KEYED:
            return _("卡密有多少，看存了多少")
        case SetStockStatus.BELOW_HELD:
            return _("比答应给订单的还少")
        case SetStockStatus.STOCK_MOVED:
            return _("刚才有变动，请看新的数字")
        case SetStockStatus.ON_HAND_OUT_OF_RANGE:
            return _("要在 0 到十亿之间")
        case _:
            return _("没有这种规格或仓库了")


def change_word(status: ChangeStockStatus) -> str:
    """Say why stock was not changed."""
    match status:
        case ChangeStockStatus.KEYED:
            return _("每一件是一张卡密，有多少看存了多少。")
        case ChangeStockStatus.BELOW_HELD:
            return _("没有这么多空闲的货：其余的已经答应给订单了。")
        case ChangeStockStatus.UNITS_OUT_OF_RANGE:
            return _("件数不对：不能是 0，也不能比仓库里有的还多。")
        case ChangeStockStatus.WAREHOUSE_NOT_FOUND:
            return _("请选两个不同的仓库。")
        case ChangeStockStatus.NOTE_MALFORMED:
            return _("备注最多 200 个字。")
        case _:
            return _("没有保存，请再试一次。")


class MerchantStock(Controller):
    """A shop's stock."""

    path = "/merchant/{shop_id:uuid}/stock"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def list_stock(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "",
        warehouse: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        """List a shop's stock, to be set in one warehouse."""
        async with request.database.read() as reader:
            found = await get_stock_page(reader, shop_id, is_low=tab == "low", after=after)
        return _show_list(request, found, tab, read_id(warehouse), after)

    @post("/", status_code=303)
    async def set(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Set what was typed; what was left as it was is not touched."""
        form = await read_form(request)
        place = form.id("warehouse")
        errors: dict[UUID, str] = {}
        commands = []
        actor = request.actor("merchant")
        for text in form.all("seen", ROWS_MAX):
            sku_id, before = read_id(text.partition(":")[0]), read_number(text.partition(":")[2])
            if sku_id is None or before is None:
                continue
            count = read_number(form.text(f"on_hand_{sku_id}"))
            if count is None or not 0 <= count <= ON_HAND_MAX:
                errors[sku_id] = setting_word(SetStockStatus.ON_HAND_OUT_OF_RANGE)
            elif count != before:
                commands.append(
                    SetStock(
                        sku_id=sku_id,
                        shop_id=shop_id,
                        on_hand=count,
                        on_hand_before=before,
                        warehouse_id=place,
                        actor=actor,
                    )
                )
        statuses = await request.batchers.of(set_stock, "shop_id").submit_all(commands) if commands else []
        for command, status in zip(commands, statuses, strict=True):
            if status is not SetStockStatus.SET:
                errors[command.sku_id] = setting_word(status)
        tab, after = form.text("tab"), form.text("after")
        if not errors:
            toast = ngettext("改好了 %(number)s 种规格。", "改好了 %(number)s 种规格。", len(commands))
            there = f"/merchant/{shop_id}/stock?tab={'low' if tab == 'low' else ''}&warehouse={place or ''}"
            return redirect(request, there, toast=toast)
        async with request.database.read() as reader:
            found = await get_stock_page(reader, shop_id, is_low=tab == "low", after=after)
        return _show_list(request, found, tab, place, after, form=form, errors=errors)

    @get("/changes")
    async def show_journal(
        self, request: WebRequest, shop_id: FromPath[UUID], after: FromQuery[str] = ""
    ) -> Response[str]:
        """Show who changed what, and why."""
        async with request.database.read() as reader:
            found = await get_journal_page(reader, shop_id, after)
        here = f"/merchant/{shop_id}/stock/changes"
        return page(
            request,
            "catalog/merchant_stock_changes.html",
            shop=found.shop,
            changes=found.changes,
            names={place.id: place.name for place in found.places},
            has_places=len(found.places) > 1,
            who=lambda change: _who(change, found.names),
            reasons={reason.value: word for reason, word in reason_words().items()},
            more=f"{here}?after={found.after}" if found.after else None,
        )

    @get("/notices")
    async def list_notices(
        self, request: WebRequest, shop_id: FromPath[UUID], after: FromQuery[str] = ""
    ) -> Response[str]:
        """Show what the shop was told of running low, and what still does."""
        async with request.database.read() as reader:
            found = await get_stock_notices(reader, shop_id, after)
        here = f"/merchant/{shop_id}/stock/notices"
        return page(
            request,
            "catalog/merchant_stock_notices.html",
            shop=found.shop,
            notices=found.notices,
            more=f"{here}?after={found.after}" if found.after else None,
        )

    @get("/badge")
    async def show_badge(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show how many SKUs run low, for the navigation of pages that do not read it."""
        async with request.database.read() as reader:
            count = await count_stock_notices(reader, shop_id)
        return fragment(request, "catalog/merchant_stock_badge.html", count=count)

    @get("/{sku_id:uuid}")
    async def show_sku(self, request: WebRequest, shop_id: FromPath[UUID], sku_id: FromPath[UUID]) -> Response[str]:
        """Show one SKU."""
        async with request.database.read() as reader:
            found = await get_sku_page(reader, shop_id, sku_id)
        return _show_sku(request, found)

    @post("/{sku_id:uuid}/correction", status_code=303)
    async def correct(self, request: WebRequest, shop_id: FromPath[UUID], sku_id: FromPath[UUID]) -> Response[str]:
        """Correct how many there are, with a reason."""
        form = await read_form(request)
        reason, units = form.text("reason"), form.number("units")
        if units is None or reason not in CORRECTIONS:
            error = change_word(ChangeStockStatus.UNITS_OUT_OF_RANGE)
            return await _again(request, shop_id, sku_id, form, {"correction": error})
        command = AdjustStock(
            id=form.id("id") or new_id(shop_id),
            sku_id=sku_id,
            shop_id=shop_id,
            units=-units if form.text("way") == "fewer" else units,
            reason=Reason(reason),
            actor=request.actor("merchant"),
            warehouse_id=form.id("warehouse"),
            note=form.text("note"),
        )
        status = await request.batchers.of(adjust_stock).submit(command)
        return await _end(request, shop_id, sku_id, form, "correction", status)

    @post("/{sku_id:uuid}/transfer", status_code=303)
    async def transfer(self, request: WebRequest, shop_id: FromPath[UUID], sku_id: FromPath[UUID]) -> Response[str]:
        """Carry some over to another warehouse."""
        form = await read_form(request)
        source, target, quantity = form.id("from"), form.id("to"), form.number("quantity")
        if source is None or target is None or quantity is None:
            error = change_word(ChangeStockStatus.UNITS_OUT_OF_RANGE)
            return await _again(request, shop_id, sku_id, form, {"transfer": error})
        command = TransferStock(
            id=form.id("id") or new_id(shop_id),
            sku_id=sku_id,
            shop_id=shop_id,
            from_id=source,
            to_id=target,
            quantity=quantity,
            actor=request.actor("merchant"),
            note=form.text("note"),
        )
        status = await request.batchers.of(transfer_stock).submit(command)
        return await _end(request, shop_id, sku_id, form, "transfer", status)


async def _end(
    request: WebRequest, shop_id: UUID, sku_id: UUID, form: Form, name: str, status: ChangeStockStatus
) -> Response[str]:
    if status in (ChangeStockStatus.CHANGED, ChangeStockStatus.EXISTS):
        return redirect(request, f"/merchant/{shop_id}/stock/{sku_id}", toast=_("库存改好了，记在流水里。"))
    if status is ChangeStockStatus.SKU_NOT_FOUND:
        raise NotFoundException
    return await _again(request, shop_id, sku_id, form, {name: change_word(status)})


async def _again(
    request: WebRequest, shop_id: UUID, sku_id: UUID, form: Form, errors: Mapping[str, str]
) -> Response[str]:
    async with request.database.read() as reader:
        found = await get_sku_page(reader, shop_id, sku_id)
    return _show_sku(request, found, form=form, errors=errors)


def _show_list(
    request: WebRequest,
    found: StockPage,
    tab: str,
    warehouse_id: UUID | None,
    after: str,
    *,
    form: Form | None = None,
    errors: Mapping[UUID, str] | None = None,
) -> Response[str]:
    here = f"/merchant/{found.shop.id}/stock"
    place = next((place for place in found.places if place.id == warehouse_id), found.places[0])
    typed = {
        sku.id: form.text(f"on_hand_{sku.id}") if form else "" for goods in found.goods for sku in goods.skus or []
    }
    query = f"tab={'low' if tab == 'low' else ''}&warehouse={place.id}"
    return page(
        request,
        "catalog/merchant_stock.html",
        status_code=422 if errors else 200,
        shop=found.shop,
        goods=found.goods,
        places=found.places,
        place=place,
        tab="low" if tab == "low" else "",
        tabs=[
            {"key": "", "label": _("全部"), "href": f"{here}?warehouse={place.id}"},
            {"key": "low", "label": _("库存不多"), "href": f"{here}?tab=low&warehouse={place.id}"},
        ],
        place_tabs=[
            {"key": str(each.id), "label": each.name, "href": f"{here}?tab={tab}&warehouse={each.id}"}
            for each in found.places
        ],
        shelf_of=lambda sku: sku.at(place.id, found.shop.id),
        typed=typed,
        errors=errors or {},
        after=after,
        more=f"{here}?{query}&after={found.after}" if found.after else None,
        picture_of=_picture_of,
    )


def _show_sku(
    request: WebRequest, found: SkuPage, *, form: Form | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    names = ("reason", "units", "way", "warehouse", "note", "from", "to", "quantity")
    return page(
        request,
        "catalog/merchant_sku_stock.html",
        status_code=422 if errors else 200,
        shop=found.shop,
        found=found,
        sku=found.sku,
        picture=show_picture(found.picture, found.product_id, found.title, found.kind, found.sku.choices),
        places=[(place, found.sku.at(place.id, found.shop.id)) for place in found.places],
        place_choices=[(str(place.id), place.name) for place in found.places],
        names={place.id: place.name for place in found.places},
        who=lambda change: _who(change, found.names),
        reasons={reason.value: word for reason, word in reason_words().items()},
        reason_choices=[(reason.value, reason_words()[reason]) for reason in CORRECTIONS],
        change_id=str((form and form.id("id")) or new_id(found.shop.id)),
        given={name: form.text(name) if form else "" for name in names},
        errors=errors or {},
    )


def _who(change: Change, names: Mapping[UUID, str]) -> str:
    if change.actor_id and change.actor_id in names:
        return names[change.actor_id]
    return _("系统")


def _picture_of(goods: Goods) -> str:
    return show_picture(goods.picture, goods.id, goods.title, goods.kind, ())


ROUTES: Final = (MerchantStock,)
"""What the program serves of this module."""
