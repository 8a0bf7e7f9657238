"""Replaces the master key: what is sealed from now on is sealed with the new one, and then all that was sealed before.

It runs beside the program, as the owner of the database, and may be broken off and begun again: each value says which
key it is sealed with, and is changed only if it still is what was read. Only the envelope is made anew, so that a
picture of two megabytes is never read.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct

from weiji.kit import seal
from weiji.kit.db import LOST_RACES
from weiji.kit.installation import take_keys
from weiji.kit.seal import COLUMNS, HEAD_MAX, Keys, MasterKeyError, Place, Source, Unsealable

BATCH: Final = 500
"""Values that are read at once, and changed in one transaction."""

BATCH_BYTES: Final = 16 << 20
"""Bytes of values that are changed in one transaction: each is written anew as a whole, and there are pictures."""

HEARD_WITHIN: Final = 5.0
"""Seconds in which the processes that run hear of the new key: until then one may seal with the former."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_INSTALLED: Final = "select id, key_mark, root_sealed from kit.installation for update"

_COLUMNS: Final = """
select quote_ident(a.attname) as name, format_type(a.atttypid, null) as type,
  array_position(i.indkey::int2[], a.attnum) is not null as is_of_key
from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped
order by array_position(i.indkey::int2[], a.attnum)"""
"""Those of the primary key first, as its index has them: in another order each batch would read the whole table."""


class Left(Struct, frozen=True):
    """What is not sealed with the master key in use."""

    former: int
    """Sealed with one that is at hand."""
    unknown: int
    """Sealed with one that is not."""


class Renewal(Struct):
    """How far a renewal is."""

    sealed: int = 0
    """Values that were sealed anew."""
    lost: int = 0
    """Values that no key at hand opens, of the last time that all were gone through."""
    missed: int = 0
    """Values that somebody changed meanwhile."""


async def begin(connection: Connection, source: Source) -> Keys:
    """Have everything be sealed with the new master key from now on: that which is first in *source*.

    Where that is in use already, and nothing is left of a renewal, the file of it is replaced by another; else what was
    begun goes on. As long as a former one is still at hand, no other is made: that is said, and never that a key that
    may have leaked were replaced. Raises MasterKeyError, Unsealable, OSError.
    """
    async with connection.transaction():
        # Of two renewals that begin at once, one makes the key, and the other goes on with it.
        row = await connection.fetchrow(_INSTALLED)
        if row is None or row["key_mark"] is None:
            raise MasterKeyError("nothing was ever sealed here: the first start makes the master key")
        keys = Keys()
        take_keys(keys, row["id"], row["key_mark"], row["root_sealed"], source)
        masters = source.read()
        if seal.mark_of(masters[0]) == keys.mark:
            left = await count_left(connection, keys) if row["root_sealed"] else Left(0, 0)
            if left.former or left.unknown:
                return keys
            if source.has_other_than(keys.mark):
                raise MasterKeyError(
                    f"everything is sealed with the master key of {source.where} already, and no other was made: take "
                    f"the former away from {source.former_where} first, to where you keep it for the backups that it "
                    "belongs to"
                )
            if source.secret:
                raise MasterKeyError(
                    "WEIJI_SECRET is the key in use: put another there, and this one into WEIJI_FORMER_SECRETS"
                )
            _replace_file(source)
            masters = source.read()
        new = Keys()
        new.use(masters[0], former=masters, root=keys.root, source=source)
        await connection.execute(
            "update kit.installation set key_mark = $1, root_sealed = $2",
            new.mark,
            new.seal_bytes(new.root, seal.ROOT, row["id"]),
        )
        await connection.execute("select pg_notify('weiji_keys', '')")
        return new


async def seal_anew(connection: Connection, keys: Keys, tell: Callable[[int], None]) -> Renewal:
    """Seal all anew that is sealed with a master key of before, until nothing is left; tell how far it is."""
    renewal = Renewal()
    columns = await _columns(connection)
    while True:
        before = renewal.sealed
        renewal.lost = renewal.missed = 0
        for column in columns:
            told = renewal.sealed
            async for _ in column.go_through(connection, keys, renewal):
                if told < renewal.sealed:
                    tell(told := renewal.sealed)
        if renewal.sealed == before and not renewal.missed:
            return renewal
        await asyncio.sleep(HEARD_WITHIN)


async def count_left(connection: Connection, keys: Keys) -> Left:
    """Count what is not sealed with the master key in use."""
    counts = [await column.count(connection, keys) for column in await _columns(connection)]
    return Left(sum(one.former for one in counts), sum(one.unknown for one in counts))


async def _columns(connection: Connection) -> list["_Column"]:
    return [
        _Column(name, place, await connection.fetch(_COLUMNS, place.table))
        for name, places in sorted(COLUMNS.items())
        for place in places
    ]


class _Column:
    """A column of sealed values, and the statements that go through it, by the primary key of its table."""

    def __init__(self, name: str, place: Place, columns: Sequence[asyncpg.Record]) -> None:
        self.name, self.place = name, place
        self.key = [(row["name"], row["type"]) for row in columns if row["is_of_key"]]
        self.is_map = any((row["name"], row["type"]) == (place.column, "jsonb") for row in columns)

    def reading(self, *, is_first: bool) -> str:
        """Give the statement that reads a batch of what is sealed with other keys: where it lies, and its head."""
        column, key = self.place.column, ", ".join(name for name, _ in self.key)
        told = ", ".join([*self.place.of, *filter(None, [self.place.part])])
        size = f"octet_length({column}::text)" if self.is_map else f"octet_length({column})"
        start = f"{column}::text" if self.is_map else f"substr({column}, 1, {HEAD_MAX})"
        others = "$1::bytea is not null" if self.is_map else f"substr({column}, 1, length($1::bytea)) <> $1"
        after = "" if is_first else f" and ({key}) > ({', '.join(f'${n + 2}' for n in range(len(self.key)))})"
        return (
            f"select {key}, {told}, {size}, {start} from {self.place.table} where {others}{after}"  # noqa: S608
            f" order by {key} limit {BATCH}"
        )

    def writing(self) -> str:
        """Give the statement that changes values that still are what was read, the head of each or, of a map, all."""
        column, kind = self.place.column, "text" if self.is_map else "bytea"
        kinds = [*(kind for _, kind in self.key), kind, kind]
        names = ", ".join(f"k{n}" for n in range(len(self.key)))
        arrays = ", ".join(f"${n + 1}::{each}[]" for n, each in enumerate(kinds))
        same = " and ".join(f"t.{name} = n.k{n}" for n, (name, _) in enumerate(self.key))
        new, is_old = (
            ("n.new::jsonb", f"t.{column} = n.old::jsonb")
            if self.is_map
            else (
                f"n.new || substr(t.{column}, length(n.old) + 1)",
                f"substr(t.{column}, 1, length(n.old)) = n.old",
            )
        )
        return (
            f"update {self.place.table} t set {column} = {new} from unnest({arrays}) as n ({names}, old, new)"  # noqa: S608
            f" where {same} and {is_old}"
        )

    async def go_through(self, connection: Connection, keys: Keys, renewal: Renewal) -> AsyncIterator[None]:
        """Seal anew whatever is sealed with other keys, once; stop after each batch."""
        at: Sequence[Any] = ()
        while True:
            rows = await connection.fetch(self.reading(is_first=not at), keys.prefix, *at)
            changes, size = [], 0
            for row in rows:
                at, told, start = row[: len(self.key)], row[len(self.key) : -2], row[-1]
                try:
                    old, new = await self._renew(connection, keys, at, told, start)
                except (Unsealable, InvalidTag):
                    renewal.lost += 1
                    continue
                if old != new:
                    changes.append((*at, old, new))
                    size += row[-2]
                if size >= BATCH_BYTES:
                    await self._write(connection, changes, renewal)
                    changes, size = [], 0
            await self._write(connection, changes, renewal)
            if not rows:
                return
            yield

    async def _renew(
        self, connection: Connection, keys: Keys, at: Sequence[Any], told: Sequence[Any], start: Any
    ) -> tuple[Any, Any]:
        """Give what is to be changed of a value, and what into. Raises Unsealable, InvalidTag."""
        id = self.place.id(*told[: len(self.place.of)])
        name = f"{self.name}:{told[-1]}" if self.place.part else self.name
        if self.is_map:
            return start, _renew_map(keys, name, id, start)
        try:
            return keys.rewrap(start, name, id)
        except Unsealable:
            if self.place.former is None:
                raise
            same = " and ".join(f"{name} = ${n + 1}" for n, (name, _) in enumerate(self.key))
            whole = await connection.fetchval(f"select {self.place.column} from {self.place.table} where {same}", *at)  # noqa: S608
            return whole, keys.seal_bytes(self.place.former(whole, *told), name, id)

    async def _write(self, connection: Connection, changes: Sequence[tuple[Any, ...]], renewal: Renewal) -> None:
        if not changes:
            return
        try:
            async with connection.transaction():
                said = await connection.execute(self.writing(), *map(list, zip(*changes, strict=True)))
        except LOST_RACES:
            said = "UPDATE 0"
        done = int(said.split()[-1])
        renewal.sealed += done
        renewal.missed += len(changes) - done

    async def count(self, connection: Connection, keys: Keys) -> Left:
        """Count what is sealed with other keys."""
        column, table = self.place.column, self.place.table
        least = 0 if self.place.former is None else seal.OVERHEAD + seal.ID_BYTES
        if self.is_map:
            rows = await connection.fetch(f"select {column} from {table}")  # noqa: S608
            known = (keys.prefix, seal.OF_ROOT, *(seal.OF_ID + id for id in keys.ids))
            maps = [[*map(bytes.fromhex, msgspec.json.decode(row[0]).values())] for row in rows]
            others = sum(not all(value.startswith(keys.prefix) for value in values) for values in maps)
            unknown = sum(not all(value.startswith(known) for value in values) for values in maps)
            return Left(others - unknown, unknown)
        # What had no envelope once may begin with any byte, and is of an unknown key at worst: until it is sealed anew.
        row = await connection.fetchrow(
            f"select count(*) as others, count(*) filter (where substr({column}, 1, 1) = $2"  # noqa: S608
            f" and substr({column}, 2, {seal.ID_BYTES}) <> all ($3::bytea[])"
            f" and octet_length({column}) >= $4) as unknown"
            f" from {table} where substr({column}, 1, length($1::bytea)) <> $1",
            keys.prefix,
            seal.OF_ID,
            list(keys.ids),
            least,
        )
        assert row is not None, "counts are always there"
        return Left(row["others"] - row["unknown"], row["unknown"])


def _renew_map(keys: Keys, name: str, id: UUID, text: str) -> str:
    """Seal anew the values of a map; those of the key in use stay. What is the same comes back as it is."""
    values = msgspec.json.decode(text, type=dict[str, str])
    renewed = {}
    for part, value in values.items():
        sealed = bytes.fromhex(value)
        if not sealed.startswith(keys.prefix):
            old, new = keys.rewrap(sealed[:HEAD_MAX], f"{name}:{part}", id)
            renewed[part] = (new + sealed[len(old) :]).hex()
    return msgspec.json.encode({**values, **renewed}).decode() if renewed else text


def _replace_file(source: Source) -> None:
    """Put another master key in the place of the one in the data folder, which is kept among the former ones first."""
    former = os.open(source.former_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(former, "wb") as file:
        file.write(source.path.read_bytes().strip() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft = source.path.with_name(f".{source.path.name}.{os.getpid()}")
    seal.make_key_file(draft, seal.new_master_key())
    if os.geteuid() == 0:
        # By root, for the user that weiji runs as: who has the key has what takes its place.
        owner = source.path.stat()
        for made in (draft, source.former_path):
            os.chown(made, owner.st_uid, owner.st_gid)
    draft.replace(source.path)
    folder = os.open(source.path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
