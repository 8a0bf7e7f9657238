"""Proves that only what a merchant signed is answered, and that a refusal says what was wrong."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from threading import current_thread
from typing import Any, Final, cast
from unittest.mock import patch
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from structlog.testing import capture_logs

from tests.wire.world import APPID, KEY, Account, World, make_merchant, open_shop
from weiji.app import backend_of
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web.locales import speaking
from weiji.web.visit import Visit
from weiji.wire import calls, make_gates, wire_of
from weiji.wire.errors import WireError
from weiji.wire.gate import FAILURES, PREFIX, ROUTES, SEARCHES, Gate
from weiji.wire.keys import Directory, Party
from weiji.wire.keys.keyring import Keyring, Ring
from weiji.wire.openids import openid_of
from weiji.wire.sealing import make_nonce
from weiji.wire.signing import SCHEME, TRIED_BYTES_MAX, Difference, Signed, find_difference


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
    ("sent", "signed", "status"),
    [
        ("?", "?", 200),
        ("?", "", 200),
        ("", "", 200),
        ("", "?", 401),
        ("?a=1?", "?a=1", 401),
        ("?a=1", "?a=1?", 401),
    ],
)
async def test_the_mark_of_an_empty_query_may_be_signed_where_it_is_sent(
    world: World, sent: str, signed: str, status: int
) -> None:
    path, lines = "/v3/security/echo", []

    def sign(method: str, url: str, *rest: Any) -> Any:
        lines.append(url)
        return (method, path + signed, *rest)

    answer = await ask(world, path=path + sent, lines=sign, headers={"accept-language": "en"})
    assert lines == [path + sent]
    assert answer.status_code == status, answer.text
    if (sent, signed) == ("", "?"):
        assert "a question mark was signed" in answer.json()["message"]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (lambda m, u, t, n, _: (m, u, t, n, b""), "body"),
        (lambda m, u, t, n, b: (m, u, t, n, json.dumps(json.loads(b)).encode()), "body"),
        (lambda m, _, t, n, b: (m, "/v3/security/echo/", t, n, b), "url"),
        (lambda m, u, t, n, b: (m, "https://" + "127.0.0.1" + u, t, n, b), "unknown"),
        (lambda _, u, t, n, b: ("GET", u, t, n, b), "method"),
        (lambda m, u, t, n, b: (m.lower(), u, t, n, b), "method"),
        (lambda m, u, t, n, b: (m, u, t, n, b"[2," + b), "unknown"),
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


SIGNED: Final = Signed(
    method="GET",
    target="/v3/pay/transactions/out-trade-no/A%2A1?mchid=1900000001&b=a%20b",
    timestamp="1700000000",
    nonce="Nonce",
    body='{"b": "<茶>", "a": "http://x"}'.encode(),
)


@pytest.mark.parametrize(
    ("changed", "line", "hint"),
    [
        ({"target": SIGNED.target.partition("?")[0]}, "url", "the query is missing"),
        ({"target": "/v3/pay/transactions/out-trade-no/A%2A1?b=a%20b&mchid=1900000001"}, "url", "another order"),
        ({"target": SIGNED.target.replace("%20", " ")}, "url", "without being encoded"),
        ({"target": SIGNED.target.replace("%2A", "%2a")}, "url", "in the other case"),
        ({"target": f"http://shop.example{SIGNED.target}"}, "url", "scheme and host"),
        ({"timestamp": "1700000001"}, "timestamp", "1700000001 was signed"),
        ({"target": f"https://api.mch.weixin.qq.com{SIGNED.target}"}, "url", "scheme and host"),
        ({"target": SIGNED.target.removeprefix("/v3")}, "url", "/v3 is missing"),
        *(({"method": method}, "method", f"{method} was signed") for method in ("POST", "PUT", "PATCH", "DELETE")),
        ({"timestamp": "1700000000000"}, "timestamp", "milliseconds"),
        ({"timestamp": "1700000000123"}, "timestamp", "milliseconds"),
        ({"timestamp": "1699999999990"}, "timestamp", "milliseconds"),
        ({"timestamp": "1699999970"}, "timestamp", "1699999970 was signed"),
        ({"timestamp": "1700000300"}, "timestamp", "1700000300 was signed"),
        ({"timestamp": "1700028800"}, "timestamp", "1700028800 was signed"),
        ({"timestamp": "1700000301"}, "unknown", "digests of the lines"),
        ({"body": '{"a": "http://x", "b": "<茶>"}'.encode()}, "body", "written otherwise"),
        ({"body": '{\n    "b": "<茶>",\n    "a": "http://x"\n}'.encode()}, "body", "written otherwise"),
        ({"body": rb'{"b":"\u003c\u8336\u003e","a":"http://x"}'}, "body", "escaped"),
        ({"body": '{"b": "<茶>", "a": "http://x"}'.encode("gbk")}, "body", "GBK"),
        ({"body": b"--x the whole form --x--"}, "body", "field meta"),
    ],
)
def test_what_newcomers_sign_is_told_by_what_they_did(changed: dict[str, Any], line: str, hint: str) -> None:
    found = _difference(msgspec.structs.replace(SIGNED, **changed).message)
    assert (found.line, hint in found.hint) == (line, True), found


def test_fields_in_any_order_are_told() -> None:
    sent = msgspec.structs.replace(
        SIGNED, body=b'{"mchid":"1900000001","appid":"wx1","amount":{"total":1},"attach":"x"}'
    )
    other = {"attach": "x", "amount": {"total": 1}, "mchid": "1900000001", "appid": "wx1"}
    found = _difference(msgspec.structs.replace(sent, body=json.dumps(other).encode()).message, sent)
    assert (found.line, "written otherwise" in found.hint) == ("body", True), found


def test_what_is_nested_deep_is_not_written_anew() -> None:
    with patch("weiji.wire.signing.json.dumps", side_effect=AssertionError):
        assert _difference(b"another", msgspec.structs.replace(SIGNED, body=b"[" * 900 + b"]" * 900)).line == "unknown"


def test_what_is_long_is_not_written_anew() -> None:
    for size, line in ((16_000, "body"), (16_384, "unknown")):
        sent = msgspec.structs.replace(SIGNED, body=b'{"a": "%b"}' % (b"x" * size))
        compact = msgspec.structs.replace(sent, body=sent.body.replace(b" ", b""))
        assert _difference(compact.message, sent).line == line, size


async def test_what_was_signed_is_found_out_so_often_and_in_a_thread_of_its_own(world: World) -> None:
    gate = Gate(cast("Any", world.program), wire_of(world.program.database))
    threads, told = list[str](), list[str]()

    def search(*sent: Any) -> Difference:
        threads.append(current_thread().name)
        return find_difference(*sent)

    signed = "POST", "/v3/security/echo", str(int(time.time())), make_nonce(), b""
    headers = {"authorization": authorization(KEY, world.merchant.mchid, world.merchant.serial, signed)}
    with patch("weiji.wire.gate.find_difference", search):
        for _ in range(31):
            with pytest.raises(WireError) as refused:
                await gate._prove(*signed[:2], b"{}", b"{}", headers, "shop.example")
            told.append(cast("Any", refused.value.detail)["sign_information"]["different_line"])
    assert told == ["body"] * 30 + ["unknown"]
    assert (len(threads), len(set(threads)), threads[0].startswith("search")) == (30, 1, True)


def test_what_is_tried_is_bounded() -> None:
    sent = msgspec.structs.replace(SIGNED, body=b'"%b"' % (b"x" * 2**20))
    with patch("weiji.wire.signing.sha256", wraps=sha256) as hashing:
        assert _difference(b"another", sent).line == "unknown"
        assert sum(len(call.args[0]) for call in hashing.mock_calls if call.args) <= TRIED_BYTES_MAX + 2**21


def test_a_query_of_other_scripts_is_told_too() -> None:
    sent = msgspec.structs.replace(SIGNED, target="/v3/pay/transactions/out-trade-no/A%2A1?name=%E8%8C%B6")
    signed = msgspec.structs.replace(sent, target=sent.target.replace("%E8%8C%B6", "茶".encode().decode("latin-1")))
    found = _difference(signed.message, sent)
    assert (found.line, "without being encoded" in found.hint) == ("url", True), found


@pytest.mark.parametrize(("joint", "hint"), [(b"\\n", "a backslash"), (b"\r\n", "CR LF")])
def test_lines_that_were_joined_otherwise_are_told(joint: bytes, hint: str) -> None:
    assert hint in _difference(SIGNED.message.replace(b"\n", joint)).hint
    assert "behind the last line" in _difference(SIGNED.message[:-1]).hint


def test_a_signature_of_another_kind_or_key_is_told() -> None:
    for algorithm, name in ((SHA1(), "SHA-1"), (SHA512(), "SHA-512")):  # noqa: S303 - It is what some sign with.
        found = _difference(SIGNED.message, algorithm=algorithm)
        assert (found.line, name in found.hint) == ("algorithm", True)
    assert "不是 API 密钥" in find_difference(KEY.public_key(), SIGNED, b"x" * 32, "", b"", {}).hint
    other = rsa.generate_private_key(65537, 2048)
    signature = other.sign(SIGNED.message, PKCS1v15(), SHA256())
    found = find_difference(KEY.public_key(), SIGNED, signature, "", b"", {"5C2D": other.public_key()})
    assert (found.line, "证书 5C2D" in found.hint) == ("key", True)
    assert find_difference(KEY.public_key(), SIGNED, signature, "", b"", {}).line == "key"


def _difference(message: bytes, sent: Signed = SIGNED, algorithm: HashAlgorithm | None = None) -> Difference:
    signature = KEY.sign(message, PKCS1v15(), algorithm or SHA256())
    with speaking("en"):
        return find_difference(KEY.public_key(), sent, signature, "shop.example", b"--x the whole form --x--", {})


async def test_a_certificate_of_ours_and_no_signature_at_all_are_told(world: World) -> None:
    ring = await wire_of(world.program.database).keyring.ring()
    answer = await ask(world, serial_no=ring.certificates(clock.wall())[0].id)
    assert "平台证书的序列号" in answer.json()["message"]
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{world.url}/v3/certificates")
    assert "没有这个请求头" in answer.json()["message"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (None, "签名和这个请求对不上：请求体前后的空白没有签。"),
        ("*", "签名和这个请求对不上：请求体前后的空白没有签。"),
        ("zh-HK, en;q=0.5", "签名和这个请求对不上：请求体前后的空白没有签。"),
        ("en-US,en;q=0.9", "The signature is not of this request: spaces round the body were not signed."),
    ],
)
async def test_a_program_reads_in_the_language_that_it_asks_for(world: World, asked: str | None, words: str) -> None:
    headers = {"accept-language": asked} if asked else {}
    answer = await ask(
        world, body=b'{"echo_message": "a"} ', lines=lambda *five: (*five[:4], five[4].strip()), headers=headers
    )
    assert answer.json()["message"] == words
    answer = await ask(world, body=b"{}", headers=headers)
    missing = "没有给" if words[0] == "签" else "is missing"
    assert answer.json()["message"] == f"/echo_message: {missing}"
    # What is wrong with a type is read out of what the library says.
    answer = await ask(world, body=b'{"echo_message":{}}', headers=headers)
    assert answer.json()["detail"]["issue"].isascii() == (words[0] != "签")


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
    # What changes nothing is answered as often as it comes.
    asking = {"method": "GET", "path": "/v3/certificates", "body": b""}
    for _ in range(2):
        answer = await ask(world, **asking, lines=lambda m, u, _, __, b: (m, u, *fixed, b))
        assert answer.status_code == 200, answer.text


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


async def test_who_writes_every_field_it_has_a_name_for_is_understood(world: World) -> None:
    order = {
        "appid": APPID,
        "mchid": world.merchant.mchid,
        "sp_mchid": None,
        "sub_mchid": "",
        "description": "茶",
        "out_trade_no": make_nonce(),
        "notify_url": "https://127.0.0.1/told",
        "time_expire": None,
        "attach": None,
        "amount": {"total": 5.0, "currency": None},
        "settle_info": {"profit_sharing": None},
        "scene_info": None,
    }
    answer = await ask(world, path="/v3/pay/transactions/native", body=json.dumps(order).encode())
    assert answer.status_code == 200, answer.text
    # What has to be there and is empty is missing; what is no whole number is none.
    for spoilt, field in (
        ({**order, "description": ""}, "/description"),
        ({**order, "amount": {"total": 5.5}}, "/amount/total"),
        ({**order, "amount": None}, "/amount"),
    ):
        answer = await ask(world, path="/v3/pay/transactions/native", body=json.dumps(spoilt).encode())
        assert (answer.status_code, answer.json()["detail"]["field"]) == (400, field)


async def test_nothing_has_a_kind_too(world: World) -> None:
    order = json.dumps(_whole(world, "/v3/pay/transactions/native")).encode()
    assert (await ask(world, path="/v3/pay/transactions/native", body=order)).status_code == 200
    path = f"/v3/pay/transactions/out-trade-no/{json.loads(order)['out_trade_no']}/close"
    answer = await ask(world, path=path, body=json.dumps({"mchid": world.merchant.mchid}).encode())
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (204, "application/json")
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


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v3/pay/transactions/native", {"appid": "wx\0"}, "/appid"),
        ("/v3/pay/transactions/jsapi", {"payer": {"openid": "o\0"}}, "/payer/openid"),
        ("/v3/fund-app/mch-transfer/transfer-bills", {"transfer_scene_id": "\0"}, "/transfer_scene_id"),
        ("/v3/transfer/batches", {"transfer_scene_id": "\0"}, "/transfer_scene_id"),
        ("/v3/profitsharing/receivers/add", {"relation_type": "\0"}, "/relation_type"),
    ],
)
async def test_a_text_that_cannot_be_kept_is_told(world: World, path: str, body: dict[str, Any], field: str) -> None:
    answer = await ask(world, path=path, body=json.dumps(_whole(world, path) | body).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR"), answer.text
    assert answer.json()["detail"]["field"] == field


def _whole(world: World, path: str) -> dict[str, Any]:
    """Make a body that could be taken, as far as that matters for what is wrong with it."""
    openid = openid_of(APPID, new_id())
    if "receivers" in path:
        return {"type": "MERCHANT_ID", "account": world.merchant.mchid}
    if "transfer" not in path:
        order = {"appid": APPID, "mchid": world.merchant.mchid, "description": "茶", "out_trade_no": make_nonce()}
        return {**order, "notify_url": "https://127.0.0.1/told", "amount": {"total": 5}, "payer": {"openid": openid}}
    bill = {"out_bill_no": make_nonce(), "transfer_amount": 5, "transfer_remark": "礼", "openid": openid}
    detail = {"out_detail_no": "1", "transfer_amount": 5, "transfer_remark": "礼", "openid": openid}
    many = {"out_batch_no": make_nonce(), "batch_name": "批", "batch_remark": "礼", "total_amount": 5, "total_num": 1}
    return {"appid": APPID, **bill, **many, "transfer_detail_list": [detail]}


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\x00", "a\x00b", "\U0001f375", "../..", "0" * 32, "f" * 32, "2026-02-30", "9999-12-31", ""]),
)
FIELDS = sorted(
    {
        name
        for module in calls.ALL
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        for name in kind.__struct_fields__
    }
)
"""The names of what bodies have, so that what is sent comes further than an unknown field would."""
VALUES = st.recursive(
    JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
)
SEGMENTS = st.text(max_size=8) | st.sampled_from(["\x00", "%", "..", "0" * 32, "f" * 32])


@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_comes_is_answered_and_nothing_makes_it_fail(world: World, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(ROUTES.endpoints))
    path = "/".join(quote(data.draw(SEGMENTS)) if each[:1] == "{" else each for each in endpoint.template.split("/"))
    query = data.draw(st.dictionaries(st.sampled_from([*FIELDS, *QUERIES]), st.text(max_size=12), max_size=6))
    raw = data.draw(st.sampled_from(["json", "bytes", "form"]))
    if raw == "json":
        body = json.dumps(data.draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=12))).encode()
    elif raw == "bytes":
        body = data.draw(st.binary(max_size=100))
    else:
        meta = data.draw(st.sampled_from([b"{}", b"7", b"\xff", b""]))
        body = form_of(meta, data.draw(st.binary(max_size=60)))
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), st.binary(max_size=30), max_size=3))
    method = data.draw(st.sampled_from([endpoint.method] * 5 + ["PUT", "X"]))
    target = f"{path}?{urlencode(query)}" if query else path
    is_proved = data.draw(st.sampled_from([True] * 4 + [False]))
    signed = body
    if endpoint.has_meta:
        headers[b"content-type"] = b"multipart/form-data; boundary=x"
        signed = meta if raw == "form" else b""
    if is_proved:
        lines = (method, target, str(int(time.time())), make_nonce(), signed)
        head = authorization(KEY, world.merchant.mchid, world.merchant.serial, lines)
        headers[b"authorization"] = head.encode()
    status, answer = await serve_raw(world, method, target, headers, body)
    assert 200 <= status < 500, (method, target, body, answer)
    if not is_proved:
        assert status in (400, 401)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/v3/applyment4sub/applyment/business_code/%00", 404),
        ("/v3/ecommerce/applyments/out-request-no/a%00b", 404),
        ("/v3/pay/transactions/out-trade-no/T-0001?mchid=%00", 400),
    ],
)
async def test_nothing_in_an_address_is_called_by_what_no_text_can_keep(world: World, target: str, status: int) -> None:
    lines = ("GET", target, str(int(time.time())), make_nonce(), b"")
    head = authorization(KEY, world.merchant.mchid, world.merchant.serial, lines)
    found, answer = await serve_raw(world, "GET", target, {b"authorization": head.encode()}, b"")
    assert found == status, answer


def form_of(meta: bytes, file: bytes) -> bytes:
    """Write a form as clients do for an upload."""
    head = b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n'
    return head % (b"meta", b"") + meta + b"\r\n" + head % (b"file", b'; filename="a"') + file + b"\r\n--x--\r\n"


QUERIES = ("offset", "limit", "bill_date", "account_number", "token", "begin_date", "end_date", "date", "mchid")
HEADERS = (b"wechatpay-serial", b"content-type", b"host", b"x-forwarded-proto", b"accept", b"idempotency-key")


async def test_what_cannot_be_signed_is_answered_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Keyring) -> Ring:
        raise ConnectionRefusedError

    monkeypatch.setattr(Keyring, "ring", fail)
    status, body = await serve_raw(world, "GET", "/v3/certificates", {}, b"")
    assert (status, msgspec.json.decode(body)["code"]) == (401, "SIGN_ERROR")


async def test_what_takes_too_long_is_busy_and_noted_with_where_it_came_from(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(_: Directory, mchid: str) -> Party | None:
        raise TimeoutError(mchid)

    monkeypatch.setattr(Directory, "find", wait)
    old = b"<xml><mch_id>1000000000</mch_id></xml>"
    with capture_logs() as lines:
        answer = await ask(world)
        async with httpx.AsyncClient() as client:
            old_answer = await client.post(f"{world.url}/mmpaymkttransfers/gethbinfo", content=old)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        503,
        "SERVICE_UNAVAILABLE",
        "60",
    )
    assert "<err_code>SYSTEMERROR</err_code>" in old_answer.text.replace("<![CDATA[", "").replace("]]>", "")
    noted = [(line["path"], type(line["exc_info"])) for line in lines if line["event"] == "not_answered"]
    assert noted == [("/v3/security/echo", TimeoutError), ("/mmpaymkttransfers/gethbinfo", TimeoutError)]


async def serve_raw(
    world: World, method: str, target: str, headers: dict[bytes, bytes], body: bytes
) -> tuple[int, bytes]:
    """Have the gate serve bytes that no client would send; give status and body of the answer."""
    program = world.program
    backend = backend_of(program)
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": list(headers.items()),
        "client": ("127.0.0.1", 1),
        "state": {"visit": Visit(request_id="fuzz", started_ns=0, is_secure=False)},
    }
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await make_gates(backend, is_limited=False)[PREFIX](scope, receive, send)  # type: ignore[arg-type]
    return told[0]["status"], told[1]["body"]


@pytest.fixture
def limiter(world: World) -> Iterator[FixedWindowRateLimiter]:
    """What the gate counts by, where others have none."""
    (gate,) = (each for each in world.site.app.app.state["gates"] if isinstance(each, Gate))
    counting = FixedWindowRateLimiter(MemoryStorage())
    with patch.object(gate, "limiter", counting):
        yield counting


async def test_what_was_signed_is_found_out_so_often_for_a_merchant_and_no_oftener(
    world: World, limiter: FixedWindowRateLimiter
) -> None:
    async def line_of(account: Account) -> str:
        """Sign another path than that which is sent, and say which line we find to differ."""
        answer = await ask(
            world,
            lines=lambda method, path, *others: (method, f"{path}/", *others),
            mchid=account.mchid,
            serial_no=account.serial,
        )
        assert answer.status_code == 401
        told = answer.json()["detail"]["sign_information"]
        # The digests are told however often: whoever signs compares them.
        assert [each["name"] for each in told["lines"]] == ["method", "url", "timestamp", "nonce_str", "body"]
        return str(told["different_line"])

    other = await make_merchant(world.site, await open_shop(world.site, "别的程序"))
    assert SEARCHES == "30/minute"
    assert await line_of(world.merchant) == "url"
    assert await limiter.hit(parse(SEARCHES), "searches", world.merchant.mchid, cost=28)  # As if it had gone on.
    assert [await line_of(world.merchant) for _ in range(3)] == ["url", "unknown", "unknown"]
    assert await line_of(other) == "url", "each has their own"
    await limiter.clear(parse(SEARCHES), "searches", world.merchant.mchid)  # The minute is over.
    assert await line_of(world.merchant) == "url"
    assert (await ask(world)).status_code == 200


async def test_so_many_requests_of_an_address_that_prove_nothing_are_looked_at_and_no_more(
    world: World, limiter: FixedWindowRateLimiter
) -> None:
    assert await limiter.hit(parse(FAILURES), "failures", "127.0.0.1", cost=299)
    answers = [await ask(world, mchid="1999999999") for _ in range(2)]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (401, "SIGN_ERROR"),
        (429, "FREQUENCY_LIMITED"),
    ]
    assert answers[1].headers["retry-after"] == "60"
    assert (await ask(world)).status_code == 429, "whoever it is"
    await limiter.clear(parse(FAILURES), "failures", "127.0.0.1")
    assert ((await ask(world)).status_code, FAILURES) == (200, "300/minute")
