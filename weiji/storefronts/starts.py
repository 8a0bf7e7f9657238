"""Designs to begin with. They are made of rules alone, so that they fit whatever a shop has."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.kit.ids import derive
from weiji.storefronts.model import (
    Banner,
    BannerShape,
    Design,
    GoodsOrder,
    Grid,
    Header,
    Kinds,
    Look,
    Pattern,
    Ranked,
    Slide,
    Spacer,
    Story,
    ToGoods,
)
from weiji.web import gettext as _

PATTERNS: Final = tuple(Pattern)


class Start(StrEnum):
    """A design to begin with."""

    SIMPLE = "simple"
    """The name, and the goods."""
    SHOWCASE = "showcase"
    """A banner, kinds, and what sells best."""
    STORY = "story"
    """Who sells comes first."""


def start(shop_id: UUID, which: Start) -> Design:
    """Make a design to begin with, in the words of whoever asks. Its blocks have the same ids each time."""

    def id(name: str) -> UUID:
        return derive(shop_id, "storefront", which, name)

    pattern = _pattern(shop_id)
    best = Grid(id("best"), Ranked(GoodsOrder.BEST_SOLD, 6), _("卖得最好"), columns=3)
    newest = Grid(id("newest"), Ranked(GoodsOrder.NEWEST, 12), _("新上架"))
    kinds = Kinds(id("kinds"))
    story = Story(id("story"), _("关于我们"))
    match which:
        case Start.SIMPLE:
            return Design(Look(Header.CENTRED, pattern), (newest, story))
        case Start.SHOWCASE:
            slide = Slide(_("新上架"), _("刚摆出来的，都在这里。"), target=ToGoods())
            banner = Banner(id("banner"), (slide,), BannerShape.WIDE)
            return Design(Look(Header.SIGN, pattern), (banner, kinds, best, newest, story))
        case Start.STORY:
            line = Spacer(id("line"), has_line=True)
            return Design(Look(Header.COVER, pattern), (story, line, replace(best, columns=2), kinds, newest))


def by_itself(shop_id: UUID) -> Design:
    """Make the page of a shop that never designed one: its kinds, what it sells best, what is new, and its story."""

    def id(name: str) -> UUID:
        return derive(shop_id, "storefront", name)

    blocks = (
        Kinds(id("kinds")),
        Grid(id("best"), Ranked(GoodsOrder.BEST_SOLD, 6), _("卖得最好"), columns=3),
        Grid(id("newest"), Ranked(GoodsOrder.NEWEST, 12), _("新上架")),
        Story(id("story"), _("关于我们")),
    )
    return Design(Look(Header.COVER, _pattern(shop_id)), blocks)


def _pattern(shop_id: UUID) -> Pattern:
    """Give each shop one of the patterns, always the same: neighbours look different."""
    return PATTERNS[(shop_id.int >> 8) % len(PATTERNS)]
