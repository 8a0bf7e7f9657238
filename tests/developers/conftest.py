"""What tests of developers may ask for."""

from tests.identity.conftest import _keys

__all__ = ["_keys"]
