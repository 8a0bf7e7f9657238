"""Proves in a browser that what a buyer asks for about a line comes about: all of it, a part of it, and a return."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting, sell


async def test_a_refund_that_the_merchant_agrees_to_is_in_the_wallet(arrive: Visiting) -> None:
    merchant, desk, buyer, order, before = await sell(arrive, "退得掉的茶", "66.00")
    assert before - await buyer.balance() == 66

    await buyer.open(order)
    await buyer.press("申请退款")
    await buyer.ask_back("拍错了", "买错了")
    await buyer.open(order)
    await buyer.sees("售后还没有结束")

    await merchant.open(f"{desk}/aftersale")
    await merchant.page.get_by_role("link", name="退得掉的茶").first.click()
    await merchant.sees("买错了")
    merchant.agree()
    await merchant.press("同意")
    await merchant.finds("已退款")

    # The buyer's page of the order is still open, and hears of it.
    await buyer.sees("¥66.00 已经退回你的钱包")
    await buyer.sees("账本：这笔订单的担保账户里有 ¥0.00")
    assert await buyer.balance() == before
    newest = buyer.page.get_by_role("listitem").filter(has_text="+¥66.00").first
    await expect(newest).to_contain_text("退款")
    # What was to be sold can be sold again.
    await merchant.open(f"{desk}/goods")
    row = merchant.page.get_by_role("row").filter(has_text="退得掉的茶")
    await expect(row.get_by_role("cell").nth(2)).to_have_text("5")


async def test_a_part_goes_back_for_goods_that_stay_and_another_for_goods_that_return(arrive: Visiting) -> None:
    merchant, desk, buyer, order, before = await sell(arrive, "磕了边的杯", "80.00")
    await merchant.ship(desk, order)

    # A part of the price, for a cup that stays.
    await buyer.open(order)
    await buyer.press("申请售后")
    await buyer.page.get_by_role("link", name="仅退款").click()
    await buyer.fill(退多少="12.50")
    case = await buyer.ask_back("收到时破损", "杯口磕了一下")
    await merchant.open(f"{desk}{case}")
    await merchant.press("换个办法")
    sheet = merchant.page.get_by_role("dialog")
    await sheet.get_by_label("退多少").fill("10")
    await sheet.get_by_role("button", name="提给买家").click()
    await merchant.sees("等买家答复")
    await buyer.open(case)
    await buyer.sees("仅退款 ¥10.00")
    buyer.agree()
    await buyer.press("接受")
    await buyer.finds("已退款")
    assert before - await buyer.balance() == 70

    # Then the cup goes back after all, for what is left of its price.
    await buyer.open(order)
    await buyer.press("申请售后")
    await buyer.page.get_by_role("link", name="退货退款").click()
    case = await buyer.ask_back("不想要了", "还是退了吧")
    await merchant.open(f"{desk}{case}")
    merchant.agree()
    await merchant.press("同意")
    await merchant.sees("等买家寄回")
    await buyer.open(case)
    await buyer.sees("集市退货点")
    await buyer.fill(快递公司="顺丰速运", 快递单号="SF1029384756123")
    await buyer.press("已经寄出")
    await buyer.sees("寄回途中")
    await merchant.open(f"{desk}{case}")
    await merchant.page.get_by_role("switch", name="放回库存").check()
    merchant.agree()
    await merchant.press("收下，退款")
    await merchant.finds("已退款")
    assert await buyer.balance() == before
    await buyer.open(order)
    await buyer.sees("已退货 1")
    await merchant.open(f"{desk}/goods")
    row = merchant.page.get_by_role("row").filter(has_text="磕了边的杯")
    await expect(row.get_by_role("cell").nth(2)).to_have_text("5")
