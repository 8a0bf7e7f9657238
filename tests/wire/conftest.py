"""What tests of the payment protocol may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import with_name
from tests.wire.world import World, open_world
from weiji.payments import REGISTRY


@pytest.fixture(scope="session")
async def world(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The program on a socket, with a shop that is a merchant. All tests share it, and nobody turns its clock."""
    name = f"{template}_wire"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"create database {name} template {template}")
    async with open_world(with_name(server_url, name), tmp_path_factory.mktemp("wire")) as opened:
        yield opened
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture
async def own_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Such a program for one test alone, whose clock may be turned."""
    # Channels are the process's: those of the world that all share are put back.
    before = [REGISTRY.get(name) for name in REGISTRY.names]
    async with open_world(database_url, tmp_path) as opened:
        yield opened
    for channel in before:
        REGISTRY.register(channel)
