"""Proves that pictures of a file are brought after its goods: once, whatever is broken, without what cameras add."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from tests.catalog.examples import opened_shop
from tests.kit.test_fetching import moved, ok, served
from tests.media.examples import picture
from tests.porting.examples import goods_of, import_file, read_lines, read_run, undo, upload, work
from weiji.catalog import ProductPage, ProductState, save_products
from weiji.events import BY_SYSTEM
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database
from weiji.kit.fetching import Fetcher
from weiji.media import files, get_usage
from weiji.porting import Fault, Outcome, Run, RunState, Undoing, pictures
from weiji.porting.pictures import CLAIM, Bringer
from weiji.porting.records import saved
from weiji.settings import Settings
from weiji.web.pictures import read_address

RED, WIDE = picture(40, 30), picture(60, 30, "PNG")

HEAD = "title\tcid\tprice\tnum\tskuProps\tpicture\tpropAlias\tnum_id\n"
PACKAGE = (
    HEAD + "T恤\t1\t19.90\t3\t19.90:3::1627207:28341;29.90:4::1627207:28338;"
    "\taa11:1:0:|;bb22:1:1:|;cc33:2:0:1627207:28338|;dd44:1:2:|;ee55:1:3:|;\t1627207:28341:黑;1627207:28338:蓝;\t77\n"
    "帽\t1\t9.90\t3\t\tbb22:1:0:|;\t\t78\n"
)


def packed(text: str = PACKAGE, **members: bytes) -> bytes:
    """A data package: a CSV, and a folder of pictures."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("八月.csv", text.encode("utf-16"))
        for name, content in members.items():
            package.writestr(f"八月/{name}.tbi", content)
    return target.getvalue()


EXIF = Image.Exif()
EXIF[0x010E] = "home address"
PICTURES = {"AA11": picture(40, 30, exif=EXIF), "bb22": WIDE, "cc33": picture(50, 30), "dd44": b"no picture at all"}


@pytest.fixture
async def bringer(database: Database, tmp_path: Path) -> AsyncIterator[Bringer]:
    """What brings pictures; it may ask this machine."""
    batchers = Batchers(database, Lanes(2))
    made = Bringer(database, batchers, Settings(data=tmp_path, fetch_inside=True))
    yield made
    made.close()
    await batchers.close()


async def bring(bringer: Bringer) -> None:
    """Bring all there is to bring."""
    while await bringer.work():
        pass


def own(product: ProductPage) -> list[str]:
    """The pictures of a product that lie with us."""
    return [each.url for each in product.pictures if read_address(each.url)]


async def test_pictures_of_a_package_are_brought_to_products_and_choices(
    database: Database, shop_id: UUID, bringer: Bringer, tmp_path: Path
) -> None:
    run_id = await upload(database, shop_id, packed(**PICTURES), "八月.zip")
    await work(database)
    run = await read_run(database, run_id)
    assert (run.state, run.pictures) == (RunState.CHECKED, 5)
    await bring(bringer)
    assert await goods_of(database, shop_id) == {}

    run_id = await import_file(database, shop_id, packed(**PICTURES))
    run = await read_run(database, run_id)
    assert (run.state, run.is_bringing, run.pictures_taken) == (RunState.IMPORTED, True, 0)
    await bring(bringer)
    run = await read_run(database, run_id)
    assert (run.is_bringing, run.pictures_taken, run.pictures_missed, run.warned) == (False, 4, 1, 1)
    goods = await goods_of(database, shop_id)
    shirt, hat = goods["taobao-77"], goods["taobao-78"]
    assert len(own(shirt)) == 3
    assert [each.width for each in shirt.pictures if read_address(each.url)] == [40, 60, 50]
    assert shirt.skus[1].picture == own(shirt)[2]
    assert own(hat) == [own(shirt)[1]]
    first, _ = await read_lines(database, run_id)
    assert [(p.fault, p.column, p.value.partition("?")[0]) for p in first.problems] == [
        (Fault.PICTURE_MISSING, "picture", "ee55.tbi"),
        (Fault.PICTURE_NOT_TAKEN, "not_a_picture", "package:dd44.tbi"),
    ]
    found = read_address(own(shirt)[0])
    assert found
    content = files.read(tmp_path, *found)
    assert content
    assert b"home address" in PICTURES["AA11"]
    assert b"home address" not in content
    assert not Image.open(BytesIO(content)).getexif()


async def test_a_package_that_comes_again_changes_nothing(database: Database, shop_id: UUID, bringer: Bringer) -> None:
    await import_file(database, shop_id, packed(**PICTURES))
    await bring(bringer)
    before = await goods_of(database, shop_id)
    async with database.read() as reader:
        usage = await get_usage(reader, shop_id)
    run_id = await import_file(database, shop_id, packed(**PICTURES))
    await bring(bringer)
    run = await read_run(database, run_id)
    assert (run.made, run.changed, run.same) == (0, 0, 2)
    assert (run.pictures, run.pictures_taken, run.pictures_missed) == (1, 0, 1)
    assert await goods_of(database, shop_id) == before
    async with database.read() as reader:
        assert await get_usage(reader, shop_id) == usage
    assert usage.pictures == 3


async def test_undoing_takes_back_what_pictures_were_brought_to(
    database: Database, shop_id: UUID, bringer: Bringer
) -> None:
    await import_file(database, shop_id, packed())
    before = await goods_of(database, shop_id)
    # The same goods with a picture each: what was the same is changed by its picture.
    run_id = await import_file(database, shop_id, packed(bb22=WIDE))
    await bring(bringer)
    run = await read_run(database, run_id)
    assert (run.changed, run.same, run.pictures_taken) == (2, 0, 2)
    await undo(database, run_id, shop_id)
    after = await goods_of(database, shop_id)
    assert {handle: each.pictures for handle, each in after.items()} == {
        handle: each.pictures for handle, each in before.items()
    }
    first_id = await import_file(database, shop_id, packed(HEAD + "壶\t1\t9\t3\t\taa11:1:0:|;\t\t79\n", aa11=RED))
    await bring(bringer)
    await undo(database, first_id, shop_id)
    assert (await goods_of(database, shop_id))["taobao-79"].state is ProductState.WITHDRAWN
    assert [line.undoing for line in await read_lines(database, first_id)] == [Undoing.WITHDRAWN]


async def test_what_is_undone_is_brought_no_pictures(database: Database, shop_id: UUID, bringer: Bringer) -> None:
    run_id = await import_file(database, shop_id, packed(**PICTURES))
    await undo(database, run_id, shop_id)
    assert await bringer.work() == 0
    assert [own(each) for each in (await goods_of(database, shop_id)).values()] == [[], []]


async def test_a_product_that_is_edited_meanwhile_keeps_what_was_edited(
    database: Database, shop_id: UUID, bringer: Bringer
) -> None:
    run_id = await import_file(database, shop_id, packed(**PICTURES))
    hat = (await goods_of(database, shop_id))["taobao-78"]
    async with database.transaction() as tx:
        command = saved(hat, BY_SYSTEM)
        await save_products(tx, [type(command)(**_facts(command) | {"title": "我的帽子"})])
    await bring(bringer)
    hat = (await goods_of(database, shop_id))["taobao-78"]
    assert (hat.title, len(own(hat))) == ("我的帽子", 1)
    await undo(database, run_id, shop_id)
    lines = {line.handle: line.undoing for line in await read_lines(database, run_id)}
    assert lines == {"taobao-77": Undoing.WITHDRAWN, "taobao-78": Undoing.EDITED_SINCE}


def _facts(command: object) -> dict[str, object]:
    return {name: getattr(command, name) for name in command.__struct_fields__}  # type: ignore[attr-defined]


def shopify(*urls: str) -> bytes:
    """A file whose products name pictures elsewhere."""
    rows = "".join(f"p{n},Product {n},5,{url}\n" for n, url in enumerate(urls))
    return f"Handle,Title,Variant Price,Image Src\n{rows}".encode()


def shop_window(path: str) -> bytes:
    """Pictures on somebody's server, and what else may be there."""
    match path:
        case "/1.jpg":
            return ok(RED)
        case "/2.jpg":
            return moved("/1.jpg")
        case "/page.html":
            return ok(b"<html>" * 10)
        case "/deep.png":
            return ok(WIDE[:60])
        case _:
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


async def test_pictures_that_lie_elsewhere_are_fetched(database: Database, shop_id: UUID, bringer: Bringer) -> None:
    async with served(shop_window) as (there, heads):
        paths = ("1.jpg", "2.jpg", "page.html", "deep.png", "none.jpg", "1.jpg")
        data = shopify(*(f"{there}/{path}" for path in paths), "ftp://a.example/1.jpg")
        run_id = await import_file(database, shop_id, data)
        await bring(bringer)
        run = await read_run(database, run_id)
        assert (run.pictures, run.pictures_taken, run.pictures_missed) == (6, 3, 3)
        goods = await goods_of(database, shop_id)
        assert own(goods["p0"]) == own(goods["p1"]) == own(goods["p5"]) != []
        # What can't be brought stays an address.
        assert [each.url for each in goods["p4"].pictures] == [f"{there}/none.jpg"]
        faults = {line.handle: [p.column for p in line.problems] for line in await read_lines(database, run_id)}
        assert {handle: told for handle, told in faults.items() if told} == {
            "p2": ["not_a_picture"],
            "p3": ["damaged"],
            "p4": ["status_404"],
        }
        asked = len(heads)
        run_id = await import_file(database, shop_id, data)
        run = await read_run(database, run_id)
        assert (run.made, run.changed, run.same, run.pictures) == (0, 0, 7, 3)
        await bring(bringer)
        # Only what failed is asked for again.
        assert len(heads) == asked + 3
        assert all(line.outcome is Outcome.SAME for line in await read_lines(database, run_id))


async def test_nothing_inside_is_asked_where_the_operator_does_not_allow_it(
    database: Database, shop_id: UUID, bringer: Bringer
) -> None:
    assert not Settings().fetch_inside
    bringer.fetcher = Fetcher()
    async with served(shop_window) as (there, heads):
        run_id = await import_file(database, shop_id, shopify(f"{there}/1.jpg"))
        await bring(bringer)
        assert heads == []
    (line,) = await read_lines(database, run_id)
    assert [problem.column for problem in line.problems] == ["private_address"]


async def test_a_server_that_is_busy_is_asked_again(
    database: Database, shop_id: UUID, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PAUSES", (0.0, 0.0))
    answers = [
        b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 429 Busy\r\ncontent-length: 0\r\n\r\n",
        ok(RED),
    ]
    async with served(lambda _: answers.pop(0)) as (there, _):
        run_id = await import_file(database, shop_id, shopify(f"{there}/1.jpg"))
        await bring(bringer)
    assert (await read_run(database, run_id)).pictures_taken == 1


async def test_two_processes_bring_each_picture_once(
    database: Database, shop_id: UUID, bringer: Bringer, tmp_path: Path
) -> None:
    other = Bringer(database, bringer.batchers, bringer.settings)
    async with served(lambda _: ok(RED)) as (there, heads):
        run_id = await import_file(database, shop_id, shopify(*(f"{there}/{n}.jpg" for n in range(8))))
        await asyncio.gather(bring(bringer), bring(other))
        run = await read_run(database, run_id)
    assert (run.pictures_taken, run.pictures_missed, len(heads)) == (8, 0, 8)


async def test_what_a_process_left_is_taken_up_once_its_claim_has_ended(
    database: Database, shop_id: UUID, bringer: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(lambda _: ok(RED)) as (there, _):
        run_id = await import_file(database, shop_id, shopify(f"{there}/1.jpg"))

        async def crash(*_given: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as patched:
            patched.setattr(bringer, "_take", crash)
            await bringer.work()
        assert await bringer.work() == 0
        CLOCK.follow(CLAIM)
        await bring(bringer)
    assert (await read_run(database, run_id)).pictures_taken == 1


async def test_a_full_quota_is_told_of(database: Database, shop_id: UUID, bringer: Bringer, tmp_path: Path) -> None:
    bringer.settings = Settings(data=tmp_path, pictures_mb=1)
    noise = Image.effect_noise((1600, 1600), 90).convert("RGB")
    target = BytesIO()
    noise.save(target, "PNG")
    members = {"aa11": target.getvalue(), "bb22": RED}
    run_id = await import_file(database, shop_id, packed(**members))
    await bring(bringer)
    lines = await read_lines(database, run_id)
    assert "quota_exceeded" in [p.column for line in lines for p in line.problems]
    assert (await read_run(database, run_id)).pictures_taken == 2


async def test_no_run_waits_for_all_of_another(database: Database, shop_id: UUID, bringer: Bringer) -> None:
    order: list[str] = []

    def note(name: str) -> Callable[[str], bytes]:
        return lambda path: order.append(f"{name}{path}") or ok(RED)  # type: ignore[func-returns-value]

    async with database.transaction() as tx:
        other_id = await opened_shop(tx)
    async with served(note("long")) as (one, _), served(note("short")) as (two, _):
        await import_file(database, shop_id, shopify(*(f"{one}/{n}" for n in range(12))))
        await import_file(database, other_id, shopify(f"{two}/0"))
        await bring(bringer)
    assert order.index("short/0") < 4


async def test_a_picture_that_was_swept_is_brought_again(database: Database, shop_id: UUID, bringer: Bringer) -> None:
    await import_file(database, shop_id, packed(bb22=WIDE))
    await bring(bringer)
    await database.pool.execute("delete from media.pictures")
    run_id = await import_file(database, shop_id, packed(bb22=WIDE))
    await bring(bringer)
    run: Run = await read_run(database, run_id)
    assert run.pictures_taken == 2
