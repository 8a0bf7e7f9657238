"""Proves of large files of the bank, statements and result files, that one of the staff alone pays nothing by them: two
let them in, once; that so much a day is exact, whoever races; and that what nobody let in is forgotten."""

import asyncio
import re
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.channels.bank_town import bank_town
from tests.channels.test_bank_transfers import asking, making, telling
from tests.pages.site import PAYMENT_PASSWORD, Browser
from weiji.approvals.model import AMOUNT_MAX, EXPIRES_AFTER
from weiji.events import BY_SYSTEM, Actor, Delivered
from weiji.events.outbox import get_events
from weiji.events.payments import BankStatementReleased
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.payments import PaymentStatus, ReleaseStatement, ReleaseStatementStatus, drop_statements, release_statements
from weiji.payments.bank import model as bank
from weiji.payments.bank import store
from weiji.payments.bank.handlers import Reactions, forget_waiting
from weiji.payments.bank.holding import content_of, file_id, is_admitted
from weiji.payments.bank.model import AdmitFile, FileKind, HeldFile, HoldAgain
from weiji.payments.bank.operations import admit_files, hold_again
from weiji.payments.bank.reading import StatementUnreadable
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.model import BankReturnsStatus, BankTransferStatus
from weiji.payments.bank_transfers.operations import ask_bank_transfers, make_bank_batches
from weiji.payments.bank_transfers.store import get_transfers
from weiji.payments.channels.reading import told
from weiji.payments.channels.references import reference_of
from weiji.payments.model import BANK, NoticeKind, NoticeStatus
from weiji.payments.opening.model import ChangeChannel, channel_id
from weiji.payments.opening.store import add_channels
from weiji.payments.store import add_notices, list_unheard
from weiji.rulebook import APPROVAL_RULES, ApprovalRules, PublishRules, publish_rules

STAFF = Actor("staff", new_id())
S = ReleaseStatementStatus
LIMIT = ApprovalRules().statement_above


def bringing(amount: int = 900) -> AdmitFile:
    assert STAFF.person_id
    file = HeldFile(
        id=new_id(),
        kind=FileKind.STATEMENT,
        name="a.csv",
        content=b"x",
        lines=2,
        amount=amount,
        held_by=STAFF.person_id,
    )
    return AdmitFile(id=new_id(), file=file, actor=STAFF)


def releasing(held: AdmitFile, amount: int = LIMIT + 1) -> ReleaseStatement:
    return ReleaseStatement(id=held.file.id, lines=2, amount=amount, actor=STAFF)


async def test_each_status(tx: Transaction) -> None:
    small, held, whole, rest = bringing(1), bringing(LIMIT + 1), bringing(LIMIT), bringing(LIMIT - 1)
    assert await admit_files(tx, [small, held, held, whole, rest, small]) == [True, False, False, False, True, True]
    assert await admit_files(tx, [small, bringing(1)]) == [True, False]
    wrong, right, unknown = releasing(held, LIMIT), releasing(held), releasing(bringing())
    assert await release_statements(tx, [unknown, wrong, right, right]) == [
        S.STATEMENT_NOT_FOUND,
        S.STATEMENT_NOT_FOUND,
        S.RELEASED,
        S.ALREADY_RELEASED,
    ]
    # What was let in is not dropped before it is imported; what was not is let in no more, until it is brought again.
    await drop_statements(tx, dict.fromkeys((held.file.id, whole.file.id), tx.now))
    found = [await store.get_held(tx, command.file.id) for command in (held, whole)]
    assert [each and each.content for each in found] == [b"x", None]
    await store.finish(tx, held.file.id, None)
    again = [releasing(held), releasing(whole, LIMIT)]
    assert await release_statements(tx, again) == [S.ALREADY_RELEASED, S.STATEMENT_NOT_FOUND]
    anew = msgspec.structs.replace(whole, id=new_id())
    assert await admit_files(tx, [anew]) == [False]
    # What waits has its proposal: brought once more, it gets no second one.
    events = await get_events(tx, channel_id(BANK), 0, 100)
    more = msgspec.structs.replace(anew, id=new_id(), file=msgspec.structs.replace(whole.file, content=b"y"))
    assert await admit_files(tx, [more]) == [False]
    assert await get_events(tx, channel_id(BANK), 0, 100) == events
    # What was proposed before it was held anew says nothing of it, whatever becomes of that.
    await drop_statements(tx, {whole.file.id: tx.now - timedelta(seconds=1)})
    assert await release_statements(tx, again) == [S.ALREADY_RELEASED, S.RELEASED]


async def test_what_waits_longer_than_its_proposal_is_proposed_anew(tx: Transaction) -> None:
    held = bringing(LIMIT + 1)
    assert await admit_files(tx, [held]) == [False]
    count = len(await get_events(tx, channel_id(BANK), 0, 100))
    for age, more in ((EXPIRES_AFTER - timedelta(minutes=1), 0), (EXPIRES_AFTER, 1)):
        await tx.connection.execute("update payments.held_statements set held_at = $1", tx.now - age)
        again = msgspec.structs.replace(held, id=new_id())
        assert await admit_files(tx, [again]) == [False]
        assert len(await get_events(tx, channel_id(BANK), 0, 100)) == count + more
    assert await release_statements(tx, [releasing(held)]) == [S.RELEASED]


async def test_what_was_let_in_is_held_again_once(tx: Transaction) -> None:
    held = bringing(LIMIT + 1)
    await admit_files(tx, [held])
    more, unknown = HoldAgain(id=held.file.id, amount=LIMIT + 2), HoldAgain(id=new_id(), amount=1)
    before = await get_events(tx, channel_id(BANK), 0, 100)
    # It waits still: two have agreed to nothing yet.
    assert await hold_again(tx, [more, unknown]) == [None, None]
    assert await get_events(tx, channel_id(BANK), 0, 100) == before
    await release_statements(tx, [releasing(held)])
    assert await hold_again(tx, [more, more]) == [None, None]
    told = (await get_events(tx, channel_id(BANK), 0, 100))[len(before) + 1 :]
    assert [(each["type"], each["data"]["amount"], each["data"]["agreed"]) for each in told] == [
        ("BankStatementHeld", LIMIT + 2, LIMIT + 1)
    ]
    assert await release_statements(tx, [releasing(held), releasing(held, LIMIT + 2)]) == [
        S.STATEMENT_NOT_FOUND,
        S.RELEASED,
    ]


def test_two_can_agree_to_whatever_a_file_moves() -> None:
    assert bank.AMOUNT_MAX <= AMOUNT_MAX
    assert bank.WAITS_FOR <= EXPIRES_AFTER


class _TakenBack(Exception):
    """What a batch did is undone, so that it may be done otherwise."""


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=6), cut=st.integers(0, 6))
async def test_law_of_batches(tx: Transaction, asked: list[tuple[bool, int]], cut: int) -> None:
    files = [bringing(LIMIT + 1), bringing(LIMIT - 1), bringing(2)]
    steps: list[Any] = [
        files[place] if is_brought else releasing(files[place], files[place].file.amount) for is_brought, place in asked
    ]

    async def answers(*batches: list[Any]) -> list[Any]:
        found: list[Any] = []
        try:
            async with tx.connection.transaction():
                for batch in batches:
                    for is_brought, group in groupby(batch, key=lambda step: isinstance(step, AdmitFile)):
                        operation: Any = admit_files if is_brought else release_statements
                        found += await operation(tx, list(group))
                raise _TakenBack
        except _TakenBack:
            return found

    assert await answers(steps) == await answers(steps[:cut], steps[cut:])


async def test_it_is_let_in_once_whoever_races(database: Database) -> None:
    held = bringing(LIMIT + 1)
    async with database.transaction() as tx:
        await admit_files(tx, [held])

    async def let_in() -> S:
        return (await database.retried(lambda tx: release_statements(tx, [releasing(held)])))[0]

    answers = await asyncio.gather(*(let_in() for _ in range(4)))
    assert sorted(answers) == [S.ALREADY_RELEASED] * 3 + [S.RELEASED]


async def test_files_that_are_brought_at_once_say_no_more_than_the_limit(database: Database) -> None:
    bank = ChangeChannel(
        id=new_id(), name="bank", version=1, is_open=True, settings={}, secrets={}, changed=(), actor=STAFF
    )
    await database.retried(lambda tx: add_channels(tx, [bank]))
    brought = [bringing(LIMIT // 2) for _ in range(6)]
    answers = await asyncio.gather(*(database.retried(lambda tx, one=one: admit_files(tx, [one])) for one in brought))
    assert sorted(answers) == [[False]] * 4 + [[True]] * 2


async def test_a_result_file_that_says_much_waits_for_another(database: Database, lanes: Lanes) -> None:
    each = LIMIT // 2 + 100
    asked = [asking(n, amount=each) for n in (0, 1)]
    await database.retried(lambda tx: ask_bank_transfers(tx, asked))
    await database.retried(lambda tx: make_bank_batches(tx, [making()]))
    references = [telling(n, BankTransferStatus.PAID).reference for n in (0, 1)]
    lines = ["附言,金额,状态", *(f"{reference},{each / 100:.2f},失败" for reference in references), "什么,1,成功"]
    batchers = Batchers(database, lanes)

    async def bring(*lines: str) -> BankReturnsStatus:
        return (await import_returns(database, batchers, "回单.csv", "\n".join(lines).encode(), STAFF)).status

    async def standing() -> list[str]:
        async with database.read() as reader:
            return sorted(transfer.status for transfer in (await get_transfers(reader, references)).values())

    assert (await bring(*lines), await standing()) == (BankReturnsStatus.HELD, ["sent", "sent"])
    # One alone says one line; said again, it says nothing; and the whole file waits as it did.
    assert (await bring(*lines[:2]), await standing()) == (BankReturnsStatus.IMPORTED, ["rejected", "sent"])
    assert (await bring(*lines[:2]), await bring(*lines)) == (BankReturnsStatus.IMPORTED, BankReturnsStatus.HELD)
    id = file_id(FileKind.RETURNS, "\n".join(lines).encode())
    async with database.read() as reader:
        held = await store.get_held(reader, id)
    assert held
    assert (held.kind, held.amount, held.lines) == (FileKind.RETURNS, 2 * each, 3)
    release = ReleaseStatement(id=id, lines=held.lines, amount=held.amount, actor=STAFF)
    assert await database.retried(lambda tx: release_statements(tx, [release])) == [S.RELEASED]
    delivered = Delivered(new_id(), id, id, STAFF, clock.now(), BankStatementReleased(statement_id=id, name="回单.csv"))
    await Reactions(batchers).import_released(database, [delivered])
    async with database.read() as reader:
        kept = await store.get_held(reader, id)
    await batchers.close()
    # Told of once more, it is over: nobody has let it in since.
    await Reactions(batchers).import_released(database, [delivered])
    assert await standing() == ["rejected", "rejected"]
    assert kept
    assert kept.returns
    assert (kept.content, kept.returns.known, kept.returns.rejected, len(kept.returns.wrong)) == (None, 1, 1, 1)


async def test_a_result_file_that_says_more_than_two_agreed_to_waits_again(database: Database, lanes: Lanes) -> None:
    each = LIMIT + 100
    references = [telling(n, BankTransferStatus.PAID).reference for n in (0, 1)]
    content = "\n".join(
        ["附言,金额,状态", *(f"{reference},{each / 100:.2f},失败" for reference in references)]
    ).encode()
    id, batchers = file_id(FileKind.RETURNS, content), Batchers(database, lanes)

    async def ask(n: int) -> None:
        await database.retried(lambda tx: ask_bank_transfers(tx, [asking(n, amount=each)]))
        await database.retried(lambda tx: make_bank_batches(tx, [making(n)]))

    async def let_in(amount: int) -> list[str]:
        release = ReleaseStatement(id=id, lines=2, amount=amount, actor=STAFF)
        assert await database.retried(lambda tx: release_statements(tx, [release])) == [S.RELEASED]
        event = BankStatementReleased(statement_id=id, name="回单.csv")
        for _ in range(2):
            await Reactions(batchers).import_released(
                database, [Delivered(new_id(), id, id, STAFF, clock.now(), event)]
            )
        async with database.read() as reader:
            return sorted(transfer.status for transfer in (await get_transfers(reader, references)).values())

    await ask(0)
    assert (await import_returns(database, batchers, "回单.csv", content, STAFF)).status is BankReturnsStatus.HELD
    await ask(1)
    assert await let_in(each) == ["sent", "sent"]
    assert await let_in(2 * each) == ["rejected", "rejected"]
    await batchers.close()


async def test_what_was_let_in_and_is_no_longer_understood_is_kept(database: Database, lanes: Lanes) -> None:
    batchers, content = Batchers(database, lanes), b"neither head nor tail"
    assert not await is_admitted(batchers, FileKind.STATEMENT, "a.csv", content, 2, LIMIT + 1, STAFF)
    id = file_id(FileKind.STATEMENT, content)
    release = ReleaseStatement(id=id, lines=2, amount=LIMIT + 1, actor=STAFF)
    assert await database.retried(lambda tx: release_statements(tx, [release])) == [S.RELEASED]
    delivered = Delivered(new_id(), id, id, STAFF, clock.now(), BankStatementReleased(statement_id=id, name="a.csv"))
    with pytest.raises(StatementUnreadable):
        await Reactions(batchers).import_released(database, [delivered])
    async with database.read() as reader:
        kept = await store.get_held(reader, id)
    await batchers.close()
    assert kept
    assert content_of(kept) == content


async def test_a_line_was_heard_where_its_payment_is(tx: Transaction) -> None:
    """A serial that was told of one payment says nothing of another, which may lie in a lane of its own."""
    one, other = (new_id() for _ in range(2))
    while shard_of(one) == shard_of(other):
        other = new_id()
    came = [told(BANK, "line:S1", NoticeKind.CHARGE_SUCCEEDED, id, "S1", 100, tx.now, b"") for id in (one, other)]
    await add_notices(tx, came[:1], [NoticeStatus.UNMATCHED])
    assert await list_unheard(tx, came) == came[1:]


async def test_what_nobody_let_in_is_forgotten(database: Database) -> None:
    await database.retried(lambda tx: admit_files(tx, [bringing(LIMIT + 1)]))
    assert await forget_waiting(database, 10) == 0
    async with database.transaction() as tx:
        await tx.connection.execute("update payments.held_statements set held_at = held_at - interval '4 days 1 hour'")
    assert (await forget_waiting(database, 10), await forget_waiting(database, 10)) == (1, 0)


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
            assert "导入大额银行文件" in colleague.text
            assert "98.00" in colleague.text.replace(" ", "")
            assert colleague.statements <= 3
            await colleague.visit(next(link for link in colleague.links if "/held/" in link))
            assert reference_of(payment_id) in colleague.text
            assert colleague.statements <= 3
            held = colleague.path
            async with site.browser("shen") as auditor:
                # Whoever may not read the file is not led there.
                await auditor.visit(proposed)
                assert "导入大额银行文件" in auditor.text
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
        fresh = f"2026-11-25,11:00:00,96.00,,,S2,,,货款,{reference_of(last)}"
        # A file that overlaps says nothing again.
        await town.bring(line, "2026-11-25,12:00:00,1.00,,,S3,,,谁的,")
        assert "早就有的 1 笔" in town.boss.text
        await town.bring(line, fresh)
        assert "交给同事复核了" in town.boss.text
        # What another rejects is kept no longer.
        async with site.browser("lin") as colleague:
            await colleague.visit("/operator/approvals")
            proposed = next(link for link in colleague.links if re.search(r"approvals/[0-9a-f-]{36}$", link))
            await colleague.visit(proposed)
            assert "96.00" in colleague.text.replace(" ", "")
            held = next(link for link in colleague.links if "/held/" in link)
            await colleague.send(proposed, verdict="reject", note="对不上")
            await colleague.visit(held)
            assert ("没有导入，原文不再保留" in colleague.text, reference_of(last) in colleague.text) == (True, False)


async def test_more_than_two_agreed_to_takes_two_again(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        site = town.site
        colleague_id = await site.person("lin", "林海", money=1)
        rules = PublishRules(
            of=APPROVAL_RULES, version=2, rules=ApprovalRules(statement_above=10_000), reason="小心", actor=BY_SYSTEM
        )
        async with site.program.database.transaction() as tx:
            role = GrantRole(person_id=colleague_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)
            await grant_roles(tx, [role])
            assert await publish_rules(tx, [rules]) == ["published"]
        first, later = await town.begin(10_100), new_id(town.buyer_id)
        await town.bring(
            f"2026-11-25,10:00:00,101.00,,,S1,,,货款,{reference_of(first)}",
            f"2026-11-25,10:00:01,900000.00,,,S2,,,货款,{reference_of(later)}",
        )

        async def agree(colleague: Browser) -> str:
            await colleague.visit("/operator/approvals")
            await colleague.visit(
                next(link for link in colleague.links if re.search(r"approvals/[0-9a-f-]{36}$", link))
            )
            said = colleague.text.replace(" ", "")
            await colleague.send(colleague.path, payment_password=PAYMENT_PASSWORD)
            assert "已经执行" in colleague.text, colleague.text
            await site.settle()
            return said

        async with site.browser("lin") as colleague:
            # The second line names nothing while they look; then somebody begins the payment whose reference it has.
            await town.begin(1, id=later)
            said = await agree(colleague)
            assert ("101.00" in said, "再复核" in said) == (True, False)
            assert [(await town.status(id))[1] for id in (first, later)] == [0, 0]
            said = await agree(colleague)
            assert "复核通过的是¥101.00，导入之前又有行对上了" in said, said
            assert "900,101.00" in said
            assert (await town.status(first))[1] == 10_100
            assert (await town.status(later))[1] == 90_000_000
