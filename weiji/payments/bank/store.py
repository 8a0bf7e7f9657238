"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.payments.bank.model import BankStatement, HeldStatement
from weiji.payments.channels.references import shard_of_reference

SQL = sql.beside(__file__)


async def find_references(reader: Reader, references: Iterable[str]) -> dict[str, UUID]:
    """Find the payments of references; those that are nobody's are left out."""
    wanted = sorted(set(references))
    shards = sorted({shard_of_reference(each) for each in wanted})
    return {row["reference"]: row["id"] for row in await reader.rows(SQL.find_references, shards, wanted)}


async def add_statement(tx: Transaction, statement: BankStatement) -> bool:
    """Note a statement; False: it was noted before."""
    return bool(await tx.rows(SQL.add_statement, *astuple(statement)))


async def hold(tx: Transaction, one: HeldStatement) -> None:
    """Keep a statement; one that is kept already is what it was, but for who brought it last."""
    await tx.run(SQL.hold_statement, one.id, one.name, one.content, one.lines, one.amount, tx.now, one.held_by)


async def get_held(reader: Reader, id: UUID) -> HeldStatement | None:
    """Read a statement that was held."""
    row = await reader.row(SQL.get_held, id)
    return HeldStatement(**dict(row)) if row else None


async def lock_held(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, HeldStatement]:
    """Lock statements that were held, without their content, until *tx* ends. What is not there is left out."""
    return {row["id"]: HeldStatement(**dict(row)) for row in await tx.rows(SQL.lock_held, sorted(set(ids)))}


async def release(tx: Transaction, ids: Collection[UUID]) -> None:
    """Note that statements were let in."""
    await tx.run(SQL.release_statements, sorted(ids), tx.now)


async def forget_content(tx: Transaction, id: UUID) -> None:
    """Forget the file of a statement that was imported."""
    await tx.run(SQL.forget_content, id)


async def sum_paying(reader: Reader, since: datetime) -> int:
    """Add up what statements that were imported since a time paid, as one of the staff said alone."""
    found: int = await reader.value(SQL.sum_paying, since)
    return found


async def get_statement(reader: Reader, id: UUID) -> BankStatement | None:
    """Read a statement."""
    row = await reader.row(SQL.get_statement, id)
    return BankStatement(**dict(row)) if row else None


async def list_statements(reader: Reader, before: datetime | None, limit: int) -> list[BankStatement]:
    """Read statements, the last imported first."""
    return [BankStatement(**dict(row)) for row in await reader.rows(SQL.list_statements, before, limit)]
