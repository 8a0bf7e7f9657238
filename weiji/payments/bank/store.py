"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.payments.bank.model import BankStatement
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


async def get_statement(reader: Reader, id: UUID) -> BankStatement | None:
    """Read a statement."""
    row = await reader.row(SQL.get_statement, id)
    return BankStatement(**dict(row)) if row else None


async def list_statements(reader: Reader, before: datetime | None, limit: int) -> list[BankStatement]:
    """Read statements, the last imported first."""
    return [BankStatement(**dict(row)) for row in await reader.rows(SQL.list_statements, before, limit)]
