"""Proves in a browser that a merchant's page pays by our cashier with one script, and is told how it ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from playwright.async_api import Page
from wechatpayv3 import WeChatPayType

from tests.journeys.visitor import open_browser
from tests.wire.test_trade import call, number, pay
from tests.wire.world import APPID, World

PAGE = """<!doctype html><title>shop</title>
<script>document.addEventListener("WeixinJSBridgeReady", () => document.title = "ready")</script>
<script src="{origin}/pay/bridge.js"></script>
<button id="bridge">pay</button><button id="wx">pay</button><p id="told"></p>
<script>
  const given = Object.fromEntries(new URLSearchParams(location.search));
  const tell = (text) => document.getElementById("told").textContent = text;
  document.getElementById("bridge").onclick = () =>
    WeixinJSBridge.invoke("getBrandWCPayRequest", given, (answer) => tell(answer.err_msg));
  wx.config({{ appId: given.appId }});
  document.getElementById("wx").onclick = () => {{
    const {{ appId, timeStamp, ...rest }} = given;
    wx.chooseWXPay({{ ...rest, timestamp: timeStamp, success: (answer) => tell("success " + answer.errMsg) }});
  }};
</script>"""


@asynccontextmanager
async def merchants_page(world: World) -> AsyncIterator[str]:
    """Serve a page of another host's."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = PAGE.format(origin=world.url).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def prepaid(world: World) -> dict[str, str]:
    """Make an order as a merchant's program does, and sign what its page needs."""
    client = await asyncio.to_thread(world.client)
    payer = {"pay_type": WeChatPayType.JSAPI, "payer": {"openid": "o-somebody"}}
    _, said = await call(client.pay, "tea", number(), {"total": 100}, **payer)
    package = f"prepay_id={said['prepay_id']}"
    signed = {"appId": APPID, "timeStamp": "1700000000", "nonceStr": "n" * 32, "package": package, "signType": "RSA"}
    return {**signed, "paySign": client.sign([APPID, signed["timeStamp"], signed["nonceStr"], package])}


async def test_a_merchants_page_pays_with_one_script(world: World) -> None:
    async with merchants_page(world) as url, open_browser() as browser:
        context = await browser.new_context(locale="zh-CN")
        page = await context.new_page()
        # Nothing ticks in the page: it hears when the payer comes back to it, or when it looks.
        await page.add_init_script("setInterval = (look) => (window.look = look, 0)")
        back = "dispatchEvent(new Event('focus'))"
        for way, hear, paid in (
            ("bridge", back, "get_brand_wcpay_request:ok"),
            ("wx", "look()", "success chooseWXPay:ok"),
        ):
            given = await prepaid(world)
            cashier = await press(page, url, given, way)
            assert await page.title() == "ready"
            assert "1.00" in await cashier.inner_text("main")
            await pay(world, given["package"].removeprefix("prepay_id="))
            await page.evaluate(hear)
            await page.get_by_text(paid).wait_for()
            assert not await page.locator("dialog").count()
            await cashier.close()
        # Who doesn't want to pay says so, and the page hears it.
        given = await prepaid(world)
        await press(page, url, given, "bridge")
        await page.get_by_role("button", name="不付了").click()
        await page.get_by_text("get_brand_wcpay_request:cancel").wait_for()


async def press(page: Page, url: str, given: dict[str, str], way: str) -> Page:
    """Press the button; give the window in which the cashier opens."""
    await page.goto(f"{url}?{httpx.QueryParams(given)}")
    async with page.context.expect_page() as opening:
        await page.locator(f"#{way}").click()
    cashier = await opening.value
    await cashier.wait_for_load_state()
    return cashier


async def test_what_pages_of_others_are_told_is_how_it_stands(world: World) -> None:
    ticket = (await prepaid(world))["package"].removeprefix("prepay_id=")
    async with httpx.AsyncClient(base_url=world.url) as client:
        for known, status, state in ((ticket, 200, "open"), ("wjnonsense", 404, "closed")):
            answer = await client.get(f"/pay/{known}/outcome")
            assert (answer.status_code, answer.json()) == (status, {"state": state})
            assert answer.headers["access-control-allow-origin"] == "*"
        script = await client.get("/pay/bridge.js", headers={"accept-language": "en"})
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "Open the payment page" in script.text
