"""Proves that a buyer who asks for the money back, and whose merchant agrees, has it again in the wallet."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE


async def test_a_refund_that_the_merchant_agrees_to_is_in_the_wallet(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    desk = merchant.path
    product = await merchant.list_product(desk, "退得掉的茶", price="66.00", stock=5)
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    before = await buyer.balance()
    order = await buyer.place(product)
    await buyer.pay()
    assert before - await buyer.balance() == 66

    await buyer.open(order)
    await buyer.press("申请退款")
    await buyer.fill(退款原因="买错了")
    await buyer.press("提交申请")
    await buyer.sees("你申请了退款：买错了")

    await merchant.open(desk)
    await merchant.sees("退得掉的茶")
    await merchant.open(desk + order)
    await merchant.sees("买家申请退款：买错了")
    merchant.agree()
    await merchant.press("同意退款")
    await merchant.finds("货款已经退回给买家")

    # The buyer's page is still open, and hears of it.
    await buyer.sees("¥66.00 已经退回你的钱包")
    await buyer.sees("账本：这笔订单的担保账户里有 ¥0.00")
    assert await buyer.balance() == before
    newest = buyer.page.get_by_role("listitem").filter(has_text="+¥66.00").first
    await expect(newest).to_contain_text("退款")
    # What was to be sold can be sold again.
    await merchant.open(f"{desk}/goods")
    row = merchant.page.get_by_role("row").filter(has_text="退得掉的茶")
    await expect(row.get_by_role("cell").nth(2)).to_have_text("5")
