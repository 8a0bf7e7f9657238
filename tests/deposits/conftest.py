"""What tests of deposits may ask for."""

from tests.payments.conftest import _keys, sandboxed, world

__all__ = ["_keys", "sandboxed", "world"]
