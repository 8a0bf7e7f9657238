"""Proves that goods are bought on a phone to be picked up, and handed over for their code at a desk: paid for then."""

import re

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def test_what_is_picked_up_is_handed_over_for_its_code(arrive: Visiting, operator: Visitor) -> None:
    merchant = await arrive(DESK)
    await merchant.sign_up("老郑")
    desk = await merchant.open_shop("桥头的陶坊")
    product = await merchant.list_product(desk, "陶碗", price="36.00", stock=5)
    await merchant.open(f"{desk}/places")
    await merchant.sees("还没有自提点")
    await merchant.open(f"{desk}/places/new")
    await merchant.fill(名字="桥头店", 地址="桥头路 1 号", 什么时间有人="10 点到 20 点")
    await merchant.press("保存")
    await merchant.sees("自提点保存好了")

    # Somebody new in town, without an address.
    buyer = await arrive(PHONE)
    await buyer.sign_up("来提货的人")
    await buyer.set_payment_password()
    await buyer.top_up("100")
    await buyer.open(product)
    await buyer.sees("桥头店 · 桥头路 1 号 · 10 点到 20 点")
    await buyer.choose(product, None, "立即购买")
    await buyer.page.wait_for_url("**/checkout?*")
    await buyer.page.get_by_text("桥头店").click()
    await buyer.sees("来提货的人")
    await buyer.fill(姓名="小明", 手机号="13800138000")
    await buyer.press("提交订单")
    await buyer.arrives_at("/orders/*/payment")
    order = buyer.path.removesuffix("/payment")
    await buyer.pay()
    await buyer.open(order)
    await buyer.finds("待提货")
    await buyer.press("出示提货码")
    await buyer.enter_payment_password()
    code = await buyer.page.locator(".pickup-code b").inner_text()
    assert re.fullmatch(r"\d{4} \d{4} \d{4}", code)
    await expect(buyer.page.get_by_role("img", name="提货码的二维码").locator("svg")).to_be_visible()

    await merchant.open(desk + order)
    await merchant.finds("待提货")
    assert code not in await merchant.page.content()
    await merchant.open(f"{desk}/pickup")
    await merchant.fill(提货码="1234 5678 9012" if code != "1234 5678 9012" else "0000 0000 0000")
    await merchant.press("查这个码")
    await merchant.sees("没有这个提货码：请对照买家的手机再看一遍。")
    # Where the buyer's QR code leads to.
    await merchant.open(f"{desk}/pickup?code={code.replace(' ', '')}")
    await merchant.press("查这个码")
    await merchant.sees("小明")
    merchant.agree()
    await merchant.press("核销，再交货")
    await merchant.arrives_at(desk + order)
    await merchant.finds("货款已经归你，等待结算")
    await merchant.open(f"{desk}/pickup?code={code.replace(' ', '')}")
    await merchant.press("查这个码")
    await merchant.sees("已经核销过了")

    await buyer.open(order)
    await buyer.finds("凭提货码提了货")
    assert code not in await buyer.page.content()
    await operator.turn_clock("1 天")
    await merchant.open(f"{desk}/money")
    await merchant.finds("35.28")
