"""Proves of bank transfers that a reference leads to its payment however it was written, and to no other; that
statements of several banks are read, or refused whole; and that money counts once, in whichever files it stands."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.bank_town import HEAD, SETTINGS, bank_town
from tests.channels.examples import payment_of, place_of
from weiji.events import BY_SYSTEM
from weiji.kit.ids import shard_of
from weiji.payments import list_troubling_notices
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankImportStatus
from weiji.payments.bank.reading import StatementUnreadable, read_statement
from weiji.payments.bank.words import reason_word
from weiji.payments.channels import Answer, Payer, SettingWrong
from weiji.payments.channels.bank import BankChannel
from weiji.payments.channels.references import ALPHABET, find_references, reference_of, shard_of_reference
from weiji.payments.model import NoticeKind, PaymentStatus, PayWay
from weiji.payments.store import get_refunds_of_payments


@given(st.uuids())
def test_a_reference_leads_to_the_shard_of_its_payment(id: UUID) -> None:
    reference = reference_of(id)
    assert len(reference) == 12
    assert set(reference) <= set(ALPHABET)
    assert shard_of_reference(reference) == shard_of(id)
    assert find_references(reference) == [reference]


@pytest.mark.parametrize("written", ["{}", "货款{}", "{}谢谢", "订单 {} 阿青", "WJ{}", "转账:{}/3"])
@given(id=st.uuids())
def test_a_reference_is_found_however_it_was_written(written: str, id: UUID) -> None:
    reference = reference_of(id)
    spaced = "-".join(reference[begin : begin + 4] for begin in (0, 4, 8))
    for text in (reference, spaced, spaced.replace("-", " "), reference.lower(), reference.replace("0", "O")):
        assert reference in find_references(written.format(text))


@given(id=st.uuids(), place=st.integers(0, 10), other=st.sampled_from(ALPHABET))
def test_two_characters_in_the_wrong_order_are_nobodys(id: UUID, place: int, other: str) -> None:
    reference = reference_of(id)
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    difference = ALPHABET.index(reference[place]) - ALPHABET.index(reference[place + 1])
    if place < 10 and difference % 29:
        assert find_references(swapped) == []


async def test_a_payer_is_told_where_to_transfer_and_what_to_write() -> None:
    channel = BankChannel(SETTINGS, place_of("", "bank"))
    payment = payment_of("bank", 123_456)
    (answer,) = await channel.start([payment], Payer())
    assert answer == Answer(pay_url=reference_of(payment.id), pay_way=PayWay.TRANSFER)
    copied = [value for _, _, value in channel.describe_transfer(payment)]
    assert copied[:4] == ["小镇商贸有限公司", "571900001234567", "招商银行杭州分行", "1234.56"]
    assert find_references(copied[4]) == [answer.pay_url]
    assert await channel.query([payment]) == [Answer()]
    (closed,) = await channel.close([payment])
    assert [notice.kind for notice in closed.notices] == [NoticeKind.CHARGE_CLOSED]
    with pytest.raises(SettingWrong):
        BankChannel({**SETTINGS, "number": "12"}, place_of("", "bank"))


STATEMENTS = {
    "招商": "# 账号: [5719]\n# 币种: [人民币]\n交易日,交易时间,借方金额,贷方金额,余额,摘要,流水号,对方名称\n"
    "20261125,101112,,98.00,1000.00,货款 {0},A1,阿青\n20261125,111112,20.00,,980.00,手续费,A2,\n# 合计,,20.00,98.00\n",
    "工商": '"账户明细"\n"记账日期","收入金额(元)","支出金额(元)","对方户名","用途","附言"\n'
    '"2026-11-25","98.00","","阿青","货款","{0}"\n"2026-11-25","","1,000.00","房东","房租",""\n',
    "农业": "交易时间\t交易金额\t借贷标志\t对方单位\t交易摘要\t交易流水号\n"
    "2026/11/25 10:11:12\t98.00\t贷\t阿青\t{0}\tX9\n2026/11/25 10:12:12\t5.00\t借\t-\t手续费\tX10\n",
    "中国": "日期 ,交易时间,贷方发生额/元,借方发生额/元,备注\n2026年11月25日,10:11:12,+98.00,-,{0}\n",
}


@pytest.mark.parametrize("bank", STATEMENTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_statements_of_several_banks_are_read(bank: str, encoding: str) -> None:
    read = read_statement(STATEMENTS[bank].format("K7P2-M9QX").encode(encoding))
    (line,) = read.credits
    assert (line.amount, read.first_on, read.last_on) == (9_800, date(2026, 11, 25), date(2026, 11, 25))
    assert "K7P2-M9QX" in line.remark
    assert read.lines == (1 if bank == "中国" else 2)
    if bank != "工商":
        assert (line.occurred_at.hour, line.occurred_at.minute) == (10, 11)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xff\xff",
        b"PK\x03\x04",
        HEAD.encode(),
        f"{HEAD}\n2026-11-25,10:00:00,9.999,,,1,,,\n".encode(),
        f"{HEAD}\n2026-13-25,10:00:00,9.00,,,1,,,\n".encode(),
        b"date,credit\n2026-11-25,1\n",
        b"x" * 5_000_001,
        f"{HEAD}\n2026-11-25,10:00:00,1e999999,,,1,,,\n".encode(),
        f"{HEAD}\n2026-11-25,10:00:00,90071992547409.92,,,1,,,\n".encode(),
        f"{HEAD}\n2026-11-25,10:00:00,100000000000.01,,,1,,,\n".encode(),
        f"{HEAD}\n2026-11-25,10:00:00,99999999999.99,,,1,,,\n2026-11-25,10:00:00,,0.02,,2,,,\n".encode(),
        f"{HEAD}\n2026-11-25,10:00:00,9.00,,,1,,,\n2026-11-25,10:00:00,8.00,,,1,,,\n".encode(),
        b"(" * 100_000,
        f"{HEAD}\n2026-11-25,10:00:00,9.00,,,1,\x00,,,\n".encode(),
    ],
    ids=[
        *("empty", "no text", "archive", "no line", "no amount", "no day", "no remark", "too large", "no number"),
        *(
            "no money",
            "more than two can agree to",
            "all of it more",
            "one number for two",
            "slow to read",
            "no text for a database",
        ),
    ],
)
def test_what_is_no_statement_is_refused_whole(content: bytes) -> None:
    with pytest.raises(StatementUnreadable) as refused:
        read_statement(content)
    # Programs are told in English; the operator's page says it in the reader's language.
    assert not re.search("[a-z]", reason_word(str(refused.value)))


def test_a_file_that_moves_as_much_as_two_can_agree_to_is_read() -> None:
    read = read_statement(f"{HEAD}\n2026-11-25,10:00:00,99999999999.99,,,1,,,\n2026-11-25,,,0.01,,2,,,\n".encode())
    assert sum(line.amount for line in (*read.credits, *read.debits)) == 10**13


@pytest.mark.parametrize(
    ("came", "went", "is_credit"), [("", "-50.00", False), ("-50.00", "", True), ("-50.00", "0.00", True)]
)
def test_red_ink_is_a_correction_and_pays_nothing(came: str, went: str, is_credit: bool) -> None:
    line = f"2026-11-25,10:00:00,{came},{went},,S1,,,冲正,K7P2-M9QX"
    read = read_statement(f"{HEAD}\n{line}\n".encode())
    (kept,) = read.corrections
    assert (read.lines, read.credits, read.debits) == (1, [], [])
    assert (kept.line.amount, kept.line.serial, kept.is_credit) == (5_000, "S1", is_credit)


def test_a_bank_that_writes_what_went_with_a_minus_is_read_as_it_writes() -> None:
    """As the balances say, or the sides: a file with nothing but reversals looks the same, and pays nothing."""
    came, gone, back = "10:00:00,9.00,,{},S0,,,货款,", "11:00:00,,-50.00,{},S1,,,付款,", "12:00:00,,-8.00,{},S2,,,付款,"

    def read(*balances: str, is_turned: bool = False) -> tuple[list[int], int]:
        lines = [f"2026-11-25,{line.format(b)}" for line, b in zip((came, gone, back), balances, strict=True)]
        found = read_statement("\n".join([HEAD, *(lines[::-1] if is_turned else lines)]).encode())
        assert [line.amount for line in found.credits] == [900]
        return [line.amount for line in found.debits], len(found.corrections)

    assert read("100.00", "50.00", "42.00") == ([5_000, 800], 0)
    assert read("100.00", "50.00", "42.00", is_turned=True) == ([800, 5_000], 0)
    assert read("100.00", "150.00", "158.00") == ([], 2)
    assert read("100.00", "150.00", "158.00", is_turned=True) == ([], 2)
    for unsaid in (("", "", ""), ("100.00", "70.00", "60.00"), ("x", "50.00", "42.00")):
        with pytest.raises(StatementUnreadable, match="nothing tells payments from reversals"):
            read(*unsaid)
    head = "日期,金额,收支,附言"
    signed = "2026-11-25,-50.00,-,付款\n2026-11-25,-8.00,-,付款"
    assert [line.amount for line in read_statement(f"{head}\n{signed}".encode()).debits] == [5_000, 800]
    for side in ("支", "支出", "借"):
        with pytest.raises(StatementUnreadable, match="nothing tells payments from reversals"):
            read_statement(f"{head}\n{signed.replace('-,', f'{side},')}".encode())
    (alone,) = read_statement(f"{head}\n2026-11-25,-50.00,支出,冲正".encode()).corrections
    assert alone.line.amount == 5_000
    assert (
        len(read_statement(f"{head}\n{signed.replace('付款', '错账冲正')}".replace("-,", "支出,").encode()).corrections)
        == 2
    )
    # One line of which nothing tells may be either: taken for red ink, it would be booked the wrong way.
    with pytest.raises(StatementUnreadable, match="nothing tells payments from reversals"):
        read_statement(f"{HEAD}\n2026-11-25,10:00:00,,-86.00,914.00,D1,,,转账,K7P2".encode())
    went = ["2026-11-25,10:00:00,,-50.00,,S1,,,付款,", "2026-11-25,11:00:00,,-8.00,,S2,,,手续费,"]
    mixed = read_statement("\n".join([HEAD, *went, "2026-11-25,12:00:00,,3.00,,S3,,,付款,"]).encode())
    assert ([line.amount for line in mixed.debits], len(mixed.corrections)) == ([300], 2)


async def test_a_correction_is_booked_at_once_and_shown_to_people(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        before = await town.balances()
        await town.bring("2026-11-25,10:00:00,,-50.00,,S1,,,冲正,", "2026-11-25,10:00:00,-3.00,,,S2,,,冲正,")
        assert "红字冲正 2 笔" in town.boss.text
        assert moved(before, await town.balances()) == {1010: 4_700, 2090: -5_000, 1190: 300}
        await town.boss.visit("/operator/reconciliation")
        assert all(word in town.boss.text for word in ("银行冲正", "冲正支出", "50.00", "冲正收入", "3.00"))


def moved(before: dict[int, int], after: dict[int, int]) -> dict[int, int]:
    """Say by how much accounts changed, those that did."""
    return {code: after[code] - before.get(code, 0) for code in after if after[code] != before.get(code, 0)}


async def test_what_a_bank_wrote_wrongly_and_took_back_pays_nothing_and_the_right_line_pays_once(
    database_url: str, tmp_path: Path
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        id, other = await town.begin(9_800), await town.begin(500)
        before = await town.balances()
        note = reference_of(id)
        wrong = f"2026-11-25,10:11:12,98.00,,,S1,阿青,,转账,{note}"
        red = f"2026-11-25,10:12:12,-98.00,,,R1,阿青,,冲正,{note}"
        right = f"2026-11-25,10:13:12,98.00,,,S3,阿青,,转账,{note}"
        await town.bring(wrong, red, right)
        assert await town.status(id) == (PaymentStatus.SUCCEEDED, 9_800)
        paid = {1010: 9_800, 2010: -9_800}
        assert moved(before, await town.balances()) == paid, "once, and in suspense is nothing"
        # Whichever of them stands in the next file, and though it has no red ink, nothing is paid twice.
        await town.bring(right, wrong, name="b.csv")
        await town.bring(red, wrong, name="c.csv")
        assert moved(before, await town.balances()) == paid
        # A red line that comes first: by its number the line is known that it takes back.
        taken = f"2026-11-26,10:00:00,5.00,,,S9,阿青,,转账,{reference_of(other)}"
        await town.bring(taken.replace("5.00", "-5.00").replace("转账", "冲正"), name="d.csv")
        assert moved(before, await town.balances()) == paid | {1010: 9_300, 1190: 500}
        await town.bring(taken, name="e.csv")
        assert (await town.status(other))[0] is PaymentStatus.SUBMITTED
        assert moved(before, await town.balances()) == paid
        await town.boss.visit("/operator/reconciliation")
        assert "没有要做的" in town.boss.text


@pytest.mark.parametrize("is_named", [True, False])
async def test_what_paid_and_was_taken_back_and_written_again_is_no_second_payment(
    database_url: str, tmp_path: Path, is_named: bool
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        id = await town.begin(9_800)
        note = reference_of(id)
        before = await town.balances()
        await town.bring(f"2026-11-25,10:11:12,98.00,,,S1,阿青,6222000012344321,转账,{note}")
        assert await town.status(id) == (PaymentStatus.SUCCEEDED, 9_800)
        number, remark = ("R1", note) if is_named else ("S1", "")
        red = f"2026-11-26,10:00:00,-98.00,,,{number},阿青,,冲正,{remark}"
        again = f"2026-11-26,10:01:00,98.00,,,S2,阿青,6222000012344321,转账,{note}"
        if is_named:  # In two files, the red ink first.
            await town.bring(red, name="b.csv")
            await town.bring(again, name="c.csv")
        else:
            await town.bring(red, again, name="b.csv")
        async with town.site.program.database.read() as reader:
            assert await get_refunds_of_payments(reader, [id], 10) == [], "nothing goes back as paid twice"
        # The books agree with the bank: once is what it has.
        assert moved(before, await town.balances())[1010] == 9_800


async def test_what_is_taken_back_of_a_payment_is_for_people_who_see_which_it_was(
    database_url: str, tmp_path: Path
) -> None:
    async with bank_town(database_url, tmp_path) as town:
        id = await town.begin(9_800)
        before = await town.balances()
        paid = f"2026-11-25,10:11:12,98.00,,,S1,阿青,,转账,{reference_of(id)}"
        await town.bring(paid)
        await town.bring(paid, "2026-11-26,10:00:00,-98.00,,,S1,阿青,,冲正,", name="b.csv")
        # The wallet has it; the bank has not, as its statement says.
        assert await town.status(id) == (PaymentStatus.SUCCEEDED, 9_800)
        assert moved(before, await town.balances()) == {2010: -9_800, 1190: 9_800}
        await town.boss.visit("/operator/reconciliation")
        assert f"/operator/audit?of={id}" in town.boss.page
        assert town.boss.statements <= 3
        assert "是付款人拒付" in town.boss.text
        # Written again it is the line that was taken back by that which paid: the payment stands.
        again = f"2026-11-27,10:00:00,98.00,,,S2,阿青,,转账,{reference_of(id)}"
        await town.bring(f"2026-11-27,09:00:00,-98.00,,,R2,阿青,,冲正,{reference_of(id)}", again, name="c.csv")
        assert moved(before, await town.balances()) == {2010: -9_800, 1190: 9_800}
        async with town.site.program.database.read() as reader:
            assert await list_troubling_notices(reader) == []


async def test_a_transfer_is_matched_once_in_whichever_files_it_stands(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        id, other = await town.begin(9_800), await town.begin(500)
        await town.buyer.visit(f"/cashier/{id}")
        assert "小镇商贸有限公司" in town.buyer.text
        assert "不要真的转账" in town.buyer.text
        assert town.buyer.page.count("data-copy=") == 5
        assert town.buyer.statements <= 3
        before = await town.balances()
        paid = f"2026-11-25,10:11:12,98.00,,1098.00,S1,阿青,,转账,{reference_of(id)}"
        stray = "2026-11-25,10:12:12,7.00,,1105.00,S2,路人,,转账,谢谢"
        await town.bring(paid, stray, "2026-11-25,12:00:00,,20.00,1085.00,S3,,,手续费,")
        assert "对上 1 笔，早就有的 0 笔，无主的 1 笔" in town.boss.text
        assert town.boss.statements <= 3
        assert await town.status(id) == (PaymentStatus.SUCCEEDED, 9_800)
        # The next file overlaps, and has a transfer of less than was asked: it is what it is.
        less = f"2026-11-26,09:00:00,4.00,,1089.00,S4,阿青,,{reference_of(other)},"
        await town.bring(stray, paid, less)
        assert "对上 1 笔，早就有的 2 笔，无主的 0 笔" in town.boss.text
        assert await town.status(other) == (PaymentStatus.SUCCEEDED, 400)
        await town.bring(stray, paid, less, name="again.csv")
        assert "没有再记一遍" in town.boss.text
        after = await town.balances()
        # On the account, in the wallet, and what is nobody's in suspense; the bank owes us nothing.
        # So is what the bank took, which nobody has said yet to be its fee.
        assert moved(before, after) == {1010: 8_900, 1190: 2_000, 2010: -10_200, 2090: -700}
        await town.boss.visit("/operator/payments")
        assert "7.00" in town.boss.text


async def test_what_can_not_be_read_says_why_and_takes_nothing(database_url: str, tmp_path: Path) -> None:
    async with bank_town(database_url, tmp_path) as town:
        id = await town.begin(9_800)
        await town.bring(f"2026-11-25,10:11:12,98.00,,,S1,阿青,,,{reference_of(id)}", "2026-11-25,x,1.005,,,S2,,,")
        assert town.boss.status == 422
        assert "第 3 行" in town.boss.text
        assert (await town.status(id))[0] is PaymentStatus.SUBMITTED
        program = town.site.program
        good = f"{HEAD}\n2026-11-25,10:11:12,98.00,,,S1,阿青,,,{reference_of(id)}\n".encode()
        results = [
            await import_statement(program.database, program.batchers, "a.csv", content, BY_SYSTEM)
            for content in (b"no table", good, good)
        ]
        statuses = [result.status for result in results]
        assert statuses == [BankImportStatus.UNREADABLE, BankImportStatus.IMPORTED, BankImportStatus.EXISTS]
        async with town.site.browser("buyer") as stranger:
            await stranger.visit("/operator/bank-statements")
            assert stranger.status == 403
