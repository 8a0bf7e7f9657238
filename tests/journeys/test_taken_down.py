"""Proves that goods that a new word rule finds are taken down with a reason, and restored on appeal."""

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
    await operator.page.get_by_role("button", name="发布第").click()
    await operator.sees("版已生效。")

    buyer = await arrive(PHONE)
    await buyer.open(product)
    await buyer.finds("平台下架了这件商品，现在不能买。")
    await merchant.open(f"{desk}/penalties")
    await merchant.sees("没有这种东西。")
    penalty = merchant.page.locator(".card").filter(has_text="没有这种东西。")
    await penalty.get_by_text("申诉", exact=True).click()
    await penalty.get_by_label("为什么不对").fill("这是一瓶矿泉水的牌子。")
    await penalty.get_by_role("button", name="提交申诉").click()
    await merchant.sees("申诉已提交，会由另一位同事裁定。")

    await operator.open("/operator/inquiries?tab=appeals")
    await operator.page.get_by_role("link", name="神仙水一号").click()
    await operator.sees("这是一瓶矿泉水的牌子。")
    await operator.fill(裁定的理由="确实是牌子")
    await operator.press("申诉成立，立即恢复")
    await operator.sees("已裁定，店主会看到。")

    await merchant.open(f"{desk}/penalties")
    await merchant.sees("申诉成立")
    await buyer.open(product)
    await buyer.finds("立即购买")
