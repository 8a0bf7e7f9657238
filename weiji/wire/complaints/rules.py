"""What is decided about listeners, as pure functions over what was read."""

from weiji.wire.complaints.model import PutListener, PutListenerStatus, Wish


def judge_put(urls: dict[str, str], command: PutListener) -> PutListenerStatus:
    """Answer a command; *urls*, by the merchant's number, is changed to what comes of it."""
    found = urls.get(command.mchid)
    if command.wish is Wish.ADD and found not in (None, command.url):
        return PutListenerStatus.EXISTS
    if command.wish is not Wish.ADD and found is None:
        return PutListenerStatus.LISTENER_NOT_FOUND
    if command.wish is Wish.REMOVE:
        del urls[command.mchid]
    else:
        urls[command.mchid] = command.url
    return PutListenerStatus.DONE
