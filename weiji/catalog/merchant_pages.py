"""The goods on a shop's desk: a list, and a form for each product."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog.categories import Tree
from weiji.catalog.category_words import category_choices, name_of
from weiji.catalog.change_pages import PRODUCTS_MAX
from weiji.catalog.model import (
    DESCRIPTION_MAX,
    Delivery,
    ListProduct,
    ListProductStatus,
    Picture,
    ProductPage,
    ProductState,
    SaveProductStatus,
    ScheduleProduct,
    ScheduleProductStatus,
    Shelf,
    WithdrawProduct,
    WithdrawProductStatus,
)
from weiji.catalog.operations import (
    get_categories,
    get_goods_for_merchant,
    get_product_page,
    get_products,
    list_products,
    schedule_products,
    withdraw_products,
    write_products,
)
from weiji.catalog.price_history import get_price_history
from weiji.catalog.product_forms import (
    SKUS_SHOWN,
    VALUES_MAX,
    Checked,
    ProductForm,
    blank_form,
    check_form,
    form_of,
    read_product_form,
    saving_error,
)
from weiji.catalog.review_words import field_words
from weiji.catalog.showing import show_picture
from weiji.catalog.store import list_unweighed
from weiji.events import publish
from weiji.inventory import ON_HAND_MAX, SetStock, SetStockStatus, write_stock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.media import BYTES_MAX, TAKEN
from weiji.media.pages import FORM_BYTES_MAX, take_uploads, upload_word
from weiji.shops import Shop, Standing, get_shops
from weiji.web import fragment, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_form, read_id
from weiji.web.page import Tone
from weiji.web.permissions import Permission
from weiji.web.pictures import read_address, smallest
from weiji.web.qr import qr_inline
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of
from weiji.word_rules import Field, Refused
from weiji.word_rules.words import refusal_lines

PAGE: Final = 25
"""Products on one page of the list."""

UNWEIGHED_SHOWN: Final = 10
"""Products without a weight that are named."""

SAVED: Final = (
    SaveProductStatus.CREATED,
    SaveProductStatus.UPDATED,
    SaveProductStatus.EXISTS,
    SaveProductStatus.SUBMITTED,
)

FOLDS: Final = {
    "options": ("option_",),
    "delivery": ("presale_", "delivery"),
    "more": ("compare_at", "low_stock", "weight", "code", "barcode", "kind"),
}
"""Fields of the form that are folded away: a fold is open where one of its own is wrong. By what they begin with."""

KINDS: Final = ("服饰", "家居", "茶与食物", "图书", "植物", "手作", "数码", "美妆", "母婴", "文具")
"""Kinds of goods that the form suggests; any other may be typed."""


def state_words(standing: str = Standing.OPEN) -> dict[str, tuple[str, str]]:
    """Name the states of products as their merchants see them, and the tones of their tags.

    *standing*: of the shop. What is listed where it takes no orders can't be bought.
    """
    return {
        Shelf.LISTED.value: (_("在售"), "good") if standing == Standing.OPEN else (_("暂不能买"), "wait"),
        Shelf.SOLD_OUT.value: (_("卖完了"), "bad"),
        Shelf.LOW.value: (_("库存不多"), "wait"),
        Shelf.DRAFT.value: (_("草稿"), "wait"),
        Shelf.IN_REVIEW.value: (_("审核中"), "info"),
        Shelf.REFUSED.value: (_("要修改"), "bad"),
        Shelf.WITHDRAWN.value: (_("已下架"), "plain"),
        Shelf.TAKEN_DOWN.value: (_("平台下架"), "bad"),
    }


def shelf_of(state: ProductState, available: int) -> Shelf:
    """Say how a product stands: one that is listed may be sold out."""
    return Shelf.SOLD_OUT if state is ProductState.LISTED and available <= 0 else Shelf(state.value)


class _StockRefusedError(Exception):
    """Takes back what was saved: the stock can't be what was typed."""

    def __init__(self, sku_id: UUID, status: SetStockStatus) -> None:
        self.sku_id = sku_id
        self.status = status


class MerchantGoods(Controller):
    """A shop's goods."""

    path = "/merchant/{shop_id:uuid}/goods"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def list_goods(
        self, request: WebRequest, shop_id: FromPath[UUID], tab: FromQuery[str] = "", after: FromQuery[str] = ""
    ) -> Response[str]:
        """List a shop's goods, newest first."""
        wanted = Shelf(tab) if tab in tuple(Shelf) else None
        async with request.database.read() as reader:
            shop = _found((await get_shops(reader, [shop_id]))[0])
            found = await get_goods_for_merchant(reader, shop_id, shelf=wanted, after=after, limit=PAGE)
        here = f"/merchant/{shop_id}/goods"
        states = state_words(shop.standing)
        labels = {"": _("全部"), **{key: word for key, (word, _tone) in states.items()}}
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
            states=states,
            away_until=shop.holiday.ends_at if shop.is_away and shop.holiday else None,
            shelf_of=lambda item: shelf_of(item.state, item.available).value,
            picture_of=_picture_of,
        )

    @get("/new")
    async def show_new(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show an empty form."""
        async with request.database.read() as reader:
            shop = _found((await get_shops(reader, [shop_id]))[0])
            tree = await get_categories(reader)
        return _show_form(request, shop, blank_form(new_id(shop_id)), tree)

    @get("/unweighed")
    async def show_unweighed(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Warn of what goes by weight and has none: a piece of the page of freight."""
        async with request.database.read() as reader:
            found = await list_unweighed(reader, shop_id, UNWEIGHED_SHOWN + 1)
        return fragment(
            request,
            "catalog/merchant_unweighed.html",
            shop_id=shop_id,
            goods=found[:UNWEIGHED_SHOWN],
            has_more=len(found) > UNWEIGHED_SHOWN,
        )

    @get("/{product_id:uuid}")
    async def show_product(
        self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID], first: FromQuery[int] = 0
    ) -> Response[str]:
        """Show a product as a form."""
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
            tree = await get_categories(reader)
        if product is None or product.shop_id != shop_id:
            raise NotFoundException
        return _show_form(request, product.shop, form_of(product, first), tree, product=product)

    @get("/{product_id:uuid}/prices")
    async def show_prices(
        self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID], after: FromQuery[str] = ""
    ) -> Response[str]:
        """Show what a product cost, and since when."""
        async with request.database.read() as reader:
            found = await get_price_history(reader, product_id, after)
        if found is None or found.shop.id != shop_id:
            raise NotFoundException
        here = f"/merchant/{shop_id}/goods/{product_id}/prices"
        return page(
            request,
            "catalog/merchant_prices.html",
            shop=found.shop,
            product_id=product_id,
            title=found.title,
            changes=found.changes,
            more=f"{here}?after={found.after}" if found.after else None,
        )

    @post("/{product_id:uuid}", status_code=303, request_max_body_size=FORM_BYTES_MAX)
    async def save(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Save a product with its SKUs and their stock, all or nothing; or only make the table of SKUs anew."""
        form = await read_form(request)
        description = (await request.form()).get("description", "")
        if shard_of(product_id) != shard_of(shop_id):
            raise NotFoundException
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
            tree = await get_categories(reader)
        if product is not None and product.shop_id != shop_id:
            raise NotFoundException
        shop = product.shop if product else await _get_shop(request.database, shop_id)
        shown = form_of(product) if product else blank_form(product_id)
        typed = read_product_form(form, str(description)[: DESCRIPTION_MAX + 1], shown)
        refused = await _take_pictures(request, shop_id, typed)
        if refused or form.text("then") in ("spread", "upload"):
            return _show_form(request, shop, typed, tree, refused, product=product)
        # Whether it may be listed is for the listing to say, which comes after.
        state = ProductState.DRAFT
        checked = check_form(typed, shop_id, request.actor("merchant"), state, tree)
        errors, saved = (checked.errors, None) if checked.errors else await _save(request.database, checked, typed)
        if errors:
            return _show_form(request, shop, typed, tree, errors, product=product)
        toast = _("已保存。") if product else _("草稿已保存。")
        tone: Tone = "good"
        if saved is SaveProductStatus.SUBMITTED:
            toast = _("修改交给平台看了。看完之前，买家看到的还是原来的。")
        elif form.text("then") == "list":
            listing = ListProduct(product_id=product_id, shop_id=shop_id, actor=checked.command.actor)
            listed = await request.batchers.of(list_products, "product_id").submit(listing)
            toast, tone = listing_word(listed, is_sold_out=typed.is_sold_out)
        if not product and checked.command.delivery is Delivery.VIRTUAL:
            toast = _("保存好了，存进卡密就能卖。")
            return redirect(request, f"/merchant/{shop_id}/goods/{product_id}/keys", toast=toast)
        return redirect(request, f"/merchant/{shop_id}/goods", toast=toast, tone=tone)

    @post("/many", status_code=303)
    async def list_many(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List or withdraw what was ticked, and say of each what came of it; or go on to change prices and stock."""
        form = await read_form(request)
        ids = list(dict.fromkeys(id for text in form.all("product", PRODUCTS_MAX) if (id := read_id(text))))
        here = f"/merchant/{shop_id}/goods"
        then = form.text("then")
        if then == "changes":
            return redirect(request, f"{here}/changes?" + urlencode([("product", str(id)) for id in ids]))
        if not ids or then not in ("list", "withdraw"):
            return redirect(request, here, toast=_("先勾选要一起改的商品。"), tone="warn")
        actor = request.actor("merchant")
        words: list[tuple[str, str]]
        if then == "list":
            listings = [ListProduct(product_id=id, shop_id=shop_id, actor=actor) for id in ids]
            listed = await request.batchers.of(list_products, "product_id").submit_all(listings)
            words = [many_word(status.value) for status in listed]
        else:
            withdrawals = [WithdrawProduct(product_id=id, shop_id=shop_id, actor=actor) for id in ids]
            withdrawn = await request.batchers.of(withdraw_products, "product_id").submit_all(withdrawals)
            words = [many_word("not_listed" if status == "exists" else status.value) for status in withdrawn]
        async with request.database.read() as reader:
            shop = _found((await get_shops(reader, [shop_id]))[0])
            found = await get_products(reader, ids)
        rows = [
            (product.title if product and product.shop_id == shop_id else "–", word)
            for product, word in zip(found, words, strict=True)
        ]
        return page(request, "catalog/merchant_many.html", shop=shop, rows=rows, is_listing=then == "list")

    @post("/{product_id:uuid}/schedule", status_code=303)
    async def schedule(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Tell the clock when to list a product, and when to withdraw it."""
        form = await read_form(request)
        here = f"/merchant/{shop_id}/goods/{product_id}"
        try:
            times = _read_local(form.text("list_at")), _read_local(form.text("withdraw_at"))
        except ValueError:
            return redirect(request, here, toast=_("时间没有看懂。"), tone="warn")
        command = ScheduleProduct(
            product_id=product_id,
            shop_id=shop_id,
            list_at=times[0],
            withdraw_at=times[1],
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(schedule_products, "product_id").submit(command)
        if status is ScheduleProductStatus.PRODUCT_NOT_FOUND:
            raise NotFoundException
        if status is ScheduleProductStatus.INVALID_TIMES:
            return redirect(request, here, toast=_("时间要在以后一年之内，下架在上架之后。"), tone="warn")
        return redirect(request, here, toast=_("记下了，到时自动做。"))

    @post("/{product_id:uuid}/listing", status_code=303)
    async def set_listing(
        self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]
    ) -> Response[str]:
        """Offer a product for sale, or take it off."""
        form = await read_form(request)
        actor = request.actor("merchant")
        tone: Tone = "good"
        if form.text("state") == ProductState.WITHDRAWN:
            withdraw = WithdrawProduct(product_id=product_id, shop_id=shop_id, actor=actor)
            withdrawn = await request.batchers.of(withdraw_products, "product_id").submit(withdraw)
            if withdrawn is WithdrawProductStatus.PRODUCT_NOT_FOUND:
                raise NotFoundException
            toast = _("已下架。")
        else:
            listing = ListProduct(product_id=product_id, shop_id=shop_id, actor=actor)
            listed = await request.batchers.of(list_products, "product_id").submit(listing)
            if listed is ListProductStatus.PRODUCT_NOT_FOUND:
                raise NotFoundException
            toast, tone = listing_word(listed)
        return redirect(request, f"/merchant/{shop_id}/goods", toast=toast, tone=tone)


def many_word(status: str) -> tuple[str, str]:
    """Say what came of one of many products, with the tone of its tag."""
    words = {
        "listed": (_("已上架"), "good"),
        "in_review": (_("交给平台看了"), "info"),
        "exists": (_("本来就在卖"), "plain"),
        "withdrawn": (_("已下架"), "good"),
        "not_listed": (_("本来就没有在卖"), "plain"),
        "product_not_found": (_("没有这件商品"), "bad"),
        "taken_down": (_("平台下架了"), "bad"),
        "unpriced": (_("还没有价格"), "bad"),
        "words_refused": (_("有不让写的词"), "bad"),
        "listing_frozen": (_("处罚期间不能上架"), "bad"),
    }
    return words[status]


async def _take_pictures(request: WebRequest, shop_id: UUID, typed: ProductForm) -> dict[str, str]:
    """Put what was sent behind the pictures that the form has; say what could not be taken."""
    refused = []
    known = {picture.url for picture in typed.pictures}
    for name, result in await take_uploads(request, shop_id):
        if result.status not in TAKEN or result.url is None:
            refused.append(f"{name}: {upload_word(result.status)}")
        elif result.url not in known:
            known.add(result.url)
            typed.pictures += (Picture(url=result.url, width=result.width, height=result.height),)
    return {"files": " ".join(refused)} if refused else {}


def listing_word(status: ListProductStatus, *, is_sold_out: bool = False) -> tuple[str, Tone]:
    """Say what came of listing a product, with the tone of its toast."""
    match status:
        case ListProductStatus.IN_REVIEW:
            return _("交给平台看了，通过以后自动上架。"), "info"
        case ListProductStatus.PRODUCT_NOT_FOUND:
            return _("没有这件商品了。"), "warn"
        case ListProductStatus.TAKEN_DOWN:
            return _("平台下架了这件商品，不能上架；可以申诉。"), "warn"
        case ListProductStatus.UNPRICED:
            return _("没有上架：还没有价格。打开它，填上价格就能卖。"), "warn"
        case ListProductStatus.WORDS_REFUSED:
            return _("没有上架：里面有平台不让写的词。打开它，点保存，就能看到是哪几个。"), "warn"
        case ListProductStatus.LISTING_FROZEN:
            return _("处罚期间不能上架新商品，“处罚与申诉”里看得到原因和到期的时间。"), "warn"
        case _ if is_sold_out:
            return _("已上架，但库存是 0，买家看到的是“卖完了”。填上库存就能卖。"), "warn"
        case _:
            return _("已上架，买家现在就能看到。"), "good"


async def _save(
    database: Database, checked: Checked, typed: ProductForm
) -> tuple[dict[str, str], SaveProductStatus | None]:
    """Save product and stock in one transaction; say what is wrong, and then nothing was written."""
    command = checked.command
    refusals: list[Refused] = []

    async def work(tx: Transaction) -> SaveProductStatus:
        (result,), told = await write_products(tx, [command])
        refusals[:] = result.refusals
        if result.status in SAVED and checked.stock:
            settings = [
                SetStock(sku_id=id, shop_id=command.shop_id, on_hand=on_hand, actor=command.actor)
                for id, on_hand in checked.stock.items()
            ]
            statuses, told_of_stock = await write_stock(tx, settings)
            told += told_of_stock
            for setting, status in zip(settings, statuses, strict=True):
                if status is not SetStockStatus.SET:
                    raise _StockRefusedError(setting.sku_id, status)
        # Last: whoever sells these goods locks their stock before the head of the shop's stream.
        await publish(tx, told)
        return result.status

    try:
        status = await database.retried(work)
    except _StockRefusedError as refused:
        place = next(n for n, sku in enumerate(command.skus) if sku.id == refused.sku_id)
        field = f"sku_{place}_stock" if typed.skus[place].choices else "stock"
        is_held = refused.status is SetStockStatus.BELOW_HELD
        return {
            field: _("已有订单等着发货，库存不能比答应的少。")
            if is_held
            else _("库存是 0 到 %(most)s 的整数。", most=f"{ON_HAND_MAX:,}")
        }, None
    if status in SAVED:
        return {}, status
    if status is SaveProductStatus.WORDS_REFUSED:
        return _refused_words(refusals), status
    field, text = saving_error(status)
    return {field: text}, status


def _refused_words(refusals: Sequence[Refused]) -> dict[str, str]:
    """Say where in the form words stand that can't be said, and why."""
    fields = {Field.DESCRIPTION: "description"}
    errors: dict[str, str] = {}
    for refused, line in zip(refusals, refusal_lines(refusals), strict=True):
        name = fields.get(refused.field, "title")
        errors[name] = f"{errors[name]} {line}" if name in errors else line
    return errors


def _show_form(
    request: WebRequest,
    shop: Any,
    form: ProductForm,
    tree: Tree,
    errors: Mapping[str, str] | None = None,
    *,
    product: ProductPage | None = None,
) -> Response[str]:
    words = field_words()
    review = product.review if product else None
    address = f"{base_of(request)}/products/{form.id}" if form.state == "listed" and not form.is_new else None
    return page(
        request,
        "catalog/merchant_product.html",
        status_code=422 if errors else 200,
        shop=shop,
        form=form,
        skus_shown=SKUS_SHOWN,
        values_max=VALUES_MAX,
        has_options=any(row.choices for row in form.skus),
        errors=errors or {},
        are_wrong={fold: any(name.startswith(fields) for name in errors or ()) for fold, fields in FOLDS.items()},
        kinds=KINDS,
        picture=None if form.pictures or not form.title else show_picture(None, form.id, form.title, form.kind),
        pictures=[
            {"url": each.url, "alt": each.alt, "small": smallest(each.url) if read_address(each.url) else None}
            for each in form.pictures
        ],
        megabytes=BYTES_MAX // 1024**2,
        states=state_words(shop.standing),
        shelf=shelf_of(form.state, sum(row.known.available for row in form.skus if row.known)).value,
        categories=category_choices(tree, form.category_id),
        asked=tree.attributes_of(form.category_id) if form.category_id else (),
        name_of=name_of,
        review=review,
        mend=[(words.get(field, field), reason) for field, reason in review.reasons.items()] if review else [],
        taking=product.taking if product else None,
        address=address,
        code=qr_inline(address) if address is not None else None,
        list_at=_local(product.list_at) if product else "",
        withdraw_at=_local(product.withdraw_at) if product else "",
    )


def _local(at: datetime | None) -> str:
    """Write a time of Shanghai for a field."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if at else ""


def _read_local(text: str) -> datetime | None:
    """Read a time of Shanghai from a field. Raises ValueError where it is none."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=SHANGHAI) if text else None


def _picture_of(row: Any) -> str:
    """Find the picture of a product: its own if it lies with us, else a drawn one."""
    return show_picture(row.picture, row.id, row.title, row.kind)


async def _get_shop(database: Database, shop_id: UUID) -> Shop:
    async with database.read() as reader:
        return _found((await get_shops(reader, [shop_id]))[0])


def _found(shop: Shop | None) -> Shop:
    if shop is None:
        raise NotFoundException
    return shop


ROUTES: Final = (MerchantGoods,)
