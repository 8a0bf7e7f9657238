"""Proves that card keys go from a merchant to a buyer's phone: stored, bought, shown once asked for, confirmed."""

import re

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor

KEYS = ["LAKE-2026-AAAA-0001", "LAKE-2026-BBBB-0002", "LAKE-2026-AAAA-0001"]


async def _sell_card(merchant: Visitor, desk: str) -> str:
    """Put a gift card on the shelf, with two keys; give the path of its page."""
    await merchant.open(f"{desk}/goods/new")
    await merchant.fill(名称="湖边咖啡券", 价格="25.00")
    await merchant.unfold("怎么给买家")
    await merchant.page.get_by_text("发卡密", exact=True).click()
    await merchant.press("上架")
    await merchant.sees("保存好了，存进卡密就能卖。")
    await merchant.sees("还没有卡密")
    await merchant.page.get_by_label(re.compile("^一行一个")).fill("\n".join(KEYS))
    await merchant.press("存入")
    await merchant.sees("存好了 2 个卡密。")
    await merchant.sees("第 3 行：重复了，已经存过")
    await merchant.sees("…0002")
    assert "LAKE-2026" not in await merchant.page.content()
    return merchant.path.removesuffix("/keys").replace(desk + "/goods", "/products")


async def test_a_card_key_is_stored_bought_shown_and_confirmed_by_the_clock(
    arrive: Visiting, operator: Visitor
) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    desk = merchant.path
    product = await _sell_card(merchant, desk)

    # Somebody new in town, without an address.
    buyer = await arrive(PHONE)
    await buyer.sign_up("买券的人")
    await buyer.set_payment_password()
    await buyer.top_up("100")
    await buyer.open(product)
    await buyer.sees("自动发卡密")
    order = await buyer.place(product)
    await buyer.pay()
    await buyer.open(order)
    await buyer.finds("卡密已发")
    assert "LAKE-2026" not in await buyer.page.content()
    buyer.agree()
    await buyer.press("显示卡密")
    await expect(buyer.page.locator(".key-text")).to_have_text(re.compile("^LAKE-2026-"))
    await buyer.press("复制")
    await buyer.open(order)
    await buyer.sees("你查看了卡密")
    await expect(buyer.button("不要了，全额退款")).to_have_count(0)

    await merchant.open(desk + order)
    await merchant.sees("买家查看了卡密")
    assert "LAKE-2026" not in await merchant.page.content()

    for _ in range(3):
        await operator.turn_clock("1 天")
    await buyer.open(order)
    await buyer.finds("确认收货，放款给卖家")
