"""Proves that of a cart what is ticked is ordered, and that two shops are paid once: freight, an address on the way, a
price that changed, a refund."""

import re

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor
from weiji.demo.freight import BOOKS


async def test_two_shops_are_paid_at_once_and_one_gives_its_part_back(arrive: Visiting, operator: Visitor) -> None:
    await operator.turn_clock("10 天")  # The bookshop may not list before a penalty of seven days is over.
    grower = await arrive(DESK)
    await grower.become("老周")
    tea = await grower.list_product(grower.path, "一起买的茶", price="30.00", stock=5)
    bookseller = await arrive(DESK)
    await bookseller.become("沈姐")
    desk = f"/merchant/{BOOKS.shop_id}"
    book = await bookseller.list_product(desk, "一起买的书", price="20.00", stock=5)

    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    before = await buyer.balance()
    for product in (tea, book):
        await buyer.choose(product, None, "加入购物车")
        await buyer.sees("已加入购物车")
    await buyer.open("/cart")
    sum_up = buyer.page.get_by_role("status").filter(has_text="¥")
    await expect(sum_up).to_have_text("¥50.00")
    await buyer.page.get_by_text("选 一起买的茶").click(force=True)  # Left for another time, and found left again.
    await expect(sum_up).to_have_text("¥20.00")
    books = buyer.page.get_by_label("一起买的书 的数量")
    await books.fill("2")
    async with buyer.page.expect_response("**/cart/items/*"):
        await books.press("Tab")
        await expect(sum_up).to_have_text("¥40.00")
    await buyer.press("去结算")
    await buyer.page.wait_for_url("**/checkout?item=*")
    await buyer.page.go_back()
    await expect(sum_up).to_have_text("¥40.00")
    await buyer.page.get_by_text("全选").click()
    await expect(sum_up).to_have_text("¥70.00")
    await books.fill("1")
    await books.press("Tab")
    await expect(sum_up).to_have_text("¥50.00")
    await buyer.press("去结算")
    total = buyer.page.locator(".pay-total")
    await expect(total).to_contain_text("55")  # To Hangzhou the book's freight is ¥5.

    await buyer.page.get_by_label("给卖家的话").first.fill("请一起到")
    await buyer.page.get_by_text("新增地址").click()
    await buyer.add_address("小鱼的妈妈", ("四川省", "成都市", "武侯区"))
    await buyer.sees("小鱼的妈妈")
    await expect(total).to_contain_text("58")  # To Chengdu it is ¥8.
    await expect(buyer.page.get_by_label("给卖家的话").first).to_have_value("请一起到")

    # Meanwhile the book gets dearer. The tea is ordered all the same, and the page says why the book is not.
    await bookseller.open(f"{desk}/goods/{book.rsplit('/', 1)[1]}")
    await bookseller.fill(价格="22.00")
    await bookseller.press("保存")
    await bookseller.sees("已保存。")
    await buyer.press("提交订单")
    await buyer.sees("价格刚刚变了")
    await buyer.sees("原来是 ¥20.00")
    await buyer.sees(re.compile("有 1 笔已经下好了"))
    await expect(total).to_contain_text("30")
    await buyer.press("提交订单")
    await buyer.page.wait_for_url("**/payment?order=*")
    await buyer.sees("2 家店，付一次")
    await buyer.pay()
    assert before - await buyer.balance() == 60

    await buyer.open("/orders")
    await buyer.page.get_by_role("link").filter(has_text="一起买的书").first.click()
    await buyer.page.wait_for_url("**/orders/*")
    order = re.sub(r"[?#].*", "", buyer.path)
    await buyer.press("申请退款")
    await buyer.ask_back("拍错了", "买重了")
    await bookseller.open(f"{desk}/aftersale")
    await bookseller.page.get_by_role("link", name="一起买的书").first.click()
    bookseller.agree()
    await bookseller.press("同意")
    await bookseller.finds("已退款")
    await buyer.open(order)
    await buyer.sees("¥30.00 已经退回你的钱包")
    assert before - await buyer.balance() == 30
    await buyer.open("/orders?tab=unshipped")
    await buyer.sees("一起买的茶")
