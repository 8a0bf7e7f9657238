"""What tests of reconciliation have in common."""

from collections.abc import AsyncIterator, Sequence

import pytest
from msgspec.structs import replace

from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.reconciliation import AgreeToResolution, Reconciliation, ResolutionStatus, agree_to_resolutions
from weiji.reconciliation.rules import hash_of
from weiji.reconciliation.store import lock_breaks


@pytest.fixture
async def work(database: Database, lanes: Lanes) -> AsyncIterator[Reconciliation]:
    """Reconciliation with batchers of its own."""
    batchers = Batchers(database, lanes)
    yield Reconciliation(batchers)
    await batchers.close()


async def as_seen(tx: Transaction, commands: Sequence[AgreeToResolution]) -> list[AgreeToResolution]:
    """Have whoever agrees see what is proposed now."""
    breaks = await lock_breaks(tx, {command.break_id for command in commands})
    return [replace(command, hash=hash_of(breaks[command.break_id])) for command in commands]


async def agree_to_all(
    database: Database, work: Reconciliation, commands: Sequence[AgreeToResolution]
) -> list[ResolutionStatus]:
    """Have somebody read what is proposed, and answer it."""
    async with database.transaction() as tx:
        seen = await as_seen(tx, commands)
    return await work.batchers.of(agree_to_resolutions, "break_id").submit_all(seen)
