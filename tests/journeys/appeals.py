"""What follows where goods were taken down: their shop reads why and appeals, and a colleague restores them."""

from tests.journeys.visitor import Visitor


async def restore_on_appeal(
    merchant: Visitor, operator: Visitor, buyer: Visitor, desk: str, product: str, *, title: str, why: str, appeal: str
) -> None:
    """Go from where *product* is taken down, which is said to be *why*, to where it can be bought again."""
    await buyer.open(product)
    await buyer.finds("平台下架了这件商品，现在不能买。")
    await merchant.open(desk)
    await merchant.sees("个新的处罚，不对可以申诉。")
    await merchant.open(f"{desk}/penalties")
    await merchant.sees(why)
    penalty = merchant.page.locator(".card").filter(has_text=why)
    await penalty.get_by_text("申诉", exact=True).click()
    await penalty.get_by_label("为什么不对").fill(appeal)
    await penalty.get_by_role("button", name="提交申诉").click()
    await merchant.sees("申诉已提交，会由另一位同事裁定。")

    await operator.open("/operator/inquiries?tab=appeals")
    await operator.page.get_by_role("link", name=title).click()
    await operator.sees(appeal)
    await operator.fill(裁定的理由="说得通")
    await operator.press("申诉成立，立即恢复")
    await operator.sees("已裁定，店主会看到。")

    await merchant.open(f"{desk}/penalties")
    await merchant.sees("申诉成立")
    await buyer.open(product)
    await buyer.finds("立即购买")
