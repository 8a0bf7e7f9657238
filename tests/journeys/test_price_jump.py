"""Proves that goods whose price jumps are held by a rule until somebody has looked, and restored on appeal."""

from tests.journeys.appeals import restore_on_appeal
from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def test_a_price_jump_is_held_and_restored_on_appeal(arrive: Visiting, operator: Visitor) -> None:
    await operator.open("/operator/conduct-rules/new")
    await operator.page.get_by_role("combobox", name="看什么").select_option("price_rise")
    await operator.fill(
        名称="一涨就看",
        往回看="24",
        从多少起="150",
        给商家的说明="价格涨得太快，请说明原因。",
        应该找到的="30000/10000",
    )
    await operator.page.get_by_label("给商家的说明（英文）").fill("The price rose too fast: please explain.")
    await operator.page.get_by_text("商品先停卖，等人看").click()
    await operator.press("在最近 90 天上试")
    await operator.finds("试过了")
    await operator.fill(为什么改="涨价先看")
    await operator.page.get_by_role("button", name="发布第").click()
    await operator.sees("版已生效。")

    merchant = await arrive(DESK)
    await merchant.become("老周")
    desk = merchant.path
    await merchant.open(f"{desk}/goods/new")
    await merchant.fill(名称="雨前龙井二两", 价格="20.00", 库存="5")
    await merchant.press("上架")
    await merchant.open(f"{desk}/goods?tab=listed")
    await merchant.page.get_by_role("link", name="雨前龙井二两").first.click()
    edited = merchant.path
    await merchant.page.get_by_role("link", name="看商品页").click()
    product = merchant.path

    # A rule looks at hours that begin once it is in force.
    await operator.turn_clock("1 小时")
    await merchant.open(edited)
    await merchant.fill(价格="60.00")
    await merchant.press("保存")
    await merchant.sees("已保存。")
    await operator.turn_clock("1 小时")

    await merchant.open(f"{desk}/penalties")
    await merchant.sees("有人看过以后决定")
    buyer = await arrive(PHONE)
    await restore_on_appeal(
        merchant,
        operator,
        buyer,
        desk,
        product,
        title="雨前龙井二两",
        why="价格涨得太快，请说明原因。",
        appeal="上一批是试喝装，这是正装。",
    )
