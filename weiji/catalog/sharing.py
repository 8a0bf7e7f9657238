"""What a product's page says of itself to those that link to it."""

import re
from html import unescape
from typing import Any, Final

from weiji.catalog.model import ProductPage
from weiji.catalog.showing import own_pictures
from weiji.kit.money import plain_yuan
from weiji.web.sharing import DESCRIPTION_MAX, Share, shown_picture

_TAG: Final = re.compile(r"<[^>]*>")


def share_of(product: ProductPage, base: str) -> Share:
    """Say what others show of a product's page."""
    pictures = [picture.url for picture in own_pictures(product.pictures)]
    picture, is_own = shown_picture(base, *pictures)
    url = f"{base}/products/{product.id}"
    words = " ".join(unescape(_TAG.sub(" ", product.description_html)).split())
    description = words[:DESCRIPTION_MAX] or product.title
    is_there = product.is_for_sale and any(sku.available > 0 for sku in product.skus)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.title,
        "url": url,
        "description": description,
        "image": [base + each for each in pictures] or picture,
        "offers": {
            "@type": "AggregateOffer",
            "priceCurrency": "CNY",
            "lowPrice": plain_yuan(product.price_min),
            "highPrice": plain_yuan(product.price_max),
            "offerCount": len(product.skus),
            "availability": f"https://schema.org/{'InStock' if is_there else 'OutOfStock'}",
            "seller": {
                "@type": "OnlineStore",
                "name": product.shop.name,
                "url": f"{base}/shops/{product.shop.handle}",
            },
        },
    }
    return Share(url, product.title, description, picture, is_own, data)
