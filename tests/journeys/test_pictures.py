"""Proves that a merchant chooses several pictures on a phone, sees them arrive, orders and removes them, and that
buyers see what came of it; what is saved meanwhile waits for what is still on its way, and is there where the session
ended."""

import asyncio
from pathlib import Path

from playwright.async_api import Route, expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import PHONE
from tests.media.examples import picture
from weiji.demo.town import LOGIN_PASSWORD


async def test_pictures_from_a_phone(arrive: Visiting, tmp_path: Path) -> None:
    files = []
    for name, content in (
        ("front.jpg", picture(1_800, 1_200)),
        ("back.png", picture(600, 600, "PNG")),
        ("drawing.jpg", b"<svg/>"),
    ):
        (tmp_path / name).write_bytes(content)
        files.append(tmp_path / name)
    merchant = await arrive(PHONE)
    await merchant.become("老周")
    await merchant.open(f"{merchant.path}/goods/new")
    page = merchant.page
    pictures = page.locator("weiji-pictures")
    await pictures.locator("input[type=file]").set_input_files(files)
    await expect(pictures.locator("[data-pictures] > li")).to_have_count(2)
    await expect(pictures.locator("[aria-busy]")).to_have_count(0)
    await merchant.sees("drawing.jpg: 这不是 JPEG、PNG、WebP 或 GIF 图片。")
    sources = await pictures.locator("[data-pictures] img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert sources == [320, 320]

    await pictures.get_by_label("往前移").nth(1).click()
    await pictures.get_by_label("照片的说明").first.fill("从后面看")
    await pictures.locator("input[type=file]").set_input_files(files[:1])
    await merchant.sees("已经有这张照片了。")
    await expect(pictures.locator("[data-pictures] > li")).to_have_count(2)

    await merchant.fill(名称="带照片的茶", 价格="20.00", 库存="5")
    await merchant.press("上架")
    await merchant.arrives_at("/merchant/*/goods")
    await page.get_by_role("link", name="带照片的茶").click()
    await expect(pictures.locator("[data-pictures] > li")).to_have_count(2)
    await expect(pictures.get_by_label("照片的说明").first).to_have_value("从后面看")
    product = merchant.path.rpartition("/")[2]

    # The session ends while they write: of fields with one name each gets back what was in it.
    texts = pictures.get_by_label("照片的说明")
    await texts.nth(1).fill("从前面看")
    await page.context.clear_cookies()
    await merchant.press("保存")
    await merchant.sees("要先登录，刚才那一步还没有做。")
    await merchant.sign_in("laozhou", LOGIN_PASSWORD)
    await merchant.sees("写的还在，再交一次就好。")
    assert await texts.evaluate_all("all => all.map(each => each.value)") == ["从后面看", "从前面看"]
    places = pictures.locator("[name=picture_place]")
    assert await places.evaluate_all("all => all.map(each => each.value)") == ["1", "2"]
    # What it was is not the same any more: nothing is put into the wrong place.
    await texts.nth(1).fill("转过来")
    await pictures.get_by_label("往前移").nth(1).click()
    await page.context.clear_cookies()
    await merchant.press("保存")
    await merchant.sees("要先登录，刚才那一步还没有做。")
    await merchant.sign_in("laozhou", LOGIN_PASSWORD)
    await expect(texts).to_have_count(2)
    assert await texts.evaluate_all("all => all.map(each => each.value)") == ["从后面看", ""]

    buyer = await arrive(PHONE)
    await buyer.open(f"/products/{product}")
    cover = buyer.page.locator(".gallery img").first
    await expect(cover).to_have_attribute("alt", "从后面看")
    assert await cover.evaluate("async each => { await each.decode(); return each.naturalWidth > 0; }")
    assert "-600.webp" in str(await cover.get_attribute("src"))

    await pictures.get_by_label("删除照片").first.click()
    (tmp_path / "late.png").write_bytes(picture(300, 300, "PNG"))
    sent = asyncio.Event()

    async def hold(route: Route) -> None:
        await sent.wait()
        await route.continue_()

    await page.route("**/pictures", hold)
    await pictures.locator("input[type=file]").set_input_files(tmp_path / "late.png")
    await merchant.press("保存")
    await merchant.sees("照片还在上传，传完就提交。")
    sent.set()
    await merchant.arrives_at("/merchant/*/goods")
    await buyer.open(f"/products/{product}")
    assert "-1600.webp" in str(await cover.get_attribute("src"))
    await expect(buyer.page.locator(".gallery img")).to_have_count(2)
    assert not merchant.complaints + buyer.complaints
