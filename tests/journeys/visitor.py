"""Somebody at a browser: what people do on pages, by the words that they read there."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import uuid4

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Error,
    Locator,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

CHROMIUM: Final = ("chromium-headless-shell", "chromium")
"""Debian's, the first that is there. The one without windows has the same engine, and spares a quarter of the time."""

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}

AT_REST: Final = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
"""What a page fetches by itself has come: until then it is dimmed."""

PASSWORD: Final = "wide-green-lantern"
PAYMENT_PASSWORD: Final = "735914"
TOWN_PAYMENT_PASSWORD: Final = "123789"
"""Of the residents, as the bar of the town tells everybody."""

PATIENCE_MS: Final = 30_000
"""How long something that comes by itself may take, on a machine that has other things to do."""
expect.set_options(timeout=PATIENCE_MS)

EMPTY: Final = "/ready"
"""A page of the town that asks for nothing more."""

By = Literal["1 小时", "1 天", "10 天"]


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, page: Page, url: str, *, is_like_others: bool = True) -> None:
        self.page = page
        self.url = url
        self.is_like_others = is_like_others
        self.complaints: list[str] = []
        self.payment_password = PAYMENT_PASSWORD
        self._agrees = 0
        self._listeners: dict[Any, Callable[..., Any]] = {
            "pageerror": self._hear_error,
            "console": self._hear,
            "dialog": self._answer,
        }
        page.set_default_timeout(PATIENCE_MS)
        for event, listener in self._listeners.items():
            page.on(event, listener)

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(f"{self.page.url}: {error}")

    def _hear(self, said: ConsoleMessage) -> None:
        # A form that is refused comes back as 422, which is no fault of the page's.
        if said.type == "error" and "status of 422" not in said.text:
            self.complaints.append(f"{self.page.url}: {said.text}")

    async def _answer(self, dialog: Dialog) -> None:
        if self._agrees:
            self._agrees -= 1
            await dialog.accept()
        else:
            await dialog.dismiss()

    async def leave(self) -> None:
        """Sign out, by taking everything along that the browser has kept of them, and hear no more of it."""
        self._agrees += 1  # Where the page asks whether to leave what is not saved.
        await self.page.goto(self.url + EMPTY)
        await self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        await self.page.context.clear_cookies()
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    async def open(self, path: str) -> None:
        """Go to a page."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    @property
    def path(self) -> str:
        """Where they are."""
        return self.page.url.removeprefix(self.url)

    def button(self, name: str) -> Locator:
        """Find a button of the page itself, or a link that looks like one."""
        body = self.page.locator("body > :not(.town)")
        return body.get_by_role("button", name=name, exact=True).or_(body.get_by_role("link", name=name, exact=True))

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.button(name).first.click()

    async def fill(self, **fields: str) -> None:
        """Fill in fields by their labels, which may say that they are optional."""
        for label, value in fields.items():
            await self.page.get_by_label(re.compile(rf"^{re.escape(label)}\s*(选填)?$")).fill(value)

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until a text is there to be read."""
        await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def finds(self, text: str | re.Pattern[str]) -> None:
        """Ask for the page again until a text is there: for what comes a moment later, on pages that don't wait."""
        found = self.page.get_by_text(text).filter(visible=True).first
        for _ in range(60):
            if await found.is_visible():
                return
            await self.page.wait_for_timeout(250)
            await self.page.reload()
        await expect(found).to_be_visible()

    def agree(self, times: int = 1) -> None:
        """Say yes to whatever the page asks next; no to what it asks after that."""
        self._agrees = times

    async def arrives_at(self, path: str) -> None:
        """Wait until the browser is at a page; `*` stands for anything but a slash."""
        await self.page.wait_for_url(self.url + path)

    # ==== The bar of the town ====

    async def _open_tools(self) -> Locator:
        town = self.page.get_by_role("complementary", name="演示小镇")
        if not await town.get_by_role("button").first.is_visible():
            await town.locator("label").filter(has_text="演示工具").click()
        return town

    async def become(self, name: str) -> None:
        """Sign in as one of the town's six, by the bar."""
        await self.open("/")
        town = await self._open_tools()
        await town.get_by_role("button", name=name).click()
        await self.sees(f"你现在是{name}。")
        self.payment_password = TOWN_PAYMENT_PASSWORD

    async def turn_clock(self, by: By) -> None:
        """Turn the town's clock, and wait for what came due."""
        town = await self._open_tools()
        await town.get_by_role("button", name=by, exact=True).click()
        await self.sees(f"快进了 {by}。")

    # ==== Themselves ====

    async def sign_up(self, name: str) -> None:
        """Sign up by the form."""
        await self.open("/sign-up")
        self.handle = f"p{uuid4().hex[:12]}"
        await self.fill(怎么称呼你=name, 用户名=self.handle, 密码=PASSWORD)
        await self.press("注册")
        await self.press("以后再说")
        await self.arrives_at("/")

    async def sign_in(self, handle: str = "", password: str = PASSWORD) -> None:
        """Sign in again, where the page asks for it: the clock may have ended the session. Or as somebody else."""
        await self.fill(用户名或手机号=handle or self.handle, 密码=password)
        await self.press("登录")

    async def return_to(self, path: str) -> None:
        """Go to a page of their own; sign in on the way if they have been away for too long."""
        await self.open(path)
        if self.path.startswith("/sign-in"):
            await self.sign_in()
            await self.arrives_at(path)

    async def set_payment_password(self) -> None:
        """Choose the six digits."""
        await self.open("/me/payment-password")
        await self.fill(新的支付密码=PAYMENT_PASSWORD, 再输入一次=PAYMENT_PASSWORD, 登录密码=PASSWORD)
        await self.press("保存")
        await self.arrives_at("/me/security")

    async def top_up(self, yuan: str) -> None:
        """Put money into the wallet, by the simulated acquirer."""
        await self.open("/wallet")
        await self.press("充值")
        await self.fill(充值金额=yuan)
        await self.press("下一步")
        await self.press("付款")
        await self.sees("已经扣款")
        await self.press("返回微集")
        await self.arrives_at("/wallet")

    async def add_address(self, name: str, regions: tuple[str, str, str] = ("浙江省", "杭州市", "西湖区")) -> None:
        """Write down where things are to go, at the checkout, which stays open."""
        await self.fill(收货人=name, 手机号="13800138000", 详细地址="文三路 128 号")
        for level, region in zip(("省", "市", "区县"), regions, strict=True):
            await self.page.get_by_label(level, exact=True).select_option(label=region)
        await self.press("保存并用这个地址")
        # What is answered to the form soon says at which address it could be asked for.
        await self.page.wait_for_url(re.compile(r"/checkout(/address|\?.*address=)"))

    async def balance(self) -> Decimal:
        """Read what the wallet has, in yuan."""
        await self.open("/wallet")
        text = await self.page.get_by_role("region", name="余额").locator(".price").first.inner_text()
        return Decimal(re.sub(r"[¥,\s]", "", text))

    # ==== Buying ====

    async def choose(self, product: str, value: str | None, then: str, quantity: int = 1) -> None:
        """Choose a SKU and a quantity in the sheet of a product's page: `then` is what to press there."""
        await self.open(product)
        await self.press(then)
        sheet = self.page.get_by_role("dialog")
        if value is not None:
            await sheet.get_by_text(value, exact=True).click()
        for _ in range(quantity - 1):
            await sheet.get_by_role("button", name="增加").click()
        await sheet.get_by_role("button", name=then, exact=True).click()

    async def place(self, product: str, value: str | None = None) -> str:
        """Buy one at once, as far as the page that asks for the money; give the order's path."""
        await self.choose(product, value, "立即购买")
        await self.page.wait_for_url("**/checkout?*")
        await self.press("提交订单")
        await self.arrives_at("/orders/*/payment")
        return self.path.removesuffix("/payment")

    async def enter_payment_password(self, digits: str | None = None) -> None:
        """Press the digits on the pad, which sends them by itself."""
        pad = self.page.get_by_role("group", name="数字键盘")
        for digit in digits or self.payment_password:
            await pad.get_by_text(digit, exact=True).click()

    async def pay(self) -> None:
        """Pay the order whose payment page is open from the wallet."""
        await self.enter_payment_password()
        await self.sees("付款成功")

    async def ask_back(self, reason: str, words: str = "") -> str:
        """Say why, on the form that asks the shop for something, and send it; give the path of the case."""
        await self.page.get_by_label("原因", exact=True).select_option(label=reason)
        if words:
            await self.fill(说明=words)
        await self.press("提交申请")
        await self.sees("等卖家答复")
        return self.path

    async def go_to_acquirer(self) -> None:
        """Leave for the simulated acquirer's page."""
        await self.page.get_by_role("button", name="模拟收单").click()
        await self.arrives_at("/sandbox/charges/*")

    # ==== Selling ====

    async def open_shop(self, name: str) -> str:
        """Open a shop; give the path of its desk."""
        await self.open("/me")
        await self.page.get_by_role("link", name="我要开店").click()
        await self.fill(店名=name, 店铺地址=f"shop-{uuid4().hex[:10]}", 店铺故事="一座山，三户人家，自己种的茶。")
        await self.press("开张")
        await self.sees("开张了！")
        return self.path

    async def unfold(self, title: str) -> None:
        """Open what a form has folded away."""
        await self.page.locator("details.fold:not([open]) > summary").filter(has_text=title).click()

    async def list_product(
        self, desk: str, title: str, skus: Sequence[tuple[str, str, int]] = (), *, price: str = "", stock: int = 0
    ) -> str:
        """Put a product on the shelf; *skus* are a size, a price and a stock each. Give the path of its page."""
        await self.open(f"{desk}/goods/new")
        await self.unfold("更多")
        await self.fill(名称=title, 商品类型="茶与食物", 描述="秋天的桂花，三道窨制。")
        if skus:
            await self.unfold("规格")
            await self.page.get_by_label("规格 1 的名称").fill("规格")
            await self.page.get_by_label("规格 1 的选项").fill("，".join(name for name, _, _ in skus))
            await self.press("更新规格表")
            for name, its_price, its_stock in skus:
                row = self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))
                await row.get_by_label("价格", exact=True).fill(its_price)
                await row.get_by_label("库存", exact=True).fill(str(its_stock))
        else:
            await self.fill(价格=price, 库存=str(stock))
        await self.press("上架")
        await self.sees("已上架，买家现在就能看到。")
        await self.page.get_by_role("link", name=title).first.click()
        await self.page.get_by_role("link", name="看商品页").click()
        await self.page.wait_for_url("**/products/*")
        return self.path

    async def ship(self, desk: str, order: str) -> None:
        """Send everything of an order."""
        await self.open(f"{desk}{order}")
        await self.press("发货")
        await self.fill(快递单号="SF1234567890123")
        await self.page.get_by_role("dialog").get_by_role("button", name="发货", exact=True).click()
        await self.sees("已发货")

    async def withdraw(self, desk: str, yuan: str) -> None:
        """Name a bank account, and have so much sent there."""
        await self.open(f"{desk}/money/accounts")
        await self.fill(户名="陈山", 开户行="招商银行杭州分行", 账号="6217 0012 3456 7890")
        await self.enter_payment_password()
        await self.fill(验证码或登录密码=PASSWORD)
        await self.press("添加")
        await self.sees("•••• 7890")
        await self.open(f"{desk}/money/withdrawal")
        await self.fill(到账金额=yuan)
        await self.enter_payment_password()
        await self.press("确认提现")
        await self.arrives_at(f"{desk}/money/payouts")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Start Debian's Chromium."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        await browser.close()


class Devices:
    """Phones and desks of a town, each with a browser of its own. Who comes takes one that somebody has left, if any.

    A new one takes a second of work before it shows its first page: it reads fonts and scripts.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self._browser = browser
        self._free: list[Page] = []

    async def take(self, size: ViewportSize, *, has_scripts: bool, has_motion: bool) -> Visitor:
        """Give somebody a device on which nobody is signed in."""
        is_like_others = has_scripts and not has_motion
        if is_like_others and self._free:
            page = self._free.pop()
        else:
            # Told of motion when it is new: one that changes its mind may see a page begin as it was told before.
            context = await self._browser.new_context(
                locale="zh-CN",
                java_script_enabled=has_scripts,
                reduced_motion="no-preference" if has_motion else "reduce",
            )
            page = await context.new_page()
        await page.set_viewport_size(size)
        return Visitor(page, self.url, is_like_others=is_like_others)

    async def give_back(self, visitor: Visitor) -> None:
        """Leave a device to whoever comes next."""
        if visitor.is_like_others:
            await visitor.leave()
            self._free.append(visitor.page)
        else:
            await visitor.page.context.close()


@asynccontextmanager
async def visiting(devices: Devices) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """Let people come, and see them off; fail where a browser complained."""
    visitors: list[Visitor] = []

    async def come(size: ViewportSize = PHONE, *, has_scripts: bool = True, has_motion: bool = False) -> Visitor:
        visitors.append(await devices.take(size, has_scripts=has_scripts, has_motion=has_motion))
        return visitors[-1]

    yield come
    for visitor in visitors:
        await devices.give_back(visitor)
    complaints = [text for visitor in visitors for text in visitor.complaints]
    assert not complaints, "\n".join(complaints)
