"""Migrations: numbered SQL files, each run once, in order, in a transaction of its own.

`NNNN_pre_name.sql` runs while the old program still runs; `NNNN_post_name.sql` after it is gone. A file that was run
is never edited: its checksum is compared. Where the Citus extension is found, new tables are distributed afterwards.
"""

import re
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import asyncpg
import structlog
from msgspec import Struct

LOCK: Final = 0x7765696A69
"""The advisory lock that lets one process migrate at a time: "weiji"."""

LOCK_TIMEOUT: Final = "5s"

_FILE: Final = re.compile(r"^(\d{4})_(pre|post)_(\w+)\.sql\Z")

log = structlog.get_logger("weiji.migrate")


class Migration(Struct, frozen=True):
    """One file."""

    number: int
    phase: Literal["pre", "post"]
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.text.encode()).hexdigest()


class MigrationError(Exception):
    """The migrations and the database do not fit together; the text says how."""


def folder() -> Path:
    """Find the migrations: in a checkout beside the package, else inside it."""
    package = Path(__file__).parent.parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def read_migrations(path: Path | None = None) -> list[Migration]:
    """Read the files, in order. Raises MigrationError on a name or number that does not fit."""
    found = []
    for file in sorted((path or folder()).glob("[0-9]*.sql")):
        match = _FILE.match(file.name)
        if not match:
            raise MigrationError(f"{file.name}: a migration is named NNNN_pre_name.sql or NNNN_post_name.sql")
        phase: Literal["pre", "post"] = "pre" if match[2] == "pre" else "post"
        found.append(Migration(int(match[1]), phase, match[3], file.read_text("utf-8")))
    # Numbers may be left out: who builds side by side takes numbers of their own.
    for one, other in pairwise(found):
        if one.number == other.number:
            raise MigrationError(f"migrations {one.name} and {other.name} have the same number, {one.number:04}")
    return found


async def get_missing(url: str) -> list[Migration]:
    """Tell which migrations were not run on the database yet. Raises MigrationError where history differs."""
    connection = await asyncpg.connect(url)
    try:
        return await _missing(connection, read_migrations())
    finally:
        await connection.close()


async def migrate(url: str, *, phase: Literal["pre", "all"] = "all") -> list[Migration]:
    """Run what is missing (only pre-migrations with *phase* `pre`, even those behind a post); return what was run."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        done: list[Migration] = []
        known = read_migrations()
        missing = await _missing(connection, known)
        is_new = missing == known
        wanted = [migration for migration in missing if phase == "all" or migration.phase == "pre"]
        # What is new is made in one round trip: nobody has to be told what takes how long.
        for together in [wanted] if is_new else [[migration] for migration in wanted]:
            await connection.execute("".join(map(_transaction, together)))
            done.extend(together)
            if not is_new:
                log.info("migrated", number=together[0].number, name=together[0].name)
        if done and is_new:
            log.info("migrated", migrations=len(done))
        if done and await connection.fetchval("select exists (select from pg_extension where extname = 'citus')"):
            await _distribute(connection)
        return done
    finally:
        await connection.close()


def _transaction(migration: Migration) -> str:
    """Write a migration as the transaction that runs it and remembers that it was run."""
    values = f"{migration.number}, '{migration.name}', '{migration.checksum}'"
    remember = f"insert into public.weiji_migrations (number, name, checksum) values ({values})"  # noqa: S608 - Ours.
    return f"begin; set local lock_timeout = '{LOCK_TIMEOUT}';\n{migration.text}\n; {remember}; commit;\n"


async def _missing(connection: "asyncpg.Connection[asyncpg.Record]", known: list[Migration]) -> list[Migration]:
    await connection.execute(
        "create table if not exists public.weiji_migrations (number integer primary key, name text not null,"
        " checksum text not null, migrated_at timestamptz not null default clock_timestamp())"
    )
    run = {row["number"]: row["checksum"] for row in await connection.fetch("select * from public.weiji_migrations")}
    by_number = {migration.number: migration for migration in known}
    for number, checksum in run.items():
        migration = by_number.get(number)
        if migration is None:
            raise MigrationError(f"the database has migration {number:04}, unknown to this program: it is older")
        if migration.checksum != checksum:
            raise MigrationError(f"migration {number:04} was changed after it was run")
    return [migration for migration in known if migration.number not in run]


async def _distribute(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Distribute new tables: those with a shard by it, registries by their key, the rest as reference tables.

    A registry says `citus: distributed by <column>` in its comment.
    """
    tables = await connection.fetch(
        """
        select c.oid::regclass::text as name, obj_description(c.oid) as comment,
          exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'shard') as has_shard
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'public', 'citus')
          and n.nspname not like 'pg\\_%' and not c.relispartition
          and not exists (select from pg_dist_partition d where d.logicalrelid = c.oid)
        order by c.oid
        """
    )
    first: str | None = await connection.fetchval(
        "select logicalrelid::text from pg_dist_partition"
        " where column_to_column_name(logicalrelid, partkey) = 'shard' limit 1"
    )
    # A node asks the others as the role that asks it; how that proves itself, pg_hba.conf says or pg_dist_authinfo.
    await connection.execute("alter role weiji_app login")
    for table in tables:
        registry = re.search(r"citus: distributed by (\w+)", table["comment"] or "")
        if table["has_shard"]:
            together = first or "none"
            await connection.execute(
                "select create_distributed_table($1, 'shard', colocate_with := $2)", table["name"], together
            )
            first = first or table["name"]
        elif registry:
            await connection.execute(
                "select create_distributed_table($1, $2, colocate_with := 'none')", table["name"], registry[1]
            )
        else:
            await connection.execute("select create_reference_table($1)", table["name"])
