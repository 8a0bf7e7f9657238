"""Proves that a shop sees its months, takes them along as files, and says when it is paid out."""

from datetime import timedelta

from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, desk, turn
from weiji.kit.ids import new_id
from weiji.orders import get_order
from weiji.settlement.statements import month_of

__all__ = ["desk"]


async def test_a_month_is_shown_and_taken_along(site: Site, desk: Desk) -> None:
    order_id = await desk.settled()
    here = f"{desk.path}/money/statements"
    await desk.browser.visit(here)
    assert (desk.browser.status, desk.browser.statements <= STATEMENTS_MAX) == (200, True)
    assert "期末余额 ¥98.00" in desk.browser.text
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order is not None
    assert order.received_at is not None
    month = month_of(order.received_at)  # By now it may be the next one.
    table = await desk.browser.client.get(f"{here}/{month}/csv")
    assert (table.status_code, table.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "98.00" in table.text
    paper = await desk.browser.client.get(f"{here}/{month}/pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    for wrong in ("1999-01", "2999-01", "x", "2026-13"):
        for ending in ("", "/csv", "/pdf"):
            assert (await desk.browser.client.get(f"{here}/{wrong}{ending}")).status_code == 404
    async with site.browser("mei") as stranger:
        assert (await stranger.client.get(f"{here}/{month}/csv")).status_code == 404


async def test_a_shop_says_when_it_is_paid_out(site: Site, desk: Desk) -> None:
    here = f"{desk.path}/money"
    await desk.browser.visit(f"{here}/schedule")
    assert "先添加一个收款的银行账户" in desk.browser.text
    await desk.account()
    await desk.browser.visit(f"{here}/schedule")
    assert (desk.browser.status, desk.browser.statements <= STATEMENTS_MAX) == (200, True)
    proved = {"payment_password": PAYMENT_PASSWORD, "proof": PASSWORD}
    for fields, complaint in (
        ({"payment_password": "111111"}, "支付密码"),
        ({"proof": ""}, "光有支付密码还不够，请再证明是你本人"),
        ({"minimum": "x"}, "请写一个金额"),
        ({"minimum": "0"}, "起提金额从"),
        ({"weekday": "8"}, "请选一天"),
        ({"account": str(new_id())}, "请选择一个银行账户"),
    ):
        await desk.browser.send("/schedule", **({"every": "week", "minimum": "50"} | proved | fields))
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), desk.browser.text
        await desk.browser.visit(f"{here}/schedule")
    await desk.settled()
    await desk.browser.visit(f"{here}/schedule")
    await desk.browser.send("/schedule", every="day", minimum="50", **proved)
    assert "保存好了" in desk.browser.page
    assert "下一次" in desk.browser.text
    await turn(site, timedelta(days=1))
    await desk.browser.visit(f"{here}/schedule")
    assert "已申请提现" in desk.browser.text
    await desk.browser.visit(f"{here}/payouts")
    assert "¥98.00" in desk.browser.text
