"""Serves pictures, and takes those in that a merchant's page sends one by one."""

import asyncio
import re
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.media import files
from weiji.media.model import BYTES_MAX, TAKEN, UploadResult, UploadStatus
from weiji.media.uploads import upload_pictures
from weiji.web import gettext as _
from weiji.web import ngettext, rate, shop_staff
from weiji.web.permissions import Permission
from weiji.web.pictures import PATH, read_address, smallest
from weiji.web.requests import WebRequest
from weiji.web.videos import read_video_address

FOREVER: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
}
"""The address has the hash of what is there, so it may be kept for a year. Other sites show it, too: a shop's own."""

NOTHING: Final = {"cache-control": "no-store"}

FILES_MAX: Final = 20
"""Pictures that one form may send."""

FORM_BYTES_MAX: Final = 4 * BYTES_MAX
"""The largest form with pictures."""


class Media(Controller):
    """Serves pictures. No statement runs, and nobody is asked who they are."""

    path = PATH
    include_in_schema = False

    @get("/{file:str}", opt={"rate": None, "without_caller": True, "skip_compression": True})
    async def show_picture(self, request: WebRequest, file: FromPath[str]) -> Response[bytes]:
        """Give a picture in the width that its address names, or the part of a video that is asked for."""
        digest = read_video_address(f"{PATH}/{file}")
        if digest:
            return await _play(request, digest)
        found = read_address(f"{PATH}/{file}")
        content = await asyncio.to_thread(files.read, request.settings.data, *found) if found else None
        if content is None:
            return Response(b"", status_code=404, media_type="text/plain", headers=NOTHING)
        return Response(content, media_type="image/webp", headers=FOREVER)


PART_MAX: Final = 2 * 1024**2
"""Bytes of a video in one answer: players ask for the next part as they need it."""

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def _play(request: WebRequest, digest: str) -> Response[bytes]:
    """Give a part of a video (RFC 9110, section 14); the whole where none is asked for and it is not large."""
    size = await asyncio.to_thread(files.video_size, request.settings.data, digest)
    if size is None:
        return Response(b"", status_code=404, media_type="text/plain", headers=NOTHING)
    headers = FOREVER | {"accept-ranges": "bytes"}
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or found[1] == found[2] == "":
        content = await asyncio.to_thread(files.read_part, request.settings.data, digest, 0, size - 1)
        return Response(content, media_type="video/mp4", headers=headers)
    first = int(found[1]) if found[1] else max(0, size - int(found[2]))
    last = min(int(found[2]) if found[1] and found[2] else size - 1, size - 1, first + PART_MAX - 1)
    if first > last:
        nowhere = NOTHING | {"content-range": f"bytes */{size}"}
        return Response(b"", status_code=416, media_type="text/plain", headers=nowhere)
    content = await asyncio.to_thread(files.read_part, request.settings.data, digest, first, last)
    part = {"content-range": f"bytes {first}-{last}/{size}"}
    return Response(content, status_code=206, media_type="video/mp4", headers=headers | part)


class Uploaded(Struct, kw_only=True):
    """What the page is told of a picture that it sent."""

    status: UploadStatus
    url: str | None = None
    small: str | None = None
    reason: str = ""


class MerchantPictures(Controller):
    """Takes in a shop's pictures."""

    path = "/merchant/{shop_id:uuid}/pictures"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @post("/", status_code=200, request_max_body_size=FORM_BYTES_MAX, opt=rate("upload_pictures", "300/minute"))
    async def upload(self, request: WebRequest, shop_id: FromPath[UUID]) -> list[Uploaded]:
        """Take in what was sent, and say of each what came of it, in order."""
        results = [result for _name, result in await take_uploads(request, shop_id)]
        return [
            Uploaded(
                status=result.status,
                url=result.url,
                small=smallest(result.url) if result.url else None,
                reason="" if result.status in TAKEN else upload_word(result.status),
            )
            for result in results
        ]


async def take_uploads(request: WebRequest, owner_id: UUID) -> list[tuple[str, UploadResult]]:
    """Take in the files of a form's field `files`: the name of each, and what came of it."""
    sent = await _sent(request, "files")
    taken = []
    for file in sent[:FILES_MAX]:
        content = await asyncio.to_thread(file.file.read, BYTES_MAX + 1)
        await file.close()
        (result,) = await upload_pictures(request.batchers, request.settings, owner_id, [content])
        taken.append((file.filename, result))
    return taken


async def take_proof(request: WebRequest, owner_id: UUID, limit: int) -> tuple[tuple[str, ...], bool]:
    """Take in the pictures of a form's field `proof`; tell also whether all could be: of more than *limit* none is."""
    sent = await _sent(request, "proof")
    if len(sent) > limit:
        return (), False
    contents = []
    for file in sent:
        contents.append(await asyncio.to_thread(file.file.read, BYTES_MAX + 1))
        await file.close()
    results = await upload_pictures(request.batchers, request.settings, owner_id, contents)
    urls = tuple(result.url for result in results if result.status in TAKEN and result.url)
    return urls, len(urls) == len(contents)


async def _sent(request: WebRequest, name: str) -> list[UploadFile]:
    return [file for file in (await request.form()).getall(name, []) if isinstance(file, UploadFile) and file.filename]


def upload_word(status: UploadStatus) -> str:
    """Say why a picture was not taken in."""
    match status:
        case UploadStatus.TOO_LARGE:
            return ngettext("文件超过 %(number)s MB。", "文件超过 %(number)s MB。", BYTES_MAX // 1024**2)
        case UploadStatus.NOT_A_PICTURE:
            return _("这不是 JPEG、PNG、WebP 或 GIF 图片。")
        case UploadStatus.TOO_MANY_PIXELS:
            return _("图片太大：不能超过 5000 万像素。")
        case UploadStatus.DAMAGED:
            return _("图片文件不完整，请重新导出或重新拍一张。")
        case UploadStatus.QUOTA_EXCEEDED:
            return _("店铺的图片空间满了，请先删掉不用的图片。")
        case _:
            return _("这张图片没能处理，请换一张。")


ROUTES: Final = (Media, MerchantPictures)
"""What the program serves of this module."""
