"""Proves of the whole way, from the operator's page to the order: a channel is opened, an order is paid by it whatever
becomes of the notices, and money goes back; and that nobody can pay by lying."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import httpx
import pytest

from tests.channels.alipay_gateway import FakeAlipay
from tests.channels.examples import BASE, alipay_settings
from tests.channels.keys import private_pem
from tests.orders.market import ADDRESS
from tests.pages.site import PRICES, PROOF, Browser, Site, open_site
from weiji.events import Actor
from weiji.events.payments import PaymentPart
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.orders import (
    CloseOrder,
    OrderItem,
    PlaceOrder,
    RefundOrder,
    close_orders,
    get_order,
    place_orders,
    refund_orders,
)
from weiji.payments import (
    REGISTRY,
    CreatePayment,
    PaymentStatus,
    create_payments,
    get_payments,
    get_refunds,
    start_payments,
)
from weiji.payments.calls import query_payments, query_refunds
from weiji.payments.opening.model import channel_id

NOTICES = "/channels/alipay/notices"
TELEPHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


class Town:
    """A site where Alipay is open, with a buyer."""

    def __init__(self, site: Site, fake: FakeAlipay, buyer: Browser, boss: Browser, buyer_id: UUID) -> None:
        self.site = site
        self.fake = fake
        self.buyer = buyer
        self.boss = boss
        self.buyer_id = buyer_id

    async def open(self, **others: str) -> None:
        """Open Alipay, by the operator's form."""
        await self.boss.visit("/operator/channels/alipay")
        fields = {**alipay_settings(desktop="code"), "gateway": self.fake.url, "is_open": "1", **PROOF, **others}
        await self.boss.send("/operator/channels/alipay", **fields)
        assert self.boss.status == 200, self.boss.text

    async def order(self, quantity: int = 1) -> UUID:
        """Have the buyer place an order."""
        order_id = new_id(self.site.shop_id)
        place = PlaceOrder(
            id=order_id,
            shop_id=self.site.shop_id,
            buyer_id=self.buyer_id,
            buyer_name="阿青",
            items=(OrderItem(self.site.skus[0], quantity, PRICES[0]),),
            address=ADDRESS,
            actor=Actor("buyer", self.buyer_id),
        )
        results = await self.site.program.batchers.of(place_orders).submit(place)
        assert results.status == "placed", results
        return order_id

    async def begin(self, order_id: UUID) -> UUID:
        """Have the buyer choose Alipay; give the payment that waits."""
        await self.buyer.visit(f"/orders/{order_id}/payment")
        action = f"/orders/{order_id}/payment"
        assert "支付宝" in self.buyer.text
        found = re.search(r'name="id" value="([0-9a-f-]+)"', self.buyer.page)
        assert found
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.buyer.page)
        assert token
        amount = re.search(r'name="amount" value="(\d+)"', self.buyer.page)
        assert amount
        data = {"csrf_token": token[1], "id": found[1], "amount": amount[1], "channel": "alipay"}
        answer = await self.buyer.client.post(action, data=data, follow_redirects=True)
        self.buyer._take(answer)
        assert self.buyer.path == f"/cashier/{found[1]}", self.buyer.text
        return UUID(found[1])

    async def begin_together(self, *order_ids: UUID) -> UUID:
        """Have the buyer choose Alipay for several orders at once."""
        payment_id = new_id(self.buyer_id)
        parts = [PaymentPart(order_id=id, shop_id=self.site.shop_id, amount=PRICES[0]) for id in order_ids]
        asked = CreatePayment(
            id=payment_id,
            payer_id=self.buyer_id,
            subject_id=payment_id,
            payee_id=self.buyer_id,
            amount=PRICES[0] * len(parts),
            channel="alipay",
            parts=tuple(parts),
            actor=Actor("buyer", self.buyer_id),
        )
        program = self.site.program
        assert await program.batchers.of(create_payments).submit(asked) == "created"
        await start_payments(program.database, program.lanes, [payment_id])
        return payment_id

    async def tell(self, body: bytes) -> httpx.Response:
        """Send a notice, as Alipay does: without cookies."""
        async with self.site.browser() as stranger:
            headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
            return await stranger.client.post(NOTICES, content=body, headers=headers)

    async def state(self, order_id: UUID) -> str:
        """Tell how an order stands, after everything that was said was heard."""
        await self.site.settle()
        async with self.site.program.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order
        return order.state.value

    async def payment(self, payment_id: UUID) -> Any:
        """Read a payment."""
        async with self.site.program.database.read() as reader:
            (payment,) = await get_payments(reader, [payment_id])
        return payment

    async def later(self, **delta: float) -> None:
        """Turn the clock, and run the jobs that ask channels."""
        CLOCK.follow(CLOCK.offset + timedelta(**delta))
        for job in (query_payments, query_refunds):
            await job(self.site.program.database, self.site.program.lanes, 100)
        await self.site.settle()


@asynccontextmanager
async def _town(database_url: str, data: Path, fake: FakeAlipay, **headers: str) -> AsyncIterator[Town]:
    async with open_site(database_url, data, channel_gateways=fake.url, url=BASE) as site:
        buyer_id = await site.person("buyer")
        boss_id = await site.person("boss", "文山")
        role = GrantRole(person_id=boss_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
        async with site.browser("buyer", **headers) as buyer, site.browser("boss") as boss:
            await site.let_pay(boss_id)
            town = Town(site, fake, buyer, boss, buyer_id)
            await town.open()
            yield town


@pytest.fixture
async def town(database_url: str, tmp_path: Path, alipay: FakeAlipay) -> AsyncIterator[Town]:
    """A site where Alipay is open."""
    before = CLOCK.offset
    async with _town(database_url, tmp_path, alipay) as opened:
        yield opened
    CLOCK.follow(before)


async def test_an_order_is_paid_by_a_code_and_its_money_goes_back(town: Town) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    assert "<svg" in town.buyer.page
    assert town.buyer.statements <= 3
    assert await town.state(order_id) == "created"
    town.fake.pay(payment_id.hex)
    answer = await town.tell(town.fake.notice_of(payment_id.hex))
    assert (answer.status_code, answer.content) == (200, b"success")
    assert await town.state(order_id) == "paid"
    await town.buyer.visit(f"/cashier/{payment_id}")
    assert town.buyer.path == f"/orders/{order_id}/payment/result"
    assert "付款成功" in town.buyer.text
    await town.buyer.visit(f"/orders/{order_id}")
    assert "支付宝" in town.buyer.text
    refund = RefundOrder(order_id=order_id, shop_id=town.site.shop_id, actor=Actor("merchant", town.site.seller_id))
    await town.site.program.batchers.of(refund_orders, "order_id").submit(refund)
    assert await town.state(order_id) == "refunded"
    assert list(town.fake.trades[payment_id.hex].refunds.values()) == [98]
    # How it stands is asked until it is known; the buyer has it by the same way as it came.
    await town.later(seconds=6)
    async with town.site.program.database.read() as reader:
        (given,) = await get_refunds(reader, [payment_id])
    assert (given.status, given.to) == ("succeeded", "channel")


async def test_a_telephone_is_led_to_the_page_and_comes_back_to_wait(
    database_url: str, tmp_path: Path, alipay: FakeAlipay
) -> None:
    async with _town(database_url, tmp_path, alipay, **{"user-agent": TELEPHONE}) as town:
        order_id = await town.order()
        payment_id = await town.begin(order_id)
        (url,) = [link for link in town.buyer.links if link.startswith(f"{alipay.url}/gateway.do?")]
        async with httpx.AsyncClient() as client:
            assert (await client.get(url)).text == "<html>the cashier</html>"
        assert "method=alipay.trade.wap.pay&" in url
        # Whatever the address says on the way back is not believed.
        await town.buyer.visit(f"/cashier/{payment_id}/return?trade_status=TRADE_SUCCESS&total_amount=98.00")
        assert "正在等钱到账" in town.buyer.text
        assert await town.state(order_id) == "created"
        alipay.pay(payment_id.hex)
        await town.later(seconds=6)
        assert await town.state(order_id) == "paid"


async def test_a_payment_is_shown_to_nobody_else(town: Town) -> None:
    payment_id = await town.begin(await town.order())
    await town.site.person("mallory")
    async with town.site.browser("mallory") as other:
        for path in (f"/cashier/{payment_id}", f"/cashier/{payment_id}/return", f"/cashier/{payment_id}/live"):
            await other.visit(path)
            assert other.status == 404


@pytest.mark.parametrize("story", ["doubled", "lost", "late", "reordered"])
async def test_whatever_becomes_of_notices_the_money_counts_once(town: Town, story: str) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    town.fake.pay(payment_id.hex)
    notice = town.fake.notice_of(payment_id.hex, notify_id="n1")
    waiting = town.fake.notice_of(payment_id.hex, trade_status="WAIT_BUYER_PAY")
    if story == "doubled":
        for body in (notice, notice, town.fake.notice_of(payment_id.hex)):
            assert (await town.tell(body)).content == b"success"
    elif story == "reordered":
        for body in (notice, waiting):
            assert (await town.tell(body)).content == b"success"
    elif story == "late":
        await town.later(seconds=6)  # The question is answered first.
        assert (await town.tell(notice)).content == b"success"
    else:
        await town.later(seconds=6)
    assert await town.state(order_id) == "paid"
    assert (await town.payment(payment_id)).captured == PRICES[0]
    async with town.site.program.database.read() as reader:
        assert await get_refunds(reader, [payment_id]) == []


async def test_a_notice_that_was_forged_books_nothing(town: Town) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    town.fake.pay(payment_id.hex)
    good = dict(parse_qsl(town.fake.notice_of(payment_id.hex).decode()))
    for forged in (
        {**good, "total_amount": "0.01"},
        {**good, "sign": ""},
        {**good, "sign_type": "RSA"},
        {name: value for name, value in good.items() if name != "sign"},
    ):
        answer = await town.tell(urlencode(forged).encode())
        assert (answer.status_code, answer.content) == (401, b"")
    assert await town.state(order_id) == "created"
    async with town.site.browser() as stranger:
        assert (await stranger.client.post("/channels/sandbox/notices", content=b"{}")).status_code == 401
        assert (await stranger.client.post("/channels/nobody/notices", content=b"{}")).status_code == 404


async def test_a_large_sum_is_booked_once_the_channel_says_the_same_when_asked(town: Town) -> None:
    order_id = await town.order(quantity=20)
    payment_id = await town.begin(order_id)
    trade = town.fake.pay(payment_id.hex)
    notice = town.fake.notice_of(payment_id.hex)
    # Somebody has the key, or the gateway and its notices do not agree: nothing is booked, and it is sent again.
    trade.status = "WAIT_BUYER_PAY"
    paid_at, trade.paid_at = trade.paid_at, ""
    assert (await town.tell(notice)).status_code == 503
    town.fake.faults["alipay.trade.query"] = ["cut"]
    assert (await town.tell(notice)).status_code == 503
    assert await town.state(order_id) == "created"
    trade.status, trade.paid_at = "TRADE_SUCCESS", paid_at
    assert (await town.tell(notice)).content == b"success"
    assert await town.state(order_id) == "paid"


async def test_what_is_paid_after_the_order_was_closed_goes_back(town: Town) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    closing = CloseOrder(order_id=order_id, actor=Actor("buyer", town.buyer_id))
    # Its payer pays at the very moment: the trade can't be closed any more.
    trade = town.fake.pay(payment_id.hex)
    await town.site.program.batchers.of(close_orders, "order_id").submit(closing)
    await town.later(hours=1)
    await town.tell(town.fake.notice_of(payment_id.hex))
    await town.later(minutes=1)
    await town.later(minutes=1)
    payment = await town.payment(payment_id)
    assert payment.status is PaymentStatus.SUCCEEDED
    state = await town.state(order_id)
    assert state in ("closed", "paid")
    if state == "closed":
        assert sum(trade.refunds.values()) * 100 == PRICES[0]
        assert payment.refunded == PRICES[0]


async def test_an_order_that_somebody_closed_is_paid_no_longer(town: Town) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    closing = CloseOrder(order_id=order_id, actor=Actor("buyer", town.buyer_id))
    await town.site.program.batchers.of(close_orders, "order_id").submit(closing)
    assert await town.state(order_id) == "closed"
    assert town.fake.trades[payment_id.hex].status == "TRADE_CLOSED"
    await town.buyer.visit(f"/cashier/{payment_id}")
    assert "这次付款已经关闭" in town.buyer.text


@pytest.mark.parametrize("is_paid_twice", [False, True])
async def test_an_order_that_was_paid_another_way_is_paid_no_longer(town: Town, is_paid_twice: bool) -> None:
    order_id = await town.order()
    first, together = await town.begin(order_id), await town.begin_together(order_id, await town.order())
    paid = await town.begin(order_id)
    trade = town.fake.trades[first.hex]
    if is_paid_twice:  # At the very moment: it can't be closed any more.
        town.fake.pay(first.hex)
    town.fake.pay(paid.hex)
    await town.tell(town.fake.notice_of(paid.hex))
    assert await town.state(order_id) == "paid"
    # What was for this order and another can't be taken whole, either.
    assert town.fake.trades[together.hex].status == "TRADE_CLOSED"
    assert (await town.payment(together)).status is PaymentStatus.CLOSED
    if is_paid_twice:
        await town.later(minutes=1)
        assert sum(trade.refunds.values()) * 100 == PRICES[0] == (await town.payment(first)).refunded
    else:
        assert (trade.status, trade.refunds) == ("TRADE_CLOSED", {})
        await town.buyer.visit(f"/cashier/{first}")
        assert "订单也许已经用别的方式付好了" in town.buyer.text
        assert f"/orders/{order_id}/payment/result" in town.buyer.links
    assert (await town.payment(paid)).refunded == 0


async def test_a_payer_is_told_of_a_silent_channel_and_of_another_amount(town: Town) -> None:
    order_id = await town.order()
    way = f"/orders/{order_id}/payment"
    town.fake.faults["alipay.trade.precreate"] = ["cut"]
    await town.buyer.visit(way)
    await town.buyer.send(way, channel="alipay")
    assert (town.buyer.status, town.buyer.path) == (422, way)
    assert "支付宝现在没有回应，没有扣钱" in town.buyer.text
    payment_id = await town.begin(order_id)
    town.fake.pay(payment_id.hex)
    await town.tell(town.fake.notice_of(payment_id.hex, total_amount="1.00"))
    assert await town.state(order_id) == "created"
    await town.buyer.visit(f"/cashier/{payment_id}")
    assert "收到 ¥1.00，应付 ¥98.00" in town.buyer.text
    assert way in town.buyer.links
    assert town.fake.trades[payment_id.hex].refunds


async def test_the_operators_page_shows_no_secret_and_checks_credentials(town: Town) -> None:
    boss = town.boss
    await boss.visit("/operator/channels")
    assert "支付宝" in boss.text
    assert boss.statements <= 3
    await boss.visit("/operator/channels/alipay")
    assert boss.statements <= 3
    secret = private_pem("alipay app").splitlines()[1]
    assert secret not in boss.page
    assert f"{BASE}{NOTICES}" in boss.text
    await boss.send("/operator/channels/alipay/check")
    assert "渠道认得这些凭据" in boss.text
    await boss.send("/operator/channels/alipay", private_key=private_pem("somebody"), **PROOF)
    assert "已经保存" in boss.text
    await boss.send("/operator/channels/alipay/check")
    assert "isv.invalid-signature" in boss.text
    assert private_pem("somebody").splitlines()[1] not in boss.page
    await boss.visit(f"/operator/audit?of={channel_id('alipay')}")
    assert boss.text.count("ChannelChanged") >= 2 or "ChannelChecked" in boss.text


async def test_wrong_settings_are_said_where_they_are_wrong_and_change_nothing(town: Town) -> None:
    boss = town.boss
    await boss.visit("/operator/channels/alipay")
    await boss.send("/operator/channels/alipay", private_key="not a key", subject="别的")
    assert boss.status == 422
    assert "这不是能用的密钥或证书" in boss.text
    assert "not a key" not in boss.page
    await boss.visit("/operator/channels/alipay")
    assert "别的" not in boss.page


async def test_a_channel_changes_by_whoever_proves_who_they_are_and_colleagues_are_told(town: Town) -> None:
    boss, here = town.boss, "/operator/channels/alipay"
    for wrong, said in (({"payment_password": "000000"}, "支付密码不对"), ({"proof": "guessed-it-twice"}, "密码不对")):
        await boss.visit(here)
        await boss.send(here, subject="别人的店", **{**PROOF, **wrong})
        assert (boss.status, said in boss.text) == (422, True), boss.text
        # What was typed is there still, and nothing is saved.
        assert "别人的店" in boss.page
        await boss.visit(here)
        assert "别人的店" not in boss.page
    await boss.visit("/operator")
    assert 'hx-get="/operator/money-ways"' in boss.page
    await boss.visit("/operator/money-ways")
    assert boss.text == ""
    colleague_id = await town.site.person("wen", "小文")
    role = GrantRole(person_id=colleague_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with town.site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with town.site.browser("wen") as colleague:
        await colleague.visit("/operator/money-ways")
        assert "文山 改了支付渠道“支付宝”" in colleague.text
        assert f"/operator/audit?of={channel_id('alipay')}" in colleague.links


async def test_a_closed_channel_takes_no_new_payment_and_ends_what_was_begun(town: Town) -> None:
    order_id = await town.order()
    payment_id = await town.begin(order_id)
    await town.boss.visit("/operator/channels/alipay")
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', town.boss.page)
    assert token
    form = {"csrf_token": token[1], "version": "2"}
    settings = {name: value for name, value in alipay_settings(desktop="code").items() if name != "private_key"}
    data = {**form, **settings, **PROOF, "gateway": town.fake.url}
    await town.boss.client.post("/operator/channels/alipay", data=data)
    assert "alipay" not in REGISTRY.names
    await town.buyer.visit(f"/orders/{order_id}/payment")
    assert "支付宝" not in town.buyer.text
    town.fake.pay(payment_id.hex)
    await town.tell(town.fake.notice_of(payment_id.hex))
    assert await town.state(order_id) == "paid"


async def test_whoever_a_channel_sends_back_with_a_form_comes_to_wait(town: Town) -> None:
    payment_id = await town.begin(await town.order())
    headers = {"origin": "https://cashier.example", "sec-fetch-site": "cross-site"}
    async with town.site.browser() as stranger:
        path = f"/cashier/{payment_id}/return"
        answer = await stranger.client.post(path, data={"respCode": "00"}, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        # Nothing else is done for another site's form.
        assert (await stranger.client.post("/operator/channels/alipay", headers=headers)).status_code == 403
