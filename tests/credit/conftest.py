"""What tests of credit may ask for."""

import pytest

from weiji.kit.seal import KEYS


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    """Open a master key that only tests have."""
    KEYS.use(bytes(range(32)))
