"""Where merchants want to be told of what comes to them unasked: complaints, parts of others' orders, coupons."""

from weiji.wire.listeners.model import (
    Listener,
    NoteStockApp,
    NoteStockAppStatus,
    PutListener,
    PutListenerStatus,
    Topic,
    Wish,
)
from weiji.wire.listeners.operations import note_stock_apps, put_listeners
from weiji.wire.listeners.store import find_listeners, get_listener, get_stock_apps, get_topics

__all__ = [
    "Listener",
    "NoteStockApp",
    "NoteStockAppStatus",
    "PutListener",
    "PutListenerStatus",
    "Topic",
    "Wish",
    "find_listeners",
    "get_listener",
    "get_stock_apps",
    "get_topics",
    "note_stock_apps",
    "put_listeners",
]
