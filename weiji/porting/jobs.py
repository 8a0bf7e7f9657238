"""What porting does by the clock: it gets runs and exports on, and removes files that were kept long enough."""

from datetime import timedelta

from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.porting import store
from weiji.porting.worker import Exporter, Importer


async def remove_files(database: Database, limit: int) -> int:
    """Delete files that are due, a few parts at a time."""
    async with database.transaction() as tx:
        return limit if await store.delete_due_parts(tx) else 0


def jobs(url: str = "") -> list[Job]:
    """Make the jobs; *url* is the address of this installation, which feeds of goods lead to."""
    return [
        Job(name="porting.get_on_with_imports", every=timedelta(seconds=1), work=Importer().work),
        Job(name="porting.make_exports", every=timedelta(seconds=1), work=Exporter(url).work),
        Job(name="porting.remove_files", every=timedelta(hours=1), work=remove_files),
    ]
