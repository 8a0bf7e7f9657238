"""Pages that ask for themselves again when what they show is no longer so."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID
from zlib import crc32

from litestar.response.sse import ServerSentEventMessage

from weiji.kit.live import Live

KEEP_ALIVE: Final = 20.0
"""Seconds after which a stream says something, so that nobody in between takes it for dead."""

STREAM_SECONDS_MAX: Final = 900
"""After this a stream ends; the page begins another."""


def mark_of(*parts: object) -> str:
    """Mark how something stands, so that a page can tell whether it shows it as it is."""
    return f"{crc32(repr([str(part) for part in parts]).encode()):08x}"


async def follow(
    live: Live, id: UUID, is_as_shown: Callable[[], Awaitable[bool]], at: str, piece: str
) -> AsyncIterator[ServerSentEventMessage]:
    """Wait until something is no longer as a page shows it, and have the page ask for its *piece* at *at* again."""
    until = time.monotonic() + STREAM_SECONDS_MAX
    with live.watch(id) as watch:
        watch.changed.set()  # What happened since the page was made counts, too.
        async for has_changed in watch.changes(KEEP_ALIVE):
            if has_changed and not await is_as_shown():
                again = f'data-again hx-get="{at}" hx-trigger="load" hx-target="{piece}" hx-select="{piece}"'
                yield ServerSentEventMessage(data=f'<span {again} hx-swap="outerHTML"></span>')
                return
            if time.monotonic() > until:
                return
            yield ServerSentEventMessage(comment="here")
