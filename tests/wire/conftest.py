"""What tests of the payment protocol may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.apps import forget_rates
from tests.databases import copied
from tests.wire.world import World, open_world
from weiji import payments
from weiji.kit.seal import KEYS
from weiji.wire.calls import payment_codes


@pytest.fixture(scope="session")
async def shared_world(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world for all tests that do not turn its clock."""
    async with (
        copied(server_url, template, "wire") as url,
        open_world(url, tmp_path_factory.mktemp("wire")) as opened,
    ):
        yield opened


@pytest.fixture
def world(shared_world: World) -> World:
    """The program on a socket, with a shop that is a merchant. All tests share it, and nobody turns its clock."""
    # Channels and keys are the process's: other tests have put theirs there.
    KEYS.open(None, shared_world.folder)
    payments.REGISTRY.register(payments.SandboxChannel(shared_world.program.database))
    forget_rates(shared_world.site.app.app)
    return shared_world


@pytest.fixture
async def own_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Such a program for one test alone, whose clock may be turned."""
    async with open_world(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def forgiving() -> None:
    """Forget wrong payment codes of tests before, in this file and others: a process counts them for a minute."""
    await payment_codes._limiter.storage.reset()
