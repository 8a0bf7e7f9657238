"""Proves that a visitor with scripts is helped while typing, and finds the same without pressing anything else."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import PHONE


async def test_what_somebody_types_is_suggested_and_found(arrive: Visiting) -> None:
    visitor = await arrive(PHONE)
    page = visitor.page
    await page.goto(visitor.url + "/")
    box = page.get_by_role("searchbox")
    await box.press_sequentially("guihua", delay=30)
    suggestion = page.locator(".suggestions a").first
    await expect(suggestion).to_contain_text("桂花")
    await suggestion.click()
    await expect(page.locator("#products .product").first).to_contain_text("桂花")
    await page.get_by_role("link", name="价格低").click()
    await expect(page.locator(".tabs [aria-current]")).to_have_text("价格低")
    # The last of the tabs lies beyond the edge of a phone, until it is the one that is shown.
    await page.get_by_role("link", name="价格高").click()
    await expect(page.locator(".tabs [aria-current]")).to_have_text("价格高")
    await expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)
    await page.get_by_role("searchbox").fill("茶杯")
    await page.keyboard.press("Enter")
    await expect(page.locator("#products .product").first).to_contain_text("茶杯")
    await page.locator(".filters summary").click()
    await page.get_by_label("最高价").fill("1")
    await page.get_by_role("button", name="好", exact=True).click()
    await expect(page.get_by_text("没有找到「茶杯」")).to_be_visible()
    await page.get_by_role("link", name="不限条件再搜").click()
    await expect(page.locator("#products .product").first).to_contain_text("茶杯")
