"""Proves that the operator binds shops to their sub-merchants, sees what channels have not let go yet, and has them
asked at once, and that buyers are offered what their shop is bound to, within three statements a page."""

import re

from tests.channels.examples import place_of, wechat_settings
from tests.pages.site import PROOF, Browser, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, desk, operator
from weiji.events import BY_SYSTEM
from weiji.identity import find_person
from weiji.kit.ids import new_id
from weiji.payments import REGISTRY, BindSubMerchant, RequestUnfreezing, bind_sub_merchants, request_unfreezings
from weiji.payments.channels import Channel
from weiji.payments.channels.bank import BankChannel
from weiji.payments.channels.wechat_ecommerce import NAME, WechatEcommerceChannel
from weiji.payments.channels.wechatpay import WechatPayChannel

__all__ = ["desk", "operator"]

HERE = "/operator/sub-merchants"
NUMBER = "1900000109"


async def test_a_shop_is_bound_and_what_is_not_let_go_is_asked_for_again(
    site: Site, desk: Desk, operator: Browser
) -> None:
    shop_id = site.shop_id
    await operator.visit(HERE)
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    assert "没有等着解冻的货款" in operator.text
    handle = await site.program.database.pool.fetchval("select handle from shops.public_shops where id = $1", shop_id)
    for wrong, complaint in (
        ({"handle": "nobody-here"}, "没有这家店铺"),
        ({"number": "12"}, "8 到 32 位数字"),
        ({"channel": "alipay"}, "请选一个渠道"),
    ):
        await operator.send(HERE, **({"handle": handle, "channel": NAME, "number": NUMBER} | wrong))
        assert (operator.status, complaint in operator.text) == (422, True), operator.text
    # Asked first, whose money it will be, by the shop's name and the whole number.
    await operator.send(HERE, handle=handle, channel=NAME, number=f"{NUMBER[:5]} {NUMBER[5:]}")
    assert ("是这家店吗" in operator.text, "1900 0001 09" in operator.text) == (True, True)
    await operator.visit(HERE)
    assert "还没有绑定的店铺" in operator.text
    await operator.send(HERE, handle=handle, channel=NAME, number=NUMBER, sure="1")
    assert (operator.status, "还没有支付密码" in operator.text) == (422, True), operator.text
    async with site.program.database.read() as reader:
        boss_id = await find_person(reader, "boss")
    assert boss_id
    await site.let_pay(boss_id)
    await operator.send(HERE, **{**PROOF, "proof": "guessed-it-twice"})
    assert (operator.status, "密码不对" in operator.text, "1900 0001 09" in operator.text) == (422, True, True)
    await operator.send(HERE, **PROOF)
    assert (operator.status, "绑定好了" in operator.text, "尾号 0109" in operator.text) == (200, True, True)
    assert NUMBER not in operator.page
    await operator.send(HERE, handle=handle, channel=NAME, number="1900000777")
    assert "它现在绑的是尾号 0109" in operator.text
    await operator.visit(HERE)
    await operator.send(f"{HERE}/{shop_id}/{NAME}/unbinding")
    assert ("解除了" in operator.text, "从前的绑定" in operator.text) == (True, True)
    assert operator.statements <= STATEMENTS_MAX
    await operator.send(f"{HERE}/{shop_id}/{NAME}/restoration", last4=NUMBER[-4:])
    assert ("是这家店吗" in operator.text, "尾号 0109" in operator.text) == (True, True)
    await operator.send(f"{HERE}/{shop_id}/{NAME}/restoration", **{**PROOF, "payment_password": "000000"})
    assert (operator.status, "支付密码不对" in operator.text) == (422, True)
    await operator.send(f"{HERE}/{shop_id}/{NAME}/restoration", **PROOF)
    assert ("恢复了" in operator.text, "从前的绑定" in operator.text) == (True, False)
    command = RequestUnfreezing(
        order_id=new_id(shop_id),
        shop_id=shop_id,
        payment_id=new_id(),
        channel=NAME,
        amount=9_800,
        frozen=9_800,
        actor=BY_SYSTEM,
    )
    async with site.program.database.transaction() as tx:
        await request_unfreezings(tx, [command])
    await operator.visit(HERE)
    assert ("店铺的钱被冻结" in operator.text, operator.statements <= STATEMENTS_MAX) == (True, True)
    await operator.send(f"{HERE}/unfreezings/{command.order_id}/retry")
    assert (operator.status, "马上再问渠道" in operator.text) == (200, True)


async def test_buyers_are_offered_the_channel_once_their_shop_is_bound(site: Site, desk: Desk) -> None:
    order_id = await desk.order(is_paid=False)
    nowhere = "http://127.0.0.1:9"
    channels: list[Channel] = [
        WechatEcommerceChannel(wechat_settings(), place_of(nowhere, NAME)),
        WechatPayChannel(wechat_settings(), place_of(nowhere, "wechatpay")),
        BankChannel({"holder": "小镇", "bank": "招商银行", "number": "57190000"}, place_of(nowhere, "bank")),
    ]
    for channel in channels:
        REGISTRY.register(channel)
    try:
        async with site.browser("mei") as buyer:
            await buyer.visit(f"/orders/{order_id}/payment")
            assert (buyer.status, _offered(buyer)) == (200, ["balance", "sandbox", "wechatpay"])
            command = BindSubMerchant(shop_id=site.shop_id, channel=NAME, number=NUMBER, actor=BY_SYSTEM)
            await site.program.batchers.of(bind_sub_merchants, "shop_id").submit(command)
            await buyer.visit(f"/orders/{order_id}/payment")
            # Buyers know both by one name: they get the one that holds money for the shop. A transfer takes too long.
            assert (_offered(buyer), buyer.statements <= STATEMENTS_MAX) == (["balance", "sandbox", NAME], True)
            assert ("微信支付" in buyer.text, "微信平台收付通" in buyer.text) == (True, False)
    finally:
        for channel in channels:
            REGISTRY.remove(channel.name)
            await channel.aclose()


def _offered(buyer: Browser) -> list[str]:
    return re.findall(r'name="channel" value="(\w+)">', buyer.page)
