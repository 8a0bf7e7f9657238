"""Proves that what a program gives to a person is held, taken once by that person alone, and else goes back."""

import asyncio
import html
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.wire.test_funds import post
from tests.wire.test_trade import balance, call, deadlines, make, number, pay
from tests.wire.voices import Options, alike, voices
from tests.wire.world import APPID, World, fund, make_merchant, open_shop, receiving
from weiji import ledger
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, move
from weiji.wire.handlers import Reactions
from weiji.wire.openids import openid_of
from weiji.wire.transfers import (
    ConfirmTransferBill,
    EndTransferBill,
    MakeTransferBill,
    bill_id_of,
    confirm_transfer_bills,
    end_transfer_bills,
    make_transfer_bills,
)
from weiji.wire.transfers.rules import bill_of, judge_confirm, judge_end


def asked(openid: str, amount: int, **given: Any) -> tuple[tuple[str, str, str, int, str], dict[str, Any]]:
    return (number(), "1000", openid, amount, "新会员有礼"), given


async def test_a_person_takes_what_a_program_gives_and_nobody_else_can(own_world: World) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    mine = chart.merchant_available(world.merchant.shop_id)
    person_id = await world.site.person("payee", "小鱼")
    await world.site.person("thief", "某人")
    openid = openid_of(APPID, person_id)
    out_bill_no, *rest = asked(openid, 3_000)[0]
    code, said = await call(client.mch_transfer_bills, out_bill_no, *rest)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    _, ticket = await make(client, total=10_000)
    await pay(world, ticket)
    CLOCK.follow(CLOCK.offset + timedelta(days=2))
    await deadlines(world)
    # With more in the account, the same number goes through: once, whoever asks, in whatever form.
    async with receiving() as (url, heard):
        given = Options(user_name="于小鱼", user_recv_perception="现金奖励", notify_url=url)
        (said,) = await alike(world, ("mch_transfer_bills", out_bill_no, *rest, given))
        assert said["state"] == "WAIT_USER_CONFIRM"
        assert await balance(world, mine) == 7_000
        code, other = await call(
            client.mch_transfer_bills, out_bill_no, "1000", openid, 3_001, "新会员有礼", notify_url=url
        )
        assert (code, other["code"]) == (400, "INVALID_REQUEST")
        code, other = await call(client.mch_transfer_elecsign, out_bill_no)
        assert (code, other["code"]) == (400, "INVALID_REQUEST")
        path = f"/transfers/{said['package_info']}"
        async with world.site.browser() as browser:
            await browser.visit(path)
            assert browser.path.startswith("/sign-in")
        async with world.site.browser("thief") as browser:
            await browser.visit(path)
            assert browser.status == 403
        async with world.site.browser("payee") as browser:
            assert "现金奖励" in await browser.visit(path)
            assert browser.statements <= 3
            await browser.send(path)
            assert "正在进钱包" in browser.text
            await world.told()
            assert "进了钱包" in await browser.visit(browser.path)
            taken = browser.path
            wallet = html.unescape(await browser.visit("/wallet"))
            assert taken in wallet
            assert "<bdi>山里的茶</bdi>" in wallet, "whose transfer it was stands beside it"
        assert await balance(world, chart.wallet(person_id)) == 3_000
        assert await balance(world, mine) == 7_000
        found = await asyncio.to_thread(client.callback, *heard[0])
    assert len(heard) == 1
    assert (found["event_type"], found["resource"]["state"]) == ("MCHTRANSFER.BILL.FINISHED", "SUCCESS")
    bill_no = said["transfer_bill_no"]
    told = await alike(
        world,
        ("mch_transfer_bills_query", out_bill_no),
        ("mch_transfer_bills_query", None, bill_no),
        ("mch_transfer_elecsign", out_bill_no),
        ("mch_transfer_elecsign", None, bill_no),
        ("mch_transfer_elecsign_query", out_bill_no),
        ("mch_transfer_elecsign_query", None, bill_no),
    )
    assert told[0] == told[1]
    assert told[0]["transfer_amount"] == 3_000
    async with voices(world) as spoken:
        for voice in spoken:
            _, content = await voice("download_bill", told[4]["download_url"])
            assert content.startswith(b"%PDF-")
            assert sha256(content).hexdigest() == told[4]["hash_value"]
    code, said = await call(client.mch_transfer_bills_cancel, out_bill_no)
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    # What is taken back, and what nobody takes, is the shop's again.
    back, late = number(), number()
    async with receiving() as (url, heard):
        for each in (back, late):
            assert (await call(client.mch_transfer_bills, each, *rest, notify_url=url))[0] == 200
        assert await balance(world, mine) == 1_000
        (said,) = await alike(world, ("mch_transfer_bills_cancel", back))
        assert said["state"] == "CANCELLED"
        CLOCK.follow(CLOCK.offset + timedelta(hours=25))
        await expire(world)
        await world.told()
        states = [(await asyncio.to_thread(client.callback, *each))["resource"]["state"] for each in heard]
    assert sorted(states) == ["CANCELLED", "FAIL"]
    _, said = await call(client.mch_transfer_bills_query, late)
    assert said["fail_reason"] == "OVERDUE_CLOSE"
    code, said = await call(client.mch_transfer_bills, late, *rest, notify_url=url)
    assert (code, said["state"], said["fail_reason"]) == (200, "FAIL", "OVERDUE_CLOSE"), said
    assert await balance(world, mine) == 7_000
    report = await ledger.verify(world.program.database)
    assert not report.defects, report
    # Over all shards nothing is on its way.
    assert sum([await balance(world, chart.transit(shard)) for shard in range(64)]) == 0


async def test_nothing_is_held_for_somebody_whom_nobody_is(world: World) -> None:
    shop = await make_merchant(world.site, await open_shop(world.site, "送礼的店"))
    client = await asyncio.to_thread(world.client, shop)
    async with world.program.database.transaction() as tx:
        await fund(tx, shop.shop_id, 1_000)
    person_id, guest_id = await world.site.person("giftee", "小鱼"), new_id()
    for openid in ("o" * 28, "oNobody", openid_of("wx-another", person_id), openid_of(APPID, guest_id)):
        code, said = await call(client.mch_transfer_bills, number(), "1000", openid, 100, "有礼")
        assert (code, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "/openid")
    assert await balance(world, chart.merchant_available(shop.shop_id)) == 1_000
    # What was made before, when nobody looked, is told as ever.
    made = making(shop.shop_id, number(), 100, mchid=shop.mchid)
    terms = {"appid": APPID, "out_bill_no": made.number, "transfer_scene_id": "1000", "openid": made.openid}
    terms |= {"transfer_amount": 100, "transfer_remark": "有礼", "transfer_scene_report_infos": []}
    made = replace(made, appid=APPID, remark="有礼", terms=terms)
    assert (await world.program.batchers.of(make_transfer_bills).submit(made)).status == "created"
    code, said = await post(client, "/v3/fund-app/mch-transfer/transfer-bills", terms)
    assert (code, said["state"]) == (200, "WAIT_USER_CONFIRM"), said


async def expire(world: World) -> None:
    """Have the clock end what nobody took."""
    await Reactions(world.program.batchers).end_transfers(world.program.database, 100)


async def test_taking_and_taking_back_at_the_same_time_one_happens(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    shop_id, person_id = world.merchant.shop_id, await world.site.person("torn", "小鱼")
    async with world.program.database.transaction() as tx:
        await fund(tx, shop_id, 500)
    out_bill_no = number()
    code, said = await call(client.mch_transfer_bills, out_bill_no, "1000", openid_of(APPID, person_id), 500, "礼")
    assert code == 200, said
    bill_id = bill_id_of(shop_id, out_bill_no)
    confirm = ConfirmTransferBill(bill_id=bill_id, person_id=person_id, actor=Actor("person", person_id))
    end = EndTransferBill(bill_id=bill_id, caller_mchid=world.merchant.mchid, actor=BY_SYSTEM)
    batchers = world.program.batchers
    answers = await asyncio.gather(
        *(batchers.of(confirm_transfer_bills, "bill_id").submit(confirm) for _ in range(2)),
        batchers.of(end_transfer_bills, "bill_id").submit(end),
    )
    await world.told()
    is_taken = "confirmed" in answers
    assert sorted(answers) in (
        ["already_confirmed", "confirmed", "exists"],
        ["canceled", "canceled", "canceled"],
    )
    assert await balance(world, chart.wallet(person_id)) == (500 if is_taken else 0)
    code, said = await call(client.mch_transfer_bills_query, out_bill_no)
    assert said["state"] == ("SUCCESS" if is_taken else "CANCELLED")
    for wrong in ({"bill_id": new_id(shop_id)}, {"bill_id": UUID(int=0)}):
        strange = ConfirmTransferBill(**wrong, person_id=person_id, actor=BY_SYSTEM)
        assert await batchers.of(confirm_transfer_bills, "bill_id").submit(strange) == "bill_not_found"
    assert (await call(client.mch_transfer_bills_query, "never"))[0] == 404


async def test_who_may_not_withdraw_or_owes_gives_nothing_away(world: World) -> None:
    shop_id = await open_shop(world.site, "欠钱的店")
    account = await make_merchant(world.site, shop_id)
    command = making(shop_id, number(), 100, mchid=account.mchid)
    async with world.program.database.transaction() as tx:
        await fund(tx, shop_id, 1_000)
        assert [each.status for each in await make_transfer_bills(tx, [command])] == ["created"]
        owing = making(shop_id, number(), 100, mchid=account.mchid)
        await owe(tx, shop_id)
        assert [each.status for each in await make_transfer_bills(tx, [owing, command])] == ["owes", "exists"]
        stranger = new_id()
        barred = making(stranger, number(), 100)
        statuses = [each.status for each in await make_transfer_bills(tx, [barred])]
        assert statuses == ["insufficient_funds"]


async def owe(tx: Any, shop_id: UUID) -> None:
    """Have a shop owe something."""
    owed, way = chart.merchant_owed(shop_id), chart.own_funds(shard_of(shop_id))
    made = await create_transfers(tx, [move(None, new_id(shop_id), owed, way, 5, Kind.RECOVERY)], [owed, way])
    assert made[0].is_made, made


def making(shop_id: UUID, out_bill_no: str, amount: int, *, mchid: str = "1000000000") -> MakeTransferBill:
    terms = {"out_bill_no": out_bill_no, "transfer_amount": amount}
    return MakeTransferBill(
        id=bill_id_of(shop_id, out_bill_no),
        shop_id=shop_id,
        mchid=mchid,
        number=out_bill_no,
        appid=APPID,
        openid="o",
        amount=amount,
        remark="礼",
        terms=terms,
        notify_url=None,
        key_id=None,
        actor=BY_SYSTEM,
    )


class _TakenBack(Exception):
    """Whatever was tried is undone."""


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([200, 300, 900])), max_size=8))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches_of_transfers(world: World, wished: list[tuple[int, int]]) -> None:
    shop_id = new_id()
    commands = [making(shop_id, f"N{place}", amount) for place, amount in wished]

    async def run(batches: list[list[MakeTransferBill]]) -> list[tuple[str, str | None]]:
        """Do batches, and take everything back."""
        answers: list[tuple[str, str | None]] = []
        try:
            async with world.program.database.transaction() as tx:
                await fund(tx, shop_id, 1_000)
                for batch in batches:
                    answers += [(each.status, each.difference) for each in await make_transfer_bills(tx, batch)]
                raise _TakenBack
        except _TakenBack:
            return answers

    assert await run([commands]) == await run([[command] for command in commands])


@given(st.lists(st.sampled_from(["take", "steal", "cancel", "clock", "wait"]), max_size=6))
def test_a_bill_ends_once(steps: list[str]) -> None:
    shop_id, person_id, now = new_id(), new_id(), clock.now()
    bill = bill_of(making(shop_id, "1", 5), new_id(shop_id), now)
    bill.openid = openid_of(APPID, person_id)
    ended: list[str] = []
    for step in steps:
        before = bill.state
        if step == "wait":
            now += timedelta(hours=13)
        elif step in ("take", "steal"):
            taker = person_id if step == "take" else new_id()
            command = ConfirmTransferBill(bill_id=bill.id, person_id=taker, actor=BY_SYSTEM)
            status = judge_confirm(bill, command, now)
            assert step == "take" or status == "for_somebody_else"
        else:
            caller = bill.mchid if step == "cancel" else None
            judge_end(bill, EndTransferBill(bill_id=bill.id, caller_mchid=caller, actor=BY_SYSTEM), now)
        if bill.state is not before:
            ended.append(bill.state)
        assert (bill.state == "waiting") == (bill.due_at is not None)
        assert (bill.person_id is not None) == (bill.state == "confirmed")
    assert len(ended) <= 1
