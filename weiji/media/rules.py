"""What is decided about pictures: pure functions over what was read and locked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.media.model import PICTURES_MAX, AddPicture, AddPictureStatus

UNUSED: Final = timedelta(days=3)
"""How long a picture may wait to be used, from its upload."""

DROPPED: Final = timedelta(days=400)
"""How long a picture stays that was used once: orders still show what was bought."""


class Owner(Struct):
    """How much an owner has."""

    pictures: int
    bytes: int


class Kept(Struct):
    """A picture as it is kept: when it is to be swept, if nothing uses it."""

    sweep_at: datetime | None
    width: int = 0
    height: int = 0
    duration_ms: int | None = None
    """Of a video."""


class Additions(Struct):
    """What a batch is judged against, and what comes of it."""

    owners: dict[UUID, Owner]
    pictures: dict[tuple[UUID, bytes], Kept]
    added: dict[tuple[UUID, bytes], AddPicture] = {}
    prolonged: dict[tuple[UUID, bytes], datetime] = {}


def judge_additions(state: Additions, commands: Sequence[AddPicture], now: datetime) -> list[AddPictureStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_add(state, command, now) for command in commands]


def _add(state: Additions, command: AddPicture, now: datetime) -> AddPictureStatus:
    key = (command.owner_id, command.hash)
    found = state.pictures.get(key)
    if found:
        if found.sweep_at is not None and found.sweep_at < now + UNUSED:
            found.sweep_at = now + UNUSED
            state.prolonged[key] = found.sweep_at
        return AddPictureStatus.EXISTS
    owner = state.owners[command.owner_id]
    if owner.bytes + command.bytes > command.quota or owner.pictures >= PICTURES_MAX:
        return AddPictureStatus.QUOTA_EXCEEDED
    owner.pictures += 1
    owner.bytes += command.bytes
    state.pictures[key] = Kept(now + UNUSED)
    state.added[key] = command
    return AddPictureStatus.CREATED
