"""Proves that the lines of wallets and of shops' money lead to what they were for, within three statements a page."""

from datetime import timedelta

from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, PRICES, Site
from tests.pages.test_buyer import place
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, turn
from weiji.events import Actor
from weiji.identity.model import Origin, SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.kit import clock
from weiji.orders import RefundOrder
from weiji.orders.machine import State
from weiji.orders.operations import refund_orders


async def test_each_line_of_a_wallet_leads_to_its_order(site: Site) -> None:
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser("mei") as buyer:
        desk = Desk(site, seller, buyer_id)
        paid, refunded = await desk.order(), await desk.order()
        refund = RefundOrder(order_id=refunded, shop_id=site.shop_id, actor=Actor("merchant", site.seller_id))
        await site.program.batchers.of(refund_orders, "order_id").submit(refund)
        await site.settle()
        await buyer.visit("/wallet")
        assert buyer.statements <= STATEMENTS_MAX
        lines = [link for link in buyer.links if link.startswith("/orders/")]
        # The last first: the refund, two payments. What was topped up leads nowhere.
        assert lines == [f"/orders/{refunded}", f"/orders/{refunded}", f"/orders/{paid}"]
        await buyer.visit(lines[0])
        assert buyer.status == 200


async def test_each_line_of_a_shops_money_leads_to_its_order(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.settled()
        at_order = f"{desk.path}/orders/{order_id}"
        await seller.visit(f"{desk.path}/money")
        assert seller.statements <= STATEMENTS_MAX
        assert seller.links.count(at_order) == 1
        await seller.visit(f"{desk.path}/money?account=pending")
        assert seller.statements <= STATEMENTS_MAX
        # The release and the settlement; there is no fee, unless the operator sets one.
        assert seller.links.count(at_order) == 2
        await seller.visit(at_order)
        assert seller.status == 200
    clock.CLOCK.follow(offset)


async def test_money_that_is_taken_untold_after_it_failed_opens_the_order_again(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei")
    chosen = SetPaymentPassword(person_id=buyer_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
    await set_payment_password(site.program.database, chosen, Origin())
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        order_id = await place(site, buyer)
        await buyer.send("/payment", channel="sandbox")
        await buyer.send("/sandbox/charges/", verb="fail_then_pay")
        assert "上一次没有付成" in buyer.text
        await site.settle()
        assert await desk.state(order_id) is State.CREATED
        await turn(site, timedelta(minutes=15, seconds=30))
        assert await desk.state(order_id) is State.CLOSED
        for _ in range(4):
            await turn(site, timedelta(minutes=10))
        assert await desk.state(order_id) is State.PAID
        await buyer.visit(f"/orders/{order_id}")
        assert f"¥{PRICES[0] / 100:.2f} 由平台为你保管" in buyer.text
    clock.CLOCK.follow(offset)
