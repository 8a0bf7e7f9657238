"""Proves of our fake of WeChat Pay's APIv3 that the published SDK, unmodified, takes it for the real one."""

import asyncio
import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.channels.keys import private_pem, public_pem
from tests.channels.wechat_gateway import (
    API_V3_KEY,
    APP_ID,
    MCH_ID,
    MERCHANT,
    PLATFORM,
    PUBLIC_KEY_ID,
    SERIAL,
    FakeWechat,
)


def _client(fake: FakeWechat, monkeypatch: pytest.MonkeyPatch) -> Any:
    import wechatpayv3.core

    # Its host is a constant, and it fetches certificates while it is made.
    init = wechatpayv3.core.Core._init_certificates

    def init_certificates(self: Any) -> None:
        self._gate_way = fake.url
        init(self)

    monkeypatch.setattr(wechatpayv3.core.Core, "_init_certificates", init_certificates)
    keys = {} if fake.is_by_certificate else {"public_key": public_pem(PLATFORM), "public_key_id": PUBLIC_KEY_ID}
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCH_ID,
        private_key=private_pem(MERCHANT),
        cert_serial_no=SERIAL,
        apiv3_key=API_V3_KEY,
        appid=APP_ID,
        notify_url="https://weiji.test/n",
        **keys,
    )
    client._core._gate_way = fake.url
    return client


@pytest.mark.parametrize("certified", [False, True])
async def test_the_published_client_goes_through_the_life_of_an_order(
    wechat: FakeWechat, certified_wechat: FakeWechat, certified: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = certified_wechat if certified else wechat
    client = await asyncio.to_thread(_client, fake, monkeypatch)

    async def call(method: str, **values: Any) -> tuple[int, Any]:
        status, text = await asyncio.to_thread(getattr(client, method), **values)
        return status, json.loads(text) if text else None

    status, found = await call("pay", description="茶", out_trade_no="order-1", amount={"total": 9_800})
    assert (status, found["code_url"][:22]) == (200, "weixin://wxpay/bizpayu")
    assert (await call("query", out_trade_no="order-1"))[1]["trade_state"] == "NOTPAY"
    fake.pay("order-1")
    assert (await call("query", out_trade_no="order-1"))[1]["trade_state"] == "SUCCESS"
    amount = {"refund": 3_000, "total": 9_800, "currency": "CNY"}
    status, refund = await call("refund", out_refund_no="refund-1", out_trade_no="order-1", amount=amount)
    assert (status, refund["status"]) == (200, "SUCCESS")
    assert (await call("query_refund", out_refund_no="refund-1"))[1]["amount"]["refund"] == 3_000
    assert (await call("query", out_trade_no="order-2"))[0] == 404
    await call("pay", description="茶", out_trade_no="order-3", amount={"total": 1})
    assert await call("close", out_trade_no="order-3") == (204, None)
    headers, body = fake.notice_of("order-1", id="n1")
    told = await asyncio.to_thread(client.callback, headers, body.decode())
    assert told["id"] == "n1"
    assert told["resource"]["out_trade_no"] == "order-1"
    assert await asyncio.to_thread(client.callback, headers, body.decode() + " ") is None


async def test_the_published_client_refuses_what_the_fake_forges(
    wechat: FakeWechat, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await asyncio.to_thread(_client, wechat, monkeypatch)
    wechat.faults["native"] = ["forged"]
    with pytest.raises(Exception, match="signature"):
        await asyncio.to_thread(client.pay, description="茶", out_trade_no="order-1", amount={"total": 1})
