"""What porting hears of, and does by the clock: it gets runs and exports on, and removes files that were kept long."""

from collections.abc import Sequence
from datetime import timedelta

from weiji.events import Delivered, Subscription
from weiji.events.customers import ContactWithdrawn
from weiji.kit.db import Database, Transaction
from weiji.kit.jobs import Job
from weiji.porting import store
from weiji.porting.exporting import Place
from weiji.porting.worker import Exporter, Importer
from weiji.settings import Settings


async def remove_files(database: Database, limit: int) -> int:
    """Delete files that are due, a few parts at a time."""
    async with database.transaction() as tx:
        return limit if await store.delete_due_parts(tx) else 0


async def forget_customers(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """ContactWithdrawn: files in which somebody is who agrees no longer are not kept."""
    await store.forget_exports(tx, {delivered.stream for delivered in batch})


def subscriptions() -> list[Subscription]:
    """Say what porting hears of."""
    return [Subscription(name="porting.forget_customers", events=(ContactWithdrawn,), handler=forget_customers)]


def jobs(settings: Settings) -> list[Job]:
    """Make the jobs. Feeds of goods lead to the installation's address."""
    place = Place(settings.url or "", settings.data)
    return [
        Job(name="porting.get_on_with_imports", every=timedelta(seconds=1), work=Importer().work),
        Job(name="porting.make_exports", every=timedelta(seconds=1), work=Exporter(place).work),
        Job(name="porting.remove_files", every=timedelta(hours=1), work=remove_files),
    ]
