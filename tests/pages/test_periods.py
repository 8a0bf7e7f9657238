"""Proves that the operator sees what stands in the way of closing a month; two close it by the pages; its files."""

import json
from datetime import timedelta

from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, Browser, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, desk, operator, turn
from tests.pages.test_standing import staff
from tests.periods.test_periods import state_days
from weiji.identity.model import Origin, SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.kit import clock
from weiji.kit.clock import month_of
from weiji.kit.ids import new_id
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move
from weiji.payments.channels import sandbox
from weiji.periods import rules

__all__ = ["desk", "operator"]


async def test_two_close_a_month_and_later_one_corrects_it(desk: Desk, operator: Browser, site: Site) -> None:
    month = rules.write_month(month_of(clock.now()))
    here = f"/operator/periods/{month}"
    await operator.visit("/operator/periods")
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    assert "正在记" in operator.text
    await operator.visit(here)
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    assert "这个月还没有过去 3 天" in operator.text
    assert "没有走完" in operator.text
    assert "提议关账" not in operator.text
    await operator.visit("/operator/periods/1999-01")
    assert operator.status == 404
    await operator.visit(f"{here}/signed.json")
    assert operator.status == 404

    async with site.program.database.transaction() as tx:
        accounts = [chart.channel_receivable(shard, sandbox.NAME) for shard in range(64)]
        found = await lookup_accounts(tx, [account.id for account in accounts])
    for each in found:
        async with site.program.database.transaction() as tx:
            bank = chart.bank(each.id.int & 63)
            owing = next(account for account in accounts if account.id == each.id)
            amount = each.debits_posted - each.credits_posted
            await create_transfers(
                tx, [move(each.id, new_id(each.id), bank, owing, amount, Kind.CHANNEL_CONFIRMED)], [bank]
            )
    await turn(site, timedelta(days=35))
    for name in ("wenshan", "liqing"):
        person_id = await staff(site, name)
        chosen = SetPaymentPassword(person_id=person_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
        await set_payment_password(site.program.database, chosen, Origin())
    async with site.browser("wenshan") as maker, site.browser("liqing") as checker:
        # The job begins a week back, where it has matched none.
        await maker.visit(here)
        assert (maker.status, maker.statements <= STATEMENTS_MAX) == (200, True)
        assert "模拟收单还有 1 天的账单没有对过" in maker.text
        await state_days(site.program.database)
        await _close_and_correct(here, month, maker, checker, site.handle)


async def _close_and_correct(here: str, month: str, operator: Browser, second: Browser, handle: str) -> None:
    await operator.visit(here)
    assert "都齐了" in operator.text, operator.text
    (closing,) = [link for link in operator.links if "deed=period_close" in link]
    await operator.visit(closing)
    await operator.send("/operator/approvals", month="一月", reason="对完了")
    assert "月份写成 2026-01 这样" in operator.text
    await operator.visit(closing)
    await operator.send("/operator/approvals", reason="对完了")
    proposal = operator.path
    await second.visit(proposal)
    assert f"哪个月 {month}" in second.text
    await second.send(proposal, verdict="approve", payment_password=PAYMENT_PASSWORD)
    assert "已执行" in second.text, second.text
    await operator.visit(here)
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    assert "什么也记不进去了" in operator.text
    assert "谁提的 wenshan 谁复核的 liqing" in operator.text
    trial = await operator.client.get(f"{here}/trial.csv")
    assert "wallet" in trial.text
    signed = json.loads((await operator.client.get(f"{here}/signed.json")).text)
    assert json.loads(signed["document"])["month"] == month
    await operator.visit("/operator/periods")
    assert "关了" in operator.text

    await operator.visit("/operator/approvals/new?deed=compensation")
    award = {"shop": handle, "order": str(new_id()), "payment": str(new_id()), "amount": "1", "reason": "假一赔三"}
    await operator.send("/operator/approvals", **award)
    assert (operator.status, "这家店的保证金只有 ¥0.00。" in operator.text) == (422, True), operator.text

    await operator.visit("/operator/approvals/new")
    fee = {
        "debit_kind": "payout_fee",
        "credit_kind": "bank",
        "credit_name": "1",
        "amount": "3",
        "reason": "漏记的管理费",
    }
    await operator.send("/operator/approvals", corrects="上月", **fee)
    assert "月份写成 2026-01 这样" in operator.text
    await operator.send("/operator/approvals", corrects="2099-01", **fee)
    assert (operator.status, "还没有关账" in operator.text) == (422, True), "it says so before two have agreed"
    strange = fee | {"credit_kind": "channel_receivable", "credit_name": "wechat pay"}
    await operator.send("/operator/approvals", **strange)
    assert (operator.status, "没有这个渠道" in operator.text) == (422, True), operator.text
    await operator.send("/operator/approvals", corrects=month, **fee)
    assert f"更正哪个月 {month}" in operator.text, operator.text
    await second.visit(operator.path)
    await second.send(operator.path, verdict="approve", payment_password=PAYMENT_PASSWORD)
    await operator.visit(here)
    assert "后来的更正" in operator.text
    assert "¥3.00" in operator.text

    # A campaign has no name: its budget is not taken for a shop's money.
    await operator.visit("/operator/approvals/new")
    budget = {"debit_kind": "own_funds", "credit_kind": "budget", "credit_owner": handle, "amount": "5", "reason": "补"}
    await operator.send("/operator/approvals", **budget)
    assert ("等人复核" in operator.text, "没有找到" in operator.text) == (False, True), operator.text

    # Whose money is meant is written as colleagues know it. A shop's money is no person's.
    freeze = {"court": "杭州中院", "number": "(2026)浙01执1号", "reason": "法院来文", "amount": "5"}
    for place, owner, is_known in (
        ("wallet", "liqing", True),
        ("wallet", handle, False),
        ("merchant_available", "wenshan", False),
        ("merchant_available", handle, True),
    ):
        await operator.visit("/operator/approvals/new?deed=court_freeze")
        await operator.send("/operator/approvals", place=place, owner=owner, **freeze)
        assert ("等人复核" in operator.text, "没有找到" in operator.text) == (is_known, not is_known), operator.text

    # What a court has held is named by the court's number, not by ours.
    path = operator.path.partition("?")[0]
    await second.visit(path)
    await second.send(path, verdict="approve", payment_password=PAYMENT_PASSWORD)
    await operator.visit(f"/operator/approvals/new?deed=court_release&court_order={path.rpartition('/')[2]}")
    assert f"哪一次冻结 {freeze['number']}" in operator.text, operator.text
    assert operator.statements <= 3
    await operator.send("/operator/approvals", number="(2026)浙01执1号之二", reason="法院来文")
    assert f"哪一次冻结 {freeze['number']}" in operator.text, operator.text
    assert operator.statements <= 3
