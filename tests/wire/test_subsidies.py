"""Proves that a platform adds to an order once, that it is frozen with the rest, and goes back at most once."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.test_combined import combine, line
from tests.wire.test_funds import post
from tests.wire.test_trade import balance, call, deadlines, make, name_partner, number, pay
from tests.wire.world import Account, World, fund, make_merchant, open_shop
from weiji import ledger
from weiji.events import BY_SYSTEM
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, move
from weiji.wire.subsidies import GiveSubsidy, give_subsidies, subsidy_id_of

SUBSIDIES, SHARING = "/v3/ecommerce/subsidies", "/v3/ecommerce/profitsharing"
SHARED = {"settle_info": {"profit_sharing": True, "subsidy_amount": 500}}


class _TakenBack(Exception):
    """Whatever was tried is undone."""


async def ordered(world: World, sub: Account, client: Any, **given: Any) -> tuple[str, str]:
    """Have an order of 10 yuan of another merchant made and paid; give its number and transaction."""
    combined, ticket = await combine(client, [line(world.merchant, 1_000, sub_mchid=sub.mchid, **given)])
    await pay(world, ticket)
    _, said = await call(client.combine_query, combined)
    return said["sub_orders"][0]["out_trade_no"], said["sub_orders"][0]["transaction_id"]


async def test_a_platform_adds_to_an_order_once_and_takes_it_back_in_parts(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    sub = await make_merchant(world.site, await open_shop(world.site, "二级商户"))
    await name_partner(world, sub, world.merchant.mchid)
    mine, theirs = chart.merchant_available(world.merchant.shop_id), chart.merchant_pending(sub.shop_id)
    # What the platform has to give, comes from its own sales.
    _, ticket = await make(client, total=2_000)
    await pay(world, ticket)
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await deadlines(world)
    assert await balance(world, mine) == 2_000
    _, plain = await ordered(world, sub, client, settle_info={"profit_sharing": True})
    _, transaction = await ordered(world, sub, client, **SHARED)
    of_sub = {"sub_mchid": sub.mchid, "transaction_id": transaction}
    asked = {**of_sub, "amount": 300, "description": "补贴", "out_subsidy_no": number()}
    for wrong, code_word in (
        ({**asked, "amount": 501}, "PARAM_ERROR"),
        ({**asked, "transaction_id": plain}, "RULE_LIMIT"),
        ({**asked, "sub_mchid": world.merchant.mchid}, "RESOURCE_NOT_EXISTS"),
    ):
        code, said = await post(client, f"{SUBSIDIES}/create", wrong)
        assert said["code"] == code_word, said
    answers = await asyncio.gather(*(post(client, f"{SUBSIDIES}/create", asked) for _ in range(4)))
    assert {code for code, _ in answers} == {200}, answers
    assert len({said["subsidy_id"] for _, said in answers}) == 1
    assert answers[0][1]["result"] == "SUCCESS"
    code, said = await post(client, f"{SUBSIDIES}/create", {**asked, "amount": 100})
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    back = {**of_sub, "out_order_no": number(), "amount": 100, "description": "退补贴"}
    code, said = await post(client, f"{SUBSIDIES}/return", back)
    assert (code, said["code"]) == (400, "INVALID_REQUEST")  # It is on its way yet.
    await world.told()
    assert await balance(world, mine) == 1_700
    assert await balance(world, theirs) == 0
    answers = await asyncio.gather(*(post(client, f"{SUBSIDIES}/return", back) for _ in range(3)))
    assert {code for code, _ in answers} == {200}, answers
    assert len({said["subsidy_refund_id"] for _, said in answers}) == 1
    code, said = await post(client, f"{SUBSIDIES}/return", {**back, "out_order_no": number(), "amount": 201})
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    code, said = await post(client, f"{SUBSIDIES}/cancel", {**of_sub, "description": "不补了"})
    assert (code, said["code"]) == (403, "NO_AUTH")
    # Finished: the shop has the order and what is left of the subsidy, and no fee was taken of that.
    finishing = {**of_sub, "out_order_no": number(), "description": "完结"}
    assert (await post(client, f"{SHARING}/finish-order", finishing))[0] == 200
    assert await balance(world, theirs) == 1_200
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await world.told()
    await deadlines(world)
    assert await balance(world, chart.merchant_available(sub.shop_id)) == 1_200
    code, said = await post(client, f"{SUBSIDIES}/return", {**back, "out_order_no": number(), "amount": 200})
    assert code == 200, said
    await world.told()
    assert await balance(world, mine) == 2_000
    assert await balance(world, chart.merchant_available(sub.shop_id)) == 1_000
    report = await ledger.verify(world.program.database)
    assert not report.defects, report
    for shard in range(64):
        assert await balance(world, chart.transit(shard)) == 0


async def test_a_subsidy_goes_back_for_a_refund_of_its_order_once(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    sub = await make_merchant(world.site, await open_shop(world.site, "退款的商户"))
    await name_partner(world, sub, world.merchant.mchid)
    async with world.program.database.transaction() as tx:
        await fund(tx, world.merchant.shop_id, 1_000)

    async def refund_of(transaction: str) -> str:
        amount = {"refund": 100, "total": 1_000, "currency": "CNY"}
        asked = {"sub_mchid": sub.mchid, "transaction_id": transaction, "out_refund_no": number(), "amount": amount}
        code, said = await post(client, "/v3/ecommerce/refunds/apply", asked)
        assert code == 200, said
        return str(said["refund_id"])

    transaction, other = [(await ordered(world, sub, client, **SHARED))[1] for _ in range(2)]
    of_sub = {"sub_mchid": sub.mchid, "transaction_id": transaction, "description": "补贴"}
    assert (await post(client, f"{SUBSIDIES}/create", {**of_sub, "amount": 300}))[0] == 200
    await world.told()
    first, second, elsewhere = [await refund_of(each) for each in (transaction, transaction, other)]
    back = {**of_sub, "out_order_no": number(), "amount": 100, "refund_id": first}
    for refund_id, wanted in (
        (elsewhere, (404, "RESOURCE_NOT_EXISTS")),
        (new_id().hex, (404, "RESOURCE_NOT_EXISTS")),
        ("none", (400, "PARAM_ERROR")),
    ):
        code, said = await post(client, f"{SUBSIDIES}/return", {**back, "refund_id": refund_id})
        assert ((code, said["code"]), said["detail"]["field"]) == (wanted, "/refund_id")
    # However many numbers ask at once: for one refund, once; asked again, it is the same.
    asked = [{**back, "out_order_no": number()} for _ in range(3)]
    answers = await asyncio.gather(*(post(client, f"{SUBSIDIES}/return", each) for each in asked))
    assert sorted(code for code, _ in answers) == [200, 403, 403], answers
    assert {said["code"] for code, said in answers if code == 403} == {"RULE_LIMIT"}
    taken = next(each for each, (code, _) in zip(asked, answers, strict=True) if code == 200)
    code, said = await post(client, f"{SUBSIDIES}/return", taken)
    assert (code, said["refund_id"]) == (200, first)
    code, said = await post(client, f"{SUBSIDIES}/return", {**taken, "refund_id": second})
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    # Another refund has its own, and so has what goes back for none.
    assert (await post(client, f"{SUBSIDIES}/return", {**back, "refund_id": second}))[0] == 200
    code, said = await post(client, f"{SUBSIDIES}/return", {**of_sub, "out_order_no": number(), "amount": 100})
    assert (code, "refund_id" in said) == (200, False)
    await world.told()


async def test_what_comes_after_the_order_is_finished_is_the_shops_at_once(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    sub = await make_merchant(world.site, await open_shop(world.site, "快的商户"))
    await name_partner(world, sub, world.merchant.mchid)
    # Others may have left it something: it has 300 to give.
    before = await balance(world, chart.merchant_available(world.merchant.shop_id))
    async with world.program.database.transaction() as tx:
        await fund(tx, world.merchant.shop_id, 300 - before)
    _, transaction = await ordered(world, sub, client, **SHARED)
    of_sub = {"sub_mchid": sub.mchid, "transaction_id": transaction}
    code, said = await post(client, f"{SUBSIDIES}/create", {**of_sub, "amount": 301, "description": "补贴"})
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    asked = {**of_sub, "amount": 300, "description": "补贴", "out_subsidy_no": number()}
    assert (await post(client, f"{SUBSIDIES}/create", asked))[0] == 200
    finishing = {**of_sub, "out_order_no": number(), "description": "完结"}
    assert (await post(client, f"{SHARING}/finish-order", finishing))[0] == 200
    await world.told()
    assert await balance(world, chart.merchant_pending(sub.shop_id)) == 1_300
    # One that is declined takes nothing any more; nor does one that is finished.
    _, other = await ordered(world, sub, client, **SHARED)
    declining = {"sub_mchid": sub.mchid, "transaction_id": other, "description": "不补了"}
    for _ in range(2):
        code, said = await post(client, f"{SUBSIDIES}/cancel", declining)
        assert (code, said["result"]) == (200, "SUCCESS")
    code, said = await post(client, f"{SUBSIDIES}/create", {**asked, "transaction_id": other})
    assert (code, said["code"]) == (403, "RULE_LIMIT")
    # The money that the test brought goes out of the world again.
    async with world.program.database.transaction() as tx:
        shop_id = sub.shop_id
        back = move(
            None, new_id(shop_id), chart.merchant_pending(shop_id), chart.transit(shard_of(shop_id)), 300, Kind.SETTLE
        )
        assert (await create_transfers(tx, [back]))[0].is_made


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from([200, 300, 900])), max_size=8))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches_of_subsidies(world: World, asked: list[tuple[int, int, int]]) -> None:
    payer, shop = new_id(), new_id()
    orders = [new_id(shop) for _ in range(3)]
    commands = [
        GiveSubsidy(
            id=subsidy_id_of(payer, orders[place]),
            payer_id=payer,
            mchid="1000000000",
            order_id=orders[place],
            shop_id=shop,
            number=str(again),
            amount=amount,
            description="补贴",
            actor=BY_SYSTEM,
        )
        for place, again, amount in asked
    ]

    async def run(batches: list[list[GiveSubsidy]]) -> list[str]:
        """Do batches, and take everything back."""
        answers: list[str] = []
        try:
            async with world.program.database.transaction() as tx:
                await fund(tx, payer, 1_000)
                for batch in batches:
                    answers += await give_subsidies(tx, batch)
                found = (await ledger.lookup_accounts(tx, [chart.merchant_available(payer).id]))[0].available
                assert 0 <= found <= 1_000
                raise _TakenBack
        except _TakenBack:
            return answers

    assert await run([commands]) == await run([[command] for command in commands])
