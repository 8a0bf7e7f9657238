"""What templates are given of a storefront: the same for buyers and for previews."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from msgspec import structs

from weiji.catalog import show_picture
from weiji.storefronts.colours import Palette, palette_of
from weiji.storefronts.model import Design, Front, FrontShop, Shown, Slide, Target, ToGoods, ToKind, ToProduct
from weiji.storefronts.rules import card_of, compose


def front_context(front: Front, design: Design, now: datetime | None) -> dict[str, Any]:
    """Give a template what it shows of a design; without a time, only what stands above the blocks."""
    return {
        "shop": front.shop,
        "look": design.look,
        "shown": [one for one in compose(design, front, now) if not one.is_hidden] if now else [],
        "has_goods": any(front.shelves) or bool(front.kinds),
        "colours": colours_of(front.shop.colour),
        "link_of": linker(front.shop),
        "picture_of": show_picture,
        "slide_picture": slide_picture,
    }


def colours_of(colour: str) -> Markup:
    """Declare a shop's colours in both themes, for whatever has the class `front-colours`."""
    light, dark = (_declare(palette_of(colour, theme)) for theme in ("light", "dark"))
    return Markup(
        ".front-colours{{{light}}}"
        "@media (prefers-color-scheme:dark){{:root:not([data-theme=light]) .front-colours{{{dark}}}}}"
        ":root[data-theme=dark] .front-colours{{{dark}}}"
    ).format(light=light, dark=dark)


def _declare(palette: Palette) -> str:
    return ";".join(f"--shop-{name}:{value}" for name, value in structs.asdict(palette).items())


def linker(shop: FrontShop) -> Callable[[Target | None], str | None]:
    """Make what writes the address of a target in a shop."""

    def link_of(target: Target | None) -> str | None:
        match target:
            case ToProduct(product_id=product_id):
                return f"/products/{product_id}"
            case ToKind(kind=kind):
                return f"/shops/{shop.handle}?tab=goods&kind={quote(kind)}"
            case ToGoods(order=order):
                return f"/shops/{shop.handle}?tab=goods&order={order}"
            case _:
                return None

    return link_of


def slide_picture(shown: Shown, slide: Slide) -> str | None:
    """Give the picture of the product that a slide without one leads to."""
    if slide.picture or not isinstance(slide.target, ToProduct):
        return None
    product = card_of(shown, slide.target.product_id)
    return show_picture(product.picture, product.id, product.title, product.kind) if product else None
