"""What tests of red packets may ask for."""

from collections.abc import AsyncIterator

import pytest

from tests.packets.street import Street
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.seal import KEYS
from weiji.payments import REGISTRY, SandboxChannel


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    """Open a master key that only tests have."""
    KEYS.use(bytes(range(32)))


@pytest.fixture
def sandboxed(tx: Transaction, shared_database: Database) -> Transaction:
    """A transaction that is rolled back, in a process where wallets can be topped up."""
    REGISTRY.register(SandboxChannel(shared_database))
    return tx


@pytest.fixture
async def street(database: Database, lanes: Lanes) -> AsyncIterator[Street]:
    """People with wallets in all shards, a clock to turn, and the reactions of red packets."""
    before = CLOCK.offset
    REGISTRY.register(SandboxChannel(database))
    made = Street(database, lanes)
    await made.deliverer.install()
    yield made
    await made.batchers.close()
    CLOCK.follow(before)
