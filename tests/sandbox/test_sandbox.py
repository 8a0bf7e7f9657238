"""Proves of `weiji sandbox` that a published client, told nothing but the address, can be tested against it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import WeChatPayType

from tests.wire.world import receiving


class Sandbox:
    """A sandbox that runs, the account of its merchant, and the other side of the test."""

    def __init__(self, account: dict[str, Any], control: httpx.AsyncClient) -> None:
        self.account = account
        self.control = control

    @asynccontextmanager
    async def client(self, notify_url: str) -> AsyncIterator[AsyncWeChatPay]:
        """Make the published client, as its own documentation says."""
        account = self.account
        client = AsyncWeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=account["mchid"],
            private_key=account["private_key"],
            cert_serial_no=account["serial_no"],
            apiv3_key=account["api_v3_key"],
            appid=account["appid"],
            notify_url=notify_url,
            public_key=account["public_key"],
            public_key_id=account["public_key_id"],
        )
        client._core._gate_way = account["origin"]
        async with client:
            yield client

    async def do(self, path: str, **body: object) -> Any:
        """Have something happen."""
        answer = await self.control.post(f"/sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def cache() -> Iterator[str]:
    """A cache of the tests' own. The server of PostgreSQL may run as another user than root: it must see it."""
    with TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
async def sandbox(cache: str) -> AsyncIterator[Sandbox]:
    """The command, started as anybody starts it."""
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL, limit=2**20)
    assert process.stdout
    account = json.loads(await process.stdout.readline())
    async with httpx.AsyncClient(base_url=account["origin"], timeout=30) as control:
        yield Sandbox(account, control)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def answer_of(call: Any) -> tuple[int, Any]:
    """Wait for a call of the client."""
    status, text = await call
    return status, json.loads(text) if text else None


async def heard_of(heard: list[Any], count: int) -> None:
    """Wait until so many notices came."""
    for _ in range(400):
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
        await sandbox.do("push", out_trade_no="PAID-0001")
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
