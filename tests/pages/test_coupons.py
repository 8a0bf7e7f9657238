"""Proves of coupons what people see: a shop offers them, buyers claim and choose them, what is shown is charged.

The platform's start when two of the staff have filled their budget.
"""

import re
from uuid import UUID

from tests.pages.site import PAYMENT_PASSWORD, Browser, Site
from weiji.events import BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import State
from weiji.orders.store import get_order
from weiji.payments import PayInOwnFunds, pay_in_own_funds

STATEMENTS_MAX = 3


async def test_a_shop_offers_a_coupon_and_a_buyer_uses_it(site: Site) -> None:
    buyer = await site.person("xiaohe", money=100_000)
    desk = f"/merchant/{site.shop_id}/coupons"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await seller.visit(desk)
        assert "还没有优惠券" in seller.text
        await seller.visit(f"{desk}/new")
        await seller.send(desk, name="见面礼", amount="多", threshold="50")
        assert seller.status == 422
        assert "请写一个金额" in seller.text
        await seller.send(desk, name="见面礼", amount="5", threshold="50", product=str(site.product_id))
        assert seller.status == 200, seller.text
        assert "指定商品可用" in seller.text
        await seller.send(seller.path, verb="start")
        assert seller.status == 200, seller.text
    async with site.browser("xiaohe") as browser:
        await browser.visit(f"/coupons/at/{site.shop_id}")
        assert "满 ¥50 减 ¥5" in browser.text
        await browser.visit(f"/coupons?shop={site.shop_id}")
        assert browser.statements <= STATEMENTS_MAX
        await browser.send("/coupons/claim")
        assert "领到了" in browser.text
        assert "领过了" in browser.text
        await browser.visit("/coupons/mine")
        assert browser.statements <= STATEMENTS_MAX
        assert "见面礼" in browser.text
        await _address(browser)
        await browser.visit(f"/checkout?item={site.skus[0]}:1")
        assert browser.statements <= STATEMENTS_MAX
        assert "已优惠 ¥5.00" in browser.text, browser.text
        assert browser.text.count("-¥5.00") == 1  # Of the order, not of its line again: the rows add up to the total.
        group = re.search(r'name="group" value="([^"]+)"', browser.page)
        assert group
        # Without a coupon, and back again.
        await browser.send("/orders", **{f"shop_coupon_{group[1]}": "none"})
        assert "优惠刚刚变了" in browser.text
        assert "已优惠" not in browser.text
        await browser.send("/orders", **{f"shop_coupon_{group[1]}": "best"})
        assert "已优惠 ¥5.00" in browser.text
        await browser.send("/orders")
        order_id = UUID(browser.path.split("/")[2])
        await browser.send(f"/orders/{order_id}/payment", channel="balance", payment_password=PAYMENT_PASSWORD)
        await site.settle()
        await browser.visit(f"/orders/{order_id}")
        assert "店铺券 见面礼" in browser.text
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order is not None
    assert (order.buyer_id, order.state, order.discount) == (buyer, State.PAID, 500)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await seller.visit(desk)
        assert seller.statements <= STATEMENTS_MAX
        assert "1 / 100" in seller.text


async def _address(browser: Browser) -> None:
    await browser.visit("/me/addresses/new")
    await browser.send(
        "/me/addresses",
        name="小何",
        phone="13800138000",
        province="330000",
        city="330100",
        district="330106",
        detail="文三路 1 号",
    )


async def test_a_budget_is_asked_for_by_one_and_filled_by_another(site: Site) -> None:
    people = [await site.person(handle, money=1) for handle in ("maker", "checker")]
    async with site.program.database.transaction() as tx:
        await grant_roles(
            tx, [GrantRole(person_id=id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM) for id in people]
        )
        own = PayInOwnFunds(id=new_id(chart.TREASURY), amount=10_000, actor=BY_SYSTEM)
        await pay_in_own_funds(tx, [own])
    async with site.browser("maker") as maker, site.browser("checker") as checker:
        await maker.visit("/operator/coupons/new")
        await maker.send("/operator/coupons", name="平台补贴", amount="10", quantity="10")
        campaign = maker.path
        assert maker.statements <= STATEMENTS_MAX
        await maker.send(campaign, verb="start")
        assert maker.status == 409
        assert "预算不够" in maker.text
        await maker.visit(campaign)
        await maker.send("/budget")
        await checker.visit(maker.path)
        await checker.send(maker.path, verdict="approve", payment_password=PAYMENT_PASSWORD)
        assert "已执行" in checker.text, checker.text
        await maker.visit(campaign)
        await maker.send(campaign, verb="start")
        assert maker.status == 200
        assert "领取中" in maker.text
        await maker.visit("/coupons")
        assert "平台券，每家店都能用" in maker.text


async def test_what_nobody_types_is_no_code_and_no_way_back(site: Site) -> None:
    await site.person("xiaohe", money=1)
    async with site.browser("xiaohe") as browser:
        await browser.visit("/coupons")
        for code, way in (
            ("没有\x00的", "/coupons"),
            ("没有的口令", "//["),
            ("没有的口令", "https://example.com/coupons"),
        ):
            await browser.send("/coupons/claim", code=code, next=way)
            assert (browser.status, browser.path) == (200, "/coupons"), (code, way)
            assert "没有这样的优惠券" in browser.text
