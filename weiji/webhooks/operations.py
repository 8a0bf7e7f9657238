"""The verbs of webhooks."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.webhooks import MessageSentAgain
from weiji.kit.db import Transaction
from weiji.kit.ids import shard_of
from weiji.webhooks import store
from weiji.webhooks.model import QueueMessage, ResendMessage, ResendMessageStatus


async def queue_messages(tx: Transaction, commands: Sequence[QueueMessage]) -> None:
    """Have messages sent once *tx* has ended. One whose id is there already changes nothing."""
    assert all(shard_of(c.id) == shard_of(c.owner_id) for c in commands), "a message is near its owner"
    await store.add_messages(tx, list({command.id: command for command in commands}.values()))


async def resend_messages(tx: Transaction, commands: Sequence[ResendMessage]) -> list[ResendMessageStatus]:
    """Send messages again, whatever became of them. Publishes MessageSentAgain."""
    found = await store.resend_messages(tx, list({command.id: command for command in commands}.values()))
    statuses = []
    told = []
    for command in commands:
        row = found.get(command.id)
        if row is None or row["owner_id"] != command.owner_id:
            statuses.append(ResendMessageStatus.MESSAGE_NOT_FOUND)
            continue
        statuses.append(ResendMessageStatus.QUEUED)
        event = MessageSentAgain(message_id=command.id, type=row["type"])
        told.append(Occurrence(event, command.owner_id, row["subject_id"], command.actor))
    await publish(tx, told)
    return statuses
