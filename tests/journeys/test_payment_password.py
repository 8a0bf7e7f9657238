"""Proves that a payment password can't be guessed: five wrong ones lock it, the page says so, and nothing is paid."""

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE


async def test_five_wrong_payment_passwords_lock_it_and_the_page_says_for_how_long(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    product = await merchant.list_product(merchant.path, "猜不到的茶", price="20.00", stock=5)
    buyer = await arrive(PHONE)
    await buyer.sign_up("阿猜")
    await buyer.set_payment_password()
    await buyer.top_up("100")
    await buyer.choose(product, None, "立即购买")
    await buyer.add_address("阿猜")
    await buyer.press("提交订单")
    await buyer.arrives_at("/orders/*/payment")
    paying = buyer.path
    for left in (4, 3, 2, 1):
        await buyer.enter_payment_password("000000")
        await buyer.sees(f"支付密码不对，还可以试 {left} 次。")
    await buyer.enter_payment_password("000000")
    await buyer.sees("试错太多次，支付密码锁住了。请在10分钟后再试。")
    # The right one is not even looked at, and nothing was taken.
    await buyer.open(paying)
    await buyer.enter_payment_password()
    await buyer.sees("支付密码锁住了")
    assert await buyer.balance() == 100
