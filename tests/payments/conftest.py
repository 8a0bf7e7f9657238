"""What tests of payments may ask for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.payments.world import World
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.db import Database, Transaction
from weiji.kit.seal import KEYS
from weiji.payments import REGISTRY, SandboxChannel


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    """Open a master key that only tests have."""
    KEYS.use(bytes(range(32)))


@pytest.fixture
def sandboxed(tx: Transaction, shared_database: Database) -> Transaction:
    """A transaction that is rolled back, in a process where the sandbox is open."""
    REGISTRY.register(SandboxChannel(shared_database))
    return tx


@pytest.fixture
async def world(database: Database, lanes: Lanes) -> AsyncIterator[World]:
    """A world with a clock of its own, where payments and a stand-in for orders hear of what happens."""
    before = CLOCK.offset
    # A day begins: the acquirer settles at its end, so what happens within hours would depend on when tests are run.
    day = (CLOCK.now().astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=0, minute=1)
    CLOCK.follow(before + (day - CLOCK.now()))
    REGISTRY.register(SandboxChannel(database))
    made = World(database, lanes)
    await made.deliverer.install()
    yield made
    CLOCK.follow(before)
