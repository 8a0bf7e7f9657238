"""Proves that what is pressed twice happens once, and what was typed before a session ended is there after it."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor
from weiji.demo.town import LOGIN_PASSWORD


async def count_orders(buyer: Visitor, title: str) -> int:
    """Count the orders of a product, among the newest."""
    await buyer.open("/orders")
    return await buyer.page.get_by_role("link", name="订单 ").filter(has_text=title).count()


async def test_two_clicks_place_one_order_and_pay_it_once(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    product = await merchant.list_product(merchant.path, "点两下的茶", price="20.00", stock=5)
    buyer = await arrive(PHONE)
    await buyer.sign_up("阿双")
    await buyer.set_payment_password()
    await buyer.top_up("100")
    await buyer.choose(product, None, "立即购买")
    await buyer.add_address("阿双")
    words = buyer.page.get_by_label("给卖家的话")
    for name in ("aming", buyer.handle):  # What one wrote is for nobody else.
        await buyer.fill(给卖家的话="请用旧报纸包")
        await buyer.page.context.clear_cookies()
        await buyer.press("提交订单")
        await buyer.sees("要先登录，刚才那一步还没有做。")
        checkout = buyer.page.url
        if name == "aming":
            await buyer.sign_in(name, LOGIN_PASSWORD)
            await buyer.page.wait_for_url("**/checkout?*")
            await expect(words).to_have_value("")
            await buyer.page.context.clear_cookies()
            await buyer.page.goto(checkout)
        await buyer.sign_in()
        await buyer.page.wait_for_url("**/checkout?*")
    await buyer.sees("写的还在，再交一次就好。")
    await expect(words).to_have_value("请用旧报纸包")
    await buyer.button("提交订单").dblclick()
    await buyer.arrives_at("/orders/*/payment")
    order = buyer.path.removesuffix("/payment")
    assert await count_orders(buyer, "点两下的茶") == 1

    # Whoever comes back to the checkout is told that it is ordered, and led to paying it: no second order comes of it.
    await buyer.page.goto(checkout)
    await buyer.sees("这些商品你已经下过单，还没有付款。")
    await buyer.page.get_by_role("link", name="去付 ¥20.00 的那笔").click()
    await buyer.arrives_at(f"{order}/payment")
    assert await count_orders(buyer, "点两下的茶") == 1

    await buyer.open(f"{order}/payment")
    await buyer.enter_payment_password(buyer.payment_password[:5])
    last = buyer.page.get_by_role("group", name="数字键盘").get_by_text(buyer.payment_password[5], exact=True)
    await last.dblclick()
    await buyer.sees("付款成功")
    assert await buyer.balance() == 80
    await expect(buyer.page.get_by_role("listitem").filter(has_text="-¥20.00")).to_have_count(1)
    # Paid is paid: the page that asked for money has nothing more to ask for.
    await buyer.open(f"{order}/payment")
    await buyer.arrives_at(order)
    await buyer.sees("待发货")


async def send_twice(buyer: Visitor, form: str, **fields: str) -> None:
    """Send a form of the page twice at once, as it is but for *fields*."""
    await buyer.page.locator(form).evaluate(
        """async (form, fields) => {
            const data = new URLSearchParams(new FormData(form));
            for (const [name, value] of Object.entries(fields)) data.set(name, value);
            await Promise.all([0, 1].map(() => fetch(form.action, {method: "POST", body: data})));
        }""",
        fields,
    )


async def test_a_form_that_is_sent_twice_at_once_does_one_thing(arrive: Visiting) -> None:
    # The page holds back a second click. Where it can't, the id that the page made does it.
    merchant = await arrive(DESK)
    await merchant.become("老周")
    product = await merchant.list_product(merchant.path, "再点两下的茶", price="20.00", stock=5)
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    before = await buyer.balance()
    await buyer.choose(product, None, "立即购买")
    await buyer.page.wait_for_url("**/checkout?*")
    await send_twice(buyer, "form#order")
    assert await count_orders(buyer, "再点两下的茶") == 1
    await buyer.page.get_by_role("link", name="订单 ").filter(has_text="再点两下的茶").click()
    await buyer.press("去付款")
    await buyer.arrives_at("/orders/*/payment")
    order = buyer.path.removesuffix("/payment")
    await send_twice(buyer, "form:has(weiji-pad)", payment_password=buyer.payment_password)
    await buyer.open(order)
    await buyer.sees("待发货")
    assert before - await buyer.balance() == 20
    await buyer.open(product)
    await buyer.press("立即购买")
    await buyer.sees("库存 4")
