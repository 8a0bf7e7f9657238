"""Taking a picture in: from a file that somebody sent, to an address that pages can show."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji.kit.batch import Batchers
from weiji.media import files
from weiji.media.decoding import decode
from weiji.media.model import NO_OWNER, AddPicture, AddPictureStatus, UploadResult, UploadStatus
from weiji.media.operations import add_pictures
from weiji.settings import Settings
from weiji.web.pictures import address_of

MEBIBYTE: Final = 1024**2


async def upload_pictures(
    batchers: Batchers, settings: Settings, owner_id: UUID, contents: Sequence[bytes], *, quota: int | None = None
) -> list[UploadResult]:
    """Take in pictures of an owner; results are in the order of *contents*. The caller checks that somebody may
    act for the owner, who may have *quota* bytes in all; None: as many as a shop.

    No transaction is open while a picture is decoded or written. The note of it comes before its file: a file without
    a note would never be swept; a note without its file, after a crash, is mended when the picture is sent again.
    """
    bytes_max = settings.pictures_mb * MEBIBYTE if quota is None else quota
    return [await _upload(batchers, settings, owner_id, content, bytes_max) for content in contents]


async def _upload(batchers: Batchers, settings: Settings, owner_id: UUID, content: bytes, quota: int) -> UploadResult:
    if owner_id == NO_OWNER:
        return UploadResult(status=UploadStatus.OWNER_NOT_FOUND)
    decoded = await decode(owner_id, content)
    if not decoded.renditions:
        return UploadResult(status=decoded.status)
    widest = decoded.widest
    command = AddPicture(
        owner_id=owner_id,
        hash=decoded.hash,
        width=widest.width,
        height=widest.height,
        bytes=decoded.bytes,
        quota=quota,
    )
    status = await batchers.of(add_pictures, "owner_id").submit(command)
    if status is AddPictureStatus.QUOTA_EXCEEDED:
        return UploadResult(status=UploadStatus.QUOTA_EXCEEDED)
    digest = decoded.hash.hex()
    await asyncio.to_thread(files.write, settings.data, digest, decoded.renditions)
    return UploadResult(
        status=UploadStatus(status), url=address_of(digest, widest.width), width=widest.width, height=widest.height
    )
