"""The command, started once for all tests of this folder."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.sandbox.running import Sandbox


@pytest.fixture(scope="package")
def cache() -> Iterator[str]:
    """A cache of the tests' own. The server of PostgreSQL may run as another user than root: it must see it."""
    with TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield folder


@pytest.fixture(scope="package")
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
