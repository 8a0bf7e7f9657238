"""In a real browser: every component is accessible, fits a small phone, and works, with and without scripts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PATHS = ["/-/gallery", "/-/gallery/console", "/-/gallery/form?wrong=1", "/nothing-here"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    await context.close()


def listen(page: Page) -> list[str]:
    """Gather what the browser complains about."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda m: said.append(m.text) if m.type == "error" and "404" not in m.text else None)
    return said


async def check_accessible(page: Page) -> None:
    # The driver's own way past the policy: axe is not part of the page.
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']][:4]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_no_serious_fault(browser: Browser, site: str, path: str, scheme: Any, size: Any) -> None:
    context = await browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    said = listen(page)
    await page.goto(site + path)
    await page.wait_for_selector("html:not([hidden]) main")
    await check_accessible(page)
    assert not said, said
    await context.close()


async def test_open_sheets_have_no_serious_fault(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(site + "/-/gallery")
    for sheet in ("sku", "pay"):
        await page.click(f"[data-open={sheet}]")
        await page.wait_for_selector(f"#{sheet}[open]")
        await check_accessible(page)
        await page.keyboard.press("Escape")
        assert await page.evaluate(f"document.activeElement.dataset.open === '{sheet}'"), "the focus goes back"


@pytest.mark.parametrize("path", PATHS)
async def test_a_small_phone_needs_no_sideways_scroll(context: BrowserContext, site: str, path: str) -> None:
    page = await context.new_page()
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(site + path)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_touched_is_large_enough(context: BrowserContext, site: str, path: str) -> None:
    page = await context.new_page()
    await page.goto(site + path)
    small = await page.evaluate(
        """[...document.querySelectorAll(
            "button, .button, .bar-button, .tabbar a, .tabs a, .cell[href], summary, select")]
        .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5)).map(([html]) => html)"""
    )
    assert small == []


async def test_the_picker_knows_what_can_be_had(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    said = listen(page)
    await page.goto(site + "/-/gallery")
    await page.click("[data-open=sku]")
    await page.click("text=米白")
    assert await page.locator("label.chip", has_text="500 g").get_attribute("class") == "chip is-out"
    await page.click("#sku >> text=墨绿")
    await page.click("#sku >> text=500 g")
    assert await page.inner_text("[data-sku=price]") == "¥98.00"
    assert await page.inner_text("[data-sku=stock]") == "库存 40"
    await page.click("#sku [data-step='1']")
    await page.click("#sku >> text=立即购买")
    await page.wait_for_selector("#toasts >> text=墨绿 · 500 g · 2")
    assert not said, said


async def test_six_digits_are_sent_and_not_kept(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(site + "/-/gallery")
    await page.click("[data-open=pay]")
    for digit in "12345":
        await page.click(f".pad-keys button:text-is('{digit}')")
    await page.click(".pad-keys button:text-is('⌫')")
    assert await page.locator(".pad-boxes .is-full").count() == 4
    await page.click(".pad-keys button:text-is('5')")
    async with page.expect_request(lambda request: request.method == "POST") as sent:
        await page.keyboard.press("6")
    body = (await sent.value).post_data
    assert body is not None
    assert "payment_password=123456" in body
    await page.wait_for_selector("#toasts .toast")
    await page.go_back()
    assert await page.input_value("#pad-payment_password") == ""


async def test_what_the_browser_believes_of_the_network_holds_back_one_press(
    context: BrowserContext, site: str
) -> None:
    page = await context.new_page()
    await page.add_init_script("Object.defineProperty(navigator, 'onLine', {get: () => !window.isOff})")
    sent: list[str | None] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)

    async def press(digits: str) -> None:
        for digit in digits:
            await page.click(f"#pay .pad-keys button:text-is('{digit}')")

    # A server on this machine needs no network; under this name it seems to be another.
    await page.goto(site.replace("127.0.0.1", "weiji.localhost") + "/-/gallery")
    await page.click("[data-open=pay]")
    await page.evaluate("window.isOff = true")
    await press("123456")
    assert await page.inner_text("#toasts") == "网络断开了，请检查连接。"
    await page.evaluate("window.isOff = false; dispatchEvent(new Event('online'))")
    assert (await page.input_value("#pay .pad-input"), sent) == ("", [])  # Nothing is paid by itself.
    await page.evaluate("window.isOff = true")
    await press("123456")
    assert not sent
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await press("6")  # Whoever presses again is let through.


async def test_more_is_put_behind_what_is_there(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(site + "/-/gallery")
    await page.click("#things-more a")
    await page.wait_for_selector("#things >> text=第二页的茶")
    assert await page.locator("#things > .product").count() == 2
    assert await page.locator("#things-more").count() == 0


async def test_a_stream_is_shown_as_it_comes(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    said = listen(page)
    await page.goto(site + "/-/gallery")
    await page.wait_for_selector("#live >> text=2")
    assert not said, said


async def test_charts_are_drawn_under_the_policy(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    said = listen(page)
    await page.set_viewport_size({"width": 1280, "height": 2400})
    await page.goto(site + "/-/gallery/console")
    await page.wait_for_selector("weiji-chart .uplot canvas")
    await page.wait_for_selector("weiji-analysis canvas")
    assert not said, said


async def test_the_look_changes_at_once_and_stays(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(site + "/-/gallery")
    light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    async with page.expect_response("**/preferences"):
        await page.click("button[name=theme][value=dark]")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    await page.reload()
    assert await page.get_attribute("html", "data-theme") == "dark"


async def test_it_works_without_scripts(browser: Browser, site: str) -> None:
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(site + "/-/gallery")
    await page.click("[data-open=sku]")
    await page.click("#sku >> text=墨绿")
    await page.click("#sku >> text=250 g")
    await page.fill("#sku input[name=quantity]", "3")
    await page.click("#sku >> text=加入购物车")
    await page.wait_for_selector("#toasts >> text=墨绿 · 250 g · 3")
    await page.click("[data-open=pay]")
    await page.fill("#pad-payment_password", "123456")
    await page.click("#pay noscript button")
    await page.wait_for_url("**/-/gallery")
    await page.click("#things-more a")
    await page.wait_for_selector("text=第二页的茶")
    await context.close()


async def test_a_page_does_not_shift_while_it_loads(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.add_init_script(
        "window.shift = 0;"
        "new PerformanceObserver((list) => list.getEntries().forEach((e) => (window.shift += e.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    await page.goto(site + "/-/gallery/form")
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate("window.shift") < 0.1
