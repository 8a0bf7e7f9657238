"""Changing many prices or stocks at once: what is chosen among the goods, a preview, and then all of it or nothing."""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.catalog.model import PRICE_MAX, PRICE_MIN, SKUS_MAX, Delivery, ProductPage, ProductSku
from weiji.catalog.operations import change_prices, get_products
from weiji.catalog.pricing import ChangePrice, ChangePriceStatus, How, changed, read_percent
from weiji.events import Actor
from weiji.inventory import ON_HAND_MAX, SetStock, SetStockStatus, set_stock
from weiji.kit.db import Database, Transaction
from weiji.kit.money import parse_yuan
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, shop_staff
from weiji.web.forms import Form, read_form, read_id, read_number
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PRODUCTS_MAX: Final = 50
"""Products that are changed at once."""

ROWS_MAX: Final = SKUS_MAX
"""SKUs that are changed at once: all of any one product."""

What = Literal["price", "stock"]


class Wanted(Struct, kw_only=True):
    """What was typed."""

    product_ids: list[UUID]
    what: What
    how: How
    text: str
    keeps: bool
    """Whether the price of before is struck through."""

    @property
    def by(self) -> int | None:
        """The amount, number or basis points; None where it can't be read."""
        if self.how in (How.RAISE_PERCENT, How.LOWER_PERCENT):
            return read_percent(self.text) if self.what == "price" else None
        return parse_yuan(self.text) if self.what == "price" else read_number(self.text.strip())


class Row(Struct, kw_only=True):
    """A SKU, and what it becomes. `problem` says why it can't."""

    product: ProductPage
    sku: ProductSku
    before: int
    after: int
    compare_at: int | None
    problem: str = ""

    @property
    def is_other(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after or self.compare_at != self.sku.compare_at


class _RefusedError(Exception):
    """Takes back what was changed: not all of it could be."""


class MerchantChanges(Controller):
    """Many prices or stocks at once."""

    path = "/merchant/{shop_id:uuid}/goods/changes"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Ask what shall be done with what was chosen, and show what would come of it."""
        query = request.query_params
        ids = [id for text in query.getall("product", [])[:PRODUCTS_MAX] if (id := read_id(text))]
        wanted = _read(ids, query.get("what"), query.get("how"), query.get("by"), keeps=bool(query.get("keeps")))
        shop, products = await _find(request.database, shop_id, ids)
        return _show(request, shop, products, wanted)

    @post("/", status_code=303)
    async def change(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Do it, if everything is still as it was shown."""
        form = await read_form(request)
        ids = [id for text in form.all("product", PRODUCTS_MAX) if (id := read_id(text))]
        wanted = _read(ids, form.text("what"), form.text("how"), form.text("by"), keeps=form.is_on("keeps"))
        shop, products = await _find(request.database, shop_id, ids)
        seen = _seen(form)
        rows = make_rows(products, wanted)
        is_as_seen = all(seen.get(row.sku.id) == row.before for row in rows)
        if not rows or not is_as_seen or any(row.problem for row in rows):
            return _show(request, shop, products, wanted, is_late=bool(rows) and not is_as_seen)
        changes = [row for row in rows if row.is_other]
        try:
            await _apply(request.database, wanted.what, changes, request.actor("merchant"))
        except _RefusedError:
            shop, products = await _find(request.database, shop_id, ids)
            return _show(request, shop, products, wanted, is_late=True)
        toast = ngettext("改好了 %(number)s 种规格。", "改好了 %(number)s 种规格。", len(changes))
        return redirect(request, f"/merchant/{shop_id}/goods", toast=toast)


def _read(ids: list[UUID], what: str | None, how: str | None, text: str | None, *, keeps: bool) -> Wanted:
    return Wanted(
        product_ids=list(dict.fromkeys(ids)),
        what="stock" if what == "stock" else "price",
        how=How(how) if how in tuple(How) else How.SET,
        text=(text or "")[:20],
        keeps=keeps,
    )


def _seen(form: Form) -> dict[UUID, int]:
    """Read what the preview showed: the price or stock of each SKU before."""
    found = {}
    for text in form.all("seen", ROWS_MAX):
        id, before = read_id(text.partition(":")[0]), read_number(text.partition(":")[2])
        if id and before is not None:
            found[id] = before
    return found


def make_rows(products: Sequence[ProductPage], wanted: Wanted) -> list[Row]:
    """Say what would come of it; empty where it can't be read, or is too much at once."""
    by = wanted.by
    if by is None or sum(len(product.skus) for product in products) > ROWS_MAX:
        return []
    return [_row(product, sku, wanted, by) for product in products for sku in product.skus]


def _row(product: ProductPage, sku: ProductSku, wanted: Wanted, by: int) -> Row:
    before = sku.price if wanted.what == "price" else sku.on_hand
    after = changed(before, wanted.how, by)
    problem = ""
    compare_at = sku.compare_at
    if wanted.what == "price":
        if not PRICE_MIN <= after <= PRICE_MAX:
            problem = _("价格要在 ¥0.01 到一百亿元之间")
        elif wanted.keeps:
            compare_at = before if after < before else None
    elif product.delivery is Delivery.VIRTUAL:
        problem = _("有几个卡密就有几件，不能直接改")
    elif not 0 <= after <= ON_HAND_MAX:
        problem = _("库存不能小于 0")
    elif after < sku.held:
        problem = _("有 %(number)s 件答应了订单", number=sku.held)
    return Row(product=product, sku=sku, before=before, after=after, compare_at=compare_at, problem=problem)


async def _find(database: Database, shop_id: UUID, ids: list[UUID]) -> tuple[Shop, list[ProductPage]]:
    async with database.read() as reader:
        shop = (await get_shops(reader, [shop_id]))[0]
        found = await get_products(reader, ids) if ids else []
    if shop is None:
        raise NotFoundException
    return shop, [product for product in found if product and product.shop_id == shop_id]


async def _apply(database: Database, what: What, rows: Sequence[Row], actor: Actor) -> None:
    """Change all of it, or raise and change nothing."""

    async def work(tx: Transaction) -> None:
        if what == "price":
            prices = [
                ChangePrice(
                    sku_id=row.sku.id,
                    product_id=row.product.id,
                    shop_id=row.product.shop_id,
                    price_before=row.before,
                    price=row.after,
                    compare_at=row.compare_at,
                    actor=actor,
                )
                for row in rows
            ]
            is_done = {ChangePriceStatus.CHANGED, ChangePriceStatus.EXISTS} >= set(await change_prices(tx, prices))
        else:
            stocks = [
                SetStock(
                    sku_id=row.sku.id,
                    shop_id=row.product.shop_id,
                    on_hand=row.after,
                    on_hand_before=row.before,
                    actor=actor,
                )
                for row in rows
            ]
            is_done = {SetStockStatus.SET} >= set(await set_stock(tx, stocks))
        if not is_done:
            raise _RefusedError

    await database.retried(work)


def how_words() -> list[tuple[str, str]]:
    """Name what can be done."""
    return [
        (How.SET.value, _("改成")),
        (How.RAISE.value, _("加")),
        (How.LOWER.value, _("减")),
        (How.RAISE_PERCENT.value, _("加百分之（只用于价格）")),
        (How.LOWER_PERCENT.value, _("减百分之（只用于价格）")),
    ]


def _show(
    request: WebRequest, shop: Shop, products: Sequence[ProductPage], wanted: Wanted, *, is_late: bool = False
) -> Response[str]:
    rows = make_rows(products, wanted)
    count = sum(len(product.skus) for product in products)
    error = None
    if wanted.text and wanted.by is None:
        error = _("写成 5、12.5 或 98.00 这样；库存只能加减整数。")
    elif count > ROWS_MAX:
        error = ngettext("一次最多改 %(number)s 种规格。", "一次最多改 %(number)s 种规格。", ROWS_MAX)
    problems = sum(bool(row.problem) for row in rows)
    return page(
        request,
        "catalog/merchant_changes.html",
        status_code=409 if is_late else 422 if error else 200,
        shop=shop,
        products=products,
        count=count,
        wanted=wanted,
        hows=how_words(),
        rows=rows,
        changes=sum(row.is_other and not row.problem for row in rows),
        problems=problems,
        error=error,
        is_late=is_late,
    )


ROUTES: Final = (MerchantChanges,)
"""What the program serves of this module."""
