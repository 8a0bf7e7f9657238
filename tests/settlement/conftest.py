"""Opens a master key, as the program does when it starts."""

import pytest

from weiji.kit.seal import KEYS


@pytest.fixture(autouse=True)
def _master_key() -> None:
    KEYS.use(bytes(range(32)))
