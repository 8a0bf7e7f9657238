"""Proves what a settled trade leads to: a point that the shop's grade links to, reviews that are blind until both are
in, and, where money goes back that the shop has withdrawn, a debt that its next sale repays."""

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor


async def _settle(merchant: Visitor, desk: str, buyer: Visitor, product: str, operator: Visitor) -> str:
    """Bring a trade to its end; give the order's path."""
    order = await buyer.place(product)
    await buyer.pay()
    await merchant.ship(desk, order)
    await buyer.open(order)
    await buyer.press("确认收货")
    await buyer.enter_payment_password()
    await buyer.sees("已确认收货，谢谢。")
    await operator.turn_clock("1 天")
    return order


async def _give_stars(buyer: Visitor, of: str, star: int) -> None:
    await buyer.page.get_by_role("group", name=of).locator("label").nth(star - 1).click()


async def _review(buyer: Visitor, merchant: Visitor, desk: str, order: str, product: str) -> None:
    """Have the buyer review and the merchant rate: nobody reads the one before the other is there."""
    await buyer.open(f"{order}/review")
    await _give_stars(buyer, "和描述相符吗", 4)
    await _give_stars(buyer, "店家的服务", 5)
    await _give_stars(buyer, "发货和物流", 5)
    await buyer.fill(说说怎么样="比照片上的小一点")
    await buyer.press("提交评价")
    await buyer.sees("你评过了。")
    await merchant.open(f"{product}/reviews")
    await merchant.sees("还没有评价")
    await merchant.open(f"{desk}/reviews?tab=buyers")
    await merchant.page.get_by_role("button", name="评一下", exact=True).first.click()
    await merchant.open(f"{product}/reviews")
    await merchant.finds("比照片上的小一点")


async def test_a_settled_trade_is_a_point_is_reviewed_and_may_leave_a_debt_that_is_repaid(
    arrive: Visiting, operator: Visitor
) -> None:
    merchant = await arrive(DESK)
    await merchant.sign_up("老陈")
    await merchant.set_payment_password()
    desk = await merchant.open_shop("山脚的壶铺")
    product = await merchant.list_product(desk, "小泥壶", price="90.00", stock=5)
    buyer = await arrive(PHONE)
    await buyer.become("阿明")
    order = await _settle(merchant, desk, buyer, product, operator)

    # Why this grade: each point is linked to the trade that it comes from.
    await merchant.open(f"{desk}/credit?tab=counted")
    await merchant.finds("¥90.00")
    await expect(merchant.page.get_by_role("table").get_by_role("row")).to_have_count(2)
    await merchant.page.get_by_role("rowheader").get_by_role("link").click()
    await merchant.arrives_at(f"{desk}{order}")

    await _review(buyer, merchant, desk, order, product)

    # The money is withdrawn, all but nothing; then it goes back to the buyer all the same.
    await merchant.withdraw(desk, "87.20")
    await buyer.open(order)
    await buyer.press("申请售后")
    await buyer.page.get_by_role("link", name="仅退款").click()
    case = await buyer.ask_back("收到时破损")
    await merchant.open(f"{desk}{case}")
    merchant.agree()
    await merchant.press("同意")
    await merchant.finds("已退款")
    await merchant.open(f"{desk}/debt")
    await merchant.sees("欠 ¥88.20")
    await buyer.open(order)
    await buyer.sees("已全额退款")
    await _settle(merchant, desk, buyer, product, operator)
    await merchant.open(f"{desk}/debt")
    await merchant.finds("没有欠款。")
