"""Designs for tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from weiji.events import BY_SYSTEM
from weiji.kit.ids import derive
from weiji.storefronts import (
    Banner,
    Block,
    Chosen,
    Coupons,
    Design,
    Grid,
    Heading,
    InCategory,
    Kinds,
    Look,
    Notice,
    OfKind,
    PublishDesign,
    Ranked,
    SaveDraft,
    Slide,
    Spacer,
    Story,
    Tagged,
    Text,
    ToGoods,
    Video,
)
from weiji.web.pictures import address_of

PICTURE = address_of("ab" * 32, 1600)
AT = datetime(2026, 11, 11, tzinfo=UTC)
OWNER = UUID(int=7)


def id_of(name: str) -> UUID:
    """The id of a block."""
    return derive(OWNER, name)


def every_block() -> tuple[Block, ...]:
    """One of each kind, as it may be."""
    return (
        Notice(id_of("notice"), "明天起放假", target=ToGoods()),
        Banner(id_of("banner"), (Slide("秋茶到了", "新采", PICTURE, "一壶茶", ToGoods()), Slide("只有字"))),
        Kinds(id_of("kinds"), "类目"),
        Heading(id_of("heading"), "这一季", "慢慢看"),
        Grid(id_of("ranked"), Ranked(limit=3), "新上架", 3),
        Grid(id_of("kind"), OfKind("茶具"), columns=1),
        Grid(id_of("tag"), Tagged("手工")),
        Grid(id_of("category"), InCategory(id_of("tea"))),
        Grid(id_of("chosen"), Chosen((id_of("product"),))),
        Spacer(id_of("spacer"), has_line=True),
        Text(id_of("text"), "<p>认真做</p>"),
        Coupons(id_of("coupons")),
        Video(id_of("video"), id_of("product"), "一壶茶"),
        Story(id_of("story"), "关于我们", PICTURE, "老周"),
    )


def design(*blocks: Block, **look: Any) -> Design:
    """A design of these blocks."""
    return Design(Look(**look), blocks)


def saving(shop_id: UUID, wanted: Design, version: int = 0) -> SaveDraft:
    """Save a draft."""
    return SaveDraft(shop_id=shop_id, design=wanted, version=version, actor=BY_SYSTEM)


def publishing(shop_id: UUID, version: int) -> PublishDesign:
    """Publish a draft."""
    return PublishDesign(shop_id=shop_id, version=version, actor=BY_SYSTEM)
