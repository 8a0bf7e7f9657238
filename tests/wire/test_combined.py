"""Proves that several merchants' orders are paid at once, told of once, closed together and refunded one by one."""

import asyncio
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.pages.site import PAYMENT_PASSWORD
from tests.wire.test_trade import balance, call, name_partner, number, pay
from tests.wire.voices import alike
from tests.wire.world import APPID, Account, World, make_merchant, open_shop, receiving
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.web import speaking
from weiji.wire.calls import combined as combined_calls
from weiji.wire.combined import (
    EndCombinedOrder,
    PlaceCombinedOrder,
    combined_id_of,
    end_combined_orders,
)
from weiji.wire.combined.rules import judge_end, judge_place
from weiji.wire.trade import Kind, Line, MerchantOrder, State, get_orders


def line(account: Account, total: int, **given: Any) -> dict[str, Any]:
    amount = {"total_amount": total, "currency": "CNY"}
    given = {"mchid": account.mchid, "out_trade_no": number(), "attach": "桌 7", "description": "茶和点心", **given}
    return {**given, "amount": amount}


async def combine(client: WeChatPay, lines: list[dict[str, Any]], **given: Any) -> tuple[str, str]:
    """Make a combined order; give its number and its ticket."""
    combined = given.pop("combine_out_trade_no", None) or number()
    code, said = await call(client.combine_pay, combined, lines, **given)
    assert code == 200, said
    (url,) = said.values()
    return combined, urlsplit(url).path.rpartition("/")[2]


async def two(world: World) -> tuple[WeChatPay, Account]:
    """Give the client of a merchant that another one named as its service provider."""
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "隔壁点心店"))
    await name_partner(world, friend, world.merchant.mchid)
    return client, friend


async def test_two_shops_are_paid_at_once_and_the_merchant_is_told_once(world: World) -> None:
    client, friend = await two(world)
    person_id = await world.site.person("both", "阿明", money=5_000)
    own, theirs = chart.merchant_pending(world.merchant.shop_id), chart.merchant_pending(friend.shop_id)
    before = await balance(world, own)
    lines = [line(world.merchant, 700), line(friend, 300)]
    async with receiving() as (url, heard):
        combined, ticket = await combine(client, lines, notify_url=url)
        code, said = await call(client.combine_query, combined)
        assert [each["trade_state"] for each in said["sub_orders"]] == ["NOTPAY", "NOTPAY"]
        # Asked again it is the same; asked otherwise, it is refused by name.
        again, _ = await combine(client, lines, notify_url=url, combine_out_trade_no=combined)
        code, said = await call(client.combine_pay, again, lines[:1], notify_url=url)
        assert (code, said["code"], said["detail"]["field"]) == (400, "OUT_TRADE_NO_USED", "/sub_orders")
        async with world.site.browser("both") as browser:
            page = await browser.visit(f"/pay/{ticket}")
            assert browser.statements <= 3
            assert "10.00" in re.sub(r"<[^>]+>", "", page)
            assert "一起付的订单" in page
            await browser.send(f"/pay/{ticket}", channel="balance", payment_password=PAYMENT_PASSWORD)
            with speaking("en"):  # What notices say is Chinese, whoever's call set them off.
                await world.told()
            assert "付款成功" in await browser.visit(browser.path)
            assert browser.statements <= 3
        (told,) = heard
        found = await asyncio.to_thread(client.callback, *told)
    code, said = await call(client.combine_query, combined)
    assert found["resource"] == said
    assert (found["event_type"], said["combine_out_trade_no"]) == ("TRANSACTION.SUCCESS", combined)
    assert said["combine_payer_info"]["openid"].startswith("o")
    assert [each["trade_state"] for each in said["sub_orders"]] == ["SUCCESS", "SUCCESS"]
    assert [each["amount"]["payer_amount"] for each in said["sub_orders"]] == [700, 300]
    assert (await balance(world, own) - before, await balance(world, theirs)) == (700, 300)
    assert await balance(world, chart.wallet(person_id)) == 4_000
    for method, args in ((client.combine_pay, (combined, lines)), (client.combine_close, (combined, lines))):
        code, said = await call(method, *args, **({"notify_url": url} if method == client.combine_pay else {}))
        assert (code, said["code"]) == (400, "ORDERPAID")
    # One order goes back, by whoever made it; the other one by its own merchant, who knows our number of it.
    back = {"refund": 300, "total": 300, "currency": "CNY"}
    other = await asyncio.to_thread(world.client, friend)
    _, said = await call(client.combine_query, combined)
    code, refund = await call(other.refund, number(), back, transaction_id=said["sub_orders"][1]["transaction_id"])
    assert code == 200, refund
    back = {"refund": 100, "total": 700, "currency": "CNY"}
    code, refund = await call(client.refund, number(), back, out_trade_no=lines[0]["out_trade_no"])
    assert code == 200, refund
    await world.told()
    assert await balance(world, chart.wallet(person_id)) == 4_400
    _, said = await call(client.combine_query, combined)
    assert [each["trade_state"] for each in said["sub_orders"]] == ["REFUND", "REFUND"]


async def test_a_guest_pays_a_combined_order_by_a_channel(world: World) -> None:
    client, friend = await two(world)
    combined, ticket = await combine(client, [line(world.merchant, 5), line(friend, 6)])
    await pay(world, ticket)
    await world.told()
    _, said = await call(client.combine_query, combined)
    assert {each["trade_state"] for each in said["sub_orders"]} == {"SUCCESS"}
    # One line only is a combined order, too.
    combined, ticket = await combine(client, [line(friend, 7)])
    await pay(world, ticket)
    _, said = await call(client.combine_query, combined)
    assert [each["trade_state"] for each in said["sub_orders"]] == ["SUCCESS"]


async def test_a_combined_order_is_closed_as_a_whole(world: World) -> None:
    client, friend = await two(world)
    lines = [line(world.merchant, 5), line(friend, 6)]
    combined, ticket = await combine(client, lines)
    code, said = await call(client.combine_close, combined, lines[:1])
    assert (code, said["detail"]["field"]) == (400, "/sub_orders")
    code, said = await call(client.combine_close, combined, lines, combine_appid="wx-other")
    assert (code, said["code"]) == (400, "APPID_MCHID_NOT_MATCH")
    closing = [{name: each[name] for name in ("mchid", "out_trade_no")} for each in lines]
    assert (await call(client.combine_close, combined, closing))[0] == 204
    await world.told()
    _, said = await call(client.combine_query, combined)
    assert {each["trade_state"] for each in said["sub_orders"]} == {"CLOSED"}
    async with world.site.browser() as browser:
        await browser.visit(f"/pay/{ticket}")
        assert "订单已经关闭" in browser.text
    code, said = await call(client.combine_pay, combined, lines)
    assert (code, said["code"]) == (400, "ORDERCLOSED")
    code, said = await call(client.combine_query, "never")
    assert (code, said["code"]) == (404, "ORDER_NOT_EXIST")


async def test_what_was_paid_while_it_was_closed_is_told_as_paid(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, friend = await two(world)
    lines = [line(world.merchant, 5), line(friend, 6)]
    combined, ticket = await combine(client, lines)
    await pay(world, ticket)

    async def read_before(reader: Reader, ids: Collection[UUID]) -> dict[UUID, MerchantOrder]:
        found = await get_orders(reader, ids)
        for order in found.values():
            order.state = State.OPEN
        return found

    monkeypatch.setattr(combined_calls, "get_orders", read_before)
    code, said = await call(client.combine_close, combined, lines)
    assert (code, said["code"]) == (400, "ORDERPAID")


async def test_every_way_to_the_cashier_and_what_is_refused(world: World) -> None:
    client, friend = await two(world)
    lines = [line(world.merchant, 5), line(friend, 6)]
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    _, said = await call(client.combine_pay, number(), lines, pay_type=WeChatPayType.H5, scene_info=scene)
    assert "/pay/h5?prepay_id=wc" in said["h5_url"]
    # Its orders are of that combined order: another one can't have them.
    code, said = await call(client.combine_pay, number(), lines)
    assert (code, said["code"], said["detail"]["field"]) == (400, "OUT_TRADE_NO_USED", "/combine_out_trade_no")
    # Where one is refused, none is made: the number of the other is free.
    fresh = line(world.merchant, 5)
    code, said = await call(client.combine_pay, number(), [fresh, lines[1]])
    assert (code, said["code"]) == (400, "OUT_TRADE_NO_USED")
    await combine(client, [fresh])
    payer = {"openid": "o-somebody"}
    lines = [line(world.merchant, 5), line(world.merchant, 6, sub_mchid=friend.mchid)]
    _, said = await call(client.combine_pay, number(), lines, pay_type=WeChatPayType.JSAPI, combine_payer_info=payer)
    stamp, nonce, package = "1700000000", "n" * 32, f"prepay_id={said['prepay_id']}"
    signed = {"appId": APPID, "timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA"}
    right = client.sign([APPID, stamp, nonce, package])
    async with world.site.browser() as browser:
        answer = await browser.client.get("/pay/bridge", params={**signed, "paySign": right})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{said['prepay_id']}")
    lines = [line(world.merchant, 5), line(friend, 6)]
    _, said = await call(client.combine_pay, number(), lines, pay_type=WeChatPayType.APP)
    assert said["prepay_id"].startswith("wc")
    stranger = await make_merchant(world.site, await open_shop(world.site, "陌生的店"))
    code, said = await call(client.combine_pay, number(), [line(world.merchant, 5), line(stranger, 6)])
    assert (code, said["code"]) == (403, "NO_AUTH")
    twice = line(world.merchant, 5)
    code, said = await call(client.combine_pay, number(), [twice, twice])
    assert (code, said["detail"]["field"]) == (400, "/sub_orders")


async def test_every_form_of_the_client_combines(world: World) -> None:
    friend = await make_merchant(world.site, await open_shop(world.site, "隔壁"))
    await name_partner(world, friend, world.merchant.mchid)
    combined, lines = number(), [line(world.merchant, 5), line(friend, 6)]
    await alike(world, ("combine_pay", combined, lines), ("combine_query", combined))
    await alike(world, ("combine_close", combined, lines), code=204)


SHOP = new_id()


def placing(word: str, total: int) -> PlaceCombinedOrder:
    return PlaceCombinedOrder(
        id=combined_id_of(SHOP, word),
        shop_id=SHOP,
        mchid="1000000000",
        number=word,
        kind=Kind.NATIVE,
        lines=(Line(order_id=SHOP, shop_id=SHOP, description="x", total=total),),
        notify_url="http://x",
        terms={"amount": total},
        key_id=None,
        expires_at=clock.now(),
        actor=BY_SYSTEM,
    )


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 2), st.sampled_from(["place", "paid", "closed"])), max_size=8
    )
)
def test_law_of_batches_for_combined_orders(wishes: list[tuple[str, int, str]]) -> None:
    now = clock.now()
    combined: dict[UUID, Any] = {}
    ended: dict[str, str] = {}
    first: dict[str, int] = {}
    for word, total, verb in wishes:
        if verb == "place":
            status = judge_place(combined, placing(word, total), now).status
            expected = "created" if word not in first else ended.get(word)
            same = "exists" if first.setdefault(word, total) == total else "exists_with_different_terms"
            assert status == (expected or same)
        else:
            command = EndCombinedOrder(combined_id=combined_id_of(SHOP, word), is_paid=verb == "paid", resource={})
            status = judge_end(combined.get(command.combined_id), command, now)
            assert status == ("not_found" if word not in first else "exists" if word in ended else "ended")
            if word in first:
                ended.setdefault(word, f"already_{verb}")


async def test_a_combined_order_ends_once_however_many_say_so(world: World) -> None:
    client, friend = await two(world)
    combined, _ = await combine(client, [line(world.merchant, 5), line(friend, 6)])
    id = combined_id_of(world.merchant.shop_id, combined)
    commands = [EndCombinedOrder(combined_id=id, is_paid=False, resource={}) for _ in range(6)]
    batcher = world.program.batchers.of(end_combined_orders, "combined_id")
    statuses = await asyncio.gather(*(batcher.submit(command) for command in commands))
    assert sorted(statuses) == ["ended", *["exists"] * 5]
    strange = EndCombinedOrder(combined_id=new_id(), is_paid=True, resource={})
    assert await batcher.submit(strange) == "not_found"
