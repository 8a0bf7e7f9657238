"""Whose server is told of complaints: the complaints themselves are cases of after-sale."""

from weiji.wire.complaints.model import PutListener, PutListenerStatus, Wish
from weiji.wire.complaints.operations import put_listeners
from weiji.wire.complaints.store import Listener, find_listeners, get_listener

__all__ = [
    "Listener",
    "PutListener",
    "PutListenerStatus",
    "Wish",
    "find_listeners",
    "get_listener",
    "put_listeners",
]
