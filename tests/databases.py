"""Databases of the test server: names, copies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


def with_name(url: str, name: str) -> str:
    """Name another database of the same server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@asynccontextmanager
async def copied(server_url: str, template: str, suffix: object) -> AsyncIterator[str]:
    """Copy a database under its name and a suffix; give the copy's address. Copied as files, it takes half the time."""
    name = f"{template}_{suffix}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"create database {name} template {template} strategy file_copy")
        yield with_name(server_url, name)
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()
