"""Commands for a terminal: what `weiji` can do with the search."""

import asyncio
import time

import click

from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.installation import get_installation
from weiji.search.handlers import rebuild
from weiji.settings import Settings


@click.group("search")
def search_group() -> None:
    """The search of goods."""


@search_group.command("rebuild")
@click.pass_obj
def rebuild_search(settings: Settings) -> None:
    """Index all goods anew, in batches, while the program runs. Nothing else has to be done before or after."""
    asyncio.run(_rebuild(settings))


async def _rebuild(settings: Settings) -> None:
    server = None if settings.database_url else EmbeddedDatabase(settings.data)
    database = await Database.connect(settings.database_url or (server.url if server else ""))
    try:
        found = await get_installation(database)
        begun, seen = time.monotonic(), 0
        async for seen in rebuild(database, Lanes(found.lanes)):
            click.echo(f"\r{seen:,} products", nl=False)
        click.echo(f"\r{seen:,} products in {time.monotonic() - begun:.1f} s")
    finally:
        await database.close()
        if server:
            server.stop()
