"""What tests of porting may ask for."""

from uuid import UUID

import pytest

from tests.catalog.examples import opened_shop
from tests.porting.examples import open_keys
from weiji.kit.db import Database


@pytest.fixture(autouse=True)
def _keys() -> None:
    open_keys()


@pytest.fixture
async def shop_id(database: Database) -> UUID:
    """A shop without goods."""
    async with database.transaction() as tx:
        return await opened_shop(tx)
