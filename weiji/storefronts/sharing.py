"""What a shop's page says of itself to those that link to it: Open Graph, JSON-LD (schema.org), QR codes."""

import io
from typing import Any

import segno
from litestar import Request
from msgspec import Struct

from weiji.settings import Settings
from weiji.storefronts.model import Front, Look
from weiji.web import gettext as _
from weiji.web.assets import asset
from weiji.web.pictures import read_address

DESCRIPTION_MAX = 150
"""Characters of a description: what is shown of one."""


class Share(Struct, frozen=True):
    """What others show of a page that they link to."""

    url: str
    title: str
    description: str
    picture: str
    is_large: bool
    data: dict[str, Any]


def base_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """Tell the address that people see, without a slash at its end."""
    return (settings.url or str(request.base_url)).rstrip("/")


def short_address(base: str, handle: str) -> str:
    """Write the short address of a shop: what is printed."""
    return f"{base}/s/{handle}"


def share_of(front: Front, look: Look, base: str) -> Share:
    """Say what others show of a shop's page. Its picture is one that every network can read: no drawing."""
    shop = front.shop
    own = [product.picture for shelf in front.shelves for product in shelf]
    found = next((url for url in (look.cover, look.logo, *own) if url and read_address(url)), None)
    picture = base + (found or asset("icon-512.png"))
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
    return Share(url, shop.name, description, picture, found is not None and found == look.cover, data)


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
