"""Proves that who watches what changes can be stopped at any moment."""

import asyncio

import pytest

from weiji.kit.ids import new_id
from weiji.kit.live import Live


async def test_who_watches_is_stopped_though_something_changes_meanwhile() -> None:
    live = Live("")

    async def follow() -> None:
        with live.watch(new_id()) as watch:
            async for _ in watch.changes(60):
                pass

    following = asyncio.create_task(follow())
    for _ in range(3):
        await asyncio.sleep(0)
    (watch,) = live._watches
    watch.changed.set()
    await asyncio.sleep(0)
    following.cancel()
    done, _ = await asyncio.wait([following], timeout=60)
    assert following in done
    with pytest.raises(asyncio.CancelledError):
        following.result()
