"""Commands for a terminal: what `weiji` can do with goods from elsewhere."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click

from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.installation import get_installation
from weiji.kit.reaching import open_database
from weiji.porting.importing import ITEMS_AT_ONCE, take_kept, try_out
from weiji.porting.model import Outcome
from weiji.porting.readers import open_goods
from weiji.porting.store import LineToSave, get_names
from weiji.settings import Settings
from weiji.shops import find_shop


class Counts:
    """What came of an import."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(Outcome, 0)
        self.problems = 0

    def tell(self, lines: Sequence[LineToSave]) -> None:
        """Count lines, and tell what is wrong with them."""
        for line in lines:
            self.outcomes[line.outcome] += 1
            for problem in line.problems:
                self.problems += 1
                where = f" ({line.handle})" if line.handle else ""
                what = f": {problem.column} «{problem.value}»" if problem.column or problem.value else ""
                click.echo(f"line {problem.line}{where}: {problem.fault}{what.replace(':  «', ': «')}", err=True)


@click.command("import-goods")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "handle", required=True, help="The handle of the shop that the goods are for.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def import_goods(settings: Settings, file: Path, handle: str, dry_run: bool) -> None:
    """Take goods of another platform's file into a shop. Running it again changes nothing twice.

    Shopify, WooCommerce, Taobao data packages, Google Merchant feeds, and archives of weiji.
    """
    counts = asyncio.run(_import(settings, file, handle, dry_run))
    click.echo(
        f"{'would be ' if dry_run else ''}made {counts.outcomes[Outcome.NEW]},"
        f" updated {counts.outcomes[Outcome.CHANGED]}, unchanged {counts.outcomes[Outcome.SAME]};"
        f" problems {counts.problems}"
    )
    if counts.outcomes[Outcome.REFUSED]:
        raise SystemExit(1)


async def _import(settings: Settings, file: Path, handle: str, is_dry_run: bool) -> Counts:
    async with open_database(settings.database_url, settings.data) as database:
        await get_installation(database)
        async with database.read() as reader:
            shop_id = await find_shop(reader, handle)
            if shop_id is None:
                raise click.ClickException(f"there is no shop {handle}")
            names = await get_names(reader, shop_id)
        counts = Counts()
        do = try_out if is_dry_run else take_kept
        with file.open("rb") as source:  # Nothing else runs in this process.
            goods = open_goods(source, names, clock.now())
            if goods.problem:
                raise click.ClickException(f"{goods.problem.fault} {goods.problem.value}".strip())
            while items := list(islice(goods.items, ITEMS_AT_ONCE)):
                counts.tell((await do(database, shop_id, None, goods.source, items, 0, BY_SYSTEM)).lines)
            goods.close()
        return counts
