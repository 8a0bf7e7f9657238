"""Goods as a file from elsewhere tells of them, whatever its format, and what is wrong with such a file."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.aftersale import ReturnAddress
from weiji.catalog import (
    HANDLE_MAX,
    Delivery,
    Option,
    Picture,
    Presale,
    ProductPage,
    ProductState,
    SaveProduct,
    SaveSku,
    Tree,
)
from weiji.events import Actor
from weiji.freight import Method, Way, Zone
from weiji.kit.ids import derive
from weiji.storefronts import Design

VALUE_MAX: Final = 80
"""Characters of a cell that a problem quotes."""


class Fault(StrEnum):
    """What is wrong with a line of a file, or with all of it."""

    UNREADABLE_TEXT = "unreadable_text"
    """The file, or this line of it, is in no encoding that can be found out."""
    NOT_A_TABLE = "not_a_table"
    """The file is a picture, a PDF or another archive, whatever it is called."""
    STOPPED = "stopped"
    """Somebody stopped the run."""
    GIVEN_UP = "given_up"
    """The run failed several times, for a fault of this program: what it says is in the log of whoever runs it."""
    NO_HEADER = "no_header"
    """No line names the columns of a format that is known."""
    BROKEN_LINE = "broken_line"
    """Quotes or tags do not match, or there are more cells than columns."""
    NO_HANDLE = "no_handle"
    """Nothing says which product the line is of."""
    NO_TITLE = "no_title"
    HANDLE_AGAIN = "handle_again"
    """Two products are called by the same number or name."""
    INVALID_PRICE = "invalid_price"
    """Not an amount that can be read exactly."""
    AMBIGUOUS_PRICE = "ambiguous_price"
    """A thousand or one, as in `1.290`: nothing in the file says what a point or a comma stands before."""
    OTHER_CURRENCY = "other_currency"
    """The price is not in yuan."""
    INVALID_NUMBER = "invalid_number"
    """A weight or a quantity that can't be read: taken as none."""
    AMBIGUOUS_NUMBER = "ambiguous_number"
    """A weight or a quantity that is a thousand or one, for all the file says: taken as none."""
    INVALID_DATE = "invalid_date"
    """A day on which a reduced price begins or ends can't be read: taken without the reduction."""
    INVALID_SKUS = "invalid_skus"
    """The cell that lists the SKUs can't be read."""
    MISSING_CHOICE = "missing_choice"
    """A row has no value for one of its product's options."""
    NO_SKUS = "no_skus"
    """No row of the product has a price."""
    FREE = "free"
    """Something of the product costs nothing, which shops write where there is no price yet: a new one is a draft, and
    one that the shop has with a price is left as it is."""
    NO_PARENT = "no_parent"
    """A variation whose product is not in the file."""
    KIND_NOT_TAKEN = "kind_not_taken"
    """Grouped and external products are sold elsewhere, or not at all."""
    TOTAL = "total"
    """A line that adds up those above it."""
    ANOTHER_PRODUCT = "another_product"
    """The shop has quite another product of this number (the value is its title), most likely of another shop
    elsewhere: say which one the file is from."""
    NOT_SAVED = "not_saved"
    """The catalog refused the product; the value says why."""
    STOCK_NOT_SET = "stock_not_set"
    """The product was taken, its stock was not; the value says why."""
    KEYS_MISSING = "keys_missing"
    """It is sold as card keys, and those do not travel: taken with none, store some."""
    BROKEN_PACKAGE = "broken_package"
    """The zip file can't be read, or is locked with a password."""
    PACKAGE_TOO_LARGE = "package_too_large"
    """Unpacked, the zip file is larger than is taken, or is packed more tightly than goods are."""
    WORKBOOK_TOO_OLD = "workbook_too_old"
    """A workbook of Excel 97 (`.xls`), or one with a password: only `.xlsx` without one is read."""
    NO_FILE_OF_GOODS = "no_file_of_goods"
    """The zip file has no file of goods in it."""
    NO_GOODS = "no_goods"
    """The file is of a kind that is known, and has no goods in it."""
    FILE_NOT_READ = "file_not_read"
    """The zip file has more than one file of goods, or the workbook more than one sheet: this one was passed over."""
    LINE_TOO_LONG = "line_too_long"
    """What is told of an order, a movement, a price or a customer takes more room than there is."""
    SETTING_NOT_TAKEN = "setting_not_taken"
    """Something of how the shop is set up was not taken over; the value says what, and why."""
    CATEGORY_NOT_TAKEN = "category_not_taken"
    """There is no such category here, or it asks for what the file does not say; taken without one."""
    PICTURE_MISSING = "picture_missing"
    """A picture lies neither in the package nor elsewhere; the product was taken."""
    PICTURES_CUT = "pictures_cut"
    """More pictures than a product may have: the last ones are left out; the value says how many."""
    TAGS_CUT = "tags_cut"
    """More tags than a product may have: the last ones are left out; the value says how many."""
    PICTURE_NOT_TAKEN = "picture_not_taken"
    """A picture was not taken over, and the product was; the value says why, and which."""
    PAPER_NOT_TAKEN = "paper_not_taken"
    """The file of an invoice is none, or there is no room for it; what is told of the invoice was taken."""
    CURRENCY_UNKNOWN = "currency_unknown"
    """The price says no currency, where its format asks for one: taken for yuan."""
    STOCK_UNKNOWN = "stock_unknown"
    """The file says that there is some, and not how much: counted as none."""
    STOCK_SHARED = "stock_shared"
    """Choices share what there is of the product: parted between them."""
    TEXT_CUT = "text_cut"
    """A word of the product (its kind, its brand, a tag, what a picture shows) that is too long: shortened."""
    COLUMNS_CUT = "columns_cut"
    """Columns without a place here that are too long to be kept with the product: left out; the value says which."""
    SWITCHED_OFF = "switched_off"
    """A choice that was not on sale there: left out."""
    INVALID_BARCODE = "invalid_barcode"
    """The check digit does not fit; taken as it is."""
    UNNAMED_CHOICE = "unnamed_choice"
    """A number of Taobao's without a name; taken as it is."""


WARNINGS: Final = frozenset(
    {
        Fault.STOCK_NOT_SET,
        Fault.KEYS_MISSING,
        Fault.SETTING_NOT_TAKEN,
        Fault.CATEGORY_NOT_TAKEN,
        Fault.FREE,
        Fault.PICTURE_MISSING,
        Fault.PICTURES_CUT,
        Fault.TAGS_CUT,
        Fault.PICTURE_NOT_TAKEN,
        Fault.PAPER_NOT_TAKEN,
        Fault.CURRENCY_UNKNOWN,
        Fault.STOCK_UNKNOWN,
        Fault.STOCK_SHARED,
        Fault.SWITCHED_OFF,
        Fault.TEXT_CUT,
        Fault.COLUMNS_CUT,
        Fault.INVALID_NUMBER,
        Fault.AMBIGUOUS_NUMBER,
        Fault.INVALID_DATE,
        Fault.INVALID_BARCODE,
        Fault.UNNAMED_CHOICE,
    }
)
"""What is told, and does not keep the product out."""


class Reading(Struct, frozen=True, kw_only=True):
    """How a table was read: what was found out of it, and holds for all of it."""

    encoding: str
    delimiter: str = ""
    """What stands between its cells; nothing where it is no table."""
    decimal: str = ""
    """What stands before cents, a point or a comma; nothing where no price of the file tells."""
    is_mixed: bool = False
    """Some prices tell one thing, and some the other: `decimal` is what most tell."""
    says_stock: bool = True
    """Whether it tells how many there are of anything; else new goods have no stock."""
    is_sure: bool = True
    """Whether the encoding shows; else somebody should look at the names of the goods."""


class LineProblem(Struct, frozen=True, kw_only=True):
    """Something wrong in a file, and where."""

    line: int
    fault: Fault
    column: str = ""
    value: str = ""


class Refusal(Struct, frozen=True, kw_only=True):
    """Lines of a file that give no product, and why. `rows` are the lines at which they begin."""

    line: int
    rows: tuple[int, ...]
    problems: tuple[LineProblem, ...]
    handle: str = ""
    title: str = ""


class ShelfRecord(Struct, frozen=True, kw_only=True):
    """What a warehouse has of a SKU. `warehouse` is what it is called where the file comes from."""

    warehouse: UUID
    name: str
    on_hand: int


class SkuRecord(Struct, frozen=True, kw_only=True):
    """A SKU in a file. Money is in fen."""

    choices: tuple[str, ...]
    price: int
    compare_at: int | None = None
    code: str = ""
    barcode: str = ""
    weight_grams: int = 0
    picture: str | None = None
    on_hand: int = 0
    """What the file says there is; less than nothing counts as nothing."""
    low_stock: int | None = None
    """None where there is no such limit, or the file is silent: then it stays as it is."""
    shelves: tuple[ShelfRecord, ...] = ()
    """Where it lies, if it lies in several warehouses."""


class FreightRecord(Struct, frozen=True, kw_only=True):
    """By what the freight of a product is found, if not by the shop's default: a template, or it is free."""

    way: Way
    template: UUID | None = None
    name: str = ""


class VideoRecord(Struct, frozen=True, kw_only=True):
    """The video of a product, with its cover: addresses, as those of pictures are."""

    url: str
    cover: str
    alt: str = ""


class ProductRecord(Struct, frozen=True, kw_only=True):
    """A product in a file. `rows` are the lines at which its rows begin, `line` is the first of them."""

    line: int
    rows: tuple[int, ...]
    handle: str
    title: str
    skus: tuple[SkuRecord, ...]
    description_html: str = ""
    vendor: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[Picture, ...] = ()
    state: ProductState = ProductState.LISTED
    extra: dict[str, str] = {}
    category: tuple[str, ...] = ()
    """The names of its category and of those that it lies in, the outermost first; nothing where the file is silent."""
    attributes: dict[str, str] = {}
    facts: dict[str, str] = {}
    """What else a file says of it, by names in whatever language: attributes of its category, if one is called so."""
    delivery: Delivery | None = None
    """None where the file is silent: then as it is, or in a parcel if the product is new."""
    is_delivery_guessed: bool = False
    """Whether it is only of use for a new product: that of another stays as it is."""
    presale: Presale | None = None
    """None where there is none, or the file is silent: then it stays as it is."""
    freight: FreightRecord | None = None
    """None where it goes by the shop's default, or the file is silent."""
    video: VideoRecord | None = None
    """None where there is none, or the file is silent: then it stays as it is."""
    silent_if_blank: frozenset[str] = frozenset()
    """Fields, its own and its SKUs', that stay as they are where they are blank here: the file says nothing of them."""
    warnings: tuple[LineProblem, ...] = ()

    def to_command(self, shop_id: UUID, source: str, actor: Actor, existing: ProductPage | None = None) -> SaveProduct:
        """Say how to save it, over *existing* if the shop has it.

        Ids come from what names it in the file, so that reading it again makes nothing twice; a product that the shop
        has by this handle keeps its own, and its SKUs theirs, as long as they have the same choices. What a file can't
        tell of an existing product stays as it is.
        """
        product_id = existing.id if existing else derive(shop_id, source, self.handle)
        known = (
            {sku.choices: save for sku, save in zip(existing.skus, saved(existing, actor).skus, strict=True)}
            if (existing)
            else {}
        )
        skus = tuple(self._sku(product_id, sku, known.get(sku.choices)) for sku in self.skus)
        facts: dict[str, Any] = {name: getattr(self, name) for name in CONTENT if name != "skus"} | {"skus": skus}
        facts |= {name: said for name in SAID if (said := getattr(self, name)) is not None}
        if existing and self.is_delivery_guessed:
            del facts["delivery"]
        if existing:
            return msgspec.structs.replace(saved(existing, actor), **self._told(facts))
        return SaveProduct(id=product_id, shop_id=shop_id, handle=self.handle, state=self.state, actor=actor, **facts)

    def _sku(self, product_id: UUID, sku: SkuRecord, known: SaveSku | None) -> SaveSku:
        facts: dict[str, Any] = {
            name: getattr(sku, name) for name in SkuRecord.__struct_fields__ if name in SaveSku.__struct_fields__
        }
        if known and sku.low_stock is None:
            del facts["low_stock"]
        if known:
            after = msgspec.structs.replace(known, **self._told(facts))
            # A price from before that was left standing beside a higher one would promise what is none.
            is_no_bargain = sku.compare_at is None and after.compare_at is not None and after.compare_at <= after.price
            return msgspec.structs.replace(after, compare_at=None) if is_no_bargain else after
        return SaveSku(id=derive(product_id, "sku", msgspec.json.encode(sku.choices).decode()), **facts)

    def _told(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Leave out what the file says nothing of."""
        return {name: value for name, value in facts.items() if value or name not in self.silent_if_blank}


class HistoryKind(StrEnum):
    """What happened elsewhere."""

    ORDER = "order"
    MOVEMENT = "movement"
    """What moved the shop's money there."""
    PRICE = "price"
    """What a SKU cost from then on."""
    CUSTOMER = "customer"
    """Somebody who agreed that the shop takes along what it knows of them."""
    REVIEW = "review"
    """What a buyer said of what they bought."""
    INVOICE = "invoice"
    """What was asked for and made out of an order."""


class HistoryRecord(Struct, frozen=True, kw_only=True):
    """Something that happened elsewhere, as an archive tells of it: to be read, and never money."""

    kind: HistoryKind
    line: int = 0
    id: UUID
    happened_at: datetime
    shop_id: UUID | None
    """The shop in which it happened."""
    facts: bytes
    """The line, as JSON."""


class PaperRecord(Struct, frozen=True, kw_only=True):
    """The file of an invoice that was made out elsewhere, as its history names it."""

    id: UUID
    shop_id: UUID | None
    """The shop in which it was made out."""
    line: int
    content: bytes
    """Nothing, where the archive has no such file, or it is none that an invoice may have."""


class LabelRecord(Struct, frozen=True):
    """What a shop says that a label is: the names of a category and of those it lies in; nothing: no category."""

    label: str
    category: tuple[str, ...] = ()


class ProfileRecord(Struct, frozen=True, kw_only=True):
    """What a shop says of itself."""

    story: str = ""
    colour: str = ""


class TemplateRecord(Struct, frozen=True, kw_only=True):
    """A freight template, and what it is called where the file comes from."""

    id: UUID
    name: str
    method: Method
    zones: tuple[Zone, ...]
    excluded: tuple[str, ...] = ()
    is_default: bool = False


class WarehouseRecord(Struct, frozen=True, kw_only=True):
    """A warehouse, and what it is called where the file comes from."""

    id: UUID
    name: str
    region_code: str = ""
    priority: int = 0
    is_open: bool = True
    is_default: bool = False


class SettingsRecord(Struct, frozen=True, kw_only=True):
    """How a shop is set up: what is neither goods nor a secret."""

    templates: tuple[TemplateRecord, ...] = ()
    warehouses: tuple[WarehouseRecord, ...] = ()
    return_address: ReturnAddress | None = None
    offers_invoices: bool = False
    labels: tuple[LabelRecord, ...] = ()


class DesignRecord(Struct, frozen=True, kw_only=True):
    """How a shop's page looks: as buyers see it, and as its merchant has it.

    By ids, `products` are handles, `categories` the names of each and of those that it lies in, the outermost first.
    """

    published: Design | None = None
    draft: Design | None = None
    products: dict[UUID, str] = {}
    categories: dict[UUID, tuple[str, ...]] = {}


Item = ProductRecord | Refusal | HistoryRecord | PaperRecord | ProfileRecord | SettingsRecord | DesignRecord
"""What a reader gives, one after another. Each line of a file is in the rows of exactly one, or is itself history."""

CONTENT: Final = ("title", "skus", "description_html", "vendor", "kind", "tags", "options", "pictures", "extra")
"""What a product is made of, its handle and its state aside."""

SAID: Final = ("delivery", "presale")
"""What stays as it is where a file is silent."""


def saved(product: ProductPage, actor: Actor) -> SaveProduct:
    """Say how to save a product just as it is."""
    values = {name: getattr(product, name) for name in SaveProduct.__struct_fields__ if hasattr(product, name)}
    skus = tuple(
        SaveSku(**{name: getattr(sku, name) for name in SaveSku.__struct_fields__ if hasattr(sku, name)})
        for sku in product.skus
    )
    return SaveProduct(**values | {"skus": skus, "actor": actor, "version": None})


def record_of(product: ProductPage, tree: Tree, line: int = 1) -> ProductRecord:
    """Tell of a product of a shop as a file would."""
    facts: dict[str, Any] = {
        name: getattr(product, name) for name in ("handle", "state", *CONTENT, *SAID) if name != "skus"
    }
    names = [name for name in SkuRecord.__struct_fields__ if name != "shelves"]
    skus = tuple(SkuRecord(**{name: getattr(sku, name) for name in names}) for sku in product.skus)
    path = tree.path_of(product.category_id) if product.category_id else []
    category = tuple(each.name for each in path)
    attributes = product.attributes if path else {}
    shown = product.video
    video = VideoRecord(url=shown.url, cover=shown.cover, alt=shown.alt) if shown else None
    return ProductRecord(
        line=line, rows=(line,), skus=skus, category=category, attributes=attributes, video=video, **facts
    )


class Kept(Struct, frozen=True):
    """A fact that a format has no place for: what its own columns read as, digested, and what it is."""

    read: str
    true: Any


RESTORED: Final = ("handle", "state", *CONTENT, *SAID, "is_delivery_guessed", "category", "attributes")
_KINDS: Final = {field.name: field.type for field in msgspec.structs.fields(ProductRecord)}


def keep(meant: ProductRecord, read: ProductRecord) -> str:
    """Write down what of *meant* the columns of a format don't tell, given what they are *read* as."""
    kept = {
        name: Kept(digest(getattr(read, name)), getattr(meant, name))
        for name in RESTORED
        if getattr(read, name) != getattr(meant, name)
    }
    return msgspec.json.encode(kept, order="deterministic").decode() if kept else ""


def restore(record: ProductRecord, text: str) -> ProductRecord:
    """Put back what `keep` wrote down, except where somebody has since changed the columns."""
    try:
        kept = msgspec.json.decode(text, type=dict[str, Kept])
        values = {
            name: msgspec.convert(fact.true, _KINDS[name])
            for name, fact in kept.items()
            if name in RESTORED and digest(getattr(record, name)) == fact.read
        }
    except (msgspec.MsgspecError, UnicodeError):
        return record
    return msgspec.structs.replace(record, **values)


def digest(value: object) -> str:
    """Make a short word that equal values share."""
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:16]


def handle_of(origin: str, name: str) -> str:
    """Put an origin before what a product is called there; what does not fit is told apart by its digest."""
    whole = f"{origin}-{name}"
    return whole if len(whole) <= HANDLE_MAX else f"{whole[: HANDLE_MAX - 17]}-{digest(whole)}"


def refuse(line: int, fault: Fault, value: str = "", column: str = "", **facts: Any) -> Refusal:
    """Refuse one line."""
    problem = LineProblem(line=line, fault=fault, value=value[:VALUE_MAX], column=column)
    return Refusal(line=line, rows=(line,), problems=(problem,), **facts)


Names = Mapping[str, str]
"""What a merchant calls the numbers of a format: `pid` or `pid:vid` → name."""
