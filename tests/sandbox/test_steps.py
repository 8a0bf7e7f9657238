"""Proves of calls of the control, and of steps of stories, that they pass only where what they are to do happened."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from wechatpayv3.async_ import AsyncWeChatPay

from tests.sandbox.running import Sandbox
from tests.sandbox.test_sandbox import answer_of, heard_of
from tests.wire.world import receiving

OVERLAP = 10
"""Seconds that two public keys are good for: a slow machine makes an order and hears of it meanwhile."""

DAYS = 3 * 86_400
"""Until the money of an order is the merchant's."""


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[AsyncWeChatPay]:
    """The published client of the first merchant; whoever is told answers 204."""
    async with receiving() as (url, _), sandbox.client(url) as client:
        yield client


async def test_a_transfer_that_nobody_took_fails(sandbox: Sandbox, client: AsyncWeChatPay) -> None:
    openid = (await sandbox.do("authorize", payer="eve"))["openid"]
    await client.pay("tea", "STEP-SEED", {"total": 5_000})
    await sandbox.do("pay", out_trade_no="STEP-SEED")
    await sandbox.do("turn-clock", seconds=DAYS)
    for number in ("TAKE0001", "TAKE0002"):
        status, made = await answer_of(client.mch_transfer_bills(number, "1000", openid, 30, "gift"))
        assert (status, made["state"]) == (200, "WAIT_USER_CONFIRM"), made
    assert (await answer_of(client.mch_transfer_bills_cancel("TAKE0002")))[0] == 200

    async def take(number: str, payer: str) -> tuple[bool, str]:
        (step,) = await sandbox.tell({"do": "take", "out_bill_no": number, "payer": payer})
        return step["is_passed"], step["said"]

    assert (await take("NOSUCH1", "eve"))[0] is False
    for number, payer, why in (("TAKE0001", "bob", "for_somebody_else"), ("TAKE0002", "eve", "canceled")):
        is_passed, said = await take(number, payer)
        assert (is_passed, why in said) == (False, True), said
    assert await take("TAKE0001", "eve") == (True, "confirmed")
    assert await take("TAKE0001", "eve") == (True, "exists")
    assert "NOSUCH1" in await sandbox.refuse("take", 404, out_bill_no="NOSUCH1", payer="eve")


async def test_what_has_no_notices_sends_none(sandbox: Sandbox, client: AsyncWeChatPay) -> None:
    await client.pay("tea", "STEP-DUMB", {"total": 100})
    (pushed,) = await sandbox.tell({"do": "push", "out_trade_no": "STEP-DUMB"})
    assert (pushed["is_passed"], "notify_url" in pushed["said"]) == (False, True)
    await sandbox.do("pay", out_trade_no="STEP-DUMB")
    (pushed,) = await sandbox.tell({"do": "push", "out_trade_no": "STEP-DUMB"})
    assert pushed["is_passed"], pushed


async def test_what_is_paid_does_not_expire(sandbox: Sandbox, client: AsyncWeChatPay) -> None:
    await client.pay("tea", "STEP-PAID", {"total": 100})
    await sandbox.do("pay", out_trade_no="STEP-PAID")
    (ended,) = await sandbox.tell({"do": "expire", "out_trade_no": "STEP-PAID"})
    assert (ended["is_passed"], "paid" in ended["said"]) == (False, True)
    await client.pay("tea", "STEP-OPEN", {"total": 100})
    for _ in range(2):
        (ended,) = await sandbox.tell({"do": "expire", "out_trade_no": "STEP-OPEN"})
        assert (ended["is_passed"], ended["said"]) == (True, "closed")


async def refund(client: AsyncWeChatPay, number: str, fen: int) -> None:
    amount = {"refund": fen, "total": 100, "currency": "CNY"}
    status, said = await answer_of(client.refund(out_trade_no=number, out_refund_no=f"R-{number}", amount=amount))
    assert status == 200, said


async def test_only_what_arrived_is_refunded(sandbox: Sandbox, client: AsyncWeChatPay) -> None:
    async def refunded(number: str, fen: int, seconds: float) -> tuple[bool, str]:
        step = {"do": "expect", "out_trade_no": number, "refunded": fen, "seconds": seconds}
        (told,) = await sandbox.tell(step)
        return told["is_passed"], told["said"]

    for number, kind in (("STEP-REFUSED", "refuse"), ("STEP-WAITS", "wait"), ("STEP-BACK", "succeed")):
        await client.pay("tea", number, {"total": 100})
        await sandbox.do("pay", out_trade_no=number)
        await sandbox.do("refunds", out_trade_no=number, refunds=kind)
        await refund(client, number, 40)
    for number in ("STEP-REFUSED", "STEP-WAITS"):
        is_passed, said = await refunded(number, 40, 0.5)
        assert (is_passed, "0 fen" in said) == (False, True), said
        assert (await refunded(number, 0, 0))[0]
    assert (await refunded("STEP-BACK", 40, 30))[0]


@pytest.mark.parametrize("seconds", [5, 61])
async def test_what_was_done_just_before_the_clock_is_turned_is_done(
    sandbox: Sandbox, client: AsyncWeChatPay, seconds: int
) -> None:
    number = f"STEP-TURN-{seconds}"
    await client.pay("tea", number, {"total": 100})
    await sandbox.do("pay", out_trade_no=number)
    await refund(client, number, 40)
    await sandbox.do("turn-clock", seconds=seconds)
    _, found = await answer_of(client.query_refund(f"R-{number}"))
    assert found["status"] == "SUCCESS"


@pytest.mark.parametrize("name", [" ", "a\nb", "a\0"])
async def test_a_merchant_whose_name_is_none_is_refused_with_the_reason(sandbox: Sandbox, name: str) -> None:
    assert "one line" in await sandbox.refuse("merchants", 400, name=name)


async def test_a_story_is_about_the_merchant_it_names(sandbox: Sandbox) -> None:
    first, second = sandbox.account["mchid"], (await sandbox.control.post("/sandbox/merchants", json={})).json()
    for mchid in (first, second["mchid"]):
        await sandbox.do("faults", mchid=mchid, answers=[{"kind": "slow", "path": "/v3/never"}])
    story = {"name": "too_late", "mchid": second["mchid"]}
    other = Sandbox({"origin": sandbox.account["origin"], **second}, sandbox.control)
    async with other.client("http://127.0.0.1:9/told") as client:
        telling = asyncio.create_task(sandbox.do("scenarios", **story))
        await asyncio.sleep(0.3)  # The story begins before the order that it waits for.
        await client.pay("tea", "STEP-SECOND", {"total": 100})
        told = await telling
    assert told["is_passed"], told
    assert told["steps"][0]["said"] == "STEP-SECOND"
    (step,) = await sandbox.tell({"do": "calm", "mchid": second["mchid"]})
    assert step["is_passed"]
    left = (await sandbox.control.get("/sandbox/state")).json()["faults"]["answers"]
    assert [fault["mchid"] for fault in left] == [first]
    await sandbox.do("calm")


async def test_a_program_that_takes_whatever_comes_does_not_pass_the_story_of_a_new_key(sandbox: Sandbox) -> None:
    async with receiving() as (url, heard), sandbox.client(url, is_by_certificate=True) as client:
        telling = asyncio.create_task(sandbox.do("scenarios", name="new_key"))
        await asyncio.sleep(0.3)
        await client.pay("tea", "STEP-DUPE-1", {"total": 100})
        await heard_of(heard, 1)
        await client.pay("tea", "STEP-DUPE-2", {"total": 100})
        told = await telling
    (failed,) = [step for step in told["steps"] if not step["is_passed"]]
    assert "did not refuse" in failed["said"]


async def test_a_public_key_changes_and_the_one_before_ends_after_the_overlap(own_sandbox: Sandbox) -> None:
    sandbox, account = own_sandbox, own_sandbox.account
    async with receiving() as (url, heard), sandbox.client(url) as client:
        new = await sandbox.do("rotate-keys", key="public_key", overlap_seconds=OVERLAP)
        assert new["serial_no"].startswith("PUB_KEY_ID_")
        assert new["serial_no"] != account["public_key_id"]
        # Within the overlap, answers and notices are signed with the one before.
        assert (await answer_of(client.pay("tea", "OLD-KEY-1", {"total": 100})))[0] == 200
        await sandbox.do("pay", out_trade_no="OLD-KEY-1")
        await heard_of(heard, 1)
        assert heard[0][0]["Wechatpay-Serial"] == account["public_key_id"]
        await asyncio.sleep(OVERLAP)
        with pytest.raises(ValueError, match=new["serial_no"]):  # The client takes it for a certificate's serial.
            await client.pay("tea", "OLD-KEY-2", {"total": 100})
        sandbox.account = account | {"public_key_id": new["serial_no"], "public_key": new["public_key"]}
        async with sandbox.client(url) as changed:
            assert (await answer_of(changed.pay("tea", "NEW-KEY-1", {"total": 100})))[0] == 200
            for number in ("OLD-KEY-2", "NEW-KEY-1"):
                await sandbox.do("pay", out_trade_no=number)
            await heard_of(heard, 3)
            assert {headers["Wechatpay-Serial"] for headers, _ in heard[1:]} == {new["serial_no"]}
            told = [changed.callback(headers, body.decode()) for headers, body in heard[1:]]
            assert {each["resource"]["out_trade_no"] for each in told} == {"OLD-KEY-2", "NEW-KEY-1"}
