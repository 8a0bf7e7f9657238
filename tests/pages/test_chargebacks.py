"""Proves of the pages of chargebacks: what a shop and the operator write arrives whole, the newest are listed first,
page by page, and nobody else finds a shop's; staff who may only look can do nothing."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from tests.pages.site import Site
from tests.pages.test_consoles import Desk
from weiji.chargebacks import TakeChargeback, take_chargebacks
from weiji.chargebacks.model import WORDS_MAX, case_id_of
from weiji.events import BY_CHANNEL, BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.ids import new_id
from weiji.orders import get_order

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
