"""The shop that these tests go to is that of after-sale."""

from tests.aftersale.conftest import shop

__all__ = ["shop"]
