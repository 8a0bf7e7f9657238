"""Proves of our fake of Alipay's gateway that the published SDK, unmodified, takes it for the real one."""

import asyncio
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from urllib.request import urlopen

import pytest

from tests.channels.alipay_gateway import ALIPAY, APP, APP_ID, FakeAlipay
from tests.channels.keys import certificate_of, private_pem, public_pem

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from alipay import AliPay, DCAliPay
    from alipay.exceptions import AliPayException, AliPayValidationError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _client(fake: FakeAlipay, *, certified: bool) -> Any:
    keys = {"app_private_key_string": private_pem(APP)}
    if certified:
        client = DCAliPay(
            appid=APP_ID,
            app_public_key_cert_string=certificate_of(APP),
            alipay_public_key_cert_string=certificate_of(ALIPAY),
            alipay_root_cert_string=certificate_of("root"),
            **keys,
        )
    else:
        client = AliPay(appid=APP_ID, alipay_public_key_string=public_pem(ALIPAY), **keys)
    client._gateway = f"{fake.url}/gateway.do"
    return client


async def _off(call: Callable[..., Any], *args: Any, **others: Any) -> Any:
    return await asyncio.to_thread(call, *args, **others)


@pytest.mark.parametrize("certified", [False, True])
async def test_the_published_client_goes_through_the_life_of_a_trade(
    alipay: FakeAlipay, certified_alipay: FakeAlipay, certified: bool
) -> None:
    fake = certified_alipay if certified else alipay
    client = _client(fake, certified=certified)
    code = await _off(client.api_alipay_trade_precreate, "茶", "trade-1", "98.00")
    assert code["qr_code"].startswith("https://qr.alipay.com/")
    assert (await _off(client.api_alipay_trade_query, "trade-1"))["trade_status"] == "WAIT_BUYER_PAY"
    fake.pay("trade-1")
    told = await _off(client.api_alipay_trade_query, "trade-1")
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "98.00")
    refund = {"out_trade_no": "trade-1", "out_request_no": "r-1"}
    assert (await _off(client.api_alipay_trade_refund, "30.00", **refund))["fund_change"] == "Y"
    assert (await _off(client.api_alipay_trade_refund, "30.00", **refund))["fund_change"] == "N"
    found = await _off(client.api_alipay_trade_fastpay_refund_query, "r-1", out_trade_no="trade-1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "30.00")
    assert (await _off(client.api_alipay_trade_close, "trade-1"))["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


async def test_the_published_client_takes_notices(alipay: FakeAlipay) -> None:
    client = _client(alipay, certified=False)
    await _off(client.api_alipay_trade_precreate, "茶", "trade-1", "98.00")
    alipay.pay("trade-1")
    values = dict(parse_qsl(alipay.notice_of("trade-1").decode()))
    signature = values.pop("sign")
    assert client.verify(dict(values), signature)
    assert not client.verify({**values, "total_amount": "9800.00"}, signature)


@pytest.mark.parametrize("make", ["page", "wap", "app"])
async def test_the_addresses_that_the_published_client_signs_are_taken(alipay: FakeAlipay, make: str) -> None:
    client = _client(alipay, certified=False)
    text = getattr(client, f"api_alipay_trade_{make}_pay")("茶", "trade-1", "98.00", notify_url="https://weiji.test/n")
    with await _off(urlopen, f"{alipay.url}/gateway.do?{text}") as page:
        assert page.read() == b"<html>the cashier</html>"
    assert alipay.trades["trade-1"].notify_url == "https://weiji.test/n"


@pytest.mark.parametrize("fault", ["forged", "altered"])
async def test_the_published_client_refuses_what_the_fake_forges(alipay: FakeAlipay, fault: str) -> None:
    client = _client(alipay, certified=False)
    await _off(client.api_alipay_trade_precreate, "茶", "trade-1", "98.00")
    alipay.faults["alipay.trade.query"] = [fault]
    with pytest.raises(AliPayValidationError):
        await _off(client.api_alipay_trade_query, "trade-1")


async def test_a_request_that_another_key_signed_is_refused(alipay: FakeAlipay) -> None:
    client = AliPay(
        appid=APP_ID, app_private_key_string=private_pem("somebody"), alipay_public_key_string=public_pem(ALIPAY)
    )
    client._gateway = f"{alipay.url}/gateway.do"
    with pytest.raises(AliPayException, match=r"isv\.invalid-signature"):
        await _off(client.api_alipay_trade_query, "trade-1")


async def test_the_published_client_transfers_and_asks_how_it_stands(certified_alipay: FakeAlipay) -> None:
    client = _client(certified_alipay, certified=True)
    payee = {"identity_type": "ALIPAY_USER_ID", "identity": "2088000000000009"}
    sent = {"out_biz_no": "transfer-1", "trans_amount": "8.60", "order_title": "提现"}
    made = await _off(client.api_alipay_fund_trans_uni_transfer, **payee, **sent)
    assert (made["code"], made["status"]) == ("10000", "DEALING")
    certified_alipay.transfers["transfer-1"].status = "SUCCESS"
    asked = {"out_biz_no": "transfer-1", "product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}
    found = await _off(client.server_api, "alipay.fund.trans.common.query", asked)
    assert (found["status"], found["trans_amount"]) == ("SUCCESS", "8.60")
