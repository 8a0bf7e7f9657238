"""A shop's other handle: it may change once, and whatever led to the first leads to the second for ever."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.shops.model import NEW_HANDLE


class ChangeHandle(Struct, frozen=True, kw_only=True):
    """Give a shop another short address, once. The caller checks that `actor` may act for the shop."""

    shop_id: UUID
    handle: str
    actor: Actor


class ChangeHandleStatus(StrEnum):
    """How changing a handle ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    EXISTS = "exists"
    """The shop has it already."""
    SHOP_NOT_FOUND = "shop_not_found"
    INVALID_HANDLE = "invalid_handle"
    CHANGED_BEFORE = "changed_before"
    """It may change once."""
    HANDLE_TAKEN = "handle_taken"


class Handles(Struct):
    """What a batch is judged against: the handles that its shops have and had, and those that are taken."""

    shops: dict[UUID, tuple[str, str | None]]
    taken: Mapping[str, UUID]
    changed: dict[UUID, tuple[str, str]] = {}
    """The new handle and the former one of each shop that has another now."""


def judge_changes(state: Handles, commands: Sequence[ChangeHandle]) -> list[ChangeHandleStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_change(state, command) for command in commands]


def _change(state: Handles, command: ChangeHandle) -> ChangeHandleStatus:
    found = state.shops.get(command.shop_id)
    if found is None:
        return ChangeHandleStatus.SHOP_NOT_FOUND
    handle, former = found
    if command.handle == handle:
        return ChangeHandleStatus.EXISTS
    if not NEW_HANDLE.fullmatch(command.handle):
        return ChangeHandleStatus.INVALID_HANDLE
    if former is not None:
        return ChangeHandleStatus.CHANGED_BEFORE
    if command.handle in state.taken:
        return ChangeHandleStatus.HANDLE_TAKEN
    state.taken = {**state.taken, command.handle: command.shop_id}
    state.shops[command.shop_id] = (command.handle, handle)
    state.changed[command.shop_id] = (command.handle, handle)
    return ChangeHandleStatus.CHANGED
