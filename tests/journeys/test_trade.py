"""Proves the main job in a real browser: goods are listed, bought, paid, held, shipped, confirmed, settled, withdrawn,
and the books agree."""

import re
from decimal import Decimal

import pytest
from playwright.async_api import ViewportSize, expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor

SKUS = (("50 g 小罐", "98.00", 12), ("125 g 大罐", "188.00", 8))


async def sell(arrive: Visiting, size: ViewportSize) -> tuple[Visitor, str, str]:
    """Bring a merchant with a shop and a product of two SKUs."""
    merchant = await arrive(size, has_motion=size == PHONE)
    await merchant.sign_up("老陈")
    await merchant.set_payment_password()
    desk = await merchant.open_shop("山里的茶铺")
    product = await merchant.list_product(desk, "手工桂花乌龙茶", SKUS)
    return merchant, desk, product


async def buy(arrive: Visiting, size: ViewportSize, product: str) -> tuple[Visitor, str]:
    """Bring a buyer, who buys one small and two large through the cart, and pays ¥474.00 from the wallet."""
    buyer = await arrive(size, has_motion=size == PHONE)
    await buyer.sign_up("小林")
    await buyer.set_payment_password()
    await buyer.top_up("500")
    await buyer.choose(product, "50 g 小罐", "加入购物车")
    await buyer.sees("已加入购物车")
    await buyer.choose(product, "125 g 大罐", "加入购物车", quantity=2)
    await buyer.sees("已加入购物车")
    await buyer.open("/cart")
    await buyer.press("去结算")
    await buyer.add_address("小林")
    await expect(buyer.page.locator(".pay-total")).to_contain_text("474")
    await buyer.press("提交订单")
    await buyer.arrives_at("/orders/*/payment")
    await buyer.pay()
    await buyer.press("看订单")
    await buyer.arrives_at("/orders/*")
    return buyer, buyer.path


async def see_money_held(buyer: Visitor) -> None:
    await buyer.sees("待发货")
    await buyer.sees("¥474.00 由平台为你保管")
    await buyer.sees("账本：这笔订单的担保账户里有 ¥474.00")


async def withdraw(merchant: Visitor, desk: str) -> None:
    """Take the money of the trade, less the fees, to a bank."""
    await merchant.return_to(f"{desk}/money")
    await expect(merchant.page.get_by_role("list", name="钱走到哪里了")).to_contain_text("464.52")
    await merchant.withdraw(desk, "463.52")
    row = merchant.page.get_by_role("row").filter(has_text="¥463.52")
    await expect(row).to_contain_text("¥1.00")
    await merchant.finds("已到账")
    await merchant.open(f"{desk}/money")
    await expect(merchant.page.get_by_role("list", name="钱走到哪里了")).not_to_contain_text("464.52")


async def see_books_agree(operator: Visitor) -> None:
    """Have the books verified: a green tick, and debits that equal credits in every ledger."""
    await operator.open("/operator/books")
    await operator.press("现在核对")
    await operator.sees("整本账核对无误")
    sums = operator.page.get_by_role("row").filter(has_text=re.compile("借贷(不)?相等|借贷不等"))
    assert await sums.count() >= 2
    for row in await sums.all():
        await expect(row).to_contain_text("借贷相等")
        debits, credits = (
            Decimal(re.sub(r"[¥,]", "", text))
            for text in await row.get_by_role("cell").filter(has_text="¥").all_inner_texts()
        )
        assert debits == credits > 0
    await operator.sees("足额")
    await operator.sees("正好是零")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_trade_ends_with_the_merchant_paid_and_the_books_agreeing(
    arrive: Visiting, operator: Visitor, size: ViewportSize
) -> None:
    merchant, desk, product = await sell(arrive, size)
    buyer, order = await buy(arrive, size, product)
    await see_money_held(buyer)

    await merchant.ship(desk, order)
    await merchant.sees("SF1234567890123")
    # The buyer's page is still open, and hears of it.
    await buyer.sees("待收货")
    await buyer.sees("SF1234567890123")

    if size == PHONE:
        await buyer.press("确认收货")
        await buyer.enter_payment_password()
        await buyer.sees("已确认收货，谢谢。")
    else:
        await operator.turn_clock("10 天")
        await buyer.return_to(order)
    await buyer.sees("已收货")
    await buyer.sees("¥474.00 已经放款给卖家")

    await operator.turn_clock("1 天")
    await buyer.return_to(order)
    await buyer.sees("¥474.00 已经结算给卖家")
    await withdraw(merchant, desk)
    await see_books_agree(operator)
