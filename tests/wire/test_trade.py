"""Proves the life of a merchant order with the published client: made, paid, told of, refunded, settled."""

import asyncio
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

from tests.pages.site import PAYMENT_PASSWORD
from tests.wire.voices import Options, alike
from tests.wire.world import APPID, Account, World, make_merchant, open_shop, receiving
from weiji import ledger
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.payments import (
    BALANCE,
    RetryRefund,
    RetryRefundStatus,
    create_payments,
    list_abnormal_refunds,
    list_payments,
    open_route,
    retry_refunds,
)
from weiji.payments.calls import deliver_sandbox_notices
from weiji.payments.channels.sandbox import ActStatus, SetFaults, set_faults
from weiji.settlement.statements import Entry, get_entries, get_statement, month_of, read_month
from weiji.wire import wire_of
from weiji.wire.keys import SetPartners, set_partners
from weiji.wire.payables import of_order, payment_of
from weiji.wire.tickets import LASTS, read_ticket, write_ticket
from weiji.wire.trade import (
    Kind,
    PlaceMerchantOrder,
    RefundMerchantOrder,
    TakeMerchantPayment,
    get_orders,
    order_id_of,
    place_merchant_orders,
    refund_merchant_orders,
)
from weiji.wire.trade.rules import ShopTerms, judge_place, judge_refund, judge_take, release, settled_amount

_numbers = count(1)


def number() -> str:
    """Make a number that no other order has."""
    return f"T{next(_numbers):06}{new_id().hex[-12:]}"


async def call(method: Callable[..., Any], /, *args: Any, **given: Any) -> tuple[int, Any]:
    """Call a method of the client, which blocks, and read what it says."""
    code, text = await asyncio.to_thread(lambda: method(*args, **given))
    return code, json.loads(text) if text else None


async def make(client: WeChatPay, total: int = 1_000, **given: Any) -> tuple[str, str]:
    """Make an order; give its number and its ticket."""
    out_trade_no = given.pop("out_trade_no", None) or number()
    code, said = await call(client.pay, "一杯茶", out_trade_no, {"total": total}, **given)
    assert code == 200, said
    (url,) = said.values()
    return out_trade_no, urlsplit(url).path.rpartition("/")[2]


async def pay(world: World, ticket: str, *, handle: str | None = None) -> str:
    """Pay at the cashier: from the wallet, or as a guest by the simulated acquirer. Returns where that led."""
    async with world.site.browser(handle) as browser:
        await browser.visit(f"/pay/{ticket}")
        assert browser.status == 200, browser.text
        assert browser.statements <= 3
        if handle:
            await browser.send(f"/pay/{ticket}", channel="balance", payment_password=PAYMENT_PASSWORD)
        else:
            await browser.send(f"/pay/{ticket}", channel="sandbox")
            await browser.send("/sandbox/charges", verb="pay")
        await world.site.settle()
        return browser.path


async def balance(world: World, account: Any) -> int:
    async with world.program.database.read() as reader:
        found = await ledger.lookup_accounts(reader, [account.id])
    return found[0].available if found else 0


async def test_an_order_is_made_queried_and_paid_by_a_guest(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    shop = chart.merchant_pending(world.merchant.shop_id)
    before = await balance(world, shop)
    async with receiving() as (url, heard):
        out_trade_no, ticket = await make(client, notify_url=url, attach="桌 7")
        code, said = await call(client.query, out_trade_no=out_trade_no)
        assert (code, said["trade_state"]) == (200, "NOTPAY")
        assert "transaction_id" not in said
        assert "success_time" not in said
        await pay(world, ticket)
        await world.told()
        (told,) = heard
        found = await asyncio.to_thread(client.callback, told[0], told[1])
    code, said = await call(client.query, out_trade_no=out_trade_no)
    assert found["event_type"] == "TRANSACTION.SUCCESS"
    assert found["resource"] == said
    assert (said["trade_state"], said["trade_state_desc"]) == ("SUCCESS", "支付成功")
    assert said["attach"] == "桌 7"
    assert said["amount"] == {"total": 1000, "payer_total": 1000, "currency": "CNY", "payer_currency": "CNY"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", said["success_time"])
    code, by_id = await call(client.query, transaction_id=said["transaction_id"])
    assert by_id == said
    # Without profit sharing the money is the shop's at once.
    assert await balance(world, shop) - before == 1_000
    code, said = await call(client.pay, "一杯茶", out_trade_no, {"total": 1_000}, notify_url=url, attach="桌 7")
    assert (code, said["code"]) == (400, "ORDERPAID")
    code, said = await call(client.close, out_trade_no)
    assert (code, said["code"]) == (400, "ORDERPAID")


async def test_a_guest_whose_payment_fails_is_told_and_tries_again(world: World) -> None:
    _, ticket = await make(await asyncio.to_thread(world.client))
    async with world.site.browser() as browser, world.site.browser() as other:
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="sandbox")
        charge = browser.path
        async with world.program.database.read() as reader:
            (payment,) = await list_payments(reader, limit=1)
        assert payment.expires_at
        assert payment.expires_at - payment.created_at <= LASTS  # As the payer is told; the order has days.
        found = re.search(r'acquirer-back" href="([^"]+)"', html.unescape(browser.page))
        assert found
        result = found[1]
        assert "还没有付？回去付款" in await browser.visit(result)
        await browser.visit(charge)
        await browser.send("/sandbox/charges", verb="fail")
        await world.site.settle()
        assert "没有付成" in await browser.visit(result)
        assert browser.statements <= 3
        assert f'href="/pay/{ticket}"' in html.unescape(browser.page)
        # Who has the order's id, and no ticket, is led nowhere and sees no amount.
        assert "正在等钱到账" in await other.visit(result)
        assert ticket not in other.page
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="sandbox")
        await browser.send("/sandbox/charges", verb="pay")
        await world.site.settle()
        await browser.visit(result)
        assert "付款成功 ¥ 10 .00" in browser.text
        await other.visit(result)
        assert "¥" not in other.text


async def test_the_wallet_pays_with_the_payment_password(world: World) -> None:
    client = await asyncio.to_thread(world.client, is_key_mode=False)
    person_id = await world.site.person("payer", "小鱼", money=5_000)
    out_trade_no, ticket = await make(client)
    async with world.site.browser("payer") as browser:
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="balance", payment_password="000000")
        assert browser.status == 422
        page = await browser.send(f"/pay/{ticket}", channel="balance", payment_password=PAYMENT_PASSWORD)
        # At once: whoever pays by a tap waits for no event.
        assert "付款成功" in page
        await world.site.settle()
        assert "付款成功" in await browser.visit(browser.path)
        await browser.visit(f"/pay/{ticket}")
        assert browser.path.startswith("/pay/orders/")
    assert await balance(world, chart.wallet(person_id)) == 4_000
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert (said["trade_state"], said["bank_type"]) == ("SUCCESS", "BALANCE")
    assert said["payer"]["openid"].startswith("o")


async def test_of_two_who_pay_at_the_same_time_one_gets_the_money_back(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    people = [await world.site.person(f"rival{place}", "某人", money=2_000) for place in range(2)]
    out_trade_no, ticket = await make(client)
    known = read_ticket(ticket, clock.wall())
    assert known
    async with world.program.database.read() as reader:
        order = (await get_orders(reader, [known.order_id]))[known.order_id]
    paying = [
        payment_of(of_order(order, ""), new_id(person_id), person_id, BALANCE, Actor("buyer", person_id))
        for person_id in people
    ]
    batcher = world.program.batchers.of(create_payments)
    assert await asyncio.gather(*map(batcher.submit, paying)) == ["created", "created"]
    await asyncio.gather(*(world.site.settle() for _ in range(2)))
    await world.site.settle()
    assert sorted([await balance(world, chart.wallet(person_id)) for person_id in people]) == [1_000, 2_000]
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert said["trade_state"] == "SUCCESS"


async def test_asking_again_gives_the_same_order_and_another_is_refused_by_name(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    out_trade_no, ticket = await make(client)
    _, again = await make(client, out_trade_no=out_trade_no)
    wall = clock.wall()
    first, second = read_ticket(ticket, wall), read_ticket(again, wall)
    assert first
    assert second
    assert first.order_id == second.order_id
    code, said = await call(client.pay, "一杯茶", out_trade_no, {"total": 999})
    assert (code, said["code"], said["detail"]["field"]) == (400, "OUT_TRADE_NO_USED", "/amount")
    # Made by another path, it names that: no field says it.
    code, said = await call(client.pay, "一杯茶", out_trade_no, {"total": 1_000}, pay_type=WeChatPayType.APP)
    assert (code, said["code"]) == (400, "OUT_TRADE_NO_USED")
    assert (said["detail"]["field"], said["detail"]["location"]) == ("path", "uri")
    code, said = await call(client.close, out_trade_no)
    assert code == 204
    assert (await call(client.close, out_trade_no))[0] == 204
    code, said = await call(client.query, out_trade_no=out_trade_no)
    assert said["trade_state"] == "CLOSED"
    code, said = await call(client.pay, "一杯茶", out_trade_no, {"total": 1_000})
    assert (code, said["code"]) == (400, "ORDERCLOSED")
    code, said = await call(client.query, out_trade_no="none-of-mine")
    assert (code, said["code"]) == (404, "ORDER_NOT_EXIST")


async def come_back(world: World, h5_url: str) -> None:
    """Follow an address as merchants' pages do, which say behind it where the payer is to come back to."""
    parts = urlsplit(f"{h5_url}&redirect_url=https%3A%2F%2Fm.example%2Fdone%3Fa%3D1%26b%3D2")
    async with world.site.browser() as browser:
        answer = await browser.client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 303
        known = read_ticket(answer.headers["location"].removeprefix("/pay/"), clock.wall())
        assert known
        assert (await browser.client.get(answer.headers["location"])).status_code == 200
        result = await browser.client.get(f"/pay/orders/{known.order_id}")
        assert 'href="https://m.example/done?a=1&b=2"' in html.unescape(result.text)
        assert "回到 m.example" in result.text
        for wrong in ("javascript:alert(1)", "//m.example/x", "https:///x"):
            asked = {"prepay_id": answer.headers["location"].removeprefix("/pay/"), "redirect_url": wrong}
            assert "set-cookie" not in (await browser.client.get("/pay/h5", params=asked)).headers
    async with world.site.browser() as other:
        assert "m.example" not in (await other.client.get(f"/pay/orders/{known.order_id}")).text


async def test_every_kind_of_order_leads_to_the_cashier(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    _, said = await call(client.pay, "h5", number(), {"total": 1}, pay_type=WeChatPayType.H5, scene_info=scene)
    assert urlsplit(said["h5_url"]).netloc == urlsplit(world.url).netloc
    await come_back(world, said["h5_url"])
    given = {"pay_type": WeChatPayType.JSAPI, "payer": {"openid": "o-somebody"}}
    _, said = await call(client.pay, "jsapi", number(), {"total": 1}, **given)
    async with world.site.browser() as browser:
        stamp, nonce, package = "1700000000", "n" * 32, f"prepay_id={said['prepay_id']}"
        signed = {"appId": APPID, "timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA"}
        right = client.sign([APPID, stamp, nonce, package])
        answer = await browser.client.get("/pay/bridge", params={**signed, "paySign": right})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{said['prepay_id']}")
        # A page that puts the signature into an address as it is, and says where to come back to.
        asked_for = urlencode({**signed, "redirect_url": "https://m.example/done"})
        raw = await browser.client.get(f"/pay/bridge?{asked_for}&paySign={right}")
        assert raw.status_code == 303
        assert "m.example" in raw.headers["set-cookie"]
        for wrong in ({**signed, "paySign": right, "nonceStr": "x"}, {**signed, "paySign": "AAAA"}, signed):
            assert (await browser.client.get("/pay/bridge", params=wrong)).status_code == 403
        _, said = await call(client.pay, "app", number(), {"total": 1}, pay_type=WeChatPayType.APP)
        prepay = said["prepay_id"]
        right = client.sign([APPID, stamp, nonce, prepay])
        asked = {"appid": APPID, "timestamp": stamp, "noncestr": nonce, "prepayid": prepay, "sign": right}
        assert (await browser.client.get("/pay/bridge", params=asked)).status_code == 303
        answer = await browser.client.get(f"/pay/{prepay}/qr.svg")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert (await browser.client.get("/pay/wjnonsense")).status_code == 404
    _, said = await call(client.pay, "jsapi", number(), {"total": 1}, **{**given, "payer": {"x": "y"}})
    assert said["detail"]["field"] == "/payer/openid"


async def test_refunds_are_partial_once_for_each_number_and_told_of(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    person_id = await world.site.person("refunded", "阿明", money=5_000)
    async with receiving() as (url, heard):
        out_trade_no, ticket = await make(client)
        code, said = await call(
            client.refund, "R0", {"refund": 1, "total": 1_000, "currency": "CNY"}, out_trade_no=out_trade_no
        )
        assert (code, said["code"]) == (400, "INVALID_REQUEST")
        await pay(world, ticket, handle="refunded")
        back = {"refund": 300, "total": 1_000, "currency": "CNY"}
        first = number()
        answers = await asyncio.gather(
            *(
                call(client.refund, first, back, out_trade_no=out_trade_no, reason="少了一块糖", notify_url=url)
                for _ in range(4)
            )
        )
        assert {code for code, _ in answers} == {200}
        assert len({said["refund_id"] for _, said in answers}) == 1
        assert answers[0][1]["status"] == "PROCESSING"
        await world.told()
        code, said = await call(client.query_refund, first)
        assert (said["status"], said["user_received_account"]) == ("SUCCESS", "BALANCE")
        assert said["amount"]["refund"] == 300
        found = await asyncio.to_thread(client.callback, *heard[-1])
        assert found["event_type"] == "REFUND.SUCCESS"
        assert found["resource"]["refund_id"] == said["refund_id"]
    assert await balance(world, chart.wallet(person_id)) == 4_300
    # Asked again it is the same, or refused by the name of what differs.
    same = {"out_trade_no": out_trade_no, "reason": "少了一块糖", "notify_url": url}
    assert (await call(client.refund, first, back, **same))[0] == 200
    for amounts, other, field in (
        ({**back, "refund": 301}, {}, "/amount/refund"),
        ({**back, "total": 1_001}, {}, "/amount/total"),
        (back, {"reason": "少了两块糖"}, "/reason"),
        (back, {"reason": None}, "/reason"),
        (back, {"notify_url": f"{url}/elsewhere"}, "/notify_url"),
    ):
        code, said = await call(client.refund, first, amounts, **same | other)
        assert (code, said["code"], said["detail"]["field"]) == (400, "INVALID_REQUEST", field)
        assert field in said["message"]
    for amounts, refund_no, code_word in (
        ({**back, "refund": 301}, first, "INVALID_REQUEST"),
        ({**back, "refund": 701}, number(), "INVALID_REQUEST"),
        ({**back, "total": 999}, number(), "PARAM_ERROR"),
    ):
        code, said = await call(client.refund, refund_no, amounts, out_trade_no=out_trade_no)
        assert (code, said["code"]) == (400, code_word)
    # What names one order by our number and another by the merchant's is about neither.
    code, said = await call(client.query, out_trade_no=out_trade_no)
    other, _ = await make(client)
    one = {"transaction_id": said["transaction_id"], "amount": {**back, "refund": 1}}
    body = {**one, "out_trade_no": other, "out_refund_no": number()}
    path = "/v3/refund/domestic/refunds"
    code, said = await call(client._core.request, path, method=RequestType.POST, data=body)
    assert (code, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "/out_trade_no")
    # Two that want more than is left, at the same time: one of them gets it.
    answers = await asyncio.gather(
        *(call(client.refund, number(), {**back, "refund": 400}, out_trade_no=out_trade_no) for _ in range(3))
    )
    assert sorted(code for code, _ in answers) == [200, 400, 400]
    await world.told()
    assert await balance(world, chart.wallet(person_id)) == 4_700
    code, said = await call(client.query, out_trade_no=out_trade_no)
    assert said["trade_state"] == "REFUND"
    code, said = await call(client.query_refund, "never")
    assert (code, said["code"]) == (404, "RESOURCE_NOT_EXISTS")
    code, said = await call(client.refund, number(), {**back, "refund": 1}, out_trade_no="NEVER-0001")
    assert (code, said["code"]) == (404, "RESOURCE_NOT_EXISTS"), "of orders it is ORDER_NOT_EXIST"


async def test_a_refund_that_its_channel_refuses_is_told_of_as_abnormal(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    back = {"refund": 300, "total": 1_000, "currency": "CNY"}
    async with receiving() as (url, heard):
        out_trade_no, ticket = await make(client)
        await pay(world, ticket)
        known = read_ticket(ticket, clock.wall())
        assert known
        assert known.order_id
        async with world.program.database.read() as reader:
            order = (await get_orders(reader, [known.order_id]))[known.order_id]
        assert order.payment_id
        faults = SetFaults(id=order.payment_id, refunds="refuse", actor=BY_SYSTEM)
        assert await world.program.batchers.of(set_faults).submit(faults) is ActStatus.DONE
        refund_no = number()
        code, said = await call(client.refund, refund_no, back, out_trade_no=out_trade_no, notify_url=url)
        assert (code, said["status"]) == (200, "PROCESSING")
        await world.site.settle()
        await deliver_sandbox_notices(world.program.database, world.program.lanes, 100)
        await world.told()
        _, said = await call(client.query_refund, refund_no)
        assert said["status"] == "ABNORMAL"
        assert "success_time" not in said
        told = await asyncio.to_thread(client.callback, *heard[-1])
        assert told["event_type"] == "REFUND.ABNORMAL"
        assert (told["resource"]["refund_status"], told["resource"]["out_refund_no"]) == ("ABNORMAL", refund_no)
        # The merchant names another account of the payer's, for the operator to pay.
        account = Options(bank_type="ICBC_DEBIT", bank_account="6212 2600 0000 1234", real_name="小鱼")
        unfit = Options(account, bank_account="x")
        given = (said["refund_id"], refund_no, "USER_BANK_CARD")
        (said,) = await alike(world, ("abnormal_refund", *given, account))
        assert (said["status"], said["channel"]) == ("PROCESSING", "OTHER_BANKCARD")
        await alike(world, ("abnormal_refund", *given, unfit), code=400)
        await alike(world, ("abnormal_refund", *given[:2], "MERCHANT_BANK_CARD", account), code=403)
        await alike(world, ("abnormal_refund", "0" * 32, *given[1:], account), code=404)
        async with world.program.database.read() as reader:
            (abnormal,) = [one for one in await list_abnormal_refunds(reader) if one.payment_id == order.payment_id]
        assert (abnormal.route_bank, abnormal.route_holder) == ("ICBC_DEBIT", "小鱼")
        assert open_route(abnormal) == "6212260000001234"
        # Whoever pays it asks where to, which is in the audit; the rest of the staff may not.
        for handle, role, may_see in (("handpayer", Role.OPERATOR, True), ("looker", Role.AUDITOR, False)):
            staff_id = await world.site.person(handle)
            grant = GrantRole(person_id=staff_id, scope="platform", role=role, actor=Actor("staff", staff_id))
            async with world.program.database.transaction() as tx:
                await grant_roles(tx, [grant])
            async with world.site.browser(handle) as browser:
                await browser.visit("/operator/payments/refunds")
                assert "6212260000001234" not in browser.page
                assert ("•••• 1234" in browser.page) is may_see
                if may_see:
                    assert "6212260000001234" in await browser.send(f"/operator/payments/refunds/{abnormal.id}/route")
        # People have the channel asked again, and it takes it.
        faults = SetFaults(id=order.payment_id, refunds="succeed", actor=BY_SYSTEM)
        assert await world.program.batchers.of(set_faults).submit(faults) is ActStatus.DONE
        retry = RetryRefund(id=abnormal.id, actor=BY_SYSTEM)
        assert await world.program.batchers.of(retry_refunds).submit(retry) is RetryRefundStatus.RETRIED
        await world.site.settle()
        await deliver_sandbox_notices(world.program.database, world.program.lanes, 100)
        await world.told()
        _, said = await call(client.query_refund, refund_no)
        assert said["status"] == "SUCCESS"
        told = await asyncio.to_thread(client.callback, *heard[-1])
        assert told["event_type"] == "REFUND.SUCCESS"


async def test_a_service_provider_makes_orders_for_who_named_it(world: World) -> None:
    provider = await make_merchant(world.site, await open_shop(world.site, "服务商"))
    client = await asyncio.to_thread(world.client, provider, partner_mode=True)
    sub = world.merchant
    code, said = await call(client.pay, "茶", number(), {"total": 5}, sub_mchid=sub.mchid)
    assert (code, said["code"]) == (403, "NO_AUTH")
    await name_partner(world, sub, provider.mchid)
    out_trade_no, ticket = await make(client, sub_mchid=sub.mchid)
    await pay(world, ticket)
    code, said = await call(client.query, out_trade_no=out_trade_no, sub_mchid=sub.mchid)
    assert code == 200, said
    assert (said["sp_mchid"], said["sub_mchid"], said["trade_state"]) == (provider.mchid, sub.mchid, "SUCCESS")
    assert said["payer"]["sp_openid"]
    assert (await call(client.query, said["transaction_id"], sub_mchid=sub.mchid)) == (200, said)
    # Some programs read no order without these.
    assert (said["attach"], said["promotion_detail"]) == ("", [])
    code, _ = await call(client.query, said["transaction_id"], sub_mchid=provider.mchid)
    assert code == 404
    back = {"refund": 1_000, "total": 1_000, "currency": "CNY"}
    code, said = await call(client.refund, number(), back, out_trade_no=out_trade_no, sub_mchid=sub.mchid)
    assert code == 200, said
    other, _ = await make(client, sub_mchid=sub.mchid)
    assert (await call(client.close, other, sub_mchid=sub.mchid))[0] == 204
    await name_partner(world, sub)


async def name_partner(world: World, account: Account, *partners: str) -> None:
    command = SetPartners(shop_id=account.shop_id, partners=partners, actor=BY_SYSTEM)
    assert await world.program.batchers.of(set_partners, "shop_id").submit(command) == "set"
    wire_of(world.program.database).directory.forget(account.mchid)


async def test_every_form_of_the_client_makes_orders_and_closes_them(world: World) -> None:
    out_trade_no = number()
    asked = ("pay", "一杯茶", out_trade_no, {"total": 100})
    _, said = await alike(world, asked, ("query", Options(out_trade_no=out_trade_no)))
    assert said["trade_state"] == "NOTPAY"
    await alike(world, ("close", out_trade_no), code=204)
    refused = await alike(world, ("pay", "一杯茶", "T-123", {"total": 100}), code=400)
    assert refused[0]["detail"]["field"] == "/out_trade_no", "five characters"


async def test_money_settles_comes_back_by_the_waterfall_and_the_books_are_right(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    out_trade_no, ticket = await make(client)
    late, late_ticket = await make(client)
    await pay(world, ticket)
    # A payer who begins in time and pays when the order is closed gets the money back.
    async with world.site.browser() as browser:
        await browser.visit(f"/pay/{late_ticket}")
        await browser.send(f"/pay/{late_ticket}", channel="sandbox")
        assert (await call(client.close, late))[0] == 204
        await browser.send("/sandbox/charges", verb="pay")
        await world.site.settle()
    assert (await call(client.query, out_trade_no=late))[1]["trade_state"] == "CLOSED"
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await deadlines(world)
    shop_id = world.merchant.shop_id
    assert await balance(world, chart.merchant_available(shop_id)) == 1_000
    assert await balance(world, chart.merchant_pending(shop_id)) == 0
    back = {"refund": 1_000, "total": 1_000, "currency": "CNY"}
    code, said = await call(client.refund, "R1", back, out_trade_no=out_trade_no)
    assert code == 200, said
    await world.told()
    await deliver_sandbox_notices(world.program.database, world.program.lanes, 100)
    await world.told()
    code, said = await call(client.query_refund, "R1")
    assert said["status"] == "SUCCESS", said
    assert await balance(world, chart.merchant_available(shop_id)) == 0
    # The shop's statement names the order as its program does: what it brought, and what went back.
    month = read_month(month_of(clock.now()))
    assert month is not None
    entries: list[Entry] = []
    for since in sorted({month, (month - timedelta(days=1)).replace(day=1)}):
        async with world.program.database.read() as reader:
            statement = await get_statement(reader, shop_id, since, clock.now())
        entries += [each async for some in get_entries(world.program.database, statement) for each in some]
    assert [each.number for each in entries] == [out_trade_no] * 2
    assert [each.amount for each in entries] == [1_000, -1_000]
    # What nobody pays is closed by the clock.
    never, _ = await make(client)
    CLOCK.follow(CLOCK.offset + timedelta(days=8))
    await deadlines(world)
    assert (await call(client.query, out_trade_no=never))[1]["trade_state"] == "CLOSED"
    report = await ledger.verify(world.program.database)
    assert not report.defects, report
    for shard in range(64):
        assert await balance(world, chart.transit(shard)) == 0


async def deadlines(world: World) -> None:
    from weiji.wire.handlers import Reactions

    await Reactions(world.program.batchers).meet_deadlines(world.program.database, 100)


def command(shop_id: UUID, total: int, out_trade_no: str) -> PlaceMerchantOrder:
    return PlaceMerchantOrder(
        id=order_id_of(shop_id, "1000000000", out_trade_no),
        shop_id=shop_id,
        mchid="1000000000",
        caller_mchid="1000000000",
        number=out_trade_no,
        kind=Kind.NATIVE,
        description="x",
        total=total,
        notify_url="http://x",
        shares_profit=False,
        terms={"amount": {"total": total}},
        key_id=None,
        expires_at=clock.now() + timedelta(days=1),
        actor=BY_SYSTEM,
    )


SHOP = new_id()
placing = st.builds(command, st.just(SHOP), st.integers(1, 2), st.sampled_from(["a", "b"]))


@given(st.lists(placing, max_size=8))
def test_law_of_batches_for_orders(commands: list[PlaceMerchantOrder]) -> None:
    shops = {SHOP: ShopTerms(is_open=True, is_verified=True)}
    now = clock.now()
    together: dict[UUID, Any] = {}
    statuses = [judge_place(together, shops, 0, 1, each, now).status for each in commands]
    seen: dict[str, int] = {}
    for each, status in zip(commands, statuses, strict=True):
        first = seen.setdefault(each.number, each.total)
        is_new = each.number not in {c.number for c in commands[: commands.index(each)]}
        assert status == "created" if is_new else status in ("exists", "exists_with_different_terms", "created")
        assert together[each.id].total == first


@given(st.integers(1, 10_000), st.integers(0, 300_000), st.booleans(), st.lists(st.integers(1, 10_000), max_size=8))
def test_no_order_gives_more_than_it_has(total: int, fee_ppm: int, shares: bool, wishes: list[int]) -> None:
    now = clock.now()
    orders: dict[UUID, Any] = {}
    placed = command(SHOP, total, "a")
    judge_place(orders, {SHOP: ShopTerms(is_open=True, is_verified=True)}, fee_ppm, 1, placed, now)
    order = orders[placed.id]
    order.shares_profit = shares
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(),
        payer_id=new_id(),
        shop_id=SHOP,
        amount=total,
        channel="balance",
        actor=BY_SYSTEM,
    )
    assert judge_take(order, payment, now) == "held"
    assert judge_take(order, payment, now) == "exists"
    refunds: dict[UUID, Any] = {}
    for place, wish in enumerate(wishes):
        if shares and place == len(wishes) // 2:
            release(order, now)
        asked = RefundMerchantOrder(
            id=new_id(SHOP),
            order_id=order.id,
            caller_mchid="1000000000",
            number=str(place),
            amount=wish,
            total=None,
            reason=None,
            notify_url=None,
            key_id=None,
            actor=BY_SYSTEM,
        )
        status, paid = judge_refund(order, refunds, asked, now)
        assert (status == "created") == (paid is not None)
        assert order.held >= 0
        assert order.held + order.released + (order.refunded - order.given_back) == total
        assert 0 <= order.fee_returned <= order.fee <= order.released
        assert settled_amount(order) >= 0
    if order.given_back == order.released:
        assert order.fee_returned == order.fee
    assert order.refunded == sum(refund.amount for refund in refunds.values())


async def test_a_shop_that_takes_no_orders_takes_none_here(world: World) -> None:
    strange = command(new_id(), 5, "a")
    batcher = world.program.batchers.of(place_merchant_orders)
    assert (await batcher.submit(strange)).status == "shop_not_open"
    refunding = RefundMerchantOrder(
        id=new_id(strange.id),
        order_id=strange.id,
        caller_mchid="1000000000",
        number="1",
        amount=1,
        total=1,
        reason=None,
        notify_url=None,
        key_id=None,
        actor=BY_SYSTEM,
    )
    refunds = world.program.batchers.of(refund_merchant_orders, "order_id")
    assert await refunds.submit(refunding) == "order_not_found"


@given(noise=st.binary(max_size=40), place=st.integers(0, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_ticket_is_ours_or_none(world: World, noise: bytes, place: int) -> None:
    wall = clock.wall()
    order_id = new_id()
    ticket = write_ticket(order_id, wall)
    found = read_ticket(ticket, wall)
    assert found
    assert found.order_id == order_id
    assert read_ticket(ticket, wall + timedelta(hours=3)) is None
    spoilt = ticket[:place] + noise.decode("latin-1") + ticket[place + 1 :]
    if spoilt != ticket:
        again = read_ticket(spoilt, wall)
        assert again is None or again == found
