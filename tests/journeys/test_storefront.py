"""Proves that a merchant at a desk builds a page, publishes it and has an old one back, and that a buyer on a phone who
comes by the short address sees what is published."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import AT_REST, DESK, PHONE


async def test_a_page_is_built_published_and_restored(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.sign_up("阿造")
    desk = await merchant.open_shop("木头铺")
    await merchant.list_product(desk, "一只木碗", price="68.00", stock=9)
    builder = f"{desk}/storefront"
    await merchant.open(builder)
    page = merchant.page
    preview = page.locator(".builder-sheet")
    await expect(preview.get_by_text("一只木碗").first).to_be_visible()
    handle = str(await page.get_by_role("link", name="看店铺").first.get_attribute("href")).removeprefix("/shops/")

    async def add(kind: str, **fields: str) -> None:
        await merchant.open(builder)
        await page.locator(f"button[name=type][value={kind}]").click()
        await page.wait_for_url("**/storefront/blocks/*")
        await merchant.fill(**fields)
        await merchant.press("存进草稿")
        await merchant.sees("已存进草稿。")

    await merchant.open(builder)
    await page.locator("button[name=type][value=banner]").click()
    await page.get_by_label("标题").first.fill("一棵树，三只碗")
    await page.get_by_label("点了去哪里").first.select_option(label="一只木碗")
    await merchant.press("存进草稿")
    await expect(preview.get_by_text("一棵树，三只碗")).to_be_visible()
    await add("notice", 公告="上山砍树，周五回来。")
    await add("grid", 标题="碗")

    # The last block goes to the top by its handle, then one down by its button: nothing but the builder is asked for.
    items = page.locator(".builder-block")
    await expect(items).to_have_count(7)
    await page.wait_for_function(AT_REST)  # What is put in its place meanwhile can't be dragged.
    grip, first = items.last.locator(".builder-grip"), items.first
    await first.evaluate("block => scrollBy(0, block.getBoundingClientRect().top - 150)")  # Both are in sight.
    source = await grip.bounding_box()
    target = await first.bounding_box()
    assert source
    assert target
    await page.mouse.move(source["x"] + 8, source["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(source["x"] + 8, source["y"] - 40, steps=4)
    await page.mouse.move(source["x"] + 8, target["y"] + 2, steps=8)
    await page.mouse.up()
    await expect(items.first).to_contain_text("碗")
    await items.first.get_by_role("button", name="把商品往下移").click()
    await expect(items.nth(1)).to_contain_text("碗")
    await items.first.get_by_role("button", name="删除类目导航").click()
    await expect(items).to_have_count(6)

    # As wide as a desk, the same page has more columns.
    await page.get_by_role("radio", name="电脑").check()
    grid = preview.locator(".front-grid-2").first
    assert await grid.evaluate("each => getComputedStyle(each).gridTemplateColumns.split(' ').length") == 4
    await page.get_by_role("radio", name="手机").check()
    assert await grid.evaluate("each => getComputedStyle(each).gridTemplateColumns.split(' ').length") == 2

    buyer = await arrive(PHONE)
    await buyer.open(f"/s/{handle}")
    assert buyer.path == f"/shops/{handle}"
    await expect(buyer.page.get_by_text("一棵树，三只碗")).to_have_count(0)
    await merchant.press("预览")
    await merchant.sees("这是草稿，只有你们店里的人看得到。")
    await merchant.open(builder)
    await merchant.press("发布")
    await merchant.sees("发布了，买家现在就能看到。")
    await buyer.open(f"/s/{handle}")
    await buyer.sees("上山砍树，周五回来。")
    await buyer.page.get_by_role("link", name="一棵树，三只碗").click()
    await buyer.arrives_at("/products/*")
    await buyer.sees("一只木碗")

    merchant.agree(times=10)
    await merchant.open(builder)
    await page.get_by_role("button", name="简洁").click()
    await merchant.sees("草稿换好了，买家还看不到。")
    await merchant.press("发布")
    await merchant.sees("发布了，买家现在就能看到。")
    await buyer.open(f"/s/{handle}")
    await expect(buyer.page.get_by_text("一棵树，三只碗")).to_have_count(0)
    await merchant.open(f"{builder}/versions")
    await page.get_by_role("row").filter(has_text="第 1 版").get_by_role("button", name="找回").click()
    await merchant.sees("草稿现在和第 1 版一样，发布之后买家才看到。")
    await merchant.press("发布")
    await merchant.sees("发布了，买家现在就能看到。")
    await buyer.open(f"/s/{handle}")
    await expect(buyer.page.get_by_text("一棵树，三只碗")).to_be_visible()
    assert not merchant.complaints + buyer.complaints
