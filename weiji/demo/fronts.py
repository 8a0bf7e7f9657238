"""How the shops of the demo town look: each its own design, by the operations that every merchant uses."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.storefronts import (
    Banner,
    BannerShape,
    Block,
    Chosen,
    Coupons,
    Design,
    GoodsOrder,
    Grid,
    Header,
    Heading,
    Kinds,
    Look,
    Notice,
    OfKind,
    Pattern,
    Ranked,
    Slide,
    Spacer,
    SpacerSize,
    Story,
    Text,
    ToGoods,
    ToKind,
    ToProduct,
    Video,
)


class _Draughtsman:
    """Makes the ids of a shop's blocks and goods from their names."""

    def __init__(self, shop_id: UUID) -> None:
        self.shop_id = shop_id

    def block(self, name: str) -> UUID:
        return derive(self.shop_id, "demo", "front", name)

    def good(self, handle: str) -> UUID:
        return derive(self.shop_id, "demo", handle)

    def to(self, handle: str) -> ToProduct:
        return ToProduct(self.good(handle))


def _tea(of: _Draughtsman) -> Design:
    """Who sells comes first: a mountain, a story, and few things at a time."""
    blocks: tuple[Block, ...] = (
        Notice(
            of.block("notice"), "秋茶已经焙好，今天下单，后天发货。", None, clock.now() + timedelta(days=60), ToGoods()
        ),
        Banner(
            of.block("banner"),
            (
                Slide("桂花落了三遍", "一层花，一层茶，窨三遍。第三泡才是茶。", target=of.to("osmanthus-oolong")),
                Slide("一把壶，养一年", "宜兴原矿紫泥，全手工。", target=of.to("zisha-teapot")),
                Slide("土蜂一年一割", "百花的味道都在里面。", target=of.to("wild-honey")),
            ),
        ),
        Story(of.block("story"), "武夷山脚下"),
        Video(of.block("video"), of.good("osmanthus-oolong"), "第三泡才是茶"),
        Heading(of.block("season"), "这一季喝什么", "老周自己在喝的"),
        Grid(
            of.block("teas"),
            Chosen(tuple(map(of.good, ("osmanthus-oolong", "aged-white-tea", "spring-longjing", "puer-cake")))),
            columns=2,
        ),
        Heading(of.block("ware"), "喝茶的家伙"),
        Grid(of.block("pots"), OfKind("茶具", 6), columns=1),
        Text(
            of.block("brewing"),
            "<h3>怎么泡</h3><ul><li>乌龙用滚水，<b>五秒出汤</b>，一泡比一泡久一点。</li><li>龙井八十五度，不盖盖子。</li>"
            "<li>老白茶煮着喝，小火十分钟。</li></ul>",
        ),
        Coupons(of.block("coupons")),
        Grid(of.block("rest"), Ranked(GoodsOrder.BEST_SOLD, 6), "回头客都买", 3),
    )
    return Design(Look(Header.COVER, Pattern.MOUNTAINS, motto="卖的都是自己喝的"), blocks)


def _cloth(of: _Draughtsman) -> Design:
    """Quiet: a name in the middle, large pictures, much room."""
    blocks: tuple[Block, ...] = (
        Banner(
            of.block("banner"),
            (
                Slide("羊毛的季节", "穿久了更好看。", target=of.to("lambswool-jumper")),
                Slide("一块布，一条裙", "板蓝根染的蓝，扎一次一个样。", target=ToKind("服饰")),
            ),
            BannerShape.WIDE,
        ),
        Kinds(of.block("kinds")),
        Heading(of.block("wear"), "穿的", "棉、麻、羊毛"),
        Grid(of.block("clothes"), OfKind("服饰", 8), columns=2),
        Spacer(of.block("room"), SpacerSize.MEDIUM, has_line=True),
        Heading(of.block("home"), "家里用的", "洗得多的东西，布要好"),
        Grid(of.block("things"), OfKind("家居", 6), columns=3),
        Story(of.block("story"), "染坊里的六位阿姨"),
    )
    return Design(Look(Header.CENTRED, Pattern.THREADS, motto="穿久了更好看"), blocks)


def _pages(of: _Draughtsman) -> Design:
    """A shop window: a narrow sign, kinds at once, and much to look at."""
    blocks: tuple[Block, ...] = (
        Kinds(of.block("kinds"), "书架和窗台"),
        Banner(
            of.block("banner"),
            (
                Slide(
                    "买一本书，送一片叶子", "书是店员读过的，植物是店里养大的。", target=ToGoods(GoodsOrder.BEST_SOLD)
                ),
            ),
        ),
        Grid(of.block("best"), Ranked(GoodsOrder.BEST_SOLD, 6), "大家在读，也在养", 3),
        Notice(of.block("notice"), "植物只在晴天发货，路上不受冻。"),
        Grid(of.block("newest"), Ranked(GoodsOrder.NEWEST, 8), "新到店", 2),
        Text(of.block("letter"), "<blockquote>窗台上放得下一盆花，枕头边放得下一本书，就够了。</blockquote>"),
        Story(of.block("story"), "关于这家小店"),
    )
    return Design(Look(Header.SIGN, Pattern.PETALS, motto="一页书，一片叶"), blocks)


_DESIGNS: Final[Mapping[str, Callable[[_Draughtsman], Design]]] = {
    "mountain-tea": _tea,
    "suzhi": _cloth,
    "page-and-leaf": _pages,
}


def design_of(handle: str, shop_id: UUID) -> Design:
    """Say how a shop of the town looks."""
    return _DESIGNS[handle](_Draughtsman(shop_id))
