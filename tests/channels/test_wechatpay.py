"""Proves of our WeChat Pay channel that it believes what the platform signed and nothing else, and loses no money to
silence."""

import base64
import json
from contextlib import aclosing
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec.structs import replace

from tests.channels.ecommerce_gateway import FakeEcommerce
from tests.channels.examples import payment_of, place_of, refund_of, wechat_settings
from tests.channels.keys import key_of, private_pem, public_pem
from tests.channels.wechat_gateway import APP_ID, APP_SECRET, MERCHANT, FakeWechat
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import Answer, Device, NoticeRefused, Payer, SettingWrong, TradesMissing, find_kinds
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.wechatpay import NAME, WechatPayChannel
from weiji.payments.model import NoticeKind, Payment, PayWay

SILENT = Answer(is_silent=True)


@pytest.fixture(params=["key", "certificate"])
async def both(request: Any, wechat: FakeWechat, certified_wechat: FakeWechat) -> Any:
    """The fake and our channel to it, in both modes."""
    fake = wechat if request.param == "key" else certified_wechat
    settings = wechat_settings(is_by_certificate=fake.is_by_certificate)
    async with aclosing(WechatPayChannel(settings, place_of(fake.url, NAME))) as channel:
        yield fake, channel


@pytest.fixture
async def channel(wechat: FakeWechat) -> Any:
    """Our channel to the fake, in public-key mode."""
    async with aclosing(WechatPayChannel(wechat_settings(), place_of(wechat.url, NAME))) as made:
        yield made


async def _begin(channel: WechatPayChannel, amount: int = 9_800) -> Payment:
    payment = payment_of(NAME, amount)
    (answer,) = await channel.start([payment], Payer())
    assert answer.pay_url
    return payment


async def test_it_goes_through_the_life_of_an_order(both: tuple[FakeWechat, WechatPayChannel]) -> None:
    fake, channel = both
    assert (await channel.check()).is_good
    payment = payment_of(NAME)
    assert await channel.query([payment]) == [Answer()]
    (started,) = await channel.start([payment], Payer())
    assert (started.pay_way, started.pay_url) == (PayWay.CODE, f"weixin://wxpay/bizpayurl?pr={payment.id.hex[:8]}")
    assert fake.orders[payment.id.hex].notify_url == "https://weiji.test/channels/wechatpay/notices"
    assert await channel.query([payment]) == [Answer()]
    order = fake.pay(payment.id.hex)
    (notice,) = await channel.read_notice(*fake.notice_of(payment.id.hex, id="n1"))
    assert (notice.event_id, notice.reference, notice.amount) == ("notify:n1", order.transaction_id, 9_800)
    (answer,) = await channel.query([payment])
    assert [(one.kind, one.subject_id, one.reference) for one in answer.notices] == [
        (NoticeKind.CHARGE_SUCCEEDED, payment.id, order.transaction_id)
    ]
    refund = refund_of(payment, 3_000)
    for _ in range(2):
        (answer,) = await channel.refund([refund])
        assert [(one.kind, one.amount) for one in answer.notices] == [(NoticeKind.REFUND_SUCCEEDED, 3_000)]
    assert list(order.refunds) == [refund.id.hex]
    (answer,) = await channel.close([payment])
    assert [one.kind for one in answer.notices] == [NoticeKind.CHARGE_SUCCEEDED]
    closed, never = await _begin(channel), payment_of(NAME)
    answers = await channel.close([closed, never])
    assert [[one.kind for one in each.notices] for each in answers] == [[NoticeKind.CHARGE_CLOSED]] * 2
    if fake.is_by_certificate:
        assert fake.calls.count("/v3/certificates") == 1


async def test_a_telephone_gets_a_page_and_an_app_what_its_sdk_takes(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    payment, other = payment_of(NAME), payment_of(NAME)
    (answer,) = await channel.start([payment], Payer(device=Device.PHONE, address="203.0.113.7"))
    back = f"https%3A%2F%2Fweiji.test%2Fcashier%2F{payment.id}%2Freturn"
    expected = f"{wechat.url}/h5?prepay_id=wx{payment.id.hex[:8]}&redirect_url={back}"
    assert (answer.pay_way, answer.pay_url) == (PayWay.PAGE, expected)
    (answer,) = await channel.start([other], Payer(device=Device.APP))
    assert answer.pay_url
    assert json.loads(answer.pay_url)["prepayid"] == f"wx{other.id.hex}"
    # Begun once, it is not begun in another way under the same number.
    assert await channel.start([payment], Payer()) == [SILENT]


@pytest.mark.parametrize("fault", ["cut", "unsigned", "forged", "probe", "old", "500 after"])
async def test_what_is_not_an_answer_of_the_platform_is_silence(
    wechat: FakeWechat, channel: WechatPayChannel, fault: str
) -> None:
    payment = await _begin(channel)
    wechat.faults["pay"] = [fault]
    assert await channel.query([payment]) == [SILENT]
    assert await channel.query([payment]) == [Answer()]


@pytest.mark.parametrize("fault", ["cut after", "500 after"])
async def test_a_refund_whose_answer_is_lost_is_found_when_asked_again(
    wechat: FakeWechat, channel: WechatPayChannel, fault: str
) -> None:
    payment = await _begin(channel)
    order = wechat.pay(payment.id.hex)
    refund = refund_of(payment, 9_800)
    wechat.faults["refunds"] = [fault]
    assert await channel.refund([refund]) == [SILENT]
    (answer,) = await channel.refund([refund])
    assert [one.kind for one in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]
    assert len(order.refunds) == 1


async def test_how_a_refund_ends_is_told(wechat: FakeWechat, channel: WechatPayChannel) -> None:
    payment = await _begin(channel)
    wechat.pay(payment.id.hex)
    wechat.balance = 0
    poor = refund_of(payment, 100)
    assert await channel.refund([poor]) == [Answer(is_uncovered=True)]
    wechat.balance = 10**6
    wechat.refund_status = "PROCESSING"
    assert await channel.refund([poor]) == [Answer()]
    refund = wechat.orders[payment.id.hex].refunds[poor.id.hex]
    for end in ("CLOSED", "ABNORMAL"):  # By the payer's bank: the money is with us still.
        refund["status"] = end
        (answer,) = await channel.refund([poor])
        assert [one.kind for one in answer.notices] == [NoticeKind.REFUND_REJECTED]
        values = {"mchid": "1900000001", "out_refund_no": poor.id.hex, **refund, "refund_status": end}
        (told,) = await channel.read_notice(*wechat.notice(f"REFUND.{end}", "refund", values, f"r0{end}"))
        assert told.kind is NoticeKind.REFUND_REJECTED
    (answer,) = await channel.refund([refund_of(payment_of(NAME), 100)])
    assert [one.kind for one in answer.notices] == [NoticeKind.REFUND_REJECTED]  # There never was such an order.
    values = {"mchid": "1900000001", "out_refund_no": poor.id.hex, "refund_status": "SUCCESS", **refund}
    (told,) = await channel.read_notice(*wechat.notice("REFUND.SUCCESS", "refund", values, "r1"))
    assert (told.kind, told.subject_id, told.amount) == (NoticeKind.REFUND_SUCCEEDED, poor.id, 100)


async def test_a_notice_that_was_changed_or_is_for_others_is_refused(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    payment = await _begin(channel)
    wechat.pay(payment.id.hex)
    headers, body = wechat.notice_of(payment.id.hex)
    assert await channel.read_notice(headers, body)
    wrong: list[tuple[dict[str, str], bytes]] = [
        (headers, body + b" "),
        ({}, body),
        ({**headers, "wechatpay-nonce": "x"}, body),
        ({**headers, "wechatpay-serial": "PUB_KEY_ID_9"}, body),
        ({**headers, "wechatpay-signature": f"WECHATPAY/SIGNTEST/{headers['wechatpay-signature']}"}, body),
        (wechat.signed(body, at=1), body),
        (wechat.signed(body, by="somebody"), body),
        (wechat.signed(b"[]"), b"[]"),
        wechat.notice_of(payment.id.hex, mchid="1900000002"),
        wechat.notice_of(payment.id.hex, amount={"total": 1, "currency": "USD"}),
        wechat.notice_of(payment.id.hex, success_time="yesterday"),
    ]
    for given in wrong:
        with pytest.raises(NoticeRefused):
            await channel.read_notice(*given)


async def test_a_bill_tells_of_everything_that_was_taken_and_given_back(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    day = date(2026, 11, 25)
    assert await channel.read_statement(day) is None
    paid, returned = await _begin(channel, 10_000), await _begin(channel, 5_000)
    for payment in (paid, returned):
        wechat.pay(payment.id.hex)
    refund = refund_of(returned, 2_000)
    await channel.refund([refund])
    wechat.write_bill(day.isoformat())
    found = await channel.read_statement(day)
    assert found is not None
    assert [(one.kind, one.reference if one.kind == "fee" else one.subject_id, one.amount) for one in found] == [
        (NoticeKind.CHARGE_SUCCEEDED, paid.id, 10_000),
        (NoticeKind.CHARGE_SUCCEEDED, returned.id, 5_000),
        (NoticeKind.REFUND_SUCCEEDED, refund.id, 2_000),
        ("fee", f"fees:{day}", 90),
    ]
    assert not any(one.is_under_way for one in found)
    # A refund is listed when it begins: that is no word that it was made.
    wechat.orders[returned.id.hex].refunds[refund.id.hex]["status"] = "PROCESSING"
    wechat.write_bill(day.isoformat())
    again = await channel.read_statement(day)
    assert again is not None
    assert [one.subject_id for one in again if one.is_under_way] == [refund.id]
    wechat.url = "http://169.254.169.254"
    with pytest.raises(GatewaySilent, match="foreign"):
        await channel.read_statement(day)


async def test_what_left_the_account_for_the_bank_and_what_nobody_knows_is_in_the_statement(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    day = date(2026, 11, 25)
    payment = await _begin(channel, 10_000)
    wechat.pay(payment.id.hex)
    wechat.write_bill(
        day.isoformat(),
        ("W1", "充值/提现", "提现", "支出", "88.00"),
        ("W2", "充值/提现", "提现退回", "收入", "8.00"),
        ("W3", "充值/提现", "充值", "收入", "500.00"),
        ("W4", "充值/提现", "提现手续费", "支出", "0.10"),
        ("W8", "充值/提现", "退还提现手续费", "收入", "0.10"),
        ("W5", "企业付款", "企业付款", "支出", "3.00"),
        ("W6", "分账", "分账", "收入", "5.00"),
        ("W7", "其它", "其它", "收入", "0.00"),
        (wechat.orders[payment.id.hex].transaction_id, "改了名字", "收款", "收入", "100.00"),
    )
    found = await channel.read_statement(day)
    assert found is not None
    assert [(one.kind, one.reference, one.amount, getattr(one, "about", "")) for one in found[2:]] == [
        ("settlement", "FW1-提现", 8_800, "W1"),
        ("settlement_return", "FW2-提现退回", 800, "W2"),
        (NoticeKind.CHARGE_SUCCEEDED, "FW3-充值", 50_000, ""),
        ("fee", "FW4-提现手续费", 10, ""),
        ("fee", "FW8-退还提现手续费", -10, ""),
        (NoticeKind.REFUND_SUCCEEDED, "FW5-企业付款", 300, ""),
    ]


async def test_a_day_of_which_one_bill_is_not_made_yet_has_no_statement(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    today = clock.now().astimezone(SHANGHAI).date()
    past = today - timedelta(days=3)
    for day in (past, today):
        wechat.write_bill(day.isoformat(), ("W1", "充值/提现", "提现", "支出", "88.00"))
        del wechat.bills[f"/v3/bill/tradebill {day}"]
    assert await channel.read_statement(today) is None
    # Of a day long over our books say whether there are trades to wait for.
    with pytest.raises(TradesMissing) as missing:
        await channel.read_statement(past)
    assert [(one.kind, one.amount) for one in missing.value.besides] == [("settlement", 8_800)]
    wechat.bills[f"/v3/bill/tradebill {past}"] = b"broken,\n`2026"
    with pytest.raises(GatewaySilent, match="can't be read"):
        await channel.read_statement(past)


async def test_credentials_that_the_platform_does_not_take_are_told_of(certified_wechat: FakeWechat) -> None:
    place = place_of(certified_wechat.url, NAME)
    for others, said in (
        ({"private_key": private_pem("somebody")}, "SIGN_ERROR"),
        ({"serial": "A" * 40}, "SIGN_ERROR"),
        ({"api_v3_key": "x" * 32}, "APIv3"),
    ):
        settings = wechat_settings(is_by_certificate=True, **others)
        async with aclosing(WechatPayChannel(settings, place)) as channel:
            found = await channel.check()
        assert not found.is_good
        assert said in found.said
        assert set(others) <= set(found.settings)


@pytest.mark.parametrize(
    ("setting", "others"),
    [
        ("mch_id", {"mch_id": "abc"}),
        ("private_key", {"private_key": "secret"}),
        ("api_v3_key", {"api_v3_key": "secret"}),
        ("public_key_id", {"public_key_id": ""}),
        ("public_key", {"public_key": "secret"}),
        ("public_key", {"public_key": public_pem(MERCHANT)}),
    ],
)
def test_settings_that_can_not_be_used_are_named_and_not_repeated(setting: str, others: dict[str, str]) -> None:
    with pytest.raises(SettingWrong) as wrong:
        WechatPayChannel(wechat_settings(**others), place_of("https://api.mch.weixin.qq.com", NAME))
    assert wrong.value.setting == setting
    assert "secret" not in str(wrong.value)


@pytest.mark.parametrize("name", ["wechatpay", "wechat_ecommerce"])
async def test_a_payer_in_wechat_is_asked_who_they_are_and_then_pays_there(
    wechat: FakeWechat, ecommerce: FakeEcommerce, name: str
) -> None:
    fake = wechat if name == NAME else ecommerce
    made: Any = find_kinds()[name].open(wechat_settings(app_secret=APP_SECRET), place_of(fake.url, name))
    async with aclosing(made) as channel:
        payment = payment_of(name)
        inside = Payer(device=Device.WECHAT, address="203.0.113.7")
        (answer,) = await channel.start([payment], inside)
        assert answer.pay_url
        asked = dict(parse_qsl(urlsplit(answer.pay_url).query))
        assert (answer.pay_way, asked["appid"], asked["scope"]) == (PayWay.PAGE, APP_ID, "snsapi_base")
        assert asked["redirect_uri"] == f"https://weiji.test/cashier/{payment.id}/payer"
        assert not fake.orders, "an order is made once it is known for whom"
        fake.codes["c1"] = "oPayer_1"
        assert await channel.identify(payment, {"code": "c1", "state": "another"}) is None
        assert await channel.identify(payment, {"state": payment.id.hex}) is None
        told = {"code": "c1", "state": asked["state"]}
        assert await channel.identify(payment, told) == "oPayer_1"
        assert await channel.identify(payment, told) is None, "a code is good once"
        (answer,) = await channel.start([payment], replace(inside, openid="oPayer_1"))
        assert (answer.pay_way, fake.orders[payment.id.hex].payer) == (PayWay.JSAPI, "oPayer_1")
        assert answer.pay_url
        handed = json.loads(answer.pay_url)
        lines = (handed["appId"], handed["timeStamp"], handed["nonceStr"], handed["package"])
        message = "".join(f"{line}\n" for line in lines).encode()
        signature = base64.b64decode(handed["paySign"])
        key_of(MERCHANT).public_key().verify(signature, message, PKCS1v15(), SHA256())
        assert (handed["signType"], handed["package"][:10]) == ("RSA", "prepay_id=")
    stranger: Any = find_kinds()[name].open({**wechat_settings(), "app_secret": "0" * 32}, place_of(fake.url, name))
    async with aclosing(stranger) as channel:
        with pytest.raises(GatewaySilent):
            await channel.identify(payment, told)


async def test_without_a_secret_a_payer_in_wechat_pays_as_on_a_telephone(
    wechat: FakeWechat, channel: WechatPayChannel
) -> None:
    (answer,) = await channel.start([payment_of(NAME)], Payer(device=Device.WECHAT, address="203.0.113.7"))
    assert answer.pay_url
    assert (answer.pay_way, answer.pay_url[: len(wechat.url) + 3]) == (PayWay.PAGE, f"{wechat.url}/h5")
