"""Proves of calls of the control, and of steps of stories, that they pass only where what they are to do happened."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image
from wechatpayv3.async_ import AsyncWeChatPay

from tests.sandbox.running import Sandbox
from tests.sandbox.test_sandbox import answer_of, heard_of
from tests.wire.world import receiving
from weiji.kit.clock import SHANGHAI

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


PICTURE = BytesIO()
Image.new("RGB", (64, 64), "#b23").save(PICTURE, "PNG")


async def test_a_payer_complains_and_the_program_reads_and_answers_it(own_sandbox: Sandbox) -> None:
    sandbox = own_sandbox
    async with receiving() as (url, heard), sandbox.client(url) as client:
        said = await sandbox.refuse("complain", 404, out_trade_no="WRONG-NONE")
        assert "WRONG-NONE" in said
        status, made = await answer_of(client.complaint_notification_create(url))
        assert (status, made["url"]) == (200, url)
        await client.pay("tea", "WRONG-0001", {"total": 500})
        assert "not paid yet" in await sandbox.refuse("complain", 409, out_trade_no="WRONG-0001")
        await sandbox.do("pay", out_trade_no="WRONG-0001")
        assert "WRONG-0001" in await sandbox.refuse("pursue", 404, out_trade_no="WRONG-0001", act="close")
        await sandbox.refuse("complain", 409, out_trade_no="WRONG-0001", amount=501)
        await sandbox.refuse("complain", 409, out_trade_no="WRONG-0001", pictures=[b64encode(b"none").decode()])
        await sandbox.refuse("complain", 400)
        asked = {"reason": "charged_wrong", "words": "扣了两次", "amount": 200}
        pictures = [b64encode(PICTURE.getvalue()).decode()]
        complaint = await sandbox.do("complain", out_trade_no="WRONG-0001", pictures=pictures, **asked)
        assert (complaint["state"], complaint["amount"]) == ("asked", 200)
        await sandbox.refuse("complain", 409, transaction_id=complaint["transaction_id"])  # There is one.
        await heard_of(heard, 2)
        told = client.callback(heard[1][0], heard[1][1].decode())
        id = complaint["complaint_id"]
        assert (told["event_type"], told["resource"]["complaint_id"]) == ("COMPLAINT.CREATE", id)
        now = datetime.fromisoformat((await sandbox.control.get("/sandbox/state")).json()["now"])
        day = now.astimezone(SHANGHAI).date().isoformat()
        _, listed = await answer_of(client.complaint_list_query(day, day))
        _, found = await answer_of(client.complaint_detail_query(id))
        assert listed["data"] == [found]
        assert (found["complaint_state"], found["complaint_detail"]) == ("PENDING", "扣了两次")
        assert (found["apply_refund_amount"], found["incoming_user_response"]) == (200, True)
        (shown,) = found["complaint_media_list"][0]["media_url"]
        status, picture = await client.complaint_image_download(shown)
        assert status == 200
        assert Image.open(BytesIO(picture)).size == (64, 64)
        # It is answered, that will not do, and the money goes back: by its number, once.
        assert (await client.complaint_response(id, "马上查"))[0] == 204
        replied = await sandbox.do("pursue", out_trade_no="WRONG-0001", act="reply", words="还是没有退")
        assert replied["state"] == "asked"
        _, history = await answer_of(client.complaint_history_query(id))
        assert history["data"][0]["operate_details"] == "还是没有退"
        assert (await client.complaint_update_refund(id, "APPROVE"))[0] == 204
        (step,) = await sandbox.tell(
            {"do": "expect", "out_trade_no": "WRONG-0001", "refunded": 200, "complaint_state": "refunded"}
        )
        assert step["is_passed"], step
        await heard_of(heard, 6)
        # Messages are sent beside each other.
        actions = {client.callback(head, body.decode())["resource"].get("action_type") for head, body in heard[1:]}
        assert actions >= {"CREATE_COMPLAINT", "MERCHANT_RESPONSE", "USER_RESPONSE", "SELLER_REFUND"}, actions
        # What is refused is left to the platform; that is told, too.
        again = await sandbox.do("complain", transaction_id=complaint["transaction_id"])
        assert (again["amount"], again["out_trade_no"]) == (300, "WRONG-0001")
        further = {"out_trade_no": "WRONG-0001", "act": "take_further"}
        assert "asked" in await sandbox.refuse("pursue", 409, **further)
        assert (await client.complaint_update_refund(again["complaint_id"], "REJECT", reject_reason="没有扣"))[0] == 204
        assert (await sandbox.do("pursue", **further))["state"] == "reviewing"
        _, found = await answer_of(client.complaint_detail_query(again["complaint_id"]))
        assert (found["in_platform_service"], found["user_complaint_times"]) == (True, 2)
        assert (await sandbox.do("pursue", out_trade_no="WRONG-0001", act="close"))["state"] == "withdrawn"
        (pushed,) = await sandbox.tell({"do": "push", "out_trade_no": "WRONG-0001"})
        assert pushed["is_passed"], pushed


@pytest.mark.parametrize(
    ("act", "total", "back"), [("award", 500, 300), ("award", 200_000, 200_000), ("dismiss", 500, 0)]
)
async def test_the_platform_decides_what_was_left_to_it(
    sandbox: Sandbox, client: AsyncWeChatPay, act: str, total: int, back: int
) -> None:
    number = f"RULED-{act}-{total}"
    await client.pay("tea", number, {"total": total})
    await sandbox.do("pay", out_trade_no=number)
    complaint = await sandbox.do("complain", out_trade_no=number)
    deciding = {
        "out_trade_no": number,
        "act": act,
        "words": "看过了",
        **({"amount": back} if total == 500 and back else {}),
    }
    assert "asked" in await sandbox.refuse("pursue", 409, **deciding)
    assert (await client.complaint_response(complaint["complaint_id"], "发了"))[0] == 204
    await sandbox.do("pursue", out_trade_no=number, act="take_further")
    await sandbox.refuse("pursue", 409, **{**deciding, "act": "award", "amount": total + 1})
    decided = await sandbox.do("pursue", **deciding)
    assert decided["state"] in (("refunding", "refunded") if back else ("dismissed",))
    expected = {"complaint_state": "refunded", "refunded": back} if back else {"complaint_state": "dismissed"}
    (step,) = await sandbox.tell({"do": "expect", "out_trade_no": number, **expected})
    assert step["is_passed"], step
    _, found = await answer_of(client.complaint_detail_query(complaint["complaint_id"]))
    assert (found["complaint_state"], found["in_platform_service"]) == ("PROCESSED", False)


async def test_a_program_that_answers_complaints_passes_the_story_and_a_silent_one_does_not(
    own_sandbox: Sandbox,
) -> None:
    sandbox = own_sandbox  # Stories of others have chosen what signs notices to the one that all share.
    async with receiving() as (url, heard), sandbox.client(url) as client:
        await client.complaint_notification_create(url)

        async def listen() -> None:
            seen = 0
            while True:
                for head, body in heard[seen:]:
                    seen += 1
                    told = client.callback(head, body.decode())
                    if told and told["resource"].get("action_type") in ("CREATE_COMPLAINT", "USER_RESPONSE"):
                        await client.complaint_response(told["resource"]["complaint_id"], "马上查")
                await asyncio.sleep(0.05)

        listening = asyncio.create_task(listen())
        telling = asyncio.create_task(sandbox.do("scenarios", name="unhappy_payer"))
        await asyncio.sleep(0.3)
        await client.pay("tea", "UNHAPPY-1", {"total": 100})
        told = await telling
        assert told["is_passed"], told
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        silent = [
            {"do": "complain", "out_trade_no": "UNHAPPY-1"},
            {"do": "expect", "out_trade_no": "UNHAPPY-1", "complaint_state": "answered", "seconds": 0.2},
        ]
        complained, expected = await sandbox.tell(*silent)
        assert (complained["is_passed"], expected["is_passed"]) == (True, False)
        assert "asked" in expected["said"]
