"""Proves that a coupon takes its amount off at the cashier once, and that every fen of it comes from somebody."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser, expect

from tests.coupons.examples import claiming, creating
from tests.journeys.visitor import PHONE, Devices, visiting
from tests.pages.site import PASSWORD, PAYMENT_PASSWORD
from tests.wire.test_codes import scanned, shown
from tests.wire.test_combined import combine, line, two
from tests.wire.test_favor import stock_of
from tests.wire.test_trade import balance, call, command, make, number
from tests.wire.world import APPID, Account, World, fund, make_merchant, open_shop, receiving
from weiji import coupons
from weiji.app import backend_of
from weiji.coupons import (
    CampaignVerb,
    Cashier,
    Coupon,
    CouponState,
    MoveCampaign,
    Terms,
    claim_coupons,
    create_campaigns,
    get_coupons,
    move_campaigns,
)
from weiji.coupons import handlers as coupon_reactions
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import chart
from weiji.payments import PaymentStatus, TopUpWallet, get_payments, top_up_wallets
from weiji.web.requests import WebRequest
from weiji.wire.codes import AMOUNT_MAX as CODE_AMOUNT_MAX
from weiji.wire.openids import openid_of
from weiji.wire.payables import choose_with, find_payable
from weiji.wire.tickets import read_ticket
from weiji.wire.trade import (
    ChooseCoupon,
    MerchantOrder,
    TakeMerchantPayment,
    choose_coupons,
    get_orders,
    place_merchant_orders,
    take_merchant_payments,
)
from weiji.wire.trade.model import CHOICES_MAX
from weiji.wire.trade.rules import ShopTerms, judge_choice, judge_place


async def send(world: World, account: Account, handle: str, **more: Any) -> tuple[str, UUID]:
    """Make a stock, start it, and send somebody one of its coupons; give its number and who has it."""
    person_id = await world.site.person(handle, "小鱼", money=10_000)
    return await give(world, account, person_id, **more), person_id


async def give(world: World, account: Account, person_id: UUID, **more: Any) -> str:
    """Make a stock, start it, and send somebody one of its coupons; give its number."""
    client = await asyncio.to_thread(world.client, account)
    code, made = await call(client.marketing_favor_stock_create, **{**stock_of(account.mchid, number()), **more})
    assert code == 200, made
    code, said = await call(client.marketing_favor_stock_start, account.mchid, made["stock_id"])
    assert code == 200, said
    code, sent = await call(
        client.marketing_favor_stock_send, made["stock_id"], openid_of(APPID, person_id), number(), account.mchid
    )
    assert code == 200, sent
    return str(sent["coupon_id"])


async def pay_with(world: World, ticket: str, handle: str, coupon: str | None) -> None:
    """Pay from the wallet, with the coupon that the page has chosen, or with another, or none."""
    async with world.site.browser(handle) as browser:
        await browser.visit(f"/pay/{ticket}" + (f"?coupon={coupon}" if coupon else ""))
        assert browser.status == 200, browser.text
        assert browser.statements <= 3
        chosen = coupon or browser.page.partition('name="coupon" value="')[2].partition('"')[0]
        await browser.send(f"/pay/{ticket}", channel="balance", coupon=chosen, payment_password=PAYMENT_PASSWORD)
        assert "付款成功" in browser.text, browser.text
    await world.site.settle()


async def test_a_coupon_takes_its_amount_off_and_comes_back_with_the_whole_refund(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "收券的店"))
    client = await asyncio.to_thread(world.client, account)
    coupon_id, person_id = await send(world, account, "saver")
    pending = chart.merchant_pending(account.shop_id)
    async with receiving() as (url, heard):
        out_trade_no, ticket = await make(client, 3_000, notify_url=url)
        _, small = await make(client, 1_999)
        async with world.site.browser("saver") as browser:
            assert "满二十减五" not in await browser.visit(f"/pay/{small}"), "it is for 20 yuan or more"
            await browser.visit(f"/pay/{ticket}")
            assert "满二十减五" in browser.text
            assert "¥ 25 .00" in browser.text
        await pay_with(world, ticket, "saver", None)
        await world.told()
        (told,) = heard
        notice = await asyncio.to_thread(client.callback, told[0], told[1])
    assert await balance(world, chart.wallet(person_id)) == 7_500
    assert await balance(world, pending) == 2_500
    code, said = await call(client.query, out_trade_no=out_trade_no)
    assert (code, said) == (200, notice["resource"])
    assert said["amount"] == {"total": 3_000, "payer_total": 2_500, "currency": "CNY", "payer_currency": "CNY"}
    (promotion,) = said["promotion_detail"]
    assert promotion == {
        "coupon_id": coupon_id,
        "name": "满二十减五",
        "scope": "GLOBAL",
        "type": "NOCASH",
        "amount": 500,
        "stock_id": promotion["stock_id"],
        "wechatpay_contribute": 0,
        "merchant_contribute": 500,
        "other_contribute": 0,
        "currency": "CNY",
    }
    # It is used once.
    assert (await call(client.marketing_favor_coupon_detail, coupon_id, openid_of(APPID, person_id)))[1][
        "status"
    ] == "USED"
    _, other = await make(client, 3_000)
    async with world.site.browser("saver") as browser:
        assert "满二十减五" not in await browser.visit(f"/pay/{other}")
        await browser.send(f"/pay/{other}", channel="balance", coupon=coupon_id, payment_password=PAYMENT_PASSWORD)
        assert (browser.status, "这张券现在用不了" in browser.text) == (422, True)
    assert await balance(world, chart.wallet(person_id)) == 7_500
    # Refunds by frozen shares: the payer's money and what the coupon took off apart.
    code, first = await call(
        client.refund, number(), {"refund": 1_000, "total": 3_000, "currency": "CNY"}, out_trade_no=out_trade_no
    )
    assert code == 200, first
    names = ("refund", "payer_refund", "discount_refund", "settlement_refund", "payer_total", "settlement_total")
    assert [first["amount"][name] for name in names] == [1_000, 834, 166, 834, 2_500, 2_500]
    assert first["promotion_detail"] == [
        {"promotion_id": coupon_id, "scope": "GLOBAL", "type": "DISCOUNT", "amount": 500, "refund_amount": 166}
    ]
    code, second = await call(
        client.refund, number(), {"refund": 2_000, "total": 3_000, "currency": "CNY"}, out_trade_no=out_trade_no
    )
    assert [second["amount"][name] for name in names] == [2_000, 1_666, 334, 1_666, 2_500, 2_500]
    await world.site.settle()
    assert await balance(world, chart.wallet(person_id)) == 10_000
    assert await balance(world, pending) == 0
    assert (await call(client.marketing_favor_coupon_detail, coupon_id, openid_of(APPID, person_id)))[1][
        "status"
    ] == "SENDED"


async def test_who_prepaid_a_coupon_pays_another_shop_and_has_the_rest_again(own_world: World) -> None:
    world = own_world
    giver = await make_merchant(world.site, await open_shop(world.site, "出钱的店"))
    seller = await make_merchant(world.site, await open_shop(world.site, "收钱的店"))
    client = await asyncio.to_thread(world.client, seller)
    own, gone = chart.merchant_available(giver.shop_id), chart.merchant_pending(seller.shop_id)
    prepaid = {"no_cash": False, "coupon_use_rule": {**_rule([seller.mchid]), "goods_tag": ["tea"]}}
    giving = await asyncio.to_thread(world.client, giver)
    code, made = await call(giving.marketing_favor_stock_create, **{**stock_of(giver.mchid, number()), **prepaid})
    assert code == 200, made
    stock_id = made["stock_id"]
    code, said = await call(giving.marketing_favor_stock_start, giver.mchid, stock_id)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    async with world.program.database.transaction() as tx:
        await fund(tx, giver.shop_id, 2_000)
    assert (await call(giving.marketing_favor_stock_start, giver.mchid, stock_id))[0] == 200
    assert await balance(world, own) == 500
    assert (await call(giving.marketing_favor_stock_merchant, giver.mchid, stock_id))[1]["data"] == [seller.mchid]
    person_id = await world.site.person("tagged", "小虾", money=10_000)
    openid = openid_of(APPID, person_id)
    code, sent = await call(giving.marketing_favor_stock_send, stock_id, openid, number(), giver.mchid)
    assert code == 200, sent
    campaign_id = UUID(hex=stock_id)
    _, plain = await make(client, 3_000)
    async with world.site.browser("tagged") as browser:
        assert "满二十减五" not in await browser.visit(f"/pay/{plain}"), "it is for tea alone"
    out_trade_no, ticket = await make(client, 3_000, goods_tag="tea", settle_info={"profit_sharing": True})
    async with receiving() as (url, heard):
        # Who prepaid it is told; whose order it was has the notice of that.
        assert (await call(giving.marketing_favor_callback_update, url))[0] == 200
        assert (await call(client.marketing_favor_callback_update, url))[0] == 200
        await pay_with(world, ticket, "tagged", sent["coupon_id"])
        await world.told()
        (told,) = heard
        used = (await asyncio.to_thread(giving.callback, *told))["resource"]
    assert (used["coupon_id"], used["stock_creator_mchid"], used["no_cash"]) == (sent["coupon_id"], giver.mchid, False)
    spent = used["consume_information"]
    _, said = await call(client.query, out_trade_no=out_trade_no)
    (promotion,) = said["promotion_detail"]
    assert (promotion["type"], promotion["other_contribute"]) == ("CASH", 500)
    assert said["amount"]["payer_total"] == 2_500
    order_id = UUID(hex=said["transaction_id"])
    assert (spent["consume_mchid"], spent["transaction_id"]) == (seller.mchid, order_id.hex)
    assert spent["consume_amount"] == 500
    # The shop gets all of it: what the payer paid, and what the giver did.
    assert await balance(world, chart.escrow(order_id)) == 3_000
    assert await balance(world, chart.prepaid(campaign_id)) == 1_000
    refunding = {"refund": 900, "total": 3_000, "currency": "CNY"}
    code, back = await call(client.refund, number(), refunding, out_trade_no=out_trade_no)
    assert code == 200, back
    assert (back["amount"]["payer_refund"], back["amount"]["settlement_refund"]) == (750, 900)
    assert back["promotion_detail"][0]["type"] == "COUPON"
    await world.site.settle()
    assert await balance(world, chart.escrow(order_id)) == 2_100
    assert await balance(world, chart.prepaid(campaign_id)) == 1_150
    assert await balance(world, chart.wallet(person_id)) == 8_250
    code, said = await call(client.profitsharing_unfreeze, said["transaction_id"], number(), "解冻")
    assert code == 200, said
    await world.site.settle()
    assert await balance(world, gone) == 2_100
    # After that it comes from what the shop got, in the same shares.
    refunding = {"refund": 2_100, "total": 3_000, "currency": "CNY"}
    code, back = await call(client.refund, number(), refunding, out_trade_no=out_trade_no)
    assert (code, back["amount"]["payer_refund"]) == (200, 1_750)
    await world.site.settle()
    assert await balance(world, gone) == 0
    assert await balance(world, chart.refundable(order_id)) == 0, "what was prepaid can't go back again, either"
    assert await balance(world, chart.wallet(person_id)) == 10_000
    assert await balance(world, chart.prepaid(campaign_id)) == 1_500
    # Nobody uses what is over: the giver has it again.
    CLOCK.follow(CLOCK.offset + timedelta(days=9))
    returning = coupon_reactions.Reactions(world.program.batchers)
    assert await returning.return_budgets(world.program.database, 100) == 0
    assert await balance(world, chart.prepaid(campaign_id)) == 0
    assert await balance(world, own) == 2_000


async def test_what_was_chosen_is_free_again_when_nothing_comes_of_it(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "等不到钱的店"))
    client = await asyncio.to_thread(world.client, account)
    coupon_id, person_id = await send(world, account, "wavering")
    other_id = await world.site.person("decided", "小虾", money=5_000)
    openid = openid_of(APPID, person_id)

    async def state() -> CouponState:
        async with world.program.database.read() as reader:
            return (await get_coupons(reader, [UUID(hex=coupon_id)]))[UUID(hex=coupon_id)].state

    async with world.site.browser("wavering") as browser:
        for verb in ("close", "fail", "late"):
            out_trade_no, ticket = await make(client, 3_000)
            await browser.visit(f"/pay/{ticket}")
            await browser.send(f"/pay/{ticket}", channel="sandbox", coupon=coupon_id)
            charge = browser.path
            assert await state() is CouponState.RESERVED
            # Another order can't have it meanwhile.
            _, second = await make(client, 3_000)
            assert "满二十减五" not in await browser.visit(f"/pay/{second}")
            if verb == "close":
                assert (await call(client.close, out_trade_no))[0] == 204
            elif verb == "fail":
                await browser.visit(charge)
                await browser.send("/sandbox/charges", verb="fail")
                await world.site.settle()
            else:
                # Somebody else pays the whole, and nobody's coupon is used.
                await pay_with(world, ticket, "decided", "none")
                assert await balance(world, chart.wallet(other_id)) == 2_000
                _, said = await call(client.query, out_trade_no=out_trade_no)
                assert (said["amount"]["payer_total"], said["promotion_detail"]) == (3_000, [])
            assert await state() is CouponState.UNUSED, verb
    code, said = await call(client.marketing_favor_coupon_detail, coupon_id, openid)
    assert (code, said["status"]) == (200, "SENDED")


async def test_a_second_try_leaves_the_coupon_to_what_is_being_paid(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "又试一次的店"))
    client = await asyncio.to_thread(world.client, account)
    coupon_id, person_id = await send(world, account, "hesitant")
    out_trade_no, ticket = await make(client, 3_000)
    payment_id = str(new_id(person_id))
    async with world.site.browser("hesitant") as browser:
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="sandbox", coupon=coupon_id, id=payment_id)
        charge = browser.path
        await browser.visit(f"/pay/{ticket}")
        trying = {"channel": "balance", "payment_password": PAYMENT_PASSWORD, "coupon": coupon_id, "id": payment_id}
        await browser.send(f"/pay/{ticket}", **trying)
        assert browser.status == 422, "that payment is another"
        await browser.visit(charge)
        await browser.send("/sandbox/charges", verb="pay")
        await world.site.settle()
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert (said["trade_state"], said["amount"]["payer_total"]) == ("SUCCESS", 2_500)


async def coupon_state(world: World, coupon_id: str) -> CouponState:
    id = UUID(hex=coupon_id)
    async with world.program.database.read() as reader:
        return (await get_coupons(reader, [id]))[id].state


async def test_a_payment_code_pays_with_the_best_coupon_that_its_payer_has(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "扫码收券的店"))
    client = await asyncio.to_thread(world.client, account)
    person_id = await world.site.person("scanned_with", "小鱼", money=2_000)
    less = await give(world, account, person_id)
    rule = {"fixed_normal_coupon": {"coupon_amount": 800, "transaction_minimum": 2_000}}
    stock = {"max_coupons": 3, "max_amount": 2_400, "max_coupons_per_user": 2}
    more = await give(
        world,
        account,
        person_id,
        stock_name="满二十减八",
        stock_use_rule=stock,
        coupon_use_rule={**rule, "available_merchants": [account.mchid]},
    )
    wallet, pending = chart.wallet(person_id), chart.merchant_pending(account.shop_id)
    # The wallet has too little even so: nothing is used.
    out_trade_no = number()
    code, _ = await shown(world, "scanned_with")
    status, said = await call(client.pay, "一桌菜", out_trade_no, {"total": 3_000}, **scanned(code))
    assert (status, said["code"]) == (403, "NOT_ENOUGH")
    assert [await coupon_state(world, each) for each in (less, more)] == [CouponState.UNUSED] * 2
    top_up = TopUpWallet(id=new_id(person_id), person_id=person_id, amount=8_000, actor=Actor("person", person_id))
    await world.program.batchers.of(top_up_wallets).submit(top_up)
    code, piece = await shown(world, "scanned_with")
    for _ in range(2):
        status, said = await call(client.pay, "一桌菜", out_trade_no, {"total": 3_000}, **scanned(code))
        assert (status, said["amount"]["payer_total"]) == (200, 2_200), said
        assert [each["coupon_id"] for each in said["promotion_detail"]] == [more]
    assert (await balance(world, wallet), await balance(world, pending)) == (7_800, 2_200)
    async with world.site.browser("scanned_with") as browser:
        page = await browser.visit(piece)
        assert ("付了 ¥22.00" in page, "用了“满二十减八”，减了 ¥8.00" in page) == (True, True)
    assert (await coupon_state(world, less), await coupon_state(world, more)) == (CouponState.UNUSED, CouponState.USED)
    # Taken back: all of it, the coupon too.
    assert (await call(client.codepay_reverse, out_trade_no))[0] == 204
    await world.site.settle()
    assert (await balance(world, wallet), await balance(world, pending)) == (10_000, 0)
    assert await coupon_state(world, more) is CouponState.UNUSED
    # What is large waits for its payer, who sees what is chosen: nothing is held for it yet.
    code, _ = await shown(world, "scanned_with")
    status, said = await call(client.pay, "一桌菜", number(), {"total": CODE_AMOUNT_MAX + 801}, **scanned(code))
    assert (status, said["trade_state"]) == (202, "USERPAYING")
    assert await coupon_state(world, more) is CouponState.UNUSED


async def test_each_of_the_orders_that_are_paid_at_once_has_a_coupon_of_its_own(own_world: World) -> None:
    world = own_world
    client, friend = await two(world)
    giver = await make_merchant(world.site, await open_shop(world.site, "补贴的店"))
    async with world.program.database.transaction() as tx:
        await fund(tx, giver.shop_id, 1_500)
    person_id = await world.site.person("collector", "小鱼", money=10_000)
    own = await give(world, world.merchant, person_id)
    everywhere = _rule([world.merchant.mchid, friend.mchid])
    prepaid = await give(world, giver, person_id, stock_name="平台补五元", no_cash=False, coupon_use_rule=everywhere)
    pendings = [chart.merchant_pending(each.shop_id) for each in (world.merchant, friend)]
    wallet = chart.wallet(person_id)
    campaign_id = await campaign_of(world, prepaid)
    lines = [line(world.merchant, 3_000, description="茶"), line(friend, 2_500, description="点心")]
    _, ticket = await combine(client, lines)
    async with world.site.browser("collector") as browser:
        # A channel took nothing: both are free again.
        page = await browser.visit(f"/pay/{ticket}")
        assert browser.statements <= 3
        assert ("“茶”的优惠券" in page, "“点心”的优惠券" in page, "¥ 45 .00" in browser.text) == (True, True, True)
        # Without one for the tea, or with the other one, which the cakes do not have then.
        await browser.visit(f"/pay/{ticket}?coupon=none,{prepaid}")
        assert "¥ 50 .00" in browser.text
        await browser.visit(f"/pay/{ticket}?coupon={prepaid},none")
        assert "¥ 50 .00" in browser.text
        await browser.send(
            f"/pay/{ticket}", channel="balance", coupon=f"{own},{own}", payment_password=PAYMENT_PASSWORD
        )
        assert browser.status == 422, "it is not for the cakes"
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="sandbox", coupon=f"{own},{prepaid}")
        charge = browser.path
        assert [await coupon_state(world, each) for each in (own, prepaid)] == [CouponState.RESERVED] * 2
        await browser.visit(charge)
        await browser.send("/sandbox/charges", verb="fail")
        await world.site.settle()
        assert [await coupon_state(world, each) for each in (own, prepaid)] == [CouponState.UNUSED] * 2
        combined, ticket = await combine(client, lines := [dict(each, out_trade_no=number()) for each in lines])
        chosen = f"{own},{prepaid}"
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="balance", coupon=chosen, payment_password=PAYMENT_PASSWORD)
        await world.site.settle()
        await browser.visit(browser.path)
        assert ("付款成功" in browser.text, "¥ 45 .00" in browser.text, browser.statements <= 3) == (True, True, True)
    assert await balance(world, wallet) == 5_500
    assert [await balance(world, each) for each in pendings] == [2_500, 2_500], "who prepaid pays the cakes' shop"
    assert await balance(world, chart.prepaid(campaign_id)) == 1_000
    _, said = await call(client.combine_query, combined)
    told = [
        (each["amount"]["payer_amount"], [(one["type"], one["coupon_id"]) for one in each["promotion_detail"]])
        for each in said["sub_orders"]
    ]
    assert told == [(2_500, [("NOCASH", own)]), (2_000, [("CASH", prepaid)])]
    # One goes back, in shares of its own; then the rest of all.
    friends = await asyncio.to_thread(world.client, friend)
    for asked, at, whose in ((1_000, 0, client), (2_000, 0, client), (2_500, 1, friends)):
        back = {"refund": asked, "total": lines[at]["amount"]["total_amount"], "currency": "CNY"}
        transaction_id = said["sub_orders"][at]["transaction_id"]
        code, refund = await call(whose.refund, number(), back, transaction_id=transaction_id)
        assert code == 200, refund
    await world.site.settle()
    assert await balance(world, wallet) == 10_000
    assert [await balance(world, each) for each in (*pendings, chart.prepaid(campaign_id))] == [0, 0, 1_500]
    assert [await coupon_state(world, each) for each in (own, prepaid)] == [CouponState.UNUSED] * 2


async def test_programs_prove_what_is_due_and_name_coupons_for_several_orders(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = own_world
    client, friend = await two(world)
    person_id = await world.site.person("programmer", "小鱼", money=10_000)
    given = [await give(world, each, person_id) for each in (world.merchant, friend)]
    _, ticket = await combine(client, [line(world.merchant, 3_000), line(friend, 2_500)])
    settings = msgspec.structs.replace(world.program.settings, step_up_above=4_500)
    monkeypatch.setattr(WebRequest, "settings", settings)
    async with world.site.browser("programmer") as browser:
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', await browser.visit("/me"))
        assert token

        async def pay(*coupons: str) -> str:
            body = {"ticket": ticket, "channel": "balance", "payment_password": PAYMENT_PASSWORD}
            asked = [{**body, "id": str(new_id(person_id)), "coupon_ids": coupons}]
            answer = await browser.client.post(
                "/api/v1/merchants/orders/pay", json=asked, headers={"x-csrf-token": token[1]}
            )
            assert answer.status_code == 200, answer.text
            return str(answer.json()[0]["status"])

        assert await pay() == "step_up_needed"
        assert await pay(given[0]) == "step_up_needed"
        assert await pay(given[0], str(new_id())) == "coupon_not_usable"
        assert await pay(*reversed(given)) == "created", "45 yuan are due"
    await world.site.settle()
    assert await balance(world, chart.wallet(person_id)) == 5_500
    assert [await coupon_state(world, each) for each in given] == [CouponState.USED] * 2


async def test_all_coupons_that_a_program_names_are_used_where_that_can_be(world: World) -> None:
    client, friend = await two(world)
    person_id = await world.site.person("namer", "小鱼", money=10_000)
    shops = [world.merchant.shop_id, friend.shop_id]
    everywhere = Cashier(shop_ids=frozenset(shops))
    # Half of the tea is more than what both take off together: still both are named.
    half = creating(shops[0], Terms(amount=1_500, percent=50, cashier=everywhere), id=new_id(shops[0]))
    one_yuan = creating(shops[0], Terms(amount=100, cashier=Cashier()), id=new_id(shops[0]))
    claims = [claiming(each.id, person_id) for each in (half, one_yuan)]
    async with world.program.database.transaction() as tx:
        await create_campaigns(tx, [half, one_yuan])
        moves = [
            MoveCampaign(id=c.id, shop_id=shops[0], verb=CampaignVerb.START, actor=BY_SYSTEM) for c in (half, one_yuan)
        ]
        await move_campaigns(tx, moves)
        assert [each.status for each in await claim_coupons(tx, claims)] == ["claimed", "claimed"]
    _, ticket = await combine(client, [line(world.merchant, 3_000), line(friend, 600)])
    async with world.site.browser("namer") as browser:
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', await browser.visit("/me"))
        assert token

        async def pay(*ids: UUID) -> str:
            body = {"ticket": ticket, "channel": "balance", "payment_password": PAYMENT_PASSWORD}
            asked = [{**body, "id": str(new_id(person_id)), "coupon_ids": [str(id) for id in ids]}]
            answer = await browser.client.post(
                "/api/v1/merchants/orders/pay", json=asked, headers={"x-csrf-token": token[1]}
            )
            assert answer.status_code == 200, answer.text
            return str(answer.json()[0]["status"])

        assert await pay(*(claim.id for claim in claims), new_id()) == "coupon_not_usable"
        assert await pay(*(claim.id for claim in claims)) == "created"
    await world.site.settle()
    assert await balance(world, chart.wallet(person_id)) == 10_000 - (3_000 - 100) - (600 - 300)


async def test_a_coupon_that_fails_leaves_no_earlier_payment_without_its_own(world: World) -> None:
    client, friend = await two(world)
    person_id = await world.site.person("returner", "小鱼", money=10_000)
    own, theirs = [await give(world, each, person_id) for each in (world.merchant, friend)]
    combined, ticket = await combine(client, [line(world.merchant, 3_000), line(friend, 2_500)])
    payment_id = new_id(person_id)
    async with world.site.browser("returner") as browser:
        await browser.visit(f"/pay/{ticket}")
        await browser.send(f"/pay/{ticket}", channel="sandbox", coupon=f"{own},{theirs}", id=str(payment_id))
        read = read_ticket(ticket, clock.wall())
        assert read
        backend = backend_of(world.program)
        async with world.program.database.read() as reader:
            payable = await find_payable(reader, read)
        assert payable
        # Meanwhile, in another window, with a coupon that was used up a moment ago.
        chosen = [UUID(hex=own), new_id()]
        assert await choose_with(backend, payable, chosen, new_id(person_id), person_id, BY_SYSTEM) is None
        assert await coupon_state(world, own) is CouponState.UNUSED
        await world.site.settle()
        async with world.program.database.read() as reader:
            (payment,) = await get_payments(reader, [payment_id])
        assert payment
        assert payment.status is PaymentStatus.CLOSED, "it asks for less than is due"
    _, said = await call(client.combine_query, combined)
    assert {each["trade_state"] for each in said["sub_orders"]} == {"NOTPAY"}
    assert [await coupon_state(world, each) for each in (own, theirs)] == [CouponState.UNUSED] * 2


async def test_a_batch_of_payments_locks_what_it_uses_and_what_it_frees_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "一批付款的店"))
    first, person_id = await send(world, account, "two_at_once")
    coupons_of = [UUID(hex=each) for each in (first, await give(world, account, person_id))]
    placing = [msgspec.structs.replace(command(account.shop_id, 3_000, number()), notify_url=None) for _ in range(2)]
    locked: list[set[UUID]] = []
    lock = coupons.lock_coupons

    async def lock_seen(tx: Transaction, ids: Any) -> Any:
        locked.append(set(ids))
        return await lock(tx, ids)

    async with world.program.database.transaction() as tx:
        await place_merchant_orders(tx, placing)
        chosen = [
            ChooseCoupon(
                order_id=each.id, person_id=person_id, coupon_id=coupon_id, payment_id=new_id(), actor=BY_SYSTEM
            )
            for each, coupon_id in zip(placing, coupons_of, strict=True)
        ]
        assert [each.status for each in await choose_coupons(tx, chosen)] == ["chosen", "chosen"]
        monkeypatch.setattr(coupons, "lock_coupons", lock_seen)
        taken = [
            TakeMerchantPayment(
                order_id=each.order_id,
                payment_id=each.payment_id,
                payer_id=person_id,
                shop_id=account.shop_id,
                amount=amount,
                channel="sandbox",
                actor=BY_SYSTEM,
            )
            for each, amount in zip(chosen, (3_000, 2_500), strict=True)
        ]
        assert await take_merchant_payments(tx, taken) == ["held", "held"]
        assert locked == [set(coupons_of)]
        found = await get_coupons(tx, coupons_of)
        assert [found[each].state for each in coupons_of] == [CouponState.UNUSED, CouponState.USED]


async def test_a_process_that_knows_no_coupons_refunds_nothing_of_an_order_with_one(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "升级中的店"))
    client = await asyncio.to_thread(world.client, account)
    await send(world, account, "upgraded")
    out_trade_no, ticket = await make(client, 3_000)
    await pay_with(world, ticket, "upgraded", None)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    order_id = UUID(hex=said["transaction_id"])
    # As the statement before 0400 had it: all of a refund was the payer's.
    before = "update wire.merchant_orders set refunded = $3, given_back = $3 where shard = $1 and id = $2"
    with pytest.raises(asyncpg.CheckViolationError, match="merchant_orders_refunds_split_the_coupon"):
        await world.program.database.pool.execute(before, shard_of(order_id), order_id, 1_000)


async def test_who_has_but_the_ticket_takes_nobody_s_coupon_away(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "有人围观的店"))
    client = await asyncio.to_thread(world.client, account)
    coupon_id, _ = await send(world, account, "watched")
    out_trade_no, ticket = await make(client, 3_000)
    async with world.site.browser("watched") as payer, world.site.browser() as guest:
        await payer.visit(f"/pay/{ticket}")
        await payer.send(f"/pay/{ticket}", channel="sandbox", coupon=coupon_id)
        charge = payer.path
        await guest.visit(f"/pay/{ticket}")
        await guest.send(f"/pay/{ticket}", channel="sandbox", coupon="none")
        assert "/sandbox/charges" in guest.path
        assert "30.00" in guest.text.replace(" ", ""), "a guest pays the whole"
        assert await coupon_state(world, coupon_id) is CouponState.RESERVED
        await payer.visit(charge)
        await payer.send("/sandbox/charges", verb="pay")
        await world.site.settle()
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert (said["trade_state"], said["amount"]["payer_total"]) == ("SUCCESS", 2_500)


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_at_one_cashier_each_pays_with_their_own_coupon(world: World, first: int) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "两个人付的店"))
    client = await asyncio.to_thread(world.client, account)
    handles = [f"side{first}{place}" for place in range(2)]
    ids = [(await send(world, account, handle))[0] for handle in handles]
    out_trade_no, ticket = await make(client, 3_000)

    async def states() -> list[CouponState]:
        return [await coupon_state(world, id) for id in ids]

    async with world.site.browser(handles[0]) as one, world.site.browser(handles[1]) as other:
        charges = []
        for browser, coupon_id in ((one, ids[0]), (other, ids[1])):
            await browser.visit(f"/pay/{ticket}")
            await browser.send(f"/pay/{ticket}", channel="sandbox", coupon=coupon_id)
            charges.append(browser.path)
            assert "25.00" in browser.text.replace(" ", "")
            await world.site.settle()
        assert await states() == [CouponState.RESERVED] * 2, "nobody's choice is taken away"
        await other.visit(f"/pay/{ticket}")
        await other.send(f"/pay/{ticket}", channel="sandbox", coupon="none")
        await world.site.settle()
        assert await states() == [CouponState.RESERVED, CouponState.UNUSED], "but by who made it"
        await other.visit(f"/pay/{ticket}")
        await other.send(f"/pay/{ticket}", channel="sandbox", coupon=ids[1])
        charges[1] = other.path
        payer = (one, other)[first]
        await payer.visit(charges[first])
        await payer.send("/sandbox/charges", verb="pay")
        await world.site.settle()
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert (said["trade_state"], said["amount"]["payer_total"]) == ("SUCCESS", 2_500)
    used = [CouponState.UNUSED, CouponState.UNUSED]
    used[first] = CouponState.USED
    assert await states() == used


def test_of_more_than_can_be_about_to_pay_who_chose_first_makes_room() -> None:
    now, shop_id = clock.now(), new_id()
    placed = command(shop_id, 3_000, "a")
    orders: dict[UUID, MerchantOrder] = {}
    judge_place(orders, {shop_id: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, now)
    order = orders[placed.id]
    people = [new_id() for _ in range(CHOICES_MAX + 1)]

    def choose(place: int, payment: int) -> str:
        person_id = people[place]
        coupon = Coupon(
            id=derive(person_id, "coupon"), campaign_id=shop_id, shop_id=shop_id, name="x", person_id=person_id,
            state=CouponState.UNUSED, terms=Terms(amount=500, threshold=2_000, cashier=Cashier()), starts_at=now,
            claimed_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        asked = ChooseCoupon(
            order_id=order.id,
            person_id=person_id,
            coupon_id=coupon.id,
            payment_id=UUID(int=payment),
            actor=BY_SYSTEM,
        )
        return judge_choice(order, coupon, asked, now)

    assert {choose(place, place) for place in range(CHOICES_MAX + 1)} == {"chosen"}
    assert [each.person_id for each in order.choices] == people[1:]
    assert choose(1, 99) == "chosen", "anew, for another payment: nobody else makes room"
    assert [each.person_id for each in order.choices] == [*people[2:], people[1]]
    assert (order.choice_of(people[0]), order.due) == (None, 2_500)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.booleans()), max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches_of_choices(world: World, asked: list[tuple[int, int, bool]]) -> None:
    shop_id, owners = world.merchant.shop_id, [new_id()] * 2 + [new_id()]
    terms = Terms(amount=500, threshold=2_000, cashier=Cashier())
    campaign = creating(shop_id, terms, id=new_id(shop_id))
    claims = [claiming(campaign.id, person_id) for person_id in owners]
    placing = [command(shop_id, 3_000, number()) for _ in range(2)]
    choices = [
        ChooseCoupon(
            order_id=placing[order].id,
            person_id=owners[coupon],
            coupon_id=claims[coupon].id if is_with else None,
            payment_id=UUID(int=order + coupon // 2),
            actor=BY_SYSTEM,
        )
        for order, coupon, is_with in asked
    ]
    told = []
    for together in (True, False):
        try:
            async with world.program.database.transaction() as tx:
                await create_campaigns(tx, [campaign])
                move = MoveCampaign(id=campaign.id, shop_id=shop_id, verb=CampaignVerb.START, actor=BY_SYSTEM)
                await move_campaigns(tx, [move])
                assert [each.status for each in await claim_coupons(tx, claims)] == ["claimed"] * 3
                assert [each.status for each in await place_merchant_orders(tx, placing)] == ["created", "created"]
                if together:
                    said = await choose_coupons(tx, choices)
                else:
                    said = [(await choose_coupons(tx, [choice]))[0] for choice in choices]
                found = await get_coupons(tx, [claim.id for claim in claims])
                orders = await get_orders(tx, [each.id for each in placing])
                states = {id: (coupon.state, coupon.order_id) for id, coupon in found.items()}
                told.append((said, states, {id: (order.choices, order.due) for id, order in orders.items()}))
                raise _TakenBack
        except _TakenBack:
            pass
    assert told[0] == told[1]


class _TakenBack(Exception):
    """Whatever was tried is undone."""


async def test_somebody_with_a_coupon_pays_less_in_a_browser(world: World, browser: Browser) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "浏览器里的店"))
    client = await asyncio.to_thread(world.client, account)
    _, person_id = await send(world, account, "browsing")
    out_trade_no, ticket = await make(client, 3_000)
    async with visiting(Devices(browser, world.url)) as come:
        payer = await come(PHONE)
        await payer.open(f"/pay/{ticket}")
        await payer.press("登录，用钱包付")
        await payer.sign_in("browsing", PASSWORD)
        await payer.sees("用这张")
        total = payer.page.locator(".pay-head .price-now")
        await expect(total).to_contain_text("25")
        await payer.page.get_by_role("link", name="不用券").click()
        await payer.sees("没有用券")
        await expect(total).to_contain_text("30")
        await payer.page.get_by_role("link", name="满二十减五").click()
        await payer.sees("用这张")
        await payer.enter_payment_password(PAYMENT_PASSWORD)
        await payer.sees("付款成功")
    assert await balance(world, chart.wallet(person_id)) == 7_500
    assert (await call(client.query, out_trade_no=out_trade_no))[1]["amount"]["payer_total"] == 2_500


async def campaign_of(world: World, coupon_id: str) -> UUID:
    id = UUID(hex=coupon_id)
    async with world.program.database.read() as reader:
        return (await get_coupons(reader, [id]))[id].campaign_id


def _rule(mchids: list[str]) -> dict[str, Any]:
    return {
        "fixed_normal_coupon": {"coupon_amount": 500, "transaction_minimum": 2_000},
        "available_merchants": mchids,
    }
