"""Changes to the books that no operation would make, one at a time, and whether `verify` names each.

Whoever makes them is the strongest there is: a superuser, who dropped every constraint before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from tests.ledger.examples import HOME
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.stored import StoredLedger, moment
from weiji.kit.db import Database, Reader
from weiji.kit.ids import SHARDS
from weiji.ledger import Report, sign_heads
from weiji.ledger.verify import audit

TABLES: Final = (
    "accounts",
    "transfers",
    "pending_transfers",
    "failed_transfers",
    "balance_snapshots",
    "batches",
    "heads",
    "signatures",
)
"""What a proof covers: every column of every row."""

DROP_CONSTRAINTS: Final = """
do $$ declare c record; begin
  for c in select conname, conrelid::regclass as tab from pg_constraint
           where connamespace = 'ledger'::regnamespace and contype in ('c', 'p', 'u') loop
    execute format('alter table %s drop constraint %I', c.tab, c.conname);
  end loop;
end $$
"""


class Change(Struct, frozen=True):
    """One change: a statement with its arguments, and words of which a defect must have one."""

    what: str
    statement: str
    arguments: tuple[Any, ...]
    words: tuple[str, ...]


class Missed(Struct, frozen=True):
    """A change that was not found, or not named."""

    change: str
    report: str


async def write_books(database: Database, key: Ed25519PrivateKey, seed: int, steps: int) -> None:
    """Fill an empty database of one lane with a workload, signed three times on the way."""
    ledger = StoredLedger(database)
    for number, step in enumerate(workload(seed, steps=steps)):
        match step:
            case OpenAccounts():
                await ledger.create_accounts(step.events, step.clock)
            case Transfers():
                await ledger.create_transfers(step.batch, step.clock)
            case Expire():
                await ledger.expire_pending(step.clock)
        if number in (2, steps // 2, steps - 2):
            async with database.transaction() as tx:
                tx.now = moment(step.clock)
                assert await sign_heads(tx, key) == 1


async def list_changes(connection: "asyncpg.Connection[asyncpg.Record]", random: Random) -> list[Change]:
    """List changes: each column of each row another, each row gone, doubled, and changed places with another."""
    changes: list[Change] = []
    for table in TABLES:
        rows = await connection.fetch(f"select ctid::text as place, t.* from ledger.{table} t")  # noqa: S608
        types = {
            row["attname"]: (row["type"], row["is_nullable"])
            for row in await connection.fetch(
                "select attname, atttypid::regtype::text as type, not attnotnull as is_nullable from pg_attribute"
                " where attrelid = $1::text::regclass and attnum > 0 and not attisdropped",
                f"ledger.{table}",
            )
        }
        for row in rows:
            for column, (kind, is_nullable) in types.items():
                changes += [
                    _update(table, row, column, kind, value) for value in _other(row[column], kind, is_nullable, random)
                ]
            changes.append(_delete(table, row))
            changes.append(_double(table, row, list(types)))
        for one, other in pairwise(rows):
            column = random.choice(list(types))
            swapped = dict(one) | {"place": other["place"], column: other[column]}
            if one[column] != other[column] and swapped != dict(other):
                changes.append(_swap(table, one, other, column))
    return changes


async def find_missed(
    connection: "asyncpg.Connection[asyncpg.Record]", changes: Sequence[Change], keys: Sequence[bytes]
) -> list[Missed]:
    """Make each change, verify, take it back; return those that were not named."""
    missed = []
    for change in changes:
        transaction = connection.transaction(isolation="repeatable_read")
        await transaction.start()
        done = await connection.execute(change.statement, *change.arguments)
        assert not done.endswith(" 0"), change.what
        report = await audit(Reader(connection), keys)  # type: ignore[arg-type]
        await transaction.rollback()
        if not names(report, change):
            missed.append(Missed(change.what, str(report)))
    return missed


def names(report: Report, change: Change) -> bool:
    """Tell whether a defect has one of the words by which the change is known."""
    texts = [f"{defect.where}: {defect.what}" for defect in report.defects]
    return any(word in text for text in texts for word in change.words)


def _words(table: str, row: Mapping[str, Any] | asyncpg.Record) -> tuple[str, ...]:
    """Say how a defect may name a row."""
    match table:
        case "accounts":
            return str(row["id"]), f"time {row['created_at']} is gone"
        case "transfers" | "failed_transfers":
            return str(row["id"]), f"time {row['timestamp']} is gone"
        case "pending_transfers":
            return (str(row["id"]),)
        case "balance_snapshots":
            return (f"{row['account_id']} at {row['timestamp']}",)
        case "batches" | "signatures":
            return f"batch {row['batch']}", f"batch {row['lane']}, {row['batch']}"
        case _:
            return f"lane {row['lane']}", f"lanes {{{row['lane']}}}"


def _other(value: Any, kind: str, is_nullable: bool, random: Random) -> list[Any]:
    """Make other values of a column's type: one a little beside, and none."""
    others: list[Any] = [None] if is_nullable and value is not None else []
    match kind:
        case "uuid":
            others.append(UUID(int=value.int ^ 1 << random.randrange(128)) if value else UUID(int=HOME))
        case "smallint" | "integer" | "bigint":
            # Smaller, or with another of the lower bits: no column runs over.
            near = (value - 1, value // 2, value ^ 1 << random.randrange(14)) if value else (1,)
            others.append(random.choice(near))
        case "bytea":
            place = random.randrange(len(value))
            others.append(value[:place] + bytes([value[place] ^ 1 << random.randrange(8)]) + value[place + 1 :])
            others.append(value[:-1])
        case "text":
            others.append(value + " ")
        case "timestamp with time zone":
            assert isinstance(value, datetime)
            others.append(value + timedelta(microseconds=1))
        case _:
            raise AssertionError(f"no other value of type {kind} is known")
    return others


def _update(table: str, row: asyncpg.Record, column: str, kind: str, value: Any) -> Change:
    return Change(
        f"{table} {row['place']}: {column} {row[column]} → {value}",
        f"update ledger.{table} set {column} = $1::{kind} where ctid = $2::text::tid",  # noqa: S608
        (value, row["place"]),
        (*_words(table, row), *_words(table, dict(row) | {column: value})),
    )


def _delete(table: str, row: asyncpg.Record) -> Change:
    statement = f"delete from ledger.{table} where ctid = $1::text::tid"  # noqa: S608
    return Change(f"{table} {row['place']}: deleted", statement, (row["place"],), _words(table, row))


def _double(table: str, row: asyncpg.Record, columns: Sequence[str]) -> Change:
    names = ", ".join(columns)
    return Change(
        f"{table} {row['place']}: doubled",
        f"insert into ledger.{table} ({names}) select {names} from ledger.{table} where ctid = $1::text::tid",  # noqa: S608
        (row["place"],),
        (*_words(table, row), "heads of lanes"),
    )


def _swap(table: str, one: asyncpg.Record, other: asyncpg.Record, column: str) -> Change:
    return Change(
        f"{table} {one['place']} and {other['place']}: {column} swapped",
        f"update ledger.{table} t set {column} = o.{column} from ledger.{table} o"  # noqa: S608
        " where (t.ctid, o.ctid) in (($1::text::tid, $2::text::tid), ($2::text::tid, $1::text::tid))",
        (one["place"], other["place"]),
        (*_words(table, one), *_words(table, other)),
    )


def insertions(shard: int = HOME, lanes: int = SHARDS) -> list[Change]:
    """List rows that were never there: in the middle, before the beginning, after the end, in shards that are not."""
    id = UUID(int=1 << 80 | shard)
    changes = []
    for time in (-5, 0, 2**62):
        changes += [
            Change(
                f"transfer put in at {time}",
                "insert into ledger.transfers select shard, $1, debit_account_id, credit_account_id, 0, 0, null, 0,"
                " ledger, code, 0, null, null, $2 from ledger.transfers limit 1",
                (id, time),
                (str(id),),
            ),
            Change(
                f"account put in at {time}",
                "insert into ledger.accounts values ($3, $1, 1, 1, 0, null, 0, 0, 0, 0, $2)",
                (id, time, shard),
                (str(id),),
            ),
            Change(
                f"failure put in at {time}",
                "insert into ledger.failed_transfers values ($3, $1, 'exceeds_credits', $2)",
                (id, time, shard),
                (str(id),),
            ),
            Change(
                f"snapshot put in at {time}",
                "insert into ledger.balance_snapshots values ($3, $1, $2, 0, 0, 0, 0)",
                (id, time, shard),
                (str(id),),
            ),
        ]
    changes.append(
        Change("hold put in", "insert into ledger.pending_transfers values ($2, $1, 1)", (id, shard), (str(id),))
    )
    for stray in (-1, 64):
        changes += [
            Change(
                f"account in shard {stray}",
                "insert into ledger.accounts values ($2, $1, 1, 1, 0, null, 0, 0, 0, 0, 1)",
                (id, stray),
                (str(id),),
            ),
            Change(
                f"hold in shard {stray}",
                "insert into ledger.pending_transfers values ($2, $1, 1)",
                (id, stray),
                (str(id),),
            ),
            Change(
                f"batch in lane {stray}",
                "insert into ledger.batches select $1, batch, lanes, size, first_timestamp, last_timestamp,"
                " previous_hash, hash, checks from ledger.batches limit 1",
                (stray,),
                (f"batch {stray}, ",),
            ),
            Change(
                f"head of lane {stray}",
                "insert into ledger.heads select $1, batch, timestamp, hash from ledger.heads limit 1",
                (stray,),
                ("heads of lanes", f"lane {stray}"),
            ),
        ]
    return changes
