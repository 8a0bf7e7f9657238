"""Proves what becomes of a payment that comes when its order is closed: the order is opened again, or the money goes
back by itself."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def pay_late(buyer: Visitor, product: str) -> tuple[str, str]:
    """Pay at the acquirer so that we hear of it after the deadline, and have the order closed meanwhile.

    Give the order's path, and the payment's id.
    """
    order = await buyer.place(product)
    await buyer.go_to_acquirer()
    payment_id = buyer.path.rsplit("/", 1)[1]
    await buyer.press("迟到的付款 现在扣钱，过了期限才告诉商家")
    await buyer.sees("已经扣款")
    await buyer.press("返回微集")
    await buyer.sees("正在等钱到账")
    await buyer.press("看订单")
    await buyer.arrives_at(order)
    buyer.agree()
    await buyer.press("取消订单")
    await buyer.sees("订单取消了")
    await buyer.sees("已关闭")
    return order, payment_id


async def test_a_late_payment_opens_the_order_again_where_there_is_stock(arrive: Visiting, operator: Visitor) -> None:
    merchant = await arrive(DESK)
    await merchant.become("沈姐")
    desk = merchant.path
    product = await merchant.list_product(desk, "等得到的书", price="35.00", stock=1)
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    order, _ = await pay_late(buyer, product)
    await operator.turn_clock("1 小时")
    # The buyer's page is still open, and hears of it.
    await buyer.sees("待发货")
    await buyer.sees("¥35.00 由平台为你保管")
    await merchant.open(desk + order)
    await merchant.sees("迟到的付款到账，订单重新打开")
    # It is the last one again, and this buyer's.
    await buyer.open(product)
    await buyer.sees("卖完了")


async def test_a_late_payment_goes_back_where_the_stock_is_gone(arrive: Visiting, operator: Visitor) -> None:
    merchant = await arrive(DESK)
    await merchant.become("沈姐")
    desk = merchant.path
    product = await merchant.list_product(desk, "等不到的书", price="36.00", stock=1)
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    order, payment_id = await pay_late(buyer, product)
    quicker = await arrive(PHONE)
    await quicker.become("阿明")
    await quicker.place(product)
    await quicker.pay()
    await operator.turn_clock("1 小时")
    await buyer.open(order)
    await buyer.sees("已关闭")
    await buyer.sees("账本：这笔订单的担保账户里有 ¥0.00")
    await operator.open(f"/operator/trade{order.removeprefix('/orders')}")
    await operator.sees("多余的付款原路退回")
    await operator.open(f"/operator/audit?of={payment_id}")
    await operator.finds("RefundSucceeded")
    await expect(operator.page.get_by_role("row").filter(has_text="RefundSucceeded")).to_have_count(1)
