"""Proves of every channel that talks to a gateway what the contract of `Channel` says: one suite, held against each.

A channel that is installed and has no rig here fails the first test. To hold a channel of one's own against it, give it
a rig: how its fake is paid, told of, and made to fail.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.request import urlopen

import pytest

from tests.channels import examples
from tests.channels.alipay_gateway import ALIPAY, APP, FakeAlipay
from tests.channels.direct_gateway import FakeDirect
from tests.channels.ecommerce_gateway import FakeEcommerce
from tests.channels.examples import alipay_certificates, payment_of, place_of, refund_of, unionpay_settings
from tests.channels.keys import certificate_of, private_pem
from tests.channels.unionpay_gateway import MERCHANT, MIDDLE, FakeUnionPay
from tests.channels.wechat_gateway import FakeWechat
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import (
    Ability,
    Answer,
    Channel,
    CheckFault,
    Device,
    NoticeRefused,
    Payer,
    StatedLine,
    find_kinds,
)
from weiji.payments.channels.alipay import AlipayChannel
from weiji.payments.channels.gateway import _times
from weiji.payments.channels.unionpay import UnionPayChannel
from weiji.payments.model import Notice, NoticeKind, Payment, PayWay

DAY = date(2026, 11, 25)
SILENT = Answer(is_silent=True)

DEVICES = {
    Ability.PAGE: (Device.DESKTOP, PayWay.PAGE),
    Ability.PHONE: (Device.PHONE, PayWay.PAGE),
    Ability.APP: (Device.APP, PayWay.APP),
}


class Rig:
    """A fake gateway, and our channel to it."""

    name: str
    query_fault: str
    """The name by which the fake's `faults` know a question."""
    wrong: ClassVar[dict[str, str]]
    """Settings that the gateway does not take."""
    settled: tuple[tuple[str, int], ...] = (("fee", 60),)
    """What its statement of 100 yuan says that it kept of ours, and paid to our bank."""

    def __init__(self, fake: Any) -> None:
        self.fake = fake

    def open(self, **others: str) -> Channel:
        """Make our channel to the fake."""
        settings = getattr(examples, f"{self.name}_settings")(**others)
        return find_kinds()[self.name].open(settings, place_of(self.fake.url, self.name))

    def pay(self, payment: Payment) -> None:
        """Pay, as the payer does."""
        self.fake.pay(payment.id.hex)

    def until(self, payment: Payment) -> datetime:
        """Tell until when the gateway lets it be paid."""
        at: datetime = (getattr(self.fake, "trades", None) or self.fake.orders)[payment.id.hex].until
        return at

    def notice(self, payment: Payment) -> tuple[Mapping[str, str], bytes]:
        """Write what the gateway tells of a payment that was paid."""
        return {}, self.fake.notice_of(payment.id.hex)

    def write_statement(self) -> None:
        """Have the gateway make its statement of the day."""
        self.fake.write_bill(DAY.isoformat())


class AlipayRig(Rig):
    """Alipay's."""

    name = "alipay"
    query_fault = "alipay.trade.query"
    wrong: ClassVar = {"private_key": private_pem("somebody")}


class WechatRig(Rig):
    """WeChat Pay's."""

    name = "wechatpay"
    query_fault = "pay"
    wrong: ClassVar = {"private_key": private_pem("somebody")}

    def open(self, **others: str) -> Channel:
        """Make our channel to the fake."""
        settings = examples.wechat_settings(**others)
        return find_kinds()[self.name].open(settings, place_of(self.fake.url, self.name))

    def notice(self, payment: Payment) -> tuple[Mapping[str, str], bytes]:
        """Write headers and body."""
        headers, body = self.fake.notice_of(payment.id.hex)
        return headers, body


class DirectRig(AlipayRig):
    """Alipay's for platforms."""

    name = "alipay_direct"
    settled = ()

    def open(self, **others: str) -> Channel:
        """Make our channel to the fake."""
        return find_kinds()[self.name].open(examples.alipay_settings(**others), place_of(self.fake.url, self.name))


class EcommerceRig(WechatRig):
    """WeChat Pay's for platforms."""

    name = "wechat_ecommerce"

    def open(self, **others: str) -> Channel:
        """Make our channel to the fake."""
        return find_kinds()[self.name].open(examples.wechat_settings(**others), place_of(self.fake.url, self.name))


class UnionPayRig(Rig):
    """UnionPay's."""

    name = "unionpay"
    query_fault = "00"
    wrong: ClassVar = {"certificate": private_pem("somebody") + certificate_of("somebody", MIDDLE)}
    settled = (("fee", 60), ("settlement", 7_940))  # Nobody withdraws there: what a day came to comes by itself.

    def write_statement(self) -> None:
        """Have the gateway make its statement of the day."""
        self.fake.write_statement(f"{DAY:%m%d}")


RIGS = {
    "alipay": (AlipayRig, FakeAlipay),
    "alipay_direct": (DirectRig, FakeDirect),
    "unionpay": (UnionPayRig, FakeUnionPay),
    "wechat_ecommerce": (EcommerceRig, FakeEcommerce),
    "wechatpay": (WechatRig, FakeWechat),
}

FIXTURES = {"alipay_direct": "direct", "wechat_ecommerce": "ecommerce", "wechatpay": "wechat"}
"""The fakes that are not called as their channels."""


@pytest.fixture(params=sorted(RIGS))
async def rig(request: Any) -> AsyncIterator[tuple[Rig, Channel]]:
    """Each channel, and its fake."""
    name = request.param
    fake = request.getfixturevalue(FIXTURES.get(name, name))
    made = RIGS[name][0](fake)
    async with aclosing(made.open()) as channel:
        yield made, channel


async def _begin(channel: Channel, amount: int = 9_800) -> Payment:
    payment = payment_of(channel.name, amount)
    (answer,) = await channel.start([payment], Payer())
    assert answer.pay_url
    if answer.pay_way is PayWay.PAGE:
        with await asyncio.to_thread(urlopen, answer.pay_url) as page:  # Their trade begins when the payer is there.
            assert page.status == 200
    return payment


async def _paid(rig: Rig, channel: Channel, amount: int = 9_800) -> tuple[Payment, Notice]:
    payment = await _begin(channel, amount)
    rig.pay(payment)
    (answer,) = await channel.query([payment])
    (notice,) = answer.notices
    return payment, notice


def test_every_channel_with_a_gateway_is_held_against_the_contract() -> None:
    assert {name for name, kind in find_kinds().items() if kind.gateways} == RIGS.keys()


async def test_a_kind_and_its_channel_say_the_same(rig: tuple[Rig, Channel]) -> None:
    _, channel = rig
    kind = find_kinds()[channel.name]
    assert (kind.name, kind.abilities, kind.custody) == (channel.name, channel.abilities, channel.custody)
    assert kind.abilities & {Ability.PAGE, Ability.CODE, Ability.PHONE}


async def test_each_device_is_given_a_way_to_pay(rig: tuple[Rig, Channel]) -> None:
    _, channel = rig
    for ability, (device, way) in DEVICES.items():
        if ability in channel.abilities:
            payment = payment_of(channel.name)
            (answer,) = await channel.start([payment], Payer(device=device, address="203.0.113.7"))
            assert answer.pay_url
            assert answer.pay_way is way
            assert len(answer.pay_url) < 4_000


async def test_a_channel_takes_nothing_any_more_once_the_payment_is_over(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment = await _begin(channel)
    assert payment.expires_at
    assert made.until(payment) == payment.expires_at.replace(microsecond=0)


async def test_what_was_never_begun_or_is_not_paid_has_nothing_to_tell(rig: tuple[Rig, Channel]) -> None:
    _, channel = rig
    assert await channel.query([payment_of(channel.name), await _begin(channel)]) == [Answer(), Answer()]


async def test_money_is_told_of_under_one_reference_whoever_tells(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment, asked = await _paid(made, channel)
    (told,) = await channel.read_notice(*made.notice(payment))
    assert (asked.kind, asked.subject_id, asked.amount) == (NoticeKind.CHARGE_SUCCEEDED, payment.id, 9_800)
    assert (told.kind, told.subject_id, told.amount) == (asked.kind, asked.subject_id, asked.amount)
    assert told.reference == asked.reference
    assert told.occurred_at.tzinfo is not None
    (again,) = await channel.query([payment])
    assert again.notices[0].event_id == asked.event_id


async def test_a_notice_that_was_changed_is_refused(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment, _ = await _paid(made, channel)
    headers, body = made.notice(payment)
    for changed in (body.replace(b"0", b"1", 1), body[:-2], b"", b"{}", b"a=b", b"\xff\xfe"):
        with pytest.raises(NoticeRefused):
            await channel.read_notice(headers, changed)


async def test_no_answer_is_silence_and_the_next_question_is_answered(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment = await _begin(channel)
    for fault in ("cut", "forged"):
        made.fake.faults[made.query_fault] = [fault]
        assert await channel.query([payment]) == [SILENT]
    assert await channel.query([payment]) == [Answer()]


async def test_a_gateway_that_is_gone_is_silence(rig: tuple[Rig, Channel]) -> None:
    made, _ = rig
    made.fake.url = "http://127.0.0.1:9"
    payment = payment_of(made.name)
    async with aclosing(made.open()) as gone:
        assert await gone.query([payment]) == await gone.close([payment]) == [SILENT]
        assert await gone.refund([refund_of(payment, 100, "0")]) == [SILENT]
        assert await gone.find_refunds([refund_of(payment, 100, "0")]) == [SILENT]
        assert (await gone.check()).fault is CheckFault.SILENT


async def test_a_payment_is_closed_or_was_paid(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    paid, _ = await _paid(made, channel)
    over = payment_of(channel.name, minutes=-1)
    answers = await channel.close([paid, over])
    kinds = [[notice.kind for notice in answer.notices] for answer in answers]
    assert kinds == [[NoticeKind.CHARGE_SUCCEEDED], [NoticeKind.CHARGE_CLOSED]]


async def test_a_refund_goes_back_once_however_often_it_is_asked(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment, charge = await _paid(made, channel)
    refund = refund_of(payment, 3_000, charge.reference)
    answers = [(await channel.refund([refund]))[0] for _ in range(3)]
    notices = [notice for answer in answers for notice in answer.notices]
    assert {(one.kind, one.subject_id, one.amount) for one in notices} == {
        (NoticeKind.REFUND_SUCCEEDED, refund.id, 3_000)
    }
    assert len({one.event_id for one in notices}) == 1
    (found,) = (await channel.refund([refund_of(payment, 9_800, charge.reference)]))[0].notices or (None,)
    assert found is None or found.kind is NoticeKind.REFUND_REJECTED, "more went back than was paid"


async def test_to_ask_how_a_refund_stands_begins_none(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payment, charge = await _paid(made, channel)
    refund, other = (refund_of(payment, amount, charge.reference) for amount in (3_000, 1_000))
    for _ in range(2):
        assert await channel.find_refunds([refund, other]) == [Answer(is_unmade=True)] * 2
    for _ in range(3):
        (asked,) = await channel.refund([refund])
    (found, unmade) = await channel.find_refunds([refund, other])
    kinds = [(one.kind, one.event_id, one.amount) for one in found.notices]
    assert kinds == [(one.kind, one.event_id, one.amount) for one in asked.notices] != []
    assert unmade == Answer(is_unmade=True)


async def test_a_batch_is_answered_in_its_order(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    payments = [await _begin(channel, amount) for amount in (100, 200, 300)]
    for payment in payments:
        made.pay(payment)
    answers = await channel.query(payments)
    assert [answer.notices[0].amount for answer in answers] == [100, 200, 300]


async def test_a_statement_names_things_as_notices_did(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    if Ability.STATEMENT not in channel.abilities:
        pytest.skip("it gives none")
    assert await channel.read_statement(DAY) is None
    payment, charge = await _paid(made, channel, 10_000)
    refund = refund_of(payment, 2_000, charge.reference)
    given = [notice for _ in range(2) for notice in (await channel.refund([refund]))[0].notices]
    made.write_statement()
    lines = await channel.read_statement(DAY)
    assert lines is not None
    # It is matched by reference: it would be a break if the two differed.
    stated = {(one.kind, one.reference, one.subject_id, one.amount) for one in lines if isinstance(one, Notice)}
    for told in (charge, given[-1]):
        assert (told.kind, told.reference, told.subject_id, told.amount) in stated
    assert [(one.kind, one.amount) for one in lines if isinstance(one, StatedLine)] == list(made.settled)
    assert await channel.read_statement(DAY) == lines


async def test_credentials_are_checked_without_moving_anything(rig: tuple[Rig, Channel]) -> None:
    made, channel = rig
    assert (await channel.check()).is_good
    async with aclosing(made.open(**made.wrong)) as stranger:
        found = await stranger.check()
    assert not found.is_good
    assert found.said
    assert found.fault is CheckFault.BAD
    assert set(made.wrong) & set(found.settings), "it says which of them is wrong"


async def test_a_clock_that_is_wrong_is_told_from_keys_that_are(
    rig: tuple[Rig, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = rig
    # Signatures go by the machine's clock, however far ours was turned.
    monkeypatch.setattr(clock.CLOCK, "offset", timedelta(days=40))
    async with aclosing(made.open()) as own, aclosing(made.open(**made.wrong)) as stranger:
        assert (await own.check()).is_good
        assert (await stranger.check()).fault is CheckFault.BAD
        machine = clock.wall() + timedelta(minutes=6)
        monkeypatch.setattr(clock, "wall", lambda: machine)
        found = await stranger.check()
    assert (found.is_good, found.fault, found.settings) == (False, CheckFault.CLOCK_OFF, ())


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999",
        "Fri, 31 Dec 9999 23:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 -0000",
        "soon",
        "",
    ],
)
def test_a_date_that_no_clock_tells_is_none(date: str) -> None:
    assert _times(date) is None


def _alipay_until(days: int, *, is_theirs: bool = False) -> Channel:
    theirs = certificate_of(ALIPAY, days=days if is_theirs else 365)
    own = certificate_of(APP, days=365 if is_theirs else days)
    settings = {**alipay_certificates(), "app_certificate": own, "alipay_certificate": theirs}
    return AlipayChannel(settings, place_of("http://127.0.0.1:1", "alipay"))


def _unionpay_until(days: int) -> Channel:
    own = private_pem(MERCHANT) + certificate_of(MERCHANT, MIDDLE, days=days)
    return UnionPayChannel(unionpay_settings(certificate=own), place_of("http://127.0.0.1:1", "unionpay"))


@pytest.mark.parametrize(
    "make",
    [_alipay_until, partial(_alipay_until, is_theirs=True), _unionpay_until],
    ids=["Alipay's app", "Alipay's own", "UnionPay's merchant"],
)
async def test_a_certificate_that_is_over_is_told_of_with_its_day(make: Callable[[int], Channel]) -> None:
    day = f"{clock.now().astimezone(SHANGHAI) - timedelta(days=2):%Y-%m-%d}"
    async with aclosing(make(-2)) as channel:
        found = await channel.check()
    assert (found.is_good, day in found.said) == (False, True)
    assert found.settings in {("app_certificate",), ("alipay_certificate",), ("certificate",)}
    async with aclosing(make(2)) as channel:
        assert day not in (await channel.check()).said
