"""What tests of reconciliation have in common."""

from collections.abc import AsyncIterator

import pytest

from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.reconciliation import Reconciliation


@pytest.fixture
async def work(database: Database, lanes: Lanes) -> AsyncIterator[Reconciliation]:
    """Reconciliation with batchers of its own."""
    batchers = Batchers(database, lanes)
    yield Reconciliation(batchers)
    await batchers.close()
