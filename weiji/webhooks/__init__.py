"""Messages to other people's servers: sent until they were taken, on a schedule, with a log of every attempt."""

from weiji.webhooks.model import (
    Attempt,
    Letter,
    Message,
    MessageStatus,
    QueueMessage,
    ResendMessage,
    ResendMessageStatus,
    Undeliverable,
)
from weiji.webhooks.operations import queue_messages, resend_messages
from weiji.webhooks.sending import Sender
from weiji.webhooks.store import get_log, list_messages

__all__ = [
    "Attempt",
    "Letter",
    "Message",
    "MessageStatus",
    "QueueMessage",
    "ResendMessage",
    "ResendMessageStatus",
    "Sender",
    "Undeliverable",
    "get_log",
    "list_messages",
    "queue_messages",
    "resend_messages",
]
