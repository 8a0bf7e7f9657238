"""Proves that it can be told what a product said at any time, and that nothing is kept that reads the same."""

from datetime import timedelta

from msgspec import UNSET
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, simple
from weiji.catalog import (
    Attribute,
    AttributeKind,
    SaveCategory,
    SaveProductStatus,
    SaveSku,
    get_texts_at,
    save_categories,
    save_products,
)
from weiji.catalog.former_texts import KEPT_FOR, forget_former_texts
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id

MINUTE = timedelta(minutes=1)


async def test_what_was_said_is_found_by_its_time(tx: Transaction) -> None:
    weight = Attribute(key="weight", name="净含量", kind=AttributeKind.NUMBER, unit="克")
    tea = SaveCategory(id=new_id(), name="茶", attributes=(weight,), actor=BY_SYSTEM)
    await save_categories(tx, [tea])
    first = simple(
        await opened_shop(tx), description_html="<p>手工</p>", category_id=tea.id, attributes={"weight": "250"}
    )
    dearer = replace(first, skus=(SaveSku(id=first.skus[0].id, price=19_99),))
    second = replace(dearer, description_html="<p>机制</p>")
    saved = [(await save_products(tx, [command]))[0].status for command in (first, dearer, second)]
    assert saved == [SaveProductStatus.CREATED, SaveProductStatus.UPDATED, SaveProductStatus.UPDATED]
    assert await tx.connection.fetchval("select count(*) from catalog.former_texts") == 1, "a price is no text"
    before, after, stranger = await get_texts_at(
        tx, [(first.id, tx.now - MINUTE), (first.id, tx.now), (new_id(first.id), tx.now)]
    )
    assert before is not None
    assert after is not None
    assert (before.description_html, after.description_html) == ("<p>手工</p>", "<p>机制</p>")
    assert [(each.name, each.value) for each in before.attributes] == [("净含量", "250 克")], "as buyers read it"
    assert stranger is None


async def test_a_text_of_before_texts_were_kept_says_of_which_time_it_is(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    changed, unchanged = simple(shop_id), simple(shop_id, handle="another")
    for command in (changed, unchanged, replace(changed, title="另一个名字")):
        await save_products(tx, [command])
    since = tx.now + MINUTE
    await tx.connection.execute("set role none")
    await tx.connection.execute("update catalog.text_keeping set since = $1", since)
    await tx.connection.execute("set role weiji_app")
    asked = [(product.id, tx.now - back) for product in (changed, unchanged) for back in (MINUTE, 0 * MINUTE)]
    found = [text and (text.title, text.as_of) for text in await get_texts_at(tx, asked)]
    known = (changed.title, UNSET)
    assert found == [(changed.title, since), ("另一个名字", UNSET), (unchanged.title, since), (unchanged.title, UNSET)]
    await tx.connection.execute("set role none")
    await tx.connection.execute("update catalog.text_keeping set since = $1", tx.now - MINUTE)
    await tx.connection.execute("set role weiji_app")
    (text,) = await get_texts_at(tx, asked[:1])
    assert text is not None
    assert (text.title, text.as_of) == known


async def test_what_nobody_may_ask_for_any_more_is_forgotten(database: Database) -> None:
    async with database.transaction() as tx:
        first = simple(await opened_shop(tx))
        await save_products(tx, [first])
        await save_products(tx, [replace(first, title="另一个名字")])
        now = tx.now
    offset = clock.CLOCK.offset
    try:
        for by, title in ((KEPT_FOR - MINUTE, first.title), (KEPT_FOR + MINUTE, "另一个名字")):
            clock.CLOCK.follow(offset + by)
            await forget_former_texts(database, 1)
            async with database.read() as reader:
                (found,) = await get_texts_at(reader, [(first.id, now - MINUTE)])
            assert found is not None
            assert found.title == title
    finally:
        clock.CLOCK.follow(offset)
