"""Proves that a payment password can't be guessed, and that who forgot it has another a day later."""

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PASSWORD, PHONE, Visitor


async def test_five_wrong_payment_passwords_lock_it_and_who_forgot_it_sets_another_a_day_later(
    arrive: Visiting,
) -> None:
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
    # From there to another one: asked for, cancelled by a tap where it is told, asked for again, and set.
    await buyer.open(paying)
    await _forget(buyer)
    await buyer.open(paying)
    await buyer.press("取消重设")
    await buyer.sees("取消了，原来的支付密码照旧")
    assert buyer.path == paying
    await _forget(buyer)
    await buyer.turn_clock("1 天")
    await buyer.return_to("/wallet")
    await buyer.page.get_by_role("link", name="设新的支付密码").click()
    buyer.payment_password = "604182"
    await buyer.fill(新的支付密码="604182", 再输入一次="604182", 登录密码=PASSWORD)
    await buyer.press("保存")
    await buyer.arrives_at("/me/security")
    await buyer.place(product)
    await buyer.pay()


async def _forget(buyer: Visitor) -> None:
    """Begin a reset, from a page that asks for the payment password."""
    await buyer.page.get_by_role("link", name="忘了支付密码？").click()
    await buyer.fill(登录密码=PASSWORD)
    await buyer.press("开始重设")
    await buyer.sees("正在等")
