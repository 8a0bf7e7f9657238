"""What a shop's page says of itself to those that link to it, and its QR code."""

import io
from typing import Any

import segno

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


def qr_code(address: str) -> segno.QRCode:
    """Make the QR code of an address; a quarter of it may be hidden (level Q), as on a wrinkled bag."""
    return segno.make_qr(address, error="q")


def qr_svg(address: str) -> str:
    """Draw the QR code of an address, of one path that any size can be made of."""
    out = io.BytesIO()
    qr_code(address).save(out, kind="svg", border=2, xmldecl=True, svgclass=None, lineclass=None, omitsize=True)
    return out.getvalue().decode()


def qr_png(address: str, scale: int = 20) -> bytes:
    """Draw the QR code of an address in pixels."""
    out = io.BytesIO()
    qr_code(address).save(out, kind="png", border=4, scale=scale)
    return out.getvalue()
