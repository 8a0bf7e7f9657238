"""What is decided about listeners, as pure functions over what was read."""

from weiji.wire.listeners.model import PutListener, PutListenerStatus, Topic, Wish


def judge_put(urls: dict[tuple[str, Topic], str], command: PutListener) -> PutListenerStatus:
    """Answer a command; *urls*, by the merchant's number and the topic, is changed to what comes of it."""
    key = command.mchid, command.topic
    found = urls.get(key)
    if command.wish is Wish.ADD and found not in (None, command.url):
        return PutListenerStatus.EXISTS
    if command.wish in (Wish.CHANGE, Wish.REMOVE) and found is None:
        return PutListenerStatus.LISTENER_NOT_FOUND
    if command.wish is Wish.REMOVE:
        del urls[key]
    else:
        urls[key] = command.url
    return PutListenerStatus.DONE
