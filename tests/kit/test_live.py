"""Proves that who watches what changes can be stopped at any moment, and is told where nothing more would be heard."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from weiji.kit import live as lives
from weiji.kit.embedded import SOCKET
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


@asynccontextmanager
async def cut_off(url: str, is_cut: asyncio.Event) -> AsyncIterator[str]:
    """Stand before a server; give the address. What comes while *is_cut*, and later on the same way, is swallowed."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [None])[0]

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (said := await reader.read(65_536)) and not is_cut.is_set():
                writer.write(said)
            await asyncio.Event().wait()
        finally:
            writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await (
            asyncio.open_unix_connection(f"{host}/{SOCKET}")
            if host
            else asyncio.open_connection(parts.hostname, parts.port)
        )
        ways.extend(asyncio.create_task(forward(*way)) for way in ((reader, there[1]), (there[0], writer)))

    ways: list[asyncio.Task[None]] = []
    with tempfile.TemporaryDirectory() as folder:
        server = await asyncio.start_unix_server(meet, Path(folder) / SOCKET)
        yield f"postgresql://{parts.username}:{parts.password or ''}@{parts.path}?host={folder}"
        server.close()
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)


async def test_a_way_that_was_cut_without_a_word_is_noticed_and_another_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "HEARTBEAT", 1)
    monkeypatch.setattr(lives, "RETRY", 0.01)
    is_cut = asyncio.Event()
    async with cut_off(database_url, is_cut) as url, asyncio.timeout(30):
        live, forgotten = Live(url), asyncio.Event()
        live.on_callers = lambda _: forgotten.set()
        listening = asyncio.create_task(live.run())
        with live.watch(new_id()) as watch:
            await watch.changed.wait()
            watch.changed.clear()
            forgotten.clear()
            is_cut.set()
            await forgotten.wait()
            monkeypatch.setattr(lives, "HEARTBEAT", 60)
            is_cut.clear()
            await watch.changed.wait()
            assert live.is_listening
        listening.cancel()
        await asyncio.wait([listening])
