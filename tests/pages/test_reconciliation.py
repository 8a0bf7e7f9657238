"""Proves that the operator sees every break and what it means, and that two people end one by the pages."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.pages.site import PAYMENT_PASSWORD, Site, forms_of
from tests.pages.test_consoles import STATEMENTS_MAX, operator
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.payments import BANK, StatedLine
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankStatement, RecordStatement
from weiji.payments.bank.operations import record_statements
from weiji.payments.bank.words import import_words
from weiji.reconciliation import BreakState, Reconciliation
from weiji.reconciliation.operator_pages import DAYS_PAGE
from weiji.reconciliation.store import list_breaks

__all__ = ["operator"]

BOXES = re.compile(r'name="(\w+)" value="(bank [0-9a-f-]{36})"')
HERE = "/operator/reconciliation"


@pytest.fixture
async def day(site: Site) -> Any:
    """A day on which the acquirer took 66 yuan for nothing that anybody knows."""
    on = (clock.now().astimezone(SHANGHAI) - timedelta(days=1)).date()
    at = clock.now() - timedelta(days=1)

    async def lines() -> Any:
        yield [StatedLine(kind="charge", reference="wx-stray", request_id=None, amount=6_600, occurred_at=at)]

    await Reconciliation(site.program.batchers).take(site.program.database, "wx", on, lines())
    return on


async def hire_second(site: Site) -> None:
    """Have somebody else work for the operator, who signs in as "second"."""
    person_id = await site.person("second", "老许", money=1)
    role = GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])


async def test_two_people_end_a_break(site: Site, operator: Any, day: Any) -> None:
    await operator.visit(HERE)
    assert operator.statements <= STATEMENTS_MAX
    assert "¥66.00" in operator.text
    assert "不会编出一笔订单来" in operator.text
    await operator.visit(f"{HERE}/{day}?channel=wx")
    assert operator.statements <= STATEMENTS_MAX
    assert "wx-stray" in operator.text
    for nothing in (f"{HERE}/{day}?channel=nobody", f"{HERE}/yesterday"):
        await operator.visit(nothing)
        assert operator.status == 404
    await operator.visit(HERE)
    await operator.send("/proposal", resolution="own_funds", note="")
    assert "请写为什么" in operator.text
    await operator.send("/proposal", resolution="own_funds", note="打错账号的客人找不到了")
    assert "等另一位同事同意" in operator.text
    await operator.send("/agreement", answer="agree", payment_password=PAYMENT_PASSWORD)
    assert "要两个人" in operator.text
    await hire_second(site)
    async with site.browser("second") as second:
        await second.visit(HERE)
        assert "打错账号的客人找不到了" in second.text
        await operator.send("/agreement", answer="refuse")
        await operator.send("/proposal", resolution="reversed", note="渠道改好了")
        await second.send("/agreement", answer="agree", payment_password=PAYMENT_PASSWORD)
        assert "和你看到的不一样了" in second.text
        assert "渠道改好了" in second.text
        await operator.send("/agreement", answer="refuse")
        await operator.send("/proposal", resolution="own_funds", note="打错账号的客人找不到了")
        await second.visit(HERE)
        await second.send("/agreement", answer="agree", payment_password="000000")
        assert "支付密码不对" in second.text
        await second.send("/agreement", answer="agree", payment_password=PAYMENT_PASSWORD)
        assert "今天没有要做的" in second.text
        answer = await second.client.post(f"{HERE}/breaks/{new_id()}/agreement")
        assert answer.status_code in (403, 404)
    await operator.visit(f"{HERE}/{day}?channel=wx")
    assert "归平台自有资金" in operator.text


async def test_every_day_can_be_reached(site: Site, operator: Any) -> None:
    """After two quiet weeks a day with open breaks was on no page any more."""
    today = clock.now().astimezone(SHANGHAI).date()
    at = clock.now() - timedelta(days=DAYS_PAGE + 5)
    first = at.astimezone(SHANGHAI).date()

    async def lines(*stray: StatedLine) -> Any:
        yield list(stray)

    stray = StatedLine(kind="charge", reference="wx-stray", request_id=None, amount=6_600, occurred_at=at)
    take = Reconciliation(site.program.batchers).take
    await take(site.program.database, "wx", first, lines(stray))
    await site.settle()
    quiet = [first + timedelta(days=n) for n in range(1, (today - first).days)]
    for on in quiet:
        await take(site.program.database, "wx", on, lines())
    await operator.visit(HERE)
    assert f"{HERE}/{first}?channel=wx" in operator.links, "the break leads to its day"
    await operator.visit(next(link for link in operator.links if link == f"{HERE}/days"))
    assert operator.statements <= STATEMENTS_MAX
    days = [link for link in operator.links if link.endswith("?channel=wx")]
    assert days == [f"{HERE}/{on}?channel=wx" for on in reversed(quiet[-DAYS_PAGE:])]
    await operator.visit(next(link for link in operator.links if "/days?after=" in link))
    assert [link for link in operator.links if link.endswith("?channel=wx")][-1] == f"{HERE}/{first}?channel=wx"
    assert "1 处没了结" in operator.text
    assert not [link for link in operator.links if "/days?after=" in link]
    await operator.visit(f"{HERE}/{first}?channel=wx")
    assert "wx-stray" in operator.text


async def test_people_choose_what_a_channel_paid(site: Site, operator: Any) -> None:
    """Two withdrawals of one amount, and one of them on the bank's statement: which it is, only people can tell."""
    program, today = site.program, clock.now().astimezone(SHANGHAI).date()
    on, at = today - timedelta(days=2), clock.now() - timedelta(days=2)

    async def lines() -> Any:
        yield [
            StatedLine(kind="settlement", reference=number, request_id=None, amount=8_800, occurred_at=at)
            for number in ("withdrawal-1", "withdrawal-2")
        ]

    await Reconciliation(program.batchers).take(program.database, "wx", on, lines())
    content = f"交易日期,收入金额,交易流水号,对方户名,附言\n{today},88.00,B1,财付通支付科技有限公司,提现"
    await import_statement(program.database, program.batchers, "a.csv", content.encode(), BY_SYSTEM, agreed=1_000_000)
    await site.settle()
    await operator.visit(HERE)
    assert operator.statements <= STATEMENTS_MAX
    assert all(word in operator.text for word in ("财付通支付科技有限公司", "withdrawal-1", "withdrawal-2"))
    await operator.send("/proposal", resolution="arrived", settlement="wx nobody's", note="看过网银")
    assert "请选是渠道付来的哪一笔，或者打款的哪一笔" in operator.text
    await operator.send("/proposal", resolution="arrived", settlement="wx withdrawal-2", note="看过网银")
    assert "是渠道付来的" in operator.text
    assert "withdrawal-2" in operator.text
    assert operator.text.count("withdrawal-1") == 1, "it is on its way, and nothing else"


async def test_a_statement_was_imported_though_every_line_of_it_is_known(site: Site, operator: Any) -> None:
    at = clock.now() - timedelta(days=2)

    async def lines() -> Any:
        yield [StatedLine(kind="settlement", reference="w", request_id=None, amount=8_800, occurred_at=at)]

    on = at.astimezone(SHANGHAI).date()
    await Reconciliation(site.program.batchers).take(site.program.database, "wx", on, lines())
    await site.settle()
    never = "还没有导入过银行流水"
    await operator.visit(HERE)
    assert never in operator.text
    # Of its one line it is written down which transfer of ours it is, and nothing else.
    statement = BankStatement(
        id=new_id(),
        name="a.csv",
        lines=1,
        matched=0,
        known=0,
        unmatched=0,
        amount=0,
        first_on=on,
        last_on=on,
        imported_at=clock.now(),
        imported_by=None,
        debits=1,
        paid=1,
    )
    async with site.program.database.transaction() as tx:
        await record_statements(tx, [RecordStatement(statement=statement, actor=BY_SYSTEM)])
    await operator.visit(HERE)
    assert (operator.status, never in operator.text) == (200, False)
    assert operator.statements <= STATEMENTS_MAX


async def test_what_was_proposed_comes_first_and_what_came_back_long_ago_is_chosen_from(
    site: Site, operator: Any, day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, work = site.program, Reconciliation(site.program.batchers)
    for days, kind, numbers in (
        (120, "settlement", ("withdrawal-1", "withdrawal-2")),
        (110, "settlement_return", ("r",)),
    ):
        at = clock.now() - timedelta(days=days)

        async def lines(kind: Any = kind, numbers: Any = numbers, at: Any = at) -> Any:
            yield [
                StatedLine(kind=kind, reference=number, request_id=None, amount=8_800, occurred_at=at)
                for number in numbers
            ]

        await work.take(program.database, "wx", at.astimezone(SHANGHAI).date(), lines())
    back = at.astimezone(SHANGHAI).date()
    for path in (HERE, f"{HERE}/{back}?channel=wx"):
        await operator.visit(path)
        assert operator.statements <= STATEMENTS_MAX
        assert [operator.text.count(number) for number in ("withdrawal-1", "withdrawal-2")] == [1, 1], path
    await operator.send("/proposal", resolution="returned", settlement="wx withdrawal-2", note="看过网银")
    # Of what waits for people only the first are shown, and all are counted.
    monkeypatch.setattr("weiji.reconciliation.operator_pages.BREAKS", 1)
    content = "交易日期,收入金额,交易流水号,对方户名,附言\n" + "\n".join(f"{day},5.00,B{n},张三," for n in range(3))
    await import_statement(program.database, program.batchers, "a.csv", content.encode(), BY_SYSTEM, agreed=1_000_000)
    await site.settle()
    await operator.visit(HERE)
    assert "看过网银" in operator.text
    assert "wx-stray" not in operator.text
    assert "3 处，多半下一份账单来了会自己了结" in operator.text
    assert "1 处差异，照每一处下面说的查" in operator.text


async def test_every_difference_can_be_reached_however_many_there_are(
    site: Site, operator: Any, day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, at = Reconciliation(site.program.batchers), clock.now() - timedelta(days=1)

    async def lines() -> Any:
        yield [
            StatedLine(kind=kind, reference=f"{kind}-{n}", request_id=None, amount=300 + n, occurred_at=at)
            for kind in ("fee", "charge")
            for n in range(3)
        ]

    await work.take(site.program.database, "wy", day, lines())
    monkeypatch.setattr("weiji.reconciliation.operator_pages.BREAKS", 2)

    async def walk(path: str) -> list[list[str]]:
        """Follow the list to its end: what each page has."""
        pages = []
        while path:
            await operator.visit(path)
            assert operator.statements <= STATEMENTS_MAX
            pages.append(re.findall(r"<code>((?:wx-stray|(?:fee|charge)-\d))</code>", operator.page))
            more = re.search(r'id="breaks-more"[^>]*><a [^>]*href="([^"]+)"', operator.page)
            path = unescape(more[1]) if more else ""
        return pages

    shown = [each for page in await walk(HERE) for each in page]
    assert sorted(shown) == ["charge-0", "charge-1", "charge-2", "wx-stray"]
    # Of a day what is open comes before what is over.
    of_day = await walk(f"{HERE}/{day}?channel=wy")
    assert [len(page) for page in of_day] == [2, 2, 2]
    assert [each.partition("-")[0] for page in of_day for each in page] == ["charge"] * 3 + ["fee"] * 3
    for none in ("0001-01-01", "9999-12-31"):
        await operator.visit(f"{HERE}/{none}?channel=wy")
        assert operator.status == 404


async def test_two_people_say_what_went_from_the_account(site: Site, operator: Any) -> None:
    program, day = site.program, (clock.now().astimezone(SHANGHAI) - timedelta(days=1)).date()
    content = (
        f"交易日期,收入金额,支出金额,交易流水号,对方户名,附言\n{day},,20.00,ZZ3,,手续费\n{day},,3000.00,ZZ4,房东,房租"
    )
    result = await import_statement(program.database, program.batchers, "a.csv", content.encode(), BY_SYSTEM)
    assert "另有 2 笔支出对不上" in import_words(result)
    await site.settle()
    await operator.visit("/operator/bank-statements")
    assert "无主支出 2 笔" in operator.text
    await operator.visit(HERE)
    assert operator.statements <= STATEMENTS_MAX
    assert all(
        word in operator.text for word in ("无主支出", "银行支出", "手续费", "房东", "房租", "2 处差异，照每一处")
    )
    assert "借 银行手续费，贷 短款待查，¥20.00" in operator.text, "whoever decides reads before what is posted"
    assert "先等账单" not in operator.text, "no other statement tells of it"
    await operator.visit(f"{HERE}?lang=en")
    assert "Unknown payment out" in operator.text
    await operator.visit(f"{HERE}?lang=zh-CN")
    # The form of the first.
    await operator.send("/proposal", resolution="fee", note="银行的手续费")
    assert "等另一位同事同意" in operator.text
    await hire_second(site)
    async with site.browser("second") as second:
        await second.visit(HERE)
        await second.send("/agreement", answer="agree", payment_password=PAYMENT_PASSWORD)
        assert "已经记账" in second.text
        assert "1 处差异，照每一处" in second.text


async def test_two_people_say_which_line_the_bank_took_back(site: Site, operator: Any) -> None:
    program, day = site.program, (clock.now().astimezone(SHANGHAI) - timedelta(days=1)).date()
    lines = [f"{day},50.00,,S1,阿青,转账", f"{day},50.00,,S2,路人,转账", f"{day},,5.00,S4,,手续费"]
    red = [f"{day},-50.00,,R1,路人,冲正", f"{day},,-20.00,R2,,冲正"]
    content = "\n".join(["交易日期,收入金额,支出金额,交易流水号,对方户名,附言", *lines, *red])
    await import_statement(program.database, program.batchers, "a.csv", content.encode(), BY_SYSTEM)
    await site.settle()
    await operator.visit(HERE)
    assert operator.statements <= STATEMENTS_MAX
    assert all(word in operator.text for word in ("银行冲正", "冲正收入", "冲正支出", "到网银看冲的是哪一笔"))
    assert "借 短款待查，贷 长款待查" not in operator.text
    assert "借 长款待查，贷 短款待查，¥50.00" in operator.text, "whoever decides reads before what is posted"
    async with program.database.read() as reader:
        breaks = {one.reference: one for one in await list_breaks(reader, [BreakState.OPEN], None, BANK, None, 9)}
    (form,) = [form for form in forms_of(operator.page) if str(breaks["R1"].id) in form.action]
    chosen = {number: f"bank {breaks[number].id}" for number in ("S1", "S2")}
    boxes = {value for name, value in BOXES.findall(operator.page) if name == "settlement"}
    assert boxes == set(chosen.values()), "of that amount, and no other"
    await operator.send(form.action, resolution="corrected", note="银行回单上写着", settlement=chosen["S2"])
    assert "等另一位同事同意" in operator.text
    await hire_second(site)
    async with site.browser("second") as second:
        await second.visit(HERE)
        assert "冲的是账上这一笔" in second.text
        await second.send("/agreement", answer="agree", payment_password=PAYMENT_PASSWORD)
        assert "已经记账" in second.text
        assert "冲正收入" not in second.text
        assert "S1" in second.text
        assert "S2" not in second.text


async def test_nobody_else_may_see_it(site: Site, day: Any) -> None:
    assert day
    async with site.browser() as stranger:
        await stranger.visit(HERE)
        assert stranger.status in (401, 403, 404) or stranger.path.startswith("/sign-in")
