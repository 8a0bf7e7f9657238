"""Proves that a buyer can do everything by plain forms, that no page takes over three statements, and that what is
wrong is said where it is wrong."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote
from uuid import UUID

import pytest

from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, PRICES, Browser, Site
from tests.word_rules.examples import put, rule
from weiji.catalog import ChangePrice, WithdrawProduct, change_prices, withdraw_products
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.orders import Prolong, RepriceOrder, get_order, prolong_receipts, reprice_orders
from weiji.settings import Settings
from weiji.shops import Limits, set_limits
from weiji.web.requests import WebRequest
from weiji.word_rules import Field

STATEMENTS_MAX = 3

STRANGE_NAME = "👩‍🌾 ‏שלום <b>"
"""Emoji, right to left, and what would be a tag."""


async def place(site: Site, browser: Browser, size: str = "250 g", quantity: str = "1") -> UUID:
    """Buy something at once, as far as the order; an address is made on the way."""
    await browser.visit(f"/products/{site.product_id}")
    await browser.send("/cart/products/", option_1=size, quantity=quantity, then="buy")
    if 'name="address"' not in browser.page:
        checkout = browser.path
        await add_address(browser)
        await browser.visit(checkout)
    await browser.send("/orders")
    found = re.fullmatch(r"/orders/([0-9a-f-]{36})/payment", browser.path)
    assert found, f"{browser.path}: {browser.text}"
    return UUID(found[1])


async def add_address(browser: Browser) -> None:
    """Write an address into the book."""
    await browser.visit("/me/addresses/new")
    await browser.send("/me/addresses/", then="read", pasted="李雷 13800138000 浙江省杭州市西湖区文三路 1 号")
    await browser.send("/me/addresses/")
    assert browser.status == 200, browser.text


async def pay(site: Site, browser: Browser, password: str = PAYMENT_PASSWORD) -> None:
    """Pay the order whose payment page is open from the wallet."""
    await browser.send("/payment", payment_password=password)
    await site.settle()


def orders_on(browser: Browser) -> set[str]:
    """Read which orders a list shows."""
    return {link for link in browser.links if re.fullmatch(r"/orders/[0-9a-f-]{36}", link)}


async def test_no_page_takes_over_three_statements(site: Site) -> None:
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        unpaid_id = await place(site, browser)
        await browser.visit(f"/orders/{order_id}/payment")
        await pay(site, browser)
        await site.ship(order_id)
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="500 g", quantity="2", then="cart")
        await browser.visit("/me/addresses")
        address = next(link for link in browser.links if re.fullmatch(r"/me/addresses/[0-9a-f-]{36}", link))
        await browser.visit("/wallet/accounts")
        await browser.send(
            "/wallet/accounts",
            holder="李雷",
            bank="建设银行",
            number="6217001234567890",
            payment_password=PAYMENT_PASSWORD,
            proof=PASSWORD,
        )
        account = next(link for link in browser.links if link.endswith("/removal")).split("/")[3]
        await browser.visit("/wallet/top-up")
        await browser.send("/wallet/top-up", amount="12.50")
        charge = browser.path
        for path in (
            "/",
            "/?sort=best_sold",
            "/search",
            f"/search?q=%E4%B9%8C%E9%BE%99&shop={site.handle}",
            "/search?q=wulong",
            f"/shops/{site.handle}",
            f"/products/{site.product_id}",
            "/cart",
            f"/checkout?item={site.skus[0]}:1&item={site.skus[1]}:2",
            "/orders",
            "/orders?tab=shipped",
            f"/orders/{order_id}",
            f"/orders/{order_id}/receipt",
            f"/orders/{order_id}/payment/result",
            f"/orders/{unpaid_id}",
            f"/orders/{unpaid_id}/payment",
            f"/orders/{unpaid_id}/payment/result",
            "/me",
            "/me/profile",
            "/me/security",
            "/me/sessions",
            "/me/password",
            "/me/payment-password",
            "/me/addresses",
            "/me/addresses/new",
            address,
            "/wallet",
            "/wallet/top-up",
            "/wallet/withdrawal",
            f"/wallet/withdrawal/confirmation?account={account}&amount=10",
            "/wallet/withdrawals",
            "/wallet/accounts",
            charge,
        ):
            await browser.visit(path)
            assert (browser.status, browser.path) == (200, path), browser.text
            assert browser.statements <= STATEMENTS_MAX, f"{path}: {browser.statements} statements"
            if path == "/wallet":
                assert "订单付款山里的茶" in "".join(browser.text.split()), "whose order it was"
    assert buyer_id


async def test_who_would_pay_beyond_a_shops_limit_is_told_before_anything_is_paid(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as browser:
        first, second = [await place(site, browser, quantity="2") for _ in range(2)]
        async with site.program.database.transaction() as tx:
            await set_limits(tx, Limits(day_sales_max=PRICES[0] * 3, total_sales_max=10**9, may_withdraw=False))
        await site.program.database.pool.execute("update shops.shops set verification = 'unverified'")
        together = f"/payment?order={first}&order={second}"
        for path, form in ((f"/orders/{second}/payment", "/payment"), (together, "/payment")):
            if path == f"/orders/{second}/payment":
                await browser.visit(f"/orders/{first}/payment")
                await pay(site, browser)
            await browser.visit(path)
            for channel in ("sandbox", "balance"):
                await browser.send(form, channel=channel, payment_password=PAYMENT_PASSWORD)
                assert browser.status == 422
                assert "现在收不下这么多钱" in browser.text
                assert browser.path.startswith(path.split("?")[0]), "nobody was sent to a channel"
        assert await site.program.database.pool.fetchval("select count(*) from payments.payments") == 2, "the top-up"
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="250 g", quantity="2", then="buy")
        await browser.send("/orders")
        assert "这家店现在收不下这么多钱" in browser.text


async def concede(site: Site, order_id: UUID, amount: int) -> None:
    """Have the shop take something off what an unpaid order costs."""
    actor = Actor("merchant", site.seller_id)
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order is not None
    command = RepriceOrder(
        order_id=order_id, shop_id=site.shop_id, actor=actor, conceded=amount, freight=order.freight, total=order.total
    )
    assert await site.program.batchers.of(reprice_orders, "order_id").submit(command) == "done"


async def test_who_pays_several_orders_is_told_which_of_them_changed_meanwhile(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as browser, site.browser("mei") as elsewhere:
        first, second, third = [await place(site, browser) for _ in range(3)]
        await browser.visit(f"/payment?order={first}&order={second}&order={third}")
        assert browser.statements <= STATEMENTS_MAX
        await concede(site, first, 100)
        await elsewhere.visit(f"/orders/{third}")
        await elsewhere.send("/closure")
        await browser.send("/payment", payment_password=PAYMENT_PASSWORD)
        assert browser.status == 422
        was, now = (f"¥{cents / 100:.2f}" for cents in (PRICES[0], PRICES[0] - 100))
        assert f"改了价：原来 {was}，现在 {now}。" in browser.text
        assert browser.text.count("的订单已经关闭，不用付了") == 1
        assert f"现在一共要付 ¥{(2 * PRICES[0] - 100) / 100:.2f}。" in browser.text
        page = browser.page
        await browser.send("/payment", payment_password=PAYMENT_PASSWORD)
        await site.settle()
        await browser.visit(f"/payment/result?order={first}&order={second}")
        assert "付款成功" in browser.text
        # Sent again, it leads to what came of it.
        browser.page = page
        await browser.send("/payment", payment_password=PAYMENT_PASSWORD)
        assert (browser.status, browser.path.split("?")[0]) == (200, "/payment/result")


async def test_who_paid_several_orders_is_told_what_of_it_went_back(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as browser:
        first, second = [await place(site, browser) for _ in range(2)]
        await browser.visit(f"/payment?order={first}&order={second}")
        await browser.send("/payment", channel="sandbox")
        await concede(site, first, 100)
        await browser.send("/sandbox/charges/", verb="pay")
        await site.settle()
        result = f"/payment/result?order={first}&order={second}"
        await browser.visit(result)
        assert browser.statements <= STATEMENTS_MAX
        was, now = (f"¥{cents / 100:.2f}" for cents in (PRICES[0], PRICES[0] - 100))
        assert f"一共 {was} 原路退回。价钱变了的还要付 {now}" in browser.text
        assert f"付的 {was} 不是现在的价钱，原路退回" in browser.text
        assert f"/payment?order={first}" in browser.links, "what is left is paid from here"
        await browser.visit(f"/payment?order={first}")
        await browser.send("/payment", payment_password=PAYMENT_PASSWORD)
        await site.settle()
        await browser.visit(result)
        assert "付款成功" in browser.text
        assert f"另有 {was} 原路退回。" in browser.text


async def test_another_login_password_ends_the_recovery_code_and_leads_to_the_next(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        for old, new in ((PASSWORD, "another goose"), ("another goose", "a third goose")):
            await browser.visit("/me/password")
            await browser.send("/me/password", old_password=old, new_password=new)
            if old == PASSWORD:
                assert (browser.status, browser.path) == (200, "/me/security"), "there was none"
                await browser.visit("/me/recovery-code")
                await browser.send("/me/recovery-code", login_password=new)
                assert "现在就写下来" in browser.text
        assert browser.path.startswith("/me/recovery-code?")
        assert "原来的恢复码也作废了" in browser.text
        await browser.send("/me/recovery-code", login_password="a third goose")
        assert "现在就写下来" in browser.text


async def test_a_stranger_sees_the_market_and_is_asked_to_sign_in_for_more(site: Site) -> None:
    async with site.browser() as browser:
        for path in ("/", f"/shops/{site.handle}", f"/products/{site.product_id}", "/sign-in", "/sign-up"):
            await browser.visit(path)
            assert browser.status == 200, browser.text
            assert browser.statements <= 2
        for path in ("/cart", "/orders", "/me", "/wallet", "/me/security"):
            await browser.visit(path)
            assert browser.path == f"/sign-in?next={path}"
        actor = Actor("merchant", site.seller_id)
        withdrawn = WithdrawProduct(product_id=site.product_id, shop_id=site.shop_id, actor=actor)
        async with site.program.database.transaction() as tx:
            await withdraw_products(tx, [withdrawn])
        await browser.visit("/")
        assert "集市还没开张" in browser.text
        for way in ("/sign-up?next=/merchant", "/sign-in?next=/merchant"):
            assert way in browser.links, "where nothing is sold, the first step is to open a shop"


async def test_a_form_sent_after_the_session_ended_is_found_again_as_it_was(site: Site) -> None:
    checkout = f"/checkout?item={site.skus[0]}%3A2"
    payment = f"/payment?order={new_id()}"
    async with site.browser() as browser:
        for action, page in (("/orders", checkout), ("/payment", payment)):
            for host, way in (("", page), ("http://elsewhere.test", "/")):
                referer = f"{host or browser.client.base_url}".rstrip("/") + page
                answer = await browser.client.post(action, headers={"referer": referer})
                assert answer.status_code == 303, f"{action}: {answer.status_code}"
                assert answer.headers["location"] == f"/sign-in?next={quote(way, safe='/')}"


async def test_somebody_signs_up_and_buys_by_forms_alone(site: Site) -> None:
    async with site.browser() as browser:
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="500 g", quantity="2", then="cart")
        assert browser.path == f"/sign-in?next=/products/{site.product_id}"
        assert "刚才那一步还没有做" in browser.text
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="500 g", quantity="2", then="buy")
        await browser.visit(next(link for link in browser.links if link.startswith("/sign-up")))
        await browser.send("/sign-up", display_name=STRANGE_NAME, handle="newcomer", password=PASSWORD)
        assert browser.path.startswith(f"/checkout?item={site.skus[1]}"), "what they chose is still chosen"
        assert "×2" in browser.text
        await browser.visit("/me")
        assert "&lt;b&gt;" in browser.page
        assert "<b>&lt;" not in browser.page
        await browser.visit("/me/payment-password")
        await browser.send(
            "/me/payment-password",
            payment_password=PAYMENT_PASSWORD,
            payment_password_again=PAYMENT_PASSWORD,
            login_password=PASSWORD,
        )
        assert browser.path == "/me/security", browser.text
        await browser.visit("/wallet/top-up")
        await browser.send("/wallet/top-up", amount="500")
        await browser.send("/sandbox/charges/", verb="pay")
        await browser.visit("/wallet")
        assert "500.00" in browser.text
        order_id = await place(site, browser, quantity="2")
        await pay(site, browser)
        assert browser.path == f"/orders/{order_id}/payment/result"
        await browser.visit(browser.path)
        assert "付款成功" in browser.text
        await browser.visit(f"/orders/{order_id}")
        assert "¥196.00 由平台为你保管" in browser.text
        assert "担保账户里有 ¥196.00" in browser.text
        await site.ship(order_id)
        await browser.visit(f"/orders/{order_id}/receipt")
        await browser.send("/receipt", payment_password=PAYMENT_PASSWORD)
        assert browser.path == f"/orders/{order_id}"
        assert "已经放款给卖家" in browser.text
        assert "担保账户里有 ¥0.00" in browser.text


async def test_the_cart_tells_what_became_of_a_price(site: Site) -> None:
    await site.person("mei")
    sku = site.skus[0]
    async with site.browser("mei") as browser:
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="250 g", quantity="1", then="cart")
        dearer, cheaper = PRICES[0] + 150, PRICES[0] - 820
        for before, price, told in ((PRICES[0], dearer, "涨了 ¥1.50"), (dearer, cheaper, "降了 ¥8.20")):
            change = ChangePrice(
                sku_id=sku,
                product_id=site.product_id,
                shop_id=site.shop_id,
                price_before=before,
                price=price,
                compare_at=None,
                actor=Actor("system"),
            )
            async with site.program.database.transaction() as tx:
                await change_prices(tx, [change])
            await browser.visit("/cart")
            assert f"比放进来时{told}" in browser.text
            await browser.send(f"/cart/items/{sku}", quantity="2")  # More of it, which is no look at the price.
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="250 g", quantity="1", then="cart")
        await browser.visit("/cart")
        assert "比放进来时" not in browser.text


async def test_pages_ask_for_the_badge_of_the_cart_and_strangers_have_none(site: Site) -> None:
    await site.person("mei")
    pages = ("/", f"/products/{site.product_id}", "/orders", "/me", "/wallet")
    async with site.browser("mei") as browser:
        await browser.visit("/cart/badge")
        assert browser.text == ""
        for option in ("250 g", "500 g"):
            await browser.visit(f"/products/{site.product_id}")
            await browser.send("/cart/products/", option_1=option, quantity="2", then="cart")
        for path in pages:
            await browser.visit(path)
            assert unescape(browser.page).count('hx-get="/cart/badge"') == 1, path
        await browser.visit("/cart/badge")
        assert (browser.status, browser.text) == (200, "2 种商品")
        await browser.visit("/cart")
        assert 'hx-get="/cart/badge"' not in unescape(browser.page)
        assert "2 种商品" in browser.text
    async with site.browser() as stranger:
        for path in pages[:2]:
            await stranger.visit(path)
            assert "/cart/badge" not in unescape(stranger.page)


async def test_the_cart_adds_up_changes_and_empties(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        for _ in range(2):
            await browser.visit(f"/products/{site.product_id}")
            await browser.send("/cart/products/", option_1="500 g", quantity="2", then="cart")
        await browser.visit("/cart")
        assert "¥ 792 .00" in browser.text
        await browser.send(f"/cart/items/{site.skus[1]}", quantity="1")
        assert "¥ 198 .00" in browser.text
        await browser.send(f"/cart/items/{site.skus[1]}", quantity="0")
        assert "购物车还是空的" in browser.text


async def test_more_than_there_is_is_refused_on_the_products_page(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit(f"/products/{site.product_id}")
        await browser.send("/cart/products/", option_1="500 g", quantity="51", then="buy")
        assert browser.path.startswith(f"/products/{site.product_id}")
        assert "库存不够" in browser.text
        await browser.send("/cart/products/", option_1="七斤", quantity="1", then="buy")
        assert "请先选好规格" in browser.text


async def test_a_second_click_on_placing_changes_nothing(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await add_address(browser)
        await browser.visit(f"/checkout?item={site.skus[0]}:1")
        checkout = browser.page
        await browser.send("/orders")
        first = browser.path
        browser.page = checkout
        await browser.send("/orders")
        assert browser.path == first
        await browser.visit("/orders")
        assert len(orders_on(browser)) == 1
        # Who comes back by the way of the goods, too, is led to what waits for its money; other goods have none.
        await browser.visit(f"/checkout?item={site.skus[0]}:1&item={site.skus[1]}:1")
        assert "已经下过单，还没有付款" in browser.text
        assert first in browser.links
        assert browser.statements <= STATEMENTS_MAX
        for other in (f"{site.skus[0]}:2", f"{site.skus[1]}:1"):
            await browser.visit(f"/checkout?item={other}")
            assert "已经下过单，还没有付款" not in browser.text


async def test_who_works_for_a_shop_buys_nothing_there(site: Site) -> None:
    clerk_id = await site.person("clerk")
    role = GrantRole(person_id=clerk_id, scope=str(site.shop_id), role=Role.ORDERS, actor=BY_SYSTEM)
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with site.browser("clerk") as browser:
        await add_address(browser)
        await browser.visit(f"/checkout?item={site.skus[0]}:1")
        await browser.send("/orders")
        assert "自己在里面工作的店" in browser.text
        await browser.visit("/orders")
        assert orders_on(browser) == set()


async def test_a_changed_price_is_said_and_nothing_entered_is_lost(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await add_address(browser)
        await browser.visit(f"/checkout?item={site.skus[0]}:2")
        browser.page = browser.page.replace(f"{site.skus[0]}:2:9800", f"{site.skus[0]}:2:8800")
        await browser.send("/orders", **{f"note_{site.shop_id.hex}": "请用纸盒 📦"})
        assert browser.status == 422
        assert "价格刚刚变了" in browser.text
        assert "原来是 ¥88.00" in browser.text
        assert "请用纸盒 📦" in browser.page
        await browser.send("/orders")
        assert browser.path.endswith("/payment")


async def test_what_was_sold_out_meanwhile_is_said_and_the_rest_is_bought_without_it(site: Site) -> None:
    await site.person("mei")
    await site.person("ming")
    async with site.browser("mei") as mei, site.browser("ming") as ming:
        await add_address(mei)
        await mei.visit(f"/checkout?item={site.skus[0]}:2&item={site.skus[1]}:1")
        await place(site, ming, quantity="49")
        await mei.send("/orders", **{f"note_{site.shop_id.hex}": "请用纸盒"})
        assert mei.status == 422
        assert "库存不够" in mei.text
        assert "只剩 1 件" in mei.text
        assert f'formaction="/checkout" formnovalidate name="without" value="{site.skus[0]}"' in mei.page
        await mei.send("/orders", formaction="/checkout", without=str(site.skus[0]))
        assert "只剩 1 件" not in mei.text
        assert "请用纸盒" in mei.page
        await mei.send("/orders")
        assert mei.path.endswith("/payment")


async def test_what_one_shop_refuses_waits_while_the_others_is_placed_and_paid(site: Site) -> None:
    other = Site(site.program)
    await other.open(stock=2)
    await site.person("mei", money=10_000_000)
    await site.person("ming")
    async with site.browser("mei") as mei, site.browser("ming") as ming:
        await add_address(mei)
        for shop in (site, other):
            await mei.visit(f"/products/{shop.product_id}")
            await mei.send("/cart/products/", option_1="250 g", quantity="2", then="cart")
        checkout = f"/checkout?item={site.skus[0]}:2&item={other.skus[0]}:2"
        await mei.visit(checkout)
        await place(other, ming, quantity="1")
        await mei.send("/orders", is_gift="1", gift_note="生日快乐", **{f"note_{other.shop_id.hex}": "要纸盒"})
        # The one is placed; of the other the page says why it is not, and has what was entered.
        assert mei.status == 422
        assert "有 1 笔已经下好了" in mei.text
        assert "只剩 1 件" in mei.text
        assert "库存不够" in mei.text
        assert str(site.skus[0]) not in mei.page
        assert "要纸盒" in mei.page
        assert "生日快乐" in mei.page
        refused = mei.page
        (first,) = {link for link in mei.links if link.startswith("/payment?")}
        placed = re.findall(r"order=([0-9a-f-]{36})", first)
        assert len(placed) == 1
        # What waits does not stand in the way of what is placed, which is placed once.
        await mei.visit("/cart")
        assert str(site.skus[0]) not in mei.page
        assert str(other.skus[0]) in mei.page
        await mei.visit("/orders")
        assert orders_on(mei) == {f"/orders/{placed[0]}"}
        mei.page = refused
        await mei.send("/orders", item=f"{other.skus[0]}:1:9800")
        assert [mei.path.count(id) for id in placed] == [1], mei.text
        assert mei.path.count("order=") == 2
        await mei.send("/payment", payment_password=PAYMENT_PASSWORD)
        await site.settle()
        await mei.visit("/orders?tab=unshipped")
        assert len(orders_on(mei)) == 2
        await mei.visit("/wallet")
        assert "¥ 99,706 .00" in mei.text  # Three at ¥98.


@pytest.mark.parametrize("note", ["长" * 201, "a\x00b"])
async def test_a_note_that_cant_be_kept_is_refused(site: Site, note: str) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await add_address(browser)
        await browser.visit(f"/checkout?item={site.skus[0]}:1")
        await browser.send("/orders", **{f"note_{site.shop_id.hex}": note})
        assert browser.status == 422
        assert "最多 200 个字" in browser.text


async def test_other_peoples_orders_are_not_there(site: Site) -> None:
    await site.person("mei", money=100_000)
    await site.person("ming", money=100_000)
    async with site.browser("mei") as mei, site.browser("ming") as ming:
        order_id = await place(site, mei)
        for path in ("", "/payment", "/payment/result", "/receipt", "/live"):
            await ming.visit(f"/orders/{order_id}{path}")
            assert ming.status == 404, path
        await ming.visit("/orders")
        assert "还没有订单" in ming.text
        # Somebody who knows the address can't act on it either.
        ming.page = mei.page.replace(_token(mei), _token(ming))
        await ming.send("/payment", payment_password=PAYMENT_PASSWORD)
        assert ming.status == 404
        await mei.visit(f"/orders/{order_id}")
        ming.page = mei.page.replace(_token(mei), _token(ming))
        await ming.send("/closure")
        assert ming.status == 404
        await mei.visit(f"/orders/{order_id}")
        assert "待付款" in mei.text


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', browser.page)
    assert found
    return found[1]


async def test_a_wrong_payment_password_is_counted_down_and_then_locked(site: Site) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        for left in (4, 3, 2, 1):
            await pay(site, browser, "000000")
            assert browser.status == 422
            assert f"还可以试 {left} 次" in browser.text
        await pay(site, browser, "000000")
        assert "支付密码锁住了" in browser.text
        await browser.visit(f"/orders/{order_id}/payment")
        await pay(site, browser)
        assert "支付密码锁住了" in browser.text
        await browser.visit(f"/orders/{order_id}")
        assert "待付款" in browser.text


async def test_who_has_no_payment_password_is_led_to_set_one(site: Site) -> None:
    person_id = await site.person("mei")
    assert person_id
    async with site.browser("mei") as browser:
        await browser.visit("/wallet/top-up")
        await browser.send("/wallet/top-up", amount="500")
        await browser.send("/sandbox/charges/", verb="pay")
        order_id = await place(site, browser)
        await pay(site, browser)
        assert browser.status == 422
        assert f"/me/payment-password?next=/orders/{order_id}/payment" in browser.links


async def test_a_wallet_that_lacks_money_says_how_much(site: Site) -> None:
    await site.person("mei", money=5_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        assert "余额还差 ¥48.00" in browser.text
        await browser.send("/payment", channel="sandbox")
        assert browser.path.startswith("/sandbox/charges/")
        assert "data-statements" in browser.page
        await browser.send("/sandbox/charges/", verb="fail")
        assert "没有付成" in browser.text
        await browser.send("/sandbox/charges/", verb="pay")
        await site.settle()
        await browser.visit(f"/orders/{order_id}/payment/result")
        assert "付款成功" in browser.text


async def test_after_72_hours_without_shipment_the_buyer_takes_the_money_back(site: Site) -> None:
    await site.person("mei", money=100_000)
    before = CLOCK.offset
    try:
        async with site.browser("mei") as browser:
            order_id = await place(site, browser)
            await pay(site, browser)
            await browser.visit(f"/orders/{order_id}")
            CLOCK.follow(before + timedelta(hours=73))
            await browser.visit(f"/orders/{order_id}/aftersale")
            await browser.send("/aftersale", line_1="1", reason="too_slow")
            await site.settle()
            await browser.visit(f"/orders/{order_id}")
            assert "已经退回你的钱包" in browser.text
            await browser.visit("/wallet")
            assert "¥ 1,000 .00" in browser.text
    finally:
        CLOCK.follow(before)


async def test_a_page_that_waits_is_told_to_look_again(site: Site) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        await browser.visit(f"/orders/{order_id}/payment/result")
        assert "正在等钱到账" in browser.text
        stream = re.search(r'hx-sse:connect="([^"]+)"', browser.page)
        assert stream
        await browser.visit(f"/orders/{order_id}/payment")
        await pay(site, browser)
        told = await browser.client.get(unescape(stream[1]))
        assert told.headers["content-type"].startswith("text/event-stream")
        assert f'hx-get="/orders/{order_id}/payment/result"' in told.text


async def test_nobody_is_asked_for_a_payment_password_that_they_never_made(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        await browser.send("/payment", channel="sandbox")
        await browser.send("/sandbox/charges/", verb="pay")
        await site.settle()
        await site.ship(order_id)
        await browser.visit(f"/orders/{order_id}/receipt")
        assert browser.status == 200
        assert f"/me/payment-password?next=/orders/{order_id}/receipt" in browser.links
        assert browser.statements <= STATEMENTS_MAX


async def test_a_receipt_is_prolonged_once(site: Site) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        await pay(site, browser)
        await site.ship(order_id)
        await browser.visit(f"/orders/{order_id}")
        before = browser.page
        await browser.send("/prolongation")
        assert "多了 3 天" in browser.text
        assert "/prolongation" not in browser.page
        browser.page = before
        await browser.send("/prolongation")
        await browser.visit(f"/orders/{order_id}")
        assert "12天" in browser.text
        assert "你延长了收货期限" in browser.text
        assert "卖家延长了收货期限" not in browser.text
        async with site.program.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order is not None
        assert order.due_at is not None
        command = Prolong(
            order_id=order_id,
            shop_id=site.shop_id,
            actor=Actor("merchant", site.seller_id),
            days=7,
            due_at=order.due_at,
        )
        await site.program.batchers.of(prolong_receipts, "order_id").submit(command)
        await browser.visit(f"/orders/{order_id}")
        assert re.search(r"卖家延长了收货期限.{0,40}多了 7 天.{0,80}你延长了收货期限.{0,40}多了 3 天", browser.text)


async def test_a_buyer_of_what_was_shipped_in_part_is_told_so_and_may_make_do_with_it(site: Site) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser, quantity="3")
        await pay(site, browser)
        await site.ship(order_id, ((1, 1),))
        await browser.visit("/orders")
        assert "自动退款剩余" in browser.text
        assert f"/orders/{order_id}/receipt" not in browser.links, "a list does not tell enough to confirm from"
        await browser.visit(f"/orders/{order_id}")
        assert browser.statements <= STATEMENTS_MAX
        assert "部分发货" in browser.text
        assert re.search(r"自动退款剩余 13天|自动退款剩余 14天", browser.text), browser.text
        assert "已发 1" in browser.text
        assert "直接取消" not in browser.text
        await browser.visit(f"/orders/{order_id}/receipt")
        assert "没有发齐：共 3 件，只发出了 1 件。现在确认，没发的就不会再发，¥" in browser.text
        await browser.send("/receipt", payment_password="000000")
        assert "没有发齐" in browser.text
        assert "还可以试 4 次" in browser.text
        await browser.send("/receipt", payment_password=PAYMENT_PASSWORD)
        assert browser.path == f"/orders/{order_id}"
        assert "已收货" in browser.text
        assert "没发的取消了，退给你" in browser.text
        assert "已取消 2" in browser.text


async def test_an_unpaid_order_is_cancelled(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        await browser.visit(f"/orders/{order_id}")
        await browser.send("/closure")
        assert "已关闭" in browser.text
        await browser.visit(f"/orders/{order_id}/payment")
        assert browser.path == f"/orders/{order_id}"


async def test_money_is_withdrawn_with_its_fee_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        await browser.visit("/wallet/withdrawal")
        assert "先加一个银行账户" in browser.text
        await browser.visit("/wallet/accounts")
        await browser.send(
            "/wallet/accounts", holder="李雷", bank="建设银行", number="12", payment_password=PAYMENT_PASSWORD, proof=""
        )
        assert (browser.status, "请再证明是你本人" in browser.text) == (422, True)
        await browser.send("/wallet/accounts", payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
        assert browser.status == 422
        assert "8 到 30 位数字" in browser.text
        assert 'value="建设银行"' in browser.page
        await browser.send(
            "/wallet/accounts", number="6217 0012 3456 7890", payment_password=PAYMENT_PASSWORD, proof=PASSWORD
        )
        assert "尾号 7890" in browser.text
        await browser.visit("/wallet/withdrawal")
        await browser.send("/wallet/withdrawal/confirmation", amount="0.5")
        assert browser.status == 422
        assert "最少提现 ¥1.00" in browser.text
        await browser.send("/wallet/withdrawal/confirmation", amount="300")
        assert browser.statements <= 3
        assert "手续费" in browser.text
        await browser.send("/wallet/withdrawal", payment_password="000000")
        assert "还可以试 4 次" in browser.text
        await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD)
        assert browser.path == "/wallet/withdrawals", browser.text
        assert "¥300.00" in browser.text
        await browser.visit("/wallet")
        assert "¥ 700 .00" in browser.text
        # Above the sum, the payment password alone takes nothing out; up to it, nothing else is asked for.
        monkeypatch.setattr(WebRequest, "settings", Settings(mode="sandbox", step_up_above=30_000))
        await browser.visit("/wallet/withdrawal")
        await browser.send("/wallet/withdrawal/confirmation", amount="300")
        assert 'name="proof"' not in browser.page
        # As much was withdrawn today already.
        await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD)
        assert (browser.status, 'name="proof"' in browser.page) == (422, True)
        assert "今天付出的数目大，请再证明是你本人" in browser.text
        await browser.visit("/wallet/withdrawal")
        await browser.send("/wallet/withdrawal/confirmation", amount="300.01")
        assert "超过 ¥300.00，要再证明是你本人" in browser.text
        await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD, proof="")
        assert "数目大，请再证明是你本人" in browser.text
        await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD, proof="wrong")
        assert "登录密码不对" in browser.text
        await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
        assert browser.path == "/wallet/withdrawals", browser.text
        assert "¥300.01" in browser.text


async def test_sign_in_says_no_more_than_it_must(site: Site) -> None:
    await site.person("mei")
    async with site.browser() as browser:
        for name in ("mei", "nobody"):
            await browser.visit("/sign-in")
            await browser.send("/sign-in", name=name, password="wrong-wrong-wrong")
            assert browser.status == 422
            assert "用户名、手机号或密码不对" in browser.text
            assert f'value="{name}"' in browser.page


async def test_sign_up_says_what_is_wrong_by_field_and_keeps_the_rest(site: Site) -> None:
    await site.person("mei")
    async with site.browser() as browser:
        await browser.visit("/sign-up")
        for handle, password, error in (
            ("mei", PASSWORD, "这个用户名已经有人用了"),
            ("1", PASSWORD, "3 到 30 个小写字母"),
            ("xiaoman", "short", "至少 8 个字符"),
            ("xiaoman", "password1", "这个密码泄露过"),
        ):
            await browser.send("/sign-up", display_name="小满", handle=handle, password=password)
            assert browser.status == 422
            assert error in browser.text
            assert 'value="小满"' in browser.page
            assert password not in browser.page


async def test_a_name_that_rules_refuse_is_told_with_the_reason(site: Site) -> None:
    """Whether somebody signs up with it or changes to it; what was typed stays, and nobody is called so."""
    await site.person("mei")
    async with site.program.database.transaction() as tx:
        await put(tx, rule("微集客服", fields=(Field.PERSON_NAME,), reason="只有客服能这么叫。"))
    async with site.browser() as browser:
        await browser.visit("/sign-up")
        await browser.send("/sign-up", display_name="微集客服小满", handle="xiaoman", password=PASSWORD)
        assert browser.status == 422
        assert "名字里不能有“微集客服”：只有客服能这么叫。" in browser.text
        assert 'value="微集客服小满"' in browser.page
    async with site.browser("mei") as browser:
        await browser.visit("/me/profile")
        await browser.send("/me/profile", display_name="微集 客服", locale="zh-CN")
        assert browser.status == 422
        assert "名字里不能有“微集 客服”：只有客服能这么叫。" in browser.text
        assert 'value="微集 客服"' in browser.page
        await browser.visit("/me")
        assert "客服" not in browser.text.split("@mei")[0]


async def test_an_address_says_what_is_wrong_by_field(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit("/me/addresses/new")
        await browser.send("/me/addresses/", name=STRANGE_NAME, phone="12", region="杭州", detail="一号")
        assert browser.status == 422
        assert "这个号码打不通" in browser.text
        assert "杭州" in browser.page


async def test_sessions_are_listed_and_ended(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as here, site.browser("mei") as there:
        await there.visit("/me/sessions")
        for wrong in ("", *["not the password"] * 4):
            await there.send("/me/sessions/end-others", login_password=wrong)
            assert there.status == 422
            assert "登录密码不对。" in there.text
        await there.send("/me/sessions/end-others", login_password=PASSWORD)
        assert "试的次数太多了" in there.text
        await here.visit("/me/sessions")
        assert here.path == "/me/sessions"
        await here.send("/me/sessions/end-others", login_password=PASSWORD)
        await there.visit("/me")
        assert there.path == "/sign-in?next=/me"
        await here.visit("/me")
        assert here.path == "/me"


async def test_a_phone_number_is_added_signed_in_by_and_taken_away(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit("/me/security")
        assert "/me/phone" in browser.links
        await browser.visit("/me/phone")
        await browser.send("/me/phone", phone="12", login_password=PASSWORD)
        assert (browser.status, "这个号码打不通" in browser.text) == (422, True)
        await browser.send("/me/phone", phone="138 0013 8000", login_password=PASSWORD)
        assert browser.path == "/me/security"
        assert "+86138****8000" in browser.text
        await browser.visit("/me/phone")
        await browser.send("/me/phone", then="remove", login_password=PASSWORD)
        assert "去添加" in browser.text


async def test_lists_have_pages(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        for _ in range(11):
            await place(site, browser)
        await browser.visit("/orders")
        first = orders_on(browser)
        assert len(first) == 10
        await browser.visit(next(link for link in browser.links if "after=" in link))
        rest = orders_on(browser)
        assert len(rest) == 1
        assert not first & rest


@pytest.mark.parametrize(
    "path",
    [
        "/orders/{missing}",
        "/products/{missing}",
        "/shops/nobody",
        "/me/addresses/{missing}",
        "/sandbox/charges/{missing}",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(site: Site, path: str) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit(path.format(missing=new_id()))
        assert browser.status == 404
        assert "这里什么也没有" in browser.text


@pytest.mark.parametrize(
    "query",
    ["", "?item=x", "?item=x:1", "?item={sku}:0", "?item={sku}:999999", "?item={sku}:1&item={missing}:1&address=x"],
)
async def test_a_checkout_address_that_somebody_wrote_is_no_fault(site: Site, query: str) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit("/checkout" + query.format(sku=site.skus[0], missing=new_id()))
        assert browser.status in (200, 422)


async def test_pages_are_in_english_for_who_reads_it(site: Site) -> None:
    await site.person("mei", money=100_000)
    async with site.browser("mei") as browser:
        order_id = await place(site, browser)
        await pay(site, browser)
        for path in ("/", "/cart", "/orders", f"/orders/{order_id}", "/me", "/wallet", "/me/security"):
            await browser.visit(f"{path}?lang=en")
            assert 'lang="en"' in browser.page
            chrome = re.sub(r"<bdi>.*?</bdi>|alt=\"[^\"]*\"|aria-label=\"[^\"]*\"", "", browser.page, flags=re.DOTALL)
            words = re.findall(r">([^<]*[一-鿿][^<]*)<", chrome)
            theirs = ("手工桂花乌龙茶", "山里的茶", "阿青", "简体中文", "一座山", "青", "阿", "山")
            assert not [word for word in words if not any(name in word for name in theirs)], (path, words)
