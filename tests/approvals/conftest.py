"""What tests of approvals may ask for."""

from tests.payments.conftest import _keys, sandboxed

__all__ = ["_keys", "sandboxed"]
