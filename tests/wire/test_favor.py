"""Proves that a program's stocks are campaigns of its shop, that only it sends their coupons, and each once."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha1
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from PIL import Image
from wechatpayv3.type import RequestType

from tests.coupons.examples import claim, place_with, start
from tests.pages.site import PRICES
from tests.wire.test_funds import post
from tests.wire.test_trade import call, number
from tests.wire.voices import Options, alike
from tests.wire.world import APPID, World, make_merchant, open_shop, receiving
from weiji.coupons import ClaimCoupon, Terms, claim_coupons, list_open, list_usable
from weiji.events import BY_SYSTEM, Actor, Occurrence, publish
from weiji.events.coupons import CouponUsed
from weiji.kit import clock
from weiji.kit.ids import derive, new_id
from weiji.orders import PlaceStatus
from weiji.payments import BALANCE, CreatePayment, create_payments
from weiji.wire.gate import write_time
from weiji.wire.listeners import PutListener, Topic, Wish, put_listeners
from weiji.wire.openids import openid_of


def stock_of(mchid: str, out_request_no: str, **more: Any) -> dict[str, Any]:
    """What a program says of a stock: 5 yuan off over 20, three of them."""
    now = clock.now()
    return {
        "stock_name": "满二十减五",
        "belong_merchant": mchid,
        "available_begin_time": write_time(now - timedelta(hours=1)),
        "available_end_time": write_time(now + timedelta(days=7)),
        "stock_use_rule": {"max_coupons": 3, "max_amount": 1_500, "max_coupons_per_user": 2},
        "coupon_use_rule": {
            "fixed_normal_coupon": {"coupon_amount": 500, "transaction_minimum": 2_000},
            "available_merchants": [mchid],
        },
        "out_request_no": out_request_no,
        "no_cash": True,
        **more,
    }


async def test_a_stock_is_made_sent_paused_and_told_of(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "发券的店"))
    client = await asyncio.to_thread(world.client, account)
    mine, friend = await world.site.person("gifted", "小鱼"), await world.site.person("also", "小虾")
    openid, other = openid_of(APPID, mine), openid_of(APPID, friend)
    stock = Options(stock_of(account.mchid, number()))
    (made,) = await alike(world, ("marketing_favor_stock_create", stock), account=account)
    stock_id = made["stock_id"]
    given = (account.mchid, stock_id)
    code, said = await call(client.marketing_favor_stock_send, stock_id, openid, number(), account.mchid)
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    assert (await call(client.marketing_favor_stock_start, *given))[0] == 200
    # However many ask, and however often: one coupon for one number.
    first, second = number(), number()
    sent, _ = await alike(
        world,
        ("marketing_favor_stock_send", stock_id, openid, first, account.mchid, Options(coupon_value=500)),
        ("marketing_favor_stock_send", stock_id, openid, second, account.mchid),
        account=account,
    )
    coupon_id = sent["coupon_id"]
    for asked, wanted in (
        ((stock_id, openid, number(), account.mchid), (403, "RULE_LIMIT")),
        ((stock_id, other, first, account.mchid), (400, "INVALID_REQUEST")),
        ((stock_id, "o" * 28, number(), account.mchid), (404, "USER_NOT_EXIST")),
        ((stock_id, openid_of(APPID, new_id()), number(), account.mchid), (404, "USER_NOT_EXIST")),
        (("0" * 32, other, number(), account.mchid), (404, "RESOURCE_NOT_EXISTS")),
        ((stock_id, other, number(), account.mchid, 400), (400, "PARAM_ERROR")),
    ):
        code, said = await call(client.marketing_favor_stock_send, *asked)
        assert (code, said["code"]) == wanted
    assert (await call(client.marketing_favor_stock_pause, *given))[0] == 200
    assert (await call(client.marketing_favor_stock_send, stock_id, other, number(), account.mchid))[0] == 400
    assert (await call(client.marketing_favor_stock_restart, *given))[0] == 200
    assert (await call(client.marketing_favor_stock_send, stock_id, other, number(), account.mchid))[0] == 200
    code, said = await call(client.marketing_favor_stock_send, stock_id, other, number(), account.mchid)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    listed, beyond, found, merchants, items, coupons, none, coupon = await alike(
        world,
        ("marketing_favor_stock_list", account.mchid, Options(status="running")),
        ("marketing_favor_stock_list", account.mchid, Options(status="running", offset=9)),
        ("marketing_favor_stock_detail", *given),
        ("marketing_favor_stock_merchant", *given),
        ("marketing_favor_stock_item", *given),
        ("marketing_favor_user_coupon", openid, Options(stock_id=stock_id, status="SENDED")),
        ("marketing_favor_user_coupon", openid, Options(status="USED", creator_mchid=account.mchid)),
        ("marketing_favor_coupon_detail", coupon_id, openid),
        account=account,
    )
    assert (listed["total_count"], listed["data"]) == (1, [found])
    assert (beyond["total_count"], beyond["data"]) == (1, [])
    assert (found["distributed_coupons"], found["stock_use_rule"]["max_coupons"]) == (3, 3)
    assert (merchants["data"], items["data"], none["data"]) == ([account.mchid], [], [])
    assert (coupons["total_count"], coupon["status"]) == (2, "SENDED")
    assert coupon in coupons["data"]
    assert coupon["normal_coupon_information"] == {"coupon_amount": 500, "transaction_minimum": 2_000}
    # It is a coupon of the shop like any other; but nobody sees the stock, and nobody can take from it.
    async with world.program.database.read() as reader:
        usable = await list_usable(reader, mine, [account.shop_id], clock.now(), 10)
        offered = await list_open(reader, account.shop_id, mine, clock.now(), 10)
    (campaign_id,) = {each.campaign_id for each in usable if each.id.hex == coupon_id}
    assert campaign_id not in {each.campaign.id for each in offered}
    taking = ClaimCoupon(
        id=derive(campaign_id, "thief"), campaign_id=campaign_id, person_id=friend, actor=BY_SYSTEM, code=stock_id[:20]
    )
    (taken,) = await world.program.batchers.of(claim_coupons, "campaign_id").submit_all([taking])
    assert taken.status == "campaign_not_found"
    path = f"/v3/marketing/favor/users/{other}/coupons/{coupon_id}?appid={APPID}"
    await alike(world, (path,), account=account, code=404)
    stop = partial(client._core.request, f"/v3/marketing/favor/stocks/{stock_id}/stop", method=RequestType.POST)
    assert (await call(stop, data={"stock_creator_mchid": account.mchid}))[0] == 200
    assert (await call(client.marketing_favor_stock_detail, *given))[1]["status"] == "stoped"


def till_stock_of(mchid: str, now: datetime) -> dict[str, Any]:
    """Say what a stock of coupons for a till is."""
    return {
        "stock_name": "到店减五元",
        "belong_merchant": mchid,
        "goods_name": "全场",
        "stock_type": "NORMAL",
        "coupon_use_rule": {
            "coupon_available_time": {
                "available_begin_time": write_time(now - timedelta(hours=1)),
                "available_end_time": write_time(now + timedelta(days=7)),
            },
            "fixed_normal_coupon": {"discount_amount": 500, "transaction_minimum": 2_000},
            "use_method": "OFF_LINE",
        },
        "stock_send_rule": {"max_coupons": 3, "max_coupons_per_user": 2},
        "out_request_no": number(),
        "coupon_code_mode": "WECHATPAY_MODE",
    }


async def test_a_till_uses_coupons_by_the_protocol_and_by_the_desk(world: World) -> None:
    account = await make_merchant(
        world.site, await open_shop(world.site, "有收银台的店", owner_id=world.site.seller_id)
    )
    client = await asyncio.to_thread(world.client, account)
    mine = await world.site.person(handle := f"till{number()[-8:]}".lower(), "小蟹")
    openid, now = openid_of(APPID, mine), clock.now()
    asked = till_stock_of(account.mchid, now)
    (made,) = await alike(world, ("marketing_busifavor_stock_create", Options(asked)), account=account)
    stock_id, rule = made["stock_id"], asked["coupon_use_rule"]
    times = rule["coupon_available_time"]
    for spoilt, field in (
        ({"coupon_code_mode": "OTHER_MODE"}, "/coupon_code_mode"),
        ({"stock_type": "EXCHANGE"}, "/stock_type"),
        ({"stock_name": "别的"}, "/out_request_no"),
        (
            {"coupon_use_rule": {**rule, "coupon_available_time": {**times, "available_week": {"week_day": [1]}}}},
            "/coupon_use_rule/coupon_available_time/available_week",
        ),
    ):
        code, said = await call(client.marketing_busifavor_stock_create, **{**asked, **spoilt})
        assert (code, said["detail"]["field"]) == (400, field), said
    sending = {"stock_id": stock_id, "out_request_no": number(), "openid": openid, "appid": APPID}
    posting = partial(client._core.request, "/v3/marketing/busifavor/coupons/send", method=RequestType.POST)
    (code, sent), again = [await call(posting, data=sending) for _ in range(2)]
    assert (code, again) == (200, (code, sent)), sent
    assert sent["out_request_no"] == sent["send_coupon_result"]["out_request_no"] == sending["out_request_no"]
    coupon_code, use_no = sent["coupon_code"], number()
    at = write_time(now)
    used, detail, listed, stock = await alike(
        world,
        ("marketing_busifavor_coupon_use", coupon_code, at, use_no, stock_id, openid),
        ("marketing_busifavor_coupon_detail", coupon_code, openid),
        ("marketing_busifavor_user_coupon", openid, Options(stock_id=stock_id, coupon_state="USED")),
        ("marketing_busifavor_stock_query", stock_id),
        account=account,
    )
    assert (used["openid"], detail["coupon_state"], listed["data"]) == (openid, "USED", [detail])
    assert (stock["stock_state"], stock["send_count_information"]["total_send_num"]) == ("RUNNING", 1)
    assert detail["coupon_use_rule"]["coupon_available_time"]["available_end_time"] == detail["expire_time"]
    code, said = await call(client.marketing_busifavor_coupon_use, coupon_code, at, number())
    assert (code, said["code"]) == (400, "INVALID_REQUEST"), "it was used under another number"
    # The bill of what was used of a stock tells of a till's uses, too.
    code, flow = await call(client.marketing_favor_use_flow, stock_id)
    assert (code, flow["hash_type"]) == (200, "SHA1"), flow
    _, bill = await asyncio.to_thread(client.download_bill, flow["url"])
    assert sha1(bill, usedforsecurity=False).hexdigest() == flow["hash_value"]
    (_, row, _, sums) = bill.decode().split("\r\n")[:4]
    assert row.split(",")[:6] == [f"`{each}" for each in (stock_id, coupon_code, "NORMAL", "5.00", "", "OFF_LINE")]
    assert sums == "`1,`5.00"
    stranger = await asyncio.to_thread(world.client)
    assert (await call(stranger.marketing_favor_use_flow, stock_id))[0] == 404
    returned = number()
    await alike(world, ("marketing_busifavor_coupon_return", coupon_code, stock_id, returned), account=account)
    # Used anew, and the return comes again, late: the new use stays. The bill that was asked for stays, too.
    assert (await call(client.marketing_busifavor_coupon_use, coupon_code, at, number()))[0] == 200
    assert (await call(client.marketing_busifavor_coupon_return, coupon_code, stock_id, returned))[0] == 200
    _, detail = await call(client.marketing_busifavor_coupon_detail, coupon_code, openid)
    assert detail["coupon_state"] == "USED"
    assert (await call(client.marketing_busifavor_coupon_return, coupon_code, stock_id, number()))[0] == 200
    assert (await asyncio.to_thread(client.download_bill, flow["url"]))[1] == bill
    code, flow = await call(client.marketing_favor_refund_flow, stock_id)
    _, bill = await asyncio.to_thread(client.download_bill, flow["url"])
    assert (sha1(bill, usedforsecurity=False).hexdigest(), bill.count(coupon_code.encode())) == (flow["hash_value"], 2)
    # The same coupon at the desk: its person shows the code, the shop takes it, and gives it back.
    async with world.site.browser(handle) as browser:
        assert coupon_code in await browser.visit("/coupons/mine")
    desk = f"/merchant/{account.shop_id}/coupons"
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as browser:
        for code_typed, verb, said in (
            (coupon_code, "use", "用掉了"),
            (coupon_code, "use", "用过了"),
            (coupon_code, "take_back", "退回去了"),
            ("nonsense", "use", "没有这样的券"),
        ):
            await browser.visit(desk)
            assert browser.statements <= 3
            await browser.send(f"{desk}/serving", code=code_typed, verb=verb)
            assert said in browser.text
    _, detail, ended, lapsed = await alike(
        world,
        ("marketing_busifavor_coupon_deactivate", coupon_code, stock_id, number()),
        ("marketing_busifavor_coupon_detail", coupon_code, openid),
        *(
            ("marketing_busifavor_user_coupon", openid, Options(coupon_state=each))
            for each in ("DEACTIVATED", "EXPIRED")
        ),
        account=account,
    )
    assert (detail["coupon_state"], detail["deactivate_time"]) == ("DEACTIVATED", detail["expire_time"])
    assert (ended["data"], lapsed["data"]) == ([detail], [])
    async with world.site.browser(handle) as browser:
        assert "店铺作废了" in await browser.visit("/coupons/mine?tab=expired"), "time did not run out"
    code, said = await call(client.marketing_busifavor_coupon_use, coupon_code, at, number())
    assert (code, said["code"]) == (400, "INVALID_REQUEST"), "it was ended"
    code, said = await call(stranger.marketing_busifavor_coupon_use, coupon_code, at, number())
    assert (code, said["code"]) == (404, "RESOURCE_NOT_EXISTS")
    code, said = await call(client.marketing_busifavor_couponcode_upload, stock_id, number(), ["ABC"])
    assert (code, said["code"]) == (400, "INVALID_REQUEST"), "its codes are made here"


async def test_who_asked_for_it_is_told_who_got_a_coupon_and_which_order_used_it(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "要听券的店"))
    client = await asyncio.to_thread(world.client, account)
    person_id = await world.site.person("lucky", "小鳗")
    async with receiving() as (url, heard):
        for path in ("/v3/marketing/busifavor/callbacks", "/v3/marketing/favor/callbacks"):
            await alike(world, (path,), account=account, code=404)
        told, asked, used = await alike(
            world,
            ("marketing_busifavor_callback_update", Options(notify_url=url)),
            ("marketing_busifavor_callback_query",),
            ("marketing_favor_callback_update", Options(notify_url=url)),
            account=account,
        )
        assert asked == {"mchid": account.mchid, "notify_url": url}
        assert {told["update_time"][-6:], used["update_time"][-6:]} == {"+08:00"}
        assert (await alike(world, ("/v3/marketing/favor/callbacks",), account=account)) == [asked]
        code, said = await call(client.marketing_favor_callback_update, url, mchid=world.merchant.mchid)
        assert (code, said["detail"]["field"]) == (400, "/mchid")
        _, stock = await call(client.marketing_favor_stock_create, **stock_of(account.mchid, number()))
        await call(client.marketing_favor_stock_start, account.mchid, stock["stock_id"])
        openid = openid_of(APPID, person_id)
        sent = (stock["stock_id"], openid, number(), account.mchid)
        code, coupon = await call(client.marketing_favor_stock_send, *sent)
        assert code == 200, coupon
        coupon_id, order_id = UUID(coupon["coupon_id"]), new_id()
        use = CouponUsed(campaign_id=UUID(stock["stock_id"]), coupon_id=coupon_id, person_id=person_id, amount=500)
        async with world.program.database.transaction() as tx:
            await publish(tx, [Occurrence(use, account.shop_id, order_id, BY_SYSTEM)])
        await world.told()
        opened = [await asyncio.to_thread(client.callback, *each) for each in heard]
        found = {each["event_type"]: each["resource"] for each in opened}
        assert len(opened) == len(found) == 2
        assert found["COUPON.SEND"]["coupon_code"] == found["COUPON.USE"]["coupon_id"] == coupon["coupon_id"]
        assert found["COUPON.SEND"]["stock_id"] == found["COUPON.USE"]["stock_id"] == stock["stock_id"]
        assert (found["COUPON.USE"]["status"], found["COUPON.USE"]["consume_information"]["transaction_id"]) == (
            "USED",
            order_id.hex,
        )
        assert found["COUPON.USE"]["consume_information"]["consume_amount"] == 500
        sent = found["COUPON.SEND"]
        assert ("openid" in sent, sent["send_channel"]) == (False, "BUSICOUPON_SEND_CHANNEL_API")
        # Whose it is, is told as the app calls them that was said with the stock, whichever asked.
        asked = till_stock_of(account.mchid, clock.now()) | {"notify_config": {"notify_appid": "wxtold"}}
        _, stock = await call(client.marketing_busifavor_stock_create, **asked)
        other = asked | {"notify_config": {"notify_appid": "wxother"}}
        code, said = await call(client.marketing_busifavor_stock_create, **other)
        assert (code, said["detail"]["field"]) == (400, "/out_request_no")
        sending = {"stock_id": stock["stock_id"], "out_request_no": number(), "openid": openid, "appid": APPID}
        await call(client._core.request, "/v3/marketing/busifavor/coupons/send", RequestType.POST, sending)
        await world.told()
        named = await asyncio.to_thread(client.callback, *heard.pop())
        assert named["resource"]["openid"] == openid_of("wxtold", person_id)
        # Switched off, it hears no more.
        await alike(world, ("marketing_favor_callback_update", Options(notify_url=url, switch=False)), account=account)
        async with world.program.database.transaction() as tx:
            await publish(tx, [Occurrence(use, account.shop_id, new_id(), BY_SYSTEM)])
        await world.told()
        assert len(heard) == 2


async def test_a_stock_says_what_is_wrong_with_it_and_is_its_makers(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "另一家发券的店"))
    client = await asyncio.to_thread(world.client, account)
    out_request_no = number()
    good = stock_of(account.mchid, out_request_no)
    code, made = await call(client.marketing_favor_stock_create, **good)
    assert code == 200, made
    fixed = {"fixed_normal_coupon": {"coupon_amount": 500, "transaction_minimum": 2_000}}
    many = {"max_coupons": 10**9, "max_coupons_per_user": 1}
    for spoilt, field in (
        ({"stock_name": "别的"}, "/out_request_no"),
        ({"belong_merchant": world.merchant.mchid}, "/belong_merchant"),
        ({"stock_type": "DISCOUNT"}, "/stock_type"),
        ({"stock_use_rule": {**many, "max_amount": 7}}, "/stock_use_rule/max_amount"),
        ({"coupon_use_rule": {**fixed, "available_items": ["1"]}}, "/coupon_use_rule/available_items"),
        ({"coupon_use_rule": {**fixed, "available_merchants": ["1"]}}, "/coupon_use_rule/available_merchants"),
        ({"coupon_use_rule": {**fixed, "limit_pay": ["ICBC_CREDIT"]}}, "/coupon_use_rule/limit_pay"),
        ({"coupon_use_rule": {**fixed, "trade_type": ["MICROAPP"]}}, "/coupon_use_rule/trade_type"),
        ({"stock_use_rule": {**many, "natural_person_limit": True}}, "/stock_use_rule/natural_person_limit"),
        (
            {"coupon_use_rule": {**fixed, "coupon_available_time": {"fix_available_time": {"begin_time": 8}}}},
            "/coupon_use_rule/coupon_available_time/fix_available_time",
        ),
        ({"available_end_time": "2026-01-01T00:00:00"}, "/available_end_time"),
        ({"out_request_no": number(), "available_end_time": "2020-01-01T00:00:00+08:00"}, "/available_end_time"),
        ({"out_request_no": number(), "stock_use_rule": many}, "/stock_use_rule/max_coupons"),
    ):
        code, said = await call(client.marketing_favor_stock_create, **{**good, **spoilt})
        assert (code, said["detail"]["field"]) == (400, field), said
    till = till_stock_of(account.mchid, clock.now())
    for sent, field in (
        ({"natural_person_limit": True}, "/stock_send_rule/natural_person_limit"),
        ({"max_amount": 1_499}, "/stock_send_rule/max_amount"),
        ({"max_amount_by_day": 1_500}, "/stock_send_rule/max_amount_by_day"),
        ({"max_coupons_by_day": 1}, "/stock_send_rule/max_coupons_by_day"),
    ):
        spoilt = {**till, "stock_send_rule": {**till["stock_send_rule"], **sent}}
        code, said = await post(client, "/v3/marketing/busifavor/stocks", spoilt)
        assert (code, said["detail"]["field"]) == (400, field), said
    whole = {**till, "stock_send_rule": {**till["stock_send_rule"], "max_amount": 1_500}}
    assert (await post(client, "/v3/marketing/busifavor/stocks", whole))[0] == 200
    stranger = await asyncio.to_thread(world.client)
    for told in (
        await call(stranger.marketing_favor_stock_detail, world.merchant.mchid, made["stock_id"]),
        await call(stranger.marketing_favor_stock_start, world.merchant.mchid, made["stock_id"]),
    ):
        assert (told[0], told[1]["code"]) == (404, "RESOURCE_NOT_EXISTS")
    await alike(world, ("/v3/marketing/favor/stocks?stock_creator_mchid=1",), account=account, code=400)
    far = (
        f"/v3/marketing/favor/stocks?stock_creator_mchid={account.mchid}&create_start_time=0001-01-01T00:00:00%2B08:00"
    )
    assert (await call(client._core.request, far))[0] == 400, "no database keeps that time"
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "#8a6d1f").save(drawn, "PNG")
    path = world.folder / f"{number()}.png"
    await asyncio.to_thread(path.write_bytes, drawn.getvalue())
    code, said = await call(client.marketing_image_upload, str(path))
    assert code == 200, said
    assert said["media_url"].startswith(f"{world.url}/media/")


async def test_the_server_of_a_shop_hears_nothing_of_coupons_that_the_platform_pays(world: World) -> None:
    program, account, actor = world.program, world.merchant, Actor("merchant", world.site.seller_id)
    town: Any = SimpleNamespace(
        database=program.database,
        batchers=program.batchers,
        shop_id=account.shop_id,
        skus=world.site.skus,
        prices=PRICES,
    )
    buyer = await world.site.person("both", "小鳝", money=50_000)
    own, platforms = [
        await claim(town, await start(town, shop_id, Terms(amount=500)), buyer) for shop_id in (account.shop_id, None)
    ]
    put = partial(PutListener, mchid=account.mchid, topic=Topic.COUPONS_USED, shop_id=account.shop_id, actor=actor)
    async with receiving() as (url, heard):
        await program.batchers.of(put_listeners, "shop_id").submit(put(wish=Wish.PUT, url=url))
        order_id, placed = await place_with(town, buyer, (own, platforms), 1_000)
        assert placed.status is PlaceStatus.PLACED
        payment = CreatePayment(
            id=new_id(buyer),
            payer_id=buyer,
            subject_id=order_id,
            payee_id=account.shop_id,
            amount=placed.total,
            channel=BALANCE,
            actor=Actor("buyer", buyer),
        )
        assert await program.batchers.of(create_payments).submit(payment) == "created"
        await world.told()
        client = await asyncio.to_thread(world.client)
        (told,) = [await asyncio.to_thread(client.callback, *each) for each in heard]
        assert (told["event_type"], told["resource"]["coupon_id"]) == ("COUPON.USE", own.hex)
        await program.batchers.of(put_listeners, "shop_id").submit(put(wish=Wish.REMOVE))
