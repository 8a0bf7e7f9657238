"""Types for the statements in `queries.sql`."""

from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shard_of

SQL = sql.beside(__file__)


async def add_number(tx: Transaction, payout_id: UUID, number: str) -> None:
    """Note which number a program gives a withdrawal that it is about to ask for; asked again, it is the same."""
    await tx.run(SQL.add_number, shard_of(payout_id), payout_id, number)


async def get_number(reader: Reader, payout_id: UUID) -> str | None:
    """Read which number a program gave a withdrawal; None where it was asked for another way, or long ago."""
    number = await reader.value(SQL.get_number, shard_of(payout_id), payout_id)
    assert number is None or isinstance(number, str)
    return number
