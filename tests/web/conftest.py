"""What the tests of the frame share: a client without a network, and a real server for a real browser."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.program import make

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A browser of sorts, which comes by http."""
    transport = httpx.ASGITransport(app=make(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        yield client


@pytest.fixture
async def secure_client() -> AsyncIterator[httpx.AsyncClient]:
    """A browser of sorts, which comes by https to a proxy that talks http to us and names another host."""
    transport = httpx.ASGITransport(app=make(url="https://shop.example"), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8800") as client:
        yield client


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a real server with the gallery."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "tests.web.program", str(port)], cwd=ROOT)  # noqa: S603
    url = f"http://127.0.0.1:{port}"
    for _ in range(1_200):
        try:
            httpx.get(url + "/favicon.ico")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    server.terminate()
    server.wait()
