"""The page of a shop as everybody sees it, its short address, and what search engines are told."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from litestar import Controller, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.shops import find_shop, get_shops
from weiji.storefronts.model import WORDS_MAX, GoodsOrder
from weiji.storefronts.operations import get_addresses, get_front, get_goods, get_open_shards
from weiji.storefronts.sharing import share_of, short_address
from weiji.storefronts.showing import front_context
from weiji.storefronts.starts import by_itself
from weiji.web import gettext as _
from weiji.web import page, rate
from weiji.web.qr import qr_png, qr_svg
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

PRODUCTS: Final = 24
"""Products on one page of a list: what two, three and four columns divide."""

CURSOR_MAX: Final = 200

XML: Final = "application/xml"

CLOSED_TO_ROBOTS: Final = (
    "/api/",
    "/cart",
    "/checkout",
    "/me",
    "/merchant",
    "/operator",
    "/orders",
    "/red-packets",
    "/search",
    "/wallet",
)
"""What robots find nothing in: what belongs to somebody, and what has no end."""


class StorefrontPages(Controller):
    """What anybody may look at."""

    include_in_schema = False

    @get("/shops/{handle:str}")
    async def show(self, request: WebRequest, handle: FromPath[str]) -> Response[str]:
        """Show a shop: its page, or all of its goods."""
        given = request.query_params
        tab = given.get("tab", "home")
        tab = tab if tab in ("home", "goods", "newest") else "home"
        kind = given.get("kind", "")[:WORDS_MAX].replace("\x00", "") or None
        after = given.get("after", "")[:CURSOR_MAX] or None
        order = GoodsOrder.NEWEST if tab == "newest" else _order(given.get("order"))
        async with request.database.read() as reader:
            shop_id = await find_shop(reader, handle.lower())
            if shop_id is None:
                raise NotFoundException
            if tab == "home":
                front = await get_front(reader, shop_id)
            else:
                front = await get_goods(reader, shop_id, order=order, kind=kind, after=after, limit=PRODUCTS)
        if front is None:
            raise NotFoundException
        if front.shop.handle != handle:
            return moved(f"/shops/{front.shop.handle}", request.url.query)
        design = front.design or by_itself(shop_id)
        context = front_context(front, design, clock.now() if tab == "home" else None)
        here = f"/shops/{handle}"

        def goods(**changes: str | None) -> str:
            named = {"tab": tab, "order": order.value if tab == "goods" else None, "kind": kind} | changes
            return f"{here}?" + urlencode({name: value for name, value in named.items() if value is not None})

        return page(
            request,
            "storefronts/shop.html",
            **context,
            share=share_of(front, design.look, base_of(request)),
            tab=tab,
            tabs=[
                {"key": "home", "label": _("首页"), "href": here},
                {"key": "goods", "label": _("全部商品"), "href": f"{here}?tab=goods"},
                {"key": "newest", "label": _("新上架"), "href": f"{here}?tab=newest"},
            ],
            order=order.value,
            kind=kind,
            all=goods(kind=None),
            sorts=[
                {"key": sort.value, "label": word, "href": goods(order=sort.value)} for sort, word in _sorts().items()
            ],
            products=front.shelves[0] if tab != "home" and front.shelves else (),
            more=goods(after=front.after) if front.after else None,
            is_first=after is None,
        )

    @get("/s/{handle:str}")
    async def lead(self, request: WebRequest, handle: FromPath[str]) -> Response[str]:
        """Lead from the short address, or from one that the shop had, to the page."""
        return moved(f"/shops/{await _handle_of(request.database, handle)}")

    @get("/s/{handle:str}/qr.svg")
    async def draw_svg(self, request: WebRequest, handle: FromPath[str]) -> Response[str]:
        """Draw the QR code of a shop's short address, in any size."""
        address = short_address(base_of(request), await _handle_of(request.database, handle))
        return Response(qr_svg(address), media_type="image/svg+xml", headers=_named(handle, "svg"))

    @get("/s/{handle:str}/qr.png")
    async def draw_png(self, request: WebRequest, handle: FromPath[str]) -> Response[bytes]:
        """Draw the QR code of a shop's short address, in pixels."""
        address = short_address(base_of(request), await _handle_of(request.database, handle))
        return Response(qr_png(address), media_type="image/png", headers=_named(handle, "png"))

    @get("/robots.txt")
    async def show_robots(self, request: WebRequest) -> Response[str]:
        """Tell robots what there is for them; nothing where nothing is real."""
        if request.settings.mode != "live":
            lines = ["User-agent: *", "Disallow: /"]
        else:
            lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED_TO_ROBOTS)]
            lines += ["", f"Sitemap: {base_of(request)}/sitemap.xml"]
        return Response("\n".join(lines) + "\n", media_type="text/plain")

    @get("/sitemap.xml")
    async def list_site_maps(self, request: WebRequest) -> Response[str]:
        """List the site maps: one for each shard that has open shops."""
        async with request.database.read() as reader:
            shards = await get_open_shards(reader)
        base = base_of(request)
        maps = [(f"{base}/sitemaps/{shard}", at) for shard, at in shards]
        return Response(_write_map("sitemapindex", "sitemap", maps), media_type=XML)

    @get("/sitemaps/{shard:int}", opt=rate("site_maps", "120/minute"))
    async def show_site_map(self, request: WebRequest, shard: FromPath[int]) -> Response[str]:
        """List the open shops of a shard, and what they sell."""
        if not 0 <= shard < 64:
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_addresses(reader, shard)
        base = base_of(request)
        body = _write_map("urlset", "url", [(base + path, at) for path, at in found])
        return Response(body, media_type=XML, headers={"cache-control": "public, max-age=3600"})


def moved(path: str, query: str = "") -> Response[str]:
    """Send on to an address that will stay."""
    return Response("", status_code=301, headers={"location": f"{path}?{query}" if query else path})


async def _handle_of(database: Database, handle: str) -> str:
    """Tell the handle that a shop has now, by any that it ever had. Who types what is printed may write it large."""
    async with database.read() as reader:
        shop_id = await find_shop(reader, handle.lower())
        (shop,) = await get_shops(reader, [shop_id]) if shop_id else (None,)
    if shop is None:
        raise NotFoundException
    return shop.handle


def _named(handle: str, kind: str) -> dict[str, str]:
    return {"content-disposition": f'inline; filename="{handle}.{kind}"', "cache-control": "max-age=3600"}


def _order(text: str | None) -> GoodsOrder:
    return GoodsOrder(text) if text in tuple(GoodsOrder) else GoodsOrder.BEST_SOLD


def _sorts() -> dict[GoodsOrder, str]:
    return {
        GoodsOrder.BEST_SOLD: _("销量"),
        GoodsOrder.NEWEST: _("新品"),
        GoodsOrder.CHEAPEST: _("价格低"),
        GoodsOrder.DEAREST: _("价格高"),
    }


def _write_map(root: str, item: str, entries: list[tuple[str, datetime]]) -> str:
    """Write a site map (sitemaps.org, protocol 0.9)."""
    lines = [
        f"<{item}><loc>{escape(address)}</loc><lastmod>{at.isoformat(timespec='seconds')}</lastmod></{item}>"
        for address, at in entries
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            f"</{root}>\n",
        ]
    )


ROUTES: Final = (StorefrontPages,)
"""What the program serves of this module."""
