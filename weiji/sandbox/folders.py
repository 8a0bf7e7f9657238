"""The folder that each sandbox begins with: made once, kept in the user's cache, copied, and its database started.

To make one takes some seconds, a copy a fraction of one. It is made anew where this version of weiji has other
migrations than the one before. All this comes before the program is imported, and while it is, so little is imported
here.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import msgspec
from msgspec import Struct

from weiji import __version__
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.migrate import read_migrations

ACCOUNT: Final = "account.json"


class Account(Struct, frozen=True, kw_only=True):
    """What a program needs to call the sandbox as its merchant. Keys are PEM."""

    shop_id: str
    mchid: str
    appid: str
    serial_no: str
    private_key: str
    certificate: str
    api_v3_key: str
    api_v2_key: str
    """What the old XML calls are signed with; from this machine they may move money."""
    public_key_id: str
    public_key: str


def cache_folder() -> Path:
    """Say where prepared folders are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weiji"


def fingerprint() -> str:
    """Name what a prepared folder is made of."""
    parts = [__version__, *Account.__struct_fields__, *(migration.checksum for migration in read_migrations())]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def ready_folder(cache: Path) -> Path:
    """Say where the folder for this version of weiji is, or would be."""
    return cache / f"sandbox-{fingerprint()}"


def is_ready(folder: Path) -> bool:
    """Tell whether a prepared folder is there, and whole."""
    return (folder / ACCOUNT).is_file()


async def prepare(cache: Path) -> Path:
    """Find the prepared folder, or make it. Who makes it at the same time makes the same."""
    ready = ready_folder(cache)
    if is_ready(ready):
        return ready
    making = _begin(cache)
    try:
        # Both take about as long.
        importing = asyncio.create_task(asyncio.to_thread(import_module, "weiji.sandbox.prepared"))
        async with _started(making) as database:
            account = await (await importing).fill(making, database)
        _finish(making, account, ready)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return ready


@asynccontextmanager
async def _started(folder: Path) -> AsyncIterator[EmbeddedDatabase]:
    """Start a server, and stop it also where this is cancelled while it starts: the thread goes on until it runs."""
    starting = asyncio.create_task(asyncio.to_thread(EmbeddedDatabase, folder))
    try:
        yield await asyncio.shield(starting)
    finally:
        database = await starting
        await asyncio.to_thread(database.stop)


def _begin(cache: Path) -> Path:
    """Remove what other versions left, and make a folder to begin in."""
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob("sandbox-*"):
        shutil.rmtree(old, ignore_errors=True)
    making = Path(mkdtemp(prefix="making-", dir=cache))
    making.chmod(0o755)  # The server may run as another user than root.
    return making


def _finish(making: Path, account: Account, ready: Path) -> None:
    """Put a folder that was made where all find it."""
    (making / ACCOUNT).write_bytes(msgspec.json.encode(account))
    try:
        making.rename(ready)
    except OSError:
        if not is_ready(ready):  # Else somebody else was faster.
            raise


async def copy(ready: Path, folder: Path) -> tuple[Account, EmbeddedDatabase]:
    """Copy a prepared folder to where a sandbox lives, and start its database.

    A process of its own copies: thousands of files by Python would hold up what is imported meanwhile. As root the
    server runs as another user, whose files these stay.
    """
    copying = await asyncio.create_subprocess_exec("cp", "-a", f"{ready}/.", f"{folder}/")
    if await copying.wait():
        raise OSError(f"can't copy {ready} to {folder}")
    account = msgspec.json.decode((folder / ACCOUNT).read_bytes(), type=Account)
    return account, await asyncio.to_thread(EmbeddedDatabase, folder)
