"""Proves in a browser that the operator sees money that belongs to nothing, and that one person alone can't end it."""

from playwright.async_api import expect

from tests.journeys.conftest import Town, Visiting, appoint
from tests.journeys.visitor import DESK, Visitor
from weiji.identity import Role


async def _propose(operator: Visitor, why: str) -> None:
    one = operator.page.get_by_role("listitem").filter(has_text="¥188.00").first
    await one.get_by_text("查清了，了结它").click()
    await one.get_by_label("归平台自有资金").check()
    await one.get_by_label("为什么").fill(why)
    await one.get_by_role("button", name="提出").click()
    await operator.sees("已经提出")
    await operator.open("/operator/reconciliation")


async def test_a_break_is_proposed_by_one_and_ended_by_another(operator: Visitor, arrive: Visiting, town: Town) -> None:
    await operator.open("/operator/reconciliation")
    await operator.finds("不会编出一笔订单来")
    await operator.sees("¥188.00")
    await _propose(operator, "转错账号的客人一直找不到")
    await operator.sees("转错账号的客人一直找不到")
    again = operator.page.get_by_role("listitem").filter(has_text="¥188.00").first
    await again.get_by_text("等另一位同事同意").wait_for()
    assert await again.get_by_role("button", name="同意并记账").count() == 0
    # Taken back it can be proposed anew; a colleague reads why, agrees, and it is a break no more.
    await again.get_by_role("button", name="收回").click()
    await operator.sees("已经退回")
    await _propose(operator, "客人确认这笔不用退")
    await appoint(town, Role.OPERATOR)
    colleague = await arrive(DESK)
    await colleague.become("沈姐")
    await colleague.open("/operator/reconciliation")
    await colleague.sees("客人确认这笔不用退")
    theirs = colleague.page.get_by_role("listitem").filter(has_text="¥188.00").first
    await theirs.get_by_label("支付密码").fill(colleague.payment_password)
    await theirs.get_by_role("button", name="同意并记账").click()
    await colleague.sees("已经记账")
    for each in (colleague, operator):
        await each.open("/operator/reconciliation")
        await expect(each.page.get_by_role("listitem").filter(has_text="客人确认这笔不用退")).to_have_count(0)
