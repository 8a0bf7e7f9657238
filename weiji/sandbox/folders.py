"""What each sandbox begins with: made by the first, kept in the user's cache when that ends, and copied by the others.

To make it takes two seconds, a copy a fraction of one. It is made anew where this version of weiji would make another.
All this comes before the program is imported, and while it is, so little is imported here.
"""

import asyncio
import fcntl
import os
import platform
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from subprocess import SubprocessError
from tempfile import TemporaryDirectory, gettempdir, mkdtemp
from typing import Final

import click
import msgspec
from msgspec import Struct

from weiji import __version__
from weiji.kit import embedded
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.migrate import migrate, read_migrations

PROGRAM: Final = Path(__file__).parents[1]

NO_SOURCES: Final = frozenset({"__pycache__", "dist", "templates", "topics", "assets", "translations"})
"""Folders of the program that need not be looked through for its sources."""

ACCOUNT: Final = "account.json"

PARTS: Final = ("postgres", "keys", ACCOUNT)
"""What a sandbox begins with. Whatever else is in its folder is of its own life."""

PREPARED: Final = "sandbox-"
COPYING: Final = "copying-"
"""What the names in the cache begin with: of folders that are whole, and of one that is copied there."""

KEPT: Final = 3
"""Folders of other versions that stay there, those that were used last: two checkouts may take turns."""

LIVING: Final = "weiji-sandbox-"
"""What the names of temporary folders begin with, in which sandboxes live."""

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - Folders in it have names that nobody guesses.
"""Where Linux keeps files in memory. A database is thousands of small ones: a busy disk takes seconds to make them."""

MEMORY_NEEDED: Final = 2 << 30
"""Bytes that must be free there: a sandbox begins with some 60 MB, and may live long."""

HELD: Final = "held"
"""The file in it that is locked while its sandbox lives."""

BEGINNING_SECONDS_MAX: Final = 60
"""Within which that is locked."""

COPYING_SECONDS_MAX: Final = 600
"""After which a folder that is copied there is that of somebody who was killed."""


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
    platform_certificate: str
    """For clients that check with certificates and want one before they fetch them."""


def cache_folder() -> Path:
    """Say where prepared folders are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weiji"


def fingerprint() -> str:
    """Name what a prepared folder is made of, by whom, and for which machine: another one is of no use."""
    parts = [
        __version__,
        str(embedded.VERSION),
        platform.machine(),
        str(os.geteuid()),
        *sorted(_describe_sources(PROGRAM)),
        *(migration.checksum for migration in read_migrations()),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _describe_sources(folder: Path) -> Iterator[str]:
    """Describe every source file of the program: to read them all would take ten times as long.

    In whole seconds: layers of container images keep no fractions, so where one was prepared it would be of no use.
    """
    whole = str(folder)
    for root, folders, names in os.walk(whole):
        folders[:] = [name for name in folders if name not in NO_SOURCES]
        for name in names:
            if name.endswith((".py", ".sql")):
                path = os.path.join(root, name)  # noqa: PTH118 - A Path for each would take as long as all else.
                is_now = os.stat(path)  # noqa: PTH116
                yield f"{path.removeprefix(whole)} {is_now.st_size} {int(is_now.st_mtime)}"


def ready_folder(cache: Path) -> Path:
    """Say where the folder for this version of weiji is, or would be."""
    return cache / f"{PREPARED}{fingerprint()}"


def is_ready(folder: Path) -> bool:
    """Tell whether a prepared folder is there, and whole."""
    return (folder / ACCOUNT).is_file()


class Home(Struct, frozen=True, kw_only=True):
    """Where a sandbox lives: a folder, and the database in it, which runs."""

    folder: Path
    database_url: str
    account: Account


@asynccontextmanager
async def living(importing: Awaitable[object]) -> AsyncIterator[Home]:
    """Give a sandbox a temporary folder to live in, which is gone afterwards. *importing* imports the program."""
    ready = ready_folder(cache_folder())
    is_new = not is_ready(ready)
    where = temporary_folder()
    with (
        TemporaryDirectory(prefix=LIVING, dir=where, ignore_cleanup_errors=True) as name,
        (Path(name) / HELD).open("w") as held,
    ):
        fcntl.flock(held, fcntl.LOCK_EX)
        folder = Path(name)
        for temporary in {where, MEMORY}:
            _sweep_killed(temporary)
        if not is_new:
            try:
                account, database = await _copy(ready, folder)
            except Exception as error:  # Whatever is wrong with what was kept, a new one has not.
                click.echo(f"what was kept for sandboxes is of no use, and is made anew: {error}", err=True)
                await asyncio.to_thread(_remove, ready)
                is_new, folder = True, folder / "anew"
                folder.mkdir()
        if is_new:
            account, database = await _make(folder, importing)
        try:
            yield Home(folder=folder, database_url=database.url, account=account)
            if is_new:
                await _keep(folder, database, ready)
        finally:
            await asyncio.to_thread(database.stop)


def temporary_folder() -> Path:
    """Say where temporary folders are: in memory, if there is room, and nobody has said where (TMPDIR)."""
    if "TMPDIR" not in os.environ:
        with suppress(OSError):
            if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
                return MEMORY
    return Path(gettempdir())


def _sweep_killed(temporary: Path) -> None:
    """Remove the folders of sandboxes that were killed. A server whose folder is gone ends within a minute."""
    for folder in temporary.glob(f"{LIVING}*"):
        try:
            # Others write there, too: neither is a link followed, nor is there waited for whoever writes into a pipe.
            held = os.open(folder / HELD, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            continue  # It begins, ends, or is another user's.
        try:
            found = os.fstat(held)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # It lives.
        finally:
            os.close(held)
        if found.st_uid == os.geteuid() and found.st_mtime < time.time() - BEGINNING_SECONDS_MAX:
            shutil.rmtree(folder, ignore_errors=True)


async def _copy(ready: Path, folder: Path) -> tuple[Account, EmbeddedDatabase]:
    """Begin with what was kept."""
    with suppress(OSError):
        os.utime(ready)  # It is of use.
    await _copy_files(f"{ready}/.", to=folder)
    account = msgspec.json.decode((folder / ACCOUNT).read_bytes(), type=Account)
    (folder / "postgres" / "PG_VERSION").stat()  # Else the server would begin with nothing.
    return account, await _start(folder)


async def _make(folder: Path, importing: Awaitable[object]) -> tuple[Account, EmbeddedDatabase]:
    """Make anew what a sandbox begins with, and set it aside in its database, for when it ends."""
    database = await _start(folder)
    try:
        await migrate(database.url)
        await importing
        from weiji.sandbox.prepared import fill

        account = await fill(folder, database.url)
        (folder / ACCOUNT).write_bytes(msgspec.json.encode(account))
        await asyncio.to_thread(database.set_aside)
    except BaseException:
        await asyncio.to_thread(database.stop)
        raise
    return account, database


async def _start(folder: Path) -> EmbeddedDatabase:
    """Start the database, a new one where there is none, and stop it where this is cancelled meanwhile."""
    starting = asyncio.create_task(asyncio.to_thread(EmbeddedDatabase, folder, is_volatile=True))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread((await starting).stop)  # The thread goes on until it runs.
        raise


async def _keep(folder: Path, database: EmbeddedDatabase, ready: Path) -> None:
    """Keep what a new sandbox began with for those that come after it. What is found there is trusted.

    So it comes there whole, or not at all; then the next is as slow as this one. It is on the disk before it has its
    name: else a machine that crashes might keep the name alone.
    """
    cache = ready.parent
    try:
        await asyncio.to_thread(database.go_back)
        await asyncio.to_thread(database.stop)
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        with TemporaryDirectory(prefix=COPYING, dir=cache, ignore_cleanup_errors=True) as name:
            whole = Path(name) / "whole"
            whole.mkdir()
            await _copy_files(*(str(folder / part) for part in PARTS), to=whole)
            await _run("sync", "-f", str(whole))
            whole.rename(ready)
    except (OSError, SubprocessError) as error:
        if not is_ready(ready):  # Else somebody else was faster.
            click.echo(f"what the next sandbox would begin with was not kept: {error}", err=True)


async def _copy_files(*paths: str, to: Path) -> None:
    """Copy files, in a process of its own: thousands by Python would hold up what is imported meanwhile.

    As root the server runs as another user, whose files these stay.
    """
    await _run("cp", "-a", *paths, f"{to}/")


async def _run(*command: str) -> None:
    """Run a command until it ends. Raises OSError where it fails."""
    process = await asyncio.create_subprocess_exec(*command)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if code:
        raise OSError(f"{command[0]} failed")


def _sweep(cache: Path) -> None:
    """Remove what other versions left, and what was half copied by who was killed."""
    used = {folder: folder.stat().st_mtime for folder in cache.glob("*-*")}
    ready = sorted((folder for folder in used if folder.name.startswith(PREPARED)), key=used.__getitem__, reverse=True)
    killed_before = time.time() - COPYING_SECONDS_MAX
    half = [folder for folder in used if folder.name.startswith(COPYING) and used[folder] < killed_before]
    for folder in half:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in ready[KEPT:]:
        _remove(folder)


def _remove(ready: Path) -> None:
    """Remove a folder that is trusted for its name: it loses that first, for the case that this is killed meanwhile."""
    with suppress(OSError):  # Somebody else removes it.
        gone = Path(mkdtemp(prefix=COPYING, dir=ready.parent))
        ready.rename(gone / "gone")
        shutil.rmtree(gone)
