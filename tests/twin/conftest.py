"""What tests of the twin may ask for: a live installation with a place beside it, and a twin of it in this process."""

import base64
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
import pytest

from tests.identity.conftest import _keys
from tests.pages.site import Site, open_site
from tests.twin.examples import LIVE_KEY, TWIN_KEY
from weiji.kit.seal import KEYS
from weiji.program import open_program
from weiji.settings import Settings
from weiji.twin import public_key_text

__all__ = ["_keys"]

SECRET: Final = base64.b64encode(LIVE_KEY).decode()

LIVE: Final = (
    "weiji.search.pages",
    "weiji.catalog.pages",
    "weiji.identity.pages",
    "weiji.twin.merchant_pages",
    "weiji.twin.operator_pages",
    "weiji.twin.api",
)
TWIN: Final = ("weiji.identity.pages", "weiji.twin.merchant_pages", "weiji.wire.merchant_pages")


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Site]:
    """A live installation with a shop. Its twin's server may run as another user than root, who must see the folder."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("update kit.installation set is_clock_free = false, clock_offset = interval '0'")
    await connection.close()
    with TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103
        settings = Settings(
            database_url=database_url,
            data=Path(folder),
            secret=SECRET,
            sandbox_port=free_port(),
            notify_inside=True,
            second_factor="offered",
        )
        async with open_program(settings) as program:
            await program.deliverer.install()
            site = Site(program)
            site.edges = LIVE
            await site.open()
            yield site
            site.close()


@pytest.fixture
async def sandbox(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A sandbox beside a live installation, as this process, with a shop that was opened in it."""
    KEYS.use(LIVE_KEY)
    others: dict[str, Any] = {
        "secret": base64.b64encode(TWIN_KEY).decode(),
        "sandbox_of": public_key_text(),
        "sandbox_token": "the token",
    }
    async with open_site(database_url, tmp_path, **others) as site:
        site.edges = TWIN
        yield site
