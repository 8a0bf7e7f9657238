"""Proves that a product that a reviewer refuses is mended by its shop and then listed."""

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def _publish(operator: Visitor, *, is_on: bool) -> None:
    await operator.open("/operator/goods-reviews/rules")
    await operator.page.get_by_role("switch", name="所有商品都先看再卖").set_checked(is_on)
    await operator.fill(常用的原因="照片和名称对不上，请改名称。", 为什么要改="试一试先看再卖")
    operator.agree()
    await operator.page.get_by_role("button", name="发布第").click()
    await operator.sees("新的规则已生效。")


async def test_a_refused_product_is_mended_and_listed(arrive: Visiting, operator: Visitor) -> None:
    await _publish(operator, is_on=True)
    try:
        merchant = await arrive(DESK)
        await merchant.become("老周")
        desk = merchant.path
        await merchant.open(f"{desk}/goods/new")
        await merchant.fill(名称="好东西", 价格="20.00", 库存="5")
        await merchant.press("上架")
        await merchant.sees("交给平台看了，通过以后自动上架。")
        await merchant.sees("审核中")

        await operator.open("/operator/goods-reviews")
        await operator.page.get_by_role("button", name="件来看").click()
        await operator.sees("好东西")
        card = operator.page.locator(".review-card").filter(has_text="好东西")
        await card.get_by_text("不通过", exact=True).click()
        await card.get_by_text("哪里不对", exact=True).click()
        await card.locator("input[list=reasons]").first.fill("写清楚是什么东西")
        await operator.press("提交结论")
        await operator.sees("看完了 1 件。")

        await merchant.open(f"{desk}/goods?tab=refused")
        await merchant.page.get_by_role("link", name="好东西").first.click()
        await merchant.sees("平台看过了，要改这几处再上架：")
        await merchant.sees("写清楚是什么东西")
        await merchant.fill(名称="武夷山的手工茶点")
        await merchant.press("保存并上架")
        await merchant.sees("交给平台看了，通过以后自动上架。")

        await operator.open("/operator/goods-reviews")
        await operator.page.get_by_role("button", name="件来看").click()
        card = operator.page.locator(".review-card").filter(has_text="武夷山的手工茶点")
        await card.get_by_text("通过", exact=True).click()
        await operator.press("提交结论")
        await operator.sees("看完了 1 件。")

        await merchant.open(f"{desk}/goods?tab=listed")
        await merchant.page.get_by_role("link", name="武夷山的手工茶点").first.click()
        await merchant.page.get_by_role("link", name="看商品页").click()
        product = merchant.path
        buyer = await arrive(PHONE)
        await buyer.open(product)
        await buyer.sees("武夷山的手工茶点")
    finally:
        await _publish(operator, is_on=False)
