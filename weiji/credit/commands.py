"""Commands for a terminal: what `weiji` can do with credit."""

import asyncio

import click

from weiji.credit.handlers import Following
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
        found = await Following(batchers).recompute(database, shop_id)
        await batchers.close()
    after, before = found.after, found.before.score
    click.echo(f"{after.trades:,} trades, score {after.score:,}, grade {after.grade}; before {before:,}")
    if found.missed:
        click.echo(f"{found.missed:,} trades had been missing", err=True)
    if found.lifted:
        click.echo(f"{found.lifted:,} buyers had counted for nothing as a ring that there is not", err=True)
    if found.changed or found.unknown:
        raise click.ClickException(
            f"the log tells {found.changed:,} trades otherwise, and knows nothing of {found.unknown:,}: "
            "nothing of weiji writes such; see who else could"
        )
