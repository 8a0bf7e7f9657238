"""Proves of large statements of the bank that one of the staff alone pays nothing by them: two let them in, once."""

import asyncio
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.channels.bank_town import bank_town
from tests.pages.site import PAYMENT_PASSWORD
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.payments import PaymentStatus, ReleaseStatement, ReleaseStatementStatus, release_statements
from weiji.payments.bank import store
from weiji.payments.bank.model import BankImportStatus, HeldStatement, HoldStatement
from weiji.payments.bank.operations import hold_statements
from weiji.payments.channels.references import reference_of
from weiji.rulebook import APPROVAL_RULES, ApprovalRules, PublishRules, publish_rules

STAFF = Actor("staff", new_id())
S = ReleaseStatementStatus


def holding() -> HoldStatement:
    assert STAFF.person_id
    held = HeldStatement(id=new_id(), name="a.csv", content=b"x", lines=2, amount=900, held_by=STAFF.person_id)
    return HoldStatement(statement=held, actor=STAFF)


def releasing(held: HoldStatement, amount: int = 900) -> ReleaseStatement:
    return ReleaseStatement(id=held.id, lines=2, amount=amount, actor=STAFF)


async def test_each_status(tx: Transaction) -> None:
    held = holding()
    assert await hold_statements(tx, [held, held]) == [BankImportStatus.HELD] * 2
    wrong, right = releasing(held, 901), releasing(held)
    assert await release_statements(tx, [releasing(holding()), wrong, right, right]) == [
        S.STATEMENT_NOT_FOUND,
        S.STATEMENT_NOT_FOUND,
        S.RELEASED,
        S.ALREADY_RELEASED,
    ]
    await store.forget_content(tx, held.id)
    kept = await store.get_held(tx, held.id)
    assert kept
    assert (kept.content, kept.released_at) == (None, tx.now)


class _TakenBack(Exception):
    """What a batch did is undone, so that it may be done otherwise."""


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.integers(0, 1), st.sampled_from([900, 901])), max_size=5), cut=st.integers(0, 5))
async def test_law_of_batches(tx: Transaction, asked: list[tuple[int, int]], cut: int) -> None:
    held = [holding(), holding()]
    await hold_statements(tx, held)
    commands = [releasing(held[place], amount) for place, amount in asked]

    async def answers(*batches: list[ReleaseStatement]) -> list[S]:
        found: list[S] = []
        try:
            async with tx.connection.transaction():
                for batch in batches:
                    found += await release_statements(tx, batch)
                raise _TakenBack
        except _TakenBack:
            return found

    assert await answers(commands) == await answers(commands[:cut], commands[cut:])


async def test_it_is_let_in_once_whoever_races(database: Database) -> None:
    held = holding()
    async with database.transaction() as tx:
        await hold_statements(tx, [held])

    async def let_in() -> S:
        return (await database.retried(lambda tx: release_statements(tx, [releasing(held)])))[0]

    answers = await asyncio.gather(*(let_in() for _ in range(4)))
    assert sorted(answers) == [S.ALREADY_RELEASED] * 3 + [S.RELEASED]


async def test_what_pays_much_is_paid_when_another_agrees(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        site = town.site
        colleague_id, auditor_id = [await site.person(*who, money=1) for who in (("lin", "林海"), ("shen", "沈计"))]
        rules = PublishRules(
            of=APPROVAL_RULES, version=2, rules=ApprovalRules(statement_above=10_000), reason="小心", actor=BY_SYSTEM
        )
        async with site.program.database.transaction() as tx:
            roles = ((colleague_id, Role.OPERATOR), (auditor_id, Role.AUDITOR))
            await grant_roles(
                tx, [GrantRole(person_id=id, scope=PLATFORM, role=role, actor=BY_SYSTEM) for id, role in roles]
            )
            assert await publish_rules(tx, [rules]) == ["published"]
        small, payment_id = await town.begin(500), await town.begin(9_800)
        line = f"2026-11-25,10:00:00,98.00,,,S1,,,货款,{reference_of(payment_id)}"
        # What belongs to nothing pays nothing: that is no reason to wait.
        await town.bring("2026-11-25,09:00:00,500.00,,,S0,,,谁的,")
        assert "无主的 1 笔" in town.boss.text
        await town.bring(f"2026-11-25,09:30:00,5.00,,,S9,,,货款,{reference_of(small)}")
        assert (await town.status(small))[0] is PaymentStatus.SUCCEEDED
        await town.bring(line)
        assert (town.boss.path, "交给同事复核了" in town.boss.text) == ("/operator/approvals", True), town.boss.text
        assert (await town.status(payment_id))[0] is not PaymentStatus.SUCCEEDED
        async with site.browser("lin") as colleague:
            await colleague.visit("/operator/approvals")
            proposed = next(link for link in colleague.links if re.search(r"approvals/[0-9a-f-]{36}$", link))
            await colleague.visit(proposed)
            assert "导入大额对账单" in colleague.text
            assert "98.00" in colleague.text.replace(" ", "")
            assert colleague.statements <= 3
            await colleague.visit(next(link for link in colleague.links if "/held/" in link))
            assert reference_of(payment_id) in colleague.text
            assert colleague.statements <= 3
            held = colleague.path
            async with site.browser("shen") as auditor:
                # Whoever may not read the file is not led there.
                await auditor.visit(proposed)
                assert "导入大额对账单" in auditor.text
                assert not [link for link in auditor.links if "/held/" in link]
            await colleague.visit(proposed)
            await colleague.send(colleague.path, payment_password=PAYMENT_PASSWORD)
            assert "已经执行" in colleague.text, colleague.text
            await site.settle()
            assert await town.status(payment_id) == (PaymentStatus.SUCCEEDED, 9_800)
            await colleague.visit(held)
            assert ("原文不再保留" in colleague.text, reference_of(payment_id) in colleague.text) == (True, False)
        # Brought again, it is known. What two let in does not count for the day; what one brought does.
        await town.bring(line)
        assert "导过了" in town.boss.text
        last = await town.begin(9_600)
        await town.bring(f"2026-11-25,11:00:00,96.00,,,S2,,,货款,{reference_of(last)}")
        assert "交给同事复核了" in town.boss.text
