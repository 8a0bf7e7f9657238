"""Proves of transfers by file that nothing is in two files, however many make them at once; that what the bank says is
taken once, whichever file says it; that lines which can't be taken are told; and that withdrawals, large ones, returns
and refunds come to the sums of the design."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.channels.bank_town import SETTINGS, Town, bank_town
from tests.channels.examples import place_of
from tests.orders.market import WAITING
from tests.reconciliation.conftest import as_seen
from tests.reconciliation.test_debits import agree, debits, end, propose
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.ledger import Code
from weiji.payments import (
    BANK,
    REGISTRY,
    CreatePayment,
    CreatePayoutAccount,
    PayoutSource,
    PayoutStatus,
    Purpose,
    RefusePayout,
    RequestPayout,
    RetryRefund,
    SandboxChannel,
    StatedLine,
    create_payments,
    create_payout_accounts,
    get_payouts,
    get_refunds,
    get_wallet,
    guest_of,
    list_troubling_notices,
    refuse_payouts,
    request_payouts,
    retry_refunds,
    start_payments,
)
from weiji.payments.bank.reading import StatementUnreadable
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.files import (
    DEFAULT_COLUMNS,
    FIELDS,
    ColumnsWrong,
    read_columns,
    read_returns,
    write_batch,
)
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.model import (
    BATCH_LINES_MAX,
    AskBankTransfer,
    BankTransferKind,
    BankTransferStatus,
    MakeBankBatch,
    MakeBankBatchStatus,
    TellBankTransfer,
    TellBankTransferStatus,
)
from weiji.payments.bank_transfers.operations import ask_bank_transfers, make_bank_batches, tell_bank_transfers
from weiji.payments.bank_transfers.rules import MOVES, judge_telling, new_batch, new_transfer
from weiji.payments.bank_transfers.store import get_payers
from weiji.payments.channels import SettingWrong
from weiji.payments.channels.bank import BankChannel
from weiji.payments.channels.references import find_references, reference_of
from weiji.payments.model import NoticeKind, RefundStatus
from weiji.reconciliation import (
    AgreeToResolution,
    BreakState,
    ImportStatus,
    LineKind,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
)
from weiji.reconciliation.store import list_breaks

NUMBER = "6222000012344321"
PERSON = UUID("018f0000-0000-7000-8000-000000000000")
_S = BankTransferStatus
_T = TellBankTransferStatus


def asking(n: int = 0, *, attempt: int = 0, amount: int = 8_600) -> AskBankTransfer:
    return AskBankTransfer(
        kind=BankTransferKind.PAYOUT,
        subject_id=derive(PERSON, "payout", n),
        attempt=attempt,
        amount=amount,
        holder="张三",
        bank="中国银行",
        number=NUMBER,
    )


def making(n: int = 0, *, columns: str | None = DEFAULT_COLUMNS) -> MakeBankBatch:
    return MakeBankBatch(id=derive(PERSON, "batch", n), columns=columns, encoding="utf-8-sig", actor=BY_SYSTEM)


def telling(n: int, outcome: BankTransferStatus, amount: int = 8_600) -> TellBankTransfer:
    reference = new_transfer(asking(n), clock.now()).reference
    return TellBankTransfer(reference=reference, outcome=outcome, amount=amount, occurred_at=clock.now(), raw=b"{}")


# Files


def test_a_file_has_the_heads_of_the_bank_and_is_the_same_again() -> None:
    columns = '币种 = "人民币"\n收款人账号 = number\n收款人名称 = holder\n金额 = amount\n用途 = reference\n批次 = batch'
    transfers = [new_transfer(asking(n), clock.now()) for n in range(2)]
    batch = new_batch(making(columns=columns), transfers, clock.now())
    content = write_batch(batch, transfers)
    assert content == write_batch(batch, transfers)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["币种", "收款人账号", "收款人名称", "金额", "用途", "批次"]
    for row, transfer in zip(rows[1:], transfers, strict=True):
        assert row[:4] == ["人民币", NUMBER, "张三", "86.00"]
        assert find_references(row[4]) == [transfer.reference]
        assert row[5] == batch.number


@pytest.mark.parametrize(
    "text", ["", "账号 = number", f"{DEFAULT_COLUMNS}\n城市 = city", f"{DEFAULT_COLUMNS}\n没有等号"]
)
def test_columns_that_no_bank_could_use_are_refused(text: str) -> None:
    with pytest.raises(ColumnsWrong):
        read_columns(text)
    if text:  # Nothing at all is the general table.
        with pytest.raises(SettingWrong):
            BankChannel({**SETTINGS, "columns": text}, place_of("", "bank"))


def test_every_field_can_be_a_column() -> None:
    assert {field for _, field in read_columns(DEFAULT_COLUMNS)} == set(FIELDS)


def test_what_a_bank_says_is_read_and_of_the_rest_it_is_told_why() -> None:
    good = reference_of(derive(PERSON, 1))
    lines = [
        "批量转账结果,,,,",
        "序号,用途,金额(元),处理状态,失败原因,手续费",
        f'1,{good[:4]}-{good[4:8]} {good[8:]},"1,086.00",交易成功,,0.50',
        f"2,{good},86.00,失败,账号户名不符,",
        f"3,{good},86.00,退票,,",
        f"4,{good},86.00,处理中,,",
        "5,工资,86.00,成功,,",
        f"6,{good},八十六,成功,,",
        f"7,{good},86.00,好像成了,,",
        "合计,,,,,",
    ]
    read = read_returns("\n".join(lines).encode("gb18030"), clock.now())
    assert [(line, one.outcome, one.amount, one.fee) for line, one in read.told] == [
        (3, _S.PAID, 108_600, 50),
        (4, _S.REJECTED, 8_600, 0),
        (5, _S.RETURNED, 8_600, 0),
    ]
    assert read.told[1][1].reason == "账号户名不符"
    assert read.pending == 1
    problems = [(each.line, each.problem) for each in read.wrong]
    assert problems == [(7, "reference_missing"), (8, "amount_unreadable"), (9, "result_unknown")]
    with pytest.raises(StatementUnreadable):
        read_returns("附言,金额\n".encode(), clock.now())


def test_a_result_file_that_moves_more_than_two_can_agree_to_is_refused_whole() -> None:
    good = reference_of(derive(PERSON, 1))
    lines = f"用途,金额,处理状态,手续费\n{good},99999999999.99,成功,0.01\n{good},{{}},失败,\n".encode()
    assert len(read_returns(lines.replace(b"{}", b"0.00"), clock.now()).told) == 2
    with pytest.raises(StatementUnreadable, match=r"\Aline 3: .* more than 100000000000 yuan\Z"):
        read_returns(lines.replace(b"{}", b"0.01"), clock.now())


# What is decided


@pytest.mark.parametrize("status", list(_S))
@pytest.mark.parametrize("outcome", [_S.PAID, _S.REJECTED, _S.RETURNED])
@pytest.mark.parametrize("kind", list(BankTransferKind))
def test_every_state_takes_what_may_follow_it_and_nothing_else(
    status: BankTransferStatus, outcome: BankTransferStatus, kind: BankTransferKind
) -> None:
    transfer = new_transfer(asking(), clock.now())
    transfer.kind, transfer.status = kind, status
    answered, notice = judge_telling({transfer.reference: transfer}, telling(0, outcome))
    if outcome in MOVES[status]:
        assert (answered, transfer.status) == (_T.RECORDED, outcome)
        # A refund that came back was given back once: that it is here again, the statement books.
        assert (notice is None) == (kind is BankTransferKind.REFUND and status is _S.PAID)
    else:
        assert transfer.status is status
        assert answered in (_T.EXISTS, _T.CONTRADICTS, _T.NOT_SENT)
        assert (notice is None) == (answered is _T.EXISTS)


# The verbs


async def test_each_answer_of_asking_making_and_telling(tx: Transaction) -> None:
    first, again = await ask_bank_transfers(tx, [asking(), asking(amount=1)])
    assert (first.id, again.id, again.amount) == (first.id, first.id, 8_600)
    assert await tell_bank_transfers(tx, [telling(0, _S.PAID), telling(9, _S.PAID)]) == [
        _T.NOT_SENT,
        _T.TRANSFER_NOT_FOUND,
    ]
    assert await make_bank_batches(tx, [making(columns=None), making(), making(), making(1)]) == [
        MakeBankBatchStatus.CHANNEL_NOT_FOUND,
        MakeBankBatchStatus.CREATED,
        MakeBankBatchStatus.EXISTS,
        MakeBankBatchStatus.NOTHING_WAITING,
    ]
    told = [telling(0, _S.REJECTED, 1), telling(0, _S.REJECTED), telling(0, _S.REJECTED), telling(0, _S.PAID)]
    expected = [_T.AMOUNT_DIFFERS, _T.RECORDED, _T.EXISTS, _T.CONTRADICTS]
    assert await tell_bank_transfers(tx, told) == expected
    # The bank refused it: only who asks for another attempt gets another.
    same, other = await ask_bank_transfers(tx, [asking(), asking(attempt=1)])
    assert (same.id, same.status) == (first.id, _S.REJECTED)
    assert (other.id != first.id, other.status) == (True, _S.WAITING)
    # It came back: another attempt is another transfer again. What brings it back a second time is other money.
    assert await make_bank_batches(tx, [making(2)]) == [MakeBankBatchStatus.CREATED]
    back = replace(telling(0, _S.RETURNED), reference=other.reference)
    told = [back, replace(back, serial="C1"), replace(back, serial="C2"), replace(back, serial="C1"), back]
    expected = [_T.RECORDED, _T.EXISTS, _T.CAME_BACK_BEFORE, _T.EXISTS, _T.EXISTS]
    assert await tell_bank_transfers(tx, told) == expected
    (third,) = await ask_bank_transfers(tx, [asking(attempt=2)])
    assert (third.attempt, third.status) == (2, _S.WAITING)


class _RolledBack(Exception):
    pass


_asked = st.builds(asking, st.integers(0, 3), attempt=st.integers(0, 1), amount=st.sampled_from([1, 8_600]))
_made = st.builds(making, st.integers(0, 2), columns=st.sampled_from([DEFAULT_COLUMNS, DEFAULT_COLUMNS, None]))
_told = st.builds(telling, st.integers(0, 4), st.sampled_from([_S.PAID, _S.REJECTED, _S.RETURNED]), st.just(8_600))


async def _answers(
    database: Database, batches: Sequence[tuple[Any, Sequence[Any]]], prepare: bool
) -> tuple[list[Any], list[Any]]:
    answers: list[Any] = []
    try:
        async with database.transaction() as tx:
            if prepare:
                await ask_bank_transfers(tx, [asking(n) for n in range(4)])
                await make_bank_batches(tx, [making(7)])
            for operation, batch in batches:
                answers += await operation(tx, batch)
            found = await store.get_transfers_of(tx, [asking(n).subject_id for n in range(5)])
            rows = sorted((t.reference, t.status, t.attempt, t.batch_id) for t in found.values())
            raise _RolledBack
    except _RolledBack:
        readable = [(a.reference, a.status) if hasattr(a, "reference") else a for a in answers]
        return readable, rows


@given(
    asked=st.lists(_asked, max_size=5),
    made=st.lists(_made, min_size=1, max_size=4),
    told=st.lists(_told, min_size=1, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(shared_database: Database, asked: Any, made: Any, told: Any) -> None:
    for prepare, steps in (
        (False, [(ask_bank_transfers, asked), (make_bank_batches, made)]),
        (True, [(tell_bank_transfers, told)]),
    ):
        steps = [step for step in steps if step[1]]
        singles = [(operation, [one]) for operation, batch in steps for one in batch]
        together = await _answers(shared_database, steps, prepare)
        assert together == await _answers(shared_database, singles, prepare)


async def test_nothing_is_in_two_files_that_are_made_at_once(database: Database) -> None:
    count = BATCH_LINES_MAX + 20
    await database.retried(lambda tx: ask_bank_transfers(tx, [asking(n) for n in range(count)]))
    ids = [derive(PERSON, "batch", n) for n in range(4)]
    statuses = await asyncio.gather(
        *(database.retried(lambda tx, n=n: make_bank_batches(tx, [making(n)])) for n in (0, 1, 2, 3, 0))
    )
    assert MakeBankBatchStatus.CREATED in {status for (status,) in statuses}
    async with database.read() as reader:
        batches = await store.get_batches(reader, ids)
        files = [await store.list_of_batch(reader, id, count) for id in batches]
        left = await store.list_waiting(reader, count)
    taken = [transfer.id for file in files for transfer in file]
    assert len(taken) == len(set(taken))
    assert len(taken) + len(left) == count
    assert {id: batch.lines for id, batch in batches.items()} == dict(zip(batches, map(len, files), strict=True))
    assert all(0 < len(file) <= BATCH_LINES_MAX for file in files)


async def test_whose_a_line_is_is_found_whatever_else_stands_in_it(database: Database, lanes: Lanes) -> None:
    await database.retried(lambda tx: ask_bank_transfers(tx, [asking()]))
    await database.retried(lambda tx: make_bank_batches(tx, [making()]))
    async with database.read() as reader:
        batch = (await store.get_batches(reader, [making().id]))[making().id]
    ours = telling(0, _S.REJECTED).reference
    text = f"附言,用途,金额,状态\n{batch.number},{ours},86.00,失败"
    batchers = Batchers(database, lanes)
    result = await import_returns(database, batchers, "回单.csv", text.encode(), BY_SYSTEM)
    await batchers.close()
    assert result.returns is not None
    assert (result.returns.rejected, result.returns.wrong) == (1, [])


# All of it, as people do it


async def _withdraw(town: Town, amount: int = 8_600, **more: Any) -> UUID:
    """Have the buyer withdraw by the bank, for a fee of 100."""
    program, person = town.site.program, town.buyer_id
    actor = Actor("person", person)
    account = CreatePayoutAccount(
        id=new_id(person), owner_id=person, holder="=阿青", bank="中国银行", number=NUMBER, actor=actor
    )
    await program.batchers.of(create_payout_accounts).submit(account)
    command = RequestPayout(
        id=new_id(person),
        owner_id=person,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=amount,
        fee=100,
        channel=REGISTRY.payout_channel or "",
        actor=actor,
        **more,
    )
    assert command.channel == "bank"
    assert await program.batchers.of(request_payouts).submit(command) == "created"
    await town.site.settle()
    return command.id


async def _payout(town: Town, id: UUID) -> tuple[PayoutStatus, int]:
    """Tell how a payout stands, and what its owner has."""
    async with town.site.program.database.read() as reader:
        payout = (await get_payouts(reader, [id]))[id]
        wallet = await get_wallet(reader, town.buyer_id)
    return payout.status, wallet.available


async def _file(town: Town) -> list[dict[str, str]]:
    """Have the operator make a file of what waits, by the page, and download it."""
    boss = town.boss
    await boss.visit("/operator/bank-transfers")
    assert boss.statements <= 3
    id = re.search(r'name="id" value="([0-9a-f-]+)"', boss.page)
    assert id
    await boss.send("/operator/bank-transfers", id=id[1])
    assert "生成好了" in boss.text
    await boss.visit(f"/operator/bank-transfers/{id[1]}")
    assert boss.statements <= 3
    assert NUMBER not in boss.page, "only the file has it"
    await boss.send(f"/operator/bank-transfers/{id[1]}/file")
    return list(csv.DictReader(io.StringIO(boss.page.removeprefix("\ufeff"))))


async def _tell(town: Town, *lines: str) -> None:
    text = "\n".join(["附言,金额,状态,原因,手续费", *lines])
    await town.upload("/operator/bank-transfers", "/operator/bank-transfers/returns", "回单.csv", text)


async def test_a_withdrawal_goes_by_file_and_comes_back_by_the_statement(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        REGISTRY.register(SandboxChannel(town.site.program.database), is_open=False)
        before = await town.balances()
        paid, refused = await _withdraw(town), await _withdraw(town, 700)
        large = await _withdraw(town, 20_000, review_within=timedelta(days=1))
        assert await _payout(town, paid) == (PayoutStatus.SUBMITTED, 100_000 - 8_700 - 800 - 20_100)
        rows = await _file(town)
        # What two of the staff have to let go waits for them, and only then for a file.
        letting = RefusePayout(id=large, reason="户名不符", actor=BY_SYSTEM)
        assert await town.site.program.batchers.of(refuse_payouts).submit(letting) == "refused"
        assert [(row["收款账号"], row["收款户名"], row["金额"]) for row in rows] == [
            (NUMBER, "阿青", "86.00"),
            (NUMBER, "阿青", "7.00"),
        ]
        first, second = (row["附言"] for row in rows)
        await _tell(
            town, f"{first},86.00,成功,,0.02", f"{second},7.00,失败,户名不符,", f"{second},9.00,成功,,", "工资,1,成功,,"
        )
        # What was not taken is told, and keeps nothing else from being taken.
        assert "有 2 行没有记" in town.boss.text
        assert "金额不对" in town.boss.text
        assert await _payout(town, paid) == (PayoutStatus.PAID, 100_000 - 8_700)
        assert (await _payout(town, refused))[0] is PayoutStatus.REJECTED
        await town.buyer.visit("/wallet/withdrawals")
        assert "银行说：户名不符" in town.buyer.text
        after = await town.balances()
        moved = {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)}
        # W1: the wallet gave 87.00, of which the fee is income; the bank's own fee is what it costs.
        assert moved == {1010: -8_602, 2010: 8_700, 4020: -100, 5020: 2}
        # The statement says the same of the debit, and weeks later that it came back: W2.
        await town.bring(
            f"2026-11-25,10:00:00,,86.00,,D1,阿青,{NUMBER},转账,{first}", "2026-11-25,11:00:00,,5.00,,D2,,,房租,"
        )
        back = f"2026-11-26,09:00:00,86.00,,,C1,阿青,{NUMBER},退票,{first}"
        # It can come back once: money that comes with its reference by another line is nobody's.
        twice = back.replace(",C1,", ",C2,")
        for name in ("a.csv", "b.csv"):
            await town.bring(back, twice, f"2026-11-26,09:00:00,0.01,,,{name},,,,", name=name)
            assert await _payout(town, paid) == (PayoutStatus.RETURNED, 100_000)
        after = await town.balances()
        moved = {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)}
        # The bank keeps its fee of 2; what came in the same files, 1 each, is nobody's, and so is the rent of 500.
        assert moved == {1010: 8_100, 1190: 500, 2090: -8_602, 5020: 2}
        async with town.site.program.database.read() as reader:
            troubling = await list_troubling_notices(reader)
        assert [(row["kind"], row["outcome"]) for row in troubling if row["kind"].startswith("payout")] == [
            (NoticeKind.PAYOUT_PAID, "contradicts")
        ]
        # Whoever is no operator gets no numbers of accounts.
        async with town.site.browser("buyer") as stranger:
            await stranger.visit("/operator/bank-transfers")
            assert stranger.status == 403
        # Whoever closes the last channel that pays out is told what that means.
        await town.boss.visit("/operator/channels")
        assert "谁都提不了现" not in town.boss.text
        REGISTRY.register(REGISTRY.get("bank"), is_open=False)
        await town.boss.visit("/operator/channels")
        assert "谁都提不了现" in town.boss.text


async def test_a_wallet_lists_on_behind_what_is_only_held(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weiji.payments.pages.MOVEMENTS", 1)
    async with bank_town(database_url, tmp_path) as town:
        REGISTRY.register(SandboxChannel(town.site.program.database), is_open=False)
        await _withdraw(town)
        seen, path = [], "/wallet"
        while path:
            await town.buyer.visit(path)
            seen.append(town.buyer.text)
            more = re.search(r'href="([^"]*before=\d+)"', town.buyer.page)
            path = unescape(more[1]) if more else ""
        # Amount and fee are held; what was topped up before is there all the same.
        assert ["1,000.00" in text for text in seen] == [False, False, True]
        assert not any("还没有收支" in text for text in seen)


async def test_what_is_in_no_file_yet_is_not_paid_whatever_is_said_of_it_and_what_is_paid_twice_is_seen(
    database_url: str, tmp_path: Path
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        REGISTRY.register(SandboxChannel(town.site.program.database), is_open=False)
        id = await _withdraw(town)
        reference = reference_of(derive(id, "bank transfer", 0))
        before = await town.balances()
        await _tell(town, f"{reference},86.00,成功,,")
        assert "还没有写进文件" in town.boss.text
        await town.bring(f"2026-11-25,10:00:00,,86.00,,D1,阿青,{NUMBER},转账,{reference}")
        # The next file has it: were it paid now, it would be paid twice.
        assert (await _payout(town, id))[0] is PayoutStatus.SUBMITTED
        # That it went all the same the bank says: it is to be found out why.
        assert await town.balances() == {**before, Code.BANK: -8_600, Code.SUSPENSE_SHORT: 8_600}
        assert len(await _file(town)) == 1
        await _tell(town, f"{reference},86.00,成功,,")
        assert (await _payout(town, id))[0] is PayoutStatus.PAID
        # Two of another amount are two, and are shown as two.
        wrong = f"2026-11-25,12:00:00,,87.00,,E1,阿青,{NUMBER},转账,{reference}"
        await town.bring(wrong, wrong.replace(",E1,", ",E2,"))

        async def said() -> list[tuple[str, str]]:
            async with town.site.program.database.read() as reader:
                return [(row["event_id"], row["outcome"]) for row in await list_troubling_notices(reader)]

        # One line of a statement is what the result told; another one is the same file carried to the bank twice.
        assert {(f"paid:{reference}:8700 by E{n}", "contradicts") for n in (1, 2)} <= {*await said()}
        standing, gone = await said(), f"2026-11-26,10:00:00,,86.00,,D2,阿青,{NUMBER},转账,{reference}"
        for name in ("a.csv", "b.csv"):
            await town.bring(gone, f"2026-11-26,11:00:00,,1.00,,{name},,,,", name=name)
        assert await said() == standing
        await town.bring(gone, gone.replace(",D2,", ",D3,"))
        assert (f"paid:{reference}:8600 by D3", "contradicts") in await said()
        stands = await _payout(town, id)
        assert stands[0] is PayoutStatus.PAID
        # One comes back: the owner has the other, so it is nobody's until people say whose. So is one more.
        before = (await town.balances()).get(Code.SUSPENSE, 0)
        back = f"2026-11-27,10:00:00,86.00,,,C1,阿青,{NUMBER},退汇,{reference}"
        for lines in ([back], [back, back.replace(",C1,", ",C2,")]):
            await town.bring(*lines)
            assert await _payout(town, id) == stands
            assert (await town.balances()).get(Code.SUSPENSE, 0) == before - 8_600 * len(lines)
            assert (f"returned:{reference}:8600 by C{len(lines)}", "contradicts") in await said()


async def _begin_payment(town: Town, id: UUID, payer_id: UUID, order_id: UUID) -> None:
    """Begin to pay 50 yuan to the shop, as a merchant's program asks for it, by a transfer."""
    payment = CreatePayment(
        id=id,
        payer_id=payer_id,
        subject_id=order_id,
        payee_id=town.site.shop_id,
        amount=5_000,
        channel="bank",
        purpose=Purpose.MERCHANT_ORDER,
        actor=Actor("buyer", payer_id),
    )
    program = town.site.program
    await program.batchers.of(create_payments).submit(payment)
    await start_payments(program.database, program.lanes, [id])


async def test_what_several_lines_paid_is_locked_in_its_order_before_anything_is_posted(
    database_url: str, tmp_path: Path
) -> None:
    """Who agrees to several lines at once, in whichever order, waits for a transfer with no other one in hand."""
    async with bank_town(database_url, tmp_path) as town:
        database, work = town.site.program.database, Reconciliation(town.site.program.batchers)
        REGISTRY.register(SandboxChannel(database), is_open=False)
        ids = [await _withdraw(town, amount) for amount in (700, 300)]
        references = [row["附言"].replace("-", "") for row in await _file(town)]
        day = clock.now().astimezone(SHANGHAI).date()
        await town.bring(*(f"{day},10:00:00,,{sum},,D{sum},,,批量代付," for sum in ("7.00", "3.00")))
        lines = await debits(database)
        for one, reference in zip(lines, references, strict=True):
            assert await propose(work, one, Resolution.PAID, reference) is ResolutionStatus.DONE
        async with database.transaction() as tx:
            first, second = sorted((await store.lock_transfers(tx, references)).values(), key=lambda each: each.id)
            seen = await as_seen(
                tx,
                [AgreeToResolution(break_id=one.id, is_agreed=True, actor=Actor("staff", new_id())) for one in lines],
            )
        by_transfer = dict(zip(references, seen, strict=True))
        commands = [by_transfer[each.reference] for each in (second, first)]
        async with asyncio.TaskGroup() as group, database.transaction() as tx:
            await store.lock_transfers(tx, [first.reference])
            doing = group.create_task(database.retried(lambda tx: agree_to_resolutions(tx, commands)))
            async with database.read() as reader:
                while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                    assert not doing.done(), "it did not wait"
                    await asyncio.sleep(0.01)
            await tx.connection.execute("set local lock_timeout = '500ms'")
            assert await store.lock_transfers(tx, [second.reference]), "nobody has it"
        assert doing.result() == [ResolutionStatus.DONE] * 2
        await town.site.settle()
        assert {(await _payout(town, id))[0] for id in ids} == {PayoutStatus.PAID}


async def test_what_went_without_its_reference_is_matched_by_two_people_and_once(
    database_url: str, tmp_path: Path
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        database, work = town.site.program.database, Reconciliation(town.site.program.batchers)
        REGISTRY.register(SandboxChannel(database), is_open=False)
        ids = [await _withdraw(town, amount) for amount in (8_600, 700, 500, 300)]
        first, second, third, fourth = [row["附言"].replace("-", "") for row in await _file(town)]
        before = await town.balances()

        async def moved() -> dict[int, int]:
            after = await town.balances()
            return {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)}

        def gone(amount: str, serial: str, remark: str = "") -> str:
            day = clock.now().astimezone(SHANGHAI).date()
            return f"{day},10:00:00,,{amount},,{serial},,,批量代付,{remark}"

        async def state(id: UUID) -> PayoutStatus:
            return (await _payout(town, id))[0]

        # What the bank's result tells already, and the statement has without its reference.
        await _tell(town, f"{fourth},3.00,成功,,")
        await town.bring(gone("93.00", "D1"), gone("5.00", "D2"), gone("5.00", "D3"), gone("3.00", "D4"))
        both, one, other, known = await debits(database)
        await town.boss.visit("/operator/reconciliation")
        assert town.boss.page.count(f'value="bank {third}"') == 3, "it may be either of two, or of the sum"
        assert all(f'value="bank {each}"' in town.boss.page for each in (first, second, fourth))
        # All that is chosen adds up, was given to the bank, and is nobody else's.
        paid = Resolution.PAID
        assert await propose(work, both, paid, first) is ResolutionStatus.SETTLEMENTS_DIFFER
        assert await propose(work, both, paid, reference_of(both.id)) is ResolutionStatus.SETTLEMENT_NOT_FOUND
        assert await propose(work, both, paid) is ResolutionStatus.SETTLEMENT_NOT_FOUND
        # Several in one sum; and of two lines that are said to be one transfer, one is.
        assert await end(database, work, both, paid, second, first) == (ResolutionStatus.DONE, ResolutionStatus.DONE)
        assert await propose(work, one, paid, third) is ResolutionStatus.DONE
        assert await propose(work, other, paid, third) is ResolutionStatus.DONE
        assert [await agree(database, work, each) for each in (one, other)] == [
            ResolutionStatus.DONE, ResolutionStatus.SETTLEMENT_NOT_FOUND,
        ]  # fmt: skip
        assert await end(database, work, known, paid, fourth) == (ResolutionStatus.DONE, ResolutionStatus.DONE)
        await town.site.settle()
        assert {await state(id) for id in ids} == {PayoutStatus.PAID}
        # Amounts and fees were held; the bank has what it has, and one line is still to be found out.
        left = {1010: -9_300 - 500 - 500 - 300, 1190: 500}
        assert {code: amount for code, amount in (await moved()).items() if code in (1010, 1190, 2070)} == left
        # The same lines in another file, now with a reference, are no others.
        await town.bring(gone("5.00", "D2", third), gone("93.00", "D1"), name="again.csv")
        assert {code: amount for code, amount in (await moved()).items() if code in (1010, 1190, 2070)} == left
        assert [each.state for each in await debits(database)].count(BreakState.RESOLVED) == 3


async def test_the_page_of_a_day_offers_the_transfers_that_what_went_may_be(database_url: str, tmp_path: Path) -> None:
    async def nothing() -> AsyncIterator[list[StatedLine]]:
        yield []

    async with bank_town(database_url, tmp_path) as town:
        database, work = town.site.program.database, Reconciliation(town.site.program.batchers)
        REGISTRY.register(SandboxChannel(database), is_open=False)
        await _withdraw(town, 500)
        (reference,) = [row["附言"].replace("-", "") for row in await _file(town)]
        day = clock.now().astimezone(SHANGHAI).date()
        await town.bring(f"{day},10:00:00,,5.00,,D1,,,批量代付,")
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=1))
        taken = await work.take(database, BANK, day, nothing())  # As `weiji reconcile bank DAY --file` does.
        assert taken.status is ImportStatus.MATCHED
        here = f"/operator/reconciliation/{day}?channel=bank"
        await town.boss.visit(here)
        assert (town.boss.status, town.boss.statements <= 3) == (200, True)
        assert f'value="bank {reference}"' in town.boss.page
        note = {"note": "流水里没有附言", "settlement": f"bank {reference}"}
        await town.boss.send("/proposal", resolution="paid", **note)
        assert "等另一位同事同意" in town.boss.text
        (one,) = await debits(database)
        assert await agree(database, work, one) is ResolutionStatus.DONE
        await town.boss.visit(here)
        assert f'value="bank {reference}"' not in town.boss.page


async def test_a_transfer_that_the_bank_took_back_went_by_the_line_that_came_after_or_not_at_all(
    database_url: str, tmp_path: Path
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        database, work = town.site.program.database, Reconciliation(town.site.program.batchers)
        REGISTRY.register(SandboxChannel(database), is_open=False)
        id = await _withdraw(town)
        (reference,) = [row["附言"] for row in await _file(town)]
        before = await town.balances()

        async def moved() -> dict[int, int]:
            after = await town.balances()
            return {code: after[code] - before.get(code, 0) for code in (1010, 1190, 2090)}

        def gone(amount: str, serial: str) -> str:
            said = "冲正" if amount.startswith("-") else "转账"
            return f"2026-11-25,10:00:00,,{amount},,{serial},阿青,{NUMBER},{said},{reference}"

        # Taken back at once it did not go, whichever of both the next file has.
        await town.bring(gone("86.00", "D1"), gone("-86.00", "R1"))
        await town.bring(gone("86.00", "D1"), name="b.csv")
        assert (await _payout(town, id))[0] is PayoutStatus.SUBMITTED
        assert await moved() == {1010: 0, 1190: 0, 2090: 0}
        # The bank made it by another line: once, and nobody is told that it went twice.
        await town.bring(gone("86.00", "D1"), gone("-86.00", "R1"), gone("86.00", "D2"), name="c.csv")
        assert (await _payout(town, id))[0] is PayoutStatus.PAID
        assert await moved() == {1010: -8_600, 1190: 0, 2090: 0}
        async with database.read() as reader:
            assert await list_troubling_notices(reader) == []
        # Taken back after that, it is for people; what a result file says has come back is booked by that.
        await town.bring(gone("-86.00", "R2"), name="d.csv")
        assert await moved() == {1010: 0, 1190: 0, 2090: -8_600}
        await _tell(town, f"{reference},86.00,退票,账户不符,")
        assert await _payout(town, id) == (PayoutStatus.RETURNED, 100_000)
        async with database.read() as reader:
            kind = LineKind.DEBIT_TAKEN_BACK
            (left,) = await list_breaks(reader, [BreakState.OPEN], None, "bank", None, 9, kind)
        assert await end(database, work, left, Resolution.REVERSED) == (ResolutionStatus.DONE, ResolutionStatus.DONE)
        assert await moved() == {1010: 0, 1190: 0, 2090: 0}


async def test_a_refund_goes_to_the_account_that_the_money_came_from(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        program = town.site.program
        known, unknown = [new_id(town.buyer_id) for _ in range(2)]
        for id in (known, unknown):
            await _begin_payment(town, id, town.buyer_id, new_id(town.site.shop_id))
        before = await town.balances()
        # One statement says who paid; the other only shows how the number ends.
        await town.bring(
            f"2026-11-25,10:00:00,50.00,,,S1,阿青,{NUMBER},货款,{reference_of(known)}",
            f"2026-11-25,10:00:00,50.00,,,S2,阿青,6222****4321,货款,{reference_of(unknown)}",
        )
        # Brought again, a line says nothing of where its money came from: one of the staff alone would, and be paid.
        await town.bring(f"2026-11-25,10:00:00,50.00,,,S2,文山,{NUMBER},货款,{reference_of(unknown)}", name="又.csv")
        assert "早就有的 1 笔" in town.boss.text
        # Nobody wants these payments, so they are given back.
        (row,) = await _file(town)
        assert (row["收款账号"], row["收款户名"], row["金额"]) == (NUMBER, "阿青", "50.00")
        await town.bring(f"2026-11-26,10:00:00,,50.00,,D1,阿青,{NUMBER},转账,{row['附言']}")
        async with program.database.read() as reader:
            refunds = {each.payment_id: each.status for each in await get_refunds(reader, [known, unknown])}
        # Where nobody knows whose account it is, the wallet is the way.
        assert refunds == {known: RefundStatus.SUCCEEDED, unknown: RefundStatus.REJECTED}
        after = await town.balances()
        bank, receivable = (after.get(code, 0) - before.get(code, 0) for code in (1010, 1020))
        assert (bank, receivable) == (10_000 - 5_000, 0)
        async with program.database.pool.acquire() as connection:
            kept = await connection.fetch("select raw from payments.notices where channel = 'bank'")
        assert not any(NUMBER.encode() in each["raw"] for each in kept), "a number is kept sealed, and nowhere else"


@pytest.mark.parametrize("result", ["失败", "退票"])
async def test_a_refund_to_a_guest_that_never_arrived_is_sent_once_more(
    database_url: str, tmp_path: Path, result: str
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        program, order_id = town.site.program, new_id(town.site.shop_id)
        payer_id = guest_of(order_id)
        id = new_id(payer_id)
        await _begin_payment(town, id, payer_id, order_id)
        await town.bring(f"2026-11-25,10:00:00,50.00,,,S1,阿青,{NUMBER},货款,{reference_of(id)}")
        (row,) = await _file(town)
        await _tell(town, f"{row['附言']},50.00,{result},账户已销,")
        # A statement may have it as gone and back again: it never was with them.
        before = await town.balances()
        gone_and_back = (
            f"2026-11-26,10:00:00,,50.00,,D1,阿青,{NUMBER},转账,{row['附言']}",
            f"2026-11-26,10:05:00,50.00,,,C1,阿青,{NUMBER},退汇,{row['附言']}",
        )
        await town.bring(*gone_and_back)
        assert await town.balances() == before
        async with program.database.read() as reader:
            (refund,) = await get_refunds(reader, [id])
        assert refund.status is RefundStatus.ABNORMAL
        retry = RetryRefund(id=refund.id, actor=BY_SYSTEM)
        assert await program.batchers.of(retry_refunds).submit(retry) == "retried"
        await town.site.settle()
        (again,) = await _file(town)
        assert again["附言"] != row["附言"]
        await town.bring(f"2026-11-27,10:00:00,,50.00,,D2,阿青,{NUMBER},转账,{again['附言']}")
        async with program.database.read() as reader:
            (refund,) = await get_refunds(reader, [id])
        assert refund.status is RefundStatus.SUCCEEDED
        before = await town.balances()
        assert (before.get(Code.REFUND_CLEARING, 0), before.get(Code.SUSPENSE, 0)) == (0, 0)
        # What the bank says once more of the first: it went nowhere.
        await town.bring(*gone_and_back, "2026-11-26,11:00:00,,1.00,,D3,,,,")
        assert await town.balances() == {**before, Code.BANK: before[Code.BANK] - 100, Code.SUSPENSE_SHORT: 100}


@pytest.mark.parametrize("result", ["失败", "退票"])
async def test_a_refund_that_never_went_is_nobodys_money_when_a_statement_has_it_both_ways(
    database_url: str, tmp_path: Path, result: str
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        program, id = town.site.program, new_id(town.buyer_id)
        await _begin_payment(town, id, town.buyer_id, new_id(town.site.shop_id))
        await town.bring(f"2026-11-25,10:00:00,50.00,,,S1,阿青,{NUMBER},货款,{reference_of(id)}")
        (row,) = await _file(town)
        # What else the bank wrote before it reads like a reference, too.
        other = reference_of(derive(PERSON, "nobody's"))
        await _tell(town, f"{other} {row['附言']},50.00,{result},账号户名不符,")
        async with program.database.read() as reader:
            (refund,) = await get_refunds(reader, [id])
        assert refund.status is RefundStatus.REJECTED, "so the wallet has it"
        before = await town.balances()
        for times, name in enumerate(("a.csv", "b.csv"), 1):
            await town.bring(
                f"2026-11-26,10:00:00,,50.00,,D1,阿青,{NUMBER},转账,{row['附言']}",
                f"2026-11-26,10:05:00,50.00,,,C1,阿青,{NUMBER},冲回,{row['附言']}",
                f"2026-11-26,11:00:00,,1.00,,{name},,,,",
                name=name,
            )
            unknown = {Code.BANK: before[Code.BANK] - 100 * times, Code.SUSPENSE_SHORT: 100 * times}
            assert await town.balances() == {**before, **unknown}, "it went nowhere"


async def test_a_line_that_is_known_says_nothing_more_of_where_its_money_came_from(
    database_url: str, tmp_path: Path
) -> None:
    """It pays nothing then, so one of the staff alone would say where a refund goes."""
    async with bank_town(database_url, tmp_path) as town:
        said, unsaid = [await town.begin(5_000) for _ in range(2)]
        first = f"2026-11-25,10:00:00,50.00,,,S1,阿青,{NUMBER},货款,{reference_of(said)}"
        await town.bring(first, f"2026-11-25,10:00:00,50.00,,,S2,阿青,6222****4321,货款,{reference_of(unsaid)}")
        # Another file, with S2 once more, now with somebody's own name and account.
        await town.bring(f"2026-11-25,10:00:00,50.00,,,S2,文山,{NUMBER},货款,{reference_of(unsaid)}")
        assert "早就有的 1 笔" in town.boss.text
        async with town.site.program.database.read() as reader:
            payers = await get_payers(reader, [(said, "S1"), (unsaid, "S2")])
        assert {of: payer.holder for of, payer in payers.items()} == {(said, "S1"): "阿青"}
