"""Proves of `weiji sandbox` that a published client, told nothing but the address, can be tested against it."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any, cast

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from litestar import Litestar
from litestar.routes import HTTPRoute
from PIL import Image
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import RequestType, WeChatPayType

from tests.sandbox.conftest import FIRST
from tests.sandbox.running import Sandbox
from tests.wire.test_applyments import company
from tests.wire.test_favor import stock_of
from tests.wire.test_gate import authorization
from tests.wire.world import receiving
from weiji.kit import clock
from weiji.sandbox import folders as places
from weiji.sandbox import sandbox as sandbox_command
from weiji.sandbox.control import Control, with_control
from weiji.sandbox.desk import Desk
from weiji.sandbox.faults import PROBE, Faults
from weiji.sandbox.folders import ACCOUNT, HELD, PARTS, ready_folder
from weiji.sandbox.own_desk import find_desk
from weiji.sandbox.scenarios import (
    STORIES_AT_ONCE_MAX,
    Scenario,
    Scenarios,
    ScenarioWrong,
    Telling,
    read_scenario,
)
from weiji.settings import Settings
from weiji.wire.gate import write_time
from weiji.wire.sealing import make_nonce

ROOT = Path(__file__).parents[2]


async def answer_of(call: Any) -> tuple[int, Any]:
    """Wait for a call of the client."""
    status, text = await call
    return status, json.loads(text) if text else None


async def heard_of(heard: list[Any], count: int) -> None:
    """Wait until so many notices came."""
    for _ in range(1_200):
        if len(heard) >= count:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{len(heard)} of {count} came")


async def test_an_order_is_paid_told_of_and_refunded(sandbox: Sandbox) -> None:
    async with receiving() as (url, heard), sandbox.client(url) as client:
        status, made = await answer_of(client.pay("one cup of tea", "PAID-0001", {"total": 980}))
        assert (status, made["code_url"].startswith("http")) == (200, True)
        paid = await sandbox.do("pay", out_trade_no="PAID-0001")
        assert paid["trade_state"] == "paid"
        await heard_of(heard, 1)
        headers, body = heard[0]
        told = client.callback(headers, body.decode())
        assert told["event_type"] == "TRANSACTION.SUCCESS"
        assert told["resource"]["out_trade_no"] == "PAID-0001"
        status, found = await answer_of(client.query(out_trade_no="PAID-0001"))
        assert (status, found["trade_state"], found["amount"]["total"]) == (200, "SUCCESS", 980)
        await sandbox.do("faults", notices=[{"kind": "late", "seconds": 1, "url": url}])
        await sandbox.do("push", out_trade_no="PAID-0001")
        notices = (await sandbox.control.get("/sandbox/state")).json()["notices"]
        again = next(each for each in notices if each["url"] == url)
        assert (again["status"], again["reason"]) == ("waiting", None), "it was taken the first time"
        await heard_of(heard, 2)
        assert json.loads(heard[1][1])["id"] == json.loads(body)["id"], "it is the same notice"
        asked = {"out_refund_no": "BACK-0001", "amount": {"refund": 480, "total": 980, "currency": "CNY"}}
        status, _ = await answer_of(client.refund(out_trade_no="PAID-0001", **asked))
        assert status == 200
        await heard_of(heard, 3)
        assert (client.callback(heard[2][0], heard[2][1].decode()))["event_type"] == "REFUND.SUCCESS"


async def test_refunds_wait_on_demand(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        await client.pay("one cup of tea", "WAIT-0001", {"total": 100})
        await sandbox.do("pay", out_trade_no="WAIT-0001")
        await sandbox.do("refunds", out_trade_no="WAIT-0001", refunds="wait")
        asked = {"out_refund_no": "BACK-0002", "amount": {"refund": 100, "total": 100, "currency": "CNY"}}
        await client.refund(out_trade_no="WAIT-0001", **asked)
        await sandbox.do("turn-clock", seconds=86_400)
        status, found = await answer_of(client.query_refund("BACK-0002"))
        assert (status, found["status"]) == (200, "PROCESSING")
        await sandbox.do("refunds", out_trade_no="WAIT-0001", refunds="succeed")
        status, found = await answer_of(client.query_refund("BACK-0002"))
        assert (status, found["status"]) == (200, "SUCCESS")


async def test_what_waited_and_is_refused_is_paid_to_the_account_that_the_program_names(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        await client.pay("one cup of tea", "WAIT-0002", {"total": 100})
        await sandbox.do("pay", out_trade_no="WAIT-0002")
        await sandbox.do("refunds", out_trade_no="WAIT-0002", refunds="wait")
        asked = {"out_refund_no": "BACK-0003", "amount": {"refund": 100, "total": 100, "currency": "CNY"}}
        _, made = await answer_of(client.refund(out_trade_no="WAIT-0002", **asked))
        await sandbox.do("refunds", out_trade_no="WAIT-0002", refunds="refuse")
        status, found = await answer_of(client.query_refund("BACK-0003"))
        assert (status, found["status"]) == (200, "ABNORMAL")
        account = {"bank_type": "工商银行", "bank_account": "6217000000001234", "real_name": "李青"}
        routed = client.abnormal_refund(made["refund_id"], "BACK-0003", "USER_BANK_CARD", **account)
        status, said = await answer_of(routed)
        assert (status, said["status"]) == (200, "PROCESSING"), said
        await sandbox.do("turn-clock", seconds=1)
        status, found = await answer_of(client.query_refund("BACK-0003"))
        assert (status, found["status"]) == (200, "SUCCESS")


@pytest.mark.parametrize(
    ("outcome", "state"), [("failed", "NOTPAY"), ("paid_twice", "SUCCESS"), ("paid_untold", "SUCCESS")]
)
async def test_payers_do_as_they_are_told(sandbox: Sandbox, outcome: str, state: str) -> None:
    number = f"AS-{outcome}"
    async with receiving() as (url, _), sandbox.client(url) as client:
        await client.pay("one cup of tea", number, {"total": 100})
        await sandbox.do("pay", out_trade_no=number, outcome=outcome)
        if outcome == "paid_untold":
            await sandbox.do("turn-clock", seconds=600)
        _, found = await answer_of(client.query(out_trade_no=number))
        assert found["trade_state"] == state


async def test_an_order_ends_and_a_late_payment_goes_back(sandbox: Sandbox) -> None:
    async with receiving() as (url, heard), sandbox.client(url) as client:
        await client.pay("one cup of tea", "LATE-0001", {"total": 100})
        ended = await sandbox.do("expire", out_trade_no="LATE-0001")
        assert ended["trade_state"] == "closed"
        await sandbox.do("pay", out_trade_no="LATE-0001")
        _, found = await answer_of(client.query(out_trade_no="LATE-0001"))
        assert found["trade_state"] == "CLOSED"
        assert not heard


async def test_what_fails_after_it_was_done_may_be_asked_again(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        await sandbox.do("faults", answers=[{"kind": "fail_after"}, {"kind": "too_many_requests"}])
        asked = ("one cup of tea", "AGAIN-0001", {"total": 100})
        assert [(await client.pay(*asked))[0] for _ in range(3)] == [500, 429, 200]
        status, found = await answer_of(client.query(out_trade_no="AGAIN-0001"))
        assert (status, found["trade_state"]) == (200, "NOTPAY")
        # What would have been refused fails alike.
        await sandbox.do("faults", answers=[{"kind": "fail_after"}])
        assert [(await client.query(out_trade_no="NEVER-MADE"))[0] for _ in range(2)] == [500, 404]


async def test_a_client_that_checks_refuses_a_wrong_signature(sandbox: Sandbox) -> None:
    async with receiving() as (url, heard), sandbox.client(url) as client:
        await sandbox.do(
            "faults", answers=[{"kind": "wrong_signature"}], notices=[{"kind": "wrong_signature", "url": url}]
        )
        with pytest.raises(Exception, match="verify"):
            await client.pay("one cup of tea", "SIGNED-0001", {"total": 100})
        await client.pay("one cup of tea", "SIGNED-0001", {"total": 100})
        await sandbox.do("pay", out_trade_no="SIGNED-0001")
        await heard_of(heard, 1)
        assert not client.callback(heard[0][0], heard[0][1].decode())


async def test_what_is_refused_is_wrongly_signed_too(sandbox: Sandbox) -> None:
    account = sandbox.account
    key = serialization.load_pem_private_key(account["private_key"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    await sandbox.do("faults", answers=[{"kind": "wrong_signature"}])
    path = f"/v3/pay/transactions/out-trade-no/NEVER-SOLD?mchid={account['mchid']}"
    signatures = []
    for _ in range(2):
        given = ("GET", path, str(int(time.time())), make_nonce(), b"")
        head = authorization(key, account["mchid"], account["serial_no"], given)
        async with httpx.AsyncClient(base_url=account["origin"]) as client:
            answer = await client.get(path, headers={"authorization": head})
        assert answer.status_code == 404
        signatures.append(answer.headers["wechatpay-signature"])
    assert [each.startswith(PROBE) for each in signatures] == [True, False]


async def test_notices_are_lost_doubled_and_overtaken(sandbox: Sandbox) -> None:
    async with receiving() as (url, heard), sandbox.client(url) as client:
        for number in ("N-0001", "N-0002", "N-0003", "N-0004"):
            await client.pay("one cup of tea", number, {"total": 100})
        await sandbox.do("faults", notices=[{"kind": "double", "url": url}, {"kind": "lose", "url": url}])
        await sandbox.do("pay", out_trade_no="N-0001")
        await heard_of(heard, 2)
        assert heard[0][1] != b""
        assert json.loads(heard[0][1])["id"] == json.loads(heard[1][1])["id"]
        await sandbox.do("pay", out_trade_no="N-0002")
        await asyncio.sleep(1)
        assert len(heard) == 2
        await sandbox.do("turn-clock", seconds=16)  # The schedule's first pause.
        await heard_of(heard, 3)
        await sandbox.do("faults", notices=[{"kind": "overtaken", "url": url}])
        await sandbox.do("pay", out_trade_no="N-0003")
        await asyncio.sleep(0.6)
        await sandbox.do("pay", out_trade_no="N-0004")
        await heard_of(heard, 5)
        numbers = [(client.callback(*_of(each)))["resource"]["out_trade_no"] for each in heard[3:]]
        assert numbers == ["N-0004", "N-0003"]
        state = (await sandbox.control.get("/sandbox/state")).json()
        assert state["faults"] == {"answers": [], "notices": []}


def _of(letter: tuple[dict[str, str], bytes]) -> tuple[dict[str, str], str]:
    return letter[0], letter[1].decode()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("pay", {"out_trade_no": "UNKNOWN-1"}, 404),
        ("pay", {"out_trade_no": ""}, 400),
        ("pay", {"number": "1"}, 400),
        ("pay", {"out_trade_no": "UNKNOWN-1", "outcome": "stolen"}, 400),
        ("turn-clock", {"seconds": -1}, 400),
        ("turn-clock", {}, 400),
        ("faults", {"answers": [{"kind": "fire"}]}, 400),
        ("refunds", {"out_trade_no": "UNKNOWN-1", "refunds": "refuse"}, 404),
    ],
)
async def test_nonsense_is_told_so(sandbox: Sandbox, path: str, body: dict[str, object], status: int) -> None:
    answer = await sandbox.control.post(f"/sandbox/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, "application/problem+json")
    assert answer.json()["title"]


async def test_what_is_wrong_is_told_in_the_readers_language(sandbox: Sandbox) -> None:
    async def told(language: str, body: dict[str, object]) -> Any:
        headers = {"accept-language": language}
        return (await sandbox.control.post("/sandbox/pay", json=body, headers=headers)).json()

    assert (await told("", {"out_trade_no": "NO-1"}))["title"] == "没有订单 NO-1：先下单。"
    assert (await told("en", {"out_trade_no": "NO-1"}))["title"].isascii()
    (wrong,) = (await told("zh-CN", {"number": "NO-1"}))["errors"]
    assert wrong == {"pointer": "/number", "detail": "没有这一项。"}
    (wrong,) = (await told("zh-CN", {"out_trade_no": "NO-1", "outcome": "stolen"}))["errors"]
    assert (wrong["pointer"], "paid_late" in wrong["detail"]) == ("/outcome", True)
    bad = {"notices": [{"kind": "lose"}, {"kind": "late", "seconds": 9}]}
    (wrong,) = (await sandbox.control.post("/sandbox/faults", json=bad)).json()["errors"]
    assert (wrong["pointer"], wrong["detail"].split()[-1]) == ("/notices/1/seconds", "4.")


async def test_why_a_notice_was_not_taken_is_told(sandbox: Sandbox) -> None:
    async with sandbox.client("http://127.0.0.1:9/nobody") as client:
        await client.pay("tea", "DEAF-0001", {"total": 100})
        await sandbox.do("pay", out_trade_no="DEAF-0001")
    for _ in range(1_200):
        notice = (await sandbox.control.get("/sandbox/state")).json()["notices"][0]
        if notice["reason"]:
            break
        await asyncio.sleep(0.05)
    assert (notice["url"], notice["status"], notice["reason"]) == (
        "http://127.0.0.1:9/nobody",
        "waiting",
        "unreachable",
    )


async def test_a_payer_who_consented_is_the_one_who_paid(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        ada = await sandbox.do("authorize", payer="ada", appid=sandbox.account["appid"])
        bob = await sandbox.do("authorize", payer="bob", appid=sandbox.account["appid"])
        assert ada["openid"] != bob["openid"]
        assert await sandbox.do("authorize", payer="ada") == ada
        await client.pay("tea", "ADA-0001", {"total": 100}, payer={"openid": ada["openid"]})
        await sandbox.do("pay", out_trade_no="ADA-0001", payer="ada")
        # Payers have accounts: profit may be shared with them.
        status, added = await answer_of(client.profitsharing_add_receiver("PERSONAL_OPENID", ada["openid"], "PARTNER"))
        assert (status, added["account"]) == (200, ada["openid"]), added
        _, found = await answer_of(client.query(out_trade_no="ADA-0001"))
        assert found["payer"]["openid"] == ada["openid"]


async def test_a_payer_pays_with_the_best_of_their_coupons(sandbox: Sandbox) -> None:
    mchid = sandbox.account["mchid"]
    async with receiving() as (url, _), sandbox.client(url) as client:
        openid = (await sandbox.do("authorize", payer="cat", appid=sandbox.account["appid"]))["openid"]
        # The others of this file turn the sandbox's clock by days.
        asked = stock_of(mchid, "STOCK0001", available_end_time=write_time(clock.now() + timedelta(days=365)))
        status, stock = await answer_of(client.marketing_favor_stock_create(**asked))
        assert status == 200, stock
        assert (await answer_of(client.marketing_favor_stock_start(mchid, stock["stock_id"])))[0] == 200
        sending = client.marketing_favor_stock_send(stock["stock_id"], openid, "SEND0001", mchid)
        assert (await answer_of(sending))[0] == 200
        paid = []
        for out_trade_no, payer in (("CUT-0001", "dog"), ("CUT-0002", "cat"), ("CUT-0003", "cat")):
            await client.pay("tea", out_trade_no, {"total": 3_000})
            await sandbox.do("pay", out_trade_no=out_trade_no, payer=payer)
            _, found = await answer_of(client.query(out_trade_no=out_trade_no))
            paid.append((found["amount"]["payer_total"], len(found["promotion_detail"])))
        assert paid == [(3_000, 0), (2_500, 1), (3_000, 0)]


async def test_a_payer_takes_a_transfer_that_is_theirs(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        openid = (await sandbox.do("authorize", payer="ada", appid=sandbox.account["appid"]))["openid"]
        await client.pay("tea", "SEED-0001", {"total": 5_000})
        await sandbox.do("pay", out_trade_no="SEED-0001")
        await sandbox.do("turn-clock", seconds=3 * 86_400)
        status, made = await answer_of(client.mch_transfer_bills("GIFT0001", "1000", openid, 500, "gift"))
        assert (status, made["state"]) == (200, "WAIT_USER_CONFIRM"), made
        assert "for_somebody_else" in await sandbox.refuse("take", 409, out_bill_no="GIFT0001", payer="bob")
        assert (await sandbox.do("take", out_bill_no="GIFT0001", payer="ada"))["status"] == "confirmed"
        _, found = await answer_of(client.mch_transfer_bills_query("GIFT0001"))
        assert found["state"] == "SUCCESS"


async def test_a_merchant_withdraws_to_its_bank_account(sandbox: Sandbox) -> None:
    made = (await sandbox.control.post("/sandbox/merchants", json={})).json()
    other = Sandbox({"origin": sandbox.account["origin"], **made}, sandbox.control)
    async with other.client("http://127.0.0.1:9/told") as client:
        await client.pay("tea", "EARN-0001", {"total": 5_000})
        await sandbox.do("pay", out_trade_no="EARN-0001", mchid=made["mchid"])
        await sandbox.do("turn-clock", seconds=3 * 86_400)
        path, asked = "/v3/merchant/fund/withdraw", {"out_request_no": "OUT-0001", "amount": 2_000}
        status, said = await answer_of(client._core.request(path, method=RequestType.POST, data=asked))
        assert (status, said["out_request_no"]) == (200, "OUT-0001"), said
        for seconds in (86_400, 60):  # The bank takes it on, and then says that it has paid.
            await sandbox.do("turn-clock", seconds=seconds)
        _, found = await answer_of(client._core.request(f"{path}/out-request-no/OUT-0001"))
        assert (found["status"], found["amount"]) == ("SUCCESS", 2_000)


async def test_a_service_provider_applies_is_sent_back_approved_and_signed(sandbox: Sandbox, tmp_path: Path) -> None:
    path, number = tmp_path / "card.jpg", "APPLY-0001"
    async with sandbox.client("http://127.0.0.1:9/told", partner_mode=True) as client:

        async def upload(color: str) -> str:
            Image.new("RGB", (640, 400), color).save(path)
            # The client forgets to wait for it itself.
            return str((await answer_of(await client.image_upload(str(path))))[1]["media_id"])

        async def stands() -> Any:
            return (await answer_of(client.applyment_query(business_code=number)))[1]

        async def refuse(**asked: str) -> int:
            return (await sandbox.control.post("/sandbox/review", json={"business_code": number, **asked})).status_code

        assert await refuse() == 404, "nothing was sent in"
        picture = await upload("#8a6d1f")
        status, said = await answer_of(client.applyment_submit(number, **company(7, picture)))
        assert status == 200, said
        assert await refuse(verdict="signed") == 409
        assert await refuse(verdict="returned", field="nothing") == 409
        assert await refuse(verdict="maybe") == 400
        sent = await sandbox.do(
            "review", business_code=number, verdict="returned", field="license_copy", reason="blurred"
        )
        assert (sent["state"], sent["sub_mchid"]) == ("returned", None)
        (detail,) = (await stands())["audit_detail"]
        assert (detail["field"], detail["reject_reason"]) == ("license_copy", "blurred")
        mended = company(7, picture)
        mended["subject_info"]["business_license_info"]["license_copy"] = await upload("#123456")
        status, said = await answer_of(client.applyment_submit(number, **mended))
        assert status == 200, said
        approved = await sandbox.do("review", business_code=number)
        assert (await stands())["applyment_state"] == "APPLYMENT_STATE_TO_BE_SIGNED"
        signed = await sandbox.do("review", business_code=number, verdict="signed")
        assert (signed["sub_mchid"], signed["is_signed"]) == (approved["sub_mchid"], True)
        said = await stands()
        assert (said["applyment_state"], said["sub_mchid"]) == ("APPLYMENT_STATE_FINISHED", signed["sub_mchid"])
        order = client.pay("tea", "FIRST-0001", {"total": 100}, sub_mchid=signed["sub_mchid"])
        assert (await answer_of(order))[0] == 200


async def test_a_story_reviews_what_a_program_applies_for_and_waits_for_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path, number = tmp_path / "card.jpg", "APPLY-TOLD"
    review = {"do": "review", "business_code": number}
    steps = [
        {**review, "verdict": "returned", "field": "license_copy", "reason": "blurred"},
        {**review, "verdict": "approved"},
        {**review, "verdict": "signed"},
    ]
    never = {"name": "never", "steps": [{"do": "review", "business_code": "NEVER", "seconds": 0.1}]}
    report = (await sandbox.control.post("/sandbox/scenarios", json=never)).json()
    assert (report["is_passed"], "NEVER" in report["steps"][0]["said"]) == (False, True)
    async with sandbox.client("http://127.0.0.1:9/told", partner_mode=True) as client:

        async def apply(color: str) -> None:
            Image.new("RGB", (640, 400), color).save(path)
            # The client forgets to wait for it itself.
            picture = (await answer_of(await client.image_upload(str(path))))[1]["media_id"]
            sent = company(8, pictures[0] if pictures else picture)
            sent["subject_info"]["business_license_info"]["license_copy"] = picture
            pictures.append(picture)
            status, said = await answer_of(client.applyment_submit(number, **sent))
            assert status == 200, said

        pictures: list[str] = []
        telling = asyncio.create_task(
            sandbox.control.post("/sandbox/scenarios", json={"name": "applied_for", "steps": steps})
        )
        await asyncio.sleep(0.2)  # The story begins before anything is sent in.
        await apply("#8a6d1f")
        for _ in range(600):
            said = (await answer_of(client.applyment_query(business_code=number)))[1]
            if said["applyment_state"] == "APPLYMENT_STATE_REJECTED":
                break
            await asyncio.sleep(0.05)
        await apply("#123456")
        report = (await telling).json()
        assert report["is_passed"], report
        said = (await answer_of(client.applyment_query(business_code=number)))[1]
        assert said["applyment_state"] == "APPLYMENT_STATE_FINISHED"
        assert [step["said"] for step in report["steps"]] == ["returned", said["sub_mchid"], said["sub_mchid"]]


async def test_a_payer_shows_a_code_that_a_till_scans(sandbox: Sandbox) -> None:
    async with receiving() as (url, _), sandbox.client(url) as client:
        code = (await sandbox.do("show-code", payer="ada", money=300))["auth_code"]
        scan = {"pay_type": WeChatPayType.CODEPAY, "payer": {"auth_code": code}}
        status, paid = await answer_of(client.pay("tea", "TILL0001", {"total": 300}, **scan))
        assert (status, paid["trade_state"]) == (200, "SUCCESS"), paid
        assert (await answer_of(client.codepay_reverse("TILL0001")))[0] == 204


async def test_merchants_are_made_and_a_service_provider_makes_orders_for_one(sandbox: Sandbox) -> None:
    answer = await sandbox.control.post("/sandbox/merchants", json={"partner": sandbox.account["mchid"]})
    assert answer.status_code == 201
    other = Sandbox({"origin": sandbox.account["origin"], **answer.json()}, sandbox.control)
    async with receiving() as (url, heard), other.client(url) as client:
        await client.pay("tea", "OTHER-0001", {"total": 100})
        missing = await sandbox.control.post("/sandbox/pay", json={"out_trade_no": "OTHER-0001"})
        assert missing.status_code == 404, "it is another merchant's"
        await sandbox.do("pay", out_trade_no="OTHER-0001", mchid=other.account["mchid"])
        await heard_of(heard, 1)
        assert client.callback(*_of(heard[0]))["resource"]["mchid"] == other.account["mchid"]
    async with receiving() as (url, heard), sandbox.client(url, partner_mode=True) as client:
        status, _ = await answer_of(client.pay("tea", "FOR-0001", {"total": 100}, sub_mchid=other.account["mchid"]))
        assert status == 200
        paid = await sandbox.do("pay", out_trade_no="FOR-0001", mchid=other.account["mchid"])
        assert paid["trade_state"] == "paid"
        await heard_of(heard, 1)


async def test_a_merchants_key_is_changed_and_the_one_before_ends(sandbox: Sandbox) -> None:
    made = (await sandbox.control.post("/sandbox/merchants", json={})).json()
    other = Sandbox({"origin": sandbox.account["origin"], **made}, sandbox.control)
    new = await sandbox.do("rotate-keys", key="merchant", mchid=made["mchid"])
    async with other.client("http://127.0.0.1:9/told") as client:
        status, _ = await answer_of(client.pay("tea", "OLD-0001", {"total": 100}))
        assert status == 401
    other.account |= {"private_key": new["private_key"], "serial_no": new["serial_no"]}
    async with other.client("http://127.0.0.1:9/told") as client:
        status, _ = await answer_of(client.pay("tea", "NEW-0001", {"total": 100}))
        assert status == 200


class Program:
    """The program that is tested, as small as one can be: it books what it is told of, once."""

    def __init__(self, sandbox: Sandbox, client: AsyncWeChatPay) -> None:
        self.sandbox = sandbox
        self.client = client
        self.booked: dict[str, int] = {}

    async def sell(self, *numbers: str) -> None:
        """Make orders."""
        for number in numbers:
            status, _ = await answer_of(self.client.pay("tea", number, {"total": 100}))
            assert status == 200

    def hear(self, letter: tuple[dict[str, str], bytes]) -> None:
        """Take a notice in; what is not signed is not believed."""
        told = self.client.callback(*_of(letter))
        if told and told["event_type"] == "TRANSACTION.SUCCESS":
            self.booked[told["resource"]["out_trade_no"]] = told["resource"]["amount"]["total"]


@pytest.mark.parametrize("story", ["lost_notice", "too_late", "new_key"])
async def test_shipped_scenarios_are_told(sandbox: Sandbox, story: str) -> None:
    assert story in (await sandbox.control.get("/sandbox/scenarios")).json()
    scenario = msgspec.to_builtins(read_scenario(story))
    # The notice of an order is signed as its request asked: with the newest certificate, where it named no key.
    is_by_certificate = story == "new_key"
    # What is wrongly signed, a program refuses: the story of a new key sees to it that it looks.
    answers = ((204, b""), (401, b"")) if story == "new_key" else ()
    async with receiving(*answers) as (url, heard), sandbox.client(url, is_by_certificate=is_by_certificate) as client:
        program = Program(sandbox, client)
        # Other tests' notices come again meanwhile: what goes wrong is for this one's.
        for fault in (fault for step in scenario["steps"] for fault in step.get("notices", [])):
            fault["url"] = url
        asked = scenario if story == "lost_notice" else {"name": story}  # Its name is enough.
        telling = asyncio.create_task(sandbox.control.post("/sandbox/scenarios", json=asked))
        await asyncio.sleep(0.2)  # The story begins before the orders that it waits for.
        await program.sell(f"{story}-1".upper())
        if story == "new_key":
            await heard_of(heard, 1)
            await program.sell("NEW_KEY-2")
        answer = await telling
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert report["is_passed"], report
        assert len(report["steps"]) == len(scenario["steps"])
        if story == "new_key":
            serials = [headers["Wechatpay-Serial"] for headers, _ in heard]
            assert serials[1] == next(step["said"] for step in report["steps"] if step["do"] == "rotate-keys")
            assert serials[0] != serials[1] == serials[2]
            await client._core._update_certificates()  # It fetches none while it looks at a notice.
            assert [bool(client.callback(*_of(each))) for each in heard] == [True, False, True]
        if story == "lost_notice":
            for letter in heard:
                program.hear(letter)
            assert (len(heard), program.booked) == (2, {"LOST_NOTICE-1": 100})


async def test_so_many_stories_are_told_at_once_and_none_for_ever(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = {"name": "waits", "steps": [{"do": "await", "out_trade_no": "NEVER-MADE", "seconds": 0.5}]}
    telling = (sandbox.control.post("/sandbox/scenarios", json=story) for _ in range(STORIES_AT_ONCE_MAX + 1))
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*telling))
    assert statuses == [200] * STORIES_AT_ONCE_MAX + [429]
    assert (await sandbox.control.post("/sandbox/scenarios", json=story)).status_code == 200

    async def wait_for_ever(*_: object) -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr("weiji.sandbox.scenarios.STORY_SECONDS_MAX", 0.01)
    monkeypatch.setattr(Telling, "_do", wait_for_ever)
    desk: Any = SimpleNamespace(has_first=False)
    report = await Telling(desk, msgspec.convert(story, Scenario)).tell()
    assert (report.is_passed, "超过" in report.steps[0].said) == (False, True)
    unknown = await sandbox.control.post("/sandbox/scenarios", json={"name": "never_told"})
    assert (unknown.status_code, "lost_notice" in unknown.text) == (404, True)


@pytest.mark.parametrize(
    ("steps", "at", "said"),
    [
        ([{"do": "await", "seconds": 0.1}], 0, "made no order"),
        ([{"do": "expect", "seconds": 0}], 0, "No order is named"),
        ([{"do": "calm"}, {"do": "pay", "out_trade_no": "NOBODY-1"}, {"do": "calm"}], 1, "There is no order"),
    ],
)
async def test_a_scenario_ends_with_the_step_that_fails(
    sandbox: Sandbox, steps: list[dict[str, object]], at: int, said: str
) -> None:
    answer = await sandbox.control.post("/sandbox/scenarios", json={"name": "x", "steps": steps})
    report = answer.json()
    assert report["is_passed"] is False
    assert len(report["steps"]) == at + 1
    assert said in report["steps"][at]["said"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.toml", "name = "),
        ("x.toml", 'name = "x"\nsteps = []'),
        ("x.json", '{"name": "x", "steps": [{"do": "dance"}]}'),
        ("x.json", "{"),
    ],
)
def test_what_is_no_scenario_is_told_so(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ScenarioWrong, match=r"x\."):
        read_scenario(str(tmp_path / name))
    with pytest.raises(ScenarioWrong, match="自带的剧本有：lost_notice"):
        read_scenario("no_such_story")


async def test_the_command_tells_a_scenario_and_ends_with_what_came_of_it(cache: str, tmp_path: Path) -> None:
    story = tmp_path / "nobody.toml"
    story.write_text(
        'name = "nobody"\n[[steps]]\ndo = "turn-clock"\nseconds = 60\n[[steps]]\ndo = "await"\nseconds = 0'
    )
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0", "--scenario", str(story))
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL)
    out, _ = await process.communicate()
    account, report = (json.loads(line) for line in out.splitlines())
    assert account["mchid"]
    assert [step["is_passed"] for step in report["steps"]] == [True, False]
    assert process.returncode == 1


def test_an_output_that_can_t_be_written_is_told_before_anything_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(sandbox_command, ["--output", str(tmp_path / "nowhere" / "account.json")])
    assert (result.exit_code, "is no folder" in result.output) == (2, True), result.output


async def test_it_listens_where_it_is_told_to(cache: str, tmp_path: Path) -> None:
    story = tmp_path / "calm.toml"
    story.write_text('name = "calm"\n[[steps]]\ndo = "calm"')
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0", "--scenario", str(story), "--host")
    said = {}
    for host in ("0.0.0.0", "192.0.2.1"):  # noqa: S104 - All of its addresses; and one that is nobody's.
        process = await asyncio.create_subprocess_exec(
            *command, host, env=os.environ | {"XDG_CACHE_HOME": cache}, stdout=PIPE, stderr=STDOUT
        )
        out, _ = await process.communicate()
        said[process.returncode] = out.decode()
    assert json.loads(said[0].splitlines()[0])["origin"].startswith("http://127.0.0.1:")
    assert "Choose another --host" in said[1]


async def test_the_guides_example_is_paid_and_leaves_nothing_running(cache: str) -> None:
    _, _, rest = (ROOT / "docs/guides/sandbox.md").read_text().partition("```python\n")
    example = rest.partition("```")[0] + 'print(json.loads(pay.query(out_trade_no="T-0001")[1])["trade_state"])'
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"XDG_CACHE_HOME": cache, "PATH": path}
    # The sandbox has standard error, too: who reads it to its end waits for both of them.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", example, env=environment, stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert (process.returncode, out.split()[-1:]) == (0, [b"SUCCESS"]), out.decode()


def _servers_below(folder: Path) -> list[int]:
    firsts: list[str] = []
    for where, below, names in os.walk(folder):  # What goes meanwhile, it passes over.
        if "postmaster.pid" in names:
            with suppress(FileNotFoundError):
                firsts.append(Path(where, "postmaster.pid").read_text().partition("\n")[0])
        if Path(where).name == "postgres":
            below.clear()
    return [int(first) for first in firsts if first.isdigit()]  # Not the one that only makes the cluster.


def _kept(cache: Path) -> list[Path]:
    return [*cache.glob("weiji/*")]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1_500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def _stop_once_its_database_runs(folder: Path, command: tuple[str, ...], environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    await _until(lambda: bool(_servers_below(folder)))
    (server,) = _servers_below(folder)
    process.terminate()
    async with asyncio.timeout(60):
        assert await process.wait() == 1
    await _until(lambda: not _is_running(server))


async def test_stopped_while_it_prepares_or_starts_it_leaves_nothing(cache: str) -> None:
    command = (sys.executable, "-m", "weiji", "sandbox")
    living = Path(cache) / "living"
    living.mkdir()
    for home, arguments in ((f"{cache}/stopped", ("--prepare",)), (cache, ("--port", "0"))):
        environment = os.environ | {"XDG_CACHE_HOME": home, "TMPDIR": str(living)}
        await _stop_once_its_database_runs(living, (*command, *arguments), environment)
        assert not [*living.glob("weiji-*")]
    assert not _kept(Path(cache) / "stopped")
    # What one leaves that is killed, the next removes.
    process = await asyncio.create_subprocess_exec(*command, "--port", "0", env=environment, stdout=DEVNULL)
    await _until(lambda: bool(_servers_below(living)))
    (server,) = _servers_below(living)
    process.kill()
    os.kill(server, signal.SIGQUIT)
    await process.wait()
    await _until(lambda: not _is_running(server))
    (left,) = living.glob("weiji-*")
    os.utime(left / HELD, (0, 0))
    # What is kept and is not whole is trusted no longer, and another is made.
    half = ready_folder(Path(cache) / "half" / "weiji")
    half.mkdir(parents=True)
    (half / ACCOUNT).write_bytes((ready_folder(Path(cache) / "weiji") / ACCOUNT).read_bytes())
    environment["XDG_CACHE_HOME"] = f"{cache}/half"
    await _stop_once_its_database_runs(living, (*command, "--port", "0"), environment)
    assert not [*living.glob("weiji-*")]
    assert not _kept(Path(cache) / "half")


def test_it_lives_in_memory_where_there_is_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "MEMORY", tmp_path)
    monkeypatch.setattr(places, "MEMORY_NEEDED", 1)
    monkeypatch.delenv("TMPDIR", raising=False)
    assert places.temporary_folder() == tmp_path
    monkeypatch.setattr(places, "MEMORY_NEEDED", 2**62)
    assert places.temporary_folder() == Path(gettempdir())
    monkeypatch.setattr(places, "MEMORY_NEEDED", 0)
    monkeypatch.setenv("TMPDIR", gettempdir())
    assert places.temporary_folder() == Path(gettempdir())


async def test_the_next_begins_as_the_first_did_and_not_as_it_ended(sandbox: Sandbox, cache: str) -> None:
    first = json.loads((Path(cache) / FIRST).read_bytes())
    assert first | {"origin": ""} == sandbox.account | {"origin": ""}
    (kept,) = _kept(Path(cache))
    assert sorted(path.name for path in kept.iterdir()) == sorted(PARTS)
    assert sandbox.began_at
    assert sandbox.began_at - datetime.now(UTC) < timedelta(hours=12), "the first was a day ahead when it ended"


def _served() -> dict[tuple[str, str], set[str]]:
    """Tell which calls there are, and what each takes in its query."""
    app = Litestar([Control, Scenarios], openapi_config=None)
    return {
        (method, route.path): {*handler.parsed_fn_signature.parameters} - {"self", "request", "data"}
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }


async def test_an_installation_asks_for_its_token() -> None:
    asked: list[str] = []

    async def program(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    installation = SimpleNamespace(settings=Settings(mode="sandbox", sandbox_token="the token"))
    app = with_control(program, partial(find_desk, Desk(cast("Any", installation), None, Faults())))
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as client:
        for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Bearer another token"}):
            refused = await client.post("/sandbox/calm", headers=headers)
            assert (refused.status_code, refused.json()["type"]) == (401, "about:blank")
        good = {"authorization": "Bearer the token"}
        assert (await client.post("/sandbox/calm", headers=good)).json() == {"answers": [], "notices": []}
        # What there is anybody may know, in their language: every call, and nothing else.
        chinese, english = [
            (await client.get("/sandbox", headers={"accept-language": said})).json() for said in ("zh-CN", "en")
        ]
        assert {(each["method"], each["path"]): set(each["query"]) for each in chinese["calls"]} == _served()
        assert "out_trade_no" in chinese["calls"][0]["fields"]
        assert (chinese["calls"][0]["does"].isascii(), english["calls"][0]["does"].isascii()) == (False, True)
        assert (await client.head("/sandbox")).status_code == 200
        refused = await client.post("/sandbox", json={})
        assert (refused.status_code, refused.headers["allow"], refused.json()["status"]) == (405, "GET, HEAD", 405)
        unknown = await client.post("/sandbox/refund-fail", headers={"accept-language": "en"})
        assert (unknown.status_code, "GET /sandbox" in unknown.json()["title"]) == (404, True)
        # What the pages of the simulated acquirer are is not the control's.
        assert (await client.get("/sandbox/charges/1")).status_code == 204
    assert asked == ["/sandbox/charges/1"]
