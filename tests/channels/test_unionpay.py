"""Proves of our UnionPay channel that it believes what UnionPay itself signed, and nobody else whom the same authority
serves; the rest is in test_conformance.py."""

import base64
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from tests.channels.examples import payment_of, place_of, refund_of, unionpay_settings
from tests.channels.keys import certificate_of, key_of, private_pem
from tests.channels.unionpay_gateway import MER_ID, MERCHANT, MIDDLE, REAL_ANSWER, ROOT, UNIONPAY, FakeUnionPay
from weiji.payments.channels import Answer, Device, NoticeRefused, Payer, SettingWrong, StatedLine, rsa
from weiji.payments.channels.alipay import read_trades
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.unionpay import NAME, UnionPayChannel, _digest, _moment, shortage
from weiji.payments.model import NoticeKind, PayWay


@pytest.fixture
async def channel(unionpay: FakeUnionPay) -> AsyncIterator[UnionPayChannel]:
    """Our channel to the fake."""
    async with aclosing(UnionPayChannel(unionpay_settings(), place_of(unionpay.url, NAME))) as made:
        yield made


def test_what_the_real_gateway_signed_is_what_we_take_for_signed() -> None:
    fields = dict(part.split("=", 1) for part in REAL_ANSWER.decode().split("&"))
    key = rsa.public_key_of(rsa.read_certificate(fields["signPubKeyCert"]))
    assert rsa.verify(key, _digest(fields), fields["signature"])
    assert not rsa.verify(key, _digest({**fields, "txnAmt": "2"}), fields["signature"])


async def test_pages_are_unionpays_own(unionpay: FakeUnionPay, channel: UnionPayChannel) -> None:
    (answer,) = await channel.start([payment_of(NAME)], Payer(device=Device.PHONE))
    async with httpx.AsyncClient() as client:
        assert (await client.get(answer.pay_url or "")).text == "<html>the cashier</html>"
    for fault in ("elsewhere", "nowhere"):
        unionpay.faults["01"] = [fault]
        assert await channel.start([payment_of(NAME)], Payer()) == [Answer(is_silent=True)]


async def test_a_desktop_may_be_given_a_code(unionpay: FakeUnionPay) -> None:
    settings = unionpay_settings(desktop="code")
    async with aclosing(UnionPayChannel(settings, place_of(unionpay.url, NAME))) as channel:
        (answer,) = await channel.start([payment_of(NAME)], Payer())
    assert answer.pay_way is PayWay.CODE
    assert (answer.pay_url or "").startswith("https://qr.95516.com/")


async def test_what_another_client_of_the_authority_signed_is_refused(
    unionpay: FakeUnionPay, channel: UnionPayChannel
) -> None:
    payment = payment_of(NAME)
    await channel.start([payment], Payer())
    unionpay.pay(payment.id.hex)
    assert await channel.read_notice({}, unionpay.notice_of(payment.id.hex))
    for stranger in (MERCHANT, "somebody", "041@1@a@中国银联股份有限公司"):
        with pytest.raises(NoticeRefused):
            await channel.read_notice({}, unionpay.notice_of(payment.id.hex, by=stranger))
    for others in ({"merId": f"{MER_ID[:-1]}2"}, {"txnAmt": "1.00"}, {"traceTime": "x"}, {"currencyCode": "840"}):
        with pytest.raises(NoticeRefused):
            await channel.read_notice({}, unionpay.notice_of(payment.id.hex, **others))
    good = unionpay.notice_of(payment.id.hex)
    with pytest.raises(NoticeRefused):
        await channel.read_notice({}, good + b"&" + urlencode({"txnAmt": "9800"}).encode())
    assert await channel.read_notice({}, unionpay.notice_of(payment.id.hex, respCode="05")) == ()


@pytest.mark.parametrize("part", ["signature", "name", "key"])
async def test_a_certificate_that_can_not_be_read_is_nobodys(
    unionpay: FakeUnionPay, channel: UnionPayChannel, part: str
) -> None:
    payment = payment_of(NAME)
    await channel.start([payment], Payer())
    unionpay.pay(payment.id.hex)
    values = dict(parse_qsl(unionpay.notice_of(payment.id.hex).decode(), keep_blank_values=True))
    good = x509.load_pem_x509_certificate(values["signPubKeyCert"].encode()).public_bytes(Encoding.DER)
    before, after = {
        "signature": ("2a864886f70d01010b", "2a864886f70d010163"),
        "key": ("2a864886f70d010101", "2a864886f70d010163"),
        "name": ("0603550403", "06035504ff"),
    }[part]
    made = good.replace(bytes.fromhex(before), bytes.fromhex(after))
    assert made != good
    lines = base64.encodebytes(made).decode()
    values["signPubKeyCert"] = f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"
    with pytest.raises(NoticeRefused):
        await channel.read_notice({}, urlencode(values).encode())


async def test_an_order_is_closed_once_its_time_is_over(unionpay: FakeUnionPay, channel: UnionPayChannel) -> None:
    payment = payment_of(NAME)
    await channel.start([payment], Payer())
    assert await channel.close([payment]) == [Answer()], "UnionPay may still take the money"
    payment.expires_at = payment.created_at - timedelta(seconds=1)
    (answer,) = await channel.close([payment])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.CHARGE_CLOSED]


@pytest.mark.parametrize("fault", ["cut after", "forged", "unsigned"])
async def test_a_refund_whose_answer_is_lost_is_found_when_asked_again(
    unionpay: FakeUnionPay, channel: UnionPayChannel, fault: str
) -> None:
    payment = payment_of(NAME)
    await channel.start([payment], Payer())
    order = unionpay.pay(payment.id.hex)
    refund = refund_of(payment, 9_800, order.query_id)
    unionpay.faults["04"] = [fault]
    assert await channel.refund([refund]) == [Answer(is_silent=True)]
    (answer,) = await channel.refund([refund])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]
    assert order.refunds == {refund.id.hex: 9_800}


async def test_a_refund_that_may_pass_later_is_silent_and_one_that_never_can_is_rejected(
    unionpay: FakeUnionPay, channel: UnionPayChannel
) -> None:
    payment = payment_of(NAME)
    await channel.start([payment], Payer())
    order = unionpay.pay(payment.id.hex)
    unionpay.refund_code = "60"
    assert await channel.refund([refund_of(payment, 100, order.query_id)]) == [Answer(is_silent=True)]
    (answer,) = await channel.refund([refund_of(payment, 100, "no such")])
    assert [notice.kind for notice in answer.notices] == [NoticeKind.REFUND_REJECTED]


async def test_a_statement_that_can_not_be_read_is_none(unionpay: FakeUnionPay, channel: UnionPayChannel) -> None:
    day = date(2026, 11, 25)
    unionpay.statements["1125"] = b"no archive"
    with pytest.raises(GatewaySilent):
        await channel.read_statement(day)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("INN_ZM_1125", b"line" * 500)
    broken = bytearray(packed.getvalue())
    begin = 30 + len("INN_ZM_1125")
    broken[begin : begin + 4] = b"\xff\xff\xff\xff"
    unionpay.statements["1125"] = bytes(broken)
    with pytest.raises(GatewaySilent):
        await channel.read_statement(day)
    with pytest.raises(GatewaySilent):
        read_trades("alipay", bytes(broken))
    unionpay.write_statement("1125", more=b"\nS22 too short")
    with pytest.raises(GatewaySilent):
        await channel.read_statement(day)


async def test_a_day_first_makes_up_for_what_the_days_before_were_short_of(
    unionpay: FakeUnionPay, channel: UnionPayChannel
) -> None:
    payment = payment_of(NAME, 10_000)
    await channel.start([payment], Payer())
    order = unionpay.pay(payment.id.hex)
    refund = refund_of(payment, 5_000, order.query_id)
    await channel.refund([refund])
    for day, number in (("1123", refund.id.hex), ("1125", payment.id.hex), ("1126", payment.id.hex)):
        unionpay.orders, kept = {number: unionpay.orders[number]}, unionpay.orders
        unionpay.write_statement(day)
        unionpay.orders = kept

    async def came(day: date) -> tuple[list[int], int | None]:
        found = await channel.read_statement(day)
        assert found is not None
        nets = [one.amount for one in found if isinstance(one, StatedLine) and one.is_net]
        return nets, await channel.read_shortage(day)

    assert [await came(date(2026, 11, day)) for day in (23, 25, 26)] == [
        ([-5_000], 0), ([9_940], -5_000), ([9_940], 0),
    ]  # fmt: skip
    # The last day comes first: it paid nothing of its 100 while more was missing.
    assert [shortage(days) for days in ([], [100, -1_000], [-50, 100], [60, -50, -10])] == [0, -900, -50, 0]


def test_a_time_without_a_year_is_of_the_nearest() -> None:
    assert _moment("1231235959", date(2027, 1, 1)).year == 2026
    assert _moment("0101000000", date(2026, 12, 31)).year == 2027
    assert _moment("0229120000", date(2028, 3, 1)).year == 2028


def _pfx(password: str) -> str:
    certificate = x509.load_pem_x509_certificate(certificate_of(MERCHANT, MIDDLE).encode())
    encryption = BestAvailableEncryption(password.encode())
    made = serialize_key_and_certificates(b"m", key_of(MERCHANT), certificate, None, encryption)
    return base64.b64encode(made).decode()


async def test_the_file_that_unionpay_gives_out_is_taken_as_it_is(unionpay: FakeUnionPay) -> None:
    settings = unionpay_settings(certificate=_pfx("000000"), password="000000")
    async with aclosing(UnionPayChannel(settings, place_of(unionpay.url, NAME))) as channel:
        assert (await channel.check()).is_good


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("mer_id", {"mer_id": "1"}),
        ("certificate", {"certificate": "secret that is no key"}),
        ("certificate", {"certificate": private_pem("somebody") + certificate_of(MERCHANT, MIDDLE)}),
        ("certificate", {"certificate": _pfx("000000"), "password": "111111"}),
        ("middle_certificate", {"middle_certificate": certificate_of(UNIONPAY, MIDDLE)}),
        ("root_certificate", {"root_certificate": "MIIB"}),
        ("middle_certificate", {"root_certificate": certificate_of(MIDDLE, ROOT)}),
    ],
)
def test_settings_that_can_not_be_used_are_named_and_not_repeated(setting: str, settings: dict[str, str]) -> None:
    with pytest.raises(SettingWrong) as wrong:
        UnionPayChannel(unionpay_settings(**settings), place_of("https://gateway.95516.com", NAME))
    assert wrong.value.setting == setting
    assert "secret" not in str(wrong.value)
