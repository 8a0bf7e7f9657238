"""Proves that a platform shares and refunds the orders of merchants that named it, and nobody else's."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tests.wire.test_combined import combine, line
from tests.wire.test_funds import get, post
from tests.wire.test_trade import balance, call, make, name_partner, number, pay
from tests.wire.voices import Options, alike
from tests.wire.world import World, make_merchant, open_shop
from weiji.events import BY_SYSTEM
from weiji.ledger import chart
from weiji.wire.sharing import ReturnSplit, return_id_of, return_splits

SHARING, REFUNDS = "/v3/ecommerce/profitsharing", "/v3/ecommerce/refunds"


async def test_a_platform_shares_finishes_takes_back_and_refunds(world: World) -> None:
    sub = await make_merchant(world.site, await open_shop(world.site, "二级商户"))
    await name_partner(world, sub, world.merchant.mchid)
    client = await asyncio.to_thread(world.client)
    mine, theirs = chart.merchant_available(world.merchant.shop_id), chart.merchant_pending(sub.shop_id)
    before = await balance(world, mine)
    shared = {"settle_info": {"profit_sharing": True}, "sub_mchid": sub.mchid}
    combined, ticket = await combine(client, [line(world.merchant, 1_000, **shared)])
    await pay(world, ticket)
    _, said = await call(client.combine_query, combined)
    transaction, of_sub = said["sub_orders"][0]["transaction_id"], {"sub_mchid": sub.mchid}
    assert await balance(world, theirs) == 0
    # The platform's commission is its own. Whose order it is has the rest of it, and is no receiver.
    platform = world.merchant.mchid
    receiver = {"appid": "wx1", "type": "MERCHANT_ID", "account": platform, "relation_type": "PLATFORM"}
    # The name of a shop is no secret here; that of a person is sealed, under another name.
    code, said = await post(client, f"{SHARING}/receivers/add", {**receiver, "encrypted_name": "plain"})
    assert (code, said["detail"]["field"]) == (400, "/encrypted_name")
    code, said = await post(client, f"{SHARING}/receivers/add", {**receiver, "name": "平台佣金有限公司"})
    assert (code, said) == (200, {"type": "MERCHANT_ID", "account": platform})
    assert (await post(client, f"{SHARING}/receivers/add", {**receiver, "account": sub.mchid}))[0] == 200
    part = {"type": "MERCHANT_ID", "receiver_account": platform, "amount": 300, "description": "佣金"}
    asked: dict[str, Any] = {**of_sub, "transaction_id": transaction, "out_order_no": number(), "finish": False}
    for receivers, field in (
        ([], "/receivers"),
        ([{**part, "receiver_account": None}], "/receivers/0/receiver_account"),
        ([{**part, "receiver_name": "plain"}], "/receivers/0/receiver_name"),
        ([part, {**part, "receiver_account": sub.mchid}], "/receivers/1/account"),
    ):
        code, said = await post(client, f"{SHARING}/orders", {**asked, "receivers": receivers})
        assert (code, said["detail"]["field"]) == (400, field)
    answers = [await post(client, f"{SHARING}/orders", {**asked, "receivers": [part]}) for _ in range(2)]
    assert [code for code, _ in answers] == [200, 200], answers
    assert answers[0][1]["order_id"] == answers[1][1]["order_id"]
    assert answers[0][1]["receivers"][0]["receiver_mchid"] == platform
    query = urlencode({**of_sub, "transaction_id": transaction, "out_order_no": asked["out_order_no"]})
    _, said = await get(client, f"{SHARING}/orders?{query}")
    assert (said["status"], said["sub_mchid"]) == ("FINISHED", sub.mchid)
    _, said = await get(client, f"{SHARING}/orders/{transaction}/amounts")
    assert said["unsplit_amount"] == 700
    await world.told()
    back = {**of_sub, "out_order_no": asked["out_order_no"], "out_return_no": number(), "return_mchid": platform}
    code, said = await post(client, f"{SHARING}/returnorders", {**back, "amount": 100, "description": "退回"})
    assert (code, said["result"]) == (200, "PROCESSING"), said
    await world.told()
    query = urlencode({name: back[name] for name in ("sub_mchid", "out_order_no", "out_return_no")})
    _, said = await get(client, f"{SHARING}/returnorders?{query}")
    assert (said["result"], said["amount"]) == ("SUCCESS", 100)
    assert said["return_no"]
    # A refund comes out of what is frozen; then the rest is let go.
    asked = {**of_sub, "sp_appid": "wx1", "transaction_id": transaction, "out_refund_no": number()}
    amount = {"refund": 200, "total": 1_000, "currency": "CNY"}
    code, said = await post(client, f"{REFUNDS}/apply", {**asked, "amount": amount})
    assert (code, said["amount"]["refund"]) == (200, 200), said
    for path in (f"id/{said['refund_id']}", f"out-refund-no/{asked['out_refund_no']}"):
        code, found = await get(client, f"{REFUNDS}/{path}?sub_mchid={sub.mchid}")
        assert (code, found["refund_id"]) == (200, said["refund_id"])
    await alike(
        world,
        (f"{SHARING}/orders/{transaction}/amounts",),
        (f"{SHARING}/returnorders?{query}",),
        (f"{REFUNDS}/out-refund-no/{asked['out_refund_no']}?sub_mchid={sub.mchid}",),
        (f"/v3/ecommerce/fund/balance/{sub.mchid}",),
        ("profitsharing_amount_query", transaction),
        ("combine_query", combined),
    )
    finishing = {**of_sub, "transaction_id": transaction, "out_order_no": number(), "description": "完结"}
    code, said = await post(client, f"{SHARING}/finish-order", finishing)
    assert (code, said["sub_mchid"]) == (200, sub.mchid), said
    query = urlencode({name: finishing[name] for name in ("sub_mchid", "transaction_id", "out_order_no")})
    _, said = await get(client, f"{SHARING}/orders?{query}")
    finished = (said["receivers"], said["finish_amount"], said["finish_description"])
    assert finished == ([], 500, "完结")
    assert await balance(world, theirs) == 600
    assert await balance(world, mine) - before == 200
    # Another merchant's order can't be reached by naming a merchant that is ours.
    code, said = await post(client, f"{SHARING}/finish-order", {**finishing, "sub_mchid": world.merchant.mchid})
    assert (code, said["code"]) == (404, "RESOURCE_NOT_EXISTS")
    other = await make_merchant(world.site, await open_shop(world.site, "别的平台"))
    stranger = await asyncio.to_thread(world.client, other)
    assert (await post(stranger, f"{SHARING}/finish-order", finishing))[0] == 403
    assert (await get(client, f"{REFUNDS}/id/nothing?sub_mchid={sub.mchid}"))[0] == 404
    assert (await post(client, f"{SHARING}/receivers/delete", receiver))[0] == 200


async def test_a_service_provider_takes_its_own_commission(world: World) -> None:
    sub = await make_merchant(world.site, await open_shop(world.site, "特约商户"))
    await name_partner(world, sub, world.merchant.mchid)
    own, of_sub = world.merchant.mchid, Options(sub_mchid=sub.mchid)
    mine, theirs = chart.merchant_available(world.merchant.shop_id), chart.merchant_pending(sub.shop_id)
    before = await balance(world, mine)
    client = await asyncio.to_thread(world.client, partner_mode=True)
    out_trade_no, ticket = await make(client, settle_info={"profit_sharing": True}, **of_sub)
    await pay(world, ticket)
    transaction = (await call(client.query, out_trade_no=out_trade_no, **of_sub))[1]["transaction_id"]
    # Whose orders they are is no receiver: its own part is the rest.
    code, said = await call(client.profitsharing_add_receiver, "MERCHANT_ID", sub.mchid, "OTHERS", **of_sub)
    assert (code, said["detail"]["field"]) == (400, "/account")
    part = {"type": "MERCHANT_ID", "account": own, "amount": 300, "description": "服务费"}
    split, back = number(), number()
    await alike(
        world,
        ("profitsharing_add_receiver", "MERCHANT_ID", own, "SERVICE_PROVIDER", of_sub),
        ("profitsharing_order", transaction, split, [part], False, of_sub),
        ("profitsharing_order_query", transaction, split, of_sub),
        partner_mode=True,
    )
    code, said = await call(
        client.profitsharing_order, transaction, number(), [{**part, "account": sub.mchid}], False, **of_sub
    )
    assert (code, said["detail"]["field"]) == (400, "/receivers/0/account")
    await world.told()
    assert (await balance(world, mine) - before, await balance(world, theirs)) == (300, 0)
    await alike(
        world,
        ("profitsharing_return", back, own, 100, "退回", Options(out_order_no=split, **of_sub)),
        partner_mode=True,
    )
    await world.told()
    rest = number()
    _, returned, _ = await alike(
        world,
        ("profitsharing_unfreeze", transaction, rest, "完结", of_sub),
        ("profitsharing_return_query", split, back, of_sub),
        ("profitsharing_delete_receiver", "MERCHANT_ID", own, of_sub),
        partner_mode=True,
    )
    assert (returned["result"], returned["return_mchid"]) == ("SUCCESS", own)
    assert (await balance(world, mine) - before, await balance(world, theirs)) == (200, 800)


async def test_who_is_named_no_longer_moves_no_money_of_orders_that_it_made_and_reads_none(world: World) -> None:
    sub = await make_merchant(world.site, await open_shop(world.site, "走了的商户", world.merchant.shop_id))
    await name_partner(world, sub, world.merchant.mchid)
    client = await asyncio.to_thread(world.client)
    shared = {"settle_info": {"profit_sharing": True}, "sub_mchid": sub.mchid}
    combined, ticket = await combine(client, [line(world.merchant, 1_000, **shared)])
    await pay(world, ticket)
    _, said = await call(client.combine_query, combined)
    transaction, of_sub = said["sub_orders"][0]["transaction_id"], {"sub_mchid": sub.mchid}
    asked = {"transaction_id": transaction, "appid": "wx1", "out_order_no": number()}
    till = await make_merchant(world.site, await open_shop(world.site, "自己人"))
    receiver = {"appid": "wx1", "type": "MERCHANT_ID", "account": till.mchid, "relation_type": "PARTNER"}
    assert (await post(client, "/v3/profitsharing/receivers/add", receiver))[0] == 200
    part = {"type": "MERCHANT_ID", "account": till.mchid, "amount": 100, "description": "拿走"}
    code, said = await post(
        client, "/v3/profitsharing/orders", {**asked, **of_sub, "receivers": [part], "unfreeze_unsplit": False}
    )
    assert code == 200, said
    await world.told()
    returned = {"return_mchid": till.mchid, "amount": 10, "out_return_no": number(), "description": "退回"}
    code, back = await post(client, "/v3/profitsharing/return-orders", {**returned, "order_id": said["order_id"]})
    assert code == 200, back
    amount = {"refund": 50, "total": 1_000, "currency": "CNY"}
    refunding = {"transaction_id": transaction, "out_refund_no": number(), "amount": amount, **of_sub}
    code, refund = await post(client, "/v3/refund/domestic/refunds", refunding)
    assert code == 200, refund
    await world.told()
    # A return that was made when ids of returns were made near the caller is the same when it is asked for again.
    early = ReturnSplit(
        id=return_id_of(world.merchant.shop_id, world.merchant.mchid, "EARLY-1"),
        order_id=UUID(hex=transaction),
        split_id=UUID(hex=said["order_id"]),
        caller_mchid=world.merchant.mchid,
        number="EARLY-1",
        mchid=till.mchid,
        amount=10,
        description="退回",
        actor=BY_SYSTEM,
    )
    assert await world.program.batchers.of(return_splits, "order_id").submit(early) == "created"
    again = {**returned, "out_return_no": early.number, "order_id": said["order_id"]}
    code, told = await post(client, "/v3/profitsharing/return-orders", again)
    assert (code, told["return_id"]) == (200, early.id.hex)
    await world.told()
    path = f"/v3/profitsharing/return-orders/{early.number}?order_id={said['order_id']}"
    assert (await get(client, path))[1]["return_id"] == early.id.hex
    named = f"sub_mchid={sub.mchid}"
    reads = (
        f"/v3/pay/partner/transactions/id/{transaction}?sp_mchid={world.merchant.mchid}&{named}",
        f"/v3/profitsharing/orders/{asked['out_order_no']}?transaction_id={transaction}",
        f"/v3/profitsharing/transactions/{transaction}/amounts",
        f"/v3/profitsharing/return-orders/{returned['out_return_no']}?order_id={said['order_id']}",
        f"{SHARING}/orders?{named}&transaction_id={transaction}&out_order_no={asked['out_order_no']}",
        f"{REFUNDS}/id/{refund['refund_id']}?{named}",
    )
    assert [code for code, _ in [await get(client, path) for path in reads]] == [200] * len(reads)
    await name_partner(world, sub)
    for path in reads:
        code, refused = await get(client, path)
        assert (code, refused["code"]) == (403, "NO_AUTH"), path
    asked["out_order_no"] = number()
    part = {"type": "MERCHANT_ID", "account": till.mchid, "amount": 900, "description": "拿走"}
    back = {"amount": {"refund": 900, "total": 1_000, "currency": "CNY"}, "out_refund_no": number()}
    returned["out_return_no"] = number()
    for path, body in (
        ("/v3/profitsharing/orders", {**asked, "receivers": [part], "unfreeze_unsplit": False}),
        ("/v3/profitsharing/orders/unfreeze", {**asked, "description": "完结"}),
        ("/v3/refund/domestic/refunds", {**asked, **back}),
        ("/v3/profitsharing/return-orders", {**returned, "order_id": said["order_id"]}),
    ):
        code, refused = await post(client, path, body)
        assert (code, refused["code"]) == (403, "NO_AUTH"), path
    own = await asyncio.to_thread(world.client, sub)
    assert (await post(own, "/v3/profitsharing/orders/unfreeze", {**asked, "description": "完结"}))[0] == 200
    assert await balance(world, chart.merchant_pending(sub.shop_id)) == 1_000 - 100 + 10 + 10 - 50
