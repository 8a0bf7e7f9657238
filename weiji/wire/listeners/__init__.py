"""Where merchants want to be told of what comes to them unasked: complaints, parts of others' orders, coupons."""

from weiji.wire.listeners.model import Listener, PutListener, PutListenerStatus, Topic, Wish
from weiji.wire.listeners.operations import put_listeners
from weiji.wire.listeners.store import find_listeners, get_listener, get_topics

__all__ = [
    "Listener",
    "PutListener",
    "PutListenerStatus",
    "Topic",
    "Wish",
    "find_listeners",
    "get_listener",
    "get_topics",
    "put_listeners",
]
