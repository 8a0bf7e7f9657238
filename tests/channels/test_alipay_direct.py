"""Proves of Alipay for platforms that what is paid is kept until it is let go, that the shop then gets what our books
say, once, and that what Alipay does not do is told in its words."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.channels.alipay_gateway import ALIPAY, APP, APP_ID, SELLER_ID, FakeAlipay
from tests.channels.direct_gateway import SUB_MERCHANT_ID, FakeDirect
from tests.channels.examples import alipay_settings, payment_of, place_of, refund_of
from tests.channels.keys import private_pem, public_pem
from tests.orders.market import open_market
from weiji import payments
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move
from weiji.payments import (
    REGISTRY,
    ApproveRefund,
    ApproveRefundStatus,
    BindSubMerchant,
    CreatePayment,
    CreatePaymentStatus,
    RefundReason,
    RequestUnfreezing,
    bind_sub_merchants,
    request_unfreezings,
)
from weiji.payments.channels import Answer, Channel, Payer, Registry, TradesMissing
from weiji.payments.channels.alipay import AlipayChannel
from weiji.payments.channels.alipay_direct import NAME, AlipayDirectChannel
from weiji.payments.freezing.model import Unfreezing, UnfreezingStatus
from weiji.payments.model import NoticeKind, Payment

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from alipay import AliPay

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SILENT = Answer(is_silent=True)
PRICE = 9_800


@pytest.fixture
async def channel(direct: FakeDirect) -> AsyncIterator[AlipayDirectChannel]:
    """Our channel to the fake."""
    settings = alipay_settings(desktop="code")
    async with aclosing(AlipayDirectChannel(settings, place_of(direct.url, NAME))) as made:
        yield made


async def _paid(fake: FakeDirect, channel: AlipayDirectChannel) -> Payment:
    payment = payment_of(NAME, PRICE)
    (answer,) = await channel.start([payment], Payer())
    assert answer.pay_url
    fake.pay(payment.id.hex)
    return payment


def _unfreezing_of(payment: Payment, amount: int, frozen: int = PRICE) -> Unfreezing:
    return Unfreezing(
        id=payment.subject_id,
        shop_id=payment.payee_id,
        payment_id=payment.id,
        channel=NAME,
        amount=amount,
        frozen=frozen,
        rest=frozen,
        part=amount,
        status=UnfreezingStatus.SUBMITTED,
        created_at=clock.now(),
        sub_merchant=payment.sub_merchant,
    )


@pytest.mark.parametrize("amount", [9_300, PRICE, 10_000], ids=["share", "all of it", "with a coupon"])
@pytest.mark.parametrize("fault", ["", "cut after", "502 after"])
async def test_the_shop_gets_its_part_once_though_answers_are_lost(
    direct: FakeDirect, channel: AlipayDirectChannel, amount: int, fault: str
) -> None:
    unfreezing = _unfreezing_of(await _paid(direct, channel), amount)
    if fault:
        for method in ("alipay.trade.settle.confirm", "alipay.trade.order.settle"):
            direct.faults[method] = [fault]
        steps = 1 if amount == PRICE else 2
        assert [await channel.unfreeze([unfreezing]) for _ in range(steps)] == [[SILENT]] * steps
    answers = [(await channel.unfreeze([unfreezing]))[0] for _ in range(2)]
    (notice,) = answers[0].notices
    assert (notice.kind, notice.subject_id, notice.amount) == (
        NoticeKind.UNFREEZING_SUCCEEDED,
        unfreezing.id,
        amount,
    )
    assert answers[1].notices[0].event_id == notice.event_id
    assert direct.available[SUB_MERCHANT_ID] == Decimal(amount) / 100
    assert direct.platform == Decimal(PRICE - amount) / 100


async def test_a_refund_comes_out_of_what_is_kept_and_then_from_the_shop(
    direct: FakeDirect, channel: AlipayDirectChannel
) -> None:
    payment = await _paid(direct, channel)
    (answer,) = await channel.refund([refund_of(payment, 800)])
    assert [one.kind for one in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]
    assert direct.available[SUB_MERCHANT_ID] == 0
    (answer,) = await channel.unfreeze([_unfreezing_of(payment, 8_500, frozen=9_000)])
    assert [one.amount for one in answer.notices] == [8_500]
    (answer,) = await channel.refund([refund_of(payment, 1_000)])
    assert [one.kind for one in answer.notices] == [NoticeKind.REFUND_SUCCEEDED]
    assert direct.available[SUB_MERCHANT_ID] == Decimal("75.00")
    direct.available[SUB_MERCHANT_ID] = Decimal(0)
    assert await channel.refund([refund_of(payment, 1_000)]) == [Answer(is_uncovered=True)]


async def test_what_went_back_since_the_order_was_settled_is_taken_off_the_shops_part(
    direct: FakeDirect, channel: AlipayDirectChannel
) -> None:
    payment = await _paid(direct, channel)
    await channel.refund([refund_of(payment, 800)])
    unfreezing = _unfreezing_of(payment, 9_300, frozen=9_000)
    unfreezing.part = 8_500
    (answer,) = await channel.unfreeze([unfreezing])
    assert [one.amount for one in answer.notices] == [9_300]
    assert (direct.available[SUB_MERCHANT_ID], direct.platform) == (Decimal(85), Decimal(5))


async def test_what_it_does_not_do_is_told_with_its_words(direct: FakeDirect, channel: AlipayDirectChannel) -> None:
    payment = await _paid(direct, channel)
    (answer,) = await channel.unfreeze([_unfreezing_of(payment, 5_000)])
    assert (answer.notices, answer.reason) == ((), "ACQ.ROYALTY_AMOUNT_EXCEED 分账金额超过最大可分账金额")
    assert direct.available[SUB_MERCHANT_ID] == 0, "what is to be shared is not the shop's to spend"
    stranger = payment_of(NAME)
    stranger.sub_merchant = ""
    assert await channel.start([stranger], Payer()) == [SILENT]


async def test_a_share_that_is_refused_is_asked_again_though_a_refund_waits_for_it(
    database: Database, lanes: Lanes, direct: FakeDirect
) -> None:
    """What is confirmed and not shared is nobody's to spend: the refund can't go first, and the share must not wait."""
    settings = alipay_settings(desktop="code")
    async with (
        open_market(database, lanes) as market,
        aclosing(AlipayDirectChannel(settings, place_of(direct.url, NAME))) as channel,
    ):
        REGISTRY.register(channel)
        shop_id, buyer = market.shop_id, new_id()
        bind = BindSubMerchant(shop_id=shop_id, channel=NAME, number=SUB_MERCHANT_ID, actor=BY_SYSTEM)
        await market.batchers.of(bind_sub_merchants, "shop_id").submit(bind)
        order_id, _ = await market.place(buyer)
        total = (await market.order(order_id)).total
        ask = CreatePayment(
            id=new_id(buyer),
            payer_id=buyer,
            subject_id=order_id,
            payee_id=shop_id,
            amount=total,
            channel=NAME,
            actor=BY_SYSTEM,
        )
        assert await market.batchers.of(payments.create_payments).submit(ask) is CreatePaymentStatus.CREATED
        await payments.start_payments(database, lanes, [ask.id])
        direct.pay(ask.id.hex)
        jobs = {job.name: job for job in payments.jobs(lanes)}

        async def work(*names: str) -> None:
            await market.turn(timedelta(minutes=2))
            for name in names:
                await jobs[f"payments.{name}"].work(database, 100)
            await market.settle_events()

        await work("query_payments")
        async with database.transaction() as tx:
            source, target = chart.transit(shard_of(shop_id)), chart.merchant_available(shop_id)
            its = move(shop_id, new_id(shop_id), source, target, total // 2, Kind.SHARE)
            await create_transfers(tx, [its], [source, target])
            asked = RequestUnfreezing(
                order_id=order_id,
                shop_id=shop_id,
                payment_id=ask.id,
                channel=NAME,
                amount=total // 2,
                frozen=total,
                actor=BY_SYSTEM,
            )
            await request_unfreezings(tx, [asked])
        await work("unfreeze")
        back = ApproveRefund(
            payment_id=ask.id,
            source_id=new_id(),
            amount=100,
            reason=RefundReason.ORDERED,
            actor=BY_SYSTEM,
            is_settled=True,
            of_shop=50,
        )
        assert (
            await market.batchers.of(payments.approve_refunds, "payment_id").submit(back) is ApproveRefundStatus.CREATED
        )
        await market.settle_events()
        await work("query_refunds", "unfreeze")
        assert (direct.platform, direct.available[SUB_MERCHANT_ID]) == (0, 0)
        direct.share_max = Decimal(1)
        await work("unfreeze", "query_refunds")
        assert direct.platform == Decimal(total - total // 2) / 100
        assert direct.available[SUB_MERCHANT_ID] == Decimal(total // 2 - 100) / 100
        async with database.read() as reader:
            (found,) = await lookup_accounts(reader, [chart.merchant_available(shop_id).id])
        assert found.credits_posted - found.debits_posted == 100
        REGISTRY.remove(NAME)


async def test_the_published_client_takes_the_fake_for_the_real_one(direct: FakeDirect) -> None:
    keys = {"app_private_key_string": private_pem(APP), "alipay_public_key_string": public_pem(ALIPAY)}
    client: Any = AliPay(appid=APP_ID, **keys)
    client._gateway = f"{direct.url}/gateway.do"
    detail = {"trans_in_type": "defaultSettle", "amount": "98.00"}
    kept = {"settle_period_time": "30d", "settle_detail_infos": [detail]}
    whose = {"sub_merchant": {"merchant_id": SUB_MERCHANT_ID}, "settle_info": kept}
    await asyncio.to_thread(client.api_alipay_trade_precreate, "茶", "trade-1", "98.00", **whose)
    number = direct.pay("trade-1").trade_no
    confirmed = {
        "out_request_no": "confirm-1",
        "trade_no": number,
        "settle_info": {"settle_detail_infos": [detail]},
        "extend_params": {"royalty_freeze": "true"},
    }
    # It has no call for that; it signs and verifies it all the same.
    body = client.build_body("alipay.trade.settle.confirm", confirmed)
    said = await asyncio.to_thread(client.verified_sync_response, body, "alipay_trade_settle_confirm_response")
    assert (said["code"], said["settle_amount"]) == ("10000", "98.00")
    part = {"royalty_type": "transfer", "trans_in": SELLER_ID, "trans_in_type": "userId", "amount": "4.90"}
    ended = {"extend_params": {"royalty_finish": "true"}}
    said = await asyncio.to_thread(client.api_alipay_trade_order_settle, "share-1", number, [part], **ended)
    assert said["code"] == "10000"
    assert direct.available[SUB_MERCHANT_ID] == Decimal("93.10")


async def test_what_went_to_our_bank_is_told_of_by_one_of_the_channels_of_an_account(
    direct: FakeDirect, alipay: FakeAlipay, channel: AlipayDirectChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2026, 11, 24)
    row = "L1,B1,,,2026-11-24 09:00:00,,,-88.00,1000.00,支付宝,提现,"
    direct.write_bill(day.isoformat())
    for fake in (direct, alipay):
        fake.write_ledger_bill(day.isoformat(), row)

    async def told(*others: Channel, is_open: bool = True) -> list[tuple[str, str, int]]:
        registry = Registry()
        for other in others:
            registry.register(other, is_open=is_open)
        monkeypatch.setattr("weiji.payments.channels.alipay_direct.REGISTRY", registry)
        found = await channel.read_statement(day)
        assert found is not None
        return [(one.kind, one.reference, one.amount) for one in found]

    untold = [("settlement", "L1", 8_800)]
    settings = alipay_settings(payouts="no")
    del settings["seller_id"]
    async with aclosing(AlipayChannel(settings, place_of(alipay.url, "alipay"))) as other:
        assert await told() == untold
        registry = Registry()
        registry.register(channel)
        assert not registry.lacks_payouts, "what it keeps is never with the platform"
        registry.register(other, is_open=False)
        assert registry.lacks_payouts, "what it took before is"
        # Another app of the same account: its bill has the same rows.
        assert await told(other) == []
        alipay.forbidden.add("signcustomer")
        assert await told(other) == untold, "it may not have that bill, and tells of nothing"
        alipay.forbidden.clear()
        alipay.write_ledger_bill(day.isoformat(), row.replace("L1", "L2"))
        assert await told(other) == untold, "it is another account"
        # One that was switched off may answer no more.
        alipay.faults["alipay.data.dataservice.bill.downloadurl.query"] = ["forged"]
        assert await told(other, is_open=False) == untold


async def test_a_day_without_a_bill_of_trades_is_what_else_happened_and_one_without_the_accounts_waits(
    direct: FakeDirect, channel: AlipayDirectChannel
) -> None:
    day, today = date(2026, 11, 24), clock.now().astimezone(SHANGHAI).date()
    assert await channel.read_statement(day) is None
    direct.write_ledger_bill(day.isoformat(), "L1,B1,,,2026-11-24 09:00:00,,,-88.00,1000.00,支付宝,提现,")
    with pytest.raises(TradesMissing) as missing:
        await channel.read_statement(day)
    assert [(one.kind, one.reference) for one in missing.value.besides] == [("settlement", "L1")]
    for one in (day, today):
        direct.write_bill(one.isoformat())
    assert await channel.read_statement(day) == missing.value.besides
    assert await channel.read_statement(today) is None, "that of the account may be to come"
