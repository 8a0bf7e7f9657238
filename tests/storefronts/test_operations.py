"""Proves how designs are saved, published and restored: every status, what is told, what nobody overwrites."""

import asyncio
from uuid import UUID

from tests.catalog.examples import opened_shop, product, simple, stock
from tests.storefronts.examples import PICTURE, design, every_block, id_of, publishing, saving
from weiji.catalog import SaveCategory, WithdrawProduct, save_categories, save_products, withdraw_products
from weiji.events import BY_SYSTEM, outbox
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.media import ShowVideo, ShowVideoStatus
from weiji.media.model import AddPicture
from weiji.media.operations import add_pictures
from weiji.media.videos import show_videos
from weiji.storefronts import (
    Chosen,
    Design,
    GoodsOrder,
    Grid,
    Heading,
    InCategory,
    Kinds,
    OfKind,
    PublishDesignStatus,
    Ranked,
    RestoreVersion,
    RestoreVersionStatus,
    SaveDraftResult,
    SaveDraftStatus,
    Spacer,
    Tagged,
    Text,
    Video,
    get_front,
    get_goods,
    get_storefront,
    get_version,
    list_versions,
    publish_designs,
    restore_versions,
    save_drafts,
)
from weiji.storefronts.model import VERSIONS_MAX, Filmed
from weiji.storefronts.rules import compose
from weiji.web.pictures import address_of
from weiji.web.videos import video_address

S, P, R = SaveDraftStatus, PublishDesignStatus, RestoreVersionStatus


def restoring(shop_id: UUID, number: int, version: int) -> RestoreVersion:
    return RestoreVersion(shop_id=shop_id, number=number, version=version, actor=BY_SYSTEM)


async def test_every_status_of_saving(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    block = id_of("b")
    first, second = design(*every_block()), design(Spacer(block))
    assert await save_drafts(
        tx,
        [
            saving(shop_id, first),
            saving(shop_id, first),
            saving(new_id(), first),
            saving(shop_id, design(Heading(block, "")), 1),
            saving(shop_id, second),
            saving(shop_id, second, 1),
        ],
    ) == [
        SaveDraftResult(S.SAVED, 1),
        SaveDraftResult(S.EXISTS, 1),
        SaveDraftResult(S.SHOP_NOT_FOUND),
        SaveDraftResult(S.INVALID_TEXT, 1, block),
        SaveDraftResult(S.VERSION_CONFLICT, 1),
        SaveDraftResult(S.SAVED, 2),
    ]
    front = await get_storefront(tx, shop_id)
    assert (front.draft, front.version, front.published, front.number) == (second, 2, None, 0)


async def test_what_is_stored_is_clean(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    await save_drafts(tx, [saving(shop_id, design(Text(id_of("b"), "<p onclick=x>好</p><script>x</script>")))])
    assert (await get_storefront(tx, shop_id)).draft == design(Text(id_of("b"), "<p>好</p>"))


async def test_every_status_of_publishing(tx: Transaction) -> None:
    shop_id, empty = await opened_shop(tx), await opened_shop(tx)
    await save_drafts(tx, [saving(shop_id, design(Spacer(id_of("b"))))])
    results = await publish_designs(
        tx,
        [
            publishing(new_id(), 1),
            publishing(empty, 0),
            publishing(shop_id, 2),
            publishing(shop_id, 1),
            publishing(shop_id, 1),
        ],
    )
    assert [(r.status, r.number) for r in results] == [
        (P.NO_DRAFT, 0),
        (P.NO_DRAFT, 0),
        (P.VERSION_CONFLICT, 0),
        (P.PUBLISHED, 1),
        (P.EXISTS, 1),
    ]
    front = await get_storefront(tx, shop_id)
    assert front.is_published
    assert front.published_at == tx.now
    told = [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 9)]
    assert told == ["ShopOpened", "DesignPublished"]


async def test_every_status_of_restoring(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    first, second = design(motto="一"), design(motto="二")
    await save_drafts(tx, [saving(shop_id, first)])
    await publish_designs(tx, [publishing(shop_id, 1)])
    await save_drafts(tx, [saving(shop_id, second, 1)])
    await publish_designs(tx, [publishing(shop_id, 2)])
    results = await restore_versions(
        tx,
        [
            restoring(new_id(), 1, 0),
            restoring(shop_id, 3, 2),
            restoring(shop_id, 2, 1),
            restoring(shop_id, 1, 1),
            restoring(shop_id, 1, 2),
        ],
    )
    assert [(r.status, r.version) for r in results] == [
        (R.VERSION_NOT_FOUND, 0),
        (R.VERSION_NOT_FOUND, 2),
        (R.EXISTS, 2),
        (R.VERSION_CONFLICT, 2),
        (R.RESTORED, 3),
    ]
    front = await get_storefront(tx, shop_id)
    # Buyers see the second until somebody publishes again.
    assert (front.draft, front.published, front.is_published) == (first, second, False)
    assert [(v.number, v.blocks) for v in await list_versions(tx, shop_id)] == [(2, 0), (1, 0)]
    assert await get_version(tx, shop_id, 1) == first
    assert await get_version(tx, shop_id, 9) is None


async def test_so_many_versions_are_kept(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    for number in range(VERSIONS_MAX + 2):
        await save_drafts(tx, [saving(shop_id, design(motto=str(number)), number)])
        await publish_designs(tx, [publishing(shop_id, number + 1)])
    kept = [version.number for version in await list_versions(tx, shop_id)]
    assert kept == list(range(VERSIONS_MAX + 2, 2, -1))


async def test_pictures_are_used_as_long_as_any_version_shows_them(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    hash = bytes.fromhex("ab" * 32)
    await add_pictures(tx, [AddPicture(owner_id=shop_id, hash=hash, width=1600, height=900, bytes=9, quota=1_000)])

    async def is_used() -> bool:
        sweep_at = await tx.connection.fetchval("select sweep_at from media.pictures where owner_id = $1", shop_id)
        return sweep_at is None

    assert not await is_used()
    await save_drafts(tx, [saving(shop_id, design(cover=PICTURE))])
    assert await is_used()
    await publish_designs(tx, [publishing(shop_id, 1)])
    await save_drafts(tx, [saving(shop_id, design(), 1)])
    assert await is_used()
    for number in range(VERSIONS_MAX):
        await save_drafts(tx, [saving(shop_id, design(motto=str(number)), number + 2)])
        await publish_designs(tx, [publishing(shop_id, number + 3)])
    assert not await is_used()


async def test_of_two_who_save_at_once_one_is_told(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)

    async def save(word: str) -> SaveDraftStatus:
        command = saving(shop_id, design(motto=word))
        (result,) = await database.retried(lambda tx: save_drafts(tx, [command]))
        return result.status

    statuses = await asyncio.gather(*(save(str(n)) for n in range(4)))
    assert sorted(statuses) == sorted([S.SAVED, *[S.VERSION_CONFLICT] * 3])


async def test_who_publishes_at_once_makes_one_version(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        await save_drafts(tx, [saving(shop_id, design(motto="好"))])

    async def publish() -> tuple[PublishDesignStatus, int]:
        (result,) = await database.retried(lambda tx: publish_designs(tx, [publishing(shop_id, 1)]))
        return result.status, result.number

    results = await asyncio.gather(*(publish() for _ in range(4)))
    assert sorted(results) == sorted([(P.PUBLISHED, 1), *[(P.EXISTS, 1)] * 3])
    async with database.read() as reader:
        assert len(await list_versions(reader, shop_id)) == 1


# ==== The page ====


async def _shelf(tx: Transaction, shop_id: UUID, wanted: Design) -> list[list[str]]:
    front = await get_front(tx, shop_id, wanted)
    assert front
    return [[card.title for card in shelf] for shelf in front.shelves]


async def test_a_page_reads_each_shelf_by_its_rule(tx: Transaction) -> None:
    shop_id, other = await opened_shop(tx), await opened_shop(tx)
    goods = [
        simple(shop_id, title="杯", tags=("手工",)),
        simple(shop_id, title="茶", kind="茶", tags=("新",)),
        product(shop_id, title="壶"),
    ]
    for each in [*goods, simple(other, title="别家的"), simple(shop_id, title="草稿", state="draft")]:
        await save_products(tx, [each])
    await tx.connection.execute(
        "update catalog.products set listed_at = listed_at + n * interval '1 second', sold = 3 - n "
        "from unnest($1::uuid[]) with ordinality as o (oid, n) where id = oid",
        [each.id for each in goods],
    )
    await stock(tx, goods[0], 5)
    shelves = await _shelf(
        tx,
        shop_id,
        design(
            Grid(id_of("1"), Ranked(GoodsOrder.NEWEST, 2)),
            Grid(id_of("2"), Ranked(GoodsOrder.BEST_SOLD, 9)),
            Grid(id_of("3"), Ranked(GoodsOrder.DEAREST, 1)),
            Grid(id_of("4"), OfKind("茶")),
            Grid(id_of("5"), Tagged("手工")),
            Grid(id_of("6"), Chosen((goods[2].id, new_id(shop_id), goods[0].id))),
            Kinds(id_of("7")),
        ),
    )
    assert shelves == [["壶", "茶"], ["杯", "茶", "壶"], ["壶"], ["茶"], ["杯"], ["壶", "杯"], []]
    front = await get_front(tx, shop_id, design(Kinds(id_of("7")), Grid(id_of("5"), Tagged("手工"))))
    assert front
    assert [(kind.kind, kind.products, kind.title) for kind in front.kinds] == [("茶具", 2, "杯"), ("茶", 1, "茶")]
    assert [card.is_sold_out for card in front.shelves[1]] == [False]
    assert await get_front(tx, new_id()) is None


async def test_goods_are_shown_by_the_operators_category_and_by_their_video(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    outer, inner, other = new_id(), new_id(), new_id()
    made = [
        SaveCategory(id=id, name=str(id), parent_id=of, actor=BY_SYSTEM) for id, of in ((outer, None), (inner, outer))
    ]
    await save_categories(tx, [*made, SaveCategory(id=other, name=str(other), actor=BY_SYSTEM)])
    cup, pot, rest = (
        simple(shop_id, title=title, category_id=id) for title, id in (("杯", outer), ("壶", inner), ("别的", other))
    )
    await save_products(tx, [cup, pot, rest, simple(shop_id, title="没有类目")])
    hash, cover = bytes(31) + b"v", bytes(31) + b"c"
    await add_pictures(
        tx,
        [
            AddPicture(owner_id=shop_id, hash=hash, width=480, height=480, bytes=9, quota=1_000, duration_ms=3_000),
            AddPicture(owner_id=shop_id, hash=cover, width=480, height=480, bytes=9, quota=1_000),
        ],
    )
    url, still = video_address(hash.hex()), address_of(cover.hex(), 480)
    shown = [
        ShowVideo(holder_id=id, owner_id=shop_id, url=url, cover=still, alt="壶", actor=BY_SYSTEM)
        for id in (pot.id, rest.id)
    ]
    assert await show_videos(tx, shown) == [ShowVideoStatus.DONE] * 2
    await withdraw_products(tx, [WithdrawProduct(product_id=rest.id, shop_id=shop_id, actor=BY_SYSTEM)])
    wanted = design(
        Grid(id_of("1"), InCategory(outer)),
        Grid(id_of("2"), InCategory(inner)),
        Grid(id_of("3"), InCategory(new_id())),
        Video(id_of("4"), pot.id),
        Video(id_of("5")),
        Video(id_of("6"), cup.id),
        Video(id_of("7"), rest.id),
    )
    front = await get_front(tx, shop_id, wanted)
    assert front
    titles = [sorted(card.title for card in shelf) for shelf in front.shelves]
    assert titles == [["壶", "杯"], ["壶"], [], ["壶"], ["壶"], [], []]
    assert [card.video.url for card in front.shelves[3] if isinstance(card, Filmed)] == [url]
    assert [one.is_hidden for one in compose(wanted, front, tx.now)] == [False, True, True, False, False, True, True]
    front = await get_front(tx, shop_id, wanted, has_choices=True)
    assert front
    assert {category.id for category in front.categories} == {outer, inner}
    assert [card.title for card in front.shelves[-2]] == ["壶"]
    assert len(front.shelves[-1]) == 3


async def test_buyers_see_what_is_published_and_else_what_the_shop_has(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    await save_products(tx, [simple(shop_id, title="杯")])
    front = await get_front(tx, shop_id)
    assert front
    assert front.design is None
    assert any(card.title == "杯" for shelf in front.shelves for card in shelf)
    wanted = design(Grid(id_of("1"), Ranked(limit=1)))
    await save_drafts(tx, [saving(shop_id, wanted)])
    front = await get_front(tx, shop_id)
    assert front
    assert front.design is None
    await publish_designs(tx, [publishing(shop_id, 1)])
    front = await get_front(tx, shop_id)
    assert front
    assert front.design == wanted
    assert [[card.title for card in shelf] for shelf in front.shelves] == [["杯"]]


async def test_lists_of_goods_are_whole_in_every_order(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    goods = [simple(shop_id, title=f"杯 {n}", kind="杯" if n % 2 else "壶") for n in range(7)]
    await save_products(tx, goods)
    for order in GoodsOrder:
        for kind, wanted in ((None, 7), ("杯", 3)):
            found: list[UUID] = []
            after: str | None = None
            while True:
                front = await get_goods(tx, shop_id, order=order, kind=kind, after=after, limit=2)
                assert front
                found += [card.id for card in front.shelves[0]]
                after = front.after
                if after is None:
                    break
            assert len(found) == len(set(found)) == wanted, order
