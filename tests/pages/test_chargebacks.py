"""Proves of the pages of chargebacks: what a shop and the operator write arrives whole, the newest are listed first,
page by page, and nobody else finds a shop's; staff who may only look can do nothing; and what of an order's pages is
said otherwise while its payer disputes what they paid, and once the channel found for them."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from tests.pages.site import Site
from tests.pages.test_consoles import Desk
from weiji.chargebacks import EndChargeback, TakeChargeback, end_chargebacks, take_chargebacks
from weiji.chargebacks.model import WORDS_MAX, case_id_of
from weiji.events import BY_CHANNEL, BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.orders import Order, State, get_order
from weiji.orders.numbers import CheckParcel, CheckStatus, check_parcels
from weiji.porting.shipping import SheetStatus, plan_sheet, read_sheet

LONG = "签收" + "，" * (WORDS_MAX - 5) + "说完了"


def _taken(site: Site, order_id: UUID, reference: str, received_at: datetime) -> TakeChargeback:
    return TakeChargeback(
        near=order_id, payment_id=new_id(site.shop_id), order_id=order_id, shop_id=site.shop_id, channel="x",
        reference=reference, amount=100, fee=0, reason="", respond_by=None, received_at=received_at, actor=BY_CHANNEL,
    )  # fmt: skip


async def test_a_chargeback_is_answered(site: Site) -> None:
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    for handle, role in (("oper", Role.OPERATOR), ("audi", Role.AUDITOR)):
        person_id = await site.person(handle, handle)
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [GrantRole(person_id=person_id, scope=PLATFORM, role=role, actor=BY_SYSTEM)])
    start = datetime(2026, 3, 1, tzinfo=UTC)
    async with (
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser("mei") as stranger,
        site.browser("oper") as operator,
        site.browser("audi") as auditor,
    ):
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.order()
        taken = [_taken(site, order_id, f"number-{n:02}", start + timedelta(days=n)) for n in range(22)]
        async with site.program.database.transaction() as tx:
            order = await get_order(tx, order_id)
            assert order is not None
            # One is of the payment that paid the order, and holds it.
            taken[3] = replace(taken[3], payment_id=order.payment_id)
            await take_chargebacks(tx, taken)
        for browser, path in ((stranger, f"/orders/{order_id}"), (seller, f"{desk.path}/orders/{order_id}")):
            await browser.visit(path)
            assert "拒付这笔付款" in browser.text
        await stranger.visit(f"/orders/{order_id}/aftersale")
        assert "现在没有可以申请的" in stranger.text
        case_id = case_id_of(order_id, "x", "number-21")
        here, there = f"{desk.path}/chargebacks/{case_id}", f"/operator/chargebacks/{case_id}"
        await operator.visit("/operator/chargebacks")
        shown = [text for text in operator.text.split() if text.startswith("number-")]
        assert shown == [f"number-{n:02}" for n in range(21, 1, -1)]
        (more,) = [link for link in operator.links if "before=" in link]
        await operator.visit(more)
        assert [text for text in operator.text.split() if text.startswith("number-")] == ["number-01", "number-00"]
        await seller.visit(f"{desk.path}/chargebacks")
        links = [link for link in seller.links if link.startswith(f"{desk.path}/chargebacks/")]
        assert links == [f"{desk.path}/chargebacks/{case_id_of(order_id, 'x', t.reference)}" for t in taken[:1:-1]]
        await seller.visit(here)
        await seller.send("/evidence", words=LONG)
        assert LONG in seller.text
        await seller.send("/evidence", words=f"{LONG}！")
        assert seller.status == 422
        await operator.visit(there)
        assert LONG in operator.text
        await operator.send("/representation", argument=LONG)
        assert "已经申诉" in operator.text
        await seller.visit(here)
        assert seller.text.count(LONG) == 2
        # What comes by letter, and how a channel decided, is written down where a second person is asked.
        (outcome,) = [link for link in operator.links if "what=lost" in link]
        await operator.visit(outcome)
        assert "number-21" in re.findall(r'value="([^"]*)"', operator.page)
        await operator.visit("/operator/chargebacks")
        (new,) = [link for link in operator.links if "deed=chargeback_notice" in link]
        await operator.visit(new)
        letter = {"payment": str(order.payment_id), "reference": "R", "amount": "1", "what": "received"}
        letter |= {"deed": "chargeback_notice", "said": "not received", "reason": "信在这里", "id": str(new_id())}
        for wrong, says in (
            ({"payment": str(new_id())}, "没有这笔付款"),
            ({"amount": "9999999"}, "这笔付款只收了"),
            ({"reference": ""}, "请写渠道给的编号"),
        ):
            await operator.send("/operator/approvals", **{**letter, **wrong})
            assert (operator.status, says in operator.text) == (422, True), says
            assert "not received" in re.findall(r'value="([^"]*)"', operator.page)
        await operator.send("/operator/approvals", **letter)
        assert ("等人复核" in operator.text, "钱被渠道拿走了" in operator.text) == (True, True)
        await stranger.visit(here)
        assert stranger.status in (403, 404)
        await auditor.visit(there)
        assert (auditor.status, [link for link in auditor.links if link.startswith(f"{there}/")]) == (200, [])


async def test_what_its_payer_disputes_is_not_presented_for_shipping(site: Site) -> None:
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        order_id, other_id = await desk.order(), await desk.order()
        await _dispute(site, order_id)
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=3))
        here = f"{desk.path}/orders/{order_id}"
        await seller.visit(here)
        assert ("承诺发货" in seller.text, "已超过承诺" in seller.text) == (False, False)
        assert re.findall(r'button-(\w+)[^"]*" href="#ship"', seller.page) == ["soft"]
        await seller.visit(f"{desk.path}/orders?tab=to_ship")
        assert (seller.text.count("拒付中，先别发"), seller.text.count("已超过承诺")) == (1, 1)
        await seller.visit(desk.path)
        assert (seller.text.count("拒付中，先别发"), seller.text.count("已超过承诺")) == (1, 2)
        assert "1 笔已超过承诺时间" in seller.text
        assert "没有人申请售后" in seller.text
        # What is to be fetched and packed is without it, unless it is named; then it says so.
        numbers = {id: (await _order(site, id)).number for id in (order_id, other_id)}
        for path in ("/orders/slips", "/orders/slips?form=list", "/shipping/orders.csv"):
            await seller.visit(desk.path + path)
            assert [numbers[id] in seller.page for id in (order_id, other_id)] == [False, True], path
        for form in ("slips", "list"):
            await seller.visit(f"{desk.path}/orders/slips?form={form}&order={order_id}")
            assert (numbers[order_id] in seller.text, "拒付中，先别发" in seller.text) == (True, True)
        # A sheet that names it asks again, and so does the form; who knows it may send it.
        sheet = f"订单编号,快递公司,快递单号\n{numbers[order_id]},圆通,YT1234567890123\n"
        await seller.visit(f"{desk.path}/shipping")
        async with site.program.database.read() as reader:
            checks = [CheckParcel(id, "圆通", "YT1234567890123") for id in (order_id, other_id)]
            found = await check_parcels(reader, site.shop_id, checks)
            (planned,) = await plan_sheet(reader, site.shop_id, read_sheet(sheet.encode()))
        assert [check.status for check in found] == [CheckStatus.CHARGED_BACK, CheckStatus.FINE]
        assert (planned.status, planned.mistake[:12]) == (SheetStatus.DOUBTFUL, "charged_back")
        await seller.visit(here)
        await seller.send("/parcels", tracking_number="YT1234567890123")
        assert (seller.status, "渠道裁定以前，先别发" in seller.text) == (422, True)
        assert "知道在拒付，照样发" in seller.text
        await seller.send("/parcels", tracking_number="YT1234567890123", is_sure="1")
        assert await desk.state(order_id) is State.SHIPPED


async def test_while_it_is_disputed_nothing_is_said_of_a_case_of_aftersale_and_then_both_read_of_the_chargeback(
    site: Site,
) -> None:
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser("mei") as buyer:
        desk = Desk(site, seller, buyer_id)
        for part, state in ((100, State.SHIPPED), (9_800, State.REFUNDED)):
            order_id = await desk.order()
            await site.ship(order_id)
            reference = await _dispute(site, order_id, part)
            for path in (f"/orders/{order_id}", "/orders"):
                await buyer.visit(path)
                assert ("拒付中" in buyer.text, "售后中" in buyer.text) == (True, False), path
            await buyer.visit(f"/orders/{order_id}")
            assert ("看进展" in buyer.text, "有售后没有结束" in buyer.text) == (False, False)
            assert "渠道裁定以前，钱不会放款给卖家" in buyer.text
            await seller.visit(f"{desk.path}/orders/{order_id}")
            assert ("系统会自动确认" in seller.text, "有了结果以前" in seller.text) == (False, True)
            end = EndChargeback(near=order_id, channel="x", reference=reference, is_won=False, actor=BY_CHANNEL)
            async with site.program.database.transaction() as tx:
                await end_chargebacks(tx, [end])
            assert await desk.state(order_id) is state
            lost = f"¥{part / 100:.2f}"
            await buyer.visit(f"/orders/{order_id}")
            assert f"付款人拒付成功，渠道退回 {lost}" in buyer.text
            assert "退款到账" not in buyer.text
            await seller.visit(f"{desk.path}/orders/{order_id}")
            assert f"付款人拒付成功，渠道扣回 {lost}" in seller.text
        await buyer.visit(f"/orders/{order_id}")
        assert ("已经退给付款人" in buyer.text, "已经退回你的钱包" in buyer.text) == (True, False)
        await buyer.visit("/me/profile")
        await buyer.send("/me/profile", display_name="Mei", locale="en")
        await buyer.visit(f"/orders/{order_id}")
        assert "Chargeback granted: the channel gave back ¥98.00" in buyer.text


async def _order(site: Site, order_id: UUID) -> Order:
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order is not None
    return order


async def _dispute(site: Site, order_id: UUID, amount: int = 100) -> str:
    """Have the payer of an order dispute a part of what they paid, under a number of the channel's."""
    order = await _order(site, order_id)
    taken = _taken(site, order_id, f"number-{order.number}", datetime(2026, 3, 1, tzinfo=UTC))
    async with site.program.database.transaction() as tx:
        await take_chargebacks(tx, [replace(taken, payment_id=order.payment_id, amount=amount)])
    return taken.reference
