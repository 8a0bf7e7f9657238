"""Proves that whoever has no scripts can buy: everything is a link or a form."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE


async def test_one_browses_buys_and_pays_by_links_and_forms(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    product = await merchant.list_product(merchant.path, "朴素的茶", (("小包", "12.00", 9), ("大包", "30.00", 9)))
    buyer = await arrive(PHONE, has_scripts=False)
    await buyer.become("小鱼")
    before = await buyer.balance()

    await buyer.open("/")
    await buyer.page.get_by_role("list", name="商品").get_by_role("link").filter(has_text="朴素的茶").click()
    await buyer.arrives_at(product)
    await buyer.press("加入购物车")
    sheet = buyer.page.get_by_role("dialog")
    await sheet.get_by_text("大包", exact=True).click()
    await sheet.get_by_label("数量").fill("2")
    await sheet.get_by_role("button", name="加入购物车", exact=True).click()
    await buyer.sees("已加入购物车")

    await buyer.open("/cart")
    line = buyer.page.get_by_label("朴素的茶 的数量")
    await expect(line).to_have_value("2")
    await line.fill("3")
    await buyer.press("改")
    await expect(line).to_have_value("3")
    await buyer.press("去结算")
    await expect(buyer.page.locator(".pay-total")).to_contain_text("90")
    await buyer.press("提交订单")
    await buyer.arrives_at("/orders/*/payment")
    await buyer.page.get_by_label("请输入 6 位支付密码").fill(buyer.payment_password)
    await buyer.press("确认")
    # Without scripts the page asks for itself again until the money is there.
    await buyer.sees("付款成功")
    await buyer.press("看订单")
    await buyer.sees("¥90.00 由平台为你保管")
    order = buyer.path
    assert before - await buyer.balance() == 90

    # That the shop may write, as it may by an order of before, has a page of its own.
    await buyer.open(order)
    await buyer.press("和店家保持联系")
    await buyer.press("撤回同意")
    await buyer.sees("这家店再也看不到你的联系方式")
    await buyer.open(order)
    await buyer.press("和店家保持联系")
    await buyer.press("同意")
    await buyer.sees("好的。随时可以在“我”里撤回。")
