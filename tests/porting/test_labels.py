"""Proves that goods find their categories by what files call them, and that what a shop once said of a word counts."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalog.examples import opened_shop
from tests.porting.examples import goods_of, import_file, move, read_lines, read_run, upload, work
from weiji.catalog import Attribute, Category, Tree, get_categories
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.porting import CheckAgain, Fault, MoveRunStatus, SaveLabel, SaveLabelStatus, get_labels_of_run, save_labels
from weiji.porting.importing import called
from weiji.porting.labels import Guesser, label_of
from weiji.porting.model import LABELS_MAX, NAMES_MAX, NameNumber, NameNumberStatus
from weiji.porting.records import ProductRecord
from weiji.porting.rules import Labelling, Naming, judge_labels, judge_names

FILE = """Handle,Title,Type,Variant Price,Google Shopping / Google Product Category
shirt,蓝衬衫,Shirts,50,
cup,杯子,茶具,20,
tea,龙井,,80,"Food, Beverages & Tobacco > Beverages > Tea & Infusions"
odd,怪东西,Zzz,10,
odder,怪东西二,Zzz,10,
plain,没有类型,,10,
"""


async def tree_of(database: Database) -> Tree:
    async with database.read() as reader:
        return await get_categories(reader)


async def opened(database: Database) -> UUID:
    async with database.transaction() as tx:
        return await opened_shop(tx)


async def say(database: Database, *commands: SaveLabel) -> list[SaveLabelStatus]:
    async with database.transaction() as tx:
        return await save_labels(tx, commands)


async def categories(database: Database, shop_id: UUID) -> dict[str, str | None]:
    """What goods are filed under, by handle."""
    tree = await tree_of(database)
    goods = await goods_of(database, shop_id)
    return {
        handle: tree.categories[page.category_id].name if page.category_id else None for handle, page in goods.items()
    }


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Shirts", "服饰"),
        ("Dress", "女装"),
        ("WOMEN’S CLOTHING", "女装"),
        ("Apparel & Accessories > Clothing > Shirts & Tops", "服饰"),
        ("Home & Garden > Kitchen & Dining > Something New", "厨房与餐具"),
        ("Food, Beverages & Tobacco > Beverages > Tea & Infusions", "茶"),
        ("Ceramic mugs", "厨房与餐具"),
        ("青花瓷茶杯", "厨房与餐具"),
        ("食品/茶叶", "茶"),
        ("皮鞋", "鞋"),
        ("Sports & Outdoors", "运动户外"),
        ("Outdoor", None),  # A flower pot is, too.
        ("google:638", "厨房与餐具"),
        ("taobao:50010850", "女装"),
        ("面包", None),
        ("google:1", None),
        ("Zzz", None),
        ("> / |", None),
    ],
)
async def test_a_word_is_the_category_that_it_means(database: Database, label: str, name: str | None) -> None:
    found = Guesser(await tree_of(database)).guess(label)
    assert (found.name if found else None) == name


def test_a_word_of_another_tree_means_nothing() -> None:
    assert Guesser(Tree([])).guess("Shirts") is None


@given(st.text(max_size=300), st.dictionaries(st.sampled_from(["Categories", "cid", "Product_Category"]), st.text()))
def test_whatever_a_file_says_is_a_label_that_can_be_kept(kind: str, extra: dict[str, str]) -> None:
    label = label_of(ProductRecord(line=1, rows=(1,), handle="x", title="x", skus=(), kind=kind, extra=extra))
    assert len(label) <= 200
    assert label == label.strip()
    Guesser(Tree([])).guess(label)


async def test_goods_find_their_categories_and_what_the_shop_says_counts_from_then_on(database: Database) -> None:
    shop_id = await opened(database)
    tree = await tree_of(database)
    crafts, home = tree.find(["手作与艺术"]), tree.find(["家居"])
    assert crafts
    assert home
    run_id = await upload(database, shop_id, FILE.encode())
    await work(database)
    # The report of what is not done yet shows it.
    lines = {line.handle: line for line in await read_lines(database, run_id)}
    assert {handle: line.category for handle, line in lines.items()} == {
        "shirt": "服饰", "cup": "厨房与餐具", "tea": "", "odd": "", "odder": "", "plain": "",
    }  # fmt: skip
    assert lines["shirt"].category_en == "Clothing"
    # Food must say what it weighs, which the file does not.
    assert [(each.fault, each.value) for each in lines["tea"].problems if each.fault is Fault.CATEGORY_NOT_TAKEN] == [
        (Fault.CATEGORY_NOT_TAKEN, "食品 > 茶")
    ]
    async with database.read() as reader:
        labels = await get_labels_of_run(reader, run_id)
    assert (labels[0].label, labels[0].products, labels[0].is_said, len(labels)) == ("Zzz", 2, False, 4)
    said = [
        SaveLabel(shop_id=shop_id, label="Zzz", category_id=crafts.id),
        SaveLabel(shop_id=shop_id, label="Shirts"),
    ]
    assert await say(database, *said) == ["saved", "saved"]
    assert await move(database, CheckAgain, run_id, shop_id) is MoveRunStatus.DONE
    await work(database)
    again = {line.handle: line.category for line in await read_lines(database, run_id)}
    assert (again["odd"], again["odder"], again["shirt"], again["cup"]) == (
        "手作与艺术",
        "手作与艺术",
        "",
        "厨房与餐具",
    )
    # The next file needs no asking; and another word for it moves what is there.
    await import_file(database, shop_id, FILE.encode())
    assert (await categories(database, shop_id))["odd"] == "手作与艺术"
    assert await say(database, SaveLabel(shop_id=shop_id, label="Zzz", category_id=home.id)) == ["saved"]
    moved = await read_run(database, await import_file(database, shop_id, FILE.encode()))
    assert (moved.changed, moved.same) == (2, 4)
    assert (await categories(database, shop_id))["odder"] == "家居"
    # What is only guessed moves nothing that is there.
    assert await say(database, SaveLabel(shop_id=shop_id, label="Shirts", is_guessed=True)) == ["saved"]
    assert (await read_run(database, await import_file(database, shop_id, FILE.encode()))).same == 6
    assert (await categories(database, shop_id))["shirt"] is None


async def test_what_a_file_names_fills_the_attributes_that_are_called_so(database: Database) -> None:
    shop_id = await opened(database)
    names = "ID,Type,SKU,Name,Regular price,Categories"
    names += "".join(f",Attribute {n} name,Attribute {n} value(s)" for n in (1, 2))
    rows = "1,simple,t,龙井,80,Food > Tea,net weight,250,保质期,540\n2,simple,c,杯,9,家居,Material,紫砂,Season,春\n"
    await import_file(database, shop_id, f"{names}\n{rows}".encode())
    goods = await goods_of(database, shop_id)
    assert goods["woocommerce-1"].attributes == {"net_weight": "250", "shelf_life": "540"}
    assert goods["woocommerce-2"].attributes == {"material": "紫砂"}


def test_a_name_of_mere_marks_fills_no_attribute() -> None:
    asked = (Attribute(key="origin", name="产地"),)
    tea = Category(id=new_id(), parent_id=None, name="茶", name_en="", position=0, attributes=asked, is_retired=False)
    record = ProductRecord(line=1, rows=(1,), handle="t", title="茶", skus=(), facts={"★": "九折", "产地": "西湖"})
    assert called(Tree([tea]), tea, record) == {"origin": "西湖"}
    record = ProductRecord(line=1, rows=(1,), handle="t", title="茶", skus=(), facts={"★": "九折"})
    assert called(Tree([tea]), tea, record) == {}


async def test_each_status_of_saying_what_a_label_is(database: Database) -> None:
    shop_id = await opened(database)
    commands = [
        SaveLabel(shop_id=new_id(), label="x"),
        SaveLabel(shop_id=shop_id, label=" x\n"),
        SaveLabel(shop_id=shop_id, label="x", category_id=new_id()),
        SaveLabel(shop_id=shop_id, label="x"),
    ]
    assert await say(database, *commands) == ["shop_not_found", "invalid_label", "category_not_found", "saved"]
    state = Labelling(shop_ids={shop_id}, labels={shop_id: {str(n) for n in range(LABELS_MAX)}}, category_ids=set())
    assert judge_labels(state, [SaveLabel(shop_id=shop_id, label="x")]) == ["too_many_labels"]
    assert judge_labels(state, [SaveLabel(shop_id=shop_id, label="7")]) == ["saved"]


SHOPS = [new_id(), new_id()]
COMMANDS = st.lists(
    st.builds(
        SaveLabel,
        shop_id=st.sampled_from([*SHOPS, new_id()]),
        label=st.sampled_from(["a", "b", ""]),
        category_id=st.sampled_from([None, SHOPS[0], SHOPS[1]]),
        is_guessed=st.booleans(),
    ),
    max_size=12,
)


@given(COMMANDS)
def test_law_of_batches(commands: list[SaveLabel]) -> None:
    def state() -> Labelling:
        return Labelling(shop_ids=set(SHOPS), labels={}, category_ids={SHOPS[0]})

    one_by_one = state()
    assert judge_labels(state(), commands) == [judge_labels(one_by_one, [each])[0] for each in commands]


def test_a_name_is_mended_though_the_shop_has_as_many_as_it_may() -> None:
    shop_id = new_id()
    state = Naming(shop_ids={shop_id}, named={shop_id: {f"1:{n}" for n in range(NAMES_MAX - 1)}})
    keys = ("1:0", "1:0", "2:0", "2:0", "3:0")
    commands = [NameNumber(shop_id=shop_id, key=key, name="青") for key in keys]
    assert judge_names(state, commands) == [*[NameNumberStatus.NAMED] * 4, NameNumberStatus.TOO_MANY_NAMES]
