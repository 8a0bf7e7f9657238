"""Proves that a buyer in WeChat is asked who they are, comes back, and is given what WeChat takes; and that what their
address says is believed by nobody."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from tests.channels.examples import BASE, wechat_settings
from tests.channels.test_cashier import Town
from tests.channels.wechat_gateway import APP_SECRET, FakeWechat
from tests.pages.site import PROOF, open_site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.payments import PayWay

IN_WECHAT = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.60"


async def _choose(town: Town, order_id: UUID) -> UUID:
    await town.buyer.visit(f"/orders/{order_id}/payment")
    found = re.search(r'name="id" value="([0-9a-f-]+)"', town.buyer.page)
    assert found
    await town.buyer.send(f"/orders/{order_id}/payment", id=found[1], channel="wechatpay")
    return UUID(found[1])


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "lost"])
async def test_a_buyer_in_wechat_is_asked_once_and_then_pays_there(
    database_url: str, tmp_path: Path, wechat: FakeWechat, is_told: bool
) -> None:
    headers = {"user-agent": IN_WECHAT}
    async with open_site(database_url, tmp_path, channel_gateways=wechat.url, url=BASE) as site:
        buyer_id, boss_id = await site.person("buyer"), await site.person("boss", "文山")
        role = GrantRole(person_id=boss_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
        async with site.browser("buyer", **headers) as buyer, site.browser("boss") as boss:
            town = Town(site, wechat, buyer, boss, buyer_id)  # type: ignore[arg-type]
            await site.let_pay(boss_id)
            await boss.visit("/operator/channels/wechatpay")
            await boss.send(
                "/operator/channels/wechatpay",
                **wechat_settings(app_secret=APP_SECRET),
                gateway=wechat.url,
                is_open="1",
                **PROOF,
            )
            assert "已经保存" in boss.text
            assert APP_SECRET not in boss.page
            order_id = await town.order()
            payment_id = await _choose(town, order_id)
            (asks,) = [link for link in buyer.links if "/connect/oauth2/authorize?" in link]
            asked = dict(parse_qsl(urlsplit(asks).query))
            back = urlsplit(asked["redirect_uri"]).path
            await buyer.visit(f"{back}?code=forged&state={asked['state']}")
            assert (buyer.path, "data-jsapi" in buyer.page) == (f"/cashier/{payment_id}", False)
            assert not wechat.orders
            wechat.codes["c1"] = "oPayer_1"
            if not is_told:
                wechat.faults["jsapi"] = ["cut after"]
            await buyer.visit(f"{back}?code=c1&state={asked['state']}")
            assert wechat.orders[payment_id.hex].payer == "oPayer_1"
            if not is_told:
                # They are asked again: the same order is told of again.
                wechat.codes["c2"] = "oPayer_1"
                await buyer.visit(f"{back}?code=c2&state={asked['state']}")
            assert (buyer.path, "用微信支付" in buyer.text, buyer.statements <= 3) == (
                f"/cashier/{payment_id}",
                True,
                True,
            )
            payment = await town.payment(payment_id)
            assert payment.pay_way is PayWay.JSAPI
            assert json.loads(payment.pay_url)["package"].startswith("prepay_id=")
            wechat.pay(payment_id.hex)
            await town.later(seconds=61)
            assert await town.state(order_id) == "paid"
