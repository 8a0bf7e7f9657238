"""The calls of the protocol, by what they are about: each a thin translation to an operation."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

ALL: Final[tuple[ModuleType, ...]] = tuple(import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
"""The modules of calls. Importing them adds their paths to those that the gates serve."""
