"""The command `weiji reconcile`."""

import asyncio
from datetime import date, datetime
from pathlib import Path

import click

from weiji import payments
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.installation import get_installation
from weiji.kit.reaching import open_database
from weiji.payments import REGISTRY, StatementUnavailable
from weiji.reconciliation import store
from weiji.reconciliation.files import read_file
from weiji.reconciliation.handlers import (
    Reconciliation,
    gives_statements,
    read_shortage,
    statement_of,
)
from weiji.reconciliation.model import BreakState, ImportStatus
from weiji.settings import Settings

SHOWN_MAX: int = 50
"""Breaks that are printed."""


@click.command("reconcile")
@click.argument("channel")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The statement, as CSV.")
@click.pass_obj
def reconcile(settings: Settings, channel: str, day: datetime, file: Path | None) -> None:
    """Hold a CHANNEL's statement of a DAY (2026-11-25) against the books, from a file or as the channel gives it.

    What differs is printed, and can be seen at /operator/reconciliation. The program may run meanwhile.
    """
    asyncio.run(_reconcile(settings, channel, day.date(), file))


async def _reconcile(settings: Settings, name: str, day: date, file: Path | None) -> None:
    async with open_database(settings.database_url, settings.data) as database:
        batchers = Batchers(database, Lanes((await get_installation(database)).lanes))
        if settings.mode != "live":
            REGISTRY.register(payments.SandboxChannel(database))
        channel = None
        if file is not None:
            lines = read_file(file)
        else:
            channel = REGISTRY.find(name)
            if channel is None or not gives_statements(channel):
                raise click.ClickException(f"no channel {name} gives statements here; name its statement with --file")
            lines = statement_of(channel, day)
        try:
            # What a day came to no file tells: the channel is asked what it leaves to be made up for.
            shortage = await read_shortage(database, channel, day) if channel is not None else None
            imported = await Reconciliation(batchers).take(database, name, day, lines, shortage)
        except StatementUnavailable as error:
            raise click.ClickException(str(error)) from error
        await batchers.close()
        async with database.read() as reader:
            breaks = await store.list_breaks(reader, list(BreakState), day, name, None, SHOWN_MAX)
        if imported.statement is None:
            raise click.ClickException(f"the statement was not taken: {imported.status}")
        found = imported.statement
        click.echo(f"{imported.status}: {found.lines:,} lines, {found.matched:,} agree, {found.breaks:,} breaks")
        for one in breaks:
            click.echo(f"{one.class_:<15} {one.kind:<13} {one.reference:<34} {one.delta / 100:>12,.2f}  {one.state}")
        if imported.status is ImportStatus.EXISTS_WITH_DIFFERENT_LINES:
            raise click.ClickException("another statement of that day was taken before; what it said stands")
