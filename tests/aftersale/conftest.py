"""The shop that tests of after-sale go to."""

from collections.abc import AsyncIterator

import pytest

from tests.aftersale.shop import Shop, open_shop
from weiji.kit.batch import Lanes
from weiji.kit.db import Database


@pytest.fixture
async def shop(database: Database, lanes: Lanes) -> AsyncIterator[Shop]:
    async with open_shop(database, lanes) as shop:
        yield shop
