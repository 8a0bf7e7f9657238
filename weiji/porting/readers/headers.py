"""What WooCommerce calls its columns: an export is written in the language of whoever made it.

In languages that are not listed here its columns are told by their order, which is the same in all, and by those of
their values that no language changes.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

ATTRIBUTES_MAX: Final = 20
"""Attributes of a product that are looked at."""

WOOCOMMERCE: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id",),
    "type": ("type", "类型", "typ", "tipo", "тип"),
    "code": ("sku", "artikelnummer", "ugs", "артикул"),
    "barcode": (
        *("gtin, upc, ean, or isbn", "gtin, upc, ean oder isbn", "gtin, upc, ean o isbn"),
        *("gtin, upc, ean ou isbn", "gtin、upc、ean 或 isbn"),
    ),
    "title": ("name", "名称", "nom", "nombre", "имя"),
    "published": ("published", "已发布", "veröffentlicht", "publié", "publicado", "опубликован"),
    "short_description": (
        *("short description", "简短描述", "简单描述", "kurzbeschreibung", "description courte"),
        *("descripción corta", "короткое описание"),
    ),
    "description": ("description", "描述", "beschreibung", "descripción", "описание"),
    "sale_from": (
        *("date sale price starts", "促销开始日期", "datum, an dem angebotspreis beginnt"),
        *("date de début de promo", "día en que empieza el precio rebajado"),
    ),
    "sale_until": (
        *("date sale price ends", "促销截止日期", "datum, an dem angebotspreis endet"),
        *("date de fin de promo", "día en que termina el precio rebajado"),
    ),
    "sale_price": ("sale price", "促销价格", "angebotspreis", "tarif promo", "precio rebajado"),
    "price": (
        "regular price",
        "常规售价",
        "常规价格",
        "regulärer preis",
        "tarif régulier",
        "precio normal",
        "базовая цена",
    ),
    "is_in_stock": (
        "in stock?",
        "有货?",
        "vorrätig?",
        "en stock ?",
        "¿existencias?",
        "¿hay existencias?",
        "в наличии?",
    ),
    "quantity": ("stock", "库存", "bestand", "lager", "inventario"),
    "categories": ("categories", "分类", "kategorien", "catégories", "categorías", "категории"),
    "tags": ("tags", "标签", "schlagwörter", "étiquettes", "etiquetas"),
    "brands": ("brands", "品牌", "marken", "marques", "marcas"),
    "pictures": ("images", "图片", "bilder", "imágenes", "изображения"),
    "parent": ("parent", "父级", "übergeordnetes produkt", "superior"),
    "position": ("position", "位置", "posición"),
    **{
        f"weight_{unit}": tuple(
            f"{word}{space}({unit})" for word in ("weight", "重量", "gewicht", "poids", "peso") for space in (" ", "")
        )
        for unit in ("kg", "g", "lbs", "oz")
    },
    **{
        f"attribute{n}_name": (
            *(f"attribute {n} name", f"属性 {n} 名称", f"attribut {n} name"),
            *(f"nom de l'attribut {n}", f"nombre del atributo {n}"),
        )
        for n in range(1, ATTRIBUTES_MAX + 1)
    },
    **{
        f"attribute{n}": (
            *(f"attribute {n} value(s)", f"属性 {n} 值", f"attribut {n} wert(e)"),
            *(f"valeur(s) de l'attribut {n}", f"valor(es) del atributo {n}"),
        )
        for n in range(1, ATTRIBUTES_MAX + 1)
    },
}
"""English, Chinese, German, French, Spanish and some Russian, as exports have them; `tables.normal` has gone over the
names."""

WOOCOMMERCE["weight_kg"] += ("重量(公斤)", "重量 (公斤)")

_TYPES: Final = frozenset({"simple", "variable", "variation", "grouped", "external", "virtual", "downloadable", ""})
_VISIBILITIES: Final = frozenset({"visible", "catalog", "search", "hidden", ""})
_YES_OR_NO: Final = frozenset({"0", "1", ""})
_TAXES: Final = frozenset({"taxable", "shipping", "none", ""})
_UNITS: Final = {
    **dict.fromkeys(("kg", "кг", "公斤", "千克", "キログラム", "χλγ"), "kg"),
    **dict.fromkeys(("g", "г", "гр", "克", "公克", "グラム"), "g"),
    **dict.fromkeys(("lbs", "lb", "фунты", "磅"), "lbs"),
    **dict.fromkeys(("oz", "унции", "盎司"), "oz"),
}
_IN_BRACKETS: Final = re.compile(r".*\(([^()]+)\)")
_NUMBER: Final = re.compile(r"\D*(\d{1,2})\D*", re.ASCII)

_MEASURES: Final = 4
"""Weight, length, width and height stand together, with their units in brackets."""

_FROM_VISIBILITY: Final = {
    "title": -3,
    "published": -2,
    "short_description": 1,
    "description": 2,
    "sale_from": 3,
    "sale_until": 4,
    "is_in_stock": 7,
    "quantity": 8,
}
_TAX: Final = 5
_FROM_WEIGHT: Final = {
    "sale_price": 6,
    "price": 7,
    "categories": 8,
    "tags": 9,
    "pictures": 11,
    "parent": 14,
    "position": 20,
}
"""Where columns stand, counted from one that shows (`WC_Product_CSV_Exporter::get_default_column_names`)."""

_WITH_GTIN: Final = 7
_FACTS: Final = 4
"""Columns of an attribute: name, values, whether it is shown, whether it is of all products."""


def by_position(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str | None] | None:
    """Tell the columns of a whole export by where they stand; None where it is none. *rows* are a few of its rows."""
    seen = _place_of(rows, _VISIBILITIES, range(_WITH_GTIN - 1, _WITH_GTIN + 1))
    brackets = [_IN_BRACKETS.fullmatch(unicodedata.normalize("NFKC", name)) for name in header]
    weight = next((n for n in range(len(header)) if all(brackets[n : n + _MEASURES])), None)
    if not rows or seen is None or weight is None or weight + _FROM_WEIGHT["position"] >= len(header):
        return None
    ids, types = [_cells(rows, place) for place in (0, 1)]
    if not all(id.isdecimal() for id in ids) or not {part for text in types for part in _parts(text)} <= _TYPES:
        return None
    if _place_of(rows, _TAXES, [seen + _TAX]) is None:
        return None
    fields: list[str | None] = [None] * len(header)
    fields[:3] = ["id", "type", "code"]
    if seen == _WITH_GTIN:
        fields[3] = "barcode"
    for field, place in _FROM_VISIBILITY.items():
        fields[seen + place] = field
    for field, place in _FROM_WEIGHT.items():
        fields[weight + place] = field
    found = brackets[weight]
    unit = _UNITS.get(found[1].strip().lower()) if found else None
    fields[weight] = f"weight_{unit}" if unit else None
    _find_attributes(header, rows, fields, weight + _FROM_WEIGHT["position"] + 1)
    return fields


def _find_attributes(
    header: Sequence[str], rows: Sequence[Sequence[str]], fields: list[str | None], begin: int
) -> None:
    """Tell attributes: four columns of one number, of which the latter two say yes or no."""
    numbers = [_NUMBER.fullmatch(name) for name in header]
    for place in range(begin, len(header) - _FACTS + 1):
        found = {match[1] if match else "" for match in numbers[place : place + _FACTS]}
        number = int(found.pop() or 0) if len(found) == 1 else 0
        if not 0 < number <= ATTRIBUTES_MAX or f"attribute{number}" in fields:
            continue
        if all(_place_of(rows, _YES_OR_NO, [place + n]) is not None for n in (2, 3)):
            fields[place : place + 2] = [f"attribute{number}_name", f"attribute{number}"]


def _cells(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place].strip() if place < len(row) else "" for row in rows]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.lower().split(",")]


def _place_of(rows: Sequence[Sequence[str]], values: frozenset[str], places: Sequence[int]) -> int | None:
    """Find the column that has but these values, and one of them at least."""
    for place in places:
        found = set(_cells(rows, place))
        if found <= values and found != {""}:
            return place
    return None
