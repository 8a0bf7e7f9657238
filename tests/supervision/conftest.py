"""A master key for what is hashed with it."""

import pytest

from weiji.kit.seal import KEYS


@pytest.fixture(autouse=True, scope="session")
def master_key() -> None:
    """Use a key of the tests."""
    KEYS.use(bytes(range(32)))
