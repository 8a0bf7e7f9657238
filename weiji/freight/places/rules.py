"""Judges what shops say of their pick-up places: pure functions. No I/O, no clock."""

from collections.abc import Mapping
from uuid import UUID

from weiji.freight.places.model import (
    ADDRESS_MAX,
    HOURS_MAX,
    NAME_MAX,
    PHONE_MAX,
    PLACES_MAX,
    Place,
    PutPlaceStatus,
)
from weiji.kit.ids import shard_of
from weiji.kit.text import is_line

_S = PutPlaceStatus


def judge_put(place: Place, its: dict[UUID, Place] | None, taken: Mapping[UUID, UUID]) -> PutPlaceStatus:
    """Write a place among those of its shop (*its*; None: there is no such shop). *taken* says whose ids are."""
    if its is None:
        return _S.SHOP_NOT_FOUND
    if shard_of(place.id) != shard_of(place.shop_id):
        return _S.ID_IN_ANOTHER_SHARD
    if taken.get(place.id, place.shop_id) != place.shop_id:
        return _S.ID_TAKEN
    wrong = check_place(place)
    if wrong is not None:
        return wrong
    before = its.get(place.id)
    if before == place:
        return _S.EXISTS
    if before is None and len(its) >= PLACES_MAX:
        return _S.TOO_MANY_PLACES
    its[place.id] = place
    return _S.CHANGED if before else _S.CREATED


def check_place(place: Place) -> PutPlaceStatus | None:
    """Say what is wrong with a place by itself; None if nothing is."""
    if not is_line(place.name, NAME_MAX):
        return _S.INVALID_NAME
    if not is_line(place.address, ADDRESS_MAX):
        return _S.INVALID_ADDRESS
    if place.hours and not is_line(place.hours, HOURS_MAX):
        return _S.INVALID_HOURS
    if place.phone and not is_line(place.phone, PHONE_MAX):
        return _S.INVALID_PHONE
    return None
