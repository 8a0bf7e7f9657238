"""Proves that the server writes heads as clients look for them, and waits for nobody who only pretends to ask."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.web.conftest import free_port
from tests.web.program import make
from weiji.web import server
from weiji.web.server import HEAD_BYTES_MAX, HEAD_SECONDS, UNREAD_SECONDS, Server

BODY = b"HTTP/1.1 is: not\r\nhead-like: text\r\n"


LONG = b"x" * 2**20
LONG_PIECES = 64
"""More than the two sides of a connection keep for each other."""

sent: dict[str, list[str]] = {}
"""By path: what became of long answers."""


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer in two parts that look like heads, once all is read; at /refused at once, at /long with very much."""
    if scope["path"].startswith("/long"):
        ends = sent.setdefault(scope["path"], [])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(LONG_PIECES):
            await send({"type": "http.response.body", "body": LONG, "more_body": True})
        ends.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b""})
        return
    if scope["path"] == "/refused":
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"%d" % len(BODY))]})
        await send({"type": "http.response.body", "body": BODY})
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"wechatpay-serial", b"x-y: z"), (b"request-id", b"7"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY, "more_body": True})
    await send({"type": "http.response.body", "body": BODY})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    port = free_port()
    running = Server(answer, "127.0.0.1", port, stops_within=1)
    serving = asyncio.create_task(running.serve())
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=8)) as client:
        await client.get(f"http://127.0.0.1:{port}/")
    yield port
    running.stop()
    await serving


async def talk(port: int, said: bytes) -> bytes:
    """Say something to the server, and hear it out; nothing where it hangs up before all was said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def is_refused(heard: bytes) -> bool:
    """Tell whether the server answered that it will not, or hung up."""
    return not heard or heard.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("path", ["/-/gallery", "/-/gallery/live", "/nothing-here"])
async def test_a_head_leaves_the_connection_to_the_next_request(path: str) -> None:
    port = free_port()
    running = Server(make(), "127.0.0.1", port, stops_within=1)
    serving = asyncio.create_task(running.serve())
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=8)) as client:
        head = await client.head(f"http://127.0.0.1:{port}{path}")
        after = await client.get(f"http://127.0.0.1:{port}/whereabouts")
    running.stop()
    await serving
    assert (head.status_code, head.content) == (404 if path == "/nothing-here" else 200, b"")
    assert after.text == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked",
        b"Content-Length: 6\r\nContent-Length: 0",
        b"Content-Length: +6",
        b"Content-Length: 6\r\nTransfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
    ],
)
async def test_a_request_that_could_end_in_two_places_is_refused(port: int, lengths: bytes) -> None:
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    heard = await talk(port, b"POST / HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n\r\n" + hidden)
    assert is_refused(heard)
    assert heard.count(b"HTTP/1.1") <= 1


async def test_who_takes_nothing_of_a_long_answer_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UNTAKEN_SECONDS", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**10)
    writer.write(b"GET /long/still HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    # Who takes a little now and then is waited for, however long it takes altogether.
    slow, slows = await asyncio.open_connection("127.0.0.1", port, limit=2**10)
    slows.write(b"GET /long/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    taken = 0
    for _ in range(10):
        taken += len(await slow.readexactly(2**20))
        await asyncio.sleep(0.2)
    assert sent["/long/still"] == ["http.disconnect"], "its answer has ended, and the connection"
    taken += await rest_of(slow)
    assert taken > LONG_PIECES * len(LONG)
    assert await rest_of(reader) < LONG_PIECES * len(LONG)
    for each in (writer, slows):
        each.close()
        with suppress(ConnectionError):
            await each.wait_closed()


async def rest_of(reader: asyncio.StreamReader) -> int:
    """Count what still comes until the connection ends."""
    taken = 0
    with suppress(ConnectionResetError):
        while piece := await reader.read(2**20):
            taken += len(piece)
    return taken


async def test_names_in_heads_are_written_as_clients_look_for_them(port: int) -> None:
    heard = await talk(port, b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
    head, _, body = heard.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    names = {line.partition(":")[0] for line in lines[1:]}
    assert {"Wechatpay-Serial", "Request-ID", "Content-Type", "Date", "Transfer-Encoding", "Connection"} == names
    assert "Wechatpay-Serial: x-y: z" in lines
    assert body.count(BODY) == 2


async def test_answers_of_one_connection_all_have_such_heads(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(3):
            found = await client.post("/", content=b"x" * 100_000, headers={"expect": "100-continue"})
            assert (b"Wechatpay-Serial", b"x-y: z") in found.headers.raw
            assert found.content == BODY * 2


@pytest.mark.parametrize(
    "head",
    [b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1", b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD_BYTES_MAX],
    ids=["address", "header"],
)
async def test_a_head_that_is_too_long_is_refused(port: int, head: bytes) -> None:
    whole = head + b"\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert is_refused(await talk(port, whole))
    assert (await talk(port, whole.replace(b"a" * 1_000, b""))).startswith(b"HTTP/1.1 200")


async def test_many_headers_are_refused_before_they_end(port: int) -> None:
    endless = b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * HEAD_BYTES_MAX
    assert is_refused(await asyncio.wait_for(talk(port, endless), 60))


async def test_who_sends_all_before_they_read_hears_why_it_was_refused(port: int) -> None:
    def send() -> tuple[int, bytes]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with (
            pytest.raises(urllib.error.HTTPError) as refused,
            opener.open(f"http://127.0.0.1:{port}/refused", b"x" * 2**25),
        ):
            pass
        with refused.value as error:
            return error.code, error.read()

    assert await asyncio.to_thread(send) == (413, BODY)


async def test_what_is_thrown_away_has_a_limit(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"POST /refused HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 999999999\r\n\r\n"

    async def is_hung_up_on() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        assert (await reader.read()).endswith(BODY)  # To the end of what the server says: it only listens now.
        try:
            while True:
                writer.write(b"x" * 2**16)
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            return True
        finally:
            writer.close()

    monkeypatch.setattr(server, "UNREAD_BYTES_MAX", 2**18)
    assert await asyncio.wait_for(is_hung_up_on(), UNREAD_SECONDS - 5)
    monkeypatch.setattr(server, "UNREAD_BYTES_MAX", 2**40)
    monkeypatch.setattr(server, "UNREAD_SECONDS", 0.2)
    assert await asyncio.wait_for(is_hung_up_on(), UNREAD_SECONDS - 5)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["nothing", "half a head"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    port: int, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    assert await asyncio.wait_for(talk(port, said), HEAD_SECONDS - 5) == b""


async def test_the_next_head_of_a_connection_is_not_waited_for_either(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    heard = await asyncio.wait_for(talk(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTT"), HEAD_SECONDS - 5)
    assert heard.count(b"HTTP/1.1 200") == 1
