"""Proves of WeChat Pay for platforms that what is paid stays frozen at its shop's sub-merchant until its order is
settled, that the shop then gets exactly what our books say, and that money which can't be let go is seen, and waits.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

from tests.channels.ecommerce_gateway import SUB_MCH_ID, FakeEcommerce
from tests.channels.examples import payment_of, place_of, refund_of, wechat_settings
from tests.channels.keys import private_pem, public_pem
from tests.channels.wechat_gateway import API_V3_KEY, APP_ID, MCH_ID, MERCHANT, PLATFORM, PUBLIC_KEY_ID, SERIAL
from tests.orders.market import Market, open_market
from weiji import payments
from weiji.chargebacks.model import ChargebackStatus, EndChargeback, TakeChargeback, case_id_of
from weiji.chargebacks.operations import end_chargebacks, take_chargebacks
from weiji.chargebacks.store import get_cases
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move, verify
from weiji.orders import State
from weiji.orders.casework import Casework, GiveBack
from weiji.orders.desk import get_money
from weiji.payments import (
    REGISTRY,
    BindSubMerchant,
    BindSubMerchantStatus,
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    Notice,
    NoticeKind,
    PayoutSource,
    PayRefundByHand,
    Purpose,
    RefundStatus,
    RequestPayout,
    RequestPayoutStatus,
    RequestUnfreezing,
    RetryUnfreezing,
    RetryUnfreezingStatus,
    bind_sub_merchants,
    get_claims,
    operations,
    request_unfreezings,
    retry_unfreezings,
)
from weiji.payments import calls as payments_calls
from weiji.payments.calls import confirm_notices
from weiji.payments.channels import Answer, Payer, sandbox
from weiji.payments.channels.wechat_ecommerce import NAME, WechatEcommerceChannel
from weiji.payments.freezing.model import Unfreezing, UnfreezingStatus
from weiji.payments.freezing.rules import decide
from weiji.payments.freezing.store import get_left
from weiji.payments.model import Payment, PayRefundByHandStatus, Question
from weiji.settlement.freezing.store import list_unfreezings, list_unfrozen

SILENT = Answer(is_silent=True)
PRICE = 9_800
KEPT = 59
"""What the fake keeps of it."""


@pytest.fixture
async def channel(ecommerce: FakeEcommerce) -> AsyncIterator[WechatEcommerceChannel]:
    """Our channel to the fake."""
    async with aclosing(WechatEcommerceChannel(wechat_settings(), place_of(ecommerce.url, NAME))) as made:
        yield made


async def _paid(fake: FakeEcommerce, channel: WechatEcommerceChannel) -> Payment:
    payment = payment_of(NAME, PRICE)
    await channel.start([payment], Payer())
    fake.pay(payment.id.hex)
    return payment


async def _decided(channel: WechatEcommerceChannel, payment: Payment, amount: int) -> Unfreezing:
    """What is to be let go, of what the channel says that it holds."""
    unfreezing = Unfreezing(
        id=payment.subject_id,
        shop_id=payment.payee_id,
        payment_id=payment.id,
        channel=NAME,
        amount=amount,
        frozen=payment.amount,
        status=UnfreezingStatus.SUBMITTED,
        created_at=clock.now(),
        sub_merchant=payment.sub_merchant,
    )
    (answer,) = await channel.measure([unfreezing])
    assert answer.held is not None
    decide(unfreezing, answer.held)
    return unfreezing


@pytest.mark.parametrize("amount", [9_300, PRICE - KEPT, 10_000], ids=["share", "all of it", "with a coupon"])
async def test_the_shop_gets_exactly_its_part_however_often_it_is_asked(
    ecommerce: FakeEcommerce, channel: WechatEcommerceChannel, amount: int
) -> None:
    unfreezing = await _decided(channel, await _paid(ecommerce, channel), amount)
    answers = [(await channel.unfreeze([unfreezing]))[0] for _ in range(3)]
    (notice,) = answers[0].notices
    assert (notice.kind, notice.subject_id, notice.amount) == (
        NoticeKind.UNFREEZING_SUCCEEDED,
        unfreezing.id,
        amount,
    )
    assert {one.notices[0].event_id for one in answers} == {notice.event_id}
    assert ecommerce.available[SUB_MCH_ID] == amount
    # The gateway's fee is the platform's.
    assert ecommerce.platform == PRICE - KEPT - amount


async def test_keys_that_it_does_not_take_are_named_since_no_waiting_mends_them(
    ecommerce: FakeEcommerce, channel: WechatEcommerceChannel
) -> None:
    unfreezing = await _decided(channel, await _paid(ecommerce, channel), 9_300)
    settings, place = wechat_settings(private_key=private_pem("somebody")), place_of(ecommerce.url, NAME)
    async with aclosing(WechatEcommerceChannel(settings, place)) as stranger:
        named = [Answer(is_silent=True, reason="SIGN_ERROR 签名错误")]
        assert await stranger.unfreeze([unfreezing]) == await stranger.measure([unfreezing]) == named


@pytest.mark.parametrize("fault", ["cut after", "500 after"])
@pytest.mark.parametrize("step", ["orders", "finish-order", "ecommerce"])
async def test_an_answer_that_is_lost_at_any_step_is_found_when_it_is_asked_again(
    ecommerce: FakeEcommerce, channel: WechatEcommerceChannel, step: str, fault: str
) -> None:
    unfreezing = await _decided(channel, await _paid(ecommerce, channel), 9_300)
    ecommerce.receivers.add(MCH_ID)
    ecommerce.faults[step] = [fault]
    assert await channel.unfreeze([unfreezing]) == [SILENT]
    (answer,) = await channel.unfreeze([unfreezing])
    assert [one.amount for one in answer.notices] == [9_300]
    assert (ecommerce.available[SUB_MCH_ID], ecommerce.platform) == (9_300, PRICE - KEPT - 9_300)


async def test_what_it_does_not_let_go_is_told_with_its_words_and_nothing_of_it_is_the_shops(
    ecommerce: FakeEcommerce, channel: WechatEcommerceChannel
) -> None:
    greedy = await _decided(channel, await _paid(ecommerce, channel), 5_000)
    (answer,) = await channel.unfreeze([greedy])
    assert (answer.notices, answer.reason) == ((), "RULE_LIMIT 分账金额超过最大分账比例")
    unfreezing = await _decided(channel, await _paid(ecommerce, channel), 9_300)
    ecommerce.share_result = "PENDING"
    assert await channel.unfreeze([unfreezing]) == [Answer()]
    (frozen,) = [one for one in ecommerce.frozen.values() if one.splits]
    next(iter(frozen.splits.values()))["receivers"][0] |= {"result": "CLOSED", "fail_reason": "ACCOUNT_ABNORMAL"}
    (answer,) = await channel.unfreeze([unfreezing])
    assert (answer.notices, answer.reason) == ((), "ACCOUNT_ABNORMAL")
    assert ecommerce.available[SUB_MCH_ID] == 0
    assert not any(one.is_finished for one in ecommerce.frozen.values())


async def test_a_refund_is_told_of_by_its_notice_as_when_asked(
    ecommerce: FakeEcommerce, channel: WechatEcommerceChannel
) -> None:
    payment = await _paid(ecommerce, channel)
    refund = refund_of(payment, 3_000)
    (asked,) = (await channel.refund([refund]))[0].notices
    (told,) = await channel.read_notice(*ecommerce.refund_notice(refund.id.hex, "r1"))
    assert (told.kind, told.subject_id, told.amount, told.reference) == (
        asked.kind,
        asked.subject_id,
        asked.amount,
        asked.reference,
    )
    stranger = payment_of(NAME)
    stranger.sub_merchant = ""
    assert await channel.start([stranger], Payer()) == [SILENT]
    assert len(ecommerce.orders) == 1


async def test_the_published_client_takes_the_fake_for_the_real_one(ecommerce: FakeEcommerce) -> None:
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCH_ID,
        private_key=private_pem(MERCHANT),
        cert_serial_no=SERIAL,
        apiv3_key=API_V3_KEY,
        appid=APP_ID,
        notify_url="https://weiji.test/n",
        public_key=public_pem(PLATFORM),
        public_key_id=PUBLIC_KEY_ID,
        partner_mode=True,
    )
    client._core._gate_way = ecommerce.url

    async def call(does: Any, *args: Any, **values: Any) -> tuple[int, Any]:
        status, text = await asyncio.to_thread(does, *args, **values)
        return status, json.loads(text) if text else None

    who = {"sub_mchid": SUB_MCH_ID}
    order = {"out_trade_no": "order-1", "description": "茶", "amount": {"total": PRICE}}
    status, _ = await call(client.pay, **order, **who, settle_info={"profit_sharing": True})
    assert status == 200
    number = ecommerce.pay("order-1").transaction_id
    assert (await call(client.query, out_trade_no="order-1", **who))[1]["sub_mchid"] == SUB_MCH_ID
    # It has no calls for platforms; it signs them all the same.
    at = "/v3/ecommerce/profitsharing"
    _, amounts = await call(client._core.request, f"{at}/orders/{number}/amounts")
    assert amounts["unsplit_amount"] == PRICE - KEPT
    done = {**who, "transaction_id": number, "out_order_no": "finish-1", "description": "完结"}
    status, _ = await call(client._core.request, f"{at}/finish-order", method=RequestType.POST, data=done)
    assert (status, ecommerce.available[SUB_MCH_ID]) == (200, PRICE - KEPT)


class Trade:
    """A market whose shop is bound to a sub-merchant, and a gateway whose clock goes with ours."""

    def __init__(self, market: Market, fake: FakeEcommerce) -> None:
        self.market = market
        self.fake = fake
        self.jobs = [job for job in payments.jobs(market.batchers.lanes) if "sandbox" not in job.name]

    async def bind(self, number: str = SUB_MCH_ID) -> BindSubMerchantStatus:
        """Bind the shop."""
        command = BindSubMerchant(shop_id=self.market.shop_id, channel=NAME, number=number, actor=BY_SYSTEM)
        return await self.market.batchers.of(bind_sub_merchants, "shop_id").submit(command)

    async def create(self, buyer: UUID, order_id: UUID, **others: Any) -> tuple[UUID, CreatePaymentStatus]:
        """Ask for the money of an order."""
        order = await self.market.order(order_id)
        values: dict[str, Any] = {
            "id": new_id(buyer),
            "payer_id": buyer,
            "subject_id": order_id,
            "payee_id": self.market.shop_id,
            "amount": order.total,
            "channel": NAME,
            "actor": Actor("buyer", buyer),
        }
        command = CreatePayment(**{**values, **others})
        return command.id, await self.market.batchers.of(payments.create_payments).submit(command)

    async def buy(self, buyer: UUID) -> tuple[UUID, UUID]:
        """Place an order, pay it at the gateway, and let it be received."""
        order_id, _ = await self.market.place(buyer)
        payment_id, status = await self.create(buyer, order_id)
        assert status is CreatePaymentStatus.CREATED
        await payments.start_payments(self.market.database, self.market.batchers.lanes, [payment_id])
        self.fake.pay(payment_id.hex)
        await self.work()
        assert await self.market.ship(order_id) == "done"
        assert await self.market.confirm(buyer, order_id) == "done"
        return order_id, payment_id

    async def work(self) -> None:
        """Turn the clock by some seconds, and do all that is due."""
        await self.market.turn(timedelta(seconds=61))
        for job in self.jobs:
            await job.work(self.market.database, 500)
        await self.market.settle_events()

    async def give_back(self, order_id: UUID, amount: int) -> None:
        """Have the shop give money of an order back."""
        async with self.market.database.transaction() as tx:
            work = await Casework.lock(tx, [order_id])
            order = work.orders[order_id]
            back = GiveBack(
                order=order, line=order.lines[0], refund_id=new_id(order_id), amount=amount, actor=BY_SYSTEM, reason=""
            )
            work.give_back(back)
            await work.write(tx)

    async def books(self) -> dict[str, int]:
        """Say what the channel holds for us, what is on its way to shops, and what the shop has here."""
        shop_id = self.market.shop_id
        wanted = {
            "way": chart.payout_clearing(shard_of(shop_id), NAME).id,
            "available": chart.merchant_available(shop_id).id,
        }
        held = [chart.channel_receivable(shard, NAME).id for shard in range(64)]
        async with self.market.database.read() as reader:
            found = {one.id: one for one in await lookup_accounts(reader, [*wanted.values(), *held])}
        total = sum(found[id].debits_posted - found[id].credits_posted for id in held if id in found)
        return {
            "held": total,
            **{
                name: found[id].credits_posted - found[id].debits_posted if id in found else 0
                for name, id in wanted.items()
            },
        }


@pytest.fixture
async def trade(database: Database, lanes: Lanes, ecommerce: FakeEcommerce) -> AsyncIterator[Trade]:
    """A trade, and books that are right in the end."""
    channel = WechatEcommerceChannel(wechat_settings(), place_of(ecommerce.url, NAME))
    async with open_market(database, lanes) as market, aclosing(channel):
        REGISTRY.register(channel)
        yield Trade(market, ecommerce)
        REGISTRY.remove(NAME)
        assert (await verify(database)).defects == []


DAY = timedelta(days=1)


async def test_a_shop_is_paid_by_it_once_it_is_bound_and_then_for_orders_alone(trade: Trade) -> None:
    buyer = new_id()
    order_id, _ = await trade.market.place(buyer)
    assert (await trade.create(buyer, order_id))[1] is CreatePaymentStatus.CHANNEL_NOT_FOUND
    assert await trade.bind("12") is BindSubMerchantStatus.NUMBER_INVALID
    assert await trade.bind() is BindSubMerchantStatus.BOUND
    assert await trade.bind(f"{SUB_MCH_ID[:5]} {SUB_MCH_ID[5:]}") is BindSubMerchantStatus.EXISTS
    others = [
        BindSubMerchant(shop_id=trade.market.shop_id, channel="alipay", number=SUB_MCH_ID, actor=BY_SYSTEM),
        BindSubMerchant(shop_id=UUID(int=0), channel=NAME, number=SUB_MCH_ID, actor=BY_SYSTEM),
    ]
    statuses = await trade.market.batchers.of(bind_sub_merchants, "shop_id").submit_all(others)
    assert statuses == [BindSubMerchantStatus.CHANNEL_NOT_FOUND, BindSubMerchantStatus.SHOP_NOT_FOUND]
    top_up = {"subject_id": buyer, "payee_id": buyer, "purpose": Purpose.TOP_UP}
    assert (await trade.create(buyer, order_id, **top_up))[1] is CreatePaymentStatus.CHANNEL_NOT_FOUND
    payment_id, status = await trade.create(buyer, order_id)
    assert status is CreatePaymentStatus.CREATED
    assert (await trade.create(buyer, order_id, id=payment_id))[1] is CreatePaymentStatus.EXISTS
    # It is bound to another one since: what was begun stays where it is.
    assert await trade.bind("1900000110") is BindSubMerchantStatus.BOUND
    await payments.start_payments(trade.market.database, trade.market.batchers.lanes, [payment_id])
    assert trade.fake.frozen[payment_id.hex].sub_mchid == SUB_MCH_ID


async def test_a_notice_of_a_large_sum_is_confirmed_at_the_sub_merchant_that_has_it(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weiji.payments.calls.CONFIRM_FROM", PRICE)
    await trade.bind()
    buyer = new_id()
    order_id, _ = await trade.market.place(buyer)
    payment_id, _ = await trade.create(buyer, order_id)
    await payments.start_payments(trade.market.database, trade.market.batchers.lanes, [payment_id])
    told = Notice(
        channel=NAME,
        event_id="notify:1",
        kind=NoticeKind.CHARGE_SUCCEEDED,
        subject_id=payment_id,
        reference=trade.fake.pay(payment_id.hex).transaction_id,
        amount=PRICE,
        occurred_at=clock.now(),
        raw=b"{}",
    )
    assert await confirm_notices(trade.market.database, REGISTRY.get(NAME), [told])


async def test_a_settled_order_is_let_go_once_and_a_later_refund_comes_from_the_shops_own_account(trade: Trade) -> None:
    await trade.bind()
    order_id, payment_id = await trade.buy(new_id())
    assert await trade.books() == {"held": PRICE, "way": 0, "available": 0}
    assert trade.fake.available[SUB_MCH_ID] == 0
    trade.fake.faults["finish-order"] = ["cut"]
    await trade.market.turn(DAY)
    assert (await trade.market.order(order_id)).state is State.COMPLETED
    async with trade.market.database.read() as reader:
        told = await reader.connection.fetch("select type from events.events where subject_id = $1", order_id)
        assert {"OrderSettled", "UnfreezingRequested"} <= {row["type"] for row in told}
    # Nobody can withdraw it here, whatever the channel does.
    assert await trade.books() == {"held": PRICE, "way": PRICE, "available": 0}
    await trade.work()
    database, batchers = trade.market.database, trade.market.batchers
    async with database.read() as reader:
        (waiting,) = await list_unfreezings(reader, None, 10)
        assert (await get_money(reader, trade.market.shop_id, clock.now())).unfreezing == PRICE
    assert (waiting.id, waiting.amount, waiting.status) == (order_id, PRICE, UnfreezingStatus.SUBMITTED)
    retry = RetryUnfreezing(id=order_id, actor=BY_SYSTEM)
    assert await batchers.of(retry_unfreezings, "id").submit(retry) is RetryUnfreezingStatus.RETRIED
    (job,) = (one for one in trade.jobs if one.name == "payments.unfreeze")
    await asyncio.gather(*(job.work(database, 500) for _ in range(3)))
    assert await batchers.of(retry_unfreezings, "id").submit(retry) is RetryUnfreezingStatus.EXISTS
    other = RetryUnfreezing(id=new_id(order_id), actor=BY_SYSTEM)
    assert await batchers.of(retry_unfreezings, "id").submit(other) is RetryUnfreezingStatus.UNFREEZING_NOT_FOUND
    assert await trade.books() == {"held": 0, "way": 0, "available": 0}
    assert (trade.fake.available[SUB_MCH_ID], trade.fake.platform) == (PRICE, -KEPT)
    async with database.read() as reader:
        assert await list_unfreezings(reader, None, 10) == []
        assert (await get_money(reader, trade.market.shop_id, clock.now())).unfreezing == 0
        assert [one.id for one in await list_unfrozen(reader, None, 10)] == [order_id]
    await trade.give_back(order_id, 3_000)
    await trade.work()
    # What it gave back here it has again: the channel took it from its account there.
    assert await trade.books() == {"held": 0, "way": 0, "available": 3_000}
    assert len(trade.fake.orders[payment_id.hex].refunds) == 1
    assert trade.fake.available[SUB_MCH_ID] == PRICE - 3_000 + round(3_000 * 6 / 1_000)


async def test_what_goes_back_to_the_payer_goes_first(trade: Trade) -> None:
    await trade.bind()
    order_id, payment_id = await trade.buy(new_id())
    trade.fake.refund_status = "PROCESSING"
    await trade.give_back(order_id, 3_000)
    await trade.market.turn(DAY)
    await trade.work()
    assert trade.fake.available[SUB_MCH_ID] == 0
    (refund,) = trade.fake.orders[payment_id.hex].refunds.values()
    refund["status"] = "SUCCESS"
    for _ in range(3):
        await trade.work()
    assert trade.fake.available[SUB_MCH_ID] == PRICE - 3_000
    assert await trade.books() == {"held": 0, "way": 0, "available": 0}


async def test_a_refund_that_is_ordered_and_not_heard_of_yet_goes_first(trade: Trade) -> None:
    await trade.bind()
    order_id, _ = await trade.buy(new_id())
    await trade.give_back(order_id, 2_000)
    # The order is settled before its refund is delivered.
    clock.CLOCK.follow(clock.CLOCK.offset + DAY)
    while await trade.market.reactions.meet_deadlines(trade.market.database, 500):
        pass
    (job,) = (one for one in trade.jobs if one.name == "payments.unfreeze")
    await job.work(trade.market.database, 500)
    assert trade.fake.available[SUB_MCH_ID] == 0
    for _ in range(3):
        await trade.work()
    assert trade.fake.available[SUB_MCH_ID] == PRICE - 2_000
    assert await trade.books() == {"held": 0, "way": 0, "available": 0}


async def test_what_it_refused_to_give_back_is_the_platforms_whose_wallet_gave_it(trade: Trade) -> None:
    await trade.bind()
    order_id, payment_id = await trade.buy(new_id())
    trade.fake.refund_status = "CLOSED"
    await trade.give_back(order_id, 2_000)
    await trade.work()
    await trade.market.turn(DAY)
    await trade.work()
    async with trade.market.database.read() as reader:
        assert await get_left(reader, [payment_id]) == {payment_id: PRICE}
    assert (trade.fake.available[SUB_MCH_ID], trade.fake.platform) == (PRICE - 2_000, 2_000 - KEPT)
    assert await trade.books() == {"held": 2_000, "way": 0, "available": 0}


@pytest.mark.parametrize("amount", [3_000, PRICE], ids=["a part", "all of it"])
async def test_what_goes_back_between_settling_and_letting_go_is_not_given_to_the_shop_there(
    trade: Trade, amount: int
) -> None:
    await trade.bind()
    order_id, payment_id = await trade.buy(new_id())
    await trade.market.turn(DAY)
    assert await trade.books() == {"held": PRICE, "way": PRICE, "available": 0}
    await trade.give_back(order_id, amount)
    for _ in range(4):
        await trade.work()
    assert len(trade.fake.orders[payment_id.hex].refunds) == 1
    # The payer has it out of what was frozen, so the shop is not given it, and the platform adds none of it.
    assert trade.fake.available[SUB_MCH_ID] == PRICE - amount
    assert trade.fake.platform > -KEPT
    assert await trade.books() == {"held": 0, "way": 0, "available": amount}


async def test_money_that_is_held_here_is_not_let_go_there_until_it_is_free(trade: Trade) -> None:
    shop_id = trade.market.shop_id
    command = RequestUnfreezing(
        order_id=new_id(shop_id),
        shop_id=shop_id,
        payment_id=new_id(),
        channel=NAME,
        amount=PRICE,
        frozen=PRICE,
        actor=BY_SYSTEM,
    )
    database = trade.market.database
    async with database.transaction() as tx:
        await request_unfreezings(tx, [command])
    await trade.work()
    async with database.read() as reader:
        (held,) = await list_unfreezings(reader, None, 10)
    assert held.status is UnfreezingStatus.WAITING
    async with database.transaction() as tx:
        source, target = chart.transit(shard_of(shop_id)), chart.merchant_available(shop_id)
        await create_transfers(
            tx, [move(shop_id, new_id(shop_id), source, target, PRICE, Kind.SHARE)], [source, target]
        )
    # It is free, and its channel is to give it to the shop: withdrawn here, the shop would have it twice.
    account_id = new_id(shop_id)
    opened = CreatePayoutAccount(
        id=account_id, owner_id=shop_id, bank="Bank", holder="Shop", number="6222020200112233445", actor=BY_SYSTEM
    )
    await trade.market.batchers.of(payments.create_payout_accounts).submit(opened)
    ask = RequestPayout(
        id=new_id(shop_id),
        owner_id=shop_id,
        source=PayoutSource.MERCHANT_AVAILABLE,
        account_id=account_id,
        amount=1,
        fee=0,
        channel=sandbox.NAME,
        actor=BY_SYSTEM,
    )
    asked = [replace(ask, id=new_id(shop_id)), ask]
    statuses = await trade.market.batchers.of(payments.request_payouts).submit_all(asked)
    assert statuses == [RequestPayoutStatus.INSUFFICIENT_FUNDS] * 2
    async with database.read() as reader:
        (going,) = await list_unfreezings(reader, None, 10)
    assert going.status is UnfreezingStatus.SUBMITTED
    assert (await trade.books())["available"] == 0
    # Of another that waits for more than there is, nothing goes elsewhere meanwhile.
    async with database.transaction() as tx:
        await request_unfreezings(tx, [replace(command, order_id=new_id(shop_id))])
        await create_transfers(tx, [move(shop_id, new_id(shop_id), source, target, 9, Kind.SHARE)], [source, target])
    ask = replace(ask, id=new_id(shop_id))
    assert (
        await trade.market.batchers.of(payments.request_payouts).submit(ask) is RequestPayoutStatus.INSUFFICIENT_FUNDS
    )
    async with database.read() as reader:
        assert await get_claims(reader, [shop_id]) == {shop_id: PRICE}


async def test_a_refund_that_its_account_cannot_cover_is_asked_again_or_paid_by_another_route(
    trade: Trade,
) -> None:
    await trade.bind()
    orders = [await trade.buy(new_id()) for _ in range(2)]
    await trade.market.turn(DAY)
    await trade.work()
    trade.fake.available[SUB_MCH_ID] = 0
    for order_id, _ in orders:
        await trade.give_back(order_id, 3_000)
    await trade.work()
    database, batchers = trade.market.database, trade.market.batchers
    async with database.read() as reader:
        first, second = await payments.list_abnormal_refunds(reader)
    assert {first.status, second.status} == {RefundStatus.UNCOVERED}
    pay = PayRefundByHand(id=first.id, amount=3_000, way="bank", actor=BY_SYSTEM)
    assert await batchers.of(payments.pay_refunds_by_hand, "id").submit(pay) is PayRefundByHandStatus.PAID
    # Nobody gives the other up, however long it takes.
    for _ in range(60):
        await trade.market.turn(timedelta(hours=1))
        await payments_calls.query_refunds(database, batchers.lanes, 10)
    assert len(trade.fake.orders[second.payment_id.hex].refunds) == 0
    # Nor does it end that the channel is silent for once.
    async with database.transaction() as tx:
        await operations.submit_refunds(tx, [second.id])
        await operations.record_refund_questions(tx, [Question(id=second.id, is_silent=True)])
    trade.fake.available[SUB_MCH_ID] = 9_000
    await trade.market.turn(DAY)
    await trade.work()
    async with database.read() as reader:
        assert await payments.list_abnormal_refunds(reader) == []
        ended = await payments.get_refunds(reader, [first.payment_id, second.payment_id])
    assert {one.id: one.status for one in ended} == {
        first.id: RefundStatus.BY_HAND,
        second.id: RefundStatus.SUCCEEDED,
    }
    assert sum(len(order.refunds) for order in trade.fake.orders.values()) == 1
    # The shop has again only what its channel took from it there.
    assert (await trade.books())["available"] == 3_000


async def test_a_chargeback_after_release_runs_down_the_waterfall_here_and_leaves_the_shops_account_there(
    trade: Trade,
) -> None:
    await trade.bind()
    order_id, payment_id = await trade.buy(new_id())
    await trade.market.turn(DAY)
    await trade.work()
    assert trade.fake.available[SUB_MCH_ID] == PRICE
    shop_id, database = trade.market.shop_id, trade.market.database
    async with database.transaction() as tx:
        source = chart.transit(shard_of(shop_id))
        for target, amount in ((chart.merchant_available(shop_id), 700), (chart.merchant_deposit(shop_id), 300)):
            its = move(shop_id, new_id(shop_id), source, target, amount, Kind.SHARE)
            await create_transfers(tx, [its], [source, target])
    take = TakeChargeback(
        near=order_id,
        payment_id=payment_id,
        order_id=order_id,
        shop_id=shop_id,
        channel=NAME,
        reference="CB1",
        amount=5_000,
        fee=0,
        reason="",
        respond_by=None,
        received_at=clock.now(),
        actor=BY_SYSTEM,
    )
    assert await trade.market.batchers.of(take_chargebacks, "near").submit(take) is ChargebackStatus.DONE
    case_id = case_id_of(order_id, NAME, "CB1")
    async with database.read() as reader:
        case = (await get_cases(reader, [case_id]))[case_id]
    # It is the platform that the channel asks, so what it holds for us is less than nothing.
    assert (case.of_available, case.of_deposit, (await trade.books())["held"]) == (700, 300, -5_000)
    end = EndChargeback(near=order_id, channel=NAME, reference="CB1", is_won=False, actor=BY_CHANNEL)
    assert await trade.market.batchers.of(end_chargebacks, "near").submit(end) is ChargebackStatus.DONE
    async with database.read() as reader:
        (owed,) = await lookup_accounts(reader, [chart.merchant_owed(shop_id).id])
    assert owed.debits_posted - owed.credits_posted == 4_000
    assert ((await trade.books())["available"], trade.fake.available[SUB_MCH_ID]) == (0, PRICE)
    await trade.market.settle_events()
