"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.payments.bank.model import BankStatement, HeldFile, HoldAgain, Line
from weiji.payments.bank_transfers.model import BankReturns
from weiji.payments.channels.references import shard_of_reference
from weiji.payments.model import NoticeKind

SQL = sql.beside(__file__)


async def find_references(reader: Reader, references: Iterable[str]) -> dict[str, UUID]:
    """Find the payments of references; those that are nobody's are left out."""
    wanted = sorted(set(references))
    shards = sorted({shard_of_reference(each) for each in wanted})
    return {row["reference"]: row["id"] for row in await reader.rows(SQL.find_references, shards, wanted)}


async def find_red_ink(reader: Reader, kind: NoticeKind, amounts: Iterable[int]) -> list[Line]:
    """Read the lines of a kind that we were told of, by which the bank took back some of these amounts."""
    rows = await reader.rows(SQL.find_red_ink, kind, sorted(set(amounts)))
    return [msgspec.json.decode(row["raw"], type=Line) for row in rows]


async def add_statement(tx: Transaction, statement: BankStatement) -> bool:
    """Note a statement; False: it was noted before."""
    return bool(await tx.rows(SQL.add_statement, *astuple(statement)))


async def hold(tx: Transaction, one: HeldFile, expired: datetime) -> bool:
    """Keep a file, anew if it was forgotten, or waits since before *expired*. False: it is kept as it is, and waits."""
    kept = (one.id, one.kind, one.name, one.content, one.lines, one.amount, tx.now, one.held_by, expired)
    return await tx.row(SQL.hold_statement, *kept) is not None


async def get_held(reader: Reader, id: UUID) -> HeldFile | None:
    """Read a file that was held."""
    row = await reader.row(SQL.get_held, id)
    return _held(row) if row else None


async def lock_held(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, HeldFile]:
    """Lock files that were held until *tx* ends; their content is empty, where there is any. Others are left out."""
    return {row["id"]: _held(row) for row in await tx.rows(SQL.lock_held, sorted(set(ids)))}


async def release(tx: Transaction, ids: Collection[UUID]) -> None:
    """Note that files were let in."""
    await tx.run(SQL.release_statements, sorted(ids), tx.now)


async def hold_again(tx: Transaction, one: HoldAgain) -> bool:
    """Keep a file that was let in for two once more. False: it waits, or was imported."""
    return await tx.row(SQL.hold_again, one.id, one.amount, tx.now) is not None


async def finish(tx: Transaction, id: UUID, returns: BankReturns | None) -> None:
    """Forget the content of a file that was imported; note what came of it."""
    await tx.run(SQL.finish_held, id, None if returns is None else msgspec.to_builtins(returns))


async def drop(tx: Transaction, dropped: Mapping[UUID, datetime]) -> None:
    """Forget the content of files that were not let in, each if it was held by a time."""
    await tx.run(SQL.drop_held, list(dropped), list(dropped.values()))


async def list_waiting_since(reader: Reader, before: datetime, limit: int) -> list[UUID]:
    """Find files that wait since before a time, the oldest first."""
    return [row["id"] for row in await reader.rows(SQL.list_waiting_since, before, limit)]


async def say(tx: Transaction, id: UUID, amount: int) -> None:
    """Note how much one of the staff said alone by a file."""
    await tx.run(SQL.say_alone, id, amount, tx.now)


async def get_said(tx: Transaction, since: datetime, ids: Collection[UUID]) -> tuple[int, set[UUID]]:
    """Add up what was said alone since a time; tell which of these ids it was said under."""
    row = await tx.row(SQL.get_said, since, sorted(set(ids)))
    assert row is not None
    return row["amount"], set(row["known"])


def _held(row: Row) -> HeldFile:
    return msgspec.convert(dict(row), HeldFile)


async def get_statement(reader: Reader, id: UUID) -> BankStatement | None:
    """Read a statement."""
    row = await reader.row(SQL.get_statement, id)
    return BankStatement(**dict(row)) if row else None


async def list_statements(reader: Reader, before: datetime | None, limit: int) -> list[BankStatement]:
    """Read statements, the last imported first."""
    return [BankStatement(**dict(row)) for row in await reader.rows(SQL.list_statements, before, limit)]
