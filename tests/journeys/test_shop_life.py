"""Proves in a browser the life of a shop: a clerk who is invited ships an order and sees no money, a suspended shop
appeals and is restored, and a shop that closes ends with everything paid out."""

from uuid import UUID

from tests.journeys.conftest import Town, Visiting
from tests.journeys.visitor import DESK, PASSWORD, PHONE, Visitor
from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.program import open_program
from weiji.settings import Settings
from weiji.shops import SuspendShop, suspend_shops


async def buy(buyer: Visitor, product: str) -> str:
    """Sign up, and buy a product; give the order's path."""
    await buyer.sign_up("阿青")
    await buyer.set_payment_password()
    await buyer.top_up("500")
    await buyer.choose(product, None, "立即购买")
    await buyer.page.wait_for_url("**/checkout?*")
    await buyer.add_address("阿青")
    await buyer.press("提交订单")
    await buyer.arrives_at("/orders/*/payment")
    order = buyer.path.removesuffix("/payment")
    await buyer.pay()
    return order


async def test_a_clerk_who_is_invited_ships_an_order_and_sees_no_money(arrive: Visiting) -> None:
    merchant, clerk, buyer = await arrive(DESK), await arrive(PHONE), await arrive(PHONE)
    await merchant.sign_up("周山")
    desk = await merchant.open_shop("半山茶铺")
    product = await merchant.list_product(desk, "半山的秋茶", price="66.00", stock=5)
    await clerk.sign_up("小林")
    await merchant.open(f"{desk}/staff")
    await merchant.fill(用户名或手机号=clerk.handle)
    await merchant.page.get_by_label("角色", exact=True).select_option(label="客服")
    await merchant.press("发出邀请")
    await merchant.sees("邀请已发出，等对方接受。")
    await clerk.open("/me")
    await clerk.sees("有 1 家店铺邀请你。")
    await clerk.page.get_by_role("link", name="去看看").click()
    await clerk.sees("邀请你担任「客服」。")
    await clerk.press("接受")
    await clerk.sees("欢迎加入！")
    order = await buy(buyer, product)
    await clerk.ship(desk, order)
    await clerk.sees("已发货，买家在订单里看得到。")
    await clerk.open(desk)
    assert await clerk.page.get_by_text("30 天成交额").count() == 0
    answer = await clerk.page.goto(f"{clerk.url}{desk}/money")
    assert answer is not None
    assert answer.status == 403
    clerk.complaints.clear()  # The browser tells of the 403.
    await buyer.open(order)
    await buyer.sees("SF1234567890123")


async def test_a_suspended_shop_appeals_and_is_restored(town: Town, arrive: Visiting) -> None:
    merchant, judge, buyer = await arrive(PHONE), await arrive(DESK), await arrive(PHONE)
    await merchant.sign_up("周山")
    desk = await merchant.open_shop("后山茶铺")
    product = await merchant.list_product(desk, "后山的秋茶", price="66.00", stock=5)
    shop_id = desk.removeprefix("/merchant/")
    await _suspend(town, shop_id)
    await buyer.open(product)
    await buyer.sees("平台暂停了这家店的售卖")
    await merchant.open(desk)
    await merchant.sees("平台停了这家店的售卖")
    await merchant.page.get_by_role("link", name="看原因").first.click()
    await merchant.sees("有人说是假货。")
    await merchant.page.get_by_label("申诉").fill("有进货单，可以提供。")
    await merchant.press("提交申诉")
    await merchant.sees("等待裁定")
    await judge.become("文山")
    await judge.open("/operator/shops?tab=appeals")
    await judge.page.get_by_role("link", name="后山茶铺").click()
    await judge.sees("有进货单，可以提供。")
    await judge.fill(裁定的理由="查过进货单，是真的。")
    await judge.press("申诉成立，立即解除")
    await judge.sees("已裁定，店主会看到。")
    await merchant.open(f"{desk}/suspension")
    await merchant.sees("查过进货单，是真的。")
    await buyer.open(product)
    assert await buyer.page.get_by_text("平台暂停了这家店的售卖").count() == 0
    await buyer.sees("立即购买")


async def _suspend(town: Town, shop_id: str) -> None:
    """Have a colleague of the judge's suspend a shop."""
    id = UUID(shop_id)
    command = SuspendShop(
        id=new_id(id),
        shop_id=id,
        stops_sales=True,
        stops_withdrawals=False,
        reason="有人说是假货。",
        days=None,
        actor=Actor("staff", new_id()),
    )
    settings = Settings(database_url=town.database_url, data=town.data, mode="demo")
    async with open_program(settings) as program:
        assert await program.batchers.of(suspend_shops).submit(command) == "created"


async def test_a_shop_closes_with_everything_paid_out(arrive: Visiting) -> None:
    merchant, buyer = await arrive(DESK), await arrive(PHONE)
    await merchant.sign_up("周山")
    await merchant.set_payment_password()
    desk = await merchant.open_shop("前山茶铺")
    product = await merchant.list_product(desk, "前山的秋茶", price="66.00", stock=5)
    order = await buy(buyer, product)
    await merchant.open(f"{desk}/money/accounts")
    await merchant.fill(户名="周山", 开户行="小镇银行", 账号="6222000012345678")
    await merchant.enter_payment_password()
    await merchant.fill(验证码或登录密码=PASSWORD)
    await merchant.press("添加")
    await merchant.sees("银行账户已添加。")
    await merchant.open(f"{desk}/closing")
    await merchant.sees("要发货的订单")
    await merchant.page.get_by_text("小镇银行 · 5678").click()
    await merchant.fill(你的支付密码=merchant.payment_password)
    merchant.agree()
    await merchant.press("关店")
    await merchant.sees("店铺不再接单了。")
    await buyer.open(product)
    await buyer.sees("这家店已经不再接单")
    await merchant.ship(desk, order)
    await merchant.sees("已发货，买家在订单里看得到。")
    for _ in range(3):
        await merchant.turn_clock("10 天")
        await merchant.turn_clock("1 小时")
    await merchant.return_to(f"{desk}/closing")
    await merchant.finds("店铺已关")
    await merchant.open(f"{desk}/money/payouts")
    await merchant.sees("已到账")
    await merchant.open(f"{desk}/porting")
    await merchant.sees("导出")
