"""The command, started once for all tests of this folder."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.sandbox.running import Sandbox

FIRST = "first.json"
"""Where the account of the first sandbox is, in the cache."""

STORY = 'name = "first"\n[[steps]]\ndo = "turn-clock"\nseconds = 86400'


@pytest.fixture(scope="package")
def cache() -> Iterator[str]:
    """A cache of the tests' own, after a first sandbox that turned its clock and ended."""
    with TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # The server of PostgreSQL may run as another user than root: it must see it.
        story = Path(folder) / "first.toml"
        story.write_text(STORY)
        arguments = ("--port", "0", "--scenario", str(story), "--output", f"{folder}/{FIRST}")
        command = (sys.executable, "-m", "weiji", "sandbox", *arguments)
        subprocess.run(command, env=os.environ | {"XDG_CACHE_HOME": folder}, stdout=DEVNULL, check=True)  # noqa: S603
        yield folder


@pytest.fixture(scope="package")
async def sandbox(cache: str) -> AsyncIterator[Sandbox]:
    """The command, started as anybody starts it."""
    async with _running(cache) as running:
        yield running


@pytest.fixture
async def own_sandbox(cache: str) -> AsyncIterator[Sandbox]:
    """One for a test alone that changes what all others go by."""
    async with _running(cache) as running:
        yield running


@asynccontextmanager
async def _running(cache: str) -> AsyncIterator[Sandbox]:
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"} | {"XDG_CACHE_HOME": cache}
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL, limit=2**20)
    assert process.stdout
    account = json.loads(await process.stdout.readline())
    english = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=account["origin"], timeout=30, headers=english) as control:
        state = (await control.get("/sandbox/state")).json()
        yield Sandbox(account, control, datetime.fromisoformat(state["now"]))
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
