"""Proves in a browser that the operator sees money that belongs to nothing, and that one person alone can't end it."""

from tests.journeys.visitor import Visitor


async def test_a_break_is_proposed_by_one_and_waits_for_another(operator: Visitor) -> None:
    await operator.open("/operator/reconciliation")
    await operator.finds("不会编出一笔订单来")
    await operator.sees("¥188.00")
    one = operator.page.get_by_role("listitem").filter(has_text="¥188.00").first
    await one.get_by_text("查清了，了结它").click()
    await one.get_by_label("归平台自有资金").check()
    await one.get_by_label("为什么").fill("转错账号的客人一直找不到")
    await one.get_by_role("button", name="提出").click()
    await operator.sees("已经提出")
    await operator.open("/operator/reconciliation")
    await operator.sees("转错账号的客人一直找不到")
    again = operator.page.get_by_role("listitem").filter(has_text="¥188.00").first
    await again.get_by_text("等另一位同事同意").wait_for()
    assert await again.get_by_role("button", name="同意并记账").count() == 0
    await again.get_by_role("button", name="收回").click()
    await operator.sees("已经退回")
    await operator.page.get_by_role("link", name="对账").first.wait_for()
