"""What tests of pages may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.pages.site import Site, open_site


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole program on a database of this test's own, with a shop that is open."""
    async with open_site(database_url, tmp_path) as opened:
        yield opened
