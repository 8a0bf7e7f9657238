"""What a shop's page says of itself to those that link to it."""

from typing import Any

from weiji.storefronts.model import Front, Look
from weiji.web import gettext as _
from weiji.web.sharing import DESCRIPTION_MAX, Share, shown_picture


def short_address(base: str, handle: str) -> str:
    """Write the short address of a shop: what is printed."""
    return f"{base}/s/{handle}"


def share_of(front: Front, look: Look, base: str) -> Share:
    """Say what others show of a shop's page."""
    shop = front.shop
    goods = [product.picture for shelf in front.shelves for product in shelf]
    picture, is_own = shown_picture(base, look.cover, look.logo, *goods)
    url = f"{base}/shops/{shop.handle}"
    said = look.motto or " ".join(shop.story.split())
    description = said[:DESCRIPTION_MAX] or _("%(shop)s 在微集的店。", shop=shop.name)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "OnlineStore",
        "name": shop.name,
        "url": url,
        "description": description,
        "image": picture,
        "foundingDate": shop.created_at.date().isoformat(),
    }
    if look.logo:
        data["logo"] = base + look.logo
    return Share(url, shop.name, description, picture, is_own and bool(look.cover), data)
