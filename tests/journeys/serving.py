"""A real server with a demo town, in a process and on a database of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).parents[2]
STARTS_WITHIN: Final = 900.0
STOPS_WITHIN: Final = 15.0


@contextmanager
def serve_town(database_url: str, data: Path) -> Iterator[str]:
    """Run `weiji demo` on a migrated database; give its address once it serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"WEIJI_DATABASE_URL": database_url, "WEIJI_DATA": str(data), "WEIJI_PORT": str(port)}
    others = {name: value for name, value in os.environ.items() if not name.startswith("WEIJI_")}
    log = data / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "weiji", "demo"], cwd=ROOT, env={**others, **settings}, stdout=output, stderr=output
        )
        try:
            _wait(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    text = log.read_text("utf-8")
    assert "Traceback" not in text, text


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text("utf-8")
        try:
            if httpx.get(url + "/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(log.read_text("utf-8"))
