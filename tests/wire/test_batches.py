"""Proves that a batch of transfers goes out whole or not at all, once, and to those whom its app means."""

import asyncio
from hashlib import sha256
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.test_trade import balance, call, number
from tests.wire.test_transfers import owe
from tests.wire.voices import alike, voices
from tests.wire.world import APPID, World, fund, make_merchant, open_shop, receiving
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.wire.openids import openid_of
from weiji.wire.transfers import Detail, MakeTransferBatch, batch_id_of, make_transfer_batches


def details_for(*people: tuple[UUID, int], **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "out_detail_no": f"D{place}x{amount}",
            "transfer_amount": amount,
            "transfer_remark": "四月报销",
            "openid": openid_of(APPID, person_id),
            **more,
        }
        for place, (person_id, amount) in enumerate(people)
    ]


async def test_many_people_get_money_at_once_and_nobody_is_asked(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "发工资的店"))
    client = await asyncio.to_thread(world.client, account)
    first, second = await world.site.person("worker", "小鱼"), await world.site.person("helper", "小虾")
    mine = chart.merchant_available(account.shop_id)
    out_batch_no, details = number(), details_for((first, 300), (second, 450), (first, 50))
    async with receiving() as (url, heard):
        asked: tuple[Any, ...] = (out_batch_no, "四月", "报销", 800, 3)
        code, said = await call(client.transfer_batch, *asked, details_for((first, 300), (second, 450), (first, 50)))
        assert (code, said["code"]) == (403, "NOT_ENOUGH")
        async with world.program.database.transaction() as tx:
            await fund(tx, account.shop_id, 799)
        code, said = await call(client.transfer_batch, *asked, details, notify_url=url)
        assert (code, said["code"]) == (403, "NOT_ENOUGH")
        assert await balance(world, mine) == 799
        async with world.program.database.transaction() as tx:
            await fund(tx, account.shop_id, 201)
        # With more in the account the same number goes through: once, however many ask at a time.
        answers = await asyncio.gather(
            *(call(client.transfer_batch, *asked, details, notify_url=url) for _ in range(3))
        )
        assert {code for code, _ in answers} == {200}, answers
        assert len({said["batch_id"] for _, said in answers}) == 1
        assert await balance(world, mine) == 200
        await world.told()
        named = [{**each, "user_name": "于小鱼"} for each in details]
        async with voices(world, account) as spoken:
            for voice in spoken:  # Each form of the client seals what it is given in its place.
                copies = [dict(each) for each in named]
                code, said = await voice("transfer_batch", *asked, copies, notify_url=url)
                assert (code, said["batch_status"]) == (200, "FINISHED"), said
        told = [await asyncio.to_thread(client.callback, *each) for each in heard]
    assert [(each["event_type"], each["resource"]["success_num"]) for each in told] == [
        ("MCHTRANSFER.BATCH.FINISHED", 3)
    ]
    assert await balance(world, chart.wallet(first)) == 350
    assert await balance(world, chart.wallet(second)) == 450
    batch_id = said["batch_id"]
    found = await alike(
        world,
        ("transfer_query_batchid", batch_id, True),
        ("transfer_query_out_batch_no", out_batch_no, True, 1, 1),
        ("transfer_query_out_batch_no", out_batch_no, True, 0, 20, "FAIL"),
        ("transfer_query_out_detail_no", details[1]["out_detail_no"], out_batch_no),
        account=account,
    )
    whole, page, failed, one = found
    assert (whole["transfer_batch"]["batch_status"], whole["transfer_batch"]["success_amount"]) == ("FINISHED", 800)
    assert len(whole["transfer_detail_list"]) == 3
    assert page["transfer_detail_list"] == whole["transfer_detail_list"][1:2]
    assert failed["transfer_detail_list"] == []
    assert (one["detail_status"], one["transfer_amount"]) == ("SUCCESS", 450)
    receipt = f"/v3/transfer-detail/electronic-receipts?accept_type=BATCH_TRANSFER&out_batch_no={out_batch_no}"
    again, paper = await alike(
        world,
        ("transfer_query_detail_id", batch_id, one["detail_id"]),
        (f"{receipt}&out_detail_no={details[1]['out_detail_no']}",),
        account=account,
    )
    assert again == one
    code, content = await asyncio.to_thread(client.download_bill, paper["download_url"])
    assert (code, sha256(content).hexdigest()) == (200, paper["hash_value"])
    await alike(
        world,
        ("transfer_query_out_batch_no", "never"),
        ("transfer_query_out_detail_no", "never", out_batch_no),
        ("transfer_query_detail_id", batch_id, "0" * 32),
        account=account,
        code=404,
    )


async def test_a_batch_says_what_is_wrong_with_it(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "又一家"))
    client = await asyncio.to_thread(world.client, account)
    person_id = await world.site.person("paid", "小蟹")
    async with world.program.database.transaction() as tx:
        await fund(tx, account.shop_id, 1_000)
    out_batch_no = number()
    good = (out_batch_no, "四月", "报销", 500, 1, details_for((person_id, 500)))
    assert (await call(client.transfer_batch, *good))[0] == 200
    code, said = await call(client.transfer_batch, out_batch_no, "五月", *good[2:])
    assert (code, said["detail"]["field"]) == (400, "/batch_name")
    code, said = await call(client.transfer_batch, *good[:5], details_for((person_id, 500), transfer_remark="别的"))
    assert (code, said["detail"]["field"]) == (400, "/transfer_detail_list")
    twice = details_for((person_id, 1), out_detail_no="D") * 2
    for asked, field in (
        ((501, 1, details_for((person_id, 500))), "/total_amount"),
        ((500, 2, details_for((person_id, 500))), "/total_num"),
        ((2, 2, twice), "/transfer_detail_list"),
        ((5, 1, details_for((new_id(), 5))), "/transfer_detail_list/0/openid"),
        ((5, 1, details_for((person_id, 5), transfer_remark="\0")), "/transfer_detail_list/0/transfer_remark"),
    ):
        code, said = await call(client.transfer_batch, number(), "四月", "报销", *asked)
        assert (code, said["detail"]["field"]) == (400, field)
    for path in (f"{out_batch_no}?limit=101", f"{out_batch_no}?offset=x", f"{out_batch_no}?detail_status=NO"):
        await alike(world, (f"/v3/transfer/batches/out-batch-no/{path}",), account=account, code=400)
    async with world.program.database.transaction() as tx:
        await owe(tx, account.shop_id)
    code, said = await call(client.transfer_batch, number(), "四月", "报销", 5, 1, details_for((person_id, 5)))
    assert (code, said["code"]) == (403, "NO_AUTH")


class _TakenBack(Exception):
    """Whatever was tried is undone."""


@given(
    st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from([100, 250]), min_size=1, max_size=3)), max_size=6)
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches_of_batches(world: World, wished: list[tuple[int, list[int]]]) -> None:
    shop_id, person_id = new_id(), new_id()
    commands = [making(shop_id, f"N{place}", person_id, amounts) for place, amounts in wished]

    async def run(batches: list[list[MakeTransferBatch]]) -> list[tuple[str, str | None]]:
        """Do batches, and take everything back."""
        answers: list[tuple[str, str | None]] = []
        try:
            async with world.program.database.transaction() as tx:
                await fund(tx, shop_id, 1_000)
                for batch in batches:
                    answers += [(each.status, each.difference) for each in await make_transfer_batches(tx, batch)]
                raise _TakenBack
        except _TakenBack:
            return answers

    assert await run([commands]) == await run([[command] for command in commands])


def making(shop_id: UUID, out_batch_no: str, person_id: UUID, amounts: list[int]) -> MakeTransferBatch:
    return MakeTransferBatch(
        id=batch_id_of(shop_id, out_batch_no),
        shop_id=shop_id,
        mchid="1000000000",
        number=out_batch_no,
        appid=APPID,
        name="批次",
        remark="礼",
        details=tuple(
            Detail(number=str(place), openid="o", person_id=person_id, amount=amount, remark="礼")
            for place, amount in enumerate(amounts)
        ),
        terms={"details": amounts},
        notify_url=None,
        key_id=None,
        actor=BY_SYSTEM,
    )
