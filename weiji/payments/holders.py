"""Whose names bank accounts may be in. A module above this one accepts names, and seals them: it hands in their key."""

from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from weiji.kit.text import tidy_name

SealedName: TypeAlias = tuple[UUID, str, bytes]
"""A name that was accepted: for which shop, which of its names it is, and how `onboarding.public_names` has it."""

OpenName: TypeAlias = Callable[[UUID, str, bytes], str]


class Holders:
    """The key to the names that were accepted."""

    def __init__(self) -> None:
        self._open: OpenName | None = None

    def register(self, open: OpenName) -> None:
        """Say how names are opened."""
        self._open = open

    def open(self, sealed: list[SealedName]) -> tuple[str, ...]:
        """Open the names that were accepted for shops."""
        assert self._open is not None, "nobody opens the names that bank accounts may be in"
        return tuple(dict.fromkeys(self._open(*each) for each in sealed))


HOLDERS: Final = Holders()


class Owner(Struct, frozen=True):
    """Whom bank accounts are of, a shop or a person, and the names that these may be in; none: any.

    They are those that were accepted for the shop, or for the shops of the person. Where none was, all accounts of a
    person are in one name, that of their first which was not removed.
    """

    is_shop: bool = False
    names: tuple[str, ...] = ()
    are_accepted: bool = False

    def has_name(self, name: str) -> bool:
        """Tell whether an account may be in this name."""
        return not self.names or tidy_name(name) in map(tidy_name, self.names)

    def naming(self, name: str) -> "Owner":
        """Give what is known of it once an account is in this name."""
        return self if self.is_shop or self.names else Owner(names=(name,))


def hint_at(name: str) -> str:
    """Write a name so that who has it knows it, and nobody else: its last character; of a long one, two at each end."""
    ahead, behind = (2, 2) if len(name) > 4 else (0, int(len(name) > 1))
    return name[:ahead] + "*" * (len(name) - ahead - behind) + name[len(name) - behind :]
