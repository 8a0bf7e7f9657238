"""Proves that an order's money is shared, unfrozen and returned once, by the published client, and never beyond it."""

import asyncio
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from wechatpayv3.type import RequestType

from tests.deposits.examples import give
from tests.orders.market import WAITING
from tests.wire.test_order_complaints import complain, disputing, state_of
from tests.wire.test_trade import balance, call, command, deadlines, make, number, pay
from tests.wire.voices import Options, alike
from tests.wire.world import APPID, KEY, Account, World, make_merchant, open_shop, receiving
from weiji import ledger
from weiji.chargebacks import EndChargeback, end_chargebacks, take_chargebacks
from weiji.deposits.keeping import Keeper
from weiji.developers import CreateKey, Scope, create_keys
from weiji.developers.tokens import KeyToken
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import TradeRules
from weiji.wire.complaints import ComplaintState, DecideComplaint, decide_complaints
from weiji.wire.complaints.handlers import Reactions as ComplaintReactions
from weiji.wire.openids import openid_of
from weiji.wire.sealing import open_field
from weiji.wire.sharing import ReturnSplit, Split, SplitOrder, Wish, shareable, split_orders
from weiji.wire.sharing.rules import end_return, judge_return, judge_split
from weiji.wire.trade import RefundMerchantOrder, TakeMerchantPayment, get_orders, order_id_of
from weiji.wire.trade.rules import ShopTerms, judge_place, judge_refund, judge_take, left_of

SHARED = {"profit_sharing": True}


def receiver(account: Account, amount: int) -> dict[str, object]:
    return {"type": "MERCHANT_ID", "account": account.mchid, "amount": amount, "description": "分成"}


async def test_an_order_is_shared_unfrozen_and_returned(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "朋友的店"))
    own, theirs = chart.merchant_pending(world.merchant.shop_id), chart.merchant_available(friend.shop_id)
    before = await balance(world, own)
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    assert await balance(world, own) == before
    _, said = await call(client.query, out_trade_no=out_trade_no)
    transaction = said["transaction_id"]
    assert (await call(client.profitsharing_amount_query, transaction))[1]["unsplit_amount"] == 1_000
    part = receiver(friend, 300)
    asked: dict[str, Any] = {"out_order_no": number(), "receivers": [part], "unfreeze_unsplit": False}
    code, said = await call(client.profitsharing_order, transaction, **asked)
    assert (code, said["code"]) == (400, "PARAM_ERROR")
    code, said = await call(
        client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER", name="朋友有限公司"
    )
    assert code == 200, said
    assert open_field(KEY, said["name"]) == "朋友有限公司"
    code, said = await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "FRIEND")
    assert (code, said["detail"]["field"]) == (400, "/relation_type")
    code, said = await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "CUSTOM", None, "邻居")
    assert (code, said["custom_relation"]) == (200, "邻居")
    answers = await asyncio.gather(*(call(client.profitsharing_order, transaction, **asked) for _ in range(3)))
    assert {code for code, _ in answers} == {200}, answers
    assert len({said["order_id"] for _, said in answers}) == 1
    await world.told()
    assert await balance(world, theirs) == 300
    _, said = await call(client.profitsharing_order_query, transaction, asked["out_order_no"])
    assert (said["state"], said["receivers"][0]["result"]) == ("FINISHED", "SUCCESS")
    # Asked again it is the same, or refused by the name of what differs.
    for change, field in (
        ({"receivers": [{**part, "amount": 301}]}, "/receivers/0/amount"),
        ({"receivers": [{**part, "description": "另一个"}]}, "/receivers/0/description"),
        ({"receivers": [part, {**part, "amount": 1}]}, "/receivers"),
        ({"unfreeze_unsplit": True}, "/unfreeze_unsplit"),
    ):
        code, said = await call(client.profitsharing_order, transaction, **asked | change)
        assert (code, said["code"], said["detail"]["field"]) == (400, "INVALID_REQUEST", field)
        assert field in said["message"]
    # What others have can't be refunded before it is returned.
    back = {"refund": 1_000, "total": 1_000, "currency": "CNY"}
    code, said = await call(client.refund, number(), back, out_trade_no=out_trade_no)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    ended = number()
    code, said = await call(client.profitsharing_unfreeze, transaction, ended, "完结")
    assert code == 200, said
    code, again = await call(client.profitsharing_unfreeze, transaction, ended, "另一句话")
    assert (code, again["detail"]["field"]) == (400, "/description")
    (rest,) = said["receivers"]
    named = {name: rest[name] for name in ("type", "account", "amount", "description", "result")}
    mine = {"type": "MERCHANT_ID", "account": world.merchant.mchid, "amount": 700, "description": "完结"}
    assert named == {**mine, "result": "SUCCESS"}
    assert await balance(world, own) - before == 700
    assert (await call(client.profitsharing_amount_query, transaction))[1]["unsplit_amount"] == 0
    code, said = await call(client.profitsharing_unfreeze, transaction, number(), "完结")
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    # The friend gives back; then all of it can be refunded.
    returning = (friend.mchid, 200, "退回")
    first = number()
    answers = await asyncio.gather(
        *(call(client.profitsharing_return, first, *returning, out_order_no=asked["out_order_no"]) for _ in range(3))
    )
    assert {code for code, _ in answers} == {200}, answers
    assert answers[0][1]["transaction_id"] == transaction
    for other, field in (((friend.mchid, 201, "退回"), "/amount"), ((friend.mchid, 200, "另一句话"), "/description")):
        code, said = await call(client.profitsharing_return, first, *other, out_order_no=asked["out_order_no"])
        assert (code, said["code"], said["detail"]["field"]) == (400, "INVALID_REQUEST", field)
    both = {"out_order_no": "ANOTHER", "order_id": answers[0][1]["order_id"]}
    returned = {"out_return_no": number(), "return_mchid": friend.mchid, "amount": 1, "description": "退回"}
    path = "/v3/profitsharing/return-orders"
    code, said = await call(client._core.request, path, method=RequestType.POST, data=both | returned)
    assert (code, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "/out_order_no")
    code, said = await call(client.profitsharing_return, number(), *returning, out_order_no=asked["out_order_no"])
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    await world.told()
    _, said = await call(client.profitsharing_return_query, asked["out_order_no"], first)
    assert said["result"] == "SUCCESS", said
    assert (await balance(world, theirs), await balance(world, own) - before) == (100, 900)
    refunded = number()
    code, said = await call(client.refund, refunded, {**back, "refund": 900}, out_trade_no=out_trade_no)
    assert code == 200, said
    # Whatever form of the client asks, and asks again: the same is told, and nothing is done twice.
    await alike(
        world,
        ("query", transaction),
        ("refund", refunded, {**back, "refund": 900}, transaction),
        ("query_refund", refunded),
        ("profitsharing_order", transaction, asked["out_order_no"], asked["receivers"], False),
        ("profitsharing_order_query", transaction, asked["out_order_no"]),
        ("profitsharing_return", first, *returning, Options(out_order_no=asked["out_order_no"])),
        ("profitsharing_return_query", asked["out_order_no"], first),
        ("profitsharing_amount_query", transaction),
        ("profitsharing_config_query", world.merchant.mchid),
        ("profitsharing_add_receiver", "MERCHANT_ID", friend.mchid, "PARTNER"),
    )
    assert await balance(world, own) == before
    code, said = await call(client.profitsharing_config_query, world.merchant.mchid)
    assert said["max_ratio"] == 10_000
    assert (await call(client.profitsharing_delete_receiver, "MERCHANT_ID", friend.mchid))[0] == 200


async def test_what_came_back_is_refunded_with_what_is_in_escrow(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "朋友的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    split = number()
    await call(client.profitsharing_order, said["transaction_id"], split, [receiver(friend, 300)], False)
    await world.told()
    await call(client.profitsharing_return, number(), friend.mchid, 300, "退回", out_order_no=split)
    await world.told()
    back = {"refund": 1_000, "total": 1_000, "currency": "CNY"}
    code, said = await call(client.refund, number(), back, out_trade_no=out_trade_no)
    assert code == 200, said
    await world.told()
    assert await balance(world, chart.merchant_pending(world.merchant.shop_id)) == 0
    report = await ledger.verify(world.program.database)
    assert not report.defects, report


async def test_what_comes_back_after_the_clock_was_through_is_settled(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "朋友的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    split = number()
    await call(client.profitsharing_order, said["transaction_id"], split, [receiver(friend, 1_000)], False)
    await world.told()
    CLOCK.follow(CLOCK.offset + timedelta(days=181))
    await deadlines(world)
    await call(client.profitsharing_return, number(), friend.mchid, 400, "退回", out_order_no=split)
    await world.told()
    assert await balance(world, chart.merchant_pending(world.merchant.shop_id)) == 400
    CLOCK.follow(CLOCK.offset + timedelta(days=8))
    await deadlines(world)
    assert await balance(world, chart.merchant_available(world.merchant.shop_id)) == 400


async def make_key(world: World) -> str:
    """Make an API key of the seller."""
    token = KeyToken.make("sandbox", world.site.seller_id)
    command = CreateKey(
        id=token.key_id,
        person_id=world.site.seller_id,
        name="test",
        scopes=(Scope("shops:write"),),
        secret_hash=token.secret_hash,
        expires_at=clock.now() + timedelta(days=1),
        actor=BY_SYSTEM,
    )
    async with world.program.database.transaction() as tx:
        assert await create_keys(tx, [command]) == ["created"]
    return token.text


async def test_a_receiver_is_told_of_what_it_got_and_gave_back(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "要听分账的店", owner_id=world.site.seller_id))
    theirs = await asyncio.to_thread(world.client, friend)
    here = f"/merchant/{friend.shop_id}/open-payments"
    async with receiving() as (url, heard), world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as browser:
        await browser.visit(here)
        assert browser.statements <= 3
        await browser.send("/listeners", profit_sharing="ftp://told", complaints="")
        assert browser.status == 422
        await browser.visit(here)
        await browser.send("/listeners", profit_sharing=url, complaints="")
        assert f'value="{url}"' in unescape(await browser.visit(here))
        out_trade_no, ticket = await make(client, settle_info=SHARED)
        await pay(world, ticket)
        _, said = await call(client.query, out_trade_no=out_trade_no)
        transaction, split_no, return_no = said["transaction_id"], number(), number()
        await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
        code, split = await call(client.profitsharing_order, transaction, split_no, [receiver(friend, 300)], True)
        assert code == 200, split
        await world.told()
        code, back = await call(
            client.profitsharing_return, return_no, friend.mchid, 200, "退回", out_order_no=split_no
        )
        assert code == 200, back
        await world.told()
        told = [await asyncio.to_thread(theirs.callback, *each) for each in heard]
        assert [each["event_type"] for each in told] == ["PROFITSHARING.SUCCESS", "PROFITSHARING.RETURN"]
        of = {"mchid": world.merchant.mchid, "transaction_id": transaction}
        got, gave = (each["resource"] for each in told)
        assert got.items() >= (of | {"out_order_no": split_no, "order_id": split["order_id"]}).items()
        assert got["receiver"] == receiver(friend, 300)
        assert gave.items() >= (of | {"out_order_no": return_no, "order_id": back["return_id"]}).items()
        assert gave["receiver"]["amount"] == 200
        # The API says the same: the topics that there are, and that one of them is wanted no more.
        merchant = (await browser.client.get(f"/api/v1/merchants/{friend.shop_id}")).json()
        assert merchant["listeners"] == {"profit_sharing": url}
        put = [{"shop_id": str(friend.shop_id), "topic": "profit_sharing", "url": to} for to in ("ftp://x", None)]
        put.append({"shop_id": str(new_id()), "topic": "complaints", "url": url})
        key = await make_key(world)
        headers = {"authorization": f"Bearer {key}"}
        answer = await browser.client.post("/api/v1/merchants/listeners/put", json=put, headers=headers)
        assert [each["status"] for each in answer.json()] == ["url_invalid", "done", "merchant_not_found"], answer.text
        assert f'value="{url}"' not in unescape(await browser.visit(here))


async def test_a_person_gets_their_part_in_the_wallet_and_gives_nothing_back(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    guide, stranger = await world.site.person("guide", "导购"), new_id()
    openid = openid_of(APPID, guide)
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    transaction, split = said["transaction_id"], number()
    part = {"type": "PERSONAL_OPENID", "account": openid, "amount": 120, "description": "导购提成"}
    code, said = await call(client.profitsharing_order, transaction, split, [dict(part)], False)
    assert (code, said["detail"]["field"]) == (400, "/receivers")
    for account, field in ((openid_of(APPID, stranger), "/account"), ("小鱼", "/account")):
        code, said = await call(client.profitsharing_add_receiver, "PERSONAL_OPENID", account, "DISTRIBUTOR")
        assert (code, said["detail"]["field"]) == (400, field)
    code, said = await call(client.profitsharing_add_receiver, "PERSONAL_SUB_OPENID", openid, "DISTRIBUTOR")
    assert (code, said["detail"]["field"]) == (400, "/sub_appid")
    code, said = await call(client.profitsharing_add_receiver, "SOMEBODY", openid, "DISTRIBUTOR")
    assert (code, said["detail"]["field"]) == (400, "/type")
    _, said = await alike(
        world,
        ("profitsharing_add_receiver", "PERSONAL_OPENID", openid, "DISTRIBUTOR"),
        ("profitsharing_order", transaction, split, [part], False),
    )
    assert [(each["type"], each["account"], each["result"]) for each in said["receivers"]] == [
        ("PERSONAL_OPENID", openid, "SUCCESS")
    ]
    await world.told()
    assert await balance(world, chart.wallet(guide)) == 120
    code, said = await call(client.profitsharing_return, number(), openid, 100, "退回", out_order_no=split)
    assert (code, said["detail"]["field"]) == (400, "/return_mchid")
    async with world.site.browser("guide") as browser:
        assert "商家分账" in await browser.visit("/wallet")


async def test_who_has_spent_it_returns_nothing_and_the_clock_unfreezes(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    friend = await make_merchant(world.site, await open_shop(world.site, "朋友的店"))
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    split = number()
    code, said = await call(client.profitsharing_order, said["transaction_id"], split, [receiver(friend, 400)], False)
    assert code == 200, said
    # Asked for before it arrived: the friend has nothing yet.
    returned = number()
    await call(client.profitsharing_return, returned, friend.mchid, 400, "退回", out_order_no=split)
    later = "update events.queue set due_at = due_at + interval '1 day' where subscriber = 'wire.receive_shares'"
    async with world.program.database.transaction() as tx:
        await tx.connection.execute(later)
    await world.told()
    _, said = await call(client.profitsharing_return_query, split, returned)
    assert said["result"] == "FAILED", said
    CLOCK.follow(CLOCK.offset + timedelta(days=181))
    await world.told()
    await deadlines(world)
    assert await balance(world, chart.merchant_pending(world.merchant.shop_id)) == 600
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await deadlines(world)
    assert await balance(world, chart.merchant_available(world.merchant.shop_id)) == 600
    assert await balance(world, chart.merchant_available(friend.shop_id)) == 400
    # What comes back after settlement can be withdrawn at once.
    again = number()
    await call(client.profitsharing_return, again, friend.mchid, 400, "退回", out_order_no=split)
    await world.told()
    assert await balance(world, chart.merchant_available(world.merchant.shop_id)) == 1_000
    report = await ledger.verify(world.program.database)
    assert not report.defects, report
    for shard in range(64):
        assert await balance(world, chart.transit(shard)) == 0


async def test_what_a_payer_asks_back_is_not_shared_before_that_is_decided(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    payer_id = await world.site.person("unshared", money=100_000)
    friend = await make_merchant(world.site, await open_shop(world.site, "等着分钱的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket, handle="unshared")
    _, said = await call(client.query, out_trade_no=out_trade_no)
    transaction = said["transaction_id"]
    order_id = order_id_of(world.merchant.shop_id, world.merchant.mchid, out_trade_no)
    id = await complain(world, order_id, payer_id, 400)

    async def share(amount: int) -> tuple[int, str | None]:
        code, said = await call(client.profitsharing_order, transaction, number(), [receiver(friend, amount)], False)
        return code, said.get("code")

    async def unsplit() -> int:
        return int((await call(client.profitsharing_amount_query, transaction))[1]["unsplit_amount"])

    assert (await unsplit(), await share(1_000), await share(601)) == (600, (403, "NOT_ENOUGH"), (403, "NOT_ENOUGH"))
    assert (await share(500), await share(101), await unsplit()) == ((200, None), (403, "NOT_ENOUGH"), 100)
    # So much is there when it is agreed to; then nothing stands against the rest.
    assert await call(client.complaint_update_refund, id.hex, "APPROVE") == (204, None)
    await world.told()
    assert await state_of(world, id) is ComplaintState.REFUNDED
    assert (await unsplit(), await share(100)) == (100, (200, None))


async def test_what_the_staff_award_does_not_wait_for_what_others_have(own_world: World) -> None:
    world = own_world
    client, shop_id = await asyncio.to_thread(world.client), world.merchant.shop_id
    batchers, database = world.program.batchers, world.program.database
    payer_id = await world.site.person("awaiting", money=100_000)
    friend = await make_merchant(world.site, await open_shop(world.site, "分到钱的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket, handle="awaiting")
    _, said = await call(client.query, out_trade_no=out_trade_no)
    transaction, split = said["transaction_id"], number()
    assert (await call(client.profitsharing_order, transaction, split, [receiver(friend, 300)], False))[0] == 200
    await world.told()
    id = await complain(world, order_id_of(shop_id, world.merchant.mchid, out_trade_no), payer_id, 1_000)
    # The shop's program has it come back first: what it agrees to is not paid out of the shop alone.
    code, said = await call(client.complaint_update_refund, id.hex, "APPROVE")
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    CLOCK.follow(CLOCK.offset + timedelta(hours=TradeRules().answer_hours))
    assert await ComplaintReactions(batchers).meet_deadlines(database, 10) == 1
    async with database.transaction() as tx:
        await give(tx, chart.merchant_available(shop_id), 50)
        await give(tx, chart.merchant_deposit(shop_id), 100)
    judge = Actor("staff", await world.site.person("awarding"))
    wallet = await balance(world, chart.wallet(payer_id))
    award = DecideComplaint(complaint_id=id, actor=judge, amount=1_000, words="没有发货")
    assert (await batchers.of(decide_complaints, "complaint_id").submit(award)).status == "done"
    await world.told()
    assert await state_of(world, id) is ComplaintState.REFUNDED
    assert await balance(world, chart.wallet(payer_id)) - wallet == 1_000

    async def of_shop() -> list[int]:
        accounts = (chart.merchant_pending, chart.merchant_available, chart.merchant_deposit, chart.merchant_owed)
        return [await balance(world, account(shop_id)) for account in accounts]

    assert await of_shop() == [0, 0, 0, -150], "of 300 it had 150, and owes the rest"
    # What the other gives back is the shop's.
    await call(client.profitsharing_return, number(), friend.mchid, 300, "退回", out_order_no=split)
    await world.told()
    assert await of_shop() == [300, 0, 0, -150]
    report = await ledger.verify(database)
    assert not report.defects, report


async def test_where_the_staff_may_award_anything_nothing_is_shared_before(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    payer_id = await world.site.person("unanswered", money=100_000)
    friend = await make_merchant(world.site, await open_shop(world.site, "等着分钱的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket, handle="unanswered")
    _, said = await call(client.query, out_trade_no=out_trade_no)
    transaction = said["transaction_id"]
    order_id = order_id_of(world.merchant.shop_id, world.merchant.mchid, out_trade_no)
    await complain(world, order_id, payer_id, 0)
    part = [receiver(friend, 100)]
    assert (await call(client.profitsharing_order, transaction, number(), part, False))[0] == 200
    CLOCK.follow(CLOCK.offset + timedelta(hours=TradeRules().answer_hours))
    assert await ComplaintReactions(world.program.batchers).meet_deadlines(world.program.database, 10) == 1
    code, said = await call(client.profitsharing_order, transaction, number(), part, False)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    # The shop may have it: it can go back from there.
    code, said = await call(client.profitsharing_unfreeze, transaction, number(), "完结")
    assert code == 200, said


@given(st.integers(1, 1_000), st.integers(0, 1_000), st.integers(0, 999), st.integers(1, 1_000))
def test_what_is_claimed_of_an_order_can_go_back_after_any_share(total: int, claim: int, off: int, part: int) -> None:
    now, shop = clock.now(), new_id()
    placed = command(shop, total, "a")
    orders = {}
    judge_place(orders, {shop: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, now)
    order = orders[placed.id]
    claim = min(claim, total)
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(),
        payer_id=new_id(),
        shop_id=shop,
        amount=total,
        channel="balance",
        actor=BY_SYSTEM,
    )
    order.shares_profit = True
    assert judge_take(order, payment, now) == "held"
    order.discount = min(off, total - 1)
    order.shared = max(0, min(part, shareable(order, claim)))
    back = RefundMerchantOrder(
        id=new_id(shop),
        order_id=order.id,
        caller_mchid=order.caller_mchid,
        number="a",
        amount=max(claim, 1),
        total=None,
        reason=None,
        notify_url=None,
        key_id=None,
        actor=BY_SYSTEM,
    )
    most = shareable(order, claim)
    assert most >= 0
    if claim:
        assert judge_refund(replace(order), {}, back, now)[0] == "created"
        if most < order.held:
            order.shared += most + 1
            was = order.held, order.released - order.given_back
            assert judge_refund(order, {}, back, now)[0] == "shared_out", "not a fen more is kept back"
            status, paid = judge_refund(order, {}, replace(back, is_awarded=True), now)
            assert (status, paid is not None) == ("created", True), "the staff's award does not wait for others"
            assert paid
            assert (paid.from_escrow, paid.from_released, order.held) == (*was, 0), "all that there is"
            assert paid.from_escrow + paid.from_released + paid.advanced == claim - order.discount_refunded


async def test_what_a_channel_took_back_is_for_nobody_else_and_repays_what_the_shop_owes(own_world: World) -> None:
    world = own_world
    client, shop_id, database = await asyncio.to_thread(world.client), world.merchant.shop_id, world.program.database
    friend = await make_merchant(world.site, await open_shop(world.site, "分到钱的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")

    async def unsplit(transaction: str) -> int:
        _, said = await call(client.profitsharing_amount_query, transaction)
        return int(said["unsplit_amount"])

    async def of_shop() -> list[int]:
        accounts = (chart.merchant_pending, chart.merchant_available, chart.merchant_owed)
        return [await balance(world, account(shop_id)) for account in accounts]

    for is_won in (True, False):
        out_trade_no, ticket = await make(client, settle_info=SHARED)
        await pay(world, ticket)
        _, said = await call(client.query, out_trade_no=out_trade_no)
        order_id, transaction = order_id_of(shop_id, world.merchant.mchid, out_trade_no), said["transaction_id"]
        first = (transaction, number(), [receiver(friend, 200)], False)
        assert (await call(client.profitsharing_order, *first))[0] == 200
        async with database.transaction() as tx:
            order = (await get_orders(tx, [order_id]))[order_id]
            assert await take_chargebacks(tx, [disputing(order, out_trade_no, 700)]) == ["done"]
        assert await unsplit(transaction) == 100, "of 800 that it has"
        code, said = await call(client.profitsharing_order, transaction, number(), [receiver(friend, 101)], False)
        assert (code, said["code"], "拒付" in said["message"]) == (403, "NOT_ENOUGH", True)
        assert (await call(client.profitsharing_order, *first))[0] == 200, "what was shared before was"
        code, said = await call(client.profitsharing_order, transaction, number(), [receiver(friend, 100)], False)
        assert (code, await unsplit(transaction)) == (200, 0), said
        ended = EndChargeback(near=order_id, channel="x", reference=out_trade_no, is_won=is_won, actor=BY_CHANNEL)
        async with database.transaction() as tx:
            assert await end_chargebacks(tx, [ended]) == ["done"]
        assert await unsplit(transaction) == (700 if is_won else 0)
        if is_won:
            code, _ = await call(client.profitsharing_order, transaction, number(), [receiver(friend, 700)], False)
            assert code == 200
    await world.told()
    assert await of_shop() == [0, 0, -700]
    # The rest is the shop's, which owes so much: nobody has it before that is repaid.
    code, said = await call(client.profitsharing_unfreeze, transaction, number(), "完结")
    assert code == 200, said
    CLOCK.follow(CLOCK.offset + timedelta(days=30))
    await deadlines(world)
    assert await Keeper(world.program.batchers).collect(database, 10) == 1
    assert await of_shop() == [0, 0, 0]
    report = await ledger.verify(database)
    assert not report.defects, report


@pytest.mark.parametrize("is_share_first", [True, False])
async def test_of_a_share_and_a_chargeback_in_the_same_instant_the_later_sees_the_other(
    own_world: World, is_share_first: bool
) -> None:
    world = own_world
    client, shop_id, database = await asyncio.to_thread(world.client), world.merchant.shop_id, world.program.database
    friend = await make_merchant(world.site, await open_shop(world.site, "分到钱的店"))
    await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER")
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(world, ticket)
    order_id = order_id_of(shop_id, world.merchant.mchid, out_trade_no)
    async with database.read() as reader:
        order = (await get_orders(reader, [order_id]))[order_id]
    split = SplitOrder(
        id=new_id(order_id),
        order_id=order_id,
        caller_mchid=order.caller_mchid,
        number="a",
        wishes=(Wish(mchid=friend.mchid, shop_id=friend.shop_id, amount=301, description="x"),),
        unfreezes=False,
        actor=BY_SYSTEM,
    )
    acts: list[tuple[Any, Any]] = [(split_orders, split), (take_chargebacks, disputing(order, out_trade_no, 700))]
    if not is_share_first:
        acts.reverse()
    async with database.transaction() as tx:
        (first,) = await acts[0][0](tx, [acts[0][1]])
        later = asyncio.create_task(database.retried(lambda tx: acts[1][0](tx, [acts[1][1]])))
        async with database.read() as reader:
            while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                assert not later.done(), "it did not wait"
                await asyncio.sleep(0.01)
    (second,) = await later
    assert (first, second) == (("created", "done") if is_share_first else ("done", "charged_back"))


@given(*[st.integers(1, 1_000)] * 2, *[st.integers(0, 1_000)] * 4)
def test_what_a_channel_took_back_stays_within_reach_beside_what_is_claimed(
    total: int, disputed: int, claim: int, off: int, prepaid: int, gone: int
) -> None:
    now, shop = clock.now(), new_id()
    placed = command(shop, total, "a")
    orders = {}
    judge_place(orders, {shop: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, now)
    order = orders[placed.id]
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(),
        payer_id=new_id(),
        shop_id=shop,
        amount=total,
        channel="balance",
        actor=BY_SYSTEM,
    )
    order.shares_profit = True
    assert judge_take(order, payment, now) == "held"
    order.discount = min(off, total - 1)
    order.prepaid = min(prepaid, total - 1 - order.discount)
    back = RefundMerchantOrder(
        id=new_id(shop),
        order_id=order.id,
        caller_mchid=order.caller_mchid,
        number="a",
        amount=0,
        total=None,
        reason=None,
        notify_url=None,
        key_id=None,
        actor=BY_SYSTEM,
    )
    if gone := min(gone, total):
        assert judge_refund(order, {}, replace(back, amount=gone), now)[0] == "created"
    due = min(disputed, max(0, order.due - order.gone_back))
    claim = min(claim, left_of(order, disputed))
    held = order.held
    most = shareable(order, claim, disputed)
    assert most <= shareable(order, claim)
    order.shared += most
    if claim:
        assert judge_refund(order, {}, replace(back, amount=claim), now, disputed)[0] == "created"
    assert order.held >= due
    assert most == held or order.held == due, "not a fen more is kept back"


@given(st.integers(1, 1_000), st.lists(st.tuples(st.integers(1, 600), st.booleans(), st.integers(1, 600)), max_size=6))
def test_no_order_is_shared_beyond_what_it_has(total: int, wishes: list[tuple[int, bool, int]]) -> None:
    now, shop, other = clock.now(), new_id(), new_id()
    placed = command(shop, total, "a")
    orders = {}
    judge_place(orders, {shop: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, now)
    order = orders[placed.id]
    order.shares_profit = True
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(),
        payer_id=new_id(),
        shop_id=shop,
        amount=total,
        channel="balance",
        actor=BY_SYSTEM,
    )
    assert judge_take(order, payment, now) == "held"
    splits: dict[object, Split] = {}
    receivers = {(order.caller_mchid, "1000000001")}
    for place, (amount, unfreezes, back) in enumerate(wishes):
        asked = SplitOrder(
            id=new_id(shop),
            order_id=order.id,
            caller_mchid=order.caller_mchid,
            number=str(place),
            wishes=(Wish(mchid="1000000001", shop_id=other, amount=amount, description="x"),),
            unfreezes=unfreezes,
            actor=BY_SYSTEM,
        )
        held = order.held
        own = replace(asked, wishes=(replace(asked.wishes[0], mchid=order.mchid),))
        to_itself, _ = judge_split(order, splits, receivers | {(order.caller_mchid, order.mchid)}, own, now)
        assert to_itself == ("receiver_not_found" if held else "nothing_left")
        status, _ = judge_split(order, splits, receivers, asked, now)
        assert (status == "created") == (amount <= held)
        assert judge_split(order, splits, receivers, asked, now)[0] in ("exists", status)
        returning = ReturnSplit(
            id=new_id(shop),
            order_id=order.id,
            split_id=asked.id,
            caller_mchid=order.caller_mchid,
            number=str(place),
            mchid="1000000001",
            amount=back,
            description="x",
            actor=BY_SYSTEM,
        )
        returns = {}
        status_of_return, part = judge_return(splits.get(asked.id), returns, returning, now)
        assert (status_of_return == "created") == (status == "created" and back <= amount)
        if part:
            end_return(order, part, returns[returning.id], now, is_given=bool(place % 2))
            assert 0 <= part.returned <= part.amount
        assert order.held + order.released + order.shared == total
        assert 0 <= order.fee <= order.released
