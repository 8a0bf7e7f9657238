"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.wire.codes.model import IssueCode, PaymentCode, TakeCode

SQL = sql.beside(__file__)


async def lock_codes_of_people(tx: Transaction, commands: Sequence[IssueCode]) -> dict[UUID, PaymentCode]:
    """Lock the codes of the ids and the people that are asked until *tx* ends."""
    ids, people = (sorted({getattr(each, name) for each in commands}) for name in ("id", "person_id"))
    shards = distinct_shards([*ids, *people])
    rows = await tx.rows(SQL.lock_codes_of_people, shards, ids, people, tx.now)
    return {row["id"]: PaymentCode(**dict(row)) for row in rows}


async def lock_codes(tx: Transaction, commands: Sequence[TakeCode]) -> dict[bytes, PaymentCode]:
    """Lock the codes of these digests until *tx* ends."""
    shards = sorted({shard_of(command.near) for command in commands})
    rows = await tx.rows(SQL.lock_codes, shards, [command.digest for command in commands])
    return {row["digest"]: PaymentCode(**dict(row)) for row in rows}


async def get_codes(reader: Reader, code_ids: Collection[UUID]) -> dict[UUID, PaymentCode]:
    """Read codes."""
    ids = sorted(set(code_ids))
    return {row["id"]: PaymentCode(**dict(row)) for row in await reader.rows(SQL.get_codes, shards_of(ids), ids)}


async def add_codes(tx: Transaction, codes: Sequence[PaymentCode]) -> None:
    """Write codes that are new."""
    if codes:
        ids, *facts = columns(codes, "id", "digest", "person_id", "created_at", "expires_at")
        await tx.run(SQL.add_codes, shards_of(ids), ids, *facts)


async def change_codes(tx: Transaction, codes: Sequence[PaymentCode]) -> None:
    """Write codes that are locked."""
    if codes:
        ids, *facts = columns(codes, "id", "expires_at", "order_id", "used_at")
        await tx.run(SQL.change_codes, shards_of(ids), ids, *facts)


async def forget_codes(tx: Transaction, before: datetime) -> None:
    """Forget codes that were over before."""
    await tx.run(SQL.forget_codes, before)
