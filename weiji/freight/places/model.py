"""The words of pick-up places."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

PLACES_MAX: Final = 20
"""Places of one shop, open or not."""

NAME_MAX: Final = 40
ADDRESS_MAX: Final = 120
HOURS_MAX: Final = 80
PHONE_MAX: Final = 32


class Place(Struct, frozen=True, kw_only=True):
    """Where a shop hands goods over. One that is not open is kept, and chosen by nobody any more."""

    id: UUID
    shop_id: UUID
    name: str
    address: str
    hours: str = ""
    """When somebody is there, in the shop's words."""
    phone: str = ""
    is_open: bool = True


class PutPlace(Struct, frozen=True, kw_only=True):
    """Write a place of a shop, or over what the same id said before. The caller makes `id`, near the shop."""

    place: Place
    actor: Actor


class PutPlaceStatus(StrEnum):
    """How writing a place ended. Where several apply, the first listed is given."""

    CREATED = "created"
    CHANGED = "changed"
    EXISTS = "exists"
    """It says just that already."""
    SHOP_NOT_FOUND = "shop_not_found"
    """There is none, or it is not yours."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    ID_TAKEN = "id_taken"
    """Another shop's place has this id."""
    INVALID_NAME = "invalid_name"
    """Not one line of 1…40 characters."""
    INVALID_ADDRESS = "invalid_address"
    """Not one line of 1…120 characters."""
    INVALID_HOURS = "invalid_hours"
    """More than one line, or than 80 characters."""
    INVALID_PHONE = "invalid_phone"
    """More than one line, or than 32 characters."""
    TOO_MANY_PLACES = "too_many_places"
    """The shop has 20."""
