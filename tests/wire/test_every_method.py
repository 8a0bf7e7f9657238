"""Proves that the published client, unmodified, works through every method that leads to a row of the protocol that we
hold: in both halves of it and both key modes, each by what it did."""

import asyncio
import functools
import gzip
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from hashlib import sha1, sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.type import RequestType

from tests.wire.published import BROKEN, FORMS, REFUSED, Form, Speaker, leads, speaking
from tests.wire.test_applyments import company
from tests.wire.test_batches import details_for
from tests.wire.test_codes import scanned, shown
from tests.wire.test_combined import line
from tests.wire.test_complaints import Buyers
from tests.wire.test_favor import stock_of, till_stock_of
from tests.wire.test_funds import STEAM
from tests.wire.test_sharing import SHARED, receiver
from tests.wire.test_trade import balance, name_partner, number, pay
from tests.wire.world import APPID, KEY, Account, World, fund, make_merchant, open_shop, receiving
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.payments import CreatePayoutAccount, create_payout_accounts, list_abnormal_refunds, open_route
from weiji.payments.calls import deliver_sandbox_notices
from weiji.payments.channels.sandbox import ActStatus, SetFaults, set_faults
from weiji.wire.applying import ConfirmSettlementChange, confirm_settlement_changes
from weiji.wire.gate import write_time
from weiji.wire.openids import openid_of
from weiji.wire.sealing import open_field
from weiji.wire.tickets import read_ticket
from weiji.wire.trade import get_orders

SCENE: Final = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
KINDS: Final[tuple[tuple[str, WeChatPayType, dict[str, Any]], ...]] = (
    ("code_url", WeChatPayType.NATIVE, {}),
    ("h5_url", WeChatPayType.H5, {"scene_info": SCENE}),
    ("prepay_id", WeChatPayType.APP, {}),
    ("prepay_id", WeChatPayType.JSAPI, {}),
)
"""What an order of each kind leads to."""

COVERED: Final[dict[str, str]] = {}
"""Each method of the client, and the test that goes through it."""

Test = Callable[..., Awaitable[None]]


def covers(*methods: str) -> Callable[[Test], Test]:
    """Say which methods a test goes through: whichever of their rows was not answered as it has to be, is told."""

    def keep(test: Test) -> Test:
        for method in methods:
            assert method not in COVERED, f"{method} is covered by {COVERED[method]}"
            COVERED[method] = test.__name__

        @functools.wraps(test)
        async def run(**given: Any) -> None:
            await test(**given)
            (spoken,) = (each for each in given.values() if isinstance(each, Speaker))
            for method in set(methods) - BROKEN.keys():
                for row in leads(WeChatPay)[method]:
                    codes = spoken.answered[method, row]
                    wanted = {403} if row in REFUSED else {200, 204}
                    assert codes & wanted, (method, row, codes)

        return run

    return keep


@pytest.fixture(params=FORMS, ids=str)
def form(request: pytest.FixtureRequest) -> Form:
    """Each form of the client."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
async def speak(world: World, form: Form) -> AsyncIterator[Speaker]:
    """That form, in the world of all tests."""
    async with speaking(world, form) as made:
        yield made


@pytest.fixture
async def alone(own_world: World, form: Form) -> AsyncIterator[Speaker]:
    """That form, in a world whose clock may be turned."""
    async with speaking(own_world, form) as made:
        yield made


async def merchant(world: World, name: str, money: int = 0) -> Account:
    """Open another shop that is a merchant, which has that much to withdraw."""
    account = await make_merchant(world.site, await open_shop(world.site, name))
    if money:
        async with world.program.database.transaction() as tx:
            await fund(tx, account.shop_id, money)
    return account


async def person(world: World, money: int = 0) -> tuple[UUID, str]:
    """Have somebody sign up; give who they are, and their name for signing in."""
    handle = f"m{new_id().hex[-10:]}"
    return await world.site.person(handle, "小鱼", money=money), handle


async def heard_by(speak: Speaker, told: tuple[dict[str, str], bytes], account: Account | None = None) -> Any:
    """Have a notice read by the form of the client. The blocking one may ask this loop for certificates."""
    found = await asyncio.to_thread((await speak.client(account)).callback, *told)
    return await found if inspect.isawaitable(found) else found


def ticket_of(said: dict[str, Any]) -> str:
    """Give the ticket that is behind an answer to a new order."""
    (url,) = said.values()
    return urlsplit(url).path.rpartition("/")[2]


@covers("pay", "query", "close", "codepay_reverse", "refund", "query_refund")
async def test_orders_are_made_paid_closed_and_given_back(speak: Speaker) -> None:
    world = speak.world
    sub = await merchant(world, "点心店")
    await name_partner(world, sub, world.merchant.mchid)
    payer_id, handle = await person(world, 10_000)
    for is_partner, shop in ((False, world.merchant), (True, sub)):
        of: dict[str, Any] = {"is_partner": True, "sub_mchid": sub.mchid} if is_partner else {}
        money, before = chart.merchant_pending(shop.shop_id), await balance(world, chart.wallet(payer_id))
        for key, kind, given in KINDS:
            payer = {"payer": {"sp_openid" if is_partner else "openid": "o-somebody"}}
            given = given | (payer if kind is WeChatPayType.JSAPI else {})
            said = await speak("pay", "一杯茶", out_trade_no := number(), {"total": 1}, pay_type=kind, **given, **of)
            assert list(said) == [key]
            assert await speak("close", out_trade_no, wants=204, **of) in (None, "", b"")
            assert (await speak("query", out_trade_no=out_trade_no, **of))["trade_state"] == "CLOSED"
        # Paid with the wallet, told of, and given back in part.
        earned = await balance(world, money)
        async with receiving() as (url, heard):
            out_trade_no = number()
            ticket = ticket_of(await speak("pay", "一杯茶", out_trade_no, {"total": 1_000}, notify_url=url, **of))
            await pay(world, ticket, handle=handle)
            await world.told()
            found = await speak("query", out_trade_no=out_trade_no, **of)
            assert (found["trade_state"], found["amount"]["payer_total"]) == ("SUCCESS", 1_000)
            assert await speak("query", found["transaction_id"], **of) == found
            assert (await heard_by(speak, heard[0]))["resource"] == found
            back = {"refund": 300, "total": 1_000, "currency": "CNY"}
            refund = number()
            said = await speak("refund", refund, back, out_trade_no=out_trade_no, notify_url=url, **of)
            assert said["status"] == "PROCESSING"
            await world.told()
            told = await heard_by(speak, heard[-1])
            assert (told["event_type"], told["resource"]["out_refund_no"]) == ("REFUND.SUCCESS", refund)
        found = await speak("query_refund", refund, **of)
        assert (found["status"], found["amount"]["refund"]) == ("SUCCESS", 300)
        assert await balance(world, chart.wallet(payer_id)) - before == -700
        assert await balance(world, money) - earned == 700
        # A code is shown at a till, and what it paid is taken back.
        code, _ = await shown(world, handle)
        out_trade_no = number()
        said = await speak("pay", "一杯茶", out_trade_no, {"total": 800}, **scanned(code), **of)
        assert (said["trade_state"], await balance(world, chart.wallet(payer_id)) - before) == ("SUCCESS", -1_500)
        await speak("codepay_reverse", out_trade_no, wants=204, **of)
        await world.told()
        assert await balance(world, chart.wallet(payer_id)) - before == -700


@covers("abnormal_refund")
async def test_a_refund_that_went_wrong_goes_to_another_account(speak: Speaker) -> None:
    world = speak.world
    ticket = ticket_of(await speak("pay", "一杯茶", out_trade_no := number(), {"total": 1_000}))
    await pay(world, ticket)
    known = read_ticket(ticket, clock.wall())
    assert known
    assert known.order_id
    async with world.program.database.read() as reader:
        order = (await get_orders(reader, [known.order_id]))[known.order_id]
    assert order.payment_id
    faults = SetFaults(id=order.payment_id, refunds="refuse", actor=BY_SYSTEM)
    assert await world.program.batchers.of(set_faults).submit(faults) is ActStatus.DONE
    back = {"refund": 300, "total": 1_000, "currency": "CNY"}
    await speak("refund", refund := number(), back, out_trade_no=out_trade_no)
    await world.site.settle()
    await deliver_sandbox_notices(world.program.database, world.program.lanes, 100)
    await world.told()
    found = await speak("query_refund", refund)
    assert found["status"] == "ABNORMAL"
    sealed = ("ICBC_DEBIT", "6212260000001234", "小鱼")
    said = await speak("abnormal_refund", found["refund_id"], refund, "USER_BANK_CARD", *sealed)
    assert (said["status"], said["channel"]) == ("PROCESSING", "OTHER_BANKCARD")
    async with world.program.database.read() as reader:
        (abnormal,) = [one for one in await list_abnormal_refunds(reader) if one.payment_id == order.payment_id]
    assert (abnormal.route_bank, abnormal.route_holder, open_route(abnormal)) == (
        "ICBC_DEBIT", "小鱼", "6212260000001234",
    )  # fmt: skip


@covers("combine_pay", "combine_query", "combine_close")
async def test_orders_of_two_shops_are_one(speak: Speaker) -> None:
    world = speak.world
    friend = await merchant(world, "隔壁")
    await name_partner(world, friend, world.merchant.mchid)
    for key, kind, given in KINDS:
        given = given | ({"combine_payer_info": {"openid": "o-somebody"}} if kind is WeChatPayType.JSAPI else {})
        lines = [line(world.merchant, 5), line(friend, 6)]
        said = await speak("combine_pay", combined := number(), lines, pay_type=kind, **given)
        assert list(said) == [key]
        await speak("combine_close", combined, lines, wants=204)
        await world.told()
        found = await speak("combine_query", combined)
        assert [each["trade_state"] for each in found["sub_orders"]] == ["CLOSED", "CLOSED"]
    lines = [line(world.merchant, 5), line(friend, 6)]
    await pay(world, ticket_of(await speak("combine_pay", combined := number(), lines)))
    await world.told()
    found = await speak("combine_query", combined)
    assert [each["amount"]["payer_amount"] for each in found["sub_orders"]] == [5, 6]
    assert await balance(world, chart.merchant_pending(friend.shop_id)) == 6


@covers(
    *(f"profitsharing_{each}" for each in ("add_receiver", "delete_receiver", "config_query", "amount_query")),
    *(f"profitsharing_{each}" for each in ("order", "order_query", "unfreeze", "return", "return_query")),
    "brand_profitsharing_delete_receiver",
)
async def test_what_was_paid_is_shared(speak: Speaker) -> None:
    world = speak.world
    friend = await merchant(world, "朋友的店")
    theirs = chart.merchant_available(friend.shop_id)
    await pay(world, ticket_of(await speak("pay", "一杯茶", out := number(), {"total": 1_000}, settle_info=SHARED)))
    transaction = (await speak("query", out_trade_no=out))["transaction_id"]
    of = ("MERCHANT_ID", friend.mchid)
    said = await speak("profitsharing_add_receiver", *of, "PARTNER", name="朋友有限公司")
    assert open_field(KEY, said["name"]) == "朋友有限公司"
    given = (split := number(), [receiver(friend, 300)], False)
    said = await speak("profitsharing_order", transaction, *given)
    assert said["out_order_no"] == split
    await world.told()
    found = await speak("profitsharing_order_query", transaction, split)
    assert (found["state"], found["receivers"][0]["amount"]) == ("FINISHED", 300)
    assert await balance(world, theirs) == 300
    assert (await speak("profitsharing_amount_query", transaction))["unsplit_amount"] == 700
    await speak("profitsharing_return", back := number(), friend.mchid, 200, "退回", out_order_no=split)
    await world.told()
    assert (await speak("profitsharing_return_query", split, back))["result"] == "SUCCESS"
    assert await balance(world, theirs) == 100
    said = await speak("profitsharing_unfreeze", transaction, number(), "完结")
    assert said["receivers"][0]["account"] == world.merchant.mchid
    assert (await speak("profitsharing_amount_query", transaction))["unsplit_amount"] == 0
    assert (await speak("profitsharing_config_query", world.merchant.mchid))["max_ratio"] == 10_000
    # Whichever method takes the receiver off, no order is shared with it any more.
    for method, named in (("profitsharing_delete_receiver", of), ("brand_profitsharing_delete_receiver", ("1", *of))):
        await speak("profitsharing_add_receiver", *of, "PARTNER")
        assert (await speak(method, *named))["account"] == friend.mchid
        await pay(world, ticket_of(await speak("pay", "一杯茶", out := number(), {"total": 10}, settle_info=SHARED)))
        transaction = (await speak("query", out_trade_no=out))["transaction_id"]
        said = await speak("profitsharing_order", transaction, number(), [receiver(friend, 3)], False, wants=400)
        assert said["code"] == "PARAM_ERROR"


@covers("trade_bill", "fundflow_bill", "submch_fundflow_bill", "profitsharing_bill", "download_bill")
async def test_bills_of_a_day_are_fetched(alone: Speaker) -> None:
    world, speak = alone.world, alone
    provider, friend = await merchant(world, "服务商"), await merchant(world, "朋友的店")
    await name_partner(world, world.merchant, provider.mchid)
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    await pay(world, ticket_of(await speak("pay", "一杯茶", out := number(), {"total": 1_000}, settle_info=SHARED)))
    transaction = (await speak("query", out_trade_no=out))["transaction_id"]
    await speak("profitsharing_add_receiver", "MERCHANT_ID", friend.mchid, "PARTNER")
    await speak("profitsharing_order", transaction, split := number(), [receiver(friend, 400)], True)
    await world.told()
    CLOCK.follow(CLOCK.offset + timedelta(days=1))
    for name, given, inside in (
        ("trade_bill", (), out),
        ("fundflow_bill", ("OPERATION",), "`6.00"),
        ("profitsharing_bill", (), split),
    ):
        bill = await speak(name, day, *given)
        text = gzip.decompress(await speak("download_bill", bill["download_url"]))
        assert sha1(text, usedforsecurity=False).hexdigest() == bill["hash_value"]
        assert inside in text.decode("utf-8-sig"), name
    of = {"account": provider, "is_partner": True}
    said = await speak("submch_fundflow_bill", world.merchant.mchid, day, "OPERATION", **of)
    (bill,) = said["download_bill_list"]
    content = await speak("download_bill", bill["download_url"], **of)
    key = (await speak.client(provider, is_partner=True)).decrypt(bill["encrypt_key"])
    key = await key if inspect.isawaitable(key) else key
    text = AESGCM(key.encode()).decrypt(bill["nonce"].encode(), content, None)
    assert sha1(text, usedforsecurity=False).hexdigest() == bill["hash_value"]
    assert "`6.00" in text.decode("utf-8-sig")


@covers("image_upload", "video_upload", "marketing_image_upload", "applyment_submit", "applyment_query")
async def test_files_come_in_and_a_merchant_is_applied_for(speak: Speaker, tmp_path: Path) -> None:
    drawn = BytesIO()
    Image.new("RGB", (640, 400), f"#{new_id().hex[-6:]}").save(drawn, "PNG")
    path = tmp_path / "card.png"
    path.write_bytes(drawn.getvalue())
    assert (await speak("video_upload", str(STEAM)))["media_id"].endswith(".mp4")
    url = (await speak("marketing_image_upload", str(path)))["media_url"]
    async with httpx.AsyncClient() as client:
        found = await client.get(url)
    with Image.open(BytesIO(found.content)) as shown_there:
        assert (found.status_code, shown_there.size) == (200, (640, 400))
    picture = (await speak("image_upload", str(path)))["media_id"]
    code, seed = f"A{number()}", new_id().int % 10**9
    spoilt = company(seed, "nothing-1.webp")
    said = await speak("applyment_submit", code, **spoilt, wants=400)
    assert said["detail"]["field"].endswith("_copy"), "a picture that nobody uploaded"
    id = (await speak("applyment_submit", code, **company(seed, picture)))["applyment_id"]
    found = [await speak("applyment_query", code), await speak("applyment_query", applyment_id=id)]
    assert found[0] == found[1]
    assert (found[0]["applyment_state"], found[0]["business_code"]) == ("APPLYMENT_STATE_AUDITING", code)


@covers("applyment_settlement_query", "applyment_settlement_modify")
async def test_a_service_provider_asks_for_another_account_of_a_merchant(speak: Speaker) -> None:
    world, owner = speak.world, Actor("merchant", speak.world.site.seller_id)
    sub = await merchant(world, "特约商户")
    await name_partner(world, sub, world.merchant.mchid)
    account = CreatePayoutAccount(
        id=new_id(sub.shop_id),
        owner_id=sub.shop_id,
        holder="山里的茶",
        bank="招商银行",
        number="6214830012345678",
        actor=owner,
    )
    assert await world.program.batchers.of(create_payout_accounts, "owner_id").submit(account) == "created"
    found = await speak("applyment_settlement_query", sub.mchid)
    assert (found["account_bank"], found["account_number"][-4:]) == ("招商银行", "5678")
    given = ("ACCOUNT_TYPE_BUSINESS", "工商银行", "110000", "6222000000001111")
    asked = (await speak("applyment_settlement_modify", sub.mchid, *given))["application_no"]
    confirm = ConfirmSettlementChange(id=UUID(hex=asked), shop_id=sub.shop_id, refusal=None, actor=owner)
    result = await world.program.batchers.of(confirm_settlement_changes, "shop_id").submit(confirm)
    assert result.status == "confirmed"
    found = await speak("applyment_settlement_query", sub.mchid)
    assert (found["account_bank"], found["account_number"][-4:]) == ("工商银行", "1111")


@covers(
    *(f"capital_{each}" for each in ("provinces", "cities", "branches", "search_bank_number")),
    *(f"capital_{each}_banks" for each in ("personal", "corporate")),
)
async def test_regions_and_banks_are_found(speak: Speaker) -> None:
    provinces = (await speak("capital_provinces"))["data"]
    assert {each["province_name"]: each["province_code"] for each in provinces}["浙江省"] == 330_000
    assert {"city_name": "杭州市", "city_code": 330_100} in (await speak("capital_cities", 330_000))["data"]
    (bank,) = (await speak("capital_search_bank_number", "6214830012345678"))["data"]
    assert bank["bank_alias"] == "招商银行"
    assert (await speak("capital_branches", bank["bank_alias_code"], 330_100))["bank_alias"] == "招商银行"
    for kind in ("personal", "corporate"):
        said = await speak(f"capital_{kind}_banks", 2, 3)
        assert (said["offset"], len(said["data"])) == (2, 3)


@covers(
    "transfer_batch", "transfer_query_batchid", "transfer_query_out_batch_no", "transfer_query_detail_id",
    "transfer_query_out_detail_no",
)  # fmt: skip
async def test_many_people_get_money_at_once(speak: Speaker) -> None:
    world = speak.world
    account = await merchant(world, "发工资的店", 1_000)
    person_id, _ = await person(world)
    details = details_for((person_id, 300), (person_id, 450), user_name="于小鱼")
    out = number()
    batch_id = (await speak("transfer_batch", out, "四月", "报销", 750, 2, details, account=account))["batch_id"]
    await world.told()
    assert await balance(world, chart.wallet(person_id)) == 750
    assert await balance(world, chart.merchant_available(account.shop_id)) == 250
    found = await speak("transfer_query_batchid", batch_id, True, account=account)
    assert (found["transfer_batch"]["batch_status"], len(found["transfer_detail_list"])) == ("FINISHED", 2)
    assert await speak("transfer_query_out_batch_no", out, True, account=account) == found
    one = await speak("transfer_query_out_detail_no", details[1]["out_detail_no"], out, account=account)
    assert (one["detail_status"], one["transfer_amount"]) == ("SUCCESS", 450)
    assert await speak("transfer_query_detail_id", batch_id, one["detail_id"], account=account) == one


@covers(
    "mch_transfer_bills", "mch_transfer_bills_query", "mch_transfer_bills_cancel", "mch_transfer_elecsign",
    "mch_transfer_elecsign_query",
)  # fmt: skip
async def test_a_person_takes_what_a_program_gives(speak: Speaker) -> None:
    world = speak.world
    account = await merchant(world, "有礼的店", 1_000)
    mine = chart.merchant_available(account.shop_id)
    person_id, handle = await person(world)
    given = ("1000", openid_of(APPID, person_id), 400, "新会员有礼", "于小鱼")
    said = await speak("mch_transfer_bills", out := number(), *given, account=account)
    assert (said["state"], await balance(world, mine)) == ("WAIT_USER_CONFIRM", 600)
    async with world.site.browser(handle) as browser:
        await browser.visit(path := f"/transfers/{said['package_info']}")
        await browser.send(path)
    await world.told()
    assert await balance(world, chart.wallet(person_id)) == 400
    by = ((out,), (None, said["transfer_bill_no"]))
    found = [await speak("mch_transfer_bills_query", *each, account=account) for each in by]
    assert found[0] == found[1]
    assert found[0]["state"] == "SUCCESS"
    for each in by:
        await speak("mch_transfer_elecsign", *each, account=account)
        paper = await speak("mch_transfer_elecsign_query", *each, account=account)
        content = await speak("download_bill", paper["download_url"], account=account)
        assert (content[:5], sha256(content).hexdigest()) == (b"%PDF-", paper["hash_value"])
    await speak("mch_transfer_bills", out := number(), *given, account=account)
    assert await balance(world, mine) == 200
    await speak("mch_transfer_bills_cancel", out, account=account)
    await world.told()
    assert (await speak("mch_transfer_bills_query", out, account=account))["state"] == "CANCELLED"
    assert await balance(world, mine) == 600


@covers(
    *(f"marketing_favor_stock_{each}" for each in ("create", "start", "send", "pause", "restart", "list", "detail")),
    *(f"marketing_favor_{each}" for each in ("stock_merchant", "stock_item", "user_coupon", "coupon_detail")),
    "marketing_favor_callback_update",
)
async def test_coupons_are_made_and_sent(speak: Speaker) -> None:
    world = speak.world
    account = await merchant(world, "发券的店")
    person_id, _ = await person(world)
    openid, of = openid_of(APPID, person_id), {"account": account}
    made = await speak("marketing_favor_stock_create", **stock_of(account.mchid, number()), **of)
    given = (account.mchid, stock_id := made["stock_id"])
    sent = []
    for method, status, code in (("start", "running", 200), ("pause", "paused", 400), ("restart", "running", 200)):
        await speak(f"marketing_favor_stock_{method}", *given, **of)
        assert (await speak("marketing_favor_stock_detail", *given, **of))["status"] == status
        sending = (stock_id, openid, number(), account.mchid)
        sent.append(await speak("marketing_favor_stock_send", *sending, wants=code, **of))
    found = await speak("marketing_favor_stock_detail", *given, **of)
    assert found["distributed_coupons"] == 2
    assert (await speak("marketing_favor_stock_list", account.mchid, **of))["data"] == [found]
    assert (await speak("marketing_favor_stock_merchant", *given, **of))["data"] == [account.mchid]
    assert (await speak("marketing_favor_stock_item", *given, **of))["data"] == []
    coupon = await speak("marketing_favor_coupon_detail", sent[0]["coupon_id"], openid, **of)
    assert (coupon["status"], coupon["stock_id"]) == ("SENDED", stock_id)
    listed = await speak("marketing_favor_user_coupon", openid, stock_id=stock_id, **of)
    assert listed["total_count"] == 2
    assert coupon in listed["data"]
    await speak("marketing_favor_callback_update", "https://example.com/told", **of)
    assert (await speak("/v3/marketing/favor/callbacks", **of))["notify_url"] == "https://example.com/told"


@covers(
    *(f"marketing_busifavor_{each}" for each in ("stock_create", "stock_query", "user_coupon")),
    *(f"marketing_busifavor_coupon_{each}" for each in ("detail", "use", "return", "deactivate")),
    *(f"marketing_busifavor_callback_{each}" for each in ("update", "query")),
    *(f"marketing_favor_{each}_flow" for each in ("use", "refund")),
)
async def test_a_till_uses_coupons(speak: Speaker) -> None:
    world = speak.world
    account = await merchant(world, "有收银台的店")
    person_id, _ = await person(world)
    openid, of, now = openid_of(APPID, person_id), {"account": account}, write_time(clock.now())
    async with receiving() as (url, heard):
        await speak("marketing_busifavor_callback_update", notify_url=url, **of)
        assert (await speak("marketing_busifavor_callback_query", **of))["notify_url"] == url
        stock = till_stock_of(account.mchid, clock.now())
        stock_id = (await speak("marketing_busifavor_stock_create", **stock, **of))["stock_id"]
        # The client has no method that sends one.
        sending = {"stock_id": stock_id, "out_request_no": number(), "openid": openid, "appid": APPID}
        other = await asyncio.to_thread(world.client, account)
        path = "/v3/marketing/busifavor/coupons/send"
        code, _ = await asyncio.to_thread(other._core.request, path, RequestType.POST, sending)
        assert code == 200
        await world.told()
        coupon = (await heard_by(speak, heard[0], account))["resource"]["coupon_code"]
    found = await speak("marketing_busifavor_stock_query", stock_id, **of)
    assert found["send_count_information"]["total_send_num"] == 1

    async def state() -> str:
        detail = await speak("marketing_busifavor_coupon_detail", coupon, openid, **of)
        listed = await speak("marketing_busifavor_user_coupon", openid, stock_id=stock_id, **of)
        assert listed["data"] == [detail]
        return str(detail["coupon_state"])

    assert await state() == "SENDED"
    await speak("marketing_busifavor_coupon_use", coupon, now, number(), stock_id, openid, **of)
    assert await state() == "USED"
    await speak("marketing_busifavor_coupon_return", coupon, stock_id, number(), **of)
    assert await state() == "SENDED"
    await speak("marketing_busifavor_coupon_use", coupon, now, number(), **of)
    for method in ("use", "refund"):
        flow = await speak(f"marketing_favor_{method}_flow", stock_id, **of)
        bill = await speak("download_bill", flow["url"], **of)
        assert sha1(bill, usedforsecurity=False).hexdigest() == flow["hash_value"]
        assert coupon.encode() in bill
    await speak("marketing_busifavor_coupon_return", coupon, stock_id, number(), **of)
    await speak("marketing_busifavor_coupon_deactivate", coupon, stock_id, number(), **of)
    assert await state() == "DEACTIVATED"


@covers("marketing_busifavor_couponcode_upload")
async def test_a_merchants_own_codes_come_in(speak: Speaker) -> None:
    account = await merchant(speak.world, "自己有码的店")
    stock = till_stock_of(account.mchid, clock.now()) | {"coupon_code_mode": "MERCHANT_UPLOAD"}
    stock_id = (await speak("marketing_busifavor_stock_create", **stock, account=account))["stock_id"]
    given = (stock_id, number(), ["A 1", "B/2"])
    said = await speak("marketing_busifavor_couponcode_upload", *given, account=account)
    assert (said["total_count"], said["success_codes"]) == (2, ["A 1", "B/2"])
    listed = await speak(f"/v3/marketing/busifavor/stocks/{stock_id}/couponcodes?limit=10&offset=0", account=account)
    assert {each["code"] for each in listed["data"]} == {"A 1", "B/2"}


@covers(
    *(f"complaint_{each}" for each in ("list_query", "detail_query", "history_query", "response", "complete")),
    *(f"complaint_notification_{each}" for each in ("create", "query", "update", "delete")),
    *(f"complaint_{each}" for each in ("image_upload", "image_download", "update_refund")),
)
async def test_complaints_are_told_of_and_answered(alone: Speaker, tmp_path: Path) -> None:
    """In a world of its own: notices of no call are signed with what all programs of a merchant can check."""
    speak = alone
    world, buyers = speak.world, Buyers(speak.world)
    drawn = BytesIO()
    Image.new("RGB", (640, 400), f"#{new_id().hex[-6:]}").save(drawn, "PNG")
    path = tmp_path / "answer.png"
    path.write_bytes(drawn.getvalue())
    async with receiving() as (url, heard):
        await speak("complaint_notification_create", f"{url}2")
        await speak("complaint_notification_update", url)
        assert (await speak("complaint_notification_query"))["url"] == url
        refused, agreed = await buyers.complain("漏了一包"), await buyers.complain("碎了")
        await world.told()
        told = [await heard_by(speak, each) for each in heard]
        assert {each["resource"]["complaint_id"] for each in told} == {refused, agreed}
        await speak("complaint_notification_delete", wants=204)
        await speak("complaint_notification_query", wants=404)
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    listed = await speak("complaint_list_query", day, day, 50)
    assert {refused, agreed} <= {each["complaint_id"] for each in listed["data"]}
    picture = (await speak("complaint_image_upload", str(path)))["media_id"]
    await speak("complaint_response", refused, "请拍一张照片", [picture], wants=204)
    await speak("complaint_update_refund", refused, "REJECT", reject_reason="发货时是全的", wants=204)
    await speak("complaint_complete", refused, wants=204)
    (no, words, _) = (await speak("complaint_history_query", refused))["data"]
    assert [each["operate_details"] for each in (no, words)] == ["发货时是全的", "请拍一张照片"]
    content = await speak("complaint_image_download", words["image_list"][0])
    with Image.open(BytesIO(content)) as fetched:
        assert fetched.size == (640, 400)
    await speak("complaint_update_refund", agreed, "APPROVE", wants=204)
    await world.told()
    found = await speak("complaint_detail_query", agreed)
    assert (found["complaint_state"], found["complaint_full_refunded"]) == ("PROCESSED", True)


MEANT_NOTHING: Final[dict[str, tuple[Any, ...]]] = {
    "marketing_busifavor_coupon_associate": ("1", "2", "3", "4"),
    "marketing_busifavor_coupon_disassociate": ("1", "2", "3", "4"),
    "marketing_busifavor_stock_budget": ("1", "2", 5),
    "marketing_busifavor_stock_modify": ("1", "2"),
    "marketing_busifavor_subsidy_pay": ("1", "2", "3", "4", "5", 6, "补差", "7"),
    "marketing_busifavor_subsidy_query": ("1",),
    "marketing_card_send": ("1", "o", "2", "2026-11-28T00:00:00+08:00"),
    "marketing_partnership_build": ("1", "MERCHANT", "FAVOR_STOCK", None, "1000000000", "2"),
    "transfer_query_bill_receipt": ("1",),
}
"""Methods that lead to what there is not here: each is told why."""


@covers(*MEANT_NOTHING)
async def test_what_is_not_there_says_why(speak: Speaker) -> None:
    for method, given in MEANT_NOTHING.items():
        said = await speak(method, *given, wants=403)
        assert said["code"] == "NO_AUTH"
        assert len(said["message"]) > 8


@covers(*BROKEN)
async def test_what_works_with_nobody_is_known(speak: Speaker) -> None:
    said = await speak("marketing_partnership_query", "FAVOR_STOCK", "1", wants=BROKEN["marketing_partnership_query"])
    assert said["code"] == "SIGN_ERROR"
    said = await speak("transfer_query_receipt", "BATCH_TRANSFER", "1", "2", wants=BROKEN["transfer_query_receipt"])
    assert said["detail"]["field"] == "out_detail_no"
    for method, given in (("transfer_bill_receipt", ("1",)), ("transfer_detail_receipt", ("BATCH_TRANSFER", "1", "2"))):
        assert BROKEN[method] is TypeError
        with pytest.raises(TypeError):
            await speak(method, *given)


def test_each_method_that_leads_to_a_row_is_covered() -> None:
    led = leads(WeChatPay)
    assert led == leads(AsyncWeChatPay)
    assert led.keys() == COVERED.keys()
    assert (len(led), sum(map(len, led.values()))) == (97, 118), "the client is another"
