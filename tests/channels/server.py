"""Serves a fake gateway over real HTTP, in threads of its own: clients of any kind may talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple, Protocol


class Asked(NamedTuple):
    """A request, as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Said(NamedTuple):
    """An answer; None as status: the connection is cut without one."""

    status: int | None
    headers: dict[str, str]
    body: bytes


class Gateway(Protocol):
    """What is served."""

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    """Serve a gateway on a port of this machine, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = gateway.answer(Asked(self.command, self.path, headers, body))
            if said.status is None:
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 204:
                self.send_header("content-length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
