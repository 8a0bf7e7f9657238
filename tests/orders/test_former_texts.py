"""Proves that of what products said that is kept which somebody ordered under, however often a shop changes it."""

from datetime import timedelta
from uuid import UUID

from tests.orders.market import open_market
from weiji.catalog import Option, SaveProduct, SaveProductStatus, SaveSku, get_texts_at, save_products
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders.handlers import TEXTS_KEPT_FROM, TEXTS_SIFTED_AFTER, sift_texts

MINUTE = timedelta(minutes=1)
SAVED = (SaveProductStatus.CREATED, SaveProductStatus.UPDATED)


async def test_a_text_is_kept_that_stood_for_long_or_was_ordered_under(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:

        async def say(words: str, other: UUID | None = None) -> None:
            ids = [new_id(other) for _ in market.skus] if other else market.skus
            async with database.transaction() as tx:
                product = SaveProduct(
                    id=other or product_id,
                    shop_id=market.shop_id,
                    title="青花瓷茶杯",
                    description_html=f"<p>{words}</p>",
                    skus=tuple(
                        SaveSku(id=sku, choices=(name,), price=price)
                        for sku, price, name in zip(ids, market.prices, ("小", "大"), strict=True)
                    ),
                    options=(Option(name="尺寸", values=("小", "大")),),
                    actor=Actor("person", market.seller_id),
                )
                assert (await save_products(tx, [product]))[0].status in SAVED

        async def kept() -> list[str]:
            async with database.read() as reader:
                rows = await reader.connection.fetch(
                    "select description_html from catalog.former_texts order by until_at"
                )
            return [row[0].removeprefix("<p>").removesuffix("</p>") for row in rows]

        def pass_by(span: timedelta) -> None:
            clock.CLOCK.follow(clock.CLOCK.offset + span)

        async with database.read() as reader:
            product_id = await reader.connection.fetchval("select id from catalog.products")
        unsold = new_id(product_id)
        await say("一")
        await say("没有人买的", unsold)
        for words in ("二", "三", "四", "五"):
            pass_by(MINUTE)
            if words == "四":
                ordered, _ = await market.place(new_id())
            pass_by(MINUTE)
            await say(words)
        await say("改过的", unsold)
        pass_by(TEXTS_KEPT_FROM)
        await say("六")
        pass_by(TEXTS_SIFTED_AFTER - MINUTE)
        assert await sift_texts(database, 500) == 6, "an order from before the last change may not be written yet"
        pass_by(2 * MINUTE)
        assert [await sift_texts(database, 500) for _ in range(2)] == [1, 0]
        assert await kept() == ["三", "五"], "one was ordered under, the other stood for a day"
        placed_at = (await market.order(ordered)).placed_at
        async with database.read() as reader:
            (found,) = await get_texts_at(reader, [(product_id, placed_at)])
        assert found is not None
        assert found.description_html == "<p>三</p>"
