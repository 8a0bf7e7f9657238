"""The court that tests of disputes go to."""

from collections.abc import AsyncIterator

import pytest

from tests.aftersale.shop import open_shop
from tests.disputes.court import Court
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database


@pytest.fixture
async def court(database: Database, lanes: Lanes) -> AsyncIterator[Court]:
    before = CLOCK.offset
    async with open_shop(database, lanes) as shop:
        yield Court(shop)
    CLOCK.follow(before)
