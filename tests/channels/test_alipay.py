"""Proves of our Alipay channel that it believes what Alipay signed and nothing else, and loses no money to silence."""

from contextlib import aclosing
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from msgspec.structs import replace

from tests.channels.alipay_gateway import ALIPAY, APP, SELLER_ID, FakeAlipay
from tests.channels.examples import alipay_certificates, alipay_settings, payment_of, place_of, refund_of
from tests.channels.keys import certificate_of, private_pem, public_pem
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.payments.channels import Ability, Answer, Device, NoticeRefused, Payer, SettingWrong
from weiji.payments.channels.alipay import NAME, TRANSFER_WITHIN, AlipayChannel
from weiji.payments.channels.gateway import PATIENCE, GatewaySilent
from weiji.payments.channels.reading import BILLS_AFTER, fees_of, to_fen
from weiji.payments.model import NoticeKind, Payment, Payout, PayoutAccount, PayoutSource, PayoutStatus, PayWay
from weiji.payments.operations import NUMBER_COLUMN

DESKTOP = Payer()


@pytest.fixture(params=["key", "certificate"])
async def both(request: Any, alipay: FakeAlipay, certified_alipay: FakeAlipay) -> Any:
    """The fake and our channel to it, in both modes."""
    if request.param == "key":
        fake, settings = alipay, alipay_settings(desktop="code")
    else:
        fake, settings = certified_alipay, {**alipay_certificates(), "desktop": "code"}
    channel = AlipayChannel(settings, place_of(fake.url, NAME))
    yield fake, channel
    await channel.aclose()


@pytest.fixture
async def channel(alipay: FakeAlipay) -> Any:
    """Our channel to the fake, in public-key mode."""
    made = AlipayChannel(alipay_settings(desktop="code"), place_of(alipay.url, NAME))
    yield made
    await made.aclose()


async def _begin(channel: AlipayChannel, amount: int = 9_800) -> Payment:
    payment = payment_of(NAME, amount)
    (answer,) = await channel.start([payment], DESKTOP)
    assert answer.pay_url
    return payment


async def test_it_goes_through_the_life_of_a_trade(both: tuple[FakeAlipay, AlipayChannel]) -> None:
    fake, channel = both
    payment = payment_of(NAME)
    assert await channel.query([payment]) == [Answer()]  # It has not begun yet.
    (started,) = await channel.start([payment], DESKTOP)
    assert started.pay_way is PayWay.CODE
    assert started.pay_url == f"https://qr.alipay.com/bax{payment.id.hex[:16]}"
    assert await channel.query([payment]) == [Answer()]
    trade = fake.pay(payment.id.hex)
    (answer,) = await channel.query([payment])
    (notice,) = answer.notices
    assert (notice.kind, notice.subject_id, notice.amount) == (NoticeKind.CHARGE_SUCCEEDED, payment.id, 9_800)
    assert notice.reference == trade.trade_no
    refund = refund_of(payment, 3_000)
    for _ in range(2):  # Asked again, it gives nothing back twice, and says the same.
        (answer,) = await channel.refund([refund])
        (notice,) = answer.notices
        assert (notice.kind, notice.subject_id, notice.amount) == (NoticeKind.REFUND_SUCCEEDED, refund.id, 3_000)
    assert list(trade.refunds) == [refund.id.hex]
    (answer,) = await channel.close([payment])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.CHARGE_SUCCEEDED]
    assert (await channel.check()).is_good


@pytest.mark.parametrize("device", [Device.DESKTOP, Device.PHONE])
async def test_a_signed_address_leads_to_the_cashier(alipay: FakeAlipay, device: Device) -> None:
    channel = AlipayChannel(alipay_settings(), place_of(alipay.url, NAME))
    payment = payment_of(NAME, 1)
    (answer,) = await channel.start([payment], Payer(device=device))
    assert answer.pay_url
    assert answer.pay_way is PayWay.PAGE
    assert alipay.calls == []
    async with httpx.AsyncClient() as client:
        assert (await client.get(answer.pay_url)).text == "<html>the cashier</html>"
    assert alipay.trades[payment.id.hex].notify_url == "https://weiji.test/channels/alipay/notices"
    query = dict(parse_qsl(urlsplit(answer.pay_url).query))
    assert query["return_url"] == f"https://weiji.test/cashier/{payment.id}/return"
    assert len(answer.pay_url) < 4_000


async def test_an_app_is_given_the_signed_text(alipay: FakeAlipay) -> None:
    channel = AlipayChannel(alipay_settings(), place_of(alipay.url, NAME))
    (answer,) = await channel.start([payment_of(NAME)], Payer(device=Device.APP))
    assert answer.pay_url
    assert answer.pay_way is PayWay.APP
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{alipay.url}/gateway.do?{answer.pay_url}")).status_code == 200


async def test_a_trade_is_closed_and_one_that_never_began_counts_as_closed(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    begun, never = await _begin(channel), payment_of(NAME)
    answers = await channel.close([begun, never])
    kinds = [[notice.kind for notice in answer.notices] for answer in answers]
    assert kinds == [[NoticeKind.CHARGE_CLOSED]] * 2
    assert alipay.trades[begun.id.hex].status == "TRADE_CLOSED"
    (answer,) = await channel.query([begun])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.CHARGE_CLOSED]


async def test_a_trade_that_was_closed_by_a_refund_still_tells_that_it_was_paid(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    payment = await _begin(channel)
    alipay.pay(payment.id.hex)
    await channel.refund([refund_of(payment, 9_800)])
    assert alipay.trades[payment.id.hex].status == "TRADE_CLOSED"
    (answer,) = await channel.query([payment])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.CHARGE_SUCCEEDED]


@pytest.mark.parametrize("fault", ["cut", "unsigned", "forged", "altered"])
async def test_what_is_not_an_answer_of_alipay_is_silence(
    alipay: FakeAlipay, channel: AlipayChannel, fault: str
) -> None:
    payment = await _begin(channel)
    alipay.faults["alipay.trade.query"] = [fault]
    assert await channel.query([payment]) == [Answer(is_silent=True)]
    assert await channel.query([payment]) == [Answer()]


async def test_an_answer_about_another_trade_is_silence(alipay: FakeAlipay, channel: AlipayChannel) -> None:
    paid, asked = await _begin(channel), await _begin(channel)
    alipay.pay(paid.id.hex)
    alipay.trades[asked.id.hex] = alipay.trades[paid.id.hex]
    assert await channel.query([asked]) == [Answer(is_silent=True)]


@pytest.mark.parametrize("fault", ["cut after", "502 after"])
async def test_a_refund_whose_answer_is_lost_is_found_when_asked_again(
    alipay: FakeAlipay, channel: AlipayChannel, fault: str
) -> None:
    payment = await _begin(channel)
    alipay.pay(payment.id.hex)
    refund = refund_of(payment, 9_800)
    alipay.faults["alipay.trade.refund"] = [fault]
    assert await channel.refund([refund]) == [Answer(is_silent=True)]
    (answer,) = await channel.refund([refund])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]
    assert sum(alipay.trades[payment.id.hex].refunds.values()) == 98


async def test_a_refund_that_can_never_be_is_rejected_and_one_that_may_pass_is_not(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    payment = await _begin(channel)
    alipay.pay(payment.id.hex)
    too_much, poor = refund_of(payment, 9_900), refund_of(payment, 9_800)
    (answer,) = await channel.refund([too_much])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.REFUND_REJECTED]
    alipay.balance = type(alipay.balance)(0)
    assert await channel.refund([poor]) == [Answer(is_uncovered=True)]
    alipay.balance = type(alipay.balance)(1_000)
    (answer,) = await channel.refund([poor])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]


async def test_a_batch_is_answered_in_order_and_stops_asking_a_gateway_that_is_gone(channel: AlipayChannel) -> None:
    gone = AlipayChannel(alipay_settings(), place_of("http://127.0.0.1:9", NAME))
    payments = [payment_of(NAME) for _ in range(PATIENCE * 3)]
    assert await gone.query(payments) == [Answer(is_silent=True)] * len(payments)
    begun = [await _begin(channel, amount) for amount in (100, 200, 300)]
    found = await channel.close(begun)
    assert [notice.amount for answer in found for notice in answer.notices] == [100, 200, 300]
    await gone.aclose()


async def test_a_notice_is_read(alipay: FakeAlipay, channel: AlipayChannel) -> None:
    payment = await _begin(channel)
    trade = alipay.pay(payment.id.hex)
    (notice,) = await channel.read_notice({}, alipay.notice_of(payment.id.hex, notify_id="n1"))
    (again,) = await channel.read_notice({}, alipay.notice_of(payment.id.hex, notify_id="n1"))
    assert (notice.subject_id, notice.reference, notice.amount) == (payment.id, trade.trade_no, 9_800)
    assert notice.event_id == again.event_id == "notify:n1"
    waiting = alipay.notice_of(payment.id.hex, trade_status="WAIT_BUYER_PAY")
    assert await channel.read_notice({}, waiting) == ()
    refunded = alipay.notice_of(payment.id.hex, out_biz_no="r1", refund_fee="1.00")
    assert await channel.read_notice({}, refunded) == ()


@pytest.mark.parametrize(
    "others",
    [{"app_id": "2021000000000002"}, {"seller_id": f"{SELLER_ID}9"}, {"total_amount": "1.005"}, {"gmt_payment": "now"}],
    ids=lambda others: next(iter(others)),
)
async def test_a_notice_that_alipay_signed_for_others_or_that_makes_no_sense_is_refused(
    alipay: FakeAlipay, channel: AlipayChannel, others: dict[str, str]
) -> None:
    payment = await _begin(channel)
    alipay.pay(payment.id.hex)
    with pytest.raises(NoticeRefused):
        await channel.read_notice({}, alipay.notice_of(payment.id.hex, **others))


async def test_a_notice_that_was_changed_is_refused(alipay: FakeAlipay, channel: AlipayChannel) -> None:
    payment = await _begin(channel)
    alipay.pay(payment.id.hex)
    good = dict(parse_qsl(alipay.notice_of(payment.id.hex).decode(), keep_blank_values=True))
    for name in good:
        changed = {**good, name: good[name] + "1"}
        if name == "sign":
            changed = {**good, "sign": good["sign"][::-1]}
        with pytest.raises(NoticeRefused):
            await channel.read_notice({}, urlencode(changed).encode())
    for body in (b"", b"sign=", b"\xff\xfe", urlencode(good).encode() + b"&app_id=1", b"a" * 100_000):
        with pytest.raises(NoticeRefused):
            await channel.read_notice({}, body)


async def test_a_bill_tells_of_everything_that_was_taken_and_given_back(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    day = date(2026, 11, 25)
    assert await channel.read_statement(day) is None
    paid, returned = await _begin(channel, 10_000), await _begin(channel, 5_000)
    for payment in (paid, returned):
        alipay.pay(payment.id.hex)
    refund = refund_of(returned, 2_000)
    await channel.refund([refund])
    alipay.write_bill(day.isoformat())
    found = await channel.read_statement(day)
    assert found is not None
    told = [(one.kind, one.reference if one.kind == "fee" else one.subject_id, one.amount) for one in found]
    assert told == [
        (NoticeKind.CHARGE_SUCCEEDED, paid.id, 10_000),
        (NoticeKind.CHARGE_SUCCEEDED, returned.id, 5_000),
        (NoticeKind.REFUND_SUCCEEDED, refund.id, 2_000),
        ("fee", f"fees:{day}", 90),
    ]
    assert await channel.read_statement(day) == found


async def test_a_bill_at_a_foreign_host_or_in_no_form_of_a_bill_is_not_read(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    alipay.bills["2026-11-25"] = b"no archive"
    with pytest.raises(GatewaySilent):
        await channel.read_statement(date(2026, 11, 25))
    alipay.url = "http://169.254.169.254"
    with pytest.raises(GatewaySilent, match="foreign"):
        await channel.read_statement(date(2026, 11, 25))


def _payout(amount: int = 8_600, *, number: str = "6222000012344321", holder: str = "张三") -> Any:
    """A payout, and the account that it goes to."""
    owner = new_id()
    account = PayoutAccount(
        id=new_id(owner),
        owner_id=owner,
        holder=holder,
        bank="中国银行杭州分行",
        last4=number[-4:],
        number_sealed=b"",
        created_at=clock.now(),
    )
    account = replace(account, number_sealed=KEYS.seal(number, NUMBER_COLUMN, account.id))
    payout = Payout(
        id=new_id(owner),
        owner_id=owner,
        source=PayoutSource.WALLET,
        account_id=account.id,
        channel=NAME,
        amount=amount,
        fee=0,
        status=PayoutStatus.SUBMITTED,
        created_at=clock.now(),
    )
    return payout, account


@pytest.mark.parametrize("fault", ["", "cut after", "502 after"])
async def test_a_payout_is_made_once_and_asked_about_until_it_is_decided(
    alipay: FakeAlipay, channel: AlipayChannel, fault: str
) -> None:
    asked = payout, _ = _payout()
    if fault:
        alipay.faults["alipay.fund.trans.uni.transfer"] = [fault]
        assert await channel.pay_out([asked]) == [Answer(is_silent=True)]
    assert await channel.pay_out([asked]) == [Answer()]  # The bank has not said.
    transfer = alipay.transfers[payout.id.hex]
    assert transfer.payee["bankcard_ext_info"] == {"inst_name": "中国银行杭州分行", "account_type": "2"}
    transfer.status = "SUCCESS"
    (answer,) = await channel.pay_out([asked])
    (paid,) = answer.notices
    assert (paid.kind, paid.subject_id, paid.amount, paid.fee) == (NoticeKind.PAYOUT_PAID, payout.id, 8_600, 10)
    # Weeks later it comes back, which only a message tells: the same under whichever number it was sent.
    (told,) = await channel.read_notice({}, alipay.message_of(payout.id.hex))
    assert (told.event_id, told.reference) == (paid.event_id, paid.reference)
    transfer.status = "REFUND"
    (back,) = await channel.read_notice({}, alipay.message_of(payout.id.hex))
    assert (back.kind, back.subject_id, back.amount) == (NoticeKind.PAYOUT_RETURNED, payout.id, 8_600)
    assert sum(each.amount for each in alipay.transfers.values()) == 86


async def test_a_payout_that_can_never_be_is_rejected_and_one_that_may_pass_is_not(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    wrong, failing, poor = _payout(number="6222000000000001"), _payout(), _payout(900_000_000)
    company, person = _payout(holder="小镇商贸有限公司"), _payout(holder="阿里木·买买提")
    (answer,) = await channel.pay_out([wrong])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.PAYOUT_REJECTED]
    assert await channel.pay_out([failing, poor, company, person]) == [
        Answer(),
        Answer(is_silent=True),
        *[Answer()] * 2,
    ]
    alipay.transfers[failing[0].id.hex].status = "FAIL"
    (answer,) = await channel.pay_out([failing])
    (notice,) = answer.notices
    assert (notice.kind, notice.reason) == (NoticeKind.PAYOUT_REJECTED, "收款方银行卡信息有误")
    # A company's account is asked for by its branch; the name of a person is no company's.
    types = [alipay.transfers[one[0].id.hex].payee["bankcard_ext_info"]["account_type"] for one in (company, person)]
    assert types == ["1", "2"]
    alipay.faults["alipay.fund.trans.common.query"] = ["forged"]
    assert await channel.pay_out([failing]) == [Answer(is_silent=True)]


async def test_a_payout_of_long_ago_is_asked_about_and_never_made_again(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    (young, account), (old, of_old), (known, of_known) = _payout(), _payout(), _payout()
    await channel.pay_out([(known, of_known)])
    alipay.transfers[known.id.hex].status = "SUCCESS"
    # Whom two people had to let go waited for them first.
    young.released_at = clock.now() - TRANSFER_WITHIN + timedelta(hours=1)
    for payout in (young, old, known):
        payout.created_at = clock.now() - TRANSFER_WITHIN
    answers = await channel.pay_out([(young, account), (old, of_old), (known, of_known)])
    # Whether it was forgotten, or paid by hand, Alipay can't tell: people can.
    assert answers[:2] == [Answer(), Answer(is_silent=True)]
    assert [notice.kind for notice in answers[2].notices] == [NoticeKind.PAYOUT_PAID]
    assert alipay.transfers.keys() == {young.id.hex, known.id.hex}


async def test_a_message_of_anything_else_is_heard_and_one_that_makes_no_sense_is_refused(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    payout, account = _payout()
    await channel.pay_out([(payout, account)])
    assert await channel.read_notice({}, alipay.message_of(payout.id.hex)) == ()  # DEALING
    alipay.transfers[payout.id.hex].status = "SUCCESS"
    assert await channel.read_notice({}, alipay.message_of(payout.id.hex, product_code="STD_RED_PACKET")) == ()
    with pytest.raises(NoticeRefused):
        await channel.read_notice({}, alipay.message_of(payout.id.hex, trans_amount="1.005"))
    changed = alipay.message_of(payout.id.hex).replace(b"86", b"96", 1)
    with pytest.raises(NoticeRefused):
        await channel.read_notice({}, changed)


async def test_a_statement_tells_of_transfers_as_they_were_told_of(alipay: FakeAlipay, channel: AlipayChannel) -> None:
    day = date(2026, 11, 25)
    kept, returned = _payout(), _payout(900)
    for payout in (kept, returned):  # One by one: those of a batch reach it in any order.
        await channel.pay_out([payout])
    alipay.transfers[kept[0].id.hex].status = "SUCCESS"
    alipay.transfers[returned[0].id.hex].status = "REFUND"
    (answer,) = await channel.pay_out([kept])
    alipay.write_ledger_bill(day.isoformat(), has_sale=False)
    found = await channel.read_statement(day)
    assert found is not None
    assert [(one.kind, one.subject_id, one.amount) for one in found] == [
        (NoticeKind.PAYOUT_PAID, kept[0].id, 8_600),
        (NoticeKind.PAYOUT_PAID, returned[0].id, 900),
        (NoticeKind.PAYOUT_RETURNED, returned[0].id, 900),
    ]
    assert found[0].reference == answer.notices[0].reference


async def test_what_left_the_account_for_the_bank_and_what_nobody_knows_is_in_the_statement(alipay: FakeAlipay) -> None:
    channel = AlipayChannel(alipay_settings(payouts="no", desktop="code"), place_of(alipay.url, NAME))
    assert Ability.PAY_OUT not in channel.abilities
    day, today = date(2026, 11, 25), clock.now().astimezone(SHANGHAI).date()
    payment = await _begin(channel, 10_000)
    trade = alipay.pay(payment.id.hex)
    alipay.write_bill(day.isoformat())
    payout = new_id().hex
    rows = (
        ("L1", "B1", "", "", "-88.00", "提现", ""),
        ("L2", "B1", "", "", "-0.10", "收费", "提现服务费"),
        ("L3", "B3", "", "8.00", "", "提现失败退回", ""),
        ("L4", "B4", "", "500.00", "", "充值", ""),
        ("L5", "B5", "", "", "-3.00", "转账", "提现"),
        ("L6", "B6", payment.id.hex, "100.00", "", "改了名字", ""),
        ("L7", trade.trade_no, "", "100.00", "", "改了名字", ""),
        ("L8", "B8", "", "", "-0.60", "收费", f"服务费[{trade.trade_no}]"),
        ("L9", "B9", "", "", "-1.00", "收费", "转账到卡服务费"),
        ("L10", "B10", "", "0.10", "", "退费", "提现服务费"),
        # Of trades of other days, and of a payout, whose cost is told with it.
        ("L11", "B11", "", "", "-0.30", "收费", "服务费[2026112422001000]"),
        ("L12", "2026112422001001", new_id().hex, "", "-0.20", "收费", ""),
        ("L13", "B13", payout, "", "-30.00", "转账", ""),
        ("L14", "B14", payout, "", "-0.05", "收费", ""),
        # A payout is one, whatever it is called.
        ("L15", "B15", called := new_id().hex, "", "-20.00", "提现", ""),
        ("L16", "B16", called, "", "-0.04", "收费", "提现服务费"),
    )
    lines = [
        f"{number}\t,{business}\t,{ours}\t,,2026-11-25 09:00:00,,{came},{went},1000.00,支付宝,{kind},{remark}"
        for number, business, ours, came, went, kind, remark in rows
    ]
    alipay.write_ledger_bill(day.isoformat(), *lines)
    found = await channel.read_statement(day)
    assert found is not None
    assert [(one.kind, one.reference, one.amount, getattr(one, "about", "")) for one in found[1:]] == [
        ("settlement", "L1", 8_800, "B1"),
        ("fee", "L2", 10, ""),
        ("settlement_return", "L3", 800, "B3"),
        (NoticeKind.CHARGE_SUCCEEDED, "L4", 50_000, ""),
        (NoticeKind.REFUND_SUCCEEDED, "L5", 300, ""),
        ("fee", "L10", -10, ""),
        (NoticeKind.PAYOUT_PAID, "B13", 3_000, ""),
        (NoticeKind.PAYOUT_PAID, "B15", 2_000, ""),
        ("fee", f"charged:{day}", 60, ""),
        (NoticeKind.REFUND_SUCCEEDED, "L9", 100, ""),
        ("fee", "L11", 30, "2026112422001000"),
        ("fee", "L12", 20, "2026112422001001"),
    ]
    # A fee that names nothing is the trades' where they cost as much, and none where they don't; what left the account
    # later costs nothing yet, unless it was taken off what came for the trade.
    row = "L8,B8,,,2026-11-25 09:00:00,,,{},1000.00,支付宝,收费,"
    sale = f"L7,{trade.trade_no},,,2026-11-25 09:00:00,,{{}},,1.00,支付宝,在线支付,"
    for line, said in (
        (row.format("-0.60"), [("fee", f"charged:{day}", 60)]),
        (row.format("-0.61"), [(NoticeKind.REFUND_SUCCEEDED, "L8", 61)]),
        (sale.format("100.00"), []),
        (sale.format("99.40"), [("fee", f"charged:{day}", 60)]),
    ):
        alipay.write_ledger_bill(day.isoformat(), line)
        again = await channel.read_statement(day)
        assert again is not None
        assert [(one.kind, one.reference, one.amount) for one in again[1:]] == said
    # The one is made before the other.
    alipay.write_ledger_bill(today.isoformat(), *lines)
    assert await channel.read_statement(today) is None
    # An app that may not have it takes its trades nevertheless; one that pays out waits.
    alipay.forbidden.add("signcustomer")
    assert await channel.read_statement(day) == [found[0], *fees_of(day, 60)]
    paying_out = AlipayChannel(alipay_settings(), place_of(alipay.url, NAME))
    assert Ability.PAY_OUT in paying_out.abilities
    with pytest.raises(GatewaySilent, match="40006"):
        await paying_out.read_statement(day)
    await paying_out.aclose()
    await channel.aclose()


async def test_a_day_waits_for_its_bill_of_trades_unless_its_account_has_none(alipay: FakeAlipay) -> None:
    day, withdrawal = date(2026, 11, 24), "L1,B1,,,2026-11-24 09:00:00,,,-88.00,1000.00,支付宝,提现,"
    assert clock.now() - datetime(2026, 11, 24, tzinfo=SHANGHAI) > BILLS_AFTER
    async with aclosing(AlipayChannel(alipay_settings(payouts="no"), place_of(alipay.url, NAME))) as channel:
        alipay.write_ledger_bill(day.isoformat(), withdrawal)
        with pytest.raises(GatewaySilent, match="bill of trades is to come"):
            await channel.read_statement(day)
        alipay.write_ledger_bill(day.isoformat(), withdrawal, has_sale=False)
        found = await channel.read_statement(day)
        assert found is not None
        assert [(one.kind, one.amount) for one in found] == [("settlement", 8_800)]
        # What it may not have proves nothing.
        alipay.forbidden.add("signcustomer")
        assert await channel.read_statement(day) is None


async def test_rows_of_the_account_that_move_nothing_are_left_out_and_odd_ones_not_believed(
    alipay: FakeAlipay, channel: AlipayChannel
) -> None:
    day = date(2026, 11, 25)
    alipay.write_bill(day.isoformat())
    alipay.write_ledger_bill(day.isoformat(), "", " ,,,", "L1,B1,,,2026-11-25 09:00:00,,0.00,-0.00,1.00,支付宝,其它,")
    assert await channel.read_statement(day) == []
    for row in ("合计", "L1,B1,,,2026-11-25 09:00:00,,,x,1.00,支付宝,提现,"):
        alipay.write_ledger_bill(day.isoformat(), row)
        with pytest.raises(GatewaySilent):
            await channel.read_statement(day)


async def test_credentials_that_alipay_does_not_take_are_told_of(alipay: FakeAlipay) -> None:
    wrong = alipay_settings(private_key=private_pem("somebody"))
    async with aclosing(AlipayChannel(wrong, place_of(alipay.url, NAME))) as channel:
        found = await channel.check()
    assert not found.is_good
    assert "isv.invalid-signature" in found.said
    assert found.settings == ("private_key",)
    async with aclosing(AlipayChannel(alipay_settings(app_id="1"), place_of(alipay.url, NAME))) as channel:
        other = await channel.check()
    assert not other.is_good
    assert "isv.invalid-app-id" in other.said
    assert other.settings == ("app_id",)
    async with aclosing(
        AlipayChannel(alipay_settings(public_key=public_pem("x")), place_of(alipay.url, NAME))
    ) as channel:
        assert "public_key" in (await channel.check()).settings
    # Good credentials do not transfer where the contract has no such product.
    alipay.may_transfer = False
    for payouts, is_good in (("bank_card", False), ("no", True)):
        async with aclosing(AlipayChannel(alipay_settings(payouts=payouts), place_of(alipay.url, NAME))) as channel:
            found = await channel.check()
        assert found.is_good is is_good
        assert is_good or "isv.insufficient-isv-permissions" in found.said


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("private_key", alipay_settings(private_key="secret that is no key")),
        ("public_key", alipay_settings(public_key="MIIB")),
        ("public_key", alipay_settings(public_key="")),
        ("public_key", alipay_settings(public_key=public_pem(APP))),
        ("app_certificate", alipay_settings(app_certificate=certificate_of(ALIPAY))),
        ("alipay_certificate", alipay_settings(app_certificate=certificate_of(APP))),
        (
            "alipay_root_certificates",
            alipay_settings(app_certificate=certificate_of(APP), alipay_certificate=certificate_of(ALIPAY)),
        ),
    ],
)
def test_settings_that_can_not_be_used_are_named_and_not_repeated(setting: str, settings: dict[str, str]) -> None:
    with pytest.raises(SettingWrong) as wrong:
        AlipayChannel(settings, place_of("https://openapi.alipay.com", NAME))
    assert wrong.value.setting == setting
    assert "secret" not in str(wrong.value)


def test_keys_are_read_as_alipays_tools_write_them() -> None:
    bare = alipay_settings()
    for name in ("private_key", "public_key"):
        bare[name] = "".join(line for line in bare[name].splitlines() if "-----" not in line)
    AlipayChannel(bare, place_of("https://openapi.alipay.com", NAME))


@pytest.mark.parametrize(("text", "fen"), [("98.00", 9_800), ("0.01", 1), ("-3.5", -350), ("1e2", 10_000)])
def test_yuan_are_read_as_fen(text: str, fen: int) -> None:
    assert to_fen(text) == fen


@pytest.mark.parametrize("text", ["", "1.001", "NaN", "Infinity", None, "一"])
def test_what_is_no_amount_is_not_read_as_one(text: Any) -> None:
    with pytest.raises(GatewaySilent):
        to_fen(text)
