"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.webhooks.model import Attempt, Message, MessageStatus, QueueMessage, ResendMessage
from weiji.webhooks.rules import Outcome

SQL = sql.beside(__file__)


async def add_messages(tx: Transaction, commands: Sequence[QueueMessage]) -> None:
    """Write messages that are not there yet: they are due at once."""
    if commands:
        ids, *facts = columns(commands, "id", "owner_id", "subject_id", "kind", "type", "url", "payload")
        await tx.run(SQL.add_messages, shards_of(ids), ids, *facts, tx.now)


async def get_due_shards(reader: Reader, now: datetime) -> set[int]:
    """Tell in which shards something is due."""
    return {row["shard"] for row in await reader.rows(SQL.get_due_shards, now)}


async def claim_messages(
    tx: Transaction, shards: Sequence[int], limit: int, until: datetime, without: Collection[UUID]
) -> list[Message]:
    """Take messages that are due, until *until*, those of the owners *without* left out; each begins an attempt."""
    rows = await tx.rows(SQL.claim_messages, shards, tx.now, limit, until, list(without))
    return [_message(row) for row in rows]


async def end_attempt(tx: Transaction, attempt: Attempt, outcome: Outcome) -> None:
    """Write down an attempt, and where it leaves its message."""
    shard = shard_of(attempt.message_id)
    await tx.run(
        SQL.add_attempt,
        shard,
        attempt.message_id,
        attempt.number,
        attempt.started_at,
        attempt.milliseconds,
        attempt.url,
        attempt.headers,
        attempt.body,
        attempt.status,
        attempt.answer,
        attempt.reason,
    )
    await tx.run(
        SQL.end_attempt,
        shard,
        attempt.message_id,
        attempt.number,
        outcome.status,
        outcome.next_at,
        outcome.delivered_at,
    )


async def resend_messages(tx: Transaction, commands: Sequence[ResendMessage]) -> dict[UUID, Row]:
    """Make messages due now, their schedules begun anew; return those that there were."""
    ids, owners = columns(commands, "id", "owner_id")
    return {row["id"]: row for row in await tx.rows(SQL.resend_messages, shards_of(ids), ids, owners, tx.now)}


async def list_messages(
    reader: Reader, owner_id: UUID, *, before: tuple[datetime, UUID] | None, status: MessageStatus | None, limit: int
) -> list[Message]:
    """Read the messages of an owner, or those of one status, made before one that was made then, the newest first."""
    at, id = before or (None, None)
    asked = (shard_of(owner_id), owner_id, at, id, limit)
    if status is None:
        rows = await reader.rows(SQL.list_messages, *asked)
    else:
        rows = await reader.rows(SQL.list_messages_by_status, *asked, status)
    return [_message(row) for row in rows]


async def get_log(reader: Reader, id: UUID, limit: int) -> tuple[Message, list[Attempt]] | None:
    """Read a message with the attempts to send it, the last first."""
    rows = await reader.rows(SQL.get_log, shard_of(id), id, limit)
    if not rows:
        return None
    attempts = [
        Attempt(
            message_id=row["id"],
            number=row["number"],
            started_at=row["started_at"],
            milliseconds=row["milliseconds"],
            url=row["sent_to"],
            headers=row["headers"],
            body=row["body"],
            status=row["answered"],
            answer=row["answer"],
            reason=row["reason"],
        )
        for row in rows
        if row["number"] is not None
    ]
    return _message(rows[0]), attempts


def _message(row: Row) -> Message:
    values = {name: row[name] for name in Message.__struct_fields__}
    return Message(**{**values, "status": MessageStatus(values["status"])})
