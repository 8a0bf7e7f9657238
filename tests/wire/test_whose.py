"""Proves that no number leads to what another merchant has, whoever is named beside it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from wechatpayv3 import WeChatPay
from wechatpayv3.type import RequestType

from tests.wire.test_combined import combine, line
from tests.wire.test_favor import stock_of
from tests.wire.test_funds import get, post
from tests.wire.test_order_complaints import complain
from tests.wire.test_trade import call, make, name_partner, number, pay
from tests.wire.world import APPID, Account, World, fund, make_merchant, open_shop
from weiji.events import Actor
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.payments import CreatePayoutAccount, create_payout_accounts
from weiji.wire.calls.absent import ABSENT
from weiji.wire.gate import ROUTES
from weiji.wire.openids import openid_of
from weiji.wire.trade import order_id_of

SHARING, REFUNDS, DAY_END = (
    "/v3/ecommerce/profitsharing",
    "/v3/ecommerce/refunds",
    "/v3/platsolution/ecommerce/withdraw/day-end-balance-withdraw",
)
NO_ORDER, NOTHING, NO_TRANSFER = "ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"
BACK: Final = {"amount": 10, "description": "退回"}
AMOUNT: Final = {"refund": 10, "total": 1_000, "currency": "CNY"}
BANK: Final = {"type": "USER_BANK_CARD", "bank_type": "工商银行", "bank_account": "1", "real_name": "1"}
SAID: Final = {"response_content": "好", "complainted_mchid": "{sub}"}

NAMED: Final[tuple[tuple[str, str, str, dict[str, Any] | None, str], ...]] = (
    ("GET", "/v3/pay/partner/transactions/id/{transaction_id}", "sp_mchid={caller}&sub_mchid={sub}", None, NO_ORDER),
    ("GET", "/v3/pay/partner/transactions/out-trade-no/{order}", "sp_mchid={caller}&sub_mchid={sub}", None, NO_ORDER),
    (
        "POST",
        "/v3/pay/partner/transactions/out-trade-no/{open_order}/close",
        "",
        {"sp_mchid": "{caller}", "sub_mchid": "{sub}"},
        NO_ORDER,
    ),
    (
        "POST",
        "/v3/pay/partner/transactions/out-trade-no/{open_order}/reverse",
        "",
        {"sp_mchid": "{caller}", "sub_mchid": "{sub}"},
        NO_ORDER,
    ),
    ("GET", "/v3/refund/domestic/refunds/{refund}", "sub_mchid={sub}", None, NOTHING),
    ("GET", f"{REFUNDS}/out-refund-no/{{refund}}", "sub_mchid={sub}", None, NOTHING),
    ("GET", f"{REFUNDS}/id/{{refund_id}}", "sub_mchid={sub}", None, NOTHING),
    *(
        (
            "POST",
            f"{of}/{{refund_id}}/apply-abnormal-refund",
            "",
            {"sub_mchid": "{sub}", "out_refund_no": "{refund}", **BANK},
            NOTHING,
        )
        for of in ("/v3/refund/domestic/refunds", REFUNDS)
    ),
    *(
        (
            "POST",
            path,
            "",
            {"sub_mchid": "{sub}", "transaction_id": "{transaction_id}", "out_refund_no": "{new}", "amount": AMOUNT},
            NOTHING,
        )
        for path in ("/v3/refund/domestic/refunds", f"{REFUNDS}/apply")
    ),
    (
        "POST",
        "/v3/profitsharing/orders",
        "",
        {
            "sub_mchid": "{sub}",
            "transaction_id": "{transaction_id}",
            "out_order_no": "{new}",
            "unfreeze_unsplit": True,
        },
        NOTHING,
    ),
    (
        "POST",
        "/v3/profitsharing/orders/unfreeze",
        "",
        {"sub_mchid": "{sub}", "transaction_id": "{transaction_id}", "out_order_no": "{new}", "description": "完结"},
        NOTHING,
    ),
    (
        "POST",
        f"{SHARING}/finish-order",
        "",
        {"sub_mchid": "{sub}", "transaction_id": "{transaction_id}", "out_order_no": "{new}", "description": "完结"},
        NOTHING,
    ),
    (
        "POST",
        f"{SHARING}/orders",
        "",
        {"sub_mchid": "{sub}", "transaction_id": "{transaction_id}", "out_order_no": "{new}", "finish": True},
        NOTHING,
    ),
    ("GET", "/v3/profitsharing/orders/{split}", "transaction_id={transaction_id}&sub_mchid={sub}", None, NOTHING),
    ("GET", f"{SHARING}/orders", "transaction_id={transaction_id}&out_order_no={split}&sub_mchid={sub}", None, NOTHING),
    *(
        ("GET", "/v3/profitsharing/return-orders/{returned}", f"{by}&sub_mchid={{sub}}", None, NOTHING)
        for by in ("order_id={split_id}", "out_order_no={split}")
    ),
    *(
        ("GET", f"{SHARING}/returnorders", f"out_return_no={{returned}}&{by}&sub_mchid={{sub}}", None, NOTHING)
        for by in ("order_id={split_id}", "out_order_no={split}")
    ),
    *(
        (
            "POST",
            path,
            "",
            {"sub_mchid": "{sub}", **by, "out_return_no": "{new}", "return_mchid": "{provider}", **BACK},
            NOTHING,
        )
        for path in ("/v3/profitsharing/return-orders", f"{SHARING}/returnorders")
        for by in ({"order_id": "{split_id}"}, {"out_order_no": "{split}"})
    ),
    *(
        (
            "POST",
            f"/v3/ecommerce/subsidies/{verb}",
            "",
            {"sub_mchid": "{sub}", "transaction_id": "{transaction_id}", "out_order_no": "{new}", **BACK},
            NOTHING,
        )
        for verb in ("create", "return", "cancel")
    ),
    ("GET", "/v3/ecommerce/fund/withdraw/{withdraw_id}", "sub_mchid={sub}", None, NO_ORDER),
    ("GET", "/v3/ecommerce/fund/withdraw/out-request-no/{withdrawal}", "sub_mchid={sub}", None, NO_ORDER),
    ("GET", f"{DAY_END}/out-request-no/{{day_end}}", "sub_mchid={sub}", None, NO_ORDER),
    ("GET", "/v3/apply4sub/sub_merchants/{sub}/application/{application_no}", "", None, NOTHING),
)
"""Calls that say whose a thing is: method, path, query, body, and the word for that this merchant has no such thing."""

OWN: Final[tuple[tuple[str, str, str, dict[str, Any] | None, str], ...]] = (
    ("GET", "/v3/pay/transactions/id/{transaction_id}", "mchid={caller}", None, NO_ORDER),
    ("GET", "/v3/pay/transactions/out-trade-no/{order}", "mchid={caller}", None, NO_ORDER),
    ("POST", "/v3/pay/transactions/out-trade-no/{open_order}/close", "", {"mchid": "{caller}"}, NO_ORDER),
    ("POST", "/v3/pay/transactions/out-trade-no/{open_order}/reverse", "", {"mchid": "{caller}"}, NO_ORDER),
    ("GET", "/v3/profitsharing/transactions/{transaction_id}/amounts", "", None, NOTHING),
    ("GET", f"{SHARING}/orders/{{transaction_id}}/amounts", "", None, NOTHING),
    ("GET", "/v3/profitsharing/merchant-configs/{whose}", "", None, "NO_AUTH"),
    ("GET", "/v3/ecommerce/fund/balance/{whose}", "", None, "NO_AUTH"),
    ("GET", "/v3/ecommerce/fund/enddaybalance/{whose}", "date={day}", None, "NO_AUTH"),
    ("GET", "/v3/apply4sub/sub_merchants/{whose}/settlement", "", None, "NO_AUTH"),
    ("POST", "/v3/apply4sub/sub_merchants/{whose}/modify-settlement", "", {"account_bank": "x"}, "NO_AUTH"),
    ("GET", "/v3/merchant/fund/withdraw/out-request-no/{withdrawal}", "", None, NO_ORDER),
    ("GET", "/v3/merchant/fund/withdraw/withdraw-id/{withdraw_id}", "", None, NO_ORDER),
    ("GET", "/v3/combine-transactions/out-trade-no/{combined}", "", None, NO_ORDER),
    (
        "POST",
        "/v3/combine-transactions/out-trade-no/{combined}/close",
        "",
        {"combine_appid": APPID, "sub_orders": [{"mchid": "{provider}", "out_trade_no": "{order}"}]},
        NO_ORDER,
    ),
    ("GET", "/v3/merchant-service/complaints-v2/{complaint_id}", "", None, NOTHING),
    ("GET", "/v3/merchant-service/complaints-v2/{complaint_id}/negotiation-historys", "", None, NOTHING),
    ("POST", "/v3/merchant-service/complaints-v2/{complaint_id}/response", "", SAID, NOTHING),
    ("POST", "/v3/merchant-service/complaints-v2/{complaint_id}/complete", "", SAID, NOTHING),
    (
        "POST",
        "/v3/merchant-service/complaints-v2/{complaint_id}/update-refund-progress",
        "",
        {"action": "APPROVE"},
        NOTHING,
    ),
    *(
        (
            "POST",
            f"/v3/marketing/favor/stocks/{{stock_id}}/{verb}",
            "",
            {"stock_creator_mchid": "{caller}"},
            NOTHING,
        )
        for verb in ("start", "pause", "restart", "stop")
    ),
    *(
        ("GET", f"/v3/marketing/favor/stocks/{{stock_id}}{of}", "stock_creator_mchid={caller}", None, NOTHING)
        for of in ("", "/merchants", "/items", "/use-flow", "/refund-flow")
    ),
    (
        "POST",
        "/v3/marketing/favor/users/{openid}/coupons",
        "",
        {
            "stock_id": "{stock_id}",
            "out_request_no": "{new}",
            "appid": APPID,
            "stock_creator_mchid": "{caller}",
        },
        NOTHING,
    ),
    ("GET", "/v3/marketing/favor/users/{openid}/coupons/{coupon_id}", f"appid={APPID}", None, NOTHING),
    ("GET", "/v3/marketing/busifavor/stocks/{stock_id}", "", None, NOTHING),
    ("GET", "/v3/marketing/busifavor/stocks/{stock_id}/couponcodes", "", None, NOTHING),
    (
        "POST",
        "/v3/marketing/busifavor/stocks/{stock_id}/couponcodes",
        "",
        {"upload_request_no": "1", "coupon_code_list": ["A1"]},
        NOTHING,
    ),
    ("GET", "/v3/marketing/busifavor/stocks/{stock_id}/couponcodes/{coupon_id}", "", None, NOTHING),
    (
        "DELETE",
        "/v3/marketing/busifavor/stocks/{stock_id}/couponcodes/{coupon_id}",
        "delete_request_no=1",
        None,
        NOTHING,
    ),
    ("GET", f"/v3/marketing/busifavor/users/{{openid}}/coupons/{{coupon_id}}/appids/{APPID}", "", None, NOTHING),
    ("GET", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{bill}", "", None, NO_TRANSFER),
    ("GET", "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{bill_id}", "", None, NO_TRANSFER),
    ("POST", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{bill}/cancel", "", {"x": 1}, NO_TRANSFER),
    ("GET", "/v3/fund-app/mch-transfer/elecsign/out-bill-no/{bill}", "", None, NO_TRANSFER),
    ("GET", "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/{bill_id}", "", None, NO_TRANSFER),
    ("GET", "/v3/transfer/batches/out-batch-no/{batch}", "", None, NO_TRANSFER),
    ("GET", "/v3/transfer/batches/batch-id/{batch_id}", "", None, NO_TRANSFER),
    ("GET", "/v3/transfer/batches/out-batch-no/{batch}/details/out-detail-no/{detail}", "", None, NO_TRANSFER),
    ("GET", "/v3/transfer/batches/batch-id/{batch_id}/details/detail-id/{detail_id}", "", None, NO_TRANSFER),
)
"""Calls about what is the caller's, or of who named it: likewise."""

NOBODYS: Final = {
    ("GET", "/v3/capital/capitallhh/areas/provinces/{}/cities"),
    ("GET", "/v3/capital/capitallhh/banks/{}/branches"),
    ("GET", "/v3/merchant/fund/balance/{}"),
    ("GET", "/v3/merchant/fund/dayendbalance/{}"),
    ("GET", "/v3/merchant/fund/withdraw/bill-type/{}"),
    ("GET", "/v3/marketing/favor/users/{}/coupons"),
    ("GET", "/v3/marketing/busifavor/users/{}/coupons"),
    # A picture has an address that nobody guesses, and whoever has it sees it.
    ("GET", "/v3/merchant-service/images/{}"),
    # What a program sent in is looked for among what it sent in: tests/wire/test_applyments.py.
    ("GET", "/v3/applyment4sub/applyment/business_code/{}"),
    ("GET", "/v3/applyment4sub/applyment/applyment_id/{}"),
    ("GET", "/v3/ecommerce/applyments/out-request-no/{}"),
    ("GET", "/v3/ecommerce/applyments/{}"),
}
"""Paths with a parameter that is no number of somebody's thing."""


def _fill(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, known) for each in value]
    return value.format(**known) if isinstance(value, str) else value


def _template(method: str, path: str) -> tuple[str, str]:
    endpoint, _ = ROUTES.find(method, path.replace("{", "").replace("}", ""))
    return method, endpoint.template


def _blank(template: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))


def test_every_number_in_a_path_is_tried() -> None:
    absent = {place for paths in ABSENT.values() for place in paths}
    tried = {_template(method, path) for method, path, *_ in (*NAMED, *OWN)}
    left = {
        (each.method, _blank(each.template))
        for each in ROUTES.endpoints
        if "{" in each.template and (each.method, each.template) not in tried | absent
    }
    assert left == NOBODYS


async def _ask(
    client: WeChatPay, case: tuple[str, str, str, dict[str, Any] | None, str], known: Mapping[str, str]
) -> tuple[int, str]:
    method, path, query, body, _word = case
    path = path.format(**known) + (f"?{query.format(**known)}" if query else "")
    filled = None if body is None else _fill(body, known)
    code, said = await call(client._core.request, path, method=RequestType[method], data=filled)
    return code, said["code"] if said and "code" in said else ""


async def _paid_for(world: World, client: WeChatPay, sub: Account) -> dict[str, str]:
    """Have an order of another merchant paid, shared, added to, given back of and complained of; give the numbers."""
    provider, of_sub = world.merchant.mchid, {"sub_mchid": sub.mchid}
    payer_id = await world.site.person("whosepayer", money=10_000)
    settle_info = {"profit_sharing": True, "subsidy_amount": 500}
    combined, ticket = await combine(client, [line(world.merchant, 1_000, **of_sub, settle_info=settle_info)])
    await pay(world, ticket, handle="whosepayer")
    (_, said) = await call(client.combine_query, combined)
    order, transaction = (said["sub_orders"][0][name] for name in ("out_trade_no", "transaction_id"))
    receiver = {"appid": APPID, "type": "MERCHANT_ID", "account": provider, "relation_type": "PLATFORM"}
    assert (await post(client, f"{SHARING}/receivers/add", receiver))[0] == 200
    part = {"type": "MERCHANT_ID", "receiver_account": provider, "amount": 100, "description": "佣金"}
    asked = {**of_sub, "transaction_id": transaction, "out_order_no": number(), "finish": False}
    code, split = await post(client, f"{SHARING}/orders", {**asked, "receivers": [part]})
    assert code == 200, split
    await world.told()
    back = {**of_sub, "out_order_no": split["out_order_no"], "out_return_no": number(), "return_mchid": provider}
    code, returned = await post(client, f"{SHARING}/returnorders", {**back, **BACK})
    assert code == 200, returned
    code, refund = await post(
        client,
        f"{REFUNDS}/apply",
        {**of_sub, "transaction_id": transaction, "out_refund_no": number(), "amount": AMOUNT},
    )
    assert code == 200, refund
    order_id = order_id_of(sub.shop_id, provider, order)
    return {
        "combined": combined,
        "order": order,
        "transaction_id": transaction,
        "split": split["out_order_no"],
        "split_id": split["order_id"],
        "returned": returned["out_return_no"],
        "refund": refund["out_refund_no"],
        "refund_id": refund["refund_id"],
        "complaint_id": (await complain(world, order_id, payer_id, 0)).hex,
    }


async def _withdrawn(world: World, client: WeChatPay, sub: Account) -> dict[str, str]:
    """Have money of another merchant withdrawn, in both ways, and its account changed; give the numbers."""
    async with world.program.database.transaction() as tx:
        await fund(tx, sub.shop_id, 50_000)
    CLOCK.follow(CLOCK.offset + timedelta(days=1))
    account = CreatePayoutAccount(
        id=new_id(sub.shop_id),
        owner_id=sub.shop_id,
        holder="山里的茶",
        bank="招商银行",
        number="6214830012345678",
        actor=Actor("merchant", world.site.seller_id),
    )
    assert await world.program.batchers.of(create_payout_accounts, "owner_id").submit(account) == "created"
    asked = {"sub_mchid": sub.mchid, "out_request_no": number(), "amount": 10_000}
    code, said = await post(client, "/v3/ecommerce/fund/withdraw", asked)
    assert code == 200, said
    day_end = {"sub_mchid": sub.mchid, "out_request_no": number(), "calculate_amount_type": "ALLOW_CURRENT_BALANCE"}
    code, ended = await post(client, DAY_END, day_end)
    assert code == 200, ended
    changing = {"account_type": "ACCOUNT_TYPE_BUSINESS", "account_bank": "工商银行", "bank_address_code": "110000"}
    code, told = await call(client.applyment_settlement_modify, sub.mchid, *changing.values(), "6222020200112233445")
    assert code == 200, told
    return {
        "withdrawal": said["out_request_no"],
        "withdraw_id": said["withdraw_id"],
        "day_end": day_end["out_request_no"],
        "application_no": told["application_no"],
    }


async def _given(world: World, client: WeChatPay) -> dict[str, str]:
    """Have money and a coupon given to a person; give the numbers."""
    openid = openid_of(APPID, await world.site.person("whosepayee", "小鱼"))
    async with world.program.database.transaction() as tx:
        await fund(tx, world.merchant.shop_id, 50_000)
    code, bill = await call(client.mch_transfer_bills, number(), "1000", openid, 100, "有礼")
    assert code == 200, bill
    detail = {"out_detail_no": number(), "transfer_amount": 100, "transfer_remark": "奖", "openid": openid}
    batch = {"appid": APPID, "out_batch_no": number(), "batch_name": "奖", "batch_remark": "奖"}
    sums = {"total_amount": 100, "total_num": 1, "transfer_detail_list": [detail]}
    code, made = await post(client, "/v3/transfer/batches", {**batch, **sums})
    assert code == 200, made
    listed = f"/v3/transfer/batches/batch-id/{made['batch_id']}?need_query_detail=true"
    _, shown = await get(client, listed)
    _, stock = await call(client.marketing_favor_stock_create, **stock_of(world.merchant.mchid, number()))
    stock_id = stock["stock_id"]
    assert (await call(client.marketing_favor_stock_start, world.merchant.mchid, stock_id))[0] == 200
    code, sent = await call(client.marketing_favor_stock_send, stock_id, openid, number(), world.merchant.mchid)
    assert code == 200, sent
    return {
        "openid": openid,
        "bill": bill["out_bill_no"],
        "bill_id": bill["transfer_bill_no"],
        "batch": made["out_batch_no"],
        "batch_id": made["batch_id"],
        "detail": detail["out_detail_no"],
        "detail_id": shown["transfer_detail_list"][0]["detail_id"],
        "stock_id": stock_id,
        "coupon_id": sent["coupon_id"],
    }


async def test_no_number_leads_to_what_another_merchant_has(own_world: World) -> None:
    world = own_world
    provider = world.merchant.mchid
    rival = await make_merchant(world.site, await open_shop(world.site, "别的服务商"))
    sub, other, rivals = [
        await make_merchant(world.site, await open_shop(world.site, name)) for name in ("一店", "二店", "三店")
    ]
    for account, named in ((sub, provider), (other, provider), (rivals, rival.mchid)):
        await name_partner(world, account, named)
    client, stranger = [await asyncio.to_thread(world.client, each) for each in (world.merchant, rival)]
    partner = await asyncio.to_thread(world.client, partner_mode=True)
    open_order, _ = await make(partner, sub_mchid=sub.mchid)
    things = {
        **await _paid_for(world, client, sub),
        **await _given(world, client),
        **await _withdrawn(world, client, sub),
        "open_order": open_order,
        "provider": provider,
        "whose": sub.mchid,
        "day": "2026-01-31",
    }

    def naming(caller: str, whose: Account) -> dict[str, str]:
        return {**things, "caller": caller, "sub": whose.mchid, "new": number()}

    wrong = []
    for case in NAMED:
        for who, caller, whose, word in (
            (client, provider, other, case[4]),  # Both named the caller.
            (stranger, rival.mchid, rivals, case[4]),  # The number is of somebody who didn't.
            (stranger, rival.mchid, sub, "NO_AUTH"),
        ):
            code, said = await _ask(who, case, naming(caller, whose))
            if (code, said) != (403 if word == "NO_AUTH" else 404, word):
                wrong.append((case[:3], whose.mchid == other.mchid, code, said))
    for case in OWN:
        code, said = await _ask(stranger, case, naming(rival.mchid, sub))
        if (code, said) != (403 if case[4] == "NO_AUTH" else 404, case[4]):
            wrong.append((case[:3], False, code, said))
    assert not wrong, wrong
    # Whose it is, is told where it is asked for rightly: the numbers are good.
    found = [(case[1], (await _ask(client, case, naming(provider, sub)))[0]) for case in NAMED if case[0] == "GET"]
    assert {code for _, code in found} == {200}, found


async def test_nothing_is_made_of_anothers_order_under_a_number_that_names_the_caller(own_world: World) -> None:
    world = own_world
    sub = await make_merchant(world.site, await open_shop(world.site, "一店"))
    await name_partner(world, sub, world.merchant.mchid)
    client = await asyncio.to_thread(world.client)
    settle_info = {"profit_sharing": True}
    bought = [
        line(world.merchant, 1_000, settle_info=settle_info),
        line(world.merchant, 1_000, sub_mchid=sub.mchid, settle_info=settle_info),
    ]
    combined, ticket = await combine(client, bought)
    await pay(world, ticket)
    (_, said) = await call(client.combine_query, combined)
    own, theirs = ({"transaction_id": each["transaction_id"]} for each in said["sub_orders"])
    for path, field, body in (
        ("/v3/refund/domestic/refunds", "out_refund_no", {"amount": AMOUNT}),
        (f"{REFUNDS}/apply", "out_refund_no", {"amount": AMOUNT}),
        ("/v3/profitsharing/orders", "out_order_no", {"unfreeze_unsplit": True}),
        ("/v3/profitsharing/orders/unfreeze", "out_order_no", {"description": "完结"}),
    ):
        asked = {field: number(), **body}
        code, refused = await post(client, path, {**asked, **theirs})
        assert (code, refused["code"]) == (400, "PARAM_ERROR"), (path, refused)
        assert refused["detail"]["field"] == "/sub_mchid"
        assert sub.mchid in refused["message"]
        # The same number is the caller's for an order of its own, and the other's for one of theirs.
        made = [
            await post(client, path, {**asked, **own}),
            await post(client, path, {**asked, **theirs, "sub_mchid": sub.mchid}),
        ]
        if path.endswith("/unfreeze"):  # Nothing is left to unfreeze.
            assert [code for code, _ in made] == [403, 403], made
            continue
        assert [code for code, _ in made] == [200, 200], made
        of = "/v3/refund/domestic/refunds" if "refund" in path else "/v3/profitsharing/orders"
        for each, order, query in zip(made, (own, theirs), ("", f"&sub_mchid={sub.mchid}"), strict=True):
            shown = await get(client, f"{of}/{asked[field]}?transaction_id={order['transaction_id']}{query}")
            assert shown == each, path
