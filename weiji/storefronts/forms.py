"""Forms of a look and of each kind of block: what they are shown with, and what is read of them."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from html import escape, unescape
from typing import Any
from uuid import UUID

from litestar.datastructures import FormMultiDict, UploadFile
from msgspec.structs import replace

from weiji.kit.batch import Batchers
from weiji.kit.clock import SHANGHAI
from weiji.media import BYTES_MAX, upload_pictures
from weiji.media.pages import upload_word
from weiji.settings import Settings
from weiji.storefronts.model import (
    LINE_MAX,
    NOTE_MAX,
    PRODUCTS_MAX,
    SLIDES_MAX,
    TEXT_MAX,
    WORDS_MAX,
    Banner,
    BannerShape,
    Block,
    Chosen,
    Coupons,
    GoodsOrder,
    Grid,
    Header,
    Heading,
    InCategory,
    Kinds,
    Look,
    Notice,
    OfKind,
    Pattern,
    Ranked,
    SaveDraftStatus,
    Slide,
    Source,
    Spacer,
    SpacerSize,
    Story,
    Tagged,
    Target,
    Text,
    ToGoods,
    ToKind,
    ToProduct,
    Video,
)
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.forms import read_id, read_time
from weiji.web.paragraphs import read_text


def new_block(type: str, id: UUID) -> Block | None:
    """Make a block of a kind as it is added: right as it is, for its merchant to change."""
    made: dict[str, Callable[[], Block]] = {
        "banner": lambda: Banner(id, (Slide(_("新上架"), _("刚摆出来的，都在这里。"), target=ToGoods()),)),
        "grid": lambda: Grid(id, Ranked(), _("新上架")),
        "coupons": lambda: Coupons(id),
        "text": lambda: Text(id, f"<p>{escape(_('写点什么。'))}</p>"),
        "notice": lambda: Notice(id, _("今天下单，明天发货。")),
        "heading": lambda: Heading(id, _("标题")),
        "spacer": lambda: Spacer(id),
        "kinds": lambda: Kinds(id),
        "video": lambda: Video(id),
        "story": lambda: Story(id, _("关于我们")),
    }
    return made[type]() if type in made else None


class Reader:
    """Reads the fields of a form; pictures that came with it are taken in, and what was wrong with them is kept."""

    def __init__(self, form: FormMultiDict, batchers: Batchers, settings: Settings, shop_id: UUID) -> None:
        self.form = form
        self.batchers = batchers
        self.settings = settings
        self.shop_id = shop_id
        self.refused: list[str] = []

    def text(self, name: str, length_max: int = NOTE_MAX) -> str:
        """Read a field, without the spaces round it."""
        value = self.form.get(name, "")
        return value[: length_max + 1].strip() if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Read a number; 0 where it is none."""
        text = self.text(name, 9)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def time(self, name: str) -> datetime | None:
        """Read a time of the shop's clock, which goes as that of Shanghai."""
        return read_time(self.text(name))

    def target(self, name: str) -> Target | None:
        """Read where a link leads."""
        kind, _colon, value = self.text(name, WORDS_MAX + 10).partition(":")
        match kind:
            case "product":
                product_id = read_id(value)
                return ToProduct(product_id) if product_id else None
            case "kind":
                return ToKind(value)
            case "goods":
                return ToGoods(GoodsOrder(value) if value in tuple(GoodsOrder) else GoodsOrder.NEWEST)
            case _:
                return None

    async def picture(self, name: str) -> str | None:
        """Take in a picture, or keep the one that there is; None where it is to go."""
        sent = self.form.get(f"{name}_file")
        if isinstance(sent, UploadFile) and sent.filename:
            content = await asyncio.to_thread(sent.file.read, BYTES_MAX + 1)
            await sent.close()
            (result,) = await upload_pictures(self.batchers, self.settings, self.shop_id, [content])
            if result.url:
                return result.url
            self.refused.append(f"{sent.filename}: {upload_word(result.status)}")
        return None if self.form.get(f"{name}_drop") else self.text(name, 200) or None


async def read_look(reader: Reader) -> Look:
    """Read what stands above the blocks."""
    header, pattern = reader.text("header"), reader.text("pattern")
    return Look(
        header=Header(header) if header in tuple(Header) else Header.COVER,
        pattern=Pattern(pattern) if pattern in tuple(Pattern) else Pattern.MOUNTAINS,
        logo=await reader.picture("logo"),
        cover=await reader.picture("cover"),
        motto=reader.text("motto"),
    )


async def read_block(reader: Reader, block: Block) -> Block:
    """Read a block from its form."""
    match block:
        case Banner():
            shape = reader.text("shape")
            slides = [slide for n in range(SLIDES_MAX) if (slide := await _read_slide(reader, n))]
            return replace(
                block, slides=tuple(slides), shape=BannerShape(shape) if shape in tuple(BannerShape) else block.shape
            )
        case Grid():
            source = _read_source(reader, block)
            return replace(block, title=reader.text("title", LINE_MAX), columns=reader.number("columns"), source=source)
        case Text():
            return replace(block, html=read_text(reader.text("html", TEXT_MAX)))
        case Notice():
            return replace(
                block,
                text=reader.text("text"),
                from_at=reader.time("from_at"),
                until_at=reader.time("until_at"),
                target=reader.target("target"),
            )
        case Heading():
            return replace(block, text=reader.text("text", LINE_MAX), note=reader.text("note"))
        case Spacer():
            size = reader.text("size")
            return replace(
                block,
                size=SpacerSize(size) if size in tuple(SpacerSize) else block.size,
                has_line=bool(reader.text("has_line")),
            )
        case Kinds():
            return replace(block, title=reader.text("title", LINE_MAX))
        case Video():
            product_id = read_id(reader.text("product_id"))
            return replace(block, title=reader.text("title", LINE_MAX), product_id=product_id)
        case Story():
            return replace(
                block,
                title=reader.text("title", LINE_MAX),
                picture=await reader.picture("picture"),
                alt=reader.text("alt"),
            )
        case _:
            return block


async def _read_slide(reader: Reader, n: int) -> Slide | None:
    slide = Slide(
        title=reader.text(f"title_{n}", LINE_MAX),
        note=reader.text(f"note_{n}"),
        picture=await reader.picture(f"picture_{n}"),
        alt=reader.text(f"alt_{n}"),
        target=reader.target(f"target_{n}"),
    )
    return slide if slide.title or slide.note or slide.picture else None


def _read_source(reader: Reader, block: Grid) -> Source:
    kind, _colon, value = reader.text("source", WORDS_MAX + 10).partition(":")
    limit = reader.number("limit")
    match kind:
        case "chosen":
            found = [id for text in reader.form.getall("product", []) if (id := read_id(str(text)))]
            before = block.source.product_ids if isinstance(block.source, Chosen) else ()
            # Those that were there keep their order; what is new comes after them.
            ordered = [id for id in before if id in found] + [id for id in found if id not in before]
            return Chosen(tuple(dict.fromkeys(ordered))[: PRODUCTS_MAX + 1])
        case "kind":
            return OfKind(value, limit)
        case "category":
            category_id = read_id(value)
            return InCategory(category_id, limit) if category_id else Ranked(limit=limit)
        case "tag":
            return Tagged(reader.text("tag", WORDS_MAX), limit)
        case _:
            return Ranked(GoodsOrder(value) if value in tuple(GoodsOrder) else GoodsOrder.NEWEST, limit)


def source_value(source: Source) -> str:
    """Write a source as the form's choice names it."""
    match source:
        case Chosen():
            return "chosen"
        case OfKind(kind=kind):
            return f"kind:{kind}"
        case InCategory(category_id=category_id):
            return f"category:{category_id}"
        case Tagged():
            return "tag"
        case Ranked(order=order):
            return f"ranked:{order}"


def target_value(target: Target | None) -> str:
    """Write a target as the form's choice names it."""
    match target:
        case ToProduct(product_id=product_id):
            return f"product:{product_id}"
        case ToKind(kind=kind):
            return f"kind:{kind}"
        case ToGoods(order=order):
            return f"goods:{order}"
        case None:
            return ""


def time_value(at: datetime | None) -> str:
    """Write a time as a field for it takes it."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if at else ""


def fault_word(status: SaveDraftStatus) -> str:
    """Say what is wrong with a design, or with one of its blocks."""
    match status:
        case SaveDraftStatus.TOO_MANY_BLOCKS:
            return _("块太多了，先删掉几块。")
        case SaveDraftStatus.TOO_MANY_PRODUCTS:
            return _("整页的商品加起来太多了，少放几件。")
        case SaveDraftStatus.INVALID_TEXT:
            return _("有文字没有写，或者太长了。")
        case SaveDraftStatus.INVALID_PICTURE:
            return _("有一张图片不是这家店上传的。")
        case SaveDraftStatus.INVALID_SLIDES:
            return ngettext(
                "横幅要有 1 到 %(number)s 张，每张都要有标题或图片。",
                "横幅要有 1 到 %(number)s 张，每张都要有标题或图片。",
                SLIDES_MAX,
            )
        case SaveDraftStatus.INVALID_SOURCE:
            return ngettext(
                "请选商品，或者写 1 到 %(number)s 件。", "请选商品，或者写 1 到 %(number)s 件。", PRODUCTS_MAX
            )
        case SaveDraftStatus.INVALID_TIMES:
            return _("结束要晚于开始。")
        case _:
            return _("没有保存成，请再试一次。")


def block_words() -> dict[str, tuple[str, str, str]]:
    """Name the kinds of blocks, with an icon and what each is for, in the order in which they are offered."""
    return {
        "banner": (_("横幅"), "images", _("大图配一句话，点了去店里的东西")),
        "grid": (_("商品"), "layout-grid", _("自己挑的，或者新品、畅销、某一类")),
        "video": (_("视频"), "play", _("一件商品的视频，点了才播")),
        "kinds": (_("类目导航"), "shapes", _("一排圆图，点了去那一类")),
        "notice": (_("公告"), "megaphone", _("一行字，到时间自己出现、自己结束")),
        "story": (_("店铺故事"), "quote", _("你是谁，为什么卖")),
        "heading": (_("标题"), "type", _("给下面的内容起个名")),
        "text": (_("文字"), "text", _("一段话，可以有小标题和列表")),
        "spacer": (_("间隔"), "separator-horizontal", _("空一点，或者画条线")),
        "coupons": (_("优惠券"), "ticket", _("在领的优惠券")),
    }


def summary_of(block: Block) -> str:
    """Say in a few words what is in a block, for the list of them."""
    match block:
        case Banner(slides=slides):
            return next((slide.title for slide in slides if slide.title), "")
        case Grid(title=title) | Kinds(title=title) | Story(title=title) | Video(title=title):
            return title
        case Text(html=html):
            return next((words for part in re.split(r"<[^>]*>", html) if (words := unescape(part).strip())), "")
        case Notice(text=text) | Heading(text=text):
            return text
        case _:
            return ""


def order_words() -> dict[GoodsOrder, str]:
    """Name the orders of goods."""
    return {
        GoodsOrder.NEWEST: _("最新的"),
        GoodsOrder.BEST_SOLD: _("卖得最好的"),
        GoodsOrder.CHEAPEST: _("最便宜的"),
        GoodsOrder.DEAREST: _("最贵的"),
    }


def choices(items: dict[Any, str]) -> list[tuple[str, str]]:
    """List choices as a component takes them."""
    return [(str(value), word) for value, word in items.items()]
