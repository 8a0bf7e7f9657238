"""The goods on a shop's desk: a list, a form for each product, and files from elsewhere."""

import asyncio
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog import shopify
from weiji.catalog.drawings import picture_url
from weiji.catalog.importing import ImportReport, import_goods
from weiji.catalog.model import (
    DESCRIPTION_MAX,
    ListProduct,
    ListProductStatus,
    ProductState,
    SaveProductStatus,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.operations import (
    get_goods_for_merchant,
    get_product_page,
    list_products,
    save_products,
    withdraw_products,
)
from weiji.catalog.product_forms import (
    Checked,
    ProductForm,
    blank_form,
    check_form,
    form_of,
    read_product_form,
    saving_error,
)
from weiji.catalog.records import Fault, Problem, ProductRecord
from weiji.inventory import SetStock, SetStockStatus, set_stock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.actors import actor_of
from weiji.web.forms import read_form

AnyRequest = Request[Any, Any, Any]

PAGE: Final = 25
"""Products on one page of the list."""

FILE_BYTES_MAX: Final = 20 * 1024 * 1024
"""The largest file of goods that may be uploaded."""

PROBLEMS_SHOWN: Final = 100

SAVED: Final = (SaveProductStatus.CREATED, SaveProductStatus.UPDATED, SaveProductStatus.EXISTS)

KINDS: Final = ("服饰", "家居", "茶与食物", "图书", "植物", "手作", "数码", "美妆", "母婴", "文具")
"""Kinds of goods that the form suggests; any other may be typed."""


def state_words() -> dict[str, tuple[str, str]]:
    """Name the states of products, and the tones of their tags."""
    return {
        ProductState.LISTED.value: (_("在售"), "good"),
        ProductState.DRAFT.value: (_("草稿"), "wait"),
        ProductState.WITHDRAWN.value: (_("已下架"), "plain"),
    }


def fault_word(fault: Fault) -> str:
    """Say what is wrong with a line of a file."""
    match fault:
        case Fault.UNREADABLE_TEXT:
            return _("读不懂文件的编码：请存成 UTF-8。")
        case Fault.NO_HEADER:
            return _("第一行没有列名：这不像 Shopify 的商品 CSV。")
        case Fault.BROKEN_LINE:
            return _("引号不成对，或者列数不对。")
        case Fault.NO_HANDLE:
            return _("缺 Handle。")
        case Fault.NO_TITLE:
            return _("缺商品名称。")
        case Fault.HANDLE_AGAIN:
            return _("同一件商品的行要连在一起。")
        case Fault.INVALID_PRICE:
            return _("价格不对。")
        case Fault.INVALID_NUMBER:
            return _("数字不对。")
        case Fault.MISSING_CHOICE:
            return _("缺规格的值。")
        case Fault.NO_SKUS:
            return _("没有一行有价格。")
        case Fault.NOT_SAVED:
            return _("没能保存。")


class _StockRefusedError(Exception):
    """Takes back what was saved: the stock can't be what was typed."""

    def __init__(self, sku_id: UUID, status: SetStockStatus) -> None:
        self.sku_id = sku_id
        self.status = status


class MerchantGoods(Controller):
    """A shop's goods."""

    path = "/merchant/{shop_id:uuid}/goods"
    guards = (shop_staff(),)
    include_in_schema = False

    @get("/")
    async def list_goods(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        database: NamedDependency[Database],
        tab: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        """List a shop's goods, newest first."""
        wanted = ProductState(tab) if tab in tuple(ProductState) else None
        async with database.read() as reader:
            shop = _found((await get_shops(reader, [shop_id]))[0])
            found = await get_goods_for_merchant(reader, shop_id, state=wanted, after=after, limit=PAGE)
        here = f"/merchant/{shop_id}/goods"
        labels = {"": _("全部"), **{key: word for key, (word, _tone) in state_words().items()}}
        return page(
            request,
            "catalog/merchant_goods.html",
            shop=shop,
            goods=found.goods,
            tab=wanted.value if wanted else "",
            tabs=[
                {"key": key, "label": label, "href": f"{here}?tab={key}" if key else here}
                for key, label in labels.items()
            ],
            more=f"{here}?tab={wanted or ''}&after={found.after}" if found.after else None,
            states=state_words(),
            picture_of=_picture_of,
        )

    @get("/new")
    async def show_new(
        self, request: AnyRequest, shop_id: FromPath[UUID], database: NamedDependency[Database]
    ) -> Response[str]:
        """Show an empty form."""
        return _show_form(request, await _get_shop(database, shop_id), blank_form(new_id(shop_id)))

    @get("/{product_id:uuid}")
    async def show_product(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        product_id: FromPath[UUID],
        database: NamedDependency[Database],
    ) -> Response[str]:
        """Show a product as a form."""
        async with database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None or product.shop_id != shop_id:
            raise NotFoundException
        return _show_form(request, product.shop, form_of(product))

    @post("/{product_id:uuid}", status_code=303)
    async def save(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        product_id: FromPath[UUID],
        database: NamedDependency[Database],
    ) -> Response[str]:
        """Save a product with its SKUs and their stock, all or nothing; or only make the table of SKUs anew."""
        form = await read_form(request)
        description = (await request.form()).get("description", "")
        if shard_of(product_id) != shard_of(shop_id):
            raise NotFoundException
        async with database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is not None and product.shop_id != shop_id:
            raise NotFoundException
        shop = product.shop if product else await _get_shop(database, shop_id)
        shown = form_of(product) if product else blank_form(product_id)
        typed = read_product_form(form, str(description)[: DESCRIPTION_MAX + 1], shown)
        if form.text("then") == "spread":
            return _show_form(request, shop, typed)
        state = ProductState.DRAFT if form.text("then") == "draft" else ProductState.LISTED
        checked = check_form(typed, shop_id, actor_of(request.scope, "merchant"), state)
        errors = checked.errors or await _save(database, checked, typed)
        if errors:
            return _show_form(request, shop, typed, errors)
        toast = (
            _("已保存。") if product else (_("已上架，买家现在就能看到。") if state == "listed" else _("草稿已保存。"))
        )
        return redirect(request, f"/merchant/{shop_id}/goods", toast=toast)

    @post("/{product_id:uuid}/listing", status_code=303)
    async def set_listing(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        product_id: FromPath[UUID],
        batchers: NamedDependency[Batchers],
    ) -> Response[str]:
        """Offer a product for sale, or take it off."""
        form = await read_form(request)
        actor = actor_of(request.scope, "merchant")
        if form.text("state") == ProductState.WITHDRAWN:
            withdraw = WithdrawProduct(product_id=product_id, shop_id=shop_id, actor=actor)
            withdrawn = await batchers.of(withdraw_products, "product_id").submit(withdraw)
            if withdrawn is WithdrawProductStatus.PRODUCT_NOT_FOUND:
                raise NotFoundException
            toast = _("已下架。")
        else:
            listing = ListProduct(product_id=product_id, shop_id=shop_id, actor=actor)
            listed = await batchers.of(list_products, "product_id").submit(listing)
            if listed is ListProductStatus.PRODUCT_NOT_FOUND:
                raise NotFoundException
            toast = _("已上架，买家现在就能看到。")
        return redirect(request, f"/merchant/{shop_id}/goods", toast=toast)

    @get("/import")
    async def show_import(
        self, request: AnyRequest, shop_id: FromPath[UUID], database: NamedDependency[Database]
    ) -> Response[str]:
        """Show where a file may be given."""
        return _show_import(request, await _get_shop(database, shop_id))

    @post("/import", status_code=200, request_max_body_size=FILE_BYTES_MAX, opt=rate("import_goods", "20/minute"))
    async def import_file(
        self, request: AnyRequest, shop_id: FromPath[UUID], database: NamedDependency[Database]
    ) -> Response[str]:
        """Take the products of a Shopify CSV into the shop, or only try it; say what came of it."""
        form = await read_form(request)
        file = (await request.form()).get("file")
        shop = await _get_shop(database, shop_id)
        if not isinstance(file, UploadFile) or not file.filename:
            return _show_import(request, shop, error=_("请选择一个 CSV 文件。"))
        is_trial = form.text("then") == "try"
        report = await import_goods(
            database,
            shop_id,
            shopify.SOURCE,
            await asyncio.to_thread(_read, file),
            actor_of(request.scope, "merchant"),
            is_dry_run=is_trial,
        )
        return _show_import(request, shop, report=report, is_trial=is_trial, name=file.filename)


async def _save(database: Database, checked: Checked, typed: ProductForm) -> dict[str, str]:
    """Save product and stock in one transaction; say what is wrong, and then nothing was written."""
    command = checked.command

    async def work(tx: Transaction) -> SaveProductStatus:
        (result,) = await save_products(tx, [command])
        if result.status not in SAVED or not checked.stock:
            return result.status
        settings = [
            SetStock(sku_id=id, shop_id=command.shop_id, on_hand=on_hand, actor=command.actor)
            for id, on_hand in checked.stock.items()
        ]
        for setting, status in zip(settings, await set_stock(tx, settings), strict=True):
            if status is not SetStockStatus.SET:
                raise _StockRefusedError(setting.sku_id, status)
        return result.status

    try:
        status = await database.retried(work)
    except _StockRefusedError as refused:
        place = next(n for n, sku in enumerate(command.skus) if sku.id == refused.sku_id)
        field = f"sku_{place}_stock" if typed.skus[place].choices else "stock"
        is_held = refused.status is SetStockStatus.BELOW_HELD
        return {field: _("已有订单等着发货，库存不能比答应的少。") if is_held else _("库存是 0 或更大的整数。")}
    if status in SAVED:
        return {}
    field, text = saving_error(status)
    return {field: text}


def _show_form(
    request: AnyRequest, shop: Any, form: ProductForm, errors: Mapping[str, str] | None = None
) -> Response[str]:
    return page(
        request,
        "catalog/merchant_product.html",
        status_code=422 if errors else 200,
        shop=shop,
        form=form,
        has_options=any(row.choices for row in form.skus),
        errors=errors or {},
        kinds=KINDS,
        picture=picture_url(form.id, form.title, form.kind) if form.title else None,
        states=state_words(),
    )


def _show_import(
    request: AnyRequest,
    shop: Shop,
    *,
    report: ImportReport | None = None,
    is_trial: bool = False,
    name: str = "",
    error: str | None = None,
) -> Response[str]:
    problems = report.skipped[:PROBLEMS_SHOWN] if report else []
    return page(
        request,
        "catalog/merchant_import.html",
        status_code=422 if error else 200,
        shop=shop,
        report=report,
        problems=[(problem, fault_word(problem.fault)) for problem in problems],
        is_trial=is_trial,
        name=name,
        error=error,
        megabytes=FILE_BYTES_MAX // 1024**2,
    )


def _read(file: UploadFile) -> list[ProductRecord | Problem]:
    return list(shopify.read_products(cast("BinaryIO", file.file)))


def _picture_of(row: Any) -> str:
    """Find the picture of a product: its own if it lies with us, else a drawn one."""
    picture: str | None = row.picture
    return picture if picture and picture.startswith("/") else picture_url(row.id, row.title, row.kind)


async def _get_shop(database: Database, shop_id: UUID) -> Shop:
    async with database.read() as reader:
        return _found((await get_shops(reader, [shop_id]))[0])


def _found(shop: Shop | None) -> Shop:
    if shop is None:
        raise NotFoundException
    return shop


ROUTES: Final = (MerchantGoods,)
