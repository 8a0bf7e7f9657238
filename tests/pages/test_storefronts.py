"""Proves that a shop's page shows what is published within three statements, and that its addresses lead there."""

import re
from html import unescape

from tests.pages.site import Site
from tests.storefronts.examples import PICTURE, design, id_of, publishing, saving
from weiji.events import BY_SYSTEM
from weiji.shops import ChangeHandle, UpdateShop, change_handles, update_shops
from weiji.storefronts import Grid, Heading, Ranked, Text, publish_designs, save_drafts

STATEMENTS_MAX = 3


async def publish(site: Site, *blocks: object, **look: object) -> None:
    """Show buyers a design."""
    wanted = design(*blocks, **look)  # type: ignore[arg-type]
    async with site.program.database.transaction() as tx:
        (saved,) = await save_drafts(tx, [saving(site.shop_id, wanted)])
        await publish_designs(tx, [publishing(site.shop_id, saved.version)])


async def test_a_shop_that_designed_nothing_has_a_page(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as buyer:
        for query in (
            "",
            "?tab=goods",
            "?tab=goods&order=cheapest",
            "?tab=newest",
            "?tab=goods&kind=%E8%8C%B6",
            "?tab=x",
        ):
            await buyer.visit(f"/shops/{site.handle}{query}")
            assert buyer.status == 200
            assert buyer.statements <= STATEMENTS_MAX
            assert "手工桂花乌龙茶" in buyer.text, query
        await buyer.visit(f"/shops/{site.handle}?tab=goods&kind=none")
        assert "这里什么也没有" in buyer.text
        await buyer.visit(f"/shops/{site.handle}")
        assert "一座山，三户人家，自己种的茶。" in buyer.text
        assert f'href="http://weiji.test/shops/{site.handle}"' in unescape(buyer.page)
        assert '"@type": "OnlineStore"' in unescape(buyer.page)


async def test_buyers_see_what_is_published(site: Site) -> None:
    blocks = (Heading(id_of("1"), "秋天的茶"), Grid(id_of("2"), Ranked()), Text(id_of("3"), "<p>慢慢喝<b>好</b></p>"))
    await publish(site, *blocks, motto="一年一季", cover=PICTURE)
    async with site.browser() as buyer:
        await buyer.visit(f"/shops/{site.handle}")
        assert buyer.statements <= STATEMENTS_MAX
        for words in ("秋天的茶", "手工桂花乌龙茶", "慢慢喝", "一年一季"):
            assert words in buyer.text
        assert f'<meta property="og:image" content="http://weiji.test{PICTURE}">' in unescape(buyer.page)
        await buyer.visit(f"/shops/{site.handle}?tab=goods")
        assert "秋天的茶" not in buyer.text
        assert "一年一季" in buyer.text


async def test_a_closed_shop_says_so(site: Site) -> None:
    command = UpdateShop(shop_id=site.shop_id, actor=BY_SYSTEM, status="closed")  # type: ignore[arg-type]
    async with site.program.database.transaction() as tx:
        await update_shops(tx, [command])
    async with site.browser() as buyer:
        await buyer.visit(f"/shops/{site.handle}")
        assert "这家店现在不营业，东西只能看看。" in buyer.text


async def test_the_short_address_and_every_former_one_lead_to_the_page(site: Site) -> None:
    command = ChangeHandle(shop_id=site.shop_id, handle="the-new-name", actor=BY_SYSTEM)
    async with site.browser() as buyer:
        await buyer.visit(f"/s/{site.handle}")
        assert buyer.path == f"/shops/{site.handle}"
        async with site.program.database.transaction() as tx:
            await change_handles(tx, [command])
        for path in (f"/s/{site.handle}", f"/shops/{site.handle}", "/s/the-new-name", "/shops/the-new-name"):
            await buyer.visit(path)
            assert (buyer.status, buyer.path) == (200, "/shops/the-new-name")
        await buyer.visit(f"/shops/{site.handle}?tab=newest")
        assert buyer.path == "/shops/the-new-name?tab=newest"
        for path in ("/s/nobody", "/shops/nobody", "/s/nobody/qr.svg", "/s/nobody/qr.png", "/s/%00"):
            await buyer.visit(path)
            assert buyer.status == 404, path


async def test_qr_codes_are_drawn(site: Site) -> None:
    async with site.browser() as buyer:
        svg = await buyer.client.get(f"/s/{site.handle}/qr.svg")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert re.search(r"<svg [^>]*viewBox=", svg.text)
        png = await buyer.client.get(f"/s/{site.handle}/qr.png")
        assert png.headers["content-type"] == "image/png"
        assert png.content.startswith(b"\x89PNG")


async def test_site_maps_name_open_shops_and_their_goods(site: Site) -> None:
    async with site.browser() as robot:
        index = (await robot.client.get("/sitemap.xml")).text
        maps = re.findall(r"<loc>http://weiji.test(/sitemaps/\d+)</loc>", index)
        assert len(maps) == 1
        listed = (await robot.client.get(maps[0])).text
        paths = set(re.findall(r"<loc>http://weiji.test([^<]+)</loc>", listed))
        assert paths == {f"/shops/{site.handle}", f"/products/{site.product_id}"}
        assert (await robot.client.get("/sitemaps/64")).status_code == 404
        # Nothing in a sandbox is real, so that nobody is to find it.
        assert (await robot.client.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
