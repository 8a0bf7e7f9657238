"""Proves that a merchant's program sees its money and withdraws it, finds banks and regions, and gets sealed bills."""

import asyncio
import csv
import gzip
from datetime import timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace
from wechatpayv3 import WeChatPay
from wechatpayv3.type import RequestType

from tests.wire.test_sharing import SHARED, receiver
from tests.wire.test_trade import balance, call, deadlines, make, name_partner, number, pay
from tests.wire.voices import Options, alike
from tests.wire.world import World, make_merchant, open_shop
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.payments import CreatePayoutAccount, create_payout_accounts
from weiji.payments.calls import deliver_sandbox_notices
from weiji.wire import bill_entries

STEAM = Path(__file__).parent.parent / "media" / "steam.mp4"


async def get(client: WeChatPay, path: str) -> tuple[int, Any]:
    return await call(client._core.request, path)


async def post(client: WeChatPay, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    return await call(client._core.request, path, method=RequestType.POST, data=body)


async def test_money_is_seen_withdrawn_and_told_of(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    shop_id = world.merchant.shop_id
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    _, ticket = await make(client, total=50_000)
    await pay(world, ticket)
    code, said = await get(client, "/v3/merchant/fund/balance/BASIC")
    assert (code, said) == (200, {"available_amount": 0, "pending_amount": 50_000})
    code, said = await get(client, f"/v3/merchant/fund/dayendbalance/BASIC?date={day}")
    assert (code, said["detail"]["field"]) == (400, "date")
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await deadlines(world)
    _, said = await get(client, "/v3/merchant/fund/balance/OPERATION")
    assert said == {"available_amount": 50_000, "pending_amount": 0}
    _, said = await get(client, f"/v3/merchant/fund/dayendbalance/BASIC?date={day}")
    assert said == {"available_amount": 0, "pending_amount": 50_000}
    assert (await get(client, "/v3/merchant/fund/balance/FEES"))[0] == 400
    asked = {"out_request_no": number(), "amount": 20_000, "remark": "提现"}
    code, said = await post(client, "/v3/merchant/fund/withdraw", asked)
    assert (code, said["code"]) == (403, "NO_AUTH")
    account = CreatePayoutAccount(
        id=new_id(shop_id),
        owner_id=shop_id,
        holder="山里的茶",
        bank="招商银行",
        number="6214830012345678",
        actor=Actor("merchant", world.site.seller_id),
    )
    assert await world.program.batchers.of(create_payout_accounts, "owner_id").submit(account) == "created"
    answers = await asyncio.gather(*(post(client, "/v3/merchant/fund/withdraw", asked) for _ in range(3)))
    assert {code for code, _ in answers} == {200}, answers
    assert len({said["withdraw_id"] for _, said in answers}) == 1
    code, said = await post(client, "/v3/merchant/fund/withdraw", {**asked, "amount": 20_001})
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    code, said = await post(client, "/v3/merchant/fund/withdraw", {"out_request_no": number(), "amount": 99_999})
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    assert await balance(world, chart.merchant_available(shop_id)) <= 30_000
    await world.told()
    _, said = await get(client, f"/v3/merchant/fund/withdraw/out-request-no/{asked['out_request_no']}")
    assert (said["amount"], said["out_request_no"]) == (20_000, asked["out_request_no"])
    _, by_id = await get(client, f"/v3/merchant/fund/withdraw/withdraw-id/{said['withdraw_id']}")
    assert by_id == said, "by either number it is the same"
    code, never = await get(client, "/v3/merchant/fund/withdraw/out-request-no/never")
    assert (code, never["code"]) == (404, "ORDER_NOT_EXIST")
    await alike(
        world,
        ("/v3/merchant/fund/balance/OPERATION",),
        (f"/v3/merchant/fund/dayendbalance/BASIC?date={day}",),
        (f"/v3/merchant/fund/withdraw/out-request-no/{asked['out_request_no']}",),
        (f"/v3/merchant/fund/withdraw/withdraw-id/{said['withdraw_id']}",),
    )
    # What the bank refuses comes back, and is in a bill of its own.
    refusing = replace(account, id=new_id(shop_id), number="6214830012340001")
    assert await world.program.batchers.of(create_payout_accounts, "owner_id").submit(refusing) == "created"
    asked = {"out_request_no": number(), "amount": 5_000}
    assert (await post(client, "/v3/merchant/fund/withdraw", asked))[0] == 200
    await world.told()
    await deliver_sandbox_notices(world.program.database, world.program.lanes, 100)
    await world.told()
    path = f"/v3/merchant/fund/withdraw/out-request-no/{asked['out_request_no']}"
    _, said = await get(client, path)
    assert said["status"] == "FAIL", said
    failed_on = clock.now().astimezone(SHANGHAI).date().isoformat()
    path = f"/v3/merchant/fund/withdraw/bill-type/NO_SUCC?bill_date={failed_on}&tar_type=GZIP"
    assert (await get(client, path))[1]["code"] == "NO_STATEMENT_EXIST"
    CLOCK.follow(CLOCK.offset + timedelta(days=1))
    (bill,) = await alike(world, (path,))
    (content,) = await alike(world, ("download_bill", bill["download_url"]))
    lines = gzip.decompress(content).decode("utf-8-sig").splitlines()
    assert [cell.strip("`") for cell in lines[1].split(",")][2:6] == [said["withdraw_id"], "50.00", "0.00", "FAIL"]
    assert lines[3] == "`1,`50.00"
    assert (await get(client, path.replace("NO_SUCC", "ALL")))[0] == 400
    # A service provider sees and withdraws for whoever named it, and for nobody else.
    provider = await make_merchant(world.site, await open_shop(world.site, "服务商"))
    other = await asyncio.to_thread(world.client, provider)
    path = f"/v3/ecommerce/fund/balance/{world.merchant.mchid}"
    assert (await get(other, path))[0] == 403
    await name_partner(world, world.merchant, provider.mchid)
    _, said = await get(other, path)
    assert said["sub_mchid"] == world.merchant.mchid
    _, said = await get(other, f"/v3/ecommerce/fund/enddaybalance/{world.merchant.mchid}?date={day}")
    assert said["pending_amount"] == 50_000
    # All that there was when the day was over, less what is to stay: once, whatever there is when it is asked again.
    day_end = "/v3/platsolution/ecommerce/withdraw/day-end-balance-withdraw"
    left = await balance(world, chart.merchant_available(shop_id))
    asked = {"sub_mchid": world.merchant.mchid, "out_request_no": number(), "reserve_amount": 2_000}
    assert (await post(other, day_end, {**asked, "calculate_amount_type": "ALL"}))[0] == 400
    asked["calculate_amount_type"] = "ONLY_DAY_END_BALANCE"
    code, said = await post(other, day_end, {**asked, "reserve_amount": left})
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    answers = [await post(other, day_end, asked) for _ in range(2)]
    assert [code for code, _ in answers] == [200, 200], answers
    assert answers[0][1]["withdraw_id"] == answers[1][1]["withdraw_id"]
    assert await balance(world, chart.merchant_available(shop_id)) == 2_000
    path = f"{day_end}/out-request-no/{asked['out_request_no']}?sub_mchid={world.merchant.mchid}"
    (said,) = await alike(world, (path,), account=provider, partner_mode=True)
    assert (said["total_amount"], said["sp_mchid"]) == (left - 2_000, provider.mchid)
    code, said = await post(other, day_end, {**asked, "out_request_no": number(), "reserve_amount": 0})
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    asked = {"sub_mchid": world.merchant.mchid, "out_request_no": number(), "amount": 1_000}
    code, said = await post(other, "/v3/ecommerce/fund/withdraw", asked)
    assert code == 200, said
    sub = f"?sub_mchid={world.merchant.mchid}"
    _, said = await get(other, f"/v3/ecommerce/fund/withdraw/{said['withdraw_id']}{sub}")
    assert (said["amount"], said["sp_mchid"]) == (1_000, provider.mchid)
    assert said["out_request_no"] == asked["out_request_no"]
    _, said = await get(other, f"/v3/ecommerce/fund/withdraw/out-request-no/{asked['out_request_no']}{sub}")
    assert said["amount"] == 1_000


async def test_bills_of_sharing_and_sealed_bills(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = own_world
    friend = await make_merchant(world.site, await open_shop(world.site, "朋友的店"))
    client = await asyncio.to_thread(world.client)
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    split, returned = number(), number()
    await call(client.profitsharing_order, said["transaction_id"], split, [receiver(friend, 400)], True)
    await world.told()
    await call(client.profitsharing_return, returned, friend.mchid, 100, "退回", out_order_no=split)
    await world.told()
    CLOCK.follow(CLOCK.offset + timedelta(days=1))
    code, said = await call(client.profitsharing_bill, day)
    assert code == 200, said
    code, content = await asyncio.to_thread(client.download_bill, said["download_url"])
    text = gzip.decompress(content).decode("utf-8-sig")
    assert sha1(gzip.decompress(content), usedforsecurity=False).hexdigest() == said["hash_value"]
    first, second = (row.split(",") for row in text.splitlines()[1:3])
    assert (first[6], first[9], first[10]) == (f"`{split}", "`4.00", "`分出")
    assert (second[6], second[9], second[10], second[11]) == (f"`{returned}", "`1.00", "`回退", "`SUCCESS")
    assert text.splitlines()[4] == "`2,`4.00,`1.00"
    # Sealed ones: for a service provider, of one merchant or of all.
    provider = await make_merchant(world.site, await open_shop(world.site, "服务商"))
    other = await asyncio.to_thread(world.client, provider, partner_mode=True)
    asked = (world.merchant.mchid, day, "OPERATION")
    assert (await call(other.submch_fundflow_bill, *asked))[0] == 403
    await name_partner(world, world.merchant, provider.mchid)
    code, said = await call(other.submch_fundflow_bill, *asked)
    assert (code, said["download_bill_count"]) == (200, 1), said
    for bill in [*said["download_bill_list"], *(await _all(other, day))["download_bill_list"]]:
        code, content = await asyncio.to_thread(other.download_bill, bill["download_url"])
        assert code == 200
        text = AESGCM(other.decrypt(bill["encrypt_key"]).encode()).decrypt(bill["nonce"].encode(), content, None)
        assert sha1(text, usedforsecurity=False).hexdigest() == bill["hash_value"]
        assert "结算" in text.decode() or "交易" in text.decode()
    sealed = Options(sub_mchid=world.merchant.mchid)
    await alike(
        world,
        ("trade_bill", day, sealed),
        ("profitsharing_bill", day, sealed),
        ("submch_fundflow_bill", *asked),
        account=provider,
        partner_mode=True,
    )
    code, said = await call(other.trade_bill, day, sub_mchid=world.merchant.mchid)
    assert code == 200, said
    code, content = await asyncio.to_thread(other.download_bill, said["download_url"])
    assert out_trade_no in gzip.decompress(content).decode()
    # That of all is one, however many they are, and says of each line whose it is.
    await name_partner(world, friend, provider.mchid)
    monkeypatch.setattr(bill_entries, "PAGE", 1)
    code, of_all = await get(other, f"/v3/ecommerce/bill/fundflowbill?bill_date={day}&account_type=ALL")
    (bill,) = of_all["download_bill_list"]
    code, content = await asyncio.to_thread(other.download_bill, bill["download_url"])
    text = AESGCM(other.decrypt(bill["encrypt_key"]).encode()).decrypt(bill["nonce"].encode(), content, None)
    rows = list(csv.reader(text.decode("utf-8-sig").splitlines()))[:-2]
    assert {(row[11], row[12]) for row in rows} == {
        ("二级商户号", "账户类型"),
        (f"`{world.merchant.mchid}", "`OPERATION"),
        (f"`{friend.mchid}", "`BASIC"),
    }
    await name_partner(world, world.merchant)
    code, _ = await asyncio.to_thread(other.download_bill, said["download_url"])
    assert code == 403


async def _all(client: WeChatPay, day: str) -> Any:
    code, said = await get(client, f"/v3/ecommerce/bill/fundflowbill?bill_date={day}&account_type=OPERATION")
    assert code == 200, said
    return said


async def test_regions_and_banks_are_found(world: World) -> None:
    provinces, cities, found, nothing, branches, *banks = await alike(
        world,
        ("capital_provinces",),
        ("capital_cities", 330_000),
        ("capital_search_bank_number", "6214830012345678"),
        ("capital_search_bank_number", "1"),
        ("capital_branches", "1000001001", 330_100),
        ("capital_personal_banks", 2, 3),
        ("capital_corporate_banks", 2, 3),
    )
    assert {each["province_name"]: each["province_code"] for each in provinces["data"]}["浙江省"] == 330_000
    assert {"city_name": "杭州市", "city_code": 330_100} in cities["data"]
    assert [bank["bank_alias"] for bank in found["data"]] == ["招商银行"]
    assert nothing == {"total_count": 0, "data": []}
    assert (branches["bank_alias"], branches["data"]) == ("招商银行", [])
    for said in banks:
        assert (said["count"], said["offset"], len(said["data"])) == (3, 2, 3)
        assert "offset=5" in said["links"]["next"]
    client = await asyncio.to_thread(world.client)
    assert (await call(client.capital_cities, 1))[0] == 400
    assert (await call(client.capital_branches, "7", 330_100))[0] == 404
    assert (await call(client.capital_personal_banks, 0, 201))[0] == 400


async def test_a_video_comes_in(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    code, said = await call(client.video_upload, str(STEAM))
    assert (code, said["media_id"][-4:]) == (200, ".mp4"), said
    path = world.folder / f"{number()}.mp4"
    await asyncio.to_thread(path.write_bytes, b"no video")
    code, said = await call(client.video_upload, str(path))
    assert (code, said["detail"]["field"]) == (400, "/file")
    async with world.async_client() as other:
        # A defect of this half of the client: it gives a coroutine where it should await it.
        code, text = await (await other.video_upload(str(STEAM)))
        assert code == 200, text


def test_the_form_of_another_client_is_read() -> None:
    from weiji.wire.uploads import read_parts

    # As one client writes it: a semicolon behind the name, a type of its own for `meta`.
    head = b'--x\r\nContent-Disposition: form-data; name="%b";%b\r\nContent-Type: %b\r\n\r\n%b\r\n'
    body = head % (b"meta", b"", b"application/json", b'{"a":1}')
    body += head % (b"file", b' filename="a b.png";', b"image/png", b"\x89P") + b"--x--\r\n"
    assert read_parts(body, "multipart/form-data; boundary=x") == {"meta": b'{"a":1}', "file": b"\x89P"}
