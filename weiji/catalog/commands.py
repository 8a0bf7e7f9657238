"""Commands for a terminal: what `weiji` can do with the catalog."""

import asyncio
from pathlib import Path

import click

from weiji.catalog import shopify
from weiji.catalog.importing import ImportReport
from weiji.catalog.importing import import_goods as import_records
from weiji.events import BY_SYSTEM
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.installation import get_installation
from weiji.settings import Settings
from weiji.shops import find_shop


@click.command("import-goods")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "handle", required=True, help="The handle of the shop that the goods are for.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def import_goods(settings: Settings, file: Path, handle: str, dry_run: bool) -> None:
    """Take the products of a Shopify product CSV into a shop. Running it again changes nothing twice."""
    report = asyncio.run(_import(settings, file, handle, dry_run))
    for problem in report.skipped:
        where = f" ({problem.handle})" if problem.handle else ""
        what = f": {problem.column} «{problem.value}»" if problem.column or problem.value else ""
        click.echo(f"line {problem.line}{where}: {problem.fault}{what}", err=True)
    click.echo(
        f"{'would be ' if dry_run else ''}made {report.made}, updated {report.updated},"
        f" unchanged {report.unchanged}; problems {len(report.skipped)}"
    )
    if report.skipped:
        raise SystemExit(1)


async def _import(settings: Settings, file: Path, handle: str, is_dry_run: bool) -> ImportReport:
    server = None if settings.database_url else EmbeddedDatabase(settings.data)
    database = await Database.connect(settings.database_url or (server.url if server else ""))
    try:
        await get_installation(database)
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
        if shop_id is None:
            raise click.ClickException(f"there is no shop {handle}")
        with file.open("rb") as source:  # Nothing else runs in this process.
            products = shopify.read_products(source)
            return await import_records(database, shop_id, shopify.SOURCE, products, BY_SYSTEM, is_dry_run=is_dry_run)
    finally:
        await database.close()
        if server:
            server.stop()
