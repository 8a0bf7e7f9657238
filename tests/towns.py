"""Demo towns: each process of a test run builds one, and whoever wants one gets a copy as it was when just built."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from msgspec import Struct

from tests.databases import copied
from tests.journeys.serving import serve_town


class BuiltTown(Struct, frozen=True):
    """A town that nobody lives in: the name of its database, its folder, and when it was ready."""

    server_url: str
    name: str
    data: Path
    built_at: datetime


@asynccontextmanager
async def built(server_url: str, template: str, data: Path) -> AsyncIterator[BuiltTown]:
    """Build a town, as `weiji demo` does, and leave it."""
    async with copied(server_url, template, "built_town") as url:
        with serve_town(url, data):
            built_at = datetime.now(UTC)
        yield BuiltTown(server_url, urlsplit(url).path.removeprefix("/"), data, built_at)


@asynccontextmanager
async def copy_of(town: BuiltTown, suffix: object, data: Path) -> AsyncIterator[str]:
    """Copy a town, its files into *data*; give the database's address. Its clock is put back to when it was built."""
    shutil.copytree(town.data, data, dirs_exist_ok=True)
    async with copied(town.server_url, town.name, suffix) as url:
        connection = await asyncpg.connect(url)
        since = datetime.now(UTC) - town.built_at
        await connection.execute("update kit.installation set clock_offset = clock_offset - $1", since)
        await connection.close()
        yield url
