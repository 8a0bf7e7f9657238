"""Taking a video in, and saying what shows it: from a file that somebody sent to an address that pages can play."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.events import Actor, Occurrence, publish
from weiji.events.media import VideoShown
from weiji.kit.batch import Batchers
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.kit.text import is_text
from weiji.media import files, store
from weiji.media.decoding import run_apart
from weiji.media.model import (
    NO_OWNER,
    AddPicture,
    AddPictureStatus,
    ShowVideo,
    ShowVideoStatus,
    UsePictures,
    VideoResult,
    VideoStatus,
)
from weiji.media.operations import add_pictures, use_pictures
from weiji.media.rules import Kept
from weiji.media.uploads import MEBIBYTE
from weiji.settings import Settings
from weiji.web.pictures import read_address
from weiji.web.videos import read_video_address, video_address

ALT_MAX: Final = 200
"""Characters that say what a video shows."""


class _Head(Struct):
    status: str
    renditions: list[tuple[int, int, int]]
    duration_ms: int


async def upload_video(batchers: Batchers, settings: Settings, owner_id: UUID, content: bytes) -> VideoResult:
    """Take in a video of an owner. The caller checks that somebody may act for the owner.

    As with pictures no transaction is open while it is read, and the note of it comes before its file.
    """
    if owner_id == NO_OWNER:
        return VideoResult(status=VideoStatus.OWNER_NOT_FOUND)
    if len(content) > settings.video_mb * MEBIBYTE:
        return VideoResult(status=VideoStatus.TOO_LARGE)
    output = await run_apart("video_decoder.py", content, {"seconds": settings.video_seconds})
    line, newline, made = output.partition(b"\n")
    if not newline:
        return VideoResult(status=VideoStatus.TOO_COSTLY)
    head = msgspec.json.decode(line, type=_Head)
    if head.status != "decoded":
        return VideoResult(status=VideoStatus(head.status))
    ((width, height, _size),) = head.renditions
    hash = sha256(owner_id.bytes + made).digest()  # An owner's own, as with pictures.
    command = AddPicture(
        owner_id=owner_id,
        hash=hash,
        width=width,
        height=height,
        bytes=len(made),
        quota=settings.pictures_mb * MEBIBYTE,
        duration_ms=head.duration_ms,
    )
    status = await batchers.of(add_pictures, "owner_id").submit(command)
    if status is AddPictureStatus.QUOTA_EXCEEDED:
        return VideoResult(status=VideoStatus.QUOTA_EXCEEDED)
    await asyncio.to_thread(files.write_video, settings.data, hash.hex(), made)
    return VideoResult(
        status=VideoStatus(status),
        url=video_address(hash.hex()),
        width=width,
        height=height,
        duration_ms=head.duration_ms,
    )


async def show_videos(tx: Transaction, commands: Sequence[ShowVideo]) -> list[ShowVideoStatus]:
    """Say which video things show, with which cover, or that they show none; the last of several for one thing counts.

    Results are in the order of *commands*. Videos and covers are in use from then on. Publishes VideoShown.
    """
    wanted = {(c.owner_id, bytes.fromhex(hash)) for c in commands if c.url and (hash := read_video_address(c.url))}
    wanted |= {(c.owner_id, bytes.fromhex(found[0])) for c in commands if (found := read_address(c.cover))}
    kept = await store.get_pictures(tx, wanted) if wanted else {}
    statuses = [_judge(command, kept) for command in commands]
    last: dict[UUID, ShowVideo] = {}
    for command, status in zip(commands, statuses, strict=True):
        if status is ShowVideoStatus.DONE:
            last[command.holder_id] = command
    done = list(last.values())
    await use_pictures(
        tx,
        [
            UsePictures(
                holder_id=derive(c.holder_id, "video"),
                owner_id=c.owner_id,
                urls=(c.url, c.cover) if c.url else (),
            )
            for c in done
        ],
    )
    shown = [(c, bytes.fromhex(digest)) for c in done if (digest := read_video_address(c.url))]
    await store.show_videos(tx, [(c, hash, kept[c.owner_id, hash]) for c, hash in shown])
    await store.hide_videos(tx, [c.holder_id for c in done if not c.url])
    await publish(tx, [_told(c, c.actor) for c in done])
    return statuses


def _told(command: ShowVideo, actor: Actor) -> Occurrence:
    return Occurrence(VideoShown(url=command.url), command.owner_id, command.holder_id, actor)


def _judge(command: ShowVideo, kept: dict[store.Key, Kept]) -> ShowVideoStatus:
    if not command.url:
        return ShowVideoStatus.DONE
    hash = read_video_address(command.url)
    video = kept.get((command.owner_id, bytes.fromhex(hash))) if hash else None
    if video is None or video.duration_ms is None:
        return ShowVideoStatus.VIDEO_NOT_FOUND
    cover = read_address(command.cover)
    if cover is None or (command.owner_id, bytes.fromhex(cover[0])) not in kept:
        return ShowVideoStatus.COVER_NOT_FOUND
    if not is_text(command.alt, ALT_MAX):
        return ShowVideoStatus.ALT_MALFORMED
    return ShowVideoStatus.DONE
