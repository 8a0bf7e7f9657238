"""Proves that a program's red packets, sent by the old calls by a published client, reach whom they name and no other,
cost the shop what they hold and nothing else, and come back when nobody takes them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay

from tests.wire.test_trade import balance
from tests.wire.test_transfers import owe
from tests.wire.world import APPID, Account, World, fund, make_merchant, open_shop
from weiji import ledger, packets
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.packets import RED_PACKET_RULES, RedPacketRules, list_received
from weiji.rulebook import PublishRules, get_in_force, publish_rules
from weiji.wire import wire_of
from weiji.wire.keys import SetV2Access, set_v2_access
from weiji.wire.openids import openid_of
from weiji.wire.red_packets import SendMerchantPacket, packet_id_of, send_merchant_packets

V2_KEY: Final = "v2v2v2v2v2v2v2v2v2v2v2v2v2v2v2v2"

Say = Callable[..., Awaitable[dict[str, Any]]]


async def speaking(world: World, account: Account, *addresses: str) -> WeChatPay:
    """Let a merchant's program speak: a published client that knows nothing but where to call."""
    command = SetV2Access(
        shop_id=account.shop_id,
        v2_key=V2_KEY,
        addresses=addresses or ("127.0.0.0/8",),
        actor=Actor("merchant", world.site.seller_id),
    )
    assert await world.program.batchers.of(set_v2_access, "shop_id").submit(command) == "set"
    wire_of(world.program.database).directory.forget(account.mchid)
    client = WeChatPay(APPID, V2_KEY, account.mchid)
    client.API_BASE_URL = f"{world.url}/"
    return client


async def say(method: Callable[..., Any], *args: Any, **given: Any) -> dict[str, Any]:
    """Call a method of the client, which blocks; of a refusal give the code."""
    try:
        found: dict[str, Any] = await asyncio.to_thread(lambda: method(*args, **given))
    except WeChatPayException as refused:
        return {"return_code": refused.return_code, "err_code": refused.errcode, "words": refused.errmsg}
    return found


def gift(openid: str, amount: int, **given: Any) -> dict[str, Any]:
    return {
        "user_id": openid,
        "total_amount": amount,
        "send_name": "山里的茶",
        "act_name": "春茶上市",
        "wishing": "喝茶愉快",
        "remark": "老客",
        "client_ip": "127.0.0.1",
        "out_trade_no": new_id().hex[:28],
        **given,
    }


async def test_a_packet_is_paid_by_the_shop_and_opened_by_whom_it_names(own_world: World) -> None:
    world, site = own_world, own_world.site
    client = await speaking(world, world.merchant)
    shop_id, mine = world.merchant.shop_id, chart.merchant_available(world.merchant.shop_id)
    person_id = await site.person("finder", "小鱼")
    asked = gift(openid_of(APPID, person_id), 888)
    refused = await say(client.redpack.send, **asked)
    assert (refused["return_code"], refused["err_code"]) == ("SUCCESS", "NOTENOUGH")
    async with world.program.database.transaction() as tx:
        await fund(tx, shop_id, 10_000)
    # With the same number it goes through now: once, however often it is asked, and not for another amount.
    sent = await say(client.redpack.send, **asked)
    assert client.check_signature(sent)
    assert await say(client.redpack.send, **asked) == sent
    assert (await say(client.redpack.send, **asked | {"total_amount": 900}))["err_code"] == "FATAL_ERROR"
    assert await balance(world, mine) == 10_000 - 888
    # The protocol's call for groups has no client_ip; this client sends one all the same.
    bare = gift(openid_of(APPID, person_id), 1_000, wxappid=APPID, total_num=5, amt_type="ALL_RAND")
    bare = {**bare, "re_openid": bare.pop("user_id"), "mch_billno": bare.pop("out_trade_no")}
    del bare["client_ip"]
    group = await say(client.post, "mmpaymkttransfers/sendgroupredpack", data=bare)
    named = gift(openid_of(APPID, person_id), 1_000, total_num=5)
    assert (await say(client.redpack.send_group, **named))["result_code"] == "SUCCESS"
    await site.settle()
    async with world.program.database.read() as reader:
        waiting = {each.packet_id: each for each in await list_received(reader, person_id)}
    for_one, for_many = (waiting[UUID(hex=each["send_listid"])] for each in (sent, group))
    assert for_one.sender_name == "山里的茶"
    await site.person("friend", "小北")
    path, shared = (f"/red-packets/{each.packet_id}?key={each.key}" for each in (for_one, for_many))
    async with site.browser("friend") as browser:
        assert "不是给你的" in await browser.visit(path)
        await browser.visit(shared)
        await browser.send("/claim")
    async with site.browser("finder") as browser:
        await browser.visit(path)
        await browser.send("/claim")
        await browser.visit(shared)
        await browser.send("/claim")
        # Whom the packet for a group was sent to has its link, to hand it on.
        assert "发给他们" in await browser.visit(browser.path)
        assert "会退回给" in browser.text
        assert (await browser.client.get(f"/red-packets/{for_many.packet_id}/qr.svg")).status_code == 200
    await site.settle()
    assert await balance(world, chart.wallet(person_id)) >= 889
    told = await say(client.redpack.query, asked["out_trade_no"])
    assert (told["status"], told["hb_type"], told["total_amount"]) == ("RECEIVED", "NORMAL", "888")
    assert told["hblist"]["hbinfo"]["openid"] == asked["user_id"]
    assert told["hblist"]["hbinfo"]["amount"] == "888"
    CLOCK.follow(CLOCK.offset + timedelta(hours=25))
    (job,) = packets.jobs(world.program.batchers)
    await job.work(world.program.database, 100)
    told = await say(client.redpack.query, group["mch_billno"])
    got = [int(each["amount"]) for each in told["hblist"]["hbinfo"]]
    assert (told["status"], told["hb_type"], len(got)) == ("REFUND", "GROUP", 2)
    assert int(told["refund_amount"]) == 1_000 - sum(got)
    assert await balance(world, mine) == 10_000 - 888 - sum(got)
    # What programs gave away is seen at the desk, and its statement says where the money went.
    here = f"/merchant/{shop_id}"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        assert "过期退回" in await browser.visit(f"{here}/open-payments/red-packets")
        assert browser.statements <= 3
    assert not (await ledger.verify(world.program.database)).defects


async def test_what_is_refused_says_why(world: World) -> None:
    shop_id = await open_shop(world.site, "小气的店")
    account = await make_merchant(world.site, shop_id)
    client = await speaking(world, account)
    openid = openid_of(APPID, await world.site.person("thrifty", "小鱼"))
    async with world.program.database.transaction() as tx:
        await fund(tx, shop_id, 100_000)
    other = openid_of("wx-other", new_id())
    for wished, code in [
        ({"total_amount": 99}, "MONEY_LIMIT"),
        ({"total_amount": 20_001}, "MONEY_LIMIT"),
        ({"total_amount": 49_901, "scene_id": "PRODUCT_1"}, "MONEY_LIMIT"),
        ({"user_id": other}, "OPENID_ERROR"),
        ({"user_id": "oNobody"}, "OPENID_ERROR"),
        ({"user_id": openid_of(APPID, new_id())}, "OPENID_ERROR"),  # A guest's: nobody could ever open it.
        ({"total_num": 2}, "PARAM_ERROR"),
        ({"wishing": "福" * 61}, "PARAM_ERROR"),
        ({"wishing": ""}, "PARAM_ERROR"),
        ({"act_name": "x" * 33}, "PARAM_ERROR"),
        ({"out_trade_no": "a-b"}, "PARAM_ERROR"),
        ({"total_amount": "1e3"}, "PARAM_ERROR"),
        ({"consume_mch_id": "1000000000"}, "NO_AUTH"),
    ]:
        assert (await say(client.redpack.send, **gift(openid, 100) | wished))["err_code"] == code, wished
    for wished, code in [
        ({"total_num": 2}, "PARAM_ERROR"),
        ({"total_num": 21}, "PARAM_ERROR"),
        ({"amt_type": "ALL_SAME"}, "PARAM_ERROR"),
        ({"total_amount": 299}, "MONEY_LIMIT"),
    ]:
        asked = gift(openid, 300, total_num=3) | wished
        assert (await say(client.redpack.send_group, **asked))["err_code"] == code, wished
    assert (await say(client.redpack.query, "never"))["err_code"] == "NOT_FOUND"
    assert (await say(client.redpack.query, "never", bill_type="X"))["err_code"] == "PARAM_ERROR"
    sent = gift(openid, 100)
    await say(client.redpack.send, **sent)
    async with world.program.database.transaction() as tx:
        await owe(tx, shop_id)
    assert (await say(client.redpack.send, **gift(openid, 100)))["err_code"] == "NO_AUTH"
    assert (await say(client.redpack.send, **sent))["result_code"] == "SUCCESS"
    stranger = await make_merchant(world.site, await open_shop(world.site, "隔壁的店"))
    assert (await say((await speaking(world, stranger)).redpack.query, sent["out_trade_no"]))["err_code"] == "NOT_FOUND"


async def test_the_key_alone_moves_no_money(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "老程序的店"))
    silent = WeChatPay(APPID, V2_KEY, account.mchid)
    silent.API_BASE_URL = f"{world.url}/"
    assert (await say(silent.redpack.query, "x"))["err_code"] == "SIGN_ERROR"
    client = await speaking(world, account, "203.0.113.0/24")
    openid = openid_of(APPID, new_id())
    assert (await say(client.redpack.send, **gift(openid, 100)))["err_code"] == "NO_AUTH"
    assert (await say(client.redpack.query, "never"))["err_code"] == "NOT_FOUND"
    query = {"mch_billno": "never", "bill_type": "MCHT", "appid": APPID, "sign_type": "HMAC-SHA256"}
    assert (await say(client.post, "mmpaymkttransfers/gethbinfo", data=query))["err_code"] == "NOT_FOUND"
    query["sign_type"] = "SM3"
    assert (await say(client.post, "mmpaymkttransfers/gethbinfo", data=query))["err_code"] == "SIGN_ERROR"
    thief = WeChatPay(APPID, "0" * 32, account.mchid)
    thief.API_BASE_URL = f"{world.url}/"
    refused = await say(thief.redpack.query, "never")
    assert (refused["return_code"], refused["err_code"]) == ("FAIL", "SIGN_ERROR")
    assert "bill_type=MCHT" in refused["words"]
    assert V2_KEY not in refused["words"]


async def test_the_owner_sets_key_and_addresses_on_the_page(world: World) -> None:
    site = world.site
    shop_id = await open_shop(site, "第七家店", owner_id=site.seller_id)
    account = await make_merchant(site, shop_id)
    here = f"/merchant/{shop_id}/open-payments"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        await browser.visit(here)
        for wrong in ({"v2_key": "short"}, {"addresses": "example.com"}, {"addresses": " ".join(["203.0.113.7"] * 21)}):
            await browser.send("/v2-access", **wrong)
            assert browser.status == 422, wrong
            await browser.visit(here)
        await browser.send("/v2-access", addresses="203.0.113.7\n2001:db8::/32")
        made = re.search(r'id="made-v2-key"[^>]*>([0-9A-Za-z]{32})<', browser.page)
        assert made
        assert made[1] not in await browser.visit(here)
        party = await wire_of(world.program.database).directory.find(account.mchid)
        assert party
        assert (party.v2_key, party.merchant.v2_addresses) == (made[1], ("203.0.113.7/32", "2001:db8::/32"))
        # What is left empty stays, and the key is sealed.
        await browser.send("/v2-access", addresses="203.0.113.8")
        party = await wire_of(world.program.database).directory.find(account.mchid)
        assert party
        assert (party.v2_key, party.merchant.v2_addresses) == (made[1], ("203.0.113.8/32",))
    async with world.program.database.read() as reader:
        rows = await reader.connection.fetch("select v2_key_sealed from wire.merchants where v2_key_sealed is not null")
    assert not any(made[1].encode() in row["v2_key_sealed"] for row in rows)


def command(shop_id: UUID, billno: str, amount: int, parts: int = 1, greeting: str = "福") -> SendMerchantPacket:
    return SendMerchantPacket(
        id=packet_id_of(shop_id, billno),
        shop_id=shop_id,
        shop_name="茶",
        mchid="1000000000",
        number=billno,
        appid=APPID,
        openid="o",
        person_id=PERSON,
        amount=amount,
        parts=parts,
        greeting=greeting,
        terms={"total_amount": amount},
        actor=BY_SYSTEM,
    )


PERSON: Final = new_id()


class _TakenBack(Exception):
    """Whatever was tried is undone."""


async def answers(world: World, shop_id: UUID, batches: list[list[SendMerchantPacket]]) -> list[tuple[str, str | None]]:
    """Do batches with a shop that has 10 yuan and may send three packets a day, and take everything back."""
    found: list[tuple[str, str | None]] = []
    try:
        async with world.program.database.transaction() as tx:
            version = (await get_in_force(tx, RED_PACKET_RULES, tx.now)).version + 1
            rules = RedPacketRules(shop_day_packets_max=3, day_packets_max=1, parts_max=5, amount_max=2_000)
            await publish_rules(
                tx, [PublishRules(of=RED_PACKET_RULES, version=version, rules=rules, reason="test", actor=BY_SYSTEM)]
            )
            await fund(tx, shop_id, 1_000)
            for batch in batches:
                found += [(each.status, each.difference) for each in await send_merchant_packets(tx, batch)]
            raise _TakenBack
    except _TakenBack:
        return found


async def test_each_status_of_a_batch(world: World) -> None:
    shop_id = new_id()
    batch = [
        command(shop_id, "1", 400),
        command(shop_id, "1", 400),
        command(shop_id, "1", 500),
        command(shop_id, "2", 700),
        command(shop_id, "2", 300),
        command(shop_id, "3", 1, greeting=""),
        command(shop_id, "3", 1, parts=2),
        command(shop_id, "3", 100, parts=6),
        command(shop_id, "3", 2_001),
        command(shop_id, "3", 100, parts=3),
        command(shop_id, "4", 100),
    ]
    assert [status for status, _ in await answers(world, shop_id, [batch])] == [
        "created",
        "exists",
        "exists_with_different_terms",
        "insufficient_funds",
        "created",
        "greeting_invalid",
        "amount_below_parts",
        "too_many_parts",
        "exceeds_packet_limit",
        "created",
        "exceeds_day_limit",
    ]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([300, 700, 900]), st.sampled_from(["福", ""])), max_size=6)
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches_of_packets(world: World, wished: list[tuple[int, int, str]]) -> None:
    shop_id = new_id()
    commands = [command(shop_id, f"N{place}", amount, greeting=words) for place, amount, words in wished]
    together = await answers(world, shop_id, [commands])
    assert together == await answers(world, shop_id, [[each] for each in commands])


async def test_the_same_number_sent_at_once_is_one_packet(world: World) -> None:
    shop_id = await open_shop(world.site, "手快的店")
    async with world.program.database.transaction() as tx:
        await fund(tx, shop_id, 1_000)
    asked = [command(shop_id, "1", amount) for amount in (300, 300, 400)]

    async def send(one: SendMerchantPacket) -> str:
        (result,) = await world.program.database.retried(lambda tx: send_merchant_packets(tx, [one]))
        return result.status

    statuses = await asyncio.gather(*map(send, asked))
    assert sorted(statuses) in (
        ["created", "exists", "exists_with_different_terms"],
        ["created", "exists_with_different_terms", "exists_with_different_terms"],
    )
    assert await balance(world, chart.merchant_available(shop_id)) in (700, 600)


@pytest.mark.parametrize("addresses", [("203.0.113.7/8",), ("",), ("1.2.3",)])
async def test_an_address_that_is_none_is_refused(world: World, addresses: tuple[str, ...]) -> None:
    command = SetV2Access(shop_id=world.merchant.shop_id, v2_key=None, addresses=addresses, actor=BY_SYSTEM)
    batcher = world.program.batchers.of(set_v2_access, "shop_id")
    assert await batcher.submit(command) == "addresses_invalid"
    nobody = SetV2Access(shop_id=new_id(), v2_key=None, addresses=(), actor=BY_SYSTEM)
    assert await batcher.submit(nobody) == "merchant_not_found"
