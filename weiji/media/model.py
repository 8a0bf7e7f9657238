"""The words of media: pictures, whose they are, and how taking one in can end."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

BYTES_MAX: Final = 20 * 1024 * 1024
"""The largest file of a picture: what a phone makes of 50 megapixels is under it."""

PIXELS_MAX: Final = 50_000_000
"""Pixels of a picture as it comes. It is asked before anything is decoded."""

HEIGHT_MAX: Final = 8_000
"""Pixels of a picture's height as it is kept: a long one of details may be five times as high as it is wide."""

PICTURES_MAX: Final = 50_000
"""Pictures of one owner."""

NO_OWNER: Final = UUID(int=0)
"""The id that no owner has: an edge puts it where somebody names an owner that they do not act for."""


class AddPicture(Struct, frozen=True, kw_only=True):
    """Note a picture of an owner. The caller checks that somebody may act for the owner.

    `quota` is how many bytes the owner may have in all: the operator's setting.
    """

    owner_id: UUID
    hash: bytes
    width: int
    height: int
    bytes: int
    quota: int
    duration_ms: int | None = None
    """Of a video: how long it is."""


class AddPictureStatus(StrEnum):
    """How noting a picture ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """The owner has it already."""
    QUOTA_EXCEEDED = "quota_exceeded"
    """The owner's pictures would take up more than they may."""


class UploadStatus(StrEnum):
    """How an upload of a picture ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """The owner has exactly this picture already."""
    OWNER_NOT_FOUND = "owner_not_found"
    """There is no such owner that you act for."""
    TOO_LARGE = "too_large"
    """The file has over 20 MiB."""
    NOT_A_PICTURE = "not_a_picture"
    """The file is no JPEG, PNG, WebP or GIF, whatever it is called."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """Over 50 million."""
    DAMAGED = "damaged"
    """It begins like a picture, and can't be read to its end."""
    TOO_COSTLY = "too_costly"
    """Reading it took more time or memory than any picture needs."""
    QUOTA_EXCEEDED = "quota_exceeded"
    """The owner's pictures would take up more than they may."""


TAKEN: Final = (UploadStatus.CREATED, UploadStatus.EXISTS)
"""How an upload ends that worked."""


class UploadResult(Struct, frozen=True, kw_only=True):
    """The answer to one upload: the picture's address and size, where it was taken in."""

    status: UploadStatus
    url: str | None = None
    width: int | None = None
    height: int | None = None


class VideoStatus(StrEnum):
    """How an upload of a video ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """The owner has exactly this video already."""
    OWNER_NOT_FOUND = "owner_not_found"
    """There is no such owner that you act for."""
    TOO_LARGE = "too_large"
    """The file has more megabytes than the operator allows."""
    NOT_A_VIDEO = "not_a_video"
    """The file is no MP4 and no WebM with a track of video, whatever it is called."""
    FRAGMENTED = "fragmented"
    """It is cut into fragments, as for streaming."""
    TOO_MANY_TRACKS = "too_many_tracks"
    """It has several tracks of video, or of sound."""
    CODEC_UNKNOWN = "codec_unknown"
    """Its video is no H.264, H.265, AV1 or VP9, or its sound no AAC or Opus."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """It is wider or higher than 4,096 pixels, or under 16."""
    TOO_LONG = "too_long"
    """It takes more seconds than the operator allows."""
    DAMAGED = "damaged"
    """Its parts contradict each other, or the end is missing."""
    TOO_COSTLY = "too_costly"
    """Reading it took more time or memory than any video needs."""
    QUOTA_EXCEEDED = "quota_exceeded"
    """The owner's pictures and videos would take up more than they may."""


class VideoResult(Struct, frozen=True, kw_only=True):
    """The answer to one upload: the video's address, size and length, where it was taken in."""

    status: VideoStatus
    url: str | None = None
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None


class ShowVideo(Struct, frozen=True, kw_only=True):
    """Say which video something shows, and with which cover until it is played. `holder_id` is in the owner's shard.

    An empty `url`: none. `alt` says in words what there is to see.
    """

    holder_id: UUID
    owner_id: UUID
    url: str
    cover: str
    alt: str
    actor: Actor


class ShowVideoStatus(StrEnum):
    """How saying which video something shows ended. Where several apply, the first listed is given."""

    DONE = "done"
    """It is as asked."""
    HOLDER_NOT_FOUND = "holder_not_found"
    """There is no such thing of the owner's."""
    VIDEO_NOT_FOUND = "video_not_found"
    """The owner has no such video."""
    COVER_NOT_FOUND = "cover_not_found"
    """The owner has no such picture."""
    ALT_MALFORMED = "alt_malformed"
    """More than 200 characters, or some that are none."""


class UsePictures(Struct, frozen=True, kw_only=True):
    """Say which pictures something uses, from now on only these. Addresses that are no pictures of the owner's, or none
    of ours, are passed over. `holder_id` is in the owner's shard.
    """

    holder_id: UUID
    owner_id: UUID
    urls: tuple[str, ...]


class Usage(Struct, frozen=True, kw_only=True):
    """How much an owner has."""

    pictures: int
    bytes: int
