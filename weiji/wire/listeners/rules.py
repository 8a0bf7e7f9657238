"""What is decided about listeners, as pure functions over what was read."""

from msgspec import UNSET

from weiji.wire.listeners.model import PutListener, PutListenerStatus, Topic, Wish

Place = tuple[str, str | None]
"""An address, and the key that its notices are checked with."""


def judge_put(places: dict[tuple[str, Topic], Place], command: PutListener) -> PutListenerStatus:
    """Answer a command; *places*, by the merchant's number and the topic, is changed to what comes of it."""
    key = command.mchid, command.topic
    found = places.get(key)
    if command.wish is Wish.ADD and found is not None and found[0] != command.url:
        return PutListenerStatus.EXISTS
    if command.wish in (Wish.CHANGE, Wish.REMOVE) and found is None:
        return PutListenerStatus.LISTENER_NOT_FOUND
    if command.wish is Wish.REMOVE:
        del places[key]
    elif command.key_id is not UNSET:
        places[key] = command.url, command.key_id
    elif found is None or found[0] != command.url:
        places[key] = command.url, None
    return PutListenerStatus.DONE
