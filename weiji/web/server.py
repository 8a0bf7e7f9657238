"""The HTTP server: uvicorn, and what it leaves to others.

Names in the heads of answers are written as HTTP/1.1 programs have always seen them (`Content-Type`): clients exist
that look for them letter by letter, WeChat Pay's own SDK for Java among them. And whoever sends a head too slowly, or
one too long, is not waited for; nor is who takes nothing of a long answer: what is held for it is others'.

Who is answered before all of a body has come (it is too large, or nobody knows who sends it) may be sending still, and
read the answer only then: a connection closed in their face would take it from them.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import uvicorn
from litestar.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 64 * 1_024
"""Of the address and the headers of a request together."""

HEAD_SECONDS: Final = 20
"""How long a request's head may take to come, from the connection or its own first byte on."""

IDLE_SECONDS: Final = 75
"""How long a connection is kept without a request: longer than proxies keep theirs, so that they end it first."""

UNREAD_BYTES_MAX: Final = 128 * 2**20
UNREAD_SECONDS: Final = 30
"""How much is thrown away, and for how long, of a body that was answered before it had come, where the connection ends
with the answer."""

UNTAKEN_SECONDS: Final = 60
"""How long nothing at all of what waits to be sent may be taken: slow is who takes a little now and then."""

_SPELT: Final[dict[bytes, bytes]] = {b"request-id": b"Request-ID", b"etag": b"ETag"}
"""Names as they are written. Those that `title` spells are added when they are met: the program knows them all."""


def _spell(line: bytes) -> bytes:
    name, colon, value = line.partition(b": ")
    spelt = _SPELT.get(name)
    if spelt is None:
        spelt = _SPELT[name] = name.title()
    return spelt + colon + value


class _Head:
    """Stands for a connection until the head of one answer is written, and writes it with names as they are known."""

    def __init__(self, connection: "_Connection") -> None:
        self.connection = connection
        self.cycle = connection.cycle
        self.transport = connection.transport

    def write(self, data: bytes) -> None:
        """Write the head, and stand aside; what comes before it is no head of an answer (100 Continue)."""
        if self.cycle.response_started:
            self.cycle.transport = cast("Any", _Unread(self.connection)) if self.cycle.more_body else self.transport
            status, *lines = data.split(b"\r\n")
            data = b"\r\n".join([status, *map(_spell, lines)])
        self.transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class _Unread:
    """Stands for a connection while one answer is written before all of its request was read."""

    def __init__(self, connection: "_Connection") -> None:
        self.connection = connection
        self.cycle = connection.cycle
        self.transport = connection.transport
        self.write = self.transport.write

    def close(self) -> None:
        """Close once what still comes is read, if all of the answer was said."""
        if self.cycle.response_complete and self.cycle.more_body:
            self.connection.read_away()
        else:
            self.transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class _Connection(HttpToolsProtocol):
    """A connection whose requests' heads have limits, and which ends only when its last answer could be read."""

    head_bytes = 0
    slow: asyncio.TimerHandle | None = None
    untaken: asyncio.TimerHandle | None = None
    unread_bytes: int | None = None
    """How much more is thrown away of what comes after the last answer; None: that was not given yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_looking()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_later(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._stop_looking()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self.unread_bytes is None:
            super().data_received(data)
            return
        self.unread_bytes -= len(data)
        if self.unread_bytes < 0:
            self.transport.close()

    def read_away(self) -> None:
        """Say no more, and throw away what comes, until the other side is done or it was enough."""
        self.unread_bytes = UNREAD_BYTES_MAX
        self._stop_waiting()
        self.slow = self.loop.call_later(UNREAD_SECONDS, self.transport.close)
        self.transport.write_eof()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_bytes = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        self._weigh(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._weigh(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        # Signatures are over it, and path and query do not tell whether a bare `?` stood between them.
        self.scope["target"] = self.url  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()
        self.cycle.transport = _Head(self)  # type: ignore[assignment]

    def _weigh(self, size: int) -> None:
        self.head_bytes += size
        if self.head_bytes > HEAD_BYTES_MAX:
            raise ValueError("the head of the request is too long")  # It is answered with 400.

    def _await_head(self) -> None:
        if self.slow is None:
            self.slow = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _look_later(self, untaken_bytes: int) -> None:
        self._stop_looking()
        self.untaken = self.loop.call_later(UNTAKEN_SECONDS, self._look, untaken_bytes)

    def _look(self, untaken_bytes: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < untaken_bytes:
            self._look_later(left)
        else:
            self.transport.abort()  # To close it would wait for what nobody takes.

    def _stop_looking(self) -> None:
        if self.untaken is not None:
            self.untaken.cancel()
            self.untaken = None

    def _stop_waiting(self) -> None:
        if self.slow is not None:
            self.slow.cancel()
            self.slow = None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program."""
        yield


class Server:
    """Serves an ASGI application on an address until it is stopped."""

    def __init__(self, app: ASGIApp, host: str, port: int, *, stops_within: int) -> None:
        """Answers that are under way when it stops have *stops_within* seconds."""
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=_Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=stops_within,
        )
        self._server = _Server(config)

    async def serve(self) -> None:
        """Serve until `stop`."""
        await self._server.serve()

    def stop(self) -> None:
        """Take no more requests, and end."""
        self._server.should_exit = True


def behind_proxy(app: ASGIApp) -> ASGIApp:
    """Believe a proxy on this machine who is asking, and by which scheme: rate limits see the right address."""
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app)))
