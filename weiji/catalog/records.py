"""Goods as a file from elsewhere tells of them, whatever its format, and what is wrong with such a file."""

from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog.model import Option, Picture, ProductState, SaveProduct, SaveSku
from weiji.events import Actor
from weiji.kit.ids import derive


class SkuRecord(Struct, frozen=True, kw_only=True):
    """A SKU in a file. Money is in fen."""

    choices: tuple[str, ...]
    price: int
    compare_at: int | None
    code: str
    barcode: str
    weight_grams: int
    picture: str | None
    on_hand: int
    """What the file says there is; less than nothing counts as nothing."""


class ProductRecord(Struct, frozen=True, kw_only=True):
    """A product in a file, with the line it begins at."""

    line: int
    handle: str
    title: str
    description_html: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    options: tuple[Option, ...]
    pictures: tuple[Picture, ...]
    state: ProductState
    extra: dict[str, str]
    skus: tuple[SkuRecord, ...]

    def to_command(self, shop_id: UUID, source: str, actor: Actor) -> SaveProduct:
        """Say how to save it. Ids come from what names it in the file, so that reading it again makes nothing twice."""
        product_id = derive(shop_id, source, self.handle)
        return SaveProduct(
            id=product_id,
            shop_id=shop_id,
            title=self.title,
            handle=self.handle,
            description_html=self.description_html,
            vendor=self.vendor,
            kind=self.kind,
            tags=self.tags,
            options=self.options,
            pictures=self.pictures,
            extra=self.extra,
            state=self.state,
            skus=tuple(
                SaveSku(
                    id=derive(product_id, "sku", msgspec.json.encode(sku.choices).decode()),
                    choices=sku.choices,
                    price=sku.price,
                    compare_at=sku.compare_at,
                    code=sku.code,
                    barcode=sku.barcode,
                    weight_grams=sku.weight_grams,
                    picture=sku.picture,
                )
                for sku in self.skus
            ),
            actor=actor,
        )


class Fault(StrEnum):
    """What is wrong with a line of a file."""

    UNREADABLE_TEXT = "unreadable_text"
    """The file is neither UTF-8 nor UTF-16 nor GB18030."""
    NO_HEADER = "no_header"
    """The first line does not name the columns that there must be."""
    BROKEN_LINE = "broken_line"
    """Quotes do not match, or there are more cells than columns."""
    NO_HANDLE = "no_handle"
    NO_TITLE = "no_title"
    HANDLE_AGAIN = "handle_again"
    """The rows of a product must follow each other."""
    INVALID_PRICE = "invalid_price"
    INVALID_NUMBER = "invalid_number"
    MISSING_CHOICE = "missing_choice"
    """A row has no value for one of its product's options."""
    NO_SKUS = "no_skus"
    """No row of the product has a price."""
    NOT_SAVED = "not_saved"
    """The catalog refused the product; the value says why."""


class Problem(Struct, frozen=True, kw_only=True):
    """Something wrong in a file, and where. The product it is in is not imported."""

    line: int
    fault: Fault
    column: str = ""
    value: str = ""
    handle: str = ""
