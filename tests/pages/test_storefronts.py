"""Proves that a shop's page shows what is published within three statements, that its addresses lead there, and that
its merchant can build it by plain forms."""

import json
import re
from html import unescape

from tests.media.examples import picture
from tests.pages.site import Browser, Site, forms_of
from tests.storefronts.examples import PICTURE, design, id_of, publishing, saving
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
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


async def test_a_product_tells_others_what_it_is(site: Site) -> None:
    async with site.browser() as buyer:
        await buyer.visit(f"/products/{site.product_id}")
        found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', buyer.page, re.DOTALL)
        assert found
        data = json.loads(found[1])
        assert (data["@type"], data["name"]) == ("Product", "手工桂花乌龙茶")
        assert data["description"] == "秋天的桂花， 三道 窨制。"
        offers = data["offers"]
        assert (offers["lowPrice"], offers["highPrice"], offers["offerCount"]) == ("98.00", "198.00", 2)
        assert offers["availability"] == "https://schema.org/InStock"
        assert offers["seller"]["url"] == f"http://weiji.test/shops/{site.handle}"
        assert f'<link rel="canonical" href="http://weiji.test/products/{site.product_id}">' in unescape(buyer.page)


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
        for path in (
            f"/s/{site.handle}",
            f"/shops/{site.handle}",
            "/s/the-new-name",
            "/shops/the-new-name",
            "/s/The-New-Name",
        ):
            await buyer.visit(path)
            assert (buyer.status, buyer.path) == (200, "/shops/the-new-name")
        await buyer.visit(f"/shops/{site.handle}?tab=newest")
        assert buyer.path == "/shops/the-new-name?tab=newest"
        for path in ("/s/nobody", "/shops/nobody", "/s/nobody/qr.svg", "/s/nobody/qr.png", "/s/%00"):
            await buyer.visit(path)
            assert buyer.status == 404, path


async def test_any_page_has_a_title_and_a_picture_where_it_is_shared_and_caches_know_what_it_varies_by(
    site: Site,
) -> None:
    async with site.browser() as buyer:
        for path in ("/", "/categories", "/help/money-held", "/sign-in"):
            answer = await buyer.client.get(path, headers={"accept-encoding": "gzip"})
            found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]+)">', unescape(answer.text)))
            assert found["image"].startswith("http://weiji.test/static/icon-512"), path
            assert found["title"] == "微集" or f"<title>{found['title']} · " in unescape(answer.text)
            assert answer.headers["content-encoding"] == "gzip"
            vary = ", ".join(answer.headers.get_list("vary")).lower()
            assert {"accept-encoding", "hx-request", "cookie"} <= set(vary.split(", ")), path


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


# ==== The builder, by plain forms ====


def blocks_of(browser: Browser) -> list[str]:
    """List the blocks that the builder shows, in order."""
    found = re.findall(r'href="[^"]*/storefront/blocks/([0-9a-f-]{36})"', unescape(browser.page))
    return list(dict.fromkeys(found))


async def test_a_page_is_built_previewed_published_and_restored_without_scripts(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/storefront"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser() as buyer:
        await seller.visit(here)
        assert seller.statements <= STATEMENTS_MAX
        assert "还没有改过：这一页由店里的东西自动排成。" in seller.text
        await seller.send("/storefront/start", start="simple")
        assert "草稿换好了，买家还看不到。" in seller.text
        for kind, fields, words in (
            ("heading", {"text": "秋天的茶", "note": "慢慢喝"}, "秋天的茶"),
            ("text", {"html": "第一段\n\n<b>第二段</b>"}, "第二段"),
            ("notice", {"text": "明天放假", "from_at": "2020-01-01T00:00", "target": "goods:newest"}, "明天放假"),
            ("grid", {"title": "自己挑的", "source": "chosen", "product": str(site.product_id)}, "自己挑的"),
            ("grid", {"title": "平台的类", "source": f"category:{new_id()}"}, "买家现在看不到"),
            ("video", {"title": "一段视频"}, "买家现在看不到"),
            ("spacer", {"size": "large", "has_line": "1"}, "间隔"),
            ("kinds", {"title": "类目"}, "买家现在看不到"),
            ("coupons", {}, "优惠券"),
        ):
            await seller.visit(here)
            await seller.send("/storefront/blocks", type=kind)
            assert "/storefront/blocks/" in seller.path
            assert seller.statements <= STATEMENTS_MAX
            if fields:
                await seller.send(seller.path, **fields)
                assert "已存进草稿。" in seller.text, seller.text
            else:
                await seller.visit(here)
            assert words in seller.text
        before = blocks_of(seller)
        await seller.send(f"/blocks/{before[2]}/place", step="up")
        after = blocks_of(seller)
        assert after == [before[0], before[2], before[1], *before[3:]]
        await seller.send(f"/blocks/{after[-1]}/place", place="0")
        assert blocks_of(seller)[0] == after[-1]
        await seller.send(f"/blocks/{after[-1]}/removal")
        assert blocks_of(seller) == after[:-1]
        await seller.visit(f"{here}/preview")
        assert seller.statements <= STATEMENTS_MAX
        assert "这是草稿，只有你们店里的人看得到。" in seller.text
        assert "秋天的茶" in seller.text
        await buyer.visit(f"/shops/{site.handle}")
        assert "秋天的茶" not in buyer.text

        await seller.visit(here)
        await seller.send("/publication")
        assert "发布了，买家现在就能看到。" in seller.text
        await buyer.visit(f"/shops/{site.handle}")
        for words in ("秋天的茶", "第二段", "明天放假", "自己挑的"):
            assert words in buyer.text
        assert buyer.statements <= STATEMENTS_MAX

        await seller.send("/storefront/start", start="story")
        await seller.send("/publication")
        await buyer.visit(f"/shops/{site.handle}")
        assert "秋天的茶" not in buyer.text
        await seller.visit(f"{here}/versions")
        assert seller.statements <= STATEMENTS_MAX
        await seller.visit(f"{here}/preview?number=1")
        assert "这是第 1 版。" in seller.text
        await seller.visit(f"{here}/versions")
        await seller.send("/storefront/versions", number="1")
        assert "草稿现在和第 1 版一样，发布之后买家才看到。" in seller.text
        await seller.send("/publication")
        await buyer.visit(f"/shops/{site.handle}")
        assert "秋天的茶" in buyer.text
        await seller.visit(f"{here}/versions")
        await seller.send("/storefront/versions", number="99")
        assert "这个版本已经没有了。" in seller.text
        for path in (f"{here}/preview?number=99", f"{here}/blocks/{new_id()}"):
            await seller.visit(path)
            assert seller.status == 404


async def test_what_is_wrong_in_a_block_is_said_and_nothing_is_saved(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/storefront"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        for kind, fields, words in (
            ("notice", {"text": ""}, "有文字没有写，或者太长了。"),
            (
                "notice",
                {"text": "好", "from_at": "2026-01-02T00:00", "until_at": "2026-01-01T00:00"},
                "结束要晚于开始。",
            ),
            ("grid", {"source": "chosen"}, "请选商品，或者写 1 到 30 件。"),
            ("grid", {"source": "ranked:newest", "limit": "99"}, "请选商品，或者写 1 到 30 件。"),
            ("banner", {"title_0": "", "note_0": ""}, "横幅要有 1 到 6 张，每张都要有标题或图片。"),
        ):
            await seller.visit(here)
            await seller.send("/storefront/blocks", type=kind)
            await seller.send(seller.path, **fields)
            assert seller.status == 422
            assert words in seller.text


async def test_who_edits_what_another_has_changed_is_told(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/storefront"
    handle = f"s{site.seller_id.hex[-8:]}"
    async with site.browser(handle) as first, site.browser(handle) as second:
        await first.visit(here)
        await second.visit(here)
        await second.send("/storefront/blocks", type="heading")
        await first.send("/storefront/blocks", type="spacer")
        assert "这一页刚刚被别人改过，先看看现在的样子再改。" in first.text
        assert "标题" in first.text
        await second.visit(here)
        await first.visit(here)
        await first.send("/storefront/start", start="showcase")
        await second.send("/publication")
        assert "这一页刚刚被别人改过，先看看现在的样子再改。" in second.text


async def test_the_look_and_the_address_are_changed_by_forms(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/storefront"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser() as buyer:
        await seller.visit(f"{here}/look")
        assert seller.statements <= STATEMENTS_MAX
        await seller.send("/storefront/look", motto="一年一季", header="centred", pattern="waves")
        assert "已存进草稿。" in seller.text
        await seller.send("/storefront/look", motto="长" * 121)
        assert seller.status == 422
        assert "有文字没有写，或者太长了。" in seller.text
        await seller.visit(here)
        await seller.send("/publication")
        await buyer.visit(f"/shops/{site.handle}")
        assert "一年一季" in buyer.text
        await seller.visit(f"{here}/address")
        assert seller.statements <= STATEMENTS_MAX
        await seller.send("/storefront/address", handle="-")
        assert "2 到 32 个小写字母、数字或连字符，头尾不能是连字符，也不能像一串编号。" in seller.text
        await seller.send("/storefront/address", handle="new-name")
        assert "地址改好了。原来的地址和二维码也一直能用。" in seller.text
        await seller.send("/storefront/address", handle="third-name")
        assert "地址已经改过一次，不能再改了。" in seller.text
        await seller.visit(f"{here}/address/card")
        assert seller.statements <= STATEMENTS_MAX
        assert "weiji.test/s/new-name" in seller.text
        await buyer.visit(f"/s/{site.handle}")
        assert buyer.path == "/shops/new-name"


async def test_pictures_of_a_banner_are_taken_in_with_its_form(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/storefront"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser() as buyer:
        await seller.visit(here)
        await seller.send("/storefront/blocks", type="banner")
        form = next(form for form in forms_of(seller.page) if form.action == seller.path)
        words = {name: value for name, value in form.fields if not name.endswith("_file")}
        fields = words | {"title_0": "新茶", "alt_0": "一壶茶"}

        async def upload(content: bytes) -> str:
            answer = await seller.client.post(
                seller.path,
                data=fields,
                files={"picture_0_file": ("tea.jpg", content, "image/jpeg")},
                follow_redirects=True,
            )
            return answer.text

        assert "tea.jpg: 这不是 JPEG、PNG、WebP 或 GIF 图片。" in await upload(b"<svg/>")
        assert "已存进草稿。" in await upload(picture(1_800, 900))
        await seller.visit(here)
        await seller.send("/publication")
        await buyer.visit(f"/shops/{site.handle}")
        found = re.search(r'<img class="front-slide-picture" src="(/media/[^"]+)"', unescape(buyer.page))
        assert found
        assert (await buyer.client.get(found[1])).status_code == 200
        assert 'alt="一壶茶"' in buyer.page
