"""Proves that only what a merchant signed is answered, and that a refusal says what was wrong."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.wire.world import KEY, World
from weiji.wire import wire_of
from weiji.wire.sealing import make_nonce
from weiji.wire.signing import SCHEME


def authorization(
    key: RSAPrivateKey, mchid: str, serial: str, lines: tuple[str, str, str, str, bytes], /, **other: str
) -> str:
    """Write the header of a request whose five lines were signed."""
    method, url, timestamp, nonce, body = lines
    message = f"{method}\n{url}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
    pairs = {"serial_no": serial, "signature": signature, "mchid": mchid, "nonce_str": nonce, "timestamp": timestamp}
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in (pairs | other).items())


async def ask(
    world: World,
    method: str = "POST",
    path: str = "/v3/security/echo",
    body: bytes = b'{"echo_message":"hello"}',
    *,
    headers: dict[str, str] | None = None,
    key: RSAPrivateKey = KEY,
    lines: Callable[[str, str, str, str, bytes], tuple[str, str, str, str, bytes]] = lambda *given: given,
    **other: str,
) -> httpx.Response:
    """Send a request; *lines* says what is signed instead of what is sent, *other* what the header says instead."""
    given = lines(method, path, str(int(time.time())), make_nonce(), body)
    merchant = world.merchant
    head = authorization(key, merchant.mchid, merchant.serial, given, **other)
    all_headers = {"authorization": head, "content-type": "application/json", **(headers or {})}
    async with httpx.AsyncClient() as client:
        return await client.request(method, world.url + path, content=body, headers=all_headers)


async def verify_answer(world: World, answer: httpx.Response) -> str:
    """Check the signature of an answer, as clients do; return which key made it."""
    ring = await wire_of(world.program.database).keyring.ring()
    key = next(key for key in ring.keys if key.id == answer.headers["wechatpay-serial"])
    message = b"%b\n%b\n%b\n" % (
        answer.headers["wechatpay-timestamp"].encode(),
        answer.headers["wechatpay-nonce"].encode(),
        answer.content,
    )
    signature = base64.b64decode(answer.headers["wechatpay-signature"])
    key.private.public_key().verify(signature, message, PKCS1v15(), SHA256())
    assert answer.headers["wechatpay-signature-type"] == SCHEME
    return key.id


async def test_what_is_signed_is_answered_and_the_answer_is_signed(world: World) -> None:
    answer = await ask(world)
    assert answer.status_code == 200, answer.text
    assert answer.json()["echo_message"] == "hello"
    await verify_answer(world, answer)
    # A client keeps names as they came, and looks for them letter by letter.
    written = {name for name, _ in answer.headers.raw}
    assert {b"Wechatpay-Timestamp", b"Wechatpay-Nonce", b"Wechatpay-Serial", b"Wechatpay-Signature"} <= written
    assert {b"Request-ID", b"Content-Type"} <= written
    ring = await wire_of(world.program.database).keyring.ring()
    for key in ring.keys[:2]:
        answer = await ask(world, headers={"wechatpay-serial": key.id})
        if key.kind != "authority":
            assert await verify_answer(world, answer) == key.id
    # Another client names its own certificate there: that is no fault.
    answer = await ask(world, headers={"wechatpay-serial": world.merchant.serial})
    assert answer.status_code == 200
    # And one writes its serial in lower case, and pairs in another order.
    assert (await ask(world, serial_no=world.merchant.serial.lower())).status_code == 200


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (lambda m, u, t, n, _: (m, u, t, n, b""), "body"),
        (lambda m, u, t, n, b: (m, u, t, n, json.dumps(json.loads(b)).encode()), "body"),
        (lambda m, _, t, n, b: (m, "/v3/security/echo/", t, n, b), "url"),
        (lambda m, u, t, n, b: (m, "https://" + "127.0.0.1" + u, t, n, b), "unknown"),
        (lambda _, u, t, n, b: ("GET", u, t, n, b), "method"),
        (lambda m, u, t, n, b: (m.lower(), u, t, n, b), "method"),
        (lambda m, u, t, n, b: (m, u, t, n, b + b" "), "unknown"),
    ],
)
async def test_a_refusal_says_which_line_differs(world: World, lines: Any, line: str) -> None:
    signed: list[tuple[str, str, str, str, bytes]] = []

    def note(*given: Any) -> Any:
        signed.append(given)
        return lines(*given)

    # What is sent says timestamp and nonce as they were signed, whatever else differs.
    answer = await ask(world, lines=note)
    assert answer.status_code == 401, answer.text
    error = answer.json()
    assert error["code"] == "SIGN_ERROR"
    told = error["detail"]["sign_information"]
    assert told["different_line"] == line, error
    assert [each["name"] for each in told["lines"]] == ["method", "url", "timestamp", "nonce_str", "body"]
    await verify_answer(world, answer)


async def test_another_key_is_told_from_another_line(world: World) -> None:
    other = rsa.generate_private_key(65537, 2048)
    error = (await ask(world, key=other)).json()
    assert error["detail"]["sign_information"]["different_line"] == "key"


@pytest.mark.parametrize("seconds", [-310, 330, -86_400, 9 * 10**10])
async def test_a_request_of_another_time_is_refused(world: World, seconds: int) -> None:
    answer = await ask(world, lines=lambda m, u, t, n, b: (m, u, str(int(t) + seconds), n, b))
    assert answer.status_code == 401
    assert answer.json()["detail"]["field"] == "timestamp"
    assert (await ask(world, lines=lambda m, u, t, n, b: (m, u, str(int(t) - 290), n, b))).status_code == 200


async def test_a_time_of_no_calendar_is_refused(world: World) -> None:
    answer = await ask(world, lines=lambda m, u, _, n, b: (m, u, "9" * 12, n, b))
    assert (answer.status_code, answer.json()["detail"]["field"]) == (401, "authorization")


async def test_a_request_comes_once(world: World) -> None:
    fixed = str(int(time.time())), make_nonce()
    first, *others = await asyncio.gather(
        *(ask(world, lines=lambda m, u, _, __, b: (m, u, *fixed, b)) for _ in range(4))
    )
    answers = sorted(answer.status_code for answer in (first, *others))
    assert answers == [200, 401, 401, 401]
    again = await ask(world, lines=lambda m, u, _, __, b: (m, u, *fixed, b))
    assert again.json()["detail"]["issue"] == "replayed"


async def test_who_is_not_known_is_refused_in_signed_words(world: World) -> None:
    for other, field in (
        ({"mchid": "1000000000"}, "mchid"),
        ({"mchid": "99"}, "mchid"),
        ({"serial_no": "7" * 40}, "serial_no"),
    ):
        answer = await ask(world, **other)
        assert (answer.status_code, answer.json()["detail"]["field"]) == (401, field)
        await verify_answer(world, answer)
    answer = await ask(world, headers={"authorization": "Bearer x"})
    assert answer.status_code == 401
    await verify_answer(world, answer)


async def test_paths_and_bodies_that_are_wrong_are_told(world: World) -> None:
    answer = await ask(world, path="/v3/no/such/path?a=b")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    await verify_answer(world, answer)
    answer = await ask(world, method="GET", body=b"")
    assert answer.status_code == 405
    answer = await ask(world, body=b'{"echo_message":7}')
    assert answer.json()["detail"]["field"] == "/echo_message"
    answer = await ask(world, body=b"{}")
    assert answer.json()["detail"]["field"] == "/echo_message"
    assert (await ask(world, body=b"{")).status_code == 400
    assert (await ask(world, body=b" " * 300_000)).status_code == 413
