"""Proves that goods that a new word rule finds are taken down with a reason, and restored on appeal."""

from tests.journeys.appeals import restore_on_appeal
from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def test_goods_are_taken_down_by_a_word_rule_and_restored_on_appeal(arrive: Visiting, operator: Visitor) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    desk = merchant.path
    await merchant.open(f"{desk}/goods/new")
    await merchant.fill(名称="神仙水一号", 价格="20.00", 库存="5")
    await merchant.press("上架")
    await merchant.open(f"{desk}/goods?tab=listed")
    await merchant.page.get_by_role("link", name="神仙水一号").first.click()
    await merchant.page.get_by_role("link", name="看商品页").click()
    product = merchant.path

    await operator.open("/operator/word-rules/new")
    await operator.fill(
        名称="神仙水", 词="神仙水", 给商家的说明="没有这种东西。", 应该找到的="神·仙·水", 为什么改="试一试"
    )
    await operator.press("看看会找到什么")
    await operator.sees("会在 1 件在卖的商品里找到。")
    await operator.page.get_by_role("button", name="发布第").click()
    await operator.sees("版已生效。")

    buyer = await arrive(PHONE)
    await restore_on_appeal(
        merchant,
        operator,
        buyer,
        desk,
        product,
        title="神仙水一号",
        why="没有这种东西。",
        appeal="这是一瓶矿泉水的牌子。",
    )
