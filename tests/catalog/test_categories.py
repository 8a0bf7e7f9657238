"""Proves that the tree of categories stays a tree, that products say what it asks, and every status of both."""

import re
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.examples import opened_shop, product, simple
from tests.plans import plan
from weiji.catalog import (
    Attribute,
    AttributeKind,
    ProductState,
    SaveCategory,
    SaveCategoryStatus,
    SaveProductStatus,
    Tree,
    get_categories,
    get_category_page,
    get_product_page,
    save_categories,
    save_products,
    store,
)
from weiji.catalog.categories import CATEGORIES_MAX, DEPTH_MAX, judge_categories
from weiji.catalog.store import SQL
from weiji.events import BY_SYSTEM, Actor, outbox
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id

S = SaveCategoryStatus
P = SaveProductStatus
replace = msgspec.structs.replace

ORIGIN = Attribute(key="origin", name="产地", name_en="Origin")
WEIGHT = Attribute(key="weight", name="净含量", kind=AttributeKind.NUMBER, unit="g", is_required=True)
SORT = Attribute(key="sort", name="茶类", kind=AttributeKind.CHOICE, choices=("绿茶", "红茶"))


def category(name: str = "茶", **changes: Any) -> SaveCategory:
    return SaveCategory(**{"id": new_id(), "name": name, "actor": BY_SYSTEM} | changes)


async def test_a_tree_for_general_use_is_there_to_begin_with(tx: Transaction) -> None:
    tree = await get_categories(tx)
    names = [each.name for each in tree.children_of(None)]
    assert {"服饰", "食品", "家居"} <= set(names)
    tea = next(each for each in tree.all() if each.name == "茶")
    assert [each.name_en for each in tree.path_of(tea.id)] == ["Food", "Tea"]
    assert {each.name for each in tree.attributes_of(tea.id)} >= {"净含量", "保质期", "茶类"}
    assert all(each.name_en for each in tree.all())
    # What was shipped is what may be saved: nothing in it would be refused.
    blank = Tree(())
    saves = [
        SaveCategory(actor=BY_SYSTEM, **{name: getattr(each, name) for name in each.__struct_fields__})
        for each in tree.all()
    ]
    assert set(judge_categories(blank, saves)) == {S.CREATED}
    assert blank.categories == tree.categories


async def test_every_status(tx: Transaction) -> None:
    outer = category("外", attributes=(ORIGIN,))
    inner = category("中", parent_id=outer.id)
    innermost = category("内", parent_id=inner.id)
    commands = [
        outer,
        inner,
        innermost,
        outer,
        replace(outer, name="外面"),
        category(" "),
        category(name_en="x" * 61),
        category(position=-1),
        category(attributes=(ORIGIN, ORIGIN)),
        category(attributes=(replace(ORIGIN, key="No"),)),
        category(attributes=(replace(SORT, choices=()),)),
        category(attributes=(replace(ORIGIN, choices=("a",)),)),
        category(attributes=(replace(ORIGIN, unit="g"),)),
        category(attributes=tuple(replace(ORIGIN, key=f"k{n}", name=f"n{n}") for n in range(31))),
        category(parent_id=new_id()),
        replace(outer, parent_id=outer.id),
        replace(outer, parent_id=innermost.id),
        category("太深", parent_id=innermost.id),
    ]
    assert await save_categories(tx, commands) == [
        *[S.CREATED] * 3,
        S.EXISTS,
        S.UPDATED,
        S.INVALID_NAME,
        S.INVALID_NAME,
        S.INVALID_POSITION,
        *[S.INVALID_ATTRIBUTES] * 6,
        S.PARENT_NOT_FOUND,
        S.PARENT_INSIDE,
        S.PARENT_INSIDE,
        S.TOO_DEEP,
    ]
    other = category("别的")
    assert await save_categories(tx, [other, replace(outer, name="外面", parent_id=other.id)]) == [
        S.CREATED,
        S.TOO_DEEP,
    ]
    tree = await get_categories(tx)
    assert [each.name for each in tree.path_of(innermost.id)] == ["外面", "中", "内"]
    full = Tree([replace(tree.categories[outer.id], id=UUID(int=n)) for n in range(CATEGORIES_MAX)])
    assert judge_categories(full, [category()]) == [S.TOO_MANY_CATEGORIES]


async def test_what_the_staff_does_is_told(tx: Transaction) -> None:
    person_id = new_id()
    made = category("新类目", actor=Actor("staff", person_id))
    await save_categories(tx, [made, made])
    (event,) = await outbox.get_events(tx, person_id, 0, 9)
    assert event["type"] == "CategorySaved"


IDS = [UUID(int=n) for n in range(1, 7)]
COMMANDS = st.builds(
    SaveCategory,
    id=st.sampled_from(IDS),
    name=st.sampled_from(["a", "b", ""]),
    parent_id=st.sampled_from([None, *IDS]),
    actor=st.just(BY_SYSTEM),
    is_retired=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(COMMANDS, max_size=16))
def test_law_of_batches_and_a_tree_it_stays(batch: list[SaveCategory]) -> None:
    one, other = Tree(()), Tree(())
    whole = judge_categories(one, batch)
    assert whole == [status for command in batch for status in judge_categories(other, [command])]
    assert one.categories == other.categories
    assert {each.id for each in one.all()} == set(one.categories)  # Each is reached from outside: there is no circle.
    assert all(1 <= len(one.path_of(id)) <= DEPTH_MAX for id in one.categories)


async def tea_of(tx: Transaction) -> SaveCategory:
    food = category("食物", attributes=(ORIGIN, WEIGHT))
    tea = category("茶叶", parent_id=food.id, attributes=(SORT,))
    await save_categories(tx, [food, tea])
    return tea


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({"weight": "250", "sort": "红茶", "origin": "武夷山"}, P.CREATED),
        ({"weight": "0.5"}, P.CREATED),
        ({}, P.MISSING_ATTRIBUTE),
        ({"weight": "250", "colour": "红"}, P.INVALID_ATTRIBUTES),
        ({"weight": "250", "sort": "咖啡"}, P.INVALID_ATTRIBUTES),
        ({"weight": "-1"}, P.INVALID_ATTRIBUTES),
        ({"weight": "1e3"}, P.INVALID_ATTRIBUTES),
        ({"weight": "250", "origin": "两\n行"}, P.INVALID_ATTRIBUTES),
        ({"weight": "250", "origin": ""}, P.INVALID_ATTRIBUTES),
        ({"weight": "250", "origin": "x" * 201}, P.INVALID_ATTRIBUTES),
    ],
)
async def test_products_say_what_their_category_asks(tx: Transaction, attributes: dict[str, str], status: P) -> None:
    shop_id, tea = await opened_shop(tx), await tea_of(tx)
    command = simple(shop_id, category_id=tea.id, attributes=attributes)
    (result,) = await save_products(tx, [command])
    assert result.status is status
    found = await get_product_page(tx, command.id)
    assert (found is not None) == (status is P.CREATED)
    if found:
        assert (found.category_id, found.attributes) == (tea.id, attributes)


async def test_a_category_must_be_there_and_attributes_need_one(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    commands = [simple(shop_id, category_id=new_id()), simple(shop_id, attributes={"a": "b"}), simple(shop_id)]
    results = await save_products(tx, commands)
    assert [each.status for each in results] == [P.CATEGORY_NOT_FOUND, P.INVALID_ATTRIBUTES, P.CREATED]


@pytest.mark.parametrize("few", [2, store.FEW], ids=["walked", "sorted"])
async def test_a_category_lists_what_lies_in_it(tx: Transaction, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(store, "FEW", few)
    shop_id, tea = await opened_shop(tx), await tea_of(tx)
    facts = {"category_id": tea.id, "attributes": {"weight": "1"}}
    listed = [product(shop_id, **facts) for _ in range(3)]
    await save_products(tx, [*listed, simple(shop_id, state=ProductState.DRAFT, **facts), simple(shop_id)])
    tree = await get_categories(tx)
    assert tea.parent_id
    inside = [each.id for each in tree.inside(tea.parent_id)]
    first = await get_category_page(tx, inside, limit=2)
    assert len(first.products) == 2
    assert first.after
    rest = await get_category_page(tx, inside, after=first.after, limit=2)
    assert rest.after is None
    assert {each.id for each in (*first.products, *rest.products)} == {each.id for each in listed}
    (each,) = (await get_category_page(tx, [tea.id], limit=1)).products
    assert (await get_category_page(tx, [tea.id], limit=3)).products[0].id == each.id
    told = await plan(tx, SQL.get_category_page)
    assert "using products_of_category on" in told, "one that has few is not looked for among all goods"
    assert re.search(r"Index Cond: .*category_id = \(\$1\)\[1\]", told), told
