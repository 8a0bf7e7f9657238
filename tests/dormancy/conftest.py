"""What tests of dormancy may ask for."""

from tests.payments.conftest import _keys

__all__ = ["_keys"]
