"""What tests of court orders may ask for."""

from tests.payments.conftest import _keys

__all__ = ["_keys"]
