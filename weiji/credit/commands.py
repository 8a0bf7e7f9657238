"""Commands for a terminal: what `weiji` can do with credit."""

import asyncio

import click

from weiji.credit.handlers import Following
from weiji.credit.operations import get_standings
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.installation import get_installation
from weiji.kit.reaching import open_database
from weiji.settings import Settings
from weiji.shops import find_shop


@click.group("credit")
def credit_group() -> None:
    """What shops are known for."""


@credit_group.command("recompute")
@click.argument("handle")
@click.pass_obj
def recompute(settings: Settings, handle: str) -> None:
    """Count a shop's trades anew from its log of events. HANDLE is the shop's. The program may run meanwhile."""
    asyncio.run(_recompute(settings, handle))


async def _recompute(settings: Settings, handle: str) -> None:
    async with open_database(settings.database_url, settings.data) as database:
        batchers = Batchers(database, Lanes((await get_installation(database)).lanes))
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
            if shop_id is None:
                raise click.ClickException(f"there is no shop {handle}")
            (before,) = await get_standings(reader, [shop_id])
        missed = await Following(batchers).recompute(database, shop_id)
        await batchers.close()
        async with database.read() as reader:
            (after,) = await get_standings(reader, [shop_id])
        click.echo(f"{after.trades:,} trades, score {after.score:,}, grade {after.grade}; before {before.score:,}")
        if missed:
            click.echo(f"{missed:,} trades had been missing", err=True)
