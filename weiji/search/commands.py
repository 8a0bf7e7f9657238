"""Commands for a terminal: what `weiji` can do with the search."""

import asyncio
import time

import click

from weiji.kit.batch import Lanes
from weiji.kit.installation import get_installation
from weiji.kit.reaching import open_database
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
    async with open_database(settings.database_url, settings.data) as database:
        found = await get_installation(database)
        begun, seen = time.monotonic(), 0
        async for seen in rebuild(database, Lanes(found.lanes)):
            click.echo(f"\r{seen:,} products", nl=False)
        click.echo(f"\r{seen:,} products in {time.monotonic() - begun:.1f} s")
