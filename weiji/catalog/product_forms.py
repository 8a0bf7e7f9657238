"""The form of a product: what a merchant typed, as a command; and a product, as the form shows it.

The form works in two steps without a script: the options are typed as words, and the table of SKUs is made of them
when it is asked for, or when the product is saved.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import product as combinations
from math import prod
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog.categories import ATTRIBUTES_MAX, DEPTH_MAX, AttributeKind, Tree, is_value
from weiji.catalog.model import (
    OPTIONS_MAX,
    PICTURES_MAX,
    PRESALE_DAYS_MAX,
    PRICE_MAX,
    PRICE_MIN,
    SKUS_MAX,
    WEIGHT_MAX,
    Delivery,
    Option,
    Picture,
    Presale,
    ProductPage,
    ProductSku,
    ProductState,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
)
from weiji.events import Actor
from weiji.inventory import ON_HAND_MAX
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive
from weiji.kit.money import parse_yuan
from weiji.kit.text import is_line
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import listed
from weiji.web.forms import TEXT_MAX, Form, read_number
from weiji.web.paragraphs import read_text, write_text
from weiji.web.pictures import read_address

ATTRIBUTES_SHOWN: Final = ATTRIBUTES_MAX * DEPTH_MAX
"""Attributes that one product may have."""

_DAY: Final = timedelta(days=1)

_SEPARATORS: Final = re.compile(r"[,，、;；|/\n]+")


def read_list(text: str) -> tuple[str, ...]:
    """Read words that a person wrote side by side, each once."""
    return tuple(dict.fromkeys(word.strip() for word in _SEPARATORS.split(text) if word.strip()))


SKUS_SHOWN: Final = 80
"""SKUs that the form shows at a time: each has ten fields, and a form has at most a thousand."""

VALUES_MAX: Final = 20_000
"""Characters of the values of an option, side by side."""

OPTIONS_SHOWN: Final = 3
"""Options that the form has room for at least; for a product that has as many there is one more."""


class SkuRow(Struct, kw_only=True):
    """A line of the table of SKUs, all of it as it was typed."""

    choices: tuple[str, ...]
    price: str = ""
    compare_at: str = ""
    stock: str = ""
    stock_before: str = ""
    """What the form was shown with: only another number is written, so that sales meanwhile are not undone."""
    code: str = ""
    low_stock: str = ""
    weight: str = ""
    """In grams."""
    barcode: str = ""
    picture: str = ""
    """Which of the product's pictures shows it, counted from 1; nothing where none does, or one that lies elsewhere."""
    is_picture_kept: bool = False
    """The number is as it is saved: so is the picture then, even if the pictures have another order now."""
    known: ProductSku | None = None
    """The SKU as it is saved, if it is."""


class ProductForm(Struct, kw_only=True):
    """A product as it is typed."""

    id: UUID
    version: int
    title: str = ""
    kind: str = ""
    description: str = ""
    options: list[tuple[str, str]] = []
    """Names, and their values as one text."""
    saved_options: tuple[Option, ...] = ()
    price: str = ""
    compare_at: str = ""
    stock: str = ""
    stock_before: str = ""
    code: str = ""
    low_stock: str = ""
    weight: str = ""
    barcode: str = ""
    """The only SKU's, where there are no options; else what SKUs get that have nothing of their own."""
    category_id: UUID | None = None
    attributes: Mapping[str, str] = {}
    delivery: Delivery = Delivery.PHYSICAL
    presale_ends_on: str = ""
    """The last day on which a presale takes orders."""
    presale_ships_on: str = ""
    presale_quantity: str = ""
    skus: list[SkuRow] = []
    first: int = 0
    """The SKU that the table begins with: it shows `SKUS_SHOWN` of them, and the others stay as they are."""
    state: ProductState = ProductState.DRAFT
    vendor: str = ""
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    extra: Mapping[str, str] = {}

    @property
    def is_new(self) -> bool:
        """Whether the product was never saved."""
        return self.version == 0

    @property
    def is_sold_out(self) -> bool:
        """Whether there is nothing of it to be sent."""
        return self.delivery is Delivery.PHYSICAL and all(row.stock in ("", "0") for row in self.skus)

    def named_options(self) -> list[Option]:
        """Read the options that were typed; those without a name or values are left out.

        What was not touched is what is saved: its values may have commas in them.
        """
        saved = {(option.name, listed(option.values)): option for option in self.saved_options}
        read = []
        for name, values in self.options:
            found = saved.get((name, values))
            if found is None and name and (typed := read_list(values)):
                found = Option(name=name, values=typed)
            if found:
                read.append(found)
        return read

    @property
    def shown(self) -> list[SkuRow]:
        """The SKUs of the table."""
        return self.skus[self.first : self.first + SKUS_SHOWN]

    def spread(self, saved: "ProductForm") -> None:
        """Make the table of SKUs that the options ask for; what was typed, or is *saved*, for the same choices stays.

        As long as the options are the saved ones there are no other SKUs: not all combinations need be sold.
        """
        options = self.named_options()
        known = {row.choices: row for row in saved.skus if row.known}
        typed = {row.choices: row for row in self.skus}
        if known and options and options == saved.named_options():
            self.skus = [typed.get(row.choices, row) for row in saved.skus]
            for kept in self.skus:
                self._complete(kept, known.get(kept.choices))
            return
        self.first = 0
        if prod(len(option.values) for option in options) > SKUS_MAX:
            return  # Saving it is refused, with a reason.
        typed = {row.choices: row for row in saved.skus if row.known} | typed
        self.skus = []
        for choices in combinations(*(option.values for option in options)):
            row = typed.get(choices) if choices else None
            if row is None:
                row = SkuRow(
                    choices=choices,
                    stock_before="" if choices else self.stock_before,
                    code="" if choices else self.code,
                    barcode="" if choices else self.barcode,
                )
            self._complete(row, known.get(choices))
            self.skus.append(row)

    def _complete(self, row: SkuRow, saved: SkuRow | None) -> None:
        """Give a SKU what it has none of its own of, each time: so that it counts, too, when it was typed last."""
        row.known = saved.known if saved else None
        if saved and not row.choices:
            row.picture = saved.picture  # The form asks for none: the cover shows it.
        row.is_picture_kept = saved is not None and row.picture == saved.picture
        row.weight = row.weight or self.weight
        if saved and row.choices:
            return
        if not row.price:
            row.price, row.compare_at = self.price, row.compare_at or self.compare_at
        row.stock = row.stock or self.stock
        row.low_stock = row.low_stock or self.low_stock


def blank_form(id: UUID) -> ProductForm:
    """Make the form of a new product."""
    return ProductForm(id=id, version=0, options=_with_room([]), skus=[SkuRow(choices=())])


def _with_room(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    room = min(OPTIONS_MAX, max(OPTIONS_SHOWN, len(options) + 1))
    return options + [("", "")] * (room - len(options))


def with_proposal(product: ProductPage) -> ProductPage:
    """Show a product as its shop wants it, where a change of it waits for a reviewer or was refused."""
    wanted = product.review.proposal if product.review else None
    if wanted is None:
        return product
    known = {sku.id: sku for sku in product.skus}
    skus = []
    for sku in wanted.skus:
        old = known.get(sku.id)
        on_hand, held, sold, available = (old.on_hand, old.held, old.sold, old.available) if old else (0, 0, 0, 0)
        skus.append(
            ProductSku(
                id=sku.id,
                code=sku.code,
                barcode=sku.barcode,
                choices=sku.choices,
                price=sku.price,
                compare_at=sku.compare_at,
                weight_grams=sku.weight_grams,
                picture=sku.picture,
                on_hand=on_hand,
                held=held,
                available=available,
                sold=sold,
                low_stock=sku.low_stock,
            )
        )
    return msgspec.structs.replace(
        product,
        title=wanted.title,
        kind=wanted.kind,
        description_html=wanted.description_html,
        options=wanted.options,
        pictures=wanted.pictures,
        category_id=wanted.category_id,
        attributes=dict(wanted.attributes),
        presale=wanted.presale,
        skus=tuple(skus),
    )


def form_of(product: ProductPage, first: int = 0) -> ProductForm:
    """Show a product as a form, with a table of SKUs from the *first* on."""
    product = with_proposal(product)
    options = [(option.name, listed(option.values)) for option in product.options]
    places = {picture.url: str(place) for place, picture in enumerate(product.pictures, 1)}
    rows = [
        SkuRow(
            choices=sku.choices,
            price=write_yuan(sku.price),
            compare_at=write_yuan(sku.compare_at) if sku.compare_at is not None else "",
            stock=str(sku.on_hand),
            stock_before=str(sku.on_hand),
            code=sku.code,
            low_stock="" if sku.low_stock is None else str(sku.low_stock),
            weight=str(sku.weight_grams) if sku.weight_grams else "",
            barcode=sku.barcode,
            picture=places.get(sku.picture, "") if sku.picture else "",
            known=sku,
        )
        for sku in product.skus
    ]
    only = rows[0] if rows and not options else SkuRow(choices=())
    return ProductForm(
        id=product.id,
        version=product.version,
        title=product.title,
        kind=product.kind,
        description=write_text(product.description_html),
        options=_with_room(options),
        saved_options=product.options,
        price=only.price,
        compare_at=only.compare_at,
        stock=only.stock,
        stock_before=only.stock_before,
        code=only.code,
        low_stock=only.low_stock,
        weight=only.weight,
        barcode=only.barcode,
        category_id=product.category_id,
        attributes=product.attributes,
        delivery=product.delivery,
        presale_ends_on=_day(product.presale.ends_at - _DAY) if product.presale else "",
        presale_ships_on=_day(product.presale.ships_at) if product.presale else "",
        presale_quantity=str(product.presale.quantity or "") if product.presale else "",
        skus=rows,
        first=first if 0 <= first < len(rows) else 0,
        state=product.state,
        vendor=product.vendor,
        tags=product.tags,
        pictures=product.pictures,
        extra=product.extra,
    )


def read_product_form(form: Form, description: str, shown: ProductForm) -> ProductForm:
    """Read what was typed over *shown*: what the form does not have stays."""
    rows = []
    first = form.number("first") or 0
    for number in range(first, first + SKUS_SHOWN):
        choices = form.long(f"sku_{number}_choices", VALUES_MAX)
        if not choices:
            break
        with suppress(msgspec.DecodeError):
            rows.append(
                SkuRow(
                    choices=msgspec.json.decode(choices, type=tuple[str, ...]),
                    price=form.text(f"sku_{number}_price"),
                    compare_at=form.text(f"sku_{number}_compare_at"),
                    stock=form.text(f"sku_{number}_stock"),
                    stock_before=form.text(f"sku_{number}_stock_before"),
                    code=form.text(f"sku_{number}_code"),
                    low_stock=form.text(f"sku_{number}_low_stock"),
                    weight=form.text(f"sku_{number}_weight"),
                    barcode=form.text(f"sku_{number}_barcode"),
                    picture=form.text(f"sku_{number}_picture"),
                )
            )
    typed = msgspec.structs.replace(
        shown,
        version=form.number("version") or 0,
        title=form.text("title"),
        kind=form.text("kind"),
        description=description,
        options=_with_room(_read_options(form)),
        price=form.text("price"),
        compare_at=form.text("compare_at"),
        stock=form.text("stock"),
        stock_before=form.text("stock_before"),
        code=form.text("code"),
        low_stock=form.text("low_stock"),
        weight=form.text("weight"),
        barcode=form.text("barcode"),
        category_id=form.id("category_id"),
        attributes={
            name: value for name in form.all("attribute", ATTRIBUTES_SHOWN) if (value := form.text(f"attribute_{name}"))
        },
        delivery=shown.delivery if shown.version else _read_delivery(form.text("delivery")),
        presale_ends_on=form.text("presale_ends_on"),
        presale_ships_on=form.text("presale_ships_on"),
        presale_quantity=form.text("presale_quantity"),
        skus=rows,
        first=first if 0 <= first < len(shown.skus) else 0,
        pictures=read_pictures(form, shown.pictures),
    )
    typed.spread(shown)
    return typed


def _read_options(form: Form) -> list[tuple[str, str]]:
    """Read the options that were typed; those after the last one are left out."""
    options = [
        (form.text(f"option_{n}_name"), form.long(f"option_{n}_values", VALUES_MAX).strip()) for n in range(OPTIONS_MAX)
    ]
    while options and options[-1] == ("", ""):
        options.pop()
    return options


def read_pictures(form: Form, shown: Sequence[Picture]) -> tuple[Picture, ...]:
    """Read the pictures of a form, in the order that was given them: of those shown, and of ours."""
    known = {picture.url[: TEXT_MAX + 1]: picture for picture in shown}
    removed = set(form.all("picture_remove", PICTURES_MAX))
    urls = form.all("picture_url", PICTURES_MAX)
    alts = form.all("picture_alt", PICTURES_MAX)
    places = [read_number(text.strip()) for text in form.all("picture_place", PICTURES_MAX)]
    found: dict[str, tuple[int, Picture]] = {}
    for n, url in enumerate(urls):
        address = read_address(url)
        picture = known.get(url) or (Picture(url=url, width=address[1]) if address else None)
        if picture and url not in removed and url not in found:
            alt = alts[n].strip() if n < len(alts) else picture.alt
            place = places[n] if n < len(places) else None
            found[url] = (n + 1 if place is None else place, msgspec.structs.replace(picture, alt=alt))
    return tuple(picture for _, picture in sorted(found.values(), key=lambda each: each[0]))


class Checked(Struct):
    """A form that was read: the command, the stock that changes by SKU, and what is wrong, by field."""

    command: SaveProduct
    stock: dict[UUID, int]
    errors: dict[str, str]


def check_form(typed: ProductForm, shop_id: UUID, actor: Actor, state: ProductState, tree: Tree) -> Checked:
    """Make a command of a form. SKUs get ids of their choices, so that sending it again makes nothing twice."""
    errors: dict[str, str] = {}
    if not is_line(typed.title, 255):
        errors["title"] = _("请写商品名称，不超过 255 个字。")
    if typed.kind and not is_line(typed.kind, 200):
        errors["kind"] = _("类目太长了。")
    for n, (name, values) in enumerate(typed.options):
        if bool(name) != bool(values):
            errors[f"option_{n}"] = _("规格的名称和选项都要填，或者都不填。")
        elif len(values) > VALUES_MAX:
            errors[f"option_{n}"] = _("选项太多了。")
    asked = tree.attributes_of(typed.category_id) if typed.category_id else ()
    # What another category asked for is let go of when the category is changed.
    attributes = {each.key: typed.attributes[each.key] for each in asked if each.key in typed.attributes}
    for each in asked:
        value = attributes.get(each.key)
        if value is None and each.is_required:
            errors[f"attribute_{each.key}"] = _("这个类目要写明这一项。")
        elif value is not None and not is_value(each, value):
            is_number = each.kind is AttributeKind.NUMBER
            errors[f"attribute_{each.key}"] = _("请填一个数字。") if is_number else _("请改短一些，或从列表里选。")
    skus = []
    stock: dict[UUID, int] = {}
    for n, row in enumerate(typed.skus):
        id = row.known.id if row.known else derive(typed.id, "sku", msgspec.json.encode(row.choices).decode())
        # Without options the fields stand by themselves, not in a table.
        prefix = f"sku_{n}_" if row.choices else ""
        sku = SaveSku(
            id=id,
            price=_price(row.price, f"{prefix}price", errors, PRICE_MIN),
            choices=row.choices,
            code=row.code,
            compare_at=_price(row.compare_at, f"{prefix}compare_at", errors) if row.compare_at else None,
            low_stock=_count(row.low_stock, f"{prefix}low_stock", errors) if row.low_stock else None,
            weight_grams=_weight(row.weight, f"{prefix}weight", errors) if row.weight else 0,
            barcode=row.barcode,
            picture=row.known.picture
            if row.known and row.is_picture_kept
            else _picture(row.picture, typed.pictures, f"{prefix}picture", errors),
        )
        skus.append(sku)
        if typed.delivery is Delivery.VIRTUAL:
            continue  # There are as many as there are card keys.
        on_hand = _count(row.stock or "0", f"{prefix}stock", errors)
        if str(on_hand) != (row.stock_before or "0") and f"{prefix}stock" not in errors:
            stock[id] = on_hand
    _tell_of_others(typed, errors)
    presale = _presale(typed, errors)
    command = SaveProduct(
        id=typed.id,
        shop_id=shop_id,
        title=typed.title,
        kind=typed.kind,
        description_html=read_text(typed.description),
        vendor=typed.vendor,
        tags=typed.tags,
        options=tuple(typed.named_options()),
        pictures=typed.pictures,
        extra=typed.extra,
        category_id=typed.category_id,
        attributes=attributes,
        delivery=typed.delivery,
        presale=presale,
        skus=tuple(skus),
        actor=actor,
        state=state,
        version=typed.version,
    )
    return Checked(command, stock, errors)


_OF_SKU: Final = re.compile(r"sku_(\d+)_(\w+)")


def _tell_of_others(typed: ProductForm, errors: dict[str, str]) -> None:
    """Tell what is wrong with SKUs that the table does not show at the fields from which they have it."""
    shown = range(typed.first, typed.first + SKUS_SHOWN)
    others = [(found, errors[name]) for name in errors if (found := _OF_SKU.fullmatch(name))]
    for found, error in others:
        if int(found[1]) in shown:
            continue
        del errors[found[0]]
        is_missing = found[2] == "price" and not typed.price
        errors.setdefault(
            found[2], _("表里没有列出的规格还没有价格：填在这里，它们就用这个价。") if is_missing else error
        )


def _read_delivery(text: str) -> Delivery:
    return Delivery.VIRTUAL if text == Delivery.VIRTUAL else Delivery.PHYSICAL


def _presale(typed: ProductForm, errors: dict[str, str]) -> Presale | None:
    """Read the days of a presale: its last one, and the one on which the goods are there."""
    if typed.delivery is Delivery.VIRTUAL or not (typed.presale_ends_on or typed.presale_ships_on):
        return None
    ends_on, ships_on = _read_day(typed.presale_ends_on), _read_day(typed.presale_ships_on)
    if ends_on is None or ships_on is None:
        errors["presale_ships_on" if ends_on else "presale_ends_on"] = _("预售要写明两个日期，或者都不写。")
        return None
    if ships_on <= ends_on:
        errors["presale_ships_on"] = _("发货的日子要在预售结束以后。")
        return None
    quantity = _count(typed.presale_quantity, "presale_quantity", errors) if typed.presale_quantity else None
    if quantity == 0:
        errors.setdefault("presale_quantity", _("至少 1 件；不限就空着。"))
    return Presale(ends_at=ends_on + _DAY, ships_at=ships_on, quantity=quantity)


def _read_day(text: str) -> datetime | None:
    """Read a day in Shanghai as its first instant."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).date().isoformat()


def _price(text: str, field: str, errors: dict[str, str], least: int = 0) -> int:
    amount = parse_yuan(text)
    if amount is not None and amount < least:
        errors[field] = _("价格最低 ¥0.01：¥0 的订单没有钱可付，也就没有担保。要送的话，发优惠券。")
        return 0
    if amount is None or amount > PRICE_MAX:
        errors[field] = _("价格写成 98 或 98.50 这样，不超过一百亿元。")
        return 0
    return amount


def _count(text: str, field: str, errors: dict[str, str]) -> int:
    number = read_number(text)
    if number is None or number > ON_HAND_MAX:
        errors[field] = _("库存是 0 到 %(most)s 的整数。", most=f"{ON_HAND_MAX:,}")
        return 0
    return number


def _weight(text: str, field: str, errors: dict[str, str]) -> int:
    number = read_number(text)
    if number is None or number > WEIGHT_MAX:
        errors[field] = _("重量写成整数克，例如 500，最多 %(number)s 千克。", number=WEIGHT_MAX // 1_000)
        return 0
    return number


def _picture(text: str, pictures: Sequence[Picture], field: str, errors: dict[str, str]) -> str | None:
    if not text:
        return None
    number = read_number(text)
    if number is None or not 1 <= number <= len(pictures):
        errors[field] = _("没有第 %(number)s 张照片。", number=text[:10])
        return None
    return pictures[number - 1].url


def saving_error(status: SaveProductStatus) -> tuple[str, str]:
    """Say where in the form a refusal belongs, and why it was refused."""
    match status:
        case SaveProductStatus.INVALID_TITLE:
            return "title", _("请写商品名称，不超过 255 个字。")
        case SaveProductStatus.VERSION_CONFLICT | SaveProductStatus.ID_TAKEN:
            return "form", _("在你编辑的同时，别人保存过这件商品。请打开它看看再改。")
        case SaveProductStatus.TOO_MANY_OPTIONS | SaveProductStatus.INVALID_OPTIONS:
            return "option_0", _("规格名称和选项不能重复，也不能太长。")
        case SaveProductStatus.TOO_MANY_SKUS:
            return "option_0", ngettext("规格组合最多 %(number)s 种。", "规格组合最多 %(number)s 种。", SKUS_MAX)
        case SaveProductStatus.INVALID_CHOICES | SaveProductStatus.DUPLICATE_CHOICES | SaveProductStatus.NO_SKUS:
            return "option_0", _("规格表和选项对不上，请点“更新规格表”。")
        case SaveProductStatus.PRICE_OUT_OF_RANGE:
            return "price", _("价格要在 ¥0.01 到一百亿元之间")
        case SaveProductStatus.INVALID_PRESALE:
            return "presale_ships_on", ngettext(
                "预售最多提前 %(number)s 天。", "预售最多提前 %(number)s 天。", PRESALE_DAYS_MAX
            )
        case SaveProductStatus.DELIVERY_FIXED:
            return "form", _("发快递还是发卡密，保存以后不能再改。")
        case SaveProductStatus.CATEGORY_NOT_FOUND:
            return "category_id", _("没有这个类目了，请另选一个。")
        case SaveProductStatus.INVALID_ATTRIBUTES | SaveProductStatus.MISSING_ATTRIBUTE:
            return "category_id", _("这个类目要写的内容变了，请再看一遍。")
        case _:
            return "form", _("没有保存成功：内容里有太长或不能用的文字。")


def write_yuan(fen: int) -> str:
    """Write an amount for a field: without commas, and without cents where there are none."""
    return f"{fen // 100}.{fen % 100:02d}".removesuffix(".00")
