"""What WooCommerce calls its columns in the languages of shops: an export is written in that of whoever made it."""

from typing import Final

ATTRIBUTES_MAX: Final = 20
"""Attributes of a product that are looked at."""

WOOCOMMERCE: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id",),
    "type": ("type", "类型", "typ", "tipo"),
    "code": ("sku", "artikelnummer", "ugs"),
    "barcode": (
        *("gtin, upc, ean, or isbn", "gtin, upc, ean oder isbn", "gtin, upc, ean o isbn"),
        *("gtin, upc, ean ou isbn", "gtin、upc、ean 或 isbn"),
    ),
    "title": ("name", "名称", "nom", "nombre"),
    "published": ("published", "已发布", "veröffentlicht", "publié", "publicado"),
    "short_description": (
        *("short description", "简短描述", "简单描述", "kurzbeschreibung", "description courte"),
        "descripción corta",
    ),
    "description": ("description", "描述", "beschreibung", "descripción"),
    "sale_from": (
        *("date sale price starts", "促销开始日期", "datum, an dem angebotspreis beginnt"),
        *("date de début de promo", "día en que empieza el precio rebajado"),
    ),
    "sale_until": (
        *("date sale price ends", "促销截止日期", "datum, an dem angebotspreis endet"),
        *("date de fin de promo", "día en que termina el precio rebajado"),
    ),
    "sale_price": ("sale price", "促销价格", "angebotspreis", "tarif promo", "precio rebajado"),
    "price": ("regular price", "常规售价", "常规价格", "regulärer preis", "tarif régulier", "precio normal"),
    "is_in_stock": ("in stock?", "有货?", "vorrätig?", "en stock ?", "¿existencias?", "¿hay existencias?"),
    "quantity": ("stock", "库存", "bestand", "lager", "inventario"),
    "categories": ("categories", "分类", "kategorien", "catégories", "categorías"),
    "tags": ("tags", "标签", "schlagwörter", "étiquettes", "etiquetas"),
    "brands": ("brands", "品牌", "marken", "marques", "marcas"),
    "pictures": ("images", "图片", "bilder", "imágenes"),
    "parent": ("parent", "父级", "übergeordnetes produkt", "superior"),
    "position": ("position", "位置", "posición"),
    **{
        f"weight_{unit}": tuple(f"{word} ({unit})" for word in ("weight", "重量", "gewicht", "poids", "peso"))
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
"""English, Chinese, German, French and Spanish, as exports have them; `tables.normal` has gone over the names."""

WOOCOMMERCE["weight_kg"] += ("重量(公斤)", "重量 (公斤)")
