"""What tests of the API may ask for: the whole program over a database of its own, asked as by a network."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.town import Town, open_town
from tests.identity.conftest import _keys
from weiji.kit.db import Database

__all__ = ["_keys"]


@pytest.fixture
async def town(database: Database, database_url: str) -> AsyncIterator[Town]:
    """A shop with goods, people with money and keys, and the program that serves them."""
    async with open_town(database, database_url) as town:
        yield town
        await asyncio.sleep(0)
