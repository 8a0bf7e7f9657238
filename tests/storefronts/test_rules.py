"""Proves what a design may be, the law of batches, and what of a design a page shows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.storefronts.examples import AT, PICTURE, design, every_block, id_of, publishing, saving
from weiji.catalog import ProductCard
from weiji.events import BY_SYSTEM
from weiji.kit.ids import derive
from weiji.storefronts import (
    Banner,
    Chosen,
    Coupons,
    Front,
    Grid,
    Heading,
    Kinds,
    Notice,
    OfKind,
    Ranked,
    RestoreVersion,
    SaveDraftStatus,
    Slide,
    Spacer,
    Storefront,
    Story,
    Tagged,
    Text,
    ToKind,
    ToProduct,
)
from weiji.storefronts.model import (
    BLOCKS_MAX,
    PRODUCTS_MAX,
    SLIDES_MAX,
    VERSIONS_MAX,
    Block,
    Design,
    FrontShop,
    KindOfGoods,
)
from weiji.storefronts.rules import (
    Fronts,
    add_block,
    clean_html,
    compose,
    find_fault,
    judge_publications,
    judge_restorations,
    judge_saves,
    move_block,
    remove_block,
    replace_block,
    shelves_of,
)
from weiji.storefronts.starts import Start, by_itself, start

S = SaveDraftStatus
B = id_of("b")
SHOPS = [derive(UUID(int=n), "shop") for n in (1, 2)]


def test_one_of_each_kind_is_right() -> None:
    assert find_fault(design(*every_block(), motto="一座山", logo=PICTURE, cover=PICTURE)) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (design(*(Spacer(id_of(str(n))) for n in range(BLOCKS_MAX + 1))), S.TOO_MANY_BLOCKS),
        (design(Spacer(B), Coupons(B)), S.DUPLICATE_BLOCKS),
        (design(motto="两\n行"), S.INVALID_TEXT),
        (design(motto="长" * 121), S.INVALID_TEXT),
        (design(logo="https://elsewhere.example/logo.webp"), S.INVALID_PICTURE),
        (design(cover="/media/none"), S.INVALID_PICTURE),
        (design(Heading(B, "")), S.INVALID_TEXT),
        (design(Heading(B, "长" * 41)), S.INVALID_TEXT),
        (design(Heading(B, "标题", "\x00")), S.INVALID_TEXT),
        (design(Text(B, "")), S.INVALID_TEXT),
        (design(Text(B, "<script>alert(1)</script>")), S.INVALID_TEXT),
        (design(Text(B, "字" * 10_001)), S.INVALID_TEXT),
        (design(Notice(B, "")), S.INVALID_TEXT),
        (design(Notice(B, "好", target=ToKind(" "))), S.INVALID_TEXT),
        (design(Notice(B, "好", AT, AT)), S.INVALID_TIMES),
        (design(Kinds(B, "长" * 41)), S.INVALID_TEXT),
        (design(Story(B, "好", "nowhere")), S.INVALID_PICTURE),
        (design(Story(B, "好", None, "\x01")), S.INVALID_TEXT),
        (design(Banner(B, ())), S.INVALID_SLIDES),
        (design(Banner(B, (Slide(note="没有标题，也没有图"),))), S.INVALID_SLIDES),
        (design(Banner(B, (Slide("好"),) * (SLIDES_MAX + 1))), S.INVALID_SLIDES),
        (design(Banner(B, (Slide("好", picture="data:x"),))), S.INVALID_PICTURE),
        (design(Banner(B, (Slide("好", alt="\x00"),))), S.INVALID_TEXT),
        (design(Grid(B, Ranked(), columns=4)), S.INVALID_SOURCE),
        (design(Grid(B, Ranked(limit=0))), S.INVALID_SOURCE),
        (design(Grid(B, Ranked(limit=PRODUCTS_MAX + 1))), S.INVALID_SOURCE),
        (design(Grid(B, Chosen(()))), S.INVALID_SOURCE),
        (design(Grid(B, Chosen((B, B)))), S.INVALID_SOURCE),
        (design(Grid(B, OfKind(""))), S.INVALID_SOURCE),
        (design(Grid(B, Tagged("\x00"))), S.INVALID_SOURCE),
        (design(Grid(B, Ranked(), "长" * 41)), S.INVALID_TEXT),
        (design(*(Grid(id_of(str(n)), Ranked(limit=25)) for n in range(5))), S.TOO_MANY_PRODUCTS),
    ],
)
def test_what_is_wrong_is_named(wanted: Design, status: SaveDraftStatus) -> None:
    assert find_fault(wanted)[0] is status


def test_the_wrong_block_is_named() -> None:
    assert find_fault(design(Spacer(id_of("a")), Heading(B, ""))) == (S.INVALID_TEXT, B)


@pytest.mark.parametrize(
    "html",
    [
        '<p onclick="x()">好</p>',
        "<img src=https://elsewhere.example/x.png>好",
        '<a href="javascript:alert(1)">好</a>',
        "<style>p{}</style>好",
        '<p style="position:fixed">好</p>',
        "<form action=/x><button>好</button></form>",
    ],
)
def test_texts_lose_whatever_can_run_or_load(html: str) -> None:
    cleaned = clean_html(html)
    assert "好" in cleaned
    for word in ("onclick", "img", "javascript", "style", "form", "button"):
        assert word not in cleaned


# ==== Batches ====

DESIGNS = st.sampled_from(
    [design(), design(Spacer(B)), design(Heading(B, "")), design(Text(B, "<p>好</p>")), design(motto="好")]
)
SAVES = st.builds(saving, st.sampled_from([*SHOPS, UUID(int=0)]), DESIGNS, st.integers(0, 3))
PUBLICATIONS = st.builds(publishing, st.sampled_from([*SHOPS, UUID(int=0)]), st.integers(0, 4))
RESTORATIONS = st.builds(
    RestoreVersion,
    shop_id=st.sampled_from([*SHOPS, UUID(int=0)]),
    number=st.integers(1, 3),
    version=st.integers(0, 4),
    actor=st.just(BY_SYSTEM),
)


def fresh() -> Fronts:
    versions = {(SHOPS[0], 1): design(), (SHOPS[0], 2): design(Spacer(B))}
    return Fronts(fronts={id: Storefront() for id in SHOPS}, versions=versions)


@given(st.lists(SAVES, max_size=8), st.lists(PUBLICATIONS, max_size=6), st.lists(RESTORATIONS, max_size=6))
def test_law_of_batches(saves: list[Any], publications: list[Any], restorations: list[Any]) -> None:
    together, single = fresh(), fresh()
    assert judge_saves(together, saves) == [judge_saves(single, [each])[0] for each in saves]
    assert judge_publications(together, publications, AT) == [
        judge_publications(single, [each], AT)[0] for each in publications
    ]
    assert judge_restorations(together, restorations) == [judge_restorations(single, [c])[0] for c in restorations]
    assert together == single


def test_the_oldest_version_goes_when_there_are_too_many() -> None:
    state = fresh()
    shop_id = SHOPS[0]
    for number in range(VERSIONS_MAX + 2):
        wanted = design(motto=f"第 {number} 版")
        (saved,) = judge_saves(state, [saving(shop_id, wanted, number)])
        judge_publications(state, [publishing(shop_id, saved.version)], AT)
    assert state.dropped == [(shop_id, 1), (shop_id, 2)]
    assert len(state.published) == VERSIONS_MAX + 2


# ==== Editing ====


def ids(wanted: Design) -> list[UUID]:
    return [block.id for block in wanted.blocks]


@given(st.permutations(range(5)), st.integers(-2, 8), st.integers(0, 4))
def test_moving_keeps_every_block_once(order: list[int], place: int, which: int) -> None:
    wanted = design(*(Spacer(id_of(str(n))) for n in order))
    moved = move_block(wanted, id_of(str(which)), place)
    assert sorted(ids(moved)) == sorted(ids(wanted))
    assert ids(moved).index(id_of(str(which))) == max(0, min(place, 4))
    others = [id for id in ids(moved) if id != id_of(str(which))]
    assert others == [id for id in ids(wanted) if id != id_of(str(which))]


def test_blocks_are_added_replaced_and_removed() -> None:
    first, second = Spacer(id_of("1")), Spacer(id_of("2"))
    wanted = add_block(add_block(design(), first), second, 0)
    assert wanted.blocks == (second, first)
    changed = replace(first, has_line=True)
    assert replace_block(wanted, changed).blocks == (second, changed)
    assert replace_block(wanted, Spacer(B)) == wanted
    assert remove_block(wanted, second.id).blocks == (first,)
    assert move_block(wanted, B, 0) == wanted


# ==== What is shown ====

SHOP = FrontShop(
    id=SHOPS[0],
    handle="tea",
    name="茶",
    story="一座山",
    colour="#06803f",
    status="open",
    verification="verified",
    created_at=AT,
)


def card(number: int) -> ProductCard:
    return ProductCard(
        id=id_of(f"product {number}"),
        shop_id=SHOP.id,
        shop_name="茶",
        shop_handle="tea",
        title="茶",
        kind="茶",
        picture=None,
        price_min=1,
        price_max=1,
        sold=0,
        is_sold_out=False,
    )


def shown(*blocks: Block, shelves: tuple[tuple[ProductCard, ...], ...] = (), **shop: str) -> list[bool]:
    front = Front(
        shop=replace(SHOP, **shop),
        design=None,
        published_at=None,
        shelves=shelves,
        kinds=tuple(KindOfGoods(kind=k, products=1, id=B, title=k, picture=None) for k in ("茶", "茶具")),
    )
    return [not one.is_hidden for one in compose(design(*blocks), front, AT)]


def test_a_notice_appears_and_ends_by_itself() -> None:
    hour = timedelta(hours=1)
    assert shown(
        Notice(id_of("1"), "好"),
        Notice(id_of("2"), "好", AT),
        Notice(id_of("3"), "好", AT + hour),
        Notice(id_of("4"), "好", None, AT),
        Notice(id_of("5"), "好", AT - hour, AT + hour),
    ) == [True, True, False, False, True]


def test_what_has_nothing_to_show_is_not_shown() -> None:
    grid = Grid(B, Ranked())
    assert shown(grid, shelves=((),)) == [False]
    assert shown(grid, shelves=((card(1),),)) == [True]
    # Which coupons there are is asked for by the page, which then shows them or nothing.
    assert shown(Coupons(B)) == [True]
    assert shown(Story(B)) == [True]
    assert shown(Story(B), story="") == [False]
    assert shown(Kinds(B), shelves=((),)) == [True]


def test_a_grid_by_rule_that_shows_nothing_new_is_left_out_but_a_chosen_one_stays() -> None:
    first, second = Grid(id_of("1"), Ranked()), Grid(id_of("2"), Ranked())
    assert shown(first, second, shelves=((card(1), card(2)), (card(2), card(1)))) == [True, False]
    assert shown(first, second, shelves=((card(1),), (card(2), card(1)))) == [True, True]
    chosen = Grid(id_of("3"), Chosen((card(1).id,)))
    assert shown(first, chosen, shelves=((card(1),), (card(1),))) == [True, True]


def test_each_shelf_belongs_to_its_block() -> None:
    slide = Slide("好", target=ToProduct(card(2).id))
    wanted = design(Spacer(id_of("0")), Banner(id_of("1"), (slide,)), Kinds(id_of("2")), Grid(id_of("3"), Ranked()))
    assert [shelf.rule for shelf in shelves_of(wanted)] == ["chosen", "kinds", "newest"]
    front = Front(shop=SHOP, design=None, published_at=None, shelves=((card(2),), (), (card(1),)), kinds=())
    products = [one.products for one in compose(wanted, front, AT)]
    assert products == [(), (card(2),), (), (card(1),)]


@pytest.mark.parametrize("which", [*Start, None])
def test_designs_to_begin_with_are_right(which: Start | None) -> None:
    wanted = start(SHOP.id, which) if which else by_itself(SHOP.id)
    assert find_fault(wanted) == (None, None)
    assert wanted == (start(SHOP.id, which) if which else by_itself(SHOP.id))
