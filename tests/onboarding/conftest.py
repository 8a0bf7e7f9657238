"""What tests of onboarding may ask for."""

import pytest

from tests.pages.conftest import site
from weiji.kit.seal import KEYS

__all__ = ["site"]


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    """Open a master key that only tests have."""
    KEYS.use(bytes(range(32)))
